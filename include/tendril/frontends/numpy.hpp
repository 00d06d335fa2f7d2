// The numpy frontend, as far as arithmetic, elementary functions, means, deviations, sorting and indices go: numpy's names, argument names,
// defaults and promotion (NumPy 2).
#pragma once
#include <tendril/frontends/keywords.hpp>

namespace tendril::frontends::numpy {

using tendril::bool_;
using tendril::float32;
using tendril::float64;
using tendril::int32;
using tendril::int64;
using tendril::uint8;

/// NumPy 2's promotion: an integer beside a floating dtype gives one that holds both (int32 and float32 give float64), arrays of rank 0
/// count as others do, and C++ numbers take the dtype of the arrays where their kind allows.
extern const promotion_rules promotion;

class ndarray;

/// What a function takes: an array or a C++ number, with the caller's line.
using arg = detail::frontend_operand<ndarray>;

// Keyword arguments, as designated initialisers: `np::std(x, {.axis = 0, .ddof = 1})`. Running totals of uint8 are int64, where NumPy has
// uint64.
using keywords::axis_options;
using keywords::cumulative_options;
using keywords::diff_options;
using keywords::reduce_options;
using keywords::search_options;
using keywords::sort_options;
using keywords::std_options;

// What numpy takes and these functions refuse, each with an error: an axis of an array of rank 0, running totals of bool as bool, a
// negative count in repeat, and bool where numpy's result would be float16 or int8. A sum of nothing but -0 is -0, not 0. An integer
// divided by 0 is 0, as in numpy.

// X(numpy's name, the op): functions of one array, and of two.
#define TENDRIL_NUMPY_UNARY(X) TENDRIL_NUMPY_WORDS_UNARY(X) X(round, round) X(sign, sign)
#define TENDRIL_NUMPY_BINARY(X) TENDRIL_NUMPY_WORDS_BINARY(X) X(remainder, remainder) X(mod, remainder)

#define X(name, op) ndarray name(const arg& x);
TENDRIL_NUMPY_UNARY(X)
#undef X
#define X(name, op) ndarray name(const arg& x1, const arg& x2);
TENDRIL_NUMPY_BINARY(X)
#undef X
ndarray floor_divide(const arg& x1, const arg& x2);  ///< of integers 0 where the divisor is 0
ndarray sum(const arg& a, const reduce_options& = {});
ndarray mean(const arg& a, const reduce_options& = {});
ndarray var(const arg& a, const std_options& = {});
ndarray std(const arg& a, const std_options& = {});
ndarray count_nonzero(const arg& a, const reduce_options& = {});

ndarray cumsum(const arg& a, const cumulative_options& = {});
ndarray cumprod(const arg& a, const cumulative_options& = {});
ndarray diff(const arg& a, const diff_options& = {});
ndarray sort(const arg& a, const sort_options& = {});
ndarray argsort(const arg& a, const sort_options& = {});
ndarray searchsorted(const arg& a, const arg& v, const search_options& = {});  ///< `a` is sorted and of rank 1
/// Indices count from the end where they are negative. Those out of range throw index_error when the function runs.
ndarray take(const arg& a, const arg& indices, const axis_options& = {});
/// No axis flattens `arr`, and takes indices of rank 1.
ndarray take_along_axis(const arg& arr, const arg& indices, const sort_options& = {});
ndarray repeat(const arg& a, std::int64_t repeats, const axis_options& = {});
ndarray tile(const arg& a, const axes& reps);

/// numpy's array class.
class ndarray {
 public:
  struct tendril_frontend {
    static constexpr const char* name = "numpy::ndarray";
  };
  using at = std::source_location;

  ndarray() = default;
  explicit ndarray(array a) noexcept : array_(std::move(a)) {}
  const array& value() const noexcept { return array_; }

  // Facts. While transpiling they are not known yet: asking makes the function wait for its first call.
  std::int64_t ndim(at where = at::current()) const { return array_.ndim(where); }
  std::int64_t size(at where = at::current()) const { return array_.size(where); }
  const extents& shape(at where = at::current()) const { return array_.shape(where); }

  ndarray sum(const reduce_options& o = {}, at where = at::current()) const { return numpy::sum(arg(*this, where), o); }
  ndarray mean(const reduce_options& o = {}, at where = at::current()) const { return numpy::mean(arg(*this, where), o); }
  ndarray var(const std_options& o = {}, at where = at::current()) const { return numpy::var(arg(*this, where), o); }
  ndarray std(const std_options& o = {}, at where = at::current()) const { return numpy::std(arg(*this, where), o); }

  ndarray cumsum(const cumulative_options& o = {}, at where = at::current()) const { return numpy::cumsum(arg(*this, where), o); }
  ndarray cumprod(const cumulative_options& o = {}, at where = at::current()) const { return numpy::cumprod(arg(*this, where), o); }
  ndarray argsort(const sort_options& o = {}, at where = at::current()) const { return numpy::argsort(arg(*this, where), o); }
  ndarray take(const arg& indices, const axis_options& o = {}) const { return numpy::take(arg(*this, indices.where()), indices, o); }
  ndarray repeat(std::int64_t repeats, const axis_options& o = {}, at where = at::current()) const {
    return numpy::repeat(arg(*this, where), repeats, o);
  }

  friend ndarray operator+(const arg& a, const arg& b) { return numpy::add(a, b); }
  friend ndarray operator-(const arg& a, const arg& b) { return numpy::subtract(a, b); }
  friend ndarray operator*(const arg& a, const arg& b) { return numpy::multiply(a, b); }
  friend ndarray operator/(const arg& a, const arg& b) { return numpy::divide(a, b); }
  friend ndarray operator%(const arg& a, const arg& b) { return numpy::remainder(a, b); }
  friend ndarray operator&(const arg& a, const arg& b) { return numpy::bitwise_and(a, b); }
  friend ndarray operator|(const arg& a, const arg& b) { return numpy::bitwise_or(a, b); }
  friend ndarray operator^(const arg& a, const arg& b) { return numpy::bitwise_xor(a, b); }
  friend ndarray operator~(const arg& a) { return numpy::invert(a); }
  friend ndarray operator==(const arg& a, const arg& b) { return numpy::equal(a, b); }
  friend ndarray operator!=(const arg& a, const arg& b) { return numpy::not_equal(a, b); }
  friend ndarray operator<(const arg& a, const arg& b) { return numpy::less(a, b); }
  friend ndarray operator<=(const arg& a, const arg& b) { return numpy::less_equal(a, b); }
  friend ndarray operator>(const arg& a, const arg& b) { return numpy::greater(a, b); }
  friend ndarray operator>=(const arg& a, const arg& b) { return numpy::greater_equal(a, b); }
  friend ndarray operator-(const arg& a) { return numpy::negative(a); }

 private:
  array array_;
};

/// Of real numbers and integers, which become float64, and of batches of matrices. A singular matrix, or one that is not positive definite,
/// is an error when the function runs.
namespace linalg {
using keywords::cholesky_options;
ndarray det(const arg& a);
std::pair<ndarray, ndarray> slogdet(const arg& a);  ///< the sign and the logarithm
ndarray inv(const arg& a);
ndarray solve(const arg& a, const arg& b);                     ///< a b of rank 1 is one column
ndarray cholesky(const arg& a, const cholesky_options& = {});  ///< reads one triangle
ndarray matrix_power(const arg& a, std::int64_t n);
}  // namespace linalg

}  // namespace tendril::frontends::numpy

template <>
struct tendril::frontend<tendril::source::numpy_t> {
  using array_type = tendril::frontends::numpy::ndarray;
};
