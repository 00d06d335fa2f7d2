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

using namespace keywords;

// Keyword arguments, as designated initialisers: `jnp::std(x, {.axis = 0, .ddof = 1})`.
struct sort_options {
  maybe_integer axis = -1;
  bool descending = false;
};

// What JAX takes and these functions refuse, each with an error: an axis of an array of rank 0, a negative count in repeat, totals of bool
// as bool, an end of 0 of geomspace, matrix products, abs, positive, floor, ceil, trunc and fmod of bool, a C++ number of 2^63 or more
// beside integers, and modes of pad but those that its options name. Sums of uint8 are int64, where JAX has uint64. What a number and a
// bool array make is int64 or float64 and no longer weak, and so is a number that shapes are made of, as in kron and append. Which of two
// zeros is larger is left open.

// NumPy's words, with what is JAX's own: integers keep their dtype in running totals, places that searchsorted and
// digitize give are int32, power takes integer exponents modulo 64, `take` and `take_along_axis` give NaN for indices out of range, of
// int32 and int64 the lowest number, of uint8 the highest, of bool true, and `astype`, `full` and `full_like` give the nearest number that
// the dtype holds for a real one, 0 for NaN. `tri` is float32 and all else that is created float64, unless told. Quantiles have the methods
// linear, lower, higher, midpoint, inverted_cdf and nearest, which of a half takes the lower.
#define ARRAY Array
#define SAID "jax.numpy."
#include <tendril/frontends/numpy_words.def>
#undef SAID
#undef ARRAY
Array sort(const arg& a, const sort_options& = {});
Array argsort(const arg& a, const sort_options& = {});
/// `length` says how many counts there are: a number beyond them is passed over, a negative one counts as 0. Without weights, which have
/// the shape of x, counts are int64.
struct bincount_options {
  std::int64_t length;
  arg weights = std::nullopt;
};
Array bincount(const arg& x, const bincount_options&);

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
Array erfinv(const arg& x);  ///< to 8 ULP: infinite at -1 and 1, NaN beyond
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
  using line = std::source_location;

  Array() = default;
  explicit Array(array a) noexcept : array_(std::move(a)) {}
  const array& value() const noexcept { return array_; }

#define ARRAY Array
#include <tendril/frontends/numpy_methods.def>
#undef ARRAY
  /// Basic indexing: integers, slices, newaxis, ellipsis.
  Array operator[](const index& key) const;
  /// An attribute in Python: `x.at()[0].set(y)`, `x.at()[{td::ellipsis, 1}].add(2)`, `x.at()[i].multiply(y)` are x with a part changed.
  class places at() const;
  Array sort(const numpy::sort_options& o = {}, line where = line::current()) const { return numpy::sort(arg(*this, where), o); }
  Array ptp(const numpy::reduce_options& o = {}, line where = line::current()) const { return numpy::ptp(arg(*this, where), o); }

 private:
  array array_;
};

/// A part of an array that is to be changed: each of these gives a new array. What they are given broadcasts to the part and is converted
/// to the dtype of the array, after the arithmetic; `divide` and `power` give what numpy::divide and numpy::power give. Places out of range
/// are passed over, negative ones count from the end. Places that an index names several times are changed as often, and of several that
/// are set the last counts. Multiply, divide, power, min and max by an index compare it with every place.
class place {
 public:
  Array set(const arg& values) const { return changed("set", values); }
  Array add(const arg& values) const { return changed("add", values); }
  Array subtract(const arg& values) const { return changed("subtract", values); }
  Array multiply(const arg& values) const { return changed("multiply", values); }
  Array divide(const arg& values) const;
  Array power(const arg& values) const;
  Array min(const arg& values) const { return changed("min", values); }
  Array max(const arg& values) const { return changed("max", values); }

 private:
  friend class places;
  place(Array of, std::vector<index_item> key, std::vector<Array> indices)
      : of_(std::move(of)), key_(std::move(key)), indices_(std::move(indices)) {}
  Array changed(const char* how, const arg& values) const;
  Array of_;
  std::vector<index_item> key_;
  std::vector<Array> indices_;
};
class places {
 public:
  place operator[](const index& key) const { return {of_, key.items(), {}}; }
  /// Integers that name places of the first axis; or a mask of bool over the first axes, and one value for all that it takes.
  place operator[](const Array& indices) const { return {of_, {}, {indices}}; }
  /// Integers that name places of the first axes together.
  place operator[](std::initializer_list<Array> indices) const { return {of_, {}, indices}; }

 private:
  friend class Array;
  explicit places(Array of) : of_(std::move(of)) {}
  Array of_;
};
inline places Array::at() const { return places(*this); }

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
struct eigh_options {
  std::string UPLO = "L";
  bool symmetrize_input = true;  ///< reads the mean of the matrix and its transpose, not one triangle
};
std::pair<Array, Array> eigh(const arg& a, const eigh_options& = {});  ///< the values in ascending order, vectors up to their signs
Array eigvalsh(const arg& a, const eigh_options& = {});

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
struct collapse_options {
  maybe_integer stop_dimension = {};  ///< none: the last one too
};
struct slice_options {
  axes strides = {};
};
struct top_k_options {
  std::int64_t axis = -1;
};
/// Where halves are rounded to: away from 0, or to the even neighbour.
enum class RoundingMethod : std::uint8_t { AWAY_FROM_ZERO, TO_NEAREST_EVEN };
/// ((of lhs, of rhs) that are summed over, (of lhs, of rhs) that are batches), as in JAX: `{{{1}, {0}}, {{}, {}}}`.
using dot_dimensions = std::pair<std::pair<axes, axes>, std::pair<axes, axes>>;
/// What stands before an axis, behind it and between its elements: `{{1, 1, 0}, {0, 2, 1}}`. Negative counts before and behind cut.
struct padding_item {
  std::int64_t low = 0, high = 0, interior = 0;
};
using padding_config = std::vector<padding_item>;
/// Which axis is what in `gather`, as in JAX.
struct GatherDimensionNumbers {
  axes offset_dims = {}, collapsed_slice_dims = {}, start_index_map = {}, operand_batching_dims = {}, start_indices_batching_dims = {};
};
/// A part that does not fit begins where it fits, with "clip" too; with the mode "fill" it holds `fill_value`, unless told NaN, the lowest
/// or, of uint8, the highest number, or true.
struct gather_options {
  std::string mode = "promise_in_bounds";
  std::optional<scalar> fill_value = std::nullopt;
};
/// "VALID", "SAME", "SAME_LOWER", or a pair for each axis of the windows: `{{1, 1}, {0, 2}}`; negative numbers cut.
class conv_padding {
 public:
  conv_padding(const char* word) : word_(word) {}
  conv_padding(std::string word) : word_(std::move(word)) {}
  conv_padding(std::initializer_list<std::pair<std::int64_t, std::int64_t>> each) {
    for (const auto& [low, high] : each) pairs_.insert(pairs_.end(), {low, high});
  }
  explicit conv_padding(std::vector<std::int64_t> pairs) : pairs_(std::move(pairs)) {}
  const std::string& word() const noexcept { return word_; }                  ///< empty where there are pairs
  const std::vector<std::int64_t>& pairs() const noexcept { return pairs_; }  ///< low and high in turn

 private:
  std::string word_;
  std::vector<std::int64_t> pairs_;
};
/// No dilation is 1 for each axis. `dimension_numbers` are three texts, as `{"NHWC", "HWIO", "NHWC"}`; none: N x C x ... and O x I x ...
struct conv_options {
  axes lhs_dilation = {};
  axes rhs_dilation = {};
  std::vector<std::string> dimension_numbers = {};
  std::int64_t feature_group_count = 1;
  std::int64_t batch_group_count = 1;
};
/// Integers, arrays of rank 0 among them, one for each axis: `{0, i}`.
using starts = std::initializer_list<arg>;

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
Array erf_inv(const arg& x);            ///< scipy::special::erfinv of a floating dtype
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

/// Matrices and vectors; dtypes may be mixed, as in jnp::matmul.
Array dot(const arg& lhs, const arg& rhs);
/// Batches first, then what is left of lhs and of rhs.
Array dot_general(const arg& lhs, const arg& rhs, const dot_dimensions& dimension_numbers);
Array broadcast_in_dim(const arg& operand, const axes& shape, const axes& broadcast_dimensions);  ///< dimension i becomes the one named
Array collapse(const arg& operand, std::int64_t start_dimension, const collapse_options& = {});   ///< these become one
/// Over the axes that are named; of nothing the end of the dtype's range.
Array reduce_max(const arg& operand, const axes& axes);
Array reduce_min(const arg& operand, const axes& axes);
Array reduce_sum(const arg& operand, const axes& axes);  ///< integers keep their dtype
Array round(const arg& x, RoundingMethod = RoundingMethod::AWAY_FROM_ZERO);
Array slice(const arg& operand, const axes& start_indices, const axes& limit_indices, const slice_options& = {});
std::pair<Array, Array> top_k(const arg& operand, std::int64_t k, const top_k_options& = {});  ///< (values, int32 places), NaN first
Array cummax(const arg& operand, const cumulative_options& = {});
Array cummin(const arg& operand, const cumulative_options& = {});
/// N x C x ... with O x C x ...; padding is "VALID", "SAME" or "SAME_LOWER".
Array conv(const arg& lhs, const arg& rhs, const axes& window_strides, const std::string& padding);
/// The same with holes in either operand, with groups and with axes in any order. Operands have one dtype, and are not bool.
Array conv_general_dilated(const arg& lhs, const arg& rhs, const axes& window_strides, const conv_padding& padding,
                           const conv_options& = {});
/// Parts of the operand that begin where integers say: the last axis of `start_indices` counts those of one part.
Array gather(const arg& operand, const arg& start_indices, const GatherDimensionNumbers& dimension_numbers, const axes& slice_sizes,
             const gather_options& = {});
Array pad(const arg& operand, const arg& padding_value, const padding_config& padding_config);
/// Starts that would lead beyond the ends are moved, negative ones count from the end first. They are values: no new trace for others.
Array dynamic_slice(const arg& operand, starts start_indices, const axes& slice_sizes);
Array dynamic_slice(const arg& operand, const arg& start_indices, const axes& slice_sizes);
Array dynamic_update_slice(const arg& operand, const arg& update, starts start_indices);
Array dynamic_update_slice(const arg& operand, const arg& update, const arg& start_indices);

}  // namespace lax

namespace random {
#define X(name) TENDRIL_FRONTEND_LACKS(Array, name, "jax.random." #name, "random numbers: draw them before, and pass them in")
X(key) X(PRNGKey) X(split) X(fold_in) X(uniform) X(normal) X(randint) X(bernoulli) X(permutation) X(categorical) X(choice)
#undef X
}  // namespace random

}  // namespace tendril::frontends::jax

template <>
struct tendril::frontend<tendril::source::jax_t> {
  using array_type = tendril::frontends::jax::Array;
};
