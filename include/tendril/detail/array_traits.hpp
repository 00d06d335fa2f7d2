// How a family of native arrays enters and leaves Tendril: array_traits, the one customisation point of adapters.
#pragma once
#include <concepts>
#include <span>
#include <string_view>
#include <type_traits>

#include <tendril/array.hpp>

namespace tendril {

/// Specialise it for your own array class, and traced functions, `td::asarray`, `td::view`, `td::to` and the operators take it.
/// `T` is never cv- or ref-qualified.
///
///     template <>
///     struct tendril::array_traits<my::matrix> {
///       using scalar = double;                      // the element type
///       static constexpr int rank = 2;              // -1: known at run time
///       static constexpr bool contiguous = true;    // always row-major: strides need not be part of a signature
///       using container = my::matrix;               // the owning type that results take; of a view, that of its family
///       static void borrow(const my::matrix& m, array_view& v) {   // no copy, no allocation
///         v.data = const_cast<double*>(m.data());
///         v.dtype = float64;
///         v.rank = 2;
///         v.shape[0] = m.rows(), v.shape[1] = m.cols();
///         v.strides[0] = m.cols(), v.strides[1] = 1;               // in elements
///       }
///       static container make(std::span<const std::int64_t> shape) {   // storage for a result, contents unspecified
///         if (shape.size() != 2) detail::throw_unfit("call", shape, "rank 2", name());
///         return my::matrix(shape[0], shape[1]);
///       }
///       static void borrow_result(container& m, std::span<const std::int64_t>, array_view& v) { borrow(m, v); }
///       static constexpr std::string_view name() { return "my::matrix"; }   // for messages
///     };
///
/// `borrow_result` views storage that `make` gave under the shape of the result, which may differ from the container's own (an
/// Eigen matrix holds a rank-1 result as a column). A container that is `td::array` needs neither: the caller makes it.
///
/// A lazy expression has, in place of `borrow`, `static container evaluate(const T&)`, which the caller calls exactly once.
///
/// Optional members:
///     using result = my::any_matrix;           // what results take where `container` has extents in its type (default: container)
///     static constexpr bool writable = false;  // `into` must not write to it (default true)
///     static constexpr bool is_view = true;    // refers to elements it does not own: temporaries may be viewed, const ones written
///     static container make(shape, std::string_view op);   // names `op` in its errors
///     static bool holds(const T&, shape);      // as it is, can it be the storage of a result whose shape is not its own?
///     static constexpr detail::inline_layout layout;  // of a type that holds its elements in itself, of extents that stand in the type:
///                                              // a std::vector, std::array, std::span or C array of such is one array, as points are
template <class T>
struct array_traits;

/// An expression that has no storage yet; it is evaluated once, into its container.
template <class T>
concept lazy_native = native<T> && requires(const std::remove_cvref_t<T>& t) {
  array_traits<std::remove_cvref_t<T>>::evaluate(t);
};

namespace detail {

template <class T>
consteval bool traits_writable() {
  using traits = array_traits<std::remove_cvref_t<T>>;
  if constexpr (requires { traits::writable; }) return traits::writable;
  else return true;
}

template <class T>
consteval bool traits_is_view() {
  using traits = array_traits<std::remove_cvref_t<T>>;
  if constexpr (requires { traits::is_view; }) return traits::is_view;
  else return false;
}

// Out of line, so that the adapters inline to a few loads and a compare.

/// `[call] the result does not fit the container: got shape (2, 3), expected rank 1 for std::vector<double>. Ask ...`
[[noreturn]] void throw_unfit(std::string_view op, std::span<const std::int64_t> shape, std::string_view expected,
                              std::string_view container);
[[noreturn]] void throw_unfit(std::string_view op, std::span<const std::int64_t> shape, std::span<const std::int64_t> expected,
                              std::string_view container);
/// The same of element types: a dtype_error.
/// `why`: a sentence on what gave it that dtype, or nothing.
[[noreturn]] void throw_unfit(std::string_view op, tendril::dtype got, tendril::dtype expected, std::string_view container,
                              std::string_view why = {});
[[noreturn]] void throw_rank(std::size_t rank, std::string_view container);
[[noreturn]] void throw_null(std::string_view op, const array_view&);

/// Refuses elements at a null address, which a default-constructed span or map of some extent would have.
inline void check_not_null(std::string_view op, const array_view& v) {
  if (!v.data && v.size() != 0) throw_null(op, v);
}

/// Text put together while compiling: the names of containers.
struct static_text {
  char characters[160]{};
  std::size_t length = 0;
  constexpr static_text operator+(std::string_view s) const {
    static_text r = *this;
    for (char c : s)
      if (r.length < sizeof r.characters) r.characters[r.length++] = c;
    return r;
  }
  constexpr static_text operator+(std::int64_t n) const {
    static_text r = *this;
    if (n < 0) return (r + "-") + -n;
    if (n >= 10) r = r + n / 10;
    const char digit = static_cast<char>('0' + n % 10);
    return r + std::string_view(&digit, 1);
  }
  constexpr std::string_view view() const { return {characters, length}; }
};

/// Where the elements of a type stand that holds them in itself; strides in elements.
struct inline_layout {
  int rank = 0;
  std::int64_t shape[max_rank]{}, strides[max_rank]{};
  constexpr bool row_major() const {
    std::int64_t expected = 1;
    for (int i = rank - 1; i >= 0; --i) {
      if (shape[i] != 1 && strides[i] != expected) return false;
      expected *= shape[i];
    }
    return true;
  }
  /// `n` such objects one after the other, `stride` elements apart.
  constexpr inline_layout repeated(std::int64_t n, std::int64_t stride) const {
    inline_layout all;
    if (rank == max_rank) return all;
    all.rank = rank + 1;
    all.shape[0] = n;
    all.strides[0] = stride;
    for (int i = 0; i < rank; ++i) all.shape[i + 1] = shape[i], all.strides[i + 1] = strides[i];
    return all;
  }
};
template <class T>
concept inline_native = requires {
  array_traits<T>::layout.rank;
};
template <class T>
concept inline_element = arithmetic<T> || inline_native<T>;

/// What a sequence of E is made of: numbers, or objects that hold numbers in themselves.
template <class E>
struct inline_parts {
  using scalar = E;
  static constexpr inline_layout layout{};
};
template <inline_native E>
struct inline_parts<E> {
  using scalar = typename array_traits<E>::scalar;
  static constexpr inline_layout layout = array_traits<E>::layout;
  static_assert(sizeof(E) % sizeof(scalar) == 0);
};

/// The C++ spelling of an element type.
template <class S>
constexpr std::string_view element_name() {
  constexpr tendril::dtype d = dtype_of<S>;
  if constexpr (d == dtype_of<int>) return "int";
#define TENDRIL_DTYPE(name, type, ...) else if constexpr (d == dtype::name) return #type;
#include <tendril/dtypes.def>
  else if constexpr (inline_native<S>) return array_traits<S>::name();
  else return "?";
}

/// The sentence a user reads who passes an array of another element type.
template <class S>
struct supported_element {
#define TENDRIL_DTYPE(name, type, text, ...) " " text
  static_assert(element<S>,
                "tendril: this array has an element type that Tendril does not have. Pass a copy converted to one of its element types:"
#include <tendril/dtypes.def>
                ".");
};

}  // namespace detail

/// A native array that `into` may write its result to.
template <class T>
concept writable_native = native<T> && !lazy_native<T> && detail::traits_writable<T>() &&
                          (!std::is_const_v<std::remove_reference_t<T>> || detail::traits_is_view<T>());

template <>
struct array_traits<array> {
  using scalar = void;
  static constexpr int rank = -1;
  static constexpr bool contiguous = false;
  static constexpr bool writable = false;
  using container = array;
  static void borrow(const array& a, array_view& v) { detail::view_array(a, v); }
  static constexpr std::string_view name() { return "td::array"; }
};

template <detail::frontend_array T>
struct array_traits<T> {
  using scalar = void;
  static constexpr int rank = -1;
  static constexpr bool contiguous = false;
  static constexpr bool writable = false;
  using container = T;
  static void borrow(const T& a, array_view& v) { detail::view_array(a.value(), v); }
  static void borrow_result(T& a, std::span<const std::int64_t>, array_view& v) { borrow(a, v); }
  static constexpr std::string_view name() { return T::tendril_frontend::name; }
};

}  // namespace tendril
