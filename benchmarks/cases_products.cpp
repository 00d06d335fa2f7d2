// The cases with products: a perceptron, pairwise distances, forward kinematics.
#include <cstdlib>
#include <memory>
#include "cases.hpp"

namespace bench {
namespace {

using native::hand;

td::array constant(const float* p, index rows, index columns) {
  return td::asarray(setup<float>::table(const_cast<float*>(p), rows, columns));
}
td::array constant(const float* p, index n) { return td::asarray(setup<float>::column(const_cast<float*>(p), n)); }

workload perceptron_of(const settings& s) {
  setup<float> w(s, "MLP, 64×784-512-512-10 f32", 1e-5);
  const index rows = w.size(64, 5), in = w.size(784, 37), hidden = w.size(512, 45), out = 10;
  using table = setup<float>::table;
  float* x = w.normal({rows, in});
  float *w1 = w.normal({hidden, in}, 0.03), *b1 = w.normal({hidden}, 0.1), *w2 = w.normal({hidden, hidden}, 0.04),
        *b2 = w.normal({hidden}, 0.1), *w3 = w.normal({out, hidden}, 0.04), *b3 = w.normal({out}, 0.1), *y = w.output(rows * out);
  const native::perceptron_arguments p{{in, hidden, hidden, out}, {w1, w2, w3}, {b1, b2, b3}};
  w.hand(", register tiles over packed weights", [=, mlp = std::shared_ptr(native::tiled_perceptron(p, rows))] { mlp->run(x, y); });
  // oneDNN's relu makes NaN 0: not for special inputs.
  if (std::shared_ptr<native::perceptron> mlp = s.special_inputs ? nullptr : native::onednn_perceptron(p, rows, 1))
    w.hand(", oneDNN prepacked", [=] { mlp->run(x, y); });
  const auto extent = [](index n) { return static_cast<std::size_t>(n); };
  const std::shared_ptr<void> workspace(
      std::aligned_alloc(64, emitted_perceptron_workspace(extent(rows), extent(in), extent(hidden), extent(hidden), extent(out))),
      std::free);
  w.emitted([=] {
    emitted_perceptron(x, w1, b1, w2, b2, w3, b3, y, static_cast<std::byte*>(workspace.get()), extent(rows), extent(in), extent(hidden),
                       extent(hidden), extent(out));
  });
  const perceptron f{constant(w1, hidden, in), constant(b1, hidden),      constant(w2, hidden, hidden),
                     constant(b2, hidden),     constant(w3, out, hidden), constant(b3, out)};
  w.tendril(f, [from = table(x, rows, in), to = table(y, rows, out)](const auto& g) {
    auto target = to;
    g.into(target, from);
  });
  return std::move(w).naive("perceptron");
}

workload distances_of(const settings& s) {
  setup<float> w(s, "pairwise distances, 500×64 f32", 1e-5);
  const index n = w.size(500, 21), depth = 64;
  using table = setup<float>::table;
  float *a = w.normal({n, depth}), *b = w.normal({n, depth}), *y = w.output(n * n);
  w.hand(", direct tile", [=] { hand::distances(a, b, y, n, n, depth); });
  // Infinities of a squared norm and of a product cancel to NaN: the product form is for numbers alone.
  if (!s.special_inputs) w.hand(", product form", [=] { hand::distances_product(a, b, y, n, n, depth); });
  const auto rows = static_cast<std::size_t>(n), columns = static_cast<std::size_t>(depth);
  const std::shared_ptr<void> workspace(std::aligned_alloc(64, emitted_distances_workspace(rows, columns, rows)), std::free);
  w.emitted([=] { emitted_distances(a, b, y, static_cast<std::byte*>(workspace.get()), rows, columns, rows); });
  w.tendril(distances, [from = table(a, n, depth), others = table(b, n, depth), to = table(y, n, n)](const auto& f) {
    auto target = to;
    f.into(target, from, others);
  });
  return std::move(w).naive("distances");
}

// The joints' cosines and sines are the inputs, and every implementation starts from them.
struct angles {
  double *cosines, *sines;
};
angles joints(setup<double>& w, std::vector<index> shape, const settings& s) {
  const angles a{w.uniform(shape, -3, 3), w.uniform(shape, -3, 3)};
  if (s.special_inputs) return a;
  index n = 1;
  for (const index e : shape) n *= e;
  for (index i = 0; i < n; ++i) {
    const double angle = a.cosines[i];
    a.cosines[i] = std::cos(angle), a.sines[i] = std::sin(angle);
  }
  return a;
}

workload kinematics_of_one(const settings& s) {
  setup<double> w(s, "forward kinematics, one pose f64", 1e-13);
  using column = setup<double>::column;
  const angles a = joints(w, {7}, s);
  double* y = w.output(12);
  w.hand("", [=] {
    hand::kinematics(a.cosines, a.sines, y);
    native::keep(y);
  });
  w.emitted([=] { emitted_pose(a.cosines, a.sines, y, 7, 7); });
  w.tendril(pose, [c = column(a.cosines, 7), n = column(a.sines, 7), to = column(y, 12)](const auto& f) {
    auto target = to;
    f.into(target, c, n);
  });
  return std::move(w).naive("kinematics");
}

workload kinematics_of_batch(const settings& s) {
  setup<double> w(s, "forward kinematics, batch of 1024 f64", 1e-13);
  using column = setup<double>::column;
  using table = setup<double>::table;
  const index n = w.size(1024, 37);
  const angles a = joints(w, {7, n}, s);
  double* y = w.output(12 * n);
  w.hand("", [=] { hand::kinematics(a.cosines, a.sines, y, n); });
  w.emitted([=] {
    const auto at = [=](index k) { return y + k * n; };
    emitted_kinematics(a.cosines, a.sines, at(0), at(1), at(2), at(3), at(4), at(5), at(6), at(7), at(8), at(9), at(10), at(11), 7,
                       static_cast<std::size_t>(n), 7);
  });
  w.tendril(kinematics, [=, c = table(a.cosines, 7, n), d = table(a.sines, 7, n)](const auto& f) {
    const auto to = [&]<std::size_t... I>(std::index_sequence<I...>) {
      return std::array<column, 12>{column(y + static_cast<index>(I) * n, n)...};
    }
    (std::make_index_sequence<12>());
    auto target = to;
    f.into(target, c, d);
  });
  return std::move(w).naive("kinematics");
}

}  // namespace

std::vector<named_case> product_cases() {
  return {{"mlp", perceptron_of},
          {"distances", distances_of},
          {"kinematics one", kinematics_of_one},
          {"kinematics batch", kinematics_of_batch}};
}

}  // namespace bench
