// Kernels along one axis that are compiled once per instruction set: running totals, checked indices, gathers, searches, sorting of
// short rows.
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

/// out[i] = from[offsets[i]] for elements of one size.
using gather_kernel = void (*)(void* out, const void* from, const std::int64_t* offsets, std::int64_t n);

/// Both at once: out[i] = from[stride * (index[i], counted from the end where negative) + i * step]. Returns the position of the first
/// index outside [-extent, extent), or -1; what such an index names is not read.
struct indexed_row {
  void* out;
  const void *from, *index;
  std::int64_t n, extent, stride, step;
};
using take_kernel = std::int64_t (*)(const indexed_row&);

/// found[i] is how many of n sorted numbers come before wanted[i], NaN being the largest.
using search_kernel = void (*)(std::int64_t* found, const void* sorted, std::int64_t n, const void* wanted, std::int64_t count);

/// The same down columns that stand side by side, for rows that are some elements apart.
struct column_scan {
  void* out;
  const void* in;
  std::int64_t out_step, in_step, rows, columns;
};
using column_kernel = void (*)(const column_scan&);

/// Sorts each of some rows of n unsigned keys, which follow one another, in ascending order. All lanes of a register sort a row each, by
/// one network, so short rows are best, and many.
using row_sorter = void (*)(void* keys, std::int64_t rows, std::int64_t n);
inline constexpr std::int64_t longest_sorted_row = 512;

struct axis_table {
  scan_kernel sum[dtype_count], prod[dtype_count];  ///< null for bool
  column_kernel sum_columns[dtype_count], prod_columns[dtype_count];
  row_sorter sort4, sort8;
  index_kernel int32_offsets, int64_offsets;
  gather_kernel gather1, gather4, gather8;
  take_kernel int32_take1, int32_take4, int32_take8, int64_take1, int64_take4, int64_take8;
  search_kernel left[dtype_count], right[dtype_count];  ///< before the wanted ones; before and equal to them. Null for bool
};

/// The best ones for this processor.
const axis_table& eigen_axis();

}  // namespace tendril::detail
