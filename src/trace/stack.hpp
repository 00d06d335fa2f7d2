// How much of the stack is left.
#pragma once
#include <source_location>
#include <string_view>

namespace tendril::detail {

/// Throws trace_error where so little of this thread's stack is left that a recursion must be about to exhaust it. Says nothing on stacks
/// that are not the thread's own (coroutines). `what` is the op or function that is called.
void require_stack(std::string_view what, std::source_location where);

}  // namespace tendril::detail
