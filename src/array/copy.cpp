// Copying elements between strided views, converting dtypes as astype does.
#include <cmath>
#include <cstring>
#include <limits>

#include "array/array_impl.hpp"
#include "array/transpose.hpp"
#include "array/views.hpp"

namespace tendril::detail {
namespace {

// Truncation as astype documents it; what does not fit saturates, NaN becomes 0, so that no value is undefined.
template <class To, class From>
To convert(From v) {
  if constexpr (std::is_same_v<To, bool>) return v != From(0);
  else if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
    if (v != v) return 0;
    constexpr From low = static_cast<From>(std::numeric_limits<To>::min()), high = -low;
    if (v < low) return std::numeric_limits<To>::min();
    if (v >= high) return std::numeric_limits<To>::max();
    return static_cast<To>(v);
  } else {
    return static_cast<To>(v);
  }
}

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

template <class From>
void copy_from(const array_view& out, const array_view& in) {
  switch (out.dtype) {
#define X(name, type, text, kind) \
  case dtype::name: return copy_typed<type, From>(out, in);
    TENDRIL_DTYPES(X)
#undef X
    case dtype::unknown: break;
  }
  throw internal_error("[copy] the dtype is unknown");
}

}  // namespace

void copy_elements(const array_view& out, const array_view& in) {
  if (out.size() == 0 || engine::copy_transposed(out, in)) return;
  switch (in.dtype) {
#define X(name, type, text, kind) \
  case dtype::name: return copy_from<type>(out, in);
    TENDRIL_DTYPES(X)
#undef X
    case dtype::unknown: break;
  }
  throw internal_error("[copy] the dtype is unknown");
}

}  // namespace tendril::detail
