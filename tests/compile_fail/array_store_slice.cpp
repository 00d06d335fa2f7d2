// expect: this would change a temporary.*Make a new array with td::where\(condition, value, a\) or td::concat
// within: 15
#include <tendril/tendril.hpp>

void store(tendril::array a) { a[{tendril::slice(1, 3)}] += 1.0; }
