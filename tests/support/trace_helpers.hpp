// What the tests of tracing share: the functions traced, the messages of errors, warnings collected.
#pragma once
#include <atomic>
#include <source_location>
#include <string>
#include <vector>

#include <tendril/tendril.hpp>

namespace trace_test {

namespace td = tendril;
using doubles = std::vector<double>;
using floats = std::vector<float>;
using ints = std::vector<std::int64_t>;

inline td::array normalize(const td::array& x) { return td::divide(td::subtract(x, td::mean(x)), td::std(x)); }

/// How often `counted` was called.
inline int runs = 0;
inline td::array counted(const td::array& x) {
  ++runs;
  return x * 2 + 1;
}

/// Elements in row-major order, of any dtype.
inline doubles values(const td::array& a) {
  const td::array c = td::detail::copy_of(td::astype(a, td::float64).view());
  const double* p = c.data<double>();
  return doubles(p, p + c.size());
}

/// The text of the error of exactly this type that `f` throws; else what happened instead.
template <class Error = td::error, class F>
std::string message_of(F&& f) {
  try {
    f();
  } catch (const Error& e) { return e.what(); } catch (const std::exception& e) {
    return std::string("an error of another type: ") + e.what();
  }
  return "no error";
}

/// "this_file.cpp:LINE", as errors and graphs spell it.
inline std::string line(unsigned n, std::source_location here = std::source_location::current()) {
  std::string file = here.file_name();
  return file.substr(file.rfind('/') + 1) + ":" + std::to_string(n);
}

/// Collects warnings while it lives.
class warnings {
 public:
  warnings() {
    texts().clear();
    td::set_warning_handler([](std::string_view t) { texts().emplace_back(t); });
  }
  ~warnings() { td::set_warning_handler(nullptr); }
  static std::vector<std::string>& texts() {
    static std::vector<std::string> all;
    return all;
  }
};

}  // namespace trace_test
