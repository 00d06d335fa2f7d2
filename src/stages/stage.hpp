// The stage program: a group lowered to plain data, a sequence of vector instructions over blocks that stay in cache.
//
// Model. A group has an iteration space, split into outer axes and inner axes. One point of the outer axes is a *row*: all
// elements along the inner axes, in a fixed order. A value is *full* (one element for each point), *row* (one element a row:
// reductions over the inner axes, and what is computed from them) or a constant. A row runs in *phases*: a reduction
// ends the phase that feeds it; what needs its result runs in the next. A phase walks its row in blocks of at most `block_size` elements
// and runs its instructions on each. A row of one block keeps every value in its buffer from phase to phase; longer rows
// recompute cheap values and keep dear ones in a buffer of the row's length. Operands that are not contiguous along the row are gathered
// into a block first, results scattered after. argmax is the largest of a block and, while the block is in cache, where in it that is.
//
// That is for reductions along memory. Where memory runs along an axis that stays, they run *across* rows (columns.hpp has the tree): the
// reduced axes are those that rows follow each other along, a block is a tile of columns, of a few rows at a time where rows are short, and
// a reduction an instruction that adds the block to a block of accumulators (argmax: keeps the best, and which row it is from). What a row
// has once above, a tile of columns has once: a block of its own instead of one element.
//
// An instruction has operands, which are slots; a group has *ports*, its inputs and then its results, which are memory outside. An external
// is a port as the space sees it.
//
// Limits. A group never mixes reductions over different axes; at most 4 operands an instruction.
#pragma once
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <tendril/detail/op_id.hpp>
#include <tendril/graph.hpp>

#include "kernels/backend.hpp"
#include "kernels/kernels.hpp"

namespace tendril::engine {

/// Where a part of a program's machine code begins.
struct code_mark {
  enum class kind : std::uint8_t {
    row,       ///< the function that runs a row of one block
    rows,      ///< the one that runs many
    pairwise,  ///< the one that takes rows of one operand against rows of another
    direct,    ///< the one that is the whole call
    phase,     ///< a phase in these three
    before,    ///< what a phase of long rows does once a row
    block,     ///< what it does with each block
    constants  ///< data
  } what;
  std::uint16_t phase;
  std::uint32_t offset;
};
/// Machine code as it lies in memory: it holds the addresses of kernels.
struct code_text {
  std::span<const std::uint8_t> bytes;
  std::span<const code_mark> marks;  ///< in order
};

/// Where an operand lives while the program runs.
struct slot {
  enum class kind : std::uint8_t {
    external,  ///< an input or result of the group: memory outside, or its block buffer where it is gathered
    buffer,    ///< one block
    row,       ///< one element
    constant,  ///< one element, in the program
    saved,     ///< the whole row; of columns, all rows of the tile
    part,      ///< where the current block's part of a reduction goes
    inside,    ///< never in memory: made and used inside one emitted loop
    column,    ///< one block that all rows of a tile of columns share
    absent     ///< an operand that is not there: a null pointer; always slot 0
  } what = kind::buffer;
  std::uint8_t element_size = 0;
  std::int32_t external = -1;
  std::size_t offset = 0;  ///< into the workspace, or into `constants`
};

/// An input or result of the group as the space sees it.
struct external {
  std::int32_t port = 0;  ///< whose memory it is
  bool result = false;
  bool row = false;    ///< one element a row
  bool still = false;  ///< of columns: the same for all rows
  bool lent = false;   ///< a result's memory, where another value waits before the result is written
  std::uint8_t element_size = 0;
  std::int8_t axis[max_rank];  ///< for each axis of the space the axis of the port, or -1 where it is broadcast
  std::size_t offset = 0;      ///< its block buffer in the workspace, for gathering
};

struct instruction {
  enum class kind : std::uint8_t {
    map,
    reduce,
    moments,
    seek,  ///< of elements in[0], where the extreme in[1] is; it runs where that was found
    best   ///< across rows, of columns in[0]: what is better than the best in[1] replaces it, and its row's number in[3] the one in in[2]
  } what = kind::map;
  std::uint8_t inputs = 0;
  std::uint16_t in[4] = {};  ///< slots; unused ones are slot 0
  std::uint16_t out = 0, out2 = 0;
  std::uint32_t scalars = 0;  ///< operands that are one element
  union {
    block_kernel map;
    engine::reduce_kernel reduce;
    moments_kernel moments;
    seek_kernel seek;
    best_kernel best;
  };
  std::uint16_t part = 0, part2 = 0;  ///< reductions of long rows: slots, where the block's part goes; of a seek, the extreme's and its own
  std::uint16_t loop = 0;             ///< instructions of one number run in one emitted loop; 0: a kernel of its own
  dtype operands = dtype::unknown, result = dtype::unknown;
  const op_record* op = nullptr;
  const backend* engine = nullptr;  ///< whose kernel or code it is
};

/// Emitted code. `at` is the table of slots, `n` the elements; `frame` is handed to `transfer`.
using code = void (*)(void* const* at, std::int64_t n, void* frame);

/// What `rows_code` and `pairwise_code` walk: rows that follow each other at equal steps.
struct row_walk {
  static constexpr std::size_t most_results = 8;
  std::int64_t count = 0;               ///< of rows
  const std::int64_t* steps = nullptr;  ///< bytes from row to row of each external slot, in the order of external_slots
  void* results[most_results];          ///< where the elements of row_results go
  std::int64_t result_steps[most_results];
  static constexpr std::int64_t fewest_pairwise = 8;  ///< rows from which on it pays to transpose others for pairwise_code
  // Of pairwise_code: where rows of the other axis lie, and where it may put them, `row_size` registers for each operand that has some.
  const std::int64_t* panel_steps = nullptr;
  std::byte* panels = nullptr;
};

/// Where a port of a group is among the inputs and results of the whole executable.
struct port_place {
  bool result = false;
  std::int32_t view = 0;    ///< which input or result
  std::int64_t offset = 0;  ///< into it, in bytes
};

/// What `direct_code` reads of its program: extents and addresses stay out of code, which programs of one structure share.
struct direct_context {
  std::int64_t n = 0;
  const std::byte* constants = nullptr;
  const std::size_t* offsets = nullptr;        ///< of the slots, into the workspace
  const std::int64_t* port_offsets = nullptr;  ///< of the ports, into the inputs and results
};
/// Emitted code of a whole program of one short row: it finds its ports in the views by itself, all of them contiguous.
using direct_code = void (*)(const array_view* in, const array_view* out, const direct_context*, std::byte* workspace);

/// A reduction across rows: an instruction of the phase reads slot `in` and writes slot `out`, both level 0 of the tree.
struct accumulation {
  block_kernel combine = nullptr;
  op_id op = op_id::add;
  dtype type = dtype::unknown;
  std::uint16_t in = 0, out = 0, result = 0;  ///< slots
  std::size_t offset = 0, level = 0;          ///< of the levels in the workspace, and the bytes of one; the last is the result's
};

/// argmax or argmin across rows: instructions of the phase keep the best of each column, and the number of the group it is from, which
/// reads one integer in slot `group`. Both are read and written in place, by slots of one memory each.
struct search {
  op_id op = op_id::maximum;  ///< which of the two, as `accumulation` says it
  dtype type = dtype::unknown;
  std::uint16_t best = 0, best_out = 0, from = 0, from_out = 0, group = 0, result = 0;  ///< slots
};

/// Several blocks in one go: a phase of its own, which the interpreter runs in place of as many blocks of another.
struct several_blocks {
  struct copy {
    std::uint16_t from, to;  ///< a slot that moves from block to block, and the first of the slots where it stands for each
  };
  std::int32_t count = 0;   ///< 0: this phase is none of these
  std::int32_t phase = -1;  ///< of another phase: the one that does several of its blocks; -1: none
  std::vector<copy> copies;
};

struct phase {
  several_blocks several;
  std::vector<std::uint16_t> guards;        ///< of columns: runs only where one of these slots, of bools, has a true; never emitted
  std::vector<accumulation> accumulations;  ///< what the blocks add up
  std::vector<search> searches;             ///< what is sought in them, across rows
  std::vector<instruction> before;          ///< once a row, on single elements; of columns, on a block
  std::vector<instruction> block;           ///< on each block
  std::vector<std::uint16_t> reads;         ///< externals that the blocks read
  std::vector<std::uint16_t> writes;        ///< externals that the blocks write
  bool streams = false;                     ///< its blocks touch no block buffer and reduce but by any and all: a block may be a whole row
  bool past_caches = false;                 ///< its results are stored so: the call touches more than the caches hold
  code before_code = nullptr, block_code = nullptr;  ///< of long rows
};

struct stage_program {
  std::vector<std::int64_t> outer, inner;           ///< extents, in iteration order
  std::vector<std::int8_t> outer_axis, inner_axis;  ///< the axes of the space that they are
  std::int64_t row_size = 1, rows = 1;
  std::int64_t block = block_size;  ///< elements a block
  // Reductions across rows: a row is of all columns then, and `depth` rows, along the axes `across`, are reduced to one.
  std::vector<std::int64_t> across;
  std::vector<std::int8_t> across_axis;
  std::int64_t depth = 0;  ///< 0: reductions along rows
  std::int64_t lanes = 1;  ///< rows a block
  bool across_rows() const { return depth != 0; }
  std::int64_t tile() const { return block / lanes; }  ///< columns a block
  std::int64_t tiles() const { return (row_size + tile() - 1) / tile(); }
  std::int64_t groups() const { return (depth + lanes - 1) / lanes; }  ///< blocks a tile
  bool short_rows() const { return depth == 0 && row_size <= block; }  ///< rows of one block
  std::vector<slot> slots;
  std::vector<std::uint16_t> external_slots;  ///< the slots that move from row to row
  std::vector<std::uint16_t> moving_slots;    ///< the slots that move from block to block
  std::vector<std::uint16_t> constant_slots;
  std::vector<std::size_t> slot_offsets;  ///< into the workspace, by slot
  bool short_vector = false;              ///< one row of one block along at most one axis
  std::vector<external> externals;
  std::vector<phase> phases;
  struct row_result {
    std::uint16_t slot, external;
  };
  std::vector<row_result> row_results;  ///< elements stored at the end of each row
  std::vector<std::byte> constants;
  std::size_t workspace = 0;         ///< bytes
  std::vector<std::size_t> buffers;  ///< where in it block buffers are
  bool in_place = false;             ///< the one result may be the memory of an input
  std::string engines;               ///< the backends whose kernels it calls
  code row_code = nullptr;           ///< all phases of a row of one block
  code rows_code = nullptr;          ///< the same for many rows whose operands are contiguous; its frame is a row_walk
  /// Where operands belong to one or the other of the last two outer axes, never to both: walks the first of these, for `pairwise_rows`
  /// rows of the second at once, a register's lanes. Results lie side by side along the second.
  code pairwise_code = nullptr;
  std::int64_t pairwise_rows = 0;
  bool one_row = false;                    ///< one row of one block, in memory order where operands are row-major
  std::vector<port_place> ports;           ///< where the ports are, if all of them are inputs and results of the executable
  std::vector<std::int64_t> port_offsets;  ///< their offsets, if some are not 0
  direct_code direct = nullptr;            ///< of programs of `one_row` whose `ports` are there
  std::shared_ptr<const void> keeps_code;
  bool made_code = false;  ///< no program of its structure had any yet
  // How a call is split over threads: set by plan_threads.
  enum class splitting : std::uint8_t { none, rows, blocks } split = splitting::none;
  int threads = 1;         ///< at most this many
  std::int64_t chunk = 1;  ///< rows or blocks that are handed out together
};

/// Gathers (or, `out`, scatters) the strided operands of a phase of a row of one block: what row_code calls where there are some.
void transfer(void* frame, std::size_t phase, bool out);

/// Phases whose instructions use or make this value: as instruction operands, for whoever walks programs.
template <class F>
void for_each_slot(const instruction& i, F f) {
  for (int k = 0; k < i.inputs; ++k)
    if (i.in[k]) f(i.in[k], false);
  if (i.out) f(i.out, true);
  if (i.out2) f(i.out2, true);
}

/// Lowers the region of a group node. `layouts` are the layout classes of its inputs, `ports` where its ports are, or nothing.
/// `space` and `inner` come from fuse.
std::unique_ptr<stage_program> lower(const graph& region, std::span<const std::int64_t> space, std::span<const std::int64_t> inner,
                                     std::span<const int> layouts, std::vector<port_place> ports, const backend&);

/// Runs a program on its inputs and results. `workspace` is aligned to 64 bytes and holds `program.workspace` bytes.
void run(const stage_program&, const array_view* const* ports, std::byte* workspace);

/// Runs the first `rows` rows alone, on this thread. Programs whose rows run across are not for it.
void run_rows(const stage_program&, const array_view* const* ports, std::byte* workspace, std::int64_t rows);

/// One line an instruction; those that run in one emitted loop say which.
std::string to_string(const stage_program&);

/// What a slot is called there: b5.
std::string slot_name(const stage_program&, std::uint16_t slot);

/// How far a program is made.
enum class station : std::uint8_t {
  lowered,    ///< instructions stand in phases; block buffers have no place
  scheduled,  ///< loops are emitted
  placed,     ///< buffers have places, the tables of slots are there
  whole       ///< and it is known how a call is split over threads
};

/// Throws internal_error where a program breaks a rule of its own, as far as it is made: a slot is written before it is read, once in a
/// phase, and by who may; what is `inside` a loop is used in no other, and code runs that loop; memory lies in the workspace, and none that
/// is in use is written over; results are written, once; tables agree with what they are tables of; threads share nothing that blocks
/// write. Lowering and `plan` ask it in builds with assertions.
void verify(const stage_program&, station = station::whole);

}  // namespace tendril::engine
