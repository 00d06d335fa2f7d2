// What made a result wider than the arguments are: told by errors.
#pragma once
#include <string>

#include <tendril/graph.hpp>

namespace tendril::detail {

/// Which op gave a result of a recorded graph the dtype float64, though arguments are float32: the op, its line and the operand that did
/// it, as a sentence. Empty when the result is not float64, or no argument is float32.
std::string spell_promotion(const graph&, std::size_t result);

}  // namespace tendril::detail
