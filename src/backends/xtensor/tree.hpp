// Reductions of blocks as trees of xtensor expressions. A tree depends on the element type and on n alone: every instruction set, every
// number of threads and every layout gives the same bits.
#pragma once
#include <cstddef>

#include "backends/xtensor/forms.hpp"

namespace tendril::detail::TENDRIL_XTENSOR_NAMESPACE {

struct sum_fold {
  using row = add_row;
  template <class T>
  static constexpr T of_nothing = T{0};
};
struct prod_fold {
  using row = multiply_row;
  template <class T>
  static constexpr T of_nothing = T{1};
};
struct max_fold {
  using row = maximum_row;
};
struct min_fold {
  using row = minimum_row;
};
struct any_fold {
  using row = logical_or_row;
  template <class T>
  static constexpr T of_nothing = false;
};
struct all_fold {
  using row = logical_and_row;
  template <class T>
  static constexpr T of_nothing = true;
};

/// The type in which a fold computes: sums and products of integers wrap.
template <class Fold, class T>
using folded = typename spelling<typename Fold::row, T>::seen;

/// How many partial results run side by side in a tree of n elements. The most is more than 16: the compiler unrolls shorter loops before
/// it could vectorise them.
template <class T>
inline constexpr std::size_t most_lanes = sizeof(T) == 1 ? 64 : 32;
template <class T>
constexpr std::size_t lanes(std::size_t n) {
  return n >= most_lanes<T> ? most_lanes<T> : n >= 8 ? 8 : 1;
}

/// Folds n >= 1 elements; `read(first, count)` is an expression of `count` of them. Lane l takes the elements l, l + Width, ...; then the
/// lanes are folded by halves.
template <class Fold, class T, class Read, std::size_t Width = most_lanes<T>>
T tree(std::size_t n, const Read& read) {
  using row = typename Fold::row;
  constexpr assign_line assign;
  if constexpr (Width > 1) {
    if (n < Width) return tree<Fold, T, Read, lanes<T>(Width - 1)>(n, read);
  }
  T lane[Width];
  assign(line(lane, Width), read(std::size_t{0}, Width));
  std::size_t i = Width;
  for (; i + Width <= n; i += Width) assign(line(lane, Width), row::template run<T>(line(lane, Width), read(i, Width)));
  // Less than Width, which compilers see in this form alone: they warn of bytes written behind the lanes.
  if (const std::size_t rest = n % Width; rest != 0) assign(line(lane, rest), row::template run<T>(line(lane, rest), read(i, rest)));
  for (std::size_t half = Width / 2; half != 0; half /= 2)
    assign(line(lane, half), row::template run<T>(line(lane, half), line(lane + half, half)));
  return lane[0];
}

/// The same tree of n rows of `width` elements each, column by column: `read(i)` is row i as an expression, `lane` has room for
/// lanes(n) rows and receives the result in its first.
template <class Fold, class T, class Read>
void tree_of_rows(T* lane, std::size_t n, std::size_t width, const Read& read) {
  using row = typename Fold::row;
  constexpr assign_line assign;
  const auto lane_at = [&](std::size_t l) { return line(lane + l * width, width); };
  const std::size_t count = lanes<T>(n);
  for (std::size_t i = 0; i < count; ++i) assign(lane_at(i), read(i));
  for (std::size_t i = count; i < n; ++i) assign(lane_at(i % count), row::template run<T>(lane_at(i % count), read(i)));
  for (std::size_t half = count / 2; half != 0; half /= 2)
    for (std::size_t l = 0; l < half; ++l) assign(lane_at(l), row::template run<T>(lane_at(l), lane_at(half + l)));
}

template <class Fold, class T>
T tree_of(const T* x, std::size_t n) {
  return tree<Fold, T>(n, [x](std::size_t first, std::size_t count) { return line(x + first, count); });
}

/// A largest or smallest element that is NaN is the one NaN that every backend gives.
template <class Fold, class T>
T settled(T x) {
  if constexpr (std::is_floating_point_v<T> && (std::is_same_v<Fold, max_fold> || std::is_same_v<Fold, min_fold>))
    return x == x ? x : std::numeric_limits<T>::quiet_NaN();
  else return x;
}

/// The sum of squared deviations from `mean`.
template <class T>
T squared_deviations(const T* x, std::size_t n, T mean) {
  return tree<sum_fold, T>(n, [=](std::size_t first, std::size_t count) { return xt::square(line(x + first, count) - point(mean)); });
}

}  // namespace tendril::detail::TENDRIL_XTENSOR_NAMESPACE
