// Decompose: composite ops the backend does not claim, by recording their decompositions; contract and combine: two ops that one kernel
// does.
#include <algorithm>

#include <tendril/detail/op_id.hpp>

#include "array/format.hpp"
#include "graph/rewriter.hpp"
#include "graph/tracer.hpp"
#include "passes/shared.hpp"

namespace tendril {
namespace detail {

bool is_claimed(const node& n, const graph& g, const backend& b) {
  if (!n.op->decompose || !n.op->is(trait::composite)) return true;
  if (n.id() == op_id::custom) return n.op->kernel != nullptr;
  if (n.inputs.empty()) return false;
  const dtype d = g.type_of(n.inputs.front()).dtype;
  const auto block = find_block(b, n.id(), d);
  const auto whole = find_whole(b, n.id(), d);
  return (n.op->is(trait::elementwise) && block && block.owner == &b) || (!n.op->is(trait::elementwise) && whole && whole.owner == &b);
}

}  // namespace detail

namespace {

graph expand_once(graph g, const std::function<bool(const graph&, const node&)>& stays, bool& expanded) {
  if (std::all_of(g.nodes.begin(), g.nodes.end(), [&](const node& n) { return stays(g, n); })) return g;
  detail::rewriter r(g);
  std::vector<detail::read_extent> reads;
  graph out = r.run(g, [&](node& n, std::vector<value_id>& inputs) -> std::vector<value_id> {
    if (stays(g, n)) {
      r.copy(std::move(n));
      return {};  // they are known
    }
    expanded = true;
    auto t = detail::make_ref<detail::tracer>();
    t->graph = std::move(r.to);
    t->force_where = &n.where;
    std::vector<array> in;
    for (value_id v : inputs) in.push_back(v == absent ? array() : detail::make_symbol(*t, v));
    std::vector<value_id> made = detail::record(*t, n.where, [&] {
      std::vector<array> out = n.op->decompose(in, n.attrs);
      if (out.size() != static_cast<std::size_t>(n.result_count))
        throw error(format_text("[{}] its decomposition returns {} results: expected {}. Make it agree with the op's type rule.",
                                n.op->name, out.size(), n.result_count));
      return out;
    });
    r.to = std::move(t->graph);
    reads.insert(reads.end(), t->reads.begin(), t->reads.end());
    return made;
  });
  detail::fix(out, reads);
  return out;
}

}  // namespace

graph decompose(graph out, const pass_context& context) {
  out = detail::in_bodies(std::move(out), context, decompose);
  const backend& b = detail::backend_of(context);
  return detail::expand(std::move(out), context, [&b](const graph& g, const node& n) { return detail::is_claimed(n, g, b); });
}

graph detail::expand(graph out, const pass_context& context, const std::function<bool(const graph&, const node&)>& stays) {
  // Decompositions may use composite ops themselves; one that never ends is a defect of its op.
  for (int depth = 0; depth < 16; ++depth) {
    bool expanded = false;
    out = expand_once(std::move(out), stays, expanded);
    if (!expanded) return out;
    out = specialize(std::move(out), context);
  }
  throw error(format_text(
      "[decompose] decompositions of \"{}\" do not end: got more than 16 rounds, expected rules in terms of simpler ops. Check the registered ops.",
      out.name));
}

namespace {

// A producer with one use and the op that uses it become one op: the producer's operands, then the user's others.
struct merge {
  op_id producer, user, result;
  bool either_operand;  // else the first operand alone
};

// `left_alone`: nodes, by index, that stay as they are.
graph merge_pairs(graph g, const backend& b, std::span<const merge> merges, const std::vector<char>& left_alone = {}) {
  const auto producers = g.producers();
  const auto uses = g.use_counts();
  std::vector<char> absorbed(g.nodes.size(), 0);
  std::vector<std::int32_t> partner(g.nodes.size(), -1);
  std::vector<const merge*> how(g.nodes.size(), nullptr);
  for (std::size_t i = 0; i < g.nodes.size(); ++i) {
    const node& n = g.nodes[i];
    for (const merge& m : merges) {
      if (n.id() != m.user || partner[i] >= 0 || (!left_alone.empty() && left_alone[i])) continue;
      const type& t = g.type_of(n.first_result);
      if (kind_of(t.dtype) != dtype_kind::real || !detail::find_block(b, m.result, t.dtype)) continue;
      for (std::size_t k = 0; k < n.inputs.size() && (k == 0 || m.either_operand) && partner[i] < 0; ++k) {
        const value_id v = n.inputs[k];
        const std::int32_t p = producers[static_cast<std::size_t>(v)];
        if (p < 0 || g.nodes[static_cast<std::size_t>(p)].id() != m.producer || uses[static_cast<std::size_t>(v)] != 1) continue;
        if (absorbed[static_cast<std::size_t>(p)] || partner[static_cast<std::size_t>(p)] >= 0) continue;
        if (!(g.type_of(v) == t)) continue;  // a producer of fewer elements is cheaper on its own
        absorbed[static_cast<std::size_t>(p)] = 1;
        partner[i] = p;
        how[i] = &m;
      }
    }
  }
  if (std::all_of(partner.begin(), partner.end(), [](std::int32_t p) { return p < 0; })) return g;
  std::vector<char> stays(absorbed.size());
  std::transform(absorbed.begin(), absorbed.end(), stays.begin(), [](char gone) { return !gone; });
  detail::rewriter r(g);
  const auto merged = [&](node& n, std::vector<value_id>&) {
    const auto i = static_cast<std::size_t>(&n - g.nodes.data());
    if (partner[i] < 0) return r.copy(std::move(n));
    const node& producer = g.nodes[static_cast<std::size_t>(partner[i])];
    std::vector<value_id> in = r.mapped_inputs(producer);
    bool skipped = false;
    for (value_id v : n.inputs)
      if (v == producer.first_result && !skipped) skipped = true;
      else in.push_back(r.at(v));
    return r.to.add(record_of(how[i]->result), std::move(in), {}, nullptr, n.where);
  };
  return r.run(g, merged, &stays);
}

// What a value is to a sum: of products, and of what is made of products alone, something may cancel exactly, as of perpendicular vectors.
enum class term : std::uint8_t { other, squares, products };

// The sums whose operands are both products. With one of them unrounded, x y + z w of equal magnitudes and opposite signs would not be 0.
// Squares do not cancel.
std::vector<char> sums_of_products(const graph& g) {
  std::vector<term> terms(g.types.size(), term::other);
  std::vector<char> found(g.nodes.size(), 0);
  for (std::size_t i = 0; i < g.nodes.size(); ++i) {
    const node& n = g.nodes[i];
    if (n.result_count == 0) continue;
    const auto of = [&](std::size_t k) { return n.inputs[k] == absent ? term::other : terms[static_cast<std::size_t>(n.inputs[k])]; };
    term& made = terms[static_cast<std::size_t>(n.first_result)];
    if (n.id() == op_id::square) {
      made = term::squares;
    } else if (n.id() == op_id::multiply) {
      made = n.inputs[0] == n.inputs[1] ? term::squares : term::products;
    } else if (n.id() == op_id::negative) {
      if (of(0) != term::other) made = term::products;
    } else if (n.op->is(trait::view)) {
      made = of(0);
    } else if (n.id() == op_id::add || n.id() == op_id::subtract) {
      if (of(0) == term::other || of(1) == term::other) continue;
      const bool squares = n.id() == op_id::add && of(0) == term::squares && of(1) == term::squares;
      made = squares ? term::squares : term::products;
      found[i] = n.id() == op_id::add && !squares;
    }
  }
  return found;
}

}  // namespace

graph contract(graph g, const pass_context& context) {
  g = detail::in_bodies(std::move(g), context, contract);
  const backend& b = detail::backend_of(context);
  // Without the instruction a correctly rounded multiply-add costs far more than the two roundings that it saves.
  if (!context.contract || std::string_view(b.blocks->isa) == "baseline") return g;
  constexpr merge merges[] = {{op_id::multiply, op_id::add, op_id::multiply_add, true}};
  const std::vector<char> left_alone = sums_of_products(g);
  return merge_pairs(std::move(g), b, merges, left_alone);
}

graph combine(graph g, const pass_context& context) {
  g = detail::in_bodies(std::move(g), context, combine);
  constexpr merge merges[] = {{op_id::subtract, op_id::divide, op_id::subtract_divide, false},
                              {op_id::subtract, op_id::exp, op_id::subtract_exp, false}};
  return merge_pairs(std::move(g), detail::backend_of(context), merges);
}

}  // namespace tendril
