// Elementwise arithmetic beyond + - * /: floored division, common divisors, shifts, signs and neighbours of numbers, as members and
// operators of lanes<T>.
#pragma once
#include <numeric>

#include "backends/eigen/lanes.hpp"

namespace tendril::detail::TENDRIL_EIGEN_KERNELS {

// ---- floored division
//
// Of reals, the quotient is rounded down from the exact one: 1 / 0.1 gives 9, since 0.1 is a little more than a tenth. Where the quotient q
// has no more bits than a number holds, the rounded a / b truncated is the exact one truncated or, rounded up to an integer, one too
// far from 0; a - q b is exact either way, and its sign tells. Beyond, where not every integer is a number, the rounded a / b is what
// there is. Registers of which some lane is out of the ordinary go lane by lane, by the same formula.
template <class T>
struct quotient_and_rest {
  T quotient, rest;
};

TENDRIL_INLINE float floor_of(float x) { return __builtin_floorf(x); }
TENDRIL_INLINE double floor_of(double x) { return __builtin_floor(x); }
TENDRIL_INLINE float fmod_of(float a, float b) { return __builtin_fmodf(a, b); }
TENDRIL_INLINE double fmod_of(double a, double b) { return __builtin_fmod(a, b); }
TENDRIL_INLINE float trunc_of(float x) { return __builtin_truncf(x); }
TENDRIL_INLINE double trunc_of(double x) { return __builtin_trunc(x); }
TENDRIL_INLINE float fma_of(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
TENDRIL_INLINE double fma_of(double a, double b, double c) { return __builtin_fma(a, b, c); }
/// Up to here every integer is a number.
template <class T>
inline constexpr T all_integers = static_cast<T>(std::int64_t{1} << std::numeric_limits<T>::digits);
template <class T>
TENDRIL_INLINE T zero_like(T x) {
  return __builtin_signbit(x) ? -T(0) : T(0);
}

template <class T>
TENDRIL_INLINE quotient_and_rest<T> floored(T a, T b) {
  if constexpr (!is_real<T>) {
    if (b == 0) return {0, 0};
    if constexpr (std::is_signed_v<T>)
      if (b == -1) return {static_cast<T>(0 - static_cast<unsigned_of<T>>(a)), 0};  // the smallest integer wraps
    const T q = static_cast<T>(a / b), m = static_cast<T>(a % b);
    if constexpr (!std::is_signed_v<T>) return {q, m};
    const bool apart = m != 0 && (m < 0) != (b < 0);
    return {static_cast<T>(q - apart), static_cast<T>(apart ? m + b : m)};
  } else {
    if (!__builtin_isfinite(a) || b == 0 || b != b) return {floor_of(a / b), std::numeric_limits<T>::quiet_NaN()};
    const T exact = a / b;
    if (__builtin_fabs(exact) <= all_integers<T> && __builtin_isfinite(b)) {
      const T q = trunc_of(exact), rest = fma_of(-q, b, a);
      const bool apart = rest != 0 && (rest < 0) != (b < 0);
      return {apart ? q - 1 : q, rest == 0 ? zero_like(b) : apart ? rest + b : rest};
    }
    const T m = fmod_of(a, b);
    return {floor_of(exact), m == 0 ? zero_like(b) : (m < 0) != (b < 0) ? m + b : m};
  }
}

/// Both at once; whoever needs one lets the compiler drop the other.
template <class T>
TENDRIL_INLINE quotient_and_rest<lanes<T>> floored(lanes<T> a, lanes<T> b) {
  using L = lanes<T>;
  quotient_and_rest<L> r;
  if constexpr (is_real<T> && has_fma && has_packet<T>) {
    const L exact = a / b, q = exact.trunc();
    const auto plain = exact.abs() <= L::all(all_integers<T>) && b.abs() < L::all(std::numeric_limits<T>::infinity());
    if (plain.every()) {
      const L rest = nmadd(q, b, a), zero = L::all(0);
      const auto apart = (rest < zero && b > zero) || (rest > zero && b < zero);
      r.quotient = apart.select(q - L::all(1), q);
      r.rest = apart.select(rest + b, (rest == zero).select(L::of(b.u() & L::sign_bit()), rest));
      return r;
    }
  }
  for (int i = 0; i < L::width; ++i) {
    const auto one = floored(static_cast<typename L::scalar>(a.v[i]), static_cast<typename L::scalar>(b.v[i]));
    r.quotient.v[i] = one.quotient;
    r.rest.v[i] = one.rest;
  }
  return r;
}

template <class T>
TENDRIL_INLINE lanes<T> lanes<T>::floor_divide(lanes b) const {
  return floored(*this, b).quotient;
}
template <class T>
TENDRIL_INLINE lanes<T> lanes<T>::remainder(lanes b) const {
  return floored(*this, b).rest;
}

// ---- common divisors and multiples: of magnitudes, which hold that of the lowest integer
template <class T>
TENDRIL_INLINE unsigned_of<T> magnitude(T x) {
  using U = unsigned_of<T>;
  return x < 0 ? static_cast<U>(U{0} - static_cast<U>(x)) : static_cast<U>(x);
}
template <class T>
TENDRIL_INLINE lanes<T> lanes<T>::gcd(lanes b) const {
  TENDRIL_BY_LANE(r, static_cast<T>(std::gcd(magnitude<T>(v[i]), magnitude<T>(b.v[i]))))
  return r;
}
template <class T>
TENDRIL_INLINE lanes<T> lanes<T>::lcm(lanes b) const {
  const auto multiple = [](unsigned_of<T> x, unsigned_of<T> y) {
    return x == 0 ? unsigned_of<T>{0} : static_cast<unsigned_of<T>>(x / std::gcd(x, y) * y);
  };
  TENDRIL_BY_LANE(r, static_cast<T>(multiple(magnitude<T>(v[i]), magnitude<T>(b.v[i]))))
  return r;
}

// ---- bits
/// Counts outside [0, bits) shift every bit out.
template <class T>
TENDRIL_INLINE lanes<T> operator<<(lanes<T> a, lanes<T> b) {
  constexpr unsigned_of<T> bits = 8 * sizeof(T);
  const auto inside = reinterpret_cast<typename lanes<T>::uvec>(b.u() < bits);
  return lanes<T>::of((a.u() << (b.u() & (bits - 1))) & inside);
}
template <class T>
TENDRIL_INLINE lanes<T> operator>>(lanes<T> a, lanes<T> b) {
  constexpr unsigned_of<T> bits = 8 * sizeof(T);
  const auto inside = reinterpret_cast<typename lanes<T>::uvec>(b.u() < bits);
  if constexpr (!std::is_signed_v<T>) return lanes<T>::of((a.u() >> (b.u() & (bits - 1))) & inside);
  const auto count = (b.u() & inside) | (~inside & (bits - 1));  // a shift by all bits but one leaves the sign
  return {reinterpret_cast<typename lanes<T>::vec>(reinterpret_cast<typename lanes<T>::svec>(a.v) >>
                                                   reinterpret_cast<typename lanes<T>::svec>(count))};
}

// ---- signs, neighbours
template <class T>
TENDRIL_INLINE mask<T> lanes<T>::signbit() const {
  if constexpr (is_real<T>) {
#if defined(__AVX512BW__)
    if constexpr (sizeof(T) == 4) return {_mm512_movepi32_mask((__m512i)v)};
    else return {_mm512_movepi64_mask((__m512i)v)};
#else
    return {reinterpret_cast<svec>(reinterpret_cast<svec>(v) < svec{})};
#endif
  } else {
    return *this < all(0);
  }
}
template <class T>
TENDRIL_INLINE mask<T> lanes<T>::isInf() const {
  if constexpr (is_real<T>) return abs() == all(std::numeric_limits<T>::infinity());
  else return *this != *this;
}
template <class T>
TENDRIL_INLINE lanes<T> lanes<T>::copysign(lanes b) const {
  return of((u() & ~sign_bit()) | (b.u() & sign_bit()));
}
/// The bits of a number, read as an integer, count numbers of one sign: the next one is a step of 1 away.
template <class T>
TENDRIL_INLINE lanes<T> lanes<T>::nextafter(lanes b) const {
  const lanes zero = all(0), step = of(uvec{} + 1);
  const auto away = (*this<b&&* this> zero) || (b < *this && *this < zero);  // to greater magnitudes
  const lanes moved = away.select(of(u() + step.u()), of(u() - step.u())), smallest = of(step.u() | (b.u() & sign_bit()));
  const lanes near = (*this == zero).select(smallest, moved);
  return (*this == b).select(b, mask<T>::unordered(*this, b).select(*this + b, near));
}

}  // namespace tendril::detail::TENDRIL_EIGEN_KERNELS
