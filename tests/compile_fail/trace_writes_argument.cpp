// expect: takes an argument by a reference that it may write to, and what it writes there is lost
// within: 15
#include <tendril/tendril.hpp>

tendril::array scale(tendril::array& x) {
  x = x * 2;
  return x;
}
void call() {
  const auto f = tendril::trace_graph(scale);
  const std::vector<double> y = f(std::vector<double>{1});
}
