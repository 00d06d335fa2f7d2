// Checks that the implementations of a case agree, and times them in turn, round after round.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "bench.hpp"

namespace bench {

namespace {

// NaN with NaN, an infinity with its like, a zero with a zero of its sign unless rounding may have made one of them; numbers to the
// tolerance.
bool agree(double got, double expected, double tolerance) {
  if (std::isnan(expected)) return std::isnan(got);
  if (std::isinf(expected) || std::isinf(got)) return got == expected;
  if (got == 0 && expected == 0) return std::signbit(got) == std::signbit(expected);
  return std::abs(got - expected) <= tolerance * (1 + std::abs(expected));
}

// How often each runs a round: as often as fills this time.
constexpr double round_seconds = 3e-3;
long repeats(const std::function<void()>& run, clock seconds) {
  for (int warm = 0; warm < 3; ++warm) run();
  for (long n = 1;; n *= 2) {
    const double start = seconds();
    for (long k = 0; k < n; ++k) run();
    if (seconds() - start > round_seconds || n > (1L << 24)) return n;
  }
}

}  // namespace

std::string disagreement(const workload& w) {
  const std::vector<double> expected = w.implementations.front().outputs();
  for (const implementation& i : w.implementations) {
    if (!i.outputs) continue;
    const std::vector<double> got = i.outputs();
    for (std::size_t k = 0; k < expected.size(); ++k)
      if (!agree(got[k], expected[k], w.tolerance)) {
        char numbers[96];
        std::snprintf(numbers, sizeof numbers, "element %zu is %.17g, expected %.17g", k, got[k], expected[k]);
        return "[" + w.name + "] " + i.name + " disagrees with " + w.implementations.front().name + ": " + numbers + ".";
      }
  }
  return {};
}

row measure(const workload& w, const settings& s) {
  const std::size_t count = w.implementations.size();
  const clock seconds = s.threads == 1 ? processor_seconds : wall_seconds;
  std::vector<long> times;
  for (const implementation& i : w.implementations) times.push_back(repeats(i.run, seconds));
  std::vector<std::vector<double>> nanoseconds(count);
  for (int r = 0; r < s.rounds; ++r)
    for (std::size_t i = 0; i < count; ++i) {
      const auto& run = w.implementations[i].run;
      run();  // brings back to the caches what the others have pushed out
      const double start = seconds();
      for (long k = 0; k < times[i]; ++k) run();
      nanoseconds[i].push_back((seconds() - start) / static_cast<double>(times[i]) * 1e9);
    }
  std::size_t best = 0;
  for (std::size_t i = 0; i < count; ++i)
    if (w.implementations[i].who == role::hand && median(nanoseconds[i]) < median(nanoseconds[best])) best = i;
  row result{w.name, {}};
  for (std::size_t i = 0; i < count; ++i)
    result.measurements.push_back(
        {w.implementations[i].who, w.implementations[i].name, median(nanoseconds[i]), ratio(nanoseconds[i], nanoseconds[best])});
  return result;
}

}  // namespace bench
