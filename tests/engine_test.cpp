// The engine: fused replay equals the oracle, td::evaluate, over sizes, layouts, broadcasts and phases. fuzz_test.cpp has random graphs.
#include "trace_helpers.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>

#include "catch.hpp"

using namespace trace_test;

namespace {

/// Numbers of both signs, some of them integers and halves.
td::array numbers(const ints& shape, td::dtype d = td::float64, unsigned seed = 1) {
  std::mt19937 g(seed);
  std::uniform_real_distribution<double> u(-4, 4);
  std::int64_t n = 1;
  for (auto e : shape) n *= e;
  doubles v(static_cast<std::size_t>(n));
  for (double& x : v) x = g() % 4 == 0 ? std::round(2 * u(g)) / 2 : u(g);
  td::array a = td::reshape(td::asarray(v), td::axes(shape));
  return td::astype(d == td::bool_ ? td::greater(a, 0.0) : a, d);
}

/// Equal in every bit; NaN equals NaN.
bool identical(const td::array& a, const td::array& b) {
  if (a.dtype() != b.dtype() || a.shape() != b.shape()) return false;
  const doubles x = values(a), y = values(b);
  for (std::size_t i = 0; i < x.size(); ++i)
    if (std::isnan(x[i]) ? !std::isnan(y[i]) : x[i] != y[i] || std::signbit(x[i]) != std::signbit(y[i])) return false;
  return true;
}

bool near(const td::array& a, const td::array& b, double tolerance) {
  return a.dtype() == b.dtype() && a.shape() == b.shape() && td::allclose(a, b, tolerance, tolerance, true);
}

std::vector<std::string> engines() { return td::backends(); }

/// Replay on every backend against the oracle on eigen: to the last bit for elementwise functions, else to `tolerance`.
template <class F, class... A>
void same(F f, double tolerance, const A&... a) {
  const warnings quiet;
  const std::vector<td::array> in{a...};
  for (const std::string& to : engines())
    for (const bool contract : {true, false}) {
      const td::function g = td::trace_graph(f, {.to = to, .contract = contract}).compiled(a...);
      const td::graph recorded = td::trace_graph(f).graph(a...);
      const auto expected = td::evaluate(recorded, in, to), got = g(in);
      REQUIRE(got.size() == expected.size());
      for (std::size_t i = 0; i < got.size(); ++i) {
        INFO("backend " << to << ", contract " << contract << ", result " << i << "\n" << to_string(g.graph(), false));
        if (tolerance == 0 && !contract) CHECK(identical(got[i], expected[i]));
        else CHECK(near(got[i], expected[i], std::max(tolerance, 1e-13)));
      }
    }
}

td::array softmax_by_hand(const td::array& x) {
  const td::array e = td::exp(x - td::max(x, {.axis = -1, .keepdims = true}));
  return e / td::sum(e, {.axis = -1, .keepdims = true});
}

/// A buffer and a strided view of part of it.
struct strided {
  std::vector<std::byte> memory;
  td::array_view view;
  /// `order`: axes from the slowest to the fastest; each stride is stretched by `step`, negative where `flipped`.
  strided(td::dtype d, const ints& shape, const std::vector<int>& order, std::int64_t step, const std::vector<int>& flipped = {}) {
    view.dtype = d;
    view.rank = static_cast<int>(shape.size());
    std::int64_t stride = step, offset = 0;
    for (std::size_t k = order.size(); k-- > 0;) {
      const auto a = static_cast<std::size_t>(order[k]);
      view.shape[a] = shape[a];
      view.strides[a] = stride;
      stride *= shape[a] + 1;  // a gap after each run
    }
    for (int a : flipped) {
      offset += view.strides[a] * (view.shape[a] - 1);
      view.strides[a] = -view.strides[a];
    }
    memory.resize(static_cast<std::size_t>(stride + 1) * td::size_of(d), std::byte{0x5a});
    view.data = memory.data() + static_cast<std::size_t>(offset) * td::size_of(d);
  }
  td::array borrowed() const { return td::detail::borrow(view); }
  /// The bytes outside the view that are not as they were.
  int touched_gaps() const {
    std::vector<std::byte> copy = memory;
    td::array_view v = view;
    v.data = copy.data() + (static_cast<std::byte*>(view.data) - memory.data());
    const ints shape(v.shape, v.shape + v.rank);
    std::vector<std::int64_t> at(shape.size(), 0);
    for (;;) {
      std::int64_t offset = 0;
      for (std::size_t k = 0; k < at.size(); ++k) offset += at[k] * v.strides[k];
      std::memset(static_cast<std::byte*>(v.data) + offset * static_cast<std::int64_t>(td::size_of(v.dtype)), 0x5a, td::size_of(v.dtype));
      std::size_t k = at.size();
      while (k > 0 && ++at[k - 1] == shape[k - 1]) at[--k] = 0;
      if (k == 0) break;
    }
    return static_cast<int>(std::count_if(copy.begin(), copy.end(), [](std::byte b) { return b != std::byte{0x5a}; }));
  }
};

}  // namespace

TEST_CASE("elementwise chains at sizes around one and around the blocks") {
  for (const std::int64_t n :
       {0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 63, 65, 255, 257, 511, 513, 1023, 1024, 1025, 2047, 2048, 2049, 4097, 10000}) {
    CAPTURE(n);
    same([](const td::array& x) { return td::sqrt(td::abs(x * 2 + 1)) - td::where(x > 0, x, 1 / (x - 10)); }, 0, numbers({n}));
    same([](const td::array& x) { return td::maximum(x * x, 0.25F) + 1; }, 0, numbers({n}, td::float32));
    same([](const td::array& x) { return (x * 3 - 7) * x; }, 0, numbers({n}, td::int32));
  }
}

TEST_CASE("reductions and what follows them at sizes around the blocks") {
  for (const std::int64_t n : {1, 2, 3, 7, 8, 9, 31, 33, 1023, 1024, 1025, 2048, 2049, 3000, 5000}) {
    CAPTURE(n);
    const td::array x = numbers({n});
    same(normalize, 1e-12, n > 1 ? x : numbers({2}));
    same([](const td::array& a) { return std::tuple(td::sum(a), td::max(a), td::min(a), td::mean(a), td::var(a, {.correction = 0})); },
         1e-12, x);
    same([](const td::array& a) { return std::tuple(td::any(a > 3.9), td::all(a > -3.9), td::prod(a / 4)); }, 1e-12, x);
    same([](const td::array& a) { return std::tuple(td::sum(a), td::prod(td::where(a > 0, a, 1)), td::max(a)); }, 0,
         numbers({n}, td::int32));
  }
}

TEST_CASE("the mean of numbers with an infinity among them is that infinity, wherever it stands") {
  const double infinity = std::numeric_limits<double>::infinity();
  for (const std::int64_t n : {2, 100, 1024, 1025, 3000, 9000})
    for (const std::int64_t at : {std::int64_t{0}, n / 2, n - 1})
      for (const double x : {infinity, -infinity}) {
        CAPTURE(n, at, x);
        doubles v(static_cast<std::size_t>(n), 0.5);
        v[static_cast<std::size_t>(at)] = x;
        const td::array row = td::asarray(v), rows = td::stack({row, row, row});
        for (const std::string& to : engines())
          for (const bool optimize : {true, false})
            for (const td::dtype d : {td::float64, td::float32}) {
              CAPTURE(to, optimize);
              const auto f = td::trace_graph(
                  [d](const td::array& a) {
                    const td::array b = td::astype(a, d);
                    return std::tuple(td::astype(td::mean(b), td::float64), td::mean(b, {.axis = 1}), td::astype(td::var(b), td::float64));
                  },
                  {.to = to, .optimize = optimize});
              const auto [all, each, spread] = f(rows);
              CHECK(all.item<double>() == x);
              CHECK(values(each) == doubles(3, x));
              CHECK(std::isnan(spread.item<double>()));
            }
      }
}

TEST_CASE("rows of one block and of many, with saved and with recomputed values") {
  for (const ints& shape :
       {ints{3, 5}, ints{1, 1024}, ints{7, 1023}, ints{2, 5000}, ints{1, 100000}, ints{500, 3}, ints{2, 3, 1500}, ints{4, 1}}) {
    CAPTURE(td::to_string(shape));
    const td::array x = numbers(shape), f = td::astype(x, td::float32);
    same(softmax_by_hand, 1e-12, x);
    same(softmax_by_hand, 1e-5, f);
    same([](const td::array& a) { return td::log_softmax(a); }, 1e-12, x);
    // Cheap values are computed again in the second phase, dear ones kept; each is needed in three phases.
    same(
        [](const td::array& a) {
          const td::array cheap = a + 1, dear = td::exp(a / 4);
          const td::array m = td::mean(cheap * dear, {.axis = -1, .keepdims = true});
          const td::array v = td::sum(td::square(dear - m), {.axis = -1, .keepdims = true});
          return std::tuple(cheap * v + dear, m, td::squeeze(v, {-1}), dear);
        },
        1e-11, x);
    same(
        [](const td::array& a) {
          const td::array c = a - td::mean(a, {.axis = -1, .keepdims = true});
          return c / td::sqrt(td::var(a, {.axis = -1, .keepdims = true}) + 1e-5);
        },
        1e-11, x);
    same([](const td::array& a) { return td::sum(td::astype(a > 0, td::int32), {.axis = -1}) * 2; }, 0, td::astype(x, td::int32));
  }
}

TEST_CASE("reductions over several last axes, over first axes, over all") {
  const td::array x = numbers({4, 5, 6});
  for (const td::axes& axis : {td::axes({1, 2}), td::axes({0}), td::axes({0, 2}), td::axes({0, 1, 2}), td::axes(-1), td::axes()}) {
    same([&](const td::array& a) { return td::sum(a * 2, {.axis = axis}) + 1; }, 1e-12, x);
    same([&](const td::array& a) { return a - td::mean(a, {.axis = axis, .keepdims = true}); }, 1e-12, x);
    same([&](const td::array& a) { return a / td::max(td::abs(a), {.axis = axis, .keepdims = true}); }, 1e-12, x);
  }
}

TEST_CASE("reductions across rows have the bits of the whole-array kernels, fused or not, for every number of threads") {
  const warnings quiet;
  // What op-by-op evaluation keeps between is row-major: of column-major operands only reductions of themselves run the same loops there.
  const auto body = [](const td::axes& axis, bool computed) {
    return [=](const td::array& x, const td::array& y) {
      const td::array z = computed ? x * y : x, logic = computed ? x > y : td::astype(x, td::bool_);
      const bool real = td::kind_of(x.dtype()) == td::dtype_kind::real;
      return std::tuple(td::sum(x, {.axis = axis}), td::sum(z, {.axis = axis}), td::prod(z, {.axis = axis}), td::max(z, {.axis = axis}),
                        td::min(x, {.axis = axis, .keepdims = true}), td::any(logic, {.axis = axis}), td::all(logic, {.axis = axis}),
                        real ? td::mean(z, {.axis = axis}) : x, real ? td::var(z, {.axis = axis, .keepdims = true}) : x,
                        x - td::max(x, {.axis = axis, .keepdims = true}));
    };
  };
  // Around a run of rows, a level of the tree, a block, a tile; as many columns as make groups of one row and of many.
  for (const auto& [shape, axis] : std::vector<std::pair<ints, td::axes>>{{{1, 40}, 0},
                                                                          {{2, 3}, 0},
                                                                          {{15, 33}, 0},
                                                                          {{16, 256}, 0},
                                                                          {{17, 257}, 0},
                                                                          {{255, 2}, 0},
                                                                          {{256, 511}, 0},
                                                                          {{257, 1024}, 0},
                                                                          {{300, 1025}, 0},
                                                                          {{5, 3000}, 0},
                                                                          {{4099, 3}, 0},
                                                                          {{4400, 17}, 0},
                                                                          {{3, 50, 70}, 1},
                                                                          {{3, 50, 5}, {0, 1}},
                                                                          {{9, 3, 10, 7}, {0, 2}},
                                                                          {{2, 300, 2, 2}, {1}},
                                                                          {{20, 1, 30}, {0, 1}},
                                                                          {{7, 1, 1}, 0}})
    for (const td::dtype d : {td::float32, td::float64, td::int32, td::int64})
      for (const bool column_major : {false, true}) {
        CAPTURE(td::to_string(shape), column_major, td::to_string(d));
        // A row-major result of two reversed axes that stay: the whole-array kernel cannot merge them to one run of columns.
        if (column_major && shape == ints{2, 300, 2, 2}) continue;
        std::vector<td::array> in{numbers(shape, d), numbers(shape, d, 2)};
        ints reversed, along = axis.values();
        for (std::size_t k = shape.size(); k-- > 0;) reversed.push_back(static_cast<std::int64_t>(k));
        if (column_major) {
          for (td::array& a : in) a = td::permute_dims(a, reversed);
          for (std::int64_t& k : along) k = static_cast<std::int64_t>(shape.size()) - 1 - k;
        }
        const auto expected = td::evaluate(td::trace_graph(body(along, !column_major)).graph(in[0], in[1]), in, "eigen");
        for (const std::string& to : engines()) {
          if (to == "xtensor") continue;  // it has trees of its own
          for (const int threads : {1, 3}) {
            const auto f = td::trace_graph(body(along, !column_major), {.to = to, .contract = false, .num_threads = threads});
            const auto got = f.compiled(in[0], in[1])(in);
            for (std::size_t i = 0; i < got.size(); ++i) {
              CAPTURE(to, threads, i);
              CHECK(identical(got[i], expected[i]));
            }
          }
        }
      }
}

TEST_CASE("the tree of many rows has levels, and the bits of the whole-array kernels on each") {
  const td::array x = numbers({4161, 513}, td::float32);  // 64 x 64 rows, a run of 64 and one more, in blocks of one row
  const auto f = [](const td::array& a) { return std::pair(td::sum(a, {.axis = 0}), td::max(td::abs(a), {.axis = 0})); };
  const auto expected = td::evaluate(td::trace_graph(f).graph(x), std::vector{x}, "eigen");
  for (const std::string& to : engines()) {
    if (to == "xtensor") continue;  // it has trees of its own
    for (const int threads : {1, 4}) {
      CAPTURE(to, threads);
      const auto got = td::trace_graph(f, {.to = to, .num_threads = threads})(x);
      CHECK(identical(got.first, expected[0]));
      CHECK(identical(got.second, expected[1]));
    }
  }
}

TEST_CASE("sums across many rows lose no more than a few units in the last place, where a plain loop loses dozens") {
  // Multiples of 1/8192: their sums are exact in integers.
  for (const auto& [rows, columns] : std::vector<std::pair<std::int64_t, std::int64_t>>{{100000, 3}, {60000, 20}, {5000, 600}}) {
    CAPTURE(rows, columns);
    std::vector<float> x(static_cast<std::size_t>(rows * columns)), serial(static_cast<std::size_t>(columns), 0.0F);
    std::vector<std::int64_t> exact(static_cast<std::size_t>(columns), 0);
    std::mt19937 g(1);
    for (std::size_t i = 0; i < x.size(); ++i) {
      const auto k = static_cast<std::int64_t>(g() % 8192), c = static_cast<std::int64_t>(i) % columns;
      x[i] = static_cast<float>(k) / 8192;
      exact[static_cast<std::size_t>(c)] += k;
      serial[static_cast<std::size_t>(c)] += x[i];
    }
    const auto error = [&](const float* sums) {  // in units of the last place, the greatest
      double most = 0;
      for (std::size_t c = 0; c < exact.size(); ++c) {
        const double sum = static_cast<double>(exact[c]) / 8192;
        most = std::max(most, std::abs(static_cast<double>(sums[c]) - sum) / (sum * std::numeric_limits<float>::epsilon()));
      }
      return most;
    };
    const td::array a = td::reshape(td::asarray(x), {rows, columns});
    for (const std::string& to : engines()) {
      CAPTURE(to);
      const auto f = td::trace_graph([](const td::array& v) { return td::sum(v, {.axis = 0}); }, {.to = to});
      const td::array fused = f(a), eager = td::evaluate(f.graph(a), std::vector{a}, to).front();
      CHECK(error(fused.data<float>()) <= 4);
      CHECK(error(eager.data<float>()) <= 4);
    }
    if (rows > 50000) CHECK(error(serial.data()) > 20);
  }
}

TEST_CASE("memory decides the loops: along rows where it runs along a reduced axis, else across them") {
  const auto stages = [](auto f, const td::array& x) { return td::trace_graph(f, {.to = "eigen"}).compiled(x).stages(); };
  const auto over = [](std::int64_t axis) { return [axis](const td::array& a) { return td::sum(a * 2, {.axis = axis}); }; };
  const td::array x = numbers({40, 70}), reversed = td::matrix_transpose(numbers({70, 40}));
  CHECK_THAT(stages(over(1), x), contains("40 rows of 70 elements"));
  CHECK_THAT(stages(over(0), x), contains("70 columns of 40 rows, 1 times, blocks of 8 x 70"));
  CHECK_THAT(stages(over(1), reversed), contains("40 columns of 70 rows"));
  CHECK_THAT(stages(over(0), reversed), contains("70 rows of 40 elements"));
  CHECK_THAT(stages(over(1), numbers({4, 50, 600})), contains("600 columns of 50 rows, 4 times, blocks of 1 x 600"));
  // A transposed view inside the function likewise.
  CHECK_THAT(stages([](const td::array& a) { return td::sum(td::matrix_transpose(a) * 2, {.axis = 0}); }, x),
             contains("40 rows of 70 elements"));
  CHECK_THAT(stages([](const td::array& a) { return td::sum(td::matrix_transpose(a) * 2, {.axis = 1}); }, x),
             contains("70 columns of 40 rows"));
}

TEST_CASE("a value that waits where a result will be, in results of any layout") {
  const warnings quiet;
  // Larger than what is kept in the workspace: several tiles, long rows.
  for (const auto& [shape, axis] : std::vector<std::pair<ints, int>>{{{300, 1300}, 0}, {{3, 40000}, 1}, {{2, 500, 90}, 1}})
    for (const td::dtype d : {td::float32, td::float64})
      for (const std::string& to : engines()) {
        CAPTURE(td::to_string(shape), td::to_string(d), to);
        const int along = axis;
        const auto f = [along](const td::array& x) {
          const td::array e = td::exp(x - td::max(x, {.axis = along, .keepdims = true}));
          return std::pair(e / td::sum(e, {.axis = along, .keepdims = true}), td::sum(e, {.axis = along}));
        };
        const td::array x = numbers(shape, d);
        const auto g = td::trace_graph(f, {.to = to});
        const td::function compiled = g.compiled(x);
        const auto expected = td::evaluate(g.graph(x), std::vector{x}, to);
        std::vector<int> order;
        for (std::size_t k = 0; k < shape.size(); ++k) order.push_back(static_cast<int>(k));
        for (const bool reversed : {false, true})
          for (const std::int64_t step : {1, 2}) {
            CAPTURE(reversed, step);
            if (reversed) std::reverse(order.begin(), order.end());
            strided out(d, shape, order, step),
                total(d, expected[1].shape(), expected[1].ndim() == 2 ? std::vector<int>{0, 1} : std::vector<int>{0}, 1);
            compiled.into(std::vector{out.view, total.view}, std::vector{x.view()});
            CHECK(near(out.borrowed(), expected[0], d == td::float32 ? 1e-5 : 1e-12));
            CHECK(near(total.borrowed(), expected[1], d == td::float32 ? 1e-5 : 1e-12));
            CHECK(out.touched_gaps() == 0);
          }
        // Over its own operand.
        const td::array y = td::detail::copy_of(x.view()), sums = td::detail::copy_of(expected[1].view());
        compiled.into(std::vector{y.view(), sums.view()}, std::vector{y.view()});
        CHECK(near(y, expected[0], d == td::float32 ? 1e-5 : 1e-12));
      }
}

TEST_CASE("rows of several runs: images by channel, whatever a plane's size") {
  for (const ints& shape :
       {ints{2, 3, 28, 28}, ints{3, 2, 40, 40}, ints{30, 2, 7, 7}, ints{2, 2, 1, 1031}, ints{2, 3, 33, 64}, ints{4, 2, 3, 5}})
    for (const td::dtype d : {td::float32, td::float64}) {
      CAPTURE(td::to_string(shape), td::to_string(d));
      const double tolerance = d == td::float32 ? 1e-4 : 1e-11;
      const td::array x = numbers(shape, d), scale = numbers({shape[1], 1, 1}, d, 2);
      const auto norm = [](const td::array& a, const td::array& s) {
        const td::axes over{0, 2, 3};
        return (a - td::mean(a, {.axis = over, .keepdims = true})) / td::sqrt(td::var(a, {.axis = over, .keepdims = true}) + 1e-5) * s;
      };
      same(norm, tolerance, x, scale);
      same(
          [](const td::array& a) {
            return std::pair(td::sum(td::abs(a), {.axis = {0, 2, 3}}), td::max(a, {.axis = {1, 3}}));
          },
          tolerance, x);
    }
}

TEST_CASE("broadcasting patterns") {
  for (const std::int64_t n : {1, 2, 5, 40})
    for (const std::int64_t m : {1, 3, 17, 130, 1500}) {
      CAPTURE(n, m);
      const td::array full = numbers({n, m}), column = numbers({n, 1}, td::float64, 2), row = numbers({1, m}, td::float64, 3),
                      flat = numbers({m}, td::float64, 4), one = numbers({}, td::float64, 5);
      same([](const td::array& a, const td::array& b) { return a * 2 - b; }, 0, column, row);
      same([](const td::array& a, const td::array& b, const td::array& c) { return (a + b) / (c * c + 1); }, 0, full, flat, column);
      same([](const td::array& a, const td::array& b, const td::array& c) { return td::where(a > c, a, b * c); }, 0, full, one, row);
      same([](const td::array& a, const td::array& b) { return td::sum(a * b, {.axis = -1}); }, 1e-12, column, flat);
      same(
          [](const td::array& a, const td::array& b) {
            const td::array r = td::exp(b);  // one element a row, or a whole row
            return a * r + r;
          },
          1e-14, full, column);
    }
  same([](const td::array& a, const td::array& b, const td::array& c) { return a + b * c; }, 0, numbers({2, 1, 5, 1}), numbers({3, 1, 200}),
       numbers({2, 1, 1, 1}));
  same([](const td::array& a, const td::array& b) { return a + b; }, 0, numbers({1}), numbers({3, 4}));
  same([](const td::array& a, const td::array& b) { return td::maximum(a, b); }, 0, numbers({300, 1, 4}), numbers({1, 300, 1}));
}

TEST_CASE("inputs and outputs of any layout, without a byte written beside them") {
  const ints shape{5, 7, 33};
  const std::vector<std::vector<int>> orders{{0, 1, 2}, {2, 1, 0}, {1, 2, 0}, {2, 0, 1}};
  const auto body = [](const td::array& x, const td::array& y) {
    return std::tuple(x * 2 + td::astype(y, td::float64), td::sum(x, {.axis = -1}),
                      (x - td::mean(x, {.axis = -1, .keepdims = true})) * td::astype(y, td::float64), td::reshape(x, {35, 33}),
                      td::permute_dims(x, {2, 0, 1}) + 1, y > 1);
  };
  const td::array x = numbers(shape), y = numbers(shape, td::float32, 7);
  for (const std::string& to : engines())
    for (const bool optimize : {true, false})
      for (std::size_t o = 0; o < orders.size(); ++o)
        for (const std::int64_t step : {1, 3}) {
          CAPTURE(to, optimize, o, step);
          strided a(td::float64, shape, orders[o], step, o == 1 ? std::vector<int>{0, 2} : std::vector<int>{});
          strided b(td::float32, shape, orders[(o + 1) % orders.size()], step);
          td::detail::copy_elements(a.view, x.view());
          td::detail::copy_elements(b.view, y.view());
          const auto f = td::trace_graph(body, {.to = to, .optimize = optimize});
          const td::function g = f.compiled(a.borrowed(), b.borrowed());
          const auto expected = td::evaluate(f.graph(x, y), std::vector<td::array>{x, y}, to);
          std::vector<strided> out;
          std::vector<td::array_view> views;
          for (std::size_t i = 0; i < expected.size(); ++i) {
            std::vector<int> order;
            for (int k = 0; k < expected[i].ndim(); ++k) order.push_back(o % 2 ? expected[i].ndim() - 1 - k : k);
            out.emplace_back(expected[i].dtype(), expected[i].shape(), order, step, o == 2 ? std::vector<int>{1} : std::vector<int>{});
          }
          for (const strided& s : out) views.push_back(s.view);
          g.into(views, std::vector{a.view, b.view});
          for (std::size_t i = 0; i < expected.size(); ++i) {
            CAPTURE(i);
            CHECK(near(out[i].borrowed(), expected[i], 1e-12));
            CHECK(out[i].touched_gaps() == 0);
          }
          // The same function with row-major arguments, for which it was not planned.
          views.clear();
          for (const strided& s : out) views.push_back(s.view);
          g.into(views, std::vector{x.view(), b.view});
          CHECK(near(out[0].borrowed(), expected[0], 1e-12));
          CHECK(near(out[3].borrowed(), expected[3], 1e-12));
        }
}

TEST_CASE("empty arrays and rank 0") {
  same(
      [](const td::array& x) {
        return std::tuple(td::exp(x) + 1, td::sum(x), td::sum(x, {.axis = 0}), td::prod(x, {.axis = 1, .keepdims = true}));
      },
      0, td::zeros({0, 3}));
  same([](const td::array& x) { return std::tuple(td::exp(x) + 1, td::sum(x), td::sum(x, {.axis = 1}), td::mean(x)); }, 0,
       td::zeros({3, 0}));
  same([](const td::array& x) { return td::softmax(x, {.axis = 0}); }, 0, td::zeros({3, 0}));
  same([](const td::array& x, const td::array& y) { return x + y; }, 0, td::zeros({0, 1}), td::zeros({5}));
  same(
      [](const td::array& x) {
        return std::tuple(x * 2 + 1, td::sum(x), td::mean(x, {.keepdims = true}), td::reshape(x, {1, 1}), td::std(x));
      },
      0, td::array(3.5));
  same([](const td::array& x) { return td::where(x > 1, x, -x); }, 0, td::array(0.5F));
}

TEST_CASE("mixed dtypes in one group") {
  const td::array i = numbers({1500}, td::int32), l = numbers({1500}, td::int64, 2), f = numbers({1500}, td::float32, 3),
                  d = numbers({1500}, td::float64, 4), b = numbers({1500}, td::bool_, 5);
  same([](const td::array& p, const td::array& q, const td::array& r) { return td::where(r, p + q, p - 2); }, 0, i, l, b);
  same([](const td::array& p, const td::array& q,
          const td::array& r) { return td::astype(p * q, td::float32) + td::astype(r, td::float32); },
       0, f, d, i);
  same([](const td::array& p, const td::array& q) { return td::astype(p, td::int32) + q; }, 0, d, i);
  same([](const td::array& p, const td::array& q) { return td::logical_and(p > 0, q) == (p < 1); }, 0, f, b);
  same([](const td::array& p,
          const td::array& q) { return std::tuple(td::sum(td::astype(p, td::int64)), td::any(p), td::max(q), td::mean(q)); },
       1e-12, b, i);
  same([](const td::array& p) { return td::astype(td::astype(p, td::int32), td::bool_); }, 0, f);
}

TEST_CASE("results that are an argument, a constant, a view, or stand twice") {
  const td::array x = numbers({3, 40});
  same(
      [](const td::array& a) {
        const td::array y = a + 1;
        return std::vector{a,
                           y,
                           y,
                           td::array({1., 2.}),
                           td::matrix_transpose(y),
                           td::matrix_transpose(a),
                           y[0],
                           td::reshape(a, {-1}),
                           td::flip(y),
                           td::broadcast_to(y, {2, 3, 40})};
      },
      0, x);
}

TEST_CASE("views inside a function cost nothing and mean what they mean") {
  const td::array x = numbers({4, 6, 10});
  same(
      [](const td::array& a) {
        const td::array t = td::permute_dims(a, {2, 0, 1});
        return std::tuple(td::exp(t) + td::reshape(t, {10, 4, 6}), td::reshape(t, {10, 24}) * 2,
                          t[{td::slice({}, {}, -2), 1}] + td::flip(a[{0, td::slice(0, 4), td::slice(0, 5)}]).shape(0),
                          td::expand_dims(a, {.axis = {0, 4}}) - 1, td::squeeze(a[{td::slice(), td::slice(2, 3)}], {1}) * 3,
                          td::roll(t, {3}, {.axis = {0}}), td::concat({a, a * 2}, {.axis = 1}), td::stack({a[0], a[1]}, {.axis = 1}));
      },
      0, x);
}

TEST_CASE("large groups: many operands, many nodes, many results") {
  std::vector<td::array> in;
  for (unsigned i = 0; i < 70; ++i) in.push_back(numbers({1030}, td::float64, i));
  const auto f = td::trace_graph(
      [](const std::vector<td::array>& v) {
        std::vector<td::array> out;
        td::array sum = v[0];
        for (const td::array& x : v) {
          sum = sum + x * x;
          if (out.size() < 40) out.push_back(sum);
        }
        for (int i = 0; i < 400; ++i) sum = td::abs(sum - 1);
        out.push_back(sum);
        return out;
      },
      {.contract = false});
  const auto got = f(in), expected = td::evaluate(f.graph(in), in);
  REQUIRE(got.size() == expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) CHECK(identical(got[i], expected[i]));
}

TEST_CASE("elementwise results do not depend on the place of an element") {
  const td::array x = numbers({3001});
  const auto f = td::trace_graph([](const td::array& a) {
    return std::tuple(td::exp(a), td::tanh(a), td::sigmoid(a), td::log(td::abs(a)), td::pow(td::abs(a), 1.7), td::gelu(a), td::erf(a));
  });
  for (const std::string& to : engines()) {
    const auto whole = f.to(to)(x);
    const auto part = f.to(to)(x[td::slice(1, 2500)]);
    CHECK(identical(std::get<0>(whole)[td::slice(1, 2500)], std::get<0>(part)));
    CHECK(identical(std::get<1>(whole)[td::slice(1, 2500)], std::get<1>(part)));
    CHECK(identical(std::get<2>(whole)[td::slice(1, 2500)], std::get<2>(part)));
    CHECK(identical(std::get<3>(whole)[td::slice(1, 2500)], std::get<3>(part)));
    CHECK(identical(std::get<4>(whole)[td::slice(1, 2500)], std::get<4>(part)));
    CHECK(identical(std::get<5>(whole)[td::slice(1, 2500)], std::get<5>(part)));
    CHECK(identical(std::get<6>(whole)[td::slice(1, 2500)], std::get<6>(part)));
  }
}

TEST_CASE("columns: single numbers beside vectors that every row shares, in any order, several rows a block") {
  const auto f = [](const std::vector<td::array>& v) { return td::sum(v[0] * v[1] * v[2] - v[3], {.axis = 0}); };
  const td::array row = td::array({1.0, 2.0, 3.0}), table = td::reshape(td::arange(300.0), {100, 3}), one(10.0),
                  column = td::arange(100.0)[{td::slice(), td::newaxis}];
  for (const std::string& backend : td::backends())
    for (const td::dtype d : {td::float64, td::float32, td::int32}) {
      const td::array r = td::astype(row, d), t = td::astype(table, d), o = td::astype(one, d), c = td::astype(column, d);
      for (const auto& in :
           {std::vector{r, t, o, c}, std::vector{o, r, t, c}, std::vector{r, o, t, o}, std::vector{c, r, t, o}, std::vector{r, r, c, o}})
        CHECK(td::allclose(td::trace_graph(f, {.to = backend})(in), f(in), 1e-6, 0));
    }
}

TEST_CASE("into with many results and inputs finds every overlap, of few and of many") {
  // The results of n arguments, each twice its argument and one more than it.
  const auto f = td::trace_graph([](const std::vector<td::array>& v) {
    std::vector<td::array> out;
    for (const td::array& x : v) out.push_back(x * 2.0 + td::sum(x));
    return out;
  });
  for (const std::size_t n : {1, 2, 4, 5, 6, 50, 300}) {
    INFO(n << " arrays");
    const std::size_t length = 7;
    const auto start = [&] {
      doubles m(n * length + 40);
      for (std::size_t i = 0; i < m.size(); ++i) m[i] = static_cast<double>(i % 31) - 7;
      return m;
    };
    doubles memory = start();
    const auto restart = [&] {  // where the spans look
      const doubles again = start();
      std::copy(again.begin(), again.end(), memory.begin());
    };
    std::vector<std::span<double>> in;
    for (std::size_t i = 0; i < n; ++i) in.emplace_back(memory.data() + i * length, length);
    std::vector<doubles> expected;
    for (const auto& x : in) {
      double sum = 0;
      for (double v : x) sum += v;
      expected.emplace_back();
      for (double v : x) expected.back().push_back(v * 2 + sum);
    }
    const auto check = [&](const std::vector<std::span<double>>& out) {
      for (std::size_t i = 0; i < n; ++i) CHECK(doubles(out[i].begin(), out[i].end()) == expected[i]);
    };
    // In place, one after the other and against the order; shifted, so that each result lies over two arguments; apart.
    restart();
    f.into(in, in);
    check(in);
    std::vector<std::span<double>> reversed(in.rbegin(), in.rend()), shifted;
    restart();
    f.into(reversed, in);
    check(reversed);
    for (std::size_t i = 0; i < n; ++i) shifted.emplace_back(memory.data() + i * length + 3, length);
    restart();
    f.into(shifted, in);
    check(shifted);
    restart();
    doubles other(n * length, -1);
    std::vector<std::span<double>> apart;
    for (std::size_t i = 0; i < n; ++i) apart.emplace_back(other.data() + i * length, length);
    f.into(apart, in);
    check(apart);
    CHECK(memory == start());
    // Two results in one memory, wherever they stand in the list.
    if (n < 2) continue;
    for (const auto& [a, b] : std::vector<std::pair<std::size_t, std::size_t>>{{0, 1}, {0, n - 1}, {n / 2, n - 1}}) {
      if (a == b) continue;
      std::vector<std::span<double>> twice = apart;
      twice[b] = std::span<double>(other.data() + a * length, length);
      CHECK(message_of([&] { f.into(twice, in); }) ==
            "[into] outputs " + std::to_string(a) + " and " + std::to_string(b) +
                " overlap: got one memory for two results, expected distinct storage. Pass separate containers.");
    }
  }
}

TEST_CASE("into writes parts of one matrix side by side, and refuses those that share an element") {
  const auto f = td::trace_graph([](const std::vector<td::array>& v) {
    std::vector<td::array> out;
    for (const td::array& x : v) out.push_back(x + 0.5);
    return out;
  });
  // Result i is `rows` x `width`, of a matrix whose rows have `pitch` elements, from column `at(i)` on; every second one against the rows.
  const auto check = [&](std::size_t n, std::int64_t rows, std::int64_t width, std::int64_t pitch, auto at, const std::string& refused) {
    INFO(n << " parts of " << rows << " x " << width << " in rows of " << pitch);
    std::vector<td::array> in;
    for (std::size_t i = 0; i < n; ++i) in.push_back(td::full({rows, width}, static_cast<double>(i)));
    doubles memory(static_cast<std::size_t>(rows * pitch + width), -1);
    std::vector<td::array_view> views, out;
    for (const td::array& x : in) views.push_back(x.view());
    for (std::size_t i = 0; i < n; ++i) {
      const bool turned = i % 2 == 1;
      td::array_view v = views[i];
      v.data = memory.data() + at(i) + (turned ? (rows - 1) * pitch : 0);
      v.strides[0] = turned ? -pitch : pitch;
      v.strides[1] = 1;
      out.push_back(v);
    }
    const td::function compiled = f.compiled(in);
    if (!refused.empty()) {
      CHECK(message_of([&] { compiled.into(out, views); }).starts_with(refused));
      return;
    }
    compiled.into(out, views);
    doubles expected(memory.size(), -1);
    for (std::size_t i = 0; i < n; ++i)
      for (std::int64_t r = 0; r < rows; ++r)
        for (std::int64_t c = 0; c < width; ++c)
          expected[static_cast<std::size_t>(static_cast<std::int64_t>(at(i)) + r * pitch + c)] = static_cast<double>(i) + 0.5;
    CHECK(memory == expected);
  };
  for (const std::size_t n : {2, 5, 6, 40}) {
    const auto m = static_cast<std::int64_t>(n);
    check(
        n, 7, 1, m, [](std::size_t i) { return i; }, "");  // all columns
    check(
        n, 7, 1, m, [n](std::size_t i) { return n - 1 - i; }, "");  // from the last to the first
    check(
        n, 7, 3, 3 * m + 2, [](std::size_t i) { return 3 * i; }, "");  // blocks of columns
    check(
        n, 7, 3, 3 * m, [n](std::size_t i) { return 3 * ((i + n / 2) % n); }, "");  // begun in the middle
    check(
        n, 7, 3, 3 * m, [n](std::size_t i) { return i + 1 == n ? 3 * i - 1 : 3 * i; }, "[into] outputs ");  // the last over the one before
    check(
        n, 7, 2, 2 * m, [](std::size_t i) { return i == 1 ? 1 : 2 * i; }, "[into] outputs ");
    check(
        n, 7, 1, m, [](std::size_t i) { return i == 1 ? 0 : i; }, "[into] outputs 0 and 1 overlap");
    check(
        n, 7, 2, 2 * m - 1, [](std::size_t i) { return 2 * i; }, "[into] outputs 0 and " + std::to_string(n - 1));  // by the next row
  }
}

TEST_CASE("running totals have the same bits whatever the layout of the result, on every number of threads") {
  for (const std::string& backend : td::backends())
    for (const td::dtype d : {td::float32, td::float64})
      for (const ints& shape : {ints{300, 5}, ints{5, 300}, ints{70, 33, 9}, ints{700, 1}})
        for (std::int64_t axis = 0; axis < static_cast<std::int64_t>(shape.size()); ++axis)
          for (const bool turned : {false, true})
            for (const int threads : {1, 3}) {
              INFO(backend << " " << td::to_string(d) << " " << td::to_string(shape) << " axis " << axis << (turned ? " turned" : ""));
              const auto totals = [axis](const td::array& x) {
                return std::vector<td::array>{td::cumulative_sum(x, {.axis = axis}), td::cumulative_prod(x * 0.1 + 0.95, {.axis = axis}),
                                              td::cumulative_sum(x, {.axis = axis, .include_initial = true})};
              };
              const td::array rows = numbers(shape, d),
                              x = turned ? td::permute_dims(
                                               td::detail::copy_of(
                                                   td::permute_dims(rows, td::axes(shape.size() == 2 ? ints{1, 0} : ints{2, 1, 0})).view()),
                                               td::axes(shape.size() == 2 ? ints{1, 0} : ints{2, 1, 0}))
                                         : rows;
              const td::function f = td::trace_graph(totals, {.to = backend, .num_threads = threads}).compiled(x);
              const auto expected = f(std::vector<td::array>{x});
              std::vector<int> order(shape.size());
              for (std::size_t k = 0; k < order.size(); ++k) order[k] = static_cast<int>(k);
              do {
                for (const std::int64_t step : {1, 2}) {
                  std::vector<strided> stored;
                  std::vector<td::array_view> out;
                  for (const td::array& e : expected) stored.emplace_back(d, e.shape(), order, step, std::vector<int>{});
                  for (const strided& s : stored) out.push_back(s.view);
                  f.into(out, std::vector<td::array_view>{x.view()});
                  for (std::size_t i = 0; i < out.size(); ++i) CHECK(identical(td::detail::borrow(out[i]), expected[i]));
                }
              } while (std::next_permutation(order.begin(), order.end()));
            }
}
