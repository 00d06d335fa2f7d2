// Signatures: which arguments share a trace, and what scalars and static values are.
#include "trace_helpers.hpp"

#include <functional>
#include <numeric>

#include "catch.hpp"

using namespace trace_test;

TEST_CASE("a functor that reads no shape is not run again for other extents") {
  runs = 0;
  const auto f = td::trace_graph(counted);
  CHECK(f(doubles{1, 2}) == doubles{3, 5});
  CHECK(f(doubles{1, 2, 3}) == doubles{3, 5, 7});
  CHECK(f(doubles{1}) == doubles{3});
  CHECK(f(doubles{}) == doubles{});
  CHECK(runs == 1);
  CHECK(f.stats().traces == 1);
  CHECK(f.stats().specializations == 4);
}

TEST_CASE("a functor that reads a shape is run for each") {
  const auto check_reader = [](auto read) {
    int count = 0;
    const auto f = td::trace_graph([&](const td::array& x) {
      ++count;
      return x * static_cast<double>(read(x));
    });
    CHECK(f(doubles{1, 1}) == doubles{2, 2});
    CHECK(f(doubles{1, 1, 1}) == doubles{3, 3, 3});
    CHECK(f(doubles{1, 1}) == doubles{2, 2});
    CHECK(count == 2);
    CHECK(f.stats().traces == 2);
  };
  check_reader([](const td::array& x) { return x.shape()[0]; });
  check_reader([](const td::array& x) { return x.shape(-1); });
  check_reader([](const td::array& x) { return x.size(); });
  check_reader([](const td::array& x) { return (x + 1).size(); });
  check_reader([](const td::array& x) { return td::unstack(x).size(); });  // the number of results is a fact too
}

TEST_CASE("extents that were equal need not stay equal") {
  const auto f = td::trace_graph([](const td::array& a, const td::array& b) { return a + b; });
  CHECK(f(doubles{1}, doubles{2}) == doubles{3});
  CHECK(f(doubles{1, 2, 3}, doubles{2}) == doubles{3, 4, 5});
  CHECK(f(doubles{1}, doubles{2, 3}) == doubles{3, 4});
  CHECK_THROWS_AS(f(doubles{1, 2, 3}, doubles{2, 3}), td::shape_error);
  CHECK(f(doubles{1, 2}, doubles{2, 3}) == doubles{3, 5});
  CHECK(f.stats().traces == 1);
}

TEST_CASE("another dtype or another rank is another trace") {
  int count = 0;
  const auto f = td::trace_graph([&](const td::array& x) {
    ++count;
    return x + 1;
  });
  CHECK(f(doubles{1}) == doubles{2});
  CHECK(f(floats{1}) == floats{2});
  CHECK(f(std::vector<int>{1}) == std::vector<int>{2});
  CHECK(count == 3);
  const std::array<std::array<double, 2>, 1> table{{{1, 2}}};
  CHECK(f(table) == std::array<std::array<double, 2>, 1>{{{2, 3}}});
  CHECK(count == 4);
}

TEST_CASE("layouts of a td::array are part of its signature, values are right in each") {
  const auto f = td::trace_graph([](const td::array& x) { return td::reshape(x, {-1}) + td::reshape(td::matrix_transpose(x), {-1}); });
  const td::array x({{1., 2., 3.}, {4., 5., 6.}, {7., 8., 9.}});
  const doubles expected{2, 6, 10, 6, 10, 14, 10, 14, 18};
  CHECK(values(f(x)) == expected);
  CHECK(values(f(td::matrix_transpose(x))) == expected);
  CHECK(f.stats().specializations == 2);
  CHECK(values(f(td::flip(x, {.axis = 0}))) == doubles{14, 12, 10, 12, 10, 8, 10, 8, 6});
  CHECK(f.stats().specializations == 3);
}

// ---- scalars and static values

TEST_CASE("numbers are traced where the parameter is an array") {
  int count = 0;
  const auto f = td::trace_graph([&](const td::array& x, const td::array& k) {
    ++count;
    return x * k;
  });
  CHECK(f(doubles{1, 2}, 3.0) == doubles{3, 6});
  CHECK(f(doubles{1, 2}, 4.0) == doubles{4, 8});
  CHECK(count == 1);
  CHECK(f(doubles{1, 2}, 4) == doubles{4, 8});  // int32: another dtype
  CHECK(count == 2);
}

TEST_CASE("numbers are static where the parameter is a number") {
  int count = 0;
  const auto f = td::trace_graph([&](const td::array& x, double k, int n) {
    ++count;
    return x * k + n;
  });
  CHECK(f(doubles{1, 2}, 3.0, 1) == doubles{4, 7});
  CHECK(f(doubles{1, 2}, 3.0, 1) == doubles{4, 7});
  CHECK(count == 1);
  CHECK(f(doubles{1, 2}, 3.0, 2) == doubles{5, 8});
  CHECK(f(doubles{1, 2}, 4.0, 2) == doubles{6, 10});
  CHECK(count == 3);
}

TEST_CASE("numbers are traced by generic functors, and static under td::static_") {
  int count = 0;
  const auto f = td::trace_graph([&](const auto& x, const auto& k) {
    ++count;
    return x * k;
  });
  CHECK(f(doubles{1, 2}, 3.0) == doubles{3, 6});
  CHECK(f(doubles{1, 2}, 5.0) == doubles{5, 10});
  CHECK(count == 1);
  CHECK(f(doubles{1, 2}, td::static_(3.0)) == doubles{3, 6});
  CHECK(f(doubles{1, 2}, td::static_(4.0)) == doubles{4, 8});
  CHECK(count == 3);
}

TEST_CASE("enums, strings and static values are part of the signature") {
  enum class mode { twice, half };
  int count = 0;
  const auto f = td::trace_graph([&](const td::array& x, mode m, const std::string& s) {
    ++count;
    const td::array y = m == mode::twice ? x * 2 : x / 2;
    return s == "a rather long text that no key holds in one word" ? -y : y;
  });
  CHECK(f(doubles{2}, mode::twice, "") == doubles{4});
  CHECK(f(doubles{2}, mode::half, "") == doubles{1});
  CHECK(f(doubles{2}, mode::half, "a rather long text that no key holds in one word") == doubles{-1});
  CHECK(f(doubles{2}, mode::half, std::string("a rather long text that no key holds in one word")) == doubles{-1});
  CHECK(f(doubles{2}, mode::half, "a rather long text that no key holds in one worD") == doubles{1});
  CHECK(f(doubles{2}, mode::twice, "") == doubles{4});
  CHECK(count == 4);  // a std::string of the same characters as a literal is the same value
}

TEST_CASE("numbers alone make a td::array") {
  const auto f = td::trace_graph([](const td::array& a, const td::array& b) { return a * b; });
  const td::array y = f(3.0, 4.0);
  CHECK(y.ndim() == 0);
  CHECK(y.item<double>() == 12);
  CHECK(f(3, 4).dtype() == td::int32);
}

TEST_CASE("a call of many arguments") {
  const auto f = td::trace_graph([](const auto&... a) { return (a + ...); });
  const doubles x{1, 2};
  CHECK(f(x, x, x, x, x, x, x, x, x, x) == doubles{10, 20});
  CHECK(f(x, x, x, x, x, x, x, x, x, x) == doubles{10, 20});
  std::vector<doubles> list(100, x);
  const auto g =
      td::trace_graph([](const std::vector<td::array>& v) { return std::accumulate(v.begin() + 1, v.end(), v.front(), std::plus<>()); });
  CHECK(g(list) == doubles{100, 200});
  CHECK(g(list) == doubles{100, 200});
  CHECK(g.stats().traces == 1);
}
