// jax.lax: products over dimensions, parts, padding and windows, which depend on ranks and extents.
#include <algorithm>
#include <limits>

#include <tendril/detail/op_id.hpp>

#include "array/format.hpp"
#include "frontends/jax_ops.hpp"
#include "frontends/windows.hpp"
#include "ops/literals.hpp"

namespace tendril::frontends::jax::lax {

void require_alike(const char* op, const array& a, const array& b) {
  if (a.dtype() != b.dtype())
    throw dtype_error(
        format_text("[{}] jax.lax takes operands of one dtype: got {} and {}, expected one. Cast with lax::convert_element_type.", op,
                    name_of(a.dtype()), name_of(b.dtype())));
}
void require_number(const char* op, const array& x) {
  if (x.dtype() == dtype::bool_)
    throw dtype_error(
        format_text("[{}] jax.lax does not take this dtype: got bool, expected a numeric dtype. Cast with lax::convert_element_type.", op));
}

namespace {

using list = std::vector<std::int64_t>;
using results = std::vector<array>;

// Axes of lax count from the front, and are named once.
list named_axes(const char* op, const list& dims, const array& x) {
  for (std::size_t i = 0; i < dims.size(); ++i)
    if (dims[i] < 0 || dims[i] >= x.ndim() || std::count(dims.begin(), dims.end(), dims[i]) > 1)
      throw shape_error(
          format_text("[{}] no such axis, or one that is named twice: got {} of ({}) for {}, expected each once, from the "
                      "front. Name others.",
                      op, dims[i], joined(dims, ", "), spelled(x)));
  return dims;
}

// Batches, what is left, what is summed over: in an order, and how many elements each group has.
struct grouped {
  array made;
  list left;
  std::int64_t batch = 1, rest = 1, inside = 1;
  grouped(const array& x, const list& batches, const list& summed, bool summed_first) {
    named_axes("dot_general", batches, x);
    named_axes("dot_general", summed, x);
    list kept;
    for (std::int64_t i = 0; i < x.ndim(); ++i) {
      const bool in_batch = std::count(batches.begin(), batches.end(), i) > 0, in_sum = std::count(summed.begin(), summed.end(), i) > 0;
      if (in_batch && in_sum)
        throw shape_error(
            format_text("[dot_general] an axis is summed over and a batch: got {} for {}, expected one of them. Drop one.", i, spelled(x)));
      if (in_batch) batch *= x.shape(i);
      else if (in_sum) inside *= x.shape(i);
      else kept.push_back(i), left.push_back(x.shape(i)), rest *= x.shape(i);
    }
    list order = batches;
    const list &second = summed_first ? summed : kept, &third = summed_first ? kept : summed;
    order.insert(order.end(), second.begin(), second.end());
    order.insert(order.end(), third.begin(), third.end());
    made = reshape(permute_dims(x, order), {batch, summed_first ? inside : rest, summed_first ? rest : inside});
  }
};
array product(const array& a, const array& b, const attributes& at) {
  const list of_a = at.get_ints("of_lhs"), of_b = at.get_ints("of_rhs"), batch_a = at.get_ints("batch_lhs"),
             batch_b = at.get_ints("batch_rhs");
  const auto fits = [&](const list& x, const list& y) {
    if (x.size() != y.size()) return false;
    for (std::size_t i = 0; i < x.size(); ++i)
      if (x[i] < a.ndim() && y[i] < b.ndim() && x[i] >= 0 && y[i] >= 0 && a.shape(x[i]) != b.shape(y[i])) return false;
    return true;
  };
  if (!fits(of_a, of_b) || !fits(batch_a, batch_b))
    throw shape_error(
        format_text("[dot_general] the dimensions do not pair: got ({}) of {} and ({}) of {}, expected as many with the same extents. Name "
                    "others.",
                    joined(of_a, ", "), spelled(a), joined(of_b, ", "), spelled(b)));
  const grouped x(a, batch_a, of_a, false), y(b, batch_b, of_b, true);
  list shape;
  for (const std::int64_t i : batch_a) shape.push_back(a.shape(i));
  shape.insert(shape.end(), x.left.begin(), x.left.end());
  shape.insert(shape.end(), y.left.begin(), y.left.end());
  return reshape(numpy::matmul(Array(x.made), Array(y.made)).value(), shape);
}

array broadcast_along(const array& x, const list& shape, const list& dims) {
  bool fits = dims.size() == static_cast<std::size_t>(x.ndim());
  list placed(shape.size(), 1), order;
  for (std::size_t i = 0; fits && i < dims.size(); ++i) {
    const std::int64_t n = x.shape(static_cast<std::int64_t>(i));
    fits = dims[i] >= 0 && dims[i] < static_cast<std::int64_t>(shape.size()) && std::count(dims.begin(), dims.end(), dims[i]) == 1 &&
           (n == 1 || n == shape[static_cast<std::size_t>(dims[i])]);
    if (fits) placed[static_cast<std::size_t>(dims[i])] = n;
  }
  if (!fits)
    throw shape_error(format_text(
        "[broadcast_in_dim] the dimensions do not fit: got ({}) of ({}) for {}, expected one for each axis, of its extent or where that is 1. "
        "Name others.",
        joined(dims, ", "), joined(shape, ", "), spelled(x)));
  for (std::int64_t k = 0; k < static_cast<std::int64_t>(shape.size()); ++k)
    if (const auto at = std::find(dims.begin(), dims.end(), k); at != dims.end()) order.push_back(at - dims.begin());
  return broadcast_to(reshape(permute_dims(x, order), placed), shape);
}

array collapsed(const array& x, std::int64_t start, std::int64_t stop) {
  const std::int64_t rank = x.ndim(), first = start < 0 ? start + rank : start, last = std::min(stop < 0 ? stop + rank : stop, rank);
  if (first < 0 || first > last)
    throw shape_error(
        format_text("[collapse] the range is empty or turned round: got {} to {} of {}, expected the first axis first. Pass "
                    "others.",
                    start, stop, spelled(x)));
  list shape = extents_of(x);
  std::int64_t n = 1;
  for (std::int64_t i = first; i < last; ++i) n *= x.shape(i);
  shape.erase(shape.begin() + first, shape.begin() + last);
  shape.insert(shape.begin() + first, n);
  return reshape(x, shape);
}

// The largest or smallest; of nothing the end of the range, which is beyond all elements.
array extreme(const array& x, const std::string& name, const list& over) {
  named_axes(name.c_str(), over, x);
  const bool largest = name == "reduce_max";
  list shape;
  bool nothing = false;
  for (std::int64_t i = 0; i < x.ndim(); ++i)
    if (std::count(over.begin(), over.end(), i) == 0) shape.push_back(x.shape(i));
    else nothing |= x.shape(i) == 0;
  if (!nothing) {
    const numpy::reduce_options o{.axis = axes(over)};
    return (largest ? numpy::max(Array(x), o) : numpy::min(Array(x), o)).value();
  }
  const dtype d = x.dtype();
  constexpr double inf = std::numeric_limits<double>::infinity();
  const scalar end = d == dtype::bool_                ? scalar(!largest)
                     : kind_of(d) == dtype_kind::real ? scalar(largest ? -inf : inf)
                     : largest                        ? scalar(tendril::detail::range_of(d).low)
                                                      : scalar(tendril::detail::range_of(d).high);
  return tendril::full(axes(shape), end, {.dtype = d});
}

array rounded(const array& x) {
  if (kind_of(x.dtype()) != dtype_kind::real)
    throw dtype_error(format_text(
        "[round] jax.lax does not take this dtype: got {}, expected a floating dtype. Integers are round already.", name_of(x.dtype())));
  const array whole = trunc(x);
  return copysign(where(greater_equal(tendril::abs(subtract(x, whole)), 0.5), add(tendril::abs(whole), 1), tendril::abs(whole)), x);
}

array cut(const array& x, const list& start, const list& limit, const list& strides) {
  require_each("slice", "the bounds", x, start.size());
  require_each("slice", "the bounds", x, limit.size());
  if (!strides.empty()) require_each("slice", "the strides", x, strides.size());
  std::vector<index_item> key;
  for (std::size_t i = 0; i < start.size(); ++i) {
    const std::int64_t n = x.shape(static_cast<std::int64_t>(i)), step = strides.empty() ? 1 : strides[i];
    if (start[i] < 0 || limit[i] < start[i] || limit[i] > n || step < 1)
      throw index_error(
          format_text("[slice] the part does not fit: got {} to {} by {} of axis {} of {}, expected bounds within it, in order, "
                      "and a positive stride. Pass others.",
                      start[i], limit[i], step, i, spelled(x)));
    key.emplace_back(tendril::slice(start[i], limit[i], step));
  }
  return getitem(x, key);
}

array first_in_order(const array& x, std::int64_t k, std::int64_t axis, bool places) {
  if (x.ndim() == 0)
    throw shape_error(format_text("[top_k] there is no order: got {}, expected one axis at least. Reshape first.", spelled(x)));
  const std::int64_t at = normalize_axis("top_k", axis, x.ndim());
  if (k < 0 || k > x.shape(at))
    throw index_error(format_text("[top_k] there are not as many: got k {} for axis {} of {}, expected at most its extent. Pass fewer.", k,
                                  axis, spelled(x)));
  const array sorts = x.dtype() == dtype::bool_ ? astype(x, dtype::uint8) : x;
  const array all = places ? astype(tendril::argsort(sorts, {.axis = at, .descending = true}), dtype::int32)
                           : astype(tendril::sort(sorts, {.axis = at, .descending = true}), x.dtype());
  return part_of(all, at, tendril::slice(0, k));
}

// Each element with what follows it, but for the last.
array apart(const array& y, std::int64_t axis, std::int64_t between, const array& value) {
  const array own = expand_dims(y, {.axis = axis + 1});
  list shape = extents_of(own), merged = extents_of(y);
  shape[static_cast<std::size_t>(axis) + 1] = between;
  const array both = concat({own, broadcast_to(value, shape)}, {.axis = axis + 1});
  const std::int64_t n = y.shape(axis);
  merged[static_cast<std::size_t>(axis)] = n * (between + 1);
  return part_of(reshape(both, merged), axis, tendril::slice(0, n + (n - 1) * between));
}
array padded(const array& x, const array& value, const list& config) {
  require_alike("pad", x, value);
  require_each("pad", "the pairs", x, config.size() / 3);
  if (value.ndim() != 0)
    throw shape_error(format_text("[pad] the value is not one number: got {}, expected rank 0. Pass one.", spelled(value)));
  array y = x;
  const auto filled = [&](std::int64_t axis, std::int64_t count) {
    list shape = extents_of(y);
    shape[static_cast<std::size_t>(axis)] = count;
    return broadcast_to(value, shape);
  };
  for (std::int64_t axis = 0; axis < x.ndim(); ++axis) {
    const auto i = static_cast<std::size_t>(axis) * 3;
    const std::int64_t low = config[i], high = config[i + 1], between = config[i + 2], n = y.shape(axis);
    const std::int64_t wide = n == 0 ? 0 : n + (n - 1) * between;
    if (between < 0 || low + wide + high < 0)
      throw shape_error(
          format_text("[pad] it cannot be cut: got ({}, {}, {}) for axis {} of {}, expected no more than there is, and 0 or "
                      "more between. Cut less.",
                      low, high, between, axis, spelled(x)));
    if (between > 0 && n > 0) y = apart(y, axis, between, value);
    const std::int64_t start = std::clamp<std::int64_t>(-low, 0, wide), stop = std::max(start, wide + std::min<std::int64_t>(high, 0));
    results parts;
    if (low > 0) parts.push_back(filled(axis, std::max<std::int64_t>(0, low + std::min<std::int64_t>(0, wide + high))));
    parts.push_back(part_of(y, axis, tendril::slice(start, stop)));
    if (high > 0) parts.push_back(filled(axis, std::max<std::int64_t>(0, high + std::min<std::int64_t>(0, wide + low))));
    y = joined_parts(parts, axis);
  }
  return y;
}

array convolved(const array& x, const array& weight, const list& strides, const std::string& padding) {
  require_alike("conv", x, weight);
  require_number("conv", x);
  if (x.ndim() != weight.ndim() || x.ndim() < 2 || x.shape(1) != weight.shape(1) || strides.size() + 2 != extents_of(x).size())
    throw shape_error(
        format_text("[conv] the operands do not fit: got {} and {} with {} strides, expected N x C x ... and O x C x ..., and a stride for "
                    "each axis behind. Reshape one.",
                    spelled(x), spelled(weight), strides.size()));
  array space = x;
  list kernel;
  for (std::size_t i = 0; i < strides.size(); ++i) {
    const auto axis = static_cast<std::int64_t>(i) + 2;
    kernel.push_back(weight.shape(axis));
    if (strides[i] < 1) throw error(format_text("[conv] a stride leads nowhere: got {}, expected 1 or more. Pass another.", strides[i]));
    if (padding == "VALID") continue;
    auto [low, high] = same_padding(x.shape(axis), kernel.back(), strides[i]);
    if (padding == "SAME_LOWER") std::swap(low, high);
    space = filled_around(space, axis, low, high, zero_of(x.dtype()));
  }
  return correlation(space, weight, windows("conv", space, 2, kernel, strides, list(strides.size(), 1)), 1);
}

// Where a part of `size` begins in an axis of n: no further than it fits.
array start_of(const array& start, std::int64_t n, std::int64_t size) {
  const array i = astype(start, dtype::int64);
  return clip(where(less(i, 0), add(i, n), i), 0, n - size);
}
// Starts that are values: one operand each, or one of all.
results starts_of(const char* op, const array& x, std::span<const array> given) {
  results out(given.begin(), given.end());
  if (given.size() == 1 && given[0].ndim() == 1) out = tendril::unstack(given[0]);
  require_each(op, "the starts", x, out.size());
  for (const array& s : out)
    if (kind_of(s.dtype()) != dtype_kind::integer || s.dtype() != out.front().dtype() || s.ndim() != 0)
      throw dtype_error(
          format_text("[{}] a start is no integer, or of another dtype: got {} beside {}, expected integers of one dtype. Convert "
                      "them.",
                      op, spelled(s), spelled(out.front())));
  return out;
}
void require_within(const char* op, const array& x, const list& sizes) {
  require_each(op, "the sizes", x, sizes.size());
  for (std::size_t i = 0; i < sizes.size(); ++i)
    if (sizes[i] < 0 || sizes[i] > x.shape(static_cast<std::int64_t>(i)))
      throw shape_error(
          format_text("[{}] the part is larger than the whole: got ({}) for {}, expected no more than its extents. Pass less.", op,
                      joined(sizes, ", "), spelled(x)));
}
array moving_part(std::span<const array> in, const list& sizes) {
  require_within("dynamic_slice", in[0], sizes);
  const results begin = starts_of("dynamic_slice", in[0], in.subspan(1));
  array y = in[0];
  for (std::int64_t axis = 0; axis < y.ndim(); ++axis) {
    const auto i = static_cast<std::size_t>(axis);
    const std::int64_t n = y.shape(axis);
    if (sizes[i] == n) continue;
    y = tendril::take(y, add(start_of(begin[i], n, sizes[i]), tendril::arange(sizes[i])), {.axis = axis});
  }
  return y;
}
array with_moving_part(std::span<const array> in) {
  const array &x = in[0], &update = in[1];
  require_alike("dynamic_update_slice", x, update);
  if (x.ndim() != update.ndim())
    throw shape_error(format_text("[dynamic_update_slice] the ranks differ: got {} and {}, expected one. Reshape the update.", spelled(x),
                                  spelled(update)));
  const list sizes = extents_of(update);
  require_within("dynamic_update_slice", x, sizes);
  const results begin = starts_of("dynamic_update_slice", x, in.subspan(2));
  if (update.size() == 0) return x;
  array y = update, inside;
  for (std::int64_t axis = 0; axis < x.ndim(); ++axis) {
    const auto i = static_cast<std::size_t>(axis);
    const std::int64_t n = x.shape(axis);
    if (sizes[i] == n) continue;
    const array place = subtract(tendril::arange(n), start_of(begin[i], n, sizes[i]));
    list along(extents_of(x).size(), 1);
    along[i] = n;
    const array here = reshape(logical_and(greater_equal(place, 0), less(place, sizes[i])), along);
    inside = inside.empty() ? here : logical_and(inside, here);
    y = tendril::take(y, clip(place, 0, sizes[i] - 1), {.axis = axis});
  }
  return inside.empty() ? y : where(inside, y, x);
}

// OWN(name, inputs, (attributes), decomposition of x, y and the attribute reader at, doc)
#define OWN(name, inputs, attributes_, body, doc) TENDRIL_OWN_FORMULA("jax", array, lax_##name, inputs, attributes_, doc, body)
#define HAS(name) attribute_of(#name)
#define LISTED(name) attribute_of(#name, true, true)
OWN(dot_general, 2, (LISTED(of_lhs), LISTED(of_rhs), LISTED(batch_lhs), LISTED(batch_rhs)), product(x, y, at),
    "the product over pairs of axes, in batches")
OWN(dot, 2, (),
    (x.ndim() < 1 || x.ndim() > 2 || y.ndim() < 1 || y.ndim() > 2
         ? throw shape_error(
               format_text("[dot] these are no matrices or vectors: got {} and {}, expected rank 1 or 2. Take lax::dot_general.",
                           spelled(x), spelled(y)))
         : numpy::matmul(Array(x), Array(y)).value()),
    "the product of matrices and vectors")
OWN(broadcast_in_dim, 1, (LISTED(shape), LISTED(dims)), broadcast_along(x, at.get_ints("shape"), at.get_ints("dims")),
    "in a larger shape, each axis at the place named")
OWN(collapse, 1, (HAS(start), attribute_of("stop", false)),
    collapsed(x, at.get_int("start"), at.has("stop") ? at.get_int("stop") : x.ndim()), "several axes as one")
OWN(extreme, 1, (HAS(name), LISTED(axes)), extreme(x, at.get_string("name"), at.get_ints("axes")), "the largest or the smallest")
OWN(sum, 1, (LISTED(axes)),
    (require_number("reduce_sum", x), named_axes("reduce_sum", at.get_ints("axes"), x),
     tendril::sum(x, {.axis = at.get_ints("axes"), .dtype = x.dtype()})),
    "the sum, in the dtype of its terms")
OWN(round, 1, (), rounded(x), "rounded, halves away from 0")
OWN(slice, 1, (LISTED(start), LISTED(limit), LISTED(strides)), cut(x, at.get_ints("start"), at.get_ints("limit"), at.get_ints("strides")),
    "a part")
OWN(top_k, 1, (HAS(k), HAS(axis), HAS(places)), first_in_order(x, at.get_int("k"), at.get_int("axis"), at.get_bool("places")),
    "the largest ones in order, or where they stand")
OWN(running_extreme, 1, (HAS(axis), HAS(largest)),
    (require_number("cummax", x), named_axes("cummax", {at.get_int("axis")}, x),
     frontends::running_extreme(x, at.get_int("axis"), at.get_bool("largest"), false)),
    "the largest or the smallest up to each element")
OWN(pad, 2, (LISTED(config)), padded(x, y, at.get_ints("config")), "a value before, behind and between the elements")
OWN(conv, 2, (LISTED(strides), HAS(padding)), convolved(x, y, at.get_ints("strides"), at.get_string("padding")), "the cross-correlation")
OWN(dynamic_slice, any_number, (LISTED(sizes)), moving_part(in, at.get_ints("sizes")), "a part that begins where values say")
OWN(dynamic_update_slice, any_number, (), with_moving_part(in), "another part where values say")
#undef LISTED
#undef HAS
#undef OWN

// A number is an array of rank 0 there.
Array array_of(const arg& x) {
  if (const array* a = x.get().get_array()) return Array(*a);
  return lax::full({}, x.get().get_scalar(), dtype::unknown, x.where());
}
Array of_many(const op_record& op, const std::vector<Array>& in, attributes at, std::source_location where) {
  std::vector<operand> operands;
  for (const Array& a : in) operands.emplace_back(a.value(), where);
  return Array(std::move(apply(op, operands, std::move(at), &promotion, where).front()));
}

}  // namespace

array spaced(const array& x, std::int64_t axis, std::int64_t between) {
  return x.shape(axis) == 0 ? x : apart(x, axis, between, tendril::full({}, zero_of(x.dtype()), {.dtype = x.dtype()}));
}

Array dot(const arg& lhs, const arg& rhs) { return two(lax_dot_op(), lhs, rhs); }
Array dot_general(const arg& lhs, const arg& rhs, const dot_dimensions& d) {
  return record(lax_dot_general_op(), {lhs.get(), rhs.get()},
                {{"of_lhs", listed(d.first.first)},
                 {"of_rhs", listed(d.first.second)},
                 {"batch_lhs", listed(d.second.first)},
                 {"batch_rhs", listed(d.second.second)}},
                lhs.where());
}
Array broadcast_in_dim(const arg& x, const axes& shape, const axes& dims) {
  return one(lax_broadcast_in_dim_op(), x, {{"shape", listed(shape)}, {"dims", listed(dims)}});
}
Array collapse(const arg& x, std::int64_t start, const collapse_options& o) {
  return one(lax_collapse_op(), x, {{"start", start}, {"stop", o.stop_dimension}});
}
Array reduce_max(const arg& x, const axes& over) { return one(lax_extreme_op(), x, {{"name", "reduce_max"}, {"axes", listed(over)}}); }
Array reduce_min(const arg& x, const axes& over) { return one(lax_extreme_op(), x, {{"name", "reduce_min"}, {"axes", listed(over)}}); }
Array reduce_sum(const arg& x, const axes& over) { return one(lax_sum_op(), x, {{"axes", listed(over)}}); }
Array round(const arg& x, RoundingMethod how) {
  if (how == RoundingMethod::AWAY_FROM_ZERO) return one(lax_round_op(), x);
  return numpy::round(x);
}
Array slice(const arg& x, const axes& start, const axes& limit, const slice_options& o) {
  return one(lax_slice_op(), x, {{"start", listed(start)}, {"limit", listed(limit)}, {"strides", listed(o.strides)}});
}
// Two ops: what nobody uses is dropped.
std::pair<Array, Array> top_k(const arg& x, std::int64_t k, const top_k_options& o) {
  const auto part = [&](bool places) { return one(lax_top_k_op(), x, {{"k", k}, {"axis", o.axis}, {"places", places}}); };
  return {part(false), part(true)};
}
namespace {
Array running(const arg& x, bool largest, const cumulative_options& o) {
  const auto found = [&](const arg& y) { return one(lax_running_extreme_op(), y, {{"axis", o.axis}, {"largest", largest}}); };
  if (!o.reverse) return found(x);
  const Array back = numpy::flip(x, {.axis = o.axis}), made = found(arg(back, x.where()));
  return numpy::flip(arg(made, x.where()), {.axis = o.axis});
}
}  // namespace
Array cummax(const arg& x, const cumulative_options& o) { return running(x, true, o); }
Array cummin(const arg& x, const cumulative_options& o) { return running(x, false, o); }
Array conv(const arg& lhs, const arg& rhs, const axes& strides, const std::string& padding) {
  if (!among(std::string_view(padding), "VALID", "SAME", "SAME_LOWER"))
    throw error(
        format_text("[conv] unknown padding: got \"{}\", expected \"VALID\", \"SAME\" or \"SAME_LOWER\". Pass one of these.", padding));
  return record(lax_conv_op(), {lhs.get(), rhs.get()}, {{"strides", listed(strides)}, {"padding", padding}}, lhs.where());
}
Array pad(const arg& x, const arg& value, const padding_config& config) {
  list flat;
  for (const padding_item& p : config) flat.insert(flat.end(), {p.low, p.high, p.interior});
  return of_many(lax_pad_op(), {array_of(x), array_of(value)}, {{"config", axes(flat)}}, x.where());
}
Array dynamic_slice(const arg& x, starts begin, const axes& sizes) {
  std::vector<Array> in{array_of(x)};
  for (const arg& s : begin) in.push_back(array_of(s));
  return of_many(lax_dynamic_slice_op(), in, {{"sizes", listed(sizes)}}, x.where());
}
Array dynamic_slice(const arg& x, const arg& begin, const axes& sizes) {
  return of_many(lax_dynamic_slice_op(), {array_of(x), array_of(begin)}, {{"sizes", listed(sizes)}}, x.where());
}
Array dynamic_update_slice(const arg& x, const arg& update, starts begin) {
  std::vector<Array> in{array_of(x), array_of(update)};
  for (const arg& s : begin) in.push_back(array_of(s));
  return of_many(lax_dynamic_update_slice_op(), in, {}, x.where());
}
Array dynamic_update_slice(const arg& x, const arg& update, const arg& begin) {
  return of_many(lax_dynamic_update_slice_op(), {array_of(x), array_of(update), array_of(begin)}, {}, x.where());
}

}  // namespace tendril::frontends::jax::lax
