// The hand-written loops: vectors of 64 bytes by GCC's vector extension, which -march=native maps to what the machine has.
#include "native.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace native {
namespace {

template <class T>
struct vec {
  static constexpr index width = 64 / sizeof(T);
  typedef T type __attribute__((vector_size(64)));
  typedef T unaligned __attribute__((vector_size(64), aligned(1), may_alias));
};
using vd = vec<double>::type;
using vf = vec<float>::type;
typedef std::int32_t vi __attribute__((vector_size(64)));

template <class T>
typename vec<T>::type load(const T* p) {
  return *reinterpret_cast<const typename vec<T>::unaligned*>(p);
}
template <class T>
void store(T* p, typename vec<T>::type v) {
  *reinterpret_cast<typename vec<T>::unaligned*>(p) = v;
}
template <class T>
T total(typename vec<T>::type v) {
  T s = 0;
  for (index i = 0; i < vec<T>::width; ++i) s += v[i];
  return s;
}

template <class T>
T sum(const T* x, index n) {
  constexpr index w = vec<T>::width;
  typename vec<T>::type a[8] = {};
  index i = 0;
  for (; i + 8 * w <= n; i += 8 * w)
    for (int k = 0; k < 8; ++k) a[k] += load(x + i + k * w);
  for (; i + w <= n; i += w) a[0] += load(x + i);
  T rest = 0;
  for (; i < n; ++i) rest += x[i];
  return rest + total<T>(((a[0] + a[1]) + (a[2] + a[3])) + ((a[4] + a[5]) + (a[6] + a[7])));
}

template <class T>
T squared_deviations(const T* x, index n, T mean) {
  constexpr index w = vec<T>::width;
  typename vec<T>::type a[8] = {};
  index i = 0;
  for (; i + 8 * w <= n; i += 8 * w)
    for (int k = 0; k < 8; ++k) {
      const auto d = load(x + i + k * w) - mean;
      a[k] += d * d;
    }
  for (; i + w <= n; i += w) {
    const auto d = load(x + i) - mean;
    a[0] += d * d;
  }
  T rest = 0;
  for (; i < n; ++i) rest += (x[i] - mean) * (x[i] - mean);
  return rest + total<T>(((a[0] + a[1]) + (a[2] + a[3])) + ((a[4] + a[5]) + (a[6] + a[7])));
}

// e^x, at most 2 ULP; overflow gives infinity, underflow 0 (denormal results are flushed), NaN stays.
inline vf exponential(vf x) {
  const vf high = vf{} + 88.8f, low = vf{} - 104.0f;
  const vf clamped = x > high ? high : (x < low ? low : x);
  const vf shifter = vf{} + 12582912.0f;  // rounds to an integer
  const vf t = clamped * 1.44269504088896341f + shifter;
  const vf k = t - shifter;
  vf r = clamped - k * 0.693359375f;
  r = r - k * -2.12194440e-4f;
  vf p = vf{} + 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * (r * r) + r + 1.0f;
  // 2^k in two factors, so that neither overflows.
  const vi n = __builtin_convertvector(k, vi), half = n >> 1;
  const vi a = (half + 127) << 23, b = (n - half + 127) << 23;
  vf fa, fb;
  std::memcpy(&fa, &a, sizeof fa);
  std::memcpy(&fb, &b, sizeof fb);
  return p * fa * fb;
}

}  // namespace

void hand::normalize(const double* x, double* y, index n) {
  constexpr index w = vec<double>::width, block = 2048;
  double mean = 0, m2 = 0;
  if (n <= 1024) {
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
  const double deviation = std::sqrt(m2 / static_cast<double>(n));
  index i = 0;
  for (; i + w <= n; i += w) store(y + i, (load(x + i) - mean) / deviation);
  for (; i < n; ++i) y[i] = (x[i] - mean) / deviation;
}

void hand::softmax(const float* x, float* y, index rows, index columns) {
  constexpr index w = vec<float>::width;
  for (index r = 0; r < rows; ++r, x += columns, y += columns) {
    vf m[4];
    for (auto& v : m) v = vf{} - INFINITY;
    index i = 0;
    for (; i + 4 * w <= columns; i += 4 * w)
      for (int k = 0; k < 4; ++k) {
        const vf v = load(x + i + k * w);
        m[k] = v > m[k] ? v : m[k];  // a NaN need not win: it makes the sum NaN
      }
    float top = -INFINITY;
    for (auto& v : m)
      for (index k = 0; k < w; ++k) top = std::max(top, v[k]);
    for (; i < columns; ++i) top = std::max(top, x[i]);
    vf s[4] = {};
    for (i = 0; i + 4 * w <= columns; i += 4 * w)
      for (int k = 0; k < 4; ++k) {
        const vf e = exponential(load(x + i + k * w) - top);
        store(y + i + k * w, e);
        s[k] += e;
      }
    float all = total<float>((s[0] + s[1]) + (s[2] + s[3]));
    for (; i < columns; ++i) all += y[i] = std::exp(x[i] - top);
    for (i = 0; i + w <= columns; i += w) store(y + i, load(y + i) / all);
    for (; i < columns; ++i) y[i] /= all;
  }
}

void hand::layernorm(const float* x, const float* g, const float* b, float* y, index rows, index columns) {
  constexpr index w = vec<float>::width;
  for (index r = 0; r < rows; ++r, x += columns, y += columns) {
    const float mean = sum(x, columns) / static_cast<float>(columns);
    const float deviation = std::sqrt(squared_deviations(x, columns, mean) / static_cast<float>(columns) + 1e-5f);
    index i = 0;
    for (; i + w <= columns; i += w) store(y + i, (load(x + i) - mean) / deviation * load(g + i) + load(b + i));
    for (; i < columns; ++i) y[i] = (x[i] - mean) / deviation * g[i] + b[i];
  }
}

void hand::gelu(const float* x, float* y, index n) {
  constexpr index w = vec<float>::width;
  const auto one = [](vf v) {
    const vf inner = 0.7978845608f * (v + 0.044715f * (v * v * v));
    // 0.5 (1 + tanh(u)) is the logistic function of 2u.
    return v / (1.0f + exponential(-2.0f * inner));
  };
  index i = 0;
  for (; i + w <= n; i += w) store(y + i, one(load(x + i)));
  if (i < n) {
    float last[w] = {};
    std::copy(x + i, x + n, last);
    store(last, one(load(last)));
    std::copy(last, last + (n - i), y + i);
  }
}

void hand::chain(const double* x, double* y, index n) {
  constexpr index w = vec<double>::width;
  index i = 0;
  for (; i + 4 * w <= n; i += 4 * w)
    for (int k = 0; k < 4; ++k) {
      const vd v = load(x + i + k * w);
      vd p = v * coefficients[0] + coefficients[1];
      for (int c = 2; c < 16; ++c) p = p * v + coefficients[c];
      store(y + i + k * w, p);
    }
  for (; i < n; ++i) {
    double p = x[i] * coefficients[0] + coefficients[1];
    for (int c = 2; c < 16; ++c) p = p * x[i] + coefficients[c];
    y[i] = p;
  }
}

void hand::gray(const float* x, float* y, index images, index pixels) {
  constexpr index w = vec<float>::width;
  for (index k = 0; k < images; ++k, x += 3 * pixels, y += pixels) {
    const float *r = x, *g = x + pixels, *b = x + 2 * pixels;
    index i = 0;
    for (; i + w <= pixels; i += w) store(y + i, load(r + i) * 0.299f + load(g + i) * 0.587f + load(b + i) * 0.114f);
    for (; i < pixels; ++i) y[i] = r[i] * 0.299f + g[i] * 0.587f + b[i] * 0.114f;
  }
}

}  // namespace native
