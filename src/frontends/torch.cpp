// The torch frontend: each function names an op, with torch's defaults; what torch's dtypes do is one set of promotion rules.
#include <tendril/frontends/torch.hpp>

#include <tendril/detail/op_id.hpp>

#include <algorithm>
#include <cmath>

#include "array/format.hpp"
#include "frontends/torch_ops.hpp"
#include "ops/literals.hpp"

namespace tendril::frontends::torch {
namespace {

// ---- promotion: c10's result_type

// Of two categories, the one that counts more: its dtype stands unless the other is of a higher kind.
dtype combine(dtype higher, dtype lower) {
  if (higher == dtype::unknown) return lower;
  if (lower == dtype::unknown || kind_of(lower) <= kind_of(higher)) return higher;
  return promote(higher, lower);
}

dtype result_type(std::span<const dtype> dtypes, std::span<const bool> weak, std::span<const bool> rank0) {
  dtype dimensioned = dtype::unknown, single = dtype::unknown, number = dtype::unknown;
  for (std::size_t i = 0; i < dtypes.size(); ++i) {
    const dtype d = !weak[i]                                 ? dtypes[i]
                    : kind_of(dtypes[i]) == dtype_kind::real ? dtype::float32
                                                             : tendril::detail::literal_dtype(dtypes[i]);
    dtype& category = weak[i] ? number : rank0[i] ? single : dimensioned;
    category = category == dtype::unknown ? d : promote(category, d);
  }
  return combine(dimensioned, combine(single, number));
}

dtype together(std::string_view op, std::span<const dtype> dtypes, std::span<const bool> weak, std::span<const bool> rank0) {
  if (op.starts_with("torch.")) op.remove_prefix(6);  // an op of this file
  const dtype d = result_type(dtypes, weak, rank0);
  if (among(op, "logical_and", "logical_or", "logical_xor", "logical_not")) return dtype::bool_;
  if (kind_of(d) != dtype_kind::real &&
      among(op, "mean", "var", "std", "softmax", "log_softmax", "gelu", "hypot", "nextafter", "logaddexp"))
    refuse(op, std::string(name_of(d)), "a floating dtype", "Convert with .to(torch::float32), or give dtype where the function has one.");
  if (among(op, "xlogy", "xlog1py") && kind_of(d) != dtype_kind::real) return dtype::float32;
  if (d == dtype::bool_) {
    if (facts_of(op).asks) return dtype::int32;
    if (among(op, "subtract", "negative", "positive", "argmax", "argmin", "matmul", "clip", "relu", "abs", "square", "floor", "ceil",
              "round", "trunc", "pow", "floor_divide", "remainder", "fmod", "searchsorted", "multiply_add"))
      refuse(op, "bool", "a numeric dtype", "Use logical_not for a mask, or convert with .to(torch::int64).");
  }
  if (op == "matmul" && dtypes[0] != dtypes[1])
    refuse(op, format_text("{} and {}", name_of(dtypes[0]), name_of(dtypes[1])), "the same dtype twice", "Convert one with .to().");
  if (op == "subtract" && std::any_of(dtypes.begin(), dtypes.end(), [](dtype x) { return x == dtype::bool_; }))
    refuse(op, "bool", "a numeric dtype", "Use logical_xor or logical_not for masks, or convert with .to(torch::int64).");
  return d;
}

// alpha of add (Sign 1) and sub (-1): a real one needs a floating result.
template <int Sign>
constexpr const char* scaled_name = Sign > 0 ? "add" : "sub";

template <int Sign>
dtype together_scaled(std::string_view, std::span<const dtype> dtypes, std::span<const bool> weak, std::span<const bool> rank0) {
  const dtype tensors_alone[] = {dtypes[0], dtypes[2]};
  const bool weak_alone[] = {weak[0], weak[2]}, rank0_alone[] = {rank0[0], rank0[2]};
  const dtype d = result_type(tensors_alone, weak_alone, rank0_alone);
  if (kind_of(dtypes[1]) == dtype_kind::real && kind_of(d) != dtype_kind::real)
    refuse(scaled_name<Sign>, format_text("a real alpha for {}", name_of(d)), "an integer alpha",
           "Convert the tensors with .to(torch::float32).");
  if (Sign < 0 && (dtypes[0] == dtype::bool_ || dtypes[2] == dtype::bool_))
    refuse("sub", "bool", "a numeric dtype", "Use logical_xor or logical_not for masks, or convert with .to(torch::int64).");
  if (d == dtype::bool_) refuse(scaled_name<Sign>, "alpha for bool", "a numeric dtype", "Convert the tensors with .to(torch::int64).");
  return d;
}

// pow with a negative integer number.
dtype together_inverse_power(std::string_view op, std::span<const dtype> dtypes, std::span<const bool> weak, std::span<const bool> rank0) {
  const dtype d = together(op, dtypes, weak, rank0);
  if (kind_of(d) == dtype_kind::integer)
    refuse("pow", format_text("a negative power of {}", name_of(d)), "a floating base", "Convert with .to(torch::float32).");
  return d;
}

// A number that an integer dtype does not hold keeps its low bits in arithmetic and comparisons, and one beyond float32 is infinite there.
// Where it fills, selects, bounds, scales or is an integer exponent it is an error, and so is a number of 2^63 and more beside a bool
// tensor. A bound of clamp that limits nothing is one among integers, unless it is 2^63 or more and there is another bound.
//
// Of a dtype without a sign, a negative number whose magnitude it holds fits everywhere, and keeps its low bits (c10's overflows).
scalar out_of_range(const type_request& r, std::size_t place, const scalar& number, dtype d) {
  std::string_view op = r.op.name;
  if (op.starts_with("torch.")) op.remove_prefix(6);
  if (kind_of(d) == dtype_kind::real) {
    if (among(op, "clip", "where")) tendril::detail::throw_does_not_fit(op, number, d);
    return number;
  }
  if (number.beyond_int64() && beside_bool(r)) tendril::detail::throw_does_not_fit(op, number, d);
  if (op == "clip") {
    const bool lower = place == 1, limits_nothing = lower == (number.real() < 0);
    if (!limits_nothing || (number.beyond_int64() && r.present[1] && r.present[2])) tendril::detail::throw_does_not_fit(op, number, d);
    return number;
  }
  const bool refused = (among(op, "where", "full", "full_like") || (op == "pow" && place == 1)) && !negated_fits(number, d);
  return refused ? number : wrapped(number, d);
}

// sub records -alpha, and speaks of alpha.
template <int Sign>
scalar scaled_out_of_range(const type_request& r, std::size_t place, const scalar& number, dtype d) {
  if (place == 1 && !negated_fits(number, d)) {
    const scalar negated = number.kind() == dtype_kind::real
                               ? scalar(-number.real())
                               : scalar(static_cast<std::int64_t>(0 - static_cast<std::uint64_t>(number.integer())));
    tendril::detail::throw_does_not_fit(scaled_name<Sign>, Sign > 0 ? number : negated, d);
  }
  return out_of_range(r, place, number, d);
}

constexpr promotion_rules rules_with(dtype (*f)(std::string_view, std::span<const dtype>, std::span<const bool>, std::span<const bool>),
                                     decltype(promotion_rules::out_of_range) beyond = out_of_range) {
  return {.name = "torch",
          .together = f,
          .default_real = dtype::float32,
          .integer_sums_to_int64 = true,
          .bool_is_numeric = true,
          .out_of_range = beyond};
}
// Rows of the set that look at one more operand than the dtypes tell.
constexpr promotion_rules scaled_add = rules_with(together_scaled<1>, scaled_out_of_range<1>),
                          scaled_sub = rules_with(together_scaled<-1>, scaled_out_of_range<-1>),
                          inverse_power = rules_with(together_inverse_power);

// ---- recording

Tensor one(op_id op, const arg& x, attributes at = {}) { return record(op, {x.get()}, std::move(at), x.where()); }
Tensor two(op_id op, const arg& a, const arg& b, const promotion_rules& rules = promotion) {
  return record(op, {a.get(), b.get()}, {}, a.where(), rules);
}

dtype or_default(const tensor_options& o, dtype d) { return o.dtype == dtype::unknown ? d : o.dtype; }

number correction_of(const char* op, const std_options& o) {
  if (o.unbiased && o.correction)
    throw error(
        format_text("[{}] unbiased and correction are both given: got two ways of saying one thing, expected one. Drop unbiased.", op));
  return o.correction ? *o.correction : number(o.unbiased.value_or(true) ? 1 : 0);
}

// No dims is all dims, written as an empty list too.
axes all_dims(const axes& dim) { return dim.values().empty() ? axes() : dim; }

// Corrections up to 1 leave nothing to divide by only where nothing deviates either.
Tensor spread(op_id op, const char* name, const arg& x, const std_options& o) {
  const number correction = correction_of(name, o);
  const attributes at{{"axis", all_dims(o.dim)}, {"correction", correction}, {"keepdims", o.keepdim}};
  if (correction.value() <= 1) return one(op, x, at);
  return record(op == op_id::var ? var_record() : std_record(), {x.get()}, at, x.where());
}

// sub adds what is scaled by the negative of alpha, which wraps as integers of 64 bits do.
template <int Sign>
Tensor scaled_sum(const arg& a, const arg& b, scalar alpha) {
  if (alpha == scalar(1)) return two(Sign > 0 ? op_id::add : op_id::subtract, a, b);
  if (alpha.kind() == dtype_kind::boolean) refuse(scaled_name<Sign>, "a bool alpha", "a number", "Write 1 or 0.");
  const std::source_location where = a.where();
  const auto bits = static_cast<std::uint64_t>(alpha.integer());
  const operand factor = alpha.kind() == dtype_kind::real ? operand(Sign * alpha.real(), where)
                         : Sign < 0                       ? operand(static_cast<std::int64_t>(0 - bits), where)
                         : alpha.beyond_int64()           ? operand(bits, where)
                                                          : operand(alpha.integer(), where);
  return record(op_id::multiply_add, {b.get(), factor, a.get()}, {}, where, Sign > 0 ? scaled_add : scaled_sub);
}

}  // namespace

constinit const promotion_rules promotion = rules_with(together);

device::device(const std::string& type) {
  if (type != "cpu")
    throw error(format_text("[device] there is no such device: got \"{}\", expected \"cpu\". Tendril runs on the processor.", type));
}

void refuse(std::string_view op, const std::string& got, const char* expected, const char* remedy) {
  throw dtype_error(format_text("[{}] torch does not take this dtype: got {}, expected {}. {}", op, got, expected, remedy));
}

void require_real(const char* op, const Tensor& x) {
  if (kind_of(x.dtype()) != dtype_kind::real)
    refuse(op, std::string(name_of(x.dtype())), "a floating dtype", "Convert with .to(torch::float32).");
}
void require_numbers(const char* op, const Tensor& x) {
  if (x.dtype() == dtype::bool_) refuse(op, "bool", "a numeric dtype", "Convert with .to(torch::int64).");
}
void require_alike(const char* op, const Tensor& a, const Tensor& b) {
  if (a.dtype() != b.dtype())
    refuse(op, format_text("{} and {}", name_of(a.dtype()), name_of(b.dtype())), "the same dtype twice", "Convert one with .to().");
}

Tensor record(const op_record& op, std::initializer_list<operand> in, attributes at, std::source_location where,
              const promotion_rules& rules) {
  return Tensor(std::move(apply(op, {in.begin(), in.size()}, std::move(at), &rules, where).front()));
}

Tensor record(op_id op, std::initializer_list<operand> in, attributes at, std::source_location where, const promotion_rules& rules) {
  return record(record_of(op), in, std::move(at), where, rules);
}

#define UNARY(name, op) \
  Tensor name(const arg& input) { return one(op_id::op, input); }
UNARY(neg, negative)
UNARY(abs, abs)
UNARY(sqrt, sqrt)
UNARY(square, square)
UNARY(exp, exp)
UNARY(log, log)
UNARY(tanh, tanh)
UNARY(reciprocal, reciprocal)
UNARY(floor, floor)
UNARY(ceil, ceil)
UNARY(logical_not, logical_not)
UNARY(isfinite, isfinite)
UNARY(isnan, isnan)
UNARY(relu, relu)
UNARY(sigmoid, sigmoid)
UNARY(rsqrt, rsqrt)
UNARY(exp2, exp2)
UNARY(expm1, expm1)
UNARY(log2, log2)
UNARY(log10, log10)
UNARY(log1p, log1p)
UNARY(sin, sin)
UNARY(cos, cos)
UNARY(tan, tan)
UNARY(asin, asin)
UNARY(acos, acos)
UNARY(atan, atan)
UNARY(sinh, sinh)
UNARY(cosh, cosh)
UNARY(asinh, asinh)
UNARY(acosh, acosh)
UNARY(atanh, atanh)
UNARY(erf, erf)
UNARY(erfc, erfc)
UNARY(lgamma, lgamma)
UNARY(round, round)
UNARY(trunc, trunc)
UNARY(signbit, signbit)
UNARY(isinf, isinf)
UNARY(bitwise_not, bitwise_invert)
#undef UNARY
Tensor positive(const arg& input) { return viewed(seen::same, op_id::positive, input, {}); }

#define BINARY(name, op) \
  Tensor name(const arg& input, const arg& other) { return two(op_id::op, input, other); }
BINARY(mul, multiply)
BINARY(div, divide)
BINARY(maximum, maximum)
BINARY(minimum, minimum)
BINARY(max, maximum)
BINARY(min, minimum)
BINARY(eq, equal)
BINARY(ne, not_equal)
BINARY(lt, less)
BINARY(le, less_equal)
BINARY(gt, greater)
BINARY(ge, greater_equal)
BINARY(logical_and, logical_and)
BINARY(logical_or, logical_or)
BINARY(logical_xor, logical_xor)
BINARY(matmul, matmul)
BINARY(atan2, atan2)
BINARY(hypot, hypot)
BINARY(copysign, copysign)
BINARY(nextafter, nextafter)
BINARY(logaddexp, logaddexp)
BINARY(bitwise_and, bitwise_and)
BINARY(bitwise_or, bitwise_or)
BINARY(bitwise_xor, bitwise_xor)
BINARY(bitwise_left_shift, bitwise_left_shift)
BINARY(bitwise_right_shift, bitwise_right_shift)
#undef BINARY
Tensor xlogy(const arg& input, const arg& other) { return record(xlogy_record(), {input.get(), other.get()}, {}, input.where()); }
Tensor floor_divide(const arg& input, const arg& other) {
  return record(floor_divide_record(), {input.get(), other.get()}, {}, input.where());
}
Tensor remainder(const arg& input, const arg& other) { return record(remainder_record(), {input.get(), other.get()}, {}, input.where()); }

Tensor fmod(const arg& input, const arg& other) { return record(fmod_record(), {input.get(), other.get()}, {}, input.where()); }

Tensor add(const arg& input, const arg& other, const alpha_options& o) { return scaled_sum<1>(input, other, o.alpha); }
Tensor sub(const arg& input, const arg& other, const alpha_options& o) { return scaled_sum<-1>(input, other, o.alpha); }
Tensor rsub(const arg& input, const arg& other, const alpha_options& o) { return sub(other, input, o); }

Tensor pow(const arg& input, const arg& exponent) {
  const scalar e = exponent.get().get_array() ? scalar() : exponent.get().get_scalar();
  // The one power that bool has.
  if (e.kind() == dtype_kind::boolean && input.get().get_array())
    return e.integer() ? Tensor(*input.get().get_array()) : one(op_id::ones_like, input, {{"dtype", dtype::unknown}});
  // The roots, as torch has them: of -infinity they are NaN, and -0 keeps its sign.
  if (e.kind() == dtype_kind::real && std::abs(e.real()) == 0.5) return one(e.real() > 0 ? op_id::sqrt : op_id::rsqrt, input);
  return two(op_id::pow, input, exponent, e.kind() == dtype_kind::integer && e.integer() < 0 ? inverse_power : promotion);
}

Tensor clamp(const arg& input, const arg& min, const arg& max) {
  if (min.get().absent() && max.get().absent())
    throw error("[clamp] no bound is given: got neither min nor max, expected at least one. Pass one of them.");
  return record(op_id::clip, {input.get(), min.get(), max.get()}, {}, input.where());
}
Tensor clip(const arg& input, const arg& min, const arg& max) { return clamp(input, min, max); }
Tensor where(const arg& condition, const arg& input, const arg& other) {
  return record(op_id::where, {condition.get(), input.get(), other.get()}, {}, condition.where());
}

#define REDUCE(name, op, dims) \
  Tensor name(const arg& input, const reduce_options& o) { return one(op_id::op, input, {{"axis", dims(o.dim)}, {"keepdims", o.keepdim}}); }
REDUCE(any, any, )
REDUCE(all, all, )
REDUCE(amax, max, all_dims)
REDUCE(amin, min, all_dims)
#undef REDUCE
Tensor max(const arg& input) { return amax(input); }
Tensor min(const arg& input) { return amin(input); }
Tensor argmax(const arg& input, const arg_options& o) { return one(op_id::argmax, input, {{"axis", o.dim}, {"keepdims", o.keepdim}}); }
Tensor argmin(const arg& input, const arg_options& o) { return one(op_id::argmin, input, {{"axis", o.dim}, {"keepdims", o.keepdim}}); }
// Two ops: what nobody uses is dropped, and that is mostly the indices.
std::pair<Tensor, Tensor> parts::max_along(const arg& input, std::int64_t dim, bool keepdim) {
  return {amax(input, {.dim = dim, .keepdim = keepdim}), argmax(input, {.dim = dim, .keepdim = keepdim})};
}
std::pair<Tensor, Tensor> parts::min_along(const arg& input, std::int64_t dim, bool keepdim) {
  return {amin(input, {.dim = dim, .keepdim = keepdim}), argmin(input, {.dim = dim, .keepdim = keepdim})};
}

Tensor sum(const arg& input, const typed_reduce_options& o) {
  return one(op_id::sum, input, {{"axis", all_dims(o.dim)}, {"dtype", o.dtype}, {"keepdims", o.keepdim}});
}
Tensor prod(const arg& input, const typed_reduce_options& o) {
  return one(op_id::prod, input, {{"axis", o.dim}, {"dtype", o.dtype}, {"keepdims", o.keepdim}});
}
Tensor mean(const arg& input, const typed_reduce_options& o) {
  const attributes at{{"axis", all_dims(o.dim)}, {"keepdims", o.keepdim}};
  return o.dtype == dtype::unknown ? one(op_id::mean, input, at) : one(op_id::mean, arg(to(input, o.dtype), input.where()), at);
}
Tensor var(const arg& input, const std_options& o) { return spread(op_id::var, "var", input, o); }
Tensor std(const arg& input, const std_options& o) { return spread(op_id::std, "std", input, o); }
std::pair<Tensor, Tensor> std_mean(const arg& input, const std_options& o) {
  return {torch::std(input, o), mean(input, {.dim = o.dim, .keepdim = o.keepdim})};
}
std::pair<Tensor, Tensor> var_mean(const arg& input, const std_options& o) {
  return {var(input, o), mean(input, {.dim = o.dim, .keepdim = o.keepdim})};
}

Tensor softmax(const arg& input, std::int64_t dim, const softmax_options& o) {
  if (o.dtype == dtype::unknown) return one(op_id::softmax, input, {{"axis", dim}});
  return one(op_id::softmax, arg(to(input, o.dtype), input.where()), {{"axis", dim}});
}
Tensor log_softmax(const arg& input, std::int64_t dim, const softmax_options& o) {
  if (o.dtype == dtype::unknown) return one(op_id::log_softmax, input, {{"axis", dim}});
  return one(op_id::log_softmax, arg(to(input, o.dtype), input.where()), {{"axis", dim}});
}
Tensor gelu(const arg& input, const gelu_options& o) { return one(op_id::gelu, input, {{"approximate", o.approximate}}); }

Tensor t(const arg& input) { return viewed(seen::order, t_record(), input, {}); }
Tensor transpose(const arg& input, std::int64_t dim0, std::int64_t dim1) {
  return viewed(seen::order, transpose_record(), input, {{"dim0", dim0}, {"dim1", dim1}});
}
Tensor permute(const arg& input, const axes& dims) { return viewed(seen::order, op_id::permute_dims, input, {{"axes", listed(dims)}}); }
Tensor reshape(const arg& input, const axes& shape) {
  return viewed(seen::shape, op_id::reshape, input, {{"shape", listed(shape)}, {"copy", false}}, true);
}
Tensor flatten(const arg& input) { return reshape(input, {-1}); }
Tensor flatten(const arg& input, std::int64_t start_dim, std::int64_t end_dim) {
  return viewed(seen::shape, flatten_record(), input, {{"start_dim", start_dim}, {"end_dim", end_dim}}, array(), true);
}
Tensor Tensor::expand(const axes& size, at where) const {
  return viewed(seen::spread, expand_record(), arg(*this, where), {{"size", listed(size)}});
}
Tensor Tensor::unfold(std::int64_t dimension, std::int64_t size, std::int64_t step, at where) const {
  return viewed(seen::spread, unfold_record(), arg(*this, where), {{"dimension", dimension}, {"size", size}, {"step", step}});
}
Tensor slice_scatter(const arg& input, const arg& src, const scatter_options& o) {
  return record(slice_scatter_record(), {input.get(), src.get()}, {{"dim", o.dim}, {"start", o.start}, {"end", o.end}, {"step", o.step}},
                input.where());
}
Tensor broadcast_to(const arg& input, const axes& size) {
  return viewed(seen::spread, op_id::broadcast_to, input, {{"shape", listed(size)}});
}
Tensor unsqueeze(const arg& input, std::int64_t dim) { return viewed(seen::shape, op_id::expand_dims, input, {{"axis", axes(dim)}}); }
Tensor squeeze(const arg& input) { return viewed(seen::shape, squeeze_record(), input, {{"dim", axes()}}); }
Tensor squeeze(const arg& input, const axes& dim) { return viewed(seen::shape, squeeze_record(), input, {{"dim", listed(dim)}}); }
Tensor sign(const arg& input) { return record(sign_record(), {input.get()}, {}, input.where()); }
Tensor flip(const arg& input, const axes& dims) { return one(op_id::flip, input, {{"axis", listed(dims)}}); }
Tensor tile(const arg& input, const axes& dims) { return one(op_id::tile, input, {{"repetitions", listed(dims)}}); }
Tensor repeat_interleave(const arg& input, std::int64_t repeats, const along_options& o) {
  return one(op_id::repeat, input, {{"repeats", repeats}, {"axis", o.dim}});
}
Tensor cumsum(const arg& input, std::int64_t dim, const cumulative_options& o) {
  return one(op_id::cumulative_sum, input, {{"axis", dim}, {"dtype", o.dtype}, {"include_initial", false}});
}
Tensor cumprod(const arg& input, std::int64_t dim, const cumulative_options& o) {
  return one(op_id::cumulative_prod, input, {{"axis", dim}, {"dtype", o.dtype}, {"include_initial", false}});
}
Tensor diff(const arg& input, const diff_options& o) {
  return record(diff_record(), {input.get()}, {{"axis", o.dim}, {"n", o.n}}, input.where());
}
Tensor count_nonzero(const arg& input, const dims_options& o) {
  return one(op_id::count_nonzero, input, {{"axis", all_dims(o.dims)}, {"keepdims", false}});
}

Tensor argsort(const arg& input, const sort_options& o) {
  return one(op_id::argsort, input, {{"axis", o.dim}, {"descending", o.descending}, {"stable", o.stable}});
}
// Two ops: what nobody uses is dropped, and that is mostly the indices.
std::pair<Tensor, Tensor> sort(const arg& input, const sort_options& o) {
  return {one(op_id::sort, input, {{"axis", o.dim}, {"descending", o.descending}, {"stable", o.stable}}), argsort(input, o)};
}
Tensor searchsorted(const arg& sorted, const arg& input, const search_options& o) {
  if (o.side && o.right && *o.side == "left")
    throw error("[searchsorted] side and right disagree: got side \"left\" and right, expected one of them. Drop one.");
  return record(searchsorted_record(), {sorted.get(), input.get()}, {{"side", o.side.value_or(o.right ? "right" : "left")}},
                sorted.where());
}
Tensor bucketize(const arg& input, const arg& boundaries, const bucket_options& o) {
  return searchsorted(boundaries, input, {.right = o.right});
}

Tensor take(const arg& input, const arg& index) {
  return record(op_id::take, {flatten(input).value(), index.get()}, {{"axis", 0}}, input.where());
}
Tensor index_select(const arg& input, std::int64_t dim, const arg& index) {
  return record(index_select_record(), {input.get(), index.get()}, {{"axis", dim}}, input.where());
}
Tensor gather(const arg& input, std::int64_t dim, const arg& index) {
  return record(gather_record(), {input.get(), index.get()}, {{"dim", dim}}, input.where());
}
Tensor take_along_dim(const arg& input, const arg& indices, const along_options& o) {
  if (o.dim.given()) return record(op_id::take_along_axis, {input.get(), indices.get()}, {{"axis", o.dim.value()}}, input.where());
  return record(take_along_dim_record(), {flatten(input).value(), flatten(indices).value()}, {{"axis", 0}}, input.where());
}
Tensor roll(const arg& input, const axes& shifts, const dims_options& o) {
  const std::size_t n = shifts.values().size(), along = o.dims.values().size();
  if (n == 0 || n != (along == 0 ? 1 : along))
    throw error(format_text(
        "[roll] shifts and dims do not pair: got {} shifts and {} dims, expected one shift for each dim, or one and no dims. Pass both "
        "lists with the same length.",
        n, along));
  return one(op_id::roll, input, {{"shift", shifts}, {"axis", along == 0 ? axes() : o.dims}});
}
Tensor cat(const tensors& x, const dim_options& o) {
  return Tensor(
      std::move(apply(record_of(op_id::concat), operands(x.arrays(), x.where()), {{"axis", o.dim}}, &promotion, x.where()).front()));
}
Tensor stack(const tensors& x, const dim_options& o) {
  return Tensor(
      std::move(apply(record_of(op_id::stack), operands(x.arrays(), x.where()), {{"axis", o.dim}}, &promotion, x.where()).front()));
}
namespace {
std::vector<Tensor> slices_of(std::vector<array> made, const arg& input, std::int64_t dim) {
  std::vector<Tensor> out;
  for (array& a : made)
    out.push_back(
        seen_as(std::move(a), seen::part, &record_of(op_id::getitem), input, {{"key", along(dim, static_cast<std::int64_t>(out.size()))}}));
  return out;
}
}  // namespace
std::vector<Tensor> unbind(const arg& input, const dim_options& o) {
  const operand in[] = {input.get()};
  return slices_of(apply(record_of(op_id::unstack), in, {{"axis", o.dim}}, &promotion, input.where()), input, o.dim);
}
std::vector<Tensor> parts::unbind_known(const arg& input, std::int64_t count, std::int64_t dim) {
  const operand in[] = {input.get()};
  return slices_of(apply(unbind_record(), in, {{"dim", dim}, {"count", count}}, &promotion, input.where()), input, dim);
}
std::vector<Tensor> chunk(const arg& input, std::int64_t chunks, const dim_options& o) {
  if (chunks < 1)
    throw error(format_text("[chunk] there are no parts: got {} chunks, expected 1 or more. Pass how many parts to make.", chunks));
  const array* const x = input.get().get_array();
  if (!x) throw error("[chunk] a number has no dims: got a C++ number, expected a tensor. Pass a tensor.");
  const std::int64_t rank = x->ndim(input.where()), n = x->shape(o.dim, input.where());
  const std::int64_t each = std::max<std::int64_t>(1, (n + chunks - 1) / chunks);
  const std::int64_t dim = o.dim < 0 ? o.dim + rank : o.dim;
  std::vector<Tensor> out;
  for (std::int64_t start = 0; start < n || out.empty(); start += each) {
    std::vector<index_item> key(static_cast<std::size_t>(dim), index_item(slice()));
    key.emplace_back(slice(start, std::min(start + each, n)));
    out.push_back(viewed(seen::part, op_id::getitem, input, {{"key", key}}));
  }
  while (n == 0 && static_cast<std::int64_t>(out.size()) < chunks) out.push_back(out.front());
  return out;
}
Tensor to(const arg& input, tendril::dtype dtype) { return viewed(seen::conversion, op_id::astype, input, {{"dtype", dtype}}); }

Tensor tensor(const array& data, const tensor_options& o) {
  const dtype natural = kind_of(data.dtype()) == dtype_kind::real ? float32 : kind_of(data.dtype()) == dtype_kind::integer ? int64 : bool_;
  return Tensor(astype(data, or_default(o, natural)));
}
Tensor as_tensor(const array& data, const tensor_options& o) { return Tensor(astype(data, or_default(o, data.dtype()))); }
Tensor zeros(const axes& size, const tensor_options& o, std::source_location where) {
  return record(op_id::zeros, {}, {{"shape", listed(size)}, {"dtype", or_default(o, float32)}}, where);
}
Tensor ones(const axes& size, const tensor_options& o, std::source_location where) {
  return record(op_id::ones, {}, {{"shape", listed(size)}, {"dtype", or_default(o, float32)}}, where);
}
Tensor full(const axes& size, scalar value, const tensor_options& o, std::source_location where) {
  const dtype d = or_default(o, value.kind() == dtype_kind::real ? float32 : value.natural_dtype());
  require_fits("full", value, d);
  return record(op_id::full, {}, {{"shape", listed(size)}, {"fill_value", value}, {"dtype", d}}, where);
}
Tensor eye(std::int64_t n, maybe_integer m, const tensor_options& o, std::source_location where) {
  return record(op_id::eye, {}, {{"n_rows", n}, {"n_cols", m}, {"k", 0}, {"dtype", or_default(o, float32)}}, where);
}
Tensor arange(scalar start, scalar end, scalar step, const tensor_options& o, std::source_location where) {
  bool real = false;
  for (const scalar& s : {start, end, step}) real |= s.kind() == dtype_kind::real;
  require_toward("arange", start, end, step);
  const dtype d = or_default(o, real ? float32 : int64);
  if (d == dtype::bool_) refuse("arange", "bool", "a numeric dtype", "Compare the numbers, as in torch::arange(3) != 0.");
  // Real bounds of an integer range say how many numbers there are; then start and step are cut.
  if (real && kind_of(d) == dtype_kind::integer && step.real() != 0) {
    if ((end.real() - start.real()) / step.real() < 0x1p53) {
      const auto [a, by, count] = cut(start.real(), end.real(), step.real());
      if (by == 0) return full({count}, a, {.dtype = d}, where);
      return arange(a, a + count * by, by, {.dtype = d}, where);
    }
  }
  if (kind_of(d) == dtype_kind::integer && !is_signed(d))  // wraps
    return to(arg(arange(start, end, step, tensor_options{.dtype = int64}, where), where), d);
  return record(op_id::arange, {}, {{"start", start}, {"stop", end}, {"step", step}, {"dtype", d}}, where);
}
Tensor arange(scalar end, const tensor_options& o, std::source_location where) { return arange(0, end, 1, o, where); }
Tensor arange(scalar start, scalar end, const tensor_options& o, std::source_location where) { return arange(start, end, 1, o, where); }
// From both ends to the middle, as torch counts: the last element is the end itself.
Tensor linspace(number start, number end, std::int64_t steps, const tensor_options& o, std::source_location where) {
  if (steps < 0) throw error(format_text("[linspace] the number of steps is negative: got {}, expected 0 or more. Pass another.", steps));
  const dtype d = or_default(o, float32);
  if (kind_of(d) != dtype_kind::real) refuse("linspace", std::string(name_of(d)), "a floating dtype", "Convert what it gives with .to().");
  const double step = steps > 1 ? (end.value() - start.value()) / static_cast<double>(steps - 1) : 0;
  const auto at = [where](const auto& x) { return arg(x, where); };
  const Tensor place = arange(0, steps, 1, {.dtype = float64}, where);
  if (steps == 1) return full({1}, start.value(), {.dtype = d}, where);
  const Tensor lower = add(at(mul(at(place), at(step))), at(start.value()));
  const Tensor upper = sub(at(end.value()), at(mul(at(sub(at(static_cast<double>(steps - 1)), at(place))), at(step))));
  return to(at(torch::where(at(lt(at(place), at(static_cast<double>(steps / 2)))), at(lower), at(upper))), d);
}
Tensor zeros_like(const arg& input, const tensor_options& o) { return one(op_id::zeros_like, input, {{"dtype", o.dtype}}); }
Tensor ones_like(const arg& input, const tensor_options& o) { return one(op_id::ones_like, input, {{"dtype", o.dtype}}); }
Tensor full_like(const arg& input, scalar value, const tensor_options& o) {
  return record(full_like_record(), {input.get()}, {{"fill_value", value}, {"dtype", o.dtype}}, input.where());
}

namespace nn::functional {
namespace {

// A number for height and width, or one for both.
std::vector<std::int64_t> pair_of(const char* op, const char* name, const axes& a) {
  std::vector<std::int64_t> v = a.values();
  if (v.size() == 1) v.push_back(v.front());
  if (v.size() != 2)
    throw error(format_text("[{}] {} is no pair: got {} numbers, expected one for height and one for width, or one for both. Pass two.", op,
                            name, v.size()));
  return v;
}
std::vector<std::int64_t> counts_of(const char* op, const char* name, const axes& a, std::int64_t least) {
  std::vector<std::int64_t> v = pair_of(op, name, a);
  for (const std::int64_t n : v)
    if (n < least) throw error(format_text("[{}] {} is too small: got {}, expected {} or more. Pass another.", op, name, n, least));
  return v;
}

}  // namespace

Tensor pad(const arg& input, const axes& pad, const pad_options& o) {
  if (!among(std::string_view(o.mode), "constant", "reflect", "replicate", "circular"))
    throw error(format_text(
        "[pad] unknown mode: got \"{}\", expected \"constant\", \"reflect\", \"replicate\" or \"circular\". Pass one of these.", o.mode));
  if (pad.values().size() % 2 != 0)
    throw error(
        format_text("[pad] the list is not of pairs: got {} numbers, expected two for each dim, the last dim first. Pass 0 where nothing "
                    "is added.",
                    pad.values().size()));
  if (o.mode != "constant" && o.value.value() != 0)
    throw error(format_text("[pad] only the mode constant fills: got value {} beside mode \"{}\", expected none. Drop one.",
                            o.value.value(), o.mode));
  return record(pad_record(), {input.get()}, {{"pad", listed(pad)}, {"mode", o.mode}, {"value", o.value.value()}}, input.where());
}
Tensor conv2d(const arg& input, const arg& weight, const arg& bias, const conv_options& o) {
  if (o.groups < 1) throw error(format_text("[conv2d] there are no groups: got {}, expected 1 or more. Pass another.", o.groups));
  const Tensor y = record(conv2d_record(), {input.get(), weight.get()},
                          {{"stride", axes(counts_of("conv2d", "stride", o.stride, 1))},
                           {"padding", axes(counts_of("conv2d", "padding", o.padding, 0))},
                           {"dilation", axes(counts_of("conv2d", "dilation", o.dilation, 1))},
                           {"groups", o.groups}},
                          input.where());
  if (bias.get().absent()) return y;
  return add(arg(y, input.where()), arg(reshape(bias, {-1, 1, 1}), input.where()));
}
Tensor normalize(const arg& input, const normalize_options& o) {
  const std::source_location where = input.where();
  const auto at = [where](const auto& x) { return arg(x, where); };
  const double p = o.p.value();
  if (!(p > 0))
    throw error(format_text("[normalize] no such norm: got p = {}, expected a positive number. Pass 2 for the Euclidean norm.", p));
  const Tensor size = torch::abs(input);
  const typed_reduce_options along{.dim = o.dim, .keepdim = true};
  const Tensor norm = std::isinf(p) ? amax(at(size), {.dim = o.dim, .keepdim = true})
                      : p == 1      ? sum(at(size), along)
                      : p == 2      ? torch::sqrt(at(sum(at(square(at(size))), along)))
                                    : torch::pow(at(sum(at(torch::pow(at(size), at(p))), along)), at(1 / p));
  return div(input, at(clamp(at(norm), at(o.eps.value()))));
}
}  // namespace nn::functional

}  // namespace tendril::frontends::torch
