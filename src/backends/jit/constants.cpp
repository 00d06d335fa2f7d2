// Constants beside code.
#include "backends/jit/constants.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <numeric>

#define XBYAK_NO_OP_NAMES
#include <xbyak/xbyak.h>

namespace tendril::jit {

// Below the one before, in no more cache lines than it needs.
template <class T>
const void* constants::place(std::span<const T> data) {
  const std::size_t size = data.size_bytes(), alignment = std::min(std::bit_floor(size), line);
  size_ = (size_ + size + alignment - 1) / alignment * alignment;
  if (size_ > room) throw Xbyak::Error(Xbyak::ERR_CODE_IS_TOO_BIG);
  return std::memcpy(code_ - size_, data.data(), size);
}

const void* constants::number(std::uint64_t bits) {
  const void*& at = numbers_[bits];
  return at ? at : at = place<std::uint64_t>({{bits}});
}

const void* constants::vector_of_one(std::uint64_t bits, std::size_t size) {
  const void*& at = vectors_of_one_[{bits, size}];
  if (at) return at;
  std::array<std::uint64_t, 4> all;
  all.fill(size == 8 ? bits : bits << 32 | bits);
  return at = place<std::uint64_t>(all);
}

const void* constants::masks() {
  constexpr std::uint64_t ones = ~std::uint64_t{0};
  static constexpr std::uint64_t all[] = {ones, ones, ones, ones, 0, 0, 0, 0, ones, ones, ones, ones};
  return masks_ ? masks_ : masks_ = place<std::uint64_t>(all);
}

const void* constants::turns(dtype t) {
  const auto numbers = [this]<class T>(std::array<T, 128 / sizeof(T)> all) {
    std::iota(all.begin(), all.end(), T{0});
    return place<T>(all);
  };
  const bool wide = bytes(t) == 8;
  const void*& at = turns_[wide ? 0 : 1];
  if (!at) at = wide ? numbers(std::array<std::uint64_t, 16>()) : numbers(std::array<std::uint32_t, 32>());
  return at;
}

}  // namespace tendril::jit
