// Work split over cores: oneTBB's pool where Tendril was built with it, and which programs are worth splitting.
//
// Model. Rows are split where there are enough of them: each thread has its own workspace and its own share of rows, and nothing is
// shared. Few long rows are split into runs of blocks, phase by phase: threads have block buffers of their own and share what a row
// has once (single elements, saved rows, the parts of reductions, which are stored by the number of the block). Either way every block is
// computed as on one thread and every tree is the same: the results do not depend on the number of threads, bit for bit.
#include "engine/parallel.hpp"

#include <fmt/format.h>

#include <algorithm>

#include <tendril/error.hpp>

#include "op_table.hpp"

#if TENDRIL_HAS_TBB
#include <oneapi/tbb/info.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>
#endif

namespace tendril::engine {

int threads_for(int num_threads) {
  if (num_threads < 0)
    throw error(fmt::format(
        "[compile] num_threads is negative: got {}, expected 0 for all cores, or the most threads of a call. Pass 0, 1 or more.",
        num_threads));
#if TENDRIL_HAS_TBB
  return num_threads ? num_threads : std::max(oneapi::tbb::info::default_concurrency(), 1);
#else
  return 1;
#endif
}

void run_on_threads(int threads, std::int64_t count, void* context, void (*work)(void* context, chunks&)) {
  chunks all(count);
#if TENDRIL_HAS_TBB
  threads = static_cast<int>(std::min<std::int64_t>(threads, count));
  if (threads > 1) {
    using namespace oneapi::tbb;
    // Isolated twice: a cancelled group of the caller's must not cancel half a result, and while this thread waits it must not take
    // tasks of the caller's, which could want a lock that the caller holds.
    task_group_context group(task_group_context::isolated);
    this_task_arena::isolate([&] {
      parallel_for(
          0, threads, 1, [&](int) { work(context, all); }, simple_partitioner(), group);
    });
    return;
  }
#else
  (void)threads;
#endif
  work(context, all);
}

namespace {

// What an instruction costs for an element of eight bytes in cache, in nanoseconds; docs/performance.md says how it was measured.
double cost_of(const instruction& i) {
  const double bytes = static_cast<double>(std::max<std::size_t>(size_of(i.operands), size_of(i.result)));
  const double dear = i.op->is(trait::inexact) ? 0.8 : i.op->id == op_id::divide || i.op->id == op_id::sqrt ? 0.3 : 0.1;
  const double cheap = i.loop ? 0.05 : 0.1;  // in an emitted loop its operands are in registers
  return (dear > 0.1 ? dear : cheap) * bytes / 8;
}

}  // namespace

double estimated_cost(const stage_program& p) {
  double element = 0;
  for (const phase& ph : p.phases) {
    if (ph.several.count) continue;  // counted where it stands for others
    for (const instruction& i : ph.block) element += cost_of(i);
    for (const auto* list : {&ph.reads, &ph.writes})
      for (std::uint16_t e : *list) element += 0.008 * p.externals[e].element_size;
  }
  return element * static_cast<double>(p.row_size) * static_cast<double>(p.rows) * static_cast<double>(std::max<std::int64_t>(p.depth, 1));
}

void plan_threads(stage_program& p, int threads) {
  p.split = stage_program::splitting::none;
  const double cost = estimated_cost(p);
  if (threads < 2 || cost < smallest_call) return;
  // Several chunks a thread, so that one that is held up leaves its share to others.
  const auto chunk_of = [&](std::int64_t units, double unit_cost) {
    const auto smallest = static_cast<std::int64_t>(smallest_chunk / unit_cost) + 1;
    return std::max(smallest, units / (8 * static_cast<std::int64_t>(threads)));
  };
  if (p.across_rows()) {
    // Narrower tiles where there are few: their width does not change the tree.
    constexpr std::int64_t narrowest = 64;
    while (p.rows * p.tiles() < 2 * threads && p.lanes == 1 && p.block >= 2 * narrowest) p.block = (p.block / 2 + 15) / 16 * 16;
    const std::int64_t units = p.rows * p.tiles();
    if (units < 2) return;
    p.split = stage_program::splitting::rows;
    p.chunk = std::min(chunk_of(units, cost / static_cast<double>(units)), (units + threads - 1) / threads);
    p.threads = threads;
    return;
  }
  const std::int64_t blocks = (p.row_size + p.block - 1) / p.block;
  const double row_cost = cost / static_cast<double>(p.rows);
  const std::int64_t rows = chunk_of(p.rows, row_cost);
  if (p.rows >= 4 * rows && (p.rows >= 4 * threads || row_cost < smallest_call)) {
    p.split = stage_program::splitting::rows;
    p.chunk = rows;
  } else if (row_cost >= smallest_call && blocks >= 2) {
    p.split = stage_program::splitting::blocks;
    p.chunk = chunk_of(blocks, row_cost / static_cast<double>(blocks) / static_cast<double>(p.phases.size()));
  } else if (p.rows >= 2) {
    p.split = stage_program::splitting::rows;
    p.chunk = rows;
  }
  p.threads = threads;
}

}  // namespace tendril::engine
