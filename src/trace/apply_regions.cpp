// Calling an op with regions: each body is recorded by a tracer of its own, inside the trace under way if there is one.
//
// A value of that trace which a body uses becomes an input of the body. The node gets what its bodies captured after its operands, and each
// body takes all of it, so that a region's inputs are the node's inputs. With no trace under way nothing can be captured: arrays are
// constants of the body, and the call runs at once, its bodies op by op.
#include <algorithm>
#include <memory>
#include <new>

#include "array/format.hpp"
#include "array/memory.hpp"
#include "array/symbol.hpp"
#include "graph/regions.hpp"
#include "graph/tracer.hpp"
#include "kernels/backend.hpp"
#include "kernels/regions.hpp"
#include "ops/literals.hpp"
#include "ops/needs_fact.hpp"
#include "ops/presence.hpp"
#include "trace/apply.hpp"
#include "trace/stack.hpp"

namespace tendril {
namespace {

using detail::tracer;

struct recorded_bodies {
  std::vector<region> regions;
  std::vector<array> captured;  // each once
};

class body_recorder {
 public:
  body_recorder(const type_request& request, tracer* outer, std::source_location where) : request_(request), outer_(outer), where_(where) {}

  recorded_bodies run(std::span<const region_body> bodies) {
    for (std::size_t k = 0; k < bodies.size(); ++k) tracers_.push_back(record(bodies[k], k));
    recorded_bodies made;
    for (const auto& t : tracers_)
      for (const array& a : t->captured)
        if (!holds(made.captured, a)) made.captured.push_back(a);
    for (const auto& t : tracers_) {
      made.regions.emplace_back().body.push_back(std::move(t->graph));
      graph& g = made.regions.back().body.front();
      t->graph.name = g.name;  // for the errors of symbols that outlive the trace
      g.inputs.resize(request_.inputs.size());
      for (const array& a : made.captured) g.inputs.push_back(input_for(*t, g, a));
    }
    return made;
  }

 private:
  static bool holds(const std::vector<array>& list, const array& a) {
    return std::any_of(list.begin(), list.end(), [&](const array& have) { return have.impl() == a.impl(); });
  }

  detail::ref<tracer> record(const region_body& body, std::size_t which) const {
    const op_record& op = request_.op;
    if (!body)
      throw error(format_text("[{}] {} is no function: got an empty std::function, expected a callable one. Assign it first.", op.name,
                              detail::spell_region(op, which)));
    auto t = detail::make_ref<tracer>();
    t->graph.name = detail::name_of_region(op, which);
    t->is_body = true;
    t->force_where = outer_ ? outer_->force_where : nullptr;
    const std::vector<type> given = detail::body_inputs(request_, which);
    if (given.size() != request_.inputs.size())
      throw internal_error(format_text("[{}] its rule gives {} another number of inputs: got {}, expected {}. Correct .body_inputs.",
                                       op.name, detail::spell_region(op, which), given.size(), request_.inputs.size()));
    t->abstract = outer_ && outer_->abstract;
    std::vector<array> symbols;
    for (const type& x : given) symbols.push_back(detail::make_symbol(*t, t->graph.add_input(x)));
    t->graph.results = detail::record(
        *t, where_, [&] { return body(symbols); },
        [&](const array& a) {
          if (a.empty())
            throw trace_error(format_text("[{}] {} returns an empty td::array: got no array, expected a value. Assign every result.",
                                          op.name, detail::spell_region(op, which)));
          detail::require_alive(a, op.name, where_);
        });
    return t;
  }

  static value_id input_for(const tracer& t, graph& g, const array& captured) {
    for (std::size_t i = 0; i < t.captured.size(); ++i)
      if (t.captured[i].impl() == captured.impl()) return t.captured_ids[i];
    g.types.push_back(detail::type_of_symbol(*captured.impl()));  // another body's
    return static_cast<value_id>(g.types.size() - 1);
  }

  const type_request& request_;
  tracer* outer_;
  std::source_location where_;
  std::vector<detail::ref<tracer>> tracers_;
};

void check_numbers(const op_record& op, std::span<const operand> in) {
  for (std::size_t i = 0; i < in.size(); ++i)
    if (!in[i].get_array() && in[i].get_scalar().beyond_int64())
      throw dtype_error(
          format_text("[{}] operand {} is a number beyond int64: got {}, expected one that its bodies can take as an array. Pass an array.",
                      op.name, i, detail::spell(in[i].get_scalar())));
}

std::vector<array> record_node(tracer& t, const op_record& op, std::span<const operand> in, std::span<const region_body> bodies,
                               attributes at, const promotion_rules* rules, std::source_location where) {
  if (t.force_where) where = *t.force_where;
  std::vector<value_id> ids;
  std::vector<type> types;
  for (const operand& o : in) {
    ids.push_back(o.get_array() ? t.value_of(*o.get_array(), where) : t.graph.add_literal(o.get_scalar(), where));
    types.push_back(t.graph.type_of(ids.back()));
  }
  const detail::presence present(ids);
  try {
    recorded_bodies made = body_recorder({op, types, present, at, rules}, &t, where).run(bodies);
    for (const array& a : made.captured) ids.push_back(t.value_of(a, where));
    const value_id first = t.graph.add(op, std::move(ids), std::move(at), rules, where, std::move(made.regions));
    std::vector<array> out;
    for (std::int32_t k = 0; k < t.graph.nodes.back().result_count; ++k) out.push_back(detail::make_symbol(t, first + k));
    return out;
  } catch (const detail::needs_fact& fact) {
    if (t.abstract) throw;
    throw trace_error(format_text("[{}] {} at {}. Pass example arguments.", op.name, fact.why, detail::spell(where)));
  } catch (...) {
    t.note_facts(in);  // whoever catches it has learnt that these extents do not fit
    throw;
  }
}

std::vector<array> run_now(const op_record& op, std::span<const operand> in, std::span<const region_body> bodies, const attributes& at,
                           const promotion_rules* rules, std::source_location where) {
  std::vector<array> arrays;
  std::vector<type> types;
  const auto weak = std::make_unique<bool[]>(in.size() + 1), present = std::make_unique<bool[]>(in.size() + 1);
  for (std::size_t i = 0; i < in.size(); ++i) {
    const array* a = in[i].get_array();
    if (a && a->is_symbol())
      throw trace_error(format_text(
          "[{}] a traced value is used on another thread than its trace at {}: got a symbol where no trace is under way, expected an array. Call ops on the tracing thread.",
          op.name, detail::spell(where)));
    arrays.push_back(a ? *a : detail::scalar_array(in[i].get_scalar(), dtype::unknown));
    weak[i] = a ? a->impl()->weak : true;
    present[i] = true;
    types.push_back(type::of(arrays.back().dtype(), arrays.back().shape()));
    types.back().weak = weak[i];
  }
  const recorded_bodies made = body_recorder({op, types, {present.get(), in.size()}, at, rules}, nullptr, where).run(bodies);
  detail::check_regions({op, types, {present.get(), in.size()}, at, rules, made.regions});
  return engine::run_region_op(op, arrays, {weak.get(), in.size()}, at, rules, made.regions, detail::find_backend(op.name, {}));
}

std::vector<array> call_regions(const op_record& op, std::span<const operand> in, std::span<const region_body> bodies, attributes at,
                                const promotion_rules* rules, std::source_location where) {
  detail::require_stack(op.name, where);
  detail::check_region_count(op, bodies.size());
  check_numbers(op, in);
  if (tracer* t = detail::current_tracer()) return record_node(*t, op, in, bodies, std::move(at), rules, where);
  return run_now(op, in, bodies, at, rules, where);
}

}  // namespace

std::vector<array> apply_regions(const op_record& op, std::span<const operand> in, std::span<const region_body> bodies, attributes given,
                                 const promotion_rules* rules, std::source_location where) try {
  detail::check_operands(op, in, where);
  return call_regions(op, in, bodies, detail::complete(op, std::move(given)), rules, where);
} catch (const std::bad_alloc&) { engine::throw_no_memory(op.name); }

std::vector<array> detail::apply_node(const node& n, std::span<const operand> in, std::span<const region_body> bodies) {
  return call_regions(*n.op, in, bodies, n.attrs, n.rules, n.where);
}

}  // namespace tendril
