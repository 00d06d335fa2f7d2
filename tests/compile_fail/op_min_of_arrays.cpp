// expect: td::max and td::min reduce one array
// within: 15
#include <tendril/tendril.hpp>

tendril::array lower(const tendril::array& x, const std::vector<double>& y) { return tendril::min(x, y); }
