// expect: td::max and td::min reduce one array\. Of two arrays, or of an array and a number, take td::maximum
// within: 15
#include <tendril/tendril.hpp>

tendril::array positive(const tendril::array& x) { return tendril::max(x, 0.0); }
