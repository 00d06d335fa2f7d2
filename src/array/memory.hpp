// Large blocks of memory: results of calls, in a cache that keeps pages, and workspaces.
#pragma once
#include <cstddef>
#include <string_view>

#include <tendril/memory.hpp>

namespace tendril::engine {

/// From this size on, arrays come from the cache.
inline constexpr std::size_t large_block = std::size_t{64} << 10;

/// At least `bytes`, aligned to 64, and what it really is. Throws memory_error.
struct block {
  void* data;
  std::size_t bytes;
};
block take_block(std::size_t bytes);
/// Keeps the block for the next that needs one of its size, or gives it back to the system.
void return_block(block) noexcept;

/// Gives kept blocks back, the oldest first, until at most `keep` bytes are left. Returns the bytes given back.
std::size_t trim_blocks(std::size_t keep) noexcept;

/// Throws memory_error. `what` needs the bytes.
[[noreturn]] void throw_no_memory(std::string_view what, std::size_t bytes);
/// The same where nobody knows how many: what becomes of std::bad_alloc on the way to the caller.
[[noreturn]] void throw_no_memory(std::string_view what);

/// Memory from the system, aligned to 64, with huge pages where it is large enough for one; null where there is none left.
void* allocate_pages(std::size_t bytes) noexcept;
void free_pages(void*, std::size_t bytes) noexcept;

/// Results of calls that touch as many bytes as this are better stored past the caches (non-temporal stores): the last-level cache, 32 MiB
/// where the system does not tell, and what TENDRIL_CACHE_BYTES in the environment says before all. A loop that stores so must store all
/// lines whole; copying from a block buffer does not pay (docs/performance.md).
std::size_t stream_threshold() noexcept;

}  // namespace tendril::engine
