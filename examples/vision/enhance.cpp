// Adjustments of images: each function is its formula.
#include "enhance.hpp"

#include <numbers>

#include "color.hpp"

namespace vision::enhance {
namespace {

constexpr double turn = 2 * std::numbers::pi;

// A number for each image of a batch.
Tensor per_image(const Tensor& factor) { return torch::reshape(factor, {-1, 1, 1, 1}); }
Tensor per_channel(const Tensor& numbers) { return torch::reshape(numbers, {-1, 1, 1}); }

Tensor within_one(const Tensor& x) { return torch::clamp(x, 0.0, 1.0); }
Tensor clipped(const Tensor& x, bool clip) { return clip ? within_one(x) : x; }
Tensor nonzero(const Tensor& x) { return torch::where(x == 0, 1.0, x); }

void require_not_negative(const char* function, const char* name, double value) {
  if (value >= 0) return;
  throw td::error("[" + std::string(function) + "] " + name + " is negative: got " + std::to_string(value) +
                  ", expected 0 or more. Pass 0.");
}

Tensor saturated(const Tensor& image, const torch::arg& factor) {
  const torch::reduce_options over_channels{.dim = -3, .keepdim = true};
  const Tensor largest = torch::amax(image, over_channels), smallest = torch::amin(image, over_channels), spread = largest - smallest;
  const Tensor saturation = within_one(torch::mul(spread / torch::where(largest == 0, 1.0, largest + 1e-8), factor)),
               wanted = largest * saturation;
  return (image - smallest) * (wanted / nonzero(spread)) + (largest - wanted);
}

// What is made of each channel with its two numbers.
template <class Make>
Tensor by_channel(const char* function, const Tensor& x, const std::vector<double>& a, const std::vector<double>& b, Make make) {
  if (a.size() != b.size() || a.empty())
    throw td::error("[" + std::string(function) + "] mean and std do not pair: got " + std::to_string(a.size()) + " and " +
                    std::to_string(b.size()) + ", expected a number of each for every channel. Pass lists of one length.");
  std::vector<Tensor> channels;
  for (std::size_t i = 0; i < a.size(); ++i)
    channels.push_back(make(x[{td::ellipsis, static_cast<std::int64_t>(i), td::slice(), td::slice()}], a[i], b[i]));
  return torch::stack(channels, {.dim = -3});
}

// Of each value, how near each bin is.
Tensor nearness(const Tensor& x, const Tensor& bins, double bandwidth) {
  if (!(bandwidth > 0))
    throw td::error("[histogram] the bandwidth is not positive: got " + std::to_string(bandwidth) +
                    ", expected a positive number. Pass another.");
  return torch::exp(-0.5 * torch::square((x.unsqueeze(-1) - bins) / bandwidth));
}

}  // namespace

// ---- light

Tensor adjust_brightness(const Tensor& image, double factor, bool clip_output) { return clipped(image + factor, clip_output); }
Tensor adjust_brightness(const Tensor& image, const Tensor& factor, bool clip_output) {
  return clipped(image + per_image(factor), clip_output);
}
Tensor adjust_brightness_accumulative(const Tensor& image, double factor, bool clip_output) { return clipped(image * factor, clip_output); }
Tensor adjust_contrast(const Tensor& image, double factor, bool clip_output) {
  require_not_negative("adjust_contrast", "factor", factor);
  return clipped(image * factor, clip_output);
}
Tensor adjust_contrast(const Tensor& image, const Tensor& factor, bool clip_output) {
  return clipped(image * per_image(factor), clip_output);
}
Tensor adjust_contrast_with_mean_subtraction(const Tensor& image, double factor) {
  const Tensor mean = torch::mean(color::rgb_to_grayscale(image), {.dim = {-2, -1}, .keepdim = true});
  return within_one(image * factor + mean * (1 - factor));
}
Tensor adjust_gamma(const Tensor& input, double gamma, double gain) {
  require_not_negative("adjust_gamma", "gamma", gamma);
  require_not_negative("adjust_gamma", "gain", gain);
  return within_one(torch::pow(input, gamma) * gain);
}
Tensor adjust_gamma(const Tensor& input, const Tensor& gamma, double gain) {
  require_not_negative("adjust_gamma", "gain", gain);
  return within_one(torch::pow(input, per_image(gamma)) * gain);
}
Tensor adjust_log(const Tensor& image, double gain, bool inv, bool clip_output) {
  return clipped((inv ? torch::exp2(image) - 1 : torch::log2(1 + image)) * gain, clip_output);
}
Tensor adjust_sigmoid(const Tensor& image, double cutoff, double gain, bool inv) {
  const Tensor curve = 1 / (1 + torch::exp(gain * (cutoff - image)));
  return inv ? 1 - curve : curve;
}
Tensor invert(const Tensor& image, double max_val) { return max_val - image; }
Tensor solarize(const Tensor& input, double thresholds, std::optional<double> additions) {
  if (additions && !(*additions >= -0.5 && *additions <= 0.5))
    throw td::error("[solarize] the addition is too large: got " + std::to_string(*additions) + ", expected -0.5 to 0.5. Clamp it.");
  const Tensor x = additions ? within_one(input + *additions) : input;
  return torch::where(x < thresholds, x, 1.0 - x);
}
// Through steps of 8 bits, as kornia rounds them.
Tensor posterize(const Tensor& input, int bits) {
  if (bits < 0 || bits > 8)
    throw td::error("[posterize] there are no such bits: got " + std::to_string(bits) + ", expected 0 to 8. Pass another number.");
  if (bits == 8) return input;
  if (bits == 0) return torch::zeros_like(input);
  const double step = 1 << (8 - bits);
  const Tensor kept = torch::trunc(input * 255) / step / 255.0;
  return torch::trunc(kept * 255) * step / 255.0;
}
namespace {
// Each level becomes the share of pixels below it; the last level's own pixels are no step.
Tensor equalized(const Tensor& input, std::int64_t spatial_dims) {
  const td::extents shape = input.sizes();
  const Tensor scaled = torch::flatten(input, -spatial_dims) * 255.0, level = scaled.to(torch::int64), levels = torch::arange(256);
  const Tensor counts = torch::sum(level.unsqueeze(-1) == levels, -2), total = torch::sum(counts, -1, true);
  const Tensor last = torch::amax(torch::where(counts > 0, levels, 0), -1, true);
  const Tensor step = torch::floor_divide(total - torch::gather(counts, -1, last), 255);
  const Tensor table = torch::floor_divide(torch::cumsum(counts, -1) + torch::floor_divide(step, 2), torch::clamp(step, 1));
  const Tensor below =
      torch::cat({torch::zeros_like(table[{td::ellipsis, td::slice(0, 1)}]), table[{td::ellipsis, td::slice({}, -1)}]}, {.dim = -1});
  const Tensor found = torch::gather(torch::clamp(below, 0, 255), -1, level);
  return torch::reshape(torch::where(step == 0, scaled, found) / 255.0, std::vector<std::int64_t>(shape.begin(), shape.end()));
}
}  // namespace
Tensor equalize(const Tensor& input) { return equalized(input, 2); }
Tensor equalize3d(const Tensor& input) { return equalized(input, 3); }
Tensor sharpness(const Tensor& input, double factor) {
  const auto moved = [&](int row, int column) {
    const auto seen = [](int k) { return k == 2 ? td::slice(2, {}) : td::slice(k, k - 2); };
    return input[{td::ellipsis, seen(row), seen(column)}];
  };
  Tensor sum = moved(1, 1) * (5.0 / 13);
  for (int k = 0; k < 9; ++k)
    if (k != 4) sum += moved(k / 3, k % 3) * (1.0 / 13);
  const Tensor rows =
      input[{td::ellipsis, td::slice(1, -1), td::slice()}].slice_scatter(within_one(sum), {.dim = -1, .start = 1, .end = -1});
  const Tensor smooth = input.slice_scatter(rows, {.dim = -2, .start = 1, .end = -1});
  return within_one(smooth + (input - smooth) * factor);
}

// ---- colour

Tensor adjust_hue(const Tensor& image, double factor) { return color::hsv_to_rgb(adjust_hue_raw(color::rgb_to_hsv(image), factor)); }
Tensor adjust_hue_raw(const Tensor& image, double factor) {
  const auto [hue, saturation, value] = torch::unbind<3>(image, {.dim = -3});
  const Tensor turned = (hue + factor) % turn;
  return torch::stack({torch::where(turned >= turn, 0.0, turned), saturation, value}, {.dim = -3});
}
Tensor adjust_saturation(const Tensor& image, double factor) { return saturated(image, factor); }
Tensor adjust_saturation(const Tensor& image, const Tensor& factor) { return saturated(image, per_image(factor)); }
Tensor adjust_saturation_raw(const Tensor& image, double factor) {
  const auto [hue, saturation, value] = torch::unbind<3>(image, {.dim = -3});
  return torch::stack({hue, within_one(saturation * factor), value}, {.dim = -3});
}
Tensor adjust_saturation_with_gray_subtraction(const Tensor& image, double factor) {
  return within_one((1 - factor) * color::rgb_to_grayscale(image) + factor * image);
}
Tensor shift_rgb(const Tensor& image, const Tensor& r_shift, const Tensor& g_shift, const Tensor& b_shift) {
  return within_one(image + torch::reshape(torch::stack({r_shift, g_shift, b_shift}, {.dim = 1}), {-1, 3, 1, 1}));
}

// ---- arithmetic

Tensor add_weighted(const Tensor& src1, double alpha, const Tensor& src2, double beta, double gamma) {
  return src1 * alpha + src2 * beta + gamma;
}
Tensor normalize(const Tensor& data, const std::vector<double>& mean, const std::vector<double>& std) {
  return by_channel("normalize", data, mean, std, [](const Tensor& x, double m, double s) { return (x - m) / s; });
}
Tensor normalize(const Tensor& data, const Tensor& mean, const Tensor& std) { return (data - per_channel(mean)) / per_channel(std); }
Tensor denormalize(const Tensor& data, const std::vector<double>& mean, const std::vector<double>& std) {
  return by_channel("denormalize", data, mean, std, [](const Tensor& x, double m, double s) { return m + x * s; });
}
Tensor denormalize(const Tensor& data, const Tensor& mean, const Tensor& std) { return per_channel(mean) + data * per_channel(std); }
Tensor normalize_min_max(const Tensor& input, double min_val, double max_val, double eps) {
  const torch::reduce_options over_pixels{.dim = {-2, -1}, .keepdim = true};
  const Tensor low = torch::amin(input, over_pixels), high = torch::amax(input, over_pixels);
  return (max_val - min_val) * (input - low) / (high - low + eps) + min_val;
}
Tensor threshold(const Tensor& input, double thresh, double maxval, ThresholdType type) {
  const Tensor above = input > thresh, nothing = torch::zeros_like(input);
  switch (type) {
    case ThresholdType::THRESH_BINARY: return torch::where(above, maxval, nothing);
    case ThresholdType::THRESH_BINARY_INV: return torch::where(above, nothing, maxval);
    case ThresholdType::THRESH_TRUNC: return torch::clamp(input, std::nullopt, thresh);
    case ThresholdType::THRESH_TOZERO: return torch::where(above, input, nothing);
    case ThresholdType::THRESH_TOZERO_INV: return torch::where(above, nothing, input);
  }
  return input;
}
Tensor linear_transform(const Tensor& inp, const Tensor& transform_matrix, const Tensor& mean_vector, std::int64_t dim) {
  const std::int64_t rank = inp.dim(), first = dim < 0 ? dim + rank : dim;
  std::vector<std::int64_t> order{first}, back(static_cast<std::size_t>(rank)), shape;
  for (std::int64_t i = 0; i < rank; ++i)
    if (i != first) order.push_back(i);
  for (std::size_t i = 0; i < order.size(); ++i) {
    back[static_cast<std::size_t>(order[i])] = static_cast<std::int64_t>(i);
    shape.push_back(inp.size(order[i]));
  }
  const Tensor rows = torch::flatten(torch::permute(inp, order), 1);
  return torch::permute(torch::reshape(torch::matmul(rows - mean_vector, transform_matrix), shape), back);
}

std::array<Tensor, 3> zca_mean(const Tensor& inp, std::int64_t dim, bool unbiased, double eps) {
  const Tensor samples = torch::movedim(inp, dim, 0);
  const std::int64_t count = samples.size(0), least = unbiased ? 2 : 1;
  if (count < least)
    throw td::error("[zca_mean] there are too few samples: got " + std::to_string(count) + ", expected " + std::to_string(least) +
                    " or more. Pass more.");
  const Tensor rows = samples.reshape({count, -1}), mean = torch::mean(rows, 0, true), off = rows - mean;
  const Tensor covariance = torch::matmul(off.t(), off) / static_cast<double>(unbiased ? count - 1 : count);
  // In float64, as kornia has it.
  const auto [u, s, vh] = torch::linalg::svd(covariance.to(torch::float64));
  const Tensor vectors = u.type_as(inp), values = s.type_as(inp).unsqueeze(1) + eps;
  return {torch::matmul(vectors, torch::rsqrt(values) * vectors.t()), mean, torch::matmul(vectors, torch::sqrt(values) * vectors.t())};
}
Tensor zca_whiten(const Tensor& inp, std::int64_t dim, bool unbiased, double eps) {
  const auto made = zca_mean(inp, dim, unbiased, eps);
  return linear_transform(inp, made[0], made[1], dim);
}
ZCAWhitening& ZCAWhitening::fit(const Tensor& x) {
  const auto made = zca_mean(x, dim_, unbiased_, eps_);
  matrix_ = made[0], mean_ = made[1], inverse_ = made[2], fitted_ = true;
  return *this;
}
void ZCAWhitening::require_fitted() const {
  if (!fitted_) throw td::error("[ZCAWhitening] it knows no samples yet: got none, expected some before. Call fit first.");
}
Tensor ZCAWhitening::operator()(const Tensor& x) const {
  require_fitted();
  return linear_transform(x, matrix_, mean_, dim_);
}
Tensor ZCAWhitening::inverse_transform(const Tensor& x) const {
  require_fitted();
  return linear_transform(x, inverse_, -torch::matmul(mean_, matrix_), dim_);
}

// ---- sums and histograms

Tensor integral_tensor(const Tensor& input, const std::vector<std::int64_t>& dim) {
  Tensor sums = input;
  for (const std::int64_t d : dim) sums = torch::cumsum(sums, d);
  return sums;
}
Tensor integral_image(const Tensor& image) { return integral_tensor(image, {-2, -1}); }

Tensor histogram(const Tensor& x, const Tensor& bins, double bandwidth, double epsilon) {
  const Tensor shares = torch::mean(nearness(x, bins, bandwidth), -2);
  return shares / (torch::sum(shares, -1, true) + epsilon);
}
Tensor histogram2d(const Tensor& x1, const Tensor& x2, const Tensor& bins, double bandwidth, double epsilon) {
  const Tensor counts = torch::matmul(torch::transpose(nearness(x1, bins, bandwidth), -2, -1), nearness(x2, bins, bandwidth));
  return counts / (torch::sum(counts, {.dim = {-2, -1}, .keepdim = true}) + epsilon);
}
std::pair<Tensor, Tensor> image_histogram2d(const Tensor& image, double min, double max, std::int64_t n_bins,
                                            std::optional<double> bandwidth, bool return_pdf, const std::string& kernel, double eps) {
  if (n_bins < 1 || !(max > min))
    throw td::error("[image_histogram2d] there are no bins: got " + std::to_string(n_bins) + " from " + std::to_string(min) + " to " +
                    std::to_string(max) + ", expected 1 or more over a range. Pass other bins.");
  const double width = bandwidth ? *bandwidth : (max - min) / static_cast<double>(n_bins);
  const Tensor centers = torch::reshape((torch::arange(n_bins).to(torch::float32) + 0.5) * width + min, {-1, 1, 1});
  const Tensor apart = torch::abs(image.unsqueeze(-3) - centers) / width, inside = apart <= 1;
  const auto where_inside = [&](const Tensor& x) { return torch::where(inside, x, torch::zeros_like(x)); };
  Tensor near;
  if (kernel == "gaussian") near = torch::exp(-0.5 * torch::square(apart));
  else if (kernel == "triangular") near = where_inside(1.0 - apart);
  else if (kernel == "uniform") near = where_inside(torch::ones_like(apart));
  else if (kernel == "epanechnikov") near = where_inside(1.0 - torch::square(apart));
  else
    throw td::error("[image_histogram2d] there is no such kernel: got \"" + kernel +
                    "\", expected \"triangular\", \"gaussian\", \"uniform\" or \"epanechnikov\". Pass one of these.");
  const Tensor counts = torch::sum(near, {.dim = {-2, -1}});
  return {counts, return_pdf ? counts / (torch::sum(counts, -1, true) + eps) : torch::zeros_like(counts)};
}

}  // namespace vision::enhance
