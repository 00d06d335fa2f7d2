// Formulas of frontends that rearrange elements: grids, diagonals, turns, pads, and powers of matrices.
#include <algorithm>
#include <cmath>

#include "array/format.hpp"
#include "frontends/windows.hpp"
#include "ops/indexing.hpp"

namespace tendril::frontends {

using list = std::vector<std::int64_t>;

array with_rank(const array& x, std::int64_t rank) {
  array y = rank > 0 && x.ndim() == 0 ? reshape(x, {1}) : x;
  if (rank > 1 && y.ndim() == 1) y = expand_dims(y, {.axis = 0});
  if (rank > 2 && y.ndim() == 2) y = expand_dims(y, {.axis = 2});
  return y;
}

array kronecker(const array& a, const array& b, array (*product)(const array&, const array&)) {
  const auto rank = static_cast<std::size_t>(std::max(a.ndim(), b.ndim()));
  list of_a(rank, 1), of_b(rank, 1), wide_a, wide_b, result;
  std::copy_backward(a.shape().begin(), a.shape().end(), of_a.end());
  std::copy_backward(b.shape().begin(), b.shape().end(), of_b.end());
  for (std::size_t i = 0; i < rank; ++i) {
    wide_a.insert(wide_a.end(), {of_a[i], 1});
    wide_b.insert(wide_b.end(), {1, of_b[i]});
    result.push_back(of_a[i] * of_b[i]);
  }
  return reshape(product(reshape(a, wide_a), reshape(b, wide_b)), result);
}

array rotated(const char* op, const array& x, std::int64_t k, const list& plane) {
  const int rank = static_cast<int>(x.ndim());
  if (plane.size() != 2 || normalize_axis(op, plane[0], rank) == normalize_axis(op, plane[1], rank))
    throw shape_error(
        format_text("[{}] the plane is not of two dims: got ({}), expected two. Pass others.", op, tendril::joined(plane, ", ")));
  const std::int64_t turns = (k % 4 + 4) % 4;
  if (turns == 0) return x;
  if (turns == 2) return flip(x, {.axis = plane});
  return with_exchanged_axes(op, flip(x, {.axis = plane[turns == 1 ? 1 : 0]}), plane[0], plane[1]);
}

array grid_of(const array& x, list extents, std::int64_t place, bool xy, bool sparse) {
  list own(extents.size(), 1);
  own[static_cast<std::size_t>(place)] = x.size();
  const array line = reshape(x, own), whole = sparse ? line : broadcast_to(line, extents);
  return xy && extents.size() > 1 ? with_exchanged_axes("meshgrid", whole, 0, 1) : whole;
}

array on_diagonal(const array& x, std::int64_t offset) {
  const std::int64_t n = x.shape(-1), more = std::abs(offset);
  list beyond(x.shape().begin(), x.shape().end());
  beyond.back() = more;
  array numbers = x;
  if (more > 0) {
    const array none = zeros(beyond, {.dtype = x.dtype()});
    numbers = offset > 0 ? concat({none, x}, {.axis = -1}) : concat({x, none}, {.axis = -1});
  }
  const array at = arange(n + more);
  const array on = equal(reshape(at, {1, -1}) - reshape(at, {-1, 1}), offset);
  return where(on, expand_dims(numbers, {.axis = -2}), zeros({}, {.dtype = x.dtype()}));
}

namespace {

// Where the elements of one axis come from, by their places from `-before` on.
array sources(const std::string& mode, const array& place, std::int64_t n) {
  if (mode == "edge") return clip(place, 0, n - 1);
  if (mode == "wrap") return remainder(place, n);
  if (mode == "symmetric") {
    const array i = remainder(place, 2 * n);
    return minimum(i, 2 * n - 1 - i);
  }
  return n == 1 ? zeros_like(place) : n - 1 - abs(remainder(place, 2 * (n - 1)) - (n - 1));
}

array extreme(const array& x, std::int64_t axis, bool largest) {
  if (x.dtype() == dtype::bool_) return largest ? any(x, {.axis = axis, .keepdims = true}) : all(x, {.axis = axis, .keepdims = true});
  return largest ? max(x, {.axis = axis, .keepdims = true}) : min(x, {.axis = axis, .keepdims = true});
}

scalar cut_to(const scalar& s, dtype d) {
  if (kind_of(d) != dtype_kind::integer) return s;
  return wrapped(s.kind() == dtype_kind::real ? scalar(static_cast<std::int64_t>(s.real())) : s, d);
}

}  // namespace

void require_pad_mode(const std::string& mode) {
  if (!among(std::string_view(mode), "constant", "edge", "reflect", "symmetric", "wrap", "linear_ramp", "maximum", "minimum", "mean",
             "median"))
    throw error(
        format_text("[pad] there is no such mode here: got \"{}\", expected \"constant\", \"edge\", \"reflect\", \"symmetric\", "
                    "\"wrap\", \"linear_ramp\", \"maximum\", \"minimum\", \"mean\" or \"median\". Pass one of these.",
                    mode));
}

array counted_along(std::int64_t count, std::int64_t axis, std::int64_t rank, dtype d) {
  list line(static_cast<std::size_t>(rank), 1);
  line[static_cast<std::size_t>(axis)] = count;
  return reshape(arange(0, count, 1, {.dtype = d}), line);
}

namespace {

array middle(const array& x, std::int64_t axis) {
  const array ordered = sort(x, {.axis = axis});
  const std::int64_t n = x.shape(axis);
  const array low = part_of(ordered, axis, slice((n - 1) / 2, (n - 1) / 2 + 1)), high = part_of(ordered, axis, slice(n / 2, n / 2 + 1));
  const array last = part_of(ordered, axis, slice(n - 1, n));
  return where(isnan(last), last, n % 2 == 1 ? low : (low + high) * 0.5);
}

// What a mode of `padded` says of the elements next to an end.
array summed_up(const array& x, std::int64_t axis, const std::string& mode) {
  if (mode == "maximum" || mode == "minimum") return extreme(x, axis, mode == "maximum");
  const array real = is_real(x) ? x : astype(x, dtype::float64),
              y = mode == "mean" ? mean(real, {.axis = axis, .keepdims = true}) : middle(real, axis);
  return astype(kind_of(x.dtype()) == dtype_kind::integer ? round(y) : y, x.dtype());
}

array ramp_before(const array& edge, std::int64_t count, std::int64_t axis, const pad_filling& how) {
  const array y = how.ramp(edge, how.end, count, axis);
  return astype(kind_of(edge.dtype()) == dtype_kind::integer ? floor(y) : y, edge.dtype());
}

// The pair that says something of axis i: its own, or the one that there is.
std::pair<std::int64_t, std::int64_t> pair_of(const list& pairs, std::size_t i) {
  const std::size_t first = pairs.size() == 2 ? 0 : 2 * i;
  return {pairs[first], pairs[first + 1]};
}
void require_pairs(const list& pairs, std::size_t rank) {
  if (pairs.size() != 2 && pairs.size() != 2 * rank)
    throw shape_error(
        format_text("[pad] there is another number of pairs: got {} for rank {}, expected one, or one for each axis. Pass others.",
                    pairs.size() / 2, rank));
}

array with_ends(const array& y, std::size_t i, std::int64_t before, std::int64_t after, const pad_filling& how) {
  const auto axis = static_cast<std::int64_t>(i);
  const std::int64_t n = y.shape(axis);
  if (how.mode == "linear_ramp") {
    const array ahead = ramp_before(part_of(y, axis, slice(0, 1)), before, axis, how),
                behind = ramp_before(part_of(y, axis, slice(n - 1, n)), after, axis, how);
    return concat({ahead, y, flip(behind, {.axis = axis})}, {.axis = axis});
  }
  const auto block = [&](const array& value, std::int64_t extent) {
    list shape = extents_of(y);
    shape[i] = extent;
    return broadcast_to(value, shape);
  };
  if (how.mode == "constant") {
    const array value = full({}, cut_to(how.constant, y.dtype()), {.dtype = y.dtype()});
    return concat({block(value, before), y, block(value, after)}, {.axis = axis});
  }
  const auto [wide, deep] = how.lengths.empty() ? std::pair(n, n) : pair_of(how.lengths, i);
  if (wide < 1 || deep < 1)
    throw error(format_text("[pad] stat_length leaves nothing: got {} and {}, expected 1 or more. Pass others.", wide, deep));
  const array first = summed_up(part_of(y, axis, slice(0, std::min(wide, n))), axis, how.mode);
  const array last =
      wide >= n && deep >= n ? first : summed_up(part_of(y, axis, slice(std::max<std::int64_t>(n - deep, 0), n)), axis, how.mode);
  return concat({block(first, before), y, block(last, after)}, {.axis = axis});
}

}  // namespace

array padded(const array& x, const list& widths, const pad_filling& how) {
  const auto rank = static_cast<std::size_t>(x.ndim());
  require_pairs(widths, rank);
  if (!how.lengths.empty()) require_pairs(how.lengths, rank);
  array y = x;
  for (std::size_t i = 0; i < rank; ++i) {
    const auto axis = static_cast<std::int64_t>(i);
    const auto [before, after] = pair_of(widths, i);
    const std::int64_t n = y.shape(axis);
    if (before < 0 || after < 0)
      throw error(format_text("[pad] a width is negative: got {} and {}, expected 0 or more. Take a slice.", before, after));
    if (before == 0 && after == 0) continue;
    if (n == 0 && how.mode != "constant")
      throw shape_error(
          format_text("[pad] there is nothing to repeat: got {}, expected elements. Take the mode \"constant\".", spelled(x)));
    y = among(std::string_view(how.mode), "edge", "reflect", "symmetric", "wrap")
            ? take(y, sources(how.mode, arange(-before, n + after, 1), n), {.axis = axis})
            : with_ends(y, i, before, after, how);
  }
  return y;
}

array with_part(const array& x, std::int64_t dim, std::int64_t start, std::int64_t count, std::int64_t step, const array& src) {
  const std::int64_t n = x.shape(dim);
  if (count == 0) return x;
  if (step == 1 || count == 1) {
    std::vector<array> parts;
    if (start > 0) parts.push_back(part_of(x, dim, slice(0, start)));
    parts.push_back(src);
    if (start + count < n) parts.push_back(part_of(x, dim, slice(start + count, n)));
    return joined_parts(parts, dim);
  }
  // Each place takes the element of the source that its slice has there, where it has one.
  list from(static_cast<std::size_t>(n), -1);
  for (std::int64_t k = 0; k < count; ++k) from[static_cast<std::size_t>(start + k * step)] = k;
  list one(static_cast<std::size_t>(x.ndim()), 1);
  one[static_cast<std::size_t>(dim)] = n;
  const array places = asarray(from);
  return where(reshape(greater_equal(places, 0), one), take(src, places, {.axis = dim}), x);
}

namespace {

array put_part(const array& x, std::span<const tendril::detail::resolved_slice> parts, std::int64_t axis, const array& src) {
  const auto whole = [&](std::int64_t a) {
    const auto& p = parts[static_cast<std::size_t>(a)];
    return p.start == 0 && p.step == 1 && p.count == x.shape(a);
  };
  while (axis < x.ndim() && whole(axis)) ++axis;
  if (axis == x.ndim()) return src;
  tendril::detail::resolved_slice p = parts[static_cast<std::size_t>(axis)];
  if (p.count == 0) return x;
  array inner = src;
  if (p.step < 0) {
    p = {p.start + (p.count - 1) * p.step, p.count, -p.step};
    inner = tendril::flip(src, {.axis = axis});
  }
  bool last = true;
  for (std::int64_t a = axis + 1; a < x.ndim(); ++a) last &= whole(a);
  if (!last) {
    std::vector<index_item> key(static_cast<std::size_t>(axis), index_item(slice()));
    key.emplace_back(slice(p.start, p.start + (p.count - 1) * p.step + 1, p.step));
    inner = put_part(getitem(x, key), parts, axis + 1, inner);
  }
  return with_part(x, axis, p.start, p.count, p.step, inner);
}

}  // namespace

array with_key(const array& x, const array& src, const std::vector<index_item>& key) {
  std::vector<tendril::detail::resolved_slice> parts;
  list counts;
  for (const index_item& i : tendril::detail::expand_ellipsis(key, x.ndim())) {
    if (i.what == index_item::form::new_axis) continue;
    const std::int64_t n = x.shape(static_cast<std::int64_t>(parts.size()));
    if (i.what == index_item::form::integer) parts.push_back({i.integer < 0 ? i.integer + n : i.integer, 1, 1});
    else parts.push_back(tendril::detail::resolve(i.range, n));
    counts.push_back(parts.back().count);
  }
  return put_part(x, parts, 0, tendril::reshape(src, counts));
}

array mask_over(const char* op, const array& x, const array& mask, const array& values) {
  const list whole = extents_of(x), of_mask = extents_of(mask);
  if (of_mask.size() > whole.size() || !std::equal(of_mask.begin(), of_mask.end(), whole.begin()))
    throw index_error(format_text("[{}] the mask does not fit: got {} for {}, expected the extents of its first axes. Reshape it.", op,
                                  spelled(mask), spelled(x)));
  if (values.ndim() > x.ndim() - mask.ndim())
    throw shape_error(
        format_text("[{}] how many values a mask takes follows from its elements: got {} for {}, expected one value for all "
                    "places, of {} axes at most. Take where.",
                    op, spelled(values), spelled(x), x.ndim() - mask.ndim()));
  list on = of_mask;
  on.resize(whole.size(), 1);
  return reshape(mask, on);
}

}  // namespace tendril::frontends
