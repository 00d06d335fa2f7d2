// The matrix product of two strided matrices, for each dtype.
#pragma once
#include <cstdint>

#include <tendril/fwd.hpp>

namespace tendril::detail {

/// c = a b for an m x k and a k x n matrix; strides in elements (any sign, 0 too). `c` is row-major, dense, and overlaps nothing.
struct gemm_args {
  void* c;
  const void *a, *b;
  std::int64_t m, n, k;
  std::int64_t a_row, a_column, b_row, b_column;
};
struct gemm_table {
  void (*kernel[dtype_count])(const gemm_args&);  ///< null for bool
};

/// The best one for this processor.
const gemm_table& eigen_gemm();

}  // namespace tendril::detail
