// The matrix product of whole arrays, as sums of scaled rows: each is one xtensor expression over contiguous elements. Long sums are
// cut into panels that are summed on their own, so that rounding errors do not pile up along the whole of them.
#include <algorithm>

#include <tendril/detail/op_id.hpp>

#include "backends/xtensor/whole.hpp"

namespace tendril::detail::TENDRIL_XTENSOR_NAMESPACE {
namespace {

constexpr std::size_t depth = 128;  // rows of a panel of b
constexpr std::size_t width = 512;  // its columns: half a megabyte of doubles

/// A matrix of rank 2 with strides in elements.
template <class T>
struct matrix {
  T* data;
  std::int64_t rows, columns, down, right;
  explicit matrix(const array_view& v)
      : data(static_cast<T*>(v.data)),
        rows(v.shape[v.rank - 2]),
        columns(v.shape[v.rank - 1]),
        down(v.strides[v.rank - 2]),
        right(v.strides[v.rank - 1]) {}
  T& operator()(std::size_t i, std::size_t j) const {
    return data[static_cast<std::int64_t>(i) * down + static_cast<std::int64_t>(j) * right];
  }
  T* row(std::size_t i) const { return data + static_cast<std::int64_t>(i) * down; }
};

/// `m` with its rows contiguous: itself, or a copy in `room`.
template <class T>
matrix<T> with_contiguous_rows(matrix<T> m, engine::room<std::remove_const_t<T>>& room) {
  if (m.right == 1) return m;
  auto* const copy = room ? room.get() : room.take(m.rows * m.columns);
  for (std::size_t i = 0, k = 0; i < static_cast<std::size_t>(m.rows); ++i)
    for (std::size_t j = 0; j < static_cast<std::size_t>(m.columns); ++j, ++k) copy[k] = m(i, j);
  m.data = copy;
  m.down = m.columns;
  m.right = 1;
  return m;
}

/// sum[0, n) = the scaled rows [first, first + count) of b, from `column` on, summed.
template <class T>
void scaled_rows(T* sum, const matrix<const T>& a, std::size_t i, const matrix<const T>& b, std::size_t first, std::size_t count,
                 std::size_t column, std::size_t n) {
  constexpr assign_line assign;
  const auto term = [&](std::size_t k) { return point(a(i, first + k)) * line(b.row(first + k) + column, n); };
  assign(line(sum, n), term(0));
  std::size_t k = 1;
  for (; k + 4 <= count; k += 4) assign(line(sum, n), line(sum, n) + term(k) + term(k + 1) + term(k + 2) + term(k + 3));
  for (; k < count; ++k) assign(line(sum, n), line(sum, n) + term(k));
}

/// Wide results: panel by panel of b, each of which stays in cache for all the rows of a.
template <class T>
void product(const matrix<T>& c, const matrix<const T>& a, const matrix<const T>& b) {
  constexpr assign_line assign;
  const auto m = static_cast<std::size_t>(c.rows), n = static_cast<std::size_t>(c.columns), inner = static_cast<std::size_t>(a.columns);
  T panel[width], row[width];
  for (std::size_t column = 0; column < n; column += width) {
    const std::size_t w = std::min(width, n - column);
    for (std::size_t k = 0; k < inner; k += depth) {
      for (std::size_t i = 0; i < m; ++i) {
        T* to = c.right == 1 ? c.row(i) + column : row;
        if (c.right != 1 && k > 0)
          for (std::size_t j = 0; j < w; ++j) row[j] = c(i, column + j);
        scaled_rows(k == 0 ? to : panel, a, i, b, k, std::min(depth, inner - k), column, w);
        if (k > 0) assign(line(to, w), line(to, w) + line(panel, w));
        if (c.right != 1)
          for (std::size_t j = 0; j < w; ++j) c(i, column + j) = row[j];
      }
    }
  }
}

/// Sums of many panels in halves: a tree.
template <class T>
void long_product(const matrix<T>& c, matrix<const T> a, matrix<const T> b) {
  constexpr std::int64_t longest = 32 * static_cast<std::int64_t>(depth);
  std::int64_t half = longest;
  if (a.columns <= half) return product(c, a, b);
  while (2 * half < a.columns) half *= 2;
  const std::int64_t inner = a.columns;
  a.columns = b.rows = half;
  long_product(c, a, b);
  a.columns = b.rows = inner - half;
  a.data += half * a.right;
  b.data += half * b.down;
  std::vector<T> room(static_cast<std::size_t>(c.rows * c.columns));
  matrix<T> rest = c;
  rest.data = room.data();
  rest.down = c.columns;
  rest.right = 1;
  long_product(rest, a, b);
  for (std::size_t i = 0, k = 0; i < static_cast<std::size_t>(c.rows); ++i)
    for (std::size_t j = 0; j < static_cast<std::size_t>(c.columns); ++j, ++k) c(i, j) = static_cast<T>(c(i, j) + room[k]);
}

/// Narrow results: each element is the sum of a row of a times a column of b, in the trees of the reductions.
template <class T>
void dots(const matrix<T>& c, const matrix<const T>& a, const matrix<const T>& columns) {
  const auto inner = static_cast<std::size_t>(a.columns);
  buffer<T> partial((inner + block - 1) / block);
  for (std::size_t i = 0; i < static_cast<std::size_t>(c.rows); ++i)
    for (std::size_t j = 0; j < static_cast<std::size_t>(c.columns); ++j) {
      std::size_t parts = 0;
      for (std::size_t k = 0; k < inner; k += block)
        partial[parts++] = tree<sum_fold, T>(std::min(block, inner - k), [&, k](std::size_t first, std::size_t n) {
          return line(a.row(i) + k + first, n) * line(columns.row(j) + k + first, n);
        });
      while (parts > 1) {
        std::size_t left = 0;
        for (std::size_t p = 0; p < parts; p += block) partial[left++] = tree_of<sum_fold>(partial.data() + p, std::min(block, parts - p));
        parts = left;
      }
      c(i, j) = partial[0];
    }
}

void insert_axis(array_view& v, int at) {
  std::copy_backward(v.shape + at, v.shape + v.rank, v.shape + v.rank + 1);
  std::copy_backward(v.strides + at, v.strides + v.rank, v.strides + v.rank + 1);
  v.shape[at] = 1;
  v.strides[at] = 0;
  ++v.rank;
}

/// Rank-1 operands as matrices and leading extents broadcast: v[0] is the result, v[1] and v[2] the operands.
void align(array_view* v) {
  const bool row = v[1].rank == 1, column = v[2].rank == 1;
  if (row) insert_axis(v[1], 0);
  if (column) insert_axis(v[2], 1);
  if (column) insert_axis(v[0], v[0].rank);
  if (row) insert_axis(v[0], v[0].rank - 1);
  for (int k = 1; k < 3; ++k) {
    while (v[k].rank < v[0].rank) insert_axis(v[k], 0);
    for (int i = 0; i < v[0].rank - 2; ++i)
      if (v[k].shape[i] == 1) v[k].strides[i] = 0;
  }
}

template <class T>
void matmul(const array_view* out, const array_view* in, int, const attributes&) {
  using seen = folded<sum_fold, T>;
  array_view v[3] = {*out, in[0], in[1]};
  if (out->size() == 0) return;
  align(v);
  engine::room<seen> room_a, room_b;
  odometer batches(v, 3, 2);
  do {
    const matrix<seen> c(v[0]);
    matrix<const seen> a(v[1]), b(v[2]);
    if (a.columns == 0) {
      for (std::size_t i = 0; i < static_cast<std::size_t>(c.rows); ++i)
        for (std::size_t j = 0; j < static_cast<std::size_t>(c.columns); ++j) c(i, j) = 0;
    } else if (c.columns < 4) {
      std::swap(b.rows, b.columns);
      std::swap(b.down, b.right);
      const matrix<const seen> rows_a = with_contiguous_rows(a, room_a), rows_b = with_contiguous_rows(b, room_b);
      dots(c, rows_a, rows_b);
    } else {
      long_product(c, a, with_contiguous_rows(b, room_b));
    }
  } while (batches.next());
}

}  // namespace

void add_matmul(engine::whole_table& table) {
  for_each_dtype<dtype_kind::integer>([&table]<class T>(T) { entry(table, op_id::matmul, dtype_of<T>) = matmul<T>; });
}

}  // namespace tendril::detail::TENDRIL_XTENSOR_NAMESPACE
