// Vectors of 64 bytes by GCC's extension, which any processor runs, and exp, log and erf over them: at most 2 ULP, special values right.
//
// With AVX-512 the handful of steps that it has instructions for use them; elsewhere integer arithmetic does the same.
#pragma once
#include <cmath>
#include <limits>

#include "native.hpp"

#ifdef __AVX512F__
#include <immintrin.h>
#endif

namespace native {
namespace {

template <class T>
struct lanes;
template <>
struct lanes<double> {
  typedef double type __attribute__((vector_size(64)));
  typedef double unaligned __attribute__((vector_size(64), aligned(1), may_alias));
  typedef std::int64_t bits __attribute__((vector_size(64)));
};
template <>
struct lanes<float> {
  typedef float type __attribute__((vector_size(64)));
  typedef float unaligned __attribute__((vector_size(64), aligned(1), may_alias));
  typedef std::int32_t bits __attribute__((vector_size(64)));
};
template <class T>
using vec = typename lanes<T>::type;
template <class T>
constexpr index width = 64 / sizeof(T);
using vd = vec<double>;
using vf = vec<float>;

template <class T>
inline vec<T> load(const T* p) {
  return *reinterpret_cast<const typename lanes<T>::unaligned*>(p);
}
template <class T>
inline void store(T* p, vec<T> v) {
  *reinterpret_cast<typename lanes<T>::unaligned*>(p) = v;
}

#ifdef __AVX512F__
inline vd load(const double* p, index count) { return _mm512_maskz_loadu_pd(static_cast<__mmask8>((1u << count) - 1), p); }
inline vf load(const float* p, index count) { return _mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << count) - 1), p); }
inline void store(double* p, vd v, index count) { _mm512_mask_storeu_pd(p, static_cast<__mmask8>((1u << count) - 1), v); }
inline void store(float* p, vf v, index count) { _mm512_mask_storeu_ps(p, static_cast<__mmask16>((1u << count) - 1), v); }
inline vd first(vd v, index count) { return _mm512_maskz_mov_pd(static_cast<__mmask8>((1u << count) - 1), v); }
inline vf first(vf v, index count) { return _mm512_maskz_mov_ps(static_cast<__mmask16>((1u << count) - 1), v); }
inline void stream(double* p, vd v) { _mm512_stream_pd(p, v); }
inline void stream(float* p, vf v) { _mm512_stream_ps(p, v); }
inline void drain() { _mm_sfence(); }
inline double total(vd v) { return _mm512_reduce_add_pd(v); }
inline float total(vf v) { return _mm512_reduce_add_ps(v); }
inline float largest(vf v) { return _mm512_reduce_max_ps(v); }
// The second operand where one is NaN: NaN stays.
inline vd at_most(vd v, double limit) { return _mm512_min_pd(_mm512_set1_pd(limit), v); }
inline vf at_most(vf v, float limit) { return _mm512_min_ps(_mm512_set1_ps(limit), v); }
inline vd at_least(vd v, double limit) { return _mm512_max_pd(_mm512_set1_pd(limit), v); }
inline vf at_least(vf v, float limit) { return _mm512_max_ps(_mm512_set1_ps(limit), v); }
inline vf larger(vf a, vf b) { return _mm512_max_ps(a, b); }
inline vd rounded(vd v) { return _mm512_roundscale_pd(v, 8); }
inline vf rounded(vf v) { return _mm512_roundscale_ps(v, 8); }
inline vd scaled(vd v, vd power) { return _mm512_scalef_pd(v, power); }
inline vf scaled(vf v, vf power) { return _mm512_scalef_ps(v, power); }
inline vd root(vd v) { return _mm512_sqrt_pd(v); }
inline vd magnitude(vd v) { return _mm512_abs_pd(v); }
inline vd signed_as(vd v, vd sign) { return _mm512_or_pd(v, _mm512_and_pd(sign, _mm512_set1_pd(-0.0))); }
#else
template <class T>
inline vec<T> load(const T* p, index count) {
  T part[width<T>] = {};
  for (index i = 0; i < count; ++i) part[i] = p[i];
  return load(part);
}
template <class T, class V>
inline void store(T* p, V v, index count) {
  for (index i = 0; i < count; ++i) p[i] = v[i];
}
template <class V>
inline V first(V v, index count) {
  V r{};
  for (index i = 0; i < count; ++i) r[i] = v[i];
  return r;
}
template <class T, class V>
inline void stream(T* p, V v) {
  store(p, v);
}
inline void drain() {}
template <class V>
inline auto total(V v) {
  auto s = v[0];
  for (std::size_t i = 1; i < sizeof v / sizeof s; ++i) s += v[i];
  return s;
}
inline vf larger(vf a, vf b) { return a > b ? a : b; }
inline float largest(vf v) {
  float m = v[0];
  for (index i = 1; i < width<float>; ++i) m = v[i] > m ? v[i] : m;
  return m;
}
template <class V, class T>
inline V at_most(V v, T limit) {
  return v > limit ? V{} + limit : v;
}
template <class V, class T>
inline V at_least(V v, T limit) {
  return v < limit ? V{} + limit : v;
}
// The sum with 1.5 * 2^(digits - 1) is rounded to an integer.
inline vd rounded(vd v) { return (v + 0x1.8p52) - 0x1.8p52; }
inline vf rounded(vf v) { return (v + 0x1.8p23f) - 0x1.8p23f; }
// In two factors, so that neither overflows.
inline vd scaled(vd v, vd power) {
  const auto n = __builtin_convertvector(power, lanes<double>::bits), half = n >> 1;
  return v * reinterpret_cast<vd>((half + 1023) << 52) * reinterpret_cast<vd>((n - half + 1023) << 52);
}
inline vf scaled(vf v, vf power) {
  const auto n = __builtin_convertvector(power, lanes<float>::bits), half = n >> 1;
  return v * reinterpret_cast<vf>((half + 127) << 23) * reinterpret_cast<vf>((n - half + 127) << 23);
}
inline vd root(vd v) {
  for (index i = 0; i < width<double>; ++i) v[i] = std::sqrt(v[i]);
  return v;
}
inline constexpr std::int64_t sign_bit = std::numeric_limits<std::int64_t>::min();
inline vd magnitude(vd v) { return reinterpret_cast<vd>(reinterpret_cast<lanes<double>::bits>(v) & ~sign_bit); }
inline vd signed_as(vd v, vd sign) {
  return reinterpret_cast<vd>(reinterpret_cast<lanes<double>::bits>(v) | (reinterpret_cast<lanes<double>::bits>(sign) & sign_bit));
}
#endif

template <class T, int N>
inline vec<T> polynomial(vec<T> x, const T (&c)[N]) {
  vec<T> p = vec<T>{} + c[N - 1];
#pragma GCC unroll 16
  for (int i = N - 2; i >= 0; --i) p = p * x + c[i];
  return p;
}

constexpr double log2_high = 0.693147180369123816490, log2_low = 1.90821492927058770002e-10;

inline vd exponential(vd x) {
  static constexpr double c[] = {0.50000000000000010211,   0.16666666666666667452,    0.041666666666624161903,    0.0083333333333300644495,
                                 0.0013888888917196719077, 0.00019841269863040545271, 0.000024801521322368693266, 2.7557268480310025526e-6,
                                 2.7620075879983366586e-7, 2.5100375832561233664e-8};
  x = at_most(at_least(x, -746.0), 710.0);
  const vd n = rounded(x * 1.4426950408889634074);
  vd r = x - n * log2_high;
  r = r - n * log2_low;
  return scaled(1.0 + ((r * r) * polynomial(r, c) + r), n);
}

inline vf exponential(vf x) {
  static constexpr float c[] = {0.5f, 0.1666657702559798819f, 0.041666554662050533982f, 0.0083631730745137109028f,
                                0.0013926176119935578884f};
  x = at_most(at_least(x, -104.0f), 89.0f);
  const vf n = rounded(x * 1.44269504f);
  vf r = x - n * 0.693359375f;
  r = r - n * -2.12194440e-4f;
  return scaled(1.0f + ((r * r) * polynomial(r, c) + r), n);
}

// 2^x, without the reduction in two steps that e^x needs; for NaN a finite number.
inline vf power_of_two(vf x) {
  static constexpr float c[] = {1, 0.693147182f, 0.240226462f, 0.0555032864f, 0.00961848907f, 0.00133999309f, 0.000153458124f};
  constexpr float most = 150;
#ifdef __AVX512DQ__
  x = _mm512_range_ps(x, _mm512_set1_ps(most), 2);  // the nearer to zero
#else
  x = at_most(at_least(x, -most), most);
#endif
  const vf n = rounded(x);
  return scaled(polynomial(x - n, c), n);
}

inline vd logarithm(vd x) {
  static constexpr double c[] = {0.66666666666666664178, 0.40000000000007941042, 0.28571428567275934598, 0.22222223048351588063,
                                 0.18181737626302937168, 0.15388867805613716627, 0.13209708242059463252, 0.13609030262858498723};
  // x = m 2^e with m in [0.75, 1.5).
#ifdef __AVX512F__
  vd m = _mm512_getmant_pd(x, _MM_MANT_NORM_p75_1p5, _MM_MANT_SIGN_nan), e = _mm512_getexp_pd(x);
  e = _mm512_mask_add_pd(e, _mm512_cmp_pd_mask(m, _mm512_set1_pd(1), _CMP_LT_OQ), e, _mm512_set1_pd(1));
#else
  const vd normal = x < std::numeric_limits<double>::min() ? x * 0x1p54 : x;
  const auto bits = reinterpret_cast<lanes<double>::bits>(normal), steps = (bits - 0x3fe8000000000000) >> 52;
  vd m = reinterpret_cast<vd>(bits - (steps << 52)), e = __builtin_convertvector(steps, vd);
  e = x < std::numeric_limits<double>::min() ? e - 54.0 : e;
#endif
  const vd f = m - 1.0, s = f / (m + 1.0), u = s * s;
  vd t = (s * u) * polynomial(u, c);
  t = e * log2_low + t;
  t = 2.0 * s + t;
  const vd y = e * log2_high + t;
#ifdef __AVX512F__
  return _mm512_mask_mov_pd(y, _mm512_cmp_pd_mask(x, _mm512_setzero_pd(), _CMP_EQ_OQ),
                            _mm512_set1_pd(-std::numeric_limits<double>::infinity()));
#else
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const vd odd = x == 0.0 ? vd{} - infinity : (x < 0.0 ? vd{} + std::numeric_limits<double>::quiet_NaN() : x);
  return (x > 0.0) & (x < infinity) ? y : odd;
#endif
}

inline vd error_function(vd x) {
  static constexpr double near[] = {1.1283791670955125665,     -0.37612638903183540438,     0.11283791670945006266,
                                    -0.02686617064323777036,   0.0052239776071164227321,    -0.00085483259753896920806,
                                    0.00012055294904839707917, -0.000014924736907419660338, 1.644742470331736241e-6,
                                    -1.6208483801871705902e-7, 1.3720064546777685604e-8,    -7.7958988270021422416e-10};
  static constexpr double far[] = {0.2553956763105057455,       -0.42718584741395788524,    0.24165819424246985691,
                                   -0.078978581015852534702,    0.0037328924034922397801,   0.0069974617477535736328,
                                   -0.00084714319807604235899,  -0.00098197732081310227208, 0.000043554202452705895473,
                                   0.00017436697232946863504,   0.000027543128185666717319, -0.000027647305443610053841,
                                   -0.000014067532694582057696, 1.8201431959750090543e-6,   3.9170592999253885102e-6};
  const vd a = at_most(magnitude(x), 6.0), u = a * a;
  const vd small = x * polynomial(u, near);
  const vd big = 1.0 - exponential(-u) * polynomial((a - 2.0) / (a + 2.0), far);
  return a >= 1.0 ? signed_as(big, x) : small;  // NaN is not, and small
}

/// Calls f(offset, count) for each vector of n elements; count is a constant but for the last.
template <class T, class F>
inline void each_vector(index n, F f) {
  index i = 0;
  for (; i + width<T> <= n; i += width<T>) f(i, std::integral_constant<index, width<T>>());
  if (i < n) f(i, n - i);
}
template <class T>
inline vec<T> load(const T* p, std::integral_constant<index, width<T>>) {
  return load(p);
}
template <class T>
inline void store(T* p, vec<T> v, std::integral_constant<index, width<T>>) {
  store(p, v);
}

}  // namespace
}  // namespace native
