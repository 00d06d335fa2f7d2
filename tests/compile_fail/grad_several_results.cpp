// expect: only a function that returns one array has a gradient
// within: 40
#include <tendril/tendril.hpp>

void call() {
  tendril::grad([](const tendril::array& x) { return std::pair{x, x}; })(tendril::array(1.0));
}
