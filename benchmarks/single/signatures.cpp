// Measures what a call costs beside its work when signatures change: containers in turn, many shapes in turn, a thread's first call.
//
//   bench_signatures
#include <Eigen/Core>

#include <tendril/eigen.hpp>
#include <tendril/tendril.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <span>
#include <thread>
#include <vector>

namespace td = tendril;
namespace {

using clock_type = std::chrono::steady_clock;
double since(clock_type::time_point start) { return std::chrono::duration<double, std::nano>(clock_type::now() - start).count(); }

td::array body(const td::array& x) { return x * 2 + 1; }

void containers() {
  const std::vector<double> list(10, 1.0);
  const Eigen::VectorXd vector = Eigen::VectorXd::Ones(10);
  const td::array own = td::asarray(list);
  std::vector<double> out(10);
  const auto f = td::trace_graph(body);
  const auto time = [&](const char* what, auto call) {
    call();
    double best = 1e300;
    for (int repeat = 0; repeat < 20; ++repeat) {
      const auto start = clock_type::now();
      for (int i = 0; i < 1000; ++i) call();
      best = std::min(best, since(start) / 1000);
    }
    std::printf("%-44s %9.1f ns a call\n", what, best);
  };
  time("std::vector", [&] { f.into(out, list); });
  time("Eigen::VectorXd", [&] { f.into(out, vector); });
  time("td::array", [&] { f.into(out, own); });
  time("two containers in turn, of two", [&] { f.into(out, list), f.into(out, vector); });
  time("three containers in turn, of three", [&] { f.into(out, list), f.into(out, vector), f.into(out, own); });
  double best = 1e300;
  for (int repeat = 0; repeat < 100; ++repeat) {
    const auto g = td::trace_graph(body, td::args(list));
    g.into(out, list);
    const auto start = clock_type::now();
    g.into(out, vector);
    best = std::min(best, since(start));
  }
  std::printf("%-44s %9.1f ns\n", "first call in another container", best);
}

void shapes(std::size_t count, td::trace_options options, const char* what) {
  const auto f = td::trace_graph(body, options);
  std::vector<double> x(count + 1, 1.0), out(count + 1);
  const auto round = [&] {
    const auto start = clock_type::now();
    for (std::size_t n = 1; n <= count; ++n) f.into(std::span(out).first(n), std::span<const double>(x).first(n));
    return since(start) / static_cast<double>(count);
  };
  const double first = round();
  double best = 1e300;
  for (int repeat = 0; repeat < 3; ++repeat) best = std::min(best, round());
  std::printf("%6zu shapes in turn, %-23s %9.1f ns a call (first round %.1f us)\n", count, what, best, first / 1000);
}

void first_calls() {
  const Eigen::MatrixXd x = Eigen::MatrixXd::Random(60, 60);
  Eigen::VectorXd out(60);
  const auto f = td::trace_graph([](const td::array& a) { return td::sum(td::matmul(a, td::exp(a)), {.axis = 1}); }, td::args(x));
  for (bool prepared : {false, true}) {
    double best = 1e300;
    for (int repeat = 0; repeat < 20; ++repeat)
      std::thread([&] {
        if (prepared) f.prepare(x);
        const auto start = clock_type::now();
        f.into(out, x);
        best = std::min(best, since(start));
      }).join();
    std::printf("%-44s %9.1f ns\n", prepared ? "a thread's first call, prepared" : "a thread's first call", best);
  }
}

}  // namespace

int main() {
  td::set_warning_handler([](std::string_view) {});
  containers();
  shapes(65, {}, "by default");
  shapes(65, {.max_specializations = 64}, "64 kept");
  shapes(16000, {}, "by default");
  shapes(16000, {.max_specializations = 20000, .max_specialization_bytes = std::size_t{4} << 30}, "all kept");
  first_calls();
}
