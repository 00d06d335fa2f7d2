// What is asked of a traced object, and what it tells of itself.
#pragma once
#include <cstdint>
#include <string>

#include <tendril/backend.hpp>

namespace tendril {

/// What a new signature may do once there is a specialization.
enum class retrace : std::uint8_t { allow, warn, forbid };

struct trace_options {
  std::string to = {};  ///< backend; empty: the one in force when the object is built
  bool check = false;   ///< every call traces again and compares graph, constants and outputs (slow)
  retrace on_retrace = retrace::allow;
  int max_specializations = 4096;                    ///< the least recently used goes first
  std::size_t max_specialization_bytes = 128 << 20;  ///< likewise; an estimate, without captured arrays, machine code and workspace
  bool optimize = true;                              ///< false: op by op, by whole-array kernels
  bool contract = true;                              ///< roundings may differ from those of ops one by one: see compile_options
  int num_threads = 1;                               ///< at most this many threads a call, with the same bits for any number; 0: all cores
  std::string name = {};
};

struct trace_stats {
  std::uint64_t calls = 0;             ///< approximate: threads count for themselves
  std::uint64_t traces = 0;            ///< how often the functor ran to be recorded
  std::uint64_t kernels_compiled = 0;  ///< machine code made at run time; 0 for backends that make none
  std::size_t specializations = 0;
  double compile_seconds = 0;
  std::size_t bytes_planned = 0;  ///< workspace of all live specializations
  std::size_t bytes_kept = 0;     ///< what these keep, as max_specialization_bytes counts it
};

struct specialization_info {
  std::string signature;  ///< "(float64[10], static 3)"; nested arguments in brackets
  tendril::graph graph;
  compile_info compiled;
};

}  // namespace tendril
