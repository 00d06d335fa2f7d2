// Type inference: the dtype rules that the rows of the op table name.
#include <algorithm>
#include <memory>

#include <tendril/detail/op_id.hpp>

#include "array/format.hpp"
#include "ops/literals.hpp"
#include "ops/op_table.hpp"

namespace tendril {
namespace detail {
namespace {

std::string_view op_name(const type_request& r) { return r.op.name; }

void require_accepted(const type_request& r, accepts a, dtype d) {
  if (d == dtype::unknown) return;
  if (accepts_kind(a, kind_of(d)) || (a == accepts::numeric && r.rules && r.rules->bool_is_numeric)) return;
  const char* expected = a == accepts::boolean    ? "bool"
                         : a == accepts::integral ? "an integer dtype"
                         : a == accepts::bits     ? "an integer dtype or bool"
                                                  : "a numeric dtype";
  const char* remedy = a == accepts::boolean ? "Compare first, as in x != 0." : "Convert with td::astype.";
  throw dtype_error(format_text("[{}] the dtype is not taken: got {}, expected {}. {}", op_name(r), name_of(d), expected, remedy));
}

dtype default_real(const type_request& r) { return r.rules ? r.rules->default_real : dtype::float64; }

// The dtype of the data operands together; unknown as soon as one of them is.
dtype together(const type_request& r) {
  // The rules see every operand; a list may have many.
  constexpr std::size_t few = 16;
  dtype few_dtypes[few];
  bool few_flags[2 * few];
  const bool many = r.rules && r.inputs.size() > few;
  const auto more_dtypes = many ? std::make_unique<dtype[]>(r.inputs.size()) : nullptr;
  const auto more_flags = many ? std::make_unique<bool[]>(2 * r.inputs.size()) : nullptr;
  dtype* dtypes = many ? more_dtypes.get() : few_dtypes;
  bool* weak = many ? more_flags.get() : few_flags;
  bool* rank0 = weak + (many ? r.inputs.size() : few);
  dtype strong = dtype::unknown, loose = dtype::unknown;
  bool any_strong = false;
  std::size_t n = 0;
  for (std::size_t i = 0; i < r.inputs.size(); ++i) {
    if (!r.present[i] || !is_data_operand(r.op, i)) continue;
    const type& t = r.inputs[i];
    if (t.dtype == dtype::unknown) return dtype::unknown;
    if (r.rules) {
      dtypes[n] = t.dtype;
      weak[n] = t.weak;
      rank0[n++] = t.ranked && t.shape.empty();
    }
    if (t.weak) loose = loose == dtype::unknown ? t.dtype : promote(loose, t.dtype);
    else {
      strong = any_strong ? promote(strong, t.dtype) : t.dtype;
      any_strong = true;
    }
  }
  if (r.rules && r.rules->together)
    if (const dtype d = r.rules->together(op_name(r), {dtypes, n}, {weak, n}, {rank0, n}); d != dtype::unknown) return d;
  if (!any_strong) return loose;
  if (loose == dtype::unknown || kind_of(loose) <= kind_of(strong)) return strong;
  return kind_of(loose) == dtype_kind::real ? default_real(r) : literal_dtype(loose);
}

dtype to_real(const type_request& r, dtype d) { return d == dtype::unknown || kind_of(d) == dtype_kind::real ? d : default_real(r); }

// The dtype of the first result.
dtype result_dtype(const type_request& r) {
  const op_row& row = row_of(r.op.id);
  switch (row.dtype) {
    case dtype_rule::comparison:
    case dtype_rule::predicate:
    case dtype_rule::truth: operand_dtype(r); return dtype::bool_;
    case dtype_rule::index: operand_dtype(r); return dtype::int64;
    case dtype_rule::same: {
      const dtype d = operand_dtype(r);  // a frontend's rules may convert even a lone operand
      return d == dtype::unknown ? r.inputs.front().dtype : d;
    }
    case dtype_rule::given: {
      const dtype d = given_dtype(r);
      if (r.attrs.has("fill_value") && may_not_fit(r.attrs.get_scalar("fill_value"))) settle_fill(r, d);
      return d;
    }
    default: return operand_dtype(r);
  }
}

}  // namespace

dtype given_dtype(const type_request& r) {
  if (const dtype d = r.attrs.get_dtype("dtype"); d != dtype::unknown) return d;
  if (!r.inputs.empty()) return r.inputs.front().dtype;
  if (r.attrs.has("fill_value")) return r.attrs.get_scalar("fill_value").natural_dtype();
  if (!r.attrs.has("start")) return default_real(r);
  for (const char* name : {"start", "stop", "step"})
    if (r.attrs.get_scalar(name).kind() == dtype_kind::real) return default_real(r);
  return dtype::int64;
}

bool is_data_operand(const op_record& op, std::size_t index) noexcept {
  if (row_of(op.id).dtype == dtype_rule::select) return index > 0;
  return index >= op.inputs.size() || op.inputs[index].what != input_spec::form::index;
}

std::size_t first_data_operand(const op_record& op) noexcept { return is_data_operand(op, 0) ? 0 : 1; }

dtype operand_dtype(const type_request& r) {
  const op_row& row = row_of(r.op.id);
  if (row.dtype == dtype_rule::select && r.inputs[0].dtype != dtype::unknown && r.inputs[0].dtype != dtype::bool_)
    throw dtype_error(format_text("[where] the condition is no condition: got {}, expected bool. Compare first, as in x != 0.",
                                  name_of(r.inputs[0].dtype)));
  const dtype d = together(r);
  require_accepted(r, row.accepts, d);
  switch (row.dtype) {
    case dtype_rule::floating: return to_real(r, d);
    case dtype_rule::sum_of:
      if (const dtype given = r.attrs.get_dtype("dtype"); given != dtype::unknown) {
        require_accepted(r, accepts::numeric, given);
        return given;
      }
      if (kind_of(d) == dtype_kind::boolean || (kind_of(d) == dtype_kind::integer && !(r.rules && !r.rules->integer_sums_to_int64)))
        return dtype::int64;
      return d;
    case dtype_rule::given: return dtype::unknown;
    case dtype_rule::index: return r.op.is(trait::search) ? computes_in(d) : d;
    case dtype_rule::truth: return dtype::bool_;
    default: return d;
  }
}

}  // namespace detail

std::vector<type> infer(const type_request& r) {
  if (r.op.infer) return r.op.infer(r);
  if (r.op.id == op_id::custom && !r.op.is(trait::elementwise)) return detail::types_of_decomposition(r);
  if (r.op.id == op_id::custom) {  // elementwise: operands promote together, shapes broadcast
    type t;
    t.ranked = true;
    t.dtype = detail::together(r);
    for (std::size_t i = 0; i < r.inputs.size(); ++i) {
      if (!r.present[i]) continue;
      t.ranked &= r.inputs[i].ranked;
      if (t.ranked) t.shape = broadcast(r.op.name, t.shape, r.inputs[i].shape);
    }
    if (!t.ranked) t.shape.clear();
    return {t};
  }
  if (r.op.id == op_id::constant || r.op.id == op_id::group)
    throw internal_error(format_text("[{}] its type is given, not inferred", r.op.name));
  type t;
  t.dtype = detail::result_dtype(r);
  detail::shape s = detail::row_of(r.op.id).shape(r);
  t.ranked = s.has_value();
  if (s) t.shape = std::move(*s);
  if (t.ranked && t.rank() > max_rank)
    throw shape_error(
        format_text("[{}] the rank is too high: got {}, expected at most {}. Merge axes with td::reshape.", r.op.name, t.rank(), max_rank));
  std::size_t count = 1;
  if (detail::row_of(r.op.id).returns == detail::returns::two) count = 2;
  if (detail::row_of(r.op.id).returns == detail::returns::three) count = 3;
  if (detail::row_of(r.op.id).returns == detail::returns::many) {
    const auto axis = normalize_axis(r.op.name, r.attrs.get_int("axis"), r.inputs[0].rank());
    count = static_cast<std::size_t>(r.inputs[0].shape[static_cast<std::size_t>(axis)].value);
  }
  std::vector<type> all;
  all.reserve(count);
  while (all.size() + 1 < count) all.push_back(t);
  if (count) all.push_back(std::move(t));
  for (std::size_t k = 1; k < all.size(); ++k)
    if (detail::shape other = detail::shape_rules::further(r, k)) all[k].shape = std::move(*other);
  return all;
}

}  // namespace tendril
