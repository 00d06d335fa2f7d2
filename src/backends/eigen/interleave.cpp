// Every k-th element, by shuffles of registers: compiled once per instruction set.
#include "kernels/interleave.hpp"

#include <utility>

#include "backends/eigen/lanes.hpp"

namespace tendril::detail::TENDRIL_EIGEN_KERNELS {
namespace {

using engine::most_interleaved;

template <class E>
struct registers {
  static constexpr int lanes = vector_bytes / static_cast<int>(sizeof(E));
  typedef E vec __attribute__((vector_size(lanes * sizeof(E))));
};

template <class V>
TENDRIL_INLINE V load(const void* p) {
  V v;
  __builtin_memcpy(&v, p, sizeof v);
  return v;
}

// Register R of a run of elements K apart: the lanes of `known` that stand in the registers before it, and those that this one has. What no
// register has yet is anything.
template <int K, int C, int R, int Lanes, std::size_t... I, class V>
TENDRIL_INLINE V pick_from(V known, V next, std::index_sequence<I...>) {
  constexpr auto place = [](int i) { return i * K + C; };
  if constexpr (R == 1)  // of the first two at once
    return __builtin_shufflevector(known, next, (place(I) < 2 * Lanes ? place(I) : static_cast<int>(I))...);
  else return __builtin_shufflevector(known, next, (place(I) / Lanes == R ? Lanes + place(I) % Lanes : static_cast<int>(I))...);
}
template <int K, int C, int Lanes, class V, int... R>
TENDRIL_INLINE V pick_of(const V* run, std::integer_sequence<int, R...>) {
  V made = run[0];
  ((made = pick_from<K, C, R + 1, Lanes>(made, run[R + 1], std::make_index_sequence<static_cast<std::size_t>(Lanes)>())), ...);
  return made;
}

template <class E, int K>
void pick(void* to, const void* from, std::int64_t n) {
  using V = typename registers<E>::vec;
  constexpr int lanes = registers<E>::lanes;
  E* out = static_cast<E*>(to);
  const E* in = static_cast<const E*>(from);
  std::int64_t i = 0;
  if constexpr (sizeof(E) > 1)
    for (; i + lanes < n; i += lanes) {
      V run[K];
      for (int r = 0; r < K; ++r) run[r] = load<V>(in + i * K + r * lanes);
      const V made = pick_of<K, 0, lanes>(run, std::make_integer_sequence<int, K - 1>());
      __builtin_memcpy(out + i, &made, sizeof made);
    }
  for (; i < n; ++i) out[i] = in[i * K];
}

template <class E, int K>
void split(void* const* parts, const void* from, std::int64_t n) {
  using V = typename registers<E>::vec;
  constexpr int lanes = registers<E>::lanes;
  const E* in = static_cast<const E*>(from);
  E* out[K];
  for (int c = 0; c < K; ++c) out[c] = static_cast<E*>(parts[c]);
  std::int64_t i = 0;
  if constexpr (sizeof(E) > 1)
    for (; i + lanes <= n; i += lanes) {
      V run[K];
      for (int r = 0; r < K; ++r) run[r] = load<V>(in + i * K + r * lanes);
      [&]<int... C>(std::integer_sequence<int, C...>) {
        const V made[] = {pick_of<K, C, lanes>(run, std::make_integer_sequence<int, K - 1>())...};
        (__builtin_memcpy(out[C] + i, &made[C], sizeof made[C]), ...);
      }
      (std::make_integer_sequence<int, K>());
    }
  for (; i < n; ++i)
    for (int c = 0; c < K; ++c) out[c][i] = in[i * K + c];
}

// Register R of what K parts make: lane by lane, of part C or of what is known of those before it.
template <int K, int R, int C, int Lanes, std::size_t... I, class V>
TENDRIL_INLINE V join_part(V known, V part, std::index_sequence<I...>) {
  constexpr auto which = [](int i) { return (R * Lanes + i) % K; };
  constexpr auto place = [](int i) { return (R * Lanes + i) / K; };
  if constexpr (C == 1)  // and of the first
    return __builtin_shufflevector(known, part, (which(I) == 0 ? place(I) : which(I) == 1 ? Lanes + place(I) : static_cast<int>(I))...);
  else return __builtin_shufflevector(known, part, (which(I) == C ? Lanes + place(I) : static_cast<int>(I))...);
}
template <int K, int R, int Lanes, class V, int... C>
TENDRIL_INLINE V join_of(const V* parts, std::integer_sequence<int, C...>) {
  V made = parts[0];
  ((made = join_part<K, R, C + 1, Lanes>(made, parts[C + 1], std::make_index_sequence<static_cast<std::size_t>(Lanes)>())), ...);
  return made;
}

template <class E, int K>
void join(void* to, const void* const* parts, std::int64_t n) {
  using V = typename registers<E>::vec;
  constexpr int lanes = registers<E>::lanes;
  E* out = static_cast<E*>(to);
  const E* in[K];
  for (int c = 0; c < K; ++c) in[c] = static_cast<const E*>(parts[c]);
  std::int64_t i = 0;
  if constexpr (sizeof(E) > 1)
    for (; i + lanes <= n; i += lanes) {
      V v[K];
      for (int c = 0; c < K; ++c) v[c] = load<V>(in[c] + i);
      [&]<int... R>(std::integer_sequence<int, R...>) {
        const V made[] = {join_of<K, R, lanes>(v, std::make_integer_sequence<int, K - 1>())...};
        (__builtin_memcpy(out + i * K + R * lanes, &made[R], sizeof made[R]), ...);
      }
      (std::make_integer_sequence<int, K>());
    }
  for (; i < n; ++i)
    for (int c = 0; c < K; ++c) out[i * K + c] = in[c][i];
}

template <class E>
constexpr engine::interleave_table table_of() {
  engine::interleave_table t{};
  [&]<int... K>(std::integer_sequence<int, K...>) {
    ((t.pick[K + 2] = &pick<E, K + 2>, t.split[K + 2] = &split<E, K + 2>, t.join[K + 2] = &join<E, K + 2>), ...);
  }
  (std::make_integer_sequence<int, most_interleaved - 1>());
  return t;
}

}  // namespace

const engine::interleave_table& interleaving(std::size_t element_size) {
  static constexpr engine::interleave_table one = table_of<std::uint8_t>(), four = table_of<std::uint32_t>(),
                                            eight = table_of<std::uint64_t>();
  return element_size == 1 ? one : element_size == 4 ? four : eight;
}

}  // namespace tendril::detail::TENDRIL_EIGEN_KERNELS
