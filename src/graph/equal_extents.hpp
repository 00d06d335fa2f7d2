// Which extents of a graph are equal whatever the arguments are, or a known number apart, and on which of its inputs' they depend.
#pragma once
#include <utility>
#include <vector>

#include <tendril/graph.hpp>

namespace tendril::detail {

/// A union of the extents of all values of a graph: two are in one class where ops ask them to be equal, or to be so many less, as a slice
/// is. A class is pinned where an op says an extent as a number, as reshape does, and where it is 1, which broadcasts.
class equal_extents {
 public:
  explicit equal_extents(const graph&);
  /// The class of an extent, which is one of its elements.
  std::size_t class_of(value_id v, int axis) const { return root(element(v, axis)); }
  bool is_pinned(std::size_t of_class) const { return pinned_[of_class] != 0; }
  std::int64_t recorded(std::size_t element) const { return recorded_[element]; }
  std::int64_t recorded(value_id v, int axis) const { return recorded_[element(v, axis)]; }
  std::size_t size() const { return recorded_.size(); }
  void pin(value_id v, int axis);

 private:
  std::size_t element(value_id v, int axis) const { return first_[static_cast<std::size_t>(v)] + static_cast<std::size_t>(axis); }
  std::size_t root(std::size_t) const;
  void unite(std::size_t, std::size_t);
  void unite(value_id, value_id);  ///< axis by axis; extents may be a known number apart
  void pin(value_id v);
  void pin(const node&);
  void unite_broadcast(const node&);
  void unite_reduced(const node&);
  void unite_slices(const node&);
  void unite_product(const node&);
  void unite_taken(const node&);
  void see(const node&);

  const graph& g_;
  std::vector<std::size_t> first_, parent_;
  std::vector<std::int64_t> recorded_;
  std::vector<char> pinned_;
};

/// An extent of a value; of all its axes with `every_axis`.
using read_extent = std::pair<value_id, int>;
inline constexpr int every_axis = -1;
/// The extents of inputs that these follow from, in order.
std::vector<input_extent> inputs_behind(const graph&, std::span<const read_extent>);
/// Adds to those that the graph depends on.
void fix(graph&, std::span<const read_extent>);
/// The graph is for the extents that it was recorded with.
void fix_all(graph&);

/// How a slice along an axis is taken where its extent is free: from `start` elements after its beginning or, `from_end`, before its end.
struct free_slice {
  bool possible = false;    ///< otherwise the extent has to be a number
  bool free_count = false;  ///< the count is the extent and a number more; otherwise it is a number itself
  bool from_end = false;
  std::int64_t start = 0;
  std::int64_t step = 1;
};
free_slice free_slice_of(const slice&, std::int64_t recorded);

}  // namespace tendril::detail
