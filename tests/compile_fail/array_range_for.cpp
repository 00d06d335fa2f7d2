// expect: an array is not a range.*td::unstack\(x\)
// within: 15
#include <tendril/tendril.hpp>

tendril::array total(const tendril::array& x) {
  tendril::array s(0.0);
  for (auto row : x) s += row;
  return s;
}
