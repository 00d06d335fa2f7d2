// Recording a functor: the graph for a signature is one that was recorded before, or the functor runs on symbols.
#include <utility>

#include "array/format.hpp"
#include "array/symbol.hpp"
#include "graph/tracer.hpp"
#include "trace/core.hpp"
#include "trace/spelling.hpp"
#include "trace/stack.hpp"

namespace tendril::detail {

array add_argument(tracer& t, const array_view& v, bool weak) {
  type given = type::of(v.dtype, {v.shape, static_cast<std::size_t>(v.rank)});
  given.weak = weak;
  return make_symbol(t, t.graph.add_input(std::move(given)));
}

array literal_symbol(scalar s) {
  tracer& t = *current_tracer();
  return make_symbol(t, t.graph.add_literal(s));
}

bool traced_graph::fits(const call_arguments& r) const {
  return comparable(type, words, r) && std::equal(words.begin(), words.end(), r.words, [this](const key_word& a, const key_word& b) {
           return a.value == b.value || !depends_on(a);
         });
}

namespace {
// Not so are results that no input reaches.
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
}  // namespace

ref<traced_graph> trace_core::impl::record(const call_arguments& r, record_function f) {
  auto t = make_ref<tracer>();
  t->graph.name = object_name(options);
  auto made = make_ref<traced_graph>();
  auto& tracing_thread = graphs->tracing_thread;
  tracing_thread.store(std::this_thread::get_id(), std::memory_order_relaxed);
  struct reset {
    std::atomic<std::thread::id>& id;
    ~reset() { id.store({}, std::memory_order_relaxed); }
  } reset_thread{tracing_thread};
  t->graph.results = detail::record(
      *t, {},
      [&] {
        recorded_results out = f.call(f.self, *t);
        made->structure = std::move(out.structure);
        return std::move(out.results);
      },
      [&](const array& a) {
        if (a.empty())
          throw trace_error(
              format_text("[trace] the function \"{}\" returns an empty td::array: got no array, expected a value. Assign every result.",
                          t->graph.name));
        require_alive(a, "trace", {});
      });
  made->type = r.type;
  made->words.assign(r.words, r.words + r.word_count);
  made->read_facts = t->read_facts;
  made->captures = !t->captured.empty();
  made->graph = std::move(t->graph);
  fix(made->graph, t->reads);
  t->graph.name = made->graph.name;  // for the errors of symbols that outlive the trace
  // Where there is no array to depend on, a constant is what the function is for.
  for (std::size_t i = 0; i < made->graph.results.size() && !made->graph.inputs.empty(); ++i)
    if (!depends_on_input(made->graph, made->graph.results[i])) {
      const std::string text = format_text(
          "[trace] result {} of \"{}\" depends on no input: got a constant, expected a value computed from the arguments. Return it apart from the traced function if that is intended.",
          i, made->graph.name);
      if (options.check) throw trace_error(text);
      warnings.push_back(text);
    }
  return made;
}

// The graph for this signature: recorded before on any backend, or for other extents by a functor that read none, or recorded now.
ref<traced_graph> trace_core::impl::reuse(const call_arguments& r, record_function f, bool& made) {
  std::lock_guard lock(graphs->mutex);
  auto& known = graphs->known;
  traced_graph like;  // what would be found
  like.type = r.type;
  like.words.assign(r.words, r.words + r.word_count);
  for (bool read_facts : {true, false}) {
    like.read_facts = read_facts;
    if (traced_graph* have = known.find(like.hash(), [&](const traced_graph& x) { return x.read_facts == read_facts && x.fits(r); }))
      return ref<traced_graph>(have);
  }
  made = true;
  return keep(record(r, f));
}

// Recorded for these extents and no others.
ref<traced_graph> trace_core::impl::record_anew(const call_arguments& r, record_function f) {
  std::lock_guard lock(graphs->mutex);
  ref<traced_graph> made = record(r, f);
  made->read_facts = true;
  return keep(std::move(made));
}

// Lists what was recorded just now; under the lock of the list.
ref<traced_graph> trace_core::impl::keep(ref<traced_graph> made) {
  ++graphs->traces;
  graphs->known.insert(made->hash(), made);
  return made;
}

// Says once that a number is a part of the signature which seems to change from call to call.
void trace_core::impl::count_numbers(const call_arguments& r, const std::vector<std::string>& arguments) {
  constexpr int looked_at = 16;
  constexpr std::uint64_t enough = 16;
  std::lock_guard lock(graphs->mutex);
  int n = 0;
  bool first = true;  // that is what was recorded now
  graphs->known.each([&](const traced_graph& have) {
    if (std::exchange(first, false)) return true;
    if (comparable(have.type, have.words, r)) {
      const auto differs = [&](const key_word& a, const key_word& b) { return a.value != b.value && have.depends_on(a); };
      bool number = false, other = false;
      for (std::size_t i = 0; i < have.words.size(); ++i)
        if (differs(have.words[i], r.words[i])) (have.words[i].kind == key_kind::number ? number : other) = true;
      if (number && !other) {
        if (++graphs->traces_for_numbers == enough) {
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

}  // namespace tendril::detail
