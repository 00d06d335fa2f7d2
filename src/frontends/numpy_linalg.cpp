// numpy.linalg beside its words: determinants, inverses, systems of equations, Cholesky's triangles, eigenvalues.
#include <tendril/frontends/numpy.hpp>

#include <limits>

#include <tendril/detail/op_id.hpp>

#include "frontends/numpy_ops.hpp"

namespace tendril::frontends::numpy {

array residuals_of(const array& squares, const array& rank, std::int64_t rows, std::int64_t columns) {
  if (rows <= columns) return tendril::zeros({0}, {.dtype = squares.dtype()});
  return tendril::where(tendril::equal(rank, columns), squares, std::numeric_limits<double>::quiet_NaN());
}

namespace linalg {
namespace {

// Beside an integer float32 becomes float64 here, whatever the integer.
dtype together(std::string_view op, std::span<const dtype> dtypes, std::span<const bool> weak, std::span<const bool> rank0) {
  for (const dtype d : dtypes)
    if (kind_of(d) != dtype_kind::real) return dtype::float64;
  return promotion.together(op, dtypes, weak, rank0);
}
constexpr promotion_rules rules = {
    .name = "numpy", .together = together, .default_real = dtype::float64, .integer_sums_to_int64 = true, .bool_is_numeric = true};

std::vector<array> called(op_id op, std::initializer_list<operand> in, attributes at, std::source_location where) {
  return apply(record_of(op), {in.begin(), in.size()}, std::move(at), &rules, where);
}
ndarray made_of(op_id op, const arg& a, attributes at = {}) {
  return ndarray(std::move(called(op, {a.get()}, std::move(at), a.where()).front()));
}

}  // namespace

ndarray det(const arg& a) { return made_of(op_id::det, a); }
std::pair<ndarray, ndarray> slogdet(const arg& a) {
  std::vector<array> made = called(op_id::slogdet, {a.get()}, {}, a.where());
  return {ndarray(std::move(made[0])), ndarray(std::move(made[1]))};
}
ndarray inv(const arg& a) { return made_of(op_id::inv, a, {{"check", true}}); }
ndarray solve(const arg& a, const arg& b) {
  return ndarray(std::move(called(op_id::solve, {a.get(), b.get()}, {{"check", true}}, a.where()).front()));
}
ndarray cholesky(const arg& a, const cholesky_options& o) { return made_of(op_id::cholesky, a, {{"upper", o.upper}, {"check", true}}); }

std::pair<ndarray, ndarray> eigh(const arg& a, const eigh_options& o) {
  std::vector<array> made = called(op_id::eigh, {a.get()}, {{"upper", reads_upper("eigh", o.UPLO)}}, a.where());
  return {ndarray(std::move(made[0])), ndarray(std::move(made[1]))};
}
ndarray eigvalsh(const arg& a, const eigh_options& o) { return made_of(op_id::eigvalsh, a, {{"upper", reads_upper("eigvalsh", o.UPLO)}}); }

}  // namespace linalg
}  // namespace tendril::frontends::numpy
