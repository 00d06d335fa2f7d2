// Extents and strides of emitted C++: which extents of a graph are arguments of its function, and sums and products of them as text.
#pragma once
#include <string>
#include <vector>

#include <tendril/graph.hpp>

#include "graph/equal_extents.hpp"

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
/// many less, as a slice is; where an op says it as a number, as reshape does, or the recorded function read it, it is that number. So is
/// an extent of 1, which broadcasts.
class lengths {
 public:
  explicit lengths(const graph&);
  length of(value_id v, int axis) const;
  std::vector<length> of(value_id v) const;
  /// How many arguments there are; they are numbered in the order in which the graph's inputs have them.
  std::int32_t count() const { return count_; }

 private:
  const graph& g_;
  detail::equal_extents equal_;
  std::vector<length> named_;  ///< by root
  std::int32_t count_ = 0;
};

}  // namespace tendril::source_text
