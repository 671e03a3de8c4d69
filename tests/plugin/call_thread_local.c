/* call_thread_local.c: promise: each thread's variables are those of that thread, in the key and in what a hit restores.
   SPDX-License-Identifier: BSD-2-Clause  */
#include <hashcache.h>
#include <pthread.h>
#include <stdio.h>

static __thread double own = 1;
__thread double table[3] = { 1, 2, 3 };
static _Thread_local struct { int n; double sum; } state;
static __thread double scratch HASHCACHE_IGNORE;

HASHCACHE double scaled (double x)
{
  static __thread int calls_here;
  scratch = x;
  return x * own + table[1] + calls_here;
}

HASHCACHE double filled (int n)
{
  for (int i = 0; i < 3; i++)
    table[i] = n + i;
  state.n += n;
  state.sum += own * n;
  return state.sum;
}

static void
show (const char *who)
{
  printf ("%s: %a %a\n", who, scaled (2), filled (3));
  printf ("%s: %a %a %a %d %a\n", who, table[0], table[1], table[2], state.n, state.sum);
  printf ("%s: %a %a\n", who, scaled (2), filled (3));
}

static void *
other_thread (void *name)
{
  show (name);
  own = 5;
  show (name);
  return NULL;
}

int
main (void)
{
  pthread_t thread;
  show ("main");
  pthread_create (&thread, NULL, other_thread, "other");
  pthread_join (thread, NULL);
  show ("main");
  own = 5;
  show ("main");
  return 0;
}
