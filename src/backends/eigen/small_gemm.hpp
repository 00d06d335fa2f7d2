// Products of at most 16 x 16 x 16 in registers: what a call of the blocked product costs is several of them.
//
// Rows of b and of the result are taken as 4, 8 or 16 elements wide. What is too much stands in the next row of a dense matrix: read, it
// is computed and dropped; written, the next row is written after it. Where no row follows, and where b is not dense, rows are padded.
// Every element of the result is one chain of multiply-adds over k in order, whatever the layouts. Included by kernel units only.
#pragma once
#include "backends/eigen/lanes.hpp"
#include "backends/shared/gemm.hpp"

namespace tendril::detail::TENDRIL_EIGEN_KERNELS {

template <class E, int Width>
struct small_product {
  using packet = typename Eigen::internal::find_best_packet<E, Width>::type;
  static constexpr int lanes = Eigen::internal::unpacket_traits<packet>::size, vectors = Width / lanes;
  // The sums of a group of rows, and what they are made of, fit the registers.
  static constexpr int rows = vectors <= 2 ? 4 : vectors <= 4 ? 2 : 1;

  // What a product runs on: the first `direct` rows of b where they stand, the others padded.
  struct operands {
    const E* b;
    const E* padded;
    std::int64_t direct;
    const E* end;  // of the result
  };

  template <int Rows>
  TENDRIL_INLINE static void some_rows(const gemm_args& g, const operands& o, const E* a, E* c) {
    packet sum[Rows][vectors];
    for (int i = 0; i < Rows; ++i)
      for (int v = 0; v < vectors; ++v) sum[i][v] = Eigen::internal::pset1<packet>(E(0));
    const auto accumulate = [&](const E* b, std::int64_t row, std::int64_t n) {
      for (; n > 0; --n, a += g.a_column, b += row)
        for (int v = 0; v < vectors; ++v) {
          const packet x = Eigen::internal::ploadu<packet>(b + v * lanes);
          for (int i = 0; i < Rows; ++i) sum[i][v] = Eigen::internal::pmadd(Eigen::internal::pset1<packet>(a[i * g.a_row]), x, sum[i][v]);
        }
    };
    accumulate(o.b, g.b_row, o.direct);
    accumulate(o.padded, Width, g.k - o.direct);
    for (int i = 0; i < Rows; ++i, c += g.n) {
      if (o.end - c >= Width) {
        for (int v = 0; v < vectors; ++v) Eigen::internal::pstoreu(c + v * lanes, sum[i][v]);
      } else {
        E row[Width];
        for (int v = 0; v < vectors; ++v) Eigen::internal::pstoreu(row + v * lanes, sum[i][v]);
        for (std::int64_t j = 0; j < g.n; ++j) c[j] = row[j];
      }
    }
  }

  static void run(const gemm_args& g) {
    alignas(64) E padded[small_extent * Width];
    operands o{static_cast<const E*>(g.b), padded, 0, static_cast<E*>(g.c) + g.m * g.n};
    if (g.b_column == 1 && g.n == Width) o.direct = g.k;
    else if (g.b_column == 1 && g.b_row == g.n)
      while (o.direct < g.k && o.direct * g.n + Width <= g.k * g.n) ++o.direct;
    for (std::int64_t k = o.direct; k < g.k; ++k)
      for (std::int64_t j = 0; j < Width; ++j) padded[(k - o.direct) * Width + j] = j < g.n ? o.b[k * g.b_row + j * g.b_column] : E(0);
    const E* a = static_cast<const E*>(g.a);
    E* c = static_cast<E*>(g.c);
    std::int64_t i = 0;
    for (; i + rows <= g.m; i += rows) some_rows<rows>(g, o, a + i * g.a_row, c + i * g.n);
    for (; i < g.m; ++i) some_rows<1>(g, o, a + i * g.a_row, c + i * g.n);
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

/// `count` products of square matrices whose rows lie side by side in b, and of whose last row one element more may be read, and written in
/// c where the next matrix stands.
template <class E, int N>
void square_products(const gemm_args& g, const gemm_batch& all, std::int64_t count) {
  using packet = typename small_product<E, 4>::packet;
  constexpr int lanes = small_product<E, 4>::lanes, vectors = small_product<E, 4>::vectors;
  static_assert(N <= 4);
  const E *a = static_cast<const E*>(g.a), *b = static_cast<const E*>(g.b);
  E* c = static_cast<E*>(g.c);
  for (; count > 0; --count, a += all.a_step, b += all.b_step, c += N * N) {
    packet rows[N][vectors], sums[N][vectors];
    for (int k = 0; k < N; ++k)
      for (int v = 0; v < vectors; ++v) rows[k][v] = Eigen::internal::ploadu<packet>(b + k * N + v * lanes);
    for (int i = 0; i < N; ++i)
      for (int v = 0; v < vectors; ++v) {
        sums[i][v] = Eigen::internal::pset1<packet>(E(0));
        for (int k = 0; k < N; ++k)
          sums[i][v] = Eigen::internal::pmadd(Eigen::internal::pset1<packet>(a[i * g.a_row + k * g.a_column]), rows[k][v], sums[i][v]);
      }
    for (int i = 0; i < N; ++i)
      for (int v = 0; v < vectors; ++v) Eigen::internal::pstoreu(c + i * N + v * lanes, sums[i][v]);
  }
}

}  // namespace tendril::detail::TENDRIL_EIGEN_KERNELS
