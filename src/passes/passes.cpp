// The one list of passes, and the one loop that runs, verifies and times them.
#include <tendril/passes.hpp>

#include <chrono>

#include "array/format.hpp"
#include "graph/equal_extents.hpp"
#include "passes/shared.hpp"
#include "passes/verify.hpp"

namespace tendril {
namespace {

constexpr pass list[] = {
    {"specialize", specialize},
    {"fold", fold},
    {"simplify", simplify},
    {"cse", cse},
    {"dce", dce},
    {"decompose", decompose},
    {"fold", fold},
    {"cse", cse},
    {"dce", dce},
    {"simplify", simplify},
    {"cse", cse},
    {"dce", dce},
    {"components", components},
    {"pieces", pieces},
    {"offsets", offsets},
    {"contract", contract},
    {"combine", combine},
    {"fuse", fuse},
    {"dce", dce},
};

}  // namespace

graph detail::in_bodies(graph g, const pass_context& context, graph (*pass)(graph, const pass_context&)) {
  for (node& n : g.nodes) {
    if (!has_bodies(n)) continue;
    for (region& r : n.regions) {
      graph& body = r.body.front();
      const pass_context inside{context.backend, context.contract, std::vector<int>(body.inputs.size(), 0)};
      body = pass(std::move(body), inside);
    }
  }
  return g;
}

std::span<const pass> passes() { return list; }

graph run_passes(graph g, const pass_context& context, void (*observe)(const pass_report&, void*), void* user) {
  std::vector<type> before(g.results.size());
  [[maybe_unused]] detail::stage stage = detail::stage::recorded;
  for (const pass& p : list) {
    const auto start = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < before.size(); ++i) before[i] = g.type_of(g.results[i]);
    g = p.run(std::move(g), context);
    for (std::size_t i = 0; i < before.size(); ++i)
      if (const type& was = before[i], &now = g.type_of(g.results[i]); !(was == now) && was.complete() && !was.weak && p.run != specialize)
        throw internal_error(
            format_text("[{}] the pass changed the type of result {} from {} to {}", p.name, i, to_string(was), to_string(now)));
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
#ifndef NDEBUG
    verify(g);
    stage = p.run == specialize  ? detail::stage::specialized
            : p.run == decompose ? detail::stage::decomposed
            : p.run == fuse      ? detail::stage::fused
                                 : stage;
    detail::verify(g, stage, context);
#else
    if (observe) verify(g);
#endif
    if (observe) observe({p.name, seconds, &g}, user);
  }
  detail::fix_all(g);  // passes look at extents, and leave out what they make needless
#ifdef NDEBUG
  verify(g);
#endif
  return g;
}

}  // namespace tendril
