// Executable pages, written before they can run; the cache drops what was used longest ago.
#include "backends/jit/code.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <list>
#include <mutex>
#include <unordered_map>

namespace tendril::jit {

namespace {

void give_back(std::span<std::uint8_t> pages) {
  if (!pages.empty()) munmap(pages.data(), pages.size());
}

}  // namespace

code_memory::~code_memory() { give_back(pages_); }

const void* code_memory::address(std::size_t i) const { return entries_[i] == none ? nullptr : bytes_.data() + entries_[i]; }

code_pages::code_pages(std::size_t size) {
  void* pages = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages != MAP_FAILED) pages_ = {static_cast<std::uint8_t*>(pages), size};
}

code_pages::~code_pages() { give_back(pages_); }

std::shared_ptr<const code_memory> code_pages::seal(std::size_t first, std::size_t last, std::vector<std::size_t> entries,
                                                    std::vector<engine::code_mark> marks) {
  static const std::size_t page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  const std::span<const std::uint8_t> bytes = pages_.subspan(first, last - first);
  give_back(pages_.first(first / page * page));
  pages_ = pages_.subspan(first / page * page);
  const std::size_t used = (static_cast<std::size_t>(bytes.data() + bytes.size() - pages_.data()) + page - 1) / page * page;
  if (used < pages_.size()) give_back(pages_.subspan(used));
  pages_ = pages_.first(std::min(used, pages_.size()));
  if (mprotect(pages_.data(), pages_.size(), PROT_READ | PROT_EXEC) != 0) return nullptr;
  std::shared_ptr<const code_memory> made(new code_memory(pages_, bytes, std::move(entries), std::move(marks)));
  pages_ = {};
  return made;
}

namespace {

struct cache {
  struct item {
    std::string structure;
    std::shared_ptr<const code_memory> code;
  };
  std::mutex mutex;
  std::list<item> items;  // used last stands first
  std::unordered_map<std::string_view, std::list<item>::iterator> by_structure;
  std::size_t bytes = 0, compiled = 0, reused = 0;

  std::shared_ptr<const code_memory> find(const std::string& structure) {
    const auto i = by_structure.find(structure);
    if (i == by_structure.end()) return nullptr;
    items.splice(items.begin(), items, i->second);
    return i->second->code;
  }
};

cache& the_cache() {
  static auto* c = new cache;  // never destroyed: programs may outlive everything
  return *c;
}

}  // namespace

cached_code cached(const std::string& structure, const std::function<std::shared_ptr<const code_memory>()>& make) {
  cache& c = the_cache();
  {
    std::lock_guard lock(c.mutex);
    if (auto found = c.find(structure)) {
      ++c.reused;
      return {std::move(found), false};
    }
  }
  auto made = make();
  if (!made) return {nullptr, false};
  std::lock_guard lock(c.mutex);
  if (auto found = c.find(structure)) return {std::move(found), false};
  ++c.compiled;
  c.bytes += made->bytes().size();
  c.items.push_front({structure, made});
  c.by_structure.emplace(c.items.front().structure, c.items.begin());
  if (c.items.size() > cached_programs) {
    c.bytes -= c.items.back().code->bytes().size();
    c.by_structure.erase(c.items.back().structure);
    c.items.pop_back();
  }
  return {std::move(made), true};
}

code_statistics statistics() {
  cache& c = the_cache();
  std::lock_guard lock(c.mutex);
  return {c.items.size(), c.bytes, c.compiled, c.reused};
}

}  // namespace tendril::jit
