// The table of docs/performance.md: every implementation of a case runs in turn, round after round; medians, and ratios to the hand-written
// loop.
#include <tendril/eigen.hpp>
#include <tendril/tendril.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <numeric>
#include <random>
#include <thread>

#include "native/native.hpp"

namespace td = tendril;

namespace {

double seconds() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

double median(std::vector<double> v) {
  std::sort(v.begin(), v.end());
  return v[v.size() / 2];
}

struct implementation {
  std::string name;
  std::function<void()> run;
  std::vector<double> nanoseconds{};
  long repeats = 1;
};

int rounds = 15;

// Runs the implementations of one case in turn and prints a row for each; the first is the hand-written loop.
void compare(const char* name, std::vector<implementation> all) {
  constexpr double round_seconds = 3e-3;
  for (implementation& i : all) {
    for (int warm = 0; warm < 3; ++warm) i.run();
    for (;;) {
      const double start = seconds();
      for (long k = 0; k < i.repeats; ++k) i.run();
      if (seconds() - start > round_seconds || i.repeats > (1L << 24)) break;
      i.repeats *= 2;
    }
  }
  for (int r = 0; r < rounds; ++r)
    for (implementation& i : all) {
      const double start = seconds();
      for (long k = 0; k < i.repeats; ++k) i.run();
      i.nanoseconds.push_back((seconds() - start) / static_cast<double>(i.repeats) * 1e9);
    }
  const double base = median(all.front().nanoseconds);
  for (implementation& i : all) {
    // The median of the ratios round by round holds when the machine's speed drifts; the ratio of medians does not.
    std::vector<double> ratios;
    for (std::size_t r = 0; r < i.nanoseconds.size(); ++r) ratios.push_back(i.nanoseconds[r] / all.front().nanoseconds[r]);
    const double t = median(i.nanoseconds);
    if (base < 1000) std::printf("| %s | %s | %.1f ns | %.2f | %+.1f ns |\n", name, i.name.c_str(), t, median(ratios), t - base);
    else std::printf("| %s | %s | %.1f µs | %.2f | |\n", name, i.name.c_str(), t / 1e3, median(ratios));
  }
  std::fflush(stdout);
}

td::array normalize(const td::array& x) { return td::divide(td::subtract(x, td::mean(x)), td::std(x)); }

td::array layernorm(const td::array& x, const td::array& g, const td::array& b) {
  const auto mean = td::mean(x, {.axis = -1, .keepdims = true});
  const auto variance = td::var(x, {.axis = -1, .keepdims = true});
  return (x - mean) / td::sqrt(variance + 1e-5) * g + b;
}

td::array chain(const td::array& x) {
  td::array p = x * native::coefficients[0] + native::coefficients[1];
  for (int k = 2; k < 16; ++k) p = p * x + native::coefficients[k];
  return p;
}

td::array gray(const td::array& x) { return x[{td::slice(), 0}] * 0.299 + x[{td::slice(), 1}] * 0.587 + x[{td::slice(), 2}] * 0.114; }

std::mt19937 generator(1);

template <class T>
std::vector<T> random(std::size_t n) {
  std::normal_distribution<double> d;
  std::vector<T> v(n);
  for (T& x : v) x = static_cast<T>(d(generator));
  return v;
}

void add_peers(std::vector<implementation>& all, std::function<void()> eigen, std::function<void()> xtensor) {
  all.push_back({"Eigen, naive, -O3 -march=native", std::move(eigen)});
  if (native::xtensor::available()) all.push_back({"xtensor, naive, -O3 -march=native", std::move(xtensor)});
}

std::string jit_or_eigen() {
  const auto all = td::backends();
  return std::find(all.begin(), all.end(), "jit") != all.end() ? "jit" : "eigen";
}
/// The same function on the jit backend, where there is one.
template <class F>
F jit(const F& f) {
  return f.to(jit_or_eigen());
}

/// A row for the jit backend after that of eigen, where there is one.
void add_jit(std::vector<implementation>& all, std::function<void()> run) {
  if (jit_or_eigen() == "jit") all.insert(all.begin() + 2, {"tendril jit, into", std::move(run)});
}

using Table = Eigen::Array<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

void steady_state() {
  std::printf("| case | implementation | time | ratio | over hand |\n|---|---|---|---|---|\n");
  {
    // A function without results has no step to run: what is left is the call itself, up to the kernel.
    std::vector<double> x(10, 1.0), y(10);
    std::vector<std::vector<double>> none;
    td::traced nothing = [](const td::array&) { return std::vector<td::array>(); };
    td::traced negate = [](const td::array& a) { return -a; };
    compare("the smallest calls, 10 f64", {{"hand-written y = -x",
                                            [&] {
                                              for (std::size_t i = 0; i < 10; ++i) y[i] = -x[i];
                                              native::keep(y.data());
                                            }},
                                           {"tendril, nothing to run, into", [&] { nothing.into(none, x); }},
                                           {"tendril, y = -x, into", [&] { negate.into(y, x); }}});
  }
  for (native::index n : {10, 100, 1000, 100'000, 1'000'000}) {
    const auto x = random<double>(static_cast<std::size_t>(n));
    std::vector<double> y(x.size());
    Eigen::ArrayXd ex = Eigen::Map<const Eigen::ArrayXd>(x.data(), n), ey(n);
    const auto f = td::trace_graph(normalize, td::args(ex), {.to = "eigen"});
    std::vector<implementation> all{{"hand-written", [&] { native::hand::normalize(x.data(), y.data(), n); }},
                                    {"tendril eigen, into", [&] { f.into(ey, ex); }},
                                    {"hand-written + allocation",
                                     [&] {
                                       Eigen::ArrayXd z(n);
                                       native::hand::normalize(x.data(), z.data(), n);
                                       native::keep(z.data());
                                     }},
                                    {"tendril eigen, returning", [&] {
                                       const Eigen::ArrayXd z = f(ex);
                                       native::keep(z.data());
                                     }}};
    add_jit(all, [&, g = jit(f)] { g.into(ey, ex); });
    add_peers(
        all, [&] { native::eigen::normalize(x.data(), n); }, [&] { native::xtensor::normalize(x.data(), n); });
    compare(("normalize, " + std::to_string(n) + " f64").c_str(), std::move(all));
  }
  {
    const native::index rows = 256, columns = 1024;
    const auto x = random<float>(static_cast<std::size_t>(rows * columns));
    Table ex = Eigen::Map<const Table>(x.data(), rows, columns), ey = ex;
    const auto f = td::trace_graph([](const td::array& a) { return td::softmax(a); }, td::args(ex), {.to = "eigen"});
    std::vector<implementation> all{{"hand-written", [&] { native::hand::softmax(x.data(), ey.data(), rows, columns); }},
                                    {"tendril eigen, into", [&] { f.into(ey, ex); }}};
    add_jit(all, [&, g = jit(f)] { g.into(ey, ex); });
    add_peers(
        all, [&] { native::eigen::softmax(x.data(), rows, columns); }, [&] { native::xtensor::softmax(x.data(), rows, columns); });
    compare("softmax, 256×1024 f32", std::move(all));
  }
  {
    const native::index rows = 512, columns = 768;
    const auto x = random<float>(static_cast<std::size_t>(rows * columns)), g = random<float>(768), b = random<float>(768);
    Table ex = Eigen::Map<const Table>(x.data(), rows, columns), ey = ex;
    const auto f = td::trace_graph(layernorm, td::args(ex, g, b), {.to = "eigen"});
    std::vector<implementation> all{
        {"hand-written", [&] { native::hand::layernorm(x.data(), g.data(), b.data(), ey.data(), rows, columns); }},
        {"tendril eigen, into", [&] { f.into(ey, ex, g, b); }}};
    add_jit(all, [&, h = jit(f)] { h.into(ey, ex, g, b); });
    add_peers(
        all, [&] { native::eigen::layernorm(x.data(), g.data(), b.data(), rows, columns); },
        [&] { native::xtensor::layernorm(x.data(), g.data(), b.data(), rows, columns); });
    compare("layernorm, 512×768 f32", std::move(all));
  }
  {
    const native::index n = 1'000'000;
    const auto x = random<float>(static_cast<std::size_t>(n));
    std::vector<float> y(x.size());
    const auto f = td::trace_graph([](const td::array& a) { return td::gelu(a, {.approximate = "tanh"}); }, td::args(x), {.to = "eigen"});
    std::vector<implementation> all{{"hand-written", [&] { native::hand::gelu(x.data(), y.data(), n); }},
                                    {"tendril eigen, into", [&] { f.into(y, x); }}};
    add_jit(all, [&, g = jit(f)] { g.into(y, x); });
    add_peers(
        all, [&] { native::eigen::gelu(x.data(), n); }, [&] { native::xtensor::gelu(x.data(), n); });
    compare("gelu (tanh), 1e6 f32", std::move(all));
  }
  {
    const native::index n = 1'000'000;
    const auto x = random<double>(static_cast<std::size_t>(n));
    std::vector<double> y(x.size());
    const auto f = td::trace_graph(chain, td::args(x), {.to = "eigen"});
    std::vector<implementation> all{{"hand-written", [&] { native::hand::chain(x.data(), y.data(), n); }},
                                    {"tendril eigen, into", [&] { f.into(y, x); }}};
    add_jit(all, [&, g = jit(f)] { g.into(y, x); });
    add_peers(
        all, [&] { native::eigen::chain_steps(x.data(), n); }, [&] { native::xtensor::chain_steps(x.data(), n); });
    for (implementation& i : all)
      if (i.name.find("naive") != std::string::npos) i.name += ", step by step";
    all.push_back({"Eigen, naive, one expression", [&] { native::eigen::chain(x.data(), n); }});
    if (native::xtensor::available()) all.push_back({"xtensor, naive, one expression", [&] { native::xtensor::chain(x.data(), n); }});
    compare("30-op chain, 1e6 f64", std::move(all));
  }
  {
    const native::index images = 8, pixels = 512 * 512;
    const auto x = random<float>(static_cast<std::size_t>(images * 3 * pixels));
    std::vector<float> y(static_cast<std::size_t>(images * pixels));
    td::array_view in{const_cast<float*>(x.data()), td::float32, 3, {images, 3, pixels}, {3 * pixels, pixels, 1}};
    td::array_view out{y.data(), td::float32, 2, {images, pixels}, {pixels, 1}};
    const td::array example = td::detail::borrow(in);
    const td::function f = td::trace_graph(gray, {.to = "eigen"}).compiled(example);
    std::vector<implementation> all{{"hand-written", [&] { native::hand::gray(x.data(), y.data(), images, pixels); }},
                                    {"tendril eigen, into", [&] {
                                       f.into({&out, 1}, {&in, 1});
                                     }}};
    add_jit(all, [&, g = td::trace_graph(gray, {.to = jit_or_eigen()}).compiled(example)] { g.into({&out, 1}, {&in, 1}); });
    add_peers(
        all, [&] { native::eigen::gray(x.data(), images, pixels); }, [&] { native::xtensor::gray(x.data(), images, pixels); });
    compare("rgb to gray, 8×3×512×512 f32", std::move(all));
  }
}

// First calls and new shapes: each in a fresh object, so that the median is of cold objects in a warm process.
void first_calls() {
  std::printf("\n| what | time |\n|---|---|\n");
  const auto time_of = [](auto make) {
    std::vector<double> t;
    for (int r = 0; r < 101; ++r) t.push_back(make());
    return median(t) * 1e6;
  };
  const std::vector<double> x = random<double>(1000), shorter(999, 1.0);
  std::vector<double> y(1000);
  std::printf("| first call of normalize, 1000 f64 | %.1f µs |\n", time_of([&] {
                const auto f = td::trace_graph(normalize);
                const double start = seconds();
                f.into(y, x);
                return seconds() - start;
              }));
  std::printf("| first call of the 30-op chain, 1000 f64 | %.1f µs |\n", time_of([&] {
                const auto f = td::trace_graph(chain);
                const double start = seconds();
                f.into(y, x);
                return seconds() - start;
              }));
  std::printf("| a new shape of the 30-op chain | %.1f µs |\n", time_of([&] {
                const auto f = td::trace_graph(chain, td::args(x));
                const double start = seconds();
                f.trace(shorter);
                return seconds() - start;
              }));
  // Tracing alone: a graph of 1000 ops against one of none, compiled without optimisation in neither.
  const auto record = [&](int ops) {
    return time_of([&] {
      const double start = seconds();
      double end = 0;
      const auto f = td::trace_graph([&](const td::array& a) {
        td::array p = a;
        for (int k = 0; k < ops; ++k) p = p * a;
        end = seconds();
        return p;
      });
      f.trace(x);
      return end - start;
    });
  };
  std::printf("| tracing, an op | %.2f µs |\n", (record(1000) - record(0)) / 1000);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1) rounds = std::atoi(argv[1]);
  std::string model = "unknown processor";
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);)
    if (line.starts_with("model name")) {
      model = line.substr(line.find(':') + 2);
      break;
    }
  std::printf("%s, %u processors; medians of %d interleaved rounds, one thread.\n\n", model.c_str(), std::thread::hardware_concurrency(),
              rounds);
  steady_state();
  first_calls();
}
