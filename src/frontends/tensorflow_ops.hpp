// What the files of the tensorflow frontend share: which dtypes a function takes, and calls under TensorFlow's rules.
#pragma once
#include <tendril/frontends/tensorflow.hpp>

#include "frontends/shared.hpp"

namespace tendril::frontends::tensorflow {

enum class takes : std::uint8_t { any, number, signed_, real, integer, boolean, bits };

/// The rules of functions that take these dtypes.
const promotion_rules& rules_of(takes) noexcept;

/// x, after an error where the function does not take its dtype.
const array& only(takes, std::string_view op, const array& x);

/// Throws dtype_error where the dtypes differ.
void require_alike(const char* op, const array&, const array&);

/// Throws shape_error where b is no right side of the systems a: of as many matrices, which tensorflow does not broadcast, with as many
/// rows.
void require_rows(const char* op, const array& a, const array& b);

/// The product that einsum and tensordot are made of.
inline array product(const array& a, const array& b) { return tendril::matmul(a, b); }

/// A number as the tensor that it is alone.
Tensor tensor_of(const arg&);

Tensor record(const op_record& op, std::initializer_list<operand> in, attributes at, std::source_location where, const promotion_rules&);
Tensor one(const op_record& op, const arg& x, attributes at = {}, takes what = takes::any);
Tensor one(op_id op, const arg& x, attributes at = {}, takes what = takes::any);
Tensor two(const op_record& op, const arg& a, const arg& b, attributes at = {}, takes what = takes::any);
Tensor two(op_id op, const arg& a, const arg& b, takes what = takes::any);
/// A true division, which makes real numbers of integers.
Tensor divided(const op_record& op, const arg& a, const arg& b);

}  // namespace tendril::frontends::tensorflow
