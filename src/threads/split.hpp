// Whole-array kernels and copies over threads: the one place that cuts their arrays into parts.
#pragma once
#include <array>
#include <memory>
#include <span>
#include <vector>

#include <tendril/graph.hpp>

#include "kernels/kernels.hpp"

namespace tendril::engine {

/// How a kernel's result is cut into parts, each of which the kernel makes of the parts of its inputs that belong there.
struct kernel_split {
  struct operand {
    std::array<std::int8_t, max_rank> axis;  ///< the one that an axis of the result runs along; -1: all of the input is needed
    std::int64_t begin = 0;                  ///< where its part of a concat begins
  };
  op_id op{};
  whole_kernel kernel = nullptr;
  whole_kernel copy = nullptr;  ///< of a view op: copies between views of one shape
  std::uint32_t axes = 0;       ///< bit k: the result may be cut along its axis k
  std::vector<operand> in;      ///< by input
  int concat_axis = -1;
  int threads = 1;
  std::int64_t parts = 1;  ///< that are wished for
  double cost = 0;         ///< about how many nanoseconds all of it takes on one thread
};

/// Null where the op has no axis to be cut along, or where all of it takes less time than is worth splitting. `copy` is a kernel that
/// copies between views of one shape: a broadcast_to.
std::unique_ptr<const kernel_split> plan_split(const op_record&, const attributes&, std::span<const type> in, const type& out, int threads,
                                               whole_kernel kernel, whole_kernel copy);
/// The same for a copy from one view to another of its shape.
std::unique_ptr<const kernel_split> plan_copy(const type&, int threads);

/// Runs the kernel on all parts. Bits and errors are those of the kernel on the whole.
void run_split(const kernel_split&, const array_view& out, const array_view* in, int inputs, const attributes&);

}  // namespace tendril::engine
