// nn::functional of the torch frontend: activations, layers without windows, normalisations and losses, as formulas over torch's functions.
#include <cmath>

#include "array/format.hpp"
#include "frontends/torch_ops.hpp"

namespace tendril::frontends::torch::nn::functional {
namespace {

using list = std::vector<std::int64_t>;

const Tensor& real(const char* op, const Tensor& x) {
  require_real(op, x);
  return x;
}
list axes_from(std::int64_t first, std::int64_t end) {
  list out;
  for (std::int64_t i = first; i < end; ++i) out.push_back(i);
  return out;
}

// Limits of integers are cut.
Tensor limited(const char* op, const Tensor& x, double low, double high) {
  require_numbers(op, x);
  if (kind_of(x.dtype()) == dtype_kind::real) return clamp(x, low, high);
  return clamp(x, static_cast<std::int64_t>(low), static_cast<std::int64_t>(high));
}
Tensor softplus_of(const Tensor& x) { return log1p(exp(x)); }
Tensor log_sigmoid(const Tensor& x) { return clamp(x, std::nullopt, 0.0) - log1p(exp(-abs(x))); }
std::pair<Tensor, Tensor> halves(const Tensor& x, std::int64_t dim) {
  const std::int64_t n = x.size(dim);
  if (n % 2 != 0)
    throw shape_error(
        format_text("[glu] the dim has no halves: got {} elements of dim {}, expected an even number. Pass another dim.", n, dim));
  const std::vector<Tensor> parts = chunk(x, 2, {dim});
  return {parts[0], parts[1]};
}
// A number for each channel, dim 1 of x.
Tensor by_channel(const Tensor& x, const Tensor& weight) {
  list shape(static_cast<std::size_t>(std::max<std::int64_t>(x.dim() - 1, 1)), 1);
  shape.front() = -1;
  return reshape(weight, shape);
}
Tensor rectified(const Tensor& x, const Tensor& weight) {
  require_alike("prelu", x, real("prelu", weight));
  const std::int64_t channels = x.dim() > 1 ? x.size(1) : 1;
  if (weight.dim() > 1 || (weight.numel() != 1 && weight.numel() != channels))
    throw shape_error(
        format_text("[prelu] the weight does not fit: got {} for {}, expected one number, or one for each channel. Reshape it.",
                    spelled(weight), spelled(x)));
  return torch::where(x > 0, x, (weight.numel() == 1 ? reshape(weight, list()) : by_channel(x, weight)) * x);
}

#define HAS(name) attribute_of(#name)
#define LISTED(name) attribute_of(#name, true, true)
#define ACTIVATION(name, attributes_, doc, ...) TENDRIL_TORCH_OWN(name, 1, attributes_, doc, (require_real(#name, x), __VA_ARGS__))
ACTIVATION(leaky_relu, (HAS(slope)), "x, or slope times x below 0", torch::where(x > 0, x, x* at.get_real("slope")))
ACTIVATION(elu, (HAS(alpha)), "x, or alpha times exp(x) - 1 below 0", torch::where(x > 0, x, expm1(x) * at.get_real("alpha")))
ACTIVATION(selu, (), "elu with the constants that keep a variance of 1",
           torch::where(x > 0, x * 1.0507009873554804934193349852946,
                        expm1(x) * (1.0507009873554804934193349852946 * 1.6732632423543772848170429916717)))
ACTIVATION(celu, (HAS(alpha)), "x, or alpha times exp(x / alpha) - 1 below 0",
           torch::where(x > 0, x, expm1(x*(1 / at.get_real("alpha"))) * at.get_real("alpha")))
ACTIVATION(silu, (), "x times sigmoid(x)", x* sigmoid(x))
ACTIVATION(mish, (), "x times the tanh of softplus(x)", x* tanh(softplus_of(x)))
ACTIVATION(softplus, (HAS(beta), HAS(threshold)), "log(1 + exp(beta x)) / beta, or x beyond the threshold",
           torch::where(x* at.get_real("beta") > at.get_real("threshold"), x, softplus_of(x* at.get_real("beta")) / at.get_real("beta")))
ACTIVATION(hardswish, (), "x times hardsigmoid(x)", x* clamp(x + 3.0, 0.0, 6.0) / 6.0)
ACTIVATION(hardsigmoid, (), "x / 6 + 1/2 between 0 and 1", clamp(x + 3.0, 0.0, 6.0) / 6.0)
ACTIVATION(logsigmoid, (), "the logarithm of sigmoid(x)", log_sigmoid(x))
ACTIVATION(glu, (HAS(dim)), "the first half times the sigmoid of the second", [&] {
  const auto [a, b] = halves(x, at.get_int("dim"));
  return a * sigmoid(b);
}())
TENDRIL_TORCH_OWN(hardtanh, 1, (HAS(low), HAS(high)), "x between limits", limited("hardtanh", x, at.get_real("low"), at.get_real("high")))
TENDRIL_TORCH_OWN(prelu, 2, (), "x, or a weight times x below 0", rectified(real("prelu", x), y))

// ---- layers

Tensor transformed(const Tensor& x, const Tensor& weight) {
  require_alike("linear", x, weight);
  require_numbers("linear", x);
  if (weight.dim() < 1 || weight.dim() > 2 || x.dim() < 1 || x.size(-1) != weight.size(-1))
    throw shape_error(
        format_text("[linear] input and weight do not fit: got {} and {}, expected as many elements of the last dim. Transpose one.",
                    spelled(x), spelled(weight)));
  return matmul(x, t(weight));
}
TENDRIL_TORCH_OWN(linear, 2, (), "the product with a transposed weight", transformed(x, y))
// Over both inputs: the sum of x[i] weight[o, i, j] y[j].
Tensor twice_transformed(const Tensor& x, const Tensor& y, const Tensor& weight) {
  require_alike("bilinear", x, y);
  require_alike("bilinear", x, real("bilinear", weight));
  if (weight.dim() != 3 || x.dim() < 1 || y.dim() != x.dim() || x.size(-1) != weight.size(1) || y.size(-1) != weight.size(2))
    throw shape_error(
        format_text("[bilinear] the operands do not fit: got {}, {} and {}, expected ... x i, ... x j and o x i x j. Reshape one.",
                    spelled(x), spelled(y), spelled(weight)));
  const std::int64_t o = weight.size(0), i = weight.size(1), j = weight.size(2);
  list shape = sizes_of(x);
  shape.back() = o;
  shape.push_back(j);
  const Tensor half = reshape(matmul(reshape(x, {-1, i}), reshape(permute(weight, {1, 0, 2}), {i, o * j})), shape);
  return squeeze(matmul(half, unsqueeze(y, -1)), -1);
}
TENDRIL_TORCH_OWN(bilinear, 3, (), "the product with both inputs", twice_transformed(x, y, z))

TENDRIL_TORCH_OWN(embedding, 2, (), "the rows of a weight at these indices", [&] {
  if (kind_of(x.dtype()) != dtype_kind::integer || !is_signed(x.dtype()))
    refuse("embedding", std::string(name_of(x.dtype())), "int32 or int64 indices", "Convert with .to(torch::int64).");
  if (y.dim() != 2) throw shape_error(format_text("[embedding] the weight is no matrix: got {}, expected 2 dims. Reshape it.", spelled(y)));
  list shape = sizes_of(x);
  shape.push_back(y.size(1));
  return reshape(index_select(y, 0, reshape(x, {-1})), shape);
}())
TENDRIL_TORCH_OWN(one_hot, 1, (HAS(num_classes)), "1 at the place of each index, else 0", [&] {
  const std::int64_t n = at.get_int("num_classes");
  if (x.dtype() != dtype::int64) refuse("one_hot", std::string(name_of(x.dtype())), "int64", "Convert with .to(torch::int64).");
  const array low = checked(x.value(), bad::negative, "[one_hot] a class is negative: got {}, expected 0 or more. Pass other classes.");
  const array rest =
      checked(tendril::subtract(n - 1, low), bad::negative,
              format_text("[one_hot] a class is too large: got {{}} less than there are, expected at most {}. Pass more classes.", n - 1));
  return Tensor(tendril::astype(frontends::one_hot("one_hot", tendril::subtract(n - 1, rest), n, -1), dtype::int64));
}())

// The product of queries and keys, weighed by softmax. Rows that nothing is seen of give 0.
Tensor attention(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor* mask, bool causal, double scale) {
  require_alike("scaled_dot_product_attention", real("scaled_dot_product_attention", q), k);
  require_alike("scaled_dot_product_attention", q, v);
  constexpr double inf = std::numeric_limits<double>::infinity();
  Tensor scores = matmul(q, transpose(k, -2, -1)) * (scale > 0 ? scale : 1 / std::sqrt(static_cast<double>(q.size(-1))));
  if (causal) {
    const Tensor seen(tendril::less_equal(tendril::reshape(tendril::arange(k.size(-2)), {1, -1}),
                                          tendril::reshape(tendril::arange(q.size(-2)), {-1, 1})));
    scores = torch::where(seen, scores, -inf);
  }
  if (mask) scores = mask->dtype() == dtype::bool_ ? torch::where(*mask, scores, -inf) : scores + *mask;
  if (scores.dtype() != q.dtype())
    refuse("scaled_dot_product_attention", std::string(name_of(mask->dtype())), "a mask of bool or of the inputs' dtype",
           "Convert with .to().");
  if (!causal && !mask) return matmul(softmax(scores, -1), v);
  const Tensor nothing = all(scores == -inf, reduce_options{.dim = -1, .keepdim = true});
  return matmul(torch::where(nothing, 0.0, softmax(scores, -1)), v);
}
TENDRIL_TORCH_OWN(attention, 3, (HAS(causal), HAS(scale)), "values weighed by the softmax of products of queries and keys",
                  attention(x, y, z, nullptr, at.get_bool("causal"), at.get_real("scale")))
TENDRIL_TORCH_OWN(masked_attention, any_number, (HAS(causal), HAS(scale)), "attention where a mask says what is seen", [&] {
  const Tensor mask(in[3]);
  return attention(x, y, Tensor(in[2]), &mask, at.get_bool("causal"), at.get_real("scale"));
}())

// ---- normalisations

// Less the mean, by the deviation.
Tensor standardized(const Tensor& x, const list& dims, double eps) {
  const Tensor mean = torch::mean(x, typed_reduce_options{.dim = dims, .keepdim = true});
  const Tensor var = torch::var(x, std_options{.dim = dims, .correction = 0, .keepdim = true});
  return (x - mean) * rsqrt(var + eps);
}
void require_channels(const char* op, const Tensor& x, std::int64_t least) {
  if (x.dim() < least)
    throw shape_error(format_text("[{}] too few dims: got {}, expected {} or more. Reshape first.", op, spelled(x), least));
}
TENDRIL_TORCH_OWN(layer_norm, 1, (LISTED(shape), HAS(eps)), "less the mean, by the deviation, over the last dims", [&] {
  const list shape = at.get_ints("shape"), sizes = sizes_of(real("layer_norm", x));
  const auto n = static_cast<std::int64_t>(shape.size());
  if (n == 0 || n > x.dim() || list(sizes.end() - n, sizes.end()) != shape)
    throw shape_error(
        format_text("[layer_norm] the shape is not that of the last dims: got ({}) for {}, expected their extents. Pass these.",
                    joined(shape, ", "), spelled(x)));
  return standardized(x, axes_from(x.dim() - n, x.dim()), at.get_real("eps"));
}())
TENDRIL_TORCH_OWN(group_norm, 1, (HAS(groups), HAS(eps)), "less the mean, by the deviation, of groups of channels", [&] {
  const std::int64_t groups = at.get_int("groups");
  require_channels("group_norm", real("group_norm", x), 2);
  if (groups < 1 || x.size(1) % groups != 0)
    throw shape_error(
        format_text("[group_norm] the channels do not divide: got {} channels in {} groups, expected equal groups. Pass another number.",
                    x.size(1), groups));
  return reshape(standardized(reshape(x, {x.size(0), groups, -1}), {2}, at.get_real("eps")), sizes_of(x));
}())
TENDRIL_TORCH_OWN(instance_norm, 1, (HAS(eps)), "less the mean, by the deviation, of each channel", [&] {
  require_channels("instance_norm", real("instance_norm", x), 3);
  return standardized(x, axes_from(2, x.dim()), at.get_real("eps"));
}())
TENDRIL_TORCH_OWN(batch_statistics, 1, (HAS(eps)), "less the mean, by the deviation, of each channel over the batch", [&] {
  require_channels("batch_norm", real("batch_norm", x), 2);
  list dims = axes_from(1, x.dim());
  dims.front() = 0;
  return standardized(x, dims, at.get_real("eps"));
}())
TENDRIL_TORCH_OWN(batch_norm, 3, (HAS(eps)), "less a mean, by a deviation, of each channel", [&] {
  require_channels("batch_norm", real("batch_norm", x), 2);
  return (x - by_channel(x, y)) * rsqrt(by_channel(x, z) + at.get_real("eps"));
}())
TENDRIL_TORCH_OWN(times_channels, 2, (), "with a factor of each channel", x* by_channel(x, y))
TENDRIL_TORCH_OWN(plus_channels, 2, (), "with a summand of each channel", x + by_channel(x, y))

// ---- distances and losses

TENDRIL_TORCH_OWN(cosine_similarity, 2, (HAS(dim), HAS(eps)), "the cosine of the angle between vectors", [&] {
  const list dim{at.get_int("dim")};
  const Tensor product = x * y, a = x + torch::zeros_like(product), b = y + torch::zeros_like(product);
  require_real("cosine_similarity", product);
  const auto unit = [&](const Tensor& v) {
    return v / clamp(torch::sqrt(sum(square(v), typed_reduce_options{.dim = dim, .keepdim = true})), at.get_real("eps"));
  };
  return sum(unit(a) * unit(b), typed_reduce_options{.dim = dim});
}())
TENDRIL_TORCH_OWN(pairwise_distance, 2, (HAS(p), HAS(eps), HAS(keepdim)), "the norm of the difference of vectors",
                  linalg::vector_norm(x - y + at.get_real("eps"), at.get_real("p"), {.dim = -1, .keepdim = at.get_bool("keepdim")}))

Tensor total_of(const Tensor& loss, const std::string& reduction) {
  return reduction == "mean" ? torch::mean(loss) : reduction == "none" ? loss : sum(loss);
}
Tensor real_total(const char* op, const Tensor& loss, const attributes& at) { return total_of(real(op, loss), at.get_string("reduction")); }

TENDRIL_TORCH_OWN(mse_loss, 2, (HAS(reduction)), "squares of differences", [&] {
  const Tensor d = x - y;
  return real_total("mse_loss", d * d, at);
}())
TENDRIL_TORCH_OWN(l1_loss, 2, (HAS(reduction)), "magnitudes of differences", total_of(abs(x - y), at.get_string("reduction")))
TENDRIL_TORCH_OWN(smooth_l1_loss, 2, (HAS(beta), HAS(reduction)), "magnitudes of differences, squares of small ones", [&] {
  const double beta = at.get_real("beta");
  const Tensor d = abs(real("smooth_l1_loss", x - y));
  return real_total("smooth_l1_loss", beta == 0 ? d : torch::where(d < beta, 0.5 * d * d / beta, d - 0.5 * beta), at);
}())
TENDRIL_TORCH_OWN(huber_loss, 2, (HAS(delta), HAS(reduction)), "squares of small differences, magnitudes of large ones", [&] {
  const double delta = at.get_real("delta");
  require_alike("huber_loss", x, y);
  const Tensor d = abs(real("huber_loss", x - y));
  return real_total("huber_loss", torch::where(d <= delta, 0.5 * d * d, delta * (d - 0.5 * delta)), at);
}())
// `z` of no dims: there is no weight.
Tensor weighted(const Tensor& loss, const Tensor& z) { return z.dim() == 0 ? loss : loss * z; }
TENDRIL_TORCH_OWN(binary_cross_entropy, 3, (HAS(reduction)), "the cross entropy of probabilities", [&] {
  require_alike("binary_cross_entropy", real("binary_cross_entropy", x), y);
  if (sizes_of(x) != sizes_of(y))
    throw shape_error(
        format_text("[binary_cross_entropy] the shapes differ: got {} and {}, expected the same. Expand one.", spelled(x), spelled(y)));
  const Tensor loss = (y - 1) * clamp(log1p(-x), -100.0) - y * clamp(log(x), -100.0);
  return real_total("binary_cross_entropy", weighted(loss, z), at);
}())
TENDRIL_TORCH_OWN(binary_cross_entropy_with_logits, any_number, (HAS(reduction)), "the cross entropy of logits", [&] {
  require_real("binary_cross_entropy_with_logits", x);
  if (sizes_of(x) != sizes_of(y))
    throw shape_error(format_text("[binary_cross_entropy_with_logits] the shapes differ: got {} and {}, expected the same. Expand one.",
                                  spelled(x), spelled(y)));
  const Tensor positive(in[3]);
  const Tensor logs = log_sigmoid(x);
  const Tensor loss = (1 - y) * x - (positive.dim() == 0 ? logs : ((positive - 1) * y + 1) * logs);
  return real_total("binary_cross_entropy_with_logits", weighted(loss, Tensor(in[2])), at);
}())
TENDRIL_TORCH_OWN(kl_div, 2, (HAS(reduction), HAS(log_target)), "the divergence of distributions", [&] {
  require_real("kl_div", x);
  const Tensor loss = at.get_bool("log_target") ? exp(y) * (y - x) : torch::where(y == 0, 0, y * log(y)) - y * x;
  if (at.get_string("reduction") == "batchmean") return sum(loss) / static_cast<double>(x.size(0));
  return real_total("kl_div", loss, at);
}())

// Classes stand in dim 1, or in the only dim.
std::int64_t class_dim(const Tensor& x) { return x.dim() == 1 ? 0 : 1; }
struct chosen {
  Tensor valid, weight, index;
};
chosen classes_of(const char* op, const Tensor& x, const Tensor& target, const Tensor& weight, std::int64_t ignored) {
  if (target.dtype() != dtype::int64) refuse(op, std::string(name_of(target.dtype())), "int64 classes", "Convert with .to(torch::int64).");
  list expected = sizes_of(x);
  if (!expected.empty()) expected.erase(expected.begin() + class_dim(x));
  if (x.dim() == 0 || sizes_of(target) != expected)
    throw shape_error(
        format_text("[{}] input and target do not fit: got {} and {}, expected the input's shape without its classes. Reshape one.", op,
                    spelled(x), spelled(target)));
  if (weight.dim() > 0) require_alike(op, x, weight);
  const Tensor valid = target != ignored, index = torch::where(valid, target, 0);
  const Tensor by =
      weight.dim() == 0 ? torch::ones_like(index, {.dtype = x.dtype()}) : reshape(index_select(weight, 0, reshape(index, {-1})), expected);
  return {valid, torch::where(valid, by, 0), index};
}
Tensor total_by_weight(const Tensor& loss, const chosen& c, const std::string& reduction) {
  return reduction == "none" ? loss : reduction == "sum" ? sum(loss) : sum(loss) / sum(c.weight);
}
Tensor picked_loss(const Tensor& x, const chosen& c) {
  const Tensor picked = squeeze(gather(x, class_dim(x), unsqueeze(c.index, class_dim(x))), class_dim(x));
  return torch::where(c.valid, -picked * c.weight, 0);
}
TENDRIL_TORCH_OWN(nll_loss, 3, (HAS(ignore_index), HAS(reduction)), "the negative likelihood of classes", [&] {
  const chosen c = classes_of("nll_loss", real("nll_loss", x), y, z, at.get_int("ignore_index"));
  return total_by_weight(picked_loss(x, c), c, at.get_string("reduction"));
}())
TENDRIL_TORCH_OWN(cross_entropy, 3, (HAS(ignore_index), HAS(reduction), HAS(label_smoothing)), "the cross entropy of logits and classes",
                  [&] {
                    const std::int64_t dim = class_dim(real("cross_entropy", x));
                    const double smoothing = at.get_real("label_smoothing");
                    const std::string& reduction = at.get_string("reduction");
                    const Tensor logs = log_softmax(x, dim);
                    const auto count = static_cast<double>(x.size(dim));
                    const Tensor by = z.dim() == 0 ? logs : x.dim() == 1 ? logs * z : logs * by_channel(x, z);
                    const typed_reduce_options over{.dim = dim};
                    if (kind_of(y.dtype()) == dtype_kind::real) {
                      if (sizes_of(x) != sizes_of(y))
                        throw shape_error(format_text(
                            "[cross_entropy] input and target do not fit: got {} and {}, expected one shape, or classes. Reshape one.",
                            spelled(x), spelled(y)));
                      const Tensor target = smoothing > 0 ? y * (1 - smoothing) + smoothing / count : y;
                      const Tensor loss = -sum(by * target, over);
                      return reduction == "mean" ? sum(loss) / static_cast<double>(x.numel() / x.size(dim)) : total_of(loss, reduction);
                    }
                    const chosen c = classes_of("cross_entropy", x, y, z, at.get_int("ignore_index"));
                    const Tensor loss = total_by_weight(picked_loss(logs, c), c, reduction);
                    if (smoothing == 0) return loss;
                    const Tensor smooth = torch::where(c.valid, -sum(by, over), 0);
                    return (1 - smoothing) * loss + total_by_weight(smooth, c, reduction) * (smoothing / count);
                  }())
#undef ACTIVATION
#undef LISTED
#undef HAS

void require_reduction(const char* op, const std::string& reduction, bool batch = false) {
  if (!among(std::string_view(reduction), "mean", "sum", "none") && !(batch && reduction == "batchmean"))
    throw error(
        format_text("[{}] unknown reduction: got \"{}\", expected \"mean\", \"sum\" or \"none\". Pass one of these.", op, reduction));
}
// What may be absent is a number, which has no dims.
operand or_one(const arg& x, std::source_location where) { return x.get().absent() ? operand(1.0, where) : x.get(); }
Tensor scaled(const Tensor& made, const arg& weight, const arg& bias, std::source_location where) {
  Tensor y = made;
  if (!weight.get().absent()) y = mul(arg(y, where), weight);
  return bias.get().absent() ? y : add(arg(y, where), bias);
}
Tensor scaled_by_channel(const Tensor& made, const arg& weight, const arg& bias, std::source_location where) {
  Tensor y = made;
  if (!weight.get().absent()) y = record(times_channels_op(), {arg(y, where).get(), weight.get()}, {}, where);
  return bias.get().absent() ? y : record(plus_channels_op(), {arg(y, where).get(), bias.get()}, {}, where);
}

}  // namespace

#define PLAIN(name) \
  Tensor name(const arg& input) { return record(name##_op(), {input.get()}, {}, input.where()); }
PLAIN(selu)
PLAIN(silu)
PLAIN(mish)
PLAIN(hardswish)
PLAIN(hardsigmoid)
PLAIN(logsigmoid)
#undef PLAIN
Tensor relu6(const arg& input) { return hardtanh(input, 0, 6); }
Tensor softsign(const arg& input) { return div(input, arg(add(arg(abs(input), input.where()), 1), input.where())); }
Tensor tanhshrink(const arg& input) { return sub(input, arg(tanh(input), input.where())); }
Tensor leaky_relu(const arg& input, number negative_slope) {
  return record(leaky_relu_op(), {input.get()}, {{"slope", negative_slope.value()}}, input.where());
}
Tensor elu(const arg& input, number alpha) { return record(elu_op(), {input.get()}, {{"alpha", alpha.value()}}, input.where()); }
Tensor celu(const arg& input, number alpha) {
  if (alpha.value() == 0) throw error("[celu] alpha divides: got 0, expected another number. Pass one.");
  return record(celu_op(), {input.get()}, {{"alpha", alpha.value()}}, input.where());
}
Tensor softplus(const arg& input, number beta, number threshold) {
  return record(softplus_op(), {input.get()}, {{"beta", beta.value()}, {"threshold", threshold.value()}}, input.where());
}
Tensor hardtanh(const arg& input, number min_val, number max_val) {
  if (min_val.value() > max_val.value())
    throw error(format_text("[hardtanh] the limits are in the wrong order: got {} and {}, expected the lower one first. Exchange them.",
                            min_val.value(), max_val.value()));
  return record(hardtanh_op(), {input.get()}, {{"low", min_val.value()}, {"high", max_val.value()}}, input.where());
}
Tensor glu(const arg& input, std::int64_t dim) { return record(glu_op(), {input.get()}, {{"dim", dim}}, input.where()); }
Tensor prelu(const arg& input, const arg& weight) { return record(prelu_op(), {input.get(), weight.get()}, {}, input.where()); }

Tensor linear(const arg& input, const arg& weight, const arg& bias) {
  const Tensor y = record(linear_op(), {input.get(), weight.get()}, {}, input.where());
  return bias.get().absent() ? y : add(arg(y, input.where()), bias);
}
Tensor bilinear(const arg& input1, const arg& input2, const arg& weight, const arg& bias) {
  const Tensor y = record(bilinear_op(), {input1.get(), input2.get(), weight.get()}, {}, input1.where());
  return bias.get().absent() ? y : add(arg(y, input1.where()), bias);
}
Tensor embedding(const arg& input, const arg& weight) { return record(embedding_op(), {input.get(), weight.get()}, {}, input.where()); }
Tensor one_hot(const arg& input, std::int64_t num_classes) {
  if (num_classes < 1)
    throw error(format_text("[one_hot] there are no classes: got {}, expected how many there are, since values say nothing yet. Pass it.",
                            num_classes));
  return record(one_hot_op(), {input.get()}, {{"num_classes", num_classes}}, input.where());
}
Tensor scaled_dot_product_attention(const arg& query, const arg& key, const arg& value, const arg& attn_mask, const attention_options& o) {
  const attributes at{{"causal", o.is_causal}, {"scale", o.scale ? o.scale->value() : 0.0}};
  if (attn_mask.get().absent()) return record(attention_op(), {query.get(), key.get(), value.get()}, at, query.where());
  return record(masked_attention_op(), {query.get(), key.get(), value.get(), attn_mask.get()}, at, query.where());
}

Tensor layer_norm(const arg& input, const axes& normalized_shape, const arg& weight, const arg& bias, number eps) {
  return scaled(record(layer_norm_op(), {input.get()}, {{"shape", listed(normalized_shape)}, {"eps", eps.value()}}, input.where()), weight,
                bias, input.where());
}
Tensor group_norm(const arg& input, std::int64_t num_groups, const arg& weight, const arg& bias, number eps) {
  return scaled_by_channel(record(group_norm_op(), {input.get()}, {{"groups", num_groups}, {"eps", eps.value()}}, input.where()), weight,
                           bias, input.where());
}
namespace {
void require_no_update(const char* op, const arg& mean, const arg& var) {
  if (!mean.get().absent() || !var.get().absent())
    throw error(format_text(
        "[{}] the running statistics would be updated: got them beside those of the batch, expected one of both. Leave them out.", op));
}
}  // namespace
Tensor instance_norm(const arg& input, const arg& running_mean, const arg& running_var, const arg& weight, const arg& bias,
                     const instance_norm_options& o) {
  const attributes at{{"eps", o.eps.value()}};
  if (!o.use_input_stats) return batch_norm(input, running_mean, running_var, weight, bias, {.eps = o.eps});
  require_no_update("instance_norm", running_mean, running_var);
  return scaled_by_channel(record(instance_norm_op(), {input.get()}, at, input.where()), weight, bias, input.where());
}
Tensor batch_norm(const arg& input, const arg& running_mean, const arg& running_var, const arg& weight, const arg& bias,
                  const batch_norm_options& o) {
  const attributes at{{"eps", o.eps.value()}};
  if (o.training) require_no_update("batch_norm", running_mean, running_var);
  return scaled_by_channel(o.training ? record(batch_statistics_op(), {input.get()}, at, input.where())
                                      : record(batch_norm_op(), {input.get(), running_mean.get(), running_var.get()}, at, input.where()),
                           weight, bias, input.where());
}

Tensor cosine_similarity(const arg& x1, const arg& x2, const cosine_options& o) {
  return record(cosine_similarity_op(), {x1.get(), x2.get()}, {{"dim", o.dim}, {"eps", o.eps.value()}}, x1.where());
}
Tensor pairwise_distance(const arg& x1, const arg& x2, const distance_options& o) {
  return record(pairwise_distance_op(), {x1.get(), x2.get()}, {{"p", o.p.value()}, {"eps", o.eps.value()}, {"keepdim", o.keepdim}},
                x1.where());
}

#define LOSS(name)                                                                                        \
  Tensor name(const arg& input, const arg& target, const loss_options& o) {                               \
    require_reduction(#name, o.reduction);                                                                \
    return record(name##_op(), {input.get(), target.get()}, {{"reduction", o.reduction}}, input.where()); \
  }
LOSS(mse_loss)
LOSS(l1_loss)
#undef LOSS
Tensor smooth_l1_loss(const arg& input, const arg& target, const smooth_loss_options& o) {
  require_reduction("smooth_l1_loss", o.reduction);
  if (o.beta.value() < 0)
    throw error(format_text("[smooth_l1_loss] beta is negative: got {}, expected 0 or more. Pass another.", o.beta.value()));
  return record(smooth_l1_loss_op(), {input.get(), target.get()}, {{"beta", o.beta.value()}, {"reduction", o.reduction}}, input.where());
}
Tensor huber_loss(const arg& input, const arg& target, const huber_options& o) {
  require_reduction("huber_loss", o.reduction);
  if (o.delta.value() <= 0)
    throw error(format_text("[huber_loss] delta is not positive: got {}, expected more than 0. Pass another.", o.delta.value()));
  return record(huber_loss_op(), {input.get(), target.get()}, {{"delta", o.delta.value()}, {"reduction", o.reduction}}, input.where());
}
Tensor binary_cross_entropy(const arg& input, const arg& target, const arg& weight, const loss_options& o) {
  require_reduction("binary_cross_entropy", o.reduction);
  return record(binary_cross_entropy_op(), {input.get(), target.get(), or_one(weight, input.where())}, {{"reduction", o.reduction}},
                input.where());
}
Tensor binary_cross_entropy_with_logits(const arg& input, const arg& target, const arg& weight, const arg& pos_weight,
                                        const loss_options& o) {
  require_reduction("binary_cross_entropy_with_logits", o.reduction);
  return record(binary_cross_entropy_with_logits_op(),
                {input.get(), target.get(), or_one(weight, input.where()), or_one(pos_weight, input.where())}, {{"reduction", o.reduction}},
                input.where());
}
Tensor kl_div(const arg& input, const arg& target, const kl_options& o) {
  require_reduction("kl_div", o.reduction, true);
  return record(kl_div_op(), {input.get(), target.get()}, {{"reduction", o.reduction}, {"log_target", o.log_target}}, input.where());
}
Tensor nll_loss(const arg& input, const arg& target, const arg& weight, const class_loss_options& o) {
  require_reduction("nll_loss", o.reduction);
  return record(nll_loss_op(), {input.get(), target.get(), or_one(weight, input.where())},
                {{"ignore_index", o.ignore_index}, {"reduction", o.reduction}}, input.where());
}
Tensor cross_entropy(const arg& input, const arg& target, const arg& weight, const cross_entropy_options& o) {
  require_reduction("cross_entropy", o.reduction);
  if (!(o.label_smoothing.value() >= 0 && o.label_smoothing.value() <= 1))
    throw error(
        format_text("[cross_entropy] label_smoothing is no share: got {}, expected 0 to 1. Pass another.", o.label_smoothing.value()));
  return record(cross_entropy_op(), {input.get(), target.get(), or_one(weight, input.where())},
                {{"ignore_index", o.ignore_index}, {"reduction", o.reduction}, {"label_smoothing", o.label_smoothing.value()}},
                input.where());
}

}  // namespace tendril::frontends::torch::nn::functional
