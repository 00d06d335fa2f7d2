// The matrix product of two strided matrices, for each dtype, and of batches of them: what the eigen backend does for others too.
#pragma once
#include <cstdint>

#include <tendril/array.hpp>

namespace tendril::detail {

/// c = a b for an m x k and a k x n matrix; strides in elements (any sign, 0 too). `c` is row-major, dense, and overlaps nothing.
struct gemm_args {
  void* c;
  const void *a, *b;
  std::int64_t m, n, k;
  std::int64_t a_row, a_column, b_row, b_column;
};
using gemm_kernel = void (*)(const gemm_args&);
/// So many products, whose matrices begin so many elements after each other. Results follow each other without a gap.
struct gemm_batch {
  std::int64_t count, a_step, b_step;
};
using gemm_batch_kernel = void (*)(const gemm_args& first, const gemm_batch&);
struct gemm_table {
  gemm_kernel kernel[dtype_count];       ///< null for bool
  gemm_batch_kernel batch[dtype_count];  ///< of small products; null but for reals
};

/// How the elements of a matrix lie: each row, or each column, is contiguous.
inline bool lies_in_rows(std::int64_t rows, std::int64_t columns, std::int64_t row, std::int64_t column) {
  return column == 1 && (row >= columns || rows == 1);
}
inline bool lies_in_columns(std::int64_t rows, std::int64_t columns, std::int64_t row, std::int64_t column) {
  return lies_in_rows(columns, rows, column, row);
}

/// Whether kernels read an operand where it is; others they copy first, and allocate for it.
inline bool is_read_in_place(bool is_real, std::int64_t rows, std::int64_t columns, std::int64_t row, std::int64_t column) {
  return lies_in_rows(rows, columns, row, column) ||
         (is_real ? lies_in_columns(rows, columns, row, column) : columns == 1 && (row > 0 || rows == 1));
}

/// The eigen backend's best one for this processor. Small real products run in registers, others in Eigen's blocked product.
const gemm_table& eigen_gemm();

/// The longest k that a kernel gets whole; longer ones come in pieces, whose products are added in a tree (eigen/matmul.cpp).
inline constexpr std::int64_t longest_product = 4096;

/// The largest extent of a small product.
inline constexpr std::int64_t small_extent = 16;

/// One matrix product as `matmul` reads its operands: a vector is a row on the left and a column on the right. A batch of rows
/// that lie evenly, times one matrix, is one tall product.
struct product_shape {
  array_view a, b;       ///< of rank 2 at least
  std::int64_t m, n, k;  ///< of each product
};
product_shape shape_product(const array_view& a, const array_view& b);

/// out = in[0] in[1] in NumPy's sense, by one call of the kernel for each matrix of the batch.
void multiply_batch(const array_view& out, const array_view* in, gemm_kernel kernel);

}  // namespace tendril::detail
