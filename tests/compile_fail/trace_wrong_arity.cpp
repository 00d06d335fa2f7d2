// expect: the function has fewer parameters than arguments were passed
#include <tendril/tendril.hpp>

void too_many() {
  const auto f = tendril::trace_graph([](const tendril::array& x) { return x; });
  f(std::vector<double>{1}, std::vector<double>{2});
}
