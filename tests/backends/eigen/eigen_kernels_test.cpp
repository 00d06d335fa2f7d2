// The eigen backend's block kernels: values against long double, position independence, bounds, reductions.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>
#include <random>
#include <vector>

#include "backends/eigen/kernels.hpp"
#include "catch.hpp"
#include "kernel_helpers.hpp"
#include "ops/op_table.hpp"
#include "ops/row_ids.hpp"

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
// The documented bounds: 2 ULP for our own functions, 4 for the library's.
// clang-format off
#define TENDRIL_NEAR(name, bound, low, high) {#name, op_id::name, [](long double x) { return std::name(x); }, bound, low, high}
// clang-format on
const function functions[] = {
    TENDRIL_NEAR(exp, 2, -110, 90),
    TENDRIL_NEAR(exp, 2, -750, 710),
    TENDRIL_NEAR(exp2, 2, -155, 130),
    TENDRIL_NEAR(exp2, 2, -1080, 1030),
    TENDRIL_NEAR(log, 2, 0, 2),
    TENDRIL_NEAR(log, 2, 0, 1e6),
    TENDRIL_NEAR(tanh, 2, -2, 2),
    TENDRIL_NEAR(tanh, 2, -25, 25),
    TENDRIL_NEAR(erf, 2, -7, 7),
    TENDRIL_NEAR(erf, 2, -1.2, 1.2),
    {"sigmoid", op_id::sigmoid, [](long double x) { return 1 / (1 + std::exp(-x)); }, 2, -800, 100},
    {"sigmoid", op_id::sigmoid, [](long double x) { return 1 / (1 + std::exp(-x)); }, 2, -10, 10},
    TENDRIL_NEAR(expm1, 4, -3, 3),
    TENDRIL_NEAR(expm1, 4, -40, 710),
    TENDRIL_NEAR(log1p, 4, -1, 3),
    TENDRIL_NEAR(log2, 4, 0, 4),
    TENDRIL_NEAR(log10, 4, 0, 4),
    TENDRIL_NEAR(sin, 4, -20, 20),
    TENDRIL_NEAR(sin, 4, -1e6, 1e6),
    TENDRIL_NEAR(cos, 4, -20, 20),
    TENDRIL_NEAR(cos, 4, -1e6, 1e6),
    TENDRIL_NEAR(tan, 4, -20, 20),
    TENDRIL_NEAR(tan, 4, -1e6, 1e6),
    TENDRIL_NEAR(asin, 4, -1, 1),
    TENDRIL_NEAR(acos, 4, -1, 1),
    TENDRIL_NEAR(atan, 4, -5, 5),
    TENDRIL_NEAR(sinh, 4, -3, 3),
    TENDRIL_NEAR(sinh, 4, -715, 715),
    TENDRIL_NEAR(cosh, 4, -3, 3),
    TENDRIL_NEAR(cosh, 4, -715, 715),
    TENDRIL_NEAR(asinh, 4, -3, 3),
    TENDRIL_NEAR(acosh, 4, 1, 4),
    TENDRIL_NEAR(atanh, 4, -1, 1),
    TENDRIL_NEAR(cbrt, 4, -8, 8),
    TENDRIL_NEAR(erfc, 4, -4, 28),
    TENDRIL_NEAR(erfc, 4, -1, 1),
    TENDRIL_NEAR(lgamma, 4, -6, 10),
    TENDRIL_NEAR(lgamma, 4, 0.5, 2.5),
    {"rsqrt", op_id::rsqrt, [](long double x) { return 1 / std::sqrt(x); }, 2, 0, 4},
    {"round", op_id::round, [](long double x) { return std::nearbyint(x); }, 0, -10, 10},
    {"trunc", op_id::trunc, [](long double x) { return std::trunc(x); }, 0, -10, 10},
    {"sign", op_id::sign, [](long double x) { return x > 0   ? 1
                                                     : x < 0 ? -1
                                                             : x + 0; }, 0, -10, 10},
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
void check_two_operands(op_id op, long double (*exact)(long double, long double), double bound) {
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
    x.push_back(static_cast<T>(6 * a - 3));
    y.push_back(static_cast<T>(6 * b - 3));
  }
  for (const block_table* t : tables()) {
    std::vector<T> z(x.size());
    for (std::size_t i = 0; i < x.size(); i += 1000)
      kernel_of(*t, op, dtype_of<T>)({&z[i], {&x[i], &y[i]}, static_cast<std::int64_t>(std::min<std::size_t>(1000, x.size() - i)), 0});
    for (std::size_t i = 0; i < x.size(); ++i)
      if (const double u = ulps(z[i], exact(x[i], y[i])); !(u <= bound)) {
        INFO(t->isa << " " << record_of(op).name << "(" << static_cast<double>(x[i]) << ", " << static_cast<double>(y[i]) << ") is "
                    << static_cast<double>(z[i]));
        CHECK(u <= bound);
      }
  }
}

}  // namespace

TEST_CASE("eigen_kernels_functions_are_right_at_special_values_and_near_elsewhere") {
  check_functions<float>();
  check_functions<double>();
}

TEST_CASE("eigen_kernels_functions_of_two_operands_follow_ieee") {
  const auto pow = [](long double x, long double y) { return std::pow(x, y); };
  const auto atan2 = [](long double x, long double y) { return std::atan2(x, y); };
  const auto hypot = [](long double x, long double y) { return std::hypot(x, y); };
  check_two_operands<float>(op_id::pow, pow, 4);
  check_two_operands<double>(op_id::pow, pow, 4);
  check_two_operands<float>(op_id::atan2, atan2, 4);
  check_two_operands<double>(op_id::atan2, atan2, 4);
  check_two_operands<float>(op_id::hypot, hypot, 4);
  check_two_operands<double>(op_id::hypot, hypot, 4);
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
    check(op_id::maximum, T(), larger_of<T>);
    check(op_id::minimum, T(), smaller_of<T>);
    // clip: min(max(x, low), high), absent bounds, NaN anywhere wins
    for (const T x : s)
      for (const T low : s)
        for (const T high : {T(0.5), std::numeric_limits<T>::quiet_NaN(), T(-2)}) {
          T r;
          kernel_of(*t, op_id::clip, dtype_of<T>)({&r, {&x, &low, &high}, 1, 0});
          CHECK(same_bits(r, smaller_of(larger_of(x, low), high)));
          kernel_of(*t, op_id::clip, dtype_of<T>)({&r, {&x, nullptr, &high}, 1, 4});
          CHECK(same_bits(r, smaller_of(x, high)));
          kernel_of(*t, op_id::clip, dtype_of<T>)({&r, {&x, &low, nullptr}, 1, 2});
          CHECK(same_bits(r, larger_of(x, low)));
        }
    std::mt19937_64 g(11);
    for (int i = 0; i < 2000; ++i) {  // cancellation shows whether the product was rounded
      const T x = 1 + std::numeric_limits<T>::epsilon() * static_cast<T>(g() % 1000),
              y = 1 - std::numeric_limits<T>::epsilon() * static_cast<T>(g() % 1000), c = -x * y;
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
#include <tendril/detail/op_id.hpp>
#define TENDRIL_OPEN(...) __VA_ARGS__
#define TENDRIL_ONE(input) +1
const row rows[] = {
#define OP(...)
#define CREATE(...)
#define REDUCTION(...)
#define ELEMENTWISE(name, inputs, ...) \
  {detail::id_of(detail::op_row_index::name), #name, 0 TENDRIL_FOR_EACH(TENDRIL_ONE, TENDRIL_OPEN inputs)},
#include <tendril/ops.def>
};

bool gives_bool(op_id op) {
  using detail::dtype_rule;
  const dtype_rule rule = detail::row_of(op).dtype;
  return rule == dtype_rule::comparison || rule == dtype_rule::predicate;
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
    for (std::int64_t i = 0; i < n; ++i)
      CHECK(std::memcmp(out.data() + static_cast<std::size_t>(i) * sizeof(stored<To>), first.data(), first.size()) == 0);
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
        CHECK(static_cast<double>(std::fabs(static_cast<long double>(s) - sum)) <=
              static_cast<double>(16 * std::numeric_limits<T>::epsilon() * size));
        CHECK(static_cast<double>(p) ==
              Approx(static_cast<double>(prod)).epsilon(static_cast<double>(n) * std::numeric_limits<T>::epsilon()));
        T mean, m2, first_mean, first_m2;
        t->moments[static_cast<int>(dtype_of<T>)](&mean, &m2, x.data(), static_cast<std::int64_t>(n));
        all[0]->moments[static_cast<int>(dtype_of<T>)](&first_mean, &first_m2, x.data(), static_cast<std::int64_t>(n));
        CHECK(same_bits(mean, first_mean));
        // Squares are rounded before they are added only where there is no multiply-add.
        CHECK(static_cast<double>(m2) == Approx(static_cast<double>(first_m2)).epsilon(32 * std::numeric_limits<T>::epsilon()));
        long double squares = 0;
        for (const T v : x) squares += (v - sum / static_cast<long double>(n)) * (v - sum / static_cast<long double>(n));
        const double eps = std::numeric_limits<T>::epsilon();
        CHECK(static_cast<double>(mean) ==
              Approx(static_cast<double>(sum / static_cast<long double>(n))).epsilon(16 * eps).margin(100 * eps));
        CHECK(static_cast<double>(m2) ==
              Approx(static_cast<double>(squares)).epsilon(32 * eps).margin(1e3 * eps * eps * static_cast<double>(n)));
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
