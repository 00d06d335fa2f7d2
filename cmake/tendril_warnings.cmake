# Warnings for our own targets only: users' targets never inherit them.
function(tendril_warnings target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wconversion)
  if(TENDRIL_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
      # Guesses of the optimiser stay warnings: whether a variable may be uninitialized, and (GCC 12, PR 105651) whether strings overlap.
      target_compile_options(${target} PRIVATE -Wno-error=maybe-uninitialized -Wno-error=restrict)
    endif()
  endif()
endfunction()
