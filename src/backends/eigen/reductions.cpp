// Whole-array reductions: along memory in blocks of 1024 combined in a tree, or across rows that are accumulated whole.
//
// Which way depends on the axis that memory runs along. Reduced: elements are taken in memory order, 1024 at a time, each block by
// the block kernel, then 1024 partial results at a time likewise. Kept: whole rows are added up by the elementwise block kernel, in the
// tree of stages/columns.hpp, so that memory is read in order, no sum over a long axis is serial, and fused groups have the same bits.
#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>

#include <tendril/detail/op_id.hpp>

#include "array/arena.hpp"
#include "array/convert.hpp"
#include "backends/eigen/whole.hpp"
#include "backends/shared/strided.hpp"
#include "kernels/moments.hpp"
#include "kernels/reductions.hpp"
#include "ops/axes.hpp"
#include "stages/columns.hpp"

namespace tendril::detail {
namespace {

using engine::block_args;
using engine::block_size;
using engine::moment;
using engine::reduction;

// The axes of a reduction, apart: `kept` has the result as operand 0 and the input as 1, `gone` the input as operand 0.
struct plan {
  loop_nest kept, gone;
  std::int64_t count = 1;  // elements reduced to one

  plan(const array_view& out, const array_view& in, const axis_list& axes) {
    const bool keepdims = out.rank == in.rank;
    std::int64_t out_strides[max_rank], in_strides[max_rank], gone_strides[max_rank];
    int to = 0;
    for (int i = 0; i < in.rank; ++i) {
      if (axes.contains(i)) {
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
  block_buffer buffer;
  if (n <= block_size) {
    const void* p = c.take(n, buffer.bytes);
    block_buffer truths;
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
bool along_rows(const plan& p) {
  if (p.kept.rank == 0 || p.count < 2) return false;
  const int last = p.kept.rank - 1;
  if (p.kept.strides[1][last] != 1 || p.kept.shape[last] < 2) return false;
  return std::none_of(p.gone.strides[0], p.gone.strides[0] + p.gone.rank, [](std::int64_t s) { return s == 1 || s == -1; });
}

// The rows of a run of columns, a group at a time.
class row_groups {
 public:
  row_groups(const plan& p, const char* base, std::int64_t columns, std::int64_t lanes, std::size_t element)
      : lanes(lanes),
        columns(columns),
        count((p.count + lanes - 1) / lanes),
        base_(base),
        rows_(p.gone, p.gone.rank),
        left_(p.count),
        element_(element),
        dense_(lanes == 1 || (p.gone.rank == 1 && p.gone.strides[0][0] == columns)) {}

  const std::int64_t lanes, columns, count;

  struct group {
    const void* elements;
    std::int64_t n;
  };
  /// In place where its rows follow each other, else copied to `buffer`.
  group next(char* buffer) {
    const std::int64_t rows = std::min(lanes, left_);
    left_ -= rows;
    const char* first = row();
    for (std::int64_t r = 0; r < rows; ++r) {
      if (!dense_) std::memcpy(buffer + bytes(r), row(), bytes(1));
      rows_.next();
    }
    return {dense_ ? first : buffer, rows * columns};
  }

 private:
  const char* row() const { return base_ + rows_.offsets()[0] * static_cast<std::int64_t>(element_); }
  std::size_t bytes(std::int64_t rows) const { return static_cast<std::size_t>(rows * columns) * element_; }

  const char* base_;
  odometer rows_;
  std::int64_t left_;
  std::size_t element_;
  bool dense_;
};

// Reduces each column; `map(group, buffer)` says what is added up of a group.
template <class Map>
void reduce_rows(op_id op, dtype d, row_groups rows, void* out, const Map& map) {
  const auto combine = eigen_blocks().elementwise[static_cast<int>(op)][static_cast<int>(d)];
  const int levels = engine::levels_of(rows.count);
  const std::int64_t n = rows.lanes * rows.columns;
  const engine::workspace memory(static_cast<std::size_t>(levels) * sizeof(block_buffer));
  auto* level = reinterpret_cast<block_buffer*>(memory.data());
  block_buffer buffer;
  engine::walk_groups(
      levels - 1, rows.count,
      [&](std::int64_t count) {
        engine::fill_identity(level, op, d, n);
        for (; count > 0; --count) {
          const row_groups::group g = rows.next(buffer.bytes);
          combine({level, {level, map(g, buffer.bytes)}, g.n, 0});
        }
      },
      [&](int k, bool first) {
        if (first) std::memcpy(level + k, level + k - 1, static_cast<std::size_t>(n) * size_of(d));
        else combine({level + k, {level + k, level + k - 1}, n, 0});
      });
  engine::fold_lanes(combine, level + levels - 1, rows.lanes, rows.columns, size_of(d));
  std::memcpy(out, level + levels - 1, static_cast<std::size_t>(rows.columns) * size_of(d));
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
    with_dtype(out.dtype, [&]<class T>(T) { *at<T>(out, i) = identity<T>(r); });
  } while (walk.next());
}

template <reduction R>
void reduce(const array_view* out, const array_view* in, int, const attributes& attrs) {
  constexpr bool logical = R == reduction::any || R == reduction::all;
  const auto& blocks = eigen_blocks();
  const dtype d = logical ? dtype::bool_ : in->dtype;
  const std::size_t element = size_of(in->dtype);
  plan p(*out, *in, axes_of(attrs, in->rank));
  if (out->size() == 0) return;
  if (p.count == 0) return fill_identity(*out, R);
  p.kept.sort_by(1);
  p.kept.merge();
  p.gone.sort_by(0);
  p.gone.merge();
  const block_reducer r{
      blocks.reduce[static_cast<int>(R)][static_cast<int>(d)],
      logical && in->dtype != dtype::bool_ ? blocks.convert[static_cast<int>(in->dtype)][static_cast<int>(dtype::bool_)] : nullptr,
      size_of(d)};
  if (along_rows(p)) {
    const std::int64_t lanes = engine::lanes_of(p.kept.shape[p.kept.rank - 1], p.count);
    block_buffer result;
    each_column_run(p, [&](std::int64_t to, std::int64_t from, std::int64_t columns) {
      reduce_rows(engine::combiner_of(R), d, {p, bytes_at(*in, from), columns, lanes, element}, result.bytes,
                  [&](const row_groups::group& g, char* buffer) {
                    if (!r.to_bool) return g.elements;
                    r.to_bool({buffer, {g.elements}, g.n, 0});
                    return static_cast<const void*>(buffer);
                  });
      engine::settle_nans(result.bytes, engine::combiner_of(R), d, columns);
      store_run(*out, to, p.kept.strides[0][p.kept.rank - 1], result.bytes, columns);
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
template <class T>
moment moments_run(engine::moments_kernel k, cursor& c, std::int64_t n) {
  if (n <= block_size) {
    block_buffer buffer;
    T mean, squares;
    const void* in = c.take(n, buffer.bytes);
    k(&mean, &squares, in, n);
    T rest;
    engine::settle_part(mean, squares, rest, in, n);
    return moment::of_part(n, mean, squares, rest);
  }
  std::int64_t half = block_size;
  while (half * 2 < n) half *= 2;
  const moment a = moments_run<T>(k, c, half);
  return a + moments_run<T>(k, c, n - half);
}

template <class T>
void moments_of(const array_view& mean, const array_view& variance, const array_view& in, plan& p, const plan& for_variance) {
  const auto& blocks = eigen_blocks();
  constexpr int d = static_cast<int>(dtype_of<T>);
  const auto set = [&](std::int64_t k, const T* means, const T* vars, std::int64_t to, std::int64_t to2, std::int64_t s, std::int64_t s2) {
    for (std::int64_t i = 0; i < k; ++i) {
      at<T>(mean, to)[i * s] = means[i];
      at<T>(variance, to2)[i * s2] = vars[i];
    }
  };
  p.kept.add_operand(for_variance.kept.strides[0]);
  p.gone.sort_by(0);
  p.gone.merge();
  p.kept.sort_by(1);
  p.kept.merge();
  if (along_rows(p)) {
    const auto multiply = blocks.elementwise[static_cast<int>(op_id::multiply)][d],
               subtract = blocks.elementwise[static_cast<int>(op_id::subtract)][d],
               divide = blocks.elementwise[static_cast<int>(op_id::divide)][d];
    const int last = p.kept.rank - 1;
    const std::int64_t lanes = engine::lanes_of(p.kept.shape[last], p.count);
    block_buffer means, squares, rests, small_squares, small_rests;
    odometer o(p.kept, last);
    const T count = static_cast<T>(p.count);
    do {
      for (std::int64_t c = 0; c < p.kept.shape[last]; c += block_size) {
        const std::int64_t columns = std::min(block_size, p.kept.shape[last] - c);
        const row_groups rows(p, bytes_at(in, o.offsets()[1] + c), columns, lanes, sizeof(T));
        const auto deviations = [&](const row_groups::group& g, char* buffer) {
          subtract({buffer, {g.elements, means.bytes}, g.n, 0});
          return static_cast<const void*>(buffer);
        };
        reduce_rows(op_id::add, dtype_of<T>, rows, means.bytes, [](const row_groups::group& g, char*) { return g.elements; });
        divide({means.bytes, {means.bytes, &count}, columns, 2});
        engine::repeat(means.bytes, columns, lanes, sizeof(T));
        const auto small = [&](const row_groups::group& g, char* buffer) {
          deviations(g, buffer);
          multiply({buffer, {buffer, &engine::shrink<T>}, g.n, 2});
          return static_cast<const void*>(buffer);
        };
        const auto sums = [&](const auto& deviation, block_buffer& rest, block_buffer& square) {
          reduce_rows(op_id::add, dtype_of<T>, rows, rest.bytes, deviation);
          reduce_rows(op_id::add, dtype_of<T>, rows, square.bytes, [&](const row_groups::group& g, char* buffer) {
            deviation(g, buffer);
            multiply({buffer, {buffer, buffer}, g.n, 0});
            return static_cast<const void*>(buffer);
          });
        };
        sums(deviations, rests, squares);
        const auto in_column = [](block_buffer& of, std::int64_t i) -> T& { return reinterpret_cast<T*>(of.bytes)[i]; };
        const T* const made = &in_column(squares, 0);
        if (std::any_of(made, made + columns, engine::overflows<T>)) sums(small, small_rests, small_squares);
        for (std::int64_t i = 0; i < columns; ++i) {
          engine::settle_moments(
              in_column(means, i), in_column(squares, i), count, [&] { return in_column(rests, i); },
              [&] {
                return engine::shrunken<T>{in_column(small_squares, i), in_column(small_rests, i)};
              });
        }
        set(columns, &in_column(means, 0), made, o.offsets()[0] + c * p.kept.strides[0][last], o.offsets()[2] + c * p.kept.strides[2][last],
            p.kept.strides[0][last], p.kept.strides[2][last]);
      }
    } while (o.next());
    return;
  }
  cursor c(in.data, sizeof(T), p.gone, 0);
  odometer o(p.kept, p.kept.rank);
  do {
    T a = std::numeric_limits<T>::quiet_NaN(), b = a;
    if (p.count > 0) {
      c.rewind(at<T>(in, o.offsets()[1]));
      if (p.count <= block_size) {
        block_buffer buffer;
        const void* elements = c.take(p.count, buffer.bytes);
        blocks.moments[d](&a, &b, elements, p.count);
        engine::settle_moments(a, b, elements, p.count);
      } else {
        const moment m = moments_run<T>(blocks.moments[d], c, p.count);
        a = static_cast<T>(m.mean());
        b = static_cast<T>(m.variance());
      }
    }
    set(1, &a, &b, o.offsets()[0], o.offsets()[2], 0, 0);
  } while (o.next());
}

void moments(const array_view* out, const array_view* in, int, const attributes& attrs) {
  const auto axes = axes_of(attrs, in->rank);
  plan p(out[0], *in, axes);
  const plan second(out[1], *in, axes);
  if (out->size() == 0) return;
  with_dtype<dtype_kind::real>(in->dtype, [&]<class T>(T) { moments_of<T>(out[0], out[1], *in, p, second); });
}

// ---- argmax, argmin. Along memory: the best of each block by the block kernel, its place only where it is better than all before.
template <class T, bool Max>
std::int64_t best_index(engine::reduce_kernel k, cursor& c, std::int64_t n) {
  const auto seek = eigen_blocks().seek[static_cast<int>(dtype_of<T>)];
  block_buffer buffer;
  T best{};
  std::int64_t where = -1;
  for (std::int64_t done = 0; done < n; done += block_size) {
    const std::int64_t m = std::min(block_size, n - done);
    const void* p = c.take(m, buffer.bytes);
    T b;
    k(&b, p, m);
    const bool nan = b != b;
    if (where >= 0 && !nan && !(Max ? b > best : b < best)) continue;
    seek(&where, p, &b, m);
    where += done;
    best = b;
    if (nan) break;
  }
  return where;
}

// Across rows: groups of rows as reductions have them, without their tree, since places depend on no order.
template <class T, bool Max>
void arg_of_columns(const array_view& out, const array_view& in, const plan& p) {
  constexpr op_id better = Max ? op_id::maximum : op_id::minimum;
  constexpr int d = static_cast<int>(dtype_of<T>);
  const auto keep_best = Max ? eigen_blocks().largest[d] : eigen_blocks().smallest[d];
  const int last = p.kept.rank - 1;
  const std::int64_t lanes = engine::lanes_of(p.kept.shape[last], p.count);
  block_buffer best, from, buffer, places;
  each_column_run(p, [&](std::int64_t to, std::int64_t at, std::int64_t columns) {
    row_groups rows(p, bytes_at(in, at), columns, lanes, sizeof(T));
    const std::int64_t n = lanes * columns;
    engine::fill_identity(best.bytes, better, dtype_of<T>, n);
    std::memset(from.bytes, 0, static_cast<std::size_t>(n) * sizeof(T));
    for (std::conditional_t<sizeof(T) == 4, std::int32_t, std::int64_t> k = 0; k < rows.count; ++k) {
      const row_groups::group g = rows.next(buffer.bytes);
      keep_best(best.bytes, from.bytes, g.elements, &k, g.n);
    }
    auto* found = reinterpret_cast<std::int64_t*>(places.bytes);
    engine::places_of_best(found, better, dtype_of<T>, best.bytes, from.bytes, lanes, columns);
    store_run(out, to, p.kept.strides[0][last], found, columns);
  });
}

template <class T, bool Max>
void arg_of(const array_view& out, const array_view& in, plan& p) {
  const auto k = eigen_blocks().reduce[static_cast<int>(Max ? reduction::max : reduction::min)][static_cast<int>(dtype_of<T>)];
  p.kept.sort_by(1);
  p.kept.merge();
  p.gone.merge();                                 // not sorted: the index counts in the order of the axes
  if constexpr (computing<T>::in == dtype_of<T>)  // places are numbers of the elements' size
    if (along_rows(p) && p.count <= std::numeric_limits<std::int32_t>::max()) return arg_of_columns<T, Max>(out, in, p);
  cursor c(in.data, sizeof(T), p.gone, 0);
  odometer o(p.kept, p.kept.rank);
  do {
    c.rewind(at<T>(in, o.offsets()[1]));
    *at<std::int64_t>(out, o.offsets()[0]) = best_index<T, Max>(k, c, p.count);
  } while (o.next());
}

template <bool Max>
void arg(const array_view* out, const array_view* in, int, const attributes& attrs) {
  plan p(*out, *in, axes_of(attrs, in->rank));
  if (out->size() == 0) return;
  with_dtype<dtype_kind::integer>(in->dtype, [&]<class T>(T) { arg_of<T, Max>(*out, *in, p); });
}

}  // namespace

void add_reduction_kernels(engine::whole_table& t) {
  constexpr dtype_kind numbers = dtype_kind::integer;
  set_kernel<numbers>(t, op_id::sum, &reduce<reduction::sum>);
  set_kernel<numbers>(t, op_id::prod, &reduce<reduction::prod>);
  set_kernel<numbers>(t, op_id::max, &reduce<reduction::max>);
  set_kernel<numbers>(t, op_id::min, &reduce<reduction::min>);
  set_kernel(t, op_id::any, &reduce<reduction::any>);
  set_kernel(t, op_id::all, &reduce<reduction::all>);
  set_kernel<dtype_kind::real>(t, op_id::moments, &moments);
  set_kernel<numbers>(t, op_id::argmax, &arg<true>);
  set_kernel<numbers>(t, op_id::argmin, &arg<false>);
}

}  // namespace tendril::detail
