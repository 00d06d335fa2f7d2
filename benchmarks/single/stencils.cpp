// Stencils: a step of heat by slices and by roll, on grids of several sizes, horizontal diffusion (a stencil over stencils), and ops over
// joined arrays. Beside each a loop written by hand.
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "single/compare.hpp"

namespace {

using namespace bench;

void heat(std::int64_t n) {
  const arrays x{uniform<double>({n, n})};
  const std::string size = std::to_string(n) + " x " + std::to_string(n);
  const double* p = x[0].data<double>();
  compare<double>(("heat by slices, " + size).c_str(),
                  [n](const arrays& x) {
                    const auto at = [&](std::int64_t i, std::int64_t j) {
                      return x[0][{td::slice(1 + i, n - 1 + i), td::slice(1 + j, n - 1 + j)}];
                    };
                    return at(0, 0) + 0.1 * (at(-1, 0) + at(1, 0) + at(0, -1) + at(0, 1) - 4 * at(0, 0));
                  },
                  x,
                  [=](double* __restrict out) {
                    for (std::int64_t i = 1; i < n - 1; ++i)
                      for (std::int64_t j = 1; j < n - 1; ++j) {
                        const double* q = p + i * n + j;
                        out[(i - 1) * (n - 2) + j - 1] = q[0] + 0.1 * (q[-n] + q[n] + q[-1] + q[1] - 4 * q[0]);
                      }
                  });
  compare<double>(("heat by roll, " + size).c_str(),
                  [](const arrays& x) {
                    const auto at = [&](std::int64_t by, std::int64_t axis) { return td::roll(x[0], by, {.axis = axis}); };
                    return x[0] + 0.1 * (at(1, 0) + at(-1, 0) + at(1, 1) + at(-1, 1) - 4 * x[0]);
                  },
                  x,
                  [=](double* __restrict out) {
                    for (std::int64_t i = 0; i < n; ++i) {
                      const double *up = p + (i ? i - 1 : n - 1) * n, *row = p + i * n, *down = p + (i + 1 < n ? i + 1 : 0) * n;
                      const auto made = [&](std::int64_t j, double left, double right) {
                        out[i * n + j] = row[j] + 0.1 * (up[j] + down[j] + left + right - 4 * row[j]);
                      };
                      made(0, row[n - 1], row[1]);
                      for (std::int64_t j = 1; j < n - 1; ++j) made(j, row[j - 1], row[j + 1]);
                      made(n - 1, row[n - 2], row[0]);
                    }
                  });
}

// Horizontal diffusion with a flux limiter, as weather models have it (hdiff of NPBench): Laplacians, limited fluxes of them along both
// axes, and their differences.
void hdiff(std::int64_t n) {
  const arrays x{uniform<double>({n + 4, n + 4}), uniform<double>({n, n})};
  const auto written = [](const arrays& x) {
    const auto inner = [](const td::array& a, std::int64_t i, std::int64_t i_end, std::int64_t j, std::int64_t j_end) {
      return a[{td::slice(i, a.shape()[0] - i_end), td::slice(j, a.shape()[1] - j_end)}];
    };
    const td::array& in = x[0];
    const td::array lap =
        4 * inner(in, 1, 1, 1, 1) - (inner(in, 2, 0, 1, 1) + inner(in, 0, 2, 1, 1) + inner(in, 1, 1, 2, 0) + inner(in, 1, 1, 0, 2));
    const td::array down = inner(lap, 1, 0, 1, 1) - inner(lap, 0, 1, 1, 1), right = inner(lap, 1, 1, 1, 0) - inner(lap, 1, 1, 0, 1);
    const td::array fx = td::where(down * (inner(in, 2, 1, 2, 2) - inner(in, 1, 2, 2, 2)) > 0, 0, down);
    const td::array fy = td::where(right * (inner(in, 2, 2, 2, 1) - inner(in, 2, 2, 1, 2)) > 0, 0, right);
    return inner(in, 2, 2, 2, 2) - x[1] * (inner(fx, 1, 0, 0, 0) - inner(fx, 0, 1, 0, 0) + inner(fy, 0, 0, 1, 0) - inner(fy, 0, 0, 0, 1));
  };
  // Three rows of Laplacians and two of fluxes at a time, each computed once.
  const auto by_hand = [n, p = x[0].data<double>(), c = x[1].data<double>()](double* __restrict out) {
    const std::int64_t w = n + 4;
    static std::vector<double> memory;
    memory.resize(static_cast<std::size_t>(6 * w));
    double *above = memory.data(), *here = above + w, *below = here + w, *__restrict fy = below + w, *before = fy + w, *after = before + w;
    const auto laplacians = [&](std::int64_t i, double* __restrict lap) {
      const double* q = p + (i + 1) * w + 1;
      for (std::int64_t j = 0; j < n + 2; ++j) lap[j] = 4 * q[j] - (q[j + w] + q[j - w] + q[j + 1] + q[j - 1]);
    };
    const auto fluxes = [&](std::int64_t i, const double* upper, const double* lower, double* __restrict fx) {
      const double* q = p + (i + 1) * w + 2;
      for (std::int64_t j = 0; j < n; ++j) {
        const double d = lower[j + 1] - upper[j + 1];
        fx[j] = d * (q[j + w] - q[j]) > 0 ? 0 : d;
      }
    };
    laplacians(0, above);
    laplacians(1, here);
    fluxes(0, above, here, before);
    for (std::int64_t i = 0; i < n; ++i) {
      laplacians(i + 2, below);
      fluxes(i + 1, here, below, after);
      const double* q = p + (i + 2) * w + 1;
      for (std::int64_t j = 0; j < n + 1; ++j) {
        const double d = here[j + 1] - here[j];
        fy[j] = d * (q[j + 1] - q[j]) > 0 ? 0 : d;
      }
      for (std::int64_t j = 0; j < n; ++j) out[i * n + j] = q[j + 1] - c[i * n + j] * (after[j] - before[j] + fy[j + 1] - fy[j]);
      std::swap(above, here), std::swap(here, below), std::swap(before, after);
    }
  };
  compare<double>(("horizontal diffusion, " + std::to_string(n) + " x " + std::to_string(n)).c_str(), written, x, by_hand);
}

void joined() {
  constexpr std::int64_t n = 50000;
  const arrays x{uniform<double>({n}), uniform<double>({n})};
  compare<double>(
      "sqrt(2 * concat), of twice 50,000",
      [](const arrays& x) {
        return td::sqrt(2 * td::concat({x[0], x[1]}));
      },
      x,
      [a = x[0].data<double>(), b = x[1].data<double>()](double* __restrict out) {
        for (std::int64_t i = 0; i < n; ++i) out[i] = std::sqrt(2 * a[i]);
        for (std::int64_t i = 0; i < n; ++i) out[n + i] = std::sqrt(2 * b[i]);
      });
}

}  // namespace

int main() {
  std::printf("| by `into` | Tendril | by hand | ratio |\n|---|---|---|---|\n");
  for (const std::int64_t n : {64, 128, 256, 1024}) heat(n);
  for (const std::int64_t n : {64, 256, 1024}) hdiff(n);
  joined();
}
