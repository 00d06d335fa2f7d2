// Measures any and all of what a loop finds out (x > 3, isfinite, two conditions) and of bools in memory against hand-written loops.
//
//   bench_truths [word in the name of a case]
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <limits>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <tendril/tendril.hpp>

#include "turns.hpp"

namespace td = tendril;
namespace {

#define BEST [[gnu::target_clones("arch=x86-64-v4", "avx2", "default")]]

// As wide as the elements: what compilers make the best loop of.
template <class T>
using flag = std::conditional_t<sizeof(T) == 8, std::int64_t, std::int32_t>;

template <class T>
BEST bool any_above(const T* x, std::int64_t n) {
  flag<T> found = 0;
  for (std::int64_t i = 0; i < n; ++i) found |= x[i] > T(3) ? 1 : 0;
  return found;
}
template <class T>
BEST bool any_between(const T* x, std::int64_t n) {
  flag<T> found = 0;
  for (std::int64_t i = 0; i < n; ++i) found |= (x[i] < T(-3)) & (x[i] > T(-4)) ? 1 : 0;
  return found;
}
template <class T>
BEST bool all_finite(const T* x, std::int64_t n) {
  flag<T> other = 0;
  for (std::int64_t i = 0; i < n; ++i) other |= std::abs(x[i]) <= std::numeric_limits<T>::max() ? 0 : 1;
  return !other;
}
template <class T>
BEST bool any_not_zero(const T* x, std::int64_t n) {
  flag<T> found = 0;
  for (std::int64_t i = 0; i < n; ++i) found |= x[i] != T(0) ? 1 : 0;
  return found;
}
BEST bool any_of(const bool* x, std::int64_t n) {
  unsigned char found = 0;
  for (std::int64_t i = 0; i < n; ++i) found |= static_cast<unsigned char>(x[i]);
  return found;
}

std::string_view only;

/// One result for each of `rows` rows of n elements, or, where there is but one row, for all of them.
template <class T, class F>
void compare(const char* name, std::int64_t rows, std::int64_t n, F f, bool (*by_hand)(const T*, std::int64_t), T fill) {
  if (std::string_view(name).find(only) == std::string_view::npos) return;
  const auto elements = rows * n;
  std::vector<char> memory(static_cast<std::size_t>(elements) * sizeof(T) + 64);
  T* const x = reinterpret_cast<T*>(memory.data() + 64 - reinterpret_cast<std::uintptr_t>(memory.data()) % 64);
  std::fill_n(x, elements, fill);
  std::vector<char> a(static_cast<std::size_t>(rows)), b(a.size(), 2);
  td::array_view in{}, out{};
  in.data = x;
  in.dtype = td::dtype_of<T>;
  in.rank = 2;
  in.shape[0] = rows;
  in.shape[1] = in.strides[0] = n;
  in.strides[1] = 1;
  out.data = a.data();
  out.dtype = td::bool_;
  out.rank = 1;
  out.shape[0] = rows;
  out.strides[0] = 1;
  const auto traced = td::trace_graph([f](const std::vector<td::array>& v) { return f(v[0]); });
  const td::function compiled = td::compile(traced.graph(std::vector{td::detail::borrow(in)}), {&in, 1});
  const auto run = [&] { compiled.into({&out, 1}, {&in, 1}); };
  const auto loop = [&] {
    for (std::int64_t r = 0; r < rows; ++r) b[static_cast<std::size_t>(r)] = by_hand(x + r * n, n);
  };
  run();
  loop();
  if (a != b) {
    std::printf("%s: the results differ\n", name);
    std::exit(1);
  }
  std::vector<bench::contender> both{{"ours", run}, {"by hand", loop}};
  bench::take_turns(both, 31, bench::processor_seconds);
  std::printf("| %s, %lld×%lld | %.2f µs | %.2f µs | %.2f |\n", name, static_cast<long long>(rows), static_cast<long long>(n),
              bench::median(both[1].seconds) * 1e6, bench::median(both[0].seconds) * 1e6, bench::ratio(both[0].seconds, both[1].seconds));
  std::fflush(stdout);
}

template <class T>
void of_numbers(const char* above, const char* between, const char* finite, const char* number) {
  for (const auto& [rows, n] : {std::pair{1, 1000000}, std::pair{1000, 100}, std::pair{100, 1000}}) {
    compare<T>(
        above, rows, n, [](const td::array& x) { return td::any(x > 3, {.axis = -1}); }, any_above<T>, T(1));
    compare<T>(
        between, rows, n, [](const td::array& x) { return td::any((x < -3) & (x > -4), {.axis = -1}); }, any_between<T>, T(1));
    compare<T>(
        finite, rows, n, [](const td::array& x) { return td::all(td::isfinite(x), {.axis = -1}); }, all_finite<T>, T(1));
    compare<T>(
        number, rows, n, [](const td::array& x) { return td::any(x, {.axis = -1}); }, any_not_zero<T>, T(0));
  }
}

}  // namespace

int main(int count, char** words) {
  if (count > 1) only = words[1];
  std::printf("| case | by hand | ours | ratio |\n|---|---|---|---|\n");
  of_numbers<float>("any(x > 3), f32", "any((x < -3) & (x > -4)), f32", "all(isfinite(x)), f32", "any(x), f32");
  of_numbers<double>("any(x > 3), f64", "any((x < -3) & (x > -4)), f64", "all(isfinite(x)), f64", "any(x), f64");
  for (const auto& [rows, n] : {std::pair{1, 1000000}, std::pair{1000, 100}, std::pair{100, 1000}})
    compare<bool>(
        "any(x), bool", rows, n, [](const td::array& x) { return td::any(x, {.axis = -1}); }, any_of, false);
}
