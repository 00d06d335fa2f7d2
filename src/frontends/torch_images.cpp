// Windows of nn::functional that are other functions of it: convolutions of one and three dims, pools, windows as columns.
#include <algorithm>

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

#define HAS(name) attribute_of(#name)
#define LISTED(name) attribute_of(#name, true, true)
#define OWN TENDRIL_TORCH_OWN
OWN(conv3d, 2, (LISTED(stride), LISTED(padding), LISTED(dilation), HAS(groups)), "the cross-correlation in space", in_space(x, y, at))
OWN(conv_transpose2d, 2, (LISTED(stride), LISTED(padding), LISTED(output_padding), LISTED(dilation), HAS(groups)),
    "the transpose of conv2d", transposed(x, y, at))
OWN(adaptive_pool2d, 1, (LISTED(size), HAS(mean)), "the mean or the largest of as many windows as asked for", [&] {
  require_image("adaptive_pool2d", x, 2);
  const list size = at.get_ints("size");
  return adapted_pool(adapted_pool(x, -2, size[0], at.get_bool("mean")), -1, size[1], at.get_bool("mean"));
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
// What pools say, of windows over one or two dims.
struct pooling {
  const axes &kernel, &stride, &padding;
  axes dilation;
  bool ceil_mode, counts_padding;
  std::optional<std::int64_t> divisor;
};
Tensor pool(const arg& input, const char* op, std::size_t dims, const pooling& p, bool indices = false) {
  const list kernel = repeated(op, "kernel_size", p.kernel, dims, 1), padding = repeated(op, "padding", p.padding, dims, 0),
             dilation = repeated(op, "dilation", p.dilation, dims, 1),
             stride = p.stride.values().empty() ? kernel : repeated(op, "stride", p.stride, dims, 1);
  for (std::size_t i = 0; i < dims; ++i)
    if (2 * padding[i] > kernel[i])
      throw error(format_text("[{}] the padding is too large: got {}, expected at most half of the kernel. Pass less.", op, padding[i]));
  if (p.divisor == 0) throw error(format_text("[{}] there is nothing to divide by: got divisor_override 0, expected another number.", op));
  return record(pool_record(), {input.get()},
                {{"kind", std::string(op)},
                 {"kernel_size", axes(kernel)},
                 {"stride", axes(stride)},
                 {"padding", axes(padding)},
                 {"dilation", axes(dilation)},
                 {"ceil_mode", p.ceil_mode},
                 {"counts_padding", p.counts_padding},
                 {"divisor", p.divisor.value_or(0)},
                 {"indices", indices}},
                input.where());
}
Tensor with_bias(const Tensor& y, const arg& bias, std::int64_t behind, std::source_location where) {
  if (bias.get().absent()) return y;
  list shape(static_cast<std::size_t>(behind) + 1, 1);
  shape.front() = -1;
  return add(arg(y, where), arg(reshape(bias, shape), where));
}

}  // namespace

void require_image(const char* op, const Tensor& x, std::int64_t inner) {
  require_real(op, x);
  if (x.dim() != inner + 1 && x.dim() != inner + 2)
    throw shape_error(
        format_text("[{}] the input has other dims: got {}, expected {} or {}. Reshape first.", op, spelled(x), inner + 1, inner + 2));
}
Tensor adapted_pool(const Tensor& x, std::int64_t dim, std::int64_t count, bool mean) {
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
Tensor avg_pool1d(const arg& input, const axes& kernel_size, const avg_pool_options& o) {
  return pool(input, "avg_pool1d", 1, {kernel_size, o.stride, o.padding, 1, o.ceil_mode, o.count_include_pad, {}});
}
Tensor max_pool1d(const arg& input, const axes& kernel_size, const max_pool_options& o) {
  return pool(input, "max_pool1d", 1, {kernel_size, o.stride, o.padding, o.dilation, o.ceil_mode, true, {}});
}
std::pair<Tensor, Tensor> max_pool1d_with_indices(const arg& input, const axes& kernel_size, const max_pool_options& o) {
  return {max_pool1d(input, kernel_size, o),
          pool(input, "max_pool1d", 1, {kernel_size, o.stride, o.padding, o.dilation, o.ceil_mode, true, {}}, true)};
}
std::pair<Tensor, Tensor> max_pool2d_with_indices(const arg& input, const axes& kernel_size, const max_pool_options& o) {
  return {max_pool2d(input, kernel_size, o),
          pool(input, "max_pool2d", 2, {kernel_size, o.stride, o.padding, o.dilation, o.ceil_mode, true, {}}, true)};
}
Tensor avg_pool2d(const arg& input, const axes& kernel_size, const avg_pool2d_options& o) {
  return pool(input, "avg_pool2d", 2, {kernel_size, o.stride, o.padding, 1, o.ceil_mode, o.count_include_pad, o.divisor_override});
}
Tensor max_pool2d(const arg& input, const axes& kernel_size, const max_pool_options& o) {
  return pool(input, "max_pool2d", 2, {kernel_size, o.stride, o.padding, o.dilation, o.ceil_mode, true, {}});
}
Tensor adaptive_avg_pool2d(const arg& input, const axes& output_size) {
  return record(adaptive_pool2d_op(), {input.get()},
                {{"size", axes(repeated("adaptive_avg_pool2d", "output_size", output_size, 2, 1))}, {"mean", true}}, input.where());
}
Tensor adaptive_max_pool2d(const arg& input, const axes& output_size) {
  return record(adaptive_pool2d_op(), {input.get()},
                {{"size", axes(repeated("adaptive_max_pool2d", "output_size", output_size, 2, 1))}, {"mean", false}}, input.where());
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
