// Attributes: when two are equal, their readers, and what kernels read of them at every call.
#include <tendril/graph.hpp>

#include <algorithm>
#include <bit>
#include <cstring>
#include <numeric>

#include "array/array_impl.hpp"
#include "array/format.hpp"
#include "ops/axes.hpp"

namespace tendril {

attribute_value::attribute_value() noexcept = default;
attribute_value::attribute_value(const attribute_value&) = default;
attribute_value::attribute_value(attribute_value&&) noexcept = default;
attribute_value& attribute_value::operator=(const attribute_value&) = default;
attribute_value& attribute_value::operator=(attribute_value&&) noexcept = default;
attribute_value::~attribute_value() = default;
attribute_value::attribute_value(tendril::dtype v) {
  if (v != tendril::dtype::unknown) value = v;
}
attribute_value::attribute_value(const axes& v) {
  if (v.given()) value = v.values();
}
attribute_value::attribute_value(const maybe_integer& v) {
  if (v.given()) value = v.value();
}

namespace {

bool identical(const array& a, const array& b) {
  if (a.impl() == b.impl()) return true;
  if (a.empty() || b.empty() || a.is_symbol() || b.is_symbol() || a.dtype() != b.dtype() || a.shape() != b.shape()) return false;
  const auto row_major = [](const array& v) { return detail::layout_class(v.impl()->view) == 0 ? v : detail::copy_of(v.impl()->view); };
  const array x = row_major(a), y = row_major(b);
  return std::memcmp(x.impl()->view.data, y.impl()->view.data,
                     static_cast<std::size_t>(x.impl()->view.size()) * size_of(x.impl()->view.dtype)) == 0;
}

bool operator_equal(const index_item& a, const index_item& b) {
  const auto same = [](const maybe_integer& x, const maybe_integer& y) { return x.given() == y.given() && x.value() == y.value(); };
  return a.what == b.what && a.integer == b.integer && same(a.range.start, b.range.start) && same(a.range.stop, b.range.stop) &&
         a.range.step == b.range.step;
}

}  // namespace

bool operator==(const attribute_value& a, const attribute_value& b) {
  if (a.value.index() != b.value.index()) return false;
  return std::visit(
      [&](const auto& x) {
        using T = std::decay_t<decltype(x)>;
        const T& y = std::get<T>(b.value);
        if constexpr (std::is_same_v<T, array>) return identical(x, y);
        else if constexpr (std::is_same_v<T, double>) return std::memcmp(&x, &y, sizeof x) == 0;
        else if constexpr (std::is_same_v<T, scalar>)  // NaN equals itself, and 0 is not -0
          return x.kind() == y.kind() && x.integer() == y.integer() && x.beyond_int64() == y.beyond_int64() &&
                 std::bit_cast<std::uint64_t>(x.real()) == std::bit_cast<std::uint64_t>(y.real());
        else if constexpr (std::is_same_v<T, std::vector<index_item>>)
          return x.size() == y.size() && std::equal(x.begin(), x.end(), y.begin(), operator_equal);
        else return x == y;
      },
      a.value);
}

bool operator==(const attributes& a, const attributes& b) {
  if (a.items().size() != b.items().size()) return false;
  for (std::size_t i = 0; i < a.items().size(); ++i)
    if (std::string_view(a.items()[i].name) != b.items()[i].name || !(a.items()[i].value == b.items()[i].value)) return false;
  return true;
}

attributes::attributes() noexcept = default;
attributes::attributes(std::initializer_list<attribute> l) : items_(l) {}
attributes::attributes(const attributes&) = default;
attributes::attributes(attributes&&) noexcept = default;
attributes& attributes::operator=(const attributes&) = default;
attributes& attributes::operator=(attributes&&) noexcept = default;
attributes::~attributes() = default;

void attributes::set(const char* name, attribute_value v) {
  for (attribute& a : items_)
    if (std::string_view(a.name) == name) {
      a.value = std::move(v);
      return;
    }
  items_.push_back({name, std::move(v)});
}

const attribute_value* attributes::find(std::string_view name) const noexcept {
  for (const attribute& a : items_)
    if (a.name == name) return &a.value;
  return nullptr;
}

bool attributes::has(std::string_view name) const noexcept {
  const attribute_value* v = find(name);
  return v && !v->absent();
}

namespace {
template <class T>
const T& get(const attributes& at, std::string_view name) {
  const attribute_value* v = at.find(name);
  if (v)
    if (const T* t = std::get_if<T>(&v->value)) return *t;
  throw internal_error(format_text("[attributes] \"{}\" is missing or of another kind", name));
}
}  // namespace

bool attributes::get_bool(std::string_view name) const { return get<bool>(*this, name); }
std::int64_t attributes::get_int(std::string_view name) const { return get<std::int64_t>(*this, name); }
double attributes::get_real(std::string_view name) const {
  if (const attribute_value* v = find(name); v && std::holds_alternative<std::int64_t>(v->value))
    return static_cast<double>(std::get<std::int64_t>(v->value));
  return get<double>(*this, name);
}
const std::string& attributes::get_string(std::string_view name) const { return get<std::string>(*this, name); }
dtype attributes::get_dtype(std::string_view name) const { return has(name) ? get<tendril::dtype>(*this, name) : tendril::dtype::unknown; }
scalar attributes::get_scalar(std::string_view name) const {
  const attribute_value* v = find(name);
  if (v && std::holds_alternative<double>(v->value)) return std::get<double>(v->value);
  if (v && std::holds_alternative<std::int64_t>(v->value)) return std::get<std::int64_t>(v->value);
  if (v && std::holds_alternative<bool>(v->value)) return std::get<bool>(v->value);
  return get<scalar>(*this, name);
}
std::vector<std::int64_t> attributes::get_ints(std::string_view name) const {
  const attribute_value* v = find(name);
  if (v && std::holds_alternative<std::int64_t>(v->value)) return {std::get<std::int64_t>(v->value)};
  return get<std::vector<std::int64_t>>(*this, name);
}

std::vector<std::int64_t> attributes::get_axes(std::string_view op, int rank, std::string_view name) const {
  if (!has(name)) {
    std::vector<std::int64_t> all(static_cast<std::size_t>(rank));
    std::iota(all.begin(), all.end(), 0);
    return all;
  }
  std::vector<std::int64_t> a = normalize_axes(op, get_ints(name), rank);
  std::sort(a.begin(), a.end());
  return a;
}

namespace detail {

std::span<const std::int64_t> integers_of(const attributes& at, std::string_view name) {
  const attribute_value* v = at.find(name);
  if (v && std::holds_alternative<std::int64_t>(v->value)) return {&std::get<std::int64_t>(v->value), 1};
  return get<std::vector<std::int64_t>>(at, name);
}

axis_list axes_from(std::span<const std::int64_t> axes, int rank) {
  axis_list list;
  for (std::int64_t a : axes) list.add(a < 0 ? a + rank : a);
  return list;
}

axis_list axes_of(const attributes& at, int rank) {
  axis_list list;
  if (at.has("axis")) list = axes_from(integers_of(at, "axis"), rank);
  else
    for (int i = 0; i < rank; ++i) list.add(i);
  list.sort();
  return list;
}

}  // namespace detail

}  // namespace tendril
