// fmt support: arrays, types, dtypes and graphs print as `<<` prints them, and take a string's width and alignment.
#pragma once
#include <string>

#include <fmt/format.h>

#include <tendril/array.hpp>
#include <tendril/graph.hpp>
#include <tendril/type.hpp>

namespace tendril::detail {

template <class T>
struct fmt_as_text : fmt::formatter<fmt::string_view> {
  template <class Context>
  auto format(const T& value, Context& context) const {
    const std::string text = to_string(value);
    return fmt::formatter<fmt::string_view>::format(fmt::string_view(text.data(), text.size()), context);
  }
};

}  // namespace tendril::detail

template <>
struct fmt::formatter<tendril::array> : tendril::detail::fmt_as_text<tendril::array> {};
template <>
struct fmt::formatter<tendril::dtype> : tendril::detail::fmt_as_text<tendril::dtype> {};
template <>
struct fmt::formatter<tendril::type> : tendril::detail::fmt_as_text<tendril::type> {};
template <>
struct fmt::formatter<tendril::graph> : tendril::detail::fmt_as_text<tendril::graph> {};
