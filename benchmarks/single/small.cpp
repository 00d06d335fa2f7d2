// Small functions as people write them over fixed-size Eigen: products, sums, a filter step, a solve, rotations, kinematics with its
// Jacobian, vectors in and out. Beside each the same in fixed-size Eigen, which the compiler knows whole.
#include <tendril/eigen.hpp>
#include <tendril/linalg.hpp>
#include <tendril/tendril.hpp>

#include <Eigen/Dense>
#include <array>
#include <cmath>
#include <cstdio>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

#include "turns.hpp"

namespace {

namespace td = tendril;
template <int N, int M = N>
using matrix = Eigen::Matrix<double, N, M>;
template <int N>
using vector = Eigen::Matrix<double, N, 1>;
template <int N>
using rows = Eigen::Matrix<double, N, N, Eigen::RowMajor>;

// What is looked at is computed.
template <class T>
void look(const T& x) {
  asm volatile("" ::"r"(&x) : "memory");
}
void look_twice(const void* a, const void* b) { asm volatile("" ::"r"(a), "r"(b) : "memory"); }

template <class Traced, class Hand>
void compare(const char* name, Traced traced, Hand hand) {
  constexpr int calls = 200;  // a clock takes longer than one
  std::vector<bench::contender> all{{"Tendril",
                                     [&] {
                                       for (int i = 0; i < calls; ++i) traced();
                                     }},
                                    {"Eigen", [&] {
                                       for (int i = 0; i < calls; ++i) hand();
                                     }}};
  bench::take_turns(all, 41, bench::processor_seconds);
  std::printf("| %s | %.1f ns | %.1f ns | %.2f |\n", name, bench::median(all[0].seconds) * 1e9 / calls,
              bench::median(all[1].seconds) * 1e9 / calls, bench::ratio(all[0].seconds, all[1].seconds));
}

template <class A, class B>
void agree(const char* name, const A& a, const B& b) {
  if (!a.isApprox(b, 1e-9)) std::printf("%s: the results differ\n", name);
}

// Of two matrices one: by ops, and by Eigen into its last argument.
template <class M, class Ops, class Hand>
void of_two(const char* name, Ops ops, Hand hand) {
  const M a = M::Random(), b = M::Random();
  M c, d;
  const auto f = td::trace_graph(ops);
  compare(
      name,
      [&] {
        f.into(c, a, b);
        look(c);
      },
      [&] {
        hand(a, b, d);
        look(d);
      });
  agree(name, c, d);
}
template <class M>
void product(const char* name) {
  of_two<M>(
      name, [](const td::array& x, const td::array& y) { return td::matmul(x, y); },
      [](const M& a, const M& b, M& c) { c.noalias() = a * b; });
}
template <class M>
void affine(const char* name) {
  of_two<M>(
      name, [](const td::array& x, const td::array& y) { return 2 * x + y; }, [](const M& a, const M& b, M& c) { c = 2 * a + b; });
}

void filter_step() {
  const vector<4> x = vector<4>::Random();
  const matrix<4> p = matrix<4>::Identity() * 2, f = matrix<4>::Random(), q = matrix<4>::Identity() * 0.1;
  const matrix<2, 4> h = matrix<2, 4>::Random();
  const matrix<2> r = matrix<2>::Identity();
  const vector<2> z = vector<2>::Random();
  const auto step = td::trace_graph([](const td::array& x, const td::array& p, const td::array& f, const td::array& h, const td::array& q,
                                       const td::array& r, const td::array& z) {
    const td::array ahead = td::matmul(f, x), spread = td::matmul(td::matmul(f, p), td::matrix_transpose(f)) + q;
    const td::array seen = td::matmul(spread, td::matrix_transpose(h));
    const td::array gain = td::matmul(seen, td::inv(td::matmul(h, seen) + r));
    return std::pair{ahead + td::matmul(gain, z - td::matmul(h, ahead)), td::matmul(td::eye(4) - td::matmul(gain, h), spread)};
  });
  vector<4> nx, mx;
  matrix<4> np, mp;
  compare(
      "extended Kalman step, 4 states, 2 measurements",
      [&] {
        step.into(std::tie(nx, np), x, p, f, h, q, r, z);
        look_twice(&nx, &np);
      },
      [&] {
        const vector<4> ahead = f * x;
        const matrix<4> spread = f * p * f.transpose() + q;
        const matrix<4, 2> seen = spread * h.transpose();
        const matrix<4, 2> gain = seen * (h * seen + r).inverse();
        mx = ahead + gain * (z - h * ahead);
        mp = (matrix<4>::Identity() - gain * h) * spread;
        look_twice(&mx, &mp);
      });
  agree("filter", nx, mx);
  agree("filter", np, mp);
}

template <int N>
void solve(const char* name) {
  const matrix<N> a = matrix<N>::Random() + matrix<N>::Identity() * 3;
  const vector<N> b = vector<N>::Random();
  vector<N> x, y;
  const auto f = td::trace_graph([](const td::array& a, const td::array& b) { return td::solve(a, b); });
  compare(
      name,
      [&] {
        f.into(x, a, b);
        look(x);
      },
      [&] {
        y = a.partialPivLu().solve(b);
        look(y);
      });
  agree(name, x, y);
}

void skew_rotation() {
  const vector<3> w(0.3, -0.2, 0.5);
  matrix<3> a, b;
  const auto f = td::trace_graph([](const td::array& w) {
    const td::array x = w[0], y = w[1], z = w[2], o = x * 0;
    const td::array k = td::reshape(td::stack({o, -z, y, z, o, -x, -y, x, o}), {3, 3});
    return td::eye(3) + k + 0.5 * td::matmul(k, k);
  });
  compare(
      "I + K + K K / 2 of a rotation vector",
      [&] {
        f.into(a, w);
        look(a);
      },
      [&] {
        matrix<3> k;
        k << 0, -w[2], w[1], w[2], 0, -w[0], -w[1], w[0], 0;
        b = matrix<3>::Identity() + k + 0.5 * k * k;
        look(b);
      });
  agree("rotation", a, b);
}

void compositions() {
  const matrix<3> r1 = matrix<3>::Random(), r2 = matrix<3>::Random(), r3 = matrix<3>::Random();
  const vector<3> p = vector<3>::Random(), t = vector<3>::Random();
  vector<3> a, b;
  const auto f = td::trace_graph([](const td::array& r1, const td::array& r2, const td::array& r3, const td::array& p, const td::array& t) {
    return td::matmul(td::matmul(td::matmul(r1, r2), r3), p) + t;
  });
  compare(
      "three rotations and a translation of a point",
      [&] {
        f.into(a, r1, r2, r3, p, t);
        look(a);
      },
      [&] {
        b = r1 * r2 * r3 * p + t;
        look(b);
      });
  agree("compositions", a, b);
}

// A planar arm's tip and its Jacobian, as chains of homogeneous matrices and cross products.
void kinematics() {
  constexpr int joints = 4;
  const vector<joints> q(0.3, -0.4, 0.8, 0.1);
  vector<3> tip, other_tip;
  matrix<3, joints> j, other_j;
  const auto f = td::trace_graph([](const td::array& q) {
    td::array t = td::eye(4);
    std::vector<td::array> axes, origins;
    const td::array zero = q[0] * 0, one = zero + 1;
    for (int i = 0; i < joints; ++i) {
      const td::array c = td::cos(q[i]), s = td::sin(q[i]);
      axes.push_back(t[{td::slice(0, 3), 2}]);
      origins.push_back(t[{td::slice(0, 3), 3}]);
      const td::array link =
          td::reshape(td::stack({c, -s, zero, c * 0.5, s * 0, c * 0, -one, zero, s, c, zero, s * 0.5, zero, zero, zero, one}), {4, 4});
      t = td::matmul(t, link);
    }
    const td::array p = t[{td::slice(0, 3), 3}];
    std::vector<td::array> columns;
    for (int i = 0; i < joints; ++i) {
      const td::array a = axes[static_cast<std::size_t>(i)], d = p - origins[static_cast<std::size_t>(i)];
      columns.push_back(td::stack({a[1] * d[2] - a[2] * d[1], a[2] * d[0] - a[0] * d[2], a[0] * d[1] - a[1] * d[0]}));
    }
    return std::pair{p, td::stack(columns, {.axis = 1})};
  });
  compare(
      "kinematics of 4 joints with the Jacobian",
      [&] {
        f.into(std::tie(tip, j), q);
        look_twice(&tip, &j);
      },
      [&] {
        matrix<4> t = matrix<4>::Identity();
        vector<3> axes[joints], origins[joints];
        for (int i = 0; i < joints; ++i) {
          const double c = std::cos(q[i]), s = std::sin(q[i]);
          axes[i] = t.block<3, 1>(0, 2);
          origins[i] = t.block<3, 1>(0, 3);
          matrix<4> link;
          link << c, -s, 0, c * 0.5, 0, 0, -1, 0, s, c, 0, s * 0.5, 0, 0, 0, 1;
          t = t * link;
        }
        other_tip = t.block<3, 1>(0, 3);
        for (int i = 0; i < joints; ++i) other_j.col(i) = axes[i].cross(other_tip - origins[i]);
        look_twice(&other_tip, &other_j);
      });
  agree("kinematics", tip, other_tip);
  agree("kinematics", j, other_j);
}

// Each result is twice its argument.
template <std::size_t... I>
auto doubled(std::index_sequence<I...>) {
  return td::trace_graph([](const std::array<td::array, sizeof...(I)>& x) { return std::array<td::array, sizeof...(I)>{(x[I] * 2)...}; });
}
template <class M, std::size_t N>
void many(const char* name) {
  std::array<M, N> x, y, z;
  for (M& m : x) m.setRandom();
  const auto f = doubled(std::make_index_sequence<N>());
  compare(
      name,
      [&] {
        f.into(y, x);
        look(y);
      },
      [&] {
        for (std::size_t i = 0; i < N; ++i) z[i] = x[i] * 2;
        look(z);
      });
  for (std::size_t i = 0; i < N; ++i) agree(name, y[i], z[i]);
}

// One after another: 10,000 matrices side by side, of which Eigen takes one at a time.
template <int N>
void batches() {
  constexpr int count = 10000;
  std::vector<rows<N>> a(count), b(count), c(count);
  for (rows<N>& m : a) m = rows<N>::Random() + 3 * rows<N>::Identity();
  for (rows<N>& m : b) m.setRandom();
  const auto array_of = [](const std::vector<rows<N>>& v) {
    return td::reshape(td::asarray(std::span<const double>(v[0].data(), count * N * N)), {count, N, N});
  };
  const td::array x = array_of(a), y = array_of(b);
  td::array z = td::zeros_like(x);
  const auto measure = [&](const char* what, auto tendril, auto eigen) {
    std::vector<bench::contender> all{{"Tendril", tendril}, {"Eigen", eigen}};
    bench::take_turns(all, 41, bench::processor_seconds);
    std::printf("| %s of 10,000 %d x %d | %.0f us | %.0f us | %.2f |\n", what, N, N, bench::median(all[0].seconds) * 1e6,
                bench::median(all[1].seconds) * 1e6, bench::ratio(all[0].seconds, all[1].seconds));
    double gap = 0;
    for (int i = 0; i < count; ++i)
      gap = std::max(gap, (Eigen::Map<const rows<N>>(z.data<double>() + i * N * N) - c[static_cast<std::size_t>(i)]).norm());
    if (!(gap < 1e-9)) std::printf("%s: the results differ\n", what);
  };
  const auto product = td::trace_graph([](const td::array& p, const td::array& q) { return td::matmul(p, q); });
  measure(
      "product", [&] { product.into(z, x, y); },
      [&] {
        for (std::size_t i = 0; i < count; ++i) c[i].noalias() = a[i] * b[i];
      });
  const auto inverse = td::trace_graph([](const td::array& p) { return td::inv(p); });
  measure(
      "inverse", [&] { inverse.into(z, x); },
      [&] {
        for (std::size_t i = 0; i < count; ++i) c[i] = a[i].partialPivLu().inverse();
      });
}

}  // namespace

int main() {
  std::printf("| by `into` | Tendril | fixed-size Eigen | ratio |\n|---|---|---|---|\n");
  product<matrix<3>>("product of `Matrix3d`");
  product<rows<3>>("product of row-major 3 x 3");
  product<matrix<4>>("product of `Matrix4d`");
  product<matrix<6>>("product of 6 x 6");
  affine<matrix<4>>("2 x + y of `Matrix4d`");
  affine<rows<4>>("2 x + y of row-major 4 x 4");
  filter_step();
  solve<3>("solve of 3 x 3");
  solve<6>("solve of 6 x 6");
  skew_rotation();
  compositions();
  kinematics();
  many<vector<3>, 4>("4 `Vector3d` to 4");
  many<vector<3>, 16>("16 `Vector3d` to 16");
  many<matrix<3>, 16>("16 `Matrix3d` to 16");
  batches<3>();
  batches<4>();
  batches<6>();
}
