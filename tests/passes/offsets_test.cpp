// Offsets: what is read by slices is computed for each slice where that is cheap; numbers stay bit for bit those of the ops one by one.
#include "jit_helpers.hpp"

#include <functional>
#include <string>
#include <vector>

#include <tendril/passes.hpp>

#include "catch.hpp"
#include "kernels/backend.hpp"

using namespace jit_test;
using td::slice;

namespace {

using arrays = std::vector<td::array>;
using function = std::function<arrays(const arrays&)>;

std::string passed(const function& f, const arrays& x) {
  const warnings quiet;
  const td::pass_context c{&td::detail::find_backend("test", "eigen"), true, {}};
  const td::graph g = td::offsets(td::cse(td::decompose(td::specialize(td::trace_graph(f, {.name = "g"}).graph(x), c), c), c), c);
  td::verify(g);
  return to_string(g, false);
}
std::size_t count(const std::string& text, const std::string& word) {
  std::size_t n = 0;
  for (std::size_t at = text.find(word); at != text.npos; at = text.find(word, at + 1)) ++n;
  return n;
}

void agrees(const function& f, const arrays& x) {
  for (const std::string& backend : td::backends()) {
    INFO(backend);
    const td::backend_scope scope(backend);
    const arrays expected = f(x);
    for (const int threads : {1, 2}) {
      const arrays got = td::trace_graph(f, {.to = backend, .contract = false, .num_threads = threads})(x);
      REQUIRE(got.size() == expected.size());
      for (std::size_t i = 0; i < got.size(); ++i) CHECK(same_bits(got[i], expected[i]));
    }
  }
}

/// From so many elements on, and but for so many at the end, along both axes.
td::array inner(const td::array& x, std::int64_t i, std::int64_t i_end, std::int64_t j, std::int64_t j_end) {
  return x[{slice(i, x.shape()[0] - i_end), slice(j, x.shape()[1] - j_end)}];
}
td::array laplacian(const td::array& x) {
  return 4.0 * inner(x, 1, 1, 1, 1) - (inner(x, 2, 0, 1, 1) + inner(x, 0, 2, 1, 1) + inner(x, 1, 1, 2, 0) + inner(x, 1, 1, 0, 2));
}
// Horizontal diffusion with a flux limiter, as weather models have it.
td::array diffused(const td::array& x, const td::array& c) {
  const td::array lap = laplacian(x);
  const td::array down = inner(lap, 1, 0, 1, 1) - inner(lap, 0, 1, 1, 1), right = inner(lap, 1, 1, 1, 0) - inner(lap, 1, 1, 0, 1);
  const td::array fx = td::where(down * (inner(x, 2, 1, 2, 2) - inner(x, 1, 2, 2, 2)) > 0, 0, down);
  const td::array fy = td::where(right * (inner(x, 2, 2, 2, 1) - inner(x, 2, 2, 1, 2)) > 0, 0, right);
  return inner(x, 2, 2, 2, 2) - c * (inner(fx, 1, 0, 0, 0) - inner(fx, 0, 1, 0, 0) + inner(fy, 0, 0, 1, 0) - inner(fy, 0, 0, 0, 1));
}
td::array differences(const td::array& y) { return y[{slice(1, {})}] - y[{slice({}, -1)}]; }

}  // namespace

TEST_CASE("a stencil over a stencil is one group") {
  const function f = [](const arrays& x) { return arrays{diffused(x[0], x[1])}; };
  const arrays x{numbers({60, 70}, td::float64, 1), numbers({56, 66}, td::float64, 2)};
  CHECK_THAT(passed(f, x), !contains("float64[58, 68]") && !contains("float64[57, 66]"));
  CHECK(td::trace_graph(f, {.to = "eigen"}).compiled(x).info().steps.size() == 1);
  for (const td::dtype d : {td::float32, td::float64}) agrees(f, {td::astype(x[0], d), td::astype(x[1], d)});
}

TEST_CASE("slices move up through what is cheap to compute twice, and through all that is read by one of them") {
  const arrays x{numbers({2000}, td::float64, 1)};
  const auto of = [&](td::array (*chain)(const td::array&)) {
    return passed([chain](const arrays& x) { return arrays{differences(chain(x[0]))}; }, x);
  };
  CHECK_THAT(of([](const td::array& v) { return (v * 2.0 + 1.0) * v; }), contains("getitem(%0") && !contains("float64[2000] ="));
  // What is dear is computed once, and with it what reads it alone.
  const std::string dear = of([](const td::array& v) { return td::exp(v) * 2.0; });
  CHECK(count(dear, "exp(") == 1);
  CHECK_THAT(dear, contains("float64[2000] = multiply("));
  // Short arrays stay.
  CHECK_THAT(passed([](const arrays& x) { return arrays{differences(x[0] * 2.0)}; }, {numbers({511}, td::float64, 1)}),
             contains("float64[511] = multiply("));
  // One slice: less is computed, whatever it costs.
  CHECK_THAT(passed([](const arrays& x) { return arrays{td::exp(x[0])[{slice(10, 700)}] * 2.0}; }, x),
             contains("float64[690] = exp(") && !contains("float64[2000] ="));
  // A value that is a result, or is read whole, is there already.
  CHECK_THAT(passed(
                 [](const arrays& x) {
                   const td::array y = x[0] * 2.0;
                   return arrays{y, differences(y)};
                 },
                 x),
             contains("float64[2000] = multiply(") && !contains("float64[1999] = multiply("));
  // Slices of slices; what drops an axis or goes backwards stays where it is.
  CHECK_THAT(passed([](const arrays& x) { return arrays{differences(differences(differences(x[0] + 1.0)))}; }, x),
             !contains("float64[2000] =") && contains("key=[3:2000]"));
  const std::string backwards = passed([](const arrays& x) { return arrays{(x[0] + 1.0)[{slice({}, {}, -1)}] * 2.0}; }, x);
  CHECK_THAT(backwards, contains("float64[2000] = add("));
}

TEST_CASE("what is computed for each slice is limited") {
  // Each step reads the one before at three places: four steps would be 81 times the first.
  const function f = [](const arrays& x) {
    td::array v = x[0];
    for (int k = 0; k < 12; ++k) v = v[{slice(1, -1)}] + 0.25 * (v[{slice(2, {})}] - 2.0 * v[{slice(1, -1)}] + v[{slice({}, -2)}]);
    return arrays{v};
  };
  const arrays x{numbers({3000}, td::float64, 1)};
  CHECK(count(passed(f, x), "\n") < 500);
  agrees(f, x);
}

TEST_CASE("a slice moves up through ten thousand ops, and through as many slices") {
  const arrays x{numbers({12000}, td::float64, 1)};
  const std::string ops = passed(
      [](const arrays& x) {
        td::array v = x[0];
        for (int k = 0; k < 10000; ++k) v = v * 1.0001 + x[0];
        return arrays{v[{slice(5, 1000)}] * 2.0};
      },
      x);
  CHECK_THAT(ops, !contains("float64[12000] ="));
  const std::string slices = passed(
      [](const arrays& x) {
        td::array v = x[0] * 2.0;
        for (int k = 0; k < 10000; ++k) v = v[{slice(1, {})}];
        return arrays{v * 2.0};
      },
      x);
  CHECK_THAT(slices, contains("getitem(%0, key=[10000:12000])") && !contains("float64[12000] ="));
}

TEST_CASE("of slices of computed values every element is what the ops one by one make of it") {
  for (const td::dtype d : {td::float32, td::float64, td::int32, td::uint8}) {
    const arrays x{numbers({50, 60}, d, 1), numbers({50, 60}, d, 2), numbers({60}, d, 3), numbers({50, 1}, d, 4), numbers({1, 60}, d, 5)};
    const auto one = [&](td::array (*f)(const arrays&)) { agrees([f](const arrays& v) { return arrays{f(v)}; }, x); };
    one([](const arrays& v) { return differences(v[0] * v[1] + v[0]); });
    one([](const arrays& v) { return differences((v[0] + v[2]) * v[3] - v[4]); });  // operands that broadcast
    one([](const arrays& v) { return differences(v[2] + v[3]); });
    one([](const arrays& v) { return laplacian(laplacian(v[0] + v[1])); });
    one([](const arrays& v) {  // steps along an outer axis, and along the last one
      const td::array y = v[0] * v[1];
      return y[{slice(0, {}, 2)}] + y[{slice(1, {}, 2)}];
    });
    one([](const arrays& v) {
      const td::array y = v[0] * v[1];
      return y[{slice(), slice(0, {}, 2)}] + y[{slice(), slice(1, {}, 2)}];
    });
    one([](const arrays& v) {
      const td::array y = v[0] * v[1];
      return td::sum(differences(y), {.axis = 0}) + td::max(y[{slice(3, 40), slice(7, {})}]);
    });
    one([](const arrays& v) {  // a comparison, a choice, a cast
      const td::array y = td::where(v[0] > v[1], v[0], v[1]);
      return td::astype(differences(y), td::int64) + td::astype(y[{slice(1, {})}] > v[2], td::int64);
    });
    one([](const arrays& v) { return differences(v[0] + v[1])[{0}] + (v[0] + v[1])[{slice(3, 5), 1}][{0}]; });
    one([](const arrays& v) { return (v[0] + v[1])[{slice(4, 4)}] * v[2]; });  // of nothing
    one([](const arrays& v) { return td::roll(v[0] + v[1], 1, {.axis = 0}) - td::roll(v[0] + v[1], -1, {.axis = 1}); });
    one([](const arrays& v) { return differences(td::matmul(v[0], td::matrix_transpose(v[1])) * 2); });
    one([](const arrays& v) { return differences(td::cumulative_sum(v[0] + v[1], {.axis = 0}) + v[1]); });
    agrees(
        [](const arrays& v) {
          const td::array y = v[0] + v[1], z = differences(y) * v[2];
          return arrays{z, differences(z), y[{slice(5, 45)}], td::sum(y)};
        },
        x);
  }
}

TEST_CASE("a result that lies over what is read at other places") {
  for (const std::string& backend : td::backends()) {
    const auto f = td::trace_graph([](const td::array& x) { return differences(x * 3.0 + 1.0); }, {.to = backend});
    std::vector<double> data(3000), expected(2999);
    for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<double>(i * i % 1009);
    for (std::size_t i = 0; i < expected.size(); ++i) expected[i] = (data[i + 1] * 3 + 1) - (data[i] * 3 + 1);
    for (const std::size_t over : {0, 1}) {
      std::vector<double> memory = data;
      const auto in = td::view(memory.data(), {3000});
      f.into(td::view(memory.data() + over, {2999}), in);
      CHECK(std::vector<double>(memory.begin() + static_cast<std::ptrdiff_t>(over),
                                memory.begin() + static_cast<std::ptrdiff_t>(over) + 2999) == expected);
    }
  }
}
