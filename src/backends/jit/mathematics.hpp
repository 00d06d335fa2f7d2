// Elementary functions inside loops, as operations on packs of registers.
#pragma once
#include <bit>

#include "backends/jit/emitter.hpp"
#include "backends/shared/constants.hpp"
#include "tendril/type.hpp"

namespace tendril::jit {

/// Writes the functions of T. Those of two vectors are written in turn, operation by operation: while one waits for its last result the
/// other goes on. With a list of constants it writes nothing, but says which constants and how many registers it takes.
///
/// An operand may be a constant: it is in a register where the loop has one left for it, else the instruction reads it from memory.
template <class T>
class emitter::mathematics {
 public:
  mathematics(emitter& e, int vectors, constant_list* wanted = nullptr) : e_(e), vectors_(vectors), wanted_(wanted) {}

  /// d = id(x, y, z); d is none of them.
  void write(op_id id, const pack& d, const pack& x, const pack& y, const pack& z);

  int registers() const { return most_; }  ///< the most that a vector took beside d and the operands

 private:
  using F = detail::format<T>;
  static constexpr bool is64 = sizeof(T) == 8;
  static constexpr dtype type = dtype_of<T>;
  using bits = std::conditional_t<is64, std::uint64_t, std::uint32_t>;

  struct operand {
    operand(const pack& p) : registers(&p) {}
    operand(T x) : constant(std::bit_cast<bits>(x)) {}
    operand(bits x) : constant(x) {}
    const pack* registers = nullptr;
    std::uint64_t constant = 0;
  };
  using two_any = void (Xbyak::CodeGenerator::*)(const Xbyak::Xmm&, const Xbyak::Operand&, const Xbyak::Operand&);
  using two_registers = void (Xbyak::CodeGenerator::*)(const Xbyak::Xmm&, const Xbyak::Xmm&, const Xbyak::Operand&);
  using shift = void (Xbyak::CodeGenerator::*)(const Xbyak::Xmm&, const Xbyak::Operand&, std::uint8_t);
  enum predicate : std::uint8_t { equal = 0, unordered = 3, less = 17, not_less = 21, greater_equal = 29, greater = 30 };  // of vcmp
  enum class argument : std::uint8_t { any, negative, moderate };                                                          // as in math.hpp

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
  void code(two_any single, two_any real, const pack& d, const pack& a, const operand& b) {
    each(b, [&](int v, const Xbyak::Operand& other) { (e_.*(is64 ? real : single))(reg(d[v]), reg(a[v]), other); });
  }
  void code(two_registers single, two_registers real, const pack& d, const pack& a, const operand& b) {
    each(b, [&](int v, const Xbyak::Operand& other) { (e_.*(is64 ? real : single))(reg(d[v]), reg(a[v]), other); });
  }
  /// Where the mask is set, with AVX-512.
  void where(const pack& mask, two_any single, two_any real, const pack& d, const pack& a, const operand& b) {
    each(b, [&](int v, const Xbyak::Operand& other) { (e_.*(is64 ? real : single))(reg(d[v]) | e_.k(mask[v]), reg(a[v]), other); });
  }
  void shifted(shift single, shift real, const pack& d, const pack& a, int by) {
    each(a, [&](int v, const Xbyak::Operand& from) { (e_.*(is64 ? real : single))(reg(d[v]), from, static_cast<std::uint8_t>(by)); });
  }
  using G = Xbyak::CodeGenerator;
  void add(const pack& d, const pack& a, const operand& b) { code(&G::vaddps, &G::vaddpd, d, a, b); }
  void subtract(const pack& d, const pack& a, const operand& b) { code(&G::vsubps, &G::vsubpd, d, a, b); }
  void multiply(const pack& d, const pack& a, const operand& b) { code(&G::vmulps, &G::vmulpd, d, a, b); }
  void divide(const pack& d, const pack& a, const operand& b) { code(&G::vdivps, &G::vdivpd, d, a, b); }
  void multiply_add(const pack& d, const pack& a, const operand& b) { code(&G::vfmadd213ps, &G::vfmadd213pd, d, a, b); }  // d = d a + b
  void add_product(const pack& d, const pack& a, const operand& b) { code(&G::vfmadd231ps, &G::vfmadd231pd, d, a, b); }   // d += a b
  void bit_and(const pack& d, const pack& a, const operand& b) { code(&G::vandps, &G::vandpd, d, a, b); }
  void bit_or(const pack& d, const pack& a, const operand& b) { code(&G::vorps, &G::vorpd, d, a, b); }
  void bit_xor(const pack& d, const pack& a, const operand& b) { code(&G::vxorps, &G::vxorpd, d, a, b); }
  void add_bits(const pack& d, const pack& a, const operand& b) { code(&G::vpaddd, &G::vpaddq, d, a, b); }
  void subtract_bits(const pack& d, const pack& a, const operand& b) { code(&G::vpsubd, &G::vpsubq, d, a, b); }
  void shift_left(const pack& d, const pack& a, int by) { shifted(&G::vpslld, &G::vpsllq, d, a, by); }
  void shift_right(const pack& d, const pack& a, int by) { shifted(&G::vpsrld, &G::vpsrlq, d, a, by); }
  void set(const pack& d, const operand& c);
  void copy_sign(const pack& d, const pack& x, const pack& spare);
  /// The constant, or x if that is less (or more); NaN stays. `spare` may be overwritten; d may be x.
  void at_most(const pack& d, T c, const pack& x, const pack& spare) { bound(&G::vminps, &G::vminpd, d, c, x, spare); }
  void at_least(const pack& d, T c, const pack& x, const pack& spare) { bound(&G::vmaxps, &G::vmaxpd, d, c, x, spare); }
  void bound(two_any single, two_any real, const pack& d, T c, const pack& x, const pack& spare);
  template <std::size_t N>
  void polynomial(const pack& p, const pack& x, const T (&c)[N]);
  /// Masks are mask registers with AVX-512, else vectors.
  void compare(const pack& mask, const pack& a, const operand& b, predicate);
  void blend(const pack& d, const pack& mask, const operand& yes, const pack& no);

  // ---- registers
  Xbyak::Xmm reg(int index) const { return vec(index, e_.bytes_of(type)); }
  pack fresh();
  pack fresh_mask();
  void done(const pack&);
  void done_mask(const pack& m) { e_.wide() ? void() : done(m); }
  int held(std::uint64_t constant) const {  ///< the register of a constant, or -1
    for (const auto& c : e_.held_constants_)
      if (c.bits == constant && c.size == sizeof(T)) return c.reg;
    return -1;
  }
  void want(std::uint64_t constant) { wanted_->emplace_back(constant, type); }
  template <class Function>
  void in_memory(std::uint64_t constant, Function f) {
    if (e_.wide()) f(e_.ptr_b[e_.rip + e_.number(constant)]);
    else f(e_.ptr[e_.rip + e_.vector_of_one(constant, sizeof(T))]);
  }

  emitter& e_;
  const int vectors_;
  constant_list* const wanted_;
  int live_ = 0, most_ = 0;
};

}  // namespace tendril::jit
