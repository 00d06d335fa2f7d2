// The kernels of the xtensor backend.
#pragma once
#include "kernels/isa.hpp"
#include "kernels/kernels.hpp"

namespace tendril::detail {

/// The block kernels for the instruction set that this process uses: engine::best_isa(), asked once.
const engine::block_table& xtensor_blocks();
/// Those for one instruction set; null where this build has none for it. The processor must support it.
const engine::block_table* xtensor_blocks(engine::isa) noexcept;

const engine::whole_table& xtensor_whole();

struct xtensor_tables {
  const engine::block_table& blocks;
  const engine::whole_table& whole;
};
/// Null where nobody asked the linker for the backend, as the target tendril::xtensor does: an application without xtensor's containers is
/// smaller by a third so. backends.cpp has the weak definition that says so, tables.cpp the other one.
const xtensor_tables* linked_xtensor() noexcept;

// One a unit of blocks.cpp.
extern const engine::block_table xtensor_blocks_baseline;
extern const engine::block_table xtensor_blocks_avx2;
extern const engine::block_table xtensor_blocks_avx512;

}  // namespace tendril::detail
