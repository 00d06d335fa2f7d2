// What the namespace linalg makes of ops.
#include <tendril/linalg.hpp>

#include <cmath>
#include <limits>

#include <tendril/graph.hpp>

#include "array/format.hpp"
#include "ops/matrices.hpp"

namespace tendril {
namespace {

using detail::spelled;

array real_of(const array& x) { return kind_of(x.dtype()) == dtype_kind::real ? x : astype(x, dtype::float64); }

void require_matrix(const char* op, const array& x) {
  if (x.ndim() < 2)
    throw shape_error(
        format_text("[{}] the operand is no matrix: got {}, expected rank 2 or more. Add an axis with td::expand_dims.", op, spelled(x)));
}

}  // namespace

array tril(const array& x, const triangle_options& o) { return where(detail::below_diagonal("tril", x, o.k), x, zeros_like(x)); }
array triu(const array& x, const triangle_options& o) { return where(detail::below_diagonal("triu", x, o.k - 1), zeros_like(x), x); }

array tensordot(const array& x1, const array& x2, const tensordot_options& o) {
  return detail::tensordot(x1, x2, o.x1.values(), o.x2.values(), [](const array& a, const array& b) { return matmul(a, b); });
}
array tensordot(const array& x1, const array& x2, std::int64_t n) {
  if (n < 0 || n > x1.ndim() || n > x2.ndim())
    throw shape_error(
        format_text("[tensordot] the number of axes does not fit: got {} for {} and {}, expected 0 to the smaller rank. "
                    "Pass another.",
                    n, spelled(x1), spelled(x2)));
  const auto [of_x1, of_x2] = detail::last_and_first(n);
  return tensordot(x1, x2, {.x1 = of_x1, .x2 = of_x2});
}

array vecdot(const array& x1, const array& x2, const vecdot_options& o) {
  const array products = multiply(x1, x2);
  return sum(products, {.axis = o.axis, .dtype = products.dtype()});
}

namespace linalg {
namespace {

// The column of singular values that counts: true where one does.
array counts(const char* op, const array& x, const array& values, const rank_options& o) {
  const double longer = static_cast<double>(std::max(x.shape(-1), x.shape(-2)));
  const double eps = values.dtype() == dtype::float32 ? std::numeric_limits<float>::epsilon() : std::numeric_limits<double>::epsilon();
  const double rtol = o.rtol ? o.rtol->value() : longer * eps;
  if (std::isnan(rtol)) throw error(format_text("[{}] the tolerance is no number: got NaN, expected 0 or more. Pass another.", op));
  if (values.shape(-1) == 0) return greater(values, 0);
  return greater(values, multiply(getitem(values, {index_item(ellipsis), index_item(slice(0, 1))}), rtol));
}

// The largest or the smallest along axes that stay, as an error would name it.
array extreme(const char* op, const array& x, const axes& over, bool largest) {
  for (const std::int64_t a : over.values())
    if (x.shape(a) == 0)
      throw shape_error(format_text("[{}] there is no {} of nothing: got {}, expected extents of at least 1. Take another order.", op,
                                    largest ? "largest" : "smallest", spelled(x)));
  return largest ? max(x, {.axis = over, .keepdims = true}) : min(x, {.axis = over, .keepdims = true});
}

[[noreturn]] void refuse_order(const char* op, const norm_order& ord) {
  throw error(format_text("[{}] unknown order: got {}, expected \"fro\", \"nuc\", 1, -1, 2, -2 or an infinity. Pass one of these.", op,
                          ord.name().empty() ? format_text("{}", ord.value()) : "\"" + ord.name() + "\""));
}

array squeezed(const array& x, bool keepdims) { return keepdims ? x : squeeze(x, {-2, -1}); }

}  // namespace

array matrix_power(const array& x, std::int64_t n) {
  if (x.ndim() < 2 || x.shape(-1) != x.shape(-2))
    throw shape_error(
        format_text("[matrix_power] the matrix is not square: got {}, expected as many rows as columns. Cut it.", spelled(x)));
  array factor = n < 0 ? inv(x) : x;
  if (n == 0) return broadcast_to(eye(x.shape(-1), {.dtype = x.dtype()}), x.shape());
  array result;
  for (std::int64_t left = n < 0 ? -n : n; left > 0; left /= 2) {
    if (left % 2) result = result.empty() ? factor : matmul(result, factor);
    if (left > 1) factor = matmul(factor, factor);
  }
  return result;
}

array matrix_rank(const array& x, const rank_options& o) {
  require_matrix("matrix_rank", x);
  return sum(astype(counts("matrix_rank", x, svdvals(x, {.check = o.check}), o), dtype::int64), {.axis = -1});
}

array pinv(const array& x, const rank_options& o) {
  require_matrix("pinv", x);
  const auto [u, s, vh] = svd(x, {.full_matrices = false, .check = o.check});
  const array used = counts("pinv", x, s, o);
  const array inverse = where(used, reciprocal(where(used, s, 1)), 0);
  return matmul(multiply(matrix_transpose(vh), expand_dims(inverse, {.axis = -2})), matrix_transpose(u));
}

array lstsq(const array& x1, const array& x2, const rank_options& o) {
  require_matrix("lstsq", x1);
  if (x2.ndim() == 0 || x2.shape(x2.ndim() == 1 ? 0 : -2) != x1.shape(-2))
    throw shape_error(
        format_text("[lstsq] the right side does not fit: got {} and {}, expected as many rows. Transpose one.", spelled(x1), spelled(x2)));
  return matmul(pinv(x1, o), x2);
}

array vector_norm(const array& given, const vector_norm_options& o) {
  const double ord = o.ord.value();
  const array x = real_of(given);
  if (ord == 2) return sqrt(sum(square(x), {.axis = o.axis, .keepdims = o.keepdims}));
  const array sizes = abs(x);
  if (ord == 1) return sum(sizes, {.axis = o.axis, .keepdims = o.keepdims});
  if (ord == 0) return sum(astype(not_equal(x, 0), x.dtype()), {.axis = o.axis, .keepdims = o.keepdims});
  if (std::isinf(ord)) {
    axes over = o.axis;
    if (!over.given()) {
      std::vector<std::int64_t> all;
      for (std::int64_t i = 0; i < x.ndim(); ++i) all.push_back(i);
      over = all;
    }
    const array kept = extreme("vector_norm", sizes, over, ord > 0);
    return o.keepdims ? kept : squeeze(kept, over);
  }
  return pow(sum(pow(sizes, ord), {.axis = o.axis, .keepdims = o.keepdims}), 1 / ord);
}

array matrix_norm(const array& given, const matrix_norm_options& o) {
  require_matrix("matrix_norm", given);
  if (o.ord.name() == "fro") return vector_norm(given, {.axis = {-2, -1}, .keepdims = o.keepdims});
  const double ord = o.ord.value();
  const array x = real_of(given);
  const bool singular = o.ord.name() == "nuc" || (o.ord.name().empty() && std::abs(ord) == 2);
  if (singular) {
    const array values = expand_dims(svdvals(x), {.axis = -1});
    if (o.ord.name() == "nuc") return squeezed(sum(values, {.axis = -2, .keepdims = true}), o.keepdims);
    return squeezed(extreme("matrix_norm", values, -2, ord > 0), o.keepdims);
  }
  if (!o.ord.name().empty() || !(std::isinf(ord) || std::abs(ord) == 1)) refuse_order("matrix_norm", o.ord);
  const std::int64_t inside = std::isinf(ord) ? -1 : -2;
  return squeezed(extreme("matrix_norm", sum(abs(x), {.axis = inside, .keepdims = true}), inside == -1 ? -2 : -1, ord > 0), o.keepdims);
}

array cond(const array& x, const cond_options& o) {
  require_matrix("cond", x);
  if (x.shape(-1) == 0 || x.shape(-2) == 0)
    throw shape_error(
        format_text("[cond] there is no number of nothing: got {}, expected extents of at least 1. Pass a matrix.", spelled(x)));
  if (o.p.name().empty() && std::abs(o.p.value()) == 2) {
    const array s = svdvals(x);
    const array first = getitem(s, {index_item(ellipsis), index_item(0)}), last = getitem(s, {index_item(ellipsis), index_item(-1)});
    return o.p.value() > 0 ? divide(first, last) : divide(last, first);
  }
  return multiply(matrix_norm(x, {.ord = o.p}), matrix_norm(inv(x), {.ord = o.p}));
}

array cross(const array& x1, const array& x2, const cross_options& o) {
  const array shaped = multiply(x1, x2);
  const std::int64_t axis = normalize_axis("cross", o.axis, static_cast<int>(shaped.ndim()));
  if (x1.ndim() == 0 || x2.ndim() == 0 || shaped.shape(axis) != 3)
    throw shape_error(
        format_text("[cross] the vectors have not three elements: got {} and {} along axis {}, expected 3. Pass other vectors.",
                    spelled(x1), spelled(x2), o.axis));
  const axes wide(std::vector<std::int64_t>(shaped.shape().begin(), shaped.shape().end()));
  const auto turned = [&](const array& x, std::int64_t by) { return roll(broadcast_to(x, wide), -by, {.axis = axis}); };
  return subtract(multiply(turned(x1, 1), turned(x2, 2)), multiply(turned(x1, 2), turned(x2, 1)));
}

array outer(const array& x1, const array& x2) {
  if (x1.ndim() != 1 || x2.ndim() != 1)
    throw shape_error(format_text("[outer] an operand is no vector: got {} and {}, expected rank 1. Flatten with td::reshape.", spelled(x1),
                                  spelled(x2)));
  return multiply(expand_dims(x1, {.axis = -1}), x2);
}

array diagonal(const array& x, const diagonal_options& o) { return detail::diagonal_of("diagonal", x, o.offset, -2, -1); }
array trace(const array& x, const trace_options& o) {
  return sum(detail::diagonal_of("trace", x, o.offset, -2, -1), {.axis = -1, .dtype = o.dtype});
}

}  // namespace linalg
}  // namespace tendril
