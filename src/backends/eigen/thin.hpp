// Products of long operands whose result is a few numbers.
#pragma once
#include "backends/shared/gemm.hpp"

namespace tendril::detail {

/// Multiplies and says true; or does nothing, for what others do better.
using thin_kernel = bool (*)(const gemm_args&);
struct thin_table {
  thin_kernel kernel[dtype_count];  ///< null but for reals
};

/// The best ones for this processor.
const thin_table& eigen_thin();

}  // namespace tendril::detail
