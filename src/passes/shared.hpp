// What several passes ask: the backend that they work for, and the numbers behind constants.
#pragma once
#include <functional>

#include <tendril/passes.hpp>

#include "kernels/backend.hpp"

namespace tendril::detail {

inline const backend& backend_of(const pass_context& c) { return c.backend ? *c.backend : find_backend("passes", {}); }

/// The scalar behind a rank-0 (or one-element) constant, if `v` is one.
const array* one_element_constant(const graph&, const std::vector<std::int32_t>& producers, value_id v);

/// The most nodes that passes make of a nest by taking it apart: they should stay one group.
inline constexpr std::size_t most_taken_apart = 192;

/// Whether a node stays as it is: no composite op, or one that this backend has a kernel for.
bool is_claimed(const node&, const graph&, const backend&);

/// Ops by what they decompose into, again and again, until all that is left `stays`. Types are resolved after each round.
graph expand(graph, const pass_context&, const std::function<bool(const graph&, const node&)>& stays);

/// A pass on the bodies of all ops with regions, as on the graph that they stand in.
graph in_bodies(graph, const pass_context&, graph (*pass)(graph, const pass_context&));

}  // namespace tendril::detail
