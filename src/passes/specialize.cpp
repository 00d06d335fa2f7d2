// Specialize: every type resolved from those of the inputs, promotion explicit, frontends' rules gone.

#include <tendril/detail/op_id.hpp>

#include "array/array_impl.hpp"
#include "array/format.hpp"
#include "graph/regions.hpp"
#include "graph/rewriter.hpp"
#include "ops/literals.hpp"
#include "ops/op_table.hpp"
#include "ops/presence.hpp"
#include "passes/shared.hpp"

namespace tendril {
namespace {

// A rank-0 constant of the new graph; its array stays where it is when nodes move.
struct literal {
  const array* value = nullptr;
  bool beyond_int64 = false;
  scalar number() const {
    if (value->dtype() != dtype::int64) return detail::scalar_of(*value);
    const std::int64_t v = *value->data<std::int64_t>();
    return beyond_int64 ? scalar(static_cast<std::uint64_t>(v)) : scalar(v);
  }
};

// `v` in dtype `d`: a new literal where it is a scalar constant, else a cast. `settled`: the number that it acts as, where it is known.
value_id converted(graph& g, const literal& known, const scalar* settled, value_id v, dtype d, std::source_location where) {
  const type& t = g.type_of(v);
  if (known.value && (t.dtype != d || t.weak)) return g.add_constant(detail::scalar_array(settled ? *settled : known.number(), d), where);
  if (t.dtype == d) return v;
  return g.add(record_of(op_id::astype), {v}, attributes{{"dtype", d}}, nullptr, where);
}

// A bound that is known only when the function runs, in a narrower dtype: beyond its range it acts as the end of the range.
value_id narrowed_bound(graph& g, value_id v, dtype d, std::source_location where) {
  const detail::integer_range range = detail::range_of(d);
  const dtype own = g.type_of(v).dtype;
  const value_id low = g.add_constant(detail::scalar_array(range.low, own), where),
                 high = g.add_constant(detail::scalar_array(range.high, own), where);
  return g.add(record_of(op_id::astype), {g.add(record_of(op_id::clip), {v, low, high}, {}, nullptr, where)}, attributes{{"dtype", d}},
               nullptr, where);
}

// The bodies of an op with regions for what the node gives them now. Numbers among it stay weak inside.
void specialize_bodies(const type_request& request, std::vector<region>& regions, const pass_context& context) {
  for (std::size_t k = 0; k < regions.size(); ++k) {
    graph& body = regions[k].body.front();
    const std::vector<type> given = detail::body_inputs(request, k);
    for (std::size_t i = 0; i < given.size(); ++i) body.types[static_cast<std::size_t>(body.inputs[i])] = given[i];
    body = specialize(std::move(body), context);
  }
}

}  // namespace

graph specialize(graph g, const pass_context& context) {
  detail::rewriter r(g);
  for (value_id v : g.inputs)
    if (!g.type_of(v).complete())
      throw trace_error(
          format_text("[specialize] an input's type is not known: got {}, expected a dtype and every extent. Pass example arguments.",
                      to_string(g.type_of(v))));
  std::vector<literal> literals;  // by new value
  static_assert(std::is_nothrow_move_constructible_v<node>);
  const auto literal_at = [&](value_id v) {
    return static_cast<std::size_t>(v) < literals.size() ? literals[static_cast<std::size_t>(v)] : literal();
  };
  std::vector<type> types;  // of a node's operands; they keep their memory from node to node
  std::vector<scalar> numbers;
  graph out = r.run(g, [&](node& n, std::vector<value_id>& in) {
    if (n.id() == op_id::constant) {
      const value_id made = r.copy(std::move(n));
      const array& a = std::get<array>(r.to.nodes.back().attrs.find("value")->value);
      literals.resize(r.to.types.size());
      if (a.ndim() == 0)
        literals[static_cast<std::size_t>(r.to.nodes.back().first_result)] = {&a, r.to.nodes.back().attrs.find("unsigned") != nullptr};
      return made;
    }
    if (n.id() == op_id::group) return r.copy(std::move(n));
    if (types.size() < in.size()) types.resize(in.size());
    const detail::presence present(in);
    // A number that is an argument, or computed from such, stays weak; its type in the new graph does not say so.
    bool weak_symbols = false;
    for (std::size_t i = 0; i < in.size(); ++i)
      if (in[i] != absent) {
        types[i] = r.to.type_of(in[i]);
        types[i].weak = g.type_of(n.inputs[i]).weak;
        weak_symbols |= types[i].weak && !literal_at(in[i]).value;
      } else {
        types[i] = type();
      }
    const type_request request{*n.op, {types.data(), in.size()}, present, n.attrs, n.rules, n.regions};
    if (has_bodies(n)) specialize_bodies(request, n.regions, context);
    const op_record* op = n.op;
    dtype d = dtype::unknown;
    if (op->id == op_id::custom) {
      if (op->is(trait::elementwise) && !op->infer) d = infer(request).front().dtype;
    } else {
      d = detail::operand_dtype(request);
      if (n.rules && n.rules->bool_is_numeric && d == dtype::bool_)
        if (const op_record* logic = detail::logical_form(op->id)) {
          infer(request);  // max of nothing is an error, any of nothing is not
          op = logic;
        }
      // What the frontend's rules give and the standard's would not is written out.
      if (n.rules && n.attrs.find("dtype") && !n.attrs.has("dtype")) n.attrs.set("dtype", infer(request).front().dtype);
    }
    const auto symbol = [&](std::size_t i) { return weak_symbols && types[i].weak && in[i] != absent && !literal_at(in[i]).value; };
    if (weak_symbols && op->is(trait::comparison) && kind_of(d) == dtype_kind::integer)
      for (std::size_t i = 0; i < in.size(); ++i)
        if (symbol(i)) d = promote(d, types[i].dtype);  // any number may come: what compares exactly is the wider dtype
    bool fit = true;
    numbers.clear();
    for (std::size_t i = 0; i < in.size(); ++i) {
      if (in[i] == absent || !types[i].weak) continue;
      const literal known = literal_at(in[i]);
      if (!known.value || (kind_of(types[i].dtype) == dtype_kind::real && kind_of(d) != dtype_kind::integer)) continue;
      numbers.resize(in.size());
      numbers[i] = known.number();
      fit &= !detail::may_not_fit(numbers[i]);
    }
    if (!fit) op = &detail::settle_literals(request, d, numbers, n.attrs);
    if ((op->id == op_id::full || op->id == op_id::full_like) && n.rules) {
      const dtype filled = infer(request).front().dtype;
      n.attrs.set("fill_value", detail::settle_fill(request, filled));
    }
    for (std::size_t i = 0; i < in.size(); ++i) {
      if (in[i] == absent) continue;
      const bool data = op->id == op_id::custom || detail::is_data_operand(*op, i);
      const dtype to = data && d != dtype::unknown ? d : r.to.type_of(in[i]).dtype;
      if (symbol(i) && detail::is_bound(op->id, i) && kind_of(to) == dtype_kind::integer && promote(to, types[i].dtype) != to)
        in[i] = narrowed_bound(r.to, in[i], to, n.where);
      else  // a real number beside one that does not fit is none of those that were settled
        in[i] = converted(r.to, literal_at(in[i]), !fit && numbers[i].kind() != dtype_kind::unknown ? &numbers[i] : nullptr, in[i], to,
                          n.where);
    }
    if (d == dtype::bool_)
      if (const op_record* logic = detail::logic_of_bits(op->id)) op = logic;
    return r.rebuild(n, *op, std::move(in), nullptr);
  });
  for (value_id v : out.inputs) out.types[static_cast<std::size_t>(v)].weak = false;
  return out;
}

}  // namespace tendril
