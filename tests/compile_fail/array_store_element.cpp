// expect: this would change a temporary.*Make a new array with td::where\(condition, value, a\) or td::concat
// within: 15
#include <tendril/tendril.hpp>

void store(tendril::array a) { a[0] = tendril::array(5.0); }
