// Basic indexing: keys without ellipsis, slices against an extent.
#pragma once
#include <vector>

#include <tendril/graph.hpp>

namespace tendril::detail {

/// A basic index with its defaults and negative ends resolved against an extent: count elements from start, step apart.
struct resolved_slice {
  std::int64_t start, count, step;
};
resolved_slice resolve(const slice&, std::int64_t extent);
/// The items of a basic index without ellipsis, one for each axis or new axis. Throws index_error.
std::vector<index_item> expand_ellipsis(const std::vector<index_item>& key, int rank);

/// An item as Python writes it: "1:3", "...", and `new_axis` for a new axis. graph/text.cpp has it.
std::string spell(const index_item&, std::string_view new_axis = "newaxis");

}  // namespace tendril::detail
