// Which kind of loop is emitted, and which step of it: values that whoever emits one makes and passes on.
#pragma once
#include <cstdint>

namespace tendril::jit {

/// How the short rows of a program run together (rows.cpp): registers a row, and whether they are full. No registers: they do not.
struct row_group {
  int vectors = 0;
  bool exact = false;
};

/// The same for all steps of a loop.
struct loop_form {
  enum class kind : std::uint8_t {
    one_element,  ///< one step, on registers of 16 bytes
    vectors,      ///< along a row
    rows,         ///< a group of short rows (rows.cpp)
    pairs         ///< rows against rows (pairwise.cpp)
  } what = kind::vectors;
  bool twice = false;  ///< two vectors a step: every second instruction is for the second
  int size = 8;        ///< of the widest element
  int lanes = 1;       ///< elements that a vector holds of them
  row_group group = {};

  bool one_element() const { return what == kind::one_element; }
  bool pairs() const { return what == kind::pairs; }
  /// A register holds what belongs to one row, or to several.
  bool of_rows() const { return what == kind::rows || what == kind::pairs; }
};

/// Where the accumulators of reductions in a loop are: in registers, as far as those have them, else in memory at a place that the code
/// knows; in memory, at one that depends on the step; at that for the last elements.
enum class accumulators : std::uint8_t { in_registers, of_step, of_rest };

/// One writing of the body.
struct step {
  int turn = 0;              ///< of several steps at once, which; of a row, which of its registers; of pairs of rows, which element
  bool alone = false;        ///< of a loop of two vectors a step: without the second
  bool masked = false;       ///< the last elements: the masks are two mask registers, or on the stack
  bool divides = false;      ///< quotients by one element come from divisions
  bool past_caches = false;  ///< results are stored past the caches
  accumulators where = accumulators::in_registers;
};

}  // namespace tendril::jit
