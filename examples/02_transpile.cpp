// Transpile: a function and a module written for torch, on Eigen and xtensor arrays; when the functions run, and what each call costs.
#include <tendril/eigen.hpp>
#include <tendril/frontends/torch.hpp>
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
namespace torch = tendril::frontends::torch;

int runs = 0;  // how often the C++ functions below ran

// [readme transpile]
torch::Tensor normalize(const torch::Tensor& x) {
  ++runs;
  return torch::div(torch::sub(x, torch::mean(x)), torch::std(x));  // torch's std is unbiased
}
// [readme transpile]

// A library of functions, as a module: a template over how its members are bound.
namespace vision {

struct bgr_to_grayscale_ {
  torch::Tensor operator()(const torch::Tensor& image) const {  // ... x 3 x height x width
    ++runs;
    const auto channel = [&](int i) { return image[{td::ellipsis, td::slice(i, i + 1), td::slice(), td::slice()}]; };
    return 0.114 * channel(0) + 0.587 * channel(1) + 0.299 * channel(2);
  }
};
struct invert_ {
  torch::Tensor operator()(const torch::Tensor& image) const {
    ++runs;
    return 1 - image;
  }
};

template <class Bind>
struct library {
  struct {
    typename Bind::template fn<bgr_to_grayscale_> bgr_to_grayscale{"color.bgr_to_grayscale"};
    typename Bind::template fn<invert_> invert{"color.invert"};
  } color;
};

}  // namespace vision

const std::vector<double> numbers{0.5488135039273248, 0.7151893663724195, 0.6027633760716439, 0.5448831829968969, 0.4236547993389047,
                                  0.6458941130666561, 0.4375872112626925, 0.8917730007820798, 0.9636627605010293, 0.3834415188257777};

// Prints how long `work` took, and how often the functions ran in it.
template <class Work>
auto timed(const char* what, int times, Work work) {
  using clock = std::chrono::steady_clock;
  const int before = runs;
  const auto start = clock::now();
  auto result = work();
  for (int i = 1; i < times; ++i) result = work();
  const std::chrono::duration<double, std::micro> spent = clock::now() - start;
  std::printf("  %-26s %d run%s %10.2f us\n", what, runs - before, runs - before == 1 ? " " : "s", spent.count() / times);
  return result;
}

template <class Native, class Target>
void function(const char* name, const Native& x, Target target) {
  std::printf("normalize, from torch to %s\n", name);
  const auto f = timed("transpile, no arguments", 1, [&] { return td::transpile(normalize, td::source::torch, target); });
  timed("first call", 1, [&] { return f(x); });
  const Native y = timed("later calls", 1000, [&] { return f(x); });
  const auto traced = td::trace_graph(f);
  const bool same = td::allclose(td::asarray(Native(traced(x))), td::asarray(y), 0, 0);
  std::printf("  pending: \"%s\"; trace_graph(transpile(f, ...)) gives %s\n ", f.pending().c_str(), same ? "the same" : "something else");
  for (double v : y) std::printf(" %.8f", v);
  std::printf("\n\n");
}

int main() {
  function("Eigen", Eigen::ArrayXd(Eigen::Map<const Eigen::ArrayXd>(numbers.data(), 10)), td::target::eigen);
#if HAVE_XTENSOR
  if (std::ranges::count(td::backends(), std::string("xtensor")))  // Tendril may have been built without xtensor
    function("xtensor", td::to<xt::xarray<double>>(td::asarray(numbers)), td::target::xtensor);
#endif
  std::cout << "What transpile recorded, before there was any argument:\n\n"
            << td::transpile(normalize, td::source::torch, td::target::eigen).graph() << '\n';

  std::printf("A module, member by member\n");
  const auto lib = timed("transpile", 1, [] { return td::transpile<vision::library>(td::source::torch, td::target::eigen); });
  const td::array image = td::reshape(td::arange(120, {.dtype = td::float64}) / 120.0, {2, 3, 4, 5});
  timed("first call of a member", 1, [&] { return lib.color.bgr_to_grayscale(image); });
  const td::array gray = timed("later calls", 1000, [&] { return lib.color.bgr_to_grayscale(image); });
  std::printf("  %s -> %s, the first pixel %.6f\n", td::to_string(image.shape()).c_str(), td::to_string(gray.shape()).c_str(),
              gray[{0, 0, 0, 0}].item<double>());
  std::printf("  transpiled: %s %s, %s %s\n", lib.color.bgr_to_grayscale.name().c_str(),
              lib.color.bgr_to_grayscale.transpiled() ? "yes" : "no", lib.color.invert.name().c_str(),
              lib.color.invert.transpiled() ? "yes" : "no");
}
