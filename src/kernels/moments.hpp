// Mean and squared deviations: what the rounding of the mean took from them is given back.
//
// A moments_kernel takes deviations from a mean m that was rounded, so their sum S is not 0: the mean is m + S / n, and the sum of squares
// Q about m is S^2 / n too great. That is no more than a few roundings of Q unless the mean is far from 0, some hundred deviations in
// float32; only then are deviations added up, and numbers closer to 0 cost nothing. Of equal elements m is a few units in the last place
// off at most; S and Q are then whole multiples of one unit and of its square, computed without rounding, and the result is the element and
// 0, exactly. Chan, Golub and LeVeque, "Algorithms for computing the sample variance" (The American Statistician, 1983).
#pragma once
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

/// The sum of x - mean over n >= 1 contiguous elements, in the tree of block sums; the best for this processor.
struct deviation_table {
  float (*float32)(const void* in, std::int64_t n, float mean);
  double (*float64)(const void* in, std::int64_t n, double mean);
  float operator()(const void* in, std::int64_t n, float mean) const { return float32(in, n, mean); }
  double operator()(const void* in, std::int64_t n, double mean) const { return float64(in, n, mean); }
};
const deviation_table& deviations();

/// Moments of rows that are done in parts: Chan's update of (count, mean, m2), in double, so that the number of parts costs no accuracy.
/// The mean is that of the first part as it was rounded, and how far it is from there: differences of such means are exact.
struct moment {
  double n = 0, first = 0, off = 0, m2 = 0;

  double mean() const { return first + off; }
  /// Of a part: its mean as it was rounded, the sum of squared deviations from it and, where that is far, of deviations.
  static moment of_part(double n, double mean, double squares, double rest) {
    const double c = rest / n, m2 = squares - rest * c;
    return {n, mean, c, m2 <= 0 ? 0 : m2};
  }
  friend moment operator+(const moment& a, const moment& b) {
    if (a.n == 0) return b;
    const double n = a.n + b.n, delta = (b.first - a.first) + (b.off - a.off), m2 = a.m2 + b.m2 + delta * delta * (a.n * b.n / n),
                 off = a.off + delta * (b.n / n);
    if (a.first + off - (a.first + off) == 0) return {n, a.first, off, m2};
    return {n, a.mean() * (a.n / n) + b.mean() * (b.n / n), 0, m2};  // differences of infinite means are NaN, their mean need not be
  }
};

}  // namespace tendril::engine
