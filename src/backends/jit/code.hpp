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
  friend class code_pages;
  code_memory(std::span<std::uint8_t> pages, std::span<const std::uint8_t> bytes, std::vector<std::size_t> entries,
              std::vector<engine::code_mark> marks)
      : pages_(pages), bytes_(bytes), entries_(std::move(entries)), marks_(std::move(marks)) {}
  const void* address(std::size_t i) const;
  std::span<std::uint8_t> pages_;
  std::span<const std::uint8_t> bytes_;  ///< of them
  std::vector<std::size_t> entries_;     ///< offsets into these
  std::vector<engine::code_mark> marks_;
};

/// Pages to write code to.
class code_pages {
 public:
  explicit code_pages(std::size_t size);
  ~code_pages();
  code_pages(const code_pages&) = delete;
  code_pages& operator=(const code_pages&) = delete;
  std::span<std::uint8_t> memory() const { return pages_; }  ///< empty where the system grants none
  /// The bytes from `first` to `last` become code, and can no longer be written; the pages around them go back. `entries` and `marks`
  /// are offsets from `first`. Null when the system grants no executable pages.
  std::shared_ptr<const code_memory> seal(std::size_t first, std::size_t last, std::vector<std::size_t> entries,
                                          std::vector<engine::code_mark> marks = {});

 private:
  std::span<std::uint8_t> pages_;
};

/// The code of this structure: from the cache, else what `make` gives. Safe from many threads; two that ask for one structure at once
/// may both make it, and share one result.
struct cached_code {
  std::shared_ptr<const code_memory> code;  ///< null when none can be had
  bool made;                                ///< by this call
};
cached_code cached(const std::string& structure, const std::function<std::shared_ptr<const code_memory>()>& make);

}  // namespace tendril::jit
