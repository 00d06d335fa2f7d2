// The contract between the engine and a backend's kernels: plain tables of function pointers, one set per instruction set.
//
// A *block kernel* computes `n` elements of one instruction over contiguous operands; an operand whose bit is set in `scalars`
// is one element, used for all. A *whole-array kernel* computes one op on strided views. Kernels see operands of one
// dtype: promotion is explicit by then. They are pure, allocate nothing in the block form, and never read or write out of
// range: inputs and outputs may be the user's own memory at any alignment. `out` may be the same memory as an input of the
// same element size, never a shifted overlap.
//
// Position independence: the value of an element must not depend on where it stands in the block, on `n` or on which operands
// are scalars: eager, traced and every number of threads are bit-identical. So no head or tail loop may use
// another algorithm (libm instead of a packet) than the body.
#pragma once
#include <cstdint>
#include <memory>
#include <span>

#include <tendril/detail/op_id.hpp>

namespace tendril::engine {

/// The most elements that a block kernel is called with; the fan-in of a reduction's tree.
inline constexpr std::int64_t block_size = 1024;

/// bool elements are bytes 0 or 1.
struct block_args {
  void* out;
  const void* in[4];      ///< null for an absent operand (a bound of clip)
  std::int64_t n;         ///< 1 <= n <= block_size
  std::uint32_t scalars;  ///< bit i: in[i] is one element
};
using block_kernel = void (*)(const block_args&);

/// Reduces n >= 1 contiguous elements to one, in a tree that depends on n alone and not on the instruction set.
/// sum, prod: the element dtype in and out. max, min: likewise; NaN wins. any, all: bool in, bool out.
using reduce_kernel = void (*)(void* out, const void* in, std::int64_t n);

/// mean and m2 (sum of squared deviations from the mean) of n >= 1 contiguous elements, in two passes over the block.
using moments_kernel = void (*)(void* mean, void* m2, const void* in, std::int64_t n);

/// Where among n >= 1 contiguous elements the first one is that equals `*what`, or that is NaN where that is: an int64. Some element is.
using seek_kernel = void (*)(void* place, const void* in, const void* what, std::int64_t n);

/// Of n columns, the best so far and the number of the row that it is from: an element that is better (the first NaN is best of all) takes
/// the place, with `*row` for its number. Numbers are integers of the elements' size.
using best_kernel = void (*)(void* best, void* rows, const void* in, const void* row, std::int64_t n);

/// One op on whole arrays, typed as inference says after promotion. Elementwise inputs are broadcast to the result's shape (stride 0),
/// absent ones have `data == nullptr`. Memory does not overlap, but an elementwise result may be exactly an input of its element size.
using whole_kernel = void (*)(const array_view* out, const array_view* in, int inputs, const attributes&);

inline constexpr int reduction_count = 6;
enum class reduction : std::uint8_t { sum, prod, max, min, any, all };

/// The block kernels of one backend for one instruction set. The first index is the op, the second the dtype of the operands
/// once promoted (for `where` that of the selected operands, for comparisons that of the compared). Null: lacking.
struct block_table {
  block_kernel elementwise[max_ops][dtype_count];
  block_kernel convert[dtype_count][dtype_count];  ///< astype: from, to
  reduce_kernel reduce[reduction_count][dtype_count];
  moments_kernel moments[dtype_count];
  seek_kernel seek[dtype_count];
  best_kernel largest[dtype_count], smallest[dtype_count];
  const char* isa;  ///< "baseline", "avx2", "avx512"
};

struct instruction;
struct small_function;
struct stage_program;

/// What a backend that makes machine code of stage programs offers. The program is lowered for the kernels of its tables and their
/// fallbacks; what `emits` accepts is then joined to loops (`instruction::loop`), and `compile` makes code of the whole.
struct compiler {
  bool (*emits)(const stage_program&, const instruction&);
  /// False where no code can be had: kernels run every instruction then.
  bool (*compile)(stage_program&);
  bool mixes_sizes;  ///< one loop may hold elements of several sizes
  /// The whole of a small graph that is fused and whose inputs have these layout classes; null where it is not small, or has what small
  /// code does not do. `backend` has the kernels.
  std::unique_ptr<const small_function> (*small)(const graph&, std::span<const int> layouts, const tendril::backend&);
};

/// Null entries: lacking; the engine falls back to the `eigen` backend's. For astype the dtype is that of the input.
struct whole_table {
  whole_kernel kernel[max_ops][dtype_count];
};

}  // namespace tendril::engine
