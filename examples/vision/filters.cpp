// Filters: sums, extremes and medians of an image's parts, moved by the places of a kernel.
#include "filters.hpp"

#include <functional>
#include <limits>
#include <optional>

namespace vision::filters {
namespace {

namespace functional = torch::nn::functional;

// The pixels that window element k of n sees along one dim, of an image with n - 1 pixels more than there are windows.
td::slice seen(std::int64_t k, std::int64_t n, std::int64_t stride = 1) {
  const std::int64_t behind = k - (n - 1);
  return {k, behind == 0 ? td::maybe_integer() : td::maybe_integer(behind), stride};
}
Tensor moved(const Tensor& padded, size2 window, std::int64_t i, std::int64_t j, std::int64_t stride = 1) {
  return padded[{td::ellipsis, seen(i, window.y, stride), seen(j, window.x, stride)}];
}

Tensor with_border(const Tensor& x, size2 window, const std::string& border) {
  const std::int64_t above = (window.y - 1) / 2, left = (window.x - 1) / 2;
  return functional::pad(x, {left, window.x - 1 - left, above, window.y - 1 - above}, {.mode = border});
}

// The sum of what `term` makes of each part.
Tensor sum_of(const Tensor& padded, size2 window, const std::function<Tensor(const Tensor&, std::int64_t, std::int64_t)>& term,
              std::int64_t stride = 1) {
  Tensor sum = term(moved(padded, window, 0, 0, stride), 0, 0);
  for (std::int64_t k = 1; k < window.y * window.x; ++k)
    sum = sum + term(moved(padded, window, k / window.x, k % window.x, stride), k / window.x, k % window.x);  // += would change a part
  return sum;
}
Tensor correlated(const Tensor& padded, const kernel2d& kernel, std::int64_t stride = 1) {
  return sum_of(
      padded, {kernel.rows, kernel.columns}, [&](const Tensor& part, std::int64_t i, std::int64_t j) { return part * kernel.at(i, j); },
      stride);
}
Tensor filtered(const Tensor& x, const kernel2d& kernel, const std::string& border) {
  return correlated(with_border(x, {kernel.rows, kernel.columns}, border), kernel);
}

std::vector<Tensor> parts_of(const Tensor& x, size2 window, const std::string& border) {
  const Tensor padded = with_border(x, window, border);
  std::vector<Tensor> parts;
  for (std::int64_t k = 0; k < window.y * window.x; ++k) parts.push_back(moved(padded, window, k / window.x, k % window.x));
  return parts;
}

// The same in space.
using size3 = std::array<std::int64_t, 3>;
Tensor with_border(const Tensor& x, const size3& window, const std::string& border) {
  std::vector<std::int64_t> pad;
  for (const std::size_t i : {std::size_t{2}, std::size_t{1}, std::size_t{0}}) {
    pad.push_back((window[i] - 1) / 2);
    pad.push_back(window[i] - 1 - pad.back());
  }
  return functional::pad(x, pad, {.mode = border});
}
Tensor moved(const Tensor& padded, const size3& window, std::int64_t place) {
  const std::int64_t layer = window[1] * window[2];
  return padded[{td::ellipsis, seen(place / layer, window[0]), seen(place / window[2] % window[1], window[1]),
                 seen(place % window[2], window[2])}];
}

void require_known(const char* function, const std::string& behaviour) {
  if (behaviour != "corr" && behaviour != "conv")
    throw td::error("[" + std::string(function) + "] there is no such behaviour: got \"" + behaviour +
                    "\", expected \"corr\" or \"conv\". Pass one of these.");
}

void require_positive(const char* function, const char* name, double value) {
  if (value > 0) return;
  throw td::error("[" + std::string(function) + "] " + name + " is not positive: got " + std::to_string(value) +
                  ", expected a positive number. Pass another.");
}
void require_odd(const char* function, size2 n) {
  require_kernel_size(function, n.y);
  require_kernel_size(function, n.x);
}

// Exchanges that leave the median of nine in the middle (Smith's, after Paeth).
constexpr int exchanges[][2] = {{1, 2}, {4, 5}, {7, 8}, {0, 1}, {3, 4}, {6, 7}, {1, 2}, {4, 5}, {7, 8}, {0, 3},
                                {5, 8}, {4, 7}, {3, 6}, {1, 4}, {2, 5}, {4, 7}, {4, 2}, {6, 4}, {4, 2}};
Tensor median_of(std::vector<Tensor> parts) {
  if (parts.size() != 9) return torch::sort(torch::stack(parts), {.dim = 0}).first[static_cast<std::int64_t>(parts.size() / 2)];
  for (const auto& [low, high] : exchanges) {
    const auto a = static_cast<std::size_t>(low), b = static_cast<std::size_t>(high);
    const Tensor smaller = torch::minimum(parts[a], parts[b]);
    parts[b] = torch::maximum(parts[a], parts[b]);
    parts[a] = smaller;
  }
  return parts[4];
}

// Of another image, weights of the same.
Tensor bilateral(const char* function, const Tensor& input, const Tensor& guide, size2 n, double sigma_color,
                 const std::array<double, 2>& sigma_space, const std::string& border, const std::string& distance) {
  require_odd(function, n);
  require_positive(function, "sigma_color", sigma_color);
  if (distance != "l1" && distance != "l2")
    throw td::error("[" + std::string(function) + "] there is no such distance: got \"" + distance +
                    "\", expected \"l1\" or \"l2\". Pass one of these.");
  const kernel2d space = gaussian_taps(n, sigma_space);
  const Tensor colors = with_border(guide, n, border), values = with_border(input, n, border);
  const torch::typed_reduce_options over_channels{.dim = -3, .keepdim = true};
  Tensor sum, weights;
  for (std::int64_t k = 0; k < n.y * n.x; ++k) {
    const std::int64_t i = k / n.x, j = k % n.x;
    const Tensor apart = moved(colors, n, i, j) - guide;
    const Tensor squared =
        distance == "l1" ? torch::square(torch::sum(torch::abs(apart), over_channels)) : torch::sum(torch::square(apart), over_channels);
    const Tensor weight = space.at(i, j) * torch::exp(-0.5 / (sigma_color * sigma_color) * squared),
                 value = moved(values, n, i, j) * weight;
    sum = k == 0 ? value : sum + value;
    weights = k == 0 ? weight : weights + weight;
  }
  return sum / weights;
}

}  // namespace

// ---- with any kernel

Tensor filter2d(const Tensor& input, const Tensor& kernel, const std::string& border_type, bool normalized, const std::string& padding,
                const std::string& behaviour) {
  if (padding != "same" && padding != "valid")
    throw td::error("[filter2d] there is no such padding: got \"" + padding + "\", expected \"same\" or \"valid\". Pass one of these.");
  require_known("filter2d", behaviour);
  if (kernel.dim() != 3)
    throw td::shape_error("[filter2d] the kernel has the wrong rank: got " + std::to_string(kernel.dim()) +
                          ", expected N x h x w. Unsqueeze it.");
  const size2 n{kernel.size(-2), kernel.size(-1)};
  const Tensor turned = behaviour == "conv" ? torch::flip(kernel, {-2, -1}) : kernel;
  const Tensor weights = normalized ? turned / torch::sum(torch::abs(turned), {.dim = {-2, -1}, .keepdim = true}) : turned;
  return sum_of(padding == "same" ? with_border(input, n, border_type) : input, n, [&](const Tensor& part, std::int64_t i, std::int64_t j) {
    return part * torch::reshape(weights[{td::slice(), i, j}], {-1, 1, 1, 1});
  });
}
Tensor filter2d_separable(const Tensor& input, const Tensor& kernel_x, const Tensor& kernel_y, const std::string& border_type,
                          bool normalized, const std::string& padding) {
  return filter2d(filter2d(input, kernel_x.unsqueeze(-2), border_type, normalized, padding), kernel_y.unsqueeze(-1), border_type,
                  normalized, padding);
}
Tensor correlate2d(const Tensor& input, const Tensor& kernel, const std::string& border_type, bool normalized, const std::string& padding) {
  return filter2d(input, kernel, border_type, normalized, padding, "corr");
}
Tensor convolve2d(const Tensor& input, const Tensor& kernel, const std::string& border_type, bool normalized, const std::string& padding) {
  return filter2d(input, kernel, border_type, normalized, padding, "conv");
}
Tensor fft_conv(const Tensor& input, const Tensor& kernel, const std::string& border_type, bool normalized, const std::string& padding,
                const std::string& behaviour) {
  return filter2d(input, kernel, border_type, normalized, padding, behaviour);
}

Tensor filter3d(const Tensor& input, const Tensor& kernel, const std::string& border_type, bool normalized, const std::string& behaviour) {
  require_known("filter3d", behaviour);
  if (kernel.dim() != 4)
    throw td::shape_error("[filter3d] the kernel has the wrong rank: got " + std::to_string(kernel.dim()) +
                          ", expected N x d x h x w. Unsqueeze it.");
  const size3 n{kernel.size(1), kernel.size(2), kernel.size(3)};
  const Tensor turned = behaviour == "conv" ? torch::flip(kernel, {-3, -2, -1}) : kernel;
  const Tensor weights =
      torch::flatten(normalized ? turned / torch::sum(torch::abs(turned), {.dim = {-3, -2, -1}, .keepdim = true}) : turned, 1);
  const Tensor padded = with_border(input, n, border_type);
  const auto term = [&](std::int64_t k) { return moved(padded, n, k) * torch::reshape(weights[{td::slice(), k}], {-1, 1, 1, 1, 1}); };
  Tensor sum = term(0);
  for (std::int64_t k = 1; k < n[0] * n[1] * n[2]; ++k) sum += term(k);
  return sum;
}
Tensor correlate3d(const Tensor& input, const Tensor& kernel, const std::string& border_type, bool normalized) {
  return filter3d(input, kernel, border_type, normalized, "corr");
}
Tensor convolve3d(const Tensor& input, const Tensor& kernel, const std::string& border_type, bool normalized) {
  return filter3d(input, kernel, border_type, normalized, "conv");
}

// ---- blurs

Tensor box_blur(const Tensor& input, size2 n, const std::string& border_type, bool separable) {
  require_kernel_size("box_blur", n.y, true);
  require_kernel_size("box_blur", n.x, true);
  if (!separable) return filtered(input, box_taps(n), border_type);
  return filtered(filtered(input, box_taps({1, n.x}), border_type), box_taps({n.y, 1}), border_type);
}

GaussianBlur2d::GaussianBlur2d(size2 n, const std::array<double, 2>& sigma, std::string border_type, bool separable)
    : border_(std::move(border_type)) {
  require_odd("gaussian_blur2d", n);
  for (const double s : sigma) require_positive("gaussian_blur2d", "sigma", s);
  if (separable) {
    rows_ = {1, n.x, gaussian_taps(n.x, sigma[1])};
    columns_ = {n.y, 1, gaussian_taps(n.y, sigma[0])};
  } else {
    rows_ = gaussian_taps(n, sigma);
  }
}
Tensor GaussianBlur2d::operator()(const Tensor& input) const {
  const Tensor blurred = filtered(input, rows_, border_);
  return columns_.taps.empty() ? blurred : filtered(blurred, columns_, border_);
}
Tensor gaussian_blur2d(const Tensor& input, size2 kernel_size, const std::array<double, 2>& sigma, const std::string& border_type,
                       bool separable) {
  return GaussianBlur2d(kernel_size, sigma, border_type, separable)(input);
}
Tensor gaussian_blur2d(const Tensor& input, size2 n, const Tensor& sigma, const std::string& border_type) {
  require_odd("gaussian_blur2d", n);
  const auto one = [&](const Tensor& x, size2 window, std::int64_t which) {
    const Tensor weights = gaussian(std::max(window.y, window.x), sigma[{td::slice(), td::slice(which, which + 1)}]);
    return sum_of(with_border(x, window, border_type), window, [&](const Tensor& part, std::int64_t i, std::int64_t j) {
      return part * torch::reshape(weights[{td::slice(), std::max(i, j)}], {-1, 1, 1, 1});
    });
  };
  return one(one(input, {1, n.x}, 1), {n.y, 1}, 0);
}

Tensor median_blur(const Tensor& input, size2 kernel_size, const std::string& border_type) {
  require_odd("median_blur", kernel_size);
  const std::vector<Tensor> parts = parts_of(input, kernel_size, border_type);
  Tensor finite = torch::isfinite(parts.front());
  for (const Tensor& part : parts) finite = finite & torch::isfinite(part);
  return torch::where(finite, median_of(parts), std::numeric_limits<double>::quiet_NaN());
}

Tensor bilateral_blur(const Tensor& input, size2 kernel_size, double sigma_color, const std::array<double, 2>& sigma_space,
                      const std::string& border_type, const std::string& color_distance_type) {
  return bilateral("bilateral_blur", input, input, kernel_size, sigma_color, sigma_space, border_type, color_distance_type);
}
Tensor joint_bilateral_blur(const Tensor& input, const Tensor& guidance, size2 kernel_size, double sigma_color,
                            const std::array<double, 2>& sigma_space, const std::string& border_type,
                            const std::string& color_distance_type) {
  return bilateral("joint_bilateral_blur", input, guidance, kernel_size, sigma_color, sigma_space, border_type, color_distance_type);
}

// In each window the output is a line of the guide: its slope and offset are those of least squares, and means of all windows that see a
// pixel.
Tensor guided_blur(const Tensor& guidance, const Tensor& input, size2 kernel_size, double eps, const std::string& border_type) {
  (void)torch::unbind<1>(guidance, {.dim = -3});  // one channel
  const auto mean = [&](const Tensor& x) { return box_blur(x, kernel_size, border_type, false); };
  const Tensor mean_guide = mean(guidance), mean_input = mean(input);
  const Tensor slope = (mean(guidance * input) - mean_guide * mean_input) / (mean(torch::square(guidance)) - mean_guide * mean_guide + eps);
  return mean(slope) * guidance + mean(mean_input - slope * mean_guide);
}

Tensor UnsharpMask::operator()(const Tensor& input) const {
  const Tensor blurred = blur_(input);
  return blurred + 2 * (input - blurred);
}
Tensor unsharp_mask(const Tensor& input, size2 kernel_size, const std::array<double, 2>& sigma, const std::string& border_type) {
  return UnsharpMask(kernel_size, sigma, border_type)(input);
}

Tensor blur_pool2d(const Tensor& input, size2 kernel_size, std::int64_t stride) {
  require_kernel_size("blur_pool2d", kernel_size.y, true);
  if (kernel_size.x != kernel_size.y)
    throw td::error("[blur_pool2d] the kernel is no square: got " + std::to_string(kernel_size.y) + " x " + std::to_string(kernel_size.x) +
                    ", expected equal sizes. Pass one number.");
  return correlated(with_border(input, kernel_size, "constant"), pascal_taps(kernel_size), stride);
}
Tensor max_blur_pool2d(const Tensor& input, size2 kernel_size, std::int64_t stride, std::int64_t max_pool_size) {
  return blur_pool2d(functional::max_pool2d(input, max_pool_size, {.stride = 1}), kernel_size, stride);
}

Tensor motion_blur(const Tensor& input, std::int64_t kernel_size, double angle, double direction, const std::string& border_type,
                   const std::string& mode) {
  return filtered(input, motion_taps(kernel_size, angle, direction, mode), border_type);
}
Tensor motion_blur3d(const Tensor& input, std::int64_t kernel_size, const std::array<double, 3>& angle, double direction,
                     const std::string& border_type, const std::string& mode) {
  const kernel3d kernel = motion_taps3d(kernel_size, angle, direction, mode);
  const Tensor padded = with_border(input, kernel.size, border_type);
  Tensor sum = moved(padded, kernel.size, 0) * kernel.taps[0];
  for (std::size_t k = 1; k < kernel.taps.size(); ++k)
    sum = sum + moved(padded, kernel.size, static_cast<std::int64_t>(k)) * kernel.taps[k];
  return sum;
}

// ---- edges

Laplacian::Laplacian(size2 n, std::string border_type, bool normalized) : kernel_(laplacian_taps(n)), border_(std::move(border_type)) {
  require_odd("laplacian", n);
  if (normalized) kernel_ = kernel_.normalized();
}
Tensor Laplacian::operator()(const Tensor& input) const { return filtered(input, kernel_, border_); }
Tensor laplacian(const Tensor& input, size2 kernel_size, const std::string& border_type, bool normalized) {
  return Laplacian(kernel_size, border_type, normalized)(input);
}

Tensor SpatialGradient::operator()(const Tensor& input) const {
  const Tensor padded = with_border(input, size2(kernels_.front().rows, kernels_.front().columns), "replicate");
  std::vector<Tensor> gradients;
  for (const kernel2d& k : kernels_) gradients.push_back(correlated(padded, k));
  return torch::stack(gradients, {.dim = -3});
}
Tensor spatial_gradient(const Tensor& input, const std::string& mode, std::int64_t order, bool normalized) {
  return SpatialGradient(mode, order, normalized)(input);
}
Tensor spatial_gradient3d(const Tensor& input, const std::string& mode, std::int64_t order) {
  const std::vector<kernel3d> kernels = spatial_gradient_taps3d(mode, order);
  const Tensor padded = with_border(input, kernels.front().size, "replicate");
  std::vector<Tensor> gradients;
  for (const kernel3d& k : kernels) {
    std::optional<Tensor> sum;
    for (std::size_t place = 0; place < k.taps.size(); ++place) {
      if (k.taps[place] == 0) continue;
      const Tensor term = moved(padded, k.size, static_cast<std::int64_t>(place)) * k.taps[place];
      sum = sum ? *sum + term : term;
    }
    gradients.push_back(*sum);
  }
  return torch::stack(gradients, {.dim = -4});
}
Tensor sobel(const Tensor& input, bool normalized, double eps) {
  const auto [x, y] = torch::unbind<2>(spatial_gradient(input, "sobel", 1, normalized), {.dim = -3});
  return torch::sqrt(x * x + y * y + eps);
}

Tensor in_range(const Tensor& input, const std::vector<double>& lower, const std::vector<double>& upper, bool return_mask) {
  if (lower.size() != upper.size() || lower.empty())
    throw td::error("[in_range] the bounds do not pair: got " + std::to_string(lower.size()) + " and " + std::to_string(upper.size()) +
                    ", expected one of each for every channel. Pass lists of one length.");
  const auto channel = [&](std::size_t i) {
    const auto c = static_cast<std::int64_t>(i);
    return input[{td::ellipsis, td::slice(c, c + 1), td::slice(), td::slice()}];
  };
  Tensor inside = (channel(0) >= lower[0]) & (channel(0) <= upper[0]);
  for (std::size_t i = 1; i < lower.size(); ++i) inside = inside & (channel(i) >= lower[i]) & (channel(i) <= upper[i]);
  return return_mask ? torch::where(inside, 1.0, torch::zeros_like(channel(0))) : torch::where(inside, input, torch::zeros_like(input));
}

}  // namespace vision::filters
