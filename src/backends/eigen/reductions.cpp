// Whole-array reductions: along memory in blocks of 1024 combined in a tree, or across rows that are accumulated whole.
//
// Which way depends on the axis that memory runs along. Reduced: elements are taken in memory order, 1024 at a time, each block by
// the block kernel, then 1024 partial results at a time likewise. Kept: whole rows are added up by the elementwise block kernel,
// 16 at a time in a tree, so that memory is read in order and no sum over a long axis is serial.
#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>

#include "backends/eigen/strided.hpp"
#include "backends/eigen/whole.hpp"

namespace tendril::detail {
namespace {

using engine::block_args;
using engine::block_size;
using engine::reduction;

constexpr std::int64_t fan_in = 16;        // rows added one after the other
constexpr std::int64_t shortest_row = 16;  // shorter rows are gathered along the reduced axes

struct alignas(64) chunk {
  char bytes[block_size * 8];
};

// The axes of a reduction, apart: `kept` has the result as operand 0 and the input as 1, `gone` the input as operand 0.
struct plan {
  loop_nest kept, gone;
  std::int64_t count = 1;  // elements reduced to one

  plan(const array_view& out, const array_view& in, const std::vector<std::int64_t>& axes) {
    const bool keepdims = out.rank == in.rank;
    std::int64_t out_strides[max_rank], in_strides[max_rank], gone_strides[max_rank];
    int to = 0;
    for (int i = 0; i < in.rank; ++i) {
      if (std::find(axes.begin(), axes.end(), i) != axes.end()) {
        gone_strides[gone.rank] = in.strides[i];
        gone.shape[gone.rank++] = in.shape[i];
        count *= in.shape[i];
        to += keepdims;
      } else {
        out_strides[kept.rank] = out.strides[to++];
        in_strides[kept.rank] = in.strides[i];
        kept.shape[kept.rank++] = in.shape[i];
      }
    }
    kept.add_operand(out_strides);
    kept.add_operand(in_strides);
    gone.add_operand(gone_strides);
  }
};

template <class T>
T* at(const array_view& v, std::int64_t offset) {
  return static_cast<T*>(v.data) + offset;
}
char* bytes_at(const array_view& v, std::int64_t offset) {
  return static_cast<char*>(v.data) + offset * static_cast<std::int64_t>(size_of(v.dtype));
}

// ---- along memory
struct block_reducer {
  engine::reduce_kernel kernel;
  engine::block_kernel to_bool;  // any, all of numbers: elements become bool first
  std::size_t out_bytes;
};

// The partial results of equal spans, 1024 at a time: a tree that depends on n alone.
void reduce_run(const block_reducer& r, cursor& c, std::int64_t n, void* out) {
  chunk buffer;
  if (n <= block_size) {
    const void* p = c.take(n, buffer.bytes);
    chunk truths;
    if (r.to_bool) {
      r.to_bool({truths.bytes, {p}, n, 0});
      p = truths.bytes;
    }
    r.kernel(out, p, n);
    return;
  }
  std::int64_t span = block_size;
  while (span * block_size < n) span *= block_size;
  std::int64_t parts = 0;
  for (std::int64_t done = 0; done < n; done += span)
    reduce_run(r, c, std::min(span, n - done), buffer.bytes + static_cast<std::size_t>(parts++) * r.out_bytes);
  r.kernel(out, buffer.bytes, parts);
}

// ---- across rows
// Folds the rows of `gone`, `columns` elements each, with `combine`; `leaf(row offset, buffer)` says where a row's elements are.
template <class Leaf>
void reduce_rows(engine::block_kernel combine, odometer& rows, std::int64_t n, std::int64_t columns, std::size_t row_bytes, void* out,
                 const Leaf& leaf) {
  chunk part;
  std::int64_t span = 1;
  while (span * fan_in < n) span *= fan_in;
  for (std::int64_t done = 0; done < n; done += span) {
    const void* p = part.bytes;
    if (n <= fan_in) {
      p = leaf(rows.offsets()[0], part.bytes);
      rows.next();
    } else {
      reduce_rows(combine, rows, std::min(span, n - done), columns, row_bytes, part.bytes, leaf);
    }
    if (done == 0) std::memcpy(out, p, row_bytes);
    else combine({out, {out, p}, columns, 0});
  }
}

bool along_rows(const plan& p) {
  if (p.kept.rank == 0 || p.count < 2) return false;
  const int last = p.kept.rank - 1;
  if (p.kept.strides[1][last] != 1 || p.kept.shape[last] < shortest_row) return false;
  return std::none_of(p.gone.strides[0], p.gone.strides[0] + p.gone.rank, [](std::int64_t s) { return s == 1 || s == -1; });
}

// Calls `f(result offset, input offset, columns)` for runs of kept columns, at most 1024 at a time.
template <class F>
void each_column_run(const plan& p, const F& f) {
  const int last = p.kept.rank - 1;
  odometer o(p.kept, last);
  do {
    for (std::int64_t c = 0; c < p.kept.shape[last]; c += block_size)
      f(o.offsets()[0] + c * p.kept.strides[0][last], o.offsets()[1] + c, std::min(block_size, p.kept.shape[last] - c));
  } while (o.next());
}

void store_run(const array_view& out, std::int64_t offset, std::int64_t stride, const void* from, std::int64_t n) {
  with_element_size(size_of(out.dtype), [&]<class E>(E) {
    E* to = at<E>(out, offset);
    const E* p = static_cast<const E*>(from);
    for (std::int64_t i = 0; i < n; ++i) to[i * stride] = p[i];
  });
}

template <class T>
T identity(reduction r) {
  return r == reduction::prod || r == reduction::all ? T(1) : T(0);
}
void fill_identity(const array_view& out, reduction r) {
  loop_nest n;
  n.rank = out.rank;
  std::copy_n(out.shape, out.rank, n.shape);
  n.add_operand(out.strides);
  odometer walk(n, n.rank);
  do {
    const std::int64_t i = walk.offsets()[0];
    switch (out.dtype) {
      case dtype::bool_: *at<bool>(out, i) = identity<bool>(r); break;
      case dtype::int32: *at<std::int32_t>(out, i) = identity<std::int32_t>(r); break;
      case dtype::int64: *at<std::int64_t>(out, i) = identity<std::int64_t>(r); break;
      case dtype::float32: *at<float>(out, i) = identity<float>(r); break;
      default: *at<double>(out, i) = identity<double>(r); break;
    }
  } while (walk.next());
}

op_id combiner(reduction r) {
  switch (r) {
    case reduction::sum: return op_id::add;
    case reduction::prod: return op_id::multiply;
    case reduction::max: return op_id::maximum;
    case reduction::min: return op_id::minimum;
    case reduction::any: return op_id::logical_or;
    default: return op_id::logical_and;
  }
}

template <reduction R>
void reduce(const array_view* out, const array_view* in, int, const attributes& attrs) {
  constexpr bool logical = R == reduction::any || R == reduction::all;
  const auto& blocks = eigen_blocks();
  const dtype d = logical ? dtype::bool_ : in->dtype;
  const std::size_t element = size_of(in->dtype);
  plan p(*out, *in, attrs.get_axes("reduce", in->rank));
  if (out->size() == 0) return;
  if (p.count == 0) return fill_identity(*out, R);
  p.kept.merge();
  p.gone.sort_by(0);
  p.gone.merge();
  const block_reducer r{
      blocks.reduce[static_cast<int>(R)][static_cast<int>(d)],
      logical && in->dtype != dtype::bool_ ? blocks.convert[static_cast<int>(in->dtype)][static_cast<int>(dtype::bool_)] : nullptr,
      size_of(d)};
  if (along_rows(p)) {
    const auto combine = blocks.elementwise[static_cast<int>(combiner(R))][static_cast<int>(d)];
    chunk sum;
    each_column_run(p, [&](std::int64_t to, std::int64_t from, std::int64_t columns) {
      odometer rows(p.gone, p.gone.rank);
      reduce_rows(combine, rows, p.count, columns, static_cast<std::size_t>(columns) * r.out_bytes, sum.bytes,
                  [&](std::int64_t row, char* part) {
                    const void* x = bytes_at(*in, from + row);
                    if (!r.to_bool) return x;
                    r.to_bool({part, {x}, columns, 0});
                    return static_cast<const void*>(part);
                  });
      store_run(*out, to, p.kept.strides[0][p.kept.rank - 1], sum.bytes, columns);
    });
    return;
  }
  cursor c(in->data, element, p.gone, 0);
  odometer o(p.kept, p.kept.rank);
  do {
    c.rewind(bytes_at(*in, o.offsets()[1]));
    reduce_run(r, c, p.count, bytes_at(*out, o.offsets()[0]));
  } while (o.next());
}

// ---- moments
// Chan, Golub and LeVeque (1979), in double whatever the elements are.
struct moment {
  double n, mean, m2;
  friend moment operator+(const moment& a, const moment& b) {
    const double n = a.n + b.n, delta = b.mean - a.mean;
    double mean = a.mean + delta * (b.n / n);
    if (!std::isfinite(mean))
      mean = a.mean * (a.n / n) + b.mean * (b.n / n);  // differences of infinite means are NaN, their mean need not be
    return {n, mean, a.m2 + b.m2 + delta * delta * (a.n * b.n / n)};
  }
};

template <class T>
moment moments_run(engine::moments_kernel k, cursor& c, std::int64_t n) {
  if (n <= block_size) {
    chunk buffer;
    T mean, m2;
    k(&mean, &m2, c.take(n, buffer.bytes), n);
    return {static_cast<double>(n), static_cast<double>(mean), static_cast<double>(m2)};
  }
  std::int64_t half = block_size;
  while (half * 2 < n) half *= 2;
  const moment a = moments_run<T>(k, c, half);
  return a + moments_run<T>(k, c, n - half);
}

template <class T>
void moments_of(const array_view& mean, const array_view& m2, const array_view& in, plan& p, const plan& for_m2) {
  const auto& blocks = eigen_blocks();
  constexpr int d = static_cast<int>(dtype_of<T>);
  const auto set = [&](std::int64_t k, const T* means, const T* m2s, std::int64_t to, std::int64_t to2, std::int64_t s, std::int64_t s2) {
    for (std::int64_t i = 0; i < k; ++i) {
      at<T>(mean, to)[i * s] = means[i];
      at<T>(m2, to2)[i * s2] = m2s[i];
    }
  };
  p.kept.add_operand(for_m2.kept.strides[0]);
  p.gone.sort_by(0);
  p.gone.merge();
  p.kept.merge();
  if (along_rows(p)) {
    const auto add = blocks.elementwise[static_cast<int>(op_id::add)][d],
               multiply = blocks.elementwise[static_cast<int>(op_id::multiply)][d],
               subtract = blocks.elementwise[static_cast<int>(op_id::subtract)][d],
               divide = blocks.elementwise[static_cast<int>(op_id::divide)][d];
    const int last = p.kept.rank - 1;
    chunk means, m2s;
    odometer o(p.kept, last);
    const T count = static_cast<T>(p.count);
    do {
      for (std::int64_t c = 0; c < p.kept.shape[last]; c += block_size) {
        const std::int64_t columns = std::min(block_size, p.kept.shape[last] - c), from = o.offsets()[1] + c;
        const std::size_t row_bytes = static_cast<std::size_t>(columns) * sizeof(T);
        odometer rows(p.gone, p.gone.rank);
        reduce_rows(add, rows, p.count, columns, row_bytes, means.bytes,
                    [&](std::int64_t row, char*) { return static_cast<const void*>(at<T>(in, from + row)); });
        divide({means.bytes, {means.bytes, &count}, columns, 2});
        odometer again(p.gone, p.gone.rank);
        reduce_rows(add, again, p.count, columns, row_bytes, m2s.bytes, [&](std::int64_t row, char* part) {
          subtract({part, {at<T>(in, from + row), means.bytes}, columns, 0});
          multiply({part, {part, part}, columns, 0});
          return static_cast<const void*>(part);
        });
        set(columns, reinterpret_cast<T*>(means.bytes), reinterpret_cast<T*>(m2s.bytes), o.offsets()[0] + c * p.kept.strides[0][last],
            o.offsets()[2] + c * p.kept.strides[2][last], p.kept.strides[0][last], p.kept.strides[2][last]);
      }
    } while (o.next());
    return;
  }
  cursor c(in.data, sizeof(T), p.gone, 0);
  odometer o(p.kept, p.kept.rank);
  do {
    T a = std::numeric_limits<T>::quiet_NaN(), b = 0;
    if (p.count > 0) {
      c.rewind(at<T>(in, o.offsets()[1]));
      const moment m = moments_run<T>(blocks.moments[d], c, p.count);
      a = static_cast<T>(m.mean);
      b = static_cast<T>(m.m2);
    }
    set(1, &a, &b, o.offsets()[0], o.offsets()[2], 0, 0);
  } while (o.next());
}

void moments(const array_view* out, const array_view* in, int, const attributes& attrs) {
  const auto axes = attrs.get_axes("moments", in->rank);
  plan p(out[0], *in, axes);
  const plan second(out[1], *in, axes);
  if (out->size() == 0) return;
  if (in->dtype == dtype::float32) moments_of<float>(out[0], out[1], *in, p, second);
  else moments_of<double>(out[0], out[1], *in, p, second);
}

// ---- argmax, argmin: the best of each block by the block kernel, its place only where it is better than all before
template <class T, bool Max>
std::int64_t best_index(engine::reduce_kernel k, cursor& c, std::int64_t n) {
  chunk buffer;
  T best{};
  std::int64_t where = -1;
  for (std::int64_t done = 0; done < n; done += block_size) {
    const std::int64_t m = std::min(block_size, n - done);
    const T* p = static_cast<const T*>(c.take(m, buffer.bytes));
    T b;
    k(&b, p, m);
    const bool nan = b != b;
    if (where >= 0 && !nan && !(Max ? b > best : b < best)) continue;
    std::int64_t i = 0;
    while (nan ? p[i] == p[i] : p[i] != b) ++i;
    where = done + i;
    best = b;
    if (nan) break;
  }
  return where;
}

template <class T, bool Max>
void arg_of(const array_view& out, const array_view& in, plan& p) {
  const auto k = eigen_blocks().reduce[static_cast<int>(Max ? reduction::max : reduction::min)][static_cast<int>(dtype_of<T>)];
  p.gone.merge();  // not sorted: the index counts in the order of the axes
  cursor c(in.data, sizeof(T), p.gone, 0);
  odometer o(p.kept, p.kept.rank);
  do {
    c.rewind(at<T>(in, o.offsets()[1]));
    *at<std::int64_t>(out, o.offsets()[0]) = best_index<T, Max>(k, c, p.count);
  } while (o.next());
}

template <bool Max>
void arg(const array_view* out, const array_view* in, int, const attributes& attrs) {
  std::vector<std::int64_t> axes;
  if (attrs.has("axis")) axes = {normalize_axis(Max ? "argmax" : "argmin", attrs.get_int("axis"), in->rank)};
  else
    for (int i = 0; i < in->rank; ++i) axes.push_back(i);
  plan p(*out, *in, axes);
  if (out->size() == 0) return;
  switch (in->dtype) {
    case dtype::int32: return arg_of<std::int32_t, Max>(*out, *in, p);
    case dtype::int64: return arg_of<std::int64_t, Max>(*out, *in, p);
    case dtype::float32: return arg_of<float, Max>(*out, *in, p);
    default: return arg_of<double, Max>(*out, *in, p);
  }
}

}  // namespace

void add_reduction_kernels(engine::whole_table& t) {
  const auto set = [&](op_id op, std::initializer_list<dtype> dtypes, engine::whole_kernel k) {
    for (const dtype d : dtypes) t.kernel[static_cast<int>(op)][static_cast<int>(d)] = k;
  };
  const auto numbers = {dtype::int32, dtype::int64, dtype::float32, dtype::float64};
  const auto all = {dtype::bool_, dtype::int32, dtype::int64, dtype::float32, dtype::float64};
  set(op_id::sum, numbers, &reduce<reduction::sum>);
  set(op_id::prod, numbers, &reduce<reduction::prod>);
  set(op_id::max, numbers, &reduce<reduction::max>);
  set(op_id::min, numbers, &reduce<reduction::min>);
  set(op_id::any, all, &reduce<reduction::any>);
  set(op_id::all, all, &reduce<reduction::all>);
  set(op_id::moments, {dtype::float32, dtype::float64}, &moments);
  set(op_id::argmax, numbers, &arg<true>);
  set(op_id::argmin, numbers, &arg<false>);
}

}  // namespace tendril::detail
