// Python for NumPy, PyTorch, JAX and TensorFlow: a function with type hints and a docstring, formatted as `ruff format` leaves it.
#include "source/python_writer.hpp"

#include <cmath>

#include <tendril/ops.hpp>

#include <tendril/detail/op_id.hpp>

#include "graph/depth_first.hpp"
#include "ops/indexing.hpp"
#include "ops/op_table.hpp"

namespace tendril::source_text {

python_function python_writer::run() {
  name_ = names_.fresh(identifier(options_.name.empty() ? g_.name : options_.name));
  name_arguments(4);
  for (const node* n : detail::depth_first(g_)) write(*n);
  std::vector<expression> results;
  for (value_id r : g_.results) results.push_back(is_number(r) ? expression{typed_number(r)} : at(r));
  body_ += comment_for(g_.results, "    # ", python_page_width);
  current_ = nullptr;
  std::string last;
  for (const expression& e : results) last += (last.empty() ? "" : ", ") + e.text;
  if (last.size() + 11 <= python_page_width && results.size() > 0) {
    statement("return " + last);
  } else if (results.size() != 1) {
    statement("return (" + last + ")");
  } else {
    const std::string name = names_.fresh("result");
    statement(name + " = " + last);
    statement("return " + name);
  }
  return {imports(), heading() + checks() + body_, std::move(kept_)};
}

std::string_view python_writer::module() const {
  switch (to_) {
    case idiom::numpy: return "np";
    case idiom::torch: return "torch";
    case idiom::jax: return "jnp";
    case idiom::tensorflow: return "tf";
    default: break;  // no Python
  }
  return "";
}

std::string python_writer::dtype_text(dtype d) const {
  const std::string_view name = d == dtype::bool_ ? (to_ == idiom::numpy ? "bool_" : "bool") : tendril::name_of(d);
  return format_text("{}.{}", to_ == idiom::jax && d == dtype::bool_ ? "jnp" : module(),
                     to_ == idiom::jax && d == dtype::bool_ ? "bool_" : name);
}

// From here on the value has a name.
void python_writer::name_value(value_id v, std::string_view wanted) {
  expression& e = at(v);
  std::string name = names_.fresh(wanted);
  statement(name + " = " + e.text, v);
  e = {std::move(name), strength::whole, true};
}

void python_writer::name_value(value_id v) {
  if (!at(v).simple) name_value(v, maker(v) ? name_for(*maker(v)) : "x");
}

bool python_writer::is_number(value_id v) const {
  const array* c = constant(v);
  return c && c->ndim() == 0;
}

// A number where an array is wanted: its dtype is written out.
std::string python_writer::typed_number(value_id v) const {
  const dtype d = type_of(v).dtype;
  const std::string& number = values_[static_cast<std::size_t>(v)].text;
  switch (to_) {
    case idiom::numpy:
    case idiom::jax: return format_text("{}({})", dtype_text(d), number);
    case idiom::torch: return format_text("torch.tensor({}, dtype={})", number, dtype_text(d));
    case idiom::tensorflow: return format_text("tf.constant({}, dtype={})", number, dtype_text(d));
    default: break;  // no Python
  }
  return number;
}

std::string python_writer::list_of(const array& a, std::size_t axis, std::size_t& next, const std::vector<scalar>& elements) const {
  if (axis == static_cast<std::size_t>(a.ndim())) return spelled(elements[next++], a.dtype(), to_);
  std::string s = "[";
  for (std::int64_t i = 0; i < a.shape()[axis]; ++i) s += (i ? ", " : "") + list_of(a, axis + 1, next, elements);
  return s + "]";
}

// An array of the .npz file beside the text.
void python_writer::keep_constant(value_id v, const array& a) {
  std::string name = names_.fresh("constant"), key = format_text("{}_{}", name_, name);
  const char* make = to_ == idiom::torch        ? "torch.from_numpy"
                     : to_ == idiom::tensorflow ? "tf.constant"
                     : to_ == idiom::jax        ? "jnp.asarray"
                                                : "";
  const std::string read = format_text("CONSTANTS[\"{}\"]", key);
  statement(name + " = " + (*make ? format_text("{}({})", make, read) : read), v);
  kept_.emplace_back(std::move(key), a);
  at(v) = {std::move(name), strength::whole, true};
}

void python_writer::write_constant(const node& n) {
  const value_id v = n.first_result;
  const array& a = std::get<array>(n.attrs.find("value")->value);
  if (a.ndim() == 0) {
    at(v) = number_expression(spelled(literal_of(n.attrs), a.dtype(), to_));
    return;
  }
  if (!is_small(a) && !options_.constants.empty()) return keep_constant(v, a);
  require_small(a);
  const std::vector<scalar> elements = elements_of(a);
  std::size_t next = 0;
  const std::string list = list_of(a, 0, next, elements);
  const char* make = to_ == idiom::torch        ? "torch.tensor"
                     : to_ == idiom::tensorflow ? "tf.constant"
                     : to_ == idiom::jax        ? "jnp.array"
                                                : "np.array";
  // An empty list loses the extents that follow it.
  std::string text = format_text("{}({}, dtype={})", make, list, dtype_text(a.dtype()));
  if (a.size() == 0) text = format_text("{}.zeros({}, dtype={})", module(), tuple_of(a.shape()), dtype_text(a.dtype()));
  at(v) = {std::move(text), strength::whole, false};
  if (uses_of(v) == 1 && at(v).text.size() <= inline_width) return;
  std::string name = names_.fresh("constant");
  body_ += filled_lines(name + " = " + at(v).text, 4);
  at(v) = {std::move(name), strength::whole, true};
}

// One number is a number.
std::string python_writer::axis_of(const std::vector<std::int64_t>& list) {
  return list.size() == 1 ? std::to_string(list.front()) : tuple_of(list);
}

std::string python_writer::attribute_text(const node& n, std::string_view name) const {
  const attribute_value* found = n.attrs.find(name);
  if (name == "dtype" && (!found || found->absent())) return dtype_text(type_of(n.first_result).dtype);
  if (name == "axis" && (!found || found->absent())) return "0";  // may be left out where the rank is 1
  if (const dtype d = type_of(n.first_result).dtype; name == "fill_value" && d != dtype::unknown)
    return spelled(detail::scalar_of(tendril::full(axes(std::vector<std::int64_t>()), n.attrs.get_scalar("fill_value"), {.dtype = d})), d,
                   to_);
  if (!found || found->absent()) return name == "n_cols" ? attribute_text(n, "n_rows") : "None";
  const bool list = name == "shape" || name == "axes" || name == "repetitions";
  return std::visit(
      [&](const auto& x) -> std::string {
        using T = std::decay_t<decltype(x)>;
        if constexpr (std::is_same_v<T, bool>) return x ? "True" : "False";
        else if constexpr (std::is_same_v<T, std::int64_t>) return list ? format_text("({},)", x) : std::to_string(x);
        else if constexpr (std::is_same_v<T, double>) return spelled(x, to_);
        else if constexpr (std::is_same_v<T, std::string>) return format_text("\"{}\"", x);
        else if constexpr (std::is_same_v<T, tendril::dtype>) return dtype_text(x);
        else if constexpr (std::is_same_v<T, scalar>) return spelled(x, dtype::unknown, to_);
        else if constexpr (std::is_same_v<T, std::vector<std::int64_t>>) return list ? tuple_of(x) : axis_of(x);
        else throw internal_error(format_text("[source_code] an attribute of another kind: got \"{}\" of {}", name, n.op->name));
      },
      found->value);
}

// The places of the operands by name; a sequence has all of them.
std::vector<value_id> python_writer::operands_of(const node& n, std::string_view name) const {
  const auto& inputs = n.op->inputs;
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (inputs[i].name == name) {
      if (inputs[i].what == input_spec::form::sequence) return n.inputs;
      return {n.inputs[i]};
    }
  return {};
}

bool python_writer::wants_tensors(std::string_view form) const {
  const bool of_two = form.find("({a}, {b})") != form.npos || form.find("({b})") != form.npos;
  if (to_ == idiom::tensorflow) return of_two && form.find("tnp.") != form.npos;
  return to_ == idiom::torch && of_two && form.starts_with("torch.") && !form.starts_with("torch.where");
}

// Numbers that no array gives a dtype to need one: both of `where`, all operands of an op.
bool python_writer::gives_dtype(const node& n) const {
  for (std::size_t i = detail::first_data_operand(*n.op); i < n.inputs.size(); ++i)
    if (n.inputs[i] != absent && !is_number(n.inputs[i])) return true;
  return false;
}

std::string python_writer::operand_text(value_id v, strength around, std::string_view form, bool typed) {
  if (v == absent) return "None";
  if (is_number(v) && !weak(v) && (typed || wants_tensors(form))) return typed_number(v);
  if (is_number(v) && weak(v) && wants_tensors(form) && to_ == idiom::torch) return format_text("torch.tensor({})", at(v).text);
  return bracketed(at(v), around);
}

// Long operands get names, the longest first; so do those that stand more than once.
void python_writer::make_room(const node& n, const form_parts& parts) {
  for (const value_id v : n.inputs) {
    if (v == absent) continue;
    int places = 0;
    for (const form_place& p : parts.places)
      for (const value_id w : operands_of(n, p.name)) places += w == v;
    if (places > 1) name_value(v);
  }
  make_room(n);
}

void python_writer::make_room(const node& n) {
  for (value_id longest; (longest = too_long(n)) != absent;) name_value(longest);
}

expression python_writer::filled(const node& n, std::string_view form) {
  const form_parts parts = parts_of(form);
  make_room(n, parts);
  const bool typed = !gives_dtype(n);
  std::string text;
  std::size_t from = 0;
  strength binds = parts.binds;
  for (const form_place& p : parts.places) {
    text += form.substr(from, p.begin - from);
    const std::vector<value_id> in = operands_of(n, p.name);
    if (in.empty()) text += attribute_text(n, p.name);
    for (std::size_t k = 0; k < in.size(); ++k) {
      const bool array = typed || in.size() > 1 || (p.name == "condition" && to_ == idiom::torch);
      text += (k ? ", " : "") + operand_text(in[k], p.around, form, array);
      if (form == "{x}") binds = at(in[k]).binds;
    }
    from = p.end;
  }
  text += form.substr(from);
  return {std::move(text), binds, form == "{x}" && at(n.inputs[0]).simple};
}

void python_writer::write(const node& n) {
  if (n.id() == op_id::constant) return write_constant(n);
  if (n.result_count != 1) return write_many(n);
  const value_id v = n.first_result;
  std::string form = form_of(g_, n, to_);
  if (n.id() == op_id::unstack || n.op->name == "torch.unbind") form += "[0]";
  if (const std::string_view option = ", dtype={dtype}"; type_of(v).dtype == dtype::unknown && !n.attrs.has("dtype"))  // the operand's
    if (const std::size_t place = form.find(option); place != form.npos) form.erase(place, option.size());
  begin(n);
  at(v) = form == "@" ? special(n) : filled(n, form);
  gather(n);
  note_imports(at(v).text);
  if (uses_of(v) > 1) name_value(v);
}

void python_writer::write_many(const node& n) {
  std::vector<std::string> made;
  std::string targets;
  if (n.result_count == 0) return;
  begin(n);
  for (std::int32_t k = 0; k < n.result_count; ++k) {
    const std::string_view noun = noun_of_result(n.id(), k);
    made.push_back(names_.fresh(noun.empty() ? name_for(n) : noun));
    targets += (k ? ", " : "") + made.back();
    values_[static_cast<std::size_t>(n.first_result + k)] = {made.back(), strength::whole, true};
  }
  if (n.id() == op_id::moments) {
    name_value(n.inputs[0]);
    statement(made[0] + " = " + reduction(n, op_id::mean).text);
    statement(made[1] + " = " + reduction(n, op_id::var).text);
    return;
  }
  const std::string form(n.id() == op_id::custom ? form_of(g_, n, to_) : form_of(n.id(), dtype::unknown, to_));
  if (n.id() == op_id::svd && form == "@") return write_singular(n, made);
  statement(targets + (n.result_count == 1 ? ", = " : " = ") + (form == "@" ? special(n) : filled(n, form)).text);
}

void python_writer::note_imports(std::string_view text) {
  special_ |= text.find("special.") != text.npos && text.find("scipy.special") == text.npos;
  tnp_ |= text.find("tnp.") != text.npos;
}

int python_writer::rank_of(const node& n, std::size_t i) const {
  if (!of(n, i).ranked)
    throw trace_error(format_text(
        "[source_code] {} writes \"{}\" by the number of axes of its operand: got an operand of unknown type, expected a known one. Call the "
        "function first and pass f.graph(x).",
        tendril::source_text::name_of(to_), n.op->name));
  return of(n, i).rank();
}

std::string python_writer::array_class() const {
  switch (to_) {
    case idiom::numpy: return "np.ndarray";
    case idiom::torch: return "torch.Tensor";
    case idiom::jax: return "jax.Array";
    case idiom::tensorflow: return "tf.Tensor";
    default: break;  // no Python
  }
  return {};
}

std::vector<std::int32_t> python_writer::fixed_axes(std::size_t input) const {
  std::vector<std::int32_t> axes;
  for (const input_extent& e : g_.fixed)
    if (static_cast<std::size_t>(e.input) == input) axes.push_back(e.axis);
  return axes;
}

std::string python_writer::checks() const {
  std::string text;
  for (std::size_t i = 0; i < g_.inputs.size(); ++i) {
    const type& t = type_of(g_.inputs[i]);
    const std::string& x = at(g_.inputs[i]).text;
    const auto refuse = [&](const std::string& got, const std::string& expected, const std::string& message) {
      const std::string raised = format_text("f\"{}\"", message);
      text += format_text("    if {} != {}:\n", got, expected);
      if (raised.size() + 26 <= python_page_width) text += format_text("        raise ValueError({})\n", raised);
      else text += format_text("        raise ValueError(\n            {}\n        )\n", raised);
    };
    const std::vector<std::int32_t> axes = fixed_axes(i);
    const std::string shape = axes.empty() ? std::string() : tuple_of(t.known_extents());
    if (!axes.empty() && axes.size() == t.shape.size() && x.size() + shape.size() + 17 <= python_page_width) {
      refuse(x + ".shape", shape, format_text("{0} has shape {{{0}.shape}}, expected {1}", x, shape));
      continue;
    }
    for (const std::int32_t a : axes) {
      const std::string got = format_text("{}.shape[{}]", x, a), n = std::to_string(t.shape[static_cast<std::size_t>(a)].value);
      refuse(got, n, format_text("{} has {{{}}} elements along axis {}, expected {}", x, got, a, n));
    }
  }
  return text;
}

std::string python_writer::described(std::size_t input) const {
  const type& t = type_of(g_.inputs[input]);
  if (t.dtype == dtype::unknown) return "an array";
  if (!t.ranked) return format_text("an array of {}", tendril::name_of(t.dtype));
  if (t.rank() == 0) return format_text("{}, a number", tendril::name_of(t.dtype));
  if (!t.complete()) return format_text("{} with {} axes", tendril::name_of(t.dtype), t.rank());
  const extents e = t.known_extents();
  const std::vector<std::int32_t> fixed = fixed_axes(input);
  if (fixed.size() == e.size()) return format_text("{} of shape {}", tendril::name_of(t.dtype), tuple_of(e));
  std::string text = format_text("{}, recorded with shape {}", tendril::name_of(t.dtype), tuple_of(e));
  for (const std::int32_t a : fixed)
    text += format_text("{} {} along axis {}", a == fixed.front() ? "; always" : " and", e[static_cast<std::size_t>(a)], a);
  return text;
}

std::vector<std::string> python_writer::imports() const {
  std::vector<std::string> lines;
  switch (to_) {
    case idiom::numpy: lines = {"import numpy as np"}; break;
    case idiom::torch: lines = {"import torch"}; break;
    case idiom::jax: lines = {"import jax", "import jax.numpy as jnp"}; break;
    case idiom::tensorflow: lines = {"import tensorflow as tf"}; break;
    default: break;  // no Python
  }
  if (tnp_) lines.emplace_back("import tensorflow.experimental.numpy as tnp");
  if (special_) lines.emplace_back("from scipy import special");
  return lines;
}

std::string python_writer::heading() const {
  std::string result = array_class();
  if (g_.results.empty()) {
    result = "tuple";
  } else if (g_.results.size() > 1) {
    result = "tuple[" + array_class();
    for (std::size_t i = 1; i < g_.results.size() && g_.results.size() <= 3; ++i) result += ", " + array_class();
    result += g_.results.size() > 3 ? ", ...]" : "]";
  }
  std::vector<std::string> parameters;
  for (const value_id v : g_.inputs) parameters.push_back(format_text("{}: {}", at(v).text, array_class()));
  std::string s = definition(name_, parameters, result);
  const std::string doc = options_.doc.empty() ? format_text("{}, as Tendril recorded it.", name_) : options_.doc;
  if (g_.inputs.empty()) return s + format_text("    \"\"\"{}\"\"\"\n", doc);
  s += format_text("    \"\"\"{}\n\n    Args:\n", doc);
  bool wide = false;
  for (std::size_t i = 0; i < g_.inputs.size(); ++i) s += format_text("        {}: {}.\n", at(g_.inputs[i]).text, described(i));
  for (const type& t : g_.types)
    wide |= !t.weak && (kind_of(t.dtype) == dtype_kind::real || kind_of(t.dtype) == dtype_kind::integer) && size_of(t.dtype) == 8;
  if (to_ == idiom::jax && wide) s += "\n    Numbers of 64 bits are what JAX has with jax_enable_x64 alone.\n";
  return s + "    \"\"\"\n";
}

// No library looks at elements while it computes: what a frontend checks is left out, with the sum that holds the check.
static void leave_out_checks(graph& g) {
  const std::vector<std::int32_t> producers = g.producers();
  const auto maker = [&](value_id v) {
    return v == absent || producers[static_cast<std::size_t>(v)] < 0
               ? nullptr
               : &g.nodes[static_cast<std::size_t>(producers[static_cast<std::size_t>(v)])];
  };
  const auto checked = [&](value_id v) {
    const auto* sum = maker(v);
    const auto* check = sum && sum->id() == op_id::add ? maker(sum->inputs[1]) : nullptr;
    return check && check->op->name == "frontends.check" ? sum->inputs[0] : v;
  };
  for (auto& n : g.nodes)
    for (value_id& v : n.inputs) v = checked(v);
  for (value_id& v : g.results) v = checked(v);
}

python_function write_python(const graph& g, idiom to, const source_options& options) {
  graph ready = prepared(g, to, [to](const graph& in, const node& n) { return n.id() == op_id::constant || !form_of(in, n, to).empty(); });
  leave_out_checks(ready);
  return python_writer(ready, to, options).run();
}

std::string python_file(std::span<const python_function> functions, std::string_view constants) {
  std::vector<std::string> imports;
  const auto import = [&](const std::string& line) {
    if (std::find(imports.begin(), imports.end(), line) == imports.end()) imports.push_back(line);
  };
  const bool reads = std::any_of(functions.begin(), functions.end(), [](const python_function& f) { return !f.constants.empty(); });
  if (reads) import("from pathlib import Path\n");
  for (const python_function& f : functions)
    for (const std::string& line : f.imports) import(line);
  if (reads) import("import numpy as np");
  std::string file;
  for (const std::string& line : imports) file += line + "\n";
  if (reads) file += format_text("\nCONSTANTS = dict(np.load(Path(__file__).with_name(\"{}\")))\n", constants);
  for (const python_function& f : functions) file += "\n\n" + f.text;
  return file;
}

}  // namespace tendril::source_text
