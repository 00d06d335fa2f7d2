// Forward declarations and the element types: the cheapest header of the library.
#pragma once
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace tendril {

/// The element types. X(enumerator, C++ type, printed name, kind); kinds order promotion: boolean < integer < real.
/// Adding a row here is all that a new element type needs outside the kernels.
#define TENDRIL_DTYPES(X)                  \
  X(bool_, bool, "bool", boolean)          \
  X(int32, std::int32_t, "int32", integer) \
  X(int64, std::int64_t, "int64", integer) \
  X(float32, float, "float32", real)       \
  X(float64, double, "float64", real)

enum class dtype : std::uint8_t {
  unknown,  ///< not known yet: only in graphs recorded without example arguments
#define X(name, type, text, kind) name,
  TENDRIL_DTYPES(X)
#undef X
};

#define X(name, type, text, kind) inline constexpr dtype name = dtype::name;
TENDRIL_DTYPES(X)
#undef X

#define X(name, type, text, kind) +1
inline constexpr int dtype_count = 1 TENDRIL_DTYPES(X);  ///< enumerators of `dtype`, `unknown` included
#undef X

/// Any C++ number. As an operand it is a weak scalar: it takes the dtype of the arrays that it meets.
template <class T>
concept arithmetic = std::is_arithmetic_v<T>;

namespace detail {
template <class T>
consteval dtype dtype_of_type() {
  using U = std::remove_cv_t<T>;
  if constexpr (std::is_same_v<U, bool>) return dtype::bool_;
  else if constexpr (std::is_same_v<U, float>) return dtype::float32;
  else if constexpr (std::is_same_v<U, double>) return dtype::float64;
  else if constexpr (std::is_integral_v<U> && std::is_signed_v<U> && sizeof(U) == 4) return dtype::int32;
  else if constexpr (std::is_integral_v<U> && std::is_signed_v<U> && sizeof(U) == 8) return dtype::int64;
  else return dtype::unknown;
}
}  // namespace detail

/// The dtype whose elements are `T`; `dtype::unknown` where there is none.
template <class T>
inline constexpr dtype dtype_of = detail::dtype_of_type<T>();

/// A C++ type that array elements can have.
template <class T>
concept element = dtype_of<T>
!= dtype::unknown;

struct extent;
struct type;
struct array_view;
struct attribute_value;
struct op_record;
struct node;
struct graph;
struct trace_options;
struct target_info;
class array;
class operand;
class attributes;
class backend;
class function;
template <class F>
class traced;
enum class op_id : std::uint16_t;

}  // namespace tendril
