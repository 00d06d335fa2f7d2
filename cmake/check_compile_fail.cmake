# cmake -DCOMPILER= -DFILE= -DINCLUDES= -P: passes if FILE does not compile and an error or note matches its `// expect: regex`.
file(STRINGS ${FILE} expect LIMIT_COUNT 1)
if(NOT expect MATCHES "^// expect: (.+)$")
  message(FATAL_ERROR "${FILE}: the first line must read `// expect: <regex>`")
endif()
set(expect "${CMAKE_MATCH_1}")

# Without carets the source lines are not echoed, so that the regex cannot match the program instead of the message.
execute_process(COMMAND ${COMPILER} -std=c++20 -fsyntax-only -fno-diagnostics-show-caret ${INCLUDES} ${FILE}
                RESULT_VARIABLE status ERROR_VARIABLE text)
if(status EQUAL 0)
  message(FATAL_ERROR "${FILE} compiles, but must not")
endif()
string(REPLACE ";" "," text "${text}")
string(REGEX MATCHALL "(error|note): [^\n]*" messages "${text}")
foreach(line IN LISTS messages)
  if(line MATCHES "${expect}")
    message(STATUS "refused: ${line}")
    return()
  endif()
endforeach()
message(FATAL_ERROR "${FILE}: no error matches `${expect}`:\n${text}")
