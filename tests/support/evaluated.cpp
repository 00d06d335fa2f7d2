// A function on every backend against the same graph op by op, compiled once.
#include "evaluated.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace tendril_test {

tendril::array some_numbers(const tendril::extents& shape, unsigned seed, tendril::dtype d) {
  std::int64_t n = 1;
  for (auto e : shape) n *= e;
  std::vector<double> v(static_cast<std::size_t>(n));
  for (auto& x : v) {
    seed = seed * 1664525u + 1013904223u;
    x = static_cast<double>(static_cast<std::int32_t>(seed)) / (1 << 30);
  }
  return tendril::astype(tendril::reshape(tendril::asarray(v), shape), d);
}

std::string differs(const tendril::array& got, const tendril::array& want, double rtol) {
  if (got.dtype() != want.dtype() || got.shape() != want.shape())
    return tendril::to_string(got.shape()) + " instead of " + tendril::to_string(want.shape());
  const tendril::array a = tendril::detail::copy_of(got.view()), b = tendril::detail::copy_of(want.view());
  const std::size_t bytes = static_cast<std::size_t>(a.size()) * tendril::size_of(a.dtype());
  if (bytes == 0 || std::memcmp(a.view().data, b.view().data, bytes) == 0) return "";
  const tendril::array wide_a = tendril::detail::copy_of(tendril::astype(a, tendril::float64).view()),
                       wide_b = tendril::detail::copy_of(tendril::astype(b, tendril::float64).view());
  const double *x = wide_a.data<double>(), *y = wide_b.data<double>();
  double largest = 0;
  for (std::int64_t i = 0; i < a.size(); ++i)
    if (std::isfinite(y[i])) largest = std::max(largest, std::abs(y[i]));
  for (std::int64_t i = 0; i < a.size(); ++i) {
    if (std::isnan(x[i]) && std::isnan(y[i])) continue;
    if (x[i] == y[i] && std::signbit(x[i]) == std::signbit(y[i])) continue;
    if (rtol == 0 || !(std::abs(x[i] - y[i]) <= rtol * largest))
      return "element " + std::to_string(i) + " is " + std::to_string(x[i]) + ", expected " + std::to_string(y[i]);
  }
  return "";
}

std::string check_function(const std::function<arrays(const arrays&)>& functor, const arrays& x, double rtol, bool contract) {
  arrays expected;
  for (const std::string& backend : tendril::backends()) {
    const auto f = tendril::trace_graph(functor, {.to = backend, .contract = contract});
    if (expected.empty()) {
      expected = tendril::evaluate(f.graph(x), x, "eigen");
      for (tendril::array& e : expected) e = tendril::detail::copy_of(e.view());
    }
    const auto threads = tendril::trace_graph(functor, {.to = backend, .contract = contract, .num_threads = 3});
    const arrays got = f(x), again = f(x), split = threads(x);
    if (got.size() != expected.size()) return backend + ": another number of results";
    arrays stored;
    std::vector<tendril::array_view> in, out;
    for (const tendril::array& a : x) in.push_back(a.view());
    for (const tendril::array& e : expected) {
      stored.push_back(tendril::detail::copy_of(tendril::zeros_like(e).view()));
      out.push_back(stored.back().view());
    }
    f.compiled(x).into(out, in);
    for (std::size_t i = 0; i < got.size(); ++i) {
      const std::string where = backend + ", result " + std::to_string(i) + ", ";
      if (const std::string d = differs(got[i], expected[i], rtol); !d.empty()) return where + "called: " + d;
      if (const std::string d = differs(again[i], got[i], 0); !d.empty()) return where + "called again: " + d;
      if (const std::string d = differs(stored[i], got[i], 0); !d.empty()) return where + "into: " + d;
      if (const std::string d = differs(split[i], got[i], 0); !d.empty()) return where + "on threads: " + d;
    }
  }
  return "";
}

}  // namespace tendril_test
