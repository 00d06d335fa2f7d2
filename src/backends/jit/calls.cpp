// Calls: of block kernels, and of what copies blocks.
#include "backends/jit/emitter.hpp"

namespace tendril::jit {
namespace {

const Xbyak::Reg64& reg64(int i) {
  using namespace Xbyak::util;
  static const Xbyak::Reg64* all[] = {&rdi, &rsi, &rdx, &rcx};
  return *all[i];
}

}  // namespace

void emitter::call_kernel(const instruction& i, const list_place& place) {
  const bool long_row = place.long_row;
  const auto slot = [&](std::uint16_t s) { return ptr[rbx + 8 * s]; };
  const auto argument = [&](int k, std::uint16_t s) { mov(reg64(k), slot(s)); };
  if (folds(isa(), i)) return reduce(i, long_row);
  if (i.what == instruction::kind::seek) {
    argument(0, long_row ? i.part2 : i.out);
    argument(1, i.in[0]);
    argument(2, long_row ? i.part : i.in[1]);
    mov(rcx, r14);
    return call(reinterpret_cast<const void*>(i.seek));
  }
  if (i.what == instruction::kind::reduce) {
    argument(0, long_row ? i.part : i.out);
    argument(1, i.in[0]);
    mov(rdx, r14);
    return call(reinterpret_cast<const void*>(i.reduce));
  }
  using engine::block_args;
  const auto put = [&](std::size_t at, std::uint16_t s) {
    if (s == 0) {
      mov(qword[rsp + at], 0);
      return;
    }
    mov(rax, slot(s));
    mov(ptr[rsp + at], rax);
  };
  put(offsetof(block_args, out), i.out);
  for (int k = 0; k < i.inputs; ++k) put(offsetof(block_args, in) + 8 * static_cast<std::size_t>(k), i.in[k]);
  if (place.single) {
    mov(qword[rsp + offsetof(block_args, n)], 1);
  } else {
    mov(ptr[rsp + offsetof(block_args, n)], r14);
  }
  mov(dword[rsp + offsetof(block_args, scalars)], i.scalars);
  mov(rdi, rsp);
  call(reinterpret_cast<const void*>(i.map));
}

void emitter::transfer(std::size_t phase, bool out) {
  Xbyak::Label none;
  mov(rdi, ptr[rbp + interpreter_frame]);
  test(rdi, rdi);
  jz(none, T_NEAR);
  mov(esi, static_cast<std::uint32_t>(phase));
  mov(edx, out ? 1 : 0);
  vzeroupper();  // what it calls may be for a processor without AVX
  call(reinterpret_cast<const void*>(&engine::transfer));
  L(none);
}

}  // namespace tendril::jit
