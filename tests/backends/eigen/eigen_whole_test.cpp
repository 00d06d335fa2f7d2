// The eigen backend's whole-array kernels on strided views, against loops over indices.
#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <vector>

#include <tendril/detail/op_id.hpp>

#include "backends/eigen/kernels.hpp"
#include "catch.hpp"
#include "kernel_helpers.hpp"

using namespace tendril;

namespace {

// A view and the memory behind it.
template <class T>
struct strided_array {
  std::vector<stored<T>> memory;
  array_view view;
};

array_view make_view(void* data, dtype d, const extents& shape, const extents& strides) {
  array_view v;
  v.data = data;
  v.dtype = d;
  v.rank = static_cast<int>(shape.size());
  std::copy(shape.begin(), shape.end(), v.shape);
  std::copy(strides.begin(), strides.end(), v.strides);
  return v;
}

enum class layout { row, column, gaps, negative, broadcast };
constexpr layout layouts[] = {layout::row, layout::column, layout::gaps, layout::negative, layout::broadcast};

template <class T>
strided_array<T> make(const extents& shape, layout how, std::uint64_t seed = 1) {
  const std::size_t rank = shape.size();
  extents strides(rank);
  std::int64_t step = how == layout::gaps ? 3 : 1, start = 0;
  for (std::size_t k = 0; k < rank; ++k) {
    const std::size_t i = how == layout::column ? k : rank - 1 - k;
    strides[i] = step;
    step *= std::max<std::int64_t>(shape[i], 1) + (how == layout::gaps ? 1 : 0);
  }
  if (how == layout::broadcast && rank) strides[rank / 2] = 0;
  strided_array<T> s{std::vector<stored<T>>(static_cast<std::size_t>(step + 1)), {}};
  fill<T>(s.memory, seed);
  if constexpr (std::is_floating_point_v<T>)
    for (T& v : s.memory) v = std::fabs(v) > T(1e-3) && std::fabs(v) < 100 ? v : T(0.25);  // bounds below are relative
  if (how == layout::negative)
    for (std::size_t i = 0; i < rank; i += 2) {
      start += strides[i] * std::max<std::int64_t>(shape[i] - 1, 0);
      strides[i] = -strides[i];
    }
  s.view = make_view(s.memory.data() + start, dtype_of<T>, shape, strides);
  return s;
}

template <class T>
const stored<T>& at(const array_view& v, const extents& index) {
  std::int64_t o = 0;
  for (std::size_t i = 0; i < index.size(); ++i) o += index[i] * v.strides[i];
  return static_cast<const stored<T>*>(v.data)[o];
}

template <class F>
void each_index(const extents& shape, const F& f) {
  extents index(shape.size(), 0);
  if (std::find(shape.begin(), shape.end(), 0) != shape.end()) return;
  for (;;) {
    f(index);
    std::size_t i = shape.size();
    while (i > 0 && ++index[i - 1] == shape[i - 1]) index[--i] = 0;
    if (i == 0) return;
  }
}

void run_whole(op_id op, dtype key, const array_view& out, std::vector<array_view> in, const attributes& attrs = {}) {
  const auto k = detail::eigen_whole().kernel[static_cast<int>(op)][static_cast<int>(key)];
  REQUIRE(k);
  k(&out, in.data(), static_cast<int>(in.size()), attrs);
}

const std::vector<extents> shapes = {{},        {1},        {7}, {2000},    {3, 5},    {40, 70},     {70, 3},
                                     {2, 3, 4}, {5, 1, 33}, {0}, {3, 0, 2}, {2, 1500}, {3, 2, 2, 17}};

}  // namespace

TEST_CASE("eigen_whole_elementwise_reads_and_writes_any_strides") {
  for (const extents& shape : shapes)
    for (const layout a : layouts)
      for (const layout b : {layout::row, layout::column, layout::broadcast})
        for (const layout o : {layout::row, layout::gaps, layout::negative}) {
          const auto x = make<double>(shape, a, 1), y = make<double>(shape, b, 2);
          auto z = make<double>(shape, o, 3);
          run_whole(op_id::subtract, dtype::float64, z.view, {x.view, y.view});
          int wrong = 0;
          each_index(shape, [&](const extents& i) { wrong += at<double>(z.view, i) != at<double>(x.view, i) - at<double>(y.view, i); });
          auto truth = make<bool>(shape, o, 4);
          run_whole(op_id::less, dtype::float64, truth.view, {x.view, y.view});
          each_index(shape, [&](const extents& i) { wrong += at<bool>(truth.view, i) != (at<double>(x.view, i) < at<double>(y.view, i)); });
          const auto condition = make<bool>(shape, a, 6);
          run_whole(op_id::where, dtype::float64, z.view, {condition.view, x.view, y.view});
          each_index(shape, [&](const extents& i) {
            wrong += at<double>(z.view, i) != (at<bool>(condition.view, i) ? at<double>(x.view, i) : at<double>(y.view, i));
          });
          run_whole(op_id::clip, dtype::float64, z.view, {x.view, array_view(), y.view});
          each_index(shape,
                     [&](const extents& i) { wrong += at<double>(z.view, i) != std::min(at<double>(x.view, i), at<double>(y.view, i)); });
          auto whole = make<std::int32_t>(shape, o, 5);
          run_whole(op_id::astype, dtype::float64, whole.view, {x.view}, {{"dtype", dtype::int32}});
          each_index(shape, [&](const extents& i) {
            wrong += at<std::int32_t>(whole.view, i) != static_cast<std::int32_t>(at<double>(x.view, i));
          });
          INFO(to_string(shape) << " layouts " << static_cast<int>(a) << static_cast<int>(b) << static_cast<int>(o));
          CHECK(wrong == 0);
        }
}

namespace {

extents without(const extents& shape, const extents& axes, bool keepdims) {
  extents s;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const bool gone = std::find(axes.begin(), axes.end(), static_cast<std::int64_t>(i)) != axes.end();
    if (!gone) s.push_back(shape[i]);
    else if (keepdims) s.push_back(1);
  }
  return s;
}

template <class T>
void check_whole_reductions(const extents& shape, layout how, const extents& axes, bool keepdims) {
  const auto x = make<T>(shape, how);
  const extents out_shape = without(shape, axes, keepdims);
  std::int64_t n = 1;
  for (const std::int64_t a : axes) n *= shape[static_cast<std::size_t>(a)];
  const attributes attrs = {{"axis", axes}, {"keepdims", keepdims}};
  struct total {
    long double sum = 0, size = 0, squares = 0, low = INFINITY, high = -INFINITY;
  };
  std::vector<total> want;
  std::vector<extents> places;
  each_index(without(shape, axes, true), [&](const extents& base) {
    extents inner;
    for (const std::int64_t a : axes) inner.push_back(shape[static_cast<std::size_t>(a)]);
    total t;
    const auto each = [&](const auto& f) {
      each_index(inner, [&](const extents& k) {
        extents i = base;
        for (std::size_t j = 0; j < axes.size(); ++j) i[static_cast<std::size_t>(axes[j])] = k[j];
        f(static_cast<long double>(at<T>(x.view, i)));
      });
    };
    each([&](long double v) {
      t.sum += v;
      t.size += std::fabs(v);
      t.low = std::min(t.low, v);
      t.high = std::max(t.high, v);
    });
    each([&](long double v) { t.squares += (v - t.sum / static_cast<long double>(n)) * (v - t.sum / static_cast<long double>(n)); });
    want.push_back(t);
    extents place;
    for (std::size_t i = 0; i < base.size(); ++i)
      if (keepdims || std::find(axes.begin(), axes.end(), static_cast<std::int64_t>(i)) == axes.end()) place.push_back(base[i]);
    places.push_back(place);
  });
  INFO(to_string(shape) << " layout " << static_cast<int>(how) << " axes " << to_string(axes));
  for (const layout o : {layout::row, layout::gaps}) {
    auto sum = make<T>(out_shape, o), mean = make<T>(out_shape, o), variance = make<T>(out_shape, o);
    auto truth = make<bool>(out_shape, o);
    const double eps = std::is_floating_point_v<T> ? static_cast<double>(std::numeric_limits<T>::epsilon()) : 0;
    run_whole(op_id::sum, dtype_of<T>, sum.view, {x.view}, attrs);
    for (std::size_t i = 0; i < want.size(); ++i)
      CHECK(std::fabs(static_cast<double>(at<T>(sum.view, places[i])) - static_cast<double>(want[i].sum)) <=
            30 * eps * static_cast<double>(want[i].size));
    run_whole(op_id::any, dtype_of<T>, truth.view, {x.view}, attrs);
    for (std::size_t i = 0; i < want.size(); ++i) CHECK(at<bool>(truth.view, places[i]) == (want[i].size > 0));
    if (n > 0) {
      run_whole(op_id::max, dtype_of<T>, sum.view, {x.view}, attrs);
      for (std::size_t i = 0; i < want.size(); ++i) CHECK(static_cast<long double>(at<T>(sum.view, places[i])) == want[i].high);
      run_whole(op_id::min, dtype_of<T>, sum.view, {x.view}, attrs);
      for (std::size_t i = 0; i < want.size(); ++i) CHECK(static_cast<long double>(at<T>(sum.view, places[i])) == want[i].low);
    }
    if constexpr (std::is_floating_point_v<T>) {
      const array_view both[] = {mean.view, variance.view};
      const auto k = detail::eigen_whole().kernel[static_cast<int>(op_id::moments)][static_cast<int>(dtype_of<T>)];
      k(both, &x.view, 1, attrs);
      for (std::size_t i = 0; i < want.size(); ++i) {
        const long double m = want[i].sum / static_cast<long double>(n);
        if (n == 0) {
          CHECK(std::isnan(at<T>(mean.view, places[i])));
          CHECK(std::isnan(at<T>(variance.view, places[i])));
          continue;
        }
        CHECK(static_cast<double>(at<T>(mean.view, places[i])) ==
              Approx(static_cast<double>(m)).epsilon(0).margin(30 * eps * static_cast<double>(want[i].size) / static_cast<double>(n)));
        CHECK(static_cast<double>(at<T>(variance.view, places[i])) ==
              Approx(static_cast<double>(want[i].squares / static_cast<long double>(n))).epsilon(100 * eps).margin(1000 * eps * eps));
      }
    }
  }
}

}  // namespace

TEST_CASE("eigen_whole_reductions_take_any_axes_and_strides") {
  const std::vector<std::pair<extents, extents>> cases = {
      {{}, {}},        {{7}, {0}},       {{5000}, {0}},     {{40, 70}, {0}},       {{40, 70}, {1}},   {{40, 70}, {0, 1}},
      {{600, 3}, {0}}, {{3, 2100}, {0}}, {{2100, 20}, {0}}, {{4, 5, 40}, {0, 2}},  {{4, 5, 40}, {1}}, {{4, 5, 40}, {0, 1}},
      {{0}, {0}},      {{3, 0}, {1}},    {{0, 3}, {1}},     {{2, 3, 4, 5}, {1, 3}}};
  for (const auto& [shape, axes] : cases)
    for (const layout how : layouts)
      for (const bool keepdims : {false, true}) {
        check_whole_reductions<float>(shape, how, axes, keepdims);
        check_whole_reductions<double>(shape, how, axes, keepdims);
        check_whole_reductions<std::int32_t>(shape, how, axes, keepdims);
      }
}

TEST_CASE("eigen_long_sums_are_not_serial") {
  const std::int64_t n = 1 << 22;
  std::vector<float> x(static_cast<std::size_t>(n), 0.1f);
  float r = 0;
  const attributes attrs = {{"axis", extents{0}}, {"keepdims", false}};
  run_whole(op_id::sum, dtype::float32, make_view(&r, dtype::float32, {}, {}), {make_view(x.data(), dtype::float32, {n}, {1})}, attrs);
  CHECK(static_cast<double>(r) == Approx(0.1f * static_cast<double>(n)).epsilon(1e-6));  // a serial sum is 2 % off
  std::vector<float> columns(32);
  run_whole(op_id::sum, dtype::float32, make_view(columns.data(), dtype::float32, {32}, {1}),
            {make_view(x.data(), dtype::float32, {n / 32, 32}, {32, 1})}, attrs);
  for (const float c : columns) CHECK(static_cast<double>(c) == Approx(0.1f * static_cast<double>(n / 32)).epsilon(1e-6));
}

TEST_CASE("eigen_argmax_gives_the_first_and_prefers_nan") {
  for (const extents& shape : {extents{7}, extents{3000}, extents{20, 30}, extents{3, 1100, 2}})
    for (const layout how : layouts)
      for (std::int64_t axis = -1; axis < static_cast<std::int64_t>(shape.size()); ++axis)
        for (const bool with_nan : {false, true}) {
          auto x = make<double>(shape, how);
          if (with_nan)
            for (std::size_t i = 0; i < x.memory.size(); i += 11) x.memory[i] = NAN;
          extents axes;
          for (std::size_t i = 0; i < shape.size(); ++i)
            if (axis < 0 || static_cast<std::int64_t>(i) == axis) axes.push_back(static_cast<std::int64_t>(i));
          const extents out_shape = without(shape, axes, true);
          for (const bool max : {true, false}) {
            std::vector<std::int64_t> got(
                static_cast<std::size_t>(std::accumulate(out_shape.begin(), out_shape.end(), std::int64_t{1}, std::multiplies<>())));
            strided_array<std::int64_t> out = make<std::int64_t>(out_shape, layout::row);
            attributes attrs = {{"axis", axis < 0 ? attribute_value() : attribute_value(axis)}, {"keepdims", true}};
            run_whole(max ? op_id::argmax : op_id::argmin, dtype::float64, out.view, {x.view}, attrs);
            int wrong = 0;
            each_index(out_shape, [&](const extents& base) {
              extents inner;
              for (const std::int64_t a : axes) inner.push_back(shape[static_cast<std::size_t>(a)]);
              std::int64_t want = -1, k = 0;
              double best = 0;
              each_index(inner, [&](const extents& j) {
                extents i = base;
                for (std::size_t q = 0; q < axes.size(); ++q) i[static_cast<std::size_t>(axes[q])] = j[q];
                const double v = at<double>(x.view, i);
                if (want < 0 || (!std::isnan(best) && (std::isnan(v) || (max ? v > best : v < best)))) {
                  want = k;
                  best = v;
                }
                ++k;
              });
              wrong += at<std::int64_t>(out.view, base) != want;
            });
            INFO(to_string(shape) << " layout " << static_cast<int>(how) << " axis " << axis);
            CHECK(wrong == 0);
          }
        }
}

namespace {

template <class T>
void check_matmul(const extents& a_shape, const extents& b_shape, const extents& c_shape, layout la, layout lb, layout lc) {
  auto a = make<T>(a_shape, la, 1), b = make<T>(b_shape, lb, 2), c = make<T>(c_shape, lc, 3);
  run_whole(op_id::matmul, dtype_of<T>, c.view, {a.view, b.view});
  const bool row = a_shape.size() == 1, column = b_shape.size() == 1;
  const std::int64_t k = a_shape.back();
  const auto index_of = [](const extents& shape, const extents& batch, std::int64_t i, std::int64_t j) {
    extents index;
    const std::size_t own = shape.size() - 2;
    for (std::size_t d = 0; d < own; ++d) index.push_back(shape[d] == 1 ? 0 : batch[batch.size() - own + d]);
    index.push_back(i);
    index.push_back(j);
    return index;
  };
  double worst = 0;
  each_index(c_shape, [&](const extents& at_c) {
    extents batch = at_c;
    std::int64_t j = 0, i = 0;
    if (!column) {
      j = batch.back();
      batch.pop_back();
    }
    if (!row) {
      i = batch.back();
      batch.pop_back();
    }
    double sum = 0, size = 0;
    for (std::int64_t q = 0; q < k; ++q) {
      const auto x = static_cast<double>(row ? at<T>(a.view, {q}) : at<T>(a.view, index_of(a_shape, batch, i, q)));
      const auto y = static_cast<double>(column ? at<T>(b.view, {q}) : at<T>(b.view, index_of(b_shape, batch, q, j)));
      sum += x * y;
      size += std::fabs(x * y);
    }
    const double eps = std::is_floating_point_v<T> ? static_cast<double>(std::numeric_limits<T>::epsilon()) : 0;
    worst = std::max(worst, std::fabs(static_cast<double>(at<T>(c.view, at_c)) - sum) - (4 + static_cast<double>(k)) * eps * size);
  });
  INFO(to_string(a_shape) << " " << to_string(b_shape) << " layouts " << static_cast<int>(la) << static_cast<int>(lb)
                          << static_cast<int>(lc));
  CHECK(worst <= 0);
}

}  // namespace

TEST_CASE("eigen_matmul_follows_numpy_on_any_strides") {
  struct shapes_of {
    extents a, b, c;
  };
  const shapes_of cases[] = {{{3, 4}, {4, 5}, {3, 5}},
                             {{40, 33}, {33, 50}, {40, 50}},
                             {{4}, {4}, {}},
                             {{4}, {4, 5}, {5}},
                             {{3, 4}, {4}, {3}},
                             {{2, 3, 4}, {4, 5}, {2, 3, 5}},
                             {{2, 1, 3, 4}, {5, 4, 2}, {2, 5, 3, 2}},
                             {{3, 0}, {0, 2}, {3, 2}},
                             {{2, 3, 4}, {4}, {2, 3}},
                             {{0, 4}, {4, 2}, {0, 2}},
                             {{1, 4}, {4, 1}, {1, 1}},
                             {{4}, {2, 4, 3}, {2, 3}}};
  for (const auto& s : cases)
    for (const layout a : layouts)
      for (const layout b : layouts)
        for (const layout c : {layout::row, layout::column, layout::gaps}) {
          check_matmul<float>(s.a, s.b, s.c, a, b, c);
          check_matmul<double>(s.a, s.b, s.c, a, b, c);
          check_matmul<std::int32_t>(s.a, s.b, s.c, a, b, c);
        }
}

TEST_CASE("eigen_moving_ops_put_every_element_in_its_place") {
  for (const layout how : layouts)
    for (const layout o : {layout::row, layout::gaps, layout::negative}) {
      const auto x = make<std::int64_t>({37, 3, 41}, how), y = make<std::int64_t>({37, 2, 41}, how, 9);
      INFO("layouts " << static_cast<int>(how) << static_cast<int>(o));
      int wrong = 0;
      auto t = make<std::int64_t>({37, 41, 3}, o);
      run_whole(op_id::matrix_transpose, dtype::int64, t.view, {x.view});
      each_index({37, 41, 3}, [&](const extents& i) {
        wrong += at<std::int64_t>(t.view, i) != at<std::int64_t>(x.view, {i[0], i[2], i[1]});
      });
      CHECK(wrong == 0);
      auto p = make<std::int64_t>({41, 37, 3}, o);
      run_whole(op_id::permute_dims, dtype::int64, p.view, {x.view}, {{"axes", extents{2, 0, 1}}});
      each_index({41, 37, 3}, [&](const extents& i) {
        wrong += at<std::int64_t>(p.view, i) != at<std::int64_t>(x.view, {i[1], i[2], i[0]});
      });
      CHECK(wrong == 0);
      auto r = make<std::int64_t>({111, 41}, o);
      run_whole(op_id::reshape, dtype::int64, r.view, {x.view}, {{"shape", extents{111, 41}}, {"copy", false}});
      each_index({111, 41}, [&](const extents& i) {
        wrong += at<std::int64_t>(r.view, i) != at<std::int64_t>(x.view, {i[0] / 3, i[0] % 3, i[1]});
      });
      CHECK(wrong == 0);
      auto c = make<std::int64_t>({37, 5, 41}, o);
      run_whole(op_id::concat, dtype::int64, c.view, {x.view, y.view}, {{"axis", 1}});
      each_index({37, 5, 41}, [&](const extents& i) {
        wrong += at<std::int64_t>(c.view, i) != (i[1] < 3 ? at<std::int64_t>(x.view, i) : at<std::int64_t>(y.view, {i[0], i[1] - 3, i[2]}));
      });
      CHECK(wrong == 0);
      auto f = make<std::int64_t>({37 * 5 * 41}, o);
      run_whole(op_id::concat, dtype::int64, f.view, {x.view, y.view}, {{"axis", attribute_value()}});
      std::int64_t at_f = 0;
      for (const auto* v : {&x, &y})
        each_index(extents(v->view.shape, v->view.shape + 3),
                   [&](const extents& i) { wrong += at<std::int64_t>(f.view, {at_f++}) != at<std::int64_t>(v->view, i); });
      CHECK(wrong == 0);
      auto m = make<std::int64_t>({37, 3, 41}, o);
      run_whole(op_id::roll, dtype::int64, m.view, {x.view}, {{"shift", extents{-2, 50}}, {"axis", extents{0, -1}}});
      each_index({37, 3, 41}, [&](const extents& i) {
        wrong += at<std::int64_t>(m.view, i) != at<std::int64_t>(x.view, {(i[0] + 2) % 37, i[1], (i[2] + 41 * 2 - 50) % 41});
      });
      CHECK(wrong == 0);
      run_whole(op_id::roll, dtype::int64, m.view, {x.view}, {{"shift", extents{-5}}, {"axis", attribute_value()}});
      each_index({37, 3, 41}, [&](const extents& i) {
        const std::int64_t from = ((i[0] * 3 + i[1]) * 41 + i[2] + 5) % (37 * 3 * 41);
        wrong += at<std::int64_t>(m.view, i) != at<std::int64_t>(x.view, {from / 123, from / 41 % 3, from % 41});
      });
      CHECK(wrong == 0);
      auto b = make<std::int64_t>({2, 37, 3, 41}, o);
      run_whole(op_id::broadcast_to, dtype::int64, b.view, {x.view}, {{"shape", extents{2, 37, 3, 41}}});
      each_index({2, 37, 3, 41}, [&](const extents& i) {
        wrong += at<std::int64_t>(b.view, i) != at<std::int64_t>(x.view, {i[1], i[2], i[3]});
      });
      CHECK(wrong == 0);
    }
}

TEST_CASE("eigen_arange_and_eye") {
  std::vector<double> x(5);
  run_whole(op_id::arange, dtype::float64, make_view(x.data(), dtype::float64, {5}, {1}), {},
            {{"start", scalar(1.5)}, {"stop", scalar(4)}, {"step", scalar(0.5)}});
  CHECK(x == std::vector<double>{1.5, 2, 2.5, 3, 3.5});
  std::vector<std::int64_t> n(4);
  run_whole(op_id::arange, dtype::int64, make_view(n.data() + 3, dtype::int64, {4}, {-1}), {},
            {{"start", scalar(10)}, {"stop", scalar(-2)}, {"step", scalar(-3)}});
  CHECK(n == std::vector<std::int64_t>{1, 4, 7, 10});
  // Whole numbers below zero as reals.
  std::vector<double> y(3);
  run_whole(op_id::arange, dtype::float64, make_view(y.data(), dtype::float64, {3}, {1}), {},
            {{"start", scalar(-13)}, {"stop", scalar(4.5)}, {"step", scalar(8)}});
  CHECK(y == std::vector<double>{-13, -5, 3});
  std::vector<float> e(12);
  run_whole(op_id::eye, dtype::float32, make_view(e.data(), dtype::float32, {3, 4}, {4, 1}), {}, {{"n_rows", 3}, {"n_cols", 4}, {"k", -1}});
  CHECK(e == std::vector<float>{0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0});
}
