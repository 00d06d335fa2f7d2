// Strided views: broadcast, row-major, and what memory they share.
#include "array/views.hpp"

#include <algorithm>
#include <cstdlib>

namespace tendril::engine {
array_view broadcast_view(const array_view& in, std::span<const std::int64_t> shape) {
  array_view out;
  out.data = in.data;
  out.dtype = in.dtype;
  out.rank = static_cast<int>(shape.size());
  const int lead = out.rank - in.rank;
  for (int i = 0; i < out.rank; ++i) {
    out.shape[i] = shape[static_cast<std::size_t>(i)];
    out.strides[i] = i < lead || (in.shape[i - lead] == 1 && out.shape[i] != 1) ? 0 : in.strides[i - lead];
  }
  return out;
}

void lay_row_major(array_view& v, void* data, dtype dt, std::span<const std::int64_t> shape) {
  v.data = data;
  v.dtype = dt;
  v.rank = static_cast<int>(shape.size());
  std::int64_t stride = 1;
  for (int i = v.rank - 1; i >= 0; --i) {
    v.shape[i] = shape[static_cast<std::size_t>(i)];
    v.strides[i] = stride;
    stride *= std::max<std::int64_t>(v.shape[i], 1);
  }
}

array_view row_major(void* data, dtype dt, std::span<const std::int64_t> shape) {
  array_view v;
  lay_row_major(v, data, dt, shape);
  return v;
}

byte_span::byte_span(const array_view& v) noexcept : begin(static_cast<const char*>(v.data)), end(begin) {
  const auto bytes = static_cast<std::int64_t>(size_of(v.dtype));
  if (v.size() == 0) return;
  for (int i = 0; i < v.rank; ++i) (v.strides[i] < 0 ? begin : end) += bytes * v.strides[i] * (v.shape[i] - 1);
  end += bytes;
}

bool overlap(const array_view& a, const array_view& b) noexcept { return byte_span(a).meets(byte_span(b)); }

namespace {

// Whether integers k with 0 <= k[i] <= most[i] give lo <= sum(k[i] * stride[i]) <= hi. Strides fall, so that few k are tried at each.
class reachable {
 public:
  void add(std::int64_t stride, std::int64_t most) {
    term* const end = terms_ + count_;
    term* const at = std::find_if(terms_, end, [&](const term& t) { return t.stride <= stride; });
    if (at != end && at->stride == stride) {
      at->most += most;
      return;
    }
    std::copy_backward(at, end, end + 1);
    *at = {stride, most};
    ++count_;
  }
  bool some(std::int64_t lo, std::int64_t hi, std::size_t i = 0) {
    if (i == count_) return lo <= 0 && hi >= 0;
    std::int64_t rest = 0;
    for (std::size_t k = i + 1; k < count_; ++k) rest += terms_[k].stride * terms_[k].most;
    const auto [stride, most] = terms_[i];
    for (std::int64_t k = std::max<std::int64_t>(0, (lo - rest + stride - 1) / stride); k <= std::min(most, hi / stride) && hi >= 0; ++k)
      if (++tried_ > 10000 || some(lo - k * stride, hi - k * stride, i + 1)) return true;
    return false;
  }

 private:
  struct term {
    std::int64_t stride, most;
  };
  term terms_[2 * max_rank];
  std::size_t count_ = 0;
  int tried_ = 0;
};

}  // namespace

bool share_elements(const array_view& a, const array_view& b) {
  if (!overlap(a, b)) return false;
  // Bytes p of an element of `a` and q of one of `b` with p - q between -size_a and size_b: the strides of `b` count backwards from its
  // end.
  reachable sums;
  const auto add = [&](const array_view& v) {
    for (int i = 0; i < v.rank; ++i)
      if (v.shape[i] > 1 && v.strides[i] != 0)
        sums.add(std::abs(v.strides[i]) * static_cast<std::int64_t>(size_of(v.dtype)), v.shape[i] - 1);
  };
  add(a);
  add(b);
  const auto size_a = static_cast<std::int64_t>(size_of(a.dtype)), size_b = static_cast<std::int64_t>(size_of(b.dtype));
  const std::int64_t apart = byte_span(b).end - size_b - byte_span(a).begin;
  return sums.some(apart - size_a + 1, apart + size_b - 1);
}

bool overlaps_itself(const array_view& v) {
  if (v.size() < 2) return false;
  struct axis {
    std::int64_t stride, most;
  };
  axis axes[max_rank];
  int count = 0;
  for (int i = 0; i < v.rank; ++i)
    if (v.shape[i] > 1) axes[count++] = {std::abs(v.strides[i]), v.shape[i] - 1};
  std::sort(axes, axes + count, [](const axis& a, const axis& b) { return a.stride < b.stride; });
  if (axes[0].stride == 0) return true;
  // Each axis steps over all that those before it reach: so it is of whatever comes of an array by slicing and turning.
  std::int64_t reach = 0;
  bool nested = true;
  for (int i = 0; i < count; reach += axes[i].stride * axes[i].most, ++i) nested = nested && axes[i].stride > reach;
  if (nested) return false;
  // Else: do differences of indices, the last that is not 0 being positive, add up to 0?
  for (int i = 0; i < count; ++i) {
    reachable sums;
    std::int64_t offset = -axes[i].stride;
    if (axes[i].most > 1) sums.add(axes[i].stride, axes[i].most - 1);
    for (int k = 0; k < i; ++k) {
      sums.add(axes[k].stride, 2 * axes[k].most);
      offset += axes[k].stride * axes[k].most;
    }
    if (sums.some(offset, offset)) return true;
  }
  return false;
}

bool same_memory(const array_view& a, const array_view& b) noexcept {
  if (a.data != b.data || a.dtype != b.dtype || a.rank != b.rank) return false;
  for (int i = 0; i < a.rank; ++i)
    if (a.shape[i] != b.shape[i] || (a.shape[i] != 1 && a.strides[i] != b.strides[i])) return false;
  return true;
}

}  // namespace tendril::engine
