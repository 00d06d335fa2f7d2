// What an Eigen user would write first.
#include "native.hpp"

#include <Eigen/Core>

namespace native {
namespace {
using Table = Eigen::Array<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Doubles = Eigen::Map<const Eigen::ArrayXd>;
using Floats = Eigen::Map<const Eigen::ArrayXf>;
using Rows = Eigen::Map<const Table>;
}  // namespace

void eigen::normalize(const double* p, index n) {
  const Doubles x(p, n);
  const double mean = x.mean(), deviation = std::sqrt((x - mean).square().mean());
  const Eigen::ArrayXd y = (x - mean) / deviation;
  keep(y.data());
}

void eigen::softmax(const float* p, index rows, index columns) {
  const Rows x(p, rows, columns);
  const Table e = (x.colwise() - x.rowwise().maxCoeff()).exp();
  const Table y = e.colwise() / e.rowwise().sum();
  keep(y.data());
}

void eigen::layernorm(const float* p, const float* pg, const float* pb, index rows, index columns) {
  const Rows x(p, rows, columns);
  const Floats g(pg, columns), b(pb, columns);
  const Eigen::ArrayXf mean = x.rowwise().mean();
  const Table c = x.colwise() - mean;
  const Eigen::ArrayXf variance = c.square().rowwise().mean();
  const Table n = c.colwise() / (variance + 1e-5f).sqrt();
  const Table y = (n.rowwise() * g.transpose()).rowwise() + b.transpose();
  keep(y.data());
}

void eigen::gelu(const float* p, index n) {
  const Floats x(p, n);
  const Eigen::ArrayXf y = 0.5f * x * (1.0f + (0.7978845608f * (x + 0.044715f * x.cube())).tanh());
  keep(y.data());
}

void eigen::chain(const double* p, index n) {
  const Doubles x(p, n);
  const double* c = coefficients;
  const Eigen::ArrayXd y =
      ((((((((((((((x * c[0] + c[1]) * x + c[2]) * x + c[3]) * x + c[4]) * x + c[5]) * x + c[6]) * x + c[7]) * x + c[8]) * x + c[9]) * x +
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
  keep(y.data());
}

void eigen::chain_steps(const double* p, index n) {
  const Doubles x(p, n);
  Eigen::ArrayXd y = x * coefficients[0];
  y = y + coefficients[1];
  for (int k = 2; k < 16; ++k) {
    Eigen::ArrayXd product = y * x;
    y = product + coefficients[k];
  }
  keep(y.data());
}

void eigen::gray(const float* p, index images, index pixels) {
  Table y(images, pixels);
  for (index k = 0; k < images; ++k) {
    const Rows x(p + 3 * k * pixels, 3, pixels);
    y.row(k) = x.row(0) * 0.299f + x.row(1) * 0.587f + x.row(2) * 0.114f;
  }
  keep(y.data());
}

}  // namespace native
