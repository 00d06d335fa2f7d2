// The ids of the ops: the rows of ops.def in their order, and nothing else, for what knows ops but not graphs.
#pragma once
#include <tendril/fwd.hpp>

namespace tendril {

/// The rows of ops.def, in their order, then the ids that no row has.
enum class op_id : std::uint16_t {
#define OP(name, ...) name,
#include <tendril/ops.def>
  constant,  ///< a captured array or a scalar literal: attribute `value`
  group,     ///< made by fuse: one region, run as one loop nest
  custom,    ///< a user's op
};
inline constexpr int op_count = static_cast<int>(op_id::custom) + 1;

}  // namespace tendril
