// Reductions in the loop that makes their operand: it never goes to memory and back, and often to no memory at all.
//
// The tree is that of trees.cpp: vector v of the operand goes to accumulator v modulo their number. With AVX-512 these are eight, so the
// loop takes eight steps at a time, each with an accumulator of its own; of several reductions the first has its accumulators in registers,
// the others on the stack. What is less than eight steps runs one by one, all accumulators on the stack, and the last elements under a
// mask. With AVX2 they are sixteen, as many as there are registers, and all on the stack: a few steps at a time go to those behind each
// other. What any and all need beside: truths.cpp.
#include <algorithm>
#include <utility>

#include "backends/jit/loops.hpp"

namespace tendril::jit {
namespace {

constexpr int fewest_vectors = 16;  // that the loop's own values must keep
constexpr int avx2_steps = 4;       // at a time
constexpr int avx2_registers = 2;   // at most, for what is beside the trees

}  // namespace

// The vector registers that begin_folds may take.
int loops::registers_of_folds() const {
  const auto count = [&](auto what) { return static_cast<int>(std::count_if(folds_.begin(), folds_.end(), what)); };
  if (wide()) return count([](const accumulation& f) { return !of_truths(f.op); }) ? at_once : 0;
  return std::min(avx2_registers, count([](const accumulation& f) { return of_truths(f.op) || watches_nans(f.op, f.type); }));
}

// Reserves registers and places on the stack.
void loops::begin_folds() {
  bool front = wide() && values_.vectors() - at_once >= fewest_vectors, mask = wide();
  const auto register_left = [&] { return !wide() && values_.vectors() > 16 - avx2_registers; };
  for (accumulation& f : folds_) {
    if (of_truths(f.op)) {
      if (std::exchange(mask, false)) f.first = truths_mask;
      else if (register_left()) f.first = values_.reserve();
      else f.home = stack(register_bytes());
      continue;
    }
    if (std::exchange(front, false)) f.first = values_.reserve(at_once);
    f.home = stack(64);
    for (int j = 64; j < tree_bytes; j += 64) stack(64);
    if (!watches_nans(f.op, f.type)) continue;
    if (register_left()) f.nan_register = values_.reserve();
    else f.nans = stack(8);
  }
}

// That whose accumulators are in registers, or null.
const loops::accumulation* loops::fold_in_registers() const {
  const auto first = std::find_if(folds_.begin(), folds_.end(), [](const accumulation& f) { return !of_truths(f.op); });
  return first != folds_.end() && first->first >= 0 ? &*first : nullptr;
}

// The steps before any: no truths gathered, no NaN met. rax is 0.
void loops::begin_gathering() {
  for (const accumulation& f : folds_) {
    const Xbyak::Xmm nan = vec(std::max(f.nan_register, 0), register_bytes());
    if (of_truths(f.op)) begin_truths(f);
    else if (f.nan_register >= 0) vxorps(nan, nan, nan);
    else if (watches_nans(f.op, f.type)) mov(qword[rsp + f.nans], rax);
  }
}

// So many accumulators of each reduction hold its identity: those of the first in registers where it has some, and they are all to be.
void loops::clear_accumulators(int count) {
  const int width = register_bytes();
  const accumulation* const front = count == tree_bytes / width ? fold_in_registers() : nullptr;
  for (const accumulation& f : folds_) {
    if (of_truths(f.op)) continue;
    const Xbyak::Xmm x = vec(&f == front ? f.first : values_.take(false), width);
    broadcast(x, identity_of(f.op, f.type), f.type);
    for (int j = 0; j < count; ++j) {
      if (&f != front) vmovups(ptr[rsp + f.home + width * j], x);
      else if (j) vmovaps(vec(f.first + j, width), x);
    }
    if (&f != front) values_.give(false, x.getIdx());
  }
}

void loops::folding_loop(std::span<const instruction> list, bool long_row) {
  const accumulation* const front = fold_in_registers();
  const bool only_truths = std::all_of(folds_.begin(), folds_.end(), [](const accumulation& f) { return of_truths(f.op); }) &&
                           std::none_of(pointers_.begin(), pointers_.end(), [](const pointer& p) { return p.out; });
  const int width = register_bytes(), steps = wide() ? at_once : avx2_steps;
  if (!wide()) masks_home_ = stack(64);
  take_opposites(list);
  Xbyak::Label few, again, last, rest, done, in_registers, gathered;
  load_pointers();
  xor_(eax, eax);
  begin_gathering();
  cmp(r14, 2 * form_.lanes);
  jle(few, T_NEAR);

  clear_accumulators(tree_bytes / width);
  lea(rcx, ptr[r14 - steps * form_.lanes]);
  test(rcx, rcx);
  jl(last, T_NEAR);
  step now;
  now.where = wide() ? accumulators::in_registers : accumulators::of_step;
  align(32);
  L(again);
  for (now.turn = 0; now.turn < steps; now.turn += form_.twice ? 2 : 1) next_body(list, now);
  add(rax, steps * form_.lanes);
  if (only_truths && folds_.size() == 1 && folds_.front().first >= 0) {
    test_truths(folds_.front());
    jnz(done, T_NEAR);  // no element behind these changes it
  }
  cmp(rax, rcx);
  jle(again, T_NEAR);
  cmp(rax, r14);
  je(in_registers, T_NEAR);
  L(last);
  for (int j = 0; front && j < at_once; ++j) vmovups(ptr[rsp + front->home + width * j], vec(front->first + j, width));
  jmp(rest, T_NEAR);

  L(few);
  clear_accumulators(2);
  L(rest);
  fold_rest(list, only_truths, done);
  L(done);

  if (front) {
    gather_accumulators(*front, front->first);
    jmp(gathered, T_NEAR);
  }
  L(in_registers);
  if (front) {
    halve(front->op, front->type, front->first);
    L(gathered);
  }
  for (const accumulation& f : folds_) end_fold(f, &f == front, long_row ? f.part : f.out);
}

// Steps one by one, all accumulators in memory, and the last elements.
void loops::fold_rest(std::span<const instruction> list, bool only_truths, const Xbyak::Label& done) {
  Xbyak::Label one, tail;
  lea(rcx, ptr[r14 - form_.lanes]);
  cmp(rax, rcx);
  jg(tail, T_NEAR);
  L(one);
  next_body(list, {.alone = form_.twice, .where = accumulators::of_step});
  add(rax, form_.lanes);
  cmp(rax, rcx);
  jle(one, T_NEAR);
  L(tail);
  add(rcx, form_.lanes);
  sub(rcx, rax);
  jz(done, T_NEAR);
  if (only_truths) {  // they may count twice: the last vector of elements, whole
    Xbyak::Label less;
    test(rax, rax);
    jz(less);
    lea(rcx, ptr[r14 - form_.lanes]);
    mov(rax, rcx);
    jmp(one, T_NEAR);
    L(less);
  }
  make_masks();
  next_body(list, {.alone = form_.twice, .masked = true, .where = accumulators::of_rest});
}

// The result, to its slot.
void loops::end_fold(const accumulation& f, bool in_registers, std::uint16_t slot) {
  if (of_truths(f.op)) {
    end_truths(f);
    return store_truth(slot);
  }
  const int width = register_bytes();
  if (in_registers) vmovaps(vec(0, width), vec(f.first, width));
  else gather_accumulators(f, 0);
  fold_register(f.op, f.type);
  if (watches_nans(f.op, f.type)) {
    Xbyak::Label numbers;
    if (f.nan_register >= 0) vptest(vec(f.nan_register, width), vec(f.nan_register, width));
    else cmp(dword[rsp + f.nans], 0);
    je(numbers);
    load_nan(f.type);
    L(numbers);
  }
  store_element(slot, f.type);
}

// The sum, or what it is, of the accumulators in memory, to register `first`; those behind it are free. One or two steps reached the first
// two.
void loops::gather_accumulators(const accumulation& f, int first) {
  const int width = register_bytes(), spare = first + at_once;
  Xbyak::Label all, end;
  cmp(r14, 2 * form_.lanes);
  jg(all, T_NEAR);
  vmovups(vec(first, width), ptr[rsp + f.home]);
  vmovups(vec(first + 1, width), ptr[rsp + f.home + width]);
  combine(f.op, f.type, vec(first, width), vec(first + 1, width), vec(first, width), spare);
  jmp(end, T_NEAR);
  L(all);
  for (int j = 0; j < at_once; ++j) vmovups(vec(first + j, width), ptr[rsp + f.home + width * j]);
  if (!wide())
    for (int j = 0; j < at_once; ++j)
      combine(f.op, f.type, vec(first + j, width), vec(first + j, width), ptr[rsp + f.home + width * (j + at_once)], spare);
  halve(f.op, f.type, first);
  L(end);
}

// The instruction of a body.
void loops::fold_value(const instruction& i, const step& s) {
  accumulation* f = folds_.data();
  const bool second = form_.twice && i.out >= p_.slots.size();
  while (f->out + (second ? p_.slots.size() : 0) != i.out) ++f;
  value& v = values_[values_.find(i.in[0])];
  if (of_truths(f->op)) return accumulate_truths(*f, v.reg, v.opposite, s);
  const int turn = s.turn + (second ? 1 : 0), width = register_bytes();
  if (form_.pairs()) return begin_partial(*f, v);
  Xbyak::Xmm x = reg(v);
  if (form_.of_rows()) return accumulate_row(*f, x, s);
  if (s.where == accumulators::of_rest) {  // the elements that are left, in the first lanes as in the tree
    const Xbyak::Xmm some = vec(values_.temporary(false), width);
    broadcast(some, identity_of(f->op, f->type), f->type);
    if (wide()) {
      compress(f->type, some | k(written_mask), x);
    } else {
      const Xbyak::Ymm mask(values_.temporary(false));
      vmovups(mask, ptr[rsp + masks_home_]);
      vblendvps(some, some, x, mask);
    }
    x = some;
  }
  int spare = -1;
  if (watches_nans(f->op, f->type)) {
    const int nan = values_.temporary(wide());
    spare = nan;
    const Xbyak::Xmm m = vec(nan, width), all = vec(std::max(f->nan_register, 0), width);
    compare(f->type, nan, x, x, relation::unordered);
    if (f->nan_register >= 0) {
      vorps(all, all, m);
    } else {
      if (wide()) kmovw(r11d, k(nan));
      else sign_bits(f->type, r11d, m);
      or_(dword[rsp + f->nans], r11d);
    }
  }
  if (s.where == accumulators::in_registers && f->first >= 0) return accumulate(f->op, f->type, f->first + turn, x, false);
  Xbyak::RegExp place = rsp + (f->home + turn * width);
  if (s.where != accumulators::in_registers) {
    mov(r11, s.where == accumulators::of_step ? rax : r14);
    shl(r11, bytes(f->type) == 8 ? 3 : 2);
    and_(r11d, tree_bytes - width);
    place = rsp + r11 + (f->home + turn * width);
  }
  const Xbyak::Xmm sum = vec(values_.temporary(false), width);
  combine(f->op, f->type, sum, x, ptr[place], spare);
  vmovups(ptr[place], sum);
}

}  // namespace tendril::jit
