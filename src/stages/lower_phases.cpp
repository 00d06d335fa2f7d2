// Lowering, the phases: which nodes each computes, and the instructions that these become.
#include <algorithm>

#include "array/format.hpp"
#include "kernels/reductions.hpp"
#include "ops/op_table.hpp"
#include "stages/lowering.hpp"

namespace tendril::engine {

namespace {

// Makes an instruction on rows that of `op` on its operands' type: a reduction, or a search for the place of an extreme that is there.
void set_kernel(instruction& i, op_id op, const backend& b) {
  i.op = &record_of(op);
  const auto take = [&](auto& to, instruction::kind what, const auto& found) {
    if (!found) throw internal_error(format_text("[lower] no kernel for {} of {}", i.op->name, name_of(i.operands)));
    i.what = what;
    to = found.kernel;
    i.engine = found.owner;
  };
  using kind = instruction::kind;
  if (op == op_id::moments) return take(i.moments, kind::moments, detail::find_moments(b, i.operands));
  if (op == op_id::argmax || op == op_id::argmin) return take(i.seek, kind::seek, detail::find_seek(b, i.operands));
  const auto each_block = reduction_of(op);
  take(i.reduce, kind::reduce, each_block ? detail::find_reduce(b, *each_block, i.operands) : detail::found<reduce_kernel>());
}

}  // namespace

void lowering::need(value_id v, int ph, std::vector<char>& nodes, std::vector<char>& reads) const {
  std::vector<value_id> todo{v};
  while (!todo.empty()) {
    const value& x = values_[index(todo.back())];
    todo.pop_back();
    if (x.what != form::full) continue;
    if (x.node < 0) {
      reads[index(x.external)] = 1;
      continue;
    }
    if (x.phase < ph) {
      if (single_block_ || x.saved) continue;
      if (x.result) {
        reads[index(x.external)] = 1;
        continue;
      }
    }
    if (std::exchange(nodes[index(x.node)], 1)) continue;
    for (value_id i : g_.nodes[index(x.node)].inputs)
      if (i != absent) todo.push_back(i);
  }
}

lowering::part lowering::part_of(const node& n, int ph) const {
  const value_id guard = guard_of(n);
  return guard == absent ? part::usual : values_[index(guard)].phase < ph ? part::known : part::rare;
}

void lowering::emit_phase(int ph) {
  const auto emit = [&](part which) {
    phase out = part_of_phase(ph, which);
    if (which == part::usual || !out.before.empty() || !out.block.empty()) p_->phases.push_back(std::move(out));
  };
  if (!rare_.empty()) emit(part::known);
  emit(part::usual);
  if (!rare_.empty()) emit(part::rare);
}

phase lowering::part_of_phase(int ph, part which) {
  phase out;
  std::vector<char> wanted(g_.nodes.size(), 0), reads(p_->externals.size(), 0), writes(p_->externals.size(), 0);
  std::vector<std::int32_t> reductions;
  for (std::size_t i = 0; i < g_.nodes.size(); ++i) {
    const node& n = g_.nodes[i];
    if (n.id() == op_id::constant) continue;
    const value& x = values_[index(n.first_result)];
    const bool reduction = is_reduction(n);
    if (part_of(n, ph) != which) continue;
    if (which != part::usual && x.phase - (reduction ? 1 : 0) == ph) {
      const auto s = static_cast<std::uint16_t>(values_[index(guard_of(n))].slot);
      if (std::find(out.guards.begin(), out.guards.end(), s) == out.guards.end()) out.guards.push_back(s);
    }
    if (reduction) {
      if (x.phase - 1 != ph) continue;
      reductions.push_back(static_cast<std::int32_t>(i));
      need(n.inputs[0], ph, wanted, reads);
    } else if (x.what == form::row) {
      if (x.phase == ph) out.before.push_back(map_instruction(n, true));
    } else if (x.phase == ph && (x.result || x.saved || single_block_)) {
      need(n.first_result, ph, wanted, reads);
    }
  }
  // Node order is a topological order; reductions stand as soon as their operand exists.
  auto reduction = reductions.begin();
  for (std::size_t i = 0; i < g_.nodes.size(); ++i) {
    const node& n = g_.nodes[i];
    const bool reduces = reduction != reductions.end() && index(*reduction) == i;
    if (reduces) ++reduction;
    if (wanted[i]) {
      const value& x = values_[index(n.first_result)];
      if (x.result && x.phase == ph) writes[index(x.external)] = 1;
      out.block.push_back(map_instruction(n, false));
    } else if (reduces) {
      if (columns_) accumulate_columns(n, out);
      else if (!n.op->is(trait::search)) out.block.push_back(reduce_instruction(n.id(), n, values_[index(n.first_result)].slot));
    }
  }
  if (!columns_)  // when all extremes are there that others need too
    for (std::int32_t i : reductions)
      if (g_.nodes[index(i)].op->is(trait::search)) seek(g_.nodes[index(i)], out);
  if (single_block_ && ph > 0) {
    // Gathered in the first phase that reads it, an external stays in its buffer.
    for (std::uint16_t e : seen_reads_) reads[e] = 0;
  }
  for (std::size_t e = 0; e < reads.size(); ++e) {
    if (reads[e]) {
      out.reads.push_back(static_cast<std::uint16_t>(e));
      seen_reads_.push_back(static_cast<std::uint16_t>(e));
    }
    if (writes[e]) out.writes.push_back(static_cast<std::uint16_t>(e));
  }
  return out;
}

instruction lowering::map_instruction(const node& n, bool row) {
  instruction i;
  i.op = n.op;
  i.inputs = static_cast<std::uint8_t>(n.inputs.size());
  const std::size_t data = detail::first_data_operand(*n.op);
  i.operands = dtype_of_value(n.inputs[data]);
  const auto k = n.id() == op_id::astype ? detail::find_convert(b_, i.operands, dtype_of_value(n.first_result))
                                         : detail::find_block(b_, n.id(), i.operands);
  if (!k) throw internal_error(format_text("[lower] no block kernel for {} of {}", n.op->name, name_of(i.operands)));
  i.map = k.kernel;
  i.engine = k.owner;
  for (std::size_t j = 0; j < n.inputs.size(); ++j) {
    if (n.inputs[j] == absent) continue;  // slot 0
    const value& x = values_[index(n.inputs[j])];
    i.in[j] = x.what == form::full ? full_slot(n.inputs[j]) : static_cast<std::uint16_t>(x.slot);
    if (columns_ ? x.what == form::constant || x.single : !row && x.what != form::full) i.scalars |= 1u << j;
  }
  i.out = row ? static_cast<std::uint16_t>(values_[index(n.first_result)].slot) : full_slot(n.first_result);
  i.result = dtype_of_value(n.first_result);
  return i;
}

instruction lowering::reduce_instruction(op_id op, const node& n, std::int32_t result) {
  instruction i;
  i.inputs = 1;
  const value_id v = n.inputs[0];
  i.operands = dtype_of_value(v);
  i.in[0] = operand_slot(v);
  i.out = static_cast<std::uint16_t>(result);
  i.part = part_slot(size_of_value(v));
  i.result = i.operands;
  if (op == op_id::moments) {
    i.out2 = static_cast<std::uint16_t>(values_[index(n.first_result + 1)].slot);
    i.part2 = part_slot(static_cast<std::uint8_t>(2 * size_of_value(v)));  // and what deviations sum up to
  }
  set_kernel(i, op, b_);
  return i;
}

void lowering::seek(const node& n, phase& ph) {
  const op_id extreme = n.id() == op_id::argmax ? op_id::max : op_id::min;
  const std::uint16_t operand = operand_slot(n.inputs[0]);
  const auto is_extreme = [&](const instruction& i) {
    return i.what == instruction::kind::reduce && i.op->id == extreme && i.in[0] == operand;
  };
  auto found = std::find_if(ph.block.begin(), ph.block.end(), is_extreme);
  if (found == ph.block.end()) {
    ph.block.push_back(reduce_instruction(extreme, n, row_slot(size_of_value(n.inputs[0]))));
    found = std::prev(ph.block.end());
  }
  instruction i;
  i.inputs = 2;
  i.in[0] = operand;
  i.in[1] = found->out;
  i.scalars = 2;
  i.out = static_cast<std::uint16_t>(values_[index(n.first_result)].slot);
  i.part = found->part;
  i.part2 = part_slot(size_of_value(n.first_result));
  i.operands = found->operands;
  i.result = dtype_of_value(n.first_result);
  set_kernel(i, n.id(), b_);
  ph.block.push_back(i);
}

void lowering::accumulate_columns(const node& n, phase& ph) {
  const dtype type = dtype_of_value(n.inputs[0]);
  const std::uint16_t operand = operand_slot(n.inputs[0]);
  const auto result = static_cast<std::uint16_t>(values_[index(n.first_result)].slot);
  if (n.op->is(trait::search)) search_columns(*p_, ph, n.id() == op_id::argmax, type, operand, result, b_);
  else ph.block.push_back(accumulate(*p_, ph, combiner_of(*reduction_of(n.id())), type, operand, result, b_));
}

}  // namespace tendril::engine
