// Per-thread working memory with stack discipline.
#include "engine/arena.hpp"

#include <algorithm>
#include <cstdlib>
#include <new>

namespace tendril::engine {
namespace {

struct chunk {
  std::byte* data;
  std::size_t size;
};

// Chunks never move, so that what a nested call takes leaves the outer call's memory where it is.
struct arena {
  std::vector<chunk> chunks;
  std::size_t current = 0, used = 0;
  ~arena() {
    for (const chunk& c : chunks) std::free(c.data);
    chunks.clear();
    current = used = 0;
  }
};
thread_local arena memory;

}  // namespace

workspace::workspace(std::size_t bytes) {
  constexpr std::size_t alignment = 64, smallest = 256 << 10;
  bytes = (bytes + alignment - 1) / alignment * alignment;
  arena& m = memory;
  chunk_ = m.current;
  used_ = m.used;
  while (m.current < m.chunks.size() && m.used + bytes > m.chunks[m.current].size) {
    ++m.current;
    m.used = 0;
  }
  if (m.current == m.chunks.size()) {
    const std::size_t size = std::max(bytes, smallest);
    void* p = std::aligned_alloc(alignment, size);
    if (!p) {
      m.current = chunk_;
      m.used = used_;
      throw std::bad_alloc();
    }
    m.chunks.push_back({static_cast<std::byte*>(p), size});
  }
  data_ = m.chunks[m.current].data + m.used;
  m.used += bytes;
}

workspace::~workspace() {
  memory.current = chunk_;
  memory.used = used_;
}

}  // namespace tendril::engine
