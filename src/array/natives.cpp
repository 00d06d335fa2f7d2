// What adapters throw, kept out of line so that borrowing inlines to a few loads.
#include <algorithm>

#include <tendril/natives.hpp>

namespace tendril::detail {
namespace {

std::string remedy(std::string_view op) {
  if (op == "call") return "Ask for another container with call_as.";
  if (op == "into") return "Pass a target of the result's shape and element type.";
  return "Ask for another container.";
}

std::string unfit(std::string_view op, const std::string& got, const std::string& expected, std::string_view container,
                  const std::string& way_out) {
  std::string s = "[";
  s.append(op).append("] the ").append(op == "to" ? "array" : "result").append(" does not fit the container: got ");
  return s.append(got).append(", expected ").append(expected).append(" for ").append(container).append(". ").append(way_out);
}

}  // namespace

void throw_unfit(std::string_view op, std::span<const std::int64_t> shape, std::string_view expected, std::string_view container) {
  throw shape_error(unfit(op, "shape " + to_string(shape), std::string(expected), container, remedy(op)));
}

void throw_unfit(std::string_view op, std::span<const std::int64_t> shape, std::span<const std::int64_t> expected,
                 std::string_view container) {
  throw shape_error(unfit(op, "shape " + to_string(shape), "shape " + to_string(expected), container, remedy(op)));
}

void throw_unfit(std::string_view op, dtype got, dtype expected, std::string_view container, std::string_view why) {
  const std::string way_out = op == "to" ? "Convert it first with td::astype." : remedy(op);
  throw dtype_error(unfit(op, to_string(got), to_string(expected), container, why.empty() ? way_out : std::string(why) + " " + way_out));
}

void throw_rank(std::size_t rank, std::string_view container) {
  std::string s = "[borrow] too many axes: got ";
  s.append(std::to_string(rank)).append(" for ").append(container).append(", expected at most ").append(std::to_string(max_rank));
  throw shape_error(s.append(". Reshape it to fewer axes."));
}

void throw_null(std::string_view op, const array_view& v) {
  std::string s = "[";
  s.append(op).append("] null data: got a null pointer with shape ");
  s.append(to_string(std::span<const std::int64_t>(v.shape, static_cast<std::size_t>(v.rank))));
  throw error(s.append(", expected memory that outlives the view. Pass the address of the elements, or an extent of 0."));
}

array_view view_of(void* data, dtype d, const axes& shape, const axes& strides) {
  const std::vector<std::int64_t>&extents = shape.values(), &steps = strides.values();
  if (extents.size() > static_cast<std::size_t>(max_rank))
    throw shape_error("[view] too many axes: got " + std::to_string(extents.size()) + ", expected at most " + std::to_string(max_rank) +
                      ". Merge axes.");
  if (strides.given() && steps.size() != extents.size())
    throw shape_error("[view] shape and strides differ in length: got " + std::to_string(extents.size()) + " extents and " +
                      std::to_string(steps.size()) + " strides, expected as many. Give a stride, in elements, for each axis.");
  array_view v;
  v.data = data;
  v.dtype = d;
  v.rank = static_cast<int>(extents.size());
  std::int64_t step = 1;
  for (std::size_t i = extents.size(); i-- > 0;) {
    if (extents[i] < 0)
      throw shape_error("[view] a negative extent: got shape " + to_string(std::span(extents)) +
                        ", expected extents of 0 or more. Pass each.");
    v.shape[i] = extents[i];
    v.strides[i] = strides.given() ? steps[i] : step;
    if (__builtin_mul_overflow(step, std::max<std::int64_t>(extents[i], 1), &step))
      throw shape_error("[view] too many elements: got shape " + to_string(std::span(extents)) +
                        ", expected at most 2^63 - 1. Pass a part.");
  }
  return v;
}

}  // namespace tendril::detail
