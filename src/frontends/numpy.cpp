// The numpy frontend: NumPy 2's dtypes as one set of promotion rules, and the words that are NumPy's own.
#include "frontends/numpy_ops.hpp"

#include <cmath>

#include "frontends/words.hpp"

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

[[noreturn]] void refuse_float16(std::string_view op, dtype d) {
  throw dtype_error(format_text(
      "[{}] numpy gives float16 for {}, which Tendril does not have: got {}, expected a wider numeric dtype. Multiply by 1.0 first.", op,
      name_of(d), name_of(d)));
}
[[noreturn]] void refuse_int8(std::string_view op) {
  throw dtype_error(format_text(
      "[{}] numpy gives int8 for bool, which Tendril does not have: got bool, expected a numeric dtype. Multiply by 1 first.", op));
}

dtype together(std::string_view op, std::span<const dtype> dtypes, std::span<const bool> weak, std::span<const bool>) {
  if (op.starts_with("numpy.")) op.remove_prefix(6);  // an op of this frontend
  const dtype d = with_numbers(dtypes, weak, result_type);
  if (among(op, "logical_and", "logical_or", "logical_xor", "logical_not")) return dtype::bool_;
  if (op == "float_power") return dtype::float64;
  if (op == "isclose") return kind_of(d) == dtype_kind::real ? d : dtype::float64;
  if (size_of(d) == 1 && (facts_of(op).becomes_real || op == "heaviside")) refuse_float16(op, d);
  if (op == "heaviside" && kind_of(d) != dtype_kind::real) return dtype::float64;
  if (d != dtype::bool_) return d;
  if (op == "round") refuse_float16(op, d);
  if (among(op, "subtract", "negative", "positive", "sign"))
    throw dtype_error(format_text("[{}] numpy does not take bool: got bool, expected a numeric dtype. Use logical_not or not_equal.", op));
  if (among(op, "square", "floor_divide", "remainder", "fmod", "power")) refuse_int8(op);
  if (among(op, "abs", "floor", "ceil", "trunc", "matmul", "clip"))
    throw dtype_error(format_text("[{}] bool is taken by numpy alone: got bool, expected a numeric dtype. Multiply by 1 first.", op));
  if (facts_of(op).asks || among(op, "searchsorted", "argmax", "argmin")) return dtype::int32;
  return d;
}

// The standard's answer, but for what NumPy refuses: in maximum and minimum what their dtype does not hold, and 2^63 and more beside bool.
// A choice of where keeps the low bits.
scalar out_of_range(const type_request& r, std::size_t, const scalar& number, dtype d) {
  if (kind_of(d) == dtype_kind::real) return number;  // infinity
  if (r.op.id == op_id::where && !number.beyond_int64()) return wrapped(number, d);
  if (r.op.id == op_id::maximum || r.op.id == op_id::minimum || (number.beyond_int64() && beside_bool(r)))
    tendril::detail::throw_does_not_fit(r.op.name, number, d);
  return number;
}

}  // namespace

constinit const promotion_rules promotion = {.name = "numpy",
                                             .together = together,
                                             .default_real = dtype::float64,
                                             .integer_sums_to_int64 = true,
                                             .bool_is_numeric = true,
                                             .out_of_range = out_of_range};

ndarray record(const op_record& op, std::initializer_list<operand> in, attributes at, std::source_location where,
               const promotion_rules& rules) {
  return ndarray(std::move(apply(op, {in.begin(), in.size()}, std::move(at), &rules, where).front()));
}
ndarray record(op_id op, std::initializer_list<operand> in, attributes at, std::source_location where, const promotion_rules& rules) {
  return record(record_of(op), in, std::move(at), where, rules);
}
ndarray two(op_id op, const arg& a, const arg& b) {
  // What is true of a number is asked of an array of it, and int64 is the widest that there is.
  if (op == op_id::logical_and || op == op_id::logical_or || op == op_id::logical_xor)
    for (const operand* o : {&a.get(), &b.get()})
      if (!o->get_array() && o->get_scalar().beyond_int64())
        tendril::detail::throw_does_not_fit(record_of(op).name, o->get_scalar(), dtype::int64);
  return record(op, {a.get(), b.get()}, {}, a.where());
}

array inexact(const array& x) { return is_real(x) ? x : tendril::astype(x, dtype::float64); }
array real_of(const char* op, const array& x) {
  if (size_of(x.dtype()) == 1) refuse_float16(op, x.dtype());
  return inexact(x);
}
dtype averages_in(dtype of, dtype weights) {
  const dtype d = result_type(of, weights);
  return kind_of(of) == dtype_kind::real ? d : result_type(d, dtype::float64);
}
array weight_of(const array& x) {
  const array below = checked(tendril::astype(less(x, 0), dtype::int64) * -1, bad::negative,
                              "[cov] a weight is negative: got one below 0, expected 0 or more. Pass others.");
  return tendril::astype(x, dtype::float64) + tendril::astype(below, dtype::float64);
}
namespace {

// x, after an error where something is bad.
array unless(const array& x, const array& bad_ones, const char* message) {
  const array any_bad = tendril::astype(tendril::any(bad_ones), dtype::int64);
  return x + tendril::astype(checked(any_bad * -1, bad::negative, message), x.dtype());
}

}  // namespace

array weight_of_quantile(const array& w, dtype) {
  const array x = tendril::astype(w, dtype::float64);
  return unless(x, logical_not(greater_equal(x, 0.0)),
                "[quantile] a weight is negative or NaN: got such, expected 0 or more. Pass others.");
}
array weight_in_all(const array& total) {
  return unless(total, logical_or(equal(total, 0.0), logical_not(isfinite(total))),
                "[quantile] the weights have no share: got a sum of 0 or infinity, expected another. Pass others.");
}
array below_share(const array& running, const array& total, const array& q) {
  if (q.dtype() == dtype::bool_) throw dtype_error("[quantile] q is no share: got bool, expected numbers from 0 to 1. Multiply by 1.0.");
  const array share = running / total, rounded = is_real(q) ? tendril::astype(share, q.dtype()) : share;
  return logical_or(less(rounded, q), equal(rounded, 0.0));
}
binning binning_of(const array& elements, dtype weights, bool given) {
  binning b{.elements = elements.dtype() == dtype::bool_ ? dtype::uint8 : elements.dtype(),
            .ends = given ? dtype::unknown : inexact(elements).dtype(),
            .sums = dtype::int64,
            .counts = dtype::int64,
            .density = dtype::float64};
  if (weights == dtype::unknown) return b;
  if (given && weights == dtype::bool_)
    throw dtype_error("[histogram] bool weighs nothing between given ends: got bool, expected numbers. Multiply by 1.");
  b.counts = weights;
  if (kind_of(weights) == dtype_kind::real) b.sums = given ? weights : dtype::float64;
  return b;
}
array finite_end(const array& x) {
  return unless(x, logical_not(isfinite(x)),
                "[histogram] an element is not finite: got such, expected none where no range is given. Pass a range.");
}
array rising_ends(const array& x) {
  if (x.size() < 2 || x.dtype() == dtype::bool_) return x;
  return unless(x, less(getitem(x, {slice(1, {})}), getitem(x, {slice({}, -1)})),
                "[histogram] the ends of bins do not rise: got such, expected each at least the one before. Sort them.");
}
array evenly(const array& low, const array& high, std::int64_t n) {
  return counted_along(n, 0, 1, low.dtype()) * ((high - low) / static_cast<double>(n)) + low;
}
array ramp_to(const array& edge, double end, std::int64_t count, std::int64_t axis) {
  const array step = (tendril::astype(edge, dtype::float64) - end) / static_cast<double>(count);
  return counted_along(count, axis, edge.ndim(), dtype::float64) * step + end;
}
scalar element_of_pad(const scalar& number, dtype d, bool alone) {
  if (kind_of(d) != dtype_kind::integer) return number;
  const bool whole = number.kind() != dtype_kind::real, bytes = d == dtype::uint8 && alone;
  // As the processor converts: NaN and what is beyond int64 are 0 in its low bits.
  const bool counts = whole || std::abs(number.real()) < 0x1p63;
  if (!counts && !bytes) tendril::detail::throw_does_not_fit("pad", number, d);
  const scalar cut = whole ? number : counts ? scalar(static_cast<std::int64_t>(number.real())) : scalar(0);
  if (bytes) return wrapped(cut, d);
  const auto range = tendril::detail::range_of(d);
  if (cut.beyond_int64() || cut.integer() < range.low || cut.integer() > range.high) tendril::detail::throw_does_not_fit("pad", number, d);
  return cut;
}
array vander_of(const array& x) { return tendril::astype(x, result_type(x.dtype(), dtype::int64)); }
array derives(const array& x, bool) { return kind_of(x.dtype()) == dtype_kind::integer ? inexact(x) : x; }
array derived(const ndarray& made, const array& of) { return tendril::astype(made.value(), inexact(of).dtype()); }
ndarray of_nothing(const char*, const ndarray& ordered) {
  const extents& all = ordered.shape();
  return ndarray(tendril::full(list(all.begin(), all.end() - 1), std::numeric_limits<double>::quiet_NaN(), {.dtype = ordered.dtype()}));
}

namespace {

// The shares of elements before a place are a line through both ends: place = n q + alpha + q (1 - alpha - beta) - 1.
struct continuous_method {
  std::string_view name;
  double alpha, beta;
};
constexpr continuous_method continuous_methods[] = {
    {"linear", 1, 1},  {"interpolated_inverted_cdf", 0, 1},   {"hazen", 0.5, 0.5},
    {"weibull", 0, 0}, {"median_unbiased", 1 / 3.0, 1 / 3.0}, {"normal_unbiased", 3 / 8.0, 3 / 8.0}};

ndarray taken(const ndarray& ordered, const array& place) {
  return ndarray(tendril::take(ordered.value(), tendril::astype(place, dtype::int64), {.axis = -1}));
}

}  // namespace

void require_method(const std::string& method) {
  const std::string_view m = method;
  bool known = among(m, "lower", "higher", "midpoint", "nearest", "inverted_cdf", "averaged_inverted_cdf", "closest_observation");
  for (const continuous_method& c : continuous_methods) known |= m == c.name;
  if (!known)
    throw error(
        format_text("[quantile] there is no such method here: got \"{}\", expected \"linear\", \"lower\", \"higher\", \"midpoint\", "
                    "\"nearest\" or another one of numpy's. Pass one of these.",
                    method));
}

ndarray between(const ndarray& ordered, const ndarray& share, const std::string& method) {
  const array& q = share.value();
  const std::int64_t n = ordered.shape(-1);
  const auto limited = [&](const array& place) { return tendril::clip(place, 0, n - 1); };
  if (q.dtype() == dtype::bool_) throw dtype_error("[quantile] q is no share: got bool, expected numbers from 0 to 1. Multiply by 1.0.");
  if (method == "linear" && kind_of(q.dtype()) == dtype_kind::integer) return taken(ordered, limited((n - 1) * q));
  const array line = static_cast<double>(n - 1) * q, before = static_cast<double>(n) * q - 1.0;
  if (method == "lower") return taken(ordered, limited(floor(line)));
  if (method == "higher") return taken(ordered, limited(ceil(line)));
  if (method == "nearest") return taken(ordered, limited(tendril::round(line)));
  if (method == "inverted_cdf") return taken(ordered, limited(ceil(before)));
  if (method == "closest_observation") {
    const array place = before - 0.5, below = floor(place);
    const array stays = logical_and(equal(place, below), equal(tendril::remainder(below, 2.0), 1.0));
    return taken(ordered, limited(tendril::where(stays, below, below + 1.0)));
  }
  const bool averages = method == "averaged_inverted_cdf";
  array place = averages ? before : 0.5 * (floor(line) + ceil(line));
  for (const continuous_method& c : continuous_methods)
    if (c.name == method) place = c.name == "linear" ? line : static_cast<double>(n) * q + (c.alpha + q * (1 - c.alpha - c.beta)) - 1.0;
  const array below = floor(place);
  const ndarray low = taken(ordered, limited(below)), high = taken(ordered, limited(below + 1.0));
  const ndarray part(averages ? tendril::where(equal(place, below), tendril::full_like(place, 0.5), 1.0) : place - below);
  const ndarray difference = high - low;
  return numpy::where(part < 0.5, low + difference * part, high - difference * (1.0 - part));
}

namespace {

const op_record& floor_divide_record() {
  static const op_record& op = register_op(elementwise_of(
      op_id::floor_divide, "numpy.floor_divide",
      [](std::span<const array> in, const attributes&) {
        return std::vector<array>{is_real(in[0]) ? real_floor_divide(in[0], in[1]) : tendril::floor_divide(in[0], in[1])};
      },
      "the quotient rounded down; -1 beside an infinite divisor of the other sign"));
  return op;
}
const op_record& power_record() {
  static const op_record& op = register_op(elementwise_of(
      op_id::pow, "numpy.power",
      [](std::span<const array> in, const attributes&) {
        const bool whole = kind_of(in[0].dtype()) == dtype_kind::integer && is_signed(in[0].dtype());
        return std::vector<array>{tendril::pow(
            in[0], whole
                       ? checked(in[1], bad::negative,
                                 "[power] numpy has no negative integer power of integers: got an exponent of {}, expected 0 or more. Take "
                                 "a floating base.")
                       : in[1])};
      },
      "a power; of integers an error where the exponent is negative"));
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

#define ARRAY ndarray
#define FRAMEWORK "numpy"
OWN(rint, 1, (), "rounded to integers", tendril::round(real_of("rint", in[0])))
OWN(conj, 1, (), "the conjugate, which is the number itself", (in[0].dtype() == dtype::bool_ ? refuse_int8("conj") : void(), in[0]))
// Integers are cut, and of 0 there is the lowest number, as where a division overflows.
OWN(reciprocal, 1, (), "1 over a number; of integers cut", [&] {
  const array& a = in[0];
  if (a.dtype() == dtype::bool_) refuse_int8("reciprocal");
  if (is_real(a)) return tendril::reciprocal(a);
  const array cut = is_signed(a.dtype()) ? tendril::where(equal(tendril::abs(a), 1), a, 0) : tendril::where(equal(a, 1), a, 0);
  return cut;
}())
OWN(decimals, 1, (HAS(decimals)), "rounded to decimals", [&] {
  const array& a = in[0];
  if (a.dtype() == dtype::bool_) refuse_float16("round", a.dtype());
  const std::int64_t n = at.get_int("decimals");
  const double factor = std::pow(10.0, static_cast<double>(std::abs(n)));
  if (!is_real(a)) return n >= 0 ? a : tendril::astype(tendril::round(a / factor) * factor, a.dtype());
  return n >= 0 ? tendril::round(a * factor) / factor : tendril::round(a / factor) * factor;
}())
OWN(like, 2, (), "in the dtype of another array", tendril::astype(in[0], in[1].dtype()))
// What is put into an array has its shape, and a dtype that numpy casts to its own within a kind.
OWN(stored, 2, (HAS(op)), "put into an array", [&] {
  const std::string& op = at.get_string("op");
  if (is_beyond(y.dtype(), x.dtype()))
    throw dtype_error(
        format_text("[{}] the result does not fit into the array: got {} for {}, expected no higher kind. Convert the array first.", op,
                    name_of(y.dtype()), name_of(x.dtype())));
  if (x.shape() != y.shape())
    throw shape_error(
        format_text("[{}] the result does not fit into the array: got {} for {}, expected its shape. Broadcast the array first.", op,
                    spelled(y.value()), spelled(x.value())));
  return tendril::astype(in[1], x.dtype());
}())
#undef ARRAY
#undef FRAMEWORK

// Corrections up to 1 leave nothing to divide by only where nothing deviates either.
ndarray spread(op_id op, const arg& a, const std_options& o) {
  const attributes at{{"axis", o.axis}, {"correction", o.ddof}, {"keepdims", o.keepdims}};
  if (o.ddof.value() <= 1) return one(op, a, at);
  return one(op == op_id::var ? var_record() : std_record(), a, at);
}

}  // namespace

ndarray floor_divide(const arg& x1, const arg& x2) { return two(floor_divide_record(), x1, x2); }
ndarray remainder(const arg& x1, const arg& x2) { return two(op_id::remainder, x1, x2); }
ndarray power(const arg& x1, const arg& x2) { return two(power_record(), x1, x2); }
ndarray sign(const arg& x) { return one(op_id::sign, x); }
ndarray rint(const arg& x) { return one(rint_op(), x); }
ndarray conj(const arg& x) { return one(conj_op(), x); }
ndarray reciprocal(const arg& x) { return one(reciprocal_op(), x); }
ndarray round(const arg& a, const round_options& o) {
  return o.decimals == 0 ? one(op_id::round, a) : one(decimals_op(), a, {{"decimals", o.decimals}});
}
ndarray clip(const arg& a, const arg& a_min, const arg& a_max) {
  if (a_min.get().absent() && a_max.get().absent()) return positive(a);
  return record(op_id::clip, {a.get(), a_min.get(), a_max.get()}, {}, a.where());
}
ndarray astype(const arg& x, tendril::dtype dtype) { return one(op_id::astype, x, {{"dtype", dtype}}); }

ndarray mean(const arg& a, const typed_reduce_options& o) {
  const attributes at{{"axis", o.axis}, {"keepdims", o.keepdims}};
  if (o.dtype == dtype::unknown) return one(op_id::mean, a, at);
  if (kind_of(o.dtype) != dtype_kind::real)
    throw dtype_error(format_text(
        "[mean] means are real numbers here: got dtype {}, expected a floating dtype. Convert the mean with astype.", name_of(o.dtype)));
  return one(op_id::mean, arg(astype(a, o.dtype), a.where()), at);
}
ndarray var(const arg& a, const std_options& o) { return spread(op_id::var, a, o); }
ndarray std(const arg& a, const std_options& o) { return spread(op_id::std, a, o); }

namespace {
ndarray sorted(op_id op, const arg& a, const sort_options& o) {
  const flat f(a.get(), o.axis, promotion);
  return record(op, {f.x}, {{"axis", f.axis}, {"descending", false}, {"stable", true}}, a.where());
}
}  // namespace
ndarray sort(const arg& a, const sort_options& o) { return sorted(op_id::sort, a, o); }
ndarray argsort(const arg& a, const sort_options& o) { return sorted(op_id::argsort, a, o); }
ndarray searchsorted(const arg& a, const arg& v, const search_options& o) {
  return record(op_id::searchsorted, {a.get(), v.get()}, {{"side", o.side}}, a.where());
}
ndarray take(const arg& a, const arg& indices, const axis_options& o) {
  const flat f(a.get(), o.axis, promotion);
  return record(op_id::take, {f.x, indices.get()}, {{"axis", f.axis}}, a.where());
}
ndarray take_along_axis(const arg& arr, const arg& indices, const axis_options& o) {
  const flat f(arr.get(), o.axis, promotion);  // the indices are of rank 1 then
  return record(op_id::take_along_axis, {f.x, indices.get()}, {{"axis", f.axis}}, arr.where());
}

// A number out of range is an error, a real one is converted as astype does.
ndarray full(const axes& shape, scalar value, const dtype_options& o, std::source_location where) {
  if (value.beyond_int64()) tendril::detail::throw_does_not_fit("full", value, int64);
  const dtype d = o.dtype == dtype::unknown ? value.natural_dtype() : o.dtype,
              made = kind_of(value.natural_dtype()) == dtype_kind::real && kind_of(d) != dtype_kind::real ? float64 : d;
  const ndarray x = record(op_id::full, {}, {{"shape", listed(shape)}, {"fill_value", value}, {"dtype", made}}, where);
  return made == d ? x : astype(arg(x, where), d);
}
ndarray full_like(const arg& a, scalar value, const dtype_options& o) {
  if (value.kind() != dtype_kind::real) return one(op_id::full_like, a, {{"fill_value", value}, {"dtype", o.dtype}});
  const ndarray x = one(op_id::full_like, a, {{"fill_value", value}, {"dtype", float64}});
  if (o.dtype != dtype::unknown) return astype(arg(x, a.where()), o.dtype);
  return record(like_op(), {x.value(), a.get()}, {}, a.where());
}
ndarray arange(scalar start, scalar stop, scalar step, const dtype_options& o, std::source_location where) {
  bool real = false;
  for (const scalar& s : {start, stop, step}) real |= s.kind() == dtype_kind::real;
  const dtype d = o.dtype == dtype::unknown ? real ? float64 : int64 : o.dtype;
  if (d == dtype::bool_)
    throw dtype_error(
        "[arange] numpy has no range of bool: got bool, expected a numeric dtype. Compare the numbers, as in np::arange(3) != 0.");
  if (real && kind_of(d) == dtype_kind::integer && step.real() != 0) {  // the first two numbers are cut, and say the step
    const std::int64_t count = cut(start.real(), stop.real(), step.real()).count;
    const auto first = static_cast<std::int64_t>(start.real()), by = static_cast<std::int64_t>(start.real() + step.real()) - first;
    if (by == 0) return full({count}, first, {.dtype = d}, where);
    return arange(first, first + count * by, by, {.dtype = d}, where);
  }
  if (!real || step.real() == 0) return record(op_id::arange, {}, {{"start", start}, {"stop", stop}, {"step", step}, {"dtype", d}}, where);
  // The step is the difference of the first two numbers, rounded as the dtype has them.
  const std::int64_t count = cut(start.real(), stop.real(), step.real()).count;
  const auto rounded = [&](double v) { return d == float32 ? static_cast<double>(static_cast<float>(v)) : v; };
  const double by = rounded(rounded(start.real() + step.real()) - rounded(start.real()));
  const ndarray places = arange(0, count, 1, {.dtype = d}, where), moved = multiply(arg(places, where), arg(by, where));
  return add(arg(moved, where), arg(start.real(), where));
}
ndarray linspace(number start, number stop, const linspace_options& o, std::source_location where) {
  if (o.num < 0) throw error(format_text("[linspace] the count is negative: got {}, expected 0 or more. Pass another num.", o.num));
  const auto at = [where](const auto& x) { return arg(x, where); };
  const std::int64_t pieces = o.endpoint ? o.num - 1 : o.num;
  const double width = stop.value() - start.value(), step = width / static_cast<double>(pieces);
  const ndarray place = arange(0, o.num, 1, {.dtype = float64}, where);
  ndarray x = place;
  if (pieces > 0) {
    x = step != 0 ? multiply(at(place), at(step)) : multiply(at(divide(at(place), at(static_cast<double>(pieces)))), at(width));
    x = add(at(x), at(start.value()));
    if (o.endpoint && o.num > 1)
      x = concatenate({{x[index(slice({}, -1), where)], full({1}, stop.value(), {.dtype = float64}, where)}, where});
  } else if (o.num > 0) {
    x = full({1}, start.value(), {.dtype = float64}, where);
  }
  const dtype d = o.dtype == dtype::unknown ? float64 : o.dtype;
  if (d == float64) return x;
  return astype(at(kind_of(d) == dtype_kind::integer ? floor(at(x)) : x), d);
}

ndarray ndarray::operator[](const index& key) const& { return one(op_id::getitem, arg(*this, key.where()), {{"key", key.items()}}); }
ndarray& ndarray::stored(const char* op, const ndarray& made, line where) & {
  return *this = record(stored_op(), {arg(*this, where).get(), arg(made, where).get()}, {{"op", std::string(op)}}, where);
}

}  // namespace tendril::frontends::numpy
