// What source_code writes for Eigen, as one library of this machine: each function on tables in Eigen's own order, as its text takes them.
#include <Eigen/Dense>

#include "emitted.hpp"

#include "emitted_eigen_black_scholes.cpp"
#include "emitted_eigen_chain.cpp"
#include "emitted_eigen_gelu.cpp"
#include "emitted_eigen_layernorm.cpp"
#include "emitted_eigen_negate.cpp"
#include "emitted_eigen_normalize.cpp"
#include "emitted_eigen_perceptron.cpp"
#include "emitted_eigen_softmax.cpp"

namespace native {
namespace {

using Table = Eigen::Array<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

Eigen::ArrayXd doubles(const operand& o) { return Eigen::Map<const Eigen::ArrayXd>(static_cast<const double*>(o.data), o.shape[0]); }
Eigen::ArrayXf floats(const operand& o) { return Eigen::Map<const Eigen::ArrayXf>(static_cast<const float*>(o.data), o.shape[0]); }
Eigen::ArrayXXf table(const operand& o) { return Eigen::Map<const Table>(static_cast<const float*>(o.data), o.shape[0], o.shape[1]); }

template <class T>
void hand_over(const Eigen::Array<T, Eigen::Dynamic, 1>& y, void* copy) {
  give(y.data(), y.size(), copy);
}
void hand_over(const Eigen::ArrayXXf& y, void* copy) {
  keep(y.data());
  if (copy) Eigen::Map<Table>(static_cast<float*>(copy), y.rows(), y.cols()) = y;
}

template <class F, class... A>
runner returning(F f, A... in) {
  return [=](void* copy) { hand_over(f(in...), copy); };
}

}  // namespace

runner emitted_eigen(std::string_view function, std::span<const operand> in) {
  if (function == "negate") return returning(emitted_eigen_negate, doubles(in[0]));
  if (function == "normalize") return returning(emitted_eigen_normalize, doubles(in[0]));
  if (function == "chain") return returning(emitted_eigen_chain, doubles(in[0]));
  if (function == "gelu") return returning(emitted_eigen_gelu, floats(in[0]));
  if (function == "softmax") return returning(emitted_eigen_softmax, table(in[0]));
  if (function == "layernorm") return returning(emitted_eigen_layernorm, table(in[0]), floats(in[1]), floats(in[2]));
  if (function == "perceptron")
    return returning(emitted_eigen_perceptron, table(in[0]), table(in[1]), floats(in[2]), table(in[3]), floats(in[4]), table(in[5]),
                     floats(in[6]));
  if (function == "black_scholes")
    return [spot = doubles(in[0]), strike = doubles(in[1]), time = doubles(in[2])](void* copy) {
      const auto [call, put] = emitted_eigen_black_scholes(spot, strike, time);
      hand_over(call, copy);
      hand_over(put, copy ? static_cast<double*>(copy) + call.size() : nullptr);
    };
  return {};
}

}  // namespace native
