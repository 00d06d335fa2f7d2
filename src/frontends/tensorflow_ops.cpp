// The tensorflow frontend's own ops: those whose meaning depends on the rank or the dtype, those whose elements or errors are its own, and
// TensorFlow's formulas of several ops.
#include "frontends/tensorflow_ops.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include <tendril/detail/op_id.hpp>

#include "array/format.hpp"

namespace tendril::frontends::tensorflow {
namespace {

using results = std::vector<array>;

bool is_real(const array& x) { return kind_of(x.dtype()) == dtype_kind::real; }
axes axis_of(const attributes& at) { return at.has("axis") ? axes(at.get_ints("axis")) : axes(); }

// The quotient of the total and the count, rounded towards 0.
array integer_mean(const array& x, const attributes& at) {
  std::int64_t n = 1;
  for (const std::int64_t a : at.get_axes("reduce_mean", static_cast<int>(x.ndim()))) n *= x.shape(a);
  const array total = sum(x, {.axis = axis_of(at), .dtype = dtype::int64, .keepdims = at.get_bool("keepdims")});
  const array size = floor_divide(abs(total), n);
  return astype(where(less(total, 0), negative(size), size), x.dtype());
}

array totals(const array& x, const attributes& at, array (*run)(const array&, std::int64_t, bool)) {
  const std::int64_t axis = normalize_axis("cumsum", at.get_int("axis"), static_cast<int>(x.ndim()));
  const bool exclusive = at.get_bool("exclusive"), reverse = at.get_bool("reverse");
  array y = run(reverse ? flip(x, {.axis = axis}) : x, axis, exclusive);
  if (exclusive) {
    std::vector<index_item> key(static_cast<std::size_t>(axis), index_item(tendril::slice()));
    key.emplace_back(tendril::slice({}, -1));
    y = getitem(y, key);
  }
  return reverse ? flip(y, {.axis = axis}) : y;
}

// No number among NaN counts.
array place_of_extreme(const array& x, const attributes& at, bool largest) {
  const std::int64_t axis = at.get_int("axis");
  constexpr double inf = std::numeric_limits<double>::infinity();
  const array y = x.dtype() == dtype::bool_ ? astype(x, dtype::int32) : is_real(x) ? where(isnan(x), largest ? -inf : inf, x) : x;
  return astype(largest ? argmax(y, {.axis = axis}) : argmin(y, {.axis = axis}), at.get_dtype("output_type"));
}

array shift_count(const array& b) { return clip(b, 0, 8 * static_cast<std::int64_t>(size_of(b.dtype())) - 1); }

array checked_exponent(const array& b) {
  return checked(b, bad::negative, "[pow] an integer power is negative: got {}, expected 0 or more. Cast with tf::cast(x, tf::float64).");
}

array matrix(const char* op, const array& x) {
  only(takes::signed_, op, x);
  if (x.ndim() < 2)
    throw shape_error(
        format_text("[{}] there is no matrix: got rank {}, expected 2 or more. Add an axis with tf::expand_dims.", op, x.ndim()));
  return x;
}
array gathered(const array& x, const array& indices, std::int64_t axis) {
  if (indices.dtype() != dtype::int32 && indices.dtype() != dtype::int64)
    throw dtype_error(format_text("[gather] the indices are of no index dtype: got {}, expected int32 or int64. Cast with tf::cast.",
                                  name_of(indices.dtype())));
  return take(x, checked(indices, bad::negative, "[gather] an index is negative: got {}, expected 0 or more. Count from the front.", true),
              {.axis = axis});
}

array hot(const array& indices, const attributes& at) {
  only(takes::integer, "one_hot", indices);
  const dtype d = at.get_dtype("dtype");
  const array on = full({}, at.get_scalar("on_value"), {.dtype = d}), off = full({}, at.get_scalar("off_value"), {.dtype = d});
  return where(tendril::frontends::one_hot("one_hot", indices, at.get_int("depth"), at.get_int("axis")), on, off);
}

array shape_of(const array& x) {
  const extents shape = x.shape();
  if (shape.empty()) return tendril::zeros({0}, {.dtype = dtype::int32});
  std::vector<array> all;
  for (const std::int64_t n : shape) all.push_back(full({1}, n, {.dtype = dtype::int32}));
  return tendril::concat(all);
}

// TensorFlow has some constants as float32, for float64 too.
double as_float32(double x) { return static_cast<double>(static_cast<float>(x)); }

array normal_share(const array& x, bool approximate) {
  if (approximate) {
    const array x3 = multiply(multiply(x, x), x);
    return multiply(multiply(0.5, x), add(1.0, tanh(multiply(0.7978845608028654, add(x, multiply(as_float32(0.044715), x3))))));
  }
  return multiply(multiply(0.5, x), erfc(multiply(negative(x), as_float32(std::numbers::sqrt2 / 2))));
}

// Under the rules of its call a dtype has been taken already.
std::vector<type> typed_as_sum(const type_request& r) {
  return infer({record_of(op_id::sum), r.inputs, r.present, r.attrs, &rules_of(takes::number)});
}

}  // namespace

// OWN(name, what it takes, the op whose operands it has, decomposition of a and b of one dtype, doc)
#define OWN(name, what, base, body, doc) \
  OWN_OP(name, base, body, doc)          \
  Tensor name(const arg& x, const arg& y) { return two(name##_record(), x, y, {}, takes::what); }
#define OWN_OP(name, base, body, doc) static TENDRIL_OWN_ELEMENTWISE("tensorflow", name, base, body, doc)
namespace math {
OWN(floordiv, number, floor_divide,
    is_real(a) ? tendril::floor(tendril::divide(a, b)) : floor_divide(a, checked_divisor(b, "floordiv", "tf")),
    "the rounded quotient rounded down; an integer divisor of 0 is an error")
OWN(floormod, number, remainder, is_real(a) ? real_remainder(a, b) : remainder(a, checked_divisor(b, "floormod", "tf")),
    "the remainder with the sign of the divisor; a zero has that of the dividend; an integer divisor of 0 is an error")
OWN(pow, signed_, pow, is_real(a) ? tendril::pow(a, b) : tendril::pow(a, checked_exponent(b)),
    "a power; a negative integer power of an integer is an error")
OWN_OP(divide_no_nan, divide, tendril::where(tendril::equal(b, 0), 0, tendril::divide(a, b)), "the quotient; 0 where the divisor is 0")
OWN_OP(multiply_no_nan, multiply, tendril::where(tendril::equal(b, 0), 0, tendril::multiply(a, b)),
       "the product; 0 where the second operand is 0")
Tensor divide_no_nan(const arg& x, const arg& y) { return divided(divide_no_nan_record(), x, y); }
Tensor multiply_no_nan(const arg& x, const arg& y) {
  const Tensor a = tensor_of(x);
  return two(multiply_no_nan_record(), arg(a, x.where()), y, {}, takes::real);
}
OWN(squared_difference, signed_, subtract, tendril::square(tendril::subtract(a, b)), "(x - y)^2")
OWN(xlogy, real, multiply, tendril::where(tendril::equal(a, 0), a, tendril::multiply(a, tendril::log(b))), "x log(y); 0 where x is 0")
OWN(xlog1py, real, multiply, tendril::where(tendril::equal(a, 0), a, tendril::multiply(a, tendril::log1p(b))),
    "x log(1 + y); 0 where x is 0")
OWN(xdivy, real, divide, tendril::where(tendril::equal(a, 0), a, tendril::divide(a, b)), "x / y; 0 where x is 0")
}  // namespace math
namespace bitwise {
OWN(left_shift, integer, bitwise_left_shift, bitwise_left_shift(a, shift_count(b)), "shifted to the left, by at most all bits but one")
OWN(right_shift, integer, bitwise_right_shift, bitwise_right_shift(a, shift_count(b)), "shifted to the right, by at most all bits but one")
}  // namespace bitwise
namespace nn {
OWN(sigmoid_cross_entropy_with_logits, real, subtract,
    tendril::add(tendril::subtract(tendril::relu(b), tendril::multiply(b, a)),
                 tendril::log1p(tendril::exp(tendril::negative(tendril::abs(b))))),
    "the cross entropy of labels and the sigmoid of logits")
}
#undef OWN
#undef OWN_OP

// COMPOSED(name, inputs, (attributes), decomposition of x, y and the attribute reader at, doc)
#define LIST(...) \
  { __VA_ARGS__ }
#define COMPOSED(name, inputs, attributes_, body, doc)                                          \
  const op_record& name##_record() {                                                            \
    static const op_record& op = composed(                                                      \
        "tensorflow." #name, LIST attributes_,                                                  \
        []([[maybe_unused]] std::span<const array> in, [[maybe_unused]] const attributes& at) { \
          [[maybe_unused]] const array &x = in[0], &y = in[inputs - 1];                         \
          return results{body};                                                                 \
        },                                                                                      \
        doc, inputs);                                                                           \
    return op;                                                                                  \
  }
namespace {
COMPOSED(sign, 1, (), add(sign(only(takes::signed_, "sign", x)), 0), "-1, 0 or 1; NaN stays")
COMPOSED(softplus, 1, (), logaddexp(only(takes::real, "softplus", x), 0), "log(1 + exp(x))")
COMPOSED(log_sigmoid, 1, (), negative(logaddexp(negative(only(takes::real, "log_sigmoid", x)), 0)), "the logarithm of the sigmoid")
COMPOSED(softsign, 1, (), divide(only(takes::real, "softsign", x), add(abs(x), 1)), "x / (|x| + 1)")
COMPOSED(erfinv, 1, (), erf_inverse(only(takes::real, "erfinv", x)), "the number of which this is the erf")
COMPOSED(ndtri, 1, (), normal_quantile(only(takes::real, "ndtri", x)), "the number below which a normal one lies as often")
COMPOSED(relu6, 1, (), minimum(maximum(only(takes::number, "relu6", x), 0), 6), "x limited to 0 and 6")
COMPOSED(elu, 1, (), where(less(only(takes::real, "elu", x), 0), expm1(x), x), "x, below 0 exp(x) - 1")
COMPOSED(selu, 1, (),
         where(less(only(takes::real, "selu", x), 0), multiply(1.7580993408473768599402175208123, expm1(x)),
               multiply(1.0507009873554804934193349852946, x)),
         "elu, scaled to keep its moments")
COMPOSED(silu, 1, (), multiply(only(takes::real, "silu", x), sigmoid(x)), "x times its sigmoid")
COMPOSED(
    leaky_relu, 1, (attribute_of("alpha")),
    [&] {
      only(takes::number, "leaky_relu", x);
      const array r = is_real(x) ? x : astype(x, dtype::float32);
      return where(greater(r, 0), r, multiply(as_float32(at.get_real("alpha")), r));
    }(),
    "x, below 0 a share of it")
COMPOSED(gelu, 1, (attribute_of("approximate")), normal_share(only(takes::real, "gelu", x), at.get_bool("approximate")),
         "x times the normal distribution function")
COMPOSED(reduce_logsumexp, 1, (attribute_of("axis", false, true), attribute_of("keepdims")),
         log_sum_exp(only(takes::real, "reduce_logsumexp", x), axis_of(at), at.get_bool("keepdims")),
         "the logarithm of the sum of exponentials")
COMPOSED(
    variance, 1, (attribute_of("axis", false, true), attribute_of("keepdims")),
    [&] {
      only(takes::signed_, "moments", x);
      const bool keep = at.get_bool("keepdims");
      if (is_real(x)) return var(x, {.axis = axis_of(at), .keepdims = keep});
      const auto mean = [&](const array& v, bool kept) {
        return math::reduce_mean(arg(Tensor(v)), {.axis = axis_of(at), .keepdims = kept}).value();
      };
      return mean(square(subtract(x, mean(x, true))), keep);
    }(),
    "the mean squared deviation; of integers rounded as their mean is")
COMPOSED(l2_normalize, 1, (attribute_of("axis", false, true), attribute_of("epsilon")),
         multiply(only(takes::real, "l2_normalize", x),
                  rsqrt(maximum(sum(square(x), {.axis = axis_of(at), .keepdims = true}), at.get_real("epsilon")))),
         "over its Euclidean norm")
COMPOSED(argmax, 1, (attribute_of("axis"), attribute_of("output_type")), place_of_extreme(x, at, true),
         "the index of the first largest element; NaN is passed over")
COMPOSED(argmin, 1, (attribute_of("axis"), attribute_of("output_type")), place_of_extreme(x, at, false),
         "the index of the first smallest element; NaN is passed over")
COMPOSED(cumsum, 1, (attribute_of("axis"), attribute_of("exclusive"), attribute_of("reverse")),
         totals(only(takes::number, "cumsum", x), at,
                [](const array& v, std::int64_t axis, bool initial) {
                  return cumulative_sum(v, {.axis = axis, .dtype = v.dtype(), .include_initial = initial});
                }),
         "running totals")
COMPOSED(cumprod, 1, (attribute_of("axis"), attribute_of("exclusive"), attribute_of("reverse")),
         totals(only(takes::number, "cumprod", x), at,
                [](const array& v, std::int64_t axis, bool initial) {
                  return cumulative_prod(v, {.axis = axis, .dtype = v.dtype(), .include_initial = initial});
                }),
         "running products")
COMPOSED(
    transpose, 1, (),
    [&] {
      std::vector<std::int64_t> order;
      for (std::int64_t i = x.ndim(); i-- > 0;) order.push_back(i);
      return permute_dims(x, order);
    }(),
    "the axes reversed")
COMPOSED(
    squeeze, 1, (),
    [&] {
      std::vector<std::int64_t> gone;
      for (std::int64_t i = 0; i < x.ndim(); ++i)
        if (x.shape(i) == 1) gone.push_back(i);
      return squeeze(x, gone);
    }(),
    "without the axes of extent 1")
COMPOSED(
    tile, 1, (attribute_of("multiples", true, true)),
    [&] {
      const std::vector<std::int64_t> n = at.get_ints("multiples");
      if (static_cast<std::int64_t>(n.size()) != x.ndim())
        throw shape_error(format_text(
            "[tile] the multiples are not one for each axis: got {} for rank {}, expected as many. Reshape first.", n.size(), x.ndim()));
      return tile(x, n);
    }(),
    "set side by side")
COMPOSED(gather, 2, (attribute_of("axis")), gathered(x, y, at.get_int("axis")), "the slices at these indices")
COMPOSED(one_hot, 1,
         (attribute_of("depth"), attribute_of("on_value"), attribute_of("off_value"), attribute_of("axis"), attribute_of("dtype")),
         hot(x, at), "one value where a new axis counts the index, else another")
COMPOSED(
    matmul, 2, (attribute_of("transpose_a"), attribute_of("transpose_b")),
    [&] {
      require_alike("matmul", x, y);
      const array a = matrix("matmul", x);
      const array b = matrix("matmul", y);
      return tendril::matmul(at.get_bool("transpose_a") ? matrix_transpose(a) : a, at.get_bool("transpose_b") ? matrix_transpose(b) : b);
    }(),
    "the matrix product")
COMPOSED(
    tensordot, 2, (attribute_of("of_a", true, true), attribute_of("of_b", true, true)),
    [&] {
      require_alike("tensordot", x, y);
      return tendril::frontends::tensordot(only(takes::signed_, "tensordot", x), y, at.get_ints("of_a"), at.get_ints("of_b"), product);
    }(),
    "the product over pairs of axes")
COMPOSED(rank, 1, (), full({}, static_cast<std::int64_t>(x.ndim()), {.dtype = dtype::int32}), "the number of axes")
COMPOSED(size, 1, (), full({}, x.size(), {.dtype = dtype::int32}), "the number of elements")
COMPOSED(shape, 1, (), shape_of(x), "the extents")
COMPOSED(
    softmax_cross_entropy_with_logits, 2, (attribute_of("axis")),
    [&] {
      const std::int64_t axis = at.get_int("axis");
      only(takes::real, "softmax_cross_entropy_with_logits", x);
      only(takes::real, "softmax_cross_entropy_with_logits", y);
      return negative(sum(multiply(astype(x, y.dtype()), log_softmax(y, {.axis = axis})), {.axis = axis}));
    }(),
    "the cross entropy of labels and the softmax of logits")
}  // namespace
#undef COMPOSED
#undef LIST

namespace math {

Tensor sign(const arg& x) { return one(sign_record(), x); }
Tensor softplus(const arg& x) { return one(softplus_record(), x); }
Tensor log_sigmoid(const arg& x) { return one(log_sigmoid_record(), x); }
Tensor softsign(const arg& x) { return one(softsign_record(), x); }
Tensor erfinv(const arg& x) { return one(erfinv_record(), x); }
Tensor ndtri(const arg& x) { return one(ndtri_record(), x); }
Tensor reduce_mean(const arg& x, const reduce_options& o) {
  static const op_record& op = register_op(variant_of(
      op_id::mean, "tensorflow.reduce_mean", typed_as_sum,
      [](std::span<const array> in, const attributes& at) {
        return results{is_real(in[0]) ? mean(in[0], {.axis = axis_of(at), .keepdims = at.get_bool("keepdims")}) : integer_mean(in[0], at)};
      },
      "the mean; of integers rounded towards 0"));
  return one(op, x, {{"axis", o.axis}, {"keepdims", o.keepdims}}, takes::number);
}
Tensor reduce_logsumexp(const arg& x, const reduce_options& o) {
  return one(reduce_logsumexp_record(), x, {{"axis", o.axis}, {"keepdims", o.keepdims}});
}
Tensor argmax(const arg& x, const place_options& o) { return one(argmax_record(), x, {{"axis", o.axis}, {"output_type", o.output_type}}); }
Tensor argmin(const arg& x, const place_options& o) { return one(argmin_record(), x, {{"axis", o.axis}, {"output_type", o.output_type}}); }
Tensor cumsum(const arg& x, const cumulative_options& o) {
  return one(cumsum_record(), x, {{"axis", o.axis}, {"exclusive", o.exclusive}, {"reverse", o.reverse}});
}
Tensor cumprod(const arg& x, const cumulative_options& o) {
  return one(cumprod_record(), x, {{"axis", o.axis}, {"exclusive", o.exclusive}, {"reverse", o.reverse}});
}
Tensor l2_normalize(const arg& x, const normalize_options& o) {
  return one(l2_normalize_record(), x, {{"axis", o.axis}, {"epsilon", o.epsilon}});
}

}  // namespace math

Tensor transpose(const arg& a, const transpose_options& o) {
  return o.perm.given() ? one(op_id::permute_dims, a, {{"axes", listed(o.perm)}}) : one(transpose_record(), a);
}
Tensor squeeze(const arg& x, const axes_options& o) {
  return o.axis.values().empty() ? one(squeeze_record(), x) : one(op_id::squeeze, x, {{"axis", o.axis}});
}
Tensor tile(const arg& x, const axes& multiples) { return one(tile_record(), x, {{"multiples", listed(multiples)}}); }
Tensor gather(const arg& params, const arg& indices, const gather_options& o) {
  const Tensor a = tensor_of(params), i = tensor_of(indices);
  return two(gather_record(), arg(a, params.where()), arg(i, params.where()), {{"axis", o.axis}});
}
Tensor one_hot(const arg& indices, std::int64_t depth, const one_hot_options& o) {
  dtype d = o.dtype;
  for (const auto& value : {o.on_value, o.off_value})
    if (d == dtype::unknown && value)
      d = kind_of(value->natural_dtype()) == dtype_kind::integer ? int32 : value->kind() == dtype_kind::real ? float32 : bool_;
  if (d == dtype::unknown) d = float32;
  return one(one_hot_record(), indices,
             {{"depth", depth},
              {"on_value", o.on_value.value_or(scalar(1))},
              {"off_value", o.off_value.value_or(scalar(0))},
              {"axis", o.axis},
              {"dtype", d}});
}
Tensor matmul(const arg& a, const arg& b, const matmul_options& o) {
  return two(matmul_record(), a, b, {{"transpose_a", o.transpose_a}, {"transpose_b", o.transpose_b}});
}
Tensor tensordot(const arg& a, const arg& b, const std::pair<axes, axes>& axes) {
  return two(tensordot_record(), a, b, {{"of_a", axes.first}, {"of_b", axes.second}});
}
Tensor tensordot(const arg& a, const arg& b, std::int64_t axes) {
  const auto [of_a, of_b] = last_and_first(axes);
  return tensordot(a, b, std::pair(tendril::axes(of_a), tendril::axes(of_b)));
}
Tensor rank(const arg& x) { return one(rank_record(), x); }
Tensor size(const arg& x) { return one(size_record(), x); }
Tensor shape(const arg& x) { return one(shape_record(), x); }

namespace nn {

Tensor relu(const arg& x) { return one(op_id::relu, x, {}, takes::number); }
Tensor relu6(const arg& x) { return one(relu6_record(), x); }
Tensor elu(const arg& x) { return one(elu_record(), x); }
Tensor selu(const arg& x) { return one(selu_record(), x); }
Tensor silu(const arg& x) { return one(silu_record(), x); }
Tensor swish(const arg& x) { return silu(x); }
Tensor leaky_relu(const arg& x, const slope_options& o) { return one(leaky_relu_record(), x, {{"alpha", o.alpha}}); }
Tensor gelu(const arg& x, const gelu_options& o) { return one(gelu_record(), x, {{"approximate", o.approximate}}); }
std::pair<Tensor, Tensor> moments(const arg& x, const axes& axes, const moments_options& o) {
  const reduce_options over{.axis = listed(axes), .keepdims = o.keepdims};
  return {math::reduce_mean(x, over), one(variance_record(), x, {{"axis", over.axis}, {"keepdims", over.keepdims}})};
}
Tensor batch_normalization(const arg& x, const arg& mean, const arg& variance, const arg& offset, const arg& scale, number epsilon) {
  const auto at = [&x](const auto& v) { return arg(v, x.where()); };
  Tensor factor = math::rsqrt(at(math::add(variance, at(epsilon.value()))));
  if (!scale.get().absent()) factor = math::multiply(at(factor), scale);
  const Tensor moved = math::multiply(mean, at(factor));
  const Tensor shift = offset.get().absent() ? math::negative(at(moved)) : math::subtract(offset, at(moved));
  return math::add(at(math::multiply(x, at(factor))), at(shift));
}
Tensor softmax_cross_entropy_with_logits(const arg& labels, const arg& logits, const axis_options& o) {
  return two(softmax_cross_entropy_with_logits_record(), labels, logits, {{"axis", o.axis}});
}

}  // namespace nn
}  // namespace tendril::frontends::tensorflow
