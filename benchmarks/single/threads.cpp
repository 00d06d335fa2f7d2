// Where splitting a call over threads begins to pay: one thread against several, interleaved, around the threshold.
//
//   bench_threads [threads [word in the name of a case]]
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <thread>

#include <tendril/tendril.hpp>

#include "run/executable.hpp"
#include "stages/plan_threads.hpp"
#include "threads/pool.hpp"
#include "turns.hpp"

namespace td = tendril;

namespace {

td::array normalize(const td::array& x) { return (x - td::mean(x)) / td::std(x); }
td::array softmax(const td::array& x) { return td::softmax(x); }
td::array scale(const td::array& x) { return x * 2.5 + 1; }
td::array chain(const td::array& x) {
  td::array y = x;
  for (int i = 0; i < 15; ++i) y = td::maximum(y * 1.01 + x, y - 0.5);
  return y;
}
td::array places(std::int64_t n, std::int64_t extent) {  // a permutation of 0 ... n - 1 within the extent
  return td::astype(td::remainder(td::arange(static_cast<double>(n)) * 7919.0, static_cast<double>(extent)), td::int64);
}
td::array tanh_exp(const td::array& x) { return td::tanh(td::exp(x)); }

std::string_view only;

void measure(const char* name, td::array (*f)(const td::array&), std::vector<std::int64_t> shape, int threads) {
  if (std::string_view(name).find(only) == std::string_view::npos) return;
  std::int64_t n = 1;
  for (auto e : shape) n *= e;
  const td::array x = td::reshape(td::tanh(td::arange(static_cast<double>(n))), shape);
  const td::graph g = td::trace_graph(f).graph(x);
  const td::array_view in = x.view();
  const td::function one = td::compile(g, std::span(&in, 1)), many = td::compile(g, std::span(&in, 1), {.num_threads = threads});
  double estimate = 0;
  bool split = false;
  for (const auto& s : many.impl()->steps) {
    if (s.program) {
      estimate += td::engine::estimated_cost(*s.program);
      split |= s.program->split != td::engine::stage_program::splitting::none;
    }
    if (s.split) {
      estimate += s.split->cost;
      split = true;
    }
  }
  const td::array y = one({x}).front();
  const td::array_view out = y.view();
  const auto into = [&](const td::function& run) { return [&] { run.into(std::span(&out, 1), std::span(&in, 1)); }; };
  std::vector<bench::contender> both{{"one", into(one)}, {"many", into(many)}};
  bench::take_turns(both, 61, bench::wall_seconds, 3e-4);
  std::printf("%-26s %9lld elements  estimate %8.1f us  one %8.1f us  %d threads %8.1f us  ratio %.2f%s\n", name, static_cast<long long>(n),
              estimate / 1e3, bench::median(both[0].seconds) * 1e6, threads, bench::median(both[1].seconds) * 1e6,
              bench::ratio(both[1].seconds, both[0].seconds), split ? "" : "  (not split)");
  std::fflush(stdout);
}

// How long a call waits at its end for chunks that others have begun: chunks of so many microseconds of plain arithmetic.
void waits(double microseconds, std::int64_t count, int threads) {
  const auto work = [](long n) {
    volatile double x = 1;
    for (long k = 0; k < n; ++k) x = x * 1.0000001;
  };
  std::vector<bench::contender> million{{"1e6 steps", [&] { work(1'000'000); }}};
  bench::take_turns(million, 5, bench::processor_seconds);
  const long steps = static_cast<long>(microseconds / bench::median(million[0].seconds));
  double total = 0, taken = 0;
  constexpr int calls = 2000;
  for (int c = 0; c < calls; ++c) {
    const auto self = std::this_thread::get_id();
    std::atomic<int> by_others{0};
    double done = 0;
    td::engine::parallel(threads, count, [&](td::engine::chunks& todo) {
      const bool own = std::this_thread::get_id() == self;
      for (std::int64_t chunk; todo.take(chunk); by_others += !own) work(steps);
      if (own) done = bench::wall_seconds();
    });
    total += bench::wall_seconds() - done;
    taken += by_others;
  }
  std::printf("%lld chunks of %g us: others take %.1f of them, a call then waits %.1f us, on average of %d calls\n",
              static_cast<long long>(count), microseconds, taken / calls, total / calls * 1e6, calls);
}

}  // namespace

int main(int argc, char** argv) {
  const int threads = argc > 1 ? std::atoi(argv[1]) : 2;
  if (argc > 2) only = argv[2];
  for (std::int64_t n : {10'000, 20'000, 40'000, 80'000, 160'000, 320'000, 640'000, 1'280'000}) measure("scale", scale, {n}, threads);
  for (std::int64_t n : {5'000, 10'000, 20'000, 40'000, 80'000, 160'000, 320'000, 1'280'000}) measure("normalize", normalize, {n}, threads);
  for (std::int64_t n : {2'000, 5'000, 10'000, 20'000, 40'000, 80'000, 160'000, 1'280'000}) measure("chain", chain, {n}, threads);
  for (std::int64_t n : {2'000, 5'000, 10'000, 20'000, 40'000, 80'000, 160'000, 1'280'000}) measure("tanh_exp", tanh_exp, {n}, threads);
  for (std::int64_t n : {5, 10, 20, 40, 80, 160, 320, 1280}) measure("softmax", softmax, {n, 1000}, threads);
  for (std::int64_t n : {10'000, 100'000, 1'000'000}) {
    measure(
        "columns of 8: sum", [](const td::array& x) { return td::sum(x, {.axis = 0}); }, {n, 8}, threads);
    measure(
        "columns of 8: standardize", [](const td::array& x) { return (x - td::mean(x, {.axis = 0})) / td::std(x, {.axis = 0}); }, {n, 8},
        threads);
    measure(
        "columns of 8: softmax", [](const td::array& x) { return td::softmax(x, {.axis = 0}); }, {n, 8}, threads);
  }
  if (std::string_view("waits").find(only) != std::string_view::npos) waits(10, 30, threads);
  // Kernels on their own.
  for (std::int64_t n : {40, 400, 4000}) {
    measure(
        "sort rows", [](const td::array& x) { return td::sort(x); }, {n, 250}, threads);
    measure(
        "argsort rows", [](const td::array& x) { return td::argsort(x); }, {n, 250}, threads);
    measure(
        "sort columns", [](const td::array& x) { return td::sort(x, {.axis = 0}); }, {250, n}, threads);
    measure(
        "searchsorted", [](const td::array& x) { return td::searchsorted(td::arange(-1.0, 1.0, 1e-4), x); }, {n, 250}, threads);
    measure(
        "cumulative_sum rows", [](const td::array& x) { return td::cumulative_sum(x, {.axis = 1}); }, {n, 250}, threads);
    measure(
        "cumulative_sum columns", [](const td::array& x) { return td::cumulative_sum(x, {.axis = 0}); }, {250, n}, threads);
    measure(
        "argmax rows", [](const td::array& x) { return td::argmax(x, {.axis = 1}); }, {n, 250}, threads);
    measure(
        "take rows", [](const td::array& x) { return td::take(x, places(x.shape(0), x.shape(0)), {.axis = 0}); }, {n, 250}, threads);
    measure(
        "take elements", [](const td::array& x) { return td::take(x, places(x.shape(1), x.shape(1)), {.axis = 1}); }, {n, 250}, threads);
    measure(
        "take_along_axis",
        [](const td::array& x) { return td::take_along_axis(x, td::reshape(places(x.size(), x.shape(1)), x.shape()), {.axis = 1}); },
        {n, 250}, threads);
    measure(
        "transpose", [](const td::array& x) { return td::matrix_transpose(x); }, {n, 250}, threads);
    measure(
        "every second element",
        [](const td::array& x) {
          return x[{td::slice(), td::slice({}, {}, 2)}];
        },
        {n, 250}, threads);
    measure(
        "concat",
        [](const td::array& x) {
          return td::concat({x, x}, {.axis = 0});
        },
        {n, 250}, threads);
    measure(
        "stack",
        [](const td::array& x) {
          return td::stack({x, x}, {.axis = 1});
        },
        {n, 250}, threads);
    measure(
        "tile",
        [](const td::array& x) {
          return td::tile(x, {2, 2});
        },
        {n, 250}, threads);
    measure(
        "repeat", [](const td::array& x) { return td::repeat(x, 2, {.axis = 0}); }, {n, 250}, threads);
  }
}
