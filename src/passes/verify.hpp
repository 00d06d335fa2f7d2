// What a graph may hold at each station of the passes.
#pragma once
#include <tendril/passes.hpp>

namespace tendril::detail {

enum class stage : std::uint8_t {
  recorded,     ///< anything
  specialized,  ///< every type known and none weak, no promotion rules, operands of one dtype
  decomposed,   ///< and no composite op that the backend does not claim
  fused         ///< and nothing but constants, groups, kernels and views; a group has one space
};

/// Throws internal_error where a graph holds what a pass should have made another thing of. Values that nothing uses may be anything: dce
/// takes them away. `run_passes` asks it after each pass in builds with assertions.
void verify(const graph&, stage, const pass_context&);

}  // namespace tendril::detail
