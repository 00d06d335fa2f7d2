// Planning: a specialized graph becomes steps, and every value of it a place in memory.
//
// Model. A value has memory of its own (an input, a result, a constant, a part of the workspace) or lies in that of another, its *root*:
// the result of a view op, or an operand of a concat, which whoever makes it writes straight into the concat's result. Where the strides of
// the root are known, so are those of all that lie in it, and no step makes these views at replay; of inputs that are neither row-major nor
// column-major, and of results, whose strides the caller chooses, views are made call by call; but results that are joined of parts are
// planned row-major, and copied to where the caller wants them otherwise. Temporaries share the workspace by liveness.
#pragma once
#include <memory>
#include <span>
#include <string_view>

#include "run/executable.hpp"

namespace tendril::detail {

/// Lowers the groups of `g` and plans its memory. `layouts` are the layout classes of the inputs; `threads` and `contract` as in
/// compile_options.
ref<executable> plan(graph g, const backend&, std::span<const int> layouts, int threads, bool contract);

/// Whether there is one group in it, and nothing else but what takes no step, or need not: views, constants, and concats of its results.
bool may_be_one_group(const graph&);

/// Calls run this code of a backend in place of the steps, which stay for results that lie as it does not write them.
void take_small(executable&, std::unique_ptr<const engine::small_function>, std::string_view backend);

/// The bodies of a node with regions as executables, whose inputs are row-major, and the scratch of its step. `layouts` are those of the
/// node's inputs.
std::unique_ptr<const step_regions> plan_regions(const node&, const graph&, std::span<const int> layouts, const backend&, int threads,
                                                 bool contract);

/// Throws internal_error where a plan breaks a rule of its own: each element of a result or temporary is written once, and before it is
/// read; places lie in what they are in; temporaries that live at one time share no byte, but for a step that may write over its operand.
/// `plan` asks it in builds with assertions.
void verify(const executable&);

}  // namespace tendril::detail
