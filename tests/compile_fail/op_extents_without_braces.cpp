// expect: the options of an op are written in braces.*td::zeros\(\{2, 3\}, \{\.dtype = td::float32\}\)
// within: 15
#include <tendril/tendril.hpp>

tendril::array table() { return tendril::zeros(2, 3); }
