// A new shape of a compiled graph: the passes are left out where they would make the same of it, and run where they would not.
#include "trace_helpers.hpp"

#include "catch.hpp"
#include "engine/executable.hpp"

using namespace trace_test;

namespace {

td::array ramp(const ints& shape) {
  std::int64_t n = 1;
  for (auto e : shape) n *= e;
  return td::reshape(td::arange(n) * 0.25 - 3.0, td::axes(shape));
}

std::vector<td::array> ramps(const std::vector<ints>& shapes) {
  std::vector<td::array> all;
  for (const ints& s : shapes) all.push_back(ramp(s));
  return all;
}

template <class F>
bool leaves_out_passes(const F& f, const std::vector<td::array>& known, const std::vector<td::array>& next) {
  std::vector<td::array_view> views;
  for (const td::array& a : next) views.push_back(a.view());
  return td::detail::resized(*f.compiled(known).impl(), f.graph(known), views).has_value();
}

/// What the passes are left out for is what they would have made, and computes the same.
template <class F>
void same_as_anew(F functor, const std::vector<td::array>& known, const std::vector<td::array>& next, bool left_out) {
  for (const std::string& backend : td::backends()) {
    INFO("backend " << backend);
    const auto f = td::trace_graph(functor, td::args(known), {.to = backend}), anew = td::trace_graph(functor, {.to = backend});
    CHECK(leaves_out_passes(f, known, next) == left_out);
    const td::array y = f(next), expected = anew(next);
    CHECK(f.stats().traces == 1);
    CHECK(to_string(f.optimized_graph(next)) == to_string(anew.optimized_graph(next)));
    CHECK(y.shape() == expected.shape());
    CHECK(td::allclose(y, expected, 0, 0));
  }
}

}  // namespace

TEST_CASE("resize: elementwise graphs and reductions that do not count need no passes for a new shape") {
  const auto chain = [](const std::vector<td::array>& v) {
    td::array p = v[0] * 0.5 + 1.5;
    for (int k = 0; k < 12; ++k) p = p * v[0] + 0.1 * k;
    return td::where(p > 0, p, td::exp(-td::abs(p)));
  };
  same_as_anew(chain, ramps({{100}}), ramps({{37}}), true);
  same_as_anew(chain, ramps({{100}}), ramps({{5000}}), true);
  same_as_anew(chain, ramps({{4, 6}}), ramps({{9, 2}}), true);
  const auto broadcast = [](const std::vector<td::array>& v) { return td::maximum(v[0] * v[1], v[2]) - 1; };
  same_as_anew(broadcast, ramps({{4, 6}, {6}, {4, 1}}), ramps({{7, 3}, {3}, {7, 1}}), true);
  const auto soft = [](const std::vector<td::array>& v) { return td::softmax(v[0], {.axis = -1}) * 2; };
  same_as_anew(soft, ramps({{4, 60}}), ramps({{7, 1100}}), true);
}

TEST_CASE("resize: the passes run where extents mean something else") {
  const auto add = [](const std::vector<td::array>& v) { return v[0] + v[1]; };
  same_as_anew(add, ramps({{4, 6}, {4, 6}}), ramps({{4, 6}, {1, 6}}), false);  // one is stretched now
  same_as_anew(add, ramps({{4, 4}, {4, 4}}), ramps({{3, 5}, {3, 5}}), false);  // equal extents are no longer equal
  same_as_anew(add, ramps({{3, 5}, {3, 5}}), ramps({{4, 4}, {4, 4}}), false);
  same_as_anew(add, ramps({{3}, {3}}), ramps({{0}, {0}}), false);
  const auto center = [](const std::vector<td::array>& v) { return v[0] - td::mean(v[0]); };  // the mean divides by the number
  same_as_anew(center, ramps({{40}}), ramps({{50}}), false);
  const auto product = [](const std::vector<td::array>& v) { return td::matmul(v[0], v[1]) + 1; };
  same_as_anew(product, ramps({{3, 4}, {4, 5}}), ramps({{6, 7}, {7, 8}}), false);
  const td::array captured = ramp({6});
  const auto captures = [=](const std::vector<td::array>& v) { return v[0] * captured; };
  same_as_anew(captures, ramps({{4, 6}}), ramps({{9, 6}}), true);
}
