// Windows and resampling of nn::functional that are other functions of it: convolutions of one and three dims, pools, grids.
#include <algorithm>
#include <cmath>

#include "array/format.hpp"
#include "frontends/torch_ops.hpp"

namespace tendril::frontends::torch::nn::functional {
namespace {

using list = std::vector<std::int64_t>;

Tensor part_of(const Tensor& x, std::int64_t dim, const slice& s) {
  std::vector<index_item> key(static_cast<std::size_t>(normalize_axis("slice", dim, static_cast<int>(x.dim()))), index_item(slice()));
  key.emplace_back(s);
  return Tensor(getitem(x.value(), key));
}
void require_image(const char* op, const Tensor& x, std::int64_t inner) {
  require_real(op, x);
  if (x.dim() != inner + 1 && x.dim() != inner + 2)
    throw shape_error(
        format_text("[{}] the input has other dims: got {}, expected {} or {}. Reshape first.", op, spelled(x), inner + 1, inner + 2));
}

// A sum of convolutions of the planes.
Tensor in_space(const Tensor& given, const Tensor& weight, const attributes& at) {
  const list stride = at.get_ints("stride"), padding = at.get_ints("padding"), dilation = at.get_ints("dilation");
  if (weight.dim() != 5 || (given.dim() != 4 && given.dim() != 5))
    throw shape_error(format_text(
        "[conv3d] input and weight do not fit: got {} and {}, expected N x C x D x H x W and O x C/groups x d x h x w. Reshape one.",
        spelled(given), spelled(weight)));
  const Tensor batch = given.dim() == 4 ? unsqueeze(given, 0) : given;
  const Tensor x = functional::pad(batch, {0, 0, 0, 0, padding[0], padding[0]});
  const std::int64_t n = x.size(0), taps = weight.size(2), reach = dilation[0] * (taps - 1) + 1;
  if (x.size(2) < reach)
    throw shape_error(format_text("[conv3d] the window does not fit: got {} over {}, expected at most the extents. Pad the input.", taps,
                                  spelled(given)));
  const std::int64_t planes = (x.size(2) - reach) / stride[0] + 1;
  Tensor sum;
  for (std::int64_t k = 0; k < taps; ++k) {
    const Tensor those = part_of(x, 2, slice(k * dilation[0], k * dilation[0] + (planes - 1) * stride[0] + 1, stride[0]));
    const Tensor flat = torch::flatten(transpose(those, 1, 2), 0, 1);
    const Tensor term = conv2d(flat, select(weight, 2, k), std::nullopt,
                               {.stride = axes(list{stride[1], stride[2]}),
                                .padding = axes(list{padding[1], padding[2]}),
                                .dilation = axes(list{dilation[1], dilation[2]}),
                                .groups = at.get_int("groups")});
    sum = k == 0 ? term : sum + term;
  }
  const Tensor y = transpose(unflatten(sum, 0, {n, planes}), 1, 2);
  return given.dim() == 4 ? squeeze(y, 0) : y;
}

// Zeros between the elements of a dim.
Tensor spread(const Tensor& x, std::int64_t dim, std::int64_t step) {
  if (step == 1 || x.size(dim) == 0) return x;
  std::vector<Tensor> parts{x};
  for (std::int64_t k = 1; k < step; ++k) parts.push_back(torch::zeros_like(x));
  const std::int64_t last = dim < 0 ? dim + x.dim() : dim;
  return part_of(torch::flatten(torch::stack(parts, {last + 1}), last, last + 1), last, slice(0, (x.size(dim) - 1) * step + 1));
}
// The convolution of the spread input with the weights turned.
Tensor transposed(const Tensor& x, const Tensor& weight, const attributes& at) {
  const list stride = at.get_ints("stride"), padding = at.get_ints("padding"), more = at.get_ints("output_padding"),
             dilation = at.get_ints("dilation");
  const std::int64_t groups = at.get_int("groups");
  require_image("conv_transpose2d", x, 2);
  require_alike("conv_transpose2d", x, weight);
  if (weight.dim() != 4 || x.size(-3) != weight.size(0) || x.size(-3) % groups != 0)
    throw shape_error(format_text(
        "[conv_transpose2d] input and weight do not fit: got {} and {} in {} groups, expected N x C x H x W and C x O/groups x h x w. Reshape one.",
        spelled(x), spelled(weight), groups));
  for (std::size_t i = 0; i < 2; ++i)
    if (more[i] >= std::max(stride[i], dilation[i]))
      throw error(format_text("[conv_transpose2d] output_padding is too large: got {}, expected less than stride or dilation. Pass less.",
                              more[i]));
  const Tensor wide = spread(spread(x, -1, stride[1]), -2, stride[0]);
  list around;
  for (std::size_t i = 2; i-- > 0;) {
    const std::int64_t reach = dilation[i] * (weight.size(static_cast<std::int64_t>(i) + 2) - 1);
    around.insert(around.end(), {reach - padding[i], reach - padding[i] + more[i]});
  }
  const Tensor turned = flip(weight, {2, 3});
  const Tensor by_group = torch::flatten(transpose(unflatten(turned, 0, {groups, -1}), 1, 2), 0, 1);
  return conv2d(functional::pad(wide, around), by_group, std::nullopt, {.dilation = axes(dilation), .groups = groups});
}

// Windows that meet or overlap, as many as asked for.
Tensor adapted(const Tensor& x, std::int64_t dim, std::int64_t count, bool mean) {
  std::vector<Tensor> parts;
  const std::int64_t n = x.size(dim);
  if (count < 1 || n < 1)
    throw shape_error(
        format_text("[adaptive_pool2d] there are no windows: got {} for {}, expected 1 or more. Pass another number.", count, spelled(x)));
  for (std::int64_t i = 0; i < count; ++i) {
    const Tensor window = part_of(x, dim, slice(i * n / count, ((i + 1) * n + count - 1) / count));
    parts.push_back(mean ? torch::mean(window, typed_reduce_options{.dim = dim, .keepdim = true})
                         : amax(window, {.dim = dim, .keepdim = true}));
  }
  return torch::cat(parts, {.dim = dim});
}

// Where each place of a dim reads, as torch computes it: in float32, but for what align_corners says.
double source_of(std::int64_t place, std::int64_t n, std::int64_t count, double scale, bool corners) {
  if (corners) return count > 1 ? static_cast<double>(place * (n - 1)) / static_cast<double>(count - 1) : 0;
  const double ratio = scale > 0 ? 1 / scale : static_cast<double>(n) / static_cast<double>(count);
  return (static_cast<double>(place) + 0.5) * ratio - 0.5;
}
Tensor resampled(const Tensor& x, std::int64_t dim, std::int64_t count, double scale, const std::string& mode, bool corners) {
  const std::int64_t n = x.size(dim), last = dim < 0 ? dim + x.dim() : dim;
  list below, above;
  std::vector<double> share;
  for (std::int64_t i = 0; i < count; ++i) {
    if (mode == "nearest" || mode == "nearest-exact") {
      const auto ratio = static_cast<float>(scale > 0 ? 1 / scale : static_cast<double>(n) / static_cast<double>(count));
      const float at = mode == "nearest" ? std::floor(static_cast<float>(i) * ratio) : std::floor((static_cast<float>(i) + 0.5F) * ratio);
      below.push_back(std::min(static_cast<std::int64_t>(at), n - 1));
      continue;
    }
    const double at = std::max(0.0, source_of(i, n, count, scale, corners));
    below.push_back(std::min(static_cast<std::int64_t>(at), n - 1));
    above.push_back(std::min(below.back() + 1, n - 1));
    share.push_back(std::clamp(at - static_cast<double>(below.back()), 0.0, 1.0));
  }
  const auto taken = [&](const list& places) { return Tensor(tendril::take(x.value(), tendril::asarray(places), {.axis = last})); };
  if (above.empty()) return taken(below);
  list along(static_cast<std::size_t>(x.dim()), 1);
  along[static_cast<std::size_t>(last)] = count;
  const Tensor w = to(Tensor(tendril::reshape(tendril::asarray(share), along)), x.dtype());
  return taken(below) * (1.0 - w) + taken(above) * w;
}

// Places of a grid between -1 and 1 as places of pixels.
Tensor pixels_of(const Tensor& grid, std::int64_t n, bool corners, const std::string& padding) {
  const auto extent = static_cast<double>(n);
  const Tensor at = corners ? (grid + 1.0) / 2.0 * (extent - 1) : ((grid + 1.0) * extent - 1.0) / 2.0;
  return padding == "border" ? clamp(at, 0.0, extent - 1) : at;
}
Tensor sampled(const Tensor& x, const Tensor& grid, const attributes& at) {
  require_image("grid_sample", x, 2);
  require_alike("grid_sample", x, grid);
  if (x.dim() != 4 || grid.dim() != 4 || grid.size(3) != 2 || grid.size(0) != x.size(0))
    throw shape_error(
        format_text("[grid_sample] input and grid do not fit: got {} and {}, expected N x C x H x W and N x h x w x 2. Reshape one.",
                    spelled(x), spelled(grid)));
  const bool corners = at.get_bool("align_corners");
  const std::int64_t rows = x.size(2), columns = x.size(3), count = grid.size(1) * grid.size(2);
  const Tensor column = pixels_of(select(grid, 3, 0), columns, corners, at.get_string("padding_mode"));
  const Tensor row = pixels_of(select(grid, 3, 1), rows, corners, at.get_string("padding_mode"));
  const Tensor flat = torch::flatten(x, 2, 3);
  const auto pixel = [&](const Tensor& r, const Tensor& c) {
    const Tensor there = (r >= 0.0) & (r <= static_cast<double>(rows - 1)) & (c >= 0.0) & (c <= static_cast<double>(columns - 1));
    const Tensor place = torch::where(there, to(torch::where(there, r * static_cast<double>(columns) + c, 0.0), dtype::int64), 0);
    const Tensor index = torch::broadcast_to(reshape(place, {x.size(0), 1, count}), {x.size(0), x.size(1), count});
    const Tensor found = unflatten(gather(flat, 2, index), 2, {grid.size(1), grid.size(2)});
    return torch::where(unsqueeze(there, 1), found, 0.0);
  };
  if (at.get_string("mode") == "nearest") return pixel(round(row), round(column));
  const Tensor r = floor(row), c = floor(column), down = unsqueeze(row - r, 1), right = unsqueeze(column - c, 1);
  return pixel(r, c) * (1.0 - down) * (1.0 - right) + pixel(r, c + 1.0) * (1.0 - down) * right + pixel(r + 1.0, c) * down * (1.0 - right) +
         pixel(r + 1.0, c + 1.0) * down * right;
}

#define HAS(name) attribute_of(#name)
#define LISTED(name) attribute_of(#name, true, true)
#define OWN TENDRIL_TORCH_OWN
OWN(conv3d, 2, (LISTED(stride), LISTED(padding), LISTED(dilation), HAS(groups)), "the cross-correlation in space", in_space(x, y, at))
OWN(conv_transpose2d, 2, (LISTED(stride), LISTED(padding), LISTED(output_padding), LISTED(dilation), HAS(groups)),
    "the transpose of conv2d", transposed(x, y, at))
OWN(adaptive_pool2d, 1, (LISTED(size), HAS(mean)), "the mean or the largest of as many windows as asked for", [&] {
  require_image("adaptive_pool2d", x, 2);
  const list size = at.get_ints("size");
  return adapted(adapted(x, -2, size[0], at.get_bool("mean")), -1, size[1], at.get_bool("mean"));
}())
OWN(interpolate, 1, (LISTED(size), HAS(scale), HAS(mode), HAS(align_corners)), "images of another size", [&] {
  const std::string& mode = at.get_string("mode");
  const std::int64_t inner = x.dim() - 2, wanted = mode == "linear" ? 1 : mode == "bilinear" ? 2 : mode == "trilinear" ? 3 : inner;
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
  for (std::int64_t i = 0; i < inner; ++i) {
    const std::int64_t n = x.size(i + 2);
    const std::int64_t count =
        scale > 0 ? static_cast<std::int64_t>(std::floor(static_cast<double>(n) * scale)) : size[static_cast<std::size_t>(i)];
    if (count < 1 || n < 1)
      throw shape_error(
          format_text("[interpolate] nothing would be left: got {} for {}, expected 1 or more. Pass another size.", count, spelled(x)));
    y = mode == "area" ? adapted(y, i + 2, count, true) : resampled(y, i + 2, count, scale, mode, at.get_bool("align_corners"));
  }
  return y;
}())
OWN(grid_sample, 2, (HAS(mode), HAS(padding_mode), HAS(align_corners)), "the pixels at the places of a grid", sampled(x, y, at))
OWN(affine_grid, 1, (LISTED(size), HAS(align_corners)), "the places that an affine map gives", [&] {
  require_real("affine_grid", x);
  const list size = at.get_ints("size");
  if (x.dim() != 3 || x.size(1) != 2 || x.size(2) != 3 || size.size() != 4 || x.size(0) != size[0])
    throw shape_error(
        format_text("[affine_grid] theta and size do not fit: got {} and ({}), expected N x 2 x 3 and four extents. Pass others.",
                    spelled(x), joined(size, ", ")));
  const auto places = [&](std::int64_t n) {
    std::vector<double> out;
    for (std::int64_t i = 0; i < n; ++i) {
      const auto k = static_cast<double>(i), count = static_cast<double>(n);
      out.push_back(n == 1 ? 0 : at.get_bool("align_corners") ? 2 * k / (count - 1) - 1 : (2 * k + 1) / count - 1);
    }
    return to(Tensor(tendril::asarray(out)), x.dtype());
  };
  const std::vector<Tensor> base = meshgrid({places(size[2]), places(size[3])});
  const Tensor points =
      torch::stack({torch::flatten(base[1]), torch::flatten(base[0]), torch::ones({size[2] * size[3]}, {.dtype = x.dtype()})}, {1});
  return reshape(matmul(points, transpose(x, 1, 2)), {size[0], size[2], size[3], 2});
}())
OWN(columns, 1, (LISTED(kernel), LISTED(dilation), LISTED(padding), LISTED(stride)), "the elements of each window as a column", [&] {
  require_image("unfold", x, 2);
  const list kernel = at.get_ints("kernel"), dilation = at.get_ints("dilation"), padding = at.get_ints("padding"),
             stride = at.get_ints("stride");
  const Tensor wide = functional::pad(x, {padding[1], padding[1], padding[0], padding[0]});
  list count;
  for (std::size_t i = 0; i < 2; ++i) {
    const std::int64_t rest = wide.size(static_cast<std::int64_t>(i) - 2) - dilation[i] * (kernel[i] - 1) - 1;
    if (rest < 0)
      throw shape_error(
          format_text("[unfold] the window does not fit: got {} x {} over {}, expected at most the last two dims. Pad the input.",
                      kernel[0], kernel[1], spelled(x)));
    count.push_back(rest / stride[i] + 1);
  }
  std::vector<Tensor> elements;
  for (std::int64_t i = 0; i < kernel[0]; ++i)
    for (std::int64_t j = 0; j < kernel[1]; ++j) {
      const auto along = [&](std::size_t k, std::int64_t place) {
        return slice(place * dilation[k], place * dilation[k] + (count[k] - 1) * stride[k] + 1, stride[k]);
      };
      elements.push_back(torch::flatten(Tensor(getitem(wide.value(), {ellipsis, along(0, i), along(1, j)})), -2, -1));
    }
  return torch::flatten(torch::stack(elements, {x.dim() - 2}), x.dim() - 3, x.dim() - 2);
}())
OWN(pixel_shuffle, 1, (HAS(factor)), "channels as pixels", [&] {
  const std::int64_t r = at.get_int("factor");
  if (x.dim() < 3 || r < 1 || x.size(-3) % (r * r) != 0)
    throw shape_error(
        format_text("[pixel_shuffle] the channels do not divide: got {} by {}, expected a multiple of its square. Pass another factor.",
                    spelled(x), r));
  const std::int64_t c = x.size(-3) / (r * r), h = x.size(-2), w = x.size(-1);
  list shape = sizes_of(x);
  shape.resize(shape.size() - 3);
  list split{-1, c, r, r, h, w};
  shape.insert(shape.end(), {c, h * r, w * r});
  return reshape(permute(reshape(x, split), {0, 1, 4, 2, 5, 3}), shape);
}())
#undef OWN
#undef LISTED
#undef HAS

list repeated(const char* op, const char* name, const axes& a, std::size_t dims, std::int64_t least) {
  list v = a.values();
  if (v.size() == 1) v.assign(dims, v.front());
  if (v.size() != dims)
    throw error(format_text("[{}] {} has another length: got {} numbers, expected one for each of {} dims, or one. Pass them.", op, name,
                            v.size(), dims));
  for (const std::int64_t n : v)
    if (n < least) throw error(format_text("[{}] {} is too small: got {}, expected {} or more. Pass another.", op, name, n, least));
  return v;
}
// One more number in front, for the dim that is added.
axes with_row(const char* op, const char* name, const axes& a, std::int64_t row, std::int64_t least) {
  const list v = repeated(op, name, a, 1, least);
  return axes(list{row, v.front()});
}
Tensor with_bias(const Tensor& y, const arg& bias, std::int64_t behind, std::source_location where) {
  if (bias.get().absent()) return y;
  list shape(static_cast<std::size_t>(behind) + 1, 1);
  shape.front() = -1;
  return add(arg(y, where), arg(reshape(bias, shape), where));
}

}  // namespace

Tensor conv1d(const arg& input, const arg& weight, const arg& bias, const conv_options& o) {
  const auto at = [&](const Tensor& t) { return arg(t, input.where()); };
  const Tensor y = conv2d(at(unsqueeze(input, -2)), at(unsqueeze(weight, -2)), std::nullopt,
                          {.stride = with_row("conv1d", "stride", o.stride, 1, 1),
                           .padding = with_row("conv1d", "padding", o.padding, 0, 0),
                           .dilation = with_row("conv1d", "dilation", o.dilation, 1, 1),
                           .groups = o.groups});
  return with_bias(squeeze(at(y), -2), bias, 1, input.where());
}
Tensor conv3d(const arg& input, const arg& weight, const arg& bias, const conv_options& o) {
  return with_bias(record(conv3d_op(), {input.get(), weight.get()},
                          {{"stride", axes(repeated("conv3d", "stride", o.stride, 3, 1))},
                           {"padding", axes(repeated("conv3d", "padding", o.padding, 3, 0))},
                           {"dilation", axes(repeated("conv3d", "dilation", o.dilation, 3, 1))},
                           {"groups", o.groups}},
                          input.where()),
                   bias, 3, input.where());
}
Tensor conv_transpose2d(const arg& input, const arg& weight, const arg& bias, const conv_transpose_options& o) {
  return with_bias(record(conv_transpose2d_op(), {input.get(), weight.get()},
                          {{"stride", axes(repeated("conv_transpose2d", "stride", o.stride, 2, 1))},
                           {"padding", axes(repeated("conv_transpose2d", "padding", o.padding, 2, 0))},
                           {"output_padding", axes(repeated("conv_transpose2d", "output_padding", o.output_padding, 2, 0))},
                           {"dilation", axes(repeated("conv_transpose2d", "dilation", o.dilation, 2, 1))},
                           {"groups", o.groups}},
                          input.where()),
                   bias, 2, input.where());
}
#define POOL(name, of)                                                                                  \
  Tensor name(const arg& input, const axes& kernel_size, const pool_options& o) {                       \
    const auto at = [&](const Tensor& t) { return arg(t, input.where()); };                             \
    const axes kernel = with_row(#name, "kernel_size", kernel_size, 1, 1);                              \
    const axes stride = o.stride.values().empty() ? kernel : with_row(#name, "stride", o.stride, 1, 1); \
    return squeeze(at(of(at(unsqueeze(input, -2)), kernel, {.stride = stride})), -2);                   \
  }
POOL(avg_pool1d, avg_pool2d)
POOL(max_pool1d, max_pool2d)
#undef POOL
Tensor adaptive_avg_pool2d(const arg& input, const axes& output_size) {
  return record(adaptive_pool2d_op(), {input.get()},
                {{"size", axes(repeated("adaptive_avg_pool2d", "output_size", output_size, 2, 1))}, {"mean", true}}, input.where());
}
Tensor adaptive_max_pool2d(const arg& input, const axes& output_size) {
  return record(adaptive_pool2d_op(), {input.get()},
                {{"size", axes(repeated("adaptive_max_pool2d", "output_size", output_size, 2, 1))}, {"mean", false}}, input.where());
}
Tensor interpolate(const arg& input, const interpolate_options& o) {
  if (!among(std::string_view(o.mode), "nearest", "nearest-exact", "linear", "bilinear", "trilinear", "area"))
    throw error(format_text(
        "[interpolate] unknown mode: got \"{}\", expected \"nearest\", \"nearest-exact\", \"linear\", \"bilinear\", \"trilinear\" or \"area\". Pass one of these.",
        o.mode));
  if (o.size.values().empty() == !o.scale_factor)
    throw error(
        "[interpolate] the size is said twice or not at all: got size and scale_factor both or neither, expected one. Pass one of them.");
  if (o.align_corners && (o.mode == "area" || o.mode.starts_with("nearest")))
    throw error(
        format_text("[interpolate] there are no corners to align: got align_corners in mode \"{}\", expected none. Leave it out.", o.mode));
  return record(interpolate_op(), {input.get()},
                {{"size", listed(o.size)},
                 {"scale", o.scale_factor ? o.scale_factor->value() : 0.0},
                 {"mode", o.mode},
                 {"align_corners", o.align_corners}},
                input.where());
}
Tensor grid_sample(const arg& input, const arg& grid, const grid_options& o) {
  if (!among(std::string_view(o.mode), "bilinear", "nearest") || !among(std::string_view(o.padding_mode), "zeros", "border"))
    throw error(format_text(
        "[grid_sample] unknown mode: got \"{}\" and \"{}\", expected \"bilinear\" or \"nearest\", and \"zeros\" or \"border\". Pass two of these.",
        o.mode, o.padding_mode));
  return record(grid_sample_op(), {input.get(), grid.get()},
                {{"mode", o.mode}, {"padding_mode", o.padding_mode}, {"align_corners", o.align_corners}}, input.where());
}
Tensor affine_grid(const arg& theta, const axes& size, bool align_corners) {
  return record(affine_grid_op(), {theta.get()}, {{"size", size}, {"align_corners", align_corners}}, theta.where());
}
Tensor unfold(const arg& input, const axes& kernel_size, const unfold_options& o) {
  return record(columns_op(), {input.get()},
                {{"kernel", axes(repeated("unfold", "kernel_size", kernel_size, 2, 1))},
                 {"dilation", axes(repeated("unfold", "dilation", o.dilation, 2, 1))},
                 {"padding", axes(repeated("unfold", "padding", o.padding, 2, 0))},
                 {"stride", axes(repeated("unfold", "stride", o.stride, 2, 1))}},
                input.where());
}
Tensor pixel_shuffle(const arg& input, std::int64_t upscale_factor) {
  return record(pixel_shuffle_op(), {input.get()}, {{"factor", upscale_factor}}, input.where());
}

}  // namespace tendril::frontends::torch::nn::functional
