// Seeing what a function costs: the time and traffic of each step, the stages of a fused group, and its machine code.
#include <tendril/tendril.hpp>

#include <algorithm>
#include <iostream>
namespace td = tendril;

// A layer and its normalisation: a product that runs as a kernel of its own, and what follows it, fused.
td::array layer(const td::array& x, const td::array& weight) {
  const td::array y = td::relu(td::matmul(x, weight));
  return (y - td::mean(y, {.axis = -1, .keepdims = true})) / (td::std(y, {.axis = -1, .keepdims = true}) + 1e-6);
}

int main() {
  const td::array x = td::full({256, 128}, 0.5), weight = td::reshape(td::arange(128 * 64) / 4096, {128, 64});

  // [readme profile]
  auto f = td::trace_graph(layer, td::args(x, weight), {.to = "eigen", .name = "layer"});
  const td::profile_report p = f.profile(x, weight);  // runs it many times, step by step under a clock
  std::cout << p;
  // [readme profile]

  // The same as numbers.
  std::cout << "\n"
            << p.steps.size() << " steps; the second reads " << p.steps[1].bytes_read << " bytes and writes " << p.steps[1].bytes_written;
  std::cout << (p.steps[1].bandwidth() > 1e6 ? ", at more than a megabyte a second" : "") << "\n";

  // The stages of the group: instructions over blocks that stay in cache, phase by phase.
  std::cout << "\n" << f.compiled(x, weight).stages();

  // Machine code, where this machine has the jit backend: which bytes run, as assembly where Tendril was built with Capstone.
  const auto all = td::backends();
  if (std::find(all.begin(), all.end(), "jit") == all.end()) return 0;
  const auto code = f.to("jit").compiled(x, weight).code();
  if (code.size() != 1 || code[0].bytes.empty()) return 1;
  std::clog << code[0];
}
