// What a case is, how it is checked and measured, and what is reported.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "turns.hpp"

namespace bench {

/// Who computes: a column of the table.
enum class role { hand, hand_allocating, jit, eigen, returning, emitted, naive_eigen, emitted_eigen, naive_xtensor, torch };
constexpr int roles = 10;
const char* heading(role);

struct implementation {
  role who;
  std::string name;
  std::function<void()> run;                     // what is timed
  std::function<std::vector<double>()> outputs;  // runs once more and shows what came out
};

struct workload {
  std::string name;
  double tolerance;  // of an output, relative to 1 + |that of the first implementation|, a hand-written loop
  std::vector<implementation> implementations;
  std::vector<std::shared_ptr<void>> storage;
};

struct settings {
  int rounds = 15;
  int threads = 1;              // Tendril's and libtorch's; 0: all cores. The other code runs on one
  bool small = false;           // few elements: for checks
  bool special_inputs = false;  // NaN, infinities, zeros, denormal and huge numbers among the inputs; Tendril and hand-written loops alone
};

/// Makes its workload when it is its turn, so that one case's memory is there at a time.
struct named_case {
  std::string name;
  std::function<workload(const settings&)> make;
};
std::vector<named_case> element_cases();
std::vector<named_case> row_cases();
std::vector<named_case> product_cases();

/// Describes the first output that differs from the first implementation's; empty if none does.
std::string disagreement(const workload&);

struct measurement {
  role who;
  std::string name;
  double nanoseconds, ratio;  // medians; the ratio is to the best hand-written loop, round by round, or to the first where there is none
};
struct row {
  std::string name;
  std::vector<measurement> measurements;
};
row measure(const workload&, const settings&);

struct first_call {
  std::string name;
  double first, again, new_shape;   // microseconds: nothing known; kernels known to the process; another shape of the same function
  long kernels, new_shape_kernels;  // compiled at the first call and for the new shape
};
std::vector<first_call> first_calls(const std::string& filter);
double tracing_microseconds();  // an op

struct size_of_file {
  std::string name;
  double megabytes;
};
struct report {
  std::string machine, command;
  settings used;
  std::vector<row> rows;
  std::vector<first_call> first;
  double tracing = 0;
  std::vector<size_of_file> sizes;
};
/// "3.2 ns", "35 µs", "1.2 ms".
std::string time_of(double nanoseconds);
void print_markdown(const report&);
void write_json(const report&, const std::string& path);

}  // namespace bench
