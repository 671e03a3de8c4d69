/* test_bad_entries.c: whatever has happened to an entry, a fetch either restores exactly what was stored, or is a miss that leaves
   the call's inputs as they were.
   SPDX-License-Identifier: BSD-2-Clause

   Damaged entries are counted and set aside, and the next computation stores a good one. Nothing in a file, however crafted,
   makes us read or write out of bounds: to be run under the address sanitizer. */
#include "kept_entry.h"
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>

#ifndef MAP_ANONYMOUS
#define MAP_ANONYMOUS 0x20
#endif

enum { ROUNDS = 200 };

static struct sample computed;

static int
set_up (void **state)
{
  struct sample s;

  (void) state;
  hashcache_set ("VERBOSE", "0");
  make_scratch ();
  use_directory (scratch_path ("cache"));
  assert_int_equal (sample_publish (&s), 1);
  keep_entry ();
  sample_before (&computed);
  sample_compute (&computed);
  return 0;
}

/* All that is in the key, and all INOUT memory, is as before the call. */
static int
inputs_untouched (struct sample *s)
{
  struct sample fresh;

  sample_before (&fresh);
  memcpy (s->forces, fresh.forces, sizeof fresh.forces); /* OUT: may hold anything */
  memcpy (s->grid, fresh.grid, sizeof fresh.grid);
  s->result = fresh.result;
  return sample_equal (s, &fresh);
}

/* Fetches what is now under the entry's name, and demands a right result or a miss; returns whether it was a hit. */
static int
fetch_is_right_or_a_miss (void)
{
  struct sample s;
  double seconds = -1;
  struct hashcache_statistics before, after;
  int hit;

  hashcache_stats (&before);
  hit = sample_fetch (&s, &seconds);
  hashcache_stats (&after);
  if (hit) {
    assert_true (sample_equal (&s, &computed));
    assert_true (seconds > 1.499 && seconds < 1.501);
    assert_int_equal (after.bad_entries, before.bad_entries);
  } else {
    assert_true (inputs_untouched (&s));
    assert_int_equal (after.bad_entries, before.bad_entries + 1);
    assert_int_not_equal (access (entry_path (), F_OK), 0); /* set aside */
  }
  return hit;
}

/* Where the HDF5 file in the entry ends, by its superblock: what is behind that belongs to nobody. */
static uint64_t
end_of_hdf5 (void)
{
  static const unsigned char signature[8] = { 0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n' };
  size_t block = 512;

  while (memcmp (entry_bytes + block, signature, 8) != 0)
    block *= 2;
  return hashcache__get_u64 (entry_bytes + block + 40);
}

static void
a_truncated_entry_is_a_miss (void **state)
{
  (void) state;
  for (size_t n = 0; n < entry_size; n += n < 600 || n + 8 > entry_size ? 1 : 509) {
    const int hit = (write_entry (entry_bytes, n), fetch_is_right_or_a_miss ());

    if (n < end_of_hdf5 ())
      assert_false (hit);
  }
  empty_quarantine ();
}

/* The index does not fit any more, but HDF5 can tell where all is. */
static void
a_longer_entry_is_read_through_hdf5 (void **state)
{
  unsigned char *longer = calloc (1, entry_size + 1);

  (void) state;
  assert_non_null (longer);
  memcpy (longer, entry_bytes, entry_size);
  write_entry (longer, entry_size + 1);
  assert_true (fetch_is_right_or_a_miss ());
  assert_int_equal (unlink (entry_path ()), 0);
  free (longer);
}

/* Flips a bit of byte I, in place: the file is not written anew for each of some ten thousand bytes. */
static void
flip_byte (size_t i)
{
  const int fd = open (entry_path (), O_WRONLY);

  assert_true (fd >= 0);
  entry_bytes[i] ^= (unsigned char) (1u << (i % 8));
  assert_int_equal (pwrite (fd, entry_bytes + i, 1, (off_t) i), 1);
  close (fd);
}

/* Bytes of the index and of the outputs matter, those of inputs and HDF5's own do not. */
static void
each_flipped_byte_is_harmless (void **state)
{
  const uint64_t index_size = hashcache__get_u64 (entry_bytes + 40);
  size_t hits = 0, misses = 0;

  (void) state;
  write_entry (entry_bytes, entry_size);
  for (size_t i = 0; i < entry_size; i++) {
    int hit;

    if (access (entry_path (), F_OK) != 0)
      write_entry (entry_bytes, entry_size);
    flip_byte (i);
    hit = fetch_is_right_or_a_miss ();
    if (hit)
      flip_byte (i);
    else
      entry_bytes[i] ^= (unsigned char) (1u << (i % 8));
    if (i < index_size)
      assert_false (hit);
    hits += hit != 0;
    misses += hit == 0;
    if (misses % 500 == 0)
      empty_quarantine ();
  }
  empty_quarantine ();
  /* 7 outputs: forces, grid, points, counter, global grid, return. */
  assert_int_equal (misses, index_size + 8 * (12 + 6) + 3 * PADDED_SIZE + 8 + 16 + 8);
  assert_int_equal (hits + misses, entry_size);
}

/* An index that is consistent in itself, by somebody who can compute digests. */
static void
a_hostile_index_is_a_miss (void **state)
{
  static const uint64_t values[] = { 0,
                                     1,
                                     15,
                                     16,
                                     87,
                                     88,
                                     511,
                                     4096,
                                     UINT64_C (1) << 31,
                                     UINT64_C (1) << 32,
                                     UINT64_C (1) << 62,
                                     UINT64_C (1) << 63,
                                     UINT64_MAX - 7,
                                     UINT64_MAX };
  const uint64_t size = hashcache__get_u64 (entry_bytes + 40);
  const uint64_t pieces = HASHCACHE__INDEX_HEADER + 8 * hashcache__get_u64 (entry_bytes + 96);
  unsigned char *hostile = malloc (entry_size);

  (void) state;
  assert_non_null (hostile);
  for (size_t field = 16; field + 24 <= size; field += 8)
    for (size_t v = 0; v < LENGTH (values); v++) {
      struct hashcache__digest digest;

      if (field == 72) /* how long computing took may be anything */
        continue;
      if (field == 16 || field == 24) /* it is another version's: see below */
        continue;
      memcpy (hostile, entry_bytes, entry_size);
      hashcache__put_u64 (hostile + field, values[v]);
      if (memcmp (hostile, entry_bytes, size) == 0)
        continue;
      digest = hashcache__digest_of (hostile, (size_t) size - 16);
      memcpy (hostile + size - 16, digest.bytes, 16);
      write_entry (hostile, entry_size);
      if (fetch_is_right_or_a_miss ()) /* the index does not fit the file: HDF5 is asked, and its copy; or it is about the rest of it */
        assert_true (field == 48 || field >= pieces);
    }
  empty_quarantine ();
  free (hostile);
}

/* Whether pieces of SIZE bytes at the OFFSETS may be in a file of FILE_SIZE. */
static int
pieces_may_lie (const uint64_t offsets[3], uint64_t size, uint64_t file_size)
{
  unsigned char index[HASHCACHE__INDEX_HEADER + 7 * 16] = { 0 };
  struct hashcache__index_shape shape = { .pieces = 3, .digests = 3 };

  assert_int_equal (hashcache__index_add_up (&shape), 0);
  assert_int_equal (shape.size, sizeof index);
  for (uint64_t i = 0; i < 3; i++) {
    hashcache__put_u64 (hashcache__index_piece (index, &shape, i), offsets[i]);
    hashcache__put_u64 (hashcache__index_piece (index, &shape, i) + 8, size);
  }
  return hashcache__index_is_inside (index, &shape, file_size);
}

/* A small file cannot claim to hold much. */
static void
pieces_lie_beside_each_other (void **state)
{
  (void) state;
  assert_true (pieces_may_lie ((uint64_t[]){ 1000, 2000, 3000 }, 1000, 4000));
  assert_true (pieces_may_lie ((uint64_t[]){ 0, 4000, 0 }, 0, 4000));
  assert_false (pieces_may_lie ((uint64_t[]){ 1000, 2000, 3000 }, 1000, 3999));
  assert_false (pieces_may_lie ((uint64_t[]){ 1000, 2000, 100 }, 500, 4000));
  assert_false (pieces_may_lie ((uint64_t[]){ 1000, 1000, 1000 }, 1500, 4000));
  assert_false (pieces_may_lie ((uint64_t[]){ 1000, 2000, UINT64_MAX - 10 }, 1000, 4000));
  assert_false (pieces_may_lie ((uint64_t[]){ 1000, 1000, 1000 }, UINT64_MAX - 500, 4000));
}

/* Old and new versions use one directory: what one cannot read is good for the other. It stays, nothing is stored in its place, and a
   call is computed. The same holds for what a machine of another byte order has written. */
static void
what_others_can_read_is_left_alone (void **state)
{
  static const struct {
    size_t field;
    uint64_t value;
  } rows[] = { { 16, 2 }, { 16, HASHCACHE__INDEX_VERSION + 1 }, { 16, UINT64_MAX }, { 32, UINT64_C (0x0807060504030201) } };
  unsigned char *other = malloc (entry_size);

  (void) state;
  assert_non_null (other);
  for (size_t i = 0; i < LENGTH (rows); i++) {
    struct hashcache_statistics before, after;
    struct sample s;
    double seconds;

    memcpy (other, entry_bytes, entry_size);
    memset (other + 40, 0xff, 400); /* whatever that means in another version */
    memcpy (other + rows[i].field, &rows[i].value, 8);
    hashcache__put_u64 (other + 24, hashcache__index_check (other));
    write_entry (other, entry_size);
    hashcache_stats (&before);
    assert_int_equal (sample_fetch (&s, &seconds), 0);
    assert_true (inputs_untouched (&s));
    hashcache_stats (&after);
    assert_int_equal (after.bad_entries, before.bad_entries);
    assert_int_equal (sample_publish (&s), 0);
    hashcache_stats (&after);
    assert_int_equal (after.store_failures, before.store_failures + 1);
    assert_int_equal (after.stored, before.stored);
    assert_int_equal (access (entry_path (), F_OK), 0);
  }
  assert_int_equal (unlink (entry_path ()), 0);
  free (other);
}

/* What says of itself that it is of another version, and is not even whole there, is damaged. */
static void
a_damaged_version_is_a_miss (void **state)
{
  unsigned char *other = malloc (entry_size);

  (void) state;
  assert_non_null (other);
  for (size_t field = 16; field <= 24; field += 8) {
    memcpy (other, entry_bytes, entry_size);
    hashcache__put_u64 (other + field, 4);
    write_entry (other, entry_size);
    assert_false (fetch_is_right_or_a_miss ());
  }
  free (other);
}

static void
an_entry_of_another_key_is_a_miss (void **state)
{
  struct hashcache__digest digest;
  const uint64_t size = hashcache__get_u64 (entry_bytes + 40);
  unsigned char *other = malloc (entry_size);

  (void) state;
  assert_non_null (other);
  memcpy (other, entry_bytes, entry_size);
  other[56] ^= 1;
  digest = hashcache__digest_of (other, (size_t) size - 16);
  memcpy (other + size - 16, digest.bytes, 16);
  write_entry (other, entry_size);
  assert_false (fetch_is_right_or_a_miss ());
  free (other);
}

static void
something_else_entirely_is_a_miss (void **state)
{
  static const unsigned char text[] = "Dear diary, ";
  unsigned char *other = malloc (entry_size);

  (void) state;
  assert_non_null (other);
  for (size_t i = 0; i < entry_size; i++)
    other[i] = text[i % (sizeof text - 1)];
  write_entry (other, entry_size);
  assert_false (fetch_is_right_or_a_miss ());
  free (other);
}

/* A socket as PATH: 0, or -1. Its name must be short at first. */
static int
make_socket (const char *path)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  const int fd = socket (AF_UNIX, SOCK_STREAM, 0);
  char first[300];
  int result = -1;

  snprintf (first, sizeof first, "%s/s", scratch);
  if (strlen (first) < sizeof address.sun_path) {
    memcpy (address.sun_path, first, strlen (first) + 1);
    result = bind (fd, (const struct sockaddr *) &address, sizeof address) || rename (first, path);
  }
  close (fd);
  return result;
}

/* What is no regular file was not put there by us: it stays, and the call is computed. */
static void
foreign_things_under_the_entrys_name_stay (void **state)
{
  char command[4096];
  struct sample s;
  double seconds;

  (void) state;
  snprintf (command, sizeof command, "mkfifo '%s'", entry_path ());
  assert_int_equal (system (command), 0);
  assert_int_equal (sample_fetch (&s, &seconds), 0);
  assert_true (inputs_untouched (&s));
  assert_int_equal (sample_publish (&s), 0);
  assert_int_equal (unlink (entry_path ()), 0);
  assert_int_equal (mkdir (entry_path (), 0777), 0);
  snprintf (command, sizeof command, "touch '%s/mine'", entry_path ());
  assert_int_equal (system (command), 0);
  assert_int_equal (sample_fetch (&s, &seconds), 0);
  assert_int_equal (sample_publish (&s), 0);
  snprintf (command, sizeof command, "rm '%s/mine'", entry_path ());
  assert_int_equal (system (command), 0);
  assert_int_equal (rmdir (entry_path ()), 0);
  if (make_socket (entry_path ()) == 0) {
    assert_int_equal (sample_fetch (&s, &seconds), 0);
    assert_true (inputs_untouched (&s));
    assert_int_equal (sample_publish (&s), 0);
    assert_int_equal (unlink (entry_path ()), 0);
  }
  snprintf (command, sizeof command, "mknod '%s' c 1 5 2>/dev/null", entry_path ()); /* zeros without end; only root may */
  if (system (command) == 0) {
    assert_int_equal (sample_fetch (&s, &seconds), 0);
    assert_true (inputs_untouched (&s));
    assert_int_equal (sample_publish (&s), 0);
    assert_int_equal (unlink (entry_path ()), 0);
  }
  assert_int_equal (symlink ("/etc/passwd", entry_path ()), 0);
  assert_int_equal (sample_fetch (&s, &seconds), 0);
  assert_int_equal (sample_publish (&s), 0);
  assert_int_equal (unlink (entry_path ()), 0);
}

/* Who asks a file server for an entry makes a directory of its name for a moment, and may be killed before it removes it. */
static void
a_question_that_was_left_there_is_no_hindrance (void **state)
{
  struct sample s;
  double seconds;

  (void) state;
  (void) unlink (entry_path ());
  assert_int_equal (mkdir (entry_path (), 0777), 0);
  assert_int_equal (sample_fetch (&s, &seconds), 0);
  assert_int_equal (sample_publish (&s), 1);
  assert_int_equal (sample_fetch (&s, &seconds), 1);
  assert_int_equal (unlink (entry_path ()), 0);
}

/* Asks for the entry until all is stored; never finds a part of it. */
static int
ask_all_the_time (const volatile int *over)
{
  while (!*over) {
    const int fd = hashcache__reach_entry (entry_path (), HASHCACHE__ANY_SYSTEM);
    struct stat file;

    if (fd < 0)
      continue;
    if (fstat (fd, &file) != 0 || (S_ISREG (file.st_mode) && file.st_size == 0))
      return 1;
    close (fd);
  }
  return 0;
}

static void
questions_and_storing_do_not_disturb_each_other (void **state)
{
  volatile int *over = mmap (NULL, sizeof *over, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  struct hashcache_statistics before, after;
  pid_t children[3];
  struct sample s;
  double seconds;
  int failed = 0;

  (void) state;
  assert_true ((const void *) over != MAP_FAILED);
  (void) unlink (entry_path ());
  for (size_t i = 0; i < LENGTH (children); i++)
    if ((children[i] = fork ()) == 0)
      _exit (ask_all_the_time (over));
  hashcache_stats (&before);
  for (int i = 0; i < ROUNDS && !failed; i++)
    failed = sample_publish (&s) != 1 ? 1 : sample_fetch (&s, &seconds) != 1 ? 2 : unlink (entry_path ()) != 0 ? 3 : 0;
  hashcache_stats (&after);
  *over = 1;
  for (size_t i = 0; i < LENGTH (children); i++) {
    int status = -1;

    assert_int_equal (waitpid (children[i], &status, 0), children[i]);
    assert_int_equal (status, 0);
  }
  munmap ((void *) (uintptr_t) over, sizeof *over);
  assert_int_equal (failed, 0);
  assert_int_equal (after.bad_entries, before.bad_entries);
  assert_int_equal (after.stored - before.stored, ROUNDS);
}

static void
after_a_bad_entry_a_good_one_is_stored (void **state)
{
  struct sample s;

  (void) state;
  write_entry (entry_bytes, 100);
  assert_false (fetch_is_right_or_a_miss ());
  assert_int_equal (sample_publish (&s), 1);
  assert_true (fetch_is_right_or_a_miss ());
}

/* Found damaged by us, but meanwhile another process has put a good one in its place. */
static void
a_good_entry_is_never_set_aside (void **state)
{
  struct stat other;

  (void) state;
  assert_int_equal (stat (scratch_path ("cache"), &other), 0); /* not that of the entry */
  write_entry (entry_bytes, entry_size);
  hashcache__quarantine (hashcache__settings ()->dir, entry_path (), &sample_key, &other);
  assert_true (fetch_is_right_or_a_miss ());
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (a_truncated_entry_is_a_miss),
    cmocka_unit_test (a_longer_entry_is_read_through_hdf5),
    cmocka_unit_test (each_flipped_byte_is_harmless),
    cmocka_unit_test (a_hostile_index_is_a_miss),
    cmocka_unit_test (pieces_lie_beside_each_other),
    cmocka_unit_test (what_others_can_read_is_left_alone),
    cmocka_unit_test (a_damaged_version_is_a_miss),
    cmocka_unit_test (an_entry_of_another_key_is_a_miss),
    cmocka_unit_test (something_else_entirely_is_a_miss),
    cmocka_unit_test (foreign_things_under_the_entrys_name_stay),
    cmocka_unit_test (a_question_that_was_left_there_is_no_hindrance),
    cmocka_unit_test (questions_and_storing_do_not_disturb_each_other),
    cmocka_unit_test (after_a_bad_entry_a_good_one_is_stored),
    cmocka_unit_test (a_good_entry_is_never_set_aside),
  };

  return cmocka_run_group_tests (tests, set_up, forget_entry);
}
