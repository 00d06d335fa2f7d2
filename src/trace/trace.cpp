// The core of traced objects: finds, traces and compiles specializations; explain and stats.
#include <tendril/detail/trace_core.hpp>

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <thread>
#include <unordered_set>

#include "array/arena.hpp"
#include "array/environment.hpp"
#include "array/format.hpp"
#include "array/memory.hpp"
#include "array/symbol.hpp"
#include "array/warn.hpp"
#include "compile.hpp"
#include "graph/tracer.hpp"
#include "kernels/backend.hpp"
#include "kernels/evaluate.hpp"
#include "run/executable.hpp"
#include "trace/call_slots.hpp"
#include "trace/check.hpp"
#include "trace/promotion.hpp"
#include "trace/signature_table.hpp"
#include "trace/stack.hpp"

namespace tendril::detail {

// ---- what was recorded

/// A recorded graph and what it was recorded for. Independent of the backend.
struct recorded : counted {
  const signature_type* type = nullptr;
  std::vector<key_word> words;
  tendril::graph graph;
  ref<counted> structure;
  bool read_facts = false;
  bool captures = false;  ///< symbols of an enclosing trace are among its inputs
  int users = 0;          ///< specializations of it that some object keeps; under the lock of the recordings
  std::uint64_t hash() const {
    return hash_words(type, words, [this](const key_word& w) { return depends_on(w); });
  }
  bool depends_on(const key_word& w) const { return w.kind != key_kind::layout && (read_facts || w.kind != key_kind::extent); }
  bool fits(const call_record&) const;
};

class recordings : public counted {
 public:
  std::mutex mutex;
  signature_table<recorded> known;
  std::uint64_t traces = 0;
  std::uint64_t traces_for_numbers = 0;  ///< that differ from another in static numbers alone
  std::atomic<std::thread::id> tracing_thread{};
};

namespace {

std::uint64_t fresh_id() {
  static std::atomic<std::uint64_t> next{1};
  return next.fetch_add(1, std::memory_order_relaxed);
}

std::span<const key_word> words_of(const call_record& r) { return {r.words, static_cast<std::size_t>(r.word_count)}; }

// Where two signatures of one type have one length, what stands at one place in them is of one kind.
bool comparable(const signature_type* type, std::span<const key_word> words, const call_record& r) {
  return type == r.type && words.size() == words_of(r).size();
}

/// A specialization with what only the core reads.
struct full_specialization final : specialization {
  const signature_type* type = nullptr;
  std::vector<key_word> words;
  std::vector<result_info> result_store;
  ref<recorded> source;
  std::vector<std::string> arguments;  // as spelled in messages
  function compiled;
  std::size_t bytes = 0;

  bool matches(const call_record& r) const {
    return comparable(type, words, r) &&
           std::equal(words.begin(), words.end(), r.words, [](const key_word& a, const key_word& b) { return a.value == b.value; });
  }
};
bool same_signature(const specialization& s, const call_record& r) { return static_cast<const full_specialization&>(s).matches(r); }

std::uint64_t hash_of(const call_record& r) {
  return hash_words(r.type, words_of(r), [](const key_word&) { return true; });
}

const char* layout_name(const array_view& v) {
  constexpr const char* names[] = {"", " column-major", " strided"};
  return v.rank < 2 && layout_class(v) == 0 ? "" : names[layout_class(v)];
}

std::string spell_signature(const std::vector<std::string>& arguments) { return "(" + joined(arguments, ", ") + ")"; }

std::string object_name(const trace_options& o) { return o.name.empty() ? "traced" : o.name; }

// "argument 1" or "arguments 1 and 2": those for whose words `which(have, now)` is true.
template <class Which>
std::string spell_arguments(std::span<const key_word> have, const call_record& r, Which which) {
  std::vector<std::uint32_t> found;
  for (std::size_t i = 0; i < have.size(); ++i)
    if (which(have[i], r.words[i]) && (found.empty() || found.back() != r.words[i].argument)) found.push_back(r.words[i].argument);
  if (found.size() == 1) return format_text("argument {}", found[0]);
  const std::uint32_t last = found.back();
  found.pop_back();
  return format_text("arguments {} and {}", joined(found, ", "), last);
}

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
    if (a != b) s += format_text("{}argument {} differs: got {}, known {}", s.empty() ? "" : "; ", i, a, b);
  }
  return s.empty() ? format_text("the C++ types of the arguments differ: got {}, known {}", cpp_types(type), cpp_types(*have.type)) : s;
}

std::size_t distance(const full_specialization& have, const std::vector<std::string>& arguments) {
  const std::size_t n = std::min(have.arguments.size(), arguments.size());
  std::size_t d = std::max(have.arguments.size(), arguments.size()) - n;
  for (std::size_t i = 0; i < n; ++i) d += have.arguments[i] != arguments[i];
  return d;
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
    if (is_ordered(n)) return true;
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

bool recorded::fits(const call_record& r) const {
  return comparable(type, words, r) && std::equal(words.begin(), words.end(), r.words, [this](const key_word& a, const key_word& b) {
           return a.value == b.value || !depends_on(a);
         });
}

void specialization::throw_missing(const char* op, std::size_t i) const {
  throw error(format_text("[{}] too many outputs: got more than {}, expected {} results. Pass one container for each result.", op, i,
                          result_count));
}

void throw_no_room(const result_info& r, std::string_view container) {
  throw memory_error(
      format_text("[call] no memory is left: got none, expected {} bytes for a result of shape {} in {}. Use smaller arrays.",
                  static_cast<std::size_t>(element_count("call", r.shape)) * size_of(r.dtype),
                  to_string(std::span<const std::int64_t>(r.shape)), container));
}

void throw_output_count(std::size_t got, std::size_t expected) {
  throw error(format_text("[into] too few outputs: got {}, expected {} results. Pass one container for each result.", got, expected));
}

trace_state::trace_state() try : recorded(make_ref<recordings>()) {
} catch (const std::bad_alloc&) { engine::throw_no_memory("trace_graph"); }
trace_state::~trace_state() = default;
void* trace_state::operator new(std::size_t n) try { return ::operator new(n); } catch (const std::bad_alloc&) {
  engine::throw_no_memory("trace_graph", n);
}
void* trace_state::operator new(std::size_t n, std::align_val_t a) try { return ::operator new(n, a); } catch (const std::bad_alloc&) {
  engine::throw_no_memory("trace_graph", n);
}
void trace_state::operator delete(void* p) noexcept { ::operator delete(p); }
void trace_state::operator delete(void* p, std::align_val_t a) noexcept { ::operator delete(p, a); }

std::string spell_leaf(const array_view& v) {
  return to_string(type::of(v.dtype, {v.shape, static_cast<std::size_t>(v.rank)})) + layout_name(v);
}

bool is_tracing() noexcept { return current_tracer() != nullptr; }

array add_argument(tracer& t, const array_view& v, bool weak) {
  type given = type::of(v.dtype, {v.shape, static_cast<std::size_t>(v.rank)});
  given.weak = weak;
  return make_symbol(t, t.graph.add_input(std::move(given)));
}

array literal_symbol(scalar s) {
  tracer& t = *current_tracer();
  return make_symbol(t, t.graph.add_literal(s));
}

const graph& recorded_graph(const specialization& s) { return static_cast<const full_specialization&>(s).source->graph; }
const function& compiled_function(const specialization& s) { return static_cast<const full_specialization&>(s).compiled; }

void prepare(const specialization& s, const array_view* in) {
  if (!s.executable) refuse_captured();
  const graph& recorded = recorded_graph(s);
  if (std::any_of(recorded.nodes.begin(), recorded.nodes.end(), is_ordered)) {
    const engine::workspace memory(s.executable->workspace_bytes);
    return;
  }
  std::vector<array> results;
  std::vector<array_view> out;
  for (std::uint32_t i = 0; i < s.result_count; ++i) {
    results.push_back(make_empty(s.results[i].dtype, s.results[i].extents()));
    out.push_back(results.back().view());
  }
  s.run(s.executable, in, out.data());
}

profile_report profile(const specialization& s, const array_view* in) {
  if (!s.executable)
    throw trace_error(
        "[profile] the function uses a value of an enclosing trace: got arguments while that value has no elements, expected a function that has all its values. Pass the value as an argument.");
  return profile(*s.executable, s.run, in, 0);
}

// ---- the core

struct trace_core::impl {
  ref<recordings> recorded_graphs;
  trace_options options;
  mutable std::mutex mutex;
  signature_table<full_specialization> specs;
  std::size_t bytes = 0;  // of specs
  std::string last_retrace;
  std::uint64_t retraces = 0;
  double compile_seconds = 0;
  std::uint64_t kernels_compiled = 0;
  std::uint64_t earlier_calls = 0;
  std::unordered_set<std::uint64_t> dropped;  // hashes of what was
  std::uint64_t made_again = 0;
  std::vector<std::string> warnings;  // said when no lock is held: a handler may ask the object
  bool moved_from = false;

  call_target find_or_make(std::uint64_t owner, const call_record& r, record_function f);
  ref<recorded> record(const call_record& r, record_function f);
  ref<recorded> reuse(const call_record& r, record_function f, bool& made);
  ref<recorded> record_anew(const call_record& r, record_function f);
  ref<recorded> keep(ref<recorded> made);
  ref<full_specialization> specialize(const call_record& r, ref<recorded> source, std::vector<std::string> arguments, bool made);
  void check(const full_specialization& s, const call_record& r, record_function f);
  void keep_bounds(std::uint64_t owner, std::uint64_t newest_hash);
  void count_numbers(const call_record& r, const std::vector<std::string>& arguments);
  void count_made_again(const call_record& r, const std::vector<std::string>& arguments);
  void require_idle(const char* who) const;
  compile_options how() const {
    return {.to = options.to,
            .optimize = options.optimize,
            .contract = options.contract,
            .num_threads = options.num_threads,
            .name = options.name};
  }
};

ref<trace_core> make_trace_core(trace_state& state, trace_options options) try {
  options.to = std::string(find_backend("trace_graph", options.to).name);
  if (options.max_specializations < 1)
    throw error(format_text("[trace_graph] max_specializations is too small: got {}, expected at least 1. Leave it out for {}.",
                            options.max_specializations, trace_options().max_specializations));
  return make_ref<trace_core>(state.recorded, std::move(options));
} catch (const std::bad_alloc&) { engine::throw_no_memory("trace_graph"); }

trace_core::trace_core(ref<recordings> r, trace_options options) : id_(fresh_id()) {
  auto made = std::make_unique<impl>();
  made->recorded_graphs = std::move(r);
  made->options = std::move(options);
  made->options.optimize &= environment_now().optimize;
  made->options.check |= environment_now().check;
  know_owner(id());
  impl_ = made.release();
}

trace_core::~trace_core() {
  forget_owner(id());
  {
    std::unique_lock lock(impl_->recorded_graphs->mutex, std::defer_lock);
    if (!busy()) lock.lock();  // a functor that drops a handle while it is traced runs under the lock
    impl_->specs.each([](const full_specialization& s) { return --s.source->users, true; });
  }
  delete impl_;
}

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
    throw trace_error(format_text(
        "[trace_graph] a recursion on traced values does not end: got a call of \"{}\" inside {} others, expected fewer. End it by what is known while tracing: a static argument that counts down, a rank or a shape.",
        object_name(core.impl_->options), most));
  ++inlined_calls;
}
trace_core::inlined_call::~inlined_call() { --inlined_calls; }

ref<recorded> trace_core::impl::record(const call_record& r, record_function f) {
  auto t = make_ref<tracer>();
  t->graph.name = object_name(options);
  auto rec = make_ref<recorded>();
  auto& tracing_thread = recorded_graphs->tracing_thread;
  tracing_thread.store(std::this_thread::get_id(), std::memory_order_relaxed);
  struct reset {
    std::atomic<std::thread::id>& id;
    ~reset() { id.store({}, std::memory_order_relaxed); }
  } reset_thread{tracing_thread};
  t->graph.results = detail::record(
      *t, {},
      [&] {
        recording out = f.call(f.self, *t);
        rec->structure = std::move(out.structure);
        return std::move(out.results);
      },
      [&](const array& a) {
        if (a.empty())
          throw trace_error(
              format_text("[trace] the function \"{}\" returns an empty td::array: got no array, expected a value. Assign every result.",
                          t->graph.name));
        require_alive(a, "trace", {});
      });
  rec->type = r.type;
  rec->words.assign(r.words, r.words + r.word_count);
  rec->read_facts = t->read_facts;
  rec->captures = !t->captured.empty();
  rec->graph = std::move(t->graph);
  t->graph.name = rec->graph.name;  // for the errors of symbols that outlive the trace
  for (std::size_t i = 0; i < rec->graph.results.size(); ++i)
    if (!depends_on_input(rec->graph, rec->graph.results[i])) {
      const std::string text = format_text(
          "[trace] result {} of \"{}\" depends on no input: got a constant, expected a value computed from the arguments. Return it apart from the traced function if that is intended.",
          i, rec->graph.name);
      if (options.check) throw trace_error(text);
      warnings.push_back(text);
    }
  return rec;
}

// The graph for this signature: recorded before on any backend, or for other extents by a functor that read none, or recorded now.
ref<recorded> trace_core::impl::reuse(const call_record& r, record_function f, bool& made) {
  std::lock_guard lock(recorded_graphs->mutex);
  auto& known = recorded_graphs->known;
  recorded like;  // what would be found
  like.type = r.type;
  like.words.assign(r.words, r.words + r.word_count);
  for (bool read_facts : {true, false}) {
    like.read_facts = read_facts;
    if (recorded* have = known.find(like.hash(), [&](const recorded& x) { return x.read_facts == read_facts && x.fits(r); }))
      return ref<recorded>(have);
  }
  made = true;
  return keep(record(r, f));
}

// Recorded for these extents and no others.
ref<recorded> trace_core::impl::record_anew(const call_record& r, record_function f) {
  std::lock_guard lock(recorded_graphs->mutex);
  ref<recorded> made = record(r, f);
  made->read_facts = true;
  return keep(std::move(made));
}

// Lists what was recorded just now; under the lock of the list.
ref<recorded> trace_core::impl::keep(ref<recorded> made) {
  ++recorded_graphs->traces;
  recorded_graphs->known.insert(made->hash(), made);
  return made;
}

// Says once that a number is a part of the signature which seems to change from call to call.
void trace_core::impl::count_numbers(const call_record& r, const std::vector<std::string>& arguments) {
  constexpr int looked_at = 16;
  constexpr std::uint64_t enough = 16;
  std::lock_guard lock(recorded_graphs->mutex);
  int n = 0;
  bool first = true;  // that is what was recorded now
  recorded_graphs->known.each([&](const recorded& have) {
    if (std::exchange(first, false)) return true;
    if (comparable(have.type, have.words, r)) {
      const auto differs = [&](const key_word& a, const key_word& b) { return a.value != b.value && have.depends_on(a); };
      bool number = false, other = false;
      for (std::size_t i = 0; i < have.words.size(); ++i)
        if (differs(have.words[i], r.words[i])) (have.words[i].kind == key_kind::number ? number : other) = true;
      if (number && !other) {
        if (++recorded_graphs->traces_for_numbers == enough) {
          const std::string which = spell_arguments(have.words, r, differs);
          warnings.push_back(format_text(
              "[call] \"{}\" is traced again for each value of {}: got {}, and {} other traces that differ in a number alone, expected few "
              "values. Make the parameter a td::array: a number given for it is an input of the graph then, and no value is traced twice.",
              object_name(options), which, spell_signature(arguments), enough));
        }
        return false;
      }
    }
    return ++n < looked_at;
  });
}

// Says once that what is dropped is asked for again.
void trace_core::impl::count_made_again(const call_record& r, const std::vector<std::string>& arguments) {
  constexpr std::uint64_t enough = 16;
  if (!dropped.erase(hash_of(r)) || ++made_again != enough) return;
  std::string which;
  specs.each([&](const full_specialization& have) {
    if (!comparable(have.type, have.words, r)) return true;
    which = spell_arguments(have.words, r, [](const key_word& a, const key_word& b) { return a.value != b.value; });
    return false;
  });
  if (which.empty()) which = "the arguments' types";
  warnings.push_back(format_text(
      "[call] \"{}\" makes again what it had dropped: got more signatures in turn than the {} that it keeps, which differ in {}, now {}; expected "
      "fewer. Raise max_specializations or max_specialization_bytes in trace_options, or pass fewer different shapes.",
      object_name(options), specs.size(), which, spell_signature(arguments)));
}

// The least recently used go, until what is left is within the bounds; and graphs of which nothing is left.
void trace_core::impl::keep_bounds(std::uint64_t owner, std::uint64_t newest_hash) {
  const auto most = static_cast<std::size_t>(options.max_specializations);
  std::vector<ref<recorded>> left;
  bool looked = false;
  while (specs.size() > 1 && (specs.size() > most || bytes > options.max_specialization_bytes)) {
    if (!std::exchange(looked, true)) mark_used(owner);
    const full_specialization* newest = &specs.newest();
    std::uint64_t hash = 0;
    const auto stays = [&](std::uint64_t h, const full_specialization& s) {
      hash = h;
      return &s == newest || const_cast<full_specialization&>(s).used.exchange(false, std::memory_order_relaxed);
    };
    ref<full_specialization> old = specs.drop(stays);
    if (!old) old = specs.drop(stays);  // all were used: now none is
    earlier_calls += old->calls_without_slot.load(std::memory_order_relaxed);
    bytes -= old->bytes;
    left.push_back(old->source);
    if (dropped.size() > 4 * most + 64) dropped.clear();
    dropped.insert(hash);
    specs.find(newest_hash, [&](const full_specialization& s) { return &s == newest; });  // the newest still
  }
  std::lock_guard lock(recorded_graphs->mutex);
  ++specs.newest().source->users;
  for (const auto& r : left) --r->users;
  auto& known = recorded_graphs->known;
  while (known.size() > most && known.drop([](std::uint64_t, const recorded& x) { return x.users > 0; })) {}
}

ref<full_specialization> trace_core::impl::specialize(const call_record& r, ref<recorded> source, std::vector<std::string> arguments,
                                                      bool made) {
  auto s = make_ref<full_specialization>();
  s->type = r.type;
  s->words.assign(r.words, r.words + r.word_count);
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
    const full_specialization* like = nullptr;  // of the same graph, for other extents
    if (!made && options.optimize)
      specs.each([&](const full_specialization& have) {
        if (have.source == source) like = &have;
        return !like;
      });
    if (like) s->compiled = compile_resized(like->compiled, source->graph, examples, how());
    if (!s->compiled) s->compiled = compile(source->graph, examples, how());
    s->executable = s->compiled.impl().get();
    const executable& e = *s->executable;
    s->run = !e.direct ? executable::run : e.direct_ranked || e.direct_buffers ? executable::run_direct : executable::run_direct_plain;
    s->run_into = s->executable->direct ? executable::run_direct_into : executable::run_into;
    if (s->executable->steps.empty()) {
      s->run = s->run_into = [](const executable*, const array_view*, const array_view*) {};
    }
    compile_seconds += s->compiled.info().seconds;
    kernels_compiled += static_cast<std::uint64_t>(s->compiled.info().kernels_compiled);
    for (const auto& t : s->executable->result_types)
      s->result_store.push_back({t.dtype, t.known_extents(), spell_promotion(source->graph, s->result_store.size())});
  }
  s->source = std::move(source);
  s->bytes = sizeof *s + s->words.size() * sizeof(key_word) + (s->executable ? footprint(*s->executable) : 0);
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
    throw trace_error(format_text(
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
  const auto wrong = std::mismatch(out.begin(), out.end(), expected.begin(), is_close).first - out.begin();
  if (wrong == static_cast<std::ptrdiff_t>(out.size()) || differs_by_contraction(s.source->graph, in, expected, how())) return;
  compile_options exact = how();
  exact.contract = false;
  throw internal_error(format_text(
      "[check] result {} of \"{}\" differs between replay and step-by-step evaluation: {}. Please report this with the graph:\n{}", wrong,
      s.source->graph.name, first_difference(s.source->graph, in, exact), to_string(s.source->graph)));
}

call_target trace_core::acquire(const call_record& r, record_function f) try {
  impl& m = *impl_;
  if (m.moved_from) throw_moved_from();
  if (busy())
    throw trace_error(
        "[trace] the function calls its own traced object with native arguments while it is being traced: got a call that would never end, expected ops on the traced values. Call the plain function there.");
  for (int i = 0; i < r.leaf_count; ++i)
    if (!r.leaves[i].data && r.leaves[i].size() != 0)
      throw error(format_text(
          "[call] null data: got a null pointer for array {} of shape {}, expected memory. Pass an array that owns its elements.", i,
          to_string(std::span<const std::int64_t>(r.leaves[i].shape, static_cast<std::size_t>(r.leaves[i].rank)))));
  if (const call_target t = rebind(id(), r, same_signature); t.spec) return t;  // known to this thread, in another container: no lock
  std::vector<std::string> warnings;
  call_target found;
  {
    std::lock_guard lock(m.mutex);
    m.warnings.clear();
    found = m.find_or_make(id(), r, f);
    warnings.swap(m.warnings);
  }
  try {
    for (const std::string& w : warnings) warn(w);
  } catch (...) {
    const held_call ends(found);
    throw;
  }
  return found;
} catch (const std::bad_alloc&) { engine::throw_no_memory("call"); }

call_target trace_core::impl::find_or_make(std::uint64_t owner, const call_record& r, record_function f) {
  const std::uint64_t hash = hash_of(r);
  if (full_specialization* known = specs.find(hash, [&](const full_specialization& s) { return s.matches(r); })) {
    if (!options.check) return install(owner, known, r);
    check(*known, r, f);
    return kept(known);
  }
  std::vector<std::string> arguments = f.spell(f.spell_self);
  if (!specs.empty()) {
    // The closest of those used last: of many, all would take longer to look at than this one to compile.
    constexpr int looked_at = 64;
    const full_specialization* closest = nullptr;
    std::size_t least = SIZE_MAX;
    int n = 0;
    specs.each([&](const full_specialization& s) {
      if (const std::size_t d = distance(s, arguments); d < least) least = d, closest = &s;
      return least > 1 && ++n < looked_at;
    });
    const std::string why = spell_difference(*closest, *r.type, arguments);
    const std::string signature = spell_signature(arguments);
    if (options.on_retrace == retrace::forbid)
      throw trace_error(format_text(
          "[call] a retrace is forbidden: got signature {}, expected a known one; {}. Pass arguments of a known signature, or allow retraces in trace_options.",
          signature, why));
    last_retrace = format_text("retraced for {}: {}", signature, why);
    ++retraces;
    if (options.on_retrace == retrace::warn) warnings.push_back(format_text("[call] \"{}\" is {}", object_name(options), last_retrace));
  }
  count_made_again(r, arguments);
  bool made = false;
  ref<recorded> source = reuse(r, f, made);
  if (made) {
    count_numbers(r, arguments);
    if (is_logged(log_topic::traces))
      log(log_topic::traces, format_text("\"{}\" is traced for {}{}\n{}", object_name(options), spell_signature(arguments),
                                         last_retrace.empty() ? "" : "; last " + last_retrace, to_string(source->graph)));
  }
  const bool for_others = !std::equal(source->words.begin(), source->words.end(), r.words, [](const key_word& a, const key_word& b) {
    return a.value == b.value || a.kind == key_kind::layout;
  });
  ref<full_specialization> spec;
  try {
    spec = specialize(r, std::move(source), arguments, made);
  } catch (const error&) {
    if (!for_others) throw;
    // A graph for other extents does not fit these. What the function does then is for it to say: it may catch the error.
    spec = specialize(r, record_anew(r, f), std::move(arguments), true);
  }
  specs.insert(hash, spec);
  bytes += spec->bytes;
  keep_bounds(owner, hash);
  if (!options.check) return install(owner, spec.get(), r);
  check(*spec, r, f);
  return kept(spec.get());
}

// The functor runs under the object's lock: asking the object from inside would wait for ever.
void trace_core::impl::require_idle(const char* who) const {
  if (moved_from) throw_moved_from();
  if (recorded_graphs->tracing_thread.load(std::memory_order_relaxed) != std::this_thread::get_id()) return;
  throw trace_error(format_text(
      "[{}] the function asks its own traced object while it is being traced: got a call from inside \"{}\", expected one from outside. Ask before or after the call.",
      who, object_name(options)));
}

graph trace_core::last_graph() const try {
  impl_->require_idle("graph");
  std::lock_guard lock(impl_->mutex);
  if (impl_->specs.empty())
    throw trace_error("[graph] nothing is traced yet: got no specialization, expected one. Call the object, or pass example arguments.");
  return impl_->specs.newest().source->graph;
} catch (const std::bad_alloc&) { engine::throw_no_memory("graph"); }

std::vector<specialization_info> trace_core::specializations() const {
  impl_->require_idle("specializations");
  std::lock_guard lock(impl_->mutex);
  mark_used(id());
  impl_->specs.bring_forward([](full_specialization& s) { return s.used.exchange(false, std::memory_order_relaxed); });
  std::vector<specialization_info> out;
  impl_->specs.each([&](const full_specialization& s) {
    out.push_back({spell_signature(s.arguments), s.source->graph, s.executable ? s.compiled.info() : compile_info()});
    return true;
  });
  return out;
}

std::string trace_core::explain() const {
  impl_->require_idle("explain");
  std::lock_guard lock(impl_->mutex);
  const impl& m = *impl_;
  std::string s = format_text("\"{}\" on backend {}: {} specialization{}\n", object_name(m.options), m.options.to, m.specs.size(),
                              m.specs.size() == 1 ? "" : "s");
  s += m.last_retrace.empty() ? "never retraced\n" : format_text("last {} ({} in all)\n", m.last_retrace, m.retraces);
  m.specs.each([&](const full_specialization& spec) {
    s += format_text("{}\n", spell_signature(spec.arguments));
    if (!spec.executable) return true;
    s += spell_steps(spec.compiled.info().steps, 2, true);
    return true;
  });
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
    s.bytes_kept = impl_->bytes;
    impl_->specs.each([&](const full_specialization& spec) {
      s.bytes_planned += spec.executable ? spec.compiled.info().bytes_planned : 0;
      s.calls += spec.calls_without_slot.load(std::memory_order_relaxed);
      return true;
    });
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
  impl_->bytes = 0;
  impl_->dropped.clear();
  {
    std::lock_guard graphs(impl_->recorded_graphs->mutex);
    impl_->recorded_graphs->known.clear();
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
