/* key_words_of_variables.c: promise: what a variable held before is in the key, unless HASHCACHE_OUT says that the call fills it and the
   call stores to it by name.
   SPDX-License-Identifier: BSD-2-Clause

   same: -DBEFORE=2
   different: -DREAD
   apart: -DREAD | -DREAD -DBEFORE=2
   apart: -DHANDED | -DHANDED -DBEFORE=2
   apart: -DWORD= | -DWORD= -DBEFORE=2 */
#include <hashcache.h>
#include <stdio.h>
#ifndef BEFORE
#define BEFORE 1
#endif
#ifndef WORD
#define WORD HASHCACHE_OUT
#endif
WORD double table[8];
__attribute__ ((noinline)) double total (double *t) { double s = 0; for (int i = 0; i < 8; i++) s += t[i]; return s; }
#ifdef READ
HASHCACHE double sweep (double x) { return table[3] + x; }
#elif defined HANDED
HASHCACHE double sweep (double x) { return total (table) + x; }
#else
HASHCACHE double sweep (double x) { for (int i = 0; i < 8; i++) table[i] = i * x; return table[7]; }
#endif
int main (void) { table[3] = BEFORE; printf ("%g\n", sweep (2)); return 0; }
