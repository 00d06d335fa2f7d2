// expect: the Eigen frontend has no partialPivLu\(\). Use inverse\(\) of up to four rows, or llt\(\) of a positive definite
#include <tendril/frontends/eigen.hpp>

void solve(const tendril::frontends::eigen::Matrix& m) { m.partialPivLu(); }
