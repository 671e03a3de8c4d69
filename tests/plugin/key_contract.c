/* key_contract.c: promise: an entry that was made under one contract is not found under another.
   different: -DOUT
   different: -DLONGER
   different: -DELSEWHERE
   same: -DANNOTATED
   SPDX-License-Identifier: BSD-2-Clause */
#include <hashcache.h>
#include <stdio.h>

#if defined OUT
#define A HASHCACHE_OUT double *a HASHCACHE_COUNT (n)
#elif defined LONGER
#define A double *a HASHCACHE_COUNT (2 * n)
#elif defined ANNOTATED
#define A HASHCACHE_INOUT double *a HASHCACHE_COUNT (n)
#else
#define A double *a HASHCACHE_COUNT (n)
#endif
#ifdef ELSEWHERE
double *b HASHCACHE_IGNORE;
#endif

HASHCACHE void
fill (int n, A)
{
  for (int i = 0; i < n; i++)
    a[i] += i;
#ifdef ELSEWHERE
  if (b)
    b[0] = 1;
#endif
}

int
main (void)
{
  double a[8] = { 0 };
  fill (4, a);
  printf ("%g\n", a[3]);
  return 0;
}
