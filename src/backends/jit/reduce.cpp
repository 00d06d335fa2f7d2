// Reductions of a block, in the tree that the block kernels have (backends/eigen/reduce.hpp), so that results are theirs bit for bit.
//
// Accumulators of `tree_bytes` in all; element i goes to accumulator i modulo their number, in order; then the upper half is folded onto
// the lower. Accumulators that no element reached hold the identity, which changes nothing. With AVX2 they are more than the registers
// hold: the upper half is done first and waits on the stack.
#include <bit>
#include <limits>

#include <tendril/detail/with_dtype.hpp>

#include "backends/jit/emitter.hpp"
#include "kernels/moments.hpp"
#include "tendril/type.hpp"

namespace tendril::jit {
namespace {

// Vector registers; accumulators are 0 to 7. Masks: k1 the elements of the last register, k2 what is not a number, k3 whether any was.
constexpr int elements = 8, mean = 9, identity = 10, window = 11, nans = 12, other = 13, squares = 14;

}  // namespace

emitter::folding emitter::folding_of(op_id id) {
  switch (id) {
    case op_id::sum: return folding::sum;
    case op_id::prod: return folding::product;
    case op_id::max: return folding::larger;
    case op_id::min: return folding::smaller;
    case op_id::any: return folding::any;
    default: return folding::all;
  }
}

bool emitter::folds(engine::isa isa, const instruction& i) {
  if (i.what == instruction::kind::moments) return true;
  if (i.what != instruction::kind::reduce) return false;
  const dtype d = i.operands;
  if (!in_registers(d)) return false;
  switch (i.op->id) {
    case op_id::sum: return d != dtype::bool_;
    case op_id::prod: return real(d);
    case op_id::max:
    case op_id::min: return real(d) || bytes(d) == 4 || (bytes(d) == 8 && isa == engine::isa::avx512);
    case op_id::any:
    case op_id::all: return d == dtype::bool_;
    default: return false;
  }
}

std::uint64_t emitter::identity_of(folding op, dtype t) {
  const auto of = [&]<class T>(T) {
    using limits = std::numeric_limits<T>;
    switch (op) {
      case folding::product: return bits_of(T(1));
      case folding::larger: return bits_of(limits::has_infinity ? -limits::infinity() : limits::min());
      case folding::smaller: return bits_of(limits::has_infinity ? limits::infinity() : limits::max());
      default: return bits_of(limits::has_infinity ? -T(0) : T(0));
    }
  };
  return detail::with_dtype<dtype_kind::integer>(t, of);
}

// d = op(a, b); of zeros the positive one is the larger. With AVX2 that takes a register, `spare`, unless d, a and b are others.
void emitter::combine(folding op, dtype t, const Xbyak::Xmm& d, const Xbyak::Xmm& a, const Xbyak::Operand& b, int spare) {
  switch (op) {
    case folding::sum:
    case folding::squares:
    case folding::deviations: return add(t, d, a, b);
    case folding::product: return multiply(t, d, a, b);
    case folding::larger:
    case folding::smaller: {
      const bool larger = op == folding::larger;
      if (!real(t)) {
        larger ? larger_of(t, d, a, b) : smaller_of(t, d, a, b);
      } else if (wide()) {
        const std::uint8_t how = larger ? 5 : 4;  // the compared numbers' own signs
        range(t, d, a, b, how);
      } else {
        extreme_of_numbers(t, larger, d, a, b, spare);
      }
      return;
    }
    default: return;  // of truth values: truths.cpp
  }
}

// With AVX2: where a and b are equal, their signs are joined.
void emitter::extreme_of_numbers(dtype t, bool larger, const Xbyak::Xmm& d, const Xbyak::Xmm& a, const Xbyak::Operand& b, int spare) {
  const Xbyak::Xmm equal = like(d, spare);
  compare(t, spare, a, b, relation::equal);
  if (larger) {
    vandnps(equal, a, equal);
    larger_of(t, d, a, b);
    vandnps(d, equal, d);
  } else {
    vandps(equal, a, equal);
    smaller_of(t, d, a, b);
    vorps(d, equal, d);
  }
}

// Elements join an accumulator: all of register x, or those under the mask.
void emitter::join(folding op, dtype t, int accumulator, const Xbyak::Xmm& x, bool masked) {
  const Xbyak::Xmm a = vec(accumulator, wide() ? 64 : 32), d = masked && wide() ? a | k(1) : a;
  if (op != folding::squares) return combine(op, t, d, x, a, mean);
  add_product(t, d, x, x);
}

// NaN is looked for apart: comparisons lose it.
void emitter::note_nans(dtype t, const Xbyak::Xmm& a, const Xbyak::Xmm& b) {
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
void emitter::turn_rest(const Xbyak::Xmm& x, dtype t, const Xbyak::RegExp& from) {
  using namespace Xbyak::util;
  const Xbyak::Zmm turn(window);
  mov(eax, 64 / bytes(t));
  sub(rax, rcx);
  lea(r11, ptr[rip + turns(t)]);
  vmovups(turn, ptr[r11 + rax * bytes(t)]);
  neg(rax);
  permute(t, static_cast<const Xbyak::Zmm&>(x), turn, ptr[from + rax * bytes(t)]);
}

// The next rcx elements at `from`, no more than a register, join an accumulator. Does a whole register stand before them (`follows`)?
void emitter::join_rest(folding op, dtype t, int accumulator, const Xbyak::RegExp& from, bool follows) {
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
    lea(rax, ptr[rip + masks()]);
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
  join(op, t, accumulator, x, true);
}

// One register of elements.
void emitter::load_elements(folding op, dtype t, const Xbyak::Xmm& x, const Xbyak::RegExp& from) {
  vmovups(x, ptr[from]);
  if (from_mean(op)) subtract(t, x, x, vec(mean, wide() ? 64 : 32));
}

// Accumulators `first` to `first` + 7 of all, in registers 0 to 7; r14 elements at rsi.
void emitter::fold_group(folding op, dtype t, int first) {
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
    join(op, t, j, x, false);
    join(op, t, j + 1, y, false);
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
    join(op, t, j, x, false);
  }
  jmp(done, T_NEAR);
  for (int j = 0; j < at_once; ++j) {
    L(partial[j]);
    mov(rcx, r9);
    sub(rcx, (first + j) * lanes);
    jle(done, T_NEAR);
    join_rest(op, t, j, rdx + j * width, true);
    if (j + 1 < at_once) jmp(done, T_NEAR);
  }
  L(done);
}

// r14 elements at rsi, to the first element of register 0.
void emitter::fold(folding op, dtype t) {
  using namespace Xbyak::util;
  const int width = wide() ? 64 : 32, lanes = width / bytes(t);
  const Xbyak::Xmm first = vec(0, width), x = vec(elements, width), neutral = vec(identity, width);
  Xbyak::Label two, many, folded;
  const Xbyak::Address from = ptr[rip + number(identity_of(op, t))];
  broadcast(neutral, from, bytes(t));
  if (watches_nans(op, t)) {
    if (wide()) kxorw(k(3), k(3), k(3));
    else vxorps(vec(nans, 32), vec(nans, 32), vec(nans, 32));
  }
  mov(rcx, r14);
  cmp(r14, lanes);
  jg(two, T_NEAR);
  vmovaps(first, neutral);
  join_rest(op, t, 0, Xbyak::RegExp(rsi), false);
  jmp(folded, T_NEAR);

  L(two);
  cmp(r14, 2 * lanes);
  jg(many, T_NEAR);
  vmovaps(first, neutral);
  load_elements(op, t, x, Xbyak::RegExp(rsi));
  if (watches_nans(op, t)) note_nans(t, x, x);
  join(op, t, 0, x, false);
  sub(rcx, lanes);
  join_rest(op, t, 0, rsi + width, true);
  jmp(folded, T_NEAR);

  L(many);
  if (wide()) {
    fold_group(op, t, 0);
  } else {
    top_ = base_;
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

// The upper half of eight accumulators onto the lower, down to one.
void emitter::halve(folding op, dtype t, int first) {
  const int width = wide() ? 64 : 32;
  for (int half = at_once / 2; half > 0; half /= 2)
    for (int j = first; j < first + half; ++j) combine(op, t, vec(j, width), vec(j, width), vec(j + half, width), mean);
}

// The same for the elements of register 0.
void emitter::fold_register(folding op, dtype t) {
  const Xbyak::Xmm low(0), high(1);
  if (wide()) {
    vextractf64x4(Xbyak::Ymm(1), Xbyak::Zmm(0), 1);
    combine(op, t, Xbyak::Ymm(0), Xbyak::Ymm(0), Xbyak::Ymm(1), mean);
  }
  vextractf128(high, Xbyak::Ymm(0), 1);
  combine(op, t, low, low, high, mean);
  if (bytes(t) == 4) {
    vmovhlps(high, low, low);
    combine(op, t, low, low, high, mean);
  }
  second_to_first(t, high, low);
  combine(op, t, low, low, high, mean);
}

// NaN in x, of largest or smallest elements side by side, becomes the one NaN that reductions give.
void emitter::settle_nans(dtype t, const Xbyak::Xmm& x) {
  const Xbyak::Address from = ptr[rip + number(bits_of(t, std::numeric_limits<double>::quiet_NaN()))];
  const int m = values_.temporary(wide());
  if (wide()) {
    compare(t, m, x, x, relation::unordered);
    const Xbyak::Zmm all(x.getIdx());
    broadcast(all | k(m), from, bytes(t));
  } else {
    const Xbyak::Ymm all(x.getIdx()), found(m), nan(values_.temporary(false));
    compare(t, m, all, all, relation::unordered);
    broadcast(nan, from, bytes(t));
    vblendvps(all, all, nan, found);
  }
  values_.release();
}

// The result where an element was not a number.
void emitter::load_nan(dtype t) {
  const Xbyak::Address from = ptr[rip + number(bits_of(t, std::numeric_limits<double>::quiet_NaN()))];
  move_first(t, Xbyak::Xmm(0), from);
}

// Register 0's first element, to where the slot is: in a register, to all lanes.
void emitter::store_element(std::uint16_t slot, dtype t) {
  if (const int at = row_registers_[slot]; at >= 0) return broadcast(Xbyak::Xmm(at), Xbyak::Xmm(0), bytes(t));
  mov(rax, ptr[rbx + 8 * slot]);
  move_first(t, ptr[rax], Xbyak::Xmm(0));
}

// The same as `fold` of the sum and then of the squares, for no more than two registers of elements, which are read once.
void emitter::moments_of_few(const instruction& i) {
  using namespace Xbyak::util;
  const dtype t = i.operands;
  const int lanes = 64 / bytes(t);
  const Xbyak::Zmm sum(0), first(elements), second(other), average(mean);
  const Xbyak::Opmask in_first = k(2), in_second = k(1);
  Xbyak::Label two, summed;
  mov(rcx, r14);
  sub(rcx, lanes);
  jg(two);
  add(rcx, lanes);
  const Xbyak::Address neutral = ptr[rip + number(identity_of(folding::sum, t))];
  broadcast(first, neutral, bytes(t));
  first_lanes(in_first);
  move(t, first | in_first, ptr[rsi]);
  vmovaps(sum, first);
  kxorw(in_second, in_second, in_second);
  jmp(summed);
  L(two);
  kxnorw(in_first, in_first, in_first);
  first_lanes(in_second);
  vmovups(first, ptr[rsi]);
  vmovaps(sum, first);
  turn_rest(second | in_second | T_z, t, rsi + 64);
  add(t, sum | in_second, second, sum);
  L(summed);
  fold_register(folding::sum, t);
  const Xbyak::Xmm total(0), count(1);
  convert_first(t, count, count, r14);
  divide_first(t, total, total, count);
  broadcast(average, total, bytes(t));
  subtract(t, first, first, average);
  const Xbyak::Zmm rest = second | in_second | T_z;  // there may be none
  subtract(t, rest, second, average);
  multiply(t, sum | in_first | T_z, first, first);
  add_product(t, sum | in_second, second, second);
  fold_register(folding::squares, t);
}

namespace {

// What settle_overflow calls: mean, squares and rest stand side by side.
template <class T>
void settle(T* sums, const void* in, std::int64_t n, bool part) {
  if (part) engine::settle_part(sums[0], sums[1], sums[2], in, n);
  else engine::settle_moments(sums[0], sums[1], in, n);
}

}  // namespace

// The squares of r14 elements at rsi overflow. Mean, variance and, of a part, the sum of deviations by a function, to the registers that
// store_moments has them in. All that others keep in registers stays there.
void emitter::settle_overflow(dtype t, bool long_row) {
  using namespace Xbyak::util;
  const int top = top_;
  const Xbyak::Xmm first(0), x(1), average(mean), kept(squares);
  const Xbyak::Reg64 volatile_ones[] = {rdi, rsi, r8, r9, r10, r11};
  const int general = stack(64), sums = stack(64);
  std::vector<std::pair<int, int>> vectors;
  for (const int at : row_registers_)
    if (at >= 0) vectors.emplace_back(at, stack(64));
  const auto each_general = [&](auto f) {
    for (int k = 0; k < static_cast<int>(std::size(volatile_ones)); ++k) f(volatile_ones[k], ptr[rsp + general + 8 * k]);
  };
  const auto sum = [&](int k) { return ptr[rsp + sums + k * bytes(t)]; };
  const auto load = [&](const Xbyak::Xmm& to, int k) { move_first(t, to, sum(k)); };
  each_general([&](const Xbyak::Reg64& r, const Xbyak::Address& at) { mov(at, r); });
  for (const auto& [r, at] : vectors) vmovups(ptr[rsp + at], Xbyak::Zmm(r));
  move_first(t, sum(0), average);
  move_first(t, sum(1), first);
  general_.open_all([&] {
    lea(rdi, sum(0));
    mov(rdx, r14);
    mov(ecx, long_row ? 1 : 0);
    vzeroupper();
    call(bytes(t) == 8 ? reinterpret_cast<const void*>(&settle<double>) : reinterpret_cast<const void*>(&settle<float>));
    each_general([&](const Xbyak::Reg64& r, const Xbyak::Address& at) { mov(r, at); });
  });
  for (const auto& [r, at] : vectors) vmovups(Xbyak::Zmm(r), ptr[rsp + at]);
  load(average, 0);
  load(long_row ? kept : first, 1);
  if (long_row) load(x, 2);
  top_ = top;
}

// r14 elements at rsi, the mean in all lanes of register `mean`, squared deviations in the first of register 0: what kernels/moments.hpp
// does with them.
void emitter::store_moments(const instruction& i, bool long_row) {
  using namespace Xbyak::util;
  const dtype t = i.operands;
  const Xbyak::Xmm first(0), x(1), count(2), average(mean), kept(squares);
  Xbyak::Label overflow, near, settled, done;
  const std::uint64_t limit = detail::with_dtype<dtype_kind::real>(t, []<class T>(T) { return bits_of(engine::far_from_zero<T>); });
  const Xbyak::Address by = ptr[rip + number(limit)], infinite = ptr[rip + number(bits_of(t, std::numeric_limits<double>::infinity()))];
  compare_first(t, first, infinite);
  jae(overflow, T_NEAR);  // NaN is below
  convert_first(t, count, count, r14);
  multiply_first(t, x, average, average);
  multiply_first(t, kept, count, by);
  multiply_first(t, x, x, kept);
  compare_first(t, x, first);
  vmovaps(kept, first);
  jbe(near, T_NEAR);
  fold(folding::deviations, t);
  if (long_row) {
    vmovaps(x, first);
    jmp(settled, T_NEAR);
    L(near);
    vxorps(x, x, x);
    L(settled);
    mov(rax, ptr[rbx + 8 * i.part2]);
    move_first(t, ptr[rax], kept);
    move_first(t, ptr[rax + bytes(t)], x);
  } else {
    convert_first(t, count, count, r14);
    divide_first(t, x, first, count);
    add_first(t, average, average, x);
    multiply_first(t, x, first, x);
    subtract_first(t, x, kept, x);
    vxorps(first, first, first);
    larger_first(t, first, x, first);
    L(near);
    divide_first(t, first, first, count);
    L(settled);
    store_element(i.out2, t);
  }
  vmovaps(first, average);
  store_element(long_row ? i.part : i.out, t);
  jmp(done, T_NEAR);
  L(overflow);
  settle_overflow(t, long_row);
  jmp(settled, T_NEAR);
  L(done);
}

void emitter::reduce(const instruction& i, bool long_row) {
  const dtype t = i.operands;
  require_vectors(other + 1);
  load_address(rsi, i.in[0]);
  if (i.what == instruction::kind::reduce) {
    const folding op = folding_of(i.op->id);
    if (of_truths(op)) {
      fold_truths(op);
      return store_truth(long_row ? i.part : i.out);
    }
    fold(op, t);
    return store_element(long_row ? i.part : i.out, t);
  }
  Xbyak::Label many, done;
  if (wide()) {
    cmp(r14, 2 * 64 / bytes(t));
    jg(many, T_NEAR);
    moments_of_few(i);
    jmp(done, T_NEAR);
    L(many);
  }
  fold(folding::sum, t);
  const Xbyak::Xmm sum(0), count(1);
  convert_first(t, count, count, r14);
  divide_first(t, sum, sum, count);
  const Xbyak::Xmm all = vec(mean, wide() ? 64 : 32);
  broadcast(all, sum, bytes(t));
  fold(folding::squares, t);
  L(done);
  store_moments(i, long_row);
}

}  // namespace tendril::jit
