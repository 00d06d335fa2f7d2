// The functions that are measured, as a user of Tendril writes them.
#pragma once
#include <tendril/tendril.hpp>

#include "native/native.hpp"

namespace bench {

namespace td = tendril;

inline td::array negate(const td::array& x) { return -x; }

inline td::array normalize(const td::array& x) { return td::divide(td::subtract(x, td::mean(x)), td::std(x)); }

inline td::array softmax(const td::array& x) { return td::softmax(x); }

inline td::array gelu(const td::array& x) { return td::gelu(x, {.approximate = "tanh"}); }

inline td::array layernorm(const td::array& x, const td::array& g, const td::array& b) {
  const td::array mean = td::mean(x, {.axis = -1, .keepdims = true}), variance = td::var(x, {.axis = -1, .keepdims = true});
  return (x - mean) / td::sqrt(variance + 1e-5) * g + b;
}

inline td::array chain(const td::array& x) {
  td::array p = x * native::coefficients[0] + native::coefficients[1];
  for (int k = 2; k < 16; ++k) p = p * x + native::coefficients[k];
  return p;
}

inline td::array gray(const td::array& x) {
  return x[{td::slice(), 0}] * 0.299 + x[{td::slice(), 1}] * 0.587 + x[{td::slice(), 2}] * 0.114;
}

/// Call and put.
inline std::array<td::array, 2> black_scholes(const td::array& spot, const td::array& strike, const td::array& time) {
  using native::rate, native::volatility;
  const td::array spread = volatility * td::sqrt(time);
  const td::array d1 = (td::log(spot / strike) + (rate + 0.5 * volatility * volatility) * time) / spread, d2 = d1 - spread;
  const auto normal = [](const td::array& d) { return 0.5 + 0.5 * td::erf(d * 0.70710678118654752440); };
  const td::array discounted = strike * td::exp(-rate * time);
  const td::array call = spot * normal(d1) - discounted * normal(d2);
  return {call, call - spot + discounted};
}

/// Squared distances of the rows of a from those of b.
inline td::array distances(const td::array& a, const td::array& b) {
  return td::sum(td::square(td::expand_dims(a, {.axis = 1}) - td::expand_dims(b, {.axis = 0})), {.axis = -1});
}

/// A perceptron of three layers with relu; its weights, (outputs, inputs) each, are constants of the trace.
struct perceptron {
  td::array w1, b1, w2, b2, w3, b3;
  td::array operator()(const td::array& x) const {
    const auto linear = [](const td::array& a, const td::array& w, const td::array& b) {
      return td::matmul(a, td::matrix_transpose(w)) + b;
    };
    return linear(td::relu(linear(td::relu(linear(x, w1, b1)), w2, b2)), w3, b3);
  }
};

/// The pose of the arm's hand, three rows of four, from the cosines and sines of its seven joints: arrays of (7,) or (7, batch).
inline std::array<td::array, 12> kinematics(const td::array& cosines, const td::array& sines) {
  const td::array zero(0.0), one(1.0);
  td::array x[3] = {one, zero, zero}, y[3] = {zero, one, zero}, z[3] = {zero, zero, one}, p[3] = {zero, zero, zero};
  for (int j = 0; j < 7; ++j) {
    const td::array c = cosines[{j}], s = sines[{j}];
    const native::joint& a = native::arm[j];
    for (int k = 0; k < 3; ++k) {
      const td::array along = c * x[k] + s * y[k], across = c * y[k] - s * x[k];
      p[k] = p[k] + a.length * along + a.offset * z[k];
      const td::array up = a.cosine * z[k] - a.sine * across;
      y[k] = a.cosine * across + a.sine * z[k];
      x[k] = along, z[k] = up;
    }
  }
  return {x[0], y[0], z[0], p[0], x[1], y[1], z[1], p[1], x[2], y[2], z[2], p[2]};
}

/// The same as one array of twelve numbers.
inline td::array pose(const td::array& cosines, const td::array& sines) {
  const std::array<td::array, 12> all = kinematics(cosines, sines);
  return td::stack(std::vector<td::array>(all.begin(), all.end()));
}

}  // namespace bench
