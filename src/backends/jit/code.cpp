// Executable memory, and the cache of code, which drops what was used longest ago.
//
// A process may have some 65,000 mappings and may make more functions than that, so that many share one: a slab of two megabytes. It
// begins as memory that can be written and not run. A function is copied to whole pages of it, the first that are free, and these become
// executable and can no longer be written: the two parts of a slab are two mappings for the kernel, since neighbours alike are one. Pages
// of functions that died lose their contents and stay executable until others take them; a slab without functions goes back, but for one.
#include "backends/jit/code.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>

namespace tendril::jit {

namespace {

std::size_t page_size() {
  static const std::size_t size = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  return size;
}

class slab {
 public:
  explicit slab(std::size_t pages) : state_(pages, page::writable) {
    void* at = mmap(nullptr, bytes(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at != MAP_FAILED) memory_ = static_cast<std::uint8_t*>(at);
  }
  ~slab() {
    if (memory_) munmap(memory_, bytes());
  }
  slab(const slab&) = delete;
  slab& operator=(const slab&) = delete;

  bool granted() const { return memory_ != nullptr; }
  bool empty() const { return taken_ == 0; }
  std::size_t bytes() const { return state_.size() * page_size(); }
  bool holds(const std::uint8_t* at) const { return std::less_equal<>()(memory_, at) && std::less<>()(at, memory_ + bytes()); }

  /// A copy of the code, or null where there is no room for it, or the system refuses.
  std::uint8_t* add(std::span<const std::uint8_t> code) {
    const std::size_t count = (code.size() + page_size() - 1) / page_size();
    if (count > longest_free_) return nullptr;
    std::size_t first = 0, free = 0;
    for (std::size_t i = 0; i < state_.size() && free < count; ++i) {
      free = state_[i] == page::taken ? 0 : free + 1;
      first = i + 1 - free;
    }
    if (free < count) {
      longest_free_ = count - 1;
      return nullptr;
    }
    const auto begin = state_.begin() + static_cast<std::ptrdiff_t>(first), end = begin + static_cast<std::ptrdiff_t>(count);
    std::uint8_t* const at = memory_ + first * page_size();
    const std::size_t size = count * page_size();
    if (std::find(begin, end, page::executable) != end) {
      if (mprotect(at, size, PROT_READ | PROT_WRITE) != 0) return nullptr;
      std::fill(begin, end, page::writable);
    }
    std::memcpy(at, code.data(), code.size());
    if (mprotect(at, size, PROT_READ | PROT_EXEC) != 0) return nullptr;
    std::fill(begin, end, page::taken);
    taken_ += count;
    return at;
  }

  void remove(std::span<const std::uint8_t> code) {
    const std::size_t count = (code.size() + page_size() - 1) / page_size();
    const auto first = static_cast<std::size_t>(code.data() - memory_);
    std::fill_n(state_.begin() + static_cast<std::ptrdiff_t>(first / page_size()), count, page::executable);
    taken_ -= count;
    longest_free_ = state_.size();
    madvise(memory_ + first, count * page_size(), MADV_DONTNEED);
  }

 private:
  enum class page : std::uint8_t { writable, executable, taken };  ///< the first two are free
  std::vector<page> state_;
  std::uint8_t* memory_ = nullptr;
  std::size_t taken_ = 0;
  std::size_t longest_free_ = ~std::size_t{0};  ///< no run of free pages is longer
};

struct slabs {
  static constexpr std::size_t usual_bytes = 2 << 20;
  std::mutex mutex;
  std::vector<std::unique_ptr<slab>> all;

  std::uint8_t* add(std::span<const std::uint8_t> code) {
    std::lock_guard lock(mutex);
    for (std::size_t i = all.size(); i-- > 0;)
      if (std::uint8_t* at = all[i]->add(code)) return at;
    const std::size_t needed = (code.size() + page_size() - 1) / page_size();
    for (const std::size_t pages : {std::max(needed, usual_bytes / page_size()), needed}) {
      auto fresh = std::make_unique<slab>(pages);
      if (!fresh->granted()) continue;  // where memory is scarce, no more than this code takes
      if (std::uint8_t* at = fresh->add(code)) {
        all.push_back(std::move(fresh));
        return at;
      }
    }
    return nullptr;
  }

  void remove(std::span<const std::uint8_t> code) {
    std::lock_guard lock(mutex);
    const auto of_code = std::find_if(all.begin(), all.end(), [&](const auto& s) { return s->holds(code.data()); });
    (*of_code)->remove(code);
    if ((*of_code)->empty() && std::count_if(all.begin(), all.end(), [](const auto& s) { return s->empty(); }) > 1) all.erase(of_code);
  }
};

slabs& the_slabs() {
  static auto* s = new slabs;  // never destroyed: programs may outlive everything
  return *s;
}

}  // namespace

code_memory::~code_memory() {
  if (!bytes_.empty()) the_slabs().remove(bytes_);
}

const void* code_memory::address(std::size_t i) const { return entries_[i] == none ? nullptr : bytes_.data() + entries_[i]; }

std::shared_ptr<const code_memory> make_code(std::span<const std::uint8_t> bytes, std::vector<std::size_t> entries,
                                             std::vector<engine::code_mark> marks) {
  std::shared_ptr<code_memory> made(new code_memory);
  made->entries_ = std::move(entries);
  made->marks_ = std::move(marks);
  const std::uint8_t* at = the_slabs().add(bytes);
  if (!at) return nullptr;
  made->bytes_ = {at, bytes.size()};
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
  void drop(std::list<item>::iterator i) {
    bytes -= i->code->bytes().size();
    by_structure.erase(i->structure);
    items.erase(i);
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
  if (c.items.size() > cached_programs) c.drop(std::prev(c.items.end()));
  return {std::move(made), true};
}

void drop_unused_code() {
  cache& c = the_cache();
  std::lock_guard lock(c.mutex);
  for (auto i = c.items.begin(); i != c.items.end();)
    if (const auto at = i++; at->code.use_count() == 1) c.drop(at);
}

std::shared_ptr<const code_memory> keep_code(std::span<const std::uint8_t> bytes, std::vector<std::size_t> entries,
                                             std::vector<engine::code_mark> marks) {
  if (auto code = make_code(bytes, entries, marks)) return code;
  drop_unused_code();
  return make_code(bytes, std::move(entries), std::move(marks));
}

code_buffer::code_buffer(std::size_t size) {
  constexpr std::size_t line = 64;
  memory_.reset(new std::uint8_t[size + line]);  // of which nothing is written before the code is
  bytes_ = {memory_.get() + (line - reinterpret_cast<std::uintptr_t>(memory_.get()) % line) % line, size};
}

code_statistics statistics() {
  cache& c = the_cache();
  std::lock_guard lock(c.mutex);
  std::size_t mapped = 0;
  {
    std::lock_guard slabs_lock(the_slabs().mutex);
    for (const auto& s : the_slabs().all) mapped += s->bytes();
  }
  return {c.items.size(), c.bytes, c.compiled, c.reused, mapped};
}

}  // namespace tendril::jit
