// Loop nests in plain C++. A nest walks the rows of its space, and each row in passes: a reduction ends the pass that feeds it, and what
// needs its result is in a later one. Where rows run along memory, a reduction over real numbers has lanes; where they run across it, some
// columns are reduced side by side.
#include <algorithm>

#include <tendril/ops.hpp>

#include <tendril/detail/op_id.hpp>

#include "array/format.hpp"
#include "kernels/reductions.hpp"
#include "ops/literals.hpp"
#include "source/plain_writer.hpp"

namespace tendril::source_text {
namespace {

constexpr std::int64_t block_length = 2048;      // `block` of the helpers
constexpr std::int64_t column_length = 64;       // the same of columns, one after the other
constexpr std::int64_t most_across = 128;        // of in_columns of the helpers
constexpr std::int64_t shortest_for_lanes = 17;  // a row of fewer elements is one chain of additions

bool has_deviations(op_id id) { return id == op_id::var || id == op_id::std; }

}  // namespace

class nest_writer {
 public:
  nest_writer(plain_writer& w, const detail::loop_nest& nest) : w_(w), nest_(nest), space_(nest.space), inner_(nest.inner) {
    if (!nest.fused) {
      const node& n = node_at(nest.nodes.front());
      const bool reduces = engine::is_reduction(n);
      space_ = w.type_of(reduces ? n.inputs[0] : n.first_result).known_extents();
      if (reduces) inner_ = engine::reduced_axes(n, static_cast<int>(space_.size()));
    }
  }

  void write() {
    find_values();
    if (space_.empty()) return write_numbers();
    find_loops();
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

 private:
  // Rows of one operand against rows of another, as distances between points are: some columns of the result are made side by side, for
  // which the rows that they are of are turned over, once for all rows of the other. Empty: the nest is none of these.
  std::vector<value_id> find_pairs() {
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
      others = others || kind_of(t.type) != dtype_kind::real || t.what == total::kind::argmax || t.what == total::kind::argmin;
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
  std::size_t open_columns(const std::vector<value_id>& pairs) {
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
  const char* tile_size() const { return paired_ ? "across" : "columns"; }

  void write_numbers() {
    for (const value_id v : order_) {
      expression e = compute(*values_[v].n);
      if (!e.simple && (values_[v].stored || w_.uses_of(v) > 1 || e.text.size() > 80)) e = named(v, e);
      texts_[v] = e;
      if (values_[v].stored) w_.at(v) = e;
    }
  }

  struct loop {
    product count;
    std::size_t axis = 0;  ///< of the space: the last of those that it walks, along which memory steps
    index_of_axis index = {};
  };
  /// A value that the nest makes.
  struct made {
    const node* n = nullptr;
    op_id id = {};         ///< the node's; of moments, mean and var
    bool full = false;     ///< one element for each point of the space; otherwise one for each row
    bool reduced = false;  ///< a reduction
    int ready = 0;         ///< the passes before it can be known
    bool stored = false;   ///< somebody outside of the nest reads it
    bool kept = false;     ///< it waits in a result's memory for a later pass
    bool wide = false;     ///< a row's value that is there with more places than its dtype has
    int first_pass = -1;   ///< that computes it
    std::string name;      ///< of a row's value
  };
  /// What a pass adds up.
  struct total {
    enum class kind : std::uint8_t { sum, prod, max, min, any, all, count, squares, argmax, argmin } what;
    value_id of;  ///< an element of it at each point
    dtype type;   ///< of the total
    int pass = 0;
    bool lanes = false;
    bool single = false;                          ///< the lanes are float32, which a block of a row takes few enough additions of
    std::string name = {}, where = {}, sum = {};  ///< `sum`: of the blocks of a row
  };

  const node& node_at(std::int32_t i) const { return w_.g_.nodes[static_cast<std::size_t>(i)]; }
  made* find(value_id v) {
    const auto m = values_.find(v);
    return m == values_.end() ? nullptr : &m->second;
  }
  dtype dtype_of(value_id v) const { return w_.type_of(v).dtype; }

  // ---- what there is
  void find_values() {
    std::map<value_id, std::int32_t> uses_inside;
    for (const std::int32_t i : nest_.nodes) {
      const node& n = node_at(i);
      made m;
      m.n = &n;
      m.reduced = engine::is_reduction(n);
      m.full = !m.reduced && w_.type_of(n.first_result).known_extents() == space_;
      for (const value_id v : n.inputs) {
        if (v == absent) continue;
        ++uses_inside[v];
        if (const made* in = find(v)) m.ready = std::max(m.ready, in->ready);
      }
      const auto add = [&](value_id v, op_id id) {
        m.id = id;
        values_[v] = m;
        if (m.reduced) values_[v].ready += has_deviations(id) ? 2 : 1;
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

  length length_of_axis(std::size_t a) const {
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

  bool is_inner(std::size_t a) const { return std::find(inner_.begin(), inner_.end(), static_cast<std::int64_t>(a)) != inner_.end(); }

  // The stride of a value along an axis of the space; a row's value that lost its axes has those that stay, in order.
  product stride_along(value_id v, std::size_t axis) const {
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

  void find_loops() {
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
  static bool follows(const std::vector<std::size_t>& axes, std::size_t a, std::size_t b) {
    const auto at = std::find(axes.begin(), axes.end(), a);
    return at != axes.end() && at + 1 != axes.end() && *(at + 1) == b;
  }

  void open_loop(const loop& l) { w_.code_.open_loop(l.index.text, w_.text_of(l.count)); }

  // ---- passes
  bool is_dear(value_id v) {
    const made* m = find(v);
    if (!m || !m->full) return false;
    if (m->n->op->is(trait::inexact)) return true;
    return std::any_of(m->n->inputs.begin(), m->n->inputs.end(), [&](value_id in) { return in != absent && is_dear(in); });
  }

  // A result's memory, where a value may wait until the last pass writes the result.
  bool keep(value_id v, int until) {
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
  bool is_alone(value_id r, int pass) const {
    return std::none_of(totals_.begin(), totals_.end(), [&](const total& t) { return t.pass == pass; }) &&
           std::none_of(values_.begin(), values_.end(),
                        [&](const auto& m) { return m.first != r && m.second.full && m.second.stored && m.second.ready == pass; });
  }

  void need(value_id v, int pass, std::map<value_id, int>& uses) {
    made* m = v == absent ? nullptr : find(v);
    if (!m || !m->full) return;
    if (uses[v]++ > 0) return;
    if (m->first_pass >= 0 && m->first_pass < pass && (m->stored || (is_dear(v) && keep(v, pass)))) return;
    if (m->first_pass < 0) m->first_pass = pass;
    for (const value_id in : m->n->inputs) need(in, pass, uses);
  }

  void plan_passes() {
    for (const value_id v : order_) {
      const made& m = values_[v];
      if (m.reduced) {
        const total wanted = total_for(v);
        if (has_deviations(m.id)) total_of(mean_before(wanted));
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

  total& total_of(total wanted) {
    for (total& t : totals_)
      if (t.what == wanted.what && t.of == wanted.of && t.type == wanted.type && t.pass == wanted.pass) return t;
    totals_.push_back(std::move(wanted));
    return totals_.back();
  }

  // What a reduction adds up; of one with deviations their squares, which a mean comes before.
  total total_for(value_id v) const {
    using kind = total::kind;
    const made& m = values_.at(v);
    const value_id of = m.n->inputs[0];
    const dtype type = dtype_of(v);
    const int pass = m.ready - 1;
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
  static total mean_before(const total& squares) { return {total::kind::sum, squares.of, squares.type, squares.pass - 1}; }

  // ---- elements
  std::string element(const place& p, value_id v) {
    if (const auto t = turned_.find(v); t != turned_.end()) return t->second;
    std::vector<index_of_axis> index;
    place stepped{p.base, p.offset, {}};
    std::map<std::size_t, const index_of_axis*> by_axis;
    for (const auto* loops : {&outer_, &inner_loops_})
      for (const loop& l : *loops) by_axis[l.axis] = &l.index;
    for (const auto& [axis, one] : by_axis) {
      stepped.strides.push_back(stride_along(v, axis));
      index.push_back(*one);
    }
    return w_.element(stepped, index);
  }

  /// A value where it is used: its text in the loop that is open.
  expression read(value_id v) {
    if (const auto known = texts_.find(v); known != texts_.end()) return known->second;
    made* m = find(v);
    if (!m) return w_.in_memory(v) ? expression{element(w_.place_of(v), v), strength::whole, true} : w_.at(v);
    if (!m->full) return row_text(*m, v);
    if (m->first_pass < pass_ && (m->stored || m->kept)) {
      expression e{element(w_.place_of(v), v), strength::whole, true};
      if (m->kept && uses_[static_cast<std::size_t>(pass_)][v] > 1) e = named(v, e);
      texts_[v] = e;
      return e;
    }
    expression e = compute(*m->n);
    const bool several = uses_[static_cast<std::size_t>(pass_)][v] > 1 || m->kept;
    if (!e.simple && (several || e.text.size() > 80)) e = named(v, e);
    texts_[v] = e;
    return e;
  }

  expression named(value_id v, const expression& e) {
    std::string name = w_.names_.fresh(noun(values_[v]));
    w_.code_.add(format_text("const {} {} = {};", cpp_type(dtype_of(v)), name, e.text));
    return {std::move(name), strength::whole, true};
  }

  expression compute(const node& n) {
    const dtype d = form_dtype(w_.g_, n), out = dtype_of(n.first_result);
    if (n.id() == op_id::astype) {
      expression e = read(n.inputs[0]);
      const dtype from = dtype_of(n.inputs[0]);
      if (from == out) return e;
      return {plain_writer::cast(e, from, out), out == dtype::bool_ ? strength::comparison : strength::whole, false};
    }
    if (n.id() == op_id::zeros_like || n.id() == op_id::ones_like || n.id() == op_id::full_like) {
      const scalar value = n.id() == op_id::zeros_like  ? scalar(0)
                           : n.id() == op_id::ones_like ? scalar(1)
                                                        : n.attrs.get_scalar("fill_value");
      // As the dtype has it.
      return number_expression(cpp_number(detail::scalar_of(full({}, value, {.dtype = out})), out));
    }
    const std::string form = plain_form_of(n, d);
    const form_parts parts = parts_of(form);
    // An operand that stands more than once has a name.
    std::map<std::string_view, expression> operands;
    for (const form_place& p : parts.places) {
      if (p.name == "dtype" || operands.contains(p.name)) continue;
      const value_id v = operand_named(n, p.name);
      expression e = read(v);
      const auto places = std::count_if(parts.places.begin(), parts.places.end(), [&](const form_place& q) { return q.name == p.name; });
      if (places > 1 && !e.simple) {
        if (find(v)) {
          e = named(v, e);
          texts_[v] = e;
        } else {
          std::string name = w_.names_.fresh("value");
          w_.code_.add(format_text("const {} {} = {};", cpp_type(dtype_of(v)), name, e.text));
          e = {std::move(name), strength::whole, true};
        }
      }
      operands[p.name] = std::move(e);
    }
    std::string text;
    std::size_t from = 0;
    for (const form_place& p : parts.places) {
      text += form.substr(from, p.begin - from);
      add_operand(text, p.name == "dtype" ? cpp_type(out) : bracketed(operands[p.name], p.around));
      from = p.end;
    }
    text += form.substr(from);
    const bool choice = form.find(" ? ") != form.npos;
    const strength binds = choice || parts.binds < strength::shift ? strength::comparison : parts.binds;
    const bool same = form == "{x}";
    return {std::move(text), same ? operands["x"].binds : binds, same && operands["x"].simple};
  }

  static value_id operand_named(const node& n, std::string_view name) {
    for (std::size_t i = 0; i < n.inputs.size(); ++i)
      if (n.op->inputs[std::min(i, n.op->inputs.size() - 1)].name == name) return n.inputs[i];
    throw internal_error(format_text("[source_code] {} has no operand {}", n.op->name, name));
  }

  // ---- a pass
  static std::string_view noun(const made& m) {
    switch (m.id) {
      case op_id::mean: return "mean";
      case op_id::var: return "variance";
      case op_id::std: return "deviation";  // std is a namespace
      default: return noun_of(*m.n);
    }
  }
  static const char* noun_of_total(total::kind k) {
    switch (k) {
      case total::kind::sum: return "total";
      case total::kind::prod: return "product";
      case total::kind::max: return "largest";
      case total::kind::min: return "smallest";
      case total::kind::any: return "some";
      case total::kind::all: return "every";
      case total::kind::count: return "count";
      case total::kind::squares: return "squares";
      case total::kind::argmax:
      case total::kind::argmin: return "best";
    }
    return "";
  }
  static const char* lanes_of_total(total::kind k) {
    switch (k) {
      case total::kind::prod: return "products";
      case total::kind::max: return "maxima";
      case total::kind::min: return "minima";
      case total::kind::squares: return "squares";
      default: return "totals";
    }
  }
  static std::string start_of(const total& t) {
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

  void write_pass(int pass) {
    pass_ = pass;
    texts_.clear();
    std::vector<total*> totals;
    for (total& t : totals_)
      if (t.pass == pass) totals.push_back(&t);
    std::vector<value_id> stores;
    for (const value_id v : order_)
      if (const made& m = values_[v]; m.full && ((m.stored && m.ready == pass) || (m.kept && m.first_pass == pass))) stores.push_back(v);
    if (totals.empty() && stores.empty()) return;
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
    }
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
        w_.code_.open_lanes(l.index.text, "first", format_text("std::min(first + block, {})", count));
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
      w_.code_.close();
    }
    texts_.clear();
  }

  // Long sums of float32, and what deviations are taken of, are added up in double: they would lose places.
  dtype sum_type(dtype type) const {
    const product count = row_count();
    const bool deviations = std::any_of(totals_.begin(), totals_.end(), [](const total& t) { return t.what == total::kind::squares; });
    const bool few = !deviations && count.lengths.empty() && count.factor < shortest_for_lanes;
    return type == dtype::float32 && !few ? dtype::float64 : type;
  }
  // A row of float32 in lanes: a block has few enough additions for them not to lose places, and what blocks give is added up in double. A
  // mean that deviations are taken from is added up in double all along.
  bool adds_single(const total& t) const {
    if (t.type != dtype::float32 || inner_loops_.size() != 1) return false;
    return t.what == total::kind::squares || (t.what == total::kind::sum && !has_squares(t.of, t.type));
  }
  dtype held_type(const total& t) const {
    if (t.single && t.sum.empty()) return dtype::float32;
    const bool adds = t.what == total::kind::sum || t.what == total::kind::prod || t.what == total::kind::squares;
    return adds ? sum_type(t.type) : t.type;
  }
  std::string in_type(const total& t, const std::string& text) const {
    return held_type(t) == t.type ? text : format_text("static_cast<{}>({})", cpp_type(t.type), text);
  }

  void start_total(total& t, bool lanes) {
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
    if (searches) {
      t.where = w_.names_.fresh("where");
      w_.code_.add(format_text("std::int64_t {} = 0;", t.where));
    }
  }

  // The number of an element in its row.
  std::string number_in_row() {
    std::string text;
    for (std::size_t i = 0; i < inner_loops_.size(); ++i) {
      product after;
      for (std::size_t k = i + 1; k < inner_loops_.size(); ++k) after = after.times(inner_loops_[k].count);
      const bool once = after.factor == 1 && after.lengths.empty();
      text += (text.empty() ? "" : " + ") + inner_loops_[i].index.text + (once ? "" : " * " + w_.text_of(after));
    }
    return text.empty() ? "0" : text;
  }

  void add_to(total& t) {
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
        else w_.code_.add(format_text("{0} = std::max({0}, ordinal_of(-{1}));", to, bracketed(e, strength::sign)));
        break;
      case total::kind::squares: {
        std::string name = w_.names_.fresh("difference");
        std::string mean = mean_text(t.of, t.type);
        if (t.single) mean = format_text("static_cast<float>({})", mean);
        w_.code_.add(format_text("const {} {} = {} - {};", cpp_type(t.single ? dtype::float32 : held_type(t)), name,
                                 bracketed(e, strength::sum), mean));
        w_.code_.add(format_text("{0} += {1} * {1};", to, name));
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

  // ---- values of rows
  // What a row has once stands in a table where columns are reduced side by side.
  std::string in_tile(const std::string& name) const { return tiled_ ? name + "[" + tile_name_ + "]" : name; }
  std::string mean_text(value_id of, dtype type) const { return in_tile(means_.at({of, type})); }
  expression row_text(const made& m, value_id v) {
    if (m.name.empty()) throw internal_error(format_text("[source_code] {} is read before its row is known", m.n->op->name));
    const std::string text = in_tile(m.name);
    return {m.wide ? format_text("static_cast<{}>({})", cpp_type(dtype_of(v)), text) : text, strength::whole, true};
  }

  std::string joined_total(total& t) {
    if (!t.sum.empty()) return in_tile(t.sum);
    if (!t.lanes) return in_tile(t.name);
    switch (t.what) {
      case total::kind::prod: return format_text("multiplied({})", t.name);
      case total::kind::max: return format_text("largest_of<{}>({})", cpp_type(t.type), t.name);
      case total::kind::min: return format_text("-largest_of<{}>({})", cpp_type(t.type), t.name);
      default: return format_text("added({})", t.name);
    }
  }

  product row_count() const {
    product count;
    for (const loop& l : inner_loops_) count = count.times(l.count);
    return count;
  }

  // What is known once a pass is over: its totals, and what is made of them before the next.
  void write_rows(int ready) {
    pass_ = ready;
    texts_.clear();
    std::vector<value_id> now;
    for (const value_id v : order_)
      if (const made& m = values_[v]; !m.full && m.ready == ready) now.push_back(v);
    // Means that deviations are taken from in the next pass.
    std::vector<total*> means;
    for (total& t : totals_)
      if (t.what == total::kind::squares && t.pass == ready) means.push_back(&t);
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
    const auto define = [&](std::string& name, std::string_view noun, dtype d, const std::string& text) {
      if (tiled_) {
        w_.code_.add(format_text("{}[{}] = {};", name, tile_name_, text));
        return;
      }
      name = w_.names_.fresh(noun);
      w_.code_.add(format_text("const {} {} = {};", cpp_type(d), name, text));
    };
    for (total* t : means) {
      if (means_.contains({t->of, t->type})) continue;
      total& sum = total_of(mean_before(*t));
      std::string name = tiled_ ? mean_tables[t] : std::string();
      define(name, "mean", held_type(sum), format_text("{} / {}", joined_total(sum), w_.number_of(row_count(), held_type(sum))));
      means_[{t->of, t->type}] = name;
    }
    for (const value_id v : now) {
      made& m = values_[v];
      if (tiled_) m.name = tables.contains(v) ? tables[v] : std::string();
      if (m.reduced) write_reduced(v, m, define);
      else {
        const expression e = compute(*m.n);
        if (tiled_ || !e.simple) define(m.name, noun(m), dtype_of(v), e.text);
        else m.name = e.text;
      }
      if (!m.stored) continue;
      if (w_.type_of(v).rank() == 0) w_.at(v) = row_text(m, v);
      else w_.code_.add(format_text("{} = {};", element(w_.place_of(v), v), row_text(m, v).text));
    }
    if (tiled_) w_.code_.close();
    texts_.clear();
  }

  // A total that needs nothing done to it stays where it was added up.
  bool in_place(value_id v) {
    const made& m = values_[v];
    if (!m.reduced) return false;
    if (m.id == op_id::mean) return has_squares(m.n->inputs[0], dtype_of(v));
    return !has_deviations(m.id);
  }
  bool has_squares(value_id of, dtype type) const {
    return std::any_of(totals_.begin(), totals_.end(),
                       [&](const total& t) { return t.what == total::kind::squares && t.of == of && t.type == type; });
  }

  template <class Define>
  void write_reduced(value_id v, made& m, const Define& define) {
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
      const std::string variance = format_text("{} / {}", joined_total(t), divisor);
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

  plain_writer& w_;
  const detail::loop_nest& nest_;
  extents space_;
  std::vector<std::int64_t> inner_;
  std::map<value_id, made> values_;
  std::vector<value_id> order_;
  std::vector<loop> outer_, inner_loops_;
  bool tiled_ = false, paired_ = false;
  std::map<value_id, std::string> turned_;  ///< elements of what is turned over
  std::string tile_name_;
  std::size_t names_used_ = 0;
  std::vector<total> totals_;
  int passes_ = 0, pass_ = 0;
  std::vector<std::map<value_id, int>> uses_;  ///< by pass
  std::set<value_id> lent_;
  std::map<value_id, expression> texts_;  ///< of values in the loop that is open
  std::map<std::pair<value_id, dtype>, std::string> means_;
};

void plain_writer::write_nest(const detail::loop_nest& nest) { nest_writer(*this, nest).write(); }

}  // namespace tendril::source_text
