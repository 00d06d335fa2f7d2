// Formulas of frontends: grids, diagonals, turns, pads, powers of matrices, and the inverse of erf.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <span>

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

array ramp_before(const array& edge, double end, std::int64_t count, std::int64_t axis, const pad_filling& how) {
  const array y = how.ramp(edge, end, count, axis);
  return astype(kind_of(edge.dtype()) == dtype_kind::integer ? floor(y) : y, edge.dtype());
}

// The pair that says something of axis i: its own, or the one that there is.
template <class T>
std::pair<T, T> pair_of(const std::vector<T>& pairs, std::size_t i) {
  const std::size_t first = pairs.size() == 2 ? 0 : 2 * i;
  return {pairs[first], pairs[first + 1]};
}
void require_pairs(std::size_t numbers, std::size_t rank) {
  if (numbers != 2 && numbers != 2 * rank)
    throw shape_error(format_text(
        "[pad] there is another number of pairs: got {} for rank {}, expected one, or one for each axis. Pass others.", numbers / 2, rank));
}

// Mirrored in the elements of the ends, of which each turn makes new ones.
array mirrored_oddly(array y, std::int64_t axis, std::int64_t before, std::int64_t after, const pad_filling& how) {
  const std::int64_t n = y.shape(axis), off = how.mode == "reflect" && n > 1 ? 1 : 0;
  for (const bool ahead : {true, false})
    for (std::int64_t left = ahead ? before : after; left > 0;) {
      const std::int64_t m = y.shape(axis), count = std::min(left, n - off);
      const array edge = part_of(y, axis, ahead ? slice(0, 1) : slice(m - 1, m));
      const array part = part_of(y, axis, ahead ? slice(off, off + count) : slice(m - off - count, m - off));
      const array made = how.odd(edge, flip(part, {.axis = axis}));
      y = ahead ? concat({made, y}, {.axis = axis}) : concat({y, made}, {.axis = axis});
      left -= count;
    }
  return y;
}

array with_ends(const array& y, std::size_t i, std::int64_t before, std::int64_t after, const pad_filling& how) {
  const auto axis = static_cast<std::int64_t>(i);
  const std::int64_t n = y.shape(axis);
  if (how.mode == "linear_ramp") {
    const auto [low, high] = how.ends.empty() ? std::pair(0.0, 0.0) : pair_of(how.ends, i);
    const array ahead = ramp_before(part_of(y, axis, slice(0, 1)), low, before, axis, how),
                behind = ramp_before(part_of(y, axis, slice(n - 1, n)), high, after, axis, how);
    return concat({ahead, y, flip(behind, {.axis = axis})}, {.axis = axis});
  }
  const auto block = [&](const array& value, std::int64_t extent) {
    list shape = extents_of(y);
    shape[i] = extent;
    return broadcast_to(value, shape);
  };
  if (how.mode == "constant") {
    const auto element = [&](const scalar& number) {
      return full({}, how.element ? how.element(number, y.dtype(), how.constants.size() == 2) : number, {.dtype = y.dtype()});
    };
    const auto [low, high] = pair_of(how.constants, i);
    return concat({block(element(low), before), y, block(element(high), after)}, {.axis = axis});
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
  require_pairs(widths.size(), rank);
  if (!how.lengths.empty()) require_pairs(how.lengths.size(), rank);
  if (!how.ends.empty()) require_pairs(how.ends.size(), rank);
  require_pairs(how.constants.size(), rank);
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
    if (how.odd && among(std::string_view(how.mode), "reflect", "symmetric")) {
      y = mirrored_oddly(y, axis, before, after, how);
      continue;
    }
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

namespace {

// The quotient of two polynomials of x, of which the coefficients stand in turn, the highest first.
struct ratio {
  double above, below;
};
array quotient(const array& x, const ratio (&coefficients)[8]) {
  array above = full_like(x, coefficients[0].above), below = full_like(x, coefficients[0].below);
  for (const ratio& c : std::span(coefficients).subspan(1)) {
    above = add(multiply(above, x), c.above);
    below = add(multiply(below, x), c.below);
  }
  return divide(above, below);
}
constexpr ratio in_the_middle[8] = {
    {2.5090809287301226727e+3, 5.2264952788528545610e+3}, {3.3430575583588128105e+4, 2.8729085735721942674e+4},
    {6.7265770927008700853e+4, 3.9307895800092710610e+4}, {4.5921953931549871457e+4, 2.1213794301586595867e+4},
    {1.3731693765509461125e+4, 5.3941960214247511077e+3}, {1.9715909503065514427e+3, 6.8718700749205790830e+2},
    {1.3314166789178437745e+2, 4.2313330701600911252e+1}, {3.3871328727963666080e+0, 1.0}};
constexpr ratio towards_an_end[8] = {
    {7.74545014278341407640e-4, 1.05075007164441684324e-9}, {2.27238449892691845833e-2, 5.47593808499534494600e-4},
    {2.41780725177450611770e-1, 1.51986665636164571966e-2}, {1.27045825245236838258e+0, 1.48103976427480074590e-1},
    {3.64784832476320460504e+0, 6.89767334985100004550e-1}, {5.76949722146069140550e+0, 1.67638483018380384940e+0},
    {4.63033784615654529590e+0, 2.05319162663775882187e+0}, {1.42343711074968357734e+0, 1.0}};
constexpr ratio at_an_end[8] = {
    {2.01033439929228813265e-7, 2.04426310338993978564e-15}, {2.71155556874348757815e-5, 1.42151175831644588870e-7},
    {1.24266094738807843860e-3, 1.84631831751005468180e-5},  {2.65321895265761230930e-2, 7.86869131145613259100e-4},
    {2.96560571828504891230e-1, 1.48753612908506148525e-2},  {1.78482653991729133580e+0, 1.36929880922735805310e-1},
    {5.46378491116411436990e+0, 5.99832206555887937690e-1},  {6.65790464350110377720e+0, 1.0}};

// The number below which a normal one lies as often as p says, inside: half is p - 0.5, tail the smaller of p and 1 - p.
array normal_quantile(const array& half, const array& tail) {
  const array middle = multiply(half, quotient(subtract(0.180625, multiply(half, half)), in_the_middle)), far = sqrt(negative(log(tail)));
  const array ends = where(less_equal(far, 5.0), quotient(subtract(far, 1.6), towards_an_end), quotient(subtract(far, 5.0), at_an_end));
  return where(less_equal(abs(half), 0.425), middle, copysign(ends, half));
}
array infinite_as(const array& x) { return copysign(full_like(x, std::numeric_limits<double>::infinity()), x); }

}  // namespace

array erf_inverse(const array& y) {
  const array inside = multiply(normal_quantile(multiply(y, 0.5), multiply(subtract(1.0, abs(y)), 0.5)), std::numbers::sqrt2 / 2);
  return where(equal(abs(y), 1.0), infinite_as(y), inside);
}
array normal_quantile(const array& p) {
  const array half = subtract(p, 0.5), tail = minimum(p, subtract(1.0, p));
  return where(equal(tail, 0.0), infinite_as(half), normal_quantile(half, tail));
}

}  // namespace tendril::frontends
