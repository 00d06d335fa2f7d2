// Elementwise ops on whole arrays, for the element types that the including unit names: xtensor's expressions over strided views.
#pragma once
#include <algorithm>

#include <tendril/detail/op_id.hpp>

#include "backends/xtensor/whole.hpp"

namespace tendril::detail::TENDRIL_XTENSOR_NAMESPACE {

template <class T>
inline constexpr T limits[] = {T{}, no_min<T>, no_max<T>};

template <class Row, class T>
struct whole_elementwise {
  using words = spelling<Row, T>;
  static constexpr int count = 1 + static_cast<int>(Row::arity);

  static void kernel(const array_view* out, const array_view* in, int, const attributes&) {
    array_view v[count] = {*out};
    for (int i = 1; i < count; ++i) {
      v[i] = in[i - 1];
      if (v[i].data) continue;
      if constexpr (Row::id == op_id::clip) v[i].data = const_cast<T*>(limits<T> + i - 1);  // an absent bound: one that limits nothing
      v[i].dtype = dtype_of<T>;
      v[i].rank = out->rank;
      std::copy(out->shape, out->shape + out->rank, v[i].shape);
      std::fill(v[i].strides, v[i].strides + out->rank, std::int64_t{0});
    }
    if (simplify(v, count)) run(v, std::make_index_sequence<Row::arity>());
  }

 private:
  template <std::size_t... I>
  static void run(array_view* v, std::index_sequence<I...>) {
    using result = typename words::result;
    const int last = v[0].rank - 1;
    const bool lines = last < 0 || (v[0].strides[last] == 1 && ((v[I + 1].strides[last] == 1) && ...));
    if (!lines) {
      words::evaluate(assign_grid{}, grid<result>(v[0]), grid<const typename words::template operand<I>>(v[I + 1])...);
      return;
    }
    const std::size_t n = last < 0 ? 1 : static_cast<std::size_t>(v[0].shape[last]);
    odometer rows(v, count, last < 0 ? 0 : 1);
    do
      words::evaluate(assign_line{}, line(static_cast<result*>(v[0].data), n),
                      line(static_cast<const typename words::template operand<I>*>(v[I + 1].data), n)...);
    while (rows.next());
  }
};

template <class Row, class T>
void add_whole_elementwise(engine::whole_table& table) {
  if constexpr (has_kernel<Row, T>()) entry(table, Row::id, dtype_of<T>) = whole_elementwise<Row, T>::kernel;
}

template <class T>
void add_whole_rows(engine::whole_table& table) {
#define ELEMENTWISE(name, ...) add_whole_elementwise<name##_row, T>(table);
#include <tendril/ops.def>
}

}  // namespace tendril::detail::TENDRIL_XTENSOR_NAMESPACE
