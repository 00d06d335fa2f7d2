// The core of traced objects: what it is made of, what a call asks of it, and what it tells of itself.
#include <tendril/detail/trace_core.hpp>

#include <memory>
#include <new>

#include "array/environment.hpp"
#include "array/format.hpp"
#include "array/memory.hpp"
#include "array/warn.hpp"
#include "graph/tracer.hpp"
#include "kernels/backend.hpp"
#include "run/executable.hpp"
#include "trace/call_slots.hpp"
#include "trace/core.hpp"
#include "trace/spelling.hpp"
#include "trace/stack.hpp"

namespace tendril::detail {

trace_state::trace_state() try : graphs(make_ref<traced_graphs>()) {
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

bool is_tracing() noexcept { return current_tracer() != nullptr; }

// ---- made and dropped

namespace {
std::uint64_t fresh_id() {
  static std::atomic<std::uint64_t> next{1};
  return next.fetch_add(1, std::memory_order_relaxed);
}
}  // namespace

ref<trace_core> make_trace_core(trace_state& state, const trace_options& asked) try {
  trace_options options = asked;
  options.to = std::string(find_backend("trace_graph", options.to).name);
  if (options.max_specializations < 1)
    throw error(format_text("[trace_graph] max_specializations is too small: got {}, expected at least 1. Leave it out for {}.",
                            options.max_specializations, trace_options().max_specializations));
  return make_ref<trace_core>(state.graphs, std::move(options));
} catch (const std::bad_alloc&) { engine::throw_no_memory("trace_graph"); }

trace_core::trace_core(ref<traced_graphs> r, trace_options options) : id_(fresh_id()) {
  auto made = std::make_unique<impl>();
  made->graphs = std::move(r);
  made->options = std::move(options);
  made->options.optimize &= environment_now().optimize;
  made->options.check |= environment_now().check;
  know_owner(id());
  impl_ = made.release();
}

trace_core::~trace_core() {
  forget_owner(id());
  {
    std::unique_lock lock(impl_->graphs->mutex, std::defer_lock);
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
    auto* made = new ref<trace_core>(make_ref<trace_core>(make_ref<traced_graphs>(), trace_options()));
    (*made)->impl_->moved_from = true;
    return made;
  }();
  return *core;
}

bool trace_core::busy() const noexcept {
  return impl_->graphs->tracing_thread.load(std::memory_order_relaxed) == std::this_thread::get_id();
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

// ---- what a call asks

namespace {
bool same_signature(const specialization& s, const call_arguments& r) { return static_cast<const full_specialization&>(s).matches(r); }
}  // namespace

call_target trace_core::acquire(const call_arguments& r, record_function f) try {
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
  if (const call_target t = rebind_slot(id(), r, same_signature); t.spec) return t;  // known to this thread, in another container: no lock
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

// ---- what it tells of itself

// The functor runs under the object's lock: asking the object from inside would wait for ever.
void trace_core::impl::require_idle(const char* who) const {
  if (moved_from) throw_moved_from();
  if (graphs->tracing_thread.load(std::memory_order_relaxed) != std::this_thread::get_id()) return;
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
    std::lock_guard graphs_lock(impl_->graphs->mutex);
    s.traces = impl_->graphs->traces;
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
    std::lock_guard graphs_lock(impl_->graphs->mutex);
    impl_->graphs->known.clear();
  }
  forget_owner(id());
  id_.store(fresh_id(), std::memory_order_release);
  know_owner(id());
}

ref<trace_core> trace_core::on_backend(std::string_view name) const {
  if (impl_->moved_from) throw_moved_from();
  trace_options o = impl_->options;
  o.to = std::string(find_backend("to", name).name);
  return make_ref<trace_core>(impl_->graphs, std::move(o));
}

}  // namespace tendril::detail
