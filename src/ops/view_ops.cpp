// What view ops do to a strided view.
#include "ops/view_ops.hpp"

#include <algorithm>

#include <tendril/detail/op_id.hpp>

#include "array/views.hpp"
#include "ops/axes.hpp"
#include "ops/indexing.hpp"
#include "ops/op_table.hpp"

namespace tendril::engine {
namespace {

void push(array_view& v, std::int64_t extent, std::int64_t stride) {
  v.shape[v.rank] = extent;
  v.strides[v.rank++] = stride;
}

// NumPy's rule: each run of new axes must split one run of old axes that lie contiguous in each other.
bool reshape_view(const array_view& in, std::span<const std::int64_t> shape, array_view& out) {
  array_view old = in;  // without its extents of 1
  old.rank = 0;
  for (int i = 0; i < in.rank; ++i)
    if (in.shape[i] != 1) push(old, in.shape[i], in.strides[i]);
  out = in;
  out.rank = static_cast<int>(shape.size());
  std::copy(shape.begin(), shape.end(), out.shape);
  if (in.size() == 0) {
    std::int64_t stride = 1;
    for (int i = out.rank - 1; i >= 0; --i) {
      out.strides[i] = stride;
      stride *= std::max<std::int64_t>(out.shape[i], 1);
    }
    return true;
  }
  int o = 0, n = 0;
  while (o < old.rank && n < out.rank) {
    std::int64_t po = old.shape[o], pn = out.shape[n];
    const int n0 = n;
    while (po != pn) {
      if (pn < po) {
        pn *= out.shape[++n];
        continue;
      }
      ++o;
      if (old.strides[o - 1] != old.shape[o] * old.strides[o]) return false;
      po *= old.shape[o];
    }
    std::int64_t stride = old.strides[o];
    for (int k = n; k >= n0; --k) {
      out.strides[k] = stride;
      stride *= out.shape[k];
    }
    ++o;
    ++n;
  }
  for (; n < out.rank; ++n) out.strides[n] = 1;  // extents of 1
  return true;
}

}  // namespace

bool view_of(op_id op, const attributes& at, const array_view& in, std::span<const std::int64_t> out_shape, array_view& out) {
  out.data = in.data;
  out.dtype = in.dtype;
  out.rank = 0;
  char* data = static_cast<char*>(in.data);
  const auto bytes = static_cast<std::int64_t>(size_of(in.dtype));
  switch (op) {
    case op_id::matrix_transpose:
      out = in;
      std::swap(out.shape[in.rank - 1], out.shape[in.rank - 2]);
      std::swap(out.strides[in.rank - 1], out.strides[in.rank - 2]);
      return true;
    case op_id::permute_dims:
      for (std::int64_t a : detail::axes_from(detail::integers_of(at, "axes"), in.rank)) push(out, in.shape[a], in.strides[a]);
      return true;
    case op_id::broadcast_to: out = broadcast_view(in, out_shape); return true;
    case op_id::expand_dims: {
      const auto where = detail::integers_of(at, "axis");
      const detail::axis_list places = detail::axes_from(where, in.rank + static_cast<int>(where.size()));
      int k = 0;
      for (std::int64_t i = 0; i < static_cast<std::int64_t>(out_shape.size()); ++i)
        if (places.contains(i)) push(out, 1, 0);
        else push(out, in.shape[k], in.strides[k]), ++k;
      return true;
    }
    case op_id::squeeze: {
      const detail::axis_list gone = detail::axes_from(detail::integers_of(at, "axis"), in.rank);
      for (int i = 0; i < in.rank; ++i)
        if (!gone.contains(i)) push(out, in.shape[i], in.strides[i]);
      return true;
    }
    case op_id::flip:
      out = in;
      for (std::int64_t a : detail::axes_of(at, in.rank)) {
        if (in.shape[a] == 0) continue;
        data += bytes * in.strides[a] * (in.shape[a] - 1);
        out.strides[a] = -in.strides[a];
      }
      out.data = data;
      return true;
    case op_id::getitem: {
      int axis = 0;
      const auto& key = std::get<std::vector<index_item>>(at.find("key")->value);
      const auto names = [](const index_item& i) { return i.what == index_item::form::integer || i.what == index_item::form::range; };
      const auto whole = in.rank - std::count_if(key.begin(), key.end(), names);  // axes that no item names
      const auto take_whole = [&] {
        for (std::ptrdiff_t k = 0; k < whole; ++k, ++axis) push(out, in.shape[axis], in.strides[axis]);
      };
      bool dots = false;
      for (const index_item& i : key) {
        if (i.what == index_item::form::dots) {
          dots = true;
          take_whole();
          continue;
        }
        if (i.what == index_item::form::new_axis) {
          push(out, 1, 0);
          continue;
        }
        const std::int64_t n = in.shape[axis], stride = in.strides[axis];
        ++axis;
        if (i.what == index_item::form::integer) {
          data += bytes * stride * (i.integer < 0 ? i.integer + n : i.integer);
          continue;
        }
        const auto s = detail::resolve(i.range, n);
        if (s.count > 0) data += bytes * stride * s.start;
        push(out, s.count, stride * s.step);
      }
      if (!dots) take_whole();
      out.data = data;
      return true;
    }
    case op_id::reshape: return !at.get_bool("copy") && reshape_view(in, out_shape, out);
    default: return false;
  }
}

bool as_copy(op_id op, const attributes& at, const array_view& out, const array_view& in, array_view& to, array_view& from) {
  const std::span<const std::int64_t> made(out.shape, static_cast<std::size_t>(out.rank)),
      given(in.shape, static_cast<std::size_t>(in.rank));
  to = out;
  if (op != op_id::reshape) return view_of(op, at, in, made, from);
  if (reshape_view(in, made, from)) return true;
  from = in;
  return reshape_view(out, given, to);
}

}  // namespace tendril::engine
