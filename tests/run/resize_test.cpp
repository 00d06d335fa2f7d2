// A new shape of a compiled graph: the passes are left out where they would make the same of it, and run where they would not.
#include "trace_helpers.hpp"

#include "catch.hpp"
#include "run/executable.hpp"

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
  const auto place = [](const std::vector<td::array>& v) { return td::argmax(v[0] * -2 + v[1], {.axis = 0}); };
  same_as_anew(place, ramps({{4, 60}, {60}}), ramps({{70, 1100}, {1100}}), true);
}

TEST_CASE("resize: the passes run where extents mean something else") {
  const auto add = [](const std::vector<td::array>& v) { return v[0] + v[1]; };
  same_as_anew(add, ramps({{4, 6}, {4, 6}}), ramps({{4, 6}, {1, 6}}), false);  // one is stretched now
  same_as_anew(add, ramps({{4, 4}, {4, 4}}), ramps({{3, 5}, {3, 5}}), false);  // equal extents are no longer equal
  same_as_anew(add, ramps({{3, 5}, {3, 5}}), ramps({{4, 4}, {4, 4}}), false);
  same_as_anew(add, ramps({{3}, {3}}), ramps({{0}, {0}}), false);
  const auto center = [](const std::vector<td::array>& v) { return v[0] - td::mean(v[0]); };  // the mean divides by the number
  same_as_anew(center, ramps({{40}}), ramps({{50}}), false);
  const td::array captured = ramp({6});
  const auto lengths = [](const std::vector<td::array>& v) { return td::sqrt(td::sum(v[0] * v[0], {.axis = -1})); };
  same_as_anew(lengths, ramps({{40, 3}}), ramps({{50, 3}}), true);
  same_as_anew(lengths, ramps({{40, 3}}), ramps({{80, 3}}), false);  // taken apart from 64 rows on
  const auto captures = [=](const std::vector<td::array>& v) { return v[0] * captured; };
  same_as_anew(captures, ramps({{4, 6}}), ramps({{9, 6}}), true);
}

TEST_CASE("resize: products and views that are made alike of every shape need no passes either") {
  const auto product = [](const std::vector<td::array>& v) { return td::matmul(v[0], td::matrix_transpose(v[1])) + 1; };
  same_as_anew(product, ramps({{3, 4}, {5, 4}}), ramps({{6, 7}, {8, 7}}), true);
  same_as_anew(product, ramps({{3, 4}, {5, 4}}), ramps({{1, 7}, {8, 7}}), false);
  const td::array weight = ramp({6, 7});
  const auto layer = [=](const std::vector<td::array>& v) { return td::maximum(td::matmul(v[0], td::matrix_transpose(weight)), 0); };
  same_as_anew(layer, ramps({{4, 7}}), ramps({{40, 7}}), true);
  const auto rows = [](const std::vector<td::array>& v) {
    return v[0][{1}] * v[0][{-1, td::ellipsis}] + td::expand_dims(v[0][{0, td::slice()}], {.axis = 0});
  };
  same_as_anew(rows, ramps({{3, 10}}), ramps({{3, 25}}), true);
  same_as_anew(rows, ramps({{3, 10}}), ramps({{4, 10}}), false);
  const auto part = [](const std::vector<td::array>& v) { return v[0][{td::slice(0, 10)}] * 2; };
  same_as_anew(part, ramps({{10}}), ramps({{25}}), false);
}

TEST_CASE("resize: a place that a smaller array lacks is an error as it is in the first call") {
  const auto last = td::trace_graph([](const td::array& x) { return x[{2}] * 1.5; });
  last(ramp({3, 4}));
  CHECK(message_of<td::index_error>([&] { last(ramp({2, 4})); }).starts_with("[getitem]"));
  const auto unused = td::trace_graph([](const td::array& x) {
    static_cast<void>(x[{2}]);
    return x * 1.5;
  });
  unused(ramp({3, 4}));
  CHECK(message_of<td::index_error>([&] { unused(ramp({2, 4})); }).starts_with("[getitem]"));
}
