// Native arrays through traced functions: the same container comes out, inputs are not copied, results are written in place.
#include <tendril/eigen.hpp>
#include <tendril/tendril.hpp>
#include <tendril/xtensor.hpp>

#if __has_include(<xtensor/containers/xadapt.hpp>)
#include <xtensor/containers/xadapt.hpp>
#include <xtensor/containers/xfixed.hpp>
#include <xtensor/core/xvectorize.hpp>
#include <xtensor/views/xstrided_view.hpp>
#include <xtensor/views/xview.hpp>
#else
#include <xtensor/xadapt.hpp>
#include <xtensor/xfixed.hpp>
#include <xtensor/xstrided_view.hpp>
#include <xtensor/xvectorize.hpp>
#include <xtensor/xview.hpp>
#endif

#include <cstring>

#include "adapter_helpers.hpp"
#include "catch.hpp"

using namespace adapter_test;

namespace {

using row_major = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

td::array affine(const td::array& x) { return x * 2 + 1; }

/// f(x) and its replay are of type Expected, and hold 2 x + 1 where x lies.
template <class Expected, class T>
void same_container(const T& x) {
  const auto f = td::trace_graph(affine);
  STATIC_REQUIRE(std::is_same_v<decltype(f(x)), Expected>);
  for (int call = 0; call < 2; ++call) {
    const Expected y = f(x);
    const borrowed in(x), out(y);
    CHECK(in.shape == out.shape);
    for (std::int64_t i = 0; i < in.shape[0]; ++i) {
      for (std::int64_t j = 0; j < (in.view.rank > 1 ? in.shape[1] : 1); ++j) {
        using scalar = typename traits_of<T>::scalar;
        CHECK(out.template at<scalar>(i, j) == static_cast<scalar>(2 * in.template at<scalar>(i, j) + 1));
      }
    }
  }
  CHECK(f.stats().traces == 1);
}

const void* seen_in = nullptr;
const void* seen_out = nullptr;

/// Copies its operand and notes where operand and result lie.
td::array probe(const td::array& x) {
  static const td::op_record* const op = [&] {
    td::op_record r;
    r.name = "adapter_probe";
    r.inputs = {{td::input_spec::form::array, "x"}};
    r.infer = [](const td::type_request& q) { return std::vector<td::type>{q.inputs[0]}; };
    r.kernel = [](std::span<const td::array_view> out, std::span<const td::array_view> in, const td::attributes&) {
      seen_in = in[0].data;
      seen_out = out[0].data;
      td::detail::copy_elements(out[0], in[0]);
    };
    return &td::register_op(r);
  }();
  return td::call(*op, {x});
}

/// The kernel reads x where x lies and writes the result where the container lies, at the first call and later.
template <class T>
void in_place(const T& x) {
  const auto f = td::trace_graph(probe);
  for (int call = 0; call < 2; ++call) {
    const auto y = f(x);
    CHECK(seen_in == borrowed(x).data());
    // What holds its elements in itself may be returned in registers and then lies elsewhere.
    if (!std::is_trivially_copyable_v<decltype(y)>) CHECK(seen_out == borrowed(y).data());
    CHECK(seen_in != seen_out);
  }
  auto out = f(x);
  td::array_view view;
  traits_of<decltype(out)>::borrow(out, view);
  std::memset(view.data, 0, static_cast<std::size_t>(view.size()) * td::size_of(view.dtype));
  f.into(out, x);
  CHECK(seen_in == borrowed(x).data());
  CHECK(seen_out == borrowed(out).data());
  const auto again = f(x);
  CHECK(std::memcmp(borrowed(out).data(), borrowed(again).data(), static_cast<std::size_t>(view.size()) * td::size_of(view.dtype)) == 0);
}

}  // namespace

TEST_CASE("standard containers in, their owning type out") {
  const std::vector<double> v{1, 2, 3};
  const float raw[] = {1, 2, 3};
  const std::int64_t table[2][3] = {{1, 2, 3}, {4, 5, 6}};
  same_container<std::vector<double>>(v);
  same_container<std::vector<int>>(std::vector<int>{1, -2});
  same_container<std::array<double, 2>>(std::array<double, 2>{3, 4});
  same_container<std::vector<double>>(std::span<const double>(v));
  same_container<std::array<float, 3>>(raw);
  same_container<std::array<std::array<std::int64_t, 3>, 2>>(table);
  same_container<std::vector<double>>(std::vector<double>());
}

TEST_CASE("Eigen arrays in, their plain type out") {
  row_major m(2, 3);
  m << 1, 2, 3, 4, 5, 6;
  Eigen::MatrixXd c = m;
  Eigen::VectorXd v = Eigen::VectorXd::LinSpaced(6, 1, 6);
  same_container<Eigen::VectorXd>(v);
  same_container<Eigen::ArrayXf>(Eigen::ArrayXf(Eigen::ArrayXf::LinSpaced(4, 0, 3)));
  same_container<Eigen::RowVectorXd>(Eigen::RowVectorXd(v.transpose()));
  same_container<Eigen::MatrixXd>(c);
  same_container<row_major>(m);
  same_container<Eigen::Vector3d>(Eigen::Vector3d(v.head(3)));
  same_container<Eigen::RowVector3d>(Eigen::RowVector3d(v.head(3).transpose()));
  same_container<Eigen::ArrayXXd>(Eigen::ArrayXXd(c.array()));
  same_container<Eigen::VectorXd>(Eigen::Map<const Eigen::VectorXd, 0, Eigen::InnerStride<2>>(v.data(), 3));
  same_container<Eigen::VectorXd>(Eigen::Map<const Eigen::VectorXd, 0, Eigen::InnerStride<>>(v.data() + 5, 6, Eigen::InnerStride<>(-1)));
  same_container<Eigen::MatrixXd>(Eigen::Ref<Eigen::MatrixXd>(c));
  same_container<Eigen::MatrixXd>(c.block(0, 1, 2, 2));
  same_container<Eigen::VectorXd>(m.col(1));
  same_container<row_major>(c.transpose());
  same_container<Eigen::MatrixXd>(Eigen::MatrixXd(0, 3));
}

TEST_CASE("beside Eigen matrices of fixed extents results have any extents, and are assigned to what the user has for them") {
  using td::array;
  using points = Eigen::Matrix<double, Eigen::Dynamic, 3>;
  using columns = Eigen::Array<float, 2, Eigen::Dynamic, Eigen::RowMajor>;
  const auto product = td::trace_graph([](const array& a, const array& b) { return td::matmul(a, b); });
  const auto lengths = td::trace_graph([](const array& x) { return td::sum(x * x, {.axis = -1}); });
  const auto total = td::trace_graph([](const array& x) { return td::sum(x); });
  const points p = points::Random(5, 3);
  const Eigen::Matrix3d r = Eigen::Matrix3d::Random();
  const Eigen::Vector3d v(1, -2, 3);

  const Eigen::VectorXd squares = lengths(p);
  CHECK(squares.isApprox(p.rowwise().squaredNorm()));
  const points turned = product(p, r);
  CHECK(turned.isApprox(p * r));
  const Eigen::VectorXd projected = product(p, v);
  CHECK(projected.isApprox(p * v));
  const Eigen::Matrix<double, 1, 1> sum = total(p);
  CHECK(sum(0) == Approx(p.sum()));

  const Eigen::Vector3d moved = product(r, v);
  CHECK(moved.isApprox(r * v));
  const Eigen::Matrix3d twice = product(r, r);
  CHECK(twice.isApprox(r * r));
  const Eigen::Matrix<double, 3, 2> narrow = product(r, Eigen::Matrix<double, 3, 2>(r.leftCols(2)));
  CHECK(narrow.isApprox(r * r.leftCols(2)));
  const Eigen::Vector3d of_a_map = product(Eigen::Map<const Eigen::Matrix3d>(r.data()), v);
  CHECK(of_a_map == moved);
  const Eigen::Vector3d of_an_expression = product(r * 1.0, v);
  CHECK(of_an_expression == moved);
  CHECK((product.call_as<Eigen::Matrix3d>(r, r) == twice));

  const columns few = columns::Random(2, 4);
  const Eigen::Array<float, 2, 1> sums = lengths(few);
  CHECK(sums.isApprox(few.square().rowwise().sum()));
  CHECK(std::is_same_v<decltype(lengths(few)), Eigen::Array<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>);
  CHECK(std::is_same_v<decltype(lengths(p)), Eigen::MatrixXd>);
  CHECK(std::is_same_v<decltype(product(r, v)), Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, 0, 3, 3>>);  // allocates nothing
  CHECK_THROWS_WITH(td::trace_graph([](const array& x) {
                      return td::concat({x, x});
                    })(r),
                    "[call] the result does not fit the container: got shape (6, 3), expected shape (up to 3, up to 3) for "
                    "Eigen::Matrix<double, Dynamic, Dynamic>. Ask for another container with call_as.");
}

TEST_CASE("xtensor arrays in, their owning type out") {
  constexpr auto column_major = xt::layout_type::column_major;
  const xt::xtensor<double, 2> t{{1, 2, 3}, {4, 5, 6}};
  const xt::xarray<double> x = t;
  std::vector<double> v{1, 2, 3, 4};
  same_container<xt::xarray<double>>(x);
  same_container<xt::xtensor<double, 2>>(t);
  same_container<xt::xtensor<float, 1>>(xt::xtensor<float, 1>{1, 2, 3});
  same_container<xt::xtensor_fixed<int, xt::xshape<2, 2>>>(xt::xtensor_fixed<int, xt::xshape<2, 2>>{{1, 2}, {3, 4}});
  same_container<xt::xarray<double, column_major>>(xt::xarray<double, column_major>(x));
  same_container<xt::xtensor<double, 1>>(xt::adapt(v, std::array<std::size_t, 1>{4}));
  same_container<xt::xarray<double>>(xt::adapt(v, std::vector<std::size_t>{2, 2}));
  same_container<xt::xtensor<double, 1>>(xt::view(t, xt::all(), 1));
  same_container<xt::xtensor<double, 2>>(xt::view(t, xt::all(), xt::range(0, 3, 2)));
  same_container<xt::xarray<double>>(xt::strided_view(x, {xt::ellipsis(), xt::range(2, 0, -1)}));
  same_container<xt::xarray<double>>(xt::xarray<double>::from_shape({0, 2}));
}

TEST_CASE("a kernel reads the argument's memory and writes the container's") {
  in_place(std::vector<double>{1, 2, 3});
  in_place(std::array<int, 3>{1, 2, 3});
  in_place(Eigen::VectorXd(Eigen::VectorXd::Ones(3)));
  in_place(row_major(row_major::Ones(2, 3)));
  const Eigen::ArrayXd e = Eigen::ArrayXd::Ones(4);
  in_place(Eigen::Map<const Eigen::ArrayXd>(e.data() + 1, 2));
  in_place(xt::xarray<double>{1, 2, 3});
  in_place(xt::xtensor<float, 1>{1, 2, 3});
  std::vector<double> v{1, 2, 3, 4};
  in_place(xt::adapt(v, std::array<std::size_t, 2>{2, 2}));
  in_place(std::span<const double>(v).subspan(1, 2));
}

TEST_CASE("into writes straight to the target's memory, whatever its kind and layout") {
  const auto f = td::trace_graph(affine);
  const xt::xarray<double> x{{1., 2., 3.}, {4., 5., 6.}};
  const std::vector<double> line{1, 2, 3};

  Eigen::MatrixXd big = Eigen::MatrixXd::Zero(4, 5);
  const double* memory = big.data();
  f.into(big.block(1, 1, 2, 3), x);
  CHECK(big.data() == memory);
  CHECK((big(1, 1) == 3 && big(1, 3) == 7 && big(2, 1) == 9 && big(2, 3) == 13));
  CHECK(big.sum() == 48);

  std::vector<double> storage(6, -1);
  f.into(Eigen::Map<Eigen::VectorXd, 0, Eigen::InnerStride<2>>(storage.data(), 3), line);
  CHECK(storage == std::vector<double>{3, -1, 5, -1, 7, -1});
  f.into(std::span(storage).subspan(3), line);
  CHECK(storage == std::vector<double>{3, -1, 5, 3, 5, 7});
  f.into(xt::adapt(storage, std::array<std::size_t, 2>{2, 3}), x);
  CHECK(storage == std::vector<double>{3, 5, 7, 9, 11, 13});

  xt::xtensor<double, 2, xt::layout_type::column_major> c = xt::xtensor<double, 2, xt::layout_type::column_major>::from_shape({2, 3});
  f.into(c, x);
  CHECK(std::vector<double>(c.storage().begin(), c.storage().end()) == std::vector<double>{3, 9, 5, 11, 7, 13});
  xt::xtensor<double, 2> rows = xt::zeros<double>({2, 3});
  f.into(xt::view(rows, 1, xt::all()), line);
  CHECK((rows(0, 0) == 0 && rows(1, 0) == 3 && rows(1, 2) == 7));

  Eigen::MatrixXd column(3, 1);
  f.into(column, line);
  CHECK(column(2, 0) == 7);
}

TEST_CASE("into refuses a target of another shape or element type and leaves it alone") {
  const auto f = td::trace_graph(affine);
  const std::vector<double> x{1, 2, 3};
  Eigen::VectorXd small = Eigen::VectorXd::Zero(2);
  CHECK(message_of([&] { f.into(small, x); }) ==
        "[into] the result does not fit the container: got shape (3,), expected shape (2,) for Eigen::Matrix<double, Dynamic, 1>. Pass a "
        "target of the result's shape and element type.");
  CHECK(small.isZero());
  std::vector<float> single(3);
  CHECK_THAT(message_of([&] { f.into(single, x); }), contains("got float64, expected float32 for std::vector<float>"));
  CHECK(f(x) == std::vector<double>{3, 5, 7});
}

TEST_CASE("call_as asks for another container") {
  const auto f = td::trace_graph(affine);
  const std::vector<double> x{1, 2, 3};
  CHECK((f.call_as<xt::xarray<double>>(x) == xt::xarray<double>{3, 5, 7}));
  CHECK(f.call_as<Eigen::ArrayXd>(x)(2) == 7);
  CHECK(f.call_as<td::array>(x).shape() == ints{3});
  CHECK(f.stats().traces == 1);
  const auto positive = td::trace_graph([](const td::array& a) { return a > 1; });
  CHECK((positive.call_as<xt::xarray<bool>>(x) == xt::xarray<bool>{false, true, true}));
  CHECK((positive.call_as<std::array<bool, 3>>(x) == std::array<bool, 3>{false, true, true}));
}

TEST_CASE("a result that does not fit the argument's container names call_as") {
  const auto mean = td::trace_graph([](const td::array& a) { return td::mean(a); });
  const auto table = td::trace_graph([](const td::array& a) { return td::reshape(a, {1, -1}); });
  CHECK(
      message_of([&] {
        (void)table(std::vector<double>{1, 2});
      }) ==
      "[call] the result does not fit the container: got shape (1, 2), expected rank 1 for std::vector<double>. Ask for another container with "
      "call_as.");
  CHECK(mean(std::vector<double>{1, 2}) == std::vector<double>{1.5});
  CHECK(mean(xt::xtensor<double, 1>{1, 2})(0) == 1.5);
  CHECK(mean(xt::xtensor<double, 2>{{1, 2}})(0, 0) == 1.5);
  xt::xtensor<double, 1> one{0};
  mean.into(one, std::vector<double>{1, 2});
  CHECK(one(0) == 1.5);
  CHECK(mean(Eigen::ArrayXd(Eigen::Array2d(1, 2)))(0) == 1.5);
  CHECK(mean(xt::xarray<double>{1, 2})() == 1.5);
  const auto positive = td::trace_graph([](const td::array& a) { return a > 1; });
  CHECK(message_of([&] { (void)positive(Eigen::ArrayXd(2)); }) ==
        "[call] the result does not fit the container: got bool, expected float64 for Eigen::Array<double, Dynamic, 1>. Ask for another "
        "container with call_as.");
}

TEST_CASE("the first native argument decides the results' container") {
  const auto add = td::trace_graph([](const td::array& a, const td::array& b) { return a + b; });
  const xt::xarray<double> x{1, 2};
  const Eigen::ArrayXd e = Eigen::Array2d(10, 20);
  STATIC_REQUIRE(std::is_same_v<decltype(add(x, e)), xt::xarray<double>>);
  STATIC_REQUIRE(std::is_same_v<decltype(add(e, x)), Eigen::ArrayXd>);
  CHECK((add(x, e) == xt::xarray<double>{11, 22}));
  CHECK(add(e, x)(1) == 22);
  const auto multiply = td::trace_graph([](const td::array& a, const td::array& b) { return td::matmul(a, b); });
  const Eigen::MatrixXd w = Eigen::MatrixXd::Identity(2, 2) * 3;
  const Eigen::MatrixXd wx = multiply(w, Eigen::VectorXd(e.matrix()));
  CHECK((wx.rows() == 2 && wx.cols() == 1 && wx(1, 0) == 60));
}

TEST_CASE("a lazy argument is evaluated once a call") {
  int calls = 0;
  const auto f = td::trace_graph(affine);
  const Eigen::ArrayXd e = Eigen::Array3d(1, 2, 3);
  const auto counting = [&calls](double v) {
    ++calls;
    return v;
  };
  for (int call = 1; call <= 3; ++call) {
    const Eigen::ArrayXd y = f(e.unaryExpr(counting));
    CHECK(y(2) == 7);
    CHECK(calls == 3 * call);
  }
  calls = 0;
  const xt::xarray<double> x{1, 2, 3};
  for (int call = 1; call <= 3; ++call) {
    const xt::xarray<double> y = f(xt::make_lambda_xfunction(counting, x));
    CHECK(y(2) == 7);
    CHECK(calls == 3 * call);
  }
  CHECK(f.stats().traces == 1);  // what Eigen and xtensor evaluate to is one shape of one dtype
  CHECK(f.stats().specializations == 1);
}

TEST_CASE("a native array inside a traced function becomes a constant, copied when it is recorded") {
  Eigen::ArrayXd bias = Eigen::Array2d(1, 2);
  const xt::xarray<double> scale{3, 4};
  const auto f = td::trace_graph([&](const td::array& x) { return x * scale + bias; });
  const std::vector<double> x{1, 1};
  CHECK(f(x) == std::vector<double>{4, 6});
  bias.setZero();
  CHECK(f(x) == std::vector<double>{4, 6});
}

TEST_CASE("a null span is refused by a call") {
  const auto f = td::trace_graph(affine);
  const std::span<const double> null(static_cast<const double*>(nullptr), 3);
  CHECK_THAT(message_of([&] { (void)f(null); }), contains("null data: got a null pointer with shape (3,)"));
  std::vector<double> x{1, 2, 3};
  CHECK_THAT(message_of([&] { f.into(std::span<double>(static_cast<double*>(nullptr), 3), x); }), contains("[into] null data"));
  CHECK(f(x) == std::vector<double>{3, 5, 7});
}
