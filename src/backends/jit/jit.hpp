// The jit backend: machine code for the loops of stage programs, on x86-64 with AVX2 and FMA or AVX-512.
//
// Model. Lowering joins the instructions that `emits` accepts to loops and leaves the others (most transcendental functions, logic on bools
// alone, products of integers) to block kernels. A program becomes one piece of code: for rows of one block a function that runs all phases
// of a row, one that does so for many rows, and where there is but one row, one that is the whole executable; for longer rows one function
// a phase. Loops hold their values in registers; reductions run in the loop that makes their operand (folds.cpp) or over a block
// (reduce.cpp), in the kernels' tree, any and all without one (truths.cpp); kernels are called with the slots' blocks. Code depends on the
// program's structure alone, never on extents, strides or addresses of arrays: programs of one structure share it (code.hpp). One extent is
// structure: of short rows that run together (rows.cpp) the number of registers that a row fills, one to eight, and of rows that are taken
// against rows (pairwise.cpp) the number of their elements.
//
// Same numbers. Every instruction is emitted as the IEEE operation that the block kernels use, so results are theirs bit for bit.
#pragma once
#include "stages/stage.hpp"

namespace tendril::jit {

/// Null where the processor or the operating system offers no place to run.
const engine::compiler* compiler();

/// The code of a program that the compiler compiled; empty where it made none.
engine::code_text code_of(const engine::stage_program&);

/// What the process-wide cache of code holds and did.
struct code_statistics {
  std::size_t programs = 0;  ///< in the cache
  std::size_t bytes = 0;     ///< of their code
  std::size_t compiled = 0, reused = 0;
  std::size_t mapped = 0;  ///< bytes of memory for code, of programs that are in the cache no more too
};
code_statistics statistics();

/// The most programs that the cache keeps; older ones live as long as their executables.
inline constexpr std::size_t cached_programs = 1024;

}  // namespace tendril::jit
