// Per-thread working memory with stack discipline: replay takes its workspace here, nested calls above it.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>

namespace tendril::engine {

/// So many bytes in whole cache lines.
constexpr std::size_t whole_lines(std::size_t bytes) { return (bytes + 63) / 64 * 64; }

/// A block of the calling thread's arena, given back at the end of the scope. Aligned to 64 bytes. After a thread's first call
/// of a size it allocates nothing, until somebody asks for memory back.
class workspace {
 public:
  explicit workspace(std::size_t bytes);  ///< throws memory_error
  ~workspace();
  workspace(const workspace&) = delete;
  std::byte* data() const noexcept { return data_; }

 private:
  std::byte* data_;
  std::size_t slab_, used_;
  bool outer_;  ///< the thread has taken some before
};

/// Numbers in the calling thread's arena, if any are asked for; given back like a workspace, so rooms end in the reverse order of taking.
template <class T>
class room {
 public:
  room() = default;
  explicit room(std::int64_t n) { take(n); }
  T* take(std::int64_t n) { return reinterpret_cast<T*>(memory_.emplace(static_cast<std::size_t>(n) * sizeof(T)).data()); }
  T* get() const noexcept { return memory_ ? reinterpret_cast<T*>(memory_->data()) : nullptr; }
  explicit operator bool() const noexcept { return memory_.has_value(); }

 private:
  std::optional<workspace> memory_;
};

/// The bytes that all threads hold for their workspaces.
std::size_t workspace_held() noexcept;
/// Gives back those of all threads that have no call under way, and asks the others to do so when it ends: everything if `all`, else what
/// is beyond the smallest slab of each. Returns the bytes given back here.
std::size_t trim_workspaces(bool all) noexcept;

}  // namespace tendril::engine
