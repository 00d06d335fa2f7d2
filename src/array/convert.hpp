// The one conversion between element types, as astype documents it (docs/ops.md): every copy, kernel, literal and constant asks it.
//
// Inlined wherever it stands, since kernels that are compiled once per instruction set may share no symbol.
#pragma once
#include <limits>
#include <type_traits>

#include <tendril/array.hpp>

namespace tendril::detail {

/// The C++ type of the dtype that computes what needs more than T's bits (dtypes.def).
template <class T>
struct computing;
#define TENDRIL_DTYPE(name, type, text, kind, is_signed, bytes, computes_in) \
  template <>                                                                \
  struct computing<type> {                                                   \
    static constexpr dtype in = dtype::computes_in;                          \
  };
#include <tendril/dtypes.def>
template <dtype D>
struct element_of;
#define TENDRIL_DTYPE(name, t, ...) \
  template <>                       \
  struct element_of<dtype::name> {  \
    using type = t;                 \
  };
#include <tendril/dtypes.def>
template <class T>
using computing_type = typename element_of<computing<T>::in>::type;

/// `x` as an element of type To: true where it is not 0; integers keep the low bits; reals are rounded to nearest, and towards 0 to an
/// integer. A real number that no integer of type To is near gives the lowest one, as the instructions of x86 have it; C++ leaves that
/// open, and other processors saturate.
template <class To, class From>
inline __attribute__((always_inline)) To convert(From x) {
  if constexpr (std::is_same_v<To, bool>) {
    return x != From(0);
  } else if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
    using Wide = computing_type<To>;
    constexpr Wide lowest = std::numeric_limits<Wide>::min();
    constexpr From least = static_cast<From>(lowest);  // a power of two, which every real dtype has
    return static_cast<To>(x > least && x < -least ? static_cast<Wide>(x) : lowest);
  } else {
    return static_cast<To>(x);
  }
}

/// A C++ number as an element.
template <class To>
To element_from(const scalar& s) {
  if (s.kind() == dtype_kind::real) return convert<To>(s.real());
  return s.beyond_int64() ? convert<To>(static_cast<std::uint64_t>(s.integer())) : convert<To>(s.integer());
}

}  // namespace tendril::detail
