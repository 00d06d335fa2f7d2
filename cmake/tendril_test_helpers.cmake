# What tests/ and examples/ are registered with: compile-fail cases, guards, and examples with their expected output.

# The instruction sets, beside the processor's own, on which tests and examples run: TENDRIL_ISA in the environment chooses. The best one
# that kernels are compiled for is nobody's poorer one.
set(tendril_poorer_isas ${tendril_isas})
list(POP_BACK tendril_poorer_isas)
list(REVERSE tendril_poorer_isas)

# Sets `result` where `file` includes the xtensor adapter without asking first whether there is one, and there is no xtensor.
function(tendril_needs_missing_xtensor file result)
  set(${result} FALSE PARENT_SCOPE)
  if(NOT TENDRIL_HAS_XTENSOR_BACKEND)
    file(STRINGS ${file} includes REGEX "#include <(tendril/xtensor|xtensor/|tendril/frontends/xtensor)")
    file(STRINGS ${file} asks REGEX "TENDRIL_HAS_XTENSOR_BACKEND|HAVE_XTENSOR")
    if(includes AND NOT asks)
      set(${result} TRUE PARENT_SCOPE)
    endif()
  endif()
endfunction()

# The file must be refused by the compiler with an error that matches the regex of its first line, `// expect: regex`.
function(tendril_add_compile_fail file)
  get_filename_component(name ${file} NAME_WE)
  set(dirs $<TARGET_PROPERTY:tendril_test_settings,INTERFACE_INCLUDE_DIRECTORIES>)
  add_test(NAME "compile_fail.${name}"
    COMMAND ${CMAKE_COMMAND} "-DCOMPILER=${CMAKE_CXX_COMPILER}" "-DFILE=${CMAKE_CURRENT_SOURCE_DIR}/${file}"
            "-DINCLUDES=-I$<JOIN:${dirs},;-I>" -P ${PROJECT_SOURCE_DIR}/cmake/check_compile_fail.cmake)
  set_tests_properties("compile_fail.${name}" PROPERTIES LABELS compile_fail)
endfunction()

# tests/guards/NAME.sh, run in the source root with the arguments that follow.
function(tendril_add_guard name)
  add_test(NAME "guard.${name}" COMMAND ${PROJECT_SOURCE_DIR}/tests/guards/${name}.sh ${ARGN}
           WORKING_DIRECTORY ${PROJECT_SOURCE_DIR} COMMAND_EXPAND_LISTS)
  set_tests_properties("guard.${name}" PROPERTIES LABELS guard ENVIRONMENT "CXX=${CMAKE_CXX_COMPILER}")
endfunction()

# Builds FILE as an example; with tests on, runs it and compares its output with FILE's .expected, if there is one.
function(tendril_add_example file)
  get_filename_component(name ${file} NAME_WE)
  add_executable(${name} ${file})
  set_target_properties(${name} PROPERTIES CXX_EXTENSIONS OFF)
  target_link_libraries(${name} PRIVATE tendril::tendril tendril::eigen $<TARGET_NAME_IF_EXISTS:tendril::xtensor>)
  tendril_warnings(${name})
  if(TENDRIL_BUILD_TESTS)
    # What an example prints that asks for xtensor is expected with xtensor alone; without, it must still run.
    file(STRINGS ${file} asks REGEX "HAVE_XTENSOR")
    set(expected ${CMAKE_CURRENT_SOURCE_DIR}/${name}.expected)
    if(asks AND NOT TENDRIL_HAS_XTENSOR_BACKEND)
      set(expected "")
    endif()
    set(run ${CMAKE_COMMAND} -DPROGRAM=$<TARGET_FILE:${name}> -DEXPECTED=${expected} -P ${PROJECT_SOURCE_DIR}/cmake/run_example.cmake)
    add_test(NAME "example.${name}" COMMAND ${run})
    set_tests_properties("example.${name}" PROPERTIES LABELS example)
    foreach(isa IN LISTS tendril_poorer_isas)
      add_test(NAME "example.${name}.on_${isa}" COMMAND ${run})
      set_tests_properties("example.${name}.on_${isa}" PROPERTIES ENVIRONMENT TENDRIL_ISA=${isa} LABELS "example;${isa}")
    endforeach()
  endif()
endfunction()
