// Calls split over threads: the same bits for every number of threads, from anywhere, at every size.
#include <algorithm>
#include <atomic>
#include <barrier>
#include <chrono>
#include <cstring>
#include <mutex>
#include <random>
#include <set>
#include <thread>

#include "catch.hpp"
#include "run/executable.hpp"
#include "threads/pool.hpp"
#include "trace_helpers.hpp"

#if TENDRIL_HAS_TBB
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>
#include <oneapi/tbb/task_group.h>
#endif
using namespace trace_test;
using td::engine::chunks;
using td::engine::stage_program;

namespace {

td::array softmax_rows(const td::array& x) { return td::softmax(x); }
td::array layernorm(const td::array& x) {
  const td::array m = td::mean(x, {.axis = {-1}, .keepdims = true});
  return (x - m) / td::sqrt(td::var(x, {.axis = {-1}, .keepdims = true}) + 1e-5);
}
td::array chain(const td::array& x) {
  td::array y = x;
  for (int i = 0; i < 10; ++i) y = td::maximum(y * 1.01 + x, y - 0.5) * 0.9;
  return y;
}
td::array dear(const td::array& x) { return td::tanh(td::exp(x * 0.1)) + td::log(td::abs(x) + 1); }
td::array normalize_rows(const td::array& x) {
  return (x - td::mean(x, {.axis = {-1}, .keepdims = true})) / td::std(x, {.axis = {-1}, .keepdims = true});
}
td::array total(const td::array& x) { return td::sum(td::exp(x)) * td::max(x); }
td::array count(const td::array& x) { return td::where(x > 0.25, td::floor(x), x); }
td::array columns(const td::array& x) { return td::exp(td::matrix_transpose(x)) - td::matrix_transpose(x); }
td::array row_sums(const td::array& x) { return td::sum(td::sqrt(td::abs(x)), {.axis = {-1}}); }

td::array column_sums(const td::array& x) { return td::sum(td::sqrt(td::abs(x)), {.axis = 0}); }
td::array softmax_columns(const td::array& x) { return td::softmax(x, {.axis = 0}); }
td::array normalize_columns(const td::array& x) {
  return (x - td::mean(x, {.axis = 0, .keepdims = true})) / (td::std(x, {.axis = 0, .keepdims = true}) + 1);
}

struct subject {
  const char* name;
  td::array (*function)(const td::array&);
};
constexpr subject subjects[] = {{"normalize", normalize},
                                {"softmax", softmax_rows},
                                {"layernorm", layernorm},
                                {"chain", chain},
                                {"dear", dear},
                                {"normalize_rows", normalize_rows},
                                {"total", total},
                                {"count", count},
                                {"columns", columns},
                                {"row_sums", row_sums},
                                {"column_sums", column_sums},
                                {"softmax_columns", softmax_columns},
                                {"normalize_columns", normalize_columns}};

template <class T>
td::array random_array(std::vector<std::int64_t> shape, unsigned seed) {
  std::mt19937 g(seed);
  std::int64_t n = 1;
  for (auto e : shape) n *= e;
  std::vector<T> v(static_cast<std::size_t>(n));
  for (T& x : v) x = static_cast<T>(static_cast<double>(g() % 20000) / 1000 - 10);
  return td::reshape(td::asarray(v), shape);
}

bool same_bits(const td::array& a, const td::array& b) {
  if (a.dtype() != b.dtype() || a.shape() != b.shape()) return false;
  return !std::memcmp(a.view().data, b.view().data, static_cast<std::size_t>(a.size()) * td::size_of(a.dtype()));
}

td::function compiled(td::array (*f)(const td::array&), const td::array& x, int threads, const std::string& backend) {
  const auto traced = td::trace_graph(f);
  const td::array_view example = x.view();
  return td::compile(traced.graph(x), std::span(&example, 1), {.to = backend, .num_threads = threads});
}

std::set<stage_program::splitting> splits(const td::function& f) {
  std::set<stage_program::splitting> all;
  for (const auto& s : f.impl()->steps)
    if (s.program) all.insert(s.program->split);
  return all;
}

/// Compares 2, 3, 8 and all threads with one; gives how the calls were split.
std::set<stage_program::splitting> compare(const subject& s, const td::array& x, const std::string& backend) {
  INFO(s.name << " on " << backend << ", " << td::to_string(std::span<const std::int64_t>(x.shape())));
  const td::array expected = compiled(s.function, x, 1, backend)({x}).front();
  std::set<stage_program::splitting> seen;
  for (int threads : {2, 3, 8, 0}) {
    const td::function f = compiled(s.function, x, threads, backend);
    CHECK(same_bits(f({x}).front(), expected));
    seen.merge(splits(f));
  }
  return seen;
}

}  // namespace

TEST_CASE("every number of threads gives the same bits") {
  std::set<stage_program::splitting> seen;
  for (const std::string& backend : td::backends())
    for (const subject& s : subjects) {
      // One long row, rows of one block, few long rows, many short rows; sizes that no block or chunk divides.
      for (const std::vector<std::int64_t>& shape :
           {std::vector<std::int64_t>{1, 400'003}, {511, 769}, {3, 150'001}, {40'001, 7}, {70, 5003}})
        seen.merge(compare(s, random_array<double>(shape, 1), backend));
      seen.merge(compare(s, random_array<float>({257, 1500}, 2), backend));
    }
#if TENDRIL_HAS_TBB
  CHECK(seen.contains(stage_program::splitting::rows));
  CHECK(seen.contains(stage_program::splitting::blocks));
#else
  CHECK(seen == std::set{stage_program::splitting::none});
#endif
}

TEST_CASE("columns are split into tiles, narrower ones where there are few") {
  for (const std::string& backend : td::backends()) {
    const td::array x = random_array<double>({5000, 700}, 3);
    const td::function one = compiled(column_sums, x, 1, backend), many = compiled(column_sums, x, 4, backend);
    const stage_program &alone = *one.impl()->steps[0].program, &shared = *many.impl()->steps[0].program;
    CHECK(alone.tiles() == 1);
#if TENDRIL_HAS_TBB
    CHECK(shared.split == stage_program::splitting::rows);
    CHECK(shared.tiles() >= 8);
    CHECK(shared.chunk * 4 <= shared.tiles());
#else
    CHECK(shared.split == stage_program::splitting::none);
#endif
    CHECK(same_bits(one({x}).front(), many({x}).front()));
  }
}

TEST_CASE("tall narrow columns are split at the nodes of the tree") {
  const auto three = [](const td::array& x) { return td::sum(td::exp(x), {.axis = 1}) * td::max(x, {.axis = 1}); };
  const auto first_two = [](const td::array& x) { return td::mean(x, {.axis = {0, 1}}); };
  const auto with_row = [](const td::array& x) { return td::softmax(x * td::sum(x, {.axis = 0}) / 1e5, {.axis = 0}) + 1; };
  const auto flags = [](const td::array& x) { return td::any(x > 9.98, {.axis = 0}) == td::all(x < 9, {.axis = 0}); };
  const td::array wide = random_array<double>({60'001, 20}, 9);
  const subject tall[] = {{"column_sums", column_sums},
                          {"softmax_columns", softmax_columns},
                          {"normalize_columns", normalize_columns},
                          {"with_row", with_row},
                          {"flags", flags}};
  for (const std::string& backend : td::backends()) {
    std::set<stage_program::splitting> seen;
    for (const subject& s : tall) {
      for (const td::array& x : {random_array<double>({300'007, 3}, 10), random_array<double>({131'072, 8}, 11),
                                 wide[{td::slice(1, {}, 2), td::slice(4, 17)}], td::flip(wide)})
        seen.merge(compare(s, x, backend));
      seen.merge(compare(s, random_array<float>({20'000, 100}, 12), backend));
    }
    seen.merge(compare({"three", three}, random_array<double>({2, 50'001, 8}, 13), backend));
    seen.merge(compare({"first_two", first_two}, random_array<float>({700, 301, 5}, 14), backend));
    const td::array x = random_array<double>({131'072, 8}, 11);
#if TENDRIL_HAS_TBB
    CHECK(seen.contains(stage_program::splitting::blocks));
    CHECK(splits(compiled(softmax_columns, x, 2, backend)) == std::set{stage_program::splitting::blocks});
#else
    CHECK(seen == std::set{stage_program::splitting::none});
#endif
    const td::array copy = td::detail::copy_of(x.view());
    const td::array_view view = copy.view();
    compiled(softmax_columns, x, 3, backend).into(std::span(&view, 1), std::span(&view, 1));
    CHECK(same_bits(copy, compiled(softmax_columns, x, 1, backend)({x}).front()));
  }
  // So many rows that the nodes are of the second level: 0.1 is not exact, so the order shows.
  const td::array tenths = td::broadcast_to(td::full({8}, 0.1), {9'000'000, 8});
  [[maybe_unused]] const auto seen =
      compare({"many nodes", [](const td::array& x) { return td::sum(x, {.axis = 0}); }}, tenths, td::current_backend());
#if TENDRIL_HAS_TBB
  CHECK(seen == std::set{stage_program::splitting::blocks});
#endif
}

TEST_CASE("strided inputs are split like others") {
  const td::array base = random_array<double>({900, 1100}, 3);
  const td::array transposed = td::matrix_transpose(base);
  const td::array every_second = base[{td::slice(0, 900, 2), td::slice(1, 1100, 3)}];
  const td::array flipped = td::flip(random_array<double>({600'001}, 4));
  for (const std::string& backend : td::backends())
    for (const subject& s : subjects) {
      compare(s, transposed, backend);
      compare(s, every_second, backend);
      if (s.function != columns) compare(s, flipped, backend);
    }
}

TEST_CASE("sizes around the threshold and around the edges of chunks") {
  for (const subject& s : {subjects[0], subjects[3], subjects[4], subjects[6]}) {
    // The first size that is split.
    std::int64_t low = 1, high = 1 << 22;
    while (low < high) {
      const std::int64_t middle = (low + high) / 2;
      const td::array x = td::zeros({middle}, {.dtype = td::float64});
      const auto how = splits(compiled(s.function, x, 2, td::current_backend()));
      if (how == std::set{stage_program::splitting::none}) low = middle + 1;
      else high = middle;
    }
    for (std::int64_t n : {low - 1, low, low + 1, low / 1024 * 1024, low / 1024 * 1024 + 1024, low * 2 + 1})
      compare(s, random_array<double>({n}, 5), td::current_backend());
  }
}

TEST_CASE("results in place, small integers and bools") {
  std::vector<double> x(300'000), expected;
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<double>(i % 1000) / 500 - 1;
  expected = td::trace_graph(chain)(x);
  const auto f = td::trace_graph(chain, {.num_threads = 4});
  std::vector<double> y = x;
  f.into(y, y);
  CHECK(y == expected);
  const auto positive = [](const td::array& v) { return td::any(td::exp(v) > 2.7) == td::all(v < 2); };
  CHECK(td::trace_graph(positive, {.num_threads = 4})(td::asarray(x)).item<bool>());
}

TEST_CASE("num_threads: what it may be") {
  CHECK(message_of([] {
          (void)td::trace_graph(chain, {.num_threads = -1})(td::array({1., 2.}));
        }) == "[compile] num_threads is negative: got -1, expected 0 for all cores, or the most threads of a call. Pass 0, 1 or more.");
  const td::array small = td::arange(100.0);
  CHECK(splits(compiled(normalize, small, 0, td::current_backend())) == std::set{stage_program::splitting::none});
}

TEST_CASE("many callers at once, each split over threads") {
  const td::array x = random_array<double>({200'001}, 6);
  const td::array expected = td::trace_graph(normalize)(x);
  const auto f = td::trace_graph(normalize, {.num_threads = 3});
  std::atomic<int> wrong{0};
  std::barrier start(8);
  std::vector<std::thread> callers;
  for (int t = 0; t < 8; ++t)
    callers.emplace_back([&] {
      start.arrive_and_wait();
      for (int i = 0; i < 20; ++i) wrong += !same_bits(f(x), expected);
    });
  for (auto& c : callers) c.join();
  CHECK(wrong == 0);
}

TEST_CASE("parallel: every chunk is taken once, and what a thread throws arrives") {
  for (int threads : {1, 2, 5}) {
    std::vector<std::atomic<int>> taken(1000);
    td::engine::parallel(threads, 1000, [&](chunks& todo) {
      for (std::int64_t c; todo.take(c);) ++taken[static_cast<std::size_t>(c)];
    });
    CHECK(std::all_of(taken.begin(), taken.end(), [](auto& n) { return n == 1; }));
    const auto throws = [&] {
      td::engine::parallel(threads, 100, [](chunks& todo) {
        for (std::int64_t c; todo.take(c);)
          if (c == 50) throw std::runtime_error("chunk fifty");
      });
    };
    CHECK_THROWS_WITH(throws(), "chunk fifty");
  }
  td::engine::parallel(4, 0, [](chunks& todo) {
    std::int64_t c;
    if (todo.take(c)) std::abort();
  });
}

#if TENDRIL_HAS_TBB
TEST_CASE("the pool's threads take part") {
  // Each of two chunks waits for the other to be taken, and so for a second thread.
  const oneapi::tbb::global_control two(oneapi::tbb::global_control::max_allowed_parallelism, 2);
  oneapi::tbb::task_arena(2).execute([] {
    std::atomic<int> arrived{0};
    td::engine::parallel(2, 2, [&](chunks& todo) {
      std::int64_t c;
      if (!todo.take(c)) return;
      ++arrived;
      const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(20);
      while (arrived < 2 && std::chrono::steady_clock::now() < patience) std::this_thread::yield();
    });
    CHECK(arrived == 2);
  });
}

TEST_CASE("where the user permits one thread, the calling one does it all") {
  const oneapi::tbb::global_control one(oneapi::tbb::global_control::max_allowed_parallelism, 1);
  std::atomic<int> others{0};
  const auto self = std::this_thread::get_id();
  for (int i = 0; i < 100; ++i)
    td::engine::parallel(4, 100, [&](chunks& todo) {
      for (std::int64_t c; todo.take(c);) others += std::this_thread::get_id() != self;
    });
  CHECK(others == 0);
}

TEST_CASE("calls do not wait for a pool that is busy, nor does it miss threads that are gone") {
  using namespace oneapi::tbb;
  const global_control two(global_control::max_allowed_parallelism, 2);
  task_arena arena(2);
  std::atomic<bool> busy{false}, go_on{false};
  arena.enqueue([&] {
    busy = true;
    while (!go_on) std::this_thread::yield();
  });
  while (!busy) std::this_thread::yield();
  std::atomic<int> taken{0}, others{0};
  std::vector<std::thread> callers;
  for (int t = 0; t < 4; ++t)
    callers.emplace_back([&] {
      arena.execute([&] {
        const auto self = std::this_thread::get_id();
        for (int i = 0; i < 50; ++i)
          td::engine::parallel(2, 8, [&](chunks& todo) {
            for (std::int64_t c; todo.take(c); ++taken) others += std::this_thread::get_id() != self;
          });
      });
    });
  for (auto& c : callers) c.join();
  CHECK(taken == 4 * 50 * 8);
  CHECK(others == 0);
  go_on = true;  // and now the pool gets to what was offered
  arena.execute([&] {
    for (int i = 0; i < 50; ++i)
      td::engine::parallel(2, 8, [&](chunks& todo) {
        for (std::int64_t c; todo.take(c);) ++taken;
      });
  });
  CHECK(taken == 5 * 50 * 8);
}

TEST_CASE("a call inside a call") {
  std::atomic<int> taken{0};
  td::engine::parallel(3, 20, [&](chunks& todo) {
    for (std::int64_t c; todo.take(c);)
      td::engine::parallel(3, 20, [&](chunks& inner) {
        for (std::int64_t k; inner.take(k);) ++taken;
      });
  });
  CHECK(taken == 400);
}

TEST_CASE("calls from inside tasks of the same pool, eight threads at once") {
  using namespace oneapi::tbb;
  const td::array x = random_array<double>({300, 1024}, 7);
  const td::array expected = td::trace_graph(softmax_rows)(x), whole = td::trace_graph(normalize)(x);
  const auto f = td::trace_graph(softmax_rows, {.num_threads = 8});
  const auto g = td::trace_graph(normalize, {.num_threads = 8});
  std::atomic<int> wrong{0};
  const global_control eight(global_control::max_allowed_parallelism, 8);
  task_arena(8).execute([&] {
    tbb::parallel_for(0, 40, [&](int i) {
      const td::array y = i % 2 ? f(x) : g(x);
      wrong += !same_bits(y, i % 2 ? expected : whole);
    });
  });
  CHECK(wrong == 0);
}

TEST_CASE("a task that holds a lock, and a group that is cancelled, get whole results") {
  using namespace oneapi::tbb;
  const td::array x = random_array<double>({300'000}, 8);
  const td::array expected = td::trace_graph(dear)(x);
  const auto f = td::trace_graph(dear, {.num_threads = 4});
  std::mutex lock;
  std::atomic<int> wrong{0};
  tbb::parallel_for(0, 16, [&](int) {
    // Were the waiting thread to take another of these tasks, it would lock twice.
    const std::lock_guard hold(lock);
    wrong += !same_bits(f(x), expected);
  });
  task_group group;
  group.run([&] {
    group.cancel();
    wrong += !same_bits(f(x), expected);
  });
  group.wait();
  CHECK(wrong == 0);
}
#endif
