// A nest of loops as a whole: what it makes, which loops it walks, and which pass makes what.
#include <algorithm>

#include <tendril/detail/op_id.hpp>

#include "array/format.hpp"
#include "kernels/reductions.hpp"
#include "ops/literals.hpp"
#include "source/plain_nest.hpp"

namespace tendril::source_text {

nest_writer::nest_writer(plain_writer& w, const detail::loop_nest& nest) : w_(w), nest_(nest), space_(nest.space), inner_(nest.inner) {
  if (nest.fused) return;
  const node& n = node_at(nest.nodes.front());
  const bool reduces = engine::is_reduction(n);
  space_ = w.type_of(reduces ? n.inputs[0] : n.first_result).known_extents();
  if (reduces) inner_ = engine::reduced_axes(n, static_cast<int>(space_.size()));
}

void plain_writer::write_nest(const detail::loop_nest& nest) { nest_writer(*this, nest).write(); }

void nest_writer::write() {
  find_values();
  if (space_.empty()) return write_numbers();
  find_loops();
  find_ready();
  plan_passes();
  const std::vector<value_id> pairs = find_pairs();
  paired_ = !pairs.empty();
  tiled_ = tiled_ || paired_;
  std::size_t opened = 0;
  if (paired_) opened += open_columns(pairs);
  for (std::size_t k = 0; k < outer_.size(); ++k) {
    if (tiled_ && k + 1 == outer_.size()) break;
    if (!paired_) outer_[k].index = {w_.index_name(names_used_++)};
    open_loop(outer_[k]);
    ++opened;
  }
  if (tiled_ && !paired_) {
    loop& tile = outer_.back();
    tile_name_ = w_.index_name(names_used_++);
    tile.index = {"first + " + tile_name_, true};
    const std::string all = w_.text_of(tile.count);
    w_.code_.open(format_text("for (std::size_t first = 0; first < {}; first += columns)", all));
    w_.code_.add(format_text("const std::size_t width = std::min(columns, {} - first);", all));
    ++opened;
  }
  write_rows(0);
  for (int pass = 0; pass < passes_; ++pass) {
    write_pass(pass);
    write_rows(pass + 1);
  }
  for (std::size_t k = 0; k < opened; ++k) w_.code_.close();
}

std::vector<value_id> nest_writer::find_pairs() {
  if (tiled_ || passes_ != 1 || outer_.size() < 2 || inner_loops_.size() != 1) return {};
  const loop& column = outer_.back();
  if (column.count.lengths.empty() && column.count.factor < shortest_for_lanes) return {};
  std::vector<value_id> turned;
  bool others = false;
  const auto see = [&](value_id v) {
    if (v == absent || find(v) || !w_.in_memory(v) || std::find(turned.begin(), turned.end(), v) != turned.end()) return;
    const auto steps = [&](const loop& l) { return stride_along(v, l.axis).factor != 0; };
    if (!steps(column)) return;
    others = others || !steps(inner_loops_[0]) || kind_of(dtype_of(v)) != dtype_kind::real ||
             std::any_of(outer_.begin(), outer_.end() - 1, steps);
    turned.push_back(v);
  };
  for (const total& t : totals_) {
    others = others || kind_of(t.type) != dtype_kind::real || t.what == total::kind::argmax || t.what == total::kind::argmin ||
             t.what == total::kind::moments;
    see(t.of);
  }
  for (const value_id v : order_) {
    const made& m = values_[v];
    others = others || (m.full && (m.stored || m.kept)) || (!m.full && m.ready == 0);
    if (m.full)
      for (const value_id in : m.n->inputs) see(in);
  }
  if (others) return {};
  return turned;
}

// The loop over the columns, and in it what is turned over.
std::size_t nest_writer::open_columns(const std::vector<value_id>& pairs) {
  for (std::size_t k = 0; k + 1 < outer_.size(); ++k) outer_[k].index = {w_.index_name(names_used_++)};
  tile_name_ = w_.index_name(names_used_++);
  outer_.back().index = {"first + " + tile_name_, true};
  loop& inner = inner_loops_[0];
  inner.index = {w_.index_name(names_used_)};
  std::vector<std::string> names;
  for (const value_id v : pairs) names.push_back(w_.give_memory("turned", dtype_of(v), inner.count.times(most_across)));
  const std::string all = w_.text_of(outer_.back().count);
  w_.code_.open(format_text("in_columns({}, [&](std::size_t first, auto across)", all), true);
  w_.code_.add(format_text("const std::size_t width = std::min<std::size_t>(across, {} - first);", all));
  for (std::size_t k = 0; k < pairs.size(); ++k) {
    const value_id v = pairs[k];
    open_loop(inner);
    w_.code_.open(format_text("for (std::size_t {0} = 0; {0} < across; ++{0})", tile_name_));
    const std::string to = format_text("{}[{} * across + {}]", names[k], inner.index.text, tile_name_);
    w_.code_.add(
        format_text("{} = {} < width ? {} : {};", to, tile_name_, element(w_.place_of(v), v), cpp_number(scalar(0.0), dtype_of(v))));
    w_.code_.close();
    w_.code_.close();
    turned_[v] = to;
  }
  return 1;
}

void nest_writer::write_numbers() {
  for (const value_id v : order_) {
    expression e = compute(*values_[v].n);
    if (!e.simple && (values_[v].stored || w_.uses_of(v) > 1 || e.text.size() > 80)) e = named(v, e);
    texts_[v] = e;
    if (values_[v].stored) w_.at(v) = e;
  }
}

void nest_writer::find_values() {
  std::map<value_id, std::int32_t> uses_inside;
  for (const std::int32_t i : nest_.nodes) {
    const node& n = node_at(i);
    made m;
    m.n = &n;
    m.reduced = engine::is_reduction(n);
    m.full = !m.reduced && w_.type_of(n.first_result).known_extents() == space_;
    for (const value_id v : n.inputs)
      if (v != absent) ++uses_inside[v];
    const auto add = [&](value_id v, op_id id) {
      m.id = id;
      values_[v] = m;
      order_.push_back(v);
    };
    if (n.id() == op_id::moments) {
      add(n.first_result, op_id::mean);
      add(n.first_result + 1, op_id::var);
    } else {
      add(n.first_result, n.id());
    }
  }
  for (auto& [v, m] : values_) m.stored = w_.uses_of(v) > uses_inside[v];
}

// A reduction is known a pass after its operand; squares without their mean a pass later.
void nest_writer::find_ready() {
  for (const value_id v : order_) {
    made& m = values_[v];
    for (const value_id in : m.n->inputs)
      if (const made* of = in == absent ? nullptr : find(in)) m.ready = std::max(m.ready, of->ready);
    if (m.reduced) m.ready += has_deviations(m.id) && !has_moments(*m.n) ? 2 : 1;
  }
}

length nest_writer::length_of_axis(std::size_t a) const {
  for (const std::int32_t i : nest_.nodes) {
    const node& n = node_at(i);
    for (std::size_t k = 0; k <= n.inputs.size(); ++k) {
      const value_id v = k < n.inputs.size() ? n.inputs[k] : n.first_result;
      if (v == absent) continue;
      const type& t = w_.type_of(v);
      // A reduction without keepdims has lost its axes.
      if (k == n.inputs.size() && engine::is_reduction(n) && t.rank() != static_cast<int>(space_.size())) continue;
      const int own = static_cast<int>(a) - (static_cast<int>(space_.size()) - t.rank());
      if (own >= 0 && t.shape[static_cast<std::size_t>(own)].value == space_[a]) return w_.lengths_.of(v, own);
    }
  }
  return {-1, space_[a]};
}

// The stride of a value along an axis of the space; a row's value that lost its axes has those that stay, in order.
product nest_writer::stride_along(value_id v, std::size_t axis) const {
  const place& p = w_.place_of(v);
  const auto m = values_.find(v);
  const int rank = static_cast<int>(p.strides.size()), all = static_cast<int>(space_.size());
  if (m != values_.end() && m->second.reduced && rank != all) {
    if (is_inner(axis)) return {0, {}};
    int own = 0;
    for (std::size_t a = 0; a < axis; ++a) own += is_inner(a) ? 0 : 1;
    return p.strides[static_cast<std::size_t>(own)];
  }
  const int own = static_cast<int>(axis) - (all - rank);
  return own < 0 ? product{0, {}} : p.strides[static_cast<std::size_t>(own)];
}

void nest_writer::find_loops() {
  // What is read and written in memory.
  std::vector<value_id> in_memory;
  for (const value_id v : order_) {
    made& m = values_[v];
    if (m.stored && w_.type_of(v).rank() > 0) w_.give_place(v, noun(m));
    if (m.stored && w_.in_memory(v)) in_memory.push_back(v);
    for (const value_id in : m.n->inputs)
      if (in != absent && !find(in) && w_.in_memory(in)) in_memory.push_back(in);
  }
  std::vector<std::size_t> axes;
  for (std::size_t a = 0; a < space_.size(); ++a)
    if (!length_of_axis(a).is(1)) axes.push_back(a);
  const auto walk = [&](bool inner) {
    std::vector<loop> loops;
    for (const std::size_t a : axes) {
      if (is_inner(a) != inner) continue;
      const length l = length_of_axis(a);
      // Two axes are one loop where all memory steps through them as through one.
      const bool next = !loops.empty() && follows(axes, loops.back().axis, a);
      if (next && std::all_of(in_memory.begin(), in_memory.end(),
                              [&](value_id v) { return stride_along(v, loops.back().axis) == stride_along(v, a).times(l); })) {
        loops.back() = {loops.back().count.times(l), a};
      } else {
        loops.push_back({product{}.times(l), a});
      }
    }
    return loops;
  };
  const bool searches = std::any_of(order_.begin(), order_.end(), [&](value_id v) { return values_[v].n->op->is(trait::search); });
  outer_ = walk(false);
  inner_loops_ = walk(true);
  const bool reduces = std::any_of(order_.begin(), order_.end(), [&](value_id v) { return values_[v].reduced; });
  tiled_ = reduces && !searches && !outer_.empty() && !inner_loops_.empty() && outer_.back().axis > inner_loops_.back().axis &&
           !(outer_.back().count.lengths.empty() && outer_.back().count.factor < 4);
  // A space without inner axes is walked in one pass, all of its axes inside of it.
  if (inner_.empty()) {
    inner_loops_ = std::move(outer_);
    outer_.clear();
  }
}

bool nest_writer::follows(const std::vector<std::size_t>& axes, std::size_t a, std::size_t b) {
  const auto at = std::find(axes.begin(), axes.end(), a);
  return at != axes.end() && at + 1 != axes.end() && *(at + 1) == b;
}

bool nest_writer::is_dear(value_id v) const {
  const made* m = find(v);
  if (!m || !m->full) return false;
  if (m->n->op->is(trait::inexact)) return true;
  return std::any_of(m->n->inputs.begin(), m->n->inputs.end(), [&](value_id in) { return in != absent && is_dear(in); });
}

// A result's memory, where a value may wait until the last pass writes the result.
bool nest_writer::keep(value_id v, int until) {
  if (values_[v].stored || values_[v].kept) return true;
  for (const value_id r : order_) {
    made& m = values_[r];
    if (!m.stored || !m.full || m.ready < until || dtype_of(r) != dtype_of(v) || !w_.in_memory(r) || lent_.contains(r)) continue;
    if (m.ready == until && !is_alone(r, until)) continue;
    lent_.insert(r);
    w_.places_[static_cast<std::size_t>(v)] = w_.place_of(r);
    values_[v].kept = true;
    return true;
  }
  return false;
}

// Whether a pass writes this value and does nothing else: what waits in its memory is read once, before.
bool nest_writer::is_alone(value_id r, int pass) const {
  return std::none_of(totals_.begin(), totals_.end(), [&](const total& t) { return t.pass == pass; }) &&
         std::none_of(values_.begin(), values_.end(),
                      [&](const auto& m) { return m.first != r && m.second.full && m.second.stored && m.second.ready == pass; });
}

void nest_writer::need(value_id v, int pass, std::map<value_id, int>& uses) {
  made* m = v == absent ? nullptr : find(v);
  if (!m || !m->full) return;
  if (uses[v]++ > 0) return;
  if (m->first_pass >= 0 && m->first_pass < pass && (m->stored || (is_dear(v) && keep(v, pass)))) return;
  if (m->first_pass < 0) m->first_pass = pass;
  for (const value_id in : m->n->inputs) need(in, pass, uses);
}

void nest_writer::plan_passes() {
  for (const value_id v : order_) {
    const made& m = values_[v];
    if (m.reduced) {
      const total wanted = total_for(v);
      if (wanted.what == total::kind::squares) total_of(mean_before(wanted));
      total_of(wanted);
      passes_ = std::max(passes_, m.ready);
    } else if (m.full && m.stored) {
      passes_ = std::max(passes_, m.ready + 1);
    }
  }
  uses_.resize(static_cast<std::size_t>(passes_));
  for (int pass = 0; pass < passes_; ++pass) {
    auto& uses = uses_[static_cast<std::size_t>(pass)];
    for (const total& t : totals_)
      if (t.pass == pass) need(t.of, pass, uses);
    for (const value_id v : order_)
      if (const made& m = values_[v]; m.full && m.stored && m.ready == pass) need(v, pass, uses);
  }
}

product nest_writer::row_count() const {
  product count;
  for (const loop& l : inner_loops_) count = count.times(l.count);
  return count;
}

}  // namespace tendril::source_text
