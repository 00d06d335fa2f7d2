// Data as people hold it: lists of points, pointers with a shape, C arrays, structs of natives and numbers, static values.
#include <algorithm>
#include <tendril/eigen.hpp>

#include "catch.hpp"
#include "trace_helpers.hpp"

using namespace trace_test;

namespace {

struct net {
  Eigen::MatrixXd w;
  Eigen::VectorXd b;
};
struct net_arrays {
  td::array w, b;
};
struct options {
  double s;
  bool flag;
  int n;
  td::array b;
};
struct options_of_vector {
  double s;
  bool flag;
  int n;
  doubles b;
};
struct schedule {
  td::array rate;
};
struct wide {
  td::array a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, a17, a18, a19, a20;
};

/// Not an aggregate: it says itself what its fields are.
class layer {
 public:
  layer() = default;
  layer(Eigen::MatrixXd w, double s) : w_(std::move(w)), s_(s) {}
  static auto tendril_fields(auto& l) { return std::tie(l.w_, l.s_); }
  const Eigen::MatrixXd& w() const { return w_; }
  double s() const { return s_; }

 private:
  Eigen::MatrixXd w_;
  double s_ = 0;
};
class layer_arrays {
 public:
  layer_arrays() = default;
  layer_arrays(td::array w, double s) : w_(std::move(w)), s_(s) {}
  static auto tendril_fields(auto& l) { return std::tie(l.w_, l.s_); }
  td::array scaled() const { return w_ * s_; }

 private:
  td::array w_;
  double s_ = 0;
};
static_assert(!std::is_aggregate_v<layer>);

enum class mode { plain, mirrored };

template <class Check>
void on_backends(Check check) {
  for (const std::string& backend : td::backends()) {
    INFO(backend);
    check(backend);
  }
}

td::array norms(const td::array& p) { return td::sqrt(td::sum(p * p, {.axis = 1})); }

}  // namespace

TEST_CASE("a list of points is an array of rank 2") {
  const std::vector<Eigen::Vector3d> eigen{{1, 2, 2}, {0, 3, 4}};
  const std::vector<std::array<double, 3>> standard{{1, 2, 2}, {0, 3, 4}};
  const std::vector<Eigen::RowVector3d> rows{{1, 2, 2}, {0, 3, 4}};
  const std::vector<Eigen::Vector4f> four{{1, 2, 2, 4}, {0, 3, 4, 12}};
  on_backends([&](const std::string& to) {
    const auto f = td::trace_graph(norms, {.to = to});
    for (int call = 0; call < 2; ++call) {
      CHECK(f.call_as<doubles>(eigen) == doubles{3, 5});
      CHECK(f.call_as<doubles>(standard) == doubles{3, 5});
      CHECK(f.call_as<doubles>(rows) == doubles{3, 5});
      CHECK(f.call_as<doubles>(std::span(eigen)) == doubles{3, 5});
      CHECK(f.call_as<doubles>(std::span(standard)) == doubles{3, 5});
      CHECK(f.call_as<doubles>(std::array<Eigen::Vector3d, 2>{eigen[0], eigen[1]}) == doubles{3, 5});
      CHECK(f.call_as<floats>(four) == floats{5, 13});
    }
    const auto moved = td::trace_graph([](const td::array& p) { return p - td::mean(p, {.axis = 0}); }, {.to = to});
    const std::vector<Eigen::Vector3d> out = moved(eigen);
    CHECK(out[0] == Eigen::Vector3d(0.5, -0.5, -1));
    const std::vector<std::array<double, 3>> same = moved(std::span<const std::array<double, 3>>(standard));
    CHECK(same[1] == std::array<double, 3>{-0.5, 0.5, 1});
    std::vector<Eigen::Vector3d> target(2);
    moved.into(target, standard);
    CHECK(target[1] == Eigen::Vector3d(-0.5, 0.5, 1));
    std::vector<Eigen::Vector3d> none;
    CHECK(moved(none).empty());
  });
}

TEST_CASE("a list of matrices has each one's own storage order") {
  using row_major = Eigen::Matrix<double, 2, 3, Eigen::RowMajor>;
  using column_major = Eigen::Matrix<double, 2, 3>;
  row_major m;
  m << 1, 2, 3, 4, 5, 6;
  const std::vector<row_major> r{m, m * 10};
  const std::vector<column_major> c{m, m * 10};
  on_backends([&](const std::string& to) {
    const auto f = td::trace_graph([](const td::array& a) { return td::reshape(a[1] * 2, {-1}); }, {.to = to});
    CHECK(f.call_as<doubles>(r) == doubles{20, 40, 60, 80, 100, 120});
    CHECK(f.call_as<doubles>(c) == doubles{20, 40, 60, 80, 100, 120});
    const auto same = td::trace_graph([](const td::array& a) { return a + 1; }, {.to = to});
    CHECK(same(c)[1] == column_major(m * 10 + column_major::Ones()));
    CHECK(same(r)[0] == row_major(m + row_major::Ones()));
  });
}

TEST_CASE("points beside a parameter that is a vector of arrays stay arrays of their own") {
  const auto f = td::trace_graph([](const std::vector<td::array>& all) {
    td::array s = all[0];
    for (std::size_t i = 1; i < all.size(); ++i) s = s + all[i] * static_cast<double>(i);
    return s;
  });
  CHECK(f(std::vector<std::array<double, 2>>{{1, 2}, {3, 4}, {5, 6}}) == std::array<double, 2>{14, 18});
  CHECK(f(std::vector<std::array<double, 2>>{{1, 2}}) == std::array<double, 2>{1, 2});
  CHECK(f.stats().traces == 2);
}

TEST_CASE("the shape of points is part of what a result must fit") {
  const auto f = td::trace_graph(norms);
  const std::vector<std::array<double, 3>> p{{1, 2, 2}};
  CHECK(
      message_of<td::shape_error>([&] { f(p); }) ==
      "[call] the result does not fit the container: got shape (1,), expected shape (n, 3) for std::vector<std::array<double, 3>>. Ask for "
      "another container with call_as.");
  CHECK(td::to<std::vector<Eigen::Vector2d>>(td::array({{1., 2.}, {3., 4.}}))[1] == Eigen::Vector2d(3, 4));
  CHECK(td::asarray(p).shape() == td::extents{1, 3});
  CHECK(td::view(p).shape() == td::extents{1, 3});
}

TEST_CASE("a pointer and a shape are an argument, an operand, a result's place") {
  std::vector<float> image(2 * 3 * 4), out(2 * 3 * 4);
  for (std::size_t i = 0; i < image.size(); ++i) image[i] = static_cast<float>(i);
  on_backends([&](const std::string& to) {
    const auto f = td::trace_graph([](const td::array& x) { return x * 2 + 1; }, {.to = to});
    for (int call = 0; call < 2; ++call) {
      std::fill(out.begin(), out.end(), 0.f);
      f.into(td::view(out.data(), {2, 3, 4}), td::view(image.data(), {2, 3, 4}));
      for (std::size_t i = 0; i < out.size(); ++i) CHECK(out[i] == 2 * image[i] + 1);
    }
    const td::array y = f(td::view(static_cast<const float*>(image.data()), {2, 3, 4}));
    CHECK(y.shape() == td::extents{2, 3, 4});
    CHECK(y[{1, 2, 3}].item<float>() == 47);
    // every other column, in and out: the channels of an image whose rows are padded
    std::fill(out.begin(), out.end(), -1.f);
    f.into(td::view(out.data(), {2, 3, 2}, {12, 4, 2}), td::view(image.data() + 1, {2, 3, 2}, {12, 4, 2}));
    for (std::size_t i = 0; i < out.size(); ++i) CHECK(out[i] == (i % 2 == 0 ? 2 * static_cast<float>(i + 1) + 1 : -1.f));
    f.into(td::view(out.data(), {24}), td::view(image.data() + 23, {24}, {-1}));
    CHECK(out[0] == 47);
  });
}

TEST_CASE("a pointer and a shape become a td::array that borrows") {
  double data[] = {1, 2, 3, 4, 5, 6};
  const td::array a = td::view(data, {2, 3});
  CHECK(values(a) == doubles{1, 2, 3, 4, 5, 6});
  CHECK(a.data<double>() == data);
  CHECK(values(td::sum(td::view(data, {3, 2}, {1, 3}), {.axis = 0})) == doubles{6, 15});
  CHECK(values(a + td::view(data, {3})) == doubles{2, 4, 6, 5, 7, 9});
  CHECK(td::array(td::view(data, {})).item<double>() == 1);
  CHECK(message_of<td::shape_error>([&] {
          (void)td::view(data, {2, -1});
        }) == "[view] a negative extent: got shape (2, -1), expected extents of 0 or more. Pass each.");
  CHECK(
      message_of<td::shape_error>([&] {
        (void)td::view(data, {2, 3}, {3});
      }) ==
      "[view] shape and strides differ in length: got 2 extents and 1 strides, expected as many. Give a stride, in elements, for each axis.");
  CHECK(message_of<td::shape_error>([&] {
          (void)td::view(data, {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1});
        }) == "[view] too many axes: got 17, expected at most 16. Merge axes.");
  const auto f = td::trace_graph([](const td::array& x) { return x; });
  CHECK(
      message_of([&] { f(td::view(static_cast<double*>(nullptr), {2})); }) ==
      "[call] null data: got a null pointer with shape (2,), expected memory that outlives the view. Pass the address of the elements, or "
      "an extent of 0.");
  static_assert(!td::writable_native<decltype(td::view(static_cast<const double*>(data), {1}))>);
}

TEST_CASE("C arrays of rank 3") {
  const int a[2][2][3] = {{{1, 2, 3}, {4, 5, 6}}, {{7, 8, 9}, {10, 11, 12}}};
  on_backends([&](const std::string& to) {
    const auto f = td::trace_graph([](const td::array& x) { return x * 2; }, {.to = to});
    const std::array<std::array<std::array<int, 3>, 2>, 2> y = f(a);
    CHECK(y[1][0][2] == 18);
    int out[2][2][3];
    f.into(out, a);
    CHECK(out[1][1][0] == 20);
    CHECK(td::asarray(a).shape() == td::extents{2, 2, 3});
    CHECK(f(y)[1][1][2] == 48);
  });
}

TEST_CASE("a struct of native arrays for a struct of td::array") {
  const net n{Eigen::Matrix2d{{1, 2}, {3, 4}}, Eigen::Vector2d(10, 20)};
  const Eigen::VectorXd x = Eigen::Vector2d(1, 1);
  on_backends([&](const std::string& to) {
    const auto f = td::trace_graph([](const net_arrays& p, const td::array& v) { return td::matmul(p.w, v) + p.b; }, {.to = to});
    for (int call = 0; call < 2; ++call) CHECK(f.call_as<Eigen::VectorXd>(n, x) == Eigen::Vector2d(13, 27));
    CHECK(f.stats().traces == 1);
    // and a struct comes out
    const auto step = td::trace_graph([](const net_arrays& p) { return net_arrays{p.w * 2, p.b - 1}; }, {.to = to});
    const net after = step.call_as<net>(n);
    CHECK(after.w == 2 * n.w);
    CHECK(after.b == Eigen::Vector2d(9, 19));
    net place{Eigen::MatrixXd(2, 2), Eigen::VectorXd(2)};
    step.into(place, n);
    CHECK(place.b == after.b);
  });
}

TEST_CASE("numbers in a struct are static, as keyword arguments are") {
  int runs = 0;
  const auto f = td::trace_graph([&](const td::array& x, const options& o) {
    ++runs;
    const td::array y = x * o.s + o.b;
    return o.flag ? td::reshape(y, {o.n, -1}) : y;
  });
  const td::array x({1., 2., 3., 4.}), b(1.0);
  CHECK(values(f(x, options{2, false, 0, b})) == doubles{3, 5, 7, 9});
  CHECK(f(x, options{2, true, 2, b}).shape() == td::extents{2, 2});
  CHECK(f(x, options{2, true, 4, b}).shape() == td::extents{4, 1});
  CHECK(values(f(x, options{3, false, 0, b})) == doubles{4, 7, 10, 13});
  CHECK(runs == 4);
  CHECK(values(f(x, options{2, false, 0, td::array(5.0)})) == doubles{7, 9, 11, 13});
  CHECK(runs == 4);
  CHECK(f.call_as<doubles>(doubles{1, 2}, options_of_vector{2, false, 0, {1, 2}}) == doubles{3, 6});
  CHECK(runs == 5);
}

TEST_CASE("a number in a struct is an array where the parameter's member is one") {
  struct plain {
    double rate;
  };
  const auto f = td::trace_graph([](const td::array& x, const schedule& s) { return x * s.rate; });
  for (double rate : {0.5, 2.0, 3.0}) CHECK(f(doubles{2, 4}, plain{rate}) == doubles{2 * rate, 4 * rate});
  CHECK(f.stats().traces == 1);
}

TEST_CASE("structs of more than twelve members, in and out") {
  const auto f = td::trace_graph([](const wide& w) {
    wide out = w;
    out.a20 = w.a1 + w.a20;
    return out;
  });
  wide w;
  for (td::array* a : {&w.a1,  &w.a2,  &w.a3,  &w.a4,  &w.a5,  &w.a6,  &w.a7,  &w.a8,  &w.a9,  &w.a10,
                       &w.a11, &w.a12, &w.a13, &w.a14, &w.a15, &w.a16, &w.a17, &w.a18, &w.a19, &w.a20})
    *a = td::array(2.0);
  CHECK(f(w).a20.item<double>() == 4);
}

TEST_CASE("a class lists its fields once where the compiler cannot") {
  const layer l(Eigen::Matrix2d{{1, 2}, {3, 4}}, 3);
  const auto f = td::trace_graph([](const layer_arrays& a) { return a.scaled(); });
  CHECK(f(l) == Eigen::MatrixXd(Eigen::Matrix2d{{3, 6}, {9, 12}}));
  CHECK(f(layer(l.w(), 2)) == Eigen::MatrixXd(2 * l.w()));
  CHECK(f.stats().traces == 2);
  const auto g = td::trace_graph([](const td::array& w) { return layer_arrays(w * 2, 5); });
  const layer made = g.call_as<layer>(l.w());
  CHECK(made.w() == 2 * l.w());
  CHECK(made.s() == 5);
}

TEST_CASE("containers as plain values through static_") {
  int runs = 0;
  const auto f = td::trace_graph([&](const td::array& x, const std::array<int, 2>& kernel, const std::vector<int>& order) {
    ++runs;
    td::array y = td::reshape(x, {kernel[0], kernel[1]});
    if (order.size() == 2) y = td::permute_dims(y, {order[0], order[1]});
    return td::reshape(y, {-1});
  });
  const doubles x{1, 2, 3, 4, 5, 6};
  const std::array<int, 2> k{2, 3};
  CHECK(f(x, td::static_(k), td::static_(std::vector<int>{1, 0})) == doubles{1, 4, 2, 5, 3, 6});
  CHECK(f(x, td::static_(k), td::static_(std::vector<int>{1, 0})) == doubles{1, 4, 2, 5, 3, 6});
  CHECK(runs == 1);
  CHECK(f(x, td::static_(k), td::static_(std::vector<int>{})) == x);
  CHECK(f(x, td::static_(std::array<int, 2>{3, 2}), td::static_(std::vector<int>{1, 0})) == doubles{1, 3, 5, 2, 4, 6});
  CHECK(runs == 3);
  const auto made = f.specializations();
  CHECK(std::count_if(made.begin(), made.end(),
                      [](const auto& s) { return s.signature == "(float64[6], static [3, 2], static [1, 0])"; }) == 1);
  const auto g = td::trace_graph([&](const td::array& a, const std::pair<mode, std::string>& p) {
    return p.first == mode::mirrored && p.second == "x" ? td::flip(a) : a;
  });
  CHECK(g(doubles{1, 2}, td::static_(std::pair(mode::mirrored, std::string("x")))) == doubles{2, 1});
  CHECK(g(doubles{1, 2}, td::static_(std::pair(mode::mirrored, std::string("y")))) == doubles{1, 2});
  const auto h = td::trace_graph([](const td::array& a, const std::vector<bool>& mask) { return mask[1] ? a * 2 : a; });
  CHECK(h(doubles{1}, td::static_(std::vector<bool>{false, true})) == doubles{2});
  CHECK(h(doubles{1}, td::static_(std::vector<bool>{false, false})) == doubles{1});
}
