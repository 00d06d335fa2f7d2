// The cache of large blocks.
//
// Model. Sizes are rounded up to classes, eight to each power of two, so that blocks of nearly one size serve each other and at most an
// eighth is wasted (address space: pages that nobody touches cost nothing). A block that is returned heads the list of its class, and is
// the newest of all; when more than the limit is kept, the oldest of all go. Both lists run through the blocks themselves: returning
// allocates nothing. One lock guards all; it is held for some tens of instructions, while a block takes microseconds to fill.
// Under AddressSanitizer nothing is kept, so that it sees the end of every array.
#include "array/memory.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <new>

#include <tendril/error.hpp>

#include "array/arena.hpp"
#include "array/format.hpp"

#if defined(__SANITIZE_ADDRESS__)
#define TENDRIL_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TENDRIL_ASAN 1
#endif
#endif

namespace tendril::engine {
namespace {

#ifdef TENDRIL_ASAN
constexpr bool keeps = false;
#else
constexpr bool keeps = true;
#endif
constexpr std::size_t huge_page = std::size_t{2} << 20, line = 64;
constexpr int steps = 8, first_bits = 16, classes = (64 - first_bits) * steps;
static_assert(large_block == std::size_t{1} << first_bits);

constexpr std::size_t align_up(std::size_t n, std::size_t to) { return (n + to - 1) / to * to; }

// 4 KiB on x86-64; 16 or 64 KiB on some ARM systems.
std::size_t page_size() {
  static const auto bytes = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  return bytes;
}

// The class that holds `bytes`, and the size of its blocks.
int class_of(std::size_t bytes) {
  const int power = static_cast<int>(std::bit_width(bytes - 1)) - 1;  // 2^power < bytes <= 2^(power + 1)
  if (power < first_bits) return 0;
  const std::size_t step = (std::size_t{1} << power) / steps;
  return (power - first_bits) * steps + static_cast<int>((bytes - (std::size_t{1} << power) + step - 1) / step);
}
std::size_t size_of_class(int c) {
  const std::size_t power = std::size_t{1} << (first_bits + c / steps);
  return power + power / steps * static_cast<std::size_t>(c % steps);
}

struct kept_block {
  kept_block *newer, *older;    // of all
  kept_block *next, *previous;  // of its class
  std::size_t bytes;
};

struct cache {
  std::mutex mutex;
  kept_block* newest = nullptr;
  kept_block* oldest = nullptr;
  kept_block* heads[classes] = {};
  memory_statistics stats;

  void remove(kept_block* b) {
    (b->newer ? b->newer->older : newest) = b->older;
    (b->older ? b->older->newer : oldest) = b->newer;
    if (b->next) b->next->previous = b->previous;
    (b->previous ? b->previous->next : heads[class_of(b->bytes)]) = b->next;
    stats.kept -= b->bytes;
  }
  void add(kept_block* b) {
    b->newer = nullptr;
    b->older = newest;
    (newest ? newest->newer : oldest) = b;
    newest = b;
    kept_block*& head = heads[class_of(b->bytes)];
    b->previous = nullptr;
    b->next = head;
    if (head) head->previous = b;
    head = b;
    stats.kept += b->bytes;
  }
};

std::size_t first_limit() {
  const long pages = sysconf(_SC_PHYS_PAGES), bytes = sysconf(_SC_PAGESIZE);
  constexpr std::size_t most = std::size_t{1} << 30;
  return pages > 0 && bytes > 0 ? std::min(most, static_cast<std::size_t>(pages) / 8 * static_cast<std::size_t>(bytes)) : most / 4;
}

// Never destroyed: arrays of namespace scope are returned after everything else.
cache& all() {
  static auto* c = [] {
    auto* made = new cache;
    made->stats.limit = first_limit();
    return made;
  }();
  return *c;
}

}  // namespace

std::size_t trim_blocks(std::size_t keep) noexcept {
  cache& c = all();
  std::size_t given = 0;
  for (;;) {
    kept_block* b;
    {
      const std::lock_guard lock(c.mutex);
      b = c.oldest;
      if (!b || c.stats.kept <= keep) return given;
      c.remove(b);
    }
    given += b->bytes;
    free_pages(b, b->bytes);
  }
}

namespace {

[[noreturn]] void throw_no_memory(std::string_view what, const std::string& expected) {
  const memory_statistics s = memory_stats();
  throw memory_error(format_text(
      "[{}] no memory is left: got none, expected {} ({} bytes of arrays and {} of workspace are held). Use smaller arrays, or free others.",
      what, expected, s.in_use, s.workspace));
}

}  // namespace

void throw_no_memory(std::string_view what, std::size_t bytes) { throw_no_memory(what, format_text("{} bytes", bytes)); }
void throw_no_memory(std::string_view what) { throw_no_memory(what, std::string("some")); }

void* allocate_pages(std::size_t bytes) noexcept {
  if (!keeps || bytes < huge_page) return std::aligned_alloc(line, align_up(bytes, line));
  bytes = align_up(bytes, page_size());
  void* p = mmap(nullptr, bytes + huge_page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (p == MAP_FAILED) return nullptr;
  // Only aligned runs become huge pages.
  auto* begin = static_cast<std::byte*>(p);
  auto* aligned = reinterpret_cast<std::byte*>(align_up(reinterpret_cast<std::uintptr_t>(p), huge_page));
  if (aligned != begin) munmap(begin, static_cast<std::size_t>(aligned - begin));
  if (const auto rest = static_cast<std::size_t>(begin + huge_page - aligned)) munmap(aligned + bytes, rest);
#ifdef MADV_HUGEPAGE
  madvise(aligned, bytes, MADV_HUGEPAGE);  // refused where the system has none: small pages serve
#endif
  return aligned;
}

void free_pages(void* p, std::size_t bytes) noexcept {
  if (!keeps || bytes < huge_page) std::free(p);
  else munmap(p, align_up(bytes, page_size()));
}

std::size_t stream_threshold() noexcept {
  // Not sysconf: on virtual machines it may tell what all the host's caches hold together.
  static const std::size_t bytes = [] {
    if (const char* given = std::getenv("TENDRIL_CACHE_BYTES")) return static_cast<std::size_t>(std::strtoull(given, nullptr, 10));
    std::size_t kib = 0;
    for (const char* level : {"/sys/devices/system/cpu/cpu0/cache/index3/size", "/sys/devices/system/cpu/cpu0/cache/index2/size"}) {
      std::FILE* f = std::fopen(level, "r");
      if (!f) continue;
      if (std::fscanf(f, "%zuK", &kib) != 1) kib = 0;
      std::fclose(f);
      if (kib) break;
    }
    return kib ? kib << 10 : std::size_t{32} << 20;
  }();
  return bytes;
}

block take_block(std::size_t bytes) {
  if (bytes > (std::size_t{1} << 62)) throw_no_memory("array", bytes);
  cache& c = all();
  const std::size_t size = keeps ? size_of_class(class_of(bytes)) : bytes;
  {
    const std::lock_guard lock(c.mutex);
    ++c.stats.allocations;
    c.stats.in_use += size;
    if (kept_block* b = c.heads[class_of(size)]) {
      c.remove(b);
      ++c.stats.reused;
      return {b, size};
    }
    c.stats.peak = std::max(c.stats.peak, c.stats.in_use + c.stats.kept);
  }
  void* p = allocate_pages(size);
  if (!p && trim_memory()) p = allocate_pages(size);  // what is kept was in the way
  if (p) return {p, size};
  {
    const std::lock_guard lock(c.mutex);
    --c.stats.allocations;
    c.stats.in_use -= size;
  }
  throw_no_memory("array", bytes);
}

void return_block(block b) noexcept {
  cache& c = all();
  std::size_t limit;
  {
    const std::lock_guard lock(c.mutex);
    c.stats.in_use -= b.bytes;
    limit = keeps ? c.stats.limit : 0;
    if (b.bytes <= limit) c.add(new (b.data) kept_block{{}, {}, {}, {}, b.bytes});
  }
  if (b.bytes > limit) free_pages(b.data, b.bytes);
  else trim_blocks(limit);
}

}  // namespace tendril::engine

namespace tendril {

memory_statistics memory_stats() noexcept {
  engine::cache& c = engine::all();
  const std::lock_guard lock(c.mutex);
  memory_statistics s = c.stats;
  s.workspace = engine::workspace_held();
  return s;
}

std::size_t trim_memory(std::size_t keep) noexcept {
  const std::size_t held = engine::workspace_held(), arrays = engine::trim_blocks(keep > held ? keep - held : 0);
  return arrays + (held > keep ? engine::trim_workspaces(true) : 0);
}

void set_memory_limit(std::size_t bytes) noexcept {
  {
    engine::cache& c = engine::all();
    const std::lock_guard lock(c.mutex);
    c.stats.limit = bytes;
  }
  engine::trim_blocks(bytes);
  if (engine::workspace_held() > bytes) engine::trim_workspaces(false);
}

}  // namespace tendril
