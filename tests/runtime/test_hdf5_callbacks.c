/* test_hdf5_callbacks.c: marked calls in callbacks of HDF5, while other threads store and fetch, neither wait for ever nor go wrong.
   SPDX-License-Identifier: BSD-2-Clause

   A thread-safe libhdf5 calls its callbacks with its lock held. Whatever the runtime waits for there, others may hold while they wait
   for that lock. An alarm ends a child that hangs. */
#define _XOPEN_SOURCE 700
#define HASHCACHE__MIND 0.1
#define HASHCACHE__DOOR_WAIT 0.5
#define HASHCACHE_IMPLEMENTATION
#include <hashcache.h>

#include "child.h"
#include "contracts.h"
#include <pthread.h>
#include <stdatomic.h>
#include <sys/wait.h>

enum { SIZE = 640 /* doubles: worth compressing, so that each call needs HDF5 */, ROUNDS = 10, LINKS = 5, THREADS = 4 };

static const struct hashcache__step size_steps[] = { { HASHCACHE__PUSH, SIZE, NULL } };
static const struct hashcache__expression size_expression[] = { EXPRESSION ("640", size_steps) };
static const struct hashcache__extent size_doubles = COUNTED (size_expression);
static const struct hashcache__node node = LEAF ("fill", 1);
static const struct hashcache__parameter parameters[] = {
  { .name = "n", .type = &int_type, .role = HASHCACHE__IN },
  { .name = "out", .type = &double_pointer, .role = HASHCACHE__OUT, .extent = &size_doubles },
};
static struct hashcache__contract contract = { .abi = HASHCACHE__ABI,
                                               .n_parameters = 2,
                                               .function = "fill",
                                               .source = "test.c:1",
                                               .compiler = "gcc",
                                               .text = "int fill (int n, double out[640])",
                                               .parameters = parameters,
                                               .returns = &int_type,
                                               .node = &node };

static atomic_int wrong, bodies, in_callback;
static void (*before_end) (void); /* what the body does last; NULL: nothing */

/* Fills OUT; 0 if all is right. */
static int
fill (int n)
{
  double array[SIZE], *out = array;
  int result = 0;
  void *const addresses[] = { &n, &out };
  struct hashcache__frame frame = { .contract = &contract, .arguments = addresses, .result = &result };

  while (HASHCACHE__RUN (&frame)) {
    atomic_fetch_add (&bodies, 1);
    for (int i = 0; i < SIZE; i++)
      array[i] = n + i / 100;
    result = n + 1;
    if (before_end)
      before_end ();
  }
  for (int i = 0; i < SIZE; i++)
    if (array[i] < n + i / 100 || array[i] > n + i / 100)
      return 1;
  return result != n + 1;
}

static void
nap (long milliseconds)
{
  const struct timespec time = { milliseconds / 1000, milliseconds % 1000 * 1000000L };

  nanosleep (&time, NULL);
}

static int
is_threadsafe (void)
{
  hbool_t is = 0;

  return H5is_library_threadsafe (&is) >= 0 && is;
}

/* A file of HDF5 with some groups; negative if there is none. */
static hid_t
make_file (void)
{
  char name[16], path[4200];
  hid_t file;

  snprintf (path, sizeof path, "%s.host.h5", scratch);
  file = H5Fcreate (path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  (void) unlink (path);
  for (int i = 0; file >= 0 && i < LINKS; i++) {
    snprintf (name, sizeof name, "%d", i);
    H5Gclose (H5Gcreate2 (file, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  }
  return file;
}

/* Runs BODY in a child, which an alarm ends after SECONDS. */
static void
in_child (int (*body) (void), unsigned seconds)
{
  const pid_t child = fork_child ();

  if (child == 0) {
    alarm (seconds);
    _exit (body ());
  }
  assert_int_equal (await_child (child), 0);
}

/* Different keys ----------------------------------------------------------------------------------------------------------- */

static herr_t
call_in_callback (hid_t group, const char *name, const H5L_info_t *info, void *context)
{
  int *n = context;

  (void) group, (void) name, (void) info;
  atomic_fetch_add (&wrong, fill (++*n));
  return 0;
}

static void *
iterate (void *context)
{
  const hid_t file = *(const hid_t *) context;
  int n = 1000;

  for (int i = 0; i < ROUNDS; i++)
    if (H5Literate (file, H5_INDEX_NAME, H5_ITER_NATIVE, NULL, call_in_callback, &n) < 0)
      atomic_fetch_add (&wrong, 1);
  return NULL;
}

static void *
store_and_fetch (void *context)
{
  const int first = *(const int *) context;

  for (int i = 0; i < LINKS * ROUNDS; i++) {
    atomic_fetch_add (&wrong, fill (first + i));
    hashcache_drop_memory ();
    atomic_fetch_add (&wrong, fill (first + i));
  }
  return NULL;
}

/* Iterates while THREADS store and fetch. */
static int
callbacks_and_stores (void)
{
  struct hashcache_statistics statistics;
  pthread_t threads[THREADS + 1];
  int firsts[THREADS], bad = 0;
  hid_t file = make_file ();

  bad |= file < 0 || pthread_create (&threads[THREADS], NULL, iterate, &file) != 0;
  for (int i = 0; i < THREADS; i++) {
    firsts[i] = 10000 * (i + 1);
    bad |= pthread_create (&threads[i], NULL, store_and_fetch, &firsts[i]) != 0;
  }
  for (int i = 0; i <= THREADS; i++)
    bad |= pthread_join (threads[i], NULL) != 0;
  H5Fclose (file);
  hashcache_stats (&statistics);
  if (statistics.stored != (THREADS + 1) * LINKS * ROUNDS || statistics.store_failures || statistics.bad_entries
      || statistics.computed != statistics.stored)
    bad = 1;
  return bad || atomic_load (&wrong) || H5Fget_obj_count (H5F_OBJ_ALL, H5F_OBJ_ALL) != 0;
}

static void
a_call_in_a_callback_does_not_stop_other_threads (void **state)
{
  (void) state;
  in_child (callbacks_and_stores, 60);
}

/* One key ------------------------------------------------------------------------------------------------------------------ */

static void
await_callback (void)
{
  while (!atomic_load (&in_callback))
    nap (1);
  nap (50);
}

static void *
compute_it (void *context)
{
  (void) context;
  atomic_fetch_add (&wrong, fill (7));
  return NULL;
}

static herr_t
want_it (hid_t group, const char *name, const H5L_info_t *info, void *context)
{
  (void) group, (void) name, (void) info, (void) context;
  before_end = NULL;
  atomic_store (&in_callback, 1);
  atomic_fetch_add (&wrong, fill (7));
  return 1;
}

/* The other thread's body ends when this one has HDF5's lock, and wants its result, which is not in memory. */
static int
wants_what_another_stores (void)
{
  hid_t file = make_file ();
  pthread_t thread;

  hashcache_set ("MEMORY", "0");
  before_end = await_callback;
  if (file < 0 || pthread_create (&thread, NULL, compute_it, NULL) != 0)
    return 1;
  while (!atomic_load (&bodies))
    nap (1);
  if (H5Literate (file, H5_INDEX_NAME, H5_ITER_NATIVE, NULL, want_it, NULL) < 0 || pthread_join (thread, NULL) != 0)
    return 1;
  H5Fclose (file);
  return atomic_load (&wrong);
}

static void
a_call_in_a_callback_does_not_wait_for_a_store (void **state)
{
  (void) state;
  in_child (wants_what_another_stores, 60);
}

/* Forks -------------------------------------------------------------------------------------------------------------------- */

static herr_t
fork_in_callback (hid_t group, const char *name, const H5L_info_t *info, void *context)
{
  int status = 1;
  pid_t child;

  (void) group, (void) name, (void) info, (void) context;
  before_end = NULL;
  atomic_store (&in_callback, 1);
  nap (200); /* the other thread is at HDF5's lock */
  child = fork ();
  if (child == 0) { /* it can compute; and become a program that tells of no memory which the other thread has left here */
    execl ("/bin/sh", "sh", "-c", fill (8) ? "exit 1" : "exit 0", (char *) NULL);
    _exit (1);
  }
  if (waitpid (child, &status, 0) != child || status != 0)
    atomic_fetch_add (&wrong, 1);
  return 1;
}

static int
forks_in_callback (void)
{
  hid_t file = make_file ();
  pthread_t thread;

  before_end = await_callback;
  if (file < 0 || pthread_create (&thread, NULL, compute_it, NULL) != 0)
    return 1;
  while (!atomic_load (&bodies))
    nap (1);
  if (H5Literate (file, H5_INDEX_NAME, H5_ITER_NATIVE, NULL, fork_in_callback, NULL) < 0 || pthread_join (thread, NULL) != 0)
    return 1;
  H5Fclose (file);
  return atomic_load (&wrong);
}

static void
a_program_may_fork_in_a_callback (void **state)
{
  (void) state;
  in_child (forks_in_callback, 60);
}

static int
set_up (void **state)
{
  hashcache_set ("COMPRESS", "deflate:1");
  hashcache_set ("VERBOSE", "0");
  return make_scratch (state);
}

#define SPECIFICATION(function) cmocka_unit_test_setup_teardown (function, set_up, remove_scratch)

int
main (void)
{
  const struct CMUnitTest tests[] = {
    SPECIFICATION (a_call_in_a_callback_does_not_stop_other_threads),
    SPECIFICATION (a_call_in_a_callback_does_not_wait_for_a_store),
    SPECIFICATION (a_program_may_fork_in_a_callback),
  };

  if (!is_threadsafe ()) {
    printf ("SKIPPED: this libhdf5 is not thread-safe\n");
    return 0;
  }
  return cmocka_run_group_tests (tests, NULL, NULL);
}
