// What frontends share: own ops, checks of elements, and formulas where they differ from the standard.
#include "frontends/shared.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>

#include <tendril/detail/op_id.hpp>

#include "array/format.hpp"
#include "frontends/kept.hpp"
#include "ops/literals.hpp"
#include "ops/op_table.hpp"

namespace tendril::frontends {

op_record variant_of(op_id base, const char* name, type_rule infer, decomposition decompose, const char* doc) {
  const op_record& b = record_of(base);
  op_record r;
  r.name = name;
  r.inputs = b.inputs;
  r.attributes = b.attributes;
  r.infer = infer;
  r.decompose = decompose;
  r.doc = doc;
  return r;
}

op_record elementwise_of(op_id base, const char* name, decomposition decompose, const char* doc) {
  op_record r = variant_of(base, name, nullptr, decompose, doc);
  r.traits = static_cast<std::uint32_t>(trait::elementwise);
  return r;
}

op_facts facts_of(std::string_view op) {
  const std::size_t dot = op.find('.');
  const op_record* r = find_op(dot == op.npos ? op : op.substr(dot + 1));
  if (!r || r->id == op_id::custom) return {};
  using detail::dtype_rule;
  const detail::op_row& row = detail::row_of(r->id);
  return {.real = row.dtype == dtype_rule::floating,
          .becomes_real = r->is(trait::elementwise) && row.dtype == dtype_rule::floating && !r->is(trait::number_operator),
          .asks = row.accepts == detail::accepts::numeric && (row.dtype == dtype_rule::comparison || row.dtype == dtype_rule::predicate)};
}

bool beside_bool(const type_request& r) {
  return std::any_of(r.inputs.begin(), r.inputs.end(), [](const type& t) { return t.dtype == dtype::bool_ && !t.weak; });
}

dtype with_numbers(std::span<const dtype> dtypes, std::span<const bool> weak, dtype (*pair)(dtype, dtype)) {
  dtype arrays = dtype::unknown, numbers = dtype::unknown;
  for (std::size_t i = 0; i < dtypes.size(); ++i) {
    dtype& d = weak[i] ? numbers : arrays;
    const dtype own = weak[i] ? tendril::detail::literal_dtype(dtypes[i]) : dtypes[i];
    d = d == dtype::unknown ? own : pair(d, own);
  }
  return arrays == dtype::unknown || kind_of(numbers) > kind_of(arrays) ? numbers : arrays;
}

flat::flat(const operand& a, maybe_integer along, const promotion_rules& rules) : x(a), axis(along.given() ? along.value() : 0) {
  if (along.given()) return;
  made = std::move(apply(record_of(op_id::reshape), {&a, 1}, {{"shape", axes(-1)}, {"copy", false}}, &rules, a.where()).front());
  x = operand(made, a.where());
}

cut_range cut(double start, double stop, double step) {
  const double n = std::max(0.0, std::ceil((stop - start) / step));
  return {static_cast<std::int64_t>(start), static_cast<std::int64_t>(step), static_cast<std::int64_t>(n)};
}

void require_toward(const char* op, const scalar& start, const scalar& stop, const scalar& step) {
  for (const scalar& s : {start, stop, step})
    if (!std::isfinite(s.real()))
      throw error(format_text("[{}] a bound is not finite: got {}, expected finite numbers. Give the number of elements another way.", op,
                              s.real()));
  if ((stop.real() - start.real()) * step.real() < 0)
    throw error(format_text("[{}] the step leads away from the end: got {} to {} by {}, expected a step of the other sign. Turn it round.",
                            op, start.real(), stop.real(), step.real()));
}

std::vector<operand> operands(std::span<const array> x, std::source_location where) {
  std::vector<operand> in;
  for (const array& a : x) in.emplace_back(a, where);
  return in;
}

attribute_spec attribute_of(const char* name, bool required, bool list) { return {name, {}, required, list}; }

std::vector<type> typed_when_known(const type_request& r) {
  const bool known = std::all_of(r.inputs.begin(), r.inputs.end(), [](const type& t) { return t.complete(); });
  return known ? tendril::detail::types_of_decomposition(r) : std::vector<type>(1);
}

const op_record& own_op(const char* name, std::initializer_list<attribute_spec> attributes, type_rule infer, decomposition decompose,
                        const char* doc, int inputs) {
  op_record r;
  r.name = name;
  if (inputs == any_number) r.inputs.push_back({input_spec::form::sequence, "arrays"});
  for (const char* const input : {"x", "y", "z"})
    if (inputs-- > 0) r.inputs.push_back({input_spec::form::array, input});
  r.attributes = attributes;
  r.infer = infer;
  r.decompose = decompose;
  r.doc = doc;
  return register_op(std::move(r));
}

const op_record& composed(const char* name, std::initializer_list<attribute_spec> attributes, decomposition decompose, const char* doc,
                          int inputs) {
  return own_op(name, attributes, typed_when_known, decompose, doc, inputs);
}

array checked(const array& x, bad what, std::string message, bool index) {
  return add(
      x, call(check_record(), {x}, {{"bad", what == bad::zero ? "zero" : "negative"}, {"message", std::move(message)}, {"index", index}}));
}

// The axes with an index become one, along which scatter writes.
array put_at(const char* op, const array& x, std::span<const array> indices, const array& values, bool add, bool counts_from_end) {
  array place;
  std::int64_t merged = 1;
  for (std::size_t k = 0; k < indices.size(); ++k) {
    const std::int64_t n = x.shape(static_cast<std::int64_t>(k));
    const std::string text = format_text(
        "[{}] an index is out of range: got a distance of {{}} to an end of axis {}, expected 0 or more. "
        "Check the extent with shape().",
        op, k);
    const array& index = indices[k];
    const array low = checked(counts_from_end ? where(less(index, 0), tendril::add(index, n), index) : index, bad::negative, text, true);
    const array own = subtract(n - 1, checked(subtract(n - 1, low), bad::negative, text, true));
    place = k == 0 ? own : tendril::add(multiply(place, n), own);
    merged *= n;
  }
  std::vector<std::int64_t> wide(place.shape().begin(), place.shape().end()), flat{merged}, rows{1};
  for (const std::int64_t e : wide) rows.front() *= e;
  std::vector<std::int64_t> column{rows.front()};
  for (std::int64_t k = static_cast<std::int64_t>(indices.size()); k < x.ndim(); ++k) {
    for (std::vector<std::int64_t>* shape : {&wide, &flat, &rows}) shape->push_back(x.shape(k));
    column.push_back(1);
  }
  const array from = reshape(broadcast_to(values, wide), rows);
  return reshape(scatter(reshape(x, flat), reshape(place, column), from, {.axis = 0, .combine = add ? "add" : "set"}), x.shape());
}

array checked_divisor(const array& x, const char* op, const char* library) {
  return checked(x, bad::zero,
                 format_text("[{}] an integer is divided by 0: got a divisor of 0, expected none. Take {}::where(divisor != 0, divisor, 1) "
                             "first.",
                             op, library));
}

array real_remainder(const array& a, const array& b) {
  const array r = remainder(a, b);
  return where(equal(r, 0), copysign(r, a), r);
}

array real_fmod(const array& a, const array& b) { return copysign(remainder(abs(a), abs(b)), a); }

array integer_fmod(const array& a, const array& b) {
  const array r = remainder(a, b);
  if (!is_signed(a.dtype())) return r;
  return subtract(r, where(logical_and(not_equal(r, 0), not_equal(less(a, 0), less(b, 0))), b, zeros_like(b)));
}

dtype common_dtype(const promotion_rules& rules, std::span<const array> in) {
  std::vector<dtype> dtypes;
  for (const array& a : in) dtypes.push_back(a.dtype());
  const std::unique_ptr<bool[]> no = std::make_unique<bool[]>(in.size());
  return rules.together("add", dtypes, {no.get(), in.size()}, {no.get(), in.size()});
}

void require_each(const char* op, const char* what, const array& x, std::size_t n) {
  if (static_cast<std::size_t>(x.ndim()) != n)
    throw shape_error(
        format_text("[{}] {} do not fit the axes: got {} for {}, expected one for each. Pass as many.", op, what, n, spelled(x)));
}

array with_exchanged_axes(const char* op, const array& x, std::int64_t a, std::int64_t b) {
  std::vector<std::int64_t> order;
  for (int i = 0; i < x.ndim(); ++i) order.push_back(i);
  const int rank = static_cast<int>(x.ndim());
  std::swap(order[static_cast<std::size_t>(normalize_axis(op, a, rank))], order[static_cast<std::size_t>(normalize_axis(op, b, rank))]);
  return permute_dims(x, order);
}

bool reads_upper(const char* op, const std::string& UPLO) {
  if (!among(std::string_view(UPLO), "L", "U", "l", "u"))
    throw error(format_text("[{}] unknown triangle: got \"{}\", expected \"L\" or \"U\". Pass one of these.", op, UPLO));
  return UPLO == "U" || UPLO == "u";
}

array one_hot(const char* op, const array& indices, std::int64_t depth, std::int64_t axis) {
  const auto rank = static_cast<int>(indices.ndim()) + 1;
  const std::int64_t place = normalize_axis(op, axis, rank);
  std::vector<std::int64_t> counted(static_cast<std::size_t>(rank), 1);
  counted[static_cast<std::size_t>(place)] = depth;
  return equal(expand_dims(indices, {.axis = place}), reshape(arange(0, depth, 1), counted));
}

// Twice as far in each step.
array running_extreme(const array& x, std::int64_t axis, bool largest, bool places) {
  const std::int64_t along[] = {normalize_axis("running_extreme", axis, x.ndim())}, n = x.shape(along[0]);
  array values = with_moved_axes("running_extreme", x, {along[0]}, {-1}), found;
  if (places) found = broadcast_to(arange(n), axes(std::vector<std::int64_t>(values.shape().begin(), values.shape().end())));
  const auto part = [](const array& a, std::int64_t start, std::int64_t stop) { return getitem(a, {ellipsis, slice(start, stop)}); };
  const auto moved = [&](const array& a, const array& later, std::int64_t step) {
    return concat({part(a, 0, step), where(later, part(a, step, n), part(a, 0, n - step))}, {.axis = -1});
  };
  for (std::int64_t step = 1; step < n; step *= 2) {
    const array before = part(values, 0, n - step), after = part(values, step, n);
    array later = x.dtype() == dtype::bool_ ? (largest ? logical_or(after, logical_not(before)) : logical_or(logical_not(after), before))
                  : largest                 ? greater_equal(after, before)
                                            : less_equal(after, before);
    if (kind_of(x.dtype()) == dtype_kind::real) later = logical_or(later, isnan(after));
    if (places) found = moved(found, later, step);
    values = moved(values, later, step);
  }
  return with_moved_axes("running_extreme", places ? found : values, {-1}, {along[0]});
}

array log_sum_exp(const array& x, const axes& axis, bool keepdims) {
  const auto shift = [](const array& m) { return where(isfinite(m), m, 0); };
  const array sum = tendril::sum(exp(subtract(x, shift(max(x, {.axis = axis, .keepdims = true})))), {.axis = axis, .keepdims = keepdims});
  return add(log(sum), shift(max(x, {.axis = axis, .keepdims = keepdims})));
}

axes listed(const axes& a) { return a.given() ? a : axes(std::vector<std::int64_t>()); }

std::vector<array> differences(std::span<const array> in, const attributes& at) {
  const std::int64_t axis = at.get_int("axis"), n = at.get_int("n");
  array x = in[0];
  if (x.dtype() != dtype::bool_) return {diff(x, {.axis = axis, .n = n})};
  const std::int64_t rank = x.ndim(), place = axis < 0 ? axis + rank : axis;
  const auto part = [&](const slice& s) {
    std::vector<index_item> key(static_cast<std::size_t>(place), index_item(slice()));
    key.emplace_back(s);
    return getitem(x, key);
  };
  if (n >= x.shape(axis)) return {part(slice(0, 0))};
  for (std::int64_t i = 0; i < n; ++i) x = logical_xor(part(slice(1, {})), part(slice({}, -1)));
  return {x};
}

array real_floor_divide(const array& a, const array& b) {
  const array below = logical_and(logical_and(isinf(b), isfinite(a)), logical_and(not_equal(a, 0), not_equal(signbit(a), signbit(b))));
  const array none = logical_and(isinf(a), not_equal(b, 0));
  return where(none, std::numeric_limits<double>::quiet_NaN(), where(below, -1, floor_divide(a, b)));
}

std::vector<array> corrected_var(std::span<const array> in, const attributes& at) {
  const array x = kind_of(in[0].dtype()) == dtype_kind::real ? in[0] : astype(in[0], dtype::float64);
  const double correction = at.get_real("correction");
  const bool keep = at.get_bool("keepdims");
  std::int64_t n = 1;
  const std::vector<std::int64_t> along = at.get_axes("var", x.ndim());
  for (const std::int64_t a : along) n *= x.shape(a);
  if (static_cast<double>(n) > correction) return {var(x, {.axis = along, .correction = correction, .keepdims = keep})};
  return {divide(var(x, {.axis = along, .keepdims = keep}), 0.0)};
}

std::vector<array> corrected_std(std::span<const array> in, const attributes& at) { return {sqrt(corrected_var(in, at).front())}; }

}  // namespace tendril::frontends
