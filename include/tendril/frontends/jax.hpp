// The jax frontend: the names, argument names, defaults and promotion of jax.numpy, jax.nn, jax.lax and jax.scipy.special, over the ops of
// Tendril. `namespace jnp = tendril::frontends::jax::numpy;` lets code written for JAX read as it does there.
//
// Arrays have the dtypes that they have: this is JAX with jax_enable_x64. An array is never weak; C++ numbers are.
#pragma once
#include <tendril/frontends/keywords.hpp>

namespace tendril::frontends::jax {

using tendril::bool_;
using tendril::float32;
using tendril::float64;
using tendril::int32;
using tendril::int64;
using tendril::uint8;

/// JAX's promotion: of two kinds the higher, of one kind the wider dtype, so that int64 and float32 give float32. Arrays of rank 0 count as
/// others do, C++ numbers yield where their kind allows. Functions with real results make float32 of bool, uint8 and int32, and float64 of
/// int64. A number that an integer dtype does not hold keeps its low bits.
extern const promotion_rules promotion;
/// jax.lax's: no dtypes are mixed, and a C++ number takes the dtype of the array.
extern const promotion_rules lax_promotion;

class Array;

/// What a function takes: an array or a C++ number, with the caller's line; or nothing, as the bounds of clip may be.
using arg = detail::frontend_operand<Array>;
/// Any number of arrays, with the caller's line.
using arrays = detail::frontend_list<Array>;
/// What stands in brackets, with the caller's line: `x[{td::ellipsis, td::slice(0, 1)}]`, `x[0]`.
using index = detail::frontend_index;

// ---- jax.numpy

namespace numpy {

using keywords::axis_options;
using keywords::cumulative_options;
using keywords::diff_options;
using keywords::dtype_options;
using keywords::place_options;
using keywords::reduce_options;
using keywords::search_options;
using keywords::std_options;
using keywords::typed_reduce_options;

// Keyword arguments, as designated initialisers: `jnp::std(x, {.axis = 0, .ddof = 1})`.
struct sort_options {
  maybe_integer axis = -1;
  bool descending = false;
};
/// Digits behind the point; fewer than 0 round to tens and hundreds.
struct round_options {
  std::int64_t decimals = 0;
};
struct join_options {
  maybe_integer axis = 0;
};
struct stack_options {
  std::int64_t axis = 0;
};
struct close_options {
  number rtol = 1e-05;
  number atol = 1e-08;
  bool equal_nan = false;
};
struct linspace_options {
  std::int64_t num = 50;
  bool endpoint = true;
  tendril::dtype dtype = tendril::dtype::unknown;
};
struct eye_options {
  maybe_integer M = {};
  std::int64_t k = 0;
  tendril::dtype dtype = tendril::dtype::unknown;
};
struct diagonal_options {
  std::int64_t k = 0;
};
struct axes_options {
  axes axis = {};
};
/// What replaces NaN and the infinities; the ends of the dtype unless told.
struct nan_options {
  number nan = 0.0;
  std::optional<number> posinf = std::nullopt;
  std::optional<number> neginf = std::nullopt;
};

// What JAX takes and these functions refuse, each with an error: an axis of an array of rank 0, a negative count in repeat, totals of bool
// as bool, matrix products, abs, positive, floor, ceil, trunc and fmod of bool, and a C++ number of 2^63 or more beside integers. Sums of
// uint8 are int64, where JAX has uint64. What a number and a bool array make is int64 or float64 and no longer weak. Which of two zeros is
// larger is left open.

// X(JAX's name, the op): functions of one array, and of two.
// clang-format off
#define TENDRIL_JAX_UNARY(X)                                                                                          \
  TENDRIL_NUMPY_WORDS_UNARY(X) X(reciprocal, reciprocal) X(bitwise_not, bitwise_invert)                               \
  X(bitwise_invert, bitwise_invert) X(acos, acos) X(acosh, acosh) X(asin, asin) X(asinh, asinh) X(atan, atan)         \
  X(atanh, atanh) X(matrix_transpose, matrix_transpose)
#define TENDRIL_JAX_BINARY(X)                                                                                         \
  TENDRIL_NUMPY_WORDS_BINARY(X) X(true_divide, divide) X(atan2, atan2) X(bitwise_left_shift, bitwise_left_shift)      \
  X(bitwise_right_shift, bitwise_right_shift) X(matmul, matmul)
// X(name): those that are ops of JAX's own or made of several.
#define TENDRIL_JAX_OWN_UNARY(X)                                                                                      \
  X(sign) X(fabs) X(rint) X(deg2rad) X(radians) X(rad2deg) X(degrees) X(isposinf) X(isneginf) X(ravel) X(fliplr) X(flipud)
#define TENDRIL_JAX_OWN_BINARY(X)                                                                                     \
  X(floor_divide) X(remainder) X(mod) X(fmod) X(power) X(pow) X(float_power) X(heaviside) X(fmax) X(fmin) X(dot)      \
  X(vdot) X(inner) X(outer) X(array_equal)
// X(name, options): reductions.
#define TENDRIL_JAX_REDUCE(X)                                                                                         \
  X(sum, typed_reduce_options) X(prod, typed_reduce_options) X(mean, typed_reduce_options) X(nansum, reduce_options)  \
  X(nanprod, reduce_options) X(nanmean, reduce_options) X(var, std_options) X(std, std_options) X(nanvar, std_options) \
  X(nanstd, std_options) X(max, reduce_options) X(min, reduce_options) X(amax, reduce_options) X(amin, reduce_options) \
  X(nanmax, reduce_options) X(nanmin, reduce_options) X(ptp, reduce_options) X(any, reduce_options)                   \
  X(all, reduce_options) X(count_nonzero, reduce_options) X(argmax, place_options) X(argmin, place_options)
// clang-format on

#define X(name, op) Array name(const arg& x);
TENDRIL_JAX_UNARY(X)
#undef X
#define X(name) Array name(const arg& x);
TENDRIL_JAX_OWN_UNARY(X)
#undef X
#define X(name, op) Array name(const arg& x1, const arg& x2);
TENDRIL_JAX_BINARY(X)
#undef X
#define X(name) Array name(const arg& x1, const arg& x2);
TENDRIL_JAX_OWN_BINARY(X)
#undef X
#define X(name, options) Array name(const arg& a, const options& = {});
TENDRIL_JAX_REDUCE(X)
#undef X
std::pair<Array, Array> divmod(const arg& x1, const arg& x2);  ///< (floor_divide, remainder)
Array round(const arg& a, const round_options& = {});          ///< halves to the even neighbour
Array around(const arg& a, const round_options& = {});
Array where(const arg& condition, const arg& x, const arg& y);
Array clip(const arg& arr, const arg& min = std::nullopt, const arg& max = std::nullopt);  ///< min first, then max
Array isclose(const arg& a, const arg& b, const close_options& = {});
Array allclose(const arg& a, const arg& b, const close_options& = {});
Array nan_to_num(const arg& x, const nan_options& = {});
/// A real number that an integer dtype does not hold becomes the nearest one that it holds, NaN becomes 0.
Array astype(const arg& x, tendril::dtype dtype);

Array cumsum(const arg& a, const cumulative_options& = {});  ///< integers keep their dtype
Array cumprod(const arg& a, const cumulative_options& = {});
Array diff(const arg& a, const diff_options& = {});
Array sort(const arg& a, const sort_options& = {});
Array argsort(const arg& a, const sort_options& = {});
Array searchsorted(const arg& a, const arg& v, const search_options& = {});  ///< int32; `a` is sorted and of rank 1
/// Indices count from the end where they are negative. Those out of range give NaN, of int32 and int64 the lowest number, of uint8 the
/// highest, of bool true.
Array take(const arg& a, const arg& indices, const axis_options& = {});
/// The same elements for indices out of range. No axis flattens `arr`, and takes indices of rank 1.
Array take_along_axis(const arg& arr, const arg& indices, const axis_options& = {.axis = -1});
Array repeat(const arg& a, std::int64_t repeats, const axis_options& = {});
Array tile(const arg& A, const axes& reps);

Array reshape(const arg& a, const axes& shape);
Array transpose(const arg& a, const axes& axes = {});  ///< no axes reverses them
Array permute_dims(const arg& a, const axes& axes);
Array moveaxis(const arg& a, const axes& source, const axes& destination);
Array swapaxes(const arg& a, std::int64_t axis1, std::int64_t axis2);
Array broadcast_to(const arg& array, const axes& shape);
Array expand_dims(const arg& a, const axes& axis);
Array squeeze(const arg& a, const axes_options& = {});  ///< no axis: every one of extent 1
Array flip(const arg& m, const axes_options& = {});
Array roll(const arg& a, const axes& shift, const axes_options& = {});
Array concatenate(const arrays&, const join_options& = {});
Array concat(const arrays&, const join_options& = {});
Array stack(const arrays&, const stack_options& = {});
std::vector<Array> unstack(const arg& x, const stack_options& = {});  ///< needs the extent of its axis
Array tril(const arg& m, const diagonal_options& = {});
Array triu(const arg& m, const diagonal_options& = {});
Array tensordot(const arg& a, const arg& b, std::int64_t axes = 2);
Array tensordot(const arg& a, const arg& b, const std::pair<axes, axes>& axes);

/// float64 unless told; `full` takes the dtype of its value, `arange` int64 where all its numbers are integers.
Array zeros(const axes& shape, const dtype_options& = {}, std::source_location = std::source_location::current());
Array ones(const axes& shape, const dtype_options& = {}, std::source_location = std::source_location::current());
Array full(const axes& shape, scalar fill_value, const dtype_options& = {}, std::source_location = std::source_location::current());
Array eye(std::int64_t N, const eye_options& = {}, std::source_location = std::source_location::current());
Array identity(std::int64_t n, const dtype_options& = {}, std::source_location = std::source_location::current());
Array arange(scalar start, const dtype_options& = {}, std::source_location = std::source_location::current());
Array arange(scalar start, scalar stop, const dtype_options& = {}, std::source_location = std::source_location::current());
Array arange(scalar start, scalar stop, scalar step, const dtype_options& = {}, std::source_location = std::source_location::current());
Array linspace(number start, number stop, const linspace_options& = {}, std::source_location = std::source_location::current());
Array zeros_like(const arg& a, const dtype_options& = {});
Array ones_like(const arg& a, const dtype_options& = {});
Array full_like(const arg& a, scalar fill_value, const dtype_options& = {});  ///< converts the value as astype does

}  // namespace numpy

// ---- jax.nn

namespace nn {

struct axis_options {
  std::int64_t axis = -1;
};
struct gelu_options {
  bool approximate = true;  ///< by tanh
};
struct alpha_options {
  number alpha = 1.0;
};
struct slope_options {
  number negative_slope = 0.01;
};
struct sum_options {
  axes axis = {};
  bool keepdims = false;
};
struct standardize_options {
  axes axis = -1;
  number epsilon = 1e-05;
};
struct one_hot_options {
  tendril::dtype dtype = tendril::dtype::float64;
  std::int64_t axis = -1;
};

// X(name): functions of one array.
#define TENDRIL_JAX_NN_UNARY(X) \
  X(relu)                       \
  X(relu6)                      \
  X(sigmoid)                    \
  X(softplus)                   \
  X(silu)                       \
  X(swish)                      \
  X(log_sigmoid) X(soft_sign) X(mish) X(hard_tanh) X(hard_sigmoid) X(hard_silu) X(hard_swish) X(selu) X(sparse_plus) X(sparse_sigmoid)
#define X(name) Array name(const arg& x);
TENDRIL_JAX_NN_UNARY(X)
#undef X
Array gelu(const arg& x, const gelu_options& = {});
Array elu(const arg& x, const alpha_options& = {});
Array celu(const arg& x, const alpha_options& = {});
Array leaky_relu(const arg& x, const slope_options& = {});
Array glu(const arg& x, const axis_options& = {});  ///< the first half times the sigmoid of the second
Array softmax(const arg& x, const axis_options& = {});
Array log_softmax(const arg& x, const axis_options& = {});
Array logsumexp(const arg& a, const sum_options& = {});
Array standardize(const arg& x, const standardize_options& = {});
Array one_hot(const arg& x, std::int64_t num_classes, const one_hot_options& = {});  ///< an index out of range gives zeros

}  // namespace nn

namespace scipy::special {

using nn::logsumexp;
using nn::sum_options;
Array erf(const arg& x);
Array erfc(const arg& x);
Array gammaln(const arg& x);
Array expit(const arg& x);
Array logit(const arg& x);
Array xlogy(const arg& x, const arg& y);
Array xlog1py(const arg& x, const arg& y);

}  // namespace scipy::special

/// JAX's array class. Methods are the functions of jax.numpy with the array first.
class Array {
 public:
  struct tendril_frontend {
    static constexpr const char* name = "jax::Array";
  };
  using at = std::source_location;

  Array() = default;
  explicit Array(array a) noexcept : array_(std::move(a)) {}
  const array& value() const noexcept { return array_; }

  // Facts. While transpiling they are not known yet: asking makes the function wait for its first call.
  std::int64_t ndim(at where = at::current()) const { return array_.ndim(where); }
  std::int64_t size(at where = at::current()) const { return array_.size(where); }
  const extents& shape(at where = at::current()) const { return array_.shape(where); }
  std::int64_t shape(std::int64_t axis, at where = at::current()) const { return array_.shape(axis, where); }
  tendril::dtype dtype(at where = at::current()) const { return array_.dtype(where); }
  template <element E>
  E item(at where = at::current()) const {
    return array_.item<E>(where);
  }

#define X(name, options) \
  Array name(const numpy::options& o = {}, at where = at::current()) const { return numpy::name(arg(*this, where), o); }
  X(sum, typed_reduce_options)
  X(prod, typed_reduce_options)
  X(mean, typed_reduce_options)
  X(var, std_options)
  X(std, std_options)
  X(max, reduce_options)
  X(min, reduce_options)
  X(ptp, reduce_options)
  X(any, reduce_options)
  X(all, reduce_options)
  X(argmax, place_options)
  X(argmin, place_options)
  X(cumsum, cumulative_options)
  X(cumprod, cumulative_options)
  X(argsort, sort_options)
  X(sort, sort_options)
  X(round, round_options)
  X(squeeze, axes_options)
#undef X
  Array astype(tendril::dtype dtype, at where = at::current()) const { return numpy::astype(arg(*this, where), dtype); }
  Array clip(const arg& min = std::nullopt, const arg& max = std::nullopt) const { return numpy::clip(arg(*this, min.where()), min, max); }
  Array dot(const arg& b) const { return numpy::dot(arg(*this, b.where()), b); }
  Array reshape(const axes& shape, at where = at::current()) const { return numpy::reshape(arg(*this, where), shape); }
  Array ravel(at where = at::current()) const { return numpy::ravel(arg(*this, where)); }
  Array flatten(at where = at::current()) const { return numpy::ravel(arg(*this, where)); }
  Array transpose(const axes& axes = {}, at where = at::current()) const { return numpy::transpose(arg(*this, where), axes); }
  Array T(at where = at::current()) const { return numpy::transpose(arg(*this, where)); }          ///< an attribute in JAX
  Array mT(at where = at::current()) const { return numpy::matrix_transpose(arg(*this, where)); }  ///< an attribute in JAX
  Array swapaxes(std::int64_t axis1, std::int64_t axis2, at where = at::current()) const {
    return numpy::swapaxes(arg(*this, where), axis1, axis2);
  }
  Array take(const arg& indices, const numpy::axis_options& o = {}) const { return numpy::take(arg(*this, indices.where()), indices, o); }
  Array repeat(std::int64_t repeats, const numpy::axis_options& o = {}, at where = at::current()) const {
    return numpy::repeat(arg(*this, where), repeats, o);
  }
  /// Basic indexing: integers, slices, newaxis, ellipsis.
  Array operator[](const index& key) const;

  friend Array operator+(const arg& a, const arg& b) { return numpy::add(a, b); }
  friend Array operator-(const arg& a, const arg& b) { return numpy::subtract(a, b); }
  friend Array operator*(const arg& a, const arg& b) { return numpy::multiply(a, b); }
  friend Array operator/(const arg& a, const arg& b) { return numpy::divide(a, b); }
  friend Array operator%(const arg& a, const arg& b) { return numpy::remainder(a, b); }
  friend Array operator&(const arg& a, const arg& b) { return numpy::bitwise_and(a, b); }
  friend Array operator|(const arg& a, const arg& b) { return numpy::bitwise_or(a, b); }
  friend Array operator^(const arg& a, const arg& b) { return numpy::bitwise_xor(a, b); }
  friend Array operator~(const arg& a) { return numpy::invert(a); }
  friend Array operator==(const arg& a, const arg& b) { return numpy::equal(a, b); }
  friend Array operator!=(const arg& a, const arg& b) { return numpy::not_equal(a, b); }
  friend Array operator<(const arg& a, const arg& b) { return numpy::less(a, b); }
  friend Array operator<=(const arg& a, const arg& b) { return numpy::less_equal(a, b); }
  friend Array operator>(const arg& a, const arg& b) { return numpy::greater(a, b); }
  friend Array operator>=(const arg& a, const arg& b) { return numpy::greater_equal(a, b); }
  friend Array operator-(const arg& a) { return numpy::negative(a); }
  friend std::ostream& operator<<(std::ostream& out, const Array& a) { return out << a.array_; }

 private:
  array array_;
};

// ---- jax.numpy.linalg: no matrix is an error, a singular one gives infinities and NaN, and cholesky NaN where there is no triangle

namespace numpy::linalg {

struct cholesky_options {
  bool upper = false;
  bool symmetrize_input = true;  ///< else one triangle is read, the lower one
};
Array det(const arg& a);
std::pair<Array, Array> slogdet(const arg& a);  ///< the sign and the logarithm
Array inv(const arg& a);
Array solve(const arg& a, const arg& b);  ///< a b of rank 1 is one column
Array cholesky(const arg& a, const cholesky_options& = {});
Array matrix_power(const arg& a, std::int64_t n);  ///< of a negative n the power of the inverse

}  // namespace numpy::linalg

// ---- jax.lax

namespace lax {

struct axis_options {
  std::int64_t axis = 0;
};
struct sort_options {
  std::int64_t dimension = -1;
};
struct cumulative_options {
  std::int64_t axis = 0;
  bool reverse = false;
};

// Operands of unequal shapes broadcast, where JAX refuses all but rank 0 beside another rank.

// X(JAX's name, the op, what it takes): real, number (no bool), bits (no floating dtype), any.
// clang-format off
#define TENDRIL_JAX_LAX_UNARY(X)                                                                                      \
  X(neg, negative, number) X(abs, abs, number) X(floor, floor, real) X(ceil, ceil, real)        \
  X(square, square, number) X(exp, exp, real) X(exp2, exp2, real) X(expm1, expm1, real) X(log, log, real)             \
  X(log1p, log1p, real) X(sqrt, sqrt, real) X(rsqrt, rsqrt, real) X(cbrt, cbrt, real) X(sin, sin, real)               \
  X(cos, cos, real) X(tan, tan, real) X(asin, asin, real) X(acos, acos, real) X(atan, atan, real)                     \
  X(sinh, sinh, real) X(cosh, cosh, real) X(tanh, tanh, real) X(asinh, asinh, real) X(acosh, acosh, real)             \
  X(atanh, atanh, real) X(logistic, sigmoid, real) X(erf, erf, real) X(erfc, erfc, real) X(lgamma, lgamma, real)      \
  X(is_finite, isfinite, real) X(reciprocal, reciprocal, real) X(bitwise_not, bitwise_invert, bits)
#define TENDRIL_JAX_LAX_BINARY(X)                                                                                     \
  X(add, add, number) X(sub, subtract, number) X(mul, multiply, number) X(max, maximum, any) X(min, minimum, any)     \
  X(atan2, atan2, real) X(nextafter, nextafter, real) X(eq, equal, any) X(ne, not_equal, any) X(lt, less, any)        \
  X(le, less_equal, any) X(gt, greater, any) X(ge, greater_equal, any) X(bitwise_and, bitwise_and, bits)              \
  X(bitwise_or, bitwise_or, bits) X(bitwise_xor, bitwise_xor, bits)
// clang-format on

#define X(name, op, takes) Array name(const arg& x);
TENDRIL_JAX_LAX_UNARY(X)
#undef X
#define X(name, op, takes) Array name(const arg& x, const arg& y);
TENDRIL_JAX_LAX_BINARY(X)
#undef X
Array div(const arg& x, const arg& y);  ///< of integers rounded towards 0; -1 where the divisor is 0
Array rem(const arg& x, const arg& y);  ///< the remainder with the sign of the dividend
Array sign(const arg& x);
Array pow(const arg& x, const arg& y);
Array integer_pow(const arg& x, std::int64_t y);
Array clamp(const arg& min, const arg& x, const arg& max);
Array select(const arg& pred, const arg& on_true, const arg& on_false);
Array convert_element_type(const arg& operand, tendril::dtype new_dtype);
Array stop_gradient(const arg& x);
Array reshape(const arg& operand, const axes& new_sizes);
Array transpose(const arg& operand, const axes& permutation);
Array rev(const arg& operand, const axes& dimensions);
Array squeeze(const arg& array, const axes& dimensions);
Array expand_dims(const arg& array, const axes& dimensions);
Array broadcast(const arg& operand, const axes& sizes);  ///< new axes in front
Array concatenate(const arrays& operands, std::int64_t dimension);
Array cumsum(const arg& operand, const cumulative_options& = {});
Array cumprod(const arg& operand, const cumulative_options& = {});
Array sort(const arg& operand, const sort_options& = {});
Array argmax(const arg& operand, std::int64_t axis, tendril::dtype index_dtype);
Array argmin(const arg& operand, std::int64_t axis, tendril::dtype index_dtype);
Array batch_matmul(const arg& lhs, const arg& rhs);  ///< dtypes may be mixed, as in jnp::matmul
Array full(const axes& shape, scalar fill_value, tendril::dtype = tendril::dtype::unknown,
           std::source_location = std::source_location::current());
Array iota(tendril::dtype dtype, std::int64_t size, std::source_location = std::source_location::current());

}  // namespace lax

}  // namespace tendril::frontends::jax

template <>
struct tendril::frontend<tendril::source::jax_t> {
  using array_type = tendril::frontends::jax::Array;
};
