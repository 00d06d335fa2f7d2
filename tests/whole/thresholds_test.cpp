// Every size at which the engine changes its way, from both sides: one table of the thresholds and what crosses each.
#include <cstdlib>

#include <tendril/tendril.hpp>

#include "array/arena.hpp"
#include "array/memory.hpp"
#include "catch.hpp"
#include "evaluated.hpp"

namespace td = tendril;
using tendril_test::arrays;
using tendril_test::check_function;
using tendril_test::some_numbers;

namespace {

// Before anything asks for it: caches hold more than a test touches.
const int cache_bytes_are_few = setenv("TENDRIL_CACHE_BYTES", "2097152", 1);

struct threshold {
  const char* name;
  std::vector<std::int64_t> at;  ///< crossed from one below to one above each
  arrays (*arguments)(std::int64_t n);
  arrays (*run)(const arrays&);
  double rtol = 1e-12;
};

arrays one(std::int64_t n) { return {some_numbers({n}, 1)}; }
arrays two(std::int64_t n) { return {some_numbers({n}, 1), some_numbers({n}, 2)}; }
arrays single(std::int64_t n) { return {some_numbers({n}, 1, td::float32), some_numbers({n}, 2, td::float32)}; }
arrays rows(std::int64_t n) { return {some_numbers({n, 24}, 1)}; }
arrays columns(std::int64_t n) { return {some_numbers({24, n}, 1)}; }
// n numbers in a list of single ones, an argument each.
arrays many(std::int64_t n) {
  arrays all;
  for (std::int64_t i = 0; i < n; ++i) all.push_back(some_numbers({5}, static_cast<unsigned>(i)));
  return all;
}

arrays elementwise(const arrays& v) { return {td::exp(v[0]) * 2.0 - v.back()}; }
arrays plain(const arrays& v) { return {v[0] * 2.0 + v.back(), v[0] > v.back()}; }
arrays normalized(const arrays& v) {
  const td::array e = td::exp(v[0]);
  return {(e - td::mean(e)) / td::std(e), td::max(e), td::sum(e)};
}
arrays along_rows(const arrays& v) {
  const td::array e = td::tanh(v[0]);
  return {e / td::sum(td::abs(e), {.axis = 1, .keepdims = true}), td::argmax(e, {.axis = 1})};
}
arrays along_columns(const arrays& v) {
  const td::array e = td::tanh(v[0]);
  return {e - td::mean(e, {.axis = 0}), td::var(e, {.axis = 0}), td::argmin(e, {.axis = 0})};
}
arrays moved(const arrays& v) {
  return {td::matrix_transpose(v[0]) + 1.0, td::roll(v[0], 3, {.axis = 0}), td::flip(v[0]), td::concat({v[0], v[0] * 2.0}, {.axis = 1}),
          td::reshape(td::matrix_transpose(v[0]), {-1})};
}
arrays sorted(const arrays& v) {
  return {td::sort(v[0]), td::argsort(v[0]), td::cumulative_sum(v[0]), td::cumulative_prod(v[0] * 0.5 + 0.75)};
}
arrays sums_of_many(const arrays& v) {
  arrays out;
  td::array sum = v[0];
  for (const td::array& x : v) sum = sum * 0.5 + x;
  return {sum};
}
arrays results_of_many(const arrays& v) {
  arrays out;
  for (const td::array& x : v) out.push_back(x * 2.0 - v[0]);
  return out;
}
arrays reductions_of_many(const arrays& v) {
  const td::array all = td::stack(v);
  arrays out;
  for (std::size_t i = 0; i < v.size(); ++i) out.push_back(td::sum(all * static_cast<double>(i + 1), {.axis = 1}));
  return out;
}
// As many ops as the argument has elements.
arrays chain(const arrays& v) {
  td::array x = v[0][{td::slice(0, 3)}];
  for (std::int64_t i = 0; i < v[0].size(); ++i) x = td::abs(x - 1.0);
  return {x};
}
// A value that is dear and waits for the reduction, of a row of that length.
arrays saved(const arrays& v) {
  const td::array e = td::exp(v[0]) / td::sqrt(td::abs(v[0]) + 1.0);
  return {e / td::sum(e), e * td::max(e)};
}
arrays temporaries(const arrays& v) {
  const td::array a = td::sort(v[0]), b = td::cumulative_sum(a);
  return {td::sort(b * 2.0) - a};
}
arrays cube(std::int64_t n) { return {some_numbers({n, n}, 1), some_numbers({n, n}, 2)}; }
arrays cube_of_floats(std::int64_t n) { return {some_numbers({n, n}, 1, td::float32), some_numbers({n, n}, 2, td::float32)}; }
arrays product(const arrays& v) { return {td::matmul(v[0], v[1]), td::matmul(v[0], v[1][{td::slice(), 0}])}; }
arrays pairs(std::int64_t n) { return {some_numbers({n, 3}, 1), some_numbers({n, 3}, 2)}; }
arrays distances(const arrays& v) {
  return {td::sum(td::square(td::expand_dims(v[0], {.axis = {1}}) - td::expand_dims(v[1], {.axis = {0}})), {.axis = 2})};
}

const threshold table[] = {
    {"rows of one block", {1024, 2048}, one, normalized, 1e-12},
    {"blocks that are shortened for the first cache", {256, 512}, two, elementwise},
    {"groups of a few nodes and of 256, 512", {24, 40, 48, 128, 256, 512}, one, chain},
    {"operands of a group", {4, 8, 16, 32, 48}, many, sums_of_many, 1e-12},
    {"results of a group", {4, 8, 16, 32, 47}, many, results_of_many},
    {"reductions of a row, more than a walk has room for", {2, 8}, many, reductions_of_many, 1e-12},
    {"workspace on the stack: 4096 bytes", {512}, one, temporaries, 1e-11},
    {"arrays of malloc, of lines, of the cache of blocks", {64, 8192}, two, plain},
    {"the arena's smallest slab", {32768}, one, temporaries, 1e-10},
    {"huge pages: two megabytes", {262144}, two, plain},
    {"stores past the caches, whole lines of float64", {2097152 / 24, 2097152 / 25}, two, plain},
    {"stores past the caches, of float32", {2097152 / 12, 2097152 / 13, 2097152 / 8}, single, plain},
    {"a value that waits in a result, or is computed again", {32768, 131072, 262144}, one, saved, 1e-12},
    {"rows in turn, and levels of the tree across rows", {8, 64, 128, 4096}, rows, along_columns, 1e-12},
    {"tiles of columns", {16, 64, 128, 1024}, columns, along_columns, 1e-12},
    {"short rows, many at a time", {2, 4, 8, 16, 64}, columns, along_rows, 1e-12},
    {"rows of a walk", {8, 16, 32, 1024}, rows, along_rows, 1e-12},
    {"tiles of transposed copies", {2, 4, 8, 16, 32, 64, 128}, columns, moved},
    {"rows sorted by insertion, by networks, by digits", {16, 32, 64, 512, 1024}, one, sorted, 1e-11},
    {"work that is worth threads", {20000, 60000}, two, elementwise},
    {"products in registers, by oneDNN, by blocks", {1, 4, 8, 16, 25, 26, 32, 64}, cube, product, 1e-12},
    {"products of float32", {1, 4, 8, 16, 25, 26, 32, 64, 128}, cube_of_floats, product, 1e-4},
    {"pairs of rows", {1, 4, 8, 16, 32}, pairs, distances, 1e-12},
};

}  // namespace

TEST_CASE("thresholds: one below, at and one above every size at which the engine changes its way") {
  REQUIRE(cache_bytes_are_few == 0);
  CHECK(td::engine::stream_threshold() == 2097152);
  for (const threshold& t : table)
    for (const std::int64_t at : t.at)
      for (const std::int64_t n : {at - 1, at, at + 1}) {
        if (n == 0) continue;
        INFO(t.name << ", n = " << n);
        CHECK(check_function([&](const arrays& v) { return t.run(v); }, t.arguments(n), t.rtol) == "");
      }
}
