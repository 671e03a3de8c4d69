/* test_transfers.c: bytes come from a file to memory as they were written, or not at all; by any number of threads.
   SPDX-License-Identifier: BSD-2-Clause */
#define _XOPEN_SOURCE 700
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wunused-variable"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <hashcache/transfer.h>

#include <dirent.h>
#include <signal.h>

int mkstemp (char *);

enum { BEGIN = 1000, GUARD = 64, GUARDED = 0x5a, MOST = 5 * HASHCACHE__SHARE + 12345, MOST_BLOCKS = 128 };

static int fd;
static unsigned char *written, digests[16 * MOST_BLOCKS];

/* A file with MOST bytes behind the first BEGIN, and their digests. */
static int
make_file (void **state)
{
  char name[] = "/tmp/hashcache-transfers.XXXXXX";

  (void) state;
  fd = mkstemp (name);
  written = malloc (MOST);
  if (fd < 0 || !written)
    return -1;
  (void) unlink (name);
  for (size_t i = 0; i < MOST; i++)
    written[i] = (unsigned char) (i * 2654435761u >> 13);
  return pwrite (fd, written, MOST, BEGIN) == MOST ? 0 : -1;
}

static int
remove_file (void **state)
{
  (void) state;
  free (written);
  return close (fd);
}

static void
make_digests (size_t size)
{
  for (size_t at = 0, i = 0; at < size; at += HASHCACHE__DIGESTED, i++) {
    const struct hashcache__digest digest =
        hashcache__digest_of (written + at, size - at < HASHCACHE__DIGESTED ? size - at : HASHCACHE__DIGESTED);

    memcpy (digests + 16 * i, digest.bytes, 16);
  }
}

/* Transfers SIZE bytes by THREADS, SHIFT bytes beyond the beginning of a page, into memory that nobody has touched; what came of it. Nothing
   around the bytes changes. */
static int
transfer (size_t size, size_t shift, int threads, int *whole)
{
  const size_t room = size + shift + 2 * GUARD;
  unsigned char *memory = calloc (1, room), *to = memory + GUARD + shift;
  struct hashcache__transfer job = { .fd = fd, .to = to, .size = size, .offset = BEGIN, .digests = digests };
  int failure;

  assert_non_null (memory);
  memset (memory, GUARDED, GUARD + shift);
  memset (to + size, GUARDED, GUARD);
  if (threads > 1)
    hashcache__transfer_by_threads (&job, threads);
  failure = threads > 1 ? atomic_load (&job.failure) : hashcache__do_transfer (&job, threads);
  *whole = memcmp (to, written, size) == 0;
  for (size_t i = 0; i < GUARD; i++) {
    assert_int_equal (memory[shift + i], GUARDED);
    assert_int_equal (to[size + i], GUARDED);
  }
  free (memory);
  return failure;
}

static int
count_threads (void)
{
  DIR *tasks = opendir ("/proc/self/task");
  int n = 0;

  assert_non_null (tasks);
  while (readdir (tasks))
    n++;
  closedir (tasks);
  return n;
}

static void
bytes_arrive (void **state)
{
  static const size_t sizes[] = { 0, 1, 8, 4095, HASHCACHE__DIGESTED - 1, HASHCACHE__DIGESTED, HASHCACHE__DIGESTED + 1, MOST };
  int whole;

  (void) state;
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
    for (size_t shift = 0; shift < 20; shift += 7) {
      make_digests (sizes[i]);
      assert_int_equal (transfer (sizes[i], shift, 1, &whole), 0);
      assert_true (whole);
    }
}

static void
threads_bring_the_same_and_end (void **state)
{
  const int before = count_threads ();
  int whole;

  (void) state;
  make_digests (MOST);
  for (int threads = 2; threads <= 9; threads++) {
    assert_int_equal (transfer (MOST, (size_t) threads, threads, &whole), 0);
    assert_true (whole);
    assert_int_equal (count_threads (), before);
  }
}

/* The first block, one in the middle, the last byte. */
static void
damage_is_found (void **state)
{
  static const size_t places[] = { 0, 2 * HASHCACHE__SHARE + 7, MOST - 1 };
  int whole;

  (void) state;
  make_digests (MOST);
  for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
    const unsigned char wrong = written[places[i]] ^ 1, right = written[places[i]];

    assert_int_equal (pwrite (fd, &wrong, 1, (off_t) (BEGIN + places[i])), 1);
    for (int threads = 1; threads <= 4; threads += 3)
      assert_int_equal (transfer (MOST, 0, threads, &whole), HASHCACHE__DAMAGED);
    assert_int_equal (pwrite (fd, &right, 1, (off_t) (BEGIN + places[i])), 1);
  }
}

static void
a_short_file_is_found (void **state)
{
  int whole;

  (void) state;
  make_digests (MOST);
  assert_int_equal (ftruncate (fd, BEGIN + MOST - 1), 0);
  for (int threads = 1; threads <= 4; threads += 3)
    assert_int_equal (transfer (MOST, 0, threads, &whole), HASHCACHE__TRUNCATED);
  assert_int_equal (pwrite (fd, written + MOST - 1, 1, BEGIN + MOST - 1), 1);
}

static void
errors_are_told (void **state)
{
  const int closed = dup (fd), open_file = fd;
  int whole;

  (void) state;
  make_digests (MOST);
  close (closed);
  fd = closed;
  for (int threads = 1; threads <= 4; threads += 3)
    assert_int_equal (transfer (MOST, 0, threads, &whole), EBADF);
  fd = open_file;
}

/* Zeros are known by their digest. */
static void
zeros_are_not_read (void **state)
{
  static unsigned char zeros[HASHCACHE__DIGESTED], to[2 * HASHCACHE__DIGESTED];
  const struct hashcache__digest digest = hashcache__digest_of (zeros, sizeof zeros);
  struct hashcache__transfer job = { .fd = -1, .to = to, .size = sizeof to, .digests = digests };

  (void) state;
  assert_memory_equal (digest.bytes, hashcache__zeros_digest, 16);
  memcpy (digests, digest.bytes, 16);
  memcpy (digests + 16, digest.bytes, 16);
  memset (to, 1, sizeof to);
  assert_int_equal (hashcache__do_transfer (&job, 1), 0);
  assert_memory_equal (to, zeros, sizeof zeros);
  assert_memory_equal (to + sizeof zeros, zeros, sizeof zeros);
}

/* A child that was forked by a handler has none of the threads that its copy of the transfer waits for. */
static void
a_forked_child_waits_for_nobody (void **state)
{
  struct hashcache__transfer job = { .fd = fd };
  const pthread_t nobody[1] = { pthread_self () };

  (void) state;
  atomic_store (&hashcache__forked_inside, 1);
  hashcache__await_helpers (&job, nobody, 1);
  atomic_store (&hashcache__forked_inside, 0);
  assert_int_equal (atomic_load (&job.failure), EBUSY);
}

static void *
look_at_signals (void *context)
{
  (void) pthread_sigmask (SIG_BLOCK, NULL, context);
  return NULL;
}

/* A handler of the program's for what an instruction raises, such as a write to memory that it watches, is reached from our threads as well;
   signals that are sent to the program are for its own threads. */
static void
threads_of_ours_take_the_signals_of_their_instructions (void **state)
{
  static const int own[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL };
  pthread_t thread;
  sigset_t blocked;

  (void) state;
  assert_int_equal (hashcache__start_thread (&thread, look_at_signals, &blocked), 0);
  assert_int_equal (pthread_join (thread, NULL), 0);
  for (size_t i = 0; i < sizeof own / sizeof *own; i++)
    assert_false (sigismember (&blocked, own[i]));
  assert_true (sigismember (&blocked, SIGINT) && sigismember (&blocked, SIGUSR1));
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (threads_of_ours_take_the_signals_of_their_instructions),
    cmocka_unit_test (bytes_arrive),       cmocka_unit_test (threads_bring_the_same_and_end),
    cmocka_unit_test (damage_is_found),    cmocka_unit_test (a_short_file_is_found),
    cmocka_unit_test (errors_are_told),    cmocka_unit_test (a_forked_child_waits_for_nobody),
    cmocka_unit_test (zeros_are_not_read),
  };

  return cmocka_run_group_tests (tests, make_file, remove_file);
}
