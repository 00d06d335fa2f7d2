// What a user of Eigen or xtensor writes for each op: the words FORM(eigen, ...) and FORM(xtensor, ...) of ops.def, as text.
#pragma once
#include <initializer_list>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "source/source.hpp"

namespace tendril::source_text {

/// The form of an op in a library, for a dtype. Empty: it has none.
std::string_view cpp_form_of(std::string_view op, dtype, idiom);
/// The form with each of these names, as a whole word, replaced; names behind a point, or that a lambda has of its own, stay.
std::string with_names(std::string_view form, const std::map<std::string, std::string, std::less<>>& values);

/// Words that no name of C++ may be.
const std::initializer_list<std::string_view>& cpp_keywords();

/// `head` and the parameters, each below the first one where a line of 100 columns has no room; `head` ends with the opening bracket.
std::string with_parameters(const std::string& head, std::span<const std::string> parameters);

/// float, std::int64_t, bool.
std::string cpp_type(dtype);
/// A number of a dtype: 2.0F, 2.0, 2, std::int64_t{2}, true, std::numeric_limits<float>::infinity().
std::string cpp_number(const scalar&, dtype);
/// The elements of a table; one where it has none, since an array of no elements is no C++.
std::string cpp_numbers(std::span<const scalar>, dtype);

}  // namespace tendril::source_text
