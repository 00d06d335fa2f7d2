// expect: this would change a temporary
// within: 15
#include <tendril/frontends/torch.hpp>

void store(tendril::frontends::torch::Tensor a) { a[0] = a[1]; }
