/* leases.h: claims among processes and nodes where the file system's locks do not exclude.
   SPDX-License-Identifier: BSD-2-Clause

   Where ranks of a job have found that locks do not exclude between nodes (mpi/hashcache_mpi.h) there is a file claims/leases, and from
   then on every process that uses the cache directory claims a key by making the file claims/KEY.lease with O_EXCL, which is decided
   by the file server whatever a client remembers. The file holds a notice (notice.h), whose count of renewals a thread of the owner's
   raises every few seconds. A lease that has not changed for HASHCACHE__LEASE seconds of the watcher's own clock (no two machines'
   clocks are compared) is void; at once if its process is known to be dead, or its job to be over. A void lease is renamed away,
   looked at again, and put back if it was a new one after all. An owner that was only stopped loses its lease by that and nothing
   else: two compute, and publish the same. */
#ifndef HASHCACHE_LEASES_H
#define HASHCACHE_LEASES_H

#include "locks.h"

#ifndef HASHCACHE__LEASE
#define HASHCACHE__LEASE 30.0 /* seconds; longer than clients remember attributes of files */
#endif

/* Which way is in force ------------------------------------------------------------------------------------------------- */

/* The directory for which it was last looked, with the answer in the lowest bit: settings keep their strings for good. */
static const char *_Atomic hashcache__leases_dir;
static _Atomic int hashcache__leases_answer;

static int
hashcache__claims_path (char path[HASHCACHE__PATH], const char *dir, const char *name)
{
  return hashcache__join (path, dir, "claims", name, NULL);
}

/* Whether claims in the cache directory go by leases. Asked once for each directory; settled by hashcache__settle_leases. */
static int
hashcache__leases_in_force (void)
{
  const char *dir = hashcache__directory (0);
  char path[HASHCACHE__PATH];
  struct stat there;
  int leases;

  if (!dir)
    return 0;
  if (atomic_load_explicit (&hashcache__leases_dir, memory_order_acquire) == dir)
    return atomic_load (&hashcache__leases_answer);
  leases = hashcache__claims_path (path, dir, "leases") == 0
           && fstatat (HASHCACHE__AT_FDCWD, path, &there, HASHCACHE__AT_SYMLINK_NOFOLLOW) == 0;
  atomic_store (&hashcache__leases_answer, leases);
  atomic_store_explicit (&hashcache__leases_dir, dir, memory_order_release);
  return leases;
}

/* From now on claims of this process go by leases. */
static inline void
hashcache__settle_leases (void)
{
  const char *dir = hashcache__directory (1);

  if (!dir)
    return;
  atomic_store (&hashcache__leases_answer, 1);
  atomic_store_explicit (&hashcache__leases_dir, dir, memory_order_release);
}

/* From now on claims in the cache directory go by leases, for all processes that have not looked yet. */
static inline void
hashcache__put_leases_in_force (void)
{
  static const char text[] = "Locks of this file system do not exclude between nodes; see hashcache's docs/claims.md.\n";
  const char *dir = hashcache__directory (1);
  char place[HASHCACHE__PATH];

  if (!dir || hashcache__make_directory (place, dir, "claims", NULL) != 0)
    return;
  (void) hashcache__make_file (place, "leases", text, sizeof text - 1);
}

/* Renewing -------------------------------------------------------------------------------------------------------------- */

struct hashcache__leases {
  pthread_mutex_t mutex;
  pthread_cond_t changed;
  struct hashcache__hold *first;
  int running; /* the thread that renews */
};

static struct hashcache__leases hashcache__leases = { .mutex = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };

/* Writes the notice of HOLD into its own file, which may have been renamed meanwhile. */
static int
hashcache__write_lease (struct hashcache__hold *hold)
{
  struct hashcache__guard guard;
  int done;

  hold->notice.written = (int64_t) time (NULL);
  hold->notice.check = hashcache__notice_check (&hold->notice);
  hashcache__guard_writes (&guard);
  done = hashcache__is_held (hold, hold->fd)
         && pwrite (hold->fd, &hold->notice, sizeof hold->notice, 0) == (ssize_t) sizeof hold->notice && fsync (hold->fd) == 0;
  hashcache__unguard_writes (&guard);
  return done;
}

static void *
hashcache__renew_leases (void *unused)
{
  (void) unused;
  hashcache__inside = 1;
  pthread_mutex_lock (&hashcache__leases.mutex);
  while (hashcache__leases.first) {
    struct timespec until;

    for (struct hashcache__hold *hold = hashcache__leases.first; hold; hold = hold->next) {
      hold->notice.renewed++;
      (void) hashcache__write_lease (hold);
    }
    if (clock_gettime (0 /* CLOCK_REALTIME */, &until) != 0)
      break;
    until.tv_sec += (time_t) (HASHCACHE__LEASE / 6.0) + 1;
    (void) pthread_cond_timedwait (&hashcache__leases.changed, &hashcache__leases.mutex, &until);
  }
  hashcache__leases.running = 0;
  pthread_mutex_unlock (&hashcache__leases.mutex);
  return NULL;
}

/* Starts the thread that renews, which takes none of the program's signals. The mutex is held. */
static void
hashcache__start_renewing (void)
{
  union hashcache__signals all, mask;
  pthread_attr_t attributes;
  pthread_t thread;

  if (hashcache__leases.running || pthread_attr_init (&attributes) != 0)
    return;
  (void) pthread_attr_setdetachstate (&attributes, PTHREAD_CREATE_DETACHED);
  (void) pthread_attr_setstacksize (&attributes, 256 << 10);
  memset (&all, 0xff, sizeof all);
  if (hashcache__posix_sigmask (HASHCACHE__SIG_SETMASK, &all, &mask) == 0) {
    hashcache__leases.running = pthread_create (&thread, &attributes, hashcache__renew_leases, NULL) == 0;
    (void) hashcache__posix_sigmask (HASHCACHE__SIG_SETMASK, &mask, NULL);
  }
  pthread_attr_destroy (&attributes);
}

static void
hashcache__keep_renewing (struct hashcache__hold *hold)
{
  pthread_mutex_lock (&hashcache__leases.mutex);
  hold->next = hashcache__leases.first;
  hashcache__leases.first = hold;
  hashcache__start_renewing ();
  pthread_mutex_unlock (&hashcache__leases.mutex);
}

/* Returns whether HOLD was being renewed. */
static int
hashcache__stop_renewing (const struct hashcache__hold *hold)
{
  int found = 0;

  pthread_mutex_lock (&hashcache__leases.mutex);
  for (struct hashcache__hold **link = &hashcache__leases.first; *link && !found; link = &(*link)->next)
    if (*link == hold) {
      *link = hold->next;
      found = 1;
      break;
    }
  if (found && !hashcache__leases.first)
    pthread_cond_signal (&hashcache__leases.changed);
  pthread_mutex_unlock (&hashcache__leases.mutex);
  return found;
}

/* The object that carries the runtime may be unloaded, and with it the code of the thread. */
__attribute__ ((destructor)) static void
hashcache__end_renewing (void)
{
  const struct timespec moment = { 0, 1000000 };
  int running = 1;

  for (int i = 0; running && i < 100; i++) {
    if (pthread_mutex_trylock (&hashcache__leases.mutex) == 0) {
      hashcache__leases.first = NULL;
      running = hashcache__leases.running;
      pthread_cond_signal (&hashcache__leases.changed);
      pthread_mutex_unlock (&hashcache__leases.mutex);
    }
    if (running)
      (void) nanosleep (&moment, NULL);
  }
}

/* Around fork: the child has no such thread, and no leases. */
static void
hashcache__leases_before_fork (void)
{
  hashcache__lock_for_fork (&hashcache__leases.mutex);
}

static void
hashcache__leases_in_parent (void)
{
  hashcache__unlock_in_parent (&hashcache__leases.mutex);
}

static void
hashcache__leases_in_child (void)
{
  hashcache__leases.first = NULL;
  hashcache__leases.running = 0;
  (void) hashcache__unlock_in_child (&hashcache__leases.mutex);
  (void) pthread_cond_init (&hashcache__leases.changed, NULL);
}

/* Claims ----------------------------------------------------------------------------------------------------------------- */

/* What a waiter has seen of somebody's lease. */
struct hashcache__watch {
  struct hashcache__notice last;
  double since; /* when that was first seen, by our clock; 0: nothing seen yet */
};

static int
hashcache__lease_path (char path[HASHCACHE__PATH], const struct hashcache__digest *key)
{
  const char *dir = hashcache__directory (1);
  char place[HASHCACHE__PATH], name[40];

  if (!dir || hashcache__make_directory (place, dir, "claims", NULL) != 0)
    return -1;
  hashcache__digest_hex (key, name);
  memcpy (name + 32, ".lease", 7);
  return hashcache__join (path, place, name, NULL, NULL);
}

/* Reads the lease PATH: 1, or 0 if there is none now. What is no notice is all zero, and counts as one. */
static int
hashcache__read_lease (const char *path, const struct hashcache__digest *key, struct hashcache__notice *notice)
{
  const int fd = hashcache__open (path, O_RDONLY | O_NONBLOCK | HASHCACHE__O_NOFOLLOW);
  ssize_t n;

  if (fd < 0)
    return 0;
  n = pread (fd, notice, sizeof *notice, 0);
  close (fd);
  if (n != (ssize_t) sizeof *notice || !hashcache__notice_is_about (notice, key))
    memset (notice, 0, sizeof *notice);
  return 1;
}

/* Whether the process of NOTICE is known to have ended. */
static int
hashcache__owner_is_gone (const struct hashcache__notice *notice)
{
  char host[256];

  if (notice->job_end != 0 && (int64_t) time (NULL) > notice->job_end + 60)
    return 1;
  hashcache__host_name (host);
  host[63] = '\0';
  return strcmp (notice->host, host) == 0 && notice->namespace != 0 && notice->namespace == hashcache__process_namespace ()
         && hashcache__process_is_dead (notice->pid, notice->started);
}

/* Whether the lease that says NOTICE is void; WATCH remembers. */
static int
hashcache__lease_is_void (struct hashcache__watch *watch, const struct hashcache__notice *notice)
{
  const double now = hashcache__now ();

  if (hashcache__owner_is_gone (notice))
    return 1;
  if (watch->since == 0.0 || memcmp (&watch->last, notice, sizeof *notice) != 0) {
    watch->last = *notice;
    watch->since = now;
  }
  return now - watch->since > HASHCACHE__LEASE;
}

/* Takes the void lease PATH, which says NOTICE, away; another that has come in its place comes back. */
static void
hashcache__break_lease (const char *path, const struct hashcache__digest *key, const struct hashcache__notice *notice)
{
  const char *dir = hashcache__directory (1);
  char place[HASHCACHE__PATH], away[HASHCACHE__PATH];
  struct hashcache__notice moved;

  if (!dir || hashcache__claims_path (place, dir, NULL) != 0 || hashcache__temporary_path (away, place) != 0
      || rename (path, away) != 0)
    return;
  if (hashcache__read_lease (away, key, &moved) && moved.number != notice->number && link (away, path) != 0) {
    /* somebody has made yet another one: two compute */
  }
  (void) unlink (away);
}

/* Tries to claim KEY for HOLD by a lease: 1 it is ours, 0 another has one, -1 there can be none. */
static int
hashcache__lease_take (struct hashcache__hold *hold, const struct hashcache__digest *key, struct hashcache__watch *watch)
{
  char path[HASHCACHE__PATH];
  struct hashcache__notice notice;
  int fd;

  if (hashcache__lease_path (path, key) != 0)
    return -1;
  fd = hashcache__open (path, O_RDWR | O_CREAT | O_EXCL | HASHCACHE__O_NOFOLLOW);
  if (fd >= 0) {
    if (hashcache__keep_file (hold, fd) != 0) {
      (void) unlink (path);
      return -1;
    }
    hold->leased = 1;
    hashcache__begin_notice (&hold->notice, key);
    (void) hashcache__write_lease (hold);
    hashcache__keep_renewing (hold);
    return 1;
  }
  if (errno != EEXIST) {
    if (errno != EMFILE && errno != ENFILE)
      hashcache__cannot_write (path);
    return -1;
  }
  if (hashcache__read_lease (path, key, &notice) && hashcache__lease_is_void (watch, &notice))
    hashcache__break_lease (path, key, &notice);
  return 0;
}

/* Gives the lease of HOLD back; without UNLOCK, in a child after fork, only the file is closed. */
static void
hashcache__lease_drop (struct hashcache__hold *hold, const struct hashcache__digest *key, int unlock)
{
  char path[HASHCACHE__PATH];
  struct stat there;
  int fd;

  if (unlock)
    (void) hashcache__stop_renewing (hold);
  fd = hashcache__let_file_go (hold);
  if (fd < 0)
    return;
  if (unlock && hashcache__lease_path (path, key) == 0
      && fstatat (HASHCACHE__AT_FDCWD, path, &there, HASHCACHE__AT_SYMLINK_NOFOLLOW) == 0 && there.st_dev == hold->file.st_dev
      && there.st_ino == hold->file.st_ino)
    (void) unlink (path);
  close (fd);
}

/* Whether somebody has a lease of KEY that is not known to be void. */
static int
hashcache__lease_is_busy (const struct hashcache__digest *key)
{
  char path[HASHCACHE__PATH];
  struct hashcache__notice notice;

  return hashcache__lease_path (path, key) == 0 && hashcache__read_lease (path, key, &notice)
         && !hashcache__owner_is_gone (&notice);
}

#endif
