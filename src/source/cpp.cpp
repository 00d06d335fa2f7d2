// C++ for Eigen and for xtensor.
#include "source/cpp_writer.hpp"

#include <algorithm>
#include <cmath>

#include <tendril/ops.hpp>

#include <tendril/detail/op_id.hpp>

#include "graph/depth_first.hpp"
#include "source/plain_writer.hpp"

namespace tendril::source_text {
namespace {

// What plain C++ says of numbers, in words of the standard library alone. Empty: it needs functions of its own.
std::string standard_form_of(const node& n, dtype d) {
  std::map<std::string, std::string, std::less<>> words;
  for (const auto& [name, word] : {std::pair{"exp_of", "std::exp"},
                                   {"log_of", "std::log"},
                                   {"tanh_of", "std::tanh"},
                                   {"erf_of", "std::erf"},
                                   {"root_of", "std::sqrt"}})
    words.emplace(name, word);
  const std::string form = with_names(plain_form_of(n, d), words);
  static const std::vector<std::string_view> helpers = plain_helper_names();
  if (std::any_of(helpers.begin(), helpers.end(), [&](std::string_view h) { return mentions(form, h); })) return {};
  std::string text;
  for (const char c : form)
    if (c != '{' && c != '}') text += c;
  return text;
}

// What stands for a form where all operands are numbers: operators do, functions have other names. Empty: there is none.
std::string form_of_numbers(const node& n, dtype d, idiom to) {
  const std::string_view form = cpp_form_of(n.op->name, d, to);
  if (kind_of(d) == dtype_kind::integer && form == "x") return "x";
  switch (n.id()) {
    case op_id::maximum: return "a > b || a != a ? a : b";
    case op_id::minimum: return "a < b || a != a ? a : b";
    case op_id::sigmoid: return "1 / (1 + std::exp(-x))";
    case op_id::gelu_tanh: return "std::max(x, dtype(-1e9)) / (1 + std::exp(-(x * (c1 + c2 * x * x))))";
    case op_id::astype: return "static_cast<dtype>(x)";
    default: break;
  }
  if (n.op->is(trait::elementwise))
    for (const dtype column : {d, dtype::float64})  // integers are not made to wrap
      if (std::string text = standard_form_of(n, column); !text.empty()) return text;
  for (const std::string_view call : {"x.unaryExpr(", "a.binaryExpr(b, "})
    if (form.starts_with(call))
      return format_text("{}({})", form.substr(call.size(), form.size() - call.size() - 1), call.front() == 'x' ? "x" : "a, b");
  // Operators alone are the same of numbers.
  return form.find('.') == form.npos && form.find("::") == form.npos ? std::string(form) : std::string();
}

// Whether each element is made of elements: expressions of both libraries do that where they are used.
bool is_each(const node& n) { return n.op->is(trait::elementwise) || n.id() == op_id::astype; }

bool is_arithmetic(const node& n) {
  return n.id() == op_id::add || n.id() == op_id::subtract || n.id() == op_id::multiply || n.id() == op_id::divide;
}

bool of_numbers(const graph& g, const node& n) { return g.type_of(n.first_result).rank() == 0; }

}  // namespace

bool cpp_writer::has(const graph& g, const node& n, idiom to) {
  if (n.id() == op_id::constant) return true;
  if (n.result_count != 1 || n.id() == op_id::custom) return false;
  for (const value_id v : n.inputs)
    if (v != absent && (!g.type_of(v).complete() || (to == idiom::eigen && g.type_of(v).rank() > 2))) return false;
  if (to == idiom::eigen && g.type_of(n.first_result).rank() > 2) return false;
  const dtype d = form_dtype(g, n);
  if (is_each(n))
    return !(of_numbers(g, n) ? form_of_numbers(n, d, to) : std::string(cpp_form_of(n.op->name, d, to))).empty() &&
           !(n.id() == op_id::clip && (n.inputs[1] == absent || n.inputs[2] == absent));
  if (n.op->is(trait::reduction)) {
    // A number has nothing to reduce.
    if (g.type_of(n.inputs[0]).rank() == 0 || cpp_form_of(n.op->name, d, to).empty()) return false;
    // xtensor subtracts whole numbers alone from the number of elements.
    if (const attribute_value* c = n.attrs.find("correction");
        to == idiom::xtensor && c && std::floor(n.attrs.get_real("correction")) != n.attrs.get_real("correction"))
      return false;
    return !n.attrs.has("axis") || !n.attrs.get_ints("axis").empty();
  }
  if (n.inputs.empty()) return false;
  for (const value_id v : n.inputs)
    if (v != absent && g.type_of(v).rank() == 0 && n.id() != op_id::broadcast_to && n.id() != op_id::expand_dims) return false;
  if (to == idiom::eigen) switch (n.id()) {
      case op_id::matmul:
      case op_id::det:
      case op_id::inv:
      case op_id::solve:
      case op_id::cholesky:
      case op_id::triangular_solve:
      case op_id::eigvalsh:
      case op_id::svdvals:
      case op_id::matrix_transpose: return true;
      case op_id::permute_dims: return g.type_of(n.inputs[0]).rank() == 2;
      case op_id::expand_dims:
      case op_id::squeeze: return true;
      case op_id::broadcast_to: return true;
      default: return false;
    }
  if (g.type_of(n.inputs[0]).rank() == 0 || (g.type_of(n.first_result).rank() == 0 && n.id() != op_id::getitem)) return false;
  switch (n.id()) {
    case op_id::argmax:
    case op_id::argmin:
    case op_id::diff:
    case op_id::permute_dims:
    case op_id::expand_dims:
    case op_id::squeeze:
    case op_id::getitem:
    case op_id::reshape:
    case op_id::broadcast_to:
    case op_id::stack: return true;
    case op_id::sort:
    case op_id::argsort: return !n.attrs.get_bool("descending");
    case op_id::concat: return n.attrs.has("axis");
    default: return false;
  }
}

cpp_writer::cpp_writer(const graph& g, idiom to, const source_options& options) : writer(g, to, options, cpp_keywords()) {
  // Namespaces, and what lambdas of forms have of their own.
  for (const std::string_view taken : {"xt", "Eigen", "T", "v", "w", "m", "j"}) names_.fresh(taken);
}

std::string cpp_writer::held(const type& t) const {
  const std::string element = cpp_type(t.dtype);
  if (t.rank() == 0) return element;
  if (!eigen()) return format_text("xt::xarray<{}>", element);
  const char* axes = t.rank() == 1 ? "X" : "XX";
  const char* alias = t.dtype == dtype::float64 ? "d" : t.dtype == dtype::float32 ? "f" : t.dtype == dtype::int32 ? "i" : nullptr;
  return alias ? format_text("Eigen::Array{}{}", axes, alias) : format_text("Eigen::Array{}<{}>", axes, element);
}

std::string cpp_writer::line_of(std::string text) {
  std::string lines;
  // The whole lambda that begins here.
  const auto end_of = [&](std::size_t begin) {
    std::size_t at = text.find('{', begin), depth = 1;
    while (depth > 0 && ++at < text.size()) depth += text[at] == '{' ? 1 : text[at] == '}' ? std::size_t(-1) : 0;
    return at + 1;
  };
  for (std::size_t begin = 0; eigen() && text.size() + 2 > page_width && begin != text.npos;) {
    begin = std::min(text.find("[](", begin), text.find("[]<", begin));
    if (begin == text.npos) break;
    const std::string lambda = text.substr(begin, end_of(begin) - begin), name = names_.fresh("function");
    std::string whole = format_text("const auto {} = {};", name, lambda);
    if (whole.size() + 2 <= page_width) {
      lines += "  " + whole + "\n";
    } else {
      // The body on lines of its own.
      const std::size_t open = lambda.find('{');
      const std::string body = lambda.substr(open + 2, lambda.size() - open - 4);
      lines += format_text("  const auto {} = {}\n", name, lambda.substr(0, open + 1));
      for (std::size_t from = 0; from < body.size();) {
        const std::size_t semicolon = std::min(body.find("; ", from), body.size() - 1);
        const std::string one = body.substr(from, semicolon + 1 - from);
        for (const std::string& s : fitted(one, 4, [this] { return names_.fresh("part"); })) lines += "    " + s + "\n";
        from = semicolon + 2;
      }
      lines += "  };\n";
    }
    text = text.substr(0, begin) + name + text.substr(begin + lambda.size());
  }
  if (text.size() + 2 > page_width) text = broken_by_hand(text, 2);
  lines += "  ";
  for (const char c : text) lines += c == '\n' ? std::string("\n  ") : std::string(1, c);
  return lines + "\n";
}

void cpp_writer::name_value(value_id v) {
  expression& e = at(v);
  if (e.simple) return;
  std::string_view noun = maker(v) ? noun_of(*maker(v)) : "x";
  if (noun == "std") noun = "deviation";  // a namespace has that name
  std::string name = names_.fresh(noun);
  statement(format_text("const {} {} = {}", held(type_of(v)), name, e.text), v);
  e = {std::move(name), strength::whole, true};
}

void cpp_writer::make_room(const node& n) {
  for (value_id longest; (longest = too_long(n)) != absent;) {
    if (!stays_expression(n, longest)) {
      name_value(longest);
      continue;
    }
    std::string name = names_.fresh(noun_of(*maker(longest)));
    statement(format_text("const auto {} = {}", name, at(longest).text), longest);
    at(longest) = {std::move(name), strength::whole, true};
  }
}

// What Eigen computes with its one reader needs no array of its own.
bool cpp_writer::stays_expression(const node& reader, value_id v) const {
  const node* n = maker(v);
  if (!eigen() || !n || !is_each(*n) || !is_each(reader) || uses_of(v) != 1 || type_of(v).rank() == 0) return false;
  switch (reader.id()) {
    case op_id::add:
    case op_id::subtract:
    case op_id::multiply:
    case op_id::divide:
    case op_id::negative: return type_of(v).shape == type_of(reader.first_result).shape;
    default: return false;
  }
}

std::string cpp_writer::list_of(std::span<const std::int64_t> numbers, const char* type) const {
  return format_text("{}{{{}}}", type, joined(numbers, ", "));
}

void cpp_writer::write_constant(const node& n) {
  const array& a = std::get<array>(n.attrs.find("value")->value);
  const value_id v = n.first_result;
  if (a.ndim() == 0) {
    at(v) = number_expression(cpp_number(literal_of(n.attrs), a.dtype()));
    return;
  }
  require_small(a);
  const std::string element = cpp_type(a.dtype());
  const std::string data = names_.fresh("numbers"), name = names_.fresh("constant");
  statement(format_text("static constexpr {} {}[] = {{{}}}", element, data, cpp_numbers(elements_of(a), a.dtype())));
  const extents shape = a.shape();
  if (eigen() && a.ndim() == 1)
    statement(format_text("const {} {} = Eigen::Map<const Eigen::ArrayX<{}>>({}, {})", held(type_of(v)), name, element, data, a.size()));
  else if (eigen())
    statement(format_text("const {} {} = Eigen::Map<const Eigen::Array<{}, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>({}, {}, {})",
                          held(type_of(v)), name, element, data, shape[0], shape[1]));
  else
    statement(format_text("const {} {} = xt::adapt({}, {}, xt::no_ownership(), {})", held(type_of(v)), name, data, a.size(),
                          list_of({shape.begin(), shape.end()}, "std::vector<std::size_t>")));
  at(v) = {name, strength::whole, true};
}

// ---- elementwise

// The operand repeated along the axes where it has one element and the result more; an Eigen array of one axis is a row of a table.
std::string cpp_writer::spread(const node& n, std::size_t i) {
  const value_id v = n.inputs[i];
  const type &own = type_of(v), &all = type_of(n.first_result);
  if (!eigen() || (own.rank() == all.rank() && own.shape == all.shape)) return at(v).text;
  // Whoever has the extents of the result says them.
  const auto extent_of = [&](int axis) -> std::string {
    const extent wanted = all.shape[static_cast<std::size_t>(axis)];
    for (const value_id w : n.inputs) {
      if (w == absent) continue;
      const type& t = type_of(w);
      const int own_axis = axis - (all.rank() - t.rank());
      if (own_axis < 0 || t.shape[static_cast<std::size_t>(own_axis)] != wanted || (wanted.value != 1 && t.rank() == 0)) continue;
      name_value(w);
      const bool first = all.rank() == 1 || (t.rank() == 2 && axis == 0);
      return at(w).text + (t.rank() == 1 ? ".size()" : first ? ".rows()" : ".cols()");
    }
    if (wanted.value != 1) written_.emplace_back(n.first_result, axis);
    return std::to_string(wanted.value);
  };
  if (own.rank() == 0) {
    type filled_type = all;
    filled_type.dtype = own.dtype;
    const std::string kind = held(filled_type);
    return all.rank() == 1 ? format_text("{}::Constant({}, {})", kind, extent_of(0), at(v).text)
                           : format_text("{}::Constant({}, {}, {})", kind, extent_of(0), extent_of(1), at(v).text);
  }
  std::string text = bracketed(at(v), strength::whole);
  if (own.rank() == 1 && all.rank() == 1) return format_text("{}.replicate({}, 1)", text, extent_of(0));
  const bool row = own.rank() == 1;
  const std::int64_t rows = row ? 1 : own.shape[0].value, columns = row ? own.shape[0].value : own.shape[1].value;
  const std::string down = rows == all.shape[0].value ? "1" : extent_of(0), across = columns == all.shape[1].value ? "1" : extent_of(1);
  if (row) text += ".transpose()";
  return down == "1" && across == "1" ? text : format_text("{}.replicate({}, {})", text, down, across);
}

std::string cpp_writer::operand(const node& n, std::size_t i, bool numbers_do) {
  if (type_of(n.inputs[i]).rank() == 0 && (numbers_do || !eigen())) return at(n.inputs[i]).text;
  return spread(n, i);
}

// The form with its operands, in brackets where the form would tear them apart.
expression cpp_writer::filled(const node& n, std::string_view form, bool numbers, bool numbers_do) {
  constexpr char open = '\x01', close = '\x02';
  const auto& inputs = n.op->inputs;
  const auto name_of_input = [&](std::size_t i) -> const std::string& { return inputs[std::min(i, inputs.size() - 1)].name; };
  name_values marks;
  for (std::size_t i = 0; i < n.inputs.size(); ++i) marks[name_of_input(i)] = std::string(1, open) + name_of_input(i) + close;
  marks["dtype"] = cpp_type(n.id() == op_id::astype ? n.attrs.get_dtype("dtype") : type_of(n.first_result).dtype);
  const std::string marked = with_names(form, marks);
  const form_parts parts = parts_of(marked, open, close);
  name_values whole;  // what is no longer the operand's own text: a name, or a call
  for (std::size_t i = 0; i < n.inputs.size(); ++i) {
    const auto places =
        std::count_if(parts.places.begin(), parts.places.end(), [&](const form_place& p) { return p.name == name_of_input(i); });
    if (places > 1) name_value(n.inputs[i]);
    if (places > 1 && !numbers && !eigen() && type_of(n.inputs[i]).rank() == 0) {
      // Compared with itself, a number has to be an array of xtensor's.
      const std::string name = names_.fresh("number");
      statement(format_text("const xt::xarray<{}> {} = {}", cpp_type(type_of(n.inputs[i]).dtype), name, at(n.inputs[i]).text));
      whole[name_of_input(i)] = name;
      continue;
    }
    const std::string text = numbers ? at(n.inputs[i]).text : operand(n, i, numbers_do || number_does(n, i));
    if (text != at(n.inputs[i]).text) whole[name_of_input(i)] = text;
  }
  std::string text;
  std::size_t from = 0;
  for (const form_place& p : parts.places) {
    text += marked.substr(from, p.begin - from);
    if (const auto call = whole.find(p.name); call != whole.end()) {
      add_operand(text, call->second);
    } else {
      for (std::size_t i = 0; i < n.inputs.size(); ++i)
        if (name_of_input(i) == p.name) add_operand(text, bracketed(at(n.inputs[i]), p.around));
    }
    from = p.end;
  }
  text += marked.substr(from);
  // C++ has comparisons above bits, Python below: whatever is not arithmetic is bracketed in both.
  strength binds = parts.binds < strength::shift || form.find(" ? ") != form.npos ? strength::comparison : parts.binds;
  if (form == "x") binds = at(n.inputs[0]).binds;
  return {std::move(text), binds, form == "x" && at(n.inputs[0]).simple};
}

// Eigen's comparisons, select, pow and clip take a number beside an array that comes first and has the shape of the result.
bool cpp_writer::number_does(const node& n, std::size_t i) const {
  const auto has_shape = [&](std::size_t k) { return type_of(n.inputs[k]).shape == type_of(n.first_result).shape; };
  switch (n.id()) {
    case op_id::maximum:
    case op_id::minimum:
    case op_id::pow:
    case op_id::clip: return i > 0 && has_shape(0);
    case op_id::where: return i > 0 && has_shape(0) && has_shape(3 - i);
    default: return n.op->is(trait::comparison) && n.op->is(trait::elementwise) && i > 0 && has_shape(0);
  }
}

// An array's maximum or minimum with a number that is known not to be NaN.
bool cpp_writer::has_known_bound(const node& n) const {
  if ((n.id() != op_id::maximum && n.id() != op_id::minimum) || of_numbers(g_, n) || !number_does(n, 1)) return false;
  const node* bound = maker(n.inputs[1]);
  if (!bound || bound->id() != op_id::constant || type_of(n.inputs[1]).rank() != 0) return false;
  const scalar value = literal_of(bound->attrs);
  return value.kind() != dtype_kind::real || !std::isnan(value.real());
}

expression cpp_writer::elementwise(const node& n) {
  const dtype d = form_dtype(g_, n);
  const bool numbers = of_numbers(g_, n);
  std::string form = numbers ? form_of_numbers(n, d, to_) : std::string(cpp_form_of(n.op->name, d, to_));
  if (form == "x.template cast<dtype>()") form = "x.cast<dtype>()";
  // Eigen's tanh is quicker than the quotient, and than its logistic function where that is small.
  const bool gelu = eigen() && !numbers && n.id() == op_id::gelu_tanh;
  if (gelu) form = "x.max(-1000000000) * (dtype(0.5) * (dtype(0.5) * x * (x * x * c2 + c1)).tanh() + dtype(0.5))";
  // Of Eigen's own extremes NaN stays that comes first, and they run in vectors.
  if (eigen() && has_known_bound(n)) form = n.id() == op_id::maximum ? "a.max(b)" : "a.min(b)";
  make_room(n);
  if (expression each = vectorwise(n); !each.text.empty()) return each;
  // Eigen's arithmetic takes a number on either side; its comparisons and functions take arrays.
  return filled(n, form, numbers, is_arithmetic(n) || gelu);
}

// A table with a column or a row, which Eigen repeats without counting: x.colwise() - mean.col(0). Empty: it is something else.
expression cpp_writer::vectorwise(const node& n) {
  if (!eigen() || !is_arithmetic(n) || type_of(n.first_result).rank() != 2) return {};
  const type &table = type_of(n.inputs[0]), &vector = type_of(n.inputs[1]), &made = type_of(n.first_result);
  if (table.rank() != 2 || table.shape != made.shape || vector.rank() == 0 || table.dtype != vector.dtype) return {};
  const bool row = vector.rank() == 1;
  const std::int64_t rows = row ? 1 : vector.shape[0].value, columns = row ? vector.shape[0].value : vector.shape[1].value;
  const bool down = rows == 1 && made.shape[0].value != 1, across = columns == 1 && made.shape[1].value != 1;
  if (down == across) return {};
  if (!row) name_value(n.inputs[1]);
  const std::string part = bracketed(at(n.inputs[1]), strength::whole) + (row ? ".transpose()" : down ? ".row(0)" : ".col(0)");
  const bool sum = n.id() == op_id::add || n.id() == op_id::subtract;
  const char* sign = n.id() == op_id::add ? "+" : n.id() == op_id::subtract ? "-" : n.id() == op_id::multiply ? "*" : "/";
  return {format_text("{}.{}() {} {}", bracketed(at(n.inputs[0]), strength::whole), down ? "rowwise" : "colwise", sign, part),
          sum ? strength::sum : strength::product, false};
}

void cpp_writer::write(const node& n) {
  if (n.id() == op_id::constant) return write_constant(n);
  const value_id v = n.first_result;
  const bool each = is_each(n);
  begin(n);
  at(v) = each ? elementwise(n) : n.op->is(trait::reduction) ? reduction(n) : other(n);
  gather(n);
  const bool result = std::find(g_.results.begin(), g_.results.end(), v) != g_.results.end();
  // Expressions of both libraries are computed again wherever they are used: what is no elementwise op is computed once, here.
  if (uses_of(v) > 1 || (!each && !result && !in_product(n))) name_value(v);
}

// A transposed matrix that a product reads, which Eigen turns over on the way.
bool cpp_writer::in_product(const node& n) const {
  if (!eigen() || n.id() != op_id::matrix_transpose || uses_of(n.first_result) != 1) return false;
  return std::any_of(g_.nodes.begin(), g_.nodes.end(), [&](const node& reader) {
    return reader.id() == op_id::matmul && std::find(reader.inputs.begin(), reader.inputs.end(), n.first_result) != reader.inputs.end();
  });
}

std::string cpp_writer::checks() const {
  std::vector<input_extent> fixed = g_.fixed, more = detail::inputs_behind(g_, written_);
  fixed.insert(fixed.end(), more.begin(), more.end());
  std::sort(fixed.begin(), fixed.end());
  fixed.erase(std::unique(fixed.begin(), fixed.end()), fixed.end());
  std::string text;
  for (const input_extent& e : fixed) {
    const value_id v = g_.inputs[static_cast<std::size_t>(e.input)];
    const type& t = type_of(v);
    const std::string& x = at(v).text;
    const std::int64_t n = t.shape[static_cast<std::size_t>(e.axis)].value;
    std::string got = format_text("{}.shape({})", x, e.axis), what = format_text("elements along axis {}", e.axis);
    if (eigen() && t.rank() == 1) got = x + ".size()", what = "elements";
    else if (eigen()) got = x + (e.axis == 0 ? ".rows()" : ".cols()"), what = e.axis == 0 ? "rows" : "columns";
    const std::string condition = format_text("if ({} != {})", got, n),
                      thrown = format_text("throw std::invalid_argument(\"{} has to have {} {}\");", x, n, what);
    const bool fits = condition.size() + thrown.size() + 3 <= page_width;
    text += format_text("  {}{}{}\n", condition, fits ? " " : "\n    ", thrown);
  }
  return text;
}

std::string cpp_writer::run() {
  const std::string name = names_.fresh(identifier(options_.name.empty() ? g_.name : options_.name));
  name_arguments(3);  // a lambda of a form may have w of its own
  std::vector<std::string> parameters;
  for (const value_id v : g_.inputs)
    parameters.push_back(format_text("{} {}", type_of(v).rank() == 0 ? held(type_of(v)) : "const " + held(type_of(v)) + "&", at(v).text));
  for (const node* n : detail::depth_first(g_)) write(*n);
  std::string result, last;
  if (g_.results.size() == 1) {
    result = held(type_of(g_.results[0]));
    last = "return " + at(g_.results[0]).text;
    if (last.size() > page_width - 3) {
      name_value(g_.results[0]);
      last = "return " + at(g_.results[0]).text;
    }
  } else {
    for (const value_id r : g_.results) {
      result += (result.empty() ? "" : ", ") + held(type_of(r));
      name_value(r);
      last += (last.empty() ? "" : ", ") + at(r).text;
    }
    result = format_text("std::tuple<{}>", result);
    std::size_t widest = 0, all = 0;
    for (const std::string& p : parameters) {
      widest = std::max(widest, p.size());
      all += p.size() + 2;
    }
    // Parameters stand below each other behind the bracket, unless that is far to the right.
    const std::size_t head = result.size() + name.size() + 2;
    const bool fits = head + widest + 4 <= page_width && (head + all + 2 <= page_width || head <= page_width / 2);
    last = format_text("return {}{{{}}}", fits ? "" : "std::tuple", last);
    if (!fits) result = "auto";  // the type says itself
  }
  body_ += comment_for(g_.results, "  // ", page_width);
  current_ = nullptr;
  statement(last);
  const std::string lines = with_parameters(format_text("{} {}(", result, name), parameters);
  std::string file;
  if (eigen()) {
    file = "#include <Eigen/Dense>\n";
  } else {
    const auto includes = [](std::initializer_list<std::string_view> headers) {
      std::string lines;
      for (const std::string_view h : headers) lines += format_text("#include <xtensor/{}.hpp>\n", h);
      return lines;
    };
    file = "#if __has_include(<xtensor/containers/xarray.hpp>)  // xtensor 0.26 and later\n" +
           includes({"containers/xadapt", "containers/xarray", "core/xmath", "misc/xmanipulation", "misc/xsort", "views/xstrided_view",
                     "views/xview"}) +
           "#else\n" + includes({"xadapt", "xarray", "xmanipulation", "xmath", "xsort", "xstrided_view", "xview"}) + "#endif\n";
  }
  body_.insert(0, checks());
  if (!eigen()) file += "\n";
  file += "#include <cmath>\n#include <cstdint>\n#include <limits>\n";
  if (body_.find("std::gcd(") != body_.npos) file += "#include <numeric>\n";
  if (body_.find("std::invalid_argument") != body_.npos) file += "#include <stdexcept>\n";
  file += "#include <tuple>\n";
  if (body_.find("std::make_unsigned_t<") != body_.npos) file += "#include <type_traits>\n";
  file += "\n";
  return file + format_text("// {}\n", options_.doc.empty() ? name + ", as Tendril recorded it." : options_.doc) +
         function_text(lines, body_);
}

std::string write_cpp(const graph& g, idiom to, const source_options& options) {
  if (!std::all_of(g.inputs.begin(), g.inputs.end(), [&](value_id v) { return g.type_of(v).complete(); }))
    throw trace_error(format_text(
        "[source_code] {} has a type for each dtype and rank: got arguments of unknown type, expected known ones. Call the function first and pass f.graph(x).",
        name_of(to)));
  const graph ready = prepared(g, to, [to](const graph& in, const node& n) { return cpp_writer::has(in, n, to); });
  return cpp_writer(ready, to, options).run();
}

}  // namespace tendril::source_text
