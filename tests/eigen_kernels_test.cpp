// The eigen backend's kernels: values against long double, position independence, bounds, strided whole-array kernels.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>
#include <random>
#include <vector>

#include "backends/eigen/kernels.hpp"
#include "catch.hpp"

using namespace tendril;
using engine::block_args;
using engine::block_table;
using engine::isa;
using engine::reduction;

namespace {

std::vector<const block_table*> tables() {
  std::vector<const block_table*> all;
  for (const isa i : {isa::baseline, isa::avx2, isa::avx512})
    if (const block_table* t = detail::eigen_blocks(i)) all.push_back(t);
  return all;
}

engine::block_kernel kernel_of(const block_table& t, op_id op, dtype d) { return t.elementwise[static_cast<int>(op)][static_cast<int>(d)]; }

// bool elements are stored as bytes
template <class T>
using stored = std::conditional_t<std::is_same_v<T, bool>, unsigned char, T>;

template <class T>
bool same_bits(T a, T b) {
  return std::memcmp(&a, &b, sizeof a) == 0 || (a != a && b != b);
}

// How far `got` is from the exact value, in units of the last place of T; infinite when it is of another kind.
template <class T>
double ulps(T got, long double exact) {
  const T near = static_cast<T>(exact);
  if (std::isnan(got) || std::isnan(near)) return std::isnan(got) == std::isnan(near) ? 0 : INFINITY;
  if (got == near) return got == 0 && std::signbit(got) != std::signbit(near) ? INFINITY : 0;
  constexpr T largest = std::numeric_limits<T>::max();
  if (std::isinf(got) || std::isinf(near)) return std::fabs(std::isinf(got) ? near : got) == largest ? 1 : INFINITY;
  int e = 0;
  std::frexp(std::max(std::fabs(near), std::numeric_limits<T>::min()), &e);
  return static_cast<double>(std::fabs(static_cast<long double>(got) - exact) / std::ldexp(1.0L, e - std::numeric_limits<T>::digits));
}

template <class T>
std::vector<T> specials() {
  using l = std::numeric_limits<T>;
  constexpr T i = l::infinity(), n = l::quiet_NaN();
  return {T(0), T(-0.0), i, -i, n, T(1), T(-1), T(2), T(-2), T(3), T(-3), T(0.5), T(-0.5), T(1.5), T(2.5), T(-2.5), l::denorm_min(), -l::denorm_min(), l::min(), l::max(),
          -l::max(), l::epsilon(), T(1) + l::epsilon(), T(0.9999), T(88.72), T(88.8), T(-87.4), T(-103.9), T(-104.1), T(709.78), T(709.79), T(-708.5), T(-745.1), T(-745.2),
          T(1e30), T(-1e30), T(8388607.5), T(8388609), T(4503599627370495.5), T(-4503599627370495.5), T(0.625), T(0.62499), T(4), T(5.9), T(6.1)};
}

// A few thousand numbers of every magnitude, most in the range where functions are interesting.
template <class T>
std::vector<T> samples(double low, double high) {
  std::vector<T> v = specials<T>();
  std::mt19937_64 g(7);
  std::uniform_real_distribution<double> in_range(low, high), exponent(-40, 40);
  for (int i = 0; i < 20000; ++i) v.push_back(static_cast<T>(in_range(g)));
  for (int i = 0; i < 5000; ++i) v.push_back(static_cast<T>((g() & 1 ? 1 : -1) * std::exp(exponent(g))));
  return v;
}

template <class T>
std::vector<T> run_unary(const block_table& t, op_id op, const std::vector<T>& x) {
  std::vector<T> y(x.size());
  for (std::size_t i = 0; i < x.size(); i += 1000)
    kernel_of(t, op, dtype_of<T>)({&y[i], {&x[i]}, static_cast<std::int64_t>(std::min<std::size_t>(1000, x.size() - i)), 0});
  return y;
}

struct function {
  const char* name;
  op_id op;
  long double (*exact)(long double);
  double bound, low, high;
};
const function functions[] = {
    {"exp", op_id::exp, [](long double x) { return std::exp(x); }, 1.5, -110, 90},
    {"exp", op_id::exp, [](long double x) { return std::exp(x); }, 1.5, -750, 710},
    {"log", op_id::log, [](long double x) { return std::log(x); }, 1.5, 0, 2},
    {"log", op_id::log, [](long double x) { return std::log(x); }, 1.5, 0, 1e6},
    {"tanh", op_id::tanh, [](long double x) { return std::tanh(x); }, 3, -2, 2},
    {"tanh", op_id::tanh, [](long double x) { return std::tanh(x); }, 3, -25, 25},
    {"erf", op_id::erf, [](long double x) { return std::erf(x); }, 4, -7, 7},
    {"erf", op_id::erf, [](long double x) { return std::erf(x); }, 4, -1, 1},
    {"sigmoid", op_id::sigmoid, [](long double x) { return 1 / (1 + std::exp(-x)); }, 3, -800, 100},
    {"sigmoid", op_id::sigmoid, [](long double x) { return 1 / (1 + std::exp(-x)); }, 3, -10, 10},
    {"sqrt", op_id::sqrt, [](long double x) { return std::sqrt(x); }, 0.5, 0, 100},
    {"reciprocal", op_id::reciprocal, [](long double x) { return 1 / x; }, 0.501, -3, 3},
    {"floor", op_id::floor, [](long double x) { return std::floor(x); }, 0, -10, 10},
    {"ceil", op_id::ceil, [](long double x) { return std::ceil(x); }, 0, -10, 10},
    {"abs", op_id::abs, [](long double x) { return std::fabs(x); }, 0, -10, 10},
    {"negative", op_id::negative, [](long double x) { return -x; }, 0, -10, 10},
    {"square", op_id::square, [](long double x) { return x * x; }, 0.501, -10, 10},
};

template <class T>
void check_functions() {
  for (const block_table* t : tables())
    for (const function& f : functions) {
      const auto x = samples<T>(f.low, f.high);
      const auto y = run_unary(*t, f.op, x);
      double worst = -1;
      std::size_t at = 0;
      for (std::size_t i = 0; i < x.size(); ++i)
        if (const double u = ulps(y[i], f.exact(x[i])); u > worst) {
          worst = u;
          at = i;
        }
      INFO(t->isa << " " << f.name << "(" << static_cast<double>(x[at]) << ") is " << static_cast<double>(y[at]));
      CHECK(worst <= f.bound);
    }
}

template <class T>
void check_pow() {
  std::vector<T> x, y;
  for (const T a : specials<T>())
    for (const T b : specials<T>()) {
      x.push_back(a);
      y.push_back(b);
    }
  std::mt19937_64 g(3);
  std::uniform_real_distribution<double> unit(0, 1);
  for (int i = 0; i < 20000; ++i) {
    const double a = unit(g), b = unit(g);
    const bool near_one = i % 2 == 0;
    x.push_back(static_cast<T>(near_one ? 1 + (a - 0.5) / 100 : std::exp(80 * a - 40)));
    y.push_back(static_cast<T>(near_one ? (b - 0.5) * 1e4 : 4 * b - 2));
  }
  for (const block_table* t : tables()) {
    std::vector<T> z(x.size());
    for (std::size_t i = 0; i < x.size(); i += 1000)
      kernel_of(*t, op_id::pow, dtype_of<T>)({&z[i], {&x[i], &y[i]}, static_cast<std::int64_t>(std::min<std::size_t>(1000, x.size() - i)), 0});
    for (std::size_t i = 0; i < x.size(); ++i)
      if (const double u = ulps(z[i], std::pow(static_cast<long double>(x[i]), static_cast<long double>(y[i]))); !(u <= 1)) {
        INFO(t->isa << " pow(" << static_cast<double>(x[i]) << ", " << static_cast<double>(y[i]) << ") is " << static_cast<double>(z[i]));
        CHECK(u <= 1);
      }
  }
}

}  // namespace

TEST_CASE("eigen_kernels_functions_are_right_at_special_values_and_near_elsewhere") {
  check_functions<float>();
  check_functions<double>();
}

TEST_CASE("eigen_kernels_pow_follows_ieee") {
  check_pow<float>();
  check_pow<double>();
}

namespace {

template <class T>
void check_binary_specials() {
  const auto s = specials<T>();
  std::vector<T> a, b;
  for (const T x : s)
    for (const T y : s) {
      a.push_back(x);
      b.push_back(y);
    }
  for (const block_table* t : tables()) {
    const auto check = [&](op_id op, auto result, auto exact) {
      std::vector<stored<decltype(result)>> z(a.size());
      for (std::size_t i = 0; i < a.size(); i += 1000)
        kernel_of(*t, op, dtype_of<T>)({&z[i], {&a[i], &b[i]}, static_cast<std::int64_t>(std::min<std::size_t>(1000, a.size() - i)), 0});
      for (std::size_t i = 0; i < a.size(); ++i) {
        const auto want = static_cast<stored<decltype(result)>>(exact(a[i], b[i]));
        if (same_bits(z[i], want)) continue;
        INFO(t->isa << " op " << static_cast<int>(op) << " of " << static_cast<double>(a[i]) << ", " << static_cast<double>(b[i]));
        CHECK(static_cast<double>(z[i]) == static_cast<double>(want));
        CHECK(std::signbit(static_cast<double>(z[i])) == std::signbit(static_cast<double>(want)));
      }
    };
    check(op_id::add, T(), [](T x, T y) { return x + y; });
    check(op_id::subtract, T(), [](T x, T y) { return x - y; });
    check(op_id::multiply, T(), [](T x, T y) { return x * y; });
    check(op_id::divide, T(), [](T x, T y) { return x / y; });
    check(op_id::less, true, [](T x, T y) { return x < y; });
    check(op_id::less_equal, true, [](T x, T y) { return x <= y; });
    check(op_id::greater, true, [](T x, T y) { return x > y; });
    check(op_id::greater_equal, true, [](T x, T y) { return x >= y; });
    check(op_id::equal, true, [](T x, T y) { return x == y; });
    check(op_id::not_equal, true, [](T x, T y) { return x != y; });
    check(op_id::isnan, true, [](T x, T) { return std::isnan(x); });
    check(op_id::isfinite, true, [](T x, T) { return std::isfinite(x); });
    const auto larger = [](T x, T y) { return x != x ? x : y != y ? y : x > y ? x : y; };
    const auto smaller = [](T x, T y) { return x != x ? x : y != y ? y : x < y ? x : y; };
    check(op_id::maximum, T(), larger);
    check(op_id::minimum, T(), smaller);
    // clip: min(max(x, low), high), absent bounds, NaN anywhere wins
    for (const T x : s)
      for (const T low : s)
        for (const T high : {T(0.5), std::numeric_limits<T>::quiet_NaN(), T(-2)}) {
          T r;
          kernel_of(*t, op_id::clip, dtype_of<T>)({&r, {&x, &low, &high}, 1, 0});
          CHECK(same_bits(r, smaller(larger(x, low), high)));
          kernel_of(*t, op_id::clip, dtype_of<T>)({&r, {&x, nullptr, &high}, 1, 4});
          CHECK(same_bits(r, smaller(x, high)));
          kernel_of(*t, op_id::clip, dtype_of<T>)({&r, {&x, &low, nullptr}, 1, 2});
          CHECK(same_bits(r, larger(x, low)));
        }
    std::mt19937_64 g(11);
    for (int i = 0; i < 2000; ++i) {  // cancellation shows whether the product was rounded
      const T x = 1 + std::numeric_limits<T>::epsilon() * static_cast<T>(g() % 1000), y = 1 - std::numeric_limits<T>::epsilon() * static_cast<T>(g() % 1000), c = -x * y;
      T r;
      kernel_of(*t, op_id::multiply_add, dtype_of<T>)({&r, {&x, &y, &c}, 1, 0});
      CHECK(same_bits(r, std::fma(x, y, c)));
    }
  }
}

template <class T>
void check_integers() {
  using U = std::make_unsigned_t<T>;
  using l = std::numeric_limits<T>;
  const std::vector<T> s = {0, 1, -1, 2, -2, 3, 7, -7, 10, 31, 33, 63, 64, 1000003, l::max(), l::min(), l::max() - 1, l::min() + 1};
  const auto power = [](T base, T e) -> T {
    if (e < 0) return base == 1 ? T(1) : base == -1 ? (e % 2 ? T(-1) : T(1)) : T(0);
    U r = 1, b = static_cast<U>(base);
    for (U k = static_cast<U>(e); k; k >>= 1, b *= b)
      if (k & 1) r *= b;
    return static_cast<T>(r);
  };
  for (const block_table* t : tables())
    for (const T a : s)
      for (const T b : s) {
        std::vector<T> x(37, a), y(37, b), z(37);
        const auto value = [&](op_id op) {
          kernel_of(*t, op, dtype_of<T>)({z.data(), {x.data(), y.data()}, 37, 0});
          CHECK(std::all_of(z.begin(), z.end(), [&](T v) { return v == z[0]; }));
          return z[0];
        };
        CHECK(value(op_id::add) == static_cast<T>(static_cast<U>(a) + static_cast<U>(b)));
        CHECK(value(op_id::subtract) == static_cast<T>(static_cast<U>(a) - static_cast<U>(b)));
        CHECK(value(op_id::multiply) == static_cast<T>(static_cast<U>(a) * static_cast<U>(b)));
        CHECK(value(op_id::maximum) == std::max(a, b));
        CHECK(value(op_id::minimum) == std::min(a, b));
        CHECK(value(op_id::negative) == static_cast<T>(U{0} - static_cast<U>(a)));
        CHECK(value(op_id::abs) == (a < 0 ? static_cast<T>(U{0} - static_cast<U>(a)) : a));
        CHECK(value(op_id::square) == static_cast<T>(static_cast<U>(a) * static_cast<U>(a)));
        CHECK(value(op_id::floor) == a);
        CHECK(value(op_id::pow) == power(a, b));
        std::vector<unsigned char> truth(37);
        kernel_of(*t, op_id::less, dtype_of<T>)({truth.data(), {x.data(), y.data()}, 37, 0});
        CHECK(truth == std::vector<unsigned char>(37, a < b));
        kernel_of(*t, op_id::equal, dtype_of<T>)({truth.data(), {x.data(), y.data()}, 37, 0});
        CHECK(truth == std::vector<unsigned char>(37, a == b));
        kernel_of(*t, op_id::isfinite, dtype_of<T>)({truth.data(), {x.data()}, 37, 0});
        CHECK(truth == std::vector<unsigned char>(37, 1));
        kernel_of(*t, op_id::isnan, dtype_of<T>)({truth.data(), {x.data()}, 37, 0});
        CHECK(truth == std::vector<unsigned char>(37, 0));
      }
}

}  // namespace

TEST_CASE("eigen_kernels_binary_ops_keep_nan_infinity_and_signed_zero") {
  check_binary_specials<float>();
  check_binary_specials<double>();
}

TEST_CASE("eigen_kernels_integers_wrap_and_have_exact_powers") {
  check_integers<std::int32_t>();
  check_integers<std::int64_t>();
}

TEST_CASE("eigen_kernels_bool_logic_and_comparison") {
  for (const block_table* t : tables())
    for (int a = 0; a < 2; ++a)
      for (int b = 0; b < 2; ++b) {
        const std::vector<unsigned char> x(70, static_cast<unsigned char>(a)), y(70, static_cast<unsigned char>(b));
        const auto value = [&](op_id op) {
          std::vector<unsigned char> z(70, 9);
          kernel_of(*t, op, dtype::bool_)({z.data(), {x.data(), y.data()}, 70, 0});
          CHECK(z == std::vector<unsigned char>(70, z[0]));
          return static_cast<int>(z[0]);
        };
        CHECK(value(op_id::logical_and) == (a && b));
        CHECK(value(op_id::logical_or) == (a || b));
        CHECK(value(op_id::logical_not) == !a);
        CHECK(value(op_id::equal) == (a == b));
        CHECK(value(op_id::not_equal) == (a != b));
      }
}

namespace {

struct row {
  op_id op;
  const char* name;
  int inputs;
};
#include <tendril/detail/for_each.hpp>
#define TENDRIL_OPEN(...) __VA_ARGS__
#define TENDRIL_ONE(input) +1
const row rows[] = {
#define OP(...)
#define CREATE(...)
#define REDUCTION(...)
#define ELEMENTWISE(name, inputs, ...) {op_id::name, #name, 0 TENDRIL_FOR_EACH(TENDRIL_ONE, TENDRIL_OPEN inputs)},
#include <tendril/ops.def>
};

bool gives_bool(op_id op) {
  switch (op) {
    case op_id::equal:
    case op_id::not_equal:
    case op_id::less:
    case op_id::less_equal:
    case op_id::greater:
    case op_id::greater_equal:
    case op_id::isfinite:
    case op_id::isnan: return true;
    default: return false;
  }
}

constexpr std::size_t guard = 128;

// Memory for n elements at any alignment, between guard bytes.
struct guarded {
  std::vector<unsigned char> memory;
  std::size_t bytes, shift;
  guarded(std::size_t bytes_, std::size_t shift_) : memory(bytes_ + 2 * guard, 0xA5), bytes(bytes_), shift(shift_) {}
  unsigned char* data() { return memory.data() + guard / 2 + shift; }
  bool intact() const {
    for (std::size_t i = 0; i < memory.size(); ++i)
      if ((i < guard / 2 + shift || i >= guard / 2 + shift + bytes) && memory[i] != 0xA5) return false;
    return true;
  }
};

template <class T>
void fill(std::vector<stored<T>>& v, std::uint64_t seed) {
  std::mt19937_64 g(seed);
  const auto s = specials<double>();
  for (auto& x : v) {
    if constexpr (std::is_same_v<T, bool>) x = g() & 1;
    else if constexpr (std::is_integral_v<T>) x = static_cast<T>(g() % 21) - 10;
    else x = g() % 4 ? static_cast<T>(static_cast<double>(g() % 4000) / 100 - 20) : static_cast<T>(s[g() % s.size()]);
  }
}

// Every element of every op, dtype and mask of scalars must be the same bits wherever it stands.
template <class T>
void check_positions(const block_table& t) {
  constexpr int most = 300;
  for (const row& r : rows) {
    const auto kernel = kernel_of(t, r.op, dtype_of<T>);
    if (!kernel) continue;
    const bool where = r.op == op_id::where;
    const std::size_t out_bytes = gives_bool(r.op) || dtype_of<T> == dtype::bool_ ? 1 : sizeof(stored<T>);
    std::vector<stored<T>> x[3] = {std::vector<stored<T>>(most), std::vector<stored<T>>(most), std::vector<stored<T>>(most)};
    std::vector<unsigned char> condition(most);
    for (int k = 0; k < 3; ++k) fill<T>(x[k], static_cast<std::uint64_t>(k + 1));
    fill<bool>(condition, 5);
    for (unsigned mask = 0; mask < (1u << r.inputs); ++mask) {
      const auto input = [&](int k, std::int64_t i) -> const void* {
        if (mask >> k & 1) i = 3;
        return where && k == 0 ? static_cast<const void*>(condition.data() + i) : x[k].data() + i;
      };
      const auto arguments = [&](void* out, std::int64_t i, std::int64_t n) {
        block_args a{out, {}, n, mask};
        for (int k = 0; k < r.inputs; ++k) a.in[k] = input(k, i);
        return a;
      };
      // one at a time, without scalars: the reference
      std::vector<unsigned char> one(most * out_bytes);
      for (std::int64_t i = 0; i < most; ++i) {
        block_args a = arguments(&one[static_cast<std::size_t>(i) * out_bytes], i, 1);
        a.scalars = 0;
        kernel(a);
      }
      const auto check = [&](std::int64_t i, std::int64_t n) {
        guarded out(static_cast<std::size_t>(n) * out_bytes, static_cast<std::size_t>(i % 3) * (sizeof(stored<T>)));
        kernel(arguments(out.data(), i, n));
        const bool same = std::memcmp(out.data(), &one[static_cast<std::size_t>(i) * out_bytes], out.bytes) == 0;
        if (same && out.intact()) return;
        INFO(t.isa << " " << r.name << " of " << name_of(dtype_of<T>) << ", scalars " << mask << ", elements " << i << " to " << i + n);
        CHECK(same);
        CHECK(out.intact());
      };
      for (std::int64_t n = 1; n <= 40; ++n)
        for (std::int64_t i : {0, 1, 2, 5}) check(i, n);
      for (std::int64_t n : {63, 64, 65, 127, 128, 129, 255, 256, 257, 290})
        for (std::int64_t i : {0, 3, 9}) check(i, n);
    }
  }
}

}  // namespace

TEST_CASE("eigen_kernels_an_element_does_not_depend_on_its_place_nor_on_scalars_and_nothing_else_is_written") {
  for (const block_table* t : tables()) {
    check_positions<bool>(*t);
    check_positions<std::int32_t>(*t);
    check_positions<std::int64_t>(*t);
    check_positions<float>(*t);
    check_positions<double>(*t);
  }
}

TEST_CASE("eigen_kernels_results_may_replace_an_operand") {
  for (const block_table* t : tables())
    for (std::int64_t n : {1, 7, 8, 31, 100, 1024}) {
      std::vector<double> a(static_cast<std::size_t>(n)), b(a.size()), want(a.size());
      fill<double>(a, 1);
      fill<double>(b, 2);
      const auto k = kernel_of(*t, op_id::subtract, dtype::float64);
      k({want.data(), {a.data(), b.data()}, n, 0});
      std::vector<double> left = a, right = b;
      k({left.data(), {left.data(), b.data()}, n, 0});
      k({right.data(), {a.data(), right.data()}, n, 0});
      CHECK(std::memcmp(left.data(), want.data(), a.size() * 8) == 0);
      CHECK(std::memcmp(right.data(), want.data(), a.size() * 8) == 0);
    }
}

namespace {

template <class From, class To>
void check_conversion(const block_table& t) {
  std::vector<stored<From>> x(77);
  for (std::size_t i = 0; i < x.size(); ++i) {
    if constexpr (std::is_same_v<From, bool>) x[i] = i % 3 == 0;
    else x[i] = static_cast<From>((static_cast<double>(i) - 38) * 3.75);
  }
  const auto k = t.convert[static_cast<int>(dtype_of<From>)][static_cast<int>(dtype_of<To>)];
  for (std::int64_t n : {1, 5, 8, 16, 33, 77}) {
    guarded out(static_cast<std::size_t>(n) * sizeof(stored<To>), 8);
    k({out.data(), {x.data()}, n, 0});
    CHECK(out.intact());
    for (std::int64_t i = 0; i < n; ++i) {
      stored<To> got;
      std::memcpy(&got, out.data() + static_cast<std::size_t>(i) * sizeof got, sizeof got);
      const From from = static_cast<From>(x[static_cast<std::size_t>(i)]);
      CHECK(got == static_cast<stored<To>>(std::is_same_v<To, bool> ? static_cast<To>(from != From(0)) : static_cast<To>(from)));
    }
    k({out.data(), {x.data() + 1}, n, 1});
    std::vector<unsigned char> first(out.data(), out.data() + sizeof(stored<To>));
    for (std::int64_t i = 0; i < n; ++i) CHECK(std::memcmp(out.data() + static_cast<std::size_t>(i) * sizeof(stored<To>), first.data(), first.size()) == 0);
  }
}
template <class From>
void check_conversions(const block_table& t) {
  check_conversion<From, bool>(t);
  check_conversion<From, std::int32_t>(t);
  check_conversion<From, std::int64_t>(t);
  check_conversion<From, float>(t);
  check_conversion<From, double>(t);
}

template <class T>
T reduced(const block_table& t, reduction r, const std::vector<T>& x) {
  T out;
  t.reduce[static_cast<int>(r)][static_cast<int>(dtype_of<T>)](&out, x.data(), static_cast<std::int64_t>(x.size()));
  return out;
}

template <class T>
void check_reductions() {
  const auto all = tables();
  for (std::size_t n = 1; n <= 1024; n += n < 300 ? 1 : 61) {
    std::vector<T> x(n), y(n);
    std::mt19937_64 g(n);
    for (T& v : x) v = static_cast<T>(static_cast<double>(g() % 20001) / (std::is_integral_v<T> ? 1 : 1000) - 10);
    for (T& v : y) v = static_cast<T>(1 + static_cast<double>(g() % 3) * (std::is_integral_v<T> ? 1 : 0.001));
    using wide = std::conditional_t<std::is_integral_v<T>, std::uint64_t, long double>;
    wide sum = 0, size = 0, prod = 1;
    for (const T v : x) {
      sum += static_cast<wide>(v);
      size += static_cast<wide>(v < 0 ? -v : v);
    }
    for (const T v : y) prod *= static_cast<wide>(v);
    for (const block_table* t : all) {
      const T s = reduced(*t, reduction::sum, x), p = reduced(*t, reduction::prod, y);
      CHECK(same_bits(s, reduced(*all[0], reduction::sum, x)));  // one tree for all
      CHECK(same_bits(p, reduced(*all[0], reduction::prod, y)));
      if constexpr (std::is_integral_v<T>) {
        CHECK(s == static_cast<T>(sum));
        CHECK(p == static_cast<T>(prod));
      } else {
        // pairwise: some ten roundings, not n
        CHECK(static_cast<double>(std::fabs(static_cast<long double>(s) - sum)) <= static_cast<double>(16 * std::numeric_limits<T>::epsilon() * size));
        CHECK(static_cast<double>(p) == Approx(static_cast<double>(prod)).epsilon(static_cast<double>(n) * std::numeric_limits<T>::epsilon()));
        T mean, m2, first_mean, first_m2;
        t->moments[static_cast<int>(dtype_of<T>)](&mean, &m2, x.data(), static_cast<std::int64_t>(n));
        all[0]->moments[static_cast<int>(dtype_of<T>)](&first_mean, &first_m2, x.data(), static_cast<std::int64_t>(n));
        CHECK(same_bits(mean, first_mean));
        CHECK(same_bits(m2, first_m2));
        long double squares = 0;
        for (const T v : x) squares += (v - sum / static_cast<long double>(n)) * (v - sum / static_cast<long double>(n));
        const double eps = std::numeric_limits<T>::epsilon();
        CHECK(static_cast<double>(mean) == Approx(static_cast<double>(sum / static_cast<long double>(n))).epsilon(16 * eps).margin(100 * eps));
        CHECK(static_cast<double>(m2) == Approx(static_cast<double>(squares)).epsilon(32 * eps).margin(1e3 * eps * eps * static_cast<double>(n)));
      }
      CHECK(reduced(*t, reduction::max, x) == *std::max_element(x.begin(), x.end()));
      CHECK(reduced(*t, reduction::min, x) == *std::min_element(x.begin(), x.end()));
    }
  }
}

}  // namespace

TEST_CASE("eigen_kernels_conversions_truncate_and_test_for_zero") {
  for (const block_table* t : tables()) {
    check_conversions<bool>(*t);
    check_conversions<std::int32_t>(*t);
    check_conversions<std::int64_t>(*t);
    check_conversions<float>(*t);
    check_conversions<double>(*t);
    const double nan = NAN;
    unsigned char truth = 0;
    t->convert[static_cast<int>(dtype::float64)][static_cast<int>(dtype::bool_)]({&truth, {&nan}, 1, 0});
    CHECK(truth == 1);
  }
}

TEST_CASE("eigen_kernels_reductions_are_accurate_and_the_same_on_every_instruction_set") {
  check_reductions<float>();
  check_reductions<double>();
  check_reductions<std::int32_t>();
  check_reductions<std::int64_t>();
}

TEST_CASE("eigen_kernels_reductions_see_nan_signed_zero_and_single_truths") {
  for (const block_table* t : tables())
    for (std::size_t n : {1, 2, 9, 17, 64, 65, 200, 1024})
      for (std::size_t at : {std::size_t{0}, n / 2, n - 1}) {
        std::vector<double> x(n, -0.0);
        CHECK(std::signbit(reduced(*t, reduction::sum, x)));
        x.assign(n, 2.5);
        x[at] = NAN;
        CHECK(std::isnan(reduced(*t, reduction::max, x)));
        CHECK(std::isnan(reduced(*t, reduction::min, x)));
        CHECK(std::isnan(reduced(*t, reduction::sum, x)));
        x.assign(n, -INFINITY);
        CHECK(reduced(*t, reduction::max, x) == -INFINITY);
        x[at] = 3;
        CHECK(reduced(*t, reduction::max, x) == 3);
        std::vector<unsigned char> b(n, 0);
        unsigned char r = 7;
        const auto logical = [&](reduction which) {
          t->reduce[static_cast<int>(which)][static_cast<int>(dtype::bool_)](&r, b.data(), static_cast<std::int64_t>(n));
          return static_cast<int>(r);
        };
        CHECK(logical(reduction::any) == 0);
        b[at] = 1;
        CHECK(logical(reduction::any) == 1);
        CHECK(logical(reduction::all) == (n == 1));
        b.assign(n, 1);
        CHECK(logical(reduction::all) == 1);
        b[at] = 0;
        CHECK(logical(reduction::all) == 0);
      }
}

// ---- whole-array kernels on strided views, against loops over indices
namespace {

// A view and the memory behind it.
template <class T>
struct strided {
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
strided<T> make(const extents& shape, layout how, std::uint64_t seed = 1) {
  const std::size_t rank = shape.size();
  extents strides(rank);
  std::int64_t step = how == layout::gaps ? 3 : 1, start = 0;
  for (std::size_t k = 0; k < rank; ++k) {
    const std::size_t i = how == layout::column ? k : rank - 1 - k;
    strides[i] = step;
    step *= std::max<std::int64_t>(shape[i], 1) + (how == layout::gaps ? 1 : 0);
  }
  if (how == layout::broadcast && rank) strides[rank / 2] = 0;
  strided<T> s{std::vector<stored<T>>(static_cast<std::size_t>(step + 1)), {}};
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

const std::vector<extents> shapes = {{}, {1}, {7}, {2000}, {3, 5}, {40, 70}, {70, 3}, {2, 3, 4}, {5, 1, 33}, {0}, {3, 0, 2}, {2, 1500}, {3, 2, 2, 17}};

}  // namespace

TEST_CASE("eigen_kernels_whole_elementwise_reads_and_writes_any_strides") {
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
          each_index(shape, [&](const extents& i) { wrong += at<double>(z.view, i) != (at<bool>(condition.view, i) ? at<double>(x.view, i) : at<double>(y.view, i)); });
          run_whole(op_id::clip, dtype::float64, z.view, {x.view, array_view(), y.view});
          each_index(shape, [&](const extents& i) { wrong += at<double>(z.view, i) != std::min(at<double>(x.view, i), at<double>(y.view, i)); });
          auto whole = make<std::int32_t>(shape, o, 5);
          run_whole(op_id::astype, dtype::float64, whole.view, {x.view}, {{"dtype", dtype::int32}});
          each_index(shape, [&](const extents& i) { wrong += at<std::int32_t>(whole.view, i) != static_cast<std::int32_t>(at<double>(x.view, i)); });
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
    auto sum = make<T>(out_shape, o), mean = make<T>(out_shape, o), m2 = make<T>(out_shape, o);
    auto truth = make<bool>(out_shape, o);
    const double eps = std::is_floating_point_v<T> ? static_cast<double>(std::numeric_limits<T>::epsilon()) : 0;
    run_whole(op_id::sum, dtype_of<T>, sum.view, {x.view}, attrs);
    for (std::size_t i = 0; i < want.size(); ++i)
      CHECK(std::fabs(static_cast<double>(at<T>(sum.view, places[i])) - static_cast<double>(want[i].sum)) <= 30 * eps * static_cast<double>(want[i].size));
    run_whole(op_id::any, dtype_of<T>, truth.view, {x.view}, attrs);
    for (std::size_t i = 0; i < want.size(); ++i) CHECK(at<bool>(truth.view, places[i]) == (want[i].size > 0));
    if (n > 0) {
      run_whole(op_id::max, dtype_of<T>, sum.view, {x.view}, attrs);
      for (std::size_t i = 0; i < want.size(); ++i) CHECK(static_cast<long double>(at<T>(sum.view, places[i])) == want[i].high);
      run_whole(op_id::min, dtype_of<T>, sum.view, {x.view}, attrs);
      for (std::size_t i = 0; i < want.size(); ++i) CHECK(static_cast<long double>(at<T>(sum.view, places[i])) == want[i].low);
    }
    if constexpr (std::is_floating_point_v<T>) {
      const array_view both[] = {mean.view, m2.view};
      const auto k = detail::eigen_whole().kernel[static_cast<int>(op_id::moments)][static_cast<int>(dtype_of<T>)];
      k(both, &x.view, 1, attrs);
      for (std::size_t i = 0; i < want.size(); ++i) {
        const long double m = want[i].sum / static_cast<long double>(n);
        if (n == 0) {
          CHECK(std::isnan(at<T>(mean.view, places[i])));
          CHECK(at<T>(m2.view, places[i]) == 0);
          continue;
        }
        CHECK(static_cast<double>(at<T>(mean.view, places[i])) == Approx(static_cast<double>(m)).epsilon(0).margin(30 * eps * static_cast<double>(want[i].size) / static_cast<double>(n)));
        CHECK(static_cast<double>(at<T>(m2.view, places[i])) == Approx(static_cast<double>(want[i].squares)).epsilon(100 * eps).margin(1000 * eps * eps * static_cast<double>(n)));
      }
    }
  }
}

}  // namespace

TEST_CASE("eigen_kernels_whole_reductions_take_any_axes_and_strides") {
  const std::vector<std::pair<extents, extents>> cases = {{{}, {}}, {{7}, {0}}, {{5000}, {0}}, {{40, 70}, {0}}, {{40, 70}, {1}}, {{40, 70}, {0, 1}}, {{600, 3}, {0}}, {{3, 2100}, {0}},
                                                          {{2100, 20}, {0}}, {{4, 5, 40}, {0, 2}}, {{4, 5, 40}, {1}}, {{4, 5, 40}, {0, 1}}, {{0}, {0}}, {{3, 0}, {1}}, {{0, 3}, {1}}, {{2, 3, 4, 5}, {1, 3}}};
  for (const auto& [shape, axes] : cases)
    for (const layout how : layouts)
      for (const bool keepdims : {false, true}) {
        check_whole_reductions<float>(shape, how, axes, keepdims);
        check_whole_reductions<double>(shape, how, axes, keepdims);
        check_whole_reductions<std::int32_t>(shape, how, axes, keepdims);
      }
}

TEST_CASE("eigen_kernels_long_sums_are_not_serial") {
  const std::int64_t n = 1 << 22;
  std::vector<float> x(static_cast<std::size_t>(n), 0.1f);
  float r = 0;
  const attributes attrs = {{"axis", extents{0}}, {"keepdims", false}};
  run_whole(op_id::sum, dtype::float32, make_view(&r, dtype::float32, {}, {}), {make_view(x.data(), dtype::float32, {n}, {1})}, attrs);
  CHECK(static_cast<double>(r) == Approx(0.1f * static_cast<double>(n)).epsilon(1e-6));  // a serial sum is 2 % off
  std::vector<float> columns(32);
  run_whole(op_id::sum, dtype::float32, make_view(columns.data(), dtype::float32, {32}, {1}), {make_view(x.data(), dtype::float32, {n / 32, 32}, {32, 1})}, attrs);
  for (const float c : columns) CHECK(static_cast<double>(c) == Approx(0.1f * static_cast<double>(n / 32)).epsilon(1e-6));
}

TEST_CASE("eigen_kernels_argmax_gives_the_first_and_prefers_nan") {
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
            std::vector<std::int64_t> got(static_cast<std::size_t>(std::accumulate(out_shape.begin(), out_shape.end(), std::int64_t{1}, std::multiplies<>())));
            strided<std::int64_t> out = make<std::int64_t>(out_shape, layout::row);
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
  INFO(to_string(a_shape) << " " << to_string(b_shape) << " layouts " << static_cast<int>(la) << static_cast<int>(lb) << static_cast<int>(lc));
  CHECK(worst <= 0);
}

}  // namespace

TEST_CASE("eigen_kernels_matmul_follows_numpy_on_any_strides") {
  struct shapes_of {
    extents a, b, c;
  };
  const shapes_of cases[] = {{{3, 4}, {4, 5}, {3, 5}},       {{40, 33}, {33, 50}, {40, 50}}, {{4}, {4}, {}},         {{4}, {4, 5}, {5}},
                             {{3, 4}, {4}, {3}},             {{2, 3, 4}, {4, 5}, {2, 3, 5}}, {{2, 1, 3, 4}, {5, 4, 2}, {2, 5, 3, 2}}, {{3, 0}, {0, 2}, {3, 2}},
                             {{2, 3, 4}, {4}, {2, 3}},       {{0, 4}, {4, 2}, {0, 2}},       {{1, 4}, {4, 1}, {1, 1}}, {{4}, {2, 4, 3}, {2, 3}}};
  for (const auto& s : cases)
    for (const layout a : layouts)
      for (const layout b : layouts)
        for (const layout c : {layout::row, layout::column, layout::gaps}) {
          check_matmul<float>(s.a, s.b, s.c, a, b, c);
          check_matmul<double>(s.a, s.b, s.c, a, b, c);
          check_matmul<std::int32_t>(s.a, s.b, s.c, a, b, c);
        }
}

TEST_CASE("eigen_kernels_moving_ops_put_every_element_in_its_place") {
  for (const layout how : layouts)
    for (const layout o : {layout::row, layout::gaps, layout::negative}) {
      const auto x = make<std::int64_t>({37, 3, 41}, how), y = make<std::int64_t>({37, 2, 41}, how, 9);
      INFO("layouts " << static_cast<int>(how) << static_cast<int>(o));
      int wrong = 0;
      auto t = make<std::int64_t>({37, 41, 3}, o);
      run_whole(op_id::matrix_transpose, dtype::int64, t.view, {x.view});
      each_index({37, 41, 3}, [&](const extents& i) { wrong += at<std::int64_t>(t.view, i) != at<std::int64_t>(x.view, {i[0], i[2], i[1]}); });
      CHECK(wrong == 0);
      auto p = make<std::int64_t>({41, 37, 3}, o);
      run_whole(op_id::permute_dims, dtype::int64, p.view, {x.view}, {{"axes", extents{2, 0, 1}}});
      each_index({41, 37, 3}, [&](const extents& i) { wrong += at<std::int64_t>(p.view, i) != at<std::int64_t>(x.view, {i[1], i[2], i[0]}); });
      CHECK(wrong == 0);
      auto r = make<std::int64_t>({111, 41}, o);
      run_whole(op_id::reshape, dtype::int64, r.view, {x.view}, {{"shape", extents{111, 41}}, {"copy", false}});
      each_index({111, 41}, [&](const extents& i) { wrong += at<std::int64_t>(r.view, i) != at<std::int64_t>(x.view, {i[0] / 3, i[0] % 3, i[1]}); });
      CHECK(wrong == 0);
      auto c = make<std::int64_t>({37, 5, 41}, o);
      run_whole(op_id::concat, dtype::int64, c.view, {x.view, y.view}, {{"axis", 1}});
      each_index({37, 5, 41}, [&](const extents& i) { wrong += at<std::int64_t>(c.view, i) != (i[1] < 3 ? at<std::int64_t>(x.view, i) : at<std::int64_t>(y.view, {i[0], i[1] - 3, i[2]})); });
      CHECK(wrong == 0);
      auto f = make<std::int64_t>({37 * 5 * 41}, o);
      run_whole(op_id::concat, dtype::int64, f.view, {x.view, y.view}, {{"axis", attribute_value()}});
      std::int64_t at_f = 0;
      for (const auto* v : {&x, &y}) each_index(extents(v->view.shape, v->view.shape + 3), [&](const extents& i) { wrong += at<std::int64_t>(f.view, {at_f++}) != at<std::int64_t>(v->view, i); });
      CHECK(wrong == 0);
      auto m = make<std::int64_t>({37, 3, 41}, o);
      run_whole(op_id::roll, dtype::int64, m.view, {x.view}, {{"shift", extents{-2, 50}}, {"axis", extents{0, -1}}});
      each_index({37, 3, 41}, [&](const extents& i) { wrong += at<std::int64_t>(m.view, i) != at<std::int64_t>(x.view, {(i[0] + 2) % 37, i[1], (i[2] + 41 * 2 - 50) % 41}); });
      CHECK(wrong == 0);
      run_whole(op_id::roll, dtype::int64, m.view, {x.view}, {{"shift", extents{-5}}, {"axis", attribute_value()}});
      each_index({37, 3, 41}, [&](const extents& i) {
        const std::int64_t from = ((i[0] * 3 + i[1]) * 41 + i[2] + 5) % (37 * 3 * 41);
        wrong += at<std::int64_t>(m.view, i) != at<std::int64_t>(x.view, {from / 123, from / 41 % 3, from % 41});
      });
      CHECK(wrong == 0);
      auto b = make<std::int64_t>({2, 37, 3, 41}, o);
      run_whole(op_id::broadcast_to, dtype::int64, b.view, {x.view}, {{"shape", extents{2, 37, 3, 41}}});
      each_index({2, 37, 3, 41}, [&](const extents& i) { wrong += at<std::int64_t>(b.view, i) != at<std::int64_t>(x.view, {i[1], i[2], i[3]}); });
      CHECK(wrong == 0);
    }
}

TEST_CASE("eigen_kernels_arange_and_eye") {
  std::vector<double> x(5);
  run_whole(op_id::arange, dtype::float64, make_view(x.data(), dtype::float64, {5}, {1}), {}, {{"start", scalar(1.5)}, {"stop", scalar(4)}, {"step", scalar(0.5)}});
  CHECK(x == std::vector<double>{1.5, 2, 2.5, 3, 3.5});
  std::vector<std::int64_t> n(4);
  run_whole(op_id::arange, dtype::int64, make_view(n.data() + 3, dtype::int64, {4}, {-1}), {}, {{"start", scalar(10)}, {"stop", scalar(-2)}, {"step", scalar(-3)}});
  CHECK(n == std::vector<std::int64_t>{1, 4, 7, 10});
  std::vector<float> e(12);
  run_whole(op_id::eye, dtype::float32, make_view(e.data(), dtype::float32, {3, 4}, {4, 1}), {}, {{"n_rows", 3}, {"n_cols", 4}, {"k", -1}});
  CHECK(e == std::vector<float>{0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0});
}
