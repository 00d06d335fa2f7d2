// Rows of one operand against rows of another, as distances between points have them: what is reduced belongs to a row i, to a row j, or to
// neither.
//
// A register holds one element of as many rows j as it has lanes. These rows are transposed first, into a panel, once for all i. What
// belongs to i is one element for all lanes, which most instructions read from memory as they go. So the tree of a reduction (trees.cpp)
// runs from element to element without a shuffle, and it ends with the results of these j side by side. Elements come in the order in which
// that tree, walked depth-first, combines them: no more partial results wait than it has levels, in registers.
//
// Where registers allow, two rows i run at once on the elements of j that are loaded. Instructions of the second are those of the first on
// slots with other numbers (slot_of).
#include <algorithm>
#include <bit>
#include <utility>

#include "backends/jit/loops.hpp"

namespace tendril::jit {
namespace {

using kind = engine::slot::kind;

// x - y may be y - x for all that read it.
bool only_size_matters(std::span<const instruction> list, std::uint16_t slot) {
  return std::all_of(list.begin(), list.end(), [slot](const instruction& i) {
    if (std::count(i.in, i.in + i.inputs, slot) == 0 || i.op->id == op_id::square || i.op->id == op_id::abs) return true;
    return i.op->id == op_id::multiply && i.in[0] == i.in[1];
  });
}

}  // namespace

// The instructions of an element, then those on the results. Of two operands, that which has one element for all lanes is the second.
std::vector<instruction> loops::list_of_pairs(int rows) const {
  const auto& block = p_.phases[0].block;
  const auto without_j = [&](std::uint16_t s) { return p_.slots[s].what == kind::external && !moves(p_, p_.slots[s]); };
  const auto second = [&](std::uint16_t s) {
    const engine::slot& x = p_.slots[s];
    const bool shared = x.what == kind::absent || x.what == kind::constant || (x.what == kind::external && !moves(p_, x, 2));
    return static_cast<std::uint16_t>(shared ? s : s + p_.slots.size());
  };
  std::vector<instruction> list;
  for (const auto* part : {&block, &p_.phases[1].before})
    for (int row = 0; row < rows; ++row)
      for (instruction i : *part) {
        const bool turns = reads_memory(i.op->id) && (i.op->id != op_id::subtract || only_size_matters(block, i.out));
        if (part == &block && turns && without_j(i.in[0]) && !without_j(i.in[1])) {
          std::swap(i.in[0], i.in[1]);
          i.scalars = (i.scalars & 1) << 1 | (i.scalars >> 1 & 1);
        }
        if (row) {
          for (std::uint16_t& s : i.in) s = second(s);
          i.out = second(i.out);
        }
        list.push_back(i);
      }
  return list;
}

// Transposes the next `columns` elements of as many rows as a register has lanes: rdx is the first row, rsi the bytes from row to row, rdi
// where the columns go, a register each.
void loops::transpose_rows(int columns) {
  using namespace Xbyak::util;
  const int width = register_bytes(), lanes = form_.lanes;
  require_vectors(2 * lanes);
  const int parts = 16 / form_.size;  // elements in a lane of 16 bytes: a part of a register
  const auto x = [&](int i) { return vec(i, width); };
  const bool masked = columns < lanes;
  const Xbyak::Xmm mask = x(15);
  if (masked && wide()) {
    mov(ecx, columns);
    first_lanes(k(read_mask));
  } else if (masked) {
    lea(r11, ptr[rip + constants_.masks()]);
    vmovups(mask, ptr[r11 + (32 - columns * form_.size)]);
  }
  lea(r9, ptr[rsi + rsi * 2]);
  mov(r8, rdx);
  for (int r = 0; r < lanes; ++r) {
    const Xbyak::RegExp row = r % 4 == 0 ? r8 + 0 : r % 4 == 1 ? r8 + rsi : r % 4 == 2 ? r8 + rsi * 2 : r8 + r9;
    if (!masked) vmovups(x(r), ptr[row]);
    else if (wide()) load_masked(x(r), form_.size, row);
    else move_where(integer_of(form_.size), x(r), mask, ptr[row]);
    if (r % 4 == 3) lea(r8, ptr[r8 + rsi * 4]);
  }
  // Within parts: element w of part q of row r = parts g + i goes to place i of part q of register (g, w).
  int from = 0, to = lanes;
  for (int r = 0; parts == 4 && r < lanes; r += 2) {
    vunpcklps(x(to + r), x(from + r), x(from + r + 1));
    vunpckhps(x(to + r + 1), x(from + r), x(from + r + 1));
  }
  if (parts == 4) std::swap(from, to);
  for (int r = 0; r < lanes; r += parts)
    for (int half = 0; half < parts / 2; ++half) {
      const Xbyak::Xmm a = x(from + r + half), b = x(from + r + parts / 2 + half);
      vunpcklpd(x(to + r + 2 * half), a, b);
      vunpckhpd(x(to + r + 2 * half + 1), a, b);
    }
  std::swap(from, to);
  // Then whole parts: of register (g, w), part q goes to part g of column parts q + w.
  for (int w = 0; w < parts; ++w) {
    const auto of = [&](int g) { return x(from + g * parts + w); };
    const Xbyak::Xmm column = x(to);
    const auto store = [&](int q) { vmovups(ptr[rdi + (parts * q + w) * width], column); };
    if (!wide()) {
      for (int q = 0; q < 2 && parts * q + w < columns; ++q) {
        vperm2f128(Xbyak::Ymm(column.getIdx()), Xbyak::Ymm(of(0).getIdx()), of(1), q ? 0x31 : 0x20);
        store(q);
      }
      continue;
    }
    const Xbyak::Zmm even(to + 1), odd(to + 2), later_even(to + 3), later_odd(to + 4);
    const auto shuffle = [&](const Xbyak::Xmm& d, const Xbyak::Xmm& a, const Xbyak::Xmm& b, bool odd_ones) {
      vshuff64x2(Xbyak::Zmm(d.getIdx()), Xbyak::Zmm(a.getIdx()), b, odd_ones ? 0xdd : 0x88);
    };
    shuffle(even, of(0), of(1), false), shuffle(odd, of(0), of(1), true);
    shuffle(later_even, of(2), of(3), false), shuffle(later_odd, of(2), of(3), true);
    for (int q = 0; q < 4 && parts * q + w < columns; ++q) {
      shuffle(column, q % 2 ? odd : even, q % 2 ? later_odd : later_even, q / 2);
      store(q);
    }
  }
}

// The panel of what a slot of j points to.
void loops::make_panel(std::uint16_t slot, std::int64_t at) {
  using namespace Xbyak::util;
  using engine::row_walk;
  load_step(slot, offsetof(row_walk, panel_steps));
  mov(rsi, r11);
  mov(rdi, ptr[rcx + offsetof(row_walk, panels)]);
  if (at) add(rdi, static_cast<std::uint32_t>(at));
  mov(rdx, ptr[rbx + 8 * slot]);
  const auto whole = static_cast<int>(p_.row_size / form_.lanes), rest = static_cast<int>(p_.row_size % form_.lanes);
  if (whole) {
    Xbyak::Label again;
    mov(r10d, whole);
    L(again);
    transpose_rows(form_.lanes);
    add(rdx, register_bytes());
    add(rdi, form_.lanes * register_bytes());
    dec(r10d);
    jnz(again, T_NEAR);
  }
  if (rest) transpose_rows(rest);
}

// The frame is a row_walk along i, of no fewer rows than run at once.
void loops::rows_by_rows(int rows, Xbyak::Label& all_done) {
  using engine::row_walk;
  const std::vector<instruction> list = list_of_pairs(rows);
  Xbyak::Label again;
  begin_loop({loop_form::kind::pairs});
  collect(list);
  for (int row = 0; row < rows; ++row)
    for (const auto& r : p_.row_results) value_of_result(r.slot, row).uses.push_back(static_cast<int>(list.size()));
  std::int64_t panel = 0;
  for (const pointer& p : pointers_)
    if (moves(p_, slot_of(p.slot))) make_panel(p.slot, std::exchange(panel, panel + panel_bytes()));
  ones_ = values_.reserve();
  const int waiting = static_cast<int>(folds_.size()) * (log2_ceiling(p_.row_size) + 1);
  values_.reserve(waiting);
  place_singles(list);
  values_.limit_vectors(values_.vectors() + waiting);
  load_ones();
  xor_(eax, eax);
  load_pointers();
  load_walkers_of_pairs(rows);
  mov(rcx, ptr[rbp + interpreter_frame]);
  general_.open(r14, [&] { mov(r14, ptr[rcx + offsetof(row_walk, count)]); });

  align(32);
  L(again);
  write_pairs(list, rows);
  move_results(true, rows);
  for (const walker& w : walkers_) walk(w, w.ahead);
  general_.open(r14, [&] { sub(r14, rows); });
  jz(all_done, T_NEAR);
  if (rows > 1) {
    cmp(r14, rows);
    jge(again, T_NEAR);
    // one is left: it runs with the one before it
    move_results(false, 1);
    for (const walker& w : walkers_) {
      const Xbyak::Reg64& to = pointer_register(w.pointer);
      general_.open(to, [&] { sub(to, ptr[rsp + w.back]); });
    }
    general_.open(r14, [&] { mov(r14, rows); });
  }
  jmp(again, T_NEAR);
  emit_rare();
  release_pointers();
}

// Pointers to panels, which stay, and to the rows i, which move.
void loops::load_walkers_of_pairs(int rows) {
  using engine::row_walk;
  walkers_.clear();
  std::int64_t panel = 0;
  for (std::size_t i = 0; i < pointers_.size(); ++i) {
    if (moves(p_, slot_of(pointers_[i].slot))) {
      const Xbyak::Reg64& to = pointer_register(static_cast<int>(i));
      mov(rcx, ptr[rbp + interpreter_frame]);
      general_.open(to, [&] {
        mov(to, ptr[rcx + offsetof(row_walk, panels)]);
        if (panel) add(to, static_cast<std::uint32_t>(panel));
      });
      panel += panel_bytes();
      continue;
    }
    if (!moves(p_, slot_of(pointers_[i].slot), 2)) continue;
    const int back = stack(8), ahead = rows > 1 ? stack(8) : back;
    walkers_.push_back({static_cast<int>(i), ahead, back, back});
    load_step(pointers_[i].slot, offsetof(row_walk, steps));
    const Xbyak::Reg64& to = pointer_register(static_cast<int>(i));
    if (pointers_[i].slot >= p_.slots.size()) general_.open(to, [&] { add(to, r11); });
    mov(ptr[rsp + back], r11);
    if (rows == 1) continue;
    add(r11, r11);
    mov(ptr[rsp + ahead], r11);
  }
}

// The elements of as many rows i as run at once, and what becomes of their reductions.
void loops::write_pairs(std::span<const instruction> list, int rows) {
  const std::size_t body_size = static_cast<std::size_t>(rows) * p_.phases[0].block.size();
  combine_elements(list.first(body_size), 0, 1);
  values_.begin_step(0);
  for (accumulation& f : folds_) {
    if (watches_nans(f.op, f.type)) settle_nans(f.type, vec(f.partial.back(), register_bytes()));
    values_.assign(values_[values_.find(f.out)], f.partial.back());
    f.partial.clear();
  }
  write(list, static_cast<int>(body_size), static_cast<int>(list.size()), {});
  store_group(rows);
}

// Where the results go, so many rows on or back. rcx is the row_walk.
void loops::move_results(bool forward, int times) {
  using engine::row_walk;
  for (std::size_t k = 0; k < p_.row_results.size(); ++k) {
    mov(r11, ptr[rcx + (offsetof(row_walk, result_steps) + 8 * k)]);
    if (times == 2) add(r11, r11);
    const Xbyak::Address place = ptr[rcx + (offsetof(row_walk, results) + 8 * k)];
    forward ? add(place, r11) : sub(place, r11);
  }
}

// Elements first, first + stride, and so on: their partial results, one more for each reduction. False where the rows have none of these.
bool loops::combine_elements(std::span<const instruction> body, std::int64_t first, std::int64_t stride) {
  if (first >= p_.row_size) return false;
  if (stride >= std::max<std::int64_t>(form_.lanes, std::int64_t{1} << log2_ceiling(p_.row_size))) {
    const step s{.turn = static_cast<int>(first)};
    for (const instruction& i : body) count_operation(i, 1);
    values_.begin_step(s.turn);
    write(body, 0, static_cast<int>(body.size()), s);
    return true;
  }
  combine_elements(body, first, 2 * stride);
  if (!combine_elements(body, first + stride, 2 * stride)) return true;
  const bool two_registers = stride == form_.lanes && p_.row_size <= 2 * form_.lanes;  // of which the kernels take the second first
  for (accumulation& f : folds_) {
    const int later = f.partial.back(), earlier = f.partial[f.partial.size() - 2];
    const Xbyak::Xmm a = vec(earlier, register_bytes()), b = vec(later, register_bytes());
    if (two_registers) combine_two(f, a, b, a);
    else combine_two(f, a, a, b);
    values_.release();
    f.partial.pop_back();
    values_.give(false, later);
  }
  return true;
}

// The value of an element is a partial result: its register is, if nothing else needs it.
void loops::begin_partial(accumulation& f, value& v) {
  int r = v.reg;
  if (values_.ends_now(v)) {
    v.reg = -1;
  } else {
    r = values_.take(false);
    vmovaps(vec(r, register_bytes()), reg(v));
  }
  values_.occupy(r);
  f.partial.push_back(r);
}

}  // namespace tendril::jit
