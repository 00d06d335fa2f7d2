// Windows that slide over axes.
#include "frontends/windows.hpp"

#include <algorithm>

#include "array/format.hpp"

namespace tendril::frontends {

using list = std::vector<std::int64_t>;

array part_of(const array& x, std::int64_t axis, const slice& part) {
  std::vector<index_item> key(static_cast<std::size_t>(axis), index_item(slice()));
  key.emplace_back(part);
  return getitem(x, key);
}
array joined_parts(const std::vector<array>& parts, std::int64_t axis) {
  return parts.size() == 1 ? parts.front() : concat(parts, {.axis = axis});
}
array filled_around(const array& given, std::int64_t axis, std::int64_t before, std::int64_t behind, scalar value) {
  array x = given;
  if (before < 0 || behind < 0) {
    const std::int64_t n = x.shape(axis), start = std::clamp<std::int64_t>(-before, 0, n);
    x = part_of(x, axis, slice(start, std::max(start, n + std::min<std::int64_t>(behind, 0))));
  }
  const auto made = [&](std::int64_t count) {
    list shape(x.shape().begin(), x.shape().end());
    shape[static_cast<std::size_t>(axis)] = count;
    return tendril::full(axes(shape), value, {.dtype = x.dtype()});
  };
  std::vector<array> parts;
  if (before > 0) parts.push_back(made(before));
  parts.push_back(x);
  if (behind > 0) parts.push_back(made(behind));
  return joined_parts(parts, axis);
}

std::pair<std::int64_t, std::int64_t> same_padding(std::int64_t n, std::int64_t reach, std::int64_t stride) {
  const std::int64_t count = (n + stride - 1) / stride, more = std::max<std::int64_t>(0, (count - 1) * stride + reach - n);
  return {more / 2, more - more / 2};
}

windows::windows(const char* op, const array& x, std::int64_t front_axis, list kernel_size, list strides, list dilations)
    : kernel(std::move(kernel_size)), stride(std::move(strides)), dilation(std::move(dilations)), front(front_axis) {
  for (std::size_t i = 0; i < kernel.size(); ++i) {
    const std::int64_t n = x.shape(front + static_cast<std::int64_t>(i)), reach = dilation[i] * (kernel[i] - 1) + 1;
    if (kernel[i] < 1 || n < reach)
      throw shape_error(format_text("[{}] the window does not fit: got {} over {}, expected at most the extents. Pad the input.", op,
                                    joined(kernel, " x "), spelled(x)));
    places.push_back((n - reach) / stride[i] + 1);
  }
}
array windows::element(const array& x, const list& place) const {
  std::vector<index_item> key(static_cast<std::size_t>(front), index_item(slice()));
  for (std::size_t i = 0; i < place.size(); ++i) {
    const std::int64_t start = place[i] * dilation[i];
    key.emplace_back(slice(start, start + (places[i] - 1) * stride[i] + 1, stride[i]));
  }
  return getitem(x, key);
}
std::int64_t windows::elements() const noexcept {
  std::int64_t n = 1;
  for (const std::int64_t k : kernel) n *= k;
  return n;
}

namespace {

list with_places(list front, const windows& w) {
  front.insert(front.end(), w.places.begin(), w.places.end());
  return front;
}
std::int64_t product_of(const list& v) {
  std::int64_t n = 1;
  for (const std::int64_t k : v) n *= k;
  return n;
}

// Where each output channel reads one input channel: products of whole images with the weights, which fuse into one loop.
array weighted_sum(const array& x, const array& weight, const windows& w, std::int64_t outputs) {
  const std::int64_t channels = x.shape(1), each = outputs / channels;
  const bool spread = channels > 1 && each > 1;
  const auto over_places = [&](list front) {
    front.resize(front.size() + w.kernel.size(), 1);
    return front;
  };
  array sum;
  w.each(x, [&](const array& element, const list& place) {
    std::vector<index_item> key{slice(), 0};
    key.insert(key.end(), place.begin(), place.end());
    const array factor = getitem(weight, key);
    const array term = spread ? multiply(expand_dims(element, {.axis = 2}), reshape(factor, over_places({channels, each})))
                              : multiply(element, reshape(factor, over_places({outputs})));
    sum = sum.empty() ? term : add(sum, term);
  });
  return spread ? reshape(sum, with_places({x.shape(0), outputs}, w)) : sum;
}

// A product of matrices: the weights with the elements of all windows.
array product_of_windows(const array& x, const array& weight, const windows& w) {
  std::vector<array> elements;
  w.each(x, [&](const array& element, const list&) { elements.push_back(element); });
  const std::int64_t outputs = weight.shape(0), inputs = weight.shape(1) * w.elements();
  const array columns = reshape(stack(elements, {.axis = 2}), {x.shape(0), inputs, product_of(w.places)});
  return reshape(matmul(reshape(weight, {outputs, inputs}), columns), with_places({x.shape(0), outputs}, w));
}

}  // namespace

array correlation(const array& x, const array& weight, const windows& w, std::int64_t groups) {
  if (weight.shape(1) == 1) return weighted_sum(x, weight, w, weight.shape(0));
  std::vector<array> parts;
  const std::int64_t inputs = weight.shape(1), outputs = weight.shape(0) / groups;
  for (std::int64_t g = 0; g < groups; ++g)
    parts.push_back(product_of_windows(part_of(x, 1, slice(g * inputs, (g + 1) * inputs)),
                                       part_of(weight, 0, slice(g * outputs, (g + 1) * outputs)), w));
  return joined_parts(parts, 1);
}
array largest_of(const array& x, const windows& w) {
  array y;
  w.each(x, [&](const array& element, const list&) { y = y.empty() ? element : maximum(y, element); });
  return y;
}
array sum_of(const array& x, const windows& w) {
  array y;
  w.each(x, [&](const array& element, const list&) { y = y.empty() ? element : add(y, element); });
  return y;
}

}  // namespace tendril::frontends
