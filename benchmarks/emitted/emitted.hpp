// The benchmark's functions as source_code writes them for td::target::cpp: emit.cpp has the list.
#pragma once
#include <cstddef>

extern "C" {
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
}
