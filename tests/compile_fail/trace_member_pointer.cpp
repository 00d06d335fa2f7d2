// expect: a pointer to a member function has no object to be called on
// within: 15
#include <tendril/tendril.hpp>

struct model {
  double s = 2;
  tendril::array forward(const tendril::array& x) { return x * s; }
};
void call() {
  const auto f = tendril::trace_graph(&model::forward);
  const std::vector<double> y = f(std::vector<double>{1});
}
