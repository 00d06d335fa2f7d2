// The numpy frontend: each function names an op, with numpy's defaults; NumPy 2's dtypes are one set of promotion rules.
#include <tendril/frontends/numpy.hpp>

#include <fmt/format.h>

namespace tendril::frontends::numpy {
namespace {

// numpy.result_type of two dtypes.
dtype result_type(dtype a, dtype b) {
  if (a == dtype::unknown || a == b) return b;
  const dtype together = promote(a, b), narrow = kind_of(a) < kind_of(b) ? a : b;
  return together == dtype::float32 && kind_of(narrow) == dtype_kind::integer ? dtype::float64 : together;
}

dtype together(std::string_view op, std::span<const dtype> dtypes, std::span<const bool> weak, std::span<const bool>) {
  dtype arrays = dtype::unknown, numbers = dtype::unknown;
  for (std::size_t i = 0; i < dtypes.size(); ++i) {
    dtype& d = weak[i] ? numbers : arrays;
    d = result_type(d, dtypes[i]);
  }
  const dtype d = arrays == dtype::unknown || kind_of(numbers) > kind_of(arrays) ? numbers : arrays;
  if (d == dtype::bool_ && (op == "subtract" || op == "negative"))
    throw dtype_error(fmt::format("[{}] numpy does not take bool: got bool, expected a numeric dtype. Use logical_not or not_equal.", op));
  if (d == dtype::bool_ && (op == "sqrt" || op == "exp"))
    throw dtype_error(fmt::format(
        "[{}] numpy gives float16 for bool, which Tendril does not have: got bool, expected a numeric dtype. Multiply by 1.0 first.", op));
  return d;
}

ndarray record(op_id op, std::initializer_list<operand> in, attributes at, std::source_location where) {
  return ndarray(std::move(apply(record_of(op), {in.begin(), in.size()}, std::move(at), &promotion, where).front()));
}
ndarray one(op_id op, const arg& x, attributes at = {}) { return record(op, {x.get()}, std::move(at), x.where()); }
ndarray two(op_id op, const arg& a, const arg& b) { return record(op, {a.get(), b.get()}, {}, a.where()); }

}  // namespace

constinit const promotion_rules promotion = {
    .name = "numpy", .together = together, .default_real = dtype::float64, .integer_sums_to_int64 = true, .bool_is_numeric = true};

ndarray add(const arg& x1, const arg& x2) { return two(op_id::add, x1, x2); }
ndarray subtract(const arg& x1, const arg& x2) { return two(op_id::subtract, x1, x2); }
ndarray multiply(const arg& x1, const arg& x2) { return two(op_id::multiply, x1, x2); }
ndarray divide(const arg& x1, const arg& x2) { return two(op_id::divide, x1, x2); }
ndarray sqrt(const arg& x) { return one(op_id::sqrt, x); }
ndarray exp(const arg& x) { return one(op_id::exp, x); }
ndarray negative(const arg& x) { return one(op_id::negative, x); }
ndarray sum(const arg& a, const reduce_options& o) {
  return one(op_id::sum, a, {{"axis", o.axis}, {"dtype", dtype::unknown}, {"keepdims", o.keepdims}});
}
ndarray mean(const arg& a, const reduce_options& o) { return one(op_id::mean, a, {{"axis", o.axis}, {"keepdims", o.keepdims}}); }
ndarray var(const arg& a, const std_options& o) {
  return one(op_id::var, a, {{"axis", o.axis}, {"correction", o.ddof}, {"keepdims", o.keepdims}});
}
ndarray std(const arg& a, const std_options& o) {
  return one(op_id::std, a, {{"axis", o.axis}, {"correction", o.ddof}, {"keepdims", o.keepdims}});
}

}  // namespace tendril::frontends::numpy
