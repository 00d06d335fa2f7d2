// Matrix products of batches: vectors as matrices, leading axes broadcast, evenly spaced batches as one tall product, long sums in a tree.
#include <algorithm>
#include <cstring>

#include <tendril/detail/op_id.hpp>

#include "array/arena.hpp"
#include "backends/eigen/thin.hpp"
#include "backends/eigen/whole.hpp"
#include "backends/shared/gemm.hpp"
#include "backends/shared/strided.hpp"
#include "stages/columns.hpp"

namespace tendril::detail {
namespace {

// The leading axes of `a` become rows, where they step evenly: (.., m, k) is (.. m, k).
void merge_rows(array_view& a) {
  while (a.rank > 2) {
    const int lead = a.rank - 3, row = a.rank - 2;
    if (a.shape[lead] == 1 || a.shape[row] == 1) {
      if (a.shape[row] == 1) a.strides[row] = a.strides[lead];
    } else if (a.strides[lead] != a.shape[row] * a.strides[row]) {
      return;
    }
    a.shape[lead] *= a.shape[row];
    a.strides[lead] = a.strides[row];
    a.shape[row] = a.shape[row + 1];
    a.strides[row] = a.strides[row + 1];
    --a.rank;
  }
}

// Of a view of rank 2.
bool is_in_place(const array_view& v) {
  return is_read_in_place(kind_of(v.dtype) == dtype_kind::real, v.shape[0], v.shape[1], v.strides[0], v.strides[1]);
}

// Others are copied here, matrix by matrix: kernels would allocate for it.
class operand {
 public:
  explicit operand(const array_view& v) : matrix_(v) {
    matrix_.rank = 2;
    for (int i = 0; i < 2; ++i) matrix_.shape[i] = v.shape[v.rank - 2 + i], matrix_.strides[i] = v.strides[v.rank - 2 + i];
    if (!is_in_place(matrix_)) copy_.take(matrix_.size() * static_cast<std::int64_t>(size_of(v.dtype)));
  }
  std::int64_t row() const { return copy_ ? matrix_.shape[1] : matrix_.strides[0]; }
  std::int64_t column() const { return copy_ ? 1 : matrix_.strides[1]; }
  /// The matrix that begins so many bytes on.
  const void* at(std::int64_t offset) {
    array_view from = matrix_;
    from.data = static_cast<char*>(matrix_.data) + offset;
    if (!copy_) return from.data;
    copy_strided(dense_like(copy_.get(), matrix_), from);
    return copy_.get();
  }

 private:
  array_view matrix_;
  engine::room<char> copy_;
};

}  // namespace

product_shape shape_product(const array_view& left, const array_view& right) {
  product_shape p{left, right, 1, 1, 0};
  array_view &a = p.a, &b = p.b;
  if (a.rank == 1) {
    a.rank = 2;
    a.shape[1] = a.shape[0];
    a.strides[1] = a.strides[0];
    a.shape[0] = 1;
    a.strides[0] = 0;
  }
  if (b.rank == 1) {
    b.rank = 2;
    b.shape[1] = 1;
    b.strides[1] = 0;
  }
  if (b.rank == 2) merge_rows(a);
  p.m = a.shape[a.rank - 2];
  p.k = a.shape[a.rank - 1];
  p.n = b.shape[b.rank - 1];
  return p;
}

namespace {

// Whatever library multiplies, it adds up along k one product after another. So a longer k is cut into pieces whose products are added in
// the tree of stages/columns.hpp: 64 in turn, and so on. Pieces are short where the result is small enough to stay in cache while it is
// added to, else long, so that passing over it costs little. Integers need none of it: theirs are exact in any order.
constexpr std::int64_t short_piece = 512, long_piece = longest_product, small_result = 1 << 16;

void add_to(void* sum, const void* x, dtype d, std::int64_t n) {
  const auto add = eigen_blocks().elementwise[static_cast<int>(op_id::add)][static_cast<int>(d)];
  const auto size = static_cast<std::int64_t>(size_of(d));
  for (std::int64_t i = 0; i < n; i += engine::block_size) {
    char* to = static_cast<char*>(sum) + i * size;
    add({to, {to, static_cast<const char*>(x) + i * size}, std::min(engine::block_size, n - i), 0});
  }
}

// One of long operands and few results by the kernels for these, others by `kernel`.
void multiply_one(const gemm_args& g, dtype d, gemm_kernel kernel) {
  const thin_kernel thin = eigen_thin().kernel[static_cast<int>(d)];
  if (!thin || !thin(g)) kernel(g);
}

void multiply_in_pieces(const gemm_args& all, dtype d, gemm_kernel kernel) {
  const std::int64_t piece = all.m * all.n <= small_result ? short_piece : long_piece, n = all.m * all.n,
                     count = (all.k + piece - 1) / piece;
  if (kind_of(d) != dtype_kind::real || count < 2) return multiply_one(all, d, kernel);
  const auto size = static_cast<std::int64_t>(size_of(d));
  const int levels = engine::levels_of(count);
  const std::size_t bytes = engine::whole_lines(static_cast<std::size_t>(n * size));
  // The top of the tree is the result itself.
  const engine::workspace memory(static_cast<std::size_t>(levels) * bytes);
  const auto level = [&](int k) {
    return k + 1 == levels ? all.c : static_cast<void*>(memory.data() + static_cast<std::size_t>(k) * bytes);
  };
  void* const one = memory.data() + static_cast<std::size_t>(levels - 1) * bytes;
  gemm_args g = all;
  std::int64_t left = all.k;
  engine::walk_groups(
      levels - 1, count,
      [&](std::int64_t groups) {
        for (std::int64_t i = 0; i < groups; ++i) {
          g.c = i == 0 ? level(0) : one;
          g.k = std::min(piece, left);
          left -= g.k;
          multiply_one(g, d, kernel);
          if (i > 0) add_to(level(0), one, d, n);
          g.a = static_cast<const char*>(g.a) + piece * all.a_column * size;
          g.b = static_cast<const char*>(g.b) + piece * all.b_row * size;
        }
      },
      [&](int k, bool first) {
        if (first) std::memcpy(level(k), level(k - 1), static_cast<std::size_t>(n * size));
        else add_to(level(k), level(k - 1), d, n);
      });
}

}  // namespace

// Small products whose matrices lie evenly, along one axis of either operand or one matrix for all, by one call of the kernel.
static bool multiply_evenly(const array_view& out, const product_shape& p) {
  const gemm_batch_kernel kernel = eigen_gemm().batch[static_cast<int>(out.dtype)];
  if (!kernel || std::max({p.m, p.n, p.k}) > small_extent || std::min({p.m, p.n, p.k}) == 0 || !is_dense(out)) return false;
  if (std::max(p.a.rank, p.b.rank) != 3) return false;
  const auto count_of = [](const array_view& v) { return v.rank == 3 ? v.shape[0] : 1; };
  const auto matrix_of = [](array_view v) {
    if (v.rank == 3) {
      --v.rank;
      std::copy_n(v.shape + 1, 2, v.shape);
      std::copy_n(v.strides + 1, 2, v.strides);
    }
    return v;
  };
  const array_view a = matrix_of(p.a), b = matrix_of(p.b);
  if (!is_in_place(a) || !is_in_place(b)) return false;
  const std::int64_t count = std::max(count_of(p.a), count_of(p.b));
  kernel({out.data, a.data, b.data, p.m, p.n, p.k, a.strides[0], a.strides[1], b.strides[0], b.strides[1]},
         {count, count_of(p.a) > 1 ? p.a.strides[0] : 0, count_of(p.b) > 1 ? p.b.strides[0] : 0});
  return true;
}

void multiply_batch(const array_view& out, const array_view* in, gemm_kernel kernel) {
  if (out.rank == 2 && in[0].rank == 2 && in[1].rank == 2 && is_dense(out) && is_in_place(in[0]) && is_in_place(in[1])) {
    // Small products are over before the general case is set up.
    const gemm_args g{out.data,       in[0].data,       in[1].data,       out.shape[0],     out.shape[1],
                      in[0].shape[1], in[0].strides[0], in[0].strides[1], in[1].strides[0], in[1].strides[1]};
    return g.k <= small_extent ? kernel(g) : multiply_in_pieces(g, out.dtype, kernel);
  }
  const product_shape p = shape_product(in[0], in[1]);
  const array_view &a = p.a, &b = p.b;
  if (multiply_evenly(out, p)) return;
  const auto bytes = static_cast<std::int64_t>(size_of(out.dtype));
  engine::room<char> memory;
  array_view c = out;
  if (!is_dense(c)) c = dense_like(memory.take(out.size() * bytes), out);
  operand left(a), right(b);
  gemm_args g{c.data, left.at(0), right.at(0), p.m, p.n, p.k, left.row(), left.column(), right.row(), right.column()};
  if (a.rank == 2 && b.rank == 2) {
    multiply_in_pieces(g, out.dtype, kernel);
  } else {
    loop_nest batch;
    batch.rank = std::max(a.rank, b.rank) - 2;
    std::int64_t strides[2][max_rank];
    for (int i = 0; i < batch.rank; ++i) {
      batch.shape[i] = 1;
      for (int k = 0; k < 2; ++k) {
        const array_view& v = k ? b : a;
        const int axis = i - (batch.rank - (v.rank - 2));
        const std::int64_t extent = axis < 0 ? 1 : v.shape[axis];
        strides[k][i] = extent == 1 ? 0 : v.strides[axis];
        if (extent != 1) batch.shape[i] = extent;
      }
    }
    batch.add_operand(strides[0]);
    batch.add_operand(strides[1]);
    odometer o(batch, batch.rank);
    do {
      g.a = left.at(o.offsets()[0] * bytes);
      g.b = right.at(o.offsets()[1] * bytes);
      multiply_in_pieces(g, out.dtype, kernel);
      g.c = static_cast<char*>(g.c) + g.m * g.n * bytes;
    } while (o.next());
  }
  if (memory) copy_strided(out, c);
}

namespace {

void matmul(const array_view* out, const array_view* in, int, const attributes&) {
  if (out->size() != 0) multiply_batch(*out, in, eigen_gemm().kernel[static_cast<int>(out->dtype)]);
}

}  // namespace

void add_matmul_kernels(engine::whole_table& t) { set_kernel<dtype_kind::integer>(t, op_id::matmul, &matmul); }

}  // namespace tendril::detail
