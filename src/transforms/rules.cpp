// The rules of derivatives: the rows of derivatives.def for elementwise ops, and a function for each other op. An op that is composite and
// has none here is differentiated by its decomposition.
#include "transforms/rules.hpp"

#include <algorithm>
#include <numbers>
#include <numeric>

#include <tendril/detail/op_id.hpp>
#include <tendril/linalg.hpp>
#include <tendril/ops.hpp>

#include "array/array_impl.hpp"
#include "ops/indexing.hpp"

namespace tendril::detail {
namespace {

bool is_literal(const array& a) { return !a.is_symbol() && a.impl()->weak; }

// What a number written in code is beside y: ops that are no operators of numbers would make float64 of it.
array strong(const array& a, const array& y) { return is_literal(a) ? astype(a, y.dtype()) : a; }

array zero(const array& y) { return zeros({}, {.dtype = y.dtype()}); }

// ---- elementwise

// Equal operands share, NaN gives none.
array share_of_larger(const array& g, const array& a, const array& b) {
  const array s = is_literal(g) ? astype(g, (is_literal(a) ? b : a).dtype()) : g;
  return where(a > b, s, where(a == b, s * 0.5, 0));
}

array slope_of_base(const array& g, const array& a, const array& b) {
  if (!is_literal(b)) return g * where(b == 0, 0, b * pow(a, where(b == 0, 1, b - 1)));
  const double power = b.dtype() == float64 ? b.item<double>() : static_cast<double>(b.item<std::int64_t>());
  if (power == 0) return {};
  if (power == 1) return g;
  if (power == 2) return 2 * g * a;
  return power * g * pow(a, power - 1);
}

// Of x s, where s is the logistic function of x (c1 + c2 x^2).
array slope_of_gelu(const array& g, const array& x, const array& c1, const array& c2) {
  const array square = x * x, s = sigmoid(x * (c1 + c2 * square));
  return g * (s + x * s * (1 - s) * (c1 + 3 * c2 * square));
}

using elementwise_derivative = array (*)(const array& g, const array& a, const array& b, const array& c, const array& y);

struct elementwise_row {
  elementwise_derivative by[3] = {};
  bool any() const { return by[0] || by[1] || by[2]; }
};

const std::vector<elementwise_row>& elementwise_rows() {
  static const std::vector<elementwise_row> rows = [] {
    std::vector<elementwise_row> r(max_ops);
#define DERIVATIVE(op, input, ...)                                                                                        \
  r[static_cast<std::size_t>(op_id::op)].by[input] = []([[maybe_unused]] const array& g, [[maybe_unused]] const array& a, \
                                                        [[maybe_unused]] const array& b, [[maybe_unused]] const array& c, \
                                                        [[maybe_unused]] const array& y) -> array {                       \
    [[maybe_unused]] const array& x = a;                                                                                  \
    return __VA_ARGS__;                                                                                                   \
  };
#include "transforms/derivatives.def"
    return r;
  }();
  return rows;
}

void elementwise(pulled_node& p) {
  const elementwise_row& row = elementwise_rows()[static_cast<std::size_t>(p.n.id())];
  const array none;
  const auto in = [&](std::size_t i) -> const array& { return i < p.in.size() ? p.in[i] : none; };
  for (std::size_t i = 0; i < p.in.size(); ++i) {
    if (!p.active[i] || !row.by[i]) continue;
    array g = row.by[i](p.given[0], in(0), in(1), in(2), p.out[0]);
    if (!g.empty()) p.to[i] = reduce_to(std::move(g), p.out[0].shape(), p.in[i].shape());
  }
}

// The larger of x and min, then the smaller of that and max.
void clip(pulled_node& p) {
  const array &x = p.in[0], &low = p.in[1], &high = p.in[2];
  const extents& shape = p.out[0].shape();
  array g = strong(p.given[0], p.out[0]);
  const array limited = low.empty() ? x : maximum(x, low);
  if (!high.empty()) {
    if (p.active[2]) p.to[2] = reduce_to(share_of_larger(g, limited, high), shape, high.shape());
    g = share_of_larger(g, high, limited);
  }
  if (!low.empty()) {
    if (p.active[1]) p.to[1] = reduce_to(share_of_larger(g, low, x), shape, low.shape());
    g = share_of_larger(g, x, low);
  }
  if (p.active[0]) p.to[0] = reduce_to(g, shape, x.shape());
}

void convert(pulled_node& p) { p.to[0] = p.given[0]; }  // the driver has the dtypes

// ---- reductions

std::vector<std::int64_t> axes_of(const pulled_node& p) {
  return p.n.attrs.get_axes(p.n.op->name, static_cast<int>(p.in[0].shape().size()));
}
std::int64_t count_over(const pulled_node& p, const std::vector<std::int64_t>& axes) {
  std::int64_t n = 1;
  for (std::int64_t a : axes) n *= p.in[0].shape()[static_cast<std::size_t>(a)];
  return n;
}

// What a reduction gave, in the place of what it read: the axes are back with extent 1. A number stays one, since it broadcasts.
array spread(const pulled_node& p, const array& reduced) {
  if (p.n.attrs.get_bool("keepdims") || reduced.shape().empty()) return reduced;
  return expand_dims(reduced, {.axis = axes(axes_of(p))});
}
// The same of a cotangent, which may be smaller than the result.
array spread_given(const pulled_node& p, std::size_t k = 0) { return p.given[k].shape().empty() ? p.given[k] : spread(p, p.full(k)); }

void sum(pulled_node& p) { p.to[0] = spread_given(p); }
void mean(pulled_node& p) { p.to[0] = spread_given(p) / static_cast<double>(count_over(p, axes_of(p))); }

array deviation(const pulled_node& p) {
  const array& x = p.in[0];
  return x - tendril::mean(x, {.axis = axes(axes_of(p)), .keepdims = true});
}
void var(pulled_node& p) {
  const double n = static_cast<double>(count_over(p, axes_of(p))) - p.n.attrs.get_real("correction");
  p.to[0] = spread_given(p) * (2 / n) * deviation(p);
}
void standard_deviation(pulled_node& p) {
  const double n = static_cast<double>(count_over(p, axes_of(p))) - p.n.attrs.get_real("correction");
  p.to[0] = spread_given(p) / (spread(p, p.out[0]) * n) * deviation(p);
}
void moments(pulled_node& p) {
  const double n = static_cast<double>(count_over(p, axes_of(p)));
  if (!p.given[0].empty()) p.to[0] = spread_given(p, 0) / n;
  if (p.given[1].empty()) return;
  const array g = spread_given(p, 1) * (2 / n) * deviation(p);
  p.to[0] = p.to[0].empty() ? g : p.to[0] + g;
}

// Those that are the extreme share it.
void extreme(pulled_node& p) {
  const array& x = p.in[0];
  const array is = astype(x == spread(p, p.out[0]), x.dtype());
  const array count = tendril::sum(is, {.axis = axes(axes_of(p)), .keepdims = p.n.attrs.get_bool("keepdims")});
  p.to[0] = is * (spread_given(p) / spread(p, count));
}

// The order that undoes one of axes.
axes inverse(const std::vector<std::int64_t>& order) {
  std::vector<std::int64_t> back(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) back[static_cast<std::size_t>(order[i])] = static_cast<std::int64_t>(i);
  return axes(std::move(back));
}

// Numbers along one axis of so many.
array along_axis(const array& numbers, std::int64_t axis, std::size_t rank) {
  std::vector<std::int64_t> beside;
  for (std::int64_t a = 0; a < static_cast<std::int64_t>(rank); ++a)
    if (a != axis) beside.push_back(a);
  return beside.empty() ? numbers : expand_dims(numbers, {.axis = axes(std::move(beside))});
}

array part(const array& x, std::int64_t axis, slice s) {
  std::vector<index_item> key(x.shape().size(), index_item(slice()));
  key[static_cast<std::size_t>(axis)] = s;
  return getitem(x, key);
}

// The product of all others: those before times those after, which is exact where some are 0.
void prod(pulled_node& p) {
  const array& x = p.in[0];
  const extents shape = x.shape();
  std::vector<std::int64_t> reduced = axes_of(p), order, kept_shape;
  for (std::int64_t a = 0; a < static_cast<std::int64_t>(shape.size()); ++a)
    if (std::find(reduced.begin(), reduced.end(), a) == reduced.end()) order.push_back(a);
  for (std::int64_t a : order) kept_shape.push_back(shape[static_cast<std::size_t>(a)]);
  order.insert(order.end(), reduced.begin(), reduced.end());
  const std::int64_t last = static_cast<std::int64_t>(kept_shape.size());
  std::vector<std::int64_t> flat_shape = kept_shape, back_shape;
  flat_shape.push_back(count_over(p, reduced));
  for (std::int64_t a : order) back_shape.push_back(shape[static_cast<std::size_t>(a)]);
  const array flat = reshape(permute_dims(x, axes(order)), axes(flat_shape));
  const auto before = [&](const array& v) {
    return part(cumulative_prod(v, {.axis = last, .include_initial = true}), last, slice({}, -1));
  };
  const array others = before(flat) * flip(before(flip(flat, {.axis = last})), {.axis = last});
  const array in_place = permute_dims(reshape(others, axes(back_shape)), inverse(order));
  p.to[0] = spread_given(p) * in_place;
}

void softmax(pulled_node& p) {
  const array &y = p.out[0], g = p.full(0);
  p.to[0] = y * (g - tendril::sum(g * y, {.axis = p.n.attrs.get_int("axis"), .keepdims = true}));
}
void log_softmax(pulled_node& p) {
  const array g = p.full(0);
  p.to[0] = g - exp(p.out[0]) * tendril::sum(g, {.axis = p.n.attrs.get_int("axis"), .keepdims = true});
}

std::int64_t one_axis(const pulled_node& p) {
  return p.n.attrs.has("axis") ? normalize_axis(p.n.op->name, p.n.attrs.get_int("axis"), static_cast<int>(p.in[0].shape().size())) : 0;
}

array reversed_sums(const array& g, std::int64_t axis) {
  return flip(tendril::cumulative_sum(flip(g, {.axis = axis}), {.axis = axis}), {.axis = axis});
}
array without_initial(const pulled_node& p, const array& v, std::int64_t axis) {
  return p.n.attrs.get_bool("include_initial") ? part(v, axis, slice(1, {})) : v;
}
void cumulative_sum(pulled_node& p) {
  const std::int64_t axis = one_axis(p);
  p.to[0] = reversed_sums(without_initial(p, p.full(0), axis), axis);
}
// Up to the first 0 the sums of g y over x; at that 0 the products go on as if it were 1; behind it all products are 0.
void cumulative_prod(pulled_node& p) {
  const std::int64_t axis = one_axis(p);
  const array& x = p.in[0];
  const array g = without_initial(p, p.full(0), axis), y = without_initial(p, p.out[0], axis);
  const array is_zero = x == 0;
  const array first = is_zero & (tendril::cumulative_sum(astype(is_zero, int64), {.axis = axis}) == 1);
  const array past = tendril::cumulative_prod(where(first, 1, x), {.axis = axis});
  p.to[0] = where(first, reversed_sums(g * past, axis), reversed_sums(g * y, axis) / where(is_zero, 1, x));
}

// ---- places

array zeros_of(const array& like, extents shape) { return zeros(axes(std::move(shape)), {.dtype = like.dtype()}); }

void sort(pulled_node& p) {
  const std::int64_t axis = one_axis(p);
  const array places = argsort(p.in[0], {.axis = axis, .descending = p.n.attrs.get_bool("descending")});
  p.to[0] = scatter(zeros_of(p.out[0], p.in[0].shape()), places, p.full(0), {.axis = axis, .combine = "add"});
}

void take(pulled_node& p) {
  const extents& shape = p.in[0].shape();
  const std::int64_t axis = one_axis(p);
  const auto at = static_cast<std::size_t>(axis);
  array g = p.full(0), places = p.in[1];
  if (places.shape().size() != 1) {
    std::vector<std::int64_t> flat(shape.begin(), shape.end());
    flat[at] = element_count("take", places.shape());
    g = reshape(g, axes(flat));
    places = reshape(places, {-1});
  }
  p.to[0] = scatter(zeros_of(p.out[0], shape), along_axis(places, axis, shape.size()), g, {.axis = axis, .combine = "add"});
}

// The shape of x with the extents beside the axis as broadcasting has them.
extents along(const array& x, const extents& wide, std::int64_t axis) {
  extents s = wide;
  s[static_cast<std::size_t>(axis)] = x.shape()[static_cast<std::size_t>(axis)];
  return s;
}
void take_along_axis(pulled_node& p) {
  const std::int64_t axis = one_axis(p);
  const extents wide = along(p.in[0], p.out[0].shape(), axis);
  const array g = scatter(zeros_of(p.out[0], wide), p.in[1], p.full(0), {.axis = axis, .combine = "add"});
  p.to[0] = reduce_to(g, wide, p.in[0].shape());
}
void scatter(pulled_node& p) {
  const std::int64_t axis = one_axis(p);
  const array &x = p.in[0], &places = p.in[1], &updates = p.in[2];
  const array g = p.full(0);
  const bool added = p.n.attrs.get_string("combine") == "add";
  if (p.active[0]) p.to[0] = added ? g : tendril::scatter(g, places, 0, {.axis = axis});
  if (!p.active[2]) return;
  // One number for each place that is written, the axis as long as the longer of both is.
  const std::size_t at = static_cast<std::size_t>(axis);
  extents wide = x.shape();
  wide[at] = std::max(places.shape().size() > at ? places.shape()[at] : 1, updates.shape().size() > at ? updates.shape()[at] : 1);
  const array where_to = broadcast_to(places, axes(wide));
  array taken = tendril::take_along_axis(g, where_to, {.axis = axis});
  if (!added) {  // of equal places the last counted
    const array number = along_axis(arange(wide[at], {.dtype = int64}), axis, wide.size());
    const array last = tendril::scatter(zeros(axes(x.shape()), {.dtype = int64}), where_to, number, {.axis = axis});
    taken = where(tendril::take_along_axis(last, where_to, {.axis = axis}) == number, taken, 0);
  }
  p.to[2] = reduce_to(taken, wide, updates.shape());
}

// ---- structure

void reshape(pulled_node& p) { p.to[0] = tendril::reshape(p.full(0), axes(p.in[0].shape())); }
void broadcast_to(pulled_node& p) { p.to[0] = reduce_to(p.given[0], p.out[0].shape(), p.in[0].shape()); }
void permute(pulled_node& p) {
  const std::vector<std::int64_t> order =
      normalize_axes("permute_dims", p.n.attrs.get_ints("axes"), static_cast<int>(p.in[0].shape().size()));
  p.to[0] = permute_dims(p.full(0), inverse(order));
}
void matrix_transpose(pulled_node& p) { p.to[0] = tendril::matrix_transpose(p.full(0)); }
void expand(pulled_node& p) {
  const auto added = normalize_axes("expand_dims", p.n.attrs.get_ints("axis"), static_cast<int>(p.out[0].shape().size()));
  p.to[0] = p.given[0].shape().empty() ? p.given[0] : tendril::squeeze(p.full(0), axes(added));
}
void squeeze(pulled_node& p) {
  auto dropped = normalize_axes("squeeze", p.n.attrs.get_ints("axis"), static_cast<int>(p.in[0].shape().size()));
  std::sort(dropped.begin(), dropped.end());
  p.to[0] = p.given[0].shape().empty() ? p.given[0] : expand_dims(p.full(0), {.axis = axes(dropped)});
}
void flip(pulled_node& p) {
  if (p.given[0].shape().empty()) p.to[0] = p.given[0];
  else p.to[0] = tendril::flip(p.full(0), {.axis = axes(axes_of(p))});
}
void roll(pulled_node& p) {
  std::vector<std::int64_t> shift = p.n.attrs.get_ints("shift");
  for (std::int64_t& s : shift) s = -s;
  attributes at = p.n.attrs;
  at.set("shift", shift);
  const array g = p.full(0);
  const operand x = g;  // borrows it
  p.to[0] = apply(*p.n.op, {&x, 1}, at).front();
}

// g in the place of the elements start, start + step, ... of an axis of this extent; zeros elsewhere.
array place(array g, std::int64_t axis, const resolved_slice& s, std::int64_t extent) {
  if (s.step == -1) return place(tendril::flip(g, {.axis = axis}), axis, {s.start - s.count + 1, s.count, 1}, extent);
  extents shape = g.shape();
  const auto at = static_cast<std::size_t>(axis);
  if (s.count > 1 && s.step != 1) {
    shape[at] = extent;
    const array places = along_axis(arange(s.start, s.start + s.count * s.step, s.step, {.dtype = int64}), axis, shape.size());
    return tendril::scatter(zeros_of(g, shape), places, g, {.axis = axis});
  }
  std::vector<array> parts;
  const auto pad = [&](std::int64_t n) {
    shape[at] = n;
    if (n > 0) parts.push_back(zeros_of(g, shape));
  };
  pad(s.start);
  parts.push_back(g);
  pad(extent - s.start - s.count);
  return parts.size() == 1 ? g : tendril::concat(parts, {.axis = axis});
}

void getitem(pulled_node& p) {
  const extents& shape = p.in[0].shape();
  const auto& key = std::get<std::vector<index_item>>(p.n.attrs.find("key")->value);
  const std::vector<index_item> items = expand_ellipsis(key, static_cast<int>(shape.size()));
  array g = p.full(0);
  std::vector<std::int64_t> fresh;
  std::int64_t axis = 0;  // of the result
  for (const index_item& i : items) {
    if (i.what == index_item::form::new_axis) fresh.push_back(axis);
    if (i.what != index_item::form::integer) ++axis;
  }
  if (!fresh.empty()) g = tendril::squeeze(g, axes(fresh));
  // From the last axis to the first, the integers last: what they cut away stays away as long as it can.
  for (const bool integers : {false, true}) {
    std::size_t k = 0;    // of x
    std::int64_t at = 0;  // of g
    for (const index_item& i : items) {
      if (i.what == index_item::form::new_axis) continue;
      const std::int64_t extent = shape[k++];
      if (i.what == index_item::form::integer) {
        if (!integers) continue;
        g = expand_dims(g, {.axis = at});
        g = place(g, at, {i.integer < 0 ? i.integer + extent : i.integer, 1, 1}, extent);
      } else if (!integers) {
        const resolved_slice s = resolve(i.range, extent);
        if (s.count == 0)
          g = zeros_of(g, [&] {
            extents e = g.shape();
            e[static_cast<std::size_t>(at)] = extent;
            return e;
          }());
        else g = place(g, at, s, extent);
      }
      ++at;
    }
  }
  p.to[0] = g;
}

void concat(pulled_node& p) {
  const bool flat = !p.n.attrs.has("axis");
  const array g = p.full(0);
  const std::int64_t axis = flat ? 0 : normalize_axis("concat", p.n.attrs.get_int("axis"), static_cast<int>(g.shape().size()));
  std::int64_t from = 0;
  for (std::size_t i = 0; i < p.in.size(); ++i) {
    const extents& shape = p.in[i].shape();
    const std::int64_t to = from + (flat ? element_count("concat", shape) : shape[static_cast<std::size_t>(axis)]);
    if (p.active[i]) {
      p.to[i] = part(g, axis, slice(from, to));
      if (flat) p.to[i] = tendril::reshape(p.to[i], axes(shape));
    }
    from = to;
  }
}

// ---- products and matrices

array column(const array& v) { return expand_dims(v, {.axis = -1}); }
array row(const array& v) { return expand_dims(v, {.axis = -2}); }
array t(const array& m) { return tendril::matrix_transpose(m); }

void matmul(pulled_node& p) {
  const array &a = p.in[0], &b = p.in[1];
  const extents &sa = a.shape(), &sb = b.shape();
  if (sa.size() == 1 && sb.size() == 1) {
    if (p.active[0]) p.to[0] = p.given[0] * b;
    if (p.active[1]) p.to[1] = p.given[0] * a;
    return;
  }
  const array g = p.full(0);
  if (sb.size() == 1) {
    if (p.active[0]) p.to[0] = column(g) * b;
    if (p.active[1]) {
      if (sa.size() == 2) p.to[1] = tendril::matmul(g, a);
      else p.to[1] = tendril::matmul(tendril::reshape(g, {-1}), tendril::reshape(a, {-1, sa.back()}));
    }
  } else if (sa.size() == 1) {
    if (p.active[1]) p.to[1] = column(a) * row(g);
    if (p.active[0]) {
      if (sb.size() == 2) p.to[0] = tendril::matmul(b, g);
      else
        p.to[0] = tendril::sum(tendril::squeeze(tendril::matmul(b, column(g)), {-1}), {.axis = [&] {
                                 std::vector<std::int64_t> l(sb.size() - 2);
                                 std::iota(l.begin(), l.end(), 0);
                                 return axes(l);
                               }()});
    }
  } else {
    const extents& sg = g.shape();
    const auto wide = [&](const extents& s) {
      extents w(sg.begin(), sg.end() - 2);
      w.insert(w.end(), s.end() - 2, s.end());
      return w;
    };
    if (p.active[0]) p.to[0] = reduce_to(tendril::matmul(g, t(b)), wide(sa), sa);
    if (p.active[1]) {
      if (sb.size() == 2 && sa.size() > 2)  // one product over all batches
        p.to[1] = tendril::matmul(t(tendril::reshape(a, {-1, sa.back()})), tendril::reshape(g, {-1, sg.back()}));
      else p.to[1] = reduce_to(tendril::matmul(t(a), g), wide(sb), sb);
    }
  }
}

array as_matrix(const array& numbers) { return numbers.shape().empty() ? numbers : expand_dims(numbers, {.axis = {-2, -1}}); }

void det(pulled_node& p) { p.to[0] = as_matrix(p.full(0) * p.out[0]) * t(tendril::inv(p.in[0], {.check = false})); }
void slogdet(pulled_node& p) {
  if (!p.given[1].empty()) p.to[0] = as_matrix(p.full(1)) * t(tendril::inv(p.in[0], {.check = false}));
}
void inv(pulled_node& p) {
  const array y = t(p.out[0]);
  p.to[0] = -tendril::matmul(tendril::matmul(y, p.full(0)), y);
}

// What a system solved for the cotangent gives: of x2, and of the matrix.
template <class Solve>
void solved(pulled_node& p, bool transposed, Solve solve, array (*kept)(const array&, const attributes&)) {
  const bool vector = p.in[1].shape().size() == 1;
  const array g = vector ? column(p.full(0)) : p.full(0), y = vector ? column(p.out[0]) : p.out[0];
  const array back = solve(g);
  if (p.active[0]) {
    const array matrix = kept(transposed ? -tendril::matmul(y, t(back)) : -tendril::matmul(back, t(y)), p.n.attrs);
    p.to[0] = reduce_to(matrix, matrix.shape(), p.in[0].shape());
  }
  if (p.active[1]) {
    const array b = vector ? tendril::squeeze(back, {-1}) : back;
    p.to[1] = reduce_to(b, b.shape(), p.in[1].shape());
  }
}
void solve(pulled_node& p) {
  const bool check = p.n.attrs.get_bool("check");
  solved(
      p, false, [&](const array& g) { return tendril::solve(t(p.in[0]), g, {.check = check}); },
      [](const array& m, const attributes&) { return m; });
}
void triangular_solve(pulled_node& p) {
  const attributes& at = p.n.attrs;
  solved(
      p, at.get_bool("transposed"),
      [&](const array& g) {
        return tendril::triangular_solve(p.in[0], g,
                                         {.upper = at.get_bool("upper"),
                                          .unit_diagonal = at.get_bool("unit_diagonal"),
                                          .transposed = !at.get_bool("transposed"),
                                          .check = at.get_bool("check")});
      },
      [](const array& m, const attributes& o) {
        const std::int64_t k = o.get_bool("unit_diagonal") ? 1 : 0;
        return o.get_bool("upper") ? triu(m, {.k = k}) : tril(m, {.k = -k});
      });
}

array symmetric(const array& m) { return 0.5 * (m + t(m)); }
array identity_like(const array& m) { return eye(m.shape().back(), {.dtype = m.dtype()}); }

void cholesky(pulled_node& p) {
  const bool upper = p.n.attrs.get_bool("upper");
  const array l = upper ? t(p.out[0]) : p.out[0], g = upper ? t(p.full(0)) : p.full(0);
  const array all = tendril::matmul(t(l), g);
  const array half = tril(all) * (1 - 0.5 * identity_like(all));
  const auto back = [&](const array& m) { return tendril::triangular_solve(l, m, {.transposed = true, .check = false}); };
  p.to[0] = symmetric(back(t(back(half))));
}

void eigenvectors(pulled_node& p) {
  const array &w = p.out[0], &v = p.out[1];
  array inner;
  if (!p.given[1].empty()) {
    const array one = identity_like(v);
    inner = (1 / (one + (row(w) - column(w))) - one) * tendril::matmul(t(v), p.full(1));
  }
  if (!p.given[0].empty()) {
    const array d = column(p.full(0)) * identity_like(v);
    inner = inner.empty() ? d : inner + d;
  }
  p.to[0] = symmetric(tendril::matmul(tendril::matmul(v, inner), t(v)));
}
void eigenvalues(pulled_node& p) {
  const array v = eigh(p.in[0], {.upper = p.n.attrs.get_bool("upper")}).second;
  p.to[0] = tendril::matmul(v * row(p.full(0)), t(v));
}
void singular_values(pulled_node& p) {
  const auto [u, s, vh] = svd(p.in[0], {.full_matrices = false, .check = p.n.attrs.get_bool("check")});
  p.to[0] = tendril::matmul(u * row(p.full(0)), vh);
}

}  // namespace

array pulled_node::full(std::size_t k) const {
  const array& y = out[k];
  if (given[k].empty()) return zeros(axes(y.shape()), {.dtype = y.dtype()});
  const array g = strong(given[k], y);
  return g.shape() == y.shape() ? g : tendril::broadcast_to(g, axes(y.shape()));
}

array reduce_to(array g, const extents& wide, const extents& narrow) {
  const std::size_t rank = wide.size();
  std::vector<std::int64_t> gone, kept;  // axes of g, by what the operand has there: nothing, or extent 1
  double times = 1;
  const std::size_t missing = rank - g.shape().size();
  for (std::size_t i = 0; i < rank; ++i) {
    const bool there = i >= rank - narrow.size();
    const std::int64_t to = there ? narrow[i - (rank - narrow.size())] : 1;
    const bool has = i >= missing;
    const std::int64_t extent = has ? g.shape()[i - missing] : 1;
    const auto axis = static_cast<std::int64_t>(i - missing);
    if (to == 1 && wide[i] != 1 && extent != wide[i]) times *= static_cast<double>(wide[i]);
    if (!has) continue;
    if (!there) gone.push_back(axis);
    else if (to == 1 && extent != 1) kept.push_back(axis);
  }
  if (times != 1) g = g * times;
  if (!kept.empty()) g = tendril::sum(g, {.axis = axes(kept), .keepdims = true});
  if (!gone.empty()) g = tendril::sum(g, {.axis = axes(gone)});
  return g;
}

bool is_flat(op_id id) noexcept {
  switch (id) {
#define FLAT(op) case op_id::op:
#include "transforms/derivatives.def"
    return true;
    default: return false;
  }
}

derivative_rule rule_of(op_id id) noexcept {
  switch (id) {
    case op_id::clip: return clip;
    case op_id::astype: return convert;
    case op_id::sum: return sum;
    case op_id::mean: return mean;
    case op_id::var: return var;
    case op_id::std: return standard_deviation;
    case op_id::moments: return moments;
    case op_id::max:
    case op_id::min: return extreme;
    case op_id::prod: return prod;
    case op_id::softmax: return softmax;
    case op_id::log_softmax: return log_softmax;
    case op_id::cumulative_sum: return cumulative_sum;
    case op_id::cumulative_prod: return cumulative_prod;
    case op_id::sort: return sort;
    case op_id::take: return take;
    case op_id::take_along_axis: return take_along_axis;
    case op_id::scatter: return scatter;
    case op_id::reshape: return reshape;
    case op_id::broadcast_to: return broadcast_to;
    case op_id::permute_dims: return permute;
    case op_id::matrix_transpose: return matrix_transpose;
    case op_id::expand_dims: return expand;
    case op_id::squeeze: return squeeze;
    case op_id::flip: return flip;
    case op_id::roll: return roll;
    case op_id::getitem: return getitem;
    case op_id::concat: return concat;
    case op_id::matmul: return matmul;
    case op_id::det: return det;
    case op_id::slogdet: return slogdet;
    case op_id::inv: return inv;
    case op_id::solve: return solve;
    case op_id::triangular_solve: return triangular_solve;
    case op_id::cholesky: return cholesky;
    case op_id::eigh: return eigenvectors;
    case op_id::eigvalsh: return eigenvalues;
    case op_id::svdvals: return singular_values;
    default: break;
  }
  const auto at = static_cast<std::size_t>(id);
  return id != op_id::custom && at < max_ops && elementwise_rows()[at].any() ? elementwise : nullptr;
}

}  // namespace tendril::detail
