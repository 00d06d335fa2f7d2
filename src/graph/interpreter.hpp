// The one interpreter of graphs: reads what stands for the operands of each node, calls, and writes what stands for its results. What a
// value is and what a call does, who uses it says: arrays are computed by evaluation, called again by transpile, new values made by
// rewriting.
#pragma once
#include <span>
#include <vector>

#include <tendril/graph.hpp>

#include <tendril/detail/op_id.hpp>

namespace tendril::detail {

/// Goes through the nodes of a graph in order, or through those that `wanted` marks. `read` gives what stands for a value, or for `absent`;
/// `call` gives a list of what the node's results are, for a list of what it read, and may take the node away. `values` has them by value.
template <class Graph, class Value, class Read, class Call>
void interpret(Graph& g, std::vector<Value>& values, const std::vector<char>* wanted, Read read, Call call) {
  std::vector<decltype(read(absent))> in;
  for (std::size_t i = 0; i < g.nodes.size(); ++i) {
    if (wanted && !(*wanted)[i]) continue;
    auto& n = g.nodes[i];
    const auto first = static_cast<std::size_t>(n.first_result);
    in.clear();
    for (value_id v : n.inputs) in.push_back(read(v));
    auto out = call(n, in);
    for (std::size_t k = 0; k < out.size(); ++k) values[first + k] = std::move(out[k]);
  }
}

/// What a node reads in one place.
struct operand_read {
  const array* value = nullptr;   ///< null: an operand that is not there
  const node* literal = nullptr;  ///< the constant that a number written in code is
  bool weak = false;              ///< that, or a number that is an argument
};

/// The same over arrays: `values` holds the inputs, by value. Constants are not called: they are what they hold.
template <class Call>
void interpret(const graph& g, std::vector<array>& values, const std::vector<char>* wanted, Call call) {
  std::vector<const node*> literals(g.types.size(), nullptr);
  const auto read = [&](value_id v) {
    const auto at = static_cast<std::size_t>(v);
    return v == absent ? operand_read() : operand_read{&values[at], literals[at], g.types[at].weak};
  };
  interpret(g, values, wanted, read, [&](const node& n, std::span<const operand_read> in) -> std::vector<array> {
    if (n.id() != op_id::constant) return call(n, in);
    if (g.type_of(n.first_result).weak) literals[static_cast<std::size_t>(n.first_result)] = &n;
    return {std::get<array>(n.attrs.find("value")->value)};
  });
}

/// What the results of a graph are, once it has run.
inline std::vector<array> results_of(const graph& g, const std::vector<array>& values) {
  std::vector<array> results;
  for (value_id r : g.results) results.push_back(values[static_cast<std::size_t>(r)]);
  return results;
}

}  // namespace tendril::detail
