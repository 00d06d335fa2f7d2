// expect: this aggregate has more than 12 members\. Pass a std::tuple, a std::map or nested aggregates instead
#include <tendril/tendril.hpp>

struct everything {
  tendril::array a, b, c, d, e, f, g, h, i, j, k, l, m;
};

void wide(const everything& all) {
  const auto f = tendril::trace_graph([](const everything& x) { return x.a; });
  f(all);
}
