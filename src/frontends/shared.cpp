// Rules that torch and numpy share, where they differ from the standard.
#include "frontends/shared.hpp"

#include <algorithm>
#include <limits>

#include <tendril/detail/op_id.hpp>

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
  return {.becomes_real = r->is(trait::elementwise) && row.dtype == dtype_rule::floating && !r->is(trait::number_operator),
          .asks = row.accepts == detail::accepts::numeric && (row.dtype == dtype_rule::comparison || row.dtype == dtype_rule::predicate)};
}

bool beside_bool(const type_request& r) {
  return std::any_of(r.inputs.begin(), r.inputs.end(), [](const type& t) { return t.dtype == dtype::bool_ && !t.weak; });
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
