// Regions: their checks, their types, what they do to the node that has them.
#include "graph/regions.hpp"

#include <algorithm>

#include <tendril/detail/op_id.hpp>

#include "array/format.hpp"
#include "graph/rewriter.hpp"
#include "ops/presence.hpp"

namespace tendril {

std::vector<type> region::result_types() const {
  std::vector<type> types;
  for (const graph& g : body)
    for (value_id v : g.results) {
      types.push_back(g.type_of(v));
      types.back().weak = false;
    }
  return types;
}

bool has_bodies(const node& n) noexcept { return !n.regions.empty() && n.id() != op_id::group; }

bool is_ordered(const node& n) noexcept {
  if (n.op->is(trait::ordered)) return true;
  return std::any_of(n.regions.begin(), n.regions.end(), [](const region& r) {
    return std::any_of(r.body.begin(), r.body.end(), [](const graph& g) {
      return std::any_of(g.nodes.begin(), g.nodes.end(), [](const node& i) { return is_ordered(i); });
    });
  });
}

namespace detail {
namespace {

bool same_but_for_weakness(const type& a, const type& b) { return a.dtype == b.dtype && a.ranked == b.ranked && a.shape == b.shape; }

bool any_number(const op_record& op) { return !op.regions.empty() && op.regions.back().sequence; }

}  // namespace

std::vector<type> body_inputs(const type_request& r, std::size_t which) {
  if (r.op.body_inputs) return r.op.body_inputs(r, which);
  return {r.inputs.begin(), r.inputs.end()};
}

std::string name_of_region(const op_record& op, std::size_t which) {
  const std::size_t last = op.regions.size() - 1;
  if (!any_number(op)) return op.regions[which].name;
  return which < last ? op.regions[which].name : format_text("{} {}", op.regions[last].name, which - last);
}

std::string spell_region(const op_record& op, std::size_t which) { return format_text("region {} ({})", which, name_of_region(op, which)); }

void check_region_count(const op_record& op, std::size_t count) {
  const std::size_t declared = op.regions.size();
  if (any_number(op) ? count >= declared : count == declared) return;
  std::string names;
  for (const region_spec& s : op.regions) names += (names.empty() ? ": " : ", ") + s.name;
  throw error(format_text("[{}] wrong number of regions: got {}, expected {}{}{}. Give each body once.", op.name, count,
                          any_number(op) ? "at least " : "", declared, names));
}

void check_regions(const type_request& r) {
  check_region_count(r.op, r.regions.size());
  const std::vector<input_spec>& declared = r.op.inputs;
  const std::size_t least = declared.size() - (!declared.empty() && declared.back().what == input_spec::form::sequence);
  if (r.inputs.size() < least)
    throw error(format_text("[{}] wrong number of operands: got {}, expected {}. Pass each once.", r.op.name, r.inputs.size(), least));
  for (std::size_t k = 0; k < r.regions.size(); ++k) {
    const auto name = [&] { return spell_region(r.op, k); };
    if (r.regions[k].body.size() != 1)
      throw error(format_text("[{}] {} has no body: got {} graphs, expected one. Put one graph into it.", r.op.name, name(),
                              r.regions[k].body.size()));
    const graph& body = r.regions[k].body.front();
    if (body.inputs.size() != r.inputs.size())
      throw error(format_text("[{}] {} takes another number of inputs: got {}, expected {}, as many as the node has. Give it one for each.",
                              r.op.name, name(), body.inputs.size(), r.inputs.size()));
    const std::vector<type> given = body_inputs(r, k);
    for (std::size_t i = 0; i < given.size(); ++i)
      if (const type& t = body.type_of(body.inputs[i]); !same_but_for_weakness(t, given[i])) {
        const std::string text =
            format_text("[{}] {} takes another type as input {}: got {}, expected {}. Record it for what the node gives.", r.op.name,
                        name(), i, to_string(t), to_string(given[i]));
        if (t.dtype != given[i].dtype) throw dtype_error(text);
        throw shape_error(text);
      }
    if (body.results.empty())
      throw error(
          format_text("[{}] {} returns nothing: got no result, expected at least one. Return what it computes.", r.op.name, name()));
  }
}

graph retyped(const graph& g, std::span<const type> inputs) {
  graph from = g;
  for (std::size_t i = 0; i < inputs.size(); ++i) from.types[static_cast<std::size_t>(from.inputs[i])] = inputs[i];
  rewriter r(from);
  return r.run(from, [&](node& n, std::vector<value_id>& in) {
    if (n.id() == op_id::constant || n.id() == op_id::group) return r.copy(std::move(n));
    const bool weak = n.result_count > 0 && from.type_of(n.first_result).weak;
    if (has_bodies(n)) {
      std::vector<type> types;
      for (value_id v : in) types.push_back(r.to.type_of(v));
      const type_request request{*n.op, types, presence(in), n.attrs, n.rules, n.regions};
      for (std::size_t k = 0; k < n.regions.size(); ++k)
        n.regions[k].body.front() = retyped(n.regions[k].body.front(), body_inputs(request, k));
    }
    const std::int32_t count = n.result_count;
    const value_id first = r.rebuild(n, *n.op, std::move(in));
    if (r.to.nodes.back().result_count != count)
      throw shape_error(
          format_text("[{}] the number of results differs: got {} for these inputs, expected {} as recorded. Record it again.", n.op->name,
                      r.to.nodes.back().result_count, count));
    if (weak) r.to.types[static_cast<std::size_t>(first)].weak = true;
    return first;
  });
}

graph without_groups(graph g) {
  if (std::all_of(g.nodes.begin(), g.nodes.end(), [](const node& n) { return n.regions.empty(); })) return g;
  rewriter r(g);
  return r.run(g, [&](node& n, std::vector<value_id>& in) -> std::vector<value_id> {
    for (region& inner : n.regions)
      for (graph& body : inner.body) body = without_groups(std::move(body));
    std::vector<value_id> made;
    if (n.id() != op_id::group) {
      const std::int32_t count = n.result_count;
      const value_id first = r.copy(std::move(n));
      for (std::int32_t k = 0; k < count; ++k) made.push_back(first + k);
      return made;
    }
    const graph& body = n.regions.front().body.front();
    rewriter inside(body, body.name, {});
    inside.to = std::move(r.to);
    for (std::size_t i = 0; i < in.size(); ++i) inside.map[static_cast<std::size_t>(body.inputs[i])] = in[i];
    for (const node& i : body.nodes) inside.copy(i);
    for (value_id v : body.results) made.push_back(inside.at(v));
    r.to = std::move(inside.to);
    return made;
  });
}

}  // namespace detail
}  // namespace tendril
