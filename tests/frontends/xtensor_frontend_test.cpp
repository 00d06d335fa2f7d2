// The xtensor frontend against xtensor itself: generic functions run on xtensor's own arrays, on the frontend's eagerly, and recorded.
#include <tendril/frontends/xtensor.hpp>

#include <tendril/tendril.hpp>
#include <tendril/xtensor.hpp>

#if __has_include(<xtensor/core/xmath.hpp>)
#include <xtensor/core/xmath.hpp>
#include <xtensor/misc/xmanipulation.hpp>
#include <xtensor/misc/xsort.hpp>
#include <xtensor/views/xview.hpp>
#else
#include <xtensor/xmanipulation.hpp>
#include <xtensor/xmath.hpp>
#include <xtensor/xsort.hpp>
#include <xtensor/xview.hpp>
#endif
#include <functional>

#include "catch.hpp"

namespace {

namespace td = tendril;
using td::frontends::xtensor::xarray;
using many = std::vector<td::array>;

void compare(const td::array& got, const td::array& want, double tolerance) {
  REQUIRE(got.dtype() == want.dtype());
  REQUIRE(td::to_string(got.shape()) == td::to_string(want.shape()));
  const td::array g = td::reshape(td::astype(got, td::float64), {-1}), w = td::reshape(td::astype(want, td::float64), {-1});
  for (std::int64_t i = 0; i < want.size(); ++i) {
    const double a = g[i].item<double>(), b = w[i].item<double>();
    if (std::isnan(b)) CHECK(std::isnan(a));
    else CHECK(std::abs(a - b) <= tolerance * (1 + std::abs(b)));
  }
}

void check(int line, const std::function<td::array(const many&)>& on_frontend, const many& arguments, const td::array& want,
           double tolerance) {
  CAPTURE(line);
  compare(on_frontend(arguments), want, tolerance);
  for (const char* backend : {"eigen", "jit", "xtensor"}) {
    if (std::ranges::count(td::backends(), std::string(backend)) == 0) continue;
    const auto traced = td::trace_graph(on_frontend, {.to = backend});
    for (int call = 0; call < 2; ++call) compare(traced(arguments), want, tolerance);
  }
}

// Indices are std::size_t in xtensor; the frontend's are int64.
template <class E>
td::array evaluated(const E& e) {
  if constexpr (std::is_arithmetic_v<E>) {
    if constexpr (std::is_same_v<E, bool> || std::is_floating_point_v<E>) return td::array(e);
    else return td::array(static_cast<std::int64_t>(e));
  } else {
    using T = typename E::value_type;
    using held = std::conditional_t<std::is_same_v<T, std::size_t>, std::int64_t, T>;
    const xt::xarray<T> whole = e;
    xt::xarray<held> made = xt::xarray<held>::from_shape(whole.shape());
    std::copy(whole.begin(), whole.end(), made.begin());
    return td::detail::copy_of(td::asarray(made).view());
  }
}

// An expression, before what it refers to is gone: as an array of any rank, which xt::eval does not give of a reduction (findings).
template <class E>
auto held(const E& e) {
  if constexpr (td::frontends::xtensor::ours<E> || std::is_arithmetic_v<E>) return e;
  else return xt::xarray<typename E::value_type>(e);
}

template <class F, class First, class... A>
void same_at(int line, F f, const First& first, const A&... rest) {
  INFO("line " << line);
  const auto on_frontend = [f](const many& x) -> td::array {
    return [&]<std::size_t... I>(std::index_sequence<I...>) { return f(xarray(x[0]), xarray(x[I + 1])...).value(); }
    (std::index_sequence_for<A...>());
  };
  check(line, on_frontend, {td::asarray(first), td::asarray(rest)...}, evaluated(f(first, rest...)),
        std::is_same_v<typename First::value_type, float> ? 2e-6 : 1e-12);
}
#define same(...) same_at(__LINE__, __VA_ARGS__)

template <class T>
xt::xarray<T> numbers(std::vector<std::size_t> shape, double phase = 0) {
  xt::xarray<T> a = xt::xarray<T>::from_shape(shape);
  for (std::size_t i = 0; i < a.size(); ++i) a.data()[i] = static_cast<T>(2 * std::sin(0.7 * static_cast<double>(i) + phase));
  return a;
}

// Code as it is written for xtensor: a filter over a signal, by views of it.
const auto smoothed = [](const auto& x) {
  const auto n = x.size();
  return held(0.25 * xt::view(x, xt::range(0, n - 2)) + 0.5 * xt::view(x, xt::range(1, n - 1)) + 0.25 * xt::view(x, xt::range(2, n)));
};
// sRGB (height, width, 3) to luma, and where it is dark.
const auto luma = [](const auto& image) {
  auto linear = held(xt::where(image <= 0.04045, image / 12.92, xt::pow((image + 0.055) / 1.055, 2.4)));
  return held(0.2126 * xt::view(linear, xt::all(), xt::all(), 0) + 0.7152 * xt::view(linear, xt::all(), xt::all(), 1) +
              0.0722 * xt::view(linear, xt::all(), xt::all(), 2));
};
// A reduction that broadcasts has a name first: inside of an expression xtensor 0.24 steps it wrongly
// (findings/xtensor_reduction_inside.sh).
const auto softmax_rows = [](const auto& x) {
  auto largest = held(xt::amax(x, {1}, xt::keep_dims));
  auto e = held(xt::exp(x - largest));
  auto total = held(xt::sum(e, {1}, xt::keep_dims));
  return held(e / total);
};

}  // namespace

TEST_CASE("xtensor: functions, comparisons and choices") {
  const auto x = numbers<double>({3, 4}), y = numbers<double>({3, 4}, 1.3);
  const auto v = numbers<float>({4}, 0.4), w = numbers<float>({3, 4}, 2);
  same([](const auto& a, const auto& b) { return held(xt::maximum(a, b) - xt::minimum(a, 0.5) + xt::maximum(0.25, b)); }, x, y);
  same([](const auto& a, const auto& b) { return held(xt::where(a < b && !(a > 0.5), a, b)); }, x, y);
  same([](const auto& a, const auto& b) { return held(xt::where(a >= b || b <= -1., a * 2., 1.)); }, x, y);
  same([](const auto& a) { return held(xt::clip(a, -0.5, 0.75)); }, x);
  same([](const auto& a, const auto& b) { return held(xt::equal(a, b)); }, x, x);
  same([](const auto& a) { return held(xt::not_equal(a, 0.)); }, x);
  same([](const auto& a) { return held(xt::pow(xt::abs(a), 1.5) + xt::square(a)); }, x);
  same([](const auto& a) { return held(xt::pow<3>(a)); }, x);
  same([](const auto& a) { return held(xt::isnan(a / a) || xt::isfinite(a)); }, x);
  same([](const auto& a) { return held(xt::cast<float>(a)); }, x);
  same([](const auto& a, const auto& b) { return held(a * b - b); }, w, v);
  same([](const auto& a) { return held(xt::zeros_like(a) + xt::ones_like(a) * 2. + xt::full_like(a, 3.)); }, x);
  same(
      [](auto a, const auto& b) {
        a += b;
        a *= 2.;
        a -= b / 3.;
        return a;
      },
      x, y);
}

TEST_CASE("xtensor: reductions with axes and what stays") {
  const auto x = numbers<double>({3, 4, 5});
  same([](const auto& a) { return held(xt::sum(a)); }, x);
  same([](const auto& a) { return held(xt::prod(a, {2})); }, x);
  same([](const auto& a) { return held(xt::mean(a, {0, 2})); }, x);
  same([](const auto& a) { return held(xt::amax(a, {1}, xt::keep_dims) - xt::amin(a, {1}, xt::keep_dims)); }, x);
  same([](const auto& a) { return held(xt::argmax(a, 1)); }, x);
  same([](const auto& a) { return held(xt::argmin(a, 2)); }, x);
  same([](const auto& a) { return held(xt::argmax(a)); }, x);
  same([](const auto& a) { return held(xt::cumsum(a, 1)); }, x);
  same([](const auto& a) { return held(xt::diff(a, 1, 2)); }, x);
  // xtensor's own keep no copy of what they read: by the square of the other, and by hand.
  const xarray ours(td::asarray(x));
  CHECK(td::allclose(xt::variance(ours, {1}).value(), td::square(xt::stddev(ours, {1}).value())));
  const xt::xarray<double> mean = xt::mean(x, {1}, xt::keep_dims), difference = x - mean, variance = xt::mean(xt::square(difference), {1});
  CHECK(td::allclose(xt::variance(ours, {1}).value(), td::asarray(variance)));
  CHECK(xt::any(xarray(td::array({false, true}))).value().item<bool>());
  CHECK_FALSE(static_cast<bool>(xt::all(xarray(td::array({false, true})))));
  CHECK(xt::count_nonzero(xarray(td::array({0., 1., 2.}))).value().item<std::int64_t>() == 2);
}

TEST_CASE("xtensor: views, shapes and joins") {
  const auto x = numbers<double>({4, 5}), y = numbers<double>({4, 5}, 2), v = numbers<double>({6});
  using namespace xt::placeholders;
  same([](const auto& a) { return held(xt::view(a, 1)); }, x);
  same([](const auto& a) { return held(xt::view(a, xt::all(), 2)); }, x);
  same([](const auto& a) { return held(xt::view(a, xt::range(1, 3), xt::range(0, 5, 2))); }, x);
  same([](const auto& a) { return held(xt::view(a, xt::range(_, 2), xt::range(2, _))); }, x);
  same([](const auto& a) { return held(xt::view(a, xt::all(), xt::newaxis(), xt::range(_, -1))); }, x);
  same([](const auto& a) { return held(xt::view(a, xt::keep(0, 3, 1), xt::all())); }, x);
  same([](const auto& a) { return held(xt::view(a, xt::range(_, _, -1))); }, v);
  same([](const auto& a) { return held(xt::view(a, xt::range(1, _)) - xt::view(a, xt::range(_, -1))); }, v);
  same([](const auto& a) { return held(xt::transpose(a)); }, x);
  same([](const auto& a) { return held(xt::transpose(held(xt::expand_dims(a, 0)), {2, 0, 1})); }, x);
  same([](const auto& a) { return held(xt::squeeze(held(xt::expand_dims(a, 1)))); }, x);
  same([](const auto& a) { return held(xt::flip(a, 1)); }, x);
  same([](const auto& a) { return held(xt::roll(a, 2, 1)); }, x);
  same([](const auto& a) { return held(xt::broadcast(a, {3, 6})); }, v);
  same([](const auto& a, const auto& b) { return held(xt::stack(xt::xtuple(a, b), 1)); }, x, y);
  same([](const auto& a, const auto& b) { return held(xt::concatenate(xt::xtuple(a, b, a), 1)); }, x, y);
  same([](const auto& a) { return held(xt::sort(a)); }, x);
  same([](const auto& a) { return held(xt::argsort(a, 0)); }, x);
  const td::array a({{1., 2.}, {3., 4.}}), b({1., -1.});
  CHECK(td::allclose(xt::linalg::dot(xarray(a), xarray(b)).value(), td::array({-1., -1.})));
  static_assert(!std::is_assignable_v<xarray&&, xarray>, "what is assigned to a view would be lost");
}

TEST_CASE("xtensor: pieces of code as projects have them") {
  same([](const auto& a) { return held(smoothed(a)); }, numbers<double>({20}));
  same([](const auto& a) { return held(luma(a)); }, xt::xarray<double>(xt::abs(numbers<double>({4, 5, 3})) / 2.));
  same([](const auto& a) { return held(softmax_rows(a)); }, numbers<double>({6, 7}));
  const auto traced = td::trace_graph(td::unify(luma, td::source::xtensor));
  const xt::xarray<double> image = xt::abs(numbers<double>({4, 5, 3})) / 2.;
  compare(traced.call_as<td::array>(image), evaluated(luma(image)), 1e-12);
}
