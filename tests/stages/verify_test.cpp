// What checks the stations of compiling: broken graphs and broken stage programs, one for each rule, by the text of the error; and that
// what every op becomes keeps all rules.
#include <algorithm>
#include <functional>

#include <tendril/detail/op_id.hpp>

#include "evaluated.hpp"
#include "reference.hpp"
#include "trace_helpers.hpp"

#include "catch.hpp"
#include "kernels/backend.hpp"
#include "passes/verify.hpp"
#include "run/executable.hpp"
#include "run/plan.hpp"
#include "stages/stage.hpp"

using namespace trace_test;

namespace {

using td::detail::stage;
using td::engine::instruction;
using td::engine::slot;
using td::engine::stage_program;
using td::engine::station;
using arrays = std::vector<td::array>;
using functor = arrays (*)(const arrays&);

td::array numbers(const ints& shape) { return tendril_test::some_numbers(td::extents(shape.begin(), shape.end())); }

bool has_backend(const std::string& name) {
  const auto all = td::backends();
  return std::find(all.begin(), all.end(), name) != all.end();
}

td::pass_context context_of(const std::string& backend, std::size_t inputs = 1) {
  td::pass_context c;
  c.backend = &td::detail::find_backend("test", backend);
  c.input_layouts.assign(inputs, 0);
  return c;
}

/// The graph of a function after the pass of this name, for its first time.
td::graph after(const char* pass, functor f, const arrays& x, const std::string& backend = "eigen") {
  const warnings quiet;
  td::graph g = td::trace_graph(f, {.to = backend, .name = "g"}).graph(x);
  for (const td::pass& p : td::passes()) {
    g = p.run(std::move(g), context_of(backend, x.size()));
    if (p.name == pass) break;
  }
  return g;
}

std::string verdict(const td::graph& g, stage s) {
  return message_of<td::internal_error>([&] { td::detail::verify(g, s, context_of("eigen")); });
}

/// The program of the one group that a function becomes.
stage_program program(functor f, const ints& shape, const std::string& backend = "eigen", int threads = 1) {
  const td::graph g = after("", f, {numbers(shape)}, backend);
  const auto e = td::detail::plan(g, td::detail::find_backend("test", backend), std::vector<int>{0}, threads, true);
  for (const td::detail::step& s : e->steps)
    if (s.program) return *s.program;
  FAIL("no group");
  return {};
}

/// What is said of the program after a change of it.
std::string broken(stage_program p, const std::function<void(stage_program&)>& change, station s = station::whole) {
  td::engine::verify(p, s);
  change(p);
  return message_of<td::internal_error>([&] { td::engine::verify(p, s); });
}

// ---- the functions: their programs on eigen, as to_string prints them; operands have names, since compilers evaluate them in either order

// b4 = sin(x1), b5 = cos(x1), b6 = tan(x1), b7 = sqrt(b6), b8 = multiply(b7, b4), b9 = multiply(b4, b5), x2 = add(b9, b8), x3 = less(b5,
// b6)
arrays chain(const arrays& x) {
  const td::array a = td::sin(x[0]), b = td::cos(x[0]), c = td::tan(x[0]);
  const td::array d = td::sqrt(c) * a, e = a * b;
  return {e + d, b < c};
}
// b3 = cos(x1), b4 = sin(x1), b5 = multiply(b4, b3), x2 = exp(b5)
arrays one_result(const arrays& x) {
  const td::array a = td::cos(x[0]), b = td::sin(x[0]);
  return {td::exp(b * a)};
}
// phase 0: r2 = max(x1), r4 = argmax(x1, r2); phase 1: b6 = subtract_exp(x1, r2), r3 = sum(b6); phase 2: x5 = divide(b6, r3)
arrays rows(const arrays& x) {
  const td::array e = td::exp(x[0] - td::max(x[0], {.axis = -1, .keepdims = true}));
  return {e / td::sum(e, {.axis = -1, .keepdims = true}), td::argmax(x[0], {.axis = -1})};
}
// phase 0: r2, r3 = moments(x1); phase 1: row r5 = multiply(r3, c4), row r6 = sqrt(r5), x7 = subtract_divide(x1, r2, r6)
arrays normalized(const arrays& x) {
  return {(x[0] - td::mean(x[0], {.axis = -1, .keepdims = true})) / td::std(x[0], {.axis = -1, .correction = 1, .keepdims = true})};
}
// phase 0: k8 = maximum(k7, x1), k10, k12 = argmax(x1, k9, k11, k13), to k2 and k4; phase 1: s6 = subtract_exp(x1, k2),
// k15 = add(k14, s6), to k3; phase 2: x5 = divide(s6, k3)
arrays columns(const arrays& x) {
  const td::array e = td::exp(x[0] - td::max(x[0], {.axis = 0, .keepdims = true}));
  return {e / td::sum(e, {.axis = 0, .keepdims = true}), td::argmax(x[0], {.axis = 0})};
}
arrays sums(const arrays& x) { return {td::sum(x[0] * 2.0, {.axis = 0}), td::argmin(td::abs(x[0]), {.axis = 0})}; }

}  // namespace

// ---- graphs

TEST_CASE("verify finds what specialize should have resolved") {
  const auto f = [](const arrays& x) { return arrays{td::mean(x[0] * 2.5)}; };
  const td::graph recorded = td::trace_graph(f, {.to = "eigen", .name = "g"}).graph(arrays{numbers({4})});
  CHECK(verdict(recorded, stage::recorded) == "no error");
  CHECK(verdict(recorded, stage::specialized) ==
        "[verify] graph g, value 1: got weak float64[], expected a type that is known and not weak.");
  td::graph g = after("specialize", f, {numbers({4})});
  CHECK(verdict(g, stage::specialized) == "no error");
  td::graph unknown = g;
  unknown.types[static_cast<std::size_t>(unknown.results[0])] = td::type();
  CHECK_THAT(verdict(unknown, stage::specialized), contains("expected a type that is known"));
  static const td::promotion_rules rules{"mine", nullptr, td::float32, false, false};
  g.nodes.back().rules = &rules;
  CHECK(verdict(g, stage::specialized) ==
        "[verify] graph g, node " + std::to_string(g.nodes.size() - 1) + " (mean): got the promotion rules of mine, expected none.");
  td::graph mixed;
  const td::value_id a = mixed.add_input(td::type::of(td::float32, td::extents{3})),
                     b = mixed.add_input(td::type::of(td::int32, td::extents{3}));
  mixed.results = {mixed.add(td::record_of(td::op_id::add), {a, b})};
  CHECK(verdict(mixed, stage::specialized) ==
        "[verify] graph graph, node 0 (add): got int32 for operand 1, expected float32, in which it is computed.");
}

TEST_CASE("verify finds composite ops after decompose") {
  const auto f = [](const arrays& x) { return arrays{td::mean(x[0])}; };
  CHECK(verdict(after("specialize", f, {numbers({4})}), stage::decomposed) ==
        "[verify] graph g, node 0 (mean): got a composite op that the backend does not claim, expected its decomposition.");
  CHECK(verdict(after("decompose", f, {numbers({4})}), stage::decomposed) == "no error");
}

TEST_CASE("verify finds nodes that are no group, kernel or view after fuse") {
  static td::op_record lone = td::record_of(td::op_id::mean);
  lone.traits &= ~static_cast<std::uint32_t>(td::trait::composite);
  td::graph g = after("specialize", [](const arrays& x) { return arrays{td::mean(x[0])}; }, {numbers({4})});
  g.nodes.back().op = &lone;
  CHECK(verdict(g, stage::decomposed) == "no error");
  CHECK_THAT(verdict(g, stage::fused), contains("(mean): got an op that no backend has a kernel for, expected groups, kernels and views"));
  static td::op_record mine;
  mine.name = "mine";
  g.nodes.back().op = &mine;
  CHECK_THAT(verdict(g, stage::fused), contains("(mine): got an op of the user's without a kernel"));
  g = after("", [](const arrays& x) { return arrays{td::sort(x[0])}; }, {numbers({4})});
  CHECK(verdict(g, stage::fused) == "no error");
  g.nodes.back().regions.push_back({{td::graph()}});
  CHECK_THAT(verdict(g, stage::fused), contains("(sort): got a region"));
}

TEST_CASE("verify finds groups that are none") {
  const td::graph fused = after("",
                                [](const arrays& x) {
                                  return arrays{td::sum(td::exp(x[0]) * 2.5, {.axis = 1}), td::cos(x[0])};
                                },
                                {numbers({4, 5})});
  const auto changed = [&](auto change) {
    td::graph g = fused;
    const auto group = std::find_if(g.nodes.begin(), g.nodes.end(), [](const td::node& n) { return n.id() == td::op_id::group; });
    REQUIRE(group != g.nodes.end());
    change(*group, group->regions[0].body[0]);
    return verdict(g, stage::fused);
  };
  const auto inside = [](td::graph& body, td::op_id op) -> td::node& {
    return *std::find_if(body.nodes.begin(), body.nodes.end(), [op](const td::node& n) { return n.id() == op; });
  };
  using list = std::vector<std::int64_t>;
  CHECK(changed([](td::node&, td::graph&) {}) == "no error");
  CHECK_THAT(changed([](td::node& n, td::graph&) { n.attrs.set("space", list{5, 4}); }), contains("expected the space (5, 4)"));
  CHECK_THAT(changed([](td::node& n, td::graph&) { n.attrs.set("inner", list{2}); }), contains("got inner axis 2, expected axes of its 2"));
  CHECK_THAT(changed([](td::node& n, td::graph&) { n.attrs.set("inner", list{0}); }), contains("other axes of sum inside"));
  CHECK_THAT(changed([](td::node&, td::graph& b) { b.results[0] = b.inputs[0]; }), contains("that it does not compute, or twice"));
  CHECK_THAT(changed([](td::node&, td::graph& b) { b.results[0] = b.results[1]; }), contains("that it does not compute, or twice"));
  CHECK_THAT(changed([](td::node&, td::graph& b) { b.types[0].weak = true; }), contains("weak or unknown value 0 inside"));
  CHECK_THAT(changed([&](td::node&, td::graph& b) { inside(b, td::op_id::exp).op = &td::record_of(td::op_id::flip); }),
             contains("no element for an element of flip inside"));
  CHECK_THAT(changed([&](td::node&, td::graph& b) { inside(b, td::op_id::exp).inputs.clear(); }), contains("0 operands of exp inside"));
  CHECK_THAT(changed([&](td::node&, td::graph& b) { inside(b, td::op_id::exp).op = &td::record_of(td::op_id::logical_not); }),
             contains("no kernel of logical_not inside"));
  CHECK_THAT(changed([&](td::node&, td::graph& b) {
               b.types[static_cast<std::size_t>(inside(b, td::op_id::constant).first_result)] = td::type::of(td::float64, td::extents{5});
             }),
             contains("an array of constant inside, expected a single number"));
  CHECK_THAT(changed([&](td::node&, td::graph& b) {
               b.types[static_cast<std::size_t>(inside(b, td::op_id::sum).inputs[0])] = td::type::of(td::float64, td::extents{4, 1});
             }),
             contains("of sum inside, expected an operand of the group's space (4, 5)"));
}

// ---- stage programs: order

TEST_CASE("verify finds slots that are read before they are written") {
  const stage_program p = program(chain, {40}), r = program(rows, {3, 40}), l = program(rows, {2, 5000}),
                      n = program(normalized, {2, 5000});
  using prog = stage_program;
  CHECK(broken(p, [](prog& x) { std::swap(x.phases[0].block[0], x.phases[0].block[3]); }) ==
        "[verify] phase 0, block[0] (sqrt) reads slot b6: got a slot before it is written, expected one that holds its value.");
  CHECK_THAT(broken(p, [](prog& x) { x.phases[0].reads.clear(); }),
             contains("block[0] (sin) reads slot x1: got a slot before it is written"));
  CHECK_THAT(broken(l, [](prog& x) { x.phases[1].reads.clear(); }), contains("phase 1, block[0] (subtract_exp) reads slot x1"));
  CHECK_THAT(broken(r, [](prog& x) { std::swap(x.phases[1], x.phases[2]); }), contains("phase 1, block[0] (divide) reads slot b6"));
  // What a reduction makes is there in the next phase.
  CHECK_THAT(broken(r, [](prog& x) { x.phases[1].block.push_back(x.phases[2].block[0]); }), contains("block[2] (divide) reads slot r3"));
  CHECK_THAT(broken(r, [](prog& x) { std::swap(x.phases[0].block[0], x.phases[0].block[1]); }),
             contains("block[0] (argmax) seeks slot r2: got no such extreme before it, expected one of slot x1 in this phase"));
  CHECK_THAT(broken(r, [](prog& x) { x.phases[0].block.pop_back(); }),
             contains("result external 2 of slot r4: got a row that ends before it is written"));
  // Blocks of long rows end with their phase.
  CHECK_THAT(broken(
                 l, [](prog& x) { x.slots[6].what = slot::kind::buffer; }, station::lowered),
             contains("(divide) reads slot b6"));
  CHECK_THAT(broken(n, [](prog& x) { x.phases[1].before[0].in[0] = 1; }),
             contains("before[0] (multiply) reads slot x1: got what is another with each block, expected what a row has once"));
  CHECK_THAT(broken(n, [](prog& x) { std::swap(x.phases[1].before[0], x.phases[1].before[1]); }),
             contains("before[0] (sqrt) reads slot r5"));
}

TEST_CASE("verify finds slots that are written twice, by the wrong instruction, or by none") {
  const stage_program p = program(chain, {40}), l = program(rows, {2, 5000});
  using prog = stage_program;
  CHECK_THAT(broken(p, [](prog& x) { x.phases[0].block[1].out = 4; }),
             contains("block[1] (cos) writes slot b4: got a slot that is written already, expected each written once"));
  CHECK_THAT(broken(p, [](prog& x) { x.phases[0].block[1].out = 1; }),
             contains("block[1] (cos) writes slot x1: got a slot that is not its to write"));
  CHECK_THAT(broken(l, [](prog& x) { x.phases[2].reads = {0}, x.phases[2].block.insert(x.phases[2].block.begin(), x.phases[1].block[0]); }),
             contains("phase 2, block[0] (subtract_exp) writes slot s6: got a slot that is written already"));
  CHECK_THAT(broken(p, [](prog& x) { x.phases[0].block.pop_back(); }),
             contains("phase 0 stores external 2: got no instruction that writes it"));
  CHECK_THAT(broken(p, [](prog& x) { x.phases[0].block.pop_back(), x.phases[0].writes.pop_back(); }),
             contains("result external 2: got no phase that writes it"));
  CHECK_THAT(broken(p, [](prog& x) { x.phases[0].writes.pop_back(); }),
             contains("block[7] (less) writes slot x3: got a phase that does not store external 2"));
}

TEST_CASE("verify finds guards that guard nothing") {
  using prog = stage_program;
  const stage_program p = program([](const arrays& x) { return arrays{td::var(x[0], {.axis = 0})}; }, {40, 300});
  const auto guarded = [](prog& x) -> td::engine::phase& {
    return *std::find_if(x.phases.begin(), x.phases.end(), [](const td::engine::phase& ph) { return !ph.guards.empty(); });
  };
  // Sums of shrunken deviations, and what is made of them, run where the squares overflow.
  CHECK(std::count_if(p.phases.begin(), p.phases.end(), [](const td::engine::phase& ph) { return !ph.guards.empty(); }) == 2);
  CHECK_THAT(td::engine::to_string(p), contains(", where k"));
  CHECK_THAT(broken(p, [&](prog& x) { guarded(x).guards[0] = 1; }), contains("reduces rows by slot 1: got no slot of columns"));
  CHECK_THAT(broken(p, [&](prog& x) { guarded(x).guards[0] = x.phases[0].accumulations[0].result; }),
             contains("is true: got no bool, code, or results that it stores, expected a bool; kernels; sums"));
  CHECK_THAT(broken(p, [&](prog& x) { std::swap(x.phases[0].guards, guarded(x).guards); }),
             contains("is true: got a slot before it is written, expected one that holds its value"));
}

TEST_CASE("verify finds values in lent memory that are read too late") {
  const stage_program p = program(rows, {2, 80000});  // x6 is where the result x5 will be
  using prog = stage_program;
  REQUIRE(p.externals[3].lent);
  CHECK_THAT(broken(p, [](prog& x) { x.phases[2].block.push_back(x.phases[1].block[1]); }),
             contains("block[1] (sum) reads slot x6: got the bytes of slot x5, which is written over it"));
  CHECK_THAT(broken(p, [](prog& x) { x.phases[2].reads.clear(); }), contains("(divide) reads slot x6: got a slot before it is written"));
  CHECK_THAT(broken(p, [](prog& x) { x.phases[0].reads.push_back(3); }),
             contains("phase 0 gathers external 3: got a result that no phase before"));
  CHECK_THAT(broken(p, [](prog& x) { x.externals[3].port = 9; }), contains("memory that is lent: got port 9"));
  CHECK_THAT(broken(p, [](prog& x) { x.externals[0].lent = true; }), contains("external 0: got memory lent by a port"));
}

TEST_CASE("verify finds broken reductions across rows") {
  const stage_program p = program(columns, {300, 40});
  using prog = stage_program;
  CHECK_THAT(broken(
                 p, [](prog& x) { std::swap(x.phases[0].accumulations, x.phases[1].accumulations); }, station::lowered),
             contains("(maximum) reads slot k7: got a slot before it is written"));
  CHECK_THAT(broken(p, [](prog& x) { x.phases[0].block.erase(x.phases[0].block.begin()); }),
             contains("phase 0 reduces rows to slot k8: got no instruction that writes it"));
  CHECK_THAT(broken(p, [](prog& x) { x.phases[0].block[0].in[0] = 1; }),
             contains("phase 0 reduces rows to slot k8: got no instruction that reads slot k7"));
  CHECK_THAT(broken(p, [](prog& x) { x.phases[0].block.pop_back(); }), contains("phase 0 reduces rows to slot k12: got no instruction"));
  CHECK_THAT(broken(p, [](prog& x) { x.phases[0].block.push_back(x.phases[0].block[0]); }),
             contains("(maximum) reads slot k7: got the bytes of slot k8, which is written over it"));
  CHECK_THAT(broken(
                 p, [](prog& x) { x.phases[1].accumulations[0].result = 2; }, station::lowered),
             contains("k2"));
  CHECK_THAT(broken(p, [](prog& x) { x.phases[0].searches[0].group = 0; }),
             contains("phase 0 reduces rows by slot 0: got no slot of columns"));
  CHECK_THAT(broken(p, [](prog& x) { x.phases[0].accumulations[0].offset += 64; }),
             contains("the levels of slot k2: got slots at other levels"));
  CHECK_THAT(broken(p, [](prog& x) { x.phases[0].accumulations[0].level = 64; }),
             contains("a level of slot k2: got 64 bytes, expected a block"));
  CHECK_THAT(broken(p, [](prog& x) { x.slots[10].offset += 64; }), contains("slots k9 and k10: got two places in memory"));
  CHECK_THAT(broken(p, [](prog& x) { x.slots[2].what = slot::kind::row; }), contains("slot r2: got a slot of reductions along rows"));
  CHECK_THAT(broken(p, [](prog& x) { x.depth = 301; }), contains("the rows that are reduced to one: got 301, expected 300"));
}

// ---- memory

TEST_CASE("verify finds buffers outside the workspace, and live ones that overlap") {
  const stage_program p = program(chain, {40}), r = program(rows, {3, 40}), l = program(rows, {2, 5000});
  using prog = stage_program;
  const auto move = [](std::size_t slot, std::size_t to) { return [=](prog& x) { x.slots[slot].offset = x.slot_offsets[slot] = to; }; };
  CHECK(broken(p, move(4, 64 * (p.workspace / 64))) ==
        "[verify] the memory of slot b4: got bytes " + std::to_string(64 * (p.workspace / 64)) + " to " +
            std::to_string(64 * (p.workspace / 64) + 320) + ", expected bytes before " + std::to_string(p.workspace - 4096) + ".");
  CHECK_THAT(broken(p, move(4, p.workspace - 4096)), contains("the memory of slot b4: got bytes"));  // where it may be shifted to
  CHECK_THAT(broken(p, move(4, 712)), contains("the memory of slot b4: got byte 712, expected the begin of a line of 64"));
  CHECK_THAT(broken(p, move(4, 0)), contains("the memory of slot b4 and external 0: got bytes of both"));
  CHECK_THAT(broken(p, move(5, p.slots[4].offset)), contains("reads slot b4: got the bytes of slot b5, which is written over it"));
  CHECK_THAT(broken(p, move(7, p.slots[6].offset - 64)), contains("block[3] (sqrt) writes slot b7: got bytes of slot b6, which is in use"));
  CHECK_THAT(broken(p, [](prog& x) { x.externals[1].offset = x.externals[0].offset; }),
             contains("the memory of external 0 and external 1: got bytes of both, expected bytes apart"));
  CHECK_THAT(broken(r, move(3, r.slots[2].offset)), contains("the memory of slot r2 and slot r3: got bytes of both"));
  CHECK_THAT(broken(l, move(7, l.slots[6].offset)),
             contains("the memory of slot s6 and slot p7: got bytes of both"));  // a saved row on parts
  CHECK_THAT(broken(l, [](prog& x) { x.block = 64; }),
             contains("the memory of slot p7: got bytes 56576 to 57208"));  // more parts than there is room for
  CHECK_THAT(broken(p, [](prog& x) { x.workspace = 0; }), contains("expected bytes before 0"));
}

// ---- loops and code

TEST_CASE("verify finds uses of what is inside a loop") {
  if (!has_backend("jit")) return;
  const stage_program p = program(chain, {40}, "jit");
  using prog = stage_program;
  const auto& block = p.phases[0].block;
  // An instruction that reads what another one makes inside its loop.
  std::size_t reader = 0;
  for (std::size_t k = 0; k < block.size(); ++k)
    for (int j = 0; j < block[k].inputs; ++j)
      if (p.slots[block[k].in[j]].what == slot::kind::inside) reader = k;
  REQUIRE(reader > 0);
  const std::string loop = std::to_string(block[reader].loop);
  CHECK_THAT(broken(p, [&](prog& x) { x.phases[0].block[reader].loop = 9; }),
             contains(": got a use in loop 9, expected uses inside loop " + loop));
  CHECK_THAT(broken(p, [&](prog& x) { x.phases[0].block[reader].loop = 0; }), contains(": got a use by a kernel, expected uses inside"));
  CHECK_THAT(broken(p, [&](prog& x) { x.phases[0].block[0].loop = x.phases[0].block[reader].loop; }),
             contains("got a second part of that loop"));
  CHECK_THAT(broken(p, [](prog& x) { x.row_code = nullptr; }), contains("got no code that runs it"));
  CHECK_THAT(broken(program(chain, {40}), [](prog& x) { x.phases[0].block[0].loop = 3; }),
             contains("is in loop 3: got no code that runs it"));
  CHECK_THAT(broken(
                 program(chain, {40}), [](prog& x) { x.slots[4].what = slot::kind::inside; }, station::lowered),
             contains("slot v4: got the inside of a loop"));
  CHECK_THAT(broken(program(chain, {40}), [](prog& x) { x.slots[4].what = slot::kind::inside; }),
             contains("block[0] (sin) writes slot v4: got a slot that is not its to write"));
  CHECK_THAT(broken(program(rows, {2, 5000}, "jit"), [](prog& x) { x.row_code = reinterpret_cast<td::engine::code>(&x.row_code); }),
             contains("code of rows of one block: got rows of several"));
  CHECK_THAT(broken(p, [](prog& x) { x.phases[0].block_code = x.row_code; }), contains("phase 0: got code of its own"));
}

TEST_CASE("verify finds memory that a loop writes over while it reads it") {
  if (!has_backend("jit")) return;
  stage_program p = program(chain, {40}, "jit");
  // The last loop writes a buffer of its own over one that it reads.
  auto& block = p.phases[0].block;
  const auto reads = std::find_if(block.begin(), block.end(), [&](const instruction& i) {
    return i.loop && p.slots[i.out].what == slot::kind::inside && p.slots[i.in[0]].what == slot::kind::buffer;
  });
  REQUIRE(reads != block.end());
  p.slots[reads->out].what = slot::kind::buffer;
  p.slots[reads->out].offset = p.slot_offsets[reads->out] = p.slots[reads->in[0]].offset;
  CHECK_THAT(message_of<td::internal_error>([&] { td::engine::verify(p); }), contains(", which is in use, expected memory of its own"));
}

TEST_CASE("verify finds broken phases of several blocks") {
  if (!has_backend("jit")) return;
  const stage_program p = program(sums, {300, 2000}, "jit");
  using prog = stage_program;
  REQUIRE(p.phases.size() == 3);
  REQUIRE(p.phases[0].several.phase == 2);
  const std::string size = std::to_string(p.phases[2].block.size());
  CHECK_THAT(broken(p, [](prog& x) { x.phases[2].block.pop_back(); }), contains("instructions, expected " + size));
  CHECK_THAT(broken(p, [](prog& x) { x.phases[2].several.count = 7; }),
             contains("phase 2 of 7 blocks: got blocks that nobody runs at once"));
  CHECK_THAT(broken(p, [](prog& x) { x.phases[0].several.phase = 1; }), contains("phase 0 runs several blocks: got phase 1 for it"));
  CHECK_THAT(broken(p, [](prog& x) { x.phases[0].several.phase = -1; }), contains("got no phase that it stands for, expected one"));
  CHECK_THAT(broken(p, [](prog& x) { x.phases[2].reads = {0}; }), contains("got lists of its own"));
  CHECK_THAT(broken(p, [](prog& x) { x.phases[2].several.copies[0].to = 1; }), contains("expected a column of its size"));
  const std::uint16_t outside = p.external_slots[0];
  const std::string name = td::engine::slot_name(p, outside);
  CHECK_THAT(broken(p,
                    [&](prog& x) {
                      for (instruction& i : x.phases[2].block)
                        for (std::uint16_t& s : i.in)
                          for (const auto& c : x.phases[2].several.copies)
                            if (c.from == outside && s == c.to) s = outside;
                    }),
             contains("reads slot " + name + ": got a slot before it is written"));
  // The second block adds to what the first began with, not to the sum that the first leaves.
  CHECK_THAT(broken(p,
                    [](prog& x) {
                      const std::uint16_t sum = x.phases[0].accumulations[0].in;
                      std::uint16_t first = 0;
                      for (instruction& i : x.phases[2].block)
                        for (std::uint16_t& s : i.in)
                          if (s == sum && !first) first = i.out;
                          else if (first && s == first) s = sum;
                    }),
             contains(": got 2 uses, expected those 1 of one block"));
}

// ---- what a program says of itself

TEST_CASE("verify finds instructions that do not fit their slots") {
  const stage_program p = program(chain, {40}), r = program(rows, {3, 40}), l = program(rows, {2, 5000}),
                      n = program(normalized, {2, 5000});
  using prog = stage_program;
  const auto first = [](prog& x) -> instruction& { return x.phases[0].block[0]; };
  CHECK_THAT(broken(p, [&](prog& x) { first(x).map = nullptr; }),
             contains("block[0] (sin): got no op, kernel or engine, expected all three"));
  CHECK_THAT(broken(p, [&](prog& x) { first(x).out = 200; }), contains("got slot 200, expected one of 10"));
  CHECK_THAT(broken(p, [&](prog& x) { first(x).inputs = 5; }), contains("got 5 operands, expected 1 to 4"));
  CHECK_THAT(broken(p, [&](prog& x) { first(x).in[0] = 0; }), contains("got operand 0 that is not there"));
  CHECK_THAT(broken(p, [&](prog& x) { first(x).in[1] = 1; }), contains("got operand 1 that is one too many"));
  CHECK_THAT(broken(p, [&](prog& x) { first(x).out = 0; }), contains("got no place for a result, or one too many, expected one"));
  CHECK_THAT(broken(n, [&](prog& x) { first(x).out2 = 0; }),
             contains("(moments): got no place for a result, or one too many, expected two"));
  CHECK_THAT(broken(l, [&](prog& x) { first(x).part = 0; }), contains("(max): got no place for a block's part"));
  CHECK_THAT(broken(r, [&](prog& x) { first(x).part = 2; }), contains("(max): got no place for a block's part, or one too many"));
  CHECK_THAT(broken(l, [&](prog& x) { first(x).part = 2; }), contains("got slot r2 for its part, expected a slot of parts"));
  CHECK_THAT(broken(n, [&](prog& x) { x.phases[1].before = x.phases[0].block; }), contains("got a reduction of the wrong kind"));
  CHECK_THAT(broken(p, [](prog& x) { x.slots[4].element_size = 4; }),
             contains("(sin) uses slot b4: got elements of 4 bytes, expected 8 bytes"));
  CHECK_THAT(broken(n, [](prog& x) { x.slots[9].element_size = 8; }),
             contains("(moments) uses slot p9: got elements of 8 bytes, expected 16"));
  CHECK_THAT(broken(p, [&](prog& x) { first(x).scalars = 1; }), contains("(sin) takes single elements: got bits 1, expected 0"));
  CHECK_THAT(broken(n, [](prog& x) { x.phases[1].block[0].scalars = 2; }), contains("takes single elements: got bits 10, expected 110"));
}

TEST_CASE("verify finds programs that contradict themselves") {
  const stage_program p = program(chain, {40}), r = program(rows, {3, 40}), l = program(rows, {2, 5000}),
                      n = program(normalized, {2, 5000});
  using prog = stage_program;
  CHECK_THAT(broken(p, [](prog& x) { x.row_size = 41; }), contains("the elements of a row: got 41, expected 40"));
  CHECK_THAT(broken(r, [](prog& x) { x.rows = 4; }), contains("the rows: got 4, expected 3"));
  CHECK_THAT(broken(r, [](prog& x) { x.outer_axis.clear(); }), contains("the outer axes: got 0, expected 1"));
  CHECK_THAT(broken(p, [](prog& x) { x.block = 0; }), contains("the elements of a block: got 0"));
  CHECK_THAT(broken(l, [](prog& x) { x.block = 2000; }), contains("the elements of a block: got 2000"));
  CHECK_THAT(broken(p, [](prog& x) { x.lanes = 2; }), contains("the rows of a block: got 2"));
  CHECK_THAT(broken(p, [](prog& x) { x.slots[0].what = slot::kind::row; }), contains("slot 0: got a slot of its own"));
  CHECK_THAT(broken(p, [](prog& x) { x.slots[4].what = slot::kind::absent; }),
             contains("slot none: got a second slot for what is not there"));
  CHECK_THAT(broken(p, [](prog& x) { x.slots[1].external = 9; }), contains("slot x1: got no external of its own"));
  CHECK_THAT(broken(p, [](prog& x) { x.slots[1].element_size = 4; }), contains("slot x1: got elements of another size than its external"));
  CHECK_THAT(broken(p, [](prog& x) { x.slots[4].element_size = 3; }), contains("slot b4: got elements of no dtype's size"));
  CHECK_THAT(broken(n, [](prog& x) { x.constants.clear(); }), contains("slot c4: got bytes behind the last constant"));
  CHECK_THAT(broken(p, [](prog& x) { x.slots[4].what = slot::kind::column; }), contains("slot k4: got a slot of columns"));
  CHECK_THAT(broken(r, [](prog& x) { x.slots[6].what = slot::kind::saved; }), contains("slot s6: got what blocks of a long row leave"));
  CHECK_THAT(broken(p, [](prog& x) { x.externals[0].still = true; }), contains("external 0: got a port that stays from row to row"));
  CHECK_THAT(broken(p, [](prog& x) { x.externals[2].port = 1; }), contains("external 2: got port 1, which another has"));
  CHECK_THAT(broken(p, [](prog& x) { x.externals[2].port = 7; }), contains("the ports: got port 7, expected 2"));
  CHECK_THAT(broken(p, [](prog& x) { x.ports.pop_back(); }), contains("the places of the ports: got 2, expected 3"));
  CHECK_THAT(broken(p, [](prog& x) { x.port_offsets = {0}; }), contains("the offsets of the ports: got 1, expected 3"));
  CHECK_THAT(broken(p, [](prog& x) { x.ports[2].result = false; }), contains("port 2: got a place in an input"));
  CHECK_THAT(broken(r, [](prog& x) { x.row_results.clear(); }), contains("result external 2: got 0 slots that it is stored from"));
  CHECK_THAT(broken(r, [](prog& x) { x.row_results[0].slot = 6; }), contains("result external 2 of slot b6: got a slot of another kind"));
  CHECK_THAT(broken(r, [](prog& x) { x.row_results[0].external = 1; }), contains("got no result with one element a row"));
  CHECK_THAT(broken(p, [](prog& x) { x.phases[0].reads.push_back(0); }),
             contains("phase 0 gathers external 0: got one that is not moved, or twice"));
  CHECK_THAT(broken(p, [](prog& x) { x.phases[0].writes.push_back(0); }), contains("phase 0 stores external 0: got one that is not moved"));
}

TEST_CASE("verify finds tables and claims that are wrong, and calls that cannot be split so") {
  const stage_program p = program(chain, {40}), r = program(rows, {3, 40}), l = program(rows, {2, 5000}), one = program(one_result, {40});
  using prog = stage_program;
  using splitting = stage_program::splitting;
  CHECK_THAT(broken(p, [](prog& x) { x.moving_slots.pop_back(); }),
             contains("the slots that move: got a table of 2, expected the 3 of the slots"));
  CHECK_THAT(broken(p, [](prog& x) { x.external_slots.pop_back(); }), contains("the slots outside: got a table of 2"));
  CHECK_THAT(broken(p, [](prog& x) { x.constant_slots.push_back(1); }), contains("the constants: got a table of 1"));
  CHECK_THAT(broken(p, [](prog& x) { x.slot_offsets[4] = 0; }), contains("the offsets: got a table of 10"));
  REQUIRE(one.in_place);
  CHECK_THAT(broken(p, [](prog& x) { x.in_place = true; }), contains("a program in place: got several results or phases"));
  CHECK_THAT(broken(one, [](prog& x) { x.phases[0].block[0].out = 2; }), contains("block[0] (cos): got a result that is written early"));
  CHECK_THAT(broken(r, [](prog& x) { x.one_row = true; }), contains("a program of one row: got several"));
  CHECK_THAT(broken(l, [](prog& x) { x.short_vector = true; }), contains("a program of a short vector"));
  CHECK_THAT(broken(p, [](prog& x) { x.phases[0].streams = true; }), contains("phase 0 streams: got kernels, block buffers or sums"));
  CHECK_THAT(broken(p, [](prog& x) { x.phases[0].past_caches = true; }), contains("phase 0 stores past the caches"));
  const auto split = [](splitting how, int threads, std::int64_t chunk) {
    return [=](prog& x) { x.split = how, x.threads = threads, x.chunk = chunk; };
  };
  CHECK(broken(r, split(splitting::rows, 2, 1)) == "no error");
  CHECK_THAT(broken(r, split(splitting::rows, 1, 1)), contains("a call on several threads: got 1 threads, expected 2 or more"));
  CHECK_THAT(broken(r, split(splitting::rows, 2, 0)), contains("got chunks of 0"));
  CHECK_THAT(broken(p, split(splitting::rows, 2, 1)), contains("got one row that is split by rows"));
  CHECK_THAT(broken(p, split(splitting::blocks, 2, 1)), contains("got rows of one block that are split by blocks"));
  CHECK_THAT(broken(program(columns, {300, 40}), split(splitting::blocks, 2, 1)),
             contains("got a search that is split by the nodes of its tree"));
}

// ---- what is right

namespace {

/// Every station of a graph on every backend, on one thread and on several; how many stage programs there were.
int check_stations(const td::graph& recorded, const std::vector<int>& layouts) {
  int programs = 0;
  for (const std::string& name : td::backends()) {
    td::pass_context context = context_of(name);
    context.input_layouts = layouts;
    td::graph g = recorded;
    stage now = stage::recorded;
    for (const td::pass& p : td::passes()) {
      g = p.run(std::move(g), context);
      now = p.name == "specialize" ? stage::specialized : p.name == "decompose" ? stage::decomposed : p.name == "fuse" ? stage::fused : now;
      td::detail::verify(g, now, context);
    }
    for (const int threads : {1, 4}) {
      const auto e = td::detail::plan(g, *context.backend, layouts, threads, true);
      for (const td::detail::step& s : e->steps)
        if (s.program) {
          td::engine::verify(*s.program);
          ++programs;
        }
    }
  }
  return programs;
}

}  // namespace

TEST_CASE("verify: every op of the table keeps the rules of every station, on every backend") {
  const warnings quiet;
  int programs = 0, cases = 0;
  for (const td::op_record* row : td::op_table()) {
    const td::op_record& op = *row;
    if (op.is(td::trait::internal)) continue;
    for (const tendril_test::op_case& c : tendril_test::op_cases(op.name)) {
      if (c.index % 5 != 0) continue;
      INFO(op.name << ", case " << c.index);
      const auto calls = [&c](const arrays& in) { return td::apply(*td::find_op(c.op), c.operands(in), c.attributes); };
      const arrays in = c.array_inputs();
      const td::graph g = td::trace_graph(calls).graph(in);
      CHECK_NOTHROW(programs += check_stations(g, std::vector<int>(g.inputs.size(), 0)));
      ++cases;
    }
  }
  CHECK(cases > 100);
  CHECK(programs > 100);
}

TEST_CASE("verify: short, long and many rows, and columns, keep the rules on every backend") {
  const std::vector<functor> functions{
      chain,
      one_result,
      rows,
      normalized,
      columns,
      sums,
      [](const arrays& x) {
        return arrays{td::any(x[0] > 3.0), td::all(x[0] < 4.0, {.axis = 0})};
      },
      [](const arrays& x) {
        return arrays{td::std(x[0], {.axis = 0}), td::sum(td::exp(x[0]) * x[0], {.axis = 1}), td::max(x[0], {.axis = 1})};
      },
      [](const arrays& x) {
        return arrays{td::softmax(x[0], {.axis = 0}), td::log_softmax(x[0], {.axis = 1})};
      },
      [](const arrays& x) {
        return arrays{td::where(x[0] > 0.0, td::exp(x[0]), td::astype(x[0], td::int32) * 2), td::clip(x[0], std::nullopt, 0.5)};
      },
      [](const arrays& x) {
        return arrays{td::argmin(td::exp(x[0]), {.axis = 1}), td::argmax(td::sin(x[0]) + 1.0, {.axis = 0})};
      },
      [](const arrays& x) {
        return arrays{td::concat({td::exp(x[0]), x[0] * 2.0}), td::sum(td::matmul(x[0], td::matrix_transpose(x[0])))};
      },
      [](const arrays& x) {
        return arrays{td::sqrt(td::sum(td::square(td::expand_dims(x[0]) - td::expand_dims(x[0], {.axis = 1})), {.axis = 2}))};
      },
  };
  int programs = 0;
  for (std::size_t f = 0; f < functions.size(); ++f)
    for (const ints& shape : {ints{1, 1}, ints{3, 40}, ints{2, 5000}, ints{300, 40}, ints{5000, 3}, ints{3, 70000}, ints{40000, 24}})
      for (const td::dtype d : {td::float64, td::float32, td::int64}) {
        if (f + 2 >= functions.size() && shape[0] > 300) continue;  // products of rows with rows
        INFO("function " << f << ", " << td::to_string(td::extents(shape.begin(), shape.end())) << " " << td::name_of(d));
        const td::array x = td::zeros(td::axes(shape), {.dtype = d});
        const td::graph g = td::trace_graph(functions[f]).graph(arrays{x});
        for (const int layout : {0, 1, 2}) CHECK_NOTHROW(programs += check_stations(g, {layout}));
      }
  CHECK(programs > 1000);
}
