// jax.numpy: each function names an op, with JAX's defaults; what JAX's dtypes do is one set of promotion rules.
#include <tendril/frontends/jax.hpp>

#include <cmath>
#include <numbers>

#include <tendril/detail/op_id.hpp>

#include "array/format.hpp"
#include "frontends/jax_ops.hpp"
#include "ops/literals.hpp"

namespace tendril::frontends::jax {
namespace {

dtype together(std::string_view op, std::span<const dtype> dtypes, std::span<const bool> weak, std::span<const bool>) {
  if (op.starts_with("jax.")) op.remove_prefix(4);  // an op of JAX's own
  const dtype d = with_numbers(dtypes, weak, [](dtype a, dtype b) { return promote(a, b); });
  if (among(op, "logical_and", "logical_or", "logical_xor", "logical_not")) return dtype::bool_;
  if (facts_of(op).real || among(op, "float_power", "heaviside", "xlogy", "xlog1py", "isclose")) return inexact(d);
  if (d != dtype::bool_) return d;
  if (among(op, "subtract", "negative", "sign", "round")) refuse_bool(op);
  if (among(op, "abs", "positive", "floor", "ceil", "trunc", "fmod", "matmul"))
    throw dtype_error(format_text("[{}] bool is taken by jax alone: got bool, expected a numeric dtype. Multiply by 1 first.", op));
  if (facts_of(op).asks || among(op, "square", "floor_divide", "remainder", "pow", "power", "bitwise_left_shift", "bitwise_right_shift",
                                 "argmax", "argmin", "searchsorted"))
    return dtype::int32;
  return d;
}

// A number that is an exponent leaves the base its dtype.
dtype together_integer_power(std::string_view, std::span<const dtype> dtypes, std::span<const bool> weak, std::span<const bool>) {
  const dtype d = with_numbers(dtypes.first(1), weak.first(1), [](dtype a, dtype) { return a; });
  return d == dtype::bool_ ? dtype::int32 : d;
}
dtype together_inverse_power(std::string_view op, std::span<const dtype> dtypes, std::span<const bool> weak, std::span<const bool> rank0) {
  const dtype d = together_integer_power(op, dtypes, weak, rank0);
  if (kind_of(d) == dtype_kind::integer)
    throw dtype_error(format_text(
        "[power] jax has no negative integer power of integers: got an exponent below 0 for {}, expected a floating base. Convert with "
        "jnp::astype.",
        name_of(d)));
  return d;
}

// The low bits, but for what is no int64.
scalar out_of_range(const type_request& r, std::size_t, const scalar& number, dtype d) {
  if (kind_of(d) == dtype_kind::real) return number;  // infinity
  if (number.beyond_int64()) tendril::detail::throw_does_not_fit(r.op.name, number, dtype::int64);
  return wrapped(number, d);
}

constexpr promotion_rules rules_with(dtype (*f)(std::string_view, std::span<const dtype>, std::span<const bool>, std::span<const bool>),
                                     bool integer_sums_to_int64 = true) {
  return {.name = "jax",
          .together = f,
          .default_real = dtype::float64,
          .integer_sums_to_int64 = integer_sums_to_int64,
          .bool_is_numeric = true,
          .out_of_range = out_of_range};
}
constexpr promotion_rules of_integer_power = rules_with(together_integer_power), of_inverse_power = rules_with(together_inverse_power);

}  // namespace

void refuse_bool(std::string_view op) {
  throw dtype_error(format_text("[{}] jax does not take bool: got bool, expected a numeric dtype. Use logical_not or not_equal.", op));
}

constinit const promotion_rules promotion = rules_with(together);
constinit const promotion_rules running_promotion = rules_with(together, false);

Array record(const op_record& op, std::initializer_list<operand> in, attributes at, std::source_location where,
             const promotion_rules& rules) {
  return Array(std::move(apply(op, {in.begin(), in.size()}, std::move(at), &rules, where).front()));
}
Array record(op_id op, std::initializer_list<operand> in, attributes at, std::source_location where, const promotion_rules& rules) {
  return record(record_of(op), in, std::move(at), where, rules);
}

Array Array::operator[](const index& key) const { return one(op_id::getitem, arg(*this, key.where()), {{"key", key.items()}}); }

namespace numpy {
namespace {

Array sorted(op_id op, const arg& a, const sort_options& o) {
  const flat f(a.get(), o.axis, promotion);
  return record(op, {f.x}, {{"axis", f.axis}, {"descending", o.descending}, {"stable", true}}, a.where());
}
Array decimals(const arg& a, std::int64_t n) {
  if (n == 0) return one(op_id::round, a);
  return one(decimals_record(), a, {{"factor", std::pow(10.0, static_cast<double>(n))}});
}

}  // namespace

Array floor_divide(const arg& x1, const arg& x2) { return two(floor_divide_record(), x1, x2); }
Array remainder(const arg& x1, const arg& x2) { return two(remainder_record(), x1, x2); }
// An integer number is multiplied out, everything else is a power.
Array power(const arg& x1, const arg& x2) {
  const scalar e = x2.get().get_array() ? scalar() : x2.get().get_scalar();
  if (e.kind() != dtype_kind::integer && e.kind() != dtype_kind::boolean) return two(power_record(), x1, x2);
  return two(op_id::pow, x1, arg(e.integer(), x1.where()), e.integer() < 0 ? of_inverse_power : of_integer_power);
}
Array sign(const arg& x) { return one(sign_record(), x); }
Array rint(const arg& x) { return one(rint_record(), x); }
Array reciprocal(const arg& x) { return one(op_id::reciprocal, x); }
Array conj(const arg& x) { return real(x); }
Array round(const arg& a, const round_options& o) { return decimals(a, o.decimals); }

#define X(name)                                                                                       \
  Array name(const arg& a, const std_options& o) {                                                    \
    return one(op_id::name, a, {{"axis", o.axis}, {"correction", o.ddof}, {"keepdims", o.keepdims}}); \
  }
X(var)
X(std)
#undef X
Array mean(const arg& a, const typed_reduce_options& o) {
  const attributes at{{"axis", o.axis}, {"keepdims", o.keepdims}};
  return o.dtype == dtype::unknown ? one(op_id::mean, a, at) : one(op_id::mean, arg(astype(a, o.dtype), a.where()), at);
}

Array clip(const arg& arr, const arg& min, const arg& max) {
  Array x;
  const auto low = [&] { return min.get().absent() ? arr : (x = maximum(min, arr), arg(x, arr.where())); }();
  if (!max.get().absent()) return minimum(max, low);
  return !min.get().absent() ? x : arr.get().get_array() ? Array(*arr.get().get_array()) : one(op_id::positive, arr);
}
Array astype(const arg& x, tendril::dtype dtype) { return one(astype_record(), x, {{"dtype", dtype}}); }

Array sort(const arg& a, const sort_options& o) { return sorted(op_id::sort, a, o); }
Array argsort(const arg& a, const sort_options& o) { return sorted(op_id::argsort, a, o); }
Array searchsorted(const arg& a, const arg& v, const search_options& o) {
  const Array places = record(op_id::searchsorted, {a.get(), v.get()}, {{"side", o.side}}, a.where());
  return one(op_id::astype, arg(places, a.where()), {{"dtype", int32}});
}
Array take(const arg& a, const arg& indices, const axis_options& o) {
  const flat f(a.get(), o.axis, promotion);
  return record(take_record(), {f.x, indices.get()}, {{"axis", f.axis}}, a.where());
}
Array take_along_axis(const arg& arr, const arg& indices, const axis_options& o) {
  const flat f(arr.get(), o.axis, promotion);
  return record(take_along_axis_record(), {f.x, indices.get()}, {{"axis", f.axis}}, arr.where());
}

Array bincount(const arg& x, const bincount_options& o) {
  if (o.length < 0) throw error(format_text("[bincount] the length is negative: got {}, expected 0 or more. Pass another.", o.length));
  if (o.weights.get().absent()) return one(bincount_record(), x, {{"length", o.length}});
  return record(weighted_bincount_record(), {x.get(), o.weights.get()}, {{"length", o.length}}, x.where());
}

Array full(const axes& shape, scalar value, const dtype_options& o, std::source_location where) {
  if (value.beyond_int64()) tendril::detail::throw_does_not_fit("full", value, int64);
  const dtype d = o.dtype == dtype::unknown ? value.natural_dtype() : o.dtype;
  return record(op_id::full, {}, {{"shape", listed(shape)}, {"fill_value", element_of(value, d)}, {"dtype", d}}, where);
}
Array arange(scalar start, scalar stop, scalar step, const dtype_options& o, std::source_location where) {
  bool real = false;
  for (const scalar& s : {start, stop, step}) real |= s.kind() == dtype_kind::real;
  const dtype d = o.dtype != dtype::unknown ? o.dtype : real ? float64 : int64;
  if (d == dtype::bool_)
    throw dtype_error(
        "[arange] jax has no range of bool: got bool, expected a numeric dtype. Compare the numbers, as in jnp::arange(3) != 0.");
  if (real && kind_of(d) == dtype_kind::integer && step.real() != 0) {
    const auto [a, by, count] = cut(start.real(), stop.real(), step.real());
    if (by == 0) return full({count}, a, {.dtype = d}, where);
    return arange(a, a + count * by, by, {.dtype = d}, where);
  }
  if (d == float32 && real && step.real() != 0) {  // computed in float32
    const std::int64_t count = cut(start.real(), stop.real(), step.real()).count;
    const Array place = arange(0, count, 1, {.dtype = d}, where), moved = multiply(arg(step.real(), where), arg(place, where));
    return add(arg(start.real(), where), arg(moved, where));
  }
  return record(op_id::arange, {}, {{"start", start}, {"stop", stop}, {"step", step}, {"dtype", d}}, where);
}
// Each number is a mean of both ends, weighted by its place.
Array linspace(number start, number stop, const linspace_options& o, std::source_location where) {
  if (o.num < 0) throw error(format_text("[linspace] the count is negative: got {}, expected 0 or more. Pass another num.", o.num));
  const dtype d = o.dtype == dtype::unknown ? float64 : o.dtype, computed = kind_of(d) == dtype_kind::real ? d : float64;
  const std::int64_t pieces = o.endpoint ? o.num - 1 : o.num;
  const auto at = [where](const auto& x) { return arg(x, where); };
  Array x = full({o.num}, start.value(), {.dtype = computed}, where);
  if (pieces > 0) {
    const Array place = divide(at(arange(0, pieces, 1, {.dtype = computed}, where)), at(static_cast<double>(pieces)));
    x = add(at(multiply(at(start.value()), at(subtract(at(1), at(place))))), at(multiply(at(stop.value()), at(place))));
    if (o.endpoint) x = concatenate({{x, full({1}, stop.value(), {.dtype = computed}, where)}, where});
  }
  return d == computed ? x : astype(at(floor(at(x))), d);
}
Array full_like(const arg& a, scalar value, const dtype_options& o) {
  attributes at{{"fill_value", value}};
  if (o.dtype != dtype::unknown) at.set("dtype", o.dtype);
  return one(full_like_record(), a, at);
}

}  // namespace numpy
}  // namespace tendril::frontends::jax
