// What stands beside arrays and in ops: native arrays in every op, && || !, masks that are counted.
#include <tendril/eigen.hpp>
#include <tendril/frontends/numpy.hpp>
#include <tendril/frontends/torch.hpp>

#include "catch.hpp"
#include "trace_helpers.hpp"

using namespace trace_test;

namespace {

template <class Check>
void on_backends(Check check) {
  for (const std::string& backend : td::backends()) {
    INFO(backend);
    const td::backend_scope scope(backend);
    check(backend);
  }
}

}  // namespace

TEST_CASE("native arrays are operands of every op") {
  const Eigen::MatrixXd w = Eigen::Matrix2d{{1, 2}, {3, 4}};
  const doubles v{1, 2};
  const std::array<double, 2> u{3, 0};
  const td::array x({1., -1.});
  on_backends([&](const std::string& to) {
    CHECK(values(td::matmul(w, x)) == doubles{-1, -1});
    CHECK(values(td::matmul(x, w)) == doubles{-2, -2});
    CHECK(values(td::maximum(x, v)) == doubles{1, 2});
    CHECK(values(td::maximum(u, v)) == doubles{3, 2});
    CHECK(values(td::exp(u))[1] == 1);
    CHECK(values(td::sum(w, {.axis = 0})) == doubles{4, 6});
    CHECK(values(td::where(x > 0, v, u)) == doubles{1, 0});
    CHECK(values(td::clip(x, u, v)) == values(td::clip(x, td::asarray(u), td::asarray(v))));
    CHECK(values(td::concat({x, v, u})) == doubles{1, -1, 1, 2, 3, 0});
    CHECK(values(td::stack({v, u})) == doubles{1, 2, 3, 0});
    CHECK(td::unstack(w).size() == 2);
    CHECK(values(td::reshape(w, {-1})) == doubles{1, 2, 3, 4});
    CHECK(values(td::exp(w * 0 + Eigen::Matrix2d::Zero())) == doubles{1, 1, 1, 1});
    CHECK(values(td::take(v, std::vector<int>{1, 0, 1})) == doubles{2, 1, 2});
    // recorded as constants
    const auto f = td::trace_graph([&](const td::array& a) { return td::maximum(td::matmul(w, a), v) + td::sum(u); }, {.to = to});
    for (int call = 0; call < 2; ++call) CHECK(f(doubles{1, -1}) == doubles{4, 5});
  });
}

TEST_CASE("native arrays are operands of the frontends' functions") {
  namespace torch = td::frontends::torch;
  namespace np = td::frontends::numpy;
  const Eigen::MatrixXd w = Eigen::Matrix2d{{1, 2}, {3, 4}};
  const std::vector<float> v{1, 2};
  on_backends([&](const std::string& to) {
    const torch::Tensor x(td::array({1.f, -1.f}));
    CHECK(values(torch::matmul(w, torch::Tensor(td::array({1., -1.}))).value()) == doubles{-1, -1});
    CHECK(torch::maximum(x, v).value().dtype() == td::float32);
    CHECK(torch::mul(x, w).value().dtype() == td::float64);
    CHECK(values(torch::sum(w, {.dim = 0}).value()) == doubles{4, 6});
    CHECK(values(np::maximum(np::ndarray(td::array({1., -1.})), v).value()) == doubles{1, 2});
    CHECK(values(np::exp(w * 0).value()) == doubles{1, 1, 1, 1});
    const auto f = td::trace_graph(td::unify([&](const torch::Tensor& a) { return torch::matmul(w, a); }, td::source::torch), {.to = to});
    for (int call = 0; call < 2; ++call) CHECK(f(doubles{1, -1}) == doubles{-1, -1});
  });
}

TEST_CASE("an operand keeps a copy of a native array, not its address") {
  td::array y;
  {
    doubles v{1, 2, 3, 4};
    y = td::reshape(v, {2, 2});
    v.assign(4, 9);
  }
  CHECK(values(y) == doubles{1, 2, 3, 4});
  const auto both = [](const td::operand& a) { return td::add(td::operand(a), a); };
  CHECK(values(both(doubles{1, 2})) == doubles{2, 4});
  td::operand a(1.0), b(doubles{1, 2});
  a = b;
  b = td::operand(doubles{3, 4});
  CHECK(values(td::add(a, b)) == doubles{4, 6});
}

TEST_CASE("operators between an array and a native one carry the caller's line") {
  const doubles v{1, 2, 3};
  const auto f = td::trace_graph([&](const td::array& a) { return a * v; });
  const unsigned here = __LINE__ - 1;
  CHECK(message_of<td::shape_error>([&] { f(doubles{1, 2}); }).find("[multiply]") == 0);
  CHECK(f.graph(doubles{1, 2, 3}).nodes.back().where.line() == here);
}

TEST_CASE("td::array of a native array is asarray of it") {
  const doubles v{1, 2};
  const td::array a(v), m(Eigen::Matrix2d{{1, 2}, {3, 4}});
  CHECK(values(a) == v);
  CHECK(a.data<double>() != v.data());
  CHECK(m.shape() == td::extents{2, 2});
  static_assert(!std::is_convertible_v<doubles, td::array>);
}

TEST_CASE("logical operators work element by element") {
  on_backends([](const std::string& to) {
    const td::array x({-1., 0., 1., 2., 3.});
    CHECK(values(x > 0 && x < 3) == doubles{0, 0, 1, 1, 0});
    CHECK(values(x < 0 || x > 2) == doubles{1, 0, 0, 0, 1});
    CHECK(values(!(x > 0)) == doubles{1, 1, 0, 0, 0});
    CHECK(values((0 < x) & (x < 3)) == doubles{0, 0, 1, 1, 0});
    // numbers other than 0 are true
    CHECK(values(x && true) == doubles{1, 0, 1, 1, 1});
    CHECK(values(0.0 || x) == doubles{1, 0, 1, 1, 1});
    CHECK(values(!x) == doubles{0, 1, 0, 0, 0});
    CHECK(values(td::array({1, 0}) && std::vector<int>{1, 1}) == doubles{1, 0});
    CHECK((x > 0 && x < 3).dtype() == td::bool_);
    const auto f = td::trace_graph([](const td::array& a) { return td::where((a > 0 && !(a == 2)) || a < -5, a, 0.0); }, {.to = to});
    CHECK(f(doubles{-6, -1, 1, 2, 3}) == doubles{-6, 0, 1, 0, 3});
    // one element is still a condition
    CHECK((!td::array(false) ? 1 : 2) == 1);
    if (td::any(x > 2) && td::all(x > -2)) SUCCEED();
    else FAIL("a condition of one element");
  });
}

TEST_CASE("a comparison may be kept, assigned and compared for equality") {
  const td::array x({1., 2., 3.});
  auto m = x < 2;
  m = x > 2;
  static_assert(std::is_same_v<decltype(m), td::array>);
  CHECK(values(m == (x > 2)) == doubles{1, 1, 1});
  CHECK(values((x < 2) != (x < 3)) == doubles{0, 1, 0});
  const auto f = td::trace_graph([](const td::array& a) { return a < 2; });
  static_assert(std::is_same_v<decltype(f(x)), td::array>);
  const td::array lesser = 2 > x;
  CHECK(values(lesser) == doubles{1, 0, 0});
}

TEST_CASE("sums and means of a mask count") {
  on_backends([](const std::string& to) {
    const td::array mask = td::array({{1., 5.}, {-1., 7.}}) > 0;
    CHECK(td::sum(mask).item<std::int64_t>() == 3);
    CHECK(td::sum(mask).dtype() == td::int64);
    CHECK(values(td::sum(mask, {.axis = 0})) == doubles{1, 2});
    CHECK(td::mean(mask).item<double>() == 0.75);
    CHECK(td::mean(mask).dtype() == td::float64);
    CHECK(td::prod(mask).item<std::int64_t>() == 0);
    CHECK(td::var(mask).item<double>() == 0.1875);
    CHECK(values(td::cumulative_sum(mask[1])) == doubles{0, 1});
    CHECK(td::sum(mask, {.dtype = td::float32}).dtype() == td::float32);
    for (std::int64_t n : {1, 3, 8, 17, 64, 1000, 5000}) {
      const td::array x = td::arange(n);
      const auto share = td::trace_graph([](const td::array& a) { return std::pair(td::sum(a < 7), td::mean(a < 7)); }, {.to = to});
      const auto r = share.call_as<std::pair<std::int64_t, double>>(x);
      const std::int64_t count = n < 7 ? n : 7;
      CHECK(r.first == count);
      CHECK(r.second == static_cast<double>(count) / static_cast<double>(n));
      CHECK(td::sum(x < 7).item<std::int64_t>() == count);
    }
    CHECK(message_of<td::dtype_error>([&] { td::sum(mask, {.dtype = td::bool_}); }) ==
          "[sum] the dtype is not taken: got bool, expected a numeric dtype. Convert with td::astype.");
  });
}
