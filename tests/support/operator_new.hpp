// Replaces operator new and delete of a program, where no sanitizer has them: every allocation is told to `before_allocation`, which the
// program defines and which may throw. One file of a program includes it.
#pragma once
#include <cstdlib>
#include <new>

#include "allocation_hook.hpp"

namespace tendril_test {
void before_allocation();
}

#if !TENDRIL_SANITIZER_ALLOCATES
// Not inlined, lest the compiler see malloc behind one and delete before the other.
[[gnu::noinline]] void* operator new(std::size_t n) {
  tendril_test::before_allocation();
  if (void* p = std::malloc(n ? n : 1)) return p;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* p) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete(void* p, std::size_t) noexcept { std::free(p); }
#endif
