// expect: this array has an element type that Tendril does not have
#include <tendril/natives.hpp>

tendril::array precise(const tendril::array& a) {
  long double x[2] = {1, 2};
  return a + x;
}
