// Specialize: every type resolved from those of the inputs, promotion explicit, frontends' rules gone.
#include <fmt/format.h>

#include "array_impl.hpp"
#include "op_table.hpp"
#include "passes/rewrite.hpp"

namespace tendril {
namespace {

// `v` in dtype `d`: a new literal where it is a scalar constant, else a cast.
value_id converted(graph& g, const std::vector<const array*>& literals, value_id v, dtype d, std::source_location where) {
  const type& t = g.type_of(v);
  const array* literal = static_cast<std::size_t>(v) < literals.size() ? literals[static_cast<std::size_t>(v)] : nullptr;
  if (literal && (t.dtype != d || t.weak)) return g.add_constant(detail::scalar_array(detail::scalar_of(*literal), d), where);
  if (t.dtype == d) return v;
  return g.add(record_of(op_id::astype), {v}, attributes{{"dtype", d}}, nullptr, where);
}

}  // namespace

graph specialize(graph g, const pass_context&) {
  detail::rewriter r(g);
  for (value_id v : g.inputs)
    if (!g.type_of(v).complete())
      throw trace_error(
          fmt::format("[specialize] an input's type is not known: got {}, expected a dtype and every extent. Pass example arguments.",
                      to_string(g.type_of(v))));
  std::vector<const array*> literals;  // by new value: the rank-0 constants, in attributes that stay where they are when nodes move
  static_assert(std::is_nothrow_move_constructible_v<node>);
  std::vector<type> types;  // of a node's operands; they keep their memory from node to node
  for (node& n : g.nodes) {
    if (n.id() == op_id::constant) {
      r.copy(std::move(n));
      const array& a = std::get<array>(r.to.nodes.back().attrs.find("value")->value);
      literals.resize(r.to.types.size(), nullptr);
      if (a.ndim() == 0) literals[static_cast<std::size_t>(r.to.nodes.back().first_result)] = &a;
      continue;
    }
    if (n.id() == op_id::group) {
      r.copy(std::move(n));
      continue;
    }
    std::vector<value_id> in = r.mapped_inputs(n);
    if (types.size() < in.size()) types.resize(in.size());
    const detail::presence present(in);
    for (std::size_t i = 0; i < in.size(); ++i)
      if (in[i] != absent) types[i] = r.to.type_of(in[i]);
      else types[i] = type();
    const type_request request{*n.op, {types.data(), in.size()}, present, n.attrs, n.rules};
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
    for (std::size_t i = 0; i < in.size(); ++i) {
      if (in[i] == absent) continue;
      const bool data = op->id == op_id::custom || detail::is_data_operand(*op, i);
      in[i] = converted(r.to, literals, in[i], data && d != dtype::unknown ? d : r.to.type_of(in[i]).dtype, n.where);
    }
    r.replace(n, r.to.add(*op, std::move(in), std::move(n.attrs), nullptr, n.where));
  }
  return r.finish();
}

}  // namespace tendril
