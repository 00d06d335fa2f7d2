// What source_code does for every language: a graph whose ops a language has, and who writes it.
#pragma once
#include <functional>

#include <tendril/source.hpp>

namespace tendril::source_text {

/// The languages and libraries that source is written for.
enum class idiom : std::uint8_t { numpy, torch, jax, tensorflow, eigen, xtensor, cpp };
std::string_view name_of(idiom) noexcept;

/// Whether a language says a node in its own words; what it does not is expanded, or refused.
using has_form = std::function<bool(const graph&, const node&)>;

/// The graph with types resolved and promotion written out, where the inputs have types, and with ops expanded that `has` lacks. Throws
/// backend_error naming every op that is left, with its line, and trace_error where types are needed that are not there.
graph prepared(graph, idiom, const has_form& has);

/// A function of Python, and what its file imports for it.
struct python_function {
  std::vector<std::string> imports;
  std::string text;
  std::vector<std::pair<std::string, array>> constants = {};  ///< that it reads from a file beside it, by their names there
};
python_function write_python(const graph&, idiom, const source_options&);
/// `constants`: the name of the file beside it.
std::string python_file(std::span<const python_function>, std::string_view constants = {});
/// Arrays as numpy.savez writes them. The room of saved files has it.
void write_constants(const std::string& path, std::span<const std::pair<std::string, array>>);
/// A file of C++ with one function.
std::string write_cpp(const graph&, idiom, const source_options&);
/// A file of C++ that needs no library: one function over memory of the caller's.
std::string write_plain(const graph&, const source_options&);

/// The idiom of a target's name.
idiom idiom_named(std::string_view language);

}  // namespace tendril::source_text
