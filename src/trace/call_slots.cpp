// What a call does beside its traced object: arguments that outgrow the stack, and the slots of all threads.
#include "trace/call_slots.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <mutex>
#include <utility>

#include "array/thread_end.hpp"

namespace tendril::detail {

// ---- call_arguments

void call_arguments::grow_words() {
  auto* bigger = new key_word[static_cast<std::size_t>(word_room) * 2];
  std::copy(words, words + word_count, bigger);
  if (words != small_word) delete[] words;
  words = bigger;
  word_room *= 2;
}

void call_arguments::grow_leaves() {
  auto* bigger = new array_view[static_cast<std::size_t>(leaf_room) * 2];
  std::copy(leaves, leaves + leaf_count, bigger);
  if (leaf_room != small_leaves) delete[] leaves;
  leaves = bigger;
  leaf_room *= 2;
}

void call_arguments::release() noexcept {
  if (word_room != small_words) delete[] words;
  if (leaf_room != small_leaves) delete[] leaves;
}

namespace {
// Length and characters, eight in each key.
template <class Use>
void each_word(std::string_view text, Use use) {
  use(static_cast<std::int64_t>(text.size()));
  for (std::size_t i = 0; i < text.size(); i += 8) {
    std::int64_t word = 0;
    std::memcpy(&word, text.data() + i, std::min<std::size_t>(8, text.size() - i));
    use(word);
  }
}
}  // namespace

void call_arguments::push_text(std::string_view text) {
  each_word(text, [this](std::int64_t v) { push(key_kind::exact, v); });
}

const std::int64_t* match_text(const std::int64_t* known, std::string_view text) {
  each_word(text, [&](std::int64_t v) { known = known && *known == v ? known + 1 : nullptr; });
  return known;
}

// ---- the slots of all threads

constinit thread_local thread_cache this_thread_cache;

namespace {

struct slot_registry {
  std::mutex mutex;
  std::vector<thread_cache*> threads;
  std::map<std::uint64_t, std::uint64_t> flushed;  // for each live object, calls counted in slots that are gone
};
slot_registry& registry() {
  static auto* r = new slot_registry;
  return *r;
}

// With the registry locked.
void empty_slot(call_slot& s) {
  if (const auto i = registry().flushed.find(s.owner); i != registry().flushed.end()) i->second += s.calls.load(std::memory_order_relaxed);
  if (s.spec) {
    if (static_cast<std::uint32_t>(s.calls.load(std::memory_order_relaxed)) != s.seen) s.spec->used.store(true, std::memory_order_relaxed);
    s.spec->release();
  }
  delete[] std::exchange(s.large_key, nullptr);
  s.owner = 0;
  s.form = nullptr;
  s.spec = nullptr;
  s.calls.store(0, std::memory_order_relaxed);
  s.ended = 0;
}

// Puts what `from` has into `to`, which is empty; `from` is empty then. With the registry locked.
void move_slot(call_slot& to, call_slot& from) {
  to.owner = std::exchange(from.owner, 0);
  to.form = std::exchange(from.form, nullptr);
  to.spec = std::exchange(from.spec, nullptr);
  to.calls.store(from.calls.load(std::memory_order_relaxed), std::memory_order_relaxed);
  from.calls.store(0, std::memory_order_relaxed);
  to.ended = std::exchange(from.ended, 0);
  to.seen = from.seen;
  std::copy(std::begin(from.small_key), std::end(from.small_key), to.small_key);
  to.large_key = std::exchange(from.large_key, nullptr);
  to.key = to.large_key ? to.large_key : to.small_key;
}

void bind(call_slot& s, const call_arguments& r) {
  const auto in_form = [](const key_word& w) { return w.in_form; };
  const auto count = std::count_if(r.words, r.words + r.word_count, in_form);
  s.large_key = count > call_slot::small_keys ? new std::int64_t[static_cast<std::size_t>(count)] : nullptr;
  std::int64_t* key = s.large_key ? s.large_key : s.small_key;
  s.form = r.form;
  s.key = key;
  for (int i = 0; i < r.word_count; ++i)
    if (r.words[i].in_form) *key++ = r.words[i].value;
}

void end_cache() {
  thread_cache& cache = this_thread_cache;
  std::lock_guard lock(registry().mutex);
  std::erase(registry().threads, &cache);
  for (call_slot& s : cache.slots)
    if (!s.busy()) empty_slot(s);
  cache.finished = true;
}

}  // namespace

call_target kept(specialization* spec) {
  spec->retain();
  spec->calls_without_slot.fetch_add(1, std::memory_order_relaxed);
  return {spec, nullptr};
}

call_target install(std::uint64_t owner, specialization* spec, const call_arguments& r) {
  thread_cache& cache = this_thread_cache;
  if (!cache.registered && !engine::at_thread_end(&end_cache)) cache.finished = true;
  if (cache.finished) return kept(spec);
  std::lock_guard lock(registry().mutex);
  if (!cache.registered) {
    registry().threads.push_back(&cache);
    cache.registered = true;
  }
  call_slot* set = &cache.slots[(owner % thread_cache::sets) * 2];
  call_slot* target = !set[0].busy() ? &set[0] : !set[1].busy() ? &set[1] : nullptr;
  if (!target) return kept(spec);
  const ref<specialization> keep(spec);       // it may be what the slot holds
  if (target == &set[0] && !set[1].busy()) {  // the older of the two makes room
    empty_slot(set[1]);
    move_slot(set[1], set[0]);
  }
  empty_slot(*target);
  bind(*target, r);
  spec->retain();
  target->owner = owner;
  target->spec = spec;
  const call_target held = hold(*target);
  target->seen = static_cast<std::uint32_t>(target->calls.load(std::memory_order_relaxed));
  return held;
}

call_target rebind_slot(std::uint64_t owner, const call_arguments& r, bool (*same)(const specialization&, const call_arguments&)) {
  call_slot* s = &this_thread_cache.slots[(owner % thread_cache::sets) * 2];
  for (int way = 0; way < 2; ++way, ++s)
    if (s->owner == owner && same(*s->spec, r)) return install(owner, s->spec, r);
  return {};
}

void know_owner(std::uint64_t owner) {
  std::lock_guard lock(registry().mutex);
  registry().flushed.emplace(owner, 0);
}

void forget_owner(std::uint64_t owner) {
  std::lock_guard lock(registry().mutex);
  registry().flushed.erase(owner);
}

std::uint64_t calls_in_slots(std::uint64_t owner) {
  std::lock_guard lock(registry().mutex);
  const auto gone = registry().flushed.find(owner);
  std::uint64_t calls = gone == registry().flushed.end() ? 0 : gone->second;
  for (const thread_cache* t : registry().threads)
    for (const call_slot& slot : t->slots)
      if (slot.owner == owner) calls += slot.calls.load(std::memory_order_relaxed);
  return calls;
}

void mark_used(std::uint64_t owner) {
  std::lock_guard lock(registry().mutex);
  for (thread_cache* t : registry().threads) {
    call_slot* s = &t->slots[(owner % thread_cache::sets) * 2];
    for (int way = 0; way < 2; ++way, ++s) {
      const auto calls = static_cast<std::uint32_t>(s->calls.load(std::memory_order_relaxed));
      if (s->owner != owner || calls == s->seen) continue;
      s->seen = calls;
      s->spec->used.store(true, std::memory_order_relaxed);
    }
  }
}

}  // namespace tendril::detail
