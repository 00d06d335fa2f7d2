// The xtensor frontend: each function names an op; C++'s promotion, as xtensor's expressions have it, is one set of rules.
#include <tendril/frontends/xtensor.hpp>

#include <tendril/detail/op_id.hpp>

namespace tendril::frontends::xtensor {
namespace {

// The usual arithmetic conversions: what is narrower than int counts as int, and any floating dtype beats any integer.
dtype together(std::string_view op, std::span<const dtype> dtypes, std::span<const bool> weak, std::span<const bool>) {
  if (op == "mean" || op == "std") return dtype::float64;  // xtensor divides by a double
  if (op == "sort" || op == "argsort") return dtypes[0];
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
#undef X
#define X(name, op) \
  xarray name(const arg& a, const arg& b) { return two(op_id::op, a, b); }
TENDRIL_XT_BINARY(X)
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
