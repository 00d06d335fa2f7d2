// Large blocks of memory: results of calls, in a cache that keeps pages, and workspaces.
#pragma once
#include <cstddef>

#include <tendril/memory.hpp>

namespace tendril::engine {

/// From this size on, arrays come from the cache.
inline constexpr std::size_t large_block = std::size_t{64} << 10;

/// At least `bytes`, aligned to 64, and what it really is. Throws std::bad_alloc.
struct block {
  void* data;
  std::size_t bytes;
};
block take_block(std::size_t bytes);
/// Keeps the block for the next that needs one of its size, or gives it back to the system.
void return_block(block) noexcept;

/// Memory from the system, aligned to 64, with huge pages where it is large enough for one; null where there is none left.
void* allocate_pages(std::size_t bytes) noexcept;
void free_pages(void*, std::size_t bytes) noexcept;

/// Results of calls that touch as many bytes as this are better stored past the caches (non-temporal stores): the last-level cache, 32 MiB
/// where the system does not tell. A loop that stores so must store all lines whole; copying from a block buffer does not pay
/// (docs/performance.md).
std::size_t stream_threshold() noexcept;

}  // namespace tendril::engine
