# install.cmake: what `cmake --install` puts where.
# SPDX-License-Identifier: BSD-2-Clause
#
#   <includedir>/hashcache.h, <includedir>/hashcache/          the runtime
#   <includedir>/hashcache_mpi.h, <includedir>/hashcache_mpi/  the same for MPI programs
#   <libdir>/hashcache/gcc-<major>/hashcache.so                the plugin: see gcc-plugin/CMakeLists.txt
#   <libdir>/cmake/hashcache/, <libdir>/pkgconfig/             find_package (hashcache), pkg-config hashcache, hashcache-mpi
#   <docdir>/                                                  licences
#
# Everything follows the prefix that `cmake --install --prefix` gives, and DESTDIR. What needs to know the prefix itself, the
# pkg-config files and the link by which GCC finds the plugin, is made at that time by install-script.cmake.in.
include (CMakePackageConfigHelpers)

install (DIRECTORY include/ mpi/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
install (FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install (FILES gcc-plugin/COPYING DESTINATION ${CMAKE_INSTALL_DOCDIR})

set (package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/hashcache)
install (TARGETS hashcache hashcache_mpi EXPORT hashcacheTargets)
install (EXPORT hashcacheTargets NAMESPACE hashcache:: DESTINATION ${package_dir})

if (HASHCACHE_PLUGIN_DIR)
  set (hashcache_installed_plugin "${HASHCACHE_PLUGIN_DIR}/hashcache.so")
elseif (IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}")
  set (hashcache_installed_plugin "${CMAKE_INSTALL_LIBDIR}/hashcache/gcc-\${hashcache_major}/hashcache.so")
else ()
  set (hashcache_installed_plugin "\${PACKAGE_PREFIX_DIR}/${CMAKE_INSTALL_LIBDIR}/hashcache/gcc-\${hashcache_major}/hashcache.so")
endif ()
configure_package_config_file (cmake/hashcacheConfig.cmake.in ${PROJECT_BINARY_DIR}/package/hashcacheConfig.cmake
                               INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file (${PROJECT_BINARY_DIR}/package/hashcacheConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install (FILES ${PROJECT_BINARY_DIR}/package/hashcacheConfig.cmake ${PROJECT_BINARY_DIR}/package/hashcacheConfigVersion.cmake
               cmake/hashcacheDependencies.cmake cmake/hashcacheEnable.cmake
         DESTINATION ${package_dir})

# For the pkg-config file: flags of what hashcache needs. xxHash has a module of its own where its own build system installed one.
find_package (PkgConfig QUIET)
set (pc_requires "")
set (pc_libs ${HASHCACHE_STORAGE_LINK})
set (pc_includes ${HASHCACHE_STORAGE_INCLUDES})
if (PkgConfig_FOUND)
  pkg_check_modules (HASHCACHE_XXHASH_MODULE QUIET libxxhash)
endif ()
if (HASHCACHE_XXHASH_MODULE_FOUND)
  set (pc_requires libxxhash)
else ()
  list (APPEND pc_includes ${HASHCACHE_XXHASH_INCLUDE})
  list (APPEND pc_libs ${HASHCACHE_XXHASH_LIBRARY})
endif ()
list (REMOVE_ITEM pc_includes /usr/include)
list (TRANSFORM pc_includes PREPEND -I)
list (JOIN pc_includes " " pc_cflags)
list (JOIN pc_libs " " pc_libs)

configure_file (cmake/install-script.cmake.in ${PROJECT_BINARY_DIR}/install-script.cmake @ONLY)
install (SCRIPT ${PROJECT_BINARY_DIR}/install-script.cmake)
