// Products whose result is a few numbers, of long operands: dot products, and gradients X' r, which the blocked product takes one chain of
// multiply-adds for.
//
// What lies side by side in memory fills registers: elements along k of both operands, or whole rows of one, which are scaled by the
// elements of the other. Several sums run beside each other, since each waits for its last addition. Of a row that does not fill its last
// register the next row's elements are read, computed and dropped, as long as a row follows.
#include "backends/eigen/thin.hpp"

#include <tendril/detail/with_dtype.hpp>

#include "backends/eigen/lanes.hpp"

namespace tendril::detail::TENDRIL_EIGEN_KERNELS {
namespace {

constexpr int most_thin = 3;  // rows or columns of the result; more are worth packing for

template <class E>
TENDRIL_INLINE E sum_of_lanes(lanes<E> x) {
  for (int half = lanes<E>::width / 2; half > 0; half /= 2)
    for (int i = 0; i < half; ++i) x.v[i] += x.v[i + half];
  return x.v[0];
}

template <class E>
E dot(const E* a, const E* b, std::int64_t k) {
  using L = lanes<E>;
  constexpr int width = L::width, chains = 8;
  L sum[chains];
  for (L& s : sum) s = L::all(0);
  std::int64_t i = 0;
  for (; i + chains * width <= k; i += chains * width)
    for (int c = 0; c < chains; ++c) sum[c] = madd(L::load(a + i + c * width), L::load(b + i + c * width), sum[c]);
  for (; i + width <= k; i += width) sum[0] = madd(L::load(a + i), L::load(b + i), sum[0]);
  if (i < k) sum[1] = madd(L::load(a + i, static_cast<int>(k - i)), L::load(b + i, static_cast<int>(k - i)), sum[1]);
  for (int half = chains / 2; half > 0; half /= 2)
    for (int c = 0; c < half; ++c) sum[c] = sum[c] + sum[c + half];
  return sum_of_lanes(sum[0]);
}

/// The sum of `k` rows of `n` elements, each scaled by an element of x; rows are `row_step` >= n apart.
template <class E, int Vectors>
void scaled_rows(E* out, std::int64_t out_step, const E* x, std::int64_t x_step, const E* rows, std::int64_t row_step, std::int64_t n,
                 std::int64_t k) {
  using L = lanes<E>;
  constexpr int width = L::width, chains = 8 / Vectors;
  L sum[chains][Vectors];
  for (auto& chain : sum)
    for (L& s : chain) s = L::all(0);
  const auto add = [&](L* to, auto last) {
    const L scale = L::all(*x);
    for (int v = 0; v + 1 < Vectors; ++v) to[v] = madd(scale, L::load(rows + v * width), to[v]);
    to[Vectors - 1] = madd(scale, last(rows + (Vectors - 1) * width), to[Vectors - 1]);
    x += x_step;
    rows += row_step;
  };
  // Behind so many rows there is memory for whole registers.
  const std::int64_t beyond = Vectors * width - n, cut = beyond == 0 ? 0 : (beyond + row_step - 1) / row_step,
                     whole = k > cut ? k - cut : 0;
  std::int64_t i = 0;
  for (; i + chains <= whole; i += chains)
    for (int c = 0; c < chains; ++c) add(sum[c], [](const E* p) { return L::load(p); });
  for (; i < whole; ++i) add(sum[0], [](const E* p) { return L::load(p); });
  const int some = static_cast<int>(n - (Vectors - 1) * width);
  for (; i < k; ++i) add(sum[chains - 1], [some](const E* p) { return L::load(p, some); });
  for (int half = chains / 2; half > 0; half /= 2)
    for (int c = 0; c < half; ++c)
      for (int v = 0; v < Vectors; ++v) sum[c][v] = sum[c][v] + sum[c + half][v];
  for (std::int64_t j = 0; j < n; ++j) out[j * out_step] = sum[0][j / width].v[j % width];
}

template <class E>
bool product(const gemm_args& g) {
  constexpr std::int64_t fewest = 64, width = lanes<E>::width, most_vectors = 4;
  if (g.k < fewest || (g.m > most_thin && g.n > most_thin)) return false;
  const E *a = static_cast<const E*>(g.a), *b = static_cast<const E*>(g.b);
  E* c = static_cast<E*>(g.c);
  if (g.a_column == 1 && g.b_row == 1 && g.m <= most_thin && g.n <= most_thin) {
    for (std::int64_t i = 0; i < g.m; ++i)
      for (std::int64_t j = 0; j < g.n; ++j) c[i * g.n + j] = dot(a + i * g.a_row, b + j * g.b_column, g.k);
    return true;
  }
  const auto sum = [&](E* out, std::int64_t out_step, const E* x, std::int64_t x_step, const E* rows, std::int64_t row_step,
                       std::int64_t n) {
    if (n <= width) scaled_rows<E, 1>(out, out_step, x, x_step, rows, row_step, n, g.k);
    else if (n <= 2 * width) scaled_rows<E, 2>(out, out_step, x, x_step, rows, row_step, n, g.k);
    else scaled_rows<E, 4>(out, out_step, x, x_step, rows, row_step, n, g.k);
  };
  const auto wide = [](std::int64_t n, std::int64_t step, std::int64_t row_step) {
    const bool vectors = n <= 2 * width || (n > 3 * width && n <= most_vectors * width);  // all of them filled in part at least
    return n > 1 && step == 1 && row_step >= n && vectors;
  };
  if (g.m <= most_thin && wide(g.n, g.b_column, g.b_row)) {
    for (std::int64_t i = 0; i < g.m; ++i) sum(c + i * g.n, 1, a + i * g.a_row, g.a_column, b, g.b_row, g.n);
    return true;
  }
  if (g.n <= most_thin && wide(g.m, g.a_row, g.a_column)) {
    for (std::int64_t j = 0; j < g.n; ++j) sum(c + j, g.n, b + j * g.b_column, g.b_row, a, g.a_column, g.m);
    return true;
  }
  return false;
}

}  // namespace

const thin_table& thin() {
  static constexpr thin_table table = [] {
    thin_table t{};
    for_each_dtype<dtype_kind::real>([&t]<class T>(T) { t.kernel[static_cast<int>(dtype_of<T>)] = &product<T>; });
    return t;
  }();
  return table;
}

}  // namespace tendril::detail::TENDRIL_EIGEN_KERNELS
