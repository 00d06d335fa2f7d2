// The numpy frontend, as far as means, deviations and arithmetic go: numpy's names, argument names, defaults and promotion (NumPy 2).
#pragma once
#include <tendril/transpile.hpp>

namespace tendril::frontends::numpy {

using tendril::bool_;
using tendril::float32;
using tendril::float64;
using tendril::int32;
using tendril::int64;

/// NumPy 2's promotion: an integer beside a floating dtype gives one that holds both (int32 and float32 give float64), arrays of rank 0
/// count as others do, and C++ numbers take the dtype of the arrays where their kind allows.
extern const promotion_rules promotion;

class ndarray;

/// What a function takes: an array or a C++ number, with the caller's line.
using arg = detail::frontend_operand<ndarray>;

// Keyword arguments, as designated initialisers: `np::std(x, {.axis = 0, .ddof = 1})`.
struct reduce_options {
  axes axis = {};
  bool keepdims = false;
};
struct std_options {
  axes axis = {};
  number ddof = 0;
  bool keepdims = false;
};

ndarray add(const arg& x1, const arg& x2);
ndarray subtract(const arg& x1, const arg& x2);
ndarray multiply(const arg& x1, const arg& x2);
ndarray divide(const arg& x1, const arg& x2);
ndarray sqrt(const arg& x);
ndarray exp(const arg& x);
ndarray negative(const arg& x);
ndarray sum(const arg& a, const reduce_options& = {});
ndarray mean(const arg& a, const reduce_options& = {});
ndarray var(const arg& a, const std_options& = {});
ndarray std(const arg& a, const std_options& = {});

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

  friend ndarray operator+(const arg& a, const arg& b) { return numpy::add(a, b); }
  friend ndarray operator-(const arg& a, const arg& b) { return numpy::subtract(a, b); }
  friend ndarray operator*(const arg& a, const arg& b) { return numpy::multiply(a, b); }
  friend ndarray operator/(const arg& a, const arg& b) { return numpy::divide(a, b); }
  friend ndarray operator-(const arg& a) { return numpy::negative(a); }

 private:
  array array_;
};

}  // namespace tendril::frontends::numpy

template <>
struct tendril::frontend<tendril::source::numpy_t> {
  using array_type = tendril::frontends::numpy::ndarray;
};
