// Whole-array kernels and copies over threads.
//
// Model. Along some axes of its result an op does the same over and over: what stands at one index depends on nothing that stands at
// another. Parts of the result, cut along such axes, are results of the same kernel for parts of the inputs, and as it finds the same
// elements along all other axes, it gives them the same bits. Which axes these are, and which axes of the inputs they belong to, follows
// from the op when a step is planned; where they are cut, from the strides of a call, so that a part is a piece of memory where there is a
// way. The kernel of one op may choose its way by the extent of an axis whose elements are neighbours (running totals, side by side): such
// an axis is cut into pieces of a cache line or more, or not at all.
#include "threads/split.hpp"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <numeric>

#include <tendril/detail/op_id.hpp>

#include "array/arena.hpp"
#include "array/array_impl.hpp"
#include "ops/op_table.hpp"
#include "ops/view_ops.hpp"
#include "threads/pool.hpp"

namespace tendril::engine {
namespace {

constexpr std::int64_t line = 64;

using operand = kernel_split::operand;

operand same_axes() {
  operand o{};
  std::iota(o.axis.begin(), o.axis.end(), std::int8_t{0});
  return o;
}
operand no_axes() {
  operand o{};
  o.axis.fill(-1);
  return o;
}

// Which axes the result may be cut along, and what belongs to them.
bool find_axes(kernel_split& s, const op_record& op, const attributes& at, std::span<const type> in, const type& out) {
  const auto all = static_cast<std::uint32_t>((std::uint64_t{1} << out.rank()) - 1);
  const auto own = [&](int rank) { return static_cast<int>(normalize_axis(op.name, at.get_int("axis"), rank)); };
  const auto but = [&](int axis) { return all & ~(std::uint32_t{1} << axis); };
  s.in.assign(in.size(), same_axes());
  s.axes = all;
  if (op.is(trait::elementwise)) return true;  // its inputs come at the shape of the result
  if (op.is(trait::view)) return true;
  switch (op.id) {
    case op_id::sort:
    case op_id::argsort: s.axes = but(own(out.rank())); return true;
    case op_id::cumulative_sum:
    case op_id::cumulative_prod: s.axes = at.has("axis") ? but(own(out.rank())) : 0; return true;
    case op_id::searchsorted: s.in[0] = no_axes(); return true;
    case op_id::argmax:
    case op_id::argmin: {
      if (!at.has("axis")) return false;
      const int axis = own(in[0].rank());
      if (out.rank() == in[0].rank()) s.axes = but(axis);
      else
        for (int k = axis; k < out.rank(); ++k) s.in[0].axis[static_cast<std::size_t>(k)] = static_cast<std::int8_t>(k + 1);
      return true;
    }
    case op_id::take: {
      const int axis = at.has("axis") ? own(in[0].rank()) : 0, indices = in[1].rank();
      operand &x = s.in[0] = no_axes(), &index = s.in[1] = no_axes();
      for (int k = 0; k < out.rank(); ++k) {
        const auto to = static_cast<std::size_t>(k);
        if (k < axis) x.axis[to] = static_cast<std::int8_t>(k);
        else if (k < axis + indices) index.axis[to] = static_cast<std::int8_t>(k - axis);
        else x.axis[to] = static_cast<std::int8_t>(k - indices + 1);
      }
      return true;
    }
    case op_id::take_along_axis:
      s.axes = but(own(out.rank()));
      for (std::size_t i = 0; i < in.size(); ++i)
        for (std::size_t k = 0; k < out.shape.size(); ++k)
          if (in[i].shape[k].value == 1 && out.shape[k].value != 1) s.in[i].axis[k] = -1;
      return true;
    case op_id::concat: {
      if (!at.has("axis")) return false;
      s.concat_axis = own(out.rank());
      std::int64_t begin = 0;
      for (std::size_t i = 0; i < in.size(); ++i) {
        s.in[i].begin = begin;
        begin += in[i].shape[static_cast<std::size_t>(s.concat_axis)].value;
      }
      return true;
    }
    case op_id::roll:
      if (!at.has("axis")) return false;
      for (std::int64_t a : at.get_ints("axis")) s.axes &= but(static_cast<int>(normalize_axis(op.name, a, out.rank())));
      return true;
    default: return false;
  }
}

// What an element of the result takes on one thread, in nanoseconds: the cheaper sizes of bench_along and bench_threads.
double cost_of(const op_record& op, std::span<const type> in, const type& out) {
  const double bytes = static_cast<double>(size_of(out.dtype));
  switch (op.id) {
    case op_id::sort: return 2.5;
    case op_id::argsort: return 3;
    case op_id::searchsorted: return 6;
    case op_id::cumulative_sum:
    case op_id::cumulative_prod: return 0.05 * bytes;
    case op_id::take: return 0.05 * bytes;
    case op_id::take_along_axis: return 0.7;
    case op_id::argmax:
    case op_id::argmin: {
      const double size = static_cast<double>(element_count("argmax", in[0].known_extents()));
      return 0.03 * static_cast<double>(size_of(in[0].dtype)) * size / static_cast<double>(element_count("argmax", out.known_extents()));
    }
    default: return op.is(trait::inexact) ? 0.1 * bytes : 0.025 * bytes;  // mostly copies
  }
}

void plan_parts(kernel_split& s, double cost, int threads) {
  s.threads = threads;
  s.cost = cost;
  s.parts = std::clamp<std::int64_t>(static_cast<std::int64_t>(cost / (2 * smallest_chunk)), 2, 8 * threads);
}

bool is_worth_it(const type& out, double cost, int threads) { return threads > 1 && out.rank() > 0 && cost >= smallest_call; }

// The parts of a result: each index of some axes, and of one more axis so many pieces.
struct cut {
  int axes[max_rank];  // the last one is cut into pieces
  int rank = 0;
  std::int64_t pieces = 1, grains = 1, grain = 1, count = 1;

  cut(const array_view& out, std::uint32_t permitted, std::int64_t wished) {
    int candidates = 0;
    for (int k = 0; k < out.rank; ++k)
      if ((permitted >> k & 1) && out.shape[k] > 1) axes[candidates++] = k;
    // (std::stable_sort would allocate.)
    std::sort(axes, axes + candidates, [&](int a, int b) {
      const std::int64_t x = std::abs(out.strides[a]), y = std::abs(out.strides[b]);
      return x != y ? x > y : a < b;
    });
    while (rank < candidates) {
      const std::int64_t extent = out.shape[axes[rank++]], elements = line / static_cast<std::int64_t>(size_of(out.dtype));
      if (count * extent < wished && rank < candidates) {
        count *= extent;
        continue;
      }
      pieces = (wished + count - 1) / count;
      // Of neighbours whole lines; of others too where there are many, for they may be neighbours in an input.
      if (std::abs(out.strides[axes[rank - 1]]) == 1 || extent >= elements * pieces) grain = elements;
      grains = std::max<std::int64_t>(extent / grain, 1);
      pieces = std::min(pieces, grains);
      count *= pieces;
      break;
    }
  }
  std::int64_t begin(std::int64_t piece, std::int64_t extent) const { return piece == pieces ? extent : grains * piece / pieces * grain; }
};

array_view narrow(array_view v, int axis, std::int64_t first, std::int64_t count) {
  if (v.data) v.data = static_cast<std::byte*>(v.data) + first * v.strides[axis] * static_cast<std::int64_t>(size_of(v.dtype));
  v.shape[axis] = count;
  return v;
}

// Makes `views`, a result and its inputs, those of one part.
void go_to_part(const kernel_split& s, const cut& c, std::int64_t part, array_view* views, int inputs) {
  std::int64_t rest = part;
  for (int i = c.rank - 1; i >= 0; --i) {
    const int axis = c.axes[i];
    const std::int64_t extent = views[0].shape[axis];
    const bool last = i == c.rank - 1;
    const std::int64_t indices = last ? c.pieces : extent, index = rest % indices, first = last ? c.begin(index, extent) : index,
                       count = last ? c.begin(index + 1, extent) - first : 1;
    rest /= indices;
    views[0] = narrow(views[0], axis, first, count);
    for (int k = 0; k < inputs; ++k) {
      const operand& o = s.in[static_cast<std::size_t>(k)];
      const int own = o.axis[static_cast<std::size_t>(axis)];
      array_view& v = views[k + 1];
      if (own < 0) continue;
      if (axis == s.concat_axis) {
        const std::int64_t from = std::clamp<std::int64_t>(first - o.begin, 0, v.shape[own]);
        v = narrow(v, own, from, std::clamp<std::int64_t>(first + count - o.begin, from, v.shape[own]) - from);
      } else {
        v = narrow(v, own, first, count);
      }
    }
  }
}

}  // namespace

std::unique_ptr<const kernel_split> plan_split(const op_record& op, const attributes& at, std::span<const type> in, const type& out,
                                               int threads, whole_kernel kernel, whole_kernel copy) {
  if (threads < 2 || out.rank() == 0) return nullptr;
  const std::int64_t size = element_count(op.name, out.known_extents());
  const double cost = size ? static_cast<double>(size) * cost_of(op, in, out) : 0;
  auto s = std::make_unique<kernel_split>();
  if (!is_worth_it(out, cost, threads) || !find_axes(*s, op, at, in, out) || !s->axes) return nullptr;
  s->op = op.id;
  s->kernel = kernel;
  if (op.is(trait::view)) s->copy = copy;
  plan_parts(*s, cost, threads);
  return s;
}

std::unique_ptr<const kernel_split> plan_copy(const type& t, int threads) {
  const double cost = 0.025 * static_cast<double>(size_of(t.dtype)) * static_cast<double>(element_count("copy", t.known_extents()));
  if (!is_worth_it(t, cost, threads)) return nullptr;
  auto s = std::make_unique<kernel_split>();
  s->kernel = [](const array_view* out, const array_view* in, int, const attributes&) { detail::copy_elements(*out, *in); };
  s->axes = static_cast<std::uint32_t>((std::uint64_t{1} << t.rank()) - 1);
  s->in = {same_axes()};
  plan_parts(*s, cost, threads);
  return s;
}

void run_split(const kernel_split& s, const array_view& out, const array_view* in, int inputs, const attributes& at) {
  array_view to = out, from;
  whole_kernel kernel = s.kernel;
  std::uint32_t axes = s.axes;
  if (s.copy) {
    if (!as_copy(s.op, at, out, *in, to, from)) return s.kernel(&out, in, inputs, at);
    in = &from;
    kernel = s.copy;
    axes = ~std::uint32_t{0};
  }
  const cut c(to, axes, s.parts);
  const auto whole = [&] { kernel(&to, in, inputs, at); };
  if (c.count < 2) return whole();
  try {
    parallel(s.threads, c.count, [&](chunks& todo) {
      std::int64_t part;
      if (!todo.take(part)) return;
      const workspace memory(static_cast<std::size_t>(inputs + 1) * sizeof(array_view));
      auto* views = reinterpret_cast<array_view*>(memory.data());
      do {
        views[0] = to;
        std::copy_n(in, inputs, views + 1);
        go_to_part(s, c, part, views, inputs);
        kernel(views, views + 1, inputs, at);
      } while (todo.take(part));
    });
  } catch (const index_error&) {
    whole();  // names the first index that is out of range
  }
}

}  // namespace tendril::engine
