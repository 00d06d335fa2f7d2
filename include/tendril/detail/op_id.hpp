// The ids of the ops that code names. The table has more ops: a new row needs no id here, so that it rebuilds only what expands the table.
#pragma once
#include <tendril/fwd.hpp>

namespace tendril {

/// The ids of records. Rows of ops.def that are not among them have those after `named_ops`, in the order of the table. An op that code
/// tells from others joins the list; a name that no row has does not compile (ops/row_ids.hpp).
enum class op_id : std::uint16_t {
  custom,    ///< a user's op
  constant,  ///< a captured array or a scalar literal: attribute `value`
  group,     ///< made by fuse: one region, run as one loop nest
  // clang-format off
  add, subtract, multiply, divide, floor_divide, remainder, pow, gcd, lcm, negative, positive, abs, square, reciprocal, sqrt, rsqrt, cbrt,
  hypot, floor, ceil, round, trunc, sign, signbit, copysign, nextafter, maximum, minimum, clip, multiply_add, subtract_divide,
  subtract_exp, gelu_tanh, exp, exp2, expm1, log, log2, log10, log1p, logaddexp, sinh, cosh, tanh, asinh, acosh, atanh, erf, erfc, lgamma,
  sigmoid, relu, gelu, sin, cos, tan, asin, acos, atan, atan2, equal, not_equal, less, less_equal, greater, greater_equal, logical_and,
  logical_or, logical_xor, logical_not, isfinite, isinf, isnan, where, astype, bitwise_and, bitwise_or, bitwise_xor, bitwise_invert,
  bitwise_left_shift, bitwise_right_shift, sum, prod, max, min, any, all, count_nonzero, mean, var, std, moments, argmax, argmin, softmax,
  log_softmax, cumulative_sum, cumulative_prod, diff, sort, argsort, searchsorted, take, take_along_axis, scatter, matmul,
  matrix_transpose, det, slogdet, inv, solve, cholesky, triangular_solve, qr, eigh, eigvalsh, svd, svdvals, reshape, permute_dims,
  broadcast_to, expand_dims, squeeze, flip, getitem, roll, concat, stack, unstack, repeat, tile, arange, zeros, ones, full, eye,
  zeros_like, ones_like, full_like,
  // clang-format on
  named_ops,
};

}  // namespace tendril
