/* refuse_inline.c: promise: marked functions may be declared inline, and -Winline says nothing of the bodies that the plugin keeps apart.
   SPDX-License-Identifier: BSD-2-Clause
   to the plugin: -Winline */
#include <hashcache.h>
#include <stdio.h>

HASHCACHE static inline double twice (double x) { return 2 * x; }
HASHCACHE __attribute__ ((always_inline)) static inline double next (double x) { return x + 1; }
HASHCACHE void told (double x) { printf ("%g\n", twice (x) + next (x)); } /* warning: 'told' is cached: a hit will not repeat the output of 'printf' */
