// The op functions, declared from the op table: `td::sum(x, {.axis = {0, 1}, .keepdims = true})`.
#pragma once
#include <tuple>

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

namespace detail {
template <class T>
concept unnamed_option = arithmetic<T> || std::is_same_v<T, dtype> || native<T>;

consteval bool is_extreme(std::string_view op) { return op == "max" || op == "min"; }

/// The sentence a user reads who writes an option without its name.
template <bool Extreme, class T>
refused refuse_option() {
  static_assert(!Extreme || never<T>,
                "tendril: td::max and td::min reduce one array. Of two arrays, or of an array and a number, take td::maximum(a, b) or "
                "td::minimum(a, b); an axis is written td::max(x, {.axis = 0}).");
  static_assert(Extreme || never<T>,
                "tendril: the options of an op are written in braces, by their names: td::sum(x, {.axis = 0}), td::zeros({2, 3}, {.dtype = "
                "td::float32}).");
  return {};
}
}  // namespace detail
#ifdef __clang__
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wunused-parameter"  // of overloads that do nothing but refuse
#endif
#define OP(name, inputs, positional, options, ...)                                                                                  \
  TENDRIL_CALL(TENDRIL_UNNAMED, (name, (TENDRIL_PARAMETERS(TENDRIL_UNPAREN inputs) TENDRIL_POSITIONAL(TENDRIL_UNPAREN positional)), \
                                 TENDRIL_UNPAREN options))
#define CREATE(name, positional, options, ...) \
  TENDRIL_CALL(TENDRIL_UNNAMED, (name, (TENDRIL_POSITIONAL_FIRST(TENDRIL_UNPAREN positional)), TENDRIL_UNPAREN options))
#define INTERNAL(...)
#include <tendril/ops.def>
#ifdef __clang__
#pragma clang diagnostic pop
#endif

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
