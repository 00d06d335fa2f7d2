// expect: a gradient by the same argument is asked for twice
// within: 40
#include <tendril/tendril.hpp>

void call() {
  tendril::grad<0, 0>([](const tendril::array& x) { return tendril::sum(x); })(tendril::array(1.0));
}
