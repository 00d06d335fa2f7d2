// What the files of the numpy frontend share: calls under NumPy's rules, and what in NumPy's words is NumPy's own.
#pragma once
#include <tendril/frontends/numpy.hpp>

#include "frontends/shared.hpp"

namespace tendril::frontends::numpy {

/// Running totals: of integers in int64.
inline constexpr const promotion_rules& running_promotion = promotion;

ndarray record(const op_record& op, std::initializer_list<operand> in, attributes at, std::source_location where,
               const promotion_rules& rules = promotion);
ndarray record(op_id op, std::initializer_list<operand> in, attributes at, std::source_location where,
               const promotion_rules& rules = promotion);
inline ndarray one(op_id op, const arg& x, attributes at = {}) { return record(op, {x.get()}, std::move(at), x.where()); }
inline ndarray one(const op_record& op, const arg& x, attributes at = {}) { return record(op, {x.get()}, std::move(at), x.where()); }
ndarray two(op_id op, const arg& a, const arg& b);
inline ndarray two(const op_record& op, const arg& a, const arg& b) { return record(op, {a.get(), b.get()}, {}, a.where()); }

/// x as a real number: integers and bool become float64.
array inexact(const array& x);
/// The same for an elementwise function, of which bool and uint8 have results of float16.
array real_of(const char* op, const array& x);
inline array angle_of(const array& x) { return x.dtype() == bool_ ? inexact(x) : real_of("angle", x); }
/// In what cov, corrcoef and interp compute.
inline dtype precise(dtype) { return dtype::float64; }
/// A weight of cov; a negative one is an error when the function runs.
array weight_of(const array& x);
/// What leads to the elements next to an end that `pad` made.
array ramp_to(const array& edge, double end, std::int64_t count, std::int64_t axis);
/// A constant of `pad`: what an integer dtype does not hold is refused, but that of uint8 keeps its low bits where one pair says all.
scalar element_of_pad(const scalar& number, dtype d, bool alone);
/// What odd reflections have: of bool numbers that are not 0.
inline auto odd_of(const array& x) -> array (*)(const array&, const array&) {
  return x.dtype() == dtype::bool_ ? [](const array& edge, const array& y) { return logical_or(edge, y); } : &reflected;
}
/// Quantiles of what is weighed: the weights, of which a negative one and NaN are errors when the function runs, as a sum is that is 0 or
/// infinite; which of the running sums come before a share; and the dtype of elements.
array weight_of_quantile(const array& w, dtype);
array weight_in_all(const array& total);
array below_share(const array& running, const array& total, const array& q);
inline const array& unless_bad(const array& y, const array&) { return y; }
inline dtype quantiles_in(const array& a, const array&) { return a.dtype(); }
/// Histograms: their dtypes, ends of bins and what is asked of these. Elements that are not finite have no range.
binning binning_of(const array& elements, dtype weights, bool given);
inline dtype ranges_in(dtype) { return dtype::float64; }  ///< in what the ends between two numbers are computed
inline constexpr bool bins_of_nothing = true;             ///< which are from 0 to 1
array finite_end(const array& x);
array rising_ends(const array& x);
array evenly(const array& low, const array& high, std::int64_t n);  ///< the lower ends of n bins
/// In what a mean weighed by elements of another dtype is.
dtype averages_in(dtype of, dtype weights);
/// The operand of a convolution, beside another.
inline ndarray convolves(const ndarray& x, const ndarray&) { return x; }
/// The elements whose powers vander has.
array vander_of(const array& x);
/// Throws dtype_error where kron takes no bool.
inline void require_kron(const array&, const array&) {}
/// What trapezoid sums and gradient takes differences of, beside another operand.
inline array integrates(const array& x, const array&) { return x; }
/// What gradient takes differences of, and its result.
array derives(const array& x, bool real_distance);
array derived(const ndarray& made, const array& of);
/// Distances of its places, beside the elements.
inline array distances(const array& x, const array&) { return inexact(x); }
/// The median of nothing, along the last axis.
ndarray of_nothing(const char* op, const ndarray& ordered);
/// What quantiles are taken of; between which elements they are; the share that a number is.
inline const array& quantiles_of(const array& x) { return x; }
ndarray between(const ndarray& ordered, const ndarray& q, const std::string& method);
inline scalar share_of(const scalar& q) { return q; }
void require_method(const std::string& method);
inline void require_edge_order(std::int64_t) {}
/// Whether geomspace has its ends as they are given, even where their signs differ.
inline bool keeps_ends(double) { return true; }

/// Whether an array of dtype `of` cannot take the result of an in-place form: numpy casts within a kind, and to no unsigned integers.
inline bool is_beyond(dtype made, dtype of) {
  const bool integers = kind_of(made) == dtype_kind::integer && kind_of(of) == dtype_kind::integer;
  return kind_of(made) > kind_of(of) || (integers && is_signed(made) && !is_signed(of));
}

/// The share of the largest singular value below which pinv takes none.
inline double pinv_share(double) { return 1e-15; }
/// The residuals of lstsq, from the squares of distances: none where there are no more rows than columns, and NaN below full rank, where
/// NumPy has none.
array residuals_of(const array& squares, const array& rank, std::int64_t rows, std::int64_t columns);
inline constexpr bool checks_matrices = true;          ///< what is not finite has no singular values
inline constexpr bool tolerance_is_absolute = true;    ///< of matrix_rank
inline constexpr bool nothing_keeps_its_dtype = true;  ///< the pinv of a matrix without elements
inline constexpr bool quotients_have_no_nan = true;    ///< cond of zeros is infinite
inline constexpr bool ranks_nothing = true;            ///< the rank of a matrix without elements is 0
/// In what lstsq computes.
inline dtype solves_in(const array& a, const array& b) { return promote(inexact(a).dtype(), inexact(b).dtype()); }
inline constexpr dtype dtype_of_rank = dtype::int32;       ///< of lstsq
inline constexpr dtype dtype_of_flat_rank = dtype::int64;  ///< of matrix_rank, of vectors

inline constexpr bool clips_shares = false;         ///< shares out of range are errors
inline constexpr bool takes_any_condition = false;  ///< conditions of select are bool
inline constexpr bool triangles_of_vectors = true;  ///< tril and triu repeat a vector as rows
inline constexpr bool cuts_in_order = false;        ///< places of split rise, and are those of the axis
inline constexpr bool meshes_vectors = false;       ///< meshgrid takes no other ranks
inline constexpr bool unwraps_odd_periods = false;  ///< an odd integer period has its half as a step, as an even one has
inline constexpr bool keeps_degrees = true;         ///< cov divides by no less than 0
inline constexpr bool shifts_numbers = false;       ///< fftshift takes no array of rank 0
inline constexpr bool counts_in_bool = true;        ///< fweights may be bool
inline constexpr dtype dtype_of_tri = dtype::float64;

}  // namespace tendril::frontends::numpy
