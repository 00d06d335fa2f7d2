// Small functions: from a fused graph to the list of operations.
#include <algorithm>
#include <numeric>
#include <utility>

#include <tendril/graph.hpp>

#include "array/views.hpp"
#include "backends/jit/small.hpp"
#include "kernels/backend.hpp"
#include "kernels/reductions.hpp"
#include "ops/op_table.hpp"
#include "ops/value_index.hpp"
#include "ops/view_ops.hpp"

namespace tendril::jit {
namespace small_plan {  // names of its own: a room is one unit

using detail::at;
using kind = small_operation::kind;

constexpr std::int64_t most_elements = 256;   // of a value
constexpr std::int64_t longest_product = 16;  // as those of the eigen backend that are one chain of multiply-adds
constexpr std::int64_t most_summed = 16;      // of sums that are emitted
constexpr std::int64_t most_work = 4096;      // emitted instructions, about
constexpr std::size_t constant_room = 64 << 10, most_frame = engine::small_function::most_bytes - 64;  // the rest is the code's

struct value {
  dtype type = dtype::unknown;
  extents shape;
  addresses elements;  // row by row
};

std::int64_t count_of(std::span<const std::int64_t> shape) { return element_count("compile", shape); }

// Where the elements of a view are, row by row, from the address of the view on.
std::vector<std::int64_t> places_of(const array_view& v) {
  std::vector<std::int64_t> places;
  std::int64_t index[max_rank] = {}, place = 0;
  for (std::int64_t left = v.size(); left > 0; --left) {
    places.push_back(place);
    for (int a = v.rank - 1; a >= 0; --a) {
      place += v.strides[a];
      if (++index[a] < v.shape[a]) break;
      place -= index[a] * v.strides[a];
      index[a] = 0;
    }
  }
  return places;
}

// For each element of the shape, row by row, the number of the element of `of` that a broadcast takes.
std::vector<std::int64_t> broadcast_places(const extents& of, const extents& shape) {
  return places_of(engine::broadcast_view(engine::row_major(nullptr, dtype::bool_, of), shape));
}

class planner {
 public:
  planner(std::span<const int> layouts, const backend& b, small_program& p) : layouts_(layouts), b_(b), p_(p) {}

  bool run(const graph& g) {
    std::vector<value> values(g.types.size());
    bool columns = false, rows = false;
    for (std::size_t i = 0; i < g.inputs.size(); ++i) {
      const type& t = g.type_of(g.inputs[i]);
      if (t.rank() < 2) continue;
      (layouts_[i] == 1 ? columns : rows) = true;
      if (layouts_[i] == 2) return false;
    }
    by_columns_ = columns && !rows;
    one_order_ = !columns;
    for (std::size_t i = 0; i < g.inputs.size(); ++i)
      if (!add_input(g.type_of(g.inputs[i]), i, values[at(g.inputs[i])])) return false;
    if (!walk(g, values)) return false;
    for (const value_id r : g.results)
      if (!add_result(values[at(r)])) return false;
    if (!settle_operands()) return false;
    p_.work = static_cast<std::size_t>(work_);
    return frame_ <= most_frame;
  }

 private:
  bool add_input(const type& t, std::size_t i, value& v) {
    v = {t.dtype, t.known_extents(), {}};
    if (layouts_[i] == 2 || count_of(v.shape) > most_elements) return false;
    array_view view = engine::row_major(nullptr, v.type, v.shape);
    if (layouts_[i] == 1)
      for (std::int64_t k = 0, stride = 1; k < view.rank; stride *= view.shape[k++]) view.strides[k] = stride;
    for (const std::int64_t place : places_of(view))
      v.elements.push_back(address{address::inputs + static_cast<std::uint32_t>(i), 0} + static_cast<std::size_t>(place) * size_of(v.type));
    return true;
  }

  // The numbers of elements, which count row by row, in the order in which they are to lie in memory.
  std::vector<std::size_t> order_of(const extents& shape, bool by_columns) const {
    std::vector<std::size_t> order;
    if (!by_columns) {
      order.resize(static_cast<std::size_t>(count_of(shape)));
      std::iota(order.begin(), order.end(), std::size_t{0});
      return order;
    }
    array_view turned = engine::row_major(nullptr, dtype::float64, shape);
    std::reverse(turned.shape, turned.shape + turned.rank);
    std::reverse(turned.strides, turned.strides + turned.rank);
    for (const std::int64_t place : places_of(turned)) order.push_back(static_cast<std::size_t>(place));
    return order;
  }

  address take(std::int64_t count, dtype t) {
    const address here{address::frame, static_cast<std::uint32_t>(frame_)};
    frame_ += (static_cast<std::size_t>(count) * size_of(t) + 63) / 64 * 64;
    return here;
  }

  // A value whose elements lie in the frame one after another, in this order, from `first` on.
  static value laid(dtype t, extents shape, const std::vector<std::size_t>& order, address first) {
    value v{t, std::move(shape), addresses(order.size())};
    for (std::size_t k = 0; k < order.size(); ++k) v.elements[order[k]] = first + k * size_of(t);
    return v;
  }

  bool add_operation(small_operation o, std::int64_t work) {
    work_ += work;
    p_.operations.push_back(std::move(o));
    return work_ <= most_work && frame_ <= most_frame;
  }

  // These elements side by side in the frame, for what reads them there.
  bool put_together(addresses& elements, dtype t) {
    const std::size_t size = size_of(t);
    if (side_by_side(elements, size)) return true;
    small_operation o;
    o.what = kind::copy;
    o.type = o.result = t;
    o.count = static_cast<std::int64_t>(elements.size());
    o.in[0] = elements;
    o.out = take(o.count, t);
    for (std::size_t k = 0; k < elements.size(); ++k) elements[k] = o.out + k * size;
    return add_operation(std::move(o), static_cast<std::int64_t>(elements.size()));
  }

  // ---- nodes
  bool walk(const graph& g, std::vector<value>& values) {
    for (const node& n : g.nodes)
      if (!add(g, n, values)) return false;
    return true;
  }

  bool add(const graph& g, const node& n, std::vector<value>& values) {
    for (std::int32_t k = 0; k < n.result_count; ++k) {
      const type& t = g.type_of(n.first_result + k);
      if (!t.complete() || count_of(t.known_extents()) > most_elements) return false;
    }
    if (n.id() == op_id::constant) return add_constant(n, values[at(n.first_result)]);
    if (n.id() == op_id::custom || is_ordered(n) || has_bodies(n)) return false;
    std::vector<const value*> in;
    for (const value_id v : n.inputs) in.push_back(v == absent ? nullptr : &values[at(v)]);
    if (n.id() == op_id::group) return add_group(n, in, values);
    const type& t = g.type_of(n.first_result);
    value& out = values[at(n.first_result)];
    out.type = t.dtype;
    out.shape = t.known_extents();
    if (n.op->is(trait::view)) return add_view(n, *in[0], out);
    if (n.id() == op_id::concat) return join(n, in, out);
    if (n.result_count == 1 && n.id() == op_id::matmul && multiplies(*in[0], *in[1])) return multiply(*in[0], *in[1], out);
    if (engine::is_reduction(n)) return n.op->is(trait::reduction) && engine::reduction_of(n.id()) && reduce(n, *in[0], out);
    if (n.result_count == 1 && (n.op->is(trait::elementwise) || n.id() == op_id::astype)) return map(n, in, out);
    return call(g, n, in, values);
  }

  bool add_constant(const node& n, value& v) {
    const array& a = std::get<array>(n.attrs.find("value")->value);
    const array_view from = a.view();
    if (from.size() > most_elements) return false;
    v = {a.dtype(), extents(from.shape, from.shape + from.rank), {}};
    const std::size_t size = size_of(v.type);
    p_.constants.resize((p_.constants.size() + 63) / 64 * 64);
    for (const std::int64_t place : places_of(from)) {
      v.elements.push_back({address::constants, static_cast<std::uint32_t>(p_.constants.size())});
      const auto* bytes = static_cast<const std::byte*>(from.data) + place * static_cast<std::int64_t>(size);
      p_.constants.insert(p_.constants.end(), bytes, bytes + size);
    }
    return p_.constants.size() <= constant_room;
  }

  bool add_group(const node& n, const std::vector<const value*>& in, std::vector<value>& values) {
    const graph& body = n.regions.front().body.front();
    std::vector<value> inside(body.types.size());
    for (std::size_t i = 0; i < in.size(); ++i) inside[at(body.inputs[i])] = *in[i];
    if (!walk(body, inside)) return false;
    for (std::size_t k = 0; k < body.results.size(); ++k) {
      value& made = values[at(n.first_result) + k];
      made = inside[at(body.results[k])];
    }
    return true;
  }

  bool add_view(const node& n, const value& x, value& out) {
    if (n.id() == op_id::reshape) {
      out.elements = x.elements;
      return true;
    }
    std::byte* const nowhere = reinterpret_cast<std::byte*>(std::uintptr_t{1} << 46);
    array_view made;
    if (!engine::view_of(n.id(), n.attrs, engine::row_major(nowhere, dtype::bool_, x.shape), out.shape, made)) return false;
    const std::ptrdiff_t first = static_cast<std::byte*>(made.data) - nowhere;  // a byte an element
    for (const std::int64_t place : places_of(made)) out.elements.push_back(x.elements[static_cast<std::size_t>(first + place)]);
    return true;
  }

  bool join(const node& n, const std::vector<const value*>& in, value& out) {
    if (!n.attrs.has("axis")) {
      for (const value* v : in) out.elements.insert(out.elements.end(), v->elements.begin(), v->elements.end());
      return true;
    }
    const auto axis = static_cast<std::size_t>(normalize_axis("concat", n.attrs.get_int("axis"), static_cast<int>(out.shape.size())));
    const std::int64_t outer = count_of({out.shape.data(), axis});
    for (std::int64_t i = 0; i < outer; ++i)
      for (const value* v : in) {
        const auto run = static_cast<std::ptrdiff_t>(v->elements.size()) / std::max<std::ptrdiff_t>(outer, 1);
        out.elements.insert(out.elements.end(), v->elements.begin() + i * run, v->elements.begin() + (i + 1) * run);
      }
    return true;
  }

  // ---- elementwise ops
  bool map(const node& n, const std::vector<const value*>& in, value& out) {
    if (in.size() > std::size(small_operation().in)) return false;
    small_operation o;
    o.op = n.id();
    o.type = in[detail::first_data_operand(*n.op)]->type;
    o.result = out.type;
    o.count = static_cast<std::int64_t>(count_of(out.shape));
    if (o.count == 0) return true;
    const std::vector<std::size_t> order = order_of(out.shape, by_columns_);
    for (std::size_t k = 0; k < in.size(); ++k) {
      if (!in[k]) continue;
      o.types[k] = in[k]->type;
      if (in[k]->elements.size() == 1) {
        o.in[k] = in[k]->elements;
        o.scalars |= 1u << k;
        continue;
      }
      const auto places = broadcast_places(in[k]->shape, out.shape);
      for (const std::size_t i : order) o.in[k].push_back(in[k]->elements[static_cast<std::size_t>(places[i])]);
    }
    const std::int64_t work = static_cast<std::int64_t>(in.size() + 2) * (o.count * static_cast<std::int64_t>(size_of(o.type)) / 32 + 1);
    if (emits_small(n.id(), o.type)) {
      o.what = kind::map;
      o.out = take(o.count, out.type);
      out = laid(out.type, out.shape, order, o.out);
      return add_operation(std::move(o), work);
    }
    o.what = kind::kernel;
    o.block = n.id() == op_id::astype ? detail::find_convert(b_, o.type, o.result).kernel : detail::find_block(b_, n.id(), o.type).kernel;
    if (!o.block || o.count > engine::block_size) return false;
    if (in.size() == 1 && join_earlier(o, out, order)) return true;
    o.out = take(o.count, out.type);
    out = laid(out.type, out.shape, order, o.out);
    return add_operation(std::move(o), 16);
  }

  // The same function of other elements: one call does both, where the earlier one has room left in its line and these are there by then.
  bool join_earlier(const small_operation& o, value& out, const std::vector<std::size_t>& order) {
    const auto room = static_cast<std::int64_t>(64 / size_of(o.result));
    for (small_operation& e : p_.operations) {
      if (e.what != kind::kernel || e.block != o.block || !e.in[1].empty() || e.count + o.count > room) continue;
      const auto is_there = [&](address a) { return a.memory != address::frame || a.offset < e.out.offset; };
      if (!std::all_of(o.in[0].begin(), o.in[0].end(), is_there)) continue;
      out = laid(out.type, out.shape, order, e.out + static_cast<std::size_t>(e.count) * size_of(o.result));
      e.in[0].insert(e.in[0].end(), o.in[0].begin(), o.in[0].end());
      e.count += o.count;
      e.scalars = 0;
      return true;
    }
    return false;
  }

  // What block kernels read stands side by side.
  bool settle_operands() {
    std::vector<small_operation> all = std::exchange(p_.operations, {});
    for (small_operation& o : all) {
      if (o.what == kind::kernel)
        for (std::size_t k = 0; k < std::size(o.in); ++k)
          if (!o.in[k].empty() && !(o.scalars >> k & 1) && !put_together(o.in[k], o.types[k])) return false;
      p_.operations.push_back(std::move(o));
    }
    return true;
  }

  // ---- products
  static bool multiplies(const value& a, const value& b) {
    if (kind_of(a.type) != dtype_kind::real || a.shape.empty() || b.shape.empty()) return false;
    const auto small = [](const value& v) {
      return std::all_of(v.shape.end() - std::min<std::ptrdiff_t>(2, std::ssize(v.shape)), v.shape.end(),
                         [](std::int64_t n) { return n > 0 && n <= longest_product; });
    };
    return small(a) && small(b);
  }

  bool multiply(const value& a, const value& b, value& out) {
    const bool left_is_vector = a.shape.size() == 1, right_is_vector = b.shape.size() == 1;
    extents left = a.shape, right = b.shape;
    if (left_is_vector) left.insert(left.begin(), 1);
    if (right_is_vector) right.push_back(1);
    small_operation o;
    o.what = kind::multiply;
    o.type = o.result = out.type;
    o.rows = left[left.size() - 2];
    o.depth = left.back();
    o.columns = right.back();
    o.count = o.rows * o.columns;
    // Batches, broadcast against each other.
    const extents left_batch(left.begin(), left.end() - 2), right_batch(right.begin(), right.end() - 2);
    extents batch(std::max(left_batch.size(), right_batch.size()), 1);
    for (std::size_t k = 0; k < batch.size(); ++k) {
      const auto own = [&](const extents& e) { return k + e.size() < batch.size() ? 1 : e[k + e.size() - batch.size()]; };
      batch[k] = own(left_batch) == 1 ? own(right_batch) : own(left_batch);
    }
    const auto left_places = broadcast_places(left_batch, batch), right_places = broadcast_places(right_batch, batch);
    out.elements.clear();
    for (std::size_t i = 0; i < left_places.size(); ++i) {
      small_operation one = o;
      const auto part = [](const value& v, std::int64_t which, std::int64_t count) {
        const auto first = v.elements.begin() + which * count;
        return addresses(first, first + count);
      };
      one.in[0] = part(a, left_places[i], o.rows * o.depth);
      one.in[1] = part(b, right_places[i], o.depth * o.columns);
      one.by_columns = goes_by_columns(one);
      one.out = take(o.count, o.type);
      const value made = laid(o.type, {o.rows, o.columns}, order_of({o.rows, o.columns}, one.by_columns), one.out);
      out.elements.insert(out.elements.end(), made.elements.begin(), made.elements.end());
      const std::int64_t lanes = std::max<std::int64_t>(1, (one.by_columns ? o.rows : o.columns) / 4),
                         turns = one.by_columns ? o.columns : o.rows;
      if (!add_operation(std::move(one), 2 * lanes * turns * o.depth)) return false;
    }
    return true;
  }

  // Registers hold elements of columns where those of the left operand lie side by side, and of rows where those of the right one do.
  bool goes_by_columns(const small_operation& o) const {
    addresses column;
    for (std::int64_t i = 0; i < o.rows; ++i) column.push_back(o.in[0][static_cast<std::size_t>(i * o.depth)]);
    const std::size_t size = size_of(o.type);
    const bool rows = side_by_side(std::span(o.in[1]).first(static_cast<std::size_t>(o.columns)), size),
               columns = side_by_side(column, size);
    if (o.columns == 1 || o.rows == 1) return o.columns == 1;
    return rows == columns ? by_columns_ : columns;
  }

  // ---- reductions
  bool reduce(const node& n, const value& x, value& out) {
    const auto axes = engine::reduced_axes(n, static_cast<int>(x.shape.size()));
    extents kept = x.shape, gone(x.shape.size(), 1);
    int lengths = 0;
    for (const std::int64_t a : axes) {
      gone[static_cast<std::size_t>(a)] = std::exchange(kept[static_cast<std::size_t>(a)], 1);
      lengths += gone[static_cast<std::size_t>(a)] > 1;
    }
    const std::int64_t count = count_of(gone), results = count_of(kept);
    // Over several axes the order of memory is that of the sum.
    if (count == 0 || results == 0 || (lengths > 1 && !one_order_)) return false;
    const auto first = broadcast_places(kept, x.shape);  // by element of x: which result it belongs to
    std::vector<addresses> parts(static_cast<std::size_t>(results));
    for (std::size_t i = 0; i < first.size(); ++i) parts[static_cast<std::size_t>(first[i])].push_back(x.elements[i]);
    const bool emitted = n.id() == op_id::sum && kind_of(x.type) == dtype_kind::real && count <= most_summed && x.type == out.type;
    const auto kernel = detail::find_reduce(b_, *engine::reduction_of(n.id()), x.type).kernel;
    if (!emitted && (!kernel || count > engine::block_size)) return false;
    const std::vector<std::size_t> order = order_of(out.shape, by_columns_);
    const address to = take(results, out.type);
    out = laid(out.type, out.shape, order, to);
    for (std::size_t i = 0; i < parts.size(); ++i) {
      small_operation o;
      o.what = emitted ? kind::sum : kind::reduce;
      o.op = n.id();
      o.type = x.type;
      o.result = out.type;
      o.count = 1;
      if (!emitted && !put_together(parts[i], x.type)) return false;
      o.in[0] = std::move(parts[i]);
      o.out = out.elements[i];
      if (!emitted) o.reduce = kernel;
      if (!add_operation(std::move(o), emitted ? 2 * count : 8)) return false;
    }
    return true;
  }

  // ---- whole-array kernels
  bool call(const graph& g, const node& n, const std::vector<const value*>& in, std::vector<value>& values) {
    if (n.inputs.empty() || n.op->is(trait::elementwise) ||
        n.inputs.size() + static_cast<std::size_t>(n.result_count) > whole_call::most_ports)
      return false;
    const value* data = in[detail::first_data_operand(*n.op)];
    const auto found = data ? detail::find_whole(b_, n.id(), data->type) : detail::found<engine::whole_kernel>();
    if (!found) return false;
    whole_call c;
    c.kernel = found.kernel;
    c.attrs = n.attrs;
    c.results = static_cast<std::size_t>(n.result_count);
    c.fixed = fixed_of(n, in);
    for (std::int32_t k = 0; k < n.result_count; ++k) {
      const type& t = g.type_of(n.first_result + k);
      const extents shape = t.known_extents();
      if (count_of(shape) == 0) return false;
      const address to = take(count_of(shape), t.dtype);
      values[at(n.first_result) + static_cast<std::size_t>(k)] = laid(t.dtype, shape, order_of(shape, false), to);
      c.ports.push_back({to.memory, engine::row_major(pointer(to), t.dtype, shape)});
    }
    for (const value* v : in) {
      if (!v) {
        c.ports.push_back({address::constants, {}});
        continue;
      }
      if (v->elements.empty()) return false;
      addresses elements = v->elements;
      if (elements.front().memory == address::constants || !put_together(elements, v->type)) {
        small_operation o;
        o.type = o.result = v->type;
        o.count = std::ssize(elements);
        o.in[0] = elements;
        const address to = o.out = take(o.count, v->type);
        if (!add_operation(std::move(o), std::ssize(elements))) return false;
        elements = laid(v->type, v->shape, order_of(v->shape, false), to).elements;
      }
      c.ports.push_back({elements.front().memory, engine::row_major(pointer(elements.front()), v->type, v->shape)});
    }
    small_operation o;
    o.what = kind::whole;
    o.call = p_.calls.size();
    p_.calls.push_back(std::move(c));
    return add_operation(std::move(o), 16);
  }
  static detail::fixed_kernel fixed_of(const node& n, const std::vector<const value*>& in) {
    const extents& shape = in[0]->shape;
    if (shape.size() != 2 || (n.id() == op_id::solve && in[1]->shape.size() != 1)) return nullptr;
    if (n.id() == op_id::cholesky && n.attrs.get_bool("upper")) return nullptr;
    return detail::find_fixed(n.id(), in[0]->type, shape[0]);
  }
  static void* pointer(address a) { return reinterpret_cast<void*>(std::uintptr_t{a.offset}); }

  // ---- results
  bool add_result(value v) {
    const std::size_t size = size_of(v.type);
    const std::vector<std::size_t> order = order_of(v.shape, by_columns_);
    // What lies in an input is read before any result is written, which may be there.
    if (std::any_of(v.elements.begin(), v.elements.end(), [](address a) { return a.memory >= address::inputs; })) {
      small_operation o;
      o.type = o.result = v.type;
      o.count = std::ssize(v.elements);
      for (const std::size_t i : order) o.in[0].push_back(v.elements[i]);
      o.out = take(o.count, v.type);
      v = laid(v.type, v.shape, order, o.out);
      if (!add_operation(std::move(o), std::ssize(v.elements))) return false;
    }
    small_result r{v.elements, {}, static_cast<std::int32_t>(size)};
    if (v.shape.size() > 1)
      for (const std::size_t i : order_of(v.shape, true)) r.columns.push_back(v.elements[i]);
    else r.columns = r.rows;
    work_ += std::ssize(v.elements);
    p_.results.push_back(std::move(r));
    return work_ <= most_work;
  }

  const std::span<const int> layouts_;
  const backend& b_;
  small_program& p_;
  bool by_columns_ = false;  // what is made lies column by column, as the inputs do
  bool one_order_ = true;    // all memory is row-major
  std::size_t frame_ = 0;
  std::int64_t work_ = 0;
};

}  // namespace small_plan

bool plan_small(const graph& g, std::span<const int> layouts, const backend& b, small_program& p) {
  return small_plan::planner(layouts, b, p).run(g);
}

}  // namespace tendril::jit
