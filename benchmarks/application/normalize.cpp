// A small application, for its size.
#include <tendril/tendril.hpp>

#include <cstdio>
namespace td = tendril;

int main() {
  const auto normalize = td::trace_graph([](const td::array& x) { return (x - td::mean(x)) / td::std(x); });
  const std::vector<double> y = normalize(std::vector<double>{1, 2, 3, 4});
  for (const double v : y) std::printf("%g\n", v);
}
