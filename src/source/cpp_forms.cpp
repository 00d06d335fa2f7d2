// The forms of ops.def as text, and how C++ spells numbers.
#include "source/cpp_forms.hpp"

#include "source/cpp_lines.hpp"

#include <cmath>

#include "array/format.hpp"
#include "source/text.hpp"

namespace tendril::source_text {
namespace {

// What libraries have; the words for integers stand apart.
using forms_of_op = std::map<std::string_view, std::string_view>;

#define TENDRIL_AFTER_DOC(doc, ...) __VA_ARGS__
const std::map<std::string_view, forms_of_op>& forms() {
  static const std::map<std::string_view, forms_of_op> all{
#define FORM(library, ...) {#library, #__VA_ARGS__},
#define OP(name, inputs, positional, options, returns, accepts, rule, shape, traits, ...) {#name, {TENDRIL_AFTER_DOC(__VA_ARGS__)}},
#include <tendril/ops.def>
  };
  return all;
}

}  // namespace

std::string_view cpp_form_of(std::string_view op, dtype d, idiom to) {
  const auto row = forms().find(op);
  if (row == forms().end()) return {};
  const std::string library(name_of(to));
  const auto find = [&](const std::string& key) {
    const auto form = row->second.find(key);
    return form == row->second.end() ? std::string_view() : form->second;
  };
  if (kind_of(d) == dtype_kind::integer)
    if (const std::string_view form = find(library + "_integers"); !form.empty()) return form;
  return find(library);
}

std::string with_names(std::string_view form, const std::map<std::string, std::string, std::less<>>& values) {
  std::string out;
  for (std::size_t i = 0; i < form.size();) {
    if (!of_a_name(form[i])) {
      out += form[i++];
      continue;
    }
    std::size_t end = i;
    while (end < form.size() && of_a_name(form[end])) ++end;
    const std::string_view word = form.substr(i, end - i);
    const bool member = i > 0 && (form[i - 1] == '.' || form[i - 1] == ':');
    const auto value = values.find(word);
    out += member || value == values.end() ? std::string(word) : value->second;
    i = end;
  }
  return out;
}

const std::initializer_list<std::string_view>& cpp_keywords() {
  static const std::initializer_list<std::string_view> words = {
      "auto",     "bool",     "break",    "case",      "catch",     "char",     "class",    "const",  "continue", "default", "delete",
      "do",       "double",   "else",     "enum",      "explicit",  "export",   "extern",   "false",  "float",    "for",     "friend",
      "goto",     "if",       "inline",   "int",       "long",      "mutable",  "new",      "not",    "or",       "and",     "xor",
      "operator", "private",  "public",   "return",    "short",     "signed",   "sizeof",   "static", "struct",   "switch",  "this",
      "throw",    "template", "true",     "try",       "typedef",   "union",    "unsigned", "using",  "virtual",  "void",    "while",
      "concept",  "requires", "register", "namespace", "protected", "typename", "volatile", "asm",    "std"};
  return words;
}

std::string with_parameters(const std::string& head, std::span<const std::string> parameters) {
  std::string lines, line = head;
  const std::string below(head.size(), ' ');
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const bool last = i + 1 == parameters.size();
    const std::string text = parameters[i] + (last ? ")" : ",");
    if (i && line.size() + text.size() + (last ? 3 : 1) > cpp_page_width) {
      lines += line + "\n";
      line = below + text;
    } else {
      line += (i ? " " : "") + text;
    }
  }
  return lines + line + (parameters.empty() ? ")" : "");
}

std::string cpp_type(dtype d) {
  if (d == dtype::int32) return "int";  // as Eigen's ArrayXi has it
#define TENDRIL_DTYPE(name, type, ...) \
  if (d == dtype::name) return #type;
#include <tendril/dtypes.def>
  throw internal_error("[source_code] a value of unknown dtype");
}

std::string cpp_number(const scalar& s, dtype d) {
  switch (kind_of(d)) {
    case dtype_kind::boolean: return s.integer() != 0 ? "true" : "false";
    case dtype_kind::integer:
      if (d == dtype::int32 && s.integer() != std::numeric_limits<std::int32_t>::min()) return format_text("{}", s.integer());
      if (s.integer() == std::numeric_limits<std::int64_t>::min()) return "std::numeric_limits<std::int64_t>::min()";
      return format_text("{}{{{}}}", cpp_type(d), s.integer());
    default: break;
  }
  const double v = s.real();
  if (std::isnan(v)) return format_text("std::numeric_limits<{}>::quiet_NaN()", cpp_type(d));
  const bool single = d == dtype::float32;
  if (std::isinf(single ? static_cast<double>(static_cast<float>(v)) : v))
    return format_text("{}std::numeric_limits<{}>::infinity()", v < 0 ? "-" : "", cpp_type(d));
  std::string digits = single ? format_text("{}", static_cast<float>(v)) : format_text("{}", v);
  if (digits.find_first_of(".e") == digits.npos) digits += ".0";
  return digits + (single ? "F" : "");
}

std::string cpp_numbers(std::span<const scalar> elements, dtype d) {
  std::string text;
  for (const scalar& e : elements) text += (text.empty() ? "" : ", ") + cpp_number(e, d);
  return elements.empty() ? cpp_type(d) + "{}" : text;
}

}  // namespace tendril::source_text
