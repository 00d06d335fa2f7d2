// Whole-array kernels along one axis that compute or fetch: cumulative_sum, cumulative_prod, take, take_along_axis.
#include <algorithm>
#include <limits>

#include <tendril/detail/op_id.hpp>

#include "array/arena.hpp"
#include "array/format.hpp"
#include "array/views.hpp"
#include "backends/eigen/axis.hpp"
#include "backends/eigen/whole.hpp"
#include "backends/shared/strided.hpp"

namespace tendril::detail {
namespace {

using engine::block_size;
using engine::room;

// The axes of `out` beside some, with the strides of `out` and of `in`.
loop_nest others(const array_view& out, const array_view& in, std::initializer_list<int> without) {
  loop_nest n;
  std::int64_t to[max_rank], from[max_rank];
  for (int i = 0; i < out.rank; ++i) {
    if (std::find(without.begin(), without.end(), i) != without.end()) continue;
    to[n.rank] = out.strides[i];
    from[n.rank] = in.strides[i];
    n.shape[n.rank++] = out.shape[i];
  }
  n.add_operand(to);
  n.add_operand(from);
  return n;
}

// ---- running totals

// The axis that columns stand side by side along in the input; -1 if there is none. Neither the layout of the result nor the number of
// columns has a say: a result of any strides, or a thread's part of it, has the same bits.
int column_axis(const array_view& in, int axis) {
  for (int i = in.rank - 1; i >= 0; --i)
    if (i != axis && in.strides[i] == 1) return i;
  return -1;
}

void scan_columns(const array_view& result, const array_view& in, int axis, int columns, column_kernel scan) {
  array_view out = result;
  room<char> memory;
  if (out.strides[columns] != 1) {  // columns side by side, here; then to where they go
    std::int64_t stride = 1;
    const auto place = [&](int i) {
      out.strides[i] = stride;
      stride *= out.shape[i];
    };
    place(columns);
    for (int i = out.rank - 1; i >= 0; --i)
      if (i != columns) place(i);
    out.data = memory.take(stride * static_cast<std::int64_t>(size_of(out.dtype)));
  }
  const loop_nest n = others(out, in, {axis, columns});
  odometer o(n, n.rank);
  do
    scan({engine::element_at(out, o.offsets()[0]), engine::element_at(in, o.offsets()[1]), out.strides[axis], in.strides[axis],
          in.shape[axis], out.shape[columns]});
  while (o.next());
  if (memory) copy_strided(result, out);
}

void scan_rows(const array_view& out, const array_view& in, int axis, scan_kernel scan) {
  const std::int64_t count = in.shape[axis], so = out.strides[axis], si = in.strides[axis];
  room<char> memory;
  if (so != 1 || si != 1) memory.take(count * static_cast<std::int64_t>(size_of(in.dtype)));
  const loop_nest n = others(out, in, {axis});
  odometer o(n, n.rank);
  do {
    char* to = engine::element_at(out, o.offsets()[0]);
    const char* from = engine::element_at(in, o.offsets()[1]);
    with_element_size(size_of(in.dtype), [&]<class E>(E) {
      E* row = reinterpret_cast<E*>(memory.get());
      if (si != 1) {
        for (std::int64_t i = 0; i < count; ++i) row[i] = reinterpret_cast<const E*>(from)[i * si];
        from = memory.get();
      }
      scan(so == 1 ? to : memory.get(), from, count);
      if (so != 1)
        for (std::int64_t i = 0; i < count; ++i) reinterpret_cast<E*>(to)[i * so] = row[i];
    });
  } while (o.next());
}

template <class T>
void fill(const array_view& v, T value) {
  loop_nest n = others(v, v, {});
  odometer o(n, n.rank);
  do static_cast<T*>(v.data)[o.offsets()[0]] = value;
  while (o.next());
}

template <op_id Op>
void cumulative(const array_view* result, const array_view* in, int, const attributes& attrs) {
  if (result->size() == 0) return;
  constexpr bool sum = Op == op_id::cumulative_sum;
  const int axis = attrs.has("axis") ? static_cast<int>(normalize_axis("cumulative", attrs.get_int("axis"), in->rank)) : 0;
  array_view out = *result;
  if (attrs.get_bool("include_initial")) {
    array_view first = out;
    first.shape[axis] = 1;
    with_dtype<dtype_kind::integer>(out.dtype, [&]<class T>(T) { fill(first, T(sum ? 0 : 1)); });
    out.data = engine::element_at(out, out.strides[axis]);
    --out.shape[axis];
  }
  if (in->size() == 0) return;
  const int columns = in->strides[axis] == 1 && in->shape[axis] != 1 ? -1 : column_axis(*in, axis);
  const int d = static_cast<int>(in->dtype);
  const axis_table& kernels = eigen_axis();
  if (columns >= 0) scan_columns(out, *in, axis, columns, sum ? kernels.sum_columns[d] : kernels.prod_columns[d]);
  else scan_rows(out, *in, axis, sum ? kernels.sum[d] : kernels.prod[d]);
}

// ---- indices

[[noreturn]] void refuse(std::string_view op, const void* index, dtype d, std::int64_t bad, int axis, std::int64_t extent) {
  const auto got = with_dtype<dtype_kind::integer, dtype_kind::integer>(
      d, [&]<class T>(T) -> std::int64_t { return static_cast<const T*>(index)[bad]; });
  throw index_error(format_text("[{}] index out of range: got {} on axis {}, expected {} <= index < {}. Check the extent with shape().", op,
                                got, axis, -extent, extent));
}

take_kernel take_of(dtype index, dtype d) {
  const axis_table& t = eigen_axis();
  if (size_of(index) == 4) return size_of(d) == 1 ? t.int32_take1 : size_of(d) == 4 ? t.int32_take4 : t.int32_take8;
  return size_of(d) == 1 ? t.int64_take1 : size_of(d) == 4 ? t.int64_take4 : t.int64_take8;
}

gather_kernel gather_of(dtype d) {
  const axis_table& t = eigen_axis();
  return size_of(d) == 1 ? t.gather1 : size_of(d) == 4 ? t.gather4 : t.gather8;
}

template <std::size_t Bytes>
void copy_blocks(char* out, const char* from, const std::int64_t* offsets, std::int64_t n, std::size_t element_bytes) {
  for (std::int64_t i = 0; i < n; ++i, out += Bytes) std::memcpy(out, from + offsets[i] * static_cast<std::int64_t>(element_bytes), Bytes);
}

// `out` holds n blocks of `bytes` one after the other.
void copy_blocks(char* out, const char* from, const std::int64_t* offsets, std::int64_t n, std::size_t element_bytes, std::size_t bytes) {
  switch (bytes) {  // a call of memcpy would cost more than the copy
    case 8: return copy_blocks<8>(out, from, offsets, n, element_bytes);
    case 16: return copy_blocks<16>(out, from, offsets, n, element_bytes);
    case 32: return copy_blocks<32>(out, from, offsets, n, element_bytes);
    case 64: return copy_blocks<64>(out, from, offsets, n, element_bytes);
    default:
      for (std::int64_t i = 0; i < n; ++i, out += bytes)
        std::memcpy(out, from + offsets[i] * static_cast<std::int64_t>(element_bytes), bytes);
  }
}

array_view placed(array_view v, char* data) {
  v.data = data;
  return v;
}

void take(const array_view* result, const array_view* in, int, const attributes& attrs) {
  if (result->size() == 0) return;
  const array_view &x = in[0], &index = in[1];
  const int axis = attrs.has("axis") ? static_cast<int>(normalize_axis("take", attrs.get_int("axis"), x.rank)) : 0;
  const std::int64_t n = index.size(), extent = x.shape[axis];
  // The result as [outer axes, n, inner axes], the last of them dense in both.
  room<char> elsewhere;
  array_view out = *result;
  const std::size_t bytes = size_of(x.dtype);
  if (!is_dense(out)) { out = dense_like(elsewhere.take(out.size() * static_cast<std::int64_t>(bytes)), out); }
  std::int64_t inner = 1;
  bool runs = true;
  for (int i = x.rank - 1; i > axis; --i) {
    runs &= x.shape[i] == 1 || x.strides[i] == inner;
    inner *= x.shape[i];
  }
  array_view outer = x, to = out;  // the axes before; those after too where they do not run along memory
  outer.rank = to.rank = axis;
  for (int i = axis - 1; i >= 0; --i) to.strides[i] = i == axis - 1 ? n * inner : to.strides[i + 1] * to.shape[i + 1];
  if (!runs)
    for (int i = axis + 1; i < x.rank; ++i, ++outer.rank, ++to.rank) {
      outer.shape[outer.rank] = to.shape[to.rank] = x.shape[i];
      outer.strides[outer.rank] = x.strides[i];
      to.strides[to.rank] = out.strides[out.rank - x.rank + i];
    }
  loop_nest places = others(index, index, {});
  places.merge();
  cursor next(index.data, size_of(index.dtype), places, 0);
  const loop_nest nest = others(to, outer, {});
  const auto gather = gather_of(x.dtype);
  std::int64_t offsets[block_size], buffer[block_size];
  for (std::int64_t at = 0; at < n; at += block_size) {
    const std::int64_t m = std::min(block_size, n - at);
    const void* some = next.take(m, buffer);
    const array_view block = placed(out, engine::element_at(out, at * inner));
    if (inner == 1 && axis == 0) {  // one row
      const std::int64_t bad = take_of(index.dtype, x.dtype)({block.data, x.data, some, m, extent, x.strides[0], 0});
      if (bad >= 0) refuse("take", some, index.dtype, bad, axis, extent);
      continue;
    }
    const std::int64_t bad =
        (size_of(index.dtype) == 4 ? eigen_axis().int32_offsets : eigen_axis().int64_offsets)(offsets, some, m, extent, x.strides[axis]);
    if (bad >= 0) refuse("take", some, index.dtype, bad, axis, extent);
    if (!runs) {
      for (std::int64_t i = 0; i < m; ++i)
        copy_strided(placed(to, engine::element_at(block, i * inner)), placed(outer, engine::element_at(x, offsets[i])));
      continue;
    }
    odometer o(nest, nest.rank);
    do {
      char* row = engine::element_at(block, o.offsets()[0]);
      const char* from = engine::element_at(x, o.offsets()[1]);
      if (inner == 1) gather(row, from, offsets, m);
      else copy_blocks(row, from, offsets, m, bytes, static_cast<std::size_t>(inner) * bytes);
    } while (o.next());
  }
  if (elsewhere) copy_strided(*result, out);
}

void take_along_axis(const array_view* result, const array_view* in, int, const attributes& attrs) {
  const array_view& out = *result;
  if (out.size() == 0) return;
  const int axis = static_cast<int>(normalize_axis("take_along_axis", attrs.get_int("axis"), out.rank)), last = out.rank - 1;
  const std::int64_t extent = in[0].shape[axis], along = in[0].strides[axis], n = out.shape[last];
  array_view x = in[0], index = in[1];
  for (int i = 0; i <= last; ++i) {
    if (i == axis || x.shape[i] == 1) x.strides[i] = 0;
    if (index.shape[i] == 1) index.strides[i] = 0;
  }
  // Rows of the result; the index decides where along the axis, the place in the row where along the last axis, if that is another.
  const std::int64_t step = x.strides[last], index_step = index.strides[last], out_step = out.strides[last];
  const std::size_t index_bytes = size_of(index.dtype), bytes = size_of(x.dtype);
  loop_nest nest = others(out, x, {last});
  {
    std::int64_t s[max_rank];
    std::copy_n(index.strides, last, s);
    nest.add_operand(s);
  }
  room<char> buffer;  // indices, then elements
  if (index_step != 1 || out_step != 1) buffer.take(n * 16);
  const auto kernel = take_of(index.dtype, x.dtype);
  odometer o(nest, nest.rank);
  do {
    const char* p = engine::element_at(index, o.offsets()[2]);
    if (index_step != 1) {
      with_element_size(index_bytes, [&]<class E>(E) {
        E* to = reinterpret_cast<E*>(buffer.get());
        for (std::int64_t i = 0; i < n; ++i) to[i] = reinterpret_cast<const E*>(p)[i * index_step];
      });
      p = buffer.get();
    }
    char* to = engine::element_at(out, o.offsets()[0]);
    char* elements = out_step == 1 ? to : buffer.get() + n * 8;
    const std::int64_t bad = kernel({elements, engine::element_at(x, o.offsets()[1]), p, n, extent, along, step});
    if (bad >= 0) refuse("take_along_axis", p, index.dtype, bad, axis, extent);
    if (out_step != 1)
      with_element_size(bytes, [&]<class E>(E) {
        for (std::int64_t i = 0; i < n; ++i) reinterpret_cast<E*>(to)[i * out_step] = reinterpret_cast<const E*>(elements)[i];
      });
  } while (o.next());
}

}  // namespace

void add_axis_kernels(engine::whole_table& t) {
  set_kernel<dtype_kind::integer>(t, op_id::cumulative_sum, &cumulative<op_id::cumulative_sum>);
  set_kernel<dtype_kind::integer>(t, op_id::cumulative_prod, &cumulative<op_id::cumulative_prod>);
  set_kernel(t, op_id::take, &take);
  set_kernel(t, op_id::take_along_axis, &take_along_axis);
}

}  // namespace tendril::detail
