// Run-time detection of the instruction set.
#include "kernels/isa.hpp"

#include <cstdlib>
#include <cstring>
#include <initializer_list>

namespace tendril::engine {
namespace {

isa detect() noexcept {
#if (defined(__x86_64__) || defined(__i386__)) && defined(__GNUC__)
  __builtin_cpu_init();  // its answers include whether the operating system saves the registers
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return isa::baseline;
  if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512dq") || !__builtin_cpu_supports("avx512bw") ||
      !__builtin_cpu_supports("avx512vl"))
    return isa::avx2;
  return isa::avx512;
#else
  return isa::baseline;
#endif
}

isa lowered(isa have) noexcept {
  const char* wanted = std::getenv("TENDRIL_ISA");
  if (!wanted) return have;
  for (const isa i : {isa::baseline, isa::avx2})
    if (i < have && std::strcmp(wanted, name_of(i)) == 0) return i;
  return have;
}

}  // namespace

isa best_isa() noexcept {
  static const isa best = lowered(detect());
  return best;
}

const char* name_of(isa i) noexcept { return i == isa::avx512 ? "avx512" : i == isa::avx2 ? "avx2" : "baseline"; }

}  // namespace tendril::engine
