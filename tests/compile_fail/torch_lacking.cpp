// expect: torch::bernoulli needs what Tendril has not yet, random numbers: draw them before, and pass them in.
#include <tendril/frontends/torch.hpp>

tendril::frontends::torch::Tensor draw(const tendril::frontends::torch::Tensor& x) { return tendril::frontends::torch::bernoulli(x); }
