// The engine: fused replay equals the oracle, td::evaluate, over sizes, broadcasts, dtypes and phases. fuzz_test.cpp has random graphs.
#include "engine_helpers.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace engine_test;

namespace {

td::array softmax_by_hand(const td::array& x) {
  const td::array e = td::exp(x - td::max(x, {.axis = -1, .keepdims = true}));
  return e / td::sum(e, {.axis = -1, .keepdims = true});
}

}  // namespace

TEST_CASE("elementwise chains at sizes around one and around the blocks") {
  for (const std::int64_t n :
       {0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 63, 65, 255, 257, 511, 513, 1023, 1024, 1025, 2047, 2048, 2049, 4097, 10000}) {
    CAPTURE(n);
    same([](const td::array& x) { return td::sqrt(td::abs(x * 2 + 1)) - td::where(x > 0, x, 1 / (x - 10)); }, 0, numbers({n}));
    same([](const td::array& x) { return td::maximum(x * x, 0.25F) + 1; }, 0, numbers({n}, td::float32));
    same([](const td::array& x) { return (x * 3 - 7) * x; }, 0, numbers({n}, td::int32));
  }
}

TEST_CASE("reductions and what follows them at sizes around the blocks") {
  for (const std::int64_t n : {1, 2, 3, 7, 8, 9, 31, 33, 1023, 1024, 1025, 2048, 2049, 3000, 5000}) {
    CAPTURE(n);
    const td::array x = numbers({n});
    same(normalize, 1e-12, n > 1 ? x : numbers({2}));
    same([](const td::array& a) { return std::tuple(td::sum(a), td::max(a), td::min(a), td::mean(a), td::var(a, {.correction = 0})); },
         1e-12, x);
    same([](const td::array& a) { return std::tuple(td::any(a > 3.9), td::all(a > -3.9), td::prod(a / 4)); }, 1e-12, x);
    same([](const td::array& a) { return std::tuple(td::sum(a), td::prod(td::where(a > 0, a, 1)), td::max(a)); }, 0,
         numbers({n}, td::int32));
  }
}

TEST_CASE("the mean of numbers with an infinity among them is that infinity, wherever it stands") {
  const double infinity = std::numeric_limits<double>::infinity();
  for (const std::int64_t n : {2, 100, 1024, 1025, 3000, 9000})
    for (const std::int64_t at : {std::int64_t{0}, n / 2, n - 1})
      for (const double x : {infinity, -infinity}) {
        CAPTURE(n, at, x);
        doubles v(static_cast<std::size_t>(n), 0.5);
        v[static_cast<std::size_t>(at)] = x;
        const td::array row = td::asarray(v), rows = td::stack({row, row, row});
        for (const std::string& to : engines())
          for (const bool optimize : {true, false})
            for (const td::dtype d : {td::float64, td::float32}) {
              CAPTURE(to, optimize);
              const auto f = td::trace_graph(
                  [d](const td::array& a) {
                    const td::array b = td::astype(a, d);
                    return std::tuple(td::astype(td::mean(b), td::float64), td::mean(b, {.axis = 1}), td::astype(td::var(b), td::float64));
                  },
                  {.to = to, .optimize = optimize});
              const auto [all, each, spread] = f(rows);
              CHECK(all.item<double>() == x);
              CHECK(values(each) == doubles(3, x));
              CHECK(std::isnan(spread.item<double>()));
            }
      }
}

TEST_CASE("rows of one block and of many, with saved and with recomputed values") {
  for (const ints& shape :
       {ints{3, 5}, ints{1, 1024}, ints{7, 1023}, ints{2, 5000}, ints{1, 100000}, ints{500, 3}, ints{2, 3, 1500}, ints{4, 1}}) {
    CAPTURE(td::to_string(shape));
    const td::array x = numbers(shape), f = td::astype(x, td::float32);
    same(softmax_by_hand, 1e-12, x);
    same(softmax_by_hand, 1e-5, f);
    same([](const td::array& a) { return td::log_softmax(a); }, 1e-12, x);
    // Cheap values are computed again in the second phase, dear ones kept; each is needed in three phases.
    same(
        [](const td::array& a) {
          const td::array cheap = a + 1, dear = td::exp(a / 4);
          const td::array m = td::mean(cheap * dear, {.axis = -1, .keepdims = true});
          const td::array v = td::sum(td::square(dear - m), {.axis = -1, .keepdims = true});
          return std::tuple(cheap * v + dear, m, td::squeeze(v, {-1}), dear);
        },
        1e-11, x);
    same(
        [](const td::array& a) {
          const td::array c = a - td::mean(a, {.axis = -1, .keepdims = true});
          return c / td::sqrt(td::var(a, {.axis = -1, .keepdims = true}) + 1e-5);
        },
        1e-11, x);
    same([](const td::array& a) { return td::sum(td::astype(a > 0, td::int32), {.axis = -1}) * 2; }, 0, td::astype(x, td::int32));
  }
}

TEST_CASE("reductions over several last axes, over first axes, over all") {
  const td::array x = numbers({4, 5, 6});
  for (const td::axes& axis : {td::axes({1, 2}), td::axes({0}), td::axes({0, 2}), td::axes({0, 1, 2}), td::axes(-1), td::axes()}) {
    same([&](const td::array& a) { return td::sum(a * 2, {.axis = axis}) + 1; }, 1e-12, x);
    same([&](const td::array& a) { return a - td::mean(a, {.axis = axis, .keepdims = true}); }, 1e-12, x);
    same([&](const td::array& a) { return a / td::max(td::abs(a), {.axis = axis, .keepdims = true}); }, 1e-12, x);
  }
}

TEST_CASE("rows of several runs: images by channel, whatever a plane's size") {
  for (const ints& shape :
       {ints{2, 3, 28, 28}, ints{3, 2, 40, 40}, ints{30, 2, 7, 7}, ints{2, 2, 1, 1031}, ints{2, 3, 33, 64}, ints{4, 2, 3, 5}})
    for (const td::dtype d : {td::float32, td::float64}) {
      CAPTURE(td::to_string(shape), td::to_string(d));
      const double tolerance = d == td::float32 ? 1e-4 : 1e-11;
      const td::array x = numbers(shape, d), scale = numbers({shape[1], 1, 1}, d, 2);
      const auto norm = [](const td::array& a, const td::array& s) {
        const td::axes over{0, 2, 3};
        return (a - td::mean(a, {.axis = over, .keepdims = true})) / td::sqrt(td::var(a, {.axis = over, .keepdims = true}) + 1e-5) * s;
      };
      same(norm, tolerance, x, scale);
      same(
          [](const td::array& a) {
            return std::pair(td::sum(td::abs(a), {.axis = {0, 2, 3}}), td::max(a, {.axis = {1, 3}}));
          },
          tolerance, x);
    }
}

TEST_CASE("broadcasting patterns") {
  for (const std::int64_t n : {1, 2, 5, 40})
    for (const std::int64_t m : {1, 3, 17, 130, 1500}) {
      CAPTURE(n, m);
      const td::array full = numbers({n, m}), column = numbers({n, 1}, td::float64, 2), row = numbers({1, m}, td::float64, 3),
                      flat = numbers({m}, td::float64, 4), one = numbers({}, td::float64, 5);
      same([](const td::array& a, const td::array& b) { return a * 2 - b; }, 0, column, row);
      same([](const td::array& a, const td::array& b, const td::array& c) { return (a + b) / (c * c + 1); }, 0, full, flat, column);
      same([](const td::array& a, const td::array& b, const td::array& c) { return td::where(a > c, a, b * c); }, 0, full, one, row);
      same([](const td::array& a, const td::array& b) { return td::sum(a * b, {.axis = -1}); }, 1e-12, column, flat);
      same(
          [](const td::array& a, const td::array& b) {
            const td::array r = td::exp(b);  // one element a row, or a whole row
            return a * r + r;
          },
          1e-14, full, column);
    }
  same([](const td::array& a, const td::array& b, const td::array& c) { return a + b * c; }, 0, numbers({2, 1, 5, 1}), numbers({3, 1, 200}),
       numbers({2, 1, 1, 1}));
  same([](const td::array& a, const td::array& b) { return a + b; }, 0, numbers({1}), numbers({3, 4}));
  same([](const td::array& a, const td::array& b) { return td::maximum(a, b); }, 0, numbers({300, 1, 4}), numbers({1, 300, 1}));
}

TEST_CASE("empty arrays and rank 0") {
  same(
      [](const td::array& x) {
        return std::tuple(td::exp(x) + 1, td::sum(x), td::sum(x, {.axis = 0}), td::prod(x, {.axis = 1, .keepdims = true}));
      },
      0, td::zeros({0, 3}));
  same([](const td::array& x) { return std::tuple(td::exp(x) + 1, td::sum(x), td::sum(x, {.axis = 1}), td::mean(x)); }, 0,
       td::zeros({3, 0}));
  same([](const td::array& x) { return td::softmax(x, {.axis = 0}); }, 0, td::zeros({3, 0}));
  same([](const td::array& x, const td::array& y) { return x + y; }, 0, td::zeros({0, 1}), td::zeros({5}));
  same(
      [](const td::array& x) {
        return std::tuple(x * 2 + 1, td::sum(x), td::mean(x, {.keepdims = true}), td::reshape(x, {1, 1}), td::std(x));
      },
      0, td::array(3.5));
  same([](const td::array& x) { return td::where(x > 1, x, -x); }, 0, td::array(0.5F));
}

TEST_CASE("mixed dtypes in one group") {
  const td::array i = numbers({1500}, td::int32), l = numbers({1500}, td::int64, 2), f = numbers({1500}, td::float32, 3),
                  d = numbers({1500}, td::float64, 4), b = numbers({1500}, td::bool_, 5);
  same([](const td::array& p, const td::array& q, const td::array& r) { return td::where(r, p + q, p - 2); }, 0, i, l, b);
  same([](const td::array& p, const td::array& q,
          const td::array& r) { return td::astype(p * q, td::float32) + td::astype(r, td::float32); },
       0, f, d, i);
  same([](const td::array& p, const td::array& q) { return td::astype(p, td::int32) + q; }, 0, d, i);
  same([](const td::array& p, const td::array& q) { return td::logical_and(p > 0, q) == (p < 1); }, 0, f, b);
  same([](const td::array& p,
          const td::array& q) { return std::tuple(td::sum(td::astype(p, td::int64)), td::any(p), td::max(q), td::mean(q)); },
       1e-12, b, i);
  same([](const td::array& p) { return td::astype(td::astype(p, td::int32), td::bool_); }, 0, f);
}

TEST_CASE("results that are an argument, a constant, a view, or stand twice") {
  const td::array x = numbers({3, 40});
  same(
      [](const td::array& a) {
        const td::array y = a + 1;
        return std::vector{a,
                           y,
                           y,
                           td::array({1., 2.}),
                           td::matrix_transpose(y),
                           td::matrix_transpose(a),
                           y[0],
                           td::reshape(a, {-1}),
                           td::flip(y),
                           td::broadcast_to(y, {2, 3, 40})};
      },
      0, x);
}

TEST_CASE("views inside a function cost nothing and mean what they mean") {
  const td::array x = numbers({4, 6, 10});
  same(
      [](const td::array& a) {
        const td::array t = td::permute_dims(a, {2, 0, 1});
        return std::tuple(td::exp(t) + td::reshape(t, {10, 4, 6}), td::reshape(t, {10, 24}) * 2,
                          t[{td::slice({}, {}, -2), 1}] + td::flip(a[{0, td::slice(0, 4), td::slice(0, 5)}]).shape(0),
                          td::expand_dims(a, {.axis = {0, 4}}) - 1, td::squeeze(a[{td::slice(), td::slice(2, 3)}], {1}) * 3,
                          td::roll(t, {3}, {.axis = {0}}), td::concat({a, a * 2}, {.axis = 1}), td::stack({a[0], a[1]}, {.axis = 1}));
      },
      0, x);
}

TEST_CASE("large groups: many operands, many nodes, many results") {
  std::vector<td::array> in;
  for (unsigned i = 0; i < 70; ++i) in.push_back(numbers({1030}, td::float64, i));
  const auto f = td::trace_graph(
      [](const std::vector<td::array>& v) {
        std::vector<td::array> out;
        td::array sum = v[0];
        for (const td::array& x : v) {
          sum = sum + x * x;
          if (out.size() < 40) out.push_back(sum);
        }
        for (int i = 0; i < 400; ++i) sum = td::abs(sum - 1);
        out.push_back(sum);
        return out;
      },
      {.contract = false});
  const auto got = f(in), expected = td::evaluate(f.graph(in), in);
  REQUIRE(got.size() == expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) CHECK(identical(got[i], expected[i]));
}

TEST_CASE("elementwise results do not depend on the place of an element") {
  const td::array x = numbers({3001});
  const auto f = td::trace_graph([](const td::array& a) {
    return std::tuple(td::exp(a), td::tanh(a), td::sigmoid(a), td::log(td::abs(a)), td::pow(td::abs(a), 1.7), td::gelu(a), td::erf(a));
  });
  for (const std::string& to : engines()) {
    const auto whole = f.to(to)(x);
    const auto part = f.to(to)(x[td::slice(1, 2500)]);
    CHECK(identical(std::get<0>(whole)[td::slice(1, 2500)], std::get<0>(part)));
    CHECK(identical(std::get<1>(whole)[td::slice(1, 2500)], std::get<1>(part)));
    CHECK(identical(std::get<2>(whole)[td::slice(1, 2500)], std::get<2>(part)));
    CHECK(identical(std::get<3>(whole)[td::slice(1, 2500)], std::get<3>(part)));
    CHECK(identical(std::get<4>(whole)[td::slice(1, 2500)], std::get<4>(part)));
    CHECK(identical(std::get<5>(whole)[td::slice(1, 2500)], std::get<5>(part)));
    CHECK(identical(std::get<6>(whole)[td::slice(1, 2500)], std::get<6>(part)));
  }
}
