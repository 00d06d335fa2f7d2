// The last elements of a row, less than a vector: under masks, or on copies of a whole vector.
#include <algorithm>

#include "backends/jit/loops.hpp"

namespace tendril::jit {

void loops::copying_loop(std::span<const instruction> list) {
  const std::size_t count = pointers_.size();
  std::vector<int> scratch(count), place(count);
  for (std::size_t i = 0; i < count; ++i) scratch[i] = stack(std::max(16, form_.lanes * bytes(pointers_[i].type)));
  for (std::size_t i = 0; i < count; ++i)
    if (pointers_[i].out) place[i] = stack(8);
  const int rest = stack(8);  // how many elements the last step has; 0 before it
  load_pointers();
  mov(qword[rsp + rest], 0);
  xor_(eax, eax);
  lea(rcx, ptr[r14 - form_.lanes]);
  Xbyak::Label again, last, finish, done;
  test(rcx, rcx);
  jl(last, T_NEAR);
  align(32);
  L(again);
  body(list, {});
  add(rax, form_.lanes);
  cmp(rax, rcx);
  jle(again, T_NEAR);

  L(last);
  cmp(qword[rsp + rest], 0);
  jne(finish, T_NEAR);
  mov(rcx, r14);
  sub(rcx, rax);
  jz(done, T_NEAR);
  mov(ptr[rsp + rest], rcx);
  copy_to_stack(scratch, place);
  xor_(eax, eax);
  mov(rcx, -1);
  jmp(again, T_NEAR);

  L(finish);
  release_pointers();
  mov(rcx, ptr[rsp + rest]);
  for (std::size_t i = 0; i < count; ++i)
    if (pointers_[i].out) {
      mov(rdx, ptr[rsp + place[i]]);
      copy_last(pointers_[i].type, false, scratch[i]);
    }
  L(done);
}

// Copies of the rcx last elements, and pointers to them.
void loops::copy_to_stack(std::span<const int> scratch, std::span<const int> place) {
  const std::size_t count = pointers_.size();
  if (wide()) first_lanes(k(read_mask));
  const int kept = pointers_kept_;
  release_pointers();
  for (std::size_t i = 0; i < count; ++i) {
    load_address(rdx, pointers_[i].slot);
    lea(rdx, ptr[rdx + rax * bytes(pointers_[i].type)]);
    if (pointers_[i].out) mov(ptr[rsp + place[i]], rdx);
    else copy_last(pointers_[i].type, true, scratch[i]);
  }
  for (std::size_t i = 0; i < count; ++i) {
    const int index = static_cast<int>(i);
    if (!pointers_in_table_ || index < pointer_registers - 1) {
      lea(pointer_register(index), ptr[rsp + scratch[i]]);
      general_.keep(pointer_register(index), "the address of a copy");
    } else {
      lea(r11, ptr[rsp + scratch[i]]);
      mov(ptr[rsp + pointer_table_ + 8 * index], r11);
    }
  }
  pointers_kept_ = kept;
}

// Copies the rcx last elements of a streamed operand, at rdx, to their place on the stack (`in`) or back. rsi and r11 are scratch.
void loops::copy_last(dtype type, bool in, int scratch) {
  const int size = bytes(type), width = std::max(16, form_.lanes * size);
  const auto home = ptr[rsp + scratch];
  if (wide()) {
    const Xbyak::Xmm x = vec(values_.temporary(false), width);
    if (in) {
      size == 1 ? load_masked(x, size, Xbyak::RegExp(rdx)) : load_some(x, type, Xbyak::RegExp(rdx));
      vmovups(home, x);
    } else {
      vmovups(x, home);
      size == 1 ? vmovdqu8(ptr[rdx] | k(read_mask), x) : move_bits(type, ptr[rdx] | k(read_mask), x);
    }
  } else if (size == 1) {
    copy_last_bytes(in, scratch);
  } else {
    // A window into 32 bytes of ones and 32 of zeros.
    const Xbyak::Ymm mask(values_.temporary(false)), x(values_.temporary(false));
    lea(r11, ptr[rip + constants_.masks()]);
    mov(rsi, rcx);
    neg(rsi);
    vmovups(mask, ptr[r11 + rsi * size + 32]);
    if (in) {
      move_bits_where(type, x, mask, ptr[rdx]);
      if (real(type)) fill_rest(x, mask, Xbyak::RegExp(rdx), size);
      vmovups(home, x);
    } else {
      vmovups(x, home);
      move_bits_where(type, ptr[rdx], mask, x);
    }
  }
  values_.release();
}

void loops::copy_last_bytes(bool in, int scratch) {
  Xbyak::Label again;
  mov(rsi, rcx);
  L(again);
  if (in) mov(r11b, byte[rdx + rsi - 1]);
  else mov(r11b, byte[rsp + rsi + (scratch - 1)]);
  if (in) mov(byte[rsp + rsi + (scratch - 1)], r11b);
  else mov(byte[rdx + rsi - 1], r11b);
  dec(rsi);
  jnz(again);
}

// For rcx elements that are left after rax others. Where there are others the step reads a whole vector, the last one, and writes the
// upper part of it: a masked read past the end of an array would wait for what was just written to the array behind it. A loop of two
// vectors a step may leave more than one: of those the first is read and written whole. Reductions with AVX2 read only what is left, since
// nothing moves lanes to where the tree has them.
void loops::make_masks() {
  Xbyak::Label few, done;
  if (form_.twice && folds_.empty()) {
    mov(r11d, form_.lanes);
    cmp(rcx, r11);
    cmovg(rcx, r11);
    cmp(rcx, r11);
    je(few, T_NEAR);
  }
  if (!wide() && !folds_.empty()) {
    jmp(few, T_NEAR);
  } else {
    test(rax, rax);
    jz(few, T_NEAR);
  }
  make_masks_of_last_vector();
  jmp(done);
  L(few);
  make_masks_of_few();
  L(done);
}

// Of the last whole vector: all of it is read, the last rcx elements are written.
void loops::make_masks_of_last_vector() {
  lea(rax, ptr[r14 - form_.lanes]);
  if (wide()) {
    mov(r11d, (1 << form_.lanes) - 1);
    kmovq(k(read_mask), r11);
    neg(rcx);
    add(rcx, form_.lanes);
    shl(r11d, cl);
    and_(r11d, (1 << form_.lanes) - 1);
    kmovq(k(written_mask), r11);
  } else {
    lea(r11, ptr[rip + constants_.masks()]);
    const Xbyak::Ymm mask(values_.temporary(false));
    vmovups(mask, ptr[r11]);
    vmovups(ptr[rsp + masks_home_], mask);
    vmovups(mask, ptr[r11 + rcx * form_.size + 32]);
    vmovups(ptr[rsp + masks_home_ + 32], mask);
    values_.release();
  }
}

// Of the first rcx elements of a vector.
void loops::make_masks_of_few() {
  if (wide()) {
    first_lanes(k(read_mask));
    kmovq(k(written_mask), k(read_mask));
  } else {
    lea(r11, ptr[rip + constants_.masks()]);
    neg(rcx);
    const Xbyak::Ymm mask(values_.temporary(false));
    vmovups(mask, ptr[r11 + rcx * form_.size + 32]);
    vmovups(ptr[rsp + masks_home_], mask);
    vmovups(ptr[rsp + masks_home_ + 32], mask);
    values_.release();
  }
}

}  // namespace tendril::jit
