// The Eigen frontend: what its members mean in ops. A column is an array of one axis, and so is a row, which knows that it is one.
#include "frontends/eigen_ops.hpp"

#include <algorithm>

#include <tendril/ops.hpp>

#include "array/format.hpp"

namespace tendril::frontends::eigen {
namespace {

// Eigen converts nothing by itself. Numbers become elements of the array that they meet; of an integer array they have to be integers.
dtype together(std::string_view op, std::span<const dtype> dtypes, std::span<const bool> weak, std::span<const bool>) {
  dtype d = dtype::unknown;
  for (std::size_t i = op == "where" ? 1 : 0; i < dtypes.size(); ++i) {
    if (weak[i]) continue;
    if (d != dtype::unknown && d != dtypes[i])
      throw dtype_error(
          format_text("[{}] Eigen has no arithmetic of two scalar types: got {} and {}, expected one. Convert one with cast<T>().", op,
                      name_of(d), name_of(dtypes[i])));
    d = dtypes[i];
  }
  if (d == dtype::unknown) return d;
  for (std::size_t i = 0; i < dtypes.size(); ++i)
    if (weak[i] && kind_of(dtypes[i]) == dtype_kind::real && kind_of(d) != dtype_kind::real)
      throw dtype_error(
          format_text("[{}] Eigen takes no real number beside {}: got one, expected an integer. Convert the array with cast<double>().", op,
                      name_of(d)));
  if ((op == "divide" || op == "mean") && kind_of(d) == dtype_kind::integer)
    throw dtype_error(format_text(
        "[{}] Eigen divides integers as C++ does, dropping the fraction: got {}, expected a real dtype. Convert with cast<double>() first.",
        op, name_of(d)));
  return d;
}

Index extent(const arg& a, int axis) { return static_cast<Index>(array_of(a).shape(a.where())[static_cast<std::size_t>(axis)]); }

object one(op_id op, const arg& x, attributes at = {}) { return record(op, {x.get()}, std::move(at), x.where(), x.stands()); }

form form_of_operand(const arg& a) { return a.get().get_array() ? form_of(a) : form::number; }

// One row or column of a table, which stands as such.
object vector_of(array table_of_one, form f, std::source_location where) {
  return object(tendril::squeeze(operand(table_of_one, where), {f == form::column ? 1 : 0}), f);
}

// A coefficient-wise op: one of the two is a number, or both have the same extents, since Eigen broadcasts nothing.
object two(op_id op, const arg& a, const arg& b) {
  const form left = form_of_operand(a), right = form_of_operand(b);
  if (left == form::number || right == form::number)
    return record(op, {a.get(), b.get()}, {}, a.where(), left == form::number ? right : left);
  const auto same_extents = [&](const array& x, const array& y) {
    if (x.shape(a.where()) == y.shape(a.where())) return;
    throw shape_error(
        format_text("[{}] Eigen has no arithmetic of two shapes: got {} and {}, expected equal ones. Say which is repeated, with "
                    "colwise(), rowwise() or replicate().",
                    record_of(op).name, to_string(x.shape(a.where())), to_string(y.shape(a.where()))));
  };
  if (left == right) {
    same_extents(array_of(a), array_of(b));
    return record(op, {a.get(), b.get()}, {}, a.where(), left);
  }
  // A matrix of one column and a column.
  const object x = table(a), y = table(b);
  same_extents(x.value(), y.value());
  return record(op, {operand(x.value(), a.where()), operand(y.value(), b.where())}, {}, a.where(), form::matrix);
}

void require_inside(const char* what, Index first, Index count, Index all) {
  if (first < 0 || count < 0 || first + count > all)
    throw index_error(format_text("[{}] the part is not inside of the array: got {} to {}, expected parts of 0 to {}. Check the indices.",
                                  what, first, first + count, all));
}

// The largest or smallest in Eigen's words; a comparison with NaN is false there.
object extreme(op_id comparison, const arg& a, const arg& b) {
  const object second_wins = two(comparison, a, b);
  return record(op_id::where, {operand(second_wins.value(), a.where()), b.get(), a.get()}, {}, a.where(), second_wins.stands());
}

}  // namespace

constinit const promotion_rules promotion = {
    .name = "Eigen", .together = together, .default_real = dtype::float64, .integer_sums_to_int64 = false, .bool_is_numeric = false};

object record(op_id op, std::initializer_list<operand> in, attributes at, std::source_location where, form stands) {
  return object(std::move(apply(record_of(op), {in.begin(), in.size()}, std::move(at), &promotion, where).front()), stands);
}

const array& array_of(const arg& a) {
  if (const array* x = a.get().get_array()) return *x;
  throw internal_error("[eigen] a number where an array is");
}

form form_of(const arg& a) {
  if (a.stands() != form::unknown) return a.stands();
  const int rank = array_of(a).ndim(a.where());
  if (rank > 2)
    throw shape_error(
        format_text("[eigen] an array of Eigen has two axes at most: got rank {}, expected 0, 1 or 2. Pass one slice at a time.", rank));
  return rank == 0 ? form::number : rank == 1 ? form::column : form::matrix;
}

object table(const arg& a) {
  const form f = form_of(a);
  if (f == form::matrix) return object(array_of(a), f);
  if (f == form::number) {
    const array& x = array_of(a);
    return object(tendril::reshape(operand(x, a.where()), {1, 1}), form::matrix);
  }
  return object(tendril::expand_dims(operand(array_of(a), a.where()), {.axis = f == form::column ? 1 : 0}), form::matrix);
}

array indexed(const arg& a, std::vector<index_item> key) {
  return std::move(apply(record_of(op_id::getitem), std::span(&a.get(), 1), {{"key", std::move(key)}}, &promotion, a.where()).front());
}

Index rows_of(const arg& a) {
  const form f = form_of(a);
  return f == form::column || f == form::matrix ? extent(a, 0) : 1;
}
Index cols_of(const arg& a) {
  const form f = form_of(a);
  return f == form::row ? extent(a, 0) : f == form::matrix ? extent(a, 1) : 1;
}

array square_table(const char* what, const arg& m) {
  const object t = table(m);
  const extents& shape = t.value().shape(m.where());
  if (shape[0] != shape[1])
    throw shape_error(
        format_text("[{}] the matrix is not square: got {}, expected as many columns as rows. Check the shapes.", what, to_string(shape)));
  return t.value();
}

object object_of(const arg& a) {
  if (const array* x = a.get().get_array()) return object(*x, a.stands());
  return object(tendril::asarray(a.get().get_scalar().real()), form::number);
}

#define X(member, op) \
  object member(const arg& x) { return one(op_id::op, x); }
TENDRIL_EIGEN_FUNCTIONS(X)
#undef X
#define X(symbol, op) \
  object op(const arg& a, const arg& b) { return two(op_id::op, a, b); }
TENDRIL_EIGEN_OPERATORS(X)
#undef X
object negative(const arg& x) { return one(op_id::negative, x); }
object logical_not(const arg& x) { return one(op_id::logical_not, x); }
object cube(const arg& x) { return multiply(arg(square(x), x.where()), x); }
object reciprocal(const arg& x) { return one(op_id::reciprocal, x); }
object rounded(const arg& x) {
  // |x| + 0.5 would be rounded itself: the fraction of |x| says it.
  const object magnitude = abs(x), whole = floor(arg(magnitude, x.where()));
  const object up = greater_equal(arg(subtract(arg(magnitude, x.where()), arg(whole, x.where())), x.where()), arg(0.5, x.where()));
  const object more = add(arg(whole, x.where()), arg(1, x.where()));
  const object r = select(arg(up, x.where()), arg(more, x.where()), arg(whole, x.where()));
  return record(op_id::copysign, {operand(r.value(), x.where()), x.get()}, {}, x.where(), x.stands());
}
object pow(const arg& a, const arg& b) { return two(op_id::pow, a, b); }
object largest(const arg& a, const arg& b) { return extreme(op_id::less, a, b); }
object smallest(const arg& a, const arg& b) { return extreme(op_id::greater, a, b); }
object select(const arg& condition, const arg& a, const arg& b) {
  return record(op_id::where, {condition.get(), a.get(), b.get()}, {}, condition.where(), condition.stands());
}
object cast(const arg& x, dtype d) { return record(op_id::astype, {x.get()}, {{"dtype", d}}, x.where(), x.stands()); }

Index rows(const object& o, std::source_location where) { return rows_of(arg(o, where)); }
Index cols(const object& o, std::source_location where) { return cols_of(arg(o, where)); }

object transpose(const arg& a) {
  switch (form_of(a)) {
    case form::column: return object(array_of(a), form::row);
    case form::row: return object(array_of(a), form::column);
    case form::matrix: return record(op_id::matrix_transpose, {a.get()}, {}, a.where(), form::matrix);
    default: return object(array_of(a), form::number);
  }
}

object product(const arg& a, const arg& b) {
  const form left = form_of_operand(a), right = form_of_operand(b);
  if (left == form::number || right == form::number)
    return record(op_id::multiply, {a.get(), b.get()}, {}, a.where(), left == form::number ? right : left);
  if (left == form::row && right == form::column) return dot(a, b);
  if (left == form::column && right == form::row) {
    const object x = table(a), y = table(b);
    return record(op_id::multiply, {operand(x.value(), a.where()), operand(y.value(), b.where())}, {}, a.where(), form::matrix);
  }
  if (left == form::matrix && right == form::matrix) return record(op_id::matmul, {a.get(), b.get()}, {}, a.where(), form::matrix);
  if (left == form::matrix && right == form::column) return record(op_id::matmul, {a.get(), b.get()}, {}, a.where(), form::column);
  if (left == form::row && right == form::matrix) return record(op_id::matmul, {a.get(), b.get()}, {}, a.where(), form::row);
  // A column by a matrix of one row, and the like.
  const object x = table(a), y = table(b);
  return record(op_id::matmul, {operand(x.value(), a.where()), operand(y.value(), b.where())}, {}, a.where(), form::matrix);
}

object dot(const arg& a, const arg& b) { return record(op_id::matmul, {a.get(), b.get()}, {}, a.where(), form::number); }

object cross(const arg& a, const arg& b) {
  const auto of = [](const arg& v, int i) { return indexed(v, {i}); };
  std::vector<array> e;
  for (int i = 0; i < 3; ++i) {
    const int j = (i + 1) % 3, k = (i + 2) % 3;
    e.push_back(of(a, j) * of(b, k) - of(a, k) * of(b, j));
  }
  return object(tendril::stack(e), form_of(a));
}

object diagonal(const arg& a) {
  const object t = table(a);
  const extents& shape = t.value().shape(a.where());
  std::vector<array> e;
  for (std::int64_t i = 0; i < std::min(shape[0], shape[1]); ++i) e.push_back(indexed(arg(t, a.where()), {i, i}));
  return object(tendril::stack(e), form::column);
}

object scaled(const arg& v, const arg& m, bool left) {
  const object t = table(m);
  const array factor = tendril::expand_dims(operand(array_of(v), v.where()), {.axis = left ? 1 : 0});
  const object all = record(op_id::multiply, {operand(factor, v.where()), operand(t.value(), m.where())}, {}, m.where(), form::matrix);
  const form f = form_of(m);
  return f == form::column || f == form::row ? vector_of(all.value(), f, m.where()) : all;
}

namespace {
// What is reduced, and by which op.
struct reduced {
  object of;
  op_id op;
};
reduced parts_of(total what, const arg& a) {
  const object own(array_of(a), a.stands());
  switch (what) {
    case total::sum: return {own, op_id::sum};
    case total::prod: return {own, op_id::prod};
    case total::mean: return {own, op_id::mean};
    case total::maxCoeff: return {own, op_id::max};
    case total::minCoeff: return {own, op_id::min};
    case total::any: return {own, op_id::any};
    case total::all: return {own, op_id::all};
    case total::count: return {own, op_id::count_nonzero};
    case total::squaredNorm:
    case total::norm: return {square(a), op_id::sum};
    case total::l1: return {abs(a), op_id::sum};
    case total::largest: return {abs(a), op_id::max};
  }
  throw internal_error("[eigen] no such reduction");
}
object reduce_table(total what, const arg& a, const tendril::axes& axis, bool keep, form f) {
  const reduced r = parts_of(what, a);
  attributes at;
  at.set("axis", axis);
  if (r.op == op_id::sum || r.op == op_id::prod) at.set("dtype", dtype::unknown);
  at.set("keepdims", keep);
  const object made = record(r.op, {operand(r.of.value(), a.where())}, std::move(at), a.where(), f);
  return what == total::norm ? sqrt(arg(made, a.where())) : made;
}
// Divided by its norm, where that is positive.
object unit(const arg& a, const object& squared) {
  const object root = sqrt(arg(squared, a.where()));
  const object scaled_down = record(op_id::divide, {a.get(), operand(root.value(), a.where())}, {}, a.where(), a.stands());
  const object positive = greater(arg(squared, a.where()), arg(0, a.where()));
  return record(op_id::where, {operand(positive.value(), a.where()), operand(scaled_down.value(), a.where()), a.get()}, {}, a.where(),
                a.stands());
}
}  // namespace

object reduce(total what, const arg& a) { return reduce_table(what, a, {}, false, form::number); }

object reduce(total what, const arg& a, flat along) {
  const object t = table(a);
  return reduce_table(what, arg(t, a.where()), along == flat::down ? 0 : 1, false, along == flat::down ? form::row : form::column);
}

object normalized(const arg& a) { return unit(a, reduce(total::squaredNorm, a)); }

object normalized(const arg& a, flat along) {
  const object t = table(a);
  const arg whole(t, a.where());
  const object made = unit(whole, reduce_table(total::squaredNorm, whole, along == flat::down ? 0 : 1, true, form::matrix));
  const form f = form_of(a);
  return f == form::matrix ? made : vector_of(made.value(), f, a.where());
}

object against(arithmetic_op op, const arg& m, const arg& v, flat along) {
  const object t = table(m);
  // A vector that goes down the columns has one element a row.
  const array side = tendril::expand_dims(operand(array_of(v), v.where()), {.axis = along == flat::down ? 1 : 0});
  constexpr op_id ops[] = {op_id::add, op_id::subtract, op_id::multiply, op_id::divide};
  return record(ops[static_cast<int>(op)], {operand(t.value(), m.where()), operand(side, v.where())}, {}, m.where(), form::matrix);
}

// ---- parts

object block(const arg& a, Index i, Index j, Index r, Index c) {
  require_inside("block", i, r, rows_of(a));
  require_inside("block", j, c, cols_of(a));
  const form f = form_of(a);
  if (f == form::column) return object(indexed(a, {slice(i, i + r)}), f);
  if (f == form::row) return object(indexed(a, {slice(j, j + c)}), f);
  if (f == form::number) return object(array_of(a), f);
  return object(indexed(a, {slice(i, i + r), slice(j, j + c)}), f);
}

object segment(const arg& a, Index i, Index n) {
  const form f = form_of(a);
  if (f == form::matrix) {
    // A matrix of one row or column is a vector too.
    const bool column = cols_of(a) == 1;
    return column ? block(a, i, 0, n, 1) : block(a, 0, i, 1, n);
  }
  require_inside("segment", i, n, extent(a, 0));
  return object(indexed(a, {slice(i, i + n)}), f);
}

object line(const arg& a, Index i, flat along) {
  const object t = table(a);
  require_inside(along == flat::down ? "col" : "row", i, 1, along == flat::down ? cols_of(a) : rows_of(a));
  if (along == flat::down) return object(indexed(arg(t, a.where()), {slice(), i}), form::column);
  return object(indexed(arg(t, a.where()), {i}), form::row);
}

object coefficient(const arg& a, Index i, Index j) {
  const form f = form_of(a);
  require_inside("operator()", i, 1, rows_of(a));
  require_inside("operator()", j, 1, cols_of(a));
  if (f == form::number) return object(array_of(a), f);
  if (f == form::matrix) return object(indexed(a, {i, j}), form::number);
  return object(indexed(a, {f == form::column ? i : j}), form::number);
}

object coefficient(const arg& a, Index i) {
  const form f = form_of(a);
  if (f == form::number) return object(array_of(a), f);
  if (f == form::matrix) {
    // As Eigen stores it: down the columns.
    const Index r = rows_of(a);
    return coefficient(a, i % r, i / r);
  }
  require_inside("operator()", i, 1, extent(a, 0));
  return object(indexed(a, {i}), form::number);
}

namespace {
// The value as a part of `a`'s dtype and this shape.
array fitted(const arg& a, const arg& value, const extents& shape) {
  object v = object_of(value);
  array x = v.value();
  if (!value.get().get_array()) {
    // A number becomes an element of the array.
    const object like = record(op_id::full_like, {a.get()}, {{"fill_value", value.get().get_scalar()}, {"dtype", dtype::unknown}},
                               a.where(), form::unknown);
    x = like.value();
    std::vector<index_item> key;
    for (const std::int64_t n : shape) key.push_back(slice(0, n));
    return indexed(arg(object(x), a.where()), std::move(key));
  }
  if (value.stands() == form::number || form_of(value) == form::number) return tendril::broadcast_to(operand(x, a.where()), shape);
  return tendril::reshape(operand(x, a.where()), shape);
}
array joined(std::vector<array> parts, std::int64_t axis) { return parts.size() == 1 ? parts[0] : tendril::concat(parts, {.axis = axis}); }
}  // namespace

object with_segment(const arg& a, Index i, Index n, const arg& value) {
  const form f = form_of(a);
  if (f == form::matrix) {
    if (n == 1) {
      const Index r = rows_of(a);
      return with_block(a, i % r, i / r, 1, 1, value);
    }
    const bool column = cols_of(a) == 1;
    return column ? with_block(a, i, 0, n, 1, value) : with_block(a, 0, i, 1, n, value);
  }
  const Index all = extent(a, 0);
  require_inside("segment", i, n, all);
  std::vector<array> parts;
  if (i > 0) parts.push_back(indexed(a, {slice(0, i)}));
  parts.push_back(fitted(a, value, {n}));
  if (i + n < all) parts.push_back(indexed(a, {slice(i + n, all)}));
  return object(joined(std::move(parts), 0), f);
}

object with_block(const arg& a, Index i, Index j, Index r, Index c, const arg& value) {
  const form f = form_of(a);
  if (f == form::column) return with_segment(a, i, r, value);
  if (f == form::row) return with_segment(a, j, c, value);
  const Index all_rows = rows_of(a), all_columns = cols_of(a);
  require_inside("block", i, r, all_rows);
  require_inside("block", j, c, all_columns);
  std::vector<array> across;
  if (j > 0) across.push_back(indexed(a, {slice(i, i + r), slice(0, j)}));
  across.push_back(fitted(a, value, {r, c}));
  if (j + c < all_columns) across.push_back(indexed(a, {slice(i, i + r), slice(j + c, all_columns)}));
  std::vector<array> down;
  if (i > 0) down.push_back(indexed(a, {slice(0, i)}));
  down.push_back(joined(std::move(across), 1));
  if (i + r < all_rows) down.push_back(indexed(a, {slice(i + r, all_rows)}));
  return object(joined(std::move(down), 0), f);
}

object replicate(const arg& a, Index r, Index c) {
  const object t = table(a);
  return object(tendril::tile(operand(t.value(), a.where()), {r, c}), form::matrix);
}

object reverse(const arg& a) { return object(tendril::flip(operand(array_of(a), a.where())), a.stands()); }

object filled(Index r, Index c, double value, bool vector) {
  if (vector) return object(tendril::full({r}, value, {.dtype = dtype::float64}), form::column);
  return object(tendril::full({r, c}, value, {.dtype = dtype::float64}), form::matrix);
}
object identity(Index r, Index c) { return object(tendril::eye(r, {.n_cols = c}), form::matrix); }
object linspaced(Index n, double low, double high) {
  const double step = n > 1 ? (high - low) / static_cast<double>(n - 1) : 0;
  if (n == 1) return object(tendril::full({1}, high, {.dtype = dtype::float64}), form::column);
  const array numbers = tendril::arange(0, n, 1, {.dtype = dtype::float64});
  return object(numbers * step + low, form::column);
}

object from_elements(Index r, Index c, const std::vector<object>& all, std::source_location where) {
  std::vector<array> flat_ones;
  bool blocks = false;
  for (const object& o : all) blocks = blocks || o.stands() != form::number;
  if (!blocks) {
    for (const object& o : all) flat_ones.push_back(tendril::astype(operand(o.value(), where), dtype::float64));
    const array elements = tendril::stack(flat_ones);
    if (c == 1) return object(elements, form::column);
    if (r == 1) return object(elements, form::row);
    return object(tendril::reshape(operand(elements, where), {r, c}), form::matrix);
  }
  // Blocks side by side until a row of them is full, then below.
  std::vector<array> down, across;
  Index width = 0;
  for (const object& o : all) {
    const object t = table(arg(o, where));
    width += static_cast<Index>(t.value().shape(where)[1]);
    across.push_back(t.value());
    if (width < c) continue;
    down.push_back(joined(std::move(across), 1));
    across.clear();
    width = 0;
  }
  const array whole = joined(std::move(down), 0);
  if (c == 1) return vector_of(whole, form::column, where);
  if (r == 1) return vector_of(whole, form::row, where);
  return object(whole, form::matrix);
}

}  // namespace tendril::frontends::eigen
