// Per-thread working memory with stack discipline.
//
// Model. A thread's arena is a list of slabs that never move, so that what a nested call takes leaves the outer call's memory where it is.
// It belongs to its thread, which takes no lock: it says that it is busy, looks whether somebody wants memory back, and goes on. Who wants
// it back (trim_memory, set_memory_limit) says so to every arena, makes all processors see it (membarrier), and then takes the slabs of
// those that are not busy; a busy one gives its own back when its call ends, and where the system has no such barrier each does so at its
// next call.
#include "array/arena.hpp"

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <iterator>
#include <mutex>

#include "array/memory.hpp"
#include "array/thread_end.hpp"

namespace tendril::engine {
namespace {

struct slab {
  std::byte* data;
  std::size_t size;
};

// What a thread is asked: to keep at most the smallest slab, or none.
enum request : std::uint8_t { nothing = 0, shrink = 1, give_back = 2 };

// Trivially destructible: a traced object of namespace scope may run after the thread's ends have.
struct arena {
  slab slabs[48];
  std::size_t count, current, used;
  std::atomic<bool> busy;
  std::atomic<std::uint8_t> asked;
  bool registered;
  arena *next, *previous;
};
constinit thread_local arena memory{};

constinit std::mutex arenas_mutex;  // of the list, and of the slabs of those that are not busy
constinit arena* arenas = nullptr;
constinit std::atomic<std::size_t> held{0};

constexpr std::size_t smallest = 256 << 10;

// Gives all slabs back, or all but a first one of the smallest size. Returns their bytes.
std::size_t release(arena& m, bool all) noexcept {
  const std::size_t stay = !all && m.count && m.slabs[0].size <= smallest ? 1 : 0;
  std::size_t bytes = 0;
  for (; m.count > stay; bytes += m.slabs[m.count].size) {
    --m.count;
    free_pages(m.slabs[m.count].data, m.slabs[m.count].size);
  }
  held.fetch_sub(bytes, std::memory_order_relaxed);
  return bytes;
}

void end_arena() {
  const std::lock_guard lock(arenas_mutex);
  if (memory.registered) {
    (memory.previous ? memory.previous->next : arenas) = memory.next;
    if (memory.next) memory.next->previous = memory.previous;
    memory.registered = false;
  }
  if (!memory.busy.load(std::memory_order_relaxed)) release(memory, true);  // else a call is under way
}

// When the process ends, or the module that this is linked into is unloaded: what is held for later is held for nobody.
struct last_trim {
  ~last_trim() {
    trim_workspaces(true);
    trim_blocks(0);
  }
};
const last_trim at_unload;

// A thread whose ends have run enters no list again: nobody would take it out.
void enroll(arena& m) {
  if (m.registered || !at_thread_end(&end_arena)) return;
  const std::lock_guard lock(arenas_mutex);
  m.next = arenas;
  if (arenas) arenas->previous = &m;
  arenas = &m;
  m.registered = true;
}

// False where the system cannot.
bool barrier_on_all_processors() noexcept {
  static const bool registered = syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0;
  return registered && syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) == 0;
}

// This thread was asked for memory, and has no call under way.
[[gnu::noinline]] void answer(arena& m) noexcept {
  const std::lock_guard lock(arenas_mutex);  // waits for whoever looks at the slabs
  const std::uint8_t asked = m.asked.exchange(nothing, std::memory_order_relaxed);
  if (asked & (shrink | give_back)) release(m, (asked & give_back) != 0);
}

[[gnu::noinline]] void grow(arena& m, std::size_t bytes, bool outer) {
  enroll(m);
  const std::size_t last = m.count ? m.slabs[m.count - 1].size : 0;
  if (!outer) release(m, true);  // nothing lies in them: one that is large enough takes the place of all
  const std::size_t size = std::max({bytes, smallest, std::min<std::size_t>(2 * last, 64 << 20)});
  const bool possible = m.count < std::size(m.slabs) && bytes < std::size_t{1} << 62;
  void* p = possible ? allocate_pages(size) : nullptr;
  if (!p && possible && trim_blocks(0)) p = allocate_pages(size);  // what arrays left was in the way
  if (!p) throw_no_memory("workspace", bytes);
  m.current = m.count;
  m.used = 0;
  m.slabs[m.count++] = {static_cast<std::byte*>(p), size};
  if (held.fetch_add(size, std::memory_order_relaxed) + size > memory_stats().limit) m.asked.fetch_or(shrink, std::memory_order_relaxed);
}

}  // namespace

workspace::workspace(std::size_t bytes) {
  constexpr std::size_t alignment = 64;
  bytes = (bytes + alignment - 1) / alignment * alignment;
  arena& m = memory;
  outer_ = m.busy.load(std::memory_order_relaxed);
  m.busy.store(true, std::memory_order_relaxed);
  std::atomic_signal_fence(std::memory_order_seq_cst);  // membarrier does the rest
  if (m.asked.load(std::memory_order_acquire) && !outer_) [[unlikely]]
    answer(m);
  slab_ = m.current;
  used_ = m.used;
  while (m.current < m.count && m.used + bytes > m.slabs[m.current].size) {
    ++m.current;
    m.used = 0;
  }
  if (m.current == m.count) [[unlikely]] {
    try {
      grow(m, bytes, outer_);
    } catch (...) {
      m.current = slab_;
      m.used = used_;
      m.busy.store(outer_, std::memory_order_release);
      throw;
    }
  }
  data_ = m.slabs[m.current].data + m.used;
  m.used += bytes;
}

workspace::~workspace() {
  arena& m = memory;
  m.current = slab_;
  m.used = used_;
  m.busy.store(outer_, std::memory_order_release);
  std::atomic_signal_fence(std::memory_order_seq_cst);
  if (m.asked.load(std::memory_order_relaxed) && !outer_) [[unlikely]]
    answer(m);
}

std::size_t workspace_held() noexcept { return held.load(std::memory_order_relaxed); }

std::size_t trim_workspaces(bool all) noexcept {
  const std::lock_guard lock(arenas_mutex);
  const std::uint8_t wish = all ? give_back : shrink;
  for (arena* m = arenas; m; m = m->next) m->asked.fetch_or(wish, std::memory_order_relaxed);
  std::size_t bytes = 0;
  const bool sees_all = arenas && barrier_on_all_processors();
  for (arena* m = arenas; m; m = m->next) {
    const bool own = m == &memory;
    if (!(sees_all || own) || m->busy.load(std::memory_order_acquire)) continue;
    bytes += release(*m, all);
    m->asked.store(nothing, std::memory_order_release);
  }
  return bytes;
}

}  // namespace tendril::engine
