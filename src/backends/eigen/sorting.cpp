// Whole-array kernels sort, argsort and searchsorted.
//
// Elements are sorted as unsigned keys of their size that are ordered as they are: NaN above all numbers, the zeros of both signs equal;
// a complemented key for the descending order. Long rows go by a radix sort from the last byte to the first, which leaves out bytes that
// all keys share; short ones by comparisons. argsort sorts keys with their indices behind them, so that equal keys stay in order.
#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <memory>
#include <type_traits>

#include "backends/eigen/strided.hpp"
#include "backends/eigen/whole.hpp"

namespace tendril::detail {
namespace {

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
  } else if constexpr (!std::is_same_v<T, bool>) {
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
  } else if constexpr (std::is_same_v<T, bool>) {
    return key;
  } else {
    return key ^ sign<T>;
  }
}

// ---- sorting keys
constexpr std::int64_t shortest_for_radix = 256;

struct key_and_index {
  std::uint64_t key, index;
  friend bool operator<(const key_and_index& a, const key_and_index& b) { return a.key != b.key ? a.key < b.key : a.index < b.index; }
};
inline std::uint64_t digits(std::uint64_t k) { return k; }
inline std::uint64_t digits(const key_and_index& k) { return k.key; }

// Sorts by the bytes [First, First + Bytes) of the digits, the first one the least; the others must not matter or be in order.
template <int First, int Bytes, class K>
void radix_sort(K* keys, K* spare, std::int64_t n) {
  std::uint32_t many[Bytes][256] = {};
  for (std::int64_t i = 0; i < n; ++i) {
    const std::uint64_t d = digits(keys[i]) >> (8 * First);
    for (int b = 0; b < Bytes; ++b) ++many[b][d >> (8 * b) & 255];
  }
  K *from = keys, *to = spare;
  for (int b = 0; b < Bytes; ++b) {
    std::uint32_t* const start = many[b];
    const int shift = 8 * (First + b);
    if (start[digits(keys[0]) >> shift & 255] == static_cast<std::uint32_t>(n)) continue;  // all share it
    std::uint32_t before = 0;
    for (int d = 0; d < 256; ++d) before += std::exchange(start[d], before);
    for (std::int64_t i = 0; i < n; ++i) {
      const K k = from[i];
      to[start[digits(k) >> shift & 255]++] = k;
    }
    std::swap(from, to);
  }
  if (from != keys) std::memcpy(keys, from, static_cast<std::size_t>(n) * sizeof(K));
}

/// Sorts by all bytes but the first `First`, which are in order; a tie is decided by them.
template <int First, int Bytes, class K>
void sort_keys(K* keys, K* spare, std::int64_t n) {
  if (n < shortest_for_radix || n >= std::numeric_limits<std::uint32_t>::max()) std::sort(keys, keys + n);
  else radix_sort<First, Bytes>(keys, spare, n);
}

// ---- rows
template <class T>
struct sorter {
  using U = bits_of<T>;
  std::unique_ptr<U[]> spare;
  explicit sorter(std::int64_t n) : spare(new U[static_cast<std::size_t>(n)]) {}

  /// Sorts n elements in place.
  template <bool Descending>
  void sort(U* row, std::int64_t n) {
    std::int64_t zeros = 0, negative = 0;
    if constexpr (is_real<T>)
      for (std::int64_t i = 0; i < n; ++i) {
        zeros += (row[i] & ~sign<T>) == 0;
        negative += row[i] == sign<T>;
      }
    // Zeros of two signs are equal and keep their order, which the keys do not know.
    const bool mixed = negative != 0 && negative != zeros;
    std::unique_ptr<U[]> in_order;
    if (mixed) {
      in_order.reset(new U[static_cast<std::size_t>(zeros)]);
      std::copy_if(row, row + n, in_order.get(), [](U b) { return (b & ~sign<T>) == 0; });
    }
    for (std::int64_t i = 0; i < n; ++i) row[i] = key_of<T, Descending>(row[i]);
    sort_keys<0, sizeof(U)>(row, spare.get(), n);
    for (std::int64_t i = 0; i < n; ++i) row[i] = bits_of_key<T, Descending>(row[i]);
    if (negative == 0) return;
    U* const first = std::find_if(row, row + n, [](U b) { return (b & ~sign<T>) == 0; });
    if (mixed) std::copy_n(in_order.get(), zeros, first);
    else std::fill_n(first, zeros, sign<T>);
  }
};

/// A short key has room for its index, in one number of 8 bytes, as long as there are few enough.
template <class T>
inline constexpr bool packs = sizeof(T) < 8;
constexpr std::int64_t most_packed = std::int64_t{1} << 32;

template <class T, class K>
struct index_sorter {
  using U = bits_of<T>;
  static constexpr bool packed = std::is_same_v<K, std::uint64_t>;
  std::unique_ptr<K[]> keys, spare;
  explicit index_sorter(std::int64_t n) : keys(new K[static_cast<std::size_t>(n)]), spare(new K[static_cast<std::size_t>(n)]) {}

  template <bool Descending>
  void sort(std::int64_t* out, std::int64_t step, const U* row, std::int64_t n) {
    K* const k = keys.get();
    for (std::int64_t i = 0; i < n; ++i) {
      const std::uint64_t key = key_of<T, Descending>(row[i]), index = static_cast<std::uint64_t>(i);
      if constexpr (packed) k[i] = key << 32 | index;
      else k[i] = {key, index};
    }
    sort_keys<packed ? 4 : 0, sizeof(U)>(k, spare.get(), n);
    for (std::int64_t i = 0; i < n; ++i) {
      if constexpr (packed) out[i * step] = static_cast<std::int64_t>(k[i] & 0xffffffff);
      else out[i * step] = static_cast<std::int64_t>(k[i].index);
    }
  }
};

char* element(const array_view& v, std::int64_t offset) {
  return static_cast<char*>(v.data) + offset * static_cast<std::int64_t>(size_of(v.dtype));
}

// With the axis last.
array_view with_last(array_view v, int axis) {
  std::rotate(v.shape + axis, v.shape + axis + 1, v.shape + v.rank);
  std::rotate(v.strides + axis, v.strides + axis + 1, v.strides + v.rank);
  return v;
}

// Calls f(offset in a, offset in b) for every row along the last axis of views of one shape.
template <class F>
void each_row(const array_view& a, const array_view& b, const F& f) {
  loop_nest n;
  n.rank = a.rank - 1;
  std::copy_n(a.shape, n.rank, n.shape);
  n.add_operand(a.strides);
  n.add_operand(b.strides);
  odometer o(n, n.rank);
  do f(o.offsets()[0], o.offsets()[1]);
  while (o.next());
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
  const std::int64_t n = in->shape[r.axis];
  const array_view from = with_last(*in, r.axis), to = with_last(*out, r.axis);
  // Rows are sorted where they go, or, if these do not run along memory, in a copy.
  std::unique_ptr<char[]> memory;
  array_view rows = to;
  if (to.strides[to.rank - 1] != 1) {
    memory.reset(new char[static_cast<std::size_t>(to.size()) * sizeof(T)]);
    rows = dense_like(memory.get(), to);
  }
  copy_strided(rows, from);
  if (n > 1) {
    sorter<T> s(n);
    each_row(rows, rows, [&](std::int64_t at, std::int64_t) {
      U* row = reinterpret_cast<U*>(element(rows, at));
      r.descending ? s.template sort<true>(row, n) : s.template sort<false>(row, n);
    });
  }
  if (memory) copy_strided(to, rows);
}

template <class T>
void argsort(const array_view* out, const array_view* in, int, const attributes& attrs) {
  using U = bits_of<T>;
  if (out->size() == 0) return;
  const request r("argsort", attrs, in->rank);
  const std::int64_t n = in->shape[r.axis];
  const array_view from = with_last(*in, r.axis), to = with_last(*out, r.axis);
  std::unique_ptr<char[]> memory;
  array_view rows = from;
  if (from.strides[from.rank - 1] != 1) {
    memory.reset(new char[static_cast<std::size_t>(from.size()) * sizeof(T)]);
    rows = dense_like(memory.get(), from);
    copy_strided(rows, from);
  }
  const std::int64_t step = to.strides[to.rank - 1];
  const auto sort_rows = [&]<class K>(index_sorter<T, K> s) {
    each_row(rows, to, [&](std::int64_t at, std::int64_t where) {
      const U* row = reinterpret_cast<const U*>(element(rows, at));
      std::int64_t* indices = static_cast<std::int64_t*>(to.data) + where;
      r.descending ? s.template sort<true>(indices, step, row, n) : s.template sort<false>(indices, step, row, n);
    });
  };
  if (packs<T> && n <= most_packed) sort_rows(index_sorter<T, std::uint64_t>(n));
  else sort_rows(index_sorter<T, key_and_index>(n));
}

// ---- searching
template <class T>
bool before(T a, T b) {  // NaN comes last
  if constexpr (is_real<T>) return a < b || (b != b && a == a);
  else return a < b;
}

// How many of the sorted elements come before each of the wanted ones. Several searches go side by side, so that they wait for memory
// together; all halve the same range, without branches.
template <class T, bool Right>
void search_some(std::int64_t* found, const T* sorted, std::int64_t step, std::int64_t n, const T* wanted, int count) {
  constexpr int side_by_side = 8;
  T want[side_by_side] = {};
  std::int64_t low[side_by_side] = {};
  std::copy_n(wanted, count, want);
  std::int64_t left = n;
  const auto passes = [&](std::int64_t i, T w) { return Right ? !before(w, sorted[i * step]) : before(sorted[i * step], w); };
  while (left > 1) {
    const std::int64_t half = left / 2;
    for (int k = 0; k < side_by_side; ++k) low[k] += passes(low[k] + half - 1, want[k]) ? half : 0;
    left -= half;
  }
  for (int k = 0; k < count; ++k) found[k] = low[k] + (left == 1 && passes(low[k], want[k]));
}

template <class T>
void searchsorted(const array_view* out, const array_view* in, int, const attributes& attrs) {
  if (out->size() == 0) return;
  const bool right = attrs.get_string("side") == "right";
  const array_view& sorted = in[0];
  const std::int64_t n = sorted.shape[0], total = out->size();
  constexpr std::int64_t block = engine::block_size;
  T buffer[block];
  std::int64_t found[block];
  loop_nest nest;
  nest.rank = out->rank;
  std::copy_n(out->shape, out->rank, nest.shape);
  nest.add_operand(out->strides);
  nest.add_operand(in[1].strides);
  loop_nest merged = nest;
  merged.merge();
  cursor c(in[1].data, sizeof(T), merged, 1);
  odometer o(nest, nest.rank);
  std::int64_t* const to = static_cast<std::int64_t*>(out->data);
  for (std::int64_t at = 0; at < total; at += block) {
    const std::int64_t m = std::min(block, total - at);
    const T* wanted = static_cast<const T*>(c.take(m, buffer));
    for (std::int64_t i = 0; i < m; i += 8) {
      const int count = static_cast<int>(std::min<std::int64_t>(8, m - i));
      if (right) search_some<T, true>(found + i, static_cast<const T*>(sorted.data), sorted.strides[0], n, wanted + i, count);
      else search_some<T, false>(found + i, static_cast<const T*>(sorted.data), sorted.strides[0], n, wanted + i, count);
    }
    for (std::int64_t i = 0; i < m; ++i) {
      to[o.offsets()[0]] = found[i];
      o.next();
    }
  }
}

}  // namespace

void add_sorting_kernels(engine::whole_table& t) {
  const auto set = [&]<class T>(dtype d, T) {
    t.kernel[static_cast<int>(op_id::sort)][static_cast<int>(d)] = &sort<T>;
    t.kernel[static_cast<int>(op_id::argsort)][static_cast<int>(d)] = &argsort<T>;
    if constexpr (!std::is_same_v<T, bool>) t.kernel[static_cast<int>(op_id::searchsorted)][static_cast<int>(d)] = &searchsorted<T>;
  };
  set(dtype::bool_, bool{});
  set(dtype::int32, std::int32_t{});
  set(dtype::int64, std::int64_t{});
  set(dtype::float32, float{});
  set(dtype::float64, double{});
}

}  // namespace tendril::detail
