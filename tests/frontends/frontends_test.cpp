// One mechanism for every frontend: torch, numpy and xtensor code side by side, each with its own names, defaults and promotion.
#include <algorithm>
#include <functional>

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
  const auto run = [](np::ndarray (*f)(const np::ndarray&), const td::array& x) {
    return td::transpile(f, td::source::numpy, td::target::eigen)(x);
  };
  CHECK(run([](const np::ndarray& x) { return x.mean(); }, ints).item<double>() == Approx(7.0 / 3));
  CHECK(run([](const np::ndarray& x) { return x.var(); }, ints).item<double>() == Approx(14.0 / 9));
  CHECK(run([](const np::ndarray& x) { return x.sum(); }, flags).item<std::int64_t>() == 2);
  CHECK(run([](const np::ndarray& x) { return x.mean(); }, flags).item<double>() == Approx(2.0 / 3));
  CHECK(run([](const np::ndarray& x) { return x + x; }, flags).dtype() == td::bool_);
  CHECK_THROWS_WITH(run([](const np::ndarray& x) { return x - x; }, flags), contains("[subtract] numpy does not take bool"));
  CHECK(td::allclose(run([](const np::ndarray& x) { return np::exp(np::sqrt(np::multiply(x, x))) / np::exp(-(-x)); }, ints),
                     td::array({1.0, 1.0, 1.0})));
}

TEST_CASE("promotion sees every operand of a list, however many there are") {
  for (const std::size_t floats : {1, 15, 16, 17, 40}) {
    std::vector<td::array> parts(floats, td::array({0.5F, 1.5F}));
    parts.push_back(td::array({2.5}));
    std::vector<torch::Tensor> tensors;
    for (const td::array& a : parts) tensors.emplace_back(a);
    INFO(floats << " of float32 and one of float64");
    CHECK(torch::cat(tensors).value().dtype() == td::float64);
    tensors.back() = torch::Tensor(td::array({1.5, 2.5}));
    CHECK(torch::stack(tensors).value().dtype() == td::float64);
    const auto joined = [&](const std::vector<torch::Tensor>& x) { return torch::cat(x); };
    const td::array y = td::transpile(joined, td::source::torch, td::target::eigen)(parts);
    CHECK(y.dtype() == td::float64);
    CHECK(y.data<double>()[y.size() - 1] == 2.5);
    // Tensors without dims count less, wherever they stand.
    std::vector<torch::Tensor> singles(floats, torch::Tensor(td::array(0.5F)));
    singles.emplace_back(td::array(2.5));
    CHECK(torch::stack(singles).value().dtype() == td::float64);
  }
}

TEST_CASE("no list is an empty list: the shape of a scalar, or nothing to do") {
  const torch::Tensor one(td::array({2.5F})), scalar(td::array(2.5F)), row(td::array({1.0F, 2.0F, 3.0F}));
  const auto is = [](const torch::Tensor& x, const td::extents& shape, std::vector<float> elements) {
    const td::array y = td::reshape(x.value(), {-1});
    CHECK(x.value().shape() == shape);
    CHECK(td::to<std::vector<float>>(td::astype(y, td::float32)) == elements);
  };
  is(torch::zeros({}), {}, {0});
  is(torch::ones({}, {.dtype = td::int32}), {}, {1});
  is(torch::full({}, 7), {}, {7});
  is(torch::reshape(one, {}), {}, {2.5F});
  is(one.view({}), {}, {2.5F});
  is(torch::permute(scalar, {}), {}, {2.5F});
  is(torch::broadcast_to(scalar, {}), {}, {2.5F});
  is(torch::flip(row, {}), {3}, {1, 2, 3});
  is(torch::tile(row, {}), {3}, {1, 2, 3});
  is(row.repeat({}), {3}, {1, 2, 3});
  is(torch::squeeze(one, {}), {1}, {2.5F});
  is(one.squeeze({}), {1}, {2.5F});
  is(torch::squeeze(one), {}, {2.5F});
  is(one.squeeze(), {}, {2.5F});
  is(torch::sum(row, {.dim = {}}), {}, {6});
  is(torch::amax(row, {.dim = std::vector<std::int64_t>()}), {}, {3});
  CHECK_THROWS_WITH(torch::permute(row, {}), contains("[permute_dims]"));
  CHECK_THROWS_WITH(torch::reshape(row, {}), contains("[reshape]"));
  CHECK_THROWS_WITH(torch::roll(row, {}), contains("[roll] shifts and dims do not pair: got 0 shifts and 0 dims"));
  CHECK_THROWS_WITH(torch::roll(row, {1, 2}), contains("got 2 shifts and 0 dims"));
  CHECK_THROWS_WITH(torch::roll(row, 1, {.dims = {0, 0}}), contains("got 1 shifts and 2 dims"));
  CHECK(td::all(np::tile(np::ndarray(row.value()), {}).value() == row.value()).item<bool>());
}

TEST_CASE("integers divided by 0: an error where torch raises, 0 where numpy gives 0") {
  const auto same = [](const td::array& x, const td::array& y) { return td::all(x == y).item<bool>(); };
  const td::array a({7, -7, 0}), zeros({2, 0, 3}), good({2, -2, 3});
  for (const std::string& backend : td::backends()) {
    INFO("backend " << backend);
    const td::backend_scope scope(backend);
    const auto check = [&](torch::Tensor (*op)(const torch::Tensor&, const torch::Tensor&), const char* name, const td::array& right) {
      const auto eager = [&](const td::array& y) { return op(torch::Tensor(a), torch::Tensor(y)).value(); };
      const auto f = td::trace_graph(
          td::unify([op](const torch::Tensor& x, const torch::Tensor& y) { return op(x, y); }, td::source::torch), {.to = backend});
      CHECK(same(eager(good), right));
      CHECK(same(f(a, good), right));
      const std::string said = std::string("[") + name + "] an integer is divided by 0: got a divisor of 0, expected none.";
      CHECK_THROWS_WITH(eager(zeros), contains(said));
      CHECK_THROWS_WITH(f(a, zeros), contains(said));
      CHECK(same(f(a, good), right));  // and goes on after it
    };
    check([](const torch::Tensor& x, const torch::Tensor& y) { return torch::floor_divide(x, y); }, "floor_divide", td::array({3, 3, 0}));
    check([](const torch::Tensor& x, const torch::Tensor& y) { return x % y; }, "remainder", td::array({1, -1, 0}));
    CHECK_THROWS_WITH(torch::remainder(torch::Tensor(a), 0), contains("[remainder] an integer is divided by 0"));
    CHECK_THROWS_WITH(torch::floor_divide(torch::Tensor(a), 0), contains("[floor_divide] an integer is divided by 0"));
    CHECK(td::all(np::floor_divide(np::ndarray(a), np::ndarray(zeros)).value() == td::array({3, 0, 0})).item<bool>());
    CHECK(td::all(np::remainder(np::ndarray(a), np::ndarray(zeros)).value() == td::array({1, 0, 0})).item<bool>());
  }
}

namespace {

// One object, called with these extents in turn: a graph recorded for one of them must not run for another that it does not fit.
template <class Source, class Array>
void check_extents(const char* name, Source source, const std::function<Array(const Array&)>& f,
                   std::initializer_list<std::int64_t> counts) {
  const auto transpiled = td::transpile(f, source, td::target::eigen);
  const auto unified = td::unify(f, source);
  std::vector<std::string> backends = td::backends();
  std::vector<decltype(td::trace_graph(unified, {.to = std::string()}))> traced;
  for (const std::string& b : backends) traced.push_back(td::trace_graph(unified, {.to = b}));
  for (const std::int64_t n : counts) {
    INFO(name << ", extent " << n);
    const td::array x = td::arange(1, n + 1, 1, {.dtype = td::float64});
    const td::array want = f(Array(x)).value();
    const auto same = [&](const td::array& got) {
      CHECK(got.dtype() == want.dtype());
      REQUIRE(got.shape() == want.shape());
      CHECK(td::all(got == want).item<bool>());
    };
    same(transpiled(x));
    same(unified(x));
    for (std::size_t b = 0; b < backends.size(); ++b) same(traced[b](x));
  }
}

}  // namespace

TEST_CASE("one object for every extent: results whose number or shape follows from extents") {
  td::set_warning_handler([](std::string_view) {});  // of no elements the sum is a constant
  const std::initializer_list<std::int64_t> all = {1, 4, 0, 2, 1, 0, 7};
#define TORCH(...)                                   \
  check_extents<td::source::torch_t, torch::Tensor>( \
      #__VA_ARGS__, td::source::torch, [](const torch::Tensor& x) { return __VA_ARGS__; }, all)
  TORCH([&] {
    torch::Tensor s = torch::zeros({}, {.dtype = td::float64});
    for (const torch::Tensor& r : torch::unbind(x)) s = s + r;
    return s;
  }());
  TORCH([&] {
    torch::Tensor s = torch::zeros({}, {.dtype = td::float64});
    for (const torch::Tensor& r : torch::unbind(torch::cat({x, x}))) s = s * 2 + r;
    return s;
  }());
  TORCH([&] {
    torch::Tensor s = torch::zeros({}, {.dtype = td::float64});
    for (const torch::Tensor& r : torch::unbind(torch::unsqueeze(x, 0), {1})) s = s * 2 + torch::sum(r);
    return s;
  }());
  TORCH(torch::squeeze(x));
  TORCH(torch::squeeze(torch::unsqueeze(x, 0)));
  TORCH(torch::squeeze(torch::unsqueeze(x, 0), 1));
  TORCH(torch::sum(torch::squeeze(x)));
  TORCH(torch::flatten(torch::unsqueeze(x, 1)));
  TORCH(torch::reshape(x, {-1, 1}));
  TORCH(torch::cat({x, x, torch::zeros({2})}));
  TORCH(torch::stack({x, x}, {1}));
  TORCH(torch::t(torch::unsqueeze(x, 0)));
  TORCH(torch::tile(x, {2, 3}));
  TORCH(torch::repeat_interleave(x, 3));
  TORCH(torch::repeat_interleave(x, 2, {0}));
  TORCH(torch::diff(x));
  TORCH(torch::diff(x > 1, {.n = 2}));
  TORCH(torch::diff(x, {.n = 3}));
  TORCH(torch::flip(x, {0}));
  TORCH(torch::roll(x, 1));
  TORCH(torch::cumsum(x, 0));
  TORCH(torch::sort(x, {.descending = true}).second);
  TORCH(torch::searchsorted(x, x * 0.5));
  TORCH(torch::bucketize(x * 2.0, x));
  TORCH(torch::count_nonzero(x));
  TORCH(torch::zeros_like(x));
  TORCH(torch::full_like(x, 2));
  TORCH(torch::gather(x, 0, torch::argsort(x)));
  TORCH(torch::index_select(x, 0, torch::argsort(x)));
  TORCH(torch::take(x, torch::argsort(x)));
  TORCH(torch::take_along_dim(x, torch::argsort(x)));
  TORCH(torch::matmul(torch::unsqueeze(x, 1), torch::unsqueeze(x, 0)));
  TORCH(torch::matmul(x, x));
  TORCH(x[td::slice(1, {})]);
  TORCH(x[td::slice({}, {}, 2)]);
  TORCH(torch::floor_divide(x.to(td::int64), torch::ones_like(x)).to(td::float64));
#undef TORCH
#define NUMPY(...)                                 \
  check_extents<td::source::numpy_t, np::ndarray>( \
      #__VA_ARGS__, td::source::numpy, [](const np::ndarray& x) { return __VA_ARGS__; }, all)
  NUMPY(np::diff(x));
  NUMPY(np::diff(np::greater(x, 2), {.n = 2}));
  NUMPY(np::repeat(x, 2));
  NUMPY(np::tile(x, {2, 1}));
  NUMPY(np::take(x, np::argsort(x)));
  NUMPY(np::take_along_axis(x, np::argsort(x)));
  NUMPY(np::searchsorted(x, x));
  NUMPY(np::cumsum(x));
  NUMPY(np::sum(x));
#undef NUMPY
#define XTENSOR(...)                                                    \
  check_extents<td::source::xtensor_t, td::frontends::xtensor::xarray>( \
      #__VA_ARGS__, td::source::xtensor, [](const auto& x) { return __VA_ARGS__; }, all)
  XTENSOR(xt::cumsum(x));
  XTENSOR(xt::sum(x));
  XTENSOR(xt::sort(x));
#undef XTENSOR
  td::set_warning_handler(nullptr);
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
  const auto gives = [&](const std::function<td::frontends::xtensor::xarray(const td::frontends::xtensor::xarray&)>& f,
                         const xt::xarray<double>& want) {
    const xt::xarray<double> have = td::transpile(f, td::source::xtensor, td::target::xtensor)(x);
    REQUIRE(have.shape() == want.shape());
    CHECK(td::allclose(td::asarray(have), td::asarray(want), 1e-12, 0, true));
  };
  // The same words on both arrays; the rest is one function for all of them.
  const auto same = [&](auto f) { gives(f, f(x)); };
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
