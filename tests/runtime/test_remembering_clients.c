/* test_remembering_clients.c: where a file system remembers what a server no longer says, one computes all the same, and whoever has the
   claim finds what was published before.
   SPDX-License-Identifier: BSD-2-Clause

   A process that is a client calls the functions below in the place of the C library's. What they do is what was seen of GlusterFS, and of NFS:
   an entry that was missing once stays so, until the server refuses to make something of its name, with NFS until its directory is opened,
   with FUSE until something is to be linked to its name; a notice that was read once is read again as it
   was, until its file is opened anew, even by who has got the lock meanwhile. A directory that is no more, as the question for an entry, is
   there for a client that remembers it; one that another has just made is not yet; and who would open a file, or make it, hears that
   it exists if another makes it in this moment. */
#define _XOPEN_SOURCE 700
#define HASHCACHE_IMPLEMENTATION
#include <hashcache.h>

#include "staged_calls.h"
#include <sys/syscall.h>
#include <sys/vfs.h>

/* statfs's names for them; the last stands for what nothing is known of. */
enum { NFS = 0x6969, FUSE = 0x65735546, LUSTRE = 0x0bd00bd0 };

static int network = NFS; /* what clients say the file system is */

static struct {
  int on;             /* this process is one */
  int late;           /* it comes to a halt before it asks for a claim, until the gate is open */
  char missing[4096]; /* the entry that it remembers as missing */
  unsigned char page[sizeof (struct hashcache__notice)];
  ino_t page_of;   /* the file of PAGE, 0: nothing is remembered */
  int questions;   /* so many more times an entry is opened as the directory that it was */
  int directories; /* so many more times an entry is said to be a directory */
  int rivals;      /* so many more files of claims/ another makes first */
  int looks;       /* how often it has opened an entry, or tried to */
  int resent;      /* so many more links are done, and refused since the request was sent again */
  int invisible;   /* so many more times a directory is not seen that was in mkdir's way */
} client;

static int
ends_with (const char *path, const char *end)
{
  const size_t n = strlen (path), m = strlen (end);

  return n > m && strcmp (path + n - m, end) == 0;
}

static int
is_entry (const char *path)
{
  return ends_with (path, ".h5");
}

/* Whether this happens to a client now: COUNT says how many more times it does. */
static int
happens (int *count, int if_so)
{
  if (!client.on || !if_so || *count <= 0)
    return 0;
  (*count)--;
  return 1;
}

static int
fails_with (int error)
{
  errno = error;
  return -1;
}

int
open (const char *path, int flags, ...)
{
  va_list arguments;
  int mode, fd;

  va_start (arguments, flags);
  mode = (flags & O_CREAT) ? va_arg (arguments, int) : 0;
  va_end (arguments);
  client.looks += is_entry (path);
  if (client.on && strcmp (path, client.missing) == 0)
    return fails_with (ENOENT);
  if (happens (&client.questions, is_entry (path)))
    return fails_with (ENOTDIR);
  if (happens (&client.rivals, (flags & O_CREAT) && !(flags & O_EXCL) && strstr (path, "/claims/"))) {
    close ((int) syscall (SYS_openat, AT_FDCWD, path, flags, mode));
    return fails_with (EEXIST);
  }
  fd = (int) syscall (SYS_openat, AT_FDCWD, path, flags, mode);
  if (network == NFS && (flags & HASHCACHE__O_DIRECTORY) && strncmp (path, client.missing, strlen (path)) == 0)
    client.missing[0] = '\0';
  if (client.on && fd < 0 && errno == ENOENT && is_entry (path))
    snprintf (client.missing, sizeof client.missing, "%s", path);
  if (strstr (path, "/claims/"))
    client.page_of = 0;
  return fd;
}

int
mkdir (const char *path, mode_t mode)
{
  const int result = (int) syscall (SYS_mkdirat, AT_FDCWD, path, mode);

  if (network == LUSTRE && result != 0 && errno == EEXIST && strcmp (path, client.missing) == 0)
    client.missing[0] = '\0';
  return result;
}

/* RESULT of linking TO, or the refusal of the second request. */
static int
as_resent (const char *to, int result)
{
  return result == 0 && happens (&client.resent, is_entry (to)) ? fails_with (EEXIST) : result;
}

int
link (const char *from, const char *to)
{
  if (network == FUSE && strcmp (to, client.missing) == 0)
    client.missing[0] = '\0';
  return as_resent (to, (int) syscall (SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0));
}

int
linkat (int from_place, const char *from, int to_place, const char *to, int flags)
{
  return as_resent (to, (int) syscall (SYS_linkat, from_place, from, to_place, to, flags));
}

int
fstatat (int place, const char *restrict path, struct stat *restrict file, int flags)
{
  if (happens (&client.invisible, ends_with (path, "/claims")))
    return fails_with (ENOENT);
  if (client.on && strcmp (path, client.missing) == 0)
    return fails_with (ENOENT);
  if (happens (&client.directories, is_entry (path)))
    return fstatat (place, scratch, file, flags);
  return (int) syscall (SYS_newfstatat, place, path, file, flags);
}

ssize_t
pread (int fd, void *bytes, size_t size, off_t offset)
{
  const int remembers = client.on && size == sizeof client.page;
  struct stat file;
  ssize_t n;

  if (remembers && fstat (fd, &file) == 0 && file.st_ino == client.page_of) {
    memcpy (bytes, client.page, size);
    return (ssize_t) size;
  }
  n = syscall (SYS_pread64, fd, bytes, size, offset);
  if (remembers && n == (ssize_t) size) {
    memcpy (client.page, bytes, size);
    client.page_of = file.st_ino;
  }
  return n;
}

int
fcntl (int fd, int command, ...)
{
  va_list arguments;
  void *argument;

  va_start (arguments, command);
  argument = va_arg (arguments, void *);
  va_end (arguments);
  if (client.late && command == HASHCACHE__F_OFD_SETLK && ((struct flock *) argument)->l_type == F_WRLCK) {
    client.late = 0;
    atomic_fetch_add (&stage->met, 1);
    (void) await (&stage->gate, 1);
  }
  return (int) syscall (SYS_fcntl, fd, command, argument);
}

static int
as_network (struct statfs *system, int result)
{
  if (client.on)
    system->f_type = (unsigned) network;
  return result;
}

int
statfs (const char *path, struct statfs *system)
{
  return as_network (system, (int) syscall (SYS_statfs, path, system));
}

int
fstatfs (int fd, struct statfs *system)
{
  return as_network (system, (int) syscall (SYS_fstatfs, fd, system));
}

/* Processes --------------------------------------------------------------------------------------------------------------- */

static int
ask_as_client (int n)
{
  client.on = 1;
  return ask_f (n);
}

/* It has looked in vain, and asks for the claim once the gate is open. */
static int
ask_late (int n)
{
  client.late = 1;
  return ask_as_client (n);
}

/* Of the claim of N: what stands in its place on the file. */
static void
write_notice (int n, const void *bytes, size_t size)
{
  const struct hashcache__digest key = key_of_f (n);
  char path[sizeof scratch + 32];
  int fd;

  snprintf (path, sizeof path, "%s/claims/%02x", scratch, key.bytes[0]);
  fd = open (path, O_RDWR);
  assert_true (fd >= 0);
  assert_int_equal (pwrite (fd, bytes, size, hashcache__notice_offset (&key)), size);
  close (fd);
}

static const char *
entry_of (int n)
{
  static char path[4096];
  const struct hashcache__digest key = key_of_f (n);
  char hex[33], pattern[sizeof scratch + 64];
  FILE *found;

  hashcache__digest_hex (&key, hex);
  snprintf (pattern, sizeof pattern, "ls -d '%s'/objects/*/", scratch);
  found = popen (pattern, "r");
  assert_non_null (found);
  assert_non_null (fgets (path, sizeof path - 40, found));
  pclose (found);
  snprintf (strchr (path, '\n'), 40, "%s.h5", hex);
  return path;
}

/* Late claims --------------------------------------------------------------------------------------------------------------- */

/* Between a call's first look and its claim another has the claim, computes and publishes: starts such a call of f (1), which comes to a halt. */
static pid_t
start_late (void)
{
  pid_t late;

  assert_succeeds (start_child (ask_f, 7)); /* makes the directory */
  late = start_child (ask_late, 1);
  assert_true (await (&stage->met, 1));
  assert_succeeds (start_child (ask_as_client, 1));
  assert_int_equal (atomic_load (&stage->bodies[1]), 1);
  return late;
}

static void
check_late (void)
{
  const pid_t late = start_late ();

  atomic_store (&stage->gate, 1);
  assert_succeeds (late);
  assert_int_equal (atomic_load (&stage->bodies[1]), 1);
}

static void
who_claims_late_finds_what_was_published_on_nfs (void **state)
{
  (void) state;
  network = NFS;
  check_late ();
}

static void
and_on_fuse (void **state)
{
  (void) state;
  network = FUSE;
  check_late ();
}

static void
and_on_what_is_not_known (void **state)
{
  (void) state;
  network = LUSTRE;
  check_late ();
}

/* And the place of the notice that tells of it is another key's by then. */
static void
and_so_does_who_finds_no_notice (void **state)
{
  static const unsigned char nothing[sizeof (struct hashcache__notice)];
  pid_t late;

  (void) state;
  network = NFS;
  late = start_late ();
  write_notice (1, nothing, sizeof nothing);
  atomic_store (&stage->gate, 1);
  assert_succeeds (late);
  assert_int_equal (atomic_load (&stage->bodies[1]), 1);
}

/* On the network ON is a question for f (1) that somebody has left. */
static void
leave_a_question (int on)
{
  network = on;
  assert_succeeds (start_child (ask_as_client, 2)); /* makes the directories */
  assert_int_equal (mkdir (entry_of (1), 0777), 0);
}

/* A directory of an entry's name asks whether it is there. Whoever has died over the question holds up nobody. */
static void
a_question_that_was_left_is_in_nobodys_way (void **state)
{
  struct stat there;

  (void) state;
  leave_a_question (LUSTRE);
  assert_succeeds (start_child (ask_as_client, 1));
  assert_int_equal (stat (entry_of (1), &there), 0);
  assert_true (S_ISREG (there.st_mode));
  assert_succeeds (start_child (ask_as_client, 1));
  assert_int_equal (atomic_load (&stage->bodies[1]), 1);
}

/* NFS might remove an entry in its place: nobody removes it there, and nobody waits for that. */
static int
ask_beside_a_question (int n)
{
  struct hashcache_statistics s;

  if (ask_as_client (n) || hashcache_stats (&s))
    return 1;
  return s.computed != 1 || s.stored != 0 || client.looks > 30; /* some ten in 16 ms, some sixty in two seconds */
}

static void
on_nfs_a_question_is_left_alone (void **state)
{
  struct stat there;

  (void) state;
  leave_a_question (NFS);
  assert_succeeds (start_child (ask_beside_a_question, 1));
  assert_int_equal (stat (entry_of (1), &there), 0);
  assert_true (S_ISDIR (there.st_mode));
}

/* No call leaves its question behind. */
static void
questions_go_away (void **state)
{
  char command[sizeof scratch + 64];

  (void) state;
  network = LUSTRE;
  for (int n = 0; n < 3; n++)
    assert_succeeds (start_child (ask_as_client, n));
  snprintf (command, sizeof command, "test -z \"$(find '%s/objects' -mindepth 2 -type d)\"", scratch);
  assert_int_equal (system (command), 0);
}

/* What was a question, is an entry now. */
static int
ask_who_remembers_questions (int n)
{
  client.questions = 3;
  return ask_as_client (n);
}

static void
an_entry_is_found_behind_the_question_that_it_was (void **state)
{
  (void) state;
  network = FUSE;
  assert_succeeds (start_child (ask_f, 1));
  assert_succeeds (start_child (ask_who_remembers_questions, 1));
  assert_int_equal (atomic_load (&stage->bodies[1]), 1);
}

/* Others make files and directories of the cache in the same moment. */
static int
ask_among_rivals (int n)
{
  struct hashcache_statistics s;

  client.rivals = client.invisible = 2;
  if (ask_as_client (n) || hashcache_stats (&s))
    return 1;
  return client.rivals != 0 || client.invisible != 0 || s.stored != 1 || s.store_failures != 0;
}

static void
what_another_makes_in_this_moment_is_no_failure (void **state)
{
  char command[sizeof scratch + 32];

  (void) state;
  network = FUSE;
  assert_succeeds (start_child (ask_f, 7)); /* makes the directory */
  snprintf (command, sizeof command, "rm '%s'/claims/*", scratch);
  assert_int_equal (system (command), 0);
  assert_succeeds (start_child (ask_among_rivals, 1));
}

/* The server has linked the entry, its answer was lost, and the second request is refused. */
static int
ask_through_a_bad_net (int n)
{
  struct hashcache_statistics s;

  client.resent = 1;
  if (n % 2) /* as where there are no files without a name */
    atomic_store (&hashcache__names_needed, 1);
  if (ask_as_client (n) || hashcache_stats (&s))
    return 1;
  return client.resent != 0 || s.stored != 1 || s.computed_twice != 0;
}

static void
a_link_that_was_asked_for_twice_is_ours (void **state)
{
  (void) state;
  network = NFS;
  assert_succeeds (start_child (ask_through_a_bad_net, 1));
  assert_succeeds (start_child (ask_through_a_bad_net, 2));
}

/* Forgets f (N), which was not there when this client looked for it. */
static int
look_in_vain_and_forget (int n)
{
  const struct hashcache__digest digest = key_of_f (n);
  const char *path = entry_of (n);
  struct hashcache__key key = { .key = digest };
  char hex[33];

  client.on = 1;
  memcpy (hex, strstr (path, "/objects/") + 9, 32);
  for (int i = 0; i < 16; i++) {
    unsigned byte;

    hex[32] = '\0';
    if (sscanf (hex + 2 * i, "%2x", &byte) != 1)
      return 1;
    key.code.bytes[i] = (unsigned char) byte;
  }
  if (open (path, O_RDONLY) >= 0 || open (path, O_RDONLY) >= 0)
    return 2;
  atomic_fetch_add (&stage->met, 1);
  if (!await (&stage->gate, 1))
    return 3;
  return hashcache__store_forget (&key) == 1 ? 0 : 4;
}

static void
check_forgetting (int on)
{
  struct stat there;
  pid_t child;

  network = on;
  assert_succeeds (start_child (ask_f, 7)); /* makes the directory */
  child = start_child (look_in_vain_and_forget, 1);
  assert_true (await (&stage->met, 1));
  assert_succeeds (start_child (ask_f, 1));
  atomic_store (&stage->gate, 1);
  assert_succeeds (child);
  assert_int_not_equal (stat (entry_of (1), &there), 0);
}

static void
what_was_published_later_can_be_forgotten (void **state)
{
  (void) state;
  check_forgetting (NFS);
}

static void
and_forgotten_on_fuse (void **state)
{
  (void) state;
  check_forgetting (FUSE);
}

/* Computed twice ------------------------------------------------------------------------------------------------------------ */

static int
says (const char *path, const char *text)
{
  char said[4096];
  FILE *file = fopen (path, "r");
  const size_t n = file ? fread (said, 1, sizeof said - 1, file) : 0;

  if (file)
    fclose (file);
  said[n] = '\0';
  return strstr (said, text) != NULL;
}

/* Asks for f (N), whose claim is lost while its body runs: 0 if it counts and says that it was computed twice. */
static int
ask_and_be_second (int n)
{
  char path[sizeof scratch + 16];
  struct hashcache_statistics s;
  int fd;

  snprintf (path, sizeof path, "%s/.said", scratch);
  fd = open (path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (hashcache_set ("VERBOSE", "2") || dup2 (fd, STDERR_FILENO) < 0 || ask_f (n) || hashcache_stats (&s))
    return 1;
  if (s.computed_twice != 1 || s.computed != 1 || s.stored != 0 || s.store_failures != 0)
    return 2;
  return says (path, "f (test.c:1) was computed twice: here under its claim, and by another")
                 && says (path, "another has stored it")
             ? 0
             : 3;
}

/* The same where another's entry seems to be the directory that it was. */
static int
ask_and_be_second_to_a_question (int n)
{
  client.directories = 1000;
  client.on = 1;
  return ask_and_be_second (n);
}

static int
ask_and_be_first (int n)
{
  struct hashcache_statistics s;

  return ask_f (n) || hashcache_stats (&s) || s.computed_twice != 0 || s.stored != 1;
}

/* ASK is in the middle of f (1) when its lock is taken from it, and another computes and stores that. */
static void
check_second (int (*ask) (int))
{
  char command[sizeof scratch + 32];
  pid_t second;

  during = wait_at_the_gate;
  second = start_child (ask, 1);
  during = NULL;
  assert_true (await (&stage->bodies[1], 1));
  snprintf (command, sizeof command, "rm '%s'/claims/*", scratch); /* and with it, for all who come now, the lock */
  assert_int_equal (system (command), 0);
  assert_succeeds (start_child (ask_and_be_first, 1));
  atomic_store (&stage->gate, 1);
  assert_succeeds (second);
}

static void
what_is_computed_twice_is_counted_and_said (void **state)
{
  (void) state;
  network = NFS;
  check_second (ask_and_be_second);
}

static void
and_so_is_what_stands_where_a_question_was (void **state)
{
  (void) state;
  network = FUSE;
  check_second (ask_and_be_second_to_a_question);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    STAGED (who_claims_late_finds_what_was_published_on_nfs),
    STAGED (and_on_fuse),
    STAGED (and_on_what_is_not_known),
    STAGED (and_so_does_who_finds_no_notice),
    STAGED (a_question_that_was_left_is_in_nobodys_way),
    STAGED (on_nfs_a_question_is_left_alone),
    STAGED (questions_go_away),
    STAGED (an_entry_is_found_behind_the_question_that_it_was),
    STAGED (what_another_makes_in_this_moment_is_no_failure),
    STAGED (a_link_that_was_asked_for_twice_is_ours),
    STAGED (what_was_published_later_can_be_forgotten),
    STAGED (and_forgotten_on_fuse),
    STAGED (what_is_computed_twice_is_counted_and_said),
    STAGED (and_so_is_what_stands_where_a_question_was),
  };

  alarm (getenv ("UNDER_VALGRIND") ? 290 : 110);
  return cmocka_run_group_tests (tests, warm_up, NULL);
}
