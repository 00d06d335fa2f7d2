// What a user would write without Tendril, compiled for this machine: the hand-written loops, and naive Eigen, xtensor and libtorch code.
//
// The hand loops are the best we know and obey the rules that Tendril keeps: quotients rounded as a division rounds them, NaN, infinities
// and signed zeros right, exp overflowing to infinity and underflowing gradually, sums in several accumulators.
#pragma once
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#define NATIVE __attribute__((visibility("default")))

namespace native {

using index = std::int64_t;

enum class stores { cached, streaming };  // streaming: past the caches, which pays where the result does not fit in the last of them

struct black_scholes_arguments {
  const double *spot, *strike, *time;
};

struct hand {
  NATIVE static void normalize(const double* x, double* y, index n, stores = stores::cached);
  NATIVE static void softmax(const float* x, float* y, index rows, index columns);
  NATIVE static void layernorm(const float* x, const float* g, const float* b, float* y, index rows, index columns);
  NATIVE static void gelu(const float* x, float* y, index n);  // tanh form
  NATIVE static void chain(const double* x, double* y, index n);
  NATIVE static void gray(const float* x, float* y, index images, index pixels, stores = stores::cached);
  NATIVE static void black_scholes(black_scholes_arguments in, double* call, double* put, index n);  // one loop
  NATIVE static void black_scholes_staged(black_scholes_arguments in, double* call, double* put,
                                          index n);                                         // a loop a function, over blocks
  NATIVE static void kinematics(const double* cosines, const double* sines, double* pose);  // pose: the 12 numbers of 3 rows and 4 columns
  NATIVE static void kinematics(const double* cosines, const double* sines, double* poses, index n);      // 7 and 12 rows of n
  NATIVE static void distances(const float* a, const float* b, float* y, index n, index m, index depth);  // squared; sums of (a - b)^2
  NATIVE static void distances_product(const float* a, const float* b, float* y, index n, index m, index depth);  // a^2 + b^2 - 2ab
  /// What is wrong with the functions of vectors.hpp on special values and a few hundred thousand points; empty if nothing is.
  NATIVE static std::string mathematics();
};

/// A multi-layer perceptron: weights of (outputs, inputs), relu between the layers; packed when it is made, as a library would.
struct perceptron_arguments {
  std::vector<index> extents;  // inputs, hidden..., outputs
  std::vector<const float*> weights, biases;
};
struct perceptron {
  virtual ~perceptron() = default;
  virtual void run(const float* x, float* y) = 0;
};
NATIVE std::unique_ptr<perceptron> tiled_perceptron(const perceptron_arguments&, index rows);
/// By oneDNN, weights prepacked, bias and relu fused; none where it was not found.
NATIVE std::unique_ptr<perceptron> onednn_perceptron(const perceptron_arguments&, index rows, int threads);

/// An array that naive code reads.
struct operand {
  const void* data;
  bool is_float;  // else double
  std::vector<index> shape;
};
/// Runs naive code, which returns its results in new containers; these are copied to `copy` unless it is null.
using runner = std::function<void(void* copy)>;
/// Naive code of one library for a case; empty where the library has none.
using peer = runner(std::string_view function, std::span<const operand> in);
NATIVE peer eigen, eigen_expression, xtensor;

inline constexpr double coefficients[16] = {0.9,   0.5, -0.33, 0.25,  -0.2,   0.16,  -0.14,  0.125,
                                            -0.11, 0.1, -0.09, 0.083, -0.077, 0.071, -0.067, 0.0625};
inline constexpr double rate = 0.03, volatility = 0.25;  // of Black and Scholes

struct joint {
  double length, offset, sine, cosine;  // Denavit and Hartenberg's a, d, and those of alpha
};
inline constexpr joint arm[7] = {{0, 0.34, 1, 0}, {0, 0, -1, 0},    {0, 0.4, 1, 0},  {0.1, 0, -1, 0},
                                 {0, 0.39, 1, 0}, {0.05, 0, -1, 0}, {0, 0.126, 0, 1}};

/// Keeps what was computed.
inline void keep(const void* p) { asm volatile("" : : "r"(p) : "memory"); }
template <class T>
void give(const T* p, index n, void* copy) {
  keep(p);
  if (copy) std::memcpy(copy, p, static_cast<std::size_t>(n) * sizeof(T));
}

}  // namespace native
