# Installs and builds the dashboard outside the source tree:
#   cmake -D NPM=npm -D NODE=node -D SOURCE=dashboard -D STAGE=build/dashboard [-D OUTPUT=x.cpp]
#         -P stage.cmake
# Copies SOURCE to STAGE, runs `npm ci` there if the lock file changed, and with OUTPUT builds it if
# a source changed and writes what came out as C++. One at a time, whoever else is building.
cmake_minimum_required(VERSION 3.25)

get_filename_component(SOURCE ${SOURCE} ABSOLUTE)
get_filename_component(STAGE ${STAGE} ABSOLUTE)
# npm's scripts find the node beside it, and no newer one in the PATH.
get_filename_component(bin ${NPM} DIRECTORY)
set(ENV{PATH} "${bin}:$ENV{PATH}")

function(run)
  execute_process(COMMAND ${ARGN} WORKING_DIRECTORY ${STAGE} RESULT_VARIABLE failed
                  OUTPUT_VARIABLE said ERROR_VARIABLE said)
  if(failed)
    message(FATAL_ERROR "${said}\nin ${STAGE}: ${ARGN} failed")
  endif()
endfunction()

file(MAKE_DIRECTORY ${STAGE})
file(LOCK ${STAGE}/lock TIMEOUT 900)

# What belongs to it, and none of what a developer's own `npm ci` left beside it.
file(GLOB_RECURSE sources RELATIVE ${SOURCE} ${SOURCE}/src/* ${SOURCE}/tests/*)
file(GLOB top RELATIVE ${SOURCE} ${SOURCE}/*.json ${SOURCE}/*.ts ${SOURCE}/*.js ${SOURCE}/*.mjs
     ${SOURCE}/index.html)
set(hashes "")
foreach(name ${sources} ${top})
  file(SHA256 ${SOURCE}/${name} hash)
  string(APPEND hashes "${hash} ${name}\n")
endforeach()

file(REMOVE_RECURSE ${STAGE}/src ${STAGE}/tests)
foreach(name ${sources} ${top})
  get_filename_component(folder ${STAGE}/${name} DIRECTORY)
  file(COPY ${SOURCE}/${name} DESTINATION ${folder})
endforeach()

file(SHA256 ${SOURCE}/package-lock.json locked)
set(installed "")
if(EXISTS ${STAGE}/installed)
  file(READ ${STAGE}/installed installed)
endif()
if(NOT installed STREQUAL locked)
  message("Installing with npm into ${STAGE}: dashboard/package.json")
  file(REMOVE ${STAGE}/installed)
  run(${NPM} ci --ignore-scripts --no-audit --no-fund)
  file(WRITE ${STAGE}/installed ${locked})
endif()

if(NOT OUTPUT)
  return()
endif()
set(built "")
if(EXISTS ${STAGE}/built)
  file(READ ${STAGE}/built built)
endif()
if(NOT built STREQUAL hashes)
  file(REMOVE ${STAGE}/built)
  run(${NPM} run build)
  run(${NODE} embed.mjs dist files.cpp)
  file(WRITE ${STAGE}/built "${hashes}")
endif()
file(COPY_FILE ${STAGE}/files.cpp ${OUTPUT} ONLY_IF_DIFFERENT)
