// Measures how far the elementary functions are from the true values, for each backend, dtype and instruction set.
//
//   bench_accuracy [op...] [--stride=N] [--points=N] [--exact]
//
// float32: every N-th bit pattern (1: all of them). float64 and functions of two operands: N random points, half of them of any bit
// pattern, half where the function bends, beside special values and their neighbours. What double (for float32) or long double finds to
// be a new maximum is computed again by MPFR with 200 bits, so the figures are MPFR's; with --exact, every point is.
#include <mpfr.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <tendril/detail/op_id.hpp>

#include "backends/eigen/kernels.hpp"
#if TENDRIL_HAS_XTENSOR_BACKEND
#include "backends/xtensor/kernels.hpp"
#endif

namespace {

using namespace tendril;
using engine::block_table;

// What one function is: in double, in long double, in MPFR, and where it bends.
struct elementary {
  const char* name;
  op_id op;
  double (*in_double)(double, double);
  long double (*in_long_double)(long double, long double);
  void (*in_mpfr)(mpfr_t, const mpfr_t, const mpfr_t);
  double low, high;
  int operands;
};

// clang-format off
#define UNARY(name, low, high)                                                                       \
  {#name, op_id::name, [](double x, double) { return std::name(x); },                                \
   [](long double x, long double) { return std::name(x); },                                          \
   [](mpfr_t r, const mpfr_t x, const mpfr_t) { mpfr_##name(r, x, MPFR_RNDN); }, low, high, 1}
#define BINARY(name, low, high)                                                                      \
  {#name, op_id::name, [](double x, double y) { return std::name(x, y); },                           \
   [](long double x, long double y) { return std::name(x, y); },                                     \
   [](mpfr_t r, const mpfr_t x, const mpfr_t y) { mpfr_##name(r, x, y, MPFR_RNDN); }, low, high, 2}
// clang-format on

void mpfr_sigmoid(mpfr_t r, const mpfr_t x) {
  mpfr_neg(r, x, MPFR_RNDN);
  mpfr_exp(r, r, MPFR_RNDN);
  mpfr_add_ui(r, r, 1, MPFR_RNDN);
  mpfr_ui_div(r, 1, r, MPFR_RNDN);
}

// lgamma in double would be the very function that is measured.
const elementary functions[] = {
    UNARY(exp, -100, 90),
    UNARY(exp2, -150, 130),
    UNARY(expm1, -3, 3),
    UNARY(log, 0, 4),
    UNARY(log2, 0, 4),
    UNARY(log10, 0, 4),
    UNARY(log1p, -1, 3),
    UNARY(sin, -20, 20),
    UNARY(cos, -20, 20),
    UNARY(tan, -20, 20),
    UNARY(asin, -1, 1),
    UNARY(acos, -1, 1),
    UNARY(atan, -5, 5),
    UNARY(sinh, -3, 3),
    UNARY(cosh, -3, 3),
    UNARY(tanh, -3, 3),
    UNARY(asinh, -3, 3),
    UNARY(acosh, 1, 4),
    UNARY(atanh, -1, 1),
    UNARY(cbrt, -8, 8),
    UNARY(erf, -4, 4),
    UNARY(erfc, -4, 27),
    UNARY(sqrt, 0, 4),
    BINARY(pow, 0, 10),
    BINARY(atan2, -3, 3),
    BINARY(hypot, -3, 3),
    {"lgamma", op_id::lgamma, [](double x, double) { return static_cast<double>(std::lgamma(static_cast<long double>(x))); },
     [](long double x, long double) { return std::lgamma(x); },
     [](mpfr_t r, const mpfr_t x, const mpfr_t) {
       int sign;
       mpfr_lgamma(r, &sign, x, MPFR_RNDN);
     },
     -6, 10, 1},
    {"sigmoid", op_id::sigmoid, [](double x, double) { return 1 / (1 + std::exp(-x)); },
     [](long double x, long double) { return 1 / (1 + std::exp(-x)); }, [](mpfr_t r, const mpfr_t x, const mpfr_t) { mpfr_sigmoid(r, x); },
     -40, 40, 1},
    {"rsqrt", op_id::rsqrt, [](double x, double) { return 1 / std::sqrt(x); }, [](long double x, long double) { return 1 / std::sqrt(x); },
     [](mpfr_t r, const mpfr_t x, const mpfr_t) { mpfr_rec_sqrt(r, x, MPFR_RNDN); }, 0, 4, 1},
};

// The size of the last place of T near x.
template <class T>
long double last_place(long double x) {
  int e = 0;
  std::frexp(std::max(std::fabs(x), static_cast<long double>(std::numeric_limits<T>::min())), &e);
  return std::ldexp(1.0L, e - std::numeric_limits<T>::digits);
}

// How far `got` is from `exact` in units of the last place of T; infinite when it is of another kind.
template <class T, class Exact>
double ulps(T got, Exact exact) {
  const T near = static_cast<T>(exact);
  if (got == near && (got != 0 || exact == 0)) return got == 0 && std::signbit(got) != std::signbit(near) ? INFINITY : 0;
  if (std::isnan(got) || std::isnan(near)) return std::isnan(got) == std::isnan(near) ? 0 : INFINITY;
  constexpr T largest = std::numeric_limits<T>::max();
  if (std::isinf(got) || std::isinf(near)) return std::fabs(std::isinf(got) ? near : got) == largest ? 1 : INFINITY;
  return static_cast<double>(std::fabs(static_cast<long double>(got) - static_cast<long double>(exact)) / last_place<T>(exact));
}

bool everything_exact = false;

template <class T>
double exact_ulps(const elementary& f, T x, T y, T got) {
  mpfr_t a, b, r;
  mpfr_inits2(200, a, b, r, static_cast<mpfr_ptr>(nullptr));
  mpfr_set_d(a, static_cast<double>(x), MPFR_RNDN);
  mpfr_set_d(b, static_cast<double>(y), MPFR_RNDN);
  f.in_mpfr(r, a, b);
  const long double exact = mpfr_get_ld(r, MPFR_RNDN);
  double u = ulps<T, long double>(got, exact);
  if (std::isfinite(u) && std::isfinite(static_cast<T>(exact)) && std::isfinite(got)) {
    // The difference is taken before rounding to long double.
    mpfr_sub_d(r, r, static_cast<double>(got), MPFR_RNDN);
    u = static_cast<double>(std::fabs(mpfr_get_ld(r, MPFR_RNDN)) / last_place<T>(exact));
  }
  mpfr_clears(a, b, r, static_cast<mpfr_ptr>(nullptr));
  return u;
}

struct implementation {
  std::string name;
  const block_table* table;
};

std::vector<implementation> implementations() {
  std::vector<implementation> all;
  for (const engine::isa i : {engine::isa::baseline, engine::isa::avx2, engine::isa::avx512})
    if (const block_table* t = detail::eigen_blocks(i)) all.push_back({t->isa, t});
#if TENDRIL_HAS_XTENSOR_BACKEND
  all.push_back({"xtensor", &detail::xtensor_blocks()});
#endif
  return all;
}

template <class T>
struct worst {
  double ulps = 0;
  T x = 0, y = 0;
};

template <class T>
class measurement {
 public:
  explicit measurement(const elementary& f) : f_(f), all_(implementations()), worst_(all_.size()) {}

  void add(T x, T y) {
    x_[n_] = x;
    y_[n_] = y;
    if (++n_ == block) flush();
  }
  void flush() {
    using wide = std::conditional_t<sizeof(T) == 4, double, long double>;
    std::vector<wide> exact(n_);
    for (std::size_t i = 0; i < n_; ++i) {
      if constexpr (sizeof(T) == 4) exact[i] = f_.in_double(x_[i], y_[i]);
      else exact[i] = f_.in_long_double(x_[i], y_[i]);
    }
    for (std::size_t k = 0; k < all_.size(); ++k) {
      const auto kernel = all_[k].table->elementwise[static_cast<int>(f_.op)][static_cast<int>(dtype_of<T>)];
      if (n_ > 0) kernel({z_, {x_, y_}, static_cast<std::int64_t>(n_), 0});
      for (std::size_t i = 0; i < n_; ++i)
        if (everything_exact || !(ulps(z_[i], exact[i]) <= worst_[k].ulps))
          if (const double u = exact_ulps(f_, x_[i], y_[i], z_[i]); u > worst_[k].ulps) worst_[k] = {u, x_[i], y_[i]};
    }
    n_ = 0;
  }
  void print() {
    flush();
    std::printf("| %s | %s |", f_.name, sizeof(T) == 4 ? "float32" : "float64");
    for (const worst<T>& w : worst_) std::printf(" %.2f |", w.ulps);
    for (std::size_t k = 0; k < all_.size(); ++k) {
      std::printf(" %s(%.17g", all_[k].name.c_str(), static_cast<double>(worst_[k].x));
      if (f_.operands == 2) std::printf(", %.17g", static_cast<double>(worst_[k].y));
      std::printf(")");
    }
    std::printf(" |\n");
    std::fflush(stdout);
  }

 private:
  static constexpr std::size_t block = engine::block_size;
  const elementary& f_;
  std::vector<implementation> all_;
  std::vector<worst<T>> worst_;
  T x_[block], y_[block], z_[block];
  std::size_t n_ = 0;
};

template <class T>
std::vector<T> specials() {
  using l = std::numeric_limits<T>;
  std::vector<T> v = {0, l::denorm_min(), l::min(), l::max(), l::infinity(), l::quiet_NaN(), l::epsilon()};
  for (const double x : {0.5,
                         0.625,
                         1.0,
                         1.5,
                         2.0,
                         2.5,
                         3.0,
                         4.0,
                         6.0,
                         88.72,
                         103.9,
                         127.0,
                         128.0,
                         149.0,
                         709.78,
                         745.1,
                         1024.0,
                         1074.0,
                         0.70710678118654752,
                         1.5707963267948966,
                         3.1415926535897932,
                         2.7182818284590452,
                         1e10,
                         1e22,
                         1e30})
    for (const double s : {1.0, 1 - 1e-4, 1 + 1e-4}) {
      const T y = static_cast<T>(x * s);
      v.insert(v.end(), {y, std::nextafter(y, T(0)), std::nextafter(y, l::infinity())});
    }
  const std::size_t n = v.size();
  for (std::size_t i = 0; i < n; ++i) v.push_back(-v[i]);
  return v;
}

template <class T>
void measure(const elementary& f, std::uint64_t stride, std::uint64_t points) {
  using U = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  measurement<T> m(f);
  const std::vector<T> s = specials<T>();
  for (const T x : s) {
    if (f.operands == 1) m.add(x, 0);
    else
      for (const T y : s) m.add(x, y);
  }
  std::mt19937_64 g(1);
  std::uniform_real_distribution<double> range(f.low, f.high);
  if (sizeof(T) == 4 && f.operands == 1) {
    for (std::uint64_t bits = 0; bits < std::uint64_t{1} << 32; bits += stride) m.add(std::bit_cast<T>(static_cast<U>(bits)), 0);
  } else {
    const auto any = [&] { return std::bit_cast<T>(static_cast<U>(g())); };
    for (std::uint64_t i = 0; i < points; i += 2) {
      m.add(any(), any());
      const T x = static_cast<T>(range(g));
      m.add(x, static_cast<T>(range(g)));
    }
  }
  m.print();
}

}  // namespace

int main(int count, char** words) {
  std::uint64_t stride = 1, points = 40'000'000;
  std::vector<std::string_view> wanted;
  for (int i = 1; i < count; ++i) {
    const std::string_view word = words[i];
    if (word.substr(0, 9) == "--stride=") stride = std::max(1ull, std::strtoull(words[i] + 9, nullptr, 10));
    else if (word.substr(0, 9) == "--points=") points = std::strtoull(words[i] + 9, nullptr, 10);
    else if (word == "--exact") everything_exact = true;
    else wanted.push_back(word);
  }
  std::printf("| op | dtype |");
  for (const implementation& i : implementations()) std::printf(" %s |", i.name.c_str());
  std::printf(" worst at |\n");
  for (const elementary& f : functions) {
    if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), f.name) == wanted.end()) continue;
    measure<float>(f, stride, points);
    measure<double>(f, stride, points);
  }
}
