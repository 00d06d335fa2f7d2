// Reductions across rows: what lowering, the interpreter of columns and the whole-array kernels have in common.
//
// The tree. The rows of a column are taken `lanes` at a time, side by side in one block: a *group*, whose lanes accumulate apart. Groups
// are added up one after another, 64 at a time; the sums of 64 groups likewise, and so on; at the end the upper half of the lanes is folded
// onto the lower until one is left. It depends on the numbers of rows and columns alone, so that eager, traced and every number of threads
// have the same bits; but for eager calls on slices whose kept axes do not lie evenly, which count fewer columns. Accumulators begin with
// what changes nothing (-0.0 for sums), which lanes without a row keep.
//
// argmax and argmin need no tree, since order changes nothing: each lane keeps its best and the number of the group that it is from, and of
// the lanes' the best in the first row is taken.
#pragma once
#include "stages/stage.hpp"

#include <algorithm>

namespace tendril::engine {

/// Sums that follow one another without a tree.
inline constexpr std::int64_t rows_in_turn = 64;

/// The most blocks that emitted code does in one go.
inline constexpr std::int32_t most_at_once = 4;

/// How many rows of so many columns make a group: as many as make a narrow array wide.
constexpr std::int64_t lanes_of(std::int64_t columns, std::int64_t rows) {
  std::int64_t lanes = 1;
  while (2 * lanes * columns <= block_size && 2 * lanes <= rows) lanes *= 2;
  return lanes;
}

/// The levels of the tree over so many groups.
constexpr int levels_of(std::int64_t groups) {
  int levels = 1;
  for (std::int64_t span = rows_in_turn; span < groups; span *= rows_in_turn) ++levels;
  return levels;
}

/// Walks the tree: `leaf(count)` accumulates the next groups on level 0, from nothing; `combine(level, first)` adds what stands on the
/// level below to what stands on this one, or is the first of it. Where nodes of a level are made elsewhere, `leaf` fetches the next one
/// there.
template <class Leaf, class Combine>
void walk_groups(int level, std::int64_t groups, const Leaf& leaf, const Combine& combine, int leaves = 0) {
  if (level == leaves) return leaf(groups);
  std::int64_t span = 1;
  for (int k = 0; k < level; ++k) span *= rows_in_turn;
  for (std::int64_t done = 0; done < groups; done += span) {
    walk_groups(level - 1, std::min(span, groups - done), leaf, combine, leaves);
    combine(level, done == 0);
  }
}

/// In which row the best of each column is: from the best of `lanes` lanes side by side, and the numbers of the groups that they are from.
void places_of_best(std::int64_t* places, op_id better, dtype, const void* best, const void* from, std::int64_t lanes,
                    std::int64_t columns);
/// The groups of a node of the tree; and the level whose nodes several threads make: not so many that their sums fill the caches.
constexpr std::int64_t groups_of_node(int level) {
  std::int64_t span = rows_in_turn;
  for (; level > 0; --level) span *= rows_in_turn;
  return span;
}
constexpr int level_of_nodes(std::int64_t groups) {
  constexpr std::int64_t most = 1024;
  int level = 0;
  while (groups > most * groups_of_node(level)) ++level;
  return level;
}

/// Fills n elements with what changes nothing under this op.
void fill_identity(void* to, op_id combiner, dtype, std::int64_t n);
/// Folds lanes of `columns` elements onto the first.
void fold_lanes(block_kernel combine, void* lanes, std::int64_t count, std::int64_t columns, std::size_t element_size);
/// NaN among n largest or smallest elements becomes the one NaN that reductions along rows give; other combiners leave theirs.
void settle_nans(void* elements, op_id combiner, dtype, std::int64_t n);
/// The first of n elements, over and over, `times` in all.
void repeat(void* elements, std::int64_t n, std::int64_t times, std::size_t element_size);

// ---- lowering
/// Whether the reductions of this group run across rows: where memory runs along an axis that stays. `column_major` says that memory order
/// is that of the axes reversed.
bool runs_across(std::span<const std::int64_t> space, std::span<const std::int64_t> reduced, bool column_major);
/// The same graph with means and variances written as sums.
struct sums_of_columns {
  struct guarded {
    value_id when;  ///< a bool: where it is false in all columns, the values [first, last) are not used
    value_id first, last;
  };
  tendril::graph graph;
  std::vector<guarded> rare;
};
sums_of_columns moments_as_sums(const graph& region);
/// Chooses the blocks of a program whose axes are known.
void choose_tile(stage_program&);
/// The instruction that adds blocks of slot `operand` to accumulators, whose tree ends in slot `result`.
instruction accumulate(stage_program&, phase&, op_id combiner, dtype, std::uint16_t operand, std::uint16_t result, const backend&);
/// Adds the instructions that seek the largest, or smallest, element of each column of slot `operand`; slot `result` gets the numbers of
/// their rows.
void search_columns(stage_program&, phase&, bool largest, dtype, std::uint16_t operand, std::uint16_t result, const backend&);
/// Adds the phase that does several blocks of another in one go, where emitted code gains by it.
void add_several_blocks(stage_program&, std::size_t phase);

// ---- replay
/// Runs a program whose reductions run across rows.
void run_columns(const stage_program&, const array_view* const* ports, std::byte* workspace);

}  // namespace tendril::engine
