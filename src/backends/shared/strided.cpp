// Walks over strided views: merging axes, gathering elements in row-major order, copying.
#include "backends/shared/strided.hpp"

#include <algorithm>
#include <cstdlib>

#include "array/transpose.hpp"

namespace tendril::detail {

void loop_nest::merge() {
  int kept = 0;
  for (int i = 0; i < rank; ++i) {
    if (shape[i] == 1) continue;
    bool even = kept > 0;
    for (int k = 0; even && k < operands; ++k) even = strides[k][kept - 1] == strides[k][i] * shape[i];
    const int to = even ? kept - 1 : kept++;
    shape[to] = even ? shape[to] * shape[i] : shape[i];
    for (int k = 0; k < operands; ++k) strides[k][to] = strides[k][i];
  }
  rank = kept;
  if (rank == 0) {  // one element
    rank = 1;
    shape[0] = 1;
    for (int k = 0; k < operands; ++k) strides[k][0] = 1;
  }
}

void loop_nest::sort_by(int operand) {
  for (int i = 1; i < rank; ++i)  // insertion: stable, and ranks are small
    for (int j = i; j > 0 && std::abs(strides[operand][j - 1]) < std::abs(strides[operand][j]); --j) {
      std::swap(shape[j - 1], shape[j]);
      for (int k = 0; k < operands; ++k) std::swap(strides[k][j - 1], strides[k][j]);
    }
}

cursor::cursor(const void* base, std::size_t element_bytes, const loop_nest& n, int operand)
    : base_(static_cast<const char*>(base)),
      bytes_(element_bytes),
      rank_(n.rank - 1),
      inner_(n.shape[n.rank - 1]),
      stride_(n.strides[operand][n.rank - 1]) {
  std::copy_n(n.shape, rank_, shape_);
  std::copy_n(n.strides[operand], rank_, strides_);
}

void cursor::rewind(const void* base) {
  base_ = static_cast<const char*>(base);
  std::fill_n(index_, rank_, 0);
  offset_ = at_ = 0;
}

const void* cursor::take(std::int64_t n, void* buffer) {
  const auto place = [&] { return base_ + (offset_ + at_ * stride_) * static_cast<std::int64_t>(bytes_); };
  const auto advance = [&](std::int64_t m) {
    at_ += m;
    if (at_ < inner_) return;
    at_ = 0;
    for (int i = rank_ - 1; i >= 0; --i) {
      offset_ += strides_[i];
      if (++index_[i] < shape_[i]) return;
      index_[i] = 0;
      offset_ -= strides_[i] * shape_[i];
    }
  };
  if (stride_ == 1 && at_ + n <= inner_) {
    const void* p = place();
    advance(n);
    return p;
  }
  with_element_size(bytes_, [&]<class E>(E) {
    E* to = static_cast<E*>(buffer);
    for (std::int64_t left = n; left > 0;) {
      const std::int64_t m = std::min(left, inner_ - at_), s = stride_;
      const E* from = reinterpret_cast<const E*>(place());
      if (s == 1) std::memcpy(to, from, static_cast<std::size_t>(m) * sizeof(E));
      else
        for (std::int64_t i = 0; i < m; ++i) to[i] = from[i * s];
      to += m;
      left -= m;
      advance(m);
    }
  });
  return buffer;
}

namespace {

// A plane that is read along one axis and written along the other goes in tiles, so that a line of cache that was fetched is used up.
template <class E>
void copy_plane(E* out, const E* in, std::int64_t rows, std::int64_t columns, std::int64_t out_row, std::int64_t out_column,
                std::int64_t in_row, std::int64_t in_column) {
  constexpr std::int64_t tile = 32;
  for (std::int64_t r = 0; r < rows; r += tile)
    for (std::int64_t c = 0; c < columns; c += tile)
      for (std::int64_t i = r; i < std::min(r + tile, rows); ++i)
        for (std::int64_t j = c; j < std::min(c + tile, columns); ++j) out[i * out_row + j * out_column] = in[i * in_row + j * in_column];
}

}  // namespace

void copy_strided(const array_view& out, const array_view& in) {
  if (out.size() == 0 || engine::copy_transposed(out, in)) return;
  loop_nest n;
  n.rank = out.rank;
  std::copy_n(out.shape, out.rank, n.shape);
  n.add_operand(out.strides);
  n.add_operand(in.strides);
  n.merge();
  n.sort_by(0);
  n.merge();
  // the axis along which the input is read best goes next to the last
  int best = n.rank - 1;
  for (int i = 0; i < n.rank; ++i)
    if (n.strides[1][i] != 0 && (n.strides[1][best] == 0 || std::abs(n.strides[1][i]) < std::abs(n.strides[1][best]))) best = i;
  const bool plane = n.rank > 1 && best != n.rank - 1;
  if (plane)
    for (int i = best; i < n.rank - 2; ++i) {
      std::swap(n.shape[i], n.shape[i + 1]);
      for (int k = 0; k < 2; ++k) std::swap(n.strides[k][i], n.strides[k][i + 1]);
    }
  with_element_size(size_of(out.dtype), [&]<class E>(E) {
    const int last = n.rank - 1;
    odometer o(n, plane ? last - 1 : last);
    do {
      E* to = static_cast<E*>(out.data) + o.offsets()[0];
      const E* from = static_cast<const E*>(in.data) + o.offsets()[1];
      if (plane)
        copy_plane(to, from, n.shape[last - 1], n.shape[last], n.strides[0][last - 1], n.strides[0][last], n.strides[1][last - 1],
                   n.strides[1][last]);
      else if (n.strides[0][last] == 1 && n.strides[1][last] == 1)
        std::memcpy(to, from, static_cast<std::size_t>(n.shape[last]) * sizeof(E));
      else copy_plane(to, from, 1, n.shape[last], 0, n.strides[0][last], 0, n.strides[1][last]);
    } while (o.next());
  });
}

array_view dense_like(void* data, const array_view& like) {
  array_view v = like;
  v.data = data;
  std::int64_t step = 1;
  for (int i = v.rank - 1; i >= 0; --i) {
    v.strides[i] = step;
    step *= v.shape[i];
  }
  return v;
}

bool is_dense(const array_view& v) noexcept {
  std::int64_t step = 1;
  for (int i = v.rank - 1; i >= 0; --i) {
    if (v.shape[i] != 1 && v.strides[i] != step) return false;
    step *= v.shape[i];
  }
  return true;
}

}  // namespace tendril::detail
