/* with_hdf5.h: runs our HDF5 calls so that the host does not notice.
   SPDX-License-Identifier: BSD-2-Clause

   Nothing printed, the host's error stack as it was. A libhdf5 that is thread-safe has a lock of its own, which its callbacks
   (H5Literate and the like) are called with: a lock of ours around calls of it would be taken in the other order by a marked call in
   a callback. So who is inside is only counted there, and no lock is held while HDF5 is called; what we ask of it is about files, lists and
   types of our own, and need not be done in one piece. Any other libhdf5 gets one of our threads at a time. (It does not bear a thread
   of the program's beside them.)

   A fork waits until nobody is inside, so that a child can go on. At exit, before HDF5 takes itself down, the door is closed for good:
   threads that outlive main find it so. Neither waits for ever where HDF5 has a lock: who forks or ends in a callback holds up who is
   inside. */
#ifndef HASHCACHE_WITH_HDF5_H
#define HASHCACHE_WITH_HDF5_H

#include "inside.h"
#include "objects.h"
#include <hdf5.h>

#ifndef HASHCACHE__DOOR_WAIT
#define HASHCACHE__DOOR_WAIT 10.0 /* seconds that a fork or an exit waits for who is inside */
#endif

typedef int hashcache__hdf5_work (void *context);

static pthread_mutex_t hashcache__hdf5_mutex = PTHREAD_MUTEX_INITIALIZER; /* of the door: never held while HDF5 is called */
static pthread_cond_t hashcache__hdf5_left;                               /* somebody has gone out */
static unsigned hashcache__hdf5_inside;                                   /* threads */
static unsigned hashcache__hdf5_forking;                                  /* threads: nobody else comes in */
static _Atomic int hashcache__hdf5_closed;

/* Whether libhdf5 is thread-safe. */
static int
hashcache__hdf5_is_threadsafe (void)
{
  static _Atomic int known; /* 1 it is not, 2 it is */
  int is = atomic_load_explicit (&known, memory_order_relaxed);
  hbool_t threadsafe = 0;

  if (is == 0) {
    is = H5is_library_threadsafe (&threadsafe) >= 0 && threadsafe ? 2 : 1;
    atomic_store_explicit (&known, is, memory_order_relaxed);
  }
  return is == 2;
}

/* Waits until nobody is inside; the mutex is held, as it is after. Fork and exit are no places to be cancelled at. */
static void
hashcache__hdf5_await_all (void)
{
  const struct timespec end = hashcache__timespec_of (hashcache__now () + HASHCACHE__DOOR_WAIT);
  int over = 0, cancel;

  (void) pthread_setcancelstate (PTHREAD_CANCEL_DISABLE, &cancel);
  while (hashcache__hdf5_inside > 0 && !over) /* so it is known whether HDF5 is thread-safe */
    over = (hashcache__hdf5_is_threadsafe () ? pthread_cond_timedwait (&hashcache__hdf5_left, &hashcache__hdf5_mutex, &end)
                                             : pthread_cond_wait (&hashcache__hdf5_left, &hashcache__hdf5_mutex))
           != 0;
  (void) pthread_setcancelstate (cancel, &cancel);
}

/* This thread forks: a signal handler that it is interrupted by cannot come in. */
static _Thread_local volatile sig_atomic_t hashcache__hdf5_forks_here;

static void
hashcache__hdf5_before_fork (void)
{
  hashcache__hdf5_forks_here = 1;
  hashcache__lock_for_fork (&hashcache__hdf5_mutex);
  if (hashcache__inside)
    return;
  hashcache__hdf5_forking++;
  hashcache__hdf5_await_all ();
}

static void
hashcache__hdf5_in_parent (void)
{
  if (!hashcache__inside) {
    hashcache__hdf5_forking--;
    pthread_cond_broadcast (&hashcache__hdf5_left);
  }
  hashcache__unlock_in_parent (&hashcache__hdf5_mutex);
  hashcache__hdf5_forks_here = 0;
}

/* Who was inside is not here, and what it had begun is never ended. */
static void
hashcache__hdf5_in_child (void)
{
  hashcache__make_condition (&hashcache__hdf5_left);
  if (hashcache__hdf5_inside > 0)
    atomic_store (&hashcache__hdf5_closed, 1);
  hashcache__hdf5_inside = hashcache__hdf5_forking = 0;
  if (hashcache__unlock_in_child (&hashcache__hdf5_mutex))
    atomic_store (&hashcache__hdf5_closed, 1);
  hashcache__hdf5_forks_here = 0;
}

static void
hashcache__hdf5_set_up (void)
{
  hashcache__make_condition (&hashcache__hdf5_left);
  (void) pthread_atfork (hashcache__hdf5_before_fork, hashcache__hdf5_in_parent, hashcache__hdf5_in_child);
}

/* HDF5 has data of threads, whose destructor must stay where it is when the library that carries us is unloaded. Nobody waits for who is in
   here: the dynamic linker may be waiting for a constructor that makes a marked call. */
static void
hashcache__hdf5_stays (void)
{
  static _Atomic int stays;
  struct hashcache__object object = { NULL, NULL, NULL, NULL };
  herr_t (*const inside) (void) = H5open; /* of a program that has its own copy, nothing needs to stay */
  const void *address;

  if (atomic_load_explicit (&stays, memory_order_relaxed))
    return;
  memcpy (&address, &inside, sizeof address);
  if (hashcache__dladdr (address, &object) && object.file)
    (void) hashcache__dlopen (object.file, HASHCACHE__LAZY | HASHCACHE__NOLOAD | HASHCACHE__NODELETE);
  atomic_store_explicit (&stays, 1, memory_order_relaxed);
}

static void
hashcache__hdf5_close (void)
{
  struct hashcache__visit visit;

  hashcache__come_in (&visit);
  if (!visit.nested) /* else the exit is a signal handler's, and the lock perhaps our own */
    pthread_mutex_lock (&hashcache__hdf5_mutex);
  atomic_store (&hashcache__hdf5_closed, 1);
  if (!visit.nested) {
    hashcache__hdf5_await_all ();
    pthread_mutex_unlock (&hashcache__hdf5_mutex);
  }
  hashcache__go_out (&visit);
}

static void
hashcache__hdf5_mind_exit (void)
{
  (void) atexit (hashcache__hdf5_close);
}

/* Does WORK; this thread has come in. */
static int
hashcache__hdf5_do (hashcache__hdf5_work *work, void *context)
{
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  const hid_t stack = H5Eget_current_stack ();
  int result;

  pthread_once (&once,
                hashcache__hdf5_mind_exit); /* HDF5 has arranged for its end by now: what is arranged later happens first */
  H5E_BEGIN_TRY
  {
    result = work (context);
    if (stack >= 0)
      H5Eset_current_stack (stack); /* closes it, too */
  }
  H5E_END_TRY;
  return result;
}

/* 1 if this thread may call HDF5 until it goes out, else 0. */
static int
hashcache__hdf5_come_in (int threadsafe)
{
  int closed;

  pthread_mutex_lock (&hashcache__hdf5_mutex);
  while ((hashcache__hdf5_forking > 0 || (!threadsafe && hashcache__hdf5_inside > 0)) && !atomic_load (&hashcache__hdf5_closed))
    pthread_cond_wait (&hashcache__hdf5_left, &hashcache__hdf5_mutex);
  closed = atomic_load (&hashcache__hdf5_closed);
  hashcache__hdf5_inside += !closed;
  pthread_mutex_unlock (&hashcache__hdf5_mutex);
  return !closed;
}

static void
hashcache__hdf5_go_out (void)
{
  pthread_mutex_lock (&hashcache__hdf5_mutex);
  if (hashcache__hdf5_inside > 0) /* else this thread was forked inside */
    hashcache__hdf5_inside--;
  pthread_cond_broadcast (&hashcache__hdf5_left);
  pthread_mutex_unlock (&hashcache__hdf5_mutex);
}

/* Returns what WORK returns, -1 if HDF5 is closed, or this is a signal handler's thread that was about to fork. */
static int
hashcache__with_hdf5 (hashcache__hdf5_work *work, void *context)
{
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  int result;

  if (hashcache__hdf5_forks_here)
    return -1;
  hashcache__hdf5_stays ();
  pthread_once (&once, hashcache__hdf5_set_up);
  if (atomic_load (&hashcache__hdf5_closed) || !hashcache__hdf5_come_in (hashcache__hdf5_is_threadsafe ()))
    return -1;
  result = hashcache__hdf5_do (work, context);
  hashcache__hdf5_go_out ();
  return result;
}

/* Callbacks --------------------------------------------------------------------------------------------------------------- */

extern int hashcache__backtrace (void **addresses, int n) __asm__("backtrace") __attribute__ ((weak)); /* not of each C library */

/* Whether the object FILE is libhdf5 itself, as it or a distribution names it, and not one of those built on it, such as libhdf5_hl. */
static int
hashcache__is_libhdf5 (const char *file)
{
  static const char *const names[] = { "libhdf5.",        "libhdf5-",         "libhdf5_serial.",
                                       "libhdf5_serial-", "libhdf5_openmpi.", "libhdf5_mpich." };
  const char *slash = strrchr (file, '/');

  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (strncmp (slash ? slash + 1 : file, names[i], strlen (names[i])) == 0)
      return 1;
  return 0;
}

/* Whether this thread is in a callback of a thread-safe libhdf5: then others that want to store their results wait for it. A library that is
   part of the program cannot be told from it. */
static int
hashcache__hdf5_waits_for_us (void)
{
  enum { DEEP = 256 };
  void *addresses[DEEP];
  int n;

  if (!hashcache__backtrace || atomic_load (&hashcache__hdf5_closed))
    return 0;
  n = hashcache__backtrace (addresses, DEEP);
  for (int i = 0; i < n; i++) {
    struct hashcache__object object = { NULL, NULL, NULL, NULL };

    if (hashcache__dladdr (addresses[i], &object) && object.file && hashcache__is_libhdf5 (object.file))
      return hashcache__hdf5_is_threadsafe (); /* if so we have its lock, and this does not wait for it */
  }
  return 0;
}

#endif
