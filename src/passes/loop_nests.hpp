// The nodes of a graph that run in one loop nest each: fuse makes groups of them, source code for plain C++ makes loops.
#pragma once
#include <functional>
#include <vector>

#include <tendril/graph.hpp>

namespace tendril::detail {

/// Nodes that run in one loop nest, or a node that runs alone.
struct loop_nest {
  std::vector<std::int32_t> nodes;  ///< in order
  extents space;                    ///< the largest shape among them; every value has it, or has one element for each row of it
  std::vector<std::int64_t> inner;  ///< the axes of the space along which a row lies, where some value has one element a row
  bool fused = false;               ///< false: a node that no nest takes
};

/// Who may be in a nest.
struct nest_members {
  std::function<bool(const node&)> joins;    ///< elementwise, or a reduction over at least one axis
  std::function<bool(const node&)> reduces;  ///< of those, the reductions
  std::size_t most_nodes = 256;              ///< of a nest: slots are numbered in 16 bits, and a stage should stay in the instruction cache
};

/// Every node of the graph, in nests that run in this order. Nodes with regions, without operands or with empty ones are in none.
std::vector<loop_nest> loop_nests(const graph&, const nest_members&);

}  // namespace tendril::detail
