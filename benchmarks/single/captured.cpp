// Code for Eigen that the frontend captured, against the same function written over td::array: the step of a Kalman filter, by its number
// of states and of measurements. Eigen's own run of the code stands beside them.
#include <tendril/eigen.hpp>
#include <tendril/frontends/eigen.hpp>

#include <Eigen/Dense>
#include <cstdio>

#include "turns.hpp"

namespace {

namespace td = tendril;
using captured_matrix = td::frontends::eigen::Matrix;

template <class M>
M step(const M& x, const M& P, const M& F, const M& Q, const M& H, const M& R, const M& z) {
  const M predicted = F * x;
  const M covariance = F * P * F.transpose() + Q;
  const M innovation = z - H * predicted;
  const M S = H * covariance * H.transpose() + R;
  const M K = covariance * H.transpose() * S.inverse();
  return predicted + K * innovation;
}

td::array step_of_arrays(const td::array& x, const td::array& P, const td::array& F, const td::array& Q, const td::array& H,
                         const td::array& R, const td::array& z) {
  const td::array predicted = td::matmul(F, x);
  const td::array covariance = td::matmul(td::matmul(F, P), td::matrix_transpose(F)) + Q;
  const td::array innovation = z - td::matmul(H, predicted);
  const td::array S = td::matmul(td::matmul(H, covariance), td::matrix_transpose(H)) + R;
  const td::array K = td::matmul(td::matmul(covariance, td::matrix_transpose(H)), td::inv(S, {.check = false}));
  return predicted + td::matmul(K, innovation);
}

Eigen::MatrixXd positive(int n) {
  const Eigen::MatrixXd a = Eigen::MatrixXd::Random(n, n);
  return a * a.transpose() + Eigen::MatrixXd::Identity(n, n);
}

void measure(int n, int m) {
  const Eigen::VectorXd x = Eigen::VectorXd::Random(n), z = Eigen::VectorXd::Random(m);
  const Eigen::MatrixXd P = positive(n), F = Eigen::MatrixXd::Random(n, n), Q = positive(n), H = Eigen::MatrixXd::Random(m, n),
                        R = positive(m);
  const auto captured = td::trace_graph(td::unify(step<captured_matrix>, td::source::eigen));
  const auto written = td::trace_graph(step_of_arrays);
  Eigen::VectorXd a(n), b(n);
  Eigen::MatrixXd c(n, 1);
  std::vector<bench::contender> all{{"captured", [&] { captured.into(a, x, P, F, Q, H, R, z); }},
                                    {"td::array", [&] { written.into(b, x, P, F, Q, H, R, z); }},
                                    {"Eigen", [&] { c = step<Eigen::MatrixXd>(x, P, F, Q, H, R, z); }}};
  bench::take_turns(all, 41, bench::processor_seconds);
  if (!a.isApprox(b, 1e-10) || !a.isApprox(c.col(0), 1e-10)) std::printf("the results differ\n");
  std::printf("| %d, %d | %.0f ns | %.0f ns (%.2f) | %.0f ns |\n", n, m, bench::median(all[1].seconds) * 1e9,
              bench::median(all[0].seconds) * 1e9, bench::ratio(all[0].seconds, all[1].seconds), bench::median(all[2].seconds) * 1e9);
}

}  // namespace

int main() {
  std::printf("| states, measurements | over `td::array` | captured | Eigen |\n|---|---|---|---|\n");
  for (const auto& [n, m] : {std::pair{2, 1}, {4, 2}, {6, 3}, {8, 4}, {12, 6}}) measure(n, m);
}
