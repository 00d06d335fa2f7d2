// Adjustments of an image tile by tile: contrast that is limited in each, and what the blocks of JPEG keep.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "color.hpp"
#include "enhance.hpp"
#include "filters.hpp"

namespace vision::enhance {
namespace {

namespace functional = torch::nn::functional;
using list = std::vector<std::int64_t>;

// The images as one batch.
Tensor batch_of(const Tensor& x) { return torch::reshape(x, {-1, x.size(-3), x.size(-2), x.size(-1)}); }

// ---- contrast

// Between two tiles: which one is before and which behind each pixel, and how near the second is.
struct neighbours {
  std::vector<std::int64_t> first{}, second{};
  std::vector<double> share{};
  neighbours(std::int64_t tiles, std::int64_t size) {
    for (std::int64_t i = 0; i < tiles * size; ++i) {
      const double place = (static_cast<double>(i) - static_cast<double>(size - 1) / 2) / static_cast<double>(size);
      const auto below = static_cast<std::int64_t>(std::floor(place));
      first.push_back(std::clamp<std::int64_t>(below, 0, tiles - 1));
      second.push_back(std::clamp<std::int64_t>(below + 1, 0, tiles - 1));
      share.push_back(place < 0 || place > static_cast<double>(tiles - 1) ? 0 : place - std::floor(place));
    }
  }
};

// Counts above the limit are spread over all levels: the same number to each, and what is left in equal steps.
Tensor limited(const Tensor& counts, double pixels, double clip_limit) {
  if (!(clip_limit > 0)) return counts;
  const Tensor most = torch::clamp(counts, std::nullopt, std::max(std::floor(clip_limit * pixels / 256), 1.0));
  const Tensor excess = pixels - torch::sum(most, -1, true), left = torch::remainder(excess, 256.0);
  const Tensor level = torch::arange(256, {.dtype = counts.dtype()});
  const Tensor step = torch::clamp(torch::floor(256.0 / torch::clamp(left, 1.0)), 1.0);
  const Tensor more = (torch::remainder(level, step) == 0) & (torch::floor(level / step) < left);
  return most + (excess - left) / 256.0 + more.type_as(counts);
}

// ---- JPEG

constexpr double light_table[64] = {16, 11,  10,  16, 24, 40, 51, 61, 12,  12,  14,  19,  26, 58, 60, 55,  14,  13,  16,  24, 40, 57,
                                    69, 56,  14,  17, 22, 29, 51, 87, 80,  62,  18,  22,  37, 56, 68, 109, 103, 77,  24,  35, 55, 64,
                                    81, 104, 113, 92, 49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98,  112, 100, 103, 99};
constexpr double color_table[64] = {17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99,
                                    99, 99, 47, 66, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
                                    99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99};
Tensor table_of(const std::optional<Tensor>& given, const double (&standard)[64], const Tensor& like) {
  const Tensor table = given ? *given : Tensor(td::asarray(std::vector<double>(standard, standard + 64)));
  return torch::reshape(table.type_as(like), {-1, 1, 8, 8});
}

// Steps that a gradient would pass: a cubic between them.
Tensor soft_floor(const Tensor& x) {
  const Tensor whole = torch::floor(x), rest = x - 0.5 - whole;
  return whole + rest * rest * rest;
}
Tensor soft_round(const Tensor& x) {
  const Tensor whole = torch::round(x), rest = x - whole;
  return whole + rest * rest * rest;
}
Tensor soft_clip(const Tensor& x, double least, double most) {
  constexpr double bend = 0.02;
  const Tensor over = x - most, low = torch::where(over > 0, most - bend * (torch::exp(-torch::clamp(over, 0.0)) - 1.0), x);
  const Tensor under = low - least;
  return torch::where(under < 0, least + bend * (torch::exp(torch::clamp(under, std::nullopt, 0.0)) - 1.0), low);
}
Tensor steps_of(const Tensor& table, const Tensor& quality) {
  const Tensor some = torch::where(quality == 0.0, 1.0, quality);
  const Tensor scale = soft_floor(torch::where(some < 50.0, 5000.0 / some, 200.0 - 2.0 * some));
  return soft_floor(soft_clip((table * torch::reshape(scale, {-1, 1, 1, 1}) + 50.0) / 100.0, 1, 255));
}

// The cosine transform of eight numbers: a row for each frequency.
Tensor cosines(const Tensor& like) {
  std::vector<double> rows;
  for (int k = 0; k < 8; ++k)
    for (int i = 0; i < 8; ++i)
      rows.push_back((k == 0 ? std::numbers::sqrt2 / 4 : 0.5) * std::cos((2 * i + 1) * k * std::numbers::pi / 16));
  return torch::reshape(Tensor(td::asarray(rows)), {8, 8}).type_as(like);
}
// A plane N x H x W, through its blocks of 8 x 8 and back.
Tensor coded(const Tensor& plane, const Tensor& steps) {
  const std::int64_t n = plane.size(0), h = plane.size(1) / 8, w = plane.size(2) / 8;
  const auto blocks = [&](const Tensor& x, const list& split, const list& shape) {
    return torch::reshape(torch::permute(torch::reshape(x, split), {0, 1, 3, 2, 4}), shape);
  };
  const Tensor basis = cosines(plane), x = blocks(plane, {n, h, 8, w, 8}, {n, h * w, 8, 8}) - 128.0;
  const Tensor kept = soft_round(torch::matmul(torch::matmul(basis, x), basis.t()) / steps) * steps;
  return blocks(torch::matmul(torch::matmul(basis.t(), kept), basis) + 128.0, {n, h, w, 8, 8}, {n, h * 8, w * 8});
}

}  // namespace

Tensor equalize_clahe(const Tensor& input, double clip_limit, const std::array<std::int64_t, 2>& grid_size) {
  const Tensor images = batch_of(input);
  const std::int64_t n = images.size(0), channels = images.size(1);
  std::array<std::int64_t, 2> size{}, beyond{};
  for (std::size_t i = 0; i < 2; ++i) {
    const std::int64_t extent = images.size(static_cast<std::int64_t>(i) + 2);
    if (grid_size[i] < 1 || extent <= grid_size[i])
      throw td::shape_error("[equalize_clahe] the image has no such tiles: got " + std::to_string(grid_size[i]) + " over " +
                            std::to_string(extent) + " pixels, expected 1 or more, and more pixels than tiles. Pass another grid.");
    size[i] = (extent + grid_size[i] - 1) / grid_size[i];
    beyond[i] = size[i] * grid_size[i] - extent;
  }
  const Tensor wide = beyond[0] + beyond[1] > 0 ? functional::pad(images, {0, beyond[1], 0, beyond[0]}, {.mode = "reflect"}) : images;
  const auto [rows, columns] = grid_size;
  const Tensor tiles =
      torch::reshape(torch::permute(torch::reshape(wide, {n, channels, rows, size[0], columns, size[1]}), {0, 1, 2, 4, 3, 5}),
                     {n, channels, rows * columns, size[0] * size[1]});
  const Tensor level = torch::clamp((tiles * 255.0).to(torch::int64), 0, 255);
  const Tensor counts =
      torch::scatter_add(torch::zeros({n, channels, rows * columns, 256}, {.dtype = wide.dtype()}), 3, level, torch::ones_like(tiles));
  const double pixels = static_cast<double>(size[0] * size[1]);
  const Tensor tables = torch::round(torch::clamp(torch::cumsum(limited(counts, pixels, clip_limit), -1) * (255 / pixels), 0.0, 255.0));
  // A pixel is what the tables of the four tiles around it make of its level.
  const neighbours down(rows, size[0]), right(columns, size[1]);
  const Tensor flat = torch::flatten(tables, 2), own = (wide * 255.0).to(torch::int64);
  const auto along = [&](const auto& numbers, const list& shape) { return torch::reshape(Tensor(td::asarray(numbers)), shape); };
  const auto found = [&](const list& row, const list& column) {
    const Tensor tile = along(row, {-1, 1}) * columns + along(column, {1, -1});
    return torch::reshape(torch::gather(flat, 2, torch::flatten(tile * 256 + own, 2)), wide.sizes());
  };
  const Tensor lower = along(down.share, {-1, 1}).type_as(wide), farther = along(right.share, {1, -1}).type_as(wide);
  const auto between = [](const Tensor& a, const Tensor& b, const Tensor& share) { return a + (b - a) * share; };
  const Tensor above = between(found(down.first, right.first), found(down.first, right.second), farther),
               below = between(found(down.second, right.first), found(down.second, right.second), farther);
  const Tensor whole = between(above, below, lower) / 255.0;
  return torch::reshape(whole[{td::ellipsis, td::slice(0, images.size(2)), td::slice(0, images.size(3))}], input.sizes());
}

Tensor jpeg_codec_differentiable(const Tensor& input, const Tensor& jpeg_quality, const std::optional<Tensor>& quantization_table_y,
                                 const std::optional<Tensor>& quantization_table_c) {
  const Tensor images = batch_of(input);
  const std::int64_t h = images.size(2), w = images.size(3);
  const auto missing = [](std::int64_t extent) { return (16 - extent % 16) % 16; };
  const Tensor wide = functional::pad(images, {0, missing(w), 0, missing(h)}, {.mode = "replicate"});
  const Tensor quality = jpeg_quality.type_as(input), light_steps = steps_of(table_of(quantization_table_y, light_table, input), quality),
               color_steps = steps_of(table_of(quantization_table_c, color_table, input), quality);
  const Tensor planes = color::rgb_to_ycbcr(wide) * 255.0;
  const list size{wide.size(2), wide.size(3)}, half{size[0] / 2, size[1] / 2};
  std::vector<Tensor> made{coded(planes[{td::slice(), 0}], light_steps)};
  const Tensor smooth = filters::gaussian_blur2d(planes[{td::slice(), td::slice(1, 3)}], 3, std::array<double, 2>{0.5, 0.5});
  const Tensor colors = functional::interpolate(smooth, {.size = td::axes(half), .mode = "bilinear"});
  for (std::int64_t which = 0; which < 2; ++which) {
    const Tensor small = coded(colors[{td::slice(), which}], color_steps);
    made.push_back(functional::interpolate(small.unsqueeze(1), {.size = td::axes(size), .mode = "bilinear"}).squeeze(1));
  }
  const Tensor rgb = soft_clip(color::ycbcr_to_rgb(torch::stack(made, {.dim = 1}) / 255.0), 0, 255);
  return torch::reshape(rgb[{td::ellipsis, td::slice(0, h), td::slice(0, w)}], input.sizes());
}

}  // namespace vision::enhance
