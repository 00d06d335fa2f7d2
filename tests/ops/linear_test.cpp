// Determinants, systems of equations, Cholesky's triangles and scatter beyond the reference cases: refusals, singular matrices, sizes about
// the blocks, views, and a filter that uses them.
#include <cmath>

#include <tendril/tendril.hpp>

#include "catch.hpp"
#include "trace_helpers.hpp"

namespace td = tendril;
using td::array;

namespace {

using trace_test::message_of;

/// n rows that no elimination finds singular.
array regular(std::int64_t n, td::dtype d) {
  const array i = td::reshape(td::arange(static_cast<double>(n * n)), {n, n});
  return td::astype(td::sin(i * 1.7) + 3.0 * td::eye(n), d);
}
array positive(std::int64_t n, td::dtype d) {
  const array r = regular(n, td::float64);
  return td::astype(td::matmul(r, td::matrix_transpose(r)) + td::eye(n), d);
}
double largest(const array& x) { return td::max(td::abs(td::astype(x, td::float64))).item<double>(); }
bool equal(const array& a, const array& b) { return a.shape() == b.shape() && a.dtype() == b.dtype() && td::all(a == b).item<bool>(); }
const double inf = std::numeric_limits<double>::infinity();

}  // namespace

TEST_CASE("what is solved fits the system, for sizes about the blocks") {
  for (const std::string& backend : td::backends()) {
    const td::backend_scope scope(backend);
    for (const td::dtype d : {td::float32, td::float64})
      for (const std::int64_t n : {1, 2, 31, 32, 33, 63, 64, 65, 100, 130}) {
        INFO(backend << " " << td::name_of(d) << " " << n);
        const double eps = d == td::float32 ? 1.2e-7 : 2.3e-16;
        const array a = regular(n, d), b = td::astype(td::cos(td::reshape(td::arange(static_cast<double>(3 * n)), {n, 3})), d);
        const array y = td::solve(a, b), wide = td::astype(y, td::float64);
        CHECK(y.dtype() == d);
        const double size = largest(td::sum(td::abs(td::astype(a, td::float64)), {.axis = {1}})) * largest(y) + largest(b);
        CHECK(largest(td::matmul(td::astype(a, td::float64), wide) - td::astype(b, td::float64)) <=
              10 * static_cast<double>(n) * eps * size);
        const array one = td::matmul(td::astype(a, td::float64), td::astype(td::inv(a), td::float64));
        CHECK(largest(one - td::eye(n)) <= 100 * static_cast<double>(n) * eps * largest(a) * largest(td::inv(a)));
        const array p = positive(n, d), l = td::cholesky(p),
                    back = td::matmul(td::astype(l, td::float64), td::matrix_transpose(td::astype(l, td::float64)));
        CHECK(largest(back - td::astype(p, td::float64)) <= 4 * static_cast<double>(n) * eps * largest(p));
        CHECK(equal(td::cholesky(td::matrix_transpose(p), {.upper = true}), td::matrix_transpose(l)));
        const auto [sign, logarithm] = td::slogdet(a);
        const auto [twice_sign, twice] = td::slogdet(td::matmul(a, a));
        CHECK(twice_sign.item<double>() == 1);
        CHECK(twice.item<double>() ==
              Approx(2 * logarithm.item<double>()).epsilon(static_cast<double>(n) * eps * 1000).margin(1e-4 * (d == td::float32)));
        if (n <= 33)
          CHECK(td::det(a).item<double>() ==
                Approx(sign.item<double>() * std::exp(logarithm.item<double>())).epsilon(static_cast<double>(n) * eps * 100));
      }
  }
}

TEST_CASE("matrices of any layout are read where they are, and results written so") {
  for (const std::string& backend : td::backends()) {
    const td::backend_scope scope(backend);
    const array a = regular(4, td::float64), wide = td::reshape(td::arange(32.0), {4, 8}), b = wide[{td::slice(), td::slice({}, {}, 2)}];
    CHECK(equal(td::solve(td::matrix_transpose(a), b), td::solve(td::matrix_transpose(a) + 0.0, b + 0.0)));
    CHECK(equal(td::inv(td::flip(a)), td::inv(td::flip(a) + 0.0)));
    CHECK(equal(td::det(td::broadcast_to(a, {3, 4, 4})), td::det(a) + td::zeros({3})));
    const auto f = td::trace_graph([](const array& x) { return td::inv(x); }, {.to = backend});
    std::vector<double> out(16);
    const td::array_view columns = [&] {
      td::array_view v = a.view();
      v.data = out.data();
      v.strides[0] = 1, v.strides[1] = 4;
      return v;
    }();
    f.compiled(a).into(std::vector<td::array_view>{columns}, std::vector<td::array_view>{a.view()});
    CHECK(equal(td::matrix_transpose(td::reshape(td::asarray(out), {4, 4})) + 0.0, td::inv(a)));
  }
}

TEST_CASE("a singular matrix is an error when the function runs, or what a pivot of 0 comes to") {
  const array singular = array({{1.0, 2.0}, {2.0, 4.0}}), batch = td::stack({td::eye(2), singular, td::eye(2)});
  for (const std::string& backend : td::backends()) {
    const td::backend_scope scope(backend);
    const char* const text =
        "[inv] the matrix is singular: got a pivot of 0 in row 1 of 2, expected none. Add a multiple of the identity "
        "matrix, or leave out the rows that follow from others.";
    CHECK(message_of([&] { td::inv(singular); }) == text);
    const auto f = td::trace_graph([](const array& x) { return td::inv(x) * 2.0; }, {.to = backend});
    CHECK(equal(f(td::eye(2)), 2.0 * td::eye(2)));
    CHECK(message_of([&] { f(singular); }) == text);
    CHECK(message_of([&] {
            td::solve(batch, array({1.0, 2.0}));
          }) ==
          "[solve] the matrix is singular: got a pivot of 0 in row 1 of 2 of matrix 1, expected none. Add a multiple of the identity "
          "matrix, or leave out the rows that follow from others.");
    CHECK(message_of([&] {
            td::cholesky(td::stack({td::eye(2), -td::eye(2)}));
          }) ==
          "[cholesky] the matrix is not positive definite: got a pivot of 0 or less in row 0 of 2 of matrix 1, expected all above 0. Add "
          "a multiple of the identity matrix.");
    CHECK(td::det(singular).item<double>() == 0);
    CHECK(td::slogdet(singular).first.item<double>() == 0);
    CHECK(td::slogdet(singular).second.item<double>() == -inf);
    // As LAPACK leaves it: NumPy looks at its report, JAX does not.
    CHECK(equal(td::inv(singular, {.check = false}), array({{-inf, inf}, {inf, -inf}})));
    CHECK(equal(td::solve(singular, array({1.0, 1.0}), {.check = false}), array({-inf, inf})));
    const array l = td::cholesky(array({{1.0, 2.0}, {2.0, 1.0}}), {.check = false});
    CHECK(equal(td::isnan(l), array({{true, false}, {true, true}})));
    CHECK(l[{0, 1}].item<double>() == 0);
  }
}

TEST_CASE("operands that are no systems are refused") {
  const array x = td::ones({2, 3}), a = td::eye(2);
  CHECK(message_of([&] { td::det(x); }) ==
        "[det] the operand is no square matrix: got float64[2, 3], expected two last extents that are equal. Pass "
        "a matrix of as many columns as rows.");
  CHECK_THROWS_AS(td::det(x), td::shape_error);
  CHECK_THROWS_WITH(td::inv(array({1.0})), contains("[inv] the operand is no square matrix: got float64[1]"));
  CHECK_THROWS_WITH(td::cholesky(array(1.0)), contains("[cholesky] the operand is no square matrix: got float64[]"));
  CHECK_THROWS_WITH(td::slogdet(x), contains("[slogdet] the operand is no square matrix: got float64[2, 3]"));
  CHECK_THROWS_WITH(td::det(array({{true}})), contains("[det] the dtype is not taken: got bool, expected a numeric dtype."));
  CHECK(message_of([&] { td::solve(a, array(1.0)); }) ==
        "[solve] the right side has rank 0: got float64[], expected rank 1 or more. Divide by a scalar with td::divide.");
  CHECK(
      message_of([&] { td::solve(a, td::ones({3})); }) ==
      "[solve] the right side does not fit: got float64[2, 2] and float64[3], expected as many rows (2) as the matrix has. Make a column of "
      "each vector of a batch with td::expand_dims.");
  CHECK_THROWS_AS(td::solve(td::ones({3, 2, 2}), td::ones({4, 2, 1})), td::shape_error);
}

TEST_CASE("powers of matrices, of negative exponents too") {
  const array x = array({{1.0, 2.0}, {3.0, 5.0}}), cube = td::matmul(td::matmul(x, x), x);
  CHECK(equal(td::linalg::matrix_power(x, 3), cube));
  CHECK(equal(td::linalg::matrix_power(x, 0), td::eye(2)));
  CHECK(equal(td::linalg::matrix_power(array({{1, 2}, {3, 5}}), 3), td::astype(cube, td::int32)));
  CHECK(td::allclose(td::linalg::matrix_power(x, -3), td::inv(cube), 1e-12, 1e-12));
  const auto f = td::trace_graph([](const array& a) { return td::linalg::matrix_power(a, -2); });
  CHECK(td::allclose(f(x), td::inv(td::matmul(x, x)), 1e-12, 1e-12));
  CHECK(message_of([&] {
          td::linalg::matrix_power(td::ones({2, 3}), 2);
        }) == "[matrix_power] the matrix is not square: got float64[2, 3], expected as many rows as columns. Cut it.");
}

TEST_CASE("scatter refuses what does not fit, and indices out of range") {
  const array x = td::zeros({2, 3}), one = array({{1}}), row = array({1});
  CHECK_THROWS_WITH(td::scatter(x, array({{1.0}}), 1.0), contains("[scatter] the dtype of the indices is not taken: got float64"));
  CHECK_THROWS_WITH(td::scatter(x, one, 1.0, {.combine = "mean"}),
                    contains("[scatter] unknown way to combine: got \"mean\", expected \"set\" or \"add\". Pass one of these."));
  CHECK(
      message_of([&] { td::scatter(x, row, 1.0); }) ==
      "[scatter] the shapes do not fit: got float64[2, 3], indices int32[1] and updates weak float64[], expected indices of x's rank, and both "
      "with extents that are 1 or x's, but along axis 1. Add axes with td::expand_dims.");
  CHECK_THROWS_AS(td::scatter(x, td::array({{0}, {1}, {0}}), 1.0), td::shape_error);
  CHECK_THROWS_AS(td::scatter(x, one, td::ones({2, 2})), td::shape_error);
  CHECK_THROWS_AS(td::scatter(x, one, 1.0, {.axis = 2}), td::index_error);
  for (const std::string& backend : td::backends()) {
    const td::backend_scope scope(backend);
    for (const int bad : {3, -4}) {
      const std::string text = "[scatter] index out of range: got " + std::to_string(bad) +
                               " on axis 1, expected -3 <= index < 3. Check the extent "
                               "with shape().";
      CHECK(message_of([&] { td::scatter(x, array({{bad}}), 1.0); }) == text);
      const auto f = td::trace_graph([](const array& y, const array& i) { return td::scatter(y, i, 1.0); }, {.to = backend});
      CHECK(message_of([&] { f(x, array({{bad}})); }) == text);
      CHECK(equal(f(x, one), array({{0.0, 1.0, 0.0}, {0.0, 1.0, 0.0}})));
    }
    // A number takes the dtype of x.
    CHECK(td::scatter(td::zeros({3}, {.dtype = td::float32}), row, 2.5).dtype() == td::float32);
  }
}

// ---- the predict and update of a Kalman filter, as textbooks have them

namespace {

struct state {
  array mean, covariance;
};

state step(const state& s, const array& F, const array& Q, const array& H, const array& R, const array& z) {
  const array mean = td::matmul(F, s.mean), P = td::matmul(td::matmul(F, s.covariance), td::matrix_transpose(F)) + Q;
  const array S = td::matmul(td::matmul(H, P), td::matrix_transpose(H)) + R;
  const array gain = td::matrix_transpose(td::solve(S, td::matmul(H, P)));  // S and P are symmetric
  return {mean + td::matmul(gain, z - td::matmul(H, mean)), td::matmul(td::eye(F.shape(0)) - td::matmul(gain, H), P)};
}

}  // namespace

TEST_CASE("a Kalman filter gives NumPy's numbers") {
  const array F = array({{1.0, 0.5}, {0.0, 1.0}}), Q = array({{0.02, 0.01}, {0.01, 0.04}}), H = array({{1.0, 0.0}, {0.25, 1.0}}),
              R = array({{0.5, 0.1}, {0.1, 0.3}});
  const std::vector<array> seen{array({1.0, 0.4}), array({1.3, 0.7}), array({1.9, 0.2}), array({2.2, 0.6})};
  // The same steps in NumPy 2.4.6, with numpy.linalg.solve.
  const array mean = array({1.6669325952917586, 0.21478353524874666}),
              covariance = array({{0.15790708021676228, 0.042023013846897744}, {0.04202301384689772, 0.0844637767775438}});
  for (const std::string& backend : td::backends()) {
    INFO(backend);
    const auto traced = td::trace_graph(step, {.to = backend});
    state s{td::zeros({2}), td::eye(2)}, replayed = s;
    const td::backend_scope scope(backend);
    for (const array& z : seen) {
      s = step(s, F, Q, H, R, z);
      replayed = traced(replayed, F, Q, H, R, z);
    }
    CHECK(td::allclose(s.mean, mean, 1e-13, 1e-13));
    CHECK(td::allclose(s.covariance, covariance, 1e-13, 1e-13));
    CHECK(td::allclose(replayed.mean, mean, 1e-13, 1e-13));
    CHECK(td::allclose(replayed.covariance, covariance, 1e-13, 1e-13));
    CHECK(traced.stats().traces == 1);
  }
}
