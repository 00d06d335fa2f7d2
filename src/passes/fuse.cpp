// Fuse: every loop nest of the graph becomes a `group` node whose region holds its nodes, single ones too.
#include <algorithm>

#include <tendril/detail/op_id.hpp>

#include "array/array_impl.hpp"
#include "graph/rewriter.hpp"
#include "kernels/reductions.hpp"
#include "ops/op_table.hpp"
#include "passes/loop_nests.hpp"
#include "passes/shared.hpp"

namespace tendril {
namespace {

// What the backend has kernels for.
bool joins(const graph& g, const backend& b, const node& n) {
  if (n.id() == op_id::custom || n.inputs.size() > 4) return false;
  const bool reduction = engine::is_reduction(n);
  if (!n.op->is(trait::elementwise) && n.id() != op_id::astype && !reduction) return false;
  const dtype d = g.type_of(n.inputs[detail::first_data_operand(*n.op)]).dtype;
  if (n.id() == op_id::astype) return static_cast<bool>(detail::find_convert(b, d, g.type_of(n.first_result).dtype));
  if (!reduction) return static_cast<bool>(detail::find_block(b, n.id(), d));
  if (!engine::has_kernels(b, n, g.type_of(n.inputs[0]))) return false;
  return !engine::reduced_axes(n, g.type_of(n.inputs[0]).rank()).empty();
}

void emit_group(const graph& g, const std::vector<std::int32_t>& producers, detail::rewriter& r, const detail::loop_nest& c,
                const std::vector<std::int32_t>& uses) {
  // Inputs first: values from outside, but for single numbers, which the region holds itself.
  std::vector<value_id> reads, results;
  std::vector<char> read(g.types.size(), 0);
  std::vector<std::int32_t> uses_inside(g.types.size(), 0);
  const auto is_number = [&](value_id v) {
    const array* a = detail::one_element_constant(g, producers, v);
    return a && a->ndim() == 0;
  };
  for (std::int32_t i : c.nodes)
    for (value_id v : g.nodes[static_cast<std::size_t>(i)].inputs) {
      if (v == absent) continue;
      ++uses_inside[static_cast<std::size_t>(v)];
      const std::int32_t p = producers[static_cast<std::size_t>(v)];
      if (is_number(v) || (p >= 0 && std::binary_search(c.nodes.begin(), c.nodes.end(), p)) || read[static_cast<std::size_t>(v)]++)
        continue;
      reads.push_back(v);
    }
  detail::rewriter body(g, "group", reads);
  for (std::int32_t i : c.nodes) {
    const node& n = g.nodes[static_cast<std::size_t>(i)];
    for (value_id v : n.inputs)
      if (v != absent && body.at(v) == absent)
        body.map[static_cast<std::size_t>(v)] = body.to.add_constant(*constant_of(g, producers, v), n.where);
    body.copy(n);
  }
  for (std::int32_t i : c.nodes) {
    const node& n = g.nodes[static_cast<std::size_t>(i)];
    for (value_id v = n.first_result; v < n.first_result + n.result_count; ++v)
      if (uses[static_cast<std::size_t>(v)] > uses_inside[static_cast<std::size_t>(v)]) results.push_back(v);
  }
  attributes at{{"space", attribute_value(c.space)}, {"inner", attribute_value(c.inner)}};
  const std::source_location where = g.nodes[static_cast<std::size_t>(c.nodes.back())].where;
  value_id made = r.add_group(reads, body.finish(results), std::move(at), where);
  for (value_id v : results) r.map[static_cast<std::size_t>(v)] = made++;
}

}  // namespace

graph fuse(graph g, const pass_context& context) {
  g = detail::in_bodies(std::move(g), context, fuse);
  const backend& b = detail::backend_of(context);
  const auto producers = g.producers();
  const auto uses = g.use_counts();
  detail::rewriter r(g);
  for (const detail::loop_nest& nest : detail::loop_nests(g, {[&](const node& n) { return joins(g, b, n); }, engine::is_reduction}))
    if (nest.fused) emit_group(g, producers, r, nest, uses);
    else r.copy(g.nodes[static_cast<std::size_t>(nest.nodes.front())]);
  return r.finish();
}

}  // namespace tendril
