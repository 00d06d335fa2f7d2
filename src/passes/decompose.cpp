// Decompose: composite ops the backend does not claim, by recording their rules; and contract, which makes multiply-adds.
#include <fmt/format.h>

#include "array_impl.hpp"
#include "passes/rewrite.hpp"

namespace tendril {
namespace {

bool claimed(const node& n, const graph& g, const backend& b) {
  if (!n.op->decompose || !n.op->is(trait::composite)) return true;
  if (n.id() == op_id::custom) return n.op->kernel != nullptr;
  if (n.inputs.empty()) return false;
  const dtype d = g.type_of(n.inputs.front()).dtype;
  const auto block = detail::find_block(b, n.id(), d);
  const auto whole = detail::find_whole(b, n.id(), d);
  return (n.op->is(trait::elementwise) && block && block.owner == &b) || (!n.op->is(trait::elementwise) && whole && whole.owner == &b);
}

graph expand_once(const graph& g, const backend& b, bool& expanded) {
  detail::rewriter r(g);
  for (const node& n : g.nodes) {
    if (claimed(n, g, b)) {
      r.copy(n);
      continue;
    }
    expanded = true;
    auto t = detail::make_ref<detail::tracer>();
    t->graph = std::move(r.to);
    t->force_where = &n.where;
    {
      detail::trace_scope scope(*t);
      std::vector<array> in;
      for (value_id v : n.inputs) in.push_back(v == absent ? array() : detail::make_symbol(*t, r.at(v)));
      const std::vector<array> out = n.op->decompose(in, n.attrs);
      if (out.size() != static_cast<std::size_t>(n.result_count))
        throw error(fmt::format("[{}] its decomposition returns {} results: expected {}. Make it agree with the op's type rule.", n.op->name, out.size(), n.result_count));
      for (std::int32_t k = 0; k < n.result_count; ++k) r.map[static_cast<std::size_t>(n.first_result + k)] = t->value_of(out[static_cast<std::size_t>(k)], n.where);
    }
    r.to = std::move(t->graph);
  }
  return r.finish();
}

}  // namespace

graph decompose(const graph& g, const pass_context& context) {
  const backend& b = detail::backend_of(context);
  graph out = g;
  // Rules may use composite ops themselves; a rule that never ends is a defect of its op.
  for (int depth = 0; depth < 16; ++depth) {
    bool expanded = false;
    out = expand_once(out, b, expanded);
    if (!expanded) return out;
    out = specialize(out, context);
  }
  throw error(fmt::format("[decompose] decompositions of \"{}\" do not end: got more than 16 rounds, expected rules in terms of simpler ops. Check the registered ops.", g.name));
}

graph contract(const graph& g, const pass_context& context) {
  if (!context.contract) return g;
  const auto producers = g.producers();
  const auto uses = g.use_counts();
  const backend& b = detail::backend_of(context);
  // Products that an add will absorb.
  std::vector<char> absorbed(g.nodes.size(), 0);
  std::vector<std::int32_t> partner(g.nodes.size(), -1);
  for (std::size_t i = 0; i < g.nodes.size(); ++i) {
    const node& n = g.nodes[i];
    const type& t = g.type_of(n.first_result);
    if (n.id() != op_id::add || kind_of(t.dtype) != dtype_kind::real || !detail::find_block(b, op_id::multiply_add, t.dtype)) continue;
    for (value_id v : n.inputs) {
      const std::int32_t p = producers[static_cast<std::size_t>(v)];
      if (p < 0 || g.nodes[static_cast<std::size_t>(p)].id() != op_id::multiply || uses[static_cast<std::size_t>(v)] != 1) continue;
      if (!(g.type_of(v) == t)) continue;  // a product of fewer elements is cheaper on its own
      absorbed[static_cast<std::size_t>(p)] = 1;
      partner[i] = p;
      break;
    }
  }
  detail::rewriter r(g);
  for (std::size_t i = 0; i < g.nodes.size(); ++i) {
    const node& n = g.nodes[i];
    if (absorbed[i]) continue;
    if (partner[i] < 0) {
      r.copy(n);
      continue;
    }
    const node& product = g.nodes[static_cast<std::size_t>(partner[i])];
    const value_id addend = n.inputs[0] == product.first_result ? n.inputs[1] : n.inputs[0];
    r.replace(n, r.to.add(record_of(op_id::multiply_add), {r.at(product.inputs[0]), r.at(product.inputs[1]), r.at(addend)}, {}, nullptr, n.where));
  }
  return r.finish();
}

}  // namespace tendril
