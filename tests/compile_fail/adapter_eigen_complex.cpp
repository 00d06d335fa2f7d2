// expect: this array has an element type that Tendril does not have
#include <tendril/eigen.hpp>

tendril::array spectrum() { return tendril::asarray(Eigen::VectorXcd(3)); }
