// Pieces: elementwise ops over rolled and joined arrays become the same ops over the pieces that these are made of.
//
// roll(x, 1) + roll(x, -1) needs no copies of x: between its ends a rolled array is a slice of x, and at each end another slice. So ops
// over it run on boxes, between the places at which a roll begins again or one joined array ends and the next begins. Results are joined of
// their boxes, which are made where they go. Every element is computed as before.
#include <algorithm>
#include <map>
#include <numeric>

#include <tendril/detail/op_id.hpp>

#include "array/array_impl.hpp"
#include "ops/op_table.hpp"
#include "passes/in_parts.hpp"
#include "passes/shared.hpp"

namespace tendril {
namespace {

constexpr std::int64_t fewest_elements = 4096;  // of an array: a call of a group more than pays for a copy of so many
constexpr std::int64_t shortest_run = 256;      // elements of a joined array that lie side by side
constexpr std::size_t most_boxes = 27;

std::int64_t modulo(std::int64_t x, std::int64_t n) { return ((x % n) + n) % n; }

// What a value is of another: the same, each axis moved round.
struct rolled {
  value_id base;
  extents shifts;  // by axis, 0 to its extent
};

// The boxes of a nest: for each axis where pieces begin, and the extent.
struct grid {
  std::vector<extents> cuts;
  std::size_t boxes() const {
    std::size_t n = 1;
    for (const extents& c : cuts) n *= c.size() - 1;
    return n;
  }
};
struct box {
  extents start, count;
};
std::vector<box> boxes_of(const grid& g) {
  std::vector<box> all{{{}, {}}};
  for (const extents& cuts : g.cuts) {
    std::vector<box> longer;
    for (const box& b : all)
      for (std::size_t k = 0; k + 1 < cuts.size(); ++k) {
        longer.push_back(b);
        longer.back().start.push_back(cuts[k]);
        longer.back().count.push_back(cuts[k + 1] - cuts[k]);
      }
    all = std::move(longer);
  }
  return all;
}

class cutting final : public detail::in_parts {
 public:
  explicit cutting(graph& g) : in_parts(g), nest_(g.nodes.size(), -1), cut_(g.types.size(), -1) {}

  /// Elementwise nodes of one shape that read each other are a nest; those with an operand that is rolled or joined are cut. False where
  /// none is.
  bool find();

 private:
  bool take(const node& n) override {
    const std::int32_t nest = nest_[static_cast<std::size_t>(&n - g_.nodes.data())];
    if (nest >= 0) cut(n, static_cast<std::size_t>(nest));
    return nest >= 0;
  }

  // ---- what values are made of
  rolled roll_of(value_id v) const {
    const extents shape = g_.type_of(v).known_extents();
    rolled r{v, extents(shape.size(), 0)};
    while (const node* n = maker(r.base)) {
      if (n->id() != op_id::roll || !n->attrs.has("axis")) break;
      const auto axes = n->attrs.get_ints("axis"), shifts = n->attrs.get_ints("shift");
      for (std::size_t k = 0; k < axes.size(); ++k) {
        const auto a = static_cast<std::size_t>(normalize_axis("roll", axes[k], static_cast<int>(shape.size())));
        r.shifts[a] = modulo(r.shifts[a] + shifts[shifts.size() == 1 ? 0 : k], std::max<std::int64_t>(shape[a], 1));
      }
      r.base = n->inputs[0];
    }
    return r;
  }
  // The axis along which a value is joined of others that are long enough, or -1.
  int joined_along(value_id v) const {
    const node* n = maker(v);
    if (!n || n->id() != op_id::concat || !n->attrs.has("axis")) return -1;
    const int axis = static_cast<int>(normalize_axis("concat", n->attrs.get_int("axis"), g_.type_of(v).rank()));
    for (const value_id part : n->inputs) {
      std::int64_t run = 1;
      const extents shape = g_.type_of(part).known_extents();
      for (std::size_t a = static_cast<std::size_t>(axis); a < shape.size(); ++a) run *= shape[a];
      if (run < shortest_run) return -1;
    }
    return axis;
  }

  // ---- which nodes
  bool may_be(const node& n) const {
    if (!detail::is_by_elements(n)) return false;
    const type& t = g_.type_of(n.first_result);
    return t.complete() && element_count("pieces", t.known_extents()) >= fewest_elements;
  }

  void add_cuts(grid& g, value_id v) {
    const rolled r = roll_of(v);
    const int joined = joined_along(v);
    if (r.base == v && joined < 0) return;
    const extents shape = g_.type_of(v).known_extents();
    if (g.cuts.empty())
      for (const std::int64_t e : shape) g.cuts.push_back({0, e});
    const auto add = [&](std::size_t axis, std::int64_t at) {
      extents& cuts = g.cuts[axis];
      const auto place = std::lower_bound(cuts.begin(), cuts.end(), at);
      if (*place != at) cuts.insert(place, at);
    };
    if (joined < 0) {
      for (std::size_t a = 0; a < shape.size(); ++a) add(a, r.shifts[a]);
      return;
    }
    std::int64_t at = 0;
    for (const value_id part : maker(v)->inputs)
      add(static_cast<std::size_t>(joined), at += g_.type_of(part).known_extents()[static_cast<std::size_t>(joined)]);
  }

  // ---- what becomes of them
  value_id joined(value_id old) override {
    const grid& g = grids_[static_cast<std::size_t>(cut_[static_cast<std::size_t>(old)])];
    std::vector<value_id> parts = parts_of(old);
    for (std::size_t a = g.cuts.size(); a-- > 0;) {  // the last axis runs first
      const std::size_t count = g.cuts[a].size() - 1;
      if (count == 1) continue;
      std::vector<value_id> joined;
      for (std::size_t k = 0; k < parts.size(); k += count)
        joined.push_back(add(op_id::concat,
                             {parts.begin() + static_cast<std::ptrdiff_t>(k), parts.begin() + static_cast<std::ptrdiff_t>(k + count)},
                             {{"axis", attribute_value(static_cast<std::int64_t>(a))}}));
      parts = std::move(joined);
    }
    return parts[0];
  }

  // A box of a value of the graph, which broadcasts with the others: `b` counts the axes of the nest.
  value_id sliced(value_id old, const box& b) {
    const extents shape = g_.type_of(old).known_extents();
    const std::size_t lead = b.start.size() - shape.size();
    std::vector<index_item> key;
    bool all = true;
    for (std::size_t a = 0; a < shape.size(); ++a) {
      const bool takes_all = shape[a] == 1 || b.count[lead + a] == shape[a];
      all &= takes_all;
      key.push_back(takes_all ? slice() : slice(b.start[lead + a], b.start[lead + a] + b.count[lead + a]));
    }
    const value_id v = whole(old);
    return all ? v : add(op_id::getitem, {v}, {{"key", attribute_value(std::move(key))}});
  }

  value_id piece(value_id v, std::size_t nest, std::size_t k) {
    const box& b = boxes_[nest][k];
    if (cut_[static_cast<std::size_t>(v)] == static_cast<std::int32_t>(nest)) return parts_of(v)[k];
    const type& t = g_.type_of(v);
    if (static_cast<std::size_t>(t.rank()) != b.start.size()) return sliced(v, b);
    const extents shape = t.known_extents();
    const rolled r = roll_of(v);
    const int joined = joined_along(v);
    if (r.base != v) {
      box moved = b;
      for (std::size_t a = 0; a < shape.size(); ++a) moved.start[a] = modulo(b.start[a] - r.shifts[a], shape[a]);
      // One extent broadcasts; of all else a box lies in one piece.
      if (std::equal(shape.begin(), shape.end(), last_cuts(nest).begin())) return sliced(r.base, moved);
    } else if (joined >= 0 && std::equal(shape.begin(), shape.end(), last_cuts(nest).begin())) {
      const auto axis = static_cast<std::size_t>(joined);
      box within = b;
      for (const value_id part : maker(v)->inputs) {
        const std::int64_t extent = g_.type_of(part).known_extents()[axis];
        if (within.start[axis] < extent) return sliced(part, within);
        within.start[axis] -= extent;
      }
    }
    return sliced(v, b);
  }
  extents last_cuts(std::size_t nest) const {
    extents e;
    for (const extents& c : grids_[nest].cuts) e.push_back(c.back());
    return e;
  }

  void cut(const node& n, std::size_t nest) {
    std::vector<value_id> parts;
    for (std::size_t k = 0; k < boxes_[nest].size(); ++k) {
      std::vector<value_id> in;
      for (const value_id v : n.inputs) in.push_back(v == absent ? absent : piece(v, nest, k));
      parts.push_back(add(n.id(), std::move(in), n.attrs));
    }
    parts_of(n.first_result) = std::move(parts);
    cut_[static_cast<std::size_t>(n.first_result)] = static_cast<std::int32_t>(nest);
  }

  std::vector<std::int32_t> nest_;  // by node, or -1
  std::vector<std::int32_t> cut_;   // by old value: in which nest
  std::vector<grid> grids_;
  std::vector<std::vector<box>> boxes_;
};

bool cutting::find() {
  std::vector<std::size_t> parent(g_.nodes.size());
  std::iota(parent.begin(), parent.end(), std::size_t{0});
  const auto root = [&](std::size_t i) {
    while (parent[i] != i) i = parent[i] = parent[parent[i]];
    return i;
  };
  std::vector<char> in(g_.nodes.size(), 0);
  for (std::size_t i = 0; i < g_.nodes.size(); ++i) {
    const node& n = g_.nodes[i];
    if (!(in[i] = may_be(n))) continue;
    for (const value_id v : n.inputs) {
      const node* p = v == absent ? nullptr : maker(v);
      const auto k = p ? static_cast<std::size_t>(p - g_.nodes.data()) : 0;
      if (p && in[k] && g_.type_of(v).shape == g_.type_of(n.first_result).shape) parent[root(i)] = root(k);
    }
  }
  std::map<std::size_t, grid> grids;
  std::map<std::size_t, std::size_t> sizes;
  for (std::size_t i = 0; i < g_.nodes.size(); ++i) {
    if (!in[i]) continue;
    ++sizes[root(i)];
    for (const value_id v : g_.nodes[i].inputs)
      if (v != absent && g_.type_of(v).shape == g_.type_of(g_.nodes[i].first_result).shape) add_cuts(grids[root(i)], v);
  }
  std::map<std::size_t, std::int32_t> numbers;
  for (auto& [k, g] : grids) {
    if (g.cuts.empty() || g.boxes() < 2 || g.boxes() > most_boxes || g.boxes() * sizes[k] > detail::most_taken_apart) continue;
    numbers[k] = static_cast<std::int32_t>(grids_.size());
    boxes_.push_back(boxes_of(g));
    grids_.push_back(std::move(g));
  }
  for (std::size_t i = 0; i < g_.nodes.size(); ++i)
    if (in[i])
      if (const auto found = numbers.find(root(i)); found != numbers.end()) nest_[i] = found->second;
  return !grids_.empty();
}

}  // namespace

graph pieces(graph g, const pass_context& context) {
  g = detail::in_bodies(std::move(g), context, pieces);
  const bool may =
      std::any_of(g.nodes.begin(), g.nodes.end(), [](const node& n) { return n.id() == op_id::roll || n.id() == op_id::concat; });
  if (!may) return g;
  cutting c(g);
  return c.find() ? dce(cse(c.run(), context), context) : g;
}

}  // namespace tendril
