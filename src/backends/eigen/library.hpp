// The functions of library.def on lanes: from glibc's vector library where the build found it, else from <cmath>, lane by lane.
//
// Both treat every lane by itself (libmvec hands single lanes outside its main range to the scalar functions), as position
// independence asks.
#pragma once
#include <cmath>

#include "backends/eigen/lanes.hpp"

#ifndef TENDRIL_HAS_LIBMVEC
#error "Compile this file through tendril_add_isa_kernels: it needs -DTENDRIL_HAS_LIBMVEC=<0 or 1>."
#endif

namespace tendril::detail::TENDRIL_EIGEN_KERNELS {

#if TENDRIL_HAS_LIBMVEC

// The x86-64 vector function ABI's names: instruction set, no mask, width, kinds of arguments, scalar name.
#if defined(__AVX512F__)
#define TENDRIL_VECTOR_DOUBLE(name, kinds) _ZGVeN8##kinds##_##name
#define TENDRIL_VECTOR_FLOAT(name, kinds) _ZGVeN16##kinds##_##name##f
#elif defined(__AVX2__)
#define TENDRIL_VECTOR_DOUBLE(name, kinds) _ZGVdN4##kinds##_##name
#define TENDRIL_VECTOR_FLOAT(name, kinds) _ZGVdN8##kinds##_##name##f
#else
#define TENDRIL_VECTOR_DOUBLE(name, kinds) _ZGVbN2##kinds##_##name
#define TENDRIL_VECTOR_FLOAT(name, kinds) _ZGVbN4##kinds##_##name##f
#endif

extern "C" {
#define UNARY(name)                                                        \
  lanes<double>::vec TENDRIL_VECTOR_DOUBLE(name, v)(lanes<double>::vec x); \
  lanes<float>::vec TENDRIL_VECTOR_FLOAT(name, v)(lanes<float>::vec x);
#define BINARY(name)                                                                              \
  lanes<double>::vec TENDRIL_VECTOR_DOUBLE(name, vv)(lanes<double>::vec x, lanes<double>::vec y); \
  lanes<float>::vec TENDRIL_VECTOR_FLOAT(name, vv)(lanes<float>::vec x, lanes<float>::vec y);
#include "backends/eigen/library.def"
}

#define UNARY(name)                                                           \
  template <class T>                                                          \
  TENDRIL_INLINE lanes<T> lanes<T>::name() const {                            \
    if constexpr (sizeof(T) == 8) return {TENDRIL_VECTOR_DOUBLE(name, v)(v)}; \
    else return {TENDRIL_VECTOR_FLOAT(name, v)(v)};                           \
  }
#define BINARY(name)                                                                  \
  template <class T>                                                                  \
  TENDRIL_INLINE lanes<T> library_##name(lanes<T> x, lanes<T> y) {                    \
    if constexpr (sizeof(T) == 8) return {TENDRIL_VECTOR_DOUBLE(name, vv)(x.v, y.v)}; \
    else return {TENDRIL_VECTOR_FLOAT(name, vv)(x.v, y.v)};                           \
  }
#include "backends/eigen/library.def"

#else

namespace c_library {
#define UNARY(name)                                                    \
  TENDRIL_INLINE double name(double x) { return __builtin_##name(x); } \
  TENDRIL_INLINE float name(float x) { return __builtin_##name##f(x); }
#define BINARY(name)                                                                \
  TENDRIL_INLINE double name(double x, double y) { return __builtin_##name(x, y); } \
  TENDRIL_INLINE float name(float x, float y) { return __builtin_##name##f(x, y); }
#include "backends/eigen/library.def"
}  // namespace c_library

#define UNARY(name)                                \
  template <class T>                               \
  TENDRIL_INLINE lanes<T> lanes<T>::name() const { \
    TENDRIL_BY_LANE(r, c_library::name(v[i]))      \
    return r;                                      \
  }
#define BINARY(name)                                                                    \
  template <class T>                                                                    \
  TENDRIL_INLINE lanes<T> library_##name(lanes<T> x, lanes<T> y) {                      \
    lanes<T> r;                                                                         \
    for (int i = 0; i < lanes<T>::width; ++i) r.v[i] = c_library::name(x.v[i], y.v[i]); \
    return r;                                                                           \
  }
#include "backends/eigen/library.def"

// glibc's own of double is more than 4 ULP off near 1.25; a wider type, where there is one, is near enough.
template <>
TENDRIL_INLINE lanes<double> lanes<double>::erfc() const {
  TENDRIL_BY_LANE(r, static_cast<double>(__builtin_erfcl(v[i])))
  return r;
}

#endif

template <class T>
TENDRIL_INLINE lanes<T> lanes<T>::atan2(lanes x) const {
  return library_atan2(*this, x);
}
template <class T>
TENDRIL_INLINE lanes<T> lanes<T>::hypot(lanes y) const {
  return library_hypot(*this, y);
}
/// x^1 and x^2 are exact, since the pass `simplify` makes them x and square(x).
template <class T>
TENDRIL_INLINE lanes<T> lanes<T>::pow(lanes y) const {
  return (y == all(2)).select(square(), (y == all(1)).select(*this, library_pow(*this, y)));
}

/// lgamma has no vector version. By way of double also in float, whose own loses places near the zeros, and for negative doubles of a
/// wider type where there is one; not through the C library's plain lgamma, which leaves the sign in a variable that all threads share.
TENDRIL_INLINE double log_gamma(double x) {
  int sign;
  if (x < 0 && std::numeric_limits<long double>::digits > 53) return static_cast<double>(::lgammal_r(x, &sign));
  return ::lgamma_r(x, &sign);
}
template <class T>
TENDRIL_INLINE lanes<T> lanes<T>::lgamma() const {
  TENDRIL_BY_LANE(r, static_cast<T>(log_gamma(static_cast<double>(v[i]))))
  return r;
}

}  // namespace tendril::detail::TENDRIL_EIGEN_KERNELS
