// Products of at most 16 x 16 x 16 in registers: what a call of the blocked product costs is several of them.
//
// b goes to rows of 4, 8 or 16 elements, padded with zeros, unless it stands so; some rows of a at a time walk down it. Every element of
// the result is one chain of multiply-adds over k in order, whatever the layouts. Included by kernel units only.
#pragma once
#include "backends/eigen/gemm.hpp"
#include "backends/eigen/lanes.hpp"

namespace tendril::detail::TENDRIL_EIGEN_KERNELS {

template <class E, int Width>
struct small_product {
  using packet = typename Eigen::internal::find_best_packet<E, Width>::type;
  static constexpr int lanes = Eigen::internal::unpacket_traits<packet>::size, vectors = Width / lanes;
  // The sums of a group of rows, and what they are made of, fit the registers.
  static constexpr int rows = vectors <= 2 ? 4 : vectors <= 4 ? 2 : 1;

  template <int Rows>
  TENDRIL_INLINE static void some_rows(const gemm_args& g, const E* a, const E* b, std::int64_t b_row, E* c) {
    packet sum[Rows][vectors];
    for (int i = 0; i < Rows; ++i)
      for (int v = 0; v < vectors; ++v) sum[i][v] = Eigen::internal::pset1<packet>(E(0));
    for (std::int64_t k = 0; k < g.k; ++k, a += g.a_column, b += b_row)
      for (int v = 0; v < vectors; ++v) {
        const packet x = Eigen::internal::ploadu<packet>(b + v * lanes);
        for (int i = 0; i < Rows; ++i) sum[i][v] = Eigen::internal::pmadd(Eigen::internal::pset1<packet>(a[i * g.a_row]), x, sum[i][v]);
      }
    for (int i = 0; i < Rows; ++i, c += g.n) {
      if (g.n == Width) {
        for (int v = 0; v < vectors; ++v) Eigen::internal::pstoreu(c + v * lanes, sum[i][v]);
      } else {
        E row[Width];
        for (int v = 0; v < vectors; ++v) Eigen::internal::pstoreu(row + v * lanes, sum[i][v]);
        for (std::int64_t j = 0; j < g.n; ++j) c[j] = row[j];
      }
    }
  }

  static void run(const gemm_args& g) {
    const E* b = static_cast<const E*>(g.b);
    std::int64_t b_row = g.b_row;
    alignas(64) E padded[small_extent * Width];
    if (g.n != Width || g.b_column != 1) {
      for (std::int64_t k = 0; k < g.k; ++k)
        for (std::int64_t j = 0; j < Width; ++j) padded[k * Width + j] = j < g.n ? b[k * g.b_row + j * g.b_column] : E(0);
      b = padded;
      b_row = Width;
    }
    const E* a = static_cast<const E*>(g.a);
    E* c = static_cast<E*>(g.c);
    std::int64_t i = 0;
    for (; i + rows <= g.m; i += rows) some_rows<rows>(g, a + i * g.a_row, b, b_row, c + i * g.n);
    for (; i < g.m; ++i) some_rows<1>(g, a + i * g.a_row, b, b_row, c + i * g.n);
  }
};

/// True when it was one of these and is done.
template <class E>
bool try_small(const gemm_args& g) {
  if (g.m > small_extent || g.n > small_extent || g.k > small_extent) return false;
  if (g.n <= 4) small_product<E, 4>::run(g);
  else if (g.n <= 8) small_product<E, 8>::run(g);
  else small_product<E, 16>::run(g);
  return true;
}

}  // namespace tendril::detail::TENDRIL_EIGEN_KERNELS
