// The block interpreter: runs a stage program.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

#include <tendril/detail/op_id.hpp>
#include <tendril/detail/with_dtype.hpp>

#include "array/arena.hpp"
#include "kernels/moments.hpp"
#include "stages/blocks.hpp"
#include "stages/columns.hpp"
#include "threads/pool.hpp"

namespace tendril::engine {
namespace {

// An external bound to the memory of this call.
struct row_external {
  std::byte* base;                      // of the current row
  bool contiguous;                      // along the row, in the order of the inner axes
  std::int64_t run;                     // else: elements that lie side by side, where these are whole blocks; 0 where they are not
  std::int64_t outer_stride[max_rank];  // bytes
  axis_walk inner;
  // Of operands, or results, that lie between one another, every k-th element each, the first moves all: how many these are, or 0 for one
  // that another moves.
  std::int8_t together;
  std::uint16_t set[most_interleaved];
};

// The moments of a row from those of its blocks.
template <class T>
void combine_moments(void* mean, void* variance, const void* means, const void* sums, std::int64_t total, std::int64_t block) {
  const T* a = static_cast<const T*>(means);
  const T* b = static_cast<const T*>(sums);
  moment all;
  for (std::int64_t i = 0; i * block < total; ++i)
    all = all + moment::of_part(std::min(block, total - i * block), a[i], b[2 * i], b[2 * i + 1]);
  *static_cast<T*>(mean) = static_cast<T>(all.mean());
  *static_cast<T*>(variance) = static_cast<T>(all.variance());
}

// Those of one block: of a whole row, or of a part of one, which has its sums of squared deviations and of deviations at `spread`.
template <class T>
void moments_of_block(const instruction& i, void* mean, void* spread, const void* in, std::int64_t n, bool part) {
  i.moments(mean, spread, in, n);
  T *average = static_cast<T*>(mean), *squares = static_cast<T*>(spread);
  if (part) settle_part(*average, squares[0], squares[1], in, n);
  else settle_moments(*average, *squares, in, n);
}
void moments_of_block(const instruction& i, void* mean, void* spread, const void* in, std::int64_t n, bool part) {
  detail::with_dtype<dtype_kind::real>(i.operands, [&]<class T>(T) { moments_of_block<T>(i, mean, spread, in, n, part); });
}

// The first of the best, over the blocks of a row. `Largest`: or smallest.
template <class T, bool Largest>
std::int64_t place_of_best(const void* extremes, const void* places, std::int64_t count, std::int64_t block) {
  const T* x = static_cast<const T*>(extremes);
  std::int64_t best = 0;
  for (std::int64_t i = 1; i < count && x[best] == x[best]; ++i)
    if (x[i] != x[i] || (Largest ? x[i] > x[best] : x[i] < x[best])) best = i;
  return best * block + static_cast<const std::int64_t*>(places)[best];
}
std::int64_t place_of_best(const instruction& i, const void* extremes, const void* places, std::int64_t count, std::int64_t block) {
  const auto of = [&]<class T>(T) {
    return (i.op->id == op_id::argmax ? place_of_best<T, true> : place_of_best<T, false>)(extremes, places, count, block);
  };
  return detail::with_dtype<dtype_kind::integer>(i.operands, of);
}

void reduce_parts(const instruction& i, void* out, std::byte* parts, std::int64_t count, std::size_t size) {
  while (count > block_size) {
    std::int64_t made = 0;
    for (std::int64_t at = 0; at < count; at += block_size, ++made)
      i.reduce(parts + static_cast<std::size_t>(made) * size, parts + static_cast<std::size_t>(at) * size,
               std::min(block_size, count - at));
    count = made;
  }
  i.reduce(out, parts, count);
}

// The state of one call, or of one thread's share of it.
struct frame {
  const stage_program& p;
  std::byte* workspace;  // block buffers
  std::byte* kept;       // what a row has once: the workspace, or another thread's
  void** at;             // by slot
  row_external* bound;   // by external
  bool strided;          // some external is gathered or scattered

  // Where the slots that move from block to block stand at element `start` of the row.
  void move_to(std::int64_t start) {
    std::int64_t run = 0, which = 0, within = 0;  // of the runs that externals have: a division, and most have the same
    for (std::uint16_t s : p.moving_slots) {
      const slot& x = p.slots[s];
      if (x.what == slot::kind::saved) at[s] = kept + x.offset + start * x.element_size;
      else if (x.what == slot::kind::part) at[s] = kept + x.offset + start / p.block * x.element_size;
      else if (const row_external& a = bound[x.external]; a.contiguous) at[s] = a.base + start * x.element_size;
      else if (a.run) {
        if (a.run != run) which = start / (run = a.run), within = start % run;
        at[s] = a.base + within * x.element_size + offset_of_run(a, which);
      }
    }
  }

  static std::int64_t offset_of_run(const row_external& a, std::int64_t which) {
    std::int64_t offset = 0;
    for (int k = a.inner.rank - 2; k > 0; which /= a.inner.extents[k--]) offset += which % a.inner.extents[k] * a.inner.strides[k];
    return offset + which * a.inner.strides[0];
  }

  void transfer_in(const phase& ph, std::int64_t start, std::int64_t n) {
    for (std::uint16_t e : ph.reads) {
      const row_external& a = bound[e];
      if (a.contiguous || a.run || p.externals[e].row || a.together == 0) continue;
      if (a.together == 1) {
        copy_block<true>(a.inner, a.base, p.externals[e].element_size, workspace + p.externals[e].offset, start, n);
        continue;
      }
      void* parts[most_interleaved];
      for (int c = 0; c < a.together; ++c) parts[c] = workspace + p.externals[a.set[c]].offset;
      interleaving(p.externals[e].element_size).split[static_cast<std::size_t>(a.together)](parts, a.base + start * a.inner.strides[0], n);
    }
  }
  void transfer_out(const phase& ph, std::int64_t start, std::int64_t n) {
    for (std::uint16_t e : ph.writes) {
      const row_external& a = bound[e];
      if (a.contiguous || a.run || a.together == 0) continue;
      if (a.together == 1) {
        copy_block<false>(a.inner, a.base, p.externals[e].element_size, workspace + p.externals[e].offset, start, n);
        continue;
      }
      const void* parts[most_interleaved];
      for (int c = 0; c < a.together; ++c) parts[c] = workspace + p.externals[a.set[c]].offset;
      interleaving(p.externals[e].element_size).join[static_cast<std::size_t>(a.together)](a.base + start * a.inner.strides[0], parts, n);
    }
  }

  // Finds operands, and results, that lie between one another.
  void find_sets() {
    for (const phase& ph : p.phases) {
      for (const std::uint16_t e : ph.reads) find_set(e, ph.reads);
      for (const std::uint16_t e : ph.writes) find_set(e, ph.writes);
    }
  }
  void find_set(std::uint16_t leader, std::span<const std::uint16_t> all) {
    row_external& first = bound[leader];
    const std::int64_t size = p.externals[leader].element_size;
    const std::int64_t k = first.inner.rank == 1 && first.together == 1 ? interleaved(first.inner.strides[0], size) : 0;
    if (k == 0 || p.externals[leader].row) return;
    std::int64_t found = 1;
    std::fill_n(first.set, k, leader);
    for (const std::uint16_t e : all) {
      const row_external& a = bound[e];
      const std::int64_t distance = a.base - first.base, c = distance / size;
      if (distance <= 0 || c >= k || distance % size || p.externals[e].element_size != size || p.externals[e].row || a.inner.rank != 1 ||
          a.inner.strides[0] != first.inner.strides[0] || a.together != 1 || first.set[c] != leader ||
          !std::equal(a.outer_stride, a.outer_stride + p.outer.size(), first.outer_stride))
        continue;
      first.set[c] = e;
      ++found;
    }
    const auto together_in = [&](const std::vector<std::uint16_t>& list) {
      const auto count =
          std::count_if(list.begin(), list.end(), [&](std::uint16_t e) { return std::find(first.set, first.set + k, e) != first.set + k; });
      return count == 0 || count == k;
    };
    if (found != k ||
        !std::all_of(p.phases.begin(), p.phases.end(), [&](const phase& ph) { return together_in(ph.reads) && together_in(ph.writes); }))
      return;
    for (std::int64_t c = 1; c < k; ++c) bound[first.set[c]].together = 0;
    first.together = static_cast<std::int8_t>(k);
  }

  // A row of one block: every value stays where it is from phase to phase.
  void run_short_row() {
    const std::int64_t n = p.row_size;
    if (p.row_code) return p.row_code(at, n, strided ? this : nullptr);
    for (const phase& ph : p.phases) {
      for (const instruction& i : ph.before) execute(i, at, 1);
      if (strided) transfer_in(ph, 0, n);
      for (const instruction& i : ph.block) {
        if (i.what == instruction::kind::map) execute(i, at, n);
        else if (i.what == instruction::kind::reduce) i.reduce(at[i.out], at[i.in[0]], n);
        else if (i.what == instruction::kind::seek) i.seek(at[i.out], at[i.in[0]], at[i.in[1]], n);
        else moments_of_block(i, at[i.out], at[i.out2], at[i.in[0]], n, false);
      }
      if (strided) transfer_out(ph, 0, n);
    }
  }

  // Small contiguous vectors, where setting up the general case would cost more than the work. False when some operand is strided.
  bool try_short_vector(const array_view* const* ports) {
    for (std::uint16_t s : p.external_slots) {
      const external& x = p.externals[static_cast<std::size_t>(p.slots[s].external)];
      const array_view& v = *ports[x.port];
      if (!x.row && !p.inner.empty()) {
        const std::int8_t own = x.axis[p.inner_axis[0]];
        if (own < 0 || v.strides[own] != 1) return false;
      }
      at[s] = v.data;
    }
    run_short_row();
    for (const auto& r : p.row_results) {
      const external& x = p.externals[r.external];
      std::memcpy(ports[x.port]->data, at[r.slot], x.element_size);
    }
    return true;
  }

  void run_block(const phase& ph, std::int64_t n) {
    if (ph.block_code) return ph.block_code(at, n, nullptr);
    for (const instruction& i : ph.block) {
      if (i.what == instruction::kind::map) execute(i, at, n);
      else if (i.what == instruction::kind::reduce) i.reduce(at[i.part], at[i.in[0]], n);
      else if (i.what == instruction::kind::seek) i.seek(at[i.part2], at[i.in[0]], at[i.part], n);
      else moments_of_block(i, at[i.part], at[i.part2], at[i.in[0]], n, true);
    }
  }

  // Blocks [first, last) of a long row.
  void run_blocks(const phase& ph, std::int64_t first, std::int64_t last) {
    const std::int64_t end = std::min(last * p.block, p.row_size);
    if (ph.streams && !strided) {
      move_to(first * p.block);
      run_block(ph, end - first * p.block);
      for (const instruction& i : ph.block)  // any, all: what was found in all blocks stands for each
        if (i.part) std::memset(at[i.part], *static_cast<const unsigned char*>(at[i.part]), static_cast<std::size_t>(last - first));
      return;
    }
    for (std::int64_t start = first * p.block; start < end; start += p.block) {
      const std::int64_t n = std::min(p.block, end - start);
      move_to(start);
      if (strided) transfer_in(ph, start, n);
      run_block(ph, n);
      if (strided) transfer_out(ph, start, n);
    }
  }

  void run_long_row() {
    const std::int64_t parts = (p.row_size + p.block - 1) / p.block;
    for (const phase& ph : p.phases) {
      if (ph.before_code) ph.before_code(at, 1, nullptr);
      else
        for (const instruction& i : ph.before) execute(i, at, 1);
      if (ph.block.empty()) continue;
      if (p.split == stage_program::splitting::blocks) split_blocks(ph, parts);
      else run_blocks(ph, 0, parts);
      for (const instruction& i : ph.block)  // before the extremes of the blocks are reduced where they are
        if (i.what == instruction::kind::seek)
          *static_cast<std::int64_t*>(at[i.out]) =
              place_of_best(i, kept + p.slots[i.part].offset, kept + p.slots[i.part2].offset, parts, p.block);
      for (const instruction& i : ph.block) {
        if (i.what == instruction::kind::reduce) {
          reduce_parts(i, at[i.out], kept + p.slots[i.part].offset, parts, p.slots[i.out].element_size);
        } else if (i.what == instruction::kind::moments) {
          detail::with_dtype<dtype_kind::real>(i.operands, [&]<class T>(T) {
            combine_moments<T>(at[i.out], at[i.out2], kept + p.slots[i.part].offset, kept + p.slots[i.part2].offset, p.row_size, p.block);
          });
        }
      }
    }
  }

  // Rows [first, last).
  void run_rows(std::int64_t first, std::int64_t last) {
    const int outer_rank = static_cast<int>(p.outer.size());
    std::int64_t index[max_rank] = {};
    if (first)
      for (std::int64_t k = outer_rank - 1, rest = first; k >= 0; --k) {
        const std::int64_t extent = p.outer[static_cast<std::size_t>(k)];
        index[k] = rest % extent;
        rest /= extent;
        for (std::size_t e = 0; e < p.externals.size(); ++e) bound[e].base += bound[e].outer_stride[k] * index[k];
      }
    for (std::int64_t row = first;;) {
      for (std::uint16_t s : p.external_slots) {
        const auto e = static_cast<std::size_t>(p.slots[s].external);
        at[s] = p.externals[e].row || bound[e].contiguous ? bound[e].base : workspace + p.externals[e].offset;
      }
      if (!strided && p.row_size <= p.block && p.row_results.size() <= row_walk::most_results) {
        if (const std::int64_t walks = p.pairwise_code ? walk_pairwise(index, last - row) : 0) {
          if ((row += walks * p.outer.back()) == last) return;
          next_row(index, walks, outer_rank - 2);
          continue;
        }
        const std::int64_t done = outer_rank ? std::min(last - row, p.outer.back() - index[outer_rank - 1]) : 1;
        walk_rows(done);
        if ((row += done) == last) return;
        if (outer_rank) next_row(index, done, outer_rank - 1);
        continue;
      }
      if (p.row_size <= p.block) run_short_row();
      else run_long_row();
      for (const auto& r : p.row_results) std::memcpy(bound[r.external].base, at[r.slot], p.externals[r.external].element_size);
      if (++row == last) return;
      next_row(index, 1, outer_rank - 1);
    }
  }

  // To the row that comes `by` rows later along an outer axis, which are not more than it has left.
  void next_row(std::int64_t* index, std::int64_t by, int axis) {
    for (int k = axis; k >= 0; --k, by = 1) {
      const std::int64_t extent = p.outer[static_cast<std::size_t>(k)];
      for (std::size_t e = 0; e < p.externals.size(); ++e) bound[e].base += bound[e].outer_stride[k] * by;
      if ((index[k] += by) < extent) break;
      for (std::size_t e = 0; e < p.externals.size(); ++e) bound[e].base -= bound[e].outer_stride[k] * extent;
      index[k] = 0;
    }
  }

  // Runs whole walks along the last of the outer axes by the code for rows against rows, at most `left` rows; how many, 0 where there are
  // too few or results do not lie side by side. The last rows overlap those before.
  std::int64_t walk_pairwise(const std::int64_t* index, std::int64_t left) {
    constexpr std::size_t most_operands = 16;
    const std::size_t axis = p.outer.size() - 1, slots = p.external_slots.size();
    const std::int64_t count = p.outer[axis], walks = std::min(left / count, p.outer[axis - 1] - index[axis - 1]);
    const std::int64_t size = p.externals[p.row_results[0].external].element_size, lanes = p.pairwise_rows;
    if (index[axis] || walks < row_walk::fewest_pairwise || count < lanes || slots > most_operands) return 0;
    for (const auto& r : p.row_results)
      if (bound[r.external].outer_stride[axis] != size) return 0;
    std::int64_t steps[most_operands], panel_steps[most_operands];
    std::size_t panels = 0;
    for (std::size_t i = 0; i < slots; ++i) {
      const row_external& a = bound[p.slots[p.external_slots[i]].external];
      steps[i] = a.outer_stride[axis - 1];
      panel_steps[i] = a.outer_stride[axis];
      panels += steps[i] == 0;  // all that belong to the last axis, and some that need none
    }
    const engine::workspace memory(panels * static_cast<std::size_t>(p.row_size * lanes * size));
    row_walk w;
    w.steps = steps;
    w.panel_steps = panel_steps;
    w.panels = memory.data();
    for (std::int64_t done = 0; done < count; done += lanes) {
      const std::int64_t first = std::min(done, count - lanes);
      for (const std::uint16_t s : p.external_slots) {
        const row_external& a = bound[p.slots[s].external];
        at[s] = a.base + first * a.outer_stride[axis];
      }
      w.count = walks;
      for (std::size_t k = 0; k < p.row_results.size(); ++k) {
        const row_external& a = bound[p.row_results[k].external];
        w.results[k] = a.base + first * size;
        w.result_steps[k] = a.outer_stride[axis - 1];
      }
      p.pairwise_code(at, p.row_size, &w);
    }
    return walks;
  }

  // `count` rows from the current one on, all their operands contiguous.
  void walk_rows(std::int64_t count) {
    const std::size_t last_axis = p.outer.size() - 1, slots = p.external_slots.size();
    constexpr std::size_t few = 16;
    std::int64_t few_steps[few];
    room<std::int64_t> many_steps;
    std::int64_t* steps = few_steps;
    if (slots > few) steps = many_steps.take(static_cast<std::int64_t>(slots));
    const auto step = [&](std::size_t e) { return p.outer.empty() ? 0 : bound[e].outer_stride[last_axis]; };
    for (std::size_t i = 0; i < slots; ++i) steps[i] = step(static_cast<std::size_t>(p.slots[p.external_slots[i]].external));
    row_walk w;
    w.count = count;
    w.steps = steps;
    for (std::size_t k = 0; k < p.row_results.size(); ++k) {
      w.results[k] = bound[p.row_results[k].external].base;
      w.result_steps[k] = step(p.row_results[k].external);
    }
    if (p.rows_code) {
      std::int64_t n = p.row_size;
      // Elements alone, without a gap between rows: one long row.
      if (p.phases.size() == 1 && p.phases[0].streams && p.row_results.empty()) {
        bool follow = true;
        for (std::size_t i = 0; i < slots; ++i) {
          const slot& x = p.slots[p.external_slots[i]];
          follow &= !p.externals[static_cast<std::size_t>(x.external)].row && steps[i] == n * x.element_size;
        }
        if (follow) n *= std::exchange(w.count, 1);
      }
      return p.rows_code(at, n, &w);
    }
    while (true) {
      run_short_row();
      for (std::size_t k = 0; k < p.row_results.size(); ++k) {
        const auto& r = p.row_results[k];
        std::memcpy(w.results[k], at[r.slot], p.externals[r.external].element_size);
        w.results[k] = static_cast<std::byte*>(w.results[k]) + w.result_steps[k];
      }
      if (--w.count == 0) return;
      for (std::size_t i = 0; i < slots; ++i) {
        void*& place = at[p.external_slots[i]];
        place = static_cast<std::byte*>(place) + steps[i];
      }
    }
  }

  void run_all() {
    if (p.split == stage_program::splitting::rows) split_rows();
    else run_rows(0, p.rows);
  }

  void split_rows();
  void split_blocks(const phase&, std::int64_t blocks);
};

// One thread's part in a call: its own table of slots, bound externals and block buffers.
class share {
 public:
  explicit share(const frame& f)
      : memory_(f.p.workspace + f.p.slots.size() * sizeof(void*) + f.p.externals.size() * sizeof(row_external) + 2 * line),
        of_{f.p, memory_.data() + reinterpret_cast<std::uintptr_t>(f.workspace) % line, f.kept, nullptr, nullptr, f.strided} {
    std::byte* end = memory_.data() + line + (f.p.workspace + line - 1) / line * line;
    of_.at = reinterpret_cast<void**>(end);
    of_.bound = reinterpret_cast<row_external*>(end + f.p.slots.size() * sizeof(void*));
    std::copy_n(f.at, f.p.slots.size(), of_.at);
    std::copy_n(f.bound, f.p.externals.size(), of_.bound);
  }
  frame& of() { return of_; }

  /// Points these slots to buffers of this share's own.
  template <class Which>
  void own(Which which) {
    const stage_program& p = of_.p;
    for (std::size_t s = 1; s < p.slots.size(); ++s) {
      const slot& x = p.slots[s];
      if (!which(x)) continue;
      of_.at[s] = of_.workspace + (x.what == slot::kind::external ? p.externals[static_cast<std::size_t>(x.external)].offset : x.offset);
    }
  }

 private:
  static constexpr std::size_t line = 64;
  workspace memory_;
  frame of_;
};

void frame::split_rows() {
  parallel(p.threads, (p.rows + p.chunk - 1) / p.chunk, [this](chunks& todo) {
    std::int64_t chunk;
    if (!todo.take(chunk)) return;
    share mine(*this);
    frame& f = mine.of();
    f.kept = f.workspace;
    mine.own([](const slot& x) { return x.what != slot::kind::constant && x.what != slot::kind::external; });
    do {
      std::copy_n(bound, p.externals.size(), f.bound);
      f.run_rows(chunk * p.chunk, std::min((chunk + 1) * p.chunk, p.rows));
    } while (todo.take(chunk));
  });
}

void frame::split_blocks(const phase& ph, std::int64_t blocks) {
  if (blocks <= p.chunk) return run_blocks(ph, 0, blocks);
  parallel(p.threads, (blocks + p.chunk - 1) / p.chunk, [&, this](chunks& todo) {
    std::int64_t chunk;
    if (!todo.take(chunk)) return;
    share mine(*this);
    mine.own([this](const slot& x) {
      if (x.what != slot::kind::external) return x.what == slot::kind::buffer;
      const auto e = static_cast<std::size_t>(x.external);
      return !p.externals[e].row && !bound[e].contiguous;
    });
    do mine.of().run_blocks(ph, chunk * p.chunk, std::min((chunk + 1) * p.chunk, blocks));
    while (todo.take(chunk));
  });
}

// Where block buffers start after a boundary of lines: where the first operand does, which others are likely to share. Kernels align their
// stores, and the loads are aligned then too. And after one of pages: far from where operands do, since a load waits for a store just
// before it whose address ends in the same twelve bits.
std::size_t shift_of_buffers(const stage_program& p, const array_view* const* ports, const std::byte* workspace) {
  constexpr std::size_t line = 64, page = 4096, stride = 512;
  constexpr std::int64_t few_elements = 4096;
  if (p.short_vector) return 0;
  const auto first = std::find_if(p.externals.begin(), p.externals.end(), [](const external& x) { return !x.row; });
  if (first == p.externals.end()) return 0;
  const auto address = [](const void* q) { return reinterpret_cast<std::uintptr_t>(q); };
  std::size_t shift = address(ports[first->port]->data) % line / 8 * 8;  // buffers of doubles stay aligned
  if (p.buffers.empty() || p.row_size * p.rows < few_elements) return shift;
  std::size_t best = shift, farthest = 0;
  for (std::size_t k = 0; k < page / stride; ++k, shift += stride) {
    std::size_t distance = page;
    for (const external& x : p.externals) {
      if (x.row) continue;
      for (const std::size_t buffer : p.buffers) {
        const std::size_t after = (address(workspace) + buffer + shift - address(ports[x.port]->data)) % page;
        distance = std::min({distance, after, page - after});
      }
    }
    if (distance > farthest) farthest = distance, best = shift;
  }
  return best;
}

}  // namespace

void transfer(void* f, std::size_t phase, bool out) {
  frame& x = *static_cast<frame*>(f);
  const engine::phase& ph = x.p.phases[phase];
  if (out) x.transfer_out(ph, 0, x.p.row_size);
  else x.transfer_in(ph, 0, x.p.row_size);
}

namespace {

// Rows [0, rows) on this thread; all of them as planned when `rows` is negative.
void run_some(const stage_program& p, const array_view* const* ports, std::byte* workspace, std::int64_t rows) {
  constexpr std::size_t few_slots = 64, few_externals = 8;
  void* few_at[few_slots];
  row_external few_bound[few_externals];
  room<void*> many_at;
  room<row_external> many_bound;
  frame f{p, workspace, workspace, few_at, few_bound, false};
  if (p.slots.size() > few_slots) f.at = many_at.take(static_cast<std::int64_t>(p.slots.size()));
  if (p.externals.size() > few_externals) f.bound = many_bound.take(static_cast<std::int64_t>(p.externals.size()));

  f.workspace = f.kept = workspace += shift_of_buffers(p, ports, workspace);
  for (std::size_t s = 0; s < p.slot_offsets.size(); ++s) f.at[s] = workspace + p.slot_offsets[s];
  for (std::uint16_t s : p.constant_slots)
    f.at[s] = const_cast<std::byte*>(p.constants.data()) + p.slots[s].offset;  // kernels only read them
  f.at[0] = nullptr;
  if (p.short_vector && f.try_short_vector(ports)) return;

  const int outer_rank = static_cast<int>(p.outer.size()), inner_rank = static_cast<int>(p.inner.size());
  for (std::size_t e = 0; e < p.externals.size(); ++e) {
    const external& x = p.externals[e];
    const array_view& v = *ports[x.port];
    row_external& a = f.bound[e];
    a.base = static_cast<std::byte*>(v.data);
    a.together = 1;
    a.inner.rank = 0;
    for (int k = 0; k < inner_rank; ++k) {
      const std::int8_t own = x.axis[p.inner_axis[static_cast<std::size_t>(k)]];
      a.inner.add(p.inner[static_cast<std::size_t>(k)], own < 0 ? 0 : v.strides[own] * x.element_size);
    }
    a.contiguous = a.inner.contiguous(x.element_size);
    const int last = a.inner.rank - 1;
    a.run = !a.contiguous && p.row_size > p.block && a.inner.strides[last] == x.element_size && a.inner.extents[last] % p.block == 0
                ? a.inner.extents[last]
                : 0;
    f.strided |= !a.contiguous && !x.row;
    for (int k = 0; k < outer_rank; ++k) {
      const std::int8_t own = x.axis[p.outer_axis[static_cast<std::size_t>(k)]];
      a.outer_stride[k] = own < 0 ? 0 : v.strides[own] * x.element_size;
    }
  }
  if (f.strided) f.find_sets();
  if (rows < 0) f.run_all();
  else f.run_rows(0, rows);
}

}  // namespace

void run(const stage_program& p, const array_view* const* ports, std::byte* workspace) {
  if (p.across_rows()) return run_columns(p, ports, workspace);
  run_some(p, ports, workspace, -1);
}

void run_rows(const stage_program& p, const array_view* const* ports, std::byte* workspace, std::int64_t rows) {
  run_some(p, ports, workspace, rows);
}

}  // namespace tendril::engine
