// How signatures and their differences are said in messages.
#include "trace/spelling.hpp"

#include <algorithm>

#include <tendril/detail/spell.hpp>

namespace tendril::detail {

namespace {

const char* layout_name(const array_view& v) {
  constexpr const char* names[] = {"", " column-major", " strided"};
  return v.rank < 2 && layout_class(v) == 0 ? "" : names[layout_class(v)];
}

// The argument types out of what the compiler writes of `spell_types`.
std::string_view cpp_types(const signature_type& t) {
  std::string_view s = t.spelled;
  if (const auto begin = s.find("A = "); begin != s.npos) s.remove_prefix(begin + 4);
  return s.substr(0, std::min(s.find("; std::string_view"), s.rfind(']')));
}

}  // namespace

std::string spell_leaf(const array_view& v) {
  return to_string(type::of(v.dtype, {v.shape, static_cast<std::size_t>(v.rank)})) + layout_name(v);
}

std::string spell_signature(const std::vector<std::string>& arguments) { return "(" + joined(arguments, ", ") + ")"; }

std::string object_name(const trace_options& o) { return o.name.empty() ? "traced" : o.name; }

std::string spell_difference(const full_specialization& have, const signature_type& type, const std::vector<std::string>& arguments) {
  std::string s;
  for (std::size_t i = 0; i < std::max(arguments.size(), have.arguments.size()); ++i) {
    const std::string a = i < arguments.size() ? arguments[i] : "none", b = i < have.arguments.size() ? have.arguments[i] : "none";
    if (a != b) s += format_text("{}argument {} differs: got {}, known {}", s.empty() ? "" : "; ", i, a, b);
  }
  return s.empty() ? format_text("the C++ types of the arguments differ: got {}, known {}", cpp_types(type), cpp_types(*have.type)) : s;
}

std::size_t distance(const full_specialization& have, const std::vector<std::string>& arguments) {
  const std::size_t n = std::min(have.arguments.size(), arguments.size());
  std::size_t d = std::max(have.arguments.size(), arguments.size()) - n;
  for (std::size_t i = 0; i < n; ++i) d += have.arguments[i] != arguments[i];
  return d;
}

}  // namespace tendril::detail
