// The op functions, declared from the op table: `td::sum(x, {.axis = {0, 1}, .keepdims = true})`.
#pragma once
#include <tendril/array.hpp>
#include <tendril/detail/op_macros.hpp>

namespace tendril {

// The option structs: one for each op that has options, every member with the standard's default.
#define OP(name, inputs, positional, options, ...) TENDRIL_OPTIONS_STRUCT(name, TENDRIL_UNPAREN options)
#define INTERNAL(...)
#include <tendril/ops.def>

// The functions. Each broadcasts, promotes and fails as docs/ops.md says for its row; inside a trace it records a node.
#define OP(name, inputs, positional, options, returns, ...)                                                                \
  TENDRIL_RETURNS_##returns name(TENDRIL_PARAMETERS(TENDRIL_UNPAREN inputs) TENDRIL_POSITIONAL(TENDRIL_UNPAREN positional) \
                                     TENDRIL_OPTIONS_PARAMETER(name, TENDRIL_UNPAREN options));
#define CREATE(name, positional, options, ...)                                                                              \
  array name(TENDRIL_POSITIONAL_FIRST(TENDRIL_UNPAREN positional) TENDRIL_OPTIONS_PARAMETER(name, TENDRIL_UNPAREN options), \
             std::source_location where = std::source_location::current());
#define INTERNAL(...)
#include <tendril/ops.def>

/// `arange(stop)`: 0, 1, ... short of stop.
inline array arange(scalar stop, const arange_options& options = {}, std::source_location where = std::source_location::current()) {
  return arange(scalar(0), stop, scalar(1), options, where);
}
/// `arange(start, stop)`: steps of 1.
inline array arange(scalar start, scalar stop, const arange_options& options = {},
                    std::source_location where = std::source_location::current()) {
  return arange(start, stop, scalar(1), options, where);
}

}  // namespace tendril

#include <tendril/detail/op_macros_undef.hpp>
