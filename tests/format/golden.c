/* golden.c: makes the golden entries, and reads them: an entry that any version has written restores the right values in all later ones.
   SPDX-License-Identifier: BSD-2-Clause

     golden make FILE [COMPRESS]     writes the entry of the call of golden_call.h; compressed as HASHCACHE_COMPRESS names it
     golden read FILE                restores the call from FILE, which may have any name; ends with 0 if all values are right

   An entry that is once here is never made anew: another version of the format gets files of its own. */
#include "golden_call.h"

#define PLACE "cache/objects/601d0000000000000000000000000000/901de700000000000000000000000000.h5"

/* Copies the file FROM to TO. */
static int
copy (const char *from, const char *to)
{
  char command[8192];

  snprintf (command, sizeof command, "mkdir -p \"$(dirname '%s')\" && cp '%s' '%s' && chmod u+w '%s'", to, from, to, to);
  return system (command);
}

static int
make (const char *file)
{
  struct hashcache__block items[N_ITEMS];
  struct hashcache__image before[N_ITEMS];
  struct hashcache__blocks blocks;
  struct call call;
  int published;

  prepare (&call);
  blocks = blocks_of (&call, items);
  memset (before, 0, sizeof before);
  CHECK (hashcache__image_take (&before[I_COUNTER], &items[I_COUNTER]) == 0);
  compute (&call);
  items[I_PARTLY].written = malloc (sizeof call.written); /* the outcome frees it */
  CHECK (items[I_PARTLY].written);
  memcpy (items[I_PARTLY].written, call.written, sizeof call.written);
  published = publish_blocks (&key, &blocks, before, 0.125);
  hashcache__image_free (&before[I_COUNTER]);
  free (call.result);
  CHECK (published == 1);
  CHECK (copy (scratch_path (PLACE), file) == 0);
  return 0;
}

static int
read_back (const char *file)
{
  struct hashcache_statistics statistics;
  struct hashcache__block items[N_ITEMS];
  struct hashcache__blocks blocks;
  struct call call;
  double seconds;
  int wrong;

  CHECK (copy (file, scratch_path (PLACE)) == 0);
  prepare (&call);
  blocks = blocks_of (&call, items);
  CHECK (fetch_blocks (&key, &blocks, &seconds) == 1);
  CHECK (seconds > 0.1249 && seconds < 0.1251);
  wrong = look (&call);
  free (call.result);
  hashcache_stats (&statistics);
  CHECK (statistics.bad_entries == 0);
  return wrong;
}

int
main (int argc, char **argv)
{
  int result = 2;

  make_scratch ();
  use_directory (scratch_path ("cache"));
  if (argc >= 3 && strcmp (argv[1], "make") == 0) {
    if (argc > 3)
      hashcache_set ("COMPRESS", argv[3]);
    result = make (argv[2]);
  } else if (argc == 3 && strcmp (argv[1], "read") == 0) {
    (void) hashcache__directory (1);
    result = read_back (argv[2]);
  } else
    fprintf (stderr, "golden make FILE [COMPRESS] | golden read FILE\n");
  remove_scratch ();
  return result;
}
