// Colour spaces: each function is its formula, over channels that are unpacked before shapes are known.
#include "color.hpp"

#include <cmath>
#include <numbers>

namespace vision::color {
namespace {

constexpr double pi = std::numbers::pi;
using matrix = std::array<std::array<double, 3>, 3>;

template <std::size_t N>
std::array<Tensor, N> channels(const Tensor& image) {
  return torch::unbind<N>(image, {.dim = -3});
}
// For what treats all channels alike: recorded, it costs nothing, since nobody uses what it gives.
const Tensor& of_color(const Tensor& image) {
  (void)channels<3>(image);
  return image;
}
Tensor image_of(const Tensor& a, const Tensor& b, const Tensor& c) { return torch::stack({a, b, c}, {.dim = -3}); }

Tensor weighted(const std::array<Tensor, 3>& x, const std::array<double, 3>& weights) {
  return x[0] * weights[0] + x[1] * weights[1] + x[2] * weights[2];
}
Tensor transformed(const Tensor& image, const matrix& m) {
  const auto x = channels<3>(image);
  return image_of(weighted(x, m[0]), weighted(x, m[1]), weighted(x, m[2]));
}

// An angle that rounding took once round is 0.
Tensor below_a_turn(const Tensor& angle) { return torch::where(angle >= 2 * pi, 0.0, angle); }
// A divisor that is never 0, for what is 0 there anyway.
Tensor nonzero(const Tensor& x) { return torch::where(x == 0, 1.0, x); }

// Every second row and column.
td::slice every_second(int from) { return {from, {}, 2}; }
Tensor every_second(const Tensor& image, int row, int column) { return image[{td::ellipsis, every_second(row), every_second(column)}]; }
// The image with `source` in their place.
Tensor with_every_second(const Tensor& image, int row, int column, const Tensor& source) {
  const Tensor rows = image[{td::ellipsis, every_second(row), td::slice()}];
  return image.slice_scatter(rows.slice_scatter(source, {.dim = -1, .start = column, .step = 2}), {.dim = -2, .start = row, .step = 2});
}
// Means of what has equal shapes, which addition would not ask for.
Tensor mean_of(const torch::tensors& parts) { return torch::mean(torch::stack(parts), 0); }

constexpr std::array<double, 3> white{0.95047, 1.0, 1.08883};
constexpr double white_sum = white[0] + 15 * white[1] + 3 * white[2];
constexpr double white_u = 4 * white[0] / white_sum, white_v = 9 * white[1] / white_sum;

}  // namespace

// ---- gray

Tensor rgb_to_grayscale(const Tensor& image, const std::array<double, 3>& rgb_weights) {
  return weighted(channels<3>(image), rgb_weights).unsqueeze(-3);
}
Tensor rgb_to_grayscale(const Tensor& image, const Tensor& rgb_weights) {
  const auto [r, g, b] = channels<3>(image);
  const auto [red, green, blue] = torch::unbind<3>(rgb_weights);
  return (r * red + g * green + b * blue).unsqueeze(-3);
}
Tensor bgr_to_grayscale(const Tensor& image) { return rgb_to_grayscale(image, {0.114, 0.587, 0.299}); }
Tensor grayscale_to_rgb(const Tensor& image) {
  const auto [gray] = channels<1>(image);
  return image_of(gray, gray, gray);
}

// ---- order, alpha and range

Tensor bgr_to_rgb(const Tensor& image) {
  const auto [b, g, r] = channels<3>(image);
  return image_of(r, g, b);
}
Tensor rgb_to_bgr(const Tensor& image) { return bgr_to_rgb(image); }
Tensor rgb_to_rgba(const Tensor& image, double alpha_val) {
  const auto [r, g, b] = channels<3>(image);
  return torch::stack({r, g, b, torch::full_like(r, alpha_val)}, {.dim = -3});
}
Tensor rgb_to_rgba(const Tensor& image, const Tensor& alpha_val) {
  const auto [r, g, b] = channels<3>(image);
  const auto [a] = channels<1>(alpha_val);
  return torch::stack({r, g, b, a}, {.dim = -3});
}
Tensor bgr_to_rgba(const Tensor& image, double alpha_val) { return rgb_to_rgba(bgr_to_rgb(image), alpha_val); }
Tensor bgr_to_rgba(const Tensor& image, const Tensor& alpha_val) { return rgb_to_rgba(bgr_to_rgb(image), alpha_val); }
Tensor rgba_to_rgb(const Tensor& image, const std::array<double, 3>& background_color) {
  const auto [r, g, b, a] = channels<4>(image);
  const Tensor rest = 1 - a;
  return image_of(r * a + background_color[0] * rest, g * a + background_color[1] * rest, b * a + background_color[2] * rest);
}
Tensor rgba_to_rgb(const Tensor& image, const Tensor& background_color) {
  const auto [r, g, b, a] = channels<4>(image);
  const auto [red, green, blue] = channels<3>(background_color);
  const Tensor rest = 1 - a;
  return image_of(r * a + red * rest, g * a + green * rest, b * a + blue * rest);
}
Tensor rgba_to_bgr(const Tensor& image) { return rgb_to_bgr(rgba_to_rgb(image)); }

Tensor rgb_to_linear_rgb(const Tensor& image) {
  return torch::where(of_color(image) > 0.04045, torch::pow(torch::clamp(image + 0.055, 0.0) / 1.055, 2.4), image / 12.92);
}
Tensor linear_rgb_to_rgb(const Tensor& image) {
  constexpr double knee = 0.0031308;
  return torch::where(of_color(image) > knee, 1.055 * torch::pow(torch::clamp(image, knee), 1 / 2.4) - 0.055, 12.92 * image);
}
Tensor rgb_to_rgb255(const Tensor& image) { return torch::clip(of_color(image) * 255, 0.0, 255.0); }
Tensor rgb255_to_rgb(const Tensor& image) { return of_color(image) / 255.0; }
Tensor normals_to_rgb255(const Tensor& image) { return torch::clip(0.5 * (of_color(image) + 1.0), 0.0, 1.0) * 255; }
Tensor rgb255_to_normals(const Tensor& image) {
  return torch::nn::functional::normalize(of_color(image) / 255.0 * 2.0 - 1.0, {.p = 2, .dim = -3});
}

// ---- hue

// The hue in sixths of a turn, from red: the channel that is largest says which third it is in, the other two how far.
Tensor rgb_to_hsv(const Tensor& image, double eps) {
  const auto [r, g, b] = channels<3>(image);
  const Tensor value = torch::amax(image, -3), spread = value - torch::amin(image, -3);
  const Tensor saturation = spread / torch::where(value == 0, 1.0, value + eps);
  const Tensor divisor = nonzero(spread), from_red = value - r, from_green = value - g, from_blue = value - b;
  const Tensor sixths = torch::where((r >= g) & (r >= b), from_blue - from_green,
                                     torch::where(g >= b, from_red - from_blue + 2.0 * divisor, from_green - from_red + 4.0 * divisor));
  const Tensor hue = 2.0 * pi * (sixths / divisor / 6.0 % 1.0);
  return image_of(below_a_turn(hue), saturation, value);
}

Tensor hsv_to_rgb(const Tensor& image) {
  const auto [hue, s, v] = channels<3>(image);
  const Tensor sixths = hue / (2 * pi) * 6, sector = torch::floor(sixths) % 6, f = sixths % 6 - sector;
  const Tensor low = v * (1.0 - s), falling = v * (1.0 - f * s), rising = v * (1.0 - (1.0 - f) * s);
  const auto choose = [&sector](const std::array<Tensor, 6>& of) {
    Tensor chosen = of[5];
    for (int i = 4; i >= 0; --i) chosen = torch::where(sector == i, of[static_cast<std::size_t>(i)], chosen);
    return chosen;
  };
  return image_of(choose({v, falling, low, low, rising, v}), choose({rising, v, v, falling, low, low}),
                  choose({low, low, rising, v, v, falling}));
}

Tensor rgb_to_hls(const Tensor& image, double eps) {
  const auto [r, g, b] = channels<3>(image);
  const Tensor largest = torch::amax(image, -3), smallest = torch::amin(image, -3), spread = largest - smallest, sum = largest + smallest;
  const Tensor divisor = torch::where(spread == 0, 1.0, spread + eps), room = torch::where(sum < 1.0, sum, 2.0 - sum);
  const Tensor saturation = spread / torch::where(room == 0, 1.0, room + eps);
  const Tensor sixths =
      torch::where((r >= g) & (r >= b), (g - b) / divisor % 6, torch::where(g >= b, (b - r) / divisor + 2, (r - g) / divisor + 4));
  return image_of(below_a_turn(sixths * (pi / 3)), sum / 2, saturation);
}

Tensor hls_to_rgb(const Tensor& image) {
  const auto [h, l, s] = channels<3>(image);
  const Tensor twelfths = h * (6 / pi), reach = s * torch::min(l, 1.0 - l);
  const auto channel = [&](double from) {
    const Tensor k = (twelfths + from) % 12;
    return l - reach * torch::clamp(torch::min(k - 3.0, 9.0 - k), -1.0, 1.0);
  };
  return image_of(channel(0), channel(8), channel(4));
}

// ---- CIE

Tensor rgb_to_xyz(const Tensor& image) {
  return transformed(image, {{{0.412453, 0.35758, 0.180423}, {0.212671, 0.71516, 0.072169}, {0.019334, 0.119193, 0.950227}}});
}
Tensor xyz_to_rgb(const Tensor& image) {
  return transformed(image, {{{3.2404813432005266, -1.5371515162713185, -0.4985363261688878},
                              {-0.9692549499965682, 1.8759900014898907, 0.0415559265582928},
                              {0.0556466391351772, -0.2040413383665112, 1.0573110696453443}}});
}

Tensor rgb_to_lab(const Tensor& image) {
  constexpr double knee = 0.008856;
  const auto xyz = channels<3>(rgb_to_xyz(rgb_to_linear_rgb(image)));
  const auto response = [&](std::size_t i) {
    const Tensor t = xyz[i] / white[i];
    return torch::where(t > knee, torch::pow(torch::clamp(t, knee), 1 / 3.0), 7.787 * t + 4.0 / 29.0);
  };
  const Tensor x = response(0), y = response(1), z = response(2);
  return image_of(116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z));
}
Tensor lab_to_rgb(const Tensor& image, bool clip) {
  const auto [lightness, a, b] = channels<3>(image);
  const Tensor y = (lightness + 16.0) / 116.0;
  const auto stimulus = [](const Tensor& f, double of_white) {
    return torch::where(f > 0.2068966, torch::pow(f, 3.0), (f - 4.0 / 29.0) / 7.787) * of_white;
  };
  const Tensor xyz =
      image_of(stimulus(a / 500.0 + y, white[0]), stimulus(y, white[1]), stimulus(torch::clamp(y - b / 200.0, 0.0), white[2]));
  const Tensor rgb = linear_rgb_to_rgb(xyz_to_rgb(xyz));
  return clip ? torch::clamp(rgb, 0.0, 1.0) : rgb;
}

Tensor rgb_to_luv(const Tensor& image, double eps) {
  constexpr double knee = 0.008856;
  const auto [x, y, z] = channels<3>(rgb_to_xyz(rgb_to_linear_rgb(image)));
  const Tensor lightness = torch::where(y > knee, 116.0 * torch::pow(torch::clamp(y, knee), 1 / 3.0) - 16.0, 903.3 * y);
  const Tensor sum = x + 15 * y + 3 * z + eps;
  return image_of(lightness, 13 * lightness * (4 * x / sum - white_u), 13 * lightness * (9 * y / sum - white_v));
}
Tensor luv_to_rgb(const Tensor& image, double eps) {
  const auto [lightness, u, v] = channels<3>(image);
  const Tensor y = torch::where(lightness > 7.999625, torch::pow((lightness + 16) / 116, 3.0), lightness / 903.3);
  const Tensor scale = 13 * lightness + eps, a = white_u + u / scale, d = white_v + v / scale;
  const Tensor c = 3 * y * (5 * d - 3), z = ((a - 4) * c - 15 * a * d * y) / (12 * d + eps), x = -(c / (d + eps) + 3.0 * z);
  return linear_rgb_to_rgb(xyz_to_rgb(image_of(x, y, z)));
}

// ---- luma and chroma

Tensor rgb_to_y(const Tensor& image) { return weighted(channels<3>(image), {0.299, 0.587, 0.114}).unsqueeze(-3); }
Tensor rgb_to_ycbcr(const Tensor& image) {
  const auto x = channels<3>(image);
  const Tensor y = weighted(x, {0.299, 0.587, 0.114});
  return image_of(y, (x[2] - y) * 0.564 + 0.5, (x[0] - y) * 0.713 + 0.5);
}
Tensor ycbcr_to_rgb(const Tensor& image) {
  const auto [y, blueness, redness] = channels<3>(image);
  const Tensor cb = blueness - 0.5, cr = redness - 0.5;
  return torch::clamp(image_of(y + 1.4025245442 * cr, y - 0.7144034731 * cr - 0.3443401356 * cb, y + 1.7730496454 * cb), 0, 1);
}
Tensor rgb_to_yuv(const Tensor& image) {
  return transformed(image, {{{0.299, 0.587, 0.114}, {-0.147, -0.289, 0.436}, {0.615, -0.515, -0.1}}});
}
Tensor yuv_to_rgb(const Tensor& image) {
  return transformed(image, {{{1.0, -3.945707070707071e-05, 1.139827967171717},
                              {1.0, -0.39461016414141414, -0.5805003156565657},
                              {1.0, 2.0319996843434343, -0.00048137626262626264}}});
}
std::pair<Tensor, Tensor> rgb_to_yuv420(const Tensor& image) {
  const auto [y, u, v] = channels<3>(rgb_to_yuv(image));
  const Tensor uv = torch::stack({u, v}, {.dim = -3});
  return {y.unsqueeze(-3), mean_of({every_second(uv, 0, 0), every_second(uv, 0, 1), every_second(uv, 1, 0), every_second(uv, 1, 1)})};
}
Tensor yuv420_to_rgb(const Tensor& imagey, const Tensor& imageuv) {
  return yuv422_to_rgb(imagey, imageuv.repeat_interleave(2, {.dim = -2}));
}
std::pair<Tensor, Tensor> rgb_to_yuv422(const Tensor& image) {
  const auto [y, u, v] = channels<3>(rgb_to_yuv(image));
  const Tensor uv = torch::stack({u, v}, {.dim = -3});
  return {y.unsqueeze(-3), mean_of({uv[{td::ellipsis, every_second(0)}], uv[{td::ellipsis, every_second(1)}]})};
}
Tensor yuv422_to_rgb(const Tensor& imagey, const Tensor& imageuv) {
  return yuv_to_rgb(torch::cat({imagey, imageuv.repeat_interleave(2, {.dim = -1})}, {.dim = -3}));
}

// ---- effects

Tensor sepia_from_rgb(const Tensor& input, bool rescale, double eps) {
  const Tensor toned = transformed(input, {{{0.393, 0.769, 0.189}, {0.349, 0.686, 0.168}, {0.272, 0.534, 0.131}}});
  if (!rescale) return toned;
  return toned / (torch::amax(toned, {.dim = {-3, -2, -1}, .keepdim = true}) + eps);
}
Tensor sepia(const Tensor& input, bool rescale, double eps) { return sepia_from_rgb(input, rescale, eps); }

// ---- what a sensor sees

namespace {
// Where red lies in each square of four; blue lies across, and green in the two others.
struct place {
  int row, column;
  place across() const { return {1 - row, 1 - column}; }
};
place red_of(CFA cfa) {
  switch (cfa) {
    case CFA::BG: return {0, 0};
    case CFA::GB: return {0, 1};
    case CFA::RG: return {1, 1};
    case CFA::GR: return {1, 0};
  }
  return {0, 0};
}
// With an element more at both ends of the last two dims: the second from the end.
Tensor mirrored(const Tensor& x) {
  const auto row = [&](int i, int end) { return x[{td::ellipsis, td::slice(i, end), td::slice()}]; };
  const Tensor tall = torch::cat({row(1, 2), x, row(-2, -1)}, {.dim = -2});
  const auto column = [&](int i, int end) { return tall[{td::ellipsis, td::slice(i, end)}]; };
  return torch::cat({column(1, 2), tall, column(-2, -1)}, {.dim = -1});
}
// Along one dim twice as long, straight between samples, which begin at element `first`: the end is repeated.
Tensor doubled(const Tensor& x, int dim, int first) {
  const auto part = [&](const Tensor& y, const td::slice& s) {
    return dim == -1 ? y[{td::ellipsis, s}] : y[{td::ellipsis, s, td::slice()}];
  };
  const Tensor all = first == 0 ? torch::cat({x, part(x, {-1, {}})}, {.dim = dim}) : torch::cat({part(x, {0, 1}), x}, {.dim = dim});
  const Tensor twice = all.repeat_interleave(2, {.dim = dim});
  const Tensor between = (part(twice, {{}, -1}) + part(twice, {1, {}})) / 2;
  return first == 0 ? part(between, {{}, -1}) : part(between, {1, {}});
}
Tensor interpolated(const Tensor& image, place p) {
  return doubled(doubled(every_second(image, p.row, p.column), -1, p.column), -2, p.row);
}
}  // namespace

Tensor rgb_to_raw(const Tensor& image, CFA cfa) {
  const auto [r, g, b] = channels<3>(image);
  const place red = red_of(cfa), blue = red.across();
  const Tensor with_red = with_every_second(g, red.row, red.column, every_second(r, red.row, red.column));
  return with_every_second(with_red, blue.row, blue.column, every_second(b, blue.row, blue.column)).unsqueeze(-3);
}
Tensor raw_to_rgb(const Tensor& image, CFA cfa) {
  const auto [raw] = channels<1>(image);
  const place red = red_of(cfa), blue = red.across();
  const Tensor around = mirrored(raw);
  const auto moved = [&](const td::slice& rows, const td::slice& columns) { return around[{td::ellipsis, rows, columns}]; };
  const td::slice middle(1, -1), before({}, -2), behind(2, {});
  Tensor green = 0.25 * (moved(before, middle) + moved(behind, middle) + moved(middle, before) + moved(middle, behind));
  for (const place p : {place{red.row, blue.column}, place{blue.row, red.column}})
    green = with_every_second(green, p.row, p.column, every_second(raw, p.row, p.column));
  return image_of(interpolated(raw, red), green, interpolated(raw, blue));
}
Tensor raw_to_rgb_2x2_downscaled(const Tensor& image, CFA cfa) {
  const auto [raw] = channels<1>(image);
  const place red = red_of(cfa), blue = red.across();
  const Tensor green = mean_of({every_second(raw, red.row, blue.column), every_second(raw, blue.row, red.column)});
  return image_of(every_second(raw, red.row, red.column), green, every_second(raw, blue.row, blue.column));
}

// ---- maps of colours

namespace {
// Colour i of n lies where (i + 1/2) / n is of the row of samples, whose own places are the middles of as many parts.
td::array resampled(const std::vector<std::array<double, 3>>& base, std::int64_t n) {
  if (base.empty()) throw td::error("[ColorMap] there is no colour: got an empty list, expected one at least. Pass the colours in a row.");
  if (n < 1)
    throw td::error("[ColorMap] there are no colours: got num_colors " + std::to_string(n) + ", expected 1 or more. Pass another number.");
  const auto count = static_cast<double>(base.size());
  std::vector<float> colors(static_cast<std::size_t>(3 * n));
  for (std::int64_t i = 0; i < n; ++i) {
    const double at = std::max(0.0, (static_cast<double>(i) + 0.5) * count / static_cast<double>(n) - 0.5);
    const auto low = std::min(static_cast<std::size_t>(at), base.size() - 1), high = std::min(low + 1, base.size() - 1);
    const double part = at - static_cast<double>(low);
    for (std::size_t c = 0; c < 3; ++c)
      colors[c * static_cast<std::size_t>(n) + static_cast<std::size_t>(i)] =
          static_cast<float>(base[low][c] + part * (base[high][c] - base[low][c]));
  }
  return td::reshape(td::asarray(colors), {3, n});
}
// 64 colours from one to another.
std::vector<std::array<double, 3>> between(const std::array<double, 3>& first, const std::array<double, 3>& last) {
  std::vector<std::array<double, 3>> row(64);
  for (std::size_t i = 0; i < 64; ++i)
    for (std::size_t c = 0; c < 3; ++c) row[i][c] = first[c] + static_cast<double>(i) / 63 * (last[c] - first[c]);
  return row;
}
std::vector<std::array<double, 3>> base_of(ColorMapType map) {
  switch (map) {
    case ColorMapType::autumn: return between({1, 0, 0}, {1, 1, 0});
    case ColorMapType::winter: return between({0, 0, 1}, {0, 1, 0.5});
    case ColorMapType::summer: return between({0, 0.5, 0.4}, {1, 1, 0.4});
    case ColorMapType::spring: return between({1, 0, 1}, {1, 1, 0});
    case ColorMapType::cool: return between({0, 1, 1}, {1, 0, 1});
  }
  return {};
}
}  // namespace

ColorMap::ColorMap(const std::vector<std::array<double, 3>>& base, std::int64_t num_colors)
    : colors_(resampled(base, num_colors)), num_colors_(num_colors) {}
ColorMap::ColorMap(ColorMapType base, std::int64_t num_colors) : ColorMap(base_of(base), num_colors) {}

Tensor apply_colormap(const Tensor& input_tensor, const ColorMap& colormap) {
  const Tensor image = input_tensor.dim() == 3 ? input_tensor.unsqueeze(0) : input_tensor;
  if (image.dim() != 4)
    throw td::shape_error("[apply_colormap] this is no image: got rank " + std::to_string(image.dim()) +
                          ", expected C x H x W or N x C x H x W. Reshape first.");
  const bool real = image.dtype() == td::float32 || image.dtype() == td::float64;
  const Tensor single = image.to(torch::float32);
  const Tensor most =
      real ? torch::where(torch::all(image <= 1.0, {.dim = {-2, -1}, .keepdim = true}), 1.0, 255.0) : torch::full({1}, 255.0);
  const Tensor part = single / most.to(torch::float32);
  const Tensor found = torch::bucketize(part, torch::linspace(0.0, 1.0, colormap.size() - 1));
  const Tensor place = torch::where(part == 1.0, colormap.size() - 1, found);
  std::vector<Tensor> channels;
  for (const Tensor& color : torch::unbind<3>(colormap.colors())) channels.push_back(torch::take(color, place));
  return torch::flatten(torch::stack(channels, {.dim = 2}), 1, 2);
}

}  // namespace vision::color
