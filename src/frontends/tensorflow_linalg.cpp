// tf.linalg: determinants, inverses, systems of equations, Cholesky's triangles; and tf.scatter_nd with its like.
#include <tendril/detail/op_id.hpp>

#include "array/format.hpp"
#include "frontends/tensorflow_ops.hpp"

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
// What has a negative number goes to one more segment, which is left out.
const op_record& segment_sum_record() {
  static const op_record& op = composed(
      "tensorflow.unsorted_segment_sum", {attribute_of("num_segments")},
      [](std::span<const array> in, const attributes& at) {
        const array &data = only(takes::number, "unsorted_segment_sum", in[0]), ids = astype(in[1], dtype::int64);
        const std::int64_t n = at.get_int("num_segments");
        bool fits = kind_of(in[1].dtype()) == dtype_kind::integer && ids.ndim() <= data.ndim() && n >= 0;
        for (int i = 0; fits && i < ids.ndim(); ++i) fits = ids.shape(i) == data.shape(i);
        if (!fits)
          throw shape_error(format_text(
              "[unsorted_segment_sum] data and segment_ids do not fit: got {} and {} for {} segments, expected integers, one for "
              "each of the first axes of data. Reshape one.",
              spelled(data), spelled(in[1]), n));
        std::vector<std::int64_t> shape{n + 1};
        for (std::int64_t i = ids.ndim(); i < data.ndim(); ++i) shape.push_back(data.shape(i));
        const array rest = checked(subtract(n - 1, ids), bad::negative,
                                   "[unsorted_segment_sum] a segment id is out of range: got {} segments after it, expected 0 or more. "
                                   "Pass a larger num_segments.",
                                   true);
        const std::vector<array> place{where(less(ids, 0), n, subtract(n - 1, rest))};
        const array sums = put_at("unsorted_segment_sum", tendril::zeros(shape, {.dtype = data.dtype()}), place, data, true, false);
        return std::vector<array>{getitem(sums, {index_item(tendril::slice(0, n))})};
      },
      "the sums of what has one number", 2);
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
Tensor unsorted_segment_sum(const arg& data, const arg& segment_ids, std::int64_t num_segments) {
  return two(segment_sum_record(), data, segment_ids, {{"num_segments", num_segments}}, takes::any);
}
}  // namespace math
}  // namespace tendril::frontends::tensorflow
