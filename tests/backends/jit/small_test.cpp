// Small functions as one piece of code: the bits of the eager ops, whatever the layouts and dtypes; errors of kernels in it; targets that
// overlap arguments or lie otherwise than planned.
#include "catch.hpp"
#include "trace_helpers.hpp"

#include <Eigen/Dense>

#include <algorithm>
#include <cstring>
#include <random>
#include <tendril/eigen.hpp>
#include <tendril/linalg.hpp>

using namespace trace_test;

namespace {

bool has_jit() {
  const auto all = td::backends();
  return std::find(all.begin(), all.end(), "jit") != all.end();
}

// Elements of both signs, with zeros of both; on request column-major: the transpose of another array.
td::array matrix(td::extents shape, td::dtype d, unsigned seed, bool column_major) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal;
  if (column_major && shape.size() == 2) std::swap(shape[0], shape[1]);
  std::vector<double> x(static_cast<std::size_t>(td::element_count("test", shape)));
  for (double& e : x) e = random() % 16 == 0 ? 0.0 : random() % 16 == 0 ? -0.0 : normal(random);
  const td::array a = td::detail::copy_of(td::astype(td::reshape(td::asarray(x), td::axes(shape)), d).view());
  return column_major && shape.size() == 2 ? td::matrix_transpose(a) : a;
}

bool same_bits(const td::array& a, const td::array& b) {
  if (a.dtype() != b.dtype() || a.shape() != b.shape()) return false;
  const td::array x = td::detail::copy_of(a.view()), y = td::detail::copy_of(b.view());
  return std::memcmp(x.view().data, y.view().data, static_cast<std::size_t>(x.size()) * td::size_of(x.dtype())) == 0;
}

using function = std::function<std::vector<td::array>(const std::vector<td::array>&)>;

// Traced on jit without multiply-adds, against the ops one by one; all arguments row-major, column-major, and by turns.
void check(const char* what, const function& f, const std::vector<td::extents>& shapes) {
  for (const td::dtype d : {td::float64, td::float32})
    for (int layout = 0; layout < 3; ++layout) {
      INFO(what << ", " << td::to_string(d) << ", layouts " << layout);
      std::vector<td::array> in;
      for (std::size_t i = 0; i < shapes.size(); ++i)
        in.push_back(matrix(shapes[i], d, static_cast<unsigned>(i + 1), layout == 1 || (layout == 2 && i % 2)));
      const auto traced = td::trace_graph(f, {.to = "jit", .contract = false});
      const auto got = traced(in), want = f(in);
      CHECK(traced.compiled(in).info().steps.front().kind == "small");
      REQUIRE(got.size() == want.size());
      for (std::size_t i = 0; i < got.size(); ++i) CHECK(same_bits(got[i], want[i]));
      CHECK(same_bits(traced(in)[0], want[0]));
    }
}

using arrays = std::vector<td::array>;

}  // namespace

TEST_CASE("small: products of every shape up to 16") {
  if (!has_jit()) return;
  const auto product = [](const arrays& x) { return arrays{td::matmul(x[0], x[1])}; };
  for (const std::int64_t m : {1, 2, 3, 4, 5, 8, 13})
    for (const std::int64_t k : {1, 3, 4, 16})
      for (const std::int64_t n : {1, 2, 3, 4, 6, 9}) {
        if (m * n == 1 || m * k * n > 700) continue;
        check("product", product, {{m, k}, {k, n}});
      }
  check("row by matrix", product, {{4}, {4, 3}});
  check("matrix by column", product, {{3, 4}, {4}});
  check("batches", product, {{2, 3, 3}, {2, 3, 2}});
  check("a batch by one matrix", product, {{2, 2, 3, 4}, {4, 2}});
  check("batches that broadcast", product, {{2, 1, 2, 3}, {3, 3, 2}});
}

TEST_CASE("small: views move nothing, wherever they stand") {
  if (!has_jit()) return;
  check("transposes",
        [](const arrays& x) {
          return arrays{td::matmul(td::matrix_transpose(x[0]), x[1]), td::matmul(x[0], td::matrix_transpose(x[1])),
                        td::matrix_transpose(x[0] + x[1])};
        },
        {{3, 3}, {3, 3}});
  check("parts",
        [](const arrays& x) {
          const td::array part = td::getitem(x[0], {td::slice(1, {}, 2), td::slice({}, {}, -1)});
          return arrays{td::matmul(part, x[1]), td::flip(part), td::reshape(part + 1, td::axes{-1})};
        },
        {{5, 3}, {3, 2}});
  check("stacks",
        [](const arrays& x) {
          const td::array a = td::matmul(x[0], x[1]);
          return arrays{td::stack({a, x[0]}, {.axis = 1}), td::concat({a, td::expand_dims(x[2], {.axis = 0})}, {.axis = 0}),
                        td::reshape(td::stack({x[2][0] * x[2][1], x[2][1], -x[2][2], x[2][0] + 2}), {2, 2})};
        },
        {{3, 3}, {3, 3}, {3}});
  check("broadcasts",
        [](const arrays& x) {
          const td::array a = td::matmul(x[0], x[1]);
          return arrays{a + x[2], a * td::expand_dims(x[2], {.axis = 1}), td::broadcast_to(x[2], {2, 3}) - 1, a / 3};
        },
        {{3, 3}, {3, 3}, {3}});
}

TEST_CASE("small: elementwise ops, emitted and by kernels, reductions, and comparisons") {
  if (!has_jit()) return;
  check("emitted",
        [](const arrays& x) {
          const td::array a = td::matmul(x[0], x[1]);
          return arrays{td::abs(a), -a, td::square(a) - a, td::sqrt(td::abs(a)), a / x[0], (a - x[0]) / x[1]};
        },
        {{3, 3}, {3, 3}});
  check("by kernels",
        [](const arrays& x) {
          const td::array a = td::matmul(x[0], x[1]);
          return arrays{td::exp(a), td::sin(a) * td::cos(x[0]), td::maximum(a, x[1]), td::where(a > 0, a, x[0]), td::clip(a, -1, 1)};
        },
        {{3, 3}, {3, 3}});
  check("sums along an axis",
        [](const arrays& x) {
          const td::array a = td::matmul(x[0], x[1]);
          return arrays{td::sum(a, {.axis = 0}), td::sum(a, {.axis = 1}), td::max(a, {.axis = 1}),
                        td::prod(a, {.axis = 0, .keepdims = true}), td::mean(a, {.axis = 1})};
        },
        {{5, 3}, {3, 7}});
  check("dtypes",
        [](const arrays& x) {
          const td::array a = td::matmul(x[0], x[1]);
          return arrays{td::astype(a * 10, td::int32), td::astype(a > 0, td::float32), a > x[0], td::astype(a, td::float32) + 1};
        },
        {{3, 3}, {3, 3}});
}

TEST_CASE("small: decompositions") {
  if (!has_jit()) return;
  for (const std::int64_t n : {2, 3, 4, 5, 6, 8})
    check("of square matrices",
          [n](const arrays& x) {
            const td::array a = td::matmul(x[0], td::matrix_transpose(x[0])) + td::eye(n, {.dtype = x[0].dtype()});
            return arrays{td::linalg::inv(a), td::linalg::solve(a, x[1]), td::linalg::det(a), td::linalg::cholesky(a),
                          td::linalg::solve(a, x[0])};
          },
          {{n, n}, {n}});
  check("batches", [](const arrays& x) { return arrays{td::linalg::inv(td::matmul(x[0], x[0])), td::linalg::det(x[0])}; }, {{3, 2, 2}});
}

TEST_CASE("small: a filter step of Eigen matrices, into its own arguments, whatever lies where") {
  if (!has_jit()) return;
  const auto step = [](const td::array& x, const td::array& p, const td::array& f, const td::array& h, const td::array& z) {
    const td::array ahead = td::matmul(f, x), spread = td::matmul(td::matmul(f, p), td::matrix_transpose(f)) + td::eye(4);
    const td::array seen = td::matmul(spread, td::matrix_transpose(h));
    const td::array gain = td::matmul(seen, td::linalg::inv(td::matmul(h, seen) + td::eye(2)));
    return std::pair{ahead + td::matmul(gain, z - td::matmul(h, ahead)), td::matmul(td::eye(4) - td::matmul(gain, h), spread)};
  };
  Eigen::Vector4d x(1, -2, 0.5, 3);
  Eigen::Matrix4d p = Eigen::Matrix4d::Identity() * 2, f;
  f << 1, 0, 0.1, 0, 0, 1, 0, 0.1, 0, 0, 1, 0, 0, 0, 0, 1;
  const Eigen::Matrix<double, 2, 4> h = Eigen::Matrix<double, 2, 4>::Identity();
  const Eigen::Vector2d z(0.9, -1.7);
  const auto traced = td::trace_graph(step, {.to = "jit", .contract = false});
  Eigen::Vector4d want_x;
  Eigen::Matrix<double, 4, 4, Eigen::RowMajor> want_p;
  traced.into(std::tie(want_x, want_p), x, p, f, h, z);  // row-major storage: not as planned
  CHECK(traced.explain().find("1. small on jit: matmul") != std::string::npos);
  const auto eigen = traced.to("eigen");
  Eigen::Vector4d by_steps_x;
  Eigen::Matrix4d by_steps_p;
  eigen.into(std::tie(by_steps_x, by_steps_p), x, p, f, h, z);
  CHECK(want_x == by_steps_x);
  CHECK(want_p == by_steps_p);
  Eigen::MatrixXd big = Eigen::MatrixXd::Zero(9, 9);
  auto part = big.block<4, 4>(2, 3);
  traced.into(std::tie(want_x, part), x, p, f, h, z);
  CHECK(Eigen::Matrix4d(part) == by_steps_p);
  CHECK(big.row(1).isZero());
  CHECK(big.col(7).isZero());
  traced.into(std::tie(x, p), x, p, f, h, z);
  CHECK(x == by_steps_x);
  CHECK(p == by_steps_p);
  const std::string text = message_of([&] { traced.into(std::tie(x, x), x, p, f, h, z); });
  CHECK(text.find("[into]") == 0);
}

TEST_CASE("small: an error of a kernel leaves as it does elsewhere, and the next call is right") {
  if (!has_jit()) return;
  const auto f = td::trace_graph([](const td::array& a, const td::array& b) { return td::matmul(td::linalg::inv(a), b); }, {.to = "jit"});
  Eigen::Matrix3d a = Eigen::Matrix3d::Identity() * 4, b = Eigen::Matrix3d::Random(), c = f(a, b);
  CHECK(c == Eigen::Matrix3d(b * 0.25));
  a(1, 1) = 0;
  const Eigen::Matrix3d before = c;
  const std::string want =
      "[inv] the matrix is singular: got a pivot of 0 in row 1 of 3, expected none. Add a multiple of the identity matrix, or leave out the rows that follow from others.";
  CHECK(message_of([&] { f(a, b); }) == want);
  CHECK(message_of([&] { f.into(c, a, b); }) == want);
  CHECK(c == before);
  a(1, 1) = 2;
  CHECK(Eigen::Matrix3d(f(a, b)).row(1) == b.row(1) * 0.5);
}

TEST_CASE("small: what is large, or has what small code does not do, runs by steps") {
  if (!has_jit()) return;
  const auto kind = [](const auto& f, const auto&... x) {
    return td::trace_graph(f, {.to = "jit"}).compiled(x...).info().steps.front().kind;
  };
  const auto square = [](const td::array& x) { return td::matmul(x, x); };
  CHECK(kind(square, matrix({16, 16}, td::float64, 1, false)) == "small");
  CHECK(kind(square, matrix({17, 17}, td::float64, 1, false)) == "kernel");
  CHECK(kind([](const td::array& x) { return x + 1; }, matrix({4}, td::float64, 1, false)) == "group");  // one emitted group as it is
  const auto strided = td::getitem(matrix({4, 8}, td::float64, 1, false), {td::slice(), td::slice({}, {}, 2)});
  CHECK(kind(square, strided) == "kernel");
}

TEST_CASE("small: explain, profile, listing and the text of the plan speak of one step") {
  if (!has_jit()) return;
  const auto f = td::trace_graph([](const td::array& x) { return td::matmul(x, td::matmul(x, x) + 1); }, {.to = "jit"});
  const td::array x = matrix({3, 3}, td::float64, 1, false);
  f(x);
  CHECK(f.explain().find("  1. small on jit: matmul add matmul\n") != std::string::npos);
  const auto report = f.profile(x);
  REQUIRE(report.steps.size() == 1);
  CHECK(report.steps[0].kind == "small");
  CHECK(report.steps[0].bytes_read == 72);
  CHECK(report.steps[0].bytes_written == 72);
  const auto code = f.compiled(x).code();
  REQUIRE(code.size() == 1);
  CHECK(code[0].labels.at(0).text == "the whole call");
}
