// The tracer: symbols, what they stand for in the graph, and what td::array asks of them.
#include "graph/tracer.hpp"

#include <algorithm>

#include "array/format.hpp"
#include "array/symbol.hpp"
#include "ops/literals.hpp"
#include "ops/needs_fact.hpp"
#include "ops/op_table.hpp"

namespace tendril::detail {

tracer*& current_tracer() noexcept {
  thread_local tracer* current = nullptr;
  return current;
}

void require_alive(const array& a, std::string_view op, std::source_location where) {
  if (!a.is_symbol() || tracer_of(*a.impl()).alive) return;
  throw trace_error(format_text(
      "[{}] a traced value is used after its trace at {}: got a value of the graph \"{}\", which ended, expected an array or a value of the trace under way. "
      "Return it from the traced function instead of storing it.",
      op, spell(where), tracer_of(*a.impl()).graph.name));
}

void tracer::note_fact(value_id v, int axis) {
  read_facts = true;
  const read_extent read{v, axis};
  if (std::find(reads.begin(), reads.end(), read) == reads.end()) reads.push_back(read);
  note_in_outer();
}

void tracer::note_facts(std::span<const operand> operands) {
  read_facts = true;
  for (const operand& o : operands)
    if (const array* a = o.get_array(); a && a->is_symbol() && &tracer_of(*a->impl()) == this) note_fact(a->impl()->id);
  note_in_outer();
}

void tracer::note_type() noexcept {
  read_facts = true;
  if ((is_body || !captured.empty()) && outer) outer->note_type();
}

// The extents may be those of what it got from there: of anything that the outer trace has.
void tracer::note_in_outer() {
  if ((!is_body && captured.empty()) || !outer) return;
  outer->read_facts = true;
  for (const value_id v : outer->graph.inputs) outer->note_fact(v);
}

array make_symbol(tracer& t, value_id id) {
  auto p = make_ref<array_impl>();
  p->trace = ref<counted>(&t);
  p->id = id;
  return array(std::move(p));
}

value_id tracer::value_of(const array& a, std::source_location where) {
  if (a.is_symbol()) {
    const auto& i = *a.impl();
    if (&tracer_of(i) == this) return i.id;
    for (std::size_t k = 0; k < captured.size(); ++k)
      if (captured[k].impl() == a.impl()) return captured_ids[k];
    bool enclosing = false;
    for (tracer* o = outer; o; o = o->outer) enclosing |= o == &tracer_of(i);
    if (!enclosing)
      throw trace_error(format_text(
          "[trace] a value of another trace is used at {}: got a value of the graph \"{}\", expected one of the trace under way. Pass it as an argument.",
          spell(where), tracer_of(i).graph.name));
    captured.push_back(a);
    captured_ids.push_back(graph.add_input(tracer_of(i).graph.type_of(i.id)));
    return captured_ids.back();
  }
  if (a.impl()->weak) return graph.add_literal(scalar_of(a), where);
  for (const auto& [seen, id] : constants)
    if (seen.impl() == a.impl()) return id;
  const value_id id = graph.add_constant(a.impl()->borrowed ? copy_of(a.view()) : a, where);
  constants.emplace_back(a, id);
  return id;
}

// ---- what td::array asks

const type& type_of_symbol(const array_impl& i) { return tracer_of(i).graph.type_of(i.id); }

const type& known_type(const array_impl& i, const char* what, std::source_location where, bool (*known)(const type&)) {
  tracer& t = tracer_of(i);
  const type& ty = t.graph.type_of(i.id);
  if (!known(ty)) {
    std::string why = format_text("the function reads {} at {}, which is known only from arguments", what, spell(where));
    if (t.abstract) throw needs_fact{std::move(why)};
    throw trace_error(format_text("[{}] {}: got {}, expected a known one. Pass example arguments.", what, why, to_string(ty)));
  }
  return ty;
}

void note_fact_of(const array_impl& i, int axis) { tracer_of(i).note_fact(i.id, axis); }
void note_type_of(const array_impl& i) noexcept { tracer_of(i).note_type(); }

// ---- what type rules ask

std::vector<type> types_of_decomposition(const type_request& r) {
  auto t = make_ref<tracer>();
  t->graph.name = r.op.name;
  t->abstract = std::any_of(r.inputs.begin(), r.inputs.end(), [](const type& x) { return !x.complete(); });
  std::vector<array> in;
  for (std::size_t i = 0; i < r.inputs.size(); ++i) in.push_back(r.present[i] ? make_symbol(*t, t->graph.add_input(r.inputs[i])) : array());
  std::vector<type> out;
  for (const value_id v : record(*t, {}, [&] { return r.op.decompose(in, r.attrs); })) out.push_back(t->graph.type_of(v));
  return out;
}

}  // namespace tendril::detail
