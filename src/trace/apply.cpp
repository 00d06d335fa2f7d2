// Calling an op: recorded when this thread is tracing, else run at once.
#include <algorithm>
#include <memory>
#include <new>

#include <tendril/detail/op_id.hpp>

#include "array/format.hpp"
#include "array/memory.hpp"
#include "array/symbol.hpp"
#include "graph/regions.hpp"
#include "graph/tracer.hpp"
#include "kernels/backend.hpp"
#include "kernels/evaluate.hpp"
#include "ops/literals.hpp"
#include "ops/needs_fact.hpp"
#include "ops/op_table.hpp"
#include "ops/presence.hpp"
#include "trace/apply.hpp"
#include "trace/stack.hpp"

namespace tendril {
namespace {

// `{}` is no axes or the shape of rank 0, but for the options that mean all axes where they are left out.
attributes with_lists(const op_record& op, attributes at) {
  for (const attribute_spec& s : op.attributes)
    if (s.list && (s.required || !s.default_value.absent()))
      if (const attribute_value* v = at.find(s.name); v && v->absent()) at.set(s.name.c_str(), std::vector<std::int64_t>());
  return at;
}

}  // namespace

attributes detail::complete(const op_record& op, attributes at) {
  if (at.items().size() == op.attributes.size() && op.id != op_id::custom) return with_lists(op, std::move(at));
  for (const attribute& a : at.items()) {
    bool known = false;
    for (const attribute_spec& s : op.attributes) known |= s.name == a.name;
    if (!known)
      throw error(
          format_text("[{}] unknown attribute: got \"{}\", expected one that the op declares. Check the spelling.", op.name, a.name));
  }
  attributes full;
  for (const attribute_spec& s : op.attributes) {
    const attribute_value* v = at.find(s.name);
    if (!v && s.required)
      throw error(format_text("[{}] a required attribute is missing: got none, expected \"{}\". Pass it.", op.name, s.name));
    full.set(s.name.c_str(), v ? *v : s.default_value);
  }
  return with_lists(op, std::move(full));
}

void detail::check_operands(const op_record& op, std::span<const operand> in, std::source_location where) {
  const bool sequence = !op.inputs.empty() && op.inputs.back().what == input_spec::form::sequence;
  if (!sequence && in.size() != op.inputs.size())
    throw error(format_text("[{}] wrong number of operands: got {}, expected {}. Pass each once.", op.name, in.size(), op.inputs.size()));
  for (std::size_t i = 0; i < in.size(); ++i) {
    if (const array* a = in[i].get_array()) {
      if (a->empty())
        throw error(format_text(
            "[{}] operand {} holds no array: got a default-constructed td::array, expected one that holds elements. Assign it first.",
            op.name, i));
      detail::require_alive(*a, op.name, where);
    } else if (in[i].absent() && (sequence || op.inputs[i].what != input_spec::form::optional)) {
      throw error(format_text(
          "[{}] operand {} is absent: got nothing, expected an array or a number. Only the bounds of clip may be left out.", op.name, i));
    }
  }
}

namespace {

// Whether the number of results may differ for other extents. The type rule of a registered op is a function that says only how many there
// are here: it is asked once more with the extents hidden, and what it cannot answer then is taken to depend on them. Several results are
// taken to do so too, unless the call says how many there are: as an integer attribute "count".
bool count_follows_from_extents(const op_record& op, const graph& g, const node& made) {
  if (op.id != op_id::custom) return detail::row_of(op.id).returns == detail::returns::many;
  if (op.is(trait::elementwise)) return false;
  if (made.result_count != 1) {
    const attribute_value* said = made.attrs.find("count");
    const auto* count = said ? std::get_if<std::int64_t>(&said->value) : nullptr;
    return !count || *count != made.result_count;
  }
  std::vector<type> types;
  for (value_id v : made.inputs) {
    types.push_back(v == absent ? type() : g.type_of(v));
    for (extent& e : types.back().shape) e = extent();
  }
  try {
    return infer({op, types, detail::presence(made.inputs), made.attrs, made.rules}).size() != 1;
  } catch (...) { return true; }
}

// Whether all operands are numbers, one of them an argument of the traced function: with plain C++ numbers in their place nothing would be
// recorded, and the result would be a number.
bool numbers_alone(const graph& g, std::span<const operand> in, std::span<const value_id> ids) {
  bool argument = false;
  for (std::size_t i = 0; i < in.size(); ++i) {
    if (ids[i] == absent || !g.type_of(ids[i]).weak) return false;
    argument |= in[i].get_array() != nullptr;
  }
  return argument;
}

bool may_not_fit(std::span<const operand> in) {
  return std::any_of(in.begin(), in.end(), [](const operand& o) { return !o.get_array() && detail::may_not_fit(o.get_scalar()); });
}

// Throws where a number does not fit what it stands beside, as far as that is known. A node that cannot run must not be in the graph: the
// functor may catch the error.
void check_literals(const op_record& op, const graph& g, std::span<const operand> in, std::span<const value_id> ids, attributes at,
                    const promotion_rules* rules) {
  std::vector<type> types;
  std::vector<scalar> numbers;
  for (std::size_t i = 0; i < in.size(); ++i) {
    types.push_back(ids[i] == absent ? type() : g.type_of(ids[i]));
    numbers.push_back(in[i].get_array() ? scalar() : in[i].get_scalar());
  }
  const attributes written = at;
  const std::vector<value_id> inputs(ids.begin(), ids.end());
  const detail::presence present(inputs);
  const type_request request{op, types, present, written, rules};
  const bool together = op.is(trait::elementwise) && !op.infer;
  const dtype d = op.id != op_id::custom ? detail::operand_dtype(request) : together ? infer(request).front().dtype : dtype::unknown;
  for (std::size_t i = 0; i < in.size(); ++i)
    if (ids[i] != absent && types[i].dtype == dtype::unknown) return;
  detail::settle_literals(request, d, numbers, at);
}

}  // namespace

std::vector<array> apply(const op_record& op, std::span<const operand> in, attributes given, const promotion_rules* rules,
                         std::source_location where) try {
  detail::check_operands(op, in, where);
  detail::require_stack(op.name, where);
  if (!op.regions.empty()) detail::check_region_count(op, 0);
  attributes at = detail::complete(op, std::move(given));
  if (detail::tracer* t = detail::current_tracer()) {
    if (t->force_where) where = *t->force_where;
    std::vector<value_id> ids;
    ids.reserve(in.size());
    for (const operand& o : in)
      ids.push_back(o.get_array() ? t->value_of(*o.get_array(), where) : o.absent() ? absent : t->graph.add_literal(o.get_scalar(), where));
    const bool weak = op.is(trait::number_operator) && numbers_alone(t->graph, in, ids);
    value_id first;
    try {
      if (may_not_fit(in)) check_literals(op, t->graph, in, ids, at, rules);
      first = t->graph.add(op, std::move(ids), std::move(at), rules, where);
    } catch (const detail::needs_fact& fact) {
      if (t->abstract) throw;
      throw trace_error(format_text("[{}] {} at {}. Pass example arguments.", op.name, fact.why, detail::spell(where)));
    } catch (...) {
      t->note_facts(in);  // whoever catches it has learnt that these extents do not fit
      throw;
    }
    if (weak) t->graph.types[static_cast<std::size_t>(first)].weak = true;
    std::vector<array> out;
    const std::int32_t count = t->graph.nodes.back().result_count;
    if (count_follows_from_extents(op, t->graph, t->graph.nodes.back())) {
      if (t->abstract && op.id == op_id::custom && count != 1)
        throw detail::needs_fact{
            format_text("the number of results of {} at {} may follow from extents, which are known only from arguments", op.name,
                        detail::spell(where))};
      // The slices of an axis are as many as it is long.
      if (op.id == op_id::unstack) {
        const node& n = t->graph.nodes.back();
        t->note_fact(n.inputs[0], static_cast<int>(n.attrs.get_axes(op.name, t->graph.type_of(n.inputs[0]).rank()).front()));
      } else {
        t->note_facts(in);
      }
    }
    for (std::int32_t k = 0; k < count; ++k) out.push_back(detail::make_symbol(*t, first + k));
    return out;
  }
  std::vector<array> arrays;
  arrays.reserve(in.size());
  bool weak_small[8];
  std::unique_ptr<bool[]> weak_many;
  bool* weak = weak_small;
  if (in.size() > 8) {
    weak_many = std::make_unique<bool[]>(in.size());
    weak = weak_many.get();
  }
  for (std::size_t i = 0; i < in.size(); ++i) {
    const array* a = in[i].get_array();
    weak[i] = a ? a->impl()->weak : !in[i].absent();
    if (a && a->is_symbol())
      throw trace_error(format_text(
          "[{}] a traced value is used on another thread than its trace at {}: got a symbol where no trace is under way, expected an array. Call ops on the tracing thread.",
          op.name, detail::spell(where)));
    arrays.push_back(a ? *a : in[i].absent() ? array() : detail::scalar_array(in[i].get_scalar(), dtype::unknown));
  }
  std::vector<scalar> numbers;
  if (may_not_fit(in))
    for (const operand& o : in) numbers.push_back(o.get_array() ? scalar() : o.get_scalar());
  std::vector<array> out = engine::run_op(op, arrays, {weak, in.size()}, at, rules, detail::find_backend(op.name, {}), numbers);
  if (op.is(trait::number_operator) && std::all_of(weak, weak + in.size(), [](bool w) { return w; }) &&
      std::any_of(in.begin(), in.end(), [](const operand& o) { return o.get_array() != nullptr; }))
    out.front().impl()->weak = true;
  return out;
} catch (const std::bad_alloc&) { engine::throw_no_memory(op.name); }

array call(const op_record& op, std::initializer_list<operand> inputs, attributes at, std::source_location where) {
  std::vector<array> out = apply(op, {inputs.begin(), inputs.size()}, std::move(at), nullptr, where);
  if (out.size() != 1) throw error(format_text("[call] \"{}\" has {} results: expected exactly one. Use td::apply.", op.name, out.size()));
  return std::move(out.front());
}

}  // namespace tendril
