// Pieces: rolled and joined operands of elementwise ops are slices of what they are made of; numbers stay bit for bit those of the ops one
// by one.
#include "jit_helpers.hpp"

#include <functional>
#include <string>
#include <vector>

#include <tendril/passes.hpp>

#include "catch.hpp"
#include "kernels/backend.hpp"

using namespace jit_test;

namespace {

using arrays = std::vector<td::array>;
using function = std::function<td::array(const arrays&)>;

std::string passed(const function& f, const arrays& x) {
  const warnings quiet;
  const td::pass_context c{&td::detail::find_backend("test", "eigen"), true, {}};
  const td::graph g = td::pieces(td::decompose(td::specialize(td::trace_graph(f, {.name = "g"}).graph(x), c), c), c);
  td::verify(g);
  return to_string(g, false);
}

void agrees(const function& f, const arrays& x) {
  for (const std::string& backend : td::backends()) {
    INFO(backend);
    const td::backend_scope scope(backend);
    const td::array expected = f(x);
    for (const int threads : {1, 2})
      CHECK(same_bits(td::trace_graph(f, {.to = backend, .contract = false, .num_threads = threads})(x), expected));
  }
}

const function differences = [](const arrays& x) { return td::roll(x[0], 1) - td::roll(x[0], -1); };
const function heat = [](const arrays& x) {
  return td::roll(x[0], 1, {.axis = 0}) + td::roll(x[0], -1, {.axis = 0}) + td::roll(x[0], 1, {.axis = 1}) +
         td::roll(x[0], -1, {.axis = 1}) - 4 * x[0];
};
const function joined = [](const arrays& x) { return td::sqrt(td::concat({x[0], x[1]}) * 2); };

}  // namespace

TEST_CASE("ops over rolled arrays run on boxes between the places where a roll begins again") {
  const function along = [](const arrays& x) { return td::roll(x[0], 1, {.axis = 0}) - td::roll(x[0], -1, {.axis = 0}); };
  const std::string text = passed(along, {td::ones({5000})});
  INFO(text);
  CHECK_THAT(text, !contains("roll(") && contains("key=[0:4998]") && contains("key=[2:5000]") && contains("concat("));
  CHECK_THAT(passed(heat, {td::ones({100, 100})}), !contains("roll(") && contains("float64[98, 98]") && contains("float64[1, 1]"));
  CHECK_THAT(passed(along, {td::ones({4095})}), contains("roll("));  // short arrays are copied
  CHECK_THAT(passed(joined, {td::ones({3000}), td::ones({2000})}), contains("float64[3000] = sqrt(") && contains("float64[2000] = sqrt("));
  CHECK_THAT(passed(joined, {td::ones({5000}), td::ones({2})}), contains("float64[5002] = sqrt("));  // a short run
}

TEST_CASE("of rolled and joined arrays every element is what the ops one by one make of it") {
  for (const td::dtype d : {td::float32, td::float64, td::int32, td::uint8}) {
    const arrays x{numbers({70, 90}, d, 1), numbers({70, 90}, d, 2), numbers({90}, d, 3), numbers({70, 1}, d, 4)};
    agrees(heat, x);
    agrees(differences, {numbers({6001}, d, 5)});
    agrees([](const arrays& x) { return td::roll(x[0], {3, -5}, {.axis = {0, 1}}) * x[2] + td::roll(x[1], 200, {.axis = 1}); }, x);
    agrees(
        [](const arrays& x) { return td::roll(td::roll(x[0], 1, {.axis = 0}), 1, {.axis = 1}) - td::roll(x[0], -1, {.axis = 0}) * x[3]; },
        x);
    agrees(
        [](const arrays& x) {
          return td::concat({x[0], x[1]}, {.axis = 0}) * td::roll(td::concat({x[1], x[0]}, {.axis = 0}), 7, {.axis = 0});
        },
        x);
    agrees(
        [](const arrays& x) {
          return td::concat({x[0], x[1]}, {.axis = 1}) + td::concat({x[3], x[3]}, {.axis = 0})[{td::slice(0, 70)}];
        },
        x);
    agrees([](const arrays& x) { return td::roll(x[0] + x[1], 1, {.axis = 0}) + x[0]; }, x);
    agrees(
        [](const arrays& x) {
          const td::array y = td::roll(x[0], 2, {.axis = 1}) + x[1];
          return y * td::max(y, {.axis = 1, .keepdims = true}) + td::roll(y, 1, {.axis = 1});
        },
        x);
    agrees([](const arrays& x) { return td::where(td::roll(x[0], 1, {.axis = 0}) > x[0], x[1], td::roll(x[1], -1, {.axis = 1})); }, x);
    agrees([](const arrays& x) { return td::matmul(td::roll(x[0], 1, {.axis = 0}) + x[1], td::matrix_transpose(x[0])); }, x);
    agrees(
        [](const arrays& x) {
          return td::sqrt(td::concat({x[0], x[0], x[1]}, {.axis = 0}) + 1);
        },
        {td::abs(td::astype(x[0], td::float64)), td::abs(td::astype(x[1], td::float64))});
  }
}

TEST_CASE("pieces of column-major arguments, and into column-major results") {
  const td::array a = numbers({80, 90}, td::float64, 1), turned = td::matrix_transpose(td::detail::copy_of(td::matrix_transpose(a).view()));
  const auto f = td::trace_graph([](const td::array& x) { return td::roll(x, 1, {.axis = 0}) + td::roll(x, -1, {.axis = 1}); });
  const td::array expected = td::roll(a, 1, {.axis = 0}) + td::roll(a, -1, {.axis = 1});
  CHECK(same_bits(f(turned), expected));
  td::array out = td::zeros({90, 80});
  td::array view = td::matrix_transpose(out);
  f.into(view, a);
  CHECK(same_bits(view, expected));
}
