// A transpiled module as a package of Python: a file for each group of members.
#include <tendril/transpile.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>

#include "array/format.hpp"
#include "source/source.hpp"
#include "source/text.hpp"

namespace tendril::detail {
namespace {

namespace fs = std::filesystem;

void write_file(const fs::path& path, const std::string& text) {
  std::ofstream out(path);
  out << text;
  out.close();
  if (!out)
    throw io_error(format_text(
        "[write] a file could not be written: got {}, expected a folder that may be written to. Pass another folder.", path.string()));
}

// "color.gray.bgr_to_grayscale": the packages on the way, the file, the function. A name without a dot is a function of the package itself.
struct place {
  fs::path folder, file;
  std::string function;
};
place place_of(std::string_view name) {
  place p;
  std::size_t from = 0;
  for (std::size_t dot; (dot = name.find('.', from)) != name.npos; from = dot + 1) {
    if (!p.file.empty()) p.folder /= p.file;
    p.file = source_text::identifier(name.substr(from, dot - from));
  }
  p.function = source_text::identifier(name.substr(from));
  return p;
}

// The function as it was recorded before types were known, which serves all of them; where the language has no words for that, the one
// recorded for the arguments of the last call.
source_text::python_function written(module_member& m, source_text::idiom to, const source_options& options) {
  try {
    return source_text::write_python(m.graph(), to, options);
  } catch (const error&) {
    if (!m.pending().empty()) throw;
    std::optional<graph> traced;
    try {
      traced = m.traced_graph();
    } catch (const trace_error&) {}
    if (!traced) throw;
    return source_text::write_python(*traced, to, options);
  }
}

}  // namespace

module_report write_members(std::span<const ref<module_member>> members, std::string_view language, const std::string& folder,
                            const write_options& options) {
  using namespace source_text;
  const idiom to = idiom_named(language);
  module_report report;
  std::map<fs::path, std::vector<python_function>> files;           // without the ending
  std::map<fs::path, std::vector<std::string>> packages{{{}, {}}};  // what each __init__.py imports
  for (std::size_t i = 0; i < members.size(); ++i) {
    module_member& m = *members[i];
    if (!options.all && !m.transpiled()) continue;
    if (options.progress) options.progress(i, members.size(), m.name);
    try {
      const place p = place_of(m.name);
      const std::string doc = m.text.doc.empty() ? format_text("{}, as Tendril recorded it.", m.name) : m.text.doc;
      const fs::path file = p.file.empty() ? fs::path("__init__") : p.folder / p.file;
      python_function f =
          written(m, to, {.name = p.function, .arguments = m.text.arguments, .doc = doc, .constants = file.filename().string() + ".npz"});
      if (files[file].empty() && !p.file.empty()) {
        // Each package imports what is in it, so that the names of the module are those of the package.
        packages[p.folder].push_back(p.file.string());
        for (fs::path inner = p.folder; !inner.empty(); inner = inner.parent_path()) {
          std::vector<std::string>& outer = packages[inner.parent_path()];
          if (std::find(outer.begin(), outer.end(), inner.filename().string()) == outer.end()) outer.push_back(inner.filename().string());
        }
      }
      files[file].push_back(std::move(f));
      report.done.push_back(m.name);
    } catch (const std::exception& e) { report.failed.push_back({m.name, e.what()}); }
  }
  std::error_code failed;
  fs::create_directories(folder, failed);
  for (const auto& [package, imports] : packages) {
    fs::create_directories(folder / package, failed);
    std::string init;
    for (const std::string& name : imports) init += format_text("from . import {}\n", name);
    if (package.empty() && files.contains("__init__"))
      init += (init.empty() ? "" : "\n") + python_file(files.at("__init__"), "__init__.npz");
    write_file(folder / package / "__init__.py", init);
  }
  for (const auto& [file, functions] : files)
    if (file != "__init__") write_file((folder / file).string() + ".py", python_file(functions, file.filename().string() + ".npz"));
  for (const auto& [file, functions] : files) {
    std::vector<std::pair<std::string, array>> constants;
    for (const python_function& f : functions) constants.insert(constants.end(), f.constants.begin(), f.constants.end());
    if (!constants.empty()) write_constants((folder / file).string() + ".npz", constants);
  }
  if (options.progress) options.progress(members.size(), members.size(), "");
  return report;
}

}  // namespace tendril::detail
