// Nodes in reading order.
#include "graph/depth_first.hpp"

namespace tendril::detail {

std::vector<const node*> depth_first(const graph& g) {
  const auto producers = g.producers();
  std::vector<char> seen(g.nodes.size(), 0);
  std::vector<const node*> order;
  const auto place = [&](const node& n) { return static_cast<std::size_t>(&n - g.nodes.data()); };
  const auto unseen = [&](value_id v) -> const node* {
    if (v == absent || producers[static_cast<std::size_t>(v)] < 0) return nullptr;
    const node& n = g.nodes[static_cast<std::size_t>(producers[static_cast<std::size_t>(v)])];
    return seen[place(n)] ? nullptr : &n;
  };
  // A list of nodes under way, each with its next operand: graphs are deeper than the stack.
  std::vector<std::pair<const node*, std::size_t>> open;
  const auto visit = [&](const node& last) {
    open.emplace_back(&last, 0);
    while (!open.empty()) {
      auto& [n, next] = open.back();
      if (next < n->inputs.size()) {
        if (const node* operand = unseen(n->inputs[next++])) open.emplace_back(operand, 0);
        continue;
      }
      if (!seen[place(*n)]) order.push_back(n);
      seen[place(*n)] = 1;
      open.pop_back();
    }
  };
  for (const value_id r : g.results)
    if (const node* n = unseen(r)) visit(*n);
  for (const node& n : g.nodes)
    if (is_ordered(n) && !seen[place(n)]) visit(n);
  return order;
}

}  // namespace tendril::detail
