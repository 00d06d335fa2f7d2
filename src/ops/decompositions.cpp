// The decompositions that rows of the op table name: ordinary functions over td::array with the public ops.
#include "ops/decompositions.hpp"

#include <algorithm>
#include <limits>
#include <numbers>

#include <tendril/detail/op_id.hpp>
#include <tendril/detail/with_dtype.hpp>

#include "array/array_impl.hpp"
#include "array/format.hpp"

namespace tendril::detail::decompositions {
namespace {

// The options of a reduction, read back from its attributes.
axes axis_of(const attributes& at) { return at.has("axis") ? axes(at.get_ints("axis")) : axes(); }

std::int64_t reduced_count(const array& x, const attributes& at, std::string_view op) {
  std::int64_t n = 1;
  for (std::int64_t a : at.get_axes(op, x.ndim())) n *= x.shape(a);
  return n;
}

// x of the shape `to`: its axes from `axis` on stand n times in a row. Takes three axes, however many x has.
array in_runs(const array& x, std::size_t axis, std::int64_t n, const extents& to) {
  std::int64_t runs = 1, run = 1;
  for (std::size_t i = 0; i < to.size(); ++i) (i < axis ? runs : run) *= x.shape(static_cast<std::int64_t>(i));
  return reshape(broadcast_to(reshape(x, {runs, 1, run}), {runs, n, run}), to);
}

// Asked without being noted as read: extents of 0 stay numbers wherever others become arguments.
bool is_nothing(const array& x) {
  const extents& shape = unread_shape(x);
  return std::find(shape.begin(), shape.end(), 0) != shape.end();
}

array in_dtype(double value, const array& x) { return scalar_array(value, x.dtype()); }

}  // namespace

array gelu_rule(const array& x, const attributes& at) {
  const std::string& form = at.get_string("approximate");
  if (form == "none") {
    // -infinity times nothing is NaN, the lowest number times nothing -0.
    const double lowest = with_dtype<dtype_kind::real>(x.dtype(), []<class T>(T) -> double { return std::numeric_limits<T>::lowest(); });
    const array y = maximum(x, in_dtype(lowest, x));
    return 0.5 * y * (1.0 + erf(y * (1 / std::numbers::sqrt2)));
  }
  if (form == "tanh") {
    // (1 + tanh(u)) / 2 is the logistic function of 2u, which does not cancel where u is far below 0.
    constexpr double twice_root = 1.59576912160573071175978423973752747;  // 2 sqrt(2 / pi)
    return call(record_of(op_id::gelu_tanh), {x, twice_root, twice_root * 0.044715});
  }
  throw error(format_text("[gelu] unknown approximation: got \"{}\", expected \"none\" or \"tanh\". Pass one of these.", form));
}

array mean_rule(const array& x, const attributes& at) {
  return moments(x, {.axis = axis_of(at), .keepdims = at.get_bool("keepdims")}).first;
}

array var_rule(const array& x, const attributes& at) {
  const array variance = moments(x, {.axis = axis_of(at), .keepdims = at.get_bool("keepdims")}).second;
  const auto n = static_cast<double>(reduced_count(x, at, "var"));
  const double divisor = n - at.get_real("correction");
  if (divisor == n) return variance;
  return variance * in_dtype(divisor > 0 ? n / divisor : std::numeric_limits<double>::quiet_NaN(), variance);
}

array std_rule(const array& x, const attributes& at) { return sqrt(var_rule(x, at)); }

array softmax_rule(const array& x, const attributes& at) {
  if (is_nothing(x)) return exp(x);  // there is no maximum of nothing, and none is needed
  const axes along = axis_of(at);
  const array e = exp(x - max(x, {.axis = along, .keepdims = true}));
  return e / sum(e, {.axis = along, .keepdims = true});
}

array log_softmax_rule(const array& x, const attributes& at) {
  if (is_nothing(x)) return exp(x);
  const axes along = axis_of(at);
  const array shifted = x - max(x, {.axis = along, .keepdims = true});
  return shifted - log(sum(exp(shifted), {.axis = along, .keepdims = true}));
}

array stack_rule(std::span<const array> arrays, const attributes& at) {
  const std::int64_t axis = normalize_axis("stack", at.get_int("axis"), arrays.front().ndim() + 1);
  std::vector<array> raised;
  for (const array& a : arrays) raised.push_back(expand_dims(a, {.axis = axis}));
  return concat(raised, {.axis = axis});
}

std::vector<array> unstack_rule(const array& x, const attributes& at) {
  const std::int64_t axis = normalize_axis("unstack", at.get_int("axis"), x.ndim());
  std::vector<array> out;
  for (std::int64_t i = 0; i < x.shape(axis); ++i) {
    std::vector<index_item> key(static_cast<std::size_t>(axis), index_item(slice()));
    key.push_back(index_item(i));
    out.push_back(getitem(x, key));
  }
  return out;
}

array logaddexp_rule(std::span<const array> ab) {
  const array &a = ab[0], &b = ab[1], top = maximum(a, b);
  // Two infinities of one sign have no difference; no number is far from itself.
  const array apart = where(equal(a, b), in_dtype(0, top), abs(a - b));
  return top + log1p(exp(-apart));
}

array count_nonzero_rule(const array& x, const attributes& at) {
  return sum(astype(astype(x, dtype::bool_), dtype::int64), {.axis = axis_of(at), .keepdims = at.get_bool("keepdims")});
}

array diff_rule(const array& x, const attributes& at) {
  const std::int64_t axis = normalize_axis("diff", at.get_int("axis"), x.ndim());
  std::vector<index_item> later(static_cast<std::size_t>(axis), index_item(slice())), earlier = later;
  later.emplace_back(slice(1, {}));
  earlier.emplace_back(slice({}, -1));
  array y = x;
  const std::int64_t n = at.get_int("n");
  const bool beyond = n > unread_shape(x)[static_cast<std::size_t>(axis)];  // then nothing is left, sooner
  for (std::int64_t left = beyond ? x.shape(axis) : n; left > 0; --left) y = getitem(y, later) - getitem(y, earlier);
  return y;
}

array repeat_rule(const array& x, const attributes& at) {
  const std::int64_t n = at.get_int("repeats");
  const array a = at.has("axis") ? x : reshape(x, {x.size()});
  const std::int64_t axis = at.has("axis") ? normalize_axis("repeat", at.get_int("axis"), x.ndim()) : 0;
  extents wide = a.shape(), to = wide;
  wide.insert(wide.begin() + axis + 1, n);
  to[static_cast<std::size_t>(axis)] *= n;
  if (a.ndim() == max_rank) return in_runs(a, static_cast<std::size_t>(axis) + 1, n, to);  // there is no axis left to count with
  return reshape(broadcast_to(expand_dims(a, {.axis = axis + 1}), wide), to);
}

array tile_rule(const array& x, const attributes& at) {
  extents n = at.get_ints("repetitions"), shape = x.shape();
  const std::size_t rank = std::max(n.size(), shape.size());
  n.insert(n.begin(), rank - n.size(), 1);
  shape.insert(shape.begin(), rank - shape.size(), 1);
  // Before each axis that is repeated one that counts the repetitions; where that is too many, axis by axis.
  const auto counting = rank - static_cast<std::size_t>(std::count(n.begin(), n.end(), 1));
  if (rank + counting > static_cast<std::size_t>(max_rank)) {
    array y = reshape(x, shape);
    for (std::size_t i = 0; i < rank; ++i) {
      shape[i] *= n[i];
      if (n[i] != 1) y = in_runs(y, i, n[i], shape);
    }
    return y;
  }
  extents split, wide, to;
  for (std::size_t i = 0; i < rank; ++i) {
    if (n[i] != 1) {
      split.push_back(1);
      wide.push_back(n[i]);
    }
    split.push_back(shape[i]);
    wide.push_back(shape[i]);
    to.push_back(n[i] * shape[i]);
  }
  return reshape(broadcast_to(reshape(x, split), wide), to);
}

array full_rule(scalar value, const attributes& at) {
  dtype d = at.get_dtype("dtype");
  if (d == dtype::unknown) d = at.has("fill_value") ? value.natural_dtype() : dtype::float64;
  return broadcast_to(scalar_array(value, d), at.get_ints("shape"));
}

array full_like_rule(const array& x, scalar value, const attributes& at) {
  const dtype d = at.get_dtype("dtype");
  return broadcast_to(scalar_array(value, d == dtype::unknown ? x.dtype() : d), x.shape());
}

}  // namespace tendril::detail::decompositions
