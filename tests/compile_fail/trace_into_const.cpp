// expect: `into` cannot write to this argument\. Pass a container, a Map, a Ref or a span of elements that are not const
#include <tendril/tendril.hpp>

void overwrite() {
  const auto f = tendril::trace_graph([](const tendril::array& x) { return x; });
  const std::vector<double> out(1);
  f.into(out, std::vector<double>{1});
}
