// Reductions of a block in memory, in the tree of trees.cpp, so that results are those of the block kernels bit for bit.
//
// With AVX2 the accumulators are more than the registers hold: the upper half is done first and waits on the stack.
#include <limits>

#include "backends/jit/reductions.hpp"

namespace tendril::jit {

// NaN is looked for apart: comparisons lose it.
void reductions::note_nans(dtype t, const Xbyak::Xmm& a, const Xbyak::Xmm& b) {
  if (wide()) {
    compare(t, k(2), a, b, relation::unordered);
    korw(k(3), k(3), k(2));
    return;
  }
  const Xbyak::Xmm found = vec(window, 32), all = vec(nans, 32);
  compare(t, window, a, b, relation::unordered);
  vorps(all, all, found);
}

// x = the next rcx elements at `from`, less than a register, behind a whole one: the last register of the array, turned. A masked read past
// its end would wait for what was just written behind it.
void reductions::turn_rest(const Xbyak::Xmm& x, dtype t, const Xbyak::RegExp& from) {
  using namespace Xbyak::util;
  const Xbyak::Zmm turn(window);
  mov(eax, 64 / bytes(t));
  sub(rax, rcx);
  lea(r11, ptr[rip + constants_.turns(t)]);
  vmovups(turn, ptr[r11 + rax * bytes(t)]);
  neg(rax);
  permute(t, static_cast<const Xbyak::Zmm&>(x), turn, ptr[from + rax * bytes(t)]);
}

// The next rcx elements at `from`, no more than a register, are added to an accumulator. Does a whole register stand before them
// (`follows`)?
void reductions::accumulate_rest(folding op, dtype t, int accumulator, const Xbyak::RegExp& from, bool follows) {
  using namespace Xbyak::util;
  const Xbyak::Xmm x = vec(elements, wide() ? 64 : 32);
  if (wide()) {
    first_lanes(k(1));
    const Xbyak::Xmm masked = x | k(1) | T_z;
    if (follows) {
      turn_rest(masked, t, from);
    } else {
      move(t, masked, ptr[from]);
    }
    if (from_mean(op)) subtract(t, masked, x, vec(mean, 64));
  } else {
    const Xbyak::Xmm mask = vec(window, 32);
    lea(rax, ptr[rip + constants_.masks()]);
    neg(rcx);
    vmovups(mask, ptr[rax + rcx * bytes(t) + 32]);
    move_where(t, x, mask, ptr[from]);
    if (from_mean(op)) {
      subtract(t, x, x, vec(mean, 32));
      vandps(x, x, mask);
    } else {
      vblendvps(x, vec(identity, 32), x, mask);
    }
  }
  if (watches_nans(op, t)) note_nans(t, x, x);
  accumulate(op, t, accumulator, x, true);
}

// One register of elements.
void reductions::load_elements(folding op, dtype t, const Xbyak::Xmm& x, const Xbyak::RegExp& from) {
  vmovups(x, ptr[from]);
  if (from_mean(op)) subtract(t, x, x, vec(mean, wide() ? 64 : 32));
}

// Accumulators `first` to `first` + 7 of all, in registers 0 to 7; r14 elements at rsi.
void reductions::fold_group(folding op, dtype t, int first) {
  using namespace Xbyak::util;
  const int width = wide() ? 64 : 32, lanes = width / bytes(t), row = tree_bytes / bytes(t);
  const Xbyak::Xmm x = vec(elements, width), y = vec(other, width);
  for (int j = 0; j < at_once; ++j) vmovaps(vec(j, width), vec(identity, width));
  mov(r9, r14);
  lea(rdx, ptr[rsi + first * width]);
  Xbyak::Label again, rest, done;
  cmp(r9, row);
  jl(rest, T_NEAR);
  if (op == folding::squares) {  // the second pass finds its block in the cache and has time to fetch what follows
    mov(r10, r14);
    shl(r10, bytes(t) == 8 ? 3 : 2);
  }
  align(32);
  L(again);
  for (int j = 0; j < at_once; j += 2) {
    if (op == folding::squares)
      for (int line = j * width; line < (j + 2) * width; line += 64) prefetcht0(ptr[rdx + r10 + line]);
    load_elements(op, t, x, rdx + j * width);
    load_elements(op, t, y, rdx + (j + 1) * width);
    if (watches_nans(op, t)) note_nans(t, x, y);
    accumulate(op, t, j, x, false);
    accumulate(op, t, j + 1, y, false);
  }
  add(rdx, tree_bytes);
  sub(r9, row);
  cmp(r9, row);
  jge(again, T_NEAR);

  L(rest);
  Xbyak::Label partial[at_once];
  for (int j = 0; j < at_once; ++j) {
    cmp(r9, (first + j + 1) * lanes);
    jl(partial[j], T_NEAR);
    load_elements(op, t, x, rdx + j * width);
    if (watches_nans(op, t)) note_nans(t, x, x);
    accumulate(op, t, j, x, false);
  }
  jmp(done, T_NEAR);
  for (int j = 0; j < at_once; ++j) {
    L(partial[j]);
    mov(rcx, r9);
    sub(rcx, (first + j) * lanes);
    jle(done, T_NEAR);
    accumulate_rest(op, t, j, rdx + j * width, true);
    if (j + 1 < at_once) jmp(done, T_NEAR);
  }
  L(done);
}

// r14 elements at rsi, to the first element of register 0.
void reductions::fold(folding op, dtype t) {
  const int width = register_bytes();
  broadcast(vec(identity, width), identity_of(op, t), t);
  if (watches_nans(op, t)) {
    if (wide()) kxorw(k(3), k(3), k(3));
    else vxorps(vec(nans, 32), vec(nans, 32), vec(nans, 32));
  }
  Xbyak::Label folded;
  fold_few(op, t, folded);
  fold_many(op, t);
  halve(op, t, 0);

  L(folded);
  fold_register(op, t);
  if (!watches_nans(op, t)) return;
  Xbyak::Label numbers;
  if (wide()) {
    kortestw(k(3), k(3));
  } else {
    vptest(Xbyak::Ymm(nans), Xbyak::Ymm(nans));
  }
  jz(numbers, T_NEAR);
  load_nan(t);
  L(numbers);
}

// No more than two registers of elements: to register 0, and there.
void reductions::fold_few(folding op, dtype t, Xbyak::Label& there) {
  using namespace Xbyak::util;
  const int width = register_bytes(), lanes = width / bytes(t);
  const Xbyak::Xmm first = vec(0, width), x = vec(elements, width), neutral = vec(identity, width);
  Xbyak::Label two, many;
  mov(rcx, r14);
  cmp(r14, lanes);
  jg(two, T_NEAR);
  vmovaps(first, neutral);
  accumulate_rest(op, t, 0, Xbyak::RegExp(rsi), false);
  jmp(there, T_NEAR);

  L(two);
  cmp(r14, 2 * lanes);
  jg(many, T_NEAR);
  vmovaps(first, neutral);
  load_elements(op, t, x, Xbyak::RegExp(rsi));
  if (watches_nans(op, t)) note_nans(t, x, x);
  accumulate(op, t, 0, x, false);
  sub(rcx, lanes);
  accumulate_rest(op, t, 0, rsi + width, true);
  jmp(there, T_NEAR);

  L(many);
}

// More of them, to accumulators in registers 0 to 7.
void reductions::fold_many(folding op, dtype t) {
  if (wide()) return fold_group(op, t, 0);
  const int lanes = register_bytes() / bytes(t);
  stack_top_ = stack_base_;
  const int upper = stack(32);
  for (int j = 1; j < at_once; ++j) stack(32);
  Xbyak::Label few;
  cmp(r14, at_once * lanes);
  jle(few, T_NEAR);
  fold_group(op, t, at_once);
  for (int j = 0; j < at_once; ++j) vmovups(ptr[rsp + upper + 32 * j], vec(j, 32));
  L(few);
  fold_group(op, t, 0);
  Xbyak::Label alone;
  cmp(r14, at_once * lanes);
  jle(alone, T_NEAR);
  for (int j = 0; j < at_once; ++j) combine(op, t, vec(j, 32), vec(j, 32), ptr[rsp + upper + 32 * j], mean);
  L(alone);
}

void reductions::reduce(const instruction& i, bool long_row) {
  require_vectors(block_registers);
  load_address(rsi, i.in[0]);
  if (i.what == instruction::kind::moments) return moments(i, long_row);
  const std::uint16_t to = long_row ? i.part : i.out;
  const folding op = folding_of(i.op->id);
  if (of_truths(op)) {
    fold_truths(op);
    return store_truth(to);
  }
  fold(op, i.operands);
  store_element(to, i.operands);
}

}  // namespace tendril::jit
