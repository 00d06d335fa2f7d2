// The kernels of filters: their numbers, computed once in float64.
#include "kernels.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

namespace vision::filters {
namespace {

std::vector<double> normalized(std::vector<double> taps) {
  const double sum = std::accumulate(taps.begin(), taps.end(), 0.0);
  for (double& t : taps) t /= sum;
  return taps;
}
kernel2d product(const std::vector<double>& rows, const std::vector<double>& columns) {
  kernel2d k{static_cast<std::int64_t>(rows.size()), static_cast<std::int64_t>(columns.size())};
  for (const double a : rows)
    for (const double b : columns) k.taps.push_back(a * b);
  return k;
}
kernel2d transposed(const kernel2d& k) {
  kernel2d t{k.columns, k.rows};
  for (std::int64_t j = 0; j < k.columns; ++j)
    for (std::int64_t i = 0; i < k.rows; ++i) t.taps.push_back(k.at(i, j));
  return t;
}

Tensor tensor_of(const std::vector<double>& numbers, const td::axes& shape) {
  return Tensor(td::astype(td::reshape(td::asarray(numbers), shape), td::float32));
}
Tensor tensor_of(const std::vector<kernel2d>& kernels) {
  std::vector<double> all;
  for (const kernel2d& k : kernels) all.insert(all.end(), k.taps.begin(), k.taps.end());
  return tensor_of(all, {static_cast<std::int64_t>(kernels.size()), kernels.front().rows, kernels.front().columns});
}
Tensor row_of(const std::vector<double>& taps) { return tensor_of(taps, {1, static_cast<std::int64_t>(taps.size())}); }

std::vector<double> hanning(const char* function, std::int64_t n) {
  if (n < 3)
    throw td::error("[" + std::string(function) + "] the window is too small: got " + std::to_string(n) +
                    ", expected 3 or more. Pass a larger one.");
  std::vector<double> taps;
  for (std::int64_t i = 0; i < n; ++i)
    taps.push_back(0.5 - 0.5 * std::cos(2 * std::numbers::pi * static_cast<double>(i) / static_cast<double>(n - 1)));
  return taps;
}

}  // namespace

void require_kernel_size(const char* function, std::int64_t size, bool even_too) {
  if (size >= 1 && (even_too || size % 2 == 1)) return;
  throw td::error("[" + std::string(function) + "] the kernel has no such size: got " + std::to_string(size) + ", expected " +
                  (even_too ? "1 or more" : "an odd number") + ". Pass another size.");
}

// ---- numbers

kernel2d kernel2d::normalized() const {
  double sum = 0;
  for (const double t : taps) sum += std::abs(t);
  kernel2d k = *this;
  for (double& t : k.taps) t /= sum;
  return k;
}

kernel2d box_taps(size2 n) {
  return {n.y, n.x, std::vector<double>(static_cast<std::size_t>(n.y * n.x), 1 / static_cast<double>(n.y * n.x))};
}
kernel2d laplacian_taps(size2 n) {
  kernel2d k{n.y, n.x, std::vector<double>(static_cast<std::size_t>(n.y * n.x), 1)};
  k.taps[static_cast<std::size_t>(n.y / 2 * n.x + n.x / 2)] = 1 - static_cast<double>(n.y * n.x);
  return k;
}
kernel2d pascal_taps(size2 n) {
  const auto row = [](std::int64_t count) {
    std::vector<double> taps{1};
    for (std::int64_t i = 1; i < count; ++i) taps.push_back(taps.back() * static_cast<double>(count - i) / static_cast<double>(i));
    return vision::filters::normalized(std::move(taps));
  };
  return product(row(n.y), row(n.x));
}
std::vector<double> gaussian_taps(std::int64_t n, double sigma) {
  std::vector<double> taps;
  const double half = static_cast<double>(n / 2) - (n % 2 == 0 ? 0.5 : 0.0);
  for (std::int64_t i = 0; i < n; ++i) {
    const double x = static_cast<double>(i) - half, nearest = n % 2 == 0 ? 0.25 : 0.0;
    taps.push_back(sigma == 0 ? (x * x == nearest ? 1.0 : 0.0) : std::exp(-(x * x - nearest) / (2 * sigma * sigma)));
  }
  return normalized(std::move(taps));
}
kernel2d gaussian_taps(size2 n, const std::array<double, 2>& sigma) {
  return product(gaussian_taps(n.y, sigma[0]), gaussian_taps(n.x, sigma[1]));
}

std::vector<kernel2d> spatial_gradient_taps(const std::string& mode, std::int64_t order, bool normalized) {
  std::vector<kernel2d> kernels;
  if (mode == "sobel" && order == 1) kernels = {product({1, 2, 1}, {-1, 0, 1})};
  else if (mode == "diff" && order == 1) kernels = {product({0, 1, 0}, {-1, 0, 1})};
  else if (mode == "sobel" && order == 2)
    kernels = {product({1, 4, 6, 4, 1}, {1, 0, -2, 0, 1}), product({-1, -2, 0, 2, 1}, {-1, -2, 0, 2, 1})};
  else if (mode == "diff" && order == 2) kernels = {product({0, 1, 0}, {1, -2, 1}), product({-1, 0, 1}, {-1, 0, 1})};
  else
    throw td::error("[spatial_gradient] there is no such gradient: got mode \"" + mode + "\" of order " + std::to_string(order) +
                    ", expected \"sobel\" or \"diff\" of order 1 or 2. Pass one of these.");
  kernels.push_back(transposed(kernels.front()));
  if (!normalized) return kernels;
  // Of order 2 the sum is what the kernel gives of x^2/2, xy and y^2/2, whose derivatives are 1.
  for (std::size_t which = 0; which < kernels.size(); ++which) {
    kernel2d& k = kernels[which];
    if (order == 1) {
      k = k.normalized();
      continue;
    }
    double sum = 0;
    for (std::int64_t i = 0; i < k.rows; ++i)
      for (std::int64_t j = 0; j < k.columns; ++j) {
        const double y = static_cast<double>(i - k.rows / 2), x = static_cast<double>(j - k.columns / 2);
        sum += k.at(i, j) * (which == 0 ? x * x / 2 : which == 1 ? x * y : y * y / 2);
      }
    for (double& t : k.taps) t /= std::abs(sum);
  }
  return kernels;
}

std::vector<kernel3d> spatial_gradient_taps3d(const std::string& mode, std::int64_t order) {
  if (mode != "diff" || order < 1 || order > 2)
    throw td::error("[spatial_gradient3d] there is no such gradient: got mode \"" + mode + "\" of order " + std::to_string(order) +
                    ", expected \"diff\" of order 1 or 2. Pass one of these.");
  const std::vector<double> stay{0, 1, 0}, once{-0.5, 0, 0.5}, twice{1, -2, 1};
  const auto kernel = [](const std::vector<double>& z, const std::vector<double>& y, const std::vector<double>& x) {
    kernel3d k{{3, 3, 3}};
    for (const double a : z)
      for (const double b : y)
        for (const double c : x) k.taps.push_back(a * b * c);
    return k;
  };
  if (order == 1) return {kernel(stay, stay, once), kernel(stay, once, stay), kernel(once, stay, stay)};
  return {kernel(stay, stay, twice), kernel(stay, twice, stay), kernel(twice, stay, stay),
          kernel(stay, once, once),  kernel(once, once, stay),  kernel(once, stay, once)};
}

namespace {

using point = std::array<double, 3>;  // x, y, z from the middle

// A line along x through the middle, seen at the place that `source` says of each place; what is beyond it is 0. The sum is 1.
template <class Source>
std::vector<double> turned_line(const char* function, std::int64_t n, std::int64_t layers, double direction, const std::string& mode,
                                Source source) {
  if (n < 3 || n % 2 == 0)
    throw td::error("[" + std::string(function) + "] the kernel has no such size: got " + std::to_string(n) +
                    ", expected an odd number of 3 or more. Pass another size.");
  if (mode != "nearest" && mode != "bilinear")
    throw td::error("[" + std::string(function) + "] there is no such mode: got \"" + mode +
                    "\", expected \"nearest\" or \"bilinear\". Pass one of these.");
  const double front = (std::clamp(direction, -1.0, 1.0) + 1) / 2, last = static_cast<double>(n - 1), middle = last / 2;
  const auto weight = [&](double place) { return front + (1 - 2 * front) / last * place; };
  const auto near = [](double distance) { return std::max(0.0, 1 - std::abs(distance)); };
  // Ties are exact, whatever the last bit of a cosine is; they go to the even place.
  const auto nearest = [&](double v) { return std::nearbyint(std::nearbyint(v * 0x1p20) / 0x1p20 + middle); };
  std::vector<double> taps;
  for (std::int64_t k = 0; k < layers * n * n; ++k) {
    const double z = layers == 1 ? 0 : static_cast<double>(k / (n * n)) - middle;
    const point from = source(point{static_cast<double>(k % n) - middle, static_cast<double>(k / n % n) - middle, z});
    if (mode == "nearest") {
      const double column = nearest(from[0]);
      const bool on = nearest(from[1]) == middle && nearest(from[2]) == middle && column >= 0 && column <= last;
      taps.push_back(on ? weight(column) : 0);
      continue;
    }
    double along = 0;
    for (std::int64_t i = 0; i < n; ++i) along += weight(static_cast<double>(i)) * near(from[0] + middle - static_cast<double>(i));
    taps.push_back(along * near(from[1]) * near(from[2]));
  }
  return normalized(std::move(taps));
}
double radians(double degrees) { return degrees * std::numbers::pi / 180; }

}  // namespace

kernel2d motion_taps(std::int64_t n, double angle, double direction, const std::string& mode) {
  const double turn = radians(std::fmod(angle, 360)), c = std::cos(turn), s = std::sin(turn);
  const auto source = [c, s](const point& p) { return point{c * p[0] - s * p[1], s * p[0] + c * p[1], 0}; };
  return {n, n, turned_line("get_motion_kernel2d", n, 1, direction, mode, source)};
}
kernel3d motion_taps3d(std::int64_t n, const std::array<double, 3>& angle, double direction, const std::string& mode) {
  const double degrees = std::hypot(angle[0], angle[1], angle[2]), turn = radians(degrees), c = std::cos(turn), s = std::sin(turn);
  point axis{0, 0, 0};
  for (std::size_t i = 0; i < 3 && degrees > 0; ++i) axis[i] = angle[i] / degrees;
  // Rodrigues' formula, backwards.
  const auto source = [&](const point& p) {
    const point across{p[1] * axis[2] - p[2] * axis[1], p[2] * axis[0] - p[0] * axis[2], p[0] * axis[1] - p[1] * axis[0]};
    const double on = (p[0] * axis[0] + p[1] * axis[1] + p[2] * axis[2]) * (1 - c);
    point from{};
    for (std::size_t i = 0; i < 3; ++i) from[i] = c * p[i] + s * across[i] + on * axis[i];
    return from;
  };
  return {{n, n, n}, turned_line("get_motion_kernel3d", n, n, direction, mode, source)};
}

// ---- tensors

Tensor gaussian(std::int64_t window_size, double sigma) { return row_of(gaussian_taps(window_size, sigma)); }
Tensor gaussian(std::int64_t window_size, const Tensor& sigma) {
  std::vector<double> distance;
  const double half = static_cast<double>(window_size / 2) - (window_size % 2 == 0 ? 0.5 : 0.0),
               nearest = window_size % 2 == 0 ? 0.25 : 0.0;
  for (std::int64_t i = 0; i < window_size; ++i) distance.push_back(std::pow(static_cast<double>(i) - half, 2) - nearest);
  const Tensor apart = row_of(distance), width = 2 * torch::square(sigma);
  const Tensor curve = torch::where(width == 0, torch::where(apart == 0, 1.0, torch::zeros_like(apart)),
                                    torch::exp(-apart / torch::where(width == 0, 1.0, width)));
  return curve / torch::sum(curve, -1, true);
}
Tensor laplacian_1d(std::int64_t n) { return tensor_of(laplacian_taps({1, n}).taps, {n}); }
Tensor get_box_kernel1d(std::int64_t n) { return row_of(box_taps({1, n}).taps); }
Tensor get_box_kernel2d(size2 n) { return tensor_of({box_taps(n)}); }
Tensor get_binary_kernel2d(size2 n) { return torch::reshape(torch::eye(n.y * n.x), {n.y * n.x, 1, n.y, n.x}); }
Tensor get_sobel_kernel2d() { return get_spatial_gradient_kernel2d("sobel", 1); }
Tensor get_diff_kernel2d() { return get_spatial_gradient_kernel2d("diff", 1); }
Tensor get_spatial_gradient_kernel2d(const std::string& mode, std::int64_t order) {
  return tensor_of(spatial_gradient_taps(mode, order, false));
}

Tensor get_spatial_gradient_kernel3d(const std::string& mode, std::int64_t order) {
  std::vector<double> all;
  const std::vector<kernel3d> kernels = spatial_gradient_taps3d(mode, order);
  for (const kernel3d& k : kernels) all.insert(all.end(), k.taps.begin(), k.taps.end());
  return tensor_of(all, {static_cast<std::int64_t>(kernels.size()), 1, 3, 3, 3});
}

Tensor get_gaussian_kernel1d(std::int64_t n, double sigma, bool force_even) {
  require_kernel_size("get_gaussian_kernel1d", n, force_even);
  return gaussian(n, sigma);
}
Tensor get_gaussian_kernel1d(std::int64_t n, const Tensor& sigma, bool force_even) {
  require_kernel_size("get_gaussian_kernel1d", n, force_even);
  return gaussian(n, sigma);
}
Tensor get_gaussian_erf_kernel1d(std::int64_t n, double sigma, bool force_even) {
  require_kernel_size("get_gaussian_erf_kernel1d", n, force_even);
  std::vector<double> taps;
  const double t = 0.70710678 / std::abs(sigma);
  for (std::int64_t i = 0; i < n; ++i) {
    const double x = static_cast<double>(i) - static_cast<double>(n - 1) / 2;
    taps.push_back(std::max(0.0, 0.5 * (std::erf(t * (x + 0.5)) - std::erf(t * (x - 0.5)))));
  }
  return row_of(normalized(std::move(taps)));
}
Tensor get_gaussian_discrete_kernel1d(std::int64_t n, double sigma, bool force_even) {
  require_kernel_size("get_gaussian_discrete_kernel1d", n, force_even);
  std::vector<double> taps;
  for (std::int64_t i = -(n / 2); i <= n / 2; ++i) taps.push_back(std::cyl_bessel_i(static_cast<double>(std::abs(i)), sigma * sigma));
  return row_of(normalized(std::move(taps)));
}
Tensor get_gaussian_kernel2d(size2 n, const std::array<double, 2>& sigma, bool force_even) {
  require_kernel_size("get_gaussian_kernel2d", n.y, force_even);
  require_kernel_size("get_gaussian_kernel2d", n.x, force_even);
  return tensor_of({gaussian_taps(n, sigma)});
}
Tensor get_gaussian_kernel3d(const std::array<std::int64_t, 3>& n, const std::array<double, 3>& sigma, bool force_even) {
  for (const std::int64_t size : n) require_kernel_size("get_gaussian_kernel3d", size, force_even);
  std::vector<double> taps;
  for (const double z : gaussian_taps(n[0], sigma[0]))
    for (const double yx : gaussian_taps({n[1], n[2]}, {sigma[1], sigma[2]}).taps) taps.push_back(z * yx);
  return tensor_of(taps, {1, n[0], n[1], n[2]});
}
Tensor get_motion_kernel2d(std::int64_t n, double angle, double direction, const std::string& mode) {
  return tensor_of({motion_taps(n, angle, direction, mode)});
}
Tensor get_motion_kernel3d(std::int64_t n, const std::array<double, 3>& angle, double direction, const std::string& mode) {
  return tensor_of(motion_taps3d(n, angle, direction, mode).taps, {1, n, n, n});
}
Tensor get_hanning_kernel1d(std::int64_t n) { return tensor_of(hanning("get_hanning_kernel1d", n), {n}); }
Tensor get_hanning_kernel2d(size2 n) {
  return tensor_of(product(hanning("get_hanning_kernel2d", n.y), hanning("get_hanning_kernel2d", n.x)).taps, {n.y, n.x});
}
Tensor get_laplacian_kernel1d(std::int64_t n) {
  require_kernel_size("get_laplacian_kernel1d", n);
  return laplacian_1d(n);
}
Tensor get_laplacian_kernel2d(size2 n) {
  require_kernel_size("get_laplacian_kernel2d", n.y);
  require_kernel_size("get_laplacian_kernel2d", n.x);
  return tensor_of(laplacian_taps(n).taps, {n.y, n.x});
}

}  // namespace vision::filters
