// The jax frontend's own ops: those whose meaning depends on the rank or the dtype, and those whose elements differ from the standard's.
#include "frontends/jax_ops.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include <tendril/detail/op_id.hpp>

#include "array/format.hpp"
#include "ops/literals.hpp"

namespace tendril::frontends::jax {
namespace {

using results = std::vector<array>;
constexpr double nan = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();

bool is_bool(const array& x) { return x.dtype() == dtype::bool_; }

// The quotient rounded down, of the quotient that lax.div rounds: -1 beside a divisor of 0.
array integer_floor_divide(const array& a, const array& b) {
  if (!is_signed(a.dtype())) return where(equal(b, 0), 255, floor_divide(a, b));
  return where(equal(b, 0), where(equal(a, 0), full_like(a, -1), -2), floor_divide(a, b));
}

array rounded_quotient(const array& a, const array& b) {
  const array mod = real_fmod(a, b);
  const array div = divide(where(equal(b, 0), a, subtract(a, mod)), b);
  const array below = logical_and(not_equal(mod, 0), not_equal(sign(b), sign(mod)));
  return round(where(below, subtract(div, 1), div));
}

// Six steps of repeated squaring: an exponent counts modulo 64, and a negative one is no reciprocal.
array integer_power(const array& a, const array& b) {
  const array p = pow(a, bitwise_and(b, 63));
  return where(logical_and(equal(a, 0), not_equal(b, 0)), 0, p);
}

// x log(y) or the like where x is not 0 or y is NaN, else 0.
array times_unless_zero(const array& x, const array& y, const array& f) {
  return where(logical_or(not_equal(x, 0), isnan(y)), multiply(x, f), 0);
}

// What take gives for an index out of range.
scalar filling(dtype d) {
  if (d == dtype::bool_) return true;
  if (kind_of(d) == dtype_kind::real) return nan;
  const auto range = tendril::detail::range_of(d);
  return is_signed(d) ? range.low : range.high;
}

array filled(const array& like, dtype d) { return full_like(like, filling(d), {.dtype = d}); }

// Indices from the front, and where they are in range.
std::pair<array, array> placed(const char* op, const array& indices, std::int64_t n) {
  if (is_real(indices) || (is_bool(indices) && op == std::string_view("take_along_axis")))
    throw dtype_error(format_text("[{}] the indices are no integers: got {}, expected an integer dtype. Convert with jnp::astype.", op,
                                  name_of(indices.dtype())));
  const array i = astype(indices, dtype::int64), front = where(less(i, 0), add(i, n), i);
  const array there = logical_and(greater_equal(front, 0), less(front, n));
  return {where(there, front, 0), there};
}

results taken(std::span<const array> in, const attributes& at) {
  const array& x = in[0];
  const std::int64_t axis = normalize_axis("take", at.get_int("axis"), static_cast<int>(x.ndim()));
  const std::int64_t n = x.shape(axis);
  const auto [places, there] = placed("take", in[1], n);
  if (n == 0) {
    extents shape;
    for (std::int64_t i = 0; i < x.ndim(); ++i) {
      if (i != axis) shape.push_back(x.shape(i));
      else shape.insert(shape.end(), in[1].shape().begin(), in[1].shape().end());
    }
    return {full(axes(std::vector<std::int64_t>(shape.begin(), shape.end())), filling(x.dtype()), {.dtype = x.dtype()})};
  }
  const array got = take(x, places, {.axis = axis});
  std::vector<std::int64_t> aligned(in[1].shape().begin(), in[1].shape().end());
  aligned.resize(aligned.size() + static_cast<std::size_t>(x.ndim() - axis - 1), 1);
  return {where(reshape(there, aligned), got, filled(got, x.dtype()))};
}

results taken_along(std::span<const array> in, const attributes& at) {
  const std::int64_t axis = normalize_axis("take_along_axis", at.get_int("axis"), static_cast<int>(in[0].ndim()));
  const auto [places, there] = placed("take_along_axis", in[1], in[0].shape(axis));
  const array got = take_along_axis(in[0], places, {.axis = axis});
  return {where(there, got, filled(got, in[0].dtype()))};
}

array converted(const array& x, dtype d) {
  if (!is_real(x) || kind_of(d) != dtype_kind::integer) return astype(x, d);
  const auto range = tendril::detail::range_of(d);
  const double above = is_signed(d) ? -static_cast<double>(range.low) : static_cast<double>(range.high) + 1;
  const array low = full_like(x, range.low, {.dtype = d}), high = full_like(x, range.high, {.dtype = d}),
              zero = zeros_like(x, {.dtype = d});
  const array below = less_equal(x, static_cast<double>(range.low)), beyond = greater_equal(x, above);
  const array inside = logical_not(logical_or(logical_or(below, beyond), isnan(x)));
  return where(isnan(x), zero, where(beyond, high, where(below, low, astype(where(inside, x, 0), d))));
}

}  // namespace

namespace {

// One place more takes what is beyond.
array counted(const array& x, const array& weights, std::int64_t length) {
  if (x.ndim() != 1) throw shape_error(format_text("[bincount] there is no vector: got {}, expected rank 1. Flatten it.", spelled(x)));
  if (kind_of(x.dtype()) == dtype_kind::real)
    throw dtype_error(
        format_text("[bincount] these are no integers: got {}, expected an integer dtype. Convert them.", name_of(x.dtype())));
  if (is_bool(weights)) refuse_bool("bincount");
  const array place = clip(astype(x, dtype::int64), 0, length);
  const array all = scatter(zeros({length + 1}, {.dtype = weights.dtype()}), place, weights, {.axis = 0, .combine = "add"});
  return getitem(all, {slice(0, length)});
}

}  // namespace

dtype inexact(dtype d) noexcept { return kind_of(d) == dtype_kind::real ? d : d == dtype::int64 ? dtype::float64 : dtype::float32; }
array inexact(const array& x) { return is_real(x) ? x : astype(x, inexact(x.dtype())); }

scalar element_of(const scalar& v, dtype d) {
  if (kind_of(d) != dtype_kind::integer) return v;
  if (v.kind() != dtype_kind::real) return wrapped(v, d);
  const auto range = tendril::detail::range_of(d);
  if (std::isnan(v.real())) return 0;
  if (v.real() <= static_cast<double>(range.low)) return range.low;
  if (v.real() >= static_cast<double>(range.high)) return range.high;
  return static_cast<std::int64_t>(v.real());
}

// OWN(name, the op whose operands it has, decomposition of a and b of one dtype, doc)
#define OWN(name, base, body, doc) TENDRIL_OWN_ELEMENTWISE("jax", name, base, body, doc)
OWN(floor_divide, floor_divide, is_real(a) ? rounded_quotient(a, b) : integer_floor_divide(a, b),
    "the quotient rounded down; of integers -2, -1 or 255 where the divisor is 0")
OWN(remainder, remainder, is_real(a) ? real_remainder(a, b) : remainder(a, b),
    "the remainder with the sign of the divisor; a zero has that of the dividend; of integers 0 where the divisor is 0")
OWN(power, pow, is_real(a) ? pow(a, b) : integer_power(a, b), "a power; an integer exponent of integers counts modulo 64")
OWN(xlogy, multiply, times_unless_zero(a, b, log(b)), "x log(y); 0 where x is 0")
OWN(xlog1py, multiply, times_unless_zero(a, b, log1p(b)), "x log(1 + y); 0 where x is 0")
#undef OWN

// COMPOSED(name, inputs, (attributes), decomposition of x, y and the attribute reader at, doc)
#define LIST(...) \
  { __VA_ARGS__ }
#define COMPOSED(name, inputs, attributes_, body, doc)                                          \
  const op_record& name##_record() {                                                            \
    static const op_record& op = composed(                                                      \
        "jax." #name, LIST attributes_,                                                         \
        []([[maybe_unused]] std::span<const array> in, [[maybe_unused]] const attributes& at) { \
          [[maybe_unused]] const array &x = in[0], &y = in[inputs - 1];                         \
          return results body;                                                                  \
        },                                                                                      \
        doc, inputs);                                                                           \
    return op;                                                                                  \
  }
COMPOSED(sign, 1, (),
         {is_bool(x)   ? (refuse_bool("sign"), x)
          : is_real(x) ? where(equal(x, 0), x, sign(x))
                       : sign(x)},
         "-1, 0 or 1; zeros and NaN stay")
COMPOSED(rint, 1, (), {is_real(x) ? round(x) : astype(x, dtype::float64)}, "rounded to integers; of integers float64")
COMPOSED(decimals, 1, (attribute_of("factor")),
         {is_bool(x)   ? (refuse_bool("round"), x)
          : is_real(x) ? divide(round(multiply(x, at.get_real("factor"))), at.get_real("factor"))
                       : x},
         "rounded to decimals")
COMPOSED(astype, 1, (attribute_of("dtype")), {converted(x, at.get_dtype("dtype"))},
         "converted; real numbers out of range become the nearest integer")
COMPOSED(full_like, 1, (attribute_of("fill_value"), attribute_of("dtype", false)),
         {full_like(x, element_of(at.get_scalar("fill_value"), at.has("dtype") ? at.get_dtype("dtype") : x.dtype()),
                    {.dtype = at.has("dtype") ? at.get_dtype("dtype") : x.dtype()})},
         "full_like of the number converted")
COMPOSED(bincount, 1, (attribute_of("length")), {counted(x, tendril::ones({1}, {.dtype = dtype::int64}), at.get_int("length"))},
         "how often each number is there")
COMPOSED(weighted_bincount, 2, (attribute_of("length")),
         {x.shape() != y.shape() ? throw shape_error(format_text(
                                       "[bincount] the weights have another shape: got {} for {}, expected its shape. Broadcast them.",
                                       spelled(y), spelled(x)))
                                 : counted(x, y, at.get_int("length"))},
         "how much each number weighs")
COMPOSED(erf_inv, 1, (), {erf_inverse(inexact(x))}, "the number of which this is the erf")
#undef COMPOSED
#undef LIST

const op_record& take_record() {
  static const op_record& op =
      composed("jax.take", {attribute_of("axis")}, taken, "the slices at these indices; NaN or an end of the range where there is none", 2);
  return op;
}
const op_record& take_along_axis_record() {
  static const op_record& op = composed("jax.take_along_axis", {attribute_of("axis")}, taken_along,
                                        "the elements at these indices; NaN or an end of the range where there is none", 2);
  return op;
}

namespace numpy {

Array convolves(const Array& x, const Array& other) {
  return Array(tendril::astype(x.value(), inexact(promote(x.dtype(), other.dtype()))));
}
void require_kron(const array& a, const array& b) {
  if (is_bool(a) && is_bool(b)) refuse_bool("kron");
}
array vander_of(const array& x) {
  if (is_bool(x)) refuse_bool("vander");
  return x;
}
array weight_of_quantile(const array& w, dtype d) {
  const array x = tendril::astype(w, d);
  return tendril::where(greater_equal(x, 0.0), x, 0.0);
}
array below_share(const array& running, const array& total, const array& q) {
  if (!is_real(q))
    throw dtype_error(
        format_text("[quantile] q is no real number: got {}, expected a floating dtype. Convert with jnp::astype.", name_of(q.dtype())));
  return less(running, total * tendril::astype(q, total.dtype()));
}
array unless_bad(const array& y, const array& weights) {
  const array bad_ones = logical_not(greater_equal(weights, 0));
  return tendril::where(tendril::any(bad_ones, {.axis = -1, .keepdims = true}), nan, y);
}
binning binning_of(const array& elements, dtype weights, bool) {
  const dtype d = inexact(weights == dtype::unknown ? elements.dtype() : promote(elements.dtype(), weights));
  return {.elements = d, .ends = d, .sums = d, .counts = d, .density = d};
}
array evenly(const array& low, const array& high, std::int64_t n) {
  const array share = counted_along(n, 0, 1, low.dtype()) / static_cast<double>(n);
  return low * (1.0 - share) + high * share;
}
array ramp_to(const array& edge, double end, std::int64_t count, std::int64_t axis) {
  const array to = inexact(edge), share = counted_along(count, axis, edge.ndim(), to.dtype()) / static_cast<double>(count);
  return end * (1.0 - share) + to * share;
}
array integrates(const array& x, const array& other) { return tendril::astype(x, inexact(promote(x.dtype(), other.dtype()))); }
Array of_nothing(const char* op, const Array& ordered) {
  throw shape_error(format_text("[{}] there are no elements: got {}, expected some. Pass them.", op,
                                to_string(type::of(ordered.dtype(), ordered.shape()))));
}
scalar share_of(const scalar& q) {
  if (q.kind() != dtype_kind::real)
    throw dtype_error("[quantile] q is no real number: got an integer, expected one from 0.0 to 1.0. Write a point.");
  return q;
}
void require_method(const std::string& method) {
  if (!among(std::string_view(method), "linear", "lower", "higher", "midpoint", "nearest", "inverted_cdf"))
    throw error(
        format_text("[quantile] there is no such method here: got \"{}\", expected \"linear\", \"lower\", \"higher\", \"midpoint\", "
                    "\"nearest\" or \"inverted_cdf\". Pass one of these.",
                    method));
}
void require_edge_order(std::int64_t order) {
  if (order != 1)
    throw error(format_text("[gradient] jax has no edges of another order: got edge_order {}, expected 1. Leave it out.", order));
}
Array between(const Array& ordered, const Array& share, const std::string& method) {
  const array& q = share.value();
  if (!is_real(q))
    throw dtype_error(
        format_text("[quantile] q is no real number: got {}, expected a floating dtype. Convert with jnp::astype.", name_of(q.dtype())));
  const double last = static_cast<double>(ordered.shape(-1) - 1);
  const array place = q * last, below = floor(place), above = ceil(place), part = place - below;
  const auto at = [&](const array& i) {
    return tendril::take(ordered.value(), tendril::astype(tendril::clip(i, 0.0, last), dtype::int64), {.axis = -1});
  };
  if (method == "inverted_cdf") return Array(at(ceil(q * (last + 1.0)) - 1.0));
  const array low = at(below), high = at(above), weight = tendril::astype(part, ordered.dtype());
  if (method == "lower") return Array(low);
  if (method == "higher") return Array(high);
  if (method == "nearest") return Array(tendril::where(less_equal(part, 0.5), low, high));
  if (method == "midpoint") return Array((low + high) * 0.5);
  return Array(low * (1.0 - weight) + high * weight);
}

}  // namespace numpy
}  // namespace tendril::frontends::jax
