// Op by op: a call of an op with regions, whose bodies are evaluated.
#pragma once
#include <span>
#include <vector>

#include <tendril/graph.hpp>

namespace tendril::engine {

/// Runs an op with regions on concrete arrays; `weak[i]` marks numbers. The bodies may have been recorded for other types.
std::vector<array> run_region_op(const op_record&, std::span<const array> inputs, std::span<const bool> weak, const attributes&,
                                 const promotion_rules*, std::span<const region>, const backend&);

}  // namespace tendril::engine
