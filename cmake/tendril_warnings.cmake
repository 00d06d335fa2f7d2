# Warnings for our own targets only: users' targets never inherit them.
function(tendril_warnings target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wconversion)
  if(TENDRIL_WERROR)
    # Whether a variable may be uninitialized is a guess of the optimiser: it stays a warning.
    target_compile_options(${target} PRIVATE -Werror -Wno-error=maybe-uninitialized)
  endif()
endfunction()
