// Source lines that come from files: std::source_location can only be made by the compiler, so one is made of what it points to.
#include <bit>
#include <cstring>
#include <map>
#include <mutex>
#include <source_location>
#include <string>

#include "save/save.hpp"

namespace tendril::saved {
namespace {

// What a std::source_location points to, in libstdc++ and libc++ alike: the compilers fill it in by these members. Whether it is so is
// asked when it is used.
struct told {
  const char *file, *function;
  unsigned line, column;
};

// Lines live as long as the process, as the compiler's do: graphs are copied, and nobody knows when the last one is gone.
struct kept_lines {
  std::map<std::string, const char*, std::less<>> files;
  std::map<std::pair<const char*, unsigned>, const told*> lines;
  std::mutex mutex;
};

kept_lines& kept() {
  static kept_lines* all = new kept_lines;
  return *all;
}

}  // namespace

std::source_location source_line(std::string_view file, unsigned line) {
  static_assert(sizeof(std::source_location) == sizeof(const told*), "a source_location is more than a pointer to what is told");
  kept_lines& k = kept();
  const std::lock_guard lock(k.mutex);
  auto name = k.files.find(file);
  if (name == k.files.end()) {
    char* text = new char[file.size() + 1];
    std::memcpy(text, file.data(), file.size());
    text[file.size()] = 0;
    name = k.files.emplace(std::string(file), text).first;
  }
  const told*& found = k.lines[{name->second, line}];
  if (!found) found = new told{name->second, "", line, 0};
  const auto made = std::bit_cast<std::source_location>(found);
  return made.line() == line && made.file_name() == name->second ? made : std::source_location();
}

}  // namespace tendril::saved
