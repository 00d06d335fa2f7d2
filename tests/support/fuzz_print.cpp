// A random case as a C++ program: the function over td::array, its arguments, and the check.
#include "fuzz.hpp"

#include <fmt/format.h>

#include <fstream>
#include <sstream>

#include <tendril/detail/op_id.hpp>

namespace fuzz {
namespace {

// The lowest one is no literal of C++: its digits alone are too large.
std::string integer(std::int64_t n) { return n == INT64_MIN ? "(-9223372036854775807 - 1)" : std::to_string(n); }

std::string ints(const std::vector<std::int64_t>& v) {
  std::string s = "{";
  for (auto x : v) s += (s.size() > 1 ? ", " : "") + std::to_string(x);
  return s + "}";
}

std::string number(double x) {
  if (std::isnan(x)) return "std::nan(\"\")";
  if (std::isinf(x)) return x > 0 ? "std::numeric_limits<double>::infinity()" : "-std::numeric_limits<double>::infinity()";
  std::string s = fmt::format("{}", x);
  return s.find_first_of(".e") == s.npos ? s + ".0" : s;
}

std::string spell(const td::scalar& s) {
  if (s.kind() == td::dtype_kind::boolean) return s.integer() ? "true" : "false";
  return s.kind() == td::dtype_kind::integer ? integer(s.integer()) : number(s.real());
}

std::string spell(td::dtype d) { return d == td::bool_ ? "td::bool_" : "td::" + td::to_string(d); }

std::string spell(const td::maybe_integer& i) { return i.given() ? std::to_string(i.value()) : "{}"; }

std::string spell(const std::vector<td::index_item>& key) {
  std::string s = "{";
  for (const td::index_item& i : key) {
    if (s.size() > 1) s += ", ";
    if (i.what == td::index_item::form::new_axis) s += "td::newaxis";
    else if (i.what == td::index_item::form::dots) s += "td::ellipsis";
    else if (i.what == td::index_item::form::integer) s += std::to_string(i.integer);
    else s += fmt::format("td::slice({}, {}, {})", spell(i.range.start), spell(i.range.stop), i.range.step);
  }
  return s + "}";
}

std::string spell(const td::attribute_value& v) {
  const auto& x = v.value;
  if (const auto* b = std::get_if<bool>(&x)) return *b ? "true" : "false";
  if (const auto* i = std::get_if<std::int64_t>(&x)) return integer(*i);
  if (const auto* r = std::get_if<double>(&x)) return number(*r);
  if (const auto* s = std::get_if<std::string>(&x)) return "\"" + *s + "\"";
  if (const auto* d = std::get_if<td::dtype>(&x)) return spell(*d);
  if (const auto* s = std::get_if<td::scalar>(&x)) return spell(*s);
  if (const auto* l = std::get_if<std::vector<std::int64_t>>(&x)) return ints(*l);
  if (const auto* k = std::get_if<std::vector<td::index_item>>(&x)) return spell(*k);
  throw std::runtime_error("fuzz: an attribute of a kind that the printer does not know. Teach tests/support/fuzz_print.cpp to spell it.");
}

// Elements as they are: converted from what C++ can write.
std::string constant(const td::array& a) {
  const td::array numbers = td::detail::copy_of(td::astype(a, td::float64).view());
  std::string s;
  for (std::int64_t i = 0; i < numbers.size(); ++i) s += (i ? ", " : "") + number(numbers.data<double>()[i]);
  if (numbers.size() == 0) return fmt::format("td::zeros({}, {{.dtype = {}}})", ints(a.shape()), spell(a.dtype()));
  return fmt::format("td::astype(td::reshape(td::array({{{}}}), {}), {})", s, ints(a.shape()), spell(a.dtype()));
}

std::string call(const td::node& n, const std::vector<std::string>& names) {
  std::string s;
  const auto add = [&](const std::string& text) { s += (s.empty() ? "" : ", ") + text; };
  const bool sequence = !n.op->inputs.empty() && n.op->inputs[0].what == td::input_spec::form::sequence;
  std::string list;
  for (td::value_id v : n.inputs) {
    const std::string name = v == td::absent ? "std::nullopt" : names[static_cast<std::size_t>(v)];
    if (sequence) list += (list.empty() ? "" : ", ") + name;
    else add(name);
  }
  if (sequence) add("{" + list + "}");
  std::string options;
  for (const td::attribute_spec& a : n.op->attributes) {
    const td::attribute_value* v = n.attrs.find(a.name);
    if (a.required) add(spell(*v));
    else if (v && *v != a.default_value)
      // An absent value is one that its default is not: only `{}` says so.
      options += (options.empty() ? "." : ", .") + a.name + " = " + (v->absent() ? "{}" : spell(*v));
  }
  if (!options.empty()) add("{" + options + "}");
  return "td::" + n.op->name + "(" + s + ")";
}

std::string spell(const argument& a) {
  constexpr const char* layouts[] = {"row_major", "column_major", "rotated", "strided", "broadcast", "flipped"};
  constexpr const char* places[] = {"at_start", "at_end", "unaligned"};
  constexpr const char* contents[] = {"exact", "real", "special"};
  return fmt::format("{{{}, {}, fuzz::layout::{}, fuzz::place::{}, fuzz::content::{}, {}}}", spell(a.dtype), ints(a.shape),
                     layouts[static_cast<int>(a.layout)], places[static_cast<int>(a.place)], contents[static_cast<int>(a.content)], a.seed);
}

std::string spell(const char* name, const std::vector<argument>& list) {
  std::string s = fmt::format("  const std::vector<fuzz::argument> {}{{", name);
  for (const argument& a : list) s += "\n      " + spell(a) + ",";
  return s + "};\n";
}

}  // namespace

std::string program(const random_case& c, const check& k) {
  std::ifstream file(TENDRIL_SOURCE_DIR "/tests/support/fuzz_case.hpp");
  std::stringstream text;
  text << file.rdbuf();
  const std::string header = text.str();
  std::string s = fmt::format("// Seed {}. Build: c++ -std=c++20 case.cpp $(pkg-config --cflags --libs tendril)\n", c.seed);
  for (std::size_t at = 0; at < header.size();) {
    const std::size_t end = std::min(header.find('\n', at), header.size());
    const std::string line = header.substr(at, end - at);
    if (!line.starts_with("#pragma once")) s += line + "\n";
    at = end + 1;
  }
  s += "\nnamespace td = tendril;\n\nstd::vector<td::array> f(const std::vector<td::array>& in) {\n";
  const td::graph& g = c.graph;
  std::vector<std::string> names(g.types.size());
  for (std::size_t i = 0; i < g.inputs.size(); ++i) {
    names[static_cast<std::size_t>(g.inputs[i])] = fmt::format("v{}", g.inputs[i]);
    s += fmt::format("  [[maybe_unused]] const td::array v{} = in[{}];\n", g.inputs[i], i);
  }
  for (const td::node& n : g.nodes) {
    std::string& name = names[static_cast<std::size_t>(n.first_result)];
    name = fmt::format("v{}", n.first_result);
    if (n.id() == td::op_id::constant) {
      const td::array& a = std::get<td::array>(n.attrs.find("value")->value);
      if (g.type_of(n.first_result).weak) {
        name = a.dtype() == td::bool_   ? spell(td::scalar(a.item<bool>()))
               : a.dtype() == td::int64 ? fmt::format("std::int64_t{{{}}}", integer(a.item<std::int64_t>()))
                                        : number(a.item<double>());
        continue;
      }
      s += fmt::format("  [[maybe_unused]] const td::array {} = {};\n", name, constant(a));
      continue;
    }
    const bool many = n.op->name == "unstack", several = !many && n.result_count > 1;
    s += fmt::format("  [[maybe_unused]] const auto {}{} = {};\n", name, several || many ? "_all" : "", call(n, names));
    for (std::int32_t r = 0; (several || many) && r < n.result_count; ++r) {
      names[static_cast<std::size_t>(n.first_result + r)] = fmt::format("v{}", n.first_result + r);
      s += fmt::format("  [[maybe_unused]] const td::array v{} = ", n.first_result + r);
      s += many ? fmt::format("v{}_all[{}];\n", n.first_result, r) : fmt::format("std::get<{}>(v{}_all);\n", r, n.first_result);
    }
  }
  s += "  return {";
  for (std::size_t i = 0; i < g.results.size(); ++i) s += (i ? ", " : "") + names[static_cast<std::size_t>(g.results[i])];
  s += "};\n}\n\nint main() {\n" + spell("arguments", c.arguments) + spell("results", c.results);
  s += fmt::format("  fuzz::check check{{{{.to = \"{}\", .optimize = {}, .contract = {}, .num_threads = {}}}, \"{}\", {}, {}, {}, {{",
                   k.run.to, k.run.optimize, k.run.contract, k.run.num_threads, k.reference, k.reference_compiled, k.aliased_result,
                   k.aliased_argument);
  for (std::size_t i = 0; i < k.tolerances.size(); ++i) s += (i ? ", " : "") + number(k.tolerances[i]);
  s += fmt::format("}}, {}}};", k.one_element_first);
  s += R"(
  td::set_warning_handler([](std::string_view) {});
  std::vector<td::array> in;
  std::vector<fuzz::placed> memory;
  for (const fuzz::argument& a : arguments) {
    memory.emplace_back(a);
    in.push_back(td::detail::borrow(memory.back().view));
  }
  const td::graph graph = td::trace_graph([](const std::vector<td::array>& v) { return f(v); }).graph(in);
  const std::string wrong = fuzz::run_check(graph, arguments, results, check);
  std::puts(wrong.empty() ? "the same" : wrong.c_str());
  return wrong.empty() ? 0 : 1;
}
)";
  return s;
}

}  // namespace fuzz
