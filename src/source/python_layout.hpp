// Lines of Python as `ruff format` breaks them: 88 columns, what is in brackets below them, one element a line where it does not fit in
// one.
#pragma once
#include <string>
#include <vector>

namespace tendril::source_text {

inline constexpr std::size_t python_page_width = 88;

/// A statement with its line breaks, indented by so many spaces, and a line end.
std::string laid_out(std::string statement, int indent);
/// A statement that is a list of many numbers: lines are filled, and `ruff` is told to leave them alone.
std::string filled_lines(const std::string& statement, int indent);
/// "def name(parameters) -> result:" likewise.
std::string definition(const std::string& name, const std::vector<std::string>& parameters, const std::string& result);

}  // namespace tendril::source_text
