// How calls of a stage program are split over threads: decided once, when the program is made.
#pragma once
#include "stages/stage.hpp"

namespace tendril::engine {

/// Decides whether and how calls of a program are split over at most `threads` threads.
void plan_threads(stage_program&, int threads);

/// About how many nanoseconds the program takes on one thread.
double estimated_cost(const stage_program&);

}  // namespace tendril::engine
