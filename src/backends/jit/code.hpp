// Executable memory and the process-wide cache of code by structure.
#pragma once
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "backends/jit/jit.hpp"

namespace tendril::jit {

/// One program's code: pages that were written once and are executable since, never both at a time; unmapped with the last owner.
class code_memory {
 public:
  /// Null when the system grants no executable pages.
  static std::shared_ptr<const code_memory> make(std::span<const std::uint8_t> bytes, std::vector<std::size_t> entries,
                                                 std::vector<engine::code_mark> marks = {});
  ~code_memory();
  code_memory(const code_memory&) = delete;
  code_memory& operator=(const code_memory&) = delete;
  /// The function at entry `i`, or null where there is none.
  template <class Function>
  Function entry(std::size_t i) const {
    return reinterpret_cast<Function>(address(i));
  }
  std::size_t size() const { return size_; }
  std::span<const std::uint8_t> bytes() const { return {static_cast<const std::uint8_t*>(pages_), size_}; }
  std::span<const engine::code_mark> marks() const { return marks_; }
  static constexpr std::size_t none = ~std::size_t{0};

 private:
  code_memory(void* pages, std::size_t mapped, std::size_t size, std::vector<std::size_t> entries, std::vector<engine::code_mark> marks)
      : pages_(pages), mapped_(mapped), size_(size), entries_(std::move(entries)), marks_(std::move(marks)) {}
  void* address(std::size_t i) const;
  void* pages_;
  std::size_t mapped_, size_;
  std::vector<std::size_t> entries_;  ///< offsets
  std::vector<engine::code_mark> marks_;
};

/// The code of this structure: from the cache, else what `make` gives. Safe from many threads; two that ask for one structure at once
/// may both make it, and share one result.
struct cached_code {
  std::shared_ptr<const code_memory> code;  ///< null when none can be had
  bool made;                                ///< by this call
};
cached_code cached(const std::string& structure, const std::function<std::shared_ptr<const code_memory>()>& make);

}  // namespace tendril::jit
