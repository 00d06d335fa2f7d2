// Clocks, medians, and implementations timed in turn: what every program here measures with.
#pragma once
#include <time.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <numeric>
#include <random>
#include <string>
#include <vector>

namespace bench {

inline double median(std::vector<double> v) {
  std::nth_element(v.begin(), v.begin() + static_cast<std::ptrdiff_t>(v.size() / 2), v.end());
  return v[v.size() / 2];
}

using clock = double (*)();
/// This thread's time on a processor: what one-thread work is measured by, since what others run on the machine does not count.
inline double processor_seconds() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}
inline double wall_seconds() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

/// One way to do a thing, and what its calls took: the mean of a round's, round by round.
struct contender {
  std::string name;
  std::function<void()> run;
  std::vector<double> seconds{};
};

/// Runs all in turn, round after round, each for `shortest` seconds or longer: what else runs on the machine meets them all. Their order
/// changes: where the processor is shared, calls of a millisecond or so would keep step with its time slices, and one of them end them all.
inline void take_turns(std::vector<contender>& all, int rounds, clock now, double shortest = 1e-3) {
  std::vector<long> calls(all.size(), 1);
  const auto time = [&](std::size_t k) {
    const double start = now();
    for (long n = 0; n < calls[k]; ++n) all[k].run();
    return now() - start;
  };
  for (std::size_t k = 0; k < all.size(); ++k) {
    all[k].run();
    while (time(k) < shortest) calls[k] *= 2;
  }
  std::vector<std::size_t> order(all.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::minstd_rand random;
  for (int r = 0; r < rounds; ++r) {
    std::shuffle(order.begin(), order.end(), random);
    for (std::size_t k : order) all[k].seconds.push_back(time(k) / static_cast<double>(calls[k]));
  }
}

/// The median of a's times over b's, round by round: it holds when the machine's speed drifts, as the ratio of medians does not.
inline double ratio(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> all;
  for (std::size_t r = 0; r < a.size(); ++r) all.push_back(a[r] / b[r]);
  return median(std::move(all));
}

}  // namespace bench
