// Long statements of C++: parts get names, the largest first that has room in a line of its own.
#include "source/cpp_lines.hpp"

#include <algorithm>

#include "array/format.hpp"
#include "source/text.hpp"

namespace tendril::source_text {
namespace {

struct span_of_text {
  std::size_t begin, end;
};

// Collects what may be named: calls `take` for the parts of [begin, end) that are expressions.
class part_finder {
 public:
  part_finder(const std::string& s, std::vector<span_of_text>& found) : s_(s), found_(found) {}

  void visit(std::size_t begin, std::size_t end) {
    const std::string_view text = std::string_view(s_).substr(begin, end - begin);
    // Of a choice the condition alone: what is chosen between may not be read where it is not chosen.
    std::size_t question = text.npos;
    for_each_level(text, [&](std::size_t i, int depth) {
      if (depth == 0 && question == text.npos && text.substr(i).starts_with(" ? ")) question = i;
    });
    if (question != text.npos) {
      // An index may be computed anyhow, where that divides by nothing and reads nothing.
      for (std::size_t open = begin + question; (open = s_.find('[', open)) < end; ++open) {
        const std::size_t close = s_.find(']', open);
        const std::string_view index = std::string_view(s_).substr(open + 1, close - open - 1);
        const auto plain = [](char c) { return of_a_name(c) || c == ' ' || c == '+' || c == '-' || c == '*' || c == '(' || c == ')'; };
        if (close < end && std::all_of(index.begin(), index.end(), plain)) found_.push_back({open + 1, close});
      }
      return visit(begin, begin + question);
    }
    // Elements of a list, then operands of what binds weakest, then what stands in brackets.
    std::vector<std::size_t> cuts;
    std::size_t step = 0;
    for_each_level(text, [&](std::size_t i, int depth) {
      if (depth == 0 && text.substr(i).starts_with(", ")) cuts.push_back(i);
    });
    if (!cuts.empty()) step = 2;
    if (cuts.empty()) {
      cuts = weakest_operators(text);
      if (!cuts.empty()) step = 0;
    }
    if (!cuts.empty()) {
      std::size_t from = begin;
      for (const std::size_t cut : cuts) {
        take(from, begin + cut);
        from = begin + cut + (step ? step : s_.find(' ', begin + cut + 1) - (begin + cut) + 1);
      }
      return take(from, end);
    }
    std::size_t open = 0;
    for_each_level(text, [&](std::size_t i, int depth) {
      if (depth != 0) return;
      if (text[i] == '(' || text[i] == '[') open = i;
      else if (text[i] == ')' || text[i] == ']') take(begin + open + 1, begin + i);
    });
  }

 private:
  void take(std::size_t begin, std::size_t end) {
    if (begin >= end) return;
    const std::string_view text = std::string_view(s_).substr(begin, end - begin);
    if (text.find('{') == text.npos && text.find(" = ") == text.npos) {
      bool list = false;
      for_each_level(text, [&](std::size_t i, int depth) { list |= depth == 0 && text[i] == ','; });
      if (!list && text.size() > 12 && text.find_first_of(" ([") != text.npos) found_.push_back({begin, end});
      visit(begin, end);
    }
  }

  const std::string& s_;
  std::vector<span_of_text>& found_;
};

// Where the value of an assignment, a declaration or a return begins; npos: it is none.
std::size_t value_of(const std::string& s) {
  if (s.starts_with("return ")) return 7;
  std::size_t found = s.npos;
  for_each_level(s, [&](std::size_t i, int depth) {
    if (depth == 0 && found == s.npos && s[i] == '=' && s.substr(i, 2) == "= " && s[i - 1] != '=') found = i + 2;
  });
  return found;
}

}  // namespace

std::vector<std::string> fitted(std::string statement, std::size_t column, const std::function<std::string()>& fresh) {
  std::vector<std::string> all;
  if (statement.find('\n') != statement.npos || statement.starts_with("//")) return {std::move(statement)};
  while (column + statement.size() > cpp_page_width) {
    // A table has no parts to be named.
    const std::size_t value = statement.starts_with("static ") ? statement.npos : value_of(statement);
    std::vector<span_of_text> parts;
    if (value != statement.npos) {
      part_finder(statement, parts).visit(value, statement.size() - 1);
      // The index of the element that is assigned to.
      const std::size_t open = statement.find('['), close = statement.rfind(']', value);
      if (open < value && close != statement.npos && close > open) parts.push_back({open + 1, close});
    }
    const std::size_t room = cpp_page_width - column - 22;  // beside "const auto part_10 = "
    const span_of_text* best = nullptr;
    for (const span_of_text& p : parts) {
      const std::size_t size = p.end - p.begin;
      if (size <= 12) continue;
      if (!best) best = &p;
      const std::size_t had = best->end - best->begin;
      if (size <= room ? had > room || size > had : had > room && size < had) best = &p;
    }
    if (!best) {
      statement = broken_by_hand(statement, column);
      break;
    }
    const std::string name = fresh(), part = statement.substr(best->begin, best->end - best->begin);
    const std::string sized = statement[best->begin - 1] == '[' ? "std::size_t" : "auto";
    for (std::string& s : fitted(format_text("const {} {} = {};", sized, name, part), column, fresh)) all.push_back(std::move(s));
    statement = statement.substr(0, best->begin) + name + statement.substr(best->end);
  }
  all.push_back(std::move(statement));
  return all;
}

std::string broken_by_hand(std::string_view statement, std::size_t column) {
  constexpr std::string_view on = "// clang-format on", off = "// clang-format off";
  std::string text(off), line;
  const std::size_t room = cpp_page_width - column;
  text += '\n';
  std::size_t from = 0;
  while (from < statement.size()) {
    // The next word, up to a space outside of quotes.
    std::size_t to = from;
    bool quoted = false;
    while (to < statement.size() && (quoted || statement[to] != ' ')) quoted ^= statement[to++] == '"';
    // What has no room at all is cut behind a bracket.
    if (to - from > room - 4)
      if (const std::size_t open = statement.substr(from, room - 4).rfind('('); open != statement.npos && open > 0) {
        const std::string word(statement.substr(from, open + 1));
        if (!line.empty() && line != "    ") text += line + "\n";
        text += (line.empty() ? "" : "    ") + word + "\n";
        line = "    ";
        from += open + 1;
        continue;
      }
    const std::string word(statement.substr(from, to - from));
    if (!line.empty() && line.size() + 1 + word.size() > room) {
      text += line + "\n";
      line = "    " + word;
    } else {
      line += (line.empty() || line == "    " ? "" : " ") + word;
    }
    from = to + 1;
  }
  return text + line + "\n" + std::string(on);
}

std::string filled_table(const std::string& head, const std::string& numbers, std::size_t column) {
  const std::string whole = format_text("{}{{{}}};", head, numbers);
  return column + whole.size() <= cpp_page_width ? whole : broken_by_hand(whole, column);
}

std::string function_text(const std::string& signature, const std::string& body) {
  const std::size_t last_line = signature.size() - (signature.rfind('\n') + 1);  // of one line, npos + 1 is 0
  if (body.empty()) return signature + (last_line + 3 <= cpp_page_width ? " {}\n" : " {\n}\n");
  const bool one = body.find('\n') + 1 == body.size() && signature.find('\n') == signature.npos;
  const bool statement = !body.starts_with("  //") && !body.starts_with("  for (") && !body.starts_with("  if (");
  if (one && statement && signature.size() + body.size() + 2 <= cpp_page_width)
    return format_text("{} {{ {} }}\n", signature, body.substr(2, body.size() - 3));
  return format_text("{} {{\n{}}}\n", signature, body);
}

std::string filled_sum(const std::string& head, const std::vector<std::string>& operands, std::size_t column) {
  std::string text, line = head;
  for (std::size_t k = 0; k < operands.size(); ++k) {
    const bool last = k + 1 == operands.size();
    const std::string operand = operands[k] + (last ? ";" : " +");
    if (k && column + line.size() + 1 + operand.size() > cpp_page_width) {
      text += line + "\n";
      line = std::string(head.size(), ' ') + operand;
    } else {
      line += (k ? " " : "") + operand;
    }
  }
  return text + line;
}

}  // namespace tendril::source_text
