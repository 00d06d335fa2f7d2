// Mean, variance and deviation where the mean is far from 0, and where sums of squares overflow: on every path, as if deviations had been
// taken from the exact mean, and added up in numbers without a greatest one.
#include "trace_helpers.hpp"

#include <cmath>
#include <limits>
#include <random>

#include "catch.hpp"

using namespace trace_test;

namespace {

template <class T>
td::array shaped(const std::vector<T>& v, const ints& shape) {
  return td::detail::copy_of(td::reshape(td::asarray(v), td::axes(shape)).view());
}

/// The same elements in memory of the axes reversed; or every second of twice as many.
td::array column_major(const td::array& a) { return td::matrix_transpose(td::detail::copy_of(td::matrix_transpose(a).view())); }
td::array strided(const td::array& a) {
  return td::detail::copy_of(td::repeat(a, 2, {.axis = -1}).view())[{td::ellipsis, td::slice({}, {}, 2)}];
}

struct exact {
  double mean, var;
};
template <class T>
exact moments_of(const std::vector<T>& v, std::size_t first, std::size_t step, std::size_t n) {
  const long double base = v[first];  // differences from it are exact
  long double sum = 0, squares = 0;   // its exponents go beyond those of double
  for (std::size_t i = 0; i < n; ++i) sum += v[first + i * step] - base;
  const long double mean = sum / static_cast<long double>(n);
  for (std::size_t i = 0; i < n; ++i) {
    const long double d = v[first + i * step] - base - mean;
    squares += d * d;
  }
  return {static_cast<double>(base + mean), static_cast<double>(squares / static_cast<long double>(n))};
}

std::tuple<td::array, td::array, td::array, td::array> spread(const td::array& x, std::int64_t axis) {
  const td::array dev = td::std(x, {.axis = axis, .keepdims = true});
  return {td::mean(x, {.axis = axis}), td::var(x, {.axis = axis}), td::moments(x, {.axis = axis}).second,
          (x - td::mean(x, {.axis = axis, .keepdims = true})) / (dev + 1)};
}

/// Rows and columns of a matrix in every layout, eager and traced, called as users do, on one thread and two.
template <class Check>
void on_every_path(const td::array& x, const Check& check) {
  for (const std::string& to : td::backends())
    for (const td::array& a : {x, column_major(x), strided(x)})
      for (const std::int64_t axis : {0, 1}) {
        CAPTURE(to, td::to_string(x.shape()), axis, td::to_string(x.dtype()));
        {
          const td::backend_scope scope(to);
          check(spread(a, axis), axis);
        }
        for (const int threads : {1, 2}) {
          const auto f = td::trace_graph([axis](const td::array& v) { return spread(v, axis); }, {.to = to, .num_threads = threads});
          auto out = f(a);
          check(out, axis);
          std::apply([](auto&... results) { ((results = td::zeros(results.shape(), {.dtype = results.dtype()})), ...); }, out);
          check(f.template call_as<std::tuple<td::array, td::array, td::array, td::array>>(a), axis);
        }
      }
}

const ints shapes[] = {{1, 1},   {2, 3},   {5, 17},   {17, 5},   {40, 7},   {33, 64},  {64, 33},  {16, 100}, {100, 16},
                       {3, 300}, {300, 3}, {2, 1023}, {2, 1024}, {2, 1025}, {1025, 2}, {1, 5000}, {5000, 1}, {70, 1100}};

template <class T>
void check_far(T offset, T deviation) {
  constexpr double unit = static_cast<double>(std::numeric_limits<T>::epsilon()) / 2;
  std::mt19937 g(3);
  for (const ints& shape : shapes) {
    const auto rows = static_cast<std::size_t>(shape[0]), columns = static_cast<std::size_t>(shape[1]);
    std::vector<T> v(rows * columns);
    for (T& x : v) x = offset + deviation * std::uniform_real_distribution<T>(-2, 2)(g);
    on_every_path(shaped(v, shape), [&](const auto& got, std::int64_t axis) {
      const doubles means = values(std::get<0>(got)), vars = values(std::get<1>(got)), seconds = values(std::get<2>(got));
      double mean_off = 0, var_off = 0, second_off = 0;
      const std::size_t results = axis == 0 ? columns : rows;
      REQUIRE(vars.size() == results);
      for (std::size_t i = 0; i < results; ++i) {
        const exact want = axis == 0 ? moments_of(v, i, columns, rows) : moments_of(v, i * columns, 1, columns);
        mean_off = std::max(mean_off, std::abs(means[i] - want.mean) / (std::abs(want.mean) + std::sqrt(want.var)));
        if (want.var > 0) {
          var_off = std::max(var_off, std::abs(vars[i] - want.var) / want.var);
          second_off = std::max(second_off, std::abs(seconds[i] - want.var) / want.var);
        }
      }
      CHECK(mean_off <= 16 * unit);
      CHECK(var_off <= 100 * unit);
      CHECK(second_off <= 100 * unit);
    });
  }
}

// Rows and columns of numbers with these deviations in turn, so that sums of squares overflow in some of them, or in some of their parts.
template <class T>
void check_great(std::initializer_list<T> deviations, std::size_t run) {
  constexpr double unit = static_cast<double>(std::numeric_limits<T>::epsilon()) / 2;
  std::mt19937 g(5);
  for (const ints& shape : shapes) {
    const auto rows = static_cast<std::size_t>(shape[0]), columns = static_cast<std::size_t>(shape[1]);
    std::vector<T> v(rows * columns);
    for (std::size_t i = 0; i < v.size(); ++i)
      v[i] = deviations.begin()[i / run % deviations.size()] * std::uniform_real_distribution<T>(-1, 1)(g);
    on_every_path(shaped(v, shape), [&](const auto& got, std::int64_t axis) {
      const doubles vars = values(std::get<1>(got)), seconds = values(std::get<2>(got)), scores = values(std::get<3>(got));
      double off = 0, score_off = 0;
      const std::size_t results = axis == 0 ? columns : rows, n = axis == 0 ? rows : columns;
      for (std::size_t i = 0; i < results; ++i) {
        const exact want = axis == 0 ? moments_of(v, i, columns, rows) : moments_of(v, i * columns, 1, columns);
        if (want.var == 0) continue;
        off = std::max({off, std::abs(vars[i] / want.var - 1), std::abs(seconds[i] / want.var - 1)});
        for (std::size_t k = 0; k < n; ++k) {
          const std::size_t at = axis == 0 ? k * columns + i : i * columns + k;
          const double score = (static_cast<double>(v[at]) - want.mean) / (std::sqrt(want.var) + 1);
          const double rounding = std::abs(static_cast<double>(v[at])) / (std::sqrt(want.var) + 1);  // of the mean
          score_off = std::max(score_off, std::abs(scores[at] - score) / (1 + rounding));
        }
      }
      CHECK(off <= 100 * unit);
      CHECK(score_off <= 1000 * unit);
    });
  }
}

template <class T>
void check_equal(T value) {
  for (const ints& shape : shapes) {
    const auto count = static_cast<std::size_t>(shape[0] * shape[1]);
    on_every_path(shaped(std::vector<T>(count, value), shape), [&](const auto& got, std::int64_t) {
      CHECK(td::all(std::get<1>(got) == 0).template item<bool>());
      CHECK(td::all(std::get<2>(got) == 0).template item<bool>());
      CHECK(td::all(std::get<3>(got) == 0).template item<bool>());
    });
  }
}

}  // namespace

TEST_CASE("variances lose nothing to a mean far from 0") {
  check_far<float>(1e6F, 1.0F);
  check_far<float>(-3e4F, 1e-2F);
  check_far<float>(0.0F, 1e-3F);
  check_far<double>(1e14, 1.0);
  check_far<double>(-7.0, 1e-12);
}

TEST_CASE("variances are finite where sums of squares are not") {
  check_far<float>(1e20F, 9e18F);  // uniform in +-1.8e19: their mean square is no more than 3.3e38
  check_far<float>(1e22F, 9e18F);
  check_far<double>(-1e155, 6e153);
  for (const std::size_t run : {1UL, 3UL, 1000UL}) {
    check_great<float>({1.8e19F}, run);
    check_great<float>({1, 1.8e19F, 1e18F}, run);
    check_great<double>({1e154, 1e-3, 1e153}, run);
  }
}

TEST_CASE("where squares overflow, eager and traced variances have the same bits") {
  std::mt19937 g(7);
  for (const ints& shape : shapes) {
    std::vector<float> v(static_cast<std::size_t>(shape[0] * shape[1]));
    for (float& x : v) x = std::uniform_real_distribution<float>(-1.8e19F, 1.8e19F)(g);
    const td::array x = shaped(v, shape);
    for (const td::array& a : {x, column_major(x)})
      for (const std::int64_t axis : {0, 1}) {
        const auto f = [axis](const td::array& y) { return td::var(y, {.axis = axis}); };
        const td::backend_scope scope("eigen");
        const doubles eager = values(f(a));
        for (const std::string& to : td::backends()) {
          CAPTURE(to, td::to_string(x.shape()), axis);
          if (to != "xtensor") CHECK(values(td::trace_graph(f, {.to = to})(a)) == eager);  // it has trees of its own
        }
      }
  }
}

TEST_CASE("numbers whose sum is infinite have an infinite mean and variance") {
  for (const ints& shape : shapes) {
    const auto count = static_cast<std::size_t>(shape[0] * shape[1]);
    on_every_path(shaped(std::vector<float>(count, 3e38F), shape), [&](const auto& got, std::int64_t axis) {
      const std::int64_t n = shape[static_cast<std::size_t>(axis)];
      for (const double m : values(std::get<0>(got)))
        CHECK(m == (n == 1 ? static_cast<double>(3e38F) : std::numeric_limits<double>::infinity()));
      for (const double var : values(std::get<1>(got))) CHECK(var == (n == 1 ? 0 : std::numeric_limits<double>::infinity()));
    });
  }
}

TEST_CASE("equal elements have deviation 0, and are exactly their mean") {
  for (const float v : {0.1F, 1e6F / 3, -7e-10F, 0.0F}) check_equal(v);
  for (const double v : {0.1, 1e6 / 3, -7e-140}) check_equal(v);
}

TEST_CASE("variances of infinities and NaN are NaN, and means stay what they are") {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  for (const std::int64_t n : {3, 17, 40, 2000})
    for (const std::string& to : td::backends()) {
      std::vector<float> v(static_cast<std::size_t>(n), 1.0F);
      v[1] = infinity;
      const auto f = td::trace_graph([](const td::array& x) { return std::tuple(td::mean(x), td::var(x)); }, {.to = to});
      const auto [mean, var] = f.call_as<std::tuple<td::array, td::array>>(v);
      CAPTURE(n, to);
      CHECK(mean.item<float>() == infinity);
      CHECK(std::isnan(var.item<float>()));
      v[2] = -infinity;
      CHECK(std::isnan(std::get<0>(f.call_as<std::tuple<td::array, td::array>>(v)).item<float>()));
    }
}

TEST_CASE("a correction that leaves nothing to divide by gives NaN") {
  for (const std::string& to : td::backends()) {
    const td::backend_scope scope(to);
    for (const double correction : {3.0, 3.5, 7.0}) {
      CAPTURE(to, correction);
      const auto f = [=](const td::array& x) { return td::var(x, {.correction = correction}) + td::std(x, {.correction = correction}); };
      CHECK(std::isnan(f(td::array({1.0, 2.0, 4.0})).item<double>()));
      CHECK(std::isnan(td::trace_graph(f)(td::array({1.0, 2.0, 4.0})).item<double>()));
    }
    CHECK(td::var(td::array({1.0, 2.0, 4.0}), {.correction = 2}).item<double>() == Approx(14.0 / 3));
  }
}
