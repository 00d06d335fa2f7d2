// save and load: a recorded function as a file, which is loaded where the function that it was recorded of is not.
#pragma once
#include <string>

#include <tendril/backend.hpp>
#include <tendril/source.hpp>

namespace tendril {

/// Writes a graph to a file. It is a zip archive: `graph.json` has ops by name, their attributes, types and source lines, for people to
/// read; `constants/0.npy` and so on have the elements of larger arrays as NumPy has them. Every value keeps its bits.
///
/// The file holds no more than ops: a fused group is saved as the ops in it, and what a frontend's rules decide as the casts that they
/// make, so that no frontend is needed to load it. A file that is there is replaced once the new one is whole: where writing fails, it
/// stays as it was.
///
/// Throws io_error where the file cannot be written, error where the types of inputs are unknown and a frontend's rules ask for them, and
/// backend_error where Tendril was built without libzip and nlohmann_json, or libzip is not on the machine.
void save(const graph&, const std::string& path);
/// The same of a traced, transpiled or compiled function. Of what was traced it is the graph recorded last: `f.graph(x)` is that for
/// arguments. Throws trace_error where nothing was recorded yet.
template <detail::has_graph F>
void save(const F& f, const std::string& path) {
  save(static_cast<const graph&>(f.graph()), path);
}

/// The graph of a saved file. What is wrong with a file is an error, whoever wrote it: it is malformed or cut short, or its types are not
/// those that its ops have (parse_error), it is of a newer version of the format (parse_error), it has ops that are not registered here
/// (error, which names all of them), it cannot be read (io_error). Memory is asked for as much as the size of the file makes possible.
graph load_graph(const std::string& path);

/// The function of a saved file, compiled here: for the backend in force, or the one that the options name. Throws as load_graph and
/// compile do, and error where types of inputs are unknown.
///
///     td::save(f.graph(x), "normalize.tendril");
///     const td::function g = td::load("normalize.tendril");
///     const td::array y = g({x})[0];
function load(const std::string& path, const compile_options& = {});

/// Writes an array as NumPy's .npy, which `numpy.load` reads. A file that is there is replaced once the new one is whole. Needs no library.
/// Throws io_error where it cannot be written.
void save_npy(const array&, const std::string& path);
/// The array of a .npy file of bool, uint8, int32, int64, float32 or float64, little endian, in either storage order. Throws io_error where
/// the file cannot be read, and parse_error where it is malformed, cut short or of another element type.
array load_npy(const std::string& path);

}  // namespace tendril
