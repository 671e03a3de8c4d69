/* implementation.h: the runtime, as one C file of a program carries it.
   SPDX-License-Identifier: BSD-2-Clause

   Included by hashcache.h where HASHCACHE_IMPLEMENTATION is defined. The user's warnings are for the user's code; hashcache's own
   tests define HASHCACHE_OWN_WARNINGS and get them for these files too. */
#ifndef HASHCACHE_IMPLEMENTATION_H
#define HASHCACHE_IMPLEMENTATION_H

#ifndef HASHCACHE_OWN_WARNINGS
#pragma GCC system_header
#endif

#include "strerror.h"

#include "call.h"
#include "dump.h"

#endif
