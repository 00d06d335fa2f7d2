// Where what belongs to a value stands in a table that has an entry for each value of a graph, as graph::types.
#pragma once
#include <tendril/graph.hpp>

namespace tendril::detail {

constexpr std::size_t at(value_id v) { return static_cast<std::size_t>(v); }

}  // namespace tendril::detail
