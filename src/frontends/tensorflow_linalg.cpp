// tf.linalg: determinants, inverses, systems of equations, Cholesky's triangles; and tf.scatter_nd with its like.
#include <limits>

#include <tendril/detail/op_id.hpp>

#include "array/format.hpp"
#include "frontends/tensorflow_ops.hpp"
#include "ops/literals.hpp"

namespace tendril::frontends::tensorflow {
namespace linalg {
namespace {

const promotion_rules& reals() { return rules_of(takes::real); }

// The batches of both are one.
const op_record& solve_record() {
  static const op_record& op = composed(
      "tensorflow.solve", {attribute_of("adjoint")},
      [](std::span<const array> in, const attributes& at) {
        const array &a = only(takes::real, "solve", in[0]), &b = only(takes::real, "solve", in[1]);
        require_alike("solve", a, b);
        require_rows("solve", a, b);
        return std::vector<array>{tendril::solve(at.get_bool("adjoint") ? tendril::matrix_transpose(a) : a, b)};
      },
      "the solution of systems of equations", 2);
  return op;
}

}  // namespace

Tensor det(const arg& input) { return record(record_of(op_id::det), {input.get()}, {}, input.where(), reals()); }
std::pair<Tensor, Tensor> slogdet(const arg& input) {
  std::vector<array> made = apply(record_of(op_id::slogdet), std::vector<operand>{input.get()}, {}, &reals(), input.where());
  return {Tensor(std::move(made[0])), Tensor(std::move(made[1]))};
}
Tensor inv(const arg& input, const adjoint_options& o) {
  const Tensor made = record(record_of(op_id::inv), {input.get()}, {{"check", true}}, input.where(), reals());
  return o.adjoint ? linalg::matrix_transpose(arg(made, input.where())) : made;
}
Tensor cholesky(const arg& input) {
  return record(record_of(op_id::cholesky), {input.get()}, {{"upper", false}, {"check", false}}, input.where(), reals());
}
Tensor solve(const arg& matrix, const arg& rhs, const adjoint_options& o) {
  return record(solve_record(), {matrix.get(), rhs.get()}, {{"adjoint", o.adjoint}}, matrix.where(), reals());
}

}  // namespace linalg

namespace {

// The last axis of the indices holds a place: an index for each of the first axes.
array put(const char* op, const array& x, const array& indices, const array& updates, bool add) {
  require_alike(op, x, updates);
  if (kind_of(indices.dtype()) != dtype_kind::integer || !is_signed(indices.dtype()))
    throw dtype_error(
        format_text("[{}] tensorflow does not take this dtype: got indices of {}, expected int32 or int64. Cast with tf::cast.", op,
                    name_of(indices.dtype())));
  const std::int64_t depth = indices.ndim() ? indices.shape(-1) : 0;
  std::vector<std::int64_t> wide;
  for (int i = 0; i + 1 < indices.ndim(); ++i) wide.push_back(indices.shape(i));
  for (std::int64_t i = depth; i < x.ndim(); ++i) wide.push_back(x.shape(i));
  if (depth < 1 || depth > x.ndim() || updates.shape() != extents(wide.begin(), wide.end()))
    throw shape_error(
        format_text("[{}] the operands do not fit: got indices {} and updates {} for {}, expected a place in each row of the "
                    "indices, and an update for each. Reshape one.",
                    op, spelled(indices), spelled(updates), spelled(x)));
  std::vector<array> places;
  for (std::int64_t k = 0; k < depth; ++k) places.push_back(astype(getitem(indices, {index_item(ellipsis), index_item(k)}), dtype::int64));
  return put_at(op, x, places, updates, add, false);
}

const op_record& scatter_nd_record() {
  static const op_record& op = composed(
      "tensorflow.scatter_nd", {attribute_of("shape", true, true)},
      [](std::span<const array> in, const attributes& at) {
        return std::vector<array>{put("scatter_nd", tendril::zeros(at.get_ints("shape"), {.dtype = in[1].dtype()}), in[0], in[1], true)};
      },
      "zeros with updates, added up at these places", 2);
  return op;
}
const op_record& tensor_scatter_record() {
  static const op_record& op = composed(
      "tensorflow.tensor_scatter_nd", {attribute_of("add")},
      [](std::span<const array> in, const attributes& at) {
        const char* const add = "tensor_scatter_nd_add";
        if (at.get_bool("add")) return std::vector<array>{put(add, only(takes::number, add, in[0]), in[1], in[2], true)};
        return std::vector<array>{put("tensor_scatter_nd_update", in[0], in[1], in[2], false)};
      },
      "a tensor with updates at these places", 3);
  return op;
}
// The rows of one segment after the other, each among those of all: what has another number counts as `neutral`.
array of_segments(const array& data, const array& place, std::int64_t n, const std::string& how) {
  const dtype d = data.dtype();
  const bool largest = how == "max";
  std::vector<std::int64_t> rows{1, place.size()}, numbers{1, place.size()}, segments{n, 1};
  for (std::int64_t i = place.ndim(); i < data.ndim(); ++i) {
    rows.push_back(data.shape(i));
    numbers.push_back(1);
    segments.push_back(1);
  }
  const double most = d == dtype::float32 ? std::numeric_limits<float>::max() : std::numeric_limits<double>::max();
  const bool real = kind_of(d) == dtype_kind::real;
  const scalar end = real      ? scalar(largest ? -most : most)
                     : largest ? scalar(tendril::detail::range_of(d).low)
                               : scalar(tendril::detail::range_of(d).high);
  const array neutral = tendril::full({}, how == "prod" ? (real ? scalar(1.0) : scalar(1)) : end, {.dtype = d});
  if (place.size() == 0) {
    std::vector<std::int64_t> shape{n};
    shape.insert(shape.end(), rows.begin() + 2, rows.end());
    return broadcast_to(neutral, shape);
  }
  const array own = where(equal(reshape(place, numbers), reshape(tendril::arange(n), segments)), reshape(data, rows), neutral);
  if (how == "prod") return tendril::prod(own, {.axis = 1, .dtype = d});
  return largest ? tendril::max(own, {.axis = 1}) : tendril::min(own, {.axis = 1});
}
// What has a negative number goes to one more segment, which is left out.
array segments(const array& given, const array& numbers, std::int64_t n, const std::string& how) {
  const std::string op = "unsorted_segment_" + how;
  const array &data = only(how == "sqrt_n" ? takes::real : takes::number, op, given), ids = astype(numbers, dtype::int64);
  bool fits = (numbers.dtype() == dtype::int32 || numbers.dtype() == dtype::int64) && ids.ndim() <= data.ndim() && n >= 0;
  for (int i = 0; fits && i < ids.ndim(); ++i) fits = ids.shape(i) == data.shape(i);
  if (!fits)
    throw shape_error(format_text(
        "[{}] data and segment_ids do not fit: got {} and {} for {} segments, expected int32 or int64, one for each of the first axes of "
        "data. Reshape one.",
        op, spelled(data), spelled(numbers), n));
  const array rest = checked(subtract(n - 1, ids), bad::negative,
                             format_text("[{}] a segment id is out of range: got {{}} segments after it, expected 0 or more. Pass a larger "
                                         "num_segments.",
                                         op),
                             true);
  const array place = where(less(ids, 0), n, subtract(n - 1, rest));
  if (how == "prod" || how == "max" || how == "min") return of_segments(data, place, n, how);
  const auto added = [&](const array& x, std::int64_t rank) {
    std::vector<std::int64_t> shape{n + 1};
    for (std::int64_t i = ids.ndim(); i < rank; ++i) shape.push_back(x.shape(i));
    return getitem(put_at(op.c_str(), tendril::zeros(shape, {.dtype = x.dtype()}), std::span(&place, 1), x, true, false),
                   {index_item(tendril::slice(0, n))});
  };
  const array sums = added(data, data.ndim());
  if (how == "sum") return sums;
  const dtype d = is_real(data) ? data.dtype() : data.dtype() == dtype::uint8 ? dtype::float32 : dtype::float64;
  std::vector<std::int64_t> column{n};
  column.insert(column.end(), static_cast<std::size_t>(data.ndim() - ids.ndim()), 1);
  const array counts = maximum(added(tendril::ones(axes(extents_of(ids)), {.dtype = d}), ids.ndim()), 1.0);
  return divide(astype(sums, d), reshape(how == "mean" ? counts : sqrt(counts), column));
}
const op_record& segment_record() {
  static const op_record& op = composed(
      "tensorflow.unsorted_segment", {attribute_of("how"), attribute_of("num_segments")},
      [](std::span<const array> in, const attributes& at) {
        return std::vector<array>{segments(in[0], in[1], at.get_int("num_segments"), at.get_string("how"))};
      },
      "what becomes of all that has one number", 2);
  return op;
}

}  // namespace

Tensor scatter_nd(const arg& indices, const arg& updates, const axes& shape) {
  return two(scatter_nd_record(), indices, updates, {{"shape", listed(shape)}});
}
Tensor tensor_scatter_nd_update(const arg& tensor, const arg& indices, const arg& updates) {
  return record(tensor_scatter_record(), {tensor.get(), indices.get(), updates.get()}, {{"add", false}}, tensor.where(), promotion);
}
Tensor tensor_scatter_nd_add(const arg& tensor, const arg& indices, const arg& updates) {
  return record(tensor_scatter_record(), {tensor.get(), indices.get(), updates.get()}, {{"add", true}}, tensor.where(), promotion);
}
namespace math {
#define SEGMENTS(how)                                                                                             \
  Tensor unsorted_segment_##how(const arg& data, const arg& segment_ids, std::int64_t num_segments) {             \
    return two(segment_record(), data, segment_ids, {{"how", #how}, {"num_segments", num_segments}}, takes::any); \
  }
SEGMENTS(sum)
SEGMENTS(prod)
SEGMENTS(max)
SEGMENTS(min)
SEGMENTS(mean)
SEGMENTS(sqrt_n)
#undef SEGMENTS
}  // namespace math
}  // namespace tendril::frontends::tensorflow
