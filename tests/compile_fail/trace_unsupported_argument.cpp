// expect: this argument is neither an array, a number, an enum, a string nor a nesting of those
#include <tendril/tendril.hpp>

class settings {
 public:
  explicit settings(int) {}
};

void configure() {
  const auto f = tendril::trace_graph([](const tendril::array& x, const settings&) { return x; });
  f(std::vector<double>{1}, settings(1));
}
