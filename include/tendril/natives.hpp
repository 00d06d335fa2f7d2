// The adapters of the core: std::vector, std::array, std::span, C arrays, pointers; asarray, view and to.
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

/// A sequence of numbers: rank 1. A sequence of objects that hold numbers in themselves, such as points: the objects' axes follow.
template <class T, class E>
struct sequence_traits : supported_element<typename inline_parts<E>::scalar> {
  using scalar = typename inline_parts<E>::scalar;
  static constexpr int rank = 1 + inline_parts<E>::layout.rank;
  static_assert(rank <= max_rank, "tendril: this has more axes than a td::array can have. Pass one of at most 16 axes.");
  static constexpr std::int64_t stride = sizeof(E) / sizeof(scalar);
  static constexpr bool contiguous = inline_parts<E>::layout.repeated(2, stride).row_major();
  static void borrow(const T& t, array_view& v) {
    borrow_contiguous(std::data(t), dtype_of<scalar>, static_cast<std::int64_t>(std::size(t)), v);
    if constexpr (rank > 1) {
      constexpr inline_layout each = inline_parts<E>::layout;
      v.rank = rank;
      v.strides[0] = stride;
      for (int i = 0; i < each.rank; ++i) v.shape[i + 1] = each.shape[i], v.strides[i + 1] = each.strides[i];
    }
  }
};

/// Refuses a result that is not of the extents that stand in a container's type. Rank 0 is one element.
template <class C>
void require_extents(std::string_view op, std::span<const std::int64_t> shape, std::span<const std::int64_t> expected) {
  bool fits = shape.size() == expected.size();
  for (std::size_t i = 0; fits && i < expected.size(); ++i) fits = shape[i] == expected[i];
  if (shape.empty()) {
    fits = true;
    for (std::int64_t n : expected) fits &= n == 1;
  }
  if (!fits) throw_unfit(op, shape, expected, array_traits<C>::name());
}

/// What a container was made to hold, under the shape of the result.
template <class C>
struct shaped_container {
  static void borrow_result(C& c, std::span<const std::int64_t> shape, array_view& v) {
    array_traits<C>::borrow(c, v);
    v.rank = static_cast<int>(shape.size());
  }
  /// One element holds rank 0.
  static bool holds(const C& c, std::span<const std::int64_t> shape) {
    array_view v;
    array_traits<C>::borrow(c, v);
    return shape.empty() && v.size() == 1;
  }
};

// The contents are left unspecified on purpose; GCC warns of it, by two names, where it inlines `make`.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif
/// How an owning type whose extents stand in the type takes results: only those of exactly its shape.
template <class C, std::int64_t... Extents>
struct fixed_container : shaped_container<C> {
  static C make(std::span<const std::int64_t> shape, std::string_view op = "call") {
    constexpr std::int64_t expected[] = {Extents...};
    require_extents<C>(op, shape, expected);
    C c;
    return c;
  }
};
/// The same of a C array, which goes to a std::array, and of a std::array: their extents are those of their layout.
template <class T, class C, class E, std::size_t N>
struct array_container : shaped_container<C> {
  static constexpr inline_layout layout =
      inline_parts<E>::layout.repeated(static_cast<std::int64_t>(N), sizeof(E) / sizeof(typename inline_parts<E>::scalar));
  static C make(std::span<const std::int64_t> shape, std::string_view op = "call") {
    require_extents<C>(op, shape, {layout.shape, static_cast<std::size_t>(layout.rank)});
    C c;
    return c;
  }
};
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

/// How std::vector takes results: those of rank 1, and rank 0 as one element; of points, those whose last extents are a point's.
template <class C, class E>
struct vector_container : shaped_container<C> {
  static C make(std::span<const std::int64_t> shape, std::string_view op = "call") {
    constexpr inline_layout each = inline_parts<E>::layout;
    if (shape.size() != 1 + each.rank || (each.rank != 0 && !ends_as_a_part(shape))) [[unlikely]]
      return make_other(shape, op);
    return C(static_cast<std::size_t>(shape[0]));
  }

 private:
  static bool ends_as_a_part(std::span<const std::int64_t> shape) {
    constexpr inline_layout each = inline_parts<E>::layout;
    for (int i = 0; i < each.rank; ++i)
      if (shape[static_cast<std::size_t>(i) + 1] != each.shape[i]) return false;
    return true;
  }
  [[gnu::noinline]] static C make_other(std::span<const std::int64_t> shape, std::string_view op) {
    constexpr inline_layout each = inline_parts<E>::layout;
    if (shape.empty() && each.rank == 0) return C(1);
    constexpr auto expected = [](const inline_layout& part) {
      static_text t = static_text() + "shape (n";
      for (int i = 0; i < part.rank; ++i) t = t + ", " + part.shape[i];
      return t + ")";
    }(each);
    throw_unfit(op, shape, each.rank == 0 ? "rank 1" : expected.view(), array_traits<C>::name());
  }
};
struct no_container {};

/// Whether no character stands at the bottom of a C array.
template <class S>
inline constexpr bool character = std::is_same_v<S, char> || std::is_same_v<S, wchar_t> || std::is_same_v<S, char8_t> ||
                                  std::is_same_v<S, char16_t> || std::is_same_v<S, char32_t>;
/// The std::array that holds what a C array holds.
template <class T>
struct array_for_c {
  using type = T;
};
template <class E, std::size_t N>
struct array_for_c<E[N]> {
  using type = std::array<typename array_for_c<E>::type, N>;
};
template <class A>
inline constexpr bool refuse_vector_of_bool = false;

}  // namespace detail

/// Of numbers: rank 1. Of std::array<float, 3>, Eigen::Vector3d and what else holds its numbers in itself: rank 2 (or more).
template <detail::inline_element E, class A>
struct array_traits<std::vector<E, A>> : detail::sequence_traits<std::vector<E, A>, E>, detail::vector_container<std::vector<E, A>, E> {
  using container = std::vector<E, A>;
  [[gnu::visibility("hidden")]] static constexpr auto text = detail::static_text() + "std::vector<" + detail::element_name<E>() + ">";
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

/// An array of rank 1; std::array of std::array is one of rank 2, not two nested ones, and so on.
template <detail::inline_element E, std::size_t N>
struct array_traits<std::array<E, N>> : detail::sequence_traits<std::array<E, N>, E>,
                                        detail::array_container<std::array<E, N>, std::array<E, N>, E, N> {
  using container = std::array<E, N>;
  [[gnu::visibility("hidden")]] static constexpr auto text =
      detail::static_text() + "std::array<" + detail::element_name<E>() + ", " + static_cast<std::int64_t>(N) + ">";
  static constexpr std::string_view name() { return text.view(); }
};

/// Results of a span go to a std::vector; of a span of bool, to a td::array, since std::vector<bool> cannot hold them.
template <class E, std::size_t N>
requires detail::inline_element<std::remove_cv_t<E>>
struct array_traits<std::span<E, N>>
    : detail::sequence_traits<std::span<E, N>, std::remove_cv_t<E>>,
      std::conditional_t<std::is_same_v<std::remove_cv_t<E>, bool> || std::is_array_v<E>, detail::no_container,
                         detail::vector_container<std::vector<typename detail::array_for_c<std::remove_cv_t<E>>::type>,
                                                  typename detail::array_for_c<std::remove_cv_t<E>>::type>> {
  using container = std::conditional_t<std::is_same_v<std::remove_cv_t<E>, bool>, array,
                                       std::vector<typename detail::array_for_c<std::remove_cv_t<E>>::type>>;
  static constexpr bool writable = !std::is_const_v<std::remove_all_extents_t<E>>;
  static constexpr bool is_view = true;
  [[gnu::visibility("hidden")]] static constexpr auto text = detail::static_text() + "std::span<" +
                                                             (std::is_const_v<std::remove_all_extents_t<E>> ? "const " : "") +
                                                             detail::element_name<std::remove_cv_t<E>>() + ">";
  static constexpr std::string_view name() { return text.view(); }
};

/// C arrays of any rank. Characters are text, not numbers: a string literal is no array.
template <detail::inline_element E, std::size_t N>
requires(!detail::character<std::remove_all_extents_t<E>>) struct array_traits<E[N]>
    : detail::sequence_traits<E[N], E>, detail::array_container<E[N], typename detail::array_for_c<E[N]>::type, E, N> {
  using container = typename detail::array_for_c<E[N]>::type;
  [[gnu::visibility("hidden")]] static constexpr auto text = [] {
    // the extents in the order they are written
    detail::static_text t = detail::static_text() + detail::element_name<std::remove_all_extents_t<E>>();
    const detail::inline_layout l = detail::inline_parts<E>::layout;
    t = t + "[" + static_cast<std::int64_t>(N) + "]";
    if constexpr (std::is_array_v<E>)
      for (int i = 0; i < l.rank; ++i) t = t + "[" + l.shape[i] + "]";
    return t;
  }();
  static constexpr std::string_view name() { return text.view(); }
};

/// Memory that somebody else owns, row-major or with strides, of any rank: what `td::view(data, shape)` gives. An argument, an operand, a
/// target of `into` unless T is const; as a td::array it borrows. Keep the memory alive and unchanged while what was made of it is in use.
template <class T>
class strided {
 public:
  explicit strided(const array_view& v) noexcept : view_(v) {}
  operator array() const {
    detail::check_not_null("view", view_);
    return detail::borrow(view_);
  }
  T* data() const noexcept { return static_cast<T*>(view_.data); }
  std::span<const std::int64_t> shape() const noexcept { return {view_.shape, static_cast<std::size_t>(view_.rank)}; }
  std::span<const std::int64_t> strides() const noexcept { return {view_.strides, static_cast<std::size_t>(view_.rank)}; }  ///< in elements

 private:
  array_view view_;
};

/// Results of such a view are td::array: it says where its own elements are, not where others should go.
template <class T>
struct array_traits<strided<T>> : detail::supported_element<std::remove_cv_t<T>> {
  using scalar = std::remove_cv_t<T>;
  static constexpr int rank = -1;
  static constexpr bool contiguous = false;
  static constexpr bool writable = !std::is_const_v<T>;
  static constexpr bool is_view = true;
  using container = array;
  static void borrow(const strided<T>& t, array_view& v) {
    v.data = const_cast<scalar*>(t.data());
    v.dtype = dtype_of<scalar>;
    v.rank = static_cast<int>(t.shape().size());
    for (std::size_t i = 0; i < t.shape().size(); ++i) v.shape[i] = t.shape()[i], v.strides[i] = t.strides()[i];
  }
  [[gnu::visibility("hidden")]] static constexpr auto text =
      detail::static_text() + "td::view(" + (std::is_const_v<T> ? "const " : "") + detail::element_name<scalar>() + "*, shape)";
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

namespace detail {

template <class T>
array from_native(const T& t) {
  if constexpr (std::is_convertible_v<const T&, array>) return t;
  else return asarray(t);
}

/// Fills in extents and strides, row-major where none are given. Throws shape_error for extents below 0, too many axes, or strides of
/// another number.
array_view view_of(void* data, dtype, const axes& shape, const axes& strides);

}  // namespace detail

/// Elements at `data`, row-major: `td::view(image, {height, width, 3})`; or `strides` elements apart along each axis. An argument, an
/// operand, a target of `into`, and, assigned to a td::array, an array that borrows. Throws shape_error for extents below 0, more than 16
/// axes, or strides that are not as many.
template <class T>
requires element<T> strided<T> view(T* data, const axes& shape, const axes& strides = {}) {
  return strided<T>(detail::view_of(const_cast<std::remove_cv_t<T>*>(data), dtype_of<T>, shape, strides));
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

}  // namespace tendril
