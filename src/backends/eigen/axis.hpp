// Kernels along one axis that are compiled once per instruction set: running totals, checked indices, gathers.
#pragma once
#include <cstdint>

#include <tendril/array.hpp>

namespace tendril::detail {

/// out[i] = in[0] + ... + in[i], or the product, over n >= 1 contiguous elements. The order of additions depends on i alone, neither on
/// n nor on the instruction set.
using scan_kernel = void (*)(void* out, const void* in, std::int64_t n);

/// offsets[i] = stride * (index[i], counted from the end where negative). Returns the position of the first index outside
/// [-extent, extent), or -1. Indices are int32 or int64.
using index_kernel = std::int64_t (*)(std::int64_t* offsets, const void* index, std::int64_t n, std::int64_t extent, std::int64_t stride);

/// out[i] = from[offsets[i] + i * step] for elements of one size.
using gather_kernel = void (*)(void* out, const void* from, const std::int64_t* offsets, std::int64_t step, std::int64_t n);

struct axis_table {
  scan_kernel sum[dtype_count], prod[dtype_count];  ///< null for bool
  index_kernel int32_offsets, int64_offsets;
  gather_kernel gather1, gather4, gather8;
};

/// The best ones for this processor.
const axis_table& eigen_axis();

}  // namespace tendril::detail
