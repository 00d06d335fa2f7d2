// The Eigen frontend's systems of equations: determinants, inverses, decompositions and what is solved by them.
#include <algorithm>
#include <limits>
#include <numeric>

#include <tendril/ops.hpp>

#include "array/format.hpp"
#include "frontends/eigen_ops.hpp"

namespace tendril::frontends::eigen {
namespace {

// Eigen's flags of triangles.
constexpr unsigned upper_flag = 2, unit_flag = 4, zero_flag = 8;

// Up to so many rows are written out, as Eigen does; larger matrices are decomposed. The inverse of four rows is 160 ops, and one kernel is
// sooner done.
constexpr Index written_out = 4, inverse_written_out = 3;

// The elements, each an array of rank 0.
std::vector<std::vector<array>> elements_of(const array& m, std::source_location where) {
  const extents& shape = m.shape();
  const object t(m, form::matrix);
  std::vector<std::vector<array>> e(static_cast<std::size_t>(shape[0]));
  for (std::int64_t i = 0; i < shape[0]; ++i)
    for (std::int64_t j = 0; j < shape[0]; ++j) e[static_cast<std::size_t>(i)].push_back(indexed(arg(t, where), {i, j}));
  return e;
}

array stacked(const std::vector<std::vector<array>>& e) {
  std::vector<array> rows;
  for (const auto& row : e) rows.push_back(tendril::stack(row));
  return tendril::stack(rows);
}

// The determinant of what is left of the rows and columns, along the first row.
array minor_of(const std::vector<std::vector<array>>& e, const std::vector<std::size_t>& rows, const std::vector<std::size_t>& columns) {
  if (rows.size() == 1) return e[rows[0]][columns[0]];
  if (rows.size() == 2) return e[rows[0]][columns[0]] * e[rows[1]][columns[1]] - e[rows[0]][columns[1]] * e[rows[1]][columns[0]];
  array sum;
  for (std::size_t k = 0; k < columns.size(); ++k) {
    std::vector<std::size_t> others = columns, below(rows.begin() + 1, rows.end());
    others.erase(others.begin() + static_cast<std::ptrdiff_t>(k));
    const array part = e[rows[0]][columns[k]] * minor_of(e, below, others);
    sum = k == 0 ? part : k % 2 ? sum - part : sum + part;
  }
  return sum;
}
std::vector<std::size_t> all_but(std::size_t n, std::size_t one) {
  std::vector<std::size_t> all;
  for (std::size_t k = 0; k < n; ++k)
    if (k != one) all.push_back(k);
  return all;
}

}  // namespace

object determinant(const arg& m) {
  const array a = square_table("determinant", m);
  if (a.shape(0) > written_out || a.shape(0) == 0) return record(op_id::det, {operand(a, m.where())}, {}, m.where(), form::number);
  const auto e = elements_of(a, m.where());
  const auto all = all_but(e.size(), e.size());
  return object(minor_of(e, all, all), form::number);
}

object inverse(const arg& m) {
  const array a = square_table("inverse", m);
  if (a.shape(0) > inverse_written_out || a.shape(0) == 0)
    return record(op_id::inv, {operand(a, m.where())}, {{"check", false}}, m.where(), form::matrix);
  const auto e = elements_of(a, m.where());
  const std::size_t n = e.size();
  if (n == 1) return object(tendril::reshape(1 / e[0][0], {1, 1}), form::matrix);
  const auto all = all_but(n, n);
  const array d = minor_of(e, all, all);
  std::vector<std::vector<array>> made(n);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j) {
      const array cofactor = minor_of(e, all_but(n, j), all_but(n, i));
      made[i].push_back((i + j) % 2 ? -cofactor / d : cofactor / d);
    }
  return object(stacked(made), form::matrix);
}

object cholesky(const arg& m) {
  return record(op_id::cholesky, {operand(square_table("llt", m), m.where())}, {{"upper", false}, {"check", false}}, m.where(),
                form::matrix);
}

namespace {
void require_rows(const arg& b, std::int64_t rows) {
  if (rows_of(b) == rows) return;
  throw shape_error(
      format_text("[solve] the right-hand side has other rows than the matrix: got {}, expected {}. Check the shapes.", rows_of(b), rows));
}
object solution(const array& a, const arg& b, std::source_location where) {
  const form f = form_of(b);
  require_rows(b, a.shape(0));
  return record(op_id::solve, {operand(a, where), b.get()}, {{"check", false}}, where, f == form::matrix ? form::matrix : form::column);
}
}  // namespace

object solve(const arg& m, const arg& b) { return solution(square_table("partialPivLu", m), b, m.where()); }
object solve_positive(const arg& m, const arg& b) {
  const array lower = cholesky(m).value();
  const object half = solution(lower, b, m.where());
  return solution(tendril::matrix_transpose(lower), arg(half, m.where()), m.where());
}

// ---- triangles

object triangle(const arg& m, unsigned mode) {
  const array a = table(m).value();
  const extents& shape = a.shape(m.where());
  const bool upper = (mode & upper_flag) != 0, bare = (mode & (unit_flag | zero_flag)) != 0;
  const array row = tendril::reshape(tendril::arange(shape[0]), {shape[0], 1}), column = tendril::arange(shape[1]);
  const array low = upper ? row : column, high = upper ? column : row;
  const array inside = bare ? tendril::less(low, high) : tendril::less_equal(low, high);
  array made = tendril::where(inside, a, tendril::zeros_like(a));
  if ((mode & unit_flag) != 0) made = tendril::where(tendril::equal(column, row), tendril::ones_like(a), made);
  return object(made, form::matrix);
}

object symmetric(const arg& m, bool upper) {
  const array a = square_table("selfadjointView", m);
  const std::int64_t n = a.shape(m.where())[0];
  const array row = tendril::reshape(tendril::arange(n), {n, 1}), column = tendril::arange(n);
  const array said = upper ? tendril::less_equal(row, column) : tendril::less_equal(column, row);
  return object(tendril::where(said, a, tendril::matrix_transpose(operand(a, m.where()))), form::matrix);
}

namespace {

std::vector<array> decomposed(op_id op, const array& a, attributes at, std::source_location where) {
  const operand in[] = {operand(a, where)};
  return apply(record_of(op), in, std::move(at), &promotion, where);
}

// The right-hand side of a system, a column or a table, and the form that its solution has.
struct right_side {
  array value;
  form solved;
};
right_side right_side_of(const arg& b, std::int64_t rows) {
  require_rows(b, rows);
  if (form_of(b) == form::column) return {array_of(b), form::column};
  return {table(b).value(), form::matrix};
}

array triangular_solution(const array& a, const array& b, bool upper, bool unit, std::source_location where) {
  return record(op_id::triangular_solve, {operand(a, where), operand(b, where)},
                {{"upper", upper}, {"unit_diagonal", unit}, {"transposed", false}, {"check", false}}, where, form::unknown)
      .value();
}

// A row for each row of x: numbers that go down the rows, of a column or a table.
array down_rows(const array& numbers, const array& x) { return x.ndim() == 2 ? tendril::expand_dims(numbers, {.axis = 1}) : numbers; }

array first_rows(const array& x, std::int64_t n) { return indexed(arg(object(x)), {slice(0, n)}); }
array first_columns(const array& x, std::int64_t n) { return indexed(arg(object(x)), {slice(), slice(0, n)}); }

// As many rows as asked, those that lack are 0.
array with_rows(const array& x, std::int64_t n) {
  const std::int64_t lacking = n - x.shape(0);
  if (lacking == 0) return x;
  extents shape = x.shape();
  shape[0] = lacking;
  return tendril::concat({x, tendril::zeros(shape, {.dtype = x.dtype()})}, {.axis = 0});
}

}  // namespace

object solve_triangle(const arg& m, const arg& b, unsigned mode) {
  const array a = square_table("triangularView", m);
  if ((mode & zero_flag) != 0)
    throw error(
        "[triangularView] zeros on the diagonal have no solution: got a strict triangle, expected another. Take Eigen::Lower or Upper.");
  const right_side right = right_side_of(b, a.shape(0));
  return object(triangular_solution(a, right.value, (mode & upper_flag) != 0, (mode & unit_flag) != 0, m.where()), right.solved);
}

// ---- orthogonal factors

object orthogonal_factor(const arg& m) {
  return object(decomposed(op_id::qr, table(m).value(), {{"mode", "complete"}}, m.where())[0], form::matrix);
}
object triangle_factor(const arg& m) {
  return object(decomposed(op_id::qr, table(m).value(), {{"mode", "complete"}}, m.where())[1], form::matrix);
}

object basic_solution(const arg& m, const arg& b) {
  const array a = table(m).value();
  const extents shape = a.shape(m.where());
  const std::int64_t rank = std::min(shape[0], shape[1]);
  const right_side right = right_side_of(b, shape[0]);
  const std::vector<array> factors = decomposed(op_id::qr, a, {{"mode", "reduced"}}, m.where());
  const array projected = tendril::matmul(tendril::matrix_transpose(factors[0]), right.value);
  const array solved = triangular_solution(first_columns(factors[1], rank), projected, true, false, m.where());
  return object(with_rows(solved, shape[1]), right.solved);
}

namespace {

// Columns in the order in which Eigen takes them: at each step that one which is longest once those before it are taken away. Written out,
// a dozen ops for each column.
struct pivots {
  array order;    // the index of the column that stands at each place
  array counted;  // which pivots count: those before the first that is as good as 0
};
pivots pivots_of(const array& a, std::source_location where) {
  const extents shape = a.shape(where);
  const std::int64_t steps = std::min(shape[0], shape[1]);
  const double eps = a.dtype(where) == dtype::float32 ? std::numeric_limits<float>::epsilon() : std::numeric_limits<double>::epsilon();
  const array places = tendril::arange(shape[1]);
  array order = places, rest = a, least;
  std::vector<array> counted;
  for (std::int64_t k = 0; k < steps; ++k) {
    const array squares = tendril::sum(tendril::square(operand(rest, where)), {.axis = 0});
    const array open = k == 0 ? squares : indexed(arg(object(tendril::take(squares, order))), {slice(k, shape[1])});
    const array longest = tendril::max(open);
    if (k == 0) least = longest * (eps * eps / static_cast<double>(shape[0]));
    const array place = k == 0 ? tendril::argmax(open) : tendril::argmax(open) + k, chosen = k == 0 ? place : tendril::take(order, place);
    const array displaced = indexed(arg(object(order)), {k});
    order = tendril::where(tendril::equal(places, k), chosen, tendril::where(tendril::equal(places, place), displaced, order));
    const array counts = tendril::greater_equal(longest, least * static_cast<double>(shape[0] - k));
    counted.push_back(k == 0 ? counts : tendril::logical_and(counted.back(), counts));
    if (k + 1 == steps) break;
    const array column = tendril::take(rest, chosen, {.axis = 1});
    const array along = tendril::matmul(column, rest) / tendril::where(tendril::greater(longest, 0), longest, tendril::ones_like(longest));
    rest = rest - tendril::expand_dims(column, {.axis = 1}) * along;
  }
  return {order, counted.empty() ? tendril::full({0}, true) : tendril::stack(counted)};
}

}  // namespace

object pivot_order(const arg& m) {
  const array a = table(m).value(), order = pivots_of(a, m.where()).order;
  const std::int64_t n = a.shape(1);
  const array rows = tendril::reshape(tendril::arange(n), {n, 1});
  return object(tendril::astype(tendril::equal(rows, order), a.dtype()), form::matrix);
}
object pivoted(const arg& m) {
  const array a = table(m).value();
  return object(tendril::take(operand(a, m.where()), pivots_of(a, m.where()).order, {.axis = 1}), form::matrix);
}

object pivoted_solution(const arg& m, const arg& b) {
  const array a = table(m).value();
  const extents shape = a.shape(m.where());
  const std::int64_t rank = std::min(shape[0], shape[1]);
  const right_side right = right_side_of(b, shape[0]);
  const pivots found = pivots_of(a, m.where());
  const array sorted = tendril::take(operand(a, m.where()), found.order, {.axis = 1});
  const std::vector<array> factors = decomposed(op_id::qr, sorted, {{"mode", "reduced"}}, m.where());
  const array projected = tendril::matmul(tendril::matrix_transpose(factors[0]), right.value);
  // Beyond the pivots that count the system says that the unknowns are 0.
  const array both = tendril::logical_and(tendril::expand_dims(found.counted, {.axis = 1}), found.counted);
  const array triangle_of_pivots = tendril::where(both, first_columns(factors[1], rank), tendril::eye(rank, {.dtype = a.dtype()}));
  const array wanted = tendril::where(down_rows(found.counted, projected), projected, tendril::zeros_like(projected));
  const array solved = with_rows(triangular_solution(triangle_of_pivots, wanted, true, false, m.where()), shape[1]);
  return object(tendril::take(solved, tendril::argsort(found.order), {.axis = 0}), right.solved);
}

// ---- singular values and eigenvalues

object singular_part(singular what, const arg& m, bool thin) {
  const array a = table(m).value();
  if (what == singular::values) return object(decomposed(op_id::svdvals, a, {{"check", false}}, m.where())[0], form::column);
  const std::vector<array> parts = decomposed(op_id::svd, a, {{"full_matrices", !thin}, {"check", false}}, m.where());
  return object(what == singular::left ? parts[0] : tendril::matrix_transpose(parts[2]), form::matrix);
}
void require_computed(bool is, const char* what, const char* flags) {
  if (is) return;
  throw error(
      format_text("[jacobiSvd] {} not computed: got no such option, expected {}. Pass it to jacobiSvd() or bdcSvd().", what, flags));
}

object shortest_solution(const arg& m, const arg& b) {
  const array a = table(m).value();
  const right_side right = right_side_of(b, a.shape(m.where())[0]);
  const std::vector<array> parts = decomposed(op_id::svd, a, {{"full_matrices", false}, {"check", false}}, m.where());
  const array& values = parts[1];
  const bool single = a.dtype() == dtype::float32;
  const double eps = single ? std::numeric_limits<float>::epsilon() : std::numeric_limits<double>::epsilon(),
               least = single ? std::numeric_limits<float>::min() : std::numeric_limits<double>::min();
  const array greatest = first_rows(values, 1);
  const array limit = tendril::maximum(greatest * (eps * static_cast<double>(values.size())), least);
  const array counts = tendril::greater_equal(values, limit);
  const array projected = tendril::matmul(tendril::matrix_transpose(parts[0]), right.value);
  const array divisors = tendril::where(counts, values, tendril::ones_like(values));
  const array quotients =
      tendril::where(down_rows(counts, projected), projected / down_rows(divisors, projected), tendril::zeros_like(projected));
  return object(tendril::matmul(tendril::matrix_transpose(parts[2]), quotients), right.solved);
}

object symmetric_part(const arg& m, bool vectors, bool upper) {
  const array a = square_table("SelfAdjointEigenSolver", m);
  if (!vectors) return object(decomposed(op_id::eigvalsh, a, {{"upper", upper}}, m.where())[0], form::column);
  return object(decomposed(op_id::eigh, a, {{"upper", upper}}, m.where())[1], form::matrix);
}
object symmetric_root(const arg& m, bool inverted) {
  const std::vector<array> parts = decomposed(op_id::eigh, square_table("SelfAdjointEigenSolver", m), {{"upper", false}}, m.where());
  const array roots = tendril::sqrt(parts[0]);
  const array scaled_vectors = inverted ? parts[1] / roots : parts[1] * roots;
  return object(tendril::matmul(scaled_vectors, tendril::matrix_transpose(parts[1])), form::matrix);
}

}  // namespace tendril::frontends::eigen
