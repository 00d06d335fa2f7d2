// expect: std::vector<bool> packs its elements into bits, which no array can borrow
#include <tendril/tendril.hpp>

void mask() {
  const auto f = tendril::trace_graph([](const tendril::array& x) { return x; });
  f(std::vector<bool>(3));
}
