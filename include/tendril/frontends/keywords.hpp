// What frontends with NumPy's words share: keyword arguments as designated initialisers, and the functions of which each names one op.
#pragma once
#include <tendril/transpile.hpp>

/// Keyword arguments, as designated initialisers: `{.axis = 0, .keepdims = true}`. No axis means all, unless a line says otherwise.
namespace tendril::frontends::keywords {

struct reduce_options {
  axes axis = {};
  bool keepdims = false;
};
/// The dtype is that of the computation and of the result.
struct typed_reduce_options {
  axes axis = {};
  tendril::dtype dtype = tendril::dtype::unknown;
  bool keepdims = false;
};
struct std_options {
  axes axis = {};
  number ddof = 0;
  bool keepdims = false;
};
/// No axis: the place in the flattened array.
struct place_options {
  maybe_integer axis = {};
  bool keepdims = false;
};
/// No axis flattens first; no dtype: integers and bool give int64.
struct cumulative_options {
  maybe_integer axis = {};
  tendril::dtype dtype = tendril::dtype::unknown;
};
/// `{.axis = {}}` flattens first. The order is stable; NaN comes last.
struct sort_options {
  maybe_integer axis = -1;
};
struct search_options {
  std::string side = "left";
};
/// No axis flattens first.
struct axis_options {
  maybe_integer axis = {};
};
struct diff_options {
  std::int64_t n = 1;
  std::int64_t axis = -1;
};
struct cholesky_options {
  bool upper = false;
};
struct dtype_options {
  tendril::dtype dtype = tendril::dtype::unknown;
};

}  // namespace tendril::frontends::keywords

// X(NumPy's name, the op): functions of one array, and of two.
// clang-format off
#define TENDRIL_NUMPY_WORDS_UNARY(X)                                                                                \
  X(negative, negative) X(positive, positive) X(abs, abs) X(absolute, abs) X(square, square) X(sqrt, sqrt)          \
  X(cbrt, cbrt) X(exp, exp) X(exp2, exp2) X(expm1, expm1) X(log, log) X(log2, log2) X(log10, log10) X(log1p, log1p) \
  X(sin, sin) X(cos, cos) X(tan, tan) X(arcsin, asin) X(arccos, acos) X(arctan, atan) X(sinh, sinh) X(cosh, cosh)   \
  X(tanh, tanh) X(arcsinh, asinh) X(arccosh, acosh) X(arctanh, atanh) X(floor, floor) X(ceil, ceil) X(trunc, trunc) \
  X(signbit, signbit) X(isfinite, isfinite) X(isinf, isinf) X(isnan, isnan)           \
  X(invert, bitwise_invert) X(logical_not, logical_not)
#define TENDRIL_NUMPY_WORDS_BINARY(X)                                                                               \
  X(add, add) X(subtract, subtract) X(multiply, multiply) X(divide, divide) X(maximum, maximum)                     \
  X(minimum, minimum) X(arctan2, atan2) X(hypot, hypot) X(copysign, copysign) X(nextafter, nextafter)               \
  X(logaddexp, logaddexp) X(equal, equal) X(not_equal, not_equal) X(less, less) X(less_equal, less_equal)           \
  X(greater, greater) X(greater_equal, greater_equal) X(logical_and, logical_and) X(logical_or, logical_or)         \
  X(logical_xor, logical_xor) X(bitwise_and, bitwise_and) X(bitwise_or, bitwise_or) X(bitwise_xor, bitwise_xor)     \
  X(left_shift, bitwise_left_shift) X(right_shift, bitwise_right_shift)
// clang-format on
