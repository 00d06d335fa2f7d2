// any and all: of a block of bools in memory, and in the loop that makes their operand.
//
// A truth value that is counted twice changes nothing, so there is no tree: any order gives the result of the block kernels. In a block the
// last register of elements overlaps the one before. In a loop one register gathers them: k0 with AVX-512, which no value of a loop takes,
// a vector register with AVX2, whose truth values are whole lanes; where there are more reductions than registers, a place on the stack.
#include "backends/jit/loops.hpp"

namespace tendril::jit {

// What changes nothing: no lane for any, all lanes for all.
void reductions::clear_truths(folding op, const Xbyak::Xmm& x) {
  if (op == folding::any) vxorps(x, x, x);
  else vpcmpeqd(x, x, x);
}

// r14 bools at rsi, to al.
void reductions::fold_truths(folding op) {
  using namespace Xbyak::util;
  constexpr int in_turn = 4;
  const bool any = op == folding::any;
  const int width = register_bytes();
  const Xbyak::Xmm first = vec(0, width), other = vec(in_turn, width);
  const Xbyak::Opmask counted = k(1), found = k(2);
  const auto merge = [&](const Xbyak::Xmm& a, const Xbyak::Operand& b) { any ? vorps(a, a, b) : vpminub(a, a, b); };
  Xbyak::Label few, again, rest, one, merged, done;
  mov(rcx, r14);
  cmp(rcx, width);
  jl(few, T_NEAR);
  if (wide()) kxnorq(counted, counted, counted);
  mov(rdx, rsi);
  vmovups(first, ptr[rsi + rcx - width]);
  lea(rcx, ptr[rsi + rcx - in_turn * width]);
  cmp(rdx, rcx);
  ja(rest, T_NEAR);
  for (int j = 1; j < in_turn; ++j) vmovaps(vec(j, width), first);
  L(again);
  for (int j = 0; j < in_turn; ++j) merge(vec(j, width), ptr[rdx + j * width]);
  add(rdx, in_turn * width);
  cmp(rdx, rcx);
  jbe(again, T_NEAR);
  merge(first, vec(1, width));
  merge(vec(2, width), vec(3, width));
  merge(first, vec(2, width));
  L(rest);
  add(rcx, (in_turn - 1) * width);
  L(one);
  cmp(rdx, rcx);
  jae(merged, T_NEAR);
  merge(first, ptr[rdx]);
  add(rdx, width);
  jmp(one);

  L(few);
  load_few_truths(op, merged, done);
  L(merged);
  if (wide()) {
    any ? vptestmb(found, first, first) : vptestnmb(found | counted, first, first);
    kortestq(found, found);
  } else {
    if (!any) {
      vxorps(other, other, other);
      vpcmpeqb(first, first, other);
    }
    vptest(static_cast<const Xbyak::Ymm&>(first), static_cast<const Xbyak::Ymm&>(first));
  }
  any ? setnz(al) : setz(al);
  L(done);
}

// Less than a register of them, at rsi: in register 0, counted, or few of them merged in al and there.
void reductions::load_few_truths(folding op, const Xbyak::Label& merged, const Xbyak::Label& there) {
  using namespace Xbyak::util;
  const bool any = op == folding::any;
  const Xbyak::Xmm first = vec(0, register_bytes());
  const Xbyak::Opmask counted = k(1);
  if (wide()) {
    mov(r11d, 1);
    shl(r11, cl);
    dec(r11);
    kmovq(counted, r11);
    vmovdqu8(first | counted | T_z, ptr[rsi]);
  } else {
    Xbyak::Label eight, bytes, next;
    const Xbyak::Xmm low(0);
    cmp(rcx, 16);
    jl(eight);
    vmovups(low, ptr[rsi]);
    vinsertf128(Xbyak::Ymm(0), Xbyak::Ymm(0), ptr[rsi + rcx - 16], 1);
    jmp(merged);
    L(eight);
    cmp(rcx, 8);
    jl(bytes);
    vmovsd(low, ptr[rsi]);
    vmovhps(low, low, ptr[rsi + rcx - 8]);
    vinsertf128(Xbyak::Ymm(0), Xbyak::Ymm(0), low, 1);
    jmp(merged);
    L(bytes);
    mov(eax, any ? 0 : 1);
    test(rcx, rcx);
    jz(there);
    L(next);
    any ? or_(al, byte[rsi + rcx - 1]) : and_(al, byte[rsi + rcx - 1]);
    dec(rcx);
    jnz(next);
    jmp(there);
  }
}

// all(isfinite(x)) needs no more than what the instruction finds: where x is not finite.
void loops::take_opposites(std::span<const instruction> list) {
  for (const instruction& i : list) {
    if (!wide() || i.op->id != op_id::isfinite || kind_of(i.operands) != dtype_kind::real) continue;
    value& v = values_[values_.find(i.out)];
    v.opposite = !v.stored && v.uses.size() == 1 && list[static_cast<std::size_t>(v.uses[0])].op->id == op_id::all;
  }
}

// Of the loop: nothing is gathered yet.
void loops::begin_truths(const accumulation& f) {
  const bool any = f.op == folding::any;
  const Xbyak::Opmask truths = k(truths_mask);
  if (f.first >= 0 && wide()) {
    any ? kxorw(truths, truths, truths) : kxnorw(truths, truths, truths);
  } else if (f.first >= 0) {
    clear_truths(f.op, vec(f.first, 32));
  } else if (wide()) {
    mov(dword[rsp + f.home], any ? 0 : 0xffff);
  } else {
    const Xbyak::Xmm x = vec(values_.take(false), 32);
    clear_truths(f.op, x);
    vmovups(ptr[rsp + f.home], x);
    values_.give(false, x.getIdx());
  }
}

// Truth values of the body, in register `truth`; of the last step, the lanes that have elements.
void loops::accumulate_truths(const accumulation& f, int truth, bool opposite, const step& s) {
  const bool any = f.op == folding::any, rest = s.where == accumulators::of_rest;
  if (wide()) {
    Xbyak::Opmask x = k(truth);
    if (rest) {
      const Xbyak::Opmask some = k(values_.temporary(true));
      if (any || opposite) {
        kandw(some, x, k(written_mask));
      } else {
        knotw(some, k(written_mask));
        korw(some, x, some);
      }
      x = some;
    }
    if (f.first >= 0) {
      const Xbyak::Opmask truths = k(f.first);
      if (any) korw(truths, truths, x);
      else opposite ? kandnw(truths, x, truths) : kandw(truths, truths, x);
    } else {
      kmovw(r11d, x);
      if (opposite) not_(r11d);
      any ? or_(dword[rsp + f.home], r11d) : and_(dword[rsp + f.home], r11d);
    }
    return;
  }
  Xbyak::Xmm x = vec(truth, 32);
  if (rest) {
    const Xbyak::Ymm some(values_.temporary(false)), mask(values_.temporary(false));
    clear_truths(f.op, some);
    vmovups(mask, ptr[rsp + masks_home_]);
    vblendvps(some, some, static_cast<const Xbyak::Ymm&>(x), mask);
    x = some;
  }
  const Xbyak::Xmm truths = vec(f.first >= 0 ? f.first : values_.temporary(false), 32);
  if (f.first < 0) vmovups(truths, ptr[rsp + f.home]);
  any ? vorps(truths, truths, x) : vandps(truths, truths, x);
  if (f.first < 0) vmovups(ptr[rsp + f.home], truths);
}

// Whether any holds, or not all: the zero flag is clear. A lane is a bit; of mask registers those beyond the loop's lanes mean nothing.
void loops::test_truths(const accumulation& f) {
  const int lanes = wide() ? form_.lanes : 8;
  if (!wide()) {
    const Xbyak::Ymm x(std::max(f.first, 0));
    if (f.first < 0) vmovups(x, ptr[rsp + f.home]);
    vmovmskps(r11d, x);
  } else if (f.first >= 0) {
    kmovw(r11d, k(f.first));
  } else {
    mov(r11d, dword[rsp + f.home]);
  }
  if (f.op == folding::all) not_(r11d);
  test(r11d, (1 << lanes) - 1);
}

// What was gathered, to al.
void loops::end_truths(const accumulation& f) {
  test_truths(f);
  f.op == folding::any ? setnz(al) : setz(al);
}

}  // namespace tendril::jit
