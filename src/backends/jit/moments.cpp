// Mean and variance of a block: what kernels/moments.hpp does, in instructions.
#include "kernels/moments.hpp"

#include <limits>

#include <tendril/detail/with_dtype.hpp>

#include "backends/jit/reductions.hpp"

namespace tendril::jit {
namespace {

// What settle_overflow calls: mean, squares and rest stand side by side.
template <class T>
void settle(T* sums, const void* in, std::int64_t n, bool part) {
  if (part) engine::settle_part(sums[0], sums[1], sums[2], in, n);
  else engine::settle_moments(sums[0], sums[1], in, n);
}

}  // namespace

// r14 elements at rsi.
void reductions::moments(const instruction& i, bool long_row) {
  const dtype t = i.operands;
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

// The same as `fold` of the sum and then of the squares, for no more than two registers of elements, which are read once.
void reductions::moments_of_few(const instruction& i) {
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
  const Xbyak::Address neutral = ptr[rip + constants_.number(identity_of(folding::sum, t))];
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

// The squares of r14 elements at rsi overflow. Mean, variance and, of a part, the sum of deviations by a function, to the registers that
// store_moments has them in. All that others keep in registers stays there.
void reductions::settle_overflow(dtype t, bool long_row) {
  using namespace Xbyak::util;
  const int top = stack_top_;
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
  stack_top_ = top;
}

// r14 elements at rsi, the mean in all lanes of register `mean`, squared deviations in the first of register 0: what kernels/moments.hpp
// does with them.
void reductions::store_moments(const instruction& i, bool long_row) {
  using namespace Xbyak::util;
  const dtype t = i.operands;
  const Xbyak::Xmm first(0), x(1), count(2), average(mean), kept(squares);
  Xbyak::Label overflow, near, settled, done;
  const std::uint64_t limit = detail::with_dtype<dtype_kind::real>(t, []<class T>(T) { return bits_of(engine::far_from_zero<T>); });
  const Xbyak::Address by = ptr[rip + constants_.number(limit)],
                       infinite = ptr[rip + constants_.number(bits_of(t, std::numeric_limits<double>::infinity()))];
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

}  // namespace tendril::jit
