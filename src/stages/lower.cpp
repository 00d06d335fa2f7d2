// Lowering: the region of a group becomes a stage program.
#include <algorithm>
#include <set>

#include "array/format.hpp"
#include "stages/lowering.hpp"
#include "stages/schedule.hpp"

namespace tendril::engine {

lowering::lowering(const graph& g, std::span<const std::int64_t> space, std::span<const std::int64_t> reduced, std::vector<char> dropped,
                   std::span<const int> layouts, std::vector<port_place> ports, bool column_major, bool columns, const backend& b,
                   std::span<const sums_of_columns::guarded> rare)
    : g_(g),
      space_(space.begin(), space.end()),
      b_(b),
      producers_(g.producers()),
      dropped_(std::move(dropped)),
      reduced_(space.size(), 0),
      columns_(columns),
      rare_(rare) {
  p_ = std::make_unique<stage_program>();
  if (std::any_of(ports.begin(), ports.end(), [](const port_place& o) { return o.offset != 0; }))
    for (const port_place& o : ports) p_->port_offsets.push_back(o.offset);
  p_->ports = std::move(ports);
  for (auto a : reduced) reduced_[static_cast<std::size_t>(a)] = 1;
  choose_axes(!reduced.empty() || has_reduction(), layouts, column_major);
}

std::unique_ptr<stage_program> lowering::run() {
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
    if (x.what == slot::kind::saved || x.what == slot::kind::part || (outside && !p_->externals[static_cast<std::size_t>(x.external)].row))
      p_->moving_slots.push_back(static_cast<std::uint16_t>(s));
  }
  p_->short_vector = p_->outer.empty() && p_->inner.size() <= 1 && single_block_;
  p_->engines = join_engines();
  p_->in_place = p_->externals.size() && g_.results.size() == 1 && last_phase_ == 0 && p_->row_results.empty() && writes_last();
  check(station::placed);
  return std::move(p_);
}

void lowering::check([[maybe_unused]] station s) const {
#ifndef NDEBUG
  verify(*p_, s);
#endif
}

std::size_t lowering::bytes_touched() const {
  double bytes = 0;
  for (const auto* list : {&g_.inputs, &g_.results})
    for (value_id v : *list) {
      double own = static_cast<double>(size_of_value(v));
      for (const extent& e : g_.type_of(v).shape) own *= static_cast<double>(e.value);
      bytes += own;
    }
  return static_cast<std::size_t>(bytes);
}

bool lowering::writes_last() const {
  const auto& block = p_->phases.back().block;
  if (block.empty()) return false;
  // Before the last instruction no result is written, so every operand is read by then.
  for (std::size_t i = 0; i + 1 < block.size(); ++i)
    if (p_->slots[block[i].out].what == slot::kind::external) return false;
  return true;
}

std::string lowering::join_engines() const {
  std::set<std::string_view> engines;
  for (const phase& ph : p_->phases)
    for (const auto* list : {&ph.before, &ph.block})
      for (const instruction& i : *list) engines.insert(i.engine->name);
  return format_text("{}", joined(engines, "+"));
}

std::unique_ptr<stage_program> lower(const graph& region, std::span<const std::int64_t> space, std::span<const std::int64_t> inner,
                                     std::span<const int> layouts, std::vector<port_place> ports, const backend& b) {
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
    return lowering(region, space, inner, std::move(dropped), layouts, std::move(ports), column_major, false, b).run();
  const sums_of_columns sums = moments_as_sums(region);
  return lowering(sums.graph, space, inner, std::move(dropped), layouts, std::move(ports), column_major, true, b, sums.rare).run();
}

}  // namespace tendril::engine
