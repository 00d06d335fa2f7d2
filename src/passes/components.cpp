// Components: ops over a short axis become ops on its components, each over the axes that are left.
//
// Of points (n, 3) a row is three elements: no width for a register, and what has one element a row is a block by itself. Taken apart, x, y
// and z are three values over n, a sum over the axis is two additions, and what a point has once is a value like others, so that all of
// them run in one loop. Memory stays as it is: components of an operand are views of every third element, and those of a result are written
// there. Channels that come first are taken apart too, where rows are reduced over them.
//
// Taken apart is what gains: ops that reduce the axis, or in which it meets operands that have one element a row, or one row for all. Where
// elements alone meet, one long row is better.
#include <algorithm>
#include <bit>
#include <limits>
#include <map>
#include <numeric>

#include <tendril/detail/op_id.hpp>

#include "array/array_impl.hpp"
#include "kernels/reductions.hpp"
#include "ops/indexing.hpp"
#include "ops/short_axes.hpp"
#include "passes/in_parts.hpp"
#include "passes/shared.hpp"

namespace tendril {
namespace {

using detail::short_axis;

std::int64_t elements(const type& t) { return element_count("components", t.known_extents()); }

// Which nodes are taken apart.
class analysis {
 public:
  analysis(const graph& g, short_axis axis, bool contract, bool column_major)
      : g_(g),
        axis_(axis),
        contract_(contract),
        column_major_(column_major),
        producers_(g.producers()),
        parent_(g.nodes.size()),
        taken_(g.nodes.size(), 0) {
    std::iota(parent_.begin(), parent_.end(), 0);
  }

  /// By node; nothing where none is.
  std::vector<char> run() {
    struct nest {
      bool gains = false, turned = false;
      std::size_t nodes = 0, made = 0;
    };
    std::vector<nest> nests(g_.nodes.size());
    std::vector<std::int32_t> readers(g_.types.size(), -1);
    for (std::size_t i = 0; i < g_.nodes.size(); ++i) {
      const node& n = g_.nodes[i];
      if (!(taken_[i] = may_be(n))) continue;
      for (const value_id v : n.inputs) {
        if (v == absent) continue;
        if (const std::int32_t p = behind_views(v); p >= 0 && taken_[static_cast<std::size_t>(p)])
          parent_[root(i)] = root(static_cast<std::size_t>(p));
        if (g_.type_of(v) != widest(n)) continue;
        std::int32_t& earlier = readers[static_cast<std::size_t>(v)];  // what reads one array shares its components
        if (earlier >= 0) parent_[root(i)] = root(static_cast<std::size_t>(earlier));
        earlier = static_cast<std::int32_t>(i);
      }
    }
    for (std::size_t i = 0; i < g_.nodes.size(); ++i) {
      if (!taken_[i]) continue;
      nest& all = nests[root(i)];
      ++all.nodes;
      all.made += static_cast<std::size_t>(axis_.extent(widest(g_.nodes[i])));
      all.gains |= does_gain(g_.nodes[i]);
      all.turned |= !column_major_ && is_turned(g_.nodes[i]);
    }
    bool any = false;
    for (std::size_t i = 0; i < g_.nodes.size(); ++i) {
      const nest& all = nests[root(i)];
      taken_[i] = taken_[i] && (all.turned || (all.gains && (axis_.is_last() || all.nodes > 1))) && all.made <= detail::most_taken_apart;
      any |= taken_[i] != 0;
    }
    return any ? std::move(taken_) : std::vector<char>();
  }

 private:
  std::size_t root(std::size_t i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }
  // The node that makes a value, or what the value is a view of with axes of 1 more or less.
  std::int32_t behind_views(value_id v) const {
    while (true) {
      const std::int32_t p = producers_[static_cast<std::size_t>(v)];
      if (p < 0) return p;
      const node& n = g_.nodes[static_cast<std::size_t>(p)];
      if (n.id() != op_id::expand_dims && n.id() != op_id::squeeze) return p;
      v = n.inputs[0];
    }
  }
  // What a node has the components of: its operand where it reduces, else its result.
  const type& widest(const node& n) const { return g_.type_of(engine::is_reduction(n) ? n.inputs[0] : n.first_result); }

  bool may_be(const node& n) const {
    if (!detail::is_plain(n)) return false;
    const type& t = widest(n);
    if (!t.complete() || !axis_.fits(t)) return false;
    const std::int64_t count = axis_.extent(t);
    if (engine::is_reduction(n)) return count > 1 && may_reduce(n, t);
    if (!detail::is_by_elements(n)) return false;
    // A value with one element a row goes with what makes it.
    return count > 1 || std::any_of(n.inputs.begin(), n.inputs.end(), [&](value_id v) {
             const std::int32_t p = v == absent ? -1 : producers_[static_cast<std::size_t>(v)];
             return p >= 0 && taken_[static_cast<std::size_t>(p)];
           });
  }
  bool may_reduce(const node& n, const type& t) const {
    const auto over = engine::reduction_of(n.id());
    if (!over || (!n.op->is(trait::search) && g_.type_of(n.first_result).dtype != t.dtype)) return false;
    const auto axes = engine::reduced_axes(n, t.rank());
    if (axes.empty()) return false;
    if (axes.size() == 1 && axes[0] == axis_.of(t)) return true;
    if (n.op->is(trait::search)) return false;
    // Rows of a component are those that there were where whole rows are reduced after the axis.
    if (!axis_.is_last()) return axes.front() == t.rank() - static_cast<int>(axes.size()) && axes.front() > axis_.of(t);
    // Else a component has another order than all together, which shows in the rounding of sums. Where all rows are reduced to one, columns
    // are added up as they lie: that is as good.
    const bool exact = kind_of(t.dtype) != dtype_kind::real || *over == engine::reduction::max || *over == engine::reduction::min;
    return (exact || contract_) && axes.back() == t.rank() - 2 && axes.size() + 1 < static_cast<std::size_t>(t.rank());
  }

  bool does_gain(const node& n) const {
    const type& t = widest(n);
    if (axis_.extent(t) == 1) return false;
    if (column_major_) return meets_itself(n, t);
    if (engine::is_reduction(n)) return engine::reduced_axes(n, t.rank()).front() == axis_.of(t);
    return axis_.is_last() && std::any_of(n.inputs.begin(), n.inputs.end(), [&](value_id v) {
             return v != absent && elements(g_.type_of(v)) > 1 && elements(g_.type_of(v)) < elements(t);
           });
  }

  // Whether an operand is another array with its axes exchanged, so that components lie side by side which do not in the result, or the
  // other way round: planes of an image as its channels, and channels as planes.
  bool is_turned(const node& n) const {
    if (engine::is_reduction(n)) return false;
    const type& t = g_.type_of(n.first_result);
    return axis_.extent(t) > 1 && std::any_of(n.inputs.begin(), n.inputs.end(), [&](value_id v) {
             const std::int32_t p = v == absent ? -1 : producers_[static_cast<std::size_t>(v)];
             if (p < 0 || elements(g_.type_of(v)) != elements(t)) return false;
             const node& view = g_.nodes[static_cast<std::size_t>(p)];
             const int rank = g_.type_of(v).rank(), axis = axis_.of(g_.type_of(v));
             if (view.id() == op_id::matrix_transpose) return axis >= rank - 2;
             if (view.id() != op_id::permute_dims) return false;
             const auto order = normalize_axes("permute_dims", view.attrs.get_ints("axes"), rank);
             return (order[static_cast<std::size_t>(axis)] == rank - 1) != axis_.is_last();
           });
  }

  // Points against points: so many elements that those of arguments and results count no more.
  bool meets_itself(const node& n, const type& t) const {
    constexpr std::int64_t times = 16;
    return axis_.is_last() && !engine::is_reduction(n) && std::all_of(n.inputs.begin(), n.inputs.end(), [&](value_id v) {
             const std::int64_t own = v == absent ? 1 : elements(g_.type_of(v));
             return own == 1 || (own >= times * axis_.extent(t) && times * own <= elements(t));
           });
  }

  const graph& g_;
  short_axis axis_;
  bool contract_, column_major_;
  std::vector<std::int32_t> producers_;
  std::vector<std::size_t> parent_;
  std::vector<char> taken_;
};

class taking_apart final : public detail::in_parts {
 public:
  taking_apart(graph& g, short_axis axis, std::vector<char> taken) : in_parts(g), axis_(axis), taken_(std::move(taken)) {}

 private:
  bool take(const node& n) override {
    if (!taken_[static_cast<std::size_t>(&n - g_.nodes.data())]) return is_place(n) || is_view(n);
    engine::is_reduction(n) ? reduce(n) : map(n);
    return true;
  }
  value_id joined(value_id old) override { return joined(parts_of(old), axis_.of(type_of(old))); }

  static attribute_value list(std::vector<std::int64_t> v) { return attribute_value(std::move(v)); }
  const type& type_of(value_id old) const { return g_.type_of(old); }

  // ---- values

  value_id joined(std::vector<value_id> parts, std::int64_t axis) {
    for (value_id& part : parts) part = add(op_id::expand_dims, {part}, {{"axis", list({axis})}});
    return parts.size() == 1 ? parts[0] : add(op_id::concat, parts, {{"axis", attribute_value(axis)}});
  }

  // Component `i` of a value.
  value_id part(value_id old, std::int64_t i) {
    if (axis_.of(type_of(old)) < 0) return whole(old);
    if (parts_of(old).empty()) take_apart(old);
    const std::vector<value_id>& parts = parts_of(old);
    return parts[parts.size() == 1 ? 0 : static_cast<std::size_t>(i)];
  }

  // The components of a value that is not made of any.
  void take_apart(value_id old) {
    const type& t = type_of(old);
    const std::int64_t axis = axis_.of(t);
    std::vector<value_id> parts;
    const node* n = maker(old);
    if (n && n->id() == op_id::expand_dims && n->attrs.get_axes("expand_dims", t.rank()) == std::vector<std::int64_t>{axis}) {
      parts = {whole(n->inputs[0])};
    } else if (n && n->id() == op_id::concat && joins_components(*n, axis)) {
      for (const value_id v : n->inputs) parts.push_back(part(v, 0));
    } else {
      const value_id v = whole(old);
      for (std::int64_t i = 0; i < axis_.extent(t); ++i) {
        std::vector<index_item> key{ellipsis, i};
        key.resize(static_cast<std::size_t>(axis_.from_last) + 1, slice());
        parts.push_back(add(op_id::getitem, {v}, {{"key", attribute_value(std::move(key))}}));
      }
    }
    parts_of(old) = std::move(parts);
  }
  bool joins_components(const node& n, std::int64_t axis) const {
    return n.attrs.has("axis") && normalize_axis("concat", n.attrs.get_int("axis"), type_of(n.first_result).rank()) == axis &&
           std::all_of(n.inputs.begin(), n.inputs.end(), [&](value_id v) { return axis_.extent(type_of(v)) == 1; });
  }

  // A component that is read again for each row lies side by side.
  value_id near(value_id v, const type& reader) {
    constexpr std::int64_t fewest = 8, times = 4;
    const type& t = r_.to.type_of(v);
    const std::int64_t many = elements(t);
    if (!axis_.is_last() || many < fewest || t.shape.back().value != many || times * many * axis_.extent(reader) > elements(reader))
      return v;
    const auto [known, first] = near_.try_emplace(v, absent);
    const extents shape = t.known_extents();
    if (first) known->second = add(op_id::reshape, {v}, {{"shape", attribute_value(shape)}, {"copy", true}});
    return known->second;
  }

  // ---- nodes

  // One component of a value that is taken apart, by getitem: the value itself without the axis.
  bool is_place(const node& n) {
    if (n.id() != op_id::getitem || parts_of(n.inputs[0]).empty()) return false;
    const type& t = type_of(n.inputs[0]);
    const auto axis = static_cast<std::size_t>(axis_.of(t));
    const auto key = detail::expand_ellipsis(std::get<std::vector<index_item>>(n.attrs.find("key")->value), t.rank());
    if (key.size() != t.shape.size() || key[axis].what != index_item::form::integer) return false;
    for (std::size_t k = 0; k < key.size(); ++k) {
      const index_item& i = key[k];
      if (k != axis && (i.what != index_item::form::range || i.range.start.given() || i.range.stop.given() || i.range.step != 1))
        return false;
    }
    const std::int64_t at = key[axis].integer;
    made(n.first_result) = part(n.inputs[0], at < 0 ? at + axis_.extent(t) : at);
    return true;
  }

  // A view of a value that is taken apart, with axes of 1 before it more or less, or without the axis itself.
  bool is_view(const node& n) {
    if ((n.id() != op_id::expand_dims && n.id() != op_id::squeeze) || parts_of(n.inputs[0]).empty()) return false;
    const type& longer = type_of(n.id() == op_id::expand_dims ? n.first_result : n.inputs[0]);
    const auto axes = n.attrs.get_axes(n.op->name, longer.rank());
    if (n.id() == op_id::squeeze && axes == std::vector<std::int64_t>{axis_.of(longer)}) {
      made(n.first_result) = part(n.inputs[0], 0);
      return true;
    }
    if (axes.empty() || axes.back() >= axis_.of(longer)) return false;
    std::vector<value_id> parts = parts_of(n.inputs[0]);
    for (value_id& v : parts) v = add(n.id(), {v}, {{"axis", list(axes)}});
    parts_of(n.first_result) = std::move(parts);
    return true;
  }

  void map(const node& n) {
    const type& result = type_of(n.first_result);
    std::vector<value_id> parts;
    for (std::int64_t i = 0; i < axis_.extent(result); ++i) {
      std::vector<value_id> in;
      for (const value_id v : n.inputs) in.push_back(v == absent ? absent : near(part(v, i), result));
      parts.push_back(add(n.id(), std::move(in), n.attrs));
    }
    parts_of(n.first_result) = std::move(parts);
  }

  void reduce(const node& n) {
    const type& in = type_of(n.inputs[0]);
    std::vector<value_id> parts;
    for (std::int64_t i = 0; i < axis_.extent(in); ++i) parts.push_back(part(n.inputs[0], i));
    const auto axes = engine::reduced_axes(n, in.rank());
    const std::int64_t axis = axis_.of(in);
    if (axes == std::vector<std::int64_t>{axis}) {
      const value_id v = n.op->is(trait::search) ? place_of_best(parts, n) : combined(std::move(parts), n);
      if (n.attrs.get_bool("keepdims")) parts_of(n.first_result) = {v};
      else made(n.first_result) = v;
      return;
    }
    std::vector<std::int64_t> own;
    std::int64_t before = 0, after = 0;
    for (const std::int64_t a : axes) {
      own.push_back(a - (a > axis));
      ++(a > axis ? after : before);
    }
    attributes at = n.attrs;
    at.set("axis", list(std::move(own)));
    for (value_id& v : parts) v = add(n.id(), {v}, at);
    if (after == 0 || n.attrs.get_bool("keepdims")) parts_of(n.first_result) = std::move(parts);
    else made(n.first_result) = joined(std::move(parts), axis - before);  // the axis is nearer to the last now
  }

  // In the order that the kernels have: across rows one after another, along a row the upper half onto the lower.
  value_id combined(std::vector<value_id> parts, const node& n) {
    const op_id join = engine::combiner_of(*engine::reduction_of(n.id()));
    while (parts.size() > 1) {
      const std::size_t half = axis_.is_last() ? std::bit_ceil(parts.size()) / 2 : 1;
      for (std::size_t i = half; i < parts.size(); ++i) parts[i % half] = add(join, {parts[i % half], parts[i]}, {});
      parts.resize(half);
    }
    if (const dtype d = r_.to.type_of(parts[0]).dtype; (n.id() == op_id::max || n.id() == op_id::min) && kind_of(d) == dtype_kind::real) {
      // Reductions give one NaN, whatever the elements have.
      const value_id nan = r_.to.add_constant(detail::scalar_array(std::numeric_limits<double>::quiet_NaN(), d), where_);
      return add(op_id::where, {add(op_id::not_equal, {parts[0], parts[0]}, {}), nan, parts[0]}, {});
    }
    return parts[0];
  }

  // The first of the best, where a NaN is better than numbers.
  value_id place_of_best(const std::vector<value_id>& parts, const node& n) {
    const dtype d = r_.to.type_of(parts[0]).dtype;
    const bool real = kind_of(d) == dtype_kind::real;
    const op_id better = n.id() == op_id::argmax ? op_id::greater : op_id::less;
    const dtype number = size_of(d) == 8 ? dtype::int64 : dtype::int32;  // of one width with the elements
    const auto at = [&](std::size_t i) { return r_.to.add_constant(detail::scalar_array(static_cast<double>(i), number), where_); };
    value_id best = parts[0], place = at(0);
    for (std::size_t i = 1; i < parts.size(); ++i) {
      value_id is = add(better, {parts[i], best}, {});
      if (real) {
        const value_id first_nan =
            add(op_id::logical_and, {add(op_id::not_equal, {parts[i], parts[i]}, {}), add(op_id::equal, {best, best}, {})}, {});
        is = add(op_id::logical_or, {is, first_nan}, {});
      }
      place = add(op_id::where, {is, at(i), place}, {});
      if (i + 1 < parts.size()) best = add(op_id::where, {is, parts[i], best}, {});
    }
    return number == dtype::int64 ? place : add(op_id::astype, {place}, {{"dtype", attribute_value(dtype::int64)}});
  }

  short_axis axis_;
  std::vector<char> taken_;
  std::map<value_id, value_id> near_;  // of new values, their copies side by side
};

}  // namespace

graph components(graph g, const pass_context& context) {
  g = detail::in_bodies(std::move(g), context, components);
  // Of a column-major argument components lie side by side already, and so do the results, which are put together in the other order.
  bool column_major = false;
  for (std::size_t i = 0; i < context.input_layouts.size(); ++i)
    column_major |= context.input_layouts[i] == 1 && g.type_of(g.inputs[i]).rank() > 1;
  bool changed = false;
  for (int from_last = 1; from_last <= short_axis::farthest; ++from_last) {
    std::vector<char> taken = analysis(g, {from_last}, context.contract, column_major).run();
    if (taken.empty()) continue;
    g = taking_apart(g, {from_last}, std::move(taken)).run();
    changed = true;
  }
  // Components are asked for by each node that reads them.
  return changed ? dce(cse(std::move(g), context), context) : g;
}

}  // namespace tendril
