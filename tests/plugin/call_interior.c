/* call_interior.c: promise: what looks like the beginning of allocated memory, but is none, is not replaced by fresh memory.
   SPDX-License-Identifier: BSD-2-Clause
   warm computes: 16 */
#include <hashcache.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

/* Whatever follows it looks like a piece of memory of glibc. */
static const long table[64] = { [0 ... 63] = 33 };

HASHCACHE HASHCACHE_RETURNS (3)
const long *
element (long i)
{
  return &table[i];
}

/* Before the array stands its size in bytes, and it holds what could be sizes. */
HASHCACHE HASHCACHE_RETURNS (n) long *
with_header (long n)
{
  const long bytes = 8 * n + 72;
  long *memory = malloc ((size_t) bytes + 16);

  memory[0] = n;
  memory[1] = bytes;
  for (long i = 0; i < bytes / 8; i++)
    memory[i + 2] = 17 + 16 * (i % 4);
  return memory + 2;
}

HASHCACHE HASHCACHE_RETURNS (n) double *
plain (long n, double x)
{
  double *memory = malloc ((size_t) n * sizeof *memory);

  for (long i = 0; i < n; i++)
    memory[i] = x * (double) i;
  return memory;
}

static void *
in_thread (void *number)
{
  double *a = plain (10, *(double *) number), *b = plain (100000, *(double *) number);

  printf ("%g\n", a[9] + b[99999]);
  free (a);
  free (b);
  return NULL;
}

int
main (void)
{
  printf ("%d\n", element (2) == &table[2]);
  for (long n = 30; n < 45; n++) {
    long *a = with_header (n);

    printf ("%ld %ld\n", a[-2], a[n - 1]);
    free (a - 2);
  }
  for (double x = 1; x < 4; x++) {
    pthread_t thread;

    pthread_create (&thread, NULL, in_thread, &x);
    pthread_join (thread, NULL);
  }
  double x = 4;
  in_thread (&x);
  return 0;
}
