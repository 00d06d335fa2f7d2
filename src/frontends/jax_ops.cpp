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

// The quotient of two polynomials of x, of which the coefficients stand in turn, the highest first.
struct ratio {
  double above, below;
};
array quotient(const array& x, const ratio (&coefficients)[8]) {
  array above = full_like(x, coefficients[0].above), below = full_like(x, coefficients[0].below);
  for (const ratio& c : std::span(coefficients).subspan(1)) {
    above = add(multiply(above, x), c.above);
    below = add(multiply(below, x), c.below);
  }
  return divide(above, below);
}
constexpr ratio in_the_middle[8] = {
    {2.5090809287301226727e+3, 5.2264952788528545610e+3}, {3.3430575583588128105e+4, 2.8729085735721942674e+4},
    {6.7265770927008700853e+4, 3.9307895800092710610e+4}, {4.5921953931549871457e+4, 2.1213794301586595867e+4},
    {1.3731693765509461125e+4, 5.3941960214247511077e+3}, {1.9715909503065514427e+3, 6.8718700749205790830e+2},
    {1.3314166789178437745e+2, 4.2313330701600911252e+1}, {3.3871328727963666080e+0, 1.0}};
constexpr ratio towards_an_end[8] = {
    {7.74545014278341407640e-4, 1.05075007164441684324e-9}, {2.27238449892691845833e-2, 5.47593808499534494600e-4},
    {2.41780725177450611770e-1, 1.51986665636164571966e-2}, {1.27045825245236838258e+0, 1.48103976427480074590e-1},
    {3.64784832476320460504e+0, 6.89767334985100004550e-1}, {5.76949722146069140550e+0, 1.67638483018380384940e+0},
    {4.63033784615654529590e+0, 2.05319162663775882187e+0}, {1.42343711074968357734e+0, 1.0}};
constexpr ratio at_an_end[8] = {
    {2.01033439929228813265e-7, 2.04426310338993978564e-15}, {2.71155556874348757815e-5, 1.42151175831644588870e-7},
    {1.24266094738807843860e-3, 1.84631831751005468180e-5},  {2.65321895265761230930e-2, 7.86869131145613259100e-4},
    {2.96560571828504891230e-1, 1.48753612908506148525e-2},  {1.78482653991729133580e+0, 1.36929880922735805310e-1},
    {5.46378491116411436990e+0, 5.99832206555887937690e-1},  {6.65790464350110377720e+0, 1.0}};

}  // namespace

array erf_inverse(const array& y) {
  const array half = multiply(y, 0.5), middle = multiply(half, quotient(subtract(0.180625, multiply(half, half)), in_the_middle));
  const array far = sqrt(negative(log(multiply(subtract(1.0, abs(y)), 0.5))));
  const array ends = where(less_equal(far, 5.0), quotient(subtract(far, 1.6), towards_an_end), quotient(subtract(far, 5.0), at_an_end));
  const array inside = multiply(where(less_equal(abs(half), 0.425), middle, copysign(ends, y)), std::numbers::sqrt2 / 2);
  return where(equal(abs(y), 1.0), copysign(full_like(y, inf), y), inside);
}

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
