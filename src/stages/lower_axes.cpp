// Lowering, the iteration space: which axes make a row, in which order axes are walked, and how long a block is.
#include <algorithm>

#include "stages/lowering.hpp"

namespace tendril::engine {
namespace {

std::int64_t product(std::span<const std::int64_t> v) {
  std::int64_t n = 1;
  for (auto x : v) n *= x;
  return n;
}

}  // namespace

void lowering::choose_axes(bool reduces, std::span<const int> layouts, bool column_major) {
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
    // runs are joined to make rows worth a block, where strides break them only very short ones: they are gathered then.
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
    constexpr std::int64_t shortest = 128, shortest_strided = 32;
    std::int64_t size = 1;
    unsigned last = 0;
    for (std::size_t k = order.size(); k-- > 0;) {
      const auto a = static_cast<std::size_t>(order[k]);
      if (space_[a] == 1) {
        is_inner[a] = 1;
        continue;
      }
      if (size >= (strided ? shortest_strided : shortest) && (pattern[a] != last || strided)) break;
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
  p_->block = std::min<std::int64_t>(p_->row_size, block_size);
  if (!reduces && !columns_ && p_->row_size > block_size) p_->block = std::min(p_->block, block_of_gathered(layouts));
  single_block_ = !columns_ && p_->row_size <= p_->block;
  if (columns_) choose_tile(*p_);
  else if (reduces && !single_block_) p_->block = block_of_runs(order);
}

// Of rows of more than one block: where operands are gathered, each has a block buffer, and results may be scattered from theirs: all
// should stay in the nearest cache, with what they are gathered from.
std::int64_t lowering::block_of_gathered(std::span<const int> layouts) const {
  constexpr std::int64_t all_bytes = 12 << 10, most_bytes = 2 << 10, multiple = 64;
  std::int64_t buffers = 0, size = 1;
  for (std::size_t i = 0; i < g_.inputs.size() && i < layouts.size(); ++i) {
    if (layouts[i] != 2) continue;
    ++buffers;
    size = std::max(size, static_cast<std::int64_t>(size_of(g_.type_of(g_.inputs[i]).dtype)));
  }
  if (buffers == 0) return block_size;
  buffers += static_cast<std::int64_t>(g_.results.size());
  return std::clamp(std::min(most_bytes, all_bytes / buffers) / size / multiple * multiple, multiple, block_size);
}

std::int64_t lowering::block_of_runs(const std::vector<std::int8_t>& order) const {
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

bool lowering::one_row() const {
  if (!p_->outer.empty() || !single_block_ || p_->row_size == 0) return false;
  if (!std::is_sorted(p_->inner_axis.begin(), p_->inner_axis.end())) return false;
  return std::all_of(p_->externals.begin(), p_->externals.end(), [&](const external& x) {
    return x.row || std::all_of(p_->inner_axis.begin(), p_->inner_axis.end(), [&](std::int8_t a) { return x.axis[a] >= 0; });
  });
}

}  // namespace tendril::engine
