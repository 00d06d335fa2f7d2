// How each step runs: a group, a kernel, a product by rows, a view, a user's kernel, a copy; regions.cpp has those of ops with regions.
#include <algorithm>
#include <array>

#include "array/arena.hpp"
#include "array/array_impl.hpp"
#include "array/format.hpp"
#include "array/views.hpp"
#include "ops/view_ops.hpp"
#include "run/executable.hpp"
#include "threads/pool.hpp"

namespace tendril::detail {
namespace {

// The rows of `v` from `first` on.
array_view rows_from(array_view v, int axis, std::int64_t first, std::int64_t count) {
  v.data = static_cast<std::byte*>(v.data) + first * v.strides[axis] * static_cast<std::int64_t>(size_of(v.dtype));
  v.shape[axis] = count;
  return v;
}

void run_by_rows(const step& s, const array_view* views) {
  const row_product& by = *s.by_rows;
  using engine::whole_lines;
  const std::size_t scratch = s.prepared ? whole_lines(s.prepared->scratch_bytes) : 0, product = whole_lines(by.product_bytes),
                    ports = by.ports.size();
  const std::int64_t blocks = (by.all_rows + by.rows - 1) / by.rows;
  const auto work = [&](engine::chunks& todo) {
    std::int64_t block;
    if (!todo.take(block)) return;
    const engine::workspace memory(scratch + product + (s.program ? whole_lines(s.program->workspace) : 0)),
        table(ports * (sizeof(array_view) + sizeof(void*)));
    auto* parts = reinterpret_cast<array_view*>(table.data());
    auto* pointers = reinterpret_cast<const array_view**>(parts + ports);
    do {
      const std::int64_t first = block * by.rows, count = std::min(by.rows, by.all_rows - first);
      const array_view in[2] = {rows_from(views[at(s.in[0])], 0, first, count), views[at(s.in[1])]};
      const array_view out = s.program
                                 ? engine::row_major(memory.data() + scratch, by.result.dtype, std::array{count, by.result.shape[1].value})
                                 : rows_from(views[at(s.out[0])], 0, first, count);
      if (s.prepared) s.prepared->run(&out, in, memory.data());
      else s.kernel(&out, in, 2, s.attrs);
      if (!s.program) continue;
      for (std::size_t k = 0; k < ports; ++k) {
        const value_id v = by.ports[k];
        parts[k] = v == absent ? out : by.moving[k] < 0 ? views[at(v)] : rows_from(views[at(v)], by.moving[k], first, count);
        pointers[k] = &parts[k];
      }
      engine::run_rows(*s.program, pointers, memory.data() + scratch + product, count * (s.program->rows / by.all_rows));
    } while (todo.take(block));
  };
  engine::parallel(by.threads, blocks, work);
}

}  // namespace

void run_step(const executable& e, const step& s, array_view* views, std::byte* scratch) {
  const graph& g = e.graph;
  switch (s.what) {
    case step::kind::group: {
      const array_view* few[32];
      engine::room<const array_view*> many;
      const array_view** ports = few;
      if (s.in.size() + s.out.size() > 32) { ports = many.take(static_cast<std::int64_t>(s.in.size() + s.out.size())); }
      std::size_t k = 0;
      for (value_id v : s.in) ports[k++] = &views[at(v)];
      for (value_id v : s.out) ports[k++] = &views[at(v)];
      engine::run(*s.program, ports, scratch);
      return;
    }
    case step::kind::product: return run_by_rows(s, views);
    case step::kind::regions: return run_regions(s, views, scratch);
    case step::kind::view: {
      array_view v;
      const std::vector<extent>& made = g.type_of(s.out[0]).shape;
      std::int64_t shape[max_rank];
      for (std::size_t k = 0; k < made.size(); ++k) shape[k] = made[k].value;
      if (!engine::view_of(s.op->id, s.attrs, views[at(s.in[0])], {shape, made.size()}, v))
        throw internal_error(format_text("[{}] a planned view needs a copy", s.op->name));
      views[at(s.out[0])] = v;
      return;
    }
    case step::kind::copy:
      if (s.split) engine::run_split(*s.split, views[at(s.out[0])], &views[at(s.in[0])], 1, s.attrs);
      else copy_elements(views[at(s.out[0])], views[at(s.in[0])]);
      return;
    case step::kind::kernel: {
      if (std::all_of(s.out.begin(), s.out.end(), [&](auto v) { return views[at(v)].size() == 0; })) return;
      constexpr std::size_t few = 4;
      array_view here[few]{};
      engine::room<array_view> many;
      const std::size_t ports = s.in.size() + s.out.size();
      array_view* const in = ports > few ? many.take(static_cast<std::int64_t>(ports)) : here;
      if (many) std::fill_n(in, ports, array_view());
      array_view* const results = in + s.in.size();
      for (std::size_t k = 0; k < s.in.size(); ++k) {
        if (s.in[k] == absent) continue;
        in[k] = views[at(s.in[k])];
        if (s.broadcast_inputs)
          in[k] = engine::broadcast_view(in[k], {views[at(s.out[0])].shape, static_cast<std::size_t>(views[at(s.out[0])].rank)});
      }
      for (std::size_t k = 0; k < s.out.size(); ++k) results[k] = views[at(s.out[k])];
      if (s.prepared) s.prepared->run(results, in, scratch);
      else if (s.split) engine::run_split(*s.split, *results, in, static_cast<int>(s.in.size()), s.attrs);
      else s.kernel(results, in, static_cast<int>(s.in.size()), s.attrs);
      return;
    }
    case step::kind::custom: {
      // Users' kernels see row-major memory.
      std::vector<array> kept;
      std::vector<array_view> in, results;
      for (value_id v : s.in) {
        if (v == absent) {
          in.emplace_back();
          continue;
        }
        array_view x = views[at(v)];
        if (s.op->is(trait::elementwise)) x = engine::broadcast_view(x, g.type_of(s.out[0]).known_extents());
        if (layout_class(x) != 0) {
          kept.push_back(copy_of(x));
          x = kept.back().view();
        }
        in.push_back(x);
      }
      std::vector<std::pair<std::size_t, array>> strided;
      for (value_id v : s.out) {
        results.push_back(views[at(v)]);
        if (layout_class(results.back()) != 0) {
          strided.emplace_back(results.size() - 1,
                               make_empty(results.back().dtype, {results.back().shape, static_cast<std::size_t>(results.back().rank)}));
          results.back() = strided.back().second.view();
        }
      }
      s.op->kernel(results, in, s.attrs);
      for (const auto& [i, a] : strided) copy_elements(views[at(s.out[i])], a.view());
      return;
    }
  }
}

}  // namespace tendril::detail
