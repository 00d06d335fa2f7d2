// Random graphs of which a part stands in the body of an op, and a part of that in another: they give what the whole graphs give.
//
// TENDRIL_FUZZ_SECONDS (3 here) says how long.
#include <chrono>
#include <cstdlib>
#include <random>

#include <tendril/detail/op_id.hpp>

#include "catch.hpp"
#include "fuzz.hpp"
#include "graph/rewriter.hpp"
#include "region_ops.hpp"
#include "trace_helpers.hpp"

namespace {

namespace td = tendril;
using td::value_id;

// Runs its one body once.
const td::op_record& call_op() {
  static const td::op_record& op = td::register_op({.name = "test_call",
                                                    .inputs = {{td::input_spec::form::sequence, "inputs"}},
                                                    .infer = [](const td::type_request& r) { return r.regions[0].result_types(); },
                                                    .regions = {{"called"}},
                                                    .run_regions = [](region_ops::views out, region_ops::views in, const td::attributes&,
                                                                      td::region_calls& bodies) { bodies.run(0, out, in); }});
  return op;
}

std::size_t at(value_id v) { return static_cast<std::size_t>(v); }

// A run of nodes becomes the body of one, `depth` times in each other. Single numbers stay numbers: the body has its own.
td::graph outlined(const td::graph& g, std::mt19937& random, int depth) {
  if (g.nodes.empty()) return g;
  const std::size_t begin = random() % g.nodes.size(), end = begin + 1 + random() % (g.nodes.size() - begin);
  const auto producers = g.producers();
  const auto is_inside = [&](std::size_t i) { return i >= begin && i < end && g.nodes[i].id() != td::op_id::constant; };
  std::vector<char> made(g.types.size(), 0), read(g.types.size(), 0), needed(g.types.size(), 0);
  std::vector<value_id> inputs, results;
  for (std::size_t i = 0; i < g.nodes.size(); ++i) {
    const td::node& n = g.nodes[i];
    for (value_id v : n.inputs) {
      if (v == td::absent) continue;
      if (!is_inside(i)) {
        needed[at(v)] = 1;
        continue;
      }
      const td::array* constant = constant_of(g, producers, v);
      if (made[at(v)] || read[at(v)] || (constant && constant->ndim() == 0)) continue;
      read[at(v)] = 1;
      inputs.push_back(v);
    }
    for (std::int32_t k = 0; is_inside(i) && k < n.result_count; ++k) made[at(n.first_result + k)] = 1;
  }
  for (value_id r : g.results) needed[at(r)] = 1;
  for (std::size_t v = 0; v < made.size(); ++v)
    if (made[v] && needed[v]) results.push_back(static_cast<value_id>(v));
  if (results.empty()) return g;
  td::detail::rewriter body(g, "called", inputs), whole(g);
  for (std::size_t i = begin; i < end; ++i) {
    if (!is_inside(i)) continue;
    for (value_id v : g.nodes[i].inputs)
      if (v != td::absent && body.at(v) == td::absent) body.copy(g.nodes[static_cast<std::size_t>(producers[at(v)])]);
    body.copy(g.nodes[i]);
  }
  td::graph inside = body.finish(results);
  if (depth > 1) inside = outlined(inside, random, depth - 1);
  for (std::size_t i = 0; i < g.nodes.size(); ++i) {
    if (!is_inside(i)) whole.copy(g.nodes[i]);
    if (i + 1 != end) continue;
    std::vector<value_id> in;
    for (value_id v : inputs) in.push_back(whole.at(v));
    value_id first = whole.to.add(call_op(), std::move(in), {}, nullptr, {}, {{{std::move(inside)}}});
    for (value_id v : results) whole.map[at(v)] = first++;
  }
  return whole.finish();
}

}  // namespace

TEST_CASE("random graphs with parts in bodies give what they give as they are, on every backend") {
  const trace_test::warnings quiet;
  const char* wish = std::getenv("TENDRIL_FUZZ_SECONDS");
  const double seconds = wish ? std::atof(wish) : 3;
  const auto start = std::chrono::steady_clock::now();
  unsigned made = 0, changed = 0;
  for (unsigned seed = 0; std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() < seconds; ++seed, ++made) {
    INFO("seed " << seed);
    const fuzz::random_case c = fuzz::generate(seed);
    std::mt19937 random(seed);
    fuzz::random_case parts = c;
    parts.graph = outlined(c.graph, random, 1 + static_cast<int>(seed % 3));
    changed += std::any_of(parts.graph.nodes.begin(), parts.graph.nodes.end(), td::has_bodies);
    INFO(to_string(parts.graph, false));
    td::verify(parts.graph);
    std::vector<fuzz::placed> memory;
    std::vector<td::array> in;
    for (const fuzz::argument& a : c.arguments) {
      memory.emplace_back(a);
      in.push_back(td::detail::borrow(memory.back().view));
    }
    const std::vector<td::array> whole = td::evaluate(c.graph, in, "eigen"), apart = td::evaluate(parts.graph, in, "eigen");
    const std::vector<fuzz::check> checks = fuzz::checks_of(c);
    // A body takes row-major arrays, and a sum along rows is another tree than one across them.
    for (std::size_t i = 0; i < whole.size(); ++i) CHECK(fuzz::difference(apart[i], whole[i], checks.front().tolerances[i]) == "");
    for (const fuzz::check& k : checks) {
      INFO(k.run.to << (k.run.optimize ? "" : ", not optimised") << (k.run.contract ? ", contracted" : "") << " against " << k.reference);
      CHECK(fuzz::failure(parts, k) == "");
    }
  }
  WARN(made << " graphs, " << changed << " of them with bodies");
  CHECK(changed * 2 > made);
}
