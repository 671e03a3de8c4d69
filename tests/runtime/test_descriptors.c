/* test_descriptors.c: the program's descriptors are the program's.
   SPDX-License-Identifier: BSD-2-Clause

   A body may close all descriptors and open others in their place; a daemon may have closed the first three; calls may be nested
   more deeply than there are descriptors. Each case is a child process. */
#define _GNU_SOURCE
#define HASHCACHE_IMPLEMENTATION
#include <hashcache.h>

#include "contracts.h"
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>

static void (*during) (int n);
static int bodies;

static const struct hashcache__node node = LEAF ("nested", 1);
static const struct hashcache__parameter parameters[] = { { .name = "n", .type = &int_type, .role = HASHCACHE__IN } };
static struct hashcache__contract contract = { .abi = HASHCACHE__ABI,
                                               .n_parameters = 1,
                                               .function = "nested",
                                               .source = "test.c:1",
                                               .compiler = "gcc",
                                               .text = "int nested (int n)",
                                               .parameters = parameters,
                                               .returns = &int_type,
                                               .node = &node };

static int
nested (int n)
{
  int result = 0;
  void *const addresses[] = { &n };
  struct hashcache__frame frame = { .contract = &contract, .arguments = addresses, .result = &result };

  while (HASHCACHE__RUN (&frame)) {
    bodies++;
    if (during)
      during (n);
    result = 3 * n;
  }
  return result;
}

#define CHECK(condition) \
  do { \
    if (!(condition)) \
      return __LINE__ % 250 + 1; \
  } while (0)

static int
said_and_result (int body (void), char *said, size_t size)
{
  int status = -1, ends[2];
  ssize_t n;
  size_t total = 0;
  pid_t child;

  fflush (NULL);
  assert_int_equal (pipe (ends), 0);
  child = fork ();
  assert_true (child >= 0);
  if (child == 0) {
    alarm (60);
    dup2 (ends[1], STDERR_FILENO);
    close (ends[0]);
    close (ends[1]);
    _exit (body ());
  }
  close (ends[1]);
  while ((n = read (ends[0], said + total, size - 1 - total)) > 0)
    total += (size_t) n;
  said[total] = '\0';
  close (ends[0]);
  assert_int_equal (waitpid (child, &status, 0), child);
  if (WIFSIGNALED (status))
    fail_msg ("ended by signal %d; said: %s", WTERMSIG (status), said);
  return WEXITSTATUS (status);
}

static void
in_child (int body (void))
{
  char said[4096];
  const int result = said_and_result (body, said, sizeof said);

  if (result != 0)
    fail_msg ("failed at line %d; said: %s", result - 1, said);
  assert_string_equal (said, "");
}

/* Descriptors taken from under us ----------------------------------------------------------------------------------------- */

static int ours[32];

static void
replace_all_descriptors (int n)
{
  char path[sizeof scratch + 16];

  (void) n;
  for (int fd = 3; fd < 32; fd++)
    close (fd);
  snprintf (path, sizeof path, "%s.mine", scratch);
  for (int i = 3; i < 32; i++)
    ours[i] = open (path, O_RDWR | O_CREAT, 0600);
  unlink (path);
}

static int
finds_its_descriptors_open (void)
{
  struct hashcache_statistics s;

  during = replace_all_descriptors;
  CHECK (nested (1) == 3 && bodies == 1);
  for (int i = 3; i < 32; i++)
    CHECK (ours[i] == i && fcntl (i, F_GETFD) >= 0);
  during = NULL;
  CHECK (nested (1) == 3 && bodies == 1 && nested (2) == 6 && bodies == 2);
  hashcache_stats (&s);
  CHECK (s.stored == 2);
  return 0;
}

static void
what_the_body_opened_stays_open (void **state)
{
  (void) state;
  in_child (finds_its_descriptors_open);
}

static int
has_no_standard_files (void)
{
  struct hashcache_statistics s;

  hashcache_set ("VERBOSE", "0");
  for (int fd = 0; fd < 3; fd++)
    close (fd);
  during = NULL;
  CHECK (nested (11) == 33);
  CHECK (hashcache__open (scratch, O_RDONLY) >= 3);
  for (int fd = 0; fd < 3; fd++)
    CHECK (fcntl (fd, F_GETFD) < 0);
  hashcache_stats (&s);
  CHECK (s.stored == 1);
  return 0;
}

static int free_ones; /* while the body runs */

static void
count_free_standard_files (int n)
{
  (void) n;
  for (int fd = 0; fd < 3; fd++)
    free_ones += fcntl (fd, F_GETFD) < 0;
}

static int
claims_with_no_standard_files (void)
{
  for (int fd = 0; fd < 3; fd++)
    close (fd);
  during = count_free_standard_files;
  CHECK (nested (12) == 36 && free_ones == 3 && hashcache__files_held == 0);
  return 0;
}

static void
no_file_of_ours_is_standard_output (void **state)
{
  (void) state;
  in_child (has_no_standard_files);
  in_child (claims_with_no_standard_files);
}

/* Deep nesting ------------------------------------------------------------------------------------------------------------ */

enum { DEPTH = 400, LIMIT = 64 };

static int
limit_descriptors (void)
{
  struct rlimit limit;

  if (getrlimit (RLIMIT_NOFILE, &limit) != 0)
    return -1;
  limit.rlim_cur = LIMIT;
  return setrlimit (RLIMIT_NOFILE, &limit);
}

static void
go_deeper (int n)
{
  if (n % 1000 < DEPTH)
    (void) nested (n + 1);
}

static int
nests_deeply (void)
{
  struct hashcache_statistics s;

  CHECK (limit_descriptors () == 0);
  during = go_deeper;
  CHECK (nested (1000) == 3000);
  hashcache_stats (&s);
  CHECK (s.calls == DEPTH + 1 && s.computed == DEPTH + 1 && s.stored == DEPTH + 1 && s.store_failures == 0);
  CHECK (hashcache__files_held == 0);
  return 0;
}

static void
deeply_nested_calls_are_all_stored (void **state)
{
  (void) state;
  in_child (nests_deeply);
}

static int most_free;

static void
count_free_descriptors (int n)
{
  int fds[LIMIT], many = 0;

  if (n % 1000 < DEPTH) {
    (void) nested (n + 1);
    return;
  }
  while (many < LIMIT && (fds[many] = dup (STDERR_FILENO)) >= 0)
    many++;
  most_free = many;
  while (many > 0)
    close (fds[--many]);
}

static int
leaves_descriptors_to_the_body (void)
{
  CHECK (limit_descriptors () == 0);
  during = count_free_descriptors;
  CHECK (nested (2000) == 6000 && most_free > LIMIT / 2);
  return 0;
}

static void
most_descriptors_are_left_to_the_program (void **state)
{
  (void) state;
  in_child (leaves_descriptors_to_the_body);
}

static int
makes_a_cache (void)
{
  (void) nested (3000);
  return 0;
}

/* This process has not seen the cache directory yet, and cannot open a file of it at first. */
static int
is_short_of_descriptors_once (void)
{
  struct hashcache_statistics s;
  int fds[LIMIT], many = 0;

  CHECK (limit_descriptors () == 0);
  while (many < LIMIT && (fds[many] = dup (STDERR_FILENO)) >= 0)
    many++;
  CHECK (nested (3001) == 9003);
  hashcache_stats (&s);
  CHECK (s.computed == 1 && s.stored == 0);
  while (many > 0)
    close (fds[--many]);
  CHECK (nested (3002) == 9006);
  hashcache_stats (&s);
  CHECK (s.computed == 2 && s.stored == 1);
  return 0;
}

static void
a_shortage_of_descriptors_passes (void **state)
{
  char said[4096];

  (void) state;
  in_child (makes_a_cache);
  assert_int_equal (said_and_result (is_short_of_descriptors_once, said, sizeof said), 0);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (what_the_body_opened_stays_open),    cmocka_unit_test (no_file_of_ours_is_standard_output),
    cmocka_unit_test (deeply_nested_calls_are_all_stored), cmocka_unit_test (most_descriptors_are_left_to_the_program),
    cmocka_unit_test (a_shortage_of_descriptors_passes),
  };

  use_tables ();
  return cmocka_run_group_tests (tests, make_scratch, remove_scratch);
}
