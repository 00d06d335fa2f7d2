// What the units of the xtensor backend's whole-array kernels share: strided views as xtensor adaptors, loops over rows, the table's parts.
#pragma once
#include <cstring>
#include <vector>

#include <tendril/detail/with_dtype.hpp>
#include <tendril/graph.hpp>

#include "array/arena.hpp"
#include "array/views.hpp"
#include "backends/xtensor/tree.hpp"
#include "kernels/kernels.hpp"
#include "ops/axes.hpp"

namespace tendril::detail::TENDRIL_XTENSOR_NAMESPACE {

inline constexpr std::size_t block = engine::block_size;

/// Views of one shape, with axes dropped, reordered and merged: an elementwise loop over them does not care.
/// The first view decides the order of the axes; its strides end up positive. Returns false when there is nothing to do.
bool simplify(array_view* views, int count);

/// Steps through all the positions of the outer axes of views of one shape. `inner` axes at the end are left to the caller.
class odometer {
 public:
  odometer(array_view* views, int count, int inner);
  bool next();  ///< moves the views' data on; false, with the data back at the start, after the last position

 private:
  array_view* views_;
  int count_;
  int outer_;
  std::int64_t index_[max_rank] = {};
};

/// A view as an expression of dynamic rank.
template <class T>
auto grid(const array_view& v) {
  const auto rank = static_cast<std::size_t>(v.rank);
  xt::dynamic_shape<std::size_t> shape(rank);
  xt::dynamic_shape<std::ptrdiff_t> strides(rank);
  for (std::size_t i = 0; i < rank; ++i) {
    shape[i] = static_cast<std::size_t>(v.shape[i]);
    strides[i] = static_cast<std::ptrdiff_t>(v.strides[i]);
  }
  return xt::adapt(static_cast<T*>(v.data), static_cast<std::size_t>(v.size()), xt::no_ownership(), std::move(shape), std::move(strides));
}

/// Assigns element by element through xtensor's steppers, which take any strides: negative ones and those of broadcast axes too.
/// xt::noalias would choose among loops by the layout of the operands; that choice is wrong for strided outputs in some versions.
struct assign_grid {
  template <class Out, class Expression>
  void operator()(Out&& out, const Expression& e) const {
    xt::stepper_assigner<std::decay_t<Out>, Expression, xt::layout_type::row_major>(out, e).run();
  }
};

/// Copies the elements of one view to another of the same shape; neither view is empty.
template <class T>
void copy_elements(const array_view& to, const array_view& from) {
  array_view v[2] = {to, from};
  if (!simplify(v, 2)) return;
  const int last = v[0].rank - 1;
  if (last >= 0 && v[0].strides[last] == 1 && v[1].strides[last] == 1) {
    const auto n = static_cast<std::size_t>(v[0].shape[last]);
    odometer rows(v, 2, 1);
    do std::memcpy(v[0].data, v[1].data, n * sizeof(T));
    while (rows.next());
  } else {
    assign_grid{}(grid<T>(v[0]), apply<unchanged>(grid<const T>(v[1])));
  }
}

/// A row-major view of `data` with the shape of `like`.
inline array_view packed_like(void* data, const array_view& like) {
  array_view v = like;
  v.data = data;
  std::int64_t stride = 1;
  for (int i = v.rank; i-- > 0; stride *= v.shape[i]) v.strides[i] = stride;
  return v;
}

/// Elements in the thread's workspace.
template <class T>
class buffer {
 public:
  explicit buffer(std::size_t n) : memory_(n * sizeof(T)) {}
  T* data() { return reinterpret_cast<T*>(memory_.data()); }
  T& operator[](std::size_t i) { return data()[i]; }

 private:
  const engine::workspace memory_;
};

template <class T>
inline constexpr auto at = static_cast<std::size_t>(dtype_of<T>);
inline engine::whole_kernel& entry(engine::whole_table& table, op_id op, dtype d) {
  return table.kernel[static_cast<std::size_t>(op)][static_cast<std::size_t>(d)];
}

// The parts of the table, one a unit.
void add_real_elementwise(engine::whole_table&);
void add_other_elementwise(engine::whole_table&);
void add_reductions(engine::whole_table&);
void add_matmul(engine::whole_table&);
void add_linear(engine::whole_table&);
void add_shape_ops(engine::whole_table&);
void add_axis_ops(engine::whole_table&);

}  // namespace tendril::detail::TENDRIL_XTENSOR_NAMESPACE
