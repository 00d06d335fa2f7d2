// The constants of a piece of code: they lie before it, and have their addresses when they are first needed.
#pragma once
#include <cstdint>
#include <map>
#include <span>
#include <utility>

#include "backends/jit/elements.hpp"

namespace tendril::jit {

class constants {
 public:
  explicit constants(std::uint8_t* code) : code_(code) {}

  const void* number(std::uint64_t bits);                           ///< one; of four bytes the lower half
  const void* vector_of_one(std::uint64_t bits, std::size_t size);  ///< the same in all elements of a vector of AVX2
  const void* masks();                                              ///< 32 bytes of ones, of zeros, of ones
  const void* turns(dtype);                                         ///< the numbers of the lanes, and on as far again

  /// Before the code: more than all ops have. No whole pages: a few constants share one with the code.
  static constexpr std::size_t room = 33 << 10;
  /// Of those that there are.
  std::size_t size() const { return (size_ + line - 1) / line * line; }

 private:
  static constexpr std::size_t line = 64;
  template <class T>
  const void* place(std::span<const T>);

  std::uint8_t* const code_;
  std::size_t size_ = 0;
  std::map<std::uint64_t, const void*> numbers_;
  std::map<std::pair<std::uint64_t, std::size_t>, const void*> vectors_of_one_;  ///< by number and size of the elements
  const void* masks_ = nullptr;
  const void* turns_[2] = {nullptr, nullptr};
};

}  // namespace tendril::jit
