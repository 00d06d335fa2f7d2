// expect: `0 < x < 2` asks whether true or false is less than 2\. Write `\(0 < x\) & \(x < 2\)`
// within: 15
#include <tendril/tendril.hpp>

tendril::array inside(const tendril::array& x) { return 0 < x < 2; }
