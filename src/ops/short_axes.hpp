// Axes of a few elements, as points and pixels have, which are taken apart into components where that gains.
#pragma once
#include <tendril/graph.hpp>

namespace tendril::detail {

/// The `from_last`th axis from the last, which broadcasting lines up. A shape that has fewer axes lacks it.
struct short_axis {
  static constexpr int farthest = 3;          ///< the most that `from_last` is
  static constexpr std::int64_t longest = 8;  ///< elements
  int from_last;

  int of(const type& t) const { return t.rank() - from_last; }
  /// Of a shape that lacks it 1.
  std::int64_t extent(const type& t) const { return of(t) < 0 ? 1 : t.shape[static_cast<std::size_t>(of(t))].value; }
  bool is_last() const { return from_last == 1; }

  /// Whether what is left of such an array without the axis is long enough to be a row: of the last axis all else, of one before it what
  /// follows it. So many that reductions across rows add one row to another, without a tree.
  bool leaves_rows(const type& t) const {
    constexpr std::int64_t fewest = 64, shortest = 1024;
    std::int64_t n = 1;
    for (int a = is_last() ? 0 : of(t) + 1; a < t.rank(); ++a)
      if (a != of(t)) n *= t.shape[static_cast<std::size_t>(a)].value;
    return n >= (is_last() ? fewest : shortest);
  }
  /// Whether an array of this type may be taken apart along it, or has one element there.
  bool fits(const type& t) const { return t.rank() >= 2 && of(t) >= 0 && extent(t) >= 1 && extent(t) <= longest && leaves_rows(t); }
};

}  // namespace tendril::detail
