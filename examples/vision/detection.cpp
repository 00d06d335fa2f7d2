// Edges and thresholds: what a filter keeps of an image, decided by its own pixels.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "color.hpp"
#include "filters.hpp"

namespace vision::filters {
namespace {

namespace functional = torch::nn::functional;
constexpr double inf = std::numeric_limits<double>::infinity();

// ---- edges

// The pixels around one, from the right on and clockwise as displayed: rows and columns to go.
constexpr std::int64_t around[8][2] = {{0, 1}, {1, 1}, {1, 0}, {1, -1}, {0, -1}, {-1, -1}, {-1, 0}, {-1, 1}};

// Of equal pixels across a step the left or the upper one is kept.
Tensor beats(const Tensor& magnitude, const Tensor& neighbours, const Tensor& direction) {
  const Tensor neighbour = torch::gather(neighbours, 2, direction.unsqueeze(2)).squeeze(2);
  const Tensor takes_equal = (direction == 0) | (direction == 2);
  return (magnitude > neighbour) | (takes_equal & (magnitude == neighbour));
}

// The pixels from `first` on, as many less than there are in all as `fewer` says, along the last two dims.
Tensor inner(const Tensor& x, std::int64_t row, std::int64_t column, std::int64_t fewer) {
  const auto part = [&](std::int64_t first) {
    return td::slice(first, first == fewer ? td::maybe_integer() : td::maybe_integer(first - fewer));
  };
  return x[{td::ellipsis, part(row), part(column)}];
}

// ---- thresholds

// Counts of `bins` levels of each row.
Tensor counts_of(const Tensor& level, std::int64_t bins, td::dtype dtype) {
  const Tensor none = torch::zeros({level.size(0), bins}, {.dtype = dtype});
  return torch::scatter_add(none, 1, level, torch::ones_like(level, {.dtype = dtype}));
}

// How far apart the means of the levels up to each and of those beyond are, times how many pixels either has. -1 where one has none, or
// where the level is empty, so that nothing is decided there.
Tensor variance_between(const Tensor& share) {
  const std::int64_t bins = share.size(1);
  const Tensor moments = share * torch::arange(bins, {.dtype = share.dtype()});
  const auto below = [](const Tensor& x) { return torch::cumsum(x, 1)[{td::slice(), td::slice({}, -1)}]; };
  const Tensor weight = below(share), rest = torch::sum(share, 1, true) - weight, sum = below(moments),
               other = torch::sum(moments, 1, true) - sum;
  const auto mean = [](const Tensor& total, const Tensor& w) { return total / torch::where(w > 0, w, torch::ones_like(w)); };
  const Tensor counts = (weight > 0) & (rest > 0) & (share[{td::slice(), td::slice({}, -1)}] > 0);
  const Tensor apart = torch::square(mean(sum, weight) - mean(other, rest));
  return torch::where(counts, weight * rest * apart, torch::full_like(weight, -1.0));
}

}  // namespace

Tensor edge_aware_blur_pool2d(const Tensor& input, size2 kernel_size, double edge_threshold, std::int64_t edge_dilation_kernel_size,
                              double epsilon) {
  require_kernel_size("edge_aware_blur_pool2d", edge_dilation_kernel_size);
  if (!(edge_threshold > 1))
    throw td::error("[edge_aware_blur_pool2d] no edge is as low: got an edge_threshold of " + std::to_string(edge_threshold) +
                    ", expected more than 1. Pass another.");
  const auto mirrored = [&](std::int64_t by) { return functional::pad(input, {by, by, by, by}, {.mode = "reflect"}); };
  const std::int64_t reach = std::max<std::int64_t>(2, kernel_size.y / 2);
  const Tensor blurred = inner(blur_pool2d(mirrored(reach), kernel_size, 1), reach, reach, 2 * reach);
  const Tensor light = torch::log2(mirrored(2) + epsilon);
  const auto step = [&](const Tensor& far, const Tensor& near) {
    return torch::abs(torch::mean(far - near, {.dim = -3, .keepdim = true})) > std::log2(edge_threshold);
  };
  const auto part = [&](const td::slice& rows, const td::slice& columns) { return light[{td::ellipsis, rows, columns}]; };
  const td::slice middle(2, -2), front({}, -4), back(4, {});
  const Tensor edges = (step(part(middle, back), part(middle, front)) | step(part(back, middle), part(front, middle))).type_as(input);
  const Tensor kept = functional::max_pool2d(edges, edge_dilation_kernel_size, {.stride = 1, .padding = edge_dilation_kernel_size / 2});
  return kept * input + (1.0 - kept) * blurred;
}

std::pair<Tensor, Tensor> canny(const Tensor& input, double low_threshold, double high_threshold, size2 kernel_size,
                                const std::array<double, 2>& sigma, bool hysteresis, double eps) {
  if (hysteresis)
    throw td::error(
        "[canny] how often edges grow is known from their pixels: got hysteresis, expected none. Join weak edges (0.5) to "
        "strong ones (1) in a loop around the function.");
  if (!(low_threshold > 0 && low_threshold <= high_threshold))
    throw td::error("[canny] the thresholds are in no order: got " + std::to_string(low_threshold) + " and " +
                    std::to_string(high_threshold) + ", expected a positive one and one no smaller. Exchange them.");
  const Tensor gray = input.size(-3) == 3 ? color::rgb_to_grayscale(input) : input;
  const Tensor gradient = spatial_gradient(gaussian_blur2d(gray, kernel_size, sigma), "sobel", 1, false);
  const auto [x, y] = torch::unbind<2>(gradient, {.dim = 2});
  // Beyond the image there is no gradient.
  const auto wide = [](const Tensor& t) { return functional::pad(t, {1, 1, 1, 1}); };
  const Tensor padded = torch::sqrt(torch::square(wide(x)) + torch::square(wide(y)) + eps), magnitude = inner(padded, 1, 1, 2);
  std::vector<Tensor> neighbours;
  for (const auto& [row, column] : around) neighbours.push_back(inner(padded, 1 + row, 1 + column, 2));
  const Tensor window = torch::stack(neighbours, {.dim = 2}), eighth = torch::round(torch::atan2(y, x) * (4 / std::numbers::pi));
  const auto direction = [](const Tensor& turns) { return torch::remainder(turns, 8).to(torch::int64); };
  const Tensor largest =
      beats(magnitude, window, direction(eighth)) & beats(magnitude, window, direction(eighth + 4)) & (magnitude > std::sqrt(eps));
  const Tensor thin = magnitude * largest;
  return {thin, ((thin > low_threshold).type_as(thin) + (thin > high_threshold).type_as(thin)) * 0.5};
}

// The level whose end leaves the means of darker and of lighter pixels farthest apart. Pixels are told apart by their level, and the
// threshold is moved between them where rounding has put it on one.
std::pair<Tensor, Tensor> otsu_threshold(const Tensor& x, std::int64_t nbins, bool return_mask) {
  if (nbins < 1) throw td::error("[otsu_threshold] there are no bins: got " + std::to_string(nbins) + ", expected 1 or more.");
  const std::int64_t rank = x.dim();
  const Tensor planes = rank <= 2 ? torch::reshape(x, {1, -1}) : torch::reshape(x, {-1, x.size(-2) * x.size(-1)});
  const bool real = x.is_floating_point();
  const Tensor values = real ? planes : planes.to(torch::float32);
  const auto bins = static_cast<double>(nbins);
  const Tensor smallest = torch::amin(values, 1, true), largest = torch::amax(values, 1, true), width = largest - smallest;
  const Tensor scaled = (values - smallest) * bins / torch::where(width > 0, width, torch::ones_like(width));
  const Tensor level = torch::clamp(scaled.to(torch::int64), 0, nbins - 1), counts = counts_of(level, nbins, values.dtype());
  const Tensor between = variance_between(counts / torch::sum(counts, 1, true));
  const Tensor best = torch::argmax(between, 1, true), decided = torch::amax(between, 1, true) > 0;
  const Tensor place = torch::arange(nbins + 1, {.dtype = values.dtype()}), step = width / bins;
  const Tensor edges = torch::where(place < static_cast<double>((nbins + 1) / 2), smallest + place * step, largest + (place - bins) * step);
  Tensor end = torch::gather(edges, 1, best + 1);
  if (!real) end = torch::ceil(end) - 1;
  Tensor threshold = torch::where(decided, end, edges[{td::slice(), td::slice(0, 1)}]).to(planes.dtype());
  if (real) {
    const Tensor light = level > best, lightest_dark = torch::amax(torch::where(light, -inf, planes), 1, true),
                 darkest_light = torch::amin(torch::where(light, planes, inf), 1, true);
    const Tensor before = torch::nextafter(darkest_light, torch::full_like(darkest_light, -inf));
    threshold = torch::where(decided, torch::minimum(torch::maximum(threshold, lightest_dark), before), threshold);
  }
  const Tensor least = torch::amin(planes, 1, true);
  threshold = torch::where(least == torch::amax(planes, 1, true), least, threshold);
  const Tensor kept = planes > threshold;
  return {torch::reshape(return_mask ? kept : kept.to(x.dtype()) * planes, x.sizes()), threshold.squeeze(1)};
}

}  // namespace vision::filters
