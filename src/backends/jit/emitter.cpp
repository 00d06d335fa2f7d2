// The functions of a program: what they begin and end with, and the phases between.
#include "backends/jit/emitter.hpp"

#include <algorithm>
#include <utility>

namespace tendril::jit {

// Whether a loop may need pointers in registers that a function must leave as they were.
bool emitter::many_pointers() const {
  using kind = engine::slot::kind;
  return std::count_if(p_.slots.begin(), p_.slots.end(), [](const engine::slot& s) {
           return s.what == kind::external || s.what == kind::buffer || s.what == kind::saved || s.what == kind::column;
         }) > scratch_pointers;
}

// What all functions begin with.
std::size_t emitter::enter() {
  align(16);
  const std::size_t start = getSize();
  stack_base_ = stack_top_ = stack_size_ = static_cast<int>(sizeof(engine::block_args));
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
  mov(ptr[rbp + interpreter_frame], rdx);
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
  const std::uint32_t bytes = static_cast<std::uint32_t>((stack_size_ + 48 + 63) / 64 * 64);
  rewrite(frame_at_, bytes, 4);
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

// Of a function that calls nothing and needs few pointers, the addresses of the views stay in registers: what is read from there is known
// sooner than by way of the table, which counts where a call is over in a few nanoseconds.
void emitter::keep_views() {
  using kind = engine::slot::kind;
  if (!p_.port_offsets.empty()) return;
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

// The table of slots, on the stack: rdi and rsi are the views, rdx the context, rcx the workspace. Single elements are on the stack too.
void emitter::fill_table() {
  using kind = engine::slot::kind;
  const int table = stack(64);
  stack_top_ = table + 8 * static_cast<int>(p_.slots.size());
  stack_size_ = std::max(stack_size_, stack_top_);
  lea(rbx, ptr[rsp + table]);
  general_.keep(rbx, "the table of slots");
  mov(r14, ptr[rdx + offsetof(engine::direct_context, n)]);
  general_.keep(r14, "the number of elements");
  const auto some = [this](kind what) {
    return std::any_of(p_.slots.begin(), p_.slots.end(), [what](const engine::slot& s) { return s.what == what; });
  };
  if (some(kind::constant)) mov(r11, ptr[rdx + offsetof(engine::direct_context, constants)]);
  if (!p_.port_offsets.empty()) mov(r10, ptr[rdx + offsetof(engine::direct_context, port_offsets)]);
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
        const auto port = static_cast<std::size_t>(p_.externals[static_cast<std::size_t>(x.external)].port);
        const engine::port_place& place = p_.ports[port];
        mov(rax, ptr[(place.result ? rsi : rdi) + data_of(place)]);
        if (!p_.port_offsets.empty()) add(rax, ptr[r10 + 8 * port]);
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
    if (!p_.port_offsets.empty()) {
      stack(8);
      mov(ptr[rsp + keeps_results_ + 8], r10);
    }
  }
  stack_base_ = stack_top_;
}

// An element of a row's own, to rdx.
void emitter::store_row_result(std::size_t k) {
  const auto& r = p_.row_results[k];
  const std::uint8_t size = p_.externals[r.external].element_size;
  if (const int at = row_registers_[r.slot]; at >= 0) return move_first(integer_of(size), ptr[rdx], Xbyak::Xmm(at));
  mov(rax, ptr[rbx + 8 * r.slot]);
  if (size == 8) mov(rax, ptr[rax]), mov(ptr[rdx], rax);
  else if (size == 4) mov(eax, ptr[rax]), mov(ptr[rdx], eax);
  else mov(al, byte[rax]), mov(byte[rdx], al);
}

std::size_t emitter::row_function() {
  const std::size_t start = open();
  mark(engine::code_mark::kind::row, 0, start);
  run_phases(true);
  close();
  return start;
}

std::size_t emitter::direct_function() {
  const std::size_t start = enter();
  mark(engine::code_mark::kind::direct, 0, start);
  keep_rows();
  keep_views();
  fill_table();
  run_phases(false);
  for (std::size_t k = 0; k < p_.row_results.size(); ++k) {
    const auto port = static_cast<std::size_t>(p_.externals[p_.row_results[k].external].port);
    mov(rdx, ptr[rsp + keeps_results_]);
    mov(rdx, ptr[rdx + data_of(p_.ports[port])]);
    if (!p_.port_offsets.empty()) {
      mov(rcx, ptr[rsp + keeps_results_ + 8]);
      add(rdx, ptr[rcx + 8 * port]);
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
    mov(rcx, ptr[rbp + interpreter_frame]);
    mov(rdx, ptr[rcx + result]);
    store_row_result(k);
    mov(rax, ptr[rcx + step]);
    add(ptr[rcx + result], rax);
  }
  mov(rdx, ptr[rbp + interpreter_frame]);
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

}  // namespace tendril::jit
