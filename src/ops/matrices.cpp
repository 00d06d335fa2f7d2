// What functions over matrices are made of: axes in another order, diagonals, products over pairs of axes.
#include "ops/matrices.hpp"

#include <algorithm>

#include <tendril/graph.hpp>

#include "array/format.hpp"

namespace tendril::detail {

std::string spelled(const array& x) { return to_string(type::of(x.dtype(), x.shape())); }

std::vector<std::int64_t> moved_order(const char* op, std::int64_t rank, const std::vector<std::int64_t>& from,
                                      const std::vector<std::int64_t>& to) {
  if (from.size() != to.size())
    throw shape_error(
        format_text("[{}] the axes do not pair: got {} sources and {} destinations, expected as many. Name a place for each axis.", op,
                    from.size(), to.size()));
  std::vector<std::int64_t> order(static_cast<std::size_t>(rank), -1);
  std::vector<bool> moved(static_cast<std::size_t>(rank), false);
  for (std::size_t i = 0; i < from.size(); ++i) {
    const auto a = static_cast<std::size_t>(normalize_axis(op, from[i], static_cast<int>(rank)));
    const auto place = static_cast<std::size_t>(normalize_axis(op, to[i], static_cast<int>(rank)));
    if (moved[a] || order[place] >= 0)
      throw shape_error(format_text("[{}] an axis is named twice: got axis {} to {}, expected each once. Drop one.", op, from[i], to[i]));
    order[place] = static_cast<std::int64_t>(a);
    moved[a] = true;
  }
  std::size_t next = 0;
  for (std::int64_t& o : order) {
    if (o >= 0) continue;
    while (moved[next]) ++next;
    o = static_cast<std::int64_t>(next++);
  }
  return order;
}

array with_moved_axes(const char* op, const array& x, const std::vector<std::int64_t>& from, const std::vector<std::int64_t>& to) {
  return permute_dims(x, moved_order(op, x.ndim(), from, to));
}

array tensordot(const array& a, const array& b, const std::vector<std::int64_t>& of_a, const std::vector<std::int64_t>& of_b,
                array (*product)(const array&, const array&)) {
  const auto split = [](const array& x, const std::vector<std::int64_t>& over, bool last, extents& kept) {
    std::vector<std::int64_t> contracted, order;
    std::int64_t inside = 1, outside = 1;
    for (const std::int64_t i : over) {
      contracted.push_back(normalize_axis("tensordot", i, static_cast<int>(x.ndim())));
      if (std::count(contracted.begin(), contracted.end(), contracted.back()) > 1)
        throw shape_error(format_text("[tensordot] an axis is named twice: got {}, expected each once. Drop one.", i));
      inside *= x.shape(contracted.back());
    }
    for (std::int64_t i = 0; i < x.ndim(); ++i) {
      if (std::count(contracted.begin(), contracted.end(), i)) continue;
      order.push_back(i);
      kept.push_back(x.shape(i));
      outside *= x.shape(i);
    }
    order.insert(last ? order.end() : order.begin(), contracted.begin(), contracted.end());
    const array y = permute_dims(x, order);
    return last ? reshape(y, {outside, inside}) : reshape(y, {inside, outside});
  };
  bool pairs = of_a.size() == of_b.size();
  for (std::size_t i = 0; pairs && i < of_a.size(); ++i)
    pairs = a.shape(normalize_axis("tensordot", of_a[i], static_cast<int>(a.ndim()))) ==
            b.shape(normalize_axis("tensordot", of_b[i], static_cast<int>(b.ndim())));
  if (!pairs)
    throw shape_error(
        format_text("[tensordot] the axes do not pair: got {} of {} and {} of {}, expected as many with the same extents. "
                    "Name other axes.",
                    of_a.size(), spelled(a), of_b.size(), spelled(b)));
  extents kept;
  const array left = split(a, of_a, true, kept), right = split(b, of_b, false, kept);
  return reshape(product(left, right), axes(std::vector<std::int64_t>(kept.begin(), kept.end())));
}

std::pair<std::vector<std::int64_t>, std::vector<std::int64_t>> last_and_first(std::int64_t n) {
  std::pair<std::vector<std::int64_t>, std::vector<std::int64_t>> out;
  for (std::int64_t i = 0; i < n; ++i) {
    out.first.push_back(i - n);
    out.second.push_back(i);
  }
  return out;
}

array diagonal_of(const char* op, const array& x, std::int64_t offset, std::int64_t axis1, std::int64_t axis2) {
  const int rank = static_cast<int>(x.ndim());
  if (rank < 2) throw shape_error(format_text("[{}] there is no matrix: got rank {}, expected 2 or more. Reshape first.", op, rank));
  const std::int64_t a = normalize_axis(op, axis1, rank), b = normalize_axis(op, axis2, rank);
  if (a == b) throw shape_error(format_text("[{}] one axis is named twice: got {} and {}, expected two. Name another.", op, axis1, axis2));
  const std::int64_t rows = x.shape(a), columns = x.shape(b);
  const std::int64_t count = std::max<std::int64_t>(0, offset >= 0 ? std::min(rows, columns - offset) : std::min(rows + offset, columns));
  const array last = with_moved_axes(op, x, {a, b}, {-2, -1});
  std::vector<std::int64_t> shape(last.shape().begin(), last.shape().end() - 2);
  shape.push_back(rows * columns);
  const std::int64_t start = offset >= 0 ? offset : -offset * columns;
  const slice places = count == 0 ? slice(0, 0) : slice(start, start + (count - 1) * (columns + 1) + 1, columns + 1);
  return getitem(reshape(last, shape), {ellipsis, places});
}

array below_diagonal(const char* op, const array& x, std::int64_t k) {
  if (x.ndim() < 2)
    throw shape_error(format_text("[{}] there is no matrix: got rank {}, expected 2 or more. Reshape first.", op, x.ndim()));
  return less_equal(subtract(reshape(arange(0, x.shape(-1), 1), {1, -1}), reshape(arange(0, x.shape(-2), 1), {-1, 1})), k);
}

}  // namespace tendril::detail
