/* version.h: the version of hashcache; the build, the package files and the entries take it from here.
   SPDX-License-Identifier: BSD-2-Clause

   Three numbers as semantic versioning has them. */
#ifndef HASHCACHE_VERSION_H
#define HASHCACHE_VERSION_H

#define HASHCACHE_VERSION_MAJOR 0
#define HASHCACHE_VERSION_MINOR 1
#define HASHCACHE_VERSION_PATCH 0

#define HASHCACHE__VERSION_JOIN(major, minor, patch) #major "." #minor "." #patch
#define HASHCACHE__VERSION_TEXT(major, minor, patch) HASHCACHE__VERSION_JOIN (major, minor, patch)
#define HASHCACHE_VERSION_STRING \
  HASHCACHE__VERSION_TEXT (HASHCACHE_VERSION_MAJOR, HASHCACHE_VERSION_MINOR, HASHCACHE_VERSION_PATCH)

#endif
