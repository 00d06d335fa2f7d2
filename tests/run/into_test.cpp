// Results in memory of the caller's: of any layout, over one another or over arguments, and no byte beside them.
#include "engine_helpers.hpp"

#include <algorithm>
#include <utility>

using namespace engine_test;

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

TEST_CASE("into with many results and inputs finds every overlap, of few and of many") {
  // The results of n arguments, each twice its argument and one more than it.
  const auto f = td::trace_graph([](const std::vector<td::array>& v) {
    std::vector<td::array> out;
    for (const td::array& x : v) out.push_back(x * 2.0 + td::sum(x));
    return out;
  });
  for (const std::size_t n : {1, 2, 4, 5, 6, 20, 32, 33, 50, 300}) {
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
    // Apart, with addresses that fall, as in a std::tuple, or in no order.
    std::vector<std::span<double>> falling(apart.rbegin(), apart.rend());
    std::vector<std::span<double>> mixed = apart;
    for (std::size_t i = 0; i < n; ++i) std::swap(mixed[i], mixed[i * 7 % n]);
    for (const auto* to : {&falling, &mixed}) {
      f.into(*to, in);
      check(*to);
      CHECK(memory == start());
    }
    // Every second place is an argument's, the others are for results.
    doubles both(2 * n * length);
    std::vector<std::span<double>> even, odd;
    for (std::size_t i = 0; i < n; ++i) {
      even.emplace_back(both.data() + 2 * i * length, length);
      odd.emplace_back(both.data() + (2 * i + 1) * length, length);
      std::copy(in[i].begin(), in[i].end(), even[i].begin());
    }
    std::reverse(odd.begin(), odd.end());
    f.into(odd, even);
    check(odd);
    for (std::size_t i = 0; i < n; ++i) CHECK(doubles(even[i].begin(), even[i].end()) == doubles(in[i].begin(), in[i].end()));
    // Two results in one memory, or a part of it, wherever they stand in the list and in whatever order the list is.
    if (n < 2) continue;
    for (const auto& [a, b] : std::vector<std::pair<std::size_t, std::size_t>>{{0, 1}, {0, n - 1}, {n / 2, n - 1}})
      for (const auto* of : {&apart, &falling, &mixed}) {
        if (a == b) continue;
        std::vector<std::span<double>> twice = *of;
        twice[b] = twice[a];
        CHECK(message_of([&] { f.into(twice, in); }) ==
              "[into] outputs " + std::to_string(a) + " and " + std::to_string(b) +
                  " overlap: got one memory for two results, expected distinct storage. Pass separate containers.");
        // The last element of one is the first of the other.
        doubles longer(2 * length);
        twice[a] = std::span<double>(longer.data(), length), twice[b] = std::span<double>(longer.data() + length - 1, length);
        CHECK_THROWS_WITH(f.into(twice, in), Catch::Matchers::Contains("overlap: got one memory for two results"));
        twice[b] = std::span<double>(longer.data() + length, length);
        f.into(twice, in);
        check(twice);
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
