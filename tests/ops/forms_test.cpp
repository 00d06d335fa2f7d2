// What a user of Eigen writes for the ops, the `eigen` forms of ops.def, gives their numbers, but where a reviewed line says why not.
#define EIGEN_FAST_MATH 0  // as the header of ops.def says
#include <Eigen/Dense>

#include "forms_check.hpp"

namespace {

namespace eigen_forms {
#define TENDRIL_IN_EIGEN_tendril TENDRIL_FORM_NO
#define TENDRIL_IN_EIGEN_xtensor TENDRIL_FORM_NO
#define TENDRIL_IN_EIGEN_xtensor_integers TENDRIL_FORM_NO
#define TENDRIL_IN_EIGEN_eigen TENDRIL_FORM_RETURN
#define TENDRIL_IN_EIGEN_eigen_integers TENDRIL_FORM_INTEGERS
#define FORM(library, ...) TENDRIL_IN_EIGEN_##library(__VA_ARGS__)
#define OP(name, inputs, positional, options, returns, accepts, rule, shape, traits, ...) \
  TENDRIL_ROW(name, inputs, positional, options, TENDRIL_AFTER_DOC(__VA_ARGS__))
#include <tendril/ops.def>
}  // namespace eigen_forms

struct eigen_library {
  static constexpr const char* name = "eigen";
  template <class T>
  using array = Eigen::Array<T, Eigen::Dynamic, 1>;
  template <class T>
  static array<T> of(const column<T>& v) {
    return Eigen::Map<const array<T>>(v.data.get(), static_cast<Eigen::Index>(v.n));
  }
};

template <class T>
void check_eigen() {
#define OP(...)
#define CREATE(...)
#define REDUCTION(...)
#define ELEMENTWISE(name, inputs, options, accept, rule, traits, ...) TENDRIL_CHECK(eigen, name, inputs, accept, rule, traits)
#include <tendril/ops.def>
}

template <class Derived>
std::vector<double> numbers(const Eigen::DenseBase<Derived>& x) {
  const Eigen::Array<typename Derived::Scalar, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> rows = x;
  std::vector<double> out;
  for (Eigen::Index i = 0; i < rows.size(); ++i) out.push_back(static_cast<double>(rows.data()[i]));
  return out;
}

template <class T>
Eigen::ArrayXX<T> eigen_six() {
  Eigen::ArrayXX<T> x(2, 3);
  for (Eigen::Index i = 0; i < 6; ++i) x(i / 3, i % 3) = static_cast<T>(six[static_cast<std::size_t>(i)]);
  return x;
}
#define TENDRIL_EIGEN(name, dtype, op, ...) compare("eigen " #name, numbers(eigen_forms::name##_form::run<dtype>(none, __VA_ARGS__)), op)
/// Over everything, and over each axis.
#define TENDRIL_EIGEN_REDUCTION(name, dtype, x, ...)                                              \
  TENDRIL_EIGEN(name, dtype, td::name(six_of<dtype>()), __VA_ARGS__, x);                          \
  TENDRIL_EIGEN(name, dtype, td::name(six_of<dtype>(), {.axis = {0}}), __VA_ARGS__, x.colwise()); \
  TENDRIL_EIGEN(name, dtype, td::name(six_of<dtype>(), {.axis = {1}}), __VA_ARGS__, x.rowwise())

void check_other_eigen() {
  const auto x = eigen_six<double>();
  const td::array same = six_of<double>();
  const std::array<Eigen::Index, 2> shape{3, 2};
  TENDRIL_EIGEN(astype, double, td::astype(same, td::float64), x);
  TENDRIL_EIGEN(astype, std::int64_t, td::astype(same, td::int64), x);
  TENDRIL_EIGEN(astype, bool, td::astype(same, td::bool_), x);
  TENDRIL_EIGEN_REDUCTION(sum, double, x, none, none);
  TENDRIL_EIGEN_REDUCTION(prod, double, x, none, none);
  TENDRIL_EIGEN_REDUCTION(max, double, x, none, none);
  TENDRIL_EIGEN_REDUCTION(min, double, x, none, none);
  TENDRIL_EIGEN(count_nonzero, double, td::count_nonzero(same), none, none, x);
  TENDRIL_EIGEN(matmul, double, td::matmul(same, td::matrix_transpose(same)), x, x.transpose());
  TENDRIL_EIGEN(matrix_transpose, double, td::matrix_transpose(same), x);
  const Eigen::ArrayXXd square = (x.matrix().transpose() * x.matrix() + Eigen::MatrixXd::Identity(3, 3)).array();
  const td::array same_square = td::matmul(td::matrix_transpose(same), same) + td::eye(3);
  TENDRIL_EIGEN(det, double, td::det(same_square), square);
  TENDRIL_EIGEN(inv, double, td::inv(same_square), none, square);
  TENDRIL_EIGEN(solve, double, td::solve(same_square, td::matrix_transpose(same)), none, square, x.transpose());
  TENDRIL_EIGEN(cholesky, double, td::cholesky(same_square), none, none, square);
  TENDRIL_EIGEN(triangular_solve, double, td::triangular_solve(same_square, td::matrix_transpose(same)), none, none, none, none, square,
                x.transpose());
  TENDRIL_EIGEN(eigvalsh, double, td::eigvalsh(same_square), none, square);
  TENDRIL_EIGEN(svdvals, double, td::svdvals(same_square), none, square);
  TENDRIL_EIGEN(reshape, double, td::reshape(same, {3, 2}), shape, none, x);
  TENDRIL_EIGEN(flip, double, td::flip(same), none, x);
  TENDRIL_EIGEN(flip, double, td::flip(same, {.axis = {0}}), none, x.colwise());
  TENDRIL_EIGEN(flip, double, td::flip(same, {.axis = {1}}), none, x.rowwise());
  TENDRIL_EIGEN(zeros, double, td::zeros({3, 2}), shape);
  TENDRIL_EIGEN(ones, double, td::ones({3, 2}), shape);
  TENDRIL_EIGEN(full, double, td::full({3, 2}, 7), shape, 7);
  TENDRIL_EIGEN(zeros_like, double, td::zeros_like(same), x);
  TENDRIL_EIGEN(ones_like, double, td::ones_like(same), x);
  TENDRIL_EIGEN(full_like, double, td::full_like(same, 7), 7, x);
  TENDRIL_EIGEN_REDUCTION(mean, double, x, none, none);
  TENDRIL_EIGEN(var, double, td::var(same, {.correction = 1}), none, 1.0, none, x);
  TENDRIL_EIGEN(std, double, td::std(same, {.correction = 1}), none, 1.0, none, x);
}
void check_integers_eigen() {
  const auto x = eigen_six<std::int64_t>();
  TENDRIL_EIGEN_REDUCTION(sum, std::int64_t, x, none, none);
  TENDRIL_EIGEN_REDUCTION(max, std::int64_t, x, none, none);
  TENDRIL_EIGEN_REDUCTION(min, std::int64_t, x, none, none);
}
void check_ends_eigen() {
  const auto n = static_cast<Eigen::Index>(end_of_range.size());
  const Eigen::ArrayX<std::int64_t> a = Eigen::Map<const Eigen::ArrayX<std::int64_t>>(end_of_range.data(), n),
                                    b = Eigen::Map<const Eigen::ArrayX<std::int64_t>>(beside_it.data(), n);
  const td::array v = td::asarray(end_of_range), w = td::asarray(beside_it);
  TENDRIL_EIGEN(floor_divide, std::int64_t, td::floor_divide(v, w), a, b);
  TENDRIL_EIGEN(remainder, std::int64_t, td::remainder(v, w), a, b);
  TENDRIL_EIGEN(gcd, std::int64_t, td::gcd(v, w), a, b);
  TENDRIL_EIGEN(lcm, std::int64_t, td::lcm(v, w), a, b);
}
void check_nan_eigen() {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (Eigen::Index i = 0; i < 3; ++i) {
    Eigen::ArrayXX<double> x(1, 3);
    x << 1, 2, 3;
    x(0, i) = nan;
    const td::array same = td::asarray(std::vector<double>{x(0, 0), x(0, 1), x(0, 2)});
    TENDRIL_EIGEN(max, double, td::max(same), none, none, x);
    TENDRIL_EIGEN(min, double, td::min(same), none, none, x);
  }
}
void check_truths_eigen() {
  const Eigen::ArrayXX<bool> x = eigen_six<double>() > 0;
  const td::array same = six_of<double>() > 0;
  TENDRIL_EIGEN(any, bool, td::any(same), none, none, x);
  TENDRIL_EIGEN(any, bool, td::any(same, {.axis = {0}}), none, none, x.colwise());
  TENDRIL_EIGEN(all, bool, td::all(same), none, none, x);
  TENDRIL_EIGEN(all, bool, td::all(same, {.axis = {1}}), none, none, x.rowwise());
  TENDRIL_EIGEN(count_nonzero, bool, td::count_nonzero(same), none, none, x);
}

}  // namespace

TEST_CASE("what a user of Eigen writes for an elementwise op gives its numbers") {
  check_eigen<float>();
  check_eigen<double>();
  check_eigen<std::int64_t>();
  check_eigen<std::uint8_t>();
  check_eigen<bool>();
}

TEST_CASE("every row has a form for Eigen, or is composite, or has none for a reviewed reason, and every form is right") {
  check_other_eigen();
  check_integers_eigen();
  check_ends_eigen();
  check_nan_eigen();
  check_truths_eigen();
  check_completeness("eigen");
}
