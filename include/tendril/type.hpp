// What is known of a value before it exists: dtype, shape, weakness; promotion and broadcasting.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tendril/error.hpp>
#include <tendril/fwd.hpp>

namespace tendril {

/// The extents of a concrete array, outermost first; empty for rank 0.
using extents = std::vector<std::int64_t>;

/// The highest rank that an array can have.
inline constexpr int max_rank = 16;

/// One extent of a type: known or unknown.
struct extent {
  static constexpr std::int64_t unknown = -1;
  std::int64_t value = unknown;
  constexpr extent() = default;
  constexpr extent(std::int64_t v) : value(v) {}
  constexpr bool known() const { return value != unknown; }
  friend bool operator==(const extent&, const extent&) = default;
};

/// dtype, shape and the weak flag. Any part may be unknown; a type with everything known is *complete*.
struct type {
  tendril::dtype dtype = tendril::dtype::unknown;
  bool ranked = false;  ///< false: even the rank is unknown, and `shape` is empty
  bool weak = false;    ///< a C++ scalar: it yields to the dtype of the arrays that it meets
  std::vector<extent> shape;

  static type of(tendril::dtype dt, std::span<const std::int64_t> shape);
  bool complete() const;
  int rank() const { return static_cast<int>(shape.size()); }
  extents known_extents() const;  ///< throws internal_error when the type is not complete
  friend bool operator==(const type&, const type&) = default;
};

enum class dtype_kind : std::uint8_t { unknown, boolean, integer, real };
std::string_view name_of(dtype) noexcept;  ///< "float64", "bool", ...; "?" when unknown
std::size_t size_of(dtype) noexcept;       ///< bytes an element; 0 when unknown
int bits_of(dtype) noexcept;               ///< bits an element; 0 when unknown
dtype_kind kind_of(dtype) noexcept;
bool is_signed(dtype) noexcept;     ///< whether it has negative numbers
dtype computes_in(dtype) noexcept;  ///< the dtype that computes what needs more than the own bits (dtypes.def); mostly itself

std::string to_string(dtype);
std::string to_string(std::span<const std::int64_t> shape);  ///< "(2, 3)", "(5,)", "()"
inline std::string to_string(const extents& shape) { return to_string(std::span<const std::int64_t>(shape)); }
std::string to_string(const type&);  ///< "float64[2, n, ?]", "?[...]"

/// Promotion of two dtypes as in section "Type Promotion Rules" of the Array API standard (2024.12). Where the standard leaves it
/// open (integer with floating), the floating dtype wins.
dtype promote(dtype a, dtype b) noexcept;

/// The shape that `a` and `b` broadcast to (Array API, "Broadcasting"). Throws shape_error naming `op`.
std::vector<extent> broadcast(std::string_view op, std::span<const extent> a, std::span<const extent> b);

/// The number of elements. Throws shape_error when the product overflows or an extent is negative.
std::int64_t element_count(std::string_view op, std::span<const std::int64_t> shape);

/// `axis` made non-negative. Throws index_error naming `op` when it is out of range.
std::int64_t normalize_axis(std::string_view op, std::int64_t axis, int rank);

/// `axes` made non-negative, in the given order. Throws index_error on a repeated or out-of-range axis.
std::vector<std::int64_t> normalize_axes(std::string_view op, std::span<const std::int64_t> axes, int rank);

}  // namespace tendril
