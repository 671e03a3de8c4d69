/* implementation.h: the part of the runtime that speaks MPI.
   SPDX-License-Identifier: BSD-2-Clause */
#ifndef HASHCACHE_MPI_IMPLEMENTATION_H
#define HASHCACHE_MPI_IMPLEMENTATION_H

#ifndef HASHCACHE_OWN_WARNINGS
#pragma GCC system_header
#endif

#include "attach.h"

#endif
