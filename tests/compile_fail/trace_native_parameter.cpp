// expect: the function cannot be called with these arguments traced\. Every native array becomes a td::array
#include <tendril/tendril.hpp>

void native() {
  const auto f = tendril::trace_graph([](const std::vector<double>& x) { return tendril::asarray(x); });
  f(std::vector<double>{1});
}
