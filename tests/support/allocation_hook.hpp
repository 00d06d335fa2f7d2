// Where a sanitizer has the allocator, its hook tells of allocations: a test's own malloc or operator new would not be heard.
#pragma once
#include <cstddef>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define TENDRIL_SANITIZER_ALLOCATES 1
extern "C" int __sanitizer_install_malloc_and_free_hooks(void (*)(const volatile void*, std::size_t), void (*)(const volatile void*));

namespace tendril_test {
/// Calls `heard` at every allocation of the process from now on.
template <void (*heard)()>
int hear_allocations() {
  return __sanitizer_install_malloc_and_free_hooks([](const volatile void*, std::size_t) { heard(); }, [](const volatile void*) {});
}
}  // namespace tendril_test
#else
#define TENDRIL_SANITIZER_ALLOCATES 0
#endif
