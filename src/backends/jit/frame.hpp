// The frame of a function: its constants, its stack, calls, and where the slots of its program are.
#pragma once
#include <vector>

#include "backends/jit/constants.hpp"
#include "backends/jit/vocabulary.hpp"
#include "stages/stage.hpp"

namespace tendril::jit {

using engine::instruction;
using engine::stage_program;

/// General registers: rbx holds the table of slots, r14 the number of elements, rax the index, rcx its limit; r11 is free for moments; the
/// others point to the streamed operands of a loop, those first that a function need not keep. Which of them are kept at a place in the
/// code is what `general_` says there (assembler.hpp). On the stack, from rsp up: arguments of kernels, then what a loop needs: spilled
/// vectors, copies of operands for the last elements, accumulators. Eight bytes at rbp + interpreter_frame are for the interpreter's.
class frame : public vocabulary {
 public:
  std::size_t constants_size() const { return constants_.size(); }

 protected:
  frame(const stage_program&, engine::isa, std::span<std::uint8_t> memory);

  static constexpr int interpreter_frame = -56;

  /// A place of so many bytes, a power of two, at most 64.
  int stack(int bytes);
  void call(const void* function);
  /// Slots of the second of two rows at once, or of two vectors, have numbers beyond the program's.
  const engine::slot& slot_of(std::uint16_t s) const { return p_.slots[s % p_.slots.size()]; }
  /// Where the elements of a slot are.
  void load_address(const Xbyak::Reg64& to, std::uint16_t slot);
  /// Register 0's first element, to where the slot is: in a register, to all lanes. A truth value, from al.
  void store_element(std::uint16_t slot, dtype);
  void store_truth(std::uint16_t slot);
  using vocabulary::broadcast;
  void broadcast(const Xbyak::Xmm& x, std::uint64_t bits, dtype t) { broadcast(x, ptr[rip + constants_.number(bits)], bytes(t)); }
  /// A mask of the first rcx lanes.
  void first_lanes(const Xbyak::Opmask&);
  /// Where the address of the view's elements stands among the views.
  static std::size_t data_of(const engine::port_place&);

  const stage_program& p_;
  constants constants_;
  int stack_base_ = 0, stack_top_ = 0, stack_size_ = 0;  ///< what the function keeps; what is taken; the most that was
  std::vector<int> row_registers_;  ///< by slot: single elements that stand in registers from loop to loop; -1: in memory
  const Xbyak::Reg64 *inputs_ = nullptr, *results_ = nullptr;  ///< that hold the addresses of the views, or null
  bool stored_past_caches_ = false;                            ///< in the function
};

}  // namespace tendril::jit
