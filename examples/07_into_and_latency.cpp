// Preallocated replay: `into` writes to memory that you own, allocates nothing, and its latency is a narrow histogram.
#include <tendril/tendril.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <new>
namespace td = tendril;

// Counts what the program allocates; not inlined, lest the compiler see malloc behind one and delete before the other.
static long allocations = 0;
[[gnu::noinline]] void* operator new(std::size_t n) {
  ++allocations;
  if (void* p = std::malloc(n)) return p;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* p) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete(void* p, std::size_t) noexcept { std::free(p); }

int main() {
  // A control loop's filter: 64 sensor values, their robust deviation from the running mean, squashed.
  td::traced filter = [](const td::array& sensors, const td::array& mean, const td::array& rate) {
    const td::array updated = mean + rate * (sensors - mean);
    const td::array deviation = (sensors - updated) / (td::std(sensors) + 1e-9);
    return std::pair(updated, td::clip(td::tanh(deviation), -0.9, 0.9));
  };

  std::array<float, 64> sensors, deviation;
  std::array<float, 64> mean{};
  const auto measure = [&](int tick) {
    for (std::size_t i = 0; i < sensors.size(); ++i) sensors[i] = std::sin(0.1f * static_cast<float>(tick) + 0.3f * static_cast<float>(i));
  };

  // The results go where you say, nested as the function returns them. `mean` is read and written.
  auto out = std::tie(mean, deviation);
  measure(0);
  filter.into(out, sensors, mean, 0.1f);  // the one slow call: traces, compiles, plans memory

  constexpr int calls = 20000;
  static std::array<double, calls> nanoseconds;
  const long before = allocations;
  for (int tick = 0; tick < calls; ++tick) {
    measure(tick);
    const auto start = std::chrono::steady_clock::now();
    filter.into(out, sensors, mean, 0.1f);
    nanoseconds[static_cast<std::size_t>(tick)] =
        std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start).count();
  }
  std::printf("%d calls allocated %ld times\n\n", calls, allocations - before);

  std::sort(nanoseconds.begin(), nanoseconds.end());
  const auto percentile = [&](double p) { return nanoseconds[static_cast<std::size_t>(p / 100 * (calls - 1))]; };
  std::printf("median %.0f ns, 99 %% %.0f ns, 99.9 %% %.0f ns, slowest %.0f ns\n\n", percentile(50), percentile(99), percentile(99.9),
              percentile(100));

  // Twelve bars, each a quarter octave wide, from just below the fastest call; the last one holds all that were slower.
  std::array<int, 12> bars{};
  const double fastest = percentile(0);
  for (double t : nanoseconds) ++bars[std::min<std::size_t>(static_cast<std::size_t>(4 * std::log2(t / fastest)), bars.size() - 1)];
  for (std::size_t i = 0; i < bars.size(); ++i) {
    std::printf("%7.0f ns %6d ", fastest * std::exp2(static_cast<double>(i) / 4), bars[i]);
    for (int k = 0; k < bars[i] * 60 / calls; ++k) std::printf("#");
    std::printf("\n");
  }
}
