// Lowering, the values: in which form and phase each exists, in which slot it stands, and what is kept from phase to phase.
#include <algorithm>
#include <cstring>
#include <set>

#include "array/arena.hpp"
#include "array/array_impl.hpp"
#include "array/memory.hpp"
#include "stages/lowering.hpp"

namespace tendril::engine {

external lowering::make_external(const extents& shape, bool dropped) const {
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

bool lowering::varies_along(const external& e, const std::vector<char>& mask) const {
  for (std::size_t a = 0; a < space_.size(); ++a)
    if (mask[a] && space_[a] != 1 && e.axis[a] >= 0) return true;
  return false;
}

std::int32_t lowering::add_slot(slot s) {
  p_->slots.push_back(s);
  return static_cast<std::int32_t>(p_->slots.size() - 1);
}

std::int32_t lowering::add_external(external e, std::int32_t port, std::uint8_t element_size) {
  e.port = port;
  e.element_size = element_size;
  if (!e.row) {
    e.offset = p_->workspace;
    p_->workspace += whole_lines(static_cast<std::size_t>(p_->block) * element_size);
  }
  p_->externals.push_back(e);
  return static_cast<std::int32_t>(p_->externals.size() - 1);
}

void lowering::add_input(std::size_t i) {
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

void lowering::add_result(std::size_t i) {
  const value_id v = g_.results[i];
  value& x = values_[index(v)];
  external e = make_external(g_.type_of(v).known_extents(), dropped_[i]);
  e.result = true;
  e.row = x.what == form::row;
  const auto port = static_cast<std::int32_t>(g_.inputs.size() + i);
  x.external = add_external(e, port, size_of_value(v));
  if (e.row) p_->row_results.push_back({static_cast<std::uint16_t>(x.slot), static_cast<std::uint16_t>(x.external)});
  else x.slot = add_slot({slot::kind::external, size_of_value(v), x.external, 0});
}

std::int32_t lowering::row_slot(std::uint8_t element_size) {
  const std::size_t at = p_->workspace;
  if (columns_) {
    p_->workspace += whole_lines(static_cast<std::size_t>(p_->block) * element_size);
    return add_slot({slot::kind::column, element_size, -1, at});
  }
  p_->workspace += 64;  // one element a line: kernels may be told that it is a block of one
  return add_slot({slot::kind::row, element_size, -1, at});
}

std::uint16_t lowering::part_slot(std::uint8_t element_size) {
  if (single_block_) return 0;
  const std::size_t blocks = static_cast<std::size_t>((p_->row_size + p_->block - 1) / p_->block), at = p_->workspace;
  p_->workspace += whole_lines(blocks * element_size);
  return static_cast<std::uint16_t>(add_slot({slot::kind::part, element_size, -1, at}));
}

std::uint16_t lowering::full_slot(value_id v) {
  value& x = values_[index(v)];
  if (x.slot >= 0) return static_cast<std::uint16_t>(x.slot);
  x.slot = add_slot({slot::kind::buffer, size_of_value(v), -1, 0});
  return static_cast<std::uint16_t>(x.slot);
}

std::uint16_t lowering::operand_slot(value_id v) {
  const value& x = values_[index(v)];
  return x.what == form::full ? full_slot(v) : static_cast<std::uint16_t>(x.slot);
}

void lowering::classify(const node& n) {
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

value_id lowering::guard_of(const node& n) const {
  for (const auto& r : rare_)
    if (r.first <= n.first_result && n.first_result < r.last) return r.when;
  return absent;
}

bool lowering::dear(value_id v, int depth) const {
  const std::int32_t p = producers_[index(v)];
  if (p < 0) return false;
  const node& n = g_.nodes[index(p)];
  if (n.op->is(trait::inexact) || n.id() == op_id::divide || n.id() == op_id::sqrt || depth > 3) return true;
  for (value_id i : n.inputs)
    if (i != absent && values_[index(i)].what == form::full && dear(i, depth + 1)) return true;
  return false;
}

void lowering::choose_saved() {
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

bool lowering::lend_result(value_id v) {
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
  x.external = add_external(e, e.port, e.element_size);
  x.slot = add_slot({slot::kind::external, e.element_size, x.external, 0});
  return lent_ = x.result = true;
}

}  // namespace tendril::engine
