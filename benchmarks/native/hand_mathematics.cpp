// Proves the functions of vectors.hpp: special values, and distances in ULP from libm's long double functions.
#include <algorithm>
#include <cstdio>

#include "vectors.hpp"

namespace native {
namespace {

constexpr double allowed = 2;  // ULP

template <class T>
std::string spelled(T x) {
  char text[40];
  std::snprintf(text, sizeof text, "%.17g", static_cast<double>(x));
  return text;
}

template <class T>
double ulps(T got, long double expected) {
  const T nearest = static_cast<T>(expected);
  if (std::isnan(nearest) || std::isnan(got)) return std::isnan(nearest) == std::isnan(got) ? 0 : HUGE_VAL;
  if (std::isinf(nearest) || got == nearest) return got == nearest && std::signbit(got) == std::signbit(nearest) ? 0 : HUGE_VAL;
  const T size = std::max(std::abs(nearest), std::numeric_limits<T>::min());
  return static_cast<double>(std::abs(static_cast<long double>(got) - expected) /
                             static_cast<long double>(std::nextafter(size, T(HUGE_VAL)) - size));
}

// Points between low and high, then what is special everywhere.
template <class T, class F, class R>
std::string check(const char* name, F f, R reference, T low, T high) {
  using limits = std::numeric_limits<T>;
  constexpr index n = 200'000;
  const T special[] = {T(0),
                       -T(0),
                       limits::infinity(),
                       -limits::infinity(),
                       limits::quiet_NaN(),
                       limits::max(),
                       limits::lowest(),
                       limits::min(),
                       -limits::min(),
                       limits::denorm_min(),
                       -limits::denorm_min(),
                       T(1),
                       T(-1)};
  constexpr index specials = sizeof special / sizeof *special;
  for (index i = 0; i < n + specials; i += width<T>) {
    vec<T> x{};
    for (index k = 0; k < width<T>; ++k)
      x[k] = i + k < n ? low + (high - low) * static_cast<T>(i + k) / static_cast<T>(n - 1) : special[std::min(i + k - n, specials - 1)];
    const vec<T> y = f(x);
    for (index k = 0; k < width<T>; ++k)
      if (!(ulps(T(y[k]), reference(static_cast<long double>(x[k]))) <= allowed))
        return std::string("[") + name + "] too far from the exact value at " + spelled(T(x[k])) + ": got " + spelled(T(y[k])) +
               ", expected " + spelled(static_cast<T>(reference(static_cast<long double>(x[k])))) + " within 2 ULP.";
  }
  return {};
}

}  // namespace

std::string hand::mathematics() {
  const auto exp = [](long double x) { return std::exp(x); };
  const auto log = [](long double x) { return std::log(x); };
  const auto erf = [](long double x) { return std::erf(x); };
  std::string wrong = check<double>(
      "exp of double", [](vd x) { return exponential(x); }, exp, -760, 720);
  if (wrong.empty())
    wrong = check<double>(
        "exp of double", [](vd x) { return exponential(x); }, exp, -1, 1);
  if (wrong.empty())
    wrong = check<float>(
        "exp of float", [](vf x) { return exponential(x); }, exp, -110, 95);
  if (wrong.empty())
    wrong = check<float>(
        "exp of float", [](vf x) { return exponential(x); }, exp, -1, 1);
  if (wrong.empty())
    wrong = check<double>(
        "log", [](vd x) { return logarithm(x); }, log, 0, 3);
  if (wrong.empty())
    wrong = check<double>(
        "log", [](vd x) { return logarithm(x); }, log, 0, 1e300);
  if (wrong.empty())
    wrong = check<double>(
        "erf", [](vd x) { return error_function(x); }, erf, -7, 7);
  return wrong;
}

}  // namespace native
