// Whole-array kernels made for one step: for its shapes, and around operands that are constants.
#pragma once
#include <memory>
#include <span>

#include "kernels/kernels.hpp"

namespace tendril::engine {

/// Kept with the executable: immutable, run by many threads at once.
class prepared_kernel {
 public:
  virtual ~prepared_kernel() = default;
  /// As a whole_kernel; `scratch` is aligned to 64 bytes and holds `scratch_bytes`.
  virtual void run(const array_view* out, const array_view* in, std::byte* scratch) const = 0;
  std::size_t scratch_bytes = 0;
};

struct preparation_request {
  op_id op;
  const array_view& out;           ///< the shape alone
  std::span<const array_view> in;  ///< elements of constants, shapes alone of others (data is null)
  bool exact;                      ///< the result must be bit for bit that of the whole-array kernel
  std::int64_t rows = 0;           ///< of a product: a run computes so many rows of the result, or what is left at the end; 0: all
};
struct preparation {
  std::unique_ptr<const prepared_kernel> kernel = nullptr;  ///< null: take the whole-array kernel
  bool declined = false;                                    ///< take the fallback's, which the whole-array kernel calls too
};
using preparer = preparation (*)(const preparation_request&);

}  // namespace tendril::engine
