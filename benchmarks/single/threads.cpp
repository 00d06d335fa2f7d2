// Where splitting a call over threads begins to pay: one thread against several, interleaved, around the threshold.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include <tendril/tendril.hpp>

#include "engine/executable.hpp"
#include "engine/parallel.hpp"

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
td::array tanh_exp(const td::array& x) { return td::tanh(td::exp(x)); }

double median(std::vector<double>& v) {
  std::nth_element(v.begin(), v.begin() + static_cast<std::ptrdiff_t>(v.size() / 2), v.end());
  return v[v.size() / 2];
}

void measure(const char* name, td::array (*f)(const td::array&), std::vector<std::int64_t> shape, int threads) {
  std::int64_t n = 1;
  for (auto e : shape) n *= e;
  const td::array x = td::reshape(td::tanh(td::arange(static_cast<double>(n))), shape);
  const td::graph g = td::trace_graph(f).graph(x);
  const td::array_view in = x.view();
  const td::function one = td::compile(g, std::span(&in, 1)), many = td::compile(g, std::span(&in, 1), {.num_threads = threads});
  double estimate = 0;
  bool split = false;
  for (const auto& s : many.impl()->steps)
    if (s.program) {
      estimate += td::engine::estimated_cost(*s.program);
      split |= s.program->split != td::engine::stage_program::splitting::none;
    }
  const td::array y = one({x}).front();
  const td::array_view out = y.view();
  std::vector<double> times[2], ratios;
  constexpr int rounds = 60;
  for (int r = 0; r < rounds; ++r)
    for (int k = 0; k < 2; ++k) {
      const td::function& run = k ? many : one;
      const int calls = static_cast<int>(std::max(1.0, 3e5 / (estimate + 1000)));
      const auto start = std::chrono::steady_clock::now();
      for (int c = 0; c < calls; ++c) run.into(std::span(&out, 1), std::span(&in, 1));
      times[k].push_back(std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count() / calls);
    }
  const double a = median(times[0]), b = median(times[1]);
  std::printf("%-10s %9lld elements  estimate %8.1f us  one %8.1f us  %d threads %8.1f us  ratio %.2f%s\n", name, static_cast<long long>(n),
              estimate / 1e3, a, threads, b, b / a, split ? "" : "  (not split)");
}

}  // namespace

int main(int argc, char** argv) {
  const int threads = argc > 1 ? std::atoi(argv[1]) : 2;
  for (std::int64_t n : {10'000, 20'000, 40'000, 80'000, 160'000, 320'000, 640'000, 1'280'000}) measure("scale", scale, {n}, threads);
  for (std::int64_t n : {5'000, 10'000, 20'000, 40'000, 80'000, 160'000, 320'000, 1'280'000}) measure("normalize", normalize, {n}, threads);
  for (std::int64_t n : {2'000, 5'000, 10'000, 20'000, 40'000, 80'000, 160'000, 1'280'000}) measure("chain", chain, {n}, threads);
  for (std::int64_t n : {2'000, 5'000, 10'000, 20'000, 40'000, 80'000, 160'000, 1'280'000}) measure("tanh_exp", tanh_exp, {n}, threads);
  for (std::int64_t n : {5, 10, 20, 40, 80, 160, 320, 1280}) measure("softmax", softmax, {n, 1000}, threads);
}
