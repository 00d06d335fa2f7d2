// The memory behind arrays: what is in use, what is kept for the next result, and how to give it back.
#pragma once
#include <cstddef>
#include <cstdint>

namespace tendril {

/// What the elements of `td::array`s take, for the whole process. Large ones (64 KiB and more) come from a cache: memory that an array
/// leaves is kept for the next one of its size, because fresh pages cost several times what it takes to fill them. Containers of other
/// libraries allocate for themselves and are not counted. The workspace of calls is each thread's own, kept from call to call: what all
/// threads hold together stays below the limit too, but for 256 KiB a thread.
struct memory_statistics {
  std::size_t in_use = 0;         ///< bytes of large arrays that are alive
  std::size_t kept = 0;           ///< bytes kept for later arrays
  std::size_t workspace = 0;      ///< bytes that threads hold for the workspace of their calls
  std::size_t limit = 0;          ///< the most that is kept; what would exceed it is given back, the oldest first
  std::size_t peak = 0;           ///< the most that `in_use` and `kept` were together
  std::uint64_t allocations = 0;  ///< large arrays made
  std::uint64_t reused = 0;       ///< those of them that took kept memory
};
memory_statistics memory_stats() noexcept;

/// Gives kept memory back to the system until at most `keep` bytes are left: what arrays left, the oldest first, then the workspace of
/// threads that have no call under way. Threads that have one give theirs back when it ends. Returns the number of bytes given back here.
std::size_t trim_memory(std::size_t keep = 0) noexcept;

/// Sets the most bytes that are kept for arrays, and for workspace, and gives back what exceeds them; 0 keeps nothing of arrays. At first
/// it is an eighth of the machine's memory, at most 1 GiB.
void set_memory_limit(std::size_t bytes) noexcept;

}  // namespace tendril
