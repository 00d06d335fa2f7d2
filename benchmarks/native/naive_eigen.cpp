// What an Eigen user would write first.
#include "native.hpp"

#include <Eigen/Core>
#include <unsupported/Eigen/SpecialFunctions>

namespace native {
namespace {

using Doubles = Eigen::ArrayXd;
using Floats = Eigen::ArrayXf;
using Table = Eigen::Array<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

Doubles doubles(const operand& o) {
  index n = 1;
  for (const index e : o.shape) n *= e;
  return Eigen::Map<const Doubles>(static_cast<const double*>(o.data), n);
}
Floats floats(const operand& o) {
  index n = 1;
  for (const index e : o.shape) n *= e;
  return Eigen::Map<const Floats>(static_cast<const float*>(o.data), n);
}
Table table(const operand& o) { return Eigen::Map<const Table>(static_cast<const float*>(o.data), o.shape[0], o.shape[1]); }
Matrix matrix(const operand& o) { return table(o).matrix(); }

Doubles normalize(const Doubles& x) {
  const double mean = x.mean(), deviation = std::sqrt((x - mean).square().mean());
  return (x - mean) / deviation;
}

Table softmax(const Table& x) {
  const Table e = (x.colwise() - x.rowwise().maxCoeff()).exp();
  return e.colwise() / e.rowwise().sum();
}

Table layernorm(const Table& x, const Floats& g, const Floats& b) {
  const Floats mean = x.rowwise().mean();
  const Table c = x.colwise() - mean;
  const Floats variance = c.square().rowwise().mean();
  const Table n = c.colwise() / (variance + 1e-5f).sqrt();
  return (n.rowwise() * g.transpose()).rowwise() + b.transpose();
}

Floats gelu(const Floats& x) { return 0.5f * x * (1.0f + (0.7978845608f * (x + 0.044715f * x.cube())).tanh()); }

Doubles chain(const Doubles& x) {
  Doubles y = x * coefficients[0];
  y = y + coefficients[1];
  for (int k = 2; k < 16; ++k) {
    const Doubles product = y * x;
    y = product + coefficients[k];
  }
  return y;
}

Doubles chain_expression(const Doubles& x) {
  const double* c = coefficients;
  return ((((((((((((((x * c[0] + c[1]) * x + c[2]) * x + c[3]) * x + c[4]) * x + c[5]) * x + c[6]) * x + c[7]) * x + c[8]) * x + c[9]) *
                  x +
              c[10]) *
                 x +
             c[11]) *
                x +
            c[12]) *
               x +
           c[13]) *
              x +
          c[14]) *
             x +
         c[15];
}

Table gray(const float* p, index images, index pixels) {
  Table y(images, pixels);
  for (index k = 0; k < images; ++k) {
    const Eigen::Map<const Table> x(p + 3 * k * pixels, 3, pixels);
    y.row(k) = x.row(0) * 0.299f + x.row(1) * 0.587f + x.row(2) * 0.114f;
  }
  return y;
}

struct prices {
  Doubles call, put;
};
prices black_scholes(const Doubles& spot, const Doubles& strike, const Doubles& time) {
  const Doubles spread = volatility * time.sqrt();
  const Doubles d1 = ((spot / strike).log() + (rate + 0.5 * volatility * volatility) * time) / spread;
  const Doubles d2 = d1 - spread;
  const Doubles n1 = 0.5 + 0.5 * (d1 * M_SQRT1_2).erf(), n2 = 0.5 + 0.5 * (d2 * M_SQRT1_2).erf();
  const Doubles discounted = strike * (-rate * time).exp();
  const Doubles call = spot * n1 - discounted * n2;
  return {call, call - spot + discounted};
}

Matrix linear(const Matrix& x, const Matrix& weights, const Eigen::RowVectorXf& bias) { return (x * weights.transpose()).rowwise() + bias; }

Matrix distances(const Matrix& a, const Matrix& b) {
  Matrix y(a.rows(), b.rows());
  for (index i = 0; i < a.rows(); ++i) y.row(i) = (b.rowwise() - a.row(i)).rowwise().squaredNorm().transpose();
  return y;
}

Eigen::Matrix4d kinematics(const double* cosines, const double* sines, index stride) {
  Eigen::Matrix4d pose = Eigen::Matrix4d::Identity();
  for (int j = 0; j < 7; ++j) {
    const double c = cosines[j * stride], s = sines[j * stride];
    const joint& a = arm[j];
    Eigen::Matrix4d step;
    step << c, -s * a.cosine, s * a.sine, a.length * c, s, c * a.cosine, -c * a.sine, a.length * s, 0, a.sine, a.cosine, a.offset, 0, 0, 0,
        1;
    pose = pose * step;
  }
  return pose;
}

// Wraps a function of arrays as a runner that returns its result in a new array.
template <class F, class... A>
runner returning(F f, A... in) {
  return [=](void* copy) {
    const auto y = f(in...);
    give(y.data(), y.size(), copy);
  };
}

}  // namespace

runner eigen(std::string_view function, std::span<const operand> in) {
  if (function == "negate") return returning([](const Doubles& x) -> Doubles { return -x; }, doubles(in[0]));
  if (function == "normalize") return returning(normalize, doubles(in[0]));
  if (function == "softmax") return returning(softmax, table(in[0]));
  if (function == "layernorm") return returning(layernorm, table(in[0]), floats(in[1]), floats(in[2]));
  if (function == "gelu") return returning(gelu, floats(in[0]));
  if (function == "chain") return returning(chain, doubles(in[0]));
  if (function == "gray") return returning(gray, static_cast<const float*>(in[0].data), in[0].shape[0], in[0].shape[2] * in[0].shape[3]);
  if (function == "distances") return returning(distances, matrix(in[0]), matrix(in[1]));
  if (function == "black_scholes")
    return [spot = doubles(in[0]), strike = doubles(in[1]), time = doubles(in[2])](void* copy) {
      const prices p = black_scholes(spot, strike, time);
      give(p.call.data(), p.call.size(), copy);
      give(p.put.data(), p.put.size(), copy ? static_cast<double*>(copy) + p.call.size() : nullptr);
    };
  if (function == "perceptron")
    return [x = matrix(in[0]), w1 = matrix(in[1]), b1 = floats(in[2]), w2 = matrix(in[3]), b2 = floats(in[4]), w3 = matrix(in[5]),
            b3 = floats(in[6])](void* copy) {
      const Matrix h1 = linear(x, w1, b1.matrix().transpose()).cwiseMax(0.0f), h2 = linear(h1, w2, b2.matrix().transpose()).cwiseMax(0.0f);
      const Matrix y = linear(h2, w3, b3.matrix().transpose());
      give(y.data(), y.size(), copy);
    };
  if (function == "kinematics")
    return [c = static_cast<const double*>(in[0].data), s = static_cast<const double*>(in[1].data),
            n = in[0].shape.size() > 1 ? in[0].shape[1] : 1](void* copy) {
      std::vector<Eigen::Matrix4d> poses(static_cast<std::size_t>(n));
      for (index i = 0; i < n; ++i) poses[static_cast<std::size_t>(i)] = kinematics(c + i, s + i, n);
      keep(poses.data());
      if (copy)
        for (index i = 0; i < n; ++i)
          for (int k = 0; k < 12; ++k) static_cast<double*>(copy)[k * n + i] = poses[static_cast<std::size_t>(i)](k / 4, k % 4);
    };
  return {};
}

runner eigen_expression(std::string_view function, std::span<const operand> in) {
  if (function == "chain") return returning(chain_expression, doubles(in[0]));
  return {};
}

}  // namespace native
