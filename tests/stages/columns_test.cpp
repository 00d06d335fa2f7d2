// Reductions across rows: when they run so, their bits, and how little their sums lose.
#include "engine_helpers.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

using namespace engine_test;

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

TEST_CASE("columns: a number of each row is one also where several rows are added at once") {
  const td::array x = td::reshape(td::arange(2 * 3 * 1024) % 17 * 0.5, {2, 3, 1024}),
                  c = td::greater(td::reshape(td::arange(6), {2, 3, 1}), 2.0);
  const auto f = [&](const td::array& a) { return td::sum(td::where(c, a, a * 2), {.axis = {0, 1}, .keepdims = true}); };
  for (const std::string& backend : td::backends()) {
    INFO(backend);
    CHECK(td::allclose(td::trace_graph(f, {.to = backend})(x), f(x), 0, 0));
  }
}
