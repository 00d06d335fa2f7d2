// Small functions: a whole function over a few hundred numbers as one piece of code, without steps, views or a table of values.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include <tendril/graph.hpp>

namespace tendril::engine {

/// Emitted code of a whole call. Inputs lie as the function was compiled for, results row-major, or column-major where `columns` is 1. They
/// may lie over inputs, since they are written when all else is done. `frame` is aligned to 64 bytes. Not 0 where a kernel threw: `rethrow`
/// throws it again, on the same thread.
using small_code = int (*)(const array_view* in, const array_view* out, std::byte* frame, int columns);

struct small_function {
  static constexpr std::size_t most_bytes = 8192;  ///< of the frame: callers have it on the stack
  small_code code = nullptr;
  std::span<const std::uint8_t> text;  ///< the code as it lies in memory
  std::shared_ptr<const void> keeps;   ///< what the code refers to
  std::size_t bytes = 0;               ///< about what that takes
};

/// Keeps the exception that is being handled, for this thread; throws it again.
void keep_thrown() noexcept;
[[noreturn]] void rethrow();

}  // namespace tendril::engine
