// What the tests of kernels share: elements as they are stored, special values, random contents.
#pragma once
#include <cstdint>
#include <limits>
#include <random>
#include <type_traits>
#include <vector>

#include <tendril/graph.hpp>

#include "ieee_extremes.hpp"

namespace {

// bool elements are stored as bytes
template <class T>
using stored = std::conditional_t<std::is_same_v<T, bool>, unsigned char, T>;

template <class T>
std::vector<T> specials() {
  using l = std::numeric_limits<T>;
  constexpr T i = l::infinity(), n = l::quiet_NaN();
  return {T(0),
          T(-0.0),
          i,
          -i,
          n,
          T(1),
          T(-1),
          T(2),
          T(-2),
          T(3),
          T(-3),
          T(0.5),
          T(-0.5),
          T(1.5),
          T(2.5),
          T(-2.5),
          l::denorm_min(),
          -l::denorm_min(),
          l::min(),
          l::max(),
          -l::max(),
          l::epsilon(),
          T(1) + l::epsilon(),
          T(0.9999),
          T(88.72),
          T(88.8),
          T(-87.4),
          T(-103.9),
          T(-104.1),
          T(709.78),
          T(709.79),
          T(-708.5),
          T(-745.1),
          T(-745.2),
          T(1e30),
          T(-1e30),
          T(8388607.5),
          T(8388609),
          T(4503599627370495.5),
          T(-4503599627370495.5),
          T(0.625),
          T(0.62499),
          T(4),
          T(5.9),
          T(6.1)};
}

template <class T>
void fill(std::vector<stored<T>>& v, std::uint64_t seed) {
  std::mt19937_64 g(seed);
  const auto s = specials<double>();
  for (auto& x : v) {
    if constexpr (std::is_same_v<T, bool>) x = g() & 1;
    else if constexpr (std::is_integral_v<T>) x = static_cast<T>(g() % 21) - 10;
    else x = g() % 4 ? static_cast<T>(static_cast<double>(g() % 4000) / 100 - 20) : static_cast<T>(s[g() % s.size()]);
  }
}

}  // namespace
