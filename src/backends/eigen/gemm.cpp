// Matrix products by Eigen, compiled once per instruction set.
#include "backends/shared/gemm.hpp"

#include <type_traits>

#include <tendril/detail/with_dtype.hpp>

#include "backends/eigen/lanes.hpp"
#include "backends/eigen/small_gemm.hpp"

namespace tendril::detail::TENDRIL_EIGEN_KERNELS {

template <class E, int Order>
using matrix = Eigen::Matrix<E, Eigen::Dynamic, Eigen::Dynamic, Order>;

// What Eigen's blocked product reads well: one stride is 1.
template <class E, int Order>
using dense = Eigen::Map<const matrix<E, Order>, Eigen::Unaligned, Eigen::OuterStride<>>;

template <class E>
using result = Eigen::Map<matrix<E, Eigen::RowMajor>, Eigen::Unaligned>;

template <class E, class A, class B>
void multiply(const gemm_args& g, const A& a, const B& b) {
  result<E> c(static_cast<E*>(g.c), g.m, g.n);
  c.noalias() = a * b;
}

template <class E>
dense<E, Eigen::RowMajor> rows_at(const E* p, std::int64_t rows, std::int64_t columns, std::int64_t row) {
  return {p, rows, columns, Eigen::OuterStride<>(rows == 1 ? columns : row)};
}

// Operands that are not read in place are copied straight first. So are columns of integers: one product is compiled in place of four,
// and the copy is little beside it.
template <class E, class Next>
void with_operand(const void* data, std::int64_t rows, std::int64_t columns, std::int64_t row, std::int64_t column, const Next& next) {
  const E* p = static_cast<const E*>(data);
  if constexpr (is_real<E>)
    if (!lies_in_rows(rows, columns, row, column) && lies_in_columns(rows, columns, row, column))
      return next(dense<E, Eigen::ColMajor>(p, rows, columns, Eigen::OuterStride<>(columns == 1 ? rows : column)));
  if (is_read_in_place(is_real<E>, rows, columns, row, column)) return next(rows_at(p, rows, columns, row));
  matrix<E, Eigen::RowMajor> copy(rows, columns);
  for (std::int64_t i = 0; i < rows; ++i)
    for (std::int64_t j = 0; j < columns; ++j) copy(i, j) = p[i * row + j * column];
  next(rows_at(static_cast<const E*>(copy.data()), rows, columns, columns));
}

template <class T>
void product(const gemm_args& g) {
  using E = std::conditional_t<is_real<T>, T, unsigned_of<T>>;  // unsigned, so that integers wrap
  if constexpr (is_real<T>)
    if (try_small<E>(g)) return;
  with_operand<E>(g.a, g.m, g.k, g.a_row, g.a_column, [&](const auto& a) {
    with_operand<E>(g.b, g.k, g.n, g.b_row, g.b_column, [&](const auto& b) { multiply<E>(g, a, b); });
  });
}

template <class T>
void products(const gemm_args& first, const gemm_batch& all) {
  gemm_args g = first;
  std::int64_t i = 0;
  const auto move = [&](std::int64_t by) {
    g.a = static_cast<const T*>(g.a) + by * all.a_step;
    g.b = static_cast<const T*>(g.b) + by * all.b_step;
    g.c = static_cast<T*>(g.c) + by * g.m * g.n;
    i += by;
  };
  if (g.m == g.n && g.m == g.k && g.b_column == 1 && g.b_row == g.n && (all.b_step == 0 || all.b_step >= g.k * g.n)) {
    if (g.n == 3 && all.count > 1 && all.b_step != 0) square_products<T, 3>(g, all, all.count - 1), move(all.count - 1);
    if (g.n == 4) square_products<T, 4>(g, all, all.count), move(all.count);
  }
  for (; i < all.count; move(1)) product<T>(g);
}

const gemm_table& gemm() {
  static constexpr gemm_table table = [] {
    gemm_table t{};
    for_each_dtype<dtype_kind::integer>([&t]<class T>(T) { t.kernel[static_cast<int>(dtype_of<T>)] = &product<T>; });
    for_each_dtype<dtype_kind::real>([&t]<class T>(T) { t.batch[static_cast<int>(dtype_of<T>)] = &products<T>; });
    return t;
  }();
  return table;
}

}  // namespace tendril::detail::TENDRIL_EIGEN_KERNELS
