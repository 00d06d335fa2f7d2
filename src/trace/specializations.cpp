// The specializations of a traced object: found, made, checked, dropped, and what each is asked.
#include <algorithm>
#include <utility>

#include "array/arena.hpp"
#include "array/environment.hpp"
#include "array/format.hpp"
#include "compile.hpp"
#include "kernels/backend.hpp"
#include "kernels/evaluate.hpp"
#include "run/executable.hpp"
#include "trace/call_slots.hpp"
#include "trace/check.hpp"
#include "trace/core.hpp"
#include "trace/promotion.hpp"
#include "trace/spelling.hpp"

namespace tendril::detail {

namespace {

std::uint64_t hash_of(const call_arguments& r) {
  return hash_words(r.type, words_of(r), [](const key_word&) { return true; });
}

[[noreturn]] void refuse_captured() {
  throw trace_error(
      "[call] the function uses a value of an enclosing trace: got native arguments while that value has no elements, expected a call inside the trace. Pass the value as an argument.");
}
[[noreturn]] void run_captured(const executable*, const array_view*, const array_view*) { refuse_captured(); }

}  // namespace

// ---- what one is asked

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

namespace {
/// Holds it for as long as somebody looks at it, which is no call.
struct looking : held_call {
  explicit looking(call_target t) noexcept : held_call(t) { uncount(); }
  const full_specialization& full() const noexcept { return static_cast<const full_specialization&>(*spec); }
};
}  // namespace

void looked_at(call_target t) { const looking ends(t); }
graph recorded_graph(call_target t) { return looking(t).full().source->graph; }
function compiled_function(call_target t) { return looking(t).full().compiled; }

void prepare(call_target t, const array_view* in) {
  const looking at(t);
  const full_specialization& s = at.full();
  if (!s.executable) refuse_captured();
  const graph& g = s.source->graph;
  if (std::any_of(g.nodes.begin(), g.nodes.end(), is_ordered)) {
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

profile_report profile(call_target t, const array_view* in) {
  const looking at(t);
  const full_specialization& s = at.full();
  if (!s.executable)
    throw trace_error(
        "[profile] the function uses a value of an enclosing trace: got arguments while that value has no elements, expected a function that has all its values. Pass the value as an argument.");
  return profile(*s.executable, s.run, in, 0);
}

// ---- finding and making them

call_target trace_core::impl::find_or_make(std::uint64_t owner, const call_arguments& r, record_function f) {
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
  ref<traced_graph> source = reuse(r, f, made);
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

ref<full_specialization> trace_core::impl::specialize(const call_arguments& r, ref<traced_graph> source, std::vector<std::string> arguments,
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
    if (e.small) {
      s->run = executable::run_small;
      s->run_into = executable::run_small_into;
    }
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

void trace_core::impl::check(const full_specialization& s, const call_arguments& r, record_function f) {
  const ref<traced_graph> again = [&] {
    std::lock_guard lock(graphs->mutex);  // one thread runs the functor at a time, on whatever backend
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

// The least recently used go, until what is left is within the bounds; and graphs of which nothing is left.
void trace_core::impl::keep_bounds(std::uint64_t owner, std::uint64_t newest_hash) {
  const auto most = static_cast<std::size_t>(options.max_specializations);
  std::vector<ref<traced_graph>> left;
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
  std::lock_guard lock(graphs->mutex);
  ++specs.newest().source->users;
  for (const auto& r : left) --r->users;
  auto& known = graphs->known;
  while (known.size() > most && known.drop([](std::uint64_t, const traced_graph& x) { return x.users > 0; })) {}
}

// Says once that what is dropped is asked for again.
void trace_core::impl::count_made_again(const call_arguments& r, const std::vector<std::string>& arguments) {
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

}  // namespace tendril::detail
