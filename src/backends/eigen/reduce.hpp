// Reductions of one block in a tree that depends on the number of elements alone: the same result on every instruction set, but for
// squared deviations, whose squares are not rounded where the instruction set has a multiply-add.
//
// The tree: `tree_bytes` worth of accumulators; element i goes to accumulator i modulo their number, in order; then the upper half
// is folded onto the lower until one is left. Accumulators that got no element do not take part (their value is the identity,
// exactly: -0.0 for sums). Enough accumulators for eight of the widest registers hide the latency of additions.
#pragma once
#include <utility>

#include "backends/eigen/lanes.hpp"

namespace tendril::detail::TENDRIL_EIGEN_KERNELS {

inline constexpr int tree_bytes = 512;

// `combine` is written on vectors of any length, `whole` on full registers where an instruction says it in one.
struct sum_of {
  template <class E>
  static constexpr E identity() {
    if constexpr (is_real<E>) return E(-0.0);
    else return 0;
  }
  template <class V>
  static TENDRIL_INLINE V combine(V a, V b) {
    return static_cast<V>(a + b);  // narrow integers are added as int
  }
  template <class E>
  static TENDRIL_INLINE lanes<E> whole(lanes<E> a, lanes<E> b) {
    return {a.v + b.v};
  }
};
/// A sum of squares; a square and its addition are rounded once where the instruction set has that.
struct squares_of : sum_of {
  template <class E>
  static TENDRIL_INLINE lanes<E> begin(lanes<E> x) {
    return x.square();
  }
  template <class E>
  static TENDRIL_INLINE lanes<E> accumulate(lanes<E> x, lanes<E> sum) {
    return madd(x, x, sum);
  }
};
struct prod_of : sum_of {
  template <class E>
  static constexpr E identity() {
    return 1;
  }
  template <class V>
  static TENDRIL_INLINE V combine(V a, V b) {
    return static_cast<V>(a * b);
  }
  template <class E>
  static TENDRIL_INLINE lanes<E> whole(lanes<E> a, lanes<E> b) {
    return {a.v * b.v};
  }
};
/// The larger, or smaller, of numbers; of zeros of two signs the positive one is the larger. With NaN it is anything.
template <bool Larger, class T>
TENDRIL_INLINE lanes<T> extreme_of_numbers(lanes<T> a, lanes<T> b) {
  using L = lanes<T>;
#if defined(__AVX512DQ__)
  constexpr int how = Larger ? 5 : 4;  // the compared numbers' own signs
  if constexpr (std::is_same_v<T, float>) return {(typename L::vec)_mm512_range_ps((__m512)a.v, (__m512)b.v, how)};
  if constexpr (std::is_same_v<T, double>) return {(typename L::vec)_mm512_range_pd((__m512d)a.v, (__m512d)b.v, how)};
#endif
  if constexpr (!is_real<T>) return Larger ? L::larger(a, b) : L::smaller(a, b);
  else if constexpr (Larger) return L::of(L::larger(a, b).u() & L::larger(b, a).u());
  else return L::of(L::smaller(a, b).u() | L::smaller(b, a).u());
}

// Of zeros the positive one is the larger, so that the order of elements does not matter; NaN is looked for apart.
template <bool Larger>
struct extreme_of {
  template <class E>
  static constexpr E identity() {
    using limits = std::numeric_limits<E>;
    if constexpr (is_real<E>) return Larger ? -limits::infinity() : limits::infinity();
    else return Larger ? limits::min() : limits::max();
  }
  template <class V>
  static TENDRIL_INLINE V combine(V a, V b) {
    if constexpr (std::is_arithmetic_v<V>) {
      if (Larger ? a > b : a < b) return a;
      if constexpr (is_real<V>)
        if (a == b) return (__builtin_signbit(a) != 0) == Larger ? b : a;
      return b;
    } else {
      using bits = decltype(a > b);
      if constexpr (Larger) return reinterpret_cast<V>(reinterpret_cast<bits>(a > b ? a : b) & reinterpret_cast<bits>(b > a ? b : a));
      else return reinterpret_cast<V>(reinterpret_cast<bits>(a < b ? a : b) | reinterpret_cast<bits>(b < a ? b : a));
    }
  }
  template <class E>
  static TENDRIL_INLINE lanes<E> whole(lanes<E> a, lanes<E> b) {
    return extreme_of_numbers<Larger>(a, b);
  }
};
using max_of = extreme_of<true>;
using min_of = extreme_of<false>;
struct any_of : sum_of {
  template <class V>
  static TENDRIL_INLINE V combine(V a, V b) {
    return static_cast<V>(a | b);
  }
  template <class E>
  static TENDRIL_INLINE lanes<E> whole(lanes<E> a, lanes<E> b) {
    return a | b;
  }
};
struct all_of : prod_of {
  template <class V>
  static TENDRIL_INLINE V combine(V a, V b) {
    return static_cast<V>(a & b);
  }
  template <class E>
  static TENDRIL_INLINE lanes<E> whole(lanes<E> a, lanes<E> b) {
    return a & b;
  }
};

template <class E, int N>
struct vector_of {
  typedef E type __attribute__((vector_size(N * sizeof(E))));
};

// The upper half onto the lower, down to one element.
template <class Op, class E, int N>
TENDRIL_INLINE E fold_register(typename vector_of<E, N>::type v) {
  if constexpr (N == 2) {
    return Op::combine(v[0], v[1]);
  } else {
    using half = typename vector_of<E, N / 2>::type;
    half low, high;
    __builtin_memcpy(&low, &v, sizeof low);
    __builtin_memcpy(&high, reinterpret_cast<const char*>(&v) + sizeof low, sizeof high);
    return fold_register<Op, E, N / 2>(Op::template combine<half>(low, high));
  }
}

/// What a register of elements is in the tree of Op, and how the next one is accumulated.
template <class Op, class E>
TENDRIL_INLINE lanes<E> begin(lanes<E> x) {
  if constexpr (requires { Op::begin(x); }) return Op::begin(x);
  else return x;
}
template <class Op, class E>
TENDRIL_INLINE lanes<E> accumulate(lanes<E> x, lanes<E> sum) {
  if constexpr (requires { Op::accumulate(x, sum); }) return Op::accumulate(x, sum);
  else return Op::whole(x, sum);
}

/// Folds n elements; `source(i)` gives a register of elements from i on, `source(i, r)` its first r, the others being the identity.
template <class Op, class E, class Source>
TENDRIL_INLINE E fold(std::int64_t n, Source source) {
  using L = lanes<E>;
  constexpr int width = L::width, registers = tree_bytes / vector_bytes, at_once = 8;
  constexpr std::int64_t row = std::int64_t{width} * registers;
  L a[registers];
  if (n >= row) {
    const std::int64_t rows = n / row, rest = n % row, base = n - rest;
    for (int g = 0; g < registers; g += at_once) {  // eight accumulators stay in registers on every instruction set
      L b[at_once];
      for (int j = 0; j < at_once; ++j) b[j] = begin<Op>(source((g + j) * width));
      for (std::int64_t k = 1; k < rows; ++k)
        for (int j = 0; j < at_once; ++j) b[j] = accumulate<Op>(source(k * row + (g + j) * width), b[j]);
      for (int j = 0; j < at_once; ++j) a[g + j] = b[j];
    }
    std::int64_t i = 0;
    for (; i + width <= rest; i += width) a[i / width] = accumulate<Op>(source(base + i), a[i / width]);
    if (i < rest) a[i / width] = accumulate<Op>(source(base + i, static_cast<int>(rest - i)), a[i / width]);
    for (int half = registers / 2; half > 0; half /= 2)
      for (int j = 0; j < half; ++j) a[j] = Op::whole(a[j], a[j + half]);
    return fold_register<Op, E, width>(a[0].v);
  }
  if (n <= width) return fold_register<Op, E, width>(begin<Op>(n < width ? source(0, static_cast<int>(n)) : source(0)).v);
  if (n <= 2 * width) {
    const L high = n < 2 * width ? source(width, static_cast<int>(n - width)) : source(width);
    return fold_register<Op, E, width>(accumulate<Op>(high, begin<Op>(source(0))).v);
  }
  int used = 0, top = 1;
  std::int64_t i = 0;
  for (; i + width <= n; i += width) a[used++] = begin<Op>(source(i));
  if (i < n) a[used++] = begin<Op>(source(i, static_cast<int>(n - i)));
  while (top < used) top *= 2;
  while (used < top) a[used++] = L::all(Op::template identity<E>());
  for (; top > 1; top /= 2)
    for (int j = 0; j < top / 2; ++j) a[j] = Op::whole(a[j], a[j + top / 2]);
  return fold_register<Op, E, width>(a[0].v);
}

template <class Op, class E>
struct elements {
  const E* p;
  TENDRIL_INLINE lanes<E> operator()(std::int64_t i) const { return lanes<E>::load(p + i); }
  TENDRIL_INLINE lanes<E> operator()(std::int64_t i, int r) const {
    return mask<E>::first(r).select(lanes<E>::load(p + i, r), lanes<E>::all(Op::template identity<E>()));
  }
};

/// sum, prod: E unsigned for integers, so that they wrap. any, all: bytes.
template <class Op, class E>
void reduce(void* out, const void* in, std::int64_t n) {
  *static_cast<E*>(out) = fold<Op, E>(n, elements<Op, E>{static_cast<const E*>(in)});
}

template <class E>
TENDRIL_INLINE bool holds_nan(const E* p, std::int64_t n) {
  using L = lanes<E>;
  constexpr int width = L::width, at_once = 4;
  mask<E> found = mask<E>::all(0);
  std::int64_t i = 0;
  for (; i + at_once * width <= n; i += at_once * width) {
    const L a = L::load(p + i), b = L::load(p + i + width), c = L::load(p + i + 2 * width), d = L::load(p + i + 3 * width);
    found = found || mask<E>::unordered(a, b) || mask<E>::unordered(c, d);
  }
  for (; i + width <= n; i += width) found = found || L::load(p + i).isNaN();
  if (i < n) found = found || L::load(p + i, static_cast<int>(n - i)).isNaN();
  return found.any();
}

template <class Op, class E>
void extreme(void* out, const void* in, std::int64_t n) {
  const E* p = static_cast<const E*>(in);
  E r = fold<Op, E>(n, elements<Op, E>{p});
  if constexpr (is_real<E>)
    if (holds_nan(p, n)) r = std::numeric_limits<E>::quiet_NaN();
  *static_cast<E*>(out) = r;
}

template <class E>
struct equals {
  lanes<E> what;
  TENDRIL_INLINE mask<E> operator()(lanes<E> x) const { return x == what; }
};
template <class E>
struct is_nan {
  TENDRIL_INLINE mask<E> operator()(lanes<E> x) const { return x.isNaN(); }
};

/// Where the first of n elements is for which `holds` is true; 0 where there is none.
template <class E, class Holds>
TENDRIL_INLINE std::int64_t first_place(const E* p, std::int64_t n, Holds holds) {
  using L = lanes<E>;
  constexpr int width = L::width, at_once = 4;
  std::int64_t i = 0;
  for (; i + at_once * width <= n; i += at_once * width) {
    const mask<E> a = holds(L::load(p + i)), b = holds(L::load(p + i + width)), c = holds(L::load(p + i + 2 * width)),
                  d = holds(L::load(p + i + 3 * width));
    if (((a || b) || (c || d)).any()) break;
  }
  for (; i + width <= n; i += width)
    if (const mask<E> found = holds(L::load(p + i)); found.any()) return i + found.lowest();
  if (i == n) return 0;
  const int rest = static_cast<int>(n - i);
  const mask<E> found = holds(L::load(p + i, rest)) && mask<E>::first(rest);
  return found.any() ? i + found.lowest() : 0;
}

template <class E>
void seek(void* place, const void* in, const void* what, std::int64_t n) {
  const E* p = static_cast<const E*>(in);
  const E wanted = *static_cast<const E*>(what);
  *static_cast<std::int64_t*>(place) =
      wanted == wanted ? first_place(p, n, equals<E>{lanes<E>::all(wanted)}) : first_place(p, n, is_nan<E>{});
}

/// Op is max_of or min_of. Of a NaN before, no comparison is true, and none is equal to itself.
template <class Op, class E>
TENDRIL_INLINE mask<E> better(lanes<E> x, lanes<E> before) {
  constexpr bool largest = std::is_same_v<Op, max_of>;
  if constexpr (is_real<E>) return !(largest ? x <= before : x >= before) && before == before;
  else return largest ? x > before : x < before;
}

template <class Op, class E>
void best(void* bests, void* rows, const void* in, const void* row, std::int64_t n) {
  using I = signed_of<E>;
  constexpr int width = lanes<E>::width;
  E* b = static_cast<E*>(bests);
  I* r = static_cast<I*>(rows);
  const E* p = static_cast<const E*>(in);
  const lanes<I> number = lanes<I>::all(*static_cast<const I*>(row));
  std::int64_t i = 0;
  for (; i + width <= n; i += width) {
    const lanes<E> x = lanes<E>::load(p + i), before = lanes<E>::load(b + i);
    const mask<E> m = better<Op>(x, before);
    m.select(x, before).store(b + i);
    mask<I>{m.m}.select(number, lanes<I>::load(r + i)).store(r + i);
  }
  if (i == n) return;
  const int rest = static_cast<int>(n - i);
  const lanes<E> x = lanes<E>::load(p + i, rest), before = lanes<E>::load(b + i, rest);
  const mask<E> m = better<Op>(x, before);
  m.select(x, before).store(b + i, rest);
  mask<I>{m.m}.select(number, lanes<I>::load(r + i, rest)).store(r + i, rest);
}

template <class E>
struct deviations {
  const E* p;
  lanes<E> mean;
  std::int64_t n;
  TENDRIL_INLINE lanes<E> operator()(std::int64_t i) const {
    __builtin_prefetch(p + n + i);  // the second pass finds its block in the cache and has time to fetch what follows
    return lanes<E>::load(p + i) - mean;
  }
  TENDRIL_INLINE lanes<E> operator()(std::int64_t i, int r) const {
    return mask<E>::first(r).select(lanes<E>::load(p + i, r) - mean, lanes<E>::all(0));
  }
};

template <class E>
void moments(void* mean, void* m2, const void* in, std::int64_t n) {
  const E* p = static_cast<const E*>(in);
  const E m = fold<sum_of, E>(n, elements<sum_of, E>{p}) / static_cast<E>(n);
  *static_cast<E*>(mean) = m;
  *static_cast<E*>(m2) = fold<squares_of, E>(n, deviations<E>{p, lanes<E>::all(m), n});
}

}  // namespace tendril::detail::TENDRIL_EIGEN_KERNELS
