// Extents and strides of emitted C++: which extents of a graph are arguments of its function, and sums and products of them as text.
#pragma once
#include <string>
#include <vector>

#include <tendril/graph.hpp>

namespace tendril::source_text {

/// An extent: a number, or an argument of the emitted function and a number more.
struct length {
  std::int32_t variable = -1;  ///< -1: a number
  std::int64_t plus = 0;
  bool is(std::int64_t n) const { return variable < 0 && plus == n; }
  friend auto operator<=>(const length&, const length&) = default;
};

/// A number times extents, as strides are. The extents are in order.
struct product {
  std::int64_t factor = 1;
  std::vector<length> lengths = {};
  product times(const length&) const;
  product times(std::int64_t) const;
  product times(const product&) const;
  friend bool operator==(const product&, const product&) = default;
};
/// Adds to a sum.
void add(std::vector<product>& sum, const product&);

/// The extents of all values of a graph. An extent is free, an argument of the function, where ops only ask it to equal others, or to be so
/// many less, as a slice is; where an op says it as a number, as reshape does, it is that number. So is an extent of 1, which broadcasts.
class lengths {
 public:
  explicit lengths(const graph&);
  length of(value_id v, int axis) const;
  std::vector<length> of(value_id v) const;
  /// How many arguments there are; they are numbered in the order in which the graph's inputs have them.
  std::int32_t count() const { return count_; }

 private:
  std::size_t element(value_id v, int axis) const { return first_[static_cast<std::size_t>(v)] + static_cast<std::size_t>(axis); }
  std::size_t root(std::size_t) const;
  void unite(std::size_t, std::size_t);
  void unite(value_id, value_id);  ///< axis by axis; extents may be a known number apart
  void pin(value_id v, int axis);
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
  std::vector<length> named_;  ///< by root
  std::int32_t count_ = 0;
};

/// How a slice along an axis is taken where its extent is free: from `start` elements after its beginning or, `from_end`, before its end.
struct free_slice {
  bool possible = false;    ///< otherwise the extent has to be a number
  bool free_count = false;  ///< the count is the extent and a number more; otherwise it is a number itself
  bool from_end = false;
  std::int64_t start = 0;
  std::int64_t step = 1;
};
free_slice free_slice_of(const slice&, std::int64_t recorded);

}  // namespace tendril::source_text
