// The passes of a nest over a row, and the values that a row has between them.
#include <algorithm>

#include <tendril/detail/op_id.hpp>

#include "array/format.hpp"
#include "source/plain_nest.hpp"

namespace tendril::source_text {

// The loops over a row, the last of them in lanes or in blocks. How many they are.
std::size_t nest_writer::open_row(const std::vector<total*>& totals, bool lanes, bool blocks) {
  std::size_t k = names_used_, opened = 0;
  for (std::size_t i = 0; i < inner_loops_.size(); ++i) {
    loop& l = inner_loops_[i];
    l.index = {w_.index_name(k++)};
    const bool last = i + 1 == inner_loops_.size();
    const std::string count = w_.text_of(l.count);
    if (last && blocks && paired_) {
      w_.code_.open(format_text("for (std::size_t start = 0; start < {}; start += {})", count, column_length));
      for (total* t : totals)
        if (t->single) start_total(*t, lanes);
      w_.code_.open(format_text("for (std::size_t {0} = start; {0} < std::min<std::size_t>(start + {1}, {2}); ++{0})", l.index.text,
                                column_length, count));
    } else if (last && blocks) {
      w_.code_.open(format_text("for (std::size_t first = 0; first < {}; first += block)", count));
      for (total* t : totals)
        if (t->single) start_total(*t, lanes);
      w_.code_.open_lanes(l.index.text, "first",
                          format_text("std::min{}(first + block, {})", l.count.lengths.empty() ? "<std::size_t>" : "", count));
    } else if (last && lanes) {
      w_.code_.open_lanes(l.index.text, "0", count);
    } else {
      open_loop(l);
    }
    ++opened;
  }
  if (tiled_) {
    w_.code_.open(format_text("for (std::size_t {0} = 0; {0} < {1}; ++{0})", tile_name_, paired_ ? "across" : "width"));
    ++opened;
  }
  return opened;
}

void nest_writer::write_pass(int pass) {
  pass_ = pass;
  texts_.clear();
  std::vector<total*> totals;
  for (total& t : totals_)
    if (t.pass == pass) totals.push_back(&t);
  std::vector<value_id> stores;
  for (const value_id v : order_)
    if (const made& m = values_[v]; m.full && ((m.stored && m.ready == pass) || (m.kept && m.first_pass == pass))) stores.push_back(v);
  for (total* t : totals)
    if (t->what == total::kind::moments) write_moments(*t);
  std::erase_if(totals, [](const total* t) { return t->what == total::kind::moments; });
  if (totals.empty() && stores.empty()) return;
  if (totals.empty())
    if (const std::vector<value_id> functions = functions_of(pass); !functions.empty()) return write_stages(pass, functions, stores);
  const bool searches = std::any_of(totals.begin(), totals.end(),
                                    [](const total* t) { return t->what == total::kind::argmax || t->what == total::kind::argmin; });
  const bool real = std::any_of(totals.begin(), totals.end(), [](const total* t) { return kind_of(t->type) == dtype_kind::real; });
  const bool lanes = real && !tiled_ && !searches && !inner_loops_.empty() &&
                     !(inner_loops_.back().count.lengths.empty() && inner_loops_.back().count.factor < shortest_for_lanes);
  for (total* t : totals) t->single = (lanes || paired_) && adds_single(*t);
  const bool singles = std::any_of(totals.begin(), totals.end(), [](const total* t) { return t->single; });
  const bool blocks = singles && !(row_count().lengths.empty() && row_count().factor <= (paired_ ? column_length : block_length));
  for (total* t : totals) {
    if (!t->single || !blocks) {
      start_total(*t, lanes);
      continue;
    }
    t->sum = w_.names_.fresh("sum");
    w_.code_.add(paired_ ? format_text("double {}[across] = {{}};", t->sum) : format_text("double {} = 0;", t->sum));
    if (t->what != total::kind::squares || !corrects(*t)) continue;
    t->rest = w_.names_.fresh("rest");
    w_.code_.add(format_text("double {} = 0;", t->rest));
  }
  const std::size_t opened = open_row(totals, lanes, blocks);
  for (const value_id v : stores) {
    const expression e = read(v);
    const std::string to = element(w_.place_of(v), v);
    if (e.text != to) w_.code_.add(format_text("{} = {};", to, e.text));
  }
  for (total* t : totals) add_to(*t);
  for (std::size_t i = 0; i < opened; ++i) w_.code_.close();
  if (blocks) {
    for (total* t : totals)
      if (t->single && paired_)
        w_.code_.add(format_text("for (std::size_t {0} = 0; {0} < across; ++{0}) {1}[{0}] += {2}[{0}];", tile_name_, t->sum, t->name));
      else if (t->single) w_.code_.add(format_text("{} += added({});", t->sum, t->name));
    for (total* t : totals)
      if (!t->rests.empty()) w_.code_.add(format_text("{} += added({});", t->rest, t->rests));
    w_.code_.close();
  }
  texts_.clear();
}

expression nest_writer::row_text(const made& m, value_id v) {
  if (m.name.empty()) throw internal_error(format_text("[source_code] {} is read before its row is known", m.n->op->name));
  const std::string text = in_tile(m.name);
  return {m.wide ? format_text("static_cast<{}>({})", cpp_type(dtype_of(v)), text) : text, strength::whole, true};
}

// What is known once a pass is over: its totals, and what is made of them before the next.
void nest_writer::write_rows(int ready) {
  pass_ = ready;
  texts_.clear();
  std::vector<value_id> now;
  for (const value_id v : order_)
    if (const made& m = values_[v]; !m.full && m.ready == ready) now.push_back(v);
  // Means that deviations are taken from in the next pass.
  std::vector<total*> means;
  for (total& t : totals_)
    if (t.what == total::kind::squares && t.pass == ready) means.push_back(&t);
  write_corrections(ready);
  if (now.empty() && means.empty()) return;
  const auto declare = [&](std::string_view noun, dtype d) {
    std::string name = w_.names_.fresh(noun);
    if (tiled_) w_.code_.add(format_text("{} {}[{}];", cpp_type(d), name, tile_size()));
    return name;
  };
  // Tables of columns are declared before the loop over them.
  std::map<value_id, std::string> tables;
  std::map<total*, std::string> mean_tables;
  if (tiled_) {
    for (total* t : means)
      if (!means_.contains({t->of, t->type})) mean_tables[t] = declare("mean", held_type(*t));
    for (const value_id v : now)
      if (!in_place(v)) tables[v] = declare(noun(values_[v]), dtype_of(v));
    w_.code_.open(format_text("for (std::size_t {0} = 0; {0} < width; ++{0})", tile_name_));
  }
  bool divides = false, defined = false;  // what is defined next divides rows and does nothing else; it has been defined
  const auto define = [&](std::string& name, std::string_view noun, dtype d, const std::string& text) {
    if (tiled_) {
      w_.code_.add(format_text("{}[{}] = {};", name, tile_name_, text));
      return;
    }
    name = w_.names_.fresh(noun);
    w_.code_.add(format_text("const {} {} = {};", divides ? format_text("divisor<{}>", cpp_type(d)) : cpp_type(d), name, text));
    defined = true;
  };
  for (total* t : means) {
    if (means_.contains({t->of, t->type})) continue;
    total& sum = total_of(mean_before(*t));
    std::string name = tiled_ ? mean_tables[t] : std::string();
    const std::string text = format_text("{} / {}", joined_total(sum), w_.number_of(row_count(), held_type(sum)));
    if (corrects(*t)) define(name, "about", dtype::float32, in_type(sum, text));
    else define(name, "mean", held_type(sum), text);
    means_[{t->of, t->type}] = name;
  }
  for (const value_id v : now) {
    made& m = values_[v];
    if (tiled_) m.name = tables.contains(v) ? tables[v] : std::string();
    const std::int32_t divided = rows_divided_by(v);
    divides = divided > 0 && divided == w_.uses_of(v);
    defined = false;
    if (m.reduced) write_reduced(v, m, define);
    else {
      const expression e = compute(*m.n);
      if (tiled_ || !e.simple) define(m.name, noun(m), dtype_of(v), e.text);
      else m.name = e.text;
    }
    if (divided > 0) divisors_[v] = divides && defined ? m.name : divisor_of(v);
    divides = false;
    if (!m.stored) continue;
    if (w_.type_of(v).rank() == 0) w_.at(v) = row_text(m, v);
    else w_.code_.add(format_text("{} = {};", element(w_.place_of(v), v), row_text(m, v).text));
  }
  if (tiled_) w_.code_.close();
  texts_.clear();
}

// A mean was rounded, so that deviations from it have a sum, and their squares are greater by it.
void nest_writer::write_corrections(int ready) {
  for (total& t : totals_) {
    if (t.pass + 1 != ready || t.rests.empty()) continue;
    const std::string correction = w_.names_.fresh("correction"), mean = w_.names_.fresh("mean");
    std::string& about = means_[{t.of, t.type}];
    if (t.rest.empty()) t.rest = format_text("static_cast<double>(added({}))", t.rests);
    w_.code_.add(format_text("const double {} = {} / {};", correction, t.rest, w_.number_of(row_count(), dtype::float64)));
    w_.code_.add(format_text("const double {} = {} + {};", mean, about, correction));
    about = mean;
    t.rest = format_text("{} * {}", t.rest, correction);
    for (auto& [v, m] : values_) {
      if (m.id != op_id::mean || m.full || m.n->inputs[0] != t.of || dtype_of(v) != t.type) continue;
      m.name = mean;
      m.wide = true;
    }
  }
}

// A divisor beside the number itself, which something else reads too.
std::string nest_writer::divisor_of(value_id v) {
  std::string name = w_.names_.fresh("by");
  w_.code_.add(format_text("const divisor<{}> {} = {};", cpp_type(dtype_of(v)), name, row_text(values_[v], v).text));
  return name;
}

// How many nodes divide the elements of rows by this number of the row, where rows are long.
std::int32_t nest_writer::rows_divided_by(value_id v) {
  if (tiled_ || kind_of(dtype_of(v)) != dtype_kind::real) return 0;
  if (const product count = row_count(); count.lengths.empty() && count.factor < shortest_for_divisors) return 0;
  return static_cast<std::int32_t>(std::count_if(order_.begin(), order_.end(), [&](value_id of) {
    const made& m = values_[of];
    return m.full && m.n->first_result == of && divides(*m.n) && m.n->inputs.back() == v &&
           std::count(m.n->inputs.begin(), m.n->inputs.end(), v) == 1;
  }));
}

// A total that needs nothing done to it stays where it was added up.
bool nest_writer::in_place(value_id v) {
  const made& m = values_[v];
  if (!m.reduced) return false;
  if (m.id == op_id::mean) return has_squares(m.n->inputs[0], dtype_of(v));
  return !has_deviations(m.id);
}

bool nest_writer::has_squares(value_id of, dtype type) const {
  return std::any_of(totals_.begin(), totals_.end(),
                     [&](const total& t) { return t.what == total::kind::squares && t.of == of && t.type == type; });
}

template <class Define>
void nest_writer::write_reduced(value_id v, made& m, const Define& define) {
  total& t = total_of(total_for(v));
  const dtype type = dtype_of(v), held = held_type(t);
  const product count = row_count();
  if (m.id == op_id::mean) {
    if (const auto known = means_.find({t.of, type}); known != means_.end()) {
      m.name = known->second;
      m.wide = held != type;
    } else {
      define(m.name, noun(m), type, in_type(t, format_text("{} / {}", joined_total(t), w_.number_of(count, held))));
    }
  } else if (has_deviations(m.id)) {
    const double correction = m.n->attrs.find("correction") ? m.n->attrs.get_real("correction") : 0.0;
    std::string divisor = w_.number_of(count, held);
    if (count.lengths.empty()) {
      const double left = static_cast<double>(count.factor) - correction;
      divisor = left > 0 ? cpp_number(scalar(left), held) : format_text("std::numeric_limits<{}>::quiet_NaN()", cpp_type(held));
    } else if (correction == 1) {  // of one element there are no squares to divide
      divisor = format_text("({} - {})", divisor, cpp_number(scalar(1), held));
    } else if (correction != 0) {
      divisor = format_text("left_of({}, {})", divisor, cpp_number(scalar(correction), held));
    }
    const std::string squares = t.rests.empty() ? joined_total(t) : format_text("std::max({} - {}, 0.0)", joined_total(t), t.rest);
    const std::string variance = format_text("{} / {}", squares, divisor);
    define(m.name, noun(m), type, in_type(t, m.id == op_id::std ? format_text("std::sqrt({})", variance) : variance));
  } else if (m.n->op->is(trait::search)) {
    m.name = t.where;
  } else if (t.lanes) {
    define(m.name, noun(m), type, in_type(t, joined_total(t)));
  } else {
    m.name = t.sum.empty() ? t.name : t.sum;
    m.wide = held != type;
  }
}

}  // namespace tendril::source_text
