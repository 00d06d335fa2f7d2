// Running totals, checked indices and gathers along one axis, compiled once per instruction set.
//
// A running sum is rounded in three places. Groups of 64 bytes are summed by Sklansky's network, whose depth is the logarithm of their
// size; the groups of a chunk one after the other; and what the chunks before amount to is kept in two numbers, as if in double the
// precision. So the error of an element is within 40 roundings of the magnitudes in its own chunk, however long the axis is.
#include "backends/eigen/axis.hpp"

#include <algorithm>
#include <limits>

#include "backends/eigen/lanes.hpp"

namespace tendril::detail::TENDRIL_EIGEN_KERNELS {

struct plus {
  template <class L>
  static TENDRIL_INLINE L run(L a, L b) {
    return a + b;
  }
  /// -0 and not 0, which would turn -0 into 0.
  template <class T>
  static constexpr T identity = is_real<T> ? -T(0) : T(0);
};
struct times {
  template <class L>
  static TENDRIL_INLINE L run(L a, L b) {
    return a * b;
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
  constexpr typename L::svec from{((I & Half) != 0 ? (I & ~(2 * Half - 1)) + Half - 1 : L::width + I)...};
  return {__builtin_shuffle(v.v, other.v, from)};
}
template <class L, int... I>
TENDRIL_INLINE L last_everywhere(L v, std::integer_sequence<int, I...>) {
  constexpr typename L::svec from{(static_cast<void>(I), L::width - 1)...};
  return {__builtin_shuffle(v.v, from)};
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
    constexpr std::int64_t chunk = 32 * group<T>::size;
    T high = -T(0), low = -T(0);  // the sum of the chunks before is high + low
    for (std::int64_t at = 0; at < n; at += chunk) {
      const lanes<T> before = lanes<T>::all(high + low);
      const std::int64_t m = n - at < chunk ? n - at : chunk;
      const T sum = scan_groups<Op>(to + at, from + at, m, -T(0), [before](lanes<T> x) { return before + x; });
      const T next = high + sum, rounded = next - high, lost = (high - (next - rounded)) + (sum - rounded);
      high = next;
      if (__builtin_isfinite(next) && lost != 0) low += lost;  // infinities differ by NaN; 0 would turn -0 into 0
    }
  }
}

template <class I>
std::int64_t offsets_of(std::int64_t* offsets, const void* index, std::int64_t n, std::int64_t extent, std::int64_t stride) {
  const I* p = static_cast<const I*>(index);
  std::int64_t outside = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    const std::int64_t k = p[i], from_start = k + (k < 0 ? extent : 0);
    outside |= from_start | (extent - 1 - from_start);  // the sign bit of either is set
    offsets[i] = static_cast<std::int64_t>(static_cast<std::uint64_t>(from_start) * static_cast<std::uint64_t>(stride));
  }
  if (outside >= 0) return -1;
  std::int64_t i = 0;
  while (p[i] >= -extent && p[i] < extent) ++i;
  return i;
}

template <class E>
void gather(void* out, const void* from, const std::int64_t* offsets, std::int64_t step, std::int64_t n) {
  E* to = static_cast<E*>(out);
  const E* p = static_cast<const E*>(from);
  if (step == 0)
    for (std::int64_t i = 0; i < n; ++i) to[i] = p[offsets[i]];
  else
    for (std::int64_t i = 0; i < n; ++i) to[i] = p[offsets[i] + i * step];
}

const axis_table& axis() {
  static constexpr axis_table table = [] {
    axis_table t{};
    const auto set = [&t]<class T>(dtype d, T) {
      t.sum[static_cast<int>(d)] = &scan<plus, T>;
      t.prod[static_cast<int>(d)] = &scan<times, T>;
    };
    set(dtype::int32, std::int32_t{});
    set(dtype::int64, std::int64_t{});
    set(dtype::float32, float{});
    set(dtype::float64, double{});
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
