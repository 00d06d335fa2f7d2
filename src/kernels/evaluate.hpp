// Op-by-op evaluation with whole-array kernels: what eager calls do, and the oracle of the tests.
#pragma once
#include <span>
#include <vector>

#include <tendril/graph.hpp>

namespace tendril::engine {

/// Runs one op on concrete arrays: promotes, infers, then a view, a decomposition, a user's kernel or a whole-array kernel.
/// `weak[i]` marks C++ scalars; an empty array is an absent operand. `literals`: the numbers written in code, of unknown kind at other
/// operands; empty where all fit every dtype.
std::vector<array> run_op(const op_record&, std::span<const array> inputs, std::span<const bool> weak, const attributes&,
                          const promotion_rules*, const backend&, std::span<scalar> literals = {});

/// Runs every node of a graph.
std::vector<array> evaluate(const graph&, std::span<const array> inputs, const backend&);

}  // namespace tendril::engine
