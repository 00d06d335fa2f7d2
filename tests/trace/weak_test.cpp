// Numbers that are arguments of a graph promote as numbers written in the code do; and errors say what promoted a result.
#include <functional>

#include <tendril/backend.hpp>

#include "catch.hpp"
#include "graph/tracer.hpp"
#include "reference.hpp"
#include "trace_helpers.hpp"

namespace td = tendril;

namespace {

using td::array;
using binary = std::function<array(const array&, const array&)>;

// The graph of `f` on an array and a number of that dtype.
td::graph recorded(const binary& f, const array& x, td::dtype number) {
  auto t = td::detail::make_ref<td::detail::tracer>();
  t->graph.name = "recorded";
  td::type weak = td::type::of(number, {});
  weak.weak = true;
  const td::value_id a = t->graph.add_input(td::type::of(x.dtype(), x.shape())), s = t->graph.add_input(weak);
  {
    const td::detail::trace_scope scope(*t);
    t->graph.results.push_back(t->value_of(f(td::detail::make_symbol(*t, a), td::detail::make_symbol(*t, s)), {}));
  }
  return t->graph;
}

// What the graph gives for a number, compiled on every backend and by the oracle: all the same.
array run(const binary& f, const array& x, const array& number) {
  const td::graph g = recorded(f, x, number.dtype());
  array first;
  for (const std::string& backend : td::backends()) {
    INFO(backend << "\n" << td::to_string(g, false));
    const array got = td::compile(g, {.to = backend})({x, number}).front();
    if (first.empty()) first = got;
    CHECK(tendril_test::difference(got, first) == "");
    CHECK(tendril_test::difference(td::evaluate(g, std::vector<array>{x, number}, backend).front(), first) == "");
  }
  return first;
}

}  // namespace

TEST_CASE("a number that is an argument takes the dtype of the arrays that it meets, and numbers made of it do") {
  const array f32({1.0f, 2.0f, 3.0f}), i32({1, 2, 3}), mask({true, false, true});
  CHECK(tendril_test::difference(run([](const array& x, const array& s) { return x * s; }, f32, array(0.1)), f32 * 0.1) == "");
  CHECK(tendril_test::difference(run([](const array& x, const array& s) { return x * (s * 2 + 1) - s; }, f32, array(0.25)),
                                 f32 * 1.5 - 0.25) == "");
  CHECK(tendril_test::difference(run([](const array& x, const array& s) { return td::where(x > s, x, -s); }, f32, array(1.5)),
                                 td::where(f32 > 1.5, f32, -1.5)) == "");
  CHECK(tendril_test::difference(run([](const array& x, const array& s) { return td::clip(x, std::nullopt, s); }, f32, array(2)),
                                 td::clip(f32, std::nullopt, 2)) == "");
  CHECK(tendril_test::difference(run([](const array& x, const array& s) { return x + s; }, i32, array(std::int64_t{4})), i32 + 4) == "");
  CHECK(tendril_test::difference(run([](const array& x, const array& s) { return x + s; }, i32, array(0.5)), i32 + 0.5) == "");
  CHECK(tendril_test::difference(run([](const array& x, const array& s) { return (x & (s << 1)) + s % 3; }, i32, array(std::int64_t{1})),
                                 (i32 & 2) + 1) == "");
  CHECK(tendril_test::difference(run([](const array& x, const array& s) { return x + s; }, td::astype(mask, td::int32), array(true)),
                                 td::astype(mask, td::int32) + 1) == "");
  // A function of a number alone is an array, as it is eager: td::exp(0.1) is float64.
  CHECK(run([](const array& x, const array& s) { return x * td::exp(s); }, f32, array(0.0)).dtype() == td::float64);
  CHECK(run([](const array&, const array& s) { return s * 2; }, f32, array(0.25)).dtype() == td::float64);
}

TEST_CASE("comparisons with a number that is an argument are exact, and bounds beyond the dtype limit nothing") {
  const array x({std::numeric_limits<std::int32_t>::min(), -7, 5, std::numeric_limits<std::int32_t>::max()});
  for (const std::int64_t v :
       {std::int64_t{3000000000}, std::int64_t{-3000000000}, std::int64_t{1} << 40, std::int64_t{5}, std::int64_t{-7}}) {
    INFO(v);
    const array s(v);
    CHECK(tendril_test::difference(run([](const array& a, const array& b) { return a < b; }, x, s), x < v) == "");
    CHECK(tendril_test::difference(run([](const array& a, const array& b) { return a >= b; }, x, s), x >= v) == "");
    CHECK(tendril_test::difference(run([](const array& a, const array& b) { return b == a; }, x, s), v == x) == "");
    CHECK(tendril_test::difference(run([](const array& a, const array& b) { return td::searchsorted(a, b); }, x, s),
                                   td::searchsorted(x, v)) == "");
    if (v > -8) {
      CHECK(tendril_test::difference(run([](const array& a, const array& b) { return td::minimum(a, b); }, x, s), td::minimum(x, v)) == "");
      CHECK(tendril_test::difference(run([](const array& a, const array& b) { return td::clip(a, std::nullopt, b); }, x, s),
                                     td::clip(x, std::nullopt, v)) == "");
    }
    if (v < 6)
      CHECK(tendril_test::difference(run([](const array& a, const array& b) { return td::maximum(b, a); }, x, s), td::maximum(v, x)) == "");
  }
}

TEST_CASE("the error of a float32 function whose result is float64 names the op, its line, its operand and the result") {
  using trace_test::floats;
  using trace_test::line;
  using trace_test::message_of;
  const floats v{1, 2};
  const auto refused = [&](const std::string& story) {
    return "[call] the result does not fit the container: got float64, expected float32 for std::vector<float>. " + story +
           " Ask for another container with call_as.";
  };
  unsigned at = 0;
  std::string text;
  const auto with_eye = td::trace_graph([&](const array& x) {
    at = __LINE__ + 1;
    return td::sum(td::matmul(td::eye(2), x)) + x;
  });
  text = message_of<td::dtype_error>([&] { with_eye(v); });
  CHECK(text == refused("Result 0 became float64 in matmul at " + line(at) + ", where operand 0 is the result of eye at " + line(at) +
                        ", float64[2, 2]: make that float32 with td::astype."));
  const array numbers({1.0, 2.0});
  const auto with_numbers = td::trace_graph([&](const array& x) {
    at = __LINE__ + 1;
    const array y = td::exp(x) * numbers;
    return td::abs(y) - 1;
  });
  text = message_of<td::dtype_error>([&] { with_numbers(v); });
  CHECK(
      text ==
      refused(
          "Result 0 became float64 in multiply at " + line(at) +
          ", where operand 1 is an array from outside the function or of numbers written in it, float64[2]: make that float32 with td::astype."));
  const std::vector<double> captured{1, 2};
  const auto with_captured = td::trace_graph([&](const array& x) {
    at = __LINE__ + 1;
    return std::pair<array, array>(x, x - td::asarray(captured));
  });
  text = message_of<td::dtype_error>([&] { with_captured(v); });
  CHECK(
      text ==
      refused(
          "Result 1 became float64 in subtract at " + line(at) +
          ", where operand 1 is an array from outside the function or of numbers written in it, float64[2]: make that float32 with td::astype."));
  const auto with_cast = td::trace_graph([&](const array& x) {
    at = __LINE__ + 1;
    return td::astype(x, td::float64) * 2;
  });
  text = message_of<td::dtype_error>([&] { with_cast(v); });
  CHECK(text == refused("Result 0 became float64 in astype at " + line(at) +
                        ", whose operand is float32[2]: convert what that gives with td::astype."));
  const auto with_argument = td::trace_graph([&](const array& x, const array& y) {
    at = __LINE__ + 1;
    return x + y;
  });
  floats out(2);
  text = message_of<td::dtype_error>([&] { with_argument.into(out, v, std::vector<double>{1, 2}); });
  CHECK(
      text ==
      "[into] the result does not fit the container: got float64, expected float32 for std::vector<float>. Result 0 became float64 in add at " +
          line(at) +
          ", where operand 1 is argument 1, float64[2]: make that float32 with td::astype. Pass a target of the result's shape and element type.");
}
