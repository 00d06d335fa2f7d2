// The hand-written loops over elements: each number is read once and written once.
#include <algorithm>
#include <limits>

#include "vectors.hpp"

namespace native {

void hand::gelu(const float* x, float* y, index n) {
  each_vector<float>(n, [&](index i, auto count) {
    const vf v = load(x + i, count);
    // 0.5 (1 + tanh(u)) is the logistic function of 2u, here by powers of two. A NaN is in v as well. Where that is 0,
    // v must be finite: of -infinity the result is -0.
    constexpr float log2_e = 1.44269504f, slope = -2 * 0.7978845608f * log2_e;
    store(y + i, at_least(v, std::numeric_limits<float>::lowest()) / (1.0f + power_of_two(((v * v) * (slope * 0.044715f) + slope) * v)),
          count);
  });
}

void hand::chain(const double* x, double* y, index n) {
  const auto one = [](vd v) {
    vd p = v * coefficients[0] + coefficients[1];
#pragma GCC unroll 14
    for (int c = 2; c < 16; ++c) p = p * v + coefficients[c];
    return p;
  };
  constexpr index w = width<double>;
  index i = 0;
  for (; i + 4 * w <= n; i += 4 * w) {
    vd v[4], p[4];
    for (int k = 0; k < 4; ++k) v[k] = load(x + i + k * w), p[k] = v[k] * coefficients[0] + coefficients[1];
#pragma GCC unroll 14
    for (int c = 2; c < 16; ++c)
      for (int k = 0; k < 4; ++k) p[k] = p[k] * v[k] + coefficients[c];
    for (int k = 0; k < 4; ++k) store(y + i + k * w, p[k]);
  }
  each_vector<double>(n - i, [&](index k, auto count) { store(y + i + k, one(load(x + i + k, count)), count); });
}

void hand::gray(const float* x, float* y, index images, index pixels, stores how) {
  for (index k = 0; k < images; ++k, x += 3 * pixels, y += pixels) {
    const float *r = x, *g = x + pixels, *b = x + 2 * pixels;
    each_vector<float>(pixels, [&](index i, auto count) {
      const vf v = load(r + i, count) * 0.299f + load(g + i, count) * 0.587f + load(b + i, count) * 0.114f;
      if constexpr (!std::is_same_v<decltype(count), index>) {
        if (how == stores::streaming) return stream(y + i, v);
      }
      store(y + i, v, count);
    });
  }
  if (how == stores::streaming) drain();
}

namespace {

constexpr double half_variance = rate + 0.5 * volatility * volatility, half_root = 0.70710678118654752440;

struct distances_of {
  vd d1, d2;
};
inline distances_of moneyness(vd spot, vd strike, vd time) {
  const vd spread = volatility * root(time), d1 = (logarithm(spot / strike) + half_variance * time) / spread;
  return {d1 * half_root, (d1 - spread) * half_root};
}
struct prices {
  vd call, put;
};
inline prices priced(vd spot, vd discounted, vd erf1, vd erf2) {
  const vd call = spot * (0.5 + 0.5 * erf1) - discounted * (0.5 + 0.5 * erf2);
  return {call, call - spot + discounted};
}

}  // namespace

void hand::black_scholes(black_scholes_arguments in, double* call, double* put, index n) {
  each_vector<double>(n, [&](index i, auto count) {
    const vd spot = load(in.spot + i, count), strike = load(in.strike + i, count), time = load(in.time + i, count);
    const auto [d1, d2] = moneyness(spot, strike, time);
    const prices p = priced(spot, strike * exponential(-rate * time), error_function(d1), error_function(d2));
    store(call + i, p.call, count);
    store(put + i, p.put, count);
  });
}

void hand::black_scholes_staged(black_scholes_arguments in, double* call, double* put, index n) {
  constexpr index block = 256, w = width<double>;
  alignas(64) double d1[block], d2[block], discounted[block];
  index i = 0;
  for (; i + block <= n; i += block) {
    const double *spot = in.spot + i, *strike = in.strike + i, *time = in.time + i;
    for (index j = 0; j < block; j += w) {
      const distances_of d = moneyness(load(spot + j), load(strike + j), load(time + j));
      store(d1 + j, d.d1), store(d2 + j, d.d2);
    }
    for (index j = 0; j < block; j += w) store(discounted + j, load(strike + j) * exponential(-rate * load(time + j)));
    for (index j = 0; j < block; j += w) store(d1 + j, error_function(load(d1 + j)));
    for (index j = 0; j < block; j += w) store(d2 + j, error_function(load(d2 + j)));
    for (index j = 0; j < block; j += w) {
      const prices p = priced(load(spot + j), load(discounted + j), load(d1 + j), load(d2 + j));
      store(call + i + j, p.call), store(put + i + j, p.put);
    }
  }
  black_scholes({in.spot + i, in.strike + i, in.time + i}, call + i, put + i, n - i);
}

namespace {

// The rotation's columns x, y, z and the position, joint after joint; the last row of the matrices is never touched.
template <class V, class C, class S>
inline void forward(C cosine, S sine, V (&x)[3], V (&y)[3], V (&z)[3], V (&position)[3]) {
#pragma GCC unroll 7
  for (int j = 0; j < 7; ++j) {
    const V c = cosine(j), s = sine(j);
    const joint& a = arm[j];
#pragma GCC unroll 3
    for (int k = 0; k < 3; ++k) {
      const V along = c * x[k] + s * y[k], across = c * y[k] - s * x[k];
      position[k] += a.length * along + a.offset * z[k];
      const V up = a.cosine * z[k] - a.sine * across;
      y[k] = a.cosine * across + a.sine * z[k], x[k] = along, z[k] = up;
    }
  }
}

}  // namespace

void hand::kinematics(const double* cosines, const double* sines, double* pose) {
  double x[3] = {1, 0, 0}, y[3] = {0, 1, 0}, z[3] = {0, 0, 1}, p[3] = {};
  forward<double>([&](int j) { return cosines[j]; }, [&](int j) { return sines[j]; }, x, y, z, p);
  for (int k = 0; k < 3; ++k, pose += 4) pose[0] = x[k], pose[1] = y[k], pose[2] = z[k], pose[3] = p[k];
}

void hand::kinematics(const double* cosines, const double* sines, double* poses, index n) {
  each_vector<double>(n, [&](index i, auto count) {
    const vd one = vd{} + 1.0;
    vd x[3] = {one}, y[3] = {vd{}, one}, z[3] = {vd{}, vd{}, one}, p[3] = {};
    forward<vd>([&](int j) { return load(cosines + j * n + i, count); }, [&](int j) { return load(sines + j * n + i, count); }, x, y, z, p);
    for (int k = 0; k < 3; ++k) {
      double* row = poses + 4 * k * n + i;
      store(row, x[k], count), store(row + n, y[k], count), store(row + 2 * n, z[k], count), store(row + 3 * n, p[k], count);
    }
  });
}

}  // namespace native
