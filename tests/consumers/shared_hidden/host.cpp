// Calls the plugin beside Tendril and Eigen code of its own, and catches what Tendril throws through the plugin.
#include <tendril/eigen.hpp>
#include <tendril/tendril.hpp>

#include <cstdio>

#include "plugin.hpp"

namespace td = tendril;

namespace {

td::array normalize(const td::array& x) { return (x - td::mean(x)) / td::std(x); }

bool host_catches_shape_error() {
  try {
    plugin_throws_shape_error();
  } catch (const td::shape_error& error) {
    std::printf("refused, as it must be: %s\n", error.what());
    return true;
  }
  return false;
}

}  // namespace

int main() {
  const int n = 1000;
  const Eigen::ArrayXd x = Eigen::ArrayXd::LinSpaced(n, -3., 5.).square();
  Eigen::ArrayXd from_plugin(n);
  plugin_normalize(x.data(), from_plugin.data(), n);
  const auto f = td::trace_graph(normalize);
  const Eigen::ArrayXd here = f(x);
  const Eigen::ArrayXd by_hand = (x - x.mean()) / std::sqrt((x - x.mean()).square().mean());

  int failures = 0;
  const auto require = [&](bool holds, const char* what) {
    if (!holds) std::fprintf(stderr, "FAILED: %s\n", what), ++failures;
  };
  require((here == from_plugin).all(), "plugin and host compute the same bits: kernels are chosen at run time, not by the user's flags");
  require((here - by_hand).abs().maxCoeff() < 1e-13, "normalize agrees with Eigen");
  require(plugin_catches_shape_error(), "the plugin catches shape_error");
  require(host_catches_shape_error(), "the host catches shape_error through the plugin");
  return failures;
}
