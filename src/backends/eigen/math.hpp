// The elementary functions that are our own, on lanes: right at every special value and within 2 ULP everywhere, by tests. They are those
// that programs spend their time in; library.hpp has the others.
//
// Methods: exp by Cody and Waite's reduction and a minimax polynomial; log after FreeBSD's e_log.c; tanh, and erf in double, after
// Cephes (tanh.c, ndtr.c); erf in float by polynomials of our own fit. Eigen 3.4's packet exp, tanh and logistic are not used: in float
// they saturate early and lose the denormal results.
#pragma once
#include <limits>

#include "backends/eigen/lanes.hpp"
#include "ops/elementary.hpp"

namespace tendril::detail::TENDRIL_EIGEN_KERNELS {

/// c[0] + c[1] x + ... + c[N - 1] x^(N-1). A last coefficient of 1 or -1 begins with an addition, which is exactly the multiply-add.
template <class T, std::size_t N>
TENDRIL_INLINE lanes<T> polynomial(lanes<T> x, const T (&c)[N]) {
  using L = lanes<T>;
  std::size_t i = N - 2;
  L r = c[N - 1] == 1 ? L::all(c[i]) + x : c[N - 1] == -1 ? L::all(c[i]) - x : madd(L::all(c[N - 1]), x, L::all(c[i]));
  while (i-- > 0) r = madd(r, x, L::all(c[i]));
  return r;
}

/// What exp_of knows of its argument: nothing; that it is not positive; that the result is neither denormal nor infinite.
enum class argument { any, negative, moderate };

/// p * 2^n for an integer n that stands in the low bits of `t`, n + magic; rounded once.
template <argument Is = argument::any, class T>
TENDRIL_INLINE lanes<T> scale(lanes<T> p, [[maybe_unused]] lanes<T> t, [[maybe_unused]] lanes<T> n) {
  using L = lanes<T>;
#if defined(__AVX512F__)
  if constexpr (sizeof(T) == 4) return {(typename L::vec)_mm512_scalef_ps((__m512)p.v, (__m512)n.v)};
  else return {(typename L::vec)_mm512_scalef_pd((__m512d)p.v, (__m512d)n.v)};
#else
  // The bits of t shifted to the exponent's place are n there: no more bits of magic are left.
  using F = format<T>;
  const auto power = [](auto e) { return L::of((e << F::mantissa) + __builtin_bit_cast(unsigned_of<T>, T(1))); };
  if constexpr (Is == argument::moderate) return p * power(t.u());
  // in two factors, so that each is a normal number where the product is denormal or overflows
  const auto half = t.u() >> 1;
  return p * power(half) * power(t.u() - half);
#endif
}

/// x limited to [low, high]; NaN stays.
template <class T>
TENDRIL_INLINE lanes<T> limit(lanes<T> x, T low, T high) {
  using L = lanes<T>;
  return L::larger(L::all(low), L::smaller(L::all(high), x));
}

/// e^x
template <argument Is = argument::any, class T>
TENDRIL_INLINE lanes<T> exp_of(lanes<T> x) {
  using L = lanes<T>;
  using F = format<T>;
  if (Is == argument::any) x = L::smaller(L::all(F::exp_high), x);
  if (Is != argument::moderate) x = L::larger(L::all(F::exp_low), x);
  const L t = madd(x, L::all(static_cast<T>(1.4426950408889634074)), L::all(F::magic));
  const L n = t - L::all(F::magic);
  L r = madd(n, L::all(-F::ln2_high), x);
  r = madd(n, L::all(-F::ln2_low), r);
  const L p = madd(polynomial(r, F::exp), r * r, r) + L::all(1);
  return scale<Is>(p, t, n);
}

/// 2^x: what is left of x beside an integer is exact, so the reduction needs no second step.
template <class T>
TENDRIL_INLINE lanes<T> exp2_of(lanes<T> x) {
  using L = lanes<T>;
  using F = format<T>;
  x = limit(x, F::exp2_low, F::exp2_high);
  const L t = x + L::all(F::magic), n = t - L::all(F::magic), r = (x - n) * L::all(static_cast<T>(0.69314718055994530942));
  return scale(madd(polynomial(r, F::exp), r * r, r) + L::all(1), t, n);
}

/// log x for x = 2^k (1 + f), f within sqrt(1/2) and sqrt(2).
template <class T>
TENDRIL_INLINE lanes<T> log_of_parts(lanes<T> k, lanes<T> f) {
  using L = lanes<T>;
  using F = format<T>;
  const L s = f / (L::all(2) + f), z = s * s, half = L::all(T(0.5)) * f * f;
  const L r = z * polynomial(z, F::log);
  return k * L::all(F::log_ln2_high) + (f - (half - madd(s, half + r, k * L::all(F::log_ln2_low))));
}

#if defined(__AVX512F__)
// The instructions that take numbers apart know the special cases: k is infinite for 0 and infinity, f NaN below 0.
TENDRIL_INLINE lanes<double> log_of(lanes<double> x) {
  using L = lanes<double>;
  const __m512d v = (__m512d)x.v, m = _mm512_getmant_pd(v, _MM_MANT_NORM_1_2, _MM_MANT_SIGN_nan), one = _mm512_set1_pd(1);
  const __mmask8 high = _mm512_cmp_pd_mask(m, _mm512_set1_pd(1.4142135623730951), _CMP_GT_OQ);
  const __m512d k = _mm512_getexp_pd(v);
  return log_of_parts(L{(L::vec)_mm512_mask_add_pd(k, high, k, one)},
                      L{(L::vec)_mm512_sub_pd(_mm512_mask_mul_pd(m, high, m, _mm512_set1_pd(0.5)), one)});
}
TENDRIL_INLINE lanes<float> log_of(lanes<float> x) {
  using L = lanes<float>;
  const __m512 v = (__m512)x.v, m = _mm512_getmant_ps(v, _MM_MANT_NORM_1_2, _MM_MANT_SIGN_nan), one = _mm512_set1_ps(1);
  const __mmask16 high = _mm512_cmp_ps_mask(m, _mm512_set1_ps(1.41421356f), _CMP_GT_OQ);
  const __m512 k = _mm512_getexp_ps(v);
  return log_of_parts(L{(L::vec)_mm512_mask_add_ps(k, high, k, one)},
                      L{(L::vec)_mm512_sub_ps(_mm512_mask_mul_ps(m, high, m, _mm512_set1_ps(0.5f)), one)});
}
#else
template <class T>
TENDRIL_INLINE lanes<T> log_of(lanes<T> x) {
  using L = lanes<T>;
  using F = format<T>;
  using U = unsigned_of<T>;
  constexpr T infinity = std::numeric_limits<T>::infinity();
  constexpr int up = F::mantissa + 2;
  const mask<T> tiny = x < L::all(std::numeric_limits<T>::min());
  const L y = tiny.select(x * L::all(static_cast<T>(std::int64_t{1} << up)), x);
  constexpr U one = __builtin_bit_cast(U, T(1));
  const auto shifted = y.u() + (one - F::sqrt_half);
  // the exponent as a number: set the bits of magic + k, take magic away
  const L k = L::of((shifted >> F::mantissa) + (__builtin_bit_cast(U, F::magic) - U(F::bias))) -
              tiny.select(L::all(F::magic + up), L::all(F::magic));
  const L f = L::of((shifted & ((U{1} << F::mantissa) - 1)) + F::sqrt_half) - L::all(1);
  L result = log_of_parts(k, f);
  result = (x == L::all(0)).select(L::all(-infinity), result);
  result = (x < L::all(0)).select(L::all(std::numeric_limits<T>::quiet_NaN()), result);
  return (x < L::all(infinity)).select(result, x);  // infinity and NaN
}
#endif

template <class T>
TENDRIL_INLINE lanes<T> tanh_of(lanes<T> x) {
  using L = lanes<T>;
  using F = format<T>;
  const L a = L::smaller(L::all(F::tanh_most), x.abs()), z = a * a;
  const mask<T> small = a < L::all(T(0.625));
  const L e = exp_of<argument::moderate>(a + a);
  L result;
  if constexpr (sizeof(T) == 4) {
    const L p = madd(polynomial(z, F::tanh) * z, a, a);
    result = small.select(p, L::all(1) - L::all(2) / (e + L::all(1)));
  } else {
    const L q = small.select(polynomial(z, F::tanh_above), L::all(2)) / small.select(polynomial(z, F::tanh_below), e + L::all(1));
    result = small.select(madd(a * z, q, a), L::all(1) - q);
  }
  return result | L::of(x.u() & L::sign_bit());
}

template <class T>
TENDRIL_INLINE lanes<T> logistic_of(lanes<T> x) {
  using L = lanes<T>;
  const L e = exp_of<argument::negative>(L::of(x.u() | L::sign_bit()));  // never overflows, and keeps the denormal results
  const mask<T> positive = x >= L::all(0);
  const L one = L::all(1), d = one + e, q = positive.select(one, e) / d;
  // Times 1 + what d gained in rounding: without it the result is 2.3 ULP off just below powers of two.
  return madd(q, (d - one) - e, q);
}

/// x sigmoid(x (c1 + c2 x^2)); -0 for -infinity. In float as x / (1 + 2^v): the rounding of v counts for more than what a reduction in two
/// steps would save, and results below 1e-37 become 0.
template <class T>
TENDRIL_INLINE lanes<T> gelu_tanh_of(lanes<T> x, lanes<T> c1, lanes<T> c2) {
  using L = lanes<T>;
  const L factor = L::larger(L::all(std::numeric_limits<T>::lowest()), x);  // infinity times nothing would be NaN
  if constexpr (sizeof(T) == 4) {
    using F = format<T>;
    constexpr T most = F::gelu_most;
    const L k = L::all(T(-1.4426950408889634074));
    L v = madd(x * x, c2 * k, c1 * k) * x;
#if defined(__AVX512DQ__)
    v = {(typename L::vec)_mm512_range_ps((__m512)v.v, (__m512)L::all(most).v, 2)};  // the nearer to zero; NaN is in x as well
#else
    v = limit(v, -most, most);
#endif
    const L t = v + L::all(F::magic), n = t - L::all(F::magic);
    return factor / (L::all(1) + scale(polynomial(v - n, F::power), t, n));
  } else {
    // products of NaNs take the sign of either: give x itself back
    return x.isNaN().select(x, factor * logistic_of(x * madd(x * x, c2, c1)));
  }
}

template <class T>
TENDRIL_INLINE lanes<T> erf_of(lanes<T> x) {
  using L = lanes<T>;
  using F = format<T>;
  const L a = L::smaller(L::all(F::erf_most), x.abs()), z = a * a;
  const mask<T> small = a < L::all(1);
  L result;
  if constexpr (sizeof(T) == 4) {
    const L e = exp_of<argument::moderate>(polynomial(a, F::erf_far));
    result = small.select(madd(a, polynomial(z, F::erf_near), a), L::all(1) - e);
  } else {
    const L e = exp_of<argument::moderate>(-z);
    const L r = small.select(polynomial(z, F::erf_near_above), e * polynomial(a, F::erf_far_above)) /
                small.select(polynomial(z, F::erf_near_below), polynomial(a, F::erf_far_below));
    // products of NaNs take the sign of either: give x itself back
    result = x.isNaN().select(x, small.select(madd(a, r, a), L::all(1) - r));
  }
  return result | L::of(x.u() & L::sign_bit());
}

template <class T>
TENDRIL_INLINE T integer_pow(T base, T exponent) {
  using U = unsigned_of<T>;
  if constexpr (std::is_signed_v<T>)
    if (exponent < 0) return base == 1 ? T(1) : base == -1 ? (exponent & 1 ? T(-1) : T(1)) : T(0);
  U r = 1, b = static_cast<U>(base);
  for (U e = static_cast<U>(exponent); e; e = static_cast<U>(e >> 1)) {
    if (e & 1) r = static_cast<U>(r * b);
    b = static_cast<U>(b * b);
  }
  return static_cast<T>(r);
}

template <class T>
TENDRIL_INLINE lanes<T> lanes<T>::exp() const {
  return exp_of(*this);
}
template <class T>
TENDRIL_INLINE lanes<T> lanes<T>::exp2() const {
  return exp2_of(*this);
}
template <class T>
TENDRIL_INLINE lanes<T> lanes<T>::log() const {
  return log_of(*this);
}
template <class T>
TENDRIL_INLINE lanes<T> lanes<T>::tanh() const {
  return tanh_of(*this);
}
template <class T>
TENDRIL_INLINE lanes<T> lanes<T>::erf() const {
  return erf_of(*this);
}
template <class T>
TENDRIL_INLINE lanes<T> lanes<T>::logistic() const {
  return logistic_of(*this);
}
template <class T>
TENDRIL_INLINE lanes<T> lanes<T>::gelu_tanh(lanes c1, lanes c2) const {
  return gelu_tanh_of(*this, c1, c2);
}
// Of real numbers: library.hpp.
template <class T>
TENDRIL_INLINE lanes<T> integer_pow(lanes<T> x, lanes<T> y) {
  lanes<T> r;
  for (int i = 0; i < lanes<T>::width; ++i) r.v[i] = integer_pow<T>(x.v[i], y.v[i]);
  return r;
}
template <>
TENDRIL_INLINE lanes<std::int32_t> lanes<std::int32_t>::pow(lanes y) const {
  return integer_pow(*this, y);
}
template <>
TENDRIL_INLINE lanes<std::int64_t> lanes<std::int64_t>::pow(lanes y) const {
  return integer_pow(*this, y);
}
template <>
TENDRIL_INLINE lanes<std::uint8_t> lanes<std::uint8_t>::pow(lanes y) const {
  return integer_pow(*this, y);
}

}  // namespace tendril::detail::TENDRIL_EIGEN_KERNELS
