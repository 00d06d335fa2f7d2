// Ops that move elements (views made real, concat, roll) and ops that make them (arange, eye), on whole arrays.
#include <algorithm>

#include <tendril/detail/op_id.hpp>

#include "backends/xtensor/whole.hpp"
#include "ops/literals.hpp"
#include "ops/view_ops.hpp"

namespace tendril::detail::TENDRIL_XTENSOR_NAMESPACE {
namespace {

std::span<const std::int64_t> shape_of(const array_view& v) { return {v.shape, static_cast<std::size_t>(v.rank)}; }

template <op_id Op, class T>
void view(const array_view* out, const array_view* in, int, const attributes& attrs) {
  if (out->size() == 0) return;
  array_view from;
  engine::view_of(Op, attrs, *in, shape_of(*out), from);
  copy_elements<T>(*out, from);
}

/// The elements in row-major order: in place, or packed in `room`.
template <class T>
T* row_major_elements(const array_view& v, buffer<T>& room) {
  copy_elements<T>(packed_like(room.data(), v), v);
  return room.data();
}

template <class T>
void reshape(const array_view* out, const array_view* in, int, const attributes&) {
  if (out->size() == 0) return;
  array_view from = packed_like(in->data, *in);
  if (std::equal(in->strides, in->strides + in->rank, from.strides)) {
    copy_elements<T>(*out, packed_like(in->data, *out));
    return;
  }
  buffer<T> room(static_cast<std::size_t>(in->size()));
  copy_elements<T>(*out, packed_like(row_major_elements(*in, room), *out));
}

template <class T>
void concat(const array_view* out, const array_view* in, int inputs, const attributes& attrs) {
  const bool flat = !attrs.has("axis");
  const auto axis = flat ? 0 : normalize_axis("concat", attrs.get_int("axis"), out->rank);
  std::int64_t at = 0;
  for (int i = 0; i < inputs; ++i) {
    array_view part = *out;
    part.data = engine::element_at(*out, at * out->strides[axis]);
    if (flat) {
      part = packed_like(part.data, in[i]);
      part.dtype = out->dtype;
      for (int k = 0; k < part.rank; ++k) part.strides[k] *= out->strides[0];
    } else {
      part.shape[axis] = in[i].shape[axis];
    }
    at += flat ? in[i].size() : in[i].shape[axis];
    if (in[i].size() != 0) copy_elements<T>(part, in[i]);
  }
}

/// Copies `in` to `out` with the elements of each axis from `axis` on moved up by `shift[axis]`, which is within [0, extent).
template <class T>
void roll_axes(array_view out, array_view in, const std::int64_t* shift, int axis) {
  while (axis < in.rank && shift[axis] == 0) ++axis;
  if (axis == in.rank) return copy_elements<T>(out, in);
  const std::int64_t extent = in.shape[axis], wrapped = shift[axis];
  array_view to = out, from = in;
  to.shape[axis] = from.shape[axis] = extent - wrapped;
  to.data = engine::element_at(out, wrapped * out.strides[axis]);
  roll_axes<T>(to, from, shift, axis + 1);
  to = out, from = in;
  to.shape[axis] = from.shape[axis] = wrapped;
  from.data = engine::element_at(in, (extent - wrapped) * in.strides[axis]);
  roll_axes<T>(to, from, shift, axis + 1);
}

template <class T>
void roll(const array_view* out, const array_view* in, int, const attributes& attrs) {
  const std::int64_t n = in->size();
  if (n == 0) return;
  const auto within = [](std::int64_t shift, std::int64_t extent) { return (shift % extent + extent) % extent; };
  const auto shifts = integers_of(attrs, "shift");
  std::int64_t total[max_rank] = {};
  if (attrs.has("axis")) {
    const auto axes = integers_of(attrs, "axis");
    const std::size_t count = axes.empty() || shifts.empty() ? 0 : std::max(axes.size(), shifts.size());
    for (std::size_t i = 0; i < count; ++i) {
      const auto axis = normalize_axis("roll", axes[axes.size() == 1 ? 0 : i], in->rank);
      total[axis] = within(total[axis] + within(shifts[shifts.size() == 1 ? 0 : i], in->shape[axis]), in->shape[axis]);
    }
    return roll_axes<T>(*out, *in, total, 0);
  }
  for (const std::int64_t shift : shifts) total[0] = within(total[0] + within(shift, n), n);
  buffer<T> room(static_cast<std::size_t>(n)), rolled(static_cast<std::size_t>(n));
  array_view from = *in;
  from.rank = 1;
  from.shape[0] = n;
  from.data = row_major_elements(*in, room);
  from = packed_like(from.data, from);
  roll_axes<T>(packed_like(rolled.data(), from), from, total, 0);
  copy_elements<T>(*out, packed_like(rolled.data(), *out));
}

template <class T>
void arange(const array_view* out, const array_view*, int, const attributes& attrs) {
  if (out->size() == 0) return;
  const scalar start = attrs.get_scalar("start"), step = attrs.get_scalar("step");
  const auto n = static_cast<std::size_t>(out->shape[0]);
  const bool whole = start.kind() != dtype_kind::real && step.kind() != dtype_kind::real;
  if (whole && std::is_floating_point_v<T>) {  // rounded once
    const wide_integer first = wide(start), by = wide(step);
    for (std::int64_t i = 0; i < out->shape[0]; ++i) static_cast<T*>(out->data)[i * out->strides[0]] = detail::convert<T>(first + i * by);
  } else if (whole) {
    using U = std::uint64_t;
    const auto values = point(static_cast<U>(start.integer())) + point(static_cast<U>(step.integer())) * xt::arange<U>(n);
    convert<T, U>(assign_grid{}, grid<T>(*out), values);
  } else {
    const auto values = point(start.real()) + point(step.real()) * xt::arange<double>(static_cast<double>(n));
    convert<T, double>(assign_grid{}, grid<T>(*out), values);
  }
}

template <class T>
void eye(const array_view* out, const array_view*, int, const attributes& attrs) {
  if (out->size() == 0) return;
  const std::int64_t k = attrs.get_int("k");
  // (The shape of an xt::eye is on the heap.)
  for (std::int64_t i = 0; i < out->shape[0]; ++i)
    for (std::int64_t j = 0; j < out->shape[1]; ++j)
      static_cast<T*>(out->data)[i * out->strides[0] + j * out->strides[1]] = detail::convert<T>(j - i == k);
}

template <class T>
void add(engine::whole_table& table) {
  const auto set = [&](op_id op, engine::whole_kernel kernel) { entry(table, op, dtype_of<T>) = kernel; };
  set(op_id::matrix_transpose, view<op_id::matrix_transpose, T>);
  set(op_id::permute_dims, view<op_id::permute_dims, T>);
  set(op_id::broadcast_to, view<op_id::broadcast_to, T>);
  set(op_id::expand_dims, view<op_id::expand_dims, T>);
  set(op_id::squeeze, view<op_id::squeeze, T>);
  set(op_id::flip, view<op_id::flip, T>);
  set(op_id::getitem, view<op_id::getitem, T>);
  set(op_id::reshape, reshape<T>);
  set(op_id::concat, concat<T>);
  set(op_id::roll, roll<T>);
  set(op_id::eye, eye<T>);
  if constexpr (!std::is_same_v<T, bool>) set(op_id::arange, arange<T>);
}

}  // namespace

void add_shape_ops(engine::whole_table& table) {
  for_each_dtype([&table]<class T>(T) { add<T>(table); });
}

}  // namespace tendril::detail::TENDRIL_XTENSOR_NAMESPACE
