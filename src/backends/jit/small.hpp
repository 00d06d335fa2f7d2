// Small functions: a graph of a few hundred numbers as a list of operations on elements whose addresses are known, and the code of the
// list.
//
// Model. Every element of every value has an address: in an input, among the constants, or in the *frame*, where each operation writes its
// result. A value is the list of its elements' addresses. So what moves elements costs nothing: a transpose, a slice, a stack or a reshape
// is another list of the same addresses. An operation reads its operands chunk by chunk, as wide as registers are: elements side by side
// are one load, one for all is a broadcast, others are put together. What was made last is still in registers. Results are written at
// the end.
//
// Same numbers. Products are one chain of multiply-adds over k (eigen/small_gemm.hpp), sums have the tree of reductions, and every other op
// is the IEEE operation that the block kernels use, or is such a kernel.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "backends/shared/linear.hpp"
#include "kernels/kernels.hpp"
#include "kernels/small.hpp"

namespace tendril::jit {

/// Where an element is: which memory, and how many bytes on.
struct address {
  static constexpr std::uint32_t frame = 0, constants = 1, inputs = 2;  ///< input i is inputs + i
  std::uint32_t memory = frame, offset = 0;
  friend bool operator==(const address&, const address&) = default;
  address operator+(std::size_t bytes) const { return {memory, offset + static_cast<std::uint32_t>(bytes)}; }
};
using addresses = std::vector<address>;
/// Whether elements of so many bytes follow each other in memory.
inline bool side_by_side(std::span<const address> a, std::size_t size) {
  for (std::size_t k = 1; k < a.size(); ++k)
    if (a[k] != a[0] + k * size) return false;
  return true;
}

struct small_operation {
  enum class kind : std::uint8_t {
    copy,      ///< out[i] = in[0][i]
    map,       ///< out[i] = op(in[0][i], ...), emitted
    kernel,    ///< the same by a block kernel: operands side by side in the end, or one element where `scalars` says so
    multiply,  ///< rows x columns elements, row after row or, `by_columns`, column after column: the products of `depth` elements
    sum,       ///< the one element out[0] = the sum of in[0], in the tree of reductions
    reduce,    ///< the same by a kernel, of elements side by side
    whole      ///< calls[call]
  } what = kind::copy;
  op_id op = op_id::custom;
  dtype type = dtype::unknown;    ///< of the operands
  dtype result = dtype::unknown;  ///< of the elements of out
  std::int64_t count = 0;         ///< of results
  addresses in[4];                ///< `count` of each, or one; none where the operand is absent. Of a product, both matrices row by row
  address out;                    ///< of the first result: others follow it
  std::uint32_t scalars = 0;
  dtype types[4] = {};  ///< of a kernel's operands
  std::int64_t rows = 0, columns = 0, depth = 0;
  bool by_columns = false;
  union {
    engine::block_kernel block = nullptr;
    engine::reduce_kernel reduce;
  };
  std::size_t call = 0;
};

/// A whole-array kernel and what it runs on: results, then operands. Memory says what `data` of a view counts from.
struct whole_call {
  static constexpr std::size_t most_ports = 8;
  engine::whole_kernel kernel = nullptr;
  detail::fixed_kernel fixed = nullptr;  ///< is asked first
  attributes attrs;
  std::size_t results = 0;
  struct port {
    std::uint32_t memory;  ///< constants: an operand that is absent
    array_view view;
  };
  std::vector<port> ports;
};

struct small_result {
  addresses rows, columns;  ///< in the order in which they lie in a row-major result, and in a column-major one
  std::int32_t size = 0;
};

struct small_program {
  std::vector<small_operation> operations;
  std::vector<small_result> results;
  std::vector<whole_call> calls;
  std::vector<std::byte> constants;
  std::size_t work = 0;  ///< instructions, about
};

/// Whether `map` may have this op on elements of this type.
bool emits_small(op_id, dtype);

/// False where the graph is not small, or has what small code does not do.
bool plan_small(const graph&, std::span<const int> layouts, const backend&, small_program&);

/// As engine::compiler::small.
std::unique_ptr<const engine::small_function> compile_small(const graph&, std::span<const int> layouts, const backend&);

}  // namespace tendril::jit
