// The stack of a function, and where its slots are.
#include "backends/jit/frame.hpp"

#include <algorithm>

namespace tendril::jit {

frame::frame(const stage_program& p, engine::isa isa, std::span<std::uint8_t> memory)
    : vocabulary(isa, memory.subspan(constants::room)), p_(p), constants_(memory.data() + constants::room) {}

int frame::stack(int bytes) {
  stack_top_ = (stack_top_ + bytes - 1) / bytes * bytes;
  const int at = stack_top_;
  stack_top_ += bytes;
  stack_size_ = std::max(stack_size_, stack_top_);
  return at;
}

void frame::call(const void* function) {
  mov(rax, reinterpret_cast<std::size_t>(function));
  assembler::call(rax);
}

std::size_t frame::data_of(const engine::port_place& place) {
  return static_cast<std::size_t>(place.view) * sizeof(array_view) + offsetof(array_view, data);
}

void frame::load_address(const Xbyak::Reg64& to, std::uint16_t slot) {
  const engine::slot& x = slot_of(slot);
  if (!inputs_ || x.what != engine::slot::kind::external) {
    mov(to, ptr[rbx + 8 * (slot % p_.slots.size())]);
    return;
  }
  const engine::port_place& place = p_.ports[static_cast<std::size_t>(p_.externals[static_cast<std::size_t>(x.external)].port)];
  mov(to, ptr[(place.result ? *results_ : *inputs_) + data_of(place)]);
}

void frame::store_element(std::uint16_t slot, dtype t) {
  if (const int at = row_registers_[slot]; at >= 0) return broadcast(Xbyak::Xmm(at), Xbyak::Xmm(0), bytes(t));
  mov(rax, ptr[rbx + 8 * slot]);
  move_first(t, ptr[rax], Xbyak::Xmm(0));
}

void frame::store_truth(std::uint16_t slot) {
  mov(r11, ptr[rbx + 8 * slot]);
  mov(byte[r11], al);
}

void frame::first_lanes(const Xbyak::Opmask& mask) {
  mov(r11d, 1);
  shl(r11d, cl);
  dec(r11d);
  kmovd(mask, r11d);
}

}  // namespace tendril::jit
