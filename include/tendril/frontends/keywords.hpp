// What frontends with NumPy's words share: keyword arguments as designated initialisers, and the functions of which each names one op.
#pragma once
#include <tendril/detail/lacking.hpp>
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
/// Digits behind the point; fewer than 0 round to tens and hundreds.
struct round_options {
  std::int64_t decimals = 0;
};
/// No axis joins the flattened arrays.
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
struct logspace_options {
  std::int64_t num = 50;
  bool endpoint = true;
  number base = 10.0;
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
/// The diagonal of two axes, moved by `offset`.
struct plane_options {
  std::int64_t offset = 0;
  std::int64_t axis1 = 0;
  std::int64_t axis2 = 1;
};
struct diagonal_sum_options {
  std::int64_t offset = 0;
  std::int64_t axis1 = 0;
  std::int64_t axis2 = 1;
  tendril::dtype dtype = tendril::dtype::unknown;
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
struct turn_options {
  std::int64_t k = 1;
  tendril::axes axes = {0, 1};
};
struct meshgrid_options {
  std::string indexing = "xy";  ///< or ij
  bool sparse = false;          ///< each with its own extent alone, the others 1
};
struct convolve_options {
  std::string mode = "full";  ///< or same, valid
};
struct corrcoef_options {
  bool rowvar = true;
};
/// Where the vectors stand in both operands and in the result; `axis` says all three.
struct cross_options {
  std::int64_t axisa = -1;
  std::int64_t axisb = -1;
  std::int64_t axisc = -1;
  maybe_integer axis = {};
};
struct trapezoid_options {
  number dx = 1.0;
  std::int64_t axis = -1;
};
/// What is beyond the ends of `xp` gets the ends of `fp`, unless told. A period takes `x` and `xp` modulo it, and sorts them.
struct interp_options {
  std::optional<number> left = std::nullopt;
  std::optional<number> right = std::nullopt;
  std::optional<number> period = std::nullopt;
};
struct gradient_options {
  maybe_integer axis = {};  ///< none: the one axis that there is
  std::int64_t edge_order = 1;
};
/// No discont: half a period.
struct unwrap_options {
  std::optional<number> discont = std::nullopt;
  std::int64_t axis = -1;
  scalar period = 6.283185307179586;
};
struct digitize_options {
  bool right = false;
};
struct vander_options {
  maybe_integer N = {};  ///< none: as many columns as elements
  bool increasing = false;
};
struct isin_options {
  bool invert = false;
};
/// Which norm: a number, infinities included, or of matrices "fro" or "nuc".
using norm_order = std::variant<number, std::string>;
/// No `ord` is the root of the sum of squares.
struct norm_options {
  std::optional<norm_order> ord = std::nullopt;
  axes axis = {};
  bool keepdims = false;
};
struct vector_norm_options {
  axes axis = {};
  bool keepdims = false;
  number ord = 2;
};
struct matrix_norm_options {
  bool keepdims = false;
  norm_order ord = "fro";
};
/// No `p` is 2: a quotient of singular values.
struct cond_options {
  std::optional<norm_order> p = std::nullopt;
};
/// Which triangle is read: "L" or "U".
struct eigh_options {
  std::string UPLO = "L";
};
/// "reduced" or "complete".
struct qr_options {
  std::string mode = "reduced";
};
struct svd_options {
  bool full_matrices = true;
};
/// Below which part of the largest singular value others count as 0.
struct rcond_options {
  std::optional<number> rcond = std::nullopt;
};
struct pinv_options {
  std::optional<number> rcond = std::nullopt;
  std::optional<number> rtol = std::nullopt;  ///< the same, in the words of the Array API
};
/// `rtol` is a part of the largest singular value.
struct rank_options {
  std::optional<number> tol = std::nullopt;
  std::optional<number> rtol = std::nullopt;
};
/// How much comes before and after each axis: one number, one pair for all axes, or a pair for each: `1`, `{1, 2}`, `{{1, 2}, {0, 3}}`.
class pad_widths {
 public:
  template <std::integral I>
  pad_widths(I both) : values_{both, both} {}
  pad_widths(std::int64_t before, std::int64_t after) : values_{before, after} {}
  pad_widths(std::initializer_list<std::pair<std::int64_t, std::int64_t>> each) {
    for (const auto& [before, after] : each) values_.insert(values_.end(), {before, after});
  }
  explicit pad_widths(std::vector<std::int64_t> pairs) : values_(std::move(pairs)) {}
  const std::vector<std::int64_t>& values() const noexcept { return values_; }  ///< before and after in turn

 private:
  std::vector<std::int64_t> values_;
};
/// A number for all ends, or one before and one after: for all axes, or for each: `0`, `{1, 2}`, `{{1, 2}, {0, 3}}`.
class pad_ends {
 public:
  template <class N>
  requires(std::is_arithmetic_v<N>) pad_ends(N all) : values_{static_cast<double>(all), static_cast<double>(all)} {}
  pad_ends(number before, number after) : values_{before.value(), after.value()} {}
  pad_ends(std::initializer_list<std::pair<number, number>> each) {
    for (const auto& [before, after] : each) values_.insert(values_.end(), {before.value(), after.value()});
  }
  explicit pad_ends(std::vector<double> pairs) : values_(std::move(pairs)) {}
  const std::vector<double>& values() const noexcept { return values_; }  ///< before and after in turn

 private:
  std::vector<double> values_;
};
/// What constants stand at the ends, said as pad_ends says it, by numbers that keep their kind.
class pad_constants {
 public:
  template <arithmetic N>
  pad_constants(N all) : values_{scalar(all)} {}
  pad_constants(const scalar& all) : values_{all} {}
  pad_constants(const scalar& before, const scalar& after) : values_{before, after} {}
  pad_constants(std::initializer_list<std::pair<scalar, scalar>> each) {
    for (const auto& [before, after] : each) values_.insert(values_.end(), {before, after});
  }
  explicit pad_constants(std::vector<scalar> pairs) : values_(std::move(pairs)) {}
  const std::vector<scalar>& values() const noexcept { return values_; }  ///< one, or before and after in turn

 private:
  std::vector<scalar> values_;
};
struct pad_options {
  std::string mode = "constant";      ///< or edge, reflect, symmetric, wrap, linear_ramp, maximum, minimum, mean, median
  pad_constants constant_values = 0;  ///< converted as the framework converts it
  pad_ends end_values = 0;            ///< where linear_ramp leads to
  std::optional<pad_widths> stat_length =
      std::nullopt;                   ///< of how many elements next to an end the extremes, mean and median are; else of all
  std::string reflect_type = "even";  ///< or odd: reflect and symmetric mirror in the element of the end, not in its place
};

/// Which axes; none: all.
struct shift_options {
  tendril::axes axes = {};
};

}  // namespace tendril::frontends::keywords

// X(NumPy's name, the op): functions of one array, and of two.
// clang-format off
#define TENDRIL_NUMPY_WORDS_UNARY(X)                                                                                \
  X(negative, negative) X(positive, positive) X(abs, abs) X(absolute, abs) X(square, square) X(sqrt, sqrt)          \
  X(cbrt, cbrt) X(exp, exp) X(exp2, exp2) X(expm1, expm1) X(log, log) X(log2, log2) X(log10, log10) X(log1p, log1p) \
  X(sin, sin) X(cos, cos) X(tan, tan) X(arcsin, asin) X(arccos, acos) X(arctan, atan) X(sinh, sinh) X(cosh, cosh)   \
  X(tanh, tanh) X(arcsinh, asinh) X(arccosh, acosh) X(arctanh, atanh) X(floor, floor) X(ceil, ceil) X(trunc, trunc) \
  X(signbit, signbit) X(isfinite, isfinite) X(isinf, isinf) X(isnan, isnan) X(invert, bitwise_invert)               \
  X(logical_not, logical_not) X(bitwise_not, bitwise_invert) X(bitwise_invert, bitwise_invert) X(acos, acos)        \
  X(acosh, acosh) X(asin, asin) X(asinh, asinh) X(atan, atan) X(atanh, atanh) X(matrix_transpose, matrix_transpose)
#define TENDRIL_NUMPY_WORDS_BINARY(X)                                                                               \
  X(add, add) X(subtract, subtract) X(multiply, multiply) X(divide, divide) X(maximum, maximum)                     \
  X(minimum, minimum) X(arctan2, atan2) X(hypot, hypot) X(copysign, copysign) X(nextafter, nextafter)               \
  X(logaddexp, logaddexp) X(equal, equal) X(not_equal, not_equal) X(less, less) X(less_equal, less_equal)           \
  X(greater, greater) X(greater_equal, greater_equal) X(logical_and, logical_and) X(logical_or, logical_or)         \
  X(logical_xor, logical_xor) X(bitwise_and, bitwise_and) X(bitwise_or, bitwise_or) X(bitwise_xor, bitwise_xor)     \
  X(left_shift, bitwise_left_shift) X(right_shift, bitwise_right_shift) X(true_divide, divide) X(atan2, atan2)      \
  X(bitwise_left_shift, bitwise_left_shift) X(bitwise_right_shift, bitwise_right_shift) X(matmul, matmul) X(gcd, gcd) X(lcm, lcm)
// X(name): those that are ops of a framework's own or made of several.
#define TENDRIL_NUMPY_WORDS_OWN_UNARY(X)                                                                            \
  X(sign) X(fabs) X(rint) X(reciprocal) X(deg2rad) X(radians) X(rad2deg) X(degrees) X(isposinf) X(isneginf) X(ravel)        \
  X(fliplr) X(flipud) X(real) X(imag) X(conj) X(conjugate) X(angle) X(atleast_1d) X(atleast_2d)
#define TENDRIL_NUMPY_WORDS_OWN_BINARY(X)                                                                           \
  X(floor_divide) X(remainder) X(mod) X(fmod) X(power) X(pow) X(float_power) X(heaviside) X(fmax) X(fmin) X(dot)    \
  X(vdot) X(inner) X(outer) X(array_equal) X(kron) X(polyval)
// X(name, options): reductions.
#define TENDRIL_NUMPY_WORDS_REDUCE(X)                                                                               \
  X(sum, typed_reduce_options) X(prod, typed_reduce_options) X(mean, typed_reduce_options)                          \
  X(nansum, reduce_options) X(nanprod, reduce_options) X(nanmean, reduce_options) X(var, std_options)               \
  X(std, std_options) X(nanvar, std_options) X(nanstd, std_options) X(max, reduce_options) X(min, reduce_options)   \
  X(amax, reduce_options) X(amin, reduce_options) X(nanmax, reduce_options) X(nanmin, reduce_options)               \
  X(ptp, reduce_options) X(any, reduce_options) X(all, reduce_options) X(count_nonzero, reduce_options)             \
  X(median, reduce_options) X(argmax, place_options) X(argmin, place_options)
// clang-format on
