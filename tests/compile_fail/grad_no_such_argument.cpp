// expect: a gradient by an argument is asked for that the function does not have
// within: 40
#include <tendril/tendril.hpp>

void call() {
  tendril::grad<1>([](const tendril::array& x) { return tendril::sum(x); })(tendril::array(1.0));
}
