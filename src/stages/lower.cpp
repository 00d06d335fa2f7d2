// Lowering: the region of a group becomes a stage program.
#include <algorithm>
#include <cstring>
#include <memory>
#include <set>

#include <tendril/detail/op_id.hpp>

#include "array/arena.hpp"
#include "array/array_impl.hpp"
#include "array/format.hpp"
#include "array/memory.hpp"
#include "kernels/reductions.hpp"
#include "ops/op_table.hpp"
#include "stages/columns.hpp"
#include "stages/schedule.hpp"

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

std::int64_t product(std::span<const std::int64_t> v) {
  std::int64_t n = 1;
  for (auto x : v) n *= x;
  return n;
}

class lowering {
 public:
  /// `reduced` are the inner axes that fuse gave; `dropped` the results that lack them.
  lowering(const graph& g, std::span<const std::int64_t> space, std::span<const std::int64_t> reduced, std::vector<char> dropped,
           std::span<const int> layouts, std::vector<operand_place> operands, bool column_major, bool columns, const backend& b,
           std::span<const sums_of_columns::guarded> rare = {})
      : g_(g),
        space_(space.begin(), space.end()),
        b_(b),
        producers_(g.producers()),
        dropped_(std::move(dropped)),
        reduced_(space.size(), 0),
        columns_(columns),
        rare_(rare) {
    p_ = std::make_unique<stage_program>();
    if (std::any_of(operands.begin(), operands.end(), [](const operand_place& o) { return o.offset != 0; }))
      for (const operand_place& o : operands) p_->operand_offsets.push_back(o.offset);
    p_->operands = std::move(operands);
    for (auto a : reduced) reduced_[static_cast<std::size_t>(a)] = 1;
    choose_axes(!reduced.empty() || has_reduction(), layouts, column_major);
  }

  std::unique_ptr<stage_program> run() {
    values_.resize(g_.types.size());
    add_slot({slot::kind::absent, 0, -1, 0});
    for (std::size_t i = 0; i < g_.inputs.size(); ++i) add_input(i);
    for (const node& n : g_.nodes) classify(n);
    for (value_id r : g_.results) values_[index(r)].result = true;
    for (std::size_t i = 0; i < g_.results.size(); ++i) add_result(i);
    choose_saved();
    for (int ph = 0; ph <= last_phase_; ++ph) emit_phase(ph);
    if (columns_ && b_.compiler)
      for (std::size_t ph = 0, count = p_->phases.size(); ph < count; ++ph) add_several_blocks(*p_, ph);
    p_->one_row = one_row();
    check(station::lowered);
    if (b_.compiler) emit_loops(*p_, b_, {bytes_touched(), !columns_ && !lent_, !single_block_ && !columns_ && !has_reduction()});
    check(station::scheduled);
    place_buffers(*p_);
    p_->workspace += room_for_shift;
    auto& buffers = p_->buffers;
    for (const slot& s : p_->slots)
      if (s.what == slot::kind::buffer) buffers.push_back(s.offset);
    std::sort(buffers.begin(), buffers.end());
    buffers.erase(std::unique(buffers.begin(), buffers.end()), buffers.end());
    for (std::size_t s = 0; s < p_->slots.size(); ++s) {
      const slot& x = p_->slots[s];
      const bool outside = x.what == slot::kind::external;
      p_->slot_offsets.push_back(x.what == slot::kind::constant ? 0 : x.offset);
      if (x.what == slot::kind::constant) p_->constant_slots.push_back(static_cast<std::uint16_t>(s));
      if (outside) p_->external_slots.push_back(static_cast<std::uint16_t>(s));
      if (x.what == slot::kind::saved || x.what == slot::kind::part ||
          (outside && !p_->externals[static_cast<std::size_t>(x.external)].row))
        p_->moving_slots.push_back(static_cast<std::uint16_t>(s));
    }
    p_->short_vector = p_->outer.empty() && p_->inner.size() <= 1 && single_block_;
    p_->engines = join_engines();
    p_->in_place = p_->externals.size() && g_.results.size() == 1 && last_phase_ == 0 && p_->row_results.empty() && writes_last();
    check(station::placed);
    return std::move(p_);
  }

 private:
  enum class form : std::uint8_t { constant, row, full };
  struct value {
    form what = form::full;
    int phase = 0;  // when it exists
    bool result = false;
    bool saved = false;
    bool single = false;         // of columns: one element for a block
    std::int32_t external = -1;  // as input or as result
    std::int32_t slot = -1;      // row, constant, saved, external: one slot; full values get block buffers below
    std::int32_t node = -1;
  };
  void check([[maybe_unused]] station s) const {
#ifndef NDEBUG
    verify(*p_, s);
#endif
  }
  static std::size_t index(value_id v) { return static_cast<std::size_t>(v); }
  dtype dtype_of_value(value_id v) const { return g_.type_of(v).dtype; }
  std::uint8_t size_of_value(value_id v) const { return static_cast<std::uint8_t>(size_of(dtype_of_value(v))); }

  // Which axes make a row, and in which order axes are walked.
  void choose_axes(bool reduces, std::span<const int> layouts, bool column_major) {
    const int rank = static_cast<int>(space_.size());
    std::vector<std::int8_t> order;
    for (int a = 0; a < rank; ++a) order.push_back(static_cast<std::int8_t>(column_major ? rank - 1 - a : a));
    std::vector<char> is_inner(space_.size(), 0);
    if (columns_) {
      // Columns lie side by side along the last axes that stay.
      for (std::size_t k = order.size(); k-- > 0;) {
        const auto a = static_cast<std::size_t>(order[k]);
        if (space_[a] == 1) continue;
        if (reduced_[a]) break;
        is_inner[a] = 1;
      }
    } else if (reduces) {
      is_inner = reduced_;
    } else {
      // The last axes that every operand has or lacks together, and no more than the last where strides would break the run; short
      // runs are joined to make rows worth a block.
      std::vector<unsigned> pattern(space_.size(), 0);
      for (std::size_t i = 0; i < g_.inputs.size(); ++i) {
        const type& t = g_.type_of(g_.inputs[i]);
        if (t.known_extents().empty() || product(t.known_extents()) == 1) continue;
        for (int a = 0; a < rank; ++a) {
          const int own = a - (rank - t.rank());
          const bool present = own >= 0 && t.shape[static_cast<std::size_t>(own)].value != 1;
          if (present) pattern[static_cast<std::size_t>(a)] |= 1u << (i % 32);
        }
      }
      const bool strided = std::any_of(g_.inputs.begin(), g_.inputs.end(), [&](const value_id& v) {
        const auto i = static_cast<std::size_t>(&v - g_.inputs.data());
        return i < layouts.size() && layouts[i] == 2 && g_.type_of(v).known_extents() == space_;
      });
      std::int64_t size = 1;
      unsigned last = 0;
      for (std::size_t k = order.size(); k-- > 0;) {
        const auto a = static_cast<std::size_t>(order[k]);
        if (space_[a] == 1) {
          is_inner[a] = 1;
          continue;
        }
        if (size >= 128 && (pattern[a] != last || strided)) break;
        last = pattern[a];
        is_inner[a] = 1;
        size *= space_[a];
      }
    }
    for (std::int8_t a : order) {
      const auto i = static_cast<std::size_t>(a);
      const bool across = columns_ && reduced_[i];
      if (space_[i] == 1) continue;
      (is_inner[i] ? p_->inner : across ? p_->across : p_->outer).push_back(space_[i]);
      (is_inner[i] ? p_->inner_axis : across ? p_->across_axis : p_->outer_axis).push_back(a);
    }
    inner_mask_ = is_inner;
    p_->row_size = product(p_->inner);
    p_->rows = product(p_->outer);
    single_block_ = !columns_ && p_->row_size <= block_size;
    p_->block = std::min<std::int64_t>(p_->row_size, block_size);
    if (columns_) choose_tile(*p_);
    else if (reduces && !single_block_) p_->block = block_of_runs(order);
  }

  // Where a row is of several runs (all of an image's planes of one channel), a block that divides a run lies in place.
  std::int64_t block_of_runs(const std::vector<std::int8_t>& order) const {
    constexpr std::int64_t shortest = 64;
    std::int64_t run = 1;
    for (std::size_t k = order.size(); k-- > 0;) {
      const auto a = static_cast<std::size_t>(order[k]);
      if (space_[a] == 1) continue;
      if (!inner_mask_[a]) break;
      run *= space_[a];
    }
    if (run < p_->row_size)
      for (std::int64_t parts = (run + block_size - 1) / block_size; run / parts >= shortest; ++parts)
        if (run % parts == 0) return run / parts;
    return block_size;
  }

  // Are operands that are row-major read and written from their first element to their last?
  bool one_row() const {
    if (!p_->outer.empty() || !single_block_ || p_->row_size == 0) return false;
    if (!std::is_sorted(p_->inner_axis.begin(), p_->inner_axis.end())) return false;
    return std::all_of(p_->externals.begin(), p_->externals.end(), [&](const external& x) {
      return x.row || std::all_of(p_->inner_axis.begin(), p_->inner_axis.end(), [&](std::int8_t a) { return x.axis[a] >= 0; });
    });
  }

  bool has_reduction() const { return std::any_of(g_.nodes.begin(), g_.nodes.end(), is_reduction); }

  // An operand of this shape: broadcast from the right, or with the inner axes dropped.
  external make_external(const extents& shape, bool dropped) const {
    external e;
    const int rank = static_cast<int>(space_.size());
    std::fill(std::begin(e.axis), std::end(e.axis), static_cast<std::int8_t>(-1));
    if (dropped) {
      int own = 0;
      for (int a = 0; a < rank; ++a)
        if (!reduced_[static_cast<std::size_t>(a)]) e.axis[a] = static_cast<std::int8_t>(own++);
      return e;
    }
    const int lead = rank - static_cast<int>(shape.size());
    for (int a = std::max(lead, 0); a < rank; ++a)
      if (shape[static_cast<std::size_t>(a - lead)] != 1) e.axis[a] = static_cast<std::int8_t>(a - lead);
    return e;
  }

  bool varies_along(const external& e, const std::vector<char>& mask) const {
    for (std::size_t a = 0; a < space_.size(); ++a)
      if (mask[a] && space_[a] != 1 && e.axis[a] >= 0) return true;
    return false;
  }

  std::int32_t add_slot(slot s) {
    p_->slots.push_back(s);
    return static_cast<std::int32_t>(p_->slots.size() - 1);
  }

  std::int32_t add_external(external e, std::int32_t operand, std::uint8_t element_size) {
    e.operand = operand;
    e.element_size = element_size;
    if (!e.row) {
      e.offset = p_->workspace;
      p_->workspace += whole_lines(static_cast<std::size_t>(p_->block) * element_size);
    }
    p_->externals.push_back(e);
    return static_cast<std::int32_t>(p_->externals.size() - 1);
  }

  void add_input(std::size_t i) {
    const value_id v = g_.inputs[i];
    external e = make_external(g_.type_of(v).known_extents(), false);
    value& x = values_[index(v)];
    if (columns_) {
      e.still = !varies_along(e, reduced_);
      e.row = x.single = !varies_along(e, inner_mask_) && (e.still || p_->lanes == 1);
      x.what = e.still ? form::row : form::full;
    } else {
      e.row = (p_->row_size > 1 || !has_reduction()) && !varies_along(e, inner_mask_);
      x.what = e.row ? form::row : form::full;
    }
    x.external = add_external(e, static_cast<std::int32_t>(i), size_of_value(v));
    x.slot = add_slot({slot::kind::external, size_of_value(v), x.external, 0});
  }

  void add_result(std::size_t i) {
    const value_id v = g_.results[i];
    value& x = values_[index(v)];
    external e = make_external(g_.type_of(v).known_extents(), dropped_[i]);
    e.result = true;
    e.row = x.what == form::row;
    const auto operand = static_cast<std::int32_t>(g_.inputs.size() + i);
    x.external = add_external(e, operand, size_of_value(v));
    if (e.row) p_->row_results.push_back({static_cast<std::uint16_t>(x.slot), static_cast<std::uint16_t>(x.external)});
    else x.slot = add_slot({slot::kind::external, size_of_value(v), x.external, 0});
  }

  std::int32_t row_slot(std::uint8_t element_size) {
    const std::size_t at = p_->workspace;
    if (columns_) {
      p_->workspace += whole_lines(static_cast<std::size_t>(p_->block) * element_size);
      return add_slot({slot::kind::column, element_size, -1, at});
    }
    p_->workspace += 64;  // one element a line: kernels may be told that it is a block of one
    return add_slot({slot::kind::row, element_size, -1, at});
  }

  // What a node's results are, and in which phase they exist.
  void classify(const node& n) {
    const auto self = static_cast<std::int32_t>(&n - g_.nodes.data());
    for (std::int32_t k = 0; k < n.result_count; ++k) values_[index(n.first_result + k)].node = self;
    value& x = values_[index(n.first_result)];
    if (n.id() == op_id::constant) {
      const array& a = std::get<array>(n.attrs.find("value")->value);
      const std::size_t at = p_->constants.size();
      p_->constants.resize(at + 16);
      std::memcpy(p_->constants.data() + at, a.view().data, size_of(a.dtype()));
      x.what = form::constant;
      x.slot = add_slot({slot::kind::constant, size_of_value(n.first_result), -1, at});
      return;
    }
    const value_id guard = guard_of(n);
    int phase = guard == absent ? 0 : values_[index(guard)].phase;
    bool full = false;
    for (value_id v : n.inputs) {
      if (v == absent) continue;
      phase = std::max(phase, values_[index(v)].phase);
      full |= values_[index(v)].what == form::full;
    }
    const bool reduction = is_reduction(n);
    for (std::int32_t k = 0; k < n.result_count; ++k) {
      value& r = values_[index(n.first_result + k)];
      r.what = reduction || !full ? form::row : form::full;
      r.phase = reduction ? phase + 1 : phase;
      if (r.what == form::row) r.slot = row_slot(size_of_value(n.first_result + k));
    }
    last_phase_ = std::max(last_phase_, x.phase);
  }

  bool dear(value_id v, int depth = 0) const {
    const std::int32_t p = producers_[index(v)];
    if (p < 0) return false;
    const node& n = g_.nodes[index(p)];
    if (n.op->is(trait::inexact) || n.id() == op_id::divide || n.id() == op_id::sqrt || depth > 3) return true;
    for (value_id i : n.inputs)
      if (i != absent && values_[index(i)].what == form::full && dear(i, depth + 1)) return true;
    return false;
  }

  // Full values of an earlier phase that a later one needs: kept when dear, else computed again. Rows of one block keep all.
  void choose_saved() {
    if (single_block_) return;
    constexpr std::int64_t most_bytes = 256 << 10;
    std::vector<std::pair<value_id, int>> todo;
    for (const node& n : g_.nodes) {
      if (is_reduction(n) && guard_of(n) == absent) todo.emplace_back(n.inputs[0], values_[index(n.first_result)].phase - 1);
    }
    for (value_id r : g_.results)
      if (values_[index(r)].what == form::full) todo.emplace_back(r, values_[index(r)].phase);
    std::set<std::pair<value_id, int>> seen;
    while (!todo.empty()) {
      const auto [v, ph] = todo.back();
      todo.pop_back();
      value& x = values_[index(v)];
      if (x.what != form::full || x.node < 0 || !seen.insert({v, ph}).second) continue;
      if (x.phase < ph && (x.result || x.saved)) continue;
      const std::int64_t bytes = size_of_value(v) * (columns_ ? p_->groups() * p_->block : p_->row_size);
      if (x.phase < ph && dear(v) && (bytes <= most_bytes || lend_result(v))) {
        if (!x.result) {
          x.saved = true;
          const std::size_t at = p_->workspace;
          p_->workspace += whole_lines(static_cast<std::size_t>(bytes));
          x.slot = add_slot({slot::kind::saved, size_of_value(v), -1, at});
        }
        todo.emplace_back(v, x.phase);
        continue;
      }
      for (value_id i : g_.nodes[index(x.node)].inputs)
        if (i != absent) todo.emplace_back(i, ph);
    }
  }

  // A value waits where a result of the last phase will be, if there is but one: all that the phase computes leads to it, so that every
  // element is read before it is written. Past the caches, reading it again costs more than most values cost.
  bool lend_result(value_id v) {
    if (lent_ || bytes_touched() >= 2 * stream_threshold()) return false;
    value_id last = absent;
    for (value_id r : g_.results) {
      if (values_[index(r)].what != form::full || values_[index(r)].phase != last_phase_ || r == last) continue;
      if (last != absent) return false;
      last = r;
    }
    if (last == absent || size_of_value(last) != size_of_value(v)) return false;
    external e = p_->externals[static_cast<std::size_t>(values_[index(last)].external)];
    e.lent = true;
    value& x = values_[index(v)];
    x.external = add_external(e, e.operand, e.element_size);
    x.slot = add_slot({slot::kind::external, e.element_size, x.external, 0});
    return lent_ = x.result = true;
  }

  // The nodes behind `v` are computed in phase `ph`; values that exist already are not.
  void need(value_id v, int ph, std::vector<char>& nodes, std::vector<char>& reads) const {
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

  // What is used only where a condition holds. It is computed again from what is there: nothing is kept for it.
  value_id guard_of(const node& n) const {
    for (const auto& r : rare_)
      if (r.first <= n.first_result && n.first_result < r.last) return r.when;
    return absent;
  }

  // Rare values stand in phases of their own, so that they can be left out: those whose guard is known already before the rest, which uses
  // them, the others behind it.
  enum class part : std::uint8_t { usual, known, rare };
  part part_of(const node& n, int ph) const {
    const value_id guard = guard_of(n);
    return guard == absent ? part::usual : values_[index(guard)].phase < ph ? part::known : part::rare;
  }
  void emit_phase(int ph) {
    const auto emit = [&](part which) {
      phase out = part_of_phase(ph, which);
      if (which == part::usual || !out.before.empty() || !out.block.empty()) p_->phases.push_back(std::move(out));
    };
    if (!rare_.empty()) emit(part::known);
    emit(part::usual);
    if (!rare_.empty()) emit(part::rare);
  }

  phase part_of_phase(int ph, part which) {
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

  // The slot of a full value that is computed in this phase: memory outside, the saved row, or a block buffer placed later.
  std::uint16_t full_slot(value_id v) {
    value& x = values_[index(v)];
    if (x.slot >= 0) return static_cast<std::uint16_t>(x.slot);
    x.slot = add_slot({slot::kind::buffer, size_of_value(v), -1, 0});
    return static_cast<std::uint16_t>(x.slot);
  }

  instruction map_instruction(const node& n, bool row) {
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

  std::uint16_t operand_slot(value_id v) {
    const value& x = values_[index(v)];
    return x.what == form::full ? full_slot(v) : static_cast<std::uint16_t>(x.slot);
  }

  // Where the blocks of a long row leave what they have, elements of this size.
  std::uint16_t part_slot(std::uint8_t element_size) {
    if (single_block_) return 0;
    const std::size_t blocks = static_cast<std::size_t>((p_->row_size + p_->block - 1) / p_->block), at = p_->workspace;
    p_->workspace += whole_lines(blocks * element_size);
    return static_cast<std::uint16_t>(add_slot({slot::kind::part, element_size, -1, at}));
  }

  instruction reduce_instruction(op_id op, const node& n, std::int32_t result) {
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

  // The place of an extreme, which may be a result of its own.
  void seek(const node& n, phase& ph) {
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

  void accumulate_columns(const node& n, phase& ph) {
    const dtype type = dtype_of_value(n.inputs[0]);
    const std::uint16_t operand = operand_slot(n.inputs[0]);
    const auto result = static_cast<std::uint16_t>(values_[index(n.first_result)].slot);
    if (n.op->is(trait::search)) search_columns(*p_, ph, n.id() == op_id::argmax, type, operand, result, b_);
    else ph.block.push_back(accumulate(*p_, ph, combiner_of(*reduction_of(n.id())), type, operand, result, b_));
  }

  // All that a call reads and writes.
  std::size_t bytes_touched() const {
    double bytes = 0;
    for (const auto* list : {&g_.inputs, &g_.results})
      for (value_id v : *list) {
        double own = static_cast<double>(size_of_value(v));
        for (const extent& e : g_.type_of(v).shape) own *= static_cast<double>(e.value);
        bytes += own;
      }
    return static_cast<std::size_t>(bytes);
  }

  bool writes_last() const {
    const auto& block = p_->phases.back().block;
    if (block.empty()) return false;
    // Before the last instruction no result is written, so every operand is read by then.
    for (std::size_t i = 0; i + 1 < block.size(); ++i)
      if (p_->slots[block[i].out].what == slot::kind::external) return false;
    return true;
  }

  std::string join_engines() const {
    std::set<std::string_view> engines;
    for (const phase& ph : p_->phases)
      for (const auto* list : {&ph.before, &ph.block})
        for (const instruction& i : *list) engines.insert(i.engine->name);
    return format_text("{}", joined(engines, "+"));
  }

  const graph& g_;
  extents space_;
  const backend& b_;
  std::vector<std::int32_t> producers_;
  std::vector<value> values_;
  std::unique_ptr<stage_program> p_;
  std::vector<char> inner_mask_;
  const std::vector<char> dropped_;
  std::vector<char> reduced_;
  const bool columns_;
  const std::span<const sums_of_columns::guarded> rare_;
  bool single_block_ = true;
  bool lent_ = false;  // a result's memory holds another value first
  int last_phase_ = 0;
  std::vector<std::uint16_t> seen_reads_;
};

}  // namespace

std::unique_ptr<stage_program> lower(const graph& region, std::span<const std::int64_t> space, std::span<const std::int64_t> inner,
                                     std::span<const int> layouts, std::vector<operand_place> operands, const backend& b) {
  // Memory order, as most operands of the full shape have it.
  int column = 0, row = 0;
  for (std::size_t i = 0; i < region.inputs.size() && i < layouts.size(); ++i)
    if (std::ranges::equal(region.type_of(region.inputs[i]).known_extents(), space)) (layouts[i] == 0 ? row : column) += layouts[i] < 2;
  // Places are counted in the order of the axes.
  const bool counts =
      std::any_of(region.nodes.begin(), region.nodes.end(), [](const node& n) { return n.op->is(trait::search); }) &&
      std::count_if(inner.begin(), inner.end(), [&](std::int64_t a) { return space[static_cast<std::size_t>(a)] != 1; }) > 1;
  const bool column_major = column > row && !counts;
  std::vector<char> dropped;
  const auto producers = region.producers();
  bool reduces = false;
  for (value_id r : region.results) {
    const node& n = region.nodes[static_cast<std::size_t>(producers[static_cast<std::size_t>(r)])];
    dropped.push_back(is_reduction(n) && !n.attrs.get_bool("keepdims"));
  }
  for (const node& n : region.nodes) reduces |= is_reduction(n);
  if (!reduces || !runs_across(space, inner, column_major))
    return lowering(region, space, inner, std::move(dropped), layouts, std::move(operands), column_major, false, b).run();
  const sums_of_columns sums = moments_as_sums(region);
  return lowering(sums.graph, space, inner, std::move(dropped), layouts, std::move(operands), column_major, true, b, sums.rare).run();
}

}  // namespace tendril::engine
