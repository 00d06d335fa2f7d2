// Which instruction set the kernels of this process use.
#pragma once
#include <cstdint>

namespace tendril::engine {

/// The instruction sets that kernels are compiled for, poorest first. avx2 includes FMA; avx512 is F, DQ, BW and VL.
enum class isa : std::uint8_t { baseline, avx2, avx512 };

/// The best one that this processor and its operating system support. The environment variable
/// TENDRIL_ISA=baseline|avx2|avx512, read at the first call, can only lower it.
isa best_isa() noexcept;

const char* name_of(isa) noexcept;

}  // namespace tendril::engine
