// Systems of equations and scatter, with this backend's products. xtensor itself has them in xtensor-blas, which asks for LAPACK.
#include "backends/shared/linear.hpp"
#include "backends/xtensor/whole.hpp"

#include <tendril/detail/op_id.hpp>

#include "backends/xtensor/kernels.hpp"

namespace tendril::detail::TENDRIL_XTENSOR_NAMESPACE {
namespace {

void products(const array_view* out, const array_view* in, int count, const attributes& at) {
  xtensor_whole().kernel[static_cast<std::size_t>(op_id::matmul)][static_cast<std::size_t>(out->dtype)](out, in, count, at);
}

}  // namespace

void add_linear(engine::whole_table& t) { add_linear_kernels<products>(t); }

}  // namespace tendril::detail::TENDRIL_XTENSOR_NAMESPACE
