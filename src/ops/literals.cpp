// What a number acts as that is written beside an array whose dtype does not hold it.
#include "ops/literals.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <tendril/detail/op_id.hpp>
#include <tendril/detail/with_dtype.hpp>

#include "array/convert.hpp"
#include "array/format.hpp"
#include "ops/op_table.hpp"

namespace tendril {

bool holds(dtype d, const scalar& s) noexcept {
  if (kind_of(d) != dtype_kind::integer) return true;
  const detail::integer_range r = detail::range_of(d);
  if (s.kind() == dtype_kind::real) {  // truncated: the ends of the range are powers of two, which double has
    const double whole = std::trunc(s.real());
    return whole >= static_cast<double>(r.low) && whole < std::ldexp(1.0, bits_of(d) - is_signed(d));
  }
  return !s.beyond_int64() && s.integer() >= r.low && s.integer() <= r.high;
}

scalar wrapped(const scalar& s, dtype d) noexcept {
  if (s.kind() != dtype_kind::integer || kind_of(d) != dtype_kind::integer) return s;
  return detail::with_dtype<dtype_kind::integer, dtype_kind::integer>(d,
                                                                      [&]<class T>(T) { return scalar(detail::convert<T>(s.integer())); });
}

scalar literal_of(const attributes& constant) {
  const array& a = std::get<array>(constant.find("value")->value);
  if (constant.find("unsigned")) return static_cast<std::uint64_t>(a.item<std::int64_t>());
  return detail::scalar_of(a);
}

namespace detail {

scalar scalar_of(const array& a) {
  return with_dtype(a.dtype(), [&]<class T>(T) { return scalar(a.item<T>()); });
}

integer_range range_of(dtype d) noexcept {
  return with_dtype<dtype_kind::integer, dtype_kind::integer>(d, []<class T>(T) {
    return integer_range{std::numeric_limits<T>::min(), std::numeric_limits<T>::max()};
  });
}

namespace {

constexpr integer_range held_by_all = [] {
  integer_range r{std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()};
  for_each_dtype<dtype_kind::integer, dtype_kind::integer>([&r]<class T>(T) {
    r.low = std::max<std::int64_t>(r.low, std::numeric_limits<T>::min());
    r.high = std::min<std::int64_t>(r.high, std::numeric_limits<T>::max());
  });
  return r;
}();

}  // namespace

bool may_not_fit(const scalar& s) noexcept {
  if (s.kind() == dtype_kind::integer) return s.beyond_int64() || s.integer() < held_by_all.low || s.integer() > held_by_all.high;
  if (s.kind() != dtype_kind::real) return false;
  const double whole = std::trunc(s.real());
  return !(whole >= static_cast<double>(held_by_all.low) && whole <= static_cast<double>(held_by_all.high));
}

dtype literal_dtype(dtype d) noexcept {
  return kind_of(d) == dtype_kind::integer ? dtype::int64 : kind_of(d) == dtype_kind::real ? dtype::float64 : d;
}

bool overflows(dtype d, const scalar& s) noexcept {
  if (kind_of(d) != dtype_kind::real || s.kind() != dtype_kind::real) return false;
  return std::isfinite(s.real()) && with_dtype<dtype_kind::real>(d, [&]<class T>(T) { return std::isinf(convert<T>(s.real())); });
}

std::string spell(const scalar& s) {
  switch (s.kind()) {
    case dtype_kind::boolean: return s.integer() ? "true" : "false";
    case dtype_kind::integer:
      return s.beyond_int64() ? std::to_string(static_cast<std::uint64_t>(s.integer())) : std::to_string(s.integer());
    case dtype_kind::real: return format_text("{}", s.real());
    default: return "none";
  }
}

void throw_does_not_fit(std::string_view op, const scalar& s, dtype d) {
  if (kind_of(d) == dtype_kind::real) {
    constexpr float end = std::numeric_limits<float>::max();
    throw dtype_error(format_text(
        "[{}] a number does not fit the dtype: got {}, expected {} to {} for {}. Convert the array with td::astype(x, td::float64).", op,
        spell(s), -end, end, name_of(d)));
  }
  const integer_range r = range_of(d);
  throw dtype_error(format_text("[{}] a number does not fit the dtype: got {}, expected {} to {} for {}. {}", op, spell(s), r.low, r.high,
                                name_of(d),
                                holds(dtype::int64, s) ? "Convert the array with td::astype(x, td::int64), or ask for that dtype."
                                                       : "Write it as a real number, or use a floating dtype."));
}

bool is_bound(op_id id, std::size_t place) noexcept {
  return id == op_id::maximum || id == op_id::minimum || (id == op_id::clip && place > 0);
}

namespace {

bool too_high(const scalar& s) noexcept { return s.beyond_int64() || s.integer() > 0; }  // of numbers that do not fit

// The comparison of an element with the end of its range that answers as `id` does of an element and a number beyond that end; `first`:
// the number is the first operand.
op_id beyond(op_id id, bool high, bool first) {
  if (id == op_id::equal || id == op_id::not_equal) {
    // No element is above the highest, and each is the highest or below.
    const bool never = id == op_id::equal;
    if (high == !first) return never ? op_id::greater : op_id::less_equal;
    return never ? op_id::less : op_id::greater_equal;
  }
  const bool asks_less = (id == op_id::less || id == op_id::less_equal) != first;  // of the element, against the number
  const bool always = asks_less == high;
  // element <= highest, element >= lowest: always; element > highest, element < lowest: never
  const bool element_less = always == high;
  if (always) return element_less != first ? op_id::less_equal : op_id::greater_equal;
  return element_less != first ? op_id::less : op_id::greater;
}

// Whether the end of the range does what a bound beyond it does: where it limits nothing, and where clip's upper bound has the last word.
bool acts_as_end(const type_request& r, std::size_t place, bool high, std::span<const scalar> literals, dtype d) {
  const bool upper = r.op.id == op_id::minimum || (r.op.id == op_id::clip && place == 2);
  if (upper == high) return true;
  return r.op.id == op_id::clip && place == 1 && r.present[2] && holds(d, literals[2]);
}

}  // namespace

const op_record& settle_literals(const type_request& r, dtype d, std::span<scalar> literals, attributes& at) {
  const op_record* op = &r.op;
  // Two numbers beyond the range keep their order.
  if (literals.size() == 2 && literals[0].beyond_int64() && literals[1].beyond_int64() && op->is(trait::comparison) &&
      !(r.rules && r.rules->out_of_range)) {
    for (scalar& s : literals) s = scalar(s.integer() & std::numeric_limits<std::int64_t>::max());
    return *op;
  }
  for (std::size_t i = 0; i < literals.size(); ++i) {
    scalar& s = literals[i];
    if (!may_not_fit(s)) continue;
    const bool data = op->id == op_id::custom || is_data_operand(*op, i);
    const dtype own = data && d != dtype::unknown ? d : r.inputs[i].dtype;
    if (holds(own, s) && !overflows(own, s)) continue;
    if (r.rules && r.rules->out_of_range) s = r.rules->out_of_range(r, i, s, own);
    if (holds(own, s)) continue;
    const integer_range range = range_of(own);
    const bool integer = s.kind() == dtype_kind::integer, high = too_high(s);
    const scalar end = high ? range.high : range.low;
    if (integer && op->id == op_id::searchsorted && i == 1) {
      at.set("side", high ? "right" : "left");  // after all equal ones, or before
    } else if (integer && op->id != op_id::searchsorted && op->is(trait::comparison)) {
      op = &record_of(beyond(op->id, high, i == 0));
    } else if (!(integer && is_bound(op->id, i) && acts_as_end(r, i, high, literals, own))) {
      throw_does_not_fit(op->name, s, own);
    }
    s = end;
  }
  return *op;
}

scalar settle_fill(const type_request& r, dtype d) {
  scalar s = r.attrs.get_scalar("fill_value");
  if (holds(d, s)) return s;
  if (r.rules && r.rules->out_of_range) s = r.rules->out_of_range(r, 0, s, d);
  if (!holds(d, s)) throw_does_not_fit(r.op.name, s, d);
  return s;
}

}  // namespace detail
}  // namespace tendril
