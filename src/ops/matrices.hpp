// What functions over matrices are made of: axes in another order, diagonals, products over pairs of axes.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include <tendril/ops.hpp>

namespace tendril::detail {

/// The dtype and the shape of x, for texts of errors.
std::string spelled(const array& x);
/// The order of axes in which those at `from` are moved to `to`, and the others stay in theirs.
std::vector<std::int64_t> moved_order(const char* op, std::int64_t rank, const std::vector<std::int64_t>& from,
                                      const std::vector<std::int64_t>& to);
/// x with its axes in that order.
array with_moved_axes(const char* op, const array& x, const std::vector<std::int64_t>& from, const std::vector<std::int64_t>& to);
/// The product over pairs of axes; `product` multiplies matrices.
array tensordot(const array& a, const array& b, const std::vector<std::int64_t>& of_a, const std::vector<std::int64_t>& of_b,
                array (*product)(const array&, const array&));
/// The last n axes of one array, the first n of another.
std::pair<std::vector<std::int64_t>, std::vector<std::int64_t>> last_and_first(std::int64_t n);
/// The diagonal of two axes as the last axis: of element (i, i + offset).
array diagonal_of(const char* op, const array& x, std::int64_t offset, std::int64_t axis1, std::int64_t axis2);
/// Of matrices, true where column - row is at most k.
array below_diagonal(const char* op, const array& x, std::int64_t k);

}  // namespace tendril::detail
