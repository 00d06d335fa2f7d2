// Division of many elements by one, correctly rounded, in three multiplications and additions instead of a division.
//
// The first algorithm of Brisebarre, Muller and Raina, "Accelerating correctly rounded floating-point division when the divisor is
// known in advance" (IEEE Transactions on Computers, 2004): with r = 1 / b rounded to nearest,
//     q0 = a r,  e = q0 b - a,  q = q0 - e r,  each rounded once,
// is a / b rounded to nearest. Why: e is exact, and q0 - e r is off a / b by |a / b - q0| |b r - 1|. A quotient of p-digit numbers
// is no closer to a midpoint of two of them than 1 / |b| units of 2^(1 - 2p) or so, and near the midpoint that off-ness is less, as |q0 - a
// / b| is half a unit there. So it holds wherever nothing over- or underflows, which `serves` and `within` see to; elsewhere the division
// itself is used, and as both give the same bits it does not matter for which elements. tests/backends/eigen/divisor_test.cpp compares.
#pragma once
#include "backends/eigen/lanes.hpp"

namespace tendril::detail::TENDRIL_EIGEN_KERNELS {

template <class T>
struct divisor {
  using L = lanes<T>;
  // |b| and 1 / |b| are at most `wide`, |a| at most `wide`^2 and at least its inverse: quotients are normal numbers, and the last digit of
  // e, 2^(2 - 2p) |a| or more, can be represented.
  static constexpr T wide = sizeof(T) == 4 ? T(0x1p38f) : T(0x1p300);
  L b, r;

  TENDRIL_INLINE explicit divisor(T x) : b(L::all(x)), r(L::all(1 / x)) {}
  /// Negative divisors would turn the sign of zeros.
  static TENDRIL_INLINE bool serves(T x) { return x >= 1 / wide && x <= wide; }

  friend TENDRIL_INLINE L operator/(L a, const divisor& d) {
    const L size = a.abs();
    const mask<T> within = size >= L::all(1 / (wide * wide)) && size <= L::all(wide * wide);
    if (!within.every()) [[unlikely]]
      if (!(within || a == L::all(0)).every()) return a / d.b;
    const L q = a * d.r;
    return nmadd(msub(q, d.b, a), d.r, q);
  }
};

}  // namespace tendril::detail::TENDRIL_EIGEN_KERNELS
