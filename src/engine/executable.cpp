// Compiling a graph to an executable, planning its memory by liveness, and running it.
#include "engine/executable.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "array_impl.hpp"
#include "engine/arena.hpp"
#include "engine/evaluate.hpp"
#include "engine/parallel.hpp"
#include "engine/views.hpp"
#include "op_table.hpp"

#include <tendril/passes.hpp>

namespace tendril {
namespace detail {
namespace {

constexpr std::size_t align_up(std::size_t n) { return (n + 63) / 64 * 64; }

std::size_t bytes_of(const type& t) { return static_cast<std::size_t>(element_count("compile", t.known_extents())) * size_of(t.dtype); }

std::size_t at(value_id v) { return static_cast<std::size_t>(v); }

class builder {
 public:
  builder(graph g, const backend& b, std::span<const int> layouts, int threads, bool contract)
      : b_(b), layouts_(layouts.begin(), layouts.end()), threads_(threads), contract_(contract) {
    e_ = make_ref<executable>();
    e_->graph = std::move(g);
  }

  ref<executable> build() {
    const graph& g = e_->graph;
    e_->places.resize(g.types.size());
    e_->static_views.resize(g.types.size());
    for (value_id v : g.inputs) e_->input_types.push_back(g.type_of(v));
    for (value_id v : g.results) e_->result_types.push_back(g.type_of(v));
    for (std::size_t i = 0; i < g.inputs.size(); ++i)
      e_->places[at(g.inputs[i])] = {value_place::kind::input, static_cast<std::int32_t>(i), 0};
    // A result is written where it goes, unless it goes to several places.
    for (std::size_t i = 0; i < g.results.size(); ++i) {
      value_place& p = e_->places[at(g.results[i])];
      if (p.what == value_place::kind::none) p = {value_place::kind::result, static_cast<std::int32_t>(i), 0};
    }
    for (const node& n : g.nodes) add(n);
    copy_results();
    plan();
    describe();
    return e_;
  }

 private:
  void add(const node& n) {
    const graph& g = e_->graph;
    if (n.id() == op_id::constant) {
      const array& a = std::get<array>(n.attrs.find("value")->value);
      value_place& p = e_->places[at(n.first_result)];
      p = {value_place::kind::constant, static_cast<std::int32_t>(e_->constants.size()), 0};
      e_->constants.push_back(a);
      e_->static_views[at(n.first_result)] = a.view();
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
      s.program = engine::lower(body, n.attrs.get_ints("space"), n.attrs.get_ints("inner"), layouts, b_);
      engine::plan_threads(*s.program, threads_);
      std::string ops;
      for (const node& i : body.nodes)
        if (i.id() != op_id::constant) ops += (ops.empty() ? "" : " ") + i.op->name;
      engines_.push_back({"group", ops, s.program->engines});
      ++e_->info.groups;
      e_->info.kernels_compiled += s.program->made_code;
    } else if (n.op->is(trait::view) && view_of_constant(n)) {
      return;
    } else if (n.op->is(trait::view) && viewable(n)) {
      s.what = step::kind::view;
      e_->places[at(n.first_result)].what = value_place::kind::view;
      engines_.push_back({"view", n.op->name, "core"});
    } else if (n.id() == op_id::custom) {
      s.what = step::kind::custom;
      engines_.push_back({"custom", n.op->name, "user"});
    } else {
      const std::size_t data = n.id() == op_id::where ? 1 : 0;
      const dtype key = n.inputs.empty() ? g.type_of(n.first_result).dtype : g.type_of(n.inputs[data]).dtype;
      auto k = find_whole(b_, n.id(), key);
      if (!k)
        throw backend_error(fmt::format("[{}] no backend has a kernel: got {}, expected a supported dtype. Convert with td::astype.",
                                        n.op->name, name_of(key)));
      if (k.owner->prepare) {
        engine::preparation p = prepare(*k.owner, n);
        if (p.declined) k = find_whole(*k.owner->fallback, n.id(), key);
        s.prepared = std::move(p.kernel);
      }
      s.kernel = k.kernel;
      s.broadcast_inputs = n.op->is(trait::elementwise);
      engines_.push_back({"kernel", n.op->name, std::string(k.owner->name)});
    }
    e_->steps.push_back(std::move(s));
  }

  // A view of a constant is one: no call makes it again, and a kernel may prepare for it.
  bool view_of_constant(const node& n) {
    const graph& g = e_->graph;
    const value_place base = e_->places[at(n.inputs[0])];
    array_view v;
    if (base.what != value_place::kind::constant || !viewable(n) ||
        !engine::view_of(n.id(), n.attrs, e_->static_views[at(n.inputs[0])], g.type_of(n.first_result).known_extents(), v))
      return false;
    e_->places[at(n.first_result)] = base;
    e_->static_views[at(n.first_result)] = v;
    return true;
  }

  engine::preparation prepare(const backend& owner, const node& n) const {
    const graph& g = e_->graph;
    const auto shape_of = [&](value_id v) { return engine::row_major(nullptr, g.type_of(v).dtype, g.type_of(v).known_extents()); };
    std::vector<array_view> in;
    for (value_id v : n.inputs) {
      const bool known = v != absent && e_->places[at(v)].what == value_place::kind::constant;
      in.push_back(known ? e_->static_views[at(v)] : v == absent ? array_view() : shape_of(v));
    }
    return owner.prepare({n.id(), shape_of(n.first_result), in, !contract_});
  }

  int layout_of(value_id v) const {
    const value_place& p = e_->places[at(v)];
    if (p.what == value_place::kind::view) return 2;
    if (p.what == value_place::kind::constant) return layout_class(e_->static_views[at(v)]);
    return p.what == value_place::kind::input && static_cast<std::size_t>(p.index) < layouts_.size()
               ? layouts_[static_cast<std::size_t>(p.index)]
               : 0;
  }

  // A view shares its operand's memory. Results are written where the caller wants them, so a result is no view, and
  // what a reshape merges must be known to be contiguous.
  bool viewable(const node& n) const {
    if (e_->places[at(n.first_result)].what == value_place::kind::result) return false;
    if (n.id() != op_id::reshape) return true;
    if (n.attrs.get_bool("copy")) return false;
    const value_place& p = e_->places[at(n.inputs[0])];
    if (p.what == value_place::kind::view || p.what == value_place::kind::result) return false;
    if (p.what == value_place::kind::constant) return layout_class(e_->static_views[at(n.inputs[0])]) == 0;
    return layout_of(n.inputs[0]) == 0;
  }

  // Results that are inputs, constants, views, or stand in the list twice.
  void copy_results() {
    const graph& g = e_->graph;
    for (std::size_t i = 0; i < g.results.size(); ++i) {
      const value_place& p = e_->places[at(g.results[i])];
      if (p.what == value_place::kind::result && p.index == static_cast<std::int32_t>(i)) continue;
      step s;
      s.what = step::kind::copy;
      s.in = {g.results[i]};
      s.out = {static_cast<value_id>(i)};  // a result number
      e_->steps.push_back(std::move(s));
      engines_.push_back({"copy", "result", "core"});
    }
  }

  // The temporary that dies in this step and whose memory its one result may take: read and written element by element, in one order.
  value_id overwritten(const step& s, int i, const std::vector<int>& last, const std::vector<value_id>& base) const {
    const graph& g = e_->graph;
    const bool permitted = s.program ? s.program->in_place : s.what == step::kind::kernel && s.op->is(trait::elementwise);
    if (!permitted || s.out.size() != 1) return absent;
    const type& result = g.type_of(s.out[0]);
    for (value_id v : s.in) {
      if (v == absent || e_->places[at(v)].what != value_place::kind::workspace || last[at(v)] != i) continue;
      const type& t = g.type_of(v);
      if (size_of(t.dtype) != size_of(result.dtype) || t.known_extents() != result.known_extents()) continue;
      if (std::none_of(s.in.begin(), s.in.end(), [&](value_id other) { return other != absent && base[at(other)] == v; })) return v;
    }
    return absent;
  }

  // Gives temporaries their offsets: each lives from its step to its last use, through views too.
  void plan() {
    const graph& g = e_->graph;
    std::vector<int> last(g.types.size(), -1), first(g.types.size(), -1);
    std::vector<value_id> base(g.types.size(), absent);
    for (std::size_t i = 0; i < e_->steps.size(); ++i) {
      const step& s = e_->steps[i];
      if (s.what == step::kind::view) base[at(s.out[0])] = base[at(s.in[0])] != absent ? base[at(s.in[0])] : s.in[0];
      if (s.what != step::kind::copy)
        for (value_id v : s.out) first[at(v)] = last[at(v)] = static_cast<int>(i);
      for (value_id v : s.in)
        if (v != absent) last[at(base[at(v)] != absent ? base[at(v)] : v)] = static_cast<int>(i);
    }
    struct span {
      std::size_t offset, bytes;
      int first, last;
    };
    std::vector<span> taken;
    std::size_t total = 0, scratch = 0;
    for (std::size_t i = 0; i < e_->steps.size(); ++i) {
      const step& s = e_->steps[i];
      if (s.program) scratch = std::max(scratch, s.program->workspace);
      if (s.prepared) scratch = std::max(scratch, s.prepared->scratch_bytes);
      if (s.what == step::kind::copy || s.what == step::kind::view) continue;
      for (value_id v : s.out) {
        value_place& p = e_->places[at(v)];
        if (p.what != value_place::kind::none) continue;
        const std::size_t bytes = align_up(std::max<std::size_t>(bytes_of(g.type_of(v)), 1));
        if (const value_id dead = overwritten(s, static_cast<int>(i), last, base); dead != absent) {
          const std::size_t offset = e_->places[at(dead)].offset;
          taken.push_back({offset, bytes, first[at(v)], last[at(v)]});
          p = {value_place::kind::workspace, -1, offset};
          e_->static_views[at(v)] = engine::row_major(nullptr, g.type_of(v).dtype, g.type_of(v).known_extents());
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
        taken.push_back({offset, bytes, first[at(v)], last[at(v)]});
        p = {value_place::kind::workspace, -1, offset};
        total = std::max(total, offset + bytes);
        e_->static_views[at(v)] = engine::row_major(nullptr, g.type_of(v).dtype, g.type_of(v).known_extents());
      }
    }
    scratch_ = align_up(total);
    e_->workspace_bytes = scratch_ + scratch;
  }

  void describe() {
    e_->info.bytes_planned = e_->workspace_bytes;
    e_->info.steps = std::move(engines_);
    const graph& g = e_->graph;
    // One group from the inputs to the results needs no table of values.
    if (e_->steps.size() == 1 && e_->steps[0].what == step::kind::group) {
      const step& s = e_->steps[0];
      bool plain = s.in == g.inputs && s.out == g.results;
      if (plain) e_->only = s.program.get();
      if (plain && s.program->in_place) e_->in_place = true;
    }
    e_->scratch_offset = scratch_;
  }

  ref<executable> e_;
  const backend& b_;
  std::vector<int> layouts_;
  int threads_;
  bool contract_;
  std::vector<step_info> engines_;
  std::size_t scratch_ = 0;  // where temporaries end
};

}  // namespace

void run_step(const executable& e, const step& s, array_view* views, const array_view* out, std::byte* scratch) {
  const graph& g = e.graph;
  switch (s.what) {
    case step::kind::group: {
      const array_view* few[32];
      std::vector<const array_view*> many;
      const array_view** operands = few;
      if (s.in.size() + s.out.size() > 32) {
        many.resize(s.in.size() + s.out.size());
        operands = many.data();
      }
      std::size_t k = 0;
      for (value_id v : s.in) operands[k++] = &views[at(v)];
      for (value_id v : s.out) operands[k++] = &views[at(v)];
      engine::run(*s.program, operands, scratch);
      return;
    }
    case step::kind::view: {
      array_view v;
      if (!engine::view_of(s.op->id, s.attrs, views[at(s.in[0])], g.type_of(s.out[0]).known_extents(), v))
        throw internal_error(fmt::format("[{}] a planned view needs a copy", s.op->name));
      views[at(s.out[0])] = v;
      return;
    }
    case step::kind::copy: copy_elements(out[s.out[0]], views[at(s.in[0])]); return;
    case step::kind::kernel: {
      if (views[at(s.out[0])].size() == 0) return;
      constexpr std::size_t few = 4;
      array_view here[few]{};
      std::vector<array_view> many;
      if (s.in.size() + s.out.size() > few) many.resize(s.in.size() + s.out.size());
      array_view* const in = many.empty() ? here : many.data();
      array_view* const results = in + s.in.size();
      for (std::size_t k = 0; k < s.in.size(); ++k) {
        if (s.in[k] == absent) continue;
        in[k] = views[at(s.in[k])];
        if (s.broadcast_inputs)
          in[k] = engine::broadcast_view(in[k], {views[at(s.out[0])].shape, static_cast<std::size_t>(views[at(s.out[0])].rank)});
      }
      for (std::size_t k = 0; k < s.out.size(); ++k) results[k] = views[at(s.out[k])];
      if (s.prepared) s.prepared->run(results, in, scratch);
      else s.kernel(results, in, static_cast<int>(s.in.size()), s.attrs);
      return;
    }
    case step::kind::custom: {
      // Users' kernels see row-major memory.
      std::vector<array> kept;
      std::vector<array_view> in, results;
      for (value_id v : s.in) {
        if (v == absent) {
          in.emplace_back();
          continue;
        }
        array_view x = views[at(v)];
        if (s.op->is(trait::elementwise)) x = engine::broadcast_view(x, g.type_of(s.out[0]).known_extents());
        if (layout_class(x) != 0) {
          kept.push_back(copy_of(x));
          x = kept.back().view();
        }
        in.push_back(x);
      }
      std::vector<std::pair<std::size_t, array>> strided;
      for (value_id v : s.out) {
        results.push_back(views[at(v)]);
        if (layout_class(results.back()) != 0) {
          strided.emplace_back(results.size() - 1,
                               make_empty(results.back().dtype, {results.back().shape, static_cast<std::size_t>(results.back().rank)}));
          results.back() = strided.back().second.view();
        }
      }
      s.op->kernel(results, in, s.attrs);
      for (const auto& [i, a] : strided) copy_elements(views[at(s.out[i])], a.view());
      return;
    }
  }
}

namespace {

// Small functions keep their workspace on the stack.
constexpr std::size_t stack_bytes = 4096;

void run_only(const executable& e, const array_view* in, const array_view* out, std::byte* memory) {
  constexpr std::size_t few = 16;
  const array_view* here[few];
  const std::size_t inputs = e.input_types.size(), count = inputs + e.result_types.size();
  std::unique_ptr<const array_view*[]> many;
  const array_view** operands = here;
  if (count > few) {
    many = std::make_unique<const array_view*[]>(count);
    operands = many.get();
  }
  for (std::size_t i = 0; i < count; ++i) operands[i] = i < inputs ? in + i : out + (i - inputs);
  engine::run(*e.only, operands, memory);
}

void run_steps(const executable& e, const array_view* in, const array_view* out, std::byte* memory) {
  const engine::workspace table(e.places.size() * sizeof(array_view));
  auto* views = reinterpret_cast<array_view*>(table.data());
  find_views(e, in, out, memory, views);
  for (const step& s : e.steps) run_step(e, s, views, out, memory + e.scratch_offset);
}

}  // namespace

void find_views(const executable& e, const array_view* in, const array_view* out, std::byte* memory, array_view* views) {
  for (std::size_t v = 0; v < e.places.size(); ++v) {
    const value_place& p = e.places[v];
    switch (p.what) {
      case value_place::kind::input: views[v] = in[p.index]; break;
      case value_place::kind::result: views[v] = out[p.index]; break;
      case value_place::kind::constant: views[v] = e.static_views[v]; break;
      case value_place::kind::workspace:
        views[v] = e.static_views[v];
        views[v].data = memory + p.offset;
        break;
      default: views[v].data = nullptr; break;
    }
  }
}

void executable::run(const executable* e, const array_view* in, const array_view* out) {
  if (e->steps.empty()) return;
  const auto go = [&](std::byte* memory) { e->only ? run_only(*e, in, out, memory) : run_steps(*e, in, out, memory); };
  if (e->workspace_bytes <= stack_bytes) {
    alignas(64) std::byte memory[stack_bytes];
    return go(memory);
  }
  const engine::workspace memory(e->workspace_bytes);
  go(memory.data());
}

namespace {
[[gnu::noinline]] void run_direct_with_buffers(const executable* e, const array_view* in, const array_view* out) {
  if (e->workspace_bytes <= stack_bytes) {
    alignas(64) std::byte memory[stack_bytes];
    return e->direct(in, out, &e->context, memory);
  }
  const engine::workspace memory(e->workspace_bytes);
  e->direct(in, out, &e->context, memory.data());
}
}  // namespace

void executable::run_direct(const executable* e, const array_view* in, const array_view* out) {
  if (e->direct_buffers) return run_direct_with_buffers(e, in, out);
  e->direct(in, out, &e->context, nullptr);
}

namespace {

// Can `direct` write here? Outputs must be row-major and apart from the inputs and from each other.
inline bool serves_direct(const executable& e, const array_view* in, std::size_t inputs, const array_view* out) {
  const std::int64_t* bytes = e.operand_bytes.data();
  const std::size_t results = e.operand_bytes.size() - inputs;
  const auto first = [](const array_view& v) { return reinterpret_cast<std::intptr_t>(v.data); };
  for (std::size_t o = 0; o < results; ++o) {
    const array_view& v = out[o];
    std::int64_t stride = 1;
    for (int i = v.rank - 1; i >= 0; stride *= v.shape[i--])
      if (v.strides[i] != stride && v.shape[i] != 1) return false;
    const std::intptr_t begin = first(v), end = begin + bytes[inputs + o];
    for (std::size_t i = 0; i < inputs; ++i)
      if (end > first(in[i]) && first(in[i]) + bytes[i] > begin && !(e.in_place && first(in[i]) == begin && bytes[i] == bytes[inputs + o]))
        return false;
    for (std::size_t q = 0; q < o; ++q)
      if (end > first(out[q]) && first(out[q]) + bytes[inputs + q] > begin) return false;
  }
  return true;
}

}  // namespace

void executable::run_direct_into(const executable* e, const array_view* in, int inputs, const array_view* out) {
  if (!serves_direct(*e, in, static_cast<std::size_t>(inputs), out)) [[unlikely]]
    return run_into(e, in, inputs, out);
  run_direct(e, in, out);
}

void executable::run_into(const executable* executable, const array_view* in, int count, const array_view* out) {
  const detail::executable& e = *executable;
  const auto inputs = static_cast<std::size_t>(count);
  bool clash = false;
  const std::size_t results = e.result_types.size();
  for (std::size_t o = 0; o < results; ++o) {
    for (std::size_t i = 0; i < inputs; ++i)
      if (engine::overlap(out[o], in[i])) clash |= !(e.in_place && engine::same_memory(out[o], in[i]));
    for (std::size_t q = 0; q < o; ++q)
      if (engine::share_elements(out[o], out[q]))
        throw error(fmt::format(
            "[into] outputs {} and {} overlap: got one memory for two results, expected distinct storage. Pass separate containers.", q,
            o));
  }
  if (!clash) return run(&e, in, out);
  // To working memory first, then to where it belongs: still no allocation.
  constexpr std::size_t line = 64;
  std::size_t bytes = 0;
  for (std::size_t o = 0; o < results; ++o)
    bytes += (static_cast<std::size_t>(out[o].size()) * size_of(out[o].dtype) + line - 1) / line * line;
  const engine::workspace elements(bytes), table(results * sizeof(array_view));
  auto* fresh = reinterpret_cast<array_view*>(table.data());
  std::byte* next = elements.data();
  for (std::size_t o = 0; o < results; ++o) {
    array_view& v = fresh[o] = out[o];
    v.data = next;
    for (std::int64_t i = v.rank - 1, stride = 1; i >= 0; stride *= v.shape[i--]) v.strides[i] = stride;
    next += (static_cast<std::size_t>(v.size()) * size_of(v.dtype) + line - 1) / line * line;
  }
  run(&e, in, fresh);
  for (std::size_t o = 0; o < results; ++o) copy_elements(out[o], fresh[o]);
}

}  // namespace detail

namespace {

const detail::executable& require(const detail::ref<detail::executable>& p) {
  if (!p)
    throw error("[call] no function: got a default-constructed td::function, expected a compiled one. Assign what td::compile returns.");
  return *p;
}

}  // namespace

function::function() noexcept = default;
function::function(detail::ref<detail::executable> p) noexcept : p_(std::move(p)) {}
function::function(const function&) noexcept = default;
function::function(function&&) noexcept = default;
function& function::operator=(const function&) noexcept = default;
function& function::operator=(function&&) noexcept = default;
function::~function() = default;
const graph& function::graph() const { return require(p_).graph; }
const compile_info& function::info() const { return require(p_).info; }

namespace {

void check_view(const char* what, std::size_t i, const array_view& v, const type& t) {
  const extents shape = t.known_extents();
  if (v.dtype != t.dtype)
    throw dtype_error(fmt::format("[call] the dtype of {} {} differs: got {}, expected {}. Convert with td::astype.", what, i,
                                  name_of(v.dtype), name_of(t.dtype)));
  if (!std::equal(v.shape, v.shape + v.rank, shape.begin(), shape.end()))
    throw shape_error(fmt::format("[call] the shape of {} {} differs: got {}, expected {}. Compile the graph for this shape.", what, i,
                                  to_string(std::span<const std::int64_t>(v.shape, static_cast<std::size_t>(v.rank))), to_string(shape)));
}

void check_views(const detail::executable& e, std::span<const array_view> in) {
  if (in.size() != e.input_types.size())
    throw error(fmt::format("[call] wrong number of inputs: got {}, expected {}. Pass one array for each input of the graph.", in.size(),
                            e.input_types.size()));
  for (std::size_t i = 0; i < in.size(); ++i) check_view("input", i, in[i], e.input_types[i]);
}

}  // namespace

std::vector<array> function::operator()(std::span<const array> inputs) const {
  std::vector<array_view> in, views;
  for (const array& a : inputs) in.push_back(a.view());
  check_views(require(p_), in);
  std::vector<array> out;
  for (const type& t : p_->result_types) {
    out.push_back(detail::make_empty(t.dtype, t.known_extents()));
    views.push_back(out.back().view());
  }
  run_in_layout(in, views);
  return out;
}

void function::into(std::span<const array_view> results, std::span<const array_view> inputs) const {
  check_views(require(p_), inputs);
  if (results.size() != p_->result_types.size())
    throw error(fmt::format("[into] wrong number of outputs: got {}, expected {}. Pass storage for each result.", results.size(),
                            p_->result_types.size()));
  for (std::size_t i = 0; i < results.size(); ++i) check_view("output", i, results[i], p_->result_types[i]);
  run_in_layout(inputs, results);
}

// Reshapes were planned for row-major inputs; others are copied first.
void function::run_in_layout(std::span<const array_view> inputs, std::span<const array_view> results) const {
  std::vector<array_view> in(inputs.begin(), inputs.end());
  std::vector<array> copies;
  for (std::size_t i = 0; i < in.size(); ++i)
    if (const int layout = detail::layout_class(in[i]); layout != p_->input_layouts[i] && p_->input_layouts[i] != 2) {
      if (p_->input_layouts[i] == 0) copies.push_back(detail::copy_of(in[i]));
      else continue;
      in[i] = copies.back().view();
    }
  detail::executable::run_into(p_.get(), in.data(), static_cast<int>(in.size()), results.data());
}

namespace {

// What is left when the passes are done.
function finish(graph g, const backend& b, const std::vector<int>& layouts, const compile_options& options,
                std::chrono::steady_clock::time_point start) {
  auto e = detail::builder(std::move(g), b, layouts, engine::threads_for(options.num_threads), options.contract).build();
  e->input_layouts = layouts;
  if (e->only && e->only->direct && std::all_of(e->input_layouts.begin(), e->input_layouts.end(), [](int l) { return l == 0; })) {
    e->direct = e->only->direct;
    e->direct_buffers =
        std::any_of(e->only->slots.begin(), e->only->slots.end(), [](auto& s) { return s.what == engine::slot::kind::buffer; });
    e->context = {e->only->row_size, e->only->constants.data(), e->only->slot_offsets.data()};
    for (const auto* types : {&e->input_types, &e->result_types})
      for (const type& t : *types) e->operand_bytes.push_back(static_cast<std::int64_t>(detail::bytes_of(t)));
  }
  e->info.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return function(std::move(e));
}

}  // namespace

function compile(const graph& g, std::span<const array_view> examples, const compile_options& options) {
  const auto start = std::chrono::steady_clock::now();
  const backend& b = detail::find_backend("compile", options.to);
  graph typed = g;
  if (!options.name.empty()) typed.name = options.name;
  pass_context context{&b, options.contract, {}};
  if (!examples.empty()) {
    if (examples.size() != g.inputs.size())
      throw error(fmt::format("[compile] wrong number of examples: got {}, expected {}. Pass one for each input of the graph.",
                              examples.size(), g.inputs.size()));
    for (std::size_t i = 0; i < examples.size(); ++i) {
      typed.types[static_cast<std::size_t>(typed.inputs[i])] =
          type::of(examples[i].dtype, {examples[i].shape, static_cast<std::size_t>(examples[i].rank)});
      context.input_layouts.push_back(detail::layout_class(examples[i]));
    }
  } else {
    context.input_layouts.assign(g.inputs.size(), 0);
  }
  if (options.optimize) {
    typed = run_passes(std::move(typed), context);
  } else {
    typed = decompose(specialize(std::move(typed), context), context);
    verify(typed);
  }
  return finish(std::move(typed), b, context.input_layouts, options, start);
}

function detail::compile_resized(const function& known, const graph& recorded, std::span<const array_view> examples,
                                 const compile_options& options) {
  const auto start = std::chrono::steady_clock::now();
  std::optional<graph> g = resized(*known.impl(), recorded, examples);
  if (!g) return {};
  return finish(std::move(*g), find_backend("compile", options.to), known.impl()->input_layouts, options, start);
}

function compile(const graph& g, const compile_options& options) { return compile(g, {}, options); }

}  // namespace tendril
