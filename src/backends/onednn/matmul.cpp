// The float32 matrix product by oneDNN: its sgemm for operands as they stand, its matmul primitive around packed constants.
//
// Threads: everything runs on the calling thread (`one_thread`); primitives are created and executed alike. A primitive and its packed
// weights belong to one step of one executable and are read by many threads; what a call changes is in the call's own memory objects
// and scratch.
#include <algorithm>
#include <cstdlib>
#include <memory>

#include <tendril/detail/op_id.hpp>
#include <tendril/graph.hpp>

#include "array/arena.hpp"
#include "array/memory.hpp"
#include "backends/onednn/library.hpp"
#include "backends/onednn/onednn.hpp"
#include "backends/shared/gemm.hpp"
#include "backends/shared/strided.hpp"

namespace tendril::onednn {
namespace {

using detail::gemm_args;

// Below this many multiplications the call itself costs more than it saves (benchmarks/single/matmul.cpp).
constexpr std::int64_t fewest_products = 16384;

bool served_here(std::int64_t m, std::int64_t n, std::int64_t k) { return m * n * k >= fewest_products && load(); }

// An operand as sgemm takes it: rows or columns that are contiguous; others are copied.
struct operand {
  char transposed = 'N';
  std::int64_t lead = 1;
  const float* data;
  engine::room<float> copy;

  operand(const void* p, std::int64_t rows, std::int64_t columns, std::int64_t row, std::int64_t column)
      : data(static_cast<const float*>(p)) {
    if ((column == 1 || columns == 1) && (row >= columns || rows == 1)) {
      lead = rows == 1 ? columns : row;
    } else if ((row == 1 || rows == 1) && (column >= rows || columns == 1)) {
      transposed = 'T';
      lead = columns == 1 ? rows : column;
    } else {
      copy.take(rows * columns);
      array_view from{}, to;
      from.data = const_cast<void*>(p);
      from.dtype = dtype::float32;
      from.rank = 2;
      from.shape[0] = rows;
      from.shape[1] = columns;
      from.strides[0] = row;
      from.strides[1] = column;
      to = detail::dense_like(copy.get(), from);
      detail::copy_strided(to, from);
      data = copy.get();
      lead = columns;
    }
  }
};

void multiply(const gemm_args& g) {
  const library& l = *load();
  const operand a(g.a, g.m, g.k, g.a_row, g.a_column), b(g.b, g.k, g.n, g.b_row, g.b_column);
  const one_thread scope(l);
  if (l.dnnl_sgemm(a.transposed, b.transposed, g.m, g.n, g.k, 1, a.data, a.lead, b.data, b.lead, 0, static_cast<float*>(g.c), g.n) !=
      dnnl_success)
    detail::eigen_gemm().kernel[static_cast<int>(dtype::float32)](g);
}

void multiply_or_less(const gemm_args& g) {
  served_here(g.m, g.n, g.k) ? multiply(g) : detail::eigen_gemm().kernel[static_cast<int>(dtype::float32)](g);
}

void matmul(const array_view* out, const array_view* in, int, const attributes&) {
  if (out->size() != 0) detail::multiply_batch(*out, in, multiply_or_less);
}

// ---- constant weights

struct aligned_free {
  void operator()(void* p) const noexcept { std::free(p); }
};
using aligned_bytes = std::unique_ptr<std::byte[], aligned_free>;

aligned_bytes allocate(std::size_t bytes) {
  void* p = std::aligned_alloc(64, (bytes + 63) / 64 * 64);
  if (!p) engine::throw_no_memory("matmul", bytes);
  return aligned_bytes(static_cast<std::byte*>(p));
}

// Handles of oneDNN, destroyed by its own functions.
template <class T, dnnl_status_t (*library::*Destroy)(T)>
struct handle {
  T value = nullptr;
  handle() = default;
  handle(const handle&) = delete;
  ~handle() {
    if (value) (load()->*Destroy)(value);
  }
};
using memory = handle<dnnl_memory_t, &library::dnnl_memory_destroy>;
using primitive = handle<dnnl_primitive_t, &library::dnnl_primitive_destroy>;
using description = handle<dnnl_primitive_desc_t, &library::dnnl_primitive_desc_destroy>;

bool ok(dnnl_status_t s) { return s == dnnl_success; }

class packed_product final : public engine::prepared_kernel {
 public:
  // False: this oneDNN can't, and the whole-array kernel does it. `m` rows at a time, `rest` at the end.
  bool build(std::int64_t m, std::int64_t rest, std::int64_t n, std::int64_t k, const array_view& weights) {
    const library& l = *load();
    const one_thread scope(l);
    const dnnl_dims_t b_shape = {k, n}, strides = {weights.strides[0], weights.strides[1]};
    memory_desc plain;
    description packing;
    if (!b_.by_tag(b_shape, dnnl_format_tag_any) || !plain.by_strides(b_shape, strides) || !build(rows_[0], m, n, k) ||
        (rest && !build(rows_[1], rest, n, k)))
      return false;
    weights_ = allocate(b_.bytes());
    primitive pack;
    memory from, to;
    if (!ok(l.dnnl_reorder_primitive_desc_create(&packing.value, plain.get(), l.engine, b_.get(), l.engine, nullptr)) ||
        !ok(l.dnnl_primitive_create(&pack.value, packing.value)) ||
        !ok(l.dnnl_memory_create(&from.value, plain.get(), l.engine, weights.data)) ||
        !ok(l.dnnl_memory_create(&to.value, b_.get(), l.engine, weights_.get())))
      return false;
    const dnnl_exec_arg_t args[] = {{DNNL_ARG_FROM, from.value}, {DNNL_ARG_TO, to.value}};
    return ok(l.dnnl_primitive_execute(pack.value, l.stream, 2, args));
  }

  void run(const array_view* out, const array_view* in, std::byte* scratch) const override {
    const product& p = rows_[rows_[0].rows != product_rows(*out)];
    if (!detail::is_dense(*out) || !detail::is_dense(in[0]) || !run_packed(p, out->data, in[0].data, scratch)) matmul(out, in, 2, {});
  }

 private:
  // The product of so many rows. The first that is built chooses how the weights are packed.
  struct product {
    std::int64_t rows = 0;
    memory_desc a, c, scratch;
    primitive made;
  };
  static std::int64_t product_rows(const array_view& out) { return out.size() / out.shape[out.rank - 1]; }

  bool build(product& p, std::int64_t m, std::int64_t n, std::int64_t k) {
    const library& l = *load();
    const dnnl_dims_t a_shape = {m, k}, c_shape = {m, n};
    description made;
    if (!p.a.by_tag(a_shape, dnnl_ab) || !p.c.by_tag(c_shape, dnnl_ab) || !describe_product(made.value, p.a, b_, p.c) ||
        !ok(l.dnnl_primitive_create(&p.made.value, made.value)) || !b_.by_query(made.value, dnnl_query_weights_md) ||
        !p.scratch.by_query(made.value, dnnl_query_scratchpad_md))
      return false;
    p.rows = m;
    scratch_bytes = std::max(scratch_bytes, p.scratch.bytes());
    return true;
  }

  bool run_packed(const product& p, void* c, void* a, std::byte* scratch) const {
    const library& l = *load();
    memory ma, mb, mc, ms;
    if (!ok(l.dnnl_memory_create(&ma.value, p.a.get(), l.engine, a)) ||
        !ok(l.dnnl_memory_create(&mb.value, b_.get(), l.engine, weights_.get())) ||
        !ok(l.dnnl_memory_create(&mc.value, p.c.get(), l.engine, c)) ||
        !ok(l.dnnl_memory_create(&ms.value, p.scratch.get(), l.engine, scratch_bytes ? scratch : nullptr)))
      return false;
    const dnnl_exec_arg_t args[] = {
        {DNNL_ARG_SRC, ma.value}, {DNNL_ARG_WEIGHTS, mb.value}, {DNNL_ARG_DST, mc.value}, {DNNL_ARG_SCRATCHPAD, ms.value}};
    const one_thread scope(l);
    return ok(l.dnnl_primitive_execute(p.made.value, l.stream, 4, args));
  }

  memory_desc b_;
  product rows_[2];
  aligned_bytes weights_;
};

}  // namespace

const engine::whole_table& whole() {
  static const engine::whole_table table = [] {
    engine::whole_table t{};
    t.kernel[static_cast<int>(op_id::matmul)][static_cast<int>(dtype::float32)] = &matmul;
    return t;
  }();
  return table;
}

engine::preparation prepare(const engine::preparation_request& r) {
  const detail::product_shape p = detail::shape_product(r.in[0], r.in[1]);
  if (!served_here(p.m, p.n, p.k)) return {nullptr, true};
  // One row or one column is bound by reading the weights, which sgemm does as they stand.
  // A primitive adds along the whole of k, so longer ones are left to what cuts them.
  if (r.exact || !r.in[1].data || r.in[1].rank != 2 || p.a.rank != 2 || p.m == 1 || p.n == 1 || p.k > detail::longest_product) return {};
  auto packed = std::make_unique<packed_product>();
  const std::int64_t rows = r.rows ? std::min(r.rows, p.m) : p.m;
  if (!packed->build(rows, p.m % rows, p.n, p.k, p.b)) return {};
  return {std::move(packed)};
}

}  // namespace tendril::onednn
