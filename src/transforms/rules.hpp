// What the rules of derivatives are given, and what they give back.
#pragma once
#include <span>
#include <vector>

#include <tendril/graph.hpp>

namespace tendril::detail {

/// One node on the way back. A rule writes to `to` what each active input gets; the driver sums, converts dtypes, and keeps what has a
/// smaller shape than the value as it is, since it broadcasts.
struct pulled_node {
  const node& n;
  std::span<const array> in;        ///< empty arrays for operands that are not there; literals are weak arrays
  std::span<const array> out;       ///< its results
  std::span<const array> given;     ///< the cotangents of the results, which may broadcast to them; empty where there is none
  std::span<const char> active;     ///< the inputs that a gradient is asked of
  std::vector<array> to;            ///< what they get: empty for nothing
  array full(std::size_t k) const;  ///< a cotangent in the shape of its result, zeros where there is none
};
using derivative_rule = void (*)(pulled_node&);

/// The rule of an op, or null.
derivative_rule rule_of(op_id) noexcept;
/// Whether an op has no derivative because what it gives is constant nearly everywhere, or depends on no array.
bool is_flat(op_id) noexcept;

/// A cotangent of what was broadcast to `wide`, for the operand of shape `narrow`: sums over the axes on which that was repeated. Both `g`
/// and what comes out may be smaller, where they broadcast.
array reduce_to(array g, const extents& wide, const extents& narrow);

}  // namespace tendril::detail
