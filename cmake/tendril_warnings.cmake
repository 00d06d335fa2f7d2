# Warnings for our own targets only: users' targets never inherit them.
function(tendril_warnings target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wconversion)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(${target} PRIVATE -Wno-sign-conversion)  # part of -Wconversion in clang, and in C++ not in GCC
  endif()
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_GREATER_EQUAL 13)
    # Guesses of the optimiser where it inlines algorithms: GCC 13 at std::copy in {fmt} 9, GCC 16 at std::sort of at most 16 axes.
    target_compile_options(${target} PRIVATE -Wno-array-bounds -Wno-stringop-overflow)
  endif()
  if(TENDRIL_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
      # Guesses of the optimiser stay warnings: whether a variable may be uninitialized, and (GCC 12, PR 105651) whether strings overlap.
      target_compile_options(${target} PRIVATE -Wno-error=maybe-uninitialized -Wno-error=restrict)
    endif()
  endif()
endfunction()
