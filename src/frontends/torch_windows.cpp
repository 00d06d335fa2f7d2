// The torch frontend's own ops of windows and parts: padding, convolution, pooling, and what changes extents that must be known first.
#include "frontends/torch_ops.hpp"
#include "frontends/windows.hpp"

#include <algorithm>
#include <limits>

#include <tendril/detail/op_id.hpp>

#include "array/format.hpp"

namespace tendril::frontends::torch {
namespace {

using list = std::vector<std::int64_t>;

std::vector<array> expanded(std::span<const array> in, const attributes& at) {
  const array& x = in[0];
  list size = at.get_ints("size");
  const auto rank = static_cast<std::size_t>(x.ndim());
  bool fits = size.size() >= rank;
  for (std::size_t i = 0; fits && i < size.size(); ++i) {
    if (size[i] != -1) continue;
    fits = i >= size.size() - rank;
    if (fits) size[i] = x.shape(static_cast<std::int64_t>(i + rank - size.size()));
  }
  if (!fits)
    throw shape_error(format_text(
        "[expand] the size does not fit: got ({}) for {}, expected an extent for each dim, and no -1 for a new one. Name every new extent.",
        joined(size, ", "), spelled(x)));
  return {broadcast_to(x, size)};
}

std::vector<array> flattened(std::span<const array> in, const attributes& at) {
  const array& x = in[0];
  if (x.ndim() == 0) return {reshape(x, {1})};
  const std::int64_t first = normalize_axis("flatten", at.get_int("start_dim"), x.ndim());
  const std::int64_t last = normalize_axis("flatten", at.get_int("end_dim"), x.ndim());
  if (first > last)
    throw shape_error(
        format_text("[flatten] the dims are in the wrong order: got {} to {}, expected the first one first. Exchange them.", first, last));
  list shape;
  for (std::int64_t i = 0; i < x.ndim(); ++i)
    if (i <= first || i > last) shape.push_back(x.shape(i));
    else shape.back() *= x.shape(i);
  return {reshape(x, shape)};
}

// Where a slice begins, and how many elements it has, of an axis of n.
struct places {
  std::int64_t start, count;
};
places places_of(const attributes& at, std::int64_t n) {
  const auto bound = [&](const char* name, std::int64_t otherwise) {
    const std::int64_t v = at.has(name) ? at.get_int(name) : otherwise;
    return std::clamp<std::int64_t>(v < 0 ? v + n : v, 0, n);
  };
  const std::int64_t start = bound("start", 0), end = std::max(start, bound("end", n)), step = at.get_int("step");
  return {start, (end - start + step - 1) / step};
}

std::vector<array> scattered(std::span<const array> in, const attributes& at) {
  const array& x = in[0];
  const std::int64_t dim = normalize_axis("slice_scatter", at.get_int("dim"), x.ndim()), step = at.get_int("step"), n = x.shape(dim);
  if (step < 1)
    throw error(format_text("[slice_scatter] the step leads nowhere: got {}, expected 1 or more. Flip the tensors instead.", step));
  const auto [start, count] = places_of(at, n);
  list wanted = extents_of(x);
  wanted[static_cast<std::size_t>(dim)] = count;
  if (extents_of(in[1]) != wanted)
    throw shape_error(format_text("[slice_scatter] the source does not fit the slice: got {}, expected shape ({}). Expand or cut it.",
                                  spelled(in[1]), joined(wanted, ", ")));
  return {with_part(x, dim, start, count, step, astype(in[1], x.dtype()))};
}

std::vector<array> unfolded(std::span<const array> in, const attributes& at) {
  const array& x = in[0];
  const std::int64_t size = at.get_int("size"), step = at.get_int("step");
  const std::int64_t dim = normalize_axis("unfold", at.get_int("dimension"), x.ndim()), n = x.shape(dim);
  if (step < 1) throw error(format_text("[unfold] the step leads nowhere: got {}, expected 1 or more. Pass another.", step));
  if (size < 1 || size > n)
    throw shape_error(format_text("[unfold] the windows do not fit: got size {} for dim {} of {}, expected 1 to {}. Pass another size.",
                                  size, dim, spelled(x), n));
  const std::int64_t windows = (n - size) / step + 1;
  std::vector<array> elements;
  for (std::int64_t k = 0; k < size; ++k) elements.push_back(part_of(x, dim, slice(k, k + (windows - 1) * step + 1, step)));
  return {stack(elements, {.axis = -1})};
}

// One dim with what stands before and behind it.
array padded(const array& given, std::int64_t axis, std::int64_t before, std::int64_t behind, const std::string& mode, double value) {
  array x = given;
  if (before < 0 || behind < 0) {
    const std::int64_t start = std::max<std::int64_t>(-before, 0), end = x.shape(axis) + std::min<std::int64_t>(behind, 0);
    if (mode != "constant" || start > end)
      throw shape_error(format_text(
          "[pad] it cannot be cut: got {} and {} for dim {} of {} in mode \"{}\", expected no more than there is, and mode \"constant\". Take a "
          "slice first.",
          before, behind, axis, spelled(x), mode));
    x = part_of(x, axis, slice(start, end));
    before = std::max<std::int64_t>(before, 0);
    behind = std::max<std::int64_t>(behind, 0);
  }
  const std::int64_t n = x.shape(axis);
  const std::int64_t most = mode == "reflect" ? n - 1 : n;
  if (mode != "constant" && (n == 0 || (mode != "replicate" && std::max(before, behind) > most)))
    throw shape_error(
        format_text("[pad] there is too little to take: got {} and {} for dim {} of {} in mode \"{}\", expected at most {}. Pad less, "
                    "or in another mode.",
                    before, behind, axis, spelled(x), mode, std::max<std::int64_t>(most, 0)));
  const auto made = [&](std::int64_t count, bool front) {
    if (mode == "reflect") return flip(part_of(x, axis, front ? slice(1, count + 1) : slice(n - 1 - count, n - 1)), {.axis = axis});
    if (mode == "circular") return part_of(x, axis, front ? slice(n - count, n) : slice(0, count));
    list shape = extents_of(x);
    shape[static_cast<std::size_t>(axis)] = count;
    if (mode == "replicate") return broadcast_to(part_of(x, axis, front ? slice(0, 1) : slice(n - 1, n)), shape);
    return tendril::full(axes(shape), kind_of(x.dtype()) == dtype_kind::real ? scalar(value) : scalar(static_cast<std::int64_t>(value)),
                         {.dtype = x.dtype()});
  };
  std::vector<array> parts;
  if (before > 0) parts.push_back(made(before, true));
  parts.push_back(x);
  if (behind > 0) parts.push_back(made(behind, false));
  return joined_parts(parts, axis);
}

std::vector<array> pads(std::span<const array> in, const attributes& at) {
  array x = in[0];
  const list pad = at.get_ints("pad");
  const std::string& mode = at.get_string("mode");
  const auto dims = static_cast<std::int64_t>(pad.size() / 2);
  const bool fits = dims <= x.ndim() && (mode == "constant" || (dims >= 1 && dims <= 3 && (x.ndim() == dims + 1 || x.ndim() == dims + 2)));
  if (!fits)
    throw shape_error(format_text(
        "[pad] the list does not fit: got pairs for {} dims of {} in mode \"{}\", expected no more dims than there are; but for constant, the "
        "last one, two or three dims behind one or two others. Pass other pairs.",
        dims, spelled(x), mode));
  if (x.dtype() == dtype::bool_ && (mode == "reflect" || mode == "replicate"))
    throw dtype_error(
        format_text("[pad] torch does not take this dtype: got bool in mode \"{}\", expected a numeric dtype. Convert with "
                    ".to(torch::uint8).",
                    mode));
  const double value = at.get_real("value");
  if (mode == "constant")
    require_fits("pad", kind_of(x.dtype()) == dtype_kind::real ? scalar(value) : scalar(static_cast<std::int64_t>(value)), x.dtype());
  for (std::int64_t i = 0; i < dims; ++i)
    x = padded(x, x.ndim() - 1 - i, pad[static_cast<std::size_t>(2 * i)], pad[static_cast<std::size_t>(2 * i + 1)], mode, value);
  return {x};
}

std::vector<array> convolved(std::span<const array> in, const attributes& at) {
  const array &weight = in[1], x = in[0].ndim() == 3 ? expand_dims(in[0], {.axis = 0}) : in[0];
  const std::int64_t groups = at.get_int("groups");
  if (x.ndim() != 4 || weight.ndim() != 4 || x.shape(1) != weight.shape(1) * groups || weight.shape(0) % groups != 0)
    throw shape_error(format_text(
        "[conv2d] input and weight do not fit: got {} and {} in {} groups, expected N x C x H x W and O x C/groups x h x w. Reshape one.",
        spelled(in[0]), spelled(weight), groups));
  if (x.dtype() != weight.dtype())
    throw dtype_error(format_text("[conv2d] input and weight differ: got {} and {}, expected one dtype. Convert one with .to().",
                                  name_of(x.dtype()), name_of(weight.dtype())));
  require_real("conv2d", Tensor(x));
  const list padding = at.get_ints("padding");
  const array space = padded(padded(x, 3, padding[1], padding[1], "constant", 0), 2, padding[0], padding[0], "constant", 0);
  const windows w("conv2d", space, 2, {weight.shape(2), weight.shape(3)}, at.get_ints("stride"), at.get_ints("dilation"));
  const array y = correlation(space, weight, w, groups);
  return {in[0].ndim() == 3 ? squeeze(y, 0) : y};
}

// The windows of a pool along one axis of n: how many there are, what is put before and behind, and how many elements each sees.
struct pool_axis {
  std::int64_t count, before, behind;
  list seen;
  pool_axis(const attributes& at, std::size_t i, std::int64_t n) {
    const auto of = [&](const char* name) { return at.get_ints(name)[i]; };
    const std::int64_t kernel = of("kernel_size"), stride = of("stride"), padding = of("padding"),
                       reach = of("dilation") * (kernel - 1) + 1;
    const bool ceil = at.get_bool("ceil_mode");
    const std::int64_t steps = n + 2 * padding - reach + (ceil ? stride - 1 : 0);
    count = steps < 0 ? 0 : steps / stride + 1;
    if (ceil && (count - 1) * stride >= n + padding) --count;
    before = padding;
    behind = (count - 1) * stride + reach - n - padding;
    for (std::int64_t k = 0; k < count; ++k) {
      const std::int64_t start = k * stride - padding, end = std::min(start + kernel, n + padding);
      seen.push_back(at.get_bool("counts_padding") ? end - start : std::min(end, n) - std::max<std::int64_t>(start, 0));
    }
  }
};

std::vector<array> pooled(std::span<const array> in, const attributes& at) {
  const array& x = in[0];
  const std::string& kind = at.get_string("kind");
  const list kernel = at.get_ints("kernel_size");
  const auto dims = static_cast<std::int64_t>(kernel.size());
  require_real(kind.c_str(), Tensor(x));
  if (x.ndim() != dims + 1 && x.ndim() != dims + 2)
    throw shape_error(format_text("[{}] this is no image: got {}, expected {}. Reshape first.", kind, spelled(x),
                                  dims == 1 ? "C x L or N x C x L" : "C x H x W or N x C x H x W"));
  const bool mean = kind.starts_with("avg");
  const double around = mean ? 0 : -std::numeric_limits<double>::infinity(), divisor = static_cast<double>(at.get_int("divisor"));
  array space = x, seen;
  for (std::int64_t i = 0; i < dims; ++i) {
    const std::int64_t axis = x.ndim() - dims + i;
    const pool_axis p(at, static_cast<std::size_t>(i), x.shape(axis));
    if (p.count < 1)
      throw shape_error(format_text("[{}] the window does not fit: got {} over {}, expected at most the extents. Pad the input.", kind,
                                    joined(kernel, " x "), spelled(x)));
    space = filled_around(space, axis, p.before, p.behind, around);
    const array row = astype(asarray(p.seen), x.dtype());
    seen = i == 0 ? row : multiply(expand_dims(seen, {.axis = -1}), row);
  }
  const windows w(kind.c_str(), space, x.ndim() - dims, kernel, at.get_ints("stride"), at.get_ints("dilation"));
  if (!mean && at.get_bool("indices")) {
    // Where each element stands among those of its channel; -1 around them. The first largest one counts, or the last NaN.
    list inner(x.shape().end() - dims, x.shape().end()), front(static_cast<std::size_t>(x.ndim() - dims), 1);
    std::int64_t count = 1;
    for (const std::int64_t n : inner) count *= n;
    front.insert(front.end(), inner.begin(), inner.end());
    array places = reshape(tendril::arange(count), front), best, found;
    for (std::int64_t i = 0; i < dims; ++i) {
      const std::int64_t axis = x.ndim() - dims + i;
      const pool_axis p(at, static_cast<std::size_t>(i), x.shape(axis));
      places = filled_around(places, axis, p.before, p.behind, -1);
    }
    w.each(space, [&](const array& element, const list& place) {
      const array here = w.element(places, place);
      const array taken = best.empty() ? array() : logical_or(logical_or(greater(element, best), isnan(element)), less(found, 0));
      const array inside = best.empty() ? array() : logical_and(taken, greater_equal(here, 0));
      found = best.empty() ? here : where(inside, here, found);
      best = best.empty() ? element : where(inside, element, best);
    });
    return {broadcast_to(found, best.shape())};
  }
  if (!mean) return {largest_of(space, w)};
  const array sum = sum_of(space, w);
  if (divisor != 0) return {divide(sum, divisor)};
  const bool padded = at.get_bool("ceil_mode") || at.get_ints("padding") != list(kernel.size(), 0);
  return {padded ? divide(sum, seen) : divide(sum, w.elements())};
}

}  // namespace

std::vector<index_item> along(std::int64_t dim, const index_item& item) {
  std::vector<index_item> key;
  if (dim >= 0) key.assign(static_cast<std::size_t>(dim), index_item(slice()));
  else key.emplace_back(ellipsis);
  key.push_back(item);
  if (dim < 0) key.insert(key.end(), static_cast<std::size_t>(-dim - 1), index_item(slice()));
  return key;
}

const op_record& unbind_record() {
  static const op_record& op = own_op(
      "torch.unbind", {attribute_of("dim"), attribute_of("count")},
      [](const type_request& r) {
        const auto count = r.attrs.get_int("count");
        type t = r.inputs[0];
        if (t.ranked) {
          const auto dim = static_cast<std::size_t>(normalize_axis("unbind", r.attrs.get_int("dim"), t.rank()));
          if (t.shape[dim].known() && t.shape[dim].value != count)
            throw shape_error(
                format_text("[unbind] the number of tensors differs: got {}, of which dim {} has {}, expected {}. Pass another tensor.",
                            to_string(t), r.attrs.get_int("dim"), t.shape[dim].value, count));
          t.shape.erase(t.shape.begin() + static_cast<std::ptrdiff_t>(dim));
        }
        return std::vector<type>(static_cast<std::size_t>(count), t);
      },
      [](std::span<const array> in, const attributes& at) { return unstack(in[0], {.axis = at.get_int("dim")}); },
      "the slices along a dim, of which the program knows the number");
  return op;
}

// OWN(name, decomposition, how many tensors, doc, its attributes...)
#define OWN(name, decomposition, inputs, doc, ...)                                                    \
  const op_record& name##_record() {                                                                  \
    static const op_record& op = composed("torch." #name, {__VA_ARGS__}, decomposition, doc, inputs); \
    return op;                                                                                        \
  }
#define HAS(name) attribute_of(#name)
#define MAY(name) attribute_of(#name, false)
#define LIST(name) attribute_of(#name, true, true)
OWN(expand, expanded, 1, "with dims of extent 1 repeated", LIST(size))
OWN(flatten, flattened, 1, "some dims as one", HAS(start_dim), HAS(end_dim))
OWN(slice_scatter, scattered, 2, "the input with a source in place of a slice", HAS(dim), MAY(start), MAY(end), HAS(step))
OWN(unfold, unfolded, 1, "the windows of a dim", HAS(dimension), HAS(size), HAS(step))
OWN(pad, pads, 1, "with more elements around", LIST(pad), HAS(mode), HAS(value))
OWN(conv2d, convolved, 2, "the cross-correlation of images with kernels", LIST(stride), LIST(padding), LIST(dilation), HAS(groups))
OWN(pool, pooled, 1, "the mean or the largest of each window", HAS(kind), LIST(kernel_size), LIST(stride), LIST(padding), LIST(dilation),
    HAS(ceil_mode), HAS(counts_padding), HAS(divisor), HAS(indices))
#undef LIST
#undef MAY
#undef HAS
#undef OWN

}  // namespace tendril::frontends::torch
