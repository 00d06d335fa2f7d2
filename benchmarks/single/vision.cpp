// Measures the library of examples/vision: what recording its members costs, the first call of one, and later calls beside a hand-written
// loop.
//
//   bench_vision
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <vector>
#include <vision/library.hpp>

#include <tendril/tendril.hpp>

namespace td = tendril;
namespace {

using clock_type = std::chrono::steady_clock;
double since(clock_type::time_point start) { return std::chrono::duration<double, std::micro>(clock_type::now() - start).count(); }
double median(std::vector<double> x) {
  std::sort(x.begin(), x.end());
  return x[x.size() / 2];
}
template <class Work>
double timed(int times, Work work) {
  std::vector<double> all;
  for (int i = 0; i < times; ++i) {
    const auto start = clock_type::now();
    work();
    all.push_back(since(start));
  }
  return median(all);
}

template <class Bind>
struct colors {
  vision::color_members<Bind> color;
};

template <class Target>
void first_calls(const char* name, Target target) {
  const td::array image = td::ones({2, 3, 4, 5}, {.dtype = td::float32});
  std::printf("%s\n", name);
  std::printf("  %-52s %9.1f us\n", "transpile a module",
              timed(100, [&] { (void)td::transpile<vision::library>(td::source::torch, target); }));
  std::vector<double> recorded, called, first;
  for (int i = 0; i < 100; ++i) {
    const auto lib = td::transpile<colors>(td::source::torch, target);
    const auto start = clock_type::now();
    (void)lib.transpile_all();
    recorded.push_back(since(start));
    const auto fresh = td::transpile<colors>(td::source::torch, target);
    const auto before = clock_type::now();
    (void)fresh.color.bgr_to_grayscale(image);
    called.push_back(since(before));
    if (i == 0) first = {recorded[0], called[0]};
  }
  std::printf("  %-52s %9.1f us, the first time %9.1f us\n", "record all members of color", median(recorded), first[0]);
  std::printf("  %-52s %9.1f us, the first time %9.1f us\n", "first call of color.bgr_to_grayscale, 2x3x4x5", median(called), first[1]);
}

// A blur of five numbers along rows, then along columns, of planes with mirrored borders.
void blur(const float* in, float* middle, float* out, std::int64_t planes, std::int64_t h, std::int64_t w, const float* k) {
  const auto mirrored = [](std::int64_t i, std::int64_t n) { return i < 0 ? -i : i >= n ? 2 * n - 2 - i : i; };
  for (std::int64_t p = 0; p < planes; ++p, in += h * w, out += h * w) {
    for (std::int64_t y = 0; y < h; ++y) {
      const float* const row = in + y * w;
      float* const to = middle + y * w;
      for (std::int64_t x = 2; x < w - 2; ++x)
        to[x] = row[x - 2] * k[0] + row[x - 1] * k[1] + row[x] * k[2] + row[x + 1] * k[3] + row[x + 2] * k[4];
      for (const std::int64_t x : {std::int64_t{0}, std::int64_t{1}, w - 2, w - 1}) {
        to[x] = 0;
        for (std::int64_t j = 0; j < 5; ++j) to[x] += row[mirrored(x + j - 2, w)] * k[j];
      }
    }
    for (std::int64_t y = 0; y < h; ++y) {
      const float* rows[5];
      for (std::int64_t j = 0; j < 5; ++j) rows[j] = middle + mirrored(y + j - 2, h) * w;
      float* const to = out + y * w;
      for (std::int64_t x = 0; x < w; ++x)
        to[x] = rows[0][x] * k[0] + rows[1][x] * k[1] + rows[2][x] * k[2] + rows[3][x] * k[3] + rows[4][x] * k[4];
    }
  }
}

template <class Target>
void later_calls(const char* name, Target target) {
  const std::int64_t h = 512, w = 512;
  const td::array image = td::reshape(td::sin(td::arange(3 * h * w, {.dtype = td::float32})) * 0.5F + 0.5F, {1, 3, h, w});
  const auto lib = td::transpile<vision::library>(td::source::torch, target);
  td::array out = td::zeros({1, 3, h, w}, {.dtype = td::float32});
  std::printf("%s, 1x3x512x512 float32, later calls\n", name);
  const auto show = [&](const char* what, const auto& member) {
    td::array result = member(image);
    std::printf("  %-52s %9.1f us\n", what, timed(30, [&] { member.into(result, image); }));
  };
  show("color.rgb_to_grayscale", lib.color.rgb_to_grayscale);
  show("color.rgb_to_hsv", lib.color.rgb_to_hsv);
  show("color.rgb_to_lab", lib.color.rgb_to_lab);
  show("filters.GaussianBlur2d, 5x5", lib.filters.GaussianBlur2d);
  show("filters.sobel", lib.filters.sobel);
  show("filters.median_blur, 3x3", lib.filters.median_blur);
  show("filters.bilateral_blur, 3x5", lib.filters.bilateral_blur);
}

}  // namespace

int main() {
  first_calls("eigen", td::target::eigen);
  first_calls("jax", td::target::jax);
  later_calls("eigen", td::target::eigen);
  const std::vector<std::string> there = td::backends();
  if (std::find(there.begin(), there.end(), "jit") != there.end()) later_calls("jit", td::target::jit);
  const std::int64_t n = 512 * 512;
  std::vector<float> in(static_cast<std::size_t>(3 * n), 0.5F), middle(static_cast<std::size_t>(n)), out(in.size());
  std::vector<float> taps;
  for (const double t : vision::filters::gaussian_taps(5, 1.5)) taps.push_back(static_cast<float>(t));
  std::printf("a loop by hand\n  %-52s %9.1f us\n", "the blur of GaussianBlur2d, 5x5",
              timed(30, [&] { blur(in.data(), middle.data(), out.data(), 3, 512, 512, taps.data()); }));
}
