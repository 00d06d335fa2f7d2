// Which nodes run in one loop nest: elementwise ops, reductions over any axes, and what follows them.
//
// Model. A cluster is a convex set of nodes with one space (the largest shape in it) and, once a reduction is in it, the inner
// axes that reductions run over. Nodes join the clusters of their operands in order, when the shapes fit the space in one of two ways:
// *full* (the space's own shape) or *row* (the space's shape with the inner axes 1 or gone), and when no path leaves the merged cluster and
// comes back. Clusters and the nodes in none are *units*, which are kept in an order in which they can run: a path leads from a unit to
// later ones alone, so only the units between two that merge are looked at, and moved.
#include "passes/loop_nests.hpp"

#include <algorithm>
#include <numeric>

#include <tendril/detail/op_id.hpp>

#include "kernels/reductions.hpp"

namespace tendril {
namespace {

constexpr std::size_t most_operands = 48;

struct cluster {
  std::vector<std::int32_t> nodes;  // in order
  std::vector<value_id> reads;      // from outside, but for constants
  extents space;
  std::vector<std::int64_t> inner;  // empty: no reduction in it
  bool has_inner = false;
};

class clustering {
 public:
  clustering(const graph& g, const detail::nest_members& members)
      : g_(g), members_(members), producers_(g.producers()), of_(g.nodes.size(), -1), users_(g.nodes.size()) {
    for (std::size_t i = 0; i < g.nodes.size(); ++i) order_.push_back(static_cast<std::int32_t>(i));
    place_ = unit_ = order_;
  }

  std::vector<detail::loop_nest> run() {
    std::int32_t last_ordered = -1;
    for (std::size_t i = 0; i < g_.nodes.size(); ++i) {
      const node& n = g_.nodes[i];
      for (value_id v : n.inputs)
        if (const std::int32_t p = producer(v); p >= 0) users_[static_cast<std::size_t>(p)].push_back(static_cast<std::int32_t>(i));
      if (!is_ordered(n)) continue;
      if (last_ordered >= 0) users_[static_cast<std::size_t>(last_ordered)].push_back(static_cast<std::int32_t>(i));
      last_ordered = static_cast<std::int32_t>(i);
    }
    for (std::size_t i = 0; i < g_.nodes.size(); ++i) {
      if (!may_join(g_.nodes[i])) continue;
      of_[i] = start_cluster(i);
      // Nearest producers first: what was computed last is likeliest to share the space.
      std::vector<std::int32_t> near;
      for (value_id v : g_.nodes[i].inputs)
        if (const std::int32_t p = producer(v); p >= 0 && of_[static_cast<std::size_t>(p)] >= 0) near.push_back(p);
      std::sort(near.rbegin(), near.rend());
      for (std::int32_t p : near) try_merge(of_[static_cast<std::size_t>(p)], of_[i]);
    }
    merge_siblings();
    std::vector<detail::loop_nest> nests;
    for (const std::int32_t unit : order_) {
      if (unit == gone) continue;
      const std::int32_t c = own(unit);
      if (c < 0) {
        nests.push_back({{unit}, {}, {}, false});
        continue;
      }
      cluster& one = clusters_[static_cast<std::size_t>(c)];
      nests.push_back({std::move(one.nodes), std::move(one.space), std::move(one.inner), true});
    }
    return nests;
  }

 private:
  std::int32_t producer(value_id v) const { return v == absent ? -1 : producers_[static_cast<std::size_t>(v)]; }
  extents shape_of(value_id v) const { return g_.type_of(v).known_extents(); }

  bool may_join(const node& n) const {
    if (n.inputs.empty() || !n.regions.empty()) return false;
    for (value_id v : n.inputs)
      if (v != absent)
        for (const extent& e : g_.type_of(v).shape)
          if (e.value == 0) return false;
    return members_.joins(n);
  }

  std::int32_t start_cluster(std::size_t i) {
    const node& n = g_.nodes[i];
    cluster c;
    c.nodes = {static_cast<std::int32_t>(i)};
    for (value_id v : n.inputs)
      if (v != absent && !constant_of(g_, producers_, v) && std::find(c.reads.begin(), c.reads.end(), v) == c.reads.end())
        c.reads.push_back(v);
    if (members_.reduces(n)) {
      c.space = shape_of(n.inputs[0]);
      c.inner = engine::reduced_axes(n, static_cast<int>(c.space.size()));
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

  // ---- units: each is named by one of its nodes
  std::int32_t place_of_node(std::int32_t n) const { return place_[static_cast<std::size_t>(unit_[static_cast<std::size_t>(n)])]; }

  // Puts unit `a` and the later unit `b` side by side, where nothing stands between them; false when a path from one to the other
  // leads through units between them, which would become a cycle.
  bool bring_together(std::int32_t a, std::int32_t b) {
    const std::int32_t from = place_[static_cast<std::size_t>(a)], to = place_[static_cast<std::size_t>(b)];
    if (std::all_of(order_.begin() + from + 1, order_.begin() + to, [](std::int32_t unit) { return unit == gone; })) return true;
    std::vector<char> after(static_cast<std::size_t>(to - from), 0);  // by place: needs `a`
    std::vector<std::int32_t> todo;
    bool back = false;
    const auto follow = [&](std::int32_t unit) {
      for (std::int32_t u : users_[static_cast<std::size_t>(unit)]) {
        const std::int32_t p = place_of_node(u);
        if (p == to && unit != a) back = true;
        if (p >= to || p <= from || after[static_cast<std::size_t>(p - from)]++) continue;
        todo.push_back(order_[static_cast<std::size_t>(p)]);
      }
    };
    for (follow(a); !todo.empty() && !back;) {
      const std::int32_t unit = todo.back();
      todo.pop_back();
      follow(unit);
    }
    if (back) return false;
    // What needs `a` goes behind the two, all else before them.
    std::vector<std::int32_t> before, behind{a, b};
    for (std::int32_t p = from + 1; p < to; ++p)
      if (const std::int32_t unit = order_[static_cast<std::size_t>(p)]; unit >= 0)
        (after[static_cast<std::size_t>(p - from)] ? behind : before).push_back(unit);
    before.insert(before.end(), behind.begin(), behind.end());
    for (std::int32_t p = to; p >= from; --p) {
      std::int32_t& here = order_[static_cast<std::size_t>(p)];
      here = before.empty() ? gone : before.back();
      if (before.empty()) continue;
      place_[static_cast<std::size_t>(before.back())] = p;
      before.pop_back();
    }
    return true;
  }

  std::int32_t own(std::int32_t n) const { return of_[static_cast<std::size_t>(n)]; }

  // Values that the two together would read from outside.
  std::vector<value_id> reads_of_both(const cluster& a, const cluster& b) const {
    std::vector<value_id> reads;
    reads.reserve(a.reads.size() + b.reads.size());
    const auto add = [&](const cluster& from, const cluster& other, std::size_t known) {
      const std::int32_t c = own(other.nodes.front());
      for (value_id v : from.reads) {
        const std::int32_t p = producer(v);
        const auto end = reads.begin() + static_cast<std::ptrdiff_t>(known);
        if ((p < 0 || own(p) != c) && std::find(reads.begin(), end, v) == end) reads.push_back(v);
      }
    };
    add(a, b, 0);  // each once
    add(b, a, reads.size());
    return reads;
  }

  void try_merge(std::int32_t p, std::int32_t c) {
    if (p == c) return;
    cluster &a = clusters_[static_cast<std::size_t>(p)], &b = clusters_[static_cast<std::size_t>(c)];
    extents space;
    std::vector<std::int64_t> inner;
    bool has_inner = false;
    if (a.nodes.size() + b.nodes.size() > members_.most_nodes || !unite(a, b, space, inner, has_inner)) return;
    if (has_inner && (!dropped_results_stay(a, b, space) || !dropped_results_stay(b, a, space))) return;
    std::vector<value_id> reads = reads_of_both(a, b);
    if (reads.size() > most_operands) return;
    const std::int32_t x = unit_[static_cast<std::size_t>(a.nodes.front())], y = unit_[static_cast<std::size_t>(b.nodes.front())];
    const bool in_order = place_[static_cast<std::size_t>(x)] < place_[static_cast<std::size_t>(y)];
    if (!bring_together(in_order ? x : y, in_order ? y : x)) return;
    // The larger takes the other in.
    const bool larger = a.nodes.size() > b.nodes.size();
    cluster &to = larger ? a : b, &from = larger ? b : a;
    const std::int32_t stays = larger ? x : y, goes = larger ? y : x;
    for (std::int32_t n : from.nodes) {
      of_[static_cast<std::size_t>(n)] = larger ? p : c;
      unit_[static_cast<std::size_t>(n)] = stays;
    }
    order_[static_cast<std::size_t>(place_[static_cast<std::size_t>(goes)])] = gone;
    auto &users = users_[static_cast<std::size_t>(stays)], &others = users_[static_cast<std::size_t>(goes)];
    users.insert(users.end(), others.begin(), others.end());
    others.clear();
    std::erase_if(users, [&](std::int32_t u) { return unit_[static_cast<std::size_t>(u)] == stays; });
    std::vector<std::int32_t> both;  // (std::inplace_merge would allocate behind a user's operator new.)
    both.reserve(to.nodes.size() + from.nodes.size());
    std::merge(to.nodes.begin(), to.nodes.end(), from.nodes.begin(), from.nodes.end(), std::back_inserter(both));
    to.nodes = std::move(both);
    to.reads = std::move(reads);
    to.space = std::move(space);
    to.inner = std::move(inner);
    to.has_inner = has_inner;
    from.nodes.clear();
  }

  // What a concat's operand is but for an axis of 1.
  std::int32_t joined_by(value_id v) const {
    std::int32_t p = producer(v);
    if (p >= 0 && g_.nodes[static_cast<std::size_t>(p)].id() == op_id::expand_dims)
      p = producer(g_.nodes[static_cast<std::size_t>(p)].inputs[0]);
    return p >= 0 && own(p) >= 0 ? p : -1;
  }

  // Groups that read one value share a pass over it, and so do components of one result; groups of single numbers share the call.
  void merge_siblings() {
    std::vector<std::int32_t> reader(g_.types.size(), -1);  // a node of the latest group that reads the value
    std::int32_t single = -1;
    const auto meet = [&](std::int32_t& earlier, std::int32_t i) {
      if (earlier >= 0 && clusters_[static_cast<std::size_t>(own(earlier))].space == clusters_[static_cast<std::size_t>(own(i))].space)
        try_merge(own(earlier), own(i));
      earlier = i;
    };
    for (std::size_t k = 0; k < g_.nodes.size(); ++k) {
      const auto i = static_cast<std::int32_t>(k);
      if (const node& n = g_.nodes[k]; n.id() == op_id::concat && n.attrs.has("axis")) {
        const extents shape = shape_of(n.inputs[0]);
        const auto axis = static_cast<std::size_t>(normalize_axis("concat", n.attrs.get_int("axis"), static_cast<int>(shape.size())));
        std::int32_t earlier = -1;
        for (value_id v : n.inputs)
          if (const std::int32_t p = joined_by(v); p >= 0 && shape[axis] == 1) meet(earlier, p);
      }
      if (own(i) < 0) continue;
      for (value_id v : g_.nodes[k].inputs)
        if (v != absent && g_.type_of(v).known_extents() == clusters_[static_cast<std::size_t>(own(i))].space)
          meet(reader[static_cast<std::size_t>(v)], i);
      if (clusters_[static_cast<std::size_t>(own(i))].space.empty()) meet(single, i);
    }
  }

  // A reduction that drops other axes than the first while some stay has a shape that does not line up with the space: it may only leave.
  bool dropped_results_stay(const cluster& a, const cluster& b, const extents& space) const {
    for (std::int32_t i : a.nodes) {
      const node& n = g_.nodes[static_cast<std::size_t>(i)];
      if (!members_.reduces(n) || n.attrs.get_bool("keepdims")) continue;
      const auto axes = engine::reduced_axes(n, static_cast<int>(space.size()));
      if (axes.back() + 1 == static_cast<std::int64_t>(axes.size())) continue;
      for (std::int32_t j : b.nodes)
        for (value_id v : g_.nodes[static_cast<std::size_t>(j)].inputs)
          if (producer(v) == i) return false;
    }
    return true;
  }

  const graph& g_;
  const detail::nest_members& members_;
  std::vector<std::int32_t> producers_;
  std::vector<std::int32_t> of_;  // cluster of each node, or -1
  std::vector<std::vector<std::int32_t>>
      users_;  // by unit, which nodes of others wait for it: those that read it; of an ordered one, the next such
  std::vector<cluster> clusters_;
  static constexpr std::int32_t gone = -1;
  std::vector<std::int32_t> order_;  // units in an order in which they can run; `gone` where one was
  std::vector<std::int32_t> place_;  // by unit: where it stands there
  std::vector<std::int32_t> unit_;   // by node
};

}  // namespace

std::vector<detail::loop_nest> detail::loop_nests(const graph& g, const nest_members& members) { return clustering(g, members).run(); }

}  // namespace tendril
