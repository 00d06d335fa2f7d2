// Writes the file of one of the benchmark's functions: `bench_emit NAME`.
#include <iostream>

#include "functions.hpp"

namespace {

using namespace bench;

template <class F, class... A>
void write(F f, const std::string& name, const A&... examples) {
  std::cout << td::source_code(td::trace_graph(f).graph(examples...), td::target::cpp, {.name = "emitted_" + name, .extern_c = true});
}

}  // namespace

int main(int argc, char** argv) {
  const std::string name = argc > 1 ? argv[1] : "";
  // Extents that are told apart: those of the call are arguments of what is written.
  const td::array vector = td::ones({50}), single = td::ones({50}, {.dtype = td::float32}),
                  table = td::ones({5, 40}, {.dtype = td::float32});
  const td::array row = td::ones({40}, {.dtype = td::float32}), other = td::ones({7, 40}, {.dtype = td::float32});
  const td::array joints = td::ones({7, 50}), pose_of_one = td::ones({7});
  if (name == "negate") write(negate, name, vector);
  else if (name == "normalize") write(normalize, name, vector);
  else if (name == "softmax") write(bench::softmax, name, table);
  else if (name == "layernorm") write(layernorm, name, table, row, row);
  else if (name == "gelu") write(bench::gelu, name, single);
  else if (name == "chain") write(chain, name, vector);
  else if (name == "gray") write(gray, name, td::ones({2, 3, 5, 7}, {.dtype = td::float32}));
  else if (name == "black_scholes") write(black_scholes, name, vector, vector, vector);
  else if (name == "distances") write(distances, name, table, other);
  else if (name == "pose") write(pose, name, pose_of_one, pose_of_one);
  else if (name == "kinematics") write(kinematics, name, joints, joints);
  else return std::cerr << "usage: bench_emit NAME\n", 2;
}
