// One function written for JAX, for TensorFlow and for torch: what each framework's defaults and dtypes make of it, on Eigen arrays.
#include <tendril/eigen.hpp>
#include <tendril/frontends/jax.hpp>
#include <tendril/frontends/tensorflow.hpp>
#include <tendril/frontends/torch.hpp>
#include <tendril/tendril.hpp>

#include <cstdio>
#include <iostream>
namespace td = tendril;
namespace jax = tendril::frontends::jax;
namespace jnp = tendril::frontends::jax::numpy;
namespace tf = tendril::frontends::tensorflow;
namespace torch = tendril::frontends::torch;

// [readme jax]
jax::Array jax_normalize(const jax::Array& x) { return jnp::divide(jnp::subtract(x, jnp::mean(x)), jnp::std(x)); }
tf::Tensor tf_normalize(const tf::Tensor& x) { return tf::divide(tf::subtract(x, tf::reduce_mean(x)), tf::math::reduce_std(x)); }
// [readme jax]
torch::Tensor torch_normalize(const torch::Tensor& x) { return torch::div(torch::sub(x, torch::mean(x)), torch::std(x)); }

// A layer, as code for jax.nn and for tf.nn has it.
jax::Array jax_layer(const jax::Array& x, const jax::Array& weight, const jax::Array& bias) {
  return jax::nn::softmax(jax::nn::gelu(jnp::matmul(x, weight) + bias));
}
tf::Tensor tf_layer(const tf::Tensor& x, const tf::Tensor& weight, const tf::Tensor& bias) {
  return tf::nn::softmax(tf::nn::gelu(tf::matmul(x, weight) + bias));
}

void print(const char* name, const Eigen::ArrayXXd& a) {
  std::printf("%-22s", name);
  for (const double x : a.reshaped<Eigen::RowMajor>()) std::printf(" %11.8f", x);
  std::printf("\n");
}

int main() {
  Eigen::ArrayXd x(10);
  x << 0.5488135039273248, 0.7151893663724195, 0.6027633760716439, 0.5448831829968969, 0.4236547993389047, 0.6458941130666561,
      0.4375872112626925, 0.8917730007820798, 0.9636627605010293, 0.3834415188257777;
  const auto from_jax = td::transpile(jax_normalize, td::source::jax, td::target::eigen);
  const auto from_tf = td::transpile(tf_normalize, td::source::tensorflow, td::target::eigen);
  const auto from_torch = td::transpile(torch_normalize, td::source::torch, td::target::eigen);
  const Eigen::ArrayXd by_jax = from_jax(x), by_tf = from_tf(x), by_torch = from_torch(x);
  std::cout << "normalize: the deviation of JAX and TensorFlow is of the population, that of torch of a sample\n";
  print("  jax", by_jax.head(3));
  print("  tensorflow", by_tf.head(3));
  print("  torch", by_torch.head(3));

  const Eigen::ArrayXXd batch = (Eigen::ArrayXXd(2, 3) << 1, -2, 0.5, 0, 3, -1).finished();
  const Eigen::ArrayXXd weight = (Eigen::ArrayXXd(3, 2) << 0.5, -1, 0.25, 2, -0.75, 1).finished();
  const Eigen::ArrayXd bias = (Eigen::ArrayXd(2) << 0.125, -0.5).finished();
  std::cout << "a layer: gelu is by tanh in JAX, and exact in TensorFlow\n";
  const Eigen::ArrayXXd layer_of_jax = td::transpile(jax_layer, td::source::jax, td::target::eigen)(batch, weight, bias);
  const Eigen::ArrayXXd layer_of_tf = td::transpile(tf_layer, td::source::tensorflow, td::target::eigen)(batch, weight, bias);
  print("  jax", layer_of_jax);
  print("  tensorflow", layer_of_tf);

  // What dtypes two arrays take together is the framework's own.
  const Eigen::ArrayXi whole = Eigen::ArrayXi::LinSpaced(3, 1, 3);
  const Eigen::ArrayXf part = Eigen::ArrayXf::Constant(3, 0.5F);
  const auto sum_of_jax = td::unify([](const jax::Array& a, const jax::Array& b) { return a + b; }, td::source::jax);
  const auto sum_of_tf = td::unify([](const tf::Tensor& a, const tf::Tensor& b) { return a + b; }, td::source::tensorflow);
  std::cout << "int32 + float32 in JAX: " << td::name_of(sum_of_jax(td::asarray(whole), td::asarray(part)).dtype())
            << "\nand in TensorFlow: ";
  try {
    sum_of_tf(td::asarray(whole), td::asarray(part));
  } catch (const td::dtype_error& e) { std::cout << e.what() << "\n"; }
}
