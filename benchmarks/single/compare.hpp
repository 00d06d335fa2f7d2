// What programs of arrays against loops share: arrays of random numbers, and a function in turn with a loop that writes the same numbers.
#pragma once
#include <tendril/tendril.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <random>
#include <vector>

#include "turns.hpp"

namespace bench {

namespace td = tendril;
using arrays = std::vector<td::array>;
using function = std::function<td::array(const arrays&)>;

template <class T>
td::array uniform(const td::extents& shape) {
  static std::minstd_rand random;
  std::uniform_real_distribution<T> u(T(0.1), T(1));
  std::int64_t n = 1;
  for (const auto e : shape) n *= e;
  std::vector<T> v(static_cast<std::size_t>(n));
  for (T& x : v) x = u(random);
  return td::reshape(td::asarray(v), shape);
}

/// A row of the table: the function by `into`, and a loop that writes the same numbers to its argument.
template <class T, class Hand>
void compare(const char* name, const function& f, const arrays& x, Hand hand) {
  const auto traced = td::trace_graph([&](const arrays& x) { return f(x); });
  td::array out = traced(x);
  std::vector<T> other(static_cast<std::size_t>(out.size()));
  std::vector<contender> all{{"Tendril", [&] { traced.into(out, x); }}, {"by hand", [&] { hand(other.data()); }}};
  take_turns(all, 31, processor_seconds);
  std::printf("| %s | %.1f us | %.1f us | %.2f |\n", name, median(all[0].seconds) * 1e6, median(all[1].seconds) * 1e6,
              ratio(all[0].seconds, all[1].seconds));
  std::fflush(stdout);
  double gap = 0;
  for (std::size_t i = 0; i < other.size(); ++i) {
    const auto want = static_cast<double>(other[i]);
    gap = std::max(gap, std::abs(static_cast<double>(out.data<T>()[i]) - want) / (1 + std::abs(want)));
  }
  if (!(gap < 1e-5)) std::printf("%s: the results differ\n", name);
}

}  // namespace bench
