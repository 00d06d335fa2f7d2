// The block kernels of the xtensor backend. Compiled once per instruction set, which TENDRIL_ISA names: xtensor's own loops over
// contiguous elements, left to the compiler to vectorise. Vector code and its tails run the same correctly rounded instructions,
// transcendental functions are the C library's, so a value never depends on its place in the block.
#include <tuple>

#include <tendril/detail/op_id.hpp>
#include <tendril/detail/with_dtype.hpp>

#include "backends/xtensor/kernels.hpp"
#include "backends/xtensor/tree.hpp"

#ifndef TENDRIL_ISA
#error "Compile this file through tendril_add_isa_kernels: it needs -DTENDRIL_ISA=<name>."
#endif

namespace tendril::detail {
namespace TENDRIL_XTENSOR_NAMESPACE {
namespace {

using engine::block_args;
using engine::block_size;
using engine::block_table;

template <class T>
void fill(T* out, std::size_t n, T value) {
  assign_line{}(line(out, n), point(value));
}

template <class Row, class T>
struct elementwise {
  using words = spelling<Row, T>;
  using result = typename words::result;
  static constexpr unsigned all = (1u << Row::arity) - 1;

  /// Whether there is a loop for each choice of single elements among the operands: where operations are cheap and quick calls count.
  /// Elsewhere single elements are copied to blocks; each loop costs the compiler as much as all the rest of its op.
  static constexpr bool has_loops_of_scalars = std::is_floating_point_v<T> && Row::arity == 2 && !Row::is_inexact;

  static void kernel(const block_args& args) {
    const auto n = static_cast<std::size_t>(args.n);
    const unsigned scalars = args.scalars & all;
    if (scalars == all) {
      run<0>(args, 1, std::make_index_sequence<Row::arity>());
      auto* out = static_cast<result*>(args.out);
      if (n > 1) fill(out + 1, n - 1, *out);
    } else if constexpr (has_loops_of_scalars) {
      choose(args, n, scalars, std::make_integer_sequence<unsigned, all>());
    } else if (scalars == 0) {
      run<0>(args, n, std::make_index_sequence<Row::arity>());
    } else {
      run_copied(args, n, scalars, std::make_index_sequence<Row::arity>());
    }
  }

 private:
  template <std::size_t... I>
  static void run_copied(block_args args, std::size_t n, unsigned scalars, std::index_sequence<I...> operands) {
    std::tuple<std::array<typename words::template operand<I>, block_size>...> copies;
    const auto copy = [&](auto& block, const void*& in, unsigned operand) {
      if ((scalars >> operand & 1) == 0) return;
      fill(block.data(), n, *static_cast<decltype(block.data())>(const_cast<void*>(in)));
      in = block.data();
    };
    (copy(std::get<I>(copies), args.in[I], I), ...);
    run<0>(args, n, operands);
  }
  template <unsigned... Masks>
  static void choose(const block_args& args, std::size_t n, unsigned scalars, std::integer_sequence<unsigned, Masks...>) {
    static_cast<void>(((scalars == Masks && (run<Masks>(args, n, std::make_index_sequence<Row::arity>()), true)) || ...));
  }
  template <unsigned Mask, std::size_t... I>
  static void run(const block_args& args, std::size_t n, std::index_sequence<I...>) {
    words::evaluate(assign_line{}, line(static_cast<result*>(args.out), n), operand<I, (Mask >> I & 1) != 0>(args, n)...);
  }
  template <std::size_t I, bool IsScalar>
  static auto operand(const block_args& args, std::size_t n) {
    const auto* p = static_cast<const typename words::template operand<I>*>(args.in[I]);
    if constexpr (IsScalar) return point(*p);
    else return line(p, n);
  }
};

/// Bounds are mostly numbers, or absent. The other cases go through copies of the scalars, so that there are two loops and not 27.
template <class T>
void clip(const block_args& args) {
  using words = spelling<clip_row, T>;
  const auto n = static_cast<std::size_t>(args.n);
  const T* in[3];
  bool is_scalar[3];
  const T limits[3] = {T{}, no_min<T>, no_max<T>};
  for (int i = 0; i < 3; ++i) {
    is_scalar[i] = args.in[i] == nullptr || (args.scalars >> i & 1) != 0;
    in[i] = args.in[i] == nullptr ? limits + i : static_cast<const T*>(args.in[i]);
  }
  auto* out = static_cast<T*>(args.out);
  if (is_scalar[1] && is_scalar[2]) {
    const std::size_t count = is_scalar[0] ? 1 : n;
    const T min = *in[1], max = *in[2];
    // Two loops, because the compiler vectorises neither comparison in one.
    assign_line{}(line(out, count), apply<extreme<true>>(line(in[0], count), point(min)));
    assign_line{}(line(out, count), apply<extreme<false>>(line(out, count), point(max)));
    if (count < n) fill(out + count, n - count, *out);
    return;
  }
  T copies[3][block_size];
  for (int i = 0; i < 3; ++i) {
    if (!is_scalar[i]) continue;
    fill(copies[i], n, *in[i]);
    in[i] = copies[i];
  }
  words::evaluate(assign_line{}, line(out, n), line(in[0], n), line(in[1], n), line(in[2], n));
}

template <class From, class To>
void convert_block(const block_args& args) {
  const auto n = static_cast<std::size_t>(args.n);
  const std::size_t count = (args.scalars & 1) != 0 ? 1 : n;
  auto* out = static_cast<To*>(args.out);
  convert<To, From>(assign_line{}, line(out, count), line(static_cast<const From*>(args.in[0]), count));
  if (count < n) fill(out + count, n - count, *out);
}

template <class Fold, class T>
void reduce(void* out, const void* in, std::int64_t n) {
  using F = folded<Fold, T>;
  *static_cast<F*>(out) = settled<Fold>(tree_of<Fold>(static_cast<const F*>(in), static_cast<std::size_t>(n)));
}

template <class T>
void moments(void* mean, void* m2, const void* in, std::int64_t n) {
  const auto* x = static_cast<const T*>(in);
  const auto count = static_cast<std::size_t>(n);
  const T average = tree_of<sum_fold>(x, count) / static_cast<T>(n);
  *static_cast<T*>(mean) = average;
  *static_cast<T*>(m2) = squared_deviations(x, count, average);
}

template <class T>
inline constexpr auto at = static_cast<std::size_t>(dtype_of<T>);

template <class Row, class T>
constexpr void add_elementwise(block_table& table) {
  if constexpr (has_kernel<Row, T>()) {
    auto& entry = table.elementwise[static_cast<std::size_t>(Row::id)][at<T>];
    if constexpr (Row::id == op_id::clip) entry = clip<T>;
    else entry = elementwise<Row, T>::kernel;
  }
}

template <class T>
constexpr void add_dtype(block_table& table) {
#define ELEMENTWISE(name, ...) add_elementwise<name##_row, T>(table);
#include <tendril/ops.def>
  for_each_dtype([&table]<class To>(To) { table.convert[at<T>][at<To>] = convert_block<T, To>; });
  const auto reduction = [&](engine::reduction r) -> engine::reduce_kernel& { return table.reduce[static_cast<std::size_t>(r)][at<T>]; };
  if constexpr (std::is_same_v<T, bool>) {
    reduction(engine::reduction::any) = reduce<any_fold, T>;
    reduction(engine::reduction::all) = reduce<all_fold, T>;
  } else {
    reduction(engine::reduction::sum) = reduce<sum_fold, T>;
    reduction(engine::reduction::prod) = reduce<prod_fold, T>;
    reduction(engine::reduction::max) = reduce<max_fold, T>;
    reduction(engine::reduction::min) = reduce<min_fold, T>;
  }
  if constexpr (std::is_floating_point_v<T>) table.moments[at<T>] = moments<T>;
}

#define TENDRIL_XTENSOR_TEXT_(x) #x
#define TENDRIL_XTENSOR_TEXT(x) TENDRIL_XTENSOR_TEXT_(x)
constexpr block_table make_table() {
  block_table table{};
  table.isa = TENDRIL_XTENSOR_TEXT(TENDRIL_ISA);
  for_each_dtype([&table]<class T>(T) { add_dtype<T>(table); });
  return table;
}

}  // namespace
}  // namespace TENDRIL_XTENSOR_NAMESPACE

// A constant, so that no code of this unit runs before the processor is known to be able to.
constinit const engine::block_table TENDRIL_XTENSOR_PASTE(xtensor_blocks_, TENDRIL_ISA) = TENDRIL_XTENSOR_NAMESPACE::make_table();

}  // namespace tendril::detail
