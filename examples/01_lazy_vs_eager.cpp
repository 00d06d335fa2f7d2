// Lazy and eager tracing: when the function itself runs, what each step costs, and that every container and backend gives the same.
#include <tendril/eigen.hpp>
#include <tendril/tendril.hpp>
#if __has_include(<xtensor/xarray.hpp>) || __has_include(<xtensor/containers/xarray.hpp>)
#define HAVE_XTENSOR 1
#include <tendril/xtensor.hpp>
#endif

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <iostream>
namespace td = tendril;

int runs = 0;  // how often the C++ function below ran: on arrays, or on the symbols that a trace passes in

td::array normalize(const td::array& x) {
  ++runs;
  return td::divide(td::subtract(x, td::mean(x)), td::std(x));
}

const std::vector<double> numbers{0.5488135039273248, 0.7151893663724195, 0.6027633760716439, 0.5448831829968969, 0.4236547993389047,
                                  0.6458941130666561, 0.4375872112626925, 0.8917730007820798, 0.9636627605010293, 0.3834415188257777};

// Prints how long `work` took and how often normalize ran in it.
template <class Work>
auto timed(int times, Work work) {
  using clock = std::chrono::steady_clock;
  const int before = runs;
  const auto start = clock::now();
  auto result = work();
  for (int i = 1; i < times; ++i) result = work();
  const std::chrono::duration<double, std::micro> spent = clock::now() - start;
  std::printf("%7d run%s %8.2f us", runs - before, runs - before == 1 ? " " : "s", spent.count() / times);
  return result;
}

template <class Make>
void row(const char* how, Make make) {
  std::printf("%-28s", how);
  auto f = timed(1, make);
  timed(1, [&] { return f(numbers); });
  timed(1000, [&] { return f(numbers); });
  std::printf("\n");
}

// One container in, the same kind out, three ways: each runs normalize once, however often it is called.
template <class Container>
void same_in_every_container(const char* name, const Container& x) {
  for (const std::string backend : {"eigen", "xtensor"}) {
    if (std::ranges::count(td::backends(), backend) == 0) continue;  // Tendril may have been built without xtensor
    runs = 0;
    auto lazy = td::trace_graph(normalize, {.to = backend});
    auto eager = td::trace_graph(normalize, td::args(x), {.to = backend});
    td::traced decorated([](const td::array& a) { return normalize(a); }, {.to = backend});
    for (int call = 0; call < 3; ++call) {
      const Container results[] = {lazy(x), eager(x), decorated(x)};
      if (call < 2) continue;
      std::printf("%-22s %-8s %d runs,", name, backend.c_str(), runs);
      const auto first = td::asarray(results[0]);
      for (double v : td::to<std::vector<double>>(first)) std::printf(" %.8f", v);
      const bool same = td::allclose(td::asarray(results[1]), first, 0, 0) && td::allclose(td::asarray(results[2]), first, 0, 0);
      std::printf("%s\n", same ? "" : "  BUT the three ways differ");
    }
  }
}

int main() {
  std::printf("Each step: how often normalize ran, and the time (of later calls, the mean of 1000).\n\n");
  normalize(td::asarray(numbers));                // what a process pays once, for its first op ...
  td::trace_graph(normalize, td::args(numbers));  // ... and for its first trace, would blur the table
  std::printf("%-28s%22s%23s%23s\n", "", "construction", "first call", "later calls");

  // No tracing: every call runs the function, which runs op by op.
  row("normalize itself", [] { return [](const std::vector<double>& x) { return normalize(td::view(x)); }; });
  // Lazy: nothing happens until the first call, which traces and compiles; later calls replay.
  row("trace_graph(f)", [] { return td::trace_graph(normalize); });
  // Eager: example arguments say what to prepare for, so that already the first call replays.
  row("trace_graph(f, args(x))", [] { return td::trace_graph(normalize, td::args(numbers)); });
  // The decorator form: lazy, under the function's own name.
  row("traced f = lambda", [] {
    td::traced f = [](const td::array& x) { return normalize(x); };
    return f;
  });

  // [readme lazy-eager]
  auto lazy = td::trace_graph(normalize);                      // nothing happens yet; the first call will trace
  auto eager = td::trace_graph(normalize, td::args(numbers));  // traced here, for arguments like these: every call is fast
  td::traced decorated = [](const td::array& x) { return (x - td::mean(x)) / td::std(x); };  // the decorator form; lazy
  const std::vector<double> y = lazy(numbers), z = eager(numbers), w = decorated(numbers);
  // [readme lazy-eager]
  std::cout << "\nThe three results are equal: " << std::boolalpha << (y == z && z == w)
            << "\n\nWhat was recorded, with the line that each op stands in:\n\n"
            << eager.graph()
            << "\nEach container in and out, on each backend; of 9 calls, 3 lazy, 3 eager and 3 decorated, the function runs in\n\n";

  const auto n = static_cast<Eigen::Index>(numbers.size());
  same_in_every_container("td::array", td::asarray(numbers));
  same_in_every_container("std::vector<double>", numbers);
  same_in_every_container("Eigen::ArrayXd", Eigen::ArrayXd(Eigen::Map<const Eigen::ArrayXd>(numbers.data(), n)));
  same_in_every_container("Eigen::VectorXd", Eigen::VectorXd(Eigen::Map<const Eigen::VectorXd>(numbers.data(), n)));
#if HAVE_XTENSOR
  same_in_every_container("xt::xarray<double>", td::to<xt::xarray<double>>(td::asarray(numbers)));
  same_in_every_container("xt::xtensor<double, 1>", td::to<xt::xtensor<double, 1>>(td::asarray(numbers)));
#endif
}
