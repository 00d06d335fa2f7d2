// The smallest program: record a function once, replay it.
// [readme]
#include <tendril/tendril.hpp>

#include <iostream>
namespace td = tendril;

td::array normalize(const td::array& x) { return (x - td::mean(x)) / td::std(x); }

int main() {
  const std::vector<double> x{1, 2, 3, 4};
  auto f = td::trace_graph(normalize);            // nothing happens yet
  std::vector<double> y = f(x);                   // the first call records normalize as a graph, compiles it and runs it
  y = f(x);                                       // every later call replays: normalize itself never runs again
  std::cout << td::view(y) << "\n" << f.graph();  // the numbers, and what was recorded
}
// [readme]
