// Large products and what reads them: one group or several, row by row or otherwise, in graphs written out and in random ones.
#include <random>

#include <tendril/tendril.hpp>

#include "catch.hpp"
#include "evaluated.hpp"

namespace td = tendril;
using tendril_test::arrays;
using tendril_test::check_function;
using tendril_test::some_numbers;

namespace {

// A product is summed in another order than `eigen` has it where oneDNN or `xtensor` multiply, and by rows.
double bound(td::dtype d) { return d == td::float32 ? 1e-4 : 1e-12; }

struct reader {
  const char* name;
  arrays (*run)(const arrays&);  // of (n, k) and (k, m)
};

const td::axes rows{1}, columns{0};

const reader readers[] = {
    {"rows reduced, brought back and reduced again",
     [](const arrays& v) {
       const td::array d = td::exp(td::matmul(v[0], v[1]));
       return arrays{td::max(d / td::reshape(td::sum(d, {.axis = rows}), {-1, 1}), {.axis = rows})};
     }},
    {"the same by expand_dims",
     [](const arrays& v) {
       const td::array d = td::exp(td::matmul(v[0], v[1]));
       return arrays{td::sum(d / td::expand_dims(td::sum(d, {.axis = rows}), {.axis = {1}}), {.axis = rows})};
     }},
    {"three reductions in turn, each brought back",
     [](const arrays& v) {
       td::array d = td::matmul(v[0], v[1]);
       for (int i = 0; i < 3; ++i) d = d - td::reshape(td::max(td::abs(d), {.axis = rows}), {-1, 1});
       return arrays{td::sum(d, {.axis = rows}), td::max(d, {.axis = rows})};
     }},
    {"rows and columns reduced",
     [](const arrays& v) {
       const td::array d = td::matmul(v[0], v[1]);
       return arrays{td::max(d - td::sum(d, {.axis = columns}), {.axis = rows}), td::sum(d, {.axis = columns})};
     }},
    {"a group that leaves two results for two others",
     [](const arrays& v) {
       const td::array d = td::matmul(v[0], v[1]), e = td::tanh(d), s = td::sum(e, {.axis = rows});
       return arrays{td::argsort(s), td::cumulative_sum(e, {.axis = 1}), td::reshape(s, {1, -1}) * 2.0};
     }},
    {"read directly and through reshape",
     [](const arrays& v) {
       const td::array d = td::matmul(v[0], v[1]);
       return arrays{d + 1.0, td::sum(td::reshape(d, {-1})), td::reshape(td::reshape(d, {-1}) * 2.0, d.shape()) - d};
     }},
    {"read directly and transposed",
     [](const arrays& v) {
       const td::array d = td::matmul(v[0], v[1]);
       return arrays{td::exp(d) + 1.0, td::sum(td::matrix_transpose(d) * 3.0, {.axis = rows})};
     }},
    {"read by slices",
     [](const arrays& v) {
       const td::array d = td::matmul(v[0], v[1]);
       return arrays{d[{td::slice(1, {})}] - d[{td::slice(0, -1)}], d[{td::slice({}, {}, 2)}] * 2.0};
     }},
    {"broadcast over a new axis",
     [](const arrays& v) {
       const td::array d = td::matmul(v[0], v[1]), pair = td::stack({td::ones_like(d[{0}]), d[{0}]});
       return arrays{td::sum(td::expand_dims(d, {.axis = {1}}) * pair, {.axis = {2}})};
     }},
    {"a product of the group that reads a product",
     [](const arrays& v) {
       const td::array h = td::maximum(td::matmul(v[0], v[1]), 0.0);
       return arrays{td::exp(td::matmul(h, td::matrix_transpose(v[1])) * 0.01), td::sum(h, {.axis = rows})};
     }},
    {"two products in one group",
     [](const arrays& v) {
       const td::array a = td::matmul(v[0], v[1]), b = td::matmul(v[0] * 0.5, v[1]);
       return arrays{td::sum(a * b, {.axis = rows}), a - b};
     }},
    {"two products, one of them brought to rows first",
     [](const arrays& v) {
       const td::array a = td::matmul(v[0], v[1]), b = td::matmul(v[0] - 1.0, v[1]);
       const td::array scale = td::reshape(td::sum(td::abs(b), {.axis = rows}), {-1, 1});
       return arrays{td::max(a / scale, {.axis = rows}), scale};
     }},
    {"joined with others",
     [](const arrays& v) {
       const td::array d = td::matmul(v[0], v[1]);
       return arrays{td::concat({d, td::exp(d)}, {.axis = 1}), td::concat({d + 1.0, d})};
     }},
};

}  // namespace

TEST_CASE("products: whoever reads a product gets it whole, on either side of the size from which it runs by rows") {
  // A megabyte of results of 128 columns: 1024 rows in float64, 2048 in float32; and so many rows that there are two blocks of them.
  struct size {
    td::dtype d;
    std::int64_t n, k, m;
  };
  const size sizes[] = {{td::float64, 600, 8, 100},  {td::float64, 1023, 4, 128}, {td::float64, 1024, 4, 128}, {td::float64, 1025, 4, 128},
                        {td::float64, 1500, 8, 100}, {td::float32, 2047, 6, 128}, {td::float32, 2048, 6, 128}, {td::float32, 2049, 6, 128},
                        {td::float64, 511, 3, 300},  {td::float64, 512, 3, 300},  {td::float64, 513, 3, 300}};
  for (const size& s : sizes) {
    const arrays x{some_numbers({s.n, s.k}, 3, s.d) * 0.3, some_numbers({s.k, s.m}, 4, s.d)};
    for (const reader& r : readers) {
      INFO(r.name << ", " << td::to_string(s.d) << " (" << s.n << ", " << s.k << ") and (" << s.k << ", " << s.m << ")");
      const auto take = [&](const arrays& v) { return r.run(v); };
      CHECK(check_function(take, x, bound(s.d), true) == "");
    }
  }
}

TEST_CASE("products: four thousand rows reduced, brought back by reshape and reduced again, on every backend") {
  const auto shares = [](const td::array& p, const td::array& c) {
    const td::array d = td::exp(td::matmul(p, c));
    return td::max(d / td::reshape(td::sum(d, {.axis = 1}), {-1, 1}), {.axis = 1});
  };
  for (const std::int64_t n : {600, 1500, 4000})
    for (const std::string& backend : td::backends()) {
      INFO(backend << ", " << n << " rows");
      const td::array p = some_numbers({n, 8}, 5), c = some_numbers({8, 100}, 6), y = td::trace_graph(shares, {.to = backend})(p, c);
      REQUIRE(y.shape() == td::extents{n});
      CHECK(tendril_test::differs(y, shares(p, c), 1e-12) == "");
      // A share is more than the mean of its row and no more than all.
      CHECK(td::all(td::logical_and(y <= 1.0, y >= 0.01)).item<bool>());
    }
}

TEST_CASE("products: random graphs around large products") {
  for (unsigned seed = 1; seed <= 30; ++seed) {
    std::mt19937 g(seed);
    const auto roll = [&](std::size_t n) { return static_cast<std::size_t>(g() % n); };
    const td::dtype d = roll(3) ? td::float64 : td::float32;
    const auto m = static_cast<std::int64_t>(60 + roll(200)), k = static_cast<std::int64_t>(1 + roll(9));
    const auto n = static_cast<std::int64_t>(400 + roll(2200));
    const arrays x{some_numbers({n, k}, seed, d) * 0.3, some_numbers({k, m}, seed + 1, d)};
    const auto random = [seed](const arrays& v) {
      std::mt19937 choices(seed + 77);
      const auto pick = [&](std::size_t count) { return static_cast<std::size_t>(choices() % count); };
      arrays all{td::matmul(v[0], v[1])};
      if (pick(2)) all.push_back(td::matmul(v[0] * 0.5, v[1]));
      const td::extents full = all[0].shape();
      const auto some = [&] { return all[all.size() - 1 - pick(std::min<std::size_t>(all.size(), 4))]; };
      // Something of the product's own shape, whatever the value is.
      const auto whole = [&](const td::array& a) {
        if (a.shape() == full) return a;
        if (a.ndim() == 1 && a.shape()[0] == full[0]) return td::broadcast_to(td::reshape(a, {-1, 1}), td::axes(full));
        if (a.ndim() == 2 && a.shape()[1] == full[0]) return td::matrix_transpose(a) * 1.0;
        if (td::extents{full[1]} == a.shape()) return td::broadcast_to(a, td::axes(full));
        return all[0];
      };
      const std::size_t length = 4 + pick(8);
      for (std::size_t i = 0; i < length; ++i) {
        const td::array a = whole(some());
        switch (pick(12)) {
          case 0: all.push_back(td::tanh(a)); break;
          case 1: all.push_back(a + whole(some())); break;
          case 2: all.push_back(td::sum(a, {.axis = 1}) * 0.01); break;
          case 3: all.push_back(td::max(a, {.axis = 1})); break;
          case 4: all.push_back(td::max(a, {.axis = 0})); break;
          case 5: all.push_back(a / (td::reshape(td::max(td::abs(a), {.axis = 1}), {-1, 1}) + 1.0)); break;
          case 6: all.push_back(td::matrix_transpose(a)); break;
          case 7: all.push_back(td::reshape(td::reshape(a, {-1}) * 0.5, td::axes(full))); break;
          case 8: all.push_back(td::concat({a[{td::slice(1, {})}], a[{td::slice(0, 1)}]})); break;
          case 9: all.push_back(td::tanh(td::matmul(td::matmul(a, td::matrix_transpose(v[1])), v[1]) * 0.01)); break;
          case 10: all.push_back(td::flip(a, {.axis = {0}}) - a); break;
          default: all.push_back(td::mean(a, {.axis = 1, .keepdims = true}) * a); break;
        }
      }
      arrays results{all.back()};
      if (pick(2)) results.push_back(some());
      if (pick(3) == 0) results.push_back(all[pick(all.size())]);
      return results;
    };
    INFO("seed " << seed << ", " << n << " x " << k << " x " << m << " " << td::to_string(d));
    CHECK(check_function(random, x, 50 * bound(d), true) == "");
  }
}
