// Division by one element, which multiplies where it may: bit for bit what the processor's division gives.
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include <tendril/detail/op_id.hpp>

#include "backends/eigen/kernels.hpp"
#include "catch.hpp"
#include "kernel_helpers.hpp"

using namespace tendril;
using engine::block_args;
using engine::block_kernel;
using engine::block_table;
using engine::isa;

namespace {

constexpr std::int64_t block = engine::block_size;

template <class T>
using bits_of = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
template <class T>
constexpr int mantissa = std::numeric_limits<T>::digits - 1;

template <class T>
bits_of<T> bits(T x) {
  return __builtin_bit_cast(bits_of<T>, x);
}
template <class T>
T from_bits(bits_of<T> b) {
  return __builtin_bit_cast(T, b);
}
/// 1.m times 2^exponent.
template <class T>
T from_mantissa(bits_of<T> m, int exponent = 0) {
  return std::ldexp(from_bits<T>(bits(T(1)) | (m & ((bits_of<T>{1} << mantissa<T>)-1))), exponent);
}

// How many of `a` divide by b to other bits as one divisor than as many; a NaN may be any.
template <class T>
long differences(const block_table& t, const std::vector<T>& a, T b, bool of_difference) {
  const auto n = static_cast<std::int64_t>(a.size());
  const std::vector<T> many(a.size(), b), minuend(a.size(), T(0.25));
  std::vector<T> x(a.size()), want(a.size());
  const auto d = static_cast<int>(dtype_of<T>);
  if (of_difference) {
    const block_kernel k = t.elementwise[static_cast<int>(op_id::subtract_divide)][d];
    k({x.data(), {a.data(), minuend.data(), &b}, n, 4});
    k({want.data(), {a.data(), minuend.data(), many.data()}, n, 0});
  } else {
    const block_kernel k = t.elementwise[static_cast<int>(op_id::divide)][d];
    k({x.data(), {a.data(), &b}, n, 2});
    k({want.data(), {a.data(), many.data()}, n, 0});
  }
  long count = 0;
  for (std::size_t i = 0; i < a.size(); ++i) count += bits(x[i]) != bits(want[i]) && !(x[i] != x[i] && want[i] != want[i]);
  return count;
}

template <class F>
void for_each_table(F f) {
  for (const isa i : {isa::baseline, isa::avx2, isa::avx512})
    if (const block_table* t = detail::eigen_blocks(i)) {
      INFO(t->isa);
      f(*t);
    }
}

// Where one more or less in the last place matters most: near powers of two, near the square root of two, all ones.
template <class T>
std::vector<T> divisors(std::size_t random, std::uint64_t seed) {
  std::mt19937_64 g(seed);
  std::vector<T> d;
  const auto root = bits(std::sqrt(T(2)));
  for (bits_of<T> k = 0; k < 16; ++k)
    for (const bits_of<T> b : {bits(T(1)) + k, bits(T(2)) - 1 - k, bits(T(1.5)) - 8 + k, root - 8 + k}) d.push_back(from_bits<T>(b));
  for (std::size_t k = 0; k < random; ++k) d.push_back(from_mantissa<T>(static_cast<bits_of<T>>(g())));
  return d;
}

template <class T>
void check_mantissas(std::size_t random_divisors, int blocks_a_divisor) {
  for_each_table([&](const block_table& t) {
    std::mt19937_64 g(5);
    std::vector<T> a(block);
    long wrong = 0;
    for (const T b : divisors<T>(random_divisors, 9))
      for (int k = 0; k < blocks_a_divisor; ++k) {
        const int exponent = static_cast<int>(g() % 41) - 20;
        for (std::size_t i = 0; i < a.size(); ++i)
          a[i] = i < 64 ? b * from_bits<T>(bits(T(1)) + static_cast<bits_of<T>>(i)) * (i & 1 ? T(-1) : T(1))  // quotients near numbers
                        : from_mantissa<T>(static_cast<bits_of<T>>(g()), exponent);
        wrong += differences(t, a, std::ldexp(b, static_cast<int>(g() % 41) - 20), k & 1);
      }
    CHECK(wrong == 0);
  });
}

// Every exponent of both operands, and what is not a number of full precision.
template <class T>
void check_exponents() {
  using l = std::numeric_limits<T>;
  for_each_table([&](const block_table& t) {
    std::mt19937_64 g(6);
    std::vector<T> odd = specials<T>();
    for (const T x : {l::min(), l::max(), l::denorm_min()})
      for (bits_of<T> k = 0; k < 3; ++k) odd.push_back(from_bits<T>(bits(x) - (k < bits(x) ? k : 0)));
    std::vector<T> a(block);
    long wrong = 0;
    const auto check = [&](T b) {
      for (const T sign : {T(1), T(-1)}) {
        std::size_t i = 0;
        for (int e = l::min_exponent - mantissa<T> - 1; i < a.size(); e = e < l::max_exponent ? e + 1 : l::min_exponent - mantissa<T>)
          a[i++] = (g() & 1 ? T(1) : T(-1)) * from_mantissa<T>(static_cast<bits_of<T>>(g()), e);
        wrong += differences(t, a, sign * b, false);
        for (std::size_t k = 0; k < a.size(); ++k)
          a[k] = k % 5 == 0 ? odd[g() % odd.size()] : k % 7 == 0 ? T(0) : from_mantissa<T>(static_cast<bits_of<T>>(g()));
        wrong += differences(t, a, sign * b, false) + differences(t, a, sign * b, true);
      }
    };
    for (int e = l::min_exponent - mantissa<T>; e <= l::max_exponent; e += sizeof(T) == 4 ? 1 : 7)
      for (int k = 0; k < 2; ++k) check(from_mantissa<T>(static_cast<bits_of<T>>(g()), e));
    for (const T b : odd) check(b);
    CHECK(wrong == 0);
  });
}

}  // namespace

TEST_CASE("divisor_quotients_are_correctly_rounded") {
  check_mantissas<float>(300, 4);
  check_mantissas<double>(300, 4);
}

TEST_CASE("divisor_zeros_denormals_infinities_and_extremes_divide_as_ever") {
  check_exponents<float>();
  check_exponents<double>();
}

// Minutes; run by name: divisor_test "[exhaustive]"
TEST_CASE("divisor_every_float_mantissa_by_thousands_of_divisors", "[.][exhaustive]") {
  for_each_table([](const block_table& t) {
    if (std::string(t.isa) == "baseline") return;  // divides
    long wrong = 0;
    std::vector<float> a(block);
    for (const float b : divisors<float>(4000, 11))
      for (std::uint32_t m = 0; m < 1u << 23; m += block) {
        for (std::uint32_t i = 0; i < block; ++i) a[i] = from_bits<float>(bits(1.f) + m + i);
        wrong += differences(t, a, b, false);
      }
    CHECK(wrong == 0);
  });
}

TEST_CASE("divisor_a_hundred_million_doubles", "[.][exhaustive]") { check_mantissas<double>(25000, 4); }
