// The ends of a thread's stack, asked of the system once a thread.
#include "trace/stack.hpp"

#include <pthread.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include <tendril/error.hpp>

#include "array/array_impl.hpp"
#include "array/format.hpp"

namespace tendril::detail {
namespace {

// Below `lowest` a call is refused: what it needs itself, and the error on its way out, fit in the rest.
struct bounds {
  std::uintptr_t begin = 0, lowest = 0;
  std::size_t bytes = 0;
  bounds() noexcept {
    pthread_attr_t attributes;
    void* address = nullptr;
    if (pthread_getattr_np(pthread_self(), &attributes) != 0) return;
    std::size_t guard = 0;
    if (pthread_attr_getstack(&attributes, &address, &bytes) == 0) {
      pthread_attr_getguardsize(&attributes, &guard);
      begin = reinterpret_cast<std::uintptr_t>(address) + guard;
      lowest = begin + std::clamp<std::size_t>(bytes / 4, 64 << 10, 256 << 10);
    }
    pthread_attr_destroy(&attributes);
  }
};

}  // namespace

void require_stack(std::string_view what, std::source_location where) {
  thread_local const bounds stack;
  const auto here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  if (here >= stack.lowest || here < stack.begin) [[likely]]
    return;
  throw trace_error(format_text(
      "[{}] a recursion does not end: got a call at {} with the last of the thread's {} KiB of stack, expected an end before. End it by what is known while tracing: a static argument that counts down, a rank or a shape.",
      what, spell(where), stack.bytes >> 10));
}

}  // namespace tendril::detail
