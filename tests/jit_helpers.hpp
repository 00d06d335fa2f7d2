// What the tests of the jit backend share: numbers with everything special among them, and the comparison with the interpreter.
#pragma once
#include "trace_helpers.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <random>

#include "catch.hpp"
#include "fuzz_case.hpp"

namespace jit_test {

using namespace trace_test;

/// Whether the backend is there: another processor, or a build without Xbyak, lacks it.
inline bool available() {
  const auto all = td::backends();
  return std::find(all.begin(), all.end(), "jit") != all.end();
}

inline std::int64_t count(const ints& shape) {
  std::int64_t n = 1;
  for (auto e : shape) n *= e;
  return n;
}

/// Numbers of both signs with zeros of both signs, NaN, infinities, denormal and huge ones among them.
inline td::array numbers(const ints& shape, td::dtype d, unsigned seed) {
  std::mt19937 g(seed);
  std::uniform_real_distribution<double> u(-4, 4);
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const double special[] = {0.0, -0.0, infinity, -infinity, std::nan(""), 1e-310, -1e-40, 1e300, -1e30, 0.5, -1, 2};
  doubles v(static_cast<std::size_t>(count(shape)));
  const bool real = d == td::float32 || d == td::float64;
  for (double& x : v) x = real && g() % 8 == 0 ? special[g() % std::size(special)] : u(g) * (real ? 1 : 3);
  td::array a = td::reshape(td::asarray(v), td::axes(shape));
  return td::astype(d == td::bool_ ? td::greater(a, 0.0) : a, d);
}

inline bool same_bits(const td::array& a, const td::array& b) {
  if (a.dtype() != b.dtype() || a.shape() != b.shape()) return false;
  const doubles x = values(a), y = values(b);
  for (std::size_t i = 0; i < x.size(); ++i)
    if (std::isnan(x[i]) ? !std::isnan(y[i]) : x[i] != y[i] || std::signbit(x[i]) != std::signbit(y[i])) return false;
  return true;
}

/// jit and the block interpreter with eigen's kernels give the same bits: calls that return results, `into`, and the compiled function, on
/// operands and results of exactly their size with guard pages beside them.
template <class F>
void same_as_interpreter(F f, const std::vector<td::array>& in) {
  const auto plain = [&](const std::vector<td::array>& v) -> std::vector<td::array> { return f(v); };
  const auto results = td::trace_graph(plain, {.to = "eigen", .contract = false})(in);
  std::vector<td::dtype> dtypes;
  for (const td::array& a : results) dtypes.push_back(a.dtype());
  const auto order = fuzz::order_by_dtype(dtypes);
  const auto traced = td::trace_graph(
      [&](const std::vector<td::array>& v) {
        const std::vector<td::array> all = plain(v);
        std::vector<td::array> sorted;
        for (const std::size_t i : order) sorted.push_back(all[i]);
        return sorted;
      },
      {.to = "jit", .contract = false});
  for (const auto place : {fuzz::place::at_start, fuzz::place::at_end}) {
    std::vector<std::unique_ptr<fuzz::guarded>> memory;
    const auto put = [&](const td::array& a, bool copy) {
      const auto bytes = static_cast<std::size_t>(a.size()) * td::size_of(a.dtype());
      memory.push_back(std::make_unique<fuzz::guarded>(bytes, place == fuzz::place::at_end));
      td::array_view v = td::asarray(a).view();
      if (copy) std::memcpy(memory.back()->data(), v.data, bytes);
      v.data = memory.back()->data();
      return v;
    };
    std::vector<td::array_view> views;
    std::vector<td::array> operands;
    for (const td::array& a : in) {
      views.push_back(put(a, true));
      operands.push_back(td::detail::borrow(views.back()));
    }
    const auto check = [&](const char* how, std::size_t k, const td::array& got) {
      INFO(how << ": result " << order[k] << ", at the end of a page " << (place == fuzz::place::at_end) << "\n"
               << to_string(traced.graph(operands), false));
      REQUIRE(same_bits(td::asarray(got), results[order[k]]));
    };
    fuzz::returned::where = place;
    const auto made = traced.template call_as<fuzz::returned>(operands);
    for (std::size_t k = 0; k < made.size(); ++k) check("a call", k, made[k].value());
    for (const bool as_users : {true, false}) {
      std::vector<td::array_view> targets;
      for (const std::size_t i : order) targets.push_back(put(results[i], false));
      if (as_users) fuzz::call_into(traced, targets, operands);
      else traced.compiled(operands).into(targets, views);
      for (std::size_t k = 0; k < targets.size(); ++k) check(as_users ? "into" : "function::into", k, td::detail::borrow(targets[k]));
    }
  }
}

inline const td::dtype all_dtypes[] = {td::bool_, td::int32, td::int64, td::float32, td::float64};

}  // namespace jit_test
