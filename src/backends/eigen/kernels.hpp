// The kernels of the `eigen` backend: block kernels for each instruction set, whole-array kernels.
#pragma once
#include "kernels/isa.hpp"
#include "kernels/kernels.hpp"

namespace tendril::detail {

/// The block kernels for the best instruction set of this processor.
const engine::block_table& eigen_blocks();
/// Those for one instruction set; null when this build or this processor lacks it.
const engine::block_table* eigen_blocks(engine::isa);

/// The whole-array kernels; they run on `eigen_blocks()`.
const engine::whole_table& eigen_whole();

}  // namespace tendril::detail
