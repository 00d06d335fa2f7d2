// Resampling of nn::functional: images of another size, and their pixels at the places of a grid.
#include <algorithm>
#include <cmath>

#include "array/format.hpp"
#include "frontends/torch_ops.hpp"

namespace tendril::frontends::torch::nn::functional {
namespace {

using list = std::vector<std::int64_t>;

// ---- of another size

// The cubic convolution of Keys: the weight of an element at this distance. torch has a = -0.75, and -0.5 where it smooths.
double cubic(double distance, double a) {
  const double x = std::abs(distance);
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? ((x - 5) * x + 8) * x * a - 4 * a : 0;
}
double triangle(double distance) { return std::max(0.0, 1 - std::abs(distance)); }

// How the elements of a dim come to be: each is a sum over as many places as there are columns, of which every one has a weight.
struct weighted_places {
  std::vector<list> places;                  // columns
  std::vector<std::vector<double>> weights;  // none: the elements themselves
};
struct resizing {
  std::int64_t n, count;  // elements before and after
  double scale;           // what the caller said, or 0
  bool corners;
  double ratio() const {
    if (corners) return count > 1 ? static_cast<double>(n - 1) / static_cast<double>(count - 1) : 0;
    return scale > 0 ? 1 / scale : static_cast<double>(n) / static_cast<double>(count);
  }
  // Where an element lies among those that there were.
  double source(std::int64_t place) const {
    const auto i = static_cast<double>(place);
    return corners ? i * ratio() : (i + 0.5) * ratio() - 0.5;
  }
  std::int64_t within(std::int64_t place) const { return std::clamp<std::int64_t>(place, 0, n - 1); }
};

// In float32, as torch counts.
weighted_places nearest(const resizing& r, bool exact) {
  const auto ratio = static_cast<float>(r.scale > 0 ? 1 / r.scale : static_cast<double>(r.n) / static_cast<double>(r.count));
  list places;
  for (std::int64_t i = 0; i < r.count; ++i)
    places.push_back(r.within(static_cast<std::int64_t>(std::floor((static_cast<float>(i) + (exact ? 0.5F : 0.F)) * ratio))));
  return {{places}, {}};
}
weighted_places linear(const resizing& r) {
  weighted_places w{{{}, {}}, {{}, {}}};
  for (std::int64_t i = 0; i < r.count; ++i) {
    const double at = std::max(0.0, r.source(i));
    const std::int64_t below = r.within(static_cast<std::int64_t>(at));
    const double share = std::clamp(at - static_cast<double>(below), 0.0, 1.0);
    w.places[0].push_back(below);
    w.places[1].push_back(r.within(below + 1));
    w.weights[0].push_back(1 - share);
    w.weights[1].push_back(share);
  }
  return w;
}
weighted_places bicubic(const resizing& r) {
  weighted_places w{std::vector<list>(4), std::vector<std::vector<double>>(4)};
  for (std::int64_t i = 0; i < r.count; ++i) {
    const double at = r.source(i), below = std::floor(at);
    for (std::size_t k = 0; k < 4; ++k) {
      const double place = below + static_cast<double>(k) - 1;
      w.places[k].push_back(r.within(static_cast<std::int64_t>(place)));
      w.weights[k].push_back(cubic(at - place, -0.75));
    }
  }
  return w;
}
// All elements under a window that is wider where fewer are left. A place that fills a shorter row up shares the weight of the last one,
// so that none is counted with weight 0, which would make NaN of an infinity.
weighted_places smooth(const resizing& r, bool is_cubic) {
  const double ratio = r.ratio(), reach = (is_cubic ? 2 : 1) * std::max(ratio, 1.0), narrower = ratio >= 1 ? 1 / ratio : 1;
  std::vector<list> rows;
  std::vector<std::vector<double>> weights;
  std::size_t columns = 0;
  for (std::int64_t i = 0; i < r.count; ++i) {
    const double center = ratio * (static_cast<double>(i) + 0.5);
    const std::int64_t first = std::max<std::int64_t>(static_cast<std::int64_t>(center - reach + 0.5), 0),
                       last = std::min(static_cast<std::int64_t>(center + reach + 0.5), r.n);
    double sum = 0;
    rows.emplace_back();
    weights.emplace_back();
    for (std::int64_t j = first; j < last; ++j) {
      const double distance = (static_cast<double>(j) - center + 0.5) * narrower;
      rows.back().push_back(j);
      weights.back().push_back(is_cubic ? cubic(distance, -0.5) : triangle(distance));
      sum += weights.back().back();
    }
    for (double& w : weights.back()) w /= sum;
    columns = std::max(columns, rows.back().size());
  }
  weighted_places out{std::vector<list>(columns), std::vector<std::vector<double>>(columns)};
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::size_t own = rows[i].size();
    for (std::size_t k = 0; k < columns; ++k) {
      const std::size_t from = std::min(k, own - 1);
      out.places[k].push_back(rows[i][from]);
      out.weights[k].push_back(from == own - 1 ? weights[i][from] / static_cast<double>(columns - own + 1) : weights[i][from]);
    }
  }
  return out;
}
Tensor resampled(const Tensor& x, std::int64_t dim, const weighted_places& w) {
  const auto taken = [&](const list& places) { return Tensor(tendril::take(x.value(), tendril::asarray(places), {.axis = dim})); };
  if (w.weights.empty()) return taken(w.places.front());
  list along(static_cast<std::size_t>(x.dim()), 1);
  along[static_cast<std::size_t>(dim)] = -1;
  Tensor sum;
  for (std::size_t k = 0; k < w.places.size(); ++k) {
    const Tensor term = taken(w.places[k]) * to(Tensor(tendril::reshape(tendril::asarray(w.weights[k]), along)), x.dtype());
    sum = k == 0 ? term : sum + term;
  }
  return sum;
}

Tensor interpolated(const Tensor& x, const attributes& at) {
  const std::string& mode = at.get_string("mode");
  const std::int64_t inner = x.dim() - 2, wanted = mode == "linear"                     ? 1
                                                   : among(mode, "bilinear", "bicubic") ? 2
                                                   : mode == "trilinear"                ? 3
                                                                                        : inner;
  require_real("interpolate", x);
  list size = at.get_ints("size");
  const double scale = at.get_real("scale");
  if (size.empty()) size.assign(1, -1);
  if (size.size() == 1 && inner > 0) size.assign(static_cast<std::size_t>(inner), size.front());
  if (inner < 1 || inner > 3 || inner != wanted || static_cast<std::int64_t>(size.size()) != inner)
    throw shape_error(
        format_text("[interpolate] the input has other dims: got {} in mode \"{}\", expected N x C and {} more. Pass another mode.",
                    spelled(x), mode, wanted));
  Tensor y = x;
  for (std::int64_t dim = 2; dim < inner + 2; ++dim) {
    const std::int64_t n = x.size(dim);
    const std::int64_t count =
        scale > 0 ? static_cast<std::int64_t>(std::floor(static_cast<double>(n) * scale)) : size[static_cast<std::size_t>(dim - 2)];
    if (count < 1 || n < 1)
      throw shape_error(
          format_text("[interpolate] nothing would be left: got {} for {}, expected 1 or more. Pass another size.", count, spelled(x)));
    if (at.get_bool("antialias") && count == n) continue;
    const resizing r{n, count, scale, at.get_bool("align_corners")};
    y = mode == "area"                ? adapted_pool(y, dim, count, true)
        : mode.starts_with("nearest") ? resampled(y, dim, nearest(r, mode == "nearest-exact"))
        : at.get_bool("antialias")    ? resampled(y, dim, smooth(r, mode == "bicubic"))
                                      : resampled(y, dim, mode == "bicubic" ? bicubic(r) : linear(r));
  }
  return y;
}

// ---- the places of a grid

// Places between -1 and 1 as places of n pixels.
Tensor pixels_of(const Tensor& grid, std::int64_t n, bool corners) {
  const auto extent = static_cast<double>(n);
  return corners ? (grid + 1.0) / 2.0 * (extent - 1) : ((grid + 1.0) * extent - 1.0) / 2.0;
}
// Places beyond the ends as those that are seen there: at the end itself, or mirrored in it as often as it takes. The mirrors stand on the
// last pixels, or half a pixel beyond.
Tensor inside(const Tensor& place, std::int64_t n, const std::string& padding, bool corners) {
  if (padding == "zeros") return place;
  const double last = static_cast<double>(n) - 1, front = corners ? 0 : -0.5, between = corners ? last : last + 1;
  Tensor there = place;
  if (padding == "reflection" && between == 0) {
    there = torch::zeros_like(place);
  } else if (padding == "reflection") {
    const Tensor from = torch::abs(place - front), beyond = torch::fmod(from, between), times = torch::floor(from / between);
    there = torch::where(torch::eq(torch::fmod(times, 2.0), 0.0), beyond + front, between - beyond + front);
  }
  return clamp(there, 0.0, last);
}
// The four weights of pixels around a place that lies `share` behind the second.
std::array<Tensor, 4> cubic_weights(const Tensor& share) {
  constexpr double a = -0.75;
  const auto near = [](const Tensor& x) { return ((a + 2) * x - (a + 3)) * x * x + 1.0; };
  const auto far = [](const Tensor& x) { return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a; };
  const Tensor rest = 1.0 - share;
  return {far(share + 1.0), near(share), near(rest), far(rest + 1.0)};
}
// The same in space: of three places the last names the plane.
Tensor sampled_in_space(const Tensor& x, const Tensor& grid, const attributes& at) {
  require_alike("grid_sample", x, grid);
  require_real("grid_sample", x);
  if (grid.dim() != 5 || grid.size(4) != 3 || grid.size(0) != x.size(0))
    throw shape_error(format_text(
        "[grid_sample] input and grid do not fit: got {} and {}, expected N x C x D x H x W and N x d x h x w x 3. Reshape one.",
        spelled(x), spelled(grid)));
  const bool corners = at.get_bool("align_corners");
  const std::int64_t count = grid.size(1) * grid.size(2) * grid.size(3);
  const Tensor flat = torch::flatten(x, 2, 4);
  const auto voxel = [&](const std::array<Tensor, 3>& at_place) {
    Tensor there, place;
    for (std::size_t i = 0; i < 3; ++i) {
      const std::int64_t n = x.size(static_cast<std::int64_t>(i) + 2);
      const Tensor& p = at_place[i];
      const Tensor inside_here = (p >= 0.0) & (p <= static_cast<double>(n - 1));
      there = i == 0 ? inside_here : there & inside_here;
      const Tensor whole = to(torch::where(inside_here, p, 0.0), dtype::int64);
      place = i == 0 ? whole : place * n + whole;
    }
    const Tensor index = torch::broadcast_to(reshape(place, {x.size(0), 1, count}), {x.size(0), x.size(1), count});
    const Tensor found = unflatten(gather(flat, 2, index), 2, {grid.size(1), grid.size(2), grid.size(3)});
    return torch::where(unsqueeze(there, 1), found, 0.0);
  };
  std::array<Tensor, 3> place, low;
  const auto within = [&](std::size_t i, const Tensor& p) {
    return inside(p, x.size(static_cast<std::int64_t>(i) + 2), at.get_string("padding_mode"), corners);
  };
  for (std::size_t i = 0; i < 3; ++i)
    place[i] = pixels_of(select(grid, 4, 2 - static_cast<std::int64_t>(i)), x.size(static_cast<std::int64_t>(i) + 2), corners);
  if (at.get_string("mode") == "bicubic") {
    std::array<std::array<Tensor, 4>, 3> near, weight;
    for (std::size_t i = 0; i < 3; ++i) {
      low[i] = floor(place[i]);
      weight[i] = cubic_weights(unsqueeze(place[i] - low[i], 1));
      for (std::size_t k = 0; k < 4; ++k) near[i][k] = within(i, low[i] + (static_cast<double>(k) - 1));
    }
    Tensor sum;
    for (std::size_t k = 0; k < 64; ++k) {
      const Tensor term =
          voxel({near[0][k / 16], near[1][k / 4 % 4], near[2][k % 4]}) * (weight[0][k / 16] * weight[1][k / 4 % 4] * weight[2][k % 4]);
      sum = k == 0 ? term : sum + term;
    }
    return sum;
  }
  for (std::size_t i = 0; i < 3; ++i) place[i] = within(i, place[i]);
  if (at.get_string("mode") == "nearest") return voxel({round(place[0]), round(place[1]), round(place[2])});
  for (std::size_t i = 0; i < 3; ++i) low[i] = floor(place[i]);
  Tensor sum;
  for (int corner = 0; corner < 8; ++corner) {
    std::array<Tensor, 3> here;
    Tensor weight;
    for (std::size_t i = 0; i < 3; ++i) {
      const bool next = (corner >> (2 - i) & 1) != 0;
      here[i] = next ? low[i] + 1.0 : low[i];
      const Tensor share = next ? place[i] - low[i] : 1.0 - (place[i] - low[i]);
      weight = i == 0 ? share : weight * share;
    }
    const Tensor term = voxel(here) * unsqueeze(weight, 1);
    sum = corner == 0 ? term : sum + term;
  }
  return sum;
}
Tensor sampled(const Tensor& x, const Tensor& grid, const attributes& at) {
  if (x.dim() == 5) return sampled_in_space(x, grid, at);
  require_image("grid_sample", x, 2);
  require_alike("grid_sample", x, grid);
  if (x.dim() != 4 || grid.dim() != 4 || grid.size(3) != 2 || grid.size(0) != x.size(0))
    throw shape_error(
        format_text("[grid_sample] input and grid do not fit: got {} and {}, expected N x C x H x W and N x h x w x 2. Reshape one.",
                    spelled(x), spelled(grid)));
  const bool corners = at.get_bool("align_corners");
  const std::string &mode = at.get_string("mode"), &padding = at.get_string("padding_mode");
  const std::int64_t rows = x.size(2), columns = x.size(3), count = grid.size(1) * grid.size(2);
  const Tensor flat = torch::flatten(x, 2, 3);
  const auto pixel = [&](const Tensor& r, const Tensor& c) {
    const Tensor there = (r >= 0.0) & (r <= static_cast<double>(rows - 1)) & (c >= 0.0) & (c <= static_cast<double>(columns - 1));
    const Tensor place = torch::where(there, to(torch::where(there, r * static_cast<double>(columns) + c, 0.0), dtype::int64), 0);
    const Tensor index = torch::broadcast_to(reshape(place, {x.size(0), 1, count}), {x.size(0), x.size(1), count});
    const Tensor found = unflatten(gather(flat, 2, index), 2, {grid.size(1), grid.size(2)});
    return torch::where(unsqueeze(there, 1), found, 0.0);
  };
  const Tensor column_at = pixels_of(select(grid, 3, 0), columns, corners), row_at = pixels_of(select(grid, 3, 1), rows, corners);
  const auto row_inside = [&](const Tensor& r) { return inside(r, rows, padding, corners); };
  const auto column_inside = [&](const Tensor& c) { return inside(c, columns, padding, corners); };
  if (mode == "bicubic") {
    const Tensor r = floor(row_at), c = floor(column_at);
    const auto down = cubic_weights(unsqueeze(row_at - r, 1)), right = cubic_weights(unsqueeze(column_at - c, 1));
    std::array<Tensor, 4> across;
    for (std::size_t j = 0; j < 4; ++j) across[j] = column_inside(c + (static_cast<double>(j) - 1));
    Tensor sum;
    for (std::size_t i = 0; i < 4; ++i) {
      const Tensor along = row_inside(r + (static_cast<double>(i) - 1));
      Tensor line = pixel(along, across[0]) * right[0];
      for (std::size_t j = 1; j < 4; ++j) line = line + pixel(along, across[j]) * right[j];
      sum = i == 0 ? line * down[i] : sum + line * down[i];
    }
    return sum;
  }
  const Tensor column = column_inside(column_at), row = row_inside(row_at);
  if (mode == "nearest") return pixel(round(row), round(column));
  const Tensor r = floor(row), c = floor(column), down = unsqueeze(row - r, 1), right = unsqueeze(column - c, 1);
  return pixel(r, c) * (1.0 - down) * (1.0 - right) + pixel(r, c + 1.0) * (1.0 - down) * right + pixel(r + 1.0, c) * down * (1.0 - right) +
         pixel(r + 1.0, c + 1.0) * down * right;
}

#define HAS(name) attribute_of(#name)
#define LISTED(name) attribute_of(#name, true, true)
#define OWN TENDRIL_TORCH_OWN
OWN(interpolate, 1, (LISTED(size), HAS(scale), HAS(mode), HAS(align_corners), HAS(antialias)), "images of another size",
    interpolated(x, at))
OWN(grid_sample, 2, (HAS(mode), HAS(padding_mode), HAS(align_corners)), "the pixels at the places of a grid", sampled(x, y, at))
OWN(affine_grid, 1, (LISTED(size), HAS(align_corners)), "the places that an affine map gives", [&] {
  require_real("affine_grid", x);
  const list size = at.get_ints("size");
  const std::int64_t inner = size.size() == 5 ? 3 : 2;
  if (x.dim() != 3 || x.size(1) != inner || x.size(2) != inner + 1 || size.size() != static_cast<std::size_t>(inner) + 2 ||
      x.size(0) != size[0])
    throw shape_error(format_text(
        "[affine_grid] theta and size do not fit: got {} and ({}), expected N x 2 x 3 and four extents, or N x 3 x 4 and five. Pass "
        "others.",
        spelled(x), joined(size, ", ")));
  const auto places = [&](std::int64_t n) {
    std::vector<double> out;
    for (std::int64_t i = 0; i < n; ++i) {
      const auto k = static_cast<double>(i), count = static_cast<double>(n);
      out.push_back(n == 1 ? 0 : at.get_bool("align_corners") ? 2 * k / (count - 1) - 1 : (2 * k + 1) / count - 1);
    }
    return to(Tensor(tendril::asarray(out)), x.dtype());
  };
  std::vector<Tensor> axes_of_places, points;
  list shape{size[0]};
  std::int64_t count = 1;
  for (std::size_t i = 2; i < size.size(); ++i) {
    axes_of_places.push_back(places(size[i]));
    shape.push_back(size[i]);
    count *= size[i];
  }
  shape.push_back(inner);
  const std::vector<Tensor> base = meshgrid(axes_of_places);
  for (std::size_t i = base.size(); i-- > 0;) points.push_back(torch::flatten(base[i]));  // columns first
  points.push_back(torch::ones({count}, {.dtype = x.dtype()}));
  return reshape(matmul(torch::stack(points, {1}), transpose(x, 1, 2)), shape);
}())
#undef OWN
#undef LISTED
#undef HAS

}  // namespace

Tensor interpolate(const arg& input, const interpolate_options& o) {
  if (!among(std::string_view(o.mode), "nearest", "nearest-exact", "linear", "bilinear", "bicubic", "trilinear", "area"))
    throw error(format_text(
        "[interpolate] unknown mode: got \"{}\", expected \"nearest\", \"nearest-exact\", \"linear\", \"bilinear\", \"bicubic\", "
        "\"trilinear\" or \"area\". Pass one of these.",
        o.mode));
  if (o.size.values().empty() == !o.scale_factor)
    throw error(
        "[interpolate] the size is said twice or not at all: got size and scale_factor both or neither, expected one. Pass one of them.");
  if (o.align_corners && (o.mode == "area" || o.mode.starts_with("nearest")))
    throw error(
        format_text("[interpolate] there are no corners to align: got align_corners in mode \"{}\", expected none. Leave it out.", o.mode));
  if (o.antialias && o.mode != "bilinear" && o.mode != "bicubic")
    throw error(format_text(
        "[interpolate] this mode is not smoothed: got antialias in mode \"{}\", expected \"bilinear\" or \"bicubic\". Leave it out.",
        o.mode));
  return record(interpolate_op(), {input.get()},
                {{"size", listed(o.size)},
                 {"scale", o.scale_factor ? o.scale_factor->value() : 0.0},
                 {"mode", o.mode},
                 {"align_corners", o.align_corners},
                 {"antialias", o.antialias}},
                input.where());
}
Tensor grid_sample(const arg& input, const arg& grid, const grid_options& o) {
  if (!among(std::string_view(o.mode), "bilinear", "nearest", "bicubic") ||
      !among(std::string_view(o.padding_mode), "zeros", "border", "reflection"))
    throw error(format_text(
        "[grid_sample] unknown mode: got \"{}\" and \"{}\", expected \"bilinear\", \"nearest\" or \"bicubic\", and \"zeros\", \"border\" "
        "or \"reflection\". Pass two of these.",
        o.mode, o.padding_mode));
  return record(grid_sample_op(), {input.get(), grid.get()},
                {{"mode", o.mode}, {"padding_mode", o.padding_mode}, {"align_corners", o.align_corners}}, input.where());
}
Tensor affine_grid(const arg& theta, const axes& size, bool align_corners) {
  return record(affine_grid_op(), {theta.get()}, {{"size", size}, {"align_corners", align_corners}}, theta.where());
}

}  // namespace tendril::frontends::torch::nn::functional
