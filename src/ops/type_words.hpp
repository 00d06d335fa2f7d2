// The words of the op table's columns that say which dtypes a row takes and gives. Without other headers of the table: kernels read them
// too.
#pragma once
#include <cstdint>
#include <type_traits>

#include <tendril/type.hpp>

namespace tendril::detail {

/// Which kinds of dtype the data operands may have.
enum class accepts : std::uint8_t { any, numeric, integral, bits, boolean };
/// Which dtype the result has.
enum class dtype_rule : std::uint8_t { promote, floating, comparison, predicate, same, truth, sum_of, index, select, given };

constexpr bool accepts_kind(accepts word, dtype_kind k) {
  switch (word) {
    case accepts::any: return true;
    case accepts::numeric: return k != dtype_kind::boolean;
    case accepts::integral: return k == dtype_kind::integer;
    case accepts::bits: return k != dtype_kind::real;
    case accepts::boolean: return k == dtype_kind::boolean;
  }
  return false;
}

template <class T>
inline constexpr dtype_kind kind_of_elements = std::is_same_v<T, bool>       ? dtype_kind::boolean
                                               : std::is_floating_point_v<T> ? dtype_kind::real
                                                                             : dtype_kind::integer;

/// Whether a kernel of a row with these words meets elements of T: operands of a floating row are converted before.
template <class T>
constexpr bool reaches_kernel(accepts word, dtype_rule rule) {
  return accepts_kind(word, kind_of_elements<T>) && (rule != dtype_rule::floating || std::is_floating_point_v<T>);
}

}  // namespace tendril::detail
