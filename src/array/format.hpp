// Texts of errors, graphs and reports, by {fmt}. Its templates are compiled in one unit, format.cpp: they are large and slow to compile.
#pragma once
#if __has_include(<fmt/base.h>)
#include <fmt/base.h>
#else
#include <fmt/core.h>
#endif

#include <string>
#include <string_view>

namespace tendril {

std::string format_text_of(fmt::string_view, fmt::format_args);

/// Like fmt::format: the text is checked against the types when it is compiled.
template <class... T>
std::string format_text(fmt::format_string<T...> text, T&&... values) {
  return format_text_of(text, fmt::make_format_args(values...));
}

/// What `list` holds, with `between` between.
template <class List>
std::string joined(const List& list, std::string_view between) {
  std::string s;
  bool first = true;
  for (const auto& x : list) {
    if (!first) s += between;
    first = false;
    s += format_text("{}", x);
  }
  return s;
}

}  // namespace tendril
