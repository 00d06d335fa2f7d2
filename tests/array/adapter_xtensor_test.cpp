// The xtensor adapter: what each kind lends, what results take, lazy expressions, operators.
#include <tendril/xtensor.hpp>

#if __has_include(<xtensor/containers/xadapt.hpp>)
#include <xtensor/containers/xadapt.hpp>
#include <xtensor/containers/xfixed.hpp>
#include <xtensor/core/xmath.hpp>
#include <xtensor/core/xvectorize.hpp>
#include <xtensor/misc/xmanipulation.hpp>
#include <xtensor/views/xstrided_view.hpp>
#include <xtensor/views/xview.hpp>
#else
#include <xtensor/xadapt.hpp>
#include <xtensor/xfixed.hpp>
#include <xtensor/xmanipulation.hpp>
#include <xtensor/xmath.hpp>
#include <xtensor/xstrided_view.hpp>
#include <xtensor/xvectorize.hpp>
#include <xtensor/xview.hpp>
#endif

#include "adapter_helpers.hpp"
#include "catch.hpp"

#include <numeric>

using namespace adapter_test;

namespace {

constexpr auto column_major = xt::layout_type::column_major;
constexpr auto dynamic = xt::layout_type::dynamic;

/// The adapter's pointer and strides must lead to the elements that xtensor itself assigns to a container.
template <class T>
bool same_elements(const T& t) {
  using scalar = typename traits_of<T>::scalar;
  const xt::xarray<scalar> expected(t);
  const borrowed b(t);
  if (b.shape != ints(t.shape().begin(), t.shape().end()) || !claim_holds(t)) return false;
  ints at(b.shape.size(), 0);
  for (std::int64_t n = 0; n < b.view.size(); ++n) {
    std::int64_t offset = 0;
    for (std::size_t k = 0; k < at.size(); ++k) offset += at[k] * b.strides[k];
    if (static_cast<const scalar*>(b.data())[offset] != expected.data()[n]) return false;
    for (std::size_t k = at.size(); k-- > 0;) {
      if (++at[k] < b.shape[k]) break;
      at[k] = 0;
    }
  }
  return true;
}

std::vector<double> flat(const td::array& a) {
  const td::array copy = td::detail::copy_of(a.view());
  return std::vector<double>(copy.data<double>(), copy.data<double>() + copy.size());
}

}  // namespace

TEST_CASE("xtensor containers lend their memory") {
  const xt::xarray<double> x{{1., 2., 3.}, {4., 5., 6.}};
  CHECK(borrowed(x).data() == x.data());
  CHECK(borrowed(x).shape == ints{2, 3});
  CHECK(borrowed(x).strides == ints{3, 1});
  CHECK(same_elements(x));
  STATIC_REQUIRE(traits_of<xt::xarray<double>>::rank == -1);
  STATIC_REQUIRE(traits_of<xt::xarray<double>>::contiguous);

  const xt::xtensor<float, 1> t{1, 2, 3};
  CHECK(borrowed(t).data() == t.data());
  CHECK(borrowed(t).view.dtype == td::float32);
  STATIC_REQUIRE(traits_of<xt::xtensor<float, 1>>::rank == 1);

  const xt::xtensor_fixed<int, xt::xshape<2, 2>> f{{1, 2}, {3, 4}};
  CHECK(borrowed(f).data() == f.data());
  CHECK(same_elements(f));

  const xt::xarray<bool> flags{true, false};
  CHECK(borrowed(flags).view.dtype == td::bool_);
  CHECK(same_elements(flags));
}

TEST_CASE("xtensor arrays of rank 0, without elements and of extent 1 keep their shape") {
  const xt::xarray<double> scalar = 3.;
  CHECK(borrowed(scalar).view.rank == 0);
  CHECK(same_elements(scalar));
  CHECK(borrowed(xt::xarray<double>::from_shape({0, 3})).shape == ints{0, 3});
  const xt::xarray<double> column = xt::xtensor<double, 2>{{1.}, {2.}};
  CHECK(borrowed(column).shape == ints{2, 1});
  CHECK(same_elements(column));
  const td::array a = td::asarray(column);
  CHECK(a.shape() == ints{2, 1});
  CHECK(flat(a) == std::vector<double>{1, 2});
}

TEST_CASE("xtensor layouts are read as they lie") {
  xt::xarray<double, column_major> c{{1., 2., 3.}, {4., 5., 6.}};
  CHECK(borrowed(c).strides == ints{1, 2});
  CHECK(same_elements(c));
  STATIC_REQUIRE_FALSE(traits_of<decltype(c)>::contiguous);
  xt::xarray<double, dynamic> d(xt::xarray<double, dynamic>::shape_type({2, 3}), column_major);
  std::iota(d.storage().begin(), d.storage().end(), 0.);
  CHECK(borrowed(d).strides == ints{1, 2});
  CHECK(same_elements(d));
  xt::xtensor<int, 2, column_major> t{{1, 2}, {3, 4}};
  CHECK(borrowed(t).strides == ints{1, 2});
  CHECK(flat(td::view(c)) == std::vector<double>{1, 2, 3, 4, 5, 6});
}

TEST_CASE("xtensor adaptors and views lend the memory that they look at") {
  std::vector<double> v{0, 1, 2, 3, 4, 5};
  const auto adapted = xt::adapt(v, std::vector<std::size_t>{2, 3});
  CHECK(borrowed(adapted).data() == v.data());
  CHECK(same_elements(adapted));
  const auto fixed_rank = xt::adapt(v.data(), v.size(), xt::no_ownership(), std::array<std::size_t, 2>{3, 2});
  CHECK(borrowed(fixed_rank).data() == v.data());
  STATIC_REQUIRE(traits_of<decltype(fixed_rank)>::rank == 2);
  const double* constant = v.data();
  const auto read_only = xt::adapt(constant, 6, xt::no_ownership(), std::array<std::size_t, 1>{6});
  CHECK(borrowed(read_only).data() == v.data());
  CHECK(same_elements(read_only));

  xt::xarray<double> x = xt::reshape_view(xt::arange<double>(24), {2, 3, 4});
  const auto view = xt::view(x, 1, xt::all(), xt::range(1, 4, 2));
  CHECK(borrowed(view).data() == &x(1, 0, 1));
  CHECK(borrowed(view).shape == ints{3, 2});
  CHECK(same_elements(view));
  CHECK(same_elements(xt::view(x, xt::all(), 1)));
  CHECK(same_elements(xt::view(x, 0)));
  CHECK(same_elements(xt::view(x, xt::newaxis(), 1)));
  CHECK(same_elements(xt::row(xt::xtensor<double, 2>{{1, 2}, {3, 4}}, 1)));
  xt::xtensor<double, 2> m{{1, 2, 3}, {4, 5, 6}};
  CHECK(borrowed(xt::col(m, 2)).data() == &m(0, 2));
  CHECK(borrowed(xt::col(m, 2)).strides == ints{3});
  CHECK(same_elements(xt::col(m, 2)));
  CHECK(same_elements(xt::view(xt::view(m, xt::all(), xt::range(1, 3)), 1)));

  CHECK(borrowed(xt::transpose(x)).data() == x.data());
  CHECK(same_elements(xt::transpose(x)));
  CHECK(same_elements(xt::transpose(m)));
  const auto strided = xt::strided_view(x, {xt::ellipsis(), xt::range(3, 0, -2)});
  CHECK(borrowed(strided).data() == &x(0, 0, 3));
  CHECK(same_elements(strided));
  CHECK(same_elements(xt::strided_view(x, {1, xt::ellipsis()})));
  CHECK(same_elements(xt::flip(x, 1)));
  CHECK(same_elements(xt::squeeze(xt::view(x, xt::range(0, 1)))));
}

TEST_CASE("into writes to xtensor containers, adaptors and views, not to what is const or computed") {
  xt::xarray<double> x;
  const xt::xarray<double> c;
  std::vector<double> v(2);
  const double* p = v.data();
  STATIC_REQUIRE(td::writable_native<xt::xarray<double>&>);
  STATIC_REQUIRE_FALSE(td::writable_native<const xt::xarray<double>&>);
  STATIC_REQUIRE(td::writable_native<decltype(xt::view(x, 0))>);
  STATIC_REQUIRE_FALSE(td::writable_native<decltype(xt::view(c, 0))>);
  STATIC_REQUIRE(td::writable_native<decltype(xt::strided_view(x, {0}))>);
  STATIC_REQUIRE_FALSE(td::writable_native<decltype(xt::strided_view(c, {0}))>);
  STATIC_REQUIRE(td::writable_native<decltype(xt::adapt(v, {2}))>);
  STATIC_REQUIRE_FALSE(td::writable_native<decltype(xt::adapt(p, 2, xt::no_ownership(), std::array<std::size_t, 1>{2}))>);
  STATIC_REQUIRE_FALSE(td::writable_native<decltype(x + x)>);
}

TEST_CASE("an xtensor result is written in the container's own memory") {
  auto x = traits_of<xt::xarray<double>>::make(ints{2, 3});
  CHECK(result_view(x, {2, 3}).data() == x.data());
  CHECK(result_view(x, {2, 3}).strides == ints{3, 1});
  CHECK(traits_of<xt::xarray<float>>::make(ints{}).dimension() == 0);
  CHECK(traits_of<xt::xarray<float>>::make(ints{0, 2}).size() == 0);
  auto t = traits_of<xt::xtensor<int, 2>>::make(ints{2, 3});
  CHECK(result_view(t, {2, 3}).data() == t.data());
  auto c = traits_of<xt::xtensor<double, 2, column_major>>::make(ints{2, 3});
  CHECK(result_view(c, {2, 3}).strides == ints{1, 2});
  auto d = traits_of<xt::xarray<double, dynamic>>::make(ints{2, 3});
  CHECK(result_view(d, {2, 3}).strides == ints{3, 1});
  using fixed = xt::xtensor_fixed<double, xt::xshape<2, 3>>;
  auto f = traits_of<fixed>::make(ints{2, 3});
  CHECK(result_view(f, {2, 3}).data() == f.data());
}

TEST_CASE("an xtensor type that cannot hold the result says so") {
  CHECK(message_of([] {
          (void)traits_of<xt::xtensor<double, 1>>::make(ints{2, 3});
        }) ==
        "[call] the result does not fit the container: got shape (2, 3), expected rank 1 for xt::xtensor<double, 1>. Ask for another "
        "container with call_as.");
  CHECK(message_of([] {
          (void)traits_of<xt::xtensor_fixed<float, xt::xshape<2, 3>>>::make(ints{3, 2});
        }) ==
        "[call] the result does not fit the container: got shape (3, 2), expected shape (2, 3) for xt::xtensor_fixed<float, xt::xshape<2, "
        "3>>. Ask for another container with call_as.");
  CHECK_THROWS_AS((traits_of<xt::xtensor<double, 0>>::make(ints{1})), td::shape_error);
  CHECK(traits_of<xt::xarray<double>>::name() == "xt::xarray<double>");
  CHECK(traits_of<xt::xarray<bool, column_major>>::name() == "xt::xarray<bool, column_major>");
}

TEST_CASE("an xarray of more axes than an array can have is refused") {
  const xt::xarray<double> deep = xt::xarray<double>::from_shape(std::vector<std::size_t>(17, 1));
  CHECK_THAT(message_of([&] { (void)borrowed(deep); }), contains("too many axes: got 17 for xt::xarray<double>, expected at most 16"));
}

TEST_CASE("adaptors, views and expressions return the owning type of their rank") {
  xt::xarray<double> x;
  xt::xtensor<float, 2> t;
  std::vector<double> v;
  STATIC_REQUIRE(std::is_same_v<container_of<decltype(x)>, xt::xarray<double>>);
  STATIC_REQUIRE(std::is_same_v<container_of<decltype(xt::adapt(v, std::vector<std::size_t>{2}))>, xt::xarray<double>>);
  STATIC_REQUIRE(std::is_same_v<container_of<decltype(xt::adapt(v, std::array<std::size_t, 1>{2}))>, xt::xtensor<double, 1>>);
  STATIC_REQUIRE(std::is_same_v<container_of<decltype(xt::view(t, 0))>, xt::xtensor<float, 1>>);
  STATIC_REQUIRE(std::is_same_v<container_of<decltype(x + 1.)>, xt::xarray<double>>);
  STATIC_REQUIRE(std::is_same_v<container_of<decltype(t > 1)>, xt::xtensor<bool, 2>>);
  STATIC_REQUIRE(std::is_same_v<container_of<xt::xarray<double, column_major>>, xt::xarray<double, column_major>>);
}

TEST_CASE("a lazy xtensor expression is evaluated once, element by element") {
  const xt::xarray<double> x{1, 2, 3};
  int calls = 0;
  const auto twice = [&calls](double e) {
    ++calls;
    return 2 * e;
  };
  const auto lazy = xt::make_lambda_xfunction(twice, x);
  STATIC_REQUIRE(td::lazy_native<decltype(lazy)>);
  CHECK(flat(td::asarray(lazy)) == std::vector<double>{2, 4, 6});
  CHECK(calls == 3);

  const xt::xtensor<double, 2> m{{1, 2}, {3, 4}};
  CHECK(flat(td::asarray(m * 2. - 1.)) == std::vector<double>{1, 3, 5, 7});
  CHECK(td::asarray(m + 1.).shape() == ints{2, 2});
  CHECK(flat(td::asarray(xt::sum(m, {0}))) == std::vector<double>{4, 6});
  CHECK(td::asarray(xt::sum(m)).ndim() == 0);
  CHECK(flat(td::asarray(xt::broadcast(x, {2, 3}))) == std::vector<double>{1, 2, 3, 1, 2, 3});
  CHECK(flat(td::asarray(xt::strided_view(m + m, {0, xt::ellipsis()}))) == std::vector<double>{2, 4});
}

TEST_CASE("asarray, view and to take xtensor arrays") {
  const xt::xarray<double> x{{1, 2}, {3, 4}};
  CHECK(td::view(x).data<double>() == x.data());
  CHECK(td::asarray(x).data<double>() != x.data());
  CHECK(flat(td::view(xt::view(x, xt::all(), 1))) == std::vector<double>{2, 4});
  CHECK((td::to<xt::xarray<double>>(td::view(x)) == x));
  CHECK((td::to<xt::xtensor<double, 2, column_major>>(td::view(x)) == x));
  CHECK((td::to<xt::xtensor_fixed<double, xt::xshape<2, 2>>>(td::view(x)) == x));
  CHECK_THROWS_AS((td::to<xt::xtensor<double, 1>>(td::view(x))), td::shape_error);
  CHECK(
      message_of([&] { (void)td::to<xt::xarray<float>>(td::view(x)); }) ==
      "[to] the array does not fit the container: got float64, expected float32 for xt::xarray<float>. Convert it first with td::astype.");
}

TEST_CASE("an xtensor operand beside a td::array is copied in, on either side, and never makes a lazy xtensor expression") {
  const td::array a({{1., 2.}, {3., 4.}});
  td::array mutable_a = a;
  const xt::xarray<double> x{{10, 20}, {30, 40}};
  xt::xtensor<double, 2> t = x;
  STATIC_REQUIRE(std::is_same_v<decltype(mutable_a + t), td::array>);
  STATIC_REQUIRE(std::is_same_v<decltype(t == mutable_a), td::array>);
  CHECK(flat(a + x) == std::vector<double>{11, 22, 33, 44});
  CHECK(flat(x - mutable_a) == std::vector<double>{9, 18, 27, 36});
  CHECK(flat(mutable_a * t) == std::vector<double>{10, 40, 90, 160});
  CHECK(flat(t / a) == std::vector<double>{10, 10, 10, 10});
  CHECK(flat(td::array(1.) + xt::view(x, 0)) == std::vector<double>{11, 21});
  CHECK(flat((x + t) * a) == std::vector<double>{20, 80, 180, 320});
  CHECK(flat(xt::sum(x) + a) == std::vector<double>{101, 102, 103, 104});
  CHECK((td::to<xt::xarray<bool>>(a == x / 10.) == xt::xarray<bool>{{true, true}, {true, true}}));
  CHECK((td::to<xt::xarray<bool>>(x != a * 10.) == xt::xarray<bool>{{false, false}, {false, false}}));
  CHECK((td::to<xt::xarray<bool>>(t <= a) == xt::xarray<bool>{{false, false}, {false, false}}));
  CHECK((td::to<xt::xarray<bool>>(a < x) == xt::xarray<bool>{{true, true}, {true, true}}));
}
