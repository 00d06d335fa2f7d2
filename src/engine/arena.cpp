// Per-thread working memory with stack discipline.
#include "engine/arena.hpp"

#include <algorithm>
#include <iterator>
#include <new>

#include "engine/memory.hpp"

namespace tendril::engine {
namespace {

struct chunk {
  std::byte* data;
  std::size_t size;
};

// Chunks never move, so that what a nested call takes leaves the outer call's memory where it is. Each is at least twice the one before.
// Trivially destructible: a traced object of namespace scope may run after the thread's destructors have.
struct arena {
  chunk chunks[48];
  std::size_t count, current, used;
};
constinit thread_local arena memory{};

struct arena_cleaner {
  bool armed = false;
  ~arena_cleaner() {
    if (memory.current != 0 || memory.used != 0) return;  // a call is under way
    for (std::size_t i = 0; i < memory.count; ++i) free_pages(memory.chunks[i].data, memory.chunks[i].size);
    memory.count = 0;
  }
};
thread_local arena_cleaner cleaner;

}  // namespace

workspace::workspace(std::size_t bytes) {
  constexpr std::size_t alignment = 64, smallest = 256 << 10;
  bytes = (bytes + alignment - 1) / alignment * alignment;
  arena& m = memory;
  chunk_ = m.current;
  used_ = m.used;
  while (m.current < m.count && m.used + bytes > m.chunks[m.current].size) {
    ++m.current;
    m.used = 0;
  }
  if (m.current == m.count) {
    cleaner.armed = true;  // makes the thread run its destructor
    const std::size_t size = std::max({bytes, smallest, m.count ? 2 * m.chunks[m.count - 1].size : 0});
    void* p = m.count < std::size(m.chunks) ? allocate_pages(size) : nullptr;
    if (!p) {
      m.current = chunk_;
      m.used = used_;
      throw std::bad_alloc();
    }
    m.chunks[m.count++] = {static_cast<std::byte*>(p), size};
  }
  data_ = m.chunks[m.current].data + m.used;
  m.used += bytes;
}

workspace::~workspace() {
  memory.current = chunk_;
  memory.used = used_;
}

}  // namespace tendril::engine
