// What the tests of the jit backend share: numbers with everything special among them, and the comparison with the interpreter.
#pragma once
#include "trace_helpers.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <random>

#include "catch.hpp"
#include "fuzz_case.hpp"

namespace jit_test {

using namespace trace_test;

/// Whether the backend is there: another processor, or a build without Xbyak, lacks it.
inline bool available() {
  const auto all = td::backends();
  return std::find(all.begin(), all.end(), "jit") != all.end();
}

inline std::int64_t count(const ints& shape) {
  std::int64_t n = 1;
  for (auto e : shape) n *= e;
  return n;
}

/// Numbers of both signs with zeros of both signs, NaN, infinities, denormal and huge ones among them.
inline td::array numbers(const ints& shape, td::dtype d, unsigned seed) {
  std::mt19937 g(seed);
  std::uniform_real_distribution<double> u(-4, 4);
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const double special[] = {0.0, -0.0, infinity, -infinity, std::nan(""), 1e-310, -1e-40, 1e300, -1e30, 0.5, -1, 2};
  doubles v(static_cast<std::size_t>(count(shape)));
  const bool real = td::kind_of(d) == td::dtype_kind::real;
  for (double& x : v) x = real && g() % 8 == 0 ? special[g() % std::size(special)] : u(g) * (real ? 1 : 3);
  td::array a = td::reshape(td::asarray(v), td::axes(shape));
  return td::astype(d == td::bool_ ? td::greater(a, 0.0) : a, d);
}

inline bool same_bits(const td::array& a, const td::array& b) {
  if (a.dtype() != b.dtype() || a.shape() != b.shape()) return false;
  const doubles x = values(a), y = values(b);
  for (std::size_t i = 0; i < x.size(); ++i)
    if (std::isnan(x[i]) ? !std::isnan(y[i]) : x[i] != y[i] || std::signbit(x[i]) != std::signbit(y[i])) return false;
  return true;
}

/// jit and the block interpreter with eigen's kernels give the same bits: calls that return results, `into`, and the compiled function, on
/// operands and results of exactly their size with guard pages beside them.
void same_as_interpreter(const std::function<std::vector<td::array>(const std::vector<td::array>&)>& f, const std::vector<td::array>& in);

using td::detail::all_dtypes;

}  // namespace jit_test
