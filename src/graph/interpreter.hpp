// The interpreter of graphs: reads the operands of each node, has it called, and writes its results. Who calls says what a call is.
#pragma once
#include <span>
#include <vector>

#include <tendril/graph.hpp>

namespace tendril::detail {

/// What a node reads in one place.
struct operand_read {
  const array* value = nullptr;   ///< null: an operand that is not there
  const node* literal = nullptr;  ///< the constant that a number written in code is
  bool weak = false;              ///< that, or a number that is an argument
};

/// Runs the nodes of a graph in order, or those that `wanted` marks. `values` holds the inputs, by value; `call` gives the results of a
/// node for what it reads. Constants are not called: they are what they hold.
template <class Call>
void interpret(const graph& g, std::vector<array>& values, const std::vector<char>* wanted, Call call) {
  std::vector<const node*> literals(g.types.size(), nullptr);
  std::vector<operand_read> in;
  for (std::size_t i = 0; i < g.nodes.size(); ++i) {
    const node& n = g.nodes[i];
    if (wanted && !(*wanted)[i]) continue;
    const auto first = static_cast<std::size_t>(n.first_result);
    if (n.id() == op_id::constant) {
      values[first] = std::get<array>(n.attrs.find("value")->value);
      if (g.type_of(n.first_result).weak) literals[first] = &n;
      continue;
    }
    in.clear();
    for (value_id v : n.inputs) {
      const auto at = static_cast<std::size_t>(v);
      if (v == absent) in.emplace_back();
      else in.push_back({&values[at], literals[at], g.types[at].weak});
    }
    std::vector<array> out = call(n, std::span<const operand_read>(in));
    for (std::size_t k = 0; k < out.size(); ++k) values[first + k] = std::move(out[k]);
  }
}

/// What the results of a graph are, once it has run.
inline std::vector<array> results_of(const graph& g, const std::vector<array>& values) {
  std::vector<array> results;
  for (value_id r : g.results) results.push_back(values[static_cast<std::size_t>(r)]);
  return results;
}

}  // namespace tendril::detail
