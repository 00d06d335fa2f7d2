// The block kernels of the xtensor backend, called straight: values against the C++ library, and the promises of kernels/kernels.hpp.
#include "catch.hpp"

#if TENDRIL_HAS_XTENSOR_BACKEND
#include <algorithm>
#include <functional>
#include <memory>
#include <random>

#include <tendril/detail/op_id.hpp>

#include "ieee_extremes.hpp"
#include "xtensor_kernels.hpp"

using namespace tendril_test;

namespace {

template <class T>
std::vector<T> special() {
  using limits = std::numeric_limits<T>;
  if constexpr (std::is_floating_point_v<T>)
    return {T(0),
            T(-0.0),
            T(1),
            T(-1),
            T(0.5),
            T(-2.5),
            T(2.5),
            T(3.75),
            T(-7),
            T(1e-3),
            T(100),
            T(-100),
            T(1e6),
            T(20),
            T(-20),
            T(0.1),
            T(-0.3),
            T(2),
            T(-3),
            T(1e-8),
            T(1e30),
            limits::infinity(),
            -limits::infinity(),
            limits::quiet_NaN(),
            limits::denorm_min(),
            limits::max()};
  else
    return {T(0),
            T(1),
            T(-1),
            T(2),
            T(-2),
            T(3),
            T(7),
            T(-7),
            T(10),
            T(46341),
            T(-46341),
            T(31),
            T(63),
            limits::max(),
            limits::min(),
            T(limits::max() - 1),
            T(limits::min() + 1)};
}
template <>
std::vector<bool> special<bool>() {
  return {false, true};
}

/// Elements that can be pointed at, which those of std::vector<bool> cannot.
template <class T>
struct elements {
  std::unique_ptr<T[]> data;
  std::size_t size;
  explicit elements(std::size_t n) : data(new T[n]()), size(n) {}
  T& operator[](std::size_t i) { return data[i]; }
};

/// Runs op over all combinations of special values and compares with `expected`.
template <class T, class R, class... A>
void check(op_id op, std::type_identity_t<std::function<R(A...)>> expected, double ulps = 0) {
  constexpr std::size_t arity = sizeof...(A);
  const auto values = special<T>();
  const std::size_t count = arity == 1 ? values.size() : values.size() * values.size() * (arity == 3 ? 3 : 1);
  elements<T> in[3] = {elements<T>(count), elements<T>(count), elements<T>(count)};
  elements<R> out(count);
  for (std::size_t i = 0; i < count; ++i) {
    in[0][i] = values[i % values.size()];
    in[1][i] = values[i / values.size() % values.size()];
    in[2][i] = values[i * 7 % values.size()];
  }
  for (const block_table* t : tables()) {
    const block_kernel k = find(*t, op, dtype_of<T>);
    INFO(t->isa << " op " << static_cast<int>(op) << " " << name_of(dtype_of<T>));
    REQUIRE(k);
    for (std::size_t first = 0; first < count; first += 1000) {
      block_args args{&out[first],
                      {&in[0][first], &in[1][first], &in[2][first], nullptr},
                      static_cast<std::int64_t>(std::min<std::size_t>(1000, count - first)),
                      0};
      k(args);
    }
    for (std::size_t i = 0; i < count; ++i) {
      R want;
      if constexpr (arity == 1) want = expected(in[0][i]);
      else if constexpr (arity == 2) want = expected(in[0][i], in[1][i]);
      else want = expected(in[0][i], in[1][i], in[2][i]);
      INFO("operands " << in[0][i] << ", " << in[1][i] << ", " << in[2][i] << ": got " << out[i] << ", expected " << want);
      if (ulps == 0) {
        if (!same<R>(out[i], want)) FAIL_CHECK();
      } else if (!same<R>(out[i], want)) {
        CHECK(std::abs(static_cast<double>(out[i]) - static_cast<double>(want)) <=
              ulps * static_cast<double>(std::numeric_limits<R>::epsilon()) * std::abs(static_cast<double>(want)) +
                  static_cast<double>(std::numeric_limits<R>::denorm_min()) * ulps);
      }
    }
  }
}

template <class T>
void check1(op_id op, T (*f)(T)) {
  check<T, T, T>(op, f);
}
template <class T, class F>
void check2(op_id op, F f) {
  check<T, T, T, T>(op, f);
}

template <class T>
void check_real() {
  using L = long double;
  check2<T>(op_id::add, [](T a, T b) { return a + b; });
  check2<T>(op_id::subtract, [](T a, T b) { return a - b; });
  check2<T>(op_id::multiply, [](T a, T b) { return a * b; });
  check2<T>(op_id::divide, [](T a, T b) { return a / b; });
  check2<T>(op_id::pow, [](T a, T b) { return std::pow(a, b); });
  check1<T>(op_id::negative, [](T x) { return -x; });
  check1<T>(op_id::abs, [](T x) { return std::fabs(x); });
  check1<T>(op_id::square, [](T x) { return x * x; });
  check1<T>(op_id::reciprocal, [](T x) { return 1 / x; });
  check1<T>(op_id::sqrt, [](T x) { return std::sqrt(x); });
  check1<T>(op_id::floor, [](T x) { return std::floor(x); });
  check1<T>(op_id::ceil, [](T x) { return std::ceil(x); });
  check1<T>(op_id::exp, [](T x) { return std::exp(x); });
  check1<T>(op_id::log, [](T x) { return std::log(x); });
  check1<T>(op_id::tanh, [](T x) { return std::tanh(x); });
  check1<T>(op_id::erf, [](T x) { return std::erf(x); });
#define TENDRIL_SAME(name) check1<T>(op_id::name, [](T x) { return std::name(x); });
  TENDRIL_SAME(sin)
  TENDRIL_SAME(cos)
  TENDRIL_SAME(tan)
  TENDRIL_SAME(asin)
  TENDRIL_SAME(acos)
  TENDRIL_SAME(atan)
  TENDRIL_SAME(sinh)
  TENDRIL_SAME(cosh)
  TENDRIL_SAME(asinh)
  TENDRIL_SAME(acosh)
  TENDRIL_SAME(atanh)
  TENDRIL_SAME(exp2)
  TENDRIL_SAME(expm1)
  TENDRIL_SAME(log2)
  TENDRIL_SAME(log10)
  TENDRIL_SAME(log1p)
  TENDRIL_SAME(cbrt)
  TENDRIL_SAME(erfc)
  TENDRIL_SAME(trunc)
  check1<T>(op_id::round, [](T x) { return std::nearbyint(x); });
  check1<T>(op_id::sign, [](T x) { return std::isnan(x) ? x : static_cast<T>((x > 0) - (x < 0)); });
  check1<T>(op_id::rsqrt, [](T x) { return 1 / std::sqrt(x); });
  check2<T>(op_id::atan2, [](T a, T b) { return std::atan2(a, b); });
  check2<T>(op_id::hypot, [](T a, T b) { return std::hypot(a, b); });
  check<T, T, T>(
      op_id::lgamma, [](T x) { return static_cast<T>(std::lgamma(L(x))); }, 4);
  check<T, T, T>(
      op_id::sigmoid, [](T x) { return static_cast<T>(1 / (1 + std::exp(-L(x)))); }, 4);
  check<T, bool, T>(op_id::isfinite, [](T x) { return std::isfinite(x); });
  check<T, bool, T>(op_id::isnan, [](T x) { return std::isnan(x); });
  check2<T>(op_id::maximum, larger_of<T>);
  check2<T>(op_id::minimum, smaller_of<T>);
  check<T, T, T, T, T>(op_id::clip, [](T x, T lo, T hi) { return smaller_of(larger_of(x, lo), hi); });
  check<T, T, T, T, T>(op_id::multiply_add, [](T a, T b, T c) { return std::fma(a, b, c); });
}

template <class T>
void check_integer() {
  using U = std::make_unsigned_t<T>;
  check2<T>(op_id::add, [](T a, T b) { return static_cast<T>(U(a) + U(b)); });
  check2<T>(op_id::subtract, [](T a, T b) { return static_cast<T>(U(a) - U(b)); });
  check2<T>(op_id::multiply, [](T a, T b) { return static_cast<T>(U(a) * U(b)); });
  check2<T>(op_id::pow, [](T a, T b) {
    if (b < 0) return a == 1 ? T(1) : a == -1 ? (b % 2 == 0 ? T(1) : T(-1)) : T(0);
    U r = 1, base = U(a);
    for (U e = U(b); e; e >>= 1, base *= base)
      if (e & 1) r *= base;
    return static_cast<T>(r);
  });
  check1<T>(op_id::negative, [](T x) { return static_cast<T>(U(0) - U(x)); });
  check1<T>(op_id::abs, [](T x) { return x < 0 ? static_cast<T>(U(0) - U(x)) : x; });
  check1<T>(op_id::square, [](T x) { return static_cast<T>(U(x) * U(x)); });
  check1<T>(op_id::floor, [](T x) { return x; });
  check1<T>(op_id::ceil, [](T x) { return x; });
  check1<T>(op_id::round, [](T x) { return x; });
  check1<T>(op_id::trunc, [](T x) { return x; });
  check1<T>(op_id::sign, [](T x) { return static_cast<T>((x > 0) - (x < 0)); });
  check<T, bool, T>(op_id::isfinite, [](T) { return true; });
  check<T, bool, T>(op_id::isnan, [](T) { return false; });
  check2<T>(op_id::maximum, [](T a, T b) { return std::max(a, b); });
  check2<T>(op_id::minimum, [](T a, T b) { return std::min(a, b); });
  check<T, T, T, T, T>(op_id::clip, [](T x, T lo, T hi) { return std::min(std::max(x, lo), hi); });
  check<T, T, T, T, T>(op_id::multiply_add, [](T a, T b, T c) { return static_cast<T>(U(a) * U(b) + U(c)); });
}

template <class T>
void check_comparisons() {
  check<T, bool, T, T>(op_id::equal, [](T a, T b) { return a == b; });
  check<T, bool, T, T>(op_id::not_equal, [](T a, T b) { return a != b; });
  if constexpr (!std::is_same_v<T, bool>) {
    check<T, bool, T, T>(op_id::less, [](T a, T b) { return a < b; });
    check<T, bool, T, T>(op_id::less_equal, [](T a, T b) { return a <= b; });
    check<T, bool, T, T>(op_id::greater, [](T a, T b) { return a > b; });
    check<T, bool, T, T>(op_id::greater_equal, [](T a, T b) { return a >= b; });
  }
}

}  // namespace

TEST_CASE("xtensor block kernels give the C++ library's values") {
  check_real<float>();
  check_real<double>();
  check_integer<std::int32_t>();
  check_integer<std::int64_t>();
  check_comparisons<bool>();
  check_comparisons<std::int32_t>();
  check_comparisons<std::int64_t>();
  check_comparisons<float>();
  check_comparisons<double>();
  check<bool, bool, bool, bool>(op_id::logical_and, [](bool a, bool b) { return a && b; });
  check<bool, bool, bool, bool>(op_id::logical_or, [](bool a, bool b) { return a || b; });
  check<bool, bool, bool>(op_id::logical_not, [](bool a) { return !a; });
}

TEST_CASE("xtensor block kernels keep sigmoid exact where exp overflows") {
  const double x[] = {-740, -720, -709.9, -40, 40, 800};
  double y[6];
  for (const block_table* t : tables()) {
    find(*t, op_id::sigmoid, dtype::float64)({y, {x}, 6, 0});
    for (int i = 0; i < 6; ++i)
      CHECK(y[i] == Approx(static_cast<double>(1 / (1 + std::exp(-static_cast<long double>(x[i]))))).epsilon(1e-15));
  }
}

TEST_CASE(
    "xtensor block kernels: an element depends neither on its place nor on which operands are scalars, and nothing beside out is written") {
  constexpr std::size_t most = 40, guard = 64;
  for (const block_table* t : tables())
    for (const row& r : rows())
      for (dtype d : dtypes) {
        const block_kernel k = find(*t, r.id, d);
        if (!k) continue;
        INFO(t->isa << " " << record_of(r.id).name << " " << name_of(d));
        const std::size_t out_bytes = size_of(r.result(d));
        std::vector<char> in[3];
        for (std::size_t i = 0; i < r.arity; ++i) in[i] = random_elements(r.operand(i, d), most + 8, static_cast<unsigned>(i) + 1);
        bool right = true, guarded = true;
        for (unsigned scalars = 0; scalars < (1u << r.arity); ++scalars)
          for (std::size_t n = 1; n <= most; ++n) {
            const std::size_t offset = n % 8;
            std::vector<char> out(guard * 2 + n * out_bytes, '\x5a');
            const auto element = [&](std::size_t i, std::size_t j) {
              return in[i].data() + (offset + ((scalars >> i & 1) ? 0 : j)) * size_of(r.operand(i, d));
            };
            block_args args{out.data() + guard, {}, static_cast<std::int64_t>(n), scalars};
            for (std::size_t i = 0; i < r.arity; ++i) args.in[i] = element(i, 0);
            k(args);
            for (std::size_t j = 0; j < n; ++j) {
              alignas(8) char alone[8];
              block_args one{alone, {}, 1, 0};
              for (std::size_t i = 0; i < r.arity; ++i) one.in[i] = element(i, j);
              k(one);
              right = right && std::memcmp(alone, out.data() + guard + j * out_bytes, out_bytes) == 0;
            }
            const std::string_view text(out.data(), out.size());
            guarded = guarded && text.substr(0, guard).find_first_not_of('\x5a') == text.npos &&
                      text.substr(text.size() - guard).find_first_not_of('\x5a') == text.npos;
          }
        CHECK(right);
        CHECK(guarded);
      }
}

TEST_CASE("xtensor block kernels may write over an input") {
  for (const block_table* t : tables())
    for (const row& r : rows())
      for (dtype d : dtypes) {
        const block_kernel k = find(*t, r.id, d);
        if (!k) continue;
        for (std::size_t over = 0; over < r.arity; ++over) {
          if (size_of(r.result(d)) != size_of(r.operand(over, d))) continue;
          constexpr std::size_t n = 100;
          std::vector<char> in[3];
          block_args args{nullptr, {}, n, 0};
          for (std::size_t i = 0; i < r.arity; ++i)
            args.in[i] = (in[i] = random_elements(r.operand(i, d), n, static_cast<unsigned>(i) + 5)).data();
          std::vector<char> apart(n * size_of(r.result(d)));
          args.out = apart.data();
          k(args);
          args.out = in[over].data();
          k(args);
          INFO(t->isa << " " << record_of(r.id).name << " " << name_of(d));
          CHECK(std::memcmp(apart.data(), in[over].data(), apart.size()) == 0);
        }
      }
}

TEST_CASE("xtensor block kernels: every instruction set gives the same values, and the same kernels") {
  constexpr std::size_t n = 777;
  for (const block_table* t : tables())
    for (const row& r : rows())
      for (dtype d : dtypes) {
        const block_kernel k = find(*t, r.id, d), base = find(*tables().front(), r.id, d);
        INFO(t->isa << " " << record_of(r.id).name << " " << name_of(d));
        REQUIRE((k == nullptr) == (base == nullptr));
        if (!k) continue;
        std::vector<char> in[3], a(n * 8), b(n * 8);
        block_args args{a.data(), {}, n, 0};
        for (std::size_t i = 0; i < r.arity; ++i)
          args.in[i] = (in[i] = random_elements(r.operand(i, d), n, static_cast<unsigned>(i) + 9)).data();
        k(args);
        args.out = b.data();
        base(args);
        const dtype out = r.result(d);
        bool equal = true;
        for (std::size_t i = 0; i < n; ++i) equal = equal && same_bytes(out, a.data() + i * size_of(out), b.data() + i * size_of(out));
        CHECK(equal);
      }
}

TEST_CASE("xtensor block kernels: absent bounds of clip limit nothing") {
  const double x[] = {-5, 0, 5, std::nan(""), -INFINITY, INFINITY};
  const double lo = -1, hi = 2, los[] = {-1, 1, 9, 0, 0, 0};
  double y[6];
  for (const block_table* t : tables()) {
    const block_kernel k = find(*t, op_id::clip, dtype::float64);
    const auto expect = [&](block_args args, std::vector<double> want) {
      args.out = y;
      k(args);
      for (std::size_t i = 0; i < 6; ++i) CHECK(same(y[i], want[i]));
    };
    const double nan = std::nan("");
    expect({y, {x, &lo, nullptr}, 6, 2}, {-1, 0, 5, nan, -1, INFINITY});
    expect({y, {x, nullptr, &hi}, 6, 4}, {-5, 0, 2, nan, -INFINITY, 2});
    expect({y, {x, nullptr, nullptr}, 6, 0}, {-5, 0, 5, nan, -INFINITY, INFINITY});
    expect({y, {x, los, nullptr}, 6, 0}, {-1, 1, 9, nan, 0, INFINITY});
    expect({y, {x, los, &hi}, 6, 4}, {-1, 1, 2, nan, 0, 2});
    expect({y, {x, &nan, &hi}, 6, 6}, {nan, nan, nan, nan, nan, nan});
    expect({y, {x, &lo, &hi}, 6, 7}, {-1, -1, -1, -1, -1, -1});
  }
}

namespace {
template <class From, class To>
void check_convert() {
  auto values = special<From>();
  elements<From> in(values.size());
  elements<To> out(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) in[i] = values[i];
  for (const block_table* t : tables()) {
    const block_kernel k = t->convert[index_of<From>()][index_of<To>()];
    REQUIRE(k);
    k({&out[0], {&in[0]}, static_cast<std::int64_t>(in.size), 0});
    for (std::size_t i = 0; i < in.size; ++i) {
      To want;
      if constexpr (std::is_same_v<To, bool>) want = in[i] != From(0);
      else if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
        const long double v = in[i], low = static_cast<long double>(std::numeric_limits<To>::min());
        want = v >= low && v < -low ? static_cast<To>(v) : std::numeric_limits<To>::min();
      } else want = static_cast<To>(in[i]);
      INFO(name_of(dtype_of<From>) << " to " << name_of(dtype_of<To>) << ": " << in[i] << " gave " << out[i] << ", expected " << want);
      CHECK(same(out[i], want));
    }
    To one[9];
    k({one, {&in[1]}, 9, 1});
    for (To v : one) CHECK(same(v, out[1]));
  }
}
template <class From>
void check_converts() {
  check_convert<From, bool>();
  check_convert<From, std::int32_t>();
  check_convert<From, std::int64_t>();
  check_convert<From, float>();
  check_convert<From, double>();
}
}  // namespace

TEST_CASE("xtensor block kernels convert between all dtypes") {
  check_converts<bool>();
  check_converts<std::int32_t>();
  check_converts<std::int64_t>();
  check_converts<float>();
  check_converts<double>();
}

namespace {

template <class T>
void check_reductions() {
  using engine::reduction;
  std::mt19937 random(3);
  for (std::int64_t n : {1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 64, 100, 127, 500, 1000, 1023, 1024}) {
    std::vector<T> x(static_cast<std::size_t>(n));
    for (T& v : x)
      v = static_cast<T>(std::uniform_real_distribution<double>(std::is_integral_v<T> ? -9 : 0.5, std::is_integral_v<T> ? 9 : 1.5)(random));
    long double sum = 0, prod = 1, m2 = 0;
    for (T v : x) sum += v, prod *= v;
    for (T v : x) m2 += (v - sum / n) * (v - sum / n);
    const double eps = std::is_same_v<T, float> ? 1e-5 : 1e-13;
    T first_sum{};
    for (const block_table* t : tables()) {
      INFO(t->isa << " " << name_of(dtype_of<T>) << " n " << n);
      T got;
      tendril_test::reduction(*t, reduction::sum, dtype_of<T>)(&got, x.data(), n);
      CHECK(static_cast<double>(got) == Approx(static_cast<double>(sum)).epsilon(eps));
      if (t == tables().front()) first_sum = got;
      CHECK(same(got, first_sum));
      tendril_test::reduction(*t, reduction::max, dtype_of<T>)(&got, x.data(), n);
      CHECK(got == *std::max_element(x.begin(), x.end()));
      tendril_test::reduction(*t, reduction::min, dtype_of<T>)(&got, x.data(), n);
      CHECK(got == *std::min_element(x.begin(), x.end()));
      tendril_test::reduction(*t, reduction::prod, dtype_of<T>)(&got, x.data(), n);
      if constexpr (std::is_integral_v<T>) {
        std::make_unsigned_t<T> want = 1;
        for (T v : x) want *= static_cast<std::make_unsigned_t<T>>(v);
        CHECK(got == static_cast<T>(want));
      } else {
        CHECK(static_cast<double>(got) == Approx(static_cast<double>(prod)).epsilon(eps * 10));
        T mean, squares;
        t->moments[index_of<T>()](&mean, &squares, x.data(), n);
        CHECK(static_cast<double>(mean) == Approx(static_cast<double>(sum / n)).epsilon(eps));
        CHECK(static_cast<double>(squares) == Approx(static_cast<double>(m2)).epsilon(eps * 10).margin(1e-12));
        for (std::size_t at : {std::size_t{0}, x.size() / 2, x.size() - 1}) {
          auto y = x;
          y[at] = std::numeric_limits<T>::quiet_NaN();
          for (auto r : {reduction::max, reduction::min, reduction::sum}) {
            tendril_test::reduction(*t, r, dtype_of<T>)(&got, y.data(), n);
            CHECK(std::isnan(got));
          }
        }
      }
    }
  }
}
}  // namespace

TEST_CASE("xtensor block kernels reduce in a tree that is the same for every instruction set") {
  check_reductions<std::int32_t>();
  check_reductions<std::int64_t>();
  check_reductions<float>();
  check_reductions<double>();
  for (const block_table* t : tables())
    for (std::size_t n : {1, 2, 63, 64, 65, 200, 1024})
      for (std::size_t at : {std::size_t{0}, n / 2, n - 1}) {
        elements<bool> x(n), y(n);
        for (std::size_t i = 0; i < n; ++i) y[i] = true;
        bool got;
        const auto run = [&](engine::reduction r, elements<bool>& e) {
          reduction(*t, r, dtype::bool_)(&got, &e[0], static_cast<std::int64_t>(n));
        };
        run(engine::reduction::any, x);
        CHECK_FALSE(got);
        run(engine::reduction::all, y);
        CHECK(got);
        x[at] = true, y[at] = false;
        run(engine::reduction::any, x);
        CHECK(got);
        run(engine::reduction::all, y);
        CHECK_FALSE(got);
      }
}
#endif
