# hashcacheDependencies.cmake: finds HDF5 and xxHash for hashcache's own build and for projects that use the installed copy.
# SPDX-License-Identifier: BSD-2-Clause
#
# Gives the target hashcache::storage, and for the pkg-config file the variables HASHCACHE_STORAGE_INCLUDES and
# HASHCACHE_STORAGE_LINK. The serial HDF5 is preferred: entries are written by one process at a time, and the serial library
# of most distributions is thread-safe while the parallel one is not. HDF5_ROOT, where set, is obeyed before everything else.

find_package (Threads REQUIRED)
find_path (HASHCACHE_XXHASH_INCLUDE xxhash.h)
find_library (HASHCACHE_XXHASH_LIBRARY xxhash)
mark_as_advanced (HASHCACHE_XXHASH_INCLUDE HASHCACHE_XXHASH_LIBRARY)
if (NOT HASHCACHE_XXHASH_INCLUDE OR NOT HASHCACHE_XXHASH_LIBRARY)
  message (FATAL_ERROR "hashcache needs xxHash: install libxxhash-dev (apt), xxhash-devel (dnf) or xxhash (spack)")
endif ()

set (HASHCACHE_STORAGE_INCLUDES "")
set (HASHCACHE_STORAGE_LIBRARIES "")
set (HASHCACHE_STORAGE_LINK "")
if (NOT HDF5_ROOT AND NOT DEFINED ENV{HDF5_ROOT})
  find_package (PkgConfig QUIET)
  if (PkgConfig_FOUND)
    pkg_search_module (HASHCACHE_HDF5 QUIET hdf5-serial hdf5)
  endif ()
  if (HASHCACHE_HDF5_FOUND)
    set (HASHCACHE_STORAGE_INCLUDES ${HASHCACHE_HDF5_INCLUDE_DIRS})
    set (HASHCACHE_STORAGE_LIBRARIES ${HASHCACHE_HDF5_LINK_LIBRARIES})
    set (HASHCACHE_STORAGE_LINK ${HASHCACHE_HDF5_LDFLAGS})
  endif ()
endif ()
if (NOT HASHCACHE_STORAGE_LIBRARIES)
  set (HDF5_PREFER_PARALLEL FALSE)
  find_package (HDF5 QUIET COMPONENTS C)
  if (NOT HDF5_FOUND)
    message (FATAL_ERROR "hashcache needs HDF5: install libhdf5-dev (apt), hdf5-devel (dnf) or hdf5 (spack), "
             "or say where it is with -DHDF5_ROOT=")
  endif ()
  set (HASHCACHE_STORAGE_INCLUDES ${HDF5_C_INCLUDE_DIRS})
  set (HASHCACHE_STORAGE_LIBRARIES ${HDF5_C_LIBRARIES})
  # A shared library brings along itself what else h5cc names.
  list (FILTER HASHCACHE_STORAGE_LIBRARIES INCLUDE REGEX "/libhdf5[^/]*\\.so")
  if (NOT HASHCACHE_STORAGE_LIBRARIES)
    set (HASHCACHE_STORAGE_LIBRARIES ${HDF5_C_LIBRARIES})
  endif ()
  set (HASHCACHE_STORAGE_LINK ${HASHCACHE_STORAGE_LIBRARIES})
endif ()

if (NOT TARGET hashcache::storage)
  add_library (hashcache::storage INTERFACE IMPORTED GLOBAL)
  set_target_properties (
    hashcache::storage PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "${HASHCACHE_STORAGE_INCLUDES};${HASHCACHE_XXHASH_INCLUDE}"
                                  INTERFACE_LINK_LIBRARIES "${HASHCACHE_STORAGE_LIBRARIES};${HASHCACHE_XXHASH_LIBRARY}")
endif ()
