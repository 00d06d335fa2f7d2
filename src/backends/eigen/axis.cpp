// Running totals, checked indices, gathers, searches and sorting of short rows, compiled once per instruction set.
//
// A running sum is rounded in three places. Groups of 64 bytes are summed by Sklansky's network, whose depth is the logarithm of their
// size; the groups of a segment one after the other; and what the segments before amount to is kept in two numbers, as if in double the
// precision. So the error of an element is within 40 roundings of the magnitudes in its own segment, however long the axis is.
#include "backends/eigen/axis.hpp"

#include <algorithm>
#include <limits>

#include <tendril/detail/with_dtype.hpp>

#include "backends/eigen/lanes.hpp"

namespace tendril::detail::TENDRIL_EIGEN_KERNELS {

struct plus {
  template <class L>
  static TENDRIL_INLINE L run(L a, L b) {
    return static_cast<L>(a + b);  // narrow integers are added as int
  }
  /// -0 and not 0, which would turn -0 into 0.
  template <class T>
  static constexpr T identity = is_real<T> ? -T(0) : T(0);
};
struct times {
  template <class L>
  static TENDRIL_INLINE L run(L a, L b) {
    return static_cast<L>(a * b);
  }
  template <class T>
  static constexpr T identity = T(1);
};

/// The elements of a group in registers.
template <class T>
struct group {
  using L = lanes<T>;
  static constexpr int registers = 64 / vector_bytes, size = registers * L::width;
  L part[registers];
};

// Lane l of the upper half of each 2 * Half lanes takes the last of the lower half, the others the second operand's.
template <int Half, class L, int... I>
TENDRIL_INLINE L spread(L v, L other, std::integer_sequence<int, I...>) {
  return {__builtin_shufflevector(v.v, other.v, ((I & Half) != 0 ? (I & ~(2 * Half - 1)) + Half - 1 : L::width + I)...)};
}
template <class L, int... I>
TENDRIL_INLINE L last_everywhere(L v, std::integer_sequence<int, I...>) {
  return {__builtin_shufflevector(v.v, v.v, (static_cast<void>(I), L::width - 1)...)};
}
template <class L>
TENDRIL_INLINE L last_everywhere(L v) {
  return last_everywhere(v, std::make_integer_sequence<int, L::width>());
}

template <class Op, class T, int Half = 1>
TENDRIL_INLINE lanes<T> prefix(lanes<T> v) {
  if constexpr (Half < lanes<T>::width) {
    const auto all = std::make_integer_sequence<int, lanes<T>::width>();
    return prefix<Op, T, 2 * Half>(Op::run(spread<Half>(v, lanes<T>::all(Op::template identity<T>), all), v));
  } else {
    return v;
  }
}

template <class Op, class T>
TENDRIL_INLINE void prefix(group<T>& g) {
  constexpr int n = group<T>::registers;
  for (int i = 0; i < n; ++i) g.part[i] = prefix<Op>(g.part[i]);
  for (int half = 1; half < n; half *= 2)
    for (int i = 0; i < n; ++i)
      if (i & half) g.part[i] = Op::run(last_everywhere(g.part[(i & ~(2 * half - 1)) + half - 1]), g.part[i]);
}

// Runs over n elements; `finish` makes results of running totals. Returns the total.
template <class Op, class T, class Finish>
TENDRIL_INLINE T scan_groups(T* out, const T* in, std::int64_t n, T start, const Finish& finish) {
  using L = lanes<T>;
  constexpr std::int64_t size = group<T>::size;
  L carry = L::all(start);
  std::int64_t i = 0;
  for (; i + size <= n; i += size) {
    group<T> g;
    for (int k = 0; k < group<T>::registers; ++k) g.part[k] = L::load(in + i + k * L::width);
    prefix<Op>(g);
    for (int k = 0; k < group<T>::registers; ++k) finish(Op::run(carry, g.part[k])).store(out + i + k * L::width);
    carry = Op::run(carry, last_everywhere(g.part[group<T>::registers - 1]));
  }
  if (i < n) {
    T some[size];
    group<T> g;
    for (std::int64_t k = 0; k < size; ++k) some[k] = i + k < n ? in[i + k] : Op::template identity<T>;
    for (int k = 0; k < group<T>::registers; ++k) g.part[k] = L::load(some + k * L::width);
    prefix<Op>(g);
    for (int k = 0; k < group<T>::registers; ++k) finish(Op::run(carry, g.part[k])).store(some + k * L::width);
    carry = Op::run(carry, last_everywhere(g.part[group<T>::registers - 1]));
    for (std::int64_t k = 0; i + k < n; ++k) out[i + k] = some[k];
  }
  return carry.v[0];
}

template <class Op, class T>
void scan(void* out, const void* in, std::int64_t n) {
  T* to = static_cast<T*>(out);
  const T* from = static_cast<const T*>(in);
  if constexpr (!(is_real<T> && std::is_same_v<Op, plus>)) {
    scan_groups<Op>(to, from, n, Op::template identity<T>, [](lanes<T> x) { return x; });
  } else {
    constexpr std::int64_t segment = 32 * group<T>::size;
    T high = -T(0), low = -T(0);  // the sum of the segments before is high + low
    for (std::int64_t at = 0; at < n; at += segment) {
      const lanes<T> before = lanes<T>::all(high + low);
      const std::int64_t m = n - at < segment ? n - at : segment;
      const T sum = scan_groups<Op>(to + at, from + at, m, -T(0), [before](lanes<T> x) { return before + x; });
      const T next = high + sum, rounded = next - high, lost = (high - (next - rounded)) + (sum - rounded);
      high = next;
      if (__builtin_isfinite(next) && lost != 0) low += lost;  // infinities differ by NaN; 0 would turn -0 into 0
    }
  }
}

// Down columns, row by row: the row before is added to, up to the end of the first segment of reals; each segment has a total of its own
// then.
template <class Op, class T>
void scan_columns(const column_scan& s) {
  using E = std::conditional_t<is_real<T>, T, unsigned_of<T>>;  // integers wrap
  constexpr bool compensated = is_real<T> && std::is_same_v<Op, plus>;
  constexpr std::int64_t segment = 64, block = 1024;
  for (std::int64_t c = 0; c < s.columns; c += block) {
    const std::int64_t m = s.columns - c < block ? s.columns - c : block;
    E total[block], high[block], low[block], before[block];
    E* out = static_cast<E*>(s.out) + c;
    const E* in = static_cast<const E*>(s.in) + c;
    for (std::int64_t i = 0; i < m; ++i) out[i] = in[i];
    for (std::int64_t r = 1; r < s.rows; ++r) {
      const E* const previous = out;
      out += s.out_step;
      in += s.in_step;
      if (!compensated || r < segment) {
        for (std::int64_t i = 0; i < m; ++i) out[i] = Op::run(previous[i], in[i]);
      } else if constexpr (compensated) {
        if (r == segment)
          for (std::int64_t i = 0; i < m; ++i) {
            high[i] = before[i] = previous[i];
            low[i] = total[i] = -T(0);
          }
        else if (r % segment == 0)
          for (std::int64_t i = 0; i < m; ++i) {
            const T sum = total[i], next = high[i] + sum, rounded = next - high[i], lost = (high[i] - (next - rounded)) + (sum - rounded);
            low[i] = next - next == 0 && lost != 0 ? low[i] + lost : low[i];
            high[i] = next;
            before[i] = next + low[i];
            total[i] = -T(0);
          }
        for (std::int64_t i = 0; i < m; ++i) out[i] = before[i] + (total[i] += in[i]);
      }
    }
  }
}

// Knuth, volume 3, algorithm 5.2.2M (Batcher's merge exchange): the same comparisons whatever the keys are, for any n.
template <class K>
void sort_rows(void* data, std::int64_t rows, std::int64_t n) {
  constexpr int width = 64 / sizeof(K);
  typedef K vec __attribute__((vector_size(64)));
  vec tile[longest_sorted_row];
  K* keys = static_cast<K*>(data);
  for (std::int64_t row = 0; row < rows; row += width, keys += width * n) {
    const std::int64_t some = rows - row < width ? rows - row : width;
    for (std::int64_t i = 0; i < n; ++i)
      for (std::int64_t k = 0; k < width; ++k) tile[i][k] = keys[(k < some ? k : 0) * n + i];
    std::int64_t top = 1;
    while (2 * top < n) top *= 2;
    for (std::int64_t p = top; p > 0; p /= 2) {
      std::int64_t r = 0, d = p;
      for (std::int64_t q = top;; q /= 2) {
        for (std::int64_t i = 0; i + d < n; ++i) {
          if ((i & p) != r) continue;
          const vec a = tile[i], b = tile[i + d];
          const auto less = a < b;
          tile[i] = less ? a : b;
          tile[i + d] = less ? b : a;
        }
        if (q == p) break;
        d = q - p;
        r = p;
      }
    }
    for (std::int64_t k = 0; k < some; ++k)
      for (std::int64_t i = 0; i < n; ++i) keys[k * n + i] = tile[i][k];
  }
}

/// Returns a number whose sign bit is set if an index is out of range.
template <class I>
TENDRIL_INLINE std::int64_t resolve(std::int64_t* offsets, const I* index, std::int64_t n, std::int64_t extent, std::int64_t stride) {
  std::int64_t outside = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    const std::int64_t k = index[i], from_start = k + (k < 0 ? extent : 0);
    outside |= from_start | (extent - 1 - from_start);
    offsets[i] = static_cast<std::int64_t>(static_cast<std::uint64_t>(from_start) * static_cast<std::uint64_t>(stride));
  }
  return outside;
}
template <class I>
std::int64_t first_outside(const I* index, std::int64_t extent) {
  std::int64_t i = 0;
  while (index[i] >= -extent && index[i] < extent) ++i;
  return i;
}

template <class I>
std::int64_t offsets_of(std::int64_t* offsets, const void* index, std::int64_t n, std::int64_t extent, std::int64_t stride) {
  const I* p = static_cast<const I*>(index);
  return resolve(offsets, p, n, extent, stride) >= 0 ? -1 : first_outside(p, extent);
}

template <class E>
void gather(void* out, const void* from, const std::int64_t* offsets, std::int64_t n) {
  E* to = static_cast<E*>(out);
  const E* p = static_cast<const E*>(from);
  for (std::int64_t i = 0; i < n; ++i) to[i] = p[offsets[i]];
}

// Few indices at a time: so the processor waits for the elements of several such blocks together.
template <class I, class E>
std::int64_t take(const indexed_row& r) {
  constexpr std::int64_t block = 32;
  std::int64_t offsets[block];
  E* const to = static_cast<E*>(r.out);
  const E* const from = static_cast<const E*>(r.from);
  const I* const index = static_cast<const I*>(r.index);
  const auto some = [&](std::int64_t i, std::int64_t n) {
    if (resolve(offsets, index + i, n, r.extent, r.stride) < 0) return false;
    if (r.step == 0)
      for (std::int64_t k = 0; k < n; ++k) to[i + k] = from[offsets[k]];
    else
      for (std::int64_t k = 0; k < n; ++k) to[i + k] = from[offsets[k] + (i + k) * r.step];
    return true;
  };
  std::int64_t i = 0;
  for (; i + block <= r.n; i += block)
    if (!some(i, block)) return i + first_outside(index + i, r.extent);
  return i == r.n || some(i, r.n - i) ? -1 : i + first_outside(index + i, r.extent);
}

// ---- searches: all of a block halve the same range, without branches, and wait for memory together
template <class T>
TENDRIL_INLINE bool before(T a, T b) {
  if constexpr (is_real<T>) return (a < b) | ((b != b) & (a == a));
  else return a < b;
}
template <class T, bool Right>
TENDRIL_INLINE bool passes(T x, T wanted) {
  return Right ? !before(wanted, x) : before(x, wanted);
}

// Positions of the elements' size, so that registers hold as many of them; bytes would count too few.
template <class T, bool Right, class I>
TENDRIL_INLINE void search_by(std::int64_t* found, const T* sorted, I n, const T* wanted, std::int64_t count) {
  constexpr std::int64_t block = 32;
  for (std::int64_t at = 0; at < count; at += block) {
    const std::int64_t some = count - at < block ? count - at : block;
    T want[block];
    I low[block];
    for (std::int64_t k = 0; k < block; ++k) {
      want[k] = wanted[at + (k < some ? k : 0)];
      low[k] = 0;
    }
    I left = n;
    for (; left > 1; left -= left / 2) {
      const I half = left / 2;
      for (std::int64_t k = 0; k < block; ++k) low[k] += passes<T, Right>(sorted[low[k] + half - 1], want[k]) ? half : I(0);
    }
    for (std::int64_t k = 0; k < some; ++k) found[at + k] = low[k] + (left == 1 && passes<T, Right>(sorted[low[k]], want[k]));
  }
}
template <class T, bool Right>
void search(std::int64_t* found, const void* sorted, std::int64_t n, const void* wanted, std::int64_t count) {
  const T *x = static_cast<const T*>(sorted), *w = static_cast<const T*>(wanted);
  using I = std::conditional_t<sizeof(T) == 8, std::int64_t, std::int32_t>;
  if (n <= std::numeric_limits<I>::max()) search_by<T, Right>(found, x, static_cast<I>(n), w, count);
  else search_by<T, Right>(found, x, n, w, count);
}

const axis_table& axis() {
  static constexpr axis_table table = [] {
    axis_table t{};
    for_each_dtype<dtype_kind::integer>([&t]<class T>(T) {
      constexpr int d = static_cast<int>(dtype_of<T>);
      t.sum[d] = &scan<plus, T>;
      t.prod[d] = &scan<times, T>;
      t.left[d] = &search<T, false>;
      t.right[d] = &search<T, true>;
      t.sum_columns[d] = &scan_columns<plus, T>;
      t.prod_columns[d] = &scan_columns<times, T>;
    });
    t.int32_take1 = &take<std::int32_t, std::uint8_t>;
    t.int32_take4 = &take<std::int32_t, std::uint32_t>;
    t.int32_take8 = &take<std::int32_t, std::uint64_t>;
    t.int64_take1 = &take<std::int64_t, std::uint8_t>;
    t.int64_take4 = &take<std::int64_t, std::uint32_t>;
    t.int64_take8 = &take<std::int64_t, std::uint64_t>;
    t.sort4 = &sort_rows<std::uint32_t>;
    t.sort8 = &sort_rows<std::uint64_t>;
    t.int32_offsets = &offsets_of<std::int32_t>;
    t.int64_offsets = &offsets_of<std::int64_t>;
    t.gather1 = &gather<std::uint8_t>;
    t.gather4 = &gather<std::uint32_t>;
    t.gather8 = &gather<std::uint64_t>;
    return t;
  }();
  return table;
}

}  // namespace tendril::detail::TENDRIL_EIGEN_KERNELS
