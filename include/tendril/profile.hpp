// Seeing what a compiled function does: the time and traffic of its steps, and the machine code of its groups.
#pragma once
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

namespace tendril {

struct profile_options {
  int runs = 0;  ///< how often each step is timed; 0: for about a fifth of a second, at least 5 and at most 1001 times
};

/// What one step took.
struct step_profile {
  std::string kind;    ///< as in step_info
  std::string ops;     ///< the ops in it
  std::string engine;  ///< the backend whose kernels or code run it
  double seconds = 0;  ///< the median over the runs, the clock's own time taken off; small functions run as one piece and are quicker so
  /// The elements of the arrays that go into the step and come out of it, each counted once however often the step reads it. What a step
  /// keeps in cache for itself is not counted; a view moves nothing.
  std::size_t bytes_read = 0, bytes_written = 0;
  double bandwidth() const { return seconds > 0 ? static_cast<double>(bytes_read + bytes_written) / seconds : 0; }  ///< bytes a second
};

/// What a call took, step by step. Prints as a table.
struct profile_report {
  std::string name;  ///< of the function
  int runs = 0;      ///< that the medians are of
  /// A whole call, as it is when nobody looks: the median. On one thread it is that thread's time on its processor, for calls of less than
  /// 20 microseconds, with more threads and where user's ops run the wall's.
  double seconds = 0;
  std::vector<step_profile> steps;  ///< in the order in which they run
};
std::string to_string(const profile_report&);
std::ostream& operator<<(std::ostream&, const profile_report&);

/// The machine code that a backend made for one group. It holds addresses of this process: it can be read, not kept.
struct group_code {
  struct label {
    std::size_t offset = 0;
    std::string text;  ///< what begins here: "the whole call", "phase 1", "constants"
  };
  std::string ops;  ///< the ops of the group
  std::vector<std::uint8_t> bytes;
  std::vector<label> labels;  ///< by offset; the constants stand last
};
/// The listing: assembly where Tendril was built with Capstone and finds it, else hexadecimal.
std::string to_string(const group_code&);
std::ostream& operator<<(std::ostream&, const group_code&);

}  // namespace tendril
