// What a call does beside its traced object: records that outgrow the stack, and the slots of all threads.
#include "call_slots.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <mutex>
#include <utility>

namespace tendril::detail {

// ---- call_record

void call_record::grow_keys() {
  auto* bigger = new std::int64_t[static_cast<std::size_t>(key_room) * 2];
  std::copy(key, key + key_count, bigger);
  if (key != small_key) delete[] key;
  key = bigger;
  key_room *= 2;
}

void call_record::grow_leaves() {
  auto* bigger = new array_view[static_cast<std::size_t>(leaf_room) * 2];
  std::copy(leaves, leaves + leaf_count, bigger);
  if (leaf_room != small_leaves) delete[] leaves;
  leaves = bigger;
  leaf_room *= 2;
}

void call_record::release() noexcept {
  if (key_room != small_keys) delete[] key;
  if (leaf_room != small_leaves) delete[] leaves;
}

namespace {
// Length and characters, eight in each key.
template <class Use>
void each_chunk(std::string_view text, Use use) {
  use(static_cast<std::int64_t>(text.size()));
  for (std::size_t i = 0; i < text.size(); i += 8) {
    std::int64_t chunk = 0;
    std::memcpy(&chunk, text.data() + i, std::min<std::size_t>(8, text.size() - i));
    use(chunk);
  }
}
}  // namespace

void call_record::push_text(std::string_view text) {
  each_chunk(text, [this](std::int64_t v) { push(v); });
}

const std::int64_t* match_text(const std::int64_t* known, std::string_view text) {
  each_chunk(text, [&](std::int64_t v) { known = known && *known == v ? known + 1 : nullptr; });
  return known;
}

// ---- the slots of all threads

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
  if (s.spec) s.spec->release();
  s.owner = 0;
  s.spec = nullptr;
  s.calls.store(0, std::memory_order_relaxed);
  s.ended = 0;
}

struct slot_cleaner {
  thread_cache* cache = nullptr;
  ~slot_cleaner() {
    if (!cache) return;
    std::lock_guard lock(registry().mutex);
    std::erase(registry().threads, cache);
    for (call_slot& s : cache->slots)
      if (!s.busy()) empty_slot(s);
    cache->finished = true;
  }
};
thread_local slot_cleaner cleaner;

}  // namespace

call_target kept(specialization* spec) {
  spec->retain();
  spec->calls_without_slot.fetch_add(1, std::memory_order_relaxed);
  return {spec, nullptr};
}

call_target install(std::uint64_t owner, specialization* spec) {
  thread_cache& cache = this_thread_cache;
  if (cache.finished) return kept(spec);
  std::lock_guard lock(registry().mutex);
  if (!cache.registered) {
    registry().threads.push_back(&cache);
    cleaner.cache = &cache;
    cache.registered = true;
  }
  call_slot* set = &cache.slots[(owner % thread_cache::sets) * 2];
  call_slot* target = !set[0].busy() ? &set[0] : !set[1].busy() ? &set[1] : nullptr;
  if (!target) return kept(spec);
  if (target == &set[0] && !set[1].busy()) {  // the older of the two makes room
    empty_slot(set[1]);
    std::swap(set[0].owner, set[1].owner);
    std::swap(set[0].spec, set[1].spec);
    std::swap(set[0].seen, set[1].seen);
    set[1].calls.store(set[0].calls.load(std::memory_order_relaxed), std::memory_order_relaxed);
    set[0].calls.store(0, std::memory_order_relaxed);
    set[1].ended = std::exchange(set[0].ended, 0);
  }
  empty_slot(*target);
  spec->retain();
  target->owner = owner;
  target->spec = spec;
  const call_target held = hold(*target);
  target->seen = static_cast<std::uint32_t>(target->calls.load(std::memory_order_relaxed));
  return held;
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

std::vector<const specialization*> used_of(std::uint64_t owner) {
  std::vector<const specialization*> used;
  std::lock_guard lock(registry().mutex);
  for (thread_cache* t : registry().threads) {
    call_slot* s = &t->slots[(owner % thread_cache::sets) * 2];
    for (int way = 0; way < 2; ++way, ++s) {
      const auto calls = static_cast<std::uint32_t>(s->calls.load(std::memory_order_relaxed));
      if (s->owner != owner || calls == s->seen) continue;
      s->seen = calls;
      used.push_back(s->spec);
    }
  }
  return used;
}

}  // namespace tendril::detail
