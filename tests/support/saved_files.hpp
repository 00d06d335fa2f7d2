// Saved files in tests: where they go, whether two graphs are the same to the last bit, and texts changed on their way.
#pragma once
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <tendril/tendril.hpp>

#include "array/array_impl.hpp"

namespace saved_files {

namespace td = tendril;
namespace fs = std::filesystem;

/// A folder of this process, gone when the test is done.
class folder {
 public:
  folder() : path_(fs::temp_directory_path() / ("tendril-" + std::to_string(getpid()) + "-" + std::to_string(count()++))) {
    fs::create_directories(path_);
  }
  ~folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  folder(const folder&) = delete;
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }
  const fs::path& path() const { return path_; }

 private:
  static int& count() {
    static int n = 0;
    return n;
  }
  fs::path path_;
};

inline std::string bytes_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
inline void write_bytes(const std::string& path, const std::string& bytes) { std::ofstream(path, std::ios::binary) << bytes; }

/// A .npy file of this header.
inline std::string npy(const std::string& header, const std::string& elements) {
  std::string h = header;
  h.append(63 - (10 + h.size()) % 64, ' ');
  h += '\n';
  return std::string("\x93NUMPY\x01\x00", 8) + static_cast<char>(h.size() & 0xff) + static_cast<char>(h.size() >> 8) + h + elements;
}

/// What differs first between two graphs, or nothing. Attributes are compared bit by bit, lines as they are printed.
inline std::string difference(const td::graph& a, const td::graph& b) {
  if (a.name != b.name) return "names " + a.name + " and " + b.name;
  if (a.inputs != b.inputs) return "inputs";
  if (a.results != b.results) return "results";
  if (a.types != b.types) return "types";
  if (a.nodes.size() != b.nodes.size()) return "the number of nodes";
  for (std::size_t i = 0; i < a.nodes.size(); ++i) {
    const td::node &x = a.nodes[i], &y = b.nodes[i];
    const std::string here = "node " + std::to_string(i) + " (" + x.op->name + "): ";
    if (x.op != y.op) return here + "op";
    if (x.inputs != y.inputs) return here + "inputs";
    if (!(x.attrs == y.attrs)) return here + "attributes";
    if (x.first_result != y.first_result || x.result_count != y.result_count) return here + "results";
    if (x.where.line() != y.where.line() || (x.where.line() && td::detail::spell(x.where) != td::detail::spell(y.where)))
      return here + "line";
    if (x.regions.size() != y.regions.size()) return here + "regions";
    for (std::size_t k = 0; k < x.regions.size(); ++k)
      if (const std::string d = difference(x.regions[k].body.front(), y.regions[k].body.front()); !d.empty()) return here + d;
  }
  return {};
}

/// Saved to a file and loaded from it.
inline td::graph there_and_back(const td::graph& g, const std::string& path) {
  td::save(g, path);
  return td::load_graph(path);
}

/// Whether two arrays have the same dtype, shape and bits.
inline bool same_bits(const td::array& a, const td::array& b) { return td::attribute_value(a) == td::attribute_value(b); }

}  // namespace saved_files
