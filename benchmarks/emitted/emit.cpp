// Writes the file of one of the benchmark's functions: `bench_emit NAME cpp` or `bench_emit NAME eigen`.
#include <iostream>

#include "functions.hpp"

namespace {

using namespace bench;

// The perceptron with its weights as arguments: as numbers in the text they would be too many.
td::array layers(const td::array& x, const td::array& w1, const td::array& b1, const td::array& w2, const td::array& b2,
                 const td::array& w3, const td::array& b3) {
  return perceptron{w1, b1, w2, b2, w3, b3}(x);
}

template <class F, class... A>
void write(F f, const std::string& name, const std::string& target, const A&... examples) {
  const td::graph g = td::trace_graph(f).graph(examples...);
  if (target == "eigen") std::cout << td::source_code(g, td::target::eigen, {.name = "emitted_eigen_" + name});
  else std::cout << td::source_code(g, td::target::cpp, {.name = "emitted_" + name, .extern_c = true});
}

}  // namespace

int main(int argc, char** argv) {
  const std::string name = argc > 2 ? argv[1] : "", target = argc > 2 ? argv[2] : "";
  // Extents that are told apart: those of the call are arguments of what is written.
  const auto single = [](std::vector<std::int64_t> shape) { return td::ones(shape, {.dtype = td::float32}); };
  const td::array vector = td::ones({50}), table = single({5, 40}), row = single({40}), joints = td::ones({7, 50}),
                  pose_of_one = td::ones({7});
  if (name == "negate") write(negate, name, target, vector);
  else if (name == "normalize") write(normalize, name, target, vector);
  else if (name == "softmax") write(bench::softmax, name, target, table);
  else if (name == "layernorm") write(layernorm, name, target, table, row, row);
  else if (name == "gelu") write(bench::gelu, name, target, single({50}));
  else if (name == "chain") write(chain, name, target, vector);
  else if (name == "gray") write(gray, name, target, single({2, 3, 5, 7}));
  else if (name == "black_scholes") write(black_scholes, name, target, vector, vector, vector);
  else if (name == "perceptron")
    write(layers, name, target, single({5, 40}), single({30, 40}), single({30}), single({20, 30}), single({20}), single({9, 20}),
          single({9}));
  else if (name == "distances") write(distances, name, target, table, single({7, 40}));
  else if (name == "pose") write(pose, name, target, pose_of_one, pose_of_one);
  else if (name == "kinematics") write(kinematics, name, target, joints, joints);
  else return std::cerr << "usage: bench_emit NAME cpp|eigen\n", 2;
}
