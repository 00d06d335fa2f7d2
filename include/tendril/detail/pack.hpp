// Nested arguments and results: walking their leaves, and building the same structure with other leaves.
#pragma once
#include <tendril/detail/nested.hpp>

namespace tendril::detail {

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

}  // namespace tendril::detail
