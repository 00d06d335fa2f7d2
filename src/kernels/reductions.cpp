// The reductions of groups.
#include "kernels/reductions.hpp"

#include <algorithm>
#include <iterator>
#include <limits>

#include <tendril/detail/op_id.hpp>

namespace tendril::engine {

bool is_reduction(const node& n) { return n.op->is(trait::reduction) || n.id() == op_id::moments || n.op->is(trait::search); }

std::vector<std::int64_t> reduced_axes(const node& n, int rank) { return n.attrs.get_axes(n.op->name, rank); }

std::optional<reduction> reduction_of(op_id id) {
  switch (id) {
    case op_id::sum: return reduction::sum;
    case op_id::prod: return reduction::prod;
    case op_id::max:
    case op_id::argmax: return reduction::max;
    case op_id::min:
    case op_id::argmin: return reduction::min;
    case op_id::any: return reduction::any;
    case op_id::all: return reduction::all;
    default: return std::nullopt;
  }
}

op_id combiner_of(reduction r) {
  constexpr op_id combiners[] = {op_id::add, op_id::multiply, op_id::maximum, op_id::minimum, op_id::logical_or, op_id::logical_and};
  static_assert(std::size(combiners) == static_cast<std::size_t>(reduction_count));
  return combiners[static_cast<std::size_t>(r)];
}

bool numbers_fit(const node& n, const type& t) {
  const auto axes = reduced_axes(n, t.rank());
  return size_of(t.dtype) == sizeof(std::int64_t) || std::all_of(axes.begin(), axes.end(), [&](std::int64_t a) {
           return t.shape[static_cast<std::size_t>(a)].value <= std::numeric_limits<std::int32_t>::max();
         });
}

bool has_kernels(const backend& b, const node& n, const type& t) {
  if (n.id() == op_id::moments) return static_cast<bool>(detail::find_moments(b, t.dtype));
  const auto each_block = reduction_of(n.id());
  if (!each_block || !detail::find_reduce(b, *each_block, t.dtype)) return false;
  if (!n.op->is(trait::search)) return true;
  return numbers_fit(n, t) && detail::find_seek(b, t.dtype) && detail::find_best(b, n.id() == op_id::argmax, t.dtype);
}

}  // namespace tendril::engine
