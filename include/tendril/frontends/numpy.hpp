// The numpy frontend: NumPy 2's names, argument names, defaults and promotion, over the ops of Tendril.
// `namespace np = tendril::frontends::numpy;` lets code written for NumPy read as it does there.
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

/// What a function takes: an array or a C++ number, with the caller's line; or nothing, as the bounds of clip may be.
using arg = detail::frontend_operand<ndarray>;
/// Any number of arrays, with the caller's line.
using arrays = detail::frontend_list<ndarray>;
/// What stands in brackets, with the caller's line: `x[{td::ellipsis, td::slice(0, 1)}]`, `x[0]`.
using index = detail::frontend_index;

// Keyword arguments, as designated initialisers: `np::std(x, {.axis = 0, .ddof = 1})`. Running totals of uint8 are int64, where NumPy has
// uint64.
using namespace keywords;

// What numpy takes and these functions refuse, each with an error: an axis of an array of rank 0, totals of bool as bool, means in an
// integer dtype, a negative count in repeat, bool where numpy's result would be float16 or int8, matrix products, abs, floor,
// ceil, trunc and clip of bool, `pad` in other modes than its options name, and `quantile` of q with more than one axis. A sum of nothing
// but -0 is -0, not 0. An integer divided by 0 is 0, as in numpy. Weights of average whose sum is 0 give NaN or an infinity, where numpy
// raises.

// NumPy's words, with what is NumPy's own: sums of integers and bool are int64, means and all else that is real of integers float64.
// An integer to the power of a negative integer is an error when the function runs. `float_power`, `interp`, `cov` and `corrcoef` are
// float64. Indices of `take` and `take_along_axis` count from the end where they are negative; those out of range throw index_error when
// the function runs. Quantiles have all of NumPy's methods.
#define ARRAY ndarray
#define SAID "numpy."
#include <tendril/frontends/numpy_words.def>
#undef SAID
TENDRIL_FRONTEND_LACKS(ndarray, bincount, "numpy.bincount", "a shape that follows from values: take histogram")
#undef ARRAY
ndarray sort(const arg& a, const sort_options& = {});
ndarray argsort(const arg& a, const sort_options& = {});

/// numpy's array class. It is a value: `x += y`, `x[0] = y` and their like change x alone. A part that has a name is another value: after
/// `np::ndarray row = x[0]` a change of row is not in x, where numpy's would be.
class ndarray {
 public:
  struct tendril_frontend {
    static constexpr const char* name = "numpy::ndarray";
  };
  using line = std::source_location;

  ndarray() = default;
  explicit ndarray(array a) noexcept : array_(std::move(a)) {}
  ndarray(const ndarray&) = default;
  ndarray(ndarray&&) noexcept = default;
  ndarray& operator=(const ndarray&) & = default;
  ndarray& operator=(ndarray&&) & noexcept = default;
  const array& value() const noexcept { return array_; }

#define ARRAY ndarray
#include <tendril/frontends/numpy_methods.def>
#undef ARRAY
  class part;
  class picked;
  /// Basic indexing: integers, slices, newaxis, ellipsis. Of an array that may change it is a part that can be written to.
  ndarray operator[](const index& key) const&;
  part operator[](const index& key) &;
  /// Integers that name places of the first axis, negative ones from the end, or a mask of bool over the first axes: to write there.
  picked operator[](const ndarray& which) &;
  /// In place, as in numpy: `x.sort()` puts the elements in order.
  void sort(const sort_options& o = {}, line where = line::current()) & { *this = numpy::sort(arg(*this, where), o); }

  // Results keep the dtype of what stands on the left; a kind that it does not hold, and another shape, are errors.
#define X(op, name) \
  ndarray& operator op(const arg& y)& { return stored(#op, numpy::name(arg(*this, y.where()), y), y.where()); }
  X(+=, add);
  X(-=, subtract);
  X(*=, multiply);
  X(/=, divide);
  X(%=, remainder);
  X(&=, bitwise_and);
  X(|=, bitwise_or);
  X(^=, bitwise_xor);
  X(<<=, left_shift);
  X(>>=, right_shift);
#undef X

 private:
  ndarray& stored(const char* op, const ndarray& made, line where) &;
  array array_;
};

/// What writes to places of x: `x[key] = y`, `x[key] += y`. y broadcasts to them and is converted to the dtype of x. Of a place that an
/// index names several times the last one counts.
class item_writer {
 public:
  item_writer(const item_writer&) = delete;

 protected:
  item_writer(ndarray& of, std::vector<index_item> key, const ndarray& which) : of_(of), key_(std::move(key)), which_(which.value()) {}
  void put(const char* how, const arg& y) const;

 private:
  ndarray& of_;
  std::vector<index_item> key_;
  array which_;
};
#define TENDRIL_NUMPY_WRITES                                 \
  void operator=(const arg& y)&& { put("", y); }             \
  void operator+=(const arg& y)&& { put("add", y); }         \
  void operator-=(const arg& y)&& { put("subtract", y); }    \
  void operator*=(const arg& y)&& { put("multiply", y); }    \
  void operator/=(const arg& y)&& { put("divide", y); }      \
  void operator%=(const arg& y)&& { put("remainder", y); }   \
  void operator&=(const arg& y)&& { put("bitwise_and", y); } \
  void operator|=(const arg& y)&& { put("bitwise_or", y); }  \
  void operator^=(const arg& y)&& { put("bitwise_xor", y); }
/// `x[key]` of an array that may change: an array, and what writes to its place in x.
class ndarray::part : public ndarray, private item_writer {
 public:
  TENDRIL_NUMPY_WRITES
  void operator=(const part& y) && { put("", y); }

 private:
  friend class ndarray;
  part(ndarray& of, const index& key);
};
/// `x[i]` and `x[mask]` of an array that may change: what writes there. To read take `np::take`, or `np::where`.
class ndarray::picked : private item_writer {
 public:
  TENDRIL_NUMPY_WRITES

 private:
  friend class ndarray;
  picked(ndarray& of, const ndarray& which) : item_writer(of, {}, which) {}
};
#undef TENDRIL_NUMPY_WRITES
inline ndarray::picked ndarray::operator[](const ndarray& which) & { return {*this, which}; }

/// Of real numbers and integers, which become float64, and of batches of matrices. A singular matrix, or one that is not positive definite,
/// is an error when the function runs, and so is what is not finite where singular values are asked for. lstsq has NaN for residuals where
/// numpy has none since the rank is not full.
namespace linalg {
using keywords::cholesky_options;
using keywords::eigh_options;
ndarray det(const arg& a);
std::pair<ndarray, ndarray> slogdet(const arg& a);  ///< the sign and the logarithm
ndarray inv(const arg& a);
ndarray solve(const arg& a, const arg& b);                                 ///< a b of rank 1 is one column
ndarray cholesky(const arg& a, const cholesky_options& = {});              ///< reads one triangle
std::pair<ndarray, ndarray> eigh(const arg& a, const eigh_options& = {});  ///< the values in ascending order, vectors up to their signs
ndarray eigvalsh(const arg& a, const eigh_options& = {});
}  // namespace linalg

}  // namespace tendril::frontends::numpy

template <>
struct tendril::frontend<tendril::source::numpy_t> {
  using array_type = tendril::frontends::numpy::ndarray;
};
