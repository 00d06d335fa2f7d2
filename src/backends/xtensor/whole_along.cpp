// Ops along one axis, on whole arrays: running totals, sorting, searching and indices. xtensor's own sort knows no NaN, its cumsum adds
// one element after the other, and its views take no arrays of indices with a check; so rows are taken out of the views and put back.
#include <algorithm>
#include <cmath>
#include <numeric>

#include <tendril/detail/op_id.hpp>

#include "array/format.hpp"
#include "backends/xtensor/whole.hpp"

namespace tendril::detail::TENDRIL_XTENSOR_NAMESPACE {
namespace {

/// The views without their axis `axis`, and the steps that they took along it.
struct rows {
  array_view views[3];
  std::int64_t step[3];
  int count = 0;

  rows(std::initializer_list<array_view> all, int axis) {
    for (const array_view& v : all) {
      step[count] = v.strides[axis];
      array_view& w = views[count++] = v;
      std::copy(v.shape + axis + 1, v.shape + v.rank, w.shape + axis);
      std::copy(v.strides + axis + 1, v.strides + v.rank, w.strides + axis);
      --w.rank;
    }
  }
  template <class T>
  T* at(int i) const {
    return static_cast<T*>(views[i].data);
  }
  /// Calls f() at every row.
  template <class F>
  void each(const F& f) {
    odometer o(views, count, 0);
    do f();
    while (o.next());
  }
};

int axis_of(const char* op, const attributes& attrs, int rank) {
  return attrs.has("axis") ? static_cast<int>(normalize_axis(op, attrs.get_int("axis"), rank)) : 0;
}

/// NaN comes last.
template <class T>
bool before(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) return a < b || (std::isnan(b) && !std::isnan(a));
  else return a < b;
}

// ---- running totals

/// A sum in two numbers: what rounding loses of the first is kept in the second, which stays below a rounding of the first, so that its own
/// roundings do not add up to anything.
template <class T>
struct running_sum {
  T high = -T(0), low = -T(0);
  T operator()(T x) {
    if constexpr (std::is_floating_point_v<T>) {
      const T next = high + x, rounded = next - high, lost = (high - (next - rounded)) + (x - rounded);
      high = next;
      if (std::isfinite(next) && lost != 0) low += lost;
      if (!(low != 0)) return high;
      const T sum = high + low;
      if (!std::isfinite(sum)) return sum;
      low -= sum - high;
      return high = sum;
    } else {
      using U = std::make_unsigned_t<T>;
      return high = static_cast<T>(static_cast<U>(high) + static_cast<U>(x));
    }
  }
  static constexpr T initial = 0;
};
template <class T>
struct running_product {
  T value = 1;
  T operator()(T x) {
    using U = typename std::conditional_t<std::is_integral_v<T>, std::make_unsigned<T>, std::type_identity<T>>::type;
    return value = static_cast<T>(static_cast<U>(value) * static_cast<U>(x));
  }
  static constexpr T initial = 1;
};

template <template <class> class Total, class T>
void cumulative(const array_view* out, const array_view* in, int, const attributes& attrs) {
  if (out->size() == 0) return;
  const int axis = axis_of("cumulative", attrs, in->rank);
  const std::int64_t n = in->shape[axis], first = attrs.get_bool("include_initial") ? 1 : 0;
  rows r({*out, *in}, axis);
  r.each([&] {
    T* to = r.at<T>(0);
    if (first) *to = Total<T>::initial;
    Total<T> total;
    for (std::int64_t i = 0; i < n; ++i) to[(i + first) * r.step[0]] = total(r.at<const T>(1)[i * r.step[1]]);
  });
}

// ---- sorting and searching

/// Equal elements stay in order. As std::stable_sort, which allocates; `spare` has room for as many.
template <class T, class Less>
void sort_stably(T* row, T* spare, std::size_t n, Less less) {
  constexpr std::size_t run = 8;
  for (std::size_t at = 0; at < n; at += run)
    for (std::size_t i = at + 1; i < std::min(at + run, n); ++i)
      for (std::size_t k = i; k > at && less(row[k], row[k - 1]); --k) std::swap(row[k], row[k - 1]);
  T *from = row, *to = spare;
  for (std::size_t size = run; size < n; size *= 2, std::swap(from, to))
    for (std::size_t at = 0; at < n; at += 2 * size) {
      const std::size_t middle = std::min(at + size, n), end = std::min(at + 2 * size, n);
      std::merge(from + at, from + middle, from + middle, from + end, to + at, less);
    }
  if (from != row) std::copy(from, from + n, row);
}

template <class T>
void sort(const array_view* out, const array_view* in, int, const attributes& attrs) {
  if (out->size() == 0) return;
  const int axis = axis_of("sort", attrs, in->rank);
  const auto n = static_cast<std::size_t>(in->shape[axis]);
  const bool descending = attrs.get_bool("descending");
  buffer<T> row(n), spare(n);
  rows r({*out, *in}, axis);
  r.each([&] {
    for (std::size_t i = 0; i < n; ++i) row[i] = r.at<const T>(1)[static_cast<std::int64_t>(i) * r.step[1]];
    sort_stably(row.data(), spare.data(), n, [descending](T a, T b) { return descending ? before(b, a) : before(a, b); });
    for (std::size_t i = 0; i < n; ++i) r.at<T>(0)[static_cast<std::int64_t>(i) * r.step[0]] = row[i];
  });
}

template <class T>
void argsort(const array_view* out, const array_view* in, int, const attributes& attrs) {
  if (out->size() == 0) return;
  const int axis = axis_of("argsort", attrs, in->rank);
  const std::int64_t n = in->shape[axis];
  const bool descending = attrs.get_bool("descending");
  buffer<std::int64_t> order(static_cast<std::size_t>(n)), spare(static_cast<std::size_t>(n));
  rows r({*out, *in}, axis);
  r.each([&] {
    const auto value = [&](std::int64_t i) { return r.at<const T>(1)[i * r.step[1]]; };
    std::iota(order.data(), order.data() + n, std::int64_t{0});
    sort_stably(order.data(), spare.data(), static_cast<std::size_t>(n),
                [&](std::int64_t a, std::int64_t b) { return descending ? before(value(b), value(a)) : before(value(a), value(b)); });
    for (std::int64_t i = 0; i < n; ++i) r.at<std::int64_t>(0)[i * r.step[0]] = order[static_cast<std::size_t>(i)];
  });
}

template <class T>
void searchsorted(const array_view* out, const array_view* in, int, const attributes& attrs) {
  if (out->size() == 0) return;
  const bool right = attrs.get_string("side") == "right";
  const std::int64_t n = in[0].shape[0], step = in[0].strides[0];
  const T* sorted = static_cast<const T*>(in[0].data);
  array_view views[2] = {*out, in[1]};
  odometer o(views, 2, 0);
  do {
    const T want = *static_cast<const T*>(views[1].data);
    std::int64_t low = 0, high = n;
    while (low < high) {
      const std::int64_t middle = low + (high - low) / 2;
      const T x = sorted[middle * step];
      if (right ? !before(want, x) : before(x, want)) low = middle + 1;
      else high = middle;
    }
    *static_cast<std::int64_t*>(views[0].data) = low;
  } while (o.next());
}

// ---- indices

std::int64_t index_at(const char* op, const array_view& v, int axis, std::int64_t extent) {
  const auto i = with_dtype<dtype_kind::integer, dtype_kind::integer>(
      v.dtype, [&]<class T>(T) -> std::int64_t { return *static_cast<const T*>(v.data); });
  if (i < -extent || i >= extent)
    throw index_error(format_text("[{}] index out of range: got {} on axis {}, expected {} <= index < {}. Check the extent with shape().",
                                  op, i, axis, -extent, extent));
  return i < 0 ? i + extent : i;
}

template <class T>
void take(const array_view* out, const array_view* in, int, const attributes& attrs) {
  if (out->size() == 0) return;
  const array_view &x = in[0], &indices = in[1];
  const int axis = axis_of("take", attrs, x.rank);
  array_view index = indices;
  // The result at one index: its other axes are those of x.
  const rows from({x}, axis);
  array_view to = from.views[0], place = *out;
  std::copy(out->strides, out->strides + axis, to.strides);
  std::copy(out->strides + axis + index.rank, out->strides + out->rank, to.strides + axis);
  place.rank = index.rank;
  std::copy(out->shape + axis, out->shape + axis + index.rank, place.shape);
  std::copy(out->strides + axis, out->strides + axis + index.rank, place.strides);
  array_view walk[2] = {place, index};
  odometer o(walk, 2, 0);
  do {
    array_view slice = from.views[0];
    slice.data = engine::element_at(x, index_at("take", walk[1], axis, x.shape[axis]) * from.step[0]);
    to.data = walk[0].data;
    copy_elements<T>(to, slice);
  } while (o.next());
}

template <class T>
void take_along_axis(const array_view* out, const array_view* in, int, const attributes& attrs) {
  if (out->size() == 0) return;
  const int axis = axis_of("take_along_axis", attrs, out->rank);
  const std::int64_t extent = in[0].shape[axis], step = in[0].strides[axis];
  array_view v[3] = {*out, in[0], in[1]};
  for (int i = 0; i < out->rank; ++i) {
    if (i == axis || in[0].shape[i] == 1) v[1].strides[i] = 0;
    if (in[1].shape[i] == 1) v[2].strides[i] = 0;
  }
  odometer o(v, 3, 0);
  do
    *static_cast<T*>(v[0].data) =
        *reinterpret_cast<const T*>(engine::element_at(v[1], index_at("take_along_axis", v[2], axis, extent) * step));
  while (o.next());
}

template <class T>
void add(engine::whole_table& table) {
  constexpr dtype d = dtype_of<T>;
  entry(table, op_id::sort, d) = sort<T>;
  entry(table, op_id::argsort, d) = argsort<T>;
  entry(table, op_id::take, d) = take<T>;
  entry(table, op_id::take_along_axis, d) = take_along_axis<T>;
  if constexpr (!std::is_same_v<T, bool>) {
    entry(table, op_id::searchsorted, d) = searchsorted<T>;
    entry(table, op_id::cumulative_sum, d) = cumulative<running_sum, T>;
    entry(table, op_id::cumulative_prod, d) = cumulative<running_product, T>;
  }
}

}  // namespace

void add_axis_ops(engine::whole_table& table) {
  for_each_dtype([&table]<class T>(T) { add<T>(table); });
}

}  // namespace tendril::detail::TENDRIL_XTENSOR_NAMESPACE
