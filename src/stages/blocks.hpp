// What the interpreters of stage programs share: calls of block kernels, and moving elements between strided memory and blocks.
#pragma once
#include <algorithm>
#include <cstring>

#include "kernels/interleave.hpp"
#include "stages/stage.hpp"

namespace tendril::engine {

inline void execute(const instruction& i, void* const* at, std::int64_t n) {
  block_args args;
  args.out = at[i.out];
  for (int k = 0; k < 4; ++k) args.in[k] = at[i.in[k]];
  args.n = n;
  args.scalars = i.scalars;
  i.map(args);
}

/// How many elements apart a stride of so many bytes is, where there are kernels for it, else 0.
inline std::int64_t interleaved(std::int64_t stride, std::int64_t element_size) {
  return stride > element_size && stride <= most_interleaved * element_size && stride % element_size == 0 ? stride / element_size : 0;
}

template <class T>
void gather_run(std::byte* to, const std::byte* from, std::int64_t stride, std::int64_t n) {
  if (stride == static_cast<std::int64_t>(sizeof(T))) {
    std::memcpy(to, from, static_cast<std::size_t>(n) * sizeof(T));
    return;
  }
  constexpr std::int64_t few = 8;
  if (const std::int64_t k = interleaved(stride, sizeof(T)); k && n > few)
    return interleaving(sizeof(T)).pick[static_cast<std::size_t>(k)](to, from, n);
  T* out = reinterpret_cast<T*>(to);
  for (std::int64_t i = 0; i < n; ++i, from += stride) std::memcpy(out + i, from, sizeof(T));
}

template <class T>
void scatter_run(std::byte* to, const std::byte* from, std::int64_t stride, std::int64_t n) {
  if (stride == static_cast<std::int64_t>(sizeof(T))) {
    std::memcpy(to, from, static_cast<std::size_t>(n) * sizeof(T));
    return;
  }
  const T* in = reinterpret_cast<const T*>(from);
  for (std::int64_t i = 0; i < n; ++i, to += stride) std::memcpy(to, in + i, sizeof(T));
}

/// The axes that elements of one operand are walked along; strides in bytes.
struct axis_walk {
  int rank = 0;
  std::int64_t extents[max_rank], strides[max_rank];

  /// The next axis, inside those that are there: one with the last where elements lie evenly.
  void add(std::int64_t extent, std::int64_t stride) {
    if (rank > 0 && strides[rank - 1] == stride * extent) extents[rank - 1] *= extent;
    else extents[rank++] = extent;
    strides[rank - 1] = stride;
  }
  bool contiguous(std::int64_t element_size) const { return rank == 0 || (rank == 1 && strides[0] == element_size); }
};

/// Copies elements [start, start + n) of a walk between their places, from `base` on, and a contiguous block.
template <bool Gather>
void copy_block(const axis_walk& w, std::byte* base, std::uint8_t size, std::byte* block, std::int64_t start, std::int64_t n) {
  const int rank = w.rank;
  const std::int64_t *axes = w.extents, *strides = w.strides;
  std::int64_t at[max_rank];
  std::byte* place = base;
  for (int k = rank - 1; k >= 0; --k) {
    at[k] = k ? start % axes[k] : start;
    if (k) start /= axes[k];
    place += at[k] * strides[k];
  }
  const int last = rank - 1;
  const std::int64_t stride = rank ? strides[last] : 0;
  while (n > 0) {
    const std::int64_t run = rank ? std::min(n, axes[last] - at[last]) : n;
    const auto move = [&]<class T>(T) {
      if constexpr (Gather) gather_run<T>(block, place, stride, run);
      else scatter_run<T>(place, block, stride, run);
    };
    if (size == 8) move(std::int64_t());
    else if (size == 4) move(std::int32_t());
    else move(std::int8_t());
    n -= run;
    block += run * size;
    if (n <= 0) break;
    place -= at[last] * stride;
    at[last] = 0;
    for (int k = last - 1; k >= 0; --k) {
      place += strides[k];
      if (++at[k] < axes[k]) break;
      place -= at[k] * strides[k];
      at[k] = 0;
    }
  }
}

}  // namespace tendril::engine
