// The table of what Python writes for each op, and how it spells numbers.
#include "source/python_forms.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include <tendril/detail/op_id.hpp>

#include "array/format.hpp"

namespace tendril::source_text {
namespace {

struct python_form {
  const char* columns[4] = {};  // by idiom; null: not there
};

// Numpy's form in JAX's words.
std::string like_numpy(std::string_view form) {
  std::string out;
  for (std::size_t i = 0; i < form.size(); ++i) {
    const bool module = form.substr(i).starts_with("np.") && (i == 0 || !of_a_name(form[i - 1]));
    if (module) out += 'j';
    out += form[i];
  }
  return out;
}

// What a form is for.
enum class operands : std::uint8_t { all, integers, without_sign };
operands operands_of_dtype(dtype d) {
  return kind_of(d) != dtype_kind::integer ? operands::all : is_signed(d) ? operands::integers : operands::without_sign;
}

using form_column = std::vector<python_form>;
const form_column& forms(operands wanted) {
  static const std::vector<form_column> all = [] {
    std::vector<form_column> columns(3, form_column(static_cast<std::size_t>(op_id::named_ops)));
    const auto set = [&](operands which, op_id id, const char* numpy, const char* torch, const char* jax, const char* tensorflow) {
      columns[static_cast<std::size_t>(which)][static_cast<std::size_t>(id)] = {{numpy, torch, jax, tensorflow}};
    };
#define PYTHON(op, ...) set(operands::all, op_id::op, __VA_ARGS__);
#define PYTHON_INTEGERS(op, ...) set(operands::integers, op_id::op, __VA_ARGS__);
#define PYTHON_UNSIGNED(op, ...) set(operands::without_sign, op_id::op, __VA_ARGS__);
#include "source/python_forms.def"
    return columns;
  }();
  return all[static_cast<std::size_t>(wanted)];
}

struct own_form {
  std::string_view op, noun;
  python_form form;
};
#define PYTHON_OWN(op, noun, numpy, torch, jax, tensorflow) {op, noun, {{numpy, torch, jax, tensorflow}}},
constexpr own_form own_forms[] = {
#include "source/python_forms.def"
};
const own_form* own_form_of(const node& n) {
  const auto found = std::find_if(std::begin(own_forms), std::end(own_forms), [&](const own_form& f) { return f.op == n.op->name; });
  return found == std::end(own_forms) ? nullptr : found;
}

// What a form does not say: numbers below 0 cut in torch's pad, and in no other library; a dtype of its own.
bool beyond_form(const node& n, idiom to) {
  if (n.op->name == "torch.full_like") return n.attrs.has("dtype") && n.attrs.get_dtype("dtype") != dtype::unknown;
  if (n.op->name != "torch.pad" || to == idiom::torch) return false;
  const std::vector<std::int64_t> pad = n.attrs.get_ints("pad");
  return std::any_of(pad.begin(), pad.end(), [](std::int64_t p) { return p < 0; });
}

std::string in_words(const python_form& f, idiom to) {
  if (const char* own = f.columns[static_cast<int>(to)]) return own;
  return to == idiom::jax && f.columns[0] ? like_numpy(f.columns[0]) : std::string();
}

}  // namespace

std::string form_of(op_id id, dtype d, idiom to) {
  if (id == op_id::custom || id >= op_id::named_ops) return {};
  for (auto which = static_cast<int>(operands_of_dtype(d)); which >= 0; --which) {
    if (std::string form = in_words(forms(static_cast<operands>(which))[static_cast<std::size_t>(id)], to); !form.empty()) return form;
  }
  return {};
}

std::string form_of(const graph& g, const node& n, idiom to) {
  if (n.id() != op_id::custom) return form_of(n.id(), form_dtype(g, n), to);
  if (n.inputs.empty() || n.inputs.front() == absent || (n.op->decompose && g.type_of(n.inputs.front()).ranked)) return {};
  const own_form* own = own_form_of(n);
  return own && !beyond_form(n, to) ? in_words(own->form, to) : std::string();
}

std::string_view name_for(const node& n) {
  const own_form* own = n.id() == op_id::custom ? own_form_of(n) : nullptr;
  return own ? own->noun : noun_of(n);
}

namespace {
// A point or an exponent says that the number is real; ruff wants no sign before an exponent that is positive.
std::string as_real(std::string digits) {
  if (const std::size_t plus = digits.find('+'); plus != digits.npos) digits.erase(plus, 1);
  return digits.find_first_of(".e") == digits.npos ? digits + ".0" : digits;
}
}  // namespace

std::string spelled(double v, idiom to) {
  if (std::isfinite(v)) return as_real(format_text("{}", v));
  const char* module = to == idiom::numpy ? "np." : to == idiom::jax ? "jnp." : nullptr;
  const std::string word = std::isnan(v) ? "nan" : "inf", sign = v < 0 ? "-" : "";
  return module ? sign + module + word : format_text("float(\"{}{}\")", sign, word);
}
std::string spelled(float v, idiom to) { return std::isfinite(v) ? as_real(format_text("{}", v)) : spelled(static_cast<double>(v), to); }
std::string spelled(const scalar& s, dtype d, idiom to) {
  switch (d == dtype::unknown ? s.kind() : kind_of(d)) {
    case dtype_kind::boolean: return s.integer() != 0 ? "True" : "False";
    case dtype_kind::integer:
      return s.beyond_int64() ? format_text("{}", static_cast<std::uint64_t>(s.integer())) : format_text("{}", s.integer());
    default: return d == dtype::float32 ? spelled(static_cast<float>(s.real()), to) : spelled(s.real(), to);
  }
}

}  // namespace tendril::source_text
