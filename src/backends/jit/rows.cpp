// Short rows together: as many rows at a time as a register has lanes, so that what is one number a row becomes one register.
//
// For rows of at most eight registers that are only reduced: a row's elements run through the loop's body register by register, all in
// straight code, and are folded to one register in the kernels' tree (reduce.cpp). Registers of two rows are then halved into one, and so
// on: a network of shuffles that pairs what the tree pairs, and ends with the results of all rows side by side, in order. What the
// function does with them after (a square root, a division by a constant) is done once for all, and they are stored together. Operands that
// stay from row to row stay in registers. The last rows overlap those before.
#include <algorithm>

#include "backends/jit/emitter.hpp"
#include "tendril/type.hpp"

namespace tendril::jit {
namespace {

constexpr int width = 64;  // bytes of a register
constexpr std::int64_t most_vectors = 8;
constexpr std::size_t most_instructions = 1024, most_reductions = 2;
constexpr int for_body = 14;  // registers that a row's own values and constants must keep

int bytes(dtype d) { return static_cast<int>(size_of(d)); }

int ceiling(int n) {
  int power = 1;
  while (power < n) power *= 2;
  return power;
}

// Of an operand or a result of the group: does it have another element for each of the rows that follow each other?
bool moves(const stage_program& p, const engine::slot& s) {
  return p.externals[static_cast<std::size_t>(s.external)].axis[p.outer_axis.back()] >= 0;
}

}  // namespace

emitter::row_group emitter::rows_together(const stage_program& p, engine::isa isa) {
  using kind = engine::slot::kind;
  const row_group none;
  if (isa != engine::isa::avx512 || p.outer.empty() || p.row_results.empty() || p.phases.size() != 2) return none;
  const engine::phase &first = p.phases[0], &last = p.phases[1];
  if (!first.before.empty() || first.block.empty() || !last.block.empty()) return none;
  const int size = bytes(first.block[0].operands), lanes = width / size;
  if (size < 4 || p.row_size > most_vectors * lanes) return none;
  const auto vectors = static_cast<int>((p.row_size + lanes - 1) / lanes);
  if (first.block.size() * static_cast<std::size_t>(vectors * lanes) > most_instructions) return none;

  std::size_t reductions = 0;
  std::vector<std::uint16_t> streamed;
  const auto same_size = [&](const instruction& i) { return bytes(i.operands) == size && bytes(i.result) == size; };
  for (const instruction& i : first.block) {
    if (!i.loop || i.loop != first.block[0].loop || !same_size(i)) return none;
    if (i.what == instruction::kind::reduce) ++reductions;
    else if (p.slots[i.out].what != kind::inside) return none;
    if (const int k = divisor_of(i); k >= 0 && p.slots[i.in[k]].what == kind::external && (i.scalars >> k & 1)) return none;
    for (int k = 0; k < i.inputs; ++k)
      if (i.in[k] && p.slots[i.in[k]].what == kind::external && std::find(streamed.begin(), streamed.end(), i.in[k]) == streamed.end())
        streamed.push_back(i.in[k]);
  }
  if (!reductions || reductions > most_reductions || streamed.size() > pointer_registers) return none;
  for (const instruction& i : last.before) {
    if (!i.loop || !same_size(i) || i.what != instruction::kind::map || !emits(isa, i)) return none;
    for (int k = 0; k < i.inputs; ++k)
      if (p.slots[i.in[k]].what == kind::external) return none;  // one element a row, at any distance
  }
  for (const auto& r : p.row_results)
    if (p.externals[r.external].element_size != size) return none;
  return {vectors, p.row_size % lanes == 0};
}

// r14 elements; the frame is a row_walk. Runs all rows and jumps to `all_done`, or falls through where they do not lie so, or are few.
void emitter::group_of_rows(const row_group& group, Xbyak::Label& all_done) {
  using engine::row_walk;
  using value_origin = value::origin;
  std::vector<instruction> list = p_.phases[0].block;
  const auto body_size = static_cast<int>(list.size());
  list.insert(list.end(), p_.phases[1].before.begin(), p_.phases[1].before.end());
  const int vectors = vectors_;
  Xbyak::Label not_here, again;
  rows_ = group;
  where_ = accumulators::of_row;
  single_ = false;
  top_ = base_;
  vector_owner_.fill(free_register);
  mask_owner_.fill(free_register);
  collect(list);
  const int size = size_, rows = lanes_;

  // Registers that are the same for all rows: accumulators of a row, what waits in the network, operands that stay.
  const int levels = rows == 16 ? 4 : 3;
  for (accumulation& f : folds_) {
    f.first = vectors_ -= std::max(1, ceiling(group.vectors) / 2);
    f.waiting = vectors_ -= levels;
  }
  network_ = vectors_ -= 2;
  for (value& v : values_)
    if (v.from == value_origin::streamed && !v.spread && !moves(p_, p_.slots[v.slot]) && vectors_ - group.vectors >= for_body)
      v.kept = vectors_ -= group.vectors;

  mov(rcx, ptr[rbp - 56]);
  cmp(qword[rcx + offsetof(row_walk, count)], rows);
  jl(not_here, T_NEAR);
  for (std::size_t k = 0; k < p_.row_results.size(); ++k) {
    cmp(qword[rcx + (offsetof(row_walk, result_steps) + 8 * k)], size);
    jne(not_here, T_NEAR);
  }
  place_singles(list);
  load_pointers();
  xor_(eax, eax);
  if (!group.exact) {
    lea(rcx, ptr[r14 - (group.vectors - 1) * lanes_]);
    first_lanes(k(7));
  }
  mov(rcx, ptr[rbp - 56]);
  mov(r14, ptr[rcx + offsetof(row_walk, count)]);

  // From row to row: neighbours in the network follow each other, so it goes three strides ahead, back to the row after the first, and so
  // on.
  struct walker {
    int pointer, ahead, back, step;  // where the distances are, on the stack
  };
  std::vector<walker> walkers;
  const int stride = rows / 4;
  mov(rcx, ptr[rcx + offsetof(row_walk, steps)]);
  for (std::size_t i = 0; i < pointers_.size(); ++i) {
    const std::uint16_t slot = pointers_[i];
    if (!moves(p_, p_.slots[slot])) continue;
    const auto nth = std::count_if(p_.slots.begin(), p_.slots.begin() + slot,
                                   [](const engine::slot& s) { return s.what == engine::slot::kind::external; });
    const walker w{static_cast<int>(i), stack(8), stack(8), stack(8)};
    walkers.push_back(w);
    mov(r11, ptr[rcx + 8 * nth]);
    mov(ptr[rsp + w.step], r11);
    imul(r11, r11, stride);
    mov(ptr[rsp + w.ahead], r11);
    imul(r11, r11, -3);
    add(r11, ptr[rsp + w.step]);
    mov(ptr[rsp + w.back], r11);
  }
  for (value& v : values_) {
    if (v.kept < 0) continue;
    v.fixed = true;
    for (turn_ = 0; turn_ < group.vectors; ++turn_) {
      const Xbyak::Xmm x = vec(v.kept + turn_, width);
      masked_ = !group.exact && turn_ + 1 == group.vectors;
      const Xbyak::RegExp from = element(v.pointer, size);
      masked_ ? load_masked(x, size, from) : vmovups(x, ptr[from]);
    }
  }
  masked_ = false;

  align(32);
  L(again);
  for (row_turn_ = 0; row_turn_ < rows; ++row_turn_) {
    for (turn_ = 0; turn_ < group.vectors; ++turn_) {
      masked_ = !group.exact && turn_ + 1 == group.vectors;
      begin_body();
      for (now_ = 0; now_ < body_size; ++now_) {
        op(list[static_cast<std::size_t>(now_)]);
        release();
      }
    }
    masked_ = false;
    turn_ = 0;
    for (const walker& w : walkers) {
      const int distance = row_turn_ + 1 == rows ? w.step : row_turn_ % 4 == 3 ? w.back : w.ahead;
      add(pointer_register(w.pointer), ptr[rsp + distance]);
    }
    for (const accumulation& f : folds_) end_row(f);
  }

  begin_body();
  for (const accumulation& f : folds_) {
    value& v = values_[static_cast<std::size_t>(find(f.out))];
    v.reg = f.first;
    v.fixed = true;
  }
  for (now_ = body_size; now_ < static_cast<int>(list.size()); ++now_) {
    op(list[static_cast<std::size_t>(now_)]);
    release();
  }
  mov(rcx, ptr[rbp - 56]);
  for (std::size_t k = 0; k < p_.row_results.size(); ++k) {
    value& v = values_[static_cast<std::size_t>(find(p_.row_results[k].slot))];
    load(v);
    const std::size_t place = offsetof(row_walk, results) + 8 * k;
    mov(r11, ptr[rcx + place]);
    vmovups(ptr[r11], reg(v));
    add(qword[rcx + place], rows * size);
  }
  for (value& v : values_) {
    if (v.from == value_origin::computed) v.fixed = false, v.reg = -1;
  }
  sub(r14, rows);
  jz(all_done, T_NEAR);
  cmp(r14, rows);
  jge(again, T_NEAR);
  // fewer are left: back by what is missing
  sub(r14, rows);
  for (const walker& w : walkers) {
    mov(r11, ptr[rsp + w.step]);
    imul(r11, r14);
    add(pointer_register(w.pointer), r11);
  }
  for (std::size_t k = 0; k < p_.row_results.size(); ++k) {
    lea(r11, ptr[r14 * size]);
    add(ptr[rcx + (offsetof(row_walk, results) + 8 * k)], r11);
  }
  mov(r14, rows);
  jmp(again, T_NEAR);
  emit_rare();

  L(not_here);
  rows_ = {};
  where_ = accumulators::in_registers;
  vectors_ = vectors;
}

// Register number turn_ of a row joins its tree.
void emitter::join_row(const accumulation& f, Xbyak::Xmm x) {
  if (masked_) {
    const Xbyak::Xmm some = vec(temporary(false), width);
    broadcast(some, identity_of(f.op, f.type), f.type);
    bytes(f.type) == 8 ? vmovapd(some | k(7), x) : vmovaps(some | k(7), x);
    x = some;
  }
  const int half = ceiling(rows_.vectors) / 2;
  const Xbyak::Xmm a = vec(f.first + (half ? turn_ % half : 0), width);
  if (turn_ < std::max(1, half)) return vmovaps(a, x);
  if (half == 1) join_two(f, a, x, a);  // the kernels' order for two registers
  else join_two(f, a, a, x);
}

// d = op(a, b), where a NaN stays.
void emitter::join_two(const accumulation& f, const Xbyak::Xmm& d, const Xbyak::Xmm& a, const Xbyak::Xmm& b) {
  if (watches_nans(f.op, f.type)) {
    const Xbyak::Xmm t = vec(temporary(false), width);
    extremum(f.type, f.op == folding::larger, t, a, b);
    vmovaps(d, t);
  } else {
    combine(f.op, f.type, d, a, b);
  }
}

// A row is folded to one register, and that joins those of the rows before as far as they are complete.
void emitter::end_row(const accumulation& f) {
  const Xbyak::Xmm low = vec(network_, width), high = vec(network_ + 1, width);
  for (int half = ceiling(rows_.vectors) / 4; half > 0; half /= 2)
    for (int j = f.first; j < f.first + half; ++j) join_two(f, vec(j, width), vec(j, width), vec(j + half, width));
  int level = 0;
  for (int turn = row_turn_; turn & 1; turn >>= 1, ++level) {
    const Xbyak::Zmm a(f.waiting + level), b(f.first), l(network_), h(network_ + 1);
    switch (level) {
      case 0: vshuff64x2(l, a, b, 0x44), vshuff64x2(h, a, b, 0xee); break;  // halves
      case 1: vshuff64x2(l, a, b, 0x88), vshuff64x2(h, a, b, 0xdd); break;  // quarters, the even and the odd ones
      case 2: vunpcklpd(l, a, b), vunpckhpd(h, a, b); break;                // halves of quarters
      default: vshufps(l, a, b, 0x88), vshufps(h, a, b, 0xdd);              // of these
    }
    join_two(f, vec(f.first, width), low, high);
    release();
  }
  if (row_turn_ + 1 < lanes_) vmovaps(vec(f.waiting + level, width), vec(f.first, width));
  release();
}

}  // namespace tendril::jit
