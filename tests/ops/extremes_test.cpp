// The largest and the smallest: the sign of a zero and a NaN are the same eagerly, traced, in every layout and on every backend.
#include "trace_helpers.hpp"

#include <cmath>
#include <cstring>
#include <limits>
#include <random>

#include "catch.hpp"

using namespace trace_test;

namespace {

template <class T>
constexpr T not_a_number = std::numeric_limits<T>::quiet_NaN();

td::array column_major(const td::array& a) { return td::matrix_transpose(td::detail::copy_of(td::matrix_transpose(a).view())); }
td::array strided(const td::array& a) {
  return td::detail::copy_of(td::repeat(a, 2, {.axis = -1}).view())[{td::ellipsis, td::slice({}, {}, 2)}];
}

/// By the definition: NaN if any is, and 0 is larger than -0.
template <class T>
T extreme(const std::vector<T>& v, std::size_t first, std::size_t step, std::size_t n, bool largest) {
  T best = v[first];
  for (std::size_t i = 0; i < n; ++i) {
    const T x = v[first + i * step];
    if (x != x) return not_a_number<T>;
    if (x == best ? std::signbit(best) == largest : (largest ? x > best : x < best)) best = x;
  }
  return best;
}

template <class T>
bool same_bits(const td::array& got, const std::vector<T>& want) {
  const td::array c = td::detail::copy_of(got.view());
  return static_cast<std::size_t>(c.size()) == want.size() && std::memcmp(c.data<T>(), want.data(), want.size() * sizeof(T)) == 0;
}

template <class T>
void check(const std::vector<T>& v, std::size_t rows, std::size_t columns) {
  const td::array x =
      td::detail::copy_of(td::reshape(td::asarray(v), {static_cast<std::int64_t>(rows), static_cast<std::int64_t>(columns)}).view());
  for (const std::int64_t axis : {0, 1}) {
    std::vector<T> most, least;
    for (std::size_t i = 0; i < (axis ? rows : columns); ++i)
      for (const bool largest : {false, true})
        (largest ? most : least).push_back(axis ? extreme(v, i * columns, 1, columns, largest) : extreme(v, i, columns, rows, largest));
    // Of an operand in memory, and of one that a loop makes.
    const auto both = [axis](const td::array& a) {
      return std::tuple(td::max(a, {.axis = axis}), td::min(a, {.axis = axis}), td::max(a * 0.5, {.axis = axis}) * 2,
                        td::min(a * 0.5, {.axis = axis}) * 2);
    };
    const auto right = [&](const auto& r) {
      CHECK(same_bits(std::get<0>(r), most));
      CHECK(same_bits(std::get<1>(r), least));
      CHECK(same_bits(std::get<2>(r), most));
      CHECK(same_bits(std::get<3>(r), least));
    };
    for (const std::string& to : td::backends())
      for (const td::array& a : {x, column_major(x), strided(x)}) {
        CAPTURE(to, rows, columns, axis, sizeof(T));
        const td::backend_scope scope(to);
        right(both(a));
        for (const int threads : {1, 2}) right(td::trace_graph(both, {.to = to, .num_threads = threads})(a));
      }
  }
}

// Zeros of both signs among what lies on their sides, or NaN of either sign among all.
template <class T>
void check_all() {
  std::mt19937 g(9);
  for (const auto& [rows, columns] : std::vector<std::pair<std::size_t, std::size_t>>{
           {1, 1}, {3, 2}, {5, 8}, {17, 9}, {4, 33}, {33, 4}, {40, 70}, {2, 130}, {130, 2}, {2, 1100}, {1100, 2}, {70, 300}, {20, 5000}})
    for (const int kind : {0, 1, 2, 3, 4}) {
      std::vector<T> v(rows * columns);
      for (T& x : v) {
        const auto r = g() % 8;
        const T zero = g() % 2 ? T(0) : -T(0);
        x = kind == 0 ? zero : kind == 1 ? (r == 0 ? T(0) : -T(0)) : kind == 2 ? (r == 0 ? -T(0) : T(0)) : zero;
        if (kind == 4) x = T(g() % 3) - 1;
        if (kind == 4 && x == 0) x = zero;
        if (kind >= 3 && g() % static_cast<unsigned>(2 * columns) == 0) x = g() % 2 ? not_a_number<T> : -not_a_number<T>;
      }
      check(v, rows, columns);
    }
}

}  // namespace

TEST_CASE("the sign of a largest or smallest zero, and a NaN, depend on no layout, order or backend") {
  check_all<float>();
  check_all<double>();
}

TEST_CASE("of two zeros the positive one is the larger") {
  for (const std::string& to : td::backends())
    for (const std::int64_t n : {1, 2, 7, 16, 40, 1030})
      for (const td::dtype d : {td::float32, td::float64}) {
        CAPTURE(to, n, td::to_string(d));
        const td::backend_scope scope(to);
        const td::array plus = td::zeros({n}, {.dtype = d}), minus = td::detail::copy_of((-plus).view()),
                        nan = td::detail::copy_of((plus + std::nan("")).view());
        const auto f = [](const td::array& a, const td::array& b) {
          return std::tuple(td::maximum(a, b), td::minimum(a, b), td::clip(a, b, b), td::clip(a, std::nullopt, b),
                            td::clip(a, b, std::nullopt));
        };
        const auto traced = td::trace_graph(f);
        using results = std::tuple<td::array, td::array, td::array, td::array, td::array>;
        const auto each = [](const results& r, auto&& check) {
          std::apply([&, k = 0U](const auto&... one) mutable { (check(one, k++), ...); }, r);
        };
        const auto signs = [&](const results& r, const std::vector<bool>& want) {
          each(r, [&](const td::array& one, unsigned k) { CHECK(td::all(td::signbit(one) == td::array(bool(want[k]))).item<bool>()); });
        };
        const auto nans = [&](const results& r) {
          each(r, [](const td::array& one, unsigned) { CHECK(td::all(td::isnan(one)).item<bool>()); });
        };
        for (const bool eager : {true, false}) {
          const auto run = [&](const td::array& a, const td::array& b) { return eager ? f(a, b) : traced(a, b); };
          signs(run(plus, minus), {false, true, true, true, false});
          signs(run(minus, plus), {false, true, false, true, false});
          signs(run(minus, minus), {true, true, true, true, true});
          nans(run(nan, minus));
          nans(run(minus, nan));
        }
      }
}
