// The hand-written normalize, softmax and layernorm: a row stays in the first cache, long ones are read twice.
#include <algorithm>

#include "vectors.hpp"

namespace native {
namespace {

template <class T>
T sum(const T* x, index n) {
  constexpr index w = width<T>;
  vec<T> a[8] = {};
  index i = 0;
  for (; i + 8 * w <= n; i += 8 * w)
    for (int k = 0; k < 8; ++k) a[k] += load(x + i + k * w);
  for (; i + w <= n; i += w) a[i / w % 8] += load(x + i);
  if (i < n) a[7] += load(x + i, n - i);
  return total(((a[0] + a[1]) + (a[2] + a[3])) + ((a[4] + a[5]) + (a[6] + a[7])));
}

template <class T>
T squared_deviations(const T* x, index n, T mean) {
  constexpr index w = width<T>;
  vec<T> a[8] = {};
  index i = 0;
  for (; i + 8 * w <= n; i += 8 * w)
    for (int k = 0; k < 8; ++k) {
      const vec<T> d = load(x + i + k * w) - mean;
      a[k] += d * d;
    }
  for (; i + w <= n; i += w) {
    const vec<T> d = load(x + i) - mean;
    a[i / w % 8] += d * d;
  }
  if (i < n) {
    const vec<T> d = first(load(x + i, n - i) - mean, n - i);
    a[7] += d * d;
  }
  return total(((a[0] + a[1]) + (a[2] + a[3])) + ((a[4] + a[5]) + (a[6] + a[7])));
}

// (x - mean) / deviation, rounded as that division is: q = d r with r = 1 / deviation, corrected by the remainder q deviation - d, is the
// quotient rounded to nearest as long as nothing over- or underflows (Brisebarre, Muller and Raina 2004). Here nothing does where
// `safe` holds: |d| is at most sqrt(n) deviations, and zero or no smaller than the last digit of the mean.
template <class T>
struct standardized {
  T mean, deviation, reciprocal;
  standardized(T m, T d) : mean(m), deviation(d), reciprocal(1 / d) {}
  bool safe() const {
#ifdef __FMA__
    constexpr T wide = sizeof(T) == 4 ? T(0x1p30f) : T(0x1p300), least = sizeof(T) == 4 ? T(0x1p-50f) : T(0x1p-800);
    return std::abs(mean) >= least && deviation >= 1 / wide && deviation <= wide;
#else
    return false;  // the remainder needs a multiply-add
#endif
  }
  vec<T> corrected(vec<T> x) const {
    const vec<T> d = x - mean, q = d * reciprocal;
    return q - (q * deviation - d) * reciprocal;
  }
  vec<T> divided(vec<T> x) const { return (x - mean) / deviation; }
  /// Calls f(offset, count, quotients).
  template <class F>
  void each(const T* x, index n, F f) const {
    if (safe()) each_vector<T>(n, [&](index i, auto count) { f(i, count, corrected(load(x + i, count))); });
    else each_vector<T>(n, [&](index i, auto count) { f(i, count, divided(load(x + i, count))); });
  }
};

// What fits two vectors stays in them.
void normalize_few(const double* x, double* y, index n) {
  const index left = std::min<index>(n, 8), right = n - left;
  const vd a = load(x, left), b = load(x + left, right);
  const double count = static_cast<double>(n), mean = total(a + b) / count;
  const vd da = first(a - mean, left), db = first(b - mean, right);
  const double deviation = std::sqrt(total(da * da + db * db) / count);
  store(y, da / deviation, left);
  store(y + left, db / deviation, right);
}

}  // namespace

void hand::normalize(const double* x, double* y, index n, stores how) {
  constexpr index block = 2048;
  if (n <= 16) return normalize_few(x, y, n);
  double mean = 0, m2 = 0;
  if (n <= block) {
    mean = sum(x, n) / static_cast<double>(n);
    m2 = squared_deviations(x, n, mean);
  } else {  // one pass over memory: blocks joined by Chan's update
    double count = 0;
    for (index i = 0; i < n; i += block) {
      const index k = std::min(block, n - i);
      const double m = sum(x + i, k) / static_cast<double>(k), d = m - mean, next = count + static_cast<double>(k);
      m2 += squared_deviations(x + i, k, m) + d * d * (count * static_cast<double>(k) / next);
      mean += d * (static_cast<double>(k) / next);
      count = next;
    }
  }
  const standardized<double> s(mean, std::sqrt(m2 / static_cast<double>(n)));
  if (how == stores::cached) {
    s.each(x, n, [&](index i, auto count, vd q) { store(y + i, q, count); });
  } else {
    s.each(x, n, [&](index i, auto count, vd q) {
      if constexpr (std::is_same_v<decltype(count), index>) store(y + i, q, count);
      else stream(y + i, q);
    });
    drain();
  }
}

void hand::softmax(const float* x, float* y, index rows, index columns) {
  constexpr index w = width<float>;
  for (index r = 0; r < rows; ++r, x += columns, y += columns) {
    vf m[4];
    for (vf& v : m) v = vf{} - INFINITY;
    index i = 0;
    for (; i + 4 * w <= columns; i += 4 * w)
      for (int k = 0; k < 4; ++k) m[k] = larger(m[k], load(x + i + k * w));  // a NaN need not win: it makes the sum NaN
    float top = largest(larger(larger(m[0], m[1]), larger(m[2], m[3])));
    for (; i < columns; ++i) top = std::max(top, x[i]);
    vf s[4] = {};
    for (i = 0; i + 4 * w <= columns; i += 4 * w)
      for (int k = 0; k < 4; ++k) {
        const vf e = exponential(load(x + i + k * w) - top);
        store(y + i + k * w, e);
        s[k] += e;
      }
    for (; i < columns; i += w) {
      const index count = std::min(w, columns - i);
      const vf e = first(exponential(load(x + i, count) - top), count);
      store(y + i, e, count);
      s[0] += e;
    }
    const float all = total((s[0] + s[1]) + (s[2] + s[3])), reciprocal = 1 / all;
    each_vector<float>(columns, [&](index k, auto count) {
      const vf e = load(y + k, count);
#ifdef __FMA__
      // As in `standardized`: the sum is between 1 and the number of columns. Below 1e-24 the quotient may be off by an ULP.
      const vf q = e * reciprocal;
      store(y + k, q - (q * all - e) * reciprocal, count);
#else
      store(y + k, e / all, count);
#endif
    });
  }
}

void hand::layernorm(const float* x, const float* g, const float* b, float* y, index rows, index columns) {
  for (index r = 0; r < rows; ++r, x += columns, y += columns) {
    const float mean = sum(x, columns) / static_cast<float>(columns);
    const standardized<float> s(mean, std::sqrt(squared_deviations(x, columns, mean) / static_cast<float>(columns) + 1e-5f));
    s.each(x, columns, [&](index i, auto count, vf q) { store(y + i, q * load(g + i, count) + load(b + i, count), count); });
  }
}

}  // namespace native
