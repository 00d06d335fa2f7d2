// expect: the function takes a native array.*td::static_\(value\)
// within: 15
#include <tendril/tendril.hpp>

#include <span>

void call() {
  const auto f = tendril::trace_graph([](std::span<const double> x) { return tendril::asarray(x); });
  const auto y = f.call_as<double>(std::vector<double>{1});
}
