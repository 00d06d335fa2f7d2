// Compiling a graph to a function: the one place that sees passes and plan together.
#include "compile.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <new>
#include <optional>

#include <tendril/passes.hpp>

#include "array/array_impl.hpp"
#include "array/environment.hpp"
#include "array/format.hpp"
#include "array/memory.hpp"
#include "kernels/backend.hpp"
#include "passes/verify.hpp"
#include "run/plan.hpp"
#include "threads/pool.hpp"

namespace tendril {
namespace {

using detail::is_logged;
using detail::log_topic;

// What the log tells of a function that was compiled.
void log_compiled(const function& f) {
  const std::string& name = f.graph().name;
  if (is_logged(log_topic::kernels)) {
    std::string s = format_text("\"{}\" has {} steps, {} bytes of workspace", name, f.info().steps.size(), f.info().bytes_planned);
    s += "\n" + detail::spell_steps(f.info().steps, 2, false);
    s.pop_back();
    detail::log(log_topic::kernels, s);
  }
  if (is_logged(log_topic::stages)) detail::log(log_topic::stages, format_text("\"{}\"\n{}", name, f.stages()));
  if (is_logged(log_topic::code))
    for (const group_code& g : f.code()) detail::log(log_topic::code, format_text("\"{}\"\n{}", name, to_string(g)));
}

// After each pass: the graph, where it is another.
struct pass_log {
  std::string last;
  static void observe(const pass_report& r, void* self) {
    auto& log = *static_cast<pass_log*>(self);
    std::string now = to_string(*r.after);
    const bool same = now == log.last;
    detail::log(log_topic::passes, same ? format_text("{} changes nothing", r.name) : format_text("after {}\n{}", r.name, now));
    log.last = std::move(now);
  }
};

// A graph whose function read an extent is for that extent alone.
void check_fixed(const graph& g, std::size_t i, const array_view& example) {
  const type& recorded = g.type_of(g.inputs[i]);
  for (const input_extent& e : g.fixed) {
    if (static_cast<std::size_t>(e.input) != i || e.axis >= example.rank || recorded.rank() != example.rank) continue;
    const std::int64_t expected = recorded.shape[static_cast<std::size_t>(e.axis)].value, got = example.shape[e.axis];
    if (got != expected)
      throw shape_error(
          format_text("[compile] the recorded function read the extent of input {} along axis {}: got {}, expected {} as it was recorded. "
                      "Record it for arguments of this shape.",
                      i, e.axis, got, expected));
  }
}

const backend& without_compiler(const backend& b) {
  const backend* kernels = &b;
  while (kernels->compiler) kernels = kernels->fallback;
  return *kernels;
}

// What is left when the passes are done.
function finish(graph g, const backend& b, const std::vector<int>& layouts, const compile_options& options,
                std::chrono::steady_clock::time_point start) {
  const bool emits = b.compiler && options.optimize && detail::environment_now().optimize;
  // A single group may be one piece of code by itself. Where small code takes the place of several steps, nobody waits for these.
  std::unique_ptr<const engine::small_function> small;
  const bool several = emits && !detail::may_be_one_group(g);
  if (several) small = b.compiler->small(g, layouts, b);
  auto e = detail::plan(std::move(g), small ? without_compiler(b) : b, layouts, engine::threads_for(options.num_threads), options.contract);
  if (emits && !several && !e->direct && !e->steps.empty()) small = b.compiler->small(e->graph, layouts, b);
  if (small) detail::take_small(*e, std::move(small), b.name);
  e->info.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  function f(std::move(e));
  log_compiled(f);
  return f;
}

}  // namespace

function compile(const graph& g, std::span<const array_view> examples, const compile_options& options) try {
  const auto start = std::chrono::steady_clock::now();
  const backend& b = detail::find_backend("compile", options.to);
  graph typed = g;
  if (!options.name.empty()) typed.name = options.name;
  pass_context context{&b, options.contract, {}};
  if (!examples.empty()) {
    if (examples.size() != g.inputs.size())
      throw error(format_text("[compile] wrong number of examples: got {}, expected {}. Pass one for each input of the graph.",
                              examples.size(), g.inputs.size()));
    for (std::size_t i = 0; i < examples.size(); ++i) {
      check_fixed(g, i, examples[i]);
      type& input = typed.types[static_cast<std::size_t>(typed.inputs[i])];
      const bool weak = input.weak;
      input = type::of(examples[i].dtype, {examples[i].shape, static_cast<std::size_t>(examples[i].rank)});
      input.weak = weak;
      context.input_layouts.push_back(detail::layout_class(examples[i]));
    }
  } else {
    context.input_layouts.assign(g.inputs.size(), 0);
  }
  if (options.optimize && detail::environment_now().optimize) {
    if (is_logged(log_topic::passes)) {
      pass_log log{to_string(typed)};
      typed = run_passes(std::move(typed), context, pass_log::observe, &log);
    } else {
      typed = run_passes(std::move(typed), context);
    }
  } else {
    typed = decompose(specialize(std::move(typed), context), context);
    verify(typed);
#ifndef NDEBUG
    detail::verify(typed, detail::stage::decomposed, context);
#endif
  }
  return finish(std::move(typed), b, context.input_layouts, options, start);
} catch (const std::bad_alloc&) { engine::throw_no_memory("compile"); }

function detail::compile_resized(const function& known, const graph& recorded, std::span<const array_view> examples,
                                 const compile_options& options) {
  const auto start = std::chrono::steady_clock::now();
  std::optional<graph> g = resized(*known.impl(), recorded, examples);
  if (!g) return {};
  return finish(std::move(*g), find_backend("compile", options.to), known.impl()->input_layouts, options, start);
}

function compile(const graph& g, const compile_options& options) { return compile(g, {}, options); }

}  // namespace tendril
