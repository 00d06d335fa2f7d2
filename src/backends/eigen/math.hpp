// The elementary functions that are our own, on lanes: right at every special value and within 2 ULP everywhere, by tests. They are those
// that programs spend their time in; library.hpp has the others.
//
// Methods: exp by Cody and Waite's reduction and a minimax polynomial; log after FreeBSD's e_log.c; tanh, and erf in double, after
// Cephes (tanh.c, ndtr.c); erf in float by polynomials of our own fit. Eigen 3.4's packet exp, tanh and logistic are not used: in float
// they saturate early and lose the denormal results.
#pragma once
#include "backends/eigen/constants.hpp"
#include "backends/eigen/lanes.hpp"

namespace tendril::detail::TENDRIL_EIGEN_KERNELS {

/// c[0] + c[1] x + ... + c[N - 1] x^(N-1).
template <class T, std::size_t N>
TENDRIL_INLINE lanes<T> polynomial(lanes<T> x, const T (&c)[N]) {
  lanes<T> r = lanes<T>::all(c[N - 1]);
  for (std::size_t i = N - 1; i-- > 0;) r = madd(r, x, lanes<T>::all(c[i]));
  return r;
}

/// p * 2^n for an integer n that stands in the low bits of `t`, n + magic; rounded once.
template <class T>
TENDRIL_INLINE lanes<T> scale(lanes<T> p, [[maybe_unused]] lanes<T> t, [[maybe_unused]] lanes<T> n) {
  using L = lanes<T>;
#if defined(__AVX512F__)
  if constexpr (sizeof(T) == 4) return {(typename L::vec)_mm512_scalef_ps((__m512)p.v, (__m512)n.v)};
  else return {(typename L::vec)_mm512_scalef_pd((__m512d)p.v, (__m512d)n.v)};
#else
  // in two factors, so that each is a normal number where the product is denormal or overflows
  using F = format<T>;
  using U = unsigned_of<T>;
  constexpr U shift = U{1} << 20;
  const auto i = t.u() - __builtin_bit_cast(U, F::magic) + 2 * shift, half = (i >> 1) - shift, rest = i - 2 * shift - half;
  const auto power = [](auto e) { return L::of((e + static_cast<U>(F::bias)) << F::mantissa); };
  return p * power(half) * power(rest);
#endif
}

/// x limited to [low, high]; NaN stays.
template <class T>
TENDRIL_INLINE lanes<T> limit(lanes<T> x, T low, T high) {
  using L = lanes<T>;
  return L::larger(L::all(low), L::smaller(L::all(high), x));
}

/// e^x; `Negative`: x is known not to be positive.
template <bool Negative = false, class T>
TENDRIL_INLINE lanes<T> exp_of(lanes<T> x) {
  using L = lanes<T>;
  using F = format<T>;
  x = Negative ? L::larger(L::all(F::exp_low), x) : limit(x, F::exp_low, F::exp_high);
  const L t = madd(x, L::all(static_cast<T>(1.4426950408889634074)), L::all(F::magic));
  const L n = t - L::all(F::magic);
  L r = madd(n, L::all(-F::ln2_high), x);
  r = madd(n, L::all(-F::ln2_low), r);
  const L p = madd(polynomial(r, F::exp), r * r, r) + L::all(1);
  return scale(p, t, n);
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
  const L a = x.abs(), z = x * x;
  const mask<T> small = a < L::all(T(0.625));
  const L e = exp_of(a + a);
  L result;
  if constexpr (sizeof(T) == 4) {
    constexpr T c[] = {-3.33332819422e-1f, 1.33314422036e-1f, -5.37397155531e-2f, 2.06390887954e-2f, -5.70498872745e-3f};
    const L p = madd(polynomial(z, c) * z, a, a);
    result = small.select(p, L::all(1) - L::all(2) / (e + L::all(1)));
  } else {
    constexpr T c[] = {-1.61468768441708447952e3, -9.92877231001918586564e1, -9.64399179425052238628e-1};
    constexpr T d[] = {4.84406305325125486048e3, 2.23548839060100448583e3, 1.12811678491632931402e2, 1};
    const L q = small.select(polynomial(z, c), L::all(2)) / small.select(polynomial(z, d), e + L::all(1));
    result = small.select(madd(a * z, q, a), L::all(1) - q);
  }
  return result | L::of(x.u() & L::sign_bit());
}

template <class T>
TENDRIL_INLINE lanes<T> logistic_of(lanes<T> x) {
  using L = lanes<T>;
  const L e = exp_of<true>(L::of(x.u() | L::sign_bit()));  // never overflows, and keeps the denormal results
  const mask<T> positive = x >= L::all(0);
  const L one = L::all(1), d = one + e, q = positive.select(one, e) / d;
  // Times 1 + what d gained in rounding: without it the result is 2.3 ULP off just below powers of two.
  return madd(q, (d - one) - e, q);
}

/// x sigmoid(x (c1 + c2 x^2)). In float as x / (1 + 2^v): the rounding of v counts for more than what a reduction in two steps would save,
/// and results below 1e-37 become 0.
template <class T>
TENDRIL_INLINE lanes<T> gelu_tanh_of(lanes<T> x, lanes<T> c1, lanes<T> c2) {
  using L = lanes<T>;
  if constexpr (sizeof(T) == 4) {
    using F = format<T>;
    constexpr T c[] = {1, 0.693147182f, 0.240226462f, 0.0555032864f, 0.00961848907f, 0.00133999309f, 0.000153458124f};  // 2^r
    constexpr T most = 150;
    const L k = L::all(T(-1.4426950408889634074));
    L v = madd(x * x, c2 * k, c1 * k) * x;
#if defined(__AVX512DQ__)
    v = {(typename L::vec)_mm512_range_ps((__m512)v.v, (__m512)L::all(most).v, 2)};  // the nearer to zero; NaN is in x as well
#else
    v = limit(v, -most, most);
#endif
    const L t = v + L::all(F::magic), n = t - L::all(F::magic);
    return x / (L::all(1) + scale(polynomial(v - n, c), t, n));
  } else {
    // products of NaNs take the sign of either: give x itself back
    return x.isNaN().select(x, x * logistic_of(x * madd(x * x, c2, c1)));
  }
}

template <class T>
TENDRIL_INLINE lanes<T> erf_of(lanes<T> x) {
  using L = lanes<T>;
  const L z = x * x;
  L result;
  if constexpr (sizeof(T) == 4) {
    constexpr T c[] = {0.12837916585f,    -0.376126266667f,    0.112835947152f,  -0.0268542120106f,
                       0.00518908742343f, -0.000801686428717f, 7.87587506269e-5f};
    // log(erfc(a)) on [1, 4]; erf is 1 from there on
    constexpr T d[] = {0.000320138049678f, -1.13023343484f,    -0.631826051559f,   -0.110080082949f, 0.0264211360057f,
                       -0.00475959629327f, 0.000596805625661f, -4.60580426892e-5f, 1.63715141459e-6f};
    const L a = limit(x.abs(), T(0), T(4));
    result = (a < L::all(1)).select(madd(a, polynomial(z, c), a), L::all(1) - exp_of(polynomial(a, d)));
  } else {
    // Cephes' numerator less the denominator u: erf(a) = a + a t(a^2) / u(a^2), where the quotient is small, and its rounding errors too
    constexpr T t[] = {6.324907040175904168200e3,  -1.562567492026104266987e4, -2.362318483762958087610e3,
                       -4.313319300597684108733e2, -2.395674042487979357721e1, -1};
    constexpr T u[] = {4.92673942608635921086e4, 2.26290000613890934246e4, 4.59432382970980127987e3,
                       5.21357949780152679795e2, 3.35617141647503099647e1, 1};
    constexpr T p[] = {5.57535335369399327526e2, 1.02755188689515710272e3,  9.34528527171957607540e2,
                       5.26445194995477358631e2, 1.96520832956077098242e2,  4.86371970985681366614e1,
                       7.46321056442269912687e0, 5.64189564831068821977e-1, 2.46196981473530512524e-10};
    constexpr T q[] = {5.57535340817727675546e2, 1.65666309194161350182e3, 2.24633760818710981792e3,
                       1.82390916687909736289e3, 9.75708501743205489753e2, 3.54937778887819891062e2,
                       8.67072140885989742329e1, 1.32281951154744992508e1, 1};
    const L a = limit(x.abs(), T(0), T(6));
    const mask<T> small = a < L::all(1);
    const L r = small.select(polynomial(z, t), exp_of(-(a * a)) * polynomial(a, p)) / small.select(polynomial(z, u), polynomial(a, q));
    // products of NaNs take the sign of either: give x itself back
    result = x.isNaN().select(x, small.select(madd(a, r, a), L::all(1) - r));
  }
  return result | L::of(x.u() & L::sign_bit());
}

template <class T>
TENDRIL_INLINE T integer_pow(T base, T exponent) {
  using U = unsigned_of<T>;
  if (exponent < 0) return base == 1 ? T(1) : base == -1 ? (exponent & 1 ? T(-1) : T(1)) : T(0);
  U r = 1, b = static_cast<U>(base);
  for (U e = static_cast<U>(exponent); e; e >>= 1) {
    if (e & 1) r *= b;
    b *= b;
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

}  // namespace tendril::detail::TENDRIL_EIGEN_KERNELS
