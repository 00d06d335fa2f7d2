// What the files of the jax frontend share: calls under JAX's rules, and the ops that are its own.
#pragma once
#include <tendril/frontends/jax.hpp>

#include "frontends/shared.hpp"

namespace tendril::frontends::jax {

/// Running totals and totals of lax: of integers in their own dtype.
extern const promotion_rules running_promotion;

Array record(const op_record& op, std::initializer_list<operand> in, attributes at, std::source_location where,
             const promotion_rules& rules = promotion);
Array record(op_id op, std::initializer_list<operand> in, attributes at, std::source_location where,
             const promotion_rules& rules = promotion);
inline Array one(op_id op, const arg& x, attributes at = {}, const promotion_rules& rules = promotion) {
  return record(op, {x.get()}, std::move(at), x.where(), rules);
}
inline Array two(op_id op, const arg& a, const arg& b, const promotion_rules& rules = promotion) {
  return record(op, {a.get(), b.get()}, {}, a.where(), rules);
}
inline Array one(const op_record& op, const arg& x, attributes at = {}) { return record(op, {x.get()}, std::move(at), x.where()); }
inline Array two(const op_record& op, const arg& a, const arg& b, attributes at = {}) {
  return record(op, {a.get(), b.get()}, std::move(at), a.where());
}

/// Throws dtype_error: JAX does not take bool.
[[noreturn]] void refuse_bool(std::string_view op);
/// The dtype in which functions with real results compute.
dtype inexact(dtype) noexcept;
/// x in that dtype.
array inexact(const array& x);
/// A number as an element: integers keep their low bits, of real numbers the nearest that the dtype holds.
scalar element_of(const scalar&, dtype);

const op_record& erf_inv_record();
const op_record& bincount_record();
const op_record& weighted_bincount_record();

// Elementwise: other elements than the ops of these names, or no op of the table.
const op_record& floor_divide_record();
const op_record& remainder_record();
const op_record& power_record();
const op_record& xlogy_record();
const op_record& xlog1py_record();

// What depends on the rank or the dtype.
const op_record& sign_record();
const op_record& rint_record();
const op_record& decimals_record();
const op_record& astype_record();
const op_record& full_like_record();
const op_record& take_record();
const op_record& take_along_axis_record();

// What in NumPy's words is JAX's own.
namespace numpy {

/// x as a real number, for elementwise functions too.
inline array real_of(const char*, const array& x) { return inexact(x); }
inline array angle_of(const array& x) { return is_real(x) ? x : tendril::astype(x, dtype::float64); }
/// In what cov, corrcoef and interp compute.
inline dtype precise(dtype d) { return inexact(d); }
/// A weight of cov, whose sign does not count.
inline array weight_of(const array& x) { return x.dtype() == bool_ ? x : tendril::abs(x); }
/// What leads to the elements next to an end that `pad` made.
array ramp_to(const array& edge, double end, std::int64_t count, std::int64_t axis);
/// A constant of `pad`.
inline scalar element_of_pad(const scalar& number, dtype d, bool) { return element_of(number, d); }
/// What odd reflections have.
inline auto odd_of(const array& x) -> array (*)(const array&, const array&) {
  return x.dtype() == dtype::bool_ ? [](const array&, const array&) -> array { refuse_bool("pad"); } : &reflected;
}
/// Quantiles of what is weighed: the weights, without those that are negative or NaN, whose lines are NaN; which of the running sums come
/// before a share; and the dtype of elements and weights.
array weight_of_quantile(const array& w, dtype);
inline const array& weight_in_all(const array& total) { return total; }
array below_share(const array& running, const array& total, const array& q);
array unless_bad(const array& y, const array& weights);
inline dtype quantiles_in(const array& a, const array& w) { return inexact(promote(a.dtype(), w.dtype())); }
/// Histograms: their dtypes, and ends of bins.
binning binning_of(const array& elements, dtype weights, bool given);
inline dtype ranges_in(dtype d) { return d; }   ///< in what the ends between two numbers are computed
inline constexpr bool bins_of_nothing = false;  ///< without a range
inline const array& finite_end(const array& x) { return x; }
inline const array& rising_ends(const array& x) { return x; }
array evenly(const array& low, const array& high, std::int64_t n);  ///< the lower ends of n bins
/// In what a mean weighed by elements of another dtype is.
inline dtype averages_in(dtype of, dtype weights) { return inexact(promote(of, weights)); }
/// The operand of a convolution, beside another.
Array convolves(const Array& x, const Array& other);
/// The elements whose powers vander has.
array vander_of(const array& x);
/// Throws dtype_error where kron takes no bool.
void require_kron(const array& a, const array& b);
/// What trapezoid sums and gradient takes differences of, beside another operand.
array integrates(const array& x, const array& other);
/// What gradient takes differences of, and its result.
inline array derives(const array& x, bool real_distance) {
  return real_distance && !is_real(x) ? tendril::astype(x, dtype::float64) : inexact(x);
}
inline array derived(const Array& made, const array&) { return made.value(); }
/// Distances of its places, beside the elements.
inline array distances(const array& x, const array& of) { return tendril::astype(x, inexact(promote(x.dtype(), of.dtype()))); }
/// Throws shape_error: nothing has no median.
[[noreturn]] Array of_nothing(const char* op, const Array& ordered);
/// What quantiles are taken of; between which elements they are; the share that a number is.
inline array quantiles_of(const array& x) { return inexact(x); }
Array between(const Array& ordered, const Array& q, const std::string& method);
scalar share_of(const scalar& q);
void require_method(const std::string& method);
void require_edge_order(std::int64_t order);
/// Whether geomspace has its ends as they are given: where their signs differ, all is NaN.
inline bool keeps_ends(double stop) { return stop > 0; }

/// The share of the largest singular value below which pinv takes none.
inline double pinv_share(double share) { return 10 * share; }
/// The residuals of lstsq, from the squares of distances.
inline array residuals_of(const array& squares, const array&, std::int64_t, std::int64_t) { return squares; }
inline constexpr bool checks_matrices = false;          ///< of what is not finite singular values are NaN
inline constexpr bool tolerance_is_absolute = false;    ///< of matrix_rank
inline constexpr bool nothing_keeps_its_dtype = false;  ///< the pinv of a matrix without elements
inline constexpr bool quotients_have_no_nan = false;    ///< cond of zeros is NaN
inline constexpr bool ranks_nothing = false;            ///< a matrix without elements has no rank
/// In what lstsq computes.
inline dtype solves_in(const array& a, const array& b) { return inexact(promote(a.dtype(), b.dtype())); }
inline constexpr dtype dtype_of_rank = dtype::int64;       ///< of lstsq
inline constexpr dtype dtype_of_flat_rank = dtype::int32;  ///< of matrix_rank, of vectors

inline constexpr bool clips_shares = true;           ///< shares out of range are those of the ends
inline constexpr bool takes_any_condition = true;    ///< conditions of select are true where they are not 0
inline constexpr bool triangles_of_vectors = false;  ///< tril and triu take matrices
inline constexpr bool cuts_in_order = true;          ///< places of split rise, and are those of the axis
inline constexpr bool meshes_vectors = true;         ///< meshgrid takes no other ranks
inline constexpr bool unwraps_odd_periods = true;    ///< an odd integer period has its half as a step, as an even one has
inline constexpr bool keeps_degrees = false;         ///< cov divides by no less than 0
inline constexpr bool shifts_numbers = true;         ///< fftshift takes no array of rank 0
inline constexpr bool counts_in_bool = false;        ///< fweights may be bool
inline constexpr dtype dtype_of_tri = dtype::float32;

}  // namespace numpy
namespace lax {

/// Throws dtype_error where two operands have two dtypes, or where one is bool.
void require_alike(const char* op, const array& a, const array& b);
void require_number(const char* op, const array& x);
/// x with so many zeros between the elements of an axis.
array spaced(const array& x, std::int64_t axis, std::int64_t between);

}  // namespace lax
}  // namespace tendril::frontends::jax
