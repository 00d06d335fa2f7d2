// How results come out: numbers, pairs, structs and td::array, by call_as and into, on every backend.
#include <tendril/eigen.hpp>

#include "catch.hpp"
#include "trace_helpers.hpp"

using namespace trace_test;

namespace {

struct summary {
  td::array scaled, total;
};
struct native_summary {
  Eigen::VectorXd scaled;
  double total;
};
struct labelled {
  td::array value;
  int label;
  std::string name;
};
struct native_labelled {
  double value;
  int label;
  std::string name;
};

const doubles x{1, 2, 3, 4};

template <class Check>
void on_backends(Check check) {
  for (const std::string& backend : td::backends()) {
    INFO(backend);
    check(backend);
  }
}

}  // namespace

TEST_CASE("call_as of a number gives the one element of a result") {
  on_backends([](const std::string& to) {
    const auto f = td::trace_graph([](const td::array& a) { return td::sum(a * a); }, {.to = to});
    for (int call = 0; call < 3; ++call) CHECK(f.call_as<double>(x) == 30);
    CHECK(f.call_as<float>(floats{1, 2}) == 5);
    CHECK(f.call_as<std::int64_t>(std::vector<int>{1, 2, 3}) == 14);
  });
}

TEST_CASE("a number takes a result of any rank that has one element") {
  const auto f = td::trace_graph([](const td::array& a) { return td::matmul(td::reshape(a, {1, -1}), td::reshape(a, {-1, 1})); });
  CHECK(f.call_as<double>(x) == 30);
  double s = 0;
  f.into(s, x);
  CHECK(s == 30);
}

TEST_CASE("numbers of every element type come out") {
  const auto count = td::trace_graph([](const td::array& a) { return td::count_nonzero(a > 1); });
  CHECK(count.call_as<std::int64_t>(x) == 3);
  const auto some = td::trace_graph([](const td::array& a) { return td::any(a > 3); });
  CHECK(some.call_as<bool>(x));
  const auto first = td::trace_graph([](const td::array& a) { return a[0]; });
  CHECK(first.call_as<int>(std::vector<int>{7, 8}) == 7);
}

TEST_CASE("a number that does not fit says so") {
  const auto f = td::trace_graph([](const td::array& a) { return a * 2; });
  CHECK(message_of<td::shape_error>([&] { f.call_as<double>(x); }) ==
        "[call] the result does not fit the container: got shape (4,), expected one element for double. Ask for another container with "
        "call_as.");
  CHECK(message_of<td::dtype_error>([&] { f.call_as<float>(doubles{1}); }) ==
        "[call] the result does not fit the container: got float64, expected float32 for float. Ask for another container with call_as.");
  double s = 0;
  CHECK(
      message_of<td::shape_error>([&] { f.into(s, x); }) ==
      "[into] the result does not fit the container: got shape (4,), expected one element for double. Pass a target of the result's shape "
      "and element type.");
}

TEST_CASE("into writes numbers beside containers") {
  on_backends([](const std::string& to) {
    const auto f = td::trace_graph([](const td::array& a) { return std::pair(a * 2, td::sum(a)); }, {.to = to});
    Eigen::VectorXd twice(4);
    double total = 0;
    for (int call = 0; call < 2; ++call) {
      twice.setZero(), total = 0;
      f.into(std::tie(twice, total), x);
      CHECK(twice == Eigen::Vector4d(2, 4, 6, 8));
      CHECK(total == 10);
    }
    std::pair<doubles, double> pair{doubles(4), 0};
    f.into(pair, x);
    CHECK(pair.first == doubles{2, 4, 6, 8});
    CHECK(pair.second == 10);
    native_summary s{Eigen::VectorXd(4), 0};
    f.into(s, x);
    CHECK(s.scaled[3] == 8);
    CHECK(s.total == 10);
  });
}

TEST_CASE("pairs, tuples and structs come with numbers in them") {
  on_backends([](const std::string& to) {
    const auto pair = td::trace_graph([](const td::array& a) { return std::pair(a * 2, td::sum(a)); }, {.to = to});
    const auto [twice, total] = pair.call_as<std::pair<Eigen::VectorXd, double>>(x);
    CHECK(twice == Eigen::Vector4d(2, 4, 6, 8));
    CHECK(total == 10);
    const auto all = pair.call_as<double>(doubles{3});
    CHECK(all == std::pair(6.0, 3.0));

    const auto nested = td::trace_graph(
        [](const td::array& a) {
          return std::tuple(td::max(a), std::array{a + 1, a - 1}, std::vector{td::min(a)});
        },
        {.to = to});
    const auto n = nested.call_as<std::tuple<double, std::array<std::array<double, 4>, 2>, std::vector<doubles>>>(x);
    CHECK(std::get<0>(n) == 4);
    CHECK(std::get<1>(n)[1] == std::array<double, 4>{0, 1, 2, 3});
    CHECK(std::get<2>(n) == std::vector<doubles>{{1}});

    const auto f = td::trace_graph([](const td::array& a) { return summary{a * 3, td::sum(a)}; }, {.to = to});
    const native_summary s = f.call_as<native_summary>(x);
    CHECK(s.scaled[0] == 3);
    CHECK(s.total == 10);
  });
}

TEST_CASE("a nested result with a number among its arrays comes in the argument's container") {
  on_backends([](const std::string& to) {
    const auto f = td::trace_graph([](const td::array& a) { return std::pair(a * 2, td::sum(a)); }, {.to = to});
    for (int call = 0; call < 2; ++call) {
      const std::pair<doubles, doubles> r = f(x);
      CHECK(r.first == doubles{2, 4, 6, 8});
      CHECK(r.second == doubles{10});
    }
    const auto sum = td::trace_graph([](const td::array& a) { return td::sum(a); }, {.to = to});
    CHECK(sum(x) == doubles{10});
    doubles one(1);
    sum.into(one, x);
    CHECK(one == doubles{10});
  });
}

TEST_CASE("an array of td::array comes as an array of containers") {
  on_backends([](const std::string& to) {
    const auto f = td::trace_graph([](const std::array<td::array, 2>& a) { return std::array{a[0] + a[1], a[0] * a[1]}; }, {.to = to});
    using row = std::array<double, 3>;
    const std::array<row, 2> in{row{1, 2, 3}, row{4, 5, 6}};
    for (int call = 0; call < 2; ++call) {
      const std::array<row, 2> out = f(in);
      CHECK(out[0] == row{5, 7, 9});
      CHECK(out[1] == row{4, 10, 18});
    }
    std::array<row, 2> target{};
    f.into(target, in);
    CHECK(target[1] == row{4, 10, 18});
    const auto one = td::trace_graph([](const td::array& a) { return std::array{a, a * 2}; }, {.to = to});
    const std::array<row, 2> both = one(row{1, 2, 3});
    CHECK(both[1] == row{2, 4, 6});
  });
}

TEST_CASE("what is no array in a result stays and is written by into") {
  const auto f = td::trace_graph([](const td::array& a) { return labelled{td::sum(a), 7, "seven"}; });
  const native_labelled r = f.call_as<native_labelled>(x);
  CHECK(r.value == 10);
  CHECK(r.label == 7);
  CHECK(r.name == "seven");
  native_labelled s{0, 0, ""};
  f.into(s, x);
  CHECK(s.value == 10);
  CHECK(s.label == 7);
  CHECK(s.name == "seven");
}

TEST_CASE("td::array is a target: written in place where nobody shares it") {
  on_backends([](const std::string& to) {
    const auto f = td::trace_graph([](const td::array& a) { return a * 2; }, {.to = to});
    td::array out;
    f.into(out, x);
    CHECK(values(out) == doubles{2, 4, 6, 8});
    const void* place = out.data<double>();
    f.into(out, doubles{5, 6, 7, 8});
    CHECK(values(out) == doubles{10, 12, 14, 16});
    CHECK(out.data<double>() == place);
    const td::array shared = out;
    f.into(out, x);
    CHECK(values(shared) == doubles{10, 12, 14, 16});
    CHECK(values(out) == doubles{2, 4, 6, 8});
    f.into(out, doubles{1});
    CHECK(values(out) == doubles{2});
    f.into(out, floats{1});
    CHECK(out.dtype() == td::float32);
  });
}

TEST_CASE("td::array is a target that may be the argument too") {
  const auto f = td::trace_graph([](const td::array& a) { return td::cumulative_sum(a) + td::sum(a); });
  td::array a({1., 2., 3.});
  f.into(a, a);
  CHECK(values(a) == doubles{7, 9, 12});
  const auto shorter = td::trace_graph([](const td::array& b) { return b[{td::slice(0, 2)}] * 10; });
  shorter.into(a, a);
  CHECK(values(a) == doubles{70, 90});
}

TEST_CASE("td::array targets keep their value when the call fails") {
  const auto f = td::trace_graph([](const td::array& a, const td::array& i) { return td::take(a, i); });
  td::array out({1., 2.});
  const td::array before = out;
  CHECK_THROWS_AS(f.into(out, x, ints{0, 9}), td::index_error);
  CHECK(values(out) == doubles{1, 2});
}

TEST_CASE("a traced function may be made with example arguments") {
  const td::traced f([](const td::array& a) { return a + 1; }, td::args(x), {.name = "next"});
  CHECK(f.stats().traces == 1);
  CHECK(f(x) == doubles{2, 3, 4, 5});
  CHECK(f.stats().traces == 1);
  const td::traced g([](const td::array& a) { return a + 1; }, td::args(x));
  CHECK(g.stats().traces == 1);
}
