// expect: the Eigen frontend has no fullPivLu\(\). Use partialPivLu\(\) of an invertible matrix, or llt\(\) of a positive definite
#include <tendril/frontends/eigen.hpp>

void solve(const tendril::frontends::eigen::Matrix& m) { m.fullPivLu(); }
