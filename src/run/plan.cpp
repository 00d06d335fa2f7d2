// Steps, roots and places: see plan.hpp.
#include "run/plan.hpp"

#include <algorithm>
#include <map>
#include <memory>

#include <tendril/detail/op_id.hpp>

#include "array/arena.hpp"
#include "array/array_impl.hpp"
#include "array/format.hpp"
#include "array/views.hpp"
#include "ops/op_table.hpp"
#include "ops/view_ops.hpp"
#include "stages/plan_threads.hpp"

namespace tendril::detail {
namespace {

// Where memory begins that has no address yet: views are made of it to learn how far from its beginning they begin.
std::byte* const nowhere = reinterpret_cast<std::byte*>(std::uintptr_t{1} << 46);

class planner {
 public:
  planner(graph g, const backend& b, std::span<const int> layouts, int threads, bool contract)
      : b_(b), layouts_(layouts.begin(), layouts.end()), threads_(threads), contract_(contract) {
    e_ = make_ref<executable>();
    e_->graph = std::move(g);
    e_->input_layouts = layouts_;
    e_->threads = threads_;
  }

  ref<executable> run() {
    const graph& g = e_->graph;
    e_->places.resize(g.types.size());
    e_->static_views.resize(g.types.size());
    e_->roots.assign(g.types.size(), absent);
    for (value_id v : g.inputs) e_->input_types.push_back(g.type_of(v));
    for (value_id v : g.results) e_->result_types.push_back(g.type_of(v));
    for (std::size_t i = 0; i < g.inputs.size(); ++i)
      e_->places[at(g.inputs[i])] = {value_place::kind::input, false, static_cast<std::int32_t>(i), 0};
    // A result is written where it goes, unless it goes to several places.
    for (std::size_t i = 0; i < g.results.size(); ++i) {
      value_place& p = e_->places[at(g.results[i])];
      if (p.what == value_place::kind::none) p = {value_place::kind::result, false, static_cast<std::int32_t>(i), 0};
    }
    place_viewed_results();
    place_parts();
    for (const node& n : g.nodes) add(n);
    copy_results();
    attach_groups();
    place_temporaries();
    place_inside_roots();
    finish();
#ifndef NDEBUG
    for (const step& s : e_->steps)
      if (s.program) engine::verify(*s.program);
    verify(*e_);
#endif
    return e_;
  }

 private:
  // ---- roots
  // The memory that a value lies in, and the value as a view of it; no view where the strides are not known before a call.
  struct home {
    value_id root = absent;
    bool known = false;
    array_view view;  ///< its data is counted from `nowhere`
  };
  home home_of(value_id v) const {
    const value_place& p = e_->places[at(v)];
    home h{e_->roots[at(v)] != absent ? e_->roots[at(v)] : v, true, e_->static_views[at(v)]};
    if (p.fixed) {
      h.view.data = nowhere + p.offset;
      return h;
    }
    h.view = engine::row_major(nowhere, e_->graph.type_of(v).dtype, e_->graph.type_of(v).known_extents());
    if (p.what == value_place::kind::input) {
      const int layout = layout_of(v);
      h.known = layout != 2;
      for (std::int64_t k = 0, stride = 1; layout == 1 && k < h.view.rank; stride *= h.view.shape[k++]) h.view.strides[k] = stride;
    } else {
      h.known = p.what == value_place::kind::none;  // a temporary
    }
    return h;
  }
  void lie_in(value_id v, value_id root, const array_view& view) {
    e_->roots[at(v)] = root;
    e_->static_views[at(v)] = view;
    e_->places[at(v)] = {value_place::kind::none, true, -1, static_cast<std::size_t>(static_cast<std::byte*>(view.data) - nowhere)};
  }
  // A place that is no value of the graph.
  value_id add_place(value_place p) {
    e_->places.push_back(p);
    e_->static_views.emplace_back();
    e_->roots.push_back(absent);
    return static_cast<value_id>(e_->places.size() - 1);
  }

  // A result that is another value in another shape: that value is made where the result goes.
  void place_viewed_results() {
    const graph& g = e_->graph;
    const auto producers = g.producers();
    for (const value_id r : g.results) {
      value_place& p = e_->places[at(r)];
      value_id v = r;
      // (One that is a result on the way has a place of its own, and is made there.)
      while ((v == r || e_->places[at(v)].what == value_place::kind::none) && producers[at(v)] >= 0 &&
             keeps_order(g.nodes[at(producers[at(v)])]))
        v = g.nodes[at(producers[at(v)])].inputs[0];
      if (v == r || p.what != value_place::kind::result || p.fixed || producers[at(v)] < 0 || bytes_of(g.type_of(r)) == 0) continue;
      const node& made = g.nodes[at(producers[at(v)])];
      if (e_->places[at(v)].what != value_place::kind::none || e_->places[at(v)].fixed) continue;
      if (made.op->is(trait::view) || made.id() == op_id::constant || made.id() == op_id::custom || has_bodies(made)) continue;
      const home h = home_of(r);
      array_view as_made;
      static const attributes plain{{"copy", false}};
      if (!engine::view_of(op_id::reshape, plain, h.view, g.type_of(v).known_extents(), as_made)) continue;
      p.fixed = true;  // of results that are not row-major, a copy is made
      e_->static_views[at(r)] = h.view;
      e_->row_major_results.push_back(p.index);
      lie_in(v, r, as_made);
    }
  }
  // Whether the result of a node is its operand in another shape, element by element.
  static bool keeps_order(const node& n) {
    return n.id() == op_id::expand_dims || n.id() == op_id::squeeze || (n.id() == op_id::reshape && !n.attrs.get_bool("copy"));
  }

  // Operands of concats are made where the concat puts them; those of outer concats first, so that inner ones know where they are.
  void place_parts() {
    const graph& g = e_->graph;
    const auto producers = g.producers();
    for (std::size_t i = g.nodes.size(); i-- > 0;) {
      const node& n = g.nodes[i];
      if (n.id() != op_id::concat || bytes_of(g.type_of(n.first_result)) == 0) continue;
      if (std::any_of(n.inputs.begin(), n.inputs.end(), [&](value_id v) { return makes_parts(producers, v) != absent; }))
        place_parts_of(n, producers);
    }
  }
  // The value that a concat's operand is but for extents of 1 and the like, if whoever makes it can write to a part of the result.
  value_id makes_parts(const std::vector<std::int32_t>& producers, value_id v) const {
    const graph& g = e_->graph;
    while (true) {
      const std::int32_t p = producers[at(v)];
      if (p < 0 || e_->places[at(v)].what != value_place::kind::none || e_->places[at(v)].fixed) return absent;
      const node& n = g.nodes[at(p)];
      if (n.id() == op_id::group || n.id() == op_id::concat) return v;
      if (!keeps_order(n)) return absent;
      v = n.inputs[0];
    }
  }
  void place_parts_of(const node& n, const std::vector<std::int32_t>& producers) {
    const graph& g = e_->graph;
    const value_id whole = n.first_result;
    value_place& p = e_->places[at(whole)];
    home h = home_of(whole);
    if (p.what == value_place::kind::result) {
      p.fixed = h.known = true;  // of results that are not row-major, a copy is made
      e_->static_views[at(whole)] = h.view;
      e_->row_major_results.push_back(p.index);
    }
    const bool flat = !n.attrs.has("axis");
    const int axis = flat ? 0 : static_cast<int>(normalize_axis("concat", n.attrs.get_int("axis"), h.view.rank));
    std::vector<std::pair<value_id, array_view>>& parts = parts_[whole];
    std::int64_t along = 0;
    for (value_id v : n.inputs) {
      const extents shape = g.type_of(v).known_extents();
      array_view part = h.view;
      part.shape[axis] = flat ? element_count("concat", shape) : shape[static_cast<std::size_t>(axis)];
      part.data = static_cast<std::byte*>(part.data) + along * part.strides[axis] * static_cast<std::int64_t>(size_of(part.dtype));
      along += part.shape[axis];
      if (part.size() == 0) continue;
      array_view as_made, as_joined;
      const value_id made = makes_parts(producers, v);
      static const attributes plain{{"copy", false}};
      if (made != absent && engine::view_of(op_id::reshape, plain, part, g.type_of(made).known_extents(), as_made))
        lie_in(made, h.root, as_made);
      else if (engine::view_of(op_id::reshape, plain, part, shape, as_joined)) parts.emplace_back(v, as_joined);
      else throw internal_error("[concat] a part of a row-major array has no view");
    }
  }

  // ---- steps
  void add(const node& n) {
    const graph& g = e_->graph;
    if (n.id() == op_id::constant) {
      const array& a = std::get<array>(n.attrs.find("value")->value);
      e_->places[at(n.first_result)] = {value_place::kind::constant, true, static_cast<std::int32_t>(e_->constants.size()), 0};
      e_->constants.push_back(a);
      e_->static_views[at(n.first_result)] = a.view();
      return;
    }
    if (n.op->is(trait::view) && (is_known_view(n) || is_in_place(n))) return;
    if (const auto joined = parts_.find(n.first_result); joined != parts_.end()) {
      for (const auto& [v, part] : joined->second) {
        const value_id to = add_place({});
        lie_in(to, home_of(n.first_result).root, part);
        add_copy(v, to, "concat");
      }
      return;
    }
    step s;
    s.op = n.op;
    s.attrs = n.attrs;
    s.in = n.inputs;
    for (std::int32_t k = 0; k < n.result_count; ++k) s.out.push_back(n.first_result + k);
    if (n.id() == op_id::group) {
      s.what = step::kind::group;
      std::vector<int> layouts;
      for (value_id v : n.inputs) layouts.push_back(layout_of(v));
      const graph& body = n.regions.front().body.front();
      s.program = engine::lower(body, n.attrs.get_ints("space"), n.attrs.get_ints("inner"), layouts, ports_of(s), b_);
      engine::plan_threads(*s.program, threads_);
      std::string ops;
      for (const node& i : body.nodes)
        if (i.id() != op_id::constant) ops += (ops.empty() ? "" : " ") + i.op->name;
      engines_.push_back({"group", ops, s.program->engines});
      ++e_->info.groups;
      e_->info.kernels_compiled += s.program->made_code;
    } else if (has_bodies(n)) {
      add_regions(n, s);
    } else if (n.op->is(trait::view) && viewable(n)) {
      s.what = step::kind::view;
      e_->places[at(n.first_result)].what = value_place::kind::view;
      e_->roots[at(n.first_result)] = home_of(n.inputs[0]).root;
      engines_.push_back({"view", n.op->name, "core"});
    } else if (n.id() == op_id::custom) {
      s.what = step::kind::custom;
      engines_.push_back({"custom", n.op->name, "user"});
    } else {
      const std::size_t data = first_data_operand(*n.op);
      const dtype key = n.inputs.empty() ? g.type_of(n.first_result).dtype : g.type_of(n.inputs[data]).dtype;
      auto k = find_whole(b_, n.id(), key);
      if (!k)
        throw backend_error(format_text("[{}] no backend has a kernel: got {}, expected a supported dtype. Convert with td::astype.",
                                        n.op->name, name_of(key)));
      if (k.owner->prepare) {
        engine::preparation p = prepare(*k.owner, n, rows_of_blocks(n, true));
        if (p.declined) k = find_whole(*k.owner->fallback, n.id(), key);
        s.prepared = std::move(p.kernel);
      }
      if (const std::int64_t rows = rows_of_blocks(n, s.prepared != nullptr)) run_by_rows(s, rows);
      s.kernel = k.kernel;
      if (!s.prepared && !s.by_rows) s.split = split_of(n, k);
      s.broadcast_inputs = n.op->is(trait::elementwise);
      engines_.push_back({s.by_rows ? "product" : "kernel", n.op->name, std::string(k.owner->name)});
    }
    e_->steps.push_back(std::move(s));
  }

  // An op with regions: its bodies are planned like this graph.
  void add_regions(const node& n, step& s) {
    s.what = step::kind::regions;
    std::vector<int> layouts;
    for (value_id v : n.inputs) {
      const bool by_caller = e_->places[at(v)].what == value_place::kind::result && !e_->places[at(v)].fixed;  // its strides are
      layouts.push_back(by_caller ? 2 : layout_of(v));
    }
    s.regions = plan_regions(n, e_->graph, layouts, b_, threads_, contract_);
    for (value_id v : s.out)
      if (e_->places[at(v)].what == value_place::kind::result) e_->row_major_results.push_back(e_->places[at(v)].index);
    step_info info{"regions", n.op->name, "user"};
    for (const auto& body : s.regions->bodies) {
      info.bodies.push_back(body->info.steps);
      e_->info.groups += body->info.groups;
      e_->info.kernels_compiled += body->info.kernels_compiled;
      body_bytes_ = std::max(body_bytes_, body->info.bytes_planned);
    }
    engines_.push_back(std::move(info));
  }

  std::unique_ptr<const engine::kernel_split> split_of(const node& n, const found<engine::whole_kernel>& k) const {
    const graph& g = e_->graph;
    std::vector<type> in;
    for (value_id v : n.inputs) in.push_back(v == absent ? type() : g.type_of(v));
    const type& out = g.type_of(n.first_result);
    const auto copy = find_whole(*k.owner, op_id::broadcast_to, out.dtype);
    return engine::plan_split(*n.op, n.attrs, in, out, threads_, k.kernel, copy.kernel);
  }

  // Where the ports of a group are among the inputs and results of the executable; nothing when some are elsewhere.
  std::vector<engine::port_place> ports_of(const step& s) const {
    std::vector<engine::port_place> places;
    const auto add = [&](value_id v) {
      const home h = home_of(v);
      const value_place& root = e_->places[at(h.root)];
      const bool result = root.what == value_place::kind::result;
      if (!result && root.what != value_place::kind::input) return false;
      const bool whole = h.root == v;
      if (!whole && (!h.known || layout_class(h.view) != 0)) return false;
      places.push_back({result, root.index, whole ? 0 : static_cast<std::byte*>(h.view.data) - nowhere});
      return true;
    };
    for (const auto* list : {&s.in, &s.out})
      for (value_id v : *list)
        if (!add(v)) return {};
    return places;
  }

  // Is the view of a constant, or of memory whose strides are known? Then no call makes it, and a kernel may prepare for it.
  bool is_known_view(const node& n) {
    const value_id base = n.inputs[0], v = n.first_result;
    const extents shape = e_->graph.type_of(v).known_extents();
    array_view view;
    if (e_->places[at(v)].what != value_place::kind::none || (n.id() == op_id::reshape && n.attrs.get_bool("copy"))) return false;
    if (e_->places[at(base)].what == value_place::kind::constant) {
      if (!engine::view_of(n.id(), n.attrs, e_->static_views[at(base)], shape, view)) return false;
      e_->places[at(v)] = e_->places[at(base)];
      e_->static_views[at(v)] = view;
      return true;
    }
    const home h = home_of(base);
    if (!h.known || !engine::view_of(n.id(), n.attrs, h.view, shape, view)) return false;
    lie_in(v, h.root, view);
    return true;
  }

  // Is the result another shape of what was made in its place?
  bool is_in_place(const node& n) const {
    return e_->places[at(n.first_result)].what == value_place::kind::result && e_->roots[at(n.inputs[0])] == n.first_result;
  }

  // ---- products by rows
  // How many rows of a product run together, so that they are in cache when a group reads them and threads can share the work; 0: it is
  // small, or is no product of two matrices. A kernel that is not `prepared` packs the other operand again for each block. The number of
  // threads plays no part: other blocks may round otherwise.
  std::int64_t rows_of_blocks(const node& n, bool prepared) const {
    constexpr std::int64_t fewest_bytes = 1 << 20, block_bytes = 256 << 10, fewest_rows = 64, fewest_unprepared = 256, multiple = 32;
    if (n.id() != op_id::matmul || !contract_) return 0;
    const type &a = e_->graph.type_of(n.inputs[0]), &b = e_->graph.type_of(n.inputs[1]), &c = e_->graph.type_of(n.first_result);
    if (a.rank() != 2 || b.rank() != 2 || bytes_of(c) < fewest_bytes) return 0;
    const std::int64_t row_bytes = c.shape[1].value * static_cast<std::int64_t>(size_of(c.dtype));
    const std::int64_t rows = std::max(block_bytes / row_bytes / multiple * multiple, prepared ? fewest_rows : fewest_unprepared);
    return c.shape[0].value >= 2 * rows ? rows : 0;
  }
  void run_by_rows(step& s, std::int64_t rows) const {
    s.what = step::kind::product;
    s.by_rows = std::make_unique<row_product>();
    s.by_rows->result = e_->graph.type_of(s.out[0]);
    s.by_rows->rows = rows;
    s.by_rows->all_rows = s.by_rows->result.shape[0].value;
    s.by_rows->threads = threads_;
  }

  // A group that alone reads a product, row by row, runs on each block of it.
  void attach_groups() {
    std::vector<std::size_t> gone;
    for (std::size_t i = 0; i < e_->steps.size(); ++i) {
      step& product = e_->steps[i];
      // One that has a group already takes no other: what it leaves is that group's, and the product itself is in no memory.
      if (product.what != step::kind::product || product.program || !is_temporary(product.out[0])) continue;
      std::size_t reader = e_->steps.size(), readers = 0;
      for (std::size_t j = i + 1; j < e_->steps.size(); ++j)
        for (value_id v : e_->steps[j].in)
          if (v != absent && root_of(v) == product.out[0]) reader = j, ++readers;
      if (readers != 1 || !attach(product, e_->steps[reader])) continue;
      // The group's step now; the product's operands wait for it.
      std::swap(engines_[i], engines_[reader]);
      engines_[reader] = {"product", engines_[reader].ops + " " + engines_[i].ops, engines_[reader].engine + "+" + engines_[i].engine};
      std::swap(e_->steps[i], e_->steps[reader]);
      e_->steps[i] = step();
      gone.push_back(i);
    }
    for (; !gone.empty(); gone.pop_back()) {
      e_->steps.erase(e_->steps.begin() + static_cast<std::ptrdiff_t>(gone.back()));
      engines_.erase(engines_.begin() + static_cast<std::ptrdiff_t>(gone.back()));
    }
  }
  bool attach(step& product, step& group) {
    if (group.what != step::kind::group || group.program->across_rows()) return false;
    engine::stage_program& p = *group.program;
    row_product& by = *product.by_rows;
    const value_id made = product.out[0];
    if (p.outer_axis.empty() || p.outer_axis[0] != 0 || p.outer[0] != by.all_rows) return false;
    std::vector<value_id> ports = group.in;
    ports.insert(ports.end(), group.out.begin(), group.out.end());
    std::vector<std::int8_t> moving(ports.size(), -1);
    for (const engine::external& x : p.externals) moving[static_cast<std::size_t>(x.port)] = x.axis[0];
    for (std::size_t k = 0; k < ports.size(); ++k)
      if (ports[k] == made) {
        if (moving[k] != 0 || e_->graph.type_of(made).rank() != 2) return false;
        ports[k] = absent;
      } else if (ports[k] != absent && root_of(ports[k]) == made) {
        return false;
      }
    engine::plan_threads(p, 1);
    by.ports = std::move(ports);
    by.moving = std::move(moving);
    by.product_bytes = static_cast<std::size_t>(by.rows * by.result.shape[1].value) * size_of(by.result.dtype);
    for (value_id v : group.in)
      if (v != made) product.in.push_back(v);
    product.out = group.out;
    product.program = std::move(group.program);
    return true;
  }

  engine::preparation prepare(const backend& owner, const node& n, std::int64_t rows) const {
    const graph& g = e_->graph;
    const auto shape_of = [&](value_id v) { return engine::row_major(nullptr, g.type_of(v).dtype, g.type_of(v).known_extents()); };
    std::vector<array_view> in;
    for (value_id v : n.inputs) {
      const bool known = v != absent && e_->places[at(v)].what == value_place::kind::constant;
      in.push_back(known ? e_->static_views[at(v)] : v == absent ? array_view() : shape_of(v));
    }
    return owner.prepare({n.id(), shape_of(n.first_result), in, !contract_, rows});
  }

  int layout_of(value_id v) const {
    const value_place& p = e_->places[at(v)];
    if (p.what == value_place::kind::view) return 2;
    if (p.what == value_place::kind::constant) return layout_class(e_->static_views[at(v)]);
    if (p.fixed) return layout_class(e_->static_views[at(v)]);
    return p.what == value_place::kind::input && static_cast<std::size_t>(p.index) < layouts_.size()
               ? layouts_[static_cast<std::size_t>(p.index)]
               : 0;
  }

  // Can each call make the view? Results are written where the caller wants them, so a result is no view, and what a reshape merges
  // must be known to be contiguous.
  bool viewable(const node& n) const {
    if (e_->places[at(n.first_result)].what == value_place::kind::result) return false;
    return n.id() != op_id::reshape;
  }

  // Results that are inputs, constants, views, or stand in the list twice.
  void copy_results() {
    const graph& g = e_->graph;
    for (std::size_t i = 0; i < g.results.size(); ++i) {
      const value_place& p = e_->places[at(g.results[i])];
      const auto self = static_cast<std::int32_t>(i);
      if (p.what == value_place::kind::result && p.index == self) continue;
      add_copy(g.results[i], add_place({value_place::kind::result, false, self, 0}), "result");
    }
  }
  void add_copy(value_id from, value_id to, const char* what) {
    step s;
    s.what = step::kind::copy;
    s.in = {from};
    s.out = {to};
    s.split = engine::plan_copy(e_->graph.type_of(from), threads_);
    e_->steps.push_back(std::move(s));
    engines_.push_back({"copy", what, "core"});
  }

  // ---- memory
  value_id root_of(value_id v) const { return e_->roots[at(v)] != absent ? e_->roots[at(v)] : v; }
  bool is_temporary(value_id v) const { return e_->places[at(v)].what == value_place::kind::none && e_->roots[at(v)] == absent; }

  // The temporary that dies in this step and whose memory its one result may take: read and written element by element, in one order.
  value_id overwritten(const step& s, int i, const std::vector<int>& last) const {
    const graph& g = e_->graph;
    const bool permitted = s.what == step::kind::group    ? s.program->in_place
                           : s.what == step::kind::kernel ? s.op->is(trait::elementwise)
                                                          : false;
    if (!permitted || s.out.size() != 1) return absent;
    const type& result = g.type_of(s.out[0]);
    for (value_id v : s.in) {
      if (v == absent || e_->places[at(v)].what != value_place::kind::workspace || e_->roots[at(v)] != absent || last[at(v)] != i) continue;
      const type& t = g.type_of(v);
      if (size_of(t.dtype) != size_of(result.dtype) || t.known_extents() != result.known_extents()) continue;
      if (std::none_of(s.in.begin(), s.in.end(), [&](value_id other) { return other != absent && e_->roots[at(other)] == v; })) return v;
    }
    return absent;
  }

  // Gives temporaries their offsets: each lives from the first step that writes to it to the last use, of what lies in it too.
  void place_temporaries() {
    const graph& g = e_->graph;
    std::vector<int> last(e_->places.size(), -1), first(e_->places.size(), -1);
    for (std::size_t i = 0; i < e_->steps.size(); ++i) {
      const step& s = e_->steps[i];
      const auto now = static_cast<int>(i);
      if (s.what != step::kind::view)
        for (value_id v : s.out) {
          const std::size_t r = at(root_of(v));
          if (first[r] < 0) first[r] = now;
          last[r] = now;
        }
      for (value_id v : s.in)
        if (v != absent) last[at(root_of(v))] = now;
    }
    struct span {
      std::size_t offset, bytes;
      int first, last;
    };
    std::vector<span> taken;
    std::size_t total = 0, scratch = 0;
    for (std::size_t i = 0; i < e_->steps.size(); ++i) {
      const step& s = e_->steps[i];
      if (s.what != step::kind::product) {  // whose threads take their own
        if (s.program) scratch = std::max(scratch, s.program->workspace);
        if (s.prepared) scratch = std::max(scratch, s.prepared->scratch_bytes);
        if (s.regions) scratch = std::max(scratch, s.regions->scratch_bytes);
      }
      if (s.what == step::kind::view) continue;
      for (value_id made : s.out) {
        const value_id v = root_of(made);
        if (!is_temporary(v)) continue;
        const std::size_t bytes = engine::whole_lines(std::max<std::size_t>(bytes_of(g.type_of(v)), 1));
        const auto put = [&](std::size_t offset) {
          taken.push_back({offset, bytes, first[at(v)], last[at(v)]});
          e_->places[at(v)] = {value_place::kind::workspace, true, -1, offset};
          e_->static_views[at(v)] = engine::row_major(nullptr, g.type_of(v).dtype, g.type_of(v).known_extents());
        };
        if (const value_id dead = made == v ? overwritten(s, static_cast<int>(i), last) : absent; dead != absent) {
          put(e_->places[at(dead)].offset);
          continue;
        }
        // First fit among what is alive at the same time.
        std::vector<span> live;
        for (const span& t : taken)
          if (t.last >= first[at(v)] && t.first <= last[at(v)]) live.push_back(t);
        std::sort(live.begin(), live.end(), [](const span& a, const span& b) { return a.offset < b.offset; });
        std::size_t offset = 0;
        for (const span& t : live) {
          if (offset + bytes <= t.offset) break;
          offset = std::max(offset, t.offset + t.bytes);
        }
        put(offset);
        total = std::max(total, offset + bytes);
      }
    }
    e_->scratch_offset = engine::whole_lines(total);
    e_->workspace_bytes = e_->scratch_offset + scratch;
  }

  void place_inside_roots() {
    for (std::size_t v = 0; v < e_->places.size(); ++v) {
      value_place& p = e_->places[v];
      if (e_->roots[v] == absent || !p.fixed) continue;
      const value_place& root = e_->places[at(e_->roots[v])];
      p = {root.what, true, root.index, root.offset + p.offset};
    }
    // A call finds the values that its steps name.
    std::vector<char> named(e_->places.size(), 0);
    for (const step& s : e_->steps)
      for (const auto* list : {&s.in, &s.out})
        for (value_id v : *list)
          if (v != absent) named[at(v)] = 1;
    for (std::size_t v = 0; v < named.size(); ++v)
      if (named[v] && e_->places[v].what != value_place::kind::view) {
        require_place(static_cast<value_id>(v));
        e_->named.push_back(static_cast<value_id>(v));
      }
  }

  // A call takes views by these indices as they are.
  void require_place(value_id v) const {
    const value_place& p = e_->places[at(v)];
    const std::size_t count = p.what == value_place::kind::input       ? e_->input_types.size()
                              : p.what == value_place::kind::result    ? e_->result_types.size()
                              : p.what == value_place::kind::constant  ? e_->constants.size()
                              : p.what == value_place::kind::workspace ? 1
                                                                       : 0;
    const std::size_t index = p.what == value_place::kind::workspace ? 0 : static_cast<std::size_t>(p.index);
    const bool empty = p.fixed && e_->static_views[at(v)].size() == 0;  // it may begin anywhere: nobody reads it
    if (index >= count || (p.what == value_place::kind::workspace && !empty && p.offset >= e_->workspace_bytes))
      throw internal_error(format_text("[plan] value {} of graph {} has no place: got index {} of {}, expected one of them.", v,
                                       e_->graph.name, p.index, count));
  }

  void finish() {
    e_->info.bytes_planned = e_->workspace_bytes + body_bytes_;
    e_->info.steps = std::move(engines_);
    for (const auto* types : {&e_->input_types, &e_->result_types})
      for (const type& t : *types) e_->port_bytes.push_back(bytes_of(t));
    if (e_->steps.size() != 1 || e_->steps[0].what != step::kind::group) return;
    const step& s = e_->steps[0];
    const engine::stage_program& p = *s.program;
    // One group from the inputs to the results needs no table of values.
    const bool plain = s.in == e_->graph.inputs && s.out == e_->graph.results;
    if (plain) e_->only = &p;
    if (plain && p.in_place) e_->in_place = true;
    if (!p.direct || std::any_of(layouts_.begin(), layouts_.end(), [](int l) { return l != 0; })) return;
    e_->direct = p.direct;
    e_->direct_ranked = std::any_of(e_->result_types.begin(), e_->result_types.end(), [](const type& t) { return t.rank() > 1; });
    e_->direct_buffers = std::any_of(p.slots.begin(), p.slots.end(), [](auto& x) { return x.what == engine::slot::kind::buffer; });
    e_->context = {p.row_size, p.constants.data(), p.slot_offsets.data(), p.port_offsets.data()};
  }

  ref<executable> e_;
  const backend& b_;
  std::vector<int> layouts_;
  int threads_;
  bool contract_;
  std::vector<step_info> engines_;
  std::size_t body_bytes_ = 0;                                              // the most that a body takes when it runs
  std::map<value_id, std::vector<std::pair<value_id, array_view>>> parts_;  // by concat: the operands that must be copied, and where to
};

}  // namespace

ref<executable> plan(graph g, const backend& b, std::span<const int> layouts, int threads, bool contract) {
  return planner(std::move(g), b, layouts, threads, contract).run();
}

bool may_be_one_group(const graph& g) {
  return std::count_if(g.nodes.begin(), g.nodes.end(),
                       [](const node& n) { return n.id() != op_id::constant && n.id() != op_id::concat && !n.op->is(trait::view); }) == 1;
}

void take_small(executable& e, std::unique_ptr<const engine::small_function> small, std::string_view backend) {
  e.small = std::move(small);
  step_info all{"small", "", std::string(backend)};
  for (const step_info& s : e.info.steps)
    if (s.kind != "view" && s.kind != "copy") all.ops += (all.ops.empty() ? "" : " ") + s.ops;
  e.info.steps = {std::move(all)};
}

}  // namespace tendril::detail
