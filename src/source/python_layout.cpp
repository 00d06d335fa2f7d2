// Line breaks of Python.
#include "source/python_layout.hpp"

#include <algorithm>
#include <string_view>

#include "array/format.hpp"
#include "source/text.hpp"

namespace tendril::source_text {
namespace {

std::string spaces(int n) { return std::string(static_cast<std::size_t>(n), ' '); }

// Where a bracket that is open at depth 0 opens, and where it closes.
struct bracket {
  std::size_t open, close;
};
// The one that a line breaks in: the last, or where what stands before it has no room in a line, what f(x).astype(np.int64) begins with.
bracket last_bracket(std::string_view s, std::size_t room) {
  std::vector<bracket> all;
  for_each_level(s, [&](std::size_t i, int depth) {
    if (depth != 0) return;
    if (s[i] == '(' || s[i] == '[') all.push_back({i, s.npos});
    else if (s[i] == ')' || s[i] == ']') all.back().close = i;
  });
  if (all.empty()) return {s.npos, s.npos};
  while (all.size() > 1) {
    const bracket &before = all[all.size() - 2], &last = all.back();
    const std::string_view inside = s.substr(last.open + 1, last.close - last.open - 1);
    if (last.open < room || s[before.close + 1] != '.' || inside.find_first_of("([,") != inside.npos) break;
    all.pop_back();
  }
  return all.back();
}

std::vector<std::string> elements(std::string_view s) {
  std::vector<std::string> all;
  std::size_t from = 0;
  for_each_level(s, [&](std::size_t i, int depth) {
    if (s[i] != ',' || depth != 0) return;
    all.emplace_back(s.substr(from, i - from));
    from = i + 1 + (i + 1 < s.size() && s[i + 1] == ' ');
  });
  if (from < s.size()) all.emplace_back(s.substr(from));
  return all;
}

// `tail` stands behind the text on its last line.
std::string broken(const std::string& s, int indent, std::string_view tail, bool at_operators = true) {
  const bracket b = last_bracket(s, python_page_width - static_cast<std::size_t>(indent));
  if (static_cast<std::size_t>(indent) + s.size() + tail.size() <= python_page_width) return spaces(indent) + s + std::string(tail) + "\n";
  if (const std::vector<std::size_t> at = weakest_operators(s); at_operators && !at.empty()) {
    std::string out = broken(s.substr(0, at.front()), indent, "");
    for (std::size_t k = 0; k < at.size(); ++k) {
      const bool last = k + 1 == at.size();
      out += broken(s.substr(at[k] + 1, last ? s.npos : at[k + 1] - at[k] - 1), indent, last ? tail : "");
    }
    return out;
  }
  if (b.open == s.npos || b.close == b.open + 1) return spaces(indent) + s + std::string(tail) + "\n";
  const std::string head = s.substr(0, b.open + 1), body = s.substr(b.open + 1, b.close - b.open - 1), end = s.substr(b.close);
  std::string out = spaces(indent) + head + "\n";
  const std::vector<std::string> parts = elements(body);
  const bool tuple = body.back() == ',';
  if (!tuple && static_cast<std::size_t>(indent) + 4 + body.size() <= python_page_width) out += spaces(indent + 4) + body + "\n";
  else
    for (const std::string& part : parts) out += broken(part, indent + 4, ",");
  return out + spaces(indent) + end + std::string(tail) + "\n";
}

}  // namespace

std::string laid_out(std::string statement, int indent) {
  if (static_cast<std::size_t>(indent) + statement.size() <= python_page_width) return spaces(indent) + statement + "\n";
  const std::size_t sign = statement.find(" = ");
  // Where a tuple may open: several results, or indices.
  const std::size_t opens = statement.starts_with("return (") ? 7 : sign == statement.npos ? 0 : sign + 3;
  const bool in_brackets = opens > 0 && statement[opens] == '(' && statement.back() == ')';
  if (in_brackets && last_bracket(statement, python_page_width).open == opens) {  // one a line
    const std::vector<std::string> parts = elements(std::string_view(statement).substr(opens + 1, statement.size() - opens - 2));
    std::string out = spaces(indent) + statement.substr(0, opens + 1) + "\n";
    for (const std::string& part : parts) out += broken(part, indent + 4, ",");
    if (statement.starts_with("return") || parts.size() > 1) return out + spaces(indent) + ")\n";
  }
  if (sign != statement.npos && statement.find_first_of("([") > sign) {
    const std::string value = statement.substr(sign + 3);
    const bracket b = last_bracket(value, python_page_width - static_cast<std::size_t>(indent) - sign - 3);
    const bool no_room = static_cast<std::size_t>(indent) + sign + 4 + std::min(b.open, value.size()) > python_page_width;
    // One operator in front of what is in brackets stays on the first line.
    const std::size_t operators = weakest_operators(value).size();
    if (operators > 1 || (operators == 1 && b.close + 1 != value.size()) || no_room)
      return spaces(indent) + statement.substr(0, sign) + " = (\n" + broken(value, indent + 4, "") + spaces(indent) + ")\n";
  }
  return broken(statement, indent, "", false);
}

std::string filled_lines(const std::string& statement, int indent) {
  if (static_cast<std::size_t>(indent) + statement.size() <= python_page_width) return spaces(indent) + statement + "\n";
  std::string out = spaces(indent) + "# fmt: off\n", line = spaces(indent);
  std::size_t from = 0;
  while (from < statement.size()) {
    std::size_t to = statement.find(", ", from);
    const std::string part = statement.substr(from, to == statement.npos ? to : to + 1 - from);
    if (line.size() + part.size() + 1 > python_page_width) {
      out += line + "\n";
      line = spaces(indent + 4) + part;
    } else {
      line += (line.back() == ',' ? " " : "") + part;
    }
    from = to == statement.npos ? to : to + 2;
  }
  return out + line + "\n" + spaces(indent) + "# fmt: on\n";
}

std::string definition(const std::string& name, const std::vector<std::string>& parameters, const std::string& result) {
  const std::string line = format_text("def {}({}) -> {}:\n", name, joined(parameters, ", "), result);
  if (line.size() <= python_page_width + 1) return line;
  std::string out = format_text("def {}(\n", name);
  const std::string inside = joined(parameters, ", ");
  if (inside.size() + 4 <= python_page_width) out += "    " + inside + "\n";
  else
    for (const std::string& p : parameters) out += "    " + p + ",\n";
  return out + format_text(") -> {}:\n", result);
}

}  // namespace tendril::source_text
