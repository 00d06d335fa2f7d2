// How signatures and their differences are said in messages.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "array/format.hpp"
#include "trace/core.hpp"

namespace tendril::detail {

/// "(float64[4], static 3)".
std::string spell_signature(const std::vector<std::string>& arguments);
/// What messages call a traced object.
std::string object_name(const trace_options&);
/// Which argument differs from those that `have` was made for, and how.
std::string spell_difference(const full_specialization& have, const signature_type&, const std::vector<std::string>& arguments);
/// How many arguments differ.
std::size_t distance(const full_specialization& have, const std::vector<std::string>& arguments);

/// "argument 1" or "arguments 1 and 2": those for whose words `which(have, now)` is true.
template <class Which>
std::string spell_arguments(std::span<const key_word> have, const call_arguments& r, Which which) {
  std::vector<std::uint32_t> found;
  for (std::size_t i = 0; i < have.size(); ++i)
    if (which(have[i], r.words[i]) && (found.empty() || found.back() != r.words[i].argument)) found.push_back(r.words[i].argument);
  if (found.size() == 1) return format_text("argument {}", found[0]);
  const std::uint32_t last = found.back();
  found.pop_back();
  return format_text("arguments {} and {}", joined(found, ", "), last);
}

}  // namespace tendril::detail
