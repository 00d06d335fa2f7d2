// jax.numpy.linalg. No matrix is an error there: a singular one gives infinities and NaN.
#include <tendril/detail/op_id.hpp>
#include <tendril/linalg.hpp>

#include "frontends/jax_ops.hpp"

namespace tendril::frontends::jax::numpy::linalg {
namespace {

const op_record& cholesky_record() {
  static const op_record& op = composed(
      "jax.cholesky", {attribute_of("upper"), attribute_of("symmetrize_input")},
      [](std::span<const array> in, const attributes& at) {
        array x = inexact(in[0]);
        if (at.get_bool("symmetrize_input")) x = divide(add(x, matrix_transpose(x)), 2);
        const array lower = tendril::cholesky(x, {.check = false});
        return std::vector<array>{at.get_bool("upper") ? matrix_transpose(lower) : lower};
      },
      "Cholesky's triangle of the mean of a matrix and its transpose; NaN where there is none");
  return op;
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

}  // namespace tendril::frontends::jax::numpy::linalg
