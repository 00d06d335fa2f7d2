// The xtensor adapter: xarray, xtensor, xtensor_fixed, adaptors, strided views, in any layout, and every expression over them.
//
// What has strides and a pointer is borrowed, anything else is evaluated once, by assignment to a container: xt::eval and
// temporary_type are broken in xtensor 0.24.3 under C++20.
#pragma once
#if __has_include(<xtensor/containers/xarray.hpp>)
#include <xtensor/containers/xarray.hpp>
#include <xtensor/containers/xtensor.hpp>
#else
#include <xtensor/xarray.hpp>
#include <xtensor/xtensor.hpp>
#endif

#include <tendril/natives.hpp>

namespace tendril {

namespace detail {

template <class D>
void xtensor_probe(const xt::xexpression<D>&);

template <class T>
concept xtensor_expression = requires(const T& t) {
  detail::xtensor_probe(t);
  typename T::value_type;
};

/// data() points to the elements of the whole, of which the expression's first lies data_offset() further.
template <class T>
concept xtensor_strided = xtensor_expression<T> && requires(const T& t) {
  { t.data() } -> std::convertible_to<const typename T::value_type*>;
  { t.data_offset() } -> std::convertible_to<std::size_t>;
  t.strides()[0];
  t.shape()[0];
};

template <class Shape>
inline constexpr int xtensor_rank = -1;
template <class I, std::size_t N>
inline constexpr int xtensor_rank<std::array<I, N>> = static_cast<int>(N);
template <std::size_t... N>
inline constexpr int xtensor_rank<xt::fixed_shape<N...>> = static_cast<int>(sizeof...(N));

/// A container's own layout where the type fixes it, else row-major.
constexpr xt::layout_type xtensor_layout(xt::layout_type l) { return l == xt::layout_type::column_major ? l : xt::layout_type::row_major; }
template <class S, int Rank, xt::layout_type L>
struct xtensor_owner {
  using type = xt::xtensor<S, static_cast<std::size_t>(Rank), L>;
};
template <class S, xt::layout_type L>
struct xtensor_owner<S, -1, L> {
  using type = xt::xarray<S, L>;
};

/// Owning types are their own container; adaptors, views and expressions get the owning type of their rank.
template <class T>
struct xtensor_container_of {
  using scalar = std::remove_cv_t<typename T::value_type>;
  static constexpr int rank = xtensor_rank<std::remove_cvref_t<typename T::shape_type>>;
  using type = typename xtensor_owner<scalar, rank, xtensor_layout(T::static_layout)>::type;
};
template <class EC, xt::layout_type L, class SC, class Tag>
struct xtensor_container_of<xt::xarray_container<EC, L, SC, Tag>> {
  using type = xt::xarray_container<EC, L, SC, Tag>;
};
template <class EC, std::size_t N, xt::layout_type L, class Tag>
struct xtensor_container_of<xt::xtensor_container<EC, N, L, Tag>> {
  using type = xt::xtensor_container<EC, N, L, Tag>;
};
template <class ET, class S, xt::layout_type L, bool Sharable, class Tag>
struct xtensor_container_of<xt::xfixed_container<ET, S, L, Sharable, Tag>> {
  using type = xt::xfixed_container<ET, S, L, Sharable, Tag>;
};

constexpr std::string_view xtensor_layout_suffix(xt::layout_type l) {
  return l == XTENSOR_DEFAULT_LAYOUT          ? ">"
         : l == xt::layout_type::row_major    ? ", row_major>"
         : l == xt::layout_type::column_major ? ", column_major>"
                                              : ", dynamic>";
}

/// How a container whose extents are set at run time takes results.
template <class C>
struct xtensor_container {
  static constexpr int rank = xtensor_rank<typename C::shape_type>;
  [[gnu::visibility("hidden")]] static constexpr auto text = [] {
    const static_text t = static_text() + (rank < 0 ? "xt::xarray<" : "xt::xtensor<") + element_name<typename C::value_type>();
    return (rank < 0 ? t : t + ", " + static_cast<std::int64_t>(rank)) + xtensor_layout_suffix(C::static_layout);
  }();
  static constexpr std::string_view name() { return text.view(); }

  static C make(std::span<const std::int64_t> shape, std::string_view op = "call") {
    if constexpr (rank >= 0) {
      if (shape.empty()) {  // one element
        typename C::shape_type one{};
        for (auto& n : one) n = 1;
        return C(one, xtensor_layout(C::static_layout));
      }
      if (shape.size() != static_cast<std::size_t>(rank)) {
        constexpr auto expected = static_text() + "rank " + static_cast<std::int64_t>(rank);
        throw_unfit(op, shape, expected.view(), name());
      }
    }
    // Sized, then filled one by one: the range constructor of xtensor's small vector costs more than all the rest.
    auto s = [&] {
      if constexpr (rank < 0) return typename C::shape_type(shape.size());
      else return typename C::shape_type{};
    }();
    for (std::size_t i = 0; i < shape.size(); ++i) s[i] = static_cast<typename C::shape_type::value_type>(shape[i]);
    return C(s, xtensor_layout(C::static_layout));
  }
};

/// How one whose extents stand in the type does.
template <class ET, std::size_t... N, xt::layout_type L, bool Sharable, class Tag>
struct xtensor_container<xt::xfixed_container<ET, xt::fixed_shape<N...>, L, Sharable, Tag>>
    : fixed_container<xt::xfixed_container<ET, xt::fixed_shape<N...>, L, Sharable, Tag>, static_cast<std::int64_t>(N)...> {
  static constexpr int rank = static_cast<int>(sizeof...(N));
  [[gnu::visibility("hidden")]] static constexpr auto text = [] {
    static_text t = static_text() + "xt::xtensor_fixed<" + element_name<ET>() + ", xt::xshape<";
    std::int64_t i = 0;
    ((t = t + (i++ == 0 ? "" : ", ") + static_cast<std::int64_t>(N)), ...);
    return t + ">" + xtensor_layout_suffix(L);
  }();
  static constexpr std::string_view name() { return text.view(); }
};

/// Refers to elements that it does not own.
template <class T>
inline constexpr bool xtensor_is_view = false;
template <class CT, class... S>
inline constexpr bool xtensor_is_view<xt::xview<CT, S...>> = std::is_lvalue_reference_v<CT>;
template <class CT, class S, xt::layout_type L, class FST>
inline constexpr bool xtensor_is_view<xt::xstrided_view<CT, S, L, FST>> = std::is_lvalue_reference_v<CT>;
template <class Storage>
inline constexpr bool xtensor_borrowed_storage = std::is_lvalue_reference_v<Storage>;
template <class Pointer, class A>
inline constexpr bool xtensor_borrowed_storage<xt::xbuffer_adaptor<Pointer, xt::no_ownership, A>> = true;
template <class EC, xt::layout_type L, class SC, class Tag>
inline constexpr bool xtensor_is_view<xt::xarray_adaptor<EC, L, SC, Tag>> = xtensor_borrowed_storage<EC>;
template <class EC, std::size_t N, xt::layout_type L, class Tag>
inline constexpr bool xtensor_is_view<xt::xtensor_adaptor<EC, N, L, Tag>> = xtensor_borrowed_storage<EC>;

template <class T>
using xtensor_container_t = typename xtensor_container_of<T>::type;

}  // namespace detail

template <detail::xtensor_expression T>
requires(!detail::xtensor_strided<T>) struct array_traits<T>
    : detail::supported_element<std::remove_cv_t<typename T::value_type>>, detail::xtensor_container<detail::xtensor_container_t<T>> {
  using scalar = std::remove_cv_t<typename T::value_type>;
  using container = detail::xtensor_container_t<T>;
  static constexpr bool contiguous = false;
  static constexpr bool writable = false;
  static container evaluate(const T& t) { return container(t); }
};

template <detail::xtensor_strided T>
struct array_traits<T> : detail::supported_element<std::remove_cv_t<typename T::value_type>>,
                         detail::xtensor_container<detail::xtensor_container_t<T>> {
  using scalar = std::remove_cv_t<typename T::value_type>;
  using container = detail::xtensor_container_t<T>;
  static constexpr int rank = detail::xtensor_rank<std::remove_cvref_t<typename T::shape_type>>;
  static constexpr bool contiguous = T::static_layout == xt::layout_type::row_major;
  static constexpr bool writable = requires(T & t) {
    { t.data() } -> std::convertible_to<scalar*>;
  };
  static constexpr bool is_view = detail::xtensor_is_view<T>;

  static void borrow(const T& t, array_view& v) {
    v.data = const_cast<scalar*>(t.data() + t.data_offset());
    v.dtype = dtype_of<scalar>;
    if constexpr (rank >= 0) {
      static_assert(rank <= max_rank, "tendril: this xtensor has more axes than a td::array can have. Pass one of at most 16 axes.");
      v.rank = rank;
    } else {
      if (t.dimension() > static_cast<std::size_t>(max_rank)) detail::throw_rank(t.dimension(), array_traits<container>::name());
      v.rank = static_cast<int>(t.dimension());
    }
    const auto& shape = t.shape();
    const auto& strides = t.strides();
    for (std::size_t i = 0; i < static_cast<std::size_t>(v.rank); ++i) {
      v.shape[i] = static_cast<std::int64_t>(shape[i]);
      v.strides[i] = static_cast<std::int64_t>(strides[i]);
    }
  }
  static void borrow_result(T& t, std::span<const std::int64_t> shape, array_view& v) {
    borrow(t, v);
    v.rank = static_cast<int>(shape.size());
  }
  /// One element holds rank 0.
  static bool holds(const T& t, std::span<const std::int64_t> shape) { return shape.empty() && t.size() == 1; }
};

// xtensor's own operators take any operand beside an expression, a td::array too, and would make a lazy expression of it. These
// win by their constraints, which needs the very same parameter list; so they cannot carry the caller's line.
#define TENDRIL_X(symbol, result, ...)                                                                                                  \
  template <class A, class N>                                                                                                           \
  requires(std::is_same_v<std::remove_cvref_t<A>, array> && detail::xtensor_expression<std::remove_cvref_t<N>>) result operator symbol( \
      A&& a, N&& b) {                                                                                                                   \
    return __VA_ARGS__(operand(a, std::source_location()), operand(b, std::source_location()));                                         \
  }                                                                                                                                     \
  template <class N, class A>                                                                                                           \
  requires(std::is_same_v<std::remove_cvref_t<A>, array> && detail::xtensor_expression<std::remove_cvref_t<N>>) result operator symbol( \
      N&& a, A&& b) {                                                                                                                   \
    return __VA_ARGS__(operand(a, std::source_location()), operand(b, std::source_location()));                                         \
  }
TENDRIL_X(+, array, operator+)
TENDRIL_X(-, array, operator-)
TENDRIL_X(*, array, operator*)
TENDRIL_X(/, array, operator/)
TENDRIL_X(%, array, operator%)
TENDRIL_X(==, array, operator==)
TENDRIL_X(!=, array, operator!=)
TENDRIL_X(<, const array, operator<)
TENDRIL_X(<=, const array, operator<=)
TENDRIL_X(>, const array, operator>)
TENDRIL_X(>=, const array, operator>=)
TENDRIL_X(&, array, operator&)
TENDRIL_X(|, array, operator|)
TENDRIL_X(^, array, operator^)
TENDRIL_X(<<, array, operator<<)
TENDRIL_X(>>, array, operator>>)
TENDRIL_X(&&, array, detail::both)
TENDRIL_X(||, array, detail::either)
#undef TENDRIL_X

}  // namespace tendril
