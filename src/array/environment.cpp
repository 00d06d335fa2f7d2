// Reads the environment, and writes the log that it asks for.
#include "array/environment.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string_view>
#include <utility>
#include <vector>

#include "array/format.hpp"
#include "array/warn.hpp"

namespace tendril::detail {
namespace {

constexpr const char* names[log_topics] = {"traces", "passes", "stages", "code", "kernels"};

// Never destroyed: objects that outlive main log too.
struct state {
  std::mutex mutex;
  environment now;
  std::FILE* file = nullptr;  // null: stderr
  std::vector<std::string> unsaid;
  std::atomic<bool> has_unsaid = false;

  state() { read(); }
  void read() {
    now = {};
    const auto warn_later = [this](std::string text) {
      unsaid.push_back(std::move(text));
      has_unsaid = true;
    };
    if (file) std::fclose(file);
    file = nullptr;
    const char* topics = std::getenv("TENDRIL_LOG");
    for (std::string_view left = topics ? topics : ""; !left.empty();) {
      const std::string_view one = left.substr(0, left.find(','));
      left.remove_prefix(std::min(left.size(), one.size() + 1));
      bool known = one.empty();
      for (int i = 0; i < log_topics; ++i)
        if (one == names[i] || one == "all") known = now.logs[i] = true;
      if (!known)
        warn_later(format_text("[log] TENDRIL_LOG names an unknown topic: got \"{}\", expected some of {} or all. Put commas between them.",
                               one, joined(names, ", ")));
    }
    const char* path = std::getenv("TENDRIL_LOG_FILE");
    if (path && *path && !(file = std::fopen(path, "a")))
      warn_later(
          format_text("[log] TENDRIL_LOG_FILE cannot be opened: got \"{}\" ({}), expected a file to write to. The log goes to stderr.",
                      path, std::strerror(errno)));
    const auto says = [](const char* name, const char* value) {
      const char* have = std::getenv(name);
      return have && std::strcmp(have, value) == 0;
    };
    now.optimize = !says("TENDRIL_OPTIMIZE", "0");
    now.check = says("TENDRIL_CHECK", "1");
  }
};

// Warnings are said when the state is there: whoever handles them may ask for it.
[[gnu::noinline]] void say_warnings(state& s) {
  std::vector<std::string> texts;
  {
    const std::lock_guard lock(s.mutex);
    texts.swap(s.unsaid);
    s.has_unsaid = false;
  }
  for (const std::string& text : texts) warn(text);
}

state& the_state() {
  static auto* s = new state;
  if (s->has_unsaid.load(std::memory_order_relaxed)) [[unlikely]]
    say_warnings(*s);
  return *s;
}

}  // namespace

const environment& environment_now() { return the_state().now; }
void read_environment() {
  state& s = the_state();
  s.read();
  say_warnings(s);
}

void log(log_topic t, const std::string& text) {
  state& s = the_state();
  const std::lock_guard lock(s.mutex);
  std::FILE* to = s.file ? s.file : stderr;
  std::fprintf(to, "tendril %s: %s%s", names[static_cast<int>(t)], text.c_str(), !text.empty() && text.back() == '\n' ? "" : "\n");
  std::fflush(to);
}

}  // namespace tendril::detail
