// The benchmark's functions as source_code writes them for plain C++ and for Eigen: emit.cpp has the list.
#pragma once
#include <cstddef>

#include "native/native.hpp"

extern "C" {
void emitted_negate(const double* x, double* y, std::size_t n);
void emitted_normalize(const double* x, double* y, std::size_t n);
void emitted_softmax(const float* x, float* y, std::size_t rows, std::size_t columns);
void emitted_layernorm(const float* x, const float* scale, const float* shift, float* y, std::size_t rows, std::size_t columns);
void emitted_gelu(const float* x, float* y, std::size_t n);
void emitted_chain(const double* x, double* y, std::size_t n);
void emitted_gray(const float* x, float* y, std::size_t count, std::size_t channels, std::size_t height, std::size_t width);
void emitted_black_scholes(const double* spot, const double* strike, const double* time, double* call, double* put, std::size_t n);
std::size_t emitted_distances_workspace(std::size_t rows_of_a, std::size_t columns, std::size_t rows_of_b);
void emitted_distances(const float* a, const float* b, float* y, std::byte* workspace, std::size_t rows_of_a, std::size_t columns,
                       std::size_t rows_of_b);
std::size_t emitted_perceptron_workspace(std::size_t rows, std::size_t inputs, std::size_t hidden, std::size_t hidden_again,
                                         std::size_t outputs);
void emitted_perceptron(const float* x, const float* w1, const float* b1, const float* w2, const float* b2, const float* w3,
                        const float* b3, float* y, std::byte* workspace, std::size_t rows, std::size_t inputs, std::size_t hidden,
                        std::size_t hidden_again, std::size_t outputs);
void emitted_pose(const double* cosines, const double* sines, double* y, std::size_t joints, std::size_t joints_again);
void emitted_kinematics(const double* cosines, const double* sines, double* a0, double* a1, double* a2, double* a3, double* b0, double* b1,
                        double* b2, double* b3, double* c0, double* c1, double* c2, double* c3, std::size_t joints, std::size_t poses,
                        std::size_t joints_again);
}

namespace native {
NATIVE peer emitted_eigen;
}
