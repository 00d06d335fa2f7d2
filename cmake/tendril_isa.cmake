# tendril_add_isa_kernels(target source): compiles the source once per instruction set and adds the objects to the target.
#
# The unit finds its instruction set in TENDRIL_ISA and Eigen in a namespace of its own; it keeps every symbol with linkage in a
# namespace that bears the name, or the linker could hand AVX-512 code to a processor without it (tests/guards/isa_symbols.sh).

if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$" AND CMAKE_SIZEOF_VOID_P EQUAL 8 AND CMAKE_CXX_COMPILER_ID MATCHES "GNU|Clang"
   AND NOT MSVC)
  set(tendril_isas baseline avx2 avx512)
  set(tendril_x86_kernels 1)
else()
  set(tendril_isas baseline)
  set(tendril_x86_kernels 0)
endif()
set(tendril_isa_flags_baseline)
set(tendril_isa_flags_avx2 -mavx2 -mfma)
set(tendril_isa_flags_avx512 -mavx512f -mavx512dq -mavx512bw -mavx512vl -mavx2 -mfma -mprefer-vector-width=512)

# A shared object that a user links the static library into shows nothing of it, and holds no symbol that would be the process's, so that
# dlclose unloads it: GCC gives the variables of templates one address in the whole process, which nothing here asks for.
function(tendril_private_symbols target)
  if(NOT BUILD_SHARED_LIBS)
    set_target_properties(${target} PROPERTIES CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
  endif()
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(${target} PRIVATE -fno-gnu-unique)
  endif()
endfunction()

function(tendril_add_isa_kernels target source)
  target_compile_definitions(${target} PRIVATE TENDRIL_X86_KERNELS=${tendril_x86_kernels})
  string(MAKE_C_IDENTIFIER ${source} name)
  set(optimise -O3)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND NOT source MATCHES "eigen/(blocks|deviations|thin)")
    # Vectorised as at -O3, but without its copies of loops: two thirds of the code, and no slower. The others lose a fifth of their speed by it.
    set(optimise -O2 -ftree-vectorize -fvect-cost-model=dynamic)
  endif()
  if(TENDRIL_SANITIZE)
    set(optimise -O1)  # -O3 takes minutes for an instrumented matrix product
  endif()
  foreach(isa IN LISTS tendril_isas)
    set(objects ${target}_${name}_${isa})
    add_library(${objects} OBJECT ${source})
    target_compile_definitions(${objects} PRIVATE TENDRIL_ISA=${isa} Eigen=tendril_eigen_${isa})
    if(NOT MSVC)
      # Always optimised: unoptimised kernels would leave std templates behind as symbols, and be useless besides. Contraction off:
      # the same operations in every loop. Errors of mathematics are not reported, by errno or by flags.
      target_compile_options(${objects} PRIVATE ${optimise} -ffp-contract=off -fno-math-errno -fno-trapping-math ${tendril_isa_flags_${isa}})
      if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        target_compile_options(${objects} PRIVATE -Wno-uninitialized -Wno-maybe-uninitialized)  # false alarms in its own intrinsics
      endif()
    endif()
    tendril_private_symbols(${objects})
    target_compile_features(${objects} PRIVATE cxx_std_20)
    target_include_directories(${objects} PRIVATE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/include)
    target_link_libraries(${objects} PRIVATE $<BUILD_INTERFACE:Eigen3::Eigen>)
    if(source MATCHES "xtensor")
      # Instrumented, its expressions take the compiler gigabytes and minutes; what calls them stays instrumented.
      if(TENDRIL_SANITIZE)
        target_compile_options(${objects} PRIVATE -fno-sanitize=all)
      endif()
      target_link_libraries(${objects} PRIVATE $<BUILD_INTERFACE:xtensor>)
      # Its expressions hold a std::shared_ptr, so the class template behind that of libstdc++ gets another name as well.
      foreach(symbol IN ITEMS xt xtl xsimd _Sp_counted_base _Sp_counted_ptr)
        target_compile_definitions(${objects} PRIVATE ${symbol}=tendril_${symbol}_${isa})
      endforeach()
    endif()
    set_target_properties(${objects} PROPERTIES POSITION_INDEPENDENT_CODE ON CXX_EXTENSIONS OFF)
    if(COMMAND tendril_warnings)
      tendril_warnings(${objects})
    endif()
    target_sources(${target} PRIVATE $<TARGET_OBJECTS:${objects}>)
  endforeach()
endfunction()
