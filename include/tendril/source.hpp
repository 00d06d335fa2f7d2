// source_code: a recorded function as source that a person would have written for another library.
#pragma once
#include <string>
#include <vector>

#include <tendril/graph.hpp>
#include <tendril/target.hpp>

namespace tendril {

struct source_options {
  std::string name = {};                    ///< of the function; empty: the graph's
  std::vector<std::string> arguments = {};  ///< the names of its arguments; those that are not named are x, y, z, w, or x1, x2, ...
  std::string doc = {};                     ///< the first line of its docstring
  bool extern_c = false;                    ///< of target::cpp alone: the function has C's linkage
  bool source_lines = false;                ///< the line of the recorded function that a statement comes from, as a comment above it
  std::string constants = {};               ///< of Python: the .npz file that constants of more than 10,000 elements are written to
};

namespace detail {
std::string source_code(const graph&, std::string_view language, const source_options&);

template <class F>
concept has_graph = requires(const F& f) {
  { f.graph() } -> std::convertible_to<const tendril::graph&>;
};
}  // namespace detail

/// A recorded graph as source: a file with one function that takes arrays and returns arrays.
///
/// The targets numpy, torch, jax and tensorflow give a Python function with type hints and a docstring, formatted as `ruff format` leaves
/// it. It computes what the graph computes, in the same dtypes: what the target's own promotion would decide otherwise is converted.
/// Extents stand where the graph holds them, as in a reshape, and nowhere else; those that the recorded function read are compared first,
/// and others are a ValueError. Where the types of the graph's inputs are unknown, as in a transpiled function before its first call,
/// dtypes are the target's own promotion. Results may differ in the last places.
///
/// The target cpp gives a C++20 file that needs no library: a function over memory of the caller's, whose loops are fused as the engine
/// fuses them, and which allocates nothing. Arrays are row-major; arguments come first, then results, then a workspace where there is one,
/// whose bytes a second function says, then the extents. An extent is an argument where ops only ask it to equal others and the recorded
/// function did not read it (`graph::fixed`), and a number otherwise.
/// The targets eigen and xtensor give a function over the library's arrays, which throws std::invalid_argument for other extents than those
/// that stand in it. All three want the types of the inputs.
///
/// A constant of more than 10,000 elements is written to the .npz file of `constants`, which Python reads from its own folder.
///
/// Throws backend_error naming every op that the target lacks, error for a constant of more than 10,000 elements where there is no such
/// file and for an option that the target has not, and io_error where the file cannot be written.
template <source_target Target>
std::string source_code(const graph& g, Target, const source_options& options = {}) {
  return detail::source_code(g, Target::language, options);
}
/// The same of a traced, transpiled or compiled function. Of what was traced it is the graph recorded last: `f.graph(x)` is that for
/// arguments.
/// Throws trace_error where nothing was recorded yet.
template <detail::has_graph F, source_target Target>
std::string source_code(const F& f, Target, const source_options& options = {}) {
  return detail::source_code(f.graph(), Target::language, options);
}

}  // namespace tendril
