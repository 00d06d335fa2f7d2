// Decompose: composite ops the backend does not claim, by recording their decompositions; contract and combine: two ops that one kernel
// does, powers that are products, and reductions that run once.
#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include <tendril/detail/op_id.hpp>

#include "array/format.hpp"
#include "graph/rewriter.hpp"
#include "graph/tracer.hpp"
#include "kernels/reductions.hpp"
#include "ops/literals.hpp"
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

// A literal exponent that products, a root and a reciprocal make, within pow's 4 ULP: wholes from -3 to 7, and halves from -1.5 to 3.5.
struct power {
  bool inverse = false, root = false;  // of the base; x of it times the root
  int wholes = 0;
};
std::optional<power> power_of(double exponent) {
  const double magnitude = std::abs(exponent), wholes = std::floor(magnitude);
  const bool half = magnitude - wholes == 0.5;
  if ((!half && magnitude != wholes) || exponent == 0) return std::nullopt;
  if (half ? exponent < -1.5 || exponent > 3.5 : exponent < -3 || exponent > 7) return std::nullopt;
  return power{exponent < 0, half, static_cast<int>(wholes)};
}

class powers {
 public:
  explicit powers(graph& g) : g_(g), r_(g), producers_(g.producers()) {}

  graph run() {
    std::vector<std::optional<power>> found(g_.nodes.size());
    bool any = false;
    for (std::size_t i = 0; i < g_.nodes.size(); ++i) any |= (found[i] = of(g_.nodes[i])).has_value();
    if (!any) return std::move(g_);
    return r_.run(g_, [&](node& n, std::vector<value_id>& in) {
      const auto& p = found[static_cast<std::size_t>(&n - g_.nodes.data())];
      if (!p) return r_.copy(std::move(n));
      where_ = n.where;
      return made(in[0], *p);
    });
  }

 private:
  std::optional<power> of(const node& n) const {
    if (n.id() != op_id::pow) return std::nullopt;
    const type& t = g_.type_of(n.first_result);
    const array* exponent = detail::one_element_constant(g_, producers_, n.inputs[1]);
    if (!exponent || kind_of(t.dtype) != dtype_kind::real || !(g_.type_of(n.inputs[0]) == t)) return std::nullopt;
    return power_of(detail::scalar_of(*exponent).real());
  }
  value_id add(op_id op, std::vector<value_id> in) { return r_.to.add(record_of(op), std::move(in), {}, nullptr, where_); }
  value_id number(double x, dtype d) { return r_.to.add_constant(detail::scalar_array(x, d), where_); }

  value_id made(value_id x, const power& p) {
    const dtype d = r_.to.type_of(x).dtype;
    value_id root = absent;
    if (p.root) {
      // Of -infinity and -0 a power that is no whole number is that of infinity and 0.
      constexpr double infinity = std::numeric_limits<double>::infinity();
      x = add(op_id::add, {add(op_id::where, {add(op_id::equal, {x, number(-infinity, d)}), number(infinity, d), x}), number(0, d)});
      root = add(op_id::sqrt, {x});
      if (p.inverse) root = add(op_id::divide, {number(1, d), root});
    }
    if (p.wholes == 0) return root;
    if (p.inverse) x = add(op_id::divide, {number(1, d), x});  // first, since a power may overflow where its inverse does not vanish
    value_id y = whole(x, p.wholes);
    return root == absent ? y : add(op_id::multiply, {y, root});
  }
  // Two is a square, and each further bit of the number one more.
  value_id whole(value_id x, int n) {
    if (n == 1) return x;
    const value_id y = add(op_id::square, {whole(x, n / 2)});
    return n % 2 == 0 ? y : add(op_id::multiply, {y, x});
  }

  graph& g_;  // its nodes move to the new graph one by one
  detail::rewriter r_;
  std::vector<std::int32_t> producers_;
  std::source_location where_;
};

}  // namespace

graph contract(graph g, const pass_context& context) {
  g = detail::in_bodies(std::move(g), context, contract);
  if (context.contract) g = powers(g).run();
  const backend& b = detail::backend_of(context);
  // Without the instruction a correctly rounded multiply-add costs far more than the two roundings that it saves.
  if (!context.contract || std::string_view(b.blocks->isa) == "baseline") return g;
  constexpr merge merges[] = {{op_id::multiply, op_id::add, op_id::multiply_add, true}};
  const std::vector<char> left_alone = sums_of_products(g);
  return merge_pairs(std::move(g), b, merges, left_alone);
}

namespace {

bool is_same_but_for_keepdims(const graph& g, const node& dropped, const node& kept) {
  if (dropped.id() != kept.id() || dropped.inputs != kept.inputs || !kept.attrs.get_bool("keepdims")) return false;
  const int rank = g.type_of(dropped.inputs[0]).rank();
  if (engine::reduced_axes(dropped, rank) != engine::reduced_axes(kept, rank)) return false;
  for (std::int32_t k = 0; k < dropped.result_count; ++k)
    if (g.type_of(dropped.first_result + k).dtype != g.type_of(kept.first_result + k).dtype) return false;
  return true;
}

// A reduction that is a result without its axes, and is kept with them for ops of the graph, runs once: the result is a view of it.
graph share_reductions(graph g) {
  std::vector<char> is_read(g.types.size(), 0);
  for (const node& n : g.nodes)
    for (const value_id v : n.inputs)
      if (v != absent) is_read[static_cast<std::size_t>(v)] = 1;
  std::vector<std::int32_t> twins(g.nodes.size(), -1);
  bool any = false;
  for (std::size_t i = 0; i < g.nodes.size(); ++i) {
    const node& n = g.nodes[i];
    if (!engine::is_reduction(n) || n.attrs.get_bool("keepdims")) continue;
    const auto first = is_read.begin() + n.first_result;
    if (std::any_of(first, first + n.result_count, [](char read) { return read != 0; })) continue;
    const auto twin = std::find_if(g.nodes.begin(), g.nodes.end(),
                                   [&](const node& other) { return engine::is_reduction(other) && is_same_but_for_keepdims(g, n, other); });
    if (twin == g.nodes.end()) continue;
    twins[i] = static_cast<std::int32_t>(twin - g.nodes.begin());
    any = true;
  }
  if (!any) return g;
  detail::rewriter r(g);
  for (std::size_t i = 0; i < g.nodes.size(); ++i)
    if (twins[i] < 0) r.copy(g.nodes[i]);
  for (std::size_t i = 0; i < g.nodes.size(); ++i) {
    if (twins[i] < 0) continue;
    const node &n = g.nodes[i], &twin = g.nodes[static_cast<std::size_t>(twins[i])];
    const auto axes = engine::reduced_axes(n, g.type_of(n.inputs[0]).rank());
    for (std::int32_t k = 0; k < n.result_count; ++k)
      r.map[static_cast<std::size_t>(n.first_result + k)] =
          r.to.add(record_of(op_id::squeeze), {r.at(twin.first_result + k)}, {{"axis", attribute_value(axes)}}, nullptr, n.where);
  }
  return r.finish();
}

}  // namespace

graph combine(graph g, const pass_context& context) {
  g = share_reductions(detail::in_bodies(std::move(g), context, combine));
  constexpr merge merges[] = {{op_id::subtract, op_id::divide, op_id::subtract_divide, false},
                              {op_id::subtract, op_id::exp, op_id::subtract_exp, false}};
  return merge_pairs(std::move(g), detail::backend_of(context), merges);
}

}  // namespace tendril
