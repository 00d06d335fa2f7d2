// Copying elements between strided views, converting dtypes as astype does.
#include <cstring>

#include <tendril/detail/with_dtype.hpp>

#include "array/array_impl.hpp"
#include "array/convert.hpp"
#include "array/transpose.hpp"
#include "array/views.hpp"

namespace tendril::detail {
namespace {

template <class To, class From>
void copy_typed(const array_view& out, const array_view& in) {
  To* to = static_cast<To*>(out.data);
  const From* from = static_cast<const From*>(in.data);
  if (out.rank == 0) {
    *to = convert<To>(*from);
    return;
  }
  const int last = out.rank - 1;
  const std::int64_t n = out.shape[last], so = out.strides[last], si = in.strides[last];
  engine::outer_walk walk;
  do {
    if (std::is_same_v<To, From> && so == 1 && si == 1) std::memcpy(static_cast<void*>(to), from, static_cast<std::size_t>(n) * sizeof(To));
    else
      for (std::int64_t i = 0; i < n; ++i) to[i * so] = convert<To>(from[i * si]);
  } while (walk.next(out, in, to, from, [last](int k) { return k == last; }));
}

}  // namespace

void copy_elements(const array_view& out, const array_view& in) {
  if (out.size() == 0 || engine::copy_transposed(out, in)) return;
  with_dtype(in.dtype, [&]<class From>(From) { with_dtype(out.dtype, [&]<class To>(To) { copy_typed<To, From>(out, in); }); });
}

}  // namespace tendril::detail
