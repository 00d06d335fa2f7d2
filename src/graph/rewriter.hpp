// Rebuilding a graph node by node: the only way to make a node of another, so that none loses its regions, rules or line.
#pragma once
#include <tendril/graph.hpp>

#include <tendril/detail/op_id.hpp>

#include "graph/interpreter.hpp"

namespace tendril::detail {

/// Builds `to` out of `from`: `map` gives the new value of each old one. Passes that would change nothing build nothing.
class rewriter {
 public:
  explicit rewriter(const graph& g) : rewriter(g, g.name, g.inputs) {
    to.types.reserve(g.types.size());
    to.nodes.reserve(g.nodes.size());
    to.fixed = g.fixed;
  }
  /// A part of a graph: these values are its inputs.
  rewriter(const graph& g, std::string name, std::span<const value_id> inputs) : from(g), map(g.types.size(), absent) {
    to.name = std::move(name);
    to.inputs.reserve(inputs.size());
    for (value_id v : inputs) map[static_cast<std::size_t>(v)] = to.add_input(g.type_of(v));
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

  /// Rewrites `g`, which this was made for, or the nodes of it that `wanted` marks: `make(node, inputs)` adds to `to` what a node becomes
  /// and gives the new values of its results, as a list, or the first of those that follow each other. It may take the node and the new
  /// inputs.
  template <class Make>
  graph run(graph& g, Make make, const std::vector<char>* wanted = nullptr) {
    const auto read = [this](value_id v) { return at(v); };
    interpret(g, map, wanted, read, [&](node& n, std::vector<value_id>& in) {
      if constexpr (std::is_same_v<decltype(make(n, in)), value_id>) {
        const std::int32_t count = n.result_count;
        return following{make(n, in), static_cast<std::size_t>(count)};
      } else {
        return make(n, in);
      }
    });
    return finish();
  }

  /// The node as it is, its types too. Gives its first result.
  value_id copy(node n) {
    for (value_id& v : n.inputs) v = at(v);
    std::vector<type>& types = to.types;
    const auto first = static_cast<value_id>(types.size());
    for (std::int32_t k = 0; k < n.result_count; ++k) types.push_back(from.type_of(n.first_result + k));
    replace(n, first);
    n.first_result = first;
    to.nodes.push_back(std::move(n));
    return first;
  }
  /// A call of `op` in the node's place, with these inputs and what else the node has: attributes and regions, which it loses, rules and
  /// line. The types of the results are inferred. Gives the first.
  value_id rebuild(node& n, const op_record& op, std::vector<value_id> in) { return rebuild(n, op, std::move(in), n.rules); }
  value_id rebuild(node& n, const op_record& op, std::vector<value_id> in, const promotion_rules* rules) {
    return to.add(op, std::move(in), std::move(n.attrs), rules, n.where, std::move(n.regions));
  }
  /// A group of a part of `from`, which `reads` these values of it. Gives its first result.
  value_id add_group(std::span<const value_id> reads, graph body, attributes at, std::source_location where) {
    node n;
    n.op = &record_of(op_id::group);
    n.inputs.reserve(reads.size());
    for (value_id v : reads) n.inputs.push_back(this->at(v));
    n.attrs = std::move(at);
    n.where = where;
    n.first_result = static_cast<value_id>(to.types.size());
    n.result_count = static_cast<std::int32_t>(body.results.size());
    for (value_id v : body.results) to.types.push_back(body.type_of(v));
    n.regions.push_back({{std::move(body)}});
    to.nodes.push_back(std::move(n));
    return to.nodes.back().first_result;
  }
  /// All results of `n` become those that start at `first`.
  void replace(const node& n, value_id first) {
    for (std::int32_t k = 0; k < n.result_count; ++k) map[static_cast<std::size_t>(n.first_result + k)] = first + k;
  }
  graph finish() { return finish(from.results); }
  graph finish(std::span<const value_id> results) {
    for (value_id r : results) {
      if (at(r) == absent) throw internal_error("[passes] a pass lost a result of graph " + from.name);
      to.results.push_back(at(r));
    }
    return std::move(to);
  }

 private:
  // New values, one after the other.
  struct following {
    value_id first;
    std::size_t count;
    std::size_t size() const noexcept { return count; }
    value_id operator[](std::size_t k) const noexcept { return first + static_cast<value_id>(k); }
  };
};

}  // namespace tendril::detail
