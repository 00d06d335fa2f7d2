// Programs to code: functions, calls of block kernels, and the key under which code is shared.
#include "backends/backends.hpp"
#include "backends/jit/code.hpp"
#include "backends/jit/emitter.hpp"

#include <cstring>

namespace tendril::jit {
namespace {

const Xbyak::Reg64& reg64(int i) {
  using namespace Xbyak::util;
  static const Xbyak::Reg64* all[] = {&rdi, &rsi, &rdx, &rcx};
  return *all[i];
}

}  // namespace

emitter::emitter(const stage_program& p, engine::isa isa, void* buffer, std::size_t size)
    : Xbyak::CodeGenerator(size, buffer), p_(p), isa_(isa) {}

int emitter::stack(int bytes) {
  top_ = (top_ + bytes - 1) / bytes * bytes;  // bytes is a power of two, at most 64
  const int at = top_;
  top_ += bytes;
  frame_ = std::max(frame_, top_);
  return at;
}

// rbp - 48 holds n, rbp - 56 the frame of the interpreter.
std::size_t emitter::open() {
  align(16);
  const std::size_t start = getSize();
  top_ = frame_ = static_cast<int>(sizeof(engine::block_args));
  push(rbp);
  mov(rbp, rsp);
  push(rbx);
  push(r12);
  push(r13);
  push(r14);
  push(r15);
  push(rsi);
  push(rdx);
  sub(rsp, 0x12345678);
  frame_at_ = getSize() - 4;
  and_(rsp, -64);
  mov(rbx, rdi);
  return start;
}

void emitter::close() {
  vzeroupper();
  lea(rsp, ptr[rbp - 40]);
  pop(r15);
  pop(r14);
  pop(r13);
  pop(r12);
  pop(rbx);
  pop(rbp);
  ret();
  const std::uint32_t bytes = static_cast<std::uint32_t>((frame_ + 63) / 64 * 64);
  rewrite(frame_at_, bytes, 4);
}

void emitter::call(const void* function) {
  mov(rax, reinterpret_cast<std::size_t>(function));
  Xbyak::CodeGenerator::call(rax);
}

void emitter::call_kernel(const instruction& i, bool single, bool long_row) {
  const auto slot = [&](std::uint16_t s) { return ptr[rbx + 8 * s]; };
  const auto argument = [&](int k, std::uint16_t s) { mov(reg64(k), slot(s)); };
  if (i.what == instruction::kind::reduce) {
    argument(0, long_row ? i.part : i.out);
    argument(1, i.in[0]);
    mov(rdx, ptr[rbp - 48]);
    return call(reinterpret_cast<const void*>(i.reduce));
  }
  if (i.what == instruction::kind::moments) {
    argument(0, long_row ? i.part : i.out);
    argument(1, long_row ? i.part2 : i.out2);
    argument(2, i.in[0]);
    mov(rcx, ptr[rbp - 48]);
    return call(reinterpret_cast<const void*>(i.moments));
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
  if (single) {
    mov(qword[rsp + offsetof(block_args, n)], 1);
  } else {
    mov(rax, ptr[rbp - 48]);
    mov(ptr[rsp + offsetof(block_args, n)], rax);
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
  call(reinterpret_cast<const void*>(&engine::transfer));
  L(none);
}

void emitter::run_list(const std::vector<instruction>& list, bool single, bool long_row) {
  for (std::size_t k = 0; k < list.size();) {
    if (!list[k].loop) {
      call_kernel(list[k++], single, long_row);
      continue;
    }
    std::size_t end = k;
    while (end < list.size() && list[end].loop == list[k].loop) ++end;
    loop({list.data() + k, end - k}, single);
    k = end;
  }
}

std::size_t emitter::row_function() {
  const std::size_t start = open();
  for (std::size_t ph = 0; ph < p_.phases.size(); ++ph) {
    const engine::phase& x = p_.phases[ph];
    mark(engine::code_mark::kind::row, ph);
    run_list(x.before, true, false);
    if (!x.reads.empty()) transfer(ph, false);
    run_list(x.block, false, false);
    if (!x.writes.empty()) transfer(ph, true);
  }
  close();
  return start;
}

std::size_t emitter::before_function(std::size_t phase) {
  const std::size_t start = open();
  mark(engine::code_mark::kind::before, phase);
  run_list(p_.phases[phase].before, true, true);
  close();
  return start;
}

std::size_t emitter::block_function(std::size_t phase) {
  const std::size_t start = open();
  mark(engine::code_mark::kind::block, phase);
  run_list(p_.phases[phase].block, false, true);
  close();
  return start;
}

void emitter::finish() {
  align(8);
  mark(engine::code_mark::kind::constants, 0);
  for (auto& [constant, label] : pool_) {
    L(label);
    dq(constant);
  }
  if (!needs_masks_) return;
  L(masks_);
  for (int i = 0; i < 8; ++i) dq(i < 4 ? ~std::uint64_t{0} : 0);
}

namespace {

bool emits(const stage_program&, const instruction& i) { return i.what == instruction::kind::map && emitter::emits(engine::best_isa(), i); }

// All that the code depends on: two programs of one structure run the same code.
std::string structure_of(const stage_program& p) {
  std::string key;
  const auto add = [&key](auto x) { key.append(reinterpret_cast<const char*>(&x), sizeof x); };
  add(static_cast<char>(p.row_size <= p.block));
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
    add(ph.reads.empty());
    add(ph.writes.empty());
  }
  return key;
}

std::shared_ptr<const code_memory> emit(const stage_program& p) {
  std::size_t instructions = 0;
  for (const engine::phase& ph : p.phases) instructions += ph.before.size() + ph.block.size();
  const std::size_t size = (std::size_t{64} << 10) + instructions * 2048;
  const std::unique_ptr<std::uint8_t[]> buffer(new std::uint8_t[size]);
  std::vector<std::size_t> entries;
  try {
    emitter e(p, engine::best_isa(), buffer.get(), size);
    if (p.row_size <= p.block) {
      entries.push_back(e.row_function());
    } else {
      for (std::size_t ph = 0; ph < p.phases.size(); ++ph) {
        entries.push_back(p.phases[ph].before.empty() ? code_memory::none : e.before_function(ph));
        entries.push_back(p.phases[ph].block.empty() ? code_memory::none : e.block_function(ph));
      }
    }
    e.finish();
    return code_memory::make({buffer.get(), e.getSize()}, std::move(entries), std::move(e.marks));
  } catch (const Xbyak::Error&) {
    return nullptr;  // larger than any program should be: the kernels run it
  }
}

bool compile(stage_program& p) {
  const auto [code, made] = cached(structure_of(p), [&] { return emit(p); });
  if (!code) return false;
  p.made_code = made;
  if (p.row_size <= p.block) {
    p.row_code = code->entry(0);
  } else {
    for (std::size_t ph = 0; ph < p.phases.size(); ++ph) {
      p.phases[ph].before_code = code->entry(2 * ph);
      p.phases[ph].block_code = code->entry(2 * ph + 1);
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
    const std::uint8_t ret = 0xc3;
    return engine::best_isa() >= engine::isa::avx2 && code_memory::make({&ret, 1}, {}) != nullptr;
  }();
  return granted ? &c : nullptr;
}

}  // namespace tendril::jit
