/* damaged.c: a call that meets a damaged entry is right all the same, and leaves a good one.
   SPDX-License-Identifier: BSD-2-Clause

     damaged [STRIDE]

   For the entry of each kind of result: a bit of each byte is flipped (of every STRIDE-th), and the file is cut off at each length. The call
   finds what was stored, or computes it; then the entry is counted, moved to quarantine/, and stored anew, so that the next call finds it.
   The user hears of it once. */
#define _GNU_SOURCE
#define HASHCACHE_IMPLEMENTATION
#include <hashcache.h>

#include "../scratch.h"
#include "calls.h"
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <unistd.h>

enum { KEY = 3, MOST = 1 << 17 };

static char entry_path[4600], messages[4200], quarantine[4200];
static unsigned char entry[MOST];
static size_t entry_size;
static long n_found, n_computed;
static struct hashcache_statistics before;

static int
meet_file (const char *path, const struct stat *status, int kind, struct FTW *walk)
{
  (void) walk;
  if (kind != FTW_F || !names_entry (path))
    return 0;
  snprintf (entry_path, sizeof entry_path, "%s", path);
  entry_size = (size_t) status->st_size;
  return 0;
}

/* Files in quarantine/, which are then removed. */
static int
empty_quarantine (void)
{
  DIR *stream = opendir (quarantine);
  struct dirent *item;
  int n = 0;

  while (stream && (item = readdir (stream)))
    if (item->d_name[0] != '.')
      n += unlinkat (dirfd (stream), item->d_name, 0) == 0;
  if (stream)
    closedir (stream);
  return n;
}

static int
fail (const char *function, const char *what, size_t at, const char *why)
{
  printf ("FAILED: %s, %s %zu: %s\n", function, what, at, why);
  return 1;
}

/* Calls function F, whose entry has been damaged in the way that WHAT and AT say. *FOUND: it was good all the same. */
static int
call_once (size_t f, const char *what, size_t at, int *found)
{
  struct hashcache_statistics after;

  hashcache_drop_memory ();
  hashcache_stats (&before);
  if (calls[f](KEY))
    return fail (calls_names[f], what, at, "wrong result");
  hashcache_stats (&after);
  *found = after.hits_store == before.hits_store + 1;
  if (*found)
    return after.bad_entries != before.bad_entries || after.computed != before.computed
               ? fail (calls_names[f], what, at, "found, and miscounted")
               : 0;
  if (after.bad_entries != before.bad_entries + 1 || after.stored != before.stored + 1)
    return fail (calls_names[f], what, at, "not counted, or not stored anew");
  return empty_quarantine () != 1 ? fail (calls_names[f], what, at, "not in quarantine") : 0;
}

static int
meet (size_t f, const char *what, size_t at)
{
  int found;

  if (call_once (f, what, at, &found))
    return 1;
  n_found += found;
  n_computed += !found;
  if (found)
    return 0;
  if (call_once (f, what, at, &found))
    return 1;
  return found ? 0 : fail (calls_names[f], what, at, "not found again");
}

static int
write_entry (size_t n)
{
  const int fd = open (entry_path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
  const int failed = fd < 0 || write (fd, entry, n) != (ssize_t) n;

  if (fd >= 0)
    close (fd);
  return failed;
}

/* All that can happen to the entry of function F. */
static int
damage (size_t f, size_t stride)
{
  int fd;

  (void) remove_tree (scratch);
  hashcache_drop_memory ();
  if (mkdir (scratch, 0700) != 0 || calls[f](KEY) || nftw (scratch, meet_file, 16, FTW_PHYS) != 0 || entry_size > MOST)
    return fail (calls_names[f], "no entry", 0, "");
  fd = open (entry_path, O_RDONLY);
  if (fd < 0 || read (fd, entry, entry_size) != (ssize_t) entry_size)
    return fail (calls_names[f], "no entry", 0, "");
  close (fd);
  for (size_t i = 0; i < entry_size; i += stride) {
    entry[i] ^= (unsigned char) (1u << (i / stride % 8));
    if (write_entry (entry_size) || meet (f, "flipped byte", i))
      return 1;
    entry[i] ^= (unsigned char) (1u << (i / stride % 8));
  }
  for (size_t n = 0; n < entry_size; n += 5 * stride)
    if (write_entry (n) || meet (f, "length", n))
      return 1;
  return 0;
}

/* How many lines of FILE have TEXT. */
static int
count_lines (const char *file, const char *text)
{
  FILE *stream = fopen (file, "r");
  char line[8192];
  int n = 0;

  while (stream && fgets (line, sizeof line, stream))
    n += strstr (line, text) != NULL;
  if (stream)
    fclose (stream);
  return n;
}

int
main (int argc, char **argv)
{
  const size_t stride = argc > 1 ? (size_t) strtoul (argv[1], NULL, 10) : 1;
  int failed = 0, said;

  if (stride < 1 || begin_scratch () != 0)
    return 2;
  snprintf (messages, sizeof messages, "%s.messages", scratch);
  snprintf (quarantine, sizeof quarantine, "%s/quarantine", scratch);
  if (!freopen (messages, "w", stderr))
    return 2;
  hashcache_set ("DIR", scratch);
  for (size_t f = 0; f + 1 < CALLS_FUNCTIONS && !failed; f++) /* the last one calls another */
    failed = damage (f, stride);
  said = count_lines (messages, "is set aside");
  if (!failed && said != 1)
    failed = fail ("all", "messages", (size_t) said, "the user should hear of it once");
  (void) remove_tree (scratch);
  (void) remove (messages);
  printf ("%ld found, %ld computed, %d failed\n", n_found, n_computed, failed);
  return failed || n_computed == 0 ? 1 : 0;
}
