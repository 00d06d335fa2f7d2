// Systems of equations and scatter, with this backend's products.
#include "backends/shared/linear.hpp"
#include "backends/eigen/whole.hpp"
#include "backends/shared/gemm.hpp"

namespace tendril::detail {
namespace {

void products(const array_view* out, const array_view* in, int, const attributes&) {
  multiply_batch(*out, in, eigen_gemm().kernel[static_cast<int>(out->dtype)]);
}

}  // namespace

void add_linear_kernels(engine::whole_table& t) { add_linear_kernels<products>(t); }

}  // namespace tendril::detail
