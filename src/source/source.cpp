// What is written as source: the graph that a language has words for, and the refusal of what it has none for.
#include "source/source.hpp"

#include <algorithm>
#include <filesystem>

#include <tendril/detail/op_id.hpp>

#include "array/array_impl.hpp"
#include "array/format.hpp"
#include "graph/regions.hpp"
#include "passes/shared.hpp"

namespace tendril::source_text {
namespace {

bool has_types(const graph& g) {
  return std::all_of(g.inputs.begin(), g.inputs.end(), [&](value_id v) { return g.type_of(v).complete(); });
}

// Everything that the language lacks, each op once, with the line of its first call.
void require_all(const graph& g, idiom to, const has_form& has) {
  std::vector<std::string> lacking, names;
  for (const node& n : g.nodes) {
    if (has(g, n) || std::find(names.begin(), names.end(), n.op->name) != names.end()) continue;
    names.push_back(n.op->name);
    lacking.push_back(n.where.line() ? format_text("{} ({})", n.op->name, detail::spell(n.where)) : n.op->name);
  }
  if (lacking.empty()) return;
  throw backend_error(
      format_text("[source_code] {} has no words for some of the ops: got {}, expected ops of the table, or ops with a decomposition. {}",
                  name_of(to), joined(lacking, ", "),
                  has_types(g) ? "Write the function with other ops, or register them with a decomposition."
                               : "Call the function first, or pass f.graph(x): with types they may be other ops."));
}

}  // namespace

std::string_view name_of(idiom to) noexcept {
  switch (to) {
    case idiom::numpy: return "numpy";
    case idiom::torch: return "torch";
    case idiom::jax: return "jax";
    case idiom::tensorflow: return "tensorflow";
    case idiom::eigen: return "eigen";
    case idiom::xtensor: return "xtensor";
    case idiom::cpp: return "cpp";
  }
  return "";
}

idiom idiom_named(std::string_view language) {
  for (const idiom to : {idiom::numpy, idiom::torch, idiom::jax, idiom::tensorflow, idiom::eigen, idiom::xtensor, idiom::cpp})
    if (name_of(to) == language) return to;
  throw internal_error(format_text("[source_code] no writer of \"{}\"", language));
}

graph prepared(graph g, idiom to, const has_form& has) {
  g = detail::without_groups(std::move(g));
  const pass_context context;
  const auto stays = [&](const graph& in, const node& n) { return has(in, n) || !n.op->decompose; };
  if (has_types(g)) {
    g = specialize(std::move(g), context);
    g = dce(std::move(g), context);
    g = detail::expand(std::move(g), context, stays);
  }
  require_all(g, to, has);
  return g;
}

}  // namespace tendril::source_text

namespace tendril::detail {

std::string source_code(const graph& g, std::string_view language, const source_options& options) {
  const source_text::idiom to = source_text::idiom_named(language);
  const bool cpp = to == source_text::idiom::cpp || to == source_text::idiom::eigen || to == source_text::idiom::xtensor;
  if (cpp && !options.constants.empty())
    throw error(format_text(
        "[source_code] constants in a file are of Python alone: got .constants for {}, expected numpy, torch, jax or tensorflow. Leave it "
        "out, and make large constants arguments of the function.",
        language));
  if (to == source_text::idiom::cpp) return source_text::write_plain(g, options);
  if (options.extern_c)
    throw error(format_text("[source_code] C's linkage is of plain C++ alone: got extern_c for {}, expected td::target::cpp. Leave it out.",
                            language));
  if (to == source_text::idiom::eigen || to == source_text::idiom::xtensor) return source_text::write_cpp(g, to, options);
  const source_text::python_function f = source_text::write_python(g, to, options);
  if (!f.constants.empty()) source_text::write_constants(options.constants, f.constants);
  return source_text::python_file({&f, 1}, std::filesystem::path(options.constants).filename().string());
}

}  // namespace tendril::detail
