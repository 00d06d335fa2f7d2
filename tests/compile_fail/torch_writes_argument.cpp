// expect: the function takes an argument by a reference that it may write to
// within: 15
#include <tendril/frontends/torch.hpp>

using tendril::frontends::torch::Tensor;

Tensor scale(Tensor& x) {
  x = x * 2;
  return x;
}
void call() { const auto f = tendril::transpile(scale, tendril::source::torch, tendril::target::eigen); }
