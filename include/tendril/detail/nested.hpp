// What counts as nested: the containers and structs that arguments and results may be nestings of, the members of a struct, and the same
// nesting of other arrays.
#pragma once
#include <array>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <tendril/detail/array_traits.hpp>

namespace tendril {

/// A value that is baked into the trace and is part of the signature: `f(x, td::static_(3))`.
template <class T>
struct static_t {
  T value;
};
template <class T>
static_t<std::decay_t<T>> static_(T&& v) {
  return {std::forward<T>(v)};
}

namespace detail {

/// A type as a value.
template <class T>
struct tag {
  using type = T;
};

// ---- kinds of nesting
template <class T>
inline constexpr bool is_static = false;
template <class T>
inline constexpr bool is_static<static_t<T>> = true;
template <class T>
inline constexpr bool is_vector = false;
template <class T, class A>
inline constexpr bool is_vector<std::vector<T, A>> = !native<std::vector<T, A>>;
template <class T>
inline constexpr bool is_fixed = false;
template <class T, std::size_t N>
inline constexpr bool is_fixed<std::array<T, N>> = !native<std::array<T, N>>;
template <class T>
inline constexpr bool is_std_vector = false;
template <class T, class A>
inline constexpr bool is_std_vector<std::vector<T, A>> = true;
template <class T>
inline constexpr bool is_std_array = false;
template <class T, std::size_t N>
inline constexpr bool is_std_array<std::array<T, N>> = true;
template <class T>
inline constexpr bool is_std_span = false;
template <class T, std::size_t N>
inline constexpr bool is_std_span<std::span<T, N>> = true;
template <class T>
inline constexpr bool is_tuple = false;
template <class... T>
inline constexpr bool is_tuple<std::tuple<T...>> = true;
template <class A, class B>
inline constexpr bool is_tuple<std::pair<A, B>> = true;
template <class T>
inline constexpr bool is_map = false;
template <class K, class V, class C, class A>
inline constexpr bool is_map<std::map<K, V, C, A>> = true;
template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;
template <class T>
concept textual = std::is_convertible_v<const T&, std::string_view>;
/// Says itself what its fields are, once: `static auto tendril_fields(auto& n) { return std::tie(n.w1, n.b1); }`. For classes that the
/// compiler cannot take apart: with constructors, bases, private or more than 32 members, or members that are C arrays.
template <class T>
concept lists_fields = requires(T& t) {
  std::tuple_size<decltype(T::tendril_fields(t))>::value;
};
template <class T>
concept plain_aggregate = ((std::is_aggregate_v<T> && std::is_class_v<T>) || lists_fields<T>)&&!native<T> && !is_static<T> &&
                          !is_vector<T> && !is_fixed<T> && !is_tuple<T> && !is_map<T> && !is_optional<T>;

// ---- the members of an aggregate
struct anything {
  template <class T>
  operator T() const;
};
inline constexpr std::size_t most_fields = 32;
template <class T, class... A>
consteval std::size_t field_count() {
  if constexpr (sizeof...(A) > most_fields) return sizeof...(A);
  else if constexpr (requires { T{A{}..., anything{}}; }) return field_count<T, A..., anything>();
  else return sizeof...(A);
}
/// References to the members, as a tuple.
template <class T>
constexpr auto fields(T& t) {
  using U = std::remove_const_t<T>;
  if constexpr (lists_fields<U>) {
    return U::tendril_fields(t);
  } else {
    constexpr std::size_t n = field_count<U>();
    static_assert(n <= most_fields,
                  "tendril: this struct has more than 32 members. List them, once, in it: `static auto tendril_fields(auto& s) { return "
                  "std::tie(s.first, s.second, ...); }`.");
    if constexpr (n == 0) return std::tuple<>();
#define TENDRIL_FIELDS(count, ...) \
  else if constexpr (n == count) { \
    auto& [__VA_ARGS__] = t;       \
    return std::tie(__VA_ARGS__);  \
  }
    TENDRIL_FIELDS(1, m1)
    TENDRIL_FIELDS(2, m1, m2)
    TENDRIL_FIELDS(3, m1, m2, m3)
    TENDRIL_FIELDS(4, m1, m2, m3, m4)
    TENDRIL_FIELDS(5, m1, m2, m3, m4, m5)
    TENDRIL_FIELDS(6, m1, m2, m3, m4, m5, m6)
    TENDRIL_FIELDS(7, m1, m2, m3, m4, m5, m6, m7)
    TENDRIL_FIELDS(8, m1, m2, m3, m4, m5, m6, m7, m8)
    TENDRIL_FIELDS(9, m1, m2, m3, m4, m5, m6, m7, m8, m9)
    TENDRIL_FIELDS(10, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10)
    TENDRIL_FIELDS(11, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11)
    TENDRIL_FIELDS(12, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12)
    TENDRIL_FIELDS(13, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13)
    TENDRIL_FIELDS(14, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14)
    TENDRIL_FIELDS(15, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15)
    TENDRIL_FIELDS(16, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16)
    TENDRIL_FIELDS(17, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17)
    TENDRIL_FIELDS(18, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18)
    TENDRIL_FIELDS(19, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19)
    TENDRIL_FIELDS(20, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20)
    TENDRIL_FIELDS(21, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21)
    TENDRIL_FIELDS(22, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21, m22)
    TENDRIL_FIELDS(23, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21, m22, m23)
    TENDRIL_FIELDS(24, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21, m22, m23, m24)
    TENDRIL_FIELDS(25, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21, m22, m23, m24, m25)
    TENDRIL_FIELDS(26, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21, m22, m23, m24, m25,
                   m26)
    TENDRIL_FIELDS(27, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21, m22, m23, m24, m25,
                   m26, m27)
    TENDRIL_FIELDS(28, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21, m22, m23, m24, m25,
                   m26, m27, m28)
    TENDRIL_FIELDS(29, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21, m22, m23, m24, m25,
                   m26, m27, m28, m29)
    TENDRIL_FIELDS(30, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21, m22, m23, m24, m25,
                   m26, m27, m28, m29, m30)
    TENDRIL_FIELDS(31, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21, m22, m23, m24, m25,
                   m26, m27, m28, m29, m30, m31)
    TENDRIL_FIELDS(32, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21, m22, m23, m24, m25,
                   m26, m27, m28, m29, m30, m31, m32)
#undef TENDRIL_FIELDS
  }
}
template <class T>
using field_types = decltype(fields(std::declval<T&>()));

// ---- rebind<T, Leaf, Scalars>: the same structure with Leaf for every native array, and for C++ numbers where Scalars says so
template <class T, class Leaf, bool Scalars>
struct rebind {
  using type = T;
};
template <class T, class Leaf, bool Scalars = false>
using rebind_t = typename rebind<std::remove_cvref_t<T>, Leaf, Scalars>::type;
template <native T, class L, bool S>
struct rebind<T, L, S> {
  using type = L;
};
template <arithmetic T, class L>
struct rebind<T, L, true> {
  using type = L;
};
template <class T, class A, class L, bool S>
requires is_vector<std::vector<T, A>>
struct rebind<std::vector<T, A>, L, S> {
  using type = std::vector<rebind_t<T, L, S>>;
};
template <class T, std::size_t N, class L, bool S>
requires is_fixed<std::array<T, N>>
struct rebind<std::array<T, N>, L, S> {
  using type = std::array<rebind_t<T, L, S>, N>;
};
template <class T, class L, bool S>
struct rebind<std::optional<T>, L, S> {
  using type = std::optional<rebind_t<T, L, S>>;
};
template <class... T, class L, bool S>
struct rebind<std::tuple<T...>, L, S> {
  using type = std::tuple<rebind_t<T, L, S>...>;
};
template <class A, class B, class L, bool S>
struct rebind<std::pair<A, B>, L, S> {
  using type = std::pair<rebind_t<A, L, S>, rebind_t<B, L, S>>;
};
template <class K, class V, class C, class A, class L, bool S>
struct rebind<std::map<K, V, C, A>, L, S> {
  using type = std::map<K, rebind_t<V, L, S>, C>;
};
template <template <class> class Aggregate, class T, class L, bool S>
requires(plain_aggregate<Aggregate<T>>&& native<T>) struct rebind<Aggregate<T>, L, S> {
  using type = Aggregate<L>;
};
template <class T, class L, bool S>
struct rebind<static_t<T>, L, S> {
  using type = T;
};
template <std::size_t N, class L, bool S>
struct rebind<char[N], L, S> {
  using type = std::string;
};
template <class L, bool S>
struct rebind<const char*, L, S> {
  using type = std::string;
};

/// One array or number where the other side is nested: points that lie in one std::vector are an array of their own each.
template <class To>
inline constexpr bool one_leaf = native<To> || arithmetic<To>;
template <class A>
inline constexpr bool one_leaf<std::vector<bool, A>> = false;  // a static value, if anything

// ---- the first native array in a list of argument types
template <class T>
struct first_leaf {
  using type = void;
};
template <class... T>
struct first_of {
  using type = void;
};
template <class T, class... R>
struct first_of<T, R...> {
  using own = typename first_leaf<std::remove_cvref_t<T>>::type;
  using type = typename std::conditional_t<std::is_void_v<own>, first_of<R...>, first_leaf<std::remove_cvref_t<T>>>::type;
};
template <native T>
struct first_leaf<T> {
  using type = T;
};
template <class T, class A>
requires is_vector<std::vector<T, A>>
struct first_leaf<std::vector<T, A>> : first_leaf<T> {
};
template <class T, std::size_t N>
requires is_fixed<std::array<T, N>>
struct first_leaf<std::array<T, N>> : first_leaf<T> {
};
template <class T>
struct first_leaf<std::optional<T>> : first_leaf<T> {};
template <class K, class V, class C, class A>
struct first_leaf<std::map<K, V, C, A>> : first_leaf<V> {};
template <class... T>
struct first_leaf<std::tuple<T...>> : first_of<T...> {};
template <class A, class B>
struct first_leaf<std::pair<A, B>> : first_of<A, B> {};
template <plain_aggregate T>
struct first_leaf<T> {
  template <class... M>
  static first_of<std::remove_cvref_t<M>...> members(std::tuple<M...>);
  using type = typename decltype(members(fields(std::declval<T&>())))::type;
};

}  // namespace detail
}  // namespace tendril
