// Elementary functions inside loops, as operations on packs of registers.
#pragma once
#include <bit>

#include "backends/jit/instructions.hpp"
#include "ops/elementary.hpp"
#include "tendril/type.hpp"

namespace tendril::jit {

/// Writes the functions of T. Those of two vectors are written in turn, operation by operation: while one waits for its last result the
/// other goes on. With a list of constants it writes nothing, but says which constants and how many registers it takes.
///
/// An operand may be a constant: it is in a register where the loop has one left for it, else the instruction reads it from memory.
template <class T>
class instructions::mathematics {
 public:
  mathematics(instructions& e, int vectors, constant_list* wanted = nullptr) : e_(e), vectors_(vectors), wanted_(wanted) {}

  /// d = id(x, y, z); d is none of them.
  void write(op_id id, const pack& d, const pack& x, const pack& y, const pack& z);

  int registers() const { return most_; }  ///< the most that a vector took beside d and the operands

 private:
  using F = detail::format<T>;
  static constexpr bool is64 = sizeof(T) == 8;
  static constexpr dtype type = dtype_of<T>, bits_type = is64 ? dtype::int64 : dtype::int32;
  using bits = std::conditional_t<is64, std::uint64_t, std::uint32_t>;

  struct operand {
    operand(const pack& p) : registers(&p) {}
    operand(T x) : constant(std::bit_cast<bits>(x)) {}
    operand(bits x) : constant(x) {}
    const pack* registers = nullptr;
    std::uint64_t constant = 0;
  };
  enum class argument : std::uint8_t { any, negative, moderate };  // as in math.hpp

  // ---- the functions
  void exp(const pack& d, const pack& x, argument = argument::any);
  void exp_in_place(argument, const pack& d, const pack& r, const pack& p);
  void exp2(const pack& d, const pack& x);
  void scaled_power(argument, const pack& d, const pack& r, const pack& p);
  void scale(argument, const pack& d, const pack& p, const pack& half);
  void log(const pack& d, const pack& x);
  void log_of_parts(const pack& d, const pack& f);
  void sigmoid(const pack& d, const pack& x);
  void tanh(const pack& d, const pack& x);
  void erf(const pack& d, const pack& x);
  void gelu_tanh(const pack& d, const pack& x, const pack& c1, const pack& c2);

  // ---- operations: d = a op b, in turn
  /// f(vector, b's register or the constant)
  template <class Function>
  void each(const operand& b, Function f) {
    if (wanted_) return b.registers ? void() : want(b.constant);
    const int held = b.registers ? 0 : this->held(b.constant);
    if (held < 0)
      return in_memory(b.constant, [&](const Xbyak::Address& c) {
        for (int v = 0; v < vectors_; ++v) f(v, c);
      });
    for (int v = 0; v < vectors_; ++v) f(v, reg(b.registers ? (*b.registers)[v] : held));
  }
#define TENDRIL_OPERATION(name, word, element)                                                   \
  void name(const pack& d, const pack& a, const operand& b) {                                    \
    each(b, [&](int v, const Xbyak::Operand& x) { e_.word(element, reg(d[v]), reg(a[v]), x); }); \
  }
  // clang-format off
  TENDRIL_OPERATION(add, add, type)
  TENDRIL_OPERATION(subtract, subtract, type)
  TENDRIL_OPERATION(multiply, multiply, type)
  TENDRIL_OPERATION(divide, divide, type)
  TENDRIL_OPERATION(multiply_add, multiply_add, type)
  TENDRIL_OPERATION(add_product, add_product, type)
  TENDRIL_OPERATION(bit_and, bit_and, type)
  TENDRIL_OPERATION(bit_or, bit_or, type)
  TENDRIL_OPERATION(bit_xor, bit_xor, type)
  TENDRIL_OPERATION(add_bits, add, bits_type)
  TENDRIL_OPERATION(subtract_bits, subtract, bits_type)
  TENDRIL_OPERATION(scale_by_power, scale_by_power, type)
  // clang-format on
#undef TENDRIL_OPERATION
  void shift_left(const pack& d, const pack& a, int by) {
    for (int v = 0; v < turns(); ++v) e_.shift_left(type, reg(d[v]), reg(a[v]), static_cast<std::uint8_t>(by));
  }
  void shift_right(const pack& d, const pack& a, int by) {
    for (int v = 0; v < turns(); ++v) e_.shift_right(type, reg(d[v]), reg(a[v]), static_cast<std::uint8_t>(by));
  }
  void set(const pack& d, const operand& c);
  void copy_sign(const pack& d, const pack& x, const pack& spare);
  /// The constant, or x if that is less (or more); NaN stays. `spare` may be overwritten; d may be x.
  void at_most(const pack& d, T c, const pack& x, const pack& spare) {
    bound(c, spare, [&](int v, const Xbyak::Xmm& limit) { e_.smaller_of(type, reg(d[v]), limit, reg(x[v])); });
  }
  void at_least(const pack& d, T c, const pack& x, const pack& spare) {
    bound(c, spare, [&](int v, const Xbyak::Xmm& limit) { e_.larger_of(type, reg(d[v]), limit, reg(x[v])); });
  }
  template <class Function>
  void bound(T c, const pack& spare, Function f);
  template <std::size_t N>
  void polynomial(const pack& p, const pack& x, const T (&c)[N]);
  /// Masks are mask registers with AVX-512, else vectors.
  void compare(const pack& mask, const pack& a, const operand& b, relation);
  void blend(const pack& d, const pack& mask, const operand& yes, const pack& no);

  // ---- registers
  int turns() const { return wanted_ ? 0 : vectors_; }
  Xbyak::Xmm reg(int index) const { return vec(index, e_.bytes_of(type)); }
  pack fresh();
  pack fresh_mask();
  void done(const pack&);
  void done_mask(const pack& m) { e_.wide() ? void() : done(m); }
  int held(std::uint64_t constant) const { return e_.values_.held(constant, sizeof(T)); }  ///< the register of a constant, or -1
  void want(std::uint64_t constant) { wanted_->emplace_back(constant, type); }
  template <class Function>
  void in_memory(std::uint64_t constant, Function f) {
    if (e_.wide()) f(e_.ptr_b[e_.rip + e_.constants_.number(constant)]);
    else f(e_.ptr[e_.rip + e_.constants_.vector_of_one(constant, sizeof(T))]);
  }

  instructions& e_;
  const int vectors_;
  constant_list* const wanted_;
  int live_ = 0, most_ = 0;
};

}  // namespace tendril::jit
