// The adapters of the core: std::vector, std::array, std::span and C arrays; asarray, view and to; operators with native operands.
#pragma once
#include <array>
#include <span>
#include <string_view>
#include <vector>

#include <tendril/detail/array_traits.hpp>

namespace tendril {

namespace detail {

inline void borrow_contiguous(const void* data, tendril::dtype d, std::int64_t n, array_view& v) {
  v.data = const_cast<void*>(data);
  v.dtype = d;
  v.rank = 1;
  v.shape[0] = n;
  v.strides[0] = 1;
}

/// Rank 1, row-major, elements at `std::data`.
template <class T, class S>
struct sequence_traits : supported_element<S> {
  using scalar = S;
  static constexpr int rank = 1;
  static constexpr bool contiguous = true;
  static void borrow(const T& t, array_view& v) {
    borrow_contiguous(std::data(t), dtype_of<S>, static_cast<std::int64_t>(std::size(t)), v);
  }
};

/// Rank 2 with the extents in the type.
template <class T, class S, std::size_t N, std::size_t M>
struct table_traits : supported_element<S> {
  using scalar = S;
  static constexpr int rank = 2;
  static constexpr bool contiguous = true;
  static void borrow(const T& t, array_view& v) {
    v.data = const_cast<S*>(std::data(t[0]));
    v.dtype = dtype_of<S>;
    v.rank = 2;
    v.shape[0] = static_cast<std::int64_t>(N);
    v.shape[1] = static_cast<std::int64_t>(M);
    v.strides[0] = static_cast<std::int64_t>(M);
    v.strides[1] = 1;
  }
};

// The contents are left unspecified on purpose; GCC warns of it where it inlines `make`.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
/// How an owning type whose extents stand in the type takes results: only those of exactly its shape.
template <class C, std::int64_t... Extents>
struct fixed_container {
  static C make(std::span<const std::int64_t> shape, std::string_view op = "call") {
    constexpr std::int64_t expected[] = {Extents...};
    bool fits = shape.size() == sizeof...(Extents);
    for (std::size_t i = 0; fits && i < sizeof...(Extents); ++i) fits = shape[i] == expected[i];
    if (!fits) throw_unfit(op, shape, std::span<const std::int64_t>(expected), array_traits<C>::name());
    C c;
    return c;
  }
  static void borrow_result(C& c, std::span<const std::int64_t>, array_view& v) { array_traits<C>::borrow(c, v); }
};

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

/// How std::vector takes results.
template <class C>
struct vector_container {
  static C make(std::span<const std::int64_t> shape, std::string_view op = "call") {
    if (shape.size() != 1) throw_unfit(op, shape, "rank 1", array_traits<C>::name());
    return C(static_cast<std::size_t>(shape[0]));
  }
  static void borrow_result(C& c, std::span<const std::int64_t>, array_view& v) { array_traits<C>::borrow(c, v); }
};
struct no_container {};

template <class S>
concept character = std::is_same_v<S, char> || std::is_same_v<S, wchar_t> || std::is_same_v<S, char8_t> || std::is_same_v<S, char16_t> ||
    std::is_same_v<S, char32_t>;
template <class A>
inline constexpr bool refuse_vector_of_bool = false;

}  // namespace detail

template <arithmetic S, class A>
struct array_traits<std::vector<S, A>> : detail::sequence_traits<std::vector<S, A>, S>, detail::vector_container<std::vector<S, A>> {
  using container = std::vector<S, A>;
  static constexpr auto text = detail::static_text() + "std::vector<" + detail::element_name<S>() + ">";
  static constexpr std::string_view name() { return text.view(); }
};

template <class A>
struct array_traits<std::vector<bool, A>> {
  static_assert(
      detail::refuse_vector_of_bool<A>,
      "tendril: std::vector<bool> packs its elements into bits, which no array can borrow. Pass a std::array<bool, N>, a std::span<bool>, an "
      "xt::xarray<bool> or an Eigen array of bool; for results, ask for one of them or td::array with call_as.");
  using scalar = bool;
  using container = std::vector<bool, A>;
};

template <arithmetic S, std::size_t N>
struct array_traits<std::array<S, N>> : detail::sequence_traits<std::array<S, N>, S>,
                                        detail::fixed_container<std::array<S, N>, static_cast<std::int64_t>(N)> {
  using container = std::array<S, N>;
  static constexpr auto text =
      detail::static_text() + "std::array<" + detail::element_name<S>() + ", " + static_cast<std::int64_t>(N) + ">";
  static constexpr std::string_view name() { return text.view(); }
};

/// What S[N][M] returns as: an array of rank 2, not two nested ones.
template <arithmetic S, std::size_t N, std::size_t M>
struct array_traits<std::array<std::array<S, M>, N>>
    : detail::table_traits<std::array<std::array<S, M>, N>, S, N, M>,
      detail::fixed_container<std::array<std::array<S, M>, N>, static_cast<std::int64_t>(N), static_cast<std::int64_t>(M)> {
  using container = std::array<std::array<S, M>, N>;
  static constexpr auto text = detail::static_text() + "std::array<std::array<" + detail::element_name<S>() + ", " +
                               static_cast<std::int64_t>(M) + ">, " + static_cast<std::int64_t>(N) + ">";
  static constexpr std::string_view name() { return text.view(); }
};

/// Results of a span go to a std::vector; of a span of bool, to a td::array, since std::vector<bool> cannot hold them.
template <class S, std::size_t N>
requires arithmetic<std::remove_cv_t<S>>
struct array_traits<std::span<S, N>> : detail::sequence_traits<std::span<S, N>, std::remove_cv_t<S>>,
                                       std::conditional_t<std::is_same_v<std::remove_cv_t<S>, bool>, detail::no_container,
                                                          detail::vector_container<std::vector<std::remove_cv_t<S>>>> {
  using container = std::conditional_t<std::is_same_v<std::remove_cv_t<S>, bool>, array, std::vector<std::remove_cv_t<S>>>;
  static constexpr bool writable = !std::is_const_v<S>;
  static constexpr bool is_view = true;
  static constexpr auto text =
      detail::static_text() + "std::span<" + (std::is_const_v<S> ? "const " : "") + detail::element_name<std::remove_cv_t<S>>() + ">";
  static constexpr std::string_view name() { return text.view(); }
};

/// Characters are text, not numbers: a string literal is no array.
template <arithmetic S, std::size_t N>
requires(!detail::character<S>) struct array_traits<S[N]>
    : detail::sequence_traits<S[N], S>, detail::fixed_container<std::array<S, N>, static_cast<std::int64_t>(N)> {
  using container = std::array<S, N>;
  static constexpr auto text = detail::static_text() + detail::element_name<S>() + "[" + static_cast<std::int64_t>(N) + "]";
  static constexpr std::string_view name() { return text.view(); }
};

template <arithmetic S, std::size_t N, std::size_t M>
requires(!detail::character<S>) struct array_traits<S[N][M]>
    : detail::table_traits<S[N][M], S, N, M>,
      detail::fixed_container<std::array<std::array<S, M>, N>, static_cast<std::int64_t>(N), static_cast<std::int64_t>(M)> {
  using container = std::array<std::array<S, M>, N>;
  static constexpr auto text =
      detail::static_text() + detail::element_name<S>() + "[" + static_cast<std::int64_t>(N) + "][" + static_cast<std::int64_t>(M) + "]";
  static constexpr std::string_view name() { return text.view(); }
};

namespace detail {

/// Storage for a result of this shape. Throws shape_error tagged with `op` when the container cannot hold it.
template <class C>
C make_container(std::span<const std::int64_t> shape, std::string_view op) {
  if constexpr (requires { array_traits<C>::make(shape, op); }) return array_traits<C>::make(shape, op);
  else return array_traits<C>::make(shape);
}

/// The memory of the target of `into`, under the shape of the result. Throws shape_error when the target is not of that shape.
template <writable_native T>
void borrow_target(T&& target, std::span<const std::int64_t> shape, array_view& v) {
  using traits = array_traits<std::remove_cvref_t<T>>;
  traits::borrow(target, v);
  const int rank = traits::rank >= 0 ? int{traits::rank} : v.rank;
  bool same = shape.size() == static_cast<std::size_t>(rank);
  for (int i = 0; same && i < rank; ++i) same = v.shape[i] == shape[static_cast<std::size_t>(i)];
  if (!same) {
    if constexpr (requires { traits::holds(target, shape); }) {
      if (traits::holds(target, shape)) return traits::borrow_result(target, shape, v);
    }
    throw_unfit("into", shape, std::span<const std::int64_t>(v.shape, static_cast<std::size_t>(v.rank)), traits::name());
  }
}

}  // namespace detail

/// A row-major copy of a native array; a lazy expression is evaluated once. Throws error for a null address.
template <foreign_native T>
array asarray(const T& t) {
  using traits = array_traits<std::remove_cv_t<T>>;
  array_view v;
  if constexpr (lazy_native<T>) {
    const typename traits::container c = traits::evaluate(t);
    array_traits<typename traits::container>::borrow(c, v);
    return detail::copy_of(v);
  } else {
    traits::borrow(t, v);
    detail::check_not_null("asarray", v);
    return detail::copy_of(v);
  }
}
inline array asarray(const array& a) { return a; }
template <detail::frontend_array T>
array asarray(const T& a) {
  return a.value();
}
template <element S>
array asarray(S value) {
  return array(value);
}

/// An array over the native array's own memory: no copy. Keep that memory alive and unchanged while the result is in use.
/// Throws error for a null address.
template <foreign_native T>
array view(T&& t) {
  static_assert(
      !lazy_native<T>,
      "tendril: td::view borrows memory, and a lazy expression has none. Evaluate it into a container first, or copy it with td::asarray.");
  static_assert(
      std::is_lvalue_reference_v<T> || lazy_native<T> || detail::traits_is_view<T>(),
      "tendril: td::view borrows memory, and this temporary dies at the end of the statement. Give it a name first, or copy it with td::asarray.");
  array_view v;
  if constexpr (!lazy_native<T>) array_traits<std::remove_cvref_t<T>>::borrow(t, v);
  detail::check_not_null("view", v);
  return detail::borrow(v);
}

/// A copy in a container: `td::to<std::vector<double>>(a)`. Throws dtype_error when the element types differ, shape_error when the
/// shape does not fit, trace_error for a symbol.
template <native C>
C to(const array& a) {
  using traits = array_traits<C>;
  if constexpr (std::is_same_v<C, array>) {
    return a;
  } else {
    static_assert(std::is_same_v<typename traits::container, C>,
                  "tendril: td::to makes a new container, and this type does not own its elements. Ask for the "
                  "owning type of its family, such as std::vector<double> in place of std::span<double>.");
    constexpr dtype expected = dtype_of<typename traits::scalar>;
    const array_view from = a.view();
    if (from.dtype != expected) detail::throw_unfit("to", from.dtype, expected, traits::name());
    const std::span<const std::int64_t> shape(from.shape, static_cast<std::size_t>(from.rank));
    C c = detail::make_container<C>(shape, "to");
    array_view v;
    traits::borrow_result(c, shape, v);
    detail::copy_elements(v, from);
    return c;
  }
}

namespace detail {

/// The array beside a native operand, with the caller's line: operators have no place for a default argument of their own.
struct array_operand {
  array_operand(const array& a, std::source_location at = std::source_location::current()) noexcept : value(a, at) {}
  operand value;
};

}  // namespace detail

// Native arrays beside a td::array are copied in as constants. Declared here, so that ops.hpp is not needed.
#define TENDRIL_NATIVE_OPERATORS(X) \
  X(+, add)                         \
  X(-, subtract)                    \
  X(*, multiply)                    \
  X(/, divide)                      \
  X(==, equal)                      \
  X(!=, not_equal)                  \
  X(<, less)                        \
  X(<=, less_equal)                 \
  X(>, greater)                     \
  X(>=, greater_equal)              \
  X(%, remainder) X(&, bitwise_and) X(|, bitwise_or) X(^, bitwise_xor) X(<<, bitwise_left_shift) X(>>, bitwise_right_shift)
#define TENDRIL_X(symbol, op)                                  \
  array op(const operand&, const operand&);                    \
  template <foreign_native N>                                  \
  array operator symbol(detail::array_operand a, const N& b) { \
    return op(a.value, operand(asarray(b), a.value.where()));  \
  }                                                            \
  template <foreign_native N>                                  \
  array operator symbol(const N& a, detail::array_operand b) { \
    return op(operand(asarray(a), b.value.where()), b.value);  \
  }
TENDRIL_NATIVE_OPERATORS(TENDRIL_X)
#undef TENDRIL_X

}  // namespace tendril
