// Ops with regions, everywhere a node goes: recorded, typed, through every pass, op by op, compiled, shown, called again, refused.
#include <cstring>
#include <random>

#include <tendril/frontends/torch.hpp>

#include "catch.hpp"
#include "kernels/backend.hpp"
#include "passes/verify.hpp"
#include "region_ops.hpp"
#include "run/plan.hpp"
#include "trace_helpers.hpp"

namespace {

using namespace region_ops;
namespace torch = tendril::frontends::torch;
using torch::Tensor;
using trace_test::line;
using trace_test::message_of;

array numbers(td::extents shape, td::dtype d, int seed = 1) {
  std::mt19937 r(static_cast<unsigned>(seed));
  std::vector<double> v(static_cast<std::size_t>(td::element_count("test", shape)));
  for (double& x : v) x = static_cast<double>(r() % 2000) / (d == td::float32 || d == td::float64 ? 500.0 : 100.0) - 2;
  const array a = td::reshape(td::asarray(v), shape);
  return td::astype(a, d);
}

std::string bits_of(const array& a) {
  const array c = td::detail::copy_of(a.view());
  const auto* p = static_cast<const char*>(c.view().data);
  return to_string(td::type::of(a.dtype(), a.shape())) + ":" +
         std::string(p, p + static_cast<std::size_t>(a.size()) * td::size_of(a.dtype()));
}

void check_same(const arrays& got, const arrays& expected) {
  REQUIRE(got.size() == expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    CAPTURE(i, to_string(got[i]), to_string(expected[i]));
    CHECK(bits_of(got[i]) == bits_of(expected[i]));
  }
}

// ---- functions twice: with regions, and written out. Bodies hold decomposed ops, constants, captures, regions.

arrays branches(const array& x, const array& y) {
  const td::dtype d = td::promote(x.dtype(), td::float32);
  const array shift = td::mean(td::astype(y, d));  // captured
  return cond(
      td::greater(td::sum(x), 0),
      [&](given in) {
        return arrays{td::softmax(in[0]) + shift, td::var(in[1], {.axis = -1})};
      },
      [&](given in) {
        return arrays{td::exp(in[0] * 0.25) - 1, td::sum(td::abs(in[1]), {.axis = -1}) / 7};
      },
      {td::astype(x, d), td::astype(y, d)});
}
arrays branches_flat(const array& x, const array& y) {
  const td::dtype d = td::promote(x.dtype(), td::float32);
  const array a = td::astype(x, d), b = td::astype(y, d), p = td::greater(td::sum(x), 0), shift = td::mean(b);
  return {td::where(p, td::softmax(a) + shift, td::exp(a * 0.25) - 1),
          td::where(p, td::var(b, {.axis = -1}), td::sum(td::abs(b), {.axis = -1}) / 7)};
}

arrays loop(const array& x, const array& y) {
  return repeat(5,
                [&](given s) {
                  return arrays{s[1] - s[0] * 2, td::maximum(s[0], y)};  // the state changes places
                },
                {x, x * 3 + y});
}
arrays loop_flat(const array& x, const array& y) {
  array a = x, b = x * 3 + y;
  for (int i = 0; i < 5; ++i) {
    const array next = b - a * 2;
    b = td::maximum(a, y);
    a = next;
  }
  return {a, b};
}

arrays nested(const array& x, const array& y) {
  const array table = td::array({0.5, 1.5, -2.5});
  const array start = td::astype(x, td::float64);
  return repeat(3,
                [&](given s) {
                  const array grown = s[0] + td::sum(table) * 0.125;
                  return cond(
                      td::less(td::mean(grown), td::mean(y)),
                      [&](given in) { return repeat(2, [&](given t) { return arrays{t[0] * 1.5 + table[{1}]}; }, {in[0]}); },
                      [&](given in) { return arrays{in[0] - td::std(in[0]) / (1 + td::abs(start))}; }, {grown});
                },
                {start});
}
arrays nested_flat(const array& x, const array& y) {
  const array table = td::array({0.5, 1.5, -2.5}), start = td::astype(x, td::float64);
  array s = start;
  for (int i = 0; i < 3; ++i) {
    const array grown = s + td::sum(table) * 0.125;
    array t = grown;
    for (int k = 0; k < 2; ++k) t = t * 1.5 + table[{1}];
    s = td::where(td::less(td::mean(grown), td::mean(y)), t, grown - td::std(grown) / (1 + td::abs(start)));
  }
  return {s};
}

arrays rows(const array& x, const array& y) {
  return scan(
      [&](const array& carry, const array& row) {
        return arrays{carry * 2 + row, td::cumulative_sum(row - carry) + td::max(y)};
      },
      td::zeros_like(td::sum(x, {.axis = 0})), x);
}
arrays rows_flat(const array& x, const array& y) {
  array carry = td::zeros_like(td::sum(x, {.axis = 0}));
  arrays made;
  for (const array& row : td::unstack(x)) {
    made.push_back(td::cumulative_sum(row - carry) + td::max(y));
    carry = carry * 2 + row;
  }
  return {carry, td::stack(made)};
}

using both = arrays (*)(const array&, const array&);
struct pair_of_functions {
  const char* name;
  both regions, flat;
};
constexpr pair_of_functions all[] = {
    {"branches", branches, branches_flat}, {"loop", loop, loop_flat}, {"nested", nested, nested_flat}, {"rows", rows, rows_flat}};

struct operands {
  array x, y;
};
std::vector<operands> examples() {
  std::vector<operands> v;
  for (const td::dtype d : {td::float32, td::float64, td::int64, td::int32})
    for (const td::extents& shape : {td::extents{4, 5}, td::extents{3, 40}})
      v.push_back({numbers(shape, d, static_cast<int>(v.size())), numbers({shape[1]}, d, 77)});
  v.push_back({-td::abs(numbers({4, 5}, td::float32)), numbers({5}, td::float32)});  // the other branch
  return v;
}

td::trace_options exact(const std::string& backend, bool check = false) { return {.to = backend, .check = check, .contract = false}; }

}  // namespace

TEST_CASE("functions with regions give what the same functions give written out, bit for bit, on every backend") {
  for (const std::string& b : td::backends())
    for (const pair_of_functions& f : all)
      for (const bool check : {false, true}) {
        const td::traced<arrays(const array&, const array&)> with(f.regions, exact(b, check)), flat(f.flat, exact(b));
        for (const operands& o : examples()) {
          CAPTURE(b, f.name, check, o.x.dtype(), o.x.shape());
          check_same(with(o.x, o.y), flat(o.x, o.y));  // lazily, for dtypes and shapes as they come
        }
      }
}

TEST_CASE("functions with regions run untraced, op by op") {
  for (const std::string& b : td::backends()) {
    const td::backend_scope scope(b);
    for (const pair_of_functions& f : all)
      for (const operands& o : examples()) {
        CAPTURE(b, f.name, o.x.dtype(), o.x.shape());
        check_same(f.regions(o.x, o.y), f.flat(o.x, o.y));
      }
  }
}

TEST_CASE("functions with regions are traced with example arguments, and specialised for others") {
  for (const std::string& b : td::backends())
    for (const pair_of_functions& f : all) {
      const operands first{numbers({4, 5}, td::float64), numbers({5}, td::float64)};
      const auto with = td::trace_graph(f.regions, td::args(first.x, first.y), exact(b));
      const auto unoptimised = td::trace_graph(f.regions, {.to = b, .optimize = false, .contract = false});
      const auto flat = td::trace_graph(f.flat, exact(b));
      for (const operands& o : examples()) {
        CAPTURE(b, f.name, o.x.dtype(), o.x.shape());
        check_same(with(o.x, o.y), flat(o.x, o.y));
        check_same(unoptimised(o.x, o.y), flat(o.x, o.y));
      }
    }
}

TEST_CASE("contraction and threads leave functions with regions as near as others") {
  for (const std::string& b : td::backends())
    for (const pair_of_functions& f : all) {
      const operands o{numbers({300, 50}, td::float32), numbers({50}, td::float32)};
      const auto with = td::trace_graph(f.regions, {.to = b, .num_threads = 3}), flat = td::trace_graph(f.flat, {.to = b});
      const arrays got = with(o.x, o.y), expected = flat(o.x, o.y);
      CAPTURE(b, f.name);
      for (std::size_t i = 0; i < got.size(); ++i) CHECK((f.regions == rows || td::allclose(got[i], expected[i], 1e-3, 1e-4)));
      const auto alone = td::trace_graph(f.regions, {.to = b});
      check_same(got, alone(o.x, o.y));
    }
}

TEST_CASE("a function without types is recorded with regions, and specialised for each call") {
  // torch: an integer tensor over a number is float32, and std is unbiased, in bodies too.
  const auto step = [](const Tensor& x, const Tensor& y) {
    const arrays made = repeat(4,
                               [&](given s) {
                                 const Tensor a(s[0]), b(s[1]);
                                 return arrays{torch::maximum(a / 2, y / 3).value(), torch::div(b, torch::std(b) + 1).value()};
                               },
                               {(x / 2).value(), y.value() + 0.5});
    return Tensor(made[0] + made[1]);
  };
  const auto flat = [](const Tensor& x, const Tensor& y) {
    Tensor a = x / 2, b(y.value() + 0.5);
    for (int i = 0; i < 4; ++i) {
      a = torch::maximum(a / 2, y / 3);
      b = torch::div(b, torch::std(b) + 1);
    }
    return Tensor(a.value() + b.value());
  };
  for (const std::string& b : td::backends()) {
    const auto transpiled = td::transpile(step, td::source::torch, td::target::eigen, {.contract = false});
    CHECK(transpiled.pending() == "");
    const auto f = transpiled.to(b);
    const auto expected = td::transpile(flat, td::source::torch, td::target::eigen, {.contract = false}).to(b);
    for (const td::dtype d : {td::float32, td::float64, td::int64})
      for (const td::extents& shape : {td::extents{7}, td::extents{2, 3}}) {
        const array x = numbers(shape, d), y = numbers(shape, d, 5);
        CAPTURE(b, d, shape);
        check_same({f(x, y)}, {expected(x, y)});
      }
  }
}

TEST_CASE("a graph with regions is evaluated and compiled for types other than it was recorded for") {
  const auto f = td::trace_graph(nested, td::args(numbers({4, 5}, td::float64), numbers({5}, td::float64)));
  const td::graph g = f.graph();
  for (const operands& o : examples()) {
    if (o.x.dtype() != td::float64) continue;
    const array in[] = {o.x, o.y};
    check_same(td::evaluate(g, in), nested(o.x, o.y));
    const td::array_view views[] = {o.x.view(), o.y.view()};
    check_same(td::compile(g, views, {.contract = false})(in), nested(o.x, o.y));
  }
}

TEST_CASE("what a function with regions writes into overlaps its arguments, or has other strides") {
  for (const std::string& b : td::backends()) {
    const array x = numbers({6, 6}, td::float64), y = numbers({6, 6}, td::float64, 3);
    const auto f = td::trace_graph(loop, td::args(x, y), exact(b));
    const arrays expected = loop_flat(x, y);
    const td::array_view in[] = {x.view(), y.view()};
    array p = td::zeros({6, 6}), q = td::zeros({6, 6});
    const td::function compiled = td::compile(f.graph(), in, {.to = b, .contract = false});
    const td::array_view apart[] = {p.view(), q.view()};
    compiled.into(apart, in);
    check_same({p, q}, expected);
    array x2 = td::detail::copy_of(x.view()), y2 = td::detail::copy_of(y.view());
    const td::array_view over[] = {y2.view(), x2.view()}, from[] = {x2.view(), y2.view()};
    compiled.into(over, from);
    check_same({y2, x2}, expected);
    td::array_view turned = p.view();
    std::swap(turned.strides[0], turned.strides[1]);
    const td::array_view column[] = {turned, q.view()};
    compiled.into(column, in);
    check_same({td::matrix_transpose(p), q}, expected);
    // Arguments whose layout a kernel of regions does not take.
    const array xt = td::matrix_transpose(x), ys = td::flip(y, {.axis = 1});
    check_same(f(xt, ys), loop_flat(xt, ys));
  }
}

TEST_CASE("a kernel of regions sees row-major memory where the caller chose the strides of what it reads") {
  for (const std::string& b : td::backends()) {
    const array x = numbers({6, 7}, td::float64);
    const auto f = td::trace_graph(
        [](const array& a) {
          const array first = td::exp(a);  // a result, and an operand
          const arrays made = repeat(3, [](given s) { return arrays{s[0] + td::cumulative_sum(s[0], {.axis = 1}) * 0.5}; }, {first});
          return arrays{first, made[0], td::matrix_transpose(made[0])};
        },
        exact(b));
    const arrays expected = f(x);
    arrays kept;
    std::vector<td::array_view> out;
    for (const array& e : expected) {
      kept.push_back(td::zeros({e.shape()[1], e.shape()[0]}));
      td::array_view v = kept.back().view();
      std::swap(v.shape[0], v.shape[1]);
      std::swap(v.strides[0], v.strides[1]);
      out.push_back(v);
    }
    const td::array_view in[] = {x.view()};
    td::compile(f.graph(), in, {.to = b, .contract = false}).into(out, in);
    for (std::size_t i = 0; i < kept.size(); ++i) check_same({td::matrix_transpose(kept[i])}, {expected[i]});
  }
}

TEST_CASE("arrays without elements, results that nobody uses, and results that stand twice") {
  const auto f = [](const array& x) { return loop(x, x).at(1); };
  const auto twice = [](const array& x) {
    const array made = loop(x, x)[0];
    return arrays{made, x, made, td::concat({made, x})};
  };
  for (const std::string& b : td::backends())
    for (const td::extents& shape : {td::extents{}, td::extents{0}, td::extents{3, 0, 2}, td::extents{1}, td::extents{2, 3}}) {
      const array x = numbers(shape, td::float32);
      const arrays flat = loop_flat(x, x);
      check_same({td::trace_graph(f, exact(b, true))(x)}, {flat[1]});
      if (!shape.empty()) check_same(td::trace_graph(twice, exact(b, true))(x), {flat[0], x, flat[0], td::concat({flat[0], x})});
    }
}

TEST_CASE("a loop that does not run gives what it was given") {
  const array x = numbers({3}, td::int64);
  const auto f = td::trace_graph([](const array& a) { return repeat(0, [](given s) { return arrays{s[0] * 2}; }, {a}); });
  check_same(f(x), {x});
}

TEST_CASE("a result of regions that depends on no argument is read while tracing") {
  const auto f = td::trace_graph([](const array& x) {
    const array n = repeat(3, [](given s) { return arrays{s[0] * 2}; }, {td::array(1.0)}).front();
    return x * n.item<double>();
  });
  check_same({f(td::array({1.0, 2.0}))}, {td::array({8.0, 16.0})});
}

TEST_CASE("an op with any number of regions") {
  using form = td::input_spec::form;
  static const td::op_record& op = td::register_op(
      {.name = "test_switch",
       .inputs = {{form::array, "which"}, {form::array, "x"}},
       .infer = [](const td::type_request& r) { return r.regions[0].result_types(); },
       .regions = {{"branch", true}},
       .run_regions =
           [](views out, views in, const td::attributes&, td::region_calls& bodies) {
             const auto last = static_cast<std::int64_t>(bodies.count()) - 1;
             bodies.run(static_cast<std::size_t>(std::clamp<std::int64_t>(*static_cast<const std::int64_t*>(in[0].data), 0, last)), out,
                        in);
           }});
  const auto f = [](const array& which, const array& x) {
    const td::operand in[] = {which, x};
    const td::region_body bodies[] = {[](given v) { return arrays{v[1] + 1}; }, [](given v) { return arrays{v[1] * 2}; },
                                      [](given v) { return arrays{td::sin(v[1])}; }};
    return td::apply_regions(op, in, bodies).front();
  };
  const array x = numbers({4}, td::float64);
  const auto traced = td::trace_graph(f);
  for (const std::int64_t i : {0, 1, 2}) {
    const array expected = i == 0 ? x + 1 : i == 1 ? x * 2 : td::sin(x);
    check_same({f(td::array(i), x)}, {expected});
    check_same({traced(td::array(i), x)}, {expected});
  }
  CHECK_THAT(to_string(traced.graph()), contains("graph branch 2("));
  CHECK(message_of<td::error>([&] {
          td::apply_regions(op, std::vector<td::operand>{td::array(std::int64_t{0}), x}, {});
        }) == "[test_switch] wrong number of regions: got 0, expected at least 1: branch. Give each body once.");
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

// ---- calling again

TEST_CASE("a transpiled function with regions is called inside a trace and inside a body") {
  const auto g = td::transpile(
      [](const Tensor& x) {
        const array e = td::exp(x.value());
        return Tensor(repeat(3, [&](given s) { return arrays{s[0] * 0.5 + e}; }, {x.value()}).front());
      },
      td::source::torch, td::target::eigen);
  const auto flat = [](array x) {
    const array e = td::exp(x);
    for (int i = 0; i < 3; ++i) x = x * 0.5 + e;
    return x;
  };
  const array x = numbers({5}, td::float64);
  const auto outer = td::trace_graph([&](const array& a) { return g(a) + g(a * 2); }, exact("eigen", true));
  check_same({outer(x)}, {flat(x) + flat(x * 2)});
  const auto inner =
      td::trace_graph([&](const array& a) { return repeat(2, [&](given s) { return arrays{g(s[0])}; }, {a}); }, exact("eigen", true));
  check_same(inner(x), {flat(flat(x))});
}

// ---- refused

TEST_CASE("wrong regions are refused where a call gives them") {
  const array x = numbers({3}, td::float64), t = td::array(true);
  const td::region_body same = [](given in) { return arrays{in[0]}; };
  const auto call = [](const td::op_record& op, std::vector<td::operand> in, std::vector<td::region_body> bodies, td::attributes at = {}) {
    return message_of<td::error>([&] { td::apply_regions(op, in, bodies, std::move(at)); });
  };
  CHECK(call(cond_op(), {t, x}, {same}) == "[test_cond] wrong number of regions: got 1, expected 2: then, else. Give each body once.");
  CHECK(call(repeat_op(), {x}, {}, {{"n", 1}}) == "[test_repeat] wrong number of regions: got 0, expected 1: body. Give each body once.");
  CHECK(message_of<td::error>([&] {
          td::apply(repeat_op(), std::vector<td::operand>{x}, {{"n", 1}});
        }) == "[test_repeat] wrong number of regions: got 0, expected 1: body. Give each body once.");
  CHECK(call(scan_op(), {x}, {same}) == "[test_scan] wrong number of operands: got 1, expected 2. Pass each once.");
  CHECK(call(td::record_of(td::op_id::exp), {x}, {same}) == "[exp] wrong number of regions: got 1, expected 0. Give each body once.");
  CHECK(call(repeat_op(), {x}, {same}) == "[test_repeat] a required attribute is missing: got none, expected \"n\". Pass it.");
  CHECK(call(repeat_op(), {x}, {td::region_body()}, {{"n", 1}}) ==
        "[test_repeat] region 0 (body) is no function: got an empty std::function, expected a callable one. Assign it first.");
  CHECK(call(repeat_op(), {x}, {[](given) { return arrays(); }}, {{"n", 1}}) ==
        "[test_repeat] region 0 (body) returns nothing: got no result, expected at least one. Return what it computes.");
  CHECK(message_of<td::trace_error>([&] { repeat(1, [](given) { return arrays{array()}; }, {x}); }) ==
        "[test_repeat] region 0 (body) returns an empty td::array: got no array, expected a value. Assign every result.");
  CHECK(message_of<td::dtype_error>([&] {
          cond(
              t, [](given in) { return arrays{in[0]}; }, [](given in) { return arrays{in[0] > 0}; }, {x});
        }) == "[test_cond] the branches differ: got float64[3] and bool[3], expected equal types. Convert with td::astype.");
  CHECK(message_of<td::shape_error>([&] { repeat(1, [](given s) { return arrays{td::sum(s[0])}; }, {x}); }) ==
        "[test_repeat] the body changes the type of state 0: got float64[], expected float64[3]. Return what came in.");
  CHECK(
      message_of<td::dtype_error>([&] { repeat(1, [](given s) { return arrays{s[0]}; }, {std::uint64_t{1} << 63}); }) ==
      "[test_repeat] operand 0 is a number beyond int64: got 9223372036854775808, expected one that its bodies can take as an array. Pass an "
      "array.");
}

TEST_CASE("wrong regions are refused where a graph is built") {
  td::graph body;
  body.results = {body.add(td::record_of(td::op_id::exp), {body.add_input(td::type::of(td::float32, td::extents{3}))})};
  const auto add = [&](td::dtype d, td::extents shape, std::size_t inputs, td::graph b) {
    td::graph g;
    std::vector<td::value_id> in;
    for (std::size_t i = 0; i < inputs; ++i) in.push_back(g.add_input(td::type::of(d, shape)));
    return message_of<td::error>([&] { g.add(repeat_op(), in, {{"n", 1}}, nullptr, {}, {{{std::move(b)}}}); });
  };
  const auto typed = [&](auto error, td::dtype d, td::extents shape) {
    td::graph g;
    const td::value_id in = g.add_input(td::type::of(d, shape));
    return message_of<decltype(error)>([&] { g.add(repeat_op(), {in}, {{"n", 1}}, nullptr, {}, {{{body}}}); });
  };
  CHECK(add(td::float32, {3}, 1, body) == "no error");
  CHECK(add(td::float32, {3}, 2, body) ==
        "[test_repeat] region 0 (body) takes another number of inputs: got 1, expected 2, as many as the node has. Give it one for each.");
  CHECK(
      typed(td::dtype_error(""), td::float64, {3}) ==
      "[test_repeat] region 0 (body) takes another type as input 0: got float32[3], expected float64[3]. Record it for what the node gives.");
  CHECK(
      typed(td::shape_error(""), td::float32, {4}) ==
      "[test_repeat] region 0 (body) takes another type as input 0: got float32[3], expected float32[4]. Record it for what the node gives.");
  td::graph silent = body;
  silent.results.clear();
  CHECK(add(td::float32, {3}, 1, silent) ==
        "[test_repeat] region 0 (body) returns nothing: got no result, expected at least one. Return what it computes.");
  td::graph g;
  const td::value_id x = g.add_input(td::type::of(td::float32, td::extents{3}));
  CHECK(message_of<td::error>([&] {
          g.add(repeat_op(), {x}, {{"n", 1}}, nullptr, {}, {td::region()});
        }) == "[test_repeat] region 0 (body) has no body: got 0 graphs, expected one. Put one graph into it.");
  CHECK(message_of<td::error>([&] { g.add(td::record_of(td::op_id::exp), {x}, {}, nullptr, {}, {{{body}}}); }) ==
        "[exp] wrong number of regions: got 1, expected 0. Give each body once.");
}

TEST_CASE("verify finds what became wrong in a region") {
  const td::graph good = td::trace_graph(loop, td::args(numbers({3}, td::float64), numbers({3}, td::float64))).graph();
  const auto broken = [&](auto change) {
    td::graph g = good;
    change(g.nodes.back());
    return message_of<td::internal_error>([&] { verify(g); });
  };
  CHECK(broken([](td::node&) {}) == "no error");
  CHECK_THAT(broken([](td::node& n) { n.regions.clear(); }), contains("wrong number of regions: got 0, expected 1: body"));
  CHECK_THAT(broken([](td::node& n) { n.regions[0].body[0].inputs.pop_back(); }),
             contains("takes another number of inputs: got 2, expected 3"));
  CHECK_THAT(broken([](td::node& n) { n.regions[0].body[0].types[0].dtype = td::int32; }),
             contains("takes another type as input 0: got int32[3]"));
  CHECK_THAT(broken([](td::node& n) { n.regions[0].body[0].nodes.back().inputs[0] = 1000; }), contains("[verify] graph body"));
}

TEST_CASE("verify finds broken plans of regions, and passes' defects in bodies") {
  const td::backend& b = td::detail::find_backend("test", "eigen");
  const td::pass_context context{&b, false, {0, 0}};
  const array x = numbers({4, 5}, td::float64), y = numbers({5}, td::float64);
  const td::graph recorded = td::trace_graph(nested, {.to = "eigen"}).graph(x, y), made = td::run_passes(recorded, context);
  using td::detail::executable;
  const auto broken = [&](auto change) {
    const auto e = td::detail::plan(made, b, std::vector<int>{0, 0}, 1, false);
    change(*e);
    return message_of<td::internal_error>([&] { td::detail::verify(*e); });
  };
  const auto step_of = [](executable& e) -> td::detail::step& {
    return *std::find_if(e.steps.begin(), e.steps.end(), [](const td::detail::step& s) { return s.regions != nullptr; });
  };
  CHECK(broken([](executable&) {}) == "no error");
  CHECK_THAT(broken([](executable& e) { e.row_major_results.clear(); }), contains("writes result 0, which may have any strides"));
  CHECK_THAT(broken([](executable& e) { e.workspace_bytes = e.scratch_offset; }), contains("has no room for its scratch"));
  CHECK_THAT(broken([&](executable& e) { step_of(e).in.pop_back(); }), contains("layouts"));
  CHECK_THAT(broken([&](executable& e) { e.input_layouts = {1, 1}; }), contains("has no room for a row-major copy of value"));
  // A body that a pass leaves as it was recorded.
  td::graph g = made;
  for (td::node& n : g.nodes)
    if (has_bodies(n)) n.regions[0].body[0] = recorded.nodes.back().regions[0].body[0];
  CHECK_THAT(message_of<td::internal_error>([&] { td::detail::verify(g, td::detail::stage::fused, context); }),
             contains("[verify] graph body"));
}

TEST_CASE("values that a body keeps for itself are refused outside") {
  array kept;
  const array x = numbers({3}, td::float64);
  const auto f = td::trace_graph([&](const array& a) {
    const array r = repeat(1, [&](given s) { return arrays{kept = s[0] + 1}; }, {a}).front();
    return r + kept;
  });
  CHECK_THAT(message_of<td::trace_error>([&] { f(x); }), contains("[add] a traced value is used after its trace at "));
  CHECK_THAT(message_of<td::trace_error>([&] { f(x); }), contains("got a value of the graph \"body\", which ended"));
  const auto branch = td::trace_graph([&](const array& a) {
    return cond(
        td::any(a > 0), [&](given in) { return arrays{kept = in[0] * 2}; }, [&](given) { return arrays{kept}; }, {a});
  });
  CHECK_THAT(message_of<td::trace_error>([&] { branch(x); }), contains("[test_cond] a traced value is used after its trace"));
  CHECK_THAT(message_of<td::trace_error>([&] {
               td::trace_graph([](const array& a) {
                 return repeat(1, [](given s) { return arrays{s[0] * (s[0].item<double>() > 0 ? 1 : 2)}; }, {a});
               })(td::array(1.0));
             }),
             contains("[item] a traced value has no number while tracing"));
}

TEST_CASE("records with regions are complete") {
  using form = td::input_spec::form;
  const auto refused = [](td::op_record r) { return message_of<td::error>([&] { td::register_op(std::move(r)); }); };
  const auto run = [](views, views, const td::attributes&, td::region_calls&) {};
  CHECK(refused({.name = "test_bad", .infer = cond_types, .regions = {{"body"}}}) ==
        "[register_op] nothing runs \"test_bad\", an op with regions: got no kernel of regions, expected one. Set .run_regions.");
  CHECK(refused({.name = "test_bad", .regions = {{"body"}}, .run_regions = run}) ==
        "[register_op] nothing types \"test_bad\", an op with regions: got no type rule, expected one. Set .infer.");
  CHECK(
      refused({.name = "test_bad", .inputs = {{form::optional, "x"}}, .infer = cond_types, .regions = {{"body"}}, .run_regions = run}) ==
      "[register_op] an operand is optional in \"test_bad\", an op with regions: got x, expected operands that are there. Pass a number for it.");
  CHECK(
      refused(
          {.name = "test_bad", .traits = 0u | td::trait::elementwise, .infer = cond_types, .regions = {{"body"}}, .run_regions = run}) ==
      "[register_op] the traits do not fit \"test_bad\", an op with regions: got elementwise, view or reduction, expected none of them. Leave them "
      "out.");
  CHECK(
      refused({.name = "test_bad", .infer = cond_types, .regions = {{"some", true}, {"body"}}, .run_regions = run}) ==
      "[register_op] a sequence stands before the last region of \"test_bad\", an op with regions: got some, expected one at the end. Move it "
      "there.");
  CHECK(refused({.name = "test_bad", .infer = cond_types, .run_regions = run}) ==
        "[register_op] \"test_bad\" has no regions: got a kernel or a rule of regions, expected none. Set .regions.");
  CHECK(td::record_of(td::op_id::group).regions.size() == 1);
  CHECK(td::record_of(td::op_id::exp).regions.empty());
}
