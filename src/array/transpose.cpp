// Transposed copies, by tiles of whole cache lines.
//
// A tile is read line by line into a small buffer and written line by line out of it, so that no line has to stay in cache: rows whose
// distance is a power of two would throw each other out.
#include "array/transpose.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "array/views.hpp"

namespace tendril::engine {
namespace {

template <class E>
struct quad;
template <>
struct quad<std::uint32_t> {
  static constexpr int lanes = 4;
#if defined(__GNUC__)
  typedef std::uint32_t vector __attribute__((vector_size(16)));
  static void turn(vector* v) {
    const auto mix = [](vector a, vector b, auto... i) { return vector{(i < 4 ? a[i & 3] : b[i & 3])...}; };
    const vector a = mix(v[0], v[1], 0, 4, 1, 5), b = mix(v[2], v[3], 0, 4, 1, 5), c = mix(v[0], v[1], 2, 6, 3, 7),
                 d = mix(v[2], v[3], 2, 6, 3, 7);
    v[0] = mix(a, b, 0, 1, 4, 5);
    v[1] = mix(a, b, 2, 3, 6, 7);
    v[2] = mix(c, d, 0, 1, 4, 5);
    v[3] = mix(c, d, 2, 3, 6, 7);
  }
#endif
};
template <>
struct quad<std::uint64_t> {
  static constexpr int lanes = 2;
#if defined(__GNUC__)
  typedef std::uint64_t vector __attribute__((vector_size(16)));
  static void turn(vector* v) {
    const vector a = {v[0][0], v[1][0]}, b = {v[0][1], v[1][1]};
    v[0] = a;
    v[1] = b;
  }
#endif
};

// One full tile; its rows are a cache line of `in` each, its columns one of `out`.
template <class E>
void tile(E* out, const E* in, std::int64_t out_stride, std::int64_t in_stride) {
  constexpr int side = 64 / sizeof(E);
#if defined(__GNUC__)
  using q = quad<E>;
  using vector = typename q::vector;
  constexpr int lanes = q::lanes, across = side / lanes;
  vector turned[side][across];
  for (int i = 0; i < across; ++i) {  // `lanes` rows of the input at a time
    vector rows[across][lanes];
    for (int r = 0; r < lanes; ++r)
      for (int j = 0; j < across; ++j) std::memcpy(&rows[j][r], in + (i * lanes + r) * in_stride + j * lanes, sizeof(vector));
    for (int j = 0; j < across; ++j) {
      q::turn(rows[j]);
      for (int r = 0; r < lanes; ++r) turned[j * lanes + r][i] = rows[j][r];
    }
  }
  for (int j = 0; j < side; ++j) std::memcpy(out + j * out_stride, turned[j], 64);
#else
  for (int i = 0; i < side; ++i)
    for (int j = 0; j < side; ++j) out[j * out_stride + i] = in[i * in_stride + j];
#endif
}

// out[c * out_stride + r] = in[r * in_stride + c] for 4- or 8-byte elements.
template <class E>
void transpose(E* out, const E* in, std::int64_t rows, std::int64_t columns, std::int64_t out_stride, std::int64_t in_stride) {
  constexpr std::int64_t side = 64 / sizeof(E), block = 8 * side;  // a block touches few pages
  const auto scalar = [&](std::int64_t r0, std::int64_t r1, std::int64_t c0, std::int64_t c1) {
    for (std::int64_t c = c0; c < c1; ++c)
      for (std::int64_t r = r0; r < r1; ++r) out[c * out_stride + r] = in[r * in_stride + c];
  };
  const std::int64_t whole_rows = rows / side * side, whole_columns = columns / side * side;
  for (std::int64_t r0 = 0; r0 < whole_rows; r0 += block)
    for (std::int64_t c0 = 0; c0 < whole_columns; c0 += block)
      for (std::int64_t c = c0; c < std::min(c0 + block, whole_columns); c += side)
        for (std::int64_t r = r0; r < std::min(r0 + block, whole_rows); r += side)
          tile(out + c * out_stride + r, in + r * in_stride + c, out_stride, in_stride);
  scalar(0, whole_rows, whole_columns, columns);
  scalar(whole_rows, rows, 0, columns);
}

template <class E>
void copy_planes(const array_view& out, const array_view& in, int along_out, int along_in) {
  E* to = static_cast<E*>(out.data);
  const E* from = static_cast<const E*>(in.data);
  outer_walk walk;
  do transpose(to, from, out.shape[along_out], out.shape[along_in], out.strides[along_in], in.strides[along_out]);
  while (walk.next(out, in, to, from, [&](int k) { return k == along_out || k == along_in; }));
}

}  // namespace

bool copy_transposed(const array_view& out, const array_view& in) {
  const std::size_t bytes = size_of(out.dtype);
  if (in.dtype != out.dtype || (bytes != 4 && bytes != 8)) return false;
  int along_out = -1, along_in = -1;
  for (int k = 0; k < out.rank; ++k) {
    if (out.shape[k] == 1) continue;
    if (out.strides[k] == 1) along_out = k;
    if (in.strides[k] == 1) along_in = k;
  }
  const std::int64_t side = static_cast<std::int64_t>(64 / bytes);
  if (along_out < 0 || along_in < 0 || along_out == along_in || out.shape[along_out] < side || out.shape[along_in] < side) return false;
  bytes == 4 ? copy_planes<std::uint32_t>(out, in, along_out, along_in) : copy_planes<std::uint64_t>(out, in, along_out, along_in);
  return true;
}

}  // namespace tendril::engine
