// Whole-array kernels sort, argsort and searchsorted.
//
// Elements are sorted as unsigned keys of their size that are ordered as they are: NaN above all numbers, the zeros of both signs equal;
// a complemented key for the descending order. Short rows go side by side through one network of comparisons, long ones by a radix sort
// from the last byte to the first, which leaves out bytes that all keys share. argsort sorts keys with their indices behind them, so that
// equal keys stay in order: the upper halves of long keys first, then, where these are equal, the lower ones.
#include <algorithm>
#include <bit>
#include <cstring>
#include <iterator>
#include <limits>
#include <numeric>
#include <type_traits>
#include <utility>

#include <tendril/detail/op_id.hpp>

#include "array/arena.hpp"
#include "backends/eigen/axis.hpp"
#include "backends/eigen/whole.hpp"
#include "backends/shared/strided.hpp"

namespace tendril::detail {
namespace {

using engine::room;

template <class T>
using bits_of = std::conditional_t<sizeof(T) == 1, std::uint8_t, std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>>;

// ---- keys
template <class T>
inline constexpr bool is_real = std::is_floating_point_v<T>;
template <class T>
inline constexpr bits_of<T> sign = static_cast<bits_of<T>>(bits_of<T>{1} << (8 * sizeof(T) - 1));

template <class T, bool Descending>
bits_of<T> key_of(bits_of<T> b) {
  using U = bits_of<T>;
  U key = b;
  if constexpr (is_real<T>) {
    constexpr U infinity = std::bit_cast<U>(std::numeric_limits<T>::infinity());
    const U magnitude = b & ~sign<T>;
    const U flip = b & sign<T> ? ~U{0} : sign<T>;
    key = magnitude > infinity ? ~U{0} : magnitude == 0 ? sign<T> : b ^ flip;
  } else if constexpr (std::is_signed_v<T>) {
    key = b ^ sign<T>;
  }
  return Descending ? static_cast<U>(~key) : key;
}

template <class T, bool Descending>
bits_of<T> bits_of_key(bits_of<T> key) {
  using U = bits_of<T>;
  if (Descending) key = static_cast<U>(~key);
  if constexpr (is_real<T>) {
    constexpr U nan = std::bit_cast<U>(std::numeric_limits<T>::quiet_NaN());
    return key == ~U{0} ? nan : key ^ (key & sign<T> ? sign<T> : ~U{0});
  } else if constexpr (std::is_signed_v<T>) {
    return key ^ sign<T>;
  } else {
    return key;
  }
}

// ---- sorting keys
constexpr std::int64_t most_indexed = std::int64_t{1} << 32;

// Sorts n keys by their bytes [First, First + Bytes), the first one the least; keys that have these in common stay in order.
template <int First, int Bytes, class K>
void radix_sort(K* keys, K* spare, std::int64_t n) {
  std::uint32_t many[Bytes][256] = {};
  for (std::int64_t i = 0; i < n; ++i)
    for (int b = 0; b < Bytes; ++b) ++many[b][keys[i] >> (8 * (First + b)) & 255];
  K *from = keys, *to = spare;
  for (int b = 0; b < Bytes; ++b) {
    std::uint32_t* const start = many[b];
    const int shift = 8 * (First + b);
    if (start[keys[0] >> shift & 255] == static_cast<std::uint32_t>(n)) continue;  // all share it
    std::uint32_t before = 0;
    for (int d = 0; d < 256; ++d) before += std::exchange(start[d], before);
    for (std::int64_t i = 0; i < n; ++i) {
      const K k = from[i];
      to[start[k >> shift & 255]++] = k;
    }
    std::swap(from, to);
  }
  if (from != keys) std::memcpy(keys, from, static_cast<std::size_t>(n) * sizeof(K));
}

/// Sorts keys whose first bytes are in order already, or all the same. Each byte costs a pass and a table.
template <int First, int Bytes, class K>
void sort_keys(K* keys, K* spare, std::int64_t n) {
  if (n < 24 * Bytes || n >= std::numeric_limits<std::uint32_t>::max()) std::sort(keys, keys + n);
  else radix_sort<First, Bytes>(keys, spare, n);
}

// Rows of n keys that follow one another. The network takes as long for one row as for a register full of them.
template <int First, int Bytes, class K>
void sort_rows(K* keys, K* spare, std::int64_t rows, std::int64_t n) {
  if constexpr (sizeof(K) > 1)
    if (n <= longest_sorted_row && (n <= 32 || rows * static_cast<std::int64_t>(sizeof(K)) >= 32))
      return (sizeof(K) == 4 ? eigen_axis().sort4 : eigen_axis().sort8)(keys, rows, n);
  for (std::int64_t r = 0; r < rows; ++r) sort_keys<First, Bytes>(keys + r * n, spare, n);
}

// ---- rows
template <class T>
struct sorter {
  using U = bits_of<T>;
  static constexpr bool is_zero(U b) { return (b & ~sign<T>) == 0; }

  /// Sorts rows of n elements that follow one another.
  template <bool Descending>
  static void sort(U* keys, U* spare, std::int64_t rows, std::int64_t n) {
    // Zeros of two signs are equal and keep their order, which the keys do not know.
    room<U> memory;
    const U* zeros = nullptr;
    if constexpr (is_real<T>)
      if (std::find(keys, keys + rows * n, sign<T>) != keys + rows * n) {
        U* const to = memory.take(std::count_if(keys, keys + rows * n, is_zero));
        std::copy_if(keys, keys + rows * n, to, is_zero);
        zeros = to;
      }
    for (std::int64_t i = 0; i < rows * n; ++i) keys[i] = key_of<T, Descending>(keys[i]);
    sort_rows<0, sizeof(U)>(keys, spare, rows, n);
    for (std::int64_t i = 0; i < rows * n; ++i) keys[i] = bits_of_key<T, Descending>(keys[i]);
    if (!zeros) return;
    for (std::int64_t i = 0; i < rows * n; ++i)
      if (is_zero(keys[i])) keys[i] = *zeros++;
  }

  /// The indices that sort each row. `packed` holds as many numbers as the rows, `spare` as many as one of them.
  template <bool Descending>
  static void argsort(std::int64_t* out, const U* keys, std::uint64_t* packed, std::uint64_t* spare, std::int64_t rows, std::int64_t n) {
    constexpr int bytes = sizeof(U) == 8 ? 4 : sizeof(U);
    const auto key = [keys](std::int64_t i) { return std::uint64_t{key_of<T, Descending>(keys[i])}; };
    for (std::int64_t r = 0; r < rows; ++r)
      for (std::int64_t i = 0; i < n; ++i)
        packed[r * n + i] = (sizeof(U) == 8 ? key(r * n + i) >> 32 : key(r * n + i)) << 32 | static_cast<std::uint64_t>(i);
    sort_rows<4, bytes>(packed, spare, rows, n);
    for (std::int64_t r = 0; r < rows; ++r) {
      std::uint64_t* const row = packed + r * n;
      if constexpr (sizeof(U) == 8)
        for (std::int64_t i = 0, end; i < n; i = end) {  // runs of equal upper halves
          for (end = i + 1; end < n && row[end] >> 32 == row[i] >> 32;) ++end;
          if (end == i + 1) continue;
          for (std::int64_t k = i; k < end; ++k) {
            const std::uint64_t index = row[k] & 0xffffffff;
            row[k] = key(r * n + static_cast<std::int64_t>(index)) << 32 | index;
          }
          sort_keys<4, 4>(row + i, spare, end - i);
        }
      for (std::int64_t i = 0; i < n; ++i) out[r * n + i] = static_cast<std::int64_t>(row[i] & 0xffffffff);
    }
  }

  /// As argsort, of a row that is too long to pack an index beside a key.
  template <bool Descending>
  static void argsort_long(std::int64_t* out, const U* keys, std::int64_t n) {
    std::iota(out, out + n, std::int64_t{0});
    std::stable_sort(out, out + n,
                     [keys](std::int64_t a, std::int64_t b) { return key_of<T, Descending>(keys[a]) < key_of<T, Descending>(keys[b]); });
  }
};

// With the axis last.
array_view with_last(array_view v, int axis) {
  std::rotate(v.shape + axis, v.shape + axis + 1, v.shape + v.rank);
  std::rotate(v.strides + axis, v.strides + axis + 1, v.strides + v.rank);
  return v;
}

struct request {
  int axis;
  bool descending;
  request(std::string_view op, const attributes& at, int rank)
      : axis(static_cast<int>(normalize_axis(op, at.get_int("axis"), rank))), descending(at.get_bool("descending")) {}
};

template <class T>
void sort(const array_view* out, const array_view* in, int, const attributes& attrs) {
  using U = bits_of<T>;
  if (out->size() == 0) return;
  const request r("sort", attrs, in->rank);
  const std::int64_t n = in->shape[r.axis], rows = in->size() / n;
  const array_view from = with_last(*in, r.axis), to = with_last(*out, r.axis);
  // Rows are sorted where they go, or, if they do not follow one another there, in a copy.
  room<U> memory;
  array_view keys = to;
  if (!is_dense(to)) keys = dense_like(memory.take(to.size()), to);
  copy_strided(keys, from);
  const room<U> spare(n);
  U* const p = static_cast<U*>(keys.data);
  r.descending ? sorter<T>::template sort<true>(p, spare.get(), rows, n) : sorter<T>::template sort<false>(p, spare.get(), rows, n);
  if (memory) copy_strided(to, keys);
}

template <class T>
void argsort(const array_view* out, const array_view* in, int, const attributes& attrs) {
  using U = bits_of<T>;
  if (out->size() == 0) return;
  const request r("argsort", attrs, in->rank);
  const std::int64_t n = in->shape[r.axis], rows = in->size() / n;
  const array_view from = with_last(*in, r.axis), to = with_last(*out, r.axis);
  room<U> memory;
  array_view keys = from, indices = to;
  if (!is_dense(from)) {
    keys = dense_like(memory.take(from.size()), from);
    copy_strided(keys, from);
  }
  room<std::int64_t> elsewhere;
  if (!is_dense(to)) indices = dense_like(elsewhere.take(to.size()), to);
  const U* const p = static_cast<const U*>(keys.data);
  std::int64_t* const q = static_cast<std::int64_t*>(indices.data);
  // Some rows at a time, so that what is sorted stays in cache.
  const std::int64_t some = n <= most_indexed ? std::clamp<std::int64_t>(4096 / n, 1, rows) : 1;
  const room<std::uint64_t> packed(n <= most_indexed ? some * n : 0), spare(n <= most_indexed ? n : 0);
  for (std::int64_t row = 0; row < rows; row += some) {
    const std::int64_t m = std::min(some, rows - row);
    const U* const k = p + row * n;
    std::int64_t* const i = q + row * n;
    if (n > most_indexed) r.descending ? sorter<T>::template argsort_long<true>(i, k, n) : sorter<T>::template argsort_long<false>(i, k, n);
    else if (r.descending) sorter<T>::template argsort<true>(i, k, packed.get(), spare.get(), m, n);
    else sorter<T>::template argsort<false>(i, k, packed.get(), spare.get(), m, n);
  }
  if (elsewhere) copy_strided(to, indices);
}

// ---- searching
void searchsorted(const array_view* out, const array_view* in, int, const attributes& attrs) {
  if (out->size() == 0) return;
  const array_view& sorted = in[0];
  const std::int64_t n = sorted.shape[0], total = out->size(), bytes = static_cast<std::int64_t>(size_of(sorted.dtype));
  const auto d = static_cast<std::size_t>(sorted.dtype);
  const search_kernel search = attrs.get_string("side") == "right" ? eigen_axis().right[d] : eigen_axis().left[d];
  room<char> memory;
  const void* numbers = sorted.data;
  if (!is_dense(sorted)) {
    numbers = memory.take(n * bytes);
    copy_strided(dense_like(memory.get(), sorted), sorted);
  }
  loop_nest nest;
  nest.rank = out->rank;
  std::copy_n(out->shape, out->rank, nest.shape);
  nest.add_operand(out->strides);
  nest.add_operand(in[1].strides);
  nest.merge();
  constexpr std::int64_t block = engine::block_size;
  std::int64_t buffer[block], found[block];
  cursor wanted(in[1].data, static_cast<std::size_t>(bytes), nest, 1);
  odometer o(nest, nest.rank);
  for (std::int64_t at = 0; at < total; at += block) {
    const std::int64_t m = std::min(block, total - at);
    const void* const some = wanted.take(m, buffer);
    if (is_dense(*out)) {
      search(static_cast<std::int64_t*>(out->data) + at, numbers, n, some, m);
      continue;
    }
    search(found, numbers, n, some, m);
    for (std::int64_t i = 0; i < m; ++i, o.next()) static_cast<std::int64_t*>(out->data)[o.offsets()[0]] = found[i];
  }
}

}  // namespace

void add_sorting_kernels(engine::whole_table& t) {
  for_each_dtype([&]<class T>(T) {
    constexpr int d = static_cast<int>(dtype_of<T>);
    t.kernel[static_cast<int>(op_id::sort)][d] = &sort<T>;
    t.kernel[static_cast<int>(op_id::argsort)][d] = &argsort<T>;
    if constexpr (!std::is_same_v<T, bool>) t.kernel[static_cast<int>(op_id::searchsorted)][d] = &searchsorted;
  });
}

}  // namespace tendril::detail
