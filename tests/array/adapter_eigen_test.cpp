// The Eigen adapter: what each kind lends, what results take, lazy expressions, operators.
#include <tendril/eigen.hpp>

#include "adapter_helpers.hpp"
#include "catch.hpp"

using namespace adapter_test;

namespace {

template <class S>
using row_major = Eigen::Matrix<S, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// Elements 0, 1, 2, ... in row-major order, whatever the storage order.
template <class M>
M counted(Eigen::Index rows, Eigen::Index columns) {
  M m(rows, columns);
  for (Eigen::Index i = 0; i < rows; ++i)
    for (Eigen::Index j = 0; j < columns; ++j) m(i, j) = static_cast<typename M::Scalar>(i * columns + j);
  return m;
}

}  // namespace

TEST_CASE("Eigen column vectors are rank 1 and lend their memory") {
  Eigen::VectorXd v(3);
  const Eigen::ArrayXf a(4);
  Eigen::Vector3d fixed;
  CHECK(borrowed(v).data() == v.data());
  CHECK(borrowed(v).shape == ints{3});
  CHECK(borrowed(v).strides == ints{1});
  CHECK(borrowed(a).data() == a.data());
  CHECK(borrowed(a).view.dtype == td::float32);
  CHECK(borrowed(fixed).data() == fixed.data());
  CHECK(borrowed(Eigen::VectorXd()).shape == ints{0});
  STATIC_REQUIRE(traits_of<Eigen::VectorXd>::rank == 1);
  STATIC_REQUIRE(traits_of<Eigen::Array<bool, Eigen::Dynamic, 1>>::contiguous);
}

TEST_CASE("Eigen row vectors and matrices are rank 2") {
  Eigen::RowVectorXd r(3);
  CHECK(borrowed(r).data() == r.data());
  CHECK(borrowed(r).shape == ints{1, 3});
  CHECK(borrowed(r).view.strides[1] == 1);
  STATIC_REQUIRE(traits_of<Eigen::RowVectorXd>::rank == 2);

  const auto c = counted<Eigen::MatrixXd>(2, 3);
  CHECK(borrowed(c).data() == c.data());
  CHECK(borrowed(c).shape == ints{2, 3});
  CHECK(borrowed(c).strides == ints{1, 2});
  CHECK(borrowed(c).at<double>(1, 2) == 5);
  STATIC_REQUIRE_FALSE(traits_of<Eigen::MatrixXd>::contiguous);

  const auto m = counted<row_major<int>>(2, 3);
  CHECK(borrowed(m).strides == ints{3, 1});
  CHECK(borrowed(m).at<int>(1, 0) == 3);
  STATIC_REQUIRE(traits_of<row_major<int>>::contiguous);

  Eigen::Matrix<std::int64_t, 2, 2> fixed;
  fixed << 1, 2, 3, 4;
  CHECK(borrowed(fixed).strides == ints{1, 2});
  CHECK(borrowed(fixed).at<std::int64_t>(0, 1) == 2);
  CHECK(borrowed(Eigen::MatrixXf(0, 3)).shape == ints{0, 3});
}

TEST_CASE("Eigen maps, refs, blocks and transposes lend the memory that they look at") {
  auto m = counted<Eigen::MatrixXd>(4, 6);
  const auto check = [&](const auto& e) {
    const borrowed b(e);
    CHECK(b.data() == (e.size() ? static_cast<const void*>(&e.coeffRef(0, 0)) : b.data()));
    for (Eigen::Index i = 0; i < e.rows(); ++i)
      for (Eigen::Index j = 0; j < e.cols(); ++j) CHECK(b.template at<double>(i, j) == e.coeff(i, j));
    CHECK(claim_holds(e));
    CHECK(b.view.size() == e.size());
    return true;
  };
  check(m.block(1, 2, 3, 2));
  check(m.block<2, 3>(1, 1));
  check(m.col(2));
  check(m.row(2));
  check(m.topRows(2));
  check(m.transpose());
  check(m.block(1, 1, 2, 2).transpose());
  check(m.diagonal());
  check(m.array());
  check(m.col(1).segment(1, 2));
  check(m.row(1).tail(3));
  check(m.reshaped(3, 8));
  check(Eigen::Map<Eigen::MatrixXd>(m.data(), 6, 4));
  check(Eigen::Map<const row_major<double>>(m.data(), 6, 4));
  check(Eigen::Map<Eigen::MatrixXd, 0, Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>>(m.data() + 1, 2, 2, {8, 2}));
  check(Eigen::Map<row_major<double>, 0, Eigen::OuterStride<>>(m.data(), 3, 2, Eigen::OuterStride<>(8)));
  check(Eigen::Map<Eigen::VectorXd, 0, Eigen::InnerStride<3>>(m.data(), 5));
  check(Eigen::Map<Eigen::VectorXd, 0, Eigen::InnerStride<>>(m.data() + 23, 5, Eigen::InnerStride<>(-4)));
  check(Eigen::Ref<Eigen::MatrixXd>(m));
  check(Eigen::Ref<Eigen::MatrixXd>(m.topRows(2)));
  check(Eigen::Ref<Eigen::VectorXd>(m.col(3)));
  check(Eigen::Ref<const Eigen::MatrixXd>(m));
  STATIC_REQUIRE(traits_of<Eigen::Map<row_major<double>>>::contiguous);
  STATIC_REQUIRE(traits_of<decltype(m.col(0))>::contiguous);
  STATIC_REQUIRE(traits_of<decltype(m.col(0))>::rank == 1);
  STATIC_REQUIRE(traits_of<decltype(m.row(0))>::rank == 2);
  // Every second row: Eigen 3 computes such a view, Eigen 5 has its memory and strides.
  const auto every_second = m(Eigen::seq(0, 3, 2), Eigen::seq(0, m.cols() - 1));
  check(every_second.eval());
  const auto check_borrowed = [&]<class View>(const View& view) {
    if constexpr (!td::lazy_native<View>) check(view);
  };
  check_borrowed(every_second);
}

TEST_CASE("into writes to Eigen containers, maps, refs and blocks, not to what is const or computed") {
  using Eigen::MatrixXd;
  MatrixXd m;
  const MatrixXd c;
  STATIC_REQUIRE(td::writable_native<MatrixXd&>);
  STATIC_REQUIRE_FALSE(td::writable_native<const MatrixXd&>);
  STATIC_REQUIRE(td::writable_native<Eigen::Map<MatrixXd>>);
  STATIC_REQUIRE(td::writable_native<const Eigen::Ref<MatrixXd>&>);
  STATIC_REQUIRE_FALSE(td::writable_native<Eigen::Map<const MatrixXd>>);
  STATIC_REQUIRE_FALSE(td::writable_native<Eigen::Ref<const MatrixXd>>);
  STATIC_REQUIRE(td::writable_native<decltype(m.col(0))>);
  STATIC_REQUIRE_FALSE(td::writable_native<decltype(c.col(0))>);
  STATIC_REQUIRE_FALSE(td::writable_native<decltype(m + c)>);
}

TEST_CASE("an Eigen result is written in the container's own memory, under its own shape") {
  auto v = traits_of<Eigen::VectorXd>::make(ints{3});
  CHECK(v.size() == 3);
  CHECK(result_view(v, {3}).data() == v.data());

  auto m = traits_of<Eigen::MatrixXd>::make(ints{2, 3});
  CHECK(result_view(m, {2, 3}).data() == m.data());
  CHECK(result_view(m, {2, 3}).strides == ints{1, 2});
  auto r = traits_of<row_major<float>>::make(ints{2, 3});
  CHECK(result_view(r, {2, 3}).strides == ints{3, 1});
  auto f = traits_of<Eigen::Matrix2d>::make(ints{2, 2});
  CHECK(result_view(f, {2, 2}).data() == f.data());
  auto e = traits_of<Eigen::ArrayXXd>::make(ints{0, 5});
  CHECK((e.rows() == 0 && e.cols() == 5));
}

TEST_CASE("a rank-1 result enters an Eigen matrix as a column, rank 0 as 1x1") {
  auto m = traits_of<Eigen::MatrixXd>::make(ints{4});
  CHECK((m.rows() == 4 && m.cols() == 1));
  CHECK(result_view(m, {4}).shape == ints{4});
  CHECK(result_view(m, {4}).strides == ints{1});
  auto r = traits_of<row_major<double>>::make(ints{4});
  CHECK((r.rows() == 4 && r.cols() == 1));
  CHECK(result_view(r, {4}).strides == ints{1});
  auto one = traits_of<Eigen::ArrayXXf>::make(ints{});
  CHECK(one.size() == 1);
  CHECK(result_view(one, {}).view.rank == 0);
  auto v = traits_of<Eigen::VectorXd>::make(ints{});
  CHECK(v.size() == 1);
  CHECK(result_view(v, {}).data() == v.data());
  auto row = traits_of<Eigen::RowVectorXd>::make(ints{3});
  CHECK(row.cols() == 3);
  CHECK(result_view(row, {3}).shape == ints{3});
  CHECK(result_view(row, {3}).strides == ints{1});
}

TEST_CASE("an Eigen type that cannot hold the result says so") {
  CHECK(
      message_of([] {
        (void)traits_of<Eigen::VectorXd>::make(ints{2, 3});
      }) ==
      "[call] the result does not fit the container: got shape (2, 3), expected rank 0 or 1 for Eigen::Matrix<double, Dynamic, 1>. Ask for "
      "another container with call_as.");
  CHECK(message_of([] {
          (void)traits_of<Eigen::ArrayXXf>::make(ints{2, 3, 4});
        }) ==
        "[call] the result does not fit the container: got shape (2, 3, 4), expected rank 0, 1 or 2 for Eigen::Array<float, Dynamic, "
        "Dynamic>. Ask for another container with call_as.");
  CHECK(message_of([] { (void)traits_of<Eigen::Matrix3d>::make(ints{3}); }) ==
        "[call] the result does not fit the container: got shape (3,), expected shape (3, 3) for Eigen::Matrix<double, 3, 3>. Ask for "
        "another container with call_as.");
  CHECK_THAT(message_of([] { (void)traits_of<Eigen::Vector3d>::make(ints{4}); }),
             contains("expected shape (3,) for Eigen::Matrix<double, 3, 1>"));
  CHECK_THAT(message_of([] {
               (void)traits_of<Eigen::Array<int, 2, Eigen::Dynamic, Eigen::RowMajor>>::make(ints{3, 9});
             }),
             contains("expected shape (2, n) for Eigen::Array<int, 2, Dynamic, RowMajor>"));
  using bounded = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, 0, 3, 3>;
  CHECK(traits_of<bounded>::make(ints{3, 2}).cols() == 2);
  CHECK_THROWS_AS(traits_of<bounded>::make(ints{3, 4}), td::shape_error);
}

TEST_CASE("views and expressions return the owning type of their family") {
  Eigen::MatrixXd m(2, 2);
  Eigen::ArrayXf a(2);
  STATIC_REQUIRE(std::is_same_v<container_of<Eigen::Map<const Eigen::VectorXd>>, Eigen::VectorXd>);
  STATIC_REQUIRE(std::is_same_v<container_of<Eigen::Ref<Eigen::MatrixXd>>, Eigen::MatrixXd>);
  STATIC_REQUIRE(std::is_same_v<container_of<decltype(m.block(0, 0, 1, 1))>, Eigen::MatrixXd>);
  STATIC_REQUIRE(std::is_same_v<container_of<decltype(m.col(0))>, Eigen::VectorXd>);
  STATIC_REQUIRE(std::is_same_v<container_of<decltype(a + a)>, Eigen::ArrayXf>);
  STATIC_REQUIRE(std::is_same_v<container_of<decltype(a > 0)>, Eigen::Array<bool, Eigen::Dynamic, 1>>);
  STATIC_REQUIRE(std::is_same_v<container_of<decltype(m * m)>, Eigen::MatrixXd>);
}

TEST_CASE("a target of into may hold a lower rank than its own, as results do") {
  Eigen::MatrixXd m(3, 1);
  td::array_view v;
  td::detail::borrow_target(m, ints{3}, v);
  CHECK(borrowed(v).shape == ints{3});
  CHECK(v.data == m.data());
  Eigen::RowVectorXd r(3);
  td::detail::borrow_target(r, ints{3}, v);
  CHECK(borrowed(v).shape == ints{3});
  CHECK(borrowed(v).strides == ints{1});
  Eigen::MatrixXd big = Eigen::MatrixXd::Zero(3, 4);
  td::detail::borrow_target(big.row(1).transpose(), ints{4}, v);
  CHECK(borrowed(v).strides == ints{3});
  td::detail::borrow_target(big.block(1, 1, 1, 1), ints{}, v);
  CHECK(v.data == &big(1, 1));
  CHECK_THAT(message_of([&] { td::detail::borrow_target(big, ints{3}, v); }),
             contains("[into] the result does not fit the container: got shape (3,), expected shape (3, 4)"));
}

TEST_CASE("a lazy Eigen expression is evaluated once, element by element") {
  const Eigen::ArrayXd x = Eigen::ArrayXd::LinSpaced(5, 0, 4);
  int calls = 0;
  const auto lazy = x.unaryExpr([&calls](double e) {
    ++calls;
    return 2 * e;
  });
  STATIC_REQUIRE(td::lazy_native<decltype(lazy)>);
  const td::array a = td::asarray(lazy);
  CHECK(calls == 5);
  CHECK(td::to<std::vector<double>>(a) == std::vector<double>{0, 2, 4, 6, 8});
  CHECK(td::asarray(Eigen::MatrixXd::Identity(2, 2)).shape() == ints{2, 2});
}

TEST_CASE("asarray, view and to take Eigen arrays in any layout") {
  const auto c = counted<Eigen::MatrixXd>(2, 3);
  const auto r = counted<row_major<double>>(2, 3);
  const auto flat = [](const td::array& a) {
    const td::array copy = td::detail::copy_of(a.view());
    return std::vector<double>(copy.data<double>(), copy.data<double>() + copy.size());
  };
  CHECK(flat(td::asarray(c)) == std::vector<double>{0, 1, 2, 3, 4, 5});
  CHECK(flat(td::asarray(c.transpose())) == std::vector<double>{0, 3, 1, 4, 2, 5});
  CHECK(flat(td::view(r)) == std::vector<double>{0, 1, 2, 3, 4, 5});
  CHECK(td::view(c).data<double>() == c.data());
  CHECK(td::view(Eigen::Map<const Eigen::VectorXd>(c.data(), 6)).data<double>() == c.data());
  CHECK(td::to<Eigen::MatrixXd>(td::view(r)) == c);
  CHECK(td::to<row_major<double>>(td::view(c)) == r);
  CHECK(td::to<Eigen::MatrixXd>(td::array({1., 2.})) == Eigen::Vector2d(1, 2));
  CHECK(td::to<Eigen::ArrayXf>(td::array(3.f))(0) == 3);
  CHECK(
      message_of([] {
        (void)td::to<Eigen::ArrayXf>(td::array({1., 2.}));
      }) ==
      "[to] the array does not fit the container: got float64, expected float32 for Eigen::Array<float, Dynamic, 1>. Convert it first with "
      "td::astype.");
}

TEST_CASE("an Eigen operand beside a td::array is copied in, on either side") {
  const td::array a({{1., 2.}, {3., 4.}});
  Eigen::Matrix2d m;
  m << 10, 20, 30, 40;
  const auto is = [](const td::array& x, std::initializer_list<double> expected) {
    const Eigen::Matrix2d e = td::to<Eigen::Matrix2d>(x);
    return std::vector<double>{e(0, 0), e(0, 1), e(1, 0), e(1, 1)} == std::vector<double>(expected);
  };
  CHECK(is(a + m, {11, 22, 33, 44}));
  CHECK(is(m - a, {9, 18, 27, 36}));
  CHECK(is(m * a, {10, 40, 90, 160}));
  CHECK(is(a * m.array(), {10, 40, 90, 160}));
  CHECK(is((m + m) / a, {20, 20, 20, 20}));
  CHECK(is(a + m.transpose(), {11, 32, 23, 44}));
  CHECK(is(a + m.col(1), {21, 42, 23, 44}));
  CHECK(td::to<Eigen::Matrix<bool, 2, 2>>(a == m / 10).all());
  CHECK_FALSE(td::to<Eigen::Matrix<bool, 2, 2>>(m != a * 10.).any());
  CHECK(td::to<Eigen::Matrix<bool, 2, 2>>(a < m).all());
  CHECK(td::to<Eigen::Matrix<bool, 2, 2>>(m.array() >= a).all());
}
