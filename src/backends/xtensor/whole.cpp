// The xtensor backend's tables, and the arithmetic of strides that its whole-array kernels share.
#include "backends/xtensor/whole.hpp"

#include <algorithm>

#include "backends/xtensor/kernels.hpp"

namespace tendril::detail {
namespace TENDRIL_XTENSOR_NAMESPACE {
namespace {

void swap_axes(array_view* views, int count, int a, int b) {
  for (int k = 0; k < count; ++k) {
    std::swap(views[k].shape[a], views[k].shape[b]);
    std::swap(views[k].strides[a], views[k].strides[b]);
  }
}

void drop_axis(array_view& v, int axis) {
  std::copy(v.shape + axis + 1, v.shape + v.rank, v.shape + axis);
  std::copy(v.strides + axis + 1, v.strides + v.rank, v.strides + axis);
  --v.rank;
}

}  // namespace

bool simplify(array_view* views, int count) {
  array_view& first = views[0];
  for (int i = first.rank; i-- > 0;) {
    if (first.shape[i] == 0) return false;
    if (first.shape[i] == 1) {
      for (int k = 0; k < count; ++k) drop_axis(views[k], i);
    } else if (first.strides[i] < 0) {
      for (int k = 0; k < count; ++k) {
        views[k].data = engine::element_at(views[k], (views[k].shape[i] - 1) * views[k].strides[i]);
        views[k].strides[i] = -views[k].strides[i];
      }
    }
  }
  for (int i = 1; i < first.rank; ++i)
    for (int j = i; j > 0 && first.strides[j - 1] < first.strides[j]; --j) swap_axes(views, count, j - 1, j);
  for (int i = first.rank - 1; i > 0; --i) {
    const auto nested = [i](const array_view& v) { return v.strides[i - 1] == v.shape[i] * v.strides[i]; };
    if (!std::all_of(views, views + count, nested)) continue;
    for (int k = 0; k < count; ++k) {
      views[k].shape[i] *= views[k].shape[i - 1];
      drop_axis(views[k], i - 1);
    }
  }
  return true;
}

odometer::odometer(array_view* views, int count, int inner) : views_(views), count_(count), outer_(views[0].rank - inner) {}

bool odometer::next() {
  for (int i = outer_; i-- > 0;) {
    const bool carry = ++index_[i] == views_[0].shape[i];
    for (int k = 0; k < count_; ++k)
      views_[k].data = engine::element_at(views_[k], carry ? -views_[k].strides[i] * (views_[k].shape[i] - 1) : views_[k].strides[i]);
    if (!carry) return true;
    index_[i] = 0;
  }
  return false;
}

}  // namespace TENDRIL_XTENSOR_NAMESPACE

const engine::block_table* xtensor_blocks(engine::isa i) noexcept {
  switch (i) {
    case engine::isa::baseline: return &xtensor_blocks_baseline;
#if defined(__x86_64__)
    case engine::isa::avx2: return &xtensor_blocks_avx2;
    case engine::isa::avx512: return &xtensor_blocks_avx512;
#endif
    default: return nullptr;
  }
}

const engine::block_table& xtensor_blocks() {
  static const engine::block_table& best = *xtensor_blocks(engine::best_isa());
  return best;
}

const engine::whole_table& xtensor_whole() {
  static const engine::whole_table table = [] {
    engine::whole_table t{};
    TENDRIL_XTENSOR_NAMESPACE::add_real_elementwise(t);
    TENDRIL_XTENSOR_NAMESPACE::add_other_elementwise(t);
    TENDRIL_XTENSOR_NAMESPACE::add_reductions(t);
    TENDRIL_XTENSOR_NAMESPACE::add_matmul(t);
    TENDRIL_XTENSOR_NAMESPACE::add_linear(t);
    TENDRIL_XTENSOR_NAMESPACE::add_shape_ops(t);
    TENDRIL_XTENSOR_NAMESPACE::add_axis_ops(t);
    return t;
  }();
  return table;
}

}  // namespace tendril::detail
