// expect: a traced function must return td::array \(or a nesting of them\), not native arrays
#include <tendril/tendril.hpp>

#include <vector>

void early() {
  const auto f = tendril::trace_graph([](const tendril::array& x) { return std::vector<double>{x.item<double>()}; });
  f(std::vector<double>{1});
}
