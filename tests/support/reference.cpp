// Reads reference cases and compares results with them.
#include "reference.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>
#include <map>
#include <stdexcept>

#include <nlohmann/json.hpp>
#include <tendril/detail/with_dtype.hpp>
#include <tendril/ops.hpp>

namespace tendril_test {
namespace {

using nlohmann::json;
using tendril::dtype;

// The declared attributes of every op, as text: "((axes, axis, {}), (dtype, dtype, {}))".
const std::map<std::string, std::string>& declarations() {
  static const std::map<std::string, std::string> all{
#define OP(name, inputs, positional, options, ...) {#name, #positional #options},
#include <tendril/ops.def>
  };
  return all;
}

// The kind that ops.def gives attribute `name` of `op`: "axes", "integer", ...
std::string declared_kind(const std::string& op, const std::string& name) {
  const std::string& text = declarations().at(op);
  for (const char* end : {",", ")"}) {
    const std::size_t at = text.find(", " + name + end);
    if (at == std::string::npos) continue;
    const std::size_t open = text.rfind('(', at);
    return text.substr(open + 1, at - open - 1);
  }
  throw std::runtime_error(op + " declares no attribute " + name);
}

double read_real(const json& j) {
  if (j.is_number()) return j.get<double>();
  const auto& s = j.get_ref<const std::string&>();
  if (s == "nan") return std::numeric_limits<double>::quiet_NaN();
  if (s == "inf") return std::numeric_limits<double>::infinity();
  if (s == "-inf") return -std::numeric_limits<double>::infinity();
  if (s == "-0") return -0.0;
  throw std::runtime_error("not a number: " + s);
}

template <class T>
void fill(tendril::array& a, const json& data) {
  T* p = static_cast<T*>(a.view().data);
  for (const json& x : data) {
    if constexpr (std::is_same_v<T, bool>) *p++ = x.get<int>() != 0;
    else if constexpr (std::is_integral_v<T>) *p++ = x.get<T>();
    else *p++ = static_cast<T>(read_real(x));
  }
}

void fill(tendril::array& a, const json& data) {
  if (static_cast<std::int64_t>(data.size()) != a.size())
    throw std::runtime_error("the data does not fit the shape: " + data.dump().substr(0, 80));
  tendril::detail::with_dtype(a.dtype(), [&]<class T>(T) { fill<T>(a, data); });
}

// The same elements laid out in other memory. What lies between them in the buffer is garbage that no op may read into a result.
stored_array laid_out(const tendril::array& plain, const std::string& layout) {
  const auto rank = static_cast<std::size_t>(plain.ndim());
  tendril::array_view v = plain.view();
  std::vector<std::int64_t> extents(v.shape, v.shape + rank);
  std::int64_t start = 0, step = 1, count = v.size();
  if (layout == "transposed") {
    for (std::size_t i = 0; i < rank; ++i) {
      v.strides[i] = step;
      step *= extents[i];
    }
  } else if (layout == "strided") {
    for (std::size_t i = 0; i < rank; ++i) v.strides[i] *= 2;
    count *= 2;
  } else if (layout == "reversed") {
    for (std::size_t i = 0; i < rank; ++i) v.strides[i] = -v.strides[i];
    start = count > 0 ? count - 1 : 0;
  } else if (layout == "broadcast") {
    v.strides[0] = 0;
    count = extents[0] ? count / extents[0] : 0;
  } else {
    throw std::runtime_error("unknown layout: " + layout);
  }
  const std::int64_t storage_shape[] = {count};
  stored_array out{tendril::detail::make_empty(v.dtype, storage_shape), {}};
  const std::size_t size = tendril::size_of(v.dtype);
  auto* base = static_cast<unsigned char*>(out.storage.view().data);
  std::memset(base, v.dtype == dtype::bool_ ? 1 : 0x7F, static_cast<std::size_t>(count) * size);
  v.data = base + static_cast<std::size_t>(start) * size;
  tendril::detail::copy_elements(v, plain.view());
  out.value = tendril::detail::borrow(v);
  return out;
}

template <class T>
std::string spell(T x) {
  if constexpr (std::is_floating_point_v<T>) return fmt::format("{} ({:a})", x, x);
  else return fmt::format("{}", x);
}

// Units in the last place between two numbers that are not NaN.
template <class T>
double ulps_between(T a, T b) {
  using bits = std::conditional_t<sizeof(T) == 4, std::int32_t, std::int64_t>;
  const auto ordered = [](T x) {
    const auto i = std::bit_cast<bits>(x);
    return i < 0 ? std::numeric_limits<bits>::min() - i : i;
  };
  // Subtract as integers: as doubles, the ordered bits of two near numbers would be the same.
  const auto x = static_cast<std::int64_t>(ordered(a)), y = static_cast<std::int64_t>(ordered(b));
  const auto apart = static_cast<std::uint64_t>(std::max(x, y)) - static_cast<std::uint64_t>(std::min(x, y));
  return static_cast<double>(apart);
}

template <class T>
bool agrees(T got, T want, const tolerance& allowed) {
  if constexpr (std::is_floating_point_v<T>) {
    if (std::isnan(got) || std::isnan(want)) return std::isnan(got) && std::isnan(want);
    if (got == want) return got != 0 || allowed.atol > 0 || std::signbit(got) == std::signbit(want);
    if (std::isinf(got) || std::isinf(want)) return allowed.ulp > 0 && ulps_between(got, want) <= allowed.ulp;
    if (std::abs(static_cast<double>(got) - static_cast<double>(want)) <= allowed.atol) return true;
    return ulps_between(got, want) <= allowed.ulp;
  } else {
    return got == want;
  }
}

template <class T>
std::string first_difference(const tendril::array& got, const tendril::array& want, const tolerance& allowed) {
  const T *p = got.data<T>(), *q = want.data<T>();
  const std::int64_t n = want.size();
  std::int64_t wrong = 0, first = 0;
  for (std::int64_t i = n; i-- > 0;)
    if (!agrees(p[i], q[i], allowed)) {
      ++wrong;
      first = i;
    }
  if (!wrong) return "";
  std::string how;
  if constexpr (std::is_floating_point_v<T>)
    how = fmt::format(", {} ulp apart; allowed: {} ulp or {}", ulps_between(p[first], q[first]), allowed.ulp, allowed.atol);
  return fmt::format("{} of {} elements differ, first the element {} in row-major order: got {}, expected {}{}", wrong, n, first,
                     spell(p[first]), spell(q[first]), how);
}

}  // namespace

dtype read_dtype(const std::string& name) {
  for (int i = 1; i < tendril::dtype_count; ++i)
    if (tendril::name_of(static_cast<dtype>(i)) == name) return static_cast<dtype>(i);
  throw std::runtime_error("unknown dtype: " + name);
}

tendril::scalar read_scalar(const json& j) {
  if (j.is_boolean()) return {j.get<bool>()};
  if (j.is_number_unsigned()) return {j.get<std::uint64_t>()};
  if (j.is_number_integer()) return {j.get<std::int64_t>()};
  return {read_real(j)};
}

stored_array read_array(const json& j) {
  const auto shape = j.at("shape").get<std::vector<std::int64_t>>();
  tendril::array plain = tendril::detail::make_empty(read_dtype(j.at("dtype").get<std::string>()), shape);
  fill(plain, j.at("data"));
  if (j.contains("view")) return laid_out(plain, j.at("view").get<std::string>());
  return {plain, plain};
}

tendril::attribute_value read_attribute(const std::string& op, const std::string& name, const json& j) {
  const std::string kind = declared_kind(op, name);
  if (j.is_null()) return {};
  if (kind == "axes") return j.is_array() ? tendril::axes(j.get<std::vector<std::int64_t>>()) : tendril::axes(j.get<std::int64_t>());
  if (kind == "axis" || kind == "optional_integer") return tendril::maybe_integer(j.get<std::int64_t>());
  if (kind == "integer") return j.get<std::int64_t>();
  if (kind == "real") return read_real(j);
  if (kind == "boolean") return j.get<bool>();
  if (kind == "string") return j.get<std::string>();
  if (kind == "dtype") return read_dtype(j.get<std::string>());
  if (kind == "scalar") return read_scalar(j);
  if (kind == "slices") {
    std::vector<tendril::index_item> key;
    const auto end = [](const json& e) { return e.is_null() ? tendril::maybe_integer() : tendril::maybe_integer(e.get<std::int64_t>()); };
    for (const json& item : j) {
      const auto form = item[0].get<std::string>();
      if (form == "int") key.emplace_back(item[1].get<std::int64_t>());
      else if (form == "slice") key.emplace_back(tendril::slice(end(item[1]), end(item[2]), item[3].get<std::int64_t>()));
      else if (form == "newaxis") key.emplace_back(tendril::newaxis);
      else key.emplace_back(tendril::ellipsis);
    }
    return key;
  }
  throw std::runtime_error("no reader for attributes of kind " + kind);
}

json load_cases(const std::string& file) {
  std::ifstream in(TENDRIL_TEST_DATA "/" + file);
  if (!in) throw std::runtime_error("cannot read " TENDRIL_TEST_DATA "/" + file);
  return json::parse(in).at("cases");
}

std::vector<op_case> op_cases(const std::string& op) {
  static const json all = load_cases("ops.json");
  std::vector<op_case> out;
  for (const json& j : all) {
    if (j.at("op").get_ref<const std::string&>() != op) continue;
    op_case c;
    c.op = op;
    c.index = out.size();
    c.text = j.dump();
    if (c.text.size() > 600) c.text = c.text.substr(0, 600) + " ...";
    const auto add = [&c](const json& x) {
      if (x.is_null()) return c.inputs.emplace_back(), void();
      if (x.contains("scalar")) return c.inputs.emplace_back(read_scalar(x.at("scalar"))), void();
      c.inputs.emplace_back(c.arrays.size());
      c.arrays.push_back(read_array(x));
    };
    for (const json& x : j.at("inputs")) {
      if (x.is_array())
        for (const json& member : x) add(member);
      else add(x);
    }
    if (j.contains("attrs")) {
      const tendril::op_record* record = tendril::find_op(op);
      if (!record) throw std::runtime_error("no op named " + op);
      for (const auto& spec : record->attributes)
        if (j.at("attrs").contains(spec.name))
          c.attributes.set(spec.name.c_str(), read_attribute(op, spec.name, j.at("attrs").at(spec.name)));
    }
    for (const json& y : j.at("outputs")) {
      c.tolerances.push_back(read_tolerance(j, c.outputs.size()));
      c.outputs.push_back(read_array(y).value);
    }
    out.push_back(std::move(c));
  }
  return out;
}

std::vector<tendril::array> op_case::array_inputs() const {
  std::vector<tendril::array> out;
  for (const stored_array& a : arrays) out.push_back(a.value);
  return out;
}

std::vector<tendril::operand> op_case::operands(const std::vector<tendril::array>& instead) const {
  std::vector<tendril::operand> out;
  for (const passed& p : inputs) {
    if (const auto* i = std::get_if<std::size_t>(&p)) {
      out.emplace_back(instead.at(*i));
    } else if (const auto* s = std::get_if<tendril::scalar>(&p)) {
      switch (s->kind()) {
        case tendril::dtype_kind::boolean: out.emplace_back(s->integer() != 0); break;
        case tendril::dtype_kind::integer: out.emplace_back(s->integer()); break;
        default: out.emplace_back(s->real());
      }
    } else {
      out.emplace_back(std::nullopt);
    }
  }
  return out;
}

std::vector<tendril::operand> op_case::operands() const {
  std::vector<tendril::operand> out = operands(array_inputs());
  // The copies that array_inputs made are gone: borrow this case's own.
  for (std::size_t k = 0; k < inputs.size(); ++k)
    if (const auto* i = std::get_if<std::size_t>(&inputs[k])) out[k] = tendril::operand(arrays[*i].value);
  return out;
}

tolerance read_tolerance(const json& of_case, std::size_t k) {
  tolerance t;
  if (of_case.contains("ulp")) t.ulp = of_case.at("ulp").get<double>();
  if (of_case.contains("atol")) t.atol = of_case.at("atol").at(k).get<double>();
  if (of_case.contains("signs") && !of_case.at("signs").at(k).is_null()) t.signs = of_case.at("signs").at(k).get<std::string>();
  return t;
}

std::string difference(const tendril::array& got, const tendril::array& want, const tolerance& allowed) {
  if (got.empty()) return "got no array";
  if (got.dtype() != want.dtype())
    return fmt::format("got dtype {}, expected {}", tendril::name_of(got.dtype()), tendril::name_of(want.dtype()));
  if (got.shape() != want.shape())
    return fmt::format("got shape {}, expected {}", tendril::to_string(got.shape()), tendril::to_string(want.shape()));
  tendril::array plain = tendril::detail::copy_of(got.view());
  if (!allowed.signs.empty() && plain.size() != 0) {  // each column or row turned to where the reference looks
    const tendril::axes along(allowed.signs == "columns" ? -2 : -1);
    const tendril::array product = tendril::sum(plain * want, {.axis = along, .keepdims = true});
    plain = tendril::detail::copy_of(tendril::where(product < 0, -plain, plain).view());
  }
  return tendril::detail::with_dtype(want.dtype(), [&]<class T>(T) { return first_difference<T>(plain, want, allowed); });
}

}  // namespace tendril_test
