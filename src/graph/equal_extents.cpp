// Which extents are equal: what each op asks of those of its operands and its result.
#include "graph/equal_extents.hpp"

#include <algorithm>
#include <numeric>

#include <tendril/detail/op_id.hpp>

#include "ops/indexing.hpp"

namespace tendril::detail {

free_slice free_slice_of(const slice& s, std::int64_t recorded) {
  const resolved_slice r = resolve(s, recorded);
  const bool start = s.start.given(), stop = s.stop.given();
  if (s.step == -1 && !start && !stop) return {true, true, true, 1, -1};
  if (s.step != 1) return {};
  const std::int64_t from = start ? s.start.value() : 0, to = stop ? s.stop.value() : 0;
  // Ends that were cut off at the recorded extent are taken as numbers.
  if (from > recorded || from < -recorded || to > recorded || to < -recorded) return {};
  const bool from_end = from < 0, to_end = !stop || to < 0;
  if (r.count != (to_end ? recorded + to : to) - (from_end ? recorded + from : from)) return {};
  if (from_end && stop && to >= 0) return {};
  return {true, to_end != from_end, from_end, from_end ? -from : from, 1};
}

equal_extents::equal_extents(const graph& g) : g_(g) {
  std::size_t n = 0;
  for (const type& t : g.types) {
    first_.push_back(n);
    for (const extent& e : t.shape) recorded_.push_back(e.value);
    n += t.shape.size();
  }
  parent_.resize(n);
  std::iota(parent_.begin(), parent_.end(), std::size_t{0});
  for (std::size_t e = 0; e < n; ++e) pinned_.push_back(recorded_[e] <= 1);
  for (const node& one : g.nodes) see(one);
}

std::size_t equal_extents::root(std::size_t e) const {
  while (parent_[e] != e) e = parent_[e];
  return e;
}

void equal_extents::unite(std::size_t a, std::size_t b) {
  const std::size_t from = root(a), to = root(b);
  if (from == to) return;
  parent_[from] = to;
  pinned_[to] = pinned_[to] || pinned_[from];
}

void equal_extents::pin(value_id v, int axis) { pinned_[root(element(v, axis))] = true; }

void equal_extents::pin(value_id v) {
  for (int a = 0; a < g_.type_of(v).rank(); ++a) pin(v, a);
}

void equal_extents::pin(const node& n) {
  for (const value_id v : n.inputs)
    if (v != absent) pin(v);
  for (value_id v = n.first_result; v < n.first_result + n.result_count; ++v) pin(v);
}

void equal_extents::unite_broadcast(const node& n) {
  const value_id out = n.first_result;
  const int rank = g_.type_of(out).rank();
  for (const value_id v : n.inputs) {
    if (v == absent) continue;
    const int lead = rank - g_.type_of(v).rank();
    for (int a = 0; a < g_.type_of(v).rank(); ++a)
      if (recorded_[element(v, a)] == recorded_[element(out, a + lead)]) unite(element(v, a), element(out, a + lead));
  }
}

void equal_extents::unite_reduced(const node& n) {
  const value_id x = n.inputs[0];
  const auto axes = n.attrs.get_axes(n.op->name, g_.type_of(x).rank());
  const bool keep = n.attrs.get_bool("keepdims");
  for (value_id out = n.first_result; out < n.first_result + n.result_count; ++out) {
    int to = 0;
    for (int a = 0; a < g_.type_of(x).rank(); ++a) {
      const bool reduced = std::find(axes.begin(), axes.end(), a) != axes.end();
      if (!reduced) unite(element(x, a), element(out, to));
      if (!reduced || keep) ++to;
    }
  }
}

void equal_extents::unite(value_id a, value_id b) {
  for (int axis = 0; axis < g_.type_of(a).rank(); ++axis) unite(element(a, axis), element(b, axis));
}

void equal_extents::unite_slices(const node& n) {
  const value_id x = n.inputs[0], out = n.first_result;
  int from = 0, to = 0;
  for (const index_item& i : expand_ellipsis(std::get<std::vector<index_item>>(n.attrs.find("key")->value), g_.type_of(x).rank())) {
    if (i.what == index_item::form::new_axis) {
      ++to;
      continue;
    }
    const int a = from++;
    if (i.what == index_item::form::integer) continue;
    const int b = to++;
    const free_slice s = free_slice_of(i.range, recorded_[element(x, a)]);
    if (s.possible && s.free_count) unite(element(x, a), element(out, b));
    else pin(out, b);
    if (!s.possible) pin(x, a);
  }
}

void equal_extents::unite_product(const node& n) {
  const value_id a = n.inputs[0], b = n.inputs[1], out = n.first_result;
  const int ra = g_.type_of(a).rank(), rb = g_.type_of(b).rank(), ro = g_.type_of(out).rank();
  unite(element(a, ra - 1), element(b, rb == 1 ? 0 : rb - 2));
  const int matrix = (ra > 1 ? 1 : 0) + (rb > 1 ? 1 : 0);
  if (ra > 1) unite(element(a, ra - 2), element(out, ro - matrix));
  if (rb > 1) unite(element(b, rb - 1), element(out, ro - 1));
  for (const value_id v : {a, b}) {
    const int batch = g_.type_of(v).rank() - 2;
    for (int k = 0; k < batch; ++k) {
      const std::size_t own = element(v, k), all = element(out, ro - matrix - batch + k);
      if (recorded_[own] == recorded_[all]) unite(own, all);
    }
  }
}

void equal_extents::unite_taken(const node& n) {
  const value_id x = n.inputs[0], at = n.inputs[1], out = n.first_result;
  const int axis = static_cast<int>(n.attrs.get_axes(n.op->name, g_.type_of(x).rank()).front()), rank = g_.type_of(at).rank();
  for (int a = 0; a < g_.type_of(x).rank(); ++a)
    if (a != axis) unite(element(x, a), element(out, a < axis ? a : a - 1 + rank));
  for (int a = 0; a < rank; ++a) unite(element(at, a), element(out, axis + a));
}

void equal_extents::see(const node& n) {
  if (n.op->is(trait::elementwise)) return unite_broadcast(n);
  if (n.op->is(trait::reduction) || n.op->is(trait::search) || n.id() == op_id::moments) return unite_reduced(n);
  switch (n.id()) {
    case op_id::astype:
    case op_id::zeros_like:
    case op_id::ones_like:
    case op_id::full_like:
    case op_id::flip:
    case op_id::sort:
    case op_id::argsort:
    case op_id::roll:
    case op_id::cumulative_sum:
    case op_id::cumulative_prod: return unite(n.inputs[0], n.first_result);
    case op_id::searchsorted: return unite(n.inputs[1], n.first_result);
    case op_id::getitem: return unite_slices(n);
    case op_id::matmul: return unite_product(n);
    case op_id::take: return unite_taken(n);
    case op_id::take_along_axis: {
      const auto axis = static_cast<int>(n.attrs.get_axes(n.op->name, g_.type_of(n.inputs[0]).rank()).front());
      for (int a = 0; a < g_.type_of(n.inputs[0]).rank(); ++a) {
        const std::size_t out = element(n.first_result, a);
        for (const value_id v : n.inputs)
          if ((a != axis || v == n.inputs[1]) && recorded_[element(v, a)] == recorded_[out]) unite(element(v, a), out);
      }
      return;
    }
    case op_id::permute_dims: {
      const auto axes = normalize_axes(n.op->name, n.attrs.get_ints("axes"), g_.type_of(n.inputs[0]).rank());
      for (std::size_t a = 0; a < axes.size(); ++a)
        unite(element(n.inputs[0], static_cast<int>(axes[a])), element(n.first_result, static_cast<int>(a)));
      return;
    }
    case op_id::matrix_transpose: {
      const int rank = g_.type_of(n.inputs[0]).rank();
      for (int a = 0; a < rank; ++a) unite(element(n.inputs[0], a), element(n.first_result, a < rank - 2 ? a : 2 * rank - 3 - a));
      return;
    }
    case op_id::expand_dims:
    case op_id::squeeze: {
      const bool more = n.id() == op_id::expand_dims;
      const value_id wide = more ? n.first_result : n.inputs[0], narrow = more ? n.inputs[0] : n.first_result;
      const auto axes = n.attrs.get_axes(n.op->name, g_.type_of(wide).rank());
      int k = 0;
      for (int a = 0; a < g_.type_of(wide).rank(); ++a)
        if (std::find(axes.begin(), axes.end(), a) == axes.end()) unite(element(wide, a), element(narrow, k++));
      return;
    }
    case op_id::concat: {
      if (!n.attrs.has("axis")) return pin(n);
      const int rank = g_.type_of(n.first_result).rank();
      const auto axis = static_cast<int>(n.attrs.get_axes(n.op->name, rank).front());
      pin(n.first_result, axis);
      for (const value_id v : n.inputs)
        for (int a = 0; a < rank; ++a)
          if (a == axis) pin(v, a);
          else unite(element(v, a), element(n.first_result, a));
      return;
    }
    default: pin(n);
  }
}

// ---- what extents follow from

std::vector<input_extent> inputs_behind(const graph& g, std::span<const read_extent> reads) {
  std::vector<input_extent> found;
  const auto add_all = [&](std::size_t input) {
    for (int a = 0; a < g.type_of(g.inputs[input]).rank(); ++a) found.push_back({static_cast<std::int32_t>(input), a});
  };
  if (!std::all_of(g.types.begin(), g.types.end(), [](const type& t) { return t.complete(); })) {
    for (std::size_t i = 0; i < g.inputs.size(); ++i) add_all(i);  // nobody knows which
    return found;
  }
  const equal_extents equal(g);
  const std::vector<std::int32_t> producers = g.producers();
  // Where no input has such an extent, as behind a concat, all that the value is made of may say what it is.
  const auto add_ancestors = [&](value_id of) {
    std::vector<char> seen(g.types.size(), 0);
    std::vector<value_id> todo{of};
    while (!todo.empty()) {
      const value_id v = todo.back();
      todo.pop_back();
      if (v == absent || seen[static_cast<std::size_t>(v)]++) continue;
      const std::int32_t p = producers[static_cast<std::size_t>(v)];
      if (p >= 0)
        todo.insert(todo.end(), g.nodes[static_cast<std::size_t>(p)].inputs.begin(), g.nodes[static_cast<std::size_t>(p)].inputs.end());
      else
        for (std::size_t i = 0; i < g.inputs.size(); ++i)
          if (g.inputs[i] == v) add_all(i);
    }
  };
  for (const auto& [v, axis] : reads)
    for (int a = axis == every_axis ? 0 : axis; a < (axis == every_axis ? g.type_of(v).rank() : axis + 1); ++a) {
      const std::size_t wanted = equal.class_of(v, a), before = found.size();
      for (std::size_t i = 0; i < g.inputs.size(); ++i)
        for (int own = 0; own < g.type_of(g.inputs[i]).rank(); ++own)
          if (equal.class_of(g.inputs[i], own) == wanted) found.push_back({static_cast<std::int32_t>(i), own});
      if (found.size() == before) add_ancestors(v);
    }
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

void fix(graph& g, std::span<const read_extent> reads) {
  if (reads.empty()) return;
  const std::vector<input_extent> more = inputs_behind(g, reads);
  g.fixed.insert(g.fixed.end(), more.begin(), more.end());
  std::sort(g.fixed.begin(), g.fixed.end());
  g.fixed.erase(std::unique(g.fixed.begin(), g.fixed.end()), g.fixed.end());
}

void fix_all(graph& g) {
  g.fixed.clear();
  for (std::size_t i = 0; i < g.inputs.size(); ++i)
    for (int a = 0; a < g.type_of(g.inputs[i]).rank(); ++a)
      if (g.type_of(g.inputs[i]).shape[static_cast<std::size_t>(a)].known()) g.fixed.push_back({static_cast<std::int32_t>(i), a});
}

}  // namespace tendril::detail
