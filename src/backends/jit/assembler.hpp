// The assembler, and the one table of general registers: which ones a function keeps, and for what. All others are scratch.
//
// Whoever puts something into a register that later code reads says so (`keep`), and says when that is over (`release`); to write a
// register that is kept, its owner opens it (`open`). Each instruction that writes a general register asks the table, so that no code takes
// a kept one as scratch, whatever its author knew of the others: that ends in an internal_error in place of code that goes astray. It costs
// a look into an array while code is made, and nothing when it runs.
#pragma once
#include <array>
#include <concepts>
#include <utility>

#define XBYAK_NO_OP_NAMES
#include <xbyak/xbyak.h>

namespace tendril::jit {

class general_registers {
 public:
  using reg = Xbyak::Reg64;

  /// From here on `what` is in the register. Throws internal_error when something is there already.
  void keep(const reg& r, const char* what);
  void release(const reg& r) { what_[index(r)] = nullptr; }
  void release_all() { what_.fill(nullptr); }
  /// What is in it, or null: scratch.
  const char* kept(const reg& r) const { return what_[index(r)]; }

  /// Asked before each instruction: throws internal_error when it would write a register that is kept.
  void written(const Xbyak::Operand& to) const {
    if (to.isREG() && what_[index(to)]) refuse(to);
  }
  /// The same of a function that is called, which may write all that the calling convention lets it.
  void called() const;

  /// What its owner writes to a register that stays kept.
  template <class F>
  void open(const reg& r, F write) {
    const char* const what = std::exchange(what_[index(r)], nullptr);
    write();
    what_[index(r)] = what;
  }

  /// What leaves all registers that are kept as they were.
  template <class F>
  void open_all(F write) {
    const auto what = std::exchange(what_, {});
    write();
    what_ = what;
  }

  /// Keeps a register while it lives.
  class [[nodiscard]] kept_register {
   public:
    kept_register(general_registers& all, const reg& r, const char* what) : all_(all), r_(r) { all_.keep(r_, what); }
    ~kept_register() { all_.release(r_); }
    kept_register(const kept_register&) = delete;
    kept_register& operator=(const kept_register&) = delete;

   private:
    general_registers& all_;
    const reg r_;
  };
  kept_register keeping(const reg& r, const char* what) { return {*this, r, what}; }

 private:
  static std::size_t index(const Xbyak::Operand& r) { return static_cast<std::size_t>(r.getIdx()); }
  [[noreturn]] void refuse(const Xbyak::Operand& to) const;
  std::array<const char*, 16> what_{};
};

/// Xbyak's, whose instructions that write general registers ask the table first. tests/guards/jit_registers.sh looks for others in use.
class assembler : public Xbyak::CodeGenerator {
 protected:
  general_registers general_;

 public:
  using Xbyak::CodeGenerator::CodeGenerator;

  void call(const Xbyak::Operand& to) {
    general_.called();
    Xbyak::CodeGenerator::call(to);
  }
// Not inlined: what Xbyak does with operands is long, and stands in one place.
#define TENDRIL_ASKS(name)                                    \
  template <std::derived_from<Xbyak::Operand> To, class... A> \
  [[gnu::noinline]] void name(const To& to, const A&... a) {  \
    general_.written(to);                                     \
    Xbyak::CodeGenerator::name(to, a...);                     \
  }
  // clang-format off
  TENDRIL_ASKS(mov) TENDRIL_ASKS(movzx) TENDRIL_ASKS(lea) TENDRIL_ASKS(cmovg) TENDRIL_ASKS(setz) TENDRIL_ASKS(setnz)
  TENDRIL_ASKS(add) TENDRIL_ASKS(sub) TENDRIL_ASKS(imul) TENDRIL_ASKS(neg) TENDRIL_ASKS(inc) TENDRIL_ASKS(dec)
  TENDRIL_ASKS(and_) TENDRIL_ASKS(or_) TENDRIL_ASKS(xor_) TENDRIL_ASKS(not_) TENDRIL_ASKS(shl) TENDRIL_ASKS(shr) TENDRIL_ASKS(pop)
  TENDRIL_ASKS(kmovw) TENDRIL_ASKS(kmovd) TENDRIL_ASKS(kmovq) TENDRIL_ASKS(vmovd) TENDRIL_ASKS(vmovq)
  TENDRIL_ASKS(vmovmskps) TENDRIL_ASKS(vmovmskpd)
  // clang-format on
};
#undef TENDRIL_ASKS

}  // namespace tendril::jit
