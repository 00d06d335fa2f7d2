// The core of traced objects: finds, traces and compiles specializations; explain and stats.
#include <tendril/detail/trace_core.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <mutex>
#include <thread>

#include "array_impl.hpp"
#include "backends/backends.hpp"
#include "call_slots.hpp"
#include "engine/evaluate.hpp"
#include "engine/executable.hpp"
#include "stack.hpp"

namespace tendril::detail {

// ---- what was recorded

/// A recorded graph and what it was recorded for. Independent of the backend.
struct recorded : counted {
  const signature_type* type = nullptr;
  std::vector<std::int64_t> key;
  std::uint64_t extent_keys = 0;
  std::vector<tendril::type> arguments;
  tendril::graph graph;
  ref<counted> structure;
  bool read_facts = false;
  bool captures = false;  ///< symbols of an enclosing trace are among its inputs
};

class recordings : public counted {
 public:
  std::mutex mutex;
  std::vector<ref<recorded>> list;  ///< the most recently used first
  std::uint64_t traces = 0;
  std::atomic<std::thread::id> tracing_thread{};
};

namespace {

std::uint64_t fresh_id() {
  static std::atomic<std::uint64_t> next{1};
  return next.fetch_add(1, std::memory_order_relaxed);
}

/// A specialization with what only the core reads.
struct full_specialization final : specialization {
  std::vector<std::int64_t> key_store;
  std::vector<result_info> result_store;
  ref<recorded> source;
  std::vector<std::string> arguments;  // as spelled in messages
  function compiled;

  bool matches(const call_record& r) const { return type == r.type && std::equal(key, key + key_count, r.key, r.key + r.key_count); }
};

const char* layout_name(const array_view& v) {
  constexpr const char* names[] = {"", " column-major", " strided"};
  return v.rank < 2 && layout_class(v) == 0 ? "" : names[layout_class(v)];
}

std::string spell_signature(const std::vector<std::string>& arguments) { return fmt::format("({})", fmt::join(arguments, ", ")); }

// The argument types out of what the compiler writes of `spell_types`.
std::string_view cpp_types(const signature_type& t) {
  std::string_view s = t.spelled;
  if (const auto begin = s.find("A = "); begin != s.npos) s.remove_prefix(begin + 4);
  return s.substr(0, std::min(s.find("; std::string_view"), s.rfind(']')));
}

// Which argument differs, and how.
std::string spell_difference(const full_specialization& have, const signature_type& type, const std::vector<std::string>& arguments) {
  std::string s;
  for (std::size_t i = 0; i < std::max(arguments.size(), have.arguments.size()); ++i) {
    const std::string a = i < arguments.size() ? arguments[i] : "none", b = i < have.arguments.size() ? have.arguments[i] : "none";
    if (a != b) s += fmt::format("{}argument {} differs: got {}, known {}", s.empty() ? "" : "; ", i, a, b);
  }
  return s.empty() ? fmt::format("the C++ types of the arguments differ: got {}, known {}", cpp_types(type), cpp_types(*have.type)) : s;
}

std::size_t distance(const full_specialization& have, const std::vector<std::string>& arguments) {
  const std::size_t n = std::min(have.arguments.size(), arguments.size());
  std::size_t d = std::max(have.arguments.size(), arguments.size()) - n;
  for (std::size_t i = 0; i < n; ++i) d += have.arguments[i] != arguments[i];
  return d;
}

// The specializations that some thread has used since the last look come first.
void move_used_to_front(std::uint64_t owner, std::vector<ref<full_specialization>>& specs) {
  const std::vector<const specialization*> used = used_of(owner);
  if (!used.empty())
    std::stable_partition(specs.begin(), specs.end(),
                          [&](const auto& s) { return std::find(used.begin(), used.end(), s.get()) != used.end(); });
}

bool same_graph(const graph& a, const graph& b, std::string& why) {
  if (a.nodes.size() != b.nodes.size() || a.results != b.results || a.inputs != b.inputs) {
    why = fmt::format("it records {} nodes, expected {}", b.nodes.size(), a.nodes.size());
    return false;
  }
  for (std::size_t i = 0; i < a.nodes.size(); ++i) {
    const node &x = a.nodes[i], &y = b.nodes[i];
    if (x.op == y.op && x.inputs == y.inputs && x.attrs == y.attrs) continue;
    why = x.id() == op_id::constant && y.id() == op_id::constant
              ? fmt::format("the captured value used at {} changed", spell(y.where))
              : fmt::format("{} at {} was {} at {}", y.op->name, spell(y.where), x.op->name, spell(x.where));
    return false;
  }
  return true;
}

// Results that no input reaches.
bool depends_on_input(const graph& g, value_id v) {
  const auto producers = g.producers();
  std::vector<char> seen(g.types.size(), 0);
  std::vector<value_id> todo{v};
  while (!todo.empty()) {
    const value_id x = todo.back();
    todo.pop_back();
    if (x == absent || seen[static_cast<std::size_t>(x)]++) continue;
    const std::int32_t p = producers[static_cast<std::size_t>(x)];
    if (p < 0) return true;
    const node& n = g.nodes[static_cast<std::size_t>(p)];
    if (n.op->is(trait::ordered)) return true;
    todo.insert(todo.end(), n.inputs.begin(), n.inputs.end());
  }
  return false;
}

[[noreturn]] void refuse_captured() {
  throw trace_error(
      "[call] the function uses a value of an enclosing trace: got native arguments while that value has no elements, expected a call inside the trace. Pass the value as an argument.");
}
[[noreturn]] void run_captured(const executable*, const array_view*, const array_view*) { refuse_captured(); }

}  // namespace

void specialization::throw_missing(const char* op, std::size_t i) const {
  throw error(fmt::format("[{}] too many outputs: got more than {}, expected {} results. Pass one container for each result.", op, i,
                          result_count));
}

void throw_no_room(const result_info& r, std::string_view container) {
  throw memory_error(
      fmt::format("[call] no memory is left: got none, expected {} bytes for a result of shape {} in {}. Use smaller arrays.",
                  static_cast<std::size_t>(element_count("call", r.shape)) * size_of(r.dtype),
                  to_string(std::span<const std::int64_t>(r.shape)), container));
}

void throw_output_count(std::size_t got, std::size_t expected) {
  throw error(fmt::format("[into] too few outputs: got {}, expected {} results. Pass one container for each result.", got, expected));
}

trace_state::trace_state() : recorded(make_ref<recordings>()) {}
trace_state::~trace_state() = default;

std::string spell_leaf(const array_view& v) {
  return to_string(type::of(v.dtype, {v.shape, static_cast<std::size_t>(v.rank)})) + layout_name(v);
}

bool is_tracing() noexcept { return current_tracer() != nullptr; }

array add_argument(tracer& t, const array_view& v) {
  return make_symbol(t, t.graph.add_input(type::of(v.dtype, {v.shape, static_cast<std::size_t>(v.rank)})));
}

const graph& recorded_graph(const specialization& s) { return static_cast<const full_specialization&>(s).source->graph; }
const function& compiled_function(const specialization& s) { return static_cast<const full_specialization&>(s).compiled; }

// ---- the core

struct trace_core::impl {
  ref<recordings> recorded_graphs;
  trace_options options;
  mutable std::mutex mutex;
  std::vector<ref<full_specialization>> specs;  // the most recently used first
  std::string last_retrace;
  std::uint64_t retraces = 0;
  double compile_seconds = 0;
  std::uint64_t kernels_compiled = 0;
  std::uint64_t earlier_calls = 0;
  bool moved_from = false;

  ref<recorded> record(const call_record& r, record_function f);
  ref<recorded> reuse(const call_record& r, record_function f);
  ref<full_specialization> specialize(const call_record& r, ref<recorded> source, std::vector<std::string> arguments);
  void check(const full_specialization& s, const call_record& r, record_function f);
  void require_idle(const char* who) const;
};

ref<trace_core> make_trace_core(trace_state& state, trace_options options) {
  options.to = std::string(find_backend("trace_graph", options.to).name);
  if (options.max_specializations < 1)
    throw error(fmt::format("[trace_graph] max_specializations is too small: got {}, expected at least 1. Leave it out for 64.",
                            options.max_specializations));
  return make_ref<trace_core>(state.recorded, std::move(options));
}

trace_core::trace_core(ref<recordings> r, trace_options options) : id_(fresh_id()), impl_(std::make_unique<impl>()) {
  impl_->recorded_graphs = std::move(r);
  impl_->options = std::move(options);
  know_owner(id());
}

trace_core::~trace_core() { forget_owner(id()); }

void throw_moved_from() {
  throw error(
      "[call] the traced object was moved from: got one without a function, expected one that has its own. Copy it, or use the one that it was moved to.");
}

const ref<trace_core>& moved_from_core() {
  static const auto* core = [] {
    auto* made = new ref<trace_core>(make_ref<trace_core>(make_ref<recordings>(), trace_options()));
    (*made)->impl_->moved_from = true;
    return made;
  }();
  return *core;
}

bool trace_core::busy() const noexcept {
  return impl_->recorded_graphs->tracing_thread.load(std::memory_order_relaxed) == std::this_thread::get_id();
}

namespace {
thread_local int inlined_calls = 0;
}

// As many as Python lets nest. Each takes about a kilobyte of the stack, with a functor of a few lines.
trace_core::inlined_call::inlined_call(const trace_core& core) {
  constexpr int most = 1000;
  if (core.impl_->moved_from) throw_moved_from();
  require_stack("trace_graph", {});
  if (inlined_calls == most)
    throw trace_error(fmt::format(
        "[trace_graph] a recursion on traced values does not end: got a call of \"{}\" inside {} others, expected fewer. End it by what is known while tracing: a static argument that counts down, a rank or a shape.",
        core.impl_->options.name.empty() ? "traced" : core.impl_->options.name, most));
  ++inlined_calls;
}
trace_core::inlined_call::~inlined_call() { --inlined_calls; }

ref<recorded> trace_core::impl::record(const call_record& r, record_function f) {
  auto t = make_ref<tracer>();
  t->graph.name = options.name.empty() ? "traced" : options.name;
  auto rec = make_ref<recorded>();
  auto& tracing_thread = recorded_graphs->tracing_thread;
  tracing_thread.store(std::this_thread::get_id(), std::memory_order_relaxed);
  struct reset {
    std::atomic<std::thread::id>& id;
    ~reset() { id.store({}, std::memory_order_relaxed); }
  } reset_thread{tracing_thread};
  {
    trace_scope scope(*t);
    recording out = f.call(f.self, *t);
    for (const array& a : out.results) {
      if (a.empty())
        throw trace_error(fmt::format(
            "[trace] the function \"{}\" returns an empty td::array: got no array, expected a value. Assign every result.", t->graph.name));
      require_alive(a, "trace", {});
      t->graph.results.push_back(t->value_of(a, {}));
    }
    rec->structure = std::move(out.structure);
  }
  rec->type = r.type;
  rec->key.assign(r.key, r.key + r.key_count);
  rec->extent_keys = r.extent_keys;
  rec->read_facts = t->read_facts;
  rec->captures = !t->captured.empty();
  rec->graph = std::move(t->graph);
  t->graph.name = rec->graph.name;  // for the message about a symbol that outlives the trace
  t->graph.name = rec->graph.name;  // for the errors of symbols that outlive the trace
  for (int i = 0; i < r.leaf_count; ++i) rec->arguments.push_back(rec->graph.type_of(rec->graph.inputs[static_cast<std::size_t>(i)]));
  for (std::size_t i = 0; i < rec->graph.results.size(); ++i)
    if (!depends_on_input(rec->graph, rec->graph.results[i])) {
      const std::string text = fmt::format(
          "[trace] result {} of \"{}\" depends on no input: got a constant, expected a value computed from the arguments. Return it apart from the traced function if that is intended.",
          i, rec->graph.name);
      if (options.check) throw trace_error(text);
      warn(text);
    }
  return rec;
}

// The graph for this signature: recorded before on any backend, or for other extents by a functor that read none, or recorded now.
ref<recorded> trace_core::impl::reuse(const call_record& r, record_function f) {
  std::lock_guard lock(recorded_graphs->mutex);
  auto& list = recorded_graphs->list;
  const auto fits = [&](const recorded& have, bool same_extents) {
    if (have.type != r.type || have.key.size() != static_cast<std::size_t>(r.key_count)) return false;
    if (!same_extents && (have.read_facts || r.key_count > 64 || have.extent_keys != r.extent_keys)) return false;
    for (std::size_t i = 0; i < have.key.size(); ++i)
      if (have.key[i] != r.key[i] && (same_extents || !(have.extent_keys >> i & 1))) return false;
    for (std::size_t i = 0; i < have.arguments.size(); ++i)
      if (have.arguments[i].dtype != r.leaves[i].dtype || have.arguments[i].rank() != r.leaves[i].rank) return false;
    return have.arguments.size() == static_cast<std::size_t>(r.leaf_count);
  };
  for (bool same_extents : {true, false})
    for (auto i = list.begin(); i != list.end(); ++i)
      if (fits(**i, same_extents)) {
        std::rotate(list.begin(), i, i + 1);
        return list.front();
      }
  ref<recorded> made = record(r, f);
  ++recorded_graphs->traces;
  list.insert(list.begin(), made);
  if (const auto most = static_cast<std::size_t>(options.max_specializations); list.size() > most) {
    // The least recently used goes, but not what a specialization that stays was made of.
    const auto stays = [&](const ref<recorded>& have) {
      return have == made || std::any_of(specs.begin(), specs.begin() + static_cast<std::ptrdiff_t>(std::min(specs.size(), most - 1)),
                                         [&](const auto& s) { return s->source == have; });
    };
    const auto victim = std::find_if_not(list.rbegin(), list.rend(), stays);
    list.erase(victim == list.rend() ? list.end() - 1 : std::next(victim).base());
  }
  return made;
}

ref<full_specialization> trace_core::impl::specialize(const call_record& r, ref<recorded> source, std::vector<std::string> arguments) {
  auto s = make_ref<full_specialization>();
  s->type = r.type;
  s->key_store.assign(r.key, r.key + r.key_count);
  s->key = s->key_store.data();
  s->key_count = r.key_count;
  s->structure = source->structure;
  s->arguments = std::move(arguments);
  if (source->captures) {
    s->run = s->run_into = run_captured;  // the results' containers are made before it can say so
    for (value_id v : source->graph.results) {
      const auto& t = source->graph.type_of(v);
      s->result_store.push_back({t.dtype, t.complete() ? t.known_extents() : extents()});
    }
  } else {
    const std::span<const array_view> examples(r.leaves, static_cast<std::size_t>(r.leaf_count));
    const compile_options how{.to = options.to,
                              .optimize = options.optimize,
                              .contract = options.contract,
                              .num_threads = options.num_threads,
                              .name = options.name};
    if (const auto known = std::find_if(specs.begin(), specs.end(), [&](const auto& have) { return have->source == source; });
        known != specs.end() && options.optimize)
      s->compiled = compile_resized((*known)->compiled, source->graph, examples, how);
    if (!s->compiled) s->compiled = compile(source->graph, examples, how);
    s->executable = s->compiled.impl().get();
    const executable& e = *s->executable;
    s->run = !e.direct ? executable::run : e.direct_ranked || e.direct_buffers ? executable::run_direct : executable::run_direct_plain;
    s->run_into = s->executable->direct ? executable::run_direct_into : executable::run_into;
    if (s->executable->steps.empty()) {
      s->run = s->run_into = [](const executable*, const array_view*, const array_view*) {};
    }
    compile_seconds += s->compiled.info().seconds;
    kernels_compiled += static_cast<std::uint64_t>(s->compiled.info().kernels_compiled);
    for (const auto& t : s->executable->result_types) s->result_store.push_back({t.dtype, t.known_extents()});
  }
  s->source = std::move(source);
  s->results = s->result_store.data();
  s->result_count = static_cast<std::uint32_t>(s->result_store.size());
  return s;
}

void trace_core::impl::check(const full_specialization& s, const call_record& r, record_function f) {
  const ref<recorded> again = [&] {
    std::lock_guard lock(recorded_graphs->mutex);  // one thread runs the functor at a time, on whatever backend
    return record(r, f);
  }();
  std::string why;
  if (!same_graph(s.source->graph, again->graph, why))
    throw trace_error(fmt::format(
        "[check] the function \"{}\" no longer does what was recorded: {}. It must do the same for the same signature; make what changes an argument, or call clear().",
        s.source->graph.name, why));
  if (!s.executable) return;
  std::vector<array> in, out;
  std::vector<array_view> out_views;
  for (int i = 0; i < r.leaf_count; ++i) in.push_back(borrow(r.leaves[i]));
  for (std::uint32_t i = 0; i < s.result_count; ++i) {
    out.push_back(make_empty(s.results[i].dtype, s.results[i].extents()));
    out_views.push_back(out.back().view());
  }
  executable::run(s.executable, r.leaves, out_views.data());
  const std::vector<array> expected = engine::evaluate(s.source->graph, in, find_backend("check", options.to));
  for (std::size_t i = 0; i < out.size(); ++i)
    if (!allclose(out[i], expected[i], out[i].dtype() == dtype::float32 ? 1e-4 : 1e-9, out[i].dtype() == dtype::float32 ? 1e-5 : 1e-11,
                  true))
      throw internal_error(fmt::format(
          "[check] result {} of \"{}\" differs between replay and step-by-step evaluation. Please report this with the graph:\n{}", i,
          s.source->graph.name, to_string(s.source->graph)));
}

call_target trace_core::acquire(const call_record& r, record_function f) {
  impl& m = *impl_;
  if (m.moved_from) throw_moved_from();
  if (busy())
    throw trace_error(
        "[trace] the function calls its own traced object with native arguments while it is being traced: got a call that would never end, expected ops on the traced values. Call the plain function there.");
  for (int i = 0; i < r.leaf_count; ++i)
    if (!r.leaves[i].data && r.leaves[i].size() != 0)
      throw error(fmt::format(
          "[call] null data: got a null pointer for array {} of shape {}, expected memory. Pass an array that owns its elements.", i,
          to_string(std::span<const std::int64_t>(r.leaves[i].shape, static_cast<std::size_t>(r.leaves[i].rank)))));
  std::lock_guard lock(m.mutex);
  if (m.specs.size() > 1) move_used_to_front(id(), m.specs);
  for (auto i = m.specs.begin(); i != m.specs.end(); ++i)
    if ((*i)->matches(r)) {
      std::rotate(m.specs.begin(), i, i + 1);
      const auto spec = m.specs.front();
      if (m.options.check) {
        m.check(*spec, r, f);
        return kept(spec.get());
      }
      return install(id(), spec.get());
    }
  std::vector<std::string> arguments = f.spell(f.spell_self);
  if (!m.specs.empty()) {
    const auto closest = *std::min_element(m.specs.begin(), m.specs.end(),
                                           [&](const auto& a, const auto& b) { return distance(*a, arguments) < distance(*b, arguments); });
    const std::string why = spell_difference(*closest, *r.type, arguments);
    const std::string signature = spell_signature(arguments);
    if (m.options.on_retrace == retrace::forbid)
      throw trace_error(fmt::format(
          "[call] a retrace is forbidden: got signature {}, expected a known one; {}. Pass arguments of a known signature, or allow retraces in trace_options.",
          signature, why));
    m.last_retrace = fmt::format("retraced for {}: {}", signature, why);
    ++m.retraces;
    if (m.options.on_retrace == retrace::warn)
      warn(fmt::format("[call] \"{}\" is {}", m.options.name.empty() ? "traced" : m.options.name, m.last_retrace));
  }
  auto spec = m.specialize(r, m.reuse(r, f), std::move(arguments));
  m.specs.insert(m.specs.begin(), spec);
  if (m.specs.size() > static_cast<std::size_t>(m.options.max_specializations)) {
    m.earlier_calls += m.specs.back()->calls_without_slot.load(std::memory_order_relaxed);
    m.specs.pop_back();
  }
  if (m.options.check) {
    m.check(*spec, r, f);
    return kept(spec.get());
  }
  return install(id(), spec.get());
}

// The functor runs under the object's lock: asking the object from inside would wait for ever.
void trace_core::impl::require_idle(const char* who) const {
  if (moved_from) throw_moved_from();
  if (recorded_graphs->tracing_thread.load(std::memory_order_relaxed) != std::this_thread::get_id()) return;
  throw trace_error(fmt::format(
      "[{}] the function asks its own traced object while it is being traced: got a call from inside \"{}\", expected one from outside. Ask before or after the call.",
      who, options.name.empty() ? "traced" : options.name));
}

graph trace_core::last_graph() const {
  impl_->require_idle("graph");
  std::lock_guard lock(impl_->mutex);
  if (impl_->specs.empty())
    throw trace_error("[graph] nothing is traced yet: got no specialization, expected one. Call the object, or pass example arguments.");
  return impl_->specs.front()->source->graph;
}

std::vector<specialization_info> trace_core::specializations() const {
  impl_->require_idle("specializations");
  std::lock_guard lock(impl_->mutex);
  move_used_to_front(id(), impl_->specs);
  std::vector<specialization_info> out;
  for (const auto& s : impl_->specs)
    out.push_back({spell_signature(s->arguments), s->source->graph, s->executable ? s->compiled.info() : compile_info()});
  return out;
}

std::string trace_core::explain() const {
  impl_->require_idle("explain");
  std::lock_guard lock(impl_->mutex);
  const impl& m = *impl_;
  std::string s = fmt::format("\"{}\" on backend {}: {} specialization{}\n", m.options.name.empty() ? "traced" : m.options.name,
                              m.options.to, m.specs.size(), m.specs.size() == 1 ? "" : "s");
  s += m.last_retrace.empty() ? "never retraced\n" : fmt::format("last {} ({} in all)\n", m.last_retrace, m.retraces);
  for (const auto& spec : m.specs) {
    s += fmt::format("{}\n", spell_signature(spec->arguments));
    if (!spec->executable) continue;
    std::size_t k = 0;
    for (const step_info& i : spec->compiled.info().steps) s += fmt::format("  {}. {} on {}: {}\n", ++k, i.kind, i.engine, i.ops);
  }
  return s;
}

trace_stats trace_core::stats() const {
  impl_->require_idle("stats");
  trace_stats s;
  {
    std::lock_guard lock(impl_->mutex);
    s.calls = impl_->earlier_calls;
    s.specializations = impl_->specs.size();
    s.compile_seconds = impl_->compile_seconds;
    s.kernels_compiled = impl_->kernels_compiled;
    for (const auto& spec : impl_->specs) {
      s.bytes_planned += spec->executable ? spec->compiled.info().bytes_planned : 0;
      s.calls += spec->calls_without_slot.load(std::memory_order_relaxed);
    }
    std::lock_guard graphs(impl_->recorded_graphs->mutex);
    s.traces = impl_->recorded_graphs->traces;
  }
  s.calls += calls_in_slots(id());
  return s;
}

void trace_core::clear() {
  impl_->require_idle("clear");
  const std::uint64_t calls = stats().calls;
  std::lock_guard lock(impl_->mutex);
  impl_->earlier_calls = calls;
  impl_->specs.clear();
  {
    std::lock_guard graphs(impl_->recorded_graphs->mutex);
    impl_->recorded_graphs->list.clear();
  }
  forget_owner(id());
  id_.store(fresh_id(), std::memory_order_release);
  know_owner(id());
}

ref<trace_core> trace_core::on_backend(std::string_view name) const {
  if (impl_->moved_from) throw_moved_from();
  trace_options o = impl_->options;
  o.to = std::string(find_backend("to", name).name);
  return make_ref<trace_core>(impl_->recorded_graphs, std::move(o));
}

}  // namespace tendril::detail
