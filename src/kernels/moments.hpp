// Mean and variance: what the rounding of the mean took from the squared deviations is given back, and squares past the greatest number
// are added up again, smaller.
//
// A moments_kernel takes deviations from a mean m that was rounded, so their sum S is not 0: the mean is m + S / n, and the sum of squares
// Q about m is S^2 / n too great. That is no more than a few roundings of Q unless the mean is far from 0, some hundred deviations in
// float32; only then are deviations added up, and numbers closer to 0 cost nothing. Of equal elements m is a few units in the last place
// off at most; S and Q are then whole multiples of one unit and of its square, computed without rounding, and the result is the element and
// 0, exactly. Chan, Golub and LeVeque, "Algorithms for computing the sample variance" (The American Statistician, 1983).
//
// A sum of squares can be infinite where the variance is not. Deviations are then multiplied by a power of two, `shrink`, in the same tree.
// That rounds nothing that counts, and the variance is finite wherever it can be held.
#pragma once
#include <cmath>
#include <cstdint>
#include <limits>

namespace tendril::engine {

/// The square of how many deviations from 0 a mean is far, inverted: a sum's rounding, some 16 units, squared, is a rounding there.
template <class T>
inline constexpr T far_from_zero = 128 * std::numeric_limits<T>::epsilon();

/// Whether the deviations must be added up. All paths compare so; with infinities and NaN there is nothing to correct.
template <class T>
bool is_far(T mean, T squares, T count) {
  return mean * mean * (count * far_from_zero<T>) > squares;
}

/// Corrects the mean and the sum of squares by the sum of deviations.
template <class T>
void correct_moments(T& mean, T& squares, T sum, T count) {
  const T c = sum / count, rest = squares - sum * c;
  mean = mean + c;
  squares = rest > 0 ? rest : T(0);
}

/// What deviations are multiplied by where the sum of their squares is infinite: the greatest ones, squared, are far below infinity then,
/// and the squares that are lost are too small to count. Two factors of the inverse square, which is none of the numbers of T itself.
template <class T>
inline constexpr T shrink = sizeof(T) == 4 ? T(0x1p-90) : T(0x1p-540);
template <class T>
inline constexpr T grow = 1 / shrink<T>;

template <class T>
bool overflows(T squares) {
  return squares == std::numeric_limits<T>::infinity();
}

/// The sums of shrunken deviations and of their squares.
template <class T>
struct shrunken {
  T squares, rest;
};
/// Mean and variance from them; `mean` is the one that deviations were taken from. Where it is infinite, so is the variance.
template <class T>
void grow_moments(T& mean, T& variance, const shrunken<T>& s, T count) {
  const T c = s.rest / count;
  T squares = s.squares;
  if (c - c == 0) {  // finite
    const T rest = squares - s.rest * c;
    squares = rest > 0 ? rest : T(0);
    mean = mean + c * grow<T>;
  }
  variance = squares / count * grow<T> * grow<T>;
}

/// Sums over n >= 1 contiguous elements, in the tree of block sums; the best for this processor.
template <class T>
struct deviation_sums {
  T (*plain)(const void* in, std::int64_t n, T mean);            ///< of x - mean
  shrunken<T> (*small)(const void* in, std::int64_t n, T mean);  ///< the same shrunken, and its squares
};
struct deviation_table {
  deviation_sums<float> float32;
  deviation_sums<double> float64;
  template <class T>
  const deviation_sums<T>& of() const {
    if constexpr (sizeof(T) == 4) return float32;
    else return float64;
  }
};
const deviation_table& deviations();

/// From a mean and the sum of squares about it to mean and variance. `rest` gives the sum of deviations, `small` the shrunken sums: each is
/// asked where it is needed.
template <class T, class Rest, class Small>
void settle_moments(T& mean, T& squares, T count, Rest rest, Small small) {
  if (overflows(squares)) return grow_moments(mean, squares, small(), count);
  if (is_far(mean, squares, count)) correct_moments(mean, squares, rest(), count);
  squares = squares / count;
}
/// The same of n contiguous elements, as a moments_kernel leaves them.
template <class T>
void settle_moments(T& mean, T& squares, const void* in, std::int64_t n) {
  const deviation_sums<T>& sums = deviations().of<T>();
  settle_moments(
      mean, squares, static_cast<T>(n), [&] { return sums.plain(in, n, mean); }, [&] { return sums.small(in, n, mean); });
}

/// What a part of a row is known by, beside its mean: the sum of squared deviations and, where that is far, of deviations. Where it
/// overflows, the sums are those of shrunken deviations, and the squares have a minus sign.
template <class T>
void settle_part(const T& mean, T& squares, T& rest, const void* in, std::int64_t n) {
  rest = 0;
  if (overflows(squares)) {
    const shrunken<T> s = deviations().of<T>().small(in, n, mean);
    squares = -s.squares, rest = s.rest;
  } else if (is_far(mean, squares, static_cast<T>(n))) {
    rest = deviations().of<T>().plain(in, n, mean);
  }
}

/// Moments of rows that are done in parts: Chan's update of (count, mean, m2), in double, so that the number of parts costs no accuracy.
/// The mean is that of the first part as it was rounded, and how far it is from there: differences of such means are exact.
struct moment {
  double n = 0, first = 0, off = 0, m2 = 0;
  bool small = false;  ///< m2 is in units of the square of grow<double>: it is past the greatest number

  double mean() const { return first + off; }
  double variance() const { return small ? m2 / n * grow<double> * grow<double> : m2 / n; }

  /// Of a part that settle_part has settled.
  template <class T>
  static moment of_part(std::int64_t n, T mean, T squares, T rest) {
    const auto count = static_cast<double>(n);
    const bool shrunk = squares < 0;
    const double sum = std::isfinite(rest) ? rest : 0, c = sum / count, m2 = std::abs(static_cast<double>(squares)) - sum * c;
    moment m{count, mean, c, m2 <= 0 ? 0 : m2, false};
    if (!shrunk) return m;
    constexpr double by = grow<T>;
    m.off *= by;
    if constexpr (sizeof(T) == sizeof(double)) m.small = true;
    else m.m2 *= by * by;
    return m;
  }

  friend moment operator+(const moment& a, const moment& b) {
    if (a.n == 0) return b;
    const double n = a.n + b.n, delta = (b.first - a.first) + (b.off - a.off), off = a.off + delta * (b.n / n);
    moment sum{n, a.first, off, 0, a.small || b.small};
    const auto m2_in = [&](bool small) {
      const double by = small ? shrink<double> : 1;
      const auto part = [&](const moment& m) { return m.small ? m.m2 : m.m2 * by * by; };
      const double parts = part(a) + part(b), apart = delta * by;
      return overflows(parts) ? parts : parts + apart * apart * (a.n * b.n / n);  // means may be infinite, and their difference NaN
    };
    sum.m2 = m2_in(sum.small);
    if (!sum.small && overflows(sum.m2)) sum.m2 = m2_in(sum.small = true);
    if (a.first + off - (a.first + off) == 0) return sum;
    sum.first = a.mean() * (a.n / n) + b.mean() * (b.n / n);  // differences of infinite means are NaN, their mean need not be
    sum.off = 0;
    return sum;
  }
};

}  // namespace tendril::engine
