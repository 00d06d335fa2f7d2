// From Eigen: a Kalman filter's step, written once for any matrix type, runs on Eigen's own and is recorded; it leaves as Python for JAX.
#include <tendril/eigen.hpp>
#include <tendril/frontends/eigen.hpp>
#include <tendril/tendril.hpp>

#include <Eigen/Dense>
#include <iostream>
namespace td = tendril;

// [readme kalman]
template <class M>
M update(const M& state, const M& covariance, const M& measured, const M& noise, const M& z) {
  const M innovation = z - measured * state;
  const M S = measured * covariance * measured.transpose() + noise;
  const M gain = covariance * measured.transpose() * S.inverse();
  return state + gain * innovation;
}
// [readme kalman]

template <class V>
V turned(const V& omega, const V& inertia, const V& torque) {
  return omega + 0.01 * (torque - omega.cross(inertia.cwiseProduct(omega))).cwiseQuotient(inertia);
}

int main() {
  using td::frontends::eigen::Matrix;
  const Eigen::VectorXd state{{1, 2, 0.5, -0.25}}, z{{1.1, 1.9}};
  Eigen::MatrixXd measured = Eigen::MatrixXd::Zero(2, 4);
  measured(0, 0) = measured(1, 1) = 1;
  const Eigen::MatrixXd covariance = 2 * Eigen::MatrixXd::Identity(4, 4), noise = 0.5 * Eigen::MatrixXd::Identity(2, 2);

  // The same template: Eigen's types here, the frontend's there.
  const auto step = td::transpile(update<Matrix>, td::source::eigen, td::target::eigen);
  const Eigen::VectorXd recorded = step(state, covariance, measured, noise, z);
  const Eigen::MatrixXd plain = update<Eigen::MatrixXd>(state, covariance, measured, noise, z);
  std::cout << "recorded: " << recorded.transpose() << "\nEigen:    " << plain.transpose() << '\n';

  const Eigen::Vector3d omega(0.3, -1, 2), inertia(1, 2, 3), torque(0.1, 0, -0.2);
  const auto turn = td::transpile(turned<Matrix>, td::source::eigen, td::target::jax, {.name = "turned"});
  std::cout << "turned:   " << Eigen::Vector3d(turn(omega, inertia, torque)).transpose() << "\n\n";
  std::cout << td::source_code(turn.graph(omega, inertia, torque), td::target::jax, {.arguments = {"omega", "inertia", "torque"}});
}
