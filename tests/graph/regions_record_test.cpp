// How regions are recorded, what passes make of them, and how they are shown.
#include <cstring>
#include <limits>

#include <tendril/detail/op_id.hpp>

#include "region_functions.hpp"
#include "run/executable.hpp"

namespace {
using namespace region_ops;
}

// ---- recording

TEST_CASE("values of the trace around it that a body uses become inputs of the node") {
  const auto f = td::trace_graph(
      [](const array& x, const array& y) {
        const array a = td::exp(x), b = td::cos(y);
        return cond(
            td::any(x > 1), [&](given in) { return arrays{in[0] + a}; }, [&](given in) { return arrays{in[0] - b * a}; }, {y});
      },
      td::args(numbers({3}, td::float64), numbers({3}, td::float64)));
  CHECK(to_string(f.graph(), false) == R"(graph traced(%0: float64[3], %1: float64[3]) {
  %2: bool[3] = greater(%0, 1)
  %3: bool[] = any(%2, keepdims=false)
  %4: float64[3] = exp(%0)
  %5: float64[3] = cos(%1)
  %6: float64[3] = test_cond(%3, %1, %4, %5)
    graph then(%0: bool[], %1: float64[3], %2: float64[3], %3: float64[3]) {
      %4: float64[3] = add(%1, %2)
      return %4
    }
    graph else(%0: bool[], %1: float64[3], %2: float64[3], %3: float64[3]) {
      %4: float64[3] = multiply(%3, %2)
      %5: float64[3] = subtract(%1, %4)
      return %5
    }
  return %6
}
)");
}

TEST_CASE("a body captures through the body that it stands in") {
  const auto f = td::trace_graph(
      [](const array& x) {
        const array base = td::exp(x);
        return repeat(2,
                      [&](given s) {
                        return cond(
                            td::any(s[0] > 2), [&](given in) { return arrays{in[0] - base}; }, [&](given in) { return arrays{in[0]}; },
                            {s[0]});
                      },
                      {x});
      },
      td::args(numbers({3}, td::float64)));
  const td::graph g = f.graph();
  const td::node& outer = g.nodes.back();
  REQUIRE(outer.op->name == "test_repeat");
  CHECK(outer.inputs.size() == 2);
  const td::graph& body = outer.regions[0].body[0];
  CHECK(body.inputs.size() == 2);
  CHECK(body.nodes.back().inputs.back() == body.inputs[1]);
}

TEST_CASE("numbers among the operands stay numbers in a body") {
  const auto f = [](const array& x) {
    return cond(
        x[{0}] > 0, [](given in) { return arrays{in[0] * in[1]}; }, [](given in) { return arrays{in[0] + in[1]}; }, {x, 0.1});
  };
  const array x = numbers({4}, td::float32), flat = td::where(x[{0}] > 0, x * 0.1, x + 0.1);
  check_same(f(x), {flat});
  for (const std::string& b : td::backends()) check_same(td::trace_graph(f, exact(b, true))(x), {flat});
}

TEST_CASE("a number that is an argument stays one, as operand and captured") {
  const auto f = [](const array& x, const array& n) {
    return repeat(2, [&](given s) { return arrays{s[0] * s[1] + n, s[1] * 2.0}; }, {x, td::astype(x[{0}], td::float64) * 0 + n});
  };
  const auto flat = [](const array& x, const array& n) {
    array a = x, b = td::astype(x[{0}], td::float64) * 0 + n;
    for (int i = 0; i < 2; ++i) {
      a = td::astype(a * b + n, x.dtype());
      b = b * 2.0;
    }
    return arrays{a, b};
  };
  const auto plain = [](const array& x, const array& n) { return repeat(3, [&](given s) { return arrays{s[0] * n + s[1]}; }, {x, n}); };
  const auto plain_flat = [](array x, const array& n) {
    for (int i = 0; i < 3; ++i) x = x * n + n;
    return arrays{x};
  };
  const array x = numbers({5}, td::float32), wide = numbers({5}, td::float64);
  for (const std::string& b : td::backends()) {
    check_same(td::trace_graph(f, exact(b, true))(wide, 1.5), td::trace_graph(flat, exact(b))(wide, 1.5));
    for (const array& a : {x, wide})
      check_same(td::trace_graph(plain, exact(b, true))(a, 1.5), td::trace_graph(plain_flat, exact(b))(a, 1.5));
  }
}

TEST_CASE("a number beyond what the arrays of a body hold acts there as an argument does") {
  const auto f = [](const array& x) {
    return cond(
        x[{0}] > 0, [](given in) { return arrays{in[0] * in[1]}; }, [](given in) { return arrays{in[0]}; }, {x, 1e300});
  };
  const array x = td::array({1.0f, 2.0f}), infinite = x * std::numeric_limits<float>::infinity();
  check_same(f(x), {infinite});
  check_same(td::trace_graph(f, exact("eigen", true))(x), {infinite});
}

TEST_CASE("a traced function that a body calls is part of the body") {
  const auto inner = td::trace_graph([](const array& x) { return td::softmax(x) * 2; });
  const auto f =
      td::trace_graph([&](const array& x) { return repeat(2, [&](given s) { return arrays{inner(s[0])}; }, {x}); }, exact("eigen", true));
  const array x = numbers({4}, td::float64);
  check_same(f(x), {td::softmax(td::softmax(x) * 2) * 2});
}

TEST_CASE("a body that reads a shape makes a trace for these extents alone") {
  int runs = 0;
  const auto f = td::trace_graph([&](const array& x) {
    ++runs;
    return repeat(2, [](given s) { return arrays{s[0] / s[0].shape()[0]}; }, {x});
  });
  for (const std::int64_t n : {3, 4}) check_same(f(numbers({n}, td::float64)), {numbers({n}, td::float64) / n / n});
  CHECK(runs == 2);
}

TEST_CASE("arrays that a body captures are its constants") {
  const array c = numbers({3}, td::float32);
  const auto f =
      td::trace_graph([&](const array& x) { return repeat(2, [&](given s) { return arrays{s[0] * c + c}; }, {x}); }, exact("eigen"));
  const array x = numbers({3}, td::float32, 9);
  check_same(f(x), {(x * c + c) * c + c});
  CHECK(f.graph().nodes.size() == 1);
}

// ---- passes

TEST_CASE("passes work in bodies: decomposed, fused, without what nothing needs") {
  const auto f = td::trace_graph(
      [](const array& x) {
        return repeat(2,
                      [](given s) {
                        [[maybe_unused]] const array unused = td::sin(s[0]);
                        return arrays{td::softmax(s[0]) * 1 + (td::array(1.0) + td::array(2.0))};
                      },
                      {x});
      },
      td::args(numbers({3, 4}, td::float64)));
  const td::function c = td::compile(f.graph(), {.to = "eigen"});
  const td::node& n = c.graph().nodes.back();
  REQUIRE(n.op->name == "test_repeat");
  const td::graph& body = n.regions[0].body[0];
  REQUIRE(body.nodes.size() == 1);
  CHECK(body.nodes[0].id() == td::op_id::group);
  CHECK(to_string(body, false).find("sin(") == std::string::npos);
  CHECK(to_string(body, false).find("float64(3.0)") != std::string::npos);
  CHECK(c.info().groups == 1);
  REQUIRE(c.info().steps.size() == 1);
  CHECK(c.info().steps[0].kind == "regions");
  REQUIRE(c.info().steps[0].bodies.size() == 1);
  CHECK(c.info().steps[0].bodies[0].at(0).kind == "group");
}

TEST_CASE("a node whose body has an effect is ordered") {
  static int calls = 0;
  static const td::op_record& effect =
      td::register_op({.name = "test_effect",
                       .inputs = {{td::input_spec::form::array, "x"}},
                       .traits = td::trait::ordered | td::trait::elementwise,
                       .kernel = [](views out, views in, const td::attributes&) {
                         ++calls;
                         std::memcpy(out[0].data, in[0].data, static_cast<std::size_t>(in[0].size()) * td::size_of(in[0].dtype));
                       }});
  const auto f = td::trace_graph(
      [](const array& x) {
        repeat(3, [](given s) { return arrays{td::call(effect, {s[0]})}; }, {x});
        return x + 1;
      },
      td::args(numbers({3}, td::float64)));
  CHECK(to_string(f.graph()).find("test_effect") != std::string::npos);
  calls = 0;
  f(numbers({3}, td::float64));
  CHECK(calls == 3);
}

// ---- seeing

TEST_CASE("explain, profile and the stages show the bodies") {
  const array x = numbers({4, 5}, td::float64), y = numbers({5}, td::float64);
  const auto f = td::trace_graph(nested, td::args(x, y), {.to = "eigen", .contract = false});
  const std::string text = f.explain();
  CHECK_THAT(text, contains("regions on user: test_repeat\n     region 0\n       1. "));
  CHECK_THAT(text, contains("regions on user: test_cond\n          region 0\n            1. "));
  CHECK_THAT(text, contains("region 1\n"));
  const td::array_view views[] = {x.view(), y.view()};
  const td::function c = td::compile(f.graph(), views, {.to = "eigen", .contract = false});
  CHECK_THAT(c.stages(), contains("group on eigen: "));
  const td::profile_report report = c.profile({x, y}, {.runs = 5});
  REQUIRE(report.steps.size() == c.info().steps.size());
  const auto step = std::find_if(report.steps.begin(), report.steps.end(), [](const auto& s) { return s.kind == "regions"; });
  REQUIRE(step != report.steps.end());
  CHECK(step->seconds > 0);
  CHECK(step->bytes_written == 4 * 5 * 8);
  CHECK_THAT(to_string(report), contains("regions on user: test_repeat"));
  // What is kept for the bodies counts.
  const auto flat = td::compile(td::trace_graph([](const array& a, const array& b) { return a + b; }, td::args(x, y)).graph(), views);
  CHECK(td::detail::footprint(*c.impl()) > 3 * td::detail::footprint(*flat.impl()));
}

TEST_CASE("check says where a body changed") {
  double factor = 2;
  const auto f =
      td::trace_graph([&](const array& x) { return repeat(2, [&](given s) { return arrays{s[0] * factor}; }, {x}); }, {.check = true});
  const array x = numbers({3}, td::float64);
  f(x);
  factor = 3;
  CHECK_THAT(message_of<td::trace_error>([&] { f(x); }), contains("in region 0 of test_repeat at "));
}
