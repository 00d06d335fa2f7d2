// Chooses among the block kernels that were compiled for several instruction sets.
#include "backends/eigen/axis.hpp"
#include "backends/eigen/kernels.hpp"
#include "backends/eigen/thin.hpp"
#include "backends/shared/gemm.hpp"
#include "kernels/interleave.hpp"
#include "kernels/moments.hpp"

namespace tendril::detail {

#define TENDRIL_ISA_UNIT(isa)                                          \
  namespace eigen_##isa {                                              \
    const engine::block_table& blocks();                               \
    const gemm_table& gemm();                                          \
    const axis_table& axis();                                          \
    const thin_table& thin();                                          \
    const engine::deviation_table& sums_of_deviations();               \
    const engine::interleave_table& interleaving(std::size_t of_size); \
  }
TENDRIL_ISA_UNIT(baseline)
#if TENDRIL_X86_KERNELS
TENDRIL_ISA_UNIT(avx2)
TENDRIL_ISA_UNIT(avx512)
#endif

const engine::block_table* eigen_blocks(engine::isa i) {
  if (i > engine::best_isa()) return nullptr;
  switch (i) {
#if TENDRIL_X86_KERNELS
    case engine::isa::avx512: return &eigen_avx512::blocks();
    case engine::isa::avx2: return &eigen_avx2::blocks();
#endif
    case engine::isa::baseline: return &eigen_baseline::blocks();
    default: return nullptr;
  }
}

const engine::block_table& eigen_blocks() {
  static const engine::block_table& best = *eigen_blocks(engine::best_isa());
  return best;
}

const gemm_table& eigen_gemm() {
#if TENDRIL_X86_KERNELS
  if (engine::best_isa() == engine::isa::avx512) return eigen_avx512::gemm();
  if (engine::best_isa() == engine::isa::avx2) return eigen_avx2::gemm();
#endif
  return eigen_baseline::gemm();
}

const axis_table& eigen_axis() {
#if TENDRIL_X86_KERNELS
  if (engine::best_isa() == engine::isa::avx512) return eigen_avx512::axis();
  if (engine::best_isa() == engine::isa::avx2) return eigen_avx2::axis();
#endif
  return eigen_baseline::axis();
}

const thin_table& eigen_thin() {
#if TENDRIL_X86_KERNELS
  if (engine::best_isa() == engine::isa::avx512) return eigen_avx512::thin();
  if (engine::best_isa() == engine::isa::avx2) return eigen_avx2::thin();
#endif
  return eigen_baseline::thin();
}

}  // namespace tendril::detail

const tendril::engine::deviation_table& tendril::engine::deviations() {
#if TENDRIL_X86_KERNELS
  if (best_isa() == isa::avx512) return detail::eigen_avx512::sums_of_deviations();
  if (best_isa() == isa::avx2) return detail::eigen_avx2::sums_of_deviations();
#endif
  return detail::eigen_baseline::sums_of_deviations();
}

const tendril::engine::interleave_table& tendril::engine::interleaving(std::size_t element_size) {
#if TENDRIL_X86_KERNELS
  if (best_isa() == isa::avx512) return detail::eigen_avx512::interleaving(element_size);
  if (best_isa() == isa::avx2) return detail::eigen_avx2::interleaving(element_size);
#endif
  return detail::eigen_baseline::interleaving(element_size);
}
