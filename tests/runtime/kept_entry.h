/* kept_entry.h: the bytes of the sample call's entry, for tests that damage it. After make_scratch of sample_call.h.
   SPDX-License-Identifier: BSD-2-Clause */
#ifndef KEPT_ENTRY_H
#define KEPT_ENTRY_H

#include "sample_call.h"

static unsigned char *entry_bytes;
static size_t entry_size;

static const char *
entry_path (void)
{
  return scratch_path ("cache/" SAMPLE_ENTRY);
}

/* Keeps what has been published. */
static void
keep_entry (void)
{
  enum { MOST = 1 << 20 };
  FILE *file = fopen (entry_path (), "rb");

  assert_non_null (file);
  entry_bytes = malloc (MOST);
  assert_non_null (entry_bytes);
  entry_size = fread (entry_bytes, 1, MOST, file);
  assert_in_range (entry_size, 1, MOST - 1);
  entry_bytes = realloc (entry_bytes, entry_size); /* so that sanitizers see who reads too far */
  assert_non_null (entry_bytes);
  assert_int_equal (fclose (file), 0);
}

/* Tears down a test that has kept an entry. */
static int
forget_entry (void **state)
{
  (void) state;
  free (entry_bytes);
  remove_scratch ();
  return 0;
}

/* Puts N BYTES in the place of the entry. */
static void
write_entry (const unsigned char *bytes, size_t n)
{
  FILE *file = fopen (entry_path (), "wb");

  assert_non_null (file);
  assert_int_equal (fwrite (bytes, 1, n, file), n);
  assert_int_equal (fclose (file), 0);
}

static void
empty_quarantine (void)
{
  char command[1024];

  snprintf (command, sizeof command, "rm -rf '%s/cache/quarantine'", scratch);
  assert_int_equal (system (command), 0);
}

#endif
