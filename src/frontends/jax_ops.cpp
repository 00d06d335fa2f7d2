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

bool is_real(const array& x) { return kind_of(x.dtype()) == dtype_kind::real; }
bool is_bool(const array& x) { return x.dtype() == dtype::bool_; }

// A product or sum under JAX's promotion.
array multiplied(const array& a, const array& b) { return numpy::multiply(Array(a), Array(b)).value(); }
array matrix_product(const array& a, const array& b) { return numpy::matmul(Array(a), Array(b)).value(); }

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

results nan_reduced(std::span<const array> in, const attributes& at) {
  const std::string& name = at.get_string("name");
  const axes axis = at.has("axis") ? axes(at.get_ints("axis")) : axes();
  const bool keep = at.get_bool("keepdims");
  const Array x(in[0]);
  const bool real = is_real(in[0]);
  const array missing = real ? isnan(in[0]) : array();
  const auto instead = [&](double v) { return real ? Array(where(missing, v, in[0])) : x; };
  if (name == "sum") return {numpy::sum(instead(0), {.axis = axis, .keepdims = keep}).value()};
  if (name == "prod") return {numpy::prod(instead(1), {.axis = axis, .keepdims = keep}).value()};
  if (name == "max" || name == "min") {
    const array r = name == "max" ? numpy::max(instead(-inf), {.axis = axis, .keepdims = keep}).value()
                                  : numpy::min(instead(inf), {.axis = axis, .keepdims = keep}).value();
    return {real ? where(all(missing, {.axis = axis, .keepdims = keep}), nan, r) : r};
  }
  if (!real) {
    if (name == "mean") return {numpy::mean(x, {.axis = axis, .keepdims = keep}).value()};
    const numpy::std_options o{.axis = axis, .ddof = at.get_real("ddof"), .keepdims = keep};
    return {name == "var" ? numpy::var(x, o).value() : numpy::std(x, o).value()};
  }
  const array present = logical_not(missing);
  const auto count = [&](bool kept) { return astype(count_nonzero(present, {.axis = axis, .keepdims = kept}), in[0].dtype()); };
  const auto total = [&](const array& v, bool kept) { return sum(where(missing, 0, v), {.axis = axis, .keepdims = kept}); };
  if (name == "mean") return {divide(total(in[0], keep), count(keep))};
  const array deviation = subtract(in[0], divide(total(in[0], true), count(true)));
  const array divisor = subtract(count(keep), at.get_real("ddof"));
  const array r = divide(total(square(deviation), keep), where(less_equal(divisor, 0), nan, divisor));
  return {name == "var" ? r : sqrt(r)};
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
OWN(fmod, remainder,
    is_real(a) ? real_fmod(a, b)
    : !is_signed(a.dtype())
        ? remainder(a, b)
        : subtract(remainder(a, b), where(logical_and(not_equal(remainder(a, b), 0), not_equal(less(a, 0), less(b, 0))), b, zeros_like(b))),
    "the remainder with the sign of the dividend")
OWN(power, pow, is_real(a) ? pow(a, b) : integer_power(a, b), "a power; an integer exponent of integers counts modulo 64")
OWN(float_power, pow, pow(a, b), "a power of real numbers")
OWN(heaviside, add, where(less(a, 0), 0, where(greater(a, 0), 1, where(isnan(a), a, b))), "0 below 0, 1 above, the second operand at 0")
OWN(fmax, maximum, is_bool(a) ? logical_or(a, b) : where(logical_or(greater(a, b), isnan(b)), a, b),
    "the larger; of a number and NaN the number")
OWN(fmin, minimum, is_bool(a) ? logical_and(a, b) : where(logical_or(less(a, b), isnan(b)), a, b),
    "the smaller; of a number and NaN the number")
OWN(xlogy, multiply, times_unless_zero(a, b, log(b)), "x log(y); 0 where x is 0")
OWN(xlog1py, multiply, times_unless_zero(a, b, log1p(b)), "x log(1 + y); 0 where x is 0")
#undef OWN

// 1 and 0 of the dtype that the operands are compared in, so that they meet in one.
const op_record& isclose_record() {
  static const op_record& op = []() -> const op_record& {
    op_record r = elementwise_of(
        op_id::subtract, "jax.isclose",
        [](std::span<const array> in, const attributes& at) {
          const array &a = in[0], &b = in[1];
          const array near = less_equal(abs(subtract(a, b)), add(at.get_real("atol"), multiply(at.get_real("rtol"), abs(b))));
          array close = logical_or(equal(a, b), logical_and(isfinite(b), near));
          if (at.get_bool("equal_nan")) close = logical_or(close, logical_and(isnan(a), isnan(b)));
          return results{astype(close, a.dtype())};
        },
        "1 where the operands are close, else 0");
    r.attributes = {attribute_of("rtol"), attribute_of("atol"), attribute_of("equal_nan")};
    return register_op(std::move(r));
  }();
  return op;
}

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
COMPOSED(fabs, 1, (), {abs(inexact(x))}, "the absolute value, as a real number")
COMPOSED(degrees, 1, (attribute_of("factor")), {multiply(inexact(x), at.get_real("factor"))}, "an angle in another unit")
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
COMPOSED(transpose, 1, (),
         {permute_dims(x,
                       [&] {
                         std::vector<std::int64_t> order;
                         for (std::int64_t i = x.ndim(); i-- > 0;) order.push_back(i);
                         return order;
                       }())},
         "the axes reversed")
COMPOSED(moveaxis, 1, (attribute_of("source", true, true), attribute_of("destination", true, true)),
         {with_moved_axes("moveaxis", x, at.get_ints("source"), at.get_ints("destination"))}, "axes moved to other places")
COMPOSED(swapaxes, 1, (attribute_of("axis1"), attribute_of("axis2")),
         {with_exchanged_axes("swapaxes", x, at.get_int("axis1"), at.get_int("axis2"))}, "two axes exchanged")
COMPOSED(squeeze, 1, (),
         {squeeze(x,
                  [&] {
                    std::vector<std::int64_t> gone;
                    for (std::int64_t i = 0; i < x.ndim(); ++i)
                      if (x.shape(i) == 1) gone.push_back(i);
                    return gone;
                  }())},
         "without the axes of extent 1")
COMPOSED(triangle, 1, (attribute_of("k"), attribute_of("upper")),
         {at.get_bool("upper") ? where(below_diagonal("triu", x, at.get_int("k") - 1), zeros_like(x), x)
                               : where(below_diagonal("tril", x, at.get_int("k")), x, zeros_like(x))},
         "zeros beyond a diagonal")
COMPOSED(tensordot, 2, (attribute_of("of_a", true, true), attribute_of("of_b", true, true)),
         {tensordot(x, y, at.get_ints("of_a"), at.get_ints("of_b"), matrix_product)}, "the product over pairs of axes")
COMPOSED(dot, 2, (),
         {x.ndim() == 0 || y.ndim() == 0   ? multiplied(x, y)
          : x.ndim() <= 2 && y.ndim() <= 2 ? matrix_product(x, y)
                                           : tensordot(x, y, {-1}, {y.ndim() == 1 ? -1 : -2}, matrix_product)},
         "the product over the last axis and the last but one")
COMPOSED(inner, 2, (), {x.ndim() == 0 || y.ndim() == 0 ? multiplied(x, y) : tensordot(x, y, {-1}, {-1}, matrix_product)},
         "the product over the last axes")
COMPOSED(array_equal, 2, (), {x.shape() == y.shape() ? all(numpy::equal(Array(x), Array(y)).value()) : full({}, false)},
         "whether shapes and elements are equal")
COMPOSED(nan_to_num, 1, (attribute_of("nan"), attribute_of("posinf", false), attribute_of("neginf", false)), {[&] {
           if (!is_real(x)) return x;
           const double end = x.dtype() == dtype::float32 ? std::numeric_limits<float>::max() : std::numeric_limits<double>::max();
           const array y1 = where(isnan(x), at.get_real("nan"), x);
           const array y2 = where(equal(y1, inf), at.has("posinf") ? at.get_real("posinf") : end, y1);
           return where(equal(y2, -inf), at.has("neginf") ? at.get_real("neginf") : -end, y2);
         }()},
         "numbers in the place of NaN and the infinities")
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
const op_record& nan_reduce_record() {
  static const op_record& op =
      composed("jax.nan_reduce", {attribute_of("name"), attribute_of("axis", false, true), attribute_of("keepdims"), attribute_of("ddof")},
               nan_reduced, "a reduction that leaves NaN out");
  return op;
}

}  // namespace tendril::frontends::jax
