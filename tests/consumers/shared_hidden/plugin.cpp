// A shared library that uses Tendril and Eigen inside and shows three plain functions.
#include "plugin.hpp"

#include <tendril/eigen.hpp>
#include <tendril/tendril.hpp>

namespace td = tendril;

namespace {

td::array normalize(const td::array& x) { return (x - td::mean(x)) / td::std(x); }

const td::traced normalize_traced = normalize;  // alive from the load of the library to its unload

}  // namespace

void plugin_normalize(const double* in, double* out, int n) {
  const Eigen::ArrayXd x = Eigen::Map<const Eigen::ArrayXd>(in, n);
  Eigen::Map<Eigen::ArrayXd>(out, n) = normalize_traced(x);
}

void plugin_throws_shape_error() { td::add(td::array({1., 2., 3.}), td::array({1., 2.})); }

bool plugin_catches_shape_error() {
  try {
    plugin_throws_shape_error();
  } catch (const td::shape_error&) { return true; }
  return false;
}
