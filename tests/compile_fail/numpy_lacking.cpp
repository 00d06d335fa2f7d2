// expect: numpy.unique needs what Tendril has not yet, a shape that follows from values: take sort and diff
#include <tendril/frontends/numpy.hpp>

tendril::frontends::numpy::ndarray kinds(const tendril::frontends::numpy::ndarray& x) { return tendril::frontends::numpy::unique(x); }
