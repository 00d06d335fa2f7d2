// One trace and one compiled function for all containers of one dtype, shape and layout: only what reads the container differs.
#include <Eigen/Core>

#include <atomic>
#include <thread>

#include <tendril/eigen.hpp>

#include "catch.hpp"
#include "operator_new.hpp"
#include "trace_helpers.hpp"

using namespace trace_test;

namespace {
std::atomic<int> allocations{0};
}  // namespace
void tendril_test::before_allocation() { allocations.fetch_add(1, std::memory_order_relaxed); }
#if TENDRIL_SANITIZER_ALLOCATES  // its hook tells
namespace {
[[maybe_unused]] const int hooks = tendril_test::hear_allocations<tendril_test::before_allocation>();
}  // namespace
#endif

namespace {

/// Works as `body` does, and is traced once and compiled once.
template <class F>
void check_one(const F& f, std::size_t traces = 1, std::size_t specializations = 1) {
  CHECK(f.stats().traces == traces);
  CHECK(f.stats().specializations == specializations);
  CHECK(f.specializations().size() == specializations);
}

}  // namespace

TEST_CASE("vectors of every container are one trace and one specialization") {
  for (const std::string& backend : td::backends()) {
    runs = 0;
    const auto f = td::trace_graph(counted, {.to = backend, .on_retrace = td::retrace::forbid});
    Eigen::VectorXd vector(3);
    vector << 1, 2, 3;
    const Eigen::VectorXd expected = vector.array() * 2 + 1;
    const doubles list{1, 2, 3}, doubled{3, 5, 7};
    CHECK(f(list) == doubled);
    CHECK(f(vector) == expected);
    CHECK(f(Eigen::VectorXd(vector + vector * 0)) == expected);
    CHECK(f(vector * 1.0) == expected);  // an expression
    CHECK(f(Eigen::Map<const Eigen::VectorXd>(list.data(), 3)) == expected);
    Eigen::VectorXd longer(5);
    longer << 1, 2, 3, 4, 5;
    CHECK(f(longer.head(3)) == expected);
    CHECK(f(longer.head<3>()) == expected);
    CHECK(f(Eigen::Ref<const Eigen::VectorXd>(vector)) == expected);
    CHECK(f(Eigen::Vector3d(vector)) == expected);
    CHECK((f(Eigen::ArrayXd(vector)) == expected.array()).all());
    CHECK(f(std::span<const double>(list)) == doubled);
    CHECK(f(std::array<double, 3>{1, 2, 3}) == std::array<double, 3>{3, 5, 7});
    const double plain[] = {1, 2, 3};
    CHECK(f(plain) == std::array<double, 3>{3, 5, 7});
    CHECK(values(f(td::array({1., 2., 3.}))) == doubled);
    CHECK(runs == 1);
    check_one(f);
    CHECK(f.explain() == "\"traced\" on backend " + backend + ": 1 specialization\nnever retraced\n(float64[3])\n" +
                             f.explain().substr(f.explain().find("  1. ")));
    CHECK(f.stats().calls == 14);
  }
}

TEST_CASE("matrices share by layout") {
  const auto f = td::trace_graph([](const td::array& x) { return td::exp(x) + td::sum(x, {.axis = 0}); });
  using rows = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  Eigen::MatrixXd columns(2, 3);
  columns << 1, 2, 3, 4, 5, 6;
  const Eigen::MatrixXd expected = (columns.array().exp().rowwise() + columns.array().colwise().sum()).matrix();
  const auto close = [&](const auto& m) { return m.isApprox(expected, 1e-14); };
  CHECK(close(f(columns)));
  CHECK(close(f(Eigen::Map<const Eigen::MatrixXd>(columns.data(), 2, 3))));
  CHECK(close(f(Eigen::Matrix<double, 2, 3>(columns))));
  CHECK(td::allclose(f(td::matrix_transpose(td::asarray(rows(columns.transpose())))), td::asarray(expected)));
  check_one(f);
  CHECK(close(f(rows(columns))));
  const std::array<std::array<double, 3>, 2> table{{{1, 2, 3}, {4, 5, 6}}};
  CHECK(td::allclose(td::asarray(f(table)), td::asarray(expected)));
  CHECK(td::allclose(f(td::array({{1., 2., 3.}, {4., 5., 6.}})), td::asarray(expected)));
  check_one(f, 1, 2);
  Eigen::MatrixXd large(4, 6);
  large.setZero();
  large.block(0, 0, 2, 3) = columns;
  CHECK(close(f(large.block(0, 0, 2, 3))));  // neither layout
  check_one(f, 1, 3);
}

TEST_CASE("vectors with strides are a specialization of their own") {
  const auto f = td::trace_graph(counted);
  Eigen::MatrixXd m(3, 2);
  m << 1, 10, 2, 20, 3, 30;
  const Eigen::RowVectorXd expected = m.row(1).array() * 2 + 1;
  CHECK(f(m.row(1)) == expected);
  CHECK(f(Eigen::RowVectorXd(m.row(1))) == expected);
  CHECK(f(std::array<std::array<double, 2>, 1>{{{2, 20}}}) == std::array<std::array<double, 2>, 1>{{{5, 41}}});
  check_one(f, 1, 2);
}

TEST_CASE("nested arguments share by their structure") {
  const auto f = td::trace_graph([](const std::vector<td::array>& v, const std::pair<td::array, td::array>& p) {
    return std::vector<td::array>{v[0] + p.first, v[1] * p.second};
  });
  const Eigen::VectorXd one = Eigen::VectorXd::Constant(2, 1.0), two = Eigen::VectorXd::Constant(2, 2.0);
  const doubles a{1, 1}, b{2, 2};
  const std::vector<doubles> expected{{3, 3}, {2, 2}};
  CHECK(f(std::vector<doubles>{a, b}, std::pair{b, a}) == expected);
  CHECK(f(std::vector<doubles>{a, b}, std::pair{two, one}) == expected);
  CHECK(f(std::vector<doubles>{a, b}, std::pair{std::span<const double>(b), td::asarray(a)}) == expected);
  const std::vector<Eigen::VectorXd> same = f(std::vector<Eigen::VectorXd>{one, two}, std::pair{b, one});
  CHECK(same[0] == Eigen::VectorXd(one + two));
  check_one(f);
}

TEST_CASE("a new container costs no allocation and no trace, and into writes to any") {
  const auto f = td::trace_graph(counted, td::args(std::array<double, 3>{1, 2, 3}), {.on_retrace = td::retrace::forbid});
  const std::array<double, 3> prepared{1, 2, 3};
  std::array<double, 3> out{};
  f.into(out, prepared);
  const doubles list{1, 2, 3};
  Eigen::VectorXd vector = Eigen::VectorXd::Constant(3, 1.0), result(3);
  const int before = allocations;
  f.into(out, std::span<const double>(list));
  CHECK(out == std::array<double, 3>{3, 5, 7});
  f.into(result, vector);
  f.into(result, vector.head(3));
  f.into(out, list);
  f.into(out, prepared);
  CHECK(allocations == before);
  CHECK(result == Eigen::VectorXd::Constant(3, 3.0));
  check_one(f);
}

TEST_CASE("more containers in turn than a thread has slots, and keys that are longer than a slot has room for") {
  const auto f = td::trace_graph([](const auto&... a) { return (a + ...); });
  const td::array a({1., 2.});
  const doubles v{1, 2};
  const Eigen::VectorXd e = Eigen::VectorXd::LinSpaced(2, 1, 2);
  const std::span<const double> s(v);
  for (int round = 0; round < 3; ++round) {
    CHECK(values(f(a, a, a, a, a)) == doubles{5, 10});
    CHECK(f(v, v, v, v, v) == doubles{5, 10});
    CHECK(values(f(a, v, a, e, s)) == doubles{5, 10});
    CHECK(f(s, v, a, e, s) == doubles{5, 10});
    CHECK(f(e, e, e, e, e) == Eigen::VectorXd(e * 5));
  }
  check_one(f);
  CHECK(f.stats().calls == 15);
  CHECK(values(f(a[{td::slice({}, {}, -1)}], a, a, a, a)) == doubles{6, 9});
  check_one(f, 1, 2);
}

TEST_CASE("a known signature in a new container waits for no other thread's trace") {
  std::atomic<bool> tracing{false}, go_on{false};
  const auto f = td::trace_graph([&](const td::array& x) {
    if (x.dtype() == td::float32) {
      tracing = true;
      while (!go_on) std::this_thread::yield();
    }
    return x + 1;
  });
  f(doubles{1, 2});
  std::thread other([&] { f(floats{1, 2}); });
  while (!tracing) std::this_thread::yield();
  const std::array<double, 2> held{1, 2};
  CHECK(f(std::span<const double>(held)) == doubles{2, 3});  // would wait for ever
  go_on = true;
  other.join();
}

TEST_CASE("after prepare the first call of a thread allocates nothing and waits for no other thread") {
  std::atomic<bool> tracing{false}, go_on{false};
  const auto f = td::trace_graph([&](const td::array& x) {
    if (x.dtype() == td::float32) {
      tracing = true;
      while (!go_on) std::this_thread::yield();
    }
    // What needs a workspace: a product and what is made of it.
    const td::array p = td::matmul(x, td::exp(x));
    return td::sum(td::softmax(p) - p, {.axis = 1}) / td::max(x);
  });
  const Eigen::MatrixXd x = Eigen::MatrixXd::Random(40, 40);
  Eigen::VectorXd expected(40), out = Eigen::VectorXd::Zero(40);
  f.into(expected, x);
  CHECK(f.stats().calls == 1);
  std::atomic<bool> prepared{false};
  int made = -1;
  std::thread worker([&] {
    f.prepare(x);
    prepared = true;
    while (!tracing) std::this_thread::yield();
    const int before = allocations;
    f.into(out, x);  // would wait for ever
    made = allocations - before;
    go_on = true;
  });
  while (!prepared) std::this_thread::yield();
  f(Eigen::MatrixXf::Ones(2, 2).eval());
  worker.join();
  CHECK(made == 0);
  CHECK(out == expected);
  CHECK(f.stats().calls == 3);  // preparing is no call
}

TEST_CASE("prepare traces where nothing is known, and runs no effects") {
  static int ran = 0;
  td::op_record r;
  r.name = "test_tell";
  r.inputs = {{td::input_spec::form::array, "x"}};
  r.traits = static_cast<std::uint32_t>(td::trait::ordered);
  r.infer = [](const td::type_request& q) { return std::vector<td::type>{q.inputs[0]}; };
  r.kernel = [](std::span<const td::array_view> out, std::span<const td::array_view> in, const td::attributes&) {
    ++ran;
    td::detail::copy_elements(out[0], in[0]);
  };
  const td::op_record& tell = td::register_op(r);
  const auto f = td::trace_graph([&](const td::array& x) { return td::call(tell, {x}) + 1; });
  f.prepare(doubles{1, 2});
  CHECK(f.stats().traces == 1);
  CHECK(ran == 0);
  CHECK(f(doubles{1, 2}) == doubles{2, 3});
  CHECK(ran == 1);
  CHECK(f.stats().traces == 1);
}

TEST_CASE("static values of one type are one value however they are passed") {
  const auto f = td::trace_graph([](const td::array& x, int n, const std::string& s) { return x * n + static_cast<double>(s.size()); });
  CHECK(f(doubles{1}, 2, "abc") == doubles{5});
  CHECK(f(doubles{1}, td::static_(2), std::string("abc")) == doubles{5});
  CHECK(f(Eigen::VectorXd::Constant(1, 1.0).eval(), 2, "abc")[0] == 5);
  CHECK(f(doubles{1}, 3, "abc") == doubles{6});
  check_one(f, 2, 2);
}

// ---- numbers

TEST_CASE("numbers given as arguments yield to the dtype of the arrays that they meet, as literals do") {
  for (const std::string& backend : td::backends()) {
    const auto f = td::trace_graph([](const td::array& x, const td::array& k) { return x * k; }, {.to = backend});
    CHECK(f(floats{1, 2}, 0.5) == floats{0.5f, 1});
    CHECK(f(floats{1, 2}, 0.1) == floats{0.1f, 0.2f});
    CHECK(f(floats{1, 2}, 3) == floats{3, 6});
    CHECK(f(floats{1, 2}, 3L) == floats{3, 6});
    CHECK(f(doubles{1, 2}, 0.5f) == doubles{0.5, 1});
    CHECK(f(std::vector<int>{1, 2}, 3) == std::vector<int>{3, 6});
    CHECK(f(std::vector<int>{1, 2}, std::int64_t{3}) == std::vector<int>{3, 6});
    CHECK(f(ints{1, 2}, 3) == ints{3, 6});
    CHECK(f.call_as<doubles>(std::vector<int>{1, 2}, 0.5) == doubles{0.5, 1});
    CHECK(f.call_as<doubles>(std::vector<int>{1, 2}, 0.5f) == doubles{0.5, 1});  // as x * 0.5f has it
    const std::uint64_t traces = f.stats().traces;
    CHECK(f(floats{1, 2}, 0.25) == floats{0.25f, 0.5f});
    CHECK(f(floats{1, 2}, 1e10) == floats{1e10f, 2e10f});
    CHECK(f(floats{1, 2, 3}, 0.75) == floats{0.75f, 1.5f, 2.25f});
    CHECK(f.stats().traces == traces);  // no value is baked in
    // An array of rank 0 is no number.
    CHECK(f.call_as<doubles>(floats{1, 2}, td::array(0.1)) == doubles{0.1, 0.2});
    CHECK(f.stats().traces == traces + 1);
  }
}

TEST_CASE("an integer that int32 does not hold keeps its value beside int32") {
  const auto f = td::trace_graph([](const td::array& x, const td::array& k) { return x + k; });
  CHECK(f(std::vector<int>{1, 2}, std::int64_t{5}) == std::vector<int>{6, 7});
  CHECK(f(std::vector<int>{1, 2}, std::int64_t{INT32_MIN}) == std::vector<int>{INT32_MIN + 1, INT32_MIN + 2});
  CHECK(f.call_as<ints>(std::vector<int>{1, 2}, std::int64_t{1} << 40) == ints{(std::int64_t{1} << 40) + 1, (std::int64_t{1} << 40) + 2});
  CHECK(f(std::vector<int>{1, 2}, std::int64_t{7}) == std::vector<int>{8, 9});
  CHECK(f(floats{1, 2}, 5L) == floats{6, 7});
}

TEST_CASE("numbers are weak in generic functors, in nestings and in calls of traced objects while tracing") {
  const auto f = td::trace_graph([](const auto& x, const auto& k) { return x * k; });
  CHECK(f(floats{1, 2}, 0.1) == floats{0.1f, 0.2f});
  const auto g = td::trace_graph([](const td::array& x, const std::pair<td::array, td::array>& p) { return x * p.first + p.second; });
  CHECK(g(floats{1, 2}, std::pair{0.5, 1}) == floats{1.5f, 2});
  const auto outer = td::trace_graph([&](const td::array& x) { return f(x, 0.1); });
  CHECK(outer(floats{1, 2}) == floats{0.1f, 0.2f});
  CHECK(outer(doubles{1, 2}) == doubles{0.1, 0.2});
  CHECK(f.specializations()[0].signature == "(float32[2], weak float64[])");
}
