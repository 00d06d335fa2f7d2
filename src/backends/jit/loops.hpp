// Loops: over vectors of a row, over short rows together, over rows against rows, and the reductions inside them.
#pragma once
#include <bit>

#include "backends/jit/reductions.hpp"

namespace tendril::jit {

/// Where a list of instructions stands: for one element, in a row of many blocks, in a phase whose results go past the caches.
struct list_place {
  bool single = false, long_row = false, past_caches = false;
};

class loops : public reductions {
 public:
  // ---- which programs take short rows together, or rows against rows (which_rows.cpp)
  static int size_of_short_rows(const stage_program&);
  static row_group rows_together(const stage_program&, engine::isa);
  /// Of a program that takes rows of one operand against rows of another (pairwise.cpp), how many of the first it takes at once; else 0.
  static int rows_at_once(const stage_program&, engine::isa);
  /// Whether an operand has another element for each of the rows that follow each other (`from_end` 2: along the axis before that).
  static bool moves(const stage_program&, const engine::slot&, std::size_t from_end = 1);

 protected:
  using reductions::reductions;

  // ---- which values a loop has (collect.cpp)
  void collect(std::span<const instruction> list);
  void collect_pointer(value&, bool out);
  int collect_operand(const instruction&, int k);
  void collect_constants(const instruction&, int at);
  std::vector<int> live_values(std::span<const instruction> list, bool masks) const;
  int pressure_of(std::span<const instruction> list);
  void place_singles(std::span<const instruction> list);

  // ---- steps along a row (loop.cpp, last.cpp)
  void loop(std::span<const instruction> list, const list_place&);
  void masked_loop(std::span<const instruction> list, bool past_caches);
  void masked_steps(std::span<const instruction> list, bool divides, bool past_caches);
  void stream_past_caches(std::span<const instruction> list);
  bool can_pass_caches() const;
  bool copies_last() const;
  std::vector<instruction> twice(std::span<const instruction> list);
  void begin_loop(const loop_form&);
  void body(std::span<const instruction> list, const step&);
  void next_body(std::span<const instruction> list, const step&);
  void write(std::span<const instruction> list, int first, int last, const step&);
  void instruct(const instruction&, const step&);
  void copying_loop(std::span<const instruction> list);
  void copy_to_stack(std::span<const int> scratch, std::span<const int> place);
  void copy_last(dtype, bool in, int scratch);
  void copy_last_bytes(bool in, int scratch);
  void make_masks();
  void make_masks_of_last_vector();
  void make_masks_of_few();

  // ---- reductions in the loop that makes their operand (folds.cpp)
  struct accumulation {
    folding op;
    dtype type;
    std::uint16_t out, part;        ///< slots
    int first = -1;                 ///< of its accumulators in registers (of any and all the one, which may be a mask), or -1: in memory
    int home = 0;                   ///< where they are in memory, on the stack
    int nan_register = -1;          ///< a vector of whether there was a NaN, or -1:
    int nans = 0;                   ///< on the stack
    int waiting = 0;                ///< the first register of those that wait in the network of rows
    std::vector<int> partial = {};  ///< registers of what waits in the tree of pairs of rows
  };
  int registers_of_folds() const;
  void begin_folds();
  const accumulation* fold_in_registers() const;
  void folding_loop(std::span<const instruction> list, bool long_row);
  void begin_gathering();
  void clear_accumulators(int count);
  void fold_rest(std::span<const instruction> list, bool only_truths, const Xbyak::Label& done);
  void end_fold(const accumulation&, bool in_registers, std::uint16_t slot);
  void fold_value(const instruction&, const step&);
  void gather_accumulators(const accumulation&, int first);

  // ---- any and all in it (truths.cpp)
  void take_opposites(std::span<const instruction> list);
  void begin_truths(const accumulation&);
  void accumulate_truths(const accumulation&, int truth, bool opposite, const step&);
  void test_truths(const accumulation&);
  void end_truths(const accumulation&);

  // ---- short rows together (rows.cpp)
  struct walker {
    int pointer, ahead, back, step;  ///< the distances: where on the stack
  };
  void group_of_rows(const row_group&, Xbyak::Label& all_done);
  void reserve_for_rows();
  void load_kept();
  void write_row(std::span<const instruction> list, int body_size, int row);
  void back_to_whole_group();
  value& value_of_result(std::uint16_t slot, int row);
  void load_ones();
  void count_operation(const instruction&, int times);
  void load_step(std::uint16_t pointer_slot, std::size_t which);
  void load_walkers();
  void walk(const walker&, int distance);
  void store_group(int rows);
  step part_of_row(int turn) const;
  void accumulate_row(const accumulation&, Xbyak::Xmm x, const step&);
  void combine_two(const accumulation&, const Xbyak::Xmm& d, const Xbyak::Xmm& a, const Xbyak::Xmm& b);
  void end_row(const accumulation&, int row);
  void settle_nans(dtype, const Xbyak::Xmm&);

  // ---- rows of one operand against rows of another (pairwise.cpp)
  static int log2_ceiling(std::int64_t n) { return static_cast<int>(std::bit_width(static_cast<std::uint64_t>(n) - 1)); }
  std::vector<instruction> list_of_pairs(int rows) const;
  void transpose_rows(int columns);
  void make_panel(std::uint16_t slot, std::int64_t at);
  std::int64_t panel_bytes() const { return p_.row_size * register_bytes(); }
  void rows_by_rows(int rows, Xbyak::Label& all_done);
  void load_walkers_of_pairs(int rows);
  void write_pairs(std::span<const instruction> list, int rows);
  void move_results(bool forward, int times);
  bool combine_elements(std::span<const instruction> body, std::int64_t first, std::int64_t stride);
  void begin_partial(accumulation&, value&);

  std::vector<accumulation> folds_;          ///< the reductions in the loop
  std::vector<walker> walkers_;              ///< the operands that move from row to row
  int network_ = 0;                          ///< the first of two registers for its network
  int ones_ = 0;                             ///< a register of ones
  int additions_ = 0, multiplications_ = 0;  ///< so far in a group of rows, by the units that do them
};

}  // namespace tendril::jit
