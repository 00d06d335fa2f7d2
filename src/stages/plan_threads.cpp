// Which programs are worth splitting over threads, and how.
//
// Model. Rows are split where there are enough of them: each thread has its own workspace and its own share of rows, and nothing is
// shared. Few long rows are split into runs of blocks, phase by phase: threads have block buffers of their own and share what a row
// has once (single elements, saved rows, the parts of reductions, which are stored by the number of the block). Likewise columns: tiles of
// them, or, of few, the nodes of the tree over their rows. Either way every block is computed as on one thread and every tree is the same:
// the results do not depend on the number of threads, bit for bit.
#include "stages/plan_threads.hpp"

#include <algorithm>

#include <tendril/detail/op_id.hpp>

#include "stages/columns.hpp"
#include "threads/pool.hpp"

namespace tendril::engine {
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
    if (ph.several.count || !ph.guards.empty()) continue;  // counted where it stands for others; or rare
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
    return std::max(smallest, units / (16 * static_cast<std::int64_t>(threads)));
  };
  if (p.across_rows()) {
    // Narrower tiles where there are few: their width does not change the tree.
    constexpr std::int64_t narrowest = 64;
    const std::int64_t wide = p.block, wide_units = p.rows * p.tiles();
    while (p.rows * p.tiles() < 2 * threads && p.lanes == 1 && p.block >= 2 * narrowest) p.block = (p.block / 2 + 15) / 16 * 16;
    const std::int64_t units = p.rows * p.tiles();
    // Or the nodes of the tree, where tiles are too few; a search has no tree.
    const bool searches = std::any_of(p.phases.begin(), p.phases.end(), [](const phase& ph) { return !ph.searches.empty(); });
    if (units < threads && !searches && p.groups() >= 2 * groups_of_node(0) && cost / static_cast<double>(wide_units) >= smallest_call) {
      p.block = wide;
      p.split = stage_program::splitting::blocks;
      p.threads = threads;
      return;
    }
    if (units < 2) return;
    p.split = stage_program::splitting::rows;
    p.chunk = std::min(chunk_of(units, cost / static_cast<double>(units)), (units + threads - 1) / threads);
    p.threads = threads;
    return;
  }
  const std::int64_t blocks = (p.row_size + p.block - 1) / p.block;
  const double row_cost = cost / static_cast<double>(p.rows);
  std::int64_t rows = chunk_of(p.rows, row_cost);
  if (p.pairwise_code && p.outer[p.outer.size() - 2] >= 2 * row_walk::fewest_pairwise) {
    // Whole walks, enough of them for what each chunk does once for all.
    constexpr std::int64_t enough = 4 * row_walk::fewest_pairwise;
    const std::int64_t walk = p.outer.back(), walks = p.rows / walk;
    rows = std::max({(rows + walk - 1) / walk, std::min(enough, (walks + threads - 1) / threads), row_walk::fewest_pairwise}) * walk;
  }
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
