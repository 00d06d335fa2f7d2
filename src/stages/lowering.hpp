// Lowering a group, as a class: what its values are, which axes make a row, and the phases that come of it.
#pragma once
#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <tendril/detail/op_id.hpp>

#include "kernels/reductions.hpp"
#include "stages/columns.hpp"
#include "stages/stage.hpp"

namespace tendril::engine {

class lowering {
 public:
  /// `reduced` are the inner axes that fuse gave; `dropped` the results that lack them.
  lowering(const graph& g, std::span<const std::int64_t> space, std::span<const std::int64_t> reduced, std::vector<char> dropped,
           std::span<const int> layouts, std::vector<port_place> ports, bool column_major, bool columns, const backend& b,
           std::span<const sums_of_columns::guarded> rare = {});
  std::unique_ptr<stage_program> run();

 private:
  enum class form : std::uint8_t { constant, row, full };
  struct value {
    form what = form::full;
    int phase = 0;  // when it exists
    bool result = false;
    bool saved = false;
    bool single = false;         // of columns: one element for a block
    std::int32_t external = -1;  // as input or as result
    std::int32_t slot = -1;      // row, constant, saved, external: one slot; full values get block buffers below
    std::int32_t node = -1;
  };
  /// Rare values stand in phases of their own, so that they can be left out: those whose guard is known already before the rest, which uses
  /// them, the others behind it.
  enum class part : std::uint8_t { usual, known, rare };

  void check(station s) const;  // in builds with assertions
  static std::size_t index(value_id v) { return static_cast<std::size_t>(v); }
  dtype dtype_of_value(value_id v) const { return g_.type_of(v).dtype; }
  std::uint8_t size_of_value(value_id v) const { return static_cast<std::uint8_t>(size_of(dtype_of_value(v))); }
  bool has_reduction() const { return std::any_of(g_.nodes.begin(), g_.nodes.end(), is_reduction); }
  /// All that a call reads and writes.
  std::size_t bytes_touched() const;
  bool writes_last() const;
  std::string join_engines() const;

  // ---- which axes make a row: lower_axes.cpp

  /// Splits the axes into those of rows, those that rows are walked along, and those across.
  void choose_axes(bool reduces, std::span<const int> layouts, bool column_major);
  /// The elements of a block where operands are gathered, of these layouts.
  std::int64_t block_of_gathered(std::span<const int> layouts) const;
  /// Where a row is of several runs (all of an image's planes of one channel), a block that divides a run lies in place.
  std::int64_t block_of_runs(const std::vector<std::int8_t>& order) const;
  /// Are operands that are row-major read and written from their first element to their last?
  bool one_row() const;

  // ---- what values are and where they stand: lower_values.cpp

  /// An operand of this shape: broadcast from the right, or with the inner axes dropped.
  external make_external(const extents& shape, bool dropped) const;
  bool varies_along(const external& e, const std::vector<char>& mask) const;
  std::int32_t add_slot(slot s);
  std::int32_t add_external(external e, std::int32_t port, std::uint8_t element_size);
  void add_input(std::size_t i);
  void add_result(std::size_t i);
  std::int32_t row_slot(std::uint8_t element_size);
  /// Where the blocks of a long row leave what they have, elements of this size.
  std::uint16_t part_slot(std::uint8_t element_size);
  /// The slot of a full value that is computed in this phase: memory outside, the saved row, or a block buffer placed later.
  std::uint16_t full_slot(value_id v);
  std::uint16_t operand_slot(value_id v);
  /// What a node's results are, and in which phase they exist.
  void classify(const node& n);
  /// What is used only where a condition holds. It is computed again from what is there: nothing is kept for it.
  value_id guard_of(const node& n) const;
  bool dear(value_id v, int depth = 0) const;
  /// Full values of an earlier phase that a later one needs: kept when dear, else computed again. Rows of one block keep all.
  void choose_saved();
  /// A value waits where a result of the last phase will be, if there is but one: all that the phase computes leads to it, so that every
  /// element is read before it is written. Past the caches, reading it again costs more than most values cost.
  bool lend_result(value_id v);

  // ---- phases and their instructions: lower_phases.cpp

  /// The nodes behind `v` are computed in phase `ph`; values that exist already are not.
  void need(value_id v, int ph, std::vector<char>& nodes, std::vector<char>& reads) const;
  part part_of(const node& n, int ph) const;
  void emit_phase(int ph);
  phase part_of_phase(int ph, part which);
  instruction map_instruction(const node& n, bool row);
  instruction reduce_instruction(op_id op, const node& n, std::int32_t result);
  /// The place of an extreme, which may be a result of its own.
  void seek(const node& n, phase& ph);
  void accumulate_columns(const node& n, phase& ph);

  const graph& g_;
  extents space_;
  const backend& b_;
  std::vector<std::int32_t> producers_;
  std::vector<value> values_;
  std::unique_ptr<stage_program> p_;
  std::vector<char> inner_mask_;
  const std::vector<char> dropped_;
  std::vector<char> reduced_;
  const bool columns_;
  const std::span<const sums_of_columns::guarded> rare_;
  bool single_block_ = true;
  bool lent_ = false;  // a result's memory holds another value first
  int last_phase_ = 0;
  std::vector<std::uint16_t> seen_reads_;
};

}  // namespace tendril::engine
