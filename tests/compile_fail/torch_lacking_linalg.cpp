// expect: torch::linalg::qr needs what Tendril has not yet, a decomposition of matrices as an op.
#include <tendril/frontends/torch.hpp>

tendril::frontends::torch::Tensor factors(const tendril::frontends::torch::Tensor& x) { return tendril::frontends::torch::linalg::qr(x); }
