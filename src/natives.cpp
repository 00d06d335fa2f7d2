// What adapters throw, kept out of line so that borrowing inlines to a few loads.
#include <tendril/detail/array_traits.hpp>

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

}  // namespace tendril::detail
