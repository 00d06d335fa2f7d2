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
constexpr promotion_rules integer_power = rules_with(together_integer_power), inverse_power = rules_with(together_inverse_power);

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

dtype or_default(const dtype_options& o, dtype d) { return o.dtype == dtype::unknown ? d : o.dtype; }

Array nan_reduce(const char* name, const arg& a, const axes& axis, bool keepdims, number ddof = 0) {
  return one(nan_reduce_record(), a, {{"name", name}, {"axis", axis}, {"keepdims", keepdims}, {"ddof", ddof}});
}
Array running(op_id op, const arg& a, const cumulative_options& o) {
  const flat f(a.get(), o.axis, promotion);
  return record(op, {f.x}, {{"axis", f.axis}, {"dtype", o.dtype}, {"include_initial", false}}, a.where(), running_promotion);
}
Array sorted(op_id op, const arg& a, const sort_options& o) {
  const flat f(a.get(), o.axis, promotion);
  return record(op, {f.x}, {{"axis", f.axis}, {"descending", o.descending}, {"stable", true}}, a.where());
}
Array decimals(const arg& a, std::int64_t n) {
  if (n == 0) return one(op_id::round, a);
  return one(decimals_record(), a, {{"factor", std::pow(10.0, static_cast<double>(n))}});
}
Array times(const arg& x, double factor) { return one(degrees_record(), x, {{"factor", factor}}); }
Array joined(op_id op, const arrays& x, attributes at) {
  return Array(std::move(apply(record_of(op), operands(x.arrays(), x.where()), std::move(at), &promotion, x.where()).front()));
}
Array contracted(const arg& a, const arg& b, const axes& of_a, const axes& of_b) {
  return record(tensordot_record(), {a.get(), b.get()}, {{"of_a", of_a}, {"of_b", of_b}}, a.where());
}

}  // namespace

#define X(name, op) \
  Array name(const arg& x) { return one(op_id::op, x); }
TENDRIL_JAX_UNARY(X)
#undef X
#define X(name, op) \
  Array name(const arg& x1, const arg& x2) { return two(op_id::op, x1, x2); }
TENDRIL_JAX_BINARY(X)
#undef X
#define X(name) \
  Array name(const arg& x1, const arg& x2) { return two(name##_record(), x1, x2); }
X(floor_divide)
X(remainder)
X(fmod)
X(float_power)
X(heaviside)
X(fmax)
X(fmin)
X(inner)
X(array_equal)
#undef X
Array mod(const arg& x1, const arg& x2) { return remainder(x1, x2); }
std::pair<Array, Array> divmod(const arg& x1, const arg& x2) { return {floor_divide(x1, x2), remainder(x1, x2)}; }

// An integer number is multiplied out, everything else is a power.
Array power(const arg& x1, const arg& x2) {
  const scalar e = x2.get().get_array() ? scalar() : x2.get().get_scalar();
  if (e.kind() != dtype_kind::integer && e.kind() != dtype_kind::boolean) return two(power_record(), x1, x2);
  return two(op_id::pow, x1, arg(e.integer(), x1.where()), e.integer() < 0 ? inverse_power : integer_power);
}
Array pow(const arg& x1, const arg& x2) { return power(x1, x2); }
Array dot(const arg& x1, const arg& x2) {
  return x1.get().get_array() && x2.get().get_array() ? two(dot_record(), x1, x2) : multiply(x1, x2);
}
Array vdot(const arg& x1, const arg& x2) { return matmul(arg(ravel(x1), x1.where()), arg(ravel(x2), x2.where())); }
Array outer(const arg& x1, const arg& x2) { return multiply(arg(reshape(x1, {-1, 1}), x1.where()), arg(reshape(x2, {1, -1}), x2.where())); }

Array sign(const arg& x) { return one(sign_record(), x); }
Array fabs(const arg& x) { return one(fabs_record(), x); }
Array rint(const arg& x) { return one(rint_record(), x); }
Array deg2rad(const arg& x) { return times(x, std::numbers::pi / 180); }
Array radians(const arg& x) { return deg2rad(x); }
Array rad2deg(const arg& x) { return times(x, 180 / std::numbers::pi); }
Array degrees(const arg& x) { return rad2deg(x); }
Array isposinf(const arg& x) { return equal(x, arg(std::numeric_limits<double>::infinity(), x.where())); }
Array isneginf(const arg& x) { return equal(x, arg(-std::numeric_limits<double>::infinity(), x.where())); }
Array ravel(const arg& x) { return reshape(x, -1); }
Array fliplr(const arg& x) { return flip(x, {.axis = 1}); }
Array flipud(const arg& x) { return flip(x, {.axis = 0}); }
Array round(const arg& a, const round_options& o) { return decimals(a, o.decimals); }
Array around(const arg& a, const round_options& o) { return decimals(a, o.decimals); }

#define X(name)                                                                                   \
  Array name(const arg& a, const typed_reduce_options& o) {                                       \
    return one(op_id::name, a, {{"axis", o.axis}, {"dtype", o.dtype}, {"keepdims", o.keepdims}}); \
  }
X(sum)
X(prod)
#undef X
#define X(name, op) \
  Array name(const arg& a, const reduce_options& o) { return one(op_id::op, a, {{"axis", o.axis}, {"keepdims", o.keepdims}}); }
X(max, max)
X(min, min)
X(amax, max)
X(amin, min)
X(any, any)
X(all, all)
X(count_nonzero, count_nonzero)
#undef X
#define X(name) \
  Array name(const arg& a, const place_options& o) { return one(op_id::name, a, {{"axis", o.axis}, {"keepdims", o.keepdims}}); }
X(argmax)
X(argmin)
#undef X
#define X(name)                                                                                       \
  Array name(const arg& a, const std_options& o) {                                                    \
    return one(op_id::name, a, {{"axis", o.axis}, {"correction", o.ddof}, {"keepdims", o.keepdims}}); \
  }
X(var)
X(std)
#undef X
#define X(name) \
  Array nan##name(const arg& a, const reduce_options& o) { return nan_reduce(#name, a, o.axis, o.keepdims); }
X(sum)
X(prod)
X(mean)
X(max)
X(min)
#undef X
#define X(name) \
  Array nan##name(const arg& a, const std_options& o) { return nan_reduce(#name, a, o.axis, o.keepdims, o.ddof); }
X(var)
X(std)
#undef X
Array mean(const arg& a, const typed_reduce_options& o) {
  const attributes at{{"axis", o.axis}, {"keepdims", o.keepdims}};
  return o.dtype == dtype::unknown ? one(op_id::mean, a, at) : one(op_id::mean, arg(astype(a, o.dtype), a.where()), at);
}
Array ptp(const arg& a, const reduce_options& o) { return subtract(arg(max(a, o), a.where()), arg(min(a, o), a.where())); }

Array where(const arg& condition, const arg& x, const arg& y) {
  // A condition that is none yet is true where it is not 0.
  return record(op_id::where, {not_equal(condition, arg(0, condition.where())).value(), x.get(), y.get()}, {}, condition.where());
}
Array clip(const arg& arr, const arg& min, const arg& max) {
  Array x;
  const auto low = [&] { return min.get().absent() ? arr : (x = maximum(min, arr), arg(x, arr.where())); }();
  if (!max.get().absent()) return minimum(max, low);
  return !min.get().absent() ? x : arr.get().get_array() ? Array(*arr.get().get_array()) : one(op_id::positive, arr);
}
Array isclose(const arg& a, const arg& b, const close_options& o) {
  const Array close =
      record(isclose_record(), {a.get(), b.get()}, {{"rtol", o.rtol}, {"atol", o.atol}, {"equal_nan", o.equal_nan}}, a.where());
  return not_equal(arg(close, a.where()), arg(0, a.where()));
}
Array allclose(const arg& a, const arg& b, const close_options& o) { return all(arg(isclose(a, b, o), a.where())); }
Array nan_to_num(const arg& x, const nan_options& o) {
  attributes at{{"nan", o.nan}};
  if (o.posinf) at.set("posinf", *o.posinf);
  if (o.neginf) at.set("neginf", *o.neginf);
  return one(nan_to_num_record(), x, at);
}
Array astype(const arg& x, tendril::dtype dtype) { return one(astype_record(), x, {{"dtype", dtype}}); }

Array cumsum(const arg& a, const cumulative_options& o) { return running(op_id::cumulative_sum, a, o); }
Array cumprod(const arg& a, const cumulative_options& o) { return running(op_id::cumulative_prod, a, o); }
Array diff(const arg& a, const diff_options& o) {
  static const op_record& op = register_op(variant_of(op_id::diff, "jax.diff", typed_as<op_id::diff, promotion>, differences,
                                                      "differences of neighbours; of bool, exclusive or"));
  return one(op, a, {{"axis", o.axis}, {"n", o.n}});
}
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
Array repeat(const arg& a, std::int64_t repeats, const axis_options& o) {
  return one(op_id::repeat, a, {{"repeats", repeats}, {"axis", o.axis}});
}
Array tile(const arg& a, const axes& reps) { return one(op_id::tile, a, {{"repetitions", listed(reps)}}); }

Array reshape(const arg& a, const axes& shape) { return one(op_id::reshape, a, {{"shape", listed(shape)}, {"copy", false}}); }
Array transpose(const arg& a, const axes& axes) { return axes.given() ? permute_dims(a, axes) : one(transpose_record(), a); }
Array permute_dims(const arg& a, const axes& axes) { return one(op_id::permute_dims, a, {{"axes", listed(axes)}}); }
Array moveaxis(const arg& a, const axes& source, const axes& destination) {
  return one(moveaxis_record(), a, {{"source", source}, {"destination", destination}});
}
Array swapaxes(const arg& a, std::int64_t axis1, std::int64_t axis2) {
  return one(swapaxes_record(), a, {{"axis1", axis1}, {"axis2", axis2}});
}
Array broadcast_to(const arg& a, const axes& shape) { return one(op_id::broadcast_to, a, {{"shape", listed(shape)}}); }
Array expand_dims(const arg& a, const axes& axis) { return one(op_id::expand_dims, a, {{"axis", listed(axis)}}); }
Array squeeze(const arg& a, const axes_options& o) {
  return o.axis.given() ? one(op_id::squeeze, a, {{"axis", o.axis}}) : one(squeeze_record(), a);
}
Array flip(const arg& m, const axes_options& o) { return one(op_id::flip, m, {{"axis", o.axis}}); }
// One shift serves all axes, and one axis takes all shifts.
Array roll(const arg& a, const axes& shift, const axes_options& o) {
  std::vector<std::int64_t> shifts = shift.values(), along = o.axis.values();
  if (!o.axis.given()) {
    std::int64_t total = 0;
    for (const std::int64_t s : shifts) total += s;
    return one(op_id::roll, a, {{"shift", axes(total)}, {"axis", axes()}});
  }
  if (shifts.size() == 1) shifts.resize(along.size(), shifts.front());
  if (along.size() == 1) along.resize(shifts.size(), along.front());
  if (shifts.size() != along.size())
    throw error(
        format_text("[roll] shifts and axes do not pair: got {} shifts and {} axes, expected one shift for each axis. Pass lists of "
                    "the same length.",
                    shifts.size(), along.size()));
  for (std::size_t i = 0; i < along.size(); ++i)  // an axis that is named again is shifted on
    for (std::size_t k = along.size(); k-- > i + 1;)
      if (along[k] == along[i]) {
        shifts[i] += shifts[k];
        shifts.erase(shifts.begin() + static_cast<std::ptrdiff_t>(k));
        along.erase(along.begin() + static_cast<std::ptrdiff_t>(k));
      }
  return one(op_id::roll, a, {{"shift", axes(shifts)}, {"axis", axes(along)}});
}
Array concatenate(const arrays& x, const join_options& o) { return joined(op_id::concat, x, {{"axis", o.axis}}); }
Array concat(const arrays& x, const join_options& o) { return concatenate(x, o); }
Array stack(const arrays& x, const stack_options& o) { return joined(op_id::stack, x, {{"axis", o.axis}}); }
std::vector<Array> unstack(const arg& x, const stack_options& o) {
  const operand in[] = {x.get()};
  std::vector<Array> out;
  for (array& a : apply(record_of(op_id::unstack), in, {{"axis", o.axis}}, &promotion, x.where())) out.emplace_back(std::move(a));
  return out;
}
Array tril(const arg& m, const diagonal_options& o) { return one(triangle_record(), m, {{"k", o.k}, {"upper", false}}); }
Array triu(const arg& m, const diagonal_options& o) { return one(triangle_record(), m, {{"k", o.k}, {"upper", true}}); }
Array tensordot(const arg& a, const arg& b, std::int64_t axes) {
  const auto [last, first] = last_and_first(axes);
  return contracted(a, b, tendril::axes(last), tendril::axes(first));
}
Array tensordot(const arg& a, const arg& b, const std::pair<axes, axes>& axes) { return contracted(a, b, axes.first, axes.second); }

Array zeros(const axes& shape, const dtype_options& o, std::source_location where) {
  return record(op_id::zeros, {}, {{"shape", listed(shape)}, {"dtype", or_default(o, float64)}}, where);
}
Array ones(const axes& shape, const dtype_options& o, std::source_location where) {
  return record(op_id::ones, {}, {{"shape", listed(shape)}, {"dtype", or_default(o, float64)}}, where);
}
Array full(const axes& shape, scalar value, const dtype_options& o, std::source_location where) {
  if (value.beyond_int64()) tendril::detail::throw_does_not_fit("full", value, int64);
  const dtype d = or_default(o, value.natural_dtype());
  return record(op_id::full, {}, {{"shape", listed(shape)}, {"fill_value", element_of(value, d)}, {"dtype", d}}, where);
}
Array eye(std::int64_t N, const eye_options& o, std::source_location where) {
  const dtype d = o.dtype == dtype::unknown ? float64 : o.dtype;
  return record(op_id::eye, {}, {{"n_rows", N}, {"n_cols", o.M}, {"k", o.k}, {"dtype", d}}, where);
}
Array identity(std::int64_t n, const dtype_options& o, std::source_location where) { return eye(n, {.dtype = o.dtype}, where); }
Array arange(scalar start, scalar stop, scalar step, const dtype_options& o, std::source_location where) {
  bool real = false;
  for (const scalar& s : {start, stop, step}) real |= s.kind() == dtype_kind::real;
  const dtype d = or_default(o, real ? float64 : int64);
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
Array arange(scalar stop, const dtype_options& o, std::source_location where) { return arange(0, stop, 1, o, where); }
Array arange(scalar start, scalar stop, const dtype_options& o, std::source_location where) { return arange(start, stop, 1, o, where); }
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
Array zeros_like(const arg& a, const dtype_options& o) { return one(op_id::zeros_like, a, {{"dtype", o.dtype}}); }
Array ones_like(const arg& a, const dtype_options& o) { return one(op_id::ones_like, a, {{"dtype", o.dtype}}); }
Array full_like(const arg& a, scalar value, const dtype_options& o) {
  attributes at{{"fill_value", value}};
  if (o.dtype != dtype::unknown) at.set("dtype", o.dtype);
  return one(full_like_record(), a, at);
}

}  // namespace numpy
}  // namespace tendril::frontends::jax
