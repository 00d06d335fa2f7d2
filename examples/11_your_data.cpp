// Data as programs hold it: numbers out, lists of points, a pointer and a shape, structs of matrices and settings, a kernel size.
#include <tendril/eigen.hpp>
#include <tendril/tendril.hpp>

#include <array>
#include <iostream>
#include <vector>
namespace td = tendril;

// What the functor takes, and the same as the program has it: fields correspond in order, numbers stay numbers.
struct layer {
  td::array weight, bias;
  double slope;
};
struct my_layer {
  Eigen::MatrixXd weight;
  Eigen::VectorXd bias;
  double slope;
};

td::array apply(const layer& l, const td::array& x) {
  const td::array h = td::matmul(l.weight, x) + l.bias;
  return td::where(h > 0 || l.slope == 1, h, h * l.slope);
}

int main() {
  // A number comes out: by itself, or beside others.
  const auto loss = td::trace_graph([](const td::array& x) { return td::mean(x * x); });
  const double l = loss.call_as<double>(std::vector<double>{1, 2, 3});
  std::cout << "loss " << l << "\n";
  const auto both = td::trace_graph([](const td::array& x) { return std::pair(x / td::sum(x), td::sum(x)); });
  const auto [shares, total] = both.call_as<std::pair<Eigen::VectorXd, double>>(std::vector<double>{1, 3});
  std::cout << "shares " << shares.transpose() << " of " << total << "\n";

  // A list of points is an array of shape (n, 3). A mask is counted by its sum.
  std::vector<Eigen::Vector3d> points{{1, 2, 2}, {0, 3, 4}, {9, 0, 0}};
  const auto centred = td::trace_graph([](const td::array& p) { return p - td::mean(p, {.axis = 0}); });
  points = centred(points);
  std::cout << "first point " << points[0].transpose() << "\n";
  const auto near = td::trace_graph([](const td::array& p) { return td::sum(td::sum(p * p, {.axis = 1}) < 20); });
  std::cout << "near the centre: " << near.call_as<std::int64_t>(points) << "\n";

  // A pointer and a shape: in, and as the place of the result. Strides count elements.
  std::vector<float> image(2 * 2 * 3, 0.25f), gray(2 * 2);
  const auto to_gray = td::trace_graph([](const td::array& rgb) { return td::matmul(rgb, std::array<float, 3>{0.25f, 0.5f, 0.25f}); });
  to_gray.into(td::view(gray.data(), {2, 2}), td::view(image.data(), {2, 2, 3}));
  std::cout << "gray " << gray[0] << "\n";

  // A struct of native arrays and numbers, for one of td::array.
  const auto forward = td::trace_graph(apply);
  const my_layer mine{Eigen::Matrix2d{{1, -1}, {2, 0}}, Eigen::Vector2d(0.5, -3), 0.1};
  std::cout << "forward " << forward.call_as<Eigen::VectorXd>(mine, std::vector<double>{1, 2}).transpose() << "\n";

  // What shapes the graph is a static value: a kernel size, an order of axes.
  const auto pooled = td::trace_graph([](const td::array& x, const std::array<int, 2>& size) {
    return td::max(td::reshape(x, {-1, size[0] * size[1]}), {.axis = 1});
  });
  for (double m : pooled(std::vector<double>{1, 5, 2, 3, 4, 0, 8, 7}, td::static_(std::array<int, 2>{2, 2}))) std::cout << m << " ";
  std::cout << "\n";

  // Overwriting a td::array, in place where nobody shares its memory.
  td::array y;
  for (double x : {1.0, 2.0}) loss.into(y, std::vector<double>{x, x});
  std::cout << "last loss " << y << "\n";
}
