// The type columns of the op table, as data.
#pragma once
#include <tendril/graph.hpp>

#include "ops/shape_rules.hpp"
#include "ops/type_words.hpp"

namespace tendril::detail {

enum class returns : std::uint8_t { one, two, three, many };

struct op_row {
  detail::returns returns;
  detail::accepts accepts;
  detail::dtype_rule dtype;
  detail::shape_rule shape;
};

/// The row of a built-in op.
const op_row& row_of(op_id) noexcept;

/// The dtype that the data operands of an op are converted to before a kernel runs; unknown when they are left as they are or
/// when it is not known yet. Throws dtype_error for dtypes that the op does not take.
dtype operand_dtype(const type_request&);

/// The dtype option of a creation function, else what it stands for: of `arange` what it counts in.
dtype given_dtype(const type_request&);

/// True for the operands that `operand_dtype` is about (not the condition of `where`, nor indices).
bool is_data_operand(const op_record&, std::size_t index) noexcept;
/// The first of them, whose dtype says which kernel runs.
std::size_t first_data_operand(const op_record&) noexcept;

/// The types that a decomposition gives: what an op without a type rule has. graph/tracer.cpp answers, since it runs one.
std::vector<type> types_of_decomposition(const type_request&);

/// What arithmetic on bool means where a frontend's rules take it: add and maximum are or, multiply and minimum are and, max is any, min is
/// all. Null for others.
const op_record* logical_form(op_id) noexcept;

/// The logical op that a bitwise op of bool is. Null for others.
const op_record* logic_of_bits(op_id) noexcept;

}  // namespace tendril::detail
