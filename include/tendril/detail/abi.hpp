// What the library and whoever links it must have in common: containers and strings cross between the two, and these macros change them.
//
// The library defines the one symbol that says how it was built, and every file that includes Tendril asks for the one that says how it
// is compiled itself. Where they differ the linker says so, instead of a crash at the first call.
#pragma once
#include <string>  // defines the macros

#if defined(_LIBCPP_VERSION)
#define TENDRIL_ABI_SYMBOL tendril_must_be_built_with_libcxx_as_this_file_is
#elif defined(_GLIBCXX_DEBUG)
#define TENDRIL_ABI_SYMBOL tendril_must_be_built_with_GLIBCXX_DEBUG_as_this_file_is
#elif defined(_GLIBCXX_USE_CXX11_ABI) && !_GLIBCXX_USE_CXX11_ABI
#define TENDRIL_ABI_SYMBOL tendril_must_be_built_with_GLIBCXX_USE_CXX11_ABI_0_as_this_file_is
#else
#define TENDRIL_ABI_SYMBOL tendril_must_be_built_without_GLIBCXX_DEBUG_as_this_file_is
#endif

namespace tendril::detail {

extern const char TENDRIL_ABI_SYMBOL;

#if defined(__has_attribute)
#if __has_attribute(retain)
#define TENDRIL_KEPT [[gnu::used, gnu::retain]]
#endif
#endif
#ifndef TENDRIL_KEPT
#define TENDRIL_KEPT [[gnu::used]]
#endif
// One a file: the object files of the kernels may hold no symbol that the linker merges.
TENDRIL_KEPT static const char* const asks_for_abi = &TENDRIL_ABI_SYMBOL;
#undef TENDRIL_KEPT

}  // namespace tendril::detail
