// jax.numpy.linalg. No matrix is an error there: a singular one gives infinities and NaN.
#include <tendril/detail/op_id.hpp>
#include <tendril/linalg.hpp>

#include "frontends/jax_ops.hpp"

namespace tendril::frontends::jax::numpy::linalg {
namespace {

array mean_with_transpose(const array& a) { return divide(add(a, matrix_transpose(a)), 2); }

const op_record& cholesky_record() {
  static const op_record& op = composed(
      "jax.cholesky", {attribute_of("upper"), attribute_of("symmetrize_input")},
      [](std::span<const array> in, const attributes& at) {
        array x = inexact(in[0]);
        if (at.get_bool("symmetrize_input")) x = mean_with_transpose(x);
        const array lower = tendril::cholesky(x, {.check = false});
        return std::vector<array>{at.get_bool("upper") ? matrix_transpose(lower) : lower};
      },
      "Cholesky's triangle of the mean of a matrix and its transpose; NaN where there is none");
  return op;
}

const op_record& mean_record() {
  static const op_record& op = composed(
      "jax.mean_with_transpose", {},
      [](std::span<const array> in, const attributes&) { return std::vector<array>{mean_with_transpose(inexact(in[0]))}; },
      "the mean of a matrix and its transpose");
  return op;
}
// Whose triangle is read.
std::vector<array> of_symmetric(op_id op, const char* name, const arg& a, const eigh_options& o) {
  const Array mean = o.symmetrize_input ? one(mean_record(), a) : Array();  // an operand borrows it
  const operand x = o.symmetrize_input ? operand(mean.value(), a.where()) : a.get();
  return apply(record_of(op), std::vector<operand>{x}, {{"upper", reads_upper(name, o.UPLO)}}, &promotion, a.where());
}

}  // namespace

Array det(const arg& a) { return record(op_id::det, {a.get()}, {}, a.where()); }
std::pair<Array, Array> slogdet(const arg& a) {
  std::vector<array> made = apply(record_of(op_id::slogdet), std::vector<operand>{a.get()}, {}, &promotion, a.where());
  return {Array(std::move(made[0])), Array(std::move(made[1]))};
}
Array inv(const arg& a) { return record(op_id::inv, {a.get()}, {{"check", false}}, a.where()); }
Array solve(const arg& a, const arg& b) { return record(op_id::solve, {a.get(), b.get()}, {{"check", false}}, a.where()); }
Array cholesky(const arg& a, const cholesky_options& o) {
  return one(cholesky_record(), a, {{"upper", o.upper}, {"symmetrize_input", o.symmetrize_input}});
}

std::pair<Array, Array> eigh(const arg& a, const eigh_options& o) {
  std::vector<array> made = of_symmetric(op_id::eigh, "eigh", a, o);
  return {Array(std::move(made[0])), Array(std::move(made[1]))};
}
Array eigvalsh(const arg& a, const eigh_options& o) { return Array(std::move(of_symmetric(op_id::eigvalsh, "eigvalsh", a, o).front())); }

}  // namespace tendril::frontends::jax::numpy::linalg
