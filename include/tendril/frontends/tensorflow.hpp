// The tensorflow frontend: the names, argument names, defaults and promotion of tf, tf.math, tf.nn, tf.linalg and tf.bitwise, over the ops
// of Tendril. `namespace tf = tendril::frontends::tensorflow;` lets code written for TensorFlow read as it does there.
#pragma once
#include <tendril/detail/lacking.hpp>
#include <tendril/transpile.hpp>

namespace tendril::frontends::tensorflow {

using tendril::bool_;
using tendril::float32;
using tendril::float64;
using tendril::int32;
using tendril::int64;
using tendril::uint8;

/// TensorFlow's promotion: there is none. Tensors of two dtypes are refused. A C++ number becomes a tensor of the dtype beside it, and is
/// refused where its kind does not fit: 2.5 beside int32, 1 beside bool. Alone it is int32, float32 or bool. An integer that the dtype
/// does not hold keeps its low bits.
extern const promotion_rules promotion;

class Tensor;

/// What a function takes: a tensor or a C++ number, with the caller's line; or nothing, where an operand may be absent.
using arg = detail::frontend_operand<Tensor>;
/// Any number of tensors, with the caller's line.
using tensors = detail::frontend_list<Tensor>;
/// What stands in brackets, with the caller's line: `x[{td::ellipsis, td::slice(0, 1)}]`, `x[0]`.
using index = detail::frontend_index;

// Keyword arguments, as designated initialisers: `tf::reduce_sum(x, {.axis = {0, 1}, .keepdims = true})`. No axis means all.
struct reduce_options {
  axes axis = {};
  bool keepdims = false;
};
struct place_options {
  std::int64_t axis = 0;
  tendril::dtype output_type = tendril::dtype::int64;
};
struct cumulative_options {
  std::int64_t axis = 0;
  bool exclusive = false;
  bool reverse = false;
};
struct sort_options {
  std::int64_t axis = -1;
  std::string direction = "ASCENDING";
};
struct axis_options {
  std::int64_t axis = -1;
};
struct axes_options {
  axes axis = {};
};
struct repeat_options {
  maybe_integer axis = {};
};
struct gather_options {
  std::int64_t axis = 0;
};
struct join_options {
  std::int64_t axis = 0;
};
struct transpose_options {
  axes perm = {};
};
struct dtype_options {
  tendril::dtype dtype = tendril::dtype::unknown;
};
struct eye_options {
  maybe_integer num_columns = {};
  tendril::dtype dtype = tendril::dtype::float32;
};
/// The dtype is that of `on_value` where it is given, else float32.
struct one_hot_options {
  std::optional<scalar> on_value = std::nullopt;
  std::optional<scalar> off_value = std::nullopt;
  std::int64_t axis = -1;
  tendril::dtype dtype = tendril::dtype::unknown;
};
struct matmul_options {
  bool transpose_a = false;
  bool transpose_b = false;
};
struct normalize_options {
  axes axis = {};
  number epsilon = 1e-12;
};
struct slope_options {
  number alpha = 0.2;
};
struct gelu_options {
  bool approximate = false;  ///< by tanh
};
struct moments_options {
  bool keepdims = false;
};
struct search_options {
  std::string side = "left";
};
struct meshgrid_options {
  std::string indexing = "xy";  ///< or ij
};
/// What stands before and behind each axis.
using paddings = std::vector<std::array<std::int64_t, 2>>;
struct pad_options {
  std::string mode = "CONSTANT";  ///< or REFLECT, SYMMETRIC
  scalar constant_values = 0;
};
/// Bit i says what entry i of the lists is: an open begin or end, `...`, a new axis, or one place.
struct strided_slice_options {
  axes strides = {};
  std::int64_t begin_mask = 0;
  std::int64_t end_mask = 0;
  std::int64_t ellipsis_mask = 0;
  std::int64_t new_axis_mask = 0;
  std::int64_t shrink_axis_mask = 0;
};
struct constant_options {
  tendril::dtype dtype = tendril::dtype::unknown;
  axes shape = {};
};
struct batch_options {
  std::int64_t batch_dims = 0;
};
/// "SAME", "VALID", or what stands before and behind each axis.
class window_padding {
 public:
  window_padding(const char* word) : word_(word) {}
  window_padding(std::string word) : word_(std::move(word)) {}
  window_padding(paddings explicit_paddings) : word_("EXPLICIT"), pairs_(std::move(explicit_paddings)) {}
  const std::string& word() const noexcept { return word_; }
  const paddings& pairs() const noexcept { return pairs_; }

 private:
  std::string word_;
  paddings pairs_;
};
/// Where the channels are: last, as in "NWC", "NHWC" and "NDHWC", which the empty word says too, or first, as in "NCW", "NCHW" and "NCDHW".
/// Lists with a number for every axis are in that order.
struct format_options {
  std::string data_format = "";
};
struct window_options {
  std::string data_format = "";
  axes dilations = 1;
};

// What TensorFlow takes and these functions refuse, each with an error: reductions of nothing to a largest or smallest element, an axis of
// a tensor of rank 0, a number times bool, and C++ numbers of 2^63 or more. An integer divided by 0, and a negative integer power of an
// integer, are errors when the function runs, as in TensorFlow. argmax and argmin pass over NaN; where TensorFlow's sort leaves NaN in the
// middle, here it is the largest. Which of two zeros is larger is left open, and what top_k and max_pool do with NaN. There are no pools of
// channels, and a data_format has a letter for each axis; meshgrid takes one dtype.

// X(TensorFlow's name, the op, what it takes): number (no bool), signed_ (no bool and uint8), real, integer, boolean, bits (integer and
// bool), any.
// clang-format off
#define TENDRIL_TF_MATH_UNARY(X)                                                                                      \
  X(negative, negative, signed_) X(abs, abs, signed_) X(square, square, number) X(sqrt, sqrt, real)                   \
  X(rsqrt, rsqrt, real) X(reciprocal, reciprocal, real) X(exp, exp, real) X(expm1, expm1, real) X(log, log, real)     \
  X(log1p, log1p, real) X(sin, sin, real) X(cos, cos, real) X(tan, tan, real) X(asin, asin, real)                     \
  X(acos, acos, real) X(atan, atan, real) X(sinh, sinh, real) X(cosh, cosh, real) X(tanh, tanh, real)                 \
  X(asinh, asinh, real) X(acosh, acosh, real) X(atanh, atanh, real) X(erf, erf, real) X(erfc, erfc, real)             \
  X(lgamma, lgamma, real) X(sigmoid, sigmoid, real) X(floor, floor, real) X(ceil, ceil, real) X(round, round, number) \
  X(rint, round, real) X(is_nan, isnan, real) X(is_inf, isinf, real) X(is_finite, isfinite, real)                     \
  X(logical_not, logical_not, boolean)
#define TENDRIL_TF_MATH_BINARY(X)                                                                                     \
  X(subtract, subtract, number) X(multiply, multiply, number) X(maximum, maximum, number)                             \
  X(minimum, minimum, number) X(atan2, atan2, real) X(nextafter, nextafter, real) X(equal, equal, any)                \
  X(not_equal, not_equal, any) X(less, less, number) X(less_equal, less_equal, number) X(greater, greater, number)    \
  X(greater_equal, greater_equal, number) X(logical_and, logical_and, boolean) X(logical_or, logical_or, boolean)     \
  X(logical_xor, logical_xor, boolean)
// X(name): those that are ops of TensorFlow's own or made of several.
#define TENDRIL_TF_MATH_OWN_UNARY(X) X(sign) X(softplus) X(log_sigmoid) X(softsign) X(erfinv) X(ndtri)
#define TENDRIL_TF_MATH_OWN_BINARY(X)                                                                                 \
  X(add) X(divide) X(truediv) X(floordiv) X(floormod) X(mod) X(pow) X(divide_no_nan) X(multiply_no_nan)               \
  X(squared_difference) X(xlogy) X(xlog1py) X(xdivy)
#define TENDRIL_TF_REDUCE(X)                                                                                          \
  X(reduce_sum) X(reduce_prod) X(reduce_mean) X(reduce_max) X(reduce_min) X(reduce_any) X(reduce_all)                 \
  X(reduce_std) X(reduce_variance) X(reduce_logsumexp) X(count_nonzero)
#define TENDRIL_TF_BITWISE(X) X(bitwise_and) X(bitwise_or) X(bitwise_xor) X(left_shift) X(right_shift)
#define TENDRIL_TF_NN_UNARY(X) X(relu) X(relu6) X(elu) X(selu) X(silu) X(swish)
// clang-format on

namespace math {

#define X(name, op, takes) Tensor name(const arg& x);
TENDRIL_TF_MATH_UNARY(X)
#undef X
#define X(name) Tensor name(const arg& x);
TENDRIL_TF_MATH_OWN_UNARY(X)
#undef X
#define X(name, op, takes) Tensor name(const arg& x, const arg& y);
TENDRIL_TF_MATH_BINARY(X)
#undef X
/// `add` and `truediv` make a tensor of a first operand that is a number, int32 or float32; the others give it the dtype of the second.
/// `divide` and `truediv` make float32 of uint8, and float64 of int32 and int64.
#define X(name) Tensor name(const arg& x, const arg& y);
TENDRIL_TF_MATH_OWN_BINARY(X)
#undef X
// Sums and products keep the dtype; the mean of integers is rounded towards 0.
#define X(name) Tensor name(const arg& input_tensor, const reduce_options& = {});
TENDRIL_TF_REDUCE(X)
#undef X
Tensor add_n(const tensors& inputs);
Tensor argmax(const arg& input, const place_options& = {});
Tensor argmin(const arg& input, const place_options& = {});
Tensor cumsum(const arg& x, const cumulative_options& = {});
Tensor cumprod(const arg& x, const cumulative_options& = {});
Tensor l2_normalize(const arg& x, const normalize_options& = {});
Tensor softmax(const arg& logits, const axis_options& = {});
Tensor log_softmax(const arg& logits, const axis_options& = {});
std::pair<Tensor, Tensor> top_k(const arg& input, std::int64_t k = 1);  ///< (values, int32 places) of the last axis

}  // namespace math

namespace bitwise {

Tensor invert(const arg& x);
/// A count of bits is limited to those that there are.
#define X(name) Tensor name(const arg& x, const arg& y);
TENDRIL_TF_BITWISE(X)
#undef X

}  // namespace bitwise

using math::abs;
using math::acos;
using math::acosh;
using math::add;
using math::add_n;
using math::argmax;
using math::argmin;
using math::asin;
using math::asinh;
using math::atan;
using math::atan2;
using math::atanh;
using math::cos;
using math::cosh;
using math::cumsum;
using math::divide;
using math::equal;
using math::exp;
using math::floor;
using math::greater;
using math::greater_equal;
using math::less;
using math::less_equal;
using math::logical_and;
using math::logical_not;
using math::logical_or;
using math::maximum;
using math::minimum;
using math::multiply;
using math::negative;
using math::not_equal;
using math::pow;
using math::reduce_all;
using math::reduce_any;
using math::reduce_logsumexp;
using math::reduce_max;
using math::reduce_mean;
using math::reduce_min;
using math::reduce_prod;
using math::reduce_sum;
using math::round;
using math::sigmoid;
using math::sign;
using math::sin;
using math::sinh;
using math::sqrt;
using math::square;
using math::subtract;
using math::tan;
using math::tanh;
using math::truediv;

/// Real division: both operands have one floating dtype.
Tensor realdiv(const arg& x, const arg& y);
Tensor cast(const arg& x, tendril::dtype dtype);
Tensor where(const arg& condition, const arg& x, const arg& y);
Tensor clip_by_value(const arg& t, const arg& clip_value_min, const arg& clip_value_max);  ///< the upper bound first, then the lower
Tensor identity(const arg& input);
Tensor convert_to_tensor(const arg& value);
Tensor stop_gradient(const arg& input);

Tensor reshape(const arg& tensor, const axes& shape);
Tensor transpose(const arg& a, const transpose_options& = {});  ///< no perm reverses the axes
Tensor expand_dims(const arg& input, std::int64_t axis);
Tensor squeeze(const arg& input, const axes_options& = {});  ///< no axis: every one of extent 1
Tensor broadcast_to(const arg& input, const axes& shape);
Tensor reverse(const arg& tensor, const axes& axis);
Tensor roll(const arg& input, const axes& shift, const axes& axis);
Tensor tile(const arg& input, const axes& multiples);  ///< one for each axis
Tensor repeat(const arg& input, std::int64_t repeats, const repeat_options& = {});
Tensor concat(const tensors& values, std::int64_t axis);
Tensor stack(const tensors& values, const join_options& = {});
std::vector<Tensor> unstack(const arg& value, const join_options& = {});  ///< needs the extent of its axis
/// Indices are int32 or int64. Those out of range, and negative ones, throw index_error when the function runs.
Tensor gather(const arg& params, const arg& indices, const gather_options& = {});
Tensor sort(const arg& values, const sort_options& = {});
Tensor argsort(const arg& values, const sort_options& = {});                                     ///< int32; stable
Tensor searchsorted(const arg& sorted_sequence, const arg& values, const search_options& = {});  ///< int32; a sequence of rank 1
Tensor one_hot(const arg& indices, std::int64_t depth, const one_hot_options& = {});  ///< an index out of range gives `off_value`
Tensor matmul(const arg& a, const arg& b, const matmul_options& = {});
Tensor tensordot(const arg& a, const arg& b, std::int64_t axes);
Tensor tensordot(const arg& a, const arg& b, const std::pair<axes, axes>& axes);
/// Letters for the axes of each operand, as in "bij,bjk->bik"; "..." stands for those without letters.
Tensor einsum(const std::string& equation, const tensors& inputs);
std::vector<Tensor> meshgrid(const tensors& args, const meshgrid_options& = {});
Tensor pad(const arg& tensor, const paddings& paddings, const pad_options& = {});
Tensor slice(const arg& input, const axes& begin, const axes& size);  ///< a size of -1 is all that is left
Tensor strided_slice(const arg& input, const axes& begin, const axes& end, const strided_slice_options& = {});
/// As many equal parts, or parts of these extents, one of which may be -1: what is left.
std::vector<Tensor> split(const arg& value, std::int64_t num_splits, const join_options& = {});
std::vector<Tensor> split(const arg& value, const std::vector<std::int64_t>& size_splits, const join_options& = {});
/// Indices are int32 or int64, and their last axis says places in the first axes of `params`. Those out of range throw index_error when the
/// function runs.
Tensor gather_nd(const arg& params, const arg& indices, const batch_options& = {});
/// Numbers, nested in braces as in Python: real numbers are float32, unless told. One number fills the shape.
Tensor constant(const array& value, const constant_options& = {});
Tensor constant(scalar value, const constant_options& = {}, std::source_location = std::source_location::current());
/// `ord`: "euclidean", or "fro" of matrices; of vectors a positive number or infinity, of matrices 1, 2 or infinity. One axis, or none,
/// is of vectors, and two are of matrices.
struct norm_options {
  std::variant<number, std::string> ord = "euclidean";
  axes axis = {};
  bool keepdims = false;
};
Tensor norm(const arg& tensor, const norm_options& = {});
Tensor rank(const arg& input);   ///< int32
Tensor size(const arg& input);   ///< int32
Tensor shape(const arg& input);  ///< int32

/// float32 unless told; `fill` and `range` take int32 or float32, as their numbers are, `linspace` float64 of integers. What int32 does
/// not hold fills int64.
Tensor zeros(const axes& shape, const dtype_options& = {}, std::source_location = std::source_location::current());
Tensor ones(const axes& shape, const dtype_options& = {}, std::source_location = std::source_location::current());
Tensor fill(const axes& dims, scalar value, std::source_location = std::source_location::current());
Tensor eye(std::int64_t num_rows, const eye_options& = {}, std::source_location = std::source_location::current());
Tensor range(scalar limit, const dtype_options& = {}, std::source_location = std::source_location::current());
Tensor range(scalar start, scalar limit, const dtype_options& = {}, std::source_location = std::source_location::current());
Tensor range(scalar start, scalar limit, scalar delta, const dtype_options& = {}, std::source_location = std::source_location::current());
Tensor linspace(scalar start, scalar stop, std::int64_t num, std::source_location = std::source_location::current());
Tensor zeros_like(const arg& input, const dtype_options& = {});
Tensor ones_like(const arg& input, const dtype_options& = {});

namespace nn {

using math::l2_normalize;
using math::log_softmax;
using math::sigmoid;
using math::softmax;
using math::softplus;
using math::softsign;
using math::tanh;
#define X(name) Tensor name(const arg& features);
TENDRIL_TF_NN_UNARY(X)
#undef X
Tensor leaky_relu(const arg& features, const slope_options& = {});  ///< float32 of integers
Tensor gelu(const arg& features, const gelu_options& = {});
std::pair<Tensor, Tensor> moments(const arg& x, const axes& axes, const moments_options& = {});  ///< (mean, variance)
Tensor batch_normalization(const arg& x, const arg& mean, const arg& variance, const arg& offset, const arg& scale,
                           number variance_epsilon);
Tensor sigmoid_cross_entropy_with_logits(const arg& labels, const arg& logits);
Tensor softmax_cross_entropy_with_logits(const arg& labels, const arg& logits, const axis_options& = {});
/// Windows over all axes but the first and that of channels, of which ksize and strides have one number, one each, or one for every axis.
/// What pads does not count in means.
Tensor avg_pool(const arg& input, const axes& ksize, const axes& strides, const std::string& padding, const format_options& = {});
Tensor max_pool(const arg& input, const axes& ksize, const axes& strides, const window_padding& padding, const format_options& = {});
/// Cross-correlation of N x H x W x C with h x w x C/groups x O, of float32, float64 or int32.
Tensor conv2d(const arg& input, const arg& filters, const axes& strides, const window_padding& padding, const window_options& = {});
/// N x H x W x C with h x w x C x M, each channel with its own: C * M channels.
Tensor depthwise_conv2d(const arg& input, const arg& filter, const axes& strides, const window_padding& padding,
                        const window_options& = {});
/// A number for each channel. Where `data_format` says that channels are first they are axis 1.
Tensor bias_add(const arg& value, const arg& bias, const format_options& = {});

}  // namespace nn

/// The last axis of indices holds places: an index for each of the first axes. Updates at equal places are added up, or the last counts.
Tensor scatter_nd(const arg& indices, const arg& updates, const axes& shape);
Tensor tensor_scatter_nd_update(const arg& tensor, const arg& indices, const arg& updates);
Tensor tensor_scatter_nd_add(const arg& tensor, const arg& indices, const arg& updates);
namespace math {
// What has one number, of `num_segments` numbers from 0 on, is one row; what has a negative one is left out. A segment of nothing has 0,
// the product 1, the largest the lowest number of its dtype and the smallest the highest. Means of integers are float64, of uint8 float32.
Tensor unsorted_segment_sum(const arg& data, const arg& segment_ids, std::int64_t num_segments);
Tensor unsorted_segment_prod(const arg& data, const arg& segment_ids, std::int64_t num_segments);
Tensor unsorted_segment_max(const arg& data, const arg& segment_ids, std::int64_t num_segments);
Tensor unsorted_segment_min(const arg& data, const arg& segment_ids, std::int64_t num_segments);
Tensor unsorted_segment_mean(const arg& data, const arg& segment_ids, std::int64_t num_segments);
Tensor unsorted_segment_sqrt_n(const arg& data, const arg& segment_ids, std::int64_t num_segments);  ///< the sum over the root of how many
}  // namespace math

namespace linalg {

using math::l2_normalize;
using tensorflow::matmul;
using tensorflow::norm;
using tensorflow::tensordot;
Tensor matrix_transpose(const arg& a);

struct adjoint_options {
  bool adjoint = false;
};
// Of real numbers, and batches of matrices. A singular matrix is an error when the function runs; one that is not positive definite gives
// NaN.
Tensor det(const arg& input);
std::pair<Tensor, Tensor> slogdet(const arg& input);  ///< the sign and the logarithm
Tensor inv(const arg& input, const adjoint_options& = {});
Tensor cholesky(const arg& input);  ///< reads the lower triangle
/// Both of one rank, and their batches equal.
Tensor solve(const arg& matrix, const arg& rhs, const adjoint_options& = {});
struct triangular_options {
  bool lower = true;
  bool adjoint = false;
};
/// One triangle is read. The batches broadcast.
Tensor triangular_solve(const arg& matrix, const arg& rhs, const triangular_options& = {});
struct factor_options {
  bool full_matrices = false;
};
std::pair<Tensor, Tensor> qr(const arg& input, const factor_options& = {});
/// s, u and v, which is not transposed; the signs of vectors are left open. What is not finite gives NaN.
std::tuple<Tensor, Tensor, Tensor> svd(const arg& tensor, const factor_options& = {});
std::pair<Tensor, Tensor> eigh(const arg& tensor);  ///< reads the lower triangle: values in ascending order, and vectors
Tensor eigvalsh(const arg& tensor);
struct pinv_options {
  std::optional<number> rcond = std::nullopt;
};
Tensor pinv(const arg& a, const pinv_options& = {});  ///< no rcond: 10 max(m, n) roundings
struct lstsq_options {
  number l2_regularizer = 0;
  bool fast = true;
};
/// Both of one rank, and their batches equal. `fast` solves the normal equations, whose Cholesky's triangle is NaN where the rank is not
/// full; else the solution is the shortest of the nearest, and nothing is regularized.
Tensor lstsq(const arg& matrix, const arg& rhs, const lstsq_options& = {});

}  // namespace linalg

/// TensorFlow's array class.
class Tensor {
 public:
  struct tendril_frontend {
    static constexpr const char* name = "tensorflow::Tensor";
  };
  using at = std::source_location;

  Tensor() = default;
  explicit Tensor(array a) noexcept : array_(std::move(a)) {}
  const array& value() const noexcept { return array_; }

  // Facts. While transpiling they are not known yet: asking makes the function wait for its first call.
  std::int64_t ndim(at where = at::current()) const { return array_.ndim(where); }
  const extents& shape(at where = at::current()) const { return array_.shape(where); }
  std::int64_t shape(std::int64_t axis, at where = at::current()) const { return array_.shape(axis, where); }
  tendril::dtype dtype(at where = at::current()) const { return array_.dtype(where); }
  template <element E>
  E item(at where = at::current()) const {
    return array_.item<E>(where);
  }

  /// Basic indexing: integers, slices, newaxis, ellipsis.
  Tensor operator[](const index& key) const;

  // A number takes the tensor's dtype on either side.
  friend Tensor operator+(const arg& a, const arg& b) { return sum_of(a, b); }
  friend Tensor operator-(const arg& a, const arg& b) { return math::subtract(a, b); }
  friend Tensor operator*(const arg& a, const arg& b) { return product_of(a, b); }
  friend Tensor operator/(const arg& a, const arg& b) { return math::divide(a, b); }
  friend Tensor operator%(const arg& a, const arg& b) { return math::floormod(a, b); }
  friend Tensor operator&(const arg& a, const arg& b) { return bits_of('&', a, b); }
  friend Tensor operator|(const arg& a, const arg& b) { return bits_of('|', a, b); }
  friend Tensor operator^(const arg& a, const arg& b) { return bits_of('^', a, b); }
  friend Tensor operator~(const arg& a) { return bits_of('~', a, a); }
  friend Tensor operator==(const arg& a, const arg& b) { return math::equal(a, b); }
  friend Tensor operator!=(const arg& a, const arg& b) { return math::not_equal(a, b); }
  friend Tensor operator<(const arg& a, const arg& b) { return math::less(a, b); }
  friend Tensor operator<=(const arg& a, const arg& b) { return math::less_equal(a, b); }
  friend Tensor operator>(const arg& a, const arg& b) { return math::greater(a, b); }
  friend Tensor operator>=(const arg& a, const arg& b) { return math::greater_equal(a, b); }
  friend Tensor operator-(const arg& a) { return math::negative(a); }
  friend std::ostream& operator<<(std::ostream& out, const Tensor& t) { return out << t.array_; }

 private:
  static Tensor sum_of(const arg&, const arg&);
  static Tensor product_of(const arg&, const arg&);        // of bool logical_and
  static Tensor bits_of(char op, const arg&, const arg&);  // of integers bit by bit, of bool logic

  array array_;
};

// What waits for shapes that follow from values, for branches and for random numbers.
TENDRIL_FRONTEND_LACKS(Tensor, boolean_mask, "tf.boolean_mask", "a shape that follows from values: take tf.where")
TENDRIL_FRONTEND_LACKS(Tensor, cond, "tf.cond", "branches on values: take tf.where, which computes both")
namespace math {
#define X(name) TENDRIL_FRONTEND_LACKS(Tensor, name, "tf.math." #name, "a shape that follows from values: take tf.math.unsorted_" #name)
X(segment_sum) X(segment_mean) X(segment_max) X(segment_min) X(segment_prod)
#undef X
}  // namespace math
namespace nn {
TENDRIL_FRONTEND_LACKS(Tensor, dropout, "tf.nn.dropout", "random numbers: where it does not train it is its input")
}  // namespace nn
namespace linalg {
#define X(name) TENDRIL_FRONTEND_LACKS(Tensor, name, "tf.linalg." #name, "an op of its own: decompose outside of the function")
X(lu) X(eig) X(expm) X(logm)
#undef X
}  // namespace linalg

}  // namespace tendril::frontends::tensorflow

template <>
struct tendril::frontend<tendril::source::tensorflow_t> {
  using array_type = tendril::frontends::tensorflow::Tensor;
};
