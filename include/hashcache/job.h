/* job.h: provisional
   SPDX-License-Identifier: BSD-2-Clause */
#ifndef HASHCACHE_JOB_H
#define HASHCACHE_JOB_H
#include "statistics.h"
enum { HASHCACHE__JOB_ID = 64 };
static inline void hashcache__job_id (char id[HASHCACHE__JOB_ID]) { id[0] = 0; }
static inline int64_t hashcache__job_end (void) { return 0; }
#endif
