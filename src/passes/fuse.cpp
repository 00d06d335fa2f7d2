// Fuse: groups of elementwise ops, reductions over the last axes, and what follows them, each one loop nest.
//
// Model. A cluster is a convex set of nodes with one space (the largest shape in it) and, once a reduction is in it, the inner
// axes that reductions run over. Nodes join the clusters of their operands in order, when the shapes fit the space in one of two ways:
// *full* (the space's own shape) or *row* (the space's shape with the inner axes 1 or gone), and when no path leaves the merged cluster and
// comes back. Every cluster becomes a `group` node whose region holds its nodes, single ones too.
#include <algorithm>
#include <numeric>

#include "array_impl.hpp"
#include "passes/rewrite.hpp"

namespace tendril {
namespace {

constexpr std::size_t most_nodes = 256;  // slots are numbered in 16 bits, and a stage should stay in the instruction cache
constexpr std::size_t most_operands = 48;

bool is_reduction(const node& n) { return n.op->is(trait::reduction) || n.id() == op_id::moments; }

struct cluster {
  std::vector<std::int32_t> nodes;
  extents space;
  std::vector<std::int64_t> inner;  // empty: no reduction in it
  bool has_inner = false;
};

class fuser {
 public:
  fuser(const graph& g, const backend& b) : g_(g), b_(b), producers_(g.producers()), of_(g.nodes.size(), -1), users_(g.nodes.size()) {}

  graph run() {
    std::int32_t last_ordered = -1;
    for (std::size_t i = 0; i < g_.nodes.size(); ++i) {
      const node& n = g_.nodes[i];
      for (value_id v : n.inputs)
        if (const std::int32_t p = producer(v); p >= 0) users_[static_cast<std::size_t>(p)].push_back(static_cast<std::int32_t>(i));
      if (!n.op->is(trait::ordered)) continue;
      if (last_ordered >= 0) users_[static_cast<std::size_t>(last_ordered)].push_back(static_cast<std::int32_t>(i));
      last_ordered = static_cast<std::int32_t>(i);
    }
    for (std::size_t i = 0; i < g_.nodes.size(); ++i) {
      if (!fusable(g_.nodes[i])) continue;
      of_[i] = start_cluster(i);
      // Nearest producers first: what was computed last is likeliest to share the space.
      std::vector<std::int32_t> near;
      for (value_id v : g_.nodes[i].inputs)
        if (const std::int32_t p = producer(v); p >= 0 && of_[static_cast<std::size_t>(p)] >= 0) near.push_back(p);
      std::sort(near.rbegin(), near.rend());
      for (std::int32_t p : near) try_merge(of_[static_cast<std::size_t>(p)], of_[i]);
    }
    return rebuild();
  }

 private:
  std::int32_t producer(value_id v) const { return v == absent ? -1 : producers_[static_cast<std::size_t>(v)]; }
  extents shape_of(value_id v) const { return g_.type_of(v).known_extents(); }

  bool fusable(const node& n) const {
    if (n.id() == op_id::constant || n.id() == op_id::group || n.id() == op_id::custom || n.inputs.empty() || n.inputs.size() > 4)
      return false;
    const bool reduction = is_reduction(n);
    if (!n.op->is(trait::elementwise) && n.id() != op_id::astype && !reduction) return false;
    for (value_id v : n.inputs)
      if (v != absent)
        for (const extent& e : g_.type_of(v).shape)
          if (e.value == 0) return false;
    const std::size_t data = n.id() == op_id::where ? 1 : 0;
    const dtype d = g_.type_of(n.inputs[data]).dtype;
    if (n.id() == op_id::astype) return static_cast<bool>(detail::find_convert(b_, d, g_.type_of(n.first_result).dtype));
    if (!reduction) return static_cast<bool>(detail::find_block(b_, n.id(), d));
    const auto has_kernel = [&]() -> bool {
      switch (n.id()) {
        case op_id::moments: return static_cast<bool>(detail::find_moments(b_, d));
        case op_id::sum: return static_cast<bool>(detail::find_reduce(b_, engine::reduction::sum, d));
        case op_id::prod: return static_cast<bool>(detail::find_reduce(b_, engine::reduction::prod, d));
        case op_id::max: return static_cast<bool>(detail::find_reduce(b_, engine::reduction::max, d));
        case op_id::min: return static_cast<bool>(detail::find_reduce(b_, engine::reduction::min, d));
        case op_id::any: return static_cast<bool>(detail::find_reduce(b_, engine::reduction::any, d));
        case op_id::all: return static_cast<bool>(detail::find_reduce(b_, engine::reduction::all, d));
        default: return false;
      }
    };
    if (!has_kernel()) return false;
    // Only the last axes: others are walked in memory order by whole-array kernels.
    const int rank = g_.type_of(n.inputs[0]).rank();
    const auto axes = n.attrs.get_axes(n.op->name, rank);
    if (axes.empty()) return false;
    for (std::size_t k = 0; k < axes.size(); ++k)
      if (axes[k] != rank - static_cast<int>(axes.size()) + static_cast<int>(k)) return false;
    return true;
  }

  std::int32_t start_cluster(std::size_t i) {
    const node& n = g_.nodes[i];
    cluster c;
    c.nodes = {static_cast<std::int32_t>(i)};
    if (is_reduction(n)) {
      c.space = shape_of(n.inputs[0]);
      c.inner = n.attrs.get_axes(n.op->name, static_cast<int>(c.space.size()));
      c.has_inner = true;
    } else {
      c.space = shape_of(n.first_result);
    }
    clusters_.push_back(std::move(c));
    return static_cast<std::int32_t>(clusters_.size() - 1);
  }

  // `shape` has one element for each row of the space.
  static bool row_like(const extents& shape, const extents& space, const std::vector<std::int64_t>& inner) {
    if (shape.size() > space.size()) return false;
    const std::size_t lead = space.size() - shape.size();
    for (std::size_t a = 0; a < space.size(); ++a) {
      const std::int64_t own = a < lead ? 1 : shape[a - lead];
      const bool is_inner = std::find(inner.begin(), inner.end(), static_cast<std::int64_t>(a)) != inner.end();
      if (own != (is_inner ? 1 : space[a])) return false;
    }
    return true;
  }

  // The inner axes under which a smaller elementwise cluster computes one element a row of `space`; empty when there are none.
  static std::vector<std::int64_t> rows_of(const extents& shape, const extents& space) {
    std::vector<std::int64_t> inner;
    if (shape.size() > space.size()) return {};
    const std::size_t lead = space.size() - shape.size();
    for (std::size_t a = space.size(); a-- > 0;) {
      const std::int64_t own = a < lead ? 1 : shape[a - lead];
      if (own == 1 && space[a] != 1) inner.insert(inner.begin(), static_cast<std::int64_t>(a));
      else break;
    }
    if (inner.empty() || !row_like(shape, space, inner)) return {};
    std::int64_t size = 1;
    for (auto a : inner) size *= space[static_cast<std::size_t>(a)];
    return size >= 16 ? inner : std::vector<std::int64_t>();
  }

  // The space and inner axes of the union, if there is one.
  static bool unite(const cluster& p, const cluster& c, extents& space, std::vector<std::int64_t>& inner, bool& has_inner) {
    has_inner = p.has_inner || c.has_inner;
    if (p.has_inner && c.has_inner && (p.inner != c.inner || p.space != c.space)) return false;
    inner = p.has_inner ? p.inner : c.inner;
    if (p.space == c.space) {
      space = p.space;
      return true;
    }
    if (p.has_inner) {
      space = p.space;
      return !c.has_inner && row_like(c.space, p.space, p.inner);
    }
    if (c.has_inner) {
      space = c.space;
      return row_like(p.space, c.space, c.inner);
    }
    inner = rows_of(p.space, c.space);
    space = c.space;
    has_inner = !inner.empty();
    return has_inner;
  }

  // A path from one cluster to the other through a node of neither would become a cycle.
  bool path_outside(std::int32_t from, std::int32_t to) const {
    std::vector<std::int32_t> todo;
    const std::int32_t last = clusters_[static_cast<std::size_t>(to)].nodes.back();
    for (std::int32_t n : clusters_[static_cast<std::size_t>(from)].nodes)
      for (std::int32_t u : users_[static_cast<std::size_t>(n)])
        if (own(u) != from && own(u) != to) todo.push_back(u);
    if (todo.empty()) return false;
    std::vector<char> seen(g_.nodes.size(), 0);
    while (!todo.empty()) {
      const std::int32_t n = todo.back();
      todo.pop_back();
      if (seen[static_cast<std::size_t>(n)]++) continue;
      // A path may run through any node of a cluster it enters, earlier ones than where it enters too.
      const std::int32_t c = own(n);
      const auto& through = c >= 0 ? clusters_[static_cast<std::size_t>(c)].nodes : std::vector<std::int32_t>{n};
      if (through.front() > last) continue;
      for (std::int32_t m : through)
        for (std::int32_t u : users_[static_cast<std::size_t>(m)]) {
          if (own(u) == to) return true;
          if (own(u) != from && (c < 0 || own(u) != c)) todo.push_back(u);
        }
    }
    return false;
  }
  std::int32_t own(std::int32_t n) const { return of_[static_cast<std::size_t>(n)]; }

  // What both read and neither makes, but for constants.
  std::size_t operand_count(std::int32_t a, std::int32_t b) const {
    std::vector<value_id> seen;
    for (const std::int32_t c : {a, b})
      for (std::int32_t i : clusters_[static_cast<std::size_t>(c)].nodes)
        for (value_id v : g_.nodes[static_cast<std::size_t>(i)].inputs) {
          if (v == absent || std::find(seen.begin(), seen.end(), v) != seen.end()) continue;
          const std::int32_t from = producer(v);
          if (from >= 0 && (own(from) == a || own(from) == b || g_.nodes[static_cast<std::size_t>(from)].id() == op_id::constant)) continue;
          seen.push_back(v);
        }
    return seen.size();
  }

  void try_merge(std::int32_t p, std::int32_t c) {
    if (p == c) return;
    cluster &a = clusters_[static_cast<std::size_t>(p)], &b = clusters_[static_cast<std::size_t>(c)];
    extents space;
    std::vector<std::int64_t> inner;
    bool has_inner = false;
    if (a.nodes.size() + b.nodes.size() > most_nodes || !unite(a, b, space, inner, has_inner)) return;
    if (!dropped_results_stay(a, b, space) || !dropped_results_stay(b, a, space)) return;
    if (a.nodes.size() + b.nodes.size() > most_operands && operand_count(p, c) > most_operands) return;
    if (path_outside(p, c) || path_outside(c, p)) return;
    for (std::int32_t n : a.nodes) of_[static_cast<std::size_t>(n)] = c;
    b.nodes.insert(b.nodes.end(), a.nodes.begin(), a.nodes.end());
    std::sort(b.nodes.begin(), b.nodes.end());
    b.space = std::move(space);
    b.inner = std::move(inner);
    b.has_inner = has_inner;
    a.nodes.clear();
  }

  // A reduction that drops its axes while others stay has a shape that does not line up with the space: it may only leave.
  bool dropped_results_stay(const cluster& a, const cluster& b, const extents& space) const {
    for (std::int32_t i : a.nodes) {
      const node& n = g_.nodes[static_cast<std::size_t>(i)];
      if (!is_reduction(n) || n.attrs.get_bool("keepdims")) continue;
      if (n.attrs.get_axes(n.op->name, static_cast<int>(space.size())).size() == space.size()) continue;
      for (std::int32_t j : b.nodes)
        for (value_id v : g_.nodes[static_cast<std::size_t>(j)].inputs)
          if (producer(v) == i) return false;
    }
    return true;
  }

  graph rebuild() {
    detail::rewriter r(g_);
    // Kahn's order over clusters and lone nodes, the lowest first.
    const std::size_t n = g_.nodes.size();
    std::vector<std::int32_t> unit(n);
    for (std::size_t i = 0; i < n; ++i)
      unit[i] = of_[i] >= 0 ? clusters_[static_cast<std::size_t>(of_[i])].nodes.front() : static_cast<std::int32_t>(i);
    std::vector<int> waiting(n, 0);
    std::vector<std::vector<std::int32_t>> after(n);
    for (std::size_t i = 0; i < n; ++i)
      for (std::int32_t user : users_[i])
        if (const std::int32_t u = unit[static_cast<std::size_t>(user)]; u != unit[i]) {
          after[static_cast<std::size_t>(unit[i])].push_back(u);
          ++waiting[static_cast<std::size_t>(u)];
        }
    std::vector<std::int32_t> ready;
    for (std::size_t i = n; i-- > 0;)
      if (unit[i] == static_cast<std::int32_t>(i) && waiting[i] == 0) ready.push_back(static_cast<std::int32_t>(i));
    std::make_heap(ready.begin(), ready.end(), std::greater<>());
    const auto uses = g_.use_counts();
    while (!ready.empty()) {
      std::pop_heap(ready.begin(), ready.end(), std::greater<>());
      const std::int32_t i = ready.back();
      ready.pop_back();
      if (const std::int32_t c = own(i); c >= 0) emit_group(r, clusters_[static_cast<std::size_t>(c)], uses);
      else r.copy(g_.nodes[static_cast<std::size_t>(i)]);
      for (std::int32_t u : after[static_cast<std::size_t>(i)])
        if (--waiting[static_cast<std::size_t>(u)] == 0) {
          ready.push_back(u);
          std::push_heap(ready.begin(), ready.end(), std::greater<>());
        }
    }
    return r.finish();
  }

  void emit_group(detail::rewriter& r, const cluster& c, const std::vector<std::int32_t>& uses) {
    graph body;
    body.name = "group";
    node group;
    group.op = &record_of(op_id::group);
    std::vector<value_id> map(g_.types.size(), absent);
    std::vector<value_id> results;
    // Inputs first: values from outside, but for one-element constants, which the region holds itself.
    for (std::int32_t i : c.nodes)
      for (value_id v : g_.nodes[static_cast<std::size_t>(i)].inputs) {
        if (v == absent || map[static_cast<std::size_t>(v)] != absent) continue;
        const std::int32_t p = producer(v);
        if (p >= 0 && std::binary_search(c.nodes.begin(), c.nodes.end(), p)) continue;
        if (const array* a = detail::one_element_constant(g_, producers_, v); a && a->ndim() == 0) continue;
        map[static_cast<std::size_t>(v)] = body.add_input(g_.type_of(v));
        group.inputs.push_back(r.at(v));
      }
    for (std::int32_t i : c.nodes) {
      const node& n = g_.nodes[static_cast<std::size_t>(i)];
      node copy = n;
      for (value_id& v : copy.inputs) {
        if (v == absent) continue;
        value_id& m = map[static_cast<std::size_t>(v)];
        if (m == absent) m = body.add_constant(*constant_of(g_, producers_, v), n.where);
        v = m;
      }
      copy.first_result = static_cast<value_id>(body.types.size());
      for (std::int32_t k = 0; k < n.result_count; ++k) {
        map[static_cast<std::size_t>(n.first_result + k)] = copy.first_result + k;
        body.types.push_back(g_.type_of(n.first_result + k));
      }
      body.nodes.push_back(std::move(copy));
    }
    for (std::int32_t i : c.nodes) {
      const node& n = g_.nodes[static_cast<std::size_t>(i)];
      for (std::int32_t k = 0; k < n.result_count; ++k) {
        const value_id v = n.first_result + k;
        if (uses[static_cast<std::size_t>(v)] > uses_inside(c, v)) {
          results.push_back(v);
          body.results.push_back(map[static_cast<std::size_t>(v)]);
        }
      }
    }
    group.attrs.set("space", attribute_value(c.space));
    group.attrs.set("inner", attribute_value(c.inner));
    group.where = g_.nodes[static_cast<std::size_t>(c.nodes.back())].where;
    group.first_result = static_cast<value_id>(r.to.types.size());
    group.result_count = static_cast<std::int32_t>(results.size());
    for (value_id v : results) {
      r.map[static_cast<std::size_t>(v)] = static_cast<value_id>(r.to.types.size());
      r.to.types.push_back(g_.type_of(v));
    }
    group.regions.push_back({{std::move(body)}});
    r.to.nodes.push_back(std::move(group));
  }
  std::int32_t uses_inside(const cluster& c, value_id v) const {
    std::ptrdiff_t n = 0;
    for (std::int32_t i : c.nodes) {
      const auto& in = g_.nodes[static_cast<std::size_t>(i)].inputs;
      n += std::count(in.begin(), in.end(), v);
    }
    return static_cast<std::int32_t>(n);
  }

  const graph& g_;
  const backend& b_;
  std::vector<std::int32_t> producers_;
  std::vector<std::int32_t> of_;                  // cluster of each node, or -1
  std::vector<std::vector<std::int32_t>> users_;  // who waits for each node: those that read it; of an ordered one, the next such
  std::vector<cluster> clusters_;
};

}  // namespace

graph fuse(graph g, const pass_context& context) { return fuser(g, detail::backend_of(context)).run(); }

}  // namespace tendril
