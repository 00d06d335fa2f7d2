// Stencils: a step of heat by slices and by roll, on grids of several sizes, and ops over joined arrays. Beside each a loop written by
// hand.
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <string>

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
  joined();
}
