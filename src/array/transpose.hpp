// Transposed copies, by tiles of whole cache lines.
#pragma once
#include <tendril/array.hpp>

namespace tendril::engine {

/// Copies between views of one shape whose memory does not overlap, where `out` is contiguous along one axis and `in` along another.
/// False, and nothing done, where they are not, or where they are too small or of dtypes that differ or are not of 4 or 8 bytes.
bool copy_transposed(const array_view& out, const array_view& in);

}  // namespace tendril::engine
