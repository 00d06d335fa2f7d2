// Short axes: points (n, 3), quaternions (n, 4), pixels with channels last, classes, and channels that come first. Beside each a loop
// written by hand over components, which the compiler may reorder as it likes.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "single/compare.hpp"

namespace {

using namespace bench;

// Accelerations of n bodies, from their positions as columns.
void accelerations(const double* __restrict x, const double* __restrict y, const double* __restrict z, const double* __restrict mass,
                   std::int64_t n, double* __restrict ax, double* __restrict ay, double* __restrict az, std::int64_t step) {
  for (std::int64_t i = 0; i < n; ++i) {
    double sx = 0, sy = 0, sz = 0;
    for (std::int64_t j = 0; j < n; ++j) {
      const double dx = x[j] - x[i], dy = y[j] - y[i], dz = z[j] - z[i], r = dx * dx + dy * dy + dz * dz + 1e-3;
      const double w = mass[j] / (r * std::sqrt(r));
      sx += w * dx, sy += w * dy, sz += w * dz;
    }
    ax[i * step] = sx, ay[i * step] = sy, az[i * step] = sz;
  }
}

void bodies() {
  constexpr std::int64_t n = 512;
  const arrays x{uniform<double>({n, 3}), uniform<double>({n})}, first{uniform<double>({3, n}), x[1]};
  const auto weight = [](const td::array& squares, const td::array& mass) { return mass / ((squares + 1e-3) * td::sqrt(squares + 1e-3)); };
  compare<double>(
      "n-body, 512 positions (n, 3)",
      [&](const arrays& x) {
        const td::array d = td::expand_dims(x[0], {.axis = 0}) - td::expand_dims(x[0], {.axis = 1});
        return td::sum(d * td::expand_dims(weight(td::sum(d * d, {.axis = -1}), x[1]), {.axis = -1}), {.axis = 1});
      },
      x,
      [p = x[0].data<double>(), m = x[1].data<double>()](double* out) {
        std::vector<double> c(3 * n);
        for (std::int64_t i = 0; i < n; ++i)
          for (std::int64_t k = 0; k < 3; ++k) c[static_cast<std::size_t>(k * n + i)] = p[3 * i + k];
        accelerations(c.data(), c.data() + n, c.data() + 2 * n, m, n, out, out + 1, out + 2, 3);
      });
  compare<double>(
      "n-body, 512 positions (3, n)",
      [&](const arrays& x) {
        const td::array d = td::expand_dims(x[0], {.axis = 1}) - td::expand_dims(x[0], {.axis = 2});
        return td::sum(d * weight(td::sum(d * d, {.axis = 0}), x[1]), {.axis = 2});
      },
      first,
      [p = first[0].data<double>(), m = x[1].data<double>()](double* out) {
        accelerations(p, p + n, p + 2 * n, m, n, out, out + n, out + 2 * n, 1);
      });
}

constexpr std::int64_t rows = 100000;

// Rows of K that no compiler takes apart in registers: a block of them is, into columns.
constexpr std::int64_t block = 256;
template <int K, class F>
void by_components(const float* __restrict p, F f) {
  float x[K][block];
  for (std::int64_t first = 0; first < rows; first += block) {
    const std::int64_t n = std::min(block, rows - first);
    for (int k = 0; k < K; ++k)
      for (std::int64_t i = 0; i < n; ++i) x[k][i] = p[K * (first + i) + k];
    f(x, first, n);
  }
}

template <int K>
void normalized(const char* name) {
  const arrays x{uniform<double>({rows, K})};
  compare<double>(
      name, [](const arrays& x) { return x[0] / td::sqrt(td::sum(x[0] * x[0], {.axis = -1, .keepdims = true})); }, x,
      [p = x[0].data<double>()](double* __restrict out) {
        for (std::int64_t i = 0; i < rows; ++i) {
          double squares = 0;
          for (int k = 0; k < K; ++k) squares += p[K * i + k] * p[K * i + k];
          const double length = std::sqrt(squares);
          for (int k = 0; k < K; ++k) out[K * i + k] = p[K * i + k] / length;
        }
      });
}

void classes() {
  const arrays two{uniform<float>({rows, 2})}, four{uniform<float>({rows, 4})}, five{uniform<float>({rows, 5})};
  compare<float>(
      "largest of rows of 4, float32", [](const arrays& x) { return td::max(x[0], {.axis = -1}); }, four,
      [p = four[0].data<float>()](float* __restrict out) {
        for (std::int64_t i = 0; i < rows; ++i) out[i] = std::max(std::max(p[4 * i], p[4 * i + 1]), std::max(p[4 * i + 2], p[4 * i + 3]));
      });
  compare<float>(
      "log_softmax of 2 classes, float32", [](const arrays& x) { return td::log_softmax(x[0], {.axis = -1}); }, two,
      [p = two[0].data<float>()](float* __restrict out) {
        for (std::int64_t i = 0; i < rows; ++i) {
          const float a = p[2 * i], b = p[2 * i + 1], most = std::max(a, b);
          const float all = most + std::log(std::exp(a - most) + std::exp(b - most));
          out[2 * i] = a - all, out[2 * i + 1] = b - all;
        }
      });
  compare<float>(
      "softmax of 5 classes, float32", [](const arrays& x) { return td::softmax(x[0], {.axis = -1}); }, five,
      [p = five[0].data<float>()](float* __restrict out) {
        by_components<5>(p, [&](const auto& x, std::int64_t first, std::int64_t n) {
          float e[5][block];
          for (std::int64_t i = 0; i < n; ++i) {
            const float most = std::max(std::max(std::max(x[0][i], x[1][i]), std::max(x[2][i], x[3][i])), x[4][i]);
            for (int k = 0; k < 5; ++k) e[k][i] = std::exp(x[k][i] - most);
          }
          for (std::int64_t i = 0; i < n; ++i) {
            const float all = e[0][i] + e[1][i] + e[2][i] + e[3][i] + e[4][i];
            for (int k = 0; k < 5; ++k) out[5 * (first + i) + k] = e[k][i] / all;
          }
        });
      });
  compare<std::int64_t>(
      "argmin of rows of 5, float32", [](const arrays& x) { return td::argmin(x[0], {.axis = -1}); }, five,
      [p = five[0].data<float>()](std::int64_t* __restrict out) {
        by_components<5>(p, [&](const auto& x, std::int64_t first, std::int64_t n) {
          for (std::int64_t i = 0; i < n; ++i) {
            float best = x[0][i];
            std::int32_t place = 0;
            for (int k = 1; k < 5; ++k) {
              const bool is = x[k][i] < best;
              place = is ? k : place, best = is ? x[k][i] : best;
            }
            out[first + i] = place;
          }
        });
      });
}

void points() {
  const arrays x{uniform<double>({rows, 3}), uniform<double>({rows, 3}), uniform<double>({3}), uniform<double>({rows, 1})};
  const double *p = x[0].data<double>(), *q = x[1].data<double>(), *s = x[2].data<double>(), *w = x[3].data<double>();
  compare<double>(
      "sum(a * b, -1) of (n, 3)", [](const arrays& x) { return td::sum(x[0] * x[1], {.axis = -1}); }, x,
      [=](double* __restrict out) {
        for (std::int64_t i = 0; i < rows; ++i) out[i] = p[3 * i] * q[3 * i] + p[3 * i + 1] * q[3 * i + 1] + p[3 * i + 2] * q[3 * i + 2];
      });
  compare<double>(
      "x * s + s of (n, 3) and (3,)", [](const arrays& x) { return x[0] * x[2] + x[2]; }, x,
      [=](double* __restrict out) {
        for (std::int64_t i = 0; i < rows; ++i)
          for (int k = 0; k < 3; ++k) out[3 * i + k] = p[3 * i + k] * s[k] + s[k];
      });
  compare<double>(
      "x * w + y of (n, 3) and (n, 1)", [](const arrays& x) { return x[0] * x[3] + x[1]; }, x,
      [=](double* __restrict out) {
        for (std::int64_t i = 0; i < rows; ++i)
          for (int k = 0; k < 3; ++k) out[3 * i + k] = p[3 * i + k] * w[i] + q[3 * i + k];
      });
  compare<double>(
      "cross products of (n, 3), by components",
      [](const arrays& x) {
        const auto of = [&](std::size_t a, std::int64_t k) { return x[a][{td::ellipsis, k}]; };
        return td::stack({of(0, 1) * of(1, 2) - of(0, 2) * of(1, 1), of(0, 2) * of(1, 0) - of(0, 0) * of(1, 2),
                          of(0, 0) * of(1, 1) - of(0, 1) * of(1, 0)},
                         {.axis = -1});
      },
      x,
      [=](double* __restrict out) {
        for (std::int64_t i = 0; i < rows; ++i) {
          const double a = p[3 * i], b = p[3 * i + 1], c = p[3 * i + 2], d = q[3 * i], e = q[3 * i + 1], f = q[3 * i + 2];
          out[3 * i] = b * f - c * e, out[3 * i + 1] = c * d - a * f, out[3 * i + 2] = a * e - b * d;
        }
      });
}

void quaternions() {
  const arrays x{uniform<double>({rows, 4}), uniform<double>({rows, 4})};
  compare<double>(
      "products of quaternions (n, 4)",
      [](const arrays& x) {
        const auto a = [&](std::int64_t k) { return x[0][{td::ellipsis, k}]; };
        const auto b = [&](std::int64_t k) { return x[1][{td::ellipsis, k}]; };
        return td::stack({a(0) * b(0) - a(1) * b(1) - a(2) * b(2) - a(3) * b(3), a(0) * b(1) + a(1) * b(0) + a(2) * b(3) - a(3) * b(2),
                          a(0) * b(2) - a(1) * b(3) + a(2) * b(0) + a(3) * b(1), a(0) * b(3) + a(1) * b(2) - a(2) * b(1) + a(3) * b(0)},
                         {.axis = -1});
      },
      x,
      [p = x[0].data<double>(), q = x[1].data<double>()](double* __restrict out) {
        for (std::int64_t i = 0; i < rows; ++i) {
          const double *a = p + 4 * i, *b = q + 4 * i;
          out[4 * i] = a[0] * b[0] - a[1] * b[1] - a[2] * b[2] - a[3] * b[3];
          out[4 * i + 1] = a[0] * b[1] + a[1] * b[0] + a[2] * b[3] - a[3] * b[2];
          out[4 * i + 2] = a[0] * b[2] - a[1] * b[3] + a[2] * b[0] + a[3] * b[1];
          out[4 * i + 3] = a[0] * b[3] + a[1] * b[2] - a[2] * b[1] + a[3] * b[0];
        }
      });
}

void pixels() {
  constexpr std::int64_t height = 480, width = 640, count = height * width;
  const arrays x{uniform<float>({height, width, 3}), uniform<float>({3})},
      planes{uniform<float>({3, height, width}), uniform<float>({3, 1, 1})};
  const float *p = x[0].data<float>(), *s = x[1].data<float>(), *c = planes[0].data<float>(), *t = planes[1].data<float>();
  compare<float>(
      "RGB to HSV, 480 x 640 x 3, float32",
      [](const arrays& x) {
        const td::array r = x[0][{td::ellipsis, 0}], g = x[0][{td::ellipsis, 1}], b = x[0][{td::ellipsis, 2}];
        const td::array most = td::max(x[0], {.axis = -1}), range = most - td::min(x[0], {.axis = -1}), d = td::where(range == 0, 1, range);
        const td::array hue = td::where(most == r, (g - b) / d, td::where(most == g, (b - r) / d + 2, (r - g) / d + 4)) * (1 / 6.);
        return td::stack({hue - td::floor(hue), range / (most + 1e-8), most}, {.axis = -1});
      },
      x,
      [=](float* __restrict out) {
        for (std::int64_t i = 0; i < count; ++i) {
          const float r = p[3 * i], g = p[3 * i + 1], b = p[3 * i + 2];
          const float most = std::max(r, std::max(g, b)), range = most - std::min(r, std::min(g, b)), d = range == 0 ? 1 : range;
          const float hue = (most == r ? (g - b) / d : most == g ? (b - r) / d + 2 : (r - g) / d + 4) * (1 / 6.f);
          out[3 * i] = hue - std::floor(hue), out[3 * i + 1] = range / (most + 1e-8f), out[3 * i + 2] = most;
        }
      });
  compare<float>(
      "channels to planes + 1, 480 x 640 x 3, float32",
      [](const arrays& x) {
        return td::permute_dims(x[0], {2, 0, 1}) + 1;
      },
      x,
      [=](float* __restrict out) {
        for (std::int64_t i = 0; i < count; ++i)
          for (int k = 0; k < 3; ++k) out[k * count + i] = p[3 * i + k] + 1;
      });
  compare<float>(
      "planes to channels * 2, 3 x 480 x 640, float32",
      [](const arrays& x) {
        return td::permute_dims(x[0], {1, 2, 0}) * 2;
      },
      planes,
      [=](float* __restrict out) {
        for (std::int64_t i = 0; i < count; ++i)
          for (int k = 0; k < 3; ++k) out[3 * i + k] = c[k * count + i] * 2;
      });
  compare<float>(
      "gray of 480 x 640 x 3, float32", [](const arrays& x) { return td::sum(x[0] * x[1], {.axis = -1}); }, x,
      [=](float* __restrict out) {
        for (std::int64_t i = 0; i < count; ++i) out[i] = p[3 * i] * s[0] + p[3 * i + 1] * s[1] + p[3 * i + 2] * s[2];
      });
  compare<float>(
      "gray of 3 x 480 x 640, float32", [](const arrays& x) { return td::sum(x[0] * x[1], {.axis = 0}); }, planes,
      [=](float* __restrict out) {
        for (std::int64_t i = 0; i < count; ++i) out[i] = c[i] * t[0] + c[count + i] * t[1] + c[2 * count + i] * t[2];
      });
}

}  // namespace

int main() {
  std::printf("| by `into` | Tendril | by hand | ratio |\n|---|---|---|---|\n");
  bodies();
  normalized<2>("rows of 2 normalised");
  normalized<3>("rows of 3 normalised");
  normalized<4>("rows of 4 normalised");
  normalized<8>("rows of 8 normalised");
  classes();
  points();
  quaternions();
  pixels();
}
