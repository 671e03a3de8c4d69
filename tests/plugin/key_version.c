/* key_version.c: promise: another HASHCACHE_VERSION is another key; conditions and prototypes change none.
   different: -DVERSION=2
   different: -DVERSION=0xfedcba9876543210
   same: -DVERSION=1+0
   same: -DON_PROTOTYPE
   SPDX-License-Identifier: BSD-2-Clause */
#include <hashcache.h>
#include <stdio.h>

#ifndef VERSION
#define VERSION 1
#endif
#ifdef ON_PROTOTYPE
double twice (double x) HASHCACHE_VERSION (VERSION);
HASHCACHE double twice (double x) { return 2 * x; }
#else
HASHCACHE HASHCACHE_VERSION (VERSION) double twice (double x) { return 2 * x; }
#endif

int
main (void)
{
  printf ("%g\n", twice (3));
  return 0;
}
