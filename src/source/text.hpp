// What writers of source share: expressions with the strength of their outermost operator, and names.
#pragma once
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <tendril/graph.hpp>

namespace tendril::source_text {

/// How strongly the outermost operator of an expression binds, the weakest first: the order that Python and C++ share. Comparisons stand
/// where Python has them; in C++ they bind stronger than bits do, so that C++ gets a bracket more.
enum class strength : std::uint8_t { comparison, bit_or, bit_xor, bit_and, shift, sum, product, sign, power, whole };

struct expression {
  std::string text;
  strength binds = strength::whole;
  bool simple = false;  ///< a name or a number: it may stand more than once
};

/// A number as it is spelled: it may stand more than once, and a sign binds as one.
inline expression number_expression(std::string text) {
  const bool negative = text.front() == '-';
  return {std::move(text), negative ? strength::sign : strength::whole, true};
}

/// The expression in brackets where an operator around it that binds like `around` would tear it apart.
inline std::string bracketed(const expression& e, strength around) { return e.binds < around ? "(" + e.text + ")" : e.text; }

/// Whether a character may stand in a name.
inline bool of_a_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; }

/// Adds an operand behind an operator: of C++, where two signs side by side are another operator.
inline void add_operand(std::string& text, const std::string& operand) {
  const bool signs = !text.empty() && text.back() == '-' && !operand.empty() && operand.front() == '-';
  text += signs ? "(" + operand + ")" : operand;
}

/// A place of a form: what stands in braces, and how strongly what is around it binds.
struct form_place {
  std::string_view name;   ///< of an operand or an attribute
  strength around;         ///< what is put there must bind as strongly
  std::size_t begin, end;  ///< of the braces in the form
};
/// A form taken apart: "{a} - {b}" has two places, the second of which takes a sum in brackets alone.
struct form_parts {
  std::vector<form_place> places;
  strength binds;  ///< of the form as a whole
};
/// `open` and `close` stand for the braces: forms of C++ have braces of their own.
form_parts parts_of(std::string_view form, char open = '{', char close = '}');

/// Where the operators stand that bind weakest of those outside of brackets and quotes: where such an expression is broken.
std::vector<std::size_t> weakest_operators(std::string_view expression);
/// Calls `see(i, depth)` for each character outside of quotes, with the number of brackets around it; a bracket itself is outside.
template <class See>
void for_each_level(std::string_view text, See see) {
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') quoted = !quoted;
    if (quoted) continue;
    if (text[i] == ')' || text[i] == ']') --depth;
    see(i, depth);
    if (text[i] == '(' || text[i] == '[') ++depth;
  }
}

/// Names that are given once: `fresh("mean")` is mean, mean_2, mean_3.
class names {
 public:
  /// These are taken from the start: keywords, modules, what the language has built in.
  explicit names(std::initializer_list<std::string_view> taken) : taken_(taken.begin(), taken.end()) {}
  std::string fresh(std::string_view wanted);
  bool taken(std::string_view name) const { return taken_.contains(name); }

 private:
  std::set<std::string, std::less<>> taken_;
};

/// What the result of an op is called where it needs a name: "mean", "total", "difference".
std::string_view noun_of(const node&);
/// What result k of several is called where each has a name of its own; else nothing.
std::string_view noun_of_result(op_id, std::int32_t k);

/// The dtype by which the form of a node is chosen: that of its first data operand, else of its result.
dtype form_dtype(const graph&, const node&);

/// Letters, digits and underscores, not beginning with a digit: `name` where it is one already.
std::string identifier(std::string_view name);

}  // namespace tendril::source_text
