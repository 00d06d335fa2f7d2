// A compiled graph for other extents without the passes: what they did depends on which extents are equal and which are 1, and on no more.
//
// That holds for graphs of elementwise ops, of reductions that do not count (a mean has its number of elements among its constants), of
// products, and of views that are made alike of every shape.
#include "run/executable.hpp"

#include <algorithm>

#include <tendril/detail/op_id.hpp>

#include "kernels/reductions.hpp"
#include "ops/indexing.hpp"
#include "ops/op_table.hpp"
#include "ops/short_axes.hpp"

namespace tendril::detail {
namespace {

bool counts_nothing(const node& n) {
  if (has_bodies(n)) return false;  // what runs how often is for its op to say
  switch (n.id()) {
    case op_id::custom: return false;
    case op_id::getitem: {
      // Whole axes and single places of them; slices that take all of one shape take a part of another.
      const auto& key = std::get<std::vector<index_item>>(n.attrs.find("key")->value);
      return std::all_of(key.begin(), key.end(), [](const index_item& i) {
        return i.what != index_item::form::range || (!i.range.start.given() && !i.range.stop.given() && i.range.step == 1);
      });
    }
    default: return n.op->is(trait::resizable);
  }
}

// Axes of which one place is taken must be as long as before: the place may not exist any more.
bool takes_from_same_axes(const node& n, const type& from, const type& to) {
  int axis = 0;
  for (const index_item& i : expand_ellipsis(std::get<std::vector<index_item>>(n.attrs.find("key")->value), from.rank())) {
    if (i.what == index_item::form::new_axis) continue;
    const auto a = static_cast<std::size_t>(axis++);
    if (i.what == index_item::form::integer && from.shape[a].value != to.shape[a].value) return false;
  }
  return true;
}

// A short last axis is taken apart of long arrays alone, and into as many components as it has.
bool is_taken_apart_alike(const type& from, const type& to) {
  constexpr short_axis last{1};
  return (last.fits(from) ? last.extent(from) : 1) == (last.fits(to) ? last.extent(to) : 1);
}

std::ptrdiff_t count(const graph& g, op_id op) {
  return std::count_if(g.nodes.begin(), g.nodes.end(), [op](const node& n) { return n.id() == op; });
}

// Which extent becomes which: equal ones become equal, different ones different, and 1 stays 1.
class extent_map {
 public:
  bool add(std::int64_t from, std::int64_t to) {
    if (from == 0 || to == 0 || (from == 1) != (to == 1)) return false;
    for (const auto& [f, t] : pairs_)
      if ((f == from) != (t == to)) return false;
      else if (f == from) return true;
    pairs_.emplace_back(from, to);
    return true;
  }
  bool apply(std::int64_t& e) const {
    if (e == 1) return true;
    const auto p = std::find_if(pairs_.begin(), pairs_.end(), [&](const auto& x) { return x.first == e; });
    if (p == pairs_.end()) return false;
    e = p->second;
    return true;
  }
  bool apply(graph& g) const {
    for (type& t : g.types)
      for (extent& e : t.shape)
        if (!apply(e.value)) return false;
    return true;
  }

 private:
  std::vector<std::pair<std::int64_t, std::int64_t>> pairs_{{1, 1}};
};

}  // namespace

std::optional<graph> resized(const executable& known, const graph& recorded, std::span<const array_view> examples) {
  if (!std::all_of(recorded.nodes.begin(), recorded.nodes.end(), counts_nothing)) return std::nullopt;
  if (count(recorded, op_id::getitem) != count(known.graph, op_id::getitem)) return std::nullopt;  // the dropped ones could be wrong now
  extent_map map;
  for (std::size_t i = 0; i < examples.size(); ++i) {
    const std::vector<extent>& was = known.input_types[i].shape;
    if (layout_class(examples[i]) != known.input_layouts[i] || was.size() != static_cast<std::size_t>(examples[i].rank))
      return std::nullopt;
    for (std::size_t a = 0; a < was.size(); ++a)
      if (!map.add(was[a].value, examples[i].shape[a])) return std::nullopt;
  }
  graph g = known.graph;
  for (node& n : g.nodes) {
    if (n.id() == op_id::constant) {
      for (const extent& e : g.type_of(n.first_result).shape)
        if (!map.add(e.value, e.value)) return std::nullopt;
    } else if (n.id() != op_id::group && !counts_nothing(n)) {
      return std::nullopt;
    }
  }
  for (node& n : g.nodes) {
    if (n.id() != op_id::group) continue;
    std::vector<std::int64_t> space = n.attrs.get_ints("space");
    for (std::int64_t& e : space)
      if (!map.apply(e)) return std::nullopt;
    n.attrs.set("space", std::move(space));
    graph& body = n.regions.front().body.front();
    if (!map.apply(body)) return std::nullopt;
    for (const node& inside : body.nodes)
      if (inside.op->is(trait::search) && !engine::numbers_fit(inside, body.type_of(inside.inputs[0]))) return std::nullopt;
  }
  if (!map.apply(g)) return std::nullopt;
  if (!std::equal(g.types.begin(), g.types.end(), known.graph.types.begin(), is_taken_apart_alike)) return std::nullopt;
  for (const node& n : g.nodes)
    if (n.id() == op_id::getitem && !takes_from_same_axes(n, known.graph.type_of(n.inputs[0]), g.type_of(n.inputs[0]))) return std::nullopt;
  return g;
}

}  // namespace tendril::detail
