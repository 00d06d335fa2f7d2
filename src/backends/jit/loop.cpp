// The loop around the instructions: whole vectors, and what is less than one.
#include <algorithm>

#include "backends/jit/emitter.hpp"
#include "tendril/type.hpp"

namespace tendril::jit {
bool emitter::gains_by_turns(std::span<const instruction> list) const {
  return std::any_of(list.begin(), list.end(), [this](const instruction& i) { return in_turn(i); });
}

// AVX2 has no masks for bytes.
bool emitter::copies_last() const {
  return !wide() && folds_.empty() && std::find(pointer_type_.begin(), pointer_type_.end(), dtype::bool_) != pointer_type_.end();
}

// The instructions for two vectors, one behind the other.
std::vector<instruction> emitter::twice(std::span<const instruction> list) {
  std::vector<instruction> both;
  const auto second = [&](std::uint16_t s) { return static_cast<std::uint16_t>(s ? s + p_.slots.size() : 0); };
  for (instruction i : list) {
    both.push_back(i);
    for (int k = 0; k < i.inputs; ++k)
      if (!(i.scalars >> k & 1)) i.in[k] = second(i.in[k]);
    i.out = second(i.out);
    both.push_back(i);
  }
  return both;
}

// The last elements run through a body of their own, under a mask; of a long loop through the same body, on copies of a whole vector, which
// takes longer but no code. Masks in the first body would cost dearly where the stores leave the cache.
//
// Elementary functions are long chains of operations, of which the processor does not see far enough ahead, and quotients by one element
// need a look at what is divided: where registers allow, two vectors take turns in them.
void emitter::loop(std::span<const instruction> list, const list_place& place) {
  const bool single = place.single;
  constexpr std::size_t long_loop = 48;
  std::vector<instruction> both;
  begin_loop({single ? loop_form::kind::one_element : loop_form::kind::vectors});
  form_.twice = !single && list.size() < long_loop / 2 && gains_by_turns(list);
  if (form_.twice) {
    both = twice(list);
    collect(both);
    form_.twice = !copies_last() && pressure_of(both) <= values_.vectors() - registers_of_folds();
  }
  if (form_.twice) list = both;
  else collect(list);
  const int vectors = values_.vectors();
  join_conditions(list);
  if (!folds_.empty()) begin_folds();
  place_singles(list);
  if (single) return body(list, {});
  if (!folds_.empty()) folding_loop(list, place.long_row);
  else if (list.size() < long_loop && !copies_last()) masked_loop(list, place.past_caches && can_pass_caches());
  else copying_loop(list);
  values_.limit_vectors(vectors);
  if (!rare_.empty()) {
    Xbyak::Label over;
    jmp(over, T_NEAR);
    emit_rare();
    L(over);
  }
  release_pointers();
}

void emitter::emit_rare() {
  for (const auto& emit : rare_) emit();
  rare_.clear();
}

// Stores past the caches need whole lines: one result, as wide as the loop.
bool emitter::can_pass_caches() const {
  const auto out = std::find(pointer_out_.begin(), pointer_out_.end(), 1);
  return wide() && pointers_.size() <= pointer_registers && std::count(out, pointer_out_.end(), 1) == 1 &&
         bytes(pointer_type_[static_cast<std::size_t>(out - pointer_out_.begin())]) * form_.lanes == 64;
}

// A mask of the first rcx lanes.
void emitter::first_lanes(const Xbyak::Opmask& mask) {
  mov(r11d, 1);
  shl(r11d, cl);
  dec(r11d);
  kmovd(mask, r11d);
}

// With all registers free, and what loops take of the stack.
void emitter::begin_loop(const loop_form& form) {
  form_ = form;
  top_ = base_;
  values_.free_all();
}

// Instructions [first, last) of the list.
void emitter::write(std::span<const instruction> list, int first, int last, const step& s) {
  const auto index = general_.keeping(rax, "the index");
  for (int at = first; at < last; ++at) {
    values_.at(at);
    op(list[static_cast<std::size_t>(at)], s);
    values_.release();
  }
}

// The body once more.
void emitter::next_body(std::span<const instruction> list, const step& s) {
  values_.begin_step(s.turn);
  body(list, s);
}

// Whole vectors of the result are stored past the caches, from where the first line of it begins: the elements before that run apart.
// Elements that lie across lines are left to the loop that follows, and so are short rows and what is less than a vector.
void emitter::stream_past_caches(std::span<const instruction> list) {
  constexpr int fewest = 16;  // vectors of a row, whose first and last lines are not whole
  const int out = static_cast<int>(std::find(pointer_out_.begin(), pointer_out_.end(), 1) - pointer_out_.begin());
  const int size = bytes(pointer_type_[static_cast<std::size_t>(out)]), line = form_.lanes * size, count = stack(8);
  Xbyak::Label aligned, again, not_here;
  cmp(r14, fewest * form_.lanes);
  jl(not_here, T_NEAR);
  mov(rcx, pointer_register(out));
  test(ecx, size - 1);
  jnz(not_here, T_NEAR);
  neg(rcx);
  and_(ecx, line - 1);
  jz(aligned, T_NEAR);
  shr(ecx, size == 8 ? 3 : 2);
  first_lanes(k(7));
  kmovq(k(6), k(7));
  mov(ptr[rsp + count], rcx);
  next_body(list, {.alone = form_.twice, .masked = true});
  mov(rax, ptr[rsp + count]);
  L(aligned);
  lea(rcx, ptr[r14 - form_.lanes]);
  cmp(rax, rcx);
  jg(not_here, T_NEAR);
  align(32);
  L(again);
  next_body(list, {.alone = form_.twice, .past_caches = true});
  add(rax, form_.lanes);
  cmp(rax, rcx);
  jle(again, T_NEAR);
  stored_past_caches_ = true;
  L(not_here);
}

void emitter::masked_loop(std::span<const instruction> list, bool past_caches) {
  if (!wide()) masks_home_ = stack(64);
  load_pointers();
  xor_(eax, eax);
  Xbyak::Label many, end;
  const bool divides = std::any_of(values_.begin(), values_.end(), [](const value& v) { return v.what == value::derived::reciprocal; });
  if (divides) {  // of few elements sooner by dividing, in a loop without the other way
    cmp(r14, fewest_multiplied * form_.lanes);
    jg(many, T_NEAR);
    masked_steps(list, true, false);
    jmp(end, T_NEAR);
    L(many);
  }
  masked_steps(list, false, past_caches);
  L(end);
}

void emitter::masked_steps(std::span<const instruction> list, bool divides, bool past_caches) {
  const bool alone = form_.twice && divides;
  const int step = form_.twice && !alone ? 2 * form_.lanes : form_.lanes;
  Xbyak::Label again, last, done;
  lea(rcx, ptr[r14 - step]);
  test(rcx, rcx);
  jl(last, T_NEAR);
  if (past_caches) {
    stream_past_caches(list);
    lea(rcx, ptr[r14 - step]);
    cmp(rax, rcx);
    jg(last, T_NEAR);
  }
  align(32);
  L(again);
  next_body(list, {.alone = alone, .divides = divides});
  add(rax, step);
  cmp(rax, rcx);
  jle(again, T_NEAR);

  L(last);
  mov(rcx, r14);
  sub(rcx, rax);
  jz(done, T_NEAR);
  make_masks();
  next_body(list, {.alone = form_.twice, .masked = true, .divides = divides});
  if (form_.twice) {
    add(rax, form_.lanes);
    cmp(rax, r14);
    jl(last, T_NEAR);
  }
  L(done);
}

void emitter::copying_loop(std::span<const instruction> list) {
  const std::size_t count = pointers_.size();
  std::vector<int> scratch(count), place(count);
  for (std::size_t i = 0; i < count; ++i) scratch[i] = stack(std::max(16, form_.lanes * bytes(pointer_type_[i])));
  for (std::size_t i = 0; i < count; ++i)
    if (pointer_out_[i]) place[i] = stack(8);
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
  if (wide()) { first_lanes(k(7)); }
  const int kept = pointers_kept_;
  release_pointers();
  for (std::size_t i = 0; i < count; ++i) {
    load_address(rdx, pointers_[i]);
    lea(rdx, ptr[rdx + rax * bytes(pointer_type_[i])]);
    if (pointer_out_[i]) mov(ptr[rsp + place[i]], rdx);
    else copy_last(pointer_type_[i], true, scratch[i]);
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
  xor_(eax, eax);
  mov(rcx, -1);
  jmp(again, T_NEAR);

  L(finish);
  release_pointers();
  mov(rcx, ptr[rsp + rest]);
  for (std::size_t i = 0; i < count; ++i)
    if (pointer_out_[i]) {
      mov(rdx, ptr[rsp + place[i]]);
      copy_last(pointer_type_[i], false, scratch[i]);
    }
  L(done);
}

// Copies the rcx last elements of a streamed operand, at rdx, to their place on the stack (`in`) or back. rsi and r11 are scratch.
void emitter::copy_last(dtype type, bool in, int scratch) {
  const int size = bytes(type), width = std::max(16, form_.lanes * size);
  const auto home = ptr[rsp + scratch];
  if (wide()) {
    const Xbyak::Xmm x = vec(values_.temporary(false), width);
    if (in) {
      size == 1 ? load_masked(x, size, Xbyak::RegExp(rdx)) : load_some(x, type, Xbyak::RegExp(rdx));
      vmovups(home, x);
    } else {
      vmovups(x, home);
      size == 1 ? vmovdqu8(ptr[rdx] | k(7), x) : move_bits(type, ptr[rdx] | k(7), x);
    }
  } else if (size == 1) {
    Xbyak::Label again;
    mov(rsi, rcx);
    L(again);
    if (in) mov(r11b, byte[rdx + rsi - 1]);
    else mov(r11b, byte[rsp + rsi + (scratch - 1)]);
    if (in) mov(byte[rsp + rsi + (scratch - 1)], r11b);
    else mov(byte[rdx + rsi - 1], r11b);
    dec(rsi);
    jnz(again);
  } else {
    // A window into 32 bytes of ones and 32 of zeros.
    const Xbyak::Ymm mask(values_.temporary(false)), x(values_.temporary(false));
    lea(r11, ptr[rip + masks()]);
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

// The last step's elements: k7 is for what it reads, k6 for what it writes; with AVX2 both are on the stack.
void emitter::load_masked(const Xbyak::Xmm& x, int size, const Xbyak::RegExp& from) {
  if (!wide()) {
    const Xbyak::Ymm mask(values_.temporary(false));
    vmovups(mask, ptr[rsp + masks_home_]);
    move_bits_where(integer_of(size), x, mask, ptr[from]);
  } else if (size == 1) {
    vmovdqu8(x | k(7) | T_z, ptr[from]);
  } else {
    move(integer_of(size), x | k(7) | T_z, ptr[from]);
  }
}
// The same with the first element in the lanes that are left out, as what the instructions do to reals there must not raise floating-point
// exceptions that the elements do not raise. The address is that of an element that the mask takes.
void emitter::load_some(const Xbyak::Xmm& x, dtype type, const Xbyak::RegExp& from) {
  const int size = bytes(type);
  if (!real(type)) return load_masked(x, size, from);
  if (wide()) {
    broadcast(x, ptr[from], size);
    move(type, x | k(7), ptr[from]);
  } else {
    const Xbyak::Ymm mask(values_.temporary(false)), y(x.getIdx());
    vmovups(mask, ptr[rsp + masks_home_]);
    move_bits_where(type, y, mask, ptr[from]);
    fill_rest(y, mask, from, size);
  }
}
// The element at `from` in the lanes of x that an AVX2 mask leaves out.
void emitter::fill_rest(const Xbyak::Ymm& x, const Xbyak::Ymm& mask, const Xbyak::RegExp& from, int size) {
  const Xbyak::Ymm first(values_.temporary(false));
  broadcast(first, ptr[from], size);
  vblendvps(x, first, x, mask);
}
void emitter::store_masked(const Xbyak::RegExp& to, int size, const Xbyak::Xmm& x) {
  if (!wide()) {
    const Xbyak::Ymm mask(values_.temporary(false));
    vmovups(mask, ptr[rsp + masks_home_ + 32]);
    move_bits_where(integer_of(size), ptr[to], mask, x);
  } else if (size == 1) {
    vmovdqu8(ptr[to] | k(6), x);
  } else {
    move(integer_of(size), ptr[to] | k(6), x);
  }
}

// For rcx elements that are left after rax others. Where there are others the step reads a whole vector, the last one, and writes the
// upper part of it: a masked read past the end of an array would wait for what was just written to the array behind it. A loop of two
// vectors a step may leave more than one: of those the first is read and written whole. Reductions with AVX2 read only what is left, since
// nothing moves lanes to where the tree has them.
void emitter::make_masks() {
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
  lea(rax, ptr[r14 - form_.lanes]);
  if (wide()) {
    mov(r11d, (1 << form_.lanes) - 1);
    kmovq(k(7), r11);
    neg(rcx);
    add(rcx, form_.lanes);
    shl(r11d, cl);
    and_(r11d, (1 << form_.lanes) - 1);
    kmovq(k(6), r11);
  } else {
    lea(r11, ptr[rip + masks()]);
    const Xbyak::Ymm mask(values_.temporary(false));
    vmovups(mask, ptr[r11]);
    vmovups(ptr[rsp + masks_home_], mask);
    vmovups(mask, ptr[r11 + rcx * form_.size + 32]);
    vmovups(ptr[rsp + masks_home_ + 32], mask);
    values_.release();
  }
  jmp(done);
  L(few);
  if (wide()) {
    first_lanes(k(7));
    kmovq(k(6), k(7));
  } else {
    lea(r11, ptr[rip + masks()]);
    neg(rcx);
    const Xbyak::Ymm mask(values_.temporary(false));
    vmovups(mask, ptr[r11 + rcx * form_.size + 32]);
    vmovups(ptr[rsp + masks_home_], mask);
    vmovups(ptr[rsp + masks_home_ + 32], mask);
    values_.release();
  }
  L(done);
}

}  // namespace tendril::jit
