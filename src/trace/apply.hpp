// What calls of ops with and without regions share, and calling a recorded node again.
#pragma once
#include <span>
#include <vector>

#include <tendril/graph.hpp>

namespace tendril::detail {

/// The attributes of a call, in the order of the record, defaults where none was given. Throws error for one that the op does not declare.
attributes complete(const op_record&, attributes);
/// Throws error where the number of operands is wrong or one holds no array.
void check_operands(const op_record&, std::span<const operand>, std::source_location);

/// Calls the op of a node with regions again, as `apply_regions` does. `inputs` are those of the node: what it captured is among them.
std::vector<array> apply_node(const node&, std::span<const operand> inputs, std::span<const region_body> bodies);

}  // namespace tendril::detail
