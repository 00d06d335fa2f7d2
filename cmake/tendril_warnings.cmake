# Warnings for our own targets only: users' targets never inherit them.
function(tendril_warnings target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wconversion $<$<BOOL:${TENDRIL_WERROR}>:-Werror>)
endfunction()
