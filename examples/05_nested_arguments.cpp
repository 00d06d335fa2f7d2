// Nested arguments and several results: vectors, maps, tuples, optionals and plain structs of arrays, rebuilt with native members.
#include <tendril/eigen.hpp>
#include <tendril/tendril.hpp>

#include <iostream>
#include <map>
#include <optional>
namespace td = tendril;

// Your own aggregates need no registration. One type parameter lets the result have native members too.
template <class A>
struct dense {
  A weight, bias;
};
template <class A>
struct outcome {
  A probabilities;
  std::vector<A> activations;
  std::map<std::string, A> summary;
};

// A small network. Its arguments are a matrix, a vector of structs, a C++ number and perhaps a mask.
outcome<td::array> forward(const td::array& x, const std::vector<dense<td::array>>& layers, double temperature,
                           const std::optional<td::array>& mask) {
  outcome<td::array> out;
  td::array h = x;
  for (const auto& layer : layers) {  // C++ loops and branches run while tracing: the graph holds what they did
    h = td::matmul(h, layer.weight) + layer.bias;
    if (&layer != &layers.back()) h = td::relu(h);
    out.activations.push_back(h);
  }
  if (mask) h = td::where(*mask, h, -1e9);
  out.probabilities = td::softmax(h / temperature);
  out.summary["largest"] = td::max(out.probabilities, {.axis = 1, .keepdims = true});
  out.summary["entropy"] = -td::sum(out.probabilities * td::log(out.probabilities + 1e-30), {.axis = 1, .keepdims = true});
  return out;
}

int main() {
  Eigen::MatrixXd x(2, 3);
  x << 0.5, -1.0, 2.0, 1.5, 0.25, -0.75;
  std::vector<dense<Eigen::MatrixXd>> layers(2);
  layers[0].weight = (Eigen::MatrixXd(3, 4) << 0.1, 0.4, -0.3, 0.2, -0.6, 0.5, 0.8, -0.1, 0.3, -0.2, 0.7, 0.9).finished();
  layers[0].bias = Eigen::MatrixXd::Constant(1, 4, 0.05);
  layers[1].weight = (Eigen::MatrixXd(4, 3) << 1.0, -0.5, 0.25, 0.3, 0.9, -0.7, -0.2, 0.6, 0.4, 0.8, -0.1, 0.5).finished();
  layers[1].bias = Eigen::MatrixXd::Zero(1, 3);

  // The structure that went in decides what comes out: here an outcome<Eigen::MatrixXd>.
  auto f = td::trace_graph(forward);
  const std::optional<Eigen::MatrixXd> no_mask;
  const outcome<Eigen::MatrixXd> o = f(x, layers, 1.0, no_mask);
  std::cout << "probabilities\n"
            << o.probabilities << "\nof " << o.activations.size() << " activations the last\n"
            << o.activations.back() << "\n";
  for (const auto& [name, value] : o.summary) std::cout << name << ": " << value.transpose() << "\n";

  // `temperature` is a double in C++, so it is a constant of the trace: another value is another trace. A third layer, or a mask,
  // is another structure, and another trace too.
  f(x, layers, 2.0, no_mask);
  std::cout << "\nafter another temperature: " << f.stats().traces << " traces\n";
  f(x, layers, 2.0, std::optional(Eigen::Array<bool, Eigen::Dynamic, Eigen::Dynamic>::Constant(2, 3, true).eval()));
  std::cout << "after a mask: " << f.stats().traces << " traces\n";

  // A parameter of type td::array takes a C++ number as an array of rank 0 instead: any value replays.
  td::traced scale = [](const td::array& a, const td::array& factor) { return std::pair(a * factor, td::sum(a) * factor); };
  for (double factor : {1.0, 2.0, 3.0}) {
    const auto [scaled, total] = scale(x, factor);
    std::cout << "times " << factor << ": " << scaled.row(0) << ", in all " << total << "\n";
  }
  std::cout << scale.stats().traces << " trace\n";
}
