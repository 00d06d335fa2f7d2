// Whole-array kernels that move elements or make them.
#include <algorithm>
#include <optional>

#include <tendril/detail/op_id.hpp>
#include <tendril/detail/with_dtype.hpp>

#include "array/arena.hpp"
#include "array/convert.hpp"
#include "array/views.hpp"
#include "backends/eigen/whole.hpp"
#include "backends/shared/strided.hpp"
#include "ops/axes.hpp"
#include "ops/literals.hpp"
#include "ops/view_ops.hpp"

namespace tendril::detail {
namespace {

std::size_t bytes_of(const array_view& v) { return static_cast<std::size_t>(v.size()) * size_of(v.dtype); }

// ---- views, as copies
template <op_id Op>
void view_copy(const array_view* out, const array_view* in, int, const attributes& attrs) {
  if (out->size() == 0) return;
  array_view to, from;
  if (engine::as_copy(Op, attrs, *out, *in, to, from)) return copy_strided(to, from);
  const engine::workspace memory(bytes_of(*in));  // neither can be seen in the shape of the other
  const array_view dense = dense_like(memory.data(), *in);
  copy_strided(dense, *in);
  if (engine::as_copy(Op, attrs, *out, dense, to, from)) copy_strided(to, from);
}

// ---- concat, roll
array_view part_of(const array_view& v, int axis, std::int64_t from, std::int64_t count) {
  array_view p = v;
  p.data = engine::element_at(v, from * v.strides[axis]);
  p.shape[axis] = count;
  return p;
}

void concat(const array_view* out, const array_view* in, int inputs, const attributes& attrs) {
  if (out->size() == 0) return;
  std::int64_t at = 0;
  if (attrs.has("axis")) {
    const int axis = static_cast<int>(normalize_axis("concat", attrs.get_int("axis"), out->rank));
    for (int i = 0; i < inputs; ++i) {
      copy_strided(part_of(*out, axis, at, in[i].shape[axis]), in[i]);
      at += in[i].shape[axis];
    }
    return;
  }
  for (int i = 0; i < inputs; ++i) {  // flattened: the run of the result takes the input's shape
    array_view run = dense_like(engine::element_at(*out, at * out->strides[0]), in[i]);
    for (int k = 0; k < run.rank; ++k) run.strides[k] *= out->strides[0];
    copy_strided(run, in[i]);
    at += in[i].size();
  }
}

// Copies with the elements moved by shift[k] along axes[k]: two parts an axis.
void roll_axes(array_view out, array_view in, const std::int64_t* axes, const std::int64_t* shifts, std::size_t n) {
  if (n == 0) return copy_strided(out, in);
  const int axis = static_cast<int>(*axes);
  const std::int64_t extent = in.shape[axis], by = ((*shifts % extent) + extent) % extent;
  roll_axes(part_of(out, axis, by, extent - by), part_of(in, axis, 0, extent - by), axes + 1, shifts + 1, n - 1);
  if (by) roll_axes(part_of(out, axis, 0, by), part_of(in, axis, extent - by, by), axes + 1, shifts + 1, n - 1);
}

array_view flat(const array_view& dense) {
  array_view v = dense;
  v.rank = 1;
  v.shape[0] = dense.size();
  v.strides[0] = 1;
  return v;
}

void roll(const array_view* out, const array_view* in, int, const attributes& attrs) {
  if (out->size() == 0) return;
  const auto shift = integers_of(attrs, "shift");
  if (attrs.has("axis")) {
    const auto axis = integers_of(attrs, "axis");
    std::int64_t total[max_rank] = {}, all[max_rank];
    const std::size_t n = axis.empty() || shift.empty() ? 0 : std::max(axis.size(), shift.size());
    for (std::size_t i = 0; i < n; ++i) {  // one axis with several shifts and one shift along several axes broadcast; repeated axes add up
      const auto a = static_cast<int>(normalize_axis("roll", axis[axis.size() == 1 ? 0 : i], in->rank));
      total[a] = (total[a] + shift[shift.size() == 1 ? 0 : i] % in->shape[a]) % in->shape[a];
    }
    for (int i = 0; i < in->rank; ++i) all[i] = i;
    return roll_axes(*out, *in, all, total, static_cast<std::size_t>(in->rank));
  }
  std::optional<engine::workspace> from, to;
  array_view a = *in, b = *out;
  if (!is_dense(a)) {
    a = dense_like(from.emplace(bytes_of(a)).data(), a);
    copy_strided(a, *in);
  }
  if (!is_dense(b)) { b = dense_like(to.emplace(bytes_of(b)).data(), b); }
  const std::int64_t zero = 0;
  std::int64_t by = 0;
  for (const std::int64_t s : shift) by = (by + s % in->size()) % in->size();
  roll_axes(flat(b), flat(a), &zero, &by, 1);
  if (to) copy_strided(*out, b);
}

// ---- creation
template <class T>
void arange_as(const array_view& out, const scalar& start, const scalar& step) {
  T* p = static_cast<T*>(out.data);
  const bool whole = start.kind() != dtype_kind::real && step.kind() != dtype_kind::real;
  for (std::int64_t i = 0; i < out.shape[0]; ++i) {
    T& to = p[i * out.strides[0]];
    if (whole) to = convert<T>(detail::wide(start) + i * detail::wide(step));  // reals are rounded once
    else to = convert<T>(start.real() + static_cast<double>(i) * step.real());
  }
}

template <class T>
void eye_as(const array_view& out, std::int64_t k) {
  T* p = static_cast<T*>(out.data);
  for (std::int64_t i = 0; i < out.shape[0]; ++i)
    for (std::int64_t j = 0; j < out.shape[1]; ++j) p[i * out.strides[0] + j * out.strides[1]] = convert<T>(j - i == k);
}

void arange(const array_view* out, const array_view*, int, const attributes& attrs) {
  const scalar start = attrs.get_scalar("start"), step = attrs.get_scalar("step");
  with_dtype(out->dtype, [&]<class T>(T) { arange_as<T>(*out, start, step); });
}

void eye(const array_view* out, const array_view*, int, const attributes& attrs) {
  with_dtype(out->dtype, [&]<class T>(T) { eye_as<T>(*out, attrs.get_int("k")); });
}

}  // namespace

void add_shape_kernels(engine::whole_table& t) {
  const auto set = [&](op_id op, engine::whole_kernel k) { set_kernel(t, op, k); };
  set(op_id::reshape, &view_copy<op_id::reshape>);
  set(op_id::permute_dims, &view_copy<op_id::permute_dims>);
  set(op_id::broadcast_to, &view_copy<op_id::broadcast_to>);
  set(op_id::expand_dims, &view_copy<op_id::expand_dims>);
  set(op_id::squeeze, &view_copy<op_id::squeeze>);
  set(op_id::flip, &view_copy<op_id::flip>);
  set(op_id::getitem, &view_copy<op_id::getitem>);
  set(op_id::matrix_transpose, &view_copy<op_id::matrix_transpose>);
  set(op_id::concat, &concat);
  set(op_id::roll, &roll);
  set(op_id::arange, &arange);
  set(op_id::eye, &eye);
}

}  // namespace tendril::detail
