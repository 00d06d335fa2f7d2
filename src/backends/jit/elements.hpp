// Element types as the emitter asks for them: which registers hold them, and the bits of their numbers.
#pragma once
#include <cstdint>
#include <cstring>

#include <tendril/detail/with_dtype.hpp>

#include "array/convert.hpp"
#include "tendril/type.hpp"

namespace tendril::jit {

inline int bytes(dtype d) { return static_cast<int>(size_of(d)); }
inline bool real(dtype d) { return kind_of(d) == dtype_kind::real; }

/// Whether registers hold such values: truth values, and elements of 4 and of 8 bytes. Kernels do what has others.
inline bool in_registers(dtype d) { return d == dtype::bool_ || size_of(d) == 4 || size_of(d) == 8; }

/// Integers that fill as many bytes: for what looks at bits alone.
inline dtype integer_of(int size) { return size == 8 ? dtype::int64 : dtype::int32; }

/// The bits of an element, in the lowest of 64.
template <class T>
std::uint64_t bits_of(T x) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, &x, sizeof x);
  return bits;
}

/// Those of a number as an element of this type.
template <class Number>
std::uint64_t bits_of(dtype d, Number x) {
  return detail::with_dtype<dtype_kind::integer>(d, [x]<class T>(T) { return bits_of(detail::convert<T>(x)); });
}

inline std::uint64_t sign_bit(dtype d) { return std::uint64_t{1} << (8 * bytes(d) - 1); }
/// All bits but that one.
inline std::uint64_t magnitude_bits(dtype d) { return sign_bit(d) - 1; }

}  // namespace tendril::jit
