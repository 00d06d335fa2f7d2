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

#if defined(__SSE2__)
// ---- of integers, by quotients of float64
//
// A quotient of two int32 is no nearer to a whole number that it is not than 2^-31 of itself, which 53 bits tell apart: truncated, it is
// the exact one. Times the reciprocal, a whole quotient may come out one too near to 0, which the rest shows. Quotients of int64 are off by
// 2^11 and more; the rest has a quotient itself, which is exact but for that one. A quotient that no T holds is limited before it is
// converted, which its rest shows too, and nothing is divided by 0: no flag is raised. What wraps on the way wraps back.
#if defined(__AVX512DQ__)
inline constexpr bool has_int64_conversions = true;
#else
inline constexpr bool has_int64_conversions = false;
#endif

/// The elements as float64, in one register or two.
template <class T>
struct reals {
  static constexpr int count = sizeof(T) == 4 ? 2 : 1, width = lanes<T>::width / count;
  typedef double vec __attribute__((vector_size(width * sizeof(double))));
  vec v[count];
};
template <class T>
TENDRIL_INLINE reals<T> reals_of(lanes<T> x) {
  reals<T> r;
  if constexpr (sizeof(T) == 8) {
#if defined(__AVX512DQ__)
    r.v[0] = (typename reals<T>::vec)_mm512_cvtepi64_pd((__m512i)x.v);
#endif
  } else {
#if defined(__AVX512F__)
    r.v[0] = _mm512_cvtepi32_pd(_mm512_castsi512_si256((__m512i)x.v));
    r.v[1] = _mm512_cvtepi32_pd(_mm512_extracti64x4_epi64((__m512i)x.v, 1));
#elif defined(__AVX2__)
    r.v[0] = _mm256_cvtepi32_pd(_mm256_castsi256_si128((__m256i)x.v));
    r.v[1] = _mm256_cvtepi32_pd(_mm256_extracti128_si256((__m256i)x.v, 1));
#else
    r.v[0] = _mm_cvtepi32_pd((__m128i)x.v);
    r.v[1] = _mm_cvtepi32_pd(_mm_unpackhi_epi64((__m128i)x.v, (__m128i)x.v));
#endif
  }
  return r;
}
/// Truncated.
template <class T>
TENDRIL_INLINE lanes<T> truncated(const reals<T>& r) {
  using V = typename lanes<T>::vec;
  if constexpr (sizeof(T) == 8) {
#if defined(__AVX512DQ__)
    return {(V)_mm512_cvttpd_epi64((__m512d)r.v[0])};
#endif
  } else {
#if defined(__AVX512F__)
    return {(V)_mm512_inserti64x4(_mm512_castsi256_si512(_mm512_cvttpd_epi32(r.v[0])), _mm512_cvttpd_epi32(r.v[1]), 1)};
#elif defined(__AVX2__)
    return {(V)_mm256_inserti128_si256(_mm256_castsi128_si256(_mm256_cvttpd_epi32(r.v[0])), _mm256_cvttpd_epi32(r.v[1]), 1)};
#else
    return {(V)_mm_unpacklo_epi64(_mm_cvttpd_epi32(r.v[0]), _mm_cvttpd_epi32(r.v[1]))};
#endif
  }
}
/// `divisors` are those of b, or where `inverse` their reciprocals.
template <class T>
TENDRIL_INLINE lanes<T> nearly_divided(lanes<T> a, const reals<T>& divisors, bool inverse) {
  reals<T> q = reals_of(a);
  const auto most = typename reals<T>::vec{} + (sizeof(T) == 8 ? 0x1.fffffffffffffp62 : 0x1.fffffffcp30);  // the last that a T holds
  for (auto& v : q.v) {
    const auto& by = divisors.v[&v - q.v];
    v = inverse ? v * by : v / by;
    v = v < most ? v : most;
  }
  return truncated(q);
}
template <class T>
TENDRIL_INLINE quotient_and_rest<lanes<T>> floored_integers(lanes<T> a, lanes<T> b, const reals<T>& divisors, bool inverse) {
  using L = lanes<T>;
  const L zero = L::all(0), one = L::all(1);
  L q = nearly_divided(a, divisors, inverse), rest = a - q * b;
  if constexpr (sizeof(T) == 8) {
    const L more = nearly_divided(rest, divisors, inverse);
    q = q + more;
    rest = rest - more * b;
  }
  const mask<T> full = rest == b;
  q = full.select(q + one, q);
  rest = full.select(zero, rest);
  const mask<T> apart = (rest < zero && b > zero) || (rest > zero && b < zero), none = b == zero;
  return {none.select(zero, apart.select(q - one, q)), none.select(zero, apart.select(rest + b, rest))};
}
#endif

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
#if defined(__SSE2__)
  if constexpr (std::is_same_v<T, std::int32_t> || (std::is_same_v<T, std::int64_t> && has_int64_conversions)) {
    const lanes<T> divisor = (b == L::all(0)).select(L::all(1), b);
    return floored_integers(a, b, reals_of(divisor), false);
  }
#endif
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
