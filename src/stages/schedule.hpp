// What follows lowering: which instructions run in one emitted loop, and where block buffers are.
#pragma once
#include "stages/stage.hpp"

namespace tendril::engine {

/// What scheduling must know of the calls of a program.
struct call_facts {
  std::size_t bytes;       ///< all that one reads and writes
  bool may_pass_caches;    ///< no result's memory is read again before the call ends
  bool may_shorten_block;  ///< no value depends on where blocks begin
};

/// Joins the instructions that the backend's compiler emits to loops and lets it emit them; leaves the program as it is where that fails.
void emit_loops(stage_program&, const backend&, const call_facts&);

/// The end of the workspace, which is free: interpreters let block buffers begin some bytes later than planned.
inline constexpr std::size_t room_for_shift = 4096;

/// Gives block buffers their place in the workspace: one that is dead serves again.
void place_buffers(stage_program&);

}  // namespace tendril::engine
