// argmax and argmin in groups: the first of equals, the first NaN, on rows and on columns, as NumPy has them and as the whole-array kernels
// do.
#include "trace_helpers.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <random>

#include <tendril/detail/op_id.hpp>

#include "catch.hpp"
#include "kernels/reductions.hpp"

using namespace trace_test;

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();

std::int64_t count(const ints& shape) {
  std::int64_t n = 1;
  for (const std::int64_t e : shape) n *= e;
  return n;
}

td::array shaped(const doubles& v, td::dtype d, const ints& shape) { return td::reshape(td::astype(td::asarray(v), d), td::axes(shape)); }

/// The same elements in memory of the axes reversed.
td::array column_major(const td::array& a) {
  ints reversed;
  for (int k = a.ndim(); k-- > 0;) reversed.push_back(k);
  return td::permute_dims(td::detail::copy_of(td::permute_dims(a, reversed).view()), reversed);
}

/// Every second element of twice as many, along the last axis and backwards.
td::array strided(const td::array& a) {
  const td::array wide = td::detail::copy_of(td::repeat(a, 2, {.axis = -1}).view());
  return td::flip(wide, {.axis = -1})[{td::ellipsis, td::slice({}, {}, 2)}];
}

/// What NumPy says, by its definition: the first of the largest (or smallest); a NaN is more than all.
doubles places(const doubles& v, const ints& shape, std::optional<std::int64_t> axis, bool largest) {
  const std::int64_t along = axis ? shape[static_cast<std::size_t>(*axis)] : count(shape);
  std::int64_t after = 1;
  if (axis)
    for (std::size_t k = static_cast<std::size_t>(*axis) + 1; k < shape.size(); ++k) after *= shape[k];
  doubles out;
  for (std::int64_t start = 0; start < count(shape); ++start) {
    if (start / after % along != 0) continue;
    std::int64_t best = 0;
    const auto at = [&](std::int64_t i) { return v[static_cast<std::size_t>(start + i * after)]; };
    for (std::int64_t i = 1; i < along && !std::isnan(at(best)); ++i)
      if (std::isnan(at(i)) || (largest ? at(i) > at(best) : at(i) < at(best))) best = i;
    out.push_back(static_cast<double>(best));
  }
  return out;
}

td::array place(const td::array& x, std::optional<std::int64_t> axis, bool largest, bool keepdims = false) {
  if (axis) return largest ? td::argmax(x, {.axis = *axis, .keepdims = keepdims}) : td::argmin(x, {.axis = *axis, .keepdims = keepdims});
  return largest ? td::argmax(x, {.keepdims = keepdims}) : td::argmin(x, {.keepdims = keepdims});
}

std::ptrdiff_t groups(const td::function& f) {
  return std::count_if(f.graph().nodes.begin(), f.graph().nodes.end(), [](const td::node& n) { return n.id() == td::op_id::group; });
}

// Eager, and fused with what makes the operand (multiplied by 2 and 1 added: exact) and with an extreme, on every backend.
void check(const doubles& v, td::dtype d, const ints& shape, const td::array& x, std::optional<std::int64_t> axis) {
  const doubles most = places(v, shape, axis, true), least = places(v, shape, axis, false);
  for (const std::string& to : td::backends()) {
    CAPTURE(td::to_string(shape), axis.value_or(-1), td::to_string(d), to);
    {
      const td::backend_scope scope(to);
      CHECK(values(place(x, axis, true)) == most);
      CHECK(values(place(x, axis, false, true)) == least);
    }
    for (const int threads : {1, 3}) {
      const auto f = td::trace_graph(
          [axis](const td::array& a) {
            const td::array z = a * 2 + 1;
            const td::array top = axis ? td::max(z, {.axis = *axis}) : td::max(z);
            return std::tuple(place(z, axis, true), top, place(z, axis, false, true), place(a, axis, true, true));
          },
          {.to = to, .num_threads = threads});
      const auto [a, top, b, c] = f(x);
      CHECK(a.dtype() == td::int64);
      CHECK(values(a) == most);
      CHECK(values(b) == least);
      CHECK(values(c) == most);
      CHECK(b.ndim() == x.ndim());
      CHECK(values(top).size() == most.size());
      if (x.ndim() > 0) CHECK(groups(f.compiled(x)) == 1);
    }
  }
}

void check_all(const doubles& v, td::dtype d, const ints& shape) {
  const td::array x = shaped(v, d, shape);
  for (std::int64_t axis = -1; axis < static_cast<std::int64_t>(shape.size()); ++axis) {
    const auto along = axis < 0 ? std::nullopt : std::optional(axis);
    check(v, d, shape, x, along);
    if (shape.size() < 2) continue;
    check(v, d, shape, column_major(x), along);
  }
  doubles reversed;
  const std::int64_t n = shape.back();
  for (std::size_t i = 0; i < v.size(); ++i)
    reversed.push_back(v[i - i % static_cast<std::size_t>(n) + static_cast<std::size_t>(n - 1) - i % static_cast<std::size_t>(n)]);
  check(reversed, d, shape, strided(x), static_cast<std::int64_t>(shape.size()) - 1);
  check(reversed, d, shape, strided(x), 0);
}

// Few different numbers, so that there are ties everywhere.
doubles numbers(const ints& shape, unsigned seed, int different) {
  std::mt19937 g(seed);
  doubles v(static_cast<std::size_t>(count(shape)));
  for (double& x : v) x = static_cast<double>(g() % static_cast<unsigned>(different)) - different / 2;
  return v;
}

}  // namespace

TEST_CASE("argmax and argmin are in the group of their operand, at every number of elements around vectors and blocks") {
  for (const std::int64_t n : {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 129, 1023, 1024, 1025, 2048, 2049, 5000})
    for (const td::dtype d : {td::float32, td::float64, td::int32, td::int64})
      for (const int different : {3, 100000}) check_all(numbers({n}, static_cast<unsigned>(n), different), d, {n});
}

TEST_CASE("argmax and argmin over any axis of matrices and more, row-major, column-major and strided") {
  for (const ints& shape : {ints{1, 5}, ints{3, 5}, ints{40, 3}, ints{300, 7}, ints{5, 1030}, ints{70, 1030}, ints{33, 40}, ints{4, 5, 6},
                            ints{3, 70, 9}, ints{2, 1, 5}, ints{4100, 3}, ints{66, 2049}, ints{2, 3, 4, 5}})
    for (const td::dtype d : {td::float32, td::int64}) check_all(numbers(shape, 7, 40), d, shape);
}

TEST_CASE("argmax and argmin find the first NaN, wherever it stands, and infinities") {
  for (const std::int64_t n : {5, 16, 40, 1024, 1025, 3000})
    for (const std::int64_t at :
         {std::int64_t{0}, n / 3, std::int64_t{15}, std::int64_t{16}, std::int64_t{1023}, std::int64_t{1024}, n - 1}) {
      if (at >= n) continue;
      for (const td::dtype d : {td::float32, td::float64}) {
        doubles v = numbers({n, 3}, 3, 10);
        v[static_cast<std::size_t>(3 * at + 1)] = not_a_number;
        v[static_cast<std::size_t>(3 * (n - 1) + 1)] = not_a_number;
        for (std::int64_t i = 0; i < n; ++i) v[static_cast<std::size_t>(3 * i + 2)] = -infinity;
        v[static_cast<std::size_t>(3 * at)] = infinity;
        check(v, d, {n, 3}, shaped(v, d, {n, 3}), 0);
        check(v, d, {n, 3}, column_major(shaped(v, d, {n, 3})), 0);
        check(v, d, {n, 3}, shaped(v, d, {n, 3}), std::nullopt);
        doubles one(v.begin(), v.begin() + n);
        one[static_cast<std::size_t>(at)] = not_a_number;
        check(one, d, {n}, shaped(one, d, {n}), 0);
        check(one, d, {1, n}, shaped(one, d, {1, n}), 1);
      }
    }
}

TEST_CASE("argmax and argmin of equal elements give the first, zeros of both signs are equal") {
  for (const ints& shape : {ints{3000}, ints{2, 2000}, ints{2000, 2}, ints{130, 70}})
    for (const double x : {0.0, -infinity, infinity, 1.0})
      check_all(doubles(static_cast<std::size_t>(count(shape)), x), td::float32, shape);
  doubles zeros(2050, -0.0);
  zeros[3] = 0.0;
  const td::array x = td::asarray(zeros);
  for (const std::string& to : td::backends()) {
    const auto f = td::trace_graph([](const td::array& a) { return std::pair(td::argmax(a), td::argmin(-a)); }, {.to = to});
    const auto [a, b] = f(x);
    CHECK(a.item<std::int64_t>() == 0);
    CHECK(b.item<std::int64_t>() == 0);
  }
}

TEST_CASE("argmax of integers sees the least and the greatest there are") {
  const std::vector<std::int64_t> v{std::numeric_limits<std::int64_t>::min(), 0, std::numeric_limits<std::int64_t>::max(), 5};
  for (const std::string& to : td::backends()) {
    const auto f =
        td::trace_graph([](const td::array& a) { return std::pair(td::argmax(a, {.axis = 0}), td::argmin(a, {.axis = 0})); }, {.to = to});
    for (const ints& shape : {ints{4}, ints{4, 1}}) {
      const auto [a, b] = f(td::reshape(td::asarray(v), td::axes(shape)));
      CHECK(values(a) == doubles{2});
      CHECK(values(b) == doubles{0});
    }
    const td::array least = td::full({3, 4}, std::numeric_limits<std::int64_t>::min(), {.dtype = td::int64});
    CHECK(values(f(least).first) == doubles(4, 0));
  }
}

TEST_CASE("argmax of what is split over threads, by blocks, rows and columns, and of more blocks than a block has elements") {
  const std::int64_t many = 1030 * 1024 + 5;  // blocks, whose extremes are reduced in two steps
  for (const auto& [shape, axis] : std::vector<std::pair<ints, std::optional<std::int64_t>>>{
           {{many}, 0}, {{1200, 1000}, std::nullopt}, {{1200, 1000}, 1}, {{1200, 1000}, 0}, {{70000, 17}, 0}, {{3, 400000}, 1}}) {
    doubles v = numbers(shape, 11, 1 << 20);
    const std::size_t last = v.size() - 1;
    v[last / 2] = v[last] = v[last - 5] = 1 << 20;  // ties in blocks of different threads
    v[last / 3] = v[last - 1] = -(1 << 20);
    check(v, td::float32, shape, shaped(v, td::float32, shape), axis);
    v[last - 3] = v[last - 2] = not_a_number;
    check(v, td::float32, shape, shaped(v, td::float32, shape), axis);
  }
}

TEST_CASE("what follows argmax is in its group, and argmax is in that of what comes before") {
  const warnings quiet;
  const auto one = [](auto f, const td::array& x) {
    for (const std::string& to : td::backends()) {
      CAPTURE(to);
      const td::function g = td::trace_graph(f, {.to = to}).compiled(x);
      CHECK(groups(g) == 1);
      CHECK(g.info().steps.size() == 1);
      const auto got = g(std::vector{x});
      const auto expected = td::evaluate(td::trace_graph(f).graph(x), std::vector{x}, "eigen");
      for (std::size_t i = 0; i < got.size(); ++i) CHECK(td::allclose(got[i], expected[i], 1e-12, 1e-12));
    }
  };
  for (const ints& shape : {ints{6, 11}, ints{3, 3000}, ints{70, 40}}) {
    const td::array x = shaped(numbers(shape, 5, 1000), td::float64, shape);
    one([](const td::array& a) { return td::argmax(td::softmax(a, {.axis = -1}), {.axis = -1}); }, x);
    one([](const td::array& a) { return td::argmax(td::softmax(a, {.axis = 0}), {.axis = 0}); }, x);
    one([](const td::array& a) { return td::astype(td::argmin(td::square(a - 3), {.axis = -1, .keepdims = true}), td::float64) * 0.5; }, x);
    one([](const td::array& a) { return a * td::argmax(td::exp(a / 500), {.axis = 1, .keepdims = true}); }, x);
    one([](const td::array& a) { return a + td::expand_dims(td::argmin(a * 2, {.axis = 1}), {1}); }, x);
    one([](const td::array& a) { return std::pair(td::argmax(td::abs(a), {.axis = 0}), td::sum(a, {.axis = 0})); }, x);
  }
}

TEST_CASE("the place and the value of an extreme share its search") {
  const td::array x = shaped(numbers({20, 300}, 5, 1000), td::float32, {20, 300});
  const td::function f = td::trace_graph(
                             [](const td::array& a) {
                               const td::array z = a * a;
                               return std::tuple(td::argmax(z, {.axis = 1}), td::max(z, {.axis = 1}), td::argmin(z, {.axis = 1}));
                             },
                             {.to = "eigen"})
                             .compiled(x);
  const std::string text = f.stages();
  const auto times = [&](const std::string& what) {
    int n = 0;
    for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++n;
    return n;
  };
  INFO(text);
  CHECK(times(" = max(") == 1);
  CHECK(times(" = min(") == 1);
  CHECK(times(" = argmax(") == 1);
  CHECK(times(" = argmin(") == 1);
}

TEST_CASE("argmax of more rows than integers of the elements' size can number is no part of a group") {
  const auto fits = [](td::dtype d, const ints& shape, std::int64_t axis) {
    td::graph g;
    const td::value_id x = g.add_input(td::type::of(d, shape));
    g.results = {g.add(td::record_of(td::op_id::argmax), {x}, {{"axis", axis}, {"keepdims", false}})};
    return td::engine::numbers_fit(g.nodes.back(), g.type_of(x));
  };
  constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();
  CHECK(fits(td::float32, {most, 2}, 0));
  CHECK_FALSE(fits(td::float32, {most + 1, 2}, 0));
  CHECK_FALSE(fits(td::int32, {2, most + 1}, 1));
  CHECK(fits(td::float32, {most + 1, 2}, 1));
  CHECK(fits(td::float64, {most + 1, 2}, 0));
}
