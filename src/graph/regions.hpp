// What the regions of a node must be, and a graph for inputs of other types.
#pragma once
#include <span>
#include <vector>

#include <tendril/graph.hpp>

namespace tendril::detail {

/// The types of what a body takes, one for each input of the node.
std::vector<type> body_inputs(const type_request&, std::size_t which);

/// What messages call a region: "region 1 (else)".
std::string spell_region(const op_record&, std::size_t which);
/// The name of the graph that is a body: "else", or "branch 2" where there may be any number.
std::string name_of_region(const op_record&, std::size_t which);

/// Throws error where a call has another number of regions than its op.
void check_region_count(const op_record&, std::size_t count);
/// Throws error where the regions of the request are not what its op takes.
void check_regions(const type_request&);

/// The graph for inputs of these types: each node is typed anew, in bodies too.
graph retyped(const graph&, std::span<const type> inputs);

/// A compiled graph without its groups, in bodies too: what is in one stands where it stood.
graph without_groups(graph);

}  // namespace tendril::detail
