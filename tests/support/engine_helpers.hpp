// What the tests of the engine share: numbers to run on, replay on every backend against the oracle, results in strided memory.
#pragma once
#include <functional>

#include "catch.hpp"
#include "trace_helpers.hpp"

namespace engine_test {

using namespace trace_test;

/// Numbers of both signs, some of them integers and halves.
td::array numbers(const ints& shape, td::dtype d = td::float64, unsigned seed = 1);

/// Equal in every bit; NaN equals NaN.
bool identical(const td::array& a, const td::array& b);

bool near(const td::array& a, const td::array& b, double tolerance);

inline std::vector<std::string> engines() { return td::backends(); }

/// Any function of arrays, over a list of them: what a test does with it is compiled once, and not for each lambda.
using any_function = std::function<std::vector<td::array>(const std::vector<td::array>&)>;
template <std::size_t Arity, class F>
any_function over_list(F f) {
  return [f = std::move(f)](const std::vector<td::array>& x) {
    std::vector<td::array> results;
    td::detail::collect_arrays collect{results};
    const auto result = [&]<std::size_t... I>(std::index_sequence<I...>) { return f(x[I]...); }
    (std::make_index_sequence<Arity>());
    td::detail::walk(result, collect);
    return results;
  };
}

/// Replay on every backend against the oracle on eigen: to the last bit for elementwise functions, else to `tolerance`.
void check_same(const any_function& f, double tolerance, const std::vector<td::array>& in);
template <class F, class... A>
void same(F f, double tolerance, const A&... a) {
  check_same(over_list<sizeof...(A)>(std::move(f)), tolerance, {a...});
}

/// A buffer and a strided view of part of it.
struct strided {
  std::vector<std::byte> memory;
  td::array_view view;
  /// `order`: axes from the slowest to the fastest; each stride is stretched by `step`, negative where `flipped`.
  strided(td::dtype d, const ints& shape, const std::vector<int>& order, std::int64_t step, const std::vector<int>& flipped = {});
  td::array borrowed() const { return td::detail::borrow(view); }
  /// The bytes outside the view that are not as they were.
  int touched_gaps() const;
};

}  // namespace engine_test
