// An executable: a specialized graph lowered to steps, with its memory planned. Immutable; running it is replay.
#pragma once
#include <memory>
#include <optional>

#include <tendril/backend.hpp>

#include "kernels/prepared.hpp"
#include "kernels/small.hpp"
#include "ops/value_index.hpp"
#include "stages/stage.hpp"
#include "threads/split.hpp"

namespace tendril::detail {

/// Of elements of a complete type that lie side by side.
inline std::size_t bytes_of(const type& t) {
  return static_cast<std::size_t>(element_count("compile", t.known_extents())) * size_of(t.dtype);
}

/// Where the elements of a value are while an executable runs.
struct value_place {
  enum class kind : std::uint8_t { none, input, result, constant, workspace, view } what = kind::none;
  bool fixed = false;       ///< its strides are known: static_views has them
  std::int32_t index = -1;  ///< which input, result or constant
  std::size_t offset = 0;   ///< into the input, the result or the workspace, in bytes
};

/// A matrix product that runs by blocks of rows, on several threads where the options say so, and the group that reads its result
/// while a block of it is in cache. The result itself is in no other memory then.
struct row_product {
  std::int64_t rows = 0;      ///< of a block; no number of threads changes it
  std::int64_t all_rows = 0;  ///< of the product
  int threads = 1;
  std::vector<value_id> ports;      ///< of the group, inputs first; `absent` where the product's result is read; none: there is no group
  std::vector<std::int8_t> moving;  ///< the axis along which each of these moves from block to block, or -1
  std::size_t product_bytes = 0;    ///< the block's, in the scratch
  type result;                      ///< of the product
};

class executable;

/// The bodies of an op with regions, and where in the scratch of its step lies what it is given besides its operands.
struct step_regions {
  struct piece {
    type of;
    std::size_t offset;
  };
  std::vector<ref<executable>> bodies;
  std::vector<std::vector<piece>> memory;       ///< by body: for its results
  std::vector<std::optional<piece>> row_major;  ///< by input: for a copy of it, where it may come in another layout
  std::size_t scratch_bytes = 0;
  std::size_t body_bytes = 0;  ///< of the arena, about, that a body takes
};

/// One step: a group, a whole-array kernel, a product by rows, a view, a user's kernel, an op with regions, or a copy.
struct step {
  enum class kind : std::uint8_t { group, kernel, product, view, custom, regions, copy } what = kind::kernel;
  std::vector<value_id> in, out;
  engine::whole_kernel kernel = nullptr;
  std::unique_ptr<const engine::prepared_kernel> prepared;  ///< runs in place of `kernel` where there is one
  std::unique_ptr<const engine::kernel_split> split;        ///< of a kernel or a copy that runs on several threads
  const op_record* op = nullptr;
  attributes attrs;
  std::unique_ptr<engine::stage_program> program;
  bool broadcast_inputs = false;         ///< a whole-array elementwise kernel takes its inputs at the result's shape
  std::unique_ptr<row_product> by_rows;  ///< of a product, whose own operands are the first two of `in`
  std::unique_ptr<const step_regions> regions;
  step();
  step(step&&) noexcept;
  step& operator=(step&&) noexcept;
  ~step();
};

class executable final : public counted {
 public:
  tendril::graph graph;
  compile_info info;
  std::vector<type> input_types, result_types;
  std::vector<step> steps;
  std::vector<value_place> places;                      ///< by value id, then those of copies
  std::vector<array_view> static_views;                 ///< likewise, of fixed places; the data of constants, of others found call by call
  std::vector<value_id> roots;                          ///< by place: the value whose memory it lies in; absent: it has its own
  std::vector<value_id> named;                          ///< the places whose views the steps read, but for views that steps make
  std::vector<std::int32_t> row_major_results;          ///< must be that: steps write to parts of them
  std::vector<array> constants;                         ///< keeps the elements alive
  std::size_t workspace_bytes = 0;                      ///< temporaries, then the scratch of one step
  std::size_t scratch_offset = 0;                       ///< where the scratch of a step begins
  int threads = 1;                                      ///< at most, of a call
  std::vector<int> input_layouts;                       ///< layout class of each input that the steps were planned for
  bool in_place = false;                                ///< a result may be exactly the memory of an input
  const engine::stage_program* only = nullptr;          ///< the whole executable is this one group over inputs and results
  engine::direct_code direct = nullptr;                 ///< the whole executable is this code, for inputs that are row-major
  engine::direct_context context;                       ///< what it runs on
  bool direct_ranked = false;                           ///< a result has more than one axis, and may come column-major
  bool direct_buffers = false;                          ///< it needs the workspace, for block buffers
  std::vector<std::uintptr_t> port_bytes;               ///< of inputs and results
  std::unique_ptr<const engine::small_function> small;  ///< does all that the steps do, which run where it does not serve

  /// Runs. `in` and `out` have the types of the graph; outputs do not overlap inputs, or are exactly the same memory and `in_place`.
  static void run(const executable*, const array_view* in, const array_view* out);
  /// Runs into outputs that may overlap inputs.
  static void run_into(const executable*, const array_view* in, const array_view* out);
  /// The same two by `direct`, where it is set and the outputs are row-major.
  static void run_direct(const executable*, const array_view* in, const array_view* out);
  static void run_direct_into(const executable*, const array_view* in, const array_view* out);
  /// The same by `small`.
  static void run_small(const executable*, const array_view* in, const array_view* out);
  static void run_small_into(const executable*, const array_view* in, const array_view* out);
  /// run_direct where nothing is to be looked at before: without direct_ranked and direct_buffers.
  static void run_direct_plain(const executable*, const array_view* in, const array_view* out);
};

/// What `run` does, in two parts: where each value of a call is, `memory` being its workspace; then each step.
void find_views(const executable&, const array_view* in, const array_view* out, std::byte* memory, array_view* views);
void run_step(const executable&, const step&, array_view* views, std::byte* scratch);
void run_regions(const step&, const array_view* views, std::byte* scratch);

/// Small functions keep their workspace on the stack.
inline constexpr std::size_t stack_bytes = 4096;

/// Runs to working memory first, then to where the results belong: still no allocation.
void run_apart(const executable&, const array_view* in, const array_view* out);

/// How a call runs an executable: one of its static functions.
using run_function = void (*)(const executable*, const array_view* in, const array_view* out);
/// Runs it many times, step by step under a clock, and whole; `runs` as in profile_options.
profile_report profile(const executable&, run_function whole, const array_view* in, int runs);

/// About how many bytes the executable keeps, but for what it shares with others: the elements of its constants, machine code.
std::size_t footprint(const executable&) noexcept;

/// The steps as `explain` lists them, a line each, those of bodies under theirs.
std::string spell_steps(std::span<const step_info>, std::size_t indent, bool numbered);

/// A row-major (0) or column-major (1) copy of `v`, whose elements `keep` holds.
array_view copy_in_layout(array_view v, int layout, array& keep);

/// The graph that `known` was made of, for arguments like `examples`, where the passes would make nothing else of `recorded`; else
/// nothing. Dtypes and ranks of the examples are those of the inputs.
std::optional<graph> resized(const executable& known, const graph& recorded, std::span<const array_view> examples);

}  // namespace tendril::detail
