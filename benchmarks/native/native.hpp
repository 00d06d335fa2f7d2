// What a user would write without Tendril, compiled for this machine: the hand-written loops, and naive Eigen and xtensor code.
//
// The hand loops obey the rules that Tendril keeps: true division, NaN and infinities right, sums in several accumulators.
#pragma once
#include <cstdint>

#define NATIVE __attribute__((visibility("default")))

namespace native {

using index = std::int64_t;

struct hand {
  NATIVE static void normalize(const double* x, double* y, index n);
  NATIVE static void softmax(const float* x, float* y, index rows, index columns);
  NATIVE static void layernorm(const float* x, const float* g, const float* b, float* y, index rows, index columns);
  NATIVE static void gelu(const float* x, float* y, index n);
  NATIVE static void chain(const double* x, double* y, index n);
  NATIVE static void gray(const float* x, float* y, index images, index pixels);
};

// Results in a new container each call, as such code returns them; the last is kept so that the work is not optimised away.
struct eigen {
  NATIVE static void normalize(const double* x, index n);
  NATIVE static void softmax(const float* x, index rows, index columns);
  NATIVE static void layernorm(const float* x, const float* g, const float* b, index rows, index columns);
  NATIVE static void gelu(const float* x, index n);
  NATIVE static void chain(const double* x, index n);        // one expression
  NATIVE static void chain_steps(const double* x, index n);  // a new array each step
  NATIVE static void gray(const float* x, index images, index pixels);
};

struct xtensor {
  NATIVE static bool available();
  NATIVE static void normalize(const double* x, index n);
  NATIVE static void softmax(const float* x, index rows, index columns);
  NATIVE static void layernorm(const float* x, const float* g, const float* b, index rows, index columns);
  NATIVE static void gelu(const float* x, index n);
  NATIVE static void chain(const double* x, index n);
  NATIVE static void chain_steps(const double* x, index n);
  NATIVE static void gray(const float* x, index images, index pixels);
};

inline constexpr double coefficients[16] = {0.9,   0.5, -0.33, 0.25,  -0.2,   0.16,  -0.14,  0.125,
                                            -0.11, 0.1, -0.09, 0.083, -0.077, 0.071, -0.067, 0.0625};

/// Keeps what was computed.
inline void keep(const void* p) { asm volatile("" : : "r"(p) : "memory"); }

}  // namespace native
