// The helpers of the engine's tests, compiled once.
#include "engine_helpers.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>

namespace engine_test {

td::array numbers(const ints& shape, td::dtype d, unsigned seed) {
  std::mt19937 g(seed);
  std::uniform_real_distribution<double> u(-4, 4);
  std::int64_t n = 1;
  for (auto e : shape) n *= e;
  doubles v(static_cast<std::size_t>(n));
  for (double& x : v) x = g() % 4 == 0 ? std::round(2 * u(g)) / 2 : u(g);
  td::array a = td::reshape(td::asarray(v), td::axes(shape));
  return td::astype(d == td::bool_ ? td::greater(a, 0.0) : a, d);
}

bool identical(const td::array& a, const td::array& b) {
  if (a.dtype() != b.dtype() || a.shape() != b.shape()) return false;
  const doubles x = values(a), y = values(b);
  for (std::size_t i = 0; i < x.size(); ++i)
    if (std::isnan(x[i]) ? !std::isnan(y[i]) : x[i] != y[i] || std::signbit(x[i]) != std::signbit(y[i])) return false;
  return true;
}

bool near(const td::array& a, const td::array& b, double tolerance) {
  return a.dtype() == b.dtype() && a.shape() == b.shape() && td::allclose(a, b, tolerance, tolerance, true);
}

void check_same(const any_function& f, double tolerance, const std::vector<td::array>& in) {
  const warnings quiet;
  for (const std::string& to : engines())
    for (const bool contract : {true, false}) {
      const td::function g = td::trace_graph(f, {.to = to, .contract = contract}).compiled(in);
      const td::graph recorded = td::trace_graph(f).graph(in);
      const auto expected = td::evaluate(recorded, in, to), got = g(in);
      REQUIRE(got.size() == expected.size());
      for (std::size_t i = 0; i < got.size(); ++i) {
        INFO("backend " << to << ", contract " << contract << ", result " << i << "\n" << to_string(g.graph(), false));
        if (tolerance == 0 && !contract) CHECK(identical(got[i], expected[i]));
        else CHECK(near(got[i], expected[i], std::max(tolerance, 1e-13)));
      }
    }
}

strided::strided(td::dtype d, const ints& shape, const std::vector<int>& order, std::int64_t step, const std::vector<int>& flipped) {
  view.dtype = d;
  view.rank = static_cast<int>(shape.size());
  std::int64_t stride = step, offset = 0;
  for (std::size_t k = order.size(); k-- > 0;) {
    const auto a = static_cast<std::size_t>(order[k]);
    view.shape[a] = shape[a];
    view.strides[a] = stride;
    stride *= shape[a] + 1;  // a gap after each run
  }
  for (int a : flipped) {
    offset += view.strides[a] * (view.shape[a] - 1);
    view.strides[a] = -view.strides[a];
  }
  memory.resize(static_cast<std::size_t>(stride + 1) * td::size_of(d), std::byte{0x5a});
  view.data = memory.data() + static_cast<std::size_t>(offset) * td::size_of(d);
}

int strided::touched_gaps() const {
  std::vector<std::byte> copy = memory;
  td::array_view v = view;
  v.data = copy.data() + (static_cast<std::byte*>(view.data) - memory.data());
  const ints shape(v.shape, v.shape + v.rank);
  std::vector<std::int64_t> at(shape.size(), 0);
  for (;;) {
    std::int64_t offset = 0;
    for (std::size_t k = 0; k < at.size(); ++k) offset += at[k] * v.strides[k];
    std::memset(static_cast<std::byte*>(v.data) + offset * static_cast<std::int64_t>(td::size_of(v.dtype)), 0x5a, td::size_of(v.dtype));
    std::size_t k = at.size();
    while (k > 0 && ++at[k - 1] == shape[k - 1]) at[--k] = 0;
    if (k == 0) break;
  }
  return static_cast<int>(std::count_if(copy.begin(), copy.end(), [](std::byte b) { return b != std::byte{0x5a}; }));
}

}  // namespace engine_test
