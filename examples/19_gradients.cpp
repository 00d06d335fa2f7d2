// Gradients: logistic regression trained on Eigen data. The slope is checked against the formula that one works out by hand.
#include <tendril/eigen.hpp>
#include <tendril/tendril.hpp>

#include <Eigen/Dense>
#include <iostream>
namespace td = tendril;

// [readme gradient]
td::array loss(const td::array& w, const td::array& X, const td::array& y) {
  const td::array p = td::sigmoid(td::matmul(X, w));
  return -td::mean(y * td::log(p) + (1 - y) * td::log(1 - p));
}
// [readme gradient]

int main() {
  // Points beside a line through the origin, all but two on the right side of it.
  Eigen::MatrixXd X(8, 2);
  X << 1, 0.5, 2, -1, 0.5, 1.5, 1.5, 1, -1, -0.5, -2, 1, -0.5, -1.5, -1.5, -1;
  const Eigen::VectorXd y{{1, 1, 0, 1, 0, 0, 1, 0}};
  Eigen::VectorXd w{{0.1, -0.2}};

  // [readme train]
  auto step = td::trace_graph(td::value_and_grad(loss), td::args(w, X, y));
  std::pair<double, Eigen::VectorXd> now{0, w};  // the value, and its slope by w
  for (int i = 0; i < 200; ++i) {
    step.into(now, w, X, y);
    w -= 0.5 * now.second;
  }
  // [readme train]

  step.into(now, w, X, y);
  const Eigen::ArrayXd p = 1 / (1 + (-(X * w).array()).exp());
  const Eigen::VectorXd by_hand = X.transpose() * (p - y.array()).matrix() / 8;
  const double loss_by_hand = -(y.array() * p.log() + (1 - y.array()) * (1 - p).log()).mean();
  const bool same = (now.second - by_hand).norm() < 1e-13 && std::abs(now.first - loss_by_hand) < 1e-13;
  std::cout << "loss " << now.first << ", weights " << w.transpose() << '\n';
  std::cout << "the slope and the loss are " << (same ? "those" : "NOT those") << " of the formulas\n";
  return same ? 0 : 1;
}
