// The values of a loop: which there are, where each is used, and which stand in which registers.
#include <algorithm>
#include <bit>
#include <optional>

#include "backends/jit/emitter.hpp"
#include "tendril/error.hpp"
#include "tendril/type.hpp"

namespace tendril::jit {
namespace {

constexpr int fewest_free = 12;  // registers that one instruction may need: operands, constants, a result, temporaries

}  // namespace

const Xbyak::Reg64& pointer_register(int i) {
  using namespace Xbyak::util;
  static const Xbyak::Reg64* all[] = {&rdx, &rsi, &rdi, &r8, &r9, &r10, &r12, &r13, &r15};
  return *all[i];
}

// Truth values that are vectors have the lanes of the loop's elements.
int emitter::bytes_of(dtype d) const { return std::max(16, form_.lanes * (d == dtype::bool_ ? form_.size : bytes(d))); }
int emitter::bytes_of(const value& v) const { return bytes_of(v.type); }

// The values of the loop, and where each is used.
void emitter::collect(std::span<const instruction> list) {
  values_.clear(2 * p_.slots.size());  // those of a second vector or row have numbers of their own
  folds_.clear();
  pointers_.clear();
  pointer_in_.clear();
  pointer_out_.clear();
  pointer_type_.clear();
  form_.size = 1;
  for (const instruction& i : list)
    for (dtype d : {i.operands, i.result})
      if (d != dtype::bool_) form_.size = std::max(form_.size, bytes(d));
  if (form_.size == 1) form_.size = 4;  // logic on bools alone, in a loop with other work before it was split off
  form_.lanes = form_.one_element() ? 1 : (wide() ? 64 : 32) / form_.size;

  const auto point = [&](value& v, bool out) {
    if (form_.one_element()) return;
    if (form_.twice && v.slot >= p_.slots.size()) {
      v.ahead = 1;
      v.pointer = values_[values_.find(static_cast<std::uint16_t>(v.slot - p_.slots.size()))].pointer;
      return;
    }
    v.pointer = static_cast<int>(pointers_.size());
    pointers_.push_back(v.slot);
    pointer_in_.push_back(!out);
    pointer_out_.push_back(out);
    pointer_type_.push_back(v.type);
  };
  const bool paired = form_.pairs(), grouped = form_.of_rows();
  for (std::size_t at = 0; at < list.size(); ++at) {
    const instruction& i = list[at];
    const auto use = [&](int id) { values_.use(id, static_cast<int>(at)); };
    for (int k = 0; k < i.inputs; ++k) {
      if (!i.in[k]) continue;
      if (k && takes_exponents(i)) {
        use(values_.add_single(i.in[k], i.operands, value::derived::exponent));
        continue;
      }
      int id = values_.find(i.in[k]);
      if (id < 0) {
        value v;
        v.slot = i.in[k];
        v.type = i.op->id == op_id::where && k == 0 ? dtype::bool_ : i.operands;
        v.mask = wide() && v.type == dtype::bool_;
        const auto where = slot_of(v.slot).what;
        const bool one = form_.one_element() || (i.scalars >> k & 1) || (grouped && where == engine::slot::kind::constant);
        v.spread = grouped && where == engine::slot::kind::external && (one || (paired && !moves(p_, slot_of(v.slot))));
        v.along = v.spread && !one;
        v.from = one && !v.spread ? value::origin::single : value::origin::streamed;
        if (v.from == value::origin::streamed) point(v, false);
        id = values_.add(std::move(v));
      }
      use(id);
    }
    if (i.what == instruction::kind::reduce) {
      if (!form_.twice || i.out < p_.slots.size()) folds_.push_back({folding_of(i.op->id), i.operands, i.out, i.part});
      if (!grouped) continue;
    }
    constant_list constants;
    const bool known =
        is_mathematics(i.op->id) && (form_.one_element() || (form_.twice && at % 2));  // which read them from memory, or have had them
    if (!known) constants_of(i, constants);
    if (const int k = divisor_of(i); divides_by_one(i)) {
      use(values_.add_single(i.in[k], i.operands, value::derived::reciprocal));
      use(values_.add_single(i.in[k], i.operands, value::derived::middling));
      constants.emplace_back(division_shift(i.operands), i.operands);
    }
    for (const auto& [bits, type] : constants) use(values_.add_single(bits, type));
    value v;
    v.slot = i.out;
    v.made = static_cast<int>(at);
    v.type = i.result;
    v.mask = wide() && v.type == dtype::bool_;
    v.stored = !grouped && slot_of(i.out).what != engine::slot::kind::inside;
    if (v.stored) point(v, true);
    values_.add(std::move(v));
  }
}

// How many values of the loop are needed at each of its instructions, beside single elements.
std::vector<int> emitter::live_values(std::span<const instruction> list, bool masks) const {
  return values_.live(list.size(), masks, [&](int at) { return form_.twice && in_turn(list[static_cast<std::size_t>(at)]); });
}

// The vector registers that the loop needs for its values and for what its instructions take in passing.
int emitter::pressure_of(std::span<const instruction> list) {
  const std::vector<int> live = live_values(list, false);
  int pressure = *std::max_element(live.begin(), live.end()) + 4;
  for (std::size_t at = 0; at < list.size(); ++at) {
    int needs = 2;  // of a quotient, beside three constants: a size and a difference
    if (is_mathematics(list[at].op->id)) needs = needs_of(list[at].op->id, list[at].operands).registers;
    else if (!divides_by_one(list[at])) continue;
    pressure = std::max(
        pressure, live[at] + std::popcount(list[at].scalars) + (form_.twice ? 2 * needs : needs) + (divides_by_one(list[at]) ? 3 : 0));
  }
  return pressure;
}

// Loads what does not change from step to step: into registers while the rest leaves some, else onto the stack.
void emitter::place_singles(std::span<const instruction> list) {
  if (form_.one_element()) return;  // one step: loaded when used
  int room = std::clamp(values_.vectors() - pressure_of(list), 0, std::max(values_.vectors() - fewest_free, 0));
  const std::vector<int> live_masks = live_values(list, true);
  int mask_room = std::clamp(5 - *std::max_element(live_masks.begin(), live_masks.end()) - 2, 0, 2);
  std::vector<value*> singles;
  for (value& v : values_)
    if (v.from == value::origin::single) singles.push_back(&v);
  // The most used first; of equals, in their order. (std::stable_sort would allocate behind a user's operator new.)
  std::sort(singles.begin(), singles.end(),
            [](auto* a, auto* b) { return a->uses.size() != b->uses.size() ? a->uses.size() > b->uses.size() : a < b; });
  for (value* v : singles) {
    int& left = v->mask ? mask_room : room;
    if (left > 0) {
      --left;
      v->fixed = true;
      values_.assign(*v, values_.take(v->mask));
      load_single(*v, v->reg);
    } else if (v->slot || v->what != value::derived::none) {  // others are read from the constants
      v->reg = values_.take(v->mask);
      load_single(*v, v->reg);
      v->home = save(*v);
      values_.give(v->mask, v->reg);
      v->reg = -1;
    }
  }
}

int emitter::save(const value& v) {
  const int home = stack(v.mask ? 8 : bytes_of(v));
  if (v.mask) kmovq(ptr[rsp + home], k(v.reg));
  else vmovups(ptr[rsp + home], reg(v));
  return home;
}

void emitter::restore(const value& v) {
  if (v.mask) kmovq(k(v.reg), ptr[rsp + v.home]);
  else vmovups(reg(v), ptr[rsp + v.home]);
}

void emitter::broadcast(const Xbyak::Xmm& x, std::uint64_t bits, dtype type) { broadcast(x, ptr[rip + number(bits)], bytes(type)); }

// One element, to all lanes.
void emitter::load_single(value& v, int index) {
  const int size = bytes(v.type);
  const Xbyak::Xmm x = vec(index, bytes_of(v));
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

void emitter::load_pointers() {
  const int count = static_cast<int>(pointers_.size());
  const int in_registers = count <= pointer_registers ? count : pointer_registers - 1;
  pointers_in_table_ = count > in_registers;
  for (int i = 0; i < count; ++i) {
    const std::uint16_t slot = pointers_[static_cast<std::size_t>(i)];
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
void emitter::release_pointers() {
  while (pointers_kept_) general_.release(pointer_register(--pointers_kept_));
}

// What a piece of code that takes vector registers by number asks before it does: those from `vectors` on are the function's own.
void emitter::require_vectors(int count) const {
  if (count > values_.vectors()) throw internal_error("[jit] a vector register that the function keeps is taken as scratch");
}

// The address of the current element of a streamed operand.
Xbyak::RegExp emitter::element(int pointer, int size, int vectors_ahead) {
  const int ahead = vectors_ahead * form_.lanes * size;
  if (!pointers_in_table_ || pointer < pointer_registers - 1) return pointer_register(pointer) + rax * size + ahead;
  mov(r15, ptr[rsp + pointer_table_ + 8 * pointer]);
  return r15 + rax * size + ahead;
}

// That of an element which all lanes share.
Xbyak::RegExp emitter::one_for_all(const value& v, const step& s) const {
  return pointer_register(v.pointer) + (v.along ? s.turn * bytes(v.type) : 0);
}

// Into a register, from wherever it is.
void emitter::load(value& v, const step& s) {
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

void emitter::store(const value& v, const step& s) {
  if (form_.one_element()) {
    if (const int at = row_registers_[v.slot]; at >= 0) return vmovaps(Xbyak::Xmm(at), reg(v));
    load_address(rax, v.slot);
    if (v.type == dtype::bool_) {
      if (v.mask) kmovd(r11d, k(v.reg));
      else vmovd(r11d, Xbyak::Xmm(v.reg));
      and_(r11d, 1);
      mov(byte[rax], r11b);
    } else {
      move_first(v.type, ptr[rax], reg(v));
    }
    return;
  }
  if (v.type != dtype::bool_) {
    const Xbyak::RegExp to = element(v.pointer, bytes(v.type), s.turn + v.ahead);
    if (s.masked) return store_masked(to, bytes(v.type), reg(v));
    s.past_caches ? vmovntps(ptr[to], reg(v)) : vmovups(ptr[to], reg(v));
    return;
  }
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

void emitter::body(std::span<const instruction> list, const step& s) {
  std::optional<general_registers::kept_register> index, limit;
  if (!form_.one_element()) {
    index.emplace(general_, rax, "the index");
    limit.emplace(general_, rcx, "the limit of the index");
  }
  for (std::size_t at = 0; at < list.size(); ++at) {
    const instruction& i = list[at];
    if (s.alone && at % 2) continue;
    values_.at(static_cast<int>(at));
    if (form_.twice && !s.alone && in_turn(i)) {
      const auto both = list.subspan(at++, most_in_turn);
      values_.at(static_cast<int>(at));
      is_mathematics(i.op->id) ? functions(both, s) : quotients_by_one(both, s);
    } else {
      op(i, s);
    }
    values_.release();
  }
  if (!s.alone) return;
  for (value& v : values_) values_.drop(v);  // single elements that the instructions left out would read
}

}  // namespace tendril::jit
