// What torch.linalg makes of decompositions: QR, eigenvalues, singular values and what they tell, triangles.
#include <cmath>
#include <limits>

#include <tendril/detail/op_id.hpp>
#include <tendril/linalg.hpp>

#include "array/format.hpp"
#include "frontends/torch_ops.hpp"

namespace tendril::frontends::torch {
namespace {

// max(m, n) times the rounding of the dtype.
double default_share(const array& x) {
  const double eps = x.dtype() == dtype::float32 ? std::numeric_limits<float>::epsilon() : std::numeric_limits<double>::epsilon();
  return static_cast<double>(std::max(x.shape(-1), x.shape(-2))) * eps;
}
array matrix_of(const char* op, const Tensor& x) {
  require_real(op, x);
  if (x.dim() < 2)
    throw shape_error(format_text("[{}] the input is no matrix: got {}, expected 2 dims or more. Reshape it.", op, spelled(x)));
  return x.value();
}
// True for the singular values that are greater than atol and than rtol times the largest; without atol rtol is the default share.
array counts(const array& x, const array& s, const attributes& at) {
  const double absolute = at.has("atol") ? at.get_real("atol") : 0;
  const double share = at.has("rtol") ? at.get_real("rtol") : absolute > 0 ? 0 : default_share(x);
  if (s.shape(-1) == 0) return tendril::greater(s, 0);
  const array largest = tendril::getitem(s, {index_item(ellipsis), index_item(tendril::slice(0, 1))});
  return tendril::greater(s, tendril::maximum(tendril::multiply(largest, share), absolute));
}
array inverse_of(const array& x, const attributes& at) {
  const auto [u, s, vh] = tendril::svd(x, {.full_matrices = false});
  const array used = counts(x, s, at);
  const array inverse = tendril::where(used, tendril::reciprocal(tendril::where(used, s, 1)), 0);
  return tendril::matmul(tendril::multiply(tendril::matrix_transpose(vh), tendril::expand_dims(inverse, {.axis = -2})),
                         tendril::matrix_transpose(u));
}
array rank_of(const array& x, const attributes& at) {
  return tendril::sum(tendril::astype(counts(x, tendril::svdvals(x), at), dtype::int64), {.axis = -1});
}
array place(const array& s, std::int64_t k) { return tendril::getitem(s, {index_item(ellipsis), index_item(k)}); }

// Of a singular matrix the inverse is infinite.
Tensor condition(const Tensor& A, const attributes& at) {
  const array x = matrix_of("cond", A);
  const double ord = at.get_real("p");
  const bool nuclear = at.get_string("how") == "nuc", quotient = at.get_string("how").empty() && std::abs(ord) == 2;
  if (!quotient && x.shape(-1) != x.shape(-2))
    throw shape_error(
        format_text("[cond] the matrix is not square: got {}, expected as many columns as rows for this p. Take p = 2.", spelled(A)));
  if (x.size() == 0) return Tensor(tendril::sum(x, {.axis = {-2, -1}}));
  if (quotient || nuclear) {
    const array s = tendril::svdvals(x);
    if (nuclear) return Tensor(tendril::multiply(tendril::sum(s, {.axis = -1}), tendril::sum(tendril::reciprocal(s), {.axis = -1})));
    return Tensor(ord > 0 ? tendril::divide(place(s, 0), place(s, -1)) : tendril::divide(place(s, -1), place(s, 0)));
  }
  const array singular = tendril::expand_dims(tendril::equal(tendril::slogdet(x).first, 0), {.axis = {-2, -1}});
  const Tensor inverse(tendril::where(singular, std::numeric_limits<double>::infinity(), tendril::inv(x, {.check = false})));
  const bool whole = at.get_string("how") == "fro";
  const Tensor made =
      whole ? linalg::matrix_norm(A) * linalg::matrix_norm(inverse) : linalg::matrix_norm(A, ord) * linalg::matrix_norm(inverse, ord);
  // NaN is infinite there too.
  return Tensor(tendril::where(tendril::isnan(made.value()), std::numeric_limits<double>::infinity(), made.value()));
}

// A tensor of one dim less than the matrices, and of their other extents, holds vectors.
bool holds_vectors(const Tensor& A, const Tensor& B) {
  std::vector<std::int64_t> before = sizes_of(A);
  before.pop_back();
  return B.dim() > 0 && sizes_of(B) == before;
}
std::vector<Tensor> least_squares(const Tensor& A, const Tensor& B, const attributes& at) {
  const array x = matrix_of("lstsq", A);
  require_alike("lstsq", A, B);
  const bool vectors = holds_vectors(A, B);
  const Tensor right = vectors ? unsqueeze(B, -1) : B;
  if (right.dim() != A.dim() || right.size(-2) != A.size(-2))
    throw shape_error(
        format_text("[lstsq] the operands do not fit: got {} and {}, expected as many rows. Reshape one.", spelled(A), spelled(B)));
  attributes share;
  if (at.has("rcond")) share.set("rtol", at.get_real("rcond"));
  const Tensor solution(tendril::matmul(inverse_of(x, share), right.value()));
  return {vectors ? squeeze(solution, -1) : solution, Tensor(rank_of(x, share))};
}
Tensor triangle_solved(const Tensor& A, const Tensor& B, const attributes& at) {
  const array a = matrix_of("solve_triangular", A);
  require_alike("solve_triangular", A, B);
  const bool left = at.get_bool("left");
  if (B.dim() < 2 || B.size(left ? -2 : -1) != A.size(-1))
    throw shape_error(
        format_text("[solve_triangular] the operands do not fit: got {} and {}, expected matrices both, with as many {}. "
                    "Take unsqueeze.",
                    spelled(A), spelled(B), left ? "rows" : "columns"));
  const array b = left ? B.value() : tendril::matrix_transpose(B.value());
  const array made = tendril::triangular_solve(
      a, b, {.upper = at.get_bool("upper"), .unit_diagonal = at.get_bool("unitriangular"), .transposed = !left, .check = false});
  return Tensor(left ? made : tendril::matrix_transpose(made));
}

#define HAS(name) attribute_of(#name)
#define MAY(name) attribute_of(#name, false)
#define OWN TENDRIL_TORCH_OWN
OWN(pinv, 1, (MAY(atol), MAY(rtol)), "the inverse of Moore and Penrose", Tensor(inverse_of(matrix_of("pinv", x), at)))
OWN(matrix_rank, 1, (MAY(atol), MAY(rtol)), "how many singular values count", Tensor(rank_of(matrix_of("matrix_rank", x), at)))
OWN(cond, 1, (HAS(p), HAS(how)), "how far the solutions of a system follow what they are solved for", condition(x, at))
OWN(solve_triangular, 2, (HAS(upper), HAS(left), HAS(unitriangular)), "the solution of a triangular system", triangle_solved(x, y, at))
OWN(lstsq, 2, (MAY(rcond), HAS(part)), "the solution nearest to a right side, or the rank",
    least_squares(x, y, at)[static_cast<std::size_t>(at.get_int("part"))])
#undef OWN
#undef MAY
#undef HAS

std::vector<Tensor> decomposed(op_id op, const arg& A, attributes at) {
  std::vector<Tensor> out;
  for (array& a : apply(record_of(op), std::vector<operand>{A.get()}, std::move(at), &of_reals(), A.where()))
    out.emplace_back(std::move(a));
  return out;
}
attributes tolerances(const tolerance_options& o) {
  attributes at;
  if (o.atol) at.set("atol", o.atol->value());
  if (o.rtol) at.set("rtol", o.rtol->value());
  return at;
}

}  // namespace

Tensor pinverse(const arg& input, number rcond) { return linalg::pinv(input, {.rtol = rcond}); }

namespace linalg {

std::pair<Tensor, Tensor> qr(const arg& A, const std::string& mode) {
  const std::vector<Tensor> made = decomposed(op_id::qr, A, {{"mode", mode}});
  return {made[0], made[1]};
}
std::pair<Tensor, Tensor> eigh(const arg& A, const std::string& UPLO) {
  const std::vector<Tensor> made = decomposed(op_id::eigh, A, {{"upper", reads_upper("eigh", UPLO)}});
  return {made[0], made[1]};
}
Tensor eigvalsh(const arg& A, const std::string& UPLO) {
  return decomposed(op_id::eigvalsh, A, {{"upper", reads_upper("eigvalsh", UPLO)}}).front();
}
std::tuple<Tensor, Tensor, Tensor> svd(const arg& A, bool full_matrices) {
  const std::vector<Tensor> made = decomposed(op_id::svd, A, {{"full_matrices", full_matrices}, {"check", true}});
  return {made[0], made[1], made[2]};
}
Tensor svdvals(const arg& A) { return decomposed(op_id::svdvals, A, {{"check", true}}).front(); }
Tensor pinv(const arg& A, const tolerance_options& o) { return record(pinv_op(), {A.get()}, tolerances(o), A.where()); }
Tensor matrix_rank(const arg& A, const tolerance_options& o) { return record(matrix_rank_op(), {A.get()}, tolerances(o), A.where()); }
Tensor cond(const arg& A, number p) {
  const double ord = p.value();
  if (!std::isinf(ord) && std::abs(ord) != 1 && std::abs(ord) != 2)
    throw error(
        format_text("[cond] unknown order: got p {}, expected \"fro\", \"nuc\", 1, -1, 2, -2 or an infinity. Take one of these.", ord));
  return record(cond_op(), {A.get()}, {{"p", ord}, {"how", std::string()}}, A.where());
}
Tensor cond(const arg& A, const std::string& p) {
  if (!among(std::string_view(p), "fro", "nuc"))
    throw error(
        format_text("[cond] unknown order: got p \"{}\", expected \"fro\", \"nuc\", 1, -1, 2, -2 or an infinity. Take one of these.", p));
  return record(cond_op(), {A.get()}, {{"p", 0.0}, {"how", p}}, A.where());
}
lstsq_result lstsq(const arg& A, const arg& B, std::optional<number> rcond) {
  const auto part = [&](std::int64_t k) {
    attributes at{{"part", k}};
    if (rcond) at.set("rcond", rcond->value());
    return record(lstsq_op(), {A.get(), B.get()}, std::move(at), A.where());
  };
  return {part(0), part(1)};
}
Tensor solve_triangular(const arg& A, const arg& B, const triangular_options& o) {
  return record(solve_triangular_op(), {A.get(), B.get()}, {{"upper", o.upper}, {"left", o.left}, {"unitriangular", o.unitriangular}},
                A.where());
}

}  // namespace linalg
}  // namespace tendril::frontends::torch
