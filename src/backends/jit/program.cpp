// Programs to code: functions, calls of block kernels, and the key under which code is shared.
#include "array/warn.hpp"
#include "backends/jit/code.hpp"
#include "backends/jit/emitter.hpp"
#include "kernels/backend.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <memory>
#include <mutex>
#include <numeric>
#include <utility>

namespace tendril::jit {
namespace {

const Xbyak::Reg64& reg64(int i) {
  using namespace Xbyak::util;
  static const Xbyak::Reg64* all[] = {&rdi, &rsi, &rdx, &rcx};
  return *all[i];
}

// Where the address of the view's elements stands among the views.
std::size_t data_of(const engine::operand_place& place) {
  return static_cast<std::size_t>(place.view) * sizeof(array_view) + offsetof(array_view, data);
}

}  // namespace

emitter::emitter(const stage_program& p, engine::isa isa, std::span<std::uint8_t> memory)
    : vocabulary(isa, memory.subspan(room_for_constants)), values_(*this, {1, 6}), p_(p), start_(memory.data() + room_for_constants) {}

// Below the one before, in no more cache lines than it needs.
template <class T>
const void* emitter::place(std::span<const T> data) {
  const std::size_t size = data.size_bytes(), alignment = std::min(std::bit_floor(size), line);
  constants_size_ = (constants_size_ + size + alignment - 1) / alignment * alignment;
  if (constants_size_ > room_for_constants) throw Xbyak::Error(Xbyak::ERR_CODE_IS_TOO_BIG);
  return std::memcpy(start_ - constants_size_, data.data(), size);
}

const void* emitter::number(std::uint64_t bits) {
  const void*& at = numbers_[bits];
  return at ? at : at = place<std::uint64_t>({{bits}});
}

const void* emitter::vector_of_one(std::uint64_t bits, std::size_t size) {
  const void*& at = vectors_of_one_[{bits, size}];
  if (at) return at;
  std::array<std::uint64_t, 4> all;
  all.fill(size == 8 ? bits : bits << 32 | bits);
  return at = place<std::uint64_t>(all);
}

const void* emitter::masks() {
  constexpr std::uint64_t ones = ~std::uint64_t{0};
  static constexpr std::uint64_t all[] = {ones, ones, ones, ones, 0, 0, 0, 0, ones, ones, ones, ones};
  return masks_ ? masks_ : masks_ = place<std::uint64_t>(all);
}

const void* emitter::turns(dtype t) {
  const auto numbers = [this]<class T>(std::array<T, 128 / sizeof(T)> all) {
    std::iota(all.begin(), all.end(), T{0});
    return place<T>(all);
  };
  const bool is64 = size_of(t) == 8;
  const void*& at = turns_[is64 ? 0 : 1];
  if (!at) at = is64 ? numbers(std::array<std::uint64_t, 16>()) : numbers(std::array<std::uint32_t, 32>());
  return at;
}

int emitter::stack(int bytes) {
  top_ = (top_ + bytes - 1) / bytes * bytes;  // bytes is a power of two, at most 64
  const int at = top_;
  top_ += bytes;
  frame_ = std::max(frame_, top_);
  return at;
}

// Whether a loop may need pointers in registers that a function must leave as they were.
bool emitter::many_pointers() const {
  using kind = engine::slot::kind;
  return std::count_if(p_.slots.begin(), p_.slots.end(), [](const engine::slot& s) {
           return s.what == kind::external || s.what == kind::buffer || s.what == kind::saved || s.what == kind::column;
         }) > scratch_pointers;
}

// What all functions begin with. Eight bytes at rbp - 56 are for the frame of the interpreter.
std::size_t emitter::enter() {
  align(16);
  const std::size_t start = getSize();
  base_ = top_ = frame_ = static_cast<int>(sizeof(engine::block_args));
  values_.limit_vectors(wide() ? 32 : 16);
  row_registers_.assign(p_.slots.size(), -1);
  push(rbp);
  mov(rbp, rsp);
  push(rbx);
  push(r14);
  if (many_pointers()) {
    push(r12);
    push(r13);
    push(r15);
  }
  sub(rsp, 0x12345678);
  frame_at_ = getSize() - 4;
  and_(rsp, -64);
  general_.keep(rsp, "the stack");
  general_.keep(rbp, "the frame");
  return start;
}

std::size_t emitter::open() {
  const std::size_t start = enter();
  mov(r14, rsi);
  general_.keep(r14, "the number of elements");
  mov(ptr[rbp - 56], rdx);
  mov(rbx, rdi);
  general_.keep(rbx, "the table of slots");
  return start;
}

void emitter::close() {
  general_.release_all();
  if (std::exchange(stored_past_caches_, false)) sfence();
  vzeroupper();
  if (many_pointers()) {
    lea(rsp, ptr[rbp - 40]);
    pop(r15);
    pop(r13);
    pop(r12);
  } else {
    lea(rsp, ptr[rbp - 16]);
  }
  pop(r14);
  pop(rbx);
  pop(rbp);
  ret();
  const std::uint32_t bytes = static_cast<std::uint32_t>((frame_ + 48 + 63) / 64 * 64);
  rewrite(frame_at_, bytes, 4);
}

void emitter::call(const void* function) {
  mov(rax, reinterpret_cast<std::size_t>(function));
  assembler::call(rax);
}

void emitter::call_kernel(const instruction& i, const list_place& place) {
  const bool long_row = place.long_row;
  const auto slot = [&](std::uint16_t s) { return ptr[rbx + 8 * s]; };
  const auto argument = [&](int k, std::uint16_t s) { mov(reg64(k), slot(s)); };
  if (folds(isa(), i)) return reduce(i, long_row);
  if (i.what == instruction::kind::seek) {
    argument(0, long_row ? i.part2 : i.out);
    argument(1, i.in[0]);
    argument(2, long_row ? i.part : i.in[1]);
    mov(rcx, r14);
    return call(reinterpret_cast<const void*>(i.seek));
  }
  if (i.what == instruction::kind::reduce) {
    argument(0, long_row ? i.part : i.out);
    argument(1, i.in[0]);
    mov(rdx, r14);
    return call(reinterpret_cast<const void*>(i.reduce));
  }
  using engine::block_args;
  const auto put = [&](std::size_t at, std::uint16_t s) {
    if (s == 0) {
      mov(qword[rsp + at], 0);
      return;
    }
    mov(rax, slot(s));
    mov(ptr[rsp + at], rax);
  };
  put(offsetof(block_args, out), i.out);
  for (int k = 0; k < i.inputs; ++k) put(offsetof(block_args, in) + 8 * static_cast<std::size_t>(k), i.in[k]);
  if (place.single) {
    mov(qword[rsp + offsetof(block_args, n)], 1);
  } else {
    mov(ptr[rsp + offsetof(block_args, n)], r14);
  }
  mov(dword[rsp + offsetof(block_args, scalars)], i.scalars);
  mov(rdi, rsp);
  call(reinterpret_cast<const void*>(i.map));
}

void emitter::transfer(std::size_t phase, bool out) {
  Xbyak::Label none;
  mov(rdi, ptr[rbp - 56]);
  test(rdi, rdi);
  jz(none, T_NEAR);
  mov(esi, static_cast<std::uint32_t>(phase));
  mov(edx, out ? 1 : 0);
  vzeroupper();  // what it calls may be for a processor without AVX
  call(reinterpret_cast<const void*>(&engine::transfer));
  L(none);
}

void emitter::run_list(const std::vector<instruction>& list, const list_place& place) {
  for (std::size_t k = 0; k < list.size();) {
    if (!list[k].loop) {
      call_kernel(list[k++], place);
      continue;
    }
    std::size_t end = k;
    while (end < list.size() && list[end].loop == list[k].loop) ++end;
    loop({list.data() + k, end - k}, place);
    k = end;
  }
}

void emitter::run_phases(bool transfers) {
  for (std::size_t ph = 0; ph < p_.phases.size(); ++ph) {
    const engine::phase& x = p_.phases[ph];
    mark(engine::code_mark::kind::phase, ph, getSize());
    run_list(x.before, {.single = true});
    if (transfers && !x.reads.empty()) transfer(ph, false);
    run_list(x.block, {.past_caches = x.past_caches});
    if (transfers && !x.writes.empty()) transfer(ph, true);
  }
}

std::size_t emitter::row_function() {
  const std::size_t start = open();
  mark(engine::code_mark::kind::row, 0, start);
  run_phases(true);
  close();
  return start;
}

// Of a function that calls nothing and needs few pointers, the addresses of the views stay in registers: what is read from there is known
// sooner than by way of the table, which counts where a call is over in a few nanoseconds.
void emitter::keep_views() {
  using kind = engine::slot::kind;
  if (!p_.operand_offsets.empty()) return;
  bool reduces = false;
  for (const engine::phase& ph : p_.phases)
    for (const auto* list : {&ph.before, &ph.block})
      for (const instruction& i : *list) {
        if (!i.loop && !folds(isa(), i)) return;
        reduces |= !i.loop;
      }
  const auto pointers = std::count_if(p_.slots.begin(), p_.slots.end(),
                                      [](const engine::slot& s) { return s.what == kind::external || s.what == kind::buffer; });
  if (pointers <= 2) inputs_ = &rdi, results_ = &r8;
  else if (pointers <= 4 && !reduces) inputs_ = &r9, results_ = &r10;
}

// Where the elements of a slot are.
void emitter::load_address(const Xbyak::Reg64& to, std::uint16_t slot) {
  const engine::slot& x = slot_of(slot);
  if (!inputs_ || x.what != engine::slot::kind::external) {
    mov(to, ptr[rbx + 8 * (slot % p_.slots.size())]);
    return;
  }
  const engine::operand_place& place = p_.operands[static_cast<std::size_t>(p_.externals[static_cast<std::size_t>(x.external)].operand)];
  mov(to, ptr[(place.result ? *results_ : *inputs_) + data_of(place)]);
}

// The table of slots, on the stack: rdi and rsi are the views, rdx the context, rcx the workspace. Single elements are on the stack too.
void emitter::fill_table() {
  using kind = engine::slot::kind;
  const int table = stack(64);
  top_ = table + 8 * static_cast<int>(p_.slots.size());
  frame_ = std::max(frame_, top_);
  lea(rbx, ptr[rsp + table]);
  general_.keep(rbx, "the table of slots");
  mov(r14, ptr[rdx + offsetof(engine::direct_context, n)]);
  general_.keep(r14, "the number of elements");
  const auto some = [this](kind what) {
    return std::any_of(p_.slots.begin(), p_.slots.end(), [what](const engine::slot& s) { return s.what == what; });
  };
  if (some(kind::constant)) mov(r11, ptr[rdx + offsetof(engine::direct_context, constants)]);
  if (!p_.operand_offsets.empty()) mov(r10, ptr[rdx + offsetof(engine::direct_context, operand_offsets)]);
  if (some(kind::buffer)) mov(rdx, ptr[rdx + offsetof(engine::direct_context, offsets)]);
  if (inputs_) {
    if (inputs_->getIdx() != rdi.getIdx()) mov(*inputs_, rdi);
    general_.keep(*inputs_, "the views of the inputs");
    mov(*results_, rsi);
    general_.keep(*results_, "the views of the results");
  }
  for (std::size_t s = 1; s < p_.slots.size(); ++s) {
    const engine::slot& x = p_.slots[s];
    switch (x.what) {
      case kind::external: {
        if (inputs_) continue;
        const auto operand = static_cast<std::size_t>(p_.externals[static_cast<std::size_t>(x.external)].operand);
        const engine::operand_place& place = p_.operands[operand];
        mov(rax, ptr[(place.result ? rsi : rdi) + data_of(place)]);
        if (!p_.operand_offsets.empty()) add(rax, ptr[r10 + 8 * operand]);
        break;
      }
      case kind::constant: lea(rax, ptr[r11 + x.offset]); break;
      case kind::row:
        if (row_registers_[s] >= 0) continue;
        lea(rax, ptr[rsp + stack(64)]);
        break;
      case kind::buffer:
        mov(rax, ptr[rdx + 8 * s]);
        add(rax, rcx);
        break;
      default: continue;
    }
    mov(ptr[rbx + 8 * s], rax);
  }
  if (!p_.row_results.empty()) {
    keeps_results_ = stack(8);
    mov(ptr[rsp + keeps_results_], rsi);
    if (!p_.operand_offsets.empty()) {
      stack(8);
      mov(ptr[rsp + keeps_results_ + 8], r10);
    }
  }
  base_ = top_;
}

// An element of a row's own, to rdx.
void emitter::store_row_result(std::size_t k) {
  const auto& r = p_.row_results[k];
  const std::uint8_t size = p_.externals[r.external].element_size;
  if (const int at = row_registers_[r.slot]; at >= 0) { return move_first(integer_of(size), ptr[rdx], Xbyak::Xmm(at)); }
  mov(rax, ptr[rbx + 8 * r.slot]);
  if (size == 8) mov(rax, ptr[rax]), mov(ptr[rdx], rax);
  else if (size == 4) mov(eax, ptr[rax]), mov(ptr[rdx], eax);
  else mov(al, byte[rax]), mov(byte[rdx], al);
}

// Where no kernel is called, single numbers that the function computes stay in registers.
void emitter::keep_rows() {
  if (!wide()) return;
  for (const engine::phase& ph : p_.phases)
    for (const auto* list : {&ph.before, &ph.block})
      for (const instruction& i : *list)
        if (!i.loop && !folds(isa(), i)) return;
  // A row of one element may be a reduction's operand, which is read from memory.
  std::vector<char> streamed(p_.slots.size(), 0);
  for (const engine::phase& ph : p_.phases)
    for (const instruction& i : ph.block)
      for (int k = 0; k < i.inputs; ++k)
        if (i.what != instruction::kind::map || !(i.scalars >> k & 1)) streamed[i.in[k]] = 1;
  constexpr int most = 8;
  for (const engine::phase& ph : p_.phases)
    for (const auto* list : {&ph.before, &ph.block})
      for (const instruction& i : *list)
        for (const std::uint16_t s : {i.out, i.out2})
          if (s && !streamed[s] && p_.slots[s].what == engine::slot::kind::row && i.result != dtype::bool_ && values_.vectors() > 32 - most)
            row_registers_[s] = values_.reserve();
}

std::size_t emitter::direct_function() {
  const std::size_t start = enter();
  mark(engine::code_mark::kind::direct, 0, start);
  keep_rows();
  keep_views();
  fill_table();
  run_phases(false);
  for (std::size_t k = 0; k < p_.row_results.size(); ++k) {
    const auto operand = static_cast<std::size_t>(p_.externals[p_.row_results[k].external].operand);
    mov(rdx, ptr[rsp + keeps_results_]);
    mov(rdx, ptr[rdx + data_of(p_.operands[operand])]);
    if (!p_.operand_offsets.empty()) {
      mov(rcx, ptr[rsp + keeps_results_ + 8]);
      add(rdx, ptr[rcx + 8 * operand]);
    }
    store_row_result(k);
  }
  inputs_ = results_ = nullptr;
  close();
  return start;
}

std::size_t emitter::rows_function() {
  using engine::row_walk;
  const std::size_t start = open();
  mark(engine::code_mark::kind::rows, 0, start);
  Xbyak::Label again, done;
  if (const row_group group = rows_together(p_, isa()); group.vectors) group_of_rows(group, done);
  keep_rows();
  L(again);
  run_phases(false);
  for (std::size_t k = 0; k < p_.row_results.size(); ++k) {
    const std::size_t result = offsetof(row_walk, results) + 8 * k, step = offsetof(row_walk, result_steps) + 8 * k;
    mov(rcx, ptr[rbp - 56]);
    mov(rdx, ptr[rcx + result]);
    store_row_result(k);
    mov(rax, ptr[rcx + step]);
    add(ptr[rcx + result], rax);
  }
  mov(rdx, ptr[rbp - 56]);
  mov(rcx, ptr[rdx + offsetof(row_walk, steps)]);
  std::size_t nth = 0;
  for (std::size_t s = 0; s < p_.slots.size(); ++s) {
    if (p_.slots[s].what != engine::slot::kind::external) continue;
    mov(rax, ptr[rcx + 8 * nth++]);
    add(ptr[rbx + 8 * s], rax);
  }
  dec(qword[rdx + offsetof(row_walk, count)]);
  jnz(again, T_NEAR);
  L(done);
  close();
  return start;
}

std::size_t emitter::pairwise_function() {
  const std::size_t start = open();
  mark(engine::code_mark::kind::pairwise, 0, start);
  Xbyak::Label done;
  rows_by_rows(rows_at_once(p_, isa()), done);
  L(done);
  close();
  return start;
}

std::size_t emitter::before_function(std::size_t phase) {
  const std::size_t start = open();
  mark(engine::code_mark::kind::before, phase, start);
  run_list(p_.phases[phase].before, {.single = !p_.across_rows(), .long_row = true});
  close();
  return start;
}

std::size_t emitter::block_function(std::size_t phase) {
  const std::size_t start = open();
  mark(engine::code_mark::kind::block, phase, start);
  run_list(p_.phases[phase].block, {.long_row = true, .past_caches = p_.phases[phase].past_caches});
  close();
  return start;
}

namespace {

bool emits(const stage_program& p, const instruction& i) {
  for (int k = 1; k < i.inputs; ++k)
    if (i.op->id == op_id::gelu_tanh && p.slots[i.in[k]].what != engine::slot::kind::constant) return false;
  return i.what == instruction::kind::map ? emitter::emits(engine::best_isa(), i) : emitter::folds_in_loop(engine::best_isa(), i);
}

bool has_direct(const stage_program& p) { return p.one_row && !p.operands.empty(); }

bool walks_rows(const stage_program& p) { return !p.outer.empty() && p.row_results.size() <= engine::row_walk::most_results; }

// All that the code depends on: two programs of one structure run the same code.
std::string structure_of(const stage_program& p) {
  std::string key;
  key.reserve(4096);
  const auto add = [&key](auto x) { key.append(reinterpret_cast<const char*>(&x), sizeof x); };
  add(p.short_rows());
  add(p.across_rows());
  add(has_direct(p));
  add(walks_rows(p));
  if (p.short_rows()) {
    add(p.operand_offsets.empty());
    add(p.operands.size());
    for (const engine::operand_place& o : p.operands) add(o.result ? ~o.view : o.view);
    add(p.slots.size());
    for (const engine::slot& s : p.slots) {
      add(s.what);
      if (s.what == engine::slot::kind::external) add(p.externals[static_cast<std::size_t>(s.external)].operand);
      if (s.what == engine::slot::kind::constant) add(s.offset);
    }
    add(p.row_results.size());
    for (const auto& r : p.row_results) {
      add(r.slot);
      add(p.externals[r.external].operand);
      add(p.externals[r.external].element_size);
    }
  }
  const auto group = walks_rows(p) ? emitter::rows_together(p, engine::best_isa()) : row_group();
  const int at_once = walks_rows(p) ? emitter::rows_at_once(p, engine::best_isa()) : 0;
  add(group.vectors);
  add(group.exact);
  add(at_once);
  if (at_once) add(p.row_size);
  if (group.vectors || at_once)
    for (const engine::external& x : p.externals)
      for (std::size_t k = p.outer_axis.size(); k-- > 0 && k + 2 >= p.outer_axis.size();) add(x.axis[p.outer_axis[k]] >= 0);
  for (const engine::phase& ph : p.phases) {
    for (const auto* list : {&ph.before, &ph.block}) {
      add(list->size());
      for (const instruction& i : *list) {
        add(i.what);
        add(i.loop);
        add(i.op->id);
        add(i.operands);
        add(i.result);
        add(i.inputs);
        add(i.scalars);
        for (std::uint16_t s : i.in) add(s);
        add(i.out);
        add(i.out2);
        add(i.part);
        add(i.part2);
        add(i.map);  // one of a union of pointers
        const auto inside = [&](std::uint16_t s) { return static_cast<char>(p.slots[s].what == engine::slot::kind::inside); };
        add(inside(i.out));
      }
    }
    add(ph.guards.empty());
    add(ph.past_caches);
    add(ph.reads.empty());
    add(ph.writes.empty());
  }
  return key;
}

std::shared_ptr<const code_memory> emit(const stage_program& p) {
  std::size_t instructions = 0;
  for (const engine::phase& ph : p.phases) instructions += ph.before.size() + ph.block.size();
  // Written to ordinary memory, from where a cache line begins.
  constexpr std::size_t line = 64;
  const std::size_t size = emitter::room_for_constants + (std::size_t{256} << 10) + instructions * 4096;
  const std::unique_ptr<std::uint8_t[]> memory(new std::uint8_t[size + line]);
  std::uint8_t* const begin = memory.get() + (line - reinterpret_cast<std::uintptr_t>(memory.get()) % line) % line;
  std::vector<std::size_t> entries;
  try {
    emitter e(p, engine::best_isa(), {begin, size});
    if (p.short_rows()) {
      entries.push_back(e.row_function());
      entries.push_back(has_direct(p) ? e.direct_function() : code_memory::none);
      entries.push_back(walks_rows(p) ? e.rows_function() : code_memory::none);
      entries.push_back(walks_rows(p) && emitter::rows_at_once(p, engine::best_isa()) ? e.pairwise_function() : code_memory::none);
    } else {
      for (std::size_t ph = 0; ph < p.phases.size(); ++ph) {
        const bool rare = !p.phases[ph].guards.empty();
        entries.push_back(rare || p.phases[ph].before.empty() ? code_memory::none : e.before_function(ph));
        entries.push_back(rare || p.phases[ph].block.empty() ? code_memory::none : e.block_function(ph));
      }
    }
    const std::size_t before = e.constants_size();
    for (std::size_t& entry : entries)
      if (entry != code_memory::none) entry += before;
    for (engine::code_mark& m : e.marks) m.offset += static_cast<std::uint32_t>(before);
    if (before) e.marks.insert(e.marks.begin(), {engine::code_mark::kind::constants, 0, 0});
    const std::span<const std::uint8_t> bytes(begin + emitter::room_for_constants - before, before + e.getSize());
    auto code = make_code(bytes, entries, e.marks);
    if (!code) {
      drop_unused_code();
      code = make_code(bytes, std::move(entries), std::move(e.marks));
    }
    if (static std::once_flag said; !code)
      std::call_once(said, [] {
        detail::warn(
            "[jit] no memory for machine code: got none from the system, expected executable pages. Kernels of the backend eigen run what is compiled from now on, with the same results; functions that are destroyed give code memory back.");
      });
    return code;
  } catch (const Xbyak::Error&) {
    return nullptr;  // larger than any program should be: the kernels run it
  }
}

bool compile(stage_program& p) {
  const auto [code, made] = cached(structure_of(p), [&] { return emit(p); });
  if (!code) return false;
  p.made_code = made;
  const std::int64_t register_bytes = engine::best_isa() == engine::isa::avx512 ? 64 : 32;
  if (p.short_rows()) {
    p.row_code = code->entry<engine::code>(0);
    p.direct = code->entry<engine::direct_code>(1);
    p.rows_code = code->entry<engine::code>(2);
    p.pairwise_code = code->entry<engine::code>(3);
    if (p.pairwise_code) p.pairwise_rows = register_bytes / p.externals[p.row_results[0].external].element_size;
  } else {
    for (std::size_t ph = 0; ph < p.phases.size(); ++ph) {
      p.phases[ph].before_code = code->entry<engine::code>(2 * ph);
      p.phases[ph].block_code = code->entry<engine::code>(2 * ph + 1);
    }
  }
  p.keeps_code = code;
  return true;
}

}  // namespace

engine::code_text code_of(const stage_program& p) {
  const auto* memory = static_cast<const code_memory*>(p.keeps_code.get());
  return memory ? engine::code_text{memory->bytes(), memory->marks()} : engine::code_text{};
}

const engine::compiler* compiler() {
  static const engine::compiler c{emits, compile, engine::best_isa() == engine::isa::avx512};
  // Some systems grant no executable pages: asked once.
  static const bool granted = [] {
    constexpr std::uint8_t ret[] = {0xc3};
    return engine::best_isa() >= engine::isa::avx2 && make_code(ret, {}) != nullptr;
  }();
  return granted ? &c : nullptr;
}

}  // namespace tendril::jit
