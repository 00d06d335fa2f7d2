// expect: the function returns nothing.*Return a td::array
// within: 15
#include <tendril/tendril.hpp>

void call() {
  const auto f = tendril::trace_graph([](const tendril::array& x) { tendril::exp(x); });
  const auto y = f(std::vector<double>{1});
}
