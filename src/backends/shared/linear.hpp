// Determinants, systems of linear equations, decompositions and scatter: what backends do alike.
#pragma once
#include <tendril/graph.hpp>

#include "kernels/kernels.hpp"

namespace tendril::detail {

/// Matrices of up to so many rows are decomposed without a product, so that all backends give the same bits there.
inline constexpr std::int64_t one_block = 32;

// The kernels, for float32 and float64. `products` is the backend's matmul: larger matrices go by blocks of rows that it multiplies.
void find_determinants(const array_view* out, const array_view* in, engine::whole_kernel products);
/// The signs, then the logarithms.
void find_logarithms(const array_view* out, const array_view* in, engine::whole_kernel products);
void invert(const array_view* out, const array_view* in, const attributes&, engine::whole_kernel products);
void solve_systems(const array_view* out, const array_view* in, const attributes&, engine::whole_kernel products);
void solve_triangles(const array_view* out, const array_view* in, const attributes&, engine::whole_kernel products);
void find_triangles(const array_view* out, const array_view* in, const attributes&, engine::whole_kernel products);

/// Of one matrix of few rows, and of one column on the right of `solve`: elements lie row by row, `out` overlaps nothing. The numbers of
/// the kernels above, in a few nanoseconds. False where those have an error to throw, or NaN to give.
using fixed_kernel = bool (*)(void* out, const void* const* in);
/// Null where there is none. Of `cholesky` the lower triangle.
fixed_kernel find_fixed(op_id, dtype, std::int64_t rows);

// The same bits on every backend, whatever the size.
/// q and r.
void find_orthonormal(const array_view* out, const array_view* in);
/// The eigenvalues, then the eigenvectors or not.
void find_eigenvalues(const array_view* out, const array_view* in, const attributes&, bool with_vectors);
/// u, the singular values and vh, or the values alone.
void find_singular_values(const array_view* out, const array_view* in, const attributes&, bool with_vectors);

/// x to the result, then the updates in the order of their indices along the axis, for every dtype. Throws index_error.
void scatter_elements(const array_view* out, const array_view* in, const attributes&);

/// Enters these kernels, those of each backend as functions of their own.
template <engine::whole_kernel Products>
void add_linear_kernels(engine::whole_table& t) {
  for (const dtype d : {dtype::float32, dtype::float64}) {
    const auto entry = [&](op_id op) -> engine::whole_kernel& {
      return t.kernel[static_cast<std::size_t>(op)][static_cast<std::size_t>(d)];
    };
    entry(op_id::det) = [](const array_view* out, const array_view* in, int, const attributes&) { find_determinants(out, in, Products); };
    entry(op_id::slogdet) = [](const array_view* out, const array_view* in, int, const attributes&) { find_logarithms(out, in, Products); };
    entry(op_id::inv) = [](const array_view* out, const array_view* in, int, const attributes& at) { invert(out, in, at, Products); };
    entry(op_id::solve) = [](const array_view* out, const array_view* in, int, const attributes& at) {
      solve_systems(out, in, at, Products);
    };
    entry(op_id::cholesky) = [](const array_view* out, const array_view* in, int, const attributes& at) {
      find_triangles(out, in, at, Products);
    };
    entry(op_id::triangular_solve) = [](const array_view* out, const array_view* in, int, const attributes& at) {
      solve_triangles(out, in, at, Products);
    };
    entry(op_id::qr) = [](const array_view* out, const array_view* in, int, const attributes&) { find_orthonormal(out, in); };
    entry(op_id::eigh) = [](const array_view* out, const array_view* in, int, const attributes& at) {
      find_eigenvalues(out, in, at, true);
    };
    entry(op_id::eigvalsh) = [](const array_view* out, const array_view* in, int, const attributes& at) {
      find_eigenvalues(out, in, at, false);
    };
    entry(op_id::svd) = [](const array_view* out, const array_view* in, int, const attributes& at) {
      find_singular_values(out, in, at, true);
    };
    entry(op_id::svdvals) = [](const array_view* out, const array_view* in, int, const attributes& at) {
      find_singular_values(out, in, at, false);
    };
  }
  for (auto& kernel : t.kernel[static_cast<std::size_t>(op_id::scatter)])
    kernel = [](const array_view* out, const array_view* in, int, const attributes& at) { scatter_elements(out, in, at); };
}

}  // namespace tendril::detail
