/* leases.h: claims among processes and nodes where the file system's locks do not exclude.
   SPDX-License-Identifier: BSD-2-Clause

   Where ranks of a job have found that locks do not exclude between nodes (mpi/hashcache_mpi.h) there is a file claims/leases, and from
   then on every process that uses the cache directory claims a key by making the file claims/KEY.lease with O_EXCL, which is decided
   by the file server whatever a client remembers. The file holds a notice (notice.h), whose count of renewals a thread of the owner's
   raises every few seconds. A lease that has not changed for HASHCACHE__LEASE seconds of the watcher's own clock (no two machines'
   clocks are compared) is void; at once if its process is known to be dead, or its job to be over. An owner that was only stopped loses
   its lease by that and nothing else: two compute, and publish the same.

   Many may watch one lease, and all find it void at the same moment. Whoever takes it away first gives it a second name, its ticket,
   KEY.lease-NUMBER, with the number of the claim that was seen. Only one can do that; and the file that the ticket leads to either is the
   lease that was seen, which nobody else takes away then, or a new one, which is left alone. */
#ifndef HASHCACHE_LEASES_H
#define HASHCACHE_LEASES_H

#include "locks.h"

#ifndef HASHCACHE__LEASE
#define HASHCACHE__LEASE 30.0 /* seconds; longer than clients remember attributes of files */
#endif
#ifndef HASHCACHE__END_RENEWING
#define HASHCACHE__END_RENEWING 10.0 /* seconds that a file server may take before the runtime is unloaded all the same */
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
  errno = ENOENT;
  leases = hashcache__claims_path (path, dir, "leases") == 0
           && fstatat (HASHCACHE__AT_FDCWD, path, &there, HASHCACHE__AT_SYMLINK_NOFOLLOW) == 0;
  if (!leases && errno != ENOENT) /* nobody knows; the next call asks again */
    return 0;
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
  pthread_cond_t changed; /* the thread shall end */
  struct hashcache__hold *first;
  pthread_t thread;
  int running, to_join, ending; /* the thread that renews */
};

static struct hashcache__leases hashcache__leases = { .mutex = PTHREAD_MUTEX_INITIALIZER };
static pthread_once_t hashcache__leases_once = PTHREAD_ONCE_INIT;

/* Whether others may have found the lease of HOLD void, since this process was stopped or could not write it. */
static int
hashcache__is_doubtful (const struct hashcache__hold *hold)
{
  return hold->doubtful || (hold->renewed != 0.0 && hashcache__now () - hold->renewed > HASHCACHE__LEASE / 2.0);
}

/* Writes the notice of HOLD into its own file, which may be no lease any more: 1, or 0. */
static int
hashcache__write_lease (struct hashcache__hold *hold)
{
  const double now = hashcache__now (); /* others may see the old one until it is written, and the new one from now on */
  struct hashcache__guard guard;
  int done;

  hold->doubtful |= hashcache__is_doubtful (hold);
  hold->notice.written = (int64_t) time (NULL);
  hold->notice.check = hashcache__notice_check (&hold->notice);
  hashcache__guard_writes (&guard);
  done = hashcache__is_held (hold, hold->fd)
         && pwrite (hold->fd, &hold->notice, sizeof hold->notice, 0) == (ssize_t) sizeof hold->notice && fsync (hold->fd) == 0;
  hashcache__unguard_writes (&guard);
  if (done)
    hold->renewed = now;
  return done;
}

/* Sleeps as long as a lease need not be renewed; 0 if the thread shall end. The mutex is held. */
static int
hashcache__await_renewal (void)
{
  const struct timespec until = hashcache__timespec_of (hashcache__now () + HASHCACHE__LEASE / 6.0);
  int failed = 0;

  while (!hashcache__leases.ending && !failed)
    failed = pthread_cond_timedwait (&hashcache__leases.changed, &hashcache__leases.mutex, &until);
  return hashcache__leases.first && !hashcache__leases.ending;
}

/* Ends when there has been nothing to renew for a while. */
static void *
hashcache__renew_leases (void *unused)
{
  (void) unused;
  hashcache__inside = 1;
  pthread_mutex_lock (&hashcache__leases.mutex);
  while (hashcache__await_renewal ())
    for (struct hashcache__hold *hold = hashcache__leases.first; hold; hold = hold->next) {
      hold->notice.renewed++;
      (void) hashcache__write_lease (hold);
    }
  hashcache__leases.running = 0;
  pthread_mutex_unlock (&hashcache__leases.mutex);
  return NULL;
}

/* Starts the thread that renews, unless it runs. The mutex is held. */
static void
hashcache__start_renewing (void)
{
  struct hashcache__leases *leases = &hashcache__leases;

  if (leases->running || leases->ending)
    return;
  if (leases->to_join) /* it has ended, for it has given the mutex back */
    (void) pthread_join (leases->thread, NULL);
  leases->to_join = leases->running = hashcache__start_thread (&leases->thread, hashcache__renew_leases, NULL) == 0;
}

static void
hashcache__leases_set_up (void)
{
  hashcache__make_condition (&hashcache__leases.changed);
}

static void
hashcache__keep_renewing (struct hashcache__hold *hold)
{
  pthread_once (&hashcache__leases_once, hashcache__leases_set_up);
  pthread_mutex_lock (&hashcache__leases.mutex);
  hold->next = hashcache__leases.first;
  hashcache__leases.first = hold;
  hashcache__start_renewing ();
  pthread_mutex_unlock (&hashcache__leases.mutex);
}

static void
hashcache__stop_renewing (const struct hashcache__hold *hold)
{
  struct hashcache__hold **link = &hashcache__leases.first;

  pthread_mutex_lock (&hashcache__leases.mutex);
  while (*link && *link != hold)
    link = &(*link)->next;
  if (*link)
    *link = hold->next;
  pthread_mutex_unlock (&hashcache__leases.mutex);
}

/* The object that carries the runtime may be unloaded, and with it the code of the thread, which a file server may keep for a while.
   A signal handler that ends the program, having interrupted the runtime, may have the mutex itself. */
static void
hashcache__await_end_of_renewing (void)
{
  struct hashcache__leases *leases = &hashcache__leases;
  const double until = hashcache__now () + HASHCACHE__END_RENEWING;
  int over = 0;

  while (!over && hashcache__now () < until) {
    if (pthread_mutex_trylock (&leases->mutex) == 0) {
      over = !leases->running;
      leases->first = NULL;
      leases->ending = 1;
      if (!over)
        pthread_cond_signal (&leases->changed);
      pthread_mutex_unlock (&leases->mutex);
    }
    if (!over)
      hashcache__sleep (1e-3);
  }
  if (over && leases->to_join)
    (void) pthread_join (leases->thread, NULL);
  leases->to_join = 0;
}

__attribute__ ((destructor)) static void
hashcache__end_renewing (void)
{
  struct hashcache__visit visit;

  hashcache__come_in (&visit);
  if (!visit.nested)
    hashcache__await_end_of_renewing ();
  hashcache__go_out (&visit);
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
  struct hashcache__leases *leases = &hashcache__leases;

  leases->first = NULL;
  leases->running = leases->to_join = leases->ending = 0;
  (void) hashcache__unlock_in_child (&leases->mutex);
  hashcache__make_condition (&leases->changed);
}

/* Claims ----------------------------------------------------------------------------------------------------------------- */

/* What a waiter has seen of somebody's lease. */
struct hashcache__watch {
  struct hashcache__notice last;
  double since; /* when that was first seen, by our clock; 0: nothing seen yet */
  double stuck; /* when a ticket was in the way first; 0: none */
};

/* The lease of KEY in the cache directory DIR. */
static int
hashcache__lease_path (char path[HASHCACHE__PATH], const char *dir, const struct hashcache__digest *key)
{
  char name[40];

  hashcache__digest_hex (key, name);
  memcpy (name + 32, ".lease", 7);
  return hashcache__claims_path (path, dir, name);
}

/* What cannot be read, or is no notice (yet), is told from others by what file it is. */
static void
hashcache__describe_lease (struct hashcache__notice *notice, const struct stat *file)
{
  memset (notice, 0, sizeof *notice);
  notice->started = (uint64_t) file->st_ino;
  notice->written = (int64_t) file->st_mtime;
}

/* Reads the lease PATH: 1, or 0 if there is none now. */
static int
hashcache__read_lease (const char *path, const struct hashcache__digest *key, struct hashcache__notice *notice)
{
  const int fd = hashcache__open (path, O_RDONLY | O_NONBLOCK | HASHCACHE__O_NOFOLLOW);
  struct stat file;
  ssize_t n = 0;
  int there;

  if (fd < 0 && errno == ENOENT)
    return 0;
  there = fd >= 0 ? fstat (fd, &file) : fstatat (HASHCACHE__AT_FDCWD, path, &file, HASHCACHE__AT_SYMLINK_NOFOLLOW);
  if (fd >= 0) {
    n = pread (fd, notice, sizeof *notice, 0);
    close (fd);
  }
  if (there != 0)
    return 0;
  if (n != (ssize_t) sizeof *notice || !hashcache__notice_is_about (notice, key))
    hashcache__describe_lease (notice, &file);
  return 1;
}

/* Whether both are notices of one claim, or what stands for them. */
static int
hashcache__same_lease (const struct hashcache__notice *a, const struct hashcache__notice *b)
{
  return a->number == b->number && (a->number != 0 || a->started == b->started);
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

/* Where there are no hard links, or somebody else's file may not be given one: almost as good. */
static void
hashcache__rename_lease_away (const char *path, const struct hashcache__digest *key, const struct hashcache__notice *seen,
                              const char *ticket)
{
  struct hashcache__notice moved;

  if (rename (path, ticket) != 0)
    return;
  if (hashcache__read_lease (ticket, key, &moved) && !hashcache__same_lease (&moved, seen)
      && hashcache__rename_unless_there (ticket, path) == 0) /* it was a new one */
    return;
  (void) unlink (ticket);
}

/* Takes the lease PATH away if it is the one that was SEEN. Who died at this may have left a ticket, which STUCK remembers (0: not seen). */
static void
hashcache__take_lease_away (const char *path, const struct hashcache__digest *key, const struct hashcache__notice *seen,
                            double *stuck)
{
  const double now = hashcache__now ();
  struct hashcache__notice there;
  char ticket[HASHCACHE__PATH + 24];

  snprintf (ticket, sizeof ticket, "%s-%016llx", path, (unsigned long long) (seen->number ? seen->number : seen->started));
  if (link (path, ticket) == 0) {
    if (hashcache__read_lease (ticket, key, &there) && hashcache__same_lease (&there, seen))
      (void) unlink (path);
    (void) unlink (ticket);
  } else if (errno == EEXIST) {
    if (*stuck != 0.0 && now - *stuck > HASHCACHE__LEASE)
      (void) unlink (ticket);
    if (*stuck == 0.0 || now - *stuck > HASHCACHE__LEASE)
      *stuck = now;
  } else if (errno == EPERM || errno == EOPNOTSUPP || errno == ENOSYS || errno == EMLINK || errno == EACCES)
    hashcache__rename_lease_away (path, key, seen, ticket);
}

/* Makes the lease PATH of KEY in DIR for HOLD: 1 done, 0 there is one, -1 there can be none. */
static int
hashcache__make_lease (struct hashcache__hold *hold, const char *path, const char *dir, const struct hashcache__digest *key)
{
  const int fd = hashcache__create (path, O_RDWR);

  if (fd < 0 && errno == EEXIST)
    return 0;
  if (fd < 0) {
    if (errno != EMFILE && errno != ENFILE)
      hashcache__cannot_write (path);
    return -1;
  }
  if (hashcache__keep_file (hold, fd) != 0) {
    (void) unlink (path);
    return -1;
  }
  hashcache__begin_notice (&hold->notice, key);
  if (!hashcache__write_lease (hold)) { /* the disk is full: it would look void soon, and the result cannot be stored either */
    (void) unlink (path);
    hashcache__lock_drop (hold, key, 0);
    return -1;
  }
  hold->leased = 1;
  hold->dir = dir;
  return 1;
}

/* Tries to claim KEY for HOLD by a lease: 1 it is ours, 0 another has one, -1 there can be none. */
static int
hashcache__lease_take (struct hashcache__hold *hold, const struct hashcache__digest *key, struct hashcache__watch *watch)
{
  const char *dir = hashcache__directory (1);
  char place[HASHCACHE__PATH], path[HASHCACHE__PATH];
  struct hashcache__notice notice;
  int made;

  if (!dir || hashcache__make_directory (place, dir, "claims", NULL) != 0 || hashcache__lease_path (path, dir, key) != 0)
    return -1;
  if (hold->fd >= 0) /* leases came into force after its lock was asked for */
    hashcache__lock_drop (hold, key, 0);
  made = hashcache__make_lease (hold, path, dir, key);
  if (made > 0)
    hashcache__keep_renewing (hold);
  else if (made == 0 && hashcache__read_lease (path, key, &notice) && hashcache__lease_is_void (watch, &notice))
    hashcache__take_lease_away (path, key, &notice, &watch->stuck);
  return made;
}

/* Gives the lease of HOLD back; without UNLOCK, in a child after fork, only the file is closed. */
static void
hashcache__lease_drop (struct hashcache__hold *hold, const struct hashcache__digest *key, int unlock)
{
  char path[HASHCACHE__PATH];
  double stuck = 0.0;
  int fd;

  if (unlock)
    hashcache__stop_renewing (hold);
  fd = hashcache__let_file_go (hold);
  hold->leased = 0;
  if (fd < 0)
    return;
  close (fd);
  if (!unlock || hashcache__lease_path (path, hold->dir, key) != 0)
    return;
  if (!hashcache__is_doubtful (hold))
    (void) unlink (path);
  else
    hashcache__take_lease_away (path, key, &hold->notice, &stuck);
}

/* Whether somebody has a lease of KEY that is not known to be void. */
static int
hashcache__lease_is_busy (const struct hashcache__digest *key)
{
  const char *dir = hashcache__directory (0);
  char path[HASHCACHE__PATH];
  struct hashcache__notice notice;

  return dir && hashcache__lease_path (path, dir, key) == 0 && hashcache__read_lease (path, key, &notice)
         && !hashcache__owner_is_gone (&notice);
}

#endif
