// Executable memory and the process-wide cache of code by structure.
#pragma once
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "backends/jit/jit.hpp"

namespace tendril::jit {

/// One program's code, executable and not writable; its memory goes back with the last owner.
class code_memory {
 public:
  ~code_memory();
  code_memory(const code_memory&) = delete;
  code_memory& operator=(const code_memory&) = delete;
  /// The function at entry `i`, or null where there is none.
  template <class Function>
  Function entry(std::size_t i) const {
    return reinterpret_cast<Function>(const_cast<void*>(address(i)));
  }
  std::span<const std::uint8_t> bytes() const { return bytes_; }
  std::span<const engine::code_mark> marks() const { return marks_; }
  static constexpr std::size_t none = ~std::size_t{0};

 private:
  friend std::shared_ptr<const code_memory> make_code(std::span<const std::uint8_t>, std::vector<std::size_t>,
                                                      std::vector<engine::code_mark>);
  code_memory() = default;
  const void* address(std::size_t i) const;
  std::span<const std::uint8_t> bytes_;
  std::vector<std::size_t> entries_;  ///< offsets into these
  std::vector<engine::code_mark> marks_;
};

/// A copy of the bytes, which depend on their address modulo 64 alone, as code. `entries` and `marks` are offsets. Null when the system
/// grants no executable memory (any more).
std::shared_ptr<const code_memory> make_code(std::span<const std::uint8_t> bytes, std::vector<std::size_t> entries,
                                             std::vector<engine::code_mark> marks = {});

/// The same, where there is no room at first once more when the code that nothing has but the cache is given back.
std::shared_ptr<const code_memory> keep_code(std::span<const std::uint8_t> bytes, std::vector<std::size_t> entries,
                                             std::vector<engine::code_mark> marks = {});

/// Gives back the code that nothing has but the cache.
void drop_unused_code();

/// Ordinary memory that code is written to, from where a cache line begins.
class code_buffer {
 public:
  explicit code_buffer(std::size_t size);
  std::span<std::uint8_t> bytes() const noexcept { return bytes_; }

 private:
  std::unique_ptr<std::uint8_t[]> memory_;
  std::span<std::uint8_t> bytes_;
};

/// The code of this structure: from the cache, else what `make` gives. Safe from many threads; two that ask for one structure at once
/// may both make it, and share one result.
struct cached_code {
  std::shared_ptr<const code_memory> code;  ///< null when none can be had
  bool made;                                ///< by this call
};
cached_code cached(const std::string& structure, const std::function<std::shared_ptr<const code_memory>()>& make);

}  // namespace tendril::jit
