// Every k-th element of memory, to and from memory where elements lie side by side: components of points, channels of pixels.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

namespace tendril::engine {

/// The most elements apart that there are kernels for; the fewest are 2.
inline constexpr std::int64_t most_interleaved = 8;

/// Kernels for elements of one size; `k` in the index.
struct interleave_table {
  /// to[i] = from[k * i] for n elements; what lies between them is read, and nothing after the last one.
  using pick_kernel = void (*)(void* to, const void* from, std::int64_t n);
  /// parts[c][i] = from[k * i + c], for c below k.
  using split_kernel = void (*)(void* const* parts, const void* from, std::int64_t n);
  /// to[k * i + c] = parts[c][i], for c below k.
  using join_kernel = void (*)(void* to, const void* const* parts, std::int64_t n);
  std::array<pick_kernel, most_interleaved + 1> pick;
  std::array<split_kernel, most_interleaved + 1> split;
  std::array<join_kernel, most_interleaved + 1> join;
};

/// The best for this processor, for elements of 1, 4 or 8 bytes.
const interleave_table& interleaving(std::size_t element_size);

}  // namespace tendril::engine
