// Offsets: what is read by slices is computed for each slice, where that costs less than an array in memory.
//
// A group ends where an array that it makes is read at other places than it is written: lap[2:] - lap[:-2] needs all of lap first. Where
// lap is a few cheap elementwise ops, lap[2:] and lap[:-2] are the same ops over slices of their operands, and all is one pass over memory.
// So slices move up through elementwise ops, as far as what is computed twice is cheap. Every element is computed as before.
#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <tuple>

#include <tendril/detail/op_id.hpp>

#include "ops/indexing.hpp"
#include "ops/op_table.hpp"
#include "passes/in_parts.hpp"
#include "passes/shared.hpp"

namespace tendril {
namespace {

using detail::resolved_slice;

constexpr std::int64_t fewest_sliced = 512;  // of an array: functions of fewer are one piece of code as they are
constexpr std::size_t most_repeated = 24;    // operations an element that a pass over memory is worth
constexpr std::size_t most_slices = 16;      // of one value

// A slice of a value, axis by axis.
struct window {
  std::vector<resolved_slice> axes;
  friend bool operator<(const window& a, const window& b) {
    return std::lexicographical_compare(a.axes.begin(), a.axes.end(), b.axes.begin(), b.axes.end(),
                                        [](const resolved_slice& x, const resolved_slice& y) {
                                          return std::tie(x.start, x.count, x.step) < std::tie(y.start, y.count, y.step);
                                        });
  }
  bool is_all_of(const extents& shape) const {
    for (std::size_t a = 0; a < shape.size(); ++a)
      if (axes[a].start != 0 || axes[a].count != shape[a] || axes[a].step != 1) return false;
    return true;
  }
};

class moving final : public detail::in_parts {
 public:
  explicit moving(graph& g) : in_parts(g), moves_(g.types.size()), whole_(moves_), moving_(moves_) {}

  /// Decides of which values slices are computed. False where of none.
  bool find() {
    slices_.resize(g_.types.size());
    readers_.resize(g_.types.size());
    for (std::size_t i = 0; i < g_.nodes.size(); ++i)
      for (const value_id v : g_.nodes[i].inputs)
        if (v != absent) readers_[at(v)].push_back(i);
    for (const value_id v : g_.results) whole_[at(v)] = 1;
    bool any = false;
    for (std::size_t i = g_.nodes.size(); i-- > 0;) any |= decide(g_.nodes[i]);
    return any;
  }

 private:
  static std::size_t at(value_id v) { return static_cast<std::size_t>(v); }
  extents shape_of(value_id v) const { return g_.type_of(v).known_extents(); }

  // ---- what slices move through
  // The operations an element of a node; nothing where slices stop at it.
  std::optional<std::size_t> cost_of(const node& n) const {
    if (!detail::is_by_elements(n) || !g_.type_of(n.first_result).complete()) return {};
    switch (n.id()) {
      case op_id::divide:
      case op_id::sqrt:
      case op_id::reciprocal: return 4;
      case op_id::floor_divide:
      case op_id::remainder: return 8;
      case op_id::gcd:
      case op_id::lcm: return most_repeated + 1;
      default: return n.op->is(trait::inexact) ? most_repeated + 1 : 1;
    }
  }
  // The slice that a getitem is, if it is one with all axes left, whose elements lie side by side where those of its operand do.
  std::optional<window> slice_of(const node& n) const {
    if (n.id() != op_id::getitem || n.inputs.size() != 1 || !g_.type_of(n.inputs[0]).complete()) return {};
    const extents shape = shape_of(n.inputs[0]);
    window b;
    for (const index_item& item :
         detail::expand_ellipsis(std::get<std::vector<index_item>>(n.attrs.find("key")->value), static_cast<int>(shape.size()))) {
      if (item.what != index_item::form::range) return {};
      b.axes.push_back(detail::resolve(item.range, shape[b.axes.size()]));
      if (b.axes.back().step < 1 || b.axes.back().count < 1) return {};
    }
    if (b.axes.empty() || b.axes.back().step != 1) return {};
    return b;
  }
  static window inside(const window& outer, const window& inner) {
    window b = outer;
    for (std::size_t a = 0; a < b.axes.size(); ++a)
      b.axes[a] = {outer.axes[a].start + inner.axes[a].start * outer.axes[a].step, inner.axes[a].count,
                   outer.axes[a].step * inner.axes[a].step};
    return b;
  }
  static window all_of(const extents& shape) {
    window b;
    for (const std::int64_t e : shape) b.axes.push_back({0, e, 1});
    return b;
  }
  // Of an operand, which broadcasts.
  static window of_operand(const window& b, const extents& shape) {
    window o;
    const std::size_t lead = b.axes.size() - shape.size();
    for (std::size_t a = 0; a < shape.size(); ++a) o.axes.push_back(shape[a] == 1 ? resolved_slice{0, 1, 1} : b.axes[lead + a]);
    return o;
  }

  // ---- decisions, from the results to the inputs: all that reads a value has been decided
  void need(value_id v) { whole_[at(v)] = 1; }
  void need(value_id v, const window& b) {
    if (b.is_all_of(shape_of(v))) need(v);
    else slices_[at(v)].insert(b);
  }
  bool decide(const node& n) {
    const value_id v = n.result_count == 1 ? n.first_result : absent;
    const bool wanted = v == absent || whole_[at(v)] || n.op->is(trait::ordered);
    if (!wanted && slices_[at(v)].empty()) return false;  // nobody reads it
    if (const auto s = v == absent ? std::nullopt : slice_of(n)) {
      if (wanted) need(n.inputs[0], *s);
      for (const window& b : slices_[at(v)]) need(n.inputs[0], inside(*s, b));
      return false;
    }
    if (!wanted && may_move(n)) {
      moves_[at(v)] = 1;
      for (const value_id o : n.inputs)
        if (o != absent)
          for (const window& b : slices_[at(v)]) need(o, of_operand(b, shape_of(o)));
      return true;
    }
    if (v != absent) need(v);
    for (const value_id o : n.inputs)
      if (o != absent) need(o);
    return false;
  }
  bool may_move(const node& n) {
    const auto own = cost_of(n);
    const std::size_t count = slices_[at(n.first_result)].size();
    if (!own || count > most_slices || element_count("offsets", shape_of(n.first_result)) < fewest_sliced) return false;
    if (count == 1 || inside_a_cone_.count(&n)) return true;
    // All that is computed for this value alone is computed for each slice. (Makers stand before their readers.)
    std::set<const node*, std::greater<>> cone{&n};
    std::size_t cost = 0;
    for (const node* p : cone) {
      cost += *cost_of(*p);
      for (const value_id o : p->inputs) {
        const node* made = o == absent ? nullptr : maker(o);
        if (!made || !cost_of(*made) || whole_[at(o)] || !slices_[at(o)].empty()) continue;
        const auto& readers = readers_[at(o)];
        if (std::all_of(readers.begin(), readers.end(), [&](std::size_t r) { return cone.count(&g_.nodes[r]) > 0; })) cone.insert(made);
      }
    }
    const std::size_t copies = cone.size() * count;  // all of them should stay one group
    if (cost * (count - 1) > most_repeated || copies_ + copies > detail::most_taken_apart) return false;
    copies_ += copies;
    inside_a_cone_.insert(cone.begin(), cone.end());
    return true;
  }

  // ---- rebuilding
  using slice_of_value = std::pair<value_id, window>;

  bool take(const node& n) override {
    if (n.result_count != 1) return false;
    const value_id v = n.first_result;
    const bool moving = moves_[at(v)] || (slice_of(n) && moving_[at(n.inputs[0])]);
    moving_[at(v)] = moving;
    return moving;
  }
  value_id joined(value_id old) override { return part(old, all_of(shape_of(old))); }

  // The same slice, of what slices of slices are taken of.
  slice_of_value source_of(value_id v, window b) {
    for (const node* n = maker(v); n && !moves_[at(v)]; n = maker(v)) {
      const auto s = slice_of(*n);
      if (!s || (made(v) != absent && b.is_all_of(shape_of(v)))) break;
      b = inside(*s, b);
      v = n->inputs[0];
    }
    return {v, std::move(b)};
  }
  value_id part(value_id old, window of) {
    const auto [v, b] = source_of(old, std::move(of));
    if (moves_[at(v)]) return computed({v, b});
    if (b.is_all_of(shape_of(v))) return whole(v);
    std::vector<index_item> key;
    for (const resolved_slice& s : b.axes) key.push_back(slice(s.start, s.start + (s.count - 1) * s.step + 1, s.step));
    return add(op_id::getitem, {whole(v)}, {{"key", attribute_value(std::move(key))}});
  }
  // Each value shortly before what reads it, so that few are alive at a time.
  value_id computed(const slice_of_value& wanted) {
    std::vector<slice_of_value> open{wanted};
    const std::source_location reader = where_;
    while (!open.empty()) {
      const auto [v, b] = open.back();
      if (computed_.count({v, b})) {
        open.pop_back();
        continue;
      }
      const node& n = *maker(v);
      const std::size_t before = open.size();
      for (std::size_t k = n.inputs.size(); k-- > 0;) {
        if (n.inputs[k] == absent) continue;
        slice_of_value operand = source_of(n.inputs[k], of_operand(b, shape_of(n.inputs[k])));
        if (moves_[at(operand.first)] && !computed_.count(operand)) open.push_back(std::move(operand));
      }
      if (open.size() > before) continue;
      where_ = n.where;
      std::vector<value_id> in;
      for (const value_id o : n.inputs) in.push_back(o == absent ? absent : part(o, of_operand(b, shape_of(o))));
      computed_[{v, b}] = add(n.id(), std::move(in), n.attrs);
      open.pop_back();
    }
    where_ = reader;
    return computed_.at(wanted);
  }

  std::vector<std::vector<std::size_t>> readers_;  // by value: nodes
  std::vector<std::set<window>> slices_;           // by value: those that are read
  std::vector<char> moves_, whole_;                // by value: is it computed slice by slice; does anybody read all of it?
  std::vector<char> moving_;                       // by value, as far as it is rebuilt: it, or what it is a slice of, is
  std::set<const node*> inside_a_cone_;
  std::map<slice_of_value, value_id> computed_;
  std::size_t copies_ = 0;  // of nodes, that there are several of
};

}  // namespace

graph offsets(graph g, const pass_context& context) {
  g = detail::in_bodies(std::move(g), context, offsets);
  if (std::none_of(g.nodes.begin(), g.nodes.end(), [](const node& n) { return n.id() == op_id::getitem; })) return g;
  moving m(g);
  return m.find() ? dce(cse(m.run(), context), context) : g;
}

}  // namespace tendril
