// The passes: one free function each, graph -> graph, and the one list of them.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include <tendril/graph.hpp>

namespace tendril {

/// What the passes know of the target.
struct pass_context {
  const tendril::backend* backend = nullptr;  ///< null: the current one
  bool contract = true;
  std::vector<int> input_layouts = {};  ///< layout class of each graph input: 0 row-major, 1 column-major, 2 other; empty: row-major
};

/// Resolves every type from those of the inputs and makes promotion explicit: casts become `astype` nodes, weak scalars typed
/// constants, frontends' rules plain ops. Throws the dtype and shape errors of the ops.
graph specialize(graph, const pass_context&);
/// Evaluates nodes whose operands are all constants, where the result is small or the operands are large.
graph fold(graph, const pass_context&);
/// Rewrites that keep every bit, NaN, infinity and signed zero: casts to the same dtype, views that do nothing, x * 1, double negation...
graph simplify(graph, const pass_context&);
/// Merges nodes of the same op, operands and attributes.
graph cse(graph, const pass_context&);
/// Drops nodes that no result needs, ordered ones excepted.
graph dce(graph, const pass_context&);
/// Expands composite ops that the backend does not claim.
graph decompose(graph, const pass_context&);
/// Ops over a last axis of 2 to 8 elements become ops on its components, where rows are reduced or meet what has one element a row.
graph components(graph, const pass_context&);
/// Elementwise ops over rolled and joined arrays become the same ops over the pieces that these are made of.
graph pieces(graph, const pass_context&);
/// What is read by slices is computed for each slice, where that costs less than an array in memory: a stencil over a stencil is one pass.
graph offsets(graph, const pass_context&);
/// A floating product with one use, added to something, becomes multiply_add; a power of a literal exponent products and a root, within the
/// bound of pow.
graph contract(graph, const pass_context&);
/// Pairs of ops that one kernel does with the same roundings become one: a subtraction and the division or exp that uses it alone.
/// A reduction that is a result with and without its axes runs once.
graph combine(graph, const pass_context&);
/// Groups elementwise ops, broadcasts, reductions and what follows them over shared loops.
graph fuse(graph, const pass_context&);

struct pass {
  std::string_view name;
  graph (*run)(graph, const pass_context&);
};

/// The passes in the order in which compile runs them. Some run more than once.
std::span<const pass> passes();

/// What one pass did; `after` points to its result.
struct pass_report {
  std::string_view name;
  double seconds;
  const graph* after;
};
/// Runs the passes in order, verifies after each, and tells `observe` (may be null).
graph run_passes(graph, const pass_context&, void (*observe)(const pass_report&, void*) = nullptr, void* user = nullptr);

}  // namespace tendril
