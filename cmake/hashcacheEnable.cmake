# hashcacheEnable.cmake: hashcache_enable (TARGET...) compiles the C files of targets with the plugin and links the runtime's needs.
# SPDX-License-Identifier: BSD-2-Clause
#
# Works alike in hashcache's own build, in a project that holds hashcache as a subproject, and with the installed package. With
# a compiler that the plugin was not built for the targets are built as if the annotations were not there, and a warning says so.

function (hashcache_enable)
  foreach (target IN LISTS ARGN)
    target_link_libraries (${target} PRIVATE hashcache::hashcache)
    if (NOT TARGET hashcache::plugin)
      message (WARNING "hashcache: no plugin for ${CMAKE_C_COMPILER}: ${target} is built without caching")
      continue ()
    endif ()
    target_compile_options (${target} PRIVATE "$<$<COMPILE_LANGUAGE:C>:-fplugin=$<TARGET_FILE:hashcache::plugin>>")
    if (TARGET hashcache_plugin)
      # A plugin that is built along: what it compiles is compiled again when it changes.
      get_target_property (sources ${target} SOURCES)
      get_target_property (directory hashcache_plugin LIBRARY_OUTPUT_DIRECTORY)
      set_property (SOURCE ${sources} APPEND PROPERTY OBJECT_DEPENDS "${directory}/hashcache.so")
      add_dependencies (${target} hashcache_plugin)
    endif ()
  endforeach ()
endfunction ()
