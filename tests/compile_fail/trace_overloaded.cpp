// expect: this name stands for several functions, and none is chosen
// within: 15
#include <tendril/tendril.hpp>

tendril::array scale(const tendril::array& x) { return x * 2; }
tendril::array scale(const tendril::array& x, const tendril::array& s) { return x * s; }
void call() { const auto f = tendril::trace_graph(scale); }
