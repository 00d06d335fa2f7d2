// The torch frontend: torch's names, argument names, defaults and promotion over the ops of Tendril, in namespace
// tendril::frontends::torch. `namespace torch = tendril::frontends::torch;` lets code written for torch read as it does there.
#pragma once
#include <tendril/detail/lacking.hpp>
#include <tendril/transpile.hpp>

namespace tendril::frontends::torch {

using tendril::bool_;
using tendril::float32;
using tendril::float64;
using tendril::int32;
using tendril::int64;
using tendril::uint8;

/// torch's promotion: within a category (bool, integer, floating) tensors with dimensions beat tensors without, and those beat C++
/// numbers; integers become float32 where a floating dtype is needed; bool takes part in arithmetic where torch lets it.
extern const promotion_rules promotion;

class Tensor;
namespace parts {
class cell;
}

/// What a function takes: a tensor or a C++ number, with the caller's line; or nothing, as the bounds of clamp may be.
using arg = detail::frontend_operand<Tensor>;

/// Any number of tensors, with the caller's line.
using tensors = detail::frontend_list<Tensor>;
/// What stands in brackets, with the caller's line: `x[{td::ellipsis, td::slice(0, 1)}]`, `x[0]`.
using index = detail::frontend_index;

/// Where a tensor is: on the processor, whatever is asked for. Another one is an error.
class device {
 public:
  device(const char* type = "cpu") : device(std::string(type)) {}
  device(const std::string& type);
  std::string type() const { return "cpu"; }
  friend bool operator==(const device&, const device&) = default;
};
inline const device kCPU;

// Keyword arguments, as designated initialisers: `torch::sum(x, {.dim = {0, 1}, .keepdim = true})`. No dim means all.
/// A real alpha needs a floating result; none is taken for bool.
struct alpha_options {
  scalar alpha = 1;
};
struct reduce_options {
  axes dim = {};
  bool keepdim = false;
};
struct typed_reduce_options {
  axes dim = {};
  bool keepdim = false;
  tendril::dtype dtype = tendril::dtype::unknown;
};
struct arg_options {
  maybe_integer dim = {};
  bool keepdim = false;
};
/// `unbiased` and `correction` say the same in two ways: give one. Neither means correction 1.
struct std_options {
  axes dim = {};
  std::optional<bool> unbiased = std::nullopt;
  std::optional<number> correction = std::nullopt;
  bool keepdim = false;
};
struct softmax_options {
  tendril::dtype dtype = tendril::dtype::unknown;
};
struct gelu_options {
  std::string approximate = "none";
};
struct dim_options {
  std::int64_t dim = 0;
};
struct dims_options {
  axes dims = {};
};
/// No start is the beginning, no end the end.
struct scatter_options {
  std::int64_t dim = 0;
  maybe_integer start = {};
  maybe_integer end = {};
  std::int64_t step = 1;
};
struct round_options {
  std::int64_t decimals = 0;
};
/// Of nn::functional. A list has numbers for height and width, one number is for both.
struct pad_options {
  std::string mode = "constant";  ///< constant, reflect, replicate or circular
  number value = 0;               ///< what constant fills with
};
struct conv_options {
  axes stride = 1;
  axes padding = 0;
  axes dilation = 1;
  std::int64_t groups = 1;
};
/// Of pools. No stride: that of the window. The padding is at most half of the kernel. `ceil_mode` keeps a last window that is partly
/// beyond the end.
struct max_pool_options {
  axes stride = {};
  axes padding = 0;
  axes dilation = 1;
  bool ceil_mode = false;
};
/// `count_include_pad` divides by the padding that a window sees, too.
struct avg_pool_options {
  axes stride = {};
  axes padding = 0;
  bool ceil_mode = false;
  bool count_include_pad = true;
};
struct avg_pool2d_options {
  axes stride = {};
  axes padding = 0;
  bool ceil_mode = false;
  bool count_include_pad = true;
  std::optional<std::int64_t> divisor_override = std::nullopt;
};
struct normalize_options {
  number p = 2;
  std::int64_t dim = 1;
  number eps = 1e-12;
};
struct tensor_options {
  tendril::dtype dtype = tendril::dtype::unknown;
  torch::device device = {};
  bool requires_grad = false;  ///< there is no autograd: it changes nothing
};

/// Running totals; no dtype: integers and bool give int64.
struct cumulative_options {
  tendril::dtype dtype = tendril::dtype::unknown;
};
/// Equal elements keep their order whether that is asked for or not. NaN counts as the largest element.
struct sort_options {
  std::int64_t dim = -1;
  bool descending = false;
  bool stable = false;
};
/// `right` and `side` say the same in two ways, as in torch.
struct search_options {
  bool right = false;
  std::optional<std::string> side = std::nullopt;
};
struct bucket_options {
  bool right = false;
};
struct diff_options {
  std::int64_t n = 1;
  std::int64_t dim = -1;
};
/// No dim flattens first.
struct along_options {
  maybe_integer dim = {};
};

/// addcmul and addcdiv: times the product or the quotient. A real value needs a floating result.
struct value_options {
  scalar value = 1;
};
/// beta times the input and alpha times the product; where beta is 0 the input does not count, whatever it holds.
struct product_options {
  number beta = 1;
  number alpha = 1;
};
struct cross_options {
  maybe_integer dim = {};  ///< none: the first of extent 3
};
struct cov_options {
  number correction = 1;
};
struct close_options {
  number rtol = 1e-5;
  number atol = 1e-8;
  bool equal_nan = false;
};
/// Numbers in the place of NaN and the infinities; none: the ends of what the dtype holds.
struct nan_options {
  number nan = 0;
  std::optional<number> posinf = std::nullopt;
  std::optional<number> neginf = std::nullopt;
};
struct diagonal_options {
  std::int64_t offset = 0;
  std::int64_t dim1 = 0;
  std::int64_t dim2 = 1;
};
struct embedded_options {
  std::int64_t offset = 0;
  std::int64_t dim1 = -2;
  std::int64_t dim2 = -1;
};
struct logspace_options {
  number base = 10;
  tendril::dtype dtype = tendril::dtype::unknown;
};
struct meshgrid_options {
  std::string indexing = "ij";  ///< or xy
};
struct norm_options {
  axes dim = {};
  bool keepdim = false;
};
struct matrix_norm_options {
  axes dim = {-2, -1};
  bool keepdim = false;
};
struct quantile_options {
  maybe_integer dim = {};
  bool keepdim = false;
  std::string interpolation = "linear";  ///< or lower, higher, nearest, midpoint
};
struct topk_options {
  std::int64_t dim = -1;
  bool largest = true;
};
struct tensordot_options {
  axes dims_self = {};
  axes dims_other = {};
};

// Of nn::functional.
struct conv_transpose_options {
  axes stride = 1;
  axes padding = 0;
  axes output_padding = 0;
  std::int64_t groups = 1;
  axes dilation = 1;
};
/// The extents of the last dims, or one factor for all of them.
struct interpolate_options {
  axes size = {};
  std::optional<number> scale_factor = std::nullopt;
  std::string mode = "nearest";  ///< or nearest-exact, linear, bilinear, bicubic, trilinear, area
  bool align_corners = false;
  bool antialias = false;  ///< of bilinear and bicubic: a smaller image is a mean of all pixels
};
struct grid_options {
  std::string mode = "bilinear";       ///< or nearest, bicubic
  std::string padding_mode = "zeros";  ///< or border, reflection
  bool align_corners = false;
};
struct unfold_options {
  axes dilation = 1;
  axes padding = 0;
  axes stride = 1;
};
struct attention_options {
  bool is_causal = false;
  std::optional<number> scale = std::nullopt;  ///< none: one over the root of the last extent
};
struct batch_norm_options {
  bool training = false;  ///< the statistics of the batch; running ones are not updated, and must be left out
  number eps = 1e-5;
};
struct instance_norm_options {
  bool use_input_stats = true;
  number eps = 1e-5;
};
struct cosine_options {
  std::int64_t dim = 1;
  number eps = 1e-8;
};
struct distance_options {
  number p = 2;
  number eps = 1e-6;
  bool keepdim = false;
};
/// reduction: mean, sum or none.
struct loss_options {
  std::string reduction = "mean";
};
struct smooth_loss_options {
  std::string reduction = "mean";
  number beta = 1;
};
struct huber_options {
  std::string reduction = "mean";
  number delta = 1;
};
struct kl_options {
  std::string reduction = "mean";  ///< or batchmean
  bool log_target = false;
};
struct class_loss_options {
  std::int64_t ignore_index = -100;
  std::string reduction = "mean";
};
struct cross_entropy_options {
  std::int64_t ignore_index = -100;
  std::string reduction = "mean";
  number label_smoothing = 0;
};

// What torch takes and these functions refuse, each with an error: a dim of a tensor without dims (torch lets 0 and -1 stand), -1 in
// broadcast_to, a dim named twice in roll, an empty tensor of one dim among larger ones in cat, sums and products of bool as bool, square
// of bool, max and min of bool along a dim, medians of bool, a real value of addcmul, addmm and addmv for integers (torch cuts it),
// huber_loss of two dtypes, logspace of integers, pools, convolutions and interpolation of integers, cuts of pad but in mode constant, a
// real alpha of index_add for integers, a mask of index_put beside other indices. NaN passes cholesky, as in NumPy, where torch finds it
// not positive. Which of two zeros is larger is left open (maximum, minimum, clamp, relu, hardtanh), and a sum of nothing but -0 is -0, not
// 0. An integer divided by 0 (floor_divide, remainder, fmod) throws error when the function runs, as in torch.

// X(name): functions of one tensor, of two, and reductions with the options named.
// clang-format off
#define TENDRIL_TORCH_UNARY(X)                                                                                          \
  X(neg) X(abs) X(sqrt) X(square) X(exp) X(log) X(tanh) X(reciprocal) X(floor) X(ceil) X(logical_not) X(isfinite)       \
  X(isnan) X(relu) X(sigmoid) X(positive) X(rsqrt) X(exp2) X(expm1) X(log2) X(log10) X(log1p) X(sin) X(cos) X(tan)      \
  X(asin) X(acos) X(atan) X(sinh) X(cosh) X(asinh) X(acosh) X(atanh) X(erf) X(erfc) X(lgamma) X(round) X(trunc) X(sign) \
  X(signbit) X(isinf) X(bitwise_not) X(deg2rad) X(rad2deg) X(clone) X(ravel) X(trace) X(erfinv)
#define TENDRIL_TORCH_BINARY(X)                                                                                 \
  X(mul) X(div) X(pow) X(maximum) X(minimum) X(eq) X(ne) X(lt) X(le) X(gt) X(ge) X(logical_and) X(logical_or)   \
  X(logical_xor) X(matmul) X(floor_divide) X(remainder) X(fmod) X(atan2) X(hypot) X(copysign) X(nextafter) X(logaddexp) \
  X(bitwise_and) X(bitwise_or) X(bitwise_xor) X(bitwise_left_shift) X(bitwise_right_shift) X(true_divide) X(mm) X(bmm)  \
  X(mv) X(dot) X(vdot) X(outer) X(ger) X(kron) X(heaviside) X(xlogy)
// The in-place forms: `x.exp_()` puts what exp gives into x, in x's dtype.
#define TENDRIL_TORCH_UNARY_IN_PLACE(X)                                                                                 \
  X(neg) X(abs) X(sqrt) X(square) X(exp) X(log) X(tanh) X(reciprocal) X(floor) X(ceil) X(logical_not) X(relu)           \
  X(sigmoid) X(rsqrt) X(exp2) X(expm1) X(log2) X(log10) X(log1p) X(sin) X(cos) X(tan) X(asin) X(acos) X(atan) X(sinh)   \
  X(cosh) X(asinh) X(acosh) X(atanh) X(erf) X(erfc) X(lgamma) X(round) X(trunc) X(sign) X(bitwise_not) X(deg2rad)       \
  X(rad2deg) X(erfinv)
#define TENDRIL_TORCH_BINARY_IN_PLACE(X)                                                                                \
  X(mul) X(div) X(pow) X(eq) X(ne) X(lt) X(le) X(gt) X(ge) X(logical_and) X(logical_or) X(logical_xor) X(floor_divide)  \
  X(remainder) X(fmod) X(atan2) X(hypot) X(copysign) X(nextafter) X(bitwise_and) X(bitwise_or) X(bitwise_xor)           \
  X(bitwise_left_shift) X(bitwise_right_shift) X(true_divide) X(heaviside)
// clang-format on
// any and all of uint8 are bool, where torch has uint8.
#define TENDRIL_TORCH_REDUCE(X) \
  X(sum, typed_reduce_options)  \
  X(prod, typed_reduce_options) \
  X(mean, typed_reduce_options) \
  X(any, reduce_options)        \
  X(all, reduce_options)        \
  X(amax, reduce_options) X(amin, reduce_options) X(argmax, arg_options) X(argmin, arg_options) X(var, std_options) X(std, std_options)

#define X(name) Tensor name(const arg& input);
TENDRIL_TORCH_UNARY(X)
#undef X
#define X(name) Tensor name(const arg& input, const arg& other);
TENDRIL_TORCH_BINARY(X)
#undef X
// A single dim may be written bare: `torch::sum(x, 1)`, `torch::sum(x, 1, true)`.
#define X(name, options)                                       \
  Tensor name(const arg& input, const options& keywords = {}); \
  template <std::integral I>                                   \
  Tensor name(const arg& input, I dim, bool keepdim = false);
TENDRIL_TORCH_REDUCE(X)
#undef X
Tensor add(const arg& input, const arg& other, const alpha_options& = {});   ///< input + alpha * other
Tensor sub(const arg& input, const arg& other, const alpha_options& = {});   ///< input - alpha * other
Tensor rsub(const arg& input, const arg& other, const alpha_options& = {});  ///< other - alpha * input
Tensor clamp(const arg& input, const arg& min = std::nullopt, const arg& max = std::nullopt);
Tensor clip(const arg& input, const arg& min = std::nullopt, const arg& max = std::nullopt);  ///< clamp
Tensor where(const arg& condition, const arg& input, const arg& other);
Tensor round(const arg& input, const round_options& keywords);  ///< to so many decimals, of floating dtypes
Tensor max(const arg& input);                                   ///< of all elements
Tensor min(const arg& input);
Tensor max(const arg& input, const arg& other);  ///< elementwise, as maximum
Tensor min(const arg& input, const arg& other);
/// (values, indices) along a dim; of equal elements the index of the first, where torch leaves it open.
template <std::integral I>
std::pair<Tensor, Tensor> max(const arg& input, I dim, bool keepdim = false);
template <std::integral I>
std::pair<Tensor, Tensor> min(const arg& input, I dim, bool keepdim = false);
std::pair<Tensor, Tensor> std_mean(const arg& input, const std_options& = {});  ///< (std, mean)
std::pair<Tensor, Tensor> var_mean(const arg& input, const std_options& = {});  ///< (var, mean)
Tensor softmax(const arg& input, std::int64_t dim, const softmax_options& = {});
Tensor log_softmax(const arg& input, std::int64_t dim, const softmax_options& = {});
Tensor gelu(const arg& input, const gelu_options& = {});
Tensor t(const arg& input);  ///< a matrix transposed; fewer dimensions stay as they are
Tensor transpose(const arg& input, std::int64_t dim0, std::int64_t dim1);
Tensor permute(const arg& input, const axes& dims);
Tensor reshape(const arg& input, const axes& shape);
Tensor flatten(const arg& input);
Tensor flatten(const arg& input, std::int64_t start_dim, std::int64_t end_dim = -1);  ///< these dims become one
Tensor broadcast_to(const arg& input, const axes& size);
Tensor unsqueeze(const arg& input, std::int64_t dim);
Tensor squeeze(const arg& input);                   ///< every dim of extent 1 goes
Tensor squeeze(const arg& input, const axes& dim);  ///< the dims of extent 1 among these go, others stay
Tensor flip(const arg& input, const axes& dims);
Tensor tile(const arg& input, const axes& dims);
Tensor repeat_interleave(const arg& input, std::int64_t repeats, const along_options& = {});
Tensor cumsum(const arg& input, std::int64_t dim, const cumulative_options& = {});
Tensor cumprod(const arg& input, std::int64_t dim, const cumulative_options& = {});
Tensor diff(const arg& input, const diff_options& = {});
Tensor count_nonzero(const arg& input, const dims_options& = {});
std::pair<Tensor, Tensor> sort(const arg& input, const sort_options& = {});  ///< (values, indices)
Tensor argsort(const arg& input, const sort_options& = {});
Tensor searchsorted(const arg& sorted_sequence, const arg& input, const search_options& = {});  ///< of a sequence of one dim
Tensor bucketize(const arg& input, const arg& boundaries, const bucket_options& = {});
/// Indices are int32 or int64. Those out of range throw index_error when the function runs, as negative ones do but in take, and in
/// take_along_dim with a dim, where they count from the end.
Tensor take(const arg& input, const arg& index);                            ///< from the flattened input
Tensor index_select(const arg& input, std::int64_t dim, const arg& index);  ///< an index of at most one dim
Tensor gather(const arg& input, std::int64_t dim, const arg& index);        ///< index may be shorter than input along the other dims
Tensor take_along_dim(const arg& input, const arg& indices, const along_options& = {});
Tensor roll(const arg& input, const axes& shifts, const dims_options& = {});
Tensor cat(const tensors&, const dim_options& = {});
Tensor stack(const tensors&, const dim_options& = {});
std::vector<Tensor> unbind(const arg& input, const dim_options& = {});  ///< needs the extent of its dim
/// unbind where the program says how many there are: `auto [r, g, b] = torch::unbind<3>(image, {.dim = -3});`. It is recorded before
/// extents are known; where there are not as many it throws shape_error.
template <std::size_t N>
std::array<Tensor, N> unbind(const arg& input, const dim_options& o = {});
/// At most as many parts, each but the last with the same extent: it needs the extent of its dim.
std::vector<Tensor> chunk(const arg& input, std::int64_t chunks, const dim_options& = {});
/// The input with src in place of `input[..., start:end:step, ...]` of a dim: what an assignment to a slice does there.
Tensor slice_scatter(const arg& input, const arg& src, const scatter_options& = {});
/// The input with src, a tensor or a number, at these places along dim: of equal places the last counts. Negative places are an error.
Tensor scatter(const arg& input, std::int64_t dim, const arg& index, const arg& src);
Tensor scatter_add(const arg& input, std::int64_t dim, const arg& index, const arg& src);
Tensor index_copy(const arg& input, std::int64_t dim, const arg& index, const arg& source);  ///< slices of source at places of dim
Tensor index_add(const arg& input, std::int64_t dim, const arg& index, const arg& source, scalar alpha = 1);
/// values at the places that the indices name together, one for each of the first dims; negative ones count from the end. Or one mask of
/// bool over the first dims: values have an element for each true one in it, as many as there are when the function runs, or broadcast.
Tensor index_put(const arg& input, const tensors& indices, const arg& values, bool accumulate = false);
/// A value of no dims, converted, in the slices at these int64 places of dim; negative ones count from the end.
Tensor index_fill(const arg& input, std::int64_t dim, const arg& index, const arg& value);
/// Elements of the source, in their order, where the mask is true. Too few of them are an error when the function runs.
Tensor masked_scatter(const arg& input, const arg& mask, const arg& source);
Tensor det(const arg& input);      ///< linalg has it too
Tensor inverse(const arg& input);  ///< linalg::inv
std::pair<Tensor, Tensor> slogdet(const arg& input);
Tensor to(const arg& input, tendril::dtype);

// ---- products and matrices
Tensor addcmul(const arg& input, const arg& tensor1, const arg& tensor2, const value_options& = {});  ///< input + value * tensor1 * tensor2
Tensor addcdiv(const arg& input, const arg& tensor1, const arg& tensor2, const value_options& = {});
Tensor addmm(const arg& input, const arg& mat1, const arg& mat2, const product_options& = {});
Tensor addmv(const arg& input, const arg& mat, const arg& vec, const product_options& = {});
Tensor addr(const arg& input, const arg& vec1, const arg& vec2, const product_options& = {});  ///< of the outer product, in one dtype
Tensor baddbmm(const arg& input, const arg& batch1, const arg& batch2, const product_options& = {});
Tensor tensordot(const arg& a, const arg& b, std::int64_t dims = 2);  ///< over the last dims of a and the first of b
Tensor tensordot(const arg& a, const arg& b, const tensordot_options&);
/// Letters for the dims of each operand, as in "bij,bjk->bik"; "..." stands for those without letters.
Tensor einsum(const std::string& equation, const tensors& operands);
Tensor cross(const arg& input, const arg& other, const cross_options& = {});
Tensor cdist(const arg& x1, const arg& x2, number p = 2);  ///< the distances of the rows of two matrices
Tensor cov(const arg& input, const cov_options& = {});     ///< a variable a row
Tensor diag(const arg& input, std::int64_t diagonal = 0);  ///< a vector as a diagonal matrix, or the diagonal of a matrix
Tensor diagonal(const arg& input, const diagonal_options& = {});
Tensor diag_embed(const arg& input, const embedded_options& = {});
Tensor tril(const arg& input, std::int64_t diagonal = 0);
Tensor triu(const arg& input, std::int64_t diagonal = 0);
Tensor norm(const arg& input, number p = 2, const norm_options& = {});  ///< of vectors

// ---- choices and order
Tensor logit(const arg& input, std::optional<number> eps = std::nullopt);  ///< log(x / (1 - x)), of x kept between eps and 1 - eps
Tensor lerp(const arg& input, const arg& end, const arg& weight);
Tensor isclose(const arg& input, const arg& other, const close_options& = {});
Tensor allclose(const arg& input, const arg& other, const close_options& = {});  ///< a tensor of one bool
Tensor masked_fill(const arg& input, const arg& mask, const arg& value);         ///< a value of no dims, converted
Tensor nan_to_num(const arg& input, const nan_options& = {});
std::pair<Tensor, Tensor> aminmax(const arg& input, const arg_options& = {});
Tensor logsumexp(const arg& input, const axes& dim, bool keepdim = false);
Tensor nansum(const arg& input, const typed_reduce_options& = {});
Tensor nanmean(const arg& input, const typed_reduce_options& = {});
Tensor median(const arg& input);  ///< the lower one of two in the middle; NaN where there is one
/// (values, indices); of equal elements the index of the first in order, where torch leaves it open.
std::pair<Tensor, Tensor> median(const arg& input, std::int64_t dim, bool keepdim = false);
Tensor quantile(const arg& input, number q, const quantile_options& = {});
Tensor quantile(const arg& input, const Tensor& q, const quantile_options& = {});
std::pair<Tensor, Tensor> topk(const arg& input, std::int64_t k, const topk_options& = {});
std::pair<Tensor, Tensor> cummax(const arg& input, std::int64_t dim);  ///< (values, indices of the last of equal ones)
std::pair<Tensor, Tensor> cummin(const arg& input, std::int64_t dim);

// ---- dims and parts
Tensor concat(const tensors&, const dim_options& = {});  ///< cat
Tensor vstack(const tensors&);
Tensor hstack(const tensors&);
Tensor dstack(const tensors&);
std::vector<Tensor> meshgrid(const tensors&, const meshgrid_options& = {});
Tensor movedim(const arg& input, const axes& source, const axes& destination);
Tensor swapaxes(const arg& input, std::int64_t axis0, std::int64_t axis1);
Tensor narrow(const arg& input, std::int64_t dim, std::int64_t start, std::int64_t length);
Tensor select(const arg& input, std::int64_t dim, std::int64_t place);
Tensor rot90(const arg& input, std::int64_t k = 1, const axes& dims = {0, 1});
Tensor unflatten(const arg& input, std::int64_t dim, const axes& sizes);  ///< one dim as several; -1 stands for what is left
/// Parts of this extent, the last one of what is left: it needs the extent of its dim.
std::vector<Tensor> split(const arg& tensor, std::int64_t split_size, const dim_options& = {});
std::vector<Tensor> split(const arg& tensor, const std::vector<std::int64_t>& sizes, const dim_options& = {});

/// Numbers, nested in braces as in Python: `torch::tensor({{1.0, 2.0}, {3.0, 4.0}})`. Real numbers are float32, integers int64, unless
/// told.
Tensor tensor(const array& data, const tensor_options& = {});
Tensor as_tensor(const array& data, const tensor_options& = {});  ///< of the dtype that the data has, unless told
/// float32 unless told; `full` takes the dtype of its value (int64, float32, bool), `arange` int64 where all its numbers are integers.
Tensor zeros(const axes& size, const tensor_options& = {}, std::source_location = std::source_location::current());
Tensor ones(const axes& size, const tensor_options& = {}, std::source_location = std::source_location::current());
Tensor full(const axes& size, scalar fill_value, const tensor_options& = {}, std::source_location = std::source_location::current());
Tensor eye(std::int64_t n, maybe_integer m = {}, const tensor_options& = {}, std::source_location = std::source_location::current());
Tensor arange(scalar end, const tensor_options& = {}, std::source_location = std::source_location::current());
Tensor arange(scalar start, scalar end, const tensor_options& = {}, std::source_location = std::source_location::current());
Tensor arange(scalar start, scalar end, scalar step, const tensor_options& = {}, std::source_location = std::source_location::current());
Tensor linspace(number start, number end, std::int64_t steps, const tensor_options& = {},
                std::source_location = std::source_location::current());
Tensor logspace(number start, number end, std::int64_t steps, const logspace_options& = {},
                std::source_location = std::source_location::current());
Tensor zeros_like(const arg& input, const tensor_options& = {});
Tensor ones_like(const arg& input, const tensor_options& = {});
Tensor full_like(const arg& input, scalar fill_value, const tensor_options& = {});

/// torch's array class. Methods are the functions above with the tensor first.
class Tensor {
 public:
  struct tendril_frontend {
    static constexpr const char* name = "torch::Tensor";
  };
  using at = std::source_location;

  Tensor() = default;
  explicit Tensor(array a);
  // A copy is another name of the same tensor, as in Python: what is put into one is in both. Assigning to a name makes it one of another.
  Tensor(const Tensor&) = default;
  Tensor(Tensor&&) = default;
  Tensor& operator=(const Tensor&) & = default;
  Tensor& operator=(Tensor&&) & = default;
  /// Into a part: `x[0] = y` puts y into x, converted, as copy_ does; a number fills.
  Tensor& operator=(const arg& src) && { return put(src); }
  const array& value() const;  ///< as it is now, after all that was put into it or into what it is a view of

  // Facts. While transpiling they are not known yet: asking makes the function wait for its first call.
  std::int64_t dim(at where = at::current()) const { return shaped().ndim(where); }
  std::int64_t size(std::int64_t dim, at where = at::current()) const { return shaped().shape(dim, where); }
  const extents& sizes(at where = at::current()) const { return shaped().shape(where); }
  std::int64_t ndim(at where = at::current()) const { return dim(where); }
  const extents& size(at where = at::current()) const { return sizes(where); }
  const extents& shape(at where = at::current()) const { return sizes(where); }
  std::int64_t numel(at where = at::current()) const { return shaped().size(where); }
  bool is_floating_point(at where = at::current()) const { return tendril::kind_of(dtype(where)) == dtype_kind::real; }
  tendril::dtype dtype(at where = at::current()) const { return shaped().dtype(where); }
  template <element T>
  T item(at where = at::current()) const {
    return value().item<T>(where);
  }

#define X(name) \
  Tensor name(at where = at::current()) const { return torch::name(arg(*this, where)); }
  TENDRIL_TORCH_UNARY(X)
#undef X
#define X(name) \
  Tensor name(const arg& other) const { return torch::name(arg(*this, other.where()), other); }
  TENDRIL_TORCH_BINARY(X)
#undef X
#define X(name, options)                                                                                                         \
  Tensor name(const options& keywords = {}, at where = at::current()) const { return torch::name(arg(*this, where), keywords); } \
  template <std::integral I>                                                                                                     \
  Tensor name(I dim, bool keepdim = false, at where = at::current()) const {                                                     \
    return torch::name(arg(*this, where), dim, keepdim);                                                                         \
  }
  TENDRIL_TORCH_REDUCE(X)
#undef X
  Tensor add(const arg& other, const alpha_options& o = {}) const { return torch::add(arg(*this, other.where()), other, o); }
  Tensor sub(const arg& other, const alpha_options& o = {}) const { return torch::sub(arg(*this, other.where()), other, o); }
  Tensor clamp(const arg& min = std::nullopt, const arg& max = std::nullopt) const {
    return torch::clamp(arg(*this, min.where()), min, max);
  }
  Tensor clip(const arg& min = std::nullopt, const arg& max = std::nullopt) const { return clamp(min, max); }
  Tensor max(at where = at::current()) const { return torch::max(arg(*this, where)); }
  Tensor min(at where = at::current()) const { return torch::min(arg(*this, where)); }
  template <std::integral I>
  std::pair<Tensor, Tensor> max(I dim, bool keepdim = false, at where = at::current()) const {
    return torch::max(arg(*this, where), dim, keepdim);
  }
  template <std::integral I>
  std::pair<Tensor, Tensor> min(I dim, bool keepdim = false, at where = at::current()) const {
    return torch::min(arg(*this, where), dim, keepdim);
  }
  Tensor softmax(std::int64_t dim, const softmax_options& o = {}, at where = at::current()) const {
    return torch::softmax(arg(*this, where), dim, o);
  }
  Tensor log_softmax(std::int64_t dim, const softmax_options& o = {}, at where = at::current()) const {
    return torch::log_softmax(arg(*this, where), dim, o);
  }
  Tensor t(at where = at::current()) const { return torch::t(arg(*this, where)); }
  Tensor transpose(std::int64_t dim0, std::int64_t dim1, at where = at::current()) const {
    return torch::transpose(arg(*this, where), dim0, dim1);
  }
  Tensor permute(const axes& dims, at where = at::current()) const { return torch::permute(arg(*this, where), dims); }
  Tensor reshape(const axes& shape, at where = at::current()) const { return torch::reshape(arg(*this, where), shape); }
  Tensor view(const axes& shape, at where = at::current()) const { return torch::reshape(arg(*this, where), shape); }
  Tensor flatten(at where = at::current()) const { return torch::flatten(arg(*this, where)); }
  Tensor flatten(std::int64_t start_dim, std::int64_t end_dim = -1, at where = at::current()) const {
    return torch::flatten(arg(*this, where), start_dim, end_dim);
  }
  Tensor broadcast_to(const axes& size, at where = at::current()) const { return torch::broadcast_to(arg(*this, where), size); }
  /// -1 leaves an extent as it is; new dims stand in front.
  Tensor expand(const axes& size, at where = at::current()) const;
  /// Windows of a dim, `step` apart: their places take the dim's place, and their elements are the last dim.
  Tensor unfold(std::int64_t dimension, std::int64_t size, std::int64_t step, at where = at::current()) const;
  Tensor slice_scatter(const arg& src, const scatter_options& o = {}) const {
    return torch::slice_scatter(arg(*this, src.where()), src, o);
  }
  Tensor scatter(std::int64_t dim, const arg& places, const arg& src) const {
    return torch::scatter(arg(*this, places.where()), dim, places, src);
  }
  Tensor scatter_add(std::int64_t dim, const arg& places, const arg& src) const {
    return torch::scatter_add(arg(*this, places.where()), dim, places, src);
  }
  Tensor index_copy(std::int64_t dim, const arg& places, const arg& source) const {
    return torch::index_copy(arg(*this, places.where()), dim, places, source);
  }
  Tensor index_add(std::int64_t dim, const arg& places, const arg& source, scalar alpha = 1) const {
    return torch::index_add(arg(*this, places.where()), dim, places, source, alpha);
  }
  Tensor index_put(const tensors& indices, const arg& values, bool accumulate = false) const {
    return torch::index_put(arg(*this, values.where()), indices, values, accumulate);
  }
  Tensor index_fill(std::int64_t dim, const arg& places, const arg& value) const {
    return torch::index_fill(arg(*this, places.where()), dim, places, value);
  }
  Tensor masked_scatter(const arg& mask, const arg& source) const { return torch::masked_scatter(arg(*this, mask.where()), mask, source); }
  Tensor det(at where = at::current()) const { return torch::det(arg(*this, where)); }
  Tensor inverse(at where = at::current()) const { return torch::inverse(arg(*this, where)); }
  std::pair<Tensor, Tensor> slogdet(at where = at::current()) const { return torch::slogdet(arg(*this, where)); }
  Tensor unsqueeze(std::int64_t dim, at where = at::current()) const { return torch::unsqueeze(arg(*this, where), dim); }
  template <class = void>  // x.squeeze({}) is the other one
  Tensor squeeze(at where = at::current()) const {
    return torch::squeeze(arg(*this, where));
  }
  Tensor squeeze(const axes& dim, at where = at::current()) const { return torch::squeeze(arg(*this, where), dim); }
  Tensor flip(const axes& dims, at where = at::current()) const { return torch::flip(arg(*this, where), dims); }
  Tensor roll(const axes& shifts, const dims_options& o = {}, at where = at::current()) const {
    return torch::roll(arg(*this, where), shifts, o);
  }
  Tensor tile(const axes& dims, at where = at::current()) const { return torch::tile(arg(*this, where), dims); }
  Tensor repeat(const axes& sizes, at where = at::current()) const { return torch::tile(arg(*this, where), sizes); }
  Tensor repeat_interleave(std::int64_t repeats, const along_options& o = {}, at where = at::current()) const {
    return torch::repeat_interleave(arg(*this, where), repeats, o);
  }
  Tensor cumsum(std::int64_t dim, const cumulative_options& o = {}, at where = at::current()) const {
    return torch::cumsum(arg(*this, where), dim, o);
  }
  Tensor cumprod(std::int64_t dim, const cumulative_options& o = {}, at where = at::current()) const {
    return torch::cumprod(arg(*this, where), dim, o);
  }
  Tensor diff(const diff_options& o = {}, at where = at::current()) const { return torch::diff(arg(*this, where), o); }
  Tensor count_nonzero(const dims_options& o = {}, at where = at::current()) const { return torch::count_nonzero(arg(*this, where), o); }
  std::pair<Tensor, Tensor> sort(const sort_options& o = {}, at where = at::current()) const { return torch::sort(arg(*this, where), o); }
  Tensor argsort(const sort_options& o = {}, at where = at::current()) const { return torch::argsort(arg(*this, where), o); }
  Tensor take(const arg& places) const { return torch::take(arg(*this, places.where()), places); }
  Tensor index_select(std::int64_t dim, const arg& places) const { return torch::index_select(arg(*this, places.where()), dim, places); }
  Tensor gather(std::int64_t dim, const arg& places) const { return torch::gather(arg(*this, places.where()), dim, places); }
  Tensor take_along_dim(const arg& indices, const along_options& o = {}) const {
    return torch::take_along_dim(arg(*this, indices.where()), indices, o);
  }
  std::vector<Tensor> unbind(std::int64_t dim = 0, at where = at::current()) const { return torch::unbind(arg(*this, where), {dim}); }
  template <std::size_t N>
  std::array<Tensor, N> unbind(std::int64_t dim = 0, at where = at::current()) const {
    return torch::unbind<N>(arg(*this, where), {dim});
  }
  std::vector<Tensor> chunk(std::int64_t chunks, std::int64_t dim = 0, at where = at::current()) const {
    return torch::chunk(arg(*this, where), chunks, {dim});
  }
  Tensor to(tendril::dtype dtype, at where = at::current()) const { return torch::to(arg(*this, where), dtype); }
  Tensor to(const Tensor& other, at where = at::current()) const { return type_as(other, where); }
  Tensor type(tendril::dtype dtype, at where = at::current()) const { return to(dtype, where); }
  Tensor round(const round_options& o, at where = at::current()) const { return torch::round(arg(*this, where), o); }
  Tensor prelu(const arg& weight) const;
  Tensor pinverse(number rcond = 1e-15, at where = at::current()) const;
  Tensor type_as(const Tensor& other, at where = at::current()) const;
  Tensor view_as(const Tensor& other, at where = at::current()) const { return reshape_as(other, where); }
  Tensor reshape_as(const Tensor& other, at where = at::current()) const;
  Tensor expand_as(const Tensor& other, at where = at::current()) const;
  Tensor contiguous(at where = at::current()) const;
  Tensor detach() const { return *this; }
  Tensor cpu() const { return *this; }
  // There is one device and no autograd.
  Tensor to(const torch::device&) const { return *this; }
  Tensor to(const torch::device&, tendril::dtype dtype, at where = at::current()) const { return to(dtype, where); }
  torch::device device() const { return {}; }
  bool is_cuda() const noexcept { return false; }
  bool requires_grad() const noexcept { return false; }
  Tensor& requires_grad_(bool = true) const { return const_cast<Tensor&>(*this); }
  Tensor T(at where = at::current()) const { return t(where); }  ///< of at most two dims
  Tensor mT(at where = at::current()) const { return transpose(-2, -1, where); }
  Tensor H(at where = at::current()) const { return t(where); }
  /// Of this tensor's dtype, unless told.
  Tensor new_zeros(const axes& size, const tensor_options& o = {}, at where = at::current()) const;
  Tensor new_ones(const axes& size, const tensor_options& o = {}, at where = at::current()) const;
  Tensor new_full(const axes& size, scalar fill_value, const tensor_options& o = {}, at where = at::current()) const;

  Tensor addcmul(const arg& a, const arg& b, const value_options& o = {}) const { return torch::addcmul(arg(*this, a.where()), a, b, o); }
  Tensor addcdiv(const arg& a, const arg& b, const value_options& o = {}) const { return torch::addcdiv(arg(*this, a.where()), a, b, o); }
  Tensor addmm(const arg& a, const arg& b, const product_options& o = {}) const { return torch::addmm(arg(*this, a.where()), a, b, o); }
  Tensor addmv(const arg& a, const arg& b, const product_options& o = {}) const { return torch::addmv(arg(*this, a.where()), a, b, o); }
  Tensor addr(const arg& a, const arg& b, const product_options& o = {}) const { return torch::addr(arg(*this, a.where()), a, b, o); }
  Tensor logit(std::optional<number> eps = std::nullopt, at where = at::current()) const { return torch::logit(arg(*this, where), eps); }
  Tensor baddbmm(const arg& a, const arg& b, const product_options& o = {}) const { return torch::baddbmm(arg(*this, a.where()), a, b, o); }
  Tensor lerp(const arg& end, const arg& weight) const { return torch::lerp(arg(*this, end.where()), end, weight); }
  Tensor isclose(const arg& other, const close_options& o = {}) const { return torch::isclose(arg(*this, other.where()), other, o); }
  Tensor allclose(const arg& other, const close_options& o = {}) const { return torch::allclose(arg(*this, other.where()), other, o); }
  Tensor masked_fill(const arg& mask, const arg& value) const { return torch::masked_fill(arg(*this, mask.where()), mask, value); }
  Tensor cross(const arg& other, const cross_options& o = {}) const { return torch::cross(arg(*this, other.where()), other, o); }
  Tensor nan_to_num(const nan_options& o = {}, at where = at::current()) const { return torch::nan_to_num(arg(*this, where), o); }
  std::pair<Tensor, Tensor> aminmax(const arg_options& o = {}, at where = at::current()) const {
    return torch::aminmax(arg(*this, where), o);
  }
  Tensor logsumexp(const axes& dim, bool keepdim = false, at where = at::current()) const {
    return torch::logsumexp(arg(*this, where), dim, keepdim);
  }
  Tensor nansum(const typed_reduce_options& o = {}, at where = at::current()) const { return torch::nansum(arg(*this, where), o); }
  Tensor nanmean(const typed_reduce_options& o = {}, at where = at::current()) const { return torch::nanmean(arg(*this, where), o); }
  Tensor median(at where = at::current()) const { return torch::median(arg(*this, where)); }
  template <std::integral I>
  std::pair<Tensor, Tensor> median(I dim, bool keepdim = false, at where = at::current()) const {
    return torch::median(arg(*this, where), dim, keepdim);
  }
  Tensor quantile(number q, const quantile_options& o = {}, at where = at::current()) const {
    return torch::quantile(arg(*this, where), q, o);
  }
  Tensor quantile(const Tensor& q, const quantile_options& o = {}, at where = at::current()) const {
    return torch::quantile(arg(*this, where), q, o);
  }
  std::pair<Tensor, Tensor> topk(std::int64_t k, const topk_options& o = {}, at where = at::current()) const {
    return torch::topk(arg(*this, where), k, o);
  }
  std::pair<Tensor, Tensor> cummax(std::int64_t dim, at where = at::current()) const { return torch::cummax(arg(*this, where), dim); }
  std::pair<Tensor, Tensor> cummin(std::int64_t dim, at where = at::current()) const { return torch::cummin(arg(*this, where), dim); }
  Tensor cov(const cov_options& o = {}, at where = at::current()) const { return torch::cov(arg(*this, where), o); }
  Tensor diag(std::int64_t diagonal = 0, at where = at::current()) const { return torch::diag(arg(*this, where), diagonal); }
  Tensor diagonal(const diagonal_options& o = {}, at where = at::current()) const { return torch::diagonal(arg(*this, where), o); }
  Tensor diag_embed(const embedded_options& o = {}, at where = at::current()) const { return torch::diag_embed(arg(*this, where), o); }
  Tensor tril(std::int64_t diagonal = 0, at where = at::current()) const { return torch::tril(arg(*this, where), diagonal); }
  Tensor triu(std::int64_t diagonal = 0, at where = at::current()) const { return torch::triu(arg(*this, where), diagonal); }
  Tensor norm(number p = 2, const norm_options& o = {}, at where = at::current()) const { return torch::norm(arg(*this, where), p, o); }
  Tensor movedim(const axes& source, const axes& destination, at where = at::current()) const {
    return torch::movedim(arg(*this, where), source, destination);
  }
  Tensor swapaxes(std::int64_t axis0, std::int64_t axis1, at where = at::current()) const {
    return torch::swapaxes(arg(*this, where), axis0, axis1);
  }
  Tensor narrow(std::int64_t dim, std::int64_t start, std::int64_t length, at where = at::current()) const {
    return torch::narrow(arg(*this, where), dim, start, length);
  }
  Tensor select(std::int64_t dim, std::int64_t place, at where = at::current()) const {
    return torch::select(arg(*this, where), dim, place);
  }
  Tensor rot90(std::int64_t k = 1, const axes& dims = {0, 1}, at where = at::current()) const {
    return torch::rot90(arg(*this, where), k, dims);
  }
  Tensor unflatten(std::int64_t dim, const axes& sizes, at where = at::current()) const {
    return torch::unflatten(arg(*this, where), dim, sizes);
  }
  std::vector<Tensor> split(std::int64_t split_size, std::int64_t dim = 0, at where = at::current()) const {
    return torch::split(arg(*this, where), split_size, {dim});
  }
  std::vector<Tensor> split(const std::vector<std::int64_t>& sizes, std::int64_t dim = 0, at where = at::current()) const {
    return torch::split(arg(*this, where), sizes, {dim});
  }

  // In place. Shape and dtype stay: what does not fit them is an error, as a real number for integers is. What a view is put into is in its
  // base too, and in all other views of that. They are const, as those of at::Tensor: a tensor is a name, and names the same afterwards.
#define X(name) \
  Tensor& name##_(at where = at::current()) const { return stored(#name "_", torch::name(arg(*this, where)), where); }
  TENDRIL_TORCH_UNARY_IN_PLACE(X)
#undef X
#define X(name) \
  Tensor& name##_(const arg& other) const { return stored(#name "_", torch::name(arg(*this, other.where()), other), other.where()); }
  TENDRIL_TORCH_BINARY_IN_PLACE(X)
#undef X
  Tensor& add_(const arg& other, const alpha_options& o = {}) const { return stored("add_", add(other, o), other.where()); }
  Tensor& sub_(const arg& other, const alpha_options& o = {}) const { return stored("sub_", sub(other, o), other.where()); }
  Tensor& clamp_(const arg& min = std::nullopt, const arg& max = std::nullopt) const {
    return stored("clamp_", clamp(min, max), min.where());
  }
  Tensor& masked_fill_(const arg& mask, const arg& value) const { return stored("masked_fill_", masked_fill(mask, value), mask.where()); }
  Tensor& scatter_(std::int64_t dim, const arg& places, const arg& src) const {
    return stored("scatter_", scatter(dim, places, src), places.where());
  }
  Tensor& scatter_add_(std::int64_t dim, const arg& places, const arg& src) const {
    return stored("scatter_add_", scatter_add(dim, places, src), places.where());
  }
  Tensor& index_copy_(std::int64_t dim, const arg& places, const arg& source) const {
    return stored("index_copy_", index_copy(dim, places, source), places.where());
  }
  Tensor& index_add_(std::int64_t dim, const arg& places, const arg& source, scalar alpha = 1) const {
    return stored("index_add_", index_add(dim, places, source, alpha), places.where());
  }
  Tensor& index_fill_(std::int64_t dim, const arg& places, const arg& value) const {
    return stored("index_fill_", index_fill(dim, places, value), places.where());
  }
  Tensor& index_put_(const tensors& indices, const arg& values, bool accumulate = false) const {
    return stored("index_put_", index_put(indices, values, accumulate), values.where());
  }
  Tensor& masked_scatter_(const arg& mask, const arg& source) const {
    return stored("masked_scatter_", masked_scatter(mask, source), mask.where());
  }
  Tensor& copy_(const Tensor& src, at where = at::current()) const;  ///< converted, as torch does there alone
  Tensor& fill_(scalar value, at where = at::current()) const;  ///< the one form, with zero_, that torch has where elements share memory
  Tensor& zero_(at where = at::current()) const { return fill_(0, where); }
  /// Basic indexing: integers, slices, newaxis, ellipsis.
  Tensor operator[](const index& key) const;

  friend Tensor operator+(const arg& a, const arg& b) { return torch::add(a, b); }
  friend Tensor operator-(const arg& a, const arg& b) { return torch::sub(a, b); }
  friend Tensor operator*(const arg& a, const arg& b) { return torch::mul(a, b); }
  /// A number over a tensor is `reciprocal(tensor) * number`, as torch has it: its rounding differs from that of div.
  friend Tensor operator/(const arg& a, const arg& b) {
    return a.get().get_array() ? torch::div(a, b) : torch::mul(torch::reciprocal(b), a);
  }
  friend Tensor operator==(const arg& a, const arg& b) { return torch::eq(a, b); }
  friend Tensor operator!=(const arg& a, const arg& b) { return torch::ne(a, b); }
  friend Tensor operator<(const arg& a, const arg& b) { return torch::lt(a, b); }
  friend Tensor operator<=(const arg& a, const arg& b) { return torch::le(a, b); }
  friend Tensor operator>(const arg& a, const arg& b) { return torch::gt(a, b); }
  friend Tensor operator>=(const arg& a, const arg& b) { return torch::ge(a, b); }
  friend Tensor operator%(const arg& a, const arg& b) { return torch::remainder(a, b); }
  friend Tensor operator&(const arg& a, const arg& b) { return torch::bitwise_and(a, b); }
  friend Tensor operator|(const arg& a, const arg& b) { return torch::bitwise_or(a, b); }
  friend Tensor operator^(const arg& a, const arg& b) { return torch::bitwise_xor(a, b); }
  friend Tensor operator~(const arg& a) { return torch::bitwise_not(a); }
  friend Tensor operator-(const arg& a) { return torch::neg(a); }
  Tensor& operator+=(const arg& b) const { return add_(b); }
  Tensor& operator-=(const arg& b) const { return sub_(b); }
  Tensor& operator*=(const arg& b) const { return mul_(b); }
  Tensor& operator/=(const arg& b) const { return div_(b); }
  friend std::ostream& operator<<(std::ostream& out, const Tensor& t) { return out << t.value(); }

 private:
  friend class parts::cell;
  Tensor& stored(const char* name, const Tensor& made, at where) const;
  Tensor& put(const arg& src) const;
  const array& shaped() const;                           // of its dtype and shape, and perhaps of elements that it had before
  tendril::detail::ref<tendril::detail::counted> cell_;  // what it is a name of
};

#define X(name, options)                               \
  template <std::integral I>                           \
  Tensor name(const arg& input, I dim, bool keepdim) { \
    options keywords;                                  \
    keywords.dim = dim;                                \
    keywords.keepdim = keepdim;                        \
    return torch::name(input, keywords);               \
  }
TENDRIL_TORCH_REDUCE(X)
#undef X

// What waits for dtypes and ops that are not there. Calling one does not compile, and says why.
#define TENDRIL_TORCH_LACKING(X)                                            \
  X(bernoulli, "random numbers: draw them before, and pass them in")        \
  X(rand, "random numbers: draw them before, and pass them in")             \
  X(randn, "random numbers: draw them before, and pass them in")            \
  X(complex, "complex numbers: keep real and imaginary parts apart")        \
  X(conj, "complex numbers: a real tensor is its own conjugate")            \
  X(real, "complex numbers: a real tensor is its own real part")            \
  X(empty, "memory without values: take torch::zeros")                      \
  X(nonzero, "a shape that follows from values: take torch::where or sort") \
  X(unique, "a shape that follows from values: take torch::sort")           \
  X(masked_select, "a shape that follows from values: take torch::where")
#define X(name, why) TENDRIL_FRONTEND_LACKS(Tensor, name, "torch::" #name, why)
TENDRIL_TORCH_LACKING(X)
#undef X

namespace parts {
std::vector<Tensor> unbind_known(const arg& input, std::int64_t count, std::int64_t dim);
std::pair<Tensor, Tensor> max_along(const arg& input, std::int64_t dim, bool keepdim);
std::pair<Tensor, Tensor> min_along(const arg& input, std::int64_t dim, bool keepdim);
}  // namespace parts
template <std::integral I>
std::pair<Tensor, Tensor> max(const arg& input, I dim, bool keepdim) {
  return parts::max_along(input, dim, keepdim);
}
template <std::integral I>
std::pair<Tensor, Tensor> min(const arg& input, I dim, bool keepdim) {
  return parts::min_along(input, dim, keepdim);
}
template <std::size_t N>
std::array<Tensor, N> unbind(const arg& input, const dim_options& o) {
  std::vector<Tensor> parts = parts::unbind_known(input, static_cast<std::int64_t>(N), o.dim);
  std::array<Tensor, N> out;
  for (std::size_t i = 0; i < N; ++i) out[i] = std::move(parts[i]);
  return out;
}

namespace nn::functional {
/// Pairs of what stands before and behind each dim, the last dim first; negative numbers cut. reflect needs more elements than it adds.
Tensor pad(const arg& input, const axes& pad, const pad_options& = {});
/// Cross-correlation: input is N x C x H x W or C x H x W, weight is O x C/groups x h x w, bias is O numbers or not there.
Tensor conv2d(const arg& input, const arg& weight, const arg& bias = std::nullopt, const conv_options& = {});
/// Windows over the last two dims. What a window would not fill is left out, unless `ceil_mode`.
Tensor avg_pool2d(const arg& input, const axes& kernel_size, const avg_pool2d_options& = {});
Tensor max_pool2d(const arg& input, const axes& kernel_size, const max_pool_options& = {});
Tensor conv1d(const arg& input, const arg& weight, const arg& bias = std::nullopt, const conv_options& = {});
Tensor conv3d(const arg& input, const arg& weight, const arg& bias = std::nullopt, const conv_options& = {});
Tensor conv_transpose2d(const arg& input, const arg& weight, const arg& bias = std::nullopt, const conv_transpose_options& = {});
Tensor avg_pool1d(const arg& input, const axes& kernel_size, const avg_pool_options& = {});
Tensor max_pool1d(const arg& input, const axes& kernel_size, const max_pool_options& = {});
/// What return_indices=True gives: the largest elements, and where each stands among those of its channel.
std::pair<Tensor, Tensor> max_pool1d_with_indices(const arg& input, const axes& kernel_size, const max_pool_options& = {});
std::pair<Tensor, Tensor> max_pool2d_with_indices(const arg& input, const axes& kernel_size, const max_pool_options& = {});
Tensor adaptive_avg_pool2d(const arg& input, const axes& output_size);
Tensor adaptive_max_pool2d(const arg& input, const axes& output_size);
Tensor interpolate(const arg& input, const interpolate_options&);
/// Places of an image between -1 and 1, column first: N x h x w x 2 for an input of N x C x H x W; or N x d x h x w x 3 for one of
/// N x C x D x H x W.
Tensor grid_sample(const arg& input, const arg& grid, const grid_options& = {});
Tensor affine_grid(const arg& theta, const axes& size, bool align_corners = false);    ///< theta is N x 2 x 3 or N x 3 x 4
Tensor unfold(const arg& input, const axes& kernel_size, const unfold_options& = {});  ///< windows as columns
Tensor pixel_shuffle(const arg& input, std::int64_t upscale_factor);
Tensor normalize(const arg& input, const normalize_options& = {});  ///< over the larger of its norm along a dim and eps

// ---- activations
Tensor relu6(const arg& input);
Tensor selu(const arg& input);
Tensor silu(const arg& input);
Tensor mish(const arg& input);
Tensor softsign(const arg& input);
Tensor tanhshrink(const arg& input);
Tensor hardswish(const arg& input);
Tensor hardsigmoid(const arg& input);
Tensor logsigmoid(const arg& input);
Tensor leaky_relu(const arg& input, number negative_slope = 0.01);
Tensor elu(const arg& input, number alpha = 1);
Tensor celu(const arg& input, number alpha = 1);
Tensor softplus(const arg& input, number beta = 1, number threshold = 20);
Tensor hardtanh(const arg& input, number min_val = -1, number max_val = 1);
Tensor glu(const arg& input, std::int64_t dim = -1);
Tensor prelu(const arg& input, const arg& weight);  ///< one weight, or one for each channel

// ---- layers
Tensor linear(const arg& input, const arg& weight, const arg& bias = std::nullopt);
Tensor bilinear(const arg& input1, const arg& input2, const arg& weight, const arg& bias = std::nullopt);
Tensor embedding(const arg& input, const arg& weight);       ///< the rows of weight at these indices
Tensor one_hot(const arg& input, std::int64_t num_classes);  ///< the number of classes must be said
/// softmax(query key^T scale + mask) value. A mask of bool is true where a key is seen.
Tensor scaled_dot_product_attention(const arg& query, const arg& key, const arg& value, const arg& attn_mask = std::nullopt,
                                    const attention_options& = {});
Tensor layer_norm(const arg& input, const axes& normalized_shape, const arg& weight = std::nullopt, const arg& bias = std::nullopt,
                  number eps = 1e-5);
Tensor group_norm(const arg& input, std::int64_t num_groups, const arg& weight = std::nullopt, const arg& bias = std::nullopt,
                  number eps = 1e-5);
Tensor instance_norm(const arg& input, const arg& running_mean = std::nullopt, const arg& running_var = std::nullopt,
                     const arg& weight = std::nullopt, const arg& bias = std::nullopt, const instance_norm_options& = {});
Tensor batch_norm(const arg& input, const arg& running_mean, const arg& running_var, const arg& weight = std::nullopt,
                  const arg& bias = std::nullopt, const batch_norm_options& = {});

// ---- distances and losses
Tensor cosine_similarity(const arg& x1, const arg& x2, const cosine_options& = {});
Tensor pairwise_distance(const arg& x1, const arg& x2, const distance_options& = {});
Tensor mse_loss(const arg& input, const arg& target, const loss_options& = {});
Tensor l1_loss(const arg& input, const arg& target, const loss_options& = {});
Tensor smooth_l1_loss(const arg& input, const arg& target, const smooth_loss_options& = {});
Tensor huber_loss(const arg& input, const arg& target, const huber_options& = {});
/// Of probabilities: those outside 0 to 1 are an error in torch, and NaN here.
Tensor binary_cross_entropy(const arg& input, const arg& target, const arg& weight = std::nullopt, const loss_options& = {});
Tensor binary_cross_entropy_with_logits(const arg& input, const arg& target, const arg& weight = std::nullopt,
                                        const arg& pos_weight = std::nullopt, const loss_options& = {});
Tensor kl_div(const arg& input, const arg& target, const kl_options& = {});
/// Classes stand in dim 1. A target is an int64 class, which is checked when the function runs; of cross_entropy probabilities too.
Tensor nll_loss(const arg& input, const arg& target, const arg& weight = std::nullopt, const class_loss_options& = {});
Tensor cross_entropy(const arg& input, const arg& target, const arg& weight = std::nullopt, const cross_entropy_options& = {});

using torch::gelu;
using torch::log_softmax;
using torch::relu;
using torch::sigmoid;
using torch::softmax;
using torch::tanh;
}  // namespace nn::functional

namespace nn::functional {
#define X(name, why) TENDRIL_FRONTEND_LACKS(Tensor, name, "torch::nn::functional::" #name, why)
X(dropout, "random numbers: where it does not train it is its input")
#undef X
}  // namespace nn::functional

Tensor pinverse(const arg& input, number rcond = 1e-15);

/// Singular values count that are greater than `atol` and than `rtol` times the largest; neither given, rtol is max(m, n) roundings.
struct tolerance_options {
  std::optional<number> atol = std::nullopt;
  std::optional<number> rtol = std::nullopt;
};
struct triangular_options {
  bool upper;  ///< torch has no default
  bool left = true;
  bool unitriangular = false;
};
/// Residuals and singular values torch has of other drivers than that of the CPU.
struct lstsq_result {
  Tensor solution, rank;
};

namespace linalg {
Tensor vector_norm(const arg& x, number ord = 2, const norm_options& = {});  ///< of all elements, or of vectors along dims
/// "fro"; "nuc", 2 and -2 of singular values; 1, -1 and the infinities of sums of columns and rows.
Tensor matrix_norm(const arg& A, const std::string& ord = "fro", const matrix_norm_options& = {});
Tensor matrix_norm(const arg& A, number ord, const matrix_norm_options& = {});
Tensor norm(const arg& A, const norm_options& = {});              ///< of all elements, or of vectors along dims
Tensor norm(const arg& A, number ord, const norm_options& = {});  ///< of vectors along one dim, of matrices along two
Tensor matrix_power(const arg& A, std::int64_t n);                ///< of a negative n the power of the inverse
Tensor multi_dot(const tensors&);

// Of real numbers, and batches of matrices. A singular matrix, or one that is not positive definite, is an error when the function runs.
using torch::det;
using torch::slogdet;
Tensor inv(const arg& A);
Tensor cholesky(const arg& A, bool upper = false);  ///< reads one triangle
/// X of A X = B, or of X A = B. A B of one dim less than A, and of its other extents, holds vectors.
Tensor solve(const arg& A, const arg& B, bool left = true);
/// One triangle is read. A 0 on the diagonal is divided by. B is a matrix.
Tensor solve_triangular(const arg& A, const arg& B, const triangular_options&);
std::pair<Tensor, Tensor> qr(const arg& A, const std::string& mode = "reduced");  ///< or "complete"
/// The values in ascending order, and vectors up to their signs; one triangle is read, "L" or "U". NaN of what is not finite.
std::pair<Tensor, Tensor> eigh(const arg& A, const std::string& UPLO = "L");
Tensor eigvalsh(const arg& A, const std::string& UPLO = "L");
/// U, S and Vh; the signs of vectors are left open. What is not finite is an error when the function runs, here and where S is asked for.
std::tuple<Tensor, Tensor, Tensor> svd(const arg& A, bool full_matrices = true);
Tensor svdvals(const arg& A);
Tensor pinv(const arg& A, const tolerance_options& = {});
Tensor matrix_rank(const arg& A, const tolerance_options& = {});
Tensor cond(const arg& A, number p = 2);
Tensor cond(const arg& A, const std::string& p);
/// B as in solve. Whether the rank is full or not, the solution is the shortest of the nearest.
lstsq_result lstsq(const arg& A, const arg& B, std::optional<number> rcond = std::nullopt);
}  // namespace linalg

inline Tensor Tensor::prelu(const arg& weight) const { return nn::functional::prelu(arg(*this, weight.where()), weight); }
inline Tensor Tensor::pinverse(number rcond, at where) const { return torch::pinverse(arg(*this, where), rcond); }

namespace special {
using torch::erf;
using torch::erfc;
using torch::erfinv;
using torch::exp2;
using torch::expm1;
using torch::log1p;
using torch::log_softmax;
using torch::logit;
using torch::logsumexp;
using torch::softmax;
using torch::xlogy;
Tensor round(const arg& input, const round_options& = {});  ///< of floating dtypes, where torch::round(x) takes others
Tensor expit(const arg& input);                             ///< sigmoid
Tensor gammaln(const arg& input);                           ///< lgamma
Tensor xlog1py(const arg& input, const arg& other);         ///< input log(1 + other); 0 where input is 0, unless other is NaN
Tensor sinc(const arg& input);                              ///< sin(pi x) / (pi x), 1 of 0
Tensor entr(const arg& input);                              ///< -x log(x); 0 of 0, and -infinity of what is negative
Tensor ndtr(const arg& input);                              ///< how often a normal number is less
Tensor ndtri(const arg& input);                             ///< the number below which a normal one lies as often
// clang-format off
#define TENDRIL_TORCH_SPECIAL_LACKING(X)                                                                                  \
  X(digamma) X(psi) X(polygamma) X(zeta) X(multigammaln) X(gammainc) X(gammaincc) X(i0) X(i0e) X(i1) X(i1e) X(erfcx)      \
  X(log_ndtr) X(airy_ai) X(bessel_j0) X(bessel_j1) X(bessel_y0) X(bessel_y1) X(modified_bessel_i0) X(modified_bessel_i1) \
  X(modified_bessel_k0) X(modified_bessel_k1) X(spherical_bessel_j0)
// clang-format on
#define X(name) TENDRIL_FRONTEND_LACKS(Tensor, name, "torch::special::" #name, "an op of its own: write it out")
TENDRIL_TORCH_SPECIAL_LACKING(X)
#undef X
}  // namespace special

}  // namespace tendril::frontends::torch

template <>
struct tendril::frontend<tendril::source::torch_t> {
  using array_type = tendril::frontends::torch::Tensor;
};
