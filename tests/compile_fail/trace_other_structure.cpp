// expect: call_as asks for another structure than the function returns
// within: 15
#include <tendril/tendril.hpp>

void call() {
  const auto f = tendril::trace_graph([](const tendril::array& x) { return x; });
  const auto y = f.call_as<std::pair<double, double>>(std::vector<double>{1});
}
