// What a saved file is made of: the text of the graph, its constants as .npy, and the zip archive that holds them.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <tendril/graph.hpp>

namespace tendril::saved {

/// The version that is written, and the highest that is read.
/// 2: which extents of inputs the graph depends on; of an older file it may be all of them.
inline constexpr int format_version = 2;
/// Limits of what is read, far beyond what is recorded: bytes of graph.json, bodies in bodies.
inline constexpr std::size_t most_text = std::size_t{64} << 20;
inline constexpr int most_depth = 64;
/// Arrays of at most this many elements stand in graph.json itself.
inline constexpr std::int64_t most_inline = 16;

/// "[load] a file is malformed": what is wrong with it and what was expected. parse_error.
[[noreturn]] void refuse(std::string_view what, std::string_view got, std::string_view expected,
                         std::string_view todo = "Save the function again.");

/// The graph as JSON, a line a node. Arrays that are not in it are put into `constants`: the file of number i is constant_name(i).
std::string to_json(const graph&, std::vector<array>& constants);
std::string constant_name(std::size_t);

/// An array of the archive, which must be of this type.
using constant_reader = std::function<array(const std::string& name, const type&)>;
/// The graph of a text, whole: ids in range and in order, ops that are known, the attributes that they declare, types that their rules
/// give. Throws parse_error, or error for unknown ops.
graph from_json(std::string_view text, const constant_reader&);

/// The graph in ops alone, as it is saved: groups taken apart, frontends' rules and own ops written out where types are known.
graph portable(graph);

/// A source line that a file tells of: kept for the process, as those of code are.
std::source_location source_line(std::string_view file, unsigned line);

/// NumPy's format, version 1.0: the bytes before the elements of a row-major array.
std::string npy_header(dtype, std::span<const std::int64_t> shape);
struct npy_layout {
  tendril::dtype dtype = tendril::dtype::unknown;
  extents shape;
  bool column_major = false;
  std::size_t bytes = 0;  ///< of the header
};
/// Of a text that begins as the file does. Throws parse_error.
npy_layout read_npy_header(std::string_view start, std::string_view name);
/// The most that the header of a .npy may take.
inline constexpr std::size_t most_npy_header = 4096;
/// Throws parse_error where a byte of a bool array is neither 0 nor 1.
void check_truths(const array&, std::string_view name);

/// An archive on disk, or in memory for tests. Reading checks declared sizes against the size of the archive.
class archive {
 public:
  static archive open(const std::string& path);
  static archive of_bytes(std::string_view bytes, const std::string& name);
  archive(archive&&) noexcept;
  ~archive();
  std::string text(const std::string& entry, std::size_t most) const;
  array constant(const std::string& entry, const type&) const;

 private:
  struct impl;
  explicit archive(std::unique_ptr<impl>) noexcept;
  std::unique_ptr<impl> p_;
};
/// Writes the archive, whole or not at all.
void write_archive(const std::string& path, const std::string& text, std::span<const array> constants);

/// An archive of arrays alone, as numpy.savez writes it.
void write_arrays(const std::string& path, std::span<const std::pair<std::string, array>>);

/// backend_error: the library that archives are written by is not on the machine.
[[noreturn]] void throw_no_libzip(std::string_view who, std::string_view why, std::string_view soname);

/// The graph of an archive.
graph read(const archive&);

}  // namespace tendril::saved
