// The standard's extension `linalg`: the ops under its namespace, and what is made of them. `lstsq` and `cond` are beyond it.
#pragma once
#include <tendril/ops.hpp>

namespace tendril {

/// Of `tril` and `triu`: the diagonal k stays, which is above the main one where k is positive.
struct triangle_options {
  std::int64_t k = 0;
};
/// x with zeros above a diagonal of each matrix, of any dtype. Throws shape_error below rank 2.
array tril(const array& x, const triangle_options& = {});
/// x with zeros below a diagonal of each matrix, of any dtype. Throws shape_error below rank 2.
array triu(const array& x, const triangle_options& = {});

/// The product over the last n axes of x1 and the first n of x2, promoted together. Throws shape_error where extents differ.
array tensordot(const array& x1, const array& x2, std::int64_t n = 2);
/// The product over pairs of axes: `td::tensordot(a, b, {.x1 = {0, 1}, .x2 = {1, 0}})`.
struct tensordot_options {
  axes x1 = {};
  axes x2 = {};
};
array tensordot(const array& x1, const array& x2, const tensordot_options&);

struct vecdot_options {
  std::int64_t axis = -1;
};
/// The sum of products along one axis, counted from the last; x1 and x2 broadcast and are promoted. Throws shape_error where they do not
/// fit.
array vecdot(const array& x1, const array& x2, const vecdot_options& = {});

namespace linalg {

using tendril::cholesky;
using tendril::det;
using tendril::eigh;
using tendril::eigvalsh;
using tendril::inv;
using tendril::matmul;
using tendril::matrix_transpose;
using tendril::qr;
using tendril::slogdet;
using tendril::solve;
using tendril::svd;
using tendril::svdvals;
using tendril::tensordot;
using tendril::triangular_solve;
using tendril::vecdot;

/// Which norm: a number, infinite ones included, or of matrices "fro" or "nuc".
class norm_order {
 public:
  norm_order(const char* name) : name_(name) {}
  template <arithmetic T>
  norm_order(T v) : value_(static_cast<double>(v)) {}
  const std::string& name() const noexcept { return name_; }  ///< "" of a number
  double value() const noexcept { return value_; }

 private:
  std::string name_;
  double value_ = 0;
};

/// The product of n copies of each square matrix; of a negative n, of its inverse. The shape is that of x; the dtype too, but that of `inv`
/// where n is negative. Throws shape_error unless the last two extents are equal, and error as `inv` does.
array matrix_power(const array& x, std::int64_t n);

/// Below which part of the largest singular value others count as 0; none given: max(m, n) times the rounding of the dtype. `check` as of
/// `svd`: without it NaN and infinities are no error, and no singular value of theirs counts.
struct rank_options {
  std::optional<number> rtol = std::nullopt;
  bool check = true;
};
/// How many singular values of each matrix count, int64. Throws as `svdvals` does.
array matrix_rank(const array& x, const rank_options& = {});
/// The inverse of Moore and Penrose, of shape (..., n, m) for x of (..., m, n): of singular values that count. Throws as `svd` does.
array pinv(const array& x, const rank_options& = {});
/// The y of least length among those for which matmul(x1, y) is nearest to x2: matmul(pinv(x1), x2), where x2 has rank 1 or as many rows as
/// x1. Throws shape_error where it has not, else as `pinv` does.
array lstsq(const array& x1, const array& x2, const rank_options& = {});

struct vector_norm_options {
  axes axis = {};
  bool keepdims = false;
  number ord = 2;
};
/// The length of vectors along the axes, no axis means all elements: (sum |x|^ord)^(1/ord), of infinity the largest magnitude, of
/// -infinity the smallest, of 0 the number of elements that are not 0. Integers become float64. Throws shape_error for an extreme of
/// nothing.
array vector_norm(const array& x, const vector_norm_options& = {});
struct matrix_norm_options {
  bool keepdims = false;
  norm_order ord = "fro";
};
/// A norm of each matrix: "fro", the root of the sum of squares; "nuc", the sum of the singular values; 2 and -2, the largest and the
/// smallest of them; 1 and -1, the largest and the smallest sum of magnitudes of a column; infinity and -infinity, of a row. Integers
/// become float64. Throws shape_error below rank 2 and for an extreme of nothing, error for another order.
array matrix_norm(const array& x, const matrix_norm_options& = {});
struct cond_options {
  norm_order p = 2;
};
/// The norm of each matrix times that of its inverse, which of 2 and -2 is a quotient of singular values. Throws shape_error where there
/// are no elements, or for other orders where a matrix is not square; error for a singular one then.
array cond(const array& x, const cond_options& = {});

struct cross_options {
  std::int64_t axis = -1;
};
/// The cross product of vectors with three elements along one axis; x1 and x2 broadcast and are promoted. Throws shape_error for others.
array cross(const array& x1, const array& x2, const cross_options& = {});
/// All products of the elements of two vectors, promoted together: (n,) and (m,) to (n, m). Throws shape_error for other ranks.
array outer(const array& x1, const array& x2);
struct diagonal_options {
  std::int64_t offset = 0;
};
/// A diagonal of each matrix as the last axis, above the main one where the offset is positive. Throws shape_error below rank 2.
array diagonal(const array& x, const diagonal_options& = {});
struct trace_options {
  std::int64_t offset = 0;
  tendril::dtype dtype = tendril::dtype::unknown;
};
/// The sum of that diagonal; integers become int64, or the dtype that is asked for. Throws shape_error below rank 2.
array trace(const array& x, const trace_options& = {});

}  // namespace linalg
}  // namespace tendril
