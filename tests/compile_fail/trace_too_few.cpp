// expect: the function has more parameters than arguments were passed
// within: 15
#include <tendril/tendril.hpp>

void call() {
  const auto f = tendril::trace_graph([](const tendril::array& x, const tendril::array& y) { return x + y; });
  std::vector<double> out(1);
  f.into(out, std::vector<double>{1});
}
