// What the files of the eigen backend's whole-array kernels share.
#pragma once
#include <tendril/graph.hpp>

#include "backends/eigen/kernels.hpp"

namespace tendril::detail {

/// Each part enters its ops: elementwise and astype; reductions; shapes and creation; matrix products; totals and indices along an axis;
/// sorting and searching.
void add_elementwise_kernels(engine::whole_table&);
void add_reduction_kernels(engine::whole_table&);
void add_shape_kernels(engine::whole_table&);
void add_matmul_kernels(engine::whole_table&);
void add_axis_kernels(engine::whole_table&);
void add_sorting_kernels(engine::whole_table&);

}  // namespace tendril::detail
