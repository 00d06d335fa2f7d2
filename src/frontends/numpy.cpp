// The numpy frontend: each function names an op, with numpy's defaults; NumPy 2's dtypes are one set of promotion rules.
#include <tendril/frontends/numpy.hpp>

#include <tendril/detail/op_id.hpp>

#include "array/format.hpp"
#include "frontends/shared.hpp"
#include "ops/literals.hpp"

namespace tendril::frontends::numpy {
namespace {

// numpy.result_type of two dtypes.
dtype result_type(dtype a, dtype b) {
  if (a == b) return a;
  const dtype together = promote(a, b), narrow = kind_of(a) < kind_of(b) ? a : b;
  const bool rounds = kind_of(together) == dtype_kind::real && size_of(together) == sizeof(float) &&
                      kind_of(narrow) == dtype_kind::integer && bits_of(narrow) > 16;
  return rounds ? dtype::float64 : together;
}

dtype together(std::string_view op, std::span<const dtype> dtypes, std::span<const bool> weak, std::span<const bool>) {
  if (op.starts_with("numpy.")) op.remove_prefix(6);  // an op of this file
  const dtype d = with_numbers(dtypes, weak, result_type);
  if (among(op, "logical_and", "logical_or", "logical_xor", "logical_not")) return dtype::bool_;
  if (size_of(d) == 1 && (facts_of(op).becomes_real || (d == dtype::bool_ && among(op, "round"))))
    throw dtype_error(format_text(
        "[{}] numpy gives float16 for {}, which Tendril does not have: got {}, expected a wider numeric dtype. Multiply by 1.0 first.", op,
        name_of(d), name_of(d)));
  if (d != dtype::bool_) return d;
  if (among(op, "subtract", "negative", "positive", "sign"))
    throw dtype_error(format_text("[{}] numpy does not take bool: got bool, expected a numeric dtype. Use logical_not or not_equal.", op));
  if (among(op, "square", "floor_divide", "remainder"))
    throw dtype_error(format_text(
        "[{}] numpy gives int8 for bool, which Tendril does not have: got bool, expected a numeric dtype. Multiply by 1 first.", op));
  if (among(op, "abs", "floor", "ceil", "trunc"))
    throw dtype_error(format_text("[{}] bool is taken by numpy alone: got bool, expected a numeric dtype. Multiply by 1 first.", op));
  if (facts_of(op).asks || op == "searchsorted") return dtype::int32;
  return d;
}

// The standard's answer, but for what NumPy refuses: in maximum and minimum what their dtype does not hold, and 2^63 and more beside bool.
scalar out_of_range(const type_request& r, std::size_t, const scalar& number, dtype d) {
  if (kind_of(d) == dtype_kind::real) return number;  // infinity
  if (r.op.id == op_id::maximum || r.op.id == op_id::minimum || (number.beyond_int64() && beside_bool(r)))
    tendril::detail::throw_does_not_fit(r.op.name, number, d);
  return number;
}

ndarray record(op_id op, std::initializer_list<operand> in, attributes at, std::source_location where) {
  return ndarray(std::move(apply(record_of(op), {in.begin(), in.size()}, std::move(at), &promotion, where).front()));
}
ndarray one(op_id op, const arg& x, attributes at = {}) { return record(op, {x.get()}, std::move(at), x.where()); }
ndarray two(op_id op, const arg& a, const arg& b) {
  // What is true of a number is asked of an array of it, and int64 is the widest that there is.
  if (op == op_id::logical_and || op == op_id::logical_or || op == op_id::logical_xor)
    for (const operand* o : {&a.get(), &b.get()})
      if (!o->get_array() && o->get_scalar().beyond_int64())
        tendril::detail::throw_does_not_fit(record_of(op).name, o->get_scalar(), dtype::int64);
  return record(op, {a.get(), b.get()}, {}, a.where());
}

}  // namespace

constinit const promotion_rules promotion = {.name = "numpy",
                                             .together = together,
                                             .default_real = dtype::float64,
                                             .integer_sums_to_int64 = true,
                                             .bool_is_numeric = true,
                                             .out_of_range = out_of_range};

namespace {

ndarray record(const op_record& op, std::initializer_list<operand> in, attributes at, std::source_location where) {
  return ndarray(std::move(apply(op, {in.begin(), in.size()}, std::move(at), &promotion, where).front()));
}

const op_record& floor_divide_record() {
  static const op_record& op = register_op(elementwise_of(
      op_id::floor_divide, "numpy.floor_divide",
      [](std::span<const array> in, const attributes&) {
        const bool real = kind_of(in[0].dtype()) == dtype_kind::real;
        return std::vector<array>{real ? real_floor_divide(in[0], in[1]) : tendril::floor_divide(in[0], in[1])};
      },
      "the quotient rounded down; -1 beside an infinite divisor of the other sign"));
  return op;
}
const op_record& diff_record() {
  static const op_record& op = register_op(variant_of(op_id::diff, "numpy.diff", typed_as<op_id::diff, promotion>, differences,
                                                      "differences of neighbours; of bool, exclusive or"));
  return op;
}
const op_record& var_record() {
  static const op_record& op =
      register_op(variant_of(op_id::var, "numpy.var", typed_as<op_id::var, promotion>, corrected_var, "var whose divisor is at least 0"));
  return op;
}
const op_record& std_record() {
  static const op_record& op =
      register_op(variant_of(op_id::std, "numpy.std", typed_as<op_id::std, promotion>, corrected_std, "std whose divisor is at least 0"));
  return op;
}

// Corrections up to 1 leave nothing to divide by only where nothing deviates either.
ndarray spread(op_id op, const arg& a, const std_options& o) {
  const attributes at{{"axis", o.axis}, {"correction", o.ddof}, {"keepdims", o.keepdims}};
  if (o.ddof.value() <= 1) return one(op, a, at);
  return record(op == op_id::var ? var_record() : std_record(), {a.get()}, at, a.where());
}

}  // namespace

#define X(name, op) \
  ndarray name(const arg& x) { return one(op_id::op, x); }
TENDRIL_NUMPY_UNARY(X)
#undef X
#define X(name, op) \
  ndarray name(const arg& x1, const arg& x2) { return two(op_id::op, x1, x2); }
TENDRIL_NUMPY_BINARY(X)
#undef X
ndarray floor_divide(const arg& x1, const arg& x2) { return record(floor_divide_record(), {x1.get(), x2.get()}, {}, x1.where()); }
ndarray sum(const arg& a, const reduce_options& o) {
  return one(op_id::sum, a, {{"axis", o.axis}, {"dtype", dtype::unknown}, {"keepdims", o.keepdims}});
}
ndarray mean(const arg& a, const reduce_options& o) { return one(op_id::mean, a, {{"axis", o.axis}, {"keepdims", o.keepdims}}); }
ndarray var(const arg& a, const std_options& o) { return spread(op_id::var, a, o); }
ndarray std(const arg& a, const std_options& o) { return spread(op_id::std, a, o); }

ndarray count_nonzero(const arg& a, const reduce_options& o) {
  return one(op_id::count_nonzero, a, {{"axis", o.axis}, {"keepdims", o.keepdims}});
}

namespace {

ndarray running(op_id op, const arg& a, const cumulative_options& o) {
  const flat f(a.get(), o.axis, promotion);
  return record(op, {f.x}, {{"axis", f.axis}, {"dtype", o.dtype}, {"include_initial", false}}, a.where());
}
ndarray sorted(op_id op, const arg& a, const sort_options& o) {
  const flat f(a.get(), o.axis, promotion);
  return record(op, {f.x}, {{"axis", f.axis}, {"descending", false}, {"stable", true}}, a.where());
}

}  // namespace

ndarray cumsum(const arg& a, const cumulative_options& o) { return running(op_id::cumulative_sum, a, o); }
ndarray cumprod(const arg& a, const cumulative_options& o) { return running(op_id::cumulative_prod, a, o); }
ndarray diff(const arg& a, const diff_options& o) { return record(diff_record(), {a.get()}, {{"axis", o.axis}, {"n", o.n}}, a.where()); }
ndarray sort(const arg& a, const sort_options& o) { return sorted(op_id::sort, a, o); }
ndarray argsort(const arg& a, const sort_options& o) { return sorted(op_id::argsort, a, o); }
ndarray searchsorted(const arg& a, const arg& v, const search_options& o) {
  return record(op_id::searchsorted, {a.get(), v.get()}, {{"side", o.side}}, a.where());
}
ndarray take(const arg& a, const arg& indices, const axis_options& o) {
  const flat f(a.get(), o.axis, promotion);
  return record(op_id::take, {f.x, indices.get()}, {{"axis", f.axis}}, a.where());
}
ndarray take_along_axis(const arg& arr, const arg& indices, const sort_options& o) {
  const flat f(arr.get(), o.axis, promotion);  // the indices are of rank 1 then
  return record(op_id::take_along_axis, {f.x, indices.get()}, {{"axis", f.axis}}, arr.where());
}
ndarray repeat(const arg& a, std::int64_t repeats, const axis_options& o) {
  return one(op_id::repeat, a, {{"repeats", repeats}, {"axis", o.axis}});
}
ndarray tile(const arg& a, const axes& reps) { return one(op_id::tile, a, {{"repetitions", listed(reps)}}); }

}  // namespace tendril::frontends::numpy
