// What the two tests of the xtensor backend's kernels share: the tables, the rows of the op table, operands.
#pragma once
#if TENDRIL_HAS_XTENSOR_BACKEND
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include <tendril/detail/op_id.hpp>
#include <tendril/detail/with_dtype.hpp>
#include <tendril/graph.hpp>

#include "array/convert.hpp"
#include "backends/xtensor/kernels.hpp"
#include "ops/row_ids.hpp"

namespace tendril_test {

using namespace tendril;
using engine::block_args;
using engine::block_kernel;
using engine::block_table;

inline std::vector<const block_table*> tables() {
  std::vector<const block_table*> found;
  for (engine::isa i : {engine::isa::baseline, engine::isa::avx2, engine::isa::avx512})
    if (i <= engine::best_isa() && detail::xtensor_blocks(i)) found.push_back(detail::xtensor_blocks(i));
  return found;
}

inline block_kernel find(const block_table& t, op_id op, dtype d) { return t.elementwise[static_cast<int>(op)][static_cast<int>(d)]; }

template <class T>
std::size_t index_of() {
  return static_cast<std::size_t>(dtype_of<T>);
}

/// Equal bits; any NaN is like any other.
template <class T>
bool same(T a, T b) {
  if constexpr (std::is_floating_point_v<T>)
    if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  return std::memcmp(&a, &b, sizeof(T)) == 0;
}

inline bool same_bytes(dtype d, const void* a, const void* b) {
  return detail::with_dtype(d, [&]<class T>(T) { return same(*static_cast<const T*>(a), *static_cast<const T*>(b)); });
}

struct row {
  op_id id;
  std::size_t arity;
  std::string rule;
  dtype operand(std::size_t i, dtype d) const { return rule == "select" && i == 0 ? dtype::bool_ : d; }
  dtype result(dtype d) const { return rule == "comparison" || rule == "predicate" ? dtype::bool_ : d; }
};

inline std::vector<row> rows() {
  std::vector<row> r;
  const auto commas = [](std::string_view text) { return static_cast<std::size_t>(std::count(text.begin(), text.end(), ',')); };
#define ELEMENTWISE(name, inputs, options, accepts, rule, ...) \
  r.push_back({detail::id_of(detail::op_row_index::name), commas(#inputs) + 1, #rule});
#include <tendril/ops.def>
  return r;
}

inline constexpr auto& dtypes = detail::all_dtypes;

/// n plausible elements, some of them special.
inline std::vector<char> random_elements(dtype d, std::size_t n, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<char> bytes(n * size_of(d));
  const auto put = [&](std::size_t i, auto v) { std::memcpy(bytes.data() + i * sizeof v, &v, sizeof v); };
  for (std::size_t i = 0; i < n; ++i) {
    const double v = std::uniform_real_distribution<double>(-4, 4)(random);
    const bool odd = random() % 8 == 0;
    detail::with_dtype(d, [&]<class T>(T) {
      using limits = std::numeric_limits<T>;
      if constexpr (std::is_same_v<T, bool>) put(i, v > 0);
      else if constexpr (std::is_integral_v<T>)
        put(i, odd ? (sizeof(T) == 8 ? limits::max() : limits::min()) : detail::convert<T>(v * 1000));
      else put(i, !odd ? static_cast<T>(v) : sizeof(T) == 4 ? limits::quiet_NaN() : -limits::infinity());
    });
  }
  return bytes;
}

inline engine::reduce_kernel reduction(const block_table& t, engine::reduction r, dtype d) {
  return t.reduce[static_cast<int>(r)][static_cast<int>(d)];
}

}  // namespace tendril_test
#endif
