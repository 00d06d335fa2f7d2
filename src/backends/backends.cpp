// The one list of backends; the current one; warnings.
#include <tendril/backend.hpp>

#include <atomic>
#include <cstdio>
#include <mutex>
#include <set>

#include "array/format.hpp"
#include "array/warn.hpp"
#include "backends/eigen/kernels.hpp"
#include "kernels/backend.hpp"
#if TENDRIL_HAS_JIT_BACKEND
#include "backends/jit/jit.hpp"
#endif
#if TENDRIL_HAS_ONEDNN
#include "backends/onednn/onednn.hpp"
#endif
#if TENDRIL_HAS_XTENSOR_BACKEND
#include "backends/xtensor/kernels.hpp"
#endif

namespace tendril {

#if TENDRIL_HAS_XTENSOR_BACKEND
[[gnu::weak]] const detail::xtensor_tables* detail::linked_xtensor() noexcept { return nullptr; }
#endif

namespace {

#if TENDRIL_HAS_JIT_BACKEND
// It has no kernels of its own: what it does not emit is the eigen backend's.
constexpr engine::whole_table no_whole_kernels{};
const engine::block_table& no_blocks() {
  static const engine::block_table none = [] {
    engine::block_table t{};
    t.isa = engine::name_of(engine::best_isa());
    return t;
  }();
  return none;
}
#endif

// Never destroyed. Each backend falls back to the first.
const std::vector<const backend*>& list() {
  static const auto* all = [] {
    auto* v = new std::vector<const backend*>;
    v->push_back(new backend{"eigen", &detail::eigen_blocks(), &detail::eigen_whole(), nullptr});
#if TENDRIL_HAS_XTENSOR_BACKEND
    if (const detail::xtensor_tables* t = detail::linked_xtensor()) v->push_back(new backend{"xtensor", &t->blocks, &t->whole, v->front()});
#endif
#if TENDRIL_HAS_JIT_BACKEND
    if (const engine::compiler* c = jit::compiler()) {
      const backend* fallback = v->front();
#if TENDRIL_HAS_ONEDNN
      // Of nobody's choosing: it serves matrix products alone.
      fallback = new backend{"onednn", &no_blocks(), &onednn::whole(), fallback, nullptr, nullptr, onednn::prepare};
#endif
      v->push_back(new backend{"jit", &no_blocks(), &no_whole_kernels, fallback, c, jit::code_of});
    }
#endif
    return v;
  }();
  return *all;
}

// Machine code where there is some, else the first.
const backend& preferred() {
  for (const backend* b : list())
    if (b->compiler) return *b;
  return *list().front();
}

std::atomic<const backend*> process_wide{nullptr};
thread_local const backend* scoped = nullptr;

const backend& current() {
  if (scoped) return *scoped;
  if (const backend* b = process_wide.load(std::memory_order_acquire)) return *b;
  return preferred();
}

std::atomic<warning_handler> handler{nullptr};

}  // namespace

std::vector<std::string> backends() {
  std::vector<std::string> names;
  for (const backend* b : list()) names.emplace_back(b->name);
  return names;
}

void set_backend(std::string_view name) { process_wide.store(&detail::find_backend("set_backend", name), std::memory_order_release); }
std::string current_backend() { return std::string(current().name); }

backend_scope::backend_scope(std::string_view name) : previous_(scoped) { scoped = &detail::find_backend("backend_scope", name); }
backend_scope::~backend_scope() { scoped = previous_; }

void set_warning_handler(warning_handler h) noexcept { handler.store(h); }

namespace detail {

const backend& find_backend(std::string_view who, std::string_view name) {
  if (name.empty()) return current();
  std::string known;
  for (const backend* b : list()) {
    if (b->name == name) return *b;
    known += (known.empty() ? "" : ", ") + std::string(b->name);
  }
  throw backend_error(format_text(
      "[{}] unknown backend: got \"{}\", expected one of {}. Choose one of these, or build Tendril with the one you want and link it: xtensor comes with tendril::xtensor.",
      who, name, known));
}

void warn(const std::string& text) {
  if (const warning_handler h = handler.load()) return h(text);
  static auto* said = new std::set<std::string>;
  static auto* mutex = new std::mutex;
  std::lock_guard lock(*mutex);
  if (said->insert(text).second) std::fprintf(stderr, "tendril: %s\n", text.c_str());
}

}  // namespace detail
}  // namespace tendril
