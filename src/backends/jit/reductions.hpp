// Reductions: the tree that they have everywhere, and those of a block in memory.
#pragma once
#include "backends/jit/instructions.hpp"

namespace tendril::jit {

enum class folding : std::uint8_t { sum, product, larger, smaller, squares, any, all, deviations };  ///< squares: of deviations

class reductions : public instructions {
 public:
  /// Whether a reduction may run in the loop that makes its operand.
  static bool folds_in_loop(engine::isa, const instruction&);

  static constexpr int tree_bytes = 512, at_once = 8;  ///< of a reduction's accumulators; of them, those that are in registers

 protected:
  using instructions::instructions;

  // ---- what a folding is (trees.cpp)
  static bool folds(engine::isa, const instruction&);
  static folding folding_of(op_id);
  static std::uint64_t identity_of(folding, dtype);
  /// Whether the folding would lose a NaN.
  static bool watches_nans(folding op, dtype t) { return (op == folding::larger || op == folding::smaller) && real(t); }
  static bool of_truths(folding op) { return op == folding::any || op == folding::all; }
  static bool from_mean(folding op) { return op == folding::squares || op == folding::deviations; }

  /// Vector registers of a block, beside its accumulators in 0 to 7. Masks: k1 the elements of the last register, k2 what is not a number,
  /// k3 whether any was.
  static constexpr int elements = 8, mean = 9, identity = 10, window = 11, nans = 12, other = 13, squares = 14, block_registers = 14;

  // ---- the tree
  void combine(folding, dtype, const Xbyak::Xmm& d, const Xbyak::Xmm& a, const Xbyak::Operand& b, int spare);
  void accumulate(folding, dtype, int accumulator, const Xbyak::Xmm& x, bool masked);
  void halve(folding, dtype, int first);
  void fold_register(folding, dtype);
  void load_nan(dtype);

  // ---- of a block (reduce.cpp)
  void reduce(const instruction&, bool long_row);
  void fold(folding, dtype);
  void fold_few(folding, dtype, Xbyak::Label& there);
  void fold_many(folding, dtype);
  void fold_group(folding, dtype, int first);
  void turn_rest(const Xbyak::Xmm& x, dtype, const Xbyak::RegExp& from);
  void load_elements(folding, dtype, const Xbyak::Xmm& x, const Xbyak::RegExp& from);
  void accumulate_rest(folding, dtype, int accumulator, const Xbyak::RegExp& from, bool follows);
  void note_nans(dtype, const Xbyak::Xmm& a, const Xbyak::Xmm& b);

  // ---- mean and variance of one (moments.cpp)
  void moments(const instruction&, bool long_row);
  void moments_of_few(const instruction&);
  void store_moments(const instruction&, bool long_row);
  void settle_overflow(dtype, bool long_row);

  // ---- any and all (truths.cpp)
  void fold_truths(folding);
  void load_few_truths(folding, const Xbyak::Label& merged, const Xbyak::Label& there);
  void clear_truths(folding, const Xbyak::Xmm&);
};

}  // namespace tendril::jit
