// The parts of verify(stage_program): what a program says of itself, and what happens while it runs.
#pragma once
#include "stages/stage.hpp"

namespace tendril::engine {

/// Throws the error of a broken rule.
[[noreturn]] void broken(const std::string& what, const std::string& got, const std::string& expected);

/// Where an instruction is, for errors: phase 1, block[2] (divide).
std::string place_of(const stage_program&, std::size_t phase, bool before, std::size_t index);

/// Slots and phases as a row runs through them: what each holds, and who reads it.
void verify_flow(const stage_program&, station);

/// Whether buffers have their places: only then may one lie over another.
inline bool has_places(station s) { return s >= station::placed; }

}  // namespace tendril::engine
