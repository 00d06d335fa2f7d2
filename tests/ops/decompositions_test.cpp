// QR, eigenvalues and singular values by what they must keep, for many shapes and dtypes, and triangles: reference values alone leave
// open what a factor of several is.
#include <cmath>

#include <tendril/tendril.hpp>

#include "catch.hpp"
#include "trace_helpers.hpp"

namespace td = tendril;
using td::array;

namespace {

using trace_test::message_of;

array wide(const array& x) { return td::astype(x, td::float64); }
double largest(const array& x) { return x.size() == 0 ? 0 : td::max(td::abs(wide(x))).item<double>(); }
bool equal(const array& a, const array& b) { return a.shape() == b.shape() && a.dtype() == b.dtype() && td::all(a == b).item<bool>(); }
array product(const array& a, const array& b) { return td::matmul(wide(a), wide(b)); }
array turned(const array& a) { return td::matrix_transpose(a); }
const double not_a_number = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();

double rounding(td::dtype d) { return d == td::float32 ? 1.2e-7 : 2.3e-16; }

/// Numbers without a pattern.
array numbers(std::int64_t rows, std::int64_t columns, td::dtype d) {
  const array i = td::reshape(td::arange(static_cast<double>(rows * columns)), {rows, columns});
  return td::astype(td::remainder(td::sin(i * 12.9898 + 1.0) * 43758.5453, 2.0) - 1.0, d);
}

struct sample {
  std::string what;
  array x;
};

/// Matrices of all ranks and shapes, small and beyond the sizes that go in blocks.
std::vector<sample> samples(td::dtype d) {
  std::vector<sample> all;
  for (const auto& [m, n] : std::vector<std::pair<std::int64_t, std::int64_t>>{{1, 1},
                                                                               {2, 2},
                                                                               {3, 2},
                                                                               {2, 3},
                                                                               {5, 1},
                                                                               {1, 5},
                                                                               {4, 4},
                                                                               {9, 9},
                                                                               {33, 32},
                                                                               {47, 47},
                                                                               {48, 48},
                                                                               {49, 60},
                                                                               {60, 49},
                                                                               {97, 97},
                                                                               {130, 50},
                                                                               {50, 130},
                                                                               {120, 120}})
    all.push_back({std::to_string(m) + "x" + std::to_string(n), numbers(m, n, d)});
  for (const std::int64_t n : {3, 8, 60}) {
    all.push_back({"rank 1, " + std::to_string(n), td::matmul(numbers(n, 1, d), numbers(1, n, d))});
    all.push_back({"rank 2, tall " + std::to_string(n), td::matmul(numbers(2 * n, 2, d), numbers(2, n, d))});
    all.push_back({"rank 2, wide " + std::to_string(n), td::matmul(numbers(n, 2, d), numbers(2, 2 * n, d))});
    all.push_back({"zeros " + std::to_string(n), td::zeros({n, n + 1}, {.dtype = d})});
    all.push_back({"ones " + std::to_string(n), td::ones({n, n}, {.dtype = d})});
    all.push_back({"eye " + std::to_string(n), td::eye(n, {.dtype = d})});
    const array i = td::astype(td::arange(static_cast<double>(n)), d);
    all.push_back({"graded " + std::to_string(n), numbers(n, n, d) * td::pow(10.0, -0.5 * i)});
    all.push_back({"a permutation " + std::to_string(n), td::roll(td::eye(n, {.dtype = d}), {1}, {.axis = {0}})});
    all.push_back({"a shift " + std::to_string(n), td::eye(n, {.k = 1, .dtype = d})});
    all.push_back({"a zero column " + std::to_string(n), numbers(n, n, d) * td::astype(td::not_equal(i, 1), d)});
  }
  const double large = d == td::float32 ? 1e38 : 1e307, tiny = d == td::float32 ? 1e-37 : 1e-300;
  for (const double factor : {large, tiny, large / 1e10, tiny * 1e10}) {
    all.push_back({"times " + std::to_string(std::log10(factor)), numbers(5, 4, d) * factor});
    all.push_back({"times " + std::to_string(std::log10(factor)) + ", wide", numbers(4, 7, d) * factor});
    all.push_back({"times " + std::to_string(std::log10(factor)) + ", square", numbers(5, 5, d) * factor});
  }
  return all;
}

/// Whether the columns are orthonormal.
void check_orthonormal(const array& q, double eps) {
  const std::int64_t n = q.shape(-1);
  CHECK(largest(product(turned(q), q) - td::eye(n)) <= 4 * static_cast<double>(q.shape(-2) + 4) * eps);
}

/// Of the matrices, brought near 1 so that products do not overflow.
double size_of(const array& x) { return std::max(largest(x), 1e-320); }

template <class F>
void each(F f) {
  for (const td::dtype d : {td::float32, td::float64})
    for (const sample& s : samples(d)) {
      INFO(td::name_of(d) << " " << s.what);
      f(s.x, rounding(d));
    }
}

}  // namespace

TEST_CASE("q is orthonormal, r an upper triangle, and their product the matrix") {
  each([](const array& x, double eps) {
    const std::int64_t m = x.shape(0), n = x.shape(1), k = std::min(m, n);
    const double unit = size_of(x), bound = 4 * static_cast<double>(m + n) * eps;
    for (const bool complete : {false, true}) {
      const auto [q, r] = td::qr(x, {.mode = complete ? "complete" : "reduced"});
      CHECK(q.dtype() == x.dtype());
      REQUIRE(q.shape() == td::extents{m, complete ? m : k});
      REQUIRE(r.shape() == td::extents{complete ? m : k, n});
      check_orthonormal(q, eps);
      CHECK(largest(r - td::triu(r)) == 0);
      CHECK(largest(product(q, wide(r) / unit) - wide(x) / unit) <= bound);
    }
    const auto [q, r] = td::qr(x);
    if (m > 1 && x[{0, 0}].item<double>() > 0 && largest(x[{td::slice(1, {}), 0}]) > 0) CHECK(r[{0, 0}].item<double>() < 0);
  });
}

TEST_CASE("eigenvalues ascend, eigenvectors are orthonormal, and one triangle is read") {
  each([](const array& given, double eps) {
    const std::int64_t n = std::min(given.shape(0), given.shape(1));
    const array square = given[{td::slice(0, n), td::slice(0, n)}] * 0.5, x = square + turned(square);
    const double unit = size_of(x), bound = 8 * static_cast<double>(n + 4) * eps;
    const auto [values, vectors] = td::eigh(x);
    REQUIRE(values.shape() == td::extents{n});
    REQUIRE(vectors.shape() == td::extents{n, n});
    CHECK((values.dtype() == x.dtype() && vectors.dtype() == x.dtype()));
    check_orthonormal(vectors, 2 * eps);
    CHECK(largest(product(wide(x) / unit, vectors) - wide(vectors) * (wide(values) / unit)) <= bound);
    CHECK(td::all(values[{td::slice(1, {})}] >= values[{td::slice(0, n - 1)}]).item<bool>());
    const array odd = td::astype(td::triu(td::ones({n, n}), {.k = 1}), x.dtype());
    CHECK(equal(td::eigvalsh(x), values));
    CHECK(equal(td::eigvalsh(td::where(odd > 0, not_a_number, x)), values));
    CHECK(equal(td::eigh(td::where(turned(odd) > 0, inf, x), {.upper = true}).first, values));
    CHECK(equal(td::eigh(td::where(turned(odd) > 0, not_a_number, x), {.upper = true}).second, vectors));
  });
}

TEST_CASE("singular values descend, and u, s and vh make the matrix") {
  each([](const array& x, double eps) {
    const std::int64_t m = x.shape(0), n = x.shape(1), k = std::min(m, n);
    const double unit = size_of(x), bound = 8 * static_cast<double>(m + n) * eps;
    const auto [u, s, vh] = td::svd(x, {.full_matrices = false});
    REQUIRE(u.shape() == td::extents{m, k});
    REQUIRE(s.shape() == td::extents{k});
    REQUIRE(vh.shape() == td::extents{k, n});
    CHECK((u.dtype() == x.dtype() && s.dtype() == x.dtype() && vh.dtype() == x.dtype()));
    check_orthonormal(u, 2 * eps);
    check_orthonormal(turned(vh), 2 * eps);
    CHECK(td::all(s >= 0).item<bool>());
    CHECK(td::all(s[{td::slice(1, {})}] <= s[{td::slice(0, k - 1)}]).item<bool>());
    CHECK(largest(product(wide(u) * (wide(s) / unit), vh) - wide(x) / unit) <= bound);
    const auto [full_u, same, full_vh] = td::svd(x);
    REQUIRE(full_u.shape() == td::extents{m, m});
    REQUIRE(full_vh.shape() == td::extents{n, n});
    check_orthonormal(full_u, 2 * eps);
    check_orthonormal(turned(full_vh), 2 * eps);
    CHECK(equal(same, s));
    CHECK(equal(td::svdvals(x), s));
    CHECK(largest(full_u[{td::slice(), td::slice(0, k)}] - u) <= bound);
  });
}

TEST_CASE("matrices without elements have empty factors, or those of nothing") {
  const auto [q, r] = td::qr(td::zeros({3, 0}), {.mode = "complete"});
  CHECK(equal(q, td::eye(3)));
  CHECK(r.shape() == td::extents{3, 0});
  CHECK(td::qr(td::zeros({0, 3})).second.shape() == td::extents{0, 3});
  CHECK(td::eigh(td::zeros({2, 0, 0})).second.shape() == td::extents{2, 0, 0});
  const auto [u, s, vh] = td::svd(td::zeros({2, 0, 3}));
  CHECK(u.shape() == td::extents{2, 0, 0});
  CHECK(s.shape() == td::extents{2, 0});
  CHECK(equal(vh, td::broadcast_to(td::eye(3), {2, 3, 3})));
  CHECK(equal(std::get<0>(td::svd(td::zeros({3, 0}))), td::eye(3)));
  CHECK(std::get<2>(td::svd(td::zeros({3, 0}), {.full_matrices = false})).shape() == td::extents{0, 0});
  CHECK(td::svdvals(td::zeros({0, 2, 2})).shape() == td::extents{0, 2});
  CHECK(td::triangular_solve(td::zeros({0, 0}), td::zeros({0, 2})).shape() == td::extents{0, 2});
}

TEST_CASE("batches and views are read where they are, on every backend and in a replay, to the same bits") {
  const array x = td::stack({numbers(6, 4, td::float64), numbers(6, 4, td::float64) * 2.0 + 1.0, td::ones({6, 4})});
  const array strided = td::concat({x, x}, {.axis = 2})[{td::ellipsis, td::slice(0, 8, 2)}];
  const auto all = [](const array& a) {
    const auto [q, r] = td::qr(a);
    const auto [u, s, vh] = td::svd(a, {.full_matrices = false});
    const array square = td::matmul(turned(a), a);
    const auto [values, vectors] = td::eigh(square);
    return std::vector<array>{q, r, u, s, vh, values, vectors, td::eigvalsh(square, {.upper = true}), td::svdvals(turned(a))};
  };
  const std::vector<array> expected = all(x[{1}] + 0.0);
  for (const std::string& backend : td::backends()) {
    const td::backend_scope scope(backend);
    INFO(backend);
    const array square = td::matmul(turned(x), x);
    const auto f = td::trace_graph(all, {.to = backend, .num_threads = 2});
    const std::vector<array> batched = all(x), replayed = f(x), of_one = f(turned(turned(x) + 0.0)[{1}]);
    for (std::size_t k = 0; k < expected.size(); ++k) {
      INFO(k);
      CHECK(equal(batched[k], replayed[k]));
      if (k < 5) CHECK(equal(batched[k][{1}], expected[k]));
      if (k < 5) CHECK(equal(of_one[k], expected[k]));
    }
    const array copied = strided + 0.0;
    CHECK(equal(td::qr(strided).first, td::qr(copied).first));
    CHECK(equal(std::get<0>(td::svd(strided)), std::get<0>(td::svd(copied))));
    CHECK(equal(td::svdvals(td::flip(x)), td::svdvals(td::flip(x) + 0.0)));
    CHECK(equal(td::eigvalsh(td::broadcast_to(square[{0}], {2, 4, 4}))[{1}], td::eigvalsh(square[{0}])));
  }
}

TEST_CASE("results are written in any layout") {
  const array x = numbers(4, 4, td::float64) + turned(numbers(4, 4, td::float64));
  const auto f = td::trace_graph([](const array& a) { return td::eigh(a).second; });
  std::vector<double> out(16);
  td::array_view columns = x.view();
  columns.data = out.data();
  columns.strides[0] = 1, columns.strides[1] = 4;
  f.compiled(x).into(std::vector<td::array_view>{columns}, std::vector<td::array_view>{x.view()});
  CHECK(equal(turned(td::reshape(td::asarray(out), {4, 4})) + 0.0, td::eigh(x).second));
}

TEST_CASE("triangles are solved from either side, and no more of the matrix is read") {
  for (const td::dtype d : {td::float32, td::float64})
    for (const std::int64_t n : {1, 2, 3, 31, 32, 33, 65, 100})
      for (int bits = 0; bits < 8; ++bits) {
        const bool upper = bits & 1, unit = bits & 2, flipped = bits & 4;
        INFO(td::name_of(d) << " " << n << " " << upper << unit << flipped);
        const array all = numbers(n, n, d) / static_cast<double>(n) + 2.0 * td::eye(n, {.dtype = d}), b = numbers(n, 3, d);
        const array part = wide(upper ? td::triu(all) : td::tril(all));
        const array a = unit ? td::where(td::eye(n) > 0, 1.0, part) : part, system = flipped ? turned(a) : a;
        const array hidden = (upper ? td::tril(td::ones({n, n}), {.k = -1}) : td::triu(td::ones({n, n}), {.k = 1})) +
                             (unit ? td::eye(n) : td::zeros({n, n}));
        const array given = td::astype(td::where(hidden > 0, not_a_number, wide(all)), d);
        const array y = td::triangular_solve(given, b, {.upper = upper, .unit_diagonal = unit, .transposed = flipped});
        CHECK(y.dtype() == d);
        CHECK(largest(product(system, y) - wide(b)) <= 10 * static_cast<double>(n) * rounding(d) * (largest(y) * 3 + 1));
        CHECK(largest(td::triangular_solve(given, b[{td::slice(), 0}], {.upper = upper, .unit_diagonal = unit, .transposed = flipped}) -
                      y[{td::slice(), 0}]) <= 1e-5 * largest(y));
      }
}

TEST_CASE("what is not finite is an error of svd, or NaN, and NaN of eigenvalues") {
  const array bad = array({{1.0, not_a_number}, {2.0, 3.0}}), two = td::stack({td::eye(2), bad}), endless = array({{inf, 0.0}, {0.0, 1.0}});
  for (const std::string& backend : td::backends()) {
    const td::backend_scope scope(backend);
    CHECK(message_of([&] { td::svd(two); }) ==
          "[svd] an element is no finite number: got nan of matrix 1, expected finite ones. Take td::where, or .check = false, which gives "
          "NaN.");
    const auto f = td::trace_graph([](const array& x) { return td::svdvals(x); }, {.to = backend});
    CHECK(equal(f(td::eye(2)), td::ones({2})));
    CHECK(message_of([&] { f(endless); }) ==
          "[svdvals] an element is no finite number: got inf, expected finite ones. Take td::where, or .check = false, which gives NaN.");
    const auto [u, s, vh] = td::svd(two, {.check = false});
    CHECK(equal(td::isnan(s), array({{false, false}, {true, true}})));
    CHECK(equal(td::sum(td::astype(td::isnan(u), td::int32), {.axis = {1, 2}}), array({std::int64_t{0}, std::int64_t{4}})));
    CHECK(td::all(td::isnan(vh[{1}])).item<bool>());
    CHECK(equal(td::isnan(td::svdvals(two, {.check = false})), td::isnan(s)));
    const auto [values, vectors] = td::eigh(two, {.upper = true});
    CHECK(equal(td::isnan(values), td::isnan(s)));
    CHECK(td::all(td::isnan(vectors[{1}])).item<bool>());
    CHECK(td::all(td::isnan(td::eigvalsh(endless))).item<bool>());
    CHECK_FALSE(td::any(td::isnan(td::eigvalsh(bad))).item<bool>());
    CHECK(td::any(td::isnan(td::qr(bad).second)).item<bool>());
  }
}

TEST_CASE("a zero on the diagonal of a triangle is an error, or divided by") {
  const array singular = array({{1.0, 7.0}, {2.0, 0.0}}), b = array({1.0, 1.0});
  const char* const text =
      "[triangular_solve] the matrix is singular: got a pivot of 0 in row 1 of 2, expected none. Add a multiple of the identity matrix, or "
      "leave out the rows that follow from others.";
  for (const std::string& backend : td::backends()) {
    const td::backend_scope scope(backend);
    CHECK(message_of([&] { td::triangular_solve(singular, b); }) == text);
    CHECK(equal(td::triangular_solve(singular, b, {.check = false}), array({1.0, -inf})));
    CHECK(equal(td::triangular_solve(singular, b, {.unit_diagonal = true}), array({1.0, -1.0})));
  }
}

TEST_CASE("operands that have no decomposition are refused") {
  CHECK(message_of([] { td::qr(td::ones({3})); }) ==
        "[qr] the operand is no matrix: got float64[3], expected rank 2 or more. Add an axis with td::expand_dims.");
  CHECK_THROWS_AS(td::svd(array(1.0)), td::shape_error);
  CHECK_THROWS_WITH(td::svdvals(td::ones({3})), contains("[svdvals] the operand is no matrix: got float64[3]"));
  CHECK(message_of([] {
          td::qr(td::ones({2, 2}), {.mode = "r"});
        }) == "[qr] unknown mode: got \"r\", expected \"reduced\" or \"complete\". Pass one of these.");
  CHECK_THROWS_WITH(td::eigh(td::ones({2, 3})), contains("[eigh] the operand is no square matrix: got float64[2, 3]"));
  CHECK_THROWS_WITH(td::eigvalsh(td::ones({3})), contains("[eigvalsh] the operand is no square matrix"));
  CHECK_THROWS_WITH(td::triangular_solve(td::eye(2), array(1.0)), contains("[triangular_solve] the right side has rank 0: got float64[]"));
  CHECK_THROWS_WITH(
      td::triangular_solve(td::eye(2), td::ones({3})),
      contains("[triangular_solve] the right side does not fit: got float64[2, 2] and float64[3], expected as many rows (2)"));
  CHECK_THROWS_WITH(td::svd(array({{true}})), contains("[svd] the dtype is not taken: got bool, expected a numeric dtype."));
}
