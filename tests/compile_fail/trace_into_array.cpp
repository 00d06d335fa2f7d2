// expect: `into` cannot write to this argument
#include <tendril/tendril.hpp>

void immutable() {
  const auto f = tendril::trace_graph([](const tendril::array& x) { return x; });
  tendril::array out = tendril::zeros({1});
  f.into(out, std::vector<double>{1});
}
