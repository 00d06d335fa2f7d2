// Elements in the loops of a nest: where they lie, and what is computed of them.
#include <algorithm>

#include <tendril/ops.hpp>

#include <tendril/detail/op_id.hpp>

#include "array/format.hpp"
#include "ops/literals.hpp"
#include "source/plain_nest.hpp"

namespace tendril::source_text {

std::string nest_writer::element(const place& p, value_id v) {
  if (const auto t = turned_.find(v); t != turned_.end()) return t->second;
  std::vector<index_of_axis> index;
  place stepped{p.base, p.offset, {}};
  std::map<std::size_t, const index_of_axis*> by_axis;
  for (const auto* loops : {&outer_, &inner_loops_})
    for (const loop& l : *loops) by_axis[l.axis] = &l.index;
  for (const auto& [axis, one] : by_axis) {
    stepped.strides.push_back(stride_along(v, axis));
    index.push_back(*one);
  }
  return w_.element(stepped, index);
}

/// A value where it is used: its text in the loop that is open.
expression nest_writer::read(value_id v) {
  if (const auto known = texts_.find(v); known != texts_.end()) return known->second;
  if (const auto s = staged_.find(v); s != staged_.end()) return {s->second, strength::whole, true};
  made* m = find(v);
  if (!m) return w_.in_memory(v) ? expression{element(w_.place_of(v), v), strength::whole, true} : w_.at(v);
  if (!m->full) return row_text(*m, v);
  if (m->first_pass < pass_ && (m->stored || m->kept)) {
    expression e{element(w_.place_of(v), v), strength::whole, true};
    if (m->kept && uses_[static_cast<std::size_t>(pass_)][v] > 1) e = named(v, e);
    texts_[v] = e;
    return e;
  }
  expression e = compute(*m->n);
  const bool several = uses_[static_cast<std::size_t>(pass_)][v] > 1 || m->kept;
  if (!e.simple && (several || e.text.size() > 80)) e = named(v, e);
  texts_[v] = e;
  return e;
}

expression nest_writer::named(value_id v, const expression& e) {
  std::string name = w_.names_.fresh(noun(values_[v]));
  w_.code_.add(format_text("const {} {} = {};", cpp_type(dtype_of(v)), name, e.text));
  return {std::move(name), strength::whole, true};
}

expression nest_writer::compute(const node& n) {
  const dtype d = form_dtype(w_.g_, n), out = dtype_of(n.first_result);
  if (n.id() == op_id::astype) {
    expression e = read(n.inputs[0]);
    const dtype from = dtype_of(n.inputs[0]);
    if (from == out) return e;
    return {plain_writer::cast(e, from, out), out == dtype::bool_ ? strength::comparison : strength::whole, false};
  }
  if (n.id() == op_id::zeros_like || n.id() == op_id::ones_like || n.id() == op_id::full_like) {
    const scalar value = n.id() == op_id::zeros_like  ? scalar(0)
                         : n.id() == op_id::ones_like ? scalar(1)
                                                      : n.attrs.get_scalar("fill_value");
    // As the dtype has it.
    return number_expression(cpp_number(detail::scalar_of(full({}, value, {.dtype = out})), out));
  }
  std::string form = plain_form_of(n, d);
  for (const std::string_view name : elementary_names())
    if (mentions(form, name)) w_.elementary_.emplace(name, d);
  // Once a row nothing is made a vector of.
  if (const made* m = find(n.first_result); n.id() == op_id::sqrt && m && !m->full) form = "std::sqrt({x})";
  const form_parts parts = parts_of(form);
  // An operand that stands more than once has a name.
  std::map<std::string_view, expression> operands;
  for (const form_place& p : parts.places) {
    if (p.name == "dtype" || operands.contains(p.name)) continue;
    const value_id v = operand_named(n, p.name);
    const auto by = divides(n) && v == n.inputs.back() ? divisors_.find(v) : divisors_.end();
    const made* whole = find(n.first_result);
    expression e = by != divisors_.end() && whole && whole->full ? expression{by->second, strength::whole, true} : read(v);
    const auto places = std::count_if(parts.places.begin(), parts.places.end(), [&](const form_place& q) { return q.name == p.name; });
    if (places > 1 && !e.simple) {
      if (find(v)) {
        e = named(v, e);
        texts_[v] = e;
      } else {
        std::string name = w_.names_.fresh("value");
        w_.code_.add(format_text("const {} {} = {};", cpp_type(dtype_of(v)), name, e.text));
        e = {std::move(name), strength::whole, true};
      }
    }
    operands[p.name] = std::move(e);
  }
  std::string text;
  std::size_t from = 0;
  for (const form_place& p : parts.places) {
    text += form.substr(from, p.begin - from);
    add_operand(text, p.name == "dtype" ? cpp_type(out) : bracketed(operands[p.name], p.around));
    from = p.end;
  }
  text += form.substr(from);
  const bool choice = form.find(" ? ") != form.npos;
  const strength binds = choice || parts.binds < strength::shift ? strength::comparison : parts.binds;
  const bool same = form == "{x}";
  return {std::move(text), same ? operands["x"].binds : binds, same && operands["x"].simple};
}

value_id nest_writer::operand_named(const node& n, std::string_view name) {
  for (std::size_t i = 0; i < n.inputs.size(); ++i)
    if (n.op->inputs[std::min(i, n.op->inputs.size() - 1)].name == name) return n.inputs[i];
  throw internal_error(format_text("[source_code] {} has no operand {}", n.op->name, name));
}

std::string_view nest_writer::noun(const made& m) {
  switch (m.id) {
    case op_id::mean: return "mean";
    case op_id::var: return "variance";
    case op_id::std: return "deviation";  // std is a namespace
    default: return noun_of(*m.n);
  }
}

}  // namespace tendril::source_text
