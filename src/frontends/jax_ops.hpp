// What the files of the jax frontend share: calls under JAX's rules, and the ops that are its own.
#pragma once
#include <tendril/frontends/jax.hpp>

#include "frontends/shared.hpp"

namespace tendril::frontends::jax {

/// Running totals and totals of lax: of integers in their own dtype.
extern const promotion_rules running_promotion;

Array record(const op_record& op, std::initializer_list<operand> in, attributes at, std::source_location where,
             const promotion_rules& rules = promotion);
Array record(op_id op, std::initializer_list<operand> in, attributes at, std::source_location where,
             const promotion_rules& rules = promotion);
inline Array one(op_id op, const arg& x, attributes at = {}, const promotion_rules& rules = promotion) {
  return record(op, {x.get()}, std::move(at), x.where(), rules);
}
inline Array two(op_id op, const arg& a, const arg& b, const promotion_rules& rules = promotion) {
  return record(op, {a.get(), b.get()}, {}, a.where(), rules);
}
inline Array one(const op_record& op, const arg& x, attributes at = {}) { return record(op, {x.get()}, std::move(at), x.where()); }
inline Array two(const op_record& op, const arg& a, const arg& b) { return record(op, {a.get(), b.get()}, {}, a.where()); }

/// Throws dtype_error: JAX does not take bool.
[[noreturn]] void refuse_bool(std::string_view op);
/// The dtype in which functions with real results compute.
dtype inexact(dtype) noexcept;
/// x in that dtype.
array inexact(const array& x);
/// A number as an element: integers keep their low bits, of real numbers the nearest that the dtype holds.
scalar element_of(const scalar&, dtype);

// Elementwise: other elements than the ops of these names, or no op of the table.
const op_record& floor_divide_record();
const op_record& remainder_record();
const op_record& fmod_record();
const op_record& power_record();
const op_record& float_power_record();
const op_record& heaviside_record();
const op_record& fmax_record();
const op_record& fmin_record();
const op_record& xlogy_record();
const op_record& xlog1py_record();
const op_record& isclose_record();

// What depends on the rank or the dtype.
const op_record& sign_record();
const op_record& rint_record();
const op_record& fabs_record();
const op_record& degrees_record();  ///< times the real attribute `factor`
const op_record& decimals_record();
const op_record& astype_record();
const op_record& full_like_record();
const op_record& take_record();
const op_record& take_along_axis_record();
const op_record& transpose_record();
const op_record& moveaxis_record();
const op_record& swapaxes_record();
const op_record& squeeze_record();
const op_record& triangle_record();
const op_record& tensordot_record();
const op_record& dot_record();
const op_record& inner_record();
const op_record& array_equal_record();
const op_record& nan_to_num_record();
const op_record& nan_reduce_record();

}  // namespace tendril::frontends::jax
