// Elementwise ops on whole arrays of integers and bool, and astype.
#include "backends/xtensor/whole_elementwise.hpp"

namespace tendril::detail::TENDRIL_XTENSOR_NAMESPACE {
namespace {

template <class From, class To>
void convert_whole(array_view* v) {
  const int last = v[0].rank - 1;
  if (last >= 0 && (v[0].strides[last] != 1 || v[1].strides[last] != 1)) {
    convert<To, From>(assign_grid{}, grid<To>(v[0]), grid<const From>(v[1]));
    return;
  }
  const std::size_t n = last < 0 ? 1 : static_cast<std::size_t>(v[0].shape[last]);
  odometer rows(v, 2, last < 0 ? 0 : 1);
  do convert<To, From>(assign_line{}, line(static_cast<To*>(v[0].data), n), line(static_cast<const From*>(v[1].data), n));
  while (rows.next());
}

template <class From>
void astype(const array_view* out, const array_view* in, int, const attributes&) {
  array_view v[2] = {*out, *in};
  if (!simplify(v, 2)) return;
  switch (out->dtype) {
#define X(name, type, text, kind) \
  case dtype::name: return convert_whole<From, type>(v);
    TENDRIL_DTYPES(X)
#undef X
    case dtype::unknown: return;
  }
}

}  // namespace

void add_other_elementwise(engine::whole_table& table) {
  add_whole_rows<bool>(table);
  add_whole_rows<std::int32_t>(table);
  add_whole_rows<std::int64_t>(table);
#define X(name, type, text, kind) entry(table, op_id::astype, dtype::name) = astype<type>;
  TENDRIL_DTYPES(X)
#undef X
}

}  // namespace tendril::detail::TENDRIL_XTENSOR_NAMESPACE
