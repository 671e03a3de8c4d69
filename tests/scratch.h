/* scratch.h: a directory of the test's own, below $TMPDIR or /tmp.
   SPDX-License-Identifier: BSD-2-Clause */
#ifndef SCRATCH_H
#define SCRATCH_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *mkdtemp (char *);

#ifndef SCRATCH_SIZE
#define SCRATCH_SIZE 4096
#endif

static char scratch[SCRATCH_SIZE];

/* Makes it, and its name: 0, or -1. */
static inline int
begin_scratch (void)
{
  const char *base = getenv ("TMPDIR");

  snprintf (scratch, sizeof scratch, "%s/hashcache-test-XXXXXX", base && *base ? base : "/tmp");
  return mkdtemp (scratch) ? 0 : -1;
}

/* Whether PATH is that of an entry that is in its place. */
static inline int
names_entry (const char *path)
{
  const size_t n = strlen (path);

  return n >= 3 && strcmp (path + n - 3, ".h5") == 0 && !strstr (path, "/quarantine/");
}

#ifdef FTW_PHYS /* not in strict C11 */

static inline int
remove_one (const char *path, const struct stat *status, int kind, struct FTW *walk)
{
  (void) status, (void) kind, (void) walk;
  return remove (path);
}

/* Removes PATH and all that is in it. */
static inline int
remove_tree (const char *path)
{
  return nftw (path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

#endif

#endif
