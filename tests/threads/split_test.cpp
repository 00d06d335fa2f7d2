// Whole-array kernels split over threads: the same bits for every number of threads, where parts are cut, errors.
#include <algorithm>
#include <cstring>
#include <random>

#include "catch.hpp"
#include "run/executable.hpp"
#include "trace_helpers.hpp"

using namespace trace_test;

namespace {

template <class T>
td::array random_array(const td::extents& shape, unsigned seed) {
  std::mt19937 g(seed);
  td::array a = td::detail::make_empty(td::dtype_of<T>, shape);
  T* p = static_cast<T*>(a.view().data);
  for (std::int64_t i = 0; i < a.size(); ++i) p[i] = static_cast<T>(static_cast<double>(g() % 2000) / 100 - 10);
  return a;
}

td::array places(const td::extents& shape, std::int64_t extent, unsigned seed) {
  std::mt19937 g(seed);
  td::array a = td::detail::make_empty(td::int64, shape);
  auto* p = static_cast<std::int64_t*>(a.view().data);
  for (std::int64_t i = 0; i < a.size(); ++i) p[i] = static_cast<std::int64_t>(g() % static_cast<unsigned>(2 * extent)) - extent;
  return a;
}

bool same_bits(const td::array& a, const td::array& b) {
  if (a.dtype() != b.dtype() || a.shape() != b.shape()) return false;
  return !std::memcmp(a.view().data, b.view().data, static_cast<std::size_t>(a.size()) * td::size_of(a.dtype()));
}

using function = td::array (*)(const std::vector<td::array>&);

td::function compiled(function f, const std::vector<td::array>& x, int threads, const std::string& backend = {}) {
  std::vector<td::array_view> in;
  for (const td::array& a : x) in.push_back(a.view());
  return td::compile(td::trace_graph(f).graph(x), in, {.to = backend, .num_threads = threads});
}

// A kernel or a copy, or a group, which parallel_test is about.
bool is_split(const td::function& f) {
  for (const auto& s : f.impl()->steps)
    if (s.split || (s.program && s.program->split != td::engine::stage_program::splitting::none)) return true;
  return false;
}

/// Runs into a result whose memory runs the other way.
td::array reversed(const td::function& f, const std::vector<td::array>& x, const td::array& like) {
  td::extents shape(like.shape().rbegin(), like.shape().rend());
  const td::array memory = td::detail::make_empty(like.dtype(), shape);
  td::array_view out = memory.view();
  std::reverse(out.shape, out.shape + out.rank);
  std::reverse(out.strides, out.strides + out.rank);
  std::vector<td::array_view> in;
  for (const td::array& a : x) in.push_back(a.view());
  f.into(std::span(&out, 1), in);
  return td::detail::copy_of(out);
}

/// Compares several numbers of threads with one, into results of both layouts; gives whether a step was split.
bool compare(const char* name, function f, const std::vector<td::array>& x, std::initializer_list<int> numbers = {2, 3, 7}) {
  bool split = false;
  for (const std::string& backend : td::backends()) {
    INFO(name << " on " << backend << ", " << td::to_string(x[0].shape()));
    const td::function one = compiled(f, x, 1, backend);
    const td::array expected = one(x).front(), other = reversed(one, x, expected);
    for (int threads : numbers) {
      const td::function many = compiled(f, x, threads, backend);
      CHECK(same_bits(many(x).front(), expected));
      CHECK(same_bits(reversed(many, x, expected), other));
      split |= is_split(many);
    }
  }
  return split;
}

struct subject {
  const char* name;
  function f;
};
#define SUBJECT(...)                                                                        \
  subject {                                                                                 \
#__VA_ARGS__, [](const std::vector <td::array>& a) -> td::array { return __VA_ARGS__; } \
  }

// Of an array of three axes.
const subject of_one[] = {
    SUBJECT(td::sort(a[0])),
    SUBJECT(td::sort(a[0], {.axis = 0, .descending = true})),
    SUBJECT(td::argsort(a[0], {.axis = 1})),
    SUBJECT(td::argsort(a[0], {.axis = 2, .descending = true})),
    SUBJECT(td::cumulative_sum(a[0], {.axis = 0})),
    SUBJECT(td::cumulative_sum(a[0], {.axis = 1, .include_initial = true})),
    SUBJECT(td::cumulative_prod(a[0], {.axis = 2})),
    SUBJECT(td::argmax(a[0], {.axis = 1})),
    SUBJECT(td::argmin(a[0], {.axis = 0, .keepdims = true})),
    SUBJECT(td::argmax(a[0], {.axis = 2})),
    SUBJECT(td::permute_dims(a[0], {2, 0, 1})),
    SUBJECT(td::matrix_transpose(a[0])),
    SUBJECT(td::flip(a[0])),
    SUBJECT(a[0][{td::slice(1, {}), td::ellipsis, td::slice({}, {}, -1)}]),
    SUBJECT(td::reshape(td::matrix_transpose(a[0]), {a[0].shape(2), -1})),
    SUBJECT(td::broadcast_to(a[0], {3, a[0].shape(0), a[0].shape(1), a[0].shape(2)})),
    SUBJECT(td::concat({a[0], td::flip(a[0]), a[0]}, {.axis = 1})),
    SUBJECT(td::concat({a[0], a[0]}, {.axis = 0})),
    SUBJECT(td::stack({a[0], a[0], a[0]}, {.axis = -1})),
    SUBJECT(td::concat({a[0], td::exp(a[0])}, {.axis = 2})),
    SUBJECT(td::tile(a[0], {2, 1, 3})),
    SUBJECT(td::repeat(a[0], 3, {.axis = 2})),
    SUBJECT(td::roll(a[0], {5}, {.axis = {1}})),
    SUBJECT(td::diff(a[0], {.axis = 1})),
    SUBJECT(td::take(a[0], places({a[0].shape(1) + 3}, a[0].shape(1), 5), {.axis = 1})),
    SUBJECT(td::take(a[0], places({5, 7}, a[0].shape(2), 6), {.axis = 2})),
    SUBJECT(td::take(a[0], places({a[0].shape(0)}, a[0].shape(0), 7), {.axis = 0})),
    SUBJECT(td::take_along_axis(a[0], places(a[0].shape(), a[0].shape(1), 8), {.axis = 1})),
    SUBJECT(td::take_along_axis(a[0], places({a[0].shape(0), 1, 40}, a[0].shape(2), 9), {.axis = 2})),
    SUBJECT(td::searchsorted(td::arange(-9.5, 9.5, 0.01), a[0])),
};

}  // namespace

TEST_CASE("split kernels: every number of threads gives the same bits") {
  const td::array turned = td::permute_dims(random_array<double>({70, 50, 60}, 2), {2, 0, 1});
  const td::array holes = random_array<double>({140, 70, 90}, 3)[{td::slice({}, {}, 2), td::slice(70, {}, -1), td::slice(5, 80)}];
  for (const subject& s : of_one) {
    bool split = compare(s.name, s.f, {random_array<double>({67, 61, 73}, 1)});
    for (const td::array& x : {random_array<double>({2, 3, 20'001}, 4), random_array<double>({4'001, 3, 5}, 5), turned, holes,
                               random_array<double>({1, 1, 150'001}, 6), random_array<double>({5, 9'001, 1}, 7)})
      split |= compare(s.name, s.f, {x}, {3});
    INFO(s.name);
#if TENDRIL_HAS_TBB
    CHECK(split);
#else
    CHECK(!split);
#endif
  }
}

TEST_CASE("split kernels: other dtypes, and sizes around the threshold") {
  for (const subject& s : {SUBJECT(td::sort(a[0])), SUBJECT(td::cumulative_sum(a[0], {.axis = 0})), SUBJECT(td::matrix_transpose(a[0])),
                           SUBJECT(td::take(a[0], places({77}, 40, 1), {.axis = 1}))}) {
    std::int64_t low = 1, high = 1 << 17;  // rows: the first number that is split
    while (low < high) {
      const std::int64_t middle = (low + high) / 2;
      if (is_split(compiled(s.f, {td::zeros({middle, 40})}, 2))) high = middle;
      else low = middle + 1;
    }
#if TENDRIL_HAS_TBB
    CHECK(low < 1 << 17);
    for (std::int64_t rows : {low - 1, low, low + 1, 2 * low + 1}) {
      INFO(rows);
      CHECK(compare(s.name, s.f, {random_array<double>({rows, 40}, 8)}) == (rows >= low));
      compare(s.name, s.f, {random_array<float>({rows, 40}, 9)});
      compare(s.name, s.f, {random_array<std::int32_t>({rows, 40}, 10)});
    }
#else
    CHECK(low == 1 << 17);
#endif
  }
  compare("sort", [](const std::vector<td::array>& a) { return td::sort(a[0] > 0, {.axis = 0}); }, {random_array<double>({900, 700}, 11)});
}

TEST_CASE("split kernels: elementwise ops on their own, in place") {
  td::array x = random_array<double>({300, 1000}, 12);
  const td::graph g = td::trace_graph([](const td::array& a) { return td::tanh(a) * td::sum(a, {.axis = 0}); }).graph(x);
  const td::array expected = td::compile(g, {.optimize = false})({x}).front();
  for (int threads : {2, 3, 7}) {
    const td::function f = td::compile(g, {.optimize = false, .num_threads = threads});
#if TENDRIL_HAS_TBB
    CHECK(is_split(f));
#endif
    const td::array copy = td::detail::copy_of(x.view());
    const td::array_view view = copy.view();
    f.into(std::span(&view, 1), std::span(&view, 1));
    CHECK(same_bits(copy, expected));
  }
}

TEST_CASE("split kernels: an index out of range is the one that one thread names, and the next call is right") {
  const auto f = [](const std::vector<td::array>& a) { return td::take(a[0], a[1], {.axis = 0}); };
  const auto along = [](const std::vector<td::array>& a) { return td::take_along_axis(a[0], a[1], {.axis = 1}); };
  const td::array x = random_array<double>({1000, 50}, 13);
  const td::array good = places({20'000}, 1000, 14), good_along = places({1000, 200}, 50, 15);
  for (const std::string& backend : td::backends())
    for (const auto& [g, index] : {std::pair{+f, good}, std::pair{+along, good_along}}) {
      const td::array bad = td::detail::copy_of(index.view());
      for (std::int64_t at : {std::int64_t{15'001}, std::int64_t{7'003}, index.size() - 1})
        static_cast<std::int64_t*>(bad.view().data)[at] = 5000 + at;
      const td::function one = compiled(g, {x, index}, 1, backend);
      const std::string expected = message_of<td::index_error>([&] { one({x, bad}); });
      CHECK_THAT(expected, contains("got 12003 on axis"));
      const td::array right = one({x, index}).front();
      for (int threads : {2, 3, 7}) {
        const td::function many = compiled(g, {x, index}, threads, backend);
        for (int again = 0; again < 5; ++again) {
          CHECK(message_of<td::index_error>([&] { many({x, bad}); }) == expected);
          CHECK(same_bits(many({x, index}).front(), right));
        }
      }
    }
}

TEST_CASE("split kernels: rows alone, one row or a scalar stay whole") {
  const auto sort_all = [](const std::vector<td::array>& a) { return td::sort(td::reshape(a[0], {-1})); };
  CHECK_FALSE(is_split(compiled(sort_all, {random_array<double>({300'000}, 16)}, 4)));
  compare("one row", sort_all, {random_array<double>({300'000}, 16)});
  const auto flat = [](const std::vector<td::array>& a) { return td::concat({a[0], a[0]}, {.axis = {}}); };
  compare("flat", flat, {random_array<double>({300, 1000}, 17)});
}
