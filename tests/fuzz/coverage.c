/* coverage.c: which branches an input has taken that none before it took. Compiled without what it serves.
   SPDX-License-Identifier: BSD-2-Clause */
#include "coverage.h"

#include <stdint.h>
#include <string.h>

enum { EDGES = 1 << 16 };

static unsigned char known[EDGES], met[EDGES];
static uintptr_t before;
static int watching;

void __sanitizer_cov_trace_pc (void);

/* GCC calls it in each block of the program (-fsanitize-coverage=trace-pc). */
void
__sanitizer_cov_trace_pc (void)
{
  const uintptr_t here = (uintptr_t) __builtin_return_address (0);

  if (!watching)
    return;
  met[(here ^ (before << 1)) % EDGES] = 1;
  before = here;
}

void
coverage_begin (void)
{
  memset (met, 0, sizeof met);
  before = 0;
  watching = 1;
}

int
coverage_end (void)
{
  int n = 0;

  watching = 0;
  for (int i = 0; i < EDGES; i++)
    if (met[i] && !known[i]) {
      known[i] = 1;
      n++;
    }
  return n;
}
