// The text of an argument in signatures and messages: dtypes and shapes of arrays, values of what is static, the nesting in brackets.
#pragma once
#include <string>

#include <tendril/detail/pack.hpp>
#include <tendril/detail/trace_core.hpp>

namespace tendril::detail {

/// "float64[2, 3] column-major".
std::string spell_leaf(const array_view&);

template <class T>
std::string spell_static(const T& t) {
  if constexpr (textual<T>) return "static \"" + std::string(std::string_view(t)) + '"';
  else if constexpr (std::is_enum_v<T>) return "static " + std::to_string(static_cast<std::underlying_type_t<T>>(t));
  else if constexpr (std::is_same_v<T, bool>) return t ? "static true" : "static false";
  else if constexpr (std::is_floating_point_v<T>) return "static " + to_string(array(static_cast<double>(t)));
  else if constexpr (arithmetic<T>) return "static " + std::to_string(t);
  else if constexpr (is_tuple<T> || requires { t.begin() != t.end(), t.size(); }) {
    std::string s = "static ";
    const auto part = [&](const auto& x) { s += (s == "static " ? "[" : ", ") + spell_static(x).substr(7); };
    if constexpr (is_tuple<T>) std::apply([&](const auto&... x) { (part(x), ...); }, t);
    else
      for (const auto& x : t) part(x);
    return s + (s == "static " ? "[]" : "]");
  } else return "static";
}

/// Walks as `walk_as` does. Slow: only new signatures are spelled.
template <class To, class T>
std::string spell_argument(const T& t) {
  [[maybe_unused]] const auto join = [](std::string s, const std::string& part, const char* open) {
    return s + (s == open ? "" : ", ") + part;
  };
  if constexpr (native<T> && one_leaf<To>) {
    array_view v;
    array_traits<T>::borrow(t, v);
    return spell_leaf(v);
  } else if constexpr (arithmetic<T>) {
    if constexpr (native<To>) return (weak_number(t) ? "weak " : "") + to_string(dtype_of<T>) + "[]";
    else return spell_static(t);
  } else if constexpr (is_static<T>) {
    return spell_static(t.value);
  } else if constexpr (is_tuple<T>) {
    std::string s = "(";
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      ((s = join(s, spell_argument<std::tuple_element_t<I, To>>(std::get<I>(t)), "(")), ...);
    }
    (std::make_index_sequence<std::tuple_size_v<T>>());
    return s + ")";
  } else if constexpr (plain_aggregate<T>) {
    std::string s = "(";
    const auto members = fields(t);
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      ((s = join(s, spell_argument<std::remove_cvref_t<std::tuple_element_t<I, field_types<To>>>>(std::get<I>(members)), "(")), ...);
    }
    (std::make_index_sequence<std::tuple_size_v<decltype(members)>>());
    return s + ")";
  } else if constexpr (is_std_vector<T> || is_std_array<T> || is_std_span<T>) {
    std::string s = "[";
    for (const auto& x : t) s = join(s, spell_argument<typename To::value_type>(x), "[");
    return s + "]";
  } else if constexpr (is_map<T>) {
    std::string s = "{";
    for (const auto& [k, x] : t) s = join(s, spell_static(k).substr(7) + ": " + spell_argument<typename To::mapped_type>(x), "{");
    return s + "}";
  } else if constexpr (is_optional<T>) {
    return t ? spell_argument<typename To::value_type>(*t) : "nothing";
  } else {
    return spell_static(t);
  }
}

}  // namespace tendril::detail
