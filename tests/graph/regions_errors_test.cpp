// What is refused of regions: where they are called, built, verified, planned, run and registered.
#include <tendril/detail/op_id.hpp>

#include "kernels/backend.hpp"
#include "passes/verify.hpp"
#include "region_functions.hpp"
#include "run/plan.hpp"

namespace {
using namespace region_ops;
}

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

TEST_CASE("a kernel that runs a body with what it does not take is told so") {
  using form = td::input_spec::form;
  enum { another, fewer, narrow, turned };
  static int wrong = another;
  static const td::op_record& op = td::register_op({.name = "test_wrong",
                                                    .inputs = {{form::array, "x"}},
                                                    .infer = [](const td::type_request& r) { return r.regions[0].result_types(); },
                                                    .regions = {{"body"}},
                                                    .run_regions =
                                                        [](views out, views in, const td::attributes&, td::region_calls& bodies) {
                                                          td::array_view given = in[0];
                                                          if (wrong == narrow) given.dtype = td::float32;
                                                          if (wrong == turned) std::swap(given.strides[0], given.strides[1]);
                                                          bodies.run(wrong == another ? 5 : 0, wrong == fewer ? views() : out, {&given, 1});
                                                        }});
  const auto run = [](const array& x) {
    const td::operand in[] = {x};
    const td::region_body bodies[] = {[](given v) { return arrays{v[0] + 1}; }};
    return td::apply_regions(op, in, bodies);
  };
  const array x = numbers({2, 3}, td::float64);
  const auto traced = td::trace_graph(run, td::args(x));
  const char* expected[] = {
      "[run_regions] no such body: got 5 of 1, expected one of them. Correct the op.",
      "[body] the kernel runs a body with another number of outputs: got 0, expected 1. Correct .run_regions of the op.",
      "[body] the kernel runs a body with a wrong input 0: got float32[2, 3], expected float64[2, 3]. Correct .run_regions of the op.",
      ("[body] the kernel runs a body with a wrong input 0: got float64[2, 3] that is not row-major, expected float64[2, 3]. Correct "
       ".run_regions of the op.")};
  for (wrong = another; wrong <= turned; ++wrong) {
    CHECK(message_of<td::internal_error>([&] { run(x); }) == expected[wrong]);
    CHECK(message_of<td::internal_error>([&] { traced(x); }) == expected[wrong]);
  }
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
