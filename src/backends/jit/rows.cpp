// Short rows together: as many rows at a time as a register has lanes, so that what is one number a row becomes one register.
//
// For rows of at most eight registers that are only reduced: a row's elements run through the loop's body register by register, all in
// straight code, and are folded to one register in the kernels' tree (trees.cpp). Registers of two rows are then halved into one, and so
// on: a network of shuffles that pairs what the tree pairs, and ends with the results of all rows side by side, in order. What the
// function does with them after (a square root, a division by a constant) is done once for all, and they are stored together. Operands that
// stay from row to row stay in registers. The last rows overlap those before.
#include <algorithm>
#include <bit>

#include "backends/jit/loops.hpp"

namespace tendril::jit {
namespace {

constexpr int width = 64;     // bytes of a register
constexpr int for_body = 13;  // registers that a row's own values and constants must keep

int levels_of(int lanes) { return lanes == 16 ? 4 : 3; }  // of the network

int ceiling(int n) {
  int power = 1;
  while (power < n) power *= 2;
  return power;
}

}  // namespace

// r14 elements; the frame is a row_walk. Runs all rows and jumps to `all_done`, or falls through where they do not lie so, or are few.
void loops::group_of_rows(const row_group& group, Xbyak::Label& all_done) {
  using engine::row_walk;
  std::vector<instruction> list = p_.phases[0].block;
  const auto body_size = static_cast<int>(list.size());
  list.insert(list.end(), p_.phases[1].before.begin(), p_.phases[1].before.end());
  const int vectors = values_.vectors();
  Xbyak::Label not_here, again;
  begin_loop({.what = loop_form::kind::rows, .group = group});
  collect(list);
  const int size = form_.size, rows = form_.lanes;
  for (const auto& r : p_.row_results) value_of_result(r.slot, 0).uses.push_back(static_cast<int>(list.size()));
  reserve_for_rows();

  mov(rcx, ptr[rbp + interpreter_frame]);
  cmp(qword[rcx + offsetof(row_walk, count)], rows);
  jl(not_here, T_NEAR);
  for (std::size_t k = 0; k < p_.row_results.size(); ++k) {
    cmp(qword[rcx + (offsetof(row_walk, result_steps) + 8 * k)], size);
    jne(not_here, T_NEAR);
  }
  place_singles(list);
  load_ones();
  xor_(eax, eax);
  if (!group.exact) {
    lea(rcx, ptr[r14 - (group.vectors - 1) * form_.lanes]);
    first_lanes(k(read_mask));
  }
  load_walkers();
  load_kept();
  mov(rcx, ptr[rbp + interpreter_frame]);
  general_.open(r14, [&] { mov(r14, ptr[rcx + offsetof(row_walk, count)]); });

  align(32);
  L(again);
  for (int row = 0; row < rows; ++row) write_row(list, body_size, row);
  values_.begin_step(0);
  for (const accumulation& f : folds_) {
    if (watches_nans(f.op, f.type)) settle_nans(f.type, vec(f.first, width));
    value& v = values_[values_.find(f.out)];
    v.reg = f.first;
    v.fixed = true;
  }
  write(list, body_size, static_cast<int>(list.size()), {});
  store_group(1);
  for (std::size_t k = 0; k < p_.row_results.size(); ++k) add(qword[rcx + (offsetof(row_walk, results) + 8 * k)], rows * size);

  general_.open(r14, [&] { sub(r14, rows); });
  jz(all_done, T_NEAR);
  cmp(r14, rows);
  jge(again, T_NEAR);
  back_to_whole_group();
  jmp(again, T_NEAR);
  emit_rare();

  L(not_here);
  release_pointers();
  values_.limit_vectors(vectors);
}

// Registers that are the same for all rows: accumulators of a row, what waits in the network, operands that stay.
void loops::reserve_for_rows() {
  const int vectors = form_.group.vectors;
  for (accumulation& f : folds_) {
    f.first = values_.reserve(std::max(1, ceiling(vectors) / 2));
    f.waiting = values_.reserve(levels_of(form_.lanes));
  }
  network_ = values_.reserve(2);
  ones_ = values_.reserve();
  for (value& v : values_)
    if (v.from == value::origin::streamed && !v.spread && !moves(p_, slot_of(v.slot)) && values_.vectors() - vectors >= for_body)
      v.kept = values_.reserve(vectors);
}

// Operands that stay from row to row, to their registers.
void loops::load_kept() {
  for (value& v : values_) {
    if (v.kept < 0) continue;
    v.fixed = true;
    for (int turn = 0; turn < form_.group.vectors; ++turn) {
      const Xbyak::Xmm x = vec(v.kept + turn, width);
      const Xbyak::RegExp from = element(v.pointer, form_.size, turn);
      part_of_row(turn).masked ? load_some(x, v.type, from) : vmovups(x, ptr[from]);
    }
  }
}

void loops::write_row(std::span<const instruction> list, int body_size, int row) {
  for (const instruction& i : p_.phases[0].block) count_operation(i, form_.group.vectors);
  for (int turn = 0; turn < form_.group.vectors; ++turn) {
    values_.begin_step(turn);
    write(list, 0, body_size, part_of_row(turn));
  }
  for (const walker& w : walkers_) walk(w, row + 1 == form_.lanes ? w.step : row % 4 == 3 ? w.back : w.ahead);
  for (const accumulation& f : folds_) end_row(f, row);
}

// Fewer rows than a group has are left, r14: back by what is missing. rcx is the row_walk.
void loops::back_to_whole_group() {
  using engine::row_walk;
  const int rows = form_.lanes;
  general_.open(r14, [&] { sub(r14, rows); });
  for (const walker& w : walkers_) {
    mov(r11, ptr[rsp + w.step]);
    imul(r11, r14);
    const Xbyak::Reg64& to = pointer_register(w.pointer);
    general_.open(to, [&] { add(to, r11); });
  }
  for (std::size_t k = 0; k < p_.row_results.size(); ++k) {
    lea(r11, ptr[r14 * form_.size]);
    add(ptr[rcx + (offsetof(row_walk, results) + 8 * k)], r11);
  }
  general_.open(r14, [&] { mov(r14, rows); });
}

value& loops::value_of_result(std::uint16_t slot, int row) {
  return values_[values_.find(static_cast<std::uint16_t>(slot + static_cast<std::size_t>(row) * p_.slots.size()))];
}

// A register of ones, for sums by units that multiply.
void loops::load_ones() {
  const Xbyak::Xmm x = vec(ones_, register_bytes());
  const dtype t = form_.size == 8 ? dtype::float64 : dtype::float32;
  broadcast(x, bits_of(t, 1), t);
  additions_ = multiplications_ = 0;
}

// Which units an instruction of a body keeps busy.
void loops::count_operation(const instruction& i, int times) {
  if (i.what != instruction::kind::map) return;
  const bool multiplies = i.op->id == op_id::multiply || i.op->id == op_id::square || i.op->id == op_id::multiply_add;
  (multiplies ? multiplications_ : additions_) += times;
}

// How far it is from row to row of a pointer's operand, to r11, by the steps that stand at `which` in the row_walk, which rcx is after.
void loops::load_step(std::uint16_t pointer_slot, std::size_t which) {
  const engine::slot& s = slot_of(pointer_slot);
  const auto nth =
      static_cast<int>(std::count_if(p_.slots.data(), &s, [](const auto& x) { return x.what == engine::slot::kind::external; }));
  mov(rcx, ptr[rbp + interpreter_frame]);
  mov(r11, ptr[rcx + which]);
  mov(r11, ptr[r11 + 8 * nth]);
}

// The pointers, and how they move from row to row. Neighbours in the network follow each other: the order is three strides ahead, back to
// the row after the first, and so on.
void loops::load_walkers() {
  load_pointers();
  walkers_.clear();
  for (std::size_t i = 0; i < pointers_.size(); ++i) {
    if (!moves(p_, slot_of(pointers_[i].slot))) continue;
    const int ahead = stack(8), back = stack(8), step = stack(8);
    walkers_.push_back({static_cast<int>(i), ahead, back, step});
    load_step(pointers_[i].slot, offsetof(engine::row_walk, steps));
    mov(ptr[rsp + step], r11);
    imul(r11, r11, form_.lanes / 4);
    mov(ptr[rsp + ahead], r11);
    imul(r11, r11, -3);
    add(r11, ptr[rsp + step]);
    mov(ptr[rsp + back], r11);
  }
}

// A pointer on to another row, by the distance that is at this place on the stack.
void loops::walk(const walker& w, int distance) {
  const Xbyak::Reg64& to = pointer_register(w.pointer);
  general_.open(to, [&] { add(to, ptr[rsp + distance]); });
}

// The results of a group of rows, or of a vector's j for each of these i, to where they belong; rcx is the row_walk after.
void loops::store_group(int rows) {
  using engine::row_walk;
  mov(rcx, ptr[rbp + interpreter_frame]);
  for (std::size_t k = 0; k < p_.row_results.size(); ++k) {
    mov(r11, ptr[rcx + (offsetof(row_walk, results) + 8 * k)]);
    for (int row = 0; row < rows; ++row) {
      if (row) add(r11, ptr[rcx + (offsetof(row_walk, result_steps) + 8 * k)]);
      value& v = value_of_result(p_.row_results[k].slot, row);
      load(v, {});
      vmovups(ptr[r11], reg(v));
    }
  }
  for (value& v : values_) {
    if (v.from != value::origin::computed) continue;
    v.fixed = false;
    values_.drop(v);
  }
}

// The register of a row that is the last may have fewer elements.
step loops::part_of_row(int turn) const { return {.turn = turn, .masked = !form_.group.exact && turn + 1 == form_.group.vectors}; }

// The register of a row goes into its tree.
void loops::accumulate_row(const accumulation& f, Xbyak::Xmm x, const step& s) {
  if (s.masked) {
    const Xbyak::Xmm some = vec(values_.temporary(false), width);
    broadcast(some, identity_of(f.op, f.type), f.type);
    copy(f.type, some | k(read_mask), x);
    x = some;
  }
  const int half = ceiling(form_.group.vectors) / 2;
  const Xbyak::Xmm a = vec(f.first + (half ? s.turn % half : 0), width);
  if (s.turn < std::max(1, half)) return vmovaps(a, x);
  if (half == 1) combine_two(f, a, x, a);  // the kernels' order for two registers
  else combine_two(f, a, a, x);
}

// d = op(a, b), where a NaN stays.
void loops::combine_two(const accumulation& f, const Xbyak::Xmm& d, const Xbyak::Xmm& a, const Xbyak::Xmm& b) {
  if (watches_nans(f.op, f.type)) {
    const Xbyak::Xmm t = vec(values_.temporary(false), register_bytes());
    extremum(f.type, f.op == folding::larger, t, a, b);
    vmovaps(d, t);
  } else if (f.op == folding::sum && real(f.type) && d.getIdx() == a.getIdx() && multiplications_ < additions_) {
    // a 1 + b is the same number: whichever units have less to do
    ++multiplications_;
    const Xbyak::Xmm ones = vec(ones_, register_bytes());
    multiply_add(f.type, d, ones, b);
  } else {
    ++additions_;
    combine(f.op, f.type, d, a, b, -1);
  }
}

// A row is folded to one register, and that is combined with those of the rows before as far as they are complete.
void loops::end_row(const accumulation& f, int row) {
  const Xbyak::Xmm low = vec(network_, width), high = vec(network_ + 1, width);
  for (int half = ceiling(form_.group.vectors) / 4; half > 0; half /= 2)
    for (int j = f.first; j < f.first + half; ++j) combine_two(f, vec(j, width), vec(j, width), vec(j + half, width));
  int level = 0;
  for (int turn = row; turn & 1; turn >>= 1, ++level) {
    const Xbyak::Zmm a(f.waiting + level), b(f.first), l(network_), h(network_ + 1);
    switch (level) {
      case 0: vshuff64x2(l, a, b, 0x44), vshuff64x2(h, a, b, 0xee); break;  // halves
      case 1: vshuff64x2(l, a, b, 0x88), vshuff64x2(h, a, b, 0xdd); break;  // quarters, the even and the odd ones
      case 2: vunpcklpd(l, a, b), vunpckhpd(h, a, b); break;                // halves of quarters
      default: vshufps(l, a, b, 0x88), vshufps(h, a, b, 0xdd);              // of these
    }
    combine_two(f, vec(f.first, width), low, high);
    values_.release();
  }
  if (row + 1 < form_.lanes) vmovaps(vec(f.waiting + level, width), vec(f.first, width));
  values_.release();
}

// NaN in x, of largest or smallest elements side by side, becomes the one NaN that reductions give.
void loops::settle_nans(dtype t, const Xbyak::Xmm& x) {
  const Xbyak::Address from = ptr[rip + constants_.number(bits_of(t, std::numeric_limits<double>::quiet_NaN()))];
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

}  // namespace tendril::jit
