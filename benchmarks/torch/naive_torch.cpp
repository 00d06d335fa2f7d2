// What a libtorch user would write first: eager ATen, in a module of its own that the benchmark loads when it is there.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include "native/native.hpp"

namespace {

using at::Tensor;
using native::operand;
using native::runner;

Tensor tensor(const operand& o) {
  return at::from_blob(const_cast<void*>(o.data), at::IntArrayRef(o.shape.data(), o.shape.size()), o.is_float ? at::kFloat : at::kDouble)
      .clone();
}

template <class F>
runner returning(F f) {
  return [=](void* copy) {
    const Tensor y = f();
    if (!copy) return native::keep(y.data_ptr());
    const Tensor c = y.contiguous();
    std::memcpy(copy, c.data_ptr(), c.nbytes());
  };
}

Tensor chain(const Tensor& x) {
  Tensor p = x * native::coefficients[0] + native::coefficients[1];
  for (int k = 2; k < 16; ++k) p = p * x + native::coefficients[k];
  return p;
}

Tensor black_scholes(const Tensor& spot, const Tensor& strike, const Tensor& time) {
  using native::rate, native::volatility;
  const Tensor spread = volatility * at::sqrt(time);
  const Tensor d1 = (at::log(spot / strike) + (rate + 0.5 * volatility * volatility) * time) / spread;
  const Tensor d2 = d1 - spread;
  const Tensor n1 = 0.5 + 0.5 * at::erf(d1 * M_SQRT1_2), n2 = 0.5 + 0.5 * at::erf(d2 * M_SQRT1_2);
  const Tensor discounted = strike * at::exp(-rate * time);
  const Tensor call = spot * n1 - discounted * n2;
  return at::stack({call, call - spot + discounted});
}

// Products of 4×4 matrices, for one pose or for a batch.
Tensor kinematics(const Tensor& cosines, const Tensor& sines) {
  const Tensor zero = at::zeros_like(cosines[0]), one = at::ones_like(cosines[0]);
  Tensor pose;
  for (int j = 0; j < 7; ++j) {
    const Tensor c = cosines[j], s = sines[j];
    const native::joint& a = native::arm[j];
    const Tensor step = at::stack({c, -s * a.cosine, s * a.sine, a.length * c, s, c * a.cosine, -c * a.sine, a.length * s, zero,
                                   one * a.sine, one * a.cosine, one * a.offset, zero, zero, zero, one},
                                  -1)
                            .unflatten(-1, {4, 4});
    pose = j ? at::matmul(pose, step) : step;
  }
  const Tensor rows = pose.slice(-2, 0, 3).flatten(-2);
  return rows.dim() > 1 ? rows.t() : rows;
}

}  // namespace

extern "C" NATIVE void native_torch_threads(int n) { at::set_num_threads(n); }

extern "C" NATIVE void native_torch(std::string_view function, std::span<const operand> in, runner& out) {
  static const c10::InferenceMode guard(true);
  std::vector<Tensor> t;
  for (const operand& o : in) t.push_back(tensor(o));
  if (function == "negate") out = returning([=] { return -t[0]; });
  if (function == "normalize") out = returning([=] { return (t[0] - t[0].mean()) / t[0].std(false); });
  if (function == "softmax") out = returning([=] { return at::softmax(t[0], -1); });
  if (function == "layernorm") out = returning([=] { return at::layer_norm(t[0], {t[0].size(1)}, t[1], t[2], 1e-5); });
  if (function == "gelu") out = returning([=] { return at::gelu(t[0], "tanh"); });
  if (function == "chain") out = returning([=] { return chain(t[0]); });
  if (function == "gray")
    out = returning([=] { return t[0].select(1, 0) * 0.299 + t[0].select(1, 1) * 0.587 + t[0].select(1, 2) * 0.114; });
  if (function == "distances") out = returning([=] { return (t[0].unsqueeze(1) - t[1].unsqueeze(0)).pow(2).sum(-1); });
  if (function == "black_scholes") out = returning([=] { return black_scholes(t[0], t[1], t[2]); });
  if (function == "kinematics") out = returning([=] { return kinematics(t[0], t[1]); });
  if (function == "perceptron")
    out = returning([=] { return at::linear(at::relu(at::linear(at::relu(at::linear(t[0], t[1], t[2])), t[3], t[4])), t[5], t[6]); });
}
