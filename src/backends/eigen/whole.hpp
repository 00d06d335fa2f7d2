// What the files of the eigen backend's whole-array kernels share.
#pragma once
#include <tendril/detail/with_dtype.hpp>
#include <tendril/graph.hpp>

#include "backends/eigen/kernels.hpp"

namespace tendril::detail {

/// A block of elements of any dtype.
struct alignas(64) block_buffer {
  char bytes[engine::block_size * 8];
};

/// One kernel for the dtypes of the kinds from Low on.
template <dtype_kind Low = dtype_kind::boolean>
void set_kernel(engine::whole_table& t, op_id op, engine::whole_kernel k) {
  for_each_dtype<Low>([&]<class T>(T) { t.kernel[static_cast<int>(op)][static_cast<int>(dtype_of<T>)] = k; });
}

/// Each part enters its ops: elementwise and astype; reductions; shapes and creation; matrix products; systems of equations and scatter;
/// totals and indices along an axis; sorting and searching.
void add_elementwise_kernels(engine::whole_table&);
void add_reduction_kernels(engine::whole_table&);
void add_shape_kernels(engine::whole_table&);
void add_matmul_kernels(engine::whole_table&);
void add_linear_kernels(engine::whole_table&);
void add_axis_kernels(engine::whole_table&);
void add_sorting_kernels(engine::whole_table&);

}  // namespace tendril::detail
