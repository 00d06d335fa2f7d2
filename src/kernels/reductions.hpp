// The reductions of groups: which nodes they are, along which axes, by which kernels. Fusion and lowering ask here.
#pragma once
#include <optional>

#include <tendril/graph.hpp>

#include "kernels/backend.hpp"

namespace tendril::engine {

/// A node that a group may have one result a row of: sums and the like, moments, argmax and argmin.
bool is_reduction(const node&);

/// The axes that go, in order.
std::vector<std::int64_t> reduced_axes(const node&, int rank);

/// What is made of each block; of a search, the extreme whose place it is. Nothing for moments, and for what other ops express.
std::optional<reduction> reduction_of(op_id);

/// The elementwise op that joins two results of it.
op_id combiner_of(reduction);

/// Whether rows can be numbered by integers of the size of the elements, as searches across rows do. `type` is that of the operand.
bool numbers_fit(const node&, const type&);

/// Whether there are kernels for a reduction of elements of this type, by which a group may have it. `type` is that of its operand.
bool has_kernels(const backend&, const node&, const type&);

}  // namespace tendril::engine
