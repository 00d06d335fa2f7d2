// expect: `into` writes to a temporary, which nobody sees
// within: 15
#include <tendril/tendril.hpp>

void call() {
  const auto f = tendril::trace_graph([](const tendril::array& x) { return x; });
  f.into(std::vector<double>(1), std::vector<double>{1});
}
