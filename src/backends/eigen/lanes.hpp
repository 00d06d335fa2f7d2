// One vector register of elements, speaking Eigen's array vocabulary: what the `eigen` kernels of ops.def are written in.
//
// Why not Eigen's own array expressions: those of 3.4 run scalar code of another algorithm at the ends of an array (an element's
// value would depend on where it stands), have no vectorised comparisons, selections or int64, and lose the sign of zero in
// negation. What Eigen's packets do right (multiply-add, square root, rounding, the body of pow) is taken from them.
// Included by kernel units only: everything is in the namespace of the unit's instruction set.
#pragma once
#define EIGEN_DONT_PARALLELIZE
#define EIGEN_NO_IO
#ifndef EIGEN_FAST_MATH
#define EIGEN_FAST_MATH 0  // square roots that are correctly rounded
#endif
#include <Eigen/Core>
#include <cstdint>
#include <limits>
#include <type_traits>

#if defined(__x86_64__) || defined(__i386__)
#include <immintrin.h>
#endif

#define TENDRIL_EIGEN_NAME_(isa) eigen_##isa
#define TENDRIL_EIGEN_NAME(isa) TENDRIL_EIGEN_NAME_(isa)
#define TENDRIL_EIGEN_KERNELS TENDRIL_EIGEN_NAME(TENDRIL_ISA)
#define TENDRIL_INLINE inline __attribute__((always_inline))

namespace tendril::detail::TENDRIL_EIGEN_KERNELS {

#if defined(__AVX512F__)
inline constexpr int vector_bytes = 64;
#elif defined(__AVX2__)
inline constexpr int vector_bytes = 32;
#else
inline constexpr int vector_bytes = 16;
#endif

#if defined(__FMA__) || defined(__ARM_FEATURE_FMA)
inline constexpr bool has_fma = true;
#else
inline constexpr bool has_fma = false;
#endif

template <int Bytes>
struct integers_of;
template <>
struct integers_of<1> {
  using sign = std::int8_t;
  using unsign = std::uint8_t;
};
template <>
struct integers_of<4> {
  using sign = std::int32_t;
  using unsign = std::uint32_t;
};
template <>
struct integers_of<8> {
  using sign = std::int64_t;
  using unsign = std::uint64_t;
};
template <class T>
using signed_of = typename integers_of<sizeof(T)>::sign;
template <class T>
using unsigned_of = typename integers_of<sizeof(T)>::unsign;

template <class T>
struct storage {
  using type = T;
};
template <>
struct storage<bool> {
  using type = std::uint8_t;
};
template <class T>
inline constexpr bool is_real = false;
template <>
inline constexpr bool is_real<float> = true;
template <>
inline constexpr bool is_real<double> = true;

// Copies r < Width elements with constant-size moves: a call of memcpy would cost more than most kernels' work.
template <int Width, class T>
TENDRIL_INLINE void copy_some(T* to, const T* from, int r) {
  if constexpr (Width > 1) {
    constexpr int half = Width / 2;
    if (r & half) {
      __builtin_memcpy(to, from, half * sizeof(T));
      to += half;
      from += half;
    }
    copy_some<half>(to, from, r);
  }
}

template <class T>
struct mask;

template <class T>
struct lanes {
  using scalar = typename storage<T>::type;
  static constexpr int width = vector_bytes / static_cast<int>(sizeof(scalar));
  typedef scalar vec __attribute__((vector_size(vector_bytes)));
  typedef unsigned_of<scalar> uvec __attribute__((vector_size(vector_bytes)));
  typedef signed_of<scalar> svec __attribute__((vector_size(vector_bytes)));
  vec v;

  static TENDRIL_INLINE lanes of(uvec u) { return {reinterpret_cast<vec>(u)}; }
  TENDRIL_INLINE uvec u() const { return reinterpret_cast<uvec>(v); }

  static TENDRIL_INLINE lanes all(scalar x) { return of(uvec{} + __builtin_bit_cast(unsigned_of<scalar>, x)); }
  static TENDRIL_INLINE lanes load(const scalar* p) {
    lanes r;
    __builtin_memcpy(&r.v, p, sizeof r.v);
    return r;
  }
  TENDRIL_INLINE void store(scalar* p) const { __builtin_memcpy(p, &v, sizeof v); }
#if defined(__AVX512BW__)
  static TENDRIL_INLINE lanes load(const scalar* p, int r) {
    const std::uint64_t m = (std::uint64_t{1} << r) - 1;
    if constexpr (sizeof(scalar) == 8) return {(vec)_mm512_maskz_loadu_epi64(static_cast<__mmask8>(m), p)};
    else if constexpr (sizeof(scalar) == 4) return {(vec)_mm512_maskz_loadu_epi32(static_cast<__mmask16>(m), p)};
    else return {(vec)_mm512_maskz_loadu_epi8(m, p)};
  }
  TENDRIL_INLINE void store(scalar* p, int r) const {
    const std::uint64_t m = (std::uint64_t{1} << r) - 1;
    if constexpr (sizeof(scalar) == 8) _mm512_mask_storeu_epi64(p, static_cast<__mmask8>(m), (__m512i)v);
    else if constexpr (sizeof(scalar) == 4) _mm512_mask_storeu_epi32(p, static_cast<__mmask16>(m), (__m512i)v);
    else _mm512_mask_storeu_epi8(p, m, (__m512i)v);
  }
#else
  /// The first r < width elements; the others are 0.
  static TENDRIL_INLINE lanes load(const scalar* p, int r) {
#if defined(__AVX2__)
    if constexpr (sizeof(scalar) == 8) return {(vec)_mm256_maskload_epi64(reinterpret_cast<const long long*>(p), first_bits(r))};
    if constexpr (sizeof(scalar) == 4) return {(vec)_mm256_maskload_epi32(reinterpret_cast<const int*>(p), first_bits(r))};
#endif
    lanes x{vec{}};
    scalar buffer[width] = {};
    copy_some<width>(buffer, p, r);
    __builtin_memcpy(&x.v, buffer, sizeof x.v);
    return x;
  }
  TENDRIL_INLINE void store(scalar* p, int r) const {
#if defined(__AVX2__)
    if constexpr (sizeof(scalar) == 8) return _mm256_maskstore_epi64(reinterpret_cast<long long*>(p), first_bits(r), (__m256i)v);
    if constexpr (sizeof(scalar) == 4) return _mm256_maskstore_epi32(reinterpret_cast<int*>(p), first_bits(r), (__m256i)v);
#endif
    scalar buffer[width];
    __builtin_memcpy(buffer, &v, sizeof v);
    copy_some<width>(p, buffer, r);
  }
#if defined(__AVX2__)
  static TENDRIL_INLINE __m256i first_bits(int r) {
    if constexpr (sizeof(scalar) == 8) return _mm256_cmpgt_epi64(_mm256_set1_epi64x(r), _mm256_setr_epi64x(0, 1, 2, 3));
    else return _mm256_cmpgt_epi32(_mm256_set1_epi32(r), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
  }
#endif
#endif

  // Eigen's words, as the table writes them. Integers wrap.
  friend TENDRIL_INLINE lanes operator+(lanes a, lanes b) {
    if constexpr (is_real<T>) return {a.v + b.v};
    else return of(a.u() + b.u());
  }
  friend TENDRIL_INLINE lanes operator-(lanes a, lanes b) {
    if constexpr (is_real<T>) return {a.v - b.v};
    else return of(a.u() - b.u());
  }
  friend TENDRIL_INLINE lanes operator*(lanes a, lanes b) {
    if constexpr (is_real<T>) return {a.v * b.v};
    else return of(a.u() * b.u());
  }
  friend TENDRIL_INLINE lanes operator/(lanes a, lanes b) { return {a.v / b.v}; }
  friend TENDRIL_INLINE lanes operator-(lanes a) {
    if constexpr (is_real<T>) return of(a.u() ^ sign_bit());
    else return of(-a.u());
  }
  friend TENDRIL_INLINE lanes operator&(lanes a, lanes b) { return of(a.u() & b.u()); }
  friend TENDRIL_INLINE lanes operator|(lanes a, lanes b) { return of(a.u() | b.u()); }
  friend TENDRIL_INLINE lanes operator^(lanes a, lanes b) { return of(a.u() ^ b.u()); }
  friend TENDRIL_INLINE mask<T> operator==(lanes a, lanes b) { return mask<T>::equal(a, b); }
  friend TENDRIL_INLINE mask<T> operator!=(lanes a, lanes b) { return mask<T>::not_equal(a, b); }
  friend TENDRIL_INLINE mask<T> operator<(lanes a, lanes b) { return mask<T>::less(a, b); }
  friend TENDRIL_INLINE mask<T> operator>(lanes a, lanes b) { return mask<T>::less(b, a); }
  friend TENDRIL_INLINE mask<T> operator<=(lanes a, lanes b) { return mask<T>::less_equal(a, b); }
  friend TENDRIL_INLINE mask<T> operator>=(lanes a, lanes b) { return mask<T>::less_equal(b, a); }
  // bool elements are 0 or 1
  friend TENDRIL_INLINE lanes operator&&(lanes a, lanes b) { return a & b; }
  friend TENDRIL_INLINE lanes operator||(lanes a, lanes b) { return a | b; }
  friend TENDRIL_INLINE lanes operator!(lanes a) { return a ^ all(1); }
  friend TENDRIL_INLINE lanes operator~(lanes a) {
    if constexpr (std::is_same_v<T, bool>) return !a;
    else return of(~a.u());
  }

  TENDRIL_INLINE lanes abs() const {
    if constexpr (is_real<T>) return of(u() & ~sign_bit());
    else return select(*this < all(0), -*this, *this);
  }
  TENDRIL_INLINE lanes square() const { return *this * *this; }
  TENDRIL_INLINE lanes inverse() const { return all(1) / *this; }
  TENDRIL_INLINE lanes sqrt() const;
  TENDRIL_INLINE lanes floor() const;
  TENDRIL_INLINE lanes ceil() const;
  TENDRIL_INLINE lanes rint() const;
  TENDRIL_INLINE lanes trunc() const {
    if constexpr (is_real<T>) return of(abs().floor().u() | (u() & sign_bit()));
    else return *this;
  }
  TENDRIL_INLINE lanes sign() const {  // +0 of either zero; NaN stays
    return (*this > all(0)).select(all(1), (*this < all(0)).select(all(static_cast<scalar>(-1)), *this + all(0)));
  }
  TENDRIL_INLINE lanes rsqrt() const { return sqrt().inverse(); }
  TENDRIL_INLINE mask<T> isNaN() const { return *this != *this; }
  TENDRIL_INLINE mask<T> isFinite() const {
    if constexpr (is_real<T>) return abs() < all(std::numeric_limits<T>::infinity());
    else return *this == *this;
  }
  // elements.hpp
  lanes floor_divide(lanes) const;
  lanes remainder(lanes) const;
  lanes gcd(lanes) const;
  lanes lcm(lanes) const;
  lanes copysign(lanes) const;
  lanes nextafter(lanes) const;
  mask<T> signbit() const;
  mask<T> isInf() const;
  /// a > b ? a : b and a < b ? a : b in one instruction where there is one: with NaN, or zeros of two signs, the result is b.
  static TENDRIL_INLINE lanes larger(lanes a, lanes b);
  static TENDRIL_INLINE lanes smaller(lanes a, lanes b);
  // math.hpp
  lanes exp() const;
  lanes exp2() const;
  lanes log() const;
  lanes tanh() const;
  lanes erf() const;
  lanes logistic() const;
  lanes gelu_tanh(lanes, lanes) const;
  // library.hpp
#define UNARY(name) lanes name() const;
#define BINARY(name) lanes name(lanes) const;
#include "backends/eigen/library.def"
  lanes lgamma() const;

  static TENDRIL_INLINE uvec sign_bit() { return uvec{} + (unsigned_of<scalar>{1} << (8 * sizeof(scalar) - 1)); }
};

/// A truth value a lane of lanes<T>.
template <class T>
struct mask {
  using L = lanes<T>;
#if defined(__AVX512BW__)
  static constexpr std::uint64_t lanes_bits = ~std::uint64_t{0} >> (64 - L::width);
  std::uint64_t m;
  template <int Real, int Integer>
  static TENDRIL_INLINE mask compare(L a, L b) {
    if constexpr (sizeof(typename L::scalar) == 1) return {_mm512_cmp_epu8_mask((__m512i)a.v, (__m512i)b.v, Integer)};
    else if constexpr (sizeof(T) == 4 && is_real<T>) return {_mm512_cmp_ps_mask((__m512)a.v, (__m512)b.v, Real)};
    else if constexpr (sizeof(T) == 4) return {_mm512_cmp_epi32_mask((__m512i)a.v, (__m512i)b.v, Integer)};
    else if constexpr (is_real<T>) return {_mm512_cmp_pd_mask((__m512d)a.v, (__m512d)b.v, Real)};
    else return {_mm512_cmp_epi64_mask((__m512i)a.v, (__m512i)b.v, Integer)};
  }
  static TENDRIL_INLINE mask equal(L a, L b) { return compare<_CMP_EQ_OQ, _MM_CMPINT_EQ>(a, b); }
  static TENDRIL_INLINE mask not_equal(L a, L b) { return compare<_CMP_NEQ_UQ, _MM_CMPINT_NE>(a, b); }
  static TENDRIL_INLINE mask less(L a, L b) { return compare<_CMP_LT_OQ, _MM_CMPINT_LT>(a, b); }
  static TENDRIL_INLINE mask less_equal(L a, L b) { return compare<_CMP_LE_OQ, _MM_CMPINT_LE>(a, b); }
  static TENDRIL_INLINE mask unordered(L a, L b) { return compare<_CMP_UNORD_Q, _MM_CMPINT_EQ>(a, b); }
  static TENDRIL_INLINE mask first(int r) { return {(std::uint64_t{1} << r) - 1}; }
  friend TENDRIL_INLINE mask operator||(mask a, mask b) { return {a.m | b.m}; }
  friend TENDRIL_INLINE mask operator&&(mask a, mask b) { return {a.m & b.m}; }
  friend TENDRIL_INLINE mask operator!(mask a) { return {~a.m}; }
  TENDRIL_INLINE L select(L a, L b) const {
    using vec = typename L::vec;
    if constexpr (sizeof(typename L::scalar) == 1) return {(vec)_mm512_mask_blend_epi8(m, (__m512i)b.v, (__m512i)a.v)};
    else if constexpr (sizeof(T) == 4) return {(vec)_mm512_mask_blend_ps(static_cast<__mmask16>(m), (__m512)b.v, (__m512)a.v)};
    else return {(vec)_mm512_mask_blend_pd(static_cast<__mmask8>(m), (__m512d)b.v, (__m512d)a.v)};
  }
  TENDRIL_INLINE bool any() const { return (m & lanes_bits) != 0; }
  /// The first lane that is true, of which there is one.
  TENDRIL_INLINE int lowest() const { return __builtin_ctzll(m); }
  TENDRIL_INLINE bool every() const { return (~m & lanes_bits) == 0; }
  TENDRIL_INLINE void store(std::uint8_t* p) const {
    if constexpr (L::width == 64) {
      _mm512_storeu_si512(p, _mm512_maskz_set1_epi8(m, 1));
    } else {
      const __m128i bytes = _mm_maskz_set1_epi8(static_cast<__mmask16>(m), 1);
      __builtin_memcpy(p, &bytes, L::width);
    }
  }
  TENDRIL_INLINE void store(std::uint8_t* p, int r) const {
    const std::uint64_t some = (std::uint64_t{1} << r) - 1;
    if constexpr (L::width == 64) _mm512_mask_storeu_epi8(p, some, _mm512_maskz_set1_epi8(m, 1));
    else _mm_mask_storeu_epi8(p, static_cast<__mmask16>(some), _mm_maskz_set1_epi8(static_cast<__mmask16>(m), 1));
  }
  static TENDRIL_INLINE mask load(const std::uint8_t* p) {
    if constexpr (L::width == 64) {
      const __m512i bytes = _mm512_loadu_si512(p);
      return {_mm512_test_epi8_mask(bytes, bytes)};
    } else {
      __m128i bytes = _mm_setzero_si128();
      __builtin_memcpy(&bytes, p, L::width);
      return {_mm_test_epi8_mask(bytes, bytes)};
    }
  }
  static TENDRIL_INLINE mask load(const std::uint8_t* p, int r) {
    const std::uint64_t some = (std::uint64_t{1} << r) - 1;
    if constexpr (L::width == 64) {
      const __m512i bytes = _mm512_maskz_loadu_epi8(some, p);
      return {_mm512_test_epi8_mask(bytes, bytes)};
    } else {
      const __m128i bytes = _mm_maskz_loadu_epi8(static_cast<__mmask16>(some), p);
      return {_mm_test_epi8_mask(bytes, bytes)};
    }
  }
  static TENDRIL_INLINE mask all(std::uint8_t x) { return {x ? ~std::uint64_t{0} : 0}; }
#else
  using svec = typename L::svec;
  typedef std::uint8_t bytes __attribute__((vector_size(L::width)));
  svec m;  ///< all bits or none, a lane
  static TENDRIL_INLINE mask equal(L a, L b) { return {reinterpret_cast<svec>(a.v == b.v)}; }
  static TENDRIL_INLINE mask not_equal(L a, L b) { return {reinterpret_cast<svec>(a.v != b.v)}; }
  static TENDRIL_INLINE mask less(L a, L b) { return {reinterpret_cast<svec>(a.v < b.v)}; }
  static TENDRIL_INLINE mask less_equal(L a, L b) { return {reinterpret_cast<svec>(a.v <= b.v)}; }
  static TENDRIL_INLINE mask unordered(L a, L b) {
#if defined(__AVX2__)
    if constexpr (sizeof(T) == 4) return {(svec)_mm256_cmp_ps((__m256)a.v, (__m256)b.v, _CMP_UNORD_Q)};
    else return {(svec)_mm256_cmp_pd((__m256d)a.v, (__m256d)b.v, _CMP_UNORD_Q)};
#elif defined(__SSE2__)
    if constexpr (sizeof(T) == 4) return {(svec)_mm_cmpunord_ps((__m128)a.v, (__m128)b.v)};
    else return {(svec)_mm_cmpunord_pd((__m128d)a.v, (__m128d)b.v)};
#else
    return not_equal(a, a) || not_equal(b, b);
#endif
  }
  static TENDRIL_INLINE mask first(int r) {
    svec index;
    for (int i = 0; i < L::width; ++i) index[i] = static_cast<signed_of<typename L::scalar>>(i);
    return {reinterpret_cast<svec>(index < static_cast<signed_of<typename L::scalar>>(r))};
  }
  friend TENDRIL_INLINE mask operator||(mask a, mask b) { return {a.m | b.m}; }
  friend TENDRIL_INLINE mask operator&&(mask a, mask b) { return {a.m & b.m}; }
  friend TENDRIL_INLINE mask operator!(mask a) { return {~a.m}; }
  TENDRIL_INLINE L select(L a, L b) const {
    const auto k = reinterpret_cast<typename L::uvec>(m);
    return L::of((a.u() & k) | (b.u() & ~k));
  }
  TENDRIL_INLINE bool any() const {
#if defined(__AVX2__)
    return !_mm256_testz_si256((__m256i)m, (__m256i)m);
#elif defined(__SSE2__)
    return _mm_movemask_epi8((__m128i)m) != 0;
#else
    signed_of<typename L::scalar> r = 0;
    for (int i = 0; i < L::width; ++i) r = static_cast<signed_of<typename L::scalar>>(r | m[i]);
    return r != 0;
#endif
  }
  /// The first lane that is true, of which there is one.
  TENDRIL_INLINE int lowest() const {
#if defined(__AVX2__)
    return __builtin_ctz(static_cast<unsigned>(_mm256_movemask_epi8((__m256i)m))) / static_cast<int>(sizeof(typename L::scalar));
#elif defined(__SSE2__)
    return __builtin_ctz(static_cast<unsigned>(_mm_movemask_epi8((__m128i)m))) / static_cast<int>(sizeof(typename L::scalar));
#else
    int i = 0;
    while (!m[i]) ++i;
    return i;
#endif
  }
  TENDRIL_INLINE bool every() const {
#if defined(__AVX2__)
    return _mm256_testc_si256((__m256i)m, _mm256_set1_epi32(-1));
#else
    return !(!*this).any();
#endif
  }
  TENDRIL_INLINE bytes to_bytes() const {
#if defined(__SSE2__)  // the compilers narrow vectors one element at a time; a multiplication spreads four bits over four bytes
    constexpr unsigned spread = 0x00204081, ones = 0x01010101;
    unsigned words[2] = {};
#if defined(__AVX2__)
    if constexpr (sizeof(T) == 8) {
      words[0] = static_cast<unsigned>(_mm256_movemask_pd((__m256d)m)) * spread & ones;
    } else if constexpr (sizeof(T) == 4) {
      const auto bits = static_cast<unsigned>(_mm256_movemask_ps((__m256)m));
      words[0] = (bits & 15) * spread & ones;
      words[1] = (bits >> 4) * spread & ones;
    }
#else
    if constexpr (sizeof(T) == 8) words[0] = static_cast<unsigned>(_mm_movemask_pd((__m128d)m)) * spread & ones;
    else if constexpr (sizeof(T) == 4) words[0] = static_cast<unsigned>(_mm_movemask_ps((__m128)m)) * spread & ones;
#endif
    if constexpr (sizeof(T) > 1) {
      bytes b;
      __builtin_memcpy(&b, words, sizeof b);
      return b;
    }
#endif
    return __builtin_convertvector(reinterpret_cast<typename L::uvec>(m), bytes) & 1;
  }
  static TENDRIL_INLINE mask of_bytes(const std::uint8_t* b) {
#if defined(__AVX2__)
    if constexpr (sizeof(T) > 1) {
      std::conditional_t<L::width == 8, std::int64_t, std::int32_t> word;
      __builtin_memcpy(&word, b, sizeof word);
      const __m128i x = _mm_cvtsi64_si128(word);
      if constexpr (sizeof(T) == 8) return {(svec)_mm256_sub_epi64(_mm256_setzero_si256(), _mm256_cvtepu8_epi64(x))};
      else return {(svec)_mm256_sub_epi32(_mm256_setzero_si256(), _mm256_cvtepu8_epi32(x))};
    }
#elif defined(__SSE2__)
    if constexpr (sizeof(T) > 1) {
      const __m128i zero = _mm_setzero_si128();
      std::conditional_t<L::width == 4, std::int32_t, std::uint16_t> word;
      __builtin_memcpy(&word, b, sizeof word);
      __m128i x = _mm_cvtsi32_si128(word);
      x = _mm_unpacklo_epi16(_mm_unpacklo_epi8(x, zero), zero);
      if constexpr (sizeof(T) == 8) return {(svec)_mm_sub_epi64(zero, _mm_unpacklo_epi32(x, zero))};
      else return {(svec)_mm_sub_epi32(zero, x)};
    }
#endif
    bytes some;
    __builtin_memcpy(&some, b, sizeof some);
    return {reinterpret_cast<svec>(__builtin_convertvector(some, typename L::uvec) != 0)};
  }
  TENDRIL_INLINE void store(std::uint8_t* p) const {
    const bytes b = to_bytes();
    __builtin_memcpy(p, &b, sizeof b);
  }
  TENDRIL_INLINE void store(std::uint8_t* p, int r) const {
    std::uint8_t buffer[L::width];
    store(buffer);
    copy_some<L::width>(p, buffer, r);
  }
  static TENDRIL_INLINE mask load(const std::uint8_t* p) { return of_bytes(p); }
  static TENDRIL_INLINE mask load(const std::uint8_t* p, int r) {
    std::uint8_t buffer[L::width] = {};
    copy_some<L::width>(buffer, p, r);
    return load(buffer);
  }
  static TENDRIL_INLINE mask all(std::uint8_t x) { return {x ? ~svec{} : svec{}}; }
#endif
};

template <class T>
TENDRIL_INLINE lanes<T> select(mask<T> m, lanes<T> a, lanes<T> b) {
  return m.select(a, b);
}

template <class T>
TENDRIL_INLINE lanes<T> lanes<T>::larger(lanes a, lanes b) {
#if defined(__AVX512F__)
  if constexpr (std::is_same_v<T, float>) return {(vec)_mm512_max_ps((__m512)a.v, (__m512)b.v)};
  if constexpr (std::is_same_v<T, double>) return {(vec)_mm512_max_pd((__m512d)a.v, (__m512d)b.v)};
#elif defined(__AVX2__)
  if constexpr (std::is_same_v<T, float>) return {(vec)_mm256_max_ps((__m256)a.v, (__m256)b.v)};
  if constexpr (std::is_same_v<T, double>) return {(vec)_mm256_max_pd((__m256d)a.v, (__m256d)b.v)};
#elif defined(__SSE2__)
  if constexpr (std::is_same_v<T, float>) return {(vec)_mm_max_ps((__m128)a.v, (__m128)b.v)};
  if constexpr (std::is_same_v<T, double>) return {(vec)_mm_max_pd((__m128d)a.v, (__m128d)b.v)};
#endif
  return (a > b).select(a, b);
}
template <class T>
TENDRIL_INLINE lanes<T> lanes<T>::smaller(lanes a, lanes b) {
#if defined(__AVX512F__)
  if constexpr (std::is_same_v<T, float>) return {(vec)_mm512_min_ps((__m512)a.v, (__m512)b.v)};
  if constexpr (std::is_same_v<T, double>) return {(vec)_mm512_min_pd((__m512d)a.v, (__m512d)b.v)};
#elif defined(__AVX2__)
  if constexpr (std::is_same_v<T, float>) return {(vec)_mm256_min_ps((__m256)a.v, (__m256)b.v)};
  if constexpr (std::is_same_v<T, double>) return {(vec)_mm256_min_pd((__m256d)a.v, (__m256d)b.v)};
#elif defined(__SSE2__)
  if constexpr (std::is_same_v<T, float>) return {(vec)_mm_min_ps((__m128)a.v, (__m128)b.v)};
  if constexpr (std::is_same_v<T, double>) return {(vec)_mm_min_pd((__m128d)a.v, (__m128d)b.v)};
#endif
  return (a < b).select(a, b);
}

// ---- what Eigen's packets do
template <class T>
using packet = typename Eigen::internal::packet_traits<T>::type;
template <class T>
inline constexpr bool has_packet = sizeof(packet<T>) == vector_bytes;

#define TENDRIL_BY_LANE(r, expression) \
  lanes r;                             \
  for (int i = 0; i < width; ++i) r.v[i] = expression;
template <class T>
TENDRIL_INLINE lanes<T> lanes<T>::sqrt() const {
  if constexpr (has_packet<T>) {
    return {reinterpret_cast<vec>(Eigen::internal::psqrt(reinterpret_cast<packet<T>>(v)))};
  } else {
    TENDRIL_BY_LANE(r, Eigen::numext::sqrt(v[i]))
    return r;
  }
}
template <class T>
TENDRIL_INLINE lanes<T> lanes<T>::floor() const {
  if constexpr (!is_real<T>) {
    return *this;
  } else {
#if defined(__AVX2__)
    return {reinterpret_cast<vec>(Eigen::internal::pfloor(reinterpret_cast<packet<T>>(v)))};
#else  // beyond 2^digits everything is an integer; below, adding and taking away 2^digits rounds to nearest
    const lanes big = all(static_cast<T>(std::int64_t{1} << (std::numeric_limits<T>::digits - 1))), a = abs();
    lanes near = (a + big) - big;
    near = near | of(u() & sign_bit());
    near = near - (near > *this).select(all(1), all(0));
    return (a < big).select(near | of(u() & sign_bit()), *this);
#endif
  }
}
template <class T>
TENDRIL_INLINE lanes<T> lanes<T>::ceil() const {
  if constexpr (!is_real<T>) return *this;
  else return -(-*this).floor();
}
template <class T>
TENDRIL_INLINE lanes<T> lanes<T>::rint() const {
  if constexpr (!is_real<T>) {
    return *this;
  } else {
#if defined(__AVX512F__)
    if constexpr (sizeof(T) == 4) return {(vec)_mm512_roundscale_ps((__m512)v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)};
    else return {(vec)_mm512_roundscale_pd((__m512d)v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)};
#elif defined(__AVX2__)
    if constexpr (sizeof(T) == 4) return {(vec)_mm256_round_ps((__m256)v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)};
    else return {(vec)_mm256_round_pd((__m256d)v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)};
#else  // as in floor
    const lanes big = all(static_cast<T>(std::int64_t{1} << (std::numeric_limits<T>::digits - 1))), a = abs();
    return (a < big).select(of(((a + big) - big).u() | (u() & sign_bit())), *this);
#endif
  }
}

/// a * b + c; rounded once where the instruction set can.
template <class T>
TENDRIL_INLINE lanes<T> madd(lanes<T> a, lanes<T> b, lanes<T> c) {
  if constexpr (has_fma && is_real<T> && has_packet<T>) {
    using P = packet<T>;
    return {reinterpret_cast<typename lanes<T>::vec>(
        Eigen::internal::pmadd(reinterpret_cast<P>(a.v), reinterpret_cast<P>(b.v), reinterpret_cast<P>(c.v)))};
  } else {
    return a * b + c;
  }
}

/// a * b - c and c - a * b, likewise. Compilers turn the negation into another instruction.
template <class T>
TENDRIL_INLINE lanes<T> msub(lanes<T> a, lanes<T> b, lanes<T> c) {
  return madd(a, b, lanes<T>{-c.v});
}
template <class T>
TENDRIL_INLINE lanes<T> nmadd(lanes<T> a, lanes<T> b, lanes<T> c) {
  return madd(lanes<T>{-a.v}, b, c);
}

}  // namespace tendril::detail::TENDRIL_EIGEN_KERNELS
