// The emitter: the registers of a loop and the frame of a function.
#pragma once
#include <array>
#include <functional>
#include <map>
#include <vector>

#include "backends/jit/loop_form.hpp"
#include "backends/jit/values.hpp"
#include "backends/jit/vocabulary.hpp"
#include "kernels/isa.hpp"
#include "stages/stage.hpp"

namespace tendril::jit {

using engine::instruction;
using engine::stage_program;

/// The operand that divides, or -1.
inline int divisor_of(const instruction& i) { return i.op->id == op_id::divide ? 1 : i.op->id == op_id::subtract_divide ? 2 : -1; }
/// The constant of a division by one element: added to the bits of a number it shows whether that is of middling size.
std::uint64_t division_shift(dtype);

inline constexpr int scratch_pointers = 6;   ///< registers for pointers that a function need not keep
inline constexpr int pointer_registers = 9;  ///< in all; of more operands, the last are in a table on the stack

const Xbyak::Reg64& pointer_register(int);

/// Emits functions of the types engine::code and engine::direct_code.
///
/// General registers: rbx holds the table of slots, r14 the number of elements, rax the index, rcx its limit; r11 is free for moments; the
/// others point to the streamed operands of a loop, those first that a function need not keep. Which of them are kept at a place in the
/// code is what `general_` says there (assembler.hpp). On the stack, from rsp up: arguments of
/// kernels, then what a loop needs: spilled vectors, copies of operands for the last elements, accumulators.
///
/// A loop handles `lanes` elements at a time. A value of it has a vector register of `lanes` elements of its size; truth values are mask
/// registers with AVX-512, else vectors of the loop's one element size. Registers go to values by next use: the one that is used latest
/// gives way. Single elements (scalars, constants) stay in registers while the loop's own values leave room.
class emitter : public vocabulary, private moves {
 public:
  emitter(const stage_program& p, engine::isa isa, std::span<std::uint8_t> memory);

  /// All phases of a row of one block.
  std::size_t row_function();
  /// The same for the rows of an engine::row_walk.
  std::size_t rows_function();
  /// The same for rows of one operand against rows of another, as stage_program::pairwise_code.
  std::size_t pairwise_function();
  /// The same for one row, as an engine::direct_code.
  std::size_t direct_function();
  /// What comes before the blocks of a phase; its blocks.
  std::size_t before_function(std::size_t phase);
  std::size_t block_function(std::size_t phase);

  /// At the start of the memory, before the code: more than all ops have. No whole pages: a few constants share one with the code.
  static constexpr std::size_t room_for_constants = 33 << 10;
  /// Of those that lie before the code.
  std::size_t constants_size() const { return (constants_size_ + line - 1) / line * line; }

  static bool emits(engine::isa, const instruction&);
  /// Whether a reduction may run in the loop that makes its operand.
  static bool folds_in_loop(engine::isa, const instruction&);

  static int size_of_short_rows(const stage_program&);
  static row_group rows_together(const stage_program&, engine::isa);
  /// Of a program that takes rows of one operand against rows of another (pairwise.cpp), how many of the first it takes at once; else 0.
  static int rows_at_once(const stage_program&, engine::isa);
  /// Whether an operand has another element for each of the rows that follow each other (`from_end` 2: along the axis before that).
  static bool moves(const stage_program&, const engine::slot&, std::size_t from_end = 1);

  static constexpr int truths_mask = 0;                ///< the mask register in which any or all gathers: values take none of it
  static constexpr int tree_bytes = 512, at_once = 8;  ///< of a reduction's accumulators; of them, those that are in registers
  static constexpr int fewest_multiplied = 4;          ///< vectors; quotients by one element of fewer come from divisions
  std::vector<engine::code_mark> marks;                ///< what stands where, for people

 private:
  // ---- constants (program.cpp)
  static constexpr std::size_t line = 64;
  template <class T>
  const void* place(std::span<const T>);
  const void* number(std::uint64_t bits);                           ///< one; of four bytes the lower half
  const void* vector_of_one(std::uint64_t bits, std::size_t size);  ///< the same in all elements of a vector of AVX2
  const void* masks();                                              ///< 32 bytes of ones, of zeros, of ones
  const void* turns(dtype);                                         ///< the numbers of the lanes, and on as far again

  // ---- functions (program.cpp)
  void mark(engine::code_mark::kind what, std::size_t phase, std::size_t at) {
    marks.push_back({what, static_cast<std::uint16_t>(phase), static_cast<std::uint32_t>(at)});
  }
  std::size_t open();
  void close();
  std::size_t enter();
  bool many_pointers() const;
  void run_phases(bool transfers);
  void keep_views();
  void load_address(const Xbyak::Reg64& to, std::uint16_t slot);
  void fill_table();
  void store_row_result(std::size_t k);
  /// Where a list of instructions stands: for one element, in a row of many blocks, in a phase whose results go past the caches.
  struct list_place {
    bool single = false, long_row = false, past_caches = false;
  };
  void run_list(const std::vector<instruction>& list, const list_place&);
  void call_kernel(const instruction&, const list_place&);
  void call(const void* function);
  void transfer(std::size_t phase, bool out);

  // ---- reductions of a block (reduce.cpp)
  enum class folding : std::uint8_t { sum, product, larger, smaller, squares, any, all, deviations };  ///< squares: of deviations
  static bool folds(engine::isa, const instruction&);
  static std::uint64_t identity_of(folding, dtype);
  /// Whether the folding would lose a NaN.
  static bool watches_nans(folding op, dtype t) { return (op == folding::larger || op == folding::smaller) && real(t); }
  static bool of_truths(folding op) { return op == folding::any || op == folding::all; }
  void reduce(const instruction&, bool long_row);
  void fold(folding, dtype);
  void moments_of_few(const instruction&);
  void store_moments(const instruction&, bool long_row);
  void settle_overflow(dtype, bool long_row);
  static bool from_mean(folding op) { return op == folding::squares || op == folding::deviations; }
  void turn_rest(const Xbyak::Xmm& x, dtype, const Xbyak::RegExp& from);
  void fold_group(folding, dtype, int first);
  void load_elements(folding, dtype, const Xbyak::Xmm& x, const Xbyak::RegExp& from);
  void join(folding, dtype, int accumulator, const Xbyak::Xmm& x, bool masked);
  void join_rest(folding, dtype, int accumulator, const Xbyak::RegExp& from, bool follows);
  void note_nans(dtype, const Xbyak::Xmm& a, const Xbyak::Xmm& b);
  void combine(folding, dtype, const Xbyak::Xmm& d, const Xbyak::Xmm& a, const Xbyak::Operand& b, int spare);
  void extreme_of_numbers(dtype, bool larger, const Xbyak::Xmm& d, const Xbyak::Xmm& a, const Xbyak::Operand& b, int spare);
  void settle_nans(dtype, const Xbyak::Xmm&);
  void halve(folding, dtype, int first);
  void fold_register(folding, dtype);
  void load_nan(dtype);
  void store_element(std::uint16_t slot, dtype);
  void keep_rows();

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
  static folding folding_of(op_id);
  void folding_loop(std::span<const instruction> list, bool long_row);
  int registers_of_folds() const;
  void begin_folds();
  void fold_value(const instruction&, const step&);
  void gather_accumulators(const accumulation&, int first);

  // ---- any and all (truths.cpp)
  void fold_truths(folding);
  void take_opposites(std::span<const instruction> list);
  void clear_truths(folding, const Xbyak::Xmm&);
  void begin_truths(const accumulation&);
  void join_truths(const accumulation&, int truth, bool opposite, const step&);
  void test_truths(const accumulation&);
  void end_truths(const accumulation&);
  void store_truth(std::uint16_t slot);

  // ---- loops (registers.cpp: their values; loop.cpp: the steps)
  void loop(std::span<const instruction> list, const list_place&);
  void masked_loop(std::span<const instruction> list, bool past_caches);
  void masked_steps(std::span<const instruction> list, bool divides, bool past_caches);
  void stream_past_caches(std::span<const instruction> list);
  bool can_pass_caches() const;
  bool gains_by_turns(std::span<const instruction> list) const;
  bool copies_last() const;
  std::vector<instruction> twice(std::span<const instruction> list);
  void begin_loop(const loop_form&);
  void write(std::span<const instruction> list, int first, int last, const step&);
  void next_body(std::span<const instruction> list, const step&);
  void emit_rare();
  void copying_loop(std::span<const instruction> list);
  void collect(std::span<const instruction> list);
  std::vector<int> live_values(std::span<const instruction> list, bool masks) const;
  int pressure_of(std::span<const instruction> list);
  void place_singles(std::span<const instruction> list);
  void load_pointers();
  void release_pointers();
  void require_vectors(int count) const;
  void body(std::span<const instruction> list, const step&);
  void copy_last(dtype, bool in, int scratch);
  void make_masks();
  void first_lanes(const Xbyak::Opmask&);
  void load_masked(const Xbyak::Xmm& x, int size, const Xbyak::RegExp& from);
  void load_some(const Xbyak::Xmm& x, dtype, const Xbyak::RegExp& from);
  void fill_rest(const Xbyak::Ymm& x, const Xbyak::Ymm& mask, const Xbyak::RegExp& from, int size);
  void store_masked(const Xbyak::RegExp& to, int size, const Xbyak::Xmm& x);
  void load_divisor(const value&, const Xbyak::Xmm&);
  int bytes_of(const value&) const;  ///< of its vector
  int bytes_of(dtype) const;
  Xbyak::Xmm reg(const value& v) const { return vec(v.reg, bytes_of(v)); }
  void load_single(value&, int reg);
  using vocabulary::broadcast;
  void broadcast(const Xbyak::Xmm&, std::uint64_t bits, dtype);
  void load(value&, const step&);
  int save(const value&) override;
  void restore(const value&) override;
  void store(const value&, const step&);
  Xbyak::RegExp element(int pointer, int size, int vectors_ahead);
  Xbyak::RegExp one_for_all(const value&, const step&) const;

  // ---- short rows together (rows.cpp)
  struct walker {
    int pointer, ahead, back, step;  ///< the distances: where on the stack
  };
  /// Slots of the second of two rows at once, or of two vectors, have numbers beyond the program's.
  const engine::slot& slot_of(std::uint16_t s) const { return p_.slots[s % p_.slots.size()]; }
  void group_of_rows(const row_group&, Xbyak::Label& all_done);
  value& value_of_result(std::uint16_t slot, int row);
  void load_ones();
  void count_operation(const instruction&, int times);
  void load_step(std::uint16_t pointer_slot, std::size_t which);
  void load_walkers();
  void walk(const walker&, int distance);
  void store_group(int rows);
  step part_of_row(int turn) const;
  void join_row(const accumulation&, Xbyak::Xmm x, const step&);
  void join_two(const accumulation&, const Xbyak::Xmm& d, const Xbyak::Xmm& a, const Xbyak::Xmm& b);
  void end_row(const accumulation&, int row);
  // ---- rows of one operand against rows of another (pairwise.cpp)
  std::vector<instruction> list_of_pairs(int rows) const;
  void transpose_rows(int columns);
  void make_panel(std::uint16_t slot, std::int64_t at);
  bool reads_second_from_memory(const instruction&) const;
  void rows_by_rows(int rows, Xbyak::Label& all_done);
  bool join_elements(std::span<const instruction> body, std::int64_t first, std::int64_t stride);
  void begin_partial(accumulation&, value&);

  // ---- instructions (ops.cpp)
  /// The values that an instruction reads, -1 for an absent one.
  struct operand_values {
    int values[std::extent_v<decltype(instruction::in)>] = {};
    std::size_t count = 0;
    int operator[](std::size_t i) const { return values[i]; }
    std::size_t size() const { return count; }
    const int* begin() const { return values; }
    const int* end() const { return values + count; }
  };
  struct operands {
    operand_values in;
    int out = -1, heir = -1;  ///< values; heir: whose register the result takes
  };
  void op(const instruction&, const step&);
  void functions(std::span<const instruction> in_turn, const step&);
  operand_values load_operands(const instruction&, const step&);
  operands begin_op(const instruction&, const step&);
  void end_op(const operands&, const step&);
  void arithmetic(const instruction&, const Xbyak::Xmm& d, const operand_values& in, const step&);
  void comparison(const instruction&, int d, const operand_values& in);
  void join_conditions(std::span<const instruction> list);
  void convert(const instruction&, int d, int in);
  struct quotient {
    Xbyak::Xmm result, of;
  };
  void divide_by_one(dtype, std::span<const quotient>, int b, const step&);
  void quotients_by_one(std::span<const instruction> in_turn, const step&);
  bool divides_by_one(const instruction& i) const { return !form_.one_element() && divisor_of(i) >= 0 && (i.scalars >> divisor_of(i) & 1); }
  /// Whether two vectors take turns in it, where a loop does that at all.
  bool in_turn(const instruction& i) const { return is_mathematics(i.op->id) || divides_by_one(i); }
  void select(dtype, int mask, const Xbyak::Xmm& d, const Xbyak::Xmm& yes, const Xbyak::Xmm& no);
  void extremum(dtype, bool larger, const Xbyak::Xmm& d, const Xbyak::Xmm& a, const Xbyak::Xmm& b);
  using constant_list = std::vector<std::pair<std::uint64_t, dtype>>;
  /// What an elementary function takes: constants, and registers for one vector beside operands and result.
  struct function_needs {
    int registers = 0;
    constant_list constants;
  };
  void constants_of(const instruction&, constant_list&);
  int constant(std::uint64_t bits, dtype, value::derived = value::derived::none);  ///< its register
  // elementary functions (mathematics.cpp)
  static constexpr int most_in_turn = 2;
  using pack = std::array<int, most_in_turn>;  ///< a register for each of the vectors whose operations are written in turn
  template <class T>
  class mathematics;
  static bool is_mathematics(op_id);
  /// Whether the operands beside the first, which are constants, are taken times -log2 e.
  static bool takes_exponents(const instruction& i) { return i.op->id == op_id::gelu_tanh && i.operands == dtype::float32; }
  const function_needs& needs_of(op_id, dtype);
  void write_function(op_id, dtype, int vectors, const pack& d, const std::array<pack, 3>& in);
  void load_exponent(const value&, const Xbyak::Xmm&);

  int stack(int bytes);

  values values_;
  loop_form form_;  ///< of the loop that is emitted
  const stage_program& p_;
  // the function
  std::size_t frame_at_ = 0;            ///< where its size stands in the code
  int base_ = 0, top_ = 0, frame_ = 0;  ///< of the stack: what the function keeps; what is taken; the most that was
  std::uint8_t* const start_;           ///< of the code; constants lie before it, and have their addresses when they are first needed
  std::size_t constants_size_ = 0;
  std::map<std::uint64_t, const void*> numbers_;
  std::map<std::pair<std::uint64_t, std::size_t>, const void*> vectors_of_one_;  ///< by number and size of the elements
  const void* masks_ = nullptr;
  const void* turns_[2] = {nullptr, nullptr};
  std::map<std::pair<op_id, dtype>, function_needs> needs_;
  std::vector<std::function<void()>> rare_;  ///< code for after the loop
  std::vector<int> row_registers_;           ///< by slot: single elements that stand in registers from loop to loop; -1: in memory
  const Xbyak::Reg64 *inputs_ = nullptr, *results_ = nullptr;  ///< that hold the addresses of the views, or null
  int keeps_results_ = 0;                                      ///< where the views of the results are, on the stack
  // the loop
  std::vector<std::uint16_t> pointers_;  ///< slots
  std::vector<char> pointer_in_, pointer_out_;
  std::vector<dtype> pointer_type_;
  bool pointers_in_table_ = false;  ///< all but the first nine, at pointer_table_ + 8 × pointer on the stack
  int pointer_table_ = 0;
  int pointers_kept_ = 0;  ///< of the registers for pointers, so many from the first on
  int masks_home_ = 0;
  bool stored_past_caches_ = false;          ///< in the function
  std::vector<accumulation> folds_;          ///< the reductions in the loop
  std::vector<walker> walkers_;              ///< the operands that move from row to row
  int network_ = 0;                          ///< the first of two registers for its network
  int ones_ = 0;                             ///< a register of ones
  int additions_ = 0, multiplications_ = 0;  ///< so far in a group of rows, by the units that do them
};

}  // namespace tendril::jit
