// A compiled graph for other extents without the passes: what they did depends on which extents are equal and which are 1, and on no more.
//
// That holds for graphs of elementwise ops and of reductions that do not count: a mean has its number of elements among its constants.
#include "engine/executable.hpp"

#include <algorithm>

namespace tendril::detail {
namespace {

bool counts_nothing(const node& n) {
  switch (n.id()) {
    case op_id::custom: return false;
    case op_id::constant:
    case op_id::astype:
    case op_id::sum:
    case op_id::prod:
    case op_id::max:
    case op_id::min:
    case op_id::any:
    case op_id::all:
    case op_id::softmax:
    case op_id::log_softmax: return true;
    default: return n.op->is(trait::elementwise) && !n.op->is(trait::ordered);
  }
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
    } else if (n.id() != op_id::group) {
      return std::nullopt;
    }
  }
  for (node& n : g.nodes) {
    if (n.id() != op_id::group) continue;
    std::vector<std::int64_t> space = n.attrs.get_ints("space");
    for (std::int64_t& e : space)
      if (!map.apply(e)) return std::nullopt;
    n.attrs.set("space", std::move(space));
    if (!map.apply(n.regions.front().body.front())) return std::nullopt;
  }
  return map.apply(g) ? std::optional(std::move(g)) : std::nullopt;
}

}  // namespace tendril::detail
