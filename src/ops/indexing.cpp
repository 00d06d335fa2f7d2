// Basic indexing: keys without ellipsis, slices against an extent.
#include "ops/indexing.hpp"

#include <algorithm>

#include "array/format.hpp"

namespace tendril::detail {

resolved_slice resolve(const slice& s, std::int64_t n) {
  if (s.step == 0)
    throw index_error("[getitem] the step of a slice is zero: got 0, expected a positive or negative step. Leave it out for 1.");
  const auto clamp = [&](std::int64_t v, std::int64_t low, std::int64_t high) { return std::clamp(v < 0 ? v + n : v, low, high); };
  if (s.step > 0) {
    const std::int64_t a = s.start.given() ? clamp(s.start.value(), 0, n) : 0, b = s.stop.given() ? clamp(s.stop.value(), 0, n) : n;
    return {a, b > a ? (b - a - 1) / s.step + 1 : 0, s.step};
  }
  const std::int64_t a = s.start.given() ? clamp(s.start.value(), -1, n - 1) : n - 1,
                     b = s.stop.given() ? clamp(s.stop.value(), -1, n - 1) : -1;
  return {a, a > b ? (b - a + 1) / s.step + 1 : 0, s.step};
}

std::vector<index_item> expand_ellipsis(const std::vector<index_item>& key, int rank) {
  int used = 0, dots = 0;
  for (const index_item& i : key) {
    used += i.what == index_item::form::integer || i.what == index_item::form::range;
    dots += i.what == index_item::form::dots;
  }
  if (dots > 1) throw index_error("[getitem] more than one ellipsis: got several, expected at most one. Write full slices for the others.");
  if (used > rank)
    throw index_error(
        format_text("[getitem] too many indices: got {} for an array of rank {}, expected at most {}. Drop some.", used, rank, rank));
  std::vector<index_item> out;
  const auto fill = [&] { out.insert(out.end(), static_cast<std::size_t>(rank - used), index_item(slice())); };
  for (const index_item& i : key)
    if (i.what == index_item::form::dots) fill();
    else out.push_back(i);
  if (!dots) fill();
  return out;
}

}  // namespace tendril::detail
