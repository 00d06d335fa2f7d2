// Fold, cse and dce: what can be known now, what is there twice, what nothing needs.
#include <algorithm>
#include <cstring>
#include <memory>
#include <span>

#include <tendril/backend.hpp>
#include <tendril/detail/op_id.hpp>

#include "array/array_impl.hpp"
#include "graph/rewriter.hpp"
#include "graph/tracer.hpp"
#include "kernels/evaluate.hpp"
#include "passes/shared.hpp"

namespace tendril {
namespace detail {

const array* one_element_constant(const graph& g, const std::vector<std::int32_t>& producers, value_id v) {
  const array* c = constant_of(g, producers, v);
  return c && c->size() == 1 ? c : nullptr;
}

}  // namespace detail

namespace {

// Whether any op has constants alone for operands.
bool may_fold(const graph& g) {
  std::vector<char> known(g.types.size(), 0);
  for (const node& n : g.nodes) {
    if (n.id() == op_id::constant) {
      known[static_cast<std::size_t>(n.first_result)] = 1;
    } else if (n.regions.empty() && std::all_of(n.inputs.begin(), n.inputs.end(),
                                                [&](value_id v) { return v == absent || known[static_cast<std::size_t>(v)]; })) {
      return true;
    }
  }
  return false;
}

}  // namespace

graph fold(graph g, const pass_context& context) {
  g = detail::in_bodies(std::move(g), context, fold);
  if (!may_fold(g)) return g;
  // Folding a view of a constant would only copy it; folding a product of constants must not bloat the graph.
  constexpr std::int64_t small = 4096;
  detail::rewriter r(g);
  std::vector<const array*> known(r.to.types.size(), nullptr);  // by new value
  const auto remember = [&](const graph& to) {
    known.resize(to.types.size(), nullptr);
    if (const node& n = to.nodes.back(); n.id() == op_id::constant)
      known[static_cast<std::size_t>(n.first_result)] = &std::get<array>(n.attrs.find("value")->value);
  };
  r.to.nodes.reserve(g.nodes.size() * 2 + 8);  // `known` points into nodes
  return r.run(g, [&](node& n, std::vector<value_id>& inputs) {
    bool foldable =
        n.id() != op_id::constant && n.regions.empty() && !n.op->is(trait::ordered) && !(n.op->is(trait::view) && n.id() != op_id::getitem);
    const auto constant = [&](value_id v) { return v == absent ? nullptr : known[static_cast<std::size_t>(v)]; };
    std::int64_t operand_size = 0;
    for (value_id v : inputs) {
      if (!foldable) break;
      const array* c = constant(v);
      foldable = v == absent || c;
      if (c) operand_size += c->size();
    }
    std::int64_t size = 0;
    for (std::int32_t k = 0; foldable && k < n.result_count; ++k) {
      const type& t = g.type_of(n.first_result + k);
      foldable = t.complete();
      std::int64_t own = 1;
      for (const extent& e : t.shape) own *= e.value;
      size += own;
    }
    foldable = foldable && (size <= small || size <= operand_size || n.op->is(trait::creation));
    if (foldable && n.op->is(trait::creation) && n.op->is(trait::composite)) foldable = false;  // a broadcast scalar is better than memory
    if (!foldable || r.to.nodes.size() + static_cast<std::size_t>(n.result_count) > r.to.nodes.capacity()) {
      const value_id first = r.copy(std::move(n));
      remember(r.to);
      return first;
    }
    const std::vector<array> out = [&] {
      std::vector<array> in;
      for (value_id v : inputs) in.push_back(v == absent ? array() : *constant(v));
      auto weak = std::make_unique<bool[]>(in.size() + 1);
      const detail::trace_pause pause;
      const backend& b = detail::backend_of(context);
      const backend_scope scope(b.name);  // a decomposition calls ops like everybody
      return engine::run_op(*n.op, in, {weak.get(), in.size()}, n.attrs, n.rules, b);
    }();
    const auto first = static_cast<value_id>(r.to.types.size());
    for (std::int32_t k = 0; k < n.result_count; ++k) {
      r.to.add_constant(out[static_cast<std::size_t>(k)], n.where);
      remember(r.to);
    }
    return first;
  });
}

namespace {

bool mergeable(const attribute& a, const attribute& b) {
  const array *x = std::get_if<array>(&a.value.value), *y = std::get_if<array>(&b.value.value);
  if (x && y && x->size() > 64) return x->impl() == y->impl();  // comparing large constants costs more than keeping both
  return a.value == b.value;
}

bool same_call(const node& a, const node& b) {
  if (a.op != b.op || a.rules != b.rules || a.attrs.items().size() != b.attrs.items().size()) return false;
  for (std::size_t i = 0; i < a.attrs.items().size(); ++i)
    if (!mergeable(a.attrs.items()[i], b.attrs.items()[i])) return false;
  return true;
}

// For each node the earlier one that it equals, or -1. Empty when there is none.
std::vector<std::int32_t> twins_of(const graph& g) {
  std::vector<value_id> same(g.types.size());  // by value: the one that stands for it
  for (std::size_t v = 0; v < same.size(); ++v) same[v] = static_cast<value_id>(v);
  std::vector<value_id> operands;  // of all nodes so far, with those values
  std::vector<std::size_t> begins(g.nodes.size() + 1, 0), hashes(g.nodes.size(), 0);
  std::size_t room = 4;
  while (room < 2 * g.nodes.size()) room *= 2;
  std::vector<std::int32_t> table(room, -1), twins(g.nodes.size(), -1);
  bool any = false;
  for (std::size_t i = 0; i < g.nodes.size(); ++i) {
    const node& n = g.nodes[i];
    for (value_id v : n.inputs) operands.push_back(v == absent ? absent : same[static_cast<std::size_t>(v)]);
    begins[i + 1] = operands.size();
    const std::span<value_id> in(operands.data() + begins[i], n.inputs.size());
    // Operands of a commutative op in one order, so that a + b meets b + a.
    if (n.op->is(trait::commutative) && in.size() == 2 && in[0] > in[1]) std::swap(in[0], in[1]);
    std::size_t hash = reinterpret_cast<std::uintptr_t>(n.op);
    const auto mix = [&](std::size_t x) { hash = (hash ^ x) * 1099511628211u; };
    for (value_id v : in) mix(static_cast<std::size_t>(v) + 1);
    if (n.id() == op_id::constant) {  // constants differ in nothing else; large ones only by identity
      const array& a = std::get<array>(n.attrs.find("value")->value);
      const array_view& v = a.impl()->view;
      if (v.size() == 1) {
        std::uint64_t bits = 0;
        std::memcpy(&bits, v.data, size_of(v.dtype));
        mix(bits);
      } else {
        mix(static_cast<std::size_t>(v.size()));
      }
    }
    hashes[i] = hash ^= hash >> 29;
    if (n.op->is(trait::ordered) || !n.regions.empty()) continue;
    std::size_t at = hash & (room - 1);
    for (; table[at] >= 0; at = (at + 1) & (room - 1)) {
      const auto k = static_cast<std::size_t>(table[at]);
      const node& have = g.nodes[k];
      if (hashes[k] == hash &&
          std::equal(in.begin(), in.end(), operands.begin() + static_cast<std::ptrdiff_t>(begins[k]),
                     operands.begin() + static_cast<std::ptrdiff_t>(begins[k + 1])) &&
          same_call(have, n) && g.type_of(have.first_result).weak == g.type_of(n.first_result).weak) {
        twins[i] = table[at];
        for (std::int32_t r = 0; r < n.result_count; ++r) same[static_cast<std::size_t>(n.first_result + r)] = have.first_result + r;
        any = true;
        break;
      }
    }
    if (table[at] < 0) table[at] = static_cast<std::int32_t>(i);
  }
  if (!any) twins.clear();
  return twins;
}

}  // namespace

graph cse(graph g, const pass_context& context) {
  g = detail::in_bodies(std::move(g), context, cse);
  const std::vector<std::int32_t> twins = twins_of(g);
  if (twins.empty()) return g;
  detail::rewriter r(g);
  return r.run(g, [&](node& n, std::vector<value_id>&) {
    const std::int32_t twin = twins[static_cast<std::size_t>(&n - g.nodes.data())];
    return twin < 0 ? r.copy(std::move(n)) : r.at(g.nodes[static_cast<std::size_t>(twin)].first_result);
  });
}

graph dce(graph g, const pass_context& context) {
  g = detail::in_bodies(std::move(g), context, dce);
  const auto producers = g.producers();
  std::vector<char> needed(g.nodes.size(), 0);
  std::vector<value_id> todo(g.results.begin(), g.results.end());
  for (std::size_t i = 0; i < g.nodes.size(); ++i)
    if (is_ordered(g.nodes[i])) {
      needed[i] = 1;
      todo.insert(todo.end(), g.nodes[i].inputs.begin(), g.nodes[i].inputs.end());
    }
  while (!todo.empty()) {
    const value_id v = todo.back();
    todo.pop_back();
    const std::int32_t p = v == absent ? -1 : producers[static_cast<std::size_t>(v)];
    if (p < 0 || needed[static_cast<std::size_t>(p)]) continue;
    needed[static_cast<std::size_t>(p)] = 1;
    const node& n = g.nodes[static_cast<std::size_t>(p)];
    todo.insert(todo.end(), n.inputs.begin(), n.inputs.end());
  }
  if (std::all_of(needed.begin(), needed.end(), [](char n) { return n; })) return g;
  detail::rewriter r(g);
  return r.run(
      g, [&](node& n, std::vector<value_id>&) { return r.copy(std::move(n)); }, &needed);
}

}  // namespace tendril
