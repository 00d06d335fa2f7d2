// What the environment asks of a program that nobody can rebuild: TENDRIL_LOG, TENDRIL_LOG_FILE, TENDRIL_OPTIMIZE, TENDRIL_CHECK.
#pragma once
#include <cstdint>
#include <string>

namespace tendril::detail {

enum class log_topic : std::uint8_t {
  traces,  ///< what is recorded, for which signature, and why it is retraced
  passes,  ///< the graph after each pass that changed it
  stages,  ///< the stages of each group
  code,    ///< the machine code of each group that has some
  kernels  ///< which engine runs which step
};
inline constexpr int log_topics = 5;

struct environment {
  bool logs[log_topics] = {};  ///< TENDRIL_LOG: topics with commas between, or "all"
  bool optimize = true;        ///< false by TENDRIL_OPTIMIZE=0: everything runs op by op
  bool check = false;          ///< true by TENDRIL_CHECK=1: every call of a traced object is checked
};

/// As it was when it was first asked for, or last read. Warns of topics that do not exist, and of a file that cannot be opened.
const environment& environment_now();
/// Reads it again, for tests. No other thread may use the library meanwhile.
void read_environment();

inline bool is_logged(log_topic t) { return environment_now().logs[static_cast<int>(t)]; }
/// Writes a text, its topic before it, to TENDRIL_LOG_FILE (added at its end) or to stderr; whole, whatever other threads write.
void log(log_topic, const std::string& text);

}  // namespace tendril::detail
