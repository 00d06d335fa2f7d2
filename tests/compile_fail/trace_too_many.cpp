// expect: the function has fewer parameters than arguments were passed
// within: 15
#include <tendril/tendril.hpp>

tendril::array twice(const tendril::array& x) { return x * 2; }
void call() { const auto f = tendril::trace_graph(twice, tendril::args(std::vector<double>{1}, std::vector<double>{2})); }
