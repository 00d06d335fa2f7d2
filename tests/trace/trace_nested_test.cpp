// Tracing: nested arguments and results, native containers in and out, call_as, into.
#include "trace_helpers.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <tuple>

#include "catch.hpp"

using namespace trace_test;

namespace {

template <class A>
struct statistics {
  A mean, dev;
};
template <class A>
statistics(A, A) -> statistics<A>;
struct layer {
  td::array weight, bias;
};
struct native_layer {
  doubles weight, bias;
  int repeat = 1;
};

statistics<td::array> describe(const td::array& x) { return {td::mean(x, {.keepdims = true}), td::std(x, {.keepdims = true})}; }

}  // namespace

// ---- arguments

TEST_CASE("vectors, arrays, tuples, pairs, maps and optionals of native arrays go in") {
  const doubles a{1, 2}, b{10, 20};
  SECTION("vector") {
    const auto f = td::trace_graph([](const std::vector<td::array>& v) { return v.at(0) + v.at(1); });
    CHECK(f(std::vector<doubles>{a, b}) == doubles{11, 22});
  }
  SECTION("array") {
    const auto f = td::trace_graph([](const std::array<td::array, 2>& v) { return v[0] - v[1]; });
    CHECK(f(std::array<doubles, 2>{a, b}) == doubles{-9, -18});
  }
  SECTION("tuple and pair") {
    const auto f = td::trace_graph([](const std::tuple<td::array, std::pair<td::array, td::array>>& t) {
      return std::get<0>(t) * std::get<1>(t).first + std::get<1>(t).second;
    });
    CHECK(f(std::tuple(a, std::pair(b, floats{1, 1}))) == doubles{11, 41});
  }
  SECTION("map: its keys are part of the signature") {
    int count = 0;
    const auto f = td::trace_graph([&](const std::map<std::string, td::array>& m) {
      ++count;
      return m.begin()->first == "weight" ? m.at("weight") : -m.begin()->second;
    });
    using map = std::map<std::string, doubles>;
    CHECK(f(map{{"weight", a}}) == a);
    CHECK(f(map{{"bias", a}}) == doubles{-1, -2});
    CHECK(f(map{{"weight", b}}) == b);
    CHECK(count == 2);
    CHECK(f.specializations()[0].signature == "({\"weight\": float64[2]})");
  }
  SECTION("optional: whether it is there is part of the signature") {
    const auto f = td::trace_graph([](const td::array& x, const std::optional<td::array>& y) { return y ? x + *y : x * 100; });
    CHECK(f(a, std::optional(b)) == doubles{11, 22});
    CHECK(f(a, std::optional<doubles>()) == doubles{100, 200});
    CHECK(f(a, std::optional(a)) == doubles{2, 4});
    CHECK(f.stats().traces == 2);
  }
  SECTION("vector of vectors") {
    const auto f = td::trace_graph([](const std::vector<std::vector<td::array>>& v) { return v[1][0] * 2; });
    CHECK(f(std::vector<std::vector<doubles>>{{a}, {b, a}}) == doubles{20, 40});
    CHECK(f(std::vector<std::vector<doubles>>{{a, a}, {b}}) == doubles{20, 40});  // as many arrays, otherwise nested
    CHECK(f.stats().specializations == 2);
  }
}

TEST_CASE("plain aggregates go in, td::array members or native ones rebuilt by a template") {
  SECTION("an aggregate of td::array") {
    const auto f = td::trace_graph([](const td::array& x, const layer& l) { return td::matmul(l.weight, x) + l.bias; });
    const td::array y = f(td::array({1., 1.}), layer{td::array({{1., 2.}, {3., 4.}}), td::array({10., 20.})});
    CHECK(values(y) == doubles{13, 27});
  }
  SECTION("a template of native arrays becomes one of td::array") {
    const auto f = td::trace_graph([](const statistics<td::array>& s) { return s.mean + s.dev; });
    CHECK(f(statistics<doubles>{{1, 2}, {3, 4}}) == doubles{4, 6});
  }
}

TEST_CASE("numbers inside nested arguments follow the functor's parameter") {
  int count = 0;
  const auto f = td::trace_graph([&](const std::tuple<td::array, double>& t) {
    ++count;
    return std::get<0>(t) * std::get<1>(t);
  });
  CHECK(f(std::tuple(doubles{1, 2}, 3.0)) == doubles{3, 6});
  CHECK(f(std::tuple(doubles{1, 2}, 4.0)) == doubles{4, 8});
  CHECK(count == 2);
  const auto g = td::trace_graph([&](const std::tuple<td::array, td::array>& t) {
    ++count;
    return std::get<0>(t) * std::get<1>(t);
  });
  CHECK(g(std::tuple(doubles{1, 2}, 3.0)) == doubles{3, 6});
  CHECK(g(std::tuple(doubles{1, 2}, 4.0)) == doubles{4, 8});
  CHECK(count == 3);
}

// ---- results

TEST_CASE("results are nested as the functor nests them, in the container of the first native argument") {
  const doubles x{1, 2, 4};
  SECTION("tuple") {
    const auto f = td::trace_graph([](const td::array& a) { return std::tuple(a + 1, std::pair(a * 2, a)); });
    const auto y = f(x);
    STATIC_REQUIRE(std::is_same_v<decltype(y), const std::tuple<doubles, std::pair<doubles, doubles>>>);
    CHECK(std::get<0>(y) == doubles{2, 3, 5});
    CHECK(std::get<1>(y).first == doubles{2, 4, 8});
    CHECK(std::get<1>(y).second == x);
  }
  SECTION("vector, of a length that the functor decides") {
    const auto f = td::trace_graph([](const td::array& a, int n) {
      std::vector<td::array> v;
      for (int i = 0; i < n; ++i) v.push_back(a * i);
      return v;
    });
    CHECK(f(x, 3) == std::vector<doubles>{{0, 0, 0}, {1, 2, 4}, {2, 4, 8}});
    CHECK(f(x, 1) == std::vector<doubles>{{0, 0, 0}});
    CHECK(f(x, 0).empty());
  }
  SECTION("map and optional") {
    const auto f = td::trace_graph([](const td::array& a) {
      return std::map<std::string, std::optional<td::array>>{{"no", std::nullopt}, {"yes", a * 3}};
    });
    const std::map<std::string, std::optional<doubles>> y = f(x);
    CHECK(y.at("yes") == doubles{3, 6, 12});
    CHECK(!y.at("no"));
  }
  SECTION("an aggregate with one type parameter is rebuilt with native members") {
    const auto y = td::trace_graph(describe)(x);
    STATIC_REQUIRE(std::is_same_v<decltype(y), const statistics<doubles>>);
    CHECK(y.mean == doubles{7. / 3});
    CHECK(y.dev[0] == Approx(1.247219128924647));
  }
  SECTION("other aggregates keep td::array") {
    const auto y = td::trace_graph([](const td::array& a) { return layer{a + 1, a - 1}; })(x);
    STATIC_REQUIRE(std::is_same_v<decltype(y), const layer>);
    CHECK(values(y.weight) == doubles{2, 3, 5});
    CHECK(values(y.bias) == doubles{0, 1, 3});
  }
  SECTION("the split of an array") {
    const std::array<std::array<double, 3>, 2> table{{{1, 2, 3}, {4, 5, 6}}};
    const auto rows = td::trace_graph([](const td::array& a) { return td::unstack(a); }).call_as<std::vector<doubles>>(table);
    CHECK(rows == std::vector<doubles>{{1, 2, 3}, {4, 5, 6}});
  }
}

TEST_CASE("values beside arrays in a result are kept from the trace") {
  const auto f = td::trace_graph([](const td::array& a) { return std::tuple(a + 1, 42, std::string("done")); });
  f(doubles{1});
  const auto y = f(doubles{5});
  CHECK(std::get<0>(y) == doubles{6});
  CHECK(std::get<1>(y) == 42);
  CHECK(std::get<2>(y) == "done");
}

TEST_CASE("one value returned twice, an argument and a constant as results") {
  const warnings quiet;
  const auto f = td::trace_graph([](const td::array& a) {
    const td::array y = a * 2;
    return std::array{y, y, a, td::array({7., 8.}), y[td::slice(0, 1)]};
  });
  for (int call = 0; call < 2; ++call) {
    const auto y = f(doubles{1, 2});
    CHECK(y[0] == doubles{2, 4});
    CHECK(y[1] == doubles{2, 4});
    CHECK(y[2] == doubles{1, 2});
    CHECK(y[3] == doubles{7, 8});
    CHECK(y[4] == doubles{2});
  }
}

TEST_CASE("results that are views keep no hold on the argument") {
  const auto f = td::trace_graph([](const td::array& a) { return td::flip(a); });
  td::array y;
  {
    const td::array x({1., 2., 3.});
    y = f(x);
    CHECK(y.data<double>() != x.data<double>());
  }
  CHECK(values(y) == doubles{3, 2, 1});
}

// ---- call_as

TEST_CASE("call_as gives the results another container, nested ones too") {
  const auto f = td::trace_graph([](const td::array& a) { return a > 1; });
  const doubles x{0, 2};
  CHECK(f.call_as<std::array<bool, 2>>(x) == std::array<bool, 2>{false, true});
  CHECK(f.call_as<td::array>(x).dtype() == td::bool_);
  CHECK_THAT(message_of<td::dtype_error>([&] { f(x); }),
             contains("[call] the result does not fit the container: got bool, expected float64") && contains("call_as"));
  const auto g = td::trace_graph(describe);
  CHECK(g.call_as<td::array>(x).mean.item<double>() == 1);
  const auto h = td::trace_graph([](const td::array& a) { return std::pair(a > 1, a + 1); });
  const auto y = h.call_as<std::pair<td::array, doubles>>(x);
  CHECK(values(y.first) == doubles{0, 1});
  CHECK(y.second == doubles{1, 3});
  CHECK(h.stats().traces == 1);
}

// ---- into

TEST_CASE("into writes into the storage it is given") {
  const auto f = td::trace_graph(normalize);
  const doubles x{1, 2, 3};
  doubles y(3);
  const double* const memory = y.data();
  f.into(y, x);
  CHECK(y.data() == memory);
  CHECK(y == f(x));
  CHECK(f.stats().traces == 1);
  const auto check_storage = [&](auto&& storage) {
    f.into(storage, x);
    CHECK(std::equal(y.begin(), y.end(), std::begin(storage)));
  };
  std::array<double, 3> fixed{};
  check_storage(fixed);
  double c_array[3] = {};
  check_storage(c_array);
  doubles longer(5, -1);
  check_storage(std::span(longer).subspan(1, 3));
  CHECK(longer.front() == -1);
  CHECK(longer.back() == -1);
}

TEST_CASE("into with several results") {
  const auto f = td::trace_graph([](const td::array& a, const td::array& b) { return std::tuple(a + b, std::vector{a - b, a * b}); });
  const doubles a{1, 2}, b{3, 5};
  doubles sum(2);
  std::vector<doubles> rest{doubles(2), doubles(2)};
  f.into(std::tie(sum, rest), a, b);
  CHECK(sum == doubles{4, 7});
  CHECK(rest == std::vector<doubles>{{-2, -3}, {3, 10}});
  std::tuple<doubles, std::vector<doubles>> out{doubles(2), {doubles(2), doubles(2)}};
  f.into(out, a, b);
  CHECK(std::get<1>(out)[1] == doubles{3, 10});
  statistics<doubles> s{doubles(1), doubles(1)};
  td::trace_graph(describe).into(s, a);
  CHECK(s.mean == doubles{1.5});
  CHECK(s.dev == doubles{0.5});
}

TEST_CASE("into over an input gives the right result") {
  SECTION("exactly the input") {
    for (const bool optimize : {true, false}) {
      const auto f = td::trace_graph([](const td::array& x) { return x * x + td::sum(x); }, {.optimize = optimize});
      doubles x{1, 2, 3};
      f.into(x, x);
      CHECK(x == doubles{7, 10, 15});
      f.into(x, x);
      CHECK(x == doubles{81, 132, 257});
    }
  }
  SECTION("elementwise, many blocks, in place") {
    const auto f = td::trace_graph([](const td::array& x, const td::array& y) { return x * 2 + y; });
    doubles x(5000), y(5000, 1);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<double>(i);
    f.into(x, x, y);
    for (std::size_t i = 0; i < x.size(); ++i) REQUIRE(x[i] == 2. * static_cast<double>(i) + 1);
    f.into(y, x, y);
    for (std::size_t i = 0; i < x.size(); ++i) REQUIRE(y[i] == 2 * x[i] + 1);
  }
  SECTION("shifted by one, either way") {
    const auto f = td::trace_graph([](const td::array& x) { return x + 100; });
    for (const std::size_t from : {0u, 1u}) {
      doubles memory(3001);
      for (std::size_t i = 0; i < memory.size(); ++i) memory[i] = static_cast<double>(i);
      const std::span<double> in(memory.data() + from, 3000), out(memory.data() + 1 - from, 3000);
      f.into(out, in);
      for (std::size_t i = 0; i < out.size(); ++i) REQUIRE(out[i] == static_cast<double>(i + from) + 100);
    }
  }
  SECTION("reversed and transposed") {
    const auto flip = td::trace_graph([](const td::array& x) { return td::flip(x) + 0.5; });
    doubles x{1, 2, 3};
    flip.into(x, x);
    CHECK(x == doubles{3.5, 2.5, 1.5});
    const auto turn = td::trace_graph([](const td::array& m) { return m + td::matrix_transpose(m) * 10; });
    std::array<std::array<double, 2>, 2> m{{{1, 2}, {3, 4}}};
    turn.into(m, m);
    CHECK(m == std::array<std::array<double, 2>, 2>{{{11, 32}, {23, 44}}});
  }
  SECTION("two results that swap two inputs") {
    const auto f = td::trace_graph([](const td::array& x, const td::array& y) { return std::tuple(y + 0, x + 0); });
    doubles x{1, 2}, y{3, 4};
    f.into(std::tie(x, y), x, y);
    CHECK(x == doubles{3, 4});
    CHECK(y == doubles{1, 2});
  }
  SECTION("the argument itself is the result") {
    const auto f = td::trace_graph([](const td::array& x) { return x; });
    doubles x{1, 2}, y(2);
    f.into(y, x);
    CHECK(y == x);
    f.into(x, x);
    CHECK(x == y);
  }
}

TEST_CASE("two outputs may interleave but not overlap") {
  const auto f = td::trace_graph([](const td::array& x) { return std::tuple(x + 1, x * 2); });
  doubles memory(8);
  const doubles x{1, 2, 3, 4};
  CHECK_THAT(
      message_of([&] { f.into(std::tuple(std::span(memory).subspan(0, 4), std::span(memory).subspan(3, 4)), x); }),
      contains("[into] outputs 0 and 1 overlap: got one memory for two results, expected distinct storage. Pass separate containers."));
  f.into(std::tuple(std::span(memory).subspan(0, 4), std::span(memory).subspan(4, 4)), x);
  CHECK(memory == doubles{2, 3, 4, 5, 2, 4, 6, 8});

  // Views of one table of 6 x 8 numbers, each 4 x 3: rows and columns from a corner, some distance apart.
  const td::function g = f.compiled(td::ones({4, 3}));
  const td::array ones = td::ones({4, 3});
  const auto written = [&](std::int64_t row, std::int64_t column, std::int64_t row_step, std::int64_t column_step) {
    doubles all(200, 0);
    const auto corner = [&](std::int64_t r, std::int64_t c) {
      td::array_view v = ones.view();
      v.data = all.data() + 100 + r * 8 + c;
      v.strides[0] = 8 * row_step;
      v.strides[1] = column_step;
      return v;
    };
    const std::vector<td::array_view> out{corner(0, 0), corner(row, column)};
    const std::string text = message_of([&] { g.into(out, std::vector{ones.view()}); });
    return text == "no error" ? std::to_string(std::count(all.begin(), all.end(), 2.)) : text.substr(0, text.find(':'));
  };
  CHECK(written(0, 3, 1, 1) == "24");  // side by side
  CHECK(written(0, -3, 1, 1) == "24");
  CHECK(written(0, 1, 1, 2) == "24");  // every other column
  CHECK(written(1, 0, 2, 1) == "24");  // every other row
  CHECK(written(-1, 4, 2, -1) == "24");
  CHECK(written(0, 2, 1, 1) == "[into] outputs 0 and 1 overlap");
  CHECK(written(0, 4, 1, 2) == "[into] outputs 0 and 1 overlap");
  CHECK(written(2, 0, 2, 1) == "[into] outputs 0 and 1 overlap");
  CHECK(written(3, -2, 1, 1) == "[into] outputs 0 and 1 overlap");
  CHECK(written(0, 0, 1, 1) == "[into] outputs 0 and 1 overlap");
}
