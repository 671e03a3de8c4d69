/* fuzz.c: whatever is in an entry, a call that meets it is right, and nothing but the call's own memory is touched.
   SPDX-License-Identifier: BSD-2-Clause

     fuzz [SECONDS [SEED [hdf5]]]

   Makes an entry of each of some functions, changes it at random for SECONDS of processor time, and calls the function each time. The
   changes are those of somebody who knows the format: fields of the index, words, places and sizes of pieces, and then digests made to
   fit again. What takes a way through the runtime that none has taken before is kept and changed further. An entry is a miss, and then the
   result is right; or a hit, and then it is right too, unless the data's own digests were made anew (it is what the entry says then) or
   it has pointers (they lead to where its words say). The sanitizers watch memory, guards lie around what a call may write. An input
   that did harm stays where the last line says. HDF5 itself is not under test, unless asked for: its reading of damaged files is known to
   do harm. */
#define _GNU_SOURCE
#define HASHCACHE_IMPLEMENTATION
#include <hashcache.h>

#include "coverage.h"
#include "../scratch.h"
#include "functions.h"
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

/* Where the index has what (index.h). */
enum { VERSION = 16, CHECK = 24, SIZE = 40, FILE_SIZE = 48, PIECES = 80, DIGESTS = 88, WORDS = 96 };
enum { MOST = 1 << 16 /* bytes of an input */, CORPUS = 64, HEADER = HASHCACHE__INDEX_HEADER, SLOW = 20 /* seconds */ };

struct input {
  unsigned char *bytes;
  size_t n;
  int anew; /* the digests of its data have been made anew */
};

static struct subject {
  char path[4600];
  int fd;
  struct input corpus[CORPUS]; /* the first is the entry as it was written */
  size_t n;
  unsigned long hits, misses;
} subjects[N_FUNCTIONS];

static char found[4600];
static int with_hdf5;
static uint64_t state = 88172645463325252u;
static int digests_made_anew, pointers;
static struct hashcache_statistics before_call;
static const char *function_now = "", *path_now = "";

const char *__asan_default_options (void);
const char *
__asan_default_options (void)
{
  return "allocator_may_return_null=1:max_allocation_size_mb=2048:hard_rss_limit_mb=3000:detect_leaks=0:"
         "detect_stack_use_after_return=0";
}

void __sanitizer_set_death_callback (void (*) (void));

static void
tell_input (void)
{
  fprintf (stderr, "fuzz: harm was done to %s by %s\n", function_now, path_now);
}

static void
too_slow (int number)
{
  (void) number;
  tell_input ();
  _exit (3);
}

static uint64_t
random_number (void)
{
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state * 0x2545f4914f6cdd1du >> 8;
}

static uint64_t
below (uint64_t n)
{
  return n > 0 ? random_number () % n : 0;
}

/* Files ------------------------------------------------------------------------------------------------------------------- */

static int
meet_file (const char *path, const struct stat *status, int kind, struct FTW *walk)
{
  (void) status, (void) walk;
  if (kind != FTW_F || !names_entry (path))
    return 0;
  for (int i = 0; i < N_FUNCTIONS; i++)
    if (strcmp (subjects[i].path, path) == 0)
      return 0;
  snprintf (found, sizeof found, "%s", path);
  return 0;
}

static int
always (void)
{
  return 1;
}

/* Makes the entry of function I. */
static int
make_subject (int i)
{
  struct subject *subject = &subjects[i];
  struct input *first = &subject->corpus[0];
  struct stat file;

  found[0] = '\0';
  if (functions[i].call (always) != 0 || nftw (scratch, meet_file, 16, FTW_PHYS) != 0 || !found[0])
    return -1;
  snprintf (subject->path, sizeof subject->path, "%s", found);
  subject->fd = open (found, O_RDWR);
  if (subject->fd < 0 || fstat (subject->fd, &file) != 0 || file.st_size > MOST)
    return -1;
  first->n = (size_t) file.st_size;
  first->bytes = malloc (MOST);
  subject->n = 1;
  return first->bytes && pread (subject->fd, first->bytes, first->n, 0) == (ssize_t) first->n ? 0 : -1;
}

/* Changes ----------------------------------------------------------------------------------------------------------------- */

static uint64_t
get (const struct input *input, size_t at)
{
  return at + 8 <= input->n ? hashcache__get_u64 (input->bytes + at) : 0;
}

static void
put (struct input *input, size_t at, uint64_t value)
{
  if (at + 8 <= input->n)
    hashcache__put_u64 (input->bytes + at, value);
}

/* A number that means something. */
static uint64_t
number (const struct input *input, uint64_t old)
{
  switch (below (10)) {
  case 0: return below (8);
  case 1: return old + 1;
  case 2: return old - 1;
  case 3: return UINT64_C (1) << below (64);
  case 4: return (UINT64_C (1) << below (64)) - 1;
  case 5: return UINT64_MAX - below (16);
  case 6: return get (input, 8 * below (input->n / 8)); /* one from elsewhere */
  case 7: return old ^ (UINT64_C (1) << below (64));
  case 8: return input->n - below (256);
  default: return 8 * below (64);
  }
}

/* Bytes of the index, as it says, but no more than there are. */
static size_t
index_size (const struct input *input)
{
  const uint64_t size = get (input, SIZE);

  return size < input->n ? (size_t) size : input->n;
}

/* Puts a word into the words, or takes one out. */
static void
move_words (struct input *input)
{
  const uint64_t words = get (input, WORDS);
  const size_t size = index_size (input), at = HEADER + 8 * (size_t) below (words + 1);

  if (words > MOST / 8 || at + 8 > size || size + 8 > input->n)
    return;
  if (below (2)) {
    memmove (input->bytes + at + 8, input->bytes + at, size - at);
    put (input, at, number (input, get (input, at)));
    put (input, WORDS, words + 1);
    put (input, SIZE, size + 8);
  } else if (words > 0) {
    memmove (input->bytes + at, input->bytes + at + 8, size - at - 8);
    put (input, WORDS, words - 1);
    put (input, SIZE, size - 8);
  }
}

static void
resize (struct input *input)
{
  const size_t n = below (2) ? below (input->n + 1) : input->n + below (MOST - input->n + 1);

  if (n > input->n)
    memset (input->bytes + input->n, (int) below (256), n - input->n);
  input->n = n;
  if (below (4))
    put (input, FILE_SIZE, n);
}

static void
change_once (struct input *input)
{
  const size_t size = index_size (input);
  size_t at;

  switch (below (8)) {
  case 0: /* the header */
    at = 8 * (2 + below (HEADER / 8 - 2));
    put (input, at, number (input, get (input, at)));
    break;
  case 1:
  case 2:
  case 3: /* a word */
    at = HEADER + 8 * below (get (input, WORDS) < MOST ? get (input, WORDS) : 1);
    put (input, at, number (input, get (input, at)));
    break;
  case 4: /* where a piece is, and how large */
    at = HEADER + 8 * (get (input, WORDS) % MOST) + 8 * below (2 * (get (input, PIECES) % MOST) + 1);
    put (input, at, number (input, get (input, at)));
    break;
  case 5: move_words (input); break;
  case 6:
    if (below (4) == 0)
      resize (input);
    else if (size > 0)
      input->bytes[below (size)] ^= (unsigned char) (1u << below (8));
    break;
  default:
    if (input->n > 0)
      input->bytes[below (input->n)] ^= (unsigned char) (1u << below (8));
  }
}

/* Makes the digests of all data fit. */
static void
fit_data (struct input *input)
{
  const uint64_t words = get (input, WORDS), pieces = get (input, PIECES), digests = get (input, DIGESTS);
  size_t to;

  if (words > MOST || pieces > MOST || digests > MOST)
    return;
  to = (size_t) (HEADER + 8 * words + 16 * pieces);
  for (uint64_t i = 0; i < pieces; i++) {
    const size_t entry = (size_t) (HEADER + 8 * words + 16 * i);
    const uint64_t offset = get (input, entry), size = get (input, entry + 8);
    struct hashcache__digest digest;

    if (size == 0)
      continue;
    if (offset > input->n || size > input->n - offset || to + 16 > input->n)
      return;
    digest = hashcache__digest_of (input->bytes + offset, (size_t) size);
    memcpy (input->bytes + to, digest.bytes, 16);
    to += 16;
  }
}

static void
fit_index (struct input *input)
{
  const size_t size = index_size (input);
  struct hashcache__digest digest;

  if (size < HEADER + 16)
    return;
  digest = hashcache__digest_of (input->bytes, size - 16);
  memcpy (input->bytes + size - 16, digest.bytes, 16);
}

static void
mutate (struct input *input)
{
  const int anew = below (4) == 0;

  for (uint64_t n = 1 + below (4); n > 0; n--)
    change_once (input);
  if (below (4))
    put (input, SIZE, HEADER + 8 * get (input, WORDS) + 16 * get (input, PIECES) + 16 * get (input, DIGESTS) + 16);
  if (anew)
    fit_data (input);
  input->anew |= anew;
  if (below (8) == 0) /* then HDF5 is asked */
    put (input, 8 * below (2), random_number ());
  if (below (4) && input->n > CHECK + 8)
    put (input, CHECK, hashcache__index_check (input->bytes));
  if (below (16))
    fit_index (input);
}

/* How many objects of HDF5 there are: what a call leaves open, the end of the program meets. */
static long
hdf5_objects (void)
{
  static const H5I_type_t types[] = { H5I_FILE,    H5I_GROUP, H5I_DATATYPE, H5I_DATASPACE,
                                      H5I_DATASET, H5I_ATTR,  H5I_VFL,      H5I_GENPROP_LST };
  long n = 0;

  for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
    hsize_t members = 0;

    if (H5Inmembers (types[i], &members) >= 0)
      n += (long) members;
  }
  return n;
}

/* HDF5 is not safe from damaged files. It is asked where the index does not fit the file: then all of INPUT that is HDF5's is as it was
   written to FIRST, and whole. Where the index says that HDF5 has to read the file, it is asked only if nothing has been changed. */
static void
spare_hdf5 (struct input *input, const struct input *first)
{
  const size_t own = 512; /* at least, of the user block */

  if (get (input, FILE_SIZE) == input->n)
    return;
  memcpy (input->bytes + own, first->bytes + own, first->n - own);
  input->n = input->n < first->n ? first->n : input->n;
}

/* Trials ------------------------------------------------------------------------------------------------------------------ */

/* Whether the result of the call that has just been made must be right. */
static int
must_be_right (void)
{
  struct hashcache_statistics now;

  hashcache_stats (&now);
  return now.hits_store == before_call.hits_store || !(digests_made_anew || pointers);
}

static void
keep (struct subject *subject, const struct input *input)
{
  struct input *place;

  if (subject->n < CORPUS)
    subject->corpus[subject->n++].bytes = malloc (MOST);
  place = &subject->corpus[subject->n < CORPUS ? subject->n - 1 : 1 + below (CORPUS - 1)];
  if (!place->bytes)
    exit (2);
  memcpy (place->bytes, input->bytes, input->n);
  place->n = input->n;
  place->anew = input->anew;
}

static void
try (int i)
{
  static unsigned char bytes[MOST];
  struct subject *subject = &subjects[i];
  const struct input *base = &subject->corpus[below (4) ? below (subject->n) : 0];
  struct input input = { bytes, base->n, base->anew };
  struct hashcache_statistics after;
  const long objects = hdf5_objects ();
  int wrong, fresh;

  memcpy (bytes, base->bytes, base->n);
  mutate (&input);
  if (!with_hdf5)
    spare_hdf5 (&input, &subject->corpus[0]);
  if (pwrite (subject->fd, input.bytes, input.n, 0) != (ssize_t) input.n || ftruncate (subject->fd, (off_t) input.n) != 0)
    exit (2);
  function_now = functions[i].name;
  path_now = subject->path;
  digests_made_anew = input.anew;
  pointers = functions[i].pointers;
  hashcache_stats (&before_call);
  alarm (SLOW);
  coverage_begin ();
  wrong = functions[i].call (must_be_right);
  fresh = coverage_end ();
  hashcache_stats (&after);
  subject->hits += after.hits_store - before_call.hits_store;
  subject->misses += after.computed - before_call.computed;
  if (hdf5_objects () != objects) {
    printf ("FAILED: %ld objects of HDF5 are left open\n", hdf5_objects () - objects);
    wrong = 1;
  }
  if (wrong) {
    printf ("FAILED: a wrong result by a %s\n", after.hits_store > before_call.hits_store ? "hit" : "miss");
    fflush (stdout);
    tell_input ();
    exit (1);
  }
  if (fresh > 0)
    keep (subject, &input);
}

int
main (int argc, char **argv)
{
  const double seconds = argc > 1 ? strtod (argv[1], NULL) : 600;
  unsigned long n = 0;

  if (argc > 2)
    state = strtoull (argv[2], NULL, 10) * 2 + 1;
  with_hdf5 = argc > 3 && strcmp (argv[3], "hdf5") == 0;
  signal (SIGALRM, too_slow);
  __sanitizer_set_death_callback (tell_input);
  if (begin_scratch () != 0)
    return 2;
  hashcache_set ("DIR", scratch);
  hashcache_set ("VERBOSE", getenv ("FUZZ_SHOW") ? "2" : "0");
  hashcache_set ("MEMORY", "0");
  H5Eset_auto2 (H5E_DEFAULT, NULL, NULL);
  for (int i = 0; i < N_FUNCTIONS; i++)
    if (make_subject (i) != 0) {
      fprintf (stderr, "fuzz: no entry of %s can be made\n", functions[i].name);
      return 2;
    }
  hashcache_set ("MODE", "readonly"); /* what is bad stays there */
  while ((double) clock () < seconds * CLOCKS_PER_SEC)
    for (int i = 0; i < N_FUNCTIONS; i++, n++)
      try (i);
  for (int i = 0; i < N_FUNCTIONS; i++)
    printf ("%-8s %8lu hits %8lu misses %3zu kept\n", functions[i].name, subjects[i].hits, subjects[i].misses, subjects[i].n);
  printf ("%lu inputs, no harm done\n", n);
  (void) remove_tree (scratch);
  return 0;
}
