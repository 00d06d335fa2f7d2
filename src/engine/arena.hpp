// Per-thread working memory with stack discipline: replay takes its workspace here, nested calls above it.
#pragma once
#include <cstddef>
#include <memory>
#include <vector>

namespace tendril::engine {

/// So many bytes in whole cache lines.
constexpr std::size_t whole_lines(std::size_t bytes) { return (bytes + 63) / 64 * 64; }

/// A block of the calling thread's arena, given back at the end of the scope. Aligned to 64 bytes. After a thread's first call
/// of a size it allocates nothing.
class workspace {
 public:
  explicit workspace(std::size_t bytes);
  ~workspace();
  workspace(const workspace&) = delete;
  std::byte* data() const noexcept { return data_; }

 private:
  std::byte* data_;
  std::size_t chunk_, used_;
};

}  // namespace tendril::engine
