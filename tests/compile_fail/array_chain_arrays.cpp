// expect: this compares the result of a comparison
// within: 15
#include <tendril/tendril.hpp>

tendril::array inside(const tendril::array& x, const tendril::array& low) {
  const auto y = x * 2 >= (low <= x);
  return y;
}
