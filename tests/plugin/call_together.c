/* call_together.c: promise: threads that fill parts of one array, each by a call that is given all of it, do not disturb each other.
   SPDX-License-Identifier: BSD-2-Clause
   warm computes: any */
#include <hashcache.h>
#include <pthread.h>
#include <stdio.h>

enum { THREADS = 4, LENGTH = 500 };

static double written[THREADS * LENGTH], changed[THREADS * LENGTH];
static pthread_barrier_t barrier;

static double
work (long i)
{
  double sum = 0;

  for (int k = 1; k < 500; k++)
    sum += (double) i / k;
  return sum;
}

/* That each call has the array to itself is what the roles say, wrongly. */
HASHCACHE void
write_row (long row, long n, HASHCACHE_INOUT double a[n])
{
  for (long i = row * LENGTH; i < (row + 1) * LENGTH; i++)
    a[i] = work (i);
}

/* Read as well. */
HASHCACHE void
change_row (long row, long n, HASHCACHE_INOUT double a[n])
{
  for (long i = row * LENGTH; i < (row + 1) * LENGTH; i++)
    a[i] += work (i);
}

static void *
run (void *row)
{
  for (int k = 0; k < 5; k++) {
    (void) pthread_barrier_wait (&barrier);
    write_row ((long) row, THREADS * LENGTH, written);
    change_row ((long) row, THREADS * LENGTH, changed);
  }
  return NULL;
}

int
main (void)
{
  pthread_t threads[THREADS];
  double sum = 0;

  pthread_barrier_init (&barrier, NULL, THREADS);
  for (long i = 0; i < THREADS; i++)
    pthread_create (&threads[i], NULL, run, (void *) i);
  for (long i = 0; i < THREADS; i++)
    pthread_join (threads[i], NULL);
  for (long i = 0; i < THREADS * LENGTH; i++)
    sum += (double) (i % 17) * (written[i] + changed[i]);
  printf ("%a\n", sum);
  return 0;
}
