// What the passes of a nest add up: which totals there are, how they start, what an element adds, and what lanes give together.
#include <algorithm>

#include <tendril/detail/op_id.hpp>

#include "array/format.hpp"
#include "source/plain_nest.hpp"

namespace tendril::source_text {

namespace {

const char* noun_of_total(nest_writer::total::kind k) {
  switch (k) {
    case nest_writer::total::kind::sum: return "total";
    case nest_writer::total::kind::prod: return "product";
    case nest_writer::total::kind::max: return "largest";
    case nest_writer::total::kind::min: return "smallest";
    case nest_writer::total::kind::any: return "some";
    case nest_writer::total::kind::all: return "every";
    case nest_writer::total::kind::count: return "count";
    case nest_writer::total::kind::squares: return "squares";
    case nest_writer::total::kind::argmax:
    case nest_writer::total::kind::argmin: return "best";
    case nest_writer::total::kind::moments: return "spread";
  }
  return "";
}
const char* lanes_of_total(nest_writer::total::kind k) {
  switch (k) {
    case nest_writer::total::kind::prod: return "products";
    case nest_writer::total::kind::max: return "maxima";
    case nest_writer::total::kind::min: return "minima";
    case nest_writer::total::kind::squares: return "squares";
    default: return "totals";
  }
}
}  // namespace

bool nest_writer::has_moments(const node& n) const {
  if (tiled_ || inner_loops_.size() != 1 || is_dear(n.inputs[0])) return false;
  return std::any_of(order_.begin(), order_.end(), [&](value_id v) {
    const made& m = values_.at(v);
    return has_deviations(m.id) && m.n->inputs[0] == n.inputs[0] && dtype_of(v) == dtype_of(n.first_result);
  });
}

// What a reduction adds up; of one with deviations their squares, which a mean comes before.
nest_writer::total nest_writer::total_for(value_id v) const {
  using kind = total::kind;
  const made& m = values_.at(v);
  const value_id of = m.n->inputs[0];
  const dtype type = dtype_of(v);
  const int pass = m.ready - 1;
  if ((m.id == op_id::mean || has_deviations(m.id)) && has_moments(*m.n)) return {kind::moments, of, type, pass};
  switch (m.id) {
    case op_id::sum:
    case op_id::mean: return {kind::sum, of, type, pass};
    case op_id::var:
    case op_id::std: return {kind::squares, of, type, pass};
    case op_id::prod: return {kind::prod, of, type, pass};
    case op_id::max: return {kind::max, of, type, pass};
    case op_id::min: return {kind::min, of, type, pass};
    case op_id::any: return {kind::any, of, type, pass};
    case op_id::all: return {kind::all, of, type, pass};
    case op_id::count_nonzero: return {kind::count, of, type, pass};
    case op_id::argmax: return {kind::argmax, of, dtype_of(of), pass};
    case op_id::argmin: return {kind::argmin, of, dtype_of(of), pass};
    default: throw internal_error(format_text("[source_code] no total for {}", m.n->op->name));
  }
}

nest_writer::total& nest_writer::total_of(total wanted) {
  for (total& t : totals_)
    if (t.what == wanted.what && t.of == wanted.of && t.type == wanted.type && t.pass == wanted.pass) return t;
  totals_.push_back(std::move(wanted));
  return totals_.back();
}

std::string nest_writer::start_of(const total& t) {
  const std::string type = cpp_type(t.type);
  const bool real = kind_of(t.type) == dtype_kind::real;
  switch (t.what) {
    case total::kind::prod: return "1";
    case total::kind::max:
    case total::kind::argmax:
      return real ? format_text("-std::numeric_limits<{}>::infinity()", type) : format_text("std::numeric_limits<{}>::min()", type);
    case total::kind::min:
    case total::kind::argmin:
      return real ? format_text("std::numeric_limits<{}>::infinity()", type) : format_text("std::numeric_limits<{}>::max()", type);
    case total::kind::any: return "false";
    case total::kind::all: return "true";
    default: return "0";
  }
}

// Long sums of float32, and what deviations are taken of, are added up in double: they would lose places.
dtype nest_writer::sum_type(dtype type) const {
  const product count = row_count();
  const bool deviations = std::any_of(totals_.begin(), totals_.end(), [](const total& t) { return t.what == total::kind::squares; });
  const bool few = !deviations && count.lengths.empty() && count.factor < shortest_for_lanes;
  return type == dtype::float32 && !few ? dtype::float64 : type;
}

// A row of float32 in lanes: a block has few enough additions for them not to lose places, and what blocks give is added up in double. A
// mean that deviations are taken from is added up in double all along, unless they correct it.
bool nest_writer::adds_single(const total& t) const {
  if (t.type != dtype::float32 || inner_loops_.size() != 1) return false;
  if (t.what == total::kind::squares) return true;
  if (t.what != total::kind::sum) return false;
  return std::all_of(totals_.begin(), totals_.end(),
                     [&](const total& s) { return s.what != total::kind::squares || s.of != t.of || s.type != t.type || corrects(s); });
}

// Only where nothing but the squares reads the mean before it is corrected.
bool nest_writer::corrects(const total& squares) const {
  if (squares.type != dtype::float32 || tiled_ || inner_loops_.size() != 1) return false;
  if (const product& row = inner_loops_[0].count; row.lengths.empty() && row.factor < shortest_for_lanes) return false;
  const bool alone = std::count_if(totals_.begin(), totals_.end(), [&](const total& t) { return t.pass == squares.pass; }) == 1;
  return alone && std::all_of(values_.begin(), values_.end(), [&](const auto& value) {
           const made& m = value.second;
           if (m.full) return !(m.stored && m.ready == squares.pass) && !(m.kept && m.first_pass == squares.pass);
           return m.ready != squares.pass || (m.id == op_id::mean && m.n->inputs[0] == squares.of && !m.stored);
         });
}

dtype nest_writer::held_type(const total& t) const {
  if (!t.rests.empty() || t.what == total::kind::moments) return dtype::float64;
  if (t.single && t.sum.empty()) return dtype::float32;
  const bool adds = t.what == total::kind::sum || t.what == total::kind::prod || t.what == total::kind::squares;
  return adds ? sum_type(t.type) : t.type;
}

std::string nest_writer::in_type(const total& t, const std::string& text) const {
  return held_type(t) == t.type ? text : format_text("static_cast<{}>({})", cpp_type(t.type), text);
}

void nest_writer::write_moments(total& t) {
  loop& row = inner_loops_[0];
  row.index = {w_.index_name(names_used_)};
  t.name = w_.names_.fresh(noun_of_total(t.what));
  texts_.clear();
  w_.code_.open({});
  const expression e = read(t.of);
  w_.code_.add(format_text("return {};", plain_writer::cast(e, dtype_of(t.of), t.type)));
  std::vector<std::string> body = w_.code_.take();
  texts_.clear();
  const std::string call = format_text("const moments {} = moments_of<{}>({}, ", t.name, cpp_type(t.type), w_.text_of(row.count)),
                    lambda = format_text("[&](std::size_t {})", row.index.text);
  if (const std::string line = call + lambda + " { " + body[0] + " });"; body.size() == 1 && w_.code_.fits(line)) {
    w_.code_.add_taken({line});
  } else {
    const std::string element = w_.names_.fresh("element");
    w_.code_.open_lambda(format_text("const auto {} = {}", element, lambda));
    w_.code_.add_taken(std::move(body));
    w_.code_.close();
    w_.code_.add(call + element + ");");
  }
  means_[{t.of, t.type}] = t.name + ".mean";
}

void nest_writer::start_total(total& t, bool lanes) {
  const bool real = kind_of(t.type) == dtype_kind::real;
  const bool searches = t.what == total::kind::argmax || t.what == total::kind::argmin;
  t.lanes = lanes && real;
  std::string start = start_of(t), type = cpp_type(t.single ? dtype::float32 : held_type(t));
  if (t.lanes && (t.what == total::kind::max || t.what == total::kind::min)) {
    start = format_text("ordinal_of(-std::numeric_limits<{}>::infinity())", type);
    type = t.type == dtype::float32 ? "std::int32_t" : "std::int64_t";
  }
  if (tiled_ || t.lanes) {
    const char* size = tiled_ ? tile_size() : "lanes";
    t.name = w_.names_.fresh(t.lanes ? lanes_of_total(t.what) : noun_of_total(t.what));
    w_.code_.add(format_text("{} {}[{}]{};", type, t.name, size, start == "0" || start == "false" ? " = {}" : ""));
    if (start != "0" && start != "false") w_.code_.add(format_text("std::fill_n({}, {}, {});", t.name, size, start));
  } else {
    t.name = w_.names_.fresh(noun_of_total(t.what));
    w_.code_.add(format_text("{} {} = {};", type, t.name, start));
  }
  if (t.what == total::kind::squares && corrects(t)) {
    t.rests = w_.names_.fresh("rests");
    w_.code_.add(format_text("float {}[lanes] = {{}};", t.rests));
  }
  if (searches) {
    t.where = w_.names_.fresh("where");
    w_.code_.add(format_text("std::int64_t {} = 0;", t.where));
  }
}

// The number of an element in its row.
std::string nest_writer::number_in_row() {
  std::string text;
  for (std::size_t i = 0; i < inner_loops_.size(); ++i) {
    product after;
    for (std::size_t k = i + 1; k < inner_loops_.size(); ++k) after = after.times(inner_loops_[k].count);
    const bool once = after.factor == 1 && after.lengths.empty();
    text += (text.empty() ? "" : " + ") + inner_loops_[i].index.text + (once ? "" : " * " + w_.text_of(after));
  }
  return text.empty() ? "0" : text;
}

void nest_writer::add_to(total& t) {
  const std::string to = t.lanes ? t.name + "[lane]" : in_tile(t.name);
  expression e = read(t.of);
  const dtype from = dtype_of(t.of);
  if (t.what == total::kind::any || t.what == total::kind::all || t.what == total::kind::count) {
    const std::string truth = from == dtype::bool_ ? bracketed(e, strength::shift) : "(" + bracketed(e, strength::shift) + " != 0)";
    if (t.what == total::kind::any) w_.code_.add(format_text("{} |= {};", to, truth));
    else if (t.what == total::kind::all) w_.code_.add(format_text("{} &= {};", to, truth));
    else w_.code_.add(format_text("{} += {};", to, truth));
    return;
  }
  std::string x = plain_writer::cast(e, from, t.type);
  if (from != t.type) e = {x, strength::whole, false};
  const bool wraps = kind_of(t.type) == dtype_kind::integer && is_signed(t.type);
  switch (t.what) {
    case total::kind::sum: w_.code_.add(wraps ? format_text("{0} = wrap_add({0}, {1});", to, x) : format_text("{} += {};", to, x)); break;
    case total::kind::prod:
      w_.code_.add(wraps ? format_text("{0} = wrap_multiply({0}, {1});", to, x)
                         : format_text("{} *= {};", to, bracketed(e, strength::comparison)));
      break;
    case total::kind::max:
      if (!t.lanes) w_.code_.add(format_text("{0} = maximum({0}, {1});", to, x));
      else w_.code_.add(format_text("{0} = std::max({0}, ordinal_of({1}));", to, x));
      break;
    case total::kind::min:
      if (!t.lanes) w_.code_.add(format_text("{0} = minimum({0}, {1});", to, x));
      else {
        std::string negated = "-";
        add_operand(negated, bracketed(e, strength::sign));
        w_.code_.add(format_text("{0} = std::max({0}, ordinal_of({1}));", to, negated));
      }
      break;
    case total::kind::squares: {
      std::string name = w_.names_.fresh("difference");
      std::string mean = mean_text(t.of, t.type);
      if (t.single && t.rests.empty()) mean = format_text("static_cast<float>({})", mean);
      w_.code_.add(format_text("const {} {} = {} - {};", cpp_type(t.single ? dtype::float32 : held_type(t)), name,
                               bracketed(e, strength::sum), mean));
      w_.code_.add(format_text("{0} += {1} * {1};", to, name));
      if (!t.rests.empty()) w_.code_.add(format_text("{}[lane] += {};", t.rests, name));
      break;
    }
    case total::kind::argmax:
    case total::kind::argmin: {
      if (!e.simple || x.size() > 20) {  // it stands there three times
        std::string name = w_.names_.fresh("value");
        w_.code_.add(format_text("const {} {} = {};", cpp_type(t.type), name, x));
        x = std::move(name);
      }
      const char* better = t.what == total::kind::argmax ? ">" : "<";
      const bool real = kind_of(t.type) == dtype_kind::real;
      const std::string nan = real ? format_text(" || ({0} != {0} && {1} == {1})", x, to) : std::string();
      w_.code_.open(format_text("if ({} {} {}{})", x, better, to, nan));
      w_.code_.add(format_text("{} = {};", to, x));
      w_.code_.add(format_text("{} = static_cast<std::int64_t>({});", t.where, number_in_row()));
      w_.code_.close();
      break;
    }
    default: break;
  }
}

std::string nest_writer::joined_total(total& t) {
  if (!t.sum.empty()) return in_tile(t.sum);
  if (t.what == total::kind::moments) return t.name + ".squares";
  if (!t.lanes) return in_tile(t.name);
  switch (t.what) {
    case total::kind::prod: return format_text("multiplied({})", t.name);
    case total::kind::max: return format_text("largest_of<{}>({})", cpp_type(t.type), t.name);
    case total::kind::min: return format_text("-largest_of<{}>({})", cpp_type(t.type), t.name);
    default: return format_text("added({})", t.name);
  }
}

}  // namespace tendril::source_text
