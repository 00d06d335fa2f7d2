// The xtensor frontend, as far as arithmetic, elementary functions, means, deviations, running totals and sorting go: a class of our own,
// and overloads of xtensor's functions for it in namespace xt, so that generic code written for xtensor runs on both. Include it before the
// code that it is to capture, which keeps to `auto`: a name like xt::mean in a template is looked up where the template is written.
//
// The overloads must win over xtensor's unconstrained `E&&` templates without knowing them. Reducers take our class by value: that ties
// with a forwarding reference on conversion, and then wins as the more specialised template. Their options are one type, never a pack.
#pragma once
#include <concepts>

#include <tendril/transpile.hpp>

namespace xt {
struct keep_dims_type;
}

namespace tendril::frontends::xtensor {

/// C++'s own promotion, as xtensor's: int and float give float, a double literal makes a float array double, means and deviations are
/// double. A literal's exact type is not recorded: integers count as int, floating ones as double.
extern const promotion_rules promotion;

class xarray;

/// What a function takes: an array or a C++ number, with the caller's line.
using arg = detail::frontend_operand<xarray>;

struct reduce_options {
  tendril::axes axes = {};
  bool keep_dims = false;
};
xarray add(const arg&, const arg&);
xarray subtract(const arg&, const arg&);
xarray multiply(const arg&, const arg&);
xarray divide(const arg&, const arg&);
xarray negative(const arg&);
// X(xtensor's name, the op): functions of one array, and of two.
// clang-format off
#define TENDRIL_XT_UNARY(X)                                                                                           \
  X(abs, abs) X(square, square) X(sqrt, sqrt) X(cbrt, cbrt) X(exp, exp) X(exp2, exp2) X(expm1, expm1) X(log, log)     \
  X(log2, log2) X(log10, log10) X(log1p, log1p) X(sin, sin) X(cos, cos) X(tan, tan) X(asin, asin) X(acos, acos)       \
  X(atan, atan) X(sinh, sinh) X(cosh, cosh) X(tanh, tanh) X(asinh, asinh) X(acosh, acosh) X(atanh, atanh) X(erf, erf) \
  X(erfc, erfc) X(lgamma, lgamma) X(floor, floor) X(ceil, ceil) X(trunc, trunc) X(rint, round) X(sign, sign)
#define TENDRIL_XT_BINARY(X)      \
  X(atan2, atan2) X(hypot, hypot)
// clang-format on
#define X(name, op) xarray name(const arg&);
TENDRIL_XT_UNARY(X)
#undef X
#define X(name, op) xarray name(const arg&, const arg&);
TENDRIL_XT_BINARY(X)
#undef X
/// No axis flattens first.
xarray cumsum(const arg&, maybe_integer axis = {});
xarray cumprod(const arg&, maybe_integer axis = {});
/// NaN counts as the largest element, which xtensor leaves undefined; argsort is stable and gives int64.
xarray sort(const arg&, std::int64_t axis = -1);
xarray argsort(const arg&, std::int64_t axis = -1);
xarray sum(const arg&, const reduce_options& = {});
xarray mean(const arg&, const reduce_options& = {});
xarray stddev(const arg&, const reduce_options& = {});

/// Stands for an xt::xarray, or any expression, of any element type.
class xarray {
 public:
  struct tendril_frontend {
    static constexpr const char* name = "xtensor::xarray";
  };
  using temporary_type = xarray;  // xt::eval asks for it while the overloads are compared
  using at = std::source_location;

  xarray() = default;
  explicit xarray(array a) noexcept : array_(std::move(a)) {}
  const array& value() const noexcept { return array_; }

  // Facts. While transpiling they are not known yet: asking makes the function wait for its first call.
  std::size_t dimension(at where = at::current()) const { return static_cast<std::size_t>(array_.ndim(where)); }
  std::size_t size(at where = at::current()) const { return static_cast<std::size_t>(array_.size(where)); }
  const extents& shape(at where = at::current()) const { return array_.shape(where); }

  friend xarray operator+(const arg& a, const arg& b) { return xtensor::add(a, b); }
  friend xarray operator-(const arg& a, const arg& b) { return xtensor::subtract(a, b); }
  friend xarray operator*(const arg& a, const arg& b) { return xtensor::multiply(a, b); }
  friend xarray operator/(const arg& a, const arg& b) { return xtensor::divide(a, b); }
  friend xarray operator-(const arg& a) { return xtensor::negative(a); }

 private:
  array array_;
};

template <class T>
concept ours = std::is_same_v<std::remove_cvref_t<T>, xarray>;
/// `xt::keep_dims`, or an evaluation strategy, which means nothing here.
template <class O>
concept option = !std::integral<std::remove_cvref_t<O>> && !requires(O o) {
  o.begin();
};
template <class O>
inline constexpr bool keeps = std::is_same_v<std::remove_cvref_t<O>, std::tuple<xt::keep_dims_type>>;
template <class A>
axes listed(const A& a) {
  return std::vector<std::int64_t>(std::begin(a), std::end(a));
}

}  // namespace tendril::frontends::xtensor

namespace xt {

// `T` comes first for calls like xt::mean<double>(e); the element type follows the promotion rules all the same.
#define TENDRIL_XT tendril::frontends::xtensor
#define TENDRIL_XT_WHERE std::source_location where = std::source_location::current()
#define TENDRIL_XT_REDUCER(name)                                                                                               \
  template <class T = void>                                                                                                    \
  TENDRIL_XT::xarray name(TENDRIL_XT::xarray e, TENDRIL_XT_WHERE) {                                                            \
    return TENDRIL_XT::name(TENDRIL_XT::arg(e, where));                                                                        \
  }                                                                                                                            \
  template <class T = void, TENDRIL_XT::option O>                                                                              \
  TENDRIL_XT::xarray name(TENDRIL_XT::xarray e, O, TENDRIL_XT_WHERE) {                                                         \
    return TENDRIL_XT::name(TENDRIL_XT::arg(e, where), {.keep_dims = TENDRIL_XT::keeps<O>});                                   \
  }                                                                                                                            \
  template <class T = void, std::integral I>                                                                                   \
  TENDRIL_XT::xarray name(TENDRIL_XT::xarray e, I axis, TENDRIL_XT_WHERE) {                                                    \
    return TENDRIL_XT::name(TENDRIL_XT::arg(e, where), {.axes = axis});                                                        \
  }                                                                                                                            \
  template <class T = void, std::integral I, TENDRIL_XT::option O>                                                             \
  TENDRIL_XT::xarray name(TENDRIL_XT::xarray e, I axis, O, TENDRIL_XT_WHERE) {                                                 \
    return TENDRIL_XT::name(TENDRIL_XT::arg(e, where), {.axes = axis, .keep_dims = TENDRIL_XT::keeps<O>});                     \
  }                                                                                                                            \
  template <class T = void, std::integral I, std::size_t N>                                                                    \
  TENDRIL_XT::xarray name(TENDRIL_XT::xarray e, const I(&axes)[N], TENDRIL_XT_WHERE) {                                         \
    return TENDRIL_XT::name(TENDRIL_XT::arg(e, where), {.axes = TENDRIL_XT::listed(axes)});                                    \
  }                                                                                                                            \
  template <class T = void, std::integral I, std::size_t N, TENDRIL_XT::option O>                                              \
  TENDRIL_XT::xarray name(TENDRIL_XT::xarray e, const I(&axes)[N], O, TENDRIL_XT_WHERE) {                                      \
    return TENDRIL_XT::name(TENDRIL_XT::arg(e, where), {.axes = TENDRIL_XT::listed(axes), .keep_dims = TENDRIL_XT::keeps<O>}); \
  }
TENDRIL_XT_REDUCER(sum)
TENDRIL_XT_REDUCER(mean)
TENDRIL_XT_REDUCER(stddev)
#undef TENDRIL_XT_REDUCER

#define X(name, op) \
  inline TENDRIL_XT::xarray name(TENDRIL_XT::xarray e, TENDRIL_XT_WHERE) { return TENDRIL_XT::name(TENDRIL_XT::arg(e, where)); }
TENDRIL_XT_UNARY(X)
#undef X
#define X(name, op)                                                                              \
  inline TENDRIL_XT::xarray name(TENDRIL_XT::xarray a, TENDRIL_XT::xarray b, TENDRIL_XT_WHERE) { \
    return TENDRIL_XT::name(TENDRIL_XT::arg(a, where), TENDRIL_XT::arg(b, where));               \
  }
TENDRIL_XT_BINARY(X)
#undef X
#define X(name)                                                                          \
  template <class T = void>                                                              \
  TENDRIL_XT::xarray name(TENDRIL_XT::xarray e, TENDRIL_XT_WHERE) {                      \
    return TENDRIL_XT::name(TENDRIL_XT::arg(e, where));                                  \
  }                                                                                      \
  template <class T = void>                                                              \
  TENDRIL_XT::xarray name(TENDRIL_XT::xarray e, std::ptrdiff_t axis, TENDRIL_XT_WHERE) { \
    return TENDRIL_XT::name(TENDRIL_XT::arg(e, where), axis);                            \
  }
X(cumsum)
X(cumprod)
#undef X
inline TENDRIL_XT::xarray sort(TENDRIL_XT::xarray e, std::ptrdiff_t axis = -1, TENDRIL_XT_WHERE) {
  return TENDRIL_XT::sort(TENDRIL_XT::arg(e, where), axis);
}
inline TENDRIL_XT::xarray argsort(TENDRIL_XT::xarray e, std::ptrdiff_t axis = -1, TENDRIL_XT_WHERE) {
  return TENDRIL_XT::argsort(TENDRIL_XT::arg(e, where), axis);
}

#undef TENDRIL_XT_WHERE
#undef TENDRIL_XT

}  // namespace xt

template <>
struct tendril::frontend<tendril::source::xtensor_t> {
  using array_type = tendril::frontends::xtensor::xarray;
};
