// expect: this would change a temporary
// within: 15
#include <tendril/tendril.hpp>

void store(tendril::array a, const std::vector<double>& v) { a[1] *= v; }
