// Rebuilding a graph node by node.
#pragma once
#include <tendril/graph.hpp>

namespace tendril::detail {

/// Builds `to` out of `from`: `map` gives the new value of each old one. Passes that would change nothing build nothing.
class rewriter {
 public:
  explicit rewriter(const graph& g) : from(g), map(g.types.size(), absent) {
    to.name = g.name;
    to.types.reserve(g.types.size());
    to.nodes.reserve(g.nodes.size());
    to.inputs.reserve(g.inputs.size());
    for (value_id v : g.inputs) map[static_cast<std::size_t>(v)] = to.add_input(g.type_of(v));
  }
  const graph& from;
  graph to;
  std::vector<value_id> map;

  value_id at(value_id v) const { return v == absent ? absent : map[static_cast<std::size_t>(v)]; }
  std::vector<value_id> mapped_inputs(const node& n) const {
    std::vector<value_id> in;
    in.reserve(n.inputs.size());
    for (value_id v : n.inputs) in.push_back(at(v));
    return in;
  }
  /// The node as it is, its types too.
  void copy(node n) {
    for (value_id& v : n.inputs) v = at(v);
    const auto first = static_cast<value_id>(to.types.size());
    for (std::int32_t k = 0; k < n.result_count; ++k) {
      map[static_cast<std::size_t>(n.first_result + k)] = first + k;
      to.types.push_back(from.type_of(n.first_result + k));
    }
    n.first_result = first;
    to.nodes.push_back(std::move(n));
  }
  /// All results of `n` become those that start at `first`.
  void replace(const node& n, value_id first) {
    for (std::int32_t k = 0; k < n.result_count; ++k) map[static_cast<std::size_t>(n.first_result + k)] = first + k;
  }
  graph finish() {
    for (value_id r : from.results) {
      if (at(r) == absent) throw internal_error("[passes] a pass lost a result of graph " + from.name);
      to.results.push_back(at(r));
    }
    return std::move(to);
  }
};

}  // namespace tendril::detail
