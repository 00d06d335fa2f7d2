// expect: td::view borrows memory, and a lazy expression has none\. Evaluate it into a container first
#include <tendril/eigen.hpp>

tendril::array nowhere(const Eigen::ArrayXd& a, const Eigen::ArrayXd& b) { return tendril::view(a + b); }
