// Keeping a function in a file, loading it where its source is not, and looking at it: as text, as counts, as a page.
// needs TENDRIL_HAS_SAVE
#include <tendril/tendril.hpp>

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iostream>
namespace td = tendril;
namespace fs = std::filesystem;

td::array layer(const td::array& x, const td::array& weight) {
  const td::array y = td::relu(td::matmul(x, weight));
  return (y - td::mean(y, {.axis = -1, .keepdims = true})) / (td::std(y, {.axis = -1, .keepdims = true}) + 1e-6);
}

int main() {
  // All files of this program go to a folder of its own.
  const fs::path folder = fs::temp_directory_path() / ("tendril-example-" + std::to_string(getpid()));
  fs::create_directories(folder);
  fs::current_path(folder);
  const td::array x = td::full({8, 4}, 0.5), weight = td::reshape(td::arange(4 * 3) / 8, {4, 3});

  // [readme save]
  auto f = td::trace_graph(layer, td::args(x, weight), {.name = "layer"});
  td::save(f, "layer.tendril");  // what was recorded: no machine code, nothing of this machine

  const td::function g = td::load("layer.tendril");  // elsewhere: `layer` itself is not needed
  const td::array y = g({x, weight})[0];
  // [readme save]
  std::cout << (td::allclose(y, f(x, weight)) ? "the same numbers\n" : "other numbers\n");

  // [readme graph]
  const td::graph recorded = td::load_graph("layer.tendril");
  std::cout << recorded;  // with the source lines of the program that wrote it
  for (const auto& [op, count] : td::op_frequencies(recorded)) std::cout << count << " " << op << "\n";
  // [readme graph]

  // [readme draw]
  std::ofstream("layer.svg") << td::draw(f);  // what was recorded
  const td::profile_report times = f.profile(x, weight);
  std::ofstream("layer.html") << td::draw_html(f.compiled(x, weight), {.profile = &times});  // what runs, with times
  // [readme draw]
  std::cout << (fs::file_size("layer.svg") > 1000 && fs::file_size("layer.html") > 1000 ? "two pictures\n" : "no pictures\n");

  // [readme refused]
  fs::resize_file("layer.tendril", 300);  // a copy that was cut short
  try {
    td::load("layer.tendril");
  } catch (const td::parse_error& e) { std::cout << e.what() << "\n"; }
  // [readme refused]

  // Arrays of NumPy, in and out.
  td::save_npy(y, "y.npy");
  std::cout << (td::allclose(td::load_npy("y.npy"), y) ? "y.npy has them too\n" : "y.npy differs\n");
  fs::current_path(fs::temp_directory_path());
  fs::remove_all(folder);
}
