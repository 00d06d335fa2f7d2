// The xtensor frontend: a class of our own, and overloads of xtensor's functions for it in namespace xt, so that generic code written for
// xtensor runs on both: arithmetic, elementary functions, comparisons and choices, reductions, views, joins, shapes and sorting. Include it
// before the code that it is to capture, which keeps to `auto`: a name like xt::mean in a template is looked up where the template is
// written. Views are read; one that is written to does not compile.
//
// The overloads must win over xtensor's unconstrained `E&&` templates without knowing them. Reducers take our class by value: that ties
// with a forwarding reference on conversion, and then wins as the more specialised template. Their options are one type, never a pack.
#pragma once
#include <concepts>

#include <tendril/transpile.hpp>

namespace xt {
struct keep_dims_type;
struct xall_tag;
struct xnewaxis_tag;
struct xellipsis_tag;
}  // namespace xt

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
#define TENDRIL_XT_BINARY(X)                   \
  X(atan2, atan2) X(hypot, hypot) X(pow, pow)
/// Of which the result is bool.
#define TENDRIL_XT_QUESTIONS(X) \
  X(isnan, isnan) X(isinf, isinf) X(isfinite, isfinite)
#define TENDRIL_XT_COMPARISONS(X)                                                                                     \
  X(equal, equal) X(not_equal, not_equal) X(less, less) X(less_equal, less_equal) X(greater, greater)                 \
  X(greater_equal, greater_equal)
// clang-format on
#define X(name, op) xarray name(const arg&);
TENDRIL_XT_UNARY(X)
TENDRIL_XT_QUESTIONS(X)
#undef X
#define X(name, op) xarray name(const arg&, const arg&);
TENDRIL_XT_BINARY(X)
TENDRIL_XT_COMPARISONS(X)
#undef X
/// No axis flattens first.
xarray cumsum(const arg&, maybe_integer axis = {});
xarray cumprod(const arg&, maybe_integer axis = {});
/// NaN counts as the largest element, which xtensor leaves undefined; argsort is stable and gives int64.
xarray sort(const arg&, std::int64_t axis = -1);
xarray argsort(const arg&, std::int64_t axis = -1);
xarray sum(const arg&, const reduce_options& = {});
xarray prod(const arg&, const reduce_options& = {});
xarray mean(const arg&, const reduce_options& = {});
xarray stddev(const arg&, const reduce_options& = {});
xarray variance(const arg&, const reduce_options& = {});
xarray amax(const arg&, const reduce_options& = {});
xarray amin(const arg&, const reduce_options& = {});
xarray count_nonzero(const arg&, const reduce_options& = {});
xarray any(const arg&);
xarray all(const arg&);
/// No axis flattens first; the index is int64.
xarray argmax(const arg&, maybe_integer axis = {});
xarray argmin(const arg&, maybe_integer axis = {});
xarray logical_and(const arg&, const arg&);
xarray logical_or(const arg&, const arg&);
xarray logical_not(const arg&);
/// b where a < b is true, else a, as std::max has it: NaN in a stays.
xarray maximum(const arg&, const arg&);
xarray minimum(const arg&, const arg&);
xarray clip(const arg&, const arg& low, const arg& high);
xarray where(const arg& condition, const arg&, const arg&);
xarray cast(const arg&, dtype);
xarray transpose(const arg&, const axes& = {});
xarray broadcast(const arg&, const axes& shape);
xarray expand_dims(const arg&, std::int64_t axis);
xarray squeeze(const arg&, const axes& = {});
xarray flip(const arg&, maybe_integer axis = {});
xarray roll(const arg&, std::int64_t shift, maybe_integer axis = {});
xarray diff(const arg&, std::int64_t n, std::int64_t axis);
xarray filled_like(const arg&, double);
xarray stack(const std::vector<xarray>&, std::int64_t axis, std::source_location);
xarray concatenate(const std::vector<xarray>&, std::int64_t axis, std::source_location);
/// Of vectors and matrices: what xt::linalg::dot is.
xarray dot(const arg&, const arg&);
/// A slice of a view: an item of an index, or the places along an axis that a range or xt::keep has.
struct slice_of_view {
  index_item item = slice();
  std::vector<std::int64_t> places = {};
  bool listed = false;
};
xarray view(const arg&, std::vector<slice_of_view>);

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
  xarray(const xarray&) = default;
  xarray(xarray&&) noexcept = default;
  // What is assigned to a view would be lost.
  xarray& operator=(const xarray&) & = default;
  xarray& operator=(xarray&&) & noexcept = default;
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
  friend xarray operator<(const arg& a, const arg& b) { return xtensor::less(a, b); }
  friend xarray operator<=(const arg& a, const arg& b) { return xtensor::less_equal(a, b); }
  friend xarray operator>(const arg& a, const arg& b) { return xtensor::greater(a, b); }
  friend xarray operator>=(const arg& a, const arg& b) { return xtensor::greater_equal(a, b); }
  friend xarray operator&&(const xarray& a, const xarray& b) { return xtensor::logical_and(a, b); }
  friend xarray operator||(const xarray& a, const xarray& b) { return xtensor::logical_or(a, b); }
  friend xarray operator!(const xarray& a) { return xtensor::logical_not(a); }
  xarray& operator+=(const arg& b) & { return *this = xtensor::add(arg(*this, b.where()), b); }
  xarray& operator-=(const arg& b) & { return *this = xtensor::subtract(arg(*this, b.where()), b); }
  xarray& operator*=(const arg& b) & { return *this = xtensor::multiply(arg(*this, b.where()), b); }
  xarray& operator/=(const arg& b) & { return *this = xtensor::divide(arg(*this, b.where()), b); }
  /// What xt::any and xt::all give; only arguments can tell, and the error names td::where.
  explicit operator bool() const { return static_cast<bool>(array_); }

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
template <class A>
concept list_of_integers = requires(const A& a) {
  { *std::begin(a) } -> std::convertible_to<std::int64_t>;
};

/// What a slice of xtensor's is: an integer, xt::all(), xt::newaxis(), xt::ellipsis(), or something that has places, for an axis of
/// `extent()` elements, which asks for the shape.
template <class S, class Extent>
slice_of_view slice_of(S s, Extent extent) {
  if constexpr (std::integral<S>) {
    return {index_item(static_cast<std::int64_t>(s))};
  } else if constexpr (std::is_same_v<S, xt::xall_tag>) {
    return {};
  } else if constexpr (std::is_same_v<S, xt::xnewaxis_tag>) {
    return {index_item(newaxis)};
  } else if constexpr (std::is_same_v<S, xt::xellipsis_tag>) {
    return {index_item(ellipsis)};
  } else if constexpr (requires { s.get(std::size_t{}); }) {
    return slice_of(s.get(extent()), extent);
  } else {
    if constexpr (requires { s.normalize(std::size_t{}); }) s.normalize(extent());
    slice_of_view made{slice(), {}, true};
    for (std::size_t i = 0; i < static_cast<std::size_t>(s.size()); ++i)
      made.places.push_back(static_cast<std::int64_t>(s(static_cast<decltype(s.size())>(i))));
    return made;
  }
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
TENDRIL_XT_REDUCER(prod)
TENDRIL_XT_REDUCER(mean)
TENDRIL_XT_REDUCER(stddev)
TENDRIL_XT_REDUCER(variance)
TENDRIL_XT_REDUCER(amax)
TENDRIL_XT_REDUCER(amin)
TENDRIL_XT_REDUCER(count_nonzero)
#undef TENDRIL_XT_REDUCER

#define X(name, op) \
  inline TENDRIL_XT::xarray name(TENDRIL_XT::xarray e, TENDRIL_XT_WHERE) { return TENDRIL_XT::name(TENDRIL_XT::arg(e, where)); }
TENDRIL_XT_UNARY(X)
TENDRIL_XT_QUESTIONS(X)
#undef X
#define X(name, ...)                                                                             \
  inline TENDRIL_XT::xarray name(TENDRIL_XT::xarray a, TENDRIL_XT::xarray b, TENDRIL_XT_WHERE) { \
    return TENDRIL_XT::name(TENDRIL_XT::arg(a, where), TENDRIL_XT::arg(b, where));               \
  }                                                                                              \
  template <tendril::arithmetic T>                                                               \
  TENDRIL_XT::xarray name(TENDRIL_XT::xarray a, T b, TENDRIL_XT_WHERE) {                         \
    return TENDRIL_XT::name(TENDRIL_XT::arg(a, where), TENDRIL_XT::arg(b, where));               \
  }                                                                                              \
  template <tendril::arithmetic T>                                                               \
  TENDRIL_XT::xarray name(T a, TENDRIL_XT::xarray b, TENDRIL_XT_WHERE) {                         \
    return TENDRIL_XT::name(TENDRIL_XT::arg(a, where), TENDRIL_XT::arg(b, where));               \
  }
TENDRIL_XT_BINARY(X)
TENDRIL_XT_COMPARISONS(X)
X(maximum)
X(minimum)
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

template <std::size_t N>
TENDRIL_XT::xarray pow(TENDRIL_XT::xarray e, TENDRIL_XT_WHERE) {
  return TENDRIL_XT::pow(TENDRIL_XT::arg(e, where), TENDRIL_XT::arg(static_cast<int>(N), where));
}
#define X(name)                                                                                                                  \
  inline TENDRIL_XT::xarray name(TENDRIL_XT::xarray e, TENDRIL_XT_WHERE) { return TENDRIL_XT::name(TENDRIL_XT::arg(e, where)); } \
  template <std::integral I>                                                                                                     \
  TENDRIL_XT::xarray name(TENDRIL_XT::xarray e, I axis, TENDRIL_XT_WHERE) {                                                      \
    return TENDRIL_XT::name(TENDRIL_XT::arg(e, where), static_cast<std::int64_t>(axis));                                         \
  }
X(argmax)
X(argmin)
X(flip)
X(squeeze)
#undef X
inline TENDRIL_XT::xarray any(TENDRIL_XT::xarray e, TENDRIL_XT_WHERE) { return TENDRIL_XT::any(TENDRIL_XT::arg(e, where)); }
inline TENDRIL_XT::xarray all(TENDRIL_XT::xarray e, TENDRIL_XT_WHERE) { return TENDRIL_XT::all(TENDRIL_XT::arg(e, where)); }
template <class A, class B>
TENDRIL_XT::xarray clip(TENDRIL_XT::xarray e, A low, B high, TENDRIL_XT_WHERE) {
  return TENDRIL_XT::clip(TENDRIL_XT::arg(e, where), TENDRIL_XT::arg(low, where), TENDRIL_XT::arg(high, where));
}
template <class A, class B>
TENDRIL_XT::xarray where(TENDRIL_XT::xarray condition, A a, B b, std::source_location line = std::source_location::current()) {
  return TENDRIL_XT::where(TENDRIL_XT::arg(condition, line), TENDRIL_XT::arg(a, line), TENDRIL_XT::arg(b, line));
}
template <class T>
TENDRIL_XT::xarray cast(TENDRIL_XT::xarray e, TENDRIL_XT_WHERE) {
  return TENDRIL_XT::cast(TENDRIL_XT::arg(e, where), tendril::dtype_of<T>);
}
inline TENDRIL_XT::xarray eval(TENDRIL_XT::xarray e) { return e; }
inline TENDRIL_XT::xarray transpose(TENDRIL_XT::xarray e, TENDRIL_XT_WHERE) { return TENDRIL_XT::transpose(TENDRIL_XT::arg(e, where)); }
template <std::integral I, std::size_t N>
TENDRIL_XT::xarray transpose(TENDRIL_XT::xarray e, const I (&axes)[N], TENDRIL_XT_WHERE) {
  return TENDRIL_XT::transpose(TENDRIL_XT::arg(e, where), TENDRIL_XT::listed(axes));
}
template <std::integral I, std::size_t N>
TENDRIL_XT::xarray broadcast(TENDRIL_XT::xarray e, const I (&shape)[N], TENDRIL_XT_WHERE) {
  return TENDRIL_XT::broadcast(TENDRIL_XT::arg(e, where), TENDRIL_XT::listed(shape));
}
template <TENDRIL_XT::list_of_integers S>
TENDRIL_XT::xarray broadcast(TENDRIL_XT::xarray e, const S& shape, TENDRIL_XT_WHERE) {
  return TENDRIL_XT::broadcast(TENDRIL_XT::arg(e, where), TENDRIL_XT::listed(shape));
}
inline TENDRIL_XT::xarray expand_dims(TENDRIL_XT::xarray e, std::size_t axis, TENDRIL_XT_WHERE) {
  return TENDRIL_XT::expand_dims(TENDRIL_XT::arg(e, where), static_cast<std::int64_t>(axis));
}
inline TENDRIL_XT::xarray roll(TENDRIL_XT::xarray e, std::ptrdiff_t shift, TENDRIL_XT_WHERE) {
  return TENDRIL_XT::roll(TENDRIL_XT::arg(e, where), shift);
}
inline TENDRIL_XT::xarray roll(TENDRIL_XT::xarray e, std::ptrdiff_t shift, std::ptrdiff_t axis, TENDRIL_XT_WHERE) {
  return TENDRIL_XT::roll(TENDRIL_XT::arg(e, where), shift, axis);
}
inline TENDRIL_XT::xarray diff(TENDRIL_XT::xarray e, unsigned n = 1, std::ptrdiff_t axis = -1, TENDRIL_XT_WHERE) {
  return TENDRIL_XT::diff(TENDRIL_XT::arg(e, where), n, axis);
}
inline TENDRIL_XT::xarray zeros_like(TENDRIL_XT::xarray e, TENDRIL_XT_WHERE) {
  return TENDRIL_XT::filled_like(TENDRIL_XT::arg(e, where), 0);
}
inline TENDRIL_XT::xarray ones_like(TENDRIL_XT::xarray e, TENDRIL_XT_WHERE) {
  return TENDRIL_XT::filled_like(TENDRIL_XT::arg(e, where), 1);
}
template <tendril::arithmetic T>
TENDRIL_XT::xarray full_like(TENDRIL_XT::xarray e, T value, TENDRIL_XT_WHERE) {
  return TENDRIL_XT::filled_like(TENDRIL_XT::arg(e, where), static_cast<double>(value));
}
// Of xtensor's own signature: the constraint is what wins, and so nobody says the caller's line.
#define X(name)                                                                                                                 \
  template <class... A>                                                                                                         \
  requires((sizeof...(A) > 0) && ... && TENDRIL_XT::ours<A>) inline auto name(std::tuple<A...>&& parts, std::size_t axis = 0) { \
    const auto all = std::apply([](const auto&... one) { return std::vector<TENDRIL_XT::xarray>{one...}; }, parts);             \
    return TENDRIL_XT::name(all, static_cast<std::int64_t>(axis), std::source_location());                                      \
  }
X(stack)
X(concatenate)
#undef X
// By numbers of slices: a pack would be no better than xtensor's own.
#define TENDRIL_XT_SLICE(k, s) TENDRIL_XT::slice_of(s, [&] { return static_cast<std::size_t>(e.shape(where)[k]); })
template <class A>
TENDRIL_XT::xarray view(TENDRIL_XT::xarray e, A a, TENDRIL_XT_WHERE) {
  return TENDRIL_XT::view(TENDRIL_XT::arg(e, where), {TENDRIL_XT_SLICE(0, a)});
}
template <class A, class B>
TENDRIL_XT::xarray view(TENDRIL_XT::xarray e, A a, B b, TENDRIL_XT_WHERE) {
  constexpr std::size_t after_a = std::is_same_v<A, xnewaxis_tag> ? 0 : 1;
  return TENDRIL_XT::view(TENDRIL_XT::arg(e, where), {TENDRIL_XT_SLICE(0, a), TENDRIL_XT_SLICE(after_a, b)});
}
template <class A, class B, class C>
TENDRIL_XT::xarray view(TENDRIL_XT::xarray e, A a, B b, C c, TENDRIL_XT_WHERE) {
  constexpr std::size_t after_a = std::is_same_v<A, xnewaxis_tag> ? 0 : 1, after_b = after_a + (std::is_same_v<B, xnewaxis_tag> ? 0 : 1);
  return TENDRIL_XT::view(TENDRIL_XT::arg(e, where), {TENDRIL_XT_SLICE(0, a), TENDRIL_XT_SLICE(after_a, b), TENDRIL_XT_SLICE(after_b, c)});
}
template <class A, class B, class C, class D>
TENDRIL_XT::xarray view(TENDRIL_XT::xarray e, A a, B b, C c, D d, TENDRIL_XT_WHERE) {
  constexpr std::size_t after_a = std::is_same_v<A, xnewaxis_tag> ? 0 : 1, after_b = after_a + (std::is_same_v<B, xnewaxis_tag> ? 0 : 1),
                        after_c = after_b + (std::is_same_v<C, xnewaxis_tag> ? 0 : 1);
  return TENDRIL_XT::view(TENDRIL_XT::arg(e, where), {TENDRIL_XT_SLICE(0, a), TENDRIL_XT_SLICE(after_a, b), TENDRIL_XT_SLICE(after_b, c),
                                                      TENDRIL_XT_SLICE(after_c, d)});
}
#undef TENDRIL_XT_SLICE

namespace linalg {
inline TENDRIL_XT::xarray dot(TENDRIL_XT::xarray a, TENDRIL_XT::xarray b, TENDRIL_XT_WHERE) {
  return TENDRIL_XT::dot(TENDRIL_XT::arg(a, where), TENDRIL_XT::arg(b, where));
}
}  // namespace linalg

#undef TENDRIL_XT_WHERE
#undef TENDRIL_XT

}  // namespace xt

template <>
struct tendril::frontend<tendril::source::xtensor_t> {
  using array_type = tendril::frontends::xtensor::xarray;
};
