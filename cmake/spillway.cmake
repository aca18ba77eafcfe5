# The few rules every target follows: one static library per folder, one unit-test
# binary per module.

# ctest is given twice as many slots as there are cores (./dev): a test takes two, unless most of
# its time is waiting, as for a cluster to notice that a node is gone.
set(SPILLWAY_BUSY 2)

add_library(spillway_options INTERFACE)
target_include_directories(spillway_options INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(spillway_options INTERFACE
  -Wall -Wextra -Wconversion -Wshadow -Werror
  -ffile-prefix-map=${CMAKE_SOURCE_DIR}=. -fno-omit-frame-pointer)
if(SPILLWAY_FUZZ)
  # Coverage feedback inside the libraries; only the fuzz targets link the driver.
  target_compile_options(spillway_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

# spillway_library(<folder> DEPENDS <targets>...): all .cpp of the current folder as one static
# library.
function(spillway_library name)
  cmake_parse_arguments(ARG "" "" "DEPENDS;PRIVATE_DEPENDS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  add_library(spillway_${name} STATIC ${sources})
  target_link_libraries(spillway_${name} PUBLIC spillway_options ${ARG_DEPENDS}
                                         PRIVATE ${ARG_PRIVATE_DEPENDS})
endfunction()

# spillway_test(<name> DEPENDS <targets>...): all .cpp of the current folder as one GoogleTest
# binary.
function(spillway_test name)
  cmake_parse_arguments(ARG "" "" "DEPENDS;LABELS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  add_executable(${name}_test ${sources})
  target_link_libraries(${name}_test PRIVATE ${ARG_DEPENDS}
                        GTest::gtest GTest::gmock GTest::gtest_main)
  # It is the library that is to be what ships; its tests are compiled in half the time without.
  target_compile_options(${name}_test PRIVATE $<$<CONFIG:Release>:-O0>)
  # Relative, and run from the root of the tree: an absolute path would be another compilation in
  # every clone.
  target_compile_definitions(${name}_test PRIVATE SPILLWAY_VECTORS="tests/vectors")
  set(properties TIMEOUT 120 PROCESSORS ${SPILLWAY_BUSY})
  if(ARG_LABELS)
    list(APPEND properties LABELS "${ARG_LABELS}")
  endif()
  gtest_discover_tests(${name}_test TEST_PREFIX "${name}." DISCOVERY_TIMEOUT 60
                       WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}
                       PROPERTIES ${properties})
endfunction()
