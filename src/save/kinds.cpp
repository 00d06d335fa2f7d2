// What kinds of values the attributes of an op have: the columns of the op table, and the defaults of users' ops.
#include <map>

#include <tendril/detail/op_id.hpp>

#include "save/kinds.hpp"

#include <tendril/detail/op_macros.hpp>  // last: ops.def takes the macros away

namespace tendril::saved {
namespace {

enum class kind : std::uint8_t { axes, axis, optional_integer, integer, real, boolean, string, dtype, scalar, slices };

using kinds = std::map<std::string_view, kind>;

#define TENDRIL_KIND_OF(attribute) TENDRIL_KIND_OF_ attribute
#define TENDRIL_KIND_OF_(what, name, ...) {#name, kind::what},
#define TENDRIL_KINDS_OF(...) TENDRIL_FOR_EACH(TENDRIL_KIND_OF, __VA_ARGS__)

const std::map<op_id, kinds>& table() {
  static const auto* const all = new std::map<op_id, kinds>{
#define OP(name, inputs, positional, options, ...) \
  {op_id::name, {TENDRIL_KINDS_OF(TENDRIL_UNPAREN positional) TENDRIL_KINDS_OF(TENDRIL_UNPAREN options)}},
#include <tendril/ops.def>
  };
  return *all;
}

bool is(kind k, const attribute_value& v) {
  const auto holds = [&]<class... T>(std::variant<T...>*) { return (std::holds_alternative<T>(v.value) || ...); };
  const auto any_of = [&]<class... T>() { return holds(static_cast<std::variant<T...>*>(nullptr)); };
  switch (k) {
    case kind::axes: return any_of.template operator()<std::monostate, std::int64_t, std::vector<std::int64_t>>();
    case kind::axis:
    case kind::optional_integer: return any_of.template operator()<std::monostate, std::int64_t>();
    case kind::integer: return any_of.template operator()<std::int64_t>();
    case kind::real: return any_of.template operator()<std::int64_t, double>();
    case kind::boolean: return any_of.template operator()<bool>();
    case kind::string: return any_of.template operator()<std::string>();
    case kind::dtype: return any_of.template operator()<std::monostate, tendril::dtype>();
    case kind::scalar: return any_of.template operator()<tendril::scalar, bool, std::int64_t, double>();
    case kind::slices: return any_of.template operator()<std::vector<index_item>>();
  }
  return false;
}

std::string_view spell(kind k) {
  switch (k) {
    case kind::axes: return "null, an integer or a list of integers";
    case kind::axis:
    case kind::optional_integer: return "null or an integer";
    case kind::integer: return "an integer";
    case kind::real: return "a number";
    case kind::boolean: return "true or false";
    case kind::string: return "a text";
    case kind::dtype: return "null or a dtype";
    case kind::scalar: return "a scalar";
    case kind::slices: return "an index";
  }
  return "";
}

}  // namespace

std::string_view expected_kind(const op_record& op, std::string_view name, const attribute_value& v) {
  if (op.id == op_id::constant) {
    if (name == "unsigned") return std::holds_alternative<bool>(v.value) ? "" : "true or false";
    return std::holds_alternative<array>(v.value) ? "" : "an array";
  }
  if (const auto row = table().find(op.id); row != table().end()) {
    const auto a = row->second.find(name);
    return a == row->second.end() || is(a->second, v) ? "" : spell(a->second);
  }
  for (const attribute_spec& s : op.attributes)
    if (s.name == name && !s.default_value.absent() && s.default_value.value.index() != v.value.index())
      return "a value of its default's kind";
  return "";
}

}  // namespace tendril::saved
