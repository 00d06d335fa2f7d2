// The operands of instructions: into registers from wherever they are, and back to memory.
#include "backends/jit/instructions.hpp"

#include "tendril/error.hpp"

namespace tendril::jit {

const Xbyak::Reg64& pointer_register(int i) {
  using namespace Xbyak::util;
  static const Xbyak::Reg64* all[] = {&rdx, &rsi, &rdi, &r8, &r9, &r10, &r12, &r13, &r15};
  return *all[i];
}

// Truth values that are vectors have the lanes of the loop's elements.
int instructions::bytes_of(dtype d) const { return std::max(16, form_.lanes * (d == dtype::bool_ ? form_.size : bytes(d))); }

int instructions::save(const value& v) {
  const int home = stack(v.mask ? 8 : bytes_of(v.type));
  if (v.mask) kmovq(ptr[rsp + home], k(v.reg));
  else vmovups(ptr[rsp + home], reg(v));
  return home;
}

void instructions::restore(const value& v) {
  if (v.mask) kmovq(k(v.reg), ptr[rsp + v.home]);
  else vmovups(reg(v), ptr[rsp + v.home]);
}

// One element, to all lanes.
void instructions::load_single(value& v, int index) {
  const int size = bytes(v.type);
  const Xbyak::Xmm x = vec(index, bytes_of(v.type));
  if (v.what == value::derived::exponent) return load_exponent(v, x);
  if (v.what != value::derived::none) return load_divisor(v, x);
  if (!v.slot) return broadcast(x, v.bits, v.type);
  if (const int at = row_registers_[v.slot]; at >= 0) {
    const Xbyak::Xmm from(at);
    return form_.one_element() ? vmovaps(x, from) : broadcast(x, from, size);
  }
  load_address(r11, v.slot);
  if (v.type == dtype::bool_) {
    movzx(r11d, byte[r11]);
    neg(r11);
    if (v.mask) {
      kmovd(k(index), r11d);
    } else {
      vmovq(Xbyak::Xmm(index), r11);
      if (!form_.one_element()) spread_bits(integer_of(form_.size), x, Xbyak::Xmm(index));
    }
  } else {
    broadcast(x, ptr[r11], size);
  }
}

void instructions::load_pointers() {
  const int count = static_cast<int>(pointers_.size());
  const int in_registers = count <= pointer_registers ? count : pointer_registers - 1;
  pointers_in_table_ = count > in_registers;
  for (int i = 0; i < count; ++i) {
    const std::uint16_t slot = pointers_[static_cast<std::size_t>(i)].slot;
    if (i < in_registers) {
      load_address(pointer_register(i), slot);
      general_.keep(pointer_register(i), "the address of an operand");
      pointers_kept_ = i + 1;
      continue;
    }
    const int at = stack(8);
    if (i == in_registers) pointer_table_ = at - 8 * i;
    load_address(r11, slot);
    mov(ptr[rsp + at], r11);
  }
}

// What no longer points to operands is scratch.
void instructions::release_pointers() {
  while (pointers_kept_) general_.release(pointer_register(--pointers_kept_));
}

// What a piece of code that takes vector registers by number asks before it does: those from `vectors` on are the function's own.
void instructions::require_vectors(int count) const {
  if (count > values_.vectors()) throw internal_error("[jit] a vector register that the function keeps is taken as scratch");
}

// The address of the current element of a streamed operand.
Xbyak::RegExp instructions::element(int pointer, int size, int vectors_ahead) {
  const int ahead = vectors_ahead * form_.lanes * size;
  if (!pointers_in_table_ || pointer < pointer_registers - 1) return pointer_register(pointer) + rax * size + ahead;
  mov(r15, ptr[rsp + pointer_table_ + 8 * pointer]);
  return r15 + rax * size + ahead;
}

// That of an element which all lanes share.
Xbyak::RegExp instructions::one_for_all(const value& v, const step& s) const {
  return pointer_register(v.pointer) + (v.along ? s.turn * bytes(v.type) : 0);
}

// Into a register, from wherever it is.
void instructions::load(value& v, const step& s) {
  if (values_.load(v)) return;
  if (v.from == value::origin::single) return load_single(v, v.reg);
  if (v.spread) {
    const Xbyak::Xmm x = reg(v);
    return broadcast(x, ptr[one_for_all(v, s)], bytes(v.type));
  }
  const Xbyak::RegExp from = element(v.pointer, bytes(v.type), s.turn + v.ahead);
  if (v.type != dtype::bool_) return s.masked ? load_some(reg(v), v.type, from) : vmovups(reg(v), ptr[from]);
  if (v.mask) {
    const Xbyak::Xmm x(values_.temporary(false));
    if (s.masked) load_masked(x, 1, from);
    else if (form_.lanes == 8) vmovq(x, ptr[from]);
    else vmovups(x, ptr[from]);
    vptestmb(k(v.reg), x, x);
  } else {
    const Xbyak::Xmm x = reg(v), zero = vec(values_.temporary(false), 32);
    widen_bytes(integer_of(form_.size), x, ptr[from]);
    vpxor(zero, zero, zero);
    subtract(integer_of(form_.size), x, zero, x);
  }
}

// One element, to where its slot is.
void instructions::store_single(const value& v) {
  if (const int at = row_registers_[v.slot]; at >= 0) return vmovaps(Xbyak::Xmm(at), reg(v));
  load_address(rax, v.slot);
  if (v.type != dtype::bool_) return move_first(v.type, ptr[rax], reg(v));
  if (v.mask) kmovd(r11d, k(v.reg));
  else vmovd(r11d, Xbyak::Xmm(v.reg));
  and_(r11d, 1);
  mov(byte[rax], r11b);
}

void instructions::store(const value& v, const step& s) {
  if (form_.one_element()) return store_single(v);
  if (v.type == dtype::bool_) return store_truths(v, s);
  const Xbyak::RegExp to = element(v.pointer, bytes(v.type), s.turn + v.ahead);
  if (s.masked) return store_masked(to, bytes(v.type), reg(v));
  s.past_caches ? vmovntps(ptr[to], reg(v)) : vmovups(ptr[to], reg(v));
}

// A byte for each lane.
void instructions::store_truths(const value& v, const step& s) {
  const Xbyak::Xmm x(values_.temporary(false));
  if (v.mask) {
    vpmovm2b(x, k(v.reg));
    vpabsb(x, x);
    if (s.masked) return store_masked(element(v.pointer, 1, s.turn + v.ahead), 1, x);
  } else if (form_.size == 4) {
    vextracti128(x, Xbyak::Ymm(v.reg), 1);
    vpackssdw(x, Xbyak::Xmm(v.reg), x);
    vpacksswb(x, x, x);
    vpabsb(x, x);
  } else {
    vmovmskpd(r11d, Xbyak::Ymm(v.reg));
    imul(r11d, r11d, 0x00204081);  // four bits to four bytes
    and_(r11d, 0x01010101);
    const Xbyak::RegExp to = element(v.pointer, 1, s.turn + v.ahead);
    mov(dword[to], r11d);
    return;
  }
  const Xbyak::RegExp to = element(v.pointer, 1, s.turn + v.ahead);
  if (form_.lanes == 8) vmovq(ptr[to], x);
  else vmovups(ptr[to], x);
}

// The last step's elements: with AVX2 the masks of what it reads and what it writes are on the stack.
void instructions::load_masked(const Xbyak::Xmm& x, int size, const Xbyak::RegExp& from) {
  if (!wide()) {
    const Xbyak::Ymm mask(values_.temporary(false));
    vmovups(mask, ptr[rsp + masks_home_]);
    move_bits_where(integer_of(size), x, mask, ptr[from]);
  } else if (size == 1) {
    vmovdqu8(x | k(read_mask) | T_z, ptr[from]);
  } else {
    move(integer_of(size), x | k(read_mask) | T_z, ptr[from]);
  }
}

// The same with the first element in the lanes that are left out, as what the instructions do to reals there must not raise floating-point
// exceptions that the elements do not raise. The address is that of an element that the mask takes.
void instructions::load_some(const Xbyak::Xmm& x, dtype type, const Xbyak::RegExp& from) {
  const int size = bytes(type);
  if (!real(type)) return load_masked(x, size, from);
  if (wide()) {
    broadcast(x, ptr[from], size);
    move(type, x | k(read_mask), ptr[from]);
  } else {
    const Xbyak::Ymm mask(values_.temporary(false)), y(x.getIdx());
    vmovups(mask, ptr[rsp + masks_home_]);
    move_bits_where(type, y, mask, ptr[from]);
    fill_rest(y, mask, from, size);
  }
}

// The element at `from` in the lanes of x that an AVX2 mask leaves out.
void instructions::fill_rest(const Xbyak::Ymm& x, const Xbyak::Ymm& mask, const Xbyak::RegExp& from, int size) {
  const Xbyak::Ymm first(values_.temporary(false));
  broadcast(first, ptr[from], size);
  vblendvps(x, first, x, mask);
}

void instructions::store_masked(const Xbyak::RegExp& to, int size, const Xbyak::Xmm& x) {
  if (!wide()) {
    const Xbyak::Ymm mask(values_.temporary(false));
    vmovups(mask, ptr[rsp + masks_home_ + 32]);
    move_bits_where(integer_of(size), ptr[to], mask, x);
  } else if (size == 1) {
    vmovdqu8(ptr[to] | k(written_mask), x);
  } else {
    move(integer_of(size), ptr[to] | k(written_mask), x);
  }
}

}  // namespace tendril::jit
