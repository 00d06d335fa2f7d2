// Who may write which general register: the errors of those who may not.
#include "backends/jit/assembler.hpp"

#include "array/format.hpp"
#include "tendril/error.hpp"

namespace tendril::jit {

void general_registers::keep(const reg& r, const char* what) {
  const char*& here = what_[index(r)];
  if (here) throw internal_error(format_text("[jit] {} is to keep {}: got {} in it, expected nothing", r.toString(), what, here));
  here = what;
}

void general_registers::refuse(const Xbyak::Operand& to) const {
  throw internal_error(format_text("[jit] an instruction writes {}: got {} in it, expected nothing", to.toString(), what_[index(to)]));
}

void general_registers::called() const {
  using namespace Xbyak::util;
  for (const reg& r : {rax, rcx, rdx, rsi, rdi, r8, r9, r10, r11})
    if (kept(r)) throw internal_error(format_text("[jit] a call of a kernel: got {} in {}, expected nothing", kept(r), r.toString()));
}

}  // namespace tendril::jit
