// What the namespace linalg makes of ops.
#include <tendril/linalg.hpp>

#include <tendril/graph.hpp>

#include "array/format.hpp"

namespace tendril::linalg {

array matrix_power(const array& x, std::int64_t n) {
  if (x.ndim() < 2 || x.shape(-1) != x.shape(-2))
    throw shape_error(format_text("[matrix_power] the matrix is not square: got {}, expected as many rows as columns. Cut it.",
                                  to_string(type::of(x.dtype(), x.shape()))));
  array factor = n < 0 ? inv(x) : x;
  if (n == 0) return broadcast_to(eye(x.shape(-1), {.dtype = x.dtype()}), x.shape());
  array result;
  for (std::int64_t left = n < 0 ? -n : n; left > 0; left /= 2) {
    if (left % 2) result = result.empty() ? factor : matmul(result, factor);
    if (left > 1) factor = matmul(factor, factor);
  }
  return result;
}

}  // namespace tendril::linalg
