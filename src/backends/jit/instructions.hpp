// The instructions of a loop: their operands into registers, what each op is, elementary functions and division.
#pragma once
#include <array>
#include <functional>
#include <map>
#include <span>
#include <vector>

#include <tendril/detail/op_id.hpp>

#include "backends/jit/frame.hpp"
#include "backends/jit/loop_form.hpp"
#include "backends/jit/values.hpp"

namespace tendril::jit {

inline constexpr int scratch_pointers = 6;   ///< registers for pointers that a function need not keep
inline constexpr int pointer_registers = 9;  ///< in all; of more operands, the last are in a table on the stack
const Xbyak::Reg64& pointer_register(int);

/// The operand that divides, or -1.
inline int divisor_of(const instruction& i) { return i.op->id == op_id::divide ? 1 : i.op->id == op_id::subtract_divide ? 2 : -1; }
/// The constant of a division by one element: added to the bits of a number it shows whether that is of middling size.
std::uint64_t division_shift(dtype);

/// A loop handles `lanes` elements at a time. A value of it has a vector register of `lanes` elements of its size; truth values are mask
/// registers with AVX-512, else vectors of the loop's one element size. Single elements (scalars, constants) stay in registers while the
/// loop's own values leave room.
class instructions : public frame, private mover {
 public:
  static bool emits(engine::isa, const instruction&);

 protected:
  instructions(const stage_program& p, engine::isa isa, std::span<std::uint8_t> memory)
      : frame(p, isa, memory), values_(*this, {truths_mask + 1, written_mask}) {}

  static constexpr int truths_mask = 0;                  ///< the mask register in which any or all gathers: no value takes it
  static constexpr int written_mask = 6, read_mask = 7;  ///< nor those of the last elements
  static constexpr int fewest_multiplied = 4;            ///< vectors; quotients by one element of fewer come from divisions
  static constexpr int most_in_turn = 2;                 ///< vectors whose operations are written in turn

  // ---- ops (instructions.cpp, arithmetic.cpp, comparisons.cpp)
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
  operand_values load_operands(const instruction&, const step&);
  operands begin_op(const instruction&, const step&);
  void end_op(const operands&, const step&);
  void arithmetic(const instruction&, const Xbyak::Xmm& d, const operand_values& in, const step&);
  void of_reals(const instruction&, const Xbyak::Xmm& d, const operand_values& in);
  void of_integers(const instruction&, const Xbyak::Xmm& d, const operand_values& in);
  void clip(const instruction&, const Xbyak::Xmm& d, const operand_values& in);
  void extremum(dtype, bool larger, const Xbyak::Xmm& d, const Xbyak::Xmm& a, const Xbyak::Xmm& b);
  void comparison(const instruction&, int out, const operand_values& in);
  void logic(op_id, const value& result, const operand_values& in);
  void finiteness(const instruction&, const value& result, const Xbyak::Xmm& a);
  void compare_by_lanes(op_id, dtype, const Xbyak::Xmm& d, const Xbyak::Xmm& a, const Xbyak::Xmm& b);
  void invert(const Xbyak::Xmm& d);
  void merge_conditions(std::span<const instruction> list);
  void convert(const instruction&, int out, int in);
  void convert_to_truth(const instruction&, const value& result, const value& from);
  /// Ops whose second operand may be one element in memory.
  static bool reads_memory(op_id id) { return id == op_id::add || id == op_id::subtract || id == op_id::multiply; }
  bool reads_second_from_memory(const instruction&) const;
  using constant_list = std::vector<std::pair<std::uint64_t, dtype>>;
  /// The constants that an instruction needs, so that a loop loads them once.
  void constants_of(const instruction&, constant_list&);
  int constant(std::uint64_t bits, dtype, value::derived = value::derived::none);  ///< its register

  // ---- division by one element (division.cpp)
  struct quotient {
    Xbyak::Xmm result, of;
  };
  struct quotients;
  void divide_each(dtype, std::span<const quotient>, const Xbyak::Xmm& by);
  void unless_all(const quotients&, const Xbyak::Xmm& size, const Xbyak::Label& there);
  void divide_rare(quotients&);
  void divide_by_one(dtype, std::span<const quotient>, int b, const step&);
  void quotients_by_one(std::span<const instruction> in_turn, const step&);
  bool divides_by_one(const instruction& i) const { return !form_.one_element() && divisor_of(i) >= 0 && (i.scalars >> divisor_of(i) & 1); }
  void load_divisor(const value&, const Xbyak::Xmm&);
  void emit_rare();

  // ---- elementary functions (mathematics.cpp)
  /// What one takes: constants, and registers for one vector beside operands and result.
  struct function_needs {
    int registers = 0;
    constant_list constants;
  };
  using pack = std::array<int, most_in_turn>;  ///< a register for each of the vectors whose operations are written in turn
  template <class T>
  class mathematics;
  static bool is_mathematics(op_id);
  /// Whether the operands beside the first, which are constants, are taken times -log2 e.
  static bool takes_exponents(const instruction& i) { return i.op->id == op_id::gelu_tanh && i.operands == dtype::float32; }
  const function_needs& needs_of(op_id, dtype);
  void functions(std::span<const instruction> in_turn, const step&);
  void write_function(op_id, dtype, int vectors, const pack& d, const std::array<pack, 3>& in);
  void load_exponent(const value&, const Xbyak::Xmm&);
  /// Whether two vectors take turns in it, where a loop does that at all.
  bool in_turn(const instruction& i) const { return is_mathematics(i.op->id) || divides_by_one(i); }

  // ---- operands (operands.cpp)
  int bytes_of(dtype) const;  ///< of its vector
  Xbyak::Xmm reg(const value& v) const { return vec(v.reg, bytes_of(v.type)); }
  void load(value&, const step&);
  void load_single(value&, int reg);
  void store(const value&, const step&);
  void store_single(const value&);
  void store_truths(const value&, const step&);
  int save(const value&) override;
  void restore(const value&) override;
  void load_pointers();
  void release_pointers();
  void require_vectors(int count) const;
  Xbyak::RegExp element(int pointer, int size, int vectors_ahead);
  Xbyak::RegExp one_for_all(const value&, const step&) const;
  void load_masked(const Xbyak::Xmm& x, int size, const Xbyak::RegExp& from);
  void load_some(const Xbyak::Xmm& x, dtype, const Xbyak::RegExp& from);
  void fill_rest(const Xbyak::Ymm& x, const Xbyak::Ymm& mask, const Xbyak::RegExp& from, int size);
  void store_masked(const Xbyak::RegExp& to, int size, const Xbyak::Xmm& x);

  loop_form form_;  ///< of the loop that is emitted
  values values_;
  /// What points to a streamed operand or result.
  struct pointer {
    std::uint16_t slot;
    bool out;
    dtype type;
  };
  std::vector<pointer> pointers_;
  bool pointers_in_table_ = false;  ///< all but the first nine, at pointer_table_ + 8 × pointer on the stack
  int pointer_table_ = 0;
  int pointers_kept_ = 0;                    ///< of the registers for pointers, so many from the first on
  int masks_home_ = 0;                       ///< of the masks of the last elements, on the stack: what is read, what is written
  std::vector<std::function<void()>> rare_;  ///< code for after the loop

 private:
  std::map<std::pair<op_id, dtype>, function_needs> needs_;
};

}  // namespace tendril::jit
