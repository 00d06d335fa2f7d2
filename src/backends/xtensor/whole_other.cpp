// Elementwise ops on whole arrays of integers and bool, and astype.
#include "backends/xtensor/whole_elementwise.hpp"

#include <tendril/detail/op_id.hpp>

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
  with_dtype(out->dtype, [&]<class To>(To) { convert_whole<From, To>(v); });
}

}  // namespace

void add_other_elementwise(engine::whole_table& table) {
  for_each_dtype<dtype_kind::boolean, dtype_kind::integer>([&table]<class T>(T) { add_whole_rows<T>(table); });
  for_each_dtype([&table]<class T>(T) { entry(table, op_id::astype, dtype_of<T>) = astype<T>; });
}

}  // namespace tendril::detail::TENDRIL_XTENSOR_NAMESPACE
