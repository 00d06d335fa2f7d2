// Nested arguments and results: walking their leaves, and building the same structure with other leaves.
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

/// Visits the parts of a static value: `fixed(text, number or enum)`, `count(n)` before a variable number of parts.
template <class T, class Visitor>
void walk_static(const T& t, Visitor& v) {
  if constexpr (textual<T> || arithmetic<T> || std::is_enum_v<T>) v.fixed(t);
  else if constexpr (is_tuple<T>) std::apply([&](const auto&... x) { (walk_static(x, v), ...); }, t);
  else if constexpr (is_optional<T>) {
    v.count(t.has_value() ? 1 : 0);
    if (t) walk_static(*t, v);
  } else if constexpr (requires { t.begin() != t.end(), t.size(); }) {
    v.count(t.size());
    for (const auto& x : t) walk_static(x, v);
  } else if constexpr (plain_aggregate<T>) {
    std::apply([&](const auto&... x) { (walk_static(x, v), ...); }, fields(t));
  } else {
    v.fixed(t);
  }
}

/// Visits the parts of a value in order: `leaf(array)`, `scalar(number)`, `fixed(static value)`, `count(n)` before a variable number of
/// parts. `To` is what the value becomes, itself unless told: a number that stays one there is static.
template <class To, class T, class Visitor>
constexpr void walk_as(T& t, Visitor& v) {
  using U = std::remove_cvref_t<T>;
  if constexpr (native<U> && one_leaf<To>) v.leaf(t);
  else if constexpr (arithmetic<U>) {
    if constexpr (native<To>) v.scalar(t);
    else v.fixed(t);
  } else if constexpr (is_static<U>) {
    walk_static(t.value, v);
  } else if constexpr (is_tuple<U>) {
    [&]<std::size_t... I>(std::index_sequence<I...>) { (walk_as<std::tuple_element_t<I, To>>(std::get<I>(t), v), ...); }
    (std::make_index_sequence<std::tuple_size_v<U>>());
  } else if constexpr (is_std_vector<U> || is_std_span<U>) {
    v.count(t.size());
    for (auto& x : t) walk_as<typename To::value_type>(x, v);
  } else if constexpr (is_std_array<U>) {
    for (auto& x : t) walk_as<typename To::value_type>(x, v);
  } else if constexpr (is_map<U>) {
    v.count(t.size());
    for (auto& [k, x] : t) {
      v.fixed(k);
      walk_as<typename To::mapped_type>(x, v);
    }
  } else if constexpr (is_optional<U>) {
    v.count(t.has_value() ? 1 : 0);
    if (t) walk_as<typename To::value_type>(*t, v);
  } else if constexpr (plain_aggregate<U>) {
    auto members = fields(t);
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (walk_as<std::remove_cvref_t<std::tuple_element_t<I, field_types<To>>>>(std::get<I>(members), v), ...);
    }
    (std::make_index_sequence<std::tuple_size_v<decltype(members)>>());
  } else {
    v.fixed(t);
  }
}

/// The same of what stays as it is, with every number a `scalar`.
template <class T, class Visitor>
constexpr void walk(T& t, Visitor& v) {
  using U = std::remove_cvref_t<T>;
  if constexpr (native<U>) v.leaf(t);
  else if constexpr (arithmetic<U>) v.scalar(t);
  else if constexpr (is_static<U>) walk_static(t.value, v);
  else if constexpr (is_tuple<U>) std::apply([&](auto&... x) { (walk(x, v), ...); }, t);
  else if constexpr (is_vector<U>) {
    v.count(t.size());
    for (auto& x : t) walk(x, v);
  } else if constexpr (is_fixed<U>) {
    for (auto& x : t) walk(x, v);
  } else if constexpr (is_map<U>) {
    v.count(t.size());
    for (auto& [k, x] : t) {
      v.fixed(k);
      walk(x, v);
    }
  } else if constexpr (is_optional<U>) {
    v.count(t.has_value() ? 1 : 0);
    if (t) walk(*t, v);
  } else if constexpr (plain_aggregate<U>) {
    std::apply([&](auto&... x) { (walk(x, v), ...); }, fields(t));
  } else {
    v.fixed(t);
  }
}

/// Builds a `To` of the structure of `from`; `leaf(type tag of the new leaf, old leaf)` makes each new leaf. What is a number on both sides
/// is static.
template <class T>
struct tag {
  using type = T;
};
template <class To, bool Scalars, class From, class Leaf>
To build(From& from, Leaf& leaf) {
  using U = std::remove_cvref_t<From>;
  if constexpr (native<U> && one_leaf<To>) return leaf(tag<To>(), from);
  else if constexpr (arithmetic<U>) {
    if constexpr (native<To>) return leaf(tag<To>(), from);
    else return static_cast<To>(from);
  } else if constexpr (is_static<U>) {
    return from.value;
  } else if constexpr (is_tuple<U>) {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return To{build<std::tuple_element_t<I, To>, Scalars>(std::get<I>(from), leaf)...};  // braces: left to right
    }
    (std::make_index_sequence<std::tuple_size_v<U>>());
  } else if constexpr (is_std_vector<U> || is_std_span<U>) {
    To to;
    to.reserve(from.size());
    for (auto& x : from) to.push_back(build<typename To::value_type, Scalars>(x, leaf));
    return to;
  } else if constexpr (is_std_array<U>) {
    return [&]<std::size_t... I>(std::index_sequence<I...>) { return To{build<typename To::value_type, Scalars>(from[I], leaf)...}; }
    (std::make_index_sequence<std::tuple_size_v<U>>());
  } else if constexpr (is_map<U>) {
    To to;
    for (auto& [k, x] : from) to.emplace(k, build<typename To::mapped_type, Scalars>(x, leaf));
    return to;
  } else if constexpr (is_optional<U>) {
    if (!from) return To();
    return To(build<typename To::value_type, Scalars>(*from, leaf));
  } else if constexpr (plain_aggregate<U>) {
    auto source = fields(from);
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      using members = field_types<To>;
      if constexpr (lists_fields<To>) {
        To to;
        auto target = fields(to);
        ((std::get<I>(target) = build<std::remove_cvref_t<std::tuple_element_t<I, members>>, Scalars>(std::get<I>(source), leaf)), ...);
        return to;
      } else {
        return To{build<std::remove_cvref_t<std::tuple_element_t<I, members>>, Scalars>(std::get<I>(source), leaf)...};
      }
    }
    (std::make_index_sequence<std::tuple_size_v<decltype(source)>>());
  } else {
    return To(from);
  }
}

template <class A, class B>
consteval bool same_length() {
  if constexpr (requires { std::tuple_size<A>::value, std::tuple_size<B>::value; }) return std::tuple_size_v<A> == std::tuple_size_v<B>;
  else return false;
}
/// Two structs of as many fields.
template <class A, class B>
consteval bool same_fields() {
  if constexpr (plain_aggregate<A> && plain_aggregate<B>) return same_length<field_types<A>, field_types<B>>();
  else return false;
}
/// A sequence whose elements are arrays themselves.
template <class R>
concept native_elements = native<typename R::value_type>;

/// Whether a `To` has the structure of a `From`, so that one can be built of the other: arrays and numbers for arrays, the rest alike.
template <class To, class From>
consteval bool same_structure() {
  if constexpr (native<From>) {
    return one_leaf<To>;
  } else if constexpr (arithmetic<From>) {
    return arithmetic<To> || std::is_same_v<To, array>;
  } else if constexpr (is_tuple<From> && is_tuple<To>) {
    if constexpr (std::tuple_size_v<From> != std::tuple_size_v<To>) return false;
    else return []<std::size_t... I>(std::index_sequence<I...>) {
        return (same_structure<std::remove_cvref_t<std::tuple_element_t<I, To>>, std::remove_cvref_t<std::tuple_element_t<I, From>>>() &&
                ...);
      }
    (std::make_index_sequence<std::tuple_size_v<From>>());
  } else if constexpr (is_map<From> && is_map<To>) {
    return std::is_same_v<typename From::key_type, typename To::key_type> &&
           same_structure<typename To::mapped_type, typename From::mapped_type>();
  } else if constexpr ((is_std_vector<From> && is_std_vector<To>) || (is_optional<From> && is_optional<To>)) {
    return same_structure<typename To::value_type, typename From::value_type>();
  } else if constexpr (is_std_array<From> && is_std_array<To>) {
    return std::tuple_size_v<From> == std::tuple_size_v<To> && same_structure<typename To::value_type, typename From::value_type>();
  } else if constexpr (plain_aggregate<From> && plain_aggregate<To>) {
    using from = field_types<From>;
    using to = field_types<To>;
    if constexpr (std::tuple_size_v<from> != std::tuple_size_v<to>) return false;
    else return []<std::size_t... I>(std::index_sequence<I...>) {
        return (same_structure<std::remove_cvref_t<std::tuple_element_t<I, to>>, std::remove_cvref_t<std::tuple_element_t<I, from>>>() &&
                ...);
      }
    (std::make_index_sequence<std::tuple_size_v<from>>());
  } else {
    return std::is_convertible_v<const From&, To>;
  }
}

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

/// The container that results take: that of the first native argument; td::array when there is none.
template <class First>
struct container_of {
  using type = typename array_traits<First>::container;
};
template <>
struct container_of<void> {
  using type = array;
};
// ---- what a functor says of its parameters

/// What is written to it is lost.
template <class P>
inline constexpr bool writable_parameter = std::is_lvalue_reference_v<P> && !std::is_const_v<std::remove_reference_t<P>>;
template <class T>
struct call_operator {
  static constexpr bool known = false;
};
#define TENDRIL_CALL_OPERATOR(qualifiers)                          \
  template <class C, class R, class... P>                          \
  struct call_operator<R (C::*)(P...) qualifiers> {                \
    static constexpr bool known = true;                            \
    using parameters = std::tuple<std::remove_cvref_t<P>...>;      \
    static constexpr bool writes = (writable_parameter<P> || ...); \
  };
TENDRIL_CALL_OPERATOR()
TENDRIL_CALL_OPERATOR(const)
TENDRIL_CALL_OPERATOR(noexcept)
TENDRIL_CALL_OPERATOR(const noexcept)
TENDRIL_CALL_OPERATOR(&)
TENDRIL_CALL_OPERATOR(const&)
#undef TENDRIL_CALL_OPERATOR

/// `known` and `parameters` of any callable; not known for generic and overloaded ones.
template <class F>
struct parameters_of {
  static constexpr bool known = false;
};
template <class F>
requires requires { &F::operator(); }
struct parameters_of<F> : call_operator<decltype(&F::operator())> {};
template <class R, class... P>
struct parameters_of<R (*)(P...)> {
  static constexpr bool known = true;
  using parameters = std::tuple<std::remove_cvref_t<P>...>;
  static constexpr bool writes = (writable_parameter<P> || ...);
};
template <class R, class... P>
struct parameters_of<R (*)(P...) noexcept> : parameters_of<R (*)(P...)> {};
template <class F>
requires requires(F f) {
  typename F::type;
  f.get();
}  // std::reference_wrapper
struct parameters_of<F> : parameters_of<std::remove_cv_t<typename F::type>> {};

/// Whether F takes an argument by a reference that it may write to.
template <class F>
inline constexpr bool writes_arguments = false;
template <class F>
requires requires { requires parameters_of<F>::writes; }
inline constexpr bool writes_arguments<F> = true;

template <class P>
inline constexpr bool takes_arithmetic = arithmetic<P> || std::is_enum_v<P>;
template <class P, class A>
inline constexpr bool takes_arithmetic<std::vector<P, A>> = takes_arithmetic<P>;

/// Whether the C++ numbers in argument I become rank-0 arrays of class Leaf: what the functor's parameter says; a generic functor
/// takes arrays unless it cannot be called with them.
template <class Leaf, class F, std::size_t I, class... A>
consteval bool scalars_traced() {
  using arg = std::remove_cvref_t<std::tuple_element_t<I, std::tuple<A...>>>;
  if constexpr (parameters_of<F>::known) {
    using parameters = typename parameters_of<F>::parameters;
    if constexpr (I < std::tuple_size_v<parameters>) {
      using parameter = std::tuple_element_t<I, parameters>;
      if constexpr (arithmetic<arg>) return !takes_arithmetic<parameter>;
      else return std::is_same_v<parameter, rebind_t<arg, Leaf, true>>;
    } else {
      return false;
    }
  } else {
    return std::is_invocable_v<F&, rebind_t<A, Leaf, true>&...>;
  }
}
template <class Leaf, class F, std::size_t I, class... A>
inline constexpr bool scalars_become = scalars_traced<Leaf, F, I, A...>();

template <class F, std::size_t I, class... A>
inline constexpr bool scalars_of = scalars_become<array, F, I, A...>;

/// Whether a parameter takes an argument part by part: arrays and numbers for every td::array, and the rest as it is. The parameter's own
/// type is then what the functor gets, so that `struct net { td::array w, b; }` takes any struct of two native arrays.
template <class P, class A>
consteval bool taken_apart() {
  if constexpr (is_static<A>) {
    return std::is_convertible_v<decltype(A::value), P>;
  } else if constexpr (native<P> || arithmetic<P>) {
    if constexpr (std::is_same_v<P, array>) return native<A> || arithmetic<A>;
    else return arithmetic<P> && arithmetic<A>;
  } else if constexpr (is_tuple<P> && is_tuple<A>) {
    if constexpr (std::tuple_size_v<P> != std::tuple_size_v<A>) return false;
    else return []<std::size_t... I>(std::index_sequence<I...>) {
        return (taken_apart<std::tuple_element_t<I, P>, std::remove_cvref_t<std::tuple_element_t<I, A>>>() && ...);
      }
    (std::make_index_sequence<std::tuple_size_v<P>>());
  } else if constexpr (is_std_vector<P> && (is_std_vector<A> || is_std_span<A>)) {
    using part = std::remove_cv_t<typename A::value_type>;
    return !(native<A> && arithmetic<part>)&&taken_apart<typename P::value_type, part>();
  } else if constexpr (is_std_array<P> && is_std_array<A>) {
    using part = typename A::value_type;
    return std::tuple_size_v<P> == std::tuple_size_v<A> && !(native<A> && arithmetic<part>)&&taken_apart<typename P::value_type, part>();
  } else if constexpr (is_optional<P> && is_optional<A>) {
    return taken_apart<typename P::value_type, typename A::value_type>();
  } else if constexpr (is_map<P> && is_map<A>) {
    return std::is_same_v<typename P::key_type, typename A::key_type> && taken_apart<typename P::mapped_type, typename A::mapped_type>();
  } else if constexpr (plain_aggregate<P> && plain_aggregate<A>) {
    using to = field_types<P>;
    using from = field_types<A>;
    if constexpr (std::tuple_size_v<to> != std::tuple_size_v<from>) return false;
    else return []<std::size_t... I>(std::index_sequence<I...>) {
        return (taken_apart<std::remove_cvref_t<std::tuple_element_t<I, to>>, std::remove_cvref_t<std::tuple_element_t<I, from>>>() && ...);
      }
    (std::make_index_sequence<std::tuple_size_v<to>>());
  } else {
    return std::is_same_v<P, A> || (textual<A> && std::is_same_v<P, std::string>);
  }
}

template <class F, std::size_t I, class... A>
struct traced_argument_of {
  using argument = std::remove_cvref_t<std::tuple_element_t<I, std::tuple<A...>>>;
  static consteval auto type_tag() {
    if constexpr (parameters_of<F>::known && !arithmetic<argument>) {
      using parameters = typename parameters_of<F>::parameters;
      if constexpr (I < std::tuple_size_v<parameters>) {
        using parameter = std::tuple_element_t<I, parameters>;
        if constexpr (std::is_default_constructible_v<parameter> || !lists_fields<parameter>) {
          if constexpr (taken_apart<parameter, argument>()) return tag<parameter>();
          else return tag<rebind_t<argument, array, scalars_of<F, I, A...>>>();
        } else {
          return tag<rebind_t<argument, array, scalars_of<F, I, A...>>>();
        }
      } else {
        return tag<rebind_t<argument, array, scalars_of<F, I, A...>>>();
      }
    } else {
      return tag<rebind_t<argument, array, scalars_of<F, I, A...>>>();
    }
  }
  using type = typename decltype(type_tag())::type;
};

/// The type that argument I is given to the functor as, a constant of it: what a functor wrote to its arguments would be lost.
template <class F, std::size_t I, class... A>
using traced_argument = typename traced_argument_of<F, I, A...>::type;

template <std::size_t I, class T, class To>
consteval auto first_leaf_in();
/// The first native array in what a T becomes as a To, as a tag; of void where there is none.
template <class T, class To>
consteval auto first_leaf_as() {
  if constexpr (native<T> && one_leaf<To>) return tag<T>();
  else if constexpr (is_std_vector<T> || is_std_span<T> || is_std_array<T> || is_optional<T>)
    return first_leaf_as<std::remove_cv_t<typename T::value_type>, typename To::value_type>();
  else if constexpr (is_map<T>) return first_leaf_as<typename T::mapped_type, typename To::mapped_type>();
  else if constexpr (is_tuple<T>) return first_leaf_in<0, T, To>();
  else if constexpr (plain_aggregate<T>) return first_leaf_in<0, field_types<T>, field_types<To>>();
  else return tag<void>();
}
template <std::size_t I, class T, class To>
consteval auto first_leaf_in() {
  if constexpr (I == std::tuple_size_v<T>) return tag<void>();
  else {
    using own =
        decltype(first_leaf_as<std::remove_cvref_t<std::tuple_element_t<I, T>>, std::remove_cvref_t<std::tuple_element_t<I, To>>>());
    if constexpr (std::is_void_v<typename own::type>) return first_leaf_in<I + 1, T, To>();
    else return own();
  }
}
template <class F, class Sequence, class... A>
struct result_container_of;
template <class F, std::size_t... I, class... A>
struct result_container_of<F, std::index_sequence<I...>, A...> {
  using first = typename decltype(first_leaf_in<0, std::tuple<A...>, std::tuple<traced_argument<F, I, A...>...>>())::type;
  using type = typename container_of<first>::type;
};
template <class F, class... A>
using result_container = typename result_container_of<F, std::index_sequence_for<A...>, A...>::type;

/// What can be wrong with a call, in the order in which it is said.
enum class call_problem : std::uint8_t {
  none,
  member_pointer,
  writes,
  too_few,
  too_many,
  native_parameter,
  other,
  no_result,
  native_result
};

template <class T>
struct has_native : std::bool_constant<foreign_native<T>> {};
template <class T>
requires(is_vector<T> || is_fixed<T> || is_optional<T>) struct has_native<T> : has_native<typename T::value_type> {
};
template <class... T>
struct has_native<std::tuple<T...>> : std::bool_constant<(has_native<std::remove_cvref_t<T>>::value || ...)> {};
template <class A, class B>
struct has_native<std::pair<A, B>> : std::bool_constant<has_native<A>::value || has_native<B>::value> {};
template <class K, class V, class C, class A>
struct has_native<std::map<K, V, C, A>> : has_native<V> {};
template <plain_aggregate T>
struct has_native<T> : has_native<field_types<T>> {};

template <class F, class Sequence, class... A>
struct call_check;
template <class F, std::size_t... I, class... A>
struct call_check<F, std::index_sequence<I...>, A...> {
  static consteval call_problem problem() {
    if constexpr (std::is_member_pointer_v<F>) {
      return call_problem::member_pointer;
    } else {
      if constexpr (parameters_of<F>::known) {
        using parameters = typename parameters_of<F>::parameters;
        constexpr std::size_t count = std::tuple_size_v<parameters>;
        if constexpr (writes_arguments<F>) return call_problem::writes;
        else if constexpr (std::is_invocable_v<F&, const traced_argument<F, I, A...>&...>) return of_result();
        else if constexpr (count > sizeof...(A)) return call_problem::too_few;
        else if constexpr (count < sizeof...(A)) return call_problem::too_many;
        else if constexpr (takes_native<parameters>(std::make_index_sequence<count>())) return call_problem::native_parameter;
        else return call_problem::other;
      } else if constexpr (std::is_invocable_v<F&, const traced_argument<F, I, A...>&...>) {
        return of_result();
      } else {
        return call_problem::other;
      }
    }
  }
  static consteval call_problem of_result() {
    using result = std::invoke_result_t<F&, const traced_argument<F, I, A...>&...>;
    if constexpr (std::is_void_v<result>) return call_problem::no_result;
    else if constexpr (has_native<std::remove_cvref_t<result>>::value) return call_problem::native_result;
    else return call_problem::none;
  }
  template <class P, std::size_t... J>
  static consteval bool takes_native(std::index_sequence<J...>) {
    return (has_native<std::tuple_element_t<J, P>>::value || ...);
  }
};

/// Whether F takes these arguments traced and returns arrays; if not, one sentence says why.
template <class F, class... A>
consteval bool accepts_call() {
  constexpr call_problem p = call_check<F, std::index_sequence_for<A...>, A...>::problem();
  static_assert(p != call_problem::member_pointer,
                "tendril: a pointer to a member function has no object to be called on. Pass a lambda that holds one: "
                "`[&model](const td::array& x) { return model.forward(x); }`.");
  static_assert(
      p != call_problem::writes,
      "tendril: the function takes an argument by a reference that it may write to, and what it writes there is lost. Take `const "
      "td::array&`, and return what is new.");
  static_assert(p != call_problem::too_few, "tendril: the function has more parameters than arguments were passed. Pass one for each.");
  static_assert(p != call_problem::too_many,
                "tendril: the function has fewer parameters than arguments were passed. Pass one for each of its parameters.");
  static_assert(p != call_problem::native_parameter,
                "tendril: the function takes a native array, and while it is traced there are no numbers to put into one. Take `const "
                "td::array&` there; what must stay a C++ value, such as a kernel size, is passed as td::static_(value).");
  static_assert(p != call_problem::other,
                "tendril: the function cannot be called with these arguments traced. Every native array becomes a td::array (numbers too, "
                "where the parameter is one): take `const td::array&` there, and wrap what must stay a C++ value in td::static_.");
  static_assert(p != call_problem::no_result,
                "tendril: the function returns nothing, and a trace is what becomes of its arguments. Return a td::array, or a nesting of "
                "them.");
  static_assert(
      p != call_problem::native_result,
      "tendril: a traced function must return td::array (or a nesting of them), not native arrays: their values do not exist while "
      "tracing.");
  return p == call_problem::none;
}

template <class F, class Sequence, class... A>
struct traced_result_of;
template <class F, std::size_t... I, class... A>
struct traced_result_of<F, std::index_sequence<I...>, A...> {
  using type = std::remove_cvref_t<std::invoke_result_t<F&, const traced_argument<F, I, A...>&...>>;
};
/// Of a call that `accepts_call` accepts.
template <class F, class... A>
using traced_result = typename traced_result_of<F, std::index_sequence_for<A...>, A...>::type;

}  // namespace detail
}  // namespace tendril
