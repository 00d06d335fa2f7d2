// One mechanism for every frontend: torch, numpy and xtensor code side by side, each with its own names, defaults and promotion.
#include <algorithm>

#include <tendril/frontends/numpy.hpp>
#include <tendril/frontends/torch.hpp>
#include <tendril/frontends/xtensor.hpp>
#include <tendril/tendril.hpp>

#if TENDRIL_HAS_XTENSOR_BACKEND
#include <tendril/xtensor.hpp>

#if __has_include(<xtensor/core/xmath.hpp>)
#include <xtensor/core/xmath.hpp>
#include <xtensor/misc/xsort.hpp>
#else
#include <xtensor/xmath.hpp>
#include <xtensor/xsort.hpp>
#endif
#endif

#include "catch.hpp"

namespace {

namespace td = tendril;
namespace torch = tendril::frontends::torch;
namespace np = tendril::frontends::numpy;

const std::vector<double> numbers{0.5488135039273248, 0.7151893663724195, 0.6027633760716439, 0.5448831829968969, 0.4236547993389047,
                                  0.6458941130666561, 0.4375872112626925, 0.8917730007820798, 0.9636627605010293, 0.3834415188257777};
// numpy.std(x) and numpy.std(x, ddof=1) of the ten numbers.
constexpr double biased = 0.18447489445957163, unbiased = 0.19445361253714097;

/// Code as it is written for xtensor: generic, and `auto` throughout.
const auto xtensor_std = [](const auto& x) { return xt::stddev(x); };
const auto xtensor_normalize = [](const auto& x) { return (x - xt::mean(x)) / xt::stddev(x); };

template <class Source, class F>
double std_of(F f, Source source) {
  const auto g = td::transpile(f, source, td::target::eigen);
  CHECK(g.pending() == "");
  CHECK(td::op_node_count(g.graph()) == 1);
  return g.template call_as<td::array>(numbers).template item<double>();
}

template <class F, class Source>
td::dtype dtype_of(F f, Source source, const td::array& a, const td::array& b) {
  return td::transpile(f, source, td::target::eigen)(a, b).dtype();
}

}  // namespace

TEST_CASE("std of three frameworks: names and defaults differ, the op is one") {
  CHECK(std_of([](const torch::Tensor& x) { return torch::std(x); }, td::source::torch) == Approx(unbiased).epsilon(1e-12));
  CHECK(std_of([](const torch::Tensor& x) { return torch::std(x, {.unbiased = false}); }, td::source::torch) ==
        Approx(biased).epsilon(1e-12));
  CHECK(std_of([](const np::ndarray& x) { return np::std(x); }, td::source::numpy) == Approx(biased).epsilon(1e-12));
  CHECK(std_of([](const np::ndarray& x) { return np::std(x, {.ddof = 1}); }, td::source::numpy) == Approx(unbiased).epsilon(1e-12));
  CHECK(std_of(xtensor_std, td::source::xtensor) == Approx(biased).epsilon(1e-12));
}

TEST_CASE("int32 and float32 together: three promotions") {
  const td::array ints({1, 2, 3}), floats({0.5F, 1.5F, 2.5F});
  CHECK(dtype_of([](const torch::Tensor& a, const torch::Tensor& b) { return a + b; }, td::source::torch, ints, floats) == td::float32);
  CHECK(dtype_of([](const np::ndarray& a, const np::ndarray& b) { return a + b; }, td::source::numpy, ints, floats) == td::float64);
  CHECK(dtype_of([](const auto& a, const auto& b) { return a + b; }, td::source::xtensor, ints, floats) == td::float32);
  // int32 divided by int32
  CHECK(dtype_of([](const torch::Tensor& a, const torch::Tensor& b) { return a / b; }, td::source::torch, ints, ints) == td::float32);
  CHECK(dtype_of([](const np::ndarray& a, const np::ndarray& b) { return a / b; }, td::source::numpy, ints, ints) == td::float64);
  CHECK_THROWS_WITH(dtype_of([](const auto& a, const auto& b) { return a / b; }, td::source::xtensor, ints, ints),
                    contains("[divide] xtensor divides integers as C++ does, dropping the fraction"));
  // an int32 array and a number with a fraction; a float32 one
  const auto with = [](const td::array& a, auto source, auto f) { return td::transpile(f, source, td::target::eigen)(a).dtype(); };
  CHECK(with(ints, td::source::torch, [](const torch::Tensor& a) { return a * 2.5; }) == td::float32);
  CHECK(with(ints, td::source::numpy, [](const np::ndarray& a) { return a * 2.5; }) == td::float64);
  CHECK(with(ints, td::source::xtensor, [](const auto& a) { return a * 2.5; }) == td::float64);
  CHECK(with(floats, td::source::torch, [](const torch::Tensor& a) { return a * 2.5; }) == td::float32);
  CHECK(with(floats, td::source::numpy, [](const np::ndarray& a) { return a * 2.5; }) == td::float32);
  CHECK(with(floats, td::source::xtensor, [](const auto& a) { return a * 2.5; }) == td::float64);  // a C++ double
  // sums of int32
  CHECK(with(ints, td::source::torch, [](const torch::Tensor& a) { return torch::sum(a); }) == td::int64);
  CHECK(with(ints, td::source::numpy, [](const np::ndarray& a) { return np::sum(a); }) == td::int64);
  CHECK(with(ints, td::source::xtensor, [](const auto& a) { return xt::sum(a); }) == td::int32);
}

TEST_CASE("numpy: means of integers, bool as numbers, and what it refuses") {
  const td::array ints({1, 2, 4}), flags({true, false, true});
  const auto run = [](auto f, const td::array& x) { return td::transpile(f, td::source::numpy, td::target::eigen)(x); };
  CHECK(run([](const np::ndarray& x) { return x.mean(); }, ints).item<double>() == Approx(7.0 / 3));
  CHECK(run([](const np::ndarray& x) { return x.var(); }, ints).item<double>() == Approx(14.0 / 9));
  CHECK(run([](const np::ndarray& x) { return x.sum(); }, flags).item<std::int64_t>() == 2);
  CHECK(run([](const np::ndarray& x) { return x.mean(); }, flags).item<double>() == Approx(2.0 / 3));
  CHECK(run([](const np::ndarray& x) { return x + x; }, flags).dtype() == td::bool_);
  CHECK_THROWS_WITH(run([](const np::ndarray& x) { return x - x; }, flags), contains("[subtract] numpy does not take bool"));
  CHECK(td::allclose(run([](const np::ndarray& x) { return np::exp(np::sqrt(np::multiply(x, x))) / np::exp(-(-x)); }, ints),
                     td::array({1.0, 1.0, 1.0})));
}

#if TENDRIL_HAS_XTENSOR_BACKEND
TEST_CASE("xtensor code runs on xtensor's own arrays and on the frontend's, to the same numbers") {
  xt::xarray<double> x = xt::xarray<double>::from_shape({2, 5});
  std::copy(numbers.begin(), numbers.end(), x.begin());
  const xt::xarray<double> own = xtensor_normalize(x);
  const auto f = td::transpile(xtensor_normalize, td::source::xtensor, td::target::xtensor);
  CHECK(f.pending() == "");
  const xt::xarray<double> y = f(x);
  REQUIRE(y.shape() == own.shape());
  for (std::size_t i = 0; i < own.size(); ++i) CHECK(y.flat(i) == Approx(own.flat(i)).epsilon(1e-12));
  const auto forms = [](const auto& a) {
    return xt::sum(a, {0}) + xt::exp(xt::mean(a, {0}, xt::keep_dims)) - xt::sqrt(xt::sum<double>(a, {0, 1}));
  };
  const xt::xarray<double> expected = forms(x);
  const xt::xarray<double> got = td::transpile(forms, td::source::xtensor, td::target::xtensor)(x);
  REQUIRE(got.shape() == expected.shape());
  for (std::size_t i = 0; i < expected.size(); ++i) CHECK(got.flat(i) == Approx(expected.flat(i)).epsilon(1e-12));
  // xtensor 0.24's own stddev over axes does not run under C++20.
  const auto deviation =
      td::transpile([](const auto& a) { return xt::stddev(a, {0}, xt::keep_dims); }, td::source::xtensor, td::target::xtensor);
  CHECK(td::allclose(td::asarray(deviation(x)), td::std(td::asarray(x), {.axis = 0, .keepdims = true}), 1e-12));
  CHECK(td::transpile([](const auto& a) { return xt::mean(a, 1); }, td::source::xtensor, td::target::xtensor)(x).shape()[0] == 2);
  // Elementary functions, running totals and sorting.
  const auto same = [&](auto f) {
    const xt::xarray<double> want = f(x), have = td::transpile(f, td::source::xtensor, td::target::xtensor)(x);
    REQUIRE(have.shape() == want.shape());
    CHECK(td::allclose(td::asarray(have), td::asarray(want), 1e-12, 0, true));
  };
#define X(name, op) same([](const auto& a) { return xt::name(a); });
  TENDRIL_XT_UNARY(X)
#undef X
#define X(name, op) same([](const auto& a) { return xt::name(a, a + a); });
  TENDRIL_XT_BINARY(X)
#undef X
  same([](const auto& a) { return xt::cumsum(a, 0); });
  same([](const auto& a) { return xt::cumsum(a, 1); });
  same([](const auto& a) { return xt::cumsum(a); });
  same([](const auto& a) { return xt::cumprod(a, 1); });
  same([](const auto& a) { return xt::cumprod(a); });
  same([](const auto& a) { return xt::sort(a); });
  same([](const auto& a) { return xt::sort(a, 0); });
  const auto order = td::transpile([](const auto& a) { return xt::argsort(a, 1); }, td::source::xtensor, td::target::xtensor);
  CHECK(td::all(td::asarray(order.template call_as<td::array>(x)) == td::argsort(td::asarray(x))).item<bool>());
  const td::array whole({1, 2, 4});
  const auto dtype_of_function = [&](auto f) { return td::transpile(f, td::source::xtensor, td::target::xtensor)(whole).dtype(); };
  CHECK(dtype_of_function([](const auto& a) { return xt::floor(a); }) == td::float64);  // as std::floor of int
  CHECK(dtype_of_function([](const auto& a) { return xt::sin(a); }) == td::float64);
  CHECK(dtype_of_function([](const auto& a) { return xt::cumsum(a, 0); }) == td::int32);
  // Element types as xtensor's own.
  using own_sum = std::decay_t<decltype(xt::sum(xt::xarray<int>())())>;
  using own_mean = std::decay_t<decltype(xt::mean(xt::xarray<float>())())>;
  using own_product = std::decay_t<decltype((xt::xarray<float>() * 2.5)())>;
  STATIC_REQUIRE(std::is_same_v<own_sum, int>);
  STATIC_REQUIRE(std::is_same_v<own_mean, double>);
  STATIC_REQUIRE(std::is_same_v<own_product, double>);
}
#endif
