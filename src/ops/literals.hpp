// Numbers written in code beside arrays, whose dtype may not hold them.
#pragma once
#include <tendril/graph.hpp>

namespace tendril::detail {

/// Wide enough for the sum or the difference of any two numbers of 64 bits, signed or not.
__extension__ using wide_integer = __int128;
/// The value of a number that is an integer or a bool.
inline wide_integer wide(const scalar& s) noexcept {
  return s.beyond_int64() ? wide_integer(static_cast<std::uint64_t>(s.integer())) : wide_integer(s.integer());
}

/// The integers from `low` to `high` are those of the integer dtype.
struct integer_range {
  std::int64_t low, high;
};
integer_range range_of(dtype) noexcept;

/// True for the numbers that some integer dtype does not hold: nothing else needs `settle_literals`.
bool may_not_fit(const scalar&) noexcept;

/// One element as a C++ number.
scalar scalar_of(const array& rank0);

/// The text of a number, exactly.
std::string spell(const scalar&);

/// The dtype that a literal of this kind has, as Python's numbers do: bool, int64 or float64. A C++ number counts as one, whatever its
/// type.
dtype literal_dtype(dtype) noexcept;

/// True for a finite number that is infinite in the dtype.
bool overflows(dtype, const scalar&) noexcept;

/// [op] the number does not fit the dtype: got 3000000000, expected ...
[[noreturn]] void throw_does_not_fit(std::string_view op, const scalar&, dtype);

/// Makes numbers ones that the dtypes hold which they act in, as the rules of the call say; `literals[i]` is the number that operand i is,
/// of unknown kind where it is none, and `d` the dtype of the data operands. Gives the op that then does the same: a comparison with what
/// no element can reach is exchanged for one that has the same answer. Throws dtype_error where nothing would be exact.
const op_record& settle_literals(const type_request&, dtype d, std::span<scalar> literals, attributes&);

/// The number that fills the result of `full` or `full_like`, as the rules have it in the result's dtype. Throws dtype_error where that
/// does not hold it.
scalar settle_fill(const type_request&, dtype d);

/// True for clip, maximum and minimum.
bool is_bound(op_id, std::size_t place) noexcept;

}  // namespace tendril::detail
