// What each elementwise op is over xtensor expressions, for each element type: the xtensor words of ops.def, and those that they are made
// of.
#pragma once
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <type_traits>
#include <utility>

#include <tendril/detail/for_each.hpp>
#include <tendril/detail/op_id.hpp>
#include "array/convert.hpp"
#include "backends/xtensor/xt.hpp"
#include "ops/row_ids.hpp"
#include "ops/type_words.hpp"

namespace tendril::detail::TENDRIL_XTENSOR_NAMESPACE {

/// n contiguous elements as a rank-1 expression, for assign_line alone: no more than its loop asks for. xtensor's own adaptor brings
/// steppers, a shared pointer and checks that throw; their code would be most of what the compiler has to chew and to emit.
template <class T>
class line : public xt::xexpression<line<T>> {
 public:
  using expression_tag = xt::xtensor_expression_tag;
  using value_type = std::remove_const_t<T>;
  using reference = T&;
  using const_reference = const value_type&;
  using pointer = T*;
  using const_pointer = const value_type*;
  using size_type = std::size_t;
  using difference_type = std::ptrdiff_t;
  using shape_type = std::array<std::size_t, 1>;
  using bool_load_type = xt::bool_load_type<value_type>;
  static constexpr xt::layout_type static_layout = xt::layout_type::row_major;
  static constexpr bool contiguous_layout = true;

  line(T* p, std::size_t n) noexcept : p_(p), n_(n) {}
  size_type size() const noexcept { return n_; }
  shape_type shape() const noexcept { return {n_}; }
  size_type dimension() const noexcept { return 1; }
  pointer linear_begin() noexcept { return p_; }
  pointer linear_end() noexcept { return p_ + n_; }
  const_pointer linear_begin() const noexcept { return p_; }
  const_pointer linear_end() const noexcept { return p_ + n_; }
  const_pointer linear_cbegin() const noexcept { return p_; }
  const_pointer linear_cend() const noexcept { return p_ + n_; }

 private:
  T* p_;
  std::size_t n_;
};

/// One value as an expression: xtensor's functions take no bare numbers only.
template <class T>
auto point(T v) {
  return xt::xscalar<T>(v);
}

/// Assigns to contiguous elements without xtensor's checks of shape and strides, which cost more than ten elements do.
struct assign_line {
  template <class Out, class Expression>
  void operator()(Out&& out, const Expression& e) const {
    xt::linear_assigner<false>::run(out, e);
  }
};

template <class T>
inline constexpr bool is_whole_number = std::is_integral_v<T> && !std::is_same_v<T, bool>;

// ---- words of the table that are not xtensor's own
/// `F` over expressions, for what xtensor has no function of its own; as xtensor's functions, it refers to operands that have a name.
template <class F, class... A>
auto apply(A&&... a) {
  return xt::xfunction<F, xt::const_xclosure_t<A>...>(F{}, std::forward<A>(a)...);
}

struct wrapping_abs {
  template <class T>
  T operator()(T x) const {
    using U = std::make_unsigned_t<T>;
    return x < 0 ? static_cast<T>(U{0} - static_cast<U>(x)) : x;
  }
};

/// std::lgamma leaves the sign in a variable that all threads share, and loses places near the zeros: a wider type's is taken.
struct log_gamma {
  template <class T>
  T operator()(T x) const {
    int sign;
    if (std::is_same_v<T, double> && x < 0) return static_cast<T>(::lgammal_r(x, &sign));
    return static_cast<T>(::lgamma_r(static_cast<double>(x), &sign));
  }
};

/// The quotient rounded down from the exact one, and what that leaves: a / b rounds before floor sees it. Where the quotient has no more
/// bits than a number holds, the rounded one truncated is the exact one truncated or one too far from 0, and a - q b, which is exact,
/// tells. Beyond, where not every integer is a number, the rounded a / b is what there is.
struct floored_quotient {
  template <class T>
  T operator()(T a, T b) const {
    if constexpr (std::is_integral_v<T>) {
      using U = std::make_unsigned_t<T>;
      if (b == 0) return 0;
      if constexpr (!std::is_signed_v<T>) return static_cast<T>(a / b);
      if (b == -1) return static_cast<T>(U{0} - static_cast<U>(a));
      const T q = static_cast<T>(a / b);
      return static_cast<T>(q - (a % b != 0 && (a < 0) != (b < 0)));
    } else {
      constexpr T all_integers = static_cast<T>(std::int64_t{1} << std::numeric_limits<T>::digits);
      const T exact = a / b;
      if (!(std::fabs(exact) <= all_integers) || !(std::fabs(b) < infinite<T>)) return std::floor(exact);
      const T q = std::trunc(exact), rest = std::fma(-q, b, a);
      return rest != 0 && (rest < 0) != (b < 0) ? q - 1 : q;
    }
  }
  template <class T>
  static constexpr T infinite = std::numeric_limits<T>::infinity();
};
struct floored_rest {
  template <class T>
  T operator()(T a, T b) const {
    if constexpr (std::is_integral_v<T>) {
      if (b == 0) return 0;
      if constexpr (!std::is_signed_v<T>) return static_cast<T>(a % b);
      if (b == -1) return 0;
      const T m = static_cast<T>(a % b);
      return m != 0 && (m < 0) != (b < 0) ? static_cast<T>(m + b) : m;
    } else {
      const T m = std::fmod(a, b);
      return m == 0 ? std::copysign(m, b) : (m < 0) != (b < 0) ? m + b : m;
    }
  }
};

/// Of magnitudes, which hold that of the lowest integer.
struct common_divisor {
  template <class T>
  static auto magnitude(T x) {
    using U = std::make_unsigned_t<T>;
    return x < 0 ? static_cast<U>(U{0} - static_cast<U>(x)) : static_cast<U>(x);
  }
  template <class T>
  T operator()(T a, T b) const {
    return static_cast<T>(std::gcd(magnitude(a), magnitude(b)));
  }
};
struct common_multiple {
  template <class T>
  T operator()(T a, T b) const {
    const auto x = common_divisor::magnitude(a), y = common_divisor::magnitude(b);
    return x == 0 ? T{0} : static_cast<T>(x / std::gcd(x, y) * y);
  }
};

/// The larger, or smaller, of two: NaN stays, and of zeros the positive one is the larger, so that the order does not matter.
template <bool Larger>
struct extreme {
  template <class T>
  T operator()(T a, T b) const {
    if constexpr (std::is_floating_point_v<T>) {
      const T x = (Larger ? a > b : a < b) ? a : b, zero = std::signbit(a) == Larger ? b : a;
      return a != a ? a : a == b ? zero : x;
    } else {
      return (Larger ? a > b : a < b) ? a : b;
    }
  }
};

/// Counts outside [0, bits) shift every bit out.
struct shifted_left {
  template <class T>
  T operator()(T a, T b) const {
    using U = std::make_unsigned_t<T>;
    constexpr U bits = 8 * sizeof(T);
    return static_cast<U>(b) < bits ? static_cast<T>(static_cast<U>(a) << static_cast<U>(b)) : T{0};
  }
};
struct shifted_right {
  template <class T>
  T operator()(T a, T b) const {
    using U = std::make_unsigned_t<T>;
    constexpr U bits = 8 * sizeof(T);
    if constexpr (!std::is_signed_v<T>) return b < bits ? static_cast<T>(a >> b) : T{0};
    return static_cast<T>(a >> (static_cast<U>(b) < bits ? b : static_cast<T>(bits - 1)));
  }
};

struct unchanged {
  template <class T>
  T operator()(T x) const {
    return x;
  }
};

template <bool Value>
struct always {
  template <class T>
  bool operator()(T) const {
    return Value;
  }
};

/// Wraps; a negative exponent gives the reciprocal truncated towards zero, and 0 for base 0.
struct integer_pow {
  template <class T>
  T operator()(T base, T exponent) const {
    using U = std::make_unsigned_t<T>;
    if constexpr (std::is_signed_v<T>)
      if (exponent < 0) return base == 1 ? T{1} : base == -1 ? static_cast<T>((exponent & 1) != 0 ? -1 : 1) : T{0};
    U power = 1;
    for (U b = static_cast<U>(base), e = static_cast<U>(exponent); e != 0; e = static_cast<U>(e >> 1), b = static_cast<U>(b * b))
      if ((e & 1) != 0) power = static_cast<U>(power * b);
    return static_cast<T>(power);
  }
};

// ---- the rows, as functions of expressions
// clang-format off
#define TENDRIL_XTENSOR_KIND_array [[maybe_unused]] const auto&
#define TENDRIL_XTENSOR_KIND_optional [[maybe_unused]] const auto&
#define TENDRIL_XTENSOR_PARAMETER(input) TENDRIL_XTENSOR_KIND_##input
#define TENDRIL_XTENSOR_PARAMETERS(...) TENDRIL_FOR_EACH_COMMA(TENDRIL_XTENSOR_PARAMETER, __VA_ARGS__)
#define TENDRIL_XTENSOR_ONE(input) +1
#define TENDRIL_XTENSOR_COUNT(...) TENDRIL_FOR_EACH(TENDRIL_XTENSOR_ONE, __VA_ARGS__)
#define TENDRIL_XTENSOR_KERNEL_eigen(...)
#define TENDRIL_XTENSOR_KERNEL_xtensor(...) if constexpr (true) return __VA_ARGS__; else
#define TENDRIL_XTENSOR_KERNEL_xtensor_integers(...) if constexpr (is_whole_number<Element>) return __VA_ARGS__; else
#define TENDRIL_XTENSOR_FORM_tendril(...)
#define TENDRIL_XTENSOR_FORM_eigen(...)
#define TENDRIL_XTENSOR_FORM_eigen_integers(...)
#define TENDRIL_XTENSOR_FORM_xtensor(...) return __VA_ARGS__;
#define TENDRIL_XTENSOR_FORM_xtensor_integers(...) TENDRIL_XTENSOR_KERNEL_xtensor_integers(__VA_ARGS__)
#define KERNEL(library, ...) TENDRIL_XTENSOR_KERNEL_##library(__VA_ARGS__)
#define FORM(library, ...) TENDRIL_XTENSOR_FORM_##library(__VA_ARGS__)
#define ELEMENTWISE(name, inputs, options, accepts_, rule_, traits, doc, ...)      \
  struct name##_row {                                                              \
    static constexpr op_id id = id_of(op_row_index::name);                         \
    static constexpr detail::accepts accepts = detail::accepts::accepts_;                        \
    static constexpr dtype_rule rule = dtype_rule::rule_;                          \
    static constexpr bool is_inexact = has_word(#traits, "inexact");               \
    static constexpr std::size_t arity = TENDRIL_XTENSOR_COUNT inputs;             \
    /* The first of the row's words that is for the dtype; a row without any gives a function that returns nothing. */ \
    template <class Element>                                                       \
    static auto run(TENDRIL_XTENSOR_PARAMETERS inputs) { __VA_ARGS__ }             \
  };
// clang-format on
#include <tendril/ops.def>
#undef TENDRIL_XTENSOR_KIND_array
#undef TENDRIL_XTENSOR_KIND_optional
#undef TENDRIL_XTENSOR_PARAMETER
#undef TENDRIL_XTENSOR_PARAMETERS
#undef TENDRIL_XTENSOR_ONE
#undef TENDRIL_XTENSOR_COUNT
#undef TENDRIL_XTENSOR_KERNEL_eigen
#undef TENDRIL_XTENSOR_KERNEL_xtensor
#undef TENDRIL_XTENSOR_KERNEL_xtensor_integers
#undef TENDRIL_XTENSOR_FORM_tendril
#undef TENDRIL_XTENSOR_FORM_eigen
#undef TENDRIL_XTENSOR_FORM_eigen_integers
#undef TENDRIL_XTENSOR_FORM_xtensor
#undef TENDRIL_XTENSOR_FORM_xtensor_integers

/// A row over elements of T.
template <class Row, class T>
struct spelling {
  static constexpr bool is(op_id id) { return Row::id == id; }
  /// Signed overflow is undefined, so wrapping ops see their integers as unsigned.
  static constexpr bool wraps = is_whole_number<T> && (is(op_id::add) || is(op_id::subtract) || is(op_id::multiply) ||
                                                       is(op_id::negative) || is(op_id::square) || is(op_id::multiply_add));
  using seen = typename std::conditional_t<wraps, std::make_unsigned<T>, std::type_identity<T>>::type;
  template <std::size_t I>
  using operand = std::conditional_t<Row::rule == dtype_rule::select && I == 0, bool, seen>;
  using result = std::conditional_t<Row::rule == dtype_rule::comparison || Row::rule == dtype_rule::predicate, bool, seen>;

  template <std::size_t... I>
  static consteval bool has_words(std::index_sequence<I...>) {
    // Asked of the operands that block kernels have: another kind would make the compiler write each row once more.
    return !std::is_void_v<decltype(Row::template run<T>(std::declval<const line<const operand<I>>&>()...))>;
  }
  /// out = Row(a...), written by `assign(out, expression)`.
  template <class Assign, class Out, class... A>
  static void evaluate(const Assign& assign, Out&& out, const A&... a) {
    assign(out, Row::template run<T>(a...));
  }
};

/// The bound that limits nothing.
template <class T>
inline constexpr T no_min = std::numeric_limits<T>::has_infinity ? -std::numeric_limits<T>::infinity() : std::numeric_limits<T>::lowest();
template <class T>
inline constexpr T no_max = std::numeric_limits<T>::has_infinity ? std::numeric_limits<T>::infinity() : std::numeric_limits<T>::max();

/// Whether elements of T reach a kernel of this row.
template <class Row, class T>
consteval bool has_kernel() {
  if constexpr (!reaches_kernel<T>(Row::accepts, Row::rule)) return false;
  else return spelling<Row, T>::has_words(std::make_index_sequence<Row::arity>());
}

template <class To>
struct as_element {
  template <class From>
  To operator()(From x) const {
    return detail::convert<To>(x);
  }
};

/// `x` converted to To as astype does.
template <class To, class From, class Assign, class Out>
void convert(const Assign& assign, Out&& out, const auto& x) {
  if constexpr (std::is_same_v<To, From>) assign(out, apply<unchanged>(x));
  else assign(out, apply<as_element<To>>(x));
}

}  // namespace tendril::detail::TENDRIL_XTENSOR_NAMESPACE
