// The xtensor frontend: each function names an op; C++'s promotion, as xtensor's expressions have it, is one set of rules.
#include <tendril/frontends/xtensor.hpp>

#include <tendril/detail/op_id.hpp>

namespace tendril::frontends::xtensor {
namespace {

// The usual arithmetic conversions: what is narrower than int counts as int, and any floating dtype beats any integer.
dtype together(std::string_view op, std::span<const dtype> dtypes, std::span<const bool> weak, std::span<const bool>) {
  if (op == "mean" || op == "std") return dtype::float64;  // xtensor divides by a double
  if (op == "sort" || op == "argsort" || op == "take") return dtypes[0];
  if (op.starts_with("logical_") || op == "any" || op == "all") return dtype::unknown;  // the standard's own answer
  if ((op == "abs" || op == "sign") && kind_of(dtypes[0]) == dtype_kind::integer) return dtypes[0];
  dtype d = dtype::unknown;
  for (std::size_t i = 0; i < dtypes.size(); ++i) {
    const bool narrow = size_of(dtypes[i]) < size_of(dtype::int32);
    const dtype own = narrow || (weak[i] && kind_of(dtypes[i]) == dtype_kind::integer) ? dtype::int32 : dtypes[i];
    d = d == dtype::unknown ? own : promote(d, own);
  }
  if (kind_of(d) == dtype_kind::integer && (op == "floor" || op == "ceil" || op == "trunc" || op == "round")) return dtype::float64;
  if (op == "divide" && kind_of(d) == dtype_kind::integer)
    throw dtype_error(
        "[divide] xtensor divides integers as C++ does, dropping the fraction: got integer operands, expected a floating one. Multiply one by 1.0 first.");
  return d;
}

xarray record(op_id op, std::initializer_list<operand> in, attributes at, std::source_location where) {
  return xarray(std::move(apply(record_of(op), {in.begin(), in.size()}, std::move(at), &promotion, where).front()));
}
xarray one(op_id op, const arg& x, attributes at = {}) { return record(op, {x.get()}, std::move(at), x.where()); }
xarray two(op_id op, const arg& a, const arg& b) { return record(op, {a.get(), b.get()}, {}, a.where()); }

}  // namespace

constinit const promotion_rules promotion = {
    .name = "xtensor", .together = together, .default_real = dtype::float64, .integer_sums_to_int64 = false, .bool_is_numeric = true};

xarray add(const arg& a, const arg& b) { return two(op_id::add, a, b); }
xarray subtract(const arg& a, const arg& b) { return two(op_id::subtract, a, b); }
xarray multiply(const arg& a, const arg& b) { return two(op_id::multiply, a, b); }
xarray negative(const arg& a) { return one(op_id::negative, a); }
#define X(name, op) \
  xarray name(const arg& a) { return one(op_id::op, a); }
TENDRIL_XT_UNARY(X)
TENDRIL_XT_QUESTIONS(X)
#undef X
#define X(name, op) \
  xarray name(const arg& a, const arg& b) { return two(op_id::op, a, b); }
TENDRIL_XT_BINARY(X)
TENDRIL_XT_COMPARISONS(X)
#undef X
xarray divide(const arg& a, const arg& b) { return two(op_id::divide, a, b); }
xarray sum(const arg& a, const reduce_options& o) {
  return one(op_id::sum, a, {{"axis", o.axes}, {"dtype", dtype::unknown}, {"keepdims", o.keep_dims}});
}
xarray mean(const arg& a, const reduce_options& o) { return one(op_id::mean, a, {{"axis", o.axes}, {"keepdims", o.keep_dims}}); }
xarray stddev(const arg& a, const reduce_options& o) {
  return one(op_id::std, a, {{"axis", o.axes}, {"correction", 0.0}, {"keepdims", o.keep_dims}});
}

namespace {

attributes along(const reduce_options& o) { return {{"axis", o.axes}, {"keepdims", o.keep_dims}}; }
xarray three(op_id op, const arg& a, const arg& b, const arg& c, std::source_location where) {
  return record(op, {a.get(), b.get(), c.get()}, {}, where);
}
// As std::max and std::min: the second where the comparison holds, so that NaN in the first stays.
xarray second_if(op_id comparison, const arg& a, const arg& b) {
  const xarray wins = two(comparison, a, b);
  return where(arg(wins, a.where()), b, a);
}
xarray place_of(op_id op, const arg& a, maybe_integer axis) { return one(op, a, {{"axis", axis}, {"keepdims", false}}); }
std::vector<operand> operands_of(const std::vector<xarray>& arrays, std::source_location where) {
  std::vector<operand> all;
  for (const xarray& a : arrays) all.emplace_back(a.value(), where);
  return all;
}

}  // namespace

xarray prod(const arg& a, const reduce_options& o) {
  return one(op_id::prod, a, {{"axis", o.axes}, {"dtype", dtype::unknown}, {"keepdims", o.keep_dims}});
}
xarray variance(const arg& a, const reduce_options& o) {
  return one(op_id::var, a, {{"axis", o.axes}, {"correction", 0.0}, {"keepdims", o.keep_dims}});
}
xarray amax(const arg& a, const reduce_options& o) { return one(op_id::max, a, along(o)); }
xarray amin(const arg& a, const reduce_options& o) { return one(op_id::min, a, along(o)); }
xarray count_nonzero(const arg& a, const reduce_options& o) { return one(op_id::count_nonzero, a, along(o)); }
xarray any(const arg& a) { return one(op_id::any, a, along({})); }
xarray all(const arg& a) { return one(op_id::all, a, along({})); }
xarray argmax(const arg& a, maybe_integer axis) { return place_of(op_id::argmax, a, axis); }
xarray argmin(const arg& a, maybe_integer axis) { return place_of(op_id::argmin, a, axis); }
xarray logical_and(const arg& a, const arg& b) { return two(op_id::logical_and, a, b); }
xarray logical_or(const arg& a, const arg& b) { return two(op_id::logical_or, a, b); }
xarray logical_not(const arg& a) { return one(op_id::logical_not, a); }
xarray maximum(const arg& a, const arg& b) { return second_if(op_id::less, a, b); }
xarray minimum(const arg& a, const arg& b) { return second_if(op_id::greater, a, b); }
xarray clip(const arg& a, const arg& low, const arg& high) { return three(op_id::clip, a, low, high, a.where()); }
xarray where(const arg& condition, const arg& a, const arg& b) { return three(op_id::where, condition, a, b, condition.where()); }
xarray cast(const arg& a, dtype d) { return one(op_id::astype, a, {{"dtype", d}}); }
xarray transpose(const arg& a, const axes& order) {
  if (order.given()) return one(op_id::permute_dims, a, {{"axes", order}});
  std::vector<std::int64_t> reversed;
  for (int k = a.get().get_array()->ndim(a.where()); k-- > 0;) reversed.push_back(k);
  return one(op_id::permute_dims, a, {{"axes", axes(reversed)}});
}
xarray broadcast(const arg& a, const axes& shape) { return one(op_id::broadcast_to, a, {{"shape", shape}}); }
xarray expand_dims(const arg& a, std::int64_t axis) { return one(op_id::expand_dims, a, {{"axis", axes(axis)}}); }
xarray squeeze(const arg& a, const axes& axis) {
  if (axis.given()) return one(op_id::squeeze, a, {{"axis", axis}});
  std::vector<std::int64_t> ones;
  const extents& shape = a.get().get_array()->shape(a.where());
  for (std::size_t k = 0; k < shape.size(); ++k)
    if (shape[k] == 1) ones.push_back(static_cast<std::int64_t>(k));
  return one(op_id::squeeze, a, {{"axis", axes(ones)}});
}
xarray flip(const arg& a, maybe_integer axis) { return one(op_id::flip, a, {{"axis", axis}}); }
xarray roll(const arg& a, std::int64_t shift, maybe_integer axis) { return one(op_id::roll, a, {{"shift", axes(shift)}, {"axis", axis}}); }
xarray diff(const arg& a, std::int64_t n, std::int64_t axis) { return one(op_id::diff, a, {{"axis", axis}, {"n", n}}); }
xarray filled_like(const arg& a, double value) {
  return one(op_id::full_like, a, {{"fill_value", scalar(value)}, {"dtype", dtype::unknown}});
}
xarray stack(const std::vector<xarray>& arrays, std::int64_t axis, std::source_location where) {
  return xarray(std::move(apply(record_of(op_id::stack), operands_of(arrays, where), {{"axis", axis}}, &promotion, where).front()));
}
xarray concatenate(const std::vector<xarray>& arrays, std::int64_t axis, std::source_location where) {
  return xarray(std::move(apply(record_of(op_id::concat), operands_of(arrays, where), {{"axis", axis}}, &promotion, where).front()));
}
xarray dot(const arg& a, const arg& b) { return two(op_id::matmul, a, b); }

// Places that follow each other at one step are a slice; others are taken one by one, afterwards, along their axis.
xarray view(const arg& a, std::vector<slice_of_view> slices) {
  std::vector<index_item> key;
  std::vector<std::pair<std::int64_t, std::vector<std::int64_t>>> taken;
  std::int64_t axis = 0;
  bool after_ellipsis = false;
  for (slice_of_view& s : slices) {
    if (!s.listed) {
      key.push_back(s.item);
      if (s.item.what == index_item::form::dots) after_ellipsis = true;
      else if (s.item.what != index_item::form::integer) ++axis;
      continue;
    }
    const std::vector<std::int64_t>& p = s.places;
    const std::int64_t step = p.size() > 1 ? p[1] - p[0] : 1;
    bool even = step != 0;
    for (std::size_t i = 1; i < p.size(); ++i) even = even && p[i] - p[i - 1] == step;
    if (p.empty()) {
      key.push_back(slice(0, 0));
    } else if (even) {
      const std::int64_t stop = p.back() + step;
      key.push_back(stop < 0 ? slice(p.front(), {}, step) : slice(p.front(), stop, step));
    } else if (after_ellipsis) {
      throw index_error(
          "[view] uneven places after an ellipsis: got xt::keep or xt::drop there, expected it before. Write the axes out with xt::all().");
    } else {
      key.push_back(slice());
      taken.emplace_back(axis, p);
    }
    ++axis;
  }
  xarray made = one(op_id::getitem, a, {{"key", std::move(key)}});
  for (const auto& [along_axis, places] : taken) {
    const array indices = asarray(places);
    made = record(op_id::take, {operand(made.value(), a.where()), operand(indices, a.where())}, {{"axis", along_axis}}, a.where());
  }
  return made;
}

namespace {

xarray running(op_id op, const arg& a, maybe_integer axis) {
  const attributes at{{"axis", axis.given() ? axis.value() : 0}, {"dtype", dtype::unknown}, {"include_initial", false}};
  if (axis.given()) return one(op, a, at);
  const xarray flat = one(op_id::reshape, a, {{"shape", axes(-1)}, {"copy", false}});
  return one(op, arg(flat, a.where()), at);
}

}  // namespace

xarray cumsum(const arg& a, maybe_integer axis) { return running(op_id::cumulative_sum, a, axis); }
xarray cumprod(const arg& a, maybe_integer axis) { return running(op_id::cumulative_prod, a, axis); }
xarray sort(const arg& a, std::int64_t axis) { return one(op_id::sort, a, {{"axis", axis}, {"descending", false}, {"stable", true}}); }
xarray argsort(const arg& a, std::int64_t axis) {
  return one(op_id::argsort, a, {{"axis", axis}, {"descending", false}, {"stable", true}});
}

}  // namespace tendril::frontends::xtensor
