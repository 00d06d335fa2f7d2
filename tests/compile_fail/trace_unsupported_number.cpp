// expect: a number of this type has no dtype\. Convert it to bool, int, std::int64_t, float or double, or wrap it in td::static_
#include <tendril/tendril.hpp>

void precise() {
  const auto f = tendril::trace_graph([](const tendril::array& x, const tendril::array& y) { return x + y; });
  f(std::vector<double>{1}, 1.0L);
}
