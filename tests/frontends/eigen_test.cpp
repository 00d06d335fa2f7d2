// The Eigen frontend against Eigen itself: generic functions run on Eigen's own types, on the frontend's eagerly, and transpiled.
#include <tendril/frontends/eigen.hpp>

#include <tendril/eigen.hpp>
#include <tendril/tendril.hpp>

#include <Eigen/Dense>
#include <random>

#include "catch.hpp"
#include "trace_helpers.hpp"

namespace {

namespace td = tendril;
using td::frontends::eigen::Array;
using td::frontends::eigen::Matrix;
using trace_test::message_of;

template <class T>
using world = std::conditional_t<std::is_base_of_v<Eigen::ArrayBase<T>, T>, Array, Matrix>;

// What Eigen gives, as a td::array: vectors have one axis.
template <class R>
td::array plain(const R& r) {
  if constexpr (std::is_arithmetic_v<R>) {
    return td::array(r);
  } else {
    const auto whole = r.eval();
    using E = std::decay_t<decltype(whole)>;
    const Eigen::Array<typename E::Scalar, -1, -1, Eigen::RowMajor> table = whole.array();
    std::vector<std::int64_t> shape{whole.rows(), whole.cols()};
    if (E::ColsAtCompileTime == 1) shape = {whole.rows()};
    else if (E::RowsAtCompileTime == 1) shape = {whole.cols()};
    if (E::ColsAtCompileTime == 1 && E::RowsAtCompileTime == 1) shape = {};
    return td::detail::copy_of(td::asarray(td::view(table.data(), shape)).view());
  }
}

void compare(const td::array& got, const td::array& want, double tolerance) {
  REQUIRE(got.dtype() == want.dtype());
  REQUIRE(td::to_string(got.shape()) == td::to_string(want.shape()));
  if (td::kind_of(want.dtype()) != td::dtype_kind::real) {
    CHECK(td::all(td::equal(got, want)).item<bool>());
    return;
  }
  const td::array g = td::reshape(td::astype(got, td::float64), {-1}), w = td::reshape(td::astype(want, td::float64), {-1});
  for (std::int64_t i = 0; i < want.size(); ++i) {
    const double a = g[i].item<double>(), b = w[i].item<double>();
    if (std::isnan(b)) CHECK(std::isnan(a));
    else CHECK((a == b || std::abs(a - b) <= tolerance * (1 + std::abs(b))));
  }
}

using many = std::vector<td::array>;
// The function on the frontend's arrays: eager, and recorded on each backend, called twice.
void check(const std::function<td::array(const many&)>& on_frontend, const many& arguments, const td::array& want, double tolerance,
           int line) {
  CAPTURE(line);
  compare(on_frontend(arguments), want, tolerance);
  for (const char* backend : {"eigen", "jit"}) {
    if (std::ranges::count(td::backends(), std::string(backend)) == 0) continue;
    const auto traced = td::trace_graph(on_frontend, {.to = backend});
    for (int call = 0; call < 2; ++call) compare(traced(arguments), want, tolerance);
  }
}

// `f` on Eigen's own arrays and on the frontend's. What unify and transpile add is tested below, with few functions: each is a second of
// the compiler's.
template <class F, class First, class... A>
void same_at(int line, F f, const First& first, const A&... rest) {
  const auto on_frontend = [f](const many& x) -> td::array {
    return [&]<std::size_t... I>(std::index_sequence<I...>) { return f(world<First>(x[0]), world<First>(x[I + 1])...).value(); }
    (std::index_sequence_for<A...>());
  };
  check(on_frontend, {td::asarray(first), td::asarray(rest)...}, plain(f(first, rest...)),
        std::is_same_v<typename First::Scalar, float> ? 2e-6 : 1e-12, line);
}

#define same(...) same_at(__LINE__, __VA_ARGS__)

std::mt19937 generator(7);
template <class M>
M random(Eigen::Index r, Eigen::Index c = 1) {
  std::uniform_real_distribution<double> d(-2, 2);
  M m(r, c);
  for (Eigen::Index i = 0; i < r; ++i)
    for (Eigen::Index j = 0; j < c; ++j) m(i, j) = static_cast<typename M::Scalar>(d(generator));
  return m;
}

}  // namespace

TEST_CASE("arrays: functions, operators, comparisons and choices, coefficient by coefficient") {
  for (const Eigen::Index n : {1, 5, 40}) {
    const Eigen::ArrayXd x = random<Eigen::ArrayXd>(n), y = random<Eigen::ArrayXd>(n);
    const Eigen::ArrayXXf t = random<Eigen::ArrayXXf>(n, 3), u = random<Eigen::ArrayXXf>(n, 3);
// clang-format off
#define SAME(function) same([](const auto& v) { return v.function(); }, x);
    SAME(abs) SAME(abs2) SAME(square) SAME(cube) SAME(exp) SAME(expm1) SAME(sin) SAME(cos) SAME(tan) SAME(atan) SAME(sinh)
    SAME(cosh) SAME(tanh) SAME(asinh) SAME(ceil) SAME(floor) SAME(round) SAME(rint) SAME(sign) SAME(inverse) SAME(isNaN)
    SAME(isFinite) SAME(isInf) SAME(logistic) SAME(sum) SAME(prod) SAME(mean) SAME(maxCoeff) SAME(minCoeff) SAME(reverse)
    SAME(transpose) SAME(matrix)
#undef SAME
        // clang-format on
        same([](const auto& v) { return (v.abs() + 1).sqrt().log() / (v.abs2() + 1).log10(); }, x);
    same([](const auto& v) { return v.abs().log1p() + (v.abs() + 0.5).rsqrt(); }, x);
    same([](const auto& v, const auto& w) { return (v * w - w / (v.square() + 1)) * 2 - 3 * v + (1 - w); }, x, y);
    same([](const auto& v, const auto& w) { return v.max(w) - v.min(w) + v.max(0.5F) - w.min(0); }, t, u);
    same([](const auto& v) { return v.abs().pow(1.5) + v.square().pow(2); }, x);
    same([](const auto& v, const auto& w) { return (v > w || v < -1).select(v, w); }, x, y);
    same([](const auto& v) { return (v > 0 && !(v >= 1)); }, x);
    same([](const auto& v) { return (v > 0).count(); }, x);
    same([](const auto& v) { return (v > 0).any(); }, x);
    same([](const auto& v) { return (v < 5).all(); }, t);
    same([](const auto& v) { return v / v.sum() + v.maxCoeff() - (v - v.mean()).square().mean(); }, x);
    same([](const auto& v) { return v.unaryExpr([](const auto& e) { return e * e + 1; }); }, x);
    same([](const auto& v) { return v.template cast<float>() * 2.0F; }, x);
    same(
        [](const auto& v) {
          using std::exp, std::sqrt;
          return exp(-v) * sqrt(v.abs());
        },
        x);
  }
  Eigen::ArrayXd halves(6);
  halves << 0.5, 1.5, -0.5, -2.5, 0.49999999999999994, -0.0;
  same([](const auto& v) { return v.round(); }, halves);
}

TEST_CASE("matrices: products by what stands where, transposes, norms") {
  const Eigen::MatrixXd a = random<Eigen::MatrixXd>(3, 4), b = random<Eigen::MatrixXd>(4, 2);
  const Eigen::VectorXd x = random<Eigen::VectorXd>(4), y = random<Eigen::VectorXd>(3), z = random<Eigen::VectorXd>(3);
  same([](const auto& m, const auto& n) { return m * n; }, a, b);
  same([](const auto& m, const auto& v) { return m * v; }, a, x);
  same([](const auto& m, const auto& v) { return v.transpose() * m; }, a, y);
  same([](const auto& v, const auto& w) { return (v.transpose() * w)(0); }, y, z);
  same([](const auto& v, const auto& w) { return v * w.transpose(); }, y, x);
  same([](const auto& m, const auto& n) { return (m * n).transpose() * 2 - n.transpose() * m.transpose() / 3; }, a, b);
  same([](const auto& v, const auto& w) { return (v.dot(w) * v + w / v.norm() - v.normalized()).eval(); }, y, z);
  same([](const auto& v, const auto& w) { return v.cross(w); }, Eigen::Vector3d(y), Eigen::Vector3d(z));
  same(
      [](const auto& v) {
        return v.squaredNorm() + v.template lpNorm<1>() + v.template lpNorm<Eigen::Infinity>() + v.template lpNorm<2>();
      },
      x);
  same([](const auto& m) { return m.norm() + m.trace() + m.sum() - m.minCoeff(); }, a);
  same([](const auto& m) { return m.diagonal(); }, a);
  same([](const auto& m, const auto& v) { return v.asDiagonal() * m; }, a, y);
  same([](const auto& m, const auto& v) { return m * v.asDiagonal(); }, a, x);
  same([](const auto& m) { return m.cwiseAbs().cwiseSqrt() + m.cwiseProduct(m) - m.cwiseAbs2().cwiseMax(m).cwiseMin(m.cwiseInverse()); },
       a);
  same([](const auto& m) { return (m.array() * m.array() + 1).matrix() - m; }, a);
  same([](const auto& m, const auto& v) { return (m.rowwise() - v.transpose()).colwise().norm(); }, a, x);
  same([](const auto& m) { return m.colwise().sum(); }, a);
  same([](const auto& m) { return m.rowwise().mean(); }, a);
  same([](const auto& m) { return m.rowwise().maxCoeff() - m.rowwise().squaredNorm(); }, a);
  same([](const auto& m) { return m.rowwise().normalized(); }, a);
  same([](const auto& m) { return m.colwise() - m.rowwise().mean(); }, a);
  same([](const auto& v) { return v.replicate(2, 3); }, y);
  same([](const auto& v) { return v.replicate(2, 1) + v.replicate(2, 1); }, y);
  same([](const auto& m, const auto& v) { return (m.leftCols(1) - v).eval(); }, a, y);
  same([](const auto& m) { return m.template cast<float>(); }, a);
  const Eigen::ArrayXXd t = a.array();
  same([](const auto& m) { return (m.rowwise() - m.colwise().mean()).rowwise() / (m.colwise().maxCoeff() + 3); }, t);
}

TEST_CASE("parts are read, and written to as updates of the value") {
  const Eigen::MatrixXd a = random<Eigen::MatrixXd>(4, 5);
  const Eigen::VectorXd x = random<Eigen::VectorXd>(6);
  same([](const auto& m) { return m.block(1, 2, 2, 3); }, a);
  same([](const auto& m) { return m.template block<2, 2>(0, 1) * m(0, 0); }, a);
  same([](const auto& m) { return m.row(1); }, a);
  same([](const auto& m) { return m.col(2) - m.col(0) * m(3, 4); }, a);
  same([](const auto& m) { return m.topRows(2) + m.bottomRows(2); }, a);
  same([](const auto& m) { return m.leftCols(2) - m.rightCols(2) + m.middleCols(1, 2); }, a);
  same([](const auto& v) { return v.head(3) + v.tail(3); }, x);
  same([](const auto& v) { return v.template head<2>() - v.template segment<2>(3); }, x);
  same([](const auto& v) { return v(0) * v(5) - v[2]; }, x);
  same(
      [](auto m) {
        m.row(1) = m.row(0) * 2;
        m.col(0) += m.col(4);
        m(2, 3) = 7;
        m(0, 0) -= m(1, 1);
        m.block(2, 0, 2, 2) *= 0.5;
        return m;
      },
      a);
  same(
      [](auto v) {
        v.head(2) = v.tail(2);
        v(3) = v(0) + 1;
        v[5] *= 2;
        v.segment(1, 2) -= v.segment(3, 2);
        return v;
      },
      x);
}

TEST_CASE("systems of equations: determinants, inverses, LU, Cholesky") {
  for (const Eigen::Index n : {1, 2, 3, 4, 5, 9, 40}) {
    const Eigen::MatrixXd a = random<Eigen::MatrixXd>(n, n) + 4 * Eigen::MatrixXd::Identity(n, n);
    const Eigen::MatrixXd p = a * a.transpose() + static_cast<double>(4 * n) * Eigen::MatrixXd::Identity(n, n),
                          b = random<Eigen::MatrixXd>(n, 3);
    const Eigen::VectorXd v = random<Eigen::VectorXd>(n);
    same([](const auto& m) { return m.determinant(); }, a);
    same([](const auto& m) { return m.inverse().eval(); }, a);
    same([](const auto& m, const auto& w) { return m.llt().solve(w).eval(); }, p, v);
    same([](const auto& m, const auto& w) { return m.ldlt().solve(w).eval(); }, p, b);
    same([](const auto& m, const auto& w) { return m.partialPivLu().solve(w).eval(); }, a, v);
    same([](const auto& m, const auto& w) { return m.lu().solve(w).eval(); }, a, b);
    same([](const auto& m) { return m.partialPivLu().inverse().eval(); }, a);
    same([](const auto& m) { return m.lu().determinant(); }, a);
  }
}

TEST_CASE("orthogonal factors: Q, the triangle, and solutions that are nearest") {
  for (const auto& [rows, cols] : {std::pair(1, 1), std::pair(3, 3), std::pair(5, 3), std::pair(3, 5), std::pair(9, 9), std::pair(40, 7)}) {
    const Eigen::MatrixXd a = random<Eigen::MatrixXd>(rows, cols) + 2 * Eigen::MatrixXd::Identity(rows, cols);
    const Eigen::MatrixXd b = random<Eigen::MatrixXd>(rows, 3);
    const Eigen::VectorXd v = random<Eigen::VectorXd>(rows);
    same([](const auto& m, const auto& w) { return m.householderQr().solve(w).eval(); }, a, v);
    same([](const auto& m, const auto& w) { return m.householderQr().solve(w).eval(); }, a, b);
    same([](const auto& m, const auto& w) { return m.colPivHouseholderQr().solve(w).eval(); }, a, v);
    same([](const auto& m, const auto& w) { return m.colPivHouseholderQr().solve(w).eval(); }, a, b);
    same(
        [](const auto& m) {
          using M = std::decay_t<decltype(m)>;
          const M q = m.householderQr().householderQ();
          return q;
        },
        a);
    same(
        [](const auto& m) {
          using M = std::decay_t<decltype(m)>;
          const M r = m.householderQr().matrixQR().template triangularView<Eigen::Upper>();
          return r;
        },
        a);
    same(
        [](const auto& m) {
          using M = std::decay_t<decltype(m)>;
          const auto qr = m.colPivHouseholderQr();
          const M q = qr.householderQ(), r = qr.matrixR().template triangularView<Eigen::Upper>();
          return M(q * r + r);
        },
        a);
    same(
        [](const auto& m) {
          using M = std::decay_t<decltype(m)>;
          const auto qr = m.colPivHouseholderQr();
          return M(qr.colsPermutation() * M(m.transpose()));
        },
        a);
  }
  const Eigen::MatrixXf single = random<Eigen::MatrixXf>(5, 3) + 2 * Eigen::MatrixXf::Identity(5, 3);
  const Eigen::VectorXf right = single.col(0) * 2;
  same([](const auto& m, const auto& w) { return m.householderQr().solve(w).eval(); }, single, right);
  same([](const auto& m, const auto& w) { return m.colPivHouseholderQr().solve(w).eval(); }, single, right);
}

TEST_CASE("pivots leave out columns that depend on others") {
  // Numbers of few bits in columns that are orthogonal or multiples, so that what is left of a column is 0 and no rounding.
  Eigen::MatrixXd a(4, 4);
  a << 1, 2, 0, 1, 1, 2, 0, -1, 1, 2, 0, 1, 1, 2, 0, -1;
  const Eigen::VectorXd v = random<Eigen::VectorXd>(4);
  for (const Eigen::MatrixXd& m : {a, Eigen::MatrixXd(a.leftCols(3)), Eigen::MatrixXd(a.topRows(2)), Eigen::MatrixXd(a * 0)}) {
    const Eigen::VectorXd w = v.head(m.rows());
    same([](const auto& x, const auto& y) { return x.colPivHouseholderQr().solve(y).eval(); }, m, w);
    same([](const auto& x, const auto& y) { return x.jacobiSvd(Eigen::ComputeThinU | Eigen::ComputeThinV).solve(y).eval(); }, m, w);
  }
}

TEST_CASE("singular values, their vectors up to signs, and the shortest solutions") {
  for (const auto& [rows, cols] : {std::pair(1, 1), std::pair(3, 3), std::pair(5, 3), std::pair(3, 6), std::pair(20, 9)}) {
    const Eigen::MatrixXd a = random<Eigen::MatrixXd>(rows, cols), b = random<Eigen::MatrixXd>(rows, 2);
    const Eigen::VectorXd v = random<Eigen::VectorXd>(rows);
    same([](const auto& m) { return m.jacobiSvd().singularValues().eval(); }, a);
    same([](const auto& m) { return m.bdcSvd().singularValues().eval(); }, a);
    same([](const auto& m) { return m.jacobiSvd(Eigen::ComputeThinU | Eigen::ComputeThinV).matrixU().cwiseAbs().eval(); }, a);
    same([](const auto& m) { return m.bdcSvd(Eigen::ComputeThinU | Eigen::ComputeThinV).matrixV().cwiseAbs().eval(); }, a);
    same(
        [](const auto& m) {
          using M = std::decay_t<decltype(m)>;
          const auto svd = m.jacobiSvd(Eigen::ComputeFullU | Eigen::ComputeThinV);
          const M u = svd.matrixU(), w = svd.matrixV();
          return M(u * u.transpose() * 2 + u.leftCols(1) * svd.singularValues()(0) * w.col(0).transpose() * m.transpose());
        },
        a);
    same(
        [](const auto& m) {
          using M = std::decay_t<decltype(m)>;
          const auto svd = m.bdcSvd(Eigen::ComputeThinU | Eigen::ComputeThinV);
          const M u = svd.matrixU(), w = svd.matrixV(), s = svd.singularValues();
          return M(u * s.col(0).asDiagonal() * w.transpose());
        },
        a);
    same([](const auto& m, const auto& w) { return m.jacobiSvd(Eigen::ComputeThinU | Eigen::ComputeThinV).solve(w).eval(); }, a, v);
    same([](const auto& m, const auto& w) { return m.bdcSvd(Eigen::ComputeFullU | Eigen::ComputeFullV).solve(w).eval(); }, a, b);
  }
  // Options as Eigen 5 has them.
  const td::array some = plain(random<Eigen::MatrixXd>(4, 3));
  compare(Matrix(some).jacobiSvd<Eigen::ComputeThinU>().matrixU().value(), Matrix(some).jacobiSvd(Eigen::ComputeThinU).matrixU().value(),
          0);
  compare(Matrix(some).bdcSvd<Eigen::ComputeFullV>().matrixV().value(), Matrix(some).bdcSvd(Eigen::ComputeFullV).matrixV().value(), 0);
  // Of rank 1: where a singular value counts as 0, in each dtype.
  Eigen::MatrixXd flat(3, 3);
  flat << 1, 2, 3, 2, 4, 6, 3, 6, 9;
  const Eigen::VectorXd right = Eigen::VectorXd::LinSpaced(3, 1, 2);
  const auto solved = [](const auto& m, const auto& w) { return m.bdcSvd(Eigen::ComputeThinU | Eigen::ComputeThinV).solve(w).eval(); };
  same(solved, flat, right);
  same(solved, Eigen::MatrixXf(flat.cast<float>()), Eigen::VectorXf(right.cast<float>()));
  // Just above the threshold, n * eps of the greatest value, just below it, and far below the least normal number.
  const double threshold = 3 * std::numeric_limits<double>::epsilon();
  for (const double least : {threshold * 1.01, threshold * 0.99, 1e-300, 1e-310}) {
    const Eigen::VectorXd values = least < 1e-200 ? Eigen::Vector3d(least, least, least) : Eigen::Vector3d(1, 0.5, least);
    const Eigen::MatrixXd m = values.asDiagonal();
    same(solved, m, right);
  }
}

namespace {
template <class M>
M whitened(const M& covariance, const M& x) {
  const Eigen::SelfAdjointEigenSolver<M> solver(covariance);
  const M values = solver.eigenvalues(), vectors = solver.eigenvectors();
  return vectors * values.cwiseSqrt().cwiseInverse().col(0).asDiagonal() * (vectors.transpose() * x);
}
}  // namespace

TEST_CASE("symmetric matrices: eigenvalues, eigenvectors, and what is made of them") {
  for (const Eigen::Index n : {1, 2, 3, 7, 20}) {
    const Eigen::MatrixXd a = random<Eigen::MatrixXd>(n, n), p = a * a.transpose() + Eigen::MatrixXd::Identity(n, n);
    const Eigen::MatrixXd x = random<Eigen::MatrixXd>(n, 3);
    same([](const auto& m) { return m.template selfadjointView<Eigen::Lower>().eigenvalues().eval(); }, a);
    same([](const auto& m) { return m.template selfadjointView<Eigen::Upper>().eigenvalues().eval(); }, a);
    same([](const auto& m, const auto& v) { return whitened<std::decay_t<decltype(m)>>(m, v); }, p, x);  // the signs cancel
    same([](const auto& m) { return Eigen::SelfAdjointEigenSolver<std::decay_t<decltype(m)>>(m).operatorSqrt(); }, p);
    same([](const auto& m) { return Eigen::SelfAdjointEigenSolver<std::decay_t<decltype(m)>>(m).operatorInverseSqrt(); }, p);
    same([](const auto& m) { return Eigen::SelfAdjointEigenSolver<std::decay_t<decltype(m)>>(m).eigenvectors().cwiseAbs().eval(); }, p);
    // What the other triangle says is not read.
    same(
        [](const auto& m, const auto& v) {
          using M = std::decay_t<decltype(v)>;
          return M(m.template selfadjointView<Eigen::Upper>() * v);
        },
        a, x);
    same(
        [](const auto& m) {
          using M = std::decay_t<decltype(m)>;
          const M whole = m.template selfadjointView<Eigen::Lower>();
          return whole;
        },
        a);
    const Eigen::MatrixXd below = p.triangularView<Eigen::Lower>();
    same([](const auto& m, const auto& v) { return m.template selfadjointView<Eigen::Lower>().llt().solve(v).eval(); }, below, x);
    same([](const auto& m, const auto& v) { return m.template selfadjointView<Eigen::Lower>().ldlt().solve(v).eval(); }, below, x);
  }
  const Eigen::MatrixXf single = random<Eigen::MatrixXf>(4, 4);
  same([](const auto& m) { return m.template selfadjointView<Eigen::Lower>().eigenvalues().eval(); }, single);
}

TEST_CASE("triangles of matrices: themselves, products and solutions") {
  for (const Eigen::Index n : {1, 2, 5, 12}) {
    const Eigen::MatrixXd a = random<Eigen::MatrixXd>(n, n) + 3 * Eigen::MatrixXd::Identity(n, n), b = random<Eigen::MatrixXd>(n, 2);
    const Eigen::VectorXd v = random<Eigen::VectorXd>(n);
    same([](const auto& m, const auto& w) { return m.template triangularView<Eigen::Lower>().solve(w).eval(); }, a, v);
    same([](const auto& m, const auto& w) { return m.template triangularView<Eigen::Upper>().solve(w).eval(); }, a, b);
    same([](const auto& m, const auto& w) { return m.template triangularView<Eigen::UnitLower>().solve(w).eval(); }, a, b);
    same([](const auto& m, const auto& w) { return m.transpose().template triangularView<Eigen::UnitUpper>().solve(w).eval(); }, a, v);
    same([](const auto& m, const auto& w) { return m.template triangularView<Eigen::Lower>().adjoint().solve(w).eval(); }, a, b);
    same([](const auto& m, const auto& w) { return m.template triangularView<Eigen::UnitUpper>().transpose().solve(w).eval(); }, a, v);
    same([](const auto& m) { return m.template triangularView<Eigen::StrictlyLower>().toDenseMatrix().eval(); }, a);
    same([](const auto& m) { return m.template triangularView<Eigen::UnitUpper>().toDenseMatrix().eval(); }, a);
    same(
        [](const auto& m, const auto& w) {
          using M = std::decay_t<decltype(w)>;
          return M(m.template triangularView<Eigen::Upper>() * w);
        },
        a, b);
  }
  same([](const auto& m) { return m.template triangularView<Eigen::StrictlyUpper>().toDenseMatrix().eval(); },
       random<Eigen::MatrixXd>(3, 5));
  const Eigen::MatrixXf single = random<Eigen::MatrixXf>(4, 4) + 3 * Eigen::MatrixXf::Identity(4, 4);
  same([](const auto& m, const auto& w) { return m.template triangularView<Eigen::Upper>().solve(w).eval(); }, single,
       Eigen::VectorXf(single.col(1)));
}

// A line through points by three ways that projects know: only the type is a parameter.
namespace {
template <class M>
M fitted_line(const M& design, const M& heights) {
  const M by_qr = design.colPivHouseholderQr().solve(heights);
  const M by_svd = design.bdcSvd(Eigen::ComputeThinU | Eigen::ComputeThinV).solve(heights);
  const M factor = M(design.transpose() * design).llt().matrixL();
  const M half = factor.template triangularView<Eigen::Lower>().solve(design.transpose() * heights);
  const M by_triangles = factor.template triangularView<Eigen::Lower>().adjoint().solve(half);
  return (by_qr + by_svd + by_triangles) / 3;
}
}  // namespace

TEST_CASE("decompositions are transpiled, at shapes that come later too") {
  const auto line = td::transpile(fitted_line<Matrix>, td::source::eigen, td::target::eigen);
  for (const Eigen::Index n : {3, 8}) {
    const Eigen::MatrixXd design = random<Eigen::MatrixXd>(n, 2);
    const Eigen::MatrixXd heights = random<Eigen::MatrixXd>(n, 1);
    compare(td::asarray(line(design, heights)), plain(fitted_line<Eigen::MatrixXd>(design, heights)), 1e-12);
  }
  CHECK(line.stats().traces == 2);
  if (std::ranges::count(td::backends(), std::string("jit")) == 0) return;
  const auto white = td::transpile(whitened<Matrix>, td::source::eigen, td::target::jit);
  const Eigen::MatrixXd a = random<Eigen::MatrixXd>(4, 4), p = a * a.transpose() + Eigen::MatrixXd::Identity(4, 4);
  compare(white.call_as<td::array>(p, a), plain(whitened<Eigen::MatrixXd>(p, a)), 1e-11);
}

TEST_CASE("the inverse of three rows is written out, that of four is one kernel") {
  const auto text_of = [](Eigen::Index n) {
    const Eigen::MatrixXd a = Eigen::MatrixXd::Identity(n, n);
    return td::to_string(td::trace_graph(td::unify([](const Matrix& m) { return m.inverse(); }, td::source::eigen)).graph(a));
  };
  CHECK_THAT(text_of(3), !contains(" = inv("));
  CHECK_THAT(text_of(4), contains(" = inv("));
}

// ---- code in the style of projects that use Eigen: only the type is a parameter

namespace {

// One step of a Kalman filter with a constant velocity: predict, then update with a measured position.
template <class M>
M kalman_step(const M& x, const M& P, const M& F, const M& Q, const M& H, const M& R, const M& z) {
  const M predicted = F * x;
  const M covariance = F * P * F.transpose() + Q;
  const M innovation = z - H * predicted;
  const M S = H * covariance * H.transpose() + R;
  const M K = covariance * H.transpose() * S.inverse();
  return predicted + K * innovation;
}

// A rigid body that turns: Euler's equations with a diagonal inertia, one explicit step.
template <class V>
V turned(const V& omega, const V& inertia, const V& torque, double dt) {
  const V momentum = inertia.cwiseProduct(omega);
  return omega + dt * (torque - omega.cross(momentum)).cwiseQuotient(inertia);
}

// sRGB to linear light and luma, as image code writes it over arrays.
template <class A>
A luma(const A& r, const A& g, const A& b) {
  const auto linear = [](const A& c) -> A { return (c <= 0.04045).select(c / 12.92, ((c + 0.055) / 1.055).pow(2.4)); };
  return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
}

// Exponential smoothing over four taps, written with segments.
template <class A>
A smoothed(A x) {
  for (int k = 1; k < 4; ++k) x.segment(k, 4) = (0.5 * x.segment(k, 4) + 0.5 * x.segment(k - 1, 4)).eval();
  return x;
}

}  // namespace

TEST_CASE("pieces of real code run on Eigen's types and on the frontend's") {
  const Eigen::VectorXd x = random<Eigen::VectorXd>(4);
  Eigen::MatrixXd F = Eigen::MatrixXd::Identity(4, 4), H = Eigen::MatrixXd::Zero(2, 4);
  F(0, 2) = F(1, 3) = 0.1;
  H(0, 0) = H(1, 1) = 1;
  const Eigen::MatrixXd P = 2 * Eigen::MatrixXd::Identity(4, 4), Q = 0.01 * Eigen::MatrixXd::Identity(4, 4),
                        R = 0.3 * Eigen::MatrixXd::Identity(2, 2);
  const Eigen::VectorXd z = random<Eigen::VectorXd>(2);
  const auto on_eigen = [](const Eigen::MatrixXd& state, const auto&... m) {
    return Eigen::VectorXd(kalman_step<Eigen::MatrixXd>(state, m...));
  };
  const td::array want = plain(on_eigen(x, P, F, Q, H, R, Eigen::MatrixXd(z)));
  const auto step = td::trace_graph(td::unify(kalman_step<Matrix>, td::source::eigen));
  compare(step.call_as<td::array>(x, P, F, Q, H, R, z), want, 1e-12);
  compare(step.call_as<td::array>(x, P, F, Q, H, R, z), want, 1e-12);
  CHECK(step.stats().traces == 1);

  const Eigen::Vector3d omega(0.3, -1, 2), inertia(1, 2, 3), torque(0.1, 0, -0.2);
  same([](const auto& a, const auto& b, const auto& c) { return turned<std::decay_t<decltype(a)>>(a, b, c, 0.01); }, omega, inertia,
       torque);
  const Eigen::ArrayXd r = random<Eigen::ArrayXd>(20).abs() / 2, g = r.reverse(), b = r * 0.5;
  same([](const auto& p, const auto& q, const auto& s) { return luma<std::decay_t<decltype(p)>>(p, q, s); }, r, g, b);
  same([](const auto& p) { return smoothed<std::decay_t<decltype(p)>>(p); }, Eigen::ArrayXd(r.head(9)));
}

TEST_CASE("comma initialisers and constants") {
  const Eigen::VectorXd x = random<Eigen::VectorXd>(2);
  same(
      [](const auto& v) {
        using M = std::conditional_t<std::is_same_v<std::decay_t<decltype(v)>, Matrix>, Matrix, Eigen::MatrixXd>;
        M rotation(2, 2);
        rotation << v(0), -v(1), v(1), v(0);
        const M whole = rotation * v;
        return M(whole + M::Ones(2, 1) * 3 - M::Constant(2, 1, 0.5) + M::Identity(2, 2) * v).col(0).eval();
      },
      x);
}

TEST_CASE("what Eigen does not have is an error that says so") {
  const td::array x({1., 2., 3.}), m({{1., 2., 3.}, {4., 5., 6.}}), f({1.F, 2.F, 3.F}), n({1, 2, 3});
  CHECK(message_of<td::dtype_error>([&] { (void)(Array(x) + Array(f)); }) ==
        "[add] Eigen has no arithmetic of two scalar types: got float64 and float32, expected one. Convert one with cast<T>().");
  CHECK(message_of<td::dtype_error>([&] { (void)(Array(n) * 2.5); }) ==
        "[multiply] Eigen takes no real number beside int32: got one, expected an integer. Convert the array with cast<double>().");
  CHECK(
      message_of<td::dtype_error>([&] { (void)(Array(n) / 2); }) ==
      "[divide] Eigen divides integers as C++ does, dropping the fraction: got int32, expected a real dtype. Convert with cast<double>() first.");
  CHECK(message_of<td::shape_error>([&] {
          (void)Matrix(td::zeros({2, 2, 2})).transpose();
        }) == "[eigen] an array of Eigen has two axes at most: got rank 3, expected 0, 1 or 2. Pass one slice at a time.");
  CHECK(message_of<td::shape_error>([&] { (void)Matrix(m).inverse(); }) ==
        "[inverse] the matrix is not square: got (2, 3), expected as many columns as rows. Check the shapes.");
  CHECK(message_of<td::shape_error>([&] { (void)Matrix(m).partialPivLu().solve(Matrix(x)); }) ==
        "[partialPivLu] the matrix is not square: got (2, 3), expected as many columns as rows. Check the shapes.");
  CHECK(message_of<td::shape_error>([&] { (void)Matrix(m).colPivHouseholderQr().solve(Matrix(x)); }) ==
        "[solve] the right-hand side has other rows than the matrix: got 3, expected 2. Check the shapes.");
  CHECK(message_of<td::error>([&] { (void)Matrix(m).jacobiSvd(Eigen::ComputeThinV).matrixU(); }) ==
        "[jacobiSvd] U is not computed: got no such option, expected ComputeThinU or ComputeFullU. Pass it to jacobiSvd() or bdcSvd().");
  CHECK(
      message_of<td::error>([&] { (void)Matrix(m).bdcSvd(Eigen::ComputeThinU).solve(Matrix(td::ones({2}))); }) ==
      "[jacobiSvd] U and V are not computed: got no such option, expected ComputeThinU | ComputeThinV. Pass it to jacobiSvd() or bdcSvd().");
  CHECK(message_of<td::shape_error>([&] {
          (void)Matrix(td::ones({2, 3})).selfadjointView<1>().eigenvalues();
        }) == "[SelfAdjointEigenSolver] the matrix is not square: got (2, 3), expected as many columns as rows. Check the shapes.");
  CHECK(message_of<td::error>([&] { (void)Matrix(td::eye(2)).triangularView<9>().solve(Matrix(td::ones({2}))); }) ==
        "[triangularView] zeros on the diagonal have no solution: got a strict triangle, expected another. Take Eigen::Lower or Upper.");
  CHECK(message_of<td::shape_error>([&] { (void)Matrix(td::eye(3)).llt().solve(Matrix(td::ones({2}))); }) ==
        "[solve] the right-hand side has other rows than the matrix: got 2, expected 3. Check the shapes.");
  CHECK(message_of<td::index_error>([&] { (void)Matrix(x).segment(2, 2); }) ==
        "[segment] the part is not inside of the array: got 2 to 4, expected parts of 0 to 3. Check the indices.");
  const auto branches = [](const Matrix& v) { return v.sum() > 0 ? v : Matrix(-v); };
  CHECK_THAT(message_of<td::trace_error>(
                 [&] { (void)td::trace_graph(td::unify(branches, td::source::eigen))(Eigen::VectorXd(Eigen::VectorXd::Ones(3))); }),
             contains("td::where"));
}
