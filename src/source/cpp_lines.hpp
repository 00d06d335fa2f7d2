// Lines of C++ of at most 100 columns: what is longer becomes statements of its parts.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tendril::source_text {

inline constexpr std::size_t cpp_page_width = 100;

/// The statement, after statements that give parts of it names where it is longer than a line that begins at this column: an index, an
/// argument of a call, an operand. Parts that are computed in one case alone stay where they are. What has no such parts is broken by hand,
/// and clang-format is told to leave it.
std::vector<std::string> fitted(std::string statement, std::size_t column, const std::function<std::string()>& fresh);

/// A statement that has no parts to be named: broken behind commas and operators, between comments for clang-format.
std::string broken_by_hand(std::string_view statement, std::size_t column);

/// The list of numbers of a table, likewise.
std::string filled_table(const std::string& head, const std::string& numbers, std::size_t column);

/// A function of a body of whole lines; one that is short stands in one line, and an empty body behind its signature.
std::string function_text(const std::string& signature, const std::string& body);

/// "head a + b + c;" with lines broken behind the operators, each below the first operand.
std::string filled_sum(const std::string& head, const std::vector<std::string>& operands, std::size_t column);

}  // namespace tendril::source_text
