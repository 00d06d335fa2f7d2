// A pass that calls several functions goes over its row in stretches, with a loop for each function: a loop that calls them all waits for
// one after the other, and one that compilers make no vector of would keep all from being vectors.
#include <algorithm>

#include <tendril/detail/op_id.hpp>

#include "array/format.hpp"
#include "source/plain_nest.hpp"

namespace tendril::source_text {
namespace {

constexpr std::size_t fewest_functions = 3;  // fewer run as quickly in one loop
constexpr std::int64_t shortest_row = 64;

bool is_function(const node& n) {
  switch (n.id()) {
    case op_id::sqrt:
    case op_id::rsqrt: return false;
    default: return n.op->is(trait::elementwise) && n.op->is(trait::inexact);
  }
}

}  // namespace

bool nest_writer::computes(value_id v, int pass) {
  const made* m = v == absent ? nullptr : find(v);
  return m && m->full && !(m->first_pass < pass && (m->stored || m->kept));
}

std::vector<value_id> nest_writer::functions_of(int pass) {
  if (tiled_ || inner_loops_.empty()) return {};
  const product& row = inner_loops_.back().count;
  if (row.lengths.empty() && row.factor < shortest_row) return {};
  std::vector<value_id> functions;
  for (const value_id v : order_)
    if (uses_[static_cast<std::size_t>(pass)].contains(v) && computes(v, pass) && is_function(*values_[v].n)) functions.push_back(v);
  return functions.size() < fewest_functions ? std::vector<value_id>() : functions;
}

// What two stages need is made once, unless it is one quick op of what lies in memory.
bool nest_writer::is_quick(value_id v, int pass) {
  const node& n = *values_[v].n;
  switch (n.id()) {
    case op_id::add:
    case op_id::subtract:
    case op_id::multiply:
    case op_id::negative:
    case op_id::square:
    case op_id::astype: break;
    default: return false;
  }
  return std::none_of(n.inputs.begin(), n.inputs.end(), [&](value_id in) { return computes(in, pass); });
}

// By value, the stages that need it, in their order: what an earlier one has made needs nothing any more. The last stage is that of what is
// stored.
std::map<value_id, std::set<std::size_t>> nest_writer::stages_of(int pass, const std::vector<value_id>& functions,
                                                                 const std::vector<value_id>& stores) {
  std::map<value_id, std::set<std::size_t>> stages;
  const auto is_one = [&](value_id v) { return std::find(functions.begin(), functions.end(), v) != functions.end(); };
  for (std::size_t stage = 0; stage <= functions.size(); ++stage) {
    std::vector<value_id> open = stage < functions.size() ? values_[functions[stage]].n->inputs : stores;
    while (!open.empty()) {
      const value_id v = open.back();
      open.pop_back();
      if (!computes(v, pass) || is_one(v)) continue;
      const bool made = !stages[v].empty() && !is_quick(v, pass);
      if (!stages[v].insert(stage).second || made) continue;
      open.insert(open.end(), values_[v].n->inputs.begin(), values_[v].n->inputs.end());
    }
  }
  return stages;
}

void nest_writer::write_stages(int pass, const std::vector<value_id>& functions, const std::vector<value_id>& stores) {
  const auto stages = stages_of(pass, functions, stores);
  std::size_t k = names_used_;
  for (loop& l : inner_loops_) {
    l.index = {w_.index_name(k++)};
    if (&l != &inner_loops_.back()) open_loop(l);
  }
  loop& row = inner_loops_.back();
  const std::string i = row.index.text, count = w_.text_of(row.count);
  row.index = {"first + " + i, true};
  w_.code_.open(format_text("for (std::size_t first = 0; first < {}; first += stretch)", count));
  w_.code_.add(format_text("const std::size_t width = std::min(stretch, {} - first);", count));
  const auto is_stored = [&](value_id v) { return std::find(stores.begin(), stores.end(), v) != stores.end(); };
  const auto give_place = [&](value_id v) {
    if (is_stored(v)) {
      staged_[v] = element(w_.place_of(v), v);
      return;
    }
    const std::string name = w_.names_.fresh(std::string(noun(values_[v])) + "s");
    w_.code_.add(format_text("{} {}[stretch];", cpp_type(dtype_of(v)), name));
    staged_[v] = format_text("{}[{}]", name, i);
  };
  std::map<value_id, std::string> places;
  for (const value_id v : order_) {
    const auto s = stages.find(v);
    const bool shared = s != stages.end() && s->second.size() > 1 && !is_quick(v, pass);
    if (shared || std::find(functions.begin(), functions.end(), v) != functions.end()) give_place(v);
  }
  places.swap(staged_);
  const auto write = [&](value_id v) {
    w_.code_.add(format_text("{} = {};", places[v], compute(*values_[v].n).text));
    staged_[v] = places[v];
  };
  for (std::size_t stage = 0; stage <= functions.size(); ++stage) {
    texts_.clear();
    w_.code_.open(format_text("for (std::size_t {0} = 0; {0} < width; ++{0})", i));
    for (const value_id v : order_)
      if (const auto s = stages.find(v); s != stages.end() && places.contains(v) && *s->second.begin() == stage) write(v);
    if (stage < functions.size()) write(functions[stage]);
    else
      for (const value_id v : stores) {
        if (places.contains(v)) continue;
        const expression e = read(v);
        if (const std::string to = element(w_.place_of(v), v); e.text != to) w_.code_.add(format_text("{} = {};", to, e.text));
      }
    w_.code_.close();
  }
  staged_.clear();
  texts_.clear();
  for (std::size_t opened = 0; opened < inner_loops_.size(); ++opened) w_.code_.close();
}

}  // namespace tendril::source_text
