// Products of long operands whose result is a few numbers; and how far a product adds along k one after another.
#pragma once
#include "backends/shared/gemm.hpp"

namespace tendril::detail {

/// The longest k that a kernel gets whole; longer ones come in pieces, whose products are added in a tree (matmul.cpp).
inline constexpr std::int64_t longest_product = 4096;

/// Multiplies and says true; or does nothing, for what others do better.
using thin_kernel = bool (*)(const gemm_args&);
struct thin_table {
  thin_kernel kernel[dtype_count];  ///< null but for reals
};

/// The best ones for this processor.
const thin_table& eigen_thin();

}  // namespace tendril::detail
