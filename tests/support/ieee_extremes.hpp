// maximum and minimum of IEEE 754-2019, as tests expect them: the first NaN stays, and of zeros the positive one is the larger.
#pragma once
#include <cmath>

namespace {

template <class T>
T larger_of(T x, T y) {
  if (x != x || y != y) return x != x ? x : y;
  return x == y ? (std::signbit(x) ? y : x) : x > y ? x : y;
}
template <class T>
T smaller_of(T x, T y) {
  if (x != x || y != y) return x != x ? x : y;
  return x == y ? (std::signbit(x) ? x : y) : x < y ? x : y;
}

}  // namespace
