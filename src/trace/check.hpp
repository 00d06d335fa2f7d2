// What `check` compares: two recordings of one function, and what is compiled with the oracle.
#pragma once
#include <span>
#include <string>

#include <tendril/backend.hpp>

namespace tendril::detail {

/// Whether the graphs are the same, node by node; else `why` says what differs first.
bool same_graph(const graph& was, const graph& now, std::string& why);

/// Whether two results are as near as replay and the oracle must be.
bool is_close(const array& got, const array& expected);

/// Whether multiply-adds alone, which round once where the oracle rounds twice, keep results from what is expected: compiled without
/// them, the graph gives it.
bool differs_by_contraction(const graph&, std::span<const array> inputs, std::span<const array> expected, compile_options);

/// The first value of the graph that differs where the ops up to it are compiled and where they run one by one: its op, its source line and
/// the first element that differs. Runs and compiles the graph once a value, so it is for graphs that were found wrong.
std::string first_difference(const graph&, std::span<const array> inputs, const compile_options&);

}  // namespace tendril::detail
