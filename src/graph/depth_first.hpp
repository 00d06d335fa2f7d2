// The order in which a graph is read: what texts of it and source made of it share.
#pragma once
#include <vector>

#include <tendril/graph.hpp>

namespace tendril::detail {

/// The nodes from the results on, operands first and from left to right, so that compilers which evaluate operands in another order give
/// the same; then those that stand for their effect alone. Nothing that no result needs is among them but these.
std::vector<const node*> depth_first(const graph&);

}  // namespace tendril::detail
