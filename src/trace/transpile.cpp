// The compiled half of transpile: recording on unknown types, replaying a graph op by op, the ops a target lacks, members made once.
#include <tendril/transpile.hpp>

#include <tendril/detail/op_id.hpp>

#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <mutex>
#include <new>
#include <set>
#include <thread>

#include "array/format.hpp"
#include "array/memory.hpp"
#include "array/symbol.hpp"
#include "graph/interpreter.hpp"
#include "graph/tracer.hpp"
#include "kernels/backend.hpp"
#include "ops/needs_fact.hpp"
#include "ops/op_table.hpp"
#include "trace/apply.hpp"

namespace tendril::detail {

trace_options for_target(trace_options options, const char* backend) {
  if (std::string_view(backend).empty()) {  // it has none of its own
    if (!options.to.empty()) find_backend("transpile", options.to);
    return options;
  }
  if (!options.to.empty() && options.to != backend)
    throw error(format_text(
        "[transpile] the options name another backend than the target: got .to = \"{}\" beside td::target::{}, expected one of them. Leave "
        ".to out and pass td::target::{}, or call .to(\"{}\") on the result.",
        options.to, backend, backend, options.to));
  find_backend("transpile", backend);
  options.to = backend;
  return options;
}

// ---- recording without arguments

void record_abstract(abstraction& made, std::string_view name, std::size_t arrays, symbol_function f) try {
  if (!made.target.empty()) find_backend("transpile", made.target);
  auto t = make_ref<tracer>();
  t->abstract = true;
  t->graph.name = name.empty() ? "transpiled" : std::string(name);
  std::vector<array> symbols;
  for (std::size_t i = 0; i < arrays; ++i) symbols.push_back(make_symbol(*t, t->graph.add_input(type())));
  try {
    ref<counted> structure;
    t->graph.results = record(
        *t, {},
        [&] {
          recorded_results out = f.call(f.self, symbols);
          structure = std::move(out.structure);
          return std::move(out.results);
        },
        [&](const array& a) {
          if (a.empty())
            throw trace_error(
                format_text("[transpile] the function \"{}\" returns an empty array: got no array, expected a value. Assign every result.",
                            t->graph.name));
          require_alive(a, "transpile", {});
        });
    made.structure = std::move(structure);
  } catch (const needs_fact& fact) {
    made.pending = fact.why;
    return;
  }
  made.captured = std::move(t->captured);
  made.graph = std::move(t->graph);
  if (!made.target.empty()) require_ops(made.graph, made.target);
} catch (const std::bad_alloc&) { engine::throw_no_memory("transpile"); }

std::string spell_missing(unknown_parameters why, int position) {
  switch (why) {
    case unknown_parameters::value:
      return format_text("parameter {} of the function is no array: its value is known only from arguments", position);
    case unknown_parameters::count:
      return format_text("parameter {} of the function holds a number of arrays that is known only from arguments", position);
    case unknown_parameters::arity:
      return "how many arrays the function takes is known only from arguments: its call operator is a template or overloaded, and not one number of arrays from 1 to 8 fits";
    case unknown_parameters::none: break;
  }
  return {};
}

// ---- numbers where a function takes arrays

array number_argument(const scalar& s, dtype own, bool weak) {
  array a = scalar_array(s, own);
  a.impl()->weak = weak;
  return a;
}

array as_result(array a) { return a.is_symbol() || !a.impl()->weak ? std::move(a) : copy_of(a.view()); }

// ---- replaying

namespace {

operand literal(const attributes& constant, std::source_location where) {
  const scalar s = literal_of(constant);
  switch (s.kind()) {
    case dtype_kind::boolean: return operand(s.integer() != 0, where);
    case dtype_kind::integer:
      return s.beyond_int64() ? operand(static_cast<std::uint64_t>(s.integer()), where) : operand(s.integer(), where);
    default: return operand(s.real(), where);
  }
}

}  // namespace

std::vector<array> replay(const graph& g, std::span<const array> arguments, std::span<const array> captured) try {
  if (arguments.size() + captured.size() != g.inputs.size())
    throw error(format_text("[{}] wrong number of arrays: got {}, expected {}. Pass one for each parameter.", g.name, arguments.size(),
                            g.inputs.size() - captured.size()));
  std::vector<array> values(g.types.size());
  for (std::size_t i = 0; i < g.inputs.size(); ++i)
    values[static_cast<std::size_t>(g.inputs[i])] = i < arguments.size() ? arguments[i] : captured[i - arguments.size()];
  std::vector<operand> in;
  interpret(g, values, nullptr, [&](const node& n, std::span<const operand_read> operands) {
    in.clear();
    for (const operand_read& o : operands) {
      if (!o.value) in.emplace_back(std::nullopt, n.where);
      else if (o.literal) in.push_back(literal(o.literal->attrs, n.where));
      else in.emplace_back(*o.value, n.where);
    }
    if (n.id() == op_id::group) throw internal_error(format_text("[{}] a group cannot be called again op by op", g.name));
    if (!has_bodies(n)) return apply(*n.op, in, n.attrs, n.rules, n.where);
    std::vector<region_body> bodies;
    for (const region& r : n.regions)
      bodies.push_back([&body = r.body.front()](std::span<const array> inputs) { return replay(body, inputs, {}); });
    return apply_node(n, in, bodies);
  });
  return results_of(g, values);
} catch (const std::bad_alloc&) { engine::throw_no_memory(g.name); }

// ---- what a target lacks

namespace {

// With the built-in ops the answer is yes: what a backend lacks, the one it falls back to has. An op record of a user's own that has
// neither a kernel nor a decomposition is what this finds, before anything runs.
bool provides(const backend& b, const op_record& op) {
  if (op.id == op_id::constant || op.decompose || op.kernel || op.run_regions || op.is(trait::view)) return true;
  if (op.id == op_id::custom) return false;
  for (int d = 0; d < dtype_count; ++d)
    if (find_block(b, op.id, static_cast<dtype>(d)) || find_whole(b, op.id, static_cast<dtype>(d))) return true;
  return false;
}

void find_lacking(const graph& g, const backend& b, std::set<std::string_view>& said, std::string& lacking) {
  for (const node& n : g.nodes) {
    if (!provides(b, *n.op) && said.insert(n.op->name).second)
      lacking += format_text("{}\"{}\" ({})", lacking.empty() ? "" : ", ", n.op->name, spell(n.where));
    for (const region& r : n.regions) find_lacking(r.body.front(), b, said, lacking);
  }
}

}  // namespace

void require_ops(const graph& g, std::string_view name) {
  const backend& b = find_backend("transpile", name);
  std::set<std::string_view> said;
  std::string lacking;
  find_lacking(g, b, said, lacking);
  if (!lacking.empty())
    throw backend_error(format_text(
        "[transpile] the target lacks ops: got {}, expected ops that backend {} or a decomposition provides. Register each with td::register_op and a kernel or "
        "a decomposition, or choose another target.",
        lacking, b.name));
}

void require_traced_ops(std::string_view backend) {
  if (const tracer* t = current_tracer(); t && !backend.empty()) require_ops(t->graph, backend);
}

// ---- modules

struct once_gate::impl {
  std::mutex mutex;
  std::atomic<std::thread::id> inside{};
};

once_gate::once_gate() : impl_(new impl) {}
once_gate::~once_gate() { delete impl_; }

void once_gate::pass(void (*make)(void*), void* self) {
  impl& m = *impl_;
  if (m.inside.load(std::memory_order_relaxed) == std::this_thread::get_id())
    throw trace_error(
        "[transpile] a module member calls itself while it is being transpiled: got a call that would never end, expected ops. Call the plain function there.");
  std::lock_guard lock(m.mutex);
  if (passed()) return;
  struct mark {
    std::atomic<std::thread::id>& id;
    explicit mark(std::atomic<std::thread::id>& i) : id(i) { id.store(std::this_thread::get_id(), std::memory_order_relaxed); }
    ~mark() { id.store({}, std::memory_order_relaxed); }
  } marked(m.inside);
  make(self);
  passed_.store(true, std::memory_order_release);
}

namespace {
thread_local binding_scope* binding = nullptr;
}

const trace_options& bind_member(const ref<module_member>& m) {
  static const auto* none = new trace_options;
  if (!binding) return *none;
  binding->members_.push_back(m);
  return binding->options_;
}
binding_scope::binding_scope(const trace_options& o, std::vector<ref<module_member>>& members) noexcept
    : options_(o), members_(members), previous_(binding) {
  binding = this;
}
binding_scope::~binding_scope() { binding = previous_; }

module_report transpile_members(std::span<const ref<module_member>> members, const module_progress& progress) {
  module_report report;
  for (std::size_t i = 0; i < members.size(); ++i) {
    module_member& m = *members[i];
    if (progress) progress(i, members.size(), m.name);
    try {
      m.transpile();
      report.done.push_back(m.name);
    } catch (const std::exception& e) { report.failed.push_back({m.name, e.what()}); }
  }
  if (progress) progress(members.size(), members.size(), "");
  return report;
}

}  // namespace tendril::detail

namespace tendril {

module_progress progress_bar() {
  if (!isatty(STDERR_FILENO)) return [](std::size_t, std::size_t, std::string_view) {};
  return [](std::size_t done, std::size_t total, std::string_view name) {
    constexpr std::size_t width = 30;
    const std::size_t filled = total ? done * width / total : width;
    const std::string line =
        format_text("\r[{}{}] {}/{} {}", std::string(filled, '#'), std::string(width - filled, '.'), done, total, name);
    // What the line before was longer by is erased.
    std::fputs((line + "\x1b[K" + (done == total ? "\n" : "")).c_str(), stderr);
    std::fflush(stderr);
  };
}

}  // namespace tendril

namespace tendril::detail {

void rethrow_from_member(const std::string& name) {
  const auto text = [&](const std::exception& e) { return format_text("{} (module member {})", e.what(), name); };
  try {
    throw;
  }
#define TENDRIL_RETHROW(type) \
  catch (const type& e) {     \
    throw type(text(e));      \
  }
  TENDRIL_RETHROW(shape_error)
  TENDRIL_RETHROW(dtype_error)
  TENDRIL_RETHROW(index_error)
  TENDRIL_RETHROW(trace_error)
  TENDRIL_RETHROW(backend_error)
  TENDRIL_RETHROW(parse_error)
  TENDRIL_RETHROW(io_error)
  TENDRIL_RETHROW(internal_error)
  TENDRIL_RETHROW(error)
#undef TENDRIL_RETHROW
}

}  // namespace tendril::detail
