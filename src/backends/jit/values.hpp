// The values of a loop: where each is used, which stand in which registers, and which give way.
//
// Registers go to values by next use: the one that is used latest gives way. What is decided here is written by whoever has an assembler:
// nothing of this knows a processor but for how many registers it has.
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "backends/jit/elements.hpp"

namespace tendril::jit {

struct value {
  enum class origin : std::uint8_t { streamed, single, computed } from = origin::computed;
  /// Of a single element, whose slot `bits` says: a divisor, or (exponent) a factor of an exponent of e that is taken as one of 2.
  enum class derived : std::uint8_t { none, reciprocal, middling, exponent } what = derived::none;
  std::uint16_t slot = 0;  ///< 0: a constant of the code, or derived
  std::uint64_t bits = 0;  ///< of that constant
  dtype type = dtype::unknown;
  bool mask = false;      ///< lives in a mask register
  bool opposite = false;  ///< which has the lanes where it does not hold
  int within = -1;        ///< of a comparison: the value that is the other side of the `and` which alone reads it
  bool narrowed = false;  ///< to that
  bool stored = false;
  bool fixed = false;       ///< keeps its register
  int made = -1;            ///< position of the instruction that computes it
  int reg = -1, home = -1;  ///< register; place on the stack, or -1
  int pointer = -1;
  int ahead = 0;          ///< vectors: 1 for a value of the second of two vectors
  bool spread = false;    ///< one element for all lanes, read from where the row is (rows.cpp, pairwise.cpp)
  bool along = false;     ///< of these, another one for each element of the row
  int kept = -1;          ///< the first of the registers in which it stays from row to row
  std::vector<int> uses;  ///< positions of the instructions that read it
  std::size_t next = 0;   ///< in uses
};

/// What the values ask for when registers are too few.
class mover {
 public:
  /// The register of a value to a new place on the stack, which comes back.
  virtual int save(const value&) = 0;
  /// From its place to its register.
  virtual void restore(const value&) = 0;

 protected:
  ~mover() = default;
};

class values {
 public:
  /// The mask registers that values may take; vector registers are those from 0 on.
  struct mask_registers {
    int first = 0, end = 0;
  };
  values(mover& m, mask_registers masks) : mover_(m), masks_(masks) {}

  // ---- which there are
  /// None, of that many slots.
  void clear(std::size_t slots);
  int add(value);
  /// The constant, or what is derived of a single element: the one that is there, or a new one.
  int add_single(std::uint64_t bits, dtype, value::derived = value::derived::none);
  /// Its number, or -1.
  int find(std::uint16_t slot) const { return of_slot_[slot]; }
  int find_constant(std::uint64_t bits, int size, value::derived = value::derived::none) const;
  /// The register that a constant keeps, or -1.
  int held(std::uint64_t bits, int size) const;
  value& operator[](int id) { return all_[static_cast<std::size_t>(id)]; }
  const value& operator[](int id) const { return all_[static_cast<std::size_t>(id)]; }
  int id_of(const value& v) const { return static_cast<int>(&v - all_.data()); }
  auto begin() { return all_.begin(); }
  auto end() { return all_.end(); }
  auto begin() const { return all_.begin(); }
  auto end() const { return all_.end(); }

  // ---- where they are used
  /// Instruction `at` reads it; instructions come in their order.
  void use(int id, int at);
  /// How many are needed at each of so many instructions, and after them, beside single elements. Where `together` says so of an
  /// instruction, the next one of an even one runs with it.
  template <class Together>
  std::vector<int> live(std::size_t instructions, bool masks, Together together) const {
    std::vector<int> count(instructions + 1, 0);
    for (const value& v : all_) {
      if (v.from == value::origin::single || v.mask != masks) continue;
      int first = v.uses.empty() ? 0 : v.uses.front();
      const int last = v.uses.empty() ? first : v.uses.back();
      if (v.from == value::origin::computed) first = v.made;
      const int from = together(first) ? first / 2 * 2 : first, to = together(last) ? last / 2 * 2 + 1 : last;
      for (int at = from; at <= std::max(first, to); ++at) ++count[static_cast<std::size_t>(at)];
    }
    return count;
  }
  /// A step of the loop begins; of several in turn, which.
  void begin_step(int turn);
  /// The instruction that is written now.
  int now() const { return now_; }
  void at(int instruction) { now_ = instruction; }
  bool ends_now(const value& v) const { return !v.fixed && v.uses.back() == now_; }
  /// Gives up the registers of values that nothing after this instruction reads; of its result too, where it has one.
  void pass(value* result);

  // ---- registers
  /// How many vector registers values may take.
  int vectors() const { return vectors_; }
  void limit_vectors(int count) { vectors_ = count; }
  /// Takes the last of them for something else: the first of these.
  int reserve(int count = 1) { return vectors_ -= count; }
  void free_all();
  /// One that is free, or whose value gives way: no value's yet.
  int take(bool mask);
  void give(bool mask, int reg) { owner(mask, reg) = free_register; }
  /// It holds what is no value of the loop.
  void occupy(int vector) { owner(false, vector) = taken_register; }
  /// It is this value's.
  void assign(value& v, int reg) {
    v.reg = reg;
    owner(v.mask, reg) = id_of(v);
  }
  /// Into a register, from where it was saved. False: it has a register, and was nowhere.
  bool load(value&);
  void drop(value&);
  /// One for this instruction, until `release`.
  int temporary(bool mask);
  void give_back(int vector);
  /// A value that this instruction needs in its register.
  void protect(int id) { protected_.push_back(id); }
  /// The instruction is over.
  void release();

 private:
  static constexpr int free_register = -1, taken_register = -2;  ///< owners of registers that hold nothing, or no value of the loop
  int& owner(bool mask, int reg) {
    return mask ? mask_owner_[static_cast<std::size_t>(reg)] : vector_owner_[static_cast<std::size_t>(reg)];
  }
  void spill(value&);

  mover& mover_;
  const mask_registers masks_;
  std::vector<value> all_;
  std::vector<int> of_slot_;    ///< or -1
  std::vector<int> constants_;  ///< those of all that are no slots
  struct reading {
    int at, value;
  };
  std::vector<reading> readings_;  ///< of all values, in order of the instructions
  std::size_t passed_ = 0;         ///< of them, in the step that is being written
  int now_ = 0;
  int vectors_ = 0;
  std::array<int, 32> vector_owner_{};  ///< a value, or one of the two above
  std::array<int, 8> mask_owner_{};
  std::vector<std::pair<bool, int>> borrowed_;  ///< by `temporary`
  std::vector<int> protected_;
};

}  // namespace tendril::jit
