// jax.lax: no dtypes are mixed, and each function takes the dtypes that its row says.
#include "frontends/jax_ops.hpp"

#include <tendril/detail/op_id.hpp>
#include <tendril/transforms.hpp>

#include "array/format.hpp"
#include "ops/literals.hpp"

namespace tendril::frontends::jax {
namespace {

enum class takes : std::uint8_t { any, real, number, bits };

// A C++ number is an array of the dtype that its kind has.
template <takes What>
dtype one_dtype(std::string_view op, std::span<const dtype> dtypes, std::span<const bool> weak, std::span<const bool>) {
  if (op.starts_with("jax.")) op.remove_prefix(4);
  dtype d = dtype::unknown;
  for (std::size_t i = 0; i < dtypes.size(); ++i) {
    const dtype own = weak[i] ? tendril::detail::literal_dtype(dtypes[i]) : dtypes[i];
    if (d != dtype::unknown && d != own)
      throw dtype_error(
          format_text("[{}] jax.lax takes operands of one dtype: got {} and {}, expected one. Cast with lax::convert_element_type.", op,
                      name_of(d), name_of(own)));
    d = own;
  }
  const dtype_kind k = kind_of(d);
  const bool taken = What == takes::any || (What == takes::real && k == dtype_kind::real) ||
                     (What == takes::number && k != dtype_kind::boolean) || (What == takes::bits && k != dtype_kind::real);
  if (taken) return d == dtype::bool_ && facts_of(op).asks ? dtype::int32 : d;
  throw dtype_error(format_text("[{}] jax.lax does not take this dtype: got {}, expected {}. Cast with lax::convert_element_type.", op,
                                name_of(d),
                                What == takes::real   ? "a floating dtype"
                                : What == takes::bits ? "an integer dtype or bool"
                                                      : "a numeric dtype"));
}

template <takes What>
constexpr promotion_rules rules_of = {.name = "jax.lax",
                                      .together = one_dtype<What>,
                                      .default_real = dtype::float64,
                                      .integer_sums_to_int64 = false,
                                      .bool_is_numeric = true};

// The quotient rounded towards 0; -1 beside a divisor of 0, without a sign the highest number.
array integer_quotient(const array& a, const array& b) {
  if (!is_signed(a.dtype())) return where(equal(b, 0), 255, floor_divide(a, b));
  const array q = floor_divide(a, b), inexact = not_equal(remainder(a, b), 0), apart = not_equal(less(a, 0), less(b, 0));
  return where(equal(b, 0), -1, where(logical_and(inexact, apart), add(q, 1), q));
}
array integer_rest(const array& a, const array& b) { return where(equal(b, 0), a, integer_fmod(a, b)); }

Array plain(op_id op, const arg& x, attributes at) { return one(op, x, std::move(at), lax_promotion); }

}  // namespace

constinit const promotion_rules lax_promotion = rules_of<takes::any>;

namespace lax {

#define X(name, op, what) \
  Array name(const arg& x) { return one(op_id::op, x, {}, rules_of<takes::what>); }
TENDRIL_JAX_LAX_UNARY(X)
#undef X
#define X(name, op, what) \
  Array name(const arg& x, const arg& y) { return two(op_id::op, x, y, rules_of<takes::what>); }
TENDRIL_JAX_LAX_BINARY(X)
#undef X
#define X(name, integers, reals, doc)                                                                                           \
  Array name(const arg& x, const arg& y) {                                                                                      \
    static const op_record& op = register_op(elementwise_of(                                                                    \
        op_id::floor_divide, "jax.lax_" #name,                                                                                  \
        [](std::span<const array> in, const attributes&) {                                                                      \
          return std::vector<array>{kind_of(in[0].dtype()) == dtype_kind::real ? reals(in[0], in[1]) : integers(in[0], in[1])}; \
        },                                                                                                                      \
        doc));                                                                                                                  \
    return record(op, {x.get(), y.get()}, {}, x.where(), rules_of<takes::number>);                                              \
  }
X(div, integer_quotient, tendril::divide, "the quotient; of integers rounded towards 0, -1 where the divisor is 0")
X(rem, integer_rest, real_fmod, "the remainder with the sign of the dividend")
#undef X
Array erf_inv(const arg& x) {
  static const op_record& op = register_op(elementwise_of(
      op_id::positive, "jax.lax_erf_inv",
      [](std::span<const array> in, const attributes&) { return std::vector<array>{erf_inverse(in[0])}; },
      "the number of which this is the erf"));
  return record(op, {x.get()}, {}, x.where(), rules_of<takes::real>);
}
Array sign(const arg& x) { return numpy::sign(x); }
Array pow(const arg& x, const arg& y) { return two(op_id::pow, x, y, rules_of<takes::real>); }
Array integer_pow(const arg& x, std::int64_t y) { return numpy::power(x, arg(y, x.where())); }
Array clamp(const arg& min, const arg& x, const arg& max) {
  const Array low = two(op_id::maximum, min, x, lax_promotion);
  return two(op_id::minimum, max, arg(low, x.where()), lax_promotion);
}
Array select(const arg& pred, const arg& on_true, const arg& on_false) {
  return record(op_id::where, {pred.get(), on_true.get(), on_false.get()}, {}, pred.where(), lax_promotion);
}
Array convert_element_type(const arg& x, tendril::dtype d) { return numpy::astype(x, d); }
Array stop_gradient(const arg& x) { return Array(tendril::stop_gradient(plain(op_id::positive, x, {}).value(), x.where())); }
Array reshape(const arg& x, const axes& shape) { return numpy::reshape(x, shape); }
Array transpose(const arg& x, const axes& permutation) { return numpy::permute_dims(x, permutation); }
Array rev(const arg& x, const axes& dimensions) { return numpy::flip(x, {.axis = listed(dimensions)}); }
Array squeeze(const arg& x, const axes& dimensions) { return numpy::squeeze(x, {.axis = listed(dimensions)}); }
Array expand_dims(const arg& x, const axes& dimensions) { return numpy::expand_dims(x, dimensions); }
Array broadcast(const arg& x, const axes& sizes) {
  static const op_record& op = composed(
      "jax.broadcast", {attribute_of("sizes", true, true)},
      [](std::span<const array> in, const attributes& at) {
        std::vector<std::int64_t> shape = at.get_ints("sizes");
        shape.insert(shape.end(), in[0].shape().begin(), in[0].shape().end());
        return std::vector<array>{broadcast_to(in[0], shape)};
      },
      "new axes in front");
  return one(op, x, {{"sizes", listed(sizes)}});
}
Array concatenate(const arrays& x, std::int64_t dimension) {
  return Array(std::move(
      apply(record_of(op_id::concat), operands(x.arrays(), x.where()), {{"axis", dimension}}, &lax_promotion, x.where()).front()));
}
namespace {
Array running(op_id op, const arg& x, const cumulative_options& o) {
  const auto total = [&](const arg& y) {
    return one(op, y, {{"axis", o.axis}, {"dtype", tendril::dtype::unknown}, {"include_initial", false}}, rules_of<takes::number>);
  };
  if (!o.reverse) return total(x);
  const Array back = numpy::flip(x, {.axis = o.axis}), sums = total(arg(back, x.where()));
  return numpy::flip(arg(sums, x.where()), {.axis = o.axis});
}
Array place(op_id op, const arg& x, std::int64_t axis, tendril::dtype d) {
  const Array i = one(op, x, {{"axis", axis}, {"keepdims", false}}, promotion);
  return one(op_id::astype, arg(i, x.where()), {{"dtype", d}});
}
}  // namespace
Array cumsum(const arg& x, const cumulative_options& o) { return running(op_id::cumulative_sum, x, o); }
Array cumprod(const arg& x, const cumulative_options& o) { return running(op_id::cumulative_prod, x, o); }
Array sort(const arg& x, const sort_options& o) {
  return plain(op_id::sort, x, {{"axis", o.dimension}, {"descending", false}, {"stable", true}});
}
Array argmax(const arg& x, std::int64_t axis, tendril::dtype d) { return place(op_id::argmax, x, axis, d); }
Array argmin(const arg& x, std::int64_t axis, tendril::dtype d) { return place(op_id::argmin, x, axis, d); }
Array batch_matmul(const arg& lhs, const arg& rhs) { return numpy::matmul(lhs, rhs); }
Array full(const axes& shape, scalar value, tendril::dtype d, std::source_location where) {
  return numpy::full(shape, value, {.dtype = d}, where);
}
Array iota(tendril::dtype d, std::int64_t size, std::source_location where) { return numpy::arange(0, size, 1, {.dtype = d}, where); }

}  // namespace lax
}  // namespace tendril::frontends::jax
