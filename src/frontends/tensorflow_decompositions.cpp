// What tf.linalg makes of decompositions: triangles, QR, eigenvalues, singular values, least squares; and norms.
#include <cmath>
#include <limits>

#include <tendril/detail/op_id.hpp>
#include <tendril/linalg.hpp>

#include "array/format.hpp"
#include "frontends/tensorflow_ops.hpp"

namespace tendril::frontends::tensorflow {
namespace {

const promotion_rules& reals() { return rules_of(takes::real); }

array matrix_of(const char* op, const array& x) {
  only(takes::real, op, x);
  if (x.ndim() < 2)
    throw shape_error(format_text("[{}] the operand is no matrix: got {}, expected rank 2 or more. Reshape it.", op, spelled(x)));
  return x;
}

// ---- norms

[[noreturn]] void refuse_order(const std::string& ord, const char* of, const char* expected) {
  throw error(format_text("[norm] unknown order of {}: got {}, expected {}. Take one of these.", of, ord, expected));
}
array norm_of(const array& given, const attributes& at) {
  const array& x = only(takes::real, "norm", given);
  const bool keepdims = at.get_bool("keepdims");
  const axes over = at.has("axis") ? axes(at.get_ints("axis")) : axes();
  const std::string& how = at.get_string("how");
  const bool matrices = over.given() && over.values().size() == 2;
  if (over.given() && over.values().size() > 2)
    throw shape_error(
        format_text("[norm] the axes are neither of vectors nor of matrices: got {}, expected 1 or 2. Name others.", over.values().size()));
  if (how == "euclidean" || (how == "fro" && matrices)) return tendril::linalg::vector_norm(x, {.axis = over, .keepdims = keepdims});
  if (!how.empty())
    refuse_order("\"" + how + "\"", matrices ? "matrices" : "vectors",
                 matrices ? "\"euclidean\", \"fro\", 1, 2 or infinity" : "\"euclidean\" or a positive number");
  const double ord = at.get_real("ord");
  if (!matrices) {
    if (!(ord > 0)) refuse_order(format_text("{}", ord), "vectors", "\"euclidean\" or a positive number");
    return tendril::linalg::vector_norm(x, {.axis = over, .keepdims = keepdims, .ord = ord});
  }
  if (ord != 1 && ord != 2 && !(std::isinf(ord) && ord > 0))
    refuse_order(format_text("{}", ord), "matrices", "\"euclidean\", \"fro\", 1, 2 or infinity");
  const int rank = static_cast<int>(x.ndim());
  const std::int64_t rows = normalize_axis("norm", over.values()[0], rank), columns = normalize_axis("norm", over.values()[1], rank);
  const array moved = with_moved_axes("norm", x, {rows, columns}, {-2, -1});
  const array made =
      ord == 2 ? tendril::max(tendril::svdvals(moved, {.check = false}), {.axis = -1}) : tendril::linalg::matrix_norm(moved, {.ord = ord});
  return keepdims ? tendril::expand_dims(made, {.axis = {std::min(rows, columns), std::max(rows, columns)}}) : made;
}
const op_record& norm_record() {
  static const op_record& op = composed(
      "tensorflow.norm", {attribute_of("ord"), attribute_of("how"), attribute_of("axis", false, true), attribute_of("keepdims")},
      [](std::span<const array> in, const attributes& at) { return std::vector<array>{norm_of(in[0], at)}; },
      "a norm of vectors or matrices");
  return op;
}

// ---- systems

const op_record& triangular_record() {
  static const op_record& op = composed(
      "tensorflow.triangular_solve", {attribute_of("lower"), attribute_of("adjoint")},
      [](std::span<const array> in, const attributes& at) {
        const array a = matrix_of("triangular_solve", in[0]), b = matrix_of("triangular_solve", in[1]);
        require_alike("triangular_solve", a, b);
        return std::vector<array>{
            tendril::triangular_solve(a, b, {.upper = !at.get_bool("lower"), .transposed = at.get_bool("adjoint"), .check = false})};
      },
      "the solution of a triangular system", 2);
  return op;
}
double rounding_of(const array& x) {
  return x.dtype() == dtype::float32 ? std::numeric_limits<float>::epsilon() : std::numeric_limits<double>::epsilon();
}
const op_record& pinv_record() {
  static const op_record& op = composed(
      "tensorflow.pinv", {attribute_of("rcond", false)},
      [](std::span<const array> in, const attributes& at) {
        const array x = matrix_of("pinv", in[0]);
        const double longer = static_cast<double>(std::max(x.shape(-1), x.shape(-2)));
        return std::vector<array>{
            tendril::linalg::pinv(x, {.rtol = at.has("rcond") ? at.get_real("rcond") : 10 * longer * rounding_of(x), .check = false})};
      },
      "the inverse of Moore and Penrose");
  return op;
}
// The normal equations of the side that is shorter.
array fast_least_squares(const array& a, const array& b, double added) {
  const array turned = tendril::matrix_transpose(a);
  const bool tall = a.shape(-2) >= a.shape(-1);
  array products = tall ? tendril::matmul(turned, a) : tendril::matmul(a, turned);
  if (added != 0) products = tendril::add(products, tendril::multiply(tendril::eye(products.shape(-1), {.dtype = a.dtype()}), added));
  const array l = tendril::cholesky(products, {.check = false});
  const auto solved = [&](const array& right) {
    const array half = tendril::triangular_solve(l, right, {.check = false});
    return tendril::triangular_solve(l, half, {.transposed = true, .check = false});
  };
  return tall ? solved(tendril::matmul(turned, b)) : tendril::matmul(turned, solved(b));
}
const op_record& lstsq_record() {
  static const op_record& op = composed(
      "tensorflow.lstsq", {attribute_of("l2_regularizer"), attribute_of("fast")},
      [](std::span<const array> in, const attributes& at) {
        const array a = matrix_of("lstsq", in[0]), b = matrix_of("lstsq", in[1]);
        require_alike("lstsq", a, b);
        require_rows("lstsq", a, b);
        return std::vector<array>{at.get_bool("fast") ? fast_least_squares(a, b, at.get_real("l2_regularizer"))
                                                      : tendril::linalg::lstsq(a, b)};
      },
      "the solution nearest to a right side", 2);
  return op;
}

std::vector<Tensor> decomposed(op_id op, const arg& x, attributes at) {
  std::vector<Tensor> out;
  for (array& a : apply(record_of(op), std::vector<operand>{x.get()}, std::move(at), &reals(), x.where())) out.emplace_back(std::move(a));
  return out;
}

}  // namespace

Tensor norm(const arg& x, const norm_options& o) {
  const auto* const named = std::get_if<std::string>(&o.ord);
  const double ord = named ? 0 : std::get<number>(o.ord).value();
  return one(norm_record(), x, {{"ord", ord}, {"how", named ? *named : std::string()}, {"axis", o.axis}, {"keepdims", o.keepdims}});
}

namespace linalg {

Tensor triangular_solve(const arg& matrix, const arg& rhs, const triangular_options& o) {
  return record(triangular_record(), {matrix.get(), rhs.get()}, {{"lower", o.lower}, {"adjoint", o.adjoint}}, matrix.where(), reals());
}
std::pair<Tensor, Tensor> qr(const arg& input, const factor_options& o) {
  const std::vector<Tensor> made = decomposed(op_id::qr, input, {{"mode", std::string(o.full_matrices ? "complete" : "reduced")}});
  return {made[0], made[1]};
}
std::tuple<Tensor, Tensor, Tensor> svd(const arg& tensor, const factor_options& o) {
  const std::vector<Tensor> made = decomposed(op_id::svd, tensor, {{"full_matrices", o.full_matrices}, {"check", false}});
  return {made[1], made[0], linalg::matrix_transpose(arg(made[2], tensor.where()))};
}
std::pair<Tensor, Tensor> eigh(const arg& tensor) {
  const std::vector<Tensor> made = decomposed(op_id::eigh, tensor, {{"upper", false}});
  return {made[0], made[1]};
}
Tensor eigvalsh(const arg& tensor) { return decomposed(op_id::eigvalsh, tensor, {{"upper", false}}).front(); }
Tensor pinv(const arg& a, const pinv_options& o) {
  attributes at;
  if (o.rcond) at.set("rcond", o.rcond->value());
  return record(pinv_record(), {a.get()}, std::move(at), a.where(), reals());
}
Tensor lstsq(const arg& matrix, const arg& rhs, const lstsq_options& o) {
  return record(lstsq_record(), {matrix.get(), rhs.get()}, {{"l2_regularizer", o.l2_regularizer.value()}, {"fast", o.fast}}, matrix.where(),
                reals());
}

}  // namespace linalg
}  // namespace tendril::frontends::tensorflow
