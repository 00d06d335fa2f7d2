// expect: this would change a temporary
// within: 15
#include <tendril/tendril.hpp>

void store(tendril::array a) { a[{tendril::slice(0, 2)}] = {1.0, 2.0}; }
