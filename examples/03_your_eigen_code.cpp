// Your Eigen program on Tendril: matrices, maps, references and blocks go in as they are, results come back into Eigen's own storage.
#include <tendril/eigen.hpp>
#include <tendril/tendril.hpp>

#include <iostream>
namespace td = tendril;

// A step of logistic regression, as one writes it in Eigen: each line makes temporaries and walks the data again.
Eigen::VectorXd step_in_eigen(const Eigen::VectorXd& w, const Eigen::MatrixXd& X, const Eigen::VectorXd& y) {
  const Eigen::ArrayXd p = 1 / (1 + (-(X * w).array()).exp());
  const Eigen::VectorXd gradient = X.transpose() * (p - y.array()).matrix() / double(X.rows());
  return w - 0.5 * gradient;
}

// [readme eigen]
// The same over td::array. `X` is rank 2, `w` and `y` are rank 1, as they are in Eigen.
td::array step(const td::array& w, const td::array& X, const td::array& y) {
  const td::array p = td::sigmoid(td::matmul(X, w));
  const td::array gradient = td::matmul(td::matrix_transpose(X), p - y) / X.shape(0);
  return w - 0.5 * gradient;
}
// [readme eigen]

// A function of yours that takes any writable vector: a VectorXd, a segment, a Map.
void train(Eigen::Ref<Eigen::VectorXd> w, const Eigen::MatrixXd& X, const Eigen::VectorXd& y) {
  static const td::traced traced_step = step;                  // traced at the first call, shared by all
  for (int i = 0; i < 100; ++i) traced_step.into(w, w, X, y);  // reads and writes `w`: the overlap is seen and handled
}

int main() {
  const Eigen::IOFormat row(6, Eigen::DontAlignCols, " ", " ");

  // Six points in the plane, a column of ones, and which side of a line each is on. Column-major, as Eigen's default is.
  Eigen::MatrixXd X(6, 3);
  X << 1, 0.2, 1.1, 1, 1.4, -0.3, 1, -0.7, 0.5, 1, -1.2, -0.8, 1, 0.9, 0.6, 1, -0.1, -1.5;
  Eigen::VectorXd y(6), w(3);
  y << 1, 1, 0, 0, 1, 0;
  w << 0.1, -0.2, 0.3;

  // Results are what the first native argument is: VectorXd in, VectorXd out.
  // [readme eigen-call]
  auto f = td::trace_graph(step, td::args(w, X, y));
  const Eigen::VectorXd next = f(w, X, y);
  // [readme eigen-call]
  std::cout << "one step:            " << next.transpose().format(row) << "\n"
            << "the same in Eigen:   " << step_in_eigen(w, X, y).transpose().format(row) << "\n";

  // Blocks, maps and transposes are borrowed where they lie; only the elements they name are read.
  const Eigen::VectorXd half = f(w, X.topRows(4), y.head(4));
  std::cout << "on a block:          " << half.transpose().format(row) << "\n"
            << "the same in Eigen:   " << step_in_eigen(w, X.topRows(4), y.head(4)).transpose().format(row) << "\n";
  double memory[] = {0.1, -0.2, 0.3};
  const Eigen::VectorXd mapped = f(Eigen::Map<Eigen::VectorXd>(memory, 3), X, y);
  std::cout << "from a Map:          " << mapped.transpose().format(row) << "\n";

  // An expression is evaluated once, and then goes in like a matrix. Row-major matrices are one more signature.
  const Eigen::Matrix<double, 6, 3, Eigen::RowMajor> fixed = X;
  std::cout << "an expression:       " << f(2 * w, X, y).transpose().format(row) << "\n"
            << "fixed, row-major:    " << f(w, fixed, y).transpose().format(row) << "\n";

  // Straight into your storage: a column of a matrix that you keep, at the address that it has.
  Eigen::MatrixXd history = Eigen::MatrixXd::Zero(3, 2);
  f.into(history.col(0), w, X, y);
  train(history.col(1), X, y);
  Eigen::VectorXd expected = Eigen::VectorXd::Zero(3);
  for (int i = 0; i < 100; ++i) expected = step_in_eigen(expected, X, y);
  std::cout << "into column 0:       " << history.col(0).transpose().format(row) << "\n"
            << "after 100 steps:     " << history.col(1).transpose().format(row) << "\n"
            << "the same in Eigen:   " << expected.transpose().format(row) << "\n";

  // A result that is another type than the first argument: say which.
  td::traced column_scores = [](const td::array& m) { return td::mean(m, {.axis = 0}) / td::std(m, {.axis = 0, .correction = 1}); };
  const auto scores = column_scores.call_as<Eigen::RowVectorXd>(X.rightCols(2));
  std::cout << "a RowVectorXd:       " << scores.format(row) << "\n";
}
