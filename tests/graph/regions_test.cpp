// Functions with regions compute what they compute written out: traced and not, on every backend, into any memory, called again.
#include <tendril/frontends/torch.hpp>

#include "region_functions.hpp"

namespace {
using namespace region_ops;
namespace torch = tendril::frontends::torch;
using torch::Tensor;
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
