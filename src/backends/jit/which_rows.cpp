// Which programs take short rows together, and which take rows against rows.
#include <algorithm>

#include "backends/jit/loops.hpp"

namespace tendril::jit {
namespace {

using kind = engine::slot::kind;

constexpr std::size_t most_instructions = 1024, most_reductions = 2;  // in all rows of a group; long ones count for several

constexpr int for_row_body = 13, for_simple_body = 8;  // registers that an element's own values and constants must keep, and ones

// Instructions that need few registers.
bool simple(const instruction& i) {
  switch (i.op->id) {
    case op_id::add:
    case op_id::subtract:
    case op_id::multiply:
    case op_id::multiply_add:
    case op_id::square:
    case op_id::abs:
    case op_id::sum:
    case op_id::prod:
    case op_id::max:
    case op_id::min: return true;
    default: return false;
  }
}

}  // namespace

bool loops::moves(const stage_program& p, const engine::slot& s, std::size_t from_end) {
  const std::size_t axes = p.outer_axis.size();
  return from_end <= axes && p.externals[static_cast<std::size_t>(s.external)].axis[p.outer_axis[axes - from_end]] >= 0;
}

// Short rows that are only reduced, in one loop on elements of one size: that size; else 0.
int loops::size_of_short_rows(const stage_program& p) {
  constexpr int none = 0;
  if (p.outer.empty() || p.row_results.empty() || p.row_results.size() > engine::row_walk::most_results || p.phases.size() != 2)
    return none;
  const engine::phase &first = p.phases[0], &last = p.phases[1];
  if (!first.before.empty() || first.block.empty() || !last.block.empty()) return none;
  const int size = bytes(first.block[0].operands);
  if (size < 4 || p.row_size * size > tree_bytes) return none;
  std::size_t reductions = 0, instructions = 0;
  std::vector<std::uint16_t> streamed;
  const auto same_size = [&](const instruction& i) { return bytes(i.operands) == size && bytes(i.result) == size; };
  for (const instruction& i : first.block) {
    // `where` has conditions of another size
    if (!i.loop || i.loop != first.block[0].loop || !same_size(i) || i.op->id == op_id::where) return none;
    instructions += is_mathematics(i.op->id) || divisor_of(i) >= 0 ? 16 : 1;
    if (i.what == instruction::kind::reduce) ++reductions;
    else if (p.slots[i.out].what != kind::inside) return none;
    if (const int k = divisor_of(i); k >= 0 && p.slots[i.in[k]].what == kind::external && (i.scalars >> k & 1)) return none;
    for (int k = 0; k < i.inputs; ++k)
      if (i.in[k] && p.slots[i.in[k]].what == kind::external && std::find(streamed.begin(), streamed.end(), i.in[k]) == streamed.end())
        streamed.push_back(i.in[k]);
  }
  if (!reductions || reductions > most_reductions || streamed.size() > pointer_registers) return none;
  if (instructions * static_cast<std::size_t>(p.row_size) > most_instructions) return none;
  for (const instruction& i : last.before) {
    if (!i.loop || !same_size(i) || i.op->id == op_id::where) return none;
    for (int k = 0; k < i.inputs; ++k)
      if (p.slots[i.in[k]].what == kind::external) return none;  // one element a row, at any distance
  }
  for (const auto& r : p.row_results)
    if (p.externals[r.external].element_size != size) return none;
  return size;
}

row_group loops::rows_together(const stage_program& p, engine::isa isa) {
  const int size = isa == engine::isa::avx512 ? size_of_short_rows(p) : 0;
  if (!size) return {};
  const std::int64_t lanes = 64 / size;
  return {static_cast<int>((p.row_size + lanes - 1) / lanes), p.row_size % lanes == 0};
}

// How many rows i run at once; 0: the program is no such one.
int loops::rows_at_once(const stage_program& p, engine::isa isa) {
  if (isa < engine::isa::avx2 || p.outer.size() < 2 || !size_of_short_rows(p)) return 0;
  const engine::phase &first = p.phases[0], &last = p.phases[1];
  int of_i = 0, of_j = 0, of_neither = 0, reductions = 0;
  std::vector<std::uint16_t> known;
  for (const instruction& i : first.block) {
    reductions += i.what == instruction::kind::reduce;
    for (int k = 0; k < i.inputs; ++k) {
      const engine::slot& s = p.slots[i.in[k]];
      if (s.what != kind::external || std::find(known.begin(), known.end(), i.in[k]) != known.end()) continue;
      known.push_back(i.in[k]);
      const bool with_j = moves(p, s), with_i = moves(p, s, 2);
      if (with_j && (with_i || (i.scalars >> k & 1))) return 0;
      ++(with_j ? of_j : with_i ? of_i : of_neither);
    }
  }
  if (!of_i || !of_j) return 0;
  const bool few =
      std::all_of(first.block.begin(), first.block.end(), simple) && std::all_of(last.before.begin(), last.before.end(), simple);
  const int waiting = reductions * (log2_ceiling(p.row_size) + 1), registers = isa == engine::isa::avx512 ? 32 : 16;
  for (const int rows : {2, 1})  // a function keeps registers for as many pointers as the program has slots: two rows have more of them
    if (of_j + of_neither + rows * of_i <= (rows == 1 ? pointer_registers : scratch_pointers) &&
        rows * waiting + (few ? for_simple_body : for_row_body) <= registers)
      return rows;
  return 0;
}

}  // namespace tendril::jit
