/* refuse_atomics.c: promise: what other threads may see change while the body runs is not restored behind their back.
   SPDX-License-Identifier: BSD-2-Clause */
#include <hashcache.h>

static int counted;
static int by_builtin;

static void add (double *x, double y) { __atomic_store_n ((long *) x, (long) y, __ATOMIC_RELAXED); } /* error: 'in_helper' cannot be cached: it changes memory atomically, which a hit could not do {atomic} */
HASHCACHE int sync_and (int n) { return __sync_fetch_and_add (&counted, n); } /* error: 'sync_and' cannot be cached: it changes memory atomically, which a hit could not do {atomic} */
HASHCACHE int atomic_add (int n) { return __atomic_fetch_add (&by_builtin, n, __ATOMIC_SEQ_CST); } /* error: 'atomic_add' cannot be cached: it changes memory atomically, which a hit could not do {atomic} */
HASHCACHE int through_argument (int x[1]) { return __atomic_exchange_n (x, 1, __ATOMIC_SEQ_CST); } /* error: 'through_argument' cannot be cached: it changes memory atomically, which a hit could not do {atomic} */
HASHCACHE double in_helper (double x[1]) { add (x, 3); return x[0]; } /* note: 'add' is called here by 'in_helper' */
HASHCACHE int own (int n) { int mine = n; __atomic_fetch_add (&mine, 2, __ATOMIC_SEQ_CST); return mine; }
