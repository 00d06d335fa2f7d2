# Install rules: headers, library, CMake package and pkg-config file.
include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/tendril)

install(TARGETS tendril EXPORT tendrilTargets)
install(EXPORT tendrilTargets NAMESPACE tendril:: DESTINATION ${package_dir})
# Each adapter is an export of its own, so that the package works where only one of the two array libraries is found.
install(TARGETS tendril_eigen EXPORT tendrilEigenTargets)
install(EXPORT tendrilEigenTargets NAMESPACE tendril:: DESTINATION ${package_dir})
if(TARGET tendril_xtensor)
  install(TARGETS tendril_xtensor EXPORT tendrilXtensorTargets)
  install(EXPORT tendrilXtensorTargets NAMESPACE tendril:: DESTINATION ${package_dir})
endif()
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/tendril DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
        FILES_MATCHING PATTERN "*.hpp" PATTERN "*.def")

# A static library leaves it to its users to link oneTBB.
set(TENDRIL_LINKS_TBB 0)
set(TENDRIL_PC_LIBS "")
if(TENDRIL_HAS_TBB AND NOT BUILD_SHARED_LIBS)
  set(TENDRIL_LINKS_TBB 1)
  string(APPEND TENDRIL_PC_LIBS " -ltbb")
endif()
if(TENDRIL_HAS_LIBMVEC AND NOT BUILD_SHARED_LIBS)
  string(APPEND TENDRIL_PC_LIBS " -lmvec")
endif()
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/tendrilConfig.cmake.in ${PROJECT_BINARY_DIR}/tendrilConfig.cmake
                              INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/tendrilConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/tendrilConfig.cmake ${PROJECT_BINARY_DIR}/tendrilConfigVersion.cmake DESTINATION ${package_dir})

# The prefix is relative to the file itself, so that an installed tree can be moved.
file(RELATIVE_PATH pc_prefix /p/${CMAKE_INSTALL_LIBDIR}/pkgconfig /p)
string(REGEX REPLACE "/$" "" pc_prefix "${pc_prefix}")
configure_file(${CMAKE_CURRENT_LIST_DIR}/tendril.pc.in ${PROJECT_BINARY_DIR}/tendril.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/tendril.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
