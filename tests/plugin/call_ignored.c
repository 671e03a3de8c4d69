/* Memory that the call has allocated and a hit allocates anew: what is ignored in it is NULL or 0 there, whatever the heap held before.
   SPDX-License-Identifier: BSD-2-Clause */
#include <hashcache.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct level {
  int n;
  double *u HASHCACHE_COUNT (n);
  double *scratch HASHCACHE_IGNORE;
  long calls HASHCACHE_IGNORE;
};

HASHCACHE HASHCACHE_RETURNS (1) struct level *create (int n)
{
  struct level *level = calloc (1, sizeof *level);

  level->n = n;
  level->u = malloc ((size_t) n * sizeof *level->u);
  for (int i = 0; i < n; i++)
    level->u[i] = 1.0 / (i + 1);
  return level;
}

HASHCACHE HASHCACHE_RETURNS (1) struct level *create_aligned (int n)
{
  struct level *level = aligned_alloc (256, 256);

  memset (level, 0, 256);
  level->n = n;
  return level;
}

int
main (void)
{
  for (int n = 1; n < 4; n++) {
    void *dirty[8];

    for (int i = 0; i < 8; i++)
      memset (dirty[i] = i % 2 ? malloc (sizeof (struct level)) : aligned_alloc (256, 256), 0x55, sizeof (struct level));
    for (int i = 0; i < 8; i++)
      free (dirty[i]);
    struct level *level = create (n), *aligned = create_aligned (n);
    printf ("%d %g %d %ld\n", level->n, level->u[n - 1], level->scratch == NULL, level->calls);
    printf ("%d %d %ld\n", aligned->n, aligned->scratch == NULL, aligned->calls);
    free (level->scratch);
    free (level->u);
    free (level);
    free (aligned->scratch);
    free (aligned);
  }
}
