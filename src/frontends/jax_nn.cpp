// jax.nn and jax.scipy.special: JAX's own formulas over jax.numpy, each recorded as one op until dtypes are known.
#include "frontends/jax_ops.hpp"

#include <cmath>
#include <numbers>

#include <tendril/detail/op_id.hpp>

#include "array/format.hpp"

namespace tendril::frontends::jax {
namespace {

namespace jnp = numpy;
using results = std::vector<array>;

Array half_normal(const Array& x, bool approximate) {
  if (approximate) {
    const Array x3 = x * x * x;
    return x * (0.5 * (1.0 + jnp::tanh(std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * x3))));
  }
  return 0.5 * x * Array(tendril::erfc((-x * std::sqrt(0.5)).value()));
}
Array exponential_below(const Array& x, double alpha) { return jnp::where(x > 0, x, alpha * jnp::expm1(jnp::where(x > 0, 0., x))); }
Array halves(const array& x, std::int64_t axis) {
  const std::int64_t place = normalize_axis("glu", axis, static_cast<int>(x.ndim())), n = x.shape(place);
  if (n % 2 != 0)
    throw shape_error(format_text("[glu] the axis has no halves: got an extent of {}, expected an even one. Pass another axis.", n));
  const auto part = [&](const slice& s) {
    std::vector<index_item> key(static_cast<std::size_t>(place), index_item(slice()));
    key.emplace_back(s);
    return Array(getitem(x, key));
  };
  return part(slice(0, n / 2)) * nn::sigmoid(part(slice(n / 2, n)));
}
// The largest element is taken off in the dtype of x: that of uint8 wraps.
Array share(const Array& x, std::int64_t axis, bool log) {
  const char* const op = log ? "log_softmax" : "softmax";
  if (x.value().dtype() == dtype::bool_) refuse_bool(op);
  if (x.value().dtype() != dtype::uint8) {
    const array real = inexact(x.value());
    return Array(log ? log_softmax(real, {.axis = axis}) : softmax(real, {.axis = axis}));
  }
  const Array shifted = x - jnp::max(x, {.axis = axis, .keepdims = true});
  const Array sum = jnp::sum(jnp::exp(shifted), {.axis = axis, .keepdims = true});
  return log ? shifted - jnp::log(sum) : jnp::exp(shifted) / sum;
}
Array standardized(const Array& x, const axes& axis, double epsilon) {
  const Array mean = jnp::mean(x, {.axis = axis, .keepdims = true});
  const Array variance = jnp::clip(jnp::mean(jnp::square(x), {.axis = axis, .keepdims = true}) - jnp::square(mean), 0);
  return (x - mean) * Array(rsqrt((variance + epsilon).value()));
}

}  // namespace

namespace nn {

// UNARY(name, formula of x, doc)
#define UNARY(name, formula, doc)                          \
  Array name(const arg& given) {                           \
    static const op_record& op = composed(                 \
        "jax." #name, {},                                  \
        [](std::span<const array> in, const attributes&) { \
          const Array x(in[0]);                            \
          return results{(formula).value()};               \
        },                                                 \
        doc);                                              \
    return one(op, given);                                 \
  }
Array relu(const arg& x) { return numpy::maximum(x, arg(0, x.where())); }
Array sigmoid(const arg& x) { return lax::logistic(x); }
UNARY(relu6, jnp::minimum(jnp::maximum(x, 0), 6.), "x limited to 0 and 6")
UNARY(softplus, jnp::logaddexp(x, 0), "log(1 + exp(x))")
UNARY(silu, x* sigmoid(x), "x times its sigmoid")
Array swish(const arg& x) { return silu(x); }
UNARY(log_sigmoid, -softplus(-x), "the logarithm of the sigmoid")
UNARY(soft_sign, x / (Array(tendril::abs(x.value().dtype() == dtype::bool_ ? astype(x.value(), dtype::int64) : x.value())) + 1),
      "x / (|x| + 1)")
UNARY(mish, x* jnp::tanh(softplus(x)), "x times tanh(softplus(x))")
UNARY(hard_tanh, jnp::where(x > 1, 1, jnp::where(x < -1, -1, x)), "x limited to -1 and 1")
UNARY(hard_sigmoid, relu6(x + 3.) / 6., "relu6(x + 3) / 6")
UNARY(hard_silu, x* hard_sigmoid(x), "x times its hard_sigmoid")
Array hard_swish(const arg& x) { return hard_silu(x); }
UNARY(selu, 1.0507009873554804934193349852946 * exponential_below(x, 1.6732632423543772848170429916717), "elu, scaled to keep its moments")
UNARY(sparse_plus, jnp::where(x <= -1.0, 0.0, jnp::where(x >= 1.0, x, jnp::power(x + 1.0, 2) / 4)), "softplus with finite ends")
UNARY(sparse_sigmoid, 0.5 * jnp::clip(x + 1.0, 0.0, 2.0), "a sigmoid of straight lines")
#undef UNARY

// WITH(name, attributes, formula of x and the attribute reader at, doc)
#define LIST(...) \
  { __VA_ARGS__ }
#define WITH(name, declared, formula, doc)                    \
  const op_record& name##_record() {                          \
    static const op_record& op = composed(                    \
        "jax." #name, LIST declared,                          \
        [](std::span<const array> in, const attributes& at) { \
          const Array x(in[0]);                               \
          return results{(formula).value()};                  \
        },                                                    \
        doc);                                                 \
    return op;                                                \
  }
namespace {
axes axis_of(const attributes& at) { return at.has("axis") ? axes(at.get_ints("axis")) : axes(); }
WITH(gelu, (attribute_of("approximate")), half_normal(Array(inexact(x.value())), at.get_bool("approximate")),
     "x times the normal distribution function")
WITH(elu, (attribute_of("alpha")), exponential_below(x, at.get_real("alpha")), "x, below 0 alpha (exp(x) - 1)")
WITH(celu, (attribute_of("alpha")), jnp::maximum(x, 0.0) + at.get_real("alpha") * jnp::expm1(jnp::minimum(x, 0.0) / at.get_real("alpha")),
     "x, below 0 alpha (exp(x / alpha) - 1)")
WITH(leaky_relu, (attribute_of("slope")), jnp::where(x >= 0, x, at.get_real("slope") * x), "x, below 0 a share of it")
WITH(glu, (attribute_of("axis")), halves(x.value(), at.get_int("axis")), "the first half times the sigmoid of the second")
WITH(logsumexp, (attribute_of("axis", false, true), attribute_of("keepdims")),
     Array(log_sum_exp(inexact(x.value()), axis_of(at), at.get_bool("keepdims"))), "the logarithm of the sum of exponentials")
WITH(standardize, (attribute_of("axis", false, true), attribute_of("epsilon")), standardized(x, axis_of(at), at.get_real("epsilon")),
     "less its mean, over its deviation")
WITH(softmax, (attribute_of("axis"), attribute_of("log")), share(x, at.get_int("axis"), at.get_bool("log")),
     "exp(x) over its sum along axis, or the logarithm of that")
WITH(one_hot, (attribute_of("num_classes"), attribute_of("dtype"), attribute_of("axis")),
     Array(astype(tendril::frontends::one_hot("one_hot", x.value(), at.get_int("num_classes"), at.get_int("axis")), at.get_dtype("dtype"))),
     "1 where a new axis counts the index")
}  // namespace
#undef WITH
#undef LIST

Array gelu(const arg& x, const gelu_options& o) { return one(gelu_record(), x, {{"approximate", o.approximate}}); }
Array elu(const arg& x, const alpha_options& o) { return one(elu_record(), x, {{"alpha", o.alpha}}); }
Array celu(const arg& x, const alpha_options& o) { return one(celu_record(), x, {{"alpha", o.alpha}}); }
Array leaky_relu(const arg& x, const slope_options& o) { return one(leaky_relu_record(), x, {{"slope", o.negative_slope}}); }
Array glu(const arg& x, const axis_options& o) { return one(glu_record(), x, {{"axis", o.axis}}); }
Array softmax(const arg& x, const axis_options& o) { return one(softmax_record(), x, {{"axis", o.axis}, {"log", false}}); }
Array log_softmax(const arg& x, const axis_options& o) { return one(softmax_record(), x, {{"axis", o.axis}, {"log", true}}); }
Array logsumexp(const arg& a, const sum_options& o) { return one(logsumexp_record(), a, {{"axis", o.axis}, {"keepdims", o.keepdims}}); }
Array standardize(const arg& x, const standardize_options& o) {
  return one(standardize_record(), x, {{"axis", o.axis}, {"epsilon", o.epsilon}});
}
Array one_hot(const arg& x, std::int64_t num_classes, const one_hot_options& o) {
  return one(one_hot_record(), x, {{"num_classes", num_classes}, {"dtype", o.dtype}, {"axis", o.axis}});
}

}  // namespace nn

namespace scipy::special {

Array erf(const arg& x) { return one(op_id::erf, x); }
Array erfc(const arg& x) { return one(op_id::erfc, x); }
Array erfinv(const arg& x) { return one(erf_inv_record(), x); }
Array gammaln(const arg& x) { return one(op_id::lgamma, x); }
Array expit(const arg& x) { return one(op_id::sigmoid, x); }
Array logit(const arg& given) {
  static const op_record& op = composed(
      "jax.logit", {},
      [](std::span<const array> in, const attributes&) {
        const array x = inexact(in[0]);
        return results{log(divide(x, subtract(1, x)))};
      },
      "log(x / (1 - x))");
  return one(op, given);
}
Array xlogy(const arg& x, const arg& y) { return two(xlogy_record(), x, y); }
Array xlog1py(const arg& x, const arg& y) { return two(xlog1py_record(), x, y); }

}  // namespace scipy::special
}  // namespace tendril::frontends::jax
