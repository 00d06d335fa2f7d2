// The standard's extension `linalg`, as far as it goes here: the ops under its namespace, and what is made of them.
#pragma once
#include <tendril/ops.hpp>

namespace tendril::linalg {

using tendril::cholesky;
using tendril::det;
using tendril::inv;
using tendril::matmul;
using tendril::matrix_transpose;
using tendril::slogdet;
using tendril::solve;

/// The product of n copies of each square matrix; of a negative n, of its inverse. The shape is that of x; the dtype too, but that of `inv`
/// where n is negative. Throws shape_error unless the last two extents are equal, and error as `inv` does.
array matrix_power(const array& x, std::int64_t n);

}  // namespace tendril::linalg
