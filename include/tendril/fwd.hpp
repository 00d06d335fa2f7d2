// Forward declarations and the element types: the cheapest header of the library.
#pragma once
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace tendril {

/// The element types: the rows of dtypes.def.
enum class dtype : std::uint8_t {
  unknown,  ///< not known yet: only in graphs recorded without example arguments
#define TENDRIL_DTYPE(name, ...) name,
#include <tendril/dtypes.def>
};

#define TENDRIL_DTYPE(name, ...) inline constexpr dtype name = dtype::name;
#include <tendril/dtypes.def>

#define TENDRIL_DTYPE(...) +1
inline constexpr int dtype_count = 1  ///< enumerators of `dtype`, `unknown` included
#include <tendril/dtypes.def>
    ;

/// Any C++ number. As an operand it is a weak scalar: it takes the dtype of the arrays that it meets.
template <class T>
concept arithmetic = std::is_arithmetic_v<T>;

namespace detail {
template <class T>
inline constexpr bool is_character = std::is_same_v<T, char> || std::is_same_v<T, wchar_t> || std::is_same_v<T, char8_t> ||
                                     std::is_same_v<T, char16_t> || std::is_same_v<T, char32_t>;

/// Integers of one size and signedness have the same elements: long and long long.
template <class T, class Element>
inline constexpr bool has_elements_of = std::is_same_v<T, Element> ||
                                        (std::is_integral_v<T> && std::is_integral_v<Element> && !is_character<T> &&
                                         !std::is_same_v<T, bool> && !std::is_same_v<Element, bool> && sizeof(T) == sizeof(Element) &&
                                         std::is_signed_v<T> == std::is_signed_v<Element>);
}  // namespace detail

/// The dtype whose elements are `T`; `dtype::unknown` where there is none.
template <class T>
inline constexpr dtype dtype_of =
#define TENDRIL_DTYPE(name, type, ...) detail::has_elements_of<std::remove_cv_t<T>, type> ? dtype::name:
#include <tendril/dtypes.def>
    dtype::unknown;

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
enum class op_id : std::uint16_t;            ///< its names: tendril/detail/op_id.hpp
inline constexpr std::size_t max_ops = 512;  ///< ids are below it: tables of kernels have as many places

}  // namespace tendril
