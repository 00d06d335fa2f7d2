// The tensorflow frontend: each function names an op, with TensorFlow's defaults; what dtypes it takes is one word of its row.
#include <tendril/frontends/tensorflow.hpp>

#include <cmath>

#include <tendril/detail/op_id.hpp>
#include <tendril/transforms.hpp>

#include "array/format.hpp"
#include "frontends/tensorflow_ops.hpp"
#include "ops/literals.hpp"

namespace tendril::frontends::tensorflow {
namespace {

std::string_view without_prefix(std::string_view op) {
  if (op.starts_with("tensorflow.")) op.remove_prefix(11);
  return op;
}

void require(takes what, std::string_view op, dtype d) {
  if (d == dtype::unknown) return;
  const dtype_kind k = kind_of(d);
  const auto says = [&](bool taken, const char* expected) {
    if (!taken)
      throw dtype_error(
          format_text("[{}] tensorflow does not take this dtype: got {}, expected {}. Cast with tf::cast.", op, name_of(d), expected));
  };
  switch (what) {
    case takes::any: return;
    case takes::number: return says(k != dtype_kind::boolean, "a numeric dtype");
    case takes::signed_: return says(k == dtype_kind::real || (k == dtype_kind::integer && is_signed(d)), "a numeric dtype with a sign");
    case takes::real: return says(k == dtype_kind::real, "a floating dtype");
    case takes::integer: return says(k == dtype_kind::integer, "an integer dtype");
    case takes::boolean: return says(k == dtype_kind::boolean, "bool");
    case takes::bits: return says(k != dtype_kind::real, "an integer dtype or bool");
  }
}

// The dtype of a number alone.
dtype dtype_alone(dtype d) {
  return kind_of(d) == dtype_kind::integer ? dtype::int32 : kind_of(d) == dtype_kind::real ? dtype::float32 : d;
}

// Whether a Python number of this kind becomes a tensor of dtype d.
bool becomes(dtype_kind number, dtype d) {
  if (kind_of(d) == dtype_kind::real) return true;
  if (number == dtype_kind::boolean) return d != dtype::uint8;
  return number == dtype_kind::integer && kind_of(d) == dtype_kind::integer;
}

[[noreturn]] void refuse_two(std::string_view op, dtype a, dtype b) {
  throw dtype_error(format_text("[{}] tensorflow takes operands of one dtype: got {} and {}, expected one. Cast with tf::cast.", op,
                                name_of(a), name_of(b)));
}

dtype one_dtype(std::string_view op, std::span<const dtype> dtypes, std::span<const bool> weak) {
  dtype d = dtype::unknown;
  for (std::size_t i = 0; i < dtypes.size(); ++i) {
    if (weak[i]) continue;
    if (d != dtype::unknown && d != dtypes[i]) refuse_two(op, d, dtypes[i]);
    d = dtypes[i];
  }
  if (dtypes.empty()) return d;
  if (d == dtype::unknown) d = dtype_alone(dtypes[0]);
  for (std::size_t i = 0; i < dtypes.size(); ++i)
    if (weak[i] && !becomes(kind_of(dtypes[i]), d))
      throw dtype_error(format_text("[{}] tensorflow makes no {} of this number: got {} number, expected {}. Cast with tf::cast.", op,
                                    name_of(d),
                                    kind_of(dtypes[i]) == dtype_kind::boolean ? "a bool"
                                    : kind_of(dtypes[i]) == dtype_kind::real  ? "a floating"
                                                                              : "an integer",
                                    kind_of(d) == dtype_kind::boolean ? "true or false" : "an integer"));
  return d;
}

template <takes What>
dtype together(std::string_view op, std::span<const dtype> dtypes, std::span<const bool> weak, std::span<const bool>) {
  op = without_prefix(op);
  const dtype d = one_dtype(op, dtypes, weak);
  require(What, op, d);
  return d;
}

dtype together_divided(std::string_view op, std::span<const dtype> dtypes, std::span<const bool> weak, std::span<const bool>) {
  const dtype d = one_dtype(op, dtypes, weak);
  require(takes::number, op, d);
  return kind_of(d) == dtype_kind::real ? d : d == dtype::uint8 ? dtype::float32 : dtype::float64;
}

scalar out_of_range(const type_request& r, std::size_t, const scalar& number, dtype d) {
  if (kind_of(d) == dtype_kind::real) return number;  // infinity
  if (number.beyond_int64()) tendril::detail::throw_does_not_fit(without_prefix(r.op.name), number, dtype::int64);
  return wrapped(number, d);
}

constexpr promotion_rules rules_with(dtype (*f)(std::string_view, std::span<const dtype>, std::span<const bool>, std::span<const bool>)) {
  return {.name = "tensorflow",
          .together = f,
          .default_real = dtype::float32,
          .integer_sums_to_int64 = false,
          .bool_is_numeric = true,
          .out_of_range = out_of_range};
}
template <takes What>
constexpr promotion_rules rules = rules_with(together<What>);
constexpr promotion_rules division = rules_with(together_divided);

}  // namespace

constinit const promotion_rules promotion = rules_with(together<takes::any>);

const promotion_rules& rules_of(takes what) noexcept {
  switch (what) {
    case takes::any: return promotion;
    case takes::number: return rules<takes::number>;
    case takes::signed_: return rules<takes::signed_>;
    case takes::real: return rules<takes::real>;
    case takes::integer: return rules<takes::integer>;
    case takes::boolean: return rules<takes::boolean>;
    case takes::bits: return rules<takes::bits>;
  }
  return promotion;
}

void require_alike(const char* op, const array& a, const array& b) {
  if (a.dtype() != b.dtype()) refuse_two(op, a.dtype(), b.dtype());
}

void require_rows(const char* op, const array& a, const array& b) {
  bool fits = a.ndim() > 1 && a.ndim() == b.ndim();
  for (int i = 0; fits && i < a.ndim() - 1; ++i) fits = a.shape(i) == b.shape(i);
  if (!fits)
    throw shape_error(format_text(
        "[{}] the operands do not fit: got {} and {}, expected as many matrices, with as many rows. Broadcast them with tf::broadcast_to.",
        op, spelled(a), spelled(b)));
}

const array& only(takes what, std::string_view op, const array& x) {
  require(what, op, x.dtype());
  return x;
}

Tensor record(const op_record& op, std::initializer_list<operand> in, attributes at, std::source_location where, const promotion_rules& r) {
  return Tensor(std::move(apply(op, {in.begin(), in.size()}, std::move(at), &r, where).front()));
}
Tensor tensor_of(const arg& x) {
  if (const array* a = x.get().get_array()) return Tensor(*a);
  return fill(axes(std::vector<std::int64_t>()), x.get().get_scalar(), x.where());
}
namespace {
// No call has numbers alone: the first is made a tensor.
arg first_of(const arg& a, const Tensor& made) { return a.get().get_array() ? a : arg(made, a.where()); }
Tensor made_of(const arg& a) { return a.get().get_array() ? Tensor() : tensor_of(a); }
}  // namespace
Tensor one(const op_record& op, const arg& x, attributes at, takes what) {
  const Tensor made = made_of(x);
  return record(op, {first_of(x, made).get()}, std::move(at), x.where(), rules_of(what));
}
Tensor one(op_id op, const arg& x, attributes at, takes what) { return one(record_of(op), x, std::move(at), what); }
Tensor two(const op_record& op, const arg& a, const arg& b, attributes at, takes what) {
  const Tensor made = b.get().get_array() ? Tensor() : made_of(a);
  return record(op, {b.get().get_array() ? a.get() : first_of(a, made).get(), b.get()}, std::move(at), a.where(), rules_of(what));
}
Tensor divided(const op_record& op, const arg& a, const arg& b) {
  const Tensor made = b.get().get_array() ? Tensor() : made_of(a);
  return record(op, {b.get().get_array() ? a.get() : first_of(a, made).get(), b.get()}, {}, a.where(), division);
}
Tensor two(op_id op, const arg& a, const arg& b, takes what) { return two(record_of(op), a, b, {}, what); }

Tensor Tensor::operator[](const index& key) const { return one(op_id::getitem, arg(*this, key.where()), {{"key", key.items()}}); }
Tensor Tensor::sum_of(const arg& a, const arg& b) { return two(op_id::add, a, b, takes::number); }
Tensor Tensor::product_of(const arg& a, const arg& b) { return two(op_id::multiply, a, b); }
Tensor Tensor::bits_of(char op, const arg& a, const arg& b) {
  if (op == '~') return one(op_id::bitwise_invert, a, {}, takes::bits);
  return two(op == '&' ? op_id::bitwise_and : op == '|' ? op_id::bitwise_or : op_id::bitwise_xor, a, b, takes::bits);
}

namespace math {

#define X(name, op, what) \
  Tensor name(const arg& x) { return one(op_id::op, x, {}, takes::what); }
TENDRIL_TF_MATH_UNARY(X)
#undef X
#define X(name, op, what) \
  Tensor name(const arg& x, const arg& y) { return two(op_id::op, x, y, takes::what); }
TENDRIL_TF_MATH_BINARY(X)
#undef X

Tensor add(const arg& x, const arg& y) {
  const Tensor made = made_of(x);
  return two(op_id::add, first_of(x, made), y, takes::number);
}
Tensor divide(const arg& x, const arg& y) { return divided(record_of(op_id::divide), x, y); }
Tensor truediv(const arg& x, const arg& y) {
  const Tensor made = made_of(x);
  return divide(first_of(x, made), y);
}
Tensor mod(const arg& x, const arg& y) { return floormod(x, y); }

#define X(name, op, what)                                                                \
  Tensor name(const arg& x, const reduce_options& o) {                                   \
    return one(op_id::op, x, {{"axis", o.axis}, {"keepdims", o.keepdims}}, takes::what); \
  }
X(reduce_max, max, number)
X(reduce_min, min, number)
X(reduce_any, any, boolean)
X(reduce_all, all, boolean)
X(count_nonzero, count_nonzero, any)
#undef X
#define X(name, op)                                                                                                   \
  Tensor name(const arg& x, const reduce_options& o) {                                                                \
    return one(op_id::op, x, {{"axis", o.axis}, {"dtype", dtype::unknown}, {"keepdims", o.keepdims}}, takes::number); \
  }
X(reduce_sum, sum)
X(reduce_prod, prod)
#undef X
#define X(name, op)                                                                                           \
  Tensor name(const arg& x, const reduce_options& o) {                                                        \
    return one(op_id::op, x, {{"axis", o.axis}, {"correction", 0.0}, {"keepdims", o.keepdims}}, takes::real); \
  }
X(reduce_variance, var)
X(reduce_std, std)
#undef X
Tensor softmax(const arg& x, const axis_options& o) { return one(op_id::softmax, x, {{"axis", o.axis}}, takes::real); }
Tensor log_softmax(const arg& x, const axis_options& o) { return one(op_id::log_softmax, x, {{"axis", o.axis}}, takes::real); }
Tensor add_n(const tensors& inputs) {
  const auto& x = inputs.arrays();
  if (x.empty()) throw error("[add_n] there is nothing to add: got no tensors, expected one at least. Pass some.");
  Tensor sum(x.front());
  for (std::size_t i = 1; i < x.size(); ++i) sum = add(arg(sum, inputs.where()), arg(Tensor(x[i]), inputs.where()));
  return sum;
}

}  // namespace math

namespace bitwise {

Tensor invert(const arg& x) { return one(op_id::bitwise_invert, x, {}, takes::integer); }
#define X(name) \
  Tensor name(const arg& x, const arg& y) { return two(op_id::name, x, y, takes::integer); }
X(bitwise_and)
X(bitwise_or)
X(bitwise_xor)
#undef X

}  // namespace bitwise

Tensor realdiv(const arg& x, const arg& y) { return two(op_id::divide, x, y, takes::real); }
Tensor cast(const arg& x, tendril::dtype dtype) { return one(op_id::astype, x, {{"dtype", dtype}}); }
Tensor where(const arg& condition, const arg& x, const arg& y) {
  const Tensor made = y.get().get_array() ? Tensor() : made_of(x);
  const arg a = y.get().get_array() ? x : first_of(x, made);
  return record(record_of(op_id::where), {condition.get(), a.get(), y.get()}, {}, condition.where(), promotion);
}
Tensor clip_by_value(const arg& t, const arg& low, const arg& high) {
  const Tensor below = two(op_id::minimum, t, high, takes::number);
  return two(op_id::maximum, arg(below, t.where()), low, takes::number);
}
Tensor identity(const arg& input) { return tensor_of(input); }
Tensor convert_to_tensor(const arg& value) { return tensor_of(value); }
Tensor stop_gradient(const arg& input) { return Tensor(tendril::stop_gradient(tensor_of(input).value(), input.where())); }

Tensor reshape(const arg& x, const axes& shape) { return one(op_id::reshape, x, {{"shape", listed(shape)}, {"copy", false}}); }
Tensor expand_dims(const arg& x, std::int64_t axis) { return one(op_id::expand_dims, x, {{"axis", axes(axis)}}); }
Tensor broadcast_to(const arg& x, const axes& shape) { return one(op_id::broadcast_to, x, {{"shape", listed(shape)}}); }
Tensor reverse(const arg& x, const axes& axis) { return one(op_id::flip, x, {{"axis", listed(axis)}}); }
Tensor roll(const arg& x, const axes& shift, const axes& axis) {
  if (shift.values().size() != axis.values().size())
    throw error(
        format_text("[roll] shifts and axes do not pair: got {} shifts and {} axes, expected one shift for each axis. Pass lists of "
                    "the same length.",
                    shift.values().size(), axis.values().size()));
  return one(op_id::roll, x, {{"shift", shift}, {"axis", axis}});
}
Tensor repeat(const arg& x, std::int64_t repeats, const repeat_options& o) {
  return one(op_id::repeat, x, {{"repeats", repeats}, {"axis", o.axis}});
}
namespace {
Tensor joined(op_id op, const tensors& x, std::int64_t axis) {
  return Tensor(std::move(apply(record_of(op), operands(x.arrays(), x.where()), {{"axis", axis}}, &promotion, x.where()).front()));
}
bool descending(const char* op, const std::string& direction) {
  if (direction != "ASCENDING" && direction != "DESCENDING")
    throw error(
        format_text("[{}] unknown direction: got \"{}\", expected \"ASCENDING\" or \"DESCENDING\". Pass one of these.", op, direction));
  return direction == "DESCENDING";
}
}  // namespace
Tensor concat(const tensors& values, std::int64_t axis) { return joined(op_id::concat, values, axis); }
Tensor stack(const tensors& values, const join_options& o) { return joined(op_id::stack, values, o.axis); }
std::vector<Tensor> unstack(const arg& x, const join_options& o) {
  const operand in[] = {x.get()};
  std::vector<Tensor> out;
  for (array& a : apply(record_of(op_id::unstack), in, {{"axis", o.axis}}, &promotion, x.where())) out.emplace_back(std::move(a));
  return out;
}
Tensor sort(const arg& x, const sort_options& o) {
  return one(op_id::sort, x, {{"axis", o.axis}, {"descending", descending("sort", o.direction)}, {"stable", true}}, takes::number);
}
Tensor argsort(const arg& x, const sort_options& o) {
  const Tensor places =
      one(op_id::argsort, x, {{"axis", o.axis}, {"descending", descending("argsort", o.direction)}, {"stable", true}}, takes::number);
  return cast(arg(places, x.where()), int32);
}
Tensor searchsorted(const arg& sorted, const arg& values, const search_options& o) {
  const Tensor places =
      record(record_of(op_id::searchsorted), {sorted.get(), values.get()}, {{"side", o.side}}, sorted.where(), rules_of(takes::number));
  return cast(arg(places, sorted.where()), int32);
}

Tensor zeros(const axes& shape, const dtype_options& o, std::source_location where) {
  return record(record_of(op_id::zeros), {}, {{"shape", listed(shape)}, {"dtype", o.dtype == dtype::unknown ? float32 : o.dtype}}, where,
                promotion);
}
Tensor ones(const axes& shape, const dtype_options& o, std::source_location where) {
  return record(record_of(op_id::ones), {}, {{"shape", listed(shape)}, {"dtype", o.dtype == dtype::unknown ? float32 : o.dtype}}, where,
                promotion);
}
Tensor fill(const axes& dims, scalar value, std::source_location where) {
  const dtype alone = dtype_alone(value.natural_dtype()), d = holds(alone, value) ? alone : int64;
  if (value.beyond_int64()) tendril::detail::throw_does_not_fit("fill", value, d);
  return record(record_of(op_id::full), {}, {{"shape", listed(dims)}, {"fill_value", value}, {"dtype", d}}, where, promotion);
}
Tensor eye(std::int64_t num_rows, const eye_options& o, std::source_location where) {
  return record(record_of(op_id::eye), {}, {{"n_rows", num_rows}, {"n_cols", o.num_columns}, {"k", 0}, {"dtype", o.dtype}}, where,
                promotion);
}
Tensor range(scalar start, scalar limit, scalar delta, const dtype_options& o, std::source_location where) {
  bool real = false;
  for (const scalar& s : {start, limit, delta}) real |= s.kind() == dtype_kind::real;
  require_toward("range", start, limit, delta);
  const dtype d = o.dtype == dtype::unknown ? real ? float32 : int32 : o.dtype;
  require(takes::signed_, "range", d);
  if (real && kind_of(d) == dtype_kind::integer)
    throw dtype_error(format_text("[range] a bound is no {}: got a floating number, expected integers. Pass another dtype.", name_of(d)));
  return record(record_of(op_id::arange), {}, {{"start", start}, {"stop", limit}, {"step", delta}, {"dtype", d}}, where, promotion);
}
Tensor range(scalar limit, const dtype_options& o, std::source_location where) { return range(0, limit, 1, o, where); }
Tensor range(scalar start, scalar limit, const dtype_options& o, std::source_location where) { return range(start, limit, 1, o, where); }
// start + i * step, and the stop itself at the end.
Tensor linspace(scalar start, scalar stop, std::int64_t num, std::source_location where) {
  if (num < 0) throw error(format_text("[linspace] the count is negative: got {}, expected 0 or more. Pass another num.", num));
  const dtype d = start.kind() == dtype_kind::real ? float32 : float64;
  const auto at = [where](const auto& x) { return arg(x, where); };
  const auto full = [&](double v) {
    return record(record_of(op_id::full), {}, {{"shape", axes(1)}, {"fill_value", scalar(v)}, {"dtype", d}}, where, promotion);
  };
  if (num == 0) return zeros({0}, {.dtype = d}, where);
  if (num == 1) return full(start.real());
  const Tensor step = realdiv(at(subtract(at(full(stop.real())), at(full(start.real())))), at(static_cast<double>(num - 1)));
  const Tensor place = range(0, num - 1, 1, {.dtype = d}, where);
  const Tensor inner = add(at(full(start.real())), at(multiply(at(step), at(place))));
  return concat({{inner, full(stop.real())}, where}, 0);
}
Tensor zeros_like(const arg& x, const dtype_options& o) { return one(op_id::zeros_like, x, {{"dtype", o.dtype}}); }
Tensor ones_like(const arg& x, const dtype_options& o) { return one(op_id::ones_like, x, {{"dtype", o.dtype}}); }

namespace linalg {
Tensor matrix_transpose(const arg& a) { return one(op_id::matrix_transpose, a); }
}  // namespace linalg

}  // namespace tendril::frontends::tensorflow
