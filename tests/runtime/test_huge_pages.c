/* test_huge_pages.c: memory gets huge pages where it may, and is otherwise left as it was.
   SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#pragma GCC diagnostic ignored "-Wunused-function"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <hashcache/huge_pages.h>

enum { N_HUGE = 4, PAGE = 4096, FILLED = 0x5a };

static size_t huge; /* bytes of a huge page; also where the system has none */

static int
find_size (void **state)
{
  (void) state;
  huge = hashcache__huge_page () > 0 ? hashcache__huge_page () : 2 << 20;
  return 0;
}

/* N_HUGE huge pages and one small page, which nobody has touched, from the beginning of a huge one on. */
static unsigned char *
new_memory (void)
{
  const size_t all = (N_HUGE + 2) * huge;
  unsigned char *memory = mmap (NULL, all, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *begin;

  assert_true (memory != MAP_FAILED);
  begin = memory + (huge - (uintptr_t) memory % huge) % huge;
  if (begin > memory)
    assert_int_equal (munmap (memory, (size_t) (begin - memory)), 0);
  assert_int_equal (munmap (begin + N_HUGE * huge + PAGE, (size_t) (memory + all - begin) - N_HUGE * huge - PAGE), 0);
  return begin;
}

static void
free_memory (unsigned char *memory)
{
  assert_int_equal (munmap (memory, N_HUGE * huge + PAGE), 0);
}

/* Nothing is known of how huge pages come. */
static void
forget (void)
{
  atomic_store (&hashcache__huge_pages.given_up, 0);
  atomic_store (&hashcache__huge_pages.slow, 0);
  atomic_store (&hashcache__huge_pages.left, 0);
}

/* Makes huge pages of the N bytes at MEMORY, whatever came before. */
static void
make (unsigned char *memory, size_t n)
{
  forget ();
  hashcache__make_huge_pages (memory, n, n);
}

/* How many of the N pages at MEMORY have been touched. */
static size_t
count_touched (unsigned char *memory, size_t n)
{
  unsigned char *present = malloc (n);
  size_t touched = 0;

  assert_non_null (present);
  assert_int_equal (mincore (memory, n * PAGE, present), 0);
  for (size_t i = 0; i < n; i++)
    touched += present[i] & 1;
  free (present);
  return touched;
}

/* Bytes of MEMORY in huge pages, and in how many mappings its N_HUGE huge pages are. */
static size_t
look_at_mappings (const unsigned char *memory, int *mappings)
{
  FILE *file = fopen ("/proc/self/smaps", "r");
  const uintptr_t from = (uintptr_t) memory, to = from + N_HUGE * huge;
  unsigned long kilobytes, bytes = 0, first, last;
  int within = 0;
  char line[512];

  assert_non_null (file);
  *mappings = 0;
  while (fgets (line, sizeof line, file)) {
    if (sscanf (line, "%lx-%lx ", &first, &last) == 2) {
      within = first < to && last > from;
      *mappings += within;
    } else if (within && sscanf (line, "AnonHugePages: %lu kB", &kilobytes) == 1)
      bytes += 1024 * kilobytes;
  }
  fclose (file);
  return bytes;
}

/* Whether the kernel makes huge pages of what is asked for. */
static int
kernel_has_them (void)
{
  unsigned char *memory = new_memory ();
  const int has = hashcache__huge_page () > 0 && madvise (memory, 1, HASHCACHE__POPULATE_WRITE) == 0
                  && madvise (memory, huge, HASHCACHE__COLLAPSE) == 0;

  free_memory (memory);
  return has;
}

static void
untouched_memory_gets_them_in_one_mapping (void **state)
{
  unsigned char *memory, *moved;
  int mappings;

  (void) state;
  if (!kernel_has_them ())
    skip ();
  memory = new_memory ();
  make (memory + 16, N_HUGE * huge - 16);
  assert_true (look_at_mappings (memory, &mappings) > 0);
  assert_int_equal (mappings, 1);
  assert_int_equal (count_touched (memory, huge / PAGE), 0); /* not filled as a whole */
  moved = mremap (memory, N_HUGE * huge + PAGE, 2 * N_HUGE * huge, MREMAP_MAYMOVE);
  assert_true (moved != MAP_FAILED);
  assert_int_equal (munmap (moved, 2 * N_HUGE * huge), 0);
}

/* What lies around what is filled stays untouched: so in each place where it may begin and end. */
static void
only_whole_pages_are_made (void **state)
{
  (void) state;
  for (size_t from = 0; from < 3; from++)
    for (size_t to = 0; to < 3; to++) {
      unsigned char *memory = new_memory ();

      make (memory + from, huge + to - from);
      assert_int_equal (count_touched (memory + huge, huge / PAGE), 0);
      if (from > 0)
        assert_int_equal (count_touched (memory, huge / PAGE), 0);
      free_memory (memory);
    }
}

/* The page that is touched is the first, one in the middle, the last. */
static void
touched_memory_stays_as_it_is (void **state)
{
  const size_t places[] = { 0, huge / PAGE / 2, huge / PAGE - 1 };
  unsigned char *memory;
  int mappings;

  (void) state;
  for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
    memory = new_memory ();
    memory[places[i] * PAGE + 7] = FILLED;
    make (memory, huge);
    if (look_at_mappings (memory, &mappings) == 0) /* else the system gives them always */
      assert_int_equal (count_touched (memory, huge / PAGE), 1);
    assert_int_equal (memory[places[i] * PAGE + 7], FILLED);
    free_memory (memory);
  }
}

/* After slow ones, or when there are none, memory is left alone. */
static void
it_may_be_given_up (void **state)
{
  unsigned char *memory = new_memory ();

  (void) state;
  forget ();
  atomic_store (&hashcache__huge_pages.left, 2);
  hashcache__make_huge_pages (memory, 2 * huge, N_HUGE * huge);
  assert_int_equal (count_touched (memory, N_HUGE * huge / PAGE), 0);
  assert_int_equal (atomic_load (&hashcache__huge_pages.left), hashcache__huge_page () > 0 ? 0 : 2);
  atomic_store (&hashcache__huge_pages.given_up, 1);
  hashcache__make_huge_pages (memory, N_HUGE * huge, N_HUGE * huge);
  assert_int_equal (count_touched (memory, N_HUGE * huge / PAGE), 0);
  free_memory (memory);
}

/* Memory that is not there or read-only, or for which the program wants none: no signal, and nothing happens to it. */
static void
refusal_is_no_harm (void **state)
{
  unsigned char *memory = new_memory ();
  int mappings;

  (void) state;
  assert_int_equal (madvise (memory, huge, MADV_NOHUGEPAGE), 0);
  assert_int_equal (mprotect (memory + huge, huge, PROT_READ), 0);
  assert_int_equal (mprotect (memory + 2 * huge, huge, PROT_NONE), 0);
  assert_int_equal (munmap (memory + 3 * huge, huge), 0);
  for (size_t i = 0; i < 4; i++)
    make (memory + i * huge, huge);
  assert_int_equal (look_at_mappings (memory, &mappings), 0);
  assert_int_equal (mappings, 3);
  for (size_t i = 0; i < huge; i += PAGE)
    assert_int_equal (memory[i], 0);
  assert_int_equal (munmap (memory, 3 * huge), 0);
  assert_int_equal (munmap (memory + 4 * huge, PAGE), 0);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (untouched_memory_gets_them_in_one_mapping),
    cmocka_unit_test (only_whole_pages_are_made),
    cmocka_unit_test (touched_memory_stays_as_it_is),
    cmocka_unit_test (it_may_be_given_up),
    cmocka_unit_test (refusal_is_no_harm),
  };

  return cmocka_run_group_tests (tests, find_size, NULL);
}
