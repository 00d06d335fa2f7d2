// expect: the function takes a native array, and while it is traced there are no numbers to put into one\. Take `const td::array&`
#include <tendril/tendril.hpp>

void native() {
  const auto f = tendril::trace_graph([](const std::vector<double>& x) { return tendril::asarray(x); });
  f(std::vector<double>{1});
}
