// Ops along one axis: what they refuse, what a bad index leaves behind, how sums stay accurate, how sorting treats equal elements.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include <tendril/tendril.hpp>

#include "catch.hpp"
#include "reference.hpp"

namespace {

namespace td = tendril;
using td::array;

template <class T>
array filled(const td::extents& shape, const std::vector<T>& values) {
  array a = td::detail::make_empty(td::dtype_of<T>, shape);
  std::copy(values.begin(), values.end(), static_cast<T*>(a.view().data));
  return a;
}

bool same(const array& a, const array& b) { return tendril_test::difference(a, td::detail::copy_of(b.view())).empty(); }

}  // namespace

TEST_CASE("along an axis: what does not fit is named") {
  const array x({{1, 2, 3}, {4, 5, 6}}), i({0, 1}), r({0.5, 1.5});
  CHECK_THROWS_WITH(td::cumulative_sum(x),
                    contains("[cumulative_sum] no axis is given: got int32[2, 3], expected an axis unless the rank is "
                             "1. Pass .axis, or flatten with td::reshape."));
  CHECK_THROWS_WITH(td::take(x, i), contains("[take] no axis is given: got int32[2, 3], expected an axis unless the rank is 1."));
  CHECK_THROWS_WITH(
      td::take(x, r, {.axis = 0}),
      contains("[take] the dtype of the indices is not taken: got float64, expected int32 or int64. Convert with td::astype."));
  CHECK_THROWS_WITH(td::take_along_axis(x, array({{true}})), contains("[take_along_axis] the dtype of the indices is not taken: got bool"));
  CHECK_THROWS_WITH(td::take_along_axis(x, i),
                    contains("[take_along_axis] the ranks differ: got int32[2, 3] and indices int32[2], expected "
                             "equal ranks. Add axes with td::expand_dims."));
  CHECK_THROWS_AS(td::take_along_axis(x, array({{0}, {0}, {0}})), td::shape_error);
  CHECK_THROWS_WITH(td::sort(x, {.axis = 2}), contains("[sort] axis out of range: got 2, expected -2 <= axis < 2."));
  CHECK_THROWS_WITH(td::sort(array(1.0)), contains("[sort] axis out of range: got -1 for an array of rank 0, which has no axes."));
  CHECK_THROWS_WITH(td::searchsorted(x, 1),
                    contains("[searchsorted] what is searched has the wrong rank: got int32[2, 3], expected rank 1. "
                             "Search one row at a time."));
  CHECK_THROWS_WITH(td::searchsorted(i, 1, {.side = "middle"}),
                    contains("[searchsorted] unknown side: got \"middle\", expected \"left\" or \"right\". Pass one of these."));
  CHECK_THROWS_WITH(td::diff(x, {.n = -1}), contains("[diff] n is negative: got -1, expected 0 or more. Pass how many times"));
  CHECK_THROWS_WITH(td::repeat(x, -2), contains("[repeat] the count is negative: got -2, expected 0 or more. Pass how often each element"));
  CHECK_THROWS_WITH(td::tile(x, {1, -2}), contains("[tile] a count is negative: got (1, -2), expected 0 or more. Pass how often x stands"));
  CHECK_THROWS_WITH(td::tile(x, std::vector<std::int64_t>(17, 2)),
                    contains("[tile] the rank is too high: got 17, expected at most 16. Merge axes with td::reshape."));
  CHECK_THROWS_WITH(td::bitwise_and(r, 1),
                    contains("[bitwise_and] the dtype is not taken: got float64, expected an integer dtype or bool."));
  CHECK_THROWS_WITH(td::bitwise_left_shift(array({true}), true),
                    contains("[bitwise_left_shift] the dtype is not taken: got bool, expected an "
                             "integer dtype."));
}

TEST_CASE("an index out of range is an error eagerly and in a replay, which goes on with the next call") {
  const array x({{1.0, 2.0, 3.0}, {4.0, 5.0, 6.0}}), good({0, -2}), bad({0, 5});
  const array good_along({{0, -3, 2}}), bad_along({{0, -4, 2}});
  for (const std::string& backend : td::backends()) {
    INFO(backend);
    const td::backend_scope scope(backend);
    const char* taken = "[take] index out of range: got 5 on axis 0, expected -2 <= index < 2. Check the extent with shape().";
    const char* along = "[take_along_axis] index out of range: got -4 on axis 1, expected -3 <= index < 3. Check the extent with shape().";
    CHECK_THROWS_WITH(td::take(x, bad, {.axis = 0}), contains(taken));
    CHECK_THROWS_WITH(td::take(td::matrix_transpose(x), bad, {.axis = 1}), contains("got 5 on axis 1, expected -2 <= index < 2"));
    CHECK_THROWS_WITH(td::take_along_axis(x, bad_along), contains(along));
    const auto f = td::trace_graph([](const array& a, const array& i, const array& k) {
      const array e = td::exp(a);  // a group before it and after it, and a temporary in between
      return td::take(e, i, {.axis = 0}) * 2.0 + td::take_along_axis(e, k, {.axis = 1});
    });
    const array want = f(x, good, good_along);
    CHECK(same(want, td::take(td::exp(x), good, {.axis = 0}) * 2.0 + td::take_along_axis(td::exp(x), good_along, {.axis = 1})));
    for (int again = 0; again < 3; ++again) {
      CHECK_THROWS_WITH(f(x, bad, good_along), contains(taken));
      CHECK_THROWS_AS(f(x, bad, good_along), td::index_error);
      CHECK_THROWS_WITH(f(x, good, bad_along), contains(along));
      CHECK(same(f(x, good, good_along), want));
    }
    CHECK(f.stats().traces == 1);
  }
  CHECK_THROWS_WITH(td::take(td::zeros({0}), array({0}), {.axis = 0}), contains("got 0 on axis 0, expected 0 <= index < 0"));
}

TEST_CASE("a running sum stays accurate however long it is") {
  constexpr std::int64_t n = 400000;
  std::mt19937 g(5);
  std::vector<float> x(n);
  for (float& v : x) v = std::uniform_real_distribution<float>(0.0F, 1.0F)(g);
  std::vector<double> exact(n);
  double sum = 0;
  std::transform(x.begin(), x.end(), exact.begin(), [&sum](float v) { return sum += static_cast<double>(v); });
  for (const std::string& backend : td::backends()) {
    INFO(backend);
    const td::backend_scope scope(backend);
    const array a = filled<float>({n}, x);
    // Along memory, along a strided axis, and across rows of 16 equal columns.
    const array across = td::cumulative_sum(td::detail::copy_of(td::broadcast_to(td::reshape(a, {n, 1}), {n, 16}).view()), {.axis = 0});
    for (const array& y : {td::cumulative_sum(a), td::cumulative_sum(td::flip(td::detail::copy_of(td::flip(a).view()))),
                           td::detail::copy_of(across[{td::ellipsis, 3}].view())}) {
      double worst = 0;
      for (std::int64_t i = 0; i < n; ++i) {
        const auto k = static_cast<std::size_t>(i);
        worst = std::max(worst, std::abs(static_cast<double>(y.data<float>()[i]) - exact[k]) / exact[k]);
      }
      CHECK(worst < 70 * std::ldexp(1.0, -24));
    }
  }
}

TEST_CASE("a running sum of ten million equal numbers is within its bound on every backend") {
  constexpr std::int64_t n = 17000000;
  const array x = td::detail::copy_of(td::broadcast_to(td::array(0.1F), {n}).view());
  for (const std::string& backend : td::backends()) {
    CAPTURE(backend);
    const td::backend_scope scope(backend);
    const auto f = td::trace_graph([](const array& v) { return td::cumulative_sum(v); });
    for (const array& y : {td::cumulative_sum(x), f(x)}) {
      double worst = 0;
      for (std::int64_t i = 0; i < n; i += 997) {
        const double exact = static_cast<double>(0.1F) * static_cast<double>(i + 1);
        worst = std::max(worst, std::abs(static_cast<double>(y.data<float>()[i]) - exact) / exact);
      }
      CHECK(worst < 70 * std::ldexp(1.0, -24));
    }
  }
}

TEST_CASE("running totals begin with what they are told to") {
  const array x({{1, 2, 3}, {4, 5, 6}});
  CHECK(same(td::cumulative_sum(x, {.axis = 0, .include_initial = true}),
             td::concat({td::zeros({1, 3}, {.dtype = td::int64}), td::cumulative_sum(x, {.axis = 0})})));
  CHECK(same(td::cumulative_prod(td::zeros({2, 0}), {.axis = 1, .include_initial = true}), td::ones({2, 1})));
}

TEMPLATE_TEST_CASE("sorting long rows is stable both ways, with NaN as the largest", "", float, double, std::int32_t, std::int64_t) {
  std::mt19937_64 g(11);
  for (const std::int64_t n : {2, 17, 255, 256, 1000, 70000}) {
    std::vector<TestType> x(static_cast<std::size_t>(n));
    for (TestType& v : x) {
      if constexpr (std::is_floating_point_v<TestType>) {
        const TestType some[] = {
            0, -TestType(0), 1, -1, std::numeric_limits<TestType>::quiet_NaN(), std::numeric_limits<TestType>::infinity()};
        v = g() % 3 ? some[g() % 6] : static_cast<TestType>(static_cast<double>(g()) / 1e19 - 0.5);
      } else {
        v = g() % 3 ? static_cast<TestType>(g() % 7) - 3 : static_cast<TestType>(g());
      }
    }
    const auto before = [](TestType a, TestType b) { return a < b || (b != b && a == a); };
    for (const bool descending : {false, true}) {
      std::vector<std::int64_t> order(x.size());
      std::iota(order.begin(), order.end(), std::int64_t{0});
      std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
        const TestType p = x[static_cast<std::size_t>(a)], q = x[static_cast<std::size_t>(b)];
        return descending ? before(q, p) : before(p, q);
      });
      std::vector<TestType> sorted;
      for (const std::int64_t i : order) sorted.push_back(x[static_cast<std::size_t>(i)]);
      const array a = filled<TestType>({n}, x);
      INFO(n << (descending ? ", descending" : ""));
      CHECK(same(td::argsort(a, {.descending = descending}), filled<std::int64_t>({n}, order)));
      CHECK(same(td::sort(a, {.descending = descending}), filled<TestType>({n}, sorted)));
      CHECK(same(td::sort(td::flip(td::detail::copy_of(td::flip(a).view())), {.descending = descending}), filled<TestType>({n}, sorted)));
    }
  }
}

TEST_CASE("sorting along an axis that memory does not run along") {
  std::mt19937 g(3);
  std::vector<std::int32_t> x(300 * 7);
  for (auto& v : x) v = static_cast<std::int32_t>(g() % 1000);
  const array a = filled<std::int32_t>({300, 7}, x);
  const array rows = td::detail::copy_of(td::matrix_transpose(a).view());
  CHECK(same(td::sort(a, {.axis = 0}), td::matrix_transpose(td::sort(rows))));
  CHECK(same(td::argsort(a, {.axis = 0}), td::matrix_transpose(td::argsort(rows))));
  CHECK(same(td::sort(td::matrix_transpose(a)), td::sort(rows)));
  CHECK(same(td::take_along_axis(a, td::argsort(a, {.axis = 0}), {.axis = 0}), td::sort(a, {.axis = 0})));
}

TEST_CASE("ops along an axis write where the caller wants, strided too") {
  const array x({{3.0, 1.0, 2.0}, {6.0, 4.0, 5.0}}), i({{2, 0}, {1, 1}}), k({1, 0});
  std::vector<double> memory(12, -1);
  td::array_view out{};
  out.data = memory.data();
  out.dtype = td::float64;
  out.rank = 2;
  out.shape[0] = 2;
  for (const std::string& backend : td::backends()) {
    INFO(backend);
    const auto check = [&](const array& want, auto f, std::vector<array> in) {
      const auto traced = td::trace_graph([f](const std::vector<array>& a) { return f(a); }, td::trace_options{.to = backend});
      const td::function g = td::compile(traced.graph(in), {.to = backend});
      std::vector<td::array_view> views;
      for (const array& a : in) views.push_back(a.view());
      out.shape[1] = want.shape(1);
      for (const bool columns : {false, true}) {  // with gaps; and column-major
        out.strides[0] = columns ? 1 : 6;
        out.strides[1] = 2;
        std::fill(memory.begin(), memory.end(), -1);
        const td::array_view results[] = {out};
        g.into(results, views);
        CHECK(same(td::detail::copy_of(out), want));
      }
    };
    check(td::sort(x), [](const auto& a) { return td::sort(a[0]); }, {x});
    check(td::cumulative_sum(x, {.axis = 1}), [](const auto& a) { return td::cumulative_sum(a[0], {.axis = 1}); }, {x});
    check(td::take(x, k, {.axis = 0}), [](const auto& a) { return td::take(a[0], a[1], {.axis = 0}); }, {x, k});
    check(td::take(x, k, {.axis = 1}), [](const auto& a) { return td::take(a[0], a[1], {.axis = 1}); }, {x, k});
    check(td::take_along_axis(x, i), [](const auto& a) { return td::take_along_axis(a[0], a[1]); }, {x, i});
  }
}
