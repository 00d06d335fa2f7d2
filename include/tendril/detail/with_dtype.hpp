// The one switch over the element types: from a dtype, which is known when the program runs, to code for its C++ type.
#pragma once
#include <tendril/type.hpp>

namespace tendril::detail {

[[noreturn]] void throw_no_type(dtype, dtype_kind low);

/// Calls f(T()) for the C++ type T of the dtype's elements. `f` is compiled for the kinds from Low to High, <dtype_kind::integer> being all
/// numbers, and any other dtype is an internal_error: whoever calls has checked, or asks the op's rule.
template <dtype_kind Low = dtype_kind::boolean, dtype_kind High = dtype_kind::real, class F>
decltype(auto) with_dtype(dtype d, F&& f) {
  switch (d) {  // without a default: the compiler names a dtype that is not here
#define TENDRIL_DTYPE(name, type, text, kind, ...)                                       \
  case dtype::name:                                                                      \
    if constexpr (Low <= dtype_kind::kind && dtype_kind::kind <= High) return f(type()); \
    else break;
#include <tendril/dtypes.def>
    case dtype::unknown: break;
  }
  throw_no_type(d, Low);
}

/// Calls f(T()) for each of these types, in the order of the table.
template <dtype_kind Low = dtype_kind::boolean, dtype_kind High = dtype_kind::real, class F>
constexpr void for_each_dtype(F&& f) {
#define TENDRIL_DTYPE(name, type, text, kind, ...) \
  if constexpr (Low <= dtype_kind::kind && dtype_kind::kind <= High) f(type());
#include <tendril/dtypes.def>
}

/// All of them.
inline constexpr dtype all_dtypes[] = {
#define TENDRIL_DTYPE(name, ...) dtype::name,
#include <tendril/dtypes.def>
};

}  // namespace tendril::detail
