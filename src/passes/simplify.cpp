// Simplify: rewrites that keep every bit of every element, NaN, infinities and signed zeros included.
#include <algorithm>
#include <cmath>

#include <tendril/detail/op_id.hpp>

#include "array/array_impl.hpp"
#include "graph/rewriter.hpp"
#include "kernels/reductions.hpp"
#include "ops/literals.hpp"
#include "passes/shared.hpp"

namespace tendril {
namespace {

class simplifier {
 public:
  explicit simplifier(graph& g) : g_(g), r_(g), uses_(g.use_counts()) {}

  graph run() {
    return r_.run(g_, [this](node& n, std::vector<value_id>&) -> std::vector<value_id> {
      if (const value_id v = shorter(n); v != absent) {
        r_.replace(n, v);
      } else if (n.result_count == 0 || r_.map[static_cast<std::size_t>(n.first_result)] == absent) {
        r_.copy(std::move(n));
        note_last();
      }
      return {};  // the map has them: a rule may know some results alone
    });
  }

 private:
  // The last node of the new graph makes its results.
  void note_last() {
    producers_.resize(r_.to.types.size(), -1);
    const node& last = r_.to.nodes.back();
    for (std::int32_t k = 0; k < last.result_count; ++k)
      producers_[static_cast<std::size_t>(last.first_result + k)] = static_cast<std::int32_t>(r_.to.nodes.size() - 1);
  }
  // The node of the new graph behind a new value, or null.
  const node* made_by(value_id v) const {
    const std::int32_t p = static_cast<std::size_t>(v) < producers_.size() ? producers_[static_cast<std::size_t>(v)] : -1;
    return p < 0 ? nullptr : &r_.to.nodes[static_cast<std::size_t>(p)];
  }
  bool is_number(value_id v, double wanted) const {
    const node* n = made_by(v);
    if (!n || n->id() != op_id::constant) return false;
    const array& a = std::get<array>(n->attrs.find("value")->value);
    if (a.size() != 1 || a.dtype() == dtype::bool_) return false;
    const scalar s = detail::scalar_of(a);
    return s.real() == wanted && std::signbit(s.real()) == std::signbit(wanted);
  }
  // `n` may be a node of the new graph, which moves: its line is read before.
  value_id add(op_id op, std::vector<value_id> in, attributes at, const node& n) {
    const value_id v = r_.to.add(record_of(op), std::move(in), std::move(at), nullptr, n.where);
    note_last();
    return v;
  }

  // A new value that equals the (first) result of `n`, or absent.
  value_id shorter(const node& n) {
    if (n.id() == op_id::constant || !n.regions.empty() || n.id() == op_id::custom || n.result_count == 0) return absent;
    const type& out = g_.type_of(n.first_result);
    if (!out.complete()) return absent;
    const value_id x = n.inputs.empty() ? absent : r_.at(n.inputs[0]);
    const value_id y = n.inputs.size() < 2 ? absent : r_.at(n.inputs[1]);
    const bool keeps_x = x != absent && r_.to.type_of(x) == out;
    const bool keeps_y = y != absent && r_.to.type_of(y) == out;
    const node* inner = x == absent ? nullptr : made_by(x);
    switch (n.id()) {
      case op_id::astype:
      case op_id::broadcast_to:
      case op_id::squeeze:
        if (keeps_x) return x;
        break;
      case op_id::reshape:
        if (keeps_x && !n.attrs.get_bool("copy")) return x;
        if (inner && inner->id() == op_id::reshape) {
          const value_id base = inner->inputs[0];
          return r_.to.type_of(base) == out && !n.attrs.get_bool("copy") ? base : add(op_id::reshape, {base}, n.attrs, n);
        }
        break;
      case op_id::permute_dims: {
        const auto order = normalize_axes("permute_dims", n.attrs.get_ints("axes"), out.rank());
        bool same = true;
        for (std::size_t i = 0; i < order.size(); ++i) same &= order[i] == static_cast<std::int64_t>(i);
        if (same) return x;
        break;
      }
      case op_id::flip:
        if (n.attrs.get_axes("flip", out.rank()).empty()) return x;
        break;
      case op_id::matrix_transpose:
        if (inner && inner->id() == op_id::matrix_transpose) return inner->inputs[0];
        break;
      case op_id::positive: return x;
      case op_id::negative:
        if (inner && inner->id() == op_id::negative) return inner->inputs[0];
        break;
      case op_id::logical_not:
        if (inner && inner->id() == op_id::logical_not) return inner->inputs[0];
        break;
      case op_id::multiply:
        if (keeps_x && is_number(y, 1)) return x;
        if (keeps_y && is_number(x, 1)) return y;
        break;
      case op_id::divide:
        if (keeps_x && is_number(y, 1)) return x;
        break;
      case op_id::subtract:
        if (keeps_x && is_number(y, 0.0)) return x;
        break;
      case op_id::add:
        // x + 0 turns -0 into 0; x + -0 keeps every bit, and integers have one zero.
        if (keeps_x && (is_number(y, -0.0) || (kind_of(out.dtype) == dtype_kind::integer && is_number(y, 0.0)))) return x;
        if (keeps_y && (is_number(x, -0.0) || (kind_of(out.dtype) == dtype_kind::integer && is_number(x, 0.0)))) return y;
        break;
      case op_id::pow:
        if (keeps_x && is_number(y, 1)) return x;
        if (keeps_x && is_number(y, 2)) return add(op_id::square, {x}, {}, n);
        break;
      case op_id::maximum:
      case op_id::minimum:
      case op_id::logical_and:
      case op_id::logical_or:
        if (x == y && keeps_x) return x;
        break;
      case op_id::expand_dims:
        if (inner && engine::is_reduction(*inner) && !inner->attrs.get_bool("keepdims")) {
          const int rank = r_.to.type_of(inner->inputs[0]).rank();
          if (out.rank() == rank && n.attrs.get_axes("expand_dims", rank) == engine::reduced_axes(*inner, rank))
            return with_keepdims(*inner, x - inner->first_result);
        }
        break;
      case op_id::moments: {
        // Only the mean is used: a sum does.
        if (uses_[static_cast<std::size_t>(n.first_result + 1)] != 0) break;
        const type in = r_.to.type_of(x);  // a copy: adding values moves the types
        double count = 1;
        for (auto a : n.attrs.get_axes("moments", in.rank())) count *= static_cast<double>(in.shape[static_cast<std::size_t>(a)].value);
        const attributes at{{"axis", *n.attrs.find("axis")}, {"dtype", {}}, {"keepdims", *n.attrs.find("keepdims")}};
        const value_id total = add(op_id::sum, {x}, at, n);
        const value_id divisor = r_.to.add_constant(detail::scalar_array(count, in.dtype), n.where);
        note_last();
        const value_id mean = add(op_id::divide, {total, divisor}, {}, n);
        r_.map[static_cast<std::size_t>(n.first_result)] = mean;
        return absent;
      }
      default: break;
    }
    return without_broadcasts(n, out);
  }

  value_id with_keepdims(const node& reduction, std::int32_t which) {
    attributes at = reduction.attrs;
    at.set("keepdims", true);
    return add(reduction.id(), reduction.inputs, std::move(at), reduction) + which;
  }

  // An elementwise op broadcasts by itself: operands need not be broadcast before it.
  value_id without_broadcasts(const node& n, const type& out) {
    if (!n.op->is(trait::elementwise) || n.inputs.size() < 2) return absent;
    const auto broadcast_by = [this](value_id v) {
      const node* b = v == absent ? nullptr : made_by(v);
      return b && b->id() == op_id::broadcast_to ? b : nullptr;
    };
    if (std::none_of(n.inputs.begin(), n.inputs.end(), [&](value_id v) { return broadcast_by(r_.at(v)); })) return absent;
    std::vector<value_id> in = r_.mapped_inputs(n);
    bool changed = false;
    for (value_id& v : in) {
      const node* b = broadcast_by(v);
      if (!b) continue;
      const value_id kept = std::exchange(v, b->inputs[0]);
      std::vector<extent> shape;
      for (value_id o : in)
        if (o != absent) shape = broadcast(n.op->name, shape, r_.to.type_of(o).shape);
      if (shape == out.shape) changed = true;
      else v = kept;
    }
    return changed ? add(n.id(), std::move(in), n.attrs, n) : absent;
  }

  graph& g_;  // its nodes move to the new graph one by one
  detail::rewriter r_;
  std::vector<std::int32_t> uses_;
  std::vector<std::int32_t> producers_;  // of the new graph
};

}  // namespace

graph simplify(graph g, const pass_context& context) {
  g = detail::in_bodies(std::move(g), context, simplify);
  return simplifier(g).run();
}

}  // namespace tendril
