// Division of integers against C++'s own, by elements and by one number; and powers of literal exponents, which become products.
#include "jit_helpers.hpp"

#include <cmath>
#include <limits>
#include <random>
#include <utility>
#include <vector>

#include <tendril/passes.hpp>

#include "catch.hpp"
#include "kernels/backend.hpp"

using namespace jit_test;

namespace {

// By the definition: the quotient rounded towards -infinity and a - q b; both 0 where b is 0, and the lowest integer wraps.
template <class T>
std::pair<T, T> floored(T a, T b) {
  if (b == 0) return {0, 0};
  __extension__ using wide = __int128;
  wide q = wide(a) / wide(b), rest = wide(a) % wide(b);
  if (rest != 0 && (rest < 0) != (b < 0)) --q, rest += b;
  return {static_cast<T>(q), static_cast<T>(rest)};
}

template <class T>
std::vector<T> interesting() {
  using limits = std::numeric_limits<T>;
  std::vector<T> v{0,
                   1,
                   2,
                   3,
                   4,
                   7,
                   8,
                   10,
                   100,
                   limits::max(),
                   static_cast<T>(limits::max() - 1),
                   static_cast<T>(limits::max() / 2),
                   limits::min(),
                   static_cast<T>(limits::min() + 1),
                   static_cast<T>(limits::min() / 2)};
  if (std::is_signed_v<T>)
    for (const int x : {1, 2, 3, 7, 8, 10, 100}) v.push_back(static_cast<T>(-x));
  for (int bit = 3; bit < static_cast<int>(8 * sizeof(T)) - 1; bit += 3)
    for (const int by : {-1, 0, 1}) v.push_back(static_cast<T>((T{1} << bit) + by));
  std::mt19937_64 g(5);
  for (int i = 0; i < 40; ++i) v.push_back(static_cast<T>(g() >> (g() % (8 * sizeof(T)))));
  return v;
}

template <class T>
bool equal(const td::array& got, const std::vector<T>& want) {
  const td::array c = td::detail::copy_of(got.view());
  return c.size() == static_cast<std::int64_t>(want.size()) && std::equal(want.begin(), want.end(), c.data<T>());
}

// Eagerly, and in a trace among other ops.
template <class T>
void check(const td::array& a, const td::array& b, const std::vector<T>& quotients, const std::vector<T>& rests) {
  for (const std::string& backend : td::backends()) {
    INFO(backend);
    const td::backend_scope scope(backend);
    CHECK(equal(td::floor_divide(a, b), quotients));
    CHECK(equal(td::remainder(a, b), rests));
    const auto both = td::trace_graph(
        [](const td::array& x, const td::array& y) { return std::pair(td::floor_divide(x + 0, y) + 0, td::remainder(x, y + 0)); })(a, b);
    CHECK(equal(both.first, quotients));
    CHECK(equal(both.second, rests));
  }
}

template <class T>
void check_all() {
  const std::vector<T> numbers = interesting<T>();
  std::vector<T> a, b, all_quotients, all_rests;
  for (const T by : numbers) {
    std::vector<T> quotients, rests;
    for (const T x : numbers) {
      const auto [q, r] = floored(x, by);
      quotients.push_back(q), rests.push_back(r);
      a.push_back(x), b.push_back(by), all_quotients.push_back(q), all_rests.push_back(r);
    }
    INFO(static_cast<long long>(by));
    const td::array x = td::asarray(numbers), one = td::asarray(std::vector<T>{by})[0];
    check(x, one, quotients, rests);
    const auto literal = td::trace_graph([by](const td::array& x) { return std::pair(td::floor_divide(x, by), td::remainder(x, by)); })(x);
    CHECK(equal(literal.first, quotients));
    CHECK(equal(literal.second, rests));
  }
  check(td::asarray(a), td::asarray(b), all_quotients, all_rests);
  for (std::int64_t n = 1; n < 40; ++n) {  // ends of every length
    const td::array x = td::detail::copy_of(td::asarray(a)[{td::slice(300, 300 + n)}].view()), one = td::asarray(std::vector<T>{7})[0];
    std::vector<T> quotients, rests;
    for (std::int64_t i = 300; i < 300 + n; ++i) {
      const auto [q, r] = floored(a[static_cast<std::size_t>(i)], T{7});
      quotients.push_back(q), rests.push_back(r);
    }
    check(x, one, quotients, rests);
  }
}

// The distance in units in the last place of T.
template <class T>
double ulps(T got, long double want) {
  if (std::isnan(want)) return std::isnan(got) ? 0 : 1e9;
  const T rounded = static_cast<T>(want);
  if (std::isinf(rounded) || rounded == 0) return got == rounded && std::signbit(got) == std::signbit(rounded) ? 0 : 1e9;
  const T next = std::nextafter(std::abs(rounded), std::numeric_limits<T>::infinity());
  return static_cast<double>(std::abs(static_cast<long double>(got) - want) / (static_cast<long double>(next) - std::abs(rounded)));
}

template <class T>
void check_powers(td::dtype d) {
  std::vector<T> v;
  constexpr T infinity = std::numeric_limits<T>::infinity();
  for (const T x : {T(0), T(1), infinity, std::numeric_limits<T>::min(), std::numeric_limits<T>::denorm_min(),
                    std::numeric_limits<T>::max(), T(2), T(0.5)})
    for (const T sign : {T(1), T(-1)}) v.push_back(sign * x);
  v.push_back(std::numeric_limits<T>::quiet_NaN());
  std::mt19937 g(3);
  std::uniform_real_distribution<T> exponent(T(std::numeric_limits<T>::min_exponent), T(std::numeric_limits<T>::max_exponent));
  for (int i = 0; i < 2000; ++i) v.push_back((i % 3 ? T(1) : T(-1)) * std::exp2(exponent(g) / static_cast<T>(1 + i % 9)));
  const td::array x = td::asarray(v);
  CHECK(x.dtype() == d);
  for (const double p : {-4., -3., -2., -1.5, -1., -0.5, 0.5, 1.5, 2.5, 3., 3.5, 4., 5., 6., 7., 8., 9., -5., 0.25}) {
    INFO(p);
    for (const std::string& backend : td::backends()) {
      const td::array got = td::trace_graph([p](const td::array& x) { return td::pow(x, p); }, {.to = backend})(x);
      double worst = 0;
      for (std::size_t i = 0; i < v.size(); ++i)
        worst = std::max(worst, ulps(got.data<T>()[i], std::pow(static_cast<long double>(v[i]), static_cast<long double>(p))));
      INFO(backend);
      CHECK(worst <= 4);
    }
  }
}

}  // namespace

TEST_CASE("integers are divided as C++ divides them, rounded down, by numbers and by elements") {
  check_all<std::int32_t>();
  check_all<std::int64_t>();
  check_all<std::uint8_t>();
}

TEST_CASE("powers of literal exponents are within 4 ULP, and exact of infinities, zeros and NaN") {
  check_powers<double>(td::float64);
  check_powers<float>(td::float32);
}

TEST_CASE("a literal exponent makes products, a root and a reciprocal where contract allows it") {
  const warnings quiet;
  const auto passed = [](double p, bool contract) {
    const td::pass_context c{&td::detail::find_backend("test", "eigen"), contract, {}};
    const td::graph g = td::trace_graph([p](const td::array& x) { return td::pow(x, p); }, {.name = "g"}).graph(td::ones({8}));
    const std::string s = to_string(td::contract(td::specialize(g, c), c), false);
    return s.substr(s.find("{\n") + 2, s.size() - s.find("{\n") - 4);
  };
  CHECK(passed(3, true) == "  %1: float64[8] = square(%0)\n  %2: float64[8] = multiply(%1, %0)\n  return %2\n");
  CHECK(passed(-1, true) == "  %1: float64[8] = divide(float64(1.0), %0)\n  return %1\n");
  CHECK_THAT(passed(0.5, true), contains("sqrt(") && !contains("pow("));
  CHECK_THAT(passed(3, false), contains("pow("));
  CHECK_THAT(passed(0.3, true), contains("pow("));
  CHECK_THAT(passed(8, true), contains("pow("));
}
