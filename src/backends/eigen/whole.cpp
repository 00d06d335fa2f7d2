// Whole-array elementwise kernels: block kernels along the inner axis of a loop nest; the table of all whole-array kernels.
#include "backends/eigen/whole.hpp"

#include <algorithm>

#include <tendril/detail/op_id.hpp>

#include "backends/shared/strided.hpp"
#include "ops/row_ids.hpp"

namespace tendril::detail {
namespace {

using engine::block_args;
using engine::block_kernel;
using engine::block_size;

// Below this inner extent a kernel call a row costs more than gathering several rows into one block.
constexpr std::int64_t short_row = 64;

void scatter(const array_view& out, const loop_nest& n, std::int64_t offset, const void* from, std::int64_t count) {
  with_element_size(size_of(out.dtype), [&]<class E>(E) {
    const E* p = static_cast<const E*>(from);
    E* to = static_cast<E*>(out.data) + offset;
    const std::int64_t s = n.strides[0][n.rank - 1];
    for (std::int64_t i = 0; i < count; ++i) to[i * s] = p[i];
  });
}

void run_rows(block_kernel kernel, const array_view& out, const array_view* in, int inputs, const loop_nest& n) {
  const int last = n.rank - 1;
  const std::int64_t inner = n.shape[last];
  block_buffer buffers[max_operands];
  odometer o(n, last);
  block_args a{};
  for (int k = 0; k < inputs; ++k)
    if (in[k].data && n.strides[k + 1][last] == 0) a.scalars |= 1u << k;
  do {
    for (std::int64_t at = 0; at < inner; at += block_size) {
      a.n = std::min(block_size, inner - at);
      for (int k = 0; k < inputs; ++k) {
        if (!in[k].data) continue;
        const std::int64_t s = n.strides[k + 1][last], bytes = static_cast<std::int64_t>(size_of(in[k].dtype));
        const char* p = static_cast<const char*>(in[k].data) + (o.offsets()[k + 1] + at * s) * bytes;
        a.in[k] = p;
        if (s == 0 || s == 1) continue;
        with_element_size(static_cast<std::size_t>(bytes), [&]<class E>(E) {
          E* to = reinterpret_cast<E*>(buffers[k + 1].bytes);
          const E* from = reinterpret_cast<const E*>(p);
          for (std::int64_t i = 0; i < a.n; ++i) to[i] = from[i * s];
        });
        a.in[k] = buffers[k + 1].bytes;
      }
      const std::int64_t s = n.strides[0][last], offset = o.offsets()[0] + at * s;
      if (s == 1) {
        a.out = static_cast<char*>(out.data) + offset * static_cast<std::int64_t>(size_of(out.dtype));
        kernel(a);
      } else {
        a.out = buffers[0].bytes;
        kernel(a);
        scatter(out, n, offset, buffers[0].bytes, a.n);
      }
    }
  } while (o.next());
}

// The result is dense here, so that blocks may run across rows.
void run_gathered(block_kernel kernel, const array_view& out, const array_view* in, int inputs, const loop_nest& n) {
  block_buffer buffers[max_operands];
  cursor cursors[max_operands - 1] = {cursor(nullptr, 1, n, 0), cursor(nullptr, 1, n, 0), cursor(nullptr, 1, n, 0),
                                      cursor(nullptr, 1, n, 0)};
  block_args a{};
  for (int k = 0; k < inputs; ++k) {
    if (!in[k].data) continue;
    cursors[k] = cursor(in[k].data, size_of(in[k].dtype), n, k + 1);
    a.in[k] = in[k].data;
    if (std::all_of(n.strides[k + 1], n.strides[k + 1] + n.rank, [](std::int64_t s) { return s == 0; })) a.scalars |= 1u << k;
  }
  const std::int64_t size = n.size(), bytes = static_cast<std::int64_t>(size_of(out.dtype));
  for (std::int64_t at = 0; at < size; at += block_size) {
    a.n = std::min(block_size, size - at);
    for (int k = 0; k < inputs; ++k)
      if (in[k].data && !(a.scalars >> k & 1)) a.in[k] = cursors[k].take(a.n, buffers[k + 1].bytes);
    a.out = static_cast<char*>(out.data) + at * bytes;
    kernel(a);
  }
}

void run(block_kernel kernel, const array_view& out, const array_view* in, int inputs) {
  loop_nest n;
  n.rank = out.rank;
  std::copy_n(out.shape, out.rank, n.shape);
  n.add_operand(out.strides);
  constexpr std::int64_t nowhere[max_rank] = {};
  for (int k = 0; k < inputs; ++k) n.add_operand(in[k].data ? in[k].strides : nowhere);
  if (n.size() == 0) return;
  n.merge();
  if (n.rank > 1 && n.shape[n.rank - 1] < short_row && is_dense(out)) run_gathered(kernel, out, in, inputs, n);
  else run_rows(kernel, out, in, inputs, n);
}

template <op_id Op>
void elementwise(const array_view* out, const array_view* in, int inputs, const attributes&) {
  const dtype d = in[Op == op_id::where ? 1 : 0].dtype;
  run(eigen_blocks().elementwise[static_cast<int>(Op)][static_cast<int>(d)], *out, in, inputs);
}

void astype(const array_view* out, const array_view* in, int, const attributes&) {
  run(eigen_blocks().convert[static_cast<int>(in->dtype)][static_cast<int>(out->dtype)], *out, in, 1);
}

}  // namespace

void add_elementwise_kernels(engine::whole_table& t) {
  for (int d = 0; d < dtype_count; ++d) {
#define OP(...)
#define CREATE(...)
#define REDUCTION(...)
#define ELEMENTWISE(name, ...)                                                                             \
  if (constexpr op_id id = id_of(op_row_index::name); eigen_blocks().elementwise[static_cast<int>(id)][d]) \
    t.kernel[static_cast<int>(id)][d] = &elementwise<id>;
#include <tendril/ops.def>
    if (eigen_blocks().convert[d][d]) t.kernel[static_cast<int>(op_id::astype)][d] = &astype;
  }
}

const engine::whole_table& eigen_whole() {
  static const engine::whole_table table = [] {
    engine::whole_table t{};
    add_elementwise_kernels(t);
    add_reduction_kernels(t);
    add_shape_kernels(t);
    add_matmul_kernels(t);
    add_linear_kernels(t);
    add_axis_kernels(t);
    add_sorting_kernels(t);
    return t;
  }();
  return table;
}

}  // namespace tendril::detail
