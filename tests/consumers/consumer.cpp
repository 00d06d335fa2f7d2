// What every consumer of the package builds: traces a function, replays it on native arrays, checks the numbers and catches an error.
#include <tendril/eigen.hpp>
#include <tendril/tendril.hpp>
#include <tendril/version.hpp>
#if CONSUMER_HAS_XTENSOR
#include <tendril/xtensor.hpp>
#endif

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace td = tendril;

namespace {

// NumPy: x = array([1., 2., 4., 9.]); (x - x.mean()) / x.std()
constexpr double expected[] = {-0.9733285267845753, -0.6488856845230502, 0.0, 1.6222142113076254};

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "FAILED: %s\n", what);
  std::exit(1);
}

template <class Container>
bool agrees(const Container& y) {
  for (std::size_t i = 0; i < 4; ++i)
    if (!(std::abs(y[static_cast<std::ptrdiff_t>(i)] - expected[i]) < 1e-15)) return false;
  return true;
}

td::array normalize(const td::array& x) { return (x - td::mean(x)) / td::std(x); }

}  // namespace

int main() {
  const auto f = td::trace_graph(normalize);
  Eigen::ArrayXd e(4);
  e << 1., 2., 4., 9.;
  const Eigen::ArrayXd first = f(e), second = f(e);
  require(agrees(first) && agrees(second), "normalize of an Eigen array");
#if CONSUMER_HAS_XTENSOR
  const xt::xarray<double> x = {1., 2., 4., 9.};
  const xt::xarray<double> z = f(x);
  for (std::size_t i = 0; i < 4; ++i) require(std::abs(z(i) - expected[i]) < 1e-15, "normalize of an xtensor array");
#endif
  // Saved and loaded, where Tendril was built with what that needs; nobody who uses it links that.
  try {
    td::save(f.graph(e), "consumer.tendril");
    const td::function g = td::load("consumer.tendril");
    const td::array y = g({td::array(e)})[0];
    require(agrees(std::vector<double>(y.data<double>(), y.data<double>() + 4)), "normalize out of a file");
    require(td::draw(g).find("<svg") == 0, "its picture");
    std::remove("consumer.tendril");
    std::printf("saved, loaded and drawn\n");
  } catch (const td::backend_error& error) { std::printf("no files here: %s\n", error.what()); }
  try {
    td::array sum = td::array({1., 2., 3.}) + td::array({1., 2.});
    require(false, "shapes that do not broadcast are refused");
  } catch (const td::shape_error& error) { std::printf("refused, as it must be: %s\n", error.what()); }
  std::printf("Tendril %d.%d.%d works\n", TENDRIL_VERSION_MAJOR, TENDRIL_VERSION_MINOR, TENDRIL_VERSION_PATCH);
}
