// The tensorflow frontend's parts and windows: padding, slices, places, convolutions and pools, with channels last.
#include <algorithm>
#include <cctype>
#include <limits>

#include <tendril/detail/op_id.hpp>

#include "array/format.hpp"
#include "frontends/tensorflow_ops.hpp"
#include "frontends/windows.hpp"
#include "ops/literals.hpp"

namespace tendril::frontends::tensorflow {
namespace {

using list = std::vector<std::int64_t>;
using results = std::vector<array>;

// The lowest number of a dtype: no element is less.
scalar lowest(dtype d) {
  if (kind_of(d) == dtype_kind::real) return -std::numeric_limits<double>::infinity();
  return tendril::detail::range_of(d).low;
}

array sum_over(const array& x, const axes& over) { return tendril::sum(x, {.axis = over, .dtype = x.dtype()}); }

// ---- parts

array padded(const array& x, const list& pairs, const std::string& mode, const scalar& value) {
  require_each("pad", "the pairs", x, pairs.size() / 2);
  array y = x;
  for (std::int64_t axis = 0; axis < x.ndim(); ++axis) {
    const auto i = static_cast<std::size_t>(axis) * 2;
    const std::int64_t before = pairs[i], behind = pairs[i + 1], n = x.shape(axis), most = mode == "REFLECT" ? n - 1 : n;
    if (before < 0 || behind < 0 || (mode != "CONSTANT" && std::max(before, behind) > std::max<std::int64_t>(most, 0)))
      throw shape_error(format_text(
          "[pad] the pairs do not fit: got {} and {} for axis {} of {} in mode {}, expected 0 or more, and no more than there is to mirror. "
          "Pad less.",
          before, behind, axis, spelled(x), mode));
    if (mode == "CONSTANT") {
      y = filled_around(y, axis, before, behind, value);
      continue;
    }
    const std::int64_t edge = mode == "REFLECT" ? 1 : 0;
    results parts;
    if (before > 0) parts.push_back(flip(part_of(y, axis, tendril::slice(edge, before + edge)), {.axis = axis}));
    parts.push_back(y);
    if (behind > 0) parts.push_back(flip(part_of(y, axis, tendril::slice(n - behind - edge, n - edge)), {.axis = axis}));
    y = joined_parts(parts, axis);
  }
  return y;
}

array sliced(const array& x, const list& begin, const list& size) {
  require_each("slice", "the begins", x, begin.size());
  require_each("slice", "the sizes", x, size.size());
  std::vector<index_item> key;
  for (std::size_t i = 0; i < begin.size(); ++i) {
    const std::int64_t n = x.shape(static_cast<std::int64_t>(i)), count = size[i] == -1 ? n - begin[i] : size[i];
    if (begin[i] < 0 || count < 0 || begin[i] + count > n)
      throw index_error(
          format_text("[slice] the part does not fit: got {} from {} of axis {} of {}, expected at most its extent. Pass less.", size[i],
                      begin[i], i, spelled(x)));
    key.emplace_back(tendril::slice(begin[i], begin[i] + count));
  }
  return getitem(x, key);
}

// Part k of so many equal ones.
array share_of(const array& x, std::int64_t axis, std::int64_t k, std::int64_t count) {
  const std::int64_t at = normalize_axis("split", axis, x.ndim()), n = x.shape(at);
  if (n % count != 0)
    throw shape_error(
        format_text("[split] the axis is not of equal parts: got {} for axis {} of {}, expected a divisor of its extent. Name "
                    "the extents.",
                    count, axis, spelled(x)));
  return part_of(x, at, tendril::slice(k * n / count, (k + 1) * n / count));
}
// Part k of those with these extents.
array part_with(const array& x, std::int64_t axis, std::int64_t k, list sizes) {
  const std::int64_t at = normalize_axis("split", axis, x.ndim()), n = x.shape(at);
  std::int64_t known = 0;
  for (const std::int64_t s : sizes) known += std::max<std::int64_t>(s, 0);
  for (std::int64_t& s : sizes)
    if (s == -1) known += s = n - known;
  const bool fits = known == n && std::all_of(sizes.begin(), sizes.end(), [](std::int64_t s) { return s >= 0; });
  if (!fits)
    throw shape_error(
        format_text("[split] the parts are not the axis: got ({}) for axis {} of {}, expected its extent in all. Pass other extents.",
                    joined(sizes, ", "), axis, spelled(x)));
  std::int64_t start = 0;
  for (std::int64_t i = 0; i < k; ++i) start += sizes[static_cast<std::size_t>(i)];
  return part_of(x, at, tendril::slice(start, start + sizes[static_cast<std::size_t>(k)]));
}

array coordinates(std::span<const array> in, std::int64_t place, bool xy) {
  list shape;
  for (const array& a : in) {
    require_alike("meshgrid", in[0], a);
    shape.push_back(a.size());
  }
  return grid_of(in[static_cast<std::size_t>(place)], shape, place, xy, false);
}

// Places in the first axes, counted as one, after an error where one is out of range.
array gathered_at(const array& x, const array& indices, std::int64_t batches) {
  if (kind_of(indices.dtype()) != dtype_kind::integer || indices.dtype() == dtype::uint8)
    throw dtype_error(
        format_text("[gather_nd] tensorflow does not take these indices: got {}, expected int32 or int64. Cast with tf::cast.",
                    name_of(indices.dtype())));
  const std::int64_t depth = indices.ndim() == 0 ? -1 : indices.shape(-1);
  bool fits = depth >= 0 && batches >= 0 && batches < indices.ndim() && batches + depth <= x.ndim();
  for (std::int64_t i = 0; fits && i < batches; ++i) fits = x.shape(i) == indices.shape(i);
  if (!fits)
    throw shape_error(format_text(
        "[gather_nd] the indices do not fit: got {} for {} with batch_dims {}, expected the batches of both alike, and a last axis that is "
        "no longer than the rest of the rank. Reshape one.",
        spelled(indices), spelled(x), batches));
  list left = extents_of(indices), behind;
  left.pop_back();
  std::int64_t places = 1;
  array flat = tendril::zeros(axes(left), {.dtype = dtype::int64});
  const auto in_range = [](const array& i, std::int64_t n) {
    const array from_front =
        checked(i, bad::negative, "[gather_nd] an index is negative: got {}, expected 0 or more. Count from the front.", true);
    const array from_end = checked(subtract(n - 1, i), bad::negative,
                                   "[gather_nd] an index is too large: got {} less than there are, expected one in range.", true);
    return subtract(add(from_front, n - 1), add(from_end, i));
  };
  for (std::int64_t k = 0; k < batches; ++k) {
    list along(left.size(), 1);
    along[static_cast<std::size_t>(k)] = x.shape(k);
    flat = add(multiply(flat, x.shape(k)), reshape(tendril::arange(x.shape(k)), along));
    places *= x.shape(k);
  }
  for (std::int64_t k = 0; k < depth; ++k) {
    const std::int64_t n = x.shape(batches + k);
    flat = add(multiply(flat, n), in_range(astype(getitem(indices, {ellipsis, k}), dtype::int64), n));
    places *= n;
  }
  for (std::int64_t k = batches + depth; k < x.ndim(); ++k) behind.push_back(x.shape(k));
  list rows = behind, shape = left;
  rows.insert(rows.begin(), places);
  shape.insert(shape.end(), behind.begin(), behind.end());
  return reshape(tendril::take(reshape(x, rows), reshape(flat, -1), {.axis = 0}), shape);
}

array first_in_order(const array& x, std::int64_t k, bool places) {
  only(takes::number, "top_k", x);
  if (x.ndim() == 0 || k < 0 || k > x.shape(-1))
    throw shape_error(
        format_text("[top_k] there are not as many: got k {} for {}, expected at most the last extent. Pass fewer.", k, spelled(x)));
  const array all = places ? astype(tendril::argsort(x, {.descending = true}), dtype::int32) : tendril::sort(x, {.descending = true});
  return getitem(all, {ellipsis, tendril::slice(0, k)});
}

// ---- windows

// One number for each axis between the first and the last: one for all, one each, or with those of the outer axes, which are 1.
list inner_numbers(const char* op, const char* what, const list& given, const array& x) {
  const auto inner = static_cast<std::size_t>(x.ndim()) - 2;
  list out = given;
  if (given.size() == 1) out.assign(inner, given.front());
  if (given.size() == inner + 2 && given.front() == 1 && given.back() == 1) out = list(given.begin() + 1, given.end() - 1);
  const bool positive = std::all_of(out.begin(), out.end(), [](std::int64_t n) { return n > 0; });
  if (out.size() != inner || !positive)
    throw error(
        format_text("[{}] {} do not fit: got ({}) for {}, expected positive numbers for the axes between the first and the last, and "
                    "1 for these. Pass them.",
                    op, what, joined(given, ", "), spelled(x)));
  return out;
}
struct placed {
  array space;
  windows over;
};
// The windows over what stands around the input, filled with one value.
placed window_of(const char* op, const array& x, const list& kernel, const attributes& at, const scalar& around) {
  const list strides = inner_numbers(op, "the strides", at.get_ints("strides"), x),
             dilations = inner_numbers(op, "the dilations", at.get_ints("dilations"), x), pairs = at.get_ints("pairs");
  const std::string& padding = at.get_string("padding");
  if (padding == "EXPLICIT") require_each(op, "the pairs", x, pairs.size() / 2);
  array space = x;
  for (std::size_t i = 0; i < kernel.size() && padding != "VALID"; ++i) {
    const auto axis = static_cast<std::int64_t>(i) + 1;
    const auto [before, behind] = padding == "SAME" ? same_padding(x.shape(axis), dilations[i] * (kernel[i] - 1) + 1, strides[i])
                                                    : std::pair(pairs[2 * i + 2], pairs[2 * i + 3]);
    space = filled_around(space, axis, before, behind, around);
  }
  return {space, windows(op, space, 1, kernel, strides, dilations)};
}
void require_pooled(const char* op, const array& x) {
  if (x.ndim() < 3 || x.ndim() > 5)
    throw shape_error(format_text("[{}] this has no windows: got {}, expected N x ... x C of rank 3 to 5. Reshape first.", op, spelled(x)));
}
array mean_pool(const array& x, const attributes& at) {
  require_pooled("avg_pool", x);
  only(takes::real, "avg_pool", x);
  const list kernel = inner_numbers("avg_pool", "ksize", at.get_ints("ksize"), x);
  const auto [space, over] = window_of("avg_pool", x, kernel, at, 0.0);
  if (at.get_string("padding") == "VALID") return divide(sum_of(space, over), over.elements());
  list one = extents_of(x);
  one.front() = one.back() = 1;
  const array ones = tendril::ones(axes(one), {.dtype = x.dtype()});
  return divide(sum_of(space, over), sum_of(window_of("avg_pool", ones, kernel, at, 0.0).space, over));
}
array largest_pool(const array& x, const attributes& at) {
  require_pooled("max_pool", x);
  only(takes::number, "max_pool", x);
  const list kernel = inner_numbers("max_pool", "ksize", at.get_ints("ksize"), x);
  const auto [space, over] = window_of("max_pool", x, kernel, at, lowest(x.dtype()));
  return largest_of(space, over);
}

void require_image(const char* op, const array& x, const array& filters, bool whole) {
  require_alike(op, x, filters);
  const bool fits = x.ndim() == 4 && filters.ndim() == 4 && filters.shape(2) > 0 &&
                    (whole ? x.shape(3) == filters.shape(2) : x.shape(3) % filters.shape(2) == 0);
  if (!fits || (!whole && filters.shape(3) % (x.shape(3) / filters.shape(2)) != 0))
    throw shape_error(
        format_text("[{}] input and filters do not fit: got {} and {}, expected N x H x W x C and h x w x C{} x O. Reshape one.", op,
                    spelled(x), spelled(filters), whole ? "" : "/groups"));
}
list shape_of_places(const array& x, const windows& over, std::int64_t channels) {
  list shape{x.shape(0)};
  shape.insert(shape.end(), over.places.begin(), over.places.end());
  shape.push_back(channels);
  return shape;
}
array convolved(const array& x, const array& filters, const attributes& at) {
  require_image("conv2d", x, filters, false);
  if (x.dtype() != dtype::int32) only(takes::real, "conv2d", x);
  const auto [space, over] = window_of("conv2d", x, {filters.shape(0), filters.shape(1)}, at, zero_of(x.dtype()));
  const std::int64_t inputs = filters.shape(2), groups = x.shape(3) / inputs, outputs = filters.shape(3) / groups;
  results parts;
  for (std::int64_t g = 0; g < groups; ++g) {
    results elements;
    over.each(part_of(space, 3, tendril::slice(g * inputs, (g + 1) * inputs)),
              [&](const array& element, const list&) { elements.push_back(element); });
    const array rows = reshape(stack(elements, {.axis = 3}), {-1, over.elements() * inputs});
    const array weights = reshape(part_of(filters, 3, tendril::slice(g * outputs, (g + 1) * outputs)), {over.elements() * inputs, outputs});
    parts.push_back(reshape(tendril::matmul(rows, weights), shape_of_places(x, over, outputs)));
  }
  return joined_parts(parts, 3);
}
array convolved_each(const array& x, const array& filter, const attributes& at) {
  require_image("depthwise_conv2d", x, filter, true);
  only(takes::real, "depthwise_conv2d", x);
  const auto [space, over] = window_of("depthwise_conv2d", x, {filter.shape(0), filter.shape(1)}, at, 0.0);
  array sum;
  over.each(space, [&](const array& element, const list& place) {
    const array term = multiply(expand_dims(element, {.axis = 4}), getitem(filter, {place[0], place[1]}));
    sum = sum.empty() ? term : add(sum, term);
  });
  return reshape(sum, shape_of_places(x, over, filter.shape(2) * filter.shape(3)));
}
array biased(const array& x, const array& bias, bool channels_first) {
  require_alike("bias_add", x, bias);
  only(takes::number, "bias_add", x);
  if (x.ndim() < 2 || bias.ndim() != 1 || bias.shape(0) != x.shape(channels_first ? 1 : -1))
    throw shape_error(format_text(
        "[bias_add] the bias does not fit: got {} and {}, expected rank 2 or more, and a number for each place of {}. Reshape one.",
        spelled(x), spelled(bias), channels_first ? "axis 1" : "the last axis"));
  if (!channels_first) return add(x, bias);
  list shape(static_cast<std::size_t>(x.ndim()), 1);
  shape[1] = bias.shape(0);
  return add(x, reshape(bias, shape));
}

bool has_channels_first(const attributes& at) { return at.has("channels_first") && at.get_bool("channels_first"); }

// What a window op makes of an input whose channels are last, where `at` says that they are first: numbers for every axis are moved as the
// axes are.
template <class F>
array with_channels_last(const char* op, const array& x, const attributes& at, F made) {
  if (!at.has("data_format")) return made(x, at);
  const std::string& format = at.get_string("data_format");
  if (static_cast<int>(format.size()) != x.ndim())
    throw shape_error(format_text("[{}] data_format has no letter for each axis: got \"{}\" for {}, expected as many. Pass another.", op,
                                  format, spelled(x)));
  if (!has_channels_first(at)) return made(x, at);
  attributes moved = at;
  const auto rank = static_cast<std::size_t>(x.ndim());
  for (const char* const name : {"strides", "dilations", "ksize", "pairs"}) {
    if (!at.has(name)) continue;
    list numbers = at.get_ints(name);
    const std::size_t each = numbers.size() / rank;  // two for each axis of pairs
    if (each == 0 || numbers.size() != each * rank) continue;
    std::rotate(numbers.begin() + static_cast<std::ptrdiff_t>(each), numbers.begin() + static_cast<std::ptrdiff_t>(2 * each),
                numbers.end());
    moved.set(name, axes(numbers));
  }
  list last{0}, first{0, x.ndim() - 1};
  for (std::int64_t i = 2; i < x.ndim(); ++i) {
    last.push_back(i);
    first.push_back(i - 1);
  }
  last.push_back(1);
  return tendril::permute_dims(made(tendril::permute_dims(x, axes(last)), moved), axes(first));
}

// OWN(name, inputs, (attributes), decomposition of x, y and the attribute reader at, doc)
#define OWN(name, inputs, attributes_, body, doc) TENDRIL_OWN_FORMULA("tensorflow", array, name, inputs, attributes_, doc, body)
#define HAS(name) attribute_of(#name)
#define LISTED(name) attribute_of(#name, true, true)
#define MAY(name) attribute_of(#name, false)
#define WINDOW LISTED(strides), HAS(padding), LISTED(pairs), LISTED(dilations), MAY(data_format), MAY(channels_first)
#define CHANNELS_LAST(name, made) \
  with_channels_last(name, x, at, [&]([[maybe_unused]] const array& last, [[maybe_unused]] const attributes& of_last) { return made; })
OWN(pad, 1, (LISTED(pairs), HAS(mode), HAS(value)), padded(x, at.get_ints("pairs"), at.get_string("mode"), at.get_scalar("value")),
    "more around the elements")
OWN(slice, 1, (LISTED(begin), LISTED(sizes)), sliced(x, at.get_ints("begin"), at.get_ints("sizes")), "a part")
OWN(split, 1, (HAS(axis), HAS(place), HAS(number)), share_of(x, at.get_int("axis"), at.get_int("place"), at.get_int("number")),
    "one of equal parts")
OWN(split_by, 1, (HAS(axis), HAS(place), LISTED(sizes)), part_with(x, at.get_int("axis"), at.get_int("place"), at.get_ints("sizes")),
    "one of the parts")
OWN(meshgrid, any_number, (HAS(place), HAS(xy)), coordinates(in, at.get_int("place"), at.get_bool("xy")),
    "one of the coordinates of a grid")
OWN(gather_nd, 2, (HAS(batch_dims)), gathered_at(x, y, at.get_int("batch_dims")), "the slices at these places")
OWN(top_k, 1, (HAS(k), HAS(places)), first_in_order(x, at.get_int("k"), at.get_bool("places")), "the largest in order, or where they stand")
OWN(
    einsum, any_number, (HAS(equation)),
    [&] {
      for (const array& a : in) require_alike("einsum", in[0], only(takes::signed_, "einsum", a));
      return frontends::einsum(at.get_string("equation"), in, product, sum_over);
    }(),
    "the sum of products that an equation says")
OWN(avg_pool, 1, (LISTED(ksize), WINDOW), CHANNELS_LAST("avg_pool", mean_pool(last, of_last)), "the means of windows")
OWN(max_pool, 1, (LISTED(ksize), WINDOW), CHANNELS_LAST("max_pool", largest_pool(last, of_last)), "the largest elements of windows")
OWN(conv2d, 2, (WINDOW), CHANNELS_LAST("conv2d", convolved(last, y, of_last)), "the cross-correlation")
OWN(depthwise_conv2d, 2, (WINDOW), CHANNELS_LAST("depthwise_conv2d", convolved_each(last, y, of_last)),
    "the cross-correlation of each channel")
OWN(bias_add, 2, (MAY(channels_first)), biased(x, y, has_channels_first(at)), "a number for each channel added")
#undef CHANNELS_LAST
#undef WINDOW
#undef MAY
#undef LISTED
#undef HAS
#undef OWN

Tensor of_many(const op_record& op, const tensors& in, attributes at) {
  return Tensor(std::move(apply(op, operands(in.arrays(), in.where()), std::move(at), &promotion, in.where()).front()));
}
// Which axis has the channels, where that is said. Windows take words with a letter for each axis alone.
void set_format(attributes& at, const char* op, const std::string& format) {
  if (format.empty()) return;
  if (!among(std::string_view(format), "NWC", "NCW", "NHWC", "NCHW", "NDHWC", "NCDHW"))
    throw error(format_text(
        "[{}] unknown data_format: got \"{}\", expected \"NWC\", \"NCW\", \"NHWC\", \"NCHW\", \"NDHWC\" or \"NCDHW\". Pass one of "
        "these.",
        op, format));
  at.set("data_format", format);
  at.set("channels_first", format[1] == 'C');
}
attributes window_attributes(const char* op, const axes& strides, const window_padding& padding, const axes& dilations,
                             const std::string& data_format) {
  if (!among(std::string_view(padding.word()), "SAME", "VALID", "EXPLICIT"))
    throw error(
        format_text("[{}] unknown padding: got \"{}\", expected \"SAME\", \"VALID\" or pairs. Pass one of these.", op, padding.word()));
  list pairs;
  for (const auto& p : padding.pairs()) pairs.insert(pairs.end(), p.begin(), p.end());
  if (std::any_of(pairs.begin(), pairs.end(), [](std::int64_t n) { return n < 0; }))
    throw error(format_text("[{}] padding is negative: got ({}), expected 0 or more. Take a slice first.", op, joined(pairs, ", ")));
  attributes at{{"strides", listed(strides)}, {"padding", padding.word()}, {"pairs", axes(pairs)}, {"dilations", listed(dilations)}};
  set_format(at, op, data_format);
  return at;
}
Tensor pooled(const char* name, const op_record& op, const arg& x, const axes& ksize, const axes& strides, const window_padding& padding,
              const format_options& o) {
  attributes at = window_attributes(name, strides, padding, 1, o.data_format);
  at.set("ksize", listed(ksize));
  return one(op, x, std::move(at));
}
// Numbers keep their kind: a real number is no integer, and none is bool but bool.
void require_kind(dtype from, dtype to) {
  const bool fits = kind_of(from) == kind_of(to) || (kind_of(from) < kind_of(to));
  if (!fits)
    throw dtype_error(format_text("[constant] the numbers do not fit: got {}, expected numbers that {} has. Cast with tf::cast.",
                                  name_of(from), name_of(to)));
}

}  // namespace

Tensor einsum(const std::string& equation, const tensors& inputs) {
  if (inputs.arrays().empty()) throw error("[einsum] there are no tensors: got none, expected at least one. Pass some.");
  return of_many(einsum_op(), inputs, {{"equation", equation}});
}
std::vector<Tensor> meshgrid(const tensors& args, const meshgrid_options& o) {
  if (!among(std::string_view(o.indexing), "ij", "xy"))
    throw error(format_text("[meshgrid] unknown indexing: got \"{}\", expected \"ij\" or \"xy\". Pass one of these.", o.indexing));
  std::vector<Tensor> out;
  for (std::size_t i = 0; i < args.arrays().size(); ++i)
    out.push_back(of_many(meshgrid_op(), args, {{"place", static_cast<std::int64_t>(i)}, {"xy", o.indexing == "xy"}}));
  return out;
}
Tensor pad(const arg& x, const paddings& paddings, const pad_options& o) {
  std::string mode = o.mode;
  for (char& c : mode) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  if (!among(std::string_view(mode), "CONSTANT", "REFLECT", "SYMMETRIC"))
    throw error(
        format_text("[pad] unknown mode: got \"{}\", expected \"CONSTANT\", \"REFLECT\" or \"SYMMETRIC\". Pass one of these.", o.mode));
  list pairs;
  for (const auto& p : paddings) pairs.insert(pairs.end(), p.begin(), p.end());
  return one(pad_op(), x, {{"pairs", axes(pairs)}, {"mode", mode}, {"value", o.constant_values}});
}
Tensor slice(const arg& x, const axes& begin, const axes& size) {
  return one(slice_op(), x, {{"begin", listed(begin)}, {"sizes", listed(size)}});
}
Tensor strided_slice(const arg& x, const axes& begin, const axes& end, const strided_slice_options& o) {
  const list &from = begin.values(), &to = end.values(), &by = o.strides.values();
  if (from.size() != to.size() || (!by.empty() && by.size() != from.size()))
    throw error(format_text("[strided_slice] the lists differ: got {} begins, {} ends and {} strides, expected as many. Pass as many.",
                            from.size(), to.size(), by.size()));
  std::vector<index_item> key;
  for (std::size_t i = 0; i < from.size(); ++i) {
    const auto set = [i](std::int64_t mask) { return ((mask >> i) & 1) != 0; };
    const maybe_integer start = set(o.begin_mask) ? maybe_integer() : maybe_integer(from[i]),
                        stop = set(o.end_mask) ? maybe_integer() : maybe_integer(to[i]);
    if (set(o.ellipsis_mask)) key.emplace_back(ellipsis);
    else if (set(o.new_axis_mask)) key.emplace_back(newaxis);
    else if (set(o.shrink_axis_mask)) key.emplace_back(from[i]);
    else key.emplace_back(tendril::slice(start, stop, by.empty() ? 1 : by[i]));
  }
  return one(op_id::getitem, x, {{"key", key}});
}
std::vector<Tensor> split(const arg& x, std::int64_t count, const join_options& o) {
  if (count < 1) throw error(format_text("[split] there are no parts: got {}, expected 1 or more. Pass how many parts to make.", count));
  std::vector<Tensor> out;
  for (std::int64_t k = 0; k < count; ++k) out.push_back(one(split_op(), x, {{"axis", o.axis}, {"place", k}, {"number", count}}));
  return out;
}
std::vector<Tensor> split(const arg& x, const list& sizes, const join_options& o) {
  if (std::count(sizes.begin(), sizes.end(), -1) > 1)
    throw error("[split] two parts are left open: got -1 twice, expected once at most. Name the extent of one.");
  std::vector<Tensor> out;
  for (std::int64_t k = 0; k < static_cast<std::int64_t>(sizes.size()); ++k)
    out.push_back(one(split_by_op(), x, {{"axis", o.axis}, {"place", k}, {"sizes", axes(sizes)}}));
  return out;
}
Tensor gather_nd(const arg& params, const arg& indices, const batch_options& o) {
  const Tensor a = tensor_of(params), i = tensor_of(indices);
  return two(gather_nd_op(), arg(a, params.where()), arg(i, params.where()), {{"batch_dims", o.batch_dims}});
}
Tensor constant(const array& value, const constant_options& o) {
  const dtype own = value.dtype() == dtype::float64 ? float32 : value.dtype(), d = o.dtype == dtype::unknown ? own : o.dtype;
  require_kind(value.dtype(), d);
  const array made = astype(value, d);
  if (!o.shape.given()) return Tensor(made);
  return Tensor(made.size() == 1 ? tendril::broadcast_to(tendril::reshape(made, list()), o.shape) : tendril::reshape(made, o.shape));
}
Tensor constant(scalar value, const constant_options& o, std::source_location where) {
  const Tensor made = fill(listed(o.shape), value, where);
  if (o.dtype == dtype::unknown) return made;
  require_kind(value.natural_dtype(), o.dtype);
  return record(record_of(op_id::full), {}, {{"shape", listed(o.shape)}, {"fill_value", value}, {"dtype", o.dtype}}, where, promotion);
}

// Two ops: what nobody uses is dropped.
std::pair<Tensor, Tensor> math::top_k(const arg& x, std::int64_t k) {
  return {one(top_k_op(), x, {{"k", k}, {"places", false}}), one(top_k_op(), x, {{"k", k}, {"places", true}})};
}

namespace nn {

Tensor avg_pool(const arg& x, const axes& ksize, const axes& strides, const std::string& padding, const format_options& o) {
  return pooled("avg_pool", avg_pool_op(), x, ksize, strides, padding, o);
}
Tensor max_pool(const arg& x, const axes& ksize, const axes& strides, const window_padding& padding, const format_options& o) {
  return pooled("max_pool", max_pool_op(), x, ksize, strides, padding, o);
}
Tensor conv2d(const arg& x, const arg& filters, const axes& strides, const window_padding& padding, const window_options& o) {
  return two(conv2d_op(), x, filters, window_attributes("conv2d", strides, padding, o.dilations, o.data_format));
}
Tensor depthwise_conv2d(const arg& x, const arg& filter, const axes& strides, const window_padding& padding, const window_options& o) {
  return two(depthwise_conv2d_op(), x, filter, window_attributes("depthwise_conv2d", strides, padding, o.dilations, o.data_format));
}
Tensor bias_add(const arg& x, const arg& bias, const format_options& o) {
  const std::string& format = o.data_format;
  const bool first = format.starts_with("NC"), last = format.starts_with("N") && format.ends_with("C");
  if (!format.empty() && !first && !last)
    throw error(format_text("[bias_add] unknown data_format: got \"{}\", expected \"N...C\" or \"NC...\". Pass one of these.", format));
  return two(bias_add_op(), x, bias, first ? attributes{{"channels_first", true}} : attributes());
}

}  // namespace nn
}  // namespace tendril::frontends::tensorflow
