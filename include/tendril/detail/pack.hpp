// Nested arguments and results: walking their leaves, and building the same structure with other leaves.
#pragma once
#include <map>
#include <optional>
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
template <class T>
concept plain_aggregate = std::is_aggregate_v<T> && std::is_class_v<T> && !native<T> && !is_static<T> && !is_vector<T> && !is_fixed<T> &&
                          !is_tuple<T> && !is_map<T> && !is_optional<T>;

// ---- the members of an aggregate
struct anything {
  template <class T>
  operator T() const;
};
inline constexpr std::size_t most_fields = 12;
template <class T, class... A>
consteval std::size_t field_count() {
  if constexpr (sizeof...(A) > most_fields) return sizeof...(A);
  else if constexpr (requires { T{A{}..., anything{}}; }) return field_count<T, A..., anything>();
  else return sizeof...(A);
}
/// References to the members, as a tuple.
template <class T>
auto fields(T& t) {
  constexpr std::size_t n = field_count<std::remove_const_t<T>>();
  static_assert(n <= most_fields,
                "tendril: this aggregate has more than 12 members. Pass a std::tuple, a std::map or nested aggregates instead.");
  if constexpr (n == 0) return std::tuple<>();
#define TENDRIL_FIELDS(count, ...) \
  else if constexpr (n == count) { \
    auto& [__VA_ARGS__] = t;       \
    return std::tie(__VA_ARGS__);  \
  }
  TENDRIL_FIELDS(1, a)
  TENDRIL_FIELDS(2, a, b)
  TENDRIL_FIELDS(3, a, b, c)
  TENDRIL_FIELDS(4, a, b, c, d)
  TENDRIL_FIELDS(5, a, b, c, d, e)
  TENDRIL_FIELDS(6, a, b, c, d, e, f)
  TENDRIL_FIELDS(7, a, b, c, d, e, f, g)
  TENDRIL_FIELDS(8, a, b, c, d, e, f, g, h)
  TENDRIL_FIELDS(9, a, b, c, d, e, f, g, h, i)
  TENDRIL_FIELDS(10, a, b, c, d, e, f, g, h, i, j)
  TENDRIL_FIELDS(11, a, b, c, d, e, f, g, h, i, j, k)
  TENDRIL_FIELDS(12, a, b, c, d, e, f, g, h, i, j, k, l)
#undef TENDRIL_FIELDS
}

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
template <template <class> class Aggregate, native T, class L, bool S>
requires plain_aggregate<Aggregate<T>>
struct rebind<Aggregate<T>, L, S> {
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

/// Visits the parts of a value in order: `leaf(array)`, `scalar(number)`, `fixed(static value)`, `count(n)` before a variable number of
/// parts.
template <class T, class Visitor>
constexpr void walk(T& t, Visitor& v) {
  using U = std::remove_cvref_t<T>;
  if constexpr (native<U>) v.leaf(t);
  else if constexpr (arithmetic<U>) v.scalar(t);
  else if constexpr (is_static<U>) v.fixed(t.value);
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

/// Builds a `To` of the structure of `from`; `leaf(type tag of the new leaf, old leaf)` makes each new leaf.
template <class T>
struct tag {
  using type = T;
};
template <class To, bool Scalars, class From, class Leaf>
To build(From& from, Leaf& leaf) {
  using U = std::remove_cvref_t<From>;
  if constexpr (native<U>) return leaf(tag<To>(), from);
  else if constexpr (Scalars && arithmetic<U>) return leaf(tag<To>(), from);
  else if constexpr (is_static<U>) return from.value;
  else if constexpr (is_tuple<U>) {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return To{build<std::tuple_element_t<I, To>, Scalars>(std::get<I>(from), leaf)...};  // braces: left to right
    }
    (std::make_index_sequence<std::tuple_size_v<U>>());
  } else if constexpr (is_vector<U>) {
    To to;
    to.reserve(from.size());
    for (auto& x : from) to.push_back(build<typename To::value_type, Scalars>(x, leaf));
    return to;
  } else if constexpr (is_fixed<U>) {
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
      using members = decltype(fields(std::declval<To&>()));
      return To{build<std::remove_cvref_t<std::tuple_element_t<I, members>>, Scalars>(std::get<I>(source), leaf)...};
    }
    (std::make_index_sequence<std::tuple_size_v<decltype(source)>>());
  } else {
    return To(from);
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
template <class... A>
using result_container = typename container_of<typename first_of<std::remove_cvref_t<A>...>::type>::type;

// ---- what a functor says of its parameters
template <class T>
struct call_operator {
  static constexpr bool known = false;
};
#define TENDRIL_CALL_OPERATOR(qualifiers)                     \
  template <class C, class R, class... P>                     \
  struct call_operator<R (C::*)(P...) qualifiers> {           \
    static constexpr bool known = true;                       \
    using parameters = std::tuple<std::remove_cvref_t<P>...>; \
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
};
template <class R, class... P>
struct parameters_of<R (*)(P...) noexcept> : parameters_of<R (*)(P...)> {};
template <class F>
requires requires(F f) {
  typename F::type;
  f.get();
}  // std::reference_wrapper
struct parameters_of<F> : parameters_of<std::remove_cv_t<typename F::type>> {};

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

/// The type that argument I is given to the functor as.
template <class F, std::size_t I, class... A>
using traced_argument = rebind_t<std::tuple_element_t<I, std::tuple<A...>>, array, scalars_of<F, I, A...>>;

template <class F, class Sequence, class... A>
struct traced_result_of;
template <class F, std::size_t... I, class... A>
struct traced_result_of<F, std::index_sequence<I...>, A...> {
  static_assert(
      std::is_invocable_v<F&, traced_argument<F, I, A...>&...>,
      "tendril: the function cannot be called with these arguments traced. Every native array becomes a td::array (numbers too, where the "
      "parameter is one): take `const td::array&` there, and wrap what must stay a C++ value in td::static_.");
  using type = std::remove_cvref_t<std::invoke_result_t<F&, traced_argument<F, I, A...>&...>>;
};
template <class F, class... A>
using traced_result = typename traced_result_of<F, std::index_sequence_for<A...>, A...>::type;

}  // namespace detail
}  // namespace tendril
