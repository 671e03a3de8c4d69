/* test_publishing.c: files appear under their names complete, or not at all; what killed writers leave behind does not stay.
   SPDX-License-Identifier: BSD-2-Clause

   With and without file systems on which a file needs no name until it is complete. The calls that make files durable and visible are
   watched, and refused in turn. */
#include "sample_call.h"
#include <sys/syscall.h>

int utimensat (int, const char *, const struct timespec[2], int);
long syscall (long, ...);

/* Watching --------------------------------------------------------------------------------------------------------------- */

static char seen[256]; /* F: a file was synced, D: a directory, L: a file was linked */
static int link_error; /* linkat fails so */
static int sync_error; /* fsync of a file fails so */

static void
note (char what)
{
  const size_t n = strlen (seen);

  if (n + 1 < sizeof seen) {
    seen[n] = what;
    seen[n + 1] = '\0';
  }
}

int
fsync (int fd)
{
  struct stat there;
  const int directory = fstat (fd, &there) == 0 && S_ISDIR (there.st_mode);

  note (directory ? 'D' : 'F');
  if (!directory && sync_error) {
    errno = sync_error;
    return -1;
  }
  return (int) syscall (SYS_fsync, fd);
}

int
linkat (int from_dir, const char *from, int to_dir, const char *to, int flags)
{
  if (link_error) {
    errno = link_error;
    return -1;
  }
  note ('L');
  return (int) syscall (SYS_linkat, from_dir, from, to_dir, to, flags);
}

int
link (const char *from, const char *to)
{
  note ('L');
  return (int) syscall (SYS_linkat, HASHCACHE__AT_FDCWD, from, HASHCACHE__AT_FDCWD, to, 0);
}

/* Scratch ---------------------------------------------------------------------------------------------------------------- */

static const char *place; /* a directory of the cache */

static int
set_up (void **state)
{
  static char path[1024];

  (void) state;
  hashcache_set ("VERBOSE", "0");
  hashcache_set ("SYNC", NULL);
  make_scratch ();
  snprintf (path, sizeof path, "%s", scratch);
  place = path;
  use_directory (scratch_path ("cache"));
  atomic_store (&hashcache__names_needed, 0);
  link_error = sync_error = 0;
  seen[0] = '\0';
  return 0;
}

/* How many names there are in the cache, temporary or not, that begin with BEGINNING. */
static int
count_names (const char *beginning)
{
  char command[1200];

  snprintf (command, sizeof command, "find '%s' -name '%s*' | wc -l", scratch, beginning);
  return atoi (output_of (command));
}

static int
content_is (const char *name, const char *content)
{
  char text[64] = "";
  FILE *file = fopen (scratch_path (name), "r");

  if (!file)
    return 0;
  (void) !fgets (text, sizeof text, file);
  fclose (file);
  return strcmp (text, content) == 0;
}

/* Publishing ------------------------------------------------------------------------------------------------------------- */

/* Whether files can do without names here. */
static int
can_do_without (void)
{
  const int fd = hashcache__create_nameless (place);

  if (fd >= 0)
    close (fd);
  return fd >= 0;
}

static int
publish (const char *name, const char *content, char *temporary)
{
  const int fd = hashcache__create_temporary (temporary, place);

  assert_true (fd > STDERR_FILENO);
  assert_int_equal (write (fd, content, strlen (content)), (ssize_t) strlen (content));
  assert_int_equal (access (scratch_path (name), F_OK), -1);
  return hashcache__close_and_publish (fd, temporary, scratch_path (name), 0);
}

static void
check_publishing (void)
{
  char temporary[HASHCACHE__PATH], path[HASHCACHE__PATH];
  int fd;

  assert_int_equal (publish ("a", "first", temporary), 1);
  assert_true (content_is ("a", "first"));
  fd = hashcache__create_temporary (temporary, place);
  assert_true (fd >= 0);
  assert_int_equal (write (fd, "second", 6), 6);
  snprintf (path, sizeof path, "%s", scratch_path ("a"));
  assert_int_equal (hashcache__close_and_publish (fd, temporary, path, 0), 0);
  assert_true (content_is ("a", "first"));
  fd = hashcache__create_temporary (temporary, place);
  snprintf (path, sizeof path, "%s", scratch_path ("b"));
  errno = EDQUOT;
  assert_int_equal (hashcache__close_and_publish (fd, temporary, path, 1), -1);
  assert_int_equal (errno, EDQUOT);
  assert_int_equal (access (path, F_OK), -1);
  assert_int_equal (count_names (".tmp-"), 0);
}

static void
without_names (void **state)
{
  char temporary[HASHCACHE__PATH];
  int fd;

  (void) state;
  if (!can_do_without ()) {
    fprintf (stderr, "NOT TESTED: on this file system each file needs a name\n");
    return;
  }
  fd = hashcache__create_temporary (temporary, place);
  assert_true (fd >= 0);
  assert_string_equal (temporary, "");
  assert_int_equal (count_names (".tmp-"), 0);
  close (fd);
  check_publishing ();
}

static void
with_names (void **state)
{
  char temporary[HASHCACHE__PATH];
  int fd;

  (void) state;
  atomic_store (&hashcache__names_needed, 1);
  fd = hashcache__create_temporary (temporary, place);
  assert_true (fd >= 0);
  assert_int_equal (count_names (".tmp-"), 1);
  close (fd);
  assert_int_equal (unlink (temporary), 0);
  check_publishing ();
}

/* Where a nameless file cannot be linked what was to be stored is stored all the same, and later files get names at once. */
static void
names_after_all (void **state)
{
  struct sample s, computed;
  double seconds;

  (void) state;
  link_error = EPERM;
  assert_int_equal (sample_publish (&s), 1);
  assert_true (!can_do_without () || atomic_load (&hashcache__names_needed));
  sample_before (&computed);
  sample_compute (&computed);
  assert_true (sample_fetch (&s, &seconds));
  assert_true (sample_equal (&s, &computed));
  assert_int_equal (count_names (".tmp-"), 0);
}

/* Durability ------------------------------------------------------------------------------------------------------------- */

/* Each file is synced before it is linked, and its directory after that. */
static void
synced_before_and_after (void **state)
{
  struct sample s;

  (void) state;
  for (int names = 0; names <= 1; names++) {
    hashcache_set ("SYNC", "1");
    use_directory (scratch_path (names ? "with" : "without"));
    atomic_store (&hashcache__names_needed, names);
    assert_int_equal (hashcache__directory (1) != NULL, 1);
    assert_int_equal (sample_publish (&s), 1);
    for (const char *l = strchr (seen, 'L'); l; l = strchr (l + 1, 'L')) {
      assert_true (l > seen && l[-1] == 'F');
      assert_int_equal (l[1], 'D');
    }
    assert_non_null (strchr (seen, 'L'));
    seen[0] = '\0';
    hashcache_set ("SYNC", "0");
    use_directory (scratch_path (names ? "with not" : "without not"));
    assert_int_equal (sample_publish (&s), 1);
    assert_null (strchr (seen, 'F'));
    assert_null (strchr (seen, 'D'));
    seen[0] = '\0';
  }
}

/* What may not be on the disk is not published. */
static void
not_synced_not_published (void **state)
{
  struct sample s;

  (void) state;
  assert_non_null (hashcache__directory (1));
  hashcache_set ("SYNC", "1");
  sync_error = EIO;
  for (int names = 0; names <= 1; names++) {
    atomic_store (&hashcache__names_needed, names);
    assert_int_equal (sample_publish (&s), 0);
    assert_int_equal (access (scratch_path ("cache/" SAMPLE_ENTRY), F_OK), -1);
  }
  assert_int_equal (count_names (".tmp-"), 0);
}

/* Leftovers -------------------------------------------------------------------------------------------------------------- */

/* Makes the file NAME, last written AGE seconds ago. */
static void
make_old (const char *name, long age)
{
  const struct timespec times[2] = { { time (NULL) - age, 0 }, { time (NULL) - age, 0 } };
  FILE *file = fopen (scratch_path (name), "w");

  assert_non_null (file);
  fclose (file);
  assert_int_equal (utimensat (HASHCACHE__AT_FDCWD, scratch_path (name), times, 0), 0);
}

static int
is_there (const char *name)
{
  return access (scratch_path (name), F_OK) == 0;
}

/* The temporary file of a child: of one that has been killed, if DEAD, else of one that waits in *CHILD. */
static void
make_childs (char path[HASHCACHE__PATH], int dead, pid_t *child)
{
  int told[2];

  assert_int_equal (pipe (told), 0);
  *child = fork ();
  if (*child == 0) {
    char temporary[HASHCACHE__PATH];

    atomic_store (&hashcache__names_needed, 1);
    if (hashcache__create_temporary (temporary, place) >= 0)
      (void) !write (told[1], temporary, HASHCACHE__PATH);
    for (;;)
      pause ();
  }
  assert_int_equal (read (told[0], path, HASHCACHE__PATH), HASHCACHE__PATH);
  close (told[0]);
  close (told[1]);
  if (!dead)
    return;
  (void) kill (*child, SIGKILL);
  (void) waitpid (*child, NULL, 0);
}

static void
what_the_dead_leave_is_removed (void **state)
{
  char dead[HASHCACHE__PATH], alive[HASHCACHE__PATH];
  pid_t child;

  (void) state;
  make_childs (dead, 1, &child);
  make_childs (alive, 0, &child);
  assert_int_equal (access (dead, F_OK), 0);
  hashcache__remove_leftovers (place, 1);
  assert_int_equal (access (dead, F_OK), hashcache__process_namespace () ? -1 : 0);
  assert_int_equal (access (alive, F_OK), 0);
  (void) kill (child, SIGKILL);
  (void) waitpid (child, NULL, 0);
}

/* Whose owner cannot be asked is judged by age alone. Other files are nobody's business. */
static void
strangers_go_by_age (void **state)
{
  static const struct {
    const char *name;
    long age;
    int stays;
  } rows[] = {
    { ".tmp-0123456789abcdef-1-2-3-4-elsewhere", 2 * 86400, 0 },
    { ".tmp-0123456789abcdef-1-2-3-5-elsewhere", 3600, 1 },
    { ".tmp-0123456789abcdef-1-2-3-6-elsewhere", -3600, 1 },
    { ".tmp-host-12-3-456", 2 * 86400, 0 },
    { ".tmp-host-12-3-457", 3600, 1 },
    { ".tmp-", 2 * 86400, 0 },
    { ".other", 2 * 86400, 1 },
    { "a.tmp-0123456789abcdef-1-2-3-4-elsewhere", 2 * 86400, 1 },
    { SAMPLE_KEY ".h5", 2 * 86400, 1 },
  };

  (void) state;
  for (size_t i = 0; i < LENGTH (rows); i++)
    make_old (rows[i].name, rows[i].age);
  hashcache__remove_leftovers (place, 1);
  for (size_t i = 0; i < LENGTH (rows); i++)
    assert_int_equal (is_there (rows[i].name), rows[i].stays);
}

/* Whoever stores looks after the directory; whoever only reads does not. */
static void
writers_remove_them (void **state)
{
  static const char left[] = "cache/objects/" SAMPLE_CODE "/.tmp-0123456789abcdef-1-2-3-4-elsewhere";
  struct sample s;
  double seconds;

  (void) state;
  assert_int_equal (sample_publish (&s), 1);
  make_old (left, 2 * 86400);
  assert_true (sample_fetch (&s, &seconds));
  assert_true (is_there (left));
  assert_int_equal (unlink (scratch_path ("cache/" SAMPLE_ENTRY)), 0);
  use_directory (scratch_path ("cache")); /* as if another process began */
  assert_int_equal (sample_publish (&s), 1);
  assert_false (is_there (left));
  make_old (left, 2 * 86400);
  hashcache__last_place.dir = NULL;
  assert_int_equal (sample_publish (&s), 1);
  assert_true (is_there (left));      /* once in a process */
  for (uint64_t i = 1; i < 10; i++) { /* however many others have been looked after meanwhile */
    assert_true (hashcache__is_first_look (512 * i + 1));
    assert_false (hashcache__is_first_look (512 * i + 1));
    assert_false (hashcache__is_first_look (513));
  }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown (without_names, set_up, remove_scratch_after),
    cmocka_unit_test_setup_teardown (with_names, set_up, remove_scratch_after),
    cmocka_unit_test_setup_teardown (names_after_all, set_up, remove_scratch_after),
    cmocka_unit_test_setup_teardown (synced_before_and_after, set_up, remove_scratch_after),
    cmocka_unit_test_setup_teardown (not_synced_not_published, set_up, remove_scratch_after),
    cmocka_unit_test_setup_teardown (what_the_dead_leave_is_removed, set_up, remove_scratch_after),
    cmocka_unit_test_setup_teardown (strangers_go_by_age, set_up, remove_scratch_after),
    cmocka_unit_test_setup_teardown (writers_remove_them, set_up, remove_scratch_after),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
