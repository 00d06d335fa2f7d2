// expect: the options of an op are written in braces, by their names: td::sum\(x, \{\.axis = 0\}\)
// within: 15
#include <tendril/tendril.hpp>

tendril::array columns(const tendril::array& x) { return tendril::sum(x, 0); }
